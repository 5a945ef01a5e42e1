"""Which encoding bytes that are not UTF-8 are likely to be in, by the letters that they would be.

Text in the wrong encoding has signs in the middle of words, capitals behind small letters, two scripts in one
word, or letters that no one language has together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

CODECS = {"shift_jis": "cp932", "gbk": "gb18030", "euc_kr": "cp949"}  # these and what Windows adds
_SAMPLE = 20_000  # bytes of lines that say something
_CLOSE = 0.1  # a difference of scores that decides nothing

# The letters of languages beside a to z, by encoding.
_WESTERN = (
    "äöüß",
    "àâçéèêëîïôùûüÿœæ",
    "áéíñóúüªº",
    "ãáâàçéêíóôõúªº",
    "àèéìòùîª",
    "åäöéü",
    "æøåéö",
    "áéíóúýþæöð",
    "áàéèíïóòúüç",
)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž")
_CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
)
_GREEK = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",)
_SIGNS = set("°µ±²³€£§·–—‘’“”„«»…×½¼¾®©№" + "\u00a0")
_QUOTES = re.compile(r"[‘’“”„«»]")
_AT_WORDS = re.compile(r"(?<=[A-Za-z0-9])[‘’“”„«»]|[‘’“”„«»](?=[A-Za-z0-9])")
_FREQUENT = set("оеаинтсрвл")


@dataclass(frozen=True)
class Guess:
    """An encoding by its name in `ENCODINGS`, how well it fits, about 0 to 1, a word in it and the text."""

    encoding: str
    score: float
    example: str
    text: str


def candidates(content: bytes) -> list[Guess]:
    """The encodings in which these bytes are text, the likeliest first; none for ASCII and for UTF-8."""
    sample = _telling_lines(content)
    guesses = []
    for encoding, score_of in _SCORES.items():
        try:
            text = sample.decode(CODECS.get(encoding, encoding))
        except UnicodeDecodeError:
            continue
        score = score_of(text, sample)
        if score > 0.2:
            guesses.append(Guess(encoding, score, _example(text), text))
    return sorted(guesses, key=lambda guess: -guess.score)


def close_to_best(guesses: list[Guess]) -> list[tuple[str, str, str]]:
    """Encodings that are as likely as the first, a word in the first, and the same word in them."""
    best, found = guesses[0], []
    for one in guesses[1:]:
        if best.score - one.score < _CLOSE and one.text != best.text:
            words = zip(_words(best.text), _words(one.text), strict=False)
            found.append((one.encoding, *next((pair for pair in words if pair[0] != pair[1]), ("", ""))))
    return found


def _telling_lines(content: bytes) -> bytes:
    """The lines that are not plain ASCII, whole, up to some length."""
    lines = re.findall(rb"[^\r\n]*[\x80-\xff][^\r\n]*", content[:1_000_000])
    kept, size = [], 0
    for line in lines:
        kept.append(line[:2000] if len(line) > 2000 else line)
        size += len(kept[-1])
        if size > _SAMPLE:
            break
    return b"\n".join(kept)


def _words(text: str) -> list[str]:
    return [word[:20] for word in re.split(r"[\s,;|\"]+", text) if not word.isascii()]


def _example(text: str) -> str:
    """The longest of the first words that are not ASCII."""
    return max(_words(text)[:20], key=len, default="")


def _by_letters(
    alphabets: tuple[str, ...], script: str, common: bool = False
) -> Callable[[str, bytes], float]:
    """How well text fits one of these languages, whose letters beside a to z belong to a script.

    common : whether the encoding is, so that less has to speak for it.
    """
    sets = [set(letters) for letters in alphabets]
    thin = 0 if script == "LATIN" else 3  # a few letters are not enough to be of another script

    def score(text: str, _: bytes) -> float:
        strange = [sign for sign in text if not sign.isascii()]
        letters = [sign.lower() for sign in strange if sign.isalpha() and sign not in _SIGNS]
        signs = [sign for sign in strange if not sign.isalpha() or sign in _SIGNS]
        known = max(sum(letter in alphabet for letter in letters) for alphabet in sets)
        quotes = len(_QUOTES.findall(text)) - len(_AT_WORDS.findall(text))  # beside no word
        fits = known + sum(1.0 if sign in _SIGNS else 0.2 for sign in signs) - 0.8 * quotes
        wrong = 0.0
        for word in re.findall(r"[^\W\d_]*[^\x00-\x7f\s][^\s\x00-\x7f]*[^\W\d_]*", text):
            wrong += _wrong_in(word, script)
        if script != "LATIN" and letters:
            fits += 0.05 * sum(
                letter in _FREQUENT for letter in letters
            )  # tells encodings of one script apart
        if common and not wrong and len(letters) > len(signs):
            fits = min(fits + 0.5, len(strange))
        return max((fits - wrong) / max(len(strange) + thin, 1), 0.0)

    return score


def _wrong_in(word: str, script: str) -> float:
    """How much in a word speaks against it: signs within it, capitals behind small letters, mixed scripts."""
    wrong = 0.0
    for before, sign, after in zip(word, word[1:], [*word[2:], " "], strict=False):
        if not (before.isascii() and sign.isascii()):
            wrong += 1.0 * (before.islower() and sign.isupper())
            wrong += 1.0 * (before.isalpha() and sign.isupper() and after.islower())
            wrong += 1.0 * (before.isalpha() and after.isalpha() and not sign.isalpha() and sign not in "’·")
    letters = [sign for sign in word if sign.isalpha()]
    strange = sum(not sign.isascii() for sign in letters)
    if script == "LATIN":
        return wrong + (strange if strange > max(2, 0.8 * len(letters)) else 0.0)
    ours = sum(unicodedata.name(sign, "").startswith(script) for sign in letters)
    return wrong + (strange if 0 < ours < len(letters) else 0.0)


def _of_two_bytes(common: Callable[[int, int], float]) -> Callable[[str, bytes], float]:
    """The share of signs of two bytes that are common ones; 0 where such stand within Latin words."""

    def score(text: str, sample: bytes) -> float:
        found, place, total, within, low = 0.0, 0, 0, 0, 0
        while place < len(sample) - 1:
            first, second = sample[place], sample[place + 1]
            if first < 0x80:
                place += 1
                continue
            total += 1
            found += common(first, second)
            low += second < 0x80
            within += place > 0 and chr(sample[place - 1]).isalpha() and sample[place - 1] < 0x80
            place += 2
        if common is _big5 and total > 3 and not low:
            found *= 0.85  # 4 of 10 signs of it end on such a byte, and none of those of its neighbours
        if common is _euc_kr and total > 3:
            found *= 1.02  # its signs are a part of the Chinese ones: few texts would have no other
        return max(found - within, 0.0) / total if total else 0.0

    return score


def _gbk(first: int, second: int) -> float:
    return float(0xB0 <= first <= 0xD7 and second >= 0xA1) or 0.7 * (0xA1 <= first <= 0xA3 and second >= 0xA1)


def _big5(first: int, second: int) -> float:
    return float(0xA4 <= first <= 0xC6) or 0.7 * (0xA1 <= first <= 0xA3)


def _euc_kr(first: int, second: int) -> float:
    return float(0xB0 <= first <= 0xC8 and second >= 0xA1) or 0.7 * (0xA1 <= first <= 0xA3 and second >= 0xA1)


def _shift_jis(text: str, sample: bytes) -> float:
    """The share of kana and common kanji."""
    strange = [sign for sign in text if not sign.isascii()]
    found = -1.0 * len(re.findall(r"[A-Za-z][^\x00-\x7f]", text))  # no such sign stands within a Latin word
    for sign in strange:
        code = sign.encode("shift_jis", "replace")
        if "\u3041" <= sign <= "\u30ff" or (
            len(code) == 2 and 0x889F <= int.from_bytes(code, "big") <= 0x9872
        ):
            found += 1.0
        elif "\uff61" <= sign <= "\uff9f":
            found += 0.4  # half as wide: what other encodings look like in this one
        else:
            found += 0.5 * (sign in "　、。・（）％℃°±×～－")
    return max(found, 0.0) / len(strange) if strange else 0.0


_SCORES: dict[str, Callable[[str, bytes], float]] = {
    "cp1252": _by_letters(_WESTERN, "LATIN", common=True),
    "mac_roman": _by_letters(_WESTERN, "LATIN"),
    "cp1250": _by_letters(_CENTRAL, "LATIN"),
    "cp1251": _by_letters(_CYRILLIC, "CYRILLIC"),
    "koi8_r": _by_letters(_CYRILLIC, "CYRILLIC"),
    "cp1253": _by_letters(_GREEK, "GREEK"),
    "shift_jis": _shift_jis,
    "gbk": _of_two_bytes(_gbk),
    "big5": _of_two_bytes(_big5),
    "euc_kr": _of_two_bytes(_euc_kr),
}

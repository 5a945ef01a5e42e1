"""What sentences for people are made of: names made safe, lists, counts, findings.

A stranger's text: `safe` and `quoted` may stand anywhere, `as_code` in Markdown alone. What stands whole on a
page, and is escaped there, goes through `inactive` besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

# What Markdown, LaTeX, HTML and the directives of pages act on becomes a sign that looks alike.
_LOOKALIKES = str.maketrans("`*$<>~", "'∗＄‹›∼")
# Others do so only at the edge of a word (_), before a letter (:), or between two brackets.
_BETWEEN = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])|:(?=[A-Za-z/])|(?<=\])(?=[(\[])")
_HARMLESS = {"_": "ˍ", ":": "∶", "": " "}
# Pages find links, pictures and arrows in a text though all signs of Markdown are escaped: after http: and
# after www, at the @ of an address, between colons, and in signs made of two.
_ACTIVE = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@\w)|(?<=:)(?=[\w+/-]+:)|(?<=[<>~-])(?=[>=-])", re.IGNORECASE
)
_JOINER = "\u2060"  # of no width, where no line is broken
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@lru_cache(maxsize=1024)
def safe(text: str, most: int = 40) -> str:
    """A stranger's text for the inside of a sentence, wherever that is shown.

    One line of at most `most` characters, without controls and what Markdown, LaTeX or HTML would act on.
    """
    text = " ".join(text[: 10 * most].split())
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    text = _BETWEEN.sub(lambda found: _HARMLESS[found[0][:1]] * (len(found[0]) or 1), cut(text, most))
    return inactive(text.translate(_LOOKALIKES))


def cut(text: str, most: int) -> str:
    """The text, or of a longer one so many characters, the last of which says that there are more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def inactive(text: str) -> str:
    """The text as it looks, in which pages find no link, picture or arrow."""
    return _ACTIVE.sub(_JOINER, text)


def quoted(text: object) -> str:
    """A name or a value of the user's within a sentence: safe, in quotation marks."""
    return f"'{safe(str(text))}'"


def as_code(text: str) -> str:
    """What a link or a file is called or says, inside Markdown: short, on one line, and as code."""
    text = " ".join(text.replace("`", "'").split())
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


# What columns are called that say what a mixture makes of each row, where they leave with the rows.
COMPONENT, COMPONENT_OR_NOISE = "component (from 1)", "component (from 1; 0 is noise)"
RESPONSIBILITY, NOISE, LOG_DENSITY = "responsibility", "noise", "log density"
ROW = "row in the table"  # that the user brought
FILLED = "filled in"  # which features of the row
KNOWN = "known component (from 1; 0 is none)"  # as EM was told


def listed(names: Sequence[str]) -> str:
    """The first five names, quoted, and how many more there are."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(quoted(name) for name in names[:5]) + more


def together(words: Sequence[str]) -> str:
    """One, two and three; of more than ten the first nine, and how many more there are."""
    *first, last = words if len(words) <= 10 else [*words[:9], f"{len(words) - 9} more"]
    return f"{', '.join(first)} and {last}" if first else last


def alike(n: str, different: int) -> str:
    """13 equal rows; 14 rows, 2 of them different."""
    return f"{n} equal rows" if different == 1 else f"{n} rows, {different:,} of them different"


def count(n: float, noun: str) -> str:
    """1 row, 1,000 rows; 12.5 rows, where rows count as fractions."""
    return f"{figure(n)} {plural(n, noun)}"


def figure(n: float) -> str:
    """A number of rows, which may be a fraction where these are weighted: 1,000, or 12.5."""
    return f"{n:,.10g}"


def rounded(value: float, digits: int = 2) -> str:
    """A number in so many digits, as people write it: 0.00012, 3,400, 2 × 10⁻⁷."""
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    factor, power = text.split("e")
    if 0 <= int(power) < 7:
        return f"{float(text):,.0f}"
    return f"{factor} × 10{str(int(power)).translate(_RAISED)}"


def percent(share: float, digits: int = 0) -> str:
    """A share in percent, with more digits where it would look like all or nothing and is not: 99.996%."""
    if not 0 < share < 1:
        return f"{share:.{digits}%}"
    texts = [f"{share:.{more}%}" for more in range(digits, max(digits, 4) + 1)]
    ends = (0.0, 100.0)
    told = next((text for text in texts if float(text.removesuffix("%")) not in ends), "")
    return told or ("under 0.0001%" if share < 0.5 else "over 99.9999%")


def plural(n: float, one: str, more: str = "") -> str:
    """The word for n of them: `one`, or `more`, which is `one` with an s unless given."""
    return one if n == 1 else more or f"{one}s"


def capital(text: str) -> str:
    """The text with its first letter as that of a sentence."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text with its first letter as that of a word within a sentence."""
    return text[:1].lower() + text[1:]


def in_words(n: int) -> str:
    """A number as a word, up to ten."""
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


@dataclass(frozen=True)
class Finding:
    """Something about the data: a sentence for people, and the figures behind it."""

    level: Literal["info", "warning"]
    sentence: str
    evidence: str


@dataclass(frozen=True)
class Remedy:
    """What mends an end: changes of the options of `fit`, such as {"init": "kmeans"}, and their name."""

    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class End:
    """Something that is true of a run's end, in plain words.

    kind : a name in `judgement.ends.KINDS`. evidence : what was measured, in a sentence; figures : the
    numbers in it, by name. remedy : what mends it; None where nothing is to be mended, or nothing would.
    """

    kind: str
    sentence: str
    evidence: str
    figures: Mapping[str, float] = field(default_factory=dict)
    remedy: Remedy | None = None

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.sentence} {self.evidence}".rstrip()

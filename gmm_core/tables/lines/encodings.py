"""Bytes -> text: which encoding it is, by evidence."""

from __future__ import annotations

import re

from gmm_core.tables.lines.guesses import CODECS, candidates, close_to_best
from gmm_core.tables.reading import ENCODINGS, TableError, or_say
from gmm_core.words import count, quoted

_BEGINNINGS = {  # of what no reader is for
    b"%PDF": "a PDF; copy the table from it and paste it",
    b"\x89PNG": "a picture; a table of numbers is needed",
    b"\xff\xd8\xff": "a picture; a table of numbers is needed",
    b"{\\rtf": "a text with a layout (RTF); copy the table from it and paste it",
    b"<!DOCTYPE html": "a web page; copy the table from it in the browser and paste it",
    b"<html": "a web page; copy the table from it in the browser and paste it",
    b"<table": "a web page; copy the table from it in the browser and paste it",
    b"<?xml": "XML; save the table as CSV",
}
_CONTROLS = bytes(i for i in range(32) if chr(i) not in "\t\n\v\f\r\x1a\x1f")


# The minus sign and the dashes that word processors put in its place, before a number.
_MINUS = re.compile(r'(?:(?<=[\s,;|\[("])|^)(?:−|–)(?=[\d.,])'.encode(), re.MULTILINE)


def as_utf8(content: bytes, name: str, chosen: str) -> tuple[bytes, list[str], str]:
    """The text as UTF-8 with plain line ends, what was found, and which encoding it has; a `TableError` if it
    is no text.
    """
    for beginning, meaning in _BEGINNINGS.items():
        if content.startswith(beginning):
            raise TableError(f"{name} is not text: it begins like {meaning}.")
    head, codec = content[:4000], ""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" in head:  # else it is ÿþ in Latin-1
        codec = "utf-16"
    elif len(head) > 3 and b"\0" in head:
        low, high = head[0::2].count(0), head[1::2].count(0)
        if max(low, high) > 0.2 * len(head) / 2 > 10 * min(low, high):
            codec = "utf-16-le" if high > low else "utf-16-be"
    findings, encoding = [], "utf-8"
    if chosen and not (chosen == "utf-16" and codec):
        content, findings, encoding = *_as_chosen(content, name, chosen), chosen
    elif codec:
        with or_say(
            f"{name} begins as UTF-16 text and does not end as such; save it again, as UTF-8",
            UnicodeDecodeError,
        ):
            content = content.decode(codec).encode("utf-8", "replace")
        findings, encoding = ["The encoding is UTF-16."], "utf-16"
    elif content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content, encoding, findings = _decoded(content)
    content = re.sub(_MINUS, b"-", content)
    position = content.find(b"\0")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if position >= 0 or (not codec and controls > 0.02 * len(head)):
        where = f"byte {position + 1} is zero" if position >= 0 else "it is full of control characters"
        raise TableError(
            f"{name} is not text: {where}, as in a binary file with a changed ending. "
            "Open it in the program it came from and save it as CSV."
        )
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), findings, encoding


def _as_chosen(content: bytes, name: str, chosen: str) -> tuple[bytes, list[str]]:
    """The text in the encoding that was chosen, and what there is to say; an error where it does not fit."""
    codec = CODECS.get(chosen, chosen)
    findings = []
    text = content.decode(codec, "replace")
    try:
        content.decode(codec)
    except UnicodeDecodeError as error:
        lost = text.count("\ufffd")
        if sum(sign > "\x7f" for sign in text) - lost <= 10 * lost:
            raise TableError(
                f"{name} is no text in {ENCODINGS[chosen]}: byte {error.start + 1} means nothing in it. "
                "Choose another encoding."
            ) from None
        findings = [f"{count(lost, 'sign')} could not be read in {ENCODINGS[chosen]}: shown as \ufffd."]
    return text.removeprefix("\ufeff").encode("utf-8", "replace"), findings


def _decoded(content: bytes) -> tuple[bytes, str, list[str]]:
    """Bytes that are not UTF-8 as such, which encoding they were taken to be in, and what there is to say."""
    text = content.decode("utf-8", "replace")
    if lost := text.count("\ufffd"):
        known = len(content) - len(content.decode("ascii", "ignore")) - lost
        if known > 10 * lost:
            many = (
                f"{count(lost, 'sign')} could not be read, and {'is' if lost == 1 else 'are'} shown as \ufffd"
            )
            return text.encode(), "utf-8", [f"The encoding is UTF-8, but {many}."]
    guesses = candidates(content)
    encoding = guesses[0].encoding if guesses else "cp1252"  # Latin-1 and what Windows adds
    if encoding == "cp1252":
        findings = ["The encoding was taken to be Latin-1; if letters look wrong, save the file as UTF-8."]
    else:
        findings = [
            f"The encoding was taken to be {ENCODINGS[encoding]}, with words such as "
            f"{quoted(guesses[0].example)}; if letters look wrong, choose another."
        ]
    if others := close_to_best(guesses)[:2] if guesses else []:
        names = " or ".join(f"{ENCODINGS[other]}, with {quoted(word)}" for other, _, word in others)
        findings.append(f"It may as well be {names} for {quoted(others[0][1])}: choose one.")
    return content.decode(CODECS.get(encoding, encoding), "replace").encode(), encoding, findings

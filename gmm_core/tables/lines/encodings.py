"""Bytes -> text: which encoding it is, by evidence."""

from __future__ import annotations

import re

from gmm_core.tables.reading import ENCODINGS, TableError, or_say

_BEGINNINGS = {
    b"PK\x03\x04": "an Excel file or another zip; if it is one, give it the ending .xlsx",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as .xlsx",
    b"PAR1": "a Parquet file; give it the ending .parquet",
    b"\x93NUMPY": "a numpy file; give it the ending .npy",
    b"%PDF": "a PDF; copy the table from it and paste it",
    b"\x89PNG": "a picture; a table of numbers is needed",
    b"\xff\xd8\xff": "a picture; a table of numbers is needed",
    b"\x1f\x8b": "a gzip file; unpack it first",
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
        if max(low, high) > 0.4 * len(head) / 2 > 10 * min(low, high):
            codec = "utf-16-le" if high > low else "utf-16-be"
    findings, encoding = [], "utf-8"
    if chosen and not (chosen == "utf-16" and codec):
        try:
            content = content.decode(chosen).removeprefix("\ufeff").encode("utf-8", "replace")
        except UnicodeDecodeError as error:
            raise TableError(
                f"{name} is no text in {ENCODINGS[chosen]}: byte {error.start + 1} means nothing in it. "
                "Choose another encoding."
            ) from None
        encoding = chosen
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
        encoding = "cp1252"  # Latin-1 and what Windows adds
        content = content.decode(encoding, "replace").encode()
        findings = ["The encoding was taken to be Latin-1; if letters look wrong, save the file as UTF-8."]
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

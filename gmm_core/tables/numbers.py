"""The ways in which people write numbers, and columns of text that hold numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gmm_core.words import count, quoted

MOSTLY = 0.75  # a column of which this share reads as numbers is a column of numbers
PARTLY = 0.25  # and one with this share is text with too many numbers to say nothing

_NO_VALUE = "NA N/A n/a na NaN nan NAN -NaN -nan null NULL Null None none <NA> - -- ? ."
_SHEET_ERRORS = "#N/A #NA #DIV/0! #VALUE! #REF! #NUM! #NAME? #NULL!"
MISSING_WORDS = ("", *_NO_VALUE.split(), *_SHEET_ERRORS.split())
DATE = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
_EXPONENT = r"([eE][+-]?\d+)?"
_BEGINS = r"^[+-]?[.,]?\d|^[+-]?[iI]"
_GAPS = " '’\u00a0\u202f"


@dataclass(frozen=True)
class Notation:
    """A way to write numbers: the pattern, what groups the thousands, the decimal sign, and a sentence."""

    pattern: str
    grouping: str
    decimal: str
    finding: str


_GROUPED = rf"[+-]?([1-9]\d{{0,2}}([{_GAPS}]\d{{3}})+|\d+)"
_PLAIN = Notation(rf"[+-]?(\d+(\.\d*)?|\.\d+){_EXPONENT}|[+-]?(?i:inf(inity)?)", "", ".", "")
_COMMA = Notation(rf"[+-]?(\d+|\d*,\d+){_EXPONENT}", "", ",", "a decimal comma")
_THOUSANDS = Notation(r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?", ",", ".", "commas between thousands")
NOTATIONS = (
    _PLAIN,
    _COMMA,
    _THOUSANDS,
    Notation(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?", ".", ",", "points between thousands"),
    Notation(_GROUPED + r"(\.\d*)?", _GAPS, ".", "gaps between thousands"),
    Notation(_GROUPED + r"(,\d*)?", _GAPS, ",", "gaps between thousands and a decimal comma"),
)
# 1.234 is one number with a decimal point and another, in German, with a point between thousands.
DOUBTFUL = r"[+-]?(0|[1-9]\d{0,2}(\.\d{3})?)"
VALUE = re.compile(
    "|".join(f"(?:{pattern})" for pattern in (*(notation.pattern for notation in NOTATIONS), DATE))
)


@dataclass(frozen=True)
class Found:
    """A column of text, as numbers in some notation or as text without one, and what there is to say.

    doubtful : a value such as 1.234, where all values may as well have points between thousands.
    """

    column: pa.ChunkedArray
    notation: Notation | None = None
    findings: tuple[str, ...] = ()
    doubtful: str = ""


def numbers_in(column: pa.ChunkedArray, key: str, rows: NDArray[np.int64], semicolons: bool) -> Found:
    """A column of text as numbers, if most of it is."""
    text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    text = pc.if_else(pc.is_in(text, value_set=pa.array(MISSING_WORDS, pa.large_string())), None, text)
    filled = len(text) - text.null_count
    some = pc.match_substring_regex(text, _BEGINS)
    if not filled or (pc.sum(some).as_py() or 0) < PARTLY * filled:  # spares six patterns
        return Found(text)
    # In a tie the first wins: 1,234 is 1.234 only where semicolons stand between the columns.
    order = NOTATIONS if semicolons else (_PLAIN, _THOUSANDS, _COMMA, *NOTATIONS[3:])
    best, fits, read = _PLAIN, None, -1
    for notation in order:
        fitting = pc.match_substring_regex(text, f"^(?:{notation.pattern})$")
        if (number := pc.sum(fitting).as_py() or 0) > read:
            best, fits, read = notation, fitting, number
        if read == filled:
            break
    wrong = int(np.argmin(pc.fill_null(fits, True).to_numpy()))  # the first cell that is no number, if any
    if read < MOSTLY * filled:
        mixed = (
            f"Column {quoted(key)} is taken as text: only {read:,} of {count(filled, 'cell')} are numbers; "
            f"{quoted(text[wrong].as_py())} in row {rows[wrong]} is the first that is none."
        )
        return Found(text, findings=(mixed,) if read >= PARTLY * filled else ())
    said = []
    if best.finding:
        example = text.filter(fits)[0].as_py()
        said.append(f"Column {quoted(key)}: numbers written with {best.finding}, such as {quoted(example)}.")
    if read < filled:
        said.append(
            f"Column {quoted(key)}: {filled - read:,} of {count(filled, 'cell')} cannot be read as a number, "
            f"first {quoted(text[wrong].as_py())} in row {rows[wrong]}; counted as missing. Correct the file."
        )
    digits = pc.if_else(fits, text, None)
    if best.grouping:
        digits = pc.replace_substring_regex(digits, f"[{best.grouping}]", "")
    values = pc.replace_substring(digits, best.decimal, ".").cast(pa.float64())
    return Found(values, best, tuple(said), _doubtful(text) if best is _PLAIN else "")


def _doubtful(text: pa.ChunkedArray) -> str:
    """A value such as 1.234, if there are at least two, and every other has no point and may be one too."""
    if not pc.all(pc.match_substring_regex(text, f"^{DOUBTFUL}$")).as_py():
        return ""
    points = text.filter(pc.match_substring(text, "."))
    return points[0].as_py() if len(points) > 1 else ""

"""Dates as people write them, 31.12.2024 and 12/31/2024: which number is the day, by evidence."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.words import quoted

_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
_DAY_FIRST = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%d-%m-%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
_PLAIN = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%y",
)
_LOOKS = r"^(\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}[ -]\p{L}{3,9}[ -]\d{2,4}|\p{L}{3,9} \d{1,2}, \d{4})"
_MOSTLY = 0.9
_FIRST = 100  # values that tell which formats are worth a try


class Dates(NamedTuple):
    """A column as moments, null for what is none, and what there is to say about the column {key}."""

    column: pa.ChunkedArray
    said: str


def dates_in(text: pa.ChunkedArray) -> Dates | None:
    """A column of text as dates, if nearly all of it is; None if not.

    text : without empty texts.
    """
    filled = len(text) - text.null_count
    if not filled or (pc.sum(pc.match_substring_regex(text, _LOOKS)).as_py() or 0) < _MOSTLY * filled:
        return None
    found: dict[bool | None, Any] = {}
    for day_first, formats in ((None, _PLAIN), (True, _DAY_FIRST), (False, _MONTH_FIRST)):
        if day_first is False and None in found:
            break
        for written in formats:
            if (column := _read(text, written)) is not None:
                found[day_first] = column
                break
    if not found:
        return None
    fewest = min(column.null_count for column in found.values())
    found = {first: column for first, column in found.items() if column.null_count == fewest}
    example = quoted(text.drop_null()[0].as_py())
    if None in found:
        return Dates(found[None], f"Column {{key}}: dates, such as {example}.")
    if len(found) == 1:
        ((day_first, column),) = found.items()
        first = "day" if day_first else "month"
        return Dates(column, f"Column {{key}}: dates with the {first} first, such as {example}.")
    rising = {first: _rises(column) for first, column in found.items()}
    day_first = rising[True] if rising[True] != rising[False] else "." in example
    why = ", as they rise so from row to row" if rising[True] != rising[False] else ""
    first, other = ("day", "month") if day_first else ("month", "day")
    said = (
        f"Column {{key}}: dates such as {example} were read with the {first} first{why}; the {other} may be "
        "meant. Written as 2024-12-31 they cannot be mistaken."
    )
    return Dates(found[day_first], said)


def _read(text: pa.ChunkedArray, written: str) -> pa.ChunkedArray | None:
    """The column in a format, with the time behind it where there is one; None where it does not fit."""
    for time in _TIMES:
        if _parsed(text.drop_null().slice(0, _FIRST), written + time) is None:  # else it is slow
            continue
        if (column := _parsed(text, written + time)) is not None:
            return column
    return None


def _parsed(text: pa.ChunkedArray, written: str) -> pa.ChunkedArray | None:
    """The column in a format to the letter; None where too few of it fit."""
    column = pc.strptime(text, format=written, unit="us", error_is_null=True)
    enough = len(column) - column.null_count >= _MOSTLY * (len(text) - text.null_count)
    return column if enough and _in_range(column) else None


def _in_range(column: pa.ChunkedArray) -> bool:
    """Whether all years have four digits that may be meant."""
    years = pc.min_max(pc.year(column)).as_py()
    return years["min"] is not None and years["min"] >= 1000 and years["max"] <= 2999


def _rises(column: pa.ChunkedArray) -> bool:
    values = column.drop_null().to_numpy()
    return bool((values[1:] >= values[:-1]).all())

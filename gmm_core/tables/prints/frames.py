"""Tables in prints: a line of names, or of numbers that count columns, and rows of numbers below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.tables.numbers import MISSING_WORDS
from gmm_core.tables.prints.brackets import NUMBER, SHORT, values_of
from gmm_core.tables.prints.names import kind_of, parts_of
from gmm_core.tables.reading import TableError
from gmm_core.words import count

_CELL = re.compile(rf"{NUMBER}%?|[+-]?(?:inf|nan)", re.IGNORECASE)
_PLACE = re.compile(r"‹[cr](\d+)›")
_PAIRS = re.compile(r"\s*(?:[^\W\d_]+[ ._#]?\d+\s+)*[^\W\d_]+[ ._#]?\d+\s*")
_PAIR = re.compile(r"([^\W\d_]+)[ ._#]?(\d+)")
_RULE = re.compile(r"[\s|+:=\-─━┼╪├┤]*[-=─━]{2,}[\s|+:=\-─━┼╪├┤]*")
_LOOKED_AT = 100  # rows of a table, to see whether they have names
_SEPARATORS = ("\t", ";", ",", "|")


class BrokenTableError(TableError):
    """A table that is shortened or cut off at a line, counted from 0."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True)
class Frame:
    """A table of numbers.

    columns : their names; of columns that are only counted, as in R's [,1] and in comp 1, none. rows : the
    names of the rows; of rows that are only counted, none. values : (rows, columns). end : the line after it.
    first : the number of the first column, where columns are counted, as R goes on below the others.
    single : whether it is one row below its names, as R prints a vector with names.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    values: Array
    begin: int
    end: int
    first: int = 1
    single: bool = False


def is_number(cell: str) -> bool:
    return _CELL.fullmatch(cell) is not None or (bool(cell) and cell in MISSING_WORDS and cell not in "-.?--")


def frame_at(lines: Sequence[str], begin: int, labelled: Callable[[], bool]) -> Frame | None:
    """The table whose head is that line; None where there is none. labelled : whether a name stands
    above.

    A `BrokenTableError` says where a table that began as one is shortened or cut off.
    """
    head, goes_on = _without_backslash(lines[begin])
    if any(sign in head for sign in "=:\x00\x01"):
        return None
    below = next((i for i in range(begin + 1, len(lines)) if not _RULE.fullmatch(lines[i])), len(lines))
    if below == len(lines) or not lines[below].strip():
        return None
    separator = next((one for one in _SEPARATORS if one in head and one in lines[below]), None)
    if below + 1 < len(lines) and re.fullmatch(r"[^\W\d]\w*\s*", lines[below]) and len(head.split()) > 1:
        below += 1  # the name of the rows, as pandas prints it
    named = _are_named(lines[below : below + _LOOKED_AT], separator)
    labels, numbers = _row(lines[below], separator, named)
    if not numbers or _counts_columns(lines, below):
        return None
    names = _names(head, separator, len(numbers), named or bool(labels), lines[below])
    if names is None:
        return None
    columns, counted, first = names
    width = len(numbers)
    if not counted and not _is_head(columns, named or bool(labels), labelled()):
        return None
    rows: list[str] = []
    found: list[list[str]] = []
    at = below
    while at < len(lines) and lines[at].strip():
        label, numbers = _row(lines[at], separator, named)
        if _RULE.fullmatch(lines[at]):
            at += 1
            continue
        if SHORT.search(lines[at]) or "getOption" in lines[at]:
            raise BrokenTableError(
                at,
                "the table is shortened there. Print all of it, in pandas with print(df.to_string()), in R "
                "after options(max.print = 1e6).",
            )
        if not numbers and not (label and separator):
            break
        if len(numbers) != width:
            if numbers and _alike(label, rows, len(numbers) < width):
                raise BrokenTableError(
                    at,
                    f"it holds {count(len(numbers), 'number')} where {width} were expected; the print may be "
                    "cut off there.",
                )
            break
        rows.append(label)
        found.append(numbers)
        at += 1
    if len(columns) == width - 1 and not _is_counter([row[0] for row in found], [row[1] for row in found]):
        return None
    table = values_of([cell for row in found for cell in row]).reshape(-1, width)
    if len(columns) == width - 1 or (columns and columns[0] == "" and len(columns) == width):
        table = table[:, 1:]  # a counter in front
        columns = columns if len(columns) == width - 1 else columns[1:]
    names_of_rows = tuple(label for label in rows if label and not _PLACE.fullmatch(label))
    if len(names_of_rows) < len(rows):
        names_of_rows = ()
    single = len(found) == 1 and not names_of_rows and not _PLACE.fullmatch(rows[0] or "")
    frame = Frame(() if counted else columns, names_of_rows, table, begin, at, first, single)
    return _beside(frame, lines) if goes_on else frame


def _without_backslash(line: str) -> tuple[str, bool]:
    """A line, and whether a backslash stood at its end, as where pandas prints more columns below."""
    bare = line.rstrip()
    return (bare[:-1], True) if bare.endswith("\\") else (line, False)


def _beside(frame: Frame, lines: Sequence[str]) -> Frame:
    """A table with the columns that are printed below it."""
    begin = next((i for i in range(frame.end, len(lines)) if lines[i].strip()), len(lines))
    other = (
        frame_at(lines[: begin + len(frame.values) + 3], begin, lambda: True) if begin < len(lines) else None
    )
    if other is None or len(other.values) != len(frame.values):
        raise BrokenTableError(frame.begin, "columns of this table are missing; the print may be cut off")
    return replace(
        frame,
        columns=frame.columns + other.columns,
        values=np.concatenate([frame.values, other.values], axis=1),
        end=other.end,
        single=False,
    )


def _is_counter(cells: Sequence[str], beside: Sequence[str]) -> bool:
    """Whether the first column counts the rows, and is no column of the table itself."""
    counted = [[str(i + first) for i in range(len(cells))] for first in (0, 1)]
    return list(cells) in counted and (len(cells) > 1 or "." in beside[0])


def _counts_columns(lines: Sequence[str], at: int) -> bool:
    """Whether a line is a head itself: it only counts, and the numbers below have decimals."""
    cells = lines[at].split()
    counting = len(cells) > 1 and cells in ([str(i + first) for i in range(len(cells))] for first in (0, 1))
    return counting and at + 1 < len(lines) and "." in lines[at + 1]


def _cells(line: str, separator: str | None) -> list[str]:
    line = _without_backslash(line)[0]
    if separator is None:
        return line.split()
    line = line.strip(" |") if separator == "|" else line.strip(" ")
    return [cell.strip().strip("\"'") for cell in line.split(separator)]


def _are_named(lines: Sequence[str], separator: str | None) -> bool:
    """Whether the first of the cells between separators names the rows: then some may lack their name."""
    if separator is None:
        return False
    rows = [_cells(line, separator) for line in takewhile(str.strip, lines) if separator in line]
    firsts = [row[0] for row in rows if all(map(is_number, filter(None, row[1:])))]
    return any(first and not is_number(first) for first in firsts)


def _row(line: str, separator: str | None, named: bool = False) -> tuple[str, list[str]]:
    """What stands before the numbers of a row, and the numbers; none where the line is no row.

    named : whether the first cell is a name, if an empty one.
    """
    cells = _cells(line, separator)
    unnamed = int(named and not cells[0])
    if separator is not None:
        cells = [cell or "nan" for cell in cells]
    begin = len(cells)
    while begin > unnamed and is_number(cells[begin - 1].rstrip(",;" if separator is None else "")):
        begin -= 1
    label = " ".join(cells[unnamed:begin])
    if "=" in label or ":" in label or "\x00" in label or "\x01" in label:
        return label, []
    return label, [cell.rstrip(",;") for cell in cells[begin:]]


def _names(
    head: str, separator: str | None, width: int, labelled: bool, below: str
) -> tuple[tuple[str, ...], bool, int] | None:
    """The names of the columns, whether they only count, and from which number; None for what is no head."""
    cells = _cells(head, separator)
    if cells and all(map(_PLACE.fullmatch, cells)):
        return (tuple(cells), True, int(cells[0].strip("‹c›"))) if len(cells) == width else None
    if _PAIRS.fullmatch(head) and len(pairs := _PAIR.findall(head)) in (width, width - 1):
        counts = all(kind_of(parts_of(word)[0]) == "component" for word, _ in pairs)
        names = tuple("".join(pair) for pair in pairs)
        if counts or len(cells) != len(pairs):
            return (names, True, 1) if counts else None
    if cells and all(cell.isdecimal() for cell in cells):
        counting = [int(cell) for cell in cells] in [list(range(i, i + len(cells))) for i in (0, 1)]
        return (
            (tuple(cells), True, 1)
            if counting and "." in below and len(cells) in (width, width - 1)
            else None
        )
    if separator is None:
        wide = re.split(r"\s{2,}|\t", head.strip())
        cells = wide if len(cells) > width and len(wide) in (width, width - 1) else cells
    if labelled and len(cells) == width + 1:
        cells = cells[1:]  # the name of the names of the rows
    if any(map(is_number, cells if separator else head.split())) or not cells:
        return None
    if len(cells) not in (width, width - 1) or not re.search(r"[^\W\d_]", head):
        return None
    return tuple(cells), False, 1


def _is_head(columns: Sequence[str], label: bool, labelled: bool) -> bool:
    """Whether words above numbers are names of columns, and not what the numbers together are called."""
    kinds = [kind_of(parts_of(name)[0]) if parts_of(name)[0] else "" for name in columns]
    known = {kind for kind in kinds if kind}
    if len(known) > 1 or (len(known) == 1 and all(kinds)):
        return True
    if known and label and not kinds[-1]:
        return True
    words = [word for name in columns for word in parts_of(name)[0]]
    return not kind_of(words) and (labelled or label or len(columns) > 1)


def _alike(label: str, rows: Sequence[str], shorter: bool) -> bool:
    """Whether a row has a name as the rows above have: then it is one of them."""
    if not label or _PLACE.fullmatch(label):
        return len(rows) > 1 - bool(label) and bool(label) == bool(rows[-1])
    return shorter and bool(rows[-1]) and kind_of(parts_of(label)[0]) not in _BELOW


# What may stand below a table, and is no part of it.
_BELOW = ("log_likelihood", "minus_log_likelihood", "deviance", "other")

"""Rows of numbers that are names: 0 1 2, years, wavelengths; by evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from gmm_core.tables.numbers import DATE, MISSING_WORDS, is_plain, is_value

_WHOLE = r"0|[1-9]\d{0,8}"
_NUMBER = r"(?:0|[1-9]\d{0,8})(?:\.\d{1,6})?"


def all_values(rows: list[list[str]], j: int) -> bool:
    """Whether a column holds nothing but numbers, with or without units."""
    return all(is_value(row[j]) or row[j] in MISSING_WORDS for row in rows if j < len(row))


def name_rows(column: Sequence[str]) -> bool:
    """Whether cells may be names of rows: texts, dates, or whole numbers that all differ."""
    if all(re.fullmatch(r"\d+", cell) or re.fullmatch(DATE, cell) for cell in column):
        return len(set(column)) == len(column)
    return sum(map(is_plain, column)) < 0.5 * len(column)


def are_names(first: Sequence[str], below: list[list[str]], width: int) -> bool:
    """Whether a row of numbers, such as 0 1 2 or years, is a row of names; some may be words."""
    offset = width - len(first)
    if offset not in (0, 1):
        return False
    cells = list(first)
    while cells and not cells[-1]:
        cells.pop()
    lead = next((j for j, cell in enumerate(cells) if is_plain(cell)), len(cells))
    end = next((j for j in range(lead, len(cells)) if not is_plain(cells[j])), len(cells))
    sequence = cells[lead:end]
    if not sequence or any(map(is_plain, cells[end:])) or not all(cells[end:]):
        return False
    if not all(re.fullmatch(_NUMBER, cell) for cell in sequence):
        return False
    columns = [
        [row[j] for row in below if j < len(row) and row[j] not in MISSING_WORDS] for j in range(width)
    ]
    words = [j for j, cell in enumerate(cells) if j not in range(lead, end) and cell]
    if any(cells[j] in columns[j + offset] for j in words):
        return False
    values = [float(cell) for cell in sequence]
    steps = [after - value for value, after in pairwise(values)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return False
    whole = all(re.fullmatch(_WHOLE, cell) for cell in sequence)
    even = len({round(step, 6) for step in steps}) <= 1
    years = whole and all(1500 <= value <= 2200 for value in values)
    from_zero = whole and values[0] in (0, 1) and all(step == 1 for step in steps)
    index = columns[0]
    corner = lead == 1 and not offset and not cells[0]
    if corner and whole and even and (_counts(index) or (from_zero and _is_index(index, below))):
        return True  # ,0,1 over 0,0.5,2.5 as pandas writes it
    if offset and whole and (_counts(index) or not all(map(is_plain, index))):
        return True  # one short: the first column holds the names of the rows
    if len(sequence) < 2 or len(below) < 2:
        return False
    if from_zero and values[0] and not lead and len(below) < 3:
        return False
    if from_zero and not values[0] and len(sequence) >= 5 and not _counts_on(below[0]):
        return True
    over = columns[lead + offset :]
    if words and (from_zero or years) and any(all(map(is_plain, columns[j + offset])) for j in words):
        return True  # 0,1,target over numbers
    if words and years:
        return _share(_is_apart, values, over) >= 0.75
    if from_zero or years or (words and even and len(sequence) > 2):
        enough = 0.5 if words and len(sequence) > 3 else 0.75
        return _share(_is_unlike, values, over) >= enough
    return even and (len(sequence) > 2 or bool(words)) and _share(_is_far, values, over) == 1


def may_be_names(first: Sequence[str], width: int) -> bool:
    """Whether a row that is taken as data counts 0 1 2 ..., or 1 2 3 ..., as names without names do."""
    return len(first) == width > 1 and _counts(first) and (first[0] == "0" or width > 2)


def _share(
    test: Callable[[float, Sequence[str]], bool], values: list[float], columns: list[list[str]]
) -> float:
    found = [test(value, column) for value, column in zip(values, columns, strict=False) if column]
    return sum(found) / len(found) if found else 0.0


def _is_index(column: Sequence[str], below: list[list[str]]) -> bool:
    """Whether a column under an empty name is full, and no cell in it stands twice."""
    return len(column) == len(below) == len(set(column)) > 1


def _is_far(value: float, column: Sequence[str]) -> bool:
    """Whether a number is far from all below it, by ten times their range."""
    known = [float(cell) for cell in column if re.fullmatch(r"-?\d{1,15}(\.\d*)?", cell)]
    if len(known) < max(2, 0.75 * len(column)):
        return False
    low, high = min(known), max(known)
    return not low - 10 * (high - low) <= value <= high + 10 * (high - low)


def _is_apart(value: float, column: Sequence[str]) -> bool:
    """Whether a year stands over numbers that are not years, each of them."""
    known = [float(cell) for cell in column if re.fullmatch(r"-?\d{1,15}(\.\d*)?", cell)]
    return _is_unlike(value, column) or not all(1500 <= cell <= 2200 and cell == int(cell) for cell in known)


def _counts(column: Sequence[str]) -> bool:
    """Whether these are 0, 1, 2, ... or 1, 2, 3, ..."""
    begins = column[:1] in (["0"], ["1"])
    return begins and list(column) == [str(int(column[0]) + i) for i in range(len(column))]


def _counts_on(row: Sequence[str]) -> bool:
    """Whether a row goes up by ones, as the rows of a made-up table do."""
    return all(re.fullmatch(r"\d+", cell) for cell in row) and {
        int(after) - int(cell) for cell, after in pairwise(row)
    } == {1}


def _is_unlike(value: float, column: Sequence[str]) -> bool:
    """Whether a number stands over numbers of another kind: with decimals, or far from it."""
    decimals = sum(re.search(r"[.,]\d|[eE]-", cell) is not None for cell in column)
    if decimals >= 0.6 * len(column):
        return True
    known = [float(cell) for cell in column if re.fullmatch(r"-?\d{1,15}(\.\d*)?", cell)]
    if len(known) < 3:
        return False
    low, high = min(known), max(known)
    return 1500 <= value <= 2200 and not low - (high - low) <= value <= high + (high - low)

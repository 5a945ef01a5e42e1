"""Spreadsheets: which sheet is read, and where its table begins."""

from __future__ import annotations

import importlib
import zipfile
from io import BytesIO
from itertools import islice, zip_longest
from typing import Any

from gmm_core.tables.heads import find_head
from gmm_core.tables.reading import (
    READING,
    SAMPLE_LINES,
    SHOWN_LINES,
    Choices,
    Decided,
    Raw,
    Reading,
    TableError,
    offered_headers,
    or_say,
    raw,
    unique,
)
from gmm_core.words import listed, megabytes, quoted


def read_excel(content: bytes, reading: Reading) -> Raw:
    """The visible sheet with most numbers."""
    name = reading.name
    broken = f"{name} is not an Excel file, or a damaged one: open it in Excel and save it again, or as CSV"
    with or_say(broken, Exception):  # what a damaged zip makes zipfile raise is a long list
        unpacked = sum(member.file_size for member in zipfile.ZipFile(BytesIO(content)).infolist())
    if unpacked > reading.limits.unpacked:
        raise TableError(
            f"{name} would unpack from {megabytes(len(content))} to {megabytes(unpacked)}; at most "
            f"{megabytes(reading.limits.unpacked)} can be read. Save the sheet as CSV."
        )
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise TableError(
            f"{name}: Excel files need the package openpyxl, which is not installed. "
            "Save the sheet as CSV, or install it with pip install openpyxl."
        ) from None
    with or_say(broken, Exception):  # and openpyxl's is longer
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = book.worksheets
    read = {sheet.title: _sheet_rows(sheet, broken, reading) for sheet in sheets}
    read = {title: rows for title, rows in read.items() if rows}
    if not read:
        raise TableError(f"{name} is empty: no sheet holds a value.")
    hidden = {sheet.title for sheet in sheets if sheet.sheet_state != "visible"}
    title = reading.choices.sheet or max(read, key=lambda one: (one not in hidden, _count_numbers(read[one])))
    if title not in read:
        raise TableError(
            f"{name} has no sheet {quoted(title)} with values. Its sheets are: {listed(list(read))}."
        )
    rows = read[title]
    findings = [f"Sheet {quoted(title)} was read, of {len(sheets)}."] if len(sheets) > 1 else []
    others = [one for one in read if one != title and _count_numbers(read[one])]
    if others:
        findings.append(f"Not read, though numbers are in it: {listed(others)}. Choose that sheet to use it.")
    words = [_words(row) for row in islice(rows.values(), SAMPLE_LINES)]
    width = max(map(len, words))
    numbers = list(rows)
    cells = [[*row, *[""] * (width - len(row))] for row in words]
    head = find_head(cells, numbers, chosen=reading.choices.header)
    lines = tuple((numbers[i], " | ".join(words[i])) for i in range(min(len(words), SHOWN_LINES)))
    offered = {"header": offered_headers(lines, head.rows)} | (
        {"sheet": tuple(read)} if len(read) > 1 else {}
    )
    decided = Decided(Choices(title if len(read) > 1 else "", head.rows), offered, lines, head.doubts)
    findings += [*head.above, f"{head.how[0].upper()}{head.how[1:]}.", *head.findings]
    below = list(rows.values())[head.begin :]
    columns = list(zip_longest(*below)) or [() for _ in head.names or ()]
    without = max(len(head.names or ()) - len(columns), 0)  # columns with a name alone
    columns += [(None,) * len(below)] * (without if below else 0)
    names = unique(head.names, len(columns))
    empty = [j for j, column in enumerate(columns) if all(cell is None for cell in column)]
    for j in empty:
        if _is_formula(content, title, numbers[head.begin :], j, broken):
            findings.append(
                f"Column {quoted(names[j])} holds formulas without values: open and save it in Excel."
            )
    return raw(columns, names, findings, numbers[head.begin :], decided)


def _count_numbers(rows: dict[int, tuple[Any, ...]]) -> int:
    return sum(
        isinstance(cell, int | float) and not isinstance(cell, bool) for row in rows.values() for cell in row
    )


def _is_formula(content: bytes, title: str, numbers: list[int], j: int, broken: str) -> bool:
    """Whether the first rows of a column without values hold formulas."""
    openpyxl = importlib.import_module("openpyxl")
    with or_say(broken, Exception):
        sheet = openpyxl.load_workbook(BytesIO(content), read_only=True)[title]
        first = numbers[0] if numbers else 1
        cells = sheet.iter_rows(first, first + 20, j + 1, j + 1, values_only=True)
        return any(isinstance(row[0], str) and row[0].startswith("=") for row in cells)


def _words(row: tuple[Any, ...]) -> list[str]:
    return ["" if cell is None else " ".join(str(cell).split()) for cell in row]


def _sheet_rows(sheet: Any, broken: str, reading: Reading) -> dict[int, tuple[Any, ...]]:
    """The rows that hold something, by number."""
    kept: dict[int, tuple[Any, ...]] = {}
    number = cells = 0
    with or_say(broken, Exception):
        expected = sheet.max_row  # if the file says it; good enough for how far this is, and for nothing else
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
    while True:
        reading.tell(READING, number / (expected or number + 20_000))
        with or_say(broken, Exception):  # not around `tell`: what stops the reading is no damage
            some = list(islice(rows, 1000))
        if not some:
            return kept
        for row in some:
            number += 1
            cells += len(row)
            width = max((j for j, cell in enumerate(row, start=1) if cell is not None), default=0)
            if width:
                reading.check_size(len(kept), width)
                kept[number] = row[:width]
        if number > reading.limits.rows:  # one value far down, with empty rows before it
            raise _too_wide(reading, sheet, f"beyond row {reading.limits.rows:,}")
        if cells > reading.limits.cells:
            raise _too_wide(reading, sheet, f"over more than {reading.limits.cells:,} cells")


def _too_wide(reading: Reading, sheet: Any, how_far: str) -> TableError:
    return TableError(
        f"{reading.name}: the sheet {quoted(sheet.title)} reaches {how_far}, which cannot be read. If most "
        "of it is empty, copy the table alone to a new sheet; else take a sample of its rows."
    )

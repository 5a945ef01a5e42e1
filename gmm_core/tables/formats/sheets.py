"""Spreadsheets: which sheet is read, and where its table begins."""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from io import BytesIO, StringIO
from itertools import islice, zip_longest
from typing import Any

from gmm_core.tables.heads import find_head
from gmm_core.tables.reading import (
    READING,
    SAMPLE_LINES,
    SHOWN_LINES,
    Choices,
    Decided,
    Doubt,
    Raw,
    Reading,
    TableError,
    offered_headers,
    or_say,
    raw,
    unique,
)
from gmm_core.words import capital, count, listed, megabytes, plural, quoted

Rows = dict[int, tuple[Any, ...]]  # the rows that hold something, by their number
Ranges = list[tuple[int, int, int]]  # merged cells below each other: the first and last row, and the column

_TOO_LARGE = "Save the sheet as CSV."
_MOST_COLUMNS = 16_384  # of a sheet


@dataclass(frozen=True)
class _Looks:
    """How a sheet shows its cells: which rows and columns are hidden, whether a filter is set, and in which
    rows a column shows percentages.
    """

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    filtered: bool = False
    percentages: Mapping[int, set[int]] = field(default_factory=dict)


def _plain_looks(title: str) -> _Looks:
    return _Looks()


@dataclass(frozen=True)
class _Book:
    """The sheets of a file that hold something; merged : ranges in a sheet, by its name."""

    sheets: dict[str, Rows]
    number: int
    hidden: set[str]
    merged: Callable[[str], Ranges]
    is_formula: Callable[[str, list[int], int], bool]
    looks: Callable[[str], _Looks] = _plain_looks


ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how files begin


def read_excel(content: bytes, reading: Reading) -> Raw:
    """The visible sheet with most numbers of an .xlsx file."""
    name = reading.name
    if content.startswith(OLD_EXCEL):
        return read_old_excel(content, reading)
    broken = f"{name} is not an Excel file, or a damaged one: open it in Excel and save it again, or as CSV"
    _check_unpacked(content, broken, reading)
    _check_work(content, broken, reading)
    openpyxl = _needed("openpyxl", reading)
    with or_say(broken, Exception):  # and openpyxl's is longer
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheets = book.worksheets
    read = {sheet.title: _sheet_rows(sheet, broken, reading) for sheet in sheets}
    hidden = {sheet.title for sheet in sheets if sheet.sheet_state != "visible"}
    places = {sheet.title: getattr(sheet, "_worksheet_path", "") for sheet in sheets}
    with or_say(broken, Exception):
        names = zipfile.ZipFile(BytesIO(content)).namelist()

    @cache
    def part(path: str) -> bytes:
        with or_say(broken, Exception):
            return zipfile.ZipFile(BytesIO(content)).read(path)

    def merged(title: str) -> Ranges:
        xml = part(places[title].lstrip("/"))
        found = re.findall(rb'<mergeCell ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"', xml)
        return [(int(top), int(bottom), _column(left)) for left, top, _, bottom in found if top != bottom]

    def is_formula(title: str, numbers: list[int], j: int) -> bool:
        return _is_formula(content, title, numbers, j, broken)

    def looks(title: str) -> _Looks:
        styles = part(_STYLES) if _STYLES in names else b""
        return _looks_in(part(places[title].lstrip("/")), styles)

    return _table_in(_Book(read, len(sheets), hidden, merged, is_formula, looks), reading)


_STYLES = "xl/styles.xml"
_HIDDEN = rb'<%s\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*>'


def _looks_in(xml: bytes, styles: bytes) -> _Looks:
    """What the XML of a sheet, with that of the styles, says about how its cells are shown."""
    rows = (re.search(rb'\br="(\d+)"', tag) for tag in re.findall(_HIDDEN % b"row", xml))
    columns: set[int] = set()
    for tag in re.findall(_HIDDEN % b"col", xml):
        first, last = (re.search(rb'\b%s="(\d{1,6})"' % end, tag) for end in (b"min", b"max"))
        if first and last:
            columns.update(range(int(first[1]) - 1, min(int(last[1]), _MOST_COLUMNS)))
    percentages: dict[int, set[int]] = {}
    if some := b"|".join(_styles_of_percentages(styles)):
        cells = re.findall(rb'<c\b(?=[^<>]*\bs="(?:%s)")[^<>]*\br="([A-Z]{1,3})(\d{1,7})"' % some, xml)
        for letters, number in cells:
            percentages.setdefault(_column(letters), set()).add(int(number))
    return _Looks(
        frozenset(int(row[1]) for row in rows if row),
        frozenset(columns),
        b"<autoFilter" in xml,
        percentages,
    )


def _styles_of_percentages(styles: bytes) -> list[bytes]:
    """The numbers of the styles of cells that show a percentage."""
    own = re.findall(rb'<numFmt\b(?=[^<>]*\bformatCode="[^"<>]*%)[^<>]*\bnumFmtId="(\d+)"', styles)
    formats = {b"9", b"10", *own}
    _, _, cells = styles.partition(b"<cellXfs")
    found = re.findall(rb'<xf\b[^<>]*\bnumFmtId="(\d+)"', cells.partition(b"</cellXfs>")[0])
    return [b"%d" % i for i, kind in enumerate(found) if kind in formats]


def read_old_excel(content: bytes, reading: Reading) -> Raw:
    """The visible sheet with most numbers of an .xls file.

    Read by xlrd: python-calamine follows a ring of sectors in a damaged file until no memory is left.
    """
    broken = (
        f"{reading.name} is not an old Excel file, or a damaged one: open it and save it again, or as CSV"
    )
    xlrd = _needed("xlrd", reading)
    with or_say(broken, Exception), StringIO() as log:
        options = {"formatting_info": True, "ragged_rows": True, "logfile": log}
        book = xlrd.open_workbook(file_contents=content, **options)
        sheets = book.sheets()
    read: dict[str, Rows] = {}
    merged: dict[str, Ranges] = {}
    for sheet in sheets:
        reading.check_size(sheet.nrows, sheet.ncols)
        with or_say(broken, Exception):
            rows = (
                (i + 1, _trimmed([_old_cell(cell, book.datemode, xlrd) for cell in sheet.row(i)]))
                for i in range(sheet.nrows)
            )
            read[sheet.name] = {number: row for number, row in rows if row}
            merged[sheet.name] = [
                (y + 1, bottom, x) for y, bottom, x, _ in sheet.merged_cells if bottom > y + 1
            ]
    hidden = {sheet.name for sheet in sheets if sheet.visibility}
    return _table_in(_Book(read, len(sheets), hidden, merged.__getitem__, lambda *_: False), reading)


def _old_cell(cell: Any, datemode: int, xlrd: Any) -> Any:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else _cell(cell.value)


def read_ods(content: bytes, reading: Reading) -> Raw:
    """The visible sheet with most numbers of an .ods file."""
    name = reading.name
    broken = f"{name} is not a spreadsheet, or a damaged one: open it and save it again, or as CSV"
    _check_unpacked(content, broken, reading)
    _check_repeats(content, broken, reading)
    calamine = _needed("python_calamine", reading)
    with or_say(broken, Exception):
        try:
            book = calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        except calamine.PasswordError as error:
            raise TableError(f"{name} has a password. Save it without one, or as CSV.") from error
    read: dict[str, Rows] = {}
    for title in book.sheet_names:
        with or_say(broken, Exception):
            sheet = book.get_sheet_by_name(title)
            top, left = sheet.start or (0, 0)
            reading.check_size(sheet.total_height, sheet.total_width)
            cells = sheet.to_python(skip_empty_area=True)
        rows = (
            (number, _trimmed([None] * left + [_cell(cell) for cell in row]))
            for number, row in enumerate(cells, top + 1)
        )
        read[title] = {number: row for number, row in rows if row}
    visible = calamine.SheetVisibleEnum.Visible
    hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != visible}
    return _table_in(_Book(read, len(read), hidden, lambda _: [], lambda *_: False), reading)


def _needed(package: str, reading: Reading) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        pip, kind = package.replace("_", "-"), "such" if package == "python_calamine" else "Excel"
        raise TableError(
            f"{reading.name}: {kind} files need the package {pip}, which is not installed. "
            f"Save the sheet as CSV, or install it with pip install {pip}."
        ) from None


def _check_unpacked(content: bytes, broken: str, reading: Reading) -> None:
    with or_say(broken, Exception):  # what a damaged zip makes zipfile raise is a long list
        unpacked = sum(member.file_size for member in zipfile.ZipFile(BytesIO(content)).infolist())
    if unpacked > reading.limits.unpacked:
        raise TableError(
            f"{reading.name} would unpack from {megabytes(len(content))} to {megabytes(unpacked)}; at most "
            f"{megabytes(reading.limits.unpacked)} can be read. {_TOO_LARGE}"
        )


# About what openpyxl takes for each, in seconds, by the name of its tag.
_WORK = {b"si": 25e-6, b"row": 10e-6, b"c": 5e-6}
_EXPLAINED = 30.0  # seconds of work for each megabyte of the file, and ...
_ANYWAY = 4.0  # ... those that any file may take.


def _check_work(content: bytes, broken: str, reading: Reading) -> None:
    """A `TableError` for a small file of which a great many cells, rows or shared texts would be made."""
    work, explained = 0.0, _ANYWAY + _EXPLAINED * len(content) / 1e6
    with or_say(broken, Exception):
        archive = zipfile.ZipFile(BytesIO(content))
        for member in archive.infolist():
            if not member.filename.lower().endswith(".xml"):
                continue
            with archive.open(member) as stream:
                left = b""
                while chunk := stream.read(1_000_000):
                    chunk = left + chunk
                    left = chunk[chunk.rfind(b"<") :] if b"<" in chunk[-200:] else b""
                    whole = chunk[: len(chunk) - len(left)]
                    work += sum(
                        seconds * whole.count(opened + tag + closed)
                        for tag, seconds in _WORK.items()
                        for opened in (b"<", b":")  # with a prefix, too
                        for closed in (b">", b" ", b"/")
                    )
    if work > explained:
        raise TableError(
            f"{reading.name} has only {megabytes(len(content))}, but so many cells, rows or texts that to "
            f"read them would take {work:.0f} seconds or more. {_TOO_LARGE}"
        )


_ROW_OR_CELL = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>")
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d+)"')


def _check_repeats(content: bytes, broken: str, reading: Reading) -> None:
    """A `TableError` for a file of which a few repeated rows or cells fill more than can be read."""
    with or_say(broken, Exception):
        archive = zipfile.ZipFile(BytesIO(content))
        if "content.xml" not in archive.namelist():
            return
        xml = archive.open("content.xml").read(reading.limits.unpacked + 1)
    rows = height = width = cells = row_height = 0
    for match in _ROW_OR_CELL.finditer(xml):
        kind, attributes = match[1], match[2]
        repeated = _REPEATED.search(attributes)
        times = int(repeated[1][:9]) if repeated else 1
        if kind == b"table":
            rows = height = width = 0
        elif kind == b"table-row":
            rows, cells, row_height = rows + times, 0, rows + times
        else:
            cells += times
            if not attributes.endswith(b"/") or b"office:value" in attributes:
                height, width = row_height, max(width, cells)
                reading.check_size(height, width)


def _cell(cell: Any) -> Any:
    """A cell as openpyxl gives it: None where it is empty, whole numbers without a point."""
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)
    return cell


def _trimmed(row: Sequence[Any]) -> tuple[Any, ...]:
    width = max((j for j, cell in enumerate(row, start=1) if cell is not None), default=0)
    return tuple(row[:width])


def _column(letters: bytes) -> int:
    """The place of a column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place - 1


def _table_in(book: _Book, reading: Reading) -> Raw:
    """The table in the sheet that was chosen, or in the visible one with most numbers."""
    name = reading.name
    read = {title: rows for title, rows in book.sheets.items() if rows}
    if not read:
        raise TableError(f"{name} is empty: no sheet holds a value.")
    title = reading.choices.sheet or max(
        read, key=lambda one: (one not in book.hidden, _count_numbers(read[one]))
    )
    if title not in read:
        raise TableError(
            f"{name} has no sheet {quoted(title)} with values. Its sheets are: {listed(list(read))}."
        )
    rows = read[title]
    findings = [f"Sheet {quoted(title)} was read, of {book.number}."] if book.number > 1 else []
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
    findings += [*head.above, f"{capital(head.how)}.", *head.findings]
    rows, said = _filled(rows, book.merged(title), numbers[head.begin :])
    findings += said
    below = list(rows.values())[head.begin :]
    columns = list(zip_longest(*below)) or [() for _ in head.names or ()]
    without = max(len(head.names or ()) - len(columns), 0)  # columns with a name alone
    columns += [(None,) * len(below)] * (without if below else 0)
    names = unique(head.names, len(columns))
    doubts = _about_looks(book.looks(title), names, columns, numbers[head.begin :])
    findings += doubts
    decided = replace(decided, doubts=(*decided.doubts, *doubts))
    empty = [j for j, column in enumerate(columns) if all(cell is None for cell in column)]
    for j in empty:
        if book.is_formula(title, numbers[head.begin :], j):
            findings.append(
                f"Column {quoted(names[j])} holds formulas without values: open and save it in Excel."
            )
    return raw(columns, names, findings, numbers[head.begin :], decided)


def _about_looks(
    looks: _Looks, names: list[str], columns: Sequence[Sequence[Any]], numbers: list[int]
) -> list[Doubt]:
    """What may be meant to be left out, as the sheet hides it, or to be another number, as it is shown."""
    said = []
    if hidden := sum(number in looks.rows for number in numbers):
        by = ", as by a filter" if looks.filtered else ""
        how, them = ("is", "it was") if hidden == 1 else ("are", "they were")
        said.append(
            Doubt(
                f"{hidden:,} of {count(len(numbers), 'row')} {how} hidden in the sheet{by}; {them} read, "
                f"too. {plural(hidden, 'It', 'They')} may be meant to be left out: delete hidden rows if so.",
                "rows that are hidden in the sheet were read too",
            )
        )
    away = [names[j] for j in sorted(looks.columns) if j < len(columns) and {*columns[j]} != {None}]
    if away:
        how, them = ("is", "it was") if len(away) == 1 else ("are", "they were")
        said.append(
            Doubt(
                f"{plural(len(away), 'Column', 'Columns')} {listed(away)} {how} hidden in the sheet; {them} "
                "read, too, and may be meant to be left out.",
                "a column that is hidden in the sheet was read too",
                away,
            )
        )
    for j, rows in looks.percentages.items():
        kinds: dict[bool, list[tuple[int, float]]] = {True: [], False: []}
        for number, cell in zip(numbers, columns[j] if j < len(columns) else (), strict=False):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                kinds[number in rows].append((number, cell))
        shown, plain = kinds[True], kinds[False]
        if shown and any(abs(value) > 1 for _, value in plain):
            number, value = shown[0]
            said.append(
                Doubt(
                    f"Column {quoted(names[j])}: {len(shown):,} of {len(shown) + len(plain):,} numbers are "
                    f"shown as percentages in the sheet, such as {100 * value:.4g}% in row {number}, which "
                    f"was read as {value:.4g}; the others may be meant in percent. Write all in one way.",
                    "some cells of a column are percentages, and others are not",
                    [names[j]],
                )
            )
    return said


def _filled(rows: Rows, merged: Ranges, numbers: list[int]) -> tuple[Rows, list[str]]:
    """Rows with the value of merged cells in each of the rows that they stand in, and what is said."""
    rows, some = dict(rows), 0
    below = set(numbers)
    for top, bottom, j in merged:
        if top not in below or j >= len(rows[top]) or rows[top][j] is None:
            continue
        for number in range(top + 1, min(bottom, numbers[-1]) + 1):
            if number in below:
                row = [*rows[number], *[None] * (j + 1 - len(rows[number]))]
                row[j], some = rows[top][j], some + 1
                rows[number] = tuple(row)
    said = f"{count(some, 'cell')} filled with the value above, as they are merged with it."
    return rows, [said] if some else []


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

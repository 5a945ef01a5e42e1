"""The readers by format, each from a file's bytes to one Arrow table. Nothing is unpickled or evaluated.

A new format is a function here, and a line in `READERS`.
"""

from __future__ import annotations

import gzip
import importlib
import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import scipy.io.arff

from gmm_core.tables.heads import find_head
from gmm_core.tables.reading import (
    READING,
    SHOWN_LINES,
    Choices,
    Decided,
    Raw,
    Reading,
    TableError,
    is_text,
    offered_headers,
    or_say,
    raw,
    unique,
)
from gmm_core.tables.text import SAMPLE_LINES, read_delimited, read_loose
from gmm_core.words import count, listed, megabytes, quoted


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


def read_parquet(content: bytes, reading: Reading) -> Raw:
    """All columns; nothing is unpacked on the word of a file that is too large."""
    name, most = reading.name, 8 * reading.limits.cells
    with or_say(f"{name} is not a Parquet file, or a damaged one", Exception):
        file = pa.parquet.ParquetFile(pa.BufferReader(content))
        meta, schema = file.metadata, file.schema_arrow
        reading.check_size(meta.num_rows, meta.num_columns)
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if unpacked > most:
            raise TableError(
                f"{name} would unpack to {megabytes(unpacked)}; at most {megabytes(most)} "
                "can be read. Leave columns out."
            )
        # Text stays encoded: a long text on a million rows takes no more room than in the file.
        texts = [field.name for field in schema if is_text(field.type)]
        file = pa.parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        table = file.read(use_threads=False)
        table.validate(full=True)
    table = table.replace_schema_metadata(None).rename_columns(unique(table.column_names, table.num_columns))
    return Raw(table, np.arange(1, len(table) + 1), [])


def read_npy(content: bytes, reading: Reading) -> Raw:
    """One or two dimensions of real numbers; nothing is allocated on the header's word."""
    name = reading.name
    stream = BytesIO(content)
    advice = "save it again with numpy.save"
    with or_say(f"{name} is not a .npy file, or its header is damaged: {advice}", Exception):
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise TableError(
            f"{name} holds Python objects (dtype object), which could run code when they are read. "
            "Save numbers: numpy.save(file, x.astype(float))."
        )
    if dtype.names:
        raise TableError(
            f"{name} holds records with the fields {listed(dtype.names)}, not one kind of number. "
            "Save numbers: numpy.save(file, numpy.lib.recfunctions.structured_to_unstructured(x))."
        )
    if dtype.kind not in "biuf":
        raise TableError(
            f"{name} holds {dtype}, not real numbers. Save numbers: numpy.save(file, x.astype(float))."
        )
    if len(shape) not in (1, 2) or min(shape) < 0:
        raise TableError(f"{name} has the shape {shape}; one or two dimensions are needed, (rows, columns).")
    found, promised = len(content) - stream.tell(), math.prod(shape) * dtype.itemsize
    if found != promised:
        raise TableError(
            f"{name}: its header promises {promised:,} bytes, for {shape} of {dtype}, but {found:,} "
            f"follow. The file is cut off or damaged; {advice}."
        )
    n, d = (*shape, 1)[:2]
    reading.check_size(n, d)
    X = np.frombuffer(content, dtype, offset=stream.tell()).reshape((n, d), order="F" if fortran else "C")
    with np.errstate(over="ignore"):  # of wider floats than these; what is infinite is missing
        X = X.astype(np.float64 if dtype.kind == "f" else dtype.newbyteorder("="))
    return raw(list(X.T), None, [f"An array of the shape {shape} and type {dtype}."])


# --- Files around a table


def read_gzip(content: bytes, reading: Reading) -> Raw:
    """The one file in a gzip file, by the ending before .gz."""
    most = reading.limits.unpacked
    with or_say(f"{reading.name} is not a gzip file, or a damaged one", Exception):
        unpacked = gzip.GzipFile(fileobj=BytesIO(content)).read(most + 1)
    return _inner(unpacked, PurePath(reading.name).stem, reading)


def read_zip(content: bytes, reading: Reading) -> Raw:
    """The one table in a zip file."""
    name, most = reading.name, reading.limits.unpacked
    with or_say(f"{name} is not a zip file, or a damaged one", Exception):
        archive = zipfile.ZipFile(BytesIO(content))
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
    tables = [
        one
        for one in names
        if not PurePath(one).name.startswith((".", "__"))
        and "__MACOSX" not in one
        and _ending(one) in READERS
    ]
    if len(tables) != 1:
        which = f"{len(tables)} tables ({listed(tables)})" if tables else f"no table ({listed(names)})"
        raise TableError(f"{name} holds {which}; one is needed. Unpack it and give one of its files.")
    with or_say(f"{name} is a damaged zip file, or one with a password", Exception):
        unpacked = archive.open(tables[0]).read(most + 1)
    found = _inner(unpacked, tables[0], reading)
    return replace(
        found, findings=[f"{quoted(PurePath(tables[0]).name)} was read from the zip file.", *found.findings]
    )


def _ending(filename: str) -> str:
    return PurePath(filename).suffix.lower()


def _inner(content: bytes, filename: str, reading: Reading) -> Raw:
    """The table in an unpacked file."""
    if len(content) > reading.limits.unpacked:
        raise TableError(
            f"{reading.name} would unpack to more than {megabytes(reading.limits.unpacked)}, which cannot be "
            "read. Take a sample of its rows, or leave columns out."
        )
    if not content or content.isspace():
        raise TableError(f"{reading.name} is empty. Rows of numbers are needed.")
    reader = READERS.get(_ending(filename), read_loose)
    if reader in (read_gzip, read_zip):
        raise TableError(f"{reading.name} is packed twice. Unpack it and give the file within.")
    return reader(content, reading)


# --- Other formats


def read_json(content: bytes, reading: Reading) -> Raw:
    """Records, columns, rows, or one record in each line."""
    name = reading.name
    most = 5 * reading.limits.printed
    if len(content) > most:
        raise TableError(
            f"{name} has {megabytes(len(content))}; at most {megabytes(most)} of JSON can be "
            "read. Save it as CSV or Parquet."
        )
    with or_say(f"{name} is not JSON, or damaged", (ValueError, RecursionError)):
        text = content.decode("utf-8-sig")
        try:
            data = json.loads(text)
        except ValueError:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
    findings = []
    if isinstance(data, dict) and {"columns", "data"} <= data.keys():  # as pandas splits it
        names, data = [str(column) for column in data["columns"]], data["data"]
        data = [dict(zip(names, row, strict=False)) for row in data if isinstance(row, list)]
    elif isinstance(data, dict) and not any(isinstance(value, dict) for value in data.values()):
        lists = {key: value for key, value in data.items() if isinstance(value, list)}
        if len(lists) == 1 and any(isinstance(row, dict | list) for row in next(iter(lists.values()))):
            key, data = lists.popitem()
            findings.append(f"The list {quoted(key)} was read.")
        elif lists and len(set(map(len, lists.values()))) == 1:
            left = [key for key in data if key not in lists]
            findings += [f"Left out, as they are no columns: {listed(left)}."] if left else []
            data = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    elif isinstance(data, dict) and all(
        isinstance(value, dict) for value in data.values()
    ):  # {column: {row: value}}
        index = list(dict.fromkeys(key for column in data.values() for key in column))
        data = [{key: column.get(row) for key, column in data.items()} for row in index]
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        names = list(dict.fromkeys(key for row in data for key in row))
        reading.check_size(len(data), len(names))
        return raw([[_scalar(row.get(key)) for row in data] for key in names], names, findings)
    if isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        width = max(map(len, data))
        reading.check_size(len(data), width)
        columns = [[_scalar(row[j]) if j < len(row) else None for row in data] for j in range(width)]
        cells = [[_as_text(column[i]) for column in columns] for i in range(min(len(data), SAMPLE_LINES))]
        head = find_head(cells, range(1, len(data) + 1)) if width else None
        if head and head.names:
            return raw([column[head.begin :] for column in columns], head.names, findings)
        return raw(columns, None, findings)
    if isinstance(data, list) and data and not any(isinstance(value, dict | list) for value in data):
        return raw([data], None, findings)
    raise TableError(
        f"{name} holds no table: a list of records, such as [{{'x': 1}}, {{'x': 2}}], or columns of equal "
        "length are needed."
    )


def _scalar(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def read_feather(content: bytes, reading: Reading) -> Raw:
    """All columns, batch by batch, so that no more is unpacked than can be read."""
    most = 8 * reading.limits.cells
    with or_say(f"{reading.name} is not a Feather file, or a damaged one", Exception):
        file = pa.ipc.open_file(pa.BufferReader(content))
        batches, rows, size = [], 0, 0
        for i in range(file.num_record_batches):
            batches.append(file.get_batch(i))
            rows, size = rows + batches[-1].num_rows, size + batches[-1].nbytes
            reading.check_size(rows, len(file.schema))
            if size > most:
                raise TableError(
                    f"{reading.name} would unpack to more than {megabytes(most)}. Leave columns out."
                )
        table = pa.Table.from_batches(batches, file.schema)
        table.validate(full=True)
    table = table.replace_schema_metadata(None).rename_columns(unique(table.column_names, table.num_columns))
    return Raw(table, np.arange(1, len(table) + 1), [])


def read_arff(content: bytes, reading: Reading) -> Raw:
    """The attributes of an ARFF file, numeric and nominal."""
    text = content.decode("utf-8", "replace")
    with or_say(f"{reading.name} is not an ARFF file that can be read; save it as CSV", Exception):
        records, _ = scipy.io.arff.loadarff(StringIO(text))
    names = list(records.dtype.names or ())
    reading.check_size(len(records), len(names))
    columns = [
        [None if cell == b"?" else cell.decode() for cell in records[name]]
        if records[name].dtype.kind == "S"
        else records[name]
        for name in names
    ]
    return raw(columns, names, [])


def read_npz(content: bytes, reading: Reading) -> Raw:
    """The only table of a .npz file, or its lists of equal length beside each other."""
    name = reading.name
    with or_say(f"{name} is not a .npz file, or a damaged one", Exception):
        archive = zipfile.ZipFile(BytesIO(content))
        members = archive.infolist()
    if sum(member.file_size for member in members) > reading.limits.unpacked:
        raise TableError(
            f"{name} would unpack to more than {megabytes(reading.limits.unpacked)}. Save fewer arrays."
        )
    found: dict[str, Raw] = {}
    refused: TableError | None = None
    for member in members:
        with or_say(f"{name} is a damaged .npz file", Exception):
            part = archive.open(member).read(reading.limits.unpacked + 1)
        try:
            found[member.filename.removesuffix(".npy")] = read_npy(part, reading)
        except TableError as error:
            refused = error
    if not found:
        raise refused or TableError(f"{name} holds no array. Save numbers: numpy.savez(file, X=X).")
    wide = [key for key, one in found.items() if one.table.num_columns > 1]
    chosen = max(wide or found, key=lambda key: found[key].table.num_columns * len(found[key].table))
    n = len(found[chosen].table)
    beside = [
        key
        for key, one in found.items()
        if one.table.num_columns == 1 and len(one.table) == n and key != chosen
    ]
    columns, names = [], []
    for key in (chosen, *beside):
        table = found[key].table
        names += [key] if table.num_columns == 1 else [f"{key}{j + 1}" for j in range(table.num_columns)]
        columns += [column.to_numpy() for column in table.columns]
    left = [key for key in found if key not in (chosen, *beside)]
    findings = [f"Read of its {count(len(found), 'array')}: {listed([chosen, *beside])}."]
    findings += [f"Left out, as they are of another length: {listed(left)}."] if left else []
    return raw(columns, names, findings)


Reader = Callable[[bytes, Reading], Raw]
READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_loose,
    ".dat": read_loose,
    ".data": read_loose,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".parquet": read_parquet,
    ".feather": read_feather,
    ".json": read_json,
    ".jsonl": read_json,
    ".arff": read_arff,
    ".npy": read_npy,
    ".npz": read_npz,
    ".gz": read_gzip,
    ".zip": read_zip,
}

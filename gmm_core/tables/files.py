"""The readers by format, each from a file's bytes to one Arrow table. Nothing is unpickled or evaluated.

A new format is a function here, and a line in `READERS`.
"""

from __future__ import annotations

import importlib
import math
import zipfile
from collections.abc import Callable
from io import BytesIO
from itertools import islice, zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from gmm_core.tables.heads import find_head
from gmm_core.tables.reading import READING, Raw, Reading, TableError, is_text, or_say, raw, unique
from gmm_core.tables.text import SAMPLE_LINES, read_delimited, read_loose
from gmm_core.words import listed, megabytes, quoted


def read_excel(content: bytes, reading: Reading) -> Raw:
    """The first sheet that is not empty."""
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
    for sheet in sheets:
        rows = _sheet_rows(sheet, broken, reading)
        if rows:
            break
    else:
        raise TableError(f"{name} is empty: no sheet holds a value.")
    findings = [f"Sheet {quoted(sheet.title)} was read, of {len(sheets)}."] if len(sheets) > 1 else []
    words = [_words(row) for row in islice(rows.values(), SAMPLE_LINES)]
    width = max(map(len, words))
    numbers = list(rows)
    head = find_head([[*row, *[""] * (width - len(row))] for row in words], numbers)
    findings += [*head.above, f"{head.how[0].upper()}{head.how[1:]}.", *head.findings]
    below = list(rows.values())[head.begin :]
    columns = list(zip_longest(*below)) or [() for _ in head.names or ()]
    return raw(columns, head.names, findings, numbers[head.begin :])


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


Reader = Callable[[bytes, Reading], Raw]
READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_loose,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".parquet": read_parquet,
    ".npy": read_npy,
}

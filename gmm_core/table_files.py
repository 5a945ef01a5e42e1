"""The readers by format, each from a file's bytes to one Arrow table. Nothing is unpickled or evaluated.

A new format is a function here, and a line in `READERS`.
"""

from __future__ import annotations

import importlib
import math
import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]

from gmm_core.table_common import Raw, Reading, TableError, is_text, megabytes, or_say, quoted, raw, unique
from gmm_core.table_text import is_header, read_delimited, read_loose


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
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says about its own size is not to be believed
            rows = _sheet_rows(sheet.iter_rows(values_only=True), reading)
            if rows:
                break
        else:
            raise TableError(f"{name} is empty: no sheet holds a value.")
    findings = (
        [f"Sheet {quoted(sheet.title)} was read, of {len(book.worksheets)}."]
        if len(book.worksheets) > 1
        else []
    )
    first = next(iter(rows))
    header = is_header(["" if cell is None else str(cell).strip() for cell in rows[first]])
    names = [("" if cell is None else str(cell).strip()) for cell in rows.pop(first)] if header else None
    findings.append("The first row holds the names." if header else "No row of names was found.")
    columns = list(zip_longest(*rows.values())) or [() for _ in names or ()]
    return raw(columns, names, findings, list(rows))


def _sheet_rows(rows: Iterable[tuple[Any, ...]], reading: Reading) -> dict[int, tuple[Any, ...]]:
    """The rows that hold something, by number."""
    kept: dict[int, tuple[Any, ...]] = {}
    for number, row in enumerate(rows, start=1):
        width = max((j for j, cell in enumerate(row, start=1) if cell is not None), default=0)
        if width:
            reading.check_size(len(kept), width)
            kept[number] = row[:width]
    return kept


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

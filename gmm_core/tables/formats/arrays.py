"""Files of columns and of arrays: Parquet, Feather, NumPy."""

from __future__ import annotations

import math
import zipfile
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from gmm_core.tables.reading import (
    Raw,
    Reading,
    TableError,
    is_text,
    or_say,
    raw,
    unique,
)
from gmm_core.words import count, listed, megabytes


def read_parquet(content: bytes, reading: Reading) -> Raw:
    """All columns; nothing is unpacked on the word of a file that is too large."""
    name, most = reading.name, 8 * reading.limits.cells
    with or_say(f"{name} is not a Parquet file, or a damaged one", Exception):
        file = pa.parquet.ParquetFile(pa.BufferReader(content))
        meta, (kept, said) = file.metadata, _columns(file.schema_arrow, reading)
        reading.check_size(meta.num_rows, len(kept))
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if unpacked > most:
            raise TableError(
                f"{name} would unpack to {megabytes(unpacked)}; at most {megabytes(most)} "
                "can be read. Leave columns out."
            )
        # Text stays encoded: a long text on a million rows takes no more room than in the file.
        texts = [field.name for field in kept if is_text(field.type)]
        file = pa.parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        table = file.read(columns=[field.name for field in kept], use_threads=False)
        table.validate(full=True)
    return _raw(table, said)


def _columns(schema: pa.Schema, reading: Reading) -> tuple[list[pa.Field], list[str]]:
    """The columns of single values, and a sentence about the others, of which a small file may hold a flood.

    A `TableError` where there are only others.
    """
    kept = [field for field in schema if not _holds_more(field.type)]
    others = [field.name for field in schema if _holds_more(field.type)]
    if not others:
        return kept, []
    if not kept:
        raise TableError(
            f"{reading.name} holds neither numbers nor text nor dates, but lists, records or raw bytes in "
            f"{listed(others)}. Save one number in each cell."
        )
    return kept, [f"Left out, as they hold neither numbers nor text nor dates: {listed(others)}."]


def _holds_more(kind: pa.DataType) -> bool:
    """Whether a cell of that type may hold more than a number, a text or a date."""
    while pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        kind = kind.value_type
    is_bytes = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_fixed_size_binary,
        pa.types.is_binary_view,
    )
    return bool(pa.types.is_nested(kind) or any(is_kind(kind) for is_kind in is_bytes))


def _raw(table: pa.Table, said: list[str]) -> Raw:
    table = table.replace_schema_metadata(None).rename_columns(unique(table.column_names, table.num_columns))
    return Raw(table, np.arange(1, len(table) + 1), said)


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


def read_feather(content: bytes, reading: Reading) -> Raw:
    """All columns, batch by batch, so that no more is unpacked than can be read."""
    most = 8 * reading.limits.cells
    with or_say(f"{reading.name} is not a Feather file, or a damaged one", Exception):
        schema = pa.ipc.open_file(pa.BufferReader(content)).schema
        kept, said = _columns(schema, reading)
        options = pa.ipc.IpcReadOptions(included_fields=[schema.names.index(field.name) for field in kept])
        file = pa.ipc.open_file(pa.BufferReader(content), options=options)
        batches, rows, size = [], 0, 0
        for i in range(file.num_record_batches):
            batches.append(file.get_batch(i))
            rows, size = rows + batches[-1].num_rows, size + batches[-1].nbytes
            reading.check_size(rows, len(kept))
            if size > most:
                raise TableError(
                    f"{reading.name} would unpack to more than {megabytes(most)}. Leave columns out."
                )
        table = pa.Table.from_batches(batches, file.schema)
        table.validate(full=True)
    return _raw(table, said)


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

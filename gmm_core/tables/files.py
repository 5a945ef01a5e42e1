"""The readers by format, each from a file's bytes to one Arrow table. Nothing is unpickled or evaluated.

A new format is a function here, and a line in `READERS`.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import PurePath

from gmm_core.tables.formats.arrays import read_feather, read_npy, read_npz, read_parquet
from gmm_core.tables.formats.records import read_arff, read_json
from gmm_core.tables.formats.sheets import read_excel
from gmm_core.tables.reading import (
    Raw,
    Reading,
    TableError,
    or_say,
)
from gmm_core.tables.text import read_delimited, read_loose
from gmm_core.words import listed, megabytes, quoted


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

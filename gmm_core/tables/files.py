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
from gmm_core.tables.formats.sheets import OLD_EXCEL, ZIP, read_excel, read_ods, read_old_excel
from gmm_core.tables.reading import Raw, Reading, TableError, or_say
from gmm_core.tables.text import read_delimited, read_loose
from gmm_core.words import listed, megabytes, quoted


def read_any(content: bytes, reading: Reading, ending: str) -> Raw:
    """The table in a file, by what it begins with, and else by its ending; a wrong ending is said."""
    promised = READERS.get(ending, read_loose)
    reader = _by_beginning(content, promised)
    if reader is promised or (reader is read_old_excel and promised is read_excel):
        return reader(content, reading)
    found = reader(content, reading)
    said = f"{reading.name} is {_KINDS[reader]}, whatever its ending says, and was read as such."
    return replace(found, findings=[said, *found.findings])


def _by_beginning(content: bytes, promised: Reader) -> Reader:
    is_text = b"\0" not in content and any(byte in content for byte in b"\n\r")
    for beginning, reader in _BEGINNINGS.items():
        if content.startswith(beginning) and not is_text:  # PAR1 may be the name of a column
            return reader
    if content.startswith(ZIP) and promised not in (read_excel, read_npz):
        names = _names_in(content)
        if "[Content_Types].xml" in names:
            return read_excel
        if "content.xml" in names:
            return read_ods
        packed = bool(names) and all(name.endswith(".npy") for name in names)
        return read_npz if packed else read_zip
    return read_loose if promised in (read_gzip, read_old_excel) and is_text else promised


def _names_in(content: bytes) -> list[str]:
    """The names of the files in a zip file, none where it is damaged."""
    try:
        return zipfile.ZipFile(BytesIO(content)).namelist()
    except Exception:  # what a damaged zip makes zipfile raise is a long list; its reader says it
        return []


def read_gzip(content: bytes, reading: Reading) -> Raw:
    """The one file in a gzip file, by the ending before .gz."""
    most = reading.limits.unpacked
    with or_say(f"{reading.name} is not a gzip file, or a damaged one", Exception):
        unpacked = gzip.GzipFile(fileobj=BytesIO(content)).read(most + 1)
    return _inner(unpacked, PurePath(reading.name).stem, reading)


def read_zip(content: bytes, reading: Reading) -> Raw:
    """The largest table in a zip file; others can be chosen, as sheets can."""
    name, most = reading.name, reading.limits.unpacked
    with or_say(f"{name} is not a zip file, or a damaged one", Exception):
        archive = zipfile.ZipFile(BytesIO(content))
        sizes = {member.filename: member.file_size for member in archive.infolist() if not member.is_dir()}
    tables = [
        one
        for one in sizes
        if not PurePath(one).name.startswith((".", "__"))
        and "__MACOSX" not in one
        and _ending(one) in READERS
    ]
    if not tables:
        raise TableError(
            f"{name} holds no table ({listed(list(sizes))}). Unpack it and give one of its files."
        )
    several = len(tables) > 1
    wished = reading.choices.sheet if several else ""
    chosen = wished or max(tables, key=sizes.__getitem__)
    if chosen not in tables:
        raise TableError(f"{name} has no table {quoted(chosen)}. Its tables are: {listed(tables)}.")
    with or_say(f"{name} is a damaged zip file, or one with a password", Exception):
        unpacked = archive.open(chosen).read(most + 1)
    if not several:
        found = _inner(unpacked, chosen, reading)
        said = f"{quoted(PurePath(chosen).name)} was read from the zip file."
        return replace(found, findings=[said, *found.findings])
    found = _inner(unpacked, chosen, replace(reading, choices=replace(reading.choices, sheet="")))
    others = listed([one for one in tables if one != chosen])
    said = (
        f"{quoted(chosen)} was read from the zip file, which also holds {others}: choose another to use it."
    )
    decided = replace(
        found.decided,
        choices=replace(found.decided.choices, sheet=chosen),
        offered={**found.decided.offered, "sheet": tuple(tables)},
    )
    return replace(found, findings=[said, *found.findings], decided=decided)


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
    ending = _ending(filename)
    if _by_beginning(content, READERS.get(ending, read_loose)) in (read_gzip, read_zip):
        raise TableError(f"{reading.name} is packed twice. Unpack it and give the file within.")
    return read_any(content, reading, ending if ending in READERS else "")


Reader = Callable[[bytes, Reading], Raw]
READERS: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_loose,
    ".dat": read_loose,
    ".data": read_loose,
    ".xlsx": read_excel,
    ".xlsm": read_excel,
    ".xls": read_old_excel,
    ".ods": read_ods,
    ".parquet": read_parquet,
    ".feather": read_feather,
    ".json": read_json,
    ".jsonl": read_json,
    ".geojson": read_json,
    ".arff": read_arff,
    ".npy": read_npy,
    ".npz": read_npz,
    ".gz": read_gzip,
    ".zip": read_zip,
}

_BEGINNINGS: dict[bytes, Reader] = {
    b"\x1f\x8b": read_gzip,
    OLD_EXCEL: read_old_excel,
    b"PAR1": read_parquet,
    b"\x93NUMPY": read_npy,
    b"ARROW1": read_feather,
}
_KINDS: dict[Reader, str] = {
    read_gzip: "a gzip file",
    read_zip: "a zip file",
    read_ods: "an OpenDocument spreadsheet",
    read_old_excel: "an old Excel file",
    read_excel: "an Excel file",
    read_parquet: "a Parquet file",
    read_npy: "a numpy file",
    read_npz: "a numpy archive",
    read_feather: "a Feather file",
    read_loose: "text",
}

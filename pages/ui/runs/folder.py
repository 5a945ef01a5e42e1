"""A folder of data that whoever runs the server names: its files are offered as tables, by name.

Nothing outside the folder is read, through no link either. Of a file beyond the limits of the app, some rows
are drawn at random, and that is said; it is read in pieces, and may be larger than memory.

Letters: n rows, m of them drawn, d columns.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
from pyarrow import dataset

from gmm_core import TableError, rows_of
from gmm_core.engine.rows import Rows
from gmm_core.tables.reading import LIMITS
from gmm_core.words import quoted
from pages.ui.runs import processes
from pages.ui.runs.work.tasks import Limits, Report, Telling

SETTING = "EM_DATA"
PARQUET = ".parquet"
ENDINGS = (".csv", ".npy", PARQUET)
MOST_FILES = 500
MOST_ROWS = 100_000  # that are drawn: Check compares 5,000, the player draws 2,000, and a fit takes a moment


class Drawn(NamedTuple):
    """Of what some rows were drawn: a file or folder by its name here, which has n rows."""

    name: str
    n: int


class Served(NamedTuple):
    """A file as a visitor might have uploaded it. note : what was drawn of it; "" where it is whole.
    drawn : of what; None where it is whole.
    """

    content: bytes
    filename: str
    note: str = ""
    drawn: Drawn | None = None


def start() -> None:
    """Say it where the folder that the environment names cannot be read."""
    named = os.environ.get(SETTING, "")
    if named and _root() is None:
        print(
            f"{SETTING} must name a folder that can be read; got {named!r}. No files of this server are "
            "offered.",
            file=sys.stderr,
        )


def _root() -> Path | None:
    named = os.environ.get(SETTING, "")
    root = Path(named).expanduser()
    return root.resolve() if named and root.is_dir() and os.access(root, os.R_OK | os.X_OK) else None


def offered() -> list[str]:
    """The files of the folder and of those in it, and folders of Parquet files, which are one table, by their
    path there; the first 500, in 500 folders.
    """
    root = _root()
    if root is None:
        return []
    found: list[str] = []
    for at, folders, files in islice(os.walk(root), MOST_FILES):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = [Path(at, name).relative_to(root).as_posix() for name in sorted(files)]
        names = [name for name in names if Path(name).suffix.lower() in ENDINGS and _place(name) is not None]
        if len(names) > 1 and Path(at) != root and all(Path(name).suffix == PARQUET for name in names):
            found.append(f"{Path(at).relative_to(root).as_posix()}/")
        found += names
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]


def _place(name: str) -> Path | None:
    """Where the file is, or with a slash at the end the folder; None where it is not in the served folder, is
    hidden, or is not what its name says.
    """
    root = _root()
    if root is None or any(part.startswith(".") for part in Path(name).parts):
        return None
    try:
        path = (root / name).resolve()
        there = path.is_dir() if name.endswith("/") else path.is_file()
        return path if there and path.is_relative_to(root) and path != root else None
    except (OSError, ValueError):
        return None


def look(name: str) -> str:
    """What changes where the file does; a `TableError` where it is not offered."""
    path = _place(name)
    if path is None:
        raise TableError(f"There is no file {quoted(name)} in the folder of this server any more.")
    stats = [one.stat() for one in (_parts(path) if path.is_dir() else [path])]
    changed = max((stat.st_mtime_ns for stat in stats), default=0)
    return f"{name} {len(stats)} {sum(stat.st_size for stat in stats)} {changed}"


def _parts(path: Path) -> list[Path]:
    """The Parquet files of a folder, none through a link out of it."""
    return sorted(one for one in path.glob(f"*{PARQUET}") if one.resolve().parent == path and one.is_file())


def all_rows(name: str, columns: Sequence[str]) -> Rows:
    """The rows of a file or folder of which some were drawn, for `fit`, but for those with a gap in these
    columns; a `ValueError` if it takes none.
    """
    look(name)
    path = _place(name)
    assert path is not None
    if path.suffix.lower() == ".npy":
        rows = rows_of(path, missing="drop")
        if list(columns) != _numbered(rows.n_features):
            raise ValueError(
                "All rows of an NPY file can only be fitted with all its columns. Choose them all."
            )
        return rows
    try:
        of_all = _dataset(path, dict.fromkeys(columns, pa.float64()))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(_unreadable(name, path, error)) from None
    return rows_of(of_all, columns, missing="drop")


def _dataset(path: Path, csv_types: dict[str, pa.DataType] | None = None) -> dataset.Dataset:
    """A CSV or Parquet file, or a folder of Parquet files. What a CSV file holds is guessed from its begin,
    but for columns whose types are given.
    """
    if path.suffix.lower() == ".csv":
        options = csv.ConvertOptions(column_types=csv_types)
        return dataset.dataset(path, format=dataset.CsvFileFormat(convert_options=options))
    parts = _parts(path) if path.is_dir() else [path]
    return dataset.dataset([str(one) for one in parts], format="parquet")


def _numbered(d: int) -> list[str]:
    """What the columns of an array are called."""
    return [f"x{j + 1}" for j in range(d)]


def serve(name: str, report: Report) -> Served:
    """The file, or rows that are drawn of it. report : called with percents. Raises `TableError`."""
    look(name)
    path = _place(name)
    assert path is not None
    try:
        sample = processes.read(draw, path, limits=Limits(), report=report, telling=Telling("on_part"))
        if sample is None:
            return Served(path.read_bytes(), path.name)
        content, m, n = sample
        if m == n:
            return Served(content, f"{path.name}{PARQUET}")
        note = f"A random sample of {m:,} of the {n:,} rows of {path.name}, too large as a whole."
        return Served(content, f"{path.name}{PARQUET}", note, Drawn(name, n))
    except TableError:
        raise
    except (OSError, ValueError, EOFError) as error:  # also those of pyarrow and of numpy
        raise TableError(_unreadable(name, path, error)) from None


def _unreadable(name: str, path: Path, error: Exception) -> str:
    """A sentence without the place of the folder, which is nobody's business."""
    what = str(error).splitlines()[0].replace(str(path), path.name)[:200]
    return (
        f"{quoted(name)} cannot be read: {what}. Perhaps it is being written, or is not what its ending says."
    )


def draw(path: Path, on_part: Report) -> tuple[bytes, int, int] | None:
    """Some rows of a file that is too large as a whole, in their order, as Parquet; how many; of how many.

    None where it is not too large. Of a folder there is always a table, and all of it where that is small.
    """
    of_ending = {".csv": _of_csv, ".npy": _of_npy}
    of = of_ending.get(path.suffix.lower(), _of_parquet)(path, on_part)
    if of is None:
        return None
    table, n = of
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue(), table.num_rows, n


def _few(n: int, d: int) -> bool:
    return n <= LIMITS.rows and n * d <= LIMITS.cells


def _m(d: int) -> int:
    """How many rows are drawn of d columns."""
    if d > LIMITS.columns:
        raise TableError(
            f"It has {d:,} columns; at most {LIMITS.columns:,} can be read. Serve fewer of them."
        )
    return max(1, min(MOST_ROWS, LIMITS.cells // max(d, 1)))


def _of_npy(path: Path, on_part: Report) -> tuple[pa.Table, int] | None:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    d = array.shape[1] if array.ndim == 2 else 1
    if array.ndim not in (1, 2) or (path.stat().st_size <= LIMITS.upload and _few(len(array), d)):
        return None  # which says what is wrong, if anything is
    n = len(array)
    rows = np.sort(np.random.default_rng(0).choice(n, min(_m(d), n), replace=False))
    drawn = np.asarray(array[rows]).reshape(len(rows), d)
    return pa.table(dict(zip(_numbered(d), drawn.T, strict=True))), n


def _of_parquet(path: Path, on_part: Report) -> tuple[pa.Table, int] | None:
    """Of a file, or of all files of a folder together."""
    parts = _parts(path) if path.is_dir() else [path]
    known = [pq.read_metadata(part) for part in parts]
    n, d = sum(one.num_rows for one in known), max((one.num_columns for one in known), default=0)
    unpacked = sum(one.row_group(i).total_byte_size for one in known for i in range(one.num_row_groups))
    packed = sum(part.stat().st_size for part in parts)
    small = packed <= LIMITS.upload and unpacked <= LIMITS.unpacked and _few(n, d)
    if small and not path.is_dir():
        return None
    rows = np.sort(np.random.default_rng(0).choice(n, n if small else min(_m(d), n), replace=False))
    return _taken(_dataset(path).to_batches(), rows, n, on_part), n


def _taken(batches: Iterator[pa.RecordBatch], rows: np.ndarray, n: int, on_part: Report) -> pa.Table:
    """The rows with these numbers, of batches that are read one after another."""
    taken, first = [], 0
    for batch in batches:
        here = rows[(rows >= first) & (rows < first + len(batch))] - first
        taken.append(batch.take(pa.array(here)))
        first += len(batch)
        on_part(100 * first // max(n, 1))
    if first < n:
        raise ValueError("it has fewer rows than it says")
    return pa.Table.from_batches(taken)


def _of_csv(path: Path, on_part: Report) -> tuple[pa.Table, int] | None:
    """Every row has a number drawn for it, and those with the lowest stay: so one reading is enough."""
    size = path.stat().st_size
    if size <= LIMITS.upload:
        return None
    rng, kept, keys, n, read = np.random.default_rng(0), None, np.empty(0), 0, 0
    with csv.open_csv(path) as batches:
        m = _m(len(batches.schema))
        for batch in batches:
            table = pa.Table.from_batches([batch])
            kept = table if kept is None else pa.concat_tables([kept, table])
            keys = np.concatenate([keys, rng.uniform(size=len(batch))])
            n, read = n + len(batch), read + batch.nbytes
            if len(keys) > 2 * m:
                lowest = np.sort(np.argpartition(keys, m)[:m])
                kept, keys = kept.take(pa.array(lowest)), keys[lowest]
            on_part(min(99, 100 * read // size))
    if kept is None:
        return None
    lowest = np.sort(np.argsort(keys)[:m])
    return kept.take(pa.array(lowest)), n

"""Rows that need not fit into memory: where they are, and how they come, one block after another.

Letters: m rows in a block, d features.

A source does one thing, `mapped`: call a function with every block. A file is read block by block, the next
one while this one is computed with. The parts of a dask array or frame are computed where dask computes, on
the workers of a cluster too, so that only what the function returns travels; what is lost there dask itself
makes again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import count
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, batches
from gmm_core.engine.checks import as_matrix
from gmm_core.words import quoted

T = TypeVar("T")
BLOCK_NUMBERS = 1 << 19  # in a block: 4 MB, as large as a part of a file is worth being asked for
PARTS = 256  # of a dask collection that are asked for together: what they return is in memory then
MAGIC = b"\x93NUMPY"
NUMBERS = "biuf"  # kinds of numpy's types that are numbers


class Rows(Protocol):
    """Rows of `n_features`, somewhere; `names` are those of the columns, where they have any."""

    n_features: int
    names: tuple[str, ...]

    def state(self) -> Hashable:
        """Something that is different once the rows were changed, as far as that can be seen."""

    def mapped(self, function: Callable[[int, Array], T]) -> Iterator[T]:
        """What the function makes of the number of every block and of its rows (m, d), in their order.

        Raises `ValueError` for what cannot be read.
        """


RowsLike = ArrayLike | Rows | PathLike[str]


def rows_of(X: Any, columns: Sequence[str] | None = None, *, missing: str = "raise") -> Rows:
    """Rows of X for `fit`, which are read again in every pass and never all in memory.

    X : the path of a `.npy` file, of a Parquet file or of a folder of these; a `pyarrow.dataset.Dataset`; an
        array that numpy maps from a file and nobody changed in memory; a dask array or frame.
    columns : names of those to take, where columns have names; by default all.
    missing : "raise": a value that is not finite is an error, once it is read; "drop": its row is left out.

    Raises `ValueError` for anything else, and for columns that hold no numbers.
    """
    if missing not in ("raise", "drop"):
        raise ValueError(f'missing must be "raise" or "drop" for rows that are streamed; got {missing!r}.')
    found = _mapped_from_file(X) if isinstance(X, np.memmap) else as_rows(X, columns)
    if found is None:
        raise ValueError(
            "X must be the path of a .npy or Parquet file, a folder of Parquet files, an array that is "
            f"mapped from a file, or a dask array or frame; got {type(X).__name__}."
        )
    return _Complete(found) if missing == "drop" else found


def as_rows(X: Any, columns: Sequence[str] | None = None) -> Rows | None:
    """The same, or None where X is none of these, but rows in memory.

    What numpy maps is in memory for all that its user knows, who may have weights for it, or have changed it:
    it is streamed only where `rows_of` was asked to.
    """
    if isinstance(X, _Npy | _Dataset | _Parts | _Complete):
        return X
    if isinstance(X, str | PathLike):
        return _in_file(Path(fspath(X)), columns)
    module = type(X).__module__.partition(".")[0]
    if module == "pyarrow" and hasattr(X, "get_fragments"):
        return _Dataset(X, columns)
    if "dask" in sys.modules and sys.modules["dask"].is_dask_collection(X):
        return _Parts(X, columns)
    return None


def _in_file(path: Path, columns: Sequence[str] | None) -> Rows:
    if not path.exists():
        raise ValueError(f"There is no file or folder {quoted(str(path))}.")
    if path.suffix.lower() == ".npy":
        return _in_npy(path)
    from pyarrow import ArrowException
    from pyarrow import dataset as parquet

    try:
        return _Dataset(parquet.dataset(path, format="parquet"), columns)
    except (ArrowException, OSError) as error:
        raise ValueError(
            f"{quoted(path.name)} cannot be read: rows that need not fit into memory are in .npy or Parquet "
            f"files, and this is neither ({_first_line(error)})."
        ) from None


def _in_npy(path: Path) -> Rows:
    with _reading(path), path.open("rb") as file:
        known = file.read(len(MAGIC)) == MAGIC
    if not known:
        raise ValueError(f"{quoted(path.name)} is no NPY file: it does not begin like one.")
    try:
        array = np.load(path, mmap_mode="r")
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"{quoted(path.name)} cannot be read as NPY: {_first_line(error)}.") from None
    if (rows := _mapped_from_file(array)) is not None:
        return rows
    shape = " x ".join(map(str, array.shape))
    raise ValueError(
        f"{quoted(path.name)} holds {shape} values of {array.dtype}; rows of numbers, (n, d) or (n,), are "
        "needed."
    )


def _mapped_from_file(array: np.memmap[Any, Any]) -> Rows | None:
    """The rows of the file that numpy maps; None where that is no block of it, or may be changed."""
    if array.filename is None or not array.flags.forc or array.ndim not in (1, 2) or not array.size:
        return None
    return _Npy(array) if array.dtype.kind in NUMBERS and array.mode != "c" else None


class _Npy:
    """Rows (n, d) or (n,) in a file. They are read: a mapped file that shrinks would end the process."""

    names: tuple[str, ...] = ()

    def __init__(self, array: np.memmap[Any, Any]) -> None:
        assert array.filename is not None
        self.path, self.offset, self.dtype = Path(array.filename), array.offset, array.dtype
        self.offset += _bytes_before(array)
        self.n, self.n_features = len(array), 1 if array.ndim == 1 else array.shape[1]
        self.by_columns = not array.flags.c_contiguous

    def state(self) -> Hashable:
        return _states([self.path])

    def mapped(self, function: Callable[[int, Array], T]) -> Iterator[T]:
        return _with_next(function, self._blocks())

    def _blocks(self) -> Iterator[Array]:
        with _reading(self.path), self.path.open("rb") as file:
            for rows in batches(self.n, max(1, BLOCK_NUMBERS // self.n_features)):
                m = rows.stop - rows.start
                if self.by_columns:
                    places = [(j * self.n + rows.start, m) for j in range(self.n_features)]
                else:
                    places = [(rows.start * self.n_features, m * self.n_features)]
                parts = []
                for first, many in places:
                    file.seek(self.offset + first * self.dtype.itemsize)
                    parts.append(np.fromfile(file, self.dtype, many))
                block = np.concatenate(parts) if self.by_columns else parts[0]
                if block.size < m * self.n_features:
                    raise ValueError(
                        f"{quoted(self.path.name)} holds less than its {self.n:,} rows: it was changed while "
                        "it was read. Run the fit again when it is written."
                    )
                block = block.astype(np.float64, copy=False)
                yield block.reshape(-1, m).T if self.by_columns else block.reshape(m, -1)


def _bytes_before(array: np.memmap[Any, Any]) -> int:
    """Where a slice of a mapped array begins, from where the mapping does."""
    base: Any = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return int(array.__array_interface__["data"][0] - base.__array_interface__["data"][0])


class _Dataset:
    """Some columns of a dataset of pyarrow's."""

    def __init__(self, dataset: Any, columns: Sequence[str] | None) -> None:
        self.dataset = dataset
        self.names = _chosen(list(dataset.schema.names), columns)
        self.n_features = len(self.names)
        fragments = list(dataset.get_fragments())
        self.paths = [Path(fragment.path) for fragment in fragments]
        kinds: dict[str, tuple[Any, str]] = {}
        for fragment, path in zip(fragments, self.paths, strict=True):
            with _reading(path):
                schema, apart = fragment.physical_schema, _partitioned_by(fragment)
            more = set(schema.names) - set(dataset.schema.names)
            if columns is None and more:
                raise ValueError(
                    f"{quoted(path.name)} has a column {quoted(min(more))}, which other files lack. Choose "
                    "columns that all of them have."
                )
            for name in self.names:
                at = schema.get_field_index(name)
                if at < 0 and name not in apart:
                    raise ValueError(
                        f"{quoted(path.name)} has no column {quoted(name)}, which other files have. Choose "
                        "columns that all of them have."
                    )
                kind = schema.field(at).type if at >= 0 else dataset.schema.field(name).type
                if not _is_number(kind):
                    raise ValueError(
                        f"Column {quoted(name)} of {quoted(path.name)} holds no numbers but {kind}. Choose "
                        "columns of numbers."
                    )
                first, where = kinds.setdefault(name, (kind, path.name))
                if kind != first:
                    raise ValueError(
                        f"Column {quoted(name)} is {first} in {quoted(where)} and {kind} in "
                        f"{quoted(path.name)}. Save it alike in all files."
                    )

    def state(self) -> Hashable:
        return _states(self.paths)

    def mapped(self, function: Callable[[int, Array], T]) -> Iterator[T]:
        return _with_next(function, self._blocks())

    def _blocks(self) -> Iterator[Array]:
        from pyarrow import ArrowException

        size = max(1, BLOCK_NUMBERS // self.n_features)
        scanner = self.dataset.scanner(
            columns=list(self.names), batch_size=size, batch_readahead=2, fragment_readahead=1
        )
        try:
            for batch in scanner.to_batches():
                if len(batch):
                    block = np.empty((self.n_features, len(batch)))  # as Parquet has them: column by column
                    for values, column in zip(block, batch.columns, strict=True):
                        values[:] = column.to_numpy(zero_copy_only=False)
                    yield block.T
        except (ArrowException, OSError) as error:
            raise ValueError(
                f"The files cannot be read to their end: {_first_line(error)}. Were they changed meanwhile?"
            ) from None


def _partitioned_by(fragment: Any) -> set[str]:
    """Columns that are in the names of folders."""
    from pyarrow.dataset import get_partition_keys

    return set(get_partition_keys(fragment.partition_expression))


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


class _Parts:
    """The parts of a dask array (n, d) or (n,), or of a dask frame."""

    def __init__(self, collection: Any, columns: Sequence[str] | None) -> None:
        dimensions = getattr(collection, "ndim", None)
        if not isinstance(dimensions, int):  # of something that is delayed, and may be anything
            dimensions = None
        if dimensions == 1 and hasattr(collection, "to_frame"):  # one column of a frame
            collection, dimensions = collection.to_frame(), 2
        if dimensions == 2 and hasattr(collection, "columns"):
            self.names = _chosen(list(collection.columns), columns)
            collection = collection[list(self.names)]
            for name, kind in collection.dtypes.items():
                if getattr(kind, "kind", "O") not in NUMBERS:
                    raise ValueError(
                        f"Column {quoted(name)} holds no numbers but {kind}. Choose columns of numbers."
                    )
            self.n_features = len(self.names)
            self.parts = list(collection.to_delayed())
        elif dimensions in (1, 2) and collection.dtype.kind in NUMBERS:
            self.names, self.n_features = (), 1 if dimensions == 1 else collection.shape[1]
            whole = collection if dimensions == 1 else collection.rechunk({1: -1})
            self.parts = list(whole.to_delayed().ravel())
        else:
            raise ValueError("A dask collection must be a frame, or an array of numbers (n, d) or (n,).")

    def state(self) -> Hashable:
        return None

    def mapped(self, function: Callable[[int, Array], T]) -> Iterator[T]:
        dask: Any = import_module("dask")
        task = dask.delayed(_of_part, pure=False)
        for some in batches(len(self.parts), PARTS):
            tasks = [task(function, i, self.parts[i]) for i in range(some.start, some.stop)]
            try:
                found = dask.compute(*tasks)
            except ValueError:  # what is wrong with the rows
                raise
            except Exception as error:  # whatever is computed there
                what = f"{type(error).__name__}: {_first_line(error)}"
                raise ValueError(f"The parts of X could not be computed ({what}).") from error
            yield from (one for (one,) in filter(None, found))


def _of_part(function: Callable[[int, Array], T], number: int, part: Any) -> tuple[T] | None:
    """What the function makes of a part, which may be empty."""
    block = as_matrix(part, min_rows=0, gaps=True)
    return (function(number, block),) if len(block) else None


class _Complete:
    """The rows of another source whose values are all finite."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.names, self.n_features = rows, rows.names, rows.n_features

    def state(self) -> Hashable:
        return self.rows.state()

    def mapped(self, function: Callable[[int, Array], T]) -> Iterator[T]:
        return (one for (one,) in filter(None, self.rows.mapped(partial(_of_complete, function))))


def _of_complete(function: Callable[[int, Array], T], number: int, block: Array) -> tuple[T] | None:
    """What the function makes of those rows of a block, if there are any."""
    block = block[np.isfinite(block).all(axis=1)]
    return (function(number, block),) if len(block) else None


def _chosen(names: list[str], columns: Sequence[str] | None) -> tuple[str, ...]:
    """The columns that are meant."""
    if columns is None:
        if not names:
            raise ValueError("X has no columns.")
        return tuple(names)
    unknown = [name for name in columns if name not in names]
    if unknown or not columns:
        known = ", ".join(quoted(name) for name in names[:10])
        what = f"There is no column {quoted(unknown[0])}" if unknown else "No column is chosen"
        raise ValueError(f"{what}; there are {known}{' ...' if len(names) > 10 else ''}.")
    return tuple(columns)


def _with_next(function: Callable[[int, Array], T], blocks: Iterator[Array]) -> Iterator[T]:
    """The function of every block, while the next one is read."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, blocks, None)
        for number in count():
            block = coming.result()
            if block is None:
                return
            coming = reader.submit(next, blocks, None)
            yield function(number, block)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """A sentence for what goes wrong with a file."""
    try:
        yield
    except (OSError, EOFError) as error:
        raise ValueError(f"{quoted(path.name)} cannot be read: {_first_line(error)}.") from None


def _states(paths: Sequence[Path]) -> Hashable:
    """Sizes and times of files."""
    found = []
    for path in paths:
        with _reading(path):
            stat = path.stat()
        found.append((stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__

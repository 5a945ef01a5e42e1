"""What the readers of tables share: limits, errors, and how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gmm_core.words import safe

OnProgress = Callable[[float, str], None]


@dataclass(frozen=True)
class Limits:
    """How large a table may be that is read."""

    upload: int = 100_000_000  # bytes
    unpacked: int = 200_000_000  # bytes of an Excel file or of the columns of a Parquet file
    printed: int = 10_000_000  # bytes of a printed list
    rows: int = 5_000_000
    columns: int = 1_000
    cells: int = 30_000_000  # 240 MB as floats, and several times that while they are read
    features: int = 20  # columns that are used where none are chosen


LIMITS = Limits()


class TableError(ValueError):
    """A table that cannot be used; the message is a sentence for the user.

    table : the `Table` that was read, where that much was; it offers no features.
    """

    table: Any = None


@dataclass(frozen=True)
class Raw:
    """A table as it was read, the numbers (n,) of its rows in the file, and what was found.

    left_out : the numbers of lines between them that were left out, as `findings` say.
    """

    table: pa.Table
    numbers: NDArray[np.int64]
    findings: list[str]
    semicolons: bool = False  # stand between the columns, as where a comma is the decimal sign
    left_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))


def raw(
    columns: Sequence[Sequence[Any]],
    names: Sequence[str] | None,
    findings: list[str],
    numbers: Sequence[int] | None = None,
) -> Raw:
    """Columns of equal length as a `Raw` table; its rows are counted from 1 where they have no numbers."""
    arrays = [_arrow(column) for column in columns]
    table = pa.table(arrays, names=unique(names, len(arrays)))
    return Raw(
        table, np.arange(1, len(table) + 1) if numbers is None else np.array(numbers, np.int64), findings
    )


def _arrow(values: Sequence[Any]) -> pa.Array:
    """Values as an Arrow array; as text where their types differ."""
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


def unique(names: Sequence[str] | None, width: int) -> list[str]:
    """A name for every column, none twice: x1, x2, ... where the file has none."""
    made: list[str] = []
    seen: set[str] = set()
    for j in range(width):
        plain = ((names[j] if names and j < len(names) else "") or ("x" if width == 1 else f"x{j + 1}"))[:200]
        name, copy = plain, 1
        while name in seen:
            copy += 1
            name = f"{plain}.{copy}"
        seen.add(name)
        made.append(name)
    return made


# What a reader does, and the shares of the whole at which it begins and ends.
READING, NUMBERS, LOOKING = "Reading rows", "Recognising numbers", "Looking at the columns"
_STAGES = {READING: (0.0, 0.5), NUMBERS: (0.5, 0.8), LOOKING: (0.8, 1.0)}


@dataclass(frozen=True)
class Reading:
    """What is read: its name in sentences, its limits, and whom to tell how far it is."""

    name: str
    limits: Limits
    on_progress: OnProgress | None = None

    def tell(self, stage: str, part: float) -> None:
        """How much of a stage is done, from 0 to 1."""
        if self.on_progress is not None:
            begin, end = _STAGES[stage]
            self.on_progress(begin + (end - begin) * min(part, 1.0), stage)

    def check_size(self, n: int, d: int) -> None:
        """A `TableError` for more rows, columns or cells than can be read."""
        if d > self.limits.columns:
            raise self.too_many(d, "column", self.limits.columns)
        if n > self.limits.rows:
            raise self.too_many(n, "row", self.limits.rows)
        if n * d > self.limits.cells:
            raise TableError(
                f"{self.name} has {n:,} rows and {d:,} columns; at most {self.limits.cells:,} cells can be "
                "read. Take a sample of its rows, or leave columns out."
            )

    def too_many(self, found: int, noun: str, limit: int) -> TableError:
        advice = "Leave columns out" if noun == "column" else "Take a sample of its rows"
        return TableError(f"{self.name} has {found:,} {noun}s; at most {limit:,} can be read. {advice}.")


@contextmanager
def or_say(sentence: str, errors: type[Exception] | tuple[type[Exception], ...]) -> Iterator[None]:
    """What a parser that is not ours raises becomes a `TableError`."""
    try:
        yield
    except TableError:
        raise
    except errors as error:
        reason = safe(str(error).strip().partition("\n")[0], 200).rstrip(".")
        raise TableError(f"{sentence}{f' ({reason})' if reason else ''}.") from error


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

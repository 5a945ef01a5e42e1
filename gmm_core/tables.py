"""A user's table, a file's bytes or pasted text, becomes columns of numbers, with findings in sentences.

Every format becomes one Arrow table (`table_files` and `table_text`); what follows here is the same for all.

Letters: n rows, d columns. Rows are numbered as a user counts them in the file, with the header; the index of
`Table.frame` holds these numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from gmm_core.covariance import Array
from gmm_core.table_columns import is_number, look
from gmm_core.table_common import (
    LIMITS,
    Limits,
    Raw,
    Reading,
    TableError,
    count,
    is_text,
    listed,
    megabytes,
    quoted,
)
from gmm_core.table_files import READERS, Reader
from gmm_core.table_numbers import numbers_in
from gmm_core.table_text import read_loose

__all__ = ["LIMITS", "READERS", "Limits", "Missing", "Table", "TableError", "read_table", "read_text"]

Missing = Literal["drop", "mean"]


@dataclass(frozen=True, eq=False)
class Table:
    """What was read: the frame, what was found, and which columns can be features.

    frame : n rows; its index holds the row numbers of the file. findings : sentences.
    numeric : the columns offered as features; not those that are constant or count the rows.
    """

    frame: pd.DataFrame
    findings: tuple[str, ...]
    numeric: tuple[str, ...]
    limits: Limits = LIMITS

    def features(self, columns: Sequence[str] | None = None, missing: Missing = "drop") -> Array:
        """The matrix (m, d), of the rows that `kept_rows` names; None: the first of `numeric`.

        missing : "drop" leaves incomplete rows out, "mean" fills them with the column's mean.
        """
        X = self._matrix(columns)[self.kept_rows(columns, missing)]
        if missing == "mean":
            known = ~np.isnan(X)
            # Divided first: the sum of large values is not a number any more.
            means = np.where(known, X / known.sum(axis=0), 0.0).sum(axis=0)
            X = np.where(known, X, means)
        return X

    def kept_rows(self, columns: Sequence[str] | None = None, missing: Missing = "drop") -> NDArray[np.intp]:
        """The positions (m,) of the rows that `features` returns; a `TableError` for fewer than 2."""
        if missing not in ("drop", "mean"):
            raise TableError(f"missing must be 'drop' or 'mean'; got {missing!r}.")
        known = ~np.isnan(self._matrix(columns))
        kept = np.flatnonzero(known.all(axis=1) if missing == "drop" else known.any(axis=1))
        if len(kept) < 2:
            names = self._chosen(columns)
            worst = int(np.argmin(known.sum(axis=0)))
            lost = count(int((~known[:, worst]).sum()), "value")
            raise TableError(
                f"Only {count(len(kept), 'row')} of {len(known):,} would be left; at least 2 are needed. "
                f"Most is missing in {quoted(names[worst])}: {lost}. "
                "Leave that column out, or fill missing values with the mean."
            )
        return kept

    def _matrix(self, columns: Sequence[str] | None) -> Array:
        """The chosen columns as floats (n, d), NaN where a value is missing."""
        return self.frame[self._chosen(columns)].to_numpy(np.float64, na_value=np.nan)

    def _chosen(self, columns: Sequence[str] | None) -> list[str]:
        if columns is None:
            return list(self.numeric[: self.limits.features])
        names = [columns] if isinstance(columns, str) else list(columns)
        if not names:
            raise TableError(f"No column is chosen. Numeric are: {listed(self.numeric)}.")
        for name in names:
            if name not in self.frame.columns:
                raise TableError(f"There is no column {quoted(name)}. Numeric are: {listed(self.numeric)}.")
            if not is_number(self.frame[name]) and self.frame[name].dtype != bool:
                raise TableError(
                    f"Column {quoted(name)} does not hold numbers. Numeric are: {listed(self.numeric)}."
                )
        return names


def read_table(content: bytes, filename: str, limits: Limits = LIMITS) -> Table:
    """The table in a file's bytes; its ending is the format. A `TableError` says what is wrong and where."""
    name = re.sub(r"[^\x20-\x7e\xa0-\uffff]", "?", PurePath(filename).name)[-80:] or "The file"
    ending = PurePath(name).suffix.lower()
    if ending not in READERS:
        raise TableError(
            f"{name}: the ending {ending or '(none)'} is not known. "
            f"Known are {', '.join(READERS)}; save the table as one of these."
        )
    return _read(READERS[ending], content, Reading(name, limits))


def read_text(text: str, limits: Limits = LIMITS) -> Table:
    """The table in pasted text: rows and columns, numbers separated by anything, or a printed list."""
    return _read(read_loose, text.encode("utf-8", "replace"), Reading("The pasted text", limits))


def _read(reader: Reader, content: bytes, reading: Reading) -> Table:
    name, most = reading.name, reading.limits.upload
    if len(content) > most:
        raise TableError(
            f"{name} has {megabytes(len(content))}; at most {megabytes(most)} can be read. "
            "Take a sample of its rows, or leave columns out."
        )
    if content.isspace() or not content:
        raise TableError(f"{name} is empty. At least two rows of numbers are needed.")
    return _tidy(reader(content, reading), reading)


# --- From an Arrow table to numbers


def _tidy(raw: Raw, reading: Reading) -> Table:
    """Empty rows and columns go, text that holds numbers becomes numbers, infinite values are missing."""
    name = reading.name
    findings = list(raw.findings)
    if not len(raw.table):
        names = raw.table.column_names
        only = f", only the names {listed(names)}" if names else ""
        raise TableError(f"{name} has no rows of values{only}. At least two rows of numbers are needed.")
    columns = {key: _plain(raw.table[key]) for key in raw.table.column_names}
    strange = [key for key, column in columns.items() if column is None]
    known = {key: column for key, column in columns.items() if column is not None}
    for key, column in known.items():
        if is_text(column.type):
            known[key], said = numbers_in(column, key, raw.numbers, raw.semicolons)
            findings += said
    frame = pa.table(known).to_pandas()
    frame.index = raw.numbers
    findings += _infinite_to_missing(frame)
    empty = frame.isna()
    columns_gone = [key for key in frame if empty[key].all()]
    if len(columns_gone) == len(known):
        rows = count(len(frame), "row")
        raise TableError(f"{name} holds no values: all cells of its {rows} are empty, NaN or infinite.")
    rows_gone = empty.all(axis=1).to_numpy()
    if rows_gone.any() or columns_gone:
        frame = frame.loc[~rows_gone].drop(columns=columns_gone)
    first, last = raw.numbers[0], raw.numbers[-1]
    if gone := int(last - first) + 1 - len(frame):  # blank lines too
        kept = np.append(frame.index, last + 2)
        where = first + np.argmax(kept != first + np.arange(len(kept)))
        findings.append(f"Dropped {count(gone, 'empty row')}, first row {where}.")
    if columns_gone:
        findings.append(f"Dropped {count(len(columns_gone), 'empty column')}: {listed(columns_gone)}.")
    if strange:
        findings.append(f"Left out, as they hold neither numbers nor text nor dates: {listed(strange)}.")
    if len(frame) < 2:
        raise TableError(
            f"{name} has only one row with values (row {frame.index[0]}); at least 2 are needed. "
            "If these are the values of one column, put each on a line of its own."
        )
    numeric, said = look(frame, name, reading.limits.features)
    return Table(frame, (*findings, *said), numeric, reading.limits)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The column as a type that pandas knows well, or None if it holds lists, bytes and the like."""
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return column if is_text(kind.value_type) else _plain(column.cast(kind.value_type))
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, is_text)
    return column if any(test(kind) for test in known) else None


def _infinite_to_missing(frame: pd.DataFrame) -> list[str]:
    """Infinite values of the frame become missing, in place; a sentence for each such column."""
    said = []
    for key in frame.select_dtypes("floating"):
        infinite = np.isinf(frame[key].to_numpy())
        if infinite.any():
            said.append(
                f"Column {quoted(key)}: {count(int(infinite.sum()), 'value')} infinite or beyond 1.8e308, "
                f"first in row {frame.index[infinite][0]}; counted as missing."
            )
            frame[key] = frame[key].mask(infinite)
    return said

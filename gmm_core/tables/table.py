"""A user's table, a file's bytes or pasted text, becomes columns of numbers, with findings in sentences.

Every format becomes one Arrow table (`files` and `text`); what follows here is the same for all.

Letters: n rows, d columns. Rows are numbered as a user counts them in the file, with the header; the index of
`Table.frame` holds these numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import LEAST_TOTAL, MOST_TOTAL
from gmm_core.engine.observed import column_means
from gmm_core.tables.columns import is_number, is_of_survey, is_time, look, names_of
from gmm_core.tables.dates import dates_in
from gmm_core.tables.files import READERS, Reader, read_any
from gmm_core.tables.labels import about_labels
from gmm_core.tables.numbers import Found, numbers_in
from gmm_core.tables.reading import (
    AS_FOUND,
    BELOW_LIMIT,
    DECIMALS,
    LIMITS,
    LOOKING,
    NOTHING_DECIDED,
    NUMBERS,
    READING,
    Choices,
    Decided,
    Limits,
    OnProgress,
    Raw,
    Reading,
    TableError,
    doubts_in,
    is_text,
    unique,
)
from gmm_core.tables.rows import without_other_rows
from gmm_core.tables.spans import spans_in
from gmm_core.tables.text import read_pasted
from gmm_core.words import count, listed, megabytes, quoted, safe

Missing = Literal["drop", "mean", "observed"]
MISSING: tuple[Missing, ...] = ("drop", "mean", "observed")
"""What can be done about rows with missing values; see `Table.features`."""


@dataclass(frozen=True, eq=False)
class Table:
    """What was read: the frame, what was found, and what each column can be.

    frame : n rows; its index holds the row numbers of the file. findings : sentences.
    numeric : the columns offered as features; not those that are constant or count the rows.
    labels : those offered as known groups: text, true and false, or whole numbers, 2 to 100 different ones.
    orders : those offered as the order of the rows: times and numbers, also those that count the rows.
    likely_label, likely_order : a guess at what of that is meant, by name and content; "" for none.
    aside : those of `numeric` that are no measurements, as ids and times are: features only where chosen.
    likely_weight : one of `aside` that may say how often each row occurs; "" for none.
    decided : how it was read, and how else it could be. empty : columns without any value, which it lacks.
    """

    frame: pd.DataFrame
    findings: tuple[str, ...]
    numeric: tuple[str, ...]
    labels: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    likely_label: str = ""
    likely_order: str = ""
    aside: tuple[str, ...] = ()
    likely_weight: str = ""
    limits: Limits = LIMITS
    decided: Decided = NOTHING_DECIDED
    empty: tuple[str, ...] = ()

    @property
    def default_features(self) -> tuple[str, ...]:
        """The columns used where none are chosen: the first of `numeric` but the likely label and `aside`."""
        apart = (self.likely_label, *self.aside)
        return tuple(name for name in self.numeric if name not in apart)[: self.limits.features]

    def repeated(self, weight: str) -> Table:
        """The table with each row as often as its column `weight` says, and without that column.

        Rows without a weight are left out. A `TableError` for weights that are no whole numbers from 0, and
        for more rows than `limits` allow.
        """
        if weight not in self.frame.columns or not is_number(self.frame[weight]):
            raise TableError(f"There is no column of numbers {quoted(weight)} to repeat the rows by.")
        column = self.frame[weight].astype(np.float64)
        wrong = column[(column < 0) | (column != np.floor(column)) & column.notna()]
        if len(wrong):
            raise TableError(
                f"Column {quoted(weight)} cannot say how often a row occurs: row {wrong.index[0]} says "
                f"{wrong.iloc[0]:g}. Whole numbers from 0 are needed."
            )
        total, d = int(column.sum()), self.frame.shape[1] - 1
        if total > self.limits.rows or total * d > self.limits.cells:
            most = min(self.limits.rows, self.limits.cells // max(d, 1))
            raise TableError(
                f"Column {quoted(weight)} adds up to {total:,} rows; at most {most:,} can be used. Divide "
                "its values by a number that they have in common, or take a sample."
            )
        times = column.fillna(0).to_numpy(np.int64)
        frame = self.frame.loc[self.frame.index.repeat(times)].drop(columns=weight)
        said = f"Each row occurs as often as column {quoted(weight)} says: {count(total, 'row')} in all."
        if lost := int(column.isna().sum()):
            said += f" Left out: {count(lost, 'row')} where it says nothing."

        def without(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in names if name != weight)

        return replace(
            self,
            frame=frame,
            findings=(*self.findings, said),
            numeric=without(self.numeric),
            labels=without(self.labels),
            orders=without(self.orders),
            aside=without(self.aside),
            likely_label="".join(without((self.likely_label,))),
            likely_order="".join(without((self.likely_order,))),
            likely_weight="".join(without((self.likely_weight,))),
        )

    def counting(self, weight: str) -> tuple[Table, Array]:
        """The rows that count by their column `weight`, and how often each does, (m,), above 0.

        By weights of a survey they count together as often as there are rows. Rows without a weight, or with
        0, are left out. A `TableError` for what cannot be a weight.
        """
        if weight not in self.frame.columns or not is_number(self.frame[weight]):
            raise TableError(f"There is no column of numbers {quoted(weight)} to count the rows by.")
        column = self.frame[weight].astype(np.float64)
        if len(wrong := column[column < 0]):
            raise TableError(
                f"Column {quoted(weight)} cannot say how often a row counts: row {wrong.index[0]} says "
                f"{wrong.iloc[0]:g}. Numbers from 0 are needed; 0 leaves a row out."
            )
        counts = column.fillna(0).to_numpy()
        largest = float(counts.max(initial=0))
        if largest == 0:
            raise TableError(
                f"Column {quoted(weight)} says 0 or nothing in every row, so that no row counts. Choose "
                "another column for how often each row counts, or none."
            )
        total = largest * float((counts / largest).sum())
        if not LEAST_TOTAL <= total <= MOST_TOTAL:
            raise TableError(
                f"Column {quoted(weight)} adds up to {total:.3g} rows; from {LEAST_TOTAL:g} to "
                f"{MOST_TOTAL:g} can be used, as it says how often each row counts. Divide it by its largest "
                "value: the mixture stays the same."
            )
        counts_at_all = counts > 0
        counts = counts[counts_at_all]
        if is_of_survey(weight, column):
            counts *= len(counts) / counts.sum()
        return replace(self, frame=self.frame[counts_at_all]), counts

    def features(
        self,
        columns: Sequence[str] | None = None,
        missing: Missing = "drop",
        weight: str = "",
        counts: Array | None = None,
    ) -> Array:
        """The matrix (m, d), of the rows that `kept_rows` names; None: `default_features`.

        missing : "drop" leaves incomplete rows out, "mean" fills them with the column's mean, "observed"
        leaves NaN where a value is missing, for `fit(missing="observed")`. weight : a column that says how
        often each row occurs; then it is that of `repeated`. counts : (n,), as of `counting`, for the mean.

        Raises `TableError` for a column without any value in these rows.
        """
        if weight:
            return self.repeated(weight).features(columns, missing)
        kept = self.kept_rows(columns, missing)
        X = self._matrix(columns)[kept]
        known = ~np.isnan(X)
        if len(empty := np.flatnonzero(~known.any(axis=0))):
            raise TableError(
                f"Column {quoted(self._chosen(columns)[empty[0]])} has no value in any row that is used. "
                "Leave that column out."
            )
        if missing == "mean":
            X = np.where(known, X, column_means(X, None if counts is None else counts[kept])[0])
        return X

    def kept_rows(self, columns: Sequence[str] | None = None, missing: Missing = "drop") -> NDArray[np.intp]:
        """The positions (m,) of the rows that `features` returns; a `TableError` for fewer than 2."""
        if missing not in MISSING:
            raise TableError(f"missing must be one of {', '.join(MISSING)}; got {missing!r}.")
        known = ~np.isnan(self._matrix(columns))
        kept = np.flatnonzero(known.all(axis=1) if missing == "drop" else known.any(axis=1))
        if len(kept) < 2:
            names = self._chosen(columns)
            worst = int(np.argmin(known.sum(axis=0)))
            lost = int((~known[:, worst]).sum())
            if not lost:
                raise TableError(f"Only {count(len(known), 'row')} would be left; at least 2 are needed.")
            raise TableError(
                f"Only {count(len(kept), 'row')} of {len(known):,} would be left; at least 2 are needed. "
                f"Most is missing in {quoted(names[worst])}: {count(lost, 'value')}. "
                "Leave that column out, or let missing values stay or be filled in."
            )
        return kept

    def label_values(
        self, column: str, rows: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.intp], tuple[str, ...]]:
        """The known group (m,) of each of these rows, from 0, and the names of the g groups, sorted.

        column : one of `labels`. rows : positions (m,), as `kept_rows` names them; None: all.
        A row without a label gets -1; groups that have no row here are not counted.
        """
        self._check_offered(column, self.labels, "labels")
        return names_of(self._cells(column, rows))

    def order(self, column: str, rows: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
        """The positions (m,) that sort these rows by a column of `orders`, so that X[order] is sorted.

        rows : positions (m,) in the table, as `kept_rows` names them; None: all. Equal ones stay as they are,
        and those without a value come last.
        """
        self._check_offered(column, self.orders, "an order")
        return np.argsort(self._cells(column, rows).to_numpy(), kind="stable")

    @property
    def time(self) -> str:
        """The column that says when each row was, where the rows stand in that order; "" for none."""
        return next((name for name in self.orders if is_time(self.frame[name])), "")

    def _cells(self, column: str, rows: NDArray[np.intp] | None) -> pd.Series:
        return self.frame[column] if rows is None else self.frame[column].iloc[rows]

    def _check_offered(self, column: str, offered: Sequence[str], use: str) -> None:
        if column in offered:
            return
        known = f"Offered are: {listed(offered)}." if offered else "No column is offered for that."
        if column not in self.frame.columns:
            raise TableError(f"There is no column {quoted(column)} to use as {use}. {known}")
        raise TableError(f"Column {quoted(column)} cannot be used as {use}. {known}")

    def _matrix(self, columns: Sequence[str] | None) -> Array:
        """The chosen columns as floats (n, d), NaN where a value is missing."""
        return self.frame[self._chosen(columns)].to_numpy(np.float64, na_value=np.nan)

    def _chosen(self, columns: Sequence[str] | None) -> list[str]:
        if columns is None:
            return list(self.default_features)
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


def read_table(
    content: bytes,
    filename: str,
    limits: Limits = LIMITS,
    on_progress: OnProgress | None = None,
    choices: Choices = AS_FOUND,
) -> Table:
    """The table in a file's bytes; its ending is the format. A `TableError` says what is wrong and where.

    choices : what is not to be decided by evidence; `Table.decided` says what was.
    on_progress : called now and then, in this thread, with the share that is done, from 0 to 1, and what is
    being done, as in (0.5, "Recognising numbers"). What it raises ends the reading.
    """
    name = safe(PurePath(filename).name[-80:], 80) or "The file"
    ending = PurePath(filename).suffix.lower()
    if ending and ending not in READERS:
        raise TableError(
            f"{name}: the ending {safe(ending) or '(none)'} is not known. "
            f"Known are {', '.join(READERS)}; save the table as one of these."
        )
    reader = partial(read_any, ending=ending)
    return _read(reader, content, Reading(name, limits, on_progress, choices))


def read_text(
    text: str,
    limits: Limits = LIMITS,
    on_progress: OnProgress | None = None,
    choices: Choices = AS_FOUND,
) -> Table:
    """The table in pasted text: rows and columns, numbers separated by anything, or a printed list.

    choices, on_progress : as for `read_table`; a text has no encoding to choose.
    """
    reading = Reading("The pasted text", limits, on_progress, replace(choices, encoding=""), pasted=True)
    return _read(read_pasted, text.encode("utf-8", "replace"), reading)


def _read(reader: Reader, content: bytes, reading: Reading) -> Table:
    name, most = reading.name, reading.limits.upload
    if len(content) > most:
        raise TableError(
            f"{name} has {megabytes(len(content))}; at most {megabytes(most)} can be read. "
            "Take a sample of its rows, or leave columns out."
        )
    if content.isspace() or not content:
        raise TableError(f"{name} is empty. Rows of numbers are needed.")
    reading.tell(READING, 0.0)
    raw = reader(content, reading)
    try:
        return _tidy(raw, reading)
    except TableError as error:
        error.decided = error.table.decided if error.table else raw.decided
        raise


# --- From an Arrow table to numbers


def _tidy(raw: Raw, reading: Reading) -> Table:
    """Empty rows and columns go, text that holds numbers becomes numbers, infinite values are missing."""
    name = reading.name
    findings = list(raw.findings)
    if not len(raw.table):
        names = raw.table.column_names
        only = f", only the names {listed(names)}" if names else ""
        raise TableError(f"{name} has no rows of values{only}. Rows of numbers are needed.")
    columns = {key: _plain(raw.table[key]) for key in raw.table.column_names}
    strange = [key for key, column in columns.items() if column is None]
    known = {key: column for key, column in columns.items() if column is not None}
    findings += [
        f"Column {quoted(key)}: times with a time zone are shown in UTC."
        for key in known
        if pa.types.is_timestamp(kind := raw.table.schema.field(key).type) and kind.tz is not None
    ]
    findings += [
        f"Column {quoted(key)}: durations are read in hours."
        for key in known
        if pa.types.is_duration(raw.table.schema.field(key).type)
    ]
    known, rows, about_rows = without_other_rows(known, raw.numbers)
    findings += about_rows
    left_out = raw.left_out
    if len(rows) < len(raw.numbers):
        left_out = np.union1d(left_out, np.setdiff1d(raw.numbers, rows))
    texts = [column for column in known.values() if is_text(column.type)]
    keys = list(known)
    known, about_numbers, found = _with_numbers(known, rows, raw.semicolons, reading)
    called = dict(zip(keys, known, strict=True))
    findings += about_numbers
    decided = _with_decimals(raw.decided, texts, found, known, reading.choices)
    findings += [
        f"The choice of the {name.replace('_', ' ')} means nothing in such a file."
        for name in reading.choices.made
        if name not in decided.offered
    ]
    reading.tell(LOOKING, 0.0)
    frame = pa.table(known).to_pandas()
    frame.index = rows
    findings += _infinite_to_missing(frame)
    empty = frame.isna()
    columns_gone = [key for key in frame if empty[key].all()]
    if len(columns_gone) == len(known):
        lines = count(len(frame), "row")
        raise TableError(f"{name} holds no values: all cells of its {lines} are empty, NaN or infinite.")
    rows_gone = empty.all(axis=1).to_numpy()
    if rows_gone.any() or columns_gone:
        frame = frame.loc[~rows_gone].drop(columns=columns_gone)
    first, last = raw.numbers[0], raw.numbers[-1]
    left_out = left_out[(first <= left_out) & (left_out <= last)]
    if gone := int(last - first) + 1 - len(left_out) - len(frame):  # blank lines too
        where = np.setdiff1d(np.arange(first, last + 1), [*left_out, *frame.index])[0]
        # Of rows that were read, the cells may have held words for no value.
        which = f"{count(gone, 'row')} without a value" if rows_gone.any() else count(gone, "empty row")
        findings.append(f"Dropped {which}, first row {where}.")
    if columns_gone:
        findings.append(f"Dropped {count(len(columns_gone), 'empty column')}: {listed(columns_gone)}.")
    if strange:
        findings.append(f"Left out, as they hold neither numbers nor text nor dates: {listed(strange)}.")
    try:
        roles, said = look(frame, about_numbers, reading)
    except TableError as error:
        error.table = Table(
            *(frame, tuple(findings), ()), limits=reading.limits, decided=decided, empty=tuple(columns_gone)
        )
        raise
    reading.tell(LOOKING, 1.0)
    before = [one.about(called) for one in (*decided.doubts, *doubts_in([*about_rows, *about_numbers]))]
    decided = replace(decided, doubts=(*before, *doubts_in(said)))
    return Table(frame, (*findings, *said), *roles, reading.limits, decided, tuple(columns_gone))


def _with_numbers(
    columns: dict[str, pa.ChunkedArray], rows: NDArray[np.int64], semicolons: bool, reading: Reading
) -> tuple[dict[str, pa.ChunkedArray], list[str], list[Found]]:
    """The columns with numbers in place of text that holds numbers, what was found, and of which columns."""
    found: dict[str, Found] = {}
    choices = reading.choices
    for i, (key, column) in enumerate(columns.items()):
        reading.tell(NUMBERS, i / len(columns))
        if is_text(column.type):
            found[key] = numbers_in(column, key, rows, semicolons, choices=choices)
            if found[key].notation is None and (dates := dates_in(found[key].column)):
                found[key] = Found(dates.column, findings=(dates.said.replace("{key}", quoted(key)),))
            elif found[key].notation is None and (spans := spans_in(found[key].column, key, rows)):
                found[key] = spans
            if is_text(found[key].column.type) and (said := about_labels(column, found[key].column, key)):
                found[key] = replace(found[key], findings=(*found[key].findings, *said))
    if len(found) == len(columns) and not any(one.notation for one in found.values()):
        # Where nothing else is left, digits with leading zeros are numbers.
        found = {key: numbers_in(columns[key], key, rows, semicolons, False, choices) for key in found}
    doubts = _weigh(found, columns, rows, semicolons, choices)
    said = [sentence for one in found.values() for sentence in one.findings] + doubts
    columns = columns | {key: one.column for key, one in found.items()}
    units = [_with_unit(key, found[key].unit) if key in found else key for key in columns]
    names = dict(zip(columns, unique(units, len(units)), strict=True))
    return {names[key]: column for key, column in columns.items()}, said, list(found.values())


def _weigh(
    found: dict[str, Found],
    columns: dict[str, pa.ChunkedArray],
    rows: NDArray[np.int64],
    semicolons: bool,
    choices: Choices,
) -> list[str]:
    """Reads numbers such as 1.234 by what stands beside them, in place; what is in doubt then.

    columns : all, as they were before.
    """
    numbers = {key: columns[key] for key in columns if key not in found}
    numbers |= {key: one.column for key, one in found.items() if one.notation and not one.either}
    signs = {key: one.notation.decimal for key, one in found.items() if one.notation}
    elsewhere = {signs.get(key, ".") for key, column in numbers.items() if _has_decimals(column)}
    doubts: list[str] = []
    for key, one in found.items():
        if one.either is None or one.notation is None:
            continue
        decimals = one.notation.decimal == one.either.sign
        is_other, doubt = one.either.weighed(key, decimals, elsewhere, semicolons)
        if is_other:
            other = next(name for name, sign in DECIMALS.items() if sign != one.notation.decimal)
            chosen = replace(choices, decimal=other)
            found[key] = numbers_in(columns[key], key, rows, semicolons, choices=chosen)
        doubts += [doubt] if doubt else []
    return doubts


def _with_decimals(
    decided: Decided,
    texts: list[pa.ChunkedArray],
    found: list[Found],
    columns: dict[str, pa.ChunkedArray],
    choices: Choices,
) -> Decided:
    """What was decided about numbers, besides what their reader did.

    texts : the columns of text. found : what became of them. columns : all, with numbers.
    """
    offered, now = dict(decided.offered), decided.choices
    if any(pc.any(pc.match_substring_regex(column, r"\d[.,]\d")).as_py() for column in texts):
        offered["decimal"] = tuple(DECIMALS)
    if "decimal" in offered:
        signs = {one.notation.decimal for one in found if one.notation is not None and one.notation.finding}
        points = any(map(_has_decimals, columns.values()))
        by_evidence = "comma" if "," in signs else "point" if points else ""
        now = replace(now, decimal=choices.decimal or by_evidence)
    if any(one.limits for one in found):
        offered["below_limit"] = BELOW_LIMIT
        now = replace(now, below_limit=choices.below_limit or "missing")
    return replace(decided, choices=now, offered=offered)


def _with_unit(name: str, unit: str) -> str:
    """The name and the unit in brackets, unless it says it already."""
    if not unit or re.search(rf"(?<![^\W\d_]){re.escape(unit)}(?![^\W\d_])", name):
        return name
    return f"{name} ({unit})"


def _has_decimals(column: pa.ChunkedArray) -> bool:
    """Whether numbers with decimals are among the values."""
    if not pa.types.is_floating(column.type):
        return False
    values = column.drop_null().to_numpy()
    return bool((values != np.floor(values)).any())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The column as a type that pandas knows well, or None if it holds lists, bytes and the like."""
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    if pa.types.is_duration(kind):
        return pc.divide(
            column.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 3.6e9
        )
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

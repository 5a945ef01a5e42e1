"""What can be done about rows that are not as they should be: by people, or as `quality.py` offers it.

Letters: n samples, d features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import LARGEST
from gmm_core.words import capital, count


class Treatment(NamedTuple):
    """Something done to rows X (n, d): a name of `TREATMENTS`, and its numbers; columns and rows from 1."""

    what: str
    numbers: tuple[float, ...] = ()

    def __str__(self) -> str:
        return f"{self.what}:{written(self.numbers)}".rstrip(":")


class Treated(NamedTuple):
    """Rows after a treatment: X (m, c), and which of the rows and columns before they are, from 0."""

    X: Array
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]


def written(numbers: Sequence[float]) -> str:
    """As in a link; no digit is lost."""
    return ",".join(repr(float(number)).removesuffix(".0") for number in numbers)


def treat(X: Array, treatment: Treatment) -> Treated:
    """X (n, d) after a treatment; a `ValueError` where it does not fit these rows."""
    if treatment.what not in TREATMENTS:
        raise ValueError(f"A treatment is one of {', '.join(TREATMENTS)}; got {treatment.what!r}.")
    n = len(X)
    done = TREATMENTS[treatment.what](X, treatment.numbers)
    if len(done.rows) < 2:
        raise ValueError(f"{capital(count(n - len(done.rows), 'row'))} of {n:,} would go, and 2 are needed.")
    if not len(done.columns):
        raise ValueError("A column would go, and no other is left.")
    return done


def with_gaps(X: Array, treatment: Treatment) -> Treated:
    """X (n, d) after a treatment as "missing" that leaves rows out no more than it must: the cells that mean
    it become NaN, for EM on what is observed. A `ValueError` where it does not fit these rows.
    """
    treat(X, treatment._replace(what="missing"))  # says what does not fit
    *columns, value = treatment.numbers
    which = _places(columns, X.shape[1], "column")
    found = np.array(X)
    found[:, which] = np.where(X[:, which] == value, np.nan, X[:, which])
    return _rows(found, np.flatnonzero(~np.isnan(found).all(axis=1)))


def in_order(treatments: Sequence[Treatment]) -> list[Treatment]:
    """As they stand in `TREATMENTS`."""
    return sorted(treatments, key=lambda one: list(TREATMENTS).index(one.what))


def treated(X: Array, treatments: Sequence[Treatment]) -> Treated | None:
    """X (n, d) after all of these, whose numbers are all of the rows and columns before; None where nothing
    is to be done, or too little would be left.
    """
    if not treatments:
        return None
    rows, columns = np.arange(len(X)), np.arange(X.shape[1])
    for one in in_order(treatments):
        try:
            X, kept, left = treat(X, one)
        except ValueError:
            return None
        rows, columns = rows[kept], columns[left]
    return Treated(X, rows, columns)


def _missing(X: Array, numbers: tuple[float, ...]) -> Treated:
    """Rows in which one of these columns has this value, the last number, are left out."""
    if len(numbers) < 2:
        raise ValueError("A column and the value that means missing are needed.")
    *columns, value = numbers
    which = _places(columns, X.shape[1], "column")
    return _rows(X, np.flatnonzero(~np.any(X[:, which] == value, axis=1)))


def _without(X: Array, numbers: tuple[float, ...]) -> Treated:
    """These rows are left out."""
    return _rows(X, np.delete(np.arange(len(X)), _places(numbers, len(X), "row")))


def _once(X: Array, numbers: tuple[float, ...]) -> Treated:
    """Of equal rows, the first is kept."""
    return _rows(X, np.sort(np.unique(X, axis=0, return_index=True)[1]))


def _log(X: Array, numbers: tuple[float, ...]) -> Treated:
    """These columns become their natural logarithms."""
    which = _places(numbers, X.shape[1], "column")
    if X[:, which].min() <= 0:
        low = which[int(np.argmin(X[:, which].min(axis=0)))]
        raise ValueError(f"Column {low + 1} holds {X[:, low].min():.6g}, which has no logarithm.")
    logs = np.array(X)
    logs[:, which] = np.log(X[:, which])
    return Treated(logs, np.arange(len(X)), np.arange(X.shape[1]))


def _convert(X: Array, numbers: tuple[float, ...]) -> Treated:
    """What is below a border in a column is brought to another unit: so many times as large, plus so much."""
    if len(numbers) != 4:
        raise ValueError("A column, a border, and what to multiply by and to add below it are needed.")
    (j,), (border, times, plus) = _places(numbers[:1], X.shape[1], "column"), numbers[1:]
    found = np.array(X)
    found[:, j] = np.where(X[:, j] < border, X[:, j] * times + plus, X[:, j])
    if (np.abs(found[:, j]) > LARGEST).any():
        raise ValueError(f"Values of column {j + 1} times {times:g} are too large to compute with.")
    return Treated(found, np.arange(len(X)), np.arange(X.shape[1]))


def _omit(X: Array, numbers: tuple[float, ...]) -> Treated:
    """These columns are left out."""
    columns = np.delete(np.arange(X.shape[1]), _places(numbers, X.shape[1], "column"))
    return Treated(np.ascontiguousarray(X[:, columns]), np.arange(len(X)), columns)


def _rows(X: Array, rows: NDArray[np.intp]) -> Treated:
    return Treated(X[rows], rows, np.arange(X.shape[1]))


def _places(numbers: Sequence[float], n: int, noun: str) -> list[int]:
    """The numbers, from 1, as indices."""
    for number in numbers:
        if not (number == int(number) and 1 <= number <= n):
            raise ValueError(f"There is no {noun} {number:,g}: the data have {n:,} then.")
    return [int(number) - 1 for number in numbers]


# In the order in which several are done, so that the row or column that a number names is still there.
TREATMENTS: dict[str, Callable[[Array, tuple[float, ...]], Treated]] = {
    "without": _without,
    "missing": _missing,
    "once": _once,
    "convert": _convert,
    "log": _log,
    "omit": _omit,
}

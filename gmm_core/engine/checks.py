"""What comes in from outside, checked once, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from gmm_core.engine.arrays import Array
from gmm_core.words import plural, together

# The square of anything larger is not a number any more.
LARGEST = float(np.sqrt(np.finfo(np.float64).max)) / 1e4
MANY = 1e8  # rows of which squares are summed where nothing is known of how many there are
# What weights of rows may add up to: below, a component with a share of them would count as empty, ...
LEAST_TOTAL = 1e-6
MOST_TOTAL = 1e15  # ... and above, a row more or less is lost in rounding.
NEGLIGIBLE_SHARE = 1e-30  # of all weights: such a row changes no sum, and is absent


def as_floats(values: ArrayLike, name: str, *, gaps: bool = False) -> Array:
    """A float64 copy of `values`, all finite; a `ValueError` naming `name` and the place if not.

    gaps : whether NaN, a missing value, may stand in it.
    """
    try:
        if isinstance(values, np.ndarray) and values.dtype.kind in "US":
            values = values.tolist()  # else the message would name numpy's own kind of text
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}.") from None
    wrong = np.isinf(array) if gaps else ~np.isfinite(array)
    if wrong.any():
        bad = np.argwhere(wrong)
        place = ", ".join(str(i) for i in bad[0])
        raise ValueError(
            f"{name} must be finite; found {array[tuple(bad[0])]} at [{place}]"
            f"{f' and {len(bad) - 1} more' if len(bad) > 1 else ''}. "
            "Drop those rows or fill them in."
        )
    return array


def as_matrix(X: ArrayLike, *, min_rows: int = 1, gaps: bool = False) -> Array:
    """X as a finite float64 matrix (n, d); (n,) becomes (n, 1). A `ValueError` says what is wrong.

    What a masked array masks is missing. gaps : whether values may be missing, which then are NaN.
    """
    if issparse(X):
        raise ValueError("X is a sparse matrix, which EM cannot use; give X.toarray().")
    X = without_mask(X)
    if isinstance(X, np.matrix):
        X = np.asarray(X)
    if not isinstance(X, np.ndarray):
        with suppress(AttributeError, TypeError, ValueError):  # what pandas has for a missing value
            X = X.to_numpy(np.float64, na_value=np.nan)  # type: ignore[union-attr]
    if not isinstance(X, np.ndarray):
        try:
            X = np.asarray(X)
        except (TypeError, ValueError, RuntimeError) as error:  # ragged rows, or an array on another device
            raise ValueError(f"X must be a table of numbers: {error}.") from None
    if X.ndim not in (1, 2):
        raise ValueError(f"X must be (n_samples, n_features) or (n_samples,); got {X.ndim} dimensions.")
    if X.dtype.kind == "c":
        raise ValueError("X must hold real numbers; got complex ones.")
    if X.dtype.kind in "mM":
        raise ValueError(
            f"X must hold numbers; got {'dates' if X.dtype.kind == 'M' else 'durations'} ({X.dtype}). Give "
            "them in a unit, as (X - X.min()) / np.timedelta64(1, 'D') gives days."
        )
    if X.dtype == np.float64:  # no copy: nothing here writes to it
        if not np.isfinite(X).all():
            as_floats(X, "X", gaps=gaps)
    else:
        X = as_floats(X, "X", gaps=gaps)
    if X.ndim == 1:
        X = X[:, np.newaxis]
    if X.shape[1] == 0:
        raise ValueError("X has no features (0 columns).")
    if len(X) < min_rows:
        raise ValueError(f"X has {len(X)} {plural(len(X), 'row')}; at least {min_rows} are needed.")
    return X


def without_mask(X: ArrayLike) -> ArrayLike:
    """X with NaN where a masked array masks a number; else X."""
    if isinstance(X, np.ma.MaskedArray) and X.dtype.kind in "biuf":
        filled: NDArray[Any] = np.where(np.ma.getmaskarray(X), np.nan, np.ma.getdata(X))
        return filled
    return X


def as_sample(X: ArrayLike, n_components: int) -> Array:
    """X ready for EM with `n_components`: enough rows, enough different ones, squares in range."""
    X = as_matrix(X, min_rows=2)
    as_count(n_components, "n_components", 1)
    if n_components > len(X):
        raise ValueError(
            f"n_components = {n_components} is more than the {len(X)} rows of X. "
            f"Use at most {len(X)} components."
        )
    check_squares(X)
    distinct = _count_distinct(X, n_components)
    if distinct < n_components:
        raise ValueError(
            f"X has only {distinct} different {plural(distinct, 'row')}, fewer than "
            f"n_components = {n_components}: components that start equal never separate. "
            f"Use at most {distinct} {plural(distinct, 'component')}."
        )
    return X


def as_weighted_sample(
    X: ArrayLike, n_components: int, sample_weight: ArrayLike | None
) -> tuple[Array, Array | None]:
    """The rows of X that count, ready for EM as by `as_sample`, and their weights, as by `that_count`."""
    X, weights = that_count(as_matrix(X, min_rows=2), sample_weight)
    if sample_weight is not None:
        check_rows_left(len(X), as_count(n_components, "n_components", 1))
    X = as_sample(X, n_components)
    if weights is not None:
        check_squares(X, float(weights.sum()))
    return X, weights


def that_count(X: Array, sample_weight: ArrayLike | None) -> tuple[Array, Array | None]:
    """The rows of X (n, d) with a weight above 0, and these weights; None where each row counts once."""
    weights = as_weights(sample_weight, len(X))
    if weights is None:
        return X, None
    if not weights.all():
        X, weights = X[weights > 0], weights[weights > 0]
    return X, None if (weights == 1).all() else weights


def check_rows_left(n: int, n_components: int) -> None:
    """A `ValueError` if n rows, those with a weight above 0, are too few for so many components."""
    least = max(2, n_components)
    if n < least:
        raise ValueError(
            f"Only {n} {plural(n, 'row')} of X {plural(n, 'has', 'have')} a sample_weight above 0; at least "
            f"{least} are needed for n_components = {n_components}."
        )


def as_weights(sample_weight: ArrayLike | None, n: int) -> Array | None:
    """How often each of n rows counts, (n,), from 0; None where each counts once.

    A share below 1e-30 of all weights becomes 0. A `ValueError` says what is wrong.
    """
    if sample_weight is None:
        return None
    weights = as_floats(without_mask(sample_weight), "sample_weight")
    if weights.shape != (n,):
        raise ValueError(
            f"sample_weight must have the shape ({n},), one number for each row of X; got {weights.shape}."
        )
    if (weights == 1).all():
        return None
    if weights.min(initial=0) < 0:
        row = int(np.argmin(weights))
        raise ValueError(
            f"sample_weight must not be negative; it is {weights[row]:g} for row {row}. A weight says how "
            "often a row counts: give 0 to leave it out."
        )
    largest = float(weights.max(initial=0))
    if largest == 0:
        raise ValueError(
            "sample_weight is zero for every row, so that none is left. Give some a weight above 0."
        )
    total = largest * float((weights / largest).sum())  # no step of which is beyond any float
    if not LEAST_TOTAL <= total <= MOST_TOTAL:
        raise ValueError(
            f"sample_weight adds up to {total:.3g}; from {LEAST_TOTAL:g} to {MOST_TOTAL:g} can be used, as a "
            "weight says how often a row counts. Divide all by the largest: the mixture stays the same."
        )
    return np.where(weights < NEGLIGIBLE_SHARE * total, 0.0, weights)


def check_squares(X: Array, n: float = MANY) -> None:
    """A `ValueError` if a value of X is so large that its square, or the sum of n of them, is no number."""
    largest = max(X.max(), -X.min())
    if largest > LARGEST / max(1.0, np.sqrt(n / MANY)):
        column = int(np.argmax(np.abs(X).max(axis=0)))
        raise ValueError(
            f"Column {column} of X holds {largest:.3g}: its square is too large for a float. "
            "Divide the column by a power of ten first."
        )


def constant_columns(X: Array) -> list[int]:
    """The columns of X in which all values are equal."""
    return [int(j) for j in np.flatnonzero(np.all(X[0] == X, axis=0))]


def constant_in(columns: Sequence[int]) -> str:
    """That X is constant in these columns, as the beginning of a sentence."""
    return f"X is constant in {plural(len(columns), 'column')} {together([str(j) for j in columns])}"


def why_flat(X: Array) -> str:
    """Why X (n, d) has no extent in some direction, as the beginning of a sentence."""
    columns = constant_columns(X)
    if columns:
        return constant_in(columns)
    if len(X) <= X.shape[1]:
        return f"X has {len(X)} rows, which do not span its {X.shape[1]} columns"
    return "Some columns of X are sums of others"


def as_count(value: Any, name: str, least: int) -> int:
    """`value` as an int of at least `least`; a `ValueError` naming `name` if it is none."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number from {least}; got {value!r}.")
    return int(value)


def as_amount(value: Any, name: str, meaning: str) -> float:
    """`value` as a finite float that is not negative; a `ValueError` naming `name` if it is none."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < np.inf:
        raise ValueError(f"{name} ({meaning}) must be a number from 0; got {value!r}.")
    return float(value)


def as_random(random_state: Any) -> np.random.RandomState:
    """The source of random numbers that scikit-learn makes of it; it draws from a numpy `Generator` too."""
    if isinstance(random_state, np.random.Generator):
        return np.random.RandomState(random_state.bit_generator)
    try:
        return check_random_state(random_state)
    except ValueError:
        raise ValueError(
            "random_state must be None, a whole number from 0 to 2**32 - 1, or a numpy RandomState or "
            f"Generator; got {random_state!r}."
        ) from None


def _count_distinct(X: Array, enough: int) -> int:
    """How many different rows X has, counted no further than `enough`."""
    rest = X
    for found in range(enough):
        if not len(rest):
            return found
        head = rest[:1000]  # nearly always enough, and then no pass over all rows is made
        if len(head) < len(rest) and len(np.unique(head, axis=0)) >= enough - found:
            return enough
        rest = rest[np.any(rest != rest[0], axis=1)]
    return enough

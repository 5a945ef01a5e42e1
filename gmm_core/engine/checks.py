"""What comes in from outside, checked once, with errors that say what to do."""

from __future__ import annotations

from contextlib import suppress
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from gmm_core.engine.arrays import Array
from gmm_core.words import plural

# The square of anything larger is not a number any more.
LARGEST = float(np.sqrt(np.finfo(np.float64).max)) / 1e4


def as_floats(values: ArrayLike, name: str) -> Array:
    """A float64 copy of `values`, all finite; a `ValueError` naming `name` and the place if not."""
    try:
        if isinstance(values, np.ndarray) and values.dtype.kind in "US":
            values = values.tolist()  # else the message would name numpy's own kind of text
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers only: {error}.") from None
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        place = ", ".join(str(i) for i in bad[0])
        raise ValueError(
            f"{name} must be finite; found {array[tuple(bad[0])]} at [{place}]"
            f"{f' and {len(bad) - 1} more' if len(bad) > 1 else ''}. "
            "Drop those rows or fill them in."
        )
    return array


def as_matrix(X: ArrayLike, *, min_rows: int = 1) -> Array:
    """X as a finite float64 matrix (n, d); (n,) becomes (n, 1). A `ValueError` says what is wrong.

    What a masked array masks is missing.
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
        except ValueError as error:  # ragged rows
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
            as_floats(X, "X")
    else:
        X = as_floats(X, "X")
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


def check_squares(X: Array) -> None:
    """A `ValueError` if a value of X is so large that its square, or a sum of them, is no number."""
    largest = max(X.max(), -X.min())
    if largest > LARGEST:
        column = int(np.argmax(np.abs(X).max(axis=0)))
        raise ValueError(
            f"Column {column} of X holds {largest:.3g}: its square is too large for a float. "
            "Divide the column by a power of ten first."
        )


def constant_columns(X: Array) -> list[int]:
    """The columns of X in which all values are equal."""
    return [int(j) for j in np.flatnonzero(np.all(X[0] == X, axis=0))]


def why_flat(X: Array) -> str:
    """Why X (n, d) has no extent in some direction, as the beginning of a sentence."""
    columns = constant_columns(X)
    if columns:
        return f"X is constant in column {', '.join(map(str, columns))}"
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

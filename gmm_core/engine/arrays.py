"""What the engine calls an array, and how exact its numbers are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


def generator(*seeds: int) -> np.random.RandomState:
    """A generator of scikit-learn's kind that belongs to these numbers together, and to no others."""
    return np.random.RandomState(np.random.SeedSequence(seeds).generate_state(4))


def variances(X: Array, sample_weight: Array | None = None) -> Array:
    """The variances of the columns of X (n, d), (d,); a row counts `sample_weight` (n,) times, or once."""
    if sample_weight is None:
        return np.asarray(X.var(axis=0))
    residuals = X - np.average(X, axis=0, weights=sample_weight)
    return np.asarray(np.average(residuals**2, axis=0, weights=sample_weight))


def covariance(X: Array, sample_weight: Array | None = None) -> Array:
    """The covariance of the columns of X (n, d), (d, d); rows count as in `variances`."""
    residuals = X - np.average(X, axis=0, weights=sample_weight)
    counting = residuals if sample_weight is None else residuals * sample_weight[:, np.newaxis]
    found = counting.T @ residuals / n_counted(len(X), sample_weight)
    return np.asarray((found + found.T) / 2)


def n_counted(n: int, sample_weight: Array | None) -> float:
    """How many rows n rows count as: the sum of their weights (n,), or n without any."""
    return n if sample_weight is None else float(sample_weight.sum())


def weights_of(rows: slice | Flags | Indices, sample_weight: Array | None) -> Array | None:
    """The weights of some rows, where rows have weights."""
    return None if sample_weight is None else sample_weight[rows]


def batches(n: int, size: int) -> Iterator[slice]:
    """Slices that part n rows, none for no rows. scikit-learn's `gen_batches` is slow for few rows."""
    return (slice(first, min(first + size, n)) for first in range(0, n, size))

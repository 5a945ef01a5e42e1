"""Fits that take the values of a scale one by one, as from 1 to 7, and so tell of no groups.

Letters: n samples, k components, d features.

On values that are steps apart a density may be as narrow as it likes around each, around each diagonal of two
such scales, or each total of several that add up to 100. What is narrower than rounding alone makes it (a
step's variance / 12, Sheppard 1898) describes the scale and not the rows, and its likelihood is no merit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import Mixture
from gmm_core.words import together

FEWEST, MOST = 5, 20  # values of a scale whose steps may differ; fewer are named by themselves (`quality`)
ROWS_EACH = 4  # with fewer rows for each, values are equal by chance
FINEST = 0.002  # of a column's deviation: what is narrower than so fine a step is a defect by itself
ROUNDED = 1 / 12  # of a step's square: the variance that rounding adds
IN_A_ROW = 3  # components beside each other, no farther apart than ...
STEPS = 1.5  # ... so many steps, and no nearer than ...
NEAREST = 0.3  # ... this: the diagonals of scales are nearer to each other than their values.
MOST_TOGETHER = 10  # scales that are looked at in pairs and all together, and not one by one alone


class Scale(NamedTuple):
    """A column's values, rising, and how far the nearest other is from each; one of them where all steps are
    alike.
    """

    column: int
    values: Array
    steps: Array


def scales(X: Array) -> tuple[Scale, ...]:
    """The columns of X (n, d) whose values lie steps apart."""
    return tuple(one for j, column in enumerate(X.T) if (one := _scale(j, column)) is not None)


def _scale(j: int, column: Array) -> Scale | None:
    values = np.unique(column)
    if len(values) < FEWEST:
        return None
    gaps = np.diff(values)
    if len(values) <= min(MOST, len(column) // ROWS_EACH):
        return Scale(j, values, np.minimum(np.r_[np.inf, gaps], np.r_[gaps, np.inf]))
    step = gaps.min()
    if step < FINEST * column.std():
        return None
    with np.errstate(over="ignore"):
        steps = gaps / step
    even = np.isfinite(steps).all() and np.abs(steps - np.rint(steps)).max() < 0.01
    return Scale(j, values[:1], np.array([step])) if even else None


def one_by_one(mixture: Mixture, of: Sequence[Scale]) -> str:
    """Which components take neighbouring values of scales one by one, in words, or ""; of : the `scales`."""
    if not of or mixture.n_components < IN_A_ROW:
        return ""
    columns = [scale.column for scale in of]
    means = mixture.means[:, columns]
    steps = np.stack([_step(scale, at) for scale, at in zip(of, means.T, strict=True)], axis=1)
    covariances = mixture.full_covariances[:, columns][:, :, columns]
    covariances = covariances / (steps[:, :, np.newaxis] * steps[:, np.newaxis, :])
    all_ = len(of) <= MOST_TOGETHER
    thin = np.linalg.eigvalsh(covariances) if all_ else np.diagonal(covariances, axis1=1, axis2=2)
    if np.sum(thin.min(axis=1) < ROUNDED) < IN_A_ROW:
        return ""
    for some in _together(len(of)):
        within = covariances[:, some][:, :, some]
        variances, vectors = np.linalg.eigh(within)
        for i in np.flatnonzero(variances[:, 0] < ROUNDED):
            direction = vectors[i, :, 0]
            also = direction @ within @ direction < ROUNDED
            row = _in_a_row((means[:, some] / steps[i, some]) @ direction, also)
            if row:
                named = together([str(j + 1) for j in row])
                return f"components {named} are each narrower than a step of the values, and a step apart"
    return ""


def _step(scale: Scale, at: Array) -> Array:
    """The step where components (k,) are."""
    return scale.steps[np.abs(at[:, np.newaxis] - scale.values).argmin(axis=1)]


def _together(n: int) -> Iterator[list[int]]:
    """Each of n scales alone, each two, and all."""
    for size in sorted({1, 2, n}) if 1 < n <= MOST_TOGETHER else (1,):
        yield from map(list, combinations(range(n), size))


def _in_a_row(along: Array, thin: Array) -> list[int]:
    """So many thin components as make a row, by where they lie along a direction (k,); none where none do."""
    row: list[int] = []
    for i in np.argsort(along, kind="stable").tolist():
        gap = along[i] - along[row[-1]] if row else np.inf
        if not thin[i] or gap < NEAREST:
            continue
        row = [*row, i] if gap < STEPS else [i]
        if len(row) == IN_A_ROW:
            return sorted(row)
    return []

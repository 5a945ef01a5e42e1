"""Rows of which it is known from which component they came: EM learns from these too, and leaves them there.

Letters: n samples, k components, d features.

Such a row is its component's alone, so it adds log(weight x density) of that one to the log-likelihood, and
no sum over components (McLachlan & Peel, Finite Mixture Models, section 2.19).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.stats import f as f_distribution

from gmm_core.engine.arrays import TINY, Array, Flags, Indices, variances, weights_of
from gmm_core.engine.checks import as_floats
from gmm_core.engine.covariance import Family
from gmm_core.engine.expectation import CollapseError, Expectation, maximised
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.observed import known_variances
from gmm_core.engine.prior import Prior
from gmm_core.words import count, plural, together

UNKNOWN = -1  # in place of a component, as in scikit-learn's semi-supervised estimators
RARELY = 1e-3  # how often a mean would lie so far off by chance


def as_known(known_labels: ArrayLike | None, n: int, k: int) -> Indices | None:
    """The component of each of n rows, (n,), -1 where that is not known; None where none is.

    A `ValueError` says what is wrong.
    """
    if known_labels is None:
        return None
    given = as_floats(known_labels, "known_labels")
    if given.shape != (n,):
        raise ValueError(
            f"known_labels must have the shape ({n},), a component for each row of X or {UNKNOWN} where "
            f"it is not known; got {given.shape}."
        )
    wrong = (given < UNKNOWN) | (given % 1 != 0)
    if wrong.any():
        raise ValueError(
            f"known_labels must be numbers of components, from 0, or {UNKNOWN} where it is not known; got "
            f"{given[wrong][0]:g} for row {int(np.argmax(wrong))}."
        )
    labels = given.astype(np.intp)
    if n and labels.max() >= k:
        groups = len(np.unique(labels[labels >= 0]))
        raise ValueError(
            f"known_labels name component {labels.max()} ({count(groups, 'group')} in all), but there are "
            f"only {k} {plural(k, 'component')}, numbered from 0. Use more components, or fewer groups."
        )
    return labels if n and labels.max() >= 0 else None


def with_known(shares: Array, labels: Indices | None) -> Array:
    """Responsibilities (n, k), or with noise (n, k + 1), where what is known of rows (n,) is certain."""
    if labels is None:
        return shares
    return np.where(labels[:, np.newaxis] >= 0, labels[:, np.newaxis] == np.arange(shares.shape[1]), shares)


def begun_at(start: Mixture, X: Array, labels: Indices, sample_weight: Array | None) -> Mixture:
    """The start with the mean of its known rows for each component that has any, and the others as they are.

    Which of the start's components takes which number is settled by where these means lie: those nearest to
    them, all in all, in deviations of the columns of X (n, d), take theirs.
    """
    known, means = known_means(X, labels, sample_weight)
    units = np.sqrt(np.maximum(variances(X, sample_weight), TINY))
    offsets = (means[:, np.newaxis] - start.means) / units
    taken = linear_sum_assignment((offsets**2).sum(axis=2))[1]
    k = start.n_components
    order = np.empty(k, dtype=np.intp)
    order[known] = taken
    order[np.setdiff1d(np.arange(k), known)] = np.setdiff1d(np.arange(k), taken)
    moved = start.means[order]
    moved[known] = means
    covariances = start.covariances if start.family.shared else start.covariances[order]
    return replace(start, weights=start.weights[order], means=moved, covariances=covariances)


def known_means(X: Array, labels: Indices, sample_weight: Array | None) -> tuple[Indices, Array]:
    """The components of which rows of X (n, d) are known, (c,), and the means of these rows, (c, d)."""
    known = np.unique(labels[labels >= 0])
    of_each = [labels == j for j in known]
    means = [np.average(X[rows], axis=0, weights=weights_of(rows, sample_weight)) for rows in of_each]
    return known, np.array(means)


def said_of(X: Array, labels: Indices, held: HeldAt | None) -> Iterator[str]:
    """What is to be said of a fit to rows X (n, d), NaN where a value is missing, of which some are known:
    how many, and which of those that are whole contradict a held mean.
    """
    numbers, counts = np.unique(labels[labels >= 0], return_counts=True)
    each = [f"{n:,} of component {j + 1}" for j, n in zip(numbers.tolist(), counts.tolist(), strict=True)]
    yield f"Known beforehand, and left there: {together(each)}; {(labels < 0).sum():,} rows are free."
    if held is None:
        return
    means, whole = held.mixture.means, ~np.isnan(X).any(axis=1)
    units = np.maximum(known_variances(X, None), TINY)
    for j in np.intersect1d(labels[whole], held.which.means).tolist():
        own = X[whole & (labels == j)]
        squares = ((own.mean(axis=0) - means[list(held.which.means)]) ** 2 / units).sum(axis=1)
        nearest = held.which.means[int(squares.argmin())]
        if nearest != j:
            yield (
                f"The rows known to be of component {j + 1} contradict its held mean: their own mean lies "
                f"nearer to that of component {nearest + 1}, which is held too. Check the numbers, or let "
                "one go free."
            )
        elif far_from(own, means[j]):
            yield (
                f"The {len(own):,} rows known to be of component {j + 1} contradict its held mean: of rows "
                f"scattered about it as these scatter, fewer than {RARELY:.1%} have a mean so far away "
                "(Hotelling's test). Check the numbers, or let the mean go free."
            )


def far_from(X: Array, mean: Array) -> bool:
    """Whether the mean of rows X (n, d) lies significantly elsewhere; False where they are too few."""
    n, d = X.shape
    if n <= d:
        return False
    offset = X.mean(axis=0) - mean
    residuals = X - X.mean(axis=0)
    try:
        squared = n * (n - 1) * float(offset @ np.linalg.solve(residuals.T @ residuals, offset))
    except np.linalg.LinAlgError:
        return False
    return bool(f_distribution.sf(squared * (n - d) / (d * (n - 1)), d, n - d) < RARELY)


class Free(Protocol):
    """The pass over the rows of which nothing is known."""

    def step(
        self, mixture: Mixture, others: Expectation | None = None
    ) -> tuple[Expectation, Mixture | CollapseError]: ...


class KnownSweep:
    """Both steps over rows of X (n, d), some of which are known to be of one component each.

    These are passed over with that component alone, and join what the pass over the others finds.
    made : such a pass, a class as `Sweep` is.
    """

    def __init__(
        self,
        X: Array,
        labels: Indices,
        family: Family,
        reg_covar: float,
        sample_weight: Array | None,
        prior: Prior | None,
        held: HeldAt | None,
        made: Callable[..., Any],
    ) -> None:
        self.family, self.reg_covar, self.prior, self.held = family, reg_covar, prior, held

        def over(rows: Flags, *of: Any) -> Any:
            return made(X[rows], *of[:2], weights_of(rows, sample_weight), *of[2:])

        free = labels == UNKNOWN
        self._free: Free | None = over(free, family, reg_covar, prior, held) if free.any() else None
        self._known = [(int(j), over(labels == j, family.summed, 0.0)) for j in np.unique(labels[~free])]
        self.variances = known_variances(X, sample_weight)  # (d,), in squared data units

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`."""
        return self.step(mixture)[0]

    def step(self, mixture: Mixture) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none."""
        known = reduce(add, (_of_one(sweep, mixture, j) for j, sweep in self._known))
        if self._free is not None:
            return self._free.step(mixture, known)
        expectation = known.given_by(mixture)
        return expectation, maximised(expectation, self.reg_covar, self.prior, self.held)


def _of_one(sweep: Any, mixture: Mixture, j: int) -> Expectation:
    """The expectation of rows that are all of component j."""
    k, family = mixture.n_components, mixture.family
    beyond = {} if mixture.dof is None else {"dof": mixture.dof[j : j + 1].copy(), "dof_type": "fixed"}
    beyond = beyond if mixture.is_plain else {"noise_weight": 0.0, "noise_box": None, **beyond}
    covariances = family.summed.of_dense(mixture.full_covariances[j : j + 1], np.ones(1))
    alone = Mixture.trusted(
        np.ones(1), mixture.means[j : j + 1].copy(), covariances.copy(), family.summed, **beyond
    )
    found: Expectation = sweep(alone)

    def placed(own: Array, others: Array) -> Array:
        others[j] = own[0]
        return others

    scatter = found.scatter
    if not family.shared:
        scatter = placed(scatter, np.zeros(family.shape(*mixture.means.shape)))
    if found.beyond is not None:
        masses, logarithms = (
            placed(one, np.zeros(k)) for one in (found.beyond.masses, found.beyond.logarithms)
        )
        found = replace(
            found, beyond=replace(found.beyond, mixture=mixture, masses=masses, logarithms=logarithms)
        )
    return replace(
        found,
        counts=placed(found.counts, np.zeros(k)),
        means=placed(found.means, mixture.means.copy()),
        scatter=scatter,
        log_likelihood=found.log_likelihood + float(np.log(max(mixture.weights[j], TINY))),
        family=family,
        under=None,
    )

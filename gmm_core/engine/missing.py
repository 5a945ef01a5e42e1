"""Rows with missing values: which can be used, what is to be said of a fit to them, and filling them in.

Letters: n samples, k components, d features; in a pattern of missing values, m rows, o features observed and
u missing. The pass over such rows is in `observed.py`.

Whether a value is missing may depend on what is observed in its row, not on the value itself ("missing at
random"; Little & Rubin, Statistical Analysis with Missing Data, ch. 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, softmax

from gmm_core.engine.arrays import Array, Indices, weights_of
from gmm_core.engine.checks import as_matrix, as_random, that_count
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.observed import TINY, column_means, given_observed, marginal, patterns
from gmm_core.engine.starts import RandomState
from gmm_core.words import plural, together

MISSING = ("raise", "observed")
HARDLY = 1e-3  # of the rows of a component: where fewer have a value, its mean there is hardly from data


@dataclass(frozen=True, eq=False)
class Incomplete:
    """Rows of which some have missing values, and each has a value.

    X : (n, d), NaN where a value is missing. weights : (n,), how often each row counts, or None.
    n_lost : rows without any value, which were left out.
    """

    X: Array
    weights: Array | None
    n_lost: int

    @classmethod
    def of(cls, X: ArrayLike, sample_weight: ArrayLike | None) -> Incomplete:
        """The rows of X that count and have any value; a `ValueError` where there is none."""
        X, weights = that_count(as_matrix(X, gaps=True), sample_weight)
        some = np.asarray(~np.isnan(X).all(axis=1))
        n_lost = int(np.count_nonzero(~some))
        if n_lost == len(X):
            raise ValueError("X has no value at all: every row that counts is empty.")
        if n_lost:
            X, weights = X[some], weights_of(some, weights)
        return cls(X, weights, n_lost)

    @property
    def complete(self) -> bool:
        """Whether these rows have all values."""
        return not np.isnan(self.X).any()

    def filled(self) -> Array:
        """X with the mean of its column for each missing value, for starts; a `ValueError` if it has none."""
        known = ~np.isnan(self.X)
        if empty := np.flatnonzero(~known.any(axis=0)).tolist():
            columns = f"{plural(len(empty), 'column')} {together([str(j) for j in empty])}"
            them = plural(len(empty), "it", "them")
            raise ValueError(
                f"X has no value at all in {columns}, so nothing can be said of {them}. Leave {them} out."
            )
        return np.where(known, self.X, column_means(self.X, self.weights)[0])

    def sentences(self, mixture: Mixture) -> Iterator[str]:
        """What is to be said of a fit: which rows were left out, and what of the mixture is from no data."""
        if self.n_lost:
            yield f"Left out: {self.n_lost:,} {plural(self.n_lost, 'row')} without any value."
        if self.complete:
            return
        known = ~np.isnan(self.X)
        if mixture.family.matrices:
            both = known.T.astype(np.float64) @ known
            pairs = [f"{i} and {j}" for i, j in np.argwhere(both == 0) if i < j]
            if pairs:
                shown = pairs[:3] + ([f"{len(pairs) - 3} more"] if len(pairs) > 3 else [])
                yield (
                    f"No row has values in both columns {together(shown)}, so how they go together is not "
                    "from data: another start may end elsewhere there."
                )
        with_value, total = np.zeros(mixture.means.shape), np.zeros((mixture.n_components, 1))  # rows, N_k
        for observed, rows in patterns(self.X):
            shares = marginal(mixture, observed).responsibilities(self.X[rows][:, observed])
            counts = shares.sum(axis=0) if self.weights is None else self.weights[rows] @ shares
            with_value[:, observed] += counts[:, np.newaxis]
            total[:, 0] += counts
        for j, feature in np.argwhere(with_value < HARDLY * total).tolist():
            yield (
                f"Component {j + 1} has hardly a value in column {feature}: where it lies there, and how "
                "wide it is, comes from the start and not from data."
            )


def log_joint(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.log_joint` (n, k) of rows X (n, d) of which values may be missing: of what is observed."""
    X = _rows(mixture, X)
    if not np.isnan(X).any():
        return mixture.log_joint(X)
    out = np.empty((len(X), mixture.n_components))
    for observed, rows in patterns(X):
        if observed.any():
            out[rows] = marginal(mixture, observed).log_joint(X[rows][:, observed])
        else:
            out[rows] = np.log(np.maximum(mixture.weights, TINY))
    return out


def log_density(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.log_density` (n,) of rows X (n, d) of which values may be missing: of what is observed."""
    X = _rows(mixture, X)
    if not np.isnan(X).any():
        return mixture.log_density(X)
    return np.asarray(logsumexp(log_joint(mixture, X), axis=1))


def responsibilities(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.responsibilities` (n, k) of rows X (n, d) of which values may be missing."""
    X = _rows(mixture, X)
    if not np.isnan(X).any():
        return mixture.responsibilities(X)
    return np.asarray(softmax(log_joint(mixture, X), axis=1))


def expected(mixture: Mixture, X: ArrayLike) -> tuple[Array, Array]:
    """X (n, d) with what is expected of each missing value, given what is known of its row, and its standard
    deviation (n, d), in data units; 0 of what is known.
    """
    filled = _rows(mixture, X).copy()
    deviations = np.zeros_like(filled)
    if not np.isnan(filled).any():
        return filled, deviations
    for rows, missing, shares, means, covariances in _given_observed(mixture, filled):
        guess = np.einsum("mk,kmu->mu", shares, means)
        within = shares @ np.einsum("kuu->ku", covariances)
        between = np.einsum("mk,kmu->mu", shares, (means - guess) ** 2)
        filled[np.ix_(rows, missing)] = guess
        deviations[np.ix_(rows, missing)] = np.sqrt(within + between)
    return filled, deviations


def impute(X: ArrayLike, mixture: Mixture, *, draw: bool = False, random_state: RandomState = None) -> Array:
    """X (n, d) with what is missing, NaN, filled in from `mixture`; what is known stays.

    draw : False fills in what is expected, given what is known of the row: the best guess, but it lies nearer
        to the middle than values do. True draws a component and then values, which scatter as they should.
    random_state : of the draws. Little & Rubin, ch. 4.
    """
    rng = as_random(random_state)
    if not draw:
        return expected(mixture, X)[0]
    filled = _rows(mixture, X).copy()
    for rows, missing, shares, means, covariances in _given_observed(mixture, filled):
        up_to = shares.cumsum(axis=1)
        above = rng.uniform(size=(len(rows), 1)) * up_to[:, -1:] >= up_to[:, :-1]
        component = above.sum(axis=1)
        for j in np.unique(component):
            own, spread = component == j, covariances[j]
            means[j, own] += rng.multivariate_normal(
                np.zeros(len(spread)), spread, own.sum(), check_valid="ignore"
            )
        filled[np.ix_(rows, missing)] = means[component, np.arange(len(rows))]
    return filled


def _rows(mixture: Mixture, X: ArrayLike) -> Array:
    X = as_matrix(X, min_rows=0, gaps=True)
    if X.shape[1] != mixture.n_features:
        raise ValueError(f"X has {X.shape[1]} features, but the mixture has {mixture.n_features}.")
    return X


def _given_observed(mixture: Mixture, X: Array) -> Iterator[tuple[Indices, Indices, Array, Array, Array]]:
    """For each pattern with u missing features: its rows (m,), these features (u,), responsibilities (m, k),
    and what each component expects there, (k, m, u), with which covariance, (k, u, u).
    """
    for observed, rows in patterns(X):
        missing = ~observed
        if not missing.any():
            continue
        seen = X[rows][:, observed]
        shares = np.tile(mixture.weights, (len(rows), 1))
        if observed.any():
            shares = marginal(mixture, observed).responsibilities(seen)
        lift, within = given_observed(mixture, observed)
        offsets = seen - mixture.means[:, np.newaxis, observed]  # (k, m, o)
        slopes = np.swapaxes(lift[:, missing], 1, 2)
        means = mixture.means[:, np.newaxis, missing] + offsets @ slopes
        yield rows, np.flatnonzero(missing), shares, means, within[:, missing][:, :, missing]

"""Rows with missing values: which can be used, what is to be said of a fit to them, and filling them in.

Letters: n samples, k components, d features; in a pattern of missing values, m rows, o features observed and
u missing. The pass over such rows is in `observed.py`.

Whether a value is missing may depend on what is observed in its row, not on the value itself ("missing at
random"; Little & Rubin, Statistical Analysis with Missing Data, ch. 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import TINY, Array, Indices, weights_of
from gmm_core.engine.checks import as_matrix, as_random, that_count
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.observed import column_means, given_observed, marginal, patterns
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
    nothing = np.log(np.maximum(mixture.weights, TINY))
    return _by_pattern(mixture, X, Mixture.log_joint, nothing)


def log_density(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.log_density` (n,) of rows X (n, d) of which values may be missing: of what is observed."""
    return _by_pattern(mixture, X, Mixture.log_density, np.zeros(()))


def shares(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.shares`, (n, k) or with noise (n, k + 1), of rows X (n, d) of which values may be missing."""
    return _by_pattern(mixture, X, Mixture.shares, mixture.all_weights)


def squared_distances(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.squared_distances` (n, k) of rows X (n, d) of which values may be missing: of those there."""
    return _by_pattern(mixture, X, Mixture.squared_distances, np.zeros(mixture.n_components))


def responsibilities(mixture: Mixture, X: ArrayLike) -> Array:
    """`Mixture.responsibilities` (n, k) of rows X (n, d) of which values may be missing."""
    return shares(mixture, X)[:, : mixture.n_components]


def _by_pattern(
    mixture: Mixture, X: ArrayLike, of_rows: Callable[[Mixture, Array], Array], nothing: Array
) -> Array:
    """What a method of the mixture says of rows (n, d); of a row without any value, `nothing`."""
    X = _rows(mixture, X)
    if not np.isnan(X).any():
        return of_rows(mixture, X)
    out = np.empty((len(X), *nothing.shape))
    for observed, rows in patterns(X):
        out[rows] = of_rows(marginal(mixture, observed), X[rows][:, observed]) if observed.any() else nothing
    return out


def expected(mixture: Mixture, X: ArrayLike) -> tuple[Array, Array]:
    """X (n, d) with what is expected of each missing value, given what is known of its row, and its standard
    deviation (n, d), in data units; 0 of what is known.

    With noise, that is of the components alone. A t distribution of which too little is known to have a
    variance has its scale for it.
    """
    filled = _rows(mixture, X).copy()
    deviations = np.zeros_like(filled)
    if not np.isnan(filled).any():
        return filled, deviations
    for one in given_rows(mixture, filled):
        filled[one.place], deviations[one.place] = one.moments()
    return filled, deviations


def impute(X: ArrayLike, mixture: Mixture, *, draw: bool = False, random_state: RandomState = None) -> Array:
    """X (n, d) with what is missing, NaN, filled in from `mixture`; what is known stays.

    With noise, what is filled in comes from the components alone.

    draw : False fills in what is expected, given what is known of the row: the best guess, but it lies nearer
        to the middle than values do. True draws a component and then values, which scatter as they should.
    random_state : of the draws. Little & Rubin, ch. 4.
    """
    rng = as_random(random_state)
    if not draw:
        return expected(mixture, X)[0]
    filled = _rows(mixture, X).copy()
    for one in given_rows(mixture, filled):
        up_to = one.shares.cumsum(axis=1)
        above = rng.uniform(size=(len(up_to), 1)) * up_to[:, -1:] >= up_to[:, :-1]
        component = above.sum(axis=1)
        for j in np.unique(component):
            own, spread = component == j, one.covariances[j]
            drawn = rng.multivariate_normal(np.zeros(len(spread)), spread, own.sum(), check_valid="ignore")
            if one.dof is not None:  # Kotz & Nadarajah, Multivariate t Distributions, sec. 1.11
                precisions = rng.chisquare(one.dof[j], own.sum()) / one.dof[j]
                drawn *= np.sqrt(one.scales[own, j] / precisions)[:, np.newaxis]
            one.means[j, own] += drawn
        filled[one.place] = one.means[component, np.arange(len(component))]
    return filled


def _rows(mixture: Mixture, X: ArrayLike) -> Array:
    X = as_matrix(X, min_rows=0, gaps=True)
    check_features(X, mixture)
    return X


def check_features(X: Array, mixture: Mixture) -> None:
    """A `ValueError` if X (n, d) has other features than the mixture."""
    if X.shape[1] != mixture.n_features:
        raise ValueError(f"X has {X.shape[1]} features, but the mixture has {mixture.n_features}.")


class Given(NamedTuple):
    """What the components expect of the u missing values of m rows, given what is known of these.

    place : of these values in X. shares : (m, k), responsibilities. means : (k, m, u). covariances :
    (k, u, u), times `scales` (m, k), which are 1 but in t distributions; these have `dof` (k,) then.
    """

    place: tuple[Indices, ...]
    shares: Array
    means: Array
    covariances: Array
    scales: Array
    dof: Array | None

    def moments(self) -> tuple[Array, Array]:
        """The means of these values and their standard deviations, (m, u) each, as of `expected`."""
        guess = np.einsum("mk,kmu->mu", self.shares, self.means)
        spread = self.shares * self.scales
        if self.dof is not None:
            spread = spread * np.where(self.dof > 2, self.dof / np.maximum(self.dof - 2, TINY), 1.0)
        within = spread @ np.einsum("kuu->ku", self.covariances)
        between = np.einsum("mk,kmu->mu", self.shares, (self.means - guess) ** 2)
        return guess, np.sqrt(within + between)


def given_rows(mixture: Mixture, X: Array) -> Iterator[Given]:
    """For each pattern of X (n, d) in which something is missing; noise expects nothing."""
    mixture = mixture.of_components
    for observed, rows in patterns(X):
        missing, o = ~observed, int(observed.sum())
        if not missing.any():
            continue
        seen = X[rows][:, observed]
        shares = np.tile(mixture.weights, (len(rows), 1))
        scales, dof = np.ones(shares.shape), mixture.dof
        if observed.any():
            part = marginal(mixture, observed)
            shares = part.responsibilities(seen)
            if dof is not None:
                scales = (dof + part.squared_distances(seen)) / (dof + o)
        slopes, within = given_observed(mixture, observed)
        offsets = seen - mixture.means[:, np.newaxis, observed]  # (k, m, o)
        yield Given(
            np.ix_(rows, np.flatnonzero(missing)),
            shares,
            mixture.means[:, np.newaxis, missing] + offsets @ np.swapaxes(slopes, 1, 2),
            np.broadcast_to(within, (mixture.n_components, *within.shape[1:])),
            scales,
            None if dof is None else dof + o,
        )

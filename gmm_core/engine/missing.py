"""Rows with missing values: EM on what is observed, and what a mixture says of the rest.

Letters: n samples, k components, d features; in a pattern, m rows, o features observed and u missing.

Rows in which the same features are observed form a pattern. Of these features a Gaussian mixture has a
marginal that is one too, so its E-step is that of `sweep.py`. Given a component, a missing feature is
a linear function of the observed ones and a Gaussian about it:

    E[x_u] = mu_u + G (x_o - mu_o),  G = S_uo S_oo^-1,      Cov[x_u] = C = S_uu - G S_ou

so that sums over the observed features become sums over all by one matrix, H = (I; G): a mean m_o becomes
mu + H (m_o - mu_o), a covariance V becomes H V H' + C. Then patterns add like any blocks of rows.

Whether a value is missing may depend on what is observed in its row, not on the value itself ("missing at
random"). Ghahramani & Jordan 1994; Little & Rubin, Statistical Analysis with Missing Data, ch. 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, Flags, Indices
from gmm_core.engine.checks import as_matrix, as_random, that_count
from gmm_core.engine.covariance import Family
from gmm_core.engine.expectation import CollapseError, Expectation, raised
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.starts import RandomState
from gmm_core.engine.sweep import Sweep
from gmm_core.words import plural, together

MISSING = ("raise", "observed")
HARDLY = 1e-3  # of the rows of a component: where fewer have a value, its mean there is hardly from data


@dataclass(frozen=True, eq=False)
class Incomplete:
    """Rows of which some have missing values, and none has nothing else.

    X : (n, d), NaN where a value is missing. filled : the same with the mean of the column there, for starts.
    weights : (n,), how often each row counts, or None. n_lost : rows without any value, which were left out.
    """

    X: Array
    filled: Array
    weights: Array | None
    n_lost: int

    @classmethod
    def of(cls, X: ArrayLike, sample_weight: ArrayLike | None) -> Incomplete:
        """The rows of X that count and have any value; a `ValueError` for a column or a table without one."""
        X, weights = that_count(as_matrix(X, gaps=True), sample_weight)
        known = ~np.isnan(X)
        if empty := np.flatnonzero(~known.any(axis=0)).tolist():
            columns = f"{plural(len(empty), 'column')} {together([str(j) for j in empty])}"
            them = plural(len(empty), "it", "them")
            raise ValueError(
                f"X has no value at all in {columns}, so nothing can be said of {them}. Leave {them} out."
            )
        some = known.any(axis=1)
        n_lost = int(np.count_nonzero(~some))
        if n_lost:
            X, known, weights = X[some], known[some], None if weights is None else weights[some]
        counting = known if weights is None else known * weights[:, np.newaxis]
        # Divided first: the sum of large values is not a number any more.
        means = np.where(known, X, 0.0) * (counting / counting.sum(axis=0))
        return cls(X, np.where(known, X, means.sum(axis=0)), weights, n_lost)

    @property
    def complete(self) -> bool:
        """Whether no value is missing."""
        return not np.isnan(self.X).any()

    def sentences(self, mixture: Mixture) -> Iterator[str]:
        """What is to be said of a fit: which rows were left out, and what of the mixture is from no data."""
        if self.n_lost:
            yield f"Left out: {self.n_lost:,} {plural(self.n_lost, 'row')} without any value."
        known = ~np.isnan(self.X)
        d = known.shape[1]
        if mixture.family.matrices:
            together_in = known.T.astype(np.float64) @ known
            pairs = [f"{i} and {j}" for i in range(d) for j in range(i + 1, d) if not together_in[i, j]]
            if pairs:
                shown = pairs[:3] + ([f"{len(pairs) - 3} more"] if len(pairs) > 3 else [])
                yield (
                    f"No row has values in both columns {together(shown)}, so how they go together is not "
                    "from data: another start may end elsewhere there."
                )
        counts = np.zeros((mixture.n_components, d))  # responsibilities, of rows with a value in a feature
        total = np.zeros(mixture.n_components)
        for observed, rows in patterns(self.X):
            shares = marginal(mixture, observed).responsibilities(self.X[rows][:, observed])
            shares = shares if self.weights is None else shares * self.weights[rows, np.newaxis]
            counts[:, observed] += shares.sum(axis=0)[:, np.newaxis]
            total += shares.sum(axis=0)
        for j, feature in np.argwhere(counts < HARDLY * total[:, np.newaxis]).tolist():
            yield (
                f"Component {j + 1} has hardly a value in column {feature}: where it lies there, and how "
                "wide it is, comes from the start and not from data."
            )


class ObservedSweep:
    """Both steps over rows of X (n, d) with missing values, as `Sweep` makes them over complete ones."""

    def __init__(
        self, X: Array, family: Family, reg_covar: float = 0.0, sample_weight: Array | None = None
    ) -> None:
        self.family, self.reg_covar = family, reg_covar
        known = ~np.isnan(X)
        counting = known if sample_weight is None else known * sample_weight[:, np.newaxis]
        shares = counting / counting.sum(axis=0)
        residuals = np.where(known, X, 0.0) - (np.where(known, X, 0.0) * shares).sum(axis=0)
        self.variances = (residuals**2 * shares).sum(axis=0)  # (d,), in squared data units
        self._parts = [
            (
                observed,
                Sweep(
                    X[rows][:, observed],
                    family,
                    reg_covar,
                    None if sample_weight is None else sample_weight[rows],
                ),
            )
            for observed, rows in patterns(X)
        ]

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`; the log-likelihood is that of what is observed."""
        return reduce(add, (_of_pattern(mixture, *part) for part in self._parts))

    def step(self, mixture: Mixture) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none."""
        expectation = self(mixture)
        try:
            return expectation, raised(expectation, self.reg_covar)
        except CollapseError as collapse:
            return expectation, collapse


def impute(X: ArrayLike, mixture: Mixture, *, draw: bool = False, random_state: RandomState = None) -> Array:
    """X (n, d) with what is missing, NaN, filled in from `mixture`; what is known stays.

    draw : False fills in what is expected, given what is known of the row: the best guess, but it lies nearer
        to the middle than values do. True draws a component and then values, which scatter as they should.
    random_state : of the draws. Little & Rubin, ch. 4.
    """
    filled = as_matrix(X, min_rows=0, gaps=True).copy()
    if filled.shape[1] != mixture.n_features:
        raise ValueError(f"X has {filled.shape[1]} features, but the mixture has {mixture.n_features}.")
    rng = as_random(random_state)
    for observed, rows in patterns(filled):
        if observed.all():
            continue
        seen, places = filled[rows][:, observed], np.ix_(rows, np.flatnonzero(~observed))
        if observed.any():
            shares = marginal(mixture, observed).responsibilities(seen)
        else:
            shares = np.tile(mixture.weights, (len(rows), 1))
        lift, within = _conditional(mixture, observed)
        lift, within = lift[:, ~observed], within[:, ~observed][:, :, ~observed]
        offsets = seen - mixture.means[:, np.newaxis, observed]  # (k, m, o)
        expected = mixture.means[:, np.newaxis, ~observed] + offsets @ lift.transpose(0, 2, 1)  # (k, m, u)
        if draw:
            up_to = shares.cumsum(axis=1)
            chosen = (rng.uniform(size=(len(rows), 1)) * up_to[:, -1:] >= up_to).sum(axis=1)
            for j in np.unique(chosen):
                own = chosen == j
                noise = rng.multivariate_normal(np.zeros(len(within[j])), within[j], own.sum())
                expected[j, own] += noise
            filled[places] = expected[chosen, np.arange(len(rows))]
        else:
            filled[places] = np.einsum("mk,kmu->mu", shares, expected)
    return filled


def patterns(X: Array) -> Iterator[tuple[Flags, Indices]]:
    """For each pattern of missing values in X (n, d), the features observed (d,) and the rows (m,)."""
    known = ~np.isnan(X)
    different, which = np.unique(np.packbits(known, axis=1), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(different)))
    for rows in np.split(order, ends[:-1]):
        if len(rows):
            yield known[rows[0]], rows


def marginal(mixture: Mixture, observed: Flags) -> Mixture:
    """The mixture of some features (d,), of the same family."""
    dense = mixture.full_covariances[:, observed][:, :, observed]
    covariances = mixture.family.of_dense(dense, mixture.weights)
    return Mixture.trusted(mixture.weights, mixture.means[:, observed], covariances, mixture.family)


def _of_pattern(mixture: Mixture, observed: Flags, sweep: Sweep) -> Expectation:
    """The expectation of the rows of one pattern, their missing values by what is observed."""
    if observed.all():
        return sweep(mixture)
    part, family = sweep(marginal(mixture, observed)), mixture.family
    counts = np.maximum(part.counts, np.finfo(np.float64).tiny)
    lift, within = _conditional(mixture, observed)
    offsets = part.means - mixture.means[:, observed]
    means = mixture.means + (lift @ offsets[:, :, np.newaxis])[:, :, 0]
    means[:, observed] = part.means
    k, o = offsets.shape
    seen = family.dense(family.per_sample(counts, part.scatter), k, o)
    covariances = family.of_dense(lift @ seen @ lift.transpose(0, 2, 1) + within, counts)
    if family.shared:
        scatter = covariances * counts.sum()
    else:
        scatter = covariances * counts.reshape(-1, *[1] * (covariances.ndim - 1))
    return Expectation(part.counts, means, scatter, part.log_likelihood, part.n_samples, family)


def _conditional(mixture: Mixture, observed: Flags) -> tuple[Array, Array]:
    """H (k, d, o), and C (k, d, d), which is 0 but between missing features."""
    covariances, (k, d) = mixture.full_covariances, mixture.means.shape
    across = covariances[:, observed][:, :, ~observed]  # (k, o, u)
    slopes = np.linalg.solve(covariances[:, observed][:, :, observed], across)  # (k, o, u)
    lift, within = np.zeros((k, d, int(observed.sum()))), np.zeros((k, d, d))
    lift[:, observed], lift[:, ~observed] = np.eye(lift.shape[2]), slopes.transpose(0, 2, 1)
    missing = np.ix_(np.arange(k), np.flatnonzero(~observed), np.flatnonzero(~observed))
    left = covariances[missing] - slopes.transpose(0, 2, 1) @ across
    within[missing] = (left + left.transpose(0, 2, 1)) / 2
    return lift, within

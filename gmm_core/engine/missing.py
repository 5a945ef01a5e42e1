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

from gmm_core.engine.arrays import Array, Flags, Indices, batches
from gmm_core.engine.checks import as_matrix, as_random, that_count
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.engine.expectation import LOST, CollapseError, Expectation, raised
from gmm_core.engine.mixture import LOG_2PI, Mixture, log_peaks
from gmm_core.engine.starts import RandomState
from gmm_core.engine.sweep import (
    KEPT_NUMBERS,
    NATURAL_LIMIT,
    NATURAL_MOST_FEATURES,
    Sweep,
    natural_sums,
)
from gmm_core.words import plural, together

MISSING = ("raise", "observed")
ROWS = 2048  # in a block
TOGETHER = 1 << 20  # numbers in the matrices of the patterns that are taken together
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
    """Both steps over rows of X (n, d) with missing values, as `Sweep` makes them over complete ones.

    Where natural parameters leave digits enough, the marginals of many patterns are made together, and each
    pattern needs two products; else a `Sweep` for each pattern finds what its marginal gives. Both are tested
    against each other.
    """

    def __init__(
        self, X: Array, family: Family, reg_covar: float = 0.0, sample_weight: Array | None = None
    ) -> None:
        self.family, self.reg_covar, self._X, self._weights = family, reg_covar, X, sample_weight
        self._patterns = list(patterns(X))
        self._observed = np.array([observed for observed, _ in self._patterns])  # (P, d)
        known = ~np.isnan(X)
        counting = known if sample_weight is None else known * sample_weight[:, np.newaxis]
        shares = counting / counting.sum(axis=0)
        self._centre = (np.where(known, X, 0.0) * shares).sum(axis=0)
        residuals = np.where(known, X - self._centre, 0.0)
        self.variances = (residuals**2 * shares).sum(axis=0)  # (d,), in squared data units
        self._scale = family.unit(np.sqrt(self.variances))
        # A missing value is 0 here, and no natural parameter says anything of it.
        self._Z = residuals / self._scale
        self._each = FAMILIES["full" if family.matrices else "diag"]
        self._kept: dict[int, list[Array]] = {}
        self._careful: list[Sweep] = []

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`; the log-likelihood is that of what is observed."""
        return self._by_features(mixture) if self._is_near(mixture) else self._one_by_one(mixture)

    def step(self, mixture: Mixture) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none."""
        expectation = self(mixture)
        found = self._raised(expectation)
        narrower = found.what != LOST if isinstance(found, CollapseError) else not self._is_near(found)
        if narrower and self._is_near(mixture):  # sums about one point for all may have lost its digits
            expectation = self._one_by_one(mixture)
            found = self._raised(expectation)
        return expectation, found

    def _raised(self, expectation: Expectation) -> Mixture | CollapseError:
        try:
            return raised(expectation, self.reg_covar)
        except CollapseError as collapse:
            return collapse

    def _is_near(self, mixture: Mixture) -> bool:
        """Whether natural parameters leave digits enough, as in `Sweep.own`."""
        d = mixture.n_features
        if self._each.n_features(d) > max(NATURAL_MOST_FEATURES, 2 * d + 2):
            return False
        family, roots = mixture.family, (mixture.factor, mixture.whitener)
        means = (mixture.means - self._centre) / self._scale
        loss = family.loss(*family.rescale_roots(*roots, self._scale), means)
        return bool(loss.max() < NATURAL_LIMIT)

    def _one_by_one(self, mixture: Mixture) -> Expectation:
        if not self._careful:
            self._careful = [
                Sweep(self._X[rows][:, observed], self.family, self.reg_covar, self._counting(rows))
                for observed, rows in self._patterns
            ]
        parts = zip(self._observed, self._careful, strict=True)
        return reduce(add, (_of_pattern(mixture, observed, sweep) for observed, sweep in parts))

    def _counting(self, rows: Indices) -> Array | None:
        return None if self._weights is None else self._weights[rows]

    def _by_features(self, mixture: Mixture) -> Expectation:
        k, d = mixture.means.shape
        at_once = max(1, TOGETHER // (k * d * d))
        return reduce(add, (self._together(mixture, some) for some in batches(len(self._patterns), at_once)))

    def _together(self, mixture: Mixture, some: slice) -> Expectation:
        """The expectation of some patterns, P of them, in the units of Z until the end."""
        family, each, (k, d) = self.family, self._each, mixture.means.shape
        means = (mixture.means - self._centre) / self._scale
        dense = mixture.full_covariances / self._scale / self._scale[:, np.newaxis]
        seen = self._observed[some, np.newaxis].astype(np.float64)  # (P, 1, d)
        P = len(seen)
        # Of missing features the marginal has, for now, a unit variance of their own.
        if family.matrices:
            both = seen[..., np.newaxis] * seen[..., np.newaxis, :]
            alone = np.eye(d) * (1 - seen)[..., np.newaxis]
            marginals = dense * both + alone
        else:
            both, dense = seen, np.einsum("kii->ki", dense)
            marginals = np.where(seen, dense, 1.0)
        factor, whitener = each.roots(marginals.reshape(-1, *dense.shape[1:]))
        whitener = whitener.reshape(marginals.shape)
        whitener *= both
        n_seen = seen[:, 0].sum(axis=1)
        peaks = log_peaks(each, np.tile(mixture.weights, P), factor, 0).reshape(P, k)
        peaks -= 0.5 * LOG_2PI * n_seen[:, np.newaxis]
        shifts = peaks.max(axis=1)
        coefficients = each.coefficients(
            (peaks - shifts[:, np.newaxis]).ravel(),
            (means * seen).reshape(-1, d),
            whitener.reshape(-1, *dense.shape[1:]),
        ).reshape(P, k, -1)
        sums, log_sums, n = np.empty_like(coefficients), np.empty(P), np.empty(P)
        for i, p in enumerate(range(some.start, some.start + P)):
            rows = self._patterns[p][1]
            counting = self._counting(rows)
            n[i] = len(rows) if counting is None else counting.sum()
            of_blocks = [None if counting is None else counting[b] for b in batches(len(rows), ROWS)]
            (sums[i],), (log_sums[i],) = natural_sums(self._features(p), of_blocks, coefficients[i : i + 1])
        log_scales = (seen[:, 0] * np.log(self._scale)).sum(axis=1)
        log_likelihood = (log_sums + n * (shifts - log_scales)).sum() / n.sum()

        counts = sums[:, :, 0]
        moved, scatter = each.moments(sums.reshape(P * k, -1), None)
        offsets = (moved.reshape(P, k, d) - means) * seen
        scatter = scatter.reshape(marginals.shape)
        if family.matrices:
            slopes = dense @ (_transposed(whitener) @ whitener)
            lift = np.where(seen[..., np.newaxis], np.eye(d), slopes)
            unseen = (1 - seen)[..., np.newaxis] * (1 - seen)[..., np.newaxis, :]
            within = (dense - lift @ dense) * unseen
            offsets = (lift @ offsets[..., np.newaxis])[..., 0]
            scatter = lift @ scatter @ _transposed(lift) + counts[..., np.newaxis, np.newaxis] * within
        else:
            scatter = scatter * seen + counts[..., np.newaxis] * dense * (1 - seen)
        total = np.maximum(counts.sum(axis=0), np.finfo(np.float64).tiny)
        shift = np.einsum("pk,pkd->kd", counts, offsets) / total[:, np.newaxis]
        gaps = (offsets - shift).reshape(-1, d)
        between = each.between(counts.ravel(), gaps).reshape(scatter.shape)
        covariances = each.dense(each.per_sample(total, (scatter + between).sum(axis=0)), k, d)
        return Expectation(
            counts.sum(axis=0),
            self._centre + (means + shift) * self._scale,
            family.rescale(_summed(family.of_dense(covariances, total), total, family), self._scale),
            float(log_likelihood),
            float(n.sum()),
            family,
        )

    def _features(self, p: int) -> list[Array]:
        """The natural features of the rows of a pattern, in blocks; kept where memory allows."""
        if p in self._kept:
            return self._kept[p]
        (n, d), rows = self._Z.shape, self._patterns[p][1]
        blocks = []
        for block in batches(len(rows), ROWS):
            Z = np.ascontiguousarray(self._Z[rows[block]].T)
            features = np.ones((self._each.n_features(d), Z.shape[1]))
            self._each.features(Z, None, features)
            blocks.append(features)
        if n * self._each.n_features(d) <= KEPT_NUMBERS:
            self._kept[p] = blocks
        return blocks


def _transposed(matrices: Array) -> Array:
    return np.swapaxes(matrices, -1, -2)


def _summed(covariances: Array, counts: Array, family: Family) -> Array:
    """Covariances of components with `counts` (k,) rows -> their scatter, a sum over rows."""
    if family.shared:
        return covariances * counts.sum()
    return covariances * counts.reshape(-1, *[1] * (covariances.ndim - 1))


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
        expected = mixture.means[:, np.newaxis, ~observed] + offsets @ _transposed(lift)  # (k, m, u)
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
    covariances = family.of_dense(lift @ seen @ _transposed(lift) + within, counts)
    scatter = _summed(covariances, counts, family)
    return Expectation(part.counts, means, scatter, part.log_likelihood, part.n_samples, family)


def _conditional(mixture: Mixture, observed: Flags) -> tuple[Array, Array]:
    """H (k, d, o), and C (k, d, d), which is 0 but between missing features."""
    covariances, (k, d) = mixture.full_covariances, mixture.means.shape
    across = covariances[:, observed][:, :, ~observed]  # (k, o, u)
    slopes: Array = np.asarray(
        np.linalg.solve(covariances[:, observed][:, :, observed], across), dtype=np.float64
    )  # (k, o, u)
    lift, within = np.zeros((k, d, int(observed.sum()))), np.zeros((k, d, d))
    lift[:, observed], lift[:, ~observed] = np.eye(lift.shape[2]), _transposed(slopes)
    missing = np.ix_(np.arange(k), np.flatnonzero(~observed), np.flatnonzero(~observed))
    left = covariances[missing] - _transposed(slopes) @ across
    within[missing] = (left + _transposed(left)) / 2
    return lift, within

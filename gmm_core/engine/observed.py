"""One pass over rows with missing values: a mixture in, the sufficient statistics of what is observed out.

Letters: n samples, k components, d features, q covariances in a mixture, k or 1 for all; P patterns of
missing values; in a pattern, m rows, o features observed and u missing.

Rows in which the same features are observed form a pattern. Of these features a Gaussian mixture has a
marginal that is one too, so its E-step is that of `sweep.py`. Given a component, a missing feature is
a linear function of the observed ones and a Gaussian about it:

    E[x_u] = mu_u + G (x_o - mu_o),  G = S_uo S_oo^-1,      Cov[x_u] = C = S_uu - G S_ou

so that sums over the observed features become sums over all by one matrix, H = (I; G): a mean m_o becomes
mu + H (m_o - mu_o), a scatter V of N rows becomes H V H' + N C. Then patterns add like any blocks of rows.
Ghahramani & Jordan 1994; Little & Rubin, Statistical Analysis with Missing Data, ch. 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from gmm_core.engine.arrays import TINY, Array, Flags, Indices, batches, n_counted, weights_of
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.engine.expectation import LOST, CollapseError, Expectation, maximised
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import LOG_2PI, Mixture, log_weights
from gmm_core.engine.prior import Prior
from gmm_core.engine.sweep import (
    KEPT_NUMBERS,
    Sweep,
    Units,
    by_features,
    middle,
    natural_sums,
)

FULL = FAMILIES["full"]  # of which marginals are, in any family with matrices
ROWS = 2048  # in a block
FEW = 4096  # patterns, which are counted; more are sorted
TOGETHER = 1 << 20  # numbers in the matrices of the patterns that are taken together


def patterns(X: Array) -> Iterator[tuple[Flags, Indices]]:
    """For each pattern of missing values, NaN, in X (n, d): the features observed (d,) and the rows (m,)."""
    known = ~np.isnan(X)
    which, n_found = np.zeros(len(X), dtype=np.intp), min(len(X), 1)
    for eight in np.packbits(known, axis=1).T:  # of the features: so numbers stay small, and need no sorting
        which = which * 256 + eight
        if n_found > FEW:
            which = np.unique(which, return_inverse=True)[1]
            n_found = int(which.max()) + 1
        else:
            places = np.cumsum(np.bincount(which) > 0) - 1
            which, n_found = places[which], int(places[-1]) + 1
    order = np.argsort(which.astype(np.uint16) if n_found <= FEW else which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=n_found))
    return ((known[rows[0]], rows) for rows in np.split(order, ends[:-1]) if len(rows))


def column_means(X: Array, sample_weight: Array | None) -> tuple[Array, Array]:
    """The means (d,) of what is known in the columns of X (n, d), and the share of each value (n, d).

    Where nothing is known, they are 0.
    """
    known = ~np.isnan(X)
    counting = known if sample_weight is None else known * sample_weight[:, np.newaxis]
    # Divided first: the sum of large values is not a number any more.
    shares = counting / np.maximum(counting.sum(axis=0), TINY)
    return (np.where(known, X, 0.0) * shares).sum(axis=0), shares


def known_variances(X: Array, sample_weight: Array | None) -> Array:
    """The variances (d,) of what is known in the columns of X (n, d)."""
    means, shares = column_means(X, sample_weight)
    return np.asarray((np.where(np.isnan(X), 0.0, X - means) ** 2 * shares).sum(axis=0))


def known_units(X: Array, family: Family, sample_weight: Array | None) -> Units:
    """Units by what is known in the columns of X (n, d), about medians, as those of `Sweep`."""
    variances, centre = known_variances(X, sample_weight), middle(X)
    centre = np.where(np.isnan(centre), column_means(X, sample_weight)[0], centre)
    return Units(centre, variances, family.unit(np.sqrt(variances)))


def marginal(mixture: Mixture, observed: Flags | Indices) -> Mixture:
    """The mixture of some features, flags (d,) or their numbers in any order, of the family `summed`; t
    distributions stay what they are.
    """
    matrices = distinct(mixture)[:, observed][:, :, observed]
    family = mixture.family.summed
    covariances = family.of_dense(matrices, of_distinct(mixture.family, mixture.weights))
    beyond = {} if mixture.is_plain else mixture.beyond
    if mixture.noise_box is not None:
        beyond["noise_box"] = mixture.noise_box[:, observed]
    return Mixture.trusted(mixture.weights, mixture.means[:, observed], covariances, family, **beyond)


def distinct(mixture: Mixture) -> Array:
    """The covariances as matrices (q, d, d): one where all components share it."""
    k, d = mixture.means.shape
    return mixture.family.dense(mixture.covariances, 1 if mixture.family.shared else k, d)


def of_distinct(family: Family, counts: Array) -> Array:
    """Numbers of components (k,), summed up for each of the covariances, (q,)."""
    return counts.sum(keepdims=True) if family.shared else counts


def given_observed(mixture: Mixture, observed: Flags, part: Mixture | None = None) -> tuple[Array, Array]:
    """G (q, u, o), and C (q, u, u): of the missing features, given those that are observed.

    part : the marginal of these, in a family with matrices, which knows the inverse of their covariances.
    """
    covariances = distinct(mixture)
    across = covariances[:, observed][:, :, ~observed]  # (q, o, u)
    if part is None:
        solved = np.linalg.solve(covariances[:, observed][:, :, observed], across)
    else:
        solved = _transposed(part.whitener) @ (part.whitener @ across)
    slopes = _transposed(np.asarray(solved, dtype=np.float64))
    left = covariances[:, ~observed][:, :, ~observed] - slopes @ across
    return slopes, (left + _transposed(left)) / 2


def filled_means(mixture: Mixture, observed: Flags, means: Array, slopes: Array) -> Array:
    """Means of observed features (k, o) -> of all (k, d), with G (q, u, o)."""
    offsets = means - mixture.means[:, observed]
    out = np.empty(mixture.means.shape)
    out[:, observed] = means
    out[:, ~observed] = mixture.means[:, ~observed] + (slopes @ offsets[:, :, np.newaxis])[:, :, 0]
    return out


def filled_covariances(observed: Flags, seen: Array, slopes: Array, within: Array) -> Array:
    """H V H' + C (q, d, d), of V (q, o, o) of the observed features, G (q, u, o) and C (q, u, u)."""
    here, there = np.flatnonzero(observed), np.flatnonzero(~observed)
    across = slopes @ seen
    out = np.empty((len(seen), len(observed), len(observed)))
    out[:, here[:, np.newaxis], here] = seen
    out[:, there[:, np.newaxis], here] = across
    out[:, here[:, np.newaxis], there] = _transposed(across)
    out[:, there[:, np.newaxis], there] = across @ _transposed(slopes) + within
    return out


class ObservedSweep:
    """Both steps over rows of X (n, d) with missing values, as `Sweep` makes them over complete ones, in a
    family with matrices; for the others there is `masked.MaskedSweep`.

    Where natural parameters leave digits enough, the marginals of many patterns are made together, and each
    pattern costs two products; else each has a `Sweep` of its own. Both ways are tested against each other.
    """

    def __init__(
        self,
        X: Array,
        family: Family,
        reg_covar: float = 0.0,
        sample_weight: Array | None = None,
        prior: Prior | None = None,
        held: HeldAt | None = None,
    ) -> None:
        self.family, self.reg_covar, self._X, self._weights = family, reg_covar, X, sample_weight
        self.prior, self.held = prior, held
        found = list(patterns(X))
        self._observed, self._rows = np.array([one for one, _ in found]), [rows for _, rows in found]
        units = known_units(X, family, sample_weight)
        self._centre, self.variances, self._scale = units
        # A missing value is 0, and no natural parameter speaks of it.
        self._Z = np.where(np.isnan(X), 0.0, X - self._centre) / self._scale
        self._kept: dict[int, list[Array]] = {}
        self._sweeps: list[Sweep] = []
        # Over no rows: what it knows of digits holds for any.
        self._whole = Sweep(X[:0], family, reg_covar, units=units)

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`; the log-likelihood is that of what is observed."""
        return self.step(mixture)[0]

    def step(
        self, mixture: Mixture, others: Expectation | None = None
    ) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none.

        As in `Sweep.step`, what lost digits is summed up once more, about the new means. That is found out of
        all features, and so of some: of these, no component lies more of its deviations away.
        """
        whole, d = self._whole, mixture.n_features
        now = whole.standardised(mixture)
        own = whole.own(now)
        few = by_features(FULL.n_features(d), d)
        near = few and not own.any()
        expectation = self._by_features(mixture) if near else self._one_by_one(mixture, own)
        expectation = expectation.with_rows(others).given_by(mixture)
        found = maximised(expectation, self.reg_covar, self.prior, self.held)
        if isinstance(found, Mixture):
            new = whole.standardised(found)
            again = whole.lost(new, whole.own(new), now, own)
            if not again.any():
                return expectation, found
        elif found.what == LOST:
            return expectation, found
        else:  # it may have had an extent, in digits that are lost
            again = np.ones_like(own)
        expectation = self._one_by_one(mixture, own | again, expectation.means)
        expectation = expectation.with_rows(others).given_by(mixture)
        return expectation, maximised(expectation, self.reg_covar, self.prior, self.held)

    def _standardised(self, mixture: Mixture) -> Array:
        """The means (k, d) in the units of Z."""
        return np.asarray((mixture.means - self._centre) / self._scale)

    # --- Always right: a sweep for each pattern

    def _one_by_one(self, mixture: Mixture, own: Flags, about: Array | None = None) -> Expectation:
        """own : as of `Sweep.own`, what is summed up about means, those of the mixture or `about` (k, d)."""
        about = mixture.means if about is None else about
        if not self._sweeps:
            self._sweeps = [
                Sweep(
                    *(self._X[rows][:, observed], self.family.summed, self.reg_covar),
                    weights_of(rows, self._weights),
                    units=Units(*(of[observed] for of in self._whole.units)),
                )
                for observed, rows in zip(self._observed, self._rows, strict=True)
            ]
        parts = zip(self._observed, self._sweeps, strict=True)
        return reduce(add, (_of_pattern(mixture, observed, sweep, own, about) for observed, sweep in parts))

    # --- Fast: natural parameters of many patterns at a time

    def _by_features(self, mixture: Mixture) -> Expectation:
        k, d = mixture.means.shape
        at_once = max(1, TOGETHER // (k * d * d))
        return reduce(add, (self._together(mixture, some) for some in batches(len(self._rows), at_once)))

    def _together(self, mixture: Mixture, some: slice) -> Expectation:
        """The expectation of some patterns, P of them; in the units of Z until the end."""
        family, (k, d) = self.family, mixture.means.shape
        seen = self._observed[some, np.newaxis].astype(np.float64)  # (P, 1, d)
        means = self._standardised(mixture)
        covariances = distinct(mixture) / self._scale / self._scale[:, np.newaxis]  # (q, d, d)
        peaks, whitener = _marginals(mixture.weights, covariances, seen)
        shifts = peaks.max(axis=1)
        coefficients = FULL.coefficients(
            (peaks - shifts[:, np.newaxis]).ravel(),
            _flat(means * seen),
            _flat(np.broadcast_to(whitener, (len(whitener), k, d, d))),
        ).reshape(*peaks.shape, -1)
        sums, log_sums, n = self._pass(some, coefficients)
        log_sums += n * (shifts - (seen[:, 0] * np.log(self._scale)).sum(axis=1))

        counts, (found, scatter) = sums[:, :, 0], FULL.moments(_flat(sums), None)
        offsets = (found.reshape(-1, k, d) - means) * seen
        scatter = scatter.reshape(-1, k, d, d)
        offsets, scatter = _lifted(counts, offsets, scatter, covariances, whitener, seen)
        total = np.maximum(counts.sum(axis=0), TINY)
        shift = np.einsum("pk,pkd->kd", counts, offsets) / total[:, np.newaxis]
        scatter += FULL.between(counts.ravel(), _flat(offsets - shift)).reshape(scatter.shape)
        matrices = FULL.per_sample(total, scatter.sum(axis=0))
        return Expectation(
            counts.sum(axis=0),
            self._centre + (means + shift) * self._scale,
            family.rescale(lifted_scatter(family, matrices, total), self._scale),
            float(log_sums.sum() / n.sum()),
            float(n.sum()),
            family,
        )

    def _pass(self, some: slice, coefficients: Array) -> tuple[Array, Array, Array]:
        """The sums of the features (P, k, p) and of the log densities (P,), and the numbers of rows (P,)."""
        sums, (P, _, _) = np.empty_like(coefficients), coefficients.shape
        log_sums, n = np.empty(P), np.empty(P)
        for i, rows in enumerate(self._rows[some]):
            counting = weights_of(rows, self._weights)
            n[i] = n_counted(len(rows), counting)
            weights = [weights_of(block, counting) for block in batches(len(rows), ROWS)]
            features = self._features(some.start + i)
            (sums[i],), (log_sums[i],) = natural_sums(features, weights, coefficients[i : i + 1])
        return sums, log_sums, n

    def _features(self, pattern: int) -> list[Array]:
        """The natural features of the rows of a pattern, in blocks; kept where memory allows."""
        if pattern in self._kept:
            return self._kept[pattern]
        rows, blocks, p = self._rows[pattern], [], FULL.n_features(self._Z.shape[1])
        for block in batches(len(rows), ROWS):
            Z = np.ascontiguousarray(self._Z[rows[block]].T)
            blocks.append(np.ones((p, Z.shape[1])))
            FULL.features(Z, None, blocks[-1])
        if len(self._Z) * p <= KEPT_NUMBERS:
            self._kept[pattern] = blocks
        return blocks


def _of_pattern(mixture: Mixture, observed: Flags, sweep: Sweep, own: Flags, about: Array) -> Expectation:
    """The expectation of the rows of one pattern, their missing values by what is observed."""
    some, family = mixture if observed.all() else marginal(mixture, observed), mixture.family
    now = sweep.standardised(some)
    near = replace(now, means=(about[:, observed] - sweep.centre) / sweep.scale)
    part = sweep.whitened(now, own, near) if own.any() else sweep.natural(now)
    part = replace(part, family=family)
    if some is mixture:
        return part
    counts = np.maximum(part.counts, TINY)
    slopes, within = given_observed(mixture, observed, some)
    means = filled_means(mixture, observed, part.means, slopes)
    seen = family.dense(family.per_sample(counts, part.scatter), len(slopes), part.means.shape[1])
    matrices = filled_covariances(observed, seen, slopes, within)
    scatter = lifted_scatter(family, matrices, of_distinct(family, counts))
    return Expectation(part.counts, means, scatter, part.log_likelihood, part.n_samples, family)


def _marginals(weights: Array, covariances: Array, seen: Array) -> tuple[Array, Array]:
    """The marginals of P patterns, seen (P, 1, d): log(weight x density) at their means, (P, k), and their
    whiteners, (P, q, d, d), which are 0 where a feature is missing.
    """
    # In what is factored, a missing feature has a unit variance of its own.
    both, alone = _outer(seen), np.eye(seen.shape[-1]) * (1 - seen)[..., np.newaxis]
    marginals = covariances * both + alone
    factor, whitener = FULL.roots(_flat(marginals))
    log_dets = FULL.log_det(factor, 0).reshape(marginals.shape[:2])
    peaks = log_weights(weights) - 0.5 * (log_dets + LOG_2PI * seen.sum(axis=2))
    return peaks, np.asarray(whitener.reshape(marginals.shape) * both)


def _lifted(
    counts: Array, offsets: Array, scatter: Array, covariances: Array, whitener: Array, seen: Array
) -> tuple[Array, Array]:
    """Offsets (P, k, d) from the means and scatters of what is seen -> of all features."""
    slopes = covariances @ (_transposed(whitener) @ whitener)
    lift = np.asarray(np.where(seen[..., np.newaxis], np.eye(seen.shape[-1]), slopes), dtype=np.float64)
    within = np.asarray(covariances - lift @ covariances) * _outer(1 - seen)
    lifted = lift @ scatter @ _transposed(lift) + counts[..., np.newaxis, np.newaxis] * within
    return (lift @ offsets[..., np.newaxis])[..., 0], lifted


def lifted_scatter(family: Family, matrices: Array, counts: Array) -> Array:
    """Covariances (q, d, d) of `counts` (q,) rows -> the scatter, in the family's shape."""
    covariances = family.summed.of_dense(matrices, counts)
    if family.shared:
        return covariances * counts.sum()
    return covariances * counts.reshape(-1, *[1] * (covariances.ndim - 1))


def _outer(flags: Array) -> Array:
    return np.asarray(flags[..., np.newaxis] * flags[..., np.newaxis, :])


def _transposed(matrices: Array) -> Array:
    return np.swapaxes(matrices, -1, -2)


def _flat(array: Array) -> Array:
    """(P, k, ...) -> (P k, ...)."""
    return array.reshape(-1, *array.shape[2:])

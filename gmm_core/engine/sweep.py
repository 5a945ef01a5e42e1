"""One pass over the rows: a mixture in, its sufficient statistics out. All the speed is here.

Letters: n samples, k components, d features, m samples in a block, p natural features.

The same pass is written in two ways, behind one door (`Sweep.__call__`), and tested against each other:

- **Natural parameters.** A Gaussian is an exponential family: with features t(z) = (1, z, z_i z_j) the
  log density is linear, so the E-step is one matrix product and the sums for the M-step another.
  Fastest, but it subtracts large numbers when a component is narrow and far from the centre of the
  data; the error is about machine epsilon x |z|^2 / variance, and a guard watches that.
- **Whitened residuals.** y = L^-1 (x - mu), distances are |y|^2, and sums are kept about the old
  mean in whitened space, so that nothing large is ever subtracted. Always right.

Both work on a standardised copy of the data, features first, (d, n): the logarithm of a sum then
runs over contiguous memory. Blocks of rows stay in cache; nothing of the size n x k is ever made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.utils import gen_batches

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import Family, NotPositiveDefiniteError
from gmm_core.engine.mixture import Mixture, log_peaks, to_log_joint

# The natural form may lose this many digits' worth of the exponent: eps * 2.5e5 = 5e-11.
NATURAL_LIMIT = 2.5e5
# Above this many natural features the whitened form is faster (measured: d of about 20).
NATURAL_MOST_FEATURES = 256
# Natural features are kept between passes while they are this many numbers at most (40 MB).
KEPT_NUMBERS = 5_000_000
BLOCK_BYTES = 1 << 20  # what a block and its features may take of the cache, for natural parameters
CHUNK_NUMBERS = 1 << 16  # and the responsibilities of several mixtures in a block, of a larger cache
WHITE_ROWS = 512  # rows in a block otherwise
# exp is 20 to 130 times slower where it underflows, so exponents stop here ...
LOWEST_EXPONENT = -600.0
# ... and a row whose largest is near that is done again with a maximum of its own.
LOWEST_TRUSTED_SUM = float(np.exp(-550.0))


@dataclass(frozen=True)
class Expectation:
    """What the E-step found in some rows: the sufficient statistics for the M-step, which add.

    counts : (k,), the responsibilities summed over the rows, N_k.
    means : (k, d), the rows averaged with these weights, in data units.
    scatter : in the family's shape, the weighted outer products about those means, summed.
    log_likelihood : mean per row under the mixture that gave the responsibilities.
    n_samples : how many rows.
    """

    counts: Array
    means: Array
    scatter: Array
    log_likelihood: float
    n_samples: int
    family: Family

    @classmethod
    def of(cls, X: Array, responsibilities: Array, family: Family) -> Expectation:
        """The statistics of rows X (m, d) whose responsibilities (m, k) are given."""
        counts = responsibilities.sum(axis=0)
        divisor = np.maximum(counts, np.finfo(np.float64).tiny)
        means = (responsibilities.T @ X) / divisor[:, np.newaxis]
        scatter = family.residual_scatter(responsibilities, X, means)
        return cls(counts, means, scatter, np.nan, len(X), family)

    def __add__(self, other: Expectation) -> Expectation:
        """The statistics of both blocks of rows together (Chan, Golub & LeVeque 1983)."""
        counts = self.counts + other.counts
        divisor = np.maximum(counts, np.finfo(np.float64).tiny)
        gap = other.means - self.means
        share = other.counts / divisor
        n = self.n_samples + other.n_samples
        log_likelihood = (self.n_samples * self.log_likelihood + other.n_samples * other.log_likelihood) / n
        return Expectation(
            counts,
            self.means + gap * share[:, np.newaxis],
            self.scatter + other.scatter + self.family.between(self.counts * share, gap),
            log_likelihood,
            n,
            self.family,
        )


class Sweep:
    """The E-step over all rows of `X` (n, d), prepared once and called with one mixture after another."""

    def __init__(self, X: Array, family: Family, reg_covar: float = 0.0) -> None:
        self.family, self.reg_covar = family, reg_covar
        self.n, self.d = X.shape
        self.p = family.n_features(self.d)
        rows = BLOCK_BYTES // (8 * (self.p + 8)) if self.p <= NATURAL_MOST_FEATURES else WHITE_ROWS
        size = int(2 ** np.clip(np.floor(np.log2(rows)), 8, 13))
        # Features first: a reduction over rows then runs over contiguous memory.
        self.blocks = [np.array(X[rows].T, order="C") for rows in gen_batches(self.n, size)]
        self.centre = np.sum([Z.sum(axis=1) for Z in self.blocks], axis=0) / self.n
        for Z in self.blocks:
            Z -= self.centre[:, np.newaxis]
        squares = [np.einsum("dm,dm->d", Z, Z) for Z in self.blocks]
        self.variances = np.sum(squares, axis=0) / self.n  # (d,), in squared data units
        self.scale = family.unit(np.sqrt(self.variances))
        self.log_scale = float(np.log(self.scale).sum())
        for Z in self.blocks:
            Z /= self.scale[:, np.newaxis]
        self.radius2 = np.max([np.einsum("dm,dm->m", Z, Z).max() for Z in self.blocks])
        self.extremes2 = np.max([np.abs(Z).max(axis=1) for Z in self.blocks], axis=0) ** 2
        self.total = None if family.fixed_features else np.sum([Z @ Z.T for Z in self.blocks], axis=0)
        self.kept: list[Array] | None = None

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`, by whichever form is right here and fast."""
        if self.p <= NATURAL_MOST_FEATURES:
            expectation = self.natural(mixture)
            if expectation is not None:
                return expectation
        return self.whitened(mixture)

    def natural(self, mixture: Mixture) -> Expectation | None:
        """By natural parameters; None where the guard says that too many digits would be lost."""
        family, (means, factor, peaks) = self.family, self._standardised(mixture)
        whitener = family.invert(factor)
        if not self._near(whitener):
            return None
        shift = float(peaks.max())
        coefficients = family.coefficients(peaks - shift, means, whitener)
        (sums,), (log_sum,) = self.natural_sums(coefficients[np.newaxis], whitener)
        counts = sums[:, 0]
        if counts.min() <= 0:
            return None
        means, scatter = family.moments(sums, self.total)
        expectation = self._expectation(counts, means, scatter, log_sum + self.n * shift)
        # What the components are about to become has been subtracted from the same large numbers.
        became = family.regularise(family.per_sample(counts, expectation.scatter), self.reg_covar)
        try:
            factor = family.rescale_factor(family.factor(became), self.scale)
        except NotPositiveDefiniteError:
            return None
        return expectation if self._near(family.invert(factor)) else None

    def natural_sums(self, coefficients: Array, whitener: Array | None = None) -> tuple[Array, Array]:
        """The pass itself, for R mixtures at once: natural parameters (R, k, p), each mixture's shifted such
        that no exponent is above 0 -> sums of the features (R, k, p), and of the log densities (R,).

        `whitener` is for a family whose features are not fixed.
        """
        n_mixtures, k, p = coefficients.shape
        sums, log_sums = np.zeros_like(coefficients), np.zeros(n_mixtures)
        for features in self._features(whitener):
            m = features.shape[1]
            at_once = max(1, CHUNK_NUMBERS // (k * m))
            for first in range(0, n_mixtures, at_once):
                some = slice(first, first + at_once)
                joint = (coefficients[some].reshape(-1, p) @ features).reshape(-1, k, m)
                np.maximum(joint, LOWEST_EXPONENT, out=joint)
                np.exp(joint, out=joint)
                totals = joint.sum(axis=1)
                least = totals.min()
                joint *= (1 / totals)[:, np.newaxis]
                log_totals = _log_of_product(totals, least)
                if least < LOWEST_TRUSTED_SUM:
                    for r in np.flatnonzero(totals.min(axis=1) < LOWEST_TRUSTED_SUM):
                        joint[r], safe = _softmax(coefficients[first + r] @ features)
                        log_totals[r] = safe.sum()
                log_sums[some] += log_totals
                sums[some] += (joint.reshape(-1, m) @ features.T).reshape(-1, k, p)
        return sums, log_sums

    def whitened(self, mixture: Mixture) -> Expectation:
        """By whitened residuals: slower, and right for any component."""
        family, (means, factor, peaks) = self.family, self._standardised(mixture)
        whitener = family.invert(factor)
        k, d = means.shape
        counts, first = np.zeros(k), np.zeros((k, d))
        second: Array | None = None
        log_sum = 0.0
        white = [np.empty(0)] * k
        for Z in self.blocks:
            joint = np.empty((k, Z.shape[1]))
            for j in range(k):
                white[j] = family.whiten(whitener, j, Z - means[j][:, np.newaxis])
                np.einsum("dm,dm->m", white[j], white[j], out=joint[j])
            responsibilities, log_totals = _softmax(to_log_joint(joint, peaks))
            log_sum += log_totals.sum()
            counts += responsibilities.sum(axis=1)
            first += np.stack([y @ r for y, r in zip(white, responsibilities, strict=True)])
            block = np.stack([family.scatter(r, y) for y, r in zip(white, responsibilities, strict=True)])
            second = block if second is None else second + block
        assert second is not None
        divisor = np.maximum(counts, np.finfo(np.float64).tiny)
        shifts, scatter = family.unwhiten(factor, divisor, first, second)
        return self._expectation(counts, means + shifts, scatter, log_sum)

    def _near(self, whitener: Array) -> bool:
        """Whether no row is so many standard deviations from the centre that digits would be lost."""
        return bool(self.family.reach(whitener, self.radius2, self.extremes2).max() < NATURAL_LIMIT)

    def _standardised(self, mixture: Mixture) -> tuple[Array, Array, Array]:
        """Means, factor and log peaks of the mixture in the units of `Z`."""
        means = (mixture.means - self.centre) / self.scale
        factor = self.family.rescale_factor(mixture.factor, self.scale)
        return means, factor, log_peaks(self.family, mixture.weights, factor, self.d)

    def _expectation(self, counts: Array, means: Array, scatter: Array, log_sum: float) -> Expectation:
        """Back from the units of `Z` to the data's own."""
        return Expectation(
            counts,
            self.centre + means * self.scale,
            self.family.rescale(scatter, self.scale),
            float(log_sum / self.n - self.log_scale),
            self.n,
            self.family,
        )

    def _features(self, whitener: Array | None) -> Iterator[Array]:
        """The natural features, a block (p, m) at a time; kept where memory allows."""
        if self.kept is not None:
            yield from self.kept
            return
        keep = self.family.fixed_features and self.n * self.p <= KEPT_NUMBERS
        kept: list[Array] = []
        buffer = np.ones((self.p, self.blocks[0].shape[1]))
        for Z in self.blocks:
            features = np.ones((self.p, Z.shape[1])) if keep else buffer[:, : Z.shape[1]]
            self.family.features(Z, whitener, features)
            if keep:
                kept.append(features)
            yield features
        if keep:
            self.kept = kept


def _softmax(joint: Array) -> tuple[Array, Array]:
    """Responsibilities (k, m) and log sums (m,), safe however small; changes `joint`."""
    peak = joint.max(axis=0)
    joint -= peak
    np.maximum(joint, LOWEST_EXPONENT, out=joint)
    np.exp(joint, out=joint)
    totals = joint.sum(axis=0)
    joint /= totals
    return joint, peak + np.log(totals)


def _log_of_product(totals: Array, least: float) -> Array:
    """The sum of the logarithms of (R, m), (R,); eight share one where their product is in range."""
    n_mixtures, m = totals.shape
    if least > 1e-35 and m % 8 == 0:
        totals = totals.reshape(n_mixtures, 8, -1).prod(axis=1)
    return np.log(totals).sum(axis=1)

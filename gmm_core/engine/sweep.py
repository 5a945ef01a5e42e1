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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

import numpy as np

from gmm_core.engine.arrays import TINY, Array, Flags, batches, n_counted, weights_of
from gmm_core.engine.covariance import NEGLIGIBLE, Family, Part
from gmm_core.engine.expectation import LOST, CollapseError, Expectation, maximised
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import LOWEST, Mixture, log_peaks
from gmm_core.engine.prior import Prior

# The natural form may lose this many digits' worth of the exponent: eps * 2.5e5 = 5e-11.
NATURAL_LIMIT = 2.5e5
# Above this many natural features the whitened form is faster (measured: d of about 20).
NATURAL_MOST_FEATURES = 256
# Natural features are kept between passes while they are this many numbers at most (40 MB).
KEPT_NUMBERS = 5_000_000
BLOCK_BYTES = 1 << 20  # what a block and its features may take of the cache, for natural parameters
CHUNK_NUMBERS = 1 << 16  # and the responsibilities of several mixtures in a block, of a larger cache
WHITE_ROWS = 512  # rows in a block otherwise
MIDDLE_ROWS = 1000  # about as many are enough to find the middle of the data
# exp is 20 to 130 times slower where it underflows, so exponents stop here ...
LOWEST_EXPONENT = -600.0
# ... and a row whose largest is near that is done again with a maximum of its own.
LOWEST_TRUSTED_SUM = float(np.exp(-550.0))
LEAST_SHARE = float(np.log(NEGLIGIBLE))  # below the exponent of another component, which then has the row


@dataclass(frozen=True)
class Standardised:
    """A mixture in the units of the blocks."""

    weights: Array  # (k,)
    means: Array  # (k, d)
    factor: Array
    whitener: Array

    def white(self, family: Family, Z: Array, part: Part, room: Array) -> Array:
        """The whitened residuals of a block (d, m) from a part of the mixture, written into `room`."""
        residuals = room[: part.n_features * Z.shape[1]].reshape(part.n_features, -1)
        np.subtract(Z[part.features], self.means[part.places][:, np.newaxis], out=residuals)
        return family.whiten_part(self.whitener, part, residuals)


class Units(NamedTuple):
    """The units of blocks: `scale`, about `centre`. variances : of all rows, in squared units; each (d,)."""

    centre: Array
    variances: Array
    scale: Array


class Sweep:
    """Both steps over all rows of `X` (n, d), prepared once and called with one mixture after another.

    sample_weight : (n,), all above 0: how often each row counts; None where each counts once. They enter
        where rows are summed, and nowhere else. `n` is their sum. prior, held : for the M-step.
    """

    def __init__(
        self,
        X: Array,
        family: Family,
        reg_covar: float = 0.0,
        sample_weight: Array | None = None,
        prior: Prior | None = None,
        held: HeldAt | None = None,
        units: Units | None = None,
    ) -> None:
        n_rows, d = X.shape
        self.n = n_counted(n_rows, sample_weight)
        size = self.block_rows(family, d)
        centre = middle(X) if units is None else units.centre
        # Features first: a reduction over rows then runs over contiguous memory.
        self.blocks: list[Array] = [
            np.subtract(X[rows].T, centre[:, np.newaxis], order="C") for rows in batches(n_rows, size)
        ]
        # (m,) of each block, or None
        self.weights = [weights_of(rows, sample_weight) for rows in batches(n_rows, size)]
        self.take(family, reg_covar, prior, held, d, units or self._units(family, centre))
        for Z in self.blocks:
            Z /= self.scale[:, np.newaxis]
        self.total: Array | None = None
        if not family.fixed_features:
            products = [W @ Z.T for W, Z in zip(self._weighted(), self.blocks, strict=True)]
            self.total = np.sum(products, axis=0)
        self._keeps = family.fixed_features and n_rows * self.p <= KEPT_NUMBERS and units is None
        self.kept: list[Array] | None = None

    @staticmethod
    def block_rows(family: Family, d: int) -> int:
        """How many rows of d features stay in cache."""
        p = family.n_features(d)
        rows = BLOCK_BYTES // (8 * (p + 8)) if by_features(p, d) else WHITE_ROWS
        return int(2 ** np.clip(np.floor(np.log2(rows)), 8, 13))

    def take(
        self,
        family: Family,
        reg_covar: float,
        prior: Prior | None,
        held: HeldAt | None,
        d: int,
        units: Units,
    ) -> None:
        """What a pass knows besides its rows."""
        self.family, self.reg_covar, self.prior, self.held, self.d = family, reg_covar, prior, held, d
        self.p = family.n_features(d)
        self.by_features = by_features(self.p, d)
        self.units = units
        self.centre, self.variances, self.scale = units
        self.log_scale = float(np.log(self.scale).sum())
        self._last: tuple[Mixture, Standardised, Flags, bool] | None = None

    def _units(self, family: Family, centre: Array) -> Units:
        """The units of blocks from which the centre is taken off already."""
        mean = np.sum([Z.sum(axis=1) for Z in self._weighted()], axis=0) / self.n
        squares = [np.einsum("dm,dm->d", W, Z) for W, Z in zip(self._weighted(), self.blocks, strict=True)]
        variances = np.maximum(np.sum(squares, axis=0) / self.n - mean**2, 0.0)
        return Units(centre, variances, family.unit(np.sqrt(variances)))

    def _weighted(self) -> Iterator[Array]:
        """The blocks (d, m), each row as often as it counts."""
        return (Z if w is None else Z * w for Z, w in zip(self.blocks, self.weights, strict=True))

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`, by whichever form is right here and fast."""
        return self.step(mixture)[0]

    def step(
        self, mixture: Mixture, others: Expectation | None = None
    ) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none: digits can be lost in either.

        others : the sums of further rows under the same mixture, which join those of these.

        What the components become shows whether their sums were kept about points near enough. If not, they
        are summed up once more about the new means.
        """
        now, own, some = self._known(mixture)
        expectation = self.whitened(now, own, now) if some else self.natural(now)
        expectation = expectation.with_rows(others).given_by(mixture)
        found = maximised(expectation, self.reg_covar, self.prior, self.held)
        if isinstance(found, Mixture):
            new = self.standardised(found)
            own_next = self.own(new)
            again = self.lost(new, own_next, now, own) if some else own_next
            if not again.any():
                self._last = found, new, own_next, some and bool(own_next.any())
                return expectation, found
        elif found.what == LOST:
            return expectation, found
        else:  # it may have had an extent, in digits that are lost
            again = np.ones_like(own)
            new = replace(now, means=(expectation.means - self.centre) / self.scale)
        expectation = self.whitened(now, own | again, new).with_rows(others).given_by(mixture)
        return expectation, maximised(expectation, self.reg_covar, self.prior, self.held)

    def _known(self, mixture: Mixture) -> tuple[Standardised, Flags, bool]:
        """The mixture standardised, what is `own`, and whether anything is: known of the one made last."""
        if self._last is not None and self._last[0] is mixture:
            return self._last[1:]
        now = self.standardised(mixture)
        own = self.own(now)
        return now, own, bool(own.any())

    def standardised(self, mixture: Mixture) -> Standardised:
        """The mixture in the units of the blocks."""
        factor, whitener = self.family.rescale_roots(mixture.factor, mixture.whitener, self.scale)
        means = (mixture.means - self.centre) / self.scale
        return Standardised(mixture.weights, means, factor, whitener)

    def own(self, now: Standardised) -> Flags:
        """Which components, or features of them, lie so many deviations from the centre of the data that the
        natural form would lose digits that matter: (k,), or (k, d) where features part.
        """
        own = self.family.loss(now.factor, now.whitener, now.means) >= NATURAL_LIMIT
        if not self.by_features or (self.family.shared and own.any()):
            own[:] = True
        return own

    def lost(self, new: Standardised, own_next: Flags, now: Standardised, own: Flags) -> Flags:
        """Which components, or features, have sums about a point too many of their new deviations away."""
        offsets = new.means - now.means
        loss = self.family.loss_by_moving(now.factor, now.whitener, offsets, new.whitener)
        moved = loss >= NATURAL_LIMIT
        if self.family.shared:
            moved[:] = moved.any()
        return np.where(own, moved, own_next)

    def natural(self, now: Standardised) -> Expectation:
        """By features alone."""
        family, peaks = self.family, self._peaks(now)
        shift = float(peaks.max())
        coefficients = family.coefficients(peaks - shift, now.means, now.whitener)
        (sums,), (log_sum,) = self.natural_sums(coefficients[np.newaxis], now.whitener)
        means, scatter = family.moments(sums, self.total)
        return self._expectation(sums[:, 0], means, scatter, log_sum + self.n * shift)

    def natural_sums(self, coefficients: Array, whitener: Array | None = None) -> tuple[Array, Array]:
        """The pass itself, for R mixtures at once: natural parameters (R, k, p), each mixture's shifted such
        that no exponent is above 0 -> sums of the features (R, k, p), and of the log densities (R,).

        `whitener` is for a family whose features are not fixed.
        """
        return natural_sums(self._features(whitener), self.weights, coefficients)

    def whitened(self, now: Standardised, own: Flags, about: Standardised) -> Expectation:
        """What is `own` by whitened residuals, with sums about the means of `about`; the rest by features.

        Slower, and right for any component.
        """
        family, peaks = self.family, self._peaks(now)
        shift = float(peaks.max())
        peaks = peaks - shift
        k, d = now.means.shape
        parts = family.parts(own, d)
        others_too = not own.all()
        features: Iterable[Array | None] = repeat(None)
        if others_too:
            wide = now.whitener.copy()
            wide[own] = 0.0  # so that no feature says anything of what is own
            coefficients = family.coefficients(peaks, now.means, wide)
            features = self._features(now.whitener)
        sums, log_sum = np.zeros((k, self.p)), 0.0
        first, second = [np.zeros(())] * len(parts), [np.zeros(())] * len(parts)
        room = [np.empty(part.n_features * self.blocks[0].shape[1]) for part in parts]
        near = ~own.reshape(k, -1).any(axis=1)
        most = self._most(now, peaks) if near.any() else repeat(peaks)
        # Features come first: so they are asked for an end, and keep what they made.
        for block, Z, weights, at_most in zip(features, self.blocks, self.weights, most, strict=False):
            joint = np.repeat(peaks[:, np.newaxis], Z.shape[1], 1) if block is None else coefficients @ block
            # What is surely elsewhere than the rows of this block is left out.
            least = joint.min(axis=1)[near].max(initial=-np.inf) + LEAST_SHARE
            met = [i for i, part in enumerate(parts) if at_most[part.components].max() >= least]
            white = [now.white(family, Z, parts[i], room[i]) for i in met]
            for i, y in zip(met, white, strict=True):
                joint[parts[i].components] -= 0.5 * parts[i].squares(y)
            for i in set(range(len(parts))).difference(met):
                joint[parts[i].components] = LOWEST
            responsibilities, log_totals = shares_of(joint, weights)
            log_sum += log_totals
            if block is None:
                sums[:, 0] += responsibilities.sum(axis=1)
            else:
                sums += responsibilities @ block.T
            if about is not now:
                white = [about.white(family, Z, parts[i], room[i]) for i in met]
            for i, y in zip(met, white, strict=True):
                one, other = family.own_sums(parts[i], responsibilities, y)
                first[i], second[i] = first[i] + one, second[i] + other
        about_own = placed(own, first, (k, d)), placed(own, second, family.each.shape(k, d))
        others = family.moments(sums, self.total) if others_too else None
        means, scatter = self._moments(own, about, sums[:, 0], *about_own, others)
        return self._expectation(sums[:, 0], means, scatter, log_sum + self.n * shift)

    def _moments(
        self,
        own: Flags,
        about: Standardised,
        counts: Array,
        first: Array,
        second: Array,
        others: tuple[Array, Array] | None,
    ) -> tuple[Array, Array]:
        """Means and scatters in the units of the blocks: of what is own, from sums of white residuals
        (k, d) and of their squares, in the family's shape; of the rest those of `others`, if there are any.
        """
        shifts, scatter = self.family.unwhiten(about.factor, np.maximum(counts, TINY), first, second)
        means = about.means + shifts
        if others is None:
            return means, scatter
        others[0][own], others[1][own] = means[own], scatter[own]
        return others

    @cached_property
    def _boxes(self) -> tuple[Array, Array]:
        """The least and the largest values of the features in each of b blocks, (b, 1, d) both."""
        low, high = ([of(Z, axis=1) for Z in self.blocks] for of in (np.min, np.max))
        return np.array(low)[:, np.newaxis], np.array(high)[:, np.newaxis]

    def _most(self, now: Standardised, peaks: Array) -> Array:
        """The most that log(weight x density) can be in each block, (b, k), by how far the block is from the
        mean; infinite in the block where it is most, so that each component is met in one.
        """
        low, high = self._boxes
        gaps = np.maximum(np.maximum(low - now.means, now.means - high), 0.0)
        widest = np.maximum(np.linalg.norm(now.factor.reshape(len(now.factor), -1), axis=1), TINY)
        with np.errstate(over="ignore"):
            most = peaks - 0.5 * (np.linalg.norm(gaps, axis=2) / widest) ** 2
        most[most.argmax(axis=0), np.arange(len(peaks))] = np.inf
        return most

    def _peaks(self, now: Standardised) -> Array:
        return log_peaks(self.family, now.weights, now.factor, self.d)

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
        kept: list[Array] = []
        buffer = np.ones((self.p, self.blocks[0].shape[1]))
        for Z in self.blocks:
            features = np.ones((self.p, Z.shape[1])) if self._keeps else buffer[:, : Z.shape[1]]
            self.family.features(Z, whitener, features)
            if self._keeps:
                kept.append(features)
            yield features
        if self._keeps:
            self.kept = kept


def by_features(p: int, d: int) -> bool:
    """Whether p natural features of d features are few enough for the natural form to be fast. Products of
    features are too many from some d on; features that grow like d itself never are.
    """
    return p <= max(NATURAL_MOST_FEATURES, 2 * d + 2)


def natural_sums(
    blocks: Iterable[Array], weights: Iterable[Array | None], coefficients: Array
) -> tuple[Array, Array]:
    """`Sweep.natural_sums` over blocks of natural features (p, m), whose rows count `weights` (m,) times."""
    n_mixtures, k, p = coefficients.shape
    sums, log_sums = np.zeros_like(coefficients), np.zeros(n_mixtures)
    for features, counting in zip(blocks, weights, strict=True):
        m = features.shape[1]
        at_once = max(1, CHUNK_NUMBERS // (k * m))
        for first in range(0, n_mixtures, at_once):
            some = slice(first, first + at_once)
            joint = (coefficients[some].reshape(-1, p) @ features).reshape(-1, k, m)
            np.maximum(joint, LOWEST_EXPONENT, out=joint)
            np.exp(joint, out=joint)
            totals = joint.sum(axis=1)
            least = totals.min()
            joint *= ((1 if counting is None else counting) / totals)[:, np.newaxis]
            log_totals = _sum_of_logs(totals, least, counting)
            if least < LOWEST_TRUSTED_SUM:
                for r in np.flatnonzero(totals.min(axis=1) < LOWEST_TRUSTED_SUM):
                    joint[r], log_totals[r] = _softmax(coefficients[first + r] @ features, counting)
            log_sums[some] += log_totals
            sums[some] += (joint.reshape(-1, m) @ features.T).reshape(-1, k, p)
    return sums, log_sums


def middle(X: Array) -> Array:
    """The medians (d,) of some rows: no outlier draws them, and a component on one value often sits there.

    Of values that are known; NaN where these rows have none.
    """
    some = X[:: max(1, len(X) // MIDDLE_ROWS)]
    missing = np.isnan(some).sum(axis=0)
    if not missing.any():
        return np.partition(some, len(some) // 2, axis=0)[len(some) // 2]
    return np.sort(some, axis=0)[(len(some) - missing) // 2, np.arange(some.shape[1])]  # NaN comes last


def placed(own: Flags, found: list[Array], shape: tuple[int, ...]) -> Array:
    """What was found of the parts of what is own, each where it stands in an array, with zeros elsewhere."""
    whole = np.zeros(shape)
    whole[own] = np.concatenate([part.ravel() for part in found]).reshape(whole[own].shape)
    return whole


def shares_of(joint: Array, weights: Array | None) -> tuple[Array, float]:
    """Responsibilities (k, m), times the weights of the rows, and the weighted sum of the log sums, of
    exponents of which none is far above 0.
    """
    shares = np.maximum(joint, LOWEST_EXPONENT)
    np.exp(shares, out=shares)
    totals = shares.sum(axis=0)
    least = totals.min()
    if least < LOWEST_TRUSTED_SUM:
        return _softmax(np.maximum(joint, LOWEST), weights)
    shares *= (1 if weights is None else weights) / totals
    return shares, float(_sum_of_logs(totals[np.newaxis], least, weights)[0])


def _softmax(joint: Array, weights: Array | None) -> tuple[Array, float]:
    """The same, safe however small; changes `joint`."""
    peak = joint.max(axis=0)
    joint -= peak
    np.maximum(joint, LOWEST_EXPONENT, out=joint)
    np.exp(joint, out=joint)
    totals = joint.sum(axis=0)
    joint /= totals
    log_totals = peak + np.log(totals)
    if weights is None:
        return joint, float(log_totals.sum())
    joint *= weights
    return joint, float(log_totals @ weights)


def _sum_of_logs(totals: Array, least: float, weights: Array | None) -> Array:
    """The weighted sums of the logarithms of (R, m), (R,)."""
    if weights is not None:
        return np.asarray(np.log(totals) @ weights)
    n_mixtures, m = totals.shape
    if least > 1e-35 and m % 8 == 0:  # eight share a logarithm where their product is in range
        totals = totals.reshape(n_mixtures, 8, -1).prod(axis=1)
    return np.log(totals).sum(axis=1)

"""One pass over rows with missing values where a component's features are independent.

Letters: n samples, k components, d features; m samples in a block; P patterns of missing values, each a set
of features that are observed together.

There a missing value has no part in a density, and what is expected of it is the component's mean and
variance, whatever else is known of the row. So rows of all patterns go through the products of `sweep.py`
together, with 0 for what is missing: the pattern alone decides what is added to the exponents before, and
to the sums afterwards. Ghahramani & Jordan 1994.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat

import numpy as np

from gmm_core.engine.arrays import TINY, Array, Flags, batches, weights_of
from gmm_core.engine.covariance import Family, Part
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import LOG_2PI, log_weights
from gmm_core.engine.observed import known_units, patterns
from gmm_core.engine.prior import Prior
from gmm_core.engine.sweep import KEPT_NUMBERS, Standardised, Sweep, placed, shares_of


class MaskedSweep(Sweep):
    """`Sweep` over rows of X (n, d) with missing values, NaN, in a family without matrices."""

    def __init__(
        self,
        X: Array,
        family: Family,
        reg_covar: float = 0.0,
        sample_weight: Array | None = None,
        prior: Prior | None = None,
        held: HeldAt | None = None,
    ) -> None:
        found, (n, d) = list(patterns(X)), X.shape
        self._seen = np.array([observed for observed, _ in found], dtype=np.float64)  # (P, d)
        order = np.concatenate([rows for _, rows in found])  # so that a pattern is a run of rows
        pattern = np.repeat(np.arange(len(found)), [len(rows) for _, rows in found])
        weights, units = weights_of(order, sample_weight), known_units(X, family, sample_weight)
        filled = np.where(np.isnan(X), units.centre, X)[order]
        super().__init__(filled, family, reg_covar, weights, prior, held, units)
        self._keeps = n * self.p <= KEPT_NUMBERS
        self.log_scale = 0.0  # which features have one, the pattern decides
        self._n_rows = np.bincount(pattern, weights)  # (P,)
        # For each block the pattern of each row, (m,); and which there are, and where the run of each begins.
        self._patterns = [pattern[rows] for rows in batches(n, self.block_rows(family, d))]
        self._runs = [np.unique(block, return_index=True) for block in self._patterns]

    def natural(self, now: Standardised) -> Expectation:
        """By features alone."""
        return self._pass(now, None, now)

    def whitened(self, now: Standardised, own: Flags, about: Standardised) -> Expectation:
        """What is `own` by whitened residuals, as of `Sweep`."""
        return self._pass(now, own, about)

    def _pass(self, now: Standardised, own: Flags | None, about: Standardised) -> Expectation:
        family, seen, (k, d) = self.family, self._seen, now.means.shape
        parts = [] if own is None else family.parts(own, d)
        others_too = own is None or not own.all()
        wide = now.whitener.copy()
        if own is not None:
            wide[own] = 0.0  # so that no feature says anything of what is own
        # What is observed decides alone: log(weight x density) at the means, (P, k), a shift, and the rest.
        peaks = log_weights(now.weights) - seen @ (0.5 * LOG_2PI + np.log(now.factor * self.scale)).T
        shifts = peaks.max(axis=1)
        constants = (peaks - shifts[:, np.newaxis] - seen @ (0.5 * (wide * now.means) ** 2).T).T
        coefficients = family.coefficients(np.zeros(k), now.means, wide)
        coefficients[:, 0] = 0.0  # it is in the constants

        features: Iterable[Array | None] = self._features(None) if others_too else repeat(None)
        sums, of_patterns, log_sum = np.zeros((k, self.p)), np.zeros((k, len(seen))), 0.0
        first, second = [np.zeros(())] * len(parts), [np.zeros(())] * len(parts)
        room = [np.empty(part.n_features * self.blocks[0].shape[1]) for part in parts]
        # Features come first: so they are asked for an end, and keep what they made.
        rows = zip(features, self.blocks, self.weights, self._patterns, self._runs, strict=False)
        for block, Z, weights, pattern, (which, begins) in rows:
            joint = np.take(constants, pattern, axis=1)
            if block is not None:
                joint += coefficients @ block
            known = np.take(seen.T, pattern, axis=1) if parts else Z  # (d, m), 0 where a value is missing
            white = self._white(now, Z, known, parts, room)
            for part, y in zip(parts, white, strict=True):
                joint[part.components] -= 0.5 * part.squares(y)
            responsibilities, log_totals = shares_of(joint, weights)
            log_sum += log_totals
            of_patterns[:, which] += np.add.reduceat(responsibilities, begins, axis=1)
            if block is not None:
                sums += responsibilities @ block.T
            if about is not now:
                white = self._white(about, Z, known, parts, room)
            for i, (part, y) in enumerate(zip(parts, white, strict=True)):
                one, other = family.own_sums(part, responsibilities, y)
                first[i], second[i] = first[i] + one, second[i] + other
        counts, missing = of_patterns.sum(axis=1), of_patterns @ (1 - seen)  # (k,), and of each value (k, d)
        if own is None:
            means, scatter = self._completed(now, counts, missing, sums)
        else:
            offsets = (now.means - about.means) * about.whitener
            squares = missing * (offsets**2 + (now.factor * about.whitener) ** 2)
            means, scatter = self._moments(
                *(own, about, counts),
                placed(own, first, (k, d)) + missing * offsets,
                placed(own, second, family.shape(k, d)) + family.between(np.ones(k), np.sqrt(squares)),
                self._completed(now, counts, missing, sums) if others_too else None,
            )
        return self._expectation(counts, means, scatter, log_sum + float(self._n_rows @ shifts))

    def _completed(
        self, now: Standardised, counts: Array, missing: Array, sums: Array
    ) -> tuple[Array, Array]:
        """Means and scatters from sums of features (k, p), in which each of the `missing` (k, d) is 0."""
        family, divisor = self.family, np.maximum(counts, TINY)
        means, scatter = family.moments(sums, None)
        expected = np.sqrt(missing * (now.means**2 + now.factor**2))
        squares = scatter + family.between(counts, means) + family.between(np.ones(len(counts)), expected)
        means = means + missing * now.means / divisor[:, np.newaxis]
        return means, np.maximum(squares - family.between(counts, means), 0.0)

    def _white(
        self, mixture: Standardised, Z: Array, known: Array, parts: list[Part], room: list[Array]
    ) -> list[Array]:
        """The white residuals of a block, of each part; 0 where a value is not `known` (d, m)."""
        white = [mixture.white(self.family, Z, part, own) for part, own in zip(parts, room, strict=True)]
        for part, y in zip(parts, white, strict=True):
            y *= known[part.features]
        return white

"""Mixtures of one feature as numbers: shares below a value, quantiles, who rules where, and the densest part.

Letters: n places or rows, k components, m bumps.

With one feature, all of this is exact: sums of distribution functions, roots of quadratics, and roots that
are bracketed. `highest_density` also takes more features, by a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.optimize.elementwise import find_root
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from gmm_core.engine.arrays import Array, Flags, Indices
from gmm_core.engine.checks import as_count, as_floats
from gmm_core.engine.mixture import NOISE, Mixture, log_peaks

WIDER = 1e-6  # of a deviation: by so much a bracket is made wider, which rounding might close
# How far from a mean turns of the density are looked for, in deviations, and how finely.
REACH, STEPS = 10.0, 200
THINNEST = 1e-11  # of its mean: with a smaller deviation, a component has too few numbers within it
TOO_THIN = "a component is so thin that hardly a number lies within it"
FARTHEST_TAIL = 1e9  # in widths of a mixture: beyond it nobody asks who rules
DEEPEST = 1e6  # of a level below the top, in nats
SAMPLE = 100_000  # rows drawn where there is more than one feature


@dataclass(frozen=True, eq=False)
class Line:
    """n mixtures of one feature, or one for n places: weights, means, deviations (n or 1, k); dof (k,) of t
    distributions. box : (2,), of noise with the weights that the components lack.
    """

    weights: Array
    means: Array
    deviations: Array
    dof: Array | None = None
    box: Array | None = None

    @classmethod
    def of(cls, mixture: Mixture, what: str) -> Line:
        """A mixture of one feature; a `ValueError` for more, in which `what` has no meaning."""
        if mixture.n_features != 1:
            raise ValueError(
                f"{what} of mixtures with one feature; this one has {mixture.n_features}. "
                "Take the marginal of one."
            )
        box = None if mixture.noise_box is None else mixture.noise_box[:, 0]
        weights = mixture.weights / (mixture.weights.sum() + mixture.noise_weight)
        return cls(weights[np.newaxis], mixture.means.T, mixture.deviations.T, mixture.dof, box)

    def below(self, x: Array) -> Array:
        """The share of each mixture below its place of x (n,)."""
        white = (x[:, np.newaxis] - self.means) / self.deviations
        shares = (self.weights * (ndtr(white) if self.dof is None else stdtr(self.dof, white))).sum(axis=1)
        if self.box is not None:
            low, high = self.box
            shares = shares + self._noise * np.clip((x - low) / (high - low), 0, 1)
        return np.asarray(shares)

    @property
    def _noise(self) -> Array:
        return np.maximum(1 - self.weights.sum(axis=1), 0)

    def quantile(self, q: ArrayLike) -> Array:
        """The places below which each mixture has the share q, a number or (n,), from 0 to 1."""
        q = np.broadcast_to(q, np.broadcast_shapes(np.shape(q), self.weights.shape[:1])).astype(np.float64)
        out = np.where(q == 0, -np.inf, np.inf)
        for upper in (False, True):  # from above where that is nearer: there shares keep their digits
            rows = (q > 0) & (q < 1) & ((q > 0.5) == upper)
            line = self._rows(rows)
            out[rows] = -line._mirrored._lower(1 - q[rows]) if upper else line._lower(q[rows])
        return out

    def _rows(self, rows: Flags | Indices) -> Line:
        """Those mixtures; the one for all places, where there is one."""
        if len(self.weights) == 1:
            return self
        return Line(self.weights[rows], self.means[rows], self.deviations[rows], self.dof, self.box)

    @cached_property
    def _mirrored(self) -> Line:
        return replace(self, means=-self.means, box=None if self.box is None else -self.box[::-1])

    def _lower(self, q: Array) -> Array:
        """The quantiles q (n,), above 0 and at most 1/2. Each lies between those of the components."""
        if not len(q):
            return np.empty(0)
        column = q[:, np.newaxis]
        white = ndtri(column) if self.dof is None else stdtrit(self.dof, column)
        counts = np.broadcast_to(self.weights > 0, np.broadcast_shapes(white.shape, self.means.shape))
        own = self.means + self.deviations * white
        low = np.where(counts, own - WIDER * self.deviations, np.inf).min(axis=1)
        high = np.where(counts, own + WIDER * self.deviations, -np.inf).max(axis=1)
        if self.box is not None and self._noise.max() > 0:
            start, width = self.box[0], np.ptp(self.box)
            low = np.minimum(low, start + (q - WIDER) * width)
            high = np.maximum(high, start + (q + WIDER) * width)

        def above(x: Array, row: Indices) -> Array:
            return self._rows(row).below(x) - q[row]

        return _root(above, low, high, np.arange(len(q)))


def _root(function: Callable[..., Array], low: Array, high: Array, *args: Any) -> Array:
    """Where functions cross 0 between `low` and `high` (n,), at which their signs differ."""
    found = find_root(function, (low, high), args=args)
    return np.asarray(found.x)


def cdf(mixture: Mixture, x: ArrayLike) -> Array:
    """The share of a mixture of one feature that lies below x, which may have any shape and be infinite.

    Noise is uniform within its box. Raises `ValueError` for more features, and for NaN.
    """
    line = Line.of(mixture, "A share below a value is")
    places = np.asarray(x, dtype=np.float64)
    if np.isnan(places).any():
        raise ValueError("x must hold numbers; found nan.")
    return line.below(places.ravel()).reshape(places.shape)


def quantile(mixture: Mixture, q: ArrayLike) -> Array:
    """The values below which a mixture of one feature has the shares q, which may have any shape.

    -inf for 0, inf for 1. Where nothing lies between two groups, any value there is such a quantile, and one
    of them is given. Raises `ValueError` for more features, and for shares that are not from 0 to 1.
    """
    line = Line.of(mixture, "Quantiles are")
    shares = as_floats(q, "q")
    if not ((shares >= 0) & (shares <= 1)).all():
        wrong = shares[(shares < 0) | (shares > 1)].flat[0]
        raise ValueError(f"q must be shares from 0 to 1; got {wrong:g}.")
    return line.quantile(shares.ravel()).reshape(shares.shape)


# --- Who rules where


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Where along its one feature the most responsible component of a mixture changes.

    places : (m,), sorted, in data units. rulers : (m + 1,), which component it is below the first place,
    between the first and the second, ... and above the last; from 0, or `NOISE`, -1. n_components : k.
    """

    places: Array
    rulers: tuple[int, ...]
    n_components: int

    @property
    def never(self) -> tuple[int, ...]:
        """The components that are nowhere the most responsible one, from 0."""
        return tuple(j for j in range(self.n_components) if j not in self.rulers)


def boundaries(mixture: Mixture) -> Boundaries:
    """Where the most responsible component changes in a mixture of one feature, which may have noise.

    log(weight x density) is a parabola, of noise a level line: from left to right, the highest of them is
    followed to where the first other one crosses it from below. t distributions are followed from one place
    where any two cross to the next. Of components that are equal, the first counts. Raises `ValueError` for
    more features.
    """
    box = Line.of(mixture, "Boundaries are").box
    if mixture.dof is not None:
        return _between_tails(mixture)
    used = np.flatnonzero(mixture.weights > 0)
    peaks = log_peaks(mixture.family, mixture.weights, mixture.factor, 1)[used]
    means, precisions = mixture.means[used, 0], mixture.deviations[used, 0] ** -2.0
    if box is not None and mixture.noise_weight:
        used, means, precisions = (
            np.append(used, NOISE),
            np.append(means, means[0]),
            np.append(precisions, 0.0),
        )
        peaks = np.append(peaks, np.log(mixture.noise_weight) - np.log(np.ptp(box)))
    overtakes = _overtakes(peaks, means, precisions)
    # The widest is highest far to the left; of equally wide ones that with the lowest mean.
    now = int(np.lexsort((-peaks, means, precisions))[0])
    places, rulers, x = [], [now], -np.inf
    while True:
        ahead = np.where(overtakes[now] > x, overtakes[now], np.inf)
        x = ahead.min()
        if x == np.inf:
            break
        # Where several cross in one place, that which rises fastest is above from there on.
        together = np.flatnonzero(ahead <= x + 1e-12 * (abs(x) + precisions.max() ** -0.5))
        now = int(together[np.argmax(-precisions[together] * (x - means[together]))])
        places.append(float(x))
        rulers.append(now)
    return Boundaries(np.array(places), tuple(int(used[j]) for j in rulers), mixture.n_components)


def _overtakes(peaks: Array, means: Array, precisions: Array) -> Array:
    """Where parabola j crosses parabola i from below, going to the right, (k, k) at [i, j]; inf if nowhere.

    Each is peak - precision (x - mean)^2 / 2; their difference, a u^2 + b u + c with u = x - mean_i, does
    that once at most. Its roots are found without cancellation, also where a is nearly or exactly 0.
    """
    gap, higher = means - means[:, np.newaxis], peaks - peaks[:, np.newaxis]
    wider = precisions[:, np.newaxis] - precisions
    with np.errstate(all="ignore"):
        a, b, c = wider / 2, precisions * gap, higher - precisions * gap**2 / 2
        root = np.sqrt(precisions * precisions[:, np.newaxis] * gap**2 - 2 * wider * higher)
        q = -(b + np.where(b < 0, -root, root)) / 2
        first, second = q / a, c / q
        place = np.where(a > 0, np.fmax(first, second), np.where(a < 0, np.fmin(first, second), second))
    crosses = (root > 0) & ((a != 0) | (b > 0)) & np.isfinite(place)
    return np.where(crosses, means[:, np.newaxis] + np.where(crosses, place, 0.0), np.inf)


def _between_tails(mixture: Mixture) -> Boundaries:
    """`boundaries` of t distributions, with noise or without: as far out as `FARTHEST_TAIL`.

    The difference of two log densities turns where two quotients of x are equal, at the roots of a cubic;
    between two turns it crosses 0 once at most.
    """
    assert mixture.dof is not None
    m, s2, dof = mixture.means[:, 0], mixture.deviations[:, 0] ** 2, mixture.dof
    used = [*np.flatnonzero(mixture.weights > 0), *([mixture.n_components] if mixture.noise_weight else [])]
    middle, scale = float(np.median(m)), float(mixture.deviations.max() + np.ptp(m))
    far = FARTHEST_TAIL * scale
    # (dof + 1) (x - m) / (dof s2 + (x - m)^2), in units in which the cubic has digits to spare
    over = [Polynomial([(middle - m[j]) / scale, 1]) * (dof[j] + 1) for j in range(len(m))]
    under = [Polynomial([(middle - m[j]) / scale, 1]) ** 2 + dof[j] * s2[j] / scale**2 for j in range(len(m))]

    def heights(x: Array) -> Array:
        return mixture.with_noise(mixture.log_joint(x).T)

    crossings = []
    for i, j in combinations(used, 2):
        if j == mixture.n_components:  # noise is level, and a density turns at its mean
            turns = m[i : i + 1]
        else:
            turns = middle + scale * np.real((over[i] * under[j] - over[j] * under[i]).roots())
        nodes = np.unique(np.clip([-far, *turns, far], -far, far))
        at = np.flatnonzero(np.diff(np.sign(np.subtract(*heights(nodes)[[i, j]]))))
        gap = partial(_gap, heights, i, j)
        crossings.append(_root(gap, nodes[at], nodes[at + 1]))
    places = np.unique(np.concatenate([np.empty(0), *crossings]))
    ends = np.concatenate([[-far], places, [far]])
    found = heights((ends[1:] + ends[:-1]) / 2)[used].argmax(axis=0)
    new = np.flatnonzero(np.diff(found, prepend=-1))
    rulers = (NOISE if used[j] == mixture.n_components else int(used[j]) for j in found[new])
    return Boundaries(places[new[1:] - 1], tuple(rulers), mixture.n_components)


def _gap(heights: Callable[[Array], Array], i: int, j: int, x: Array) -> Array:
    """How far i is above j at the places x (n,)."""
    return np.subtract(*heights(x)[[i, j]])


# --- The densest part


@dataclass(frozen=True, eq=False)
class Region:
    """The smallest region that holds a share of a mixture: where its density is above a level.

    mass : the share. log_density : of the level. intervals : (m, 2), of which the region is made, with one
    feature; else None. error : the standard error of the mass that is above the level; 0 where it is exact.
    """

    mass: float
    log_density: float
    intervals: Array | None
    error: float


def bumps(mixture: Mixture) -> Array:
    """Where the density of a mixture of one feature is higher than on either side, (m,), sorted.

    Its slope changes its sign there; that is looked for at steps of a tenth of each component's deviation,
    and found exactly. Raises `ValueError` for more features, and with noise, whose density has steps.
    """
    _check_smooth(mixture, "Bumps are")
    return _turns(mixture)[::2]


def highest_density(
    mixture: Mixture, mass: float = 0.95, *, n: int = SAMPLE, random_state: int = 0
) -> Region:
    """The smallest region that holds the share `mass` of a mixture (Hyndman 1996).

    With one feature it is exact, a union of intervals; then noise is a `ValueError`, as its density has
    steps. With more, n rows are drawn, and the level is a quantile of their densities. Raises `ValueError`
    for a mass that is not between 0 and 1.
    """
    if not 0 < mass < 1:
        raise ValueError(f"mass must be between 0 and 1; got {mass!r}.")
    if mixture.n_features > 1:
        densities = mixture.log_density(mixture.sample(as_count(n, "n", 1), random_state)[0])
        error = float(np.sqrt(mass * (1 - mass) / n))
        return Region(mass, float(np.quantile(densities, 1 - mass)), None, error)
    line = _check_smooth(mixture, "Intervals of the highest density are")
    turns = _turns(mixture)
    top = float(mixture.log_density(turns).max())

    def missing(level: float) -> float:
        low, high = _above(mixture, turns, level)
        return float((line.below(high) - line.below(low)).sum()) - mass

    depth = 1.0
    while missing(top - depth) < 0:
        depth *= 2
        if depth > DEEPEST:
            raise ValueError(f"No level was found above which {mass:g} of the mixture lies: {TOO_THIN}.")
    level = brentq(missing, top - depth, top, xtol=1e-14, rtol=1e-14)
    return Region(mass, level, np.column_stack(_above(mixture, turns, level)), 0.0)


def _check_smooth(mixture: Mixture, what: str) -> Line:
    line = Line.of(mixture, what)
    if mixture.noise_box is not None:
        raise ValueError(f"{what} found without noise, whose density has steps. Take mixture.of_components.")
    if (mixture.deviations < THINNEST * np.abs(mixture.means)).any():
        raise ValueError(f"{what} not found here: {TOO_THIN}.")
    return line


def _turns(mixture: Mixture) -> Array:
    """Where the density has a peak, a valley, a peak, ... from left to right: always an odd number."""

    def slope(x: Array) -> Array:
        """Of the log density."""
        gaps = x[:, np.newaxis] - mixture.means[:, 0]
        variances = mixture.deviations[:, 0] ** 2
        if mixture.dof is None:
            pull = gaps / variances
        else:
            pull = (mixture.dof + 1) * gaps / (mixture.dof * variances + gaps**2)
        return np.asarray(-(mixture.responsibilities(x) * pull).sum(axis=1))

    steps = np.linspace(-REACH, REACH, STEPS)
    x = np.unique(mixture.means + mixture.deviations * steps)
    signs = np.sign(slope(x))
    x, signs = x[signs != 0], signs[signs != 0]  # then it changes between the neighbours
    at = np.flatnonzero(np.diff(signs))
    return _root(slope, x[at], x[at + 1])


def _above(mixture: Mixture, turns: Array, level: float) -> tuple[Array, Array]:
    """The ends (m,) of the intervals in which the log density is above a level below its top."""

    def over(x: Array) -> Array:
        return mixture.log_density(x) - level

    ends, step = turns[[0, -1]].astype(np.float64), float(mixture.deviations.max())
    while (high := over(ends) > 0).any():
        ends = ends + np.array([-step, step]) * high
        step *= 2
    nodes = np.concatenate([ends[:1], turns, ends[1:]])
    change = np.flatnonzero(np.diff(over(nodes) > 0))
    found = _root(over, nodes[change], nodes[change + 1])
    return found[::2], found[1::2]

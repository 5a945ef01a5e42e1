"""Which components of a mixture are groups: those between which the rows thin out.

Letters: n samples, k components, d features.

Components are not groups. BIC may take several Gaussians to tile one shape that is not Gaussian, so
components that do not stand apart are put together, in the sense of Hennig 2010 and Baudry et al. 2010. Where
the rows thin out, but are too few to tell that from chance, a pair is open.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import comb
from scipy.stats import binom, norm

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import Mixture

VALLEY = 0.65  # groups stand apart where the density between them is below this share of either side ...
VALLEY_LEVEL = 0.05  # ... and would be so low by chance no more often than this, beside each of the sides
GAP_LEVEL = 0.005  # how often chance may leave a gap so empty
# Nats a row by which two equal groups 4 deviations apart fit better than one Gaussian of their variance: the
# entropy of that Gaussian, log(2 pi e 5) / 2, less that of the two, by quadrature.
GAIN_OF_TWO = 0.17
BRIDGE = 0.1  # a component thinner than this share of two groups is no bridge between them


class Between(Enum):
    """What lies between two components."""

    ROWS = auto()  # as many as on either side: one shape
    FEW = auto()  # fewer, as may be by chance
    VALLEY = auto()  # fewer than chance explains: they stand apart


class Standing(NamedTuple):
    """The group of each component, (k,), from 0, the densest first: by the pairs that stand apart for sure,
    and by those that may.
    """

    sure: tuple[int, ...]
    perhaps: tuple[int, ...]

    @property
    def n_sure(self) -> int:
        return max(self.sure) + 1

    @property
    def n_perhaps(self) -> int:
        return max(self.perhaps) + 1


def would_show_two(n: float, d: int) -> bool:
    """Whether BIC would take two equal groups, 4 deviations apart, in n rows of d features, for two."""
    return gain_of_two(n) > cost_of_two(n, d)


def gain_of_two(n: float) -> float:
    """How much lower BIC were by two such groups in n rows, before what their parameters cost."""
    return 2 * n * GAIN_OF_TWO


def cost_of_two(n: float, d: int) -> float:
    """What BIC takes for the d + 1 parameters that the least demanding two have beyond one."""
    return float((d + 1) * np.log(n))


def least_apart(n: float, d: int) -> float:
    """How many deviations apart two equal groups in n rows of d features must be for BIC to show them.

    In nearly all samples: also where the gain is two standard deviations below what is expected. It is
    noncentral chi-square, with a standard deviation of about twice its root. Infinite where none is enough.
    """
    needed = (2 + np.sqrt(4 + cost_of_two(n, d))) ** 2
    return next((distance for distance, gain in _gains().items() if 2 * n * gain >= needed), float("inf"))


def _gain(distance: float) -> float:
    """Nats a row by which two equal groups fit better than one Gaussian of their variance, by quadrature."""
    x = np.linspace(-8, 8 + distance, 2000)
    density = (norm.pdf(x) + norm.pdf(x - distance)) / 2
    one = norm.logpdf(x, distance / 2, np.sqrt(1 + distance**2 / 4))
    return float(np.trapezoid(density * (np.log(density) - one), x))


@cache
def _gains() -> dict[float, float]:
    """The gain for each tenth of a deviation, from 1 to 10."""
    return {tenths / 10: _gain(tenths / 10) for tenths in range(10, 101)}


def standing(mixture: Mixture, X: Array, sample_weight: Array | None = None) -> Standing:
    """The groups that the components of a mixture fitted to X (n, d) are, and may be.

    Where rows are so few that two clear groups would give BIC not half of what it asks for, they are not
    counted in windows: in some direction few rows always thin out. sample_weight : (n,), how often each row
    counts; None: once.
    """
    counts = np.ones(len(X)) if sample_weight is None else sample_weight
    between = _between_all(mixture, X, counts)
    return Standing(
        _joined(mixture, between, {Between.ROWS, Between.FEW}), _joined(mixture, between, {Between.ROWS})
    )


def _joined(
    mixture: Mixture, between: dict[tuple[int, int], Between], joins: set[Between]
) -> tuple[int, ...]:
    """The group of each component, (k,), from 0, where what lies between two of one group is one of `joins`.

    From the densest component down, each joins the groups it does not stand apart from; it joins two such
    groups to each other unless it is much thinner than both (a background is no bridge).
    """
    heights = mixture.log_density(mixture.means)
    groups: list[list[int]] = []
    for j in np.argsort(-heights, kind="stable").tolist():
        near = [g for g in groups if any(between[min(i, j), max(i, j)] in joins for i in g)]
        bridged = near[:1] + [g for g in near[1:] if heights[j] > np.log(BRIDGE) + heights[g[0]]]
        groups = [g for g in groups if g not in bridged] + [[*(i for g in bridged for i in g), j]]
        groups.sort(key=lambda g: -heights[g[0]])
    group_of = {i: number for number, group in enumerate(groups) for i in group}
    return tuple(group_of[j] for j in range(mixture.n_components))


def _between_all(mixture: Mixture, X: Array, counts: Array) -> dict[tuple[int, int], Between]:
    """What lies between any two components, i < j."""
    responsibilities = mixture.responsibilities(X)
    k, n = mixture.n_components, float(counts.sum())
    enough = 2 * gain_of_two(n) > cost_of_two(n, X.shape[1])
    return {
        (i, j): _between(mixture, X, counts, responsibilities, i, j, enough)
        for i in range(k)
        for j in range(i + 1, k)
    }


def _between(
    mixture: Mixture, X: Array, counts: Array, responsibilities: Array, i: int, j: int, enough: bool
) -> Between:
    """What lies between components i and j of a mixture, seen along the direction that separates them best
    (Fisher's), with the centres at 0 and 1. enough : whether rows are enough to be counted in windows.
    """
    covariances, gap = mixture.full_covariances, mixture.means[j] - mixture.means[i]
    direction = np.linalg.solve(covariances[i] + covariances[j], gap)
    length = gap @ direction
    deviations = [float(np.sqrt(direction @ covariances[c] @ direction)) for c in (i, j)]
    if not length > 2 * min(deviations):  # two such Gaussians have one peak (Behboodian 1970)
        return Between.ROWS
    along = (X - mixture.means[i]) @ direction / length
    border = deviations[0] / sum(deviations)  # as many standard deviations from both
    shares = responsibilities[:, i] + responsibilities[:, j]
    thinned = _thinned(along, counts * shares, border)
    if thinned is Between.VALLEY and enough:
        return thinned
    thinned = Between.FEW if thinned is Between.VALLEY else thinned
    own = shares > 0.5
    return Between.VALLEY if _gap(along[own], counts[own], X.shape[1]) <= GAP_LEVEL else thinned


def _thinned(along: Array, shares: Array, border: float) -> Between:
    """The third around the border against windows around either centre, at 0 and 1; shares (n,) of the rows
    belong to the two.
    """
    middle = round(shares[(along > border - border / 3) & (along < border + (1 - border) / 3)].sum())
    by_chance = False
    for centre, reach in ((0.0, border / 3), (1.0, (1 - border) / 3)):
        side = round(shares[np.abs(along - centre) < reach].sum())
        # Were the density the same, the middle would hold this share of both windows' rows.
        share = (1 / 3) / (1 / 3 + 2 * reach)
        if middle * 2 * reach >= VALLEY * side / 3:
            return Between.ROWS
        chance = binom(middle + side, share)
        # The middle p-value (Lancaster 1961): with few rows the whole one is nearly always too large.
        by_chance |= bool(chance.cdf(middle) - chance.pmf(middle) / 2 > VALLEY_LEVEL)
    return Between.FEW if by_chance else Between.VALLEY


def _gap(along: Array, counts: Array, d: int) -> float:
    """How likely rows with one peak leave a gap as empty as the largest between 0 and 1, at most.

    A density with one peak falls from there on. So on one side of a gap at the least it falls away from it,
    and m rows there are all in the outer share r of gap and side together with a probability of r^m or less.
    This holds for a gap named beforehand: it is multiplied by the number of ways in which a plane parts n
    points in d dimensions (Cover 1965), as if every one had been looked at. With few rows it tells more than
    counts in windows: 8 against 12 rows, 50 deviations apart. counts : (n,), how often each row counts.
    """
    order = np.argsort(along)
    along, counts = along[order], counts[order]
    inner = np.flatnonzero((along[:-1] >= 0) & (along[1:] <= 1) | (along[:-1] < 0.5) & (along[1:] > 0.5))
    if not len(inner):
        return 1.0
    at = int(inner[np.argmax(along[inner + 1] - along[inner])])
    gap = along[at + 1] - along[at]
    if not gap > 0:
        return 1.0
    ways = 2 * float(sum(comb(counts.sum() - 1, i) for i in range(d + 1)))
    chances = []
    for side, m in ((along[: at + 1], counts[: at + 1].sum()), (along[at + 1 :], counts[at + 1 :].sum())):
        # The range of m rows is shorter than that of their density, by 2 of m + 1 spacings.
        extent = np.ptp(side) * (m + 1) / max(m - 1, 1)
        chances.append((extent / (gap + extent)) ** m if m > 1 else 1.0)
    return min(1.0, ways * max(chances))

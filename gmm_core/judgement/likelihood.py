"""Intervals of the parameters by the likelihood: how far can each go before the rows object?

Letters: n samples, k components, d features, p free parameters.

An interval by a standard error takes the log-likelihood for a parabola. Where groups overlap it is none: a
sample in which they happen to look apart has small errors, and so too narrow intervals. Here a parameter is
held at a value, the log-likelihood is maximised over all others, and the interval ends where that has
fallen by as much as chance would explain. How much that is, is what the textbook's intervals of one
Gaussian correspond to, of as many rows as tell the parameter; so of one Gaussian they are these, and where
groups overlap somewhat more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.special import expit, logit

from gmm_core.engine.arrays import TINY, Array
from gmm_core.engine.checks import as_weighted_sample
from gmm_core.engine.covariance import NotPositiveDefiniteError
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement import information
from gmm_core.judgement.information import ByInformation, Derivatives, information_intervals, moved_by
from gmm_core.judgement.intervals import PARTS, WIDTH

MOST_PARAMETERS, MOST_ROWS = 20, 2000  # at once
MOST_STEPS, MOST_HALVES, MOST_GUESSES = 25, 8, 8
NEAR = 0.01  # of the fall that is looked for, in its root
SETTLED = 1e-4  # what a step would gain in the log-likelihood
FARTHEST = 8.0  # times as far as by the standard error, an interval has no end
LEAST_WEIGHT, LEAST_ROWS = 1e-6, 1e-3  # of a component, with less of which nothing is known of it
COLLAPSED = 20.0  # what the logarithm of a determinant falls by before it counts as a collapse
LEAST_BEND = 0.01  # of the information of complete data
OF_WEIGHTS, OF_OTHERS = 8.0, 3.0  # see `wider`


Line = Callable[[float], float]
SHARE: tuple[Line, Line] = (logit, expit)
VARIANCE: tuple[Line, Line] = (np.log, np.exp)
PLACE: tuple[Line, Line] = (float, float)


@dataclass(frozen=True)
class Parameter:
    """One whose interval is looked for.

    part, at : where that stands, in the arrays of `Intervals`. line : on which it is about symmetric, to it
    and back. falls : at both ends, of twice the log-likelihood.
    """

    part: str
    at: tuple[int, ...]
    line: tuple[Line, Line]
    falls: tuple[float, float]

    def value(self, mixture: Mixture) -> float:
        return float(PARTS[self.part](mixture)[self.at])

    def moves(self, told: Derivatives) -> Array:
        """How it moves with the white parameters, (p,)."""
        moves, j = np.zeros(told.p), self.at[0]
        if self.part == "weights":
            moves[: told.free] = moved_by(told.free)[j]
            return moves
        own, L = told.own[j], told.roots[j]
        if self.part == "means":
            moves[own.mean] = L[self.at[1]]
        else:
            moves[own.covariances] = L[self.at[1]] @ own.E @ L[self.at[2]]
        return moves


class Top:
    """A mixture on the way to the highest with a parameter held, and the derivatives there."""

    def __init__(self, mixture: Mixture, X: Array, weights: Array | None, least: float = -np.inf) -> None:
        """least : what no logarithm of a determinant may fall below, or a component has collapsed."""
        self.mixture, self._X, self._weights, self._least = mixture, X, weights, least
        densities = mixture.log_density(X)
        self.log_likelihood = float(densities.sum() if weights is None else weights @ densities)

    @classmethod
    def of(cls, mixture: Mixture, X: Array, weights: Array | None) -> Top:
        """The top near a fit: EM may have been stopped before it, or held up by `reg_covar`."""
        return cls(mixture, X, weights, _log_dets(mixture).min() - COLLAPSED).settled()

    @cached_property
    def told(self) -> Derivatives:
        return Derivatives(self.mixture, self._X, self._weights)

    def moved(self, step: Array) -> Top | None:
        """After a step (p,) of the white parameters; None where it leads to no mixture."""
        told, mixture = self.told, self.mixture
        weights = mixture.all_weights + moved_by(told.free) @ step[: told.free]
        if not weights.min() > LEAST_WEIGHT:
            return None
        means = np.array(
            [m + L @ step[own.mean] for m, L, own in zip(mixture.means, told.roots, told.own, strict=True)]
        )
        matrices = np.array(
            [
                L @ (np.eye(len(L)) + np.tensordot(step[own.covariances], own.E, 1)) @ L.T
                for L, own in zip(told.roots, told.own, strict=True)
            ]
        )
        beyond = mixture.beyond
        if mixture.noise_box is not None:
            beyond["noise_weight"] = float(weights[-1])
        k = mixture.n_components
        covariances = mixture.family.of_dense((matrices + np.swapaxes(matrices, 1, 2)) / 2, weights[:k])
        try:
            there = Mixture.trusted(weights[:k], means, covariances, mixture.family, **beyond)
        except NotPositiveDefiniteError:
            return None
        if _log_dets(there).min() < self._least:
            return None
        return Top(there, self._X, self._weights, self._least)

    def step(self, moves: Array | None, gap: float) -> tuple[Array, float]:
        """Newton's (p,), in which a parameter that `moves` so, if any, goes by `gap`; and what it gains but
        for that.

        Where the log-likelihood curves upward, it is taken to curve downward as much.
        """
        told = self.told
        values, vectors = eigh(told.observed, told.complete)
        half = vectors / np.sqrt(np.maximum(np.abs(values), LEAST_BEND))
        towards = half.T @ told.gradient
        if moves is not None:
            along = half.T @ moves
            towards += (gap - along @ towards) / (along @ along) * along
        return half @ towards, float(towards @ towards) / 2

    def settled(self) -> Top:
        """The highest near here."""
        at = self
        for _ in range(MOST_STEPS):
            step, gain = at.step(None, 0.0)
            after = at.moved(step) if gain > SETTLED else None
            if after is None or not after.log_likelihood > at.log_likelihood:
                break
            at = after
        return at

    def held(self, one: Parameter, target: float) -> Top | None:
        """The highest where a parameter has the value `target`, climbing from here; None if none is found."""
        at, tight = self, 1e-9 * abs(target - one.value(self.mixture))
        for _ in range(MOST_STEPS):
            gap = target - one.value(at.mixture)
            if not at.told.counts.min() > LEAST_ROWS:
                return None
            step, gain = at.step(one.moves(at.told), gap)
            there = abs(gap) <= tight
            if there and gain < SETTLED:
                return at
            for _ in range(MOST_HALVES):
                after = at.moved(step)
                if after is not None and (not there or after.log_likelihood >= at.log_likelihood):
                    break
                step = step / 2
            else:
                return at if there else None
            at = after
        return at if abs(target - one.value(at.mixture)) <= tight else None


@dataclass(frozen=True, eq=False)
class ByLikelihood(ByInformation):
    """`ByInformation`, with ends by the likelihood: infinite, or a weight's 0 or 1, or a deviation's 0, where
    it never falls so far.
    """

    @property
    def is_open(self) -> bool:
        """Whether some interval has no end."""
        weights, deviations = self.weights, self.deviations
        closed = len(weights.estimate) == 1 or (weights.low.min() > 0 and weights.high.max() < 1)
        ends = (self.means.low, self.means.high, self.covariances.low, self.covariances.high)
        return not (closed and deviations.low.min() > 0 and all(np.isfinite(end).all() for end in ends))


def _log_dets(mixture: Mixture) -> Array:
    return mixture.family.log_det(mixture.factor, mixture.n_features)


def likelihood_intervals(
    mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> ByLikelihood:
    """Intervals of the parameters of `mixture`, a fit to X (n, d), and their errors by information.

    It takes as long as some twenty times `information_intervals` for each parameter. sample_weight and what
    it raises : as there. Source: Venzon & Moolgavkar 1988, Applied Statistics 37, 87-94.
    """
    if mixture.dof is not None:
        raise ValueError(
            "Intervals by the likelihood are found of Gaussians, with noise or without; this mixture has "
            "degrees of freedom. Use `information_intervals`, or the bootstrap."
        )
    found = information_intervals(mixture, X, sample_weight=sample_weight)
    X, weights = as_weighted_sample(X, mixture.n_components, sample_weight)
    top = Top.of(mixture, X, weights)
    ends = {name: (getattr(found, name).low.copy(), getattr(found, name).high.copy()) for name in PARTS}
    known: dict[bytes, tuple[float, float]] = {}
    for one in parameters(found):
        key = one.moves(top.told).tobytes()  # components, or features, may have one variance
        if key not in known:
            guesses = (side[one.at] for side in ends[one.part])
            low, high = (_end(top, one, *of) for of in zip(guesses, one.falls, strict=True))
            known[key] = low, high
        for side, value in zip(ends[one.part], known[key], strict=True):
            side[one.at] = value
    for deviations, covariances in zip(ends["deviations"], ends["covariances"], strict=True):
        deviations[:] = np.sqrt(np.einsum("kii->ki", covariances))
        upper = np.triu(covariances)
        covariances[:] = upper + np.swapaxes(np.triu(covariances, 1), 1, 2)
    as_it_is = {field.name: getattr(found, field.name) for field in fields(found)}
    parts = {name: replace(as_it_is[name], low=low, high=high) for name, (low, high) in ends.items()}
    return ByLikelihood(**as_it_is | parts)


def at_once(
    mixture: Mixture, X: Array, *, sample_weight: Array | None = None
) -> ByLikelihood | ByInformation | str:
    """The same for who shows them with the fit: where they take some seconds at most, and the way to their
    ends leads over no singular matrix, else those by information; or a sentence where there are none.
    """
    found = information.at_once(mixture, X, sample_weight=sample_weight)
    long = mixture.n_parameters > MOST_PARAMETERS or len(X) > MOST_ROWS
    if isinstance(found, str) or mixture.dof is not None or long:
        return found
    try:
        return likelihood_intervals(mixture, X, sample_weight=sample_weight)
    except np.linalg.LinAlgError:
        return found


def wider(found: ByInformation, times: float = OF_OTHERS) -> float:
    """How many times as far the likelihood may fall as of one Gaussian, where it is not known whose rows are.

    That its fall by chance is larger then, in proportion to 1 over the rows that are left of what is known
    least, is theory (Bartlett 1937); how many times that is enough, `tests/benchmarks/intervals.py` measured.
    """
    return 1 + times * found.missing / found.left


def parameters(found: ByInformation) -> Iterator[Parameter]:
    """All of the table; of a deviation, the variance."""
    (k, d), normal = found.means.estimate.shape, (WIDTH**2 * wider(found),) * 2
    if len(found.weights.estimate) > 1:
        of_weights = (WIDTH**2 * wider(found, OF_WEIGHTS),) * 2
        for j in range(len(found.weights.estimate)):
            yield Parameter("weights", (j,), SHARE, of_weights)
    # As many rows tell a component's parameters in a feature as its deviation's error says.
    rows = 0.5 / np.maximum(found.deviations.error / found.deviations.estimate, TINY**0.25) ** 2
    widths = (found.means.high - found.means.estimate) / found.means.error
    of_means = rows * np.log1p(widths**2 / rows) * wider(found)
    ratios = [(found.deviations.estimate / end) ** 2 for end in (found.deviations.low, found.deviations.high)]
    of_variances = [rows * (ratio - 1 - np.log(ratio)) * wider(found) for ratio in ratios]
    for j, i in np.ndindex(k, d):
        yield Parameter("means", (j, i), PLACE, (float(of_means[j, i]),) * 2)
        yield Parameter(
            *(
                "covariances",
                (j, i, i),
                VARIANCE,
                (float(of_variances[0][j, i]), float(of_variances[1][j, i])),
            )
        )
        for other in range(i + 1, d):
            if found.covariances.error[j, i, other] > 0:
                yield Parameter("covariances", (j, i, other), PLACE, normal)


def _end(top: Top, one: Parameter, guess: float, fall: float) -> float:
    """Where the log-likelihood has fallen so far that is maximised over all others."""
    to, back = one.line
    middle, wanted = float(to(one.value(top.mixture))), float(np.sqrt(fall))
    first = far = float(to(guess)) - middle
    # How far, and the root of the fall there: before the end, and after it.
    near: tuple[float, float] = (0.0, 0.0)
    beyond: tuple[float, float] | None = None
    at = top
    for _ in range(MOST_GUESSES):
        there = at.held(one, float(back(middle + far)))
        if there is None:
            beyond, far = (far, np.inf), (near[0] + far) / 2
            continue
        root = np.sqrt(max(2 * (top.log_likelihood - there.log_likelihood), 0.0))
        if abs(root - wanted) < NEAR * wanted:
            return float(back(middle + far * wanted / root))
        at = there
        if root > wanted:
            beyond = far, root
        else:
            near = far, root
        if beyond is None:
            if abs(far) > FARTHEST * abs(first):
                return float(back(np.copysign(np.inf, first)))
            far *= float(np.clip(wanted / max(root, TINY), 1.1, 2.0))
        else:
            share = (wanted - near[1]) / (beyond[1] - near[1])
            far = near[0] + (beyond[0] - near[0]) * float(np.clip(share, 0.1, 0.9))
    return float(back(middle + far if beyond and beyond[1] < np.inf else np.copysign(np.inf, first)))

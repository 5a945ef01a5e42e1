"""Why is EM so slow, and what is faster? Every way up from one start, and what decides EM's rate.

Letters: n samples, k components, d features, t steps.

Near its end EM leaves of the distance to the top, in every iteration, the same share. That is the largest
eigenvalue of the Jacobian of its map there, which is the largest share of information that is missing because
nobody knows whose each row is (Dempster, Laird & Rubin 1977; McLachlan & Krishnan, section 3.9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import ArpackError, LinearOperator, eigs

from gmm_core.engine.arrays import TINY, Array
from gmm_core.engine.em import Pass, Step, Trace, prepared
from gmm_core.engine.expectation import CollapseError, maximised
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.accelerated import Coordinates
from gmm_core.engine.ways.climbing import Climb, climb
from gmm_core.engine.ways.table import WAYS, way_named
from gmm_core.engine.ways.way import CannotBeginError

SAME = 1e-6  # of the log-likelihood, per row: ends that differ by less are on the same height
LEAST_SECONDS, MOST_TIMES = 10.0, 5.0  # a way may take so long, and so many times as long as EM
LAST = 10  # steps of which the rate is measured
LEAST = 1e-9  # a step that is a smaller share of all numbers is made of rounding
NUDGE = 1e-4  # how far from the top the map is asked, in logarithms and deviations
FEW = 60  # directions that are all asked


class Lap(NamedTuple):
    """How far a comparison is: how many ways are at their end, and which one climbs."""

    n_ended: int
    label: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """The ways up from one start. climbs : by name, EM among them. refused : by name, why a way
    could not begin.

    rate : which share of the way to its end an iteration of EM leaves, of its last steps; None where it had
        too few, or where they are not alike. missing : the largest share of missing information at EM's end;
        None where that is no end, or where nothing was found.
    """

    climbs: Mapping[str, Climb]
    refused: Mapping[str, str]
    rate: float | None
    missing: float | None

    @property
    def best(self) -> float:
        """The highest end, in mean log-likelihood per row, of those that did not collapse."""
        ends = [one.trace.log_likelihood for one in self.climbs.values() if one.trace.collapsed is None]
        return max(ends or [one.trace.log_likelihood for one in self.climbs.values()])

    @property
    def height(self) -> float:
        """The log-likelihood at which all are compared: EM's own end, but for what means nothing."""
        return self.climbs["em"].trace.log_likelihood - SAME


class Arrival(NamedTuple):
    """When a way came to some height: after how many iterations, passes over the rows, and seconds."""

    iterations: int
    passes: int
    seconds: float


def arrival(climbed: Climb, height: float) -> Arrival | None:
    """The first step of a way with at least this log-likelihood per row; None where there is none."""
    there = np.flatnonzero(climbed.trace.log_likelihoods >= height)
    if not len(there):
        return None
    i = int(there[0])
    return Arrival(i, int(climbed.passes[i]), float(climbed.seconds[i]))


def compare(
    X: ArrayLike,
    start: Mixture,
    options: Mapping[str, Mapping[str, float]] | None = None,
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-8,
    max_iter: int = 1000,
    sample_weight: ArrayLike | None = None,
    on_lap: Callable[[Lap], None] | None = None,
) -> Comparison:
    """Every way up on X (n, d) from `start`; what is not said here is as in `climb`.

    options : for each way that has some, by name; a way of which they make no sense is left out, and so is
    one that cannot begin there. Ways that never settle make as many passes as EM did, and 20 at least; all
    others are stopped that take much longer than EM. on_lap : called with how far it is, at every step.
    Raises `ValueError` for input that makes no sense.
    """
    climbs: dict[str, Climb] = {}
    refused: dict[str, str] = {}
    for done, (name, kind) in enumerate(WAYS.items()):
        way = way_named(name, **(options or {}).get(name, {}))
        em = climbs.get("em")
        most = max_iter if em is None or way.settles else min(max_iter, max(20, em.trace.n_iter))
        try:
            climbs[name] = climb(
                X,
                way,
                start,
                reg_covar=reg_covar,
                tol=tol,
                max_iter=most,
                sample_weight=sample_weight,
                most_seconds=np.inf if em is None else max(LEAST_SECONDS, MOST_TIMES * em.seconds[-1]),
                on_step=_telling(on_lap, Lap(done, kind.label)),
            )
        except CannotBeginError as error:
            refused[name] = str(error)
    trace = climbs["em"].trace
    rate = rate_of(trace)
    sweep, _ = prepared(X, start, reg_covar, sample_weight, "raise")
    top = climbs["accelerated"].trace
    near = trace.converged and top.converged and abs(top.log_likelihood - trace.log_likelihood) < SAME
    missing = missing_information(sweep, top.mixture if near else trace.mixture, reg_covar)
    return Comparison(climbs, refused, rate, missing if trace.converged else None)


def _telling(on_lap: Callable[[Lap], None] | None, lap: Lap) -> Callable[[Step], None] | None:
    """What tells at every step how far the comparison is."""
    return None if on_lap is None else lambda _: on_lap(lap)


def rate_of(trace: Trace) -> float | None:
    """How much shorter a step of EM is than the one before, at the end of a run; None where that is not seen.

    The median of the last ratios of lengths, of all parameters in units of the mixture's deviations.
    """
    if len(trace.steps) < LAST + 3:
        return None
    units = trace.mixture.deviations.mean(axis=0)
    numbers = np.array([_numbers(step.mixture, units) for step in trace.steps[-LAST - 2 :]])
    lengths = np.linalg.norm(np.diff(numbers, axis=0), axis=1)
    if lengths.min() < LEAST * np.linalg.norm(numbers[-1]):
        return None
    ratios = lengths[1:] / lengths[:-1]
    return float(np.median(ratios)) if np.ptp(ratios) < 0.1 else None


def _numbers(mixture: Mixture, units: Array) -> Array:
    """All parameters as one vector, in units of (d,)."""
    covariances = mixture.full_covariances / units / units[:, np.newaxis]
    return np.concatenate([mixture.weights, (mixture.means / units).ravel(), covariances.ravel()])


def missing_information(sweep: Pass, mixture: Mixture, reg_covar: float) -> float | None:
    """The largest eigenvalue of the Jacobian of EM's map at a mixture at which it stands still.

    The map is asked a little to either side of it: in every direction where these are few, else in those that
    ARPACK chooses. None where a component has no extent without `reg_covar`, or where nothing is found.
    """
    coordinates = Coordinates(np.sqrt((mixture.deviations**2).mean(axis=0) + mixture.means.var(axis=0)))
    expectation = sweep(mixture)
    top = coordinates.of(expectation)
    if top is None:
        return None

    def image(at: Array) -> Array:
        found = maximised(coordinates.back(at, expectation), reg_covar)
        there = None if isinstance(found, CollapseError) else coordinates.of(sweep(found))
        if there is None:
            raise _NoMapError
        return there

    def turned(direction: Array) -> Array:
        direction = direction.ravel()
        nudge = NUDGE / max(float(np.linalg.norm(direction)), TINY)
        return (image(top + nudge * direction) - image(top - nudge * direction)) / (2 * nudge)

    p = len(top)
    try:
        if p <= FEW:
            found = np.linalg.eigvals(np.array([turned(axis) for axis in np.eye(p)]).T)
        else:
            first = np.cos(1.0 + np.arange(p))  # no direction along which data are made
            map_ = LinearOperator((p, p), turned, dtype=np.float64)
            found = eigs(map_, 1, tol=1e-6, v0=first, return_eigenvectors=False)
    except (_NoMapError, ArpackError):
        return None
    return float(min(np.abs(found).max(), 1.0))


class _NoMapError(ValueError):
    """EM has no step from there."""

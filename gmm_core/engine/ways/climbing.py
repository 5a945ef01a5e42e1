"""Any way up, run from a start to its end, with all that there is to look at on the way.

Letters: n samples, k components, d features, t steps (the start and every iteration).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, Flags, Indices
from gmm_core.engine.checks import as_amount, as_count, as_matrix, that_count
from gmm_core.engine.em import TOL, Record, Step, StopReason, Trace, falls, prepared
from gmm_core.engine.expectation import REG_COVAR, CollapseError
from gmm_core.engine.held import Held
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import PriorLike
from gmm_core.engine.rows import RowsLike, as_rows
from gmm_core.engine.ways.way import CannotBeginError, Problem, Way
from gmm_core.words import capital, count, plural


@dataclass(frozen=True, eq=False)
class Climb:
    """A run of a way up, and what there is to look at. Of t steps, at each of them:

    values : (t,), what the way climbs, per row: what it promises never to let fall, within a stage.
    stages : (t,), which stage; all 0 but for a way that changes what it climbs.
    passes : (t,), E-steps over all the rows so far, those of guesses that were given up too.
    seconds : (t,), of the way alone so far, without what is only looked at. They are of this machine, and of
        what else it did.
    temperatures : (t,), how soft the responsibilities were: 1 in EM, 0 where each row is one component's.
    fell_back : how often a step was given up for one of EM.
    out_of_time : it was stopped by the clock.
    trace : the run as EM's are kept, with the log-likelihood of every step.
    """

    way: Way
    trace: Trace
    values: Array
    stages: Indices
    passes: Indices
    seconds: Array
    temperatures: Array
    fell_back: int
    out_of_time: bool = False

    @property
    def broken(self) -> list[int]:
        """The iterations that let fall what the way promises never to, by more than rounding."""
        if not self.way.promise:
            return []
        same = np.diff(self.stages) == 0
        return [i for i in falls(self.values) if same[i - 1]]

    @property
    def sentence(self) -> str:
        """What it cost, and how often it fell back."""
        passes, given_up = int(self.passes[-1]), self.fell_back
        said = f"{count(self.trace.n_iter, 'iteration')} in {passes:,} {plural(passes, 'pass', 'passes')}"
        said += " over the rows."
        if given_up:
            guesses = f"{given_up:,} {plural(given_up, 'guess', 'guesses')}"
            said += f" {guesses} {plural(given_up, 'was', 'were')} given up for a step of EM."
        return said

    @property
    def ending(self) -> str:
        """Why it ended, in a short sentence."""
        stop = self.trace.stop
        if self.out_of_time:
            return "Stopped: this way takes much longer than EM."
        if stop is StopReason.MAX_ITER and not self.way.settles:
            return "Stopped: this way never settles."
        return self.way.arrived if stop is StopReason.CONVERGED and self.way.arrived else stop.brief

    def kept_promise(self, reg_covar: float) -> str:
        """What was checked of what the way promises."""
        promise, n = self.way.promise, len(self.broken)
        if not promise:
            return "promises nothing"
        if self.trace.prior is not None:
            promise += " with the log prior"
        if not n:
            return f"{promise} never fell"
        why = ", as it may with a reg_covar above 0" if reg_covar > 0 else ""
        return f"{promise} fell in {count(n, 'iteration')}{why}"


def climb(
    X: RowsLike,
    way: Way,
    start: Mixture,
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-3,
    max_iter: int = 100,
    sample_weight: ArrayLike | None = None,
    missing: str = "raise",
    prior: PriorLike = None,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
    most_seconds: float = np.inf,
    on_step: Callable[[Step], None] | None = None,
) -> Climb:
    """A way up, on X (n, d) from `start`. What is not said here is as in `fit`.

    tol : the change, per row in one iteration, of what the way climbs, below which it ends.
    max_iter : the most passes over the rows after the first; a way that gives up a guess may need one more.
    most_seconds : after these it is stopped, too.

    Raises `ValueError` for input, or options of the way, with which it cannot begin.
    """
    reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
    tol = as_amount(tol, "tol", TOL)
    max_iter = as_count(max_iter, "max_iter", 0)
    single, weights = None, None
    if way.needs_rows:
        single, weights = _single(X, way, start, sample_weight, missing)
        if known_labels is not None:
            raise CannotBeginError(
                f"{capital(way.label)} looks at every row by itself, and cannot be told of which component "
                "it is. Leave known labels out, or use EM or accelerated EM."
            )
    sweep, found = prepared(X, start, reg_covar, sample_weight, missing, prior, held, known_labels)
    try:
        way.check(0 if single is None else len(single))
    except ValueError as error:
        raise CannotBeginError(str(error)) from None
    problem = Problem(sweep, reg_covar, tol, single, weights, found, sweep.held)
    return climb_over(problem, way, start, max_iter=max_iter, most_seconds=most_seconds, on_step=on_step)


def climb_over(
    problem: Problem,
    way: Way,
    start: Mixture,
    *,
    max_iter: int,
    most_seconds: float = np.inf,
    room: float = np.inf,
    on_step: Callable[[Step], None] | None = None,
) -> Climb:
    """The same on a prepared problem. room : how many bytes the steps may take that are kept."""
    kept = Record(start, room, on_step, problem.prior)
    seen: list[tuple[float, int, int, float, float]] = []
    spent = -perf_counter()
    state = way.begin(problem, start)
    while True:
        state = way.e_step(problem, state)
        spent += perf_counter()
        # What follows is only looked at.
        soft = state.soft or problem.sweep(state.mixture)
        kept.add(state.mixture, soft)
        seen.append((way.bound(state), state.stage, state.passes, spent, state.temperature))
        if way.done(problem, state):
            trace = kept.trace(StopReason.CONVERGED)
            break
        if state.passes > max_iter or spent > most_seconds:
            trace = kept.trace(StopReason.MAX_ITER)
            break
        spent -= perf_counter()
        moved = way.m_step(problem, state)
        if isinstance(moved, CollapseError):
            trace = kept.trace(StopReason.COLLAPSED, moved.component)
            break
        state = moved
    values, stages, passes, seconds, temperatures = (np.array(one) for one in zip(*seen, strict=True))
    out_of_time = trace.stop is StopReason.MAX_ITER and state.passes <= max_iter
    return Climb(way, trace, values, stages, passes, seconds, temperatures, state.fell_back, out_of_time)


def _single(
    X: RowsLike, way: Way, start: Mixture, sample_weight: ArrayLike | None, missing: str
) -> tuple[Array, Array | None]:
    """Rows in memory, complete, for a mixture of Gaussians; a `ValueError` for what this way cannot take."""
    name = capital(way.label)
    if as_rows(X) is not None:
        raise ValueError(
            f"{name} looks at every row by itself, so it cannot be used with rows that are read block "
            "by block. Give X as an array in memory, or use EM or accelerated EM."
        )
    start.check_plain(f"{name} can be run")
    matrix = as_matrix(cast(ArrayLike, X), gaps=missing != "raise")
    gaps: Flags = np.isnan(matrix)
    if gaps.any():
        raise ValueError(
            f"{name} needs complete rows, and values are missing. Leave such rows out or fill them in, "
            "or use EM or accelerated EM, which take what is observed."
        )
    return that_count(matrix, sample_weight)

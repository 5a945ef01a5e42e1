"""What a way up the likelihood's hill is: an algorithm with the same few names, and a state.

Letters: n samples, k components, d features.

    begin    the start -> a state
    e_step   what the rows say of the state's mixture
    m_step   the next mixture from it, or why there is none
    bound    what the way promises never to let fall
    done     whether it has arrived

`climbing.climb` runs any of them, and asks none of them which it is. A state is a value, and steps return
new ones; what is only looked at (log-likelihoods, seconds, the history) is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.em import Pass, log_prior_of
from gmm_core.engine.expectation import CollapseError, Expectation, maximised
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior


class CannotBeginError(ValueError):
    """A way cannot begin with its options, such rows or such a start, which is no fault of others."""


@dataclass(frozen=True)
class Problem:
    """What a way may ask: the data, and what a fit of them is to be.

    sweep : the pass over all rows, soft. tol : the change that ends a run. X : (n, d), for ways that look at
    single rows; None where these are read block by block. weights : (n,), how often each counts; None: once.
    prior, held : for the M-step.
    """

    sweep: Pass
    reg_covar: float
    tol: float
    X: Array | None = None
    weights: Array | None = None
    prior: Prior | None = None
    held: HeldAt | None = None

    @property
    def single(self) -> Array:
        """X, where a way needs single rows; climbing has checked that they are there."""
        assert self.X is not None
        return self.X

    def maximised(self, expectation: Expectation) -> Mixture | CollapseError:
        """The M-step."""
        return maximised(expectation, self.reg_covar, self.prior, self.held)

    def log_prior(self, mixture: Mixture, n: float) -> float:
        """The log prior of a mixture over the number of rows; 0 without a prior."""
        return log_prior_of(self.prior, mixture, n)

    def mean(self, values: Array) -> float:
        """Of one value for each row, (n,), as the rows count."""
        return float(np.average(values, weights=self.weights))


@dataclass(frozen=True)
class State:
    """Where a way is.

    values : what it climbs, per row: after this E-step, after the one before, and after the one before that.
    passes : E-steps over all the rows, so far. expectation : the sums of the last one. soft : the same where
    these are those of `mixture` with the responsibilities of EM. next : what its M-step makes, where both are
    one pass. stage : within one, what is promised never falls. temperature : how soft responsibilities are: 1
    in EM, 0 where a row is one component's alone. fell_back : how often a step was given up for one of EM.
    """

    mixture: Mixture
    values: tuple[float, float, float] = (-np.inf, -np.inf, -np.inf)
    passes: int = 0
    expectation: Expectation | None = None
    soft: Expectation | None = None
    next: Mixture | CollapseError | None = None
    stage: int = 0
    temperature: float = 1.0
    fell_back: int = 0

    @property
    def gain(self) -> float:
        """By how much the last iteration changed what is climbed."""
        return abs(self.values[0] - self.values[1])

    @property
    def gain_before(self) -> float:
        """And the one before it; EM ends one M-step after its gain was small, as scikit-learn's does."""
        return abs(self.values[1] - self.values[2])


S = TypeVar("S", bound=State)


def risen(state: S, value: float, **found: Any) -> S:
    """The state after an E-step over all the rows that found this value."""
    found = {"passes": state.passes + 1, **found}
    return replace(state, values=(value, *state.values[:2]), **found)


def moved(state: S, mixture: Mixture | CollapseError, **also: Any) -> S | CollapseError:
    """The state after an M-step, or why there is none."""
    return mixture if isinstance(mixture, CollapseError) else replace(state, mixture=mixture, **also)


@dataclass(frozen=True)
class Option:
    """What can be chosen of a way: a field of its class, what people call it, and between what it lies.

    zero : what 0 stands for, where it is no number.
    """

    name: str
    label: str
    least: float
    most: float
    help: str = ""
    zero: str = ""

    def in_words(self, way: Way) -> str:
        """What it is in a way, such as "rows in a batch 50"."""
        value = getattr(way, self.name)
        return f"{self.label.lower()} {self.zero if self.zero and value == 0 else format(value, ',g')}"


@runtime_checkable
class Way(Protocol):
    """An algorithm, and what is declared of it. A new one goes into `table.WAYS`, and everything knows it."""

    # In links and code; for people; and what it does, in a sentence.
    name: ClassVar[str]
    label: ClassVar[str]
    looks: ClassVar[str]
    # What never falls, "" where nothing is promised; and to whom it is owed.
    promise: ClassVar[str]
    source: ClassVar[str]
    # Whether it ends where EM could: at an optimum of the log-likelihood.
    same_end: ClassVar[bool]
    # Whether it settles at all.
    settles: ClassVar[bool]
    # What is said where it settled, of what it looks at; "" for what is said of EM.
    arrived: ClassVar[str] = ""
    # Whether it looks at single rows, or bends densities: then it needs complete rows of Gaussians in memory.
    needs_rows: ClassVar[bool]
    options: ClassVar[Sequence[Option]]

    def check(self, n_rows: int) -> None:
        """A `ValueError` for options that make no sense, for so many rows where it looks at single ones."""

    def begin(self, problem: Problem, start: Mixture) -> Any:
        """The state at the start; a `CannotBeginError` where there is none."""
        return State(start)

    def e_step(self, problem: Problem, state: Any) -> Any:
        """What the rows say of the state's mixture: one pass over them, or more."""

    def m_step(self, problem: Problem, state: Any) -> Any:
        """The state with the next mixture, or a `CollapseError`."""
        assert state.expectation is not None
        return moved(state, problem.maximised(state.expectation))

    def bound(self, state: Any) -> float:
        """What the way climbs, per row, after an E-step."""
        return float(state.values[0])

    def done(self, problem: Problem, state: Any) -> bool:
        """Whether the way has arrived."""
        return bool(state.gain_before < problem.tol)

"""EM as it is: the way that all others are measured by. Dempster, Laird & Rubin 1977."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from gmm_core.engine.expectation import CollapseError
from gmm_core.engine.ways.way import Option, Problem, State, Way, moved, risen


class Plain(Way):
    """Every row is shared by the components as it probably is theirs."""

    name: ClassVar[str] = "em"
    label: ClassVar[str] = "EM"
    looks: ClassVar[str] = "every row is shared among the components, step by step"
    promise: ClassVar[str] = "the log-likelihood"
    source: ClassVar[str] = "Dempster, Laird & Rubin 1977"
    same_end: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = False
    options: ClassVar[Sequence[Option]] = ()

    def e_step(self, problem: Problem, state: State) -> State:
        expectation, after = problem.sweep.step(state.mixture)
        value = expectation.log_likelihood + problem.log_prior(state.mixture, expectation.n_samples)
        return risen(state, value, expectation=expectation, soft=expectation, next=after)

    def m_step(self, problem: Problem, state: State) -> State | CollapseError:
        assert state.next is not None
        return moved(state, state.next)

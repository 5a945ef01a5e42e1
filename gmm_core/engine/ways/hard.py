"""Classification EM: every row goes to its likeliest component, wholly. Celeux & Govaert 1992.

It climbs the classification log-likelihood, the sum over rows of log(weight x density) of the one component
that has the row, and stops when no row changes sides. With equal weights and one round covariance of all
components that is k-means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gmm_core.engine.arrays import Array, Indices
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.way import Option, Problem, State, Way, risen


@dataclass(frozen=True)
class HardState(State):
    """labels : (n,), whose each row is. settled : no row has just changed sides."""

    labels: Indices | None = None
    settled: bool = False


class Hard(Way):
    """EM in which nothing is in doubt."""

    name: ClassVar[str] = "hard"
    label: ClassVar[str] = "hard EM"
    looks: ClassVar[str] = "every row goes to its likeliest component, wholly"
    promise: ClassVar[str] = "the classification log-likelihood"
    source: ClassVar[str] = "Celeux & Govaert 1992"
    same_end: ClassVar[bool] = False
    settles: ClassVar[bool] = True
    arrived: ClassVar[str] = "No point changes sides any more."
    needs_rows: ClassVar[bool] = True
    options: ClassVar[Sequence[Option]] = ()

    def begin(self, problem: Problem, start: Mixture) -> HardState:
        return HardState(start, temperature=0.0)

    def e_step(self, problem: Problem, state: HardState) -> HardState:
        joint = state.mixture.log_joint(problem.single)
        labels = joint.argmax(axis=1)
        expectation = of_labels(problem, labels, state.mixture)
        value = problem.mean(joint.max(axis=1)) + problem.log_prior(state.mixture, expectation.n_samples)
        settled = state.labels is not None and bool((labels == state.labels).all())
        return risen(state, value, expectation=expectation, labels=labels, settled=settled)

    def done(self, problem: Problem, state: HardState) -> bool:
        return state.settled or state.gain < problem.tol


def of_labels(problem: Problem, labels: Indices, mixture: Mixture) -> Expectation:
    """The sums where each row is one component's alone; labels (n,)."""
    responsibilities: Array = np.zeros((len(labels), mixture.n_components))
    responsibilities[np.arange(len(labels)), labels] = 1.0
    return Expectation.of(problem.single, responsibilities, mixture.family, problem.weights)

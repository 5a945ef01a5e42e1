"""Stochastic EM: for every row a component is drawn, by its responsibilities. Celeux & Diebolt 1985.

It promises nothing, and never settles: it wanders about an optimum, and can leave a bad one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gmm_core.engine.arrays import Array, Indices, generator
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.ways.way import Option, Problem, State, Way, risen


@dataclass(frozen=True)
class Stochastic(Way):
    """EM with dice. seed : of these."""

    seed: int = 0

    name: ClassVar[str] = "stochastic"
    label: ClassVar[str] = "stochastic EM"
    looks: ClassVar[str] = "for every row, a component is drawn by lot"
    promise: ClassVar[str] = ""
    source: ClassVar[str] = "Celeux & Diebolt 1985"
    same_end: ClassVar[bool] = False
    settles: ClassVar[bool] = False
    needs_rows: ClassVar[bool] = True
    options: ClassVar[Sequence[Option]] = (Option("seed", "Seed of the lots", 0, 2**31, ""),)

    def check(self, n_rows: int) -> None:
        if self.seed < 0:
            raise ValueError(f"seed must be a whole number from 0; got {self.seed}.")

    def e_step(self, problem: Problem, state: State) -> State:
        mixture = state.mixture
        drawn = lots(
            mixture.responsibilities(problem.single), problem.weights, generator(self.seed, state.passes)
        )
        expectation = replace(Expectation.of(problem.single, drawn, mixture.family), n_samples=drawn.sum())
        joint = mixture.log_joint(problem.single)
        value = float((drawn * joint).sum() / drawn.sum())
        value += problem.log_prior(mixture, expectation.n_samples)
        return risen(state, value, expectation=expectation)

    def done(self, problem: Problem, state: State) -> bool:
        return False


def lots(responsibilities: Array, weights: Array | None, rng: np.random.RandomState) -> Array:
    """How often each row (n, k) counts for each component, by lot: one lot a row, and where rows have weights
    (n,) one for each whole time that it counts, and one for the fraction.
    """
    n, k = responsibilities.shape
    ladder = responsibilities.cumsum(axis=1)
    ladder /= ladder[:, -1:]

    def draw(which: Indices) -> Indices:
        return np.minimum((rng.uniform(size=(len(which), 1)) > ladder[which]).sum(axis=1), k - 1)

    counts = np.zeros((n, k))
    times = np.ones(n) if weights is None else np.floor(weights)
    each = np.repeat(np.arange(n), times.astype(int))
    np.add.at(counts, (each, draw(each)), 1.0)
    if weights is not None and (some := np.flatnonzero(weights > times)).size:
        counts[some, draw(some)] += (weights - times)[some]
    return counts

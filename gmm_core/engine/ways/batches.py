"""Incremental EM: after each batch of rows an M-step, with what the other batches said last.

Neal & Hinton 1998: the bound rises in each of these steps, and where it ends EM ends too. A pass over all
rows makes as many M-steps as there are batches, so it comes farther than one of EM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gmm_core.engine.arrays import batches, generator, weights_of
from gmm_core.engine.em import Pass, lower_bound, pass_over
from gmm_core.engine.expectation import CollapseError, Expectation
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.way import Option, Problem, State, Way, risen
from gmm_core.words import plural

MOST_BATCHES = 1000


@dataclass(frozen=True)
class Heard:
    """What a batch said last, and of which mixture."""

    mixture: Mixture
    expectation: Expectation


@dataclass(frozen=True)
class BatchState(State):
    """sweeps : a pass over each batch. tree : sums of sums, of two and two batches, so that one that is new
    costs few additions; the batches are its second half. heard : of whose mixture each of these is.
    """

    sweeps: tuple[Pass, ...] = ()
    tree: tuple[Expectation | None, ...] = ()
    heard: tuple[Heard, ...] = ()


@dataclass(frozen=True)
class Batches(Way):
    """EM that does not wait for all rows. size : rows in a batch. seed : which rows go together."""

    size: int = 50
    seed: int = 0

    name: ClassVar[str] = "batches"
    label: ClassVar[str] = "mini-batch EM"
    looks: ClassVar[str] = "an M-step after every batch of rows, not after all"
    promise: ClassVar[str] = "the lower bound"
    source: ClassVar[str] = "Neal & Hinton 1998"
    same_end: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True
    options: ClassVar[Sequence[Option]] = (
        Option("size", "Rows in a batch", 1, 100_000, "All of them make it EM."),
    )

    def check(self, n_rows: int) -> None:
        if self.size < 1:
            raise ValueError(f"A batch needs at least 1 row; got {self.size}.")
        if self.size > n_rows:
            raise ValueError(
                f"A batch of {self.size:,} rows is larger than the data, which have {n_rows:,}. Choose at "
                "most that many; with all rows in one batch, it is EM."
            )
        if n_rows > MOST_BATCHES * self.size:
            raise ValueError(
                f"Batches of {self.size:,} {plural(self.size, 'row')} are too many, of {n_rows:,} rows: "
                f"{MOST_BATCHES} are the most. Choose at least {-(-n_rows // MOST_BATCHES):,} rows in each."
            )

    def begin(self, problem: Problem, start: Mixture) -> BatchState:
        X = problem.single
        order = generator(self.seed).permutation(len(X))
        parts = [order[some] for some in batches(len(X), self.size)]
        sweeps = tuple(
            pass_over(X[part], start, problem.reg_covar, problem.prior, weights_of(part, problem.weights))
            for part in parts
        )
        return BatchState(start, sweeps=sweeps)

    def e_step(self, problem: Problem, state: BatchState) -> BatchState:
        n_batches, mixture = len(state.sweeps), state.mixture
        if not state.tree:  # the first pass hears every batch of the start
            heard = [Heard(mixture, sweep(mixture)) for sweep in state.sweeps]
            tree: list[Expectation | None] = [None] * n_batches + [one.expectation for one in heard]
            for i in range(n_batches - 1, 0, -1):
                tree[i] = _sum(tree, i)
        else:
            heard, tree = list(state.heard), list(state.tree)
            for b, sweep in enumerate(state.sweeps):
                heard[b] = Heard(mixture, sweep(mixture))
                i = n_batches + b
                tree[i] = heard[b].expectation
                while i > 1:
                    i //= 2
                    tree[i] = _sum(tree, i)
                if b < n_batches - 1:  # the last M-step is that of `m_step`
                    found = problem.maximised(_root(tree))
                    if isinstance(found, CollapseError):
                        break
                    mixture = found
        total = sum(one.expectation.n_samples for one in heard)
        bounds = [lower_bound(mixture, one.mixture, one.expectation) for one in heard]
        shares = [one.expectation.n_samples / total for one in heard]
        value = float(np.dot(shares, bounds)) + problem.log_prior(mixture, total)
        state = replace(state, tree=tuple(tree), heard=tuple(heard), mixture=mixture)
        # The sums are of several mixtures, so they are not those of the one there is now.
        return risen(state, value, expectation=_root(tree))


def _sum(tree: Sequence[Expectation | None], i: int) -> Expectation:
    left, right = tree[2 * i], tree[2 * i + 1]
    assert left is not None
    assert right is not None
    return left + right


def _root(tree: Sequence[Expectation | None]) -> Expectation:
    root = tree[1]
    assert root is not None
    return root

"""A race: one mixture from many starts, all fitted at once, with a curve of the log-likelihood for each.

Letters: n samples, k components, d features, R starts, and T, one more than the iterations of the longest.

    starts = list(draw_starts(X, 3, ["kmeans", "random"], range(25)))
    for race in laps(X, starts, tol=1e-8):  # as far as it has come; the last is the whole of it
        race.curves

How the ends are grouped, and how often a start leads to which, is in `optima.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import Array, n_counted, weights_of
from gmm_core.engine.checks import as_amount, as_count, as_weighted_sample
from gmm_core.engine.covariance import family_named
from gmm_core.engine.em import REG_COVAR, TOL, StopReason, check_start, first_mixture
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.stack import Stack
from gmm_core.engine.starts import INITS, begin
from gmm_core.engine.strays import Beginning, as_noise


@dataclass(frozen=True)
class Start:
    """Where a run begins. `init` is what it is counted under, a name of `starts.INITS` or any other.

    seed : the `random_state` that gives it again; None where there is no chance in it.
    note : what had to be done that was not asked for, in a sentence; usually empty.
    """

    init: str
    seed: int | None
    mixture: Mixture
    note: str = ""


@dataclass(frozen=True, eq=False)
class Race:
    """Runs of EM on the same rows, as far as they have come.

    starts : R of them.
    curves : (R, T), the mean log-likelihood of each mixture of each run; NaN after its end.
    n_iter : (R,), iterations made.
    stops : why each ended; None while it runs.
    collapsed : the component of each that collapsed, if one did.
    counts : (R, k), the responsibilities under the last mixture of each, summed over rows.
    weights, means, covariances : of these mixtures, (R, k), (R, k, d), (R, ...). beyond : what each has
        beyond Gaussians, by name.
    n_samples : as how many rows the rows count. reg_covar, tol : of all.
    """

    starts: tuple[Start, ...]
    curves: Array
    n_iter: NDArray[np.intp]
    stops: tuple[StopReason | None, ...]
    collapsed: tuple[int | None, ...]
    counts: Array
    weights: Array
    means: Array
    covariances: Array
    beyond: tuple[dict[str, Any], ...]
    n_samples: float
    reg_covar: float
    tol: float

    @cached_property
    def mixtures(self) -> tuple[Mixture, ...]:
        """The last mixture of each run; of one that collapsed, the last good one."""
        name = self.starts[0].mixture.covariance_type
        of = zip(self.weights, self.means, self.covariances, self.beyond, strict=True)
        return tuple(Mixture(w, means, covariances, name, **beyond) for w, means, covariances, beyond in of)

    @property
    def log_likelihoods(self) -> Array:
        """Total, of the last mixture of each run, (R,)."""
        return self.n_samples * self.curves[np.arange(len(self.starts)), self.n_iter]

    @property
    def n_running(self) -> int:
        return self.stops.count(None)

    @property
    def n_ended(self) -> int:
        return len(self.starts) - self.n_running

    def n_iter_at(self, tol: float) -> NDArray[np.intp]:
        """How many iterations each run would have made with this tolerance, if it is the larger one, (R,)."""
        if self.curves.shape[1] == 1:  # no run went on
            return self.n_iter
        small = np.abs(np.diff(self.curves, axis=1)) < tol  # the change that the E-step i + 1 sees
        return np.where(small.any(axis=1), np.minimum(small.argmax(axis=1) + 2, self.n_iter), self.n_iter)


def draw_starts(
    X: ArrayLike,
    n_components: int,
    inits: Iterable[str],
    seeds: Iterable[int],
    *,
    covariance_type: str = "full",
    reg_covar: float = 1e-6,
    sample_weight: ArrayLike | None = None,
    noise: bool = False,
    dof: ArrayLike | str | None = None,
) -> Iterator[Start]:
    """Every initialisation of `starts.INITS` by name with every seed, one at a time: the starts of `fit`.

    One without chance is the same for every seed and comes once. `sample_weight`, `noise` and `dof` as in
    `fit`. Raises `ValueError` for what EM cannot begin with.
    """
    X, weights = as_weighted_sample(X, n_components, sample_weight)
    family = family_named(covariance_type)
    reg_covar, seeds = as_amount(reg_covar, "reg_covar", REG_COVAR), list(seeds)
    begins = Beginning.of(X, n_components, as_noise(noise, len(X)), dof, weights)
    some, counting = X[begins.rows], weights_of(begins.rows, weights)
    for init in inits:
        for seed in [None] if init in INITS and not INITS[init].chance else seeds:
            begun = begin(some, n_components, init, family, seed, counting)
            mixture, note = first_mixture(some, begun, reg_covar, counting)
            yield Start(init, seed, begins.completed(mixture), note)


def drawn(*of: Any, on_start: Callable[[Start], None] | None = None, **how: Any) -> list[Start]:
    """All of `draw_starts` in one call; `on_start` is called with each, and what it raises ends it."""
    starts = []
    for start in draw_starts(*of, **how):
        starts.append(start)
        if on_start is not None:
            on_start(start)
    return starts


def laps(
    X: ArrayLike,
    starts: Sequence[Start],
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-8,
    max_iter: int = 10_000,
    sample_weight: ArrayLike | None = None,
) -> Iterator[Race]:
    """Run EM on X (n, d) from every start, all together, and yield the race after every iteration.

    Each run is the one that `fit` makes from its start with these options. A caller can stop anywhere:
    what it has is a whole `Race`, in which some runs have not ended. `tol` is far smaller than that of `fit`
    by default: runs that are stopped early end anywhere. `sample_weight` as in `fit`.

    Raises `ValueError` for starts that do not fit the data or each other.
    """
    starts = tuple(starts)
    if not starts:
        raise ValueError("starts is empty: a race needs at least one.")
    first = starts[0].mixture
    X, weights = as_weighted_sample(X, first.n_components, sample_weight)
    for start in starts:
        check_start(start.mixture, X, first.n_components, first.covariance_type)
    reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
    stack = Stack(
        [X],
        [start.mixture for start in starts],
        reg_covar=reg_covar,
        tol=as_amount(tol, "tol", TOL),
        max_iter=as_count(max_iter, "max_iter", 0),
        sample_weights=[weights],
    )
    n = n_counted(len(X), weights)
    while stack.advance():
        yield _race(starts, stack, n)
    yield _race(starts, stack, n)


def run_race(
    X: ArrayLike,
    starts: Sequence[Start],
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-8,
    max_iter: int = 10_000,
    sample_weight: ArrayLike | None = None,
    on_lap: Callable[[Race], None] | None = None,
) -> Race:
    """All of `laps` in one call; `on_lap` is called with each, and what it raises ends the race."""
    how: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "max_iter": max_iter}
    for race in laps(X, starts, **how, sample_weight=sample_weight):
        if on_lap is not None:
            on_lap(race)
    return race


def _race(starts: tuple[Start, ...], stack: Stack, n: float) -> Race:
    return Race(
        starts,
        stack.curves,
        stack.n_iter.copy(),
        tuple(stack.stops),
        tuple(stack.collapsed),
        stack.counts.copy(),
        *stack.parameters(),
        tuple(map(stack.beyond, range(len(starts)))),
        n,
        stack.reg_covar,
        stack.tol,
    )

"""Which k and family a criterion chooses, whether luck with the starts decides it, and how often it is right.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest

from gmm_core.engine.arrays import generator
from gmm_core.engine.checks import as_count, as_matrix
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement.criteria import CRITERIA, HELD_OUT, of_fits
from gmm_core.judgement.held_out import HeldOut, held_out
from gmm_core.judgement.selection import Comparison, Mapped, Tails, sweep_models


@dataclass(frozen=True)
class Cell:
    """One k and family on the map of a criterion.

    value : of the start with the highest log-likelihood of those that are not degenerate; NaN where all are.
    spread : how far apart these starts are in the criterion, from 0.
    left_out : for each start that does not count, why, in words: where a component collapses the criterion is
        infinite, and where only reg_covar holds it open, it is as good as reg_covar is small.
    """

    n_components: int
    covariance_type: str
    value: float
    spread: float
    left_out: tuple[str, ...] = ()

    @property
    def excluded(self) -> bool:
        return bool(np.isnan(self.value))


@dataclass(frozen=True)
class Choice:
    """What a criterion chooses. runner_up : the best cell with another k, if there is one.

    Not the next best of all: whether tied or spherical covariances are better is no doubt about k, and one
    Gaussian is the same in some of the families.
    """

    best: Cell
    runner_up: Cell | None

    @property
    def gap(self) -> float:
        """How much better the best is than any other k; infinite where nothing else is."""
        return np.inf if self.runner_up is None else abs(self.runner_up.value - self.best.value)

    @property
    def doubtful(self) -> bool:
        """Whether the starts of either are farther apart than the two: with other starts, the choice might be
        another.
        """
        return self.runner_up is not None and self.in_reach(self.runner_up)

    def in_reach(self, cell: Cell) -> bool:
        """Whether the starts of that cell or of the best are farther apart than the two."""
        return max(self.best.spread, cell.spread) > abs(cell.value - self.best.value)


def cells(comparison: Comparison, criterion: str, X: ArrayLike) -> tuple[Cell, ...]:
    """The map of a criterion, one of `criteria.of_fits`, from a comparison of fits to X (n, d), in the order
    of its plan.

    The spread is exact where `selection.fits` was to run every start `to_the_end`.
    """
    value = CRITERIA[criterion].value if criterion in CRITERIA else None
    if value is None:
        raise ValueError(f"criterion must be one of {', '.join(of_fits())}; got {criterion!r}.")
    X = as_matrix(X)[comparison.rows]
    found = []
    for fit in comparison.fits:
        values = [value(attempt, X, comparison.weights) for attempt in fit.attempts if not attempt.defect]
        best, spread = (values[0], float(np.ptp(values))) if values else (np.nan, np.nan)
        found.append(Cell(fit.n_components, fit.covariance_type, best, spread, fit.defects))
    return tuple(found)


def held_out_cells(found: Iterable[HeldOut]) -> tuple[Cell, ...]:
    """The map of the log-likelihood of a row held out, on which the highest is best."""
    return tuple(Cell(h.n_components, h.covariance_type, h.mean, h.spread, h.defects) for h in found)


def choose(found: Iterable[Cell], *, highest: bool = False) -> Choice | None:
    """The lowest cell of a map, or the highest, of those that are not excluded; None if all are."""
    ranked = sorted(
        (cell for cell in found if not cell.excluded), key=lambda cell: cell.value, reverse=highest
    )
    if not ranked:
        return None
    best = ranked[0]
    return Choice(best, next((cell for cell in ranked if cell.n_components != best.n_components), None))


def choices(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = ("full",),
    n_starts: int = 5,
    *,
    n_splits: int = 0,
    random_state: int = 0,
    noise: bool = False,
    dof: Tails = None,
) -> dict[str, Choice | None]:
    """What each criterion of `criteria.CRITERIA` chooses for X (n, d), held-out rows only with `n_splits`.

    noise, dof : as in `selection.fits`.
    """
    ks = list(n_components)
    how: dict[str, Any] = {"random_state": random_state, "noise": noise, "dof": dof}
    comparison = sweep_models(X, ks, families, n_starts, **how)
    maps = {name: cells(comparison, name, X) for name in of_fits()}
    if n_splits:
        rest = held_out(X, ks, families, n_starts, n_splits, **how)
        maps[HELD_OUT] = held_out_cells(rest)
    return {name: choose(some, highest=CRITERIA[name].highest) for name, some in maps.items()}


@dataclass(frozen=True)
class Found:
    """How often a criterion found the true k in repeated samples.

    low, high : the 95% confidence interval of the share (Wilson 1927). chosen : how often it chose which k.
    n_undecided : samples in which every cell was excluded; they count as not right.
    """

    criterion: str
    n_samples: int
    n_right: int
    low: float
    high: float
    chosen: Mapping[int, int]
    n_undecided: int

    @property
    def share(self) -> float:
        return self.n_right / self.n_samples


def repeated_choices(
    truth: Mixture,
    n_samples: int,
    n_repeats: int = 20,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 5,
    *,
    n_splits: int = 0,
    random_state: int = 0,
    noise: bool = False,
    dof: Tails = None,
    after: Sequence[Mapping[str, int | None]] = (),
    mapped: Mapped = map,
) -> Iterator[dict[str, int | None]]:
    """The k that each criterion chooses for samples of `n_samples` rows, drawn from `truth` again and again.

    None where every cell is excluded. Sample i is the same whatever `n_repeats` is. A caller can stop
    anywhere, and go on later, with what it has as `after`; `mapped` as in `selection.fits`, the rest as in
    `choices`.
    """
    n_samples, n_repeats = as_count(n_samples, "n_samples", 1), as_count(n_repeats, "n_repeats", 1)
    model = list(n_components), families, n_starts, n_splits, random_state, noise, dof
    how = _How(truth, n_samples, *model)
    yield from mapped(how.choose, range(len(after), n_repeats))


@dataclass(frozen=True, eq=False)
class _How:
    """How one sample is drawn and what it chooses: a task of its own, whoever else does the others."""

    truth: Mixture
    n_samples: int
    n_components: list[int]
    families: Collection[str]
    n_starts: int
    n_splits: int
    random_state: int
    noise: bool
    dof: Tails

    def choose(self, i: int) -> dict[str, int | None]:
        X, _ = self.truth.sample(self.n_samples, generator(self.random_state, i))
        model = X, self.n_components, self.families, self.n_starts
        beyond: dict[str, Any] = {"noise": self.noise, "dof": self.dof}
        chosen = choices(*model, n_splits=self.n_splits, random_state=self.random_state, **beyond)
        return {name: one.best.n_components if one else None for name, one in chosen.items()}


def how_often(chosen: Sequence[Mapping[str, int | None]], true_k: int) -> tuple[Found, ...]:
    """How often each criterion found `true_k`, from what it chose in one repeated sample or more."""
    found = []
    for name in chosen[0]:
        counted = Counter(one[name] for one in chosen)
        undecided = counted.pop(None, 0)
        interval = binomtest(counted[true_k], len(chosen)).proportion_ci(method="wilson")
        by_k = {k: counted[k] for k in sorted(k for k in counted if k is not None)}
        right = name, len(chosen), by_k.get(true_k, 0), float(interval.low), float(interval.high)
        found.append(Found(*right, by_k, undecided))
    return tuple(found)

"""Which k and family a criterion chooses, and whether luck with the starts decides it.

Letters: k components.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.checks import as_matrix
from gmm_core.held_out import HeldOut, held_out
from gmm_core.selection import Attempt, Comparison, icl, sweep_models

CRITERIA = ("bic", "aic", "icl")  # of all rows; lower is better


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
    """What a criterion chooses. runner_up : the next best cell, if there is one."""

    best: Cell
    runner_up: Cell | None

    @property
    def gap(self) -> float:
        """How much better the best is than the next; infinite where nothing else is."""
        return np.inf if self.runner_up is None else abs(self.runner_up.value - self.best.value)

    @property
    def doubtful(self) -> bool:
        """Whether the starts of either are farther apart than the two: with other starts, the choice might be
        another.
        """
        return self.runner_up is not None and max(self.best.spread, self.runner_up.spread) > self.gap


def cells(comparison: Comparison, criterion: str, X: ArrayLike) -> tuple[Cell, ...]:
    """The map of "bic", "aic" or "icl" from a comparison of fits to X (n, d), in the order of its plan.

    The spread is exact where `selection.fits` was to run every start `to_the_end`.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}; got {criterion!r}.")
    X = as_matrix(X)[comparison.rows]

    def value(attempt: Attempt) -> float:
        return icl(attempt.mixture, X) if criterion == "icl" else float(getattr(attempt, criterion))

    found = []
    for fit in comparison.fits:
        values = [value(attempt) for attempt in fit.attempts if not attempt.defect]
        best, spread = (values[0], float(np.ptp(values))) if values else (np.nan, np.nan)
        found.append(Cell(fit.n_components, fit.covariance_type, best, spread, fit.defects))
    return tuple(found)


def held_out_cells(found: Iterable[HeldOut]) -> tuple[Cell, ...]:
    """The map of the log-likelihood of a row held out: the only one on which the highest is best."""
    return tuple(Cell(h.n_components, h.covariance_type, h.mean, h.spread, h.defects) for h in found)


def choose(found: Iterable[Cell], *, highest: bool = False) -> Choice | None:
    """The lowest cell of a map, or the highest, of those that are not excluded; None if all are."""
    ranked = sorted(
        (cell for cell in found if not cell.excluded), key=lambda cell: cell.value, reverse=highest
    )
    return Choice(ranked[0], next(iter(ranked[1:]), None)) if ranked else None


def choices(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Sequence[str] = ("full",),
    n_starts: int = 5,
    *,
    n_splits: int = 0,
    random_state: int = 0,
) -> dict[str, Choice | None]:
    """What each criterion chooses for X (n, d): "bic", "aic", "icl" and, with `n_splits`, "held_out"."""
    ks = list(n_components)
    comparison = sweep_models(X, ks, families, n_starts, random_state=random_state)
    chosen = {criterion: choose(cells(comparison, criterion, X)) for criterion in CRITERIA}
    if n_splits:
        rest = held_out(X, ks, families, n_starts, n_splits, random_state=random_state)
        chosen["held_out"] = choose(held_out_cells(rest), highest=True)
    return chosen

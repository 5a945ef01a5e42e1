"""Fits to compare over k and family, one after another: what Check judges, and the map of Choose k."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import selection
from gmm_core.words import count
from pages.ui.runs.jobs import Job, growing

Plan = Sequence[tuple[int, str]]


def comparing(
    X: NDArray,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 6,
    **how: Any,
) -> Job[list[selection.Fit]]:
    """The job of `selection.fits` on X (n, d), with its arguments."""
    ks = tuple(n_components)
    plan = selection.planned(X, ks, families)
    return growing(
        selection.fits(X, ks, families, n_starts, **how), len(plan), partial(which_of, "Fit", plan)
    )


def which_of(what: str, plan: Plan, done: int) -> str:
    """Which k and family are on, for a bar, where so many are done."""
    k, family = plan[min(done, len(plan) - 1)]
    n = min(done + 1, len(plan))
    return f"{what} {n} of {len(plan)}: {count(k, 'component')}, {family} …"

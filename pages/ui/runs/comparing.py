"""Fits to compare over k and family, one after another: what Check judges, and the map of Choose k."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import selection
from gmm_core.words import count
from pages.ui.address.kinds import kind_of
from pages.ui.address.settings import Settings
from pages.ui.runs.brought import keep_start
from pages.ui.runs.jobs import Job, growing
from pages.ui.runs.work.tasks import ON_ITERATION

Plan = Sequence[tuple[int, str]]
TOL, MAX_ITER = 1e-6, 500  # of every run that is compared


def comparing(
    X: NDArray,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 6,
    *,
    sample_weight: NDArray | None = None,
    **how: Any,
) -> Job[list[selection.Fit]]:
    """The job of `selection.fits` on X (n, d), with its arguments."""
    ks = tuple(n_components)
    how["sample_weight"] = sample_weight
    of_plan = {name: how[name] for name in ("sample_weight", "noise", "dof") if name in how}
    plan = selection.planned(X, ks, families, **of_plan)
    at_their_end = 0

    def note(ended: int) -> None:
        nonlocal at_their_end
        at_their_end = ended

    together = selection.side_by_side(X)

    def doing(done: int) -> str:
        k, family = plan[min(done, len(plan) - 1)]
        if together:
            return (
                f"{done} of {count(len(plan), 'fit')}: every k with {family} covariances at once, "
                f"{count(at_their_end, 'start')} at their end …"
            )
        some = f"{at_their_end} of {count(n_starts, 'start')} at their end" if k > 1 else "one start"
        return f"{which_of('Fit', plan, done)}, {some} …"

    return growing(
        lambda found, mapped: selection.fits(X, ks, families, n_starts, after=found, mapped=mapped, **how),
        len(plan),
        doing,
        telling=ON_ITERATION,
        on_next=note,
    )


def to_watch(settings: Settings, start: Mixture, reg_covar: float, max_iter: int = MAX_ITER) -> Settings:
    """The settings with which Explore runs EM on these data from a mixture, which is kept for some hours."""
    return replace(
        settings.data_alone,
        shuffle=0,
        n_components=start.n_components,
        covariance_type=start.covariance_type,
        reg_covar=reg_covar,
        tol=TOL,
        max_iter=max_iter,
        init="loaded",
        components=kind_of(start),
        parameters=keep_start(start, settings),
    )


def which_of(what: str, plan: Plan, done: int) -> str:
    """Which k and family are on, where so many are done."""
    k, family = plan[min(done, len(plan) - 1)]
    n = min(done + 1, len(plan))
    return f"{what} {n} of {len(plan)}: k = {k}, {family} covariances"

"""Fits to compare over k and family, one after another: what Check judges, and the map of Choose k."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import selection
from gmm_core.judgement.selection import Model
from gmm_core.words import capital, count
from pages.ui.address.kinds import kind_of
from pages.ui.address.settings import Settings
from pages.ui.runs.brought import keep_start
from pages.ui.runs.jobs import Job, growing
from pages.ui.runs.work.tasks import ON_ITERATION

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
    far = HowFar("fit", plan, n_starts, selection.side_by_side(X))
    return growing(
        lambda found, mapped: selection.fits(X, ks, families, n_starts, after=found, mapped=mapped, **how),
        len(plan),
        far.says,
        telling=ON_ITERATION,
        on_next=far.note,
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


class HowFar:
    """How far the models of a plan are, in words and as a share.

    what : one of them. n_starts : of each. families : whether every k of a family is on at once. within :
    words before, if any.
    """

    def __init__(
        self, what: str, plan: Sequence[Model], n_starts: int, families: bool, within: str = ""
    ) -> None:
        self._what, self._plan, self._n_starts = what, plan, n_starts
        self._families, self._within, self._at_their_end = families, within, 0

    def note(self, ended: int) -> float:
        """So many starts of what comes next have ended -> how many models that is."""
        self._at_their_end = ended
        return ended / self._n_starts

    def says(self, done: int) -> str:
        """What is on, where so many models are done."""
        n = len(self._plan)
        k, family = self._plan[min(done, n - 1)]
        if self._families:
            ended = f"{count(self._at_their_end, 'start')} at their end"
            what = f"{done} of {count(n, self._what)}: every k with {family} covariances at once, {ended}"
        else:
            ended = f"{self._at_their_end} of {count(self._n_starts, 'start')} at their end"
            some = ended if k > 1 else "one start"
            what = f"{self._what} {min(done + 1, n)} of {n}: k = {k}, {family} covariances, {some}"
        return f"{capital(self._within + what)} …"

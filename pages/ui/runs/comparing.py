"""Fits that are compared: over k and family, for Check and Choose k; and two runs side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Mixture, Trace, accuracy
from gmm_core.engine import health
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.kmeans import Clustering
from gmm_core.engine.missing import expected, log_joint
from gmm_core.judgement import selection
from gmm_core.judgement.pair import Pair, compare
from gmm_core.words import count
from pages.ui.address.settings import Settings
from pages.ui.runs import fits
from pages.ui.runs.brought import keep_start
from pages.ui.runs.data import BY_SETTINGS, dataset
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
    plan = selection.planned(X, ks, families, sample_weight=sample_weight)
    how["sample_weight"] = sample_weight
    at_their_end = 0

    def note(ended: int) -> None:
        nonlocal at_their_end
        at_their_end = ended

    def doing(done: int) -> str:
        k, _ = plan[min(done, len(plan) - 1)]
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
        parameters=keep_start(start, settings),
    )


def which_of(what: str, plan: Plan, done: int) -> str:
    """Which k and family are on, where so many are done."""
    k, family = plan[min(done, len(plan) - 1)]
    n = min(done + 1, len(plan))
    return f"{what} {n} of {len(plan)}: k = {k}, {family} covariances"


# --- Two runs side by side


class Compared(NamedTuple):
    """The ends of two runs, in the data's own units, and what makes each of them degenerate, or ""."""

    ends: Pair
    defects: tuple[str, str]


def compared(settings: Settings, another: fits.Other) -> Compared:
    """The run with these settings, and the one beside it."""
    runs = (settings, another.settings)
    ends = tuple(fits.run(one).mixture for one in runs)
    return _compared(_with_beside(settings), another.settings, *ends, *(fits.scaled_run(one) for one in runs))


def _with_beside(settings: Settings) -> Settings:
    return replace(settings.fitted, beside=settings.beside)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _compared(
    settings: Settings, another: Settings, _first: Mixture, _second: Mixture, _one: Trace, _two: Trace
) -> Compared:
    data = dataset(settings)
    weights = data.sample_weight

    def defect(of: Settings, trace: Trace) -> str:
        Z = expected(trace.mixture, fits.scaling(of).scale(data.X))[0]
        return health.defect(
            *(trace.mixture, trace.steps[-1].counts, Z),
            reg_covar=of.reg_covar,
            spread=health.least_variance(Z, weights),
            collapsed=trace.collapsed,
            sample_weight=weights,
        )

    pair = compare(data.X, _first, _second, sample_weight=weights)
    return Compared(pair, (defect(settings, _one), defect(another, _two)))


def rows_right(settings: Settings) -> tuple[float, float] | None:
    """The share of rows that EM and what stands beside it put into their known group at the end, matched
    one to one. None where no groups are known, or nothing stands there.
    """
    if dataset(settings).labels is None or not settings.beside:
        return None
    another = fits.other(settings)
    last = another.trace.mixture if another else fits.kmeans(settings).steps[-1]
    return _rows_right(_with_beside(settings), fits.run(settings).mixture, last)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _rows_right(settings: Settings, _em: Mixture, _other: Mixture | Clustering) -> tuple[float, float] | None:
    data = dataset(settings)
    data = data.of_rows(data.labels != NO_LABEL)
    if not len(data.X):
        return None
    if isinstance(_other, Clustering):
        clusters = _other.assign(fits.scaling(settings).scale(data.X))
    else:
        clusters = log_joint(_other, data.X).argmax(axis=1)

    def right(found: NDArray[np.integer]) -> float:
        return accuracy(data.labels, found, sample_weight=data.sample_weight)

    return right(log_joint(_em, data.X).argmax(axis=1)), right(clusters)

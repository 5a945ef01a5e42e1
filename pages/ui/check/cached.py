"""What Check compares, by the data: the fits grow, and what was stopped can go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine.checks import constant_columns
from gmm_core.judgement import astray as strays
from gmm_core.judgement import selection, verdict
from gmm_core.judgement.information import ByInformation
from gmm_core.judgement.intervals import ByBootstrap, parameter_intervals
from gmm_core.judgement.likelihood import at_once
from gmm_core.judgement.selection import Comparison, Fit
from gmm_core.judgement.verdict import Verdict
from gmm_core.out.export import mixture_to_json
from pages.ui.address.settings import Settings
from pages.ui.check import figures
from pages.ui.runs import processes
from pages.ui.runs.brought import keep_start, table
from pages.ui.runs.comparing import comparing, to_watch
from pages.ui.runs.data import dataset, row_numbers
from pages.ui.runs.jobs import Job, Report
from pages.ui.runs.work.tasks import ON_ITERATION


class Varying(NamedTuple):
    """The features that are compared, X (n, d), and their names; there may be none."""

    X: NDArray[np.float64]
    names: list[str]


def varying(settings: Settings) -> Varying:
    """The data without columns that do not vary in the rows that are compared: they have no density."""
    data = dataset(settings)
    constant = constant_columns(data.X[selection.compared_rows(len(data.X))])
    if not constant:
        return Varying(data.X, list(data.feature_names))
    names = [name for j, name in enumerate(data.feature_names) if j not in constant]
    return Varying(np.ascontiguousarray(np.delete(data.X, constant, axis=1)), names)


def fits(settings: Settings) -> Job[list[Fit]]:
    """The fits over k and family to what varies."""
    X, names = varying(settings)
    return _fits(settings.drawn_from, names, X, dataset(settings).sample_weight)


# What varies is not in the settings alone: known groups, which no fit depends on, may take a column away.
@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def _fits(
    drawn_from: tuple[Any, ...],
    names: list[str],
    _X: NDArray[np.float64],
    _counts: NDArray[np.float64] | None,
) -> Job[list[Fit]]:
    return comparing(_X, sample_weight=_counts)


def comparison(settings: Settings) -> Comparison:
    """What was found so far."""
    X, how = varying(settings).X, {"sample_weight": dataset(settings).sample_weight}
    return selection.compare(X, list(fits(settings).so_far), selection.planned(X, **how), **how)


def judged(settings: Settings) -> Verdict:
    """The verdict on what was found so far, as if all rows were measurements."""
    return _judged(settings.drawn_from, comparison(settings), varying(settings).X, row_numbers(settings))


BY_FITS = {Comparison: lambda one: len(one.fits)}  # of the same data, in their order
BY_MIXTURE = {Mixture: mixture_to_json}


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_FITS)
def _judged(
    drawn_from: tuple[Any, ...],
    compared: Comparison,
    _X: NDArray[np.float64],
    _numbers: NDArray[np.integer],
) -> Verdict:
    return verdict.judge(compared, _X, _numbers, flaws=())


# Pictures for all who look at the same: to make them took a third of a page on which all else was there.


def bic_figure(settings: Settings, comparison: Comparison) -> go.Figure:
    """`figures.bic` of what was found so far."""
    return _bic_figure(settings.drawn_from, varying(settings).names, comparison)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_FITS)
def _bic_figure(drawn_from: tuple[Any, ...], names: list[str], comparison: Comparison) -> go.Figure:
    return figures.bic(comparison)


def pairs_figure(
    settings: Settings,
    mixture: Mixture,
    X: NDArray[np.float64],
    names: list[str],
    numbers: NDArray[np.integer],
) -> go.Figure:
    """`figures.pairs` of the best fit so far."""
    return _pairs_figure(settings.drawn_from, names, mixture, X, numbers)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_MIXTURE)
def _pairs_figure(
    drawn_from: tuple[Any, ...],
    names: list[str],
    mixture: Mixture,
    _X: NDArray[np.float64],
    _numbers: NDArray[np.integer],
) -> go.Figure:
    return figures.pairs(_X, names, mixture, _numbers)


REPLICATES = 200


def intervals(settings: Settings, mixture: Mixture, comparison: Comparison) -> Job[ByBootstrap]:
    """The intervals of the parameters of a fit to the rows that were compared."""
    X = varying(settings).X[comparison.rows]
    return _intervals(keep_start(mixture, settings), X, mixture, comparison)


def sure(settings: Settings, mixture: Mixture, comparison: Comparison) -> Job[ByInformation | str]:
    """The same within a second or two: by the likelihood, or by information; a sentence where neither is."""
    X = varying(settings).X[comparison.rows]
    return _sure(keep_start(mixture, settings), X, mixture, comparison.weights)


# A fit's digits name the rows that it was fitted to.
@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def _sure(
    name: str, _X: NDArray[np.float64], _mixture: Mixture, _counts: NDArray[np.float64] | None
) -> Job[ByInformation | str]:
    def work(report: Report) -> ByInformation | str:
        return processes.run(at_once, _mixture, _X, sample_weight=_counts, report=report)

    return Job(work, 1, lambda _: "How far can each number go before the rows object?", elsewhere=True)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def _intervals(name: str, _X: NDArray[np.float64], _mixture: Mixture, _of: Comparison) -> Job[ByBootstrap]:
    def work(report: Report) -> ByBootstrap:
        return parameter_intervals(
            _mixture,
            _X,
            sample_weight=_of.weights,
            n_replicates=REPLICATES,
            reg_covar=_of.reg_covar,
            on_replicates=report,
            mapped=processes.mapped(lambda _: report(job.done), ON_ITERATION),
        )

    def doing(done: int) -> str:
        return f"{done} of {REPLICATES} times, rows were drawn anew and fitted …"

    job = Job(work, REPLICATES, doing, elsewhere=True)
    return job


def astray(settings: Settings, comparison: Comparison) -> Job[strays.Astray | None]:
    """Which rows are strays, by noise beside the components."""
    return _astray(settings.drawn_from, varying(settings).names, comparison, varying(settings).X)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_FITS)
def _astray(
    drawn_from: tuple[Any, ...], names: list[str], _comparison: Comparison, _X: NDArray[np.float64]
) -> Job[strays.Astray | None]:
    most = strays.tried(_comparison)

    def work(report: Report) -> strays.Astray | None:
        return strays.astray(_comparison, _X, on_fit=report)

    return Job(work, most, lambda done: f"With noise: {done} of {most} numbers of components are done …")


class Watched(NamedTuple):
    """The settings of other pages for a fit.

    run : with which Explore plays it. exact : whether it ends with the very parameters; else it begins with
    them, as other rows are fitted there. asked : with which Predict asks it, as it is.
    """

    run: Settings
    exact: bool
    asked: Settings


def watched(
    settings: Settings, said: Verdict, comparison: Comparison, names: Sequence[str]
) -> Watched | None:
    """Where a verdict's fit can be seen; None where no link can say which columns were fitted."""
    assert said.fit is not None
    X = varying(settings).X
    if X.shape[1] < dataset(settings).X.shape[1]:
        if settings.data != "own" or settings.edits:  # these count the columns as they are
            return None
        offered = table(settings).numeric
        settings = replace(settings, columns=",".join(str(offered.index(name) + 1) for name in names))
    exact = not comparison.sampled and np.array_equal(dataset(settings).X, X)
    mixture, reg_covar = said.fit.mixture, comparison.reg_covar
    start = said.fit.attempts[0].start if exact else mixture
    return Watched(
        to_watch(settings, start, reg_covar), exact, to_watch(settings, mixture, reg_covar, max_iter=0)
    )

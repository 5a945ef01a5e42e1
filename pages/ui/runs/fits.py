"""The only package with cache decorators: data and runs, by the settings that make them.

What one page alone shows has a module of its own beside this one.

Datasets and traces are frozen, so all visitors share them. Keys are settings, never arrays: Streamlit
samples large arrays, and two different ones could meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture, Scaling, Step, StopReason, Trace, fit
from gmm_core.engine.arrays import weights_of
from gmm_core.engine.floor import Floor, floor_of, floor_within
from gmm_core.engine.kmeans import MOST_ITERATIONS, KMeansRun, run_kmeans
from gmm_core.engine.starts import partitions
from gmm_core.engine.ways.climbing import Climb
from gmm_core.judgement import ends as judged
from gmm_core.judgement.ends import Measured, OtherStart
from gmm_core.judgement.information import ByInformation, at_once
from gmm_core.laboratory.against import Against, against_sklearn
from gmm_core.words import End
from pages.ui.address import beside, by_hand, kinds, told
from pages.ui.address.presets import STARTS_BY_NAME
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.runs import placed, processes
from pages.ui.runs.brought import parameters
from pages.ui.runs.data import BY_SETTINGS, counting, dataset, known_labels, repeated, rows_alone
from pages.ui.runs.jobs import Job, Report, within
from pages.ui.runs.kept import kept
from pages.ui.runs.processes import is_long
from pages.ui.runs.sharing import NO_PARAMETERS
from pages.ui.runs.work.tasks import ON_ITERATION, ON_LAP, ON_STEP

MOST_BYTES = 400_000_000  # of runs: half a dozen of the largest
MOST_SECONDS = 3.0  # of a fit, from which on nobody looks for others beside it
MOST_PARTED = 2000  # rows that k-means parts, to see how wide groups are


def _loaded(settings: Settings) -> Mixture:
    """The saved parameters to begin with."""
    mixture, d = parameters.get(settings.parameters), dataset(settings).X.shape[1]
    mixture = mixture or STARTS_BY_NAME.get(settings.parameters)
    if mixture is None:
        raise ValueError(NO_PARAMETERS)
    if mixture.n_features != d:
        raise ValueError(
            f"The saved parameters are of {mixture.n_features} features, but these data have {d}. "
            "Choose the data they were fitted to, or another start."
        )
    family = mixture.covariance_type if settings.scaling == "none" else settings.covariance_type
    if (mixture.n_components, family) != (settings.n_components, settings.covariance_type):
        raise ValueError(
            f"The saved parameters are {mixture.n_components} components with {mixture.covariance_type} "
            "covariances. Choose these in the settings, or another start."
        )
    kinds.check_kind(mixture, settings.components)
    return mixture


# Whoever waits for a fit is shown a bar and a button, which nothing that is cached may do. So only jobs are
# cached, and what is made of finished runs; these are handed over with an underscore: the settings name them.


def run(settings: Settings) -> Trace:
    """EM with these settings, in the data's own units; `ValueError` for what EM cannot begin with."""
    trace = scaled_run(settings)
    return trace if settings.scaling == "none" else _in_units(settings.fitted, trace)


@kept(MOST_BYTES)
def _in_units(settings: Settings, _trace: Trace) -> Trace:
    return scaling(settings).trace_in_units(_trace)


def scaling(settings: Settings) -> Scaling:
    """How the data are scaled before EM; measured before they were edited by hand, so that the start stays
    the same.
    """
    return _scaling(
        replace(
            settings.data_alone,
            shuffle=0,
            edits=settings.edits_at_start,
            scaling=settings.scaling,
        )
    )


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _scaling(settings: Settings) -> Scaling:
    data = dataset(settings)
    return Scaling.of(settings.scaling, data.X, sample_weight=data.sample_weight)


def scaled_run(settings: Settings) -> Trace:
    """EM with these settings as it ran, on the scaled data."""
    settings = settings.fitted
    return _job(settings, _step_before(settings)).result()


def floor(settings: Settings) -> Floor | None:
    """What there is to say of `reg_covar` against the data on which EM runs, before it does."""
    model = {name: getattr(settings, name) for name in ("scaling", "n_components", "reg_covar")}
    return _floor_job(replace(rows_alone(settings), **model)).result()


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _floor_job(settings: Settings) -> Job[Floor | None]:
    data, k, reg_covar = dataset(settings), settings.n_components, settings.reg_covar

    def look(_: Report) -> Floor | None:
        Z, weights = scaling(settings).scale(placed.filled(data)), data.sample_weight
        found = floor_of(Z, reg_covar, None, weights)
        if found or k == 1:
            return found
        which = slice(None, None, len(Z) // MOST_PARTED + 1)
        some, counts = Z[which], weights_of(which, weights)
        varying = some[:, np.ptp(some, axis=0) > 0]
        if len(np.unique(varying, axis=0)) < 2 * k:
            return None
        return floor_within(some, partitions(varying, k, 1, 0, counts)[0], reg_covar, counts)

    return Job(look, 1, "Looking at reg_covar:")


def _step_before(settings: Settings) -> Mixture | None:
    """The mixture of another run from which this one begins; None where it begins by itself."""
    if settings.forks:
        base, fork = before_fork(settings)
        before = base.steps[fork.iteration].mixture
        return placed.changed(before, fork, settings.covariance_type, scaling(settings))
    if settings.init in ("given", "loaded") or not (settings.shuffle or settings.edited_since_start):
        return None
    # The same start, so that nothing but the rows is different.
    same = replace(settings, shuffle=0, edits=settings.edits_at_start, max_iter=1)
    try:
        return scaling(same).in_units(scaled_run(same).steps[0].mixture)
    except ValueError:  # the data could not be fitted before they were edited
        return None


@kept(MOST_BYTES)
def _job(settings: Settings, _start: Mixture | None) -> Job[Trace]:
    data, scale, start = dataset(settings), scaling(settings), _start
    how = counting(data)
    beyond = kinds.options(settings.components, settings.prior, settings.scaling)
    beyond |= {"held": told.held_of(settings.held, settings.n_components)}
    beyond |= {"known_labels": known_labels(settings)}
    if start is None and settings.init == "loaded":
        start = _loaded(settings)
    elif start is None and settings.init == "given":
        start = placed.start(settings, scale, how)
    # Many steps of many numbers are better done elsewhere.
    far = is_long(data.X.size, settings.n_components, settings.max_iter)
    missing = how["missing"]
    return Job(  # which keeps none of the data
        lambda report: processes.run(
            fit,
            scale.scale(dataset(settings).X),
            settings.n_components,
            covariance_type=settings.covariance_type,
            init=settings.init,
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            max_iter=settings.max_iter,
            random_state=settings.random_state,
            sample_weight=dataset(settings).sample_weight,
            missing=missing,
            **beyond,
            start=start and scale.scaled(start, settings.covariance_type),
            report=report,
            telling=ON_STEP,
            far=far,
        ),
        settings.max_iter,
        elsewhere=far,
    )


def before_fork(settings: Settings) -> tuple[Trace, by_hand.Fork]:
    """The run that this one was forked from, in the data's own units, and the fork."""
    last, before = by_hand.read_forks(settings.forks)[-1], settings.original
    base = scaled_run(before)
    if before.scaling != "none":
        base = _in_units(before, base)
    if last.iteration > base.n_iter:
        raise ValueError(
            f"The fork is at iteration {last.iteration}, but that run has only {base.n_iter}. Undo the fork."
        )
    return base, last


def start_changed(settings: Settings, fork: by_hand.Fork) -> tuple[list[by_hand.Placed], str]:
    """The start of the run with these settings after a component was changed, as a start that is placed by
    hand, and a sentence where the family cannot hold that. A `ValueError` where it cannot be changed so.
    """
    before = run(settings).steps[0].mixture.of_components
    after = placed.changed(before, fork, settings.covariance_type, scaling(settings))
    return by_hand.as_placed(after), _lost(settings, after, fork)


def lost_by_hand(settings: Settings) -> str:
    """A sentence where the family of this run cannot hold what was given by hand; else ""."""
    begun = run(settings).steps[0].mixture
    if settings.forks:
        return _lost(settings, begun, by_hand.read_forks(settings.forks)[-1])
    given = by_hand.read_start(settings.means)
    return placed.lost(
        begun, {j: one.spread for j, one in enumerate(given) if one.spread}, settings.covariance_type
    )


def _lost(settings: Settings, begun: Mixture, fork: by_hand.Fork) -> str:
    spreads = {fork.component: fork.values} if fork.what == by_hand.SPREAD else {}
    return placed.lost(begun, spreads, settings.covariance_type)


def _scaled_rows(settings: Settings) -> NDArray[np.float64]:
    """The data on which EM runs."""
    return scaling(settings).scale(dataset(settings).X)


def kmeans(settings: Settings) -> KMeansRun:
    """k-means on the data that EM runs on, from the means with which it begins.

    Raises `ValueError` where values are missing.
    """
    if not dataset(settings).complete:
        raise ValueError(
            "k-means has no distance to a row with missing values: leave such rows out, or fill the values "
            "in, and it can stand there."
        )
    return _kmeans_job(settings.fitted, scaled_run(settings).steps[0].mixture).result()


@kept(MOST_BYTES // 4)
def _kmeans_job(settings: Settings, _start: Mixture) -> Job[KMeansRun]:
    far = is_long(dataset(settings).X.size, settings.n_components, MOST_ITERATIONS)
    return Job(
        lambda report: processes.run(
            run_kmeans,
            _scaled_rows(settings),
            _start.means,
            sample_weight=dataset(settings).sample_weight,
            report=report,
            telling=ON_ITERATION,
            far=far,
        ),
        MOST_ITERATIONS,
        "k-means is running: iteration",
        elsewhere=far,
    )


def sklearn_rows(settings: Settings) -> Dataset:
    """The data of which scikit-learn's fit is the same as EM's: each row as often as it counts.

    Raises `ValueError` where it knows no such rows.
    """
    if not dataset(settings).complete:
        raise ValueError(
            "scikit-learn's GaussianMixture takes no missing values, so there is nothing to compare with."
        )
    return repeated(settings).data


def against(settings: Settings) -> Against:
    """scikit-learn's fit from the start of the run with these settings, to `sklearn_rows`, as EM saw them."""
    return _against_job(settings.fitted, scaled_run(settings)).result()


@kept(MOST_BYTES // 4)
def _against_job(settings: Settings, _trace: Trace) -> Job[Against]:
    how = {"reg_covar": settings.reg_covar, "tol": settings.tol, "max_iter": settings.max_iter}
    far = is_long(sklearn_rows(settings).X.size, settings.n_components, settings.max_iter)
    return Job(
        lambda report: processes.run(
            against_sklearn,
            scaling(settings).scale(sklearn_rows(settings).X),
            _trace,
            **how,
            report=report,
            telling=ON_ITERATION,
            far=far,
        ),
        settings.max_iter,
        "scikit-learn is running: iteration",
        elsewhere=far,
    )


class Other(NamedTuple):
    """The run that stands beside another. first : its iteration that is shown beside the start of that.

    climb : the same as it ran, on scaled data, where another way up than EM made it.
    """

    settings: Settings
    trace: Trace
    first: int
    climb: Climb | None = None

    @property
    def as_it_ran(self) -> Trace:
        """On scaled data."""
        return self.climb.trace if self.climb else scaled_run(self.settings)


def other(settings: Settings) -> Other | None:
    """The run of EM that stands beside the one with these settings; None where none does.

    Raises `ValueError` where it cannot be made. A fork and its original are shown at the same moment: one
    begins where the other was forked.
    """
    another = beside.other(settings)
    if another is None:
        return None
    another, _ = placed.with_means(another)
    trace = run(another)
    if settings.forks and another == settings.original:
        first = by_hand.read_forks(settings.forks)[-1].iteration
        return Other(another, _renumbered(trace, trace.steps[first:]), first)
    if another.forks and another.original == settings.fitted:
        base, fork = before_fork(another)
        return Other(another, _renumbered(trace, (*base.steps[: fork.iteration], *trace.steps)), 0)
    return Other(another, trace, 0)


def _renumbered(trace: Trace, steps: Sequence[Step]) -> Trace:
    return replace(trace, steps=tuple(replace(step, iteration=t) for t, step in enumerate(steps)))


def ends(settings: Settings) -> tuple[End, ...]:
    """What is true of the end of the run with these settings, the most important first; never empty.

    Another start is among them where `other_start` has found one.
    """
    job = other_start(settings)
    return judged.ends(measured(settings), job.result() if job.whole else None)


def measured(settings: Settings) -> Measured:
    """What was measured of the end of the run with these settings, as EM ran."""
    return _measured(settings.fitted, scaled_run(settings), run(settings), floor(settings))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _measured(settings: Settings, _scaled: Trace, _trace: Trace, _floor: Floor | None) -> Measured:
    data, trace = dataset(settings), _trace
    X = data.X
    if _trace.stop is not StopReason.COLLAPSED:  # it may have, in the data's own units alone
        X, trace = scaling(settings).scale(X), _scaled
    found = judged.measure(
        trace,
        X,
        reg_covar=settings.reg_covar,
        tol=settings.tol,
        max_iter=settings.max_iter,
        init=settings.init,
        floor=_floor,
        sample_weight=data.sample_weight,
        held=told.held_of(settings.held, settings.n_components),
        known_labels=known_labels(settings),
    )
    return replace(found, log_likelihood=_trace.log_likelihood, names=column_names(settings))


def column_names(settings: Settings) -> Sequence[str]:
    """What the columns are called in which EM runs, which may be whitened."""
    names = dataset(settings).feature_names
    return [f"direction {j + 1}" for j in range(len(names))] if settings.scaling == "whiten" else names


def sure(settings: Settings) -> ByInformation | str:
    """How sure the parameters are with which the run ends, in the data's own units; or why nobody knows."""
    if settings.is_told:
        return "Standard errors are for fits of rows alone, in which nothing is held."
    return _sure(settings.fitted, scaled_run(settings))


@kept(MOST_BYTES // 10)
def _sure(settings: Settings, _trace: Trace) -> ByInformation | str:
    data, by = dataset(settings), scaling(settings)
    return at_once(
        *(_trace.mixture, by.scale(data.X), by), sample_weight=data.sample_weight, prior=_trace.prior
    )


def worth_another_start(settings: Settings) -> bool:
    """Whether other starts are looked for beside the run: not of one component, nor where that takes long."""
    if settings.prior or settings.is_told:  # the others are without
        return False
    return settings.n_components > 1 and _job(settings.fitted, _step_before(settings)).seconds < MOST_SECONDS


def other_start(settings: Settings) -> Job[OtherStart | None]:
    """The job that finds the best of some other starts; the same for all starts, and for all visitors."""
    of_a_start = ("init", "random_state", "means", "parameters", "forks")
    no_start = {name: FIELDS[name].default for name in of_a_start}
    return _other_start(replace(settings.fitted, **no_start))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _other_start(settings: Settings) -> Job[OtherStart | None]:
    def look(report: Report) -> OtherStart | None:
        try:
            found = processes.run(
                judged.other_starts,
                scaling(settings).scale(placed.filled(dataset(settings))),
                settings.n_components,
                covariance_type=settings.covariance_type,
                reg_covar=settings.reg_covar,
                tol=settings.tol,
                max_iter=settings.max_iter,
                sample_weight=dataset(settings).sample_weight,
                **kinds.OPTIONS[settings.components],
                report=report,
                telling=ON_LAP,
            )
        except ValueError:  # EM cannot begin with such data
            return None
        with within(report):
            for one in found:
                # What a click opens, on all rows.
                very = replace(settings, init=one.init, random_state=one.random_state)
                if not measured(very).degenerate:
                    return replace(one, log_likelihood=run(very).log_likelihood)
        return None

    return Job(look, len(judged.CANDIDATES), "Other starts are tried:", beside=True)

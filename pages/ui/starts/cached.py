"""Races of many starts, by what makes each of them what it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from gmm_core.judgement.race import Start, drawn, run_race
from pages.ui.address.settings import Settings
from pages.ui.runs import processes
from pages.ui.runs.data import dataset
from pages.ui.runs.fits import scaling
from pages.ui.runs.jobs import Job, Report
from pages.ui.runs.work.tasks import ON_LAP, Telling, none_yet
from pages.ui.starts.outcome import Outcome
from pages.ui.starts.settings import Heat

ON_START = Telling("on_start", none_yet)


def raced(asked: Heat) -> Outcome:
    """What came of the race that is asked for; `ValueError` for what EM cannot begin with."""
    return _race(asked).result()


@st.cache_resource(max_entries=12, ttl=3600, show_spinner=False, hash_funcs={Heat: repr})
def _race(asked: Heat) -> Job[Outcome]:
    n = asked.n_starts
    return Job(
        partial(_run_race, asked),
        n,
        lambda done: f"The race is on: {done} of {n} starts are at their end …",
        elsewhere=True,
    )


def _run_race(asked: Heat, report: Report) -> Outcome:
    settings, scale = asked.settings, scaling(asked.settings)
    data, starts = dataset(settings), _starts(asked, report)
    Z, counts = scale.scale(data.X), data.sample_weight
    race = processes.run(
        run_race,
        Z,
        starts,
        reg_covar=settings.reg_covar,
        tol=asked.tol,
        max_iter=asked.max_iter,
        sample_weight=counts,
        report=report,
        telling=ON_LAP,
    )
    return Outcome.of(race, Z, scale, counts)


def _starts(asked: Heat, report: Report) -> list[Start]:
    """Where the runs begin: where Explore begins, which keeps a start while points are edited."""

    def begin(settings: Settings) -> list[Start]:
        return processes.run(
            drawn,
            scaling(settings).scale(dataset(settings).X),
            settings.n_components,
            asked.inits,
            asked.seeds,
            covariance_type=settings.covariance_type,
            reg_covar=settings.reg_covar,
            sample_weight=dataset(settings).sample_weight,
            report=report,
            telling=ON_START,
        )

    if asked.settings.edited_since_start:
        try:
            return begin(replace(asked.settings, edits=asked.settings.edits_at_start))
        except ValueError:  # the data could not be fitted before they were edited
            pass
    return begin(asked.settings)

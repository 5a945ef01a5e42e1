"""What Debug shows, by the program that runs and the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from gmm_core import Dataset, Mixture
from gmm_core.engine.checks import constant_columns
from gmm_core.laboratory.diagnosis import Diagnosis, Kind, diagnose
from gmm_core.laboratory.faulty_em import FaultyRun, likely_starts
from gmm_core.laboratory.laws import Parameters
from gmm_core.tables.pasted import read_numbers
from pages.ui.address.settings import Settings
from pages.ui.debug.settings import Program
from pages.ui.player.faulty_scene import Ran, drawable, encode_faulty, limits, run_to_draw
from pages.ui.player.header import Scene
from pages.ui.player.view import View
from pages.ui.runs.data import repeated
from pages.ui.runs.jobs import Job

RUNNING = "The code is running: iteration"
TRYING = "The known mistakes are tried:"
BY_PROGRAM = {Settings: repr, Program: repr}


def _of(settings: Settings) -> Settings:
    """Of an experiment, all that matters here."""
    return replace(settings.data_alone, n_components=settings.n_components)


def data(settings: Settings) -> Dataset:
    """The data without features that are constant, which have no density; `ValueError` where all are."""
    return _data(settings.data_alone)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_PROGRAM)
def _data(settings: Settings) -> Dataset:
    whole = repeated(settings).data
    constant = constant_columns(whole.X)
    if not constant:
        return whole
    kept = [j for j in range(whole.X.shape[1]) if j not in constant]
    if not kept:
        raise ValueError("Every column is constant: one value has no groups. Use data that differ.")
    names = tuple(whole.feature_names[j] for j in kept)
    X = np.ascontiguousarray(whole.X[:, kept])
    return replace(whole, X=X, feature_names=names, truth=None, image_shape=None)


def start(settings: Settings, program: Program) -> Parameters:
    """Where the code begins, before variances are random; `ValueError` where it cannot."""
    return _start(_of(settings), program.begin, program.seed if program.begin == "rows" else 0)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_PROGRAM)
def _start(settings: Settings, begin: str, seed: int) -> Parameters:
    X, k = data(settings).X, settings.n_components
    if begin == "rows":
        if k > len(X):
            raise ValueError(
                f"There are {len(X):,} rows for {k} components. Use at most {len(X)} components."
            )
        means = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
        return Parameters(np.full(k, 1 / k), means, np.tile(X.var(axis=0), (k, 1)))
    return likely_starts(X, k)[begin]


def ran(settings: Settings, program: Program) -> Ran:
    """What the program does on these data; `ValueError` where it cannot begin."""
    asked = (_of(settings), program)
    return _job(*asked, start(*asked)).result()


def asked_for(settings: Settings) -> Settings:
    """What is cancelled where a run is."""
    return _of(settings)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_PROGRAM)
def _job(settings: Settings, program: Program, _start: Parameters) -> Job[Ran]:
    X = data(settings).X
    how = {"max_iter": program.steps, "eps": program.eps, "random_state": program.seed}
    return Job(
        lambda report: run_to_draw(X, _start, program.faults, report=report, **how), program.steps, RUNNING
    )


class Beside(NamedTuple):
    """The run of the program and that of correct EM, what the player draws of each, and the limits of both
    curves.
    """

    run: FaultyRun
    correct: FaultyRun
    scene: Scene
    correct_scene: Scene
    within: tuple[float, float]

    @property
    def same_start(self) -> bool:
        first, right = self.run.steps[0], self.correct.steps[0]
        return first.log_likelihood == right.log_likelihood


def beside(settings: Settings, program: Program) -> Beside:
    """The program beside correct EM, from the same means."""
    axes = {"across": settings.across, "up": settings.up}
    runs = ran(settings, program), ran(settings, program.correct)
    return _beside(replace(_of(settings), **axes), program, *runs)


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_PROGRAM)
def _beside(settings: Settings, program: Program, _ran: Ran, _correct: Ran) -> Beside:
    of, within = data(settings), limits(_correct.run, _ran.run)
    axes, like = (settings.across, settings.up), drawable(_correct.run, of.X)[-1]
    view = View(axes=axes, shuffled=settings.shuffle > 0, by_hand=False, like=like)
    scenes = [encode_faulty(of, one, within, view) for one in (_ran, _correct)]
    return Beside(_ran.run, _correct.run, *scenes, within)


def diagnosis(text: str, kind: Kind | None, settings: Settings, program: Program) -> Diagnosis:
    """What pasted numbers say; the start of the program is tried besides likely ones.

    `TableError` for numbers that cannot be read.
    """
    return _diagnosis(*asked_about(text, kind, settings, program)).result()


def asked_about(
    text: str, kind: Kind | None, settings: Settings, program: Program
) -> tuple[str, Kind | None, Settings, Program]:
    """What is cancelled where a diagnosis is."""
    return (text, kind, _of(settings), program.correct)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_PROGRAM)
def _diagnosis(text: str, kind: Kind | None, settings: Settings, program: Program) -> Job[Diagnosis]:
    X, k = repeated(settings).data.X, settings.n_components

    def work(report: Any) -> Diagnosis:
        try:
            begin = start(settings, program)
            mixture = Mixture(begin.weights, begin.means, begin.variances, "diag")
        except ValueError:  # what was pasted can be judged all the same
            mixture = None
        pasted = read_numbers(text)
        return diagnose(
            pasted, X, kind, n_components=k, start=mixture, on_progress=lambda share: report(int(100 * share))
        )

    return Job(work, 100, TRYING)

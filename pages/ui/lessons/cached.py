"""The runs of scenes, as they are asked about and as they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from gmm_core import Dataset, Trace
from gmm_core.judgement.selection import sweep_models
from gmm_core.laboratory.faulty_em import FaultyRun, likely_starts, run_with_faults
from pages.ui.address.beside import titles
from pages.ui.address.settings import Settings
from pages.ui.lessons import book
from pages.ui.lessons.book import Lesson, Scene
from pages.ui.lessons.questions import MOST_K
from pages.ui.lessons.tally import Tally
from pages.ui.lessons.watched import Watched
from pages.ui.player import header
from pages.ui.player.faulty_scene import Ran, drawable, encode_faulty, limits, run_to_draw
from pages.ui.player.scene import encode
from pages.ui.player.view import View
from pages.ui.runs import fits, placed, processes, scenes
from pages.ui.runs.data import dataset, known_labels
from pages.ui.runs.jobs import Job

STARTS_FOR_BIC = 4


@dataclass(frozen=True)
class Asked:
    """What makes a scene's run what it is, whatever is said of it."""

    settings: Settings
    mistakes: tuple[str, ...] = ()
    begin: str = ""

    @classmethod
    def of(cls, scene: Scene) -> Asked:
        return cls(scene.settings, scene.mistakes, scene.begin)


BY_REPR = {Asked: repr, Settings: repr}


@st.cache_resource(show_spinner=False)
def lesson(name: str) -> Lesson:
    """A lesson of the app."""
    return book.of_the_app(name)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def lesson_in_link(text: str) -> Lesson:
    """The lesson that a link holds; a `ValueError` where it is none."""
    return book.from_link(text)


@st.cache_resource(max_entries=128, ttl=3600, show_spinner=False)
def counted(
    code: str, scene: int, texts: tuple[str, ...], _count: Callable[[tuple[str, ...]], Tally]
) -> Tally:
    """What a class answered in a scene of a room; all who are in it see the same."""
    return _count(texts)


def watched(asked: Asked) -> Watched:
    """The run of a scene; `ValueError` for what EM cannot begin with."""
    if asked.mistakes:
        return _watched_code(asked, _code(asked))
    settings, _ = placed.with_means(asked.settings)
    # What may be waited for is waited for out here: what is kept must not hold a bar that was shown then.
    return _watched(settings, fits.run(settings), fits.other(settings), scenes.rows_right(settings))


@st.cache_resource(max_entries=128, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _watched(
    settings: Settings,
    _trace: Trace,
    _other: fits.Other | None,
    _rows_right: tuple[float, float] | None,
) -> Watched:
    data, n = dataset(settings), dataset(settings).n_counted
    bounds = [np.nan if step.lower_bound is None else n * step.lower_bound for step in _trace.steps]
    return Watched(
        data,
        tuple(step.mixture for step in _trace.steps),
        n * _trace.objectives,
        np.array(bounds),
        _trace.collapsed is not None,
        n * _other.trace.objectives[-1] if _other else np.nan,
        titles(settings, _other.settings) if _other else ("this run", "the other"),
        _rows_right,
        lambda: _bics(settings.data_alone, settings.covariance_type).result(),
        known_labels(settings),
    )


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _bics(settings: Settings, family: str) -> Job[dict[int, float]]:
    def work(report) -> dict[int, float]:
        found = processes.run(
            *(sweep_models, dataset(settings).X, range(1, MOST_K + 1), [family]),
            n_starts=STARTS_FOR_BIC,
            report=report,
        )
        return {k: fit.bic for k, fit in found.by_components.items()}

    return Job(work, MOST_K, "Numbers of components are compared:", elsewhere=True)


class Code(NamedTuple):
    """A run of code with mistakes, and the same without."""

    data: Dataset
    ran: Ran
    right: FaultyRun


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _code(asked: Asked) -> Code:
    data = replace(dataset(asked.settings), truth=None)
    start = likely_starts(data.X, asked.settings.n_components)[asked.begin]
    mistakes, max_iter = tuple(one for one in asked.mistakes if one != "none"), asked.settings.max_iter
    ran = run_to_draw(data.X, start, mistakes, max_iter=max_iter)
    return Code(data, ran, run_with_faults(data.X, start, max_iter=max_iter))


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _watched_code(asked: Asked, _made: Code) -> Watched:
    run, right = _made.ran.run, _made.right
    curve = np.nan_to_num(run.log_likelihoods, nan=-np.inf)
    nothing = np.full(len(curve), np.nan)
    rival = float(right.log_likelihoods[-1])
    return Watched(_made.data, tuple(drawable(run, _made.data.X)), curve, nothing, bool(run.stop), rival)


def drawn(asked: Asked, until: int | None = None) -> header.Scene:
    """What the player draws of a scene's run. until : the last iteration of it, where the rest is to come."""
    if asked.mistakes:
        return _drawn_code(asked, until, _code(asked))
    settings, _ = placed.with_means(asked.settings)
    if until is None:
        return scenes.scene(settings, tuple(range(settings.n_components)))
    return _drawn(settings, until, fits.run(settings))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _drawn(settings: Settings, until: int, _trace: Trace) -> header.Scene:
    past = replace(_trace, steps=_trace.steps[: until + 1])
    if until < _trace.n_iter:
        past = replace(past, collapsed=None)
    return encode(dataset(settings), past, scenes.view_of(settings, tuple(range(settings.n_components))))


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_REPR)
def _drawn_code(asked: Asked, until: int | None, _made: Code) -> header.Scene:
    ran = _made.ran
    within = limits(_made.right, ran.run)
    if until is not None:
        past = replace(ran.run, steps=ran.run.steps[: until + 1], stop="")
        ran = ran._replace(run=past, shares=ran.shares[: until + 1])
        within = limits(past)  # those of the whole would give it away
    return encode_faulty(_made.data, ran, within, View(by_hand=False))


def beside(asked: Asked) -> scenes.Beside | None:
    """What stands beside a scene's run, where its link says so."""
    if asked.mistakes or not asked.settings.beside:
        return None
    return scenes.what_stands_beside(asked.settings, tuple(range(asked.settings.n_components)))

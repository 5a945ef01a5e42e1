"""Comparisons of the ways up, and what the player draws of one, by what makes each of them what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Mixture, Trace, keep_colours
from gmm_core.engine.ways.climbing import Climb
from gmm_core.engine.ways.table import WAYS
from gmm_core.laboratory.faster import Comparison, compare
from gmm_core.words import count
from pages.ui.address.settings import Settings
from pages.ui.faster.settings import Ascent
from pages.ui.look import palette
from pages.ui.player.header import Scene
from pages.ui.player.scene import common_limits, encode
from pages.ui.runs import processes
from pages.ui.runs.data import dataset
from pages.ui.runs.fits import scaled_run, scaling
from pages.ui.runs.jobs import Job, Report
from pages.ui.runs.processes import is_long
from pages.ui.runs.scenes import climbing, view_of
from pages.ui.runs.work.tasks import ON_LAP

MOST_SHOWN = 300  # iterations in the player
MOST_COMPARISONS = 16


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison as the ways ran, on scaled data, and their runs in the data's own units, by name."""

    found: Comparison
    traces: dict[str, Trace]


def compared(asked: Ascent) -> Compared:
    """What came of the comparison that is asked for; `ValueError` for what makes no sense."""
    return _compare(asked, scaled_run(asked.settings).steps[0].mixture).result()


@st.cache_resource(max_entries=MOST_COMPARISONS, ttl=3600, show_spinner=False, hash_funcs={Ascent: repr})
def _compare(asked: Ascent, _start: Mixture) -> Job[Compared]:
    labels = [*(way.label for way in WAYS.values()), "EM's rate"]
    far = is_long(dataset(asked.settings).X.size, len(WAYS) * asked.settings.n_components, asked.max_iter)
    return Job(
        partial(_run, asked, _start, far),
        len(WAYS),
        lambda done: f"The ways up are climbed: {labels[done]} …",
        elsewhere=far,
    )


def _run(asked: Ascent, start: Mixture, far: bool, report: Report) -> Compared:
    data, scale = dataset(asked.settings), scaling(asked.settings)
    found = processes.run(
        compare,
        scale.scale(data.X),
        start,
        asked.by_way,
        reg_covar=asked.settings.reg_covar,
        tol=asked.tol,
        max_iter=asked.max_iter,
        sample_weight=data.sample_weight,
        report=report,
        telling=ON_LAP,
        far=far,
    )
    traces = {name: scale.trace_in_units(one.trace) for name, one in found.climbs.items()}
    return Compared(found, traces)


def scenes(asked: Ascent, way: str, colours: tuple[int, ...]) -> tuple[Scene, Scene]:
    """What the player draws of EM, and of the way beside it, from the same start and in the same colours."""
    return _scenes(asked, way, colours, compared(asked))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs={Ascent: repr})
def _scenes(asked: Ascent, way: str, colours: tuple[int, ...], _ran: Compared) -> tuple[Scene, Scene]:
    settings = asked.settings
    em, other = (first_of(_ran.traces[name]) for name in ("em", way))
    limits = common_limits(em.log_likelihoods, other.log_likelihoods)
    of_em = _scene(settings, colours, em, _ran.found.climbs["em"], other, WAYS[way].label, limits)
    same = keep_colours(colours, em.steps[0].mixture, other.steps[0].mixture, len(palette.COMPONENTS))
    of_other = _scene(settings, same, other, _ran.found.climbs[way], em, WAYS["em"].label, limits)
    return of_em, of_other


def _scene(
    settings: Settings,
    colours: tuple[int, ...],
    trace: Trace,
    climbed: Climb,
    another: Trace,
    name: str,
    limits: tuple[float, float],
) -> Scene:
    view = replace(
        climbing(view_of(settings, colours), climbed),
        by_hand=False,
        before=tuple(another.log_likelihoods.tolist()),
        before_name=name,
        limits=limits,
    )
    shown, of = trace.n_iter, climbed.trace.n_iter
    ending = f"The first {count(shown, 'iteration')} of {of:,}." if shown < of else climbed.ending
    return encode(dataset(settings), trace, view, ending)


def first_of(trace: Trace) -> Trace:
    """The iterations of a run that the player shows."""
    return trace if trace.n_iter <= MOST_SHOWN else replace(trace, steps=trace.steps[: MOST_SHOWN + 1])


def paths(trace: Trace, P: NDArray[np.float64]) -> NDArray[np.float64]:
    """The means of every step in the plane of the map P (m, d): (t, k, m)."""
    return np.array([step.mixture.means @ P.T for step in trace.steps])

"""What the page about collapse shows, by the experiment and by the cure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Trace
from gmm_core.laboratory import autopsy, cures
from gmm_core.laboratory.autopsy import Autopsy, Suspect
from gmm_core.laboratory.cures import Cured, Options
from pages.ui.address.settings import Settings
from pages.ui.player.header import Scene
from pages.ui.player.scene import encode
from pages.ui.runs import processes
from pages.ui.runs.data import BY_SETTINGS, repeated
from pages.ui.runs.fits import run, scaled_run, scaling
from pages.ui.runs.jobs import Job, Report
from pages.ui.runs.processes import is_long
from pages.ui.runs.scenes import view_of
from pages.ui.runs.work.tasks import ON_STEP, Telling

SPIKES = 10.0 ** np.arange(1, -10.5, -0.5)  # variances, as shares of the data's where it is least


def opened(settings: Settings) -> Autopsy:
    """The autopsy of the run with these settings: judged as EM ran, told in the data's own units."""
    return _autopsy(settings.fitted, scaled_run(settings), run(settings))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _autopsy(settings: Settings, _scaled: Trace, _trace: Trace) -> Autopsy:
    X = repeated(settings).data.X
    if _trace.collapsed is not None:  # perhaps only in these units
        who = autopsy.suspect(X, _trace, settings.reg_covar)
    else:
        who = autopsy.suspect(scaling(settings).scale(X), _scaled, settings.reg_covar)
    return autopsy.examine(X, _trace, who)


def options(settings: Settings) -> Options:
    """How the run was made; a cure changes one thing of it."""
    how = (settings.covariance_type, settings.reg_covar, settings.tol, settings.max_iter)
    return Options(*how, seed=settings.random_state)


def suggested(settings: Settings) -> tuple[float, ...]:
    """Values of reg_covar to try, in the squared units of the data on which EM runs."""
    return _suggested(replace(settings.data_alone, shuffle=0, scaling=settings.scaling))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _suggested(settings: Settings) -> tuple[float, ...]:
    return cures.suggested(scaling(settings).scale(repeated(settings).data.X))


def cure(settings: Settings, name: str) -> Cured:
    """The run with that cure from the start of the run with these settings, in the data's own units.

    `ValueError` where that is no cure here.
    """
    start = scaled_run(settings).steps[0].mixture
    return _cure(settings.fitted, name, start, opened(settings).suspect).result()


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _cure(settings: Settings, name: str, _start: object, _who: Suspect) -> Job[Cured]:
    X, scale, far = repeated(settings).data.X, scaling(settings), _far(settings)

    def work(report: Report) -> Cured:
        of = (name, scale.scale(X), _start, _who, options(settings))
        found = processes.run(cures.cure, *of, report=report, telling=ON_STEP, far=far)
        return replace(found, trace=scale.trace_in_units(found.trace))

    return Job(work, settings.max_iter, f"{cures.title(name)}: iteration", elsewhere=far)


def _far(settings: Settings) -> bool:
    return is_long(repeated(settings).data.X.size, settings.n_components, settings.max_iter)


def scene(settings: Settings, cured: Cured, colours: tuple[int, ...]) -> Scene:
    """What the player draws of a cure, its components in the colours of the trouble's."""
    return _scene(settings, cured.name, colours, cured, opened(settings).suspect.component)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _scene(settings: Settings, name: str, colours: tuple[int, ...], _cured: Cured, _component: int) -> Scene:
    data = repeated(settings).data
    if len(_cured.rows) < len(data.X):
        data = data.of_rows(_cured.rows)
    if name == "fewer":
        colours = tuple(colour for j, colour in enumerate(colours) if j != _component)
    view = replace(view_of(settings, colours), by_hand=False)
    return encode(data, _cured.trace, view)


def honest(settings: Settings) -> Trace | None:
    """The best fit that is not degenerate of some other starts, in the data's own units; or None."""
    return _honest(settings.fitted).result()


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _honest(settings: Settings) -> Job[Trace | None]:
    X, scale = repeated(settings).data.X, scaling(settings)

    def work(report: Report) -> Trace | None:
        of = (scale.scale(X), settings.n_components, options(settings))
        best = processes.run(cures.honest, *of, report=report, telling=Telling("on_start"))
        return best and scale.trace_in_units(best)

    doing = "Looking for the best honest fit: start"
    return Job(work, len(cures.HONEST_INITS), doing, elsewhere=True)


def spike(settings: Settings, base: Cured) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances (s,), and what a spike of each gains over `base`: for its rows and for the others, (s, 2)."""
    return _spike(settings.fitted, base, opened(settings))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _spike(
    settings: Settings, _base: Cured, _found: Autopsy
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    X, mixture = repeated(settings).data.X, _base.trace.mixture
    spread = X.var(axis=0)
    variances = SPIKES * spread[spread > 0].min()
    density = mixture.log_density(X)
    mine = density[_found.rows].sum()
    before = np.array([mine, density.sum() - mine])
    return variances, autopsy.spike(mixture, X, _found.rows, variances) - before

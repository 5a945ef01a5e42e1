"""What leaves the page: pictures, parameters, data, history and code, of the half-step that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from gmm_core import Dataset, Prior, Scaling, Trace, impute
from gmm_core.out import beyond_scripts, export, scripts
from gmm_core.words import count
from pages.ui.address import address, kinds, told
from pages.ui.address.choices import DATA_LABELS
from pages.ui.address.differences import KMEANS
from pages.ui.address.settings import Settings
from pages.ui.player import Answer, pictures
from pages.ui.player.header import Together
from pages.ui.player.offline import animation_html
from pages.ui.runs import fits, processes, scenes
from pages.ui.runs.data import known_labels
from pages.ui.runs.rows import in_table
from pages.ui.runs.work.tasks import Report, Telling
from pages.ui.shell import known_groups, leaving
from pages.ui.shell.widgets import download

DATA_FILE = "data.csv"
WIDTH = 220  # of a group, in pixels: four stand side by side on a wide screen, two on a narrow one


def show(said: Answer, settings: Settings, data: Dataset, trace: Trace, colours: tuple[int, ...]) -> None:
    """Download buttons; a file is made when its button is pressed."""
    at = said.at
    step, names, n = trace.steps[at.iteration], data.feature_names, data.n_counted
    mixture, scaling = step.mixture, fits.scaling(settings)
    start, ends = fits.scaled_run(settings).steps[0].mixture, fits.ends(settings)

    known = known_labels(settings)

    def frame():
        labels = known_groups.named_labels(data)
        rows = in_table(settings)
        return export.data_frame(data.X, mixture, names, labels, data.sample_weight, known, rows)

    def filled(draw):
        X = impute(data.X, mixture, draw=draw, random_state=settings.random_state)
        return export.filled_frame(frame(), names, X)

    def history():
        return export.history_frame(trace, names, n=n)

    def code(write):
        return lambda: write(
            *(DATA_FILE, start),
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            n_iter=at.iteration,
            feature_names=names,
            scaling=scaling,
            weighted=data.sample_weight is not None,
            ends=ends,
        )

    st.caption(f"Everything is of iteration {at.iteration}; history and animation are of all {trace.n_iter}.")
    groups = st.container(horizontal=True, gap="small")
    with groups.container(width=WIDTH):
        st.markdown("**Picture and animation**")
        _pictures(said, settings, trace, colours)
    with groups.container(width=WIDTH):
        st.markdown("**Parameters and history**")
        _button(
            "Parameters, JSON",
            f"mixture_{at.iteration}.json",
            lambda: export.mixture_to_json(
                mixture, feature_names=names, log_likelihood=step.log_likelihood, ends=ends
            ),
            "To go on from here another time: under *Start*, choose *saved parameters*.",
        )
        _button(
            "Parameters, CSV", f"parameters_{at.iteration}.csv", lambda: export.parameters_csv(mixture, names)
        )
        _button("History, CSV", "history.csv", lambda: export.to_csv(history()))
        _button("History, Parquet", "history.parquet", lambda: export.to_parquet(history()))
    with groups.container(width=WIDTH):
        st.markdown("**Data with responsibilities**")
        _button("Data, CSV", DATA_FILE, lambda: export.to_csv(frame()))
        _button("Data, Parquet", "data.parquet", lambda: export.to_parquet(frame()))
        if known is not None:
            st.caption("Responsibilities are the mixture's own, also of rows whose group EM was told.")
        if not data.complete:
            _button(
                "Filled in, CSV",
                "filled.csv",
                lambda: export.to_csv(filled(False)),
                "What is missing, as the mixture shown expects it from the other values of its row: the best "
                "guess, but nearer to the middle than values lie. Responsibilities are by what is known.",
            )
            _button(
                "Filled in by a draw, CSV",
                "drawn.csv",
                lambda: export.to_csv(filled(True)),
                "What is missing, drawn from the mixture shown given the other values of its row, so that it "
                "scatters as values do. The seed is that of the start.",
            )
    with groups.container(width=WIDTH):
        st.markdown("**Code that reproduces it**")
        reason, offered = _scripts(settings, data, trace.prior, start.covariance_type)
        if offered:
            st.caption(
                f"It reads {DATA_FILE} beside it, begins where this run began and makes "
                f"{count(at.iteration, 'iteration')}."
            )
        if reason:
            st.caption(reason)
        for label, (name, write) in offered.items():
            _button(label, name, code(write))


def _scripts(
    settings: Settings, data: Dataset, prior: Prior | None, family: str
) -> tuple[str, dict[str, tuple[str, Callable[..., str]]]]:
    """Why a run has not all scripts, or ""; and those that it has: their names, and what writes each."""
    numpy_alone = {"Python with numpy alone": ("em_numpy.py", scripts.numpy_script)}
    weights, is_told = data.sample_weight, known_labels(settings) is not None
    beyond = replace(settings, held="", known=told.NOTHING) != settings.plain
    if not data.complete:
        return f"The scripts know no missing values. {_in_python(settings, data)}", {}
    if (is_told or settings.held) and beyond:
        return f"There is no script of such a run. {_in_python(settings, data)}", {}
    if beyond:
        if reason := beyond_scripts.why_not(family, fits.scaling(settings), weights is not None):
            return f"{reason} {_in_python(settings, data)}", {}

        def write_beyond(*of: Any, scaling: Scaling, weighted: bool, **how: Any) -> str:
            return beyond_scripts.beyond_script(*of, prior=prior, **how)

        offered = {"Python with numpy and scipy": ("em_numpy.py", write_beyond)}
        return "scikit-learn has no such mixtures, so there is no code with it.", offered
    if reason := scripts.why_not(family):
        return reason, {}
    if is_told or settings.held:
        write = partial(scripts.numpy_script, held=told.read_held(settings.held), told=is_told)
        why = ["holds no parameters"] * bool(settings.held) + ["is told no groups"] * is_told
        return f"scikit-learn {' and '.join(why)}, so there is no code with it.", {
            "Python with numpy alone": ("em_numpy.py", write)
        }
    if reason := scripts.why_no_sklearn(family):
        return reason, numpy_alone
    if weights is not None and (weights != np.rint(weights)).any():
        return (
            "scikit-learn's GaussianMixture takes no weights, and rows that count as fractions cannot be "
            "repeated: there is no script with it."
        ), numpy_alone
    return "", {
        "Python with scikit-learn": ("em_sklearn.py", scripts.sklearn_script),
        **numpy_alone,
        "Notebook": ("em.ipynb", scripts.notebook),
    }


def _in_python(settings: Settings, data: Dataset) -> str:
    """What makes a run of which there is no script."""
    how, family = kinds.OPTIONS[settings.components], repr(settings.covariance_type)
    names = {"sample_weight": data.sample_weight, "known_labels": known_labels(settings)}
    given = [name for name, found in names.items() if found is not None]
    options = {name: repr(value) for name, value in how.items()} | {name: name for name in given}
    if not data.complete:
        options["missing"] = repr("observed")
    if settings.prior:
        options["prior"] = "True"
    if settings.held:
        options["held"] = repr(told.read_held(settings.held))
    options |= {name: repr(getattr(settings, name)) for name in ("reg_covar", "tol", "max_iter")}
    X, start = "X", "start"
    said = ["`start` is what *Parameters, JSON* saves at iteration 0, by `mixture_from_json`"]
    if settings.scaling != "none":
        X, start = "scaling.scale(X)", f"scaling.scaled(start, {family})"
        weights = ", sample_weight=sample_weight" * (data.sample_weight is not None)
        said.append(f"`scaling` is `Scaling.of({settings.scaling!r}, X{weights})`")
    if "known_labels" in given:
        said.append("`known_labels` are the known components of *Data, CSV*, less 1")
    call = ", ".join(f"{name}={value}" for name, value in {"start": start, **options}.items())
    call = f"gmm_core.fit({X}, {settings.n_components}, covariance_type={family}, {call})"
    return f"In Python, `{call}` makes this run: {'; '.join(said)}."


def _pictures(said: Answer, settings: Settings, trace: Trace, colours: tuple[int, ...]) -> None:
    at = said.at
    # Rows of one's own are in no link.
    link = "" if settings.data == "own" else address.link()
    more = {"link": link, "truth": said.truth}
    as_seen = scenes.scene(settings, colours).content
    beside = _beside(settings, colours)
    settings = scenes.in_the_plane(settings)
    content = scenes.scene(settings, colours).content
    title = f"EM explorer: {DATA_LABELS[settings.data]}"
    facts = scenes.in_a_line(settings)
    ended = " ".join(one.text for one in fits.ends(settings))
    ending = f" Log-likelihood {trace.log_likelihood:.6f} per sample at the end. {ended}"
    another, here = settings.beside not in ("", KMEANS), leaving.while_here()
    both = ", and the one beside it below" if another else ""
    step = pictures.every(trace.n_iter)
    part = "" if step == 1 else f", every {({2: 'second', 3: 'third'}).get(step, f'{step}th')} iteration"

    def picture(kind):
        return lambda: pictures.picture(content, at.iteration, at.half, facts, kind, **more)

    _button(
        "Animation, HTML",
        "em.html",
        lambda: animation_html(as_seen, at, title, facts + ending, truth=said.truth, beside=beside),
        "This player in one file, of a few MB, with what stands beside it. It opens in any browser, without "
        "the internet.",
    )
    _button(
        "Animation, GIF",
        "em.gif",
        lambda: _gif(here, content, facts, **more, beside=_beside(settings, colours) if another else None),
        f"The whole run{both}, half-step by half-step{part}. It takes some seconds to make.",
    )
    shown = f"The half-step that is shown, {at},"
    _button("Picture, PNG", f"em_{at}.png", picture("png"), f"{shown} for slides: 2560 x 1440 pixels.")
    _button(
        "Picture, SVG", f"em_{at}.svg", picture("svg"), f"{shown} for print and for changes: lines and text."
    )


def _gif(here: Report, *of: Any, **how: Any) -> bytes:
    """The animation, drawn in a process, as it takes seconds; nothing where the visitor has left by then."""
    try:
        return processes.run(pictures.gif, *of, **how, report=here, telling=Telling("on_frame"))
    except leaving.Left:
        return b""


def _beside(settings: Settings, colours: tuple[int, ...]) -> Together | None:
    """What stands beside the run, if anything does."""
    try:
        shown = scenes.what_stands_beside(settings, colours)
    except ValueError:  # the page says why
        return None
    return Together(shown.scene.content, shown.titles) if shown else None


def _button(label, name, make, about=None):
    download(label, make, name, key=f"take_{label}", help=about, width="stretch")

"""What is shown of a run: its colours, its scene for the player, its card; and two runs in numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Mixture, Trace, accuracy, keep_colours
from gmm_core.engine import health
from gmm_core.engine.kmeans import Clustering, KMeansRun
from gmm_core.engine.missing import expected, shares
from gmm_core.engine.starts import INITS
from gmm_core.engine.ways.climbing import Climb
from gmm_core.engine.ways.plain import Plain
from gmm_core.judgement import ends as judged
from gmm_core.judgement.information import ByInformation
from gmm_core.judgement.pair import Pair, compare
from gmm_core.words import count
from pages.ui.address import beside, by_hand, told
from pages.ui.address.choices import PAINTED
from pages.ui.address.differences import KMEANS
from pages.ui.address.kinds import BEYOND
from pages.ui.address.settings import CANVAS, FIELDS, Settings
from pages.ui.look import palette, portraits
from pages.ui.player.header import Scene
from pages.ui.player.kmeans_scene import encode_kmeans
from pages.ui.player.scene import common_limits, encode
from pages.ui.player.view import View, gaps_note
from pages.ui.runs import climbs
from pages.ui.runs.data import BY_SETTINGS, dataset, known_labels, to_compare
from pages.ui.runs.fits import (
    Other,
    before_fork,
    kmeans,
    measured,
    other,
    run,
    scaled_run,
    scaling,
    sure,
)
from pages.ui.runs.kept import kept

UNUSUAL = (*BEYOND, "scaling")  # settings of a run that are said where they are chosen
MOST_BYTES = 200_000_000  # of scenes


class OnScreen(NamedTuple):
    """The run that was on the screen last: what made it, where it began and ended, and its colours."""

    settings: Settings
    first: Mixture
    last: Mixture
    colours: tuple[int, ...]


def coloured(settings: Settings, before: OnScreen | None) -> OnScreen:
    """This run in colours: each component has that of its counterpart in the run that was on the screen."""
    trace = run(settings)
    colours = tuple(range(settings.n_components))
    now = OnScreen(settings.fitted, trace.steps[0].mixture, trace.mixture, colours)
    if before is None or before.settings.data != settings.data:
        return now
    if before.settings == now.settings:
        return before
    if before.last.n_features != now.last.n_features:
        return now
    if settings.forks and settings.original == before.settings:
        base, fork = before_fork(settings)
        pair = base.steps[fork.iteration].mixture, now.first
    elif settings.init == "given":  # the components were placed where the old ones were seen
        pair = before.first, now.first
    else:
        pair = before.last, now.last
    return now._replace(colours=keep_colours(before.colours, *pair, len(palette.COMPONENTS)))


def thumbnail(settings: Settings) -> str:
    """A small picture of a run's end."""
    return _thumbnail(settings, run(settings).mixture)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_SETTINGS)
def _thumbnail(settings: Settings, _mixture: Mixture) -> str:
    return portraits.thumbnail(dataset(settings), _mixture)


def view_of(settings: Settings, colours: tuple[int, ...]) -> View:
    """How the settings look at a run of theirs whose components have these colours."""
    view = View(
        colours=colours,
        axes=(settings.across, settings.up),
        contours=settings.contours,
        space=settings.space,
        shuffled=settings.shuffle > 0,
        canvas=CANVAS if settings.data == PAINTED else 0.0,
    )
    return _told(settings, view)


def _told(settings: Settings, view: View) -> View:
    """The view of a run with these settings, with what EM was told beforehand."""
    return replace(view, held=told.read_held(settings.held), known=known_labels(settings))


def in_the_plane(settings: Settings) -> Settings:
    """The same for a picture, which has two dimensions: where three are shown, no axes were chosen."""
    if not settings.space or dataset(settings).X.shape[1] != 3:
        return settings
    return replace(settings, space=False, **{name: FIELDS[name].default for name in ("across", "up")})


def in_a_line(settings: Settings) -> str:
    """What was done to which data, for a picture of it: the data last, whose columns may have long names, as
    what is too long is cut.
    """
    names = ["n_components", "covariance_type"]
    names += [one for one in UNUSUAL if getattr(settings, one) != FIELDS[one].default]
    names += ["reg_covar", "init"]
    if settings.init in INITS:
        names.append("random_state")
    how = ", ".join(beside.WORDS[name](getattr(settings, name)) for name in names)
    forks = by_hand.read_forks(settings.forks)
    moved = ", a mean moved by hand on the way" if forks else ""
    if any(one.what != by_hand.MEAN for one in forks):
        moved = ", changed by hand on the way"
    n_iter = run(settings).n_iter
    return f"{how}{moved}; {count(n_iter, 'iteration')}. {dataset(settings).note}"


def scene(settings: Settings, colours: tuple[int, ...]) -> Scene:
    """What the player draws of the run with these settings, its components in these colours."""
    forked = before_fork(settings) if settings.forks else None
    try:
        another = _another(settings)
    except ValueError:  # the page says why
        another = None
    ending = judged.ends(measured(settings))[0].sentence
    unsure = sure(settings) if settings.sure else None
    return _scene(settings, colours, run(settings), forked, another, ending, unsure)


def note_of_gaps(settings: Settings) -> str:
    """How rows with missing values are drawn, where the legend does not say it."""
    return gaps_note(dataset(settings), view_of(settings, ()))


def why_unsure(settings: Settings) -> str:
    """Why it is not seen how sure the means are, where that was asked for; "" where it is seen."""
    if not settings.sure:
        return ""
    if settings.space and dataset(settings).X.shape[1] == 3:
        return "How sure the means are is not drawn in three dimensions."
    unsure = sure(settings)
    return f"How sure the means are is not drawn. {unsure}" if isinstance(unsure, str) else ""


@kept(MOST_BYTES)
def _scene(
    settings: Settings,
    colours: tuple[int, ...],
    _trace: Trace,
    _forked: tuple[Trace, by_hand.Fork] | None,
    _other: Other | None,
    _ending: str,
    _sure: ByInformation | str | None,
) -> Scene:
    view = replace(view_of(settings, colours), borders=settings.beside == KMEANS)
    if isinstance(_sure, ByInformation):
        view = replace(view, mean_covariances=_sure.mean_covariances)
    if _other and _other.settings.known == settings.known:
        view = _beside(view, _trace, _other.trace, beside.titles(settings, _other.settings)[1])
    elif _forked:
        before = tuple(_forked[0].objectives.tolist())
        view = replace(view, before=before, forked_at=_forked[1].iteration)
    return encode(to_compare(settings), _trace, view, _ending)


def climbing(view: View, climbed: Climb) -> View:
    """The view of a run of a way up."""
    way = climbed.way
    moves = "" if way.name == Plain.name else f"Components move as {way.label} moves them: {way.looks}."
    return replace(view, temperatures=tuple(climbed.temperatures.tolist()), moves=moves)


def _another(settings: Settings) -> Other | None:
    """What stands beside the run with these settings; None where nothing does, or k-means.

    Raises `ValueError` where it cannot be made.
    """
    return climbs.beside_em(settings) if beside.way_up(settings) else other(settings)


def _beside(view: View, trace: Trace, another: Trace, name: str) -> View:
    """The view of a run, with the curve of another on the same scale."""
    if trace.objective != another.objective:  # with a prior, the curve is of something else
        return view
    curves = trace.objectives, another.objectives
    return replace(view, before=tuple(curves[1].tolist()), before_name=name, limits=common_limits(*curves))


class Beside(NamedTuple):
    """What stands beside a run: its scene, what the two are called, and the run where it is one of EM."""

    scene: Scene
    titles: tuple[str, str]
    run: Other | None


def what_stands_beside(settings: Settings, colours: tuple[int, ...]) -> Beside | None:
    """What stands beside the run with these settings, in the same colours; None where nothing does.

    Raises `ValueError` where it cannot be made.
    """
    if settings.beside == KMEANS:
        shown = _kmeans_scene(settings, colours, kmeans(settings), run(settings))
        return Beside(shown, ("EM", "k-means, from the same means"), None)
    another = _another(settings)
    if another is None:
        return None
    titles = beside.titles(settings, another.settings)
    return Beside(_other_scene(settings, colours, run(settings), another), titles, another)


@kept(MOST_BYTES // 4)
def _kmeans_scene(settings: Settings, colours: tuple[int, ...], _run: KMeansRun, _em: Trace) -> Scene:
    view = replace(view_of(settings.plain, colours), borders=True)  # k-means is told nothing
    return encode_kmeans(dataset(settings), _run, _em, scaling(settings), view)


@kept(MOST_BYTES // 4)
def _other_scene(settings: Settings, colours: tuple[int, ...], _trace: Trace, _other: Other) -> Scene:
    """Each of its components has the colour of its counterpart: at the end of the run that is shown, or, of
    another way up from the same start, at the start.
    """
    if not _other.climb:
        ends = _trace.mixture, _other.trace.mixture
        colours = keep_colours(colours, *ends, len(palette.COMPONENTS))
    view = replace(
        view_of(settings, colours),
        first=_other.first,
        by_hand=False,
        like=_trace.mixture,
    )
    if _other.settings.known == settings.known:
        view = _beside(view, _other.trace, _trace, beside.titles(settings, _other.settings)[0])
    view = _told(_other.settings, view)
    if _other.climb:
        view, ending = climbing(view, _other.climb), _other.climb.ending
    else:
        ending = judged.ends(measured(_other.settings))[0].sentence
    return encode(to_compare(_other.settings), _other.trace, view, ending)


# --- In numbers: two runs side by side


class Compared(NamedTuple):
    """The ends of two runs, in the data's own units, and what makes each of them degenerate, or ""."""

    ends: Pair
    defects: tuple[str, str]


def compared(settings: Settings, another: Other) -> Compared:
    """The run with these settings, and the one beside it."""
    ends = run(settings).mixture, another.trace.mixture
    ran = scaled_run(settings), another.as_it_ran
    return _compared(_with_beside(settings), another.settings, *ends, *ran)


def _with_beside(settings: Settings) -> Settings:
    return replace(settings.fitted, beside=settings.beside)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _compared(
    settings: Settings, another: Settings, _first: Mixture, _second: Mixture, _one: Trace, _two: Trace
) -> Compared:
    data = dataset(settings)
    weights = data.sample_weight

    def defect(of: Settings, trace: Trace) -> str:
        Z = expected(trace.mixture, scaling(of).scale(data.X))[0]
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
    another = _another(settings)
    last = another.trace.mixture if another else kmeans(settings).steps[-1]
    return _rows_right(_with_beside(settings), run(settings).mixture, last)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _rows_right(settings: Settings, _em: Mixture, _other: Mixture | Clustering) -> tuple[float, float] | None:
    another = beside.other(settings)
    data = to_compare(settings, *([another] if another else []))
    data = data.of_rows(data.labels != NO_LABEL)
    if not len(data.X):
        return None
    if isinstance(_other, Clustering):
        clusters = _other.assign(scaling(settings).scale(data.X))
    else:
        clusters = shares(_other, data.X).argmax(axis=1)

    def right(found: NDArray[np.integer]) -> float:
        return accuracy(data.labels, found, sample_weight=data.sample_weight)

    return right(shares(_em, data.X).argmax(axis=1)), right(clusters)

"""What is drawn of a run: its colours, its scene for the player, its picture on a card."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from gmm_core import Mixture, Trace, keep_colours
from gmm_core.engine.kmeans import KMeansRun
from pages.ui.address import by_hand
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.look import palette, portraits
from pages.ui.player.header import Scene
from pages.ui.player.kmeans_scene import encode_kmeans
from pages.ui.player.scene import encode
from pages.ui.player.view import View
from pages.ui.runs.data import BY_SETTINGS, dataset
from pages.ui.runs.fits import before_fork, kmeans, run, scaling, without_last_fork


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
    if settings.forks and without_last_fork(settings) == before.settings:
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
    """How the settings look at a run whose components have these colours."""
    return View(
        colours=colours,
        axes=(settings.across, settings.up),
        contours=settings.contours,
        space=settings.space,
        shuffled=settings.shuffle > 0,
    )


def in_the_plane(settings: Settings) -> Settings:
    """The same for a picture, which has two dimensions: where three are shown, no axes were chosen."""
    if not settings.space or dataset(settings).X.shape[1] != 3:
        return settings
    return replace(settings, space=False, **{name: FIELDS[name].default for name in ("across", "up")})


def scene(settings: Settings, colours: tuple[int, ...]) -> Scene:
    """What the player draws of the run with these settings, its components in these colours."""
    forked = before_fork(settings) if settings.forks else None
    return _scene(settings, colours, run(settings), forked)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _scene(
    settings: Settings, colours: tuple[int, ...], _trace: Trace, _forked: tuple[Trace, by_hand.Fork] | None
) -> Scene:
    view = replace(
        view_of(settings, colours),
        before=tuple(_forked[0].log_likelihoods.tolist()) if _forked else (),
        forked_at=_forked[1].iteration if _forked else 0,
        borders=settings.kmeans,
    )
    return encode(dataset(settings), _trace, view)


def kmeans_scene(settings: Settings, colours: tuple[int, ...]) -> Scene:
    """What the player draws of k-means beside the run with these settings, in the same colours."""
    return _kmeans_scene(settings, colours, kmeans(settings), run(settings))


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _kmeans_scene(settings: Settings, colours: tuple[int, ...], _run: KMeansRun, _em: Trace) -> Scene:
    view = replace(view_of(settings, colours), borders=True)
    return encode_kmeans(dataset(settings), _run, _em, scaling(settings), view)

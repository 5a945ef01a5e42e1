"""The only module with cache decorators: data and runs, by the settings that make them.

Datasets and traces are frozen, so all visitors share them. Keys are settings, never arrays: Streamlit
samples large arrays, and two different ones could meet.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import (
    Dataset,
    Table,
    Trace,
    fit,
    keep_colours,
    load_dataset,
    make_blobs_data,
    read_table,
    read_text,
    start_at,
)
from pages.ui import by_hand, figures, palette, session
from pages.ui.jobs import Cancelled, Job
from pages.ui.player.scene import Scene, View, encode
from pages.ui.settings import FIELDS, Settings

BLOB_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_blobs)
BY_SETTINGS = {Settings: repr}


def dataset(settings: Settings) -> Dataset:
    """The data that the settings ask for."""
    if settings.data == "blobs":
        data = _blobs(*(getattr(settings, name) for name in BLOB_FIELDS))
    elif settings.data == "own":
        data = _own(settings.table, settings.columns, settings.missing)
    else:
        data = _built_in(settings.data)
    if not settings.shuffle:
        return data
    order = np.random.default_rng(settings.shuffle).permutation(len(data.X))
    labels = None if data.labels is None else data.labels[order]
    return replace(data, X=data.X[order], labels=labels)


@st.cache_resource(max_entries=32, show_spinner=False)
def _built_in(name: str) -> Dataset:
    return load_dataset(name)


def keep_table(content: bytes, filename: str) -> str:
    """Read a user's table and keep it on the server for some hours; its name. Raises `TableError`."""
    name = sha256(filename.encode() + b"/" + content).hexdigest()[:16]
    place = _place_for(name)
    if not place:
        place.append(read_table(content, filename) if filename else read_text(content.decode("utf-8")))
        place.append(filename)
    return name


def table(name: str) -> Table:
    """A table that was kept; a `ValueError` where it was not, as when a link comes from elsewhere."""
    place = _place_for(name)
    if not place:
        raise ValueError(
            "This link is for a table that somebody uploaded, and data are not in a link. "
            "Upload or paste the table again, on the left."
        )
    return place[0]


def table_file(name: str) -> str:
    """What the file of a table that was kept is called; empty for pasted text."""
    return _place_for(name)[1]


def row_numbers(settings: Settings) -> NDArray[np.integer]:
    """What the rows of these data are called, (n,): their numbers in the user's file, or from 1."""
    if settings.data != "own":
        return np.arange(1, len(dataset(settings).X) + 1)
    found = table(settings.table)
    kept = found.kept_rows(own_columns(found, settings.columns), settings.missing)
    return found.frame.index.to_numpy()[kept]


@st.cache_resource(max_entries=16, ttl=4 * 3600, show_spinner=False)
def _place_for(name: str) -> list[Any]:
    """The table that is kept under a name and what its file is called; empty at first."""
    return []


@st.cache_resource(max_entries=16, ttl=4 * 3600, show_spinner=False)
def _own(name: str, columns: str, missing: str) -> Dataset:
    found = table(name)
    chosen = own_columns(found, columns)
    X = found.features(chosen, missing)
    lost = len(found.frame) - len(X)
    note = f"Your table: {len(X):,} rows of {', '.join(chosen)}."
    if lost:
        note += f" {lost:,} rows with missing values are left out."
    elif missing == "mean":
        note += " Missing values are filled with the mean of their column."
    return Dataset("own", X, None, tuple(chosen), note)


def own_columns(found: Table, columns: str) -> list[str]:
    """The columns of a table that are features: the numbers in a link, or all that are offered."""
    offered = list(found.numeric)
    if not columns:
        return offered[: found.limits.features]
    return [offered[int(i) - 1] for i in columns.split(",") if int(i) <= len(offered)] or offered[:1]


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def _blobs(
    n_samples: int, centers: int, cluster_std: float, n_features: int, stretch: bool, data_seed: int
) -> Dataset:
    return make_blobs_data(
        n_samples,
        centers,
        cluster_std=cluster_std,
        n_features=n_features,
        stretch=stretch,
        random_state=data_seed,
    )


def with_means(settings: Settings) -> tuple[Settings, str]:
    """The settings with as many means placed by hand as there are components, where that is the start, and
    a sentence where means in a link are of no use.
    """
    if settings.init != "given":
        return settings, ""
    X = dataset(settings).X
    d = X.shape[1]
    if d > 2:
        raise ValueError(
            f"Means can be placed by hand in one or two dimensions; these data have {d} features. "
            "Choose another start."
        )
    given = by_hand.read_means(settings.means)
    means = [mean for mean in given if len(mean) == d]
    said = ""
    if len(means) < len(given):
        said = f"The means in the link do not have {d} coordinate{'s' if d > 1 else ''}, as the data do. "
        said += "Rows of the data are used instead."
    missing = settings.n_components - len(means)
    if missing > 0:
        rng = np.random.default_rng(settings.random_state)
        means += X[rng.choice(len(X), min(missing, len(X)), replace=False)].tolist()
    return replace(settings, means=by_hand.write_means(means[: settings.n_components])), said


def run(settings: Settings) -> Trace:
    """EM with these settings; raises `ValueError` for what EM cannot begin with."""
    settings = settings.fitted
    while True:
        try:
            return _job(settings).result(settings.max_iter, lambda: session.cancel(settings))
        except Cancelled:  # by all who waited before
            _job.clear(settings)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _job(settings: Settings) -> Job:
    X = dataset(settings).X
    forked = before_fork(settings)
    if forked is not None:
        base, fork = forked
        start = by_hand.moved(base.steps[fork.iteration].mixture, fork)
    elif settings.shuffle:
        # The same start, so that nothing but the order of the rows is different.
        start = run(replace(settings, shuffle=0)).steps[0].mixture
    elif settings.init == "given":
        start = start_at(
            X,
            by_hand.read_means(settings.means),
            covariance_type=settings.covariance_type,
            reg_covar=settings.reg_covar,
        )
    else:
        start = None
    return Job(
        lambda on_step: fit(
            X,
            settings.n_components,
            covariance_type=settings.covariance_type,
            init=settings.init,
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            max_iter=settings.max_iter,
            random_state=settings.random_state,
            start=start,
            on_step=on_step,
        )
    )


def before_fork(settings: Settings) -> tuple[Trace, by_hand.Fork] | None:
    """The run that this one was forked from, and the fork; None where there is none."""
    if not settings.forks:
        return None
    *older, last = by_hand.read_forks(settings.forks)
    base = run(replace(settings, forks=by_hand.write_forks(older)))
    if last.iteration > base.n_iter:
        raise ValueError(
            f"The fork is at iteration {last.iteration}, but that run has only {base.n_iter}. Undo the fork."
        )
    return base, last


def colours(settings: Settings, seen: tuple[Settings, tuple[int, ...]] | None) -> tuple[int, ...]:
    """The colour of each component: that of its counterpart in the run that was on the screen."""
    trace = run(settings)
    plain = tuple(range(trace.mixture.n_components))
    if seen is None or seen[0].drawn_from[:1] != settings.drawn_from[:1]:
        return plain
    before, worn = seen
    if before.fitted == settings.fitted:
        return worn
    old, new = run(before), trace
    if old.mixture.n_features != new.mixture.n_features:
        return plain
    forked = before_fork(settings)
    if forked is not None and forked[0] is old:
        pair = old.steps[forked[1].iteration].mixture, new.steps[0].mixture
    elif settings.init == "given":  # the components were placed where the old ones were seen
        pair = old.steps[0].mixture, new.steps[0].mixture
    else:
        pair = old.mixture, new.mixture
    return keep_colours(worn, *pair, len(palette.COMPONENTS))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_SETTINGS)
def thumbnail(settings: Settings) -> str:
    """A small picture of a run's end."""
    return figures.thumbnail(dataset(settings), run(settings).mixture)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def scene(settings: Settings, worn: tuple[int, ...]) -> Scene:
    """What the player draws of the run with these settings, its components wearing these colours."""
    forked = before_fork(settings)
    view = View(
        colours=worn,
        axes=(settings.across, settings.up),
        contours=settings.contours,
        space=settings.space,
        shuffled=settings.shuffle > 0,
        before=tuple(forked[0].log_likelihoods.tolist()) if forked else (),
        forked_at=forked[1].iteration if forked else 0,
    )
    return encode(dataset(settings), run(settings), view)

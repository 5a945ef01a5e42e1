"""The data that settings ask for, and what there is to say about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset, load_dataset, make_blobs_data, words
from gmm_core.judgement import verdict
from pages.ui.address import edits
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.player.view import projection as flat_projection
from pages.ui.runs.brought import _own, table

BLOB_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_blobs)
BY_SETTINGS = {Settings: repr}


def dataset(settings: Settings) -> Dataset:
    """The data that the settings ask for."""
    if settings.data == "blobs":
        data = _blobs(*(getattr(settings, name) for name in BLOB_FIELDS))
    elif settings.data == "own":
        data = _own(settings).data
    else:
        data = built_in(settings.data)
    if settings.edits:
        data = edits.apply(settings.edits, data)
        note = f"{data.note} Edited by hand: {edits.describe(settings.edits)}, {len(data.X):,} rows now."
        data = replace(data, note=note)
    if not settings.shuffle:
        return data
    order = np.random.default_rng(settings.shuffle).permutation(len(data.X))
    labels = None if data.labels is None else data.labels[order]
    return replace(data, X=data.X[order], labels=labels)


@st.cache_resource(max_entries=32, show_spinner=False)
def built_in(name: str) -> Dataset:
    """One of the data that come with the library."""
    return load_dataset(name)


def row_numbers(settings: Settings) -> NDArray[np.integer]:
    """What the rows of these data are called, (n,): their numbers in the user's file, or from 1."""
    if settings.data != "own" or settings.edits:
        return np.arange(1, len(dataset(settings).X) + 1)
    return table(settings).frame.index.to_numpy()[_own(settings).rows]


def findings(settings: Settings) -> tuple[words.Finding, ...]:
    """What there is to say about the data themselves."""
    return _findings(replace(settings.data_alone, shuffle=0))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _findings(settings: Settings) -> tuple[words.Finding, ...]:
    data = dataset(settings)
    return verdict.examine(data.X, data.feature_names)


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


def projection(settings: Settings) -> tuple[NDArray[np.float64], list[str]]:
    """The map (1 or 2, d) onto the axis or the plane that is drawn, and the names of its axes."""
    axes = {"across": settings.across, "up": settings.up}
    return _projection(replace(settings.data_alone, shuffle=0, **axes))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _projection(settings: Settings) -> tuple[NDArray[np.float64], list[str]]:
    data = dataset(settings)
    if data.X.shape[1] == 1:
        return np.eye(1), list(data.feature_names)
    return flat_projection(data, (settings.across, settings.up))

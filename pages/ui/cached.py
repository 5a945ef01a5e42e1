"""The only module with cache decorators: data and runs, by the settings that make them.

Datasets and traces are frozen, so all visitors share them. Keys are settings, never arrays: Streamlit
samples large arrays, and two different ones could meet.
"""

from __future__ import annotations

import streamlit as st

from gmm_core import Dataset, Trace, fit, load_dataset, make_blobs_data
from pages.ui.player.scene import Scene, encode
from pages.ui.settings import FIELDS, Settings

BLOB_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_blobs)


def dataset(settings: Settings) -> Dataset:
    """The data that the settings ask for."""
    if settings.data != "blobs":
        return _built_in(settings.data)
    return _blobs(*(getattr(settings, name) for name in BLOB_FIELDS))


@st.cache_resource(max_entries=32, show_spinner=False)
def _built_in(name: str) -> Dataset:
    return load_dataset(name)


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


@st.cache_resource(max_entries=64, ttl=3600, show_spinner="EM is running …", hash_funcs={Settings: repr})
def run(settings: Settings) -> Trace:
    """EM with these settings; raises `ValueError` for what EM cannot begin with."""
    return fit(
        dataset(settings).X,
        settings.n_components,
        covariance_type=settings.covariance_type,
        init=settings.init,
        reg_covar=settings.reg_covar,
        tol=settings.tol,
        max_iter=settings.max_iter,
        random_state=settings.random_state,
    )


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs={Settings: repr})
def scene(settings: Settings) -> Scene:
    """What the player draws of the run with these settings."""
    return encode(dataset(settings), run(settings))

"""What Predict computes of a fitted mixture: densities of the data, and whether Gaussians fit."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.judgement.predict import Fit, check_fit, density_levels
from pages.ui.address.settings import Settings
from pages.ui.runs.brought import MOST_BYTES
from pages.ui.runs.data import BY_SETTINGS, complete, dataset
from pages.ui.runs.fits import run
from pages.ui.runs.shelf import Shelf

_levels: Shelf[NDArray[np.float64]] = Shelf(MOST_BYTES // 10, lambda levels: levels.nbytes)


def levels(settings: Settings) -> NDArray[np.float64]:
    """The log densities of these data under the fitted mixture, from the lowest (n,)."""
    found = _levels.get(settings.fitted)
    if found is None:
        data = dataset(complete(settings))
        levels = density_levels(run(settings).mixture, data.X, sample_weight=data.sample_weight)
        found = _levels.put(settings.fitted, levels)
    return found


MOST_CHECKED = 50_000  # rows; more would say the same


def fit_check(settings: Settings) -> tuple[Fit, ...]:
    """Whether each component's rows are distributed as a Gaussian's; of many, a random sample is."""
    return _fit_check(settings.fitted, run(settings).mixture)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _fit_check(settings: Settings, _mixture: Mixture) -> tuple[Fit, ...]:
    data = dataset(complete(settings))
    if len(data.X) > MOST_CHECKED:
        data = data.of_rows(np.random.default_rng(0).choice(len(data.X), MOST_CHECKED, replace=False))
    return check_fit(_mixture, data.X, sample_weight=data.sample_weight)

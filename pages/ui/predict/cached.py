"""What Predict computes of a fitted mixture: densities of the data, whether Gaussians fit, one feature from
the others, and groups as numbers.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.judgement.predict import Fit, check_fit, density_levels
from pages.ui.address.settings import Settings
from pages.ui.look import shapes
from pages.ui.predict.given import Predicted
from pages.ui.predict.groups import Numbers
from pages.ui.runs.brought import MOST_BYTES
from pages.ui.runs.data import BY_SETTINGS, complete, dataset
from pages.ui.runs.fits import run
from pages.ui.runs.shelf import Shelf

MOST_CHECKED = 50_000  # rows; of more, so many at random say the same
_levels: Shelf[NDArray[np.float64]] = Shelf(MOST_BYTES // 10, lambda levels: levels.nbytes)


def levels(settings: Settings) -> NDArray[np.float64]:
    """The log densities of these data under the fitted mixture, from the lowest (n,)."""
    found = _levels.get(settings.fitted)
    if found is None:
        data = dataset(complete(settings))
        levels = density_levels(run(settings).mixture, data.X, sample_weight=data.sample_weight)
        found = _levels.put(settings.fitted, levels)
    return found


def fit_check(settings: Settings) -> tuple[Fit, ...]:
    """Whether each component's rows are distributed as a Gaussian's; of many, a random sample is."""
    return _fit_check(settings.fitted, run(settings).mixture)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _fit_check(settings: Settings, _mixture: Mixture) -> tuple[Fit, ...]:
    data = dataset(complete(settings))
    data = data.of_rows(shapes.some_of(len(data.X), MOST_CHECKED))
    return check_fit(_mixture, data.X, sample_weight=data.sample_weight)


def predicted(settings: Settings, wanted: int) -> Predicted:
    """Feature `wanted`, from 0, of these data, predicted from the others; of many rows, of a sample."""
    return _predicted(settings.fitted, wanted, run(settings).mixture.of_components)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _predicted(settings: Settings, wanted: int, _mixture: Mixture) -> Predicted:
    data = dataset(complete(settings))
    return Predicted.of(_mixture, data, shapes.some_of(len(data.X), MOST_CHECKED), wanted)


def numbers(settings: Settings, feature: int) -> Numbers:
    """That feature of the fitted mixture, from 0, in numbers."""
    return _numbers(settings.fitted, feature, run(settings).mixture.of_components)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _numbers(settings: Settings, feature: int, _mixture: Mixture) -> Numbers:
    return Numbers.of(_mixture, feature)

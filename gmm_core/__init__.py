"""EM for Gaussian mixtures, with its whole history: numbers only, no interface."""

from gmm_core.datasets import Dataset, dataset_names, load_dataset, make_blobs_data
from gmm_core.em import (
    CollapseError,
    HalfStep,
    Step,
    StopReason,
    Trace,
    e_step,
    fit,
    iterate,
    m_step,
    start_at,
)
from gmm_core.estimator import GaussianMixture
from gmm_core.health import Health, component_health, points_fallen_on
from gmm_core.labels import accuracy, keep_colours, match_components, match_labels
from gmm_core.mixture import Mixture
from gmm_core.sweep import Expectation

__all__ = [
    "CollapseError",
    "Dataset",
    "Expectation",
    "GaussianMixture",
    "HalfStep",
    "Health",
    "Mixture",
    "Step",
    "StopReason",
    "Trace",
    "accuracy",
    "component_health",
    "dataset_names",
    "e_step",
    "fit",
    "iterate",
    "keep_colours",
    "load_dataset",
    "m_step",
    "make_blobs_data",
    "match_components",
    "match_labels",
    "points_fallen_on",
    "start_at",
]

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
)
from gmm_core.estimator import GaussianMixture
from gmm_core.mixture import Mixture
from gmm_core.sweep import Expectation

__all__ = [
    "CollapseError",
    "Dataset",
    "Expectation",
    "GaussianMixture",
    "HalfStep",
    "Mixture",
    "Step",
    "StopReason",
    "Trace",
    "dataset_names",
    "e_step",
    "fit",
    "iterate",
    "load_dataset",
    "m_step",
    "make_blobs_data",
]

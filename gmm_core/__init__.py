"""EM for Gaussian mixtures, with its whole history, and the tables it is fitted to; no interface."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones cannot read what is imported next
    raise ImportError(f"gmm_core needs Python 3.11 or later; this is Python {sys.version.split()[0]}.")

from importlib import import_module
from typing import TYPE_CHECKING

from gmm_core.datasets import NO_LABEL, Dataset, dataset_names, load_dataset, make_blobs_data
from gmm_core.engine.bayesian import BayesianGaussianMixture
from gmm_core.engine.em import (
    HalfStep,
    Step,
    StopReason,
    Trace,
    e_step,
    fit,
    iterate,
    start_at,
)
from gmm_core.engine.estimator import GaussianMixture
from gmm_core.engine.expectation import CollapseError, Expectation, m_step
from gmm_core.engine.health import Health, component_health, points_fallen_on
from gmm_core.engine.held import Held
from gmm_core.engine.missing import impute
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior
from gmm_core.engine.rows import rows_of
from gmm_core.engine.scaling import SCALINGS, Scaling
from gmm_core.judgement.distances import bhattacharyya, kullback_leibler
from gmm_core.judgement.given import Regression, conditional, marginal, regress
from gmm_core.judgement.labels import (
    Agreement,
    Deviation,
    accuracy,
    agreement_by_step,
    deviations,
    keep_colours,
    match_clusters,
    match_components,
    relabel,
    same_groups,
)
from gmm_core.judgement.line import Boundaries, Region, boundaries, cdf, highest_density, quantile
from gmm_core.old_paths import OldPaths

__version__ = "1.0.0"

__all__ = [
    "NO_LABEL",
    "SCALINGS",
    "Agreement",
    "BayesianGaussianMixture",
    "Boundaries",
    "CollapseError",
    "Dataset",
    "Deviation",
    "Expectation",
    "GaussianMixture",
    "HalfStep",
    "Health",
    "Held",
    "Limits",
    "Mixture",
    "Prior",
    "Region",
    "Regression",
    "Scaling",
    "Step",
    "StopReason",
    "Table",
    "TableError",
    "Trace",
    "accuracy",
    "agreement_by_step",
    "bhattacharyya",
    "boundaries",
    "cdf",
    "component_health",
    "conditional",
    "dataset_names",
    "deviations",
    "e_step",
    "fit",
    "highest_density",
    "impute",
    "iterate",
    "keep_colours",
    "kullback_leibler",
    "load_dataset",
    "m_step",
    "make_blobs_data",
    "marginal",
    "match_clusters",
    "match_components",
    "points_fallen_on",
    "quantile",
    "read_table",
    "read_text",
    "regress",
    "relabel",
    "rows_of",
    "same_groups",
    "start_at",
]

sys.meta_path.append(OldPaths())

# What reads tables is imported when it is asked for: pandas and pyarrow are not everybody's.
if TYPE_CHECKING:
    from gmm_core.tables import Limits, Table, TableError, read_table, read_text
else:

    def __getattr__(name: str) -> object:
        if name == "tables" or name in __all__:
            tables = import_module("gmm_core.tables")
            return tables if name == "tables" else getattr(tables, name)
        raise AttributeError(f"module 'gmm_core' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

"""The notebook's benchmark: this engine and scikit-learn on its data, as one table. Pure: no Streamlit."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.metrics import adjusted_rand_score

from gmm_core import Dataset, Trace, accuracy
from gmm_core.laboratory.against import against_sklearn
from pages.ui.address.settings import Settings

# The notebook's blobs, and its digits with all their pixels, from starts that leave EM something to do.
EXPERIMENTS = {
    "1-D, 90 values": Settings(data="notebook_1d", n_components=3, init="kmeans", random_state=0),
    "2-D, 400 points": Settings(data="notebook_2d", n_components=2, init="random_from_data", random_state=2),
    "2-D, 600 points": Settings(
        data="notebook_2d_large", n_components=2, init="random_from_data", random_state=5
    ),
    "3-D, 50 points": Settings(data="notebook_3d", n_components=2, init="random_from_data", random_state=0),
    "Digits 2 and 6, 64 pixels": Settings(
        data="digits_2_6",
        n_components=2,
        covariance_type="diag",
        reg_covar=0.01,
        init="random_from_data",
        random_state=0,
    ),
}
DIFFERENCE = "In any weight, mean or covariance, in standard deviations of the data; or in the likelihood."
NOTEBOOK = (
    "In one dimension the notebook's own EM ended at the means -2.185, -0.115 and 1.378: its E-step leaves "
    "the weights out. With them, from a k-means start, both end at -2.182, 0.017 and 2.574."
)


def measure(name: str, settings: Settings, data: Dataset, trace: Trace) -> dict[str, Any]:
    """One row: the run `trace` of these settings and scikit-learn's from its start, with names as in a CSV.

    wrong : the share of rows outside their known group, matched one to one. difference : see `DIFFERENCE`.
    """
    found = against_sklearn(
        data.X, trace, reg_covar=settings.reg_covar, tol=settings.tol, max_iter=settings.max_iter
    )
    return {
        "data": name,
        "n": len(data.X),
        "d": data.X.shape[1],
        "k": settings.n_components,
        "iterations": found.own_n_iter,
        "sklearn_iterations": found.n_iter,
        "log_likelihood": trace.log_likelihood,
        "agrees": found.agrees,
        "difference": found.largest,
        "same_clusters": adjusted_rand_score(found.own_clusters, found.clusters),
        "wrong": 1 - accuracy(data.labels, found.own_clusters),
        "sklearn_wrong": 1 - accuracy(data.labels, found.clusters),
        "ms": 1000 * found.own_seconds,
        "sklearn_ms": 1000 * found.seconds,
        "times_as_fast": found.seconds / found.own_seconds,
    }


def verdict(table: pd.DataFrame) -> tuple[str, str]:
    """What all rows say together, and the colour of that."""
    worst = f"{table.difference.max():.0e}"
    if table.agrees.all():
        return f"all agree to {worst}", "green"
    return f"not all agree: the largest difference is {worst}", "orange"

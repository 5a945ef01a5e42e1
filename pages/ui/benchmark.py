"""The notebook's benchmark: this engine and scikit-learn on its data, as one table. Pure: no Streamlit."""

from __future__ import annotations

from typing import Any

from sklearn.metrics import adjusted_rand_score

from gmm_core import Dataset, Trace, accuracy
from gmm_core.against import against_sklearn
from pages.ui.settings import Settings

# The blobs of the notebook, and its digits with all their pixels: from starts from which EM has something to do.
EXPERIMENTS = {
    "1-D, 90 values": Settings(data="notebook_1d", n_components=3, init="kmeans", random_state=0),
    "2-D, 400 points": Settings(data="notebook_2d", n_components=2, random_state=2),
    "2-D, 600 points": Settings(data="notebook_2d_large", n_components=2, random_state=5),
    "3-D, 50 points": Settings(data="notebook_3d", n_components=2, random_state=0),
    "Digits 2 and 6, 64 pixels": Settings(
        data="digits_2_6", n_components=2, covariance_type="diag", reg_covar=0.01, random_state=0
    ),
}
COLUMNS = {
    "data": "Data",
    "iterations": "Iterations",
    "log_likelihood": "Log-likelihood per sample",
    "difference": "Largest difference",
    "same_clusters": "Same clusters (ARI)",
    "wrong": "Wrong",
    "ms": "ms",
    "sklearn_iterations": "Iterations, scikit-learn",
    "sklearn_wrong": "Wrong, scikit-learn",
    "sklearn_ms": "ms, scikit-learn",
    "times_as_fast": "Times as fast",
}


def measure(name: str, settings: Settings, data: Dataset, trace: Trace) -> dict[str, Any]:
    """One row: the run `trace` of these settings and scikit-learn's from its start, with names as in a CSV.

    wrong : the share of rows outside their known group, matched one to one. difference : the largest in any
    parameter, in standard deviations of the data, or in the log-likelihood.
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
        "difference": found.largest,
        "same_clusters": adjusted_rand_score(found.own_clusters, found.clusters),
        "wrong": 1 - accuracy(data.labels, found.own_clusters),
        "sklearn_wrong": 1 - accuracy(data.labels, found.clusters),
        "ms": 1000 * found.own_seconds,
        "sklearn_ms": 1000 * found.seconds,
        "times_as_fast": found.seconds / found.own_seconds,
    }

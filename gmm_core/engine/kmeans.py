"""k-means with its whole history, to stand beside EM: scikit-learn's, one iteration at a time.

Letters: n samples, k clusters, d features. Lloyd's two half-steps are those of EM made hard: every row goes
to its nearest centre, wholly; then every centre goes to the mean of its rows (Bishop, PRML, section 9.1).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin_min

from gmm_core.engine.arrays import Array, n_counted
from gmm_core.engine.checks import as_floats, as_matrix, as_weighted_sample
from gmm_core.engine.mixture import Mixture

MOST_ITERATIONS = 300  # scikit-learn's


@dataclass(frozen=True)
class Clustering:
    """The centres after `iteration` updates (0 is the start).

    centres : (k, d). shares : (k,), of the rows that are nearest to each, with sum 1.
    inertia : the squared distance of a row to its nearest centre, mean per row; k-means minimises it. Both as
        the rows count.
    """

    iteration: int
    centres: Array
    shares: Array
    inertia: float

    @property
    def cells(self) -> Mixture:
        """A mixture whose likeliest component is the nearest centre: equal weights, one round covariance.

        With that covariance gone to zero, EM is k-means (Bishop, PRML, section 9.3.2).
        """
        k, d = self.centres.shape
        return Mixture(np.full(k, 1 / k), self.centres, np.eye(d), "tied")

    def assign(self, X: ArrayLike) -> NDArray[np.intp]:
        """The nearest centre of each row of X (n, d), (n,)."""
        return np.asarray(self.cells.log_joint(X).argmax(axis=1))


@dataclass(frozen=True)
class KMeansRun:
    """A whole run, from the given centres on. settled : it ended because no row changed its cluster."""

    steps: tuple[Clustering, ...]
    settled: bool

    @property
    def n_iter(self) -> int:
        return len(self.steps) - 1


def run_kmeans(
    X: ArrayLike,
    centres: ArrayLike,
    *,
    max_iter: int = MOST_ITERATIONS,
    sample_weight: ArrayLike | None = None,
    on_iteration: Callable[[int], None] | None = None,
) -> KMeansRun:
    """k-means on X (n, d) from `centres` (k, d), until no row changes its cluster.

    A cluster that loses all its rows gets the row that is farthest from its centre, as in scikit-learn.
    sample_weight : (n,), how often each row counts; None: once.
    on_iteration : called with the number of each; what it raises ends the run.
    Raises `ValueError` for data that k-means cannot begin with.
    """
    X, centres = as_matrix(X), as_floats(centres, "centres")
    if centres.ndim != 2 or centres.shape[1] != X.shape[1] or not len(centres):
        raise ValueError(f"centres must have the shape (k, {X.shape[1]}); got {centres.shape}.")
    X, weights = as_weighted_sample(X, len(centres), sample_weight)
    labels, squares = pairwise_distances_argmin_min(X, centres, metric="sqeuclidean")
    inertia = float(np.average(squares, weights=weights))
    steps = [Clustering(0, centres, _shares(labels, len(centres), weights), inertia)]
    n = n_counted(len(X), weights)
    settled = False
    while not settled and len(steps) <= max_iter:
        model = KMeans(len(centres), init=steps[-1].centres, n_init=1, max_iter=1)
        with warnings.catch_warnings():  # fewer different rows than centres is a picture like any other
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, sample_weight=weights)
        settled = np.array_equal(model.labels_, labels)
        labels, inertia = model.labels_, float(model.inertia_ / n)
        shares = _shares(labels, len(centres), weights)
        steps.append(Clustering(len(steps), model.cluster_centers_, shares, inertia))
        if on_iteration is not None:
            on_iteration(len(steps) - 1)
    return KMeansRun(tuple(steps), settled)


def _shares(labels: NDArray[np.integer], k: int, sample_weight: Array | None) -> Array:
    counts = np.bincount(labels, sample_weight, minlength=k)
    return counts / counts.sum()

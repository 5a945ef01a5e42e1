"""Which is which: components of two mixtures, and clusters against known labels.

Letters: n samples, k components, d features, t steps of a run, g known groups. EM gives its components in any
order, so every comparison begins with an optimal one-to-one matching (Kuhn 1955, the Hungarian method).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    homogeneity_completeness_v_measure,
)

from gmm_core.datasets import NO_LABEL
from gmm_core.engine.arrays import TINY, Array
from gmm_core.engine.checks import as_weights
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement import distances

MATCHINGS = ("optimal", "majority")

# So little more for another place in the order: among equals, everything stays where it is.
STAY = 1e-9

FAR = 1e300  # a distance that is no number


def match_components(old: Mixture, new: Mixture) -> NDArray[np.intp]:
    """For each component of `new` the index of the one of `old` that it corresponds to, (k_new,).

    One to one and optimal: the least sum of log(1 + D), where D is the Bhattacharyya distance of the
    weighted Gaussians, -log of the integral of sqrt(w p v q) (Kailath 1967). It does not depend on the
    units, rotation or origin of the data. The logarithm lets what stayed keep its match however far
    another component went. -1 for components that are left over when `new` has more.

    The families may differ. Raises `ValueError` if the numbers of features do.
    """
    if old.n_features != new.n_features:
        raise ValueError(
            f"Both mixtures must have the same features; old has {old.n_features}, new {new.n_features}."
        )
    cost = np.log1p(_distances(old, new))
    cost += STAY * (np.arange(old.n_components)[:, np.newaxis] != np.arange(new.n_components))
    matched = np.full(new.n_components, -1, dtype=np.intp)
    rows, columns = linear_sum_assignment(cost)
    matched[columns] = rows
    return matched


def keep_colours(old_colours: Sequence[int], old: Mixture, new: Mixture, n_colours: int) -> tuple[int, ...]:
    """Indices of colours for the components of `new`, which keep those of the ones they match in `old`.

    Others get the lowest index, below `n_colours`, that is not in use; when all are, the lowest of the
    least used.
    """
    if len(old_colours) != old.n_components:
        raise ValueError(f"old_colours has {len(old_colours)} entries for {old.n_components} components.")
    if n_colours < 1:
        raise ValueError(f"n_colours must be a whole number from 1; got {n_colours!r}.")
    colours = [old_colours[i] if i >= 0 else None for i in match_components(old, new)]
    for j, colour in enumerate(colours):
        if colour is None:
            colours[j] = min(range(n_colours), key=colours.count)
    return tuple(int(colour) for colour in colours if colour is not None)


def match_clusters(clusters: ArrayLike, labels: ArrayLike, method: str = "optimal") -> dict[Any, Any]:
    """Which known label each cluster stands for, as a dict: cluster -> label.

    `clusters` and `labels` are (n,) and of the same rows, numbers or names; give training rows, and repair
    held-out rows with the answer. `method` is one of

    - "optimal": one to one, such that the most rows agree (Kuhn 1955). With more clusters than labels some
      clusters are not in the answer; with fewer, some labels are not.
    - "majority": each cluster gets its most frequent label (the lowest among equals), so that several may
      share one label, and others may have none.

    Raises `ValueError` for another method, and for rows that do not correspond.
    """
    if method not in MATCHINGS:
        raise ValueError(f"method must be one of {', '.join(MATCHINGS)}; got {method!r}.")
    labels, clusters = _both(labels, clusters)
    table, names, found = _contingency(labels, clusters)
    if method == "majority":
        pairs = zip(table.argmax(axis=0), range(len(found)), strict=True)
    else:
        pairs = zip(*linear_sum_assignment(-table), strict=True)
    return {found[j]: names[i] for i, j in sorted(pairs, key=itemgetter(1))}


def relabel(clusters: ArrayLike, matching: Mapping[Any, Any], other: Any = NO_LABEL) -> NDArray[Any]:
    """The label of each row by the matching of its cluster, (n,); `other` where the matching has none."""
    found, which = np.unique(np.asarray(clusters), return_inverse=True)
    return np.array([matching.get(cluster, other) for cluster in found.tolist()])[which]


def accuracy(
    labels: ArrayLike,
    clusters: ArrayLike,
    matching: Mapping[Any, Any] | None = None,
    *,
    sample_weight: ArrayLike | None = None,
) -> float:
    """The share of rows whose cluster is that of their label, from 0 to 1.

    `matching` is cluster -> label, by default the best one-to-one matching for these very rows; for rows
    held out, give the one from the training rows. Clusters that it lacks count as wrong.
    sample_weight : (n,), how often each row counts; None: once.
    """
    labels, clusters = _both(labels, clusters)
    table, names, found = _contingency(labels, clusters, as_weights(sample_weight, len(labels)))
    if matching is None:
        return float(table[linear_sum_assignment(-table)].sum() / table.sum())
    row = {name: i for i, name in enumerate(names)}
    right = [table[row[matching[c]], j] for j, c in enumerate(found) if matching.get(c) in row]
    return float(sum(right) / table.sum())


@dataclass(frozen=True)
class Agreement:
    """How well clusters agree with known labels, each 1 where they are the same grouping.

    accuracy : share of rows that the matching gets right; all others do not depend on a matching.
    homogeneity, completeness, v_measure : each cluster has one label, each label is in one cluster, and the
        harmonic mean of the two (Rosenberg & Hirschberg 2007).
    ami, ari : adjusted mutual information and adjusted Rand index, 0 on average for chance (Vinh et al.
        2010; Hubert & Arabie 1985).
    """

    accuracy: float
    homogeneity: float
    completeness: float
    v_measure: float
    ami: float
    ari: float

    @classmethod
    def of(
        cls, labels: ArrayLike, clusters: ArrayLike, matching: Mapping[Any, Any] | None = None
    ) -> Agreement:
        """Of (n,) labels and (n,) clusters of the same rows; `matching` as in `accuracy`."""
        labels, clusters = _both(labels, clusters)
        homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(labels, clusters)
        return cls(
            accuracy(labels, clusters, matching),
            float(homogeneity),
            float(completeness),
            float(v_measure),
            float(adjusted_mutual_info_score(labels, clusters)),
            float(adjusted_rand_score(labels, clusters)),
        )


def same_groups(labels: ArrayLike, others: ArrayLike) -> bool:
    """Whether (n,) labels and (n,) others, such as a column of numbers, make the same groups, two at least.

    Raises `ValueError` for rows that do not correspond.
    """
    labels, others = _both(labels, others)
    groups = len(np.unique(labels))
    if groups < 2 or len(np.unique(others[:1000])) > groups:  # most columns are told by these
        return False
    return bool(adjusted_rand_score(labels, np.unique(others, return_inverse=True)[1]) == 1)


def agreement_by_step(
    labels: ArrayLike, clusters: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> tuple[Array, Array]:
    """Accuracy and adjusted Rand index at every step of a run, (t,) each.

    labels : (n,), numbers or names.
    clusters : (t, n), the likeliest component of each row at each step, from 0.
    sample_weight : (n,), how often each row counts; None: once.

    As `accuracy`, by the best matching of each step, and `adjusted_rand_score` of one step after another, but
    all at once. Raises `ValueError` for rows that do not correspond.
    """
    labels, clusters = np.asarray(labels), np.asarray(clusters)
    if clusters.ndim != 2 or labels.shape != clusters.shape[1:] or not clusters.size:
        raise ValueError(
            "clusters must be (n_steps, n_samples), of the same rows as labels; "
            f"got {clusters.shape} and {labels.shape}."
        )
    # Late in a run most steps are as the one before.
    new = np.append(True, (clusters[1:] != clusters[:-1]).any(axis=1))
    weights = as_weights(sample_weight, len(labels))
    tables = _contingencies(np.unique(labels, return_inverse=True)[1], clusters[new], weights)
    right = [table[linear_sum_assignment(-table)].sum() for table in tables]
    which = np.cumsum(new) - 1
    return (np.array(right) / tables[0].sum())[which], _adjusted_rand(tables.astype(np.float64))[which]


def _contingencies(groups: NDArray[np.intp], clusters: NDArray[Any], weights: Array | None) -> NDArray[Any]:
    """How many rows each group and cluster share at each step, (t, g, k)."""
    t, g, k = len(clusters), groups.max() + 1, int(clusters.max()) + 1
    cells = (np.arange(t)[:, np.newaxis] * g + groups) * k + clusters
    counts = None if weights is None else np.tile(weights, t)
    return np.bincount(cells.ravel(), counts, minlength=t * g * k).reshape(t, g, k)


def _adjusted_rand(tables: Array) -> Array:
    """Of contingency tables (t, g, k), (t,). Hubert & Arabie 1985."""
    n = tables[0].sum()
    both = np.sum(tables**2, axis=(1, 2)) - n  # pairs of rows that are together in groups and in clusters
    groups = np.sum(tables.sum(axis=2) ** 2, axis=1) - n - both  # together in groups alone
    clusters = np.sum(tables.sum(axis=1) ** 2, axis=1) - n - both
    neither = n * (n - 1) - both - groups - clusters
    above = 2 * (both * neither - groups * clusters)
    below = (both + groups) * (groups + neither) + (both + clusters) * (clusters + neither)
    return np.divide(above, below, out=np.ones(len(tables)), where=groups + clusters > 0)


@dataclass(frozen=True)
class Deviation:
    """How far a component of a fitted mixture is from its counterpart in the true one.

    component, true : which they are, from 0.
    weight : fitted less true.
    mean : the distance of the means, in data units.
    mahalanobis : the same, in standard deviations of the true component along that way.
    covariance : the Frobenius norm of the difference, as a share of that of the true covariance.
    divergence : Kullback-Leibler, from the true Gaussian to the fitted one, in nats; 0 where they are equal.
    """

    component: int
    true: int
    weight: float
    mean: float
    mahalanobis: float
    covariance: float
    divergence: float


def deviations(truth: Mixture, fitted: Mixture) -> tuple[Deviation, ...]:
    """For each component of `fitted` that has a counterpart (`match_components`), how far it is from it.

    Raises `ValueError` if the numbers of features differ.
    """
    matched = match_components(truth, fitted)
    far = distances.divergences(truth, fitted)
    return tuple(
        _deviation(truth, fitted, int(i), j, float(far[i, j])) for j, i in enumerate(matched) if i >= 0
    )


def _deviation(truth: Mixture, fitted: Mixture, i: int, j: int, divergence: float) -> Deviation:
    """Component j of `fitted` from component i of `truth`."""
    gap = fitted.means[j] - truth.means[i]
    true, found = truth.full_covariances[i], fitted.full_covariances[j]
    return Deviation(
        j,
        i,
        float(fitted.weights[j] - truth.weights[i]),
        float(np.linalg.norm(gap)),
        float(np.linalg.norm(solve_triangular(np.linalg.cholesky(true), gap, lower=True))),
        float(np.linalg.norm(found - true) / np.linalg.norm(true)),
        divergence,
    )


def _distances(old: Mixture, new: Mixture) -> Array:
    """Bhattacharyya distances of weighted components, (k_old, k_new), none below zero."""
    # A weight of 0 is far away, not infinitely far.
    log_weights, new_log_weights = (np.log(np.maximum(m.weights, TINY)) for m in (old, new))
    gaussians = distances.between(old, new)
    weighted = gaussians - (log_weights[:, np.newaxis] + new_log_weights) / 2
    return np.maximum(np.nan_to_num(weighted, posinf=FAR), 0)  # too far apart for a number is far enough


def _contingency(
    labels: NDArray[Any], clusters: NDArray[Any], sample_weight: Array | None = None
) -> tuple[NDArray[Any], list[Any], list[Any]]:
    """How many rows each label and cluster share, (labels, clusters), and what these are, sorted."""
    (names, rows), (found, columns) = (np.unique(of, return_inverse=True) for of in (labels, clusters))
    table = np.bincount(rows * len(found) + columns, sample_weight, minlength=len(names) * len(found))
    return table.reshape(len(names), len(found)), names.tolist(), found.tolist()


def _both(labels: ArrayLike, clusters: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    labels, clusters = np.asarray(labels), np.asarray(clusters)
    if labels.ndim != 1 or labels.shape != clusters.shape or not len(labels):
        raise ValueError(
            "labels and clusters must be (n_samples,), of the same rows; "
            f"got {labels.shape} and {clusters.shape}."
        )
    return labels, clusters

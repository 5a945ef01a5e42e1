"""Ward's clustering: from rows that are a cluster each, always the two whose union costs least are joined.

Letters: n samples, d features, k clusters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet
from sklearn.metrics import pairwise_distances_argmin

from gmm_core.engine.arrays import Array, variances

MOST_ROWS = 1000  # that are clustered, as that takes time with their square
# No extent but for rounding: of the largest number of a feature, and of the widest deviation of all.
CONSTANT, FLAT = 1e-14, 1e-6


def clusters(X: Array, k: int, sample_weight: Array | None = None) -> NDArray[np.intp]:
    """Labels (n,) of the k clusters that Ward's method finds in X (n, d), whatever its units.

    Principal components of the standardised features are divided by the roots of their deviations: neither
    the widest direction decides alone, nor noise in the narrowest (Scrucca & Raftery 2015). Of more than
    1,000 rows, so many drawn at random, always the same, are clustered, and the others join the cluster with
    the nearest mean.
    """
    counts = np.ones(len(X)) if sample_weight is None else sample_weight
    Z = _levelled(X, counts)
    some = np.arange(len(X))
    if len(X) > MOST_ROWS:
        some = np.random.default_rng(0).choice(len(X), MOST_ROWS, replace=False)
    clustered = ward(Z[some], k, counts[some])
    shares = np.eye(k)[clustered] * counts[some, np.newaxis]
    means = (shares.T @ Z[some]) / shares.sum(axis=0)[:, np.newaxis]
    labels = np.asarray(pairwise_distances_argmin(Z, means), dtype=np.intp)
    labels[some] = clustered  # no cluster is empty, even where two have one mean
    return labels


def _levelled(X: Array, counts: Array) -> Array:
    """The rows in principal directions whose deviations are the roots of what they were, (n, up to d)."""
    deviations = np.sqrt(variances(X, counts))
    constant = deviations <= CONSTANT * np.abs(X).max(axis=0)
    Z = (X - np.average(X, axis=0, weights=counts)) / np.where(constant, 1.0, deviations)
    Z[:, constant] = 0.0
    squares, axes = np.linalg.eigh((Z.T * (counts / counts.sum())) @ Z)
    if not squares[-1] > 0:
        return Z
    wide = squares > FLAT**2 * squares[-1]
    return np.asarray(Z @ axes[:, wide] / squares[wide] ** 0.25)


def ward(X: Array, k: int, weights: Array) -> NDArray[np.intp]:
    """The k clusters of the rows of X (n, d), as labels (n,) in the order of their first rows.

    A union costs what it adds to the squares about the means (Ward 1963): the classification likelihood of
    round components of one size (Banfield & Raftery 1993). weights : (n,), how often each row counts, which
    scipy's `linkage` does not know. In time n^2 d, by chains of nearest neighbours (Murtagh 1983).
    """
    joined = _tree(X, weights)
    joined.sort(key=lambda union: union[2])  # chains find them out of order
    sets = DisjointSet(range(len(X)))
    for a, b, _ in joined[: len(X) - k]:
        sets.merge(a, b)
    roots = [sets[i] for i in range(len(X))]
    _, firsts, which = np.unique(roots, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(firsts))[which]


def _tree(X: Array, weights: Array) -> list[tuple[int, int, float]]:
    """All n - 1 unions: a row of each of the two clusters, and what it costs."""
    centres, masses = X.copy(), weights.copy()
    there = np.ones(len(X), dtype=bool)
    joined: list[tuple[int, int, float]] = []
    chain: list[int] = []
    while len(joined) < len(X) - 1:
        if not chain:
            chain.append(int(np.argmax(there)))
        last = chain[-1]
        squares = np.einsum("nd,nd->n", offsets := centres - centres[last], offsets)
        costs = np.where(there, squares * masses / (masses + masses[last]) * masses[last], np.inf)
        costs[last] = np.inf
        nearest = int(np.argmin(costs))
        if len(chain) < 2 or costs[nearest] < costs[chain[-2]]:
            chain.append(nearest)
            continue
        a, b = last, chain[-2]  # each is the other's nearest
        del chain[-2:]
        joined.append((a, b, float(costs[b])))
        centres[a] += (centres[b] - centres[a]) * masses[b] / (masses[a] + masses[b])
        masses[a] += masses[b]
        there[b] = False
    return joined

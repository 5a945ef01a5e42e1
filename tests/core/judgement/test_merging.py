"""Merging by entropy, against a search through all pairs as the paper writes it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import xlogy

from gmm_core import Mixture
from gmm_core.judgement.merging import merge_by_entropy


def entropy(T: np.ndarray) -> float:
    return float(-xlogy(T, T).sum())


def crosses() -> tuple[Mixture, np.ndarray]:
    """Two crosses, each of two thin Gaussians, and a blob: three clusters of five components."""
    turns = [np.array([[1, s], [-s, 1]]) / np.sqrt(2) for s in (1, -1)]
    thin = [turn @ np.diag([1, 0.05]) @ turn.T for turn in turns]
    means = [[0.0, 0.0], [6.0, 0.0], [0.0, 0.0], [3.0, 6.0], [6.0, 0.0]]
    mixture = Mixture(np.full(5, 0.2), means, [thin[0], thin[0], thin[1], 0.3 * np.eye(2), thin[1]])
    return mixture, mixture.sample(500, 0)[0]


def test_the_arms_of_each_cross_are_merged_and_the_elbow_is_there():
    mixture, X = crosses()
    merging = merge_by_entropy(mixture, X)
    assert {merge.first + merge.second for merge in merging.merges[:2]} == {(0, 2), (1, 4)}
    assert merging.elbow == 3
    assert merging.clusters(3) == ((0, 2), (1, 4), (3,))
    assert merging.clusters(5) == ((0,), (1,), (2,), (3,), (4,))
    assert merging.clusters(1) == ((0, 1, 2, 3, 4),)


def test_each_merge_takes_most_entropy_away(blobs):
    X = blobs(k=4)
    rng = np.random.default_rng(1)
    mixture = Mixture(np.full(5, 0.2), rng.normal(size=(5, 2)) * 2, np.tile(np.eye(2), (5, 1, 1)))
    merging = merge_by_entropy(mixture, X)
    T = mixture.responsibilities(X)
    assert merging.entropy == pytest.approx(entropy(T))
    for merge in merging.merges:
        joined = [
            np.column_stack([np.delete(T, [a, b], axis=1), T[:, a] + T[:, b]])
            for a, b in combinations(range(T.shape[1]), 2)
        ]
        T = min(joined, key=entropy)
        assert merge.entropy == pytest.approx(entropy(T), abs=1e-9)
    np.testing.assert_allclose(
        merging.entropies, [*(merge.entropy for merge in merging.merges[::-1]), merging.entropy]
    )
    assert np.all(np.diff(merging.entropies) >= 0)


def test_where_no_row_is_in_doubt_there_is_no_elbow():
    apart = Mixture(np.full(5, 0.2), 50.0 * np.arange(10).reshape(5, 2), np.tile(np.eye(2), (5, 1, 1)))
    assert merge_by_entropy(apart, apart.sample(100, 0)[0]).elbow is None
    one = Mixture([1.0], [[0.0]], [[[1.0]]])
    merging = merge_by_entropy(one, [[0.0], [1.0]])
    assert (merging.merges, merging.elbow, merging.clusters(1)) == ((), None, ((0,),))

"""k-means step by step: where scikit-learn's own run ends, and every step on the way."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin

from gmm_core.engine.kmeans import run_kmeans


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("k", [1, 3, 6])
def test_it_ends_where_a_whole_run_of_sklearn_ends(blobs, d, k):
    X = blobs(n=400, d=d, seed=d)
    centres = X[np.random.default_rng(k).choice(len(X), k, replace=False)]
    run = run_kmeans(X, centres)
    oracle = KMeans(k, init=centres, n_init=1, tol=0).fit(X)
    assert run.settled
    assert run.n_iter == max(oracle.n_iter_ - 1, 1), "scikit-learn counts the look at what has not changed"
    last = run.steps[-1]
    np.testing.assert_allclose(last.centres, oracle.cluster_centers_, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(last.assign(X), oracle.labels_)
    assert last.inertia == pytest.approx(oracle.inertia_ / len(X), rel=1e-9)


def test_every_step_is_one_update_of_the_one_before(blobs):
    X = blobs(n=300)
    run = run_kmeans(X, X[:4])
    assert run.n_iter > 3
    np.testing.assert_array_equal(run.steps[0].centres, X[:4])
    for before, after in zip(run.steps, run.steps[1:], strict=False):
        labels = before.assign(X)
        means = [X[labels == j].mean(axis=0) for j in range(4)]
        np.testing.assert_allclose(after.centres, means, rtol=1e-9)
        np.testing.assert_allclose(before.shares, np.bincount(labels, minlength=4) / len(X))
        assert after.inertia <= before.inertia
    inertias = [np.mean(np.min(np.sum((X[:, None] - s.centres) ** 2, axis=2), axis=1)) for s in run.steps]
    np.testing.assert_allclose([step.inertia for step in run.steps], inertias)


def test_the_cells_are_those_of_the_nearest_centre(blobs):
    step = run_kmeans(blobs(n=200, d=3), blobs(n=200, d=3)[:5], max_iter=2).steps[-1]
    places = np.random.default_rng(0).normal(size=(500, 3)) * 9
    likeliest = step.cells.log_joint(places).argmax(axis=1)
    np.testing.assert_array_equal(likeliest, pairwise_distances_argmin(places, step.centres))


def test_it_can_be_stopped_and_followed(blobs):
    seen: list[int] = []
    run = run_kmeans(blobs(), blobs()[:6], max_iter=2, on_iteration=seen.append)
    assert (seen, run.n_iter, run.settled) == ([1, 2], 2, False)


def test_a_centre_far_from_all_rows_and_twins_are_no_errors(blobs):
    X = blobs(n=100)
    assert run_kmeans(X, [X[0], [1e6, 1e6], X[1]]).steps[-1].shares.min() > 0
    assert run_kmeans([[0.0], [0.0], [1.0], [2.0]], [[0.0], [0.0], [1.0]]).settled


@pytest.mark.parametrize(
    ("centres", "sentence"),
    [
        ([[0.0], [1.0]], "centres must have the shape (k, 2); got (2, 1)."),
        (3.0, "centres must have the shape (k, 2); got ()."),
        ([[0.0, np.nan]], "centres must be finite; found nan at [0, 1]. Drop those rows or fill them in."),
    ],
)
def test_centres_that_are_none(blobs, centres, sentence):
    with pytest.raises(ValueError) as error:
        run_kmeans(blobs(), centres)
    assert str(error.value) == sentence

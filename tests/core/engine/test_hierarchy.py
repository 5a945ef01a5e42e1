"""Ward's clusters, from which EM may begin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage

from gmm_core import fit, load_dataset
from gmm_core.engine.hierarchy import MOST_ROWS, clusters, ward


def same(labels, others):
    return len({*zip(labels, others, strict=True)}) == len({*labels}) == len({*others})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 4), st.integers(1, 6))
def test_they_are_scipys_and_a_row_that_counts_more_often_is_so_many_rows(seed, n, d, k):
    rng, k = np.random.default_rng(seed), min(k, n)
    X, often = rng.normal(size=(n, d)), rng.integers(1, 4, size=n)
    labels = ward(X, k, np.ones(n))
    assert same(labels, fcluster(linkage(X, "ward"), k, "maxclust"))
    assert labels.max() == k - 1
    repeated = ward(np.repeat(X, often, axis=0), k, np.ones(often.sum()))
    assert np.array_equal(np.repeat(ward(X, k, often.astype(float)), often), repeated)


def test_units_change_nothing_and_neither_does_a_constant_column():
    X = load_dataset("unequal_sizes").X
    labels = clusters(X, 3)
    assert same(labels, clusters(X * [1e6, 1e-6] + [5, 7], 3))
    assert same(labels, clusters(np.column_stack([X, np.full(len(X), 0.1)]), 3))


def test_of_many_rows_some_are_clustered_and_the_others_join_them():
    rng = np.random.default_rng(0)
    groups = rng.integers(3, size=4 * MOST_ROWS)
    X = rng.normal(size=(len(groups), 2)) + 12 * np.eye(3)[groups, :2]
    assert same(clusters(X, 3), groups)
    few = np.zeros((4 * MOST_ROWS, 1))
    few[0] = 1
    assert set(clusters(few, 2)) == {0, 1}, "none is empty, though nearly all rows are equal"
    assert set(clusters(np.ones((50, 2)), 2)) == {0, 1}


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_em_begins_there_the_same_whatever_the_seed(family):
    X = load_dataset("tutorial_500").X
    one, other = (fit(X, 3, init="hierarchical", covariance_type=family, random_state=i) for i in (0, 1))
    assert one.converged
    assert one.mixture == other.mixture
    best = fit(X, 3, init="short_runs", covariance_type=family, random_state=0)
    assert best.converged
    assert (
        best.steps[0].log_likelihood
        > fit(X, 3, init="spread_rows", covariance_type=family, random_state=0).steps[0].log_likelihood
    )

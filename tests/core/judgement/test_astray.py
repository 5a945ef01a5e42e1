"""Strays by noise: named by row and value, and how many groups there are without them."""

import numpy as np
import pytest

from gmm_core.judgement.astray import astray
from gmm_core.judgement.selection import sweep_models
from gmm_core.judgement.verdict import judge

NAMES = ("length", "width")


def two_groups(n_strays: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    groups = rng.normal(size=(200, 2)) + np.repeat([[0, 0], [9, 0]], 100, axis=0)
    return np.vstack([groups, rng.uniform(-25, 35, (n_strays, 2))])


def test_strays_are_named_and_the_groups_are_counted_without_them():
    X = two_groups(12)
    comparison = sweep_models(X, range(1, 6), ("full",), 3)
    found = astray(comparison, X)
    assert found.mixture.n_components == 2
    assert comparison.best.mixture.weights.max() > 0.9, "without noise, one takes up both groups"
    assert found.gained > 10
    assert set(range(200, 212)) >= set(found.rows.tolist())
    assert len(found.rows) >= 10
    assert found.n_groups == 2
    said = found.sentence(X, NAMES, np.arange(1, 213), judge(comparison, X, flaws=()).headline)
    first = found.rows[0]
    assert f"row {first + 1} (" in said
    assert any(f"= {value:.6g})" in said for value in X[first])
    assert "Without noise the verdict is:" in said
    assert "With it, 2 components stand for 2 groups, of which it is sure that they stand apart." in said


@pytest.mark.slow
def test_where_there_are_none_none_is_named():
    X = two_groups(0)
    done = []
    found = astray(sweep_models(X, range(1, 4), ("full",), 2), X, on_fit=done.append)
    assert done == [1, 2, 3]
    assert found.gained < 0
    said = found.sentence(X, NAMES, np.arange(1, 201), "Two groups.")
    assert "no row is a stray" in said


def test_of_no_fit_there_are_none():
    X = two_groups(0)
    nothing = sweep_models(X, range(1, 2), ("full",), 1)
    assert astray(type(nothing)((), len(X), nothing.rows, 1e-6, nothing.plan), X) is None


@pytest.mark.slow
def test_rows_count_as_often_as_they_say():
    X = two_groups(12)
    counts = np.tile([1, 2, 3], len(X))[: len(X)]
    counts[200:] = 1
    weighted = astray(sweep_models(X, range(1, 4), ("full",), 2, sample_weight=counts), X)
    Y = np.repeat(X, counts, axis=0)
    repeated = astray(sweep_models(Y, range(1, 4), ("full",), 2), Y)
    assert weighted.mixture.n_components == repeated.mixture.n_components == 2
    np.testing.assert_allclose(weighted.bic, repeated.bic, rtol=1e-6)
    assert {X[i].tobytes() for i in weighted.rows} == {Y[i].tobytes() for i in repeated.rows}

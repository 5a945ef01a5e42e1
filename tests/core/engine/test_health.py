"""How components stand, and where those that collapse have fallen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, StopReason, fit, load_dataset
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.health import Health, component_health, points_fallen_on

few = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)
dimensions = st.integers(1, 5)


def rotation(rng: np.random.Generator, d: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


# --- health


@few
@given(seeds, dimensions, st.floats(-6, 6))
def test_health_reads_the_eigenvalues_in_any_rotation_and_unit(seed, d, log_unit):
    rng = np.random.default_rng(seed)
    unit = 10**log_unit
    variances = rng.uniform(0.01, 10, size=(3, d)) * unit**2
    turns = [rotation(rng, d) for _ in range(3)]
    covariances = np.stack([Q * v @ Q.T for Q, v in zip(turns, variances, strict=True)])
    symmetric = (covariances + covariances.transpose(0, 2, 1)) / 2
    mixture = Mixture(np.full(3, 1 / 3), rng.normal(size=(3, d)), symmetric)
    for health, v in zip(component_health(mixture), variances, strict=True):
        assert health.smallest_eigenvalue == pytest.approx(v.min(), rel=1e-9)
        assert health.smallest_deviation == pytest.approx(math.sqrt(v.min()), rel=1e-9)
        assert health.condition == pytest.approx(v.max() / v.min(), rel=1e-9)
        assert health.count is None


def test_health_in_the_other_families():
    means, weights = np.zeros((2, 2)), [0.5, 0.5]
    diag = Mixture(weights, means, [[4.0, 1.0], [9.0, 9.0]], "diag")
    assert component_health(diag, [30, 70]) == (Health(1.0, 4.0, 30.0), Health(9.0, 1.0, 70.0))
    spherical = Mixture(weights, means, [4.0, 0.25], "spherical")
    assert component_health(spherical) == (Health(4.0, 1.0), Health(0.25, 1.0))
    one, other = component_health(Mixture(weights, means, [[2.0, 1.0], [1.0, 2.0]], "tied"))
    assert one == other
    assert (one.smallest_eigenvalue, one.condition) == (pytest.approx(1.0), pytest.approx(3.0))


def test_health_of_a_needle_is_never_below_zero():
    narrow = Mixture([1.0], [[0.0, 0.0]], [[1e-300, 1e300]], "diag")
    (health,) = component_health(narrow)
    assert health.smallest_eigenvalue >= 0
    assert health.condition > 1e290


def test_health_wants_a_count_for_each_component():
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], "spherical")
    with pytest.raises(ValueError) as error:
        component_health(mixture, [1, 2, 3])
    assert str(error.value) == "counts must have the shape (2,), one for each component; got (3,)."


# --- where it fell


def test_the_collapse_example_falls_on_row_29():
    X = load_dataset("tutorial_collapse").X
    covariances = np.tile(5 * np.eye(2), (3, 1, 1))
    start = Mixture(np.full(3, 1 / 3), [[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]], covariances)
    trace = fit(X, 3, start=start, reg_covar=0)
    assert (trace.stop, trace.collapsed) == (StopReason.COLLAPSED, 2)
    np.testing.assert_array_equal(points_fallen_on(trace.mixture, X, 2), [29])
    for healthy in (0, 1):
        assert len(points_fallen_on(trace.mixture, X, healthy)) == 0
    last = component_health(trace.mixture, trace.steps[-1].counts)[2]
    assert last.smallest_eigenvalue < 1e-3
    assert last.count == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("reg_covar", [0, 1e-9, 1e-6])
def test_the_series_has_a_component_on_its_thirteen_duplicates(reg_covar):
    X = load_dataset("qa_series").X
    duplicate = 44.44571429
    start = Mixture(
        [13 / 50, 23 / 50, 14 / 50], [[duplicate], [32.9885], [44.2236]], [[1e-6], [53.53], [0.26]], "diag"
    )
    mixture = fit(X, 3, covariance_type="diag", start=start, reg_covar=reg_covar, tol=0, max_iter=100).mixture
    rows = points_fallen_on(mixture, X, 0)
    np.testing.assert_array_equal(rows, np.flatnonzero(X[:, 0] == duplicate))
    assert len(rows) == 13
    assert len(points_fallen_on(mixture, X, 1)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_collapse_has_rows_that_the_component_fell_on(family):
    collapses = 0
    for seed in range(40):
        X = np.random.default_rng(seed).normal(size=(40, 2)).round(1)
        trace = fit(
            X, 9, covariance_type=family, init="random_from_data", reg_covar=0, tol=0, random_state=seed
        )
        if trace.collapsed is None:
            continue
        collapses += 1
        rows = points_fallen_on(trace.mixture, X, trace.collapsed)
        assert len(rows) > 0
        most = trace.mixture.responsibilities(X)[rows].max(axis=1)
        np.testing.assert_allclose(trace.mixture.responsibilities(X)[rows, trace.collapsed], most, rtol=1e-5)
    assert (collapses > 0) == (family != "tied")  # a shared covariance holds each component open


@pytest.mark.parametrize(("family", "flat"), [("full", True), ("diag", False), ("spherical", False)])
def test_rows_on_a_line_are_too_flat_for_some_families(family, flat):
    line = np.column_stack([np.arange(20.0), np.arange(20.0)])
    cloud = np.random.default_rng(0).normal([100, 0], size=(50, 2))
    covariances = {"full": np.tile(np.eye(2), (2, 1, 1)), "diag": np.ones((2, 2)), "spherical": np.ones(2)}
    mixture = Mixture([0.5, 0.5], [[10.0, 10.0], [100.0, 0.0]], covariances[family], family)
    rows = points_fallen_on(mixture, np.concatenate([line, cloud]), 0)
    np.testing.assert_array_equal(rows, np.arange(20) if flat else [])


def test_twins_fall_on_the_same_rows_and_a_component_without_rows_on_none():
    X = np.concatenate([np.full(7, 3.0), np.linspace(10, 20, 30)])
    mixture = Mixture(
        [0.1, 0.1, 0.7, 0.1], [[3.0], [3.0], [15.0], [1e6]], [1e-4, 1e-4, 9.0, 1.0], "spherical"
    )
    fallen = [points_fallen_on(mixture, X, j).tolist() for j in range(4)]
    assert fallen == [list(range(7)), list(range(7)), [], []]


def test_points_fallen_on_names_the_range_of_components():
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], "spherical")
    with pytest.raises(ValueError) as error:
        points_fallen_on(mixture, np.arange(5.0), 2)
    assert str(error.value) == "component must be from 0 to 1; got 2."

"""Whether `reg_covar` is small against the data, and what is said where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, fit, load_dataset
from gmm_core.engine.floor import floor_of, floor_within
from gmm_core.engine.health import held_up


def two_groups(unit: float = 1.0, d: int = 1) -> np.ndarray:
    """60 rows of two groups each, five standard deviations apart."""
    rng = np.random.default_rng(0)
    return unit * (rng.normal(size=(120, d)) + 5 * (np.arange(120)[:, np.newaxis] >= 60))


def test_groups_in_small_units_merge_and_the_run_says_so():
    X = two_groups(1e-4)
    trace = fit(X, 2, random_state=0)
    assert np.ptp(trace.mixture.means) < 1e-4, "one group for both"
    assert trace.note == (
        "reg_covar = 1e-06 is not small against the smallest variance of the data: it is 13.9 times that of "
        "column 0 (7.18e-08, in squared units), and is added to every variance, so every component is wider "
        "than the data, and groups may become one. A millionth of it, 7.2e-14, still keeps every "
        "variance above zero."
    )
    found = floor_of(X, 1e-6)
    assert found is not None
    assert found.helped_by_standardising
    lowered = fit(X, 2, random_state=0, reg_covar=found.advised)
    assert lowered.note == ""
    np.testing.assert_allclose(
        lowered.mixture.means / 1e-4, fit(two_groups(), 2, random_state=0).mixture.means, rtol=1e-3
    )


@settings(max_examples=25)
@given(st.floats(-8, 8), st.floats(-12, 4))
def test_it_depends_on_the_ratio_alone(log_unit, log_reg):
    unit, reg_covar = 10**log_unit, 10**log_reg
    X, labels = two_groups(d=2), np.arange(120) // 60
    for look, extra in ((floor_of, ()), (floor_within, (labels,))):
        one, other = look(X, *extra, reg_covar), look(unit * X, *extra, unit**2 * reg_covar)
        assert (one is None) == (other is None)
        if one and other:
            assert other.column == one.column
            assert other.variance == pytest.approx(unit**2 * one.variance)


def test_narrow_groups_far_apart_are_seen_within_them_alone():
    rng = np.random.default_rng(0)
    X, labels = np.repeat([0.0, 1.0], 60) + 1e-4 * rng.normal(size=120), np.arange(120) // 60
    X = X[:, np.newaxis]
    assert floor_of(X, 1e-6) is None
    found = floor_within(X, labels, 1e-6)
    assert found is not None
    assert found.advised < 2e-14
    assert not found.helped_by_standardising, "the columns' variance is that between the groups"
    assert found.sentence(["x<b>"]).startswith(
        "reg_covar = 1e-06 is not small against the variance within groups, where k-means parts the rows "
        "into 2: it is 1"
    )
    assert "of column 'x‹b›'" in found.sentence(["x<b>"])


@pytest.mark.parametrize("name", ["qa_series", "digits", "digits_2_6", "tutorial_collapse", "notebook_3d"])
def test_the_built_in_data_are_large_against_the_default(name):
    """Where most values of a column are equal, as of a pixel, the floor is what it is for."""
    assert floor_of(load_dataset(name).X, 1e-6) is None


def test_constant_columns_and_lone_rows_are_no_evidence():
    X = np.column_stack([np.ones(30), np.r_[np.zeros(20), 1e-9 * np.arange(10)], np.arange(30.0)])
    assert floor_of(X, 1e-3) is None
    assert floor_within(X, np.repeat([0, 1], [28, 2]), 1e-3) is None


def test_who_is_held_up_by_equal_rows_and_who_by_a_floor_that_is_too_high():
    X = np.r_[np.zeros(20), 5 + two_groups(1e-4)[:60, 0]][:, np.newaxis]
    mixture = Mixture([0.25, 0.75], [[0.0], [5.0]], [1e-6, 1e-6 + X[20:].var()], "spherical")
    equal, narrow = held_up(mixture, X, 1e-6)
    assert (equal.component, equal.own, equal.degenerate) == (0, 0.0, True)
    assert (narrow.component, narrow.degenerate) == (1, False)
    assert narrow.own == pytest.approx(X[20:].var(), rel=1e-6)
    assert held_up(mixture, X, 1e-9) == ()

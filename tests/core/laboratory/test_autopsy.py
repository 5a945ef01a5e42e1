"""The autopsy of a run: when it began, on which rows, and what was gained by whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, component_health, fit, load_dataset
from gmm_core.engine.em import falls, largest_fall
from gmm_core.engine.mixture import log_peaks
from gmm_core.laboratory.autopsy import Course, began, examine, named, spike, suspect, told

few = settings(max_examples=20)
START = Mixture(
    np.full(3, 1 / 3), [[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]], np.tile(5 * np.eye(2), (3, 1, 1))
)


def opened(X, trace, reg_covar):
    return examine(X, trace, suspect(X, trace, reg_covar))


def sentences(found, X, trace, reg_covar):
    return [one.sentence for one in told(found, trace, np.arange(1, len(X) + 1), reg_covar)]


@few
@given(st.sampled_from(["full", "tied", "diag", "spherical"]), st.integers(1, 4), st.integers(0, 1000))
def test_the_course_is_what_each_mixture_says(family, d, seed):
    X = np.random.default_rng(seed).normal(size=(60, d))
    trace = fit(X, 3, covariance_type=family, init="random", random_state=seed, max_iter=4, tol=0)
    course = Course.of(trace)
    for t, step in enumerate(trace.steps):
        health = component_health(step.mixture, step.counts)
        np.testing.assert_allclose(course.counts[t], [one.count for one in health])
        np.testing.assert_allclose(course.smallest[t], [one.smallest_eigenvalue for one in health], rtol=1e-9)
        np.testing.assert_allclose(course.condition[t], [one.condition for one in health], rtol=1e-9)
        peaks = log_peaks(step.mixture.family, np.ones(3), step.mixture.factor, d)
        np.testing.assert_allclose(course.peak[t] * np.log(10), np.broadcast_to(peaks, 3), atol=1e-9)


def test_the_course_is_the_same_in_pieces(monkeypatch):
    X = load_dataset("tutorial_collapse").X
    trace = fit(X, 3, init="kmeans", random_state=0, max_iter=9, tol=0)
    whole = Course.of(trace)
    monkeypatch.setattr("gmm_core.laboratory.autopsy.CHUNK_NUMBERS", 30)
    for name, values in vars(Course.of(trace)).items():
        np.testing.assert_array_equal(values, getattr(whole, name))


@pytest.mark.parametrize(
    ("values", "t"),
    [
        ([5, 4, 3, 2, 1], 0),
        ([1, 2, 3, 2, 1], 2),
        ([1, 2, 3, 4, 5], 4),
        ([9, 1, 8, 4, 1e-6, 1.005e-6, 1e-6, 1.009e-6], 2),  # a floor on which it trembles
        ([1e-6, 1e-6, 1e-6], 0),
        ([3], 0),
    ],
)
def test_it_began_after_the_last_rise(values, t):
    assert began(values) == t


@few
@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=30))
def test_from_where_it_began_nothing_rises_and_before_it_something_did(values):
    t = began(values)
    after = np.array(values[t:])
    assert (after[1:] <= 1.01 * after[:-1]).all()
    assert t == 0 or values[t] > 1.01 * values[t - 1]


def test_the_tutorial_falls_on_row_29_counted_from_zero():
    X = load_dataset("tutorial_collapse").X
    trace = fit(X, 3, start=START, reg_covar=0)
    found = opened(X, trace, 0)
    assert (found.suspect.component, found.suspect.collapsed, found.suspect.held) == (2, True, False)
    assert (found.rows.tolist(), found.different, found.flat, found.began) == ([29], 1, 2, 0)
    np.testing.assert_allclose(X[29], [23.38566343, 8.07067598], atol=5e-9)
    assert found.course.counts[-1, 2] == pytest.approx(1, abs=1e-3)
    assert sentences(found, X, trace, 0) == [
        "Component 3 fell on row 30: the M-step of iteration 2 found a covariance without extent, a singular "
        "matrix, and EM cannot go on. What is shown is the last step before.",
        "It began at the start: from there on, its smallest eigenvalue only falls, for 1 iteration.",
        "Since the start, the log-likelihood of that row rose by 20.15; that of the other 499 rows rose by "
        "12,011.04, 24.07 each. EM has only just left its start, and all rows gain by that.",
        "There is no limit to that: each time the variance becomes a tenth, that row gains 2.303 in "
        "log-likelihood, without end, and the other rows gain nothing. So the highest likelihood is no good "
        "fit here: it knows one place by heart, and says nothing new of the rest.",
    ]


def test_the_series_is_held_up_by_reg_covar_on_its_thirteen_duplicates():
    X = load_dataset("qa_series").X
    how = {"reg_covar": 1e-6, "tol": 1e-6, "max_iter": 300}
    trace = fit(X, 3, init="random_from_data", random_state=11, **how)
    found = opened(X, trace, 1e-6)
    np.testing.assert_array_equal(found.rows, np.flatnonzero(X[:, 0] == 44.44571429))
    assert len(found.rows) == 13
    assert (found.different, found.flat, found.suspect.held, found.suspect.collapsed) == (1, 1, True, False)
    # It is widest at iteration 3, after a start without extent, and never wider again.
    assert found.began == 3 == found.course.smallest[:, found.suspect.component].argmax()
    assert 50 * trace.log_likelihood == pytest.approx(-60.521, abs=1e-3)
    mine, others = found.gains
    assert mine > 60
    assert others < 0, "the gain is that of the duplicates alone"
    np.testing.assert_allclose(np.nansum(found.per_row * [13, 37], axis=1), 50 * trace.log_likelihoods)
    first, began_at, gained, endless = sentences(found, X, trace, 1e-6)
    assert first == (
        "Component 1 sits on 13 rows: 10, 11, 12, 13, 14, …, which are all equal, and only reg_covar = 1e-06 "
        "holds it up."
    )
    assert began_at.startswith("It began at iteration 3: from there on, its smallest eigenvalue only falls,")
    assert gained.endswith("that of the other 37 rows fell by 8.39, 0.23 each.")
    assert "those 13 rows gain 14.97 in log-likelihood, without end" in endless  # 13 x ln(10) / 2


def test_two_points_are_a_line_and_flat_in_one_direction():
    X = load_dataset("notebook_2d").X
    trace = fit(X, 4, init="random_from_data", random_state=21, reg_covar=0)
    found = opened(X, trace, 0)
    assert (found.rows.tolist(), found.different, found.flat, found.began) == ([3, 168], 2, 1, 10)
    assert found.course.condition[-1, 3] > 1e7
    largest = found.course.smallest[-1, 3] * found.course.condition[-1, 3]
    assert largest > 1, "its covariance is of rank one, and not zero"
    assert sentences(found, X, trace, 0)[0].startswith(
        "Component 4 fell on rows 4 and 169, on which no Gaussian of this family has an extent in every "
        "direction: the M-step of iteration 23 found"
    )


def test_a_healthy_run_is_said_to_be_one():
    X = load_dataset("tutorial_collapse").X
    trace = fit(X, 3, init="kmeans", random_state=0, reg_covar=0)
    found = opened(X, trace, 0)
    assert (found.suspect.defect, found.began, found.rows.tolist()) == ("", None, [])
    first, second = sentences(found, X, trace, 0)
    assert first == "No component is degenerate: there is nothing to cure in this run."
    assert second == f"Component {1 + found.suspect.component} is the thinnest."


def test_a_component_that_lost_its_rows_is_followed_by_its_count():
    X = load_dataset("tutorial_collapse").X
    start = Mixture(START.weights, START.means, 5 * np.eye(2), "tied")
    trace = fit(X, 3, covariance_type="tied", start=start, reg_covar=0)
    found = opened(X, trace, 0)
    assert found.by_count
    assert found.suspect.defect == "component 3 holds only 0.7 rows"
    assert found.course.counts[found.began :, 2].argmax() == 0


def test_a_run_of_one_step_and_rows_that_all_fell():
    X = np.array([[0.0], [1.0], [2.0]])
    trace = fit(X, 3, init="random_from_data", random_state=0, reg_covar=1e-6, max_iter=0)
    found = opened(X, trace, 1e-6)
    assert found.began == 0
    assert sentences(found, X, trace, 1e-6)[1] == "It began at the start, where the run ends."


def test_a_spike_gains_without_limit_and_the_others_nothing():
    X = load_dataset("tutorial_collapse").X
    base = fit(X, 2, init="kmeans", random_state=0, reg_covar=0).mixture
    variances = 10.0 ** np.arange(0, -13, -1)
    gained = np.diff(spike(base, X, np.array([29]), variances), axis=0)
    np.testing.assert_allclose(
        gained[4:, 0], np.log(10), rtol=1e-3
    )  # one row, two directions, half of ln 10 each
    np.testing.assert_allclose(gained[4:, 1], 0, atol=1e-9)
    # Of two rows, the direction between them does not shrink.
    gained = np.diff(spike(base, X, np.array([29, 100]), variances[:9]), axis=0)
    np.testing.assert_allclose(gained[6:, 0], np.log(10), rtol=2e-2)


def test_falls_and_how_large_they_are():
    values = np.array([-5.0, -4.0, -4.5, -4.0, -4.2, -4.2 - 1e-12])
    assert falls(values) == [2, 4]
    assert largest_fall(values) == 0.5
    assert largest_fall(values[:2]) == 0


def test_rows_are_named_as_the_file_has_them():
    numbers = np.arange(2, 20)
    assert named(np.array([0]), numbers) == "row 2"
    assert named(np.array([0, 3]), numbers) == "rows 2 and 5"
    assert named(np.array([0, 3, 4]), numbers) == "rows 2, 5 and 6"
    assert named(np.arange(7), numbers) == "7 rows: 2, 3, 4, 5, 6, …"

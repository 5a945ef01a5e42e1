"""What a mixture says of new points, against scipy, scikit-learn and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import beta, chi2, f, kstest

from gmm_core import Mixture, fit
from gmm_core.engine.missing import expected
from gmm_core.judgement.predict import (
    check_fit,
    density_levels,
    is_unlike,
    leads,
    log_shares,
    prediction_frame,
    share_below,
)


def gaussian(X: np.ndarray, family: str = "full") -> Mixture:
    return fit(X, 1, covariance_type=family, reg_covar=0).mixture


def line(weights, means, variances) -> Mixture:
    return Mixture(weights, np.reshape(means, (-1, 1)), np.reshape(variances, (-1, 1)), "diag")


# --- Distances, densities, responsibilities


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_distances_are_mahalanobis_s(blobs, family):
    X = blobs(d=3)
    mixture = fit(X, 3, covariance_type=family, random_state=0).mixture
    expected = [
        cdist(X, [mean], "mahalanobis", VI=np.linalg.inv(covariance))[:, 0] ** 2
        for mean, covariance in zip(mixture.means, mixture.full_covariances, strict=True)
    ]
    np.testing.assert_allclose(mixture.squared_distances(X), np.stack(expected, axis=1), rtol=1e-9)


def test_responsibilities_too_small_for_a_float_have_a_logarithm(blobs, sklearn_fit):
    X = blobs()
    start = fit(X, 3, random_state=0, max_iter=1).mixture
    model = sklearn_fit(X, start, max_iter=5)
    mixture = Mixture(model.weights_, model.means_, model.covariances_)
    np.testing.assert_allclose(np.exp(log_shares(mixture, X)), model.predict_proba(X), atol=1e-12)
    far = log_shares(line([0.5, 0.5], [0, 10], [1, 1]), [[0.0], [1000.0]])
    np.testing.assert_allclose(far, [[0, -50], [-9950, 0]], atol=1e-12)


@given(st.integers(0, 10_000), st.integers(0, 99))
@settings(max_examples=30)
def test_the_quantile_says_how_many_of_the_data_themselves_are_unlike_them(seed, rank):
    quantile = (rank + 0.5) / 100  # between two of 101 rows: numpy's quantiles are ranks from 0 to 1
    X = np.random.default_rng(seed).normal(size=(101, 2))
    mixture = gaussian(X)
    levels = density_levels(mixture, X)
    own = mixture.log_density(X)
    assert is_unlike(levels, quantile, own).sum() == rank + 1
    assert (share_below(levels, own) < quantile)[is_unlike(levels, quantile, own)].all()


def test_a_density_is_compared_with_those_of_the_data():
    levels = np.array([-5.0, -3, -3, -1])
    assert share_below(levels, [-6, -5, -4, -3, -2, 0]).tolist() == [0, 0, 0.25, 0.25, 0.75, 1]
    assert is_unlike(levels, 0.5, [-3.1, -3, 0]).tolist() == [True, False, False]
    assert not is_unlike(levels, 0, [-5]).any(), "no row of the data is unlike all of them"


def test_predictions_are_a_table_with_the_rows_of_the_file(blobs):
    X = blobs(d=2)
    mixture = fit(X, 3, random_state=0).mixture
    levels = density_levels(mixture, X)
    frame = prediction_frame(X[:5], mixture, levels, 0.1, ["row", "b"], [7, 8, 9, 11, 12])
    assert list(frame) == [
        *("row (2)", "row", "b", "component (from 1)"),
        *("responsibility 1", "responsibility 2", "responsibility 3"),
        *("log density", "share of data less dense", "unlike all data"),
    ]
    assert frame["row (2)"].tolist() == [7, 8, 9, 11, 12]
    np.testing.assert_array_equal(frame[["row", "b"]], X[:5])
    np.testing.assert_array_equal(frame["component (from 1)"], mixture.log_joint(X[:5]).argmax(axis=1) + 1)
    np.testing.assert_array_equal(
        frame["unlike all data"], is_unlike(levels, 0.1, mixture.log_density(X[:5]))
    )


def test_of_points_with_gaps_what_is_expected_is_in_the_table_and_no_density_compared(blobs):
    X = blobs(d=3)
    mixture = fit(X, 3, random_state=0).mixture
    levels = density_levels(mixture, X)
    gaps = X[:4].copy()
    gaps[1, 2] = gaps[3, [0, 2]] = np.nan
    frame = prediction_frame(gaps, mixture, levels, 0.1, ["a", "b", "c"], range(4))
    assert list(frame)[-6:] == [
        *("share of data less dense", "unlike all data", "a, expected", "a, standard deviation"),
        *("c, expected", "c, standard deviation"),
    ]
    assert frame["unlike all data"].isna().tolist() == [False, True, False, True]
    assert frame["share of data less dense"].isna().tolist() == [False, True, False, True]
    filled, deviations = expected(mixture, gaps)
    np.testing.assert_array_equal(frame["c, expected"], [np.nan, filled[1, 2], np.nan, filled[3, 2]])
    np.testing.assert_array_equal(frame["a, standard deviation"], [np.nan] * 3 + [deviations[3, 0]])
    whole = prediction_frame(X[:2], mixture, levels, 0.1, ["a", "b", "c"], range(2), gaps=np.arange(3) < 1)
    assert whole["a, expected"].isna().all()


# --- Borders


def test_a_lead_is_positive_for_the_most_likely_and_zero_in_a_tie():
    joint = np.array([[0.0, -1, -5], [2, 2, 1], [-3, -1, -2]])
    assert leads(joint).tolist() == [[1, -1, -5], [0, 0, -1], [-2, 1, -1]]
    assert leads(joint[:, :1]).tolist() == [[np.inf]] * 3


# --- Do the components fit?


def test_one_component_is_an_ordinary_q_q_plot():
    X = np.random.default_rng(1).normal(size=(60, 2)) @ [[2, 1], [0, 1]]
    mixture = gaussian(X)
    distances = np.sort(mixture.squared_distances(X)[:, 0])
    (check,) = check_fit(mixture, X)
    levels = (np.arange(1, 61) - 0.5) / 60
    assert check.count == pytest.approx(60)
    np.testing.assert_allclose(check.found, distances)
    np.testing.assert_allclose(check.expected, chi2.ppf(levels, 2))
    np.testing.assert_allclose(check.low, chi2.ppf(beta.ppf(0.025, range(1, 61), range(60, 0, -1)), 2))
    np.testing.assert_allclose(check.high, chi2.ppf(beta.ppf(0.975, range(1, 61), range(60, 0, -1)), 2))
    assert check.p_value == pytest.approx(kstest(distances, chi2(2).cdf).pvalue)
    assert check.gap == pytest.approx(kstest(distances, chi2(2).cdf).statistic)
    assert check.inner == pytest.approx((distances <= chi2.ppf(0.5, 2)).mean())
    assert check.outer == pytest.approx((distances <= chi2.ppf(0.95, 2)).mean())


def test_rows_count_by_responsibility_where_components_overlap():
    truth = line([0.5, 0.5], [0, 2], [1, 1])
    X, _ = truth.sample(4000, 0)
    for check in check_fit(truth, X):
        assert check.count == pytest.approx(2000, abs=100)
        assert not check.doubtful
        assert check.inner == pytest.approx(0.5, abs=0.03)
        assert len(check.found) <= 420
        assert np.mean((check.found >= check.low) & (check.found <= check.high)) > 0.8


@pytest.mark.parametrize(
    ("draw", "doubtful", "pointed"),
    [
        (lambda rng: rng.normal(size=(300, 2)), False, None),
        (lambda rng: rng.standard_t(3, size=(300, 2)), True, True),
        (lambda rng: rng.exponential(size=(300, 2)), True, True),
        (lambda rng: rng.uniform(size=(300, 2)), True, False),
        (lambda rng: np.concatenate([rng.normal(size=(150, 2)), rng.normal(size=(150, 2)) + 6]), True, False),
    ],
    ids=["normal", "heavy", "skewed", "flat", "two"],
)
def test_what_is_no_gaussian_is_doubted(draw, doubtful, pointed):
    X = draw(np.random.default_rng(0))
    (check,) = check_fit(gaussian(X), X)
    assert check.doubtful == doubtful
    if doubtful:
        assert (check.inner > 0.5) == pointed


def test_t_distributions_are_asked_as_such_and_noise_leaves_its_rows_out():
    rng, box = np.random.default_rng(0), [[-40.0, -40.0], [60.0, 60.0]]
    truth = Mixture(
        *([0.5, 0.4], [[0, 0], [20, 0]], [np.eye(2), 4 * np.eye(2)], "full"),
        noise_weight=0.1,
        noise_box=np.array(box),
        dof=np.array([3.0, 5.0]),
    )
    X, _ = truth.sample(3000, 1)
    for check, dof in zip(check_fit(truth, X), (3.0, 5.0), strict=True):
        assert check.dof == dof
        assert not check.doubtful
        assert check.inner == pytest.approx(0.5, abs=0.04)
        assert check.outer == pytest.approx(0.95, abs=0.03)
    heavy = rng.standard_t(2, size=(400, 1))
    as_t = Mixture([1.0], [[0.0]], [[[1.0]]], "full", dof=np.array([2.0]))
    (check,) = check_fit(as_t, heavy)
    distances = as_t.squared_distances(heavy)[:, 0]
    assert check.p_value == pytest.approx(kstest(distances, f(1, 2).cdf).pvalue)
    (check,) = check_fit(as_t, rng.uniform(-1, 1, size=(400, 1)))
    assert check.doubtful
    assert check.inner > 0.5, "uniform rows within one deviation are nearer than those of such tails"


def test_many_rows_show_even_a_slight_difference():
    X = np.random.default_rng(0).standard_t(60, size=(200_000, 1))
    (check,) = check_fit(gaussian(X), X)
    assert check.doubtful
    assert check.slight
    assert not check_fit(gaussian(np.exp(X)), np.exp(X))[0].slight


def test_too_few_rows_say_nothing():
    X = np.random.default_rng(0).uniform(size=(19, 1))
    assert not check_fit(gaussian(X), X)[0].enough
    X = np.random.default_rng(0).uniform(size=(49, 10))
    (check,) = check_fit(gaussian(X), X)
    assert not check.enough
    assert not check.doubtful
    lost = line([0.999, 0.001], [0, 1e6], [1, 1])
    empty = check_fit(lost, np.random.default_rng(0).normal(size=(50, 1)))[1]
    assert (empty.count, len(empty.found), empty.enough) == (0, 0, False)

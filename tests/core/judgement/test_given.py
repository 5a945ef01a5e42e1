"""Marginals, conditionals and regression, against densities, integrals, scikit-learn and drawn rows."""

import numpy as np
import pytest
from any_mixture import ALL, KINDS, any_mixture
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from sklearn.linear_model import LinearRegression

from gmm_core import Mixture, conditional, fit, impute, marginal, quantile, regress


def refused(function, *args, **kwargs):
    with pytest.raises(ValueError) as error:
        function(*args, **kwargs)
    return str(error.value)


@pytest.mark.parametrize("covariance_type", ALL)
def test_a_marginal_is_the_projection_on_these_features_in_their_order(covariance_type):
    mixture = any_mixture(3, 3, 4, covariance_type)
    chosen = marginal(mixture, [3, 0])
    X = np.random.default_rng(0).normal(size=(20, 2)) * 3
    expected = mixture.project(np.eye(4)[[3, 0]])
    np.testing.assert_allclose(chosen.log_joint(X), expected.log_joint(X), rtol=1e-12)
    assert marginal(mixture, ["d", "a"], feature_names="abcd") == chosen
    assert marginal(mixture, "b", feature_names=list("abcd")) == marginal(mixture, 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("covariance_type", ALL)
def test_the_joint_density_is_that_of_the_known_times_that_of_the_rest(covariance_type, kind):
    mixture = any_mixture(5, 3, 3, covariance_type, kind)
    rng = np.random.default_rng(1)
    low, high = mixture.means.min(axis=0) - 1, mixture.means.max(axis=0) + 1
    for row in rng.uniform(low, high, (5, 3)):
        rest = conditional(mixture, {2: row[2], 0: row[0]})
        of_known = marginal(mixture, [0, 2]).log_density(row[np.newaxis, [0, 2]])
        joint = of_known + rest.log_density(row[np.newaxis, 1:2])
        np.testing.assert_allclose(joint, mixture.log_density(row[np.newaxis]), rtol=1e-10)


@pytest.mark.slow
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(ALL), st.sampled_from(["plain", "t"]))
@settings(max_examples=40)
def test_a_conditional_integrates_to_one_and_is_the_joint_over_the_marginal(seed, k, covariance_type, kind):
    mixture = any_mixture(seed, k, 2, covariance_type, kind)
    x = float(np.random.default_rng(seed).normal() * 4)
    rest = conditional(mixture, {0: x})
    ends = quantile(rest, [1e-5, 1 - 1e-5])
    middle = np.sort(rest.means[:, 0])
    whole = quad(
        lambda y: np.exp(mixture.log_density([[x, y]])[0]),
        *ends,
        points=middle,
        limit=500,
    )[0]
    density = np.exp(marginal(mixture, 0).log_density([x])[0])
    assert whole / density == pytest.approx(1 - 2e-5, abs=1e-6)


def test_far_away_the_weights_of_a_conditional_are_still_right():
    mixture = Mixture([0.5, 0.5], [[0, 0], [1, 5]], [1, 1], "spherical")
    far = conditional(mixture, {0: 1e6})
    assert far.weights.tolist() == [0, 1]
    near = conditional(mixture, {0: 40.0})
    assert np.log(near.weights[0]) == pytest.approx(-39.5, rel=1e-9)  # (39^2 - 40^2) / 2


def test_a_conditional_of_one_gaussian_is_linear_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 3)) + [10, 20, 30]
    mixture = fit(X, 1, reg_covar=0).mixture
    line = LinearRegression().fit(X[:, [2, 0]], X[:, 1])
    found = regress(mixture, X[:, [2, 0]], [2, 0])
    np.testing.assert_allclose(found.mean[:, 0], line.predict(X[:, [2, 0]]), rtol=1e-10)
    rest = X[:, 1] - line.predict(X[:, [2, 0]])
    np.testing.assert_allclose(found.deviation, rest.std(), rtol=1e-10)
    np.testing.assert_allclose(found.high - found.mean, 1.959963984540054 * found.deviation, rtol=1e-9)
    np.testing.assert_allclose(found.mean - found.low, 1.959963984540054 * found.deviation, rtol=1e-9)


@pytest.mark.slow
@given(
    st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 4), st.sampled_from(ALL), st.sampled_from(KINDS)
)
@settings(max_examples=40)
def test_regression_of_many_rows_is_the_conditional_of_each(seed, k, d, covariance_type, kind):
    mixture = any_mixture(seed, k, d, covariance_type, kind)
    X = mixture.sample(5, 0)[0]
    known = np.random.default_rng(seed).permutation(d)[: d - 1]
    (wanted,) = set(range(d)) - set(known)
    found = regress(mixture, X[:, known], known, wanted, level=0.8)
    for i, row in enumerate(X):
        # Noise predicts nothing.
        rest = conditional(mixture.of_components, {int(j): row[j] for j in known})
        variances = rest.deviations[:, 0] ** 2
        if rest.dof is not None:
            variances = variances * rest.dof / (rest.dof - 2)
        mean = rest.weights @ rest.means[:, 0]
        total = rest.weights @ (variances + (rest.means[:, 0] - mean) ** 2)
        assert found.mean[i, 0] == pytest.approx(mean, rel=1e-9, abs=1e-9)
        assert found.deviation[i, 0] == pytest.approx(np.sqrt(total), rel=1e-9)
        np.testing.assert_allclose([found.low[i, 0], found.high[i, 0]], quantile(rest, [0.1, 0.9]), rtol=1e-9)


def test_several_features_are_wanted_and_what_is_missing_does_not_count():
    mixture = any_mixture(8, 3, 5)
    X = mixture.sample(40, 0)[0]
    both = regress(mixture, X[:, [4, 1]], [4, 1], [3, 0])
    for column, j in enumerate((3, 0)):
        alone = regress(mixture, X[:, [4, 1]], [4, 1], j)
        for name in ("mean", "deviation", "low", "high"):
            np.testing.assert_allclose(getattr(both, name)[:, column], getattr(alone, name)[:, 0], rtol=1e-9)
    gaps = X[:, [4, 1]].copy()
    gaps[::2, 1] = np.nan
    some = regress(mixture, gaps, [4, 1], [3, 0])
    np.testing.assert_allclose(some.mean[::2], regress(mixture, X[::2, [4]], 4, [3, 0]).mean, rtol=1e-9)
    np.testing.assert_allclose(some.high[1::2], both.high[1::2], rtol=1e-12)
    holes = X.copy()
    holes[:, [0, 3]] = np.nan
    filled = impute(holes, mixture)
    np.testing.assert_allclose(
        regress(mixture, X[:, [1, 2, 4]], [1, 2, 4]).mean, filled[:, [0, 3]], rtol=1e-9
    )


@pytest.mark.slow
def test_the_variance_of_a_feature_is_what_others_explain_and_what_they_leave():
    mixture = any_mixture(2, 3, 2)
    X = mixture.sample(200_000, 0)[0]
    found = regress(mixture, X[:, :1], 0)
    total = found.mean.var() + np.mean(found.deviation**2)
    variances = mixture.full_covariances[:, 1, 1]
    mean = mixture.weights @ mixture.means[:, 1]
    exact = mixture.weights @ (variances + (mixture.means[:, 1] - mean) ** 2)
    assert total == pytest.approx(exact, rel=0.02)
    within = (found.low < X[:, 1:]) & (X[:, 1:] < found.high)
    assert within.mean() == pytest.approx(0.95, abs=0.002)


def test_what_cannot_be_predicted_is_a_sentence():
    mixture = any_mixture(0, 2, 3)
    names = ["a", "b", "c"]
    assert refused(marginal, mixture, 3) == "A feature is a whole number from 0 to 2, or a name; got 3."
    assert (
        refused(marginal, mixture, [True]) == "A feature is a whole number from 0 to 2, or a name; got True."
    )
    assert refused(marginal, mixture, []) == "No feature is named; at least one is needed."
    assert refused(marginal, mixture, [1, 1]) == "Each feature is named once; number 1 is named 2 times."
    assert refused(marginal, mixture, "d", feature_names=names) == (
        "No feature is called 'd'; there are 'a', 'b', 'c'."
    )
    assert refused(marginal, mixture, "a", feature_names="aab") == (
        "Several features are called 'a'; there are 'a', 'a', 'b'."
    )
    assert refused(marginal, mixture, "a") == (
        "'a' is a name, and feature_names are not given; a number from 0 would do."
    )
    assert refused(marginal, mixture, "a", feature_names=["a"]) == "feature_names must hold 3 names; got 1."
    assert refused(conditional, mixture, {}) == "No feature is named; at least one is needed."
    assert refused(conditional, mixture, {0: 1, 1: 1, 2: 1}) == (
        "All features are known, so that none is left to be predicted."
    )
    assert refused(conditional, mixture, {0: np.nan}) == (
        "known must be finite; found nan at [0]. Drop those rows or fill them in."
    )
    assert refused(conditional, mixture, {0: [1.0]}) == "known must hold one number for each feature."
    assert refused(conditional, mixture, {0: 1e150}) == (
        "A known value is 1e+150: so far out, nothing can be computed."
    )
    assert refused(regress, mixture, [[1.0]], 0, [0, 1]) == "A feature is known or wanted; number 0 is both."
    assert refused(regress, mixture, [[1.0]], [0, 1]) == "X has 1 column for 2 known features."
    assert refused(regress, mixture, [[1.0]], 0, level=1) == "level must be between 0 and 1; got 1."
    assert refused(regress, mixture, [[np.inf]], 0).startswith("X must be finite; found inf at [0, 0].")
    noisy = any_mixture(0, 2, 3, kind="noise")
    assert refused(conditional, noisy, {0: 1e5}) == (
        "At these values nothing but noise is likely, and noise predicts nothing."
    )
    assert len(regress(mixture, np.empty((0, 1)), 0).mean) == 0

"""scikit-learn as oracle: from the same start, the same numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture

from gmm_core import Mixture, fit, load_dataset

FAMILIES = ("full", "tied", "diag", "spherical")
SKLEARN_INITS = ("kmeans", "k-means++", "random_from_data", "random")


def assert_same(mixture: Mixture, oracle: SklearnMixture, tol: float = 1e-8) -> None:
    np.testing.assert_allclose(mixture.weights, oracle.weights_, rtol=tol)
    np.testing.assert_allclose(mixture.means, oracle.means_, rtol=tol, atol=tol)
    np.testing.assert_allclose(mixture.covariances, oracle.covariances_, rtol=tol, atol=tol)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 5, 20])
@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("init", ["kmeans", "interleaved"])
def test_same_start_same_result(blobs, sklearn_fit, family, d, k, init):
    X = blobs(n=600, d=d, k=k, seed=d)
    options = {"reg_covar": 1e-6, "tol": 0, "max_iter": 30}
    start = fit(X, k, covariance_type=family, init=init, max_iter=0, random_state=0).mixture
    trace = fit(X, k, covariance_type=family, start=start, **options)
    oracle = sklearn_fit(X, start, **options)
    assert_same(trace.mixture, oracle)
    # Each of scikit-learn's bounds belongs to the mixture before its M-step.
    np.testing.assert_allclose(trace.log_likelihoods[:-1], oracle.lower_bounds_, rtol=1e-10)
    assert trace.log_likelihood == pytest.approx(oracle.score(X), rel=1e-10)
    np.testing.assert_allclose(trace.mixture.responsibilities(X), oracle.predict_proba(X), rtol=0, atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 5, 20])
@pytest.mark.parametrize("reg_covar", [1e-6, 1e-2])
def test_named_starts_are_those_of_sklearn(blobs, family, d, reg_covar):
    X = blobs(n=400, d=d, k=3, seed=d)
    for init in SKLEARN_INITS:
        for seed in range(3):
            options = {"covariance_type": family, "reg_covar": reg_covar, "random_state": seed}
            trace = fit(X, 3, init=init, max_iter=0, **options)
            oracle = SklearnMixture(3, init_params=init, max_iter=0, **options).fit(X)
            mixture, weights = trace.mixture, oracle.weights_
            # scikit-learn's starts on single rows have weights 1/n each; ours sum to 1.
            np.testing.assert_allclose(mixture.weights, weights / weights.sum(), rtol=1e-10)
            np.testing.assert_allclose(mixture.means, oracle.means_, rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(mixture.covariances, oracle.covariances_, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("init", SKLEARN_INITS)
def test_named_starts_lead_where_those_of_sklearn_lead(blobs, family, init):
    X = blobs(n=400, d=2, k=3)
    for seed in range(3):
        options = {"covariance_type": family, "random_state": seed, "tol": 0, "max_iter": 20}
        trace = fit(X, 3, init=init, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # no tolerance, so it never converges
            oracle = SklearnMixture(3, init_params=init, **options).fit(X)
        assert_same(trace.mixture, oracle, 1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_narrow_groups_far_apart(sklearn_fit, family):
    # Where the fast form of the sweep is not to be trusted, and the other must take over.
    rng = np.random.default_rng(0)
    X = np.concatenate([m + s * rng.normal(size=(200, 2)) for m, s in ((-300, 1e-2), (0, 1), (500, 0.1))])
    start = fit(X, 3, covariance_type=family, init="kmeans", max_iter=0, random_state=0).mixture
    options = {"reg_covar": 1e-9, "tol": 0, "max_iter": 10}
    trace = fit(X, 3, covariance_type=family, start=start, **options)
    assert_same(trace.mixture, sklearn_fit(X, start, **options), 1e-7)


@pytest.mark.parametrize("family", ["tied", "diag", "spherical"])
def test_digits_in_all_dimensions(sklearn_fit, family):
    X = load_dataset("digits").X
    start = fit(X, 10, covariance_type=family, reg_covar=1e-2, max_iter=0, random_state=0).mixture
    options = {"reg_covar": 1e-2, "tol": 0, "max_iter": 15}
    trace = fit(X, 10, covariance_type=family, start=start, **options)
    assert_same(trace.mixture, sklearn_fit(X, start, **options))

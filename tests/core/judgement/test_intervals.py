"""Standard errors and intervals of the parameters."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Mixture, fit
from gmm_core.judgement.intervals import parameter_intervals


@pytest.fixture(scope="module")
def one() -> tuple[np.ndarray, Mixture]:
    X = np.random.default_rng(0).normal(3, [2, 0.5], size=(200, 2))
    return X, fit(X, 1, reg_covar=0).mixture


@pytest.mark.slow
def test_of_one_gaussian_they_are_those_of_the_textbook(one):
    X, mixture = one
    done: list[int] = []
    found = parameter_intervals(mixture, X, n_replicates=400, on_replicates=done.append)
    assert (done[-1], found.n_replicates, found.n_collapsed) == (400, 400, 0)
    deviations = X.std(axis=0)
    np.testing.assert_allclose(found.means.error[0], deviations / np.sqrt(200), rtol=0.15)
    np.testing.assert_allclose(found.deviations.error[0], deviations / np.sqrt(400), rtol=0.25)
    np.testing.assert_allclose(found.means.high - found.means.low, 3.94 * found.means.error, rtol=0.02)
    assert found.weights.error.tolist() == [0]
    assert (found.weights.low.tolist(), found.weights.high.tolist()) == ([1], [1])
    for interval in (found.means, found.deviations):
        assert np.all((interval.low < interval.estimate) & (interval.estimate < interval.high))


@pytest.mark.slow
def test_the_labels_are_those_of_the_fit_and_units_change_nothing():
    X, _ = Mixture([0.3, 0.7], [[0.0], [3.0]], [1.0, 1.0], "spherical").sample(150, 1)
    mixture = fit(X, 2, random_state=0).mixture
    switched = Mixture(mixture.weights[::-1], mixture.means[::-1], mixture.covariances[::-1])
    scaled = Mixture(mixture.weights, 1e3 * mixture.means, 1e6 * mixture.covariances)
    found, other, larger = (
        parameter_intervals(fitted, data, n_replicates=30)
        for fitted, data in ((mixture, X), (switched, X), (scaled, 1e3 * X))
    )
    for name in ("weights", "means", "deviations"):
        mine, theirs, thousand = (getattr(one, name) for one in (found, other, larger))
        for part in ("estimate", "error", "low", "high"):
            values = getattr(mine, part)
            np.testing.assert_allclose(getattr(theirs, part)[::-1], values, rtol=1e-6, atol=1e-9)
            unit = 1 if name == "weights" else 1e3
            np.testing.assert_allclose(getattr(thousand, part), unit * values, rtol=1e-6, atol=1e-6)
    assert np.all(found.means.low < found.means.high)


def test_replicates_that_collapse_are_counted_and_too_few_left_are_a_sentence():
    X = np.r_[np.random.default_rng(0).normal(size=60), 50.0, 51.0, 52.0, 53.5][:, np.newaxis]
    mixture = Mixture([60 / 64, 4 / 64], [[0.0], [51.6]], [1.0, 1.7], "spherical")
    found = parameter_intervals(mixture, X, n_replicates=60, reg_covar=1e-6)
    assert 0 < found.n_collapsed < 60
    tiny = Mixture([62 / 63, 1 / 63], [[0.0], [50.0]], [1.0, 1e-6], "spherical")
    with pytest.raises(ValueError) as error:
        parameter_intervals(tiny, X[:61], n_replicates=20)
    assert str(error.value) == (
        "Only 0 of 20 replicates came out; in the others a component collapsed, or sat on few or equal rows. "
        "So nothing can be said for sure of these parameters: use fewer components."
    )


def test_what_cannot_be_asked_is_a_sentence(one):
    X, mixture = one
    with pytest.raises(ValueError, match="X has 1 features, but the mixture has 2"):
        parameter_intervals(mixture, X[:, :1])
    with pytest.raises(ValueError, match="n_replicates must be a whole number from 20; got 5"):
        parameter_intervals(mixture, X, n_replicates=5)


def test_what_the_caller_raises_ends_it(one):
    def stop(done):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        parameter_intervals(one[1], one[0], on_replicates=stop)


@pytest.mark.slow
def test_replicates_are_not_stopped_where_they_still_move():
    """Two groups two deviations apart: EM is slow there, and what is stopped early stays near the fit."""
    true = Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 1.0], "spherical")
    X, _ = true.sample(1000, 0)
    how = {"reg_covar": 0, "covariance_type": "spherical", "start": true, "tol": 1e-10, "max_iter": 5000}
    mixture = fit(X, 2, **how).mixture
    found, whole, early = (
        parameter_intervals(mixture, X, n_replicates=20, **how) for how in ({}, {"tol": 1e-10}, {"tol": 1e-5})
    )
    np.testing.assert_allclose(found.means.error, whole.means.error, rtol=0.1)
    assert np.all(early.means.error < 0.8 * whole.means.error)


@pytest.mark.slow
@pytest.mark.parametrize("beyond", [{"noise": True}, {"dof": "each"}], ids=str)
def test_the_bootstrap_takes_noise_and_tails(beyond):
    rng = np.random.default_rng(3)
    X = np.vstack([rng.normal(size=(120, 2)), rng.normal(size=(120, 2)) + 8, rng.uniform(-8, 16, (24, 2))])
    mixture = fit(X, 2, random_state=0, tol=1e-6, max_iter=500, **beyond).mixture
    found = parameter_intervals(mixture, X, n_replicates=20, tol=1e-6)
    np.testing.assert_allclose(found.means.error, 1 / np.sqrt(120), rtol=0.6)
    assert found.weights.estimate.sum() == pytest.approx(1)
    assert len(found.weights.error) == 2 + ("noise" in beyond)

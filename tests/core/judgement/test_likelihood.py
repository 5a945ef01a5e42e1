"""Intervals of the parameters by the likelihood."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Held, Mixture, fit
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import likelihood
from gmm_core.judgement.information import ByInformation, information_intervals
from gmm_core.judgement.intervals import PARTS, WIDTH
from gmm_core.judgement.likelihood import OF_WEIGHTS, ByLikelihood, at_once, likelihood_intervals, wider

EXACT = {"reg_covar": 0, "tol": 1e-12, "max_iter": 5000}
LINE = Mixture([0.4, 0.6], [[0.0], [4.0]], [1.0, 1.5], "spherical")


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return LINE.sample(150, 0)[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_of_one_gaussian_they_are_those_of_the_textbook(family):
    X = np.random.default_rng(0).normal(3, [2, 0.5], size=(40, 2))
    mixture = fit(X, 1, covariance_type=family, reg_covar=0).mixture
    found, textbook = likelihood_intervals(mixture, X), information_intervals(mixture, X)
    assert (found.weights.low, found.weights.high, found.is_open) == ([1], [1], False)
    assert wider(found) == pytest.approx(1)
    for name in ("means", "deviations"):
        ours, theirs = getattr(found, name), getattr(textbook, name)
        tight = 1e-3 * (theirs.high - theirs.low).min()
        np.testing.assert_allclose((ours.low, ours.high), (theirs.low, theirs.high), atol=tight)
    variances = np.einsum("kii->ki", found.covariances.low)
    np.testing.assert_allclose(variances, found.deviations.low**2)
    np.testing.assert_array_equal(found.means.error, textbook.means.error)


@pytest.mark.parametrize("weighted", [False, True])
def test_there_the_likelihood_has_fallen_so_far_as_em_finds_it(rows, weighted):
    """EM from the fit, with one mean or the weights held at an end."""
    often = np.random.default_rng(1).uniform(0.5, 1.5, len(rows)) if weighted else None
    how = {"covariance_type": "spherical", "sample_weight": often, **EXACT}
    mixture = fit(rows, 2, start=LINE, **how).mixture
    found = likelihood_intervals(mixture, rows, sample_weight=often)
    total = len(rows) if often is None else often.sum()
    top = total * fit(rows, 2, start=mixture, **how).log_likelihoods[-1]

    def fallen(weights, means, held):
        start = Mixture(weights, means, mixture.covariances, "spherical")
        return 2 * (top - total * fit(rows, 2, start=start, held=held, **how).log_likelihoods[-1])

    error = found.deviations.error[0, 0] / found.deviations.estimate[0, 0]
    n = 0.5 / error**2
    width = information_intervals(mixture, rows, sample_weight=often).means
    wanted = wider(found) * n * np.log1p(((width.high - width.estimate) / width.error)[0, 0] ** 2 / n)
    assert 1.01 < wider(found) < 1.2
    for end in (found.means.low[0, 0], found.means.high[0, 0]):
        means = [[end], mixture.means[1]]
        assert fallen(mixture.weights, means, Held(means=(0,))) == pytest.approx(wanted, rel=0.03)
    for end in (found.weights.low[0], found.weights.high[0]):
        held = fallen([end, 1 - end], mixture.means, Held(weights=(0, 1)))
        assert held == pytest.approx(WIDTH**2 * wider(found, OF_WEIGHTS), rel=0.03)
    np.testing.assert_allclose(found.weights.low, 1 - found.weights.high[::-1], atol=2e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_them_in_its_own_shape(family):
    true = Mixture([0.5, 0.5], [[0, 0], [4, 1]], [np.eye(2), np.eye(2)])
    X, _ = true.sample(200, 3)
    mixture = fit(X, 2, covariance_type=family, random_state=0, **EXACT).mixture
    found = likelihood_intervals(mixture, X)
    for name in PARTS:
        of = getattr(found, name)
        assert np.all((of.low < of.estimate) & (of.estimate < of.high) | (of.error == 0))
        np.testing.assert_allclose((of.high - of.low) / 3.92, of.error, rtol=0.5, atol=1e-12)
    assert np.allclose(found.covariances.low, np.swapaxes(found.covariances.low, 1, 2))
    if family in ("tied", "spherical"):
        axis = 0 if family == "tied" else 1
        assert np.ptp(found.deviations.high, axis=axis).max() == 0


@pytest.mark.slow
def test_an_interval_without_an_end_is_known_to_have_none():
    X = np.random.default_rng(2).normal(size=(60, 1))
    start = Mixture([0.5, 0.5], [[-0.7], [0.7]], [0.5, 0.5], "spherical")
    mixture = fit(X, 2, start=start, covariance_type="spherical", **EXACT).mixture
    found = likelihood_intervals(mixture, X)
    assert found.is_open
    assert min(found.weights.low) < 1e-3


def test_with_noise_its_weight_has_one_too():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(150, 2)), rng.uniform(-8, 8, size=(20, 2))])
    found = likelihood_intervals(fit(X, 1, noise=True, **EXACT).mixture, X)
    np.testing.assert_allclose(found.weights.low, 1 - found.weights.high[::-1], atol=2e-3)
    assert 0 < found.weights.low[1] < 20 / 170 < found.weights.high[1] < 0.3


def test_what_takes_longer_than_a_moment_is_by_information(rows):
    mixture = fit(rows, 2, start=LINE, covariance_type="spherical", **EXACT).mixture
    assert isinstance(at_once(mixture, rows), ByLikelihood)
    many, _ = LINE.sample(2500, 0)
    by_information = at_once(fit(many, 2, start=LINE, covariance_type="spherical", **EXACT).mixture, many)
    assert type(by_information) is ByInformation
    assert at_once(mixture, np.eye(20, 2)) == "X has 2 features, but the mixture has 1."
    tails = fit(rows, 1, dof=4, **EXACT).mixture
    assert type(at_once(tails, rows)) is ByInformation
    with pytest.raises(ValueError, match="of Gaussians, .* degrees of freedom. Use `information_intervals`"):
        likelihood_intervals(tails, rows)


def test_a_singular_matrix_on_the_way_leaves_those_by_information(rows, monkeypatch):
    def singular(*_, **__):
        raise np.linalg.LinAlgError

    mixture = fit(rows, 2, start=LINE, covariance_type="spherical", **EXACT).mixture
    monkeypatch.setattr(likelihood, "eigh", singular)
    assert type(at_once(mixture, rows)) is ByInformation


@pytest.mark.slow
def test_where_groups_overlap_they_hold_the_truth_and_those_by_information_do_not():
    true = Mixture([0.5, 0.5], [[0.0], [2.5]], [1.0, 1.0], "spherical")
    held = {information_intervals: 0, likelihood_intervals: 0}
    for seed in range(30):
        X, _ = true.sample(100, seed)
        mixture = fit(X, 2, start=true, covariance_type="spherical", **EXACT).mixture
        for measure in held:
            means = measure(mixture, X).means
            held[measure] += np.sum((means.low <= true.means) & (true.means <= means.high))
    assert held[likelihood_intervals] >= 0.9 * 60
    assert held[information_intervals] < held[likelihood_intervals] - 2

"""Distances between components, against integrals, and the laws that they keep."""

import numpy as np
import pytest
from any_mixture import ALL, any_mixture
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from gmm_core import Mixture, bhattacharyya, kullback_leibler
from gmm_core.judgement.distances import most_mistaken


def test_distances_on_a_line_are_the_integrals_that_define_them():
    mixture = Mixture([0.2, 0.5, 0.3], [[0.0], [2.0], [-1.0]], [1.0, 4.0, 0.3], "spherical")
    x = np.linspace(-30, 30, 60_001)
    joint = mixture.log_joint(x).T
    for i, p in enumerate(joint - np.log(mixture.weights)[:, np.newaxis]):
        for j, q in enumerate(joint - np.log(mixture.weights)[:, np.newaxis]):
            overlap = trapezoid(np.exp((p + q) / 2), x)
            assert bhattacharyya(mixture)[i, j] == pytest.approx(-np.log(overlap), abs=1e-9)
            gain = trapezoid(np.exp(p) * (p - q), x)
            assert kullback_leibler(mixture)[i, j] == pytest.approx(gain, abs=1e-9)
            wrong = trapezoid(np.exp(np.minimum(joint[i], joint[j])), x) / mixture.weights[[i, j]].sum()
            assert wrong <= most_mistaken(mixture)[i, j] + 1e-9


def test_a_divergence_is_what_drawn_rows_tell_on_average():
    mixture = any_mixture(3, 2, 3)
    j = Mixture([1.0], mixture.means[:1], mixture.covariances[:1])
    rows = j.sample(200_000, 0)[0]
    joint = mixture.log_joint(rows) - np.log(mixture.weights)
    told = joint[:, 0] - joint[:, 1]
    error = told.std() / np.sqrt(len(told))
    assert kullback_leibler(mixture)[0, 1] == pytest.approx(told.mean(), abs=5 * error)
    half = np.exp((joint[:, 1] - joint[:, 0]) / 2)
    assert np.exp(-bhattacharyya(mixture)[0, 1]) == pytest.approx(half.mean(), abs=5 * half.std() / 400)


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 6), st.sampled_from(ALL))
@settings(max_examples=60)
def test_distances_are_not_negative_and_nothing_that_units_change(seed, k, d, covariance_type):
    mixture = any_mixture(seed, k, d, covariance_type)
    near, far = bhattacharyya(mixture), kullback_leibler(mixture)
    np.testing.assert_allclose(near, near.T, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose([np.diag(near), np.diag(far)], 0, atol=1e-9)
    assert (near >= 0).all()
    assert (far >= 2 * near - 1e-8).all(), "Jensen: -log E sqrt(q / p) is at most half of E log(p / q)"
    moved = mixture.project(np.random.default_rng(seed).normal(size=(d, d)) + 3 * np.eye(d))
    np.testing.assert_allclose(bhattacharyya(moved), near, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(kullback_leibler(moved), far, rtol=1e-5, atol=1e-7)
    mistaken = most_mistaken(mixture)
    assert np.diag(mistaken) == pytest.approx(0.5)
    assert (mistaken <= 0.5 + 1e-12).all()


def test_equal_ones_are_not_apart_and_thin_ones_very_far():
    twins = Mixture([0.5, 0.5], [[1.0, 2.0], [1.0, 2.0]], [[3.0, 4.0], [3.0, 4.0]], "diag")
    assert not bhattacharyya(twins).any()
    assert not kullback_leibler(twins).any()
    thin = Mixture([0.5, 0.5], [[0.0], [1e8]], [1e-300, 1.0], "spherical")
    assert kullback_leibler(thin)[1, 0] > 1e300
    assert np.isfinite(kullback_leibler(thin)[0, 1])


def test_t_distributions_have_no_closed_form_and_noise_does_not_count():
    for function in (bhattacharyya, kullback_leibler, most_mistaken):
        with pytest.raises(ValueError) as error:
            function(any_mixture(0, 2, 2, kind="t"))
        assert str(error.value) == (
            "Distances between components have a closed form only for Gaussians; "
            "these have degrees of freedom."
        )
    noisy = any_mixture(0, 3, 2, kind="noise")
    np.testing.assert_allclose(bhattacharyya(noisy), bhattacharyya(noisy.of_components))

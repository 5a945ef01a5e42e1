"""Two mixtures side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import Mixture, fit, make_blobs_data
from gmm_core.judgement.pair import compare
from gmm_core.judgement.selection import bic

X = make_blobs_data(40, 3, random_state=0).X
FULL = fit(X, 3, random_state=0).mixture
TIED = fit(X, 3, covariance_type="tied", random_state=0).mixture
TWO = fit(X, 2, random_state=0).mixture


@given(st.permutations(range(3)))
def test_the_order_of_components_means_nothing(order):
    other = Mixture(FULL.weights[order], FULL.means[order], FULL.covariances[order], "full")
    pair = compare(X, FULL, other)
    assert pair.is_rounding
    assert pair.same
    assert pair.alike == pair.n == 120
    assert pair.undecided[0] == pair.undecided[1] < 5


@pytest.mark.parametrize(("first", "second"), [(FULL, TIED), (TWO, FULL), (TIED, TWO)])
def test_the_numbers_are_those_of_the_mixtures_and_turn_with_them(first, second):
    pair, back = compare(X, first, second), compare(X, second, first)
    assert pair.gain == pytest.approx(second.log_density(X).mean() - first.log_density(X).mean())
    assert pair.bic_gain == pytest.approx(bic(first, X) - bic(second, X))
    assert not pair.is_rounding
    assert (back.gain, back.apart, back.alike) == (-pair.gain, pair.apart, pair.alike)
    assert back.undecided == pair.undecided[::-1]


def test_a_difference_below_one_standard_error_is_the_same_end():
    near = Mixture(FULL.weights, FULL.means + 1e-4, FULL.covariances, "full")
    pair = compare(X, FULL, near)
    assert pair.same
    assert not pair.is_rounding
    assert not compare(X, FULL, TWO).same


def test_where_components_coincide_groups_are_chance():
    twins = Mixture(
        np.full(2, 0.5), np.tile(X.mean(axis=0), (2, 1)), np.cov(X.T, bias=True) * np.ones((2, 1, 1)), "full"
    )
    assert compare(X, FULL, twins).undecided[1] == 120
    one = fit(X, 1, random_state=0).mixture
    assert compare(X, twins, one).undecided == (120, 0)
    assert compare(X, twins, one).same


def test_what_is_most_probably_noise_is_in_no_group_and_no_group_of_chance():
    rows = np.vstack([X, np.random.default_rng(0).uniform(-30, 30, (40, 2))])
    noisy = fit(rows, 3, noise=True, random_state=0).mixture
    stray = noisy.noise_share(rows) > 0.5
    assert stray.sum() > 20
    pair = compare(rows, fit(rows, 3, random_state=0).mixture, noisy)
    assert pair.undecided[1] < 5
    assert pair.alike <= (~stray).sum()
    assert compare(rows, noisy, noisy).alike == len(rows)
    assert compare(rows[stray], noisy, noisy).alike == stray.sum()

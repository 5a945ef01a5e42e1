"""What the groups of a fit are like, and which columns tell them apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gmm_core import Mixture
from gmm_core.judgement.profile import group_probabilities, grouped, profile

NAMES = ["apart", "wide", "same"]


def three_columns(gap: float = 3.0) -> Mixture:
    """Two groups that differ by `gap` deviations in the first column, in spread in the second, else not."""
    return Mixture([0.5, 0.5], [[0, 0, 7], [gap, 0, 7]], [[1.0, 1.0, 4.0], [1.0, 25.0, 4.0]], "diag")


@settings(max_examples=20)
@given(st.floats(0.1, 8), st.floats(-5, 5))
def test_the_measures_have_their_closed_forms_in_any_unit(gap, log_unit):
    unit = 10**log_unit
    mixture = three_columns(gap)
    scaled = Mixture(mixture.weights, unit * mixture.means, unit**2 * mixture.covariances, "diag")
    X = unit * mixture.sample(60, 0)[0]
    apart, wide, same = profile(scaled, X, NAMES).columns
    assert apart.alone == pytest.approx(norm.cdf(gap / 2), abs=2e-3)
    assert apart.between == pytest.approx(gap**2 / (4 + gap**2))
    assert (wide.between, same.between) == (0, 0)
    assert same.alone == pytest.approx(0.5, abs=1e-3)
    inside = np.sqrt(25 / 24 * 2 * np.log(5))  # where the two densities cross
    error = (2 * norm.sf(inside) + norm.cdf(inside / 5) - norm.cdf(-inside / 5)) / 2
    assert wide.alone == pytest.approx(1 - error, abs=2e-3)
    np.testing.assert_allclose(wide.deviations, [unit, 5 * unit])


def test_the_order_of_the_groups_is_that_of_their_components():
    assert grouped((1, 0, 1)) == ((0, 2), (1,))
    mixture = Mixture([0.2, 0.5, 0.3], [[0.0], [10.0], [2.0]], [1.0, 4.0, 1.0], "spherical")
    X, _ = mixture.sample(500, 0)
    found = profile(mixture, X, ["x"], (1, 0, 1))
    np.testing.assert_allclose(found.shares, [0.5, 0.5])
    (x,) = found.columns
    np.testing.assert_allclose(x.means, [1.2, 10])
    np.testing.assert_allclose(x.deviations, [np.sqrt(1 + 0.6 * 0.4 * 4), 2])  # within, and between the two
    group, probabilities = group_probabilities(mixture, X, found.members)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (group == probabilities.argmax(axis=1)).all()
    assert found.together == pytest.approx(probabilities.max(axis=1).mean())
    for density in (*x.densities, x.whole):
        assert np.trapezoid(density, x.at) == pytest.approx(1, abs=0.03)
    assert x.at[x.densities[0].argmax()] < 4 < x.at[x.densities[1].argmax()]


def test_the_sentence_names_what_tells_them_apart():
    mixture = three_columns()
    X, _ = mixture.sample(400, 0)
    found = profile(mixture, X, NAMES)
    assert [one.name for one in found.ranked] == ["apart", "wide", "same"]
    assert found.sentence.startswith(
        "'apart' tells the groups apart most: alone it puts 93% of the rows into their group ('wide' 82%, "
        "'same' 50%), where 50% would be by chance, all in the largest group; all 3 columns together put 9"
    )
    one = Mixture([1.0], [[0.0]], [1.0], "spherical")
    assert profile(one, X[:, :1], ["x"]).sentence == "There is one group, and nothing to tell apart."
    alone = Mixture([0.5, 0.5], [[0.0], [3.0]], [1.0, 1.0], "spherical")
    assert profile(alone, X[:, :1], ["x"]).sentence == (
        "'x' puts 93% of the rows into their group; 50% would be by chance, all in the largest group."
    )


def test_groups_that_only_columns_together_tell_apart_are_said_to_be_so():
    covariance = [[1.0, 0.99], [0.99, 1.0]]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [0.4, -0.4]], covariance, "tied")
    X, _ = mixture.sample(400, 0)
    assert profile(mixture, X, ["a", "b"]).sentence.startswith(
        "No column alone tells the groups apart: at most 58% of the rows would be put into their group "
        "('a'), where 50% would be by chance, all in the largest group; both columns together put over 99% "
        "there."
    )


def test_equal_values_and_far_rows_have_a_density_too():
    X = np.column_stack([np.r_[np.zeros(50), np.ones(50)], np.r_[np.arange(99.0), 1e9]])
    mixture = Mixture([0.5, 0.5], [[0, 25], [1, 75]], [[1e-9, 200], [1e-9, 200]], "diag")
    two_valued, far = profile(mixture, X, ["a", "b"]).columns
    assert np.isfinite(two_valued.densities).all()
    assert (two_valued.alone, far.at.max() < 1e9) == (1.0, True)
    constant = profile(mixture, np.column_stack([np.full(100, 3.0), X[:, 1]]), ["a", "b"]).columns[0]
    assert np.isfinite(constant.densities).all()


def test_names_and_groups_must_fit():
    X = np.zeros((3, 3))
    with pytest.raises(ValueError, match="feature_names has 1 names for 3 columns"):
        profile(three_columns(), X, ["a"])
    with pytest.raises(ValueError, match="group_of must have one group for each of 2 components"):
        profile(three_columns(), X, NAMES, (0,))

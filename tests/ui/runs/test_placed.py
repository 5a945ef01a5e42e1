"""What a hand changes is what the family can hold, whichever it is."""

import numpy as np
import pytest

from gmm_core import SCALINGS, Scaling, fit, load_dataset
from gmm_core.engine.covariance import FAMILIES, MODELS, family_named
from pages.ui.address import by_hand
from pages.ui.address.by_hand import Fork
from pages.ui.runs import placed

X = load_dataset("tutorial_500").X
WIDE = Fork(2, 1, (3.0, 1.0, 30.0), by_hand.SPREAD)


def begun(family, scale):
    run = fit(scale.scale(X), 3, covariance_type=family, random_state=0, max_iter=2)
    return scale.in_units(run.mixture)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("family", [*FAMILIES, *MODELS])
def test_a_spread_by_hand_is_one_of_the_family_and_comes_again_from_the_link(family, scaling):
    scale = Scaling.of(scaling, X)
    before = begun(family, scale)
    after = placed.changed(before, WIDE, family, scale)
    np.testing.assert_allclose(
        scale.in_units(scale.scaled(after, family)).covariances, after.covariances, rtol=1e-6
    )
    start = by_hand.mixture_of(by_hand.read_start(by_hand.write_start(by_hand.as_placed(after))))
    again = scale.in_units(scale.scaled(start, family))
    np.testing.assert_allclose(again.full_covariances, after.full_covariances, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(after.weights, before.weights)
    kept = np.allclose(after.full_covariances[1], by_hand.covariance_of(WIDE.values), rtol=1e-3)
    said = placed.lost(after, {1: WIDE.values}, family)
    assert said.startswith(
        "" if kept else f"The family {family} cannot hold the spread that was given by hand"
    )
    assert bool(said) != kept
    turns = family_named(family).matrices
    assert kept == turns, "a covariance with correlations is one of every family that has any"


def test_what_components_have_in_common_follows_the_one_that_was_changed():
    none = Scaling.of("none", X)
    tied = placed.changed(begun("tied", none), WIDE, "tied", none)
    np.testing.assert_allclose(tied.covariances, by_hand.covariance_of(WIDE.values))
    before = begun("EEV", none)
    after = placed.changed(before, WIDE, "EEV", none)
    spreads = np.array([by_hand.spread_of(one) for one in after.full_covariances])
    np.testing.assert_allclose(spreads[:, :2], [[3, 1]] * 3, rtol=1e-6)
    was = [by_hand.spread_of(one)[2] for one in before.full_covariances]
    np.testing.assert_allclose(spreads[[0, 2], 2], [was[0], was[2]], rtol=1e-6)


def test_a_weight_and_a_mean_leave_the_rest_as_it_is():
    none = Scaling.of("none", X)
    before = begun("VEI", none)
    for fork in (Fork(2, 0, (0.5,), by_hand.WEIGHT), Fork(2, 0, (1.0, 1.0))):
        after = placed.changed(before, fork, "VEI", none)
        np.testing.assert_array_equal(after.covariances, before.covariances)

"""A small slice of the benchmark on data whose answer is known; the whole of it takes half an hour."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import known_data

pytestmark = pytest.mark.slow  # each compares many fits


@pytest.mark.parametrize("name", known_data.SETS)
def test_well_known_data_have_their_groups(name):
    X, right = known_data.SETS[name]()
    found = known_data.said_of(X, 5, 4)
    assert set(found.groups) <= set(right), found.headline
    assert found.flaws == ()


def test_old_faithful_has_the_bic_of_mclust():
    X, _ = known_data.SETS["Old Faithful"]()
    best = known_data.sweep_models(X, [3], ("tied",)).best
    assert -best.bic == pytest.approx(-2314.316, abs=0.03)  # mclust stops a little before the end


@pytest.mark.parametrize("name", ["t, one column", "exponential", "uniform", "sine and time"])
def test_what_has_no_groups_is_never_surely_grouped(name):
    assert not known_data.said_of(known_data.shape(name, 0), 4, 2).sure


def test_one_gaussian_has_no_groups_and_two_are_found():
    one = [known_data.said_of(known_data.one_gaussian(seed), 3, 2) for seed in range(4)]
    two = [known_data.said_of(known_data.two_gaussians(seed), 3, 2) for seed in range(4)]
    assert not [found.headline for found in one if found.sure and found.groups != (1,)]
    assert [found.groups for found in two] == [(2,)] * 4

"""Mixtures of one feature as numbers, against scipy, integrals, grids and drawn rows."""

import numpy as np
import pytest
from any_mixture import KINDS, any_mixture
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from gmm_core import Mixture, boundaries, cdf, highest_density, marginal, quantile
from gmm_core.judgement.line import bumps

SEEDS, COUNTS = st.integers(0, 10_000), st.integers(1, 6)


def line(weights, means, variances, **beyond) -> Mixture:
    return Mixture(weights, np.reshape(means, (-1, 1)), np.reshape(variances, (-1, 1)), "diag", **beyond)


def refused(function, *args, **kwargs):
    with pytest.raises(ValueError) as error:
        function(*args, **kwargs)
    return str(error.value)


# --- Shares and quantiles


@pytest.mark.parametrize("kind", KINDS)
def test_the_share_below_a_value_is_scipys_sum_over_components(kind):
    mixture = any_mixture(4, 3, 1, "full", kind)
    x = np.linspace(-20, 20, 40).reshape(8, 5)
    dof = np.full(3, np.inf) if mixture.dof is None else mixture.dof
    parts = zip(mixture.weights, mixture.means[:, 0], mixture.deviations[:, 0], dof, strict=True)
    expected = sum(w * stats.t.cdf(x, nu, mean, deviation) for w, mean, deviation, nu in parts)
    if mixture.noise_box is not None:
        low, high = mixture.noise_box[:, 0]
        expected = expected + mixture.noise_weight * stats.uniform.cdf(x, low, high - low)
    np.testing.assert_allclose(cdf(mixture, x), expected, rtol=1e-12, atol=1e-15)
    assert cdf(mixture, [-np.inf, np.inf]).tolist() == pytest.approx([0, 1])


@given(SEEDS, COUNTS, st.sampled_from(KINDS), st.lists(st.floats(1e-12, 1 - 1e-12), min_size=1, max_size=9))
@settings(max_examples=40)
def test_quantiles_undo_shares_and_rise(seed, k, kind, shares):
    mixture = any_mixture(seed, k, 1, "full", kind)
    q = np.sort(shares)
    places = quantile(mixture, q)
    assert (np.diff(places) >= 0).all()
    np.testing.assert_allclose(cdf(mixture, places), q, rtol=1e-9, atol=1e-14)
    x = np.sort(mixture.sample(20, seed)[0][:, 0])
    shares = cdf(mixture, x)
    assert (np.diff(shares) >= 0).all()
    inside = (shares > 1e-9) & (shares < 1 - 1e-9)
    np.testing.assert_allclose(quantile(mixture, shares[inside]), x[inside], rtol=1e-5, atol=1e-5)


def test_quantiles_in_the_tails_and_between_far_groups():
    mixture = line([0.25, 0.75], [-3, 5], [1, 4])
    assert quantile(mixture, [0, 1]).tolist() == [-np.inf, np.inf]
    low = float(quantile(mixture, 1e-200))
    assert 0.25 * stats.norm.cdf(low + 3) + 0.75 * stats.norm.cdf(low, 5, 2) == pytest.approx(
        1e-200, rel=1e-9
    )
    alone = line([1.0], [1e6], [1e-6])
    assert quantile(alone, 0.975) == pytest.approx(1e6 + 1.959963984540054e-3, abs=1e-9)
    apart = line([0.5, 0.5], [0, 1000], [1, 1])
    assert 8 < quantile(apart, 0.5) < 992
    assert quantile(apart, 0.25) == pytest.approx(0, abs=1e-12)
    assert quantile(apart, [[0.25], [0.75]]).shape == (2, 1)
    assert quantile(line([1.0, 0.0], [0, 9], [1, 1]), 0.5) == pytest.approx(0, abs=1e-12)


def test_drawn_rows_are_distributed_as_the_shares_say():
    for kind in KINDS:
        mixture = any_mixture(9, 3, 1, "full", kind)
        rows = mixture.sample(5000, 0)[0][:, 0]
        assert stats.kstest(rows, lambda x, mixture=mixture: cdf(mixture, x)).pvalue > 0.001


# --- Who rules where


def test_two_equal_gaussians_part_half_way_and_unequal_ones_twice():
    halves = boundaries(line([0.5, 0.5], [0, 3], [2, 2]))
    assert (halves.places.tolist(), halves.rulers) == ([1.5], (0, 1))
    ring = boundaries(line([0.5, 0.5], [0, 0], [1, 4]))
    assert ring.places == pytest.approx([-np.sqrt(8 / 3 * np.log(2)), np.sqrt(8 / 3 * np.log(2))])
    assert ring.rulers == (1, 0, 1)
    none = boundaries(line([1, 0], [0, 3], [1, 1]))
    assert (len(none.places), none.rulers, none.never) == (0, (0,), (1,)), "no weight claims nothing"
    assert boundaries(line([1.0], [0], [1])).never == ()
    twins = boundaries(line([0.5, 0.5], [1, 1], [2, 2]))
    assert (len(twins.places), twins.never) == (0, (1,)), "twins tie everywhere"
    assert boundaries(line([0.9, 0.1], [0, 0.1], [1, 1])).places == pytest.approx([0.05 + 10 * np.log(9)])
    hidden = boundaries(line([0.98, 0.02], [0, 0], [4, 4.1]))
    assert hidden.rulers[1] == 0
    nearly = boundaries(line([0.6, 0.4], [0, 1], [1, 1 - 1e-9]))  # the wider one rules far out
    assert nearly.places == pytest.approx([0.5 + np.log(1.5), 2e9], rel=1e-6)
    assert nearly.rulers == (0, 1, 0)
    strays = boundaries(line([0.9], [0], [1], noise_weight=0.1, noise_box=[[-5], [5]]))
    # 0.9 phi(x) = 0.1 / 10
    edge = np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) / 90))
    assert strays.places == pytest.approx([-edge, edge])
    assert strays.rulers == (-1, 0, -1)


def test_three_that_meet_in_one_place_leave_two_rulers():
    # Equal heights at 0 for all; the middle one is nowhere above both.
    means, variance = np.array([-2.0, 0.0, 2.0]), 1.0
    weights = np.exp(means**2 / (2 * variance))
    found = boundaries(line(weights / weights.sum(), means, np.full(3, variance)))
    assert found.places == pytest.approx([0], abs=1e-9)
    assert (found.rulers, found.never) == ((0, 2), (1,))


@pytest.mark.slow
@given(SEEDS, COUNTS, st.sampled_from([0.0, 1e6]), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=120)
def test_between_boundaries_one_component_is_the_most_responsible(seed, k, shift, equal, noise, tails):
    rng = np.random.default_rng(seed)
    weights, variances = rng.dirichlet(np.full(k, 3.0)), rng.uniform(0.1, 4, k)
    variances = np.full(k, variances[0]) if equal else variances
    beyond = {"noise_weight": 0.2, "noise_box": [[shift - 15], [shift + 15]]} if noise else {}
    weights = 0.8 * weights if noise else weights
    beyond |= {"dof": rng.uniform(1, 30, k)} if tails else {}
    mixture = line(weights, shift + rng.normal(size=k) * 5, variances, **beyond)
    found = boundaries(mixture)
    assert (np.diff(found.places) > 0).all()
    grid = shift + np.linspace(-60, 60, 6001)
    far = np.abs(grid[:, np.newaxis] - found.places).min(axis=1, initial=1) > (1e-5 if shift else 1e-9)
    rulers = np.array(found.rulers)[np.searchsorted(found.places, grid)]
    assert (rulers == mixture.labels(grid))[far].all()
    assert set(found.never) == set(range(k)) - set(found.rulers)
    shares = np.sort(mixture.shares(found.places), axis=1)[:, -2:]
    np.testing.assert_allclose(shares[:, 0], shares[:, -1], rtol=1e-5 if shift else 1e-8)


def test_t_distributions_part_where_their_curves_cross():
    heavy = line([0.5, 0.5], [0, 3], [2, 2], dof=np.array([4.0, 4.0]))
    assert boundaries(heavy).places == pytest.approx([1.5])
    # The heavier tails rule on both sides, as far out as anybody asks.
    ring = boundaries(line([0.5, 0.5], [0, 0], [1, 1], dof=np.array([50.0, 2.0])))
    assert ring.rulers == (1, 0, 1)
    edge = ring.places[1]
    assert ring.places == pytest.approx([-edge, edge])
    assert stats.t(50).pdf(edge) == pytest.approx(stats.t(2).pdf(edge))
    many = boundaries(line([0.5, 0.5], [0, 0], [1, 1], dof=np.array([1e6, 1e6])))
    assert (len(many.places), many.never) == (0, (1,)), "twins tie everywhere"
    lost = boundaries(line([1, 0], [0, 3], [1, 1], dof=np.array([3.0, 3.0])))
    assert (lost.rulers, lost.never) == ((0,), (1,))


# --- The densest part


@pytest.mark.slow
@given(SEEDS, COUNTS, st.sampled_from(["plain", "t"]), st.floats(0.01, 0.995))
@settings(max_examples=12)
def test_the_densest_intervals_hold_the_mass_and_end_where_the_density_is_one(seed, k, kind, mass):
    mixture = any_mixture(seed, k, 1, "full", kind)
    found = highest_density(mixture, mass)
    ends = found.intervals.ravel()
    assert (np.diff(ends) > 0).all()
    assert np.diff(cdf(mixture, found.intervals)).sum() == pytest.approx(mass, abs=1e-10)
    np.testing.assert_allclose(mixture.log_density(ends), found.log_density, rtol=1e-8, atol=1e-8)
    grid = quantile(mixture, np.linspace(0.0005, 0.9995, 2001))
    inside = (np.searchsorted(ends, grid) % 2).astype(bool)
    near = np.abs(mixture.log_density(grid) - found.log_density) < 1e-6
    assert ((mixture.log_density(grid) > found.log_density) == inside)[~near].all()


def test_the_densest_part_of_one_gaussian_and_of_two_apart():
    one = highest_density(line([1.0], [10], [4]))
    assert one.intervals == pytest.approx(
        np.array([[10 - 2 * 1.959963984540054, 10 + 2 * 1.959963984540054]])
    )
    two = highest_density(line([0.5, 0.5], [0, 100], [1, 1]), 0.5)
    half = 0.6744897501960817
    assert two.intervals == pytest.approx(np.array([[-half, half], [100 - half, 100 + half]]))
    assert (two.mass, two.error) == (0.5, 0)
    uneven = highest_density(line([0.9, 0.1], [0, 100], [1, 1]), 0.5)
    assert len(uneven.intervals) == 1, "all of the small one is less dense"


def test_bumps_are_where_the_density_turns():
    assert bumps(line([0.5, 0.5], [0, 1.9], [1, 1])) == pytest.approx([0.95]), "within two deviations"
    two = line([0.5, 0.5], [0, 2.5], [1, 1])
    for place in bumps(two):
        step = np.array([place - 1e-4, place, place + 1e-4])
        assert two.log_density(step).argmax() == 1
    assert len(bumps(two)) == 2
    far = bumps(line([0.3, 0.3, 0.4], [0, 1e6, 0], [1, 1e-6, 1e4]))
    assert far == pytest.approx([0, 1e6])
    heavy = line([0.5, 0.5], [-5, 5], [1, 1], dof=[1.0, 2.0])
    assert bumps(heavy) == pytest.approx([-5, 5], abs=0.1)


def test_with_more_features_the_level_is_one_of_drawn_rows_and_says_how_sure():
    mixture = any_mixture(1, 3, 3, "full", "both")
    found = highest_density(mixture, 0.8, n=20_000)
    assert found.intervals is None
    assert found.error == pytest.approx(np.sqrt(0.8 * 0.2 / 20_000))
    rows = mixture.sample(200_000, 1)[0]
    assert (mixture.log_density(rows) > found.log_density).mean() == pytest.approx(0.8, abs=5 * found.error)
    assert highest_density(mixture, 0.8, n=20_000).log_density == found.log_density, "always the same rows"
    alone = Mixture([1.0], [[0, 0]], [[[1, 0.5], [0.5, 1]]])
    exact = alone.log_density([[0, 0]])[0] - stats.chi2.ppf(0.9, 2) / 2
    assert highest_density(alone, 0.9).log_density == pytest.approx(exact, abs=0.05)


def test_a_marginal_of_more_features_is_asked_like_any_other():
    mixture = any_mixture(6, 3, 3, "tied")
    x = 1.5
    below = quad(lambda v: np.exp(marginal(mixture, 1).log_density([v])[0]), -60, x, limit=200)[0]
    assert cdf(marginal(mixture, 1), x) == pytest.approx(below, abs=1e-7)


def test_what_is_not_of_one_feature_or_has_no_formula_is_a_sentence():
    plane, noisy, heavy = (
        any_mixture(0, 2, 2),
        any_mixture(0, 2, 1, kind="noise"),
        any_mixture(0, 2, 1, kind="t"),
    )
    assert refused(cdf, plane, 0) == (
        "A share below a value is of mixtures with one feature; this one has 2. Take the marginal of one."
    )
    for function, said in ((quantile, "Quantiles are"), (boundaries, "Boundaries are"), (bumps, "Bumps are")):
        assert refused(function, plane, *([0.5] if function is quantile else [])) == (
            f"{said} of mixtures with one feature; this one has 2. Take the marginal of one."
        )
    assert refused(cdf, heavy, np.nan) == "x must hold numbers; found nan."
    assert refused(quantile, heavy, [0.5, 1.5]) == "q must be shares from 0 to 1; got 1.5."
    assert refused(quantile, heavy, np.nan).startswith("q must be finite; found nan")
    assert refused(highest_density, noisy) == (
        "Intervals of the highest density are found without noise, whose density has steps. "
        "Take mixture.of_components."
    )
    assert refused(bumps, noisy).startswith("Bumps are found without noise")
    for function, said in ((bumps, "Bumps are"), (highest_density, "Intervals of the highest density are")):
        assert refused(function, line([0.5, 0.5], [0, 1e9], [1, 1e-30])) == (
            f"{said} not found here: a component is so thin that hardly a number lies within it."
        )
    assert refused(highest_density, heavy, 1) == "mass must be between 0 and 1; got 1."
    assert refused(highest_density, plane, n=0) == "n must be a whole number from 1; got 0."

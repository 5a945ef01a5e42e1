"""Scaled data: the same distribution in two sets of units, and nothing of the data's own lost on the way."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from gmm_core import SCALINGS, Mixture, Scaling, Step, StopReason, Trace, fit

FAMILIES = ("full", "tied", "diag", "spherical")
REAL = SCALINGS[1:]  # those that change something
BECOMES = {  # family in which EM runs -> family in the data's own units
    "none": dict(zip(FAMILIES, FAMILIES, strict=True)),
    "standardise": {"full": "full", "tied": "tied", "diag": "diag", "spherical": "diag"},
    "whiten": {"full": "full", "tied": "tied", "diag": "full", "spherical": "full"},
}
few = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)
dimensions = st.integers(1, 5)
names = st.sampled_from(SCALINGS)
families = st.sampled_from(FAMILIES)


def data(seed: int, d: int, n: int = 150) -> np.ndarray:
    """Groups that touch, oblique, in features whose units differ by up to eighteen powers of ten."""
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(3, d, d)) + 2 * np.eye(d)
    labels = np.arange(n) % 3
    X = np.einsum("nij,nj->ni", shapes[labels], rng.normal(size=(n, d))) + 6 * rng.normal(size=(3, d))[labels]
    return X * 10.0 ** rng.uniform(-9, 9, size=d)


def some_mixture(seed: int, d: int, family: str, k: int = 3) -> Mixture:
    """A mixture as one of scaled data may be."""
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d)) + 2 * np.eye(d)
    full = roots @ roots.transpose(0, 2, 1)
    diagonals = np.einsum("kii->ki", full)
    covariances = {"full": full, "tied": full[0], "diag": diagonals, "spherical": diagonals[:, 0]}[family]
    return Mixture(rng.dirichlet(np.full(k, 5.0)), 2 * rng.normal(size=(k, d)), covariances, family)


def deviations(X: np.ndarray) -> np.ndarray:
    return X.std(axis=0)


def assert_alike(one: Mixture, other: Mixture, unit: np.ndarray, tol: float) -> None:
    """Equal but for rounding, measured in `unit` (d,)."""
    assert one.covariance_type == other.covariance_type
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=tol)
    np.testing.assert_allclose(one.means / unit, other.means / unit, rtol=0, atol=tol)
    gaps = (one.full_covariances - other.full_covariances) / unit / unit[:, np.newaxis]
    assert np.abs(gaps).max() < tol


# --- the data


@few
@given(seeds, dimensions)
def test_standardised_is_as_scikit_learn_does_it(seed, d):
    X = data(seed, d)
    Z = Scaling.of("standardise", X).scale(X)
    np.testing.assert_allclose(Z, StandardScaler().fit_transform(X), rtol=0, atol=1e-13)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-13)


@few
@given(seeds, dimensions)
def test_whitened_data_have_the_identity_for_their_covariance(seed, d):
    X = data(seed, d)
    Z = Scaling.of("whiten", X).scale(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-11)
    np.testing.assert_allclose(np.cov(Z.T, bias=True).reshape(d, d), np.eye(d), rtol=0, atol=1e-11)


@few
@given(seeds, dimensions, names)
def test_data_come_back(seed, d, name):
    X = data(seed, d)
    scaling = Scaling.of(name, X)
    gaps = (scaling.unscale(scaling.scale(X)) - X) / deviations(X)
    assert np.abs(gaps).max() < 1e-11


@few
@given(seeds, st.integers(2, 5), st.sampled_from(REAL))
def test_units_and_origin_do_not_matter(seed, d, name):
    X = data(seed, d)
    rng = np.random.default_rng(seed)
    moved = (X + 3 * deviations(X)) * 10.0 ** rng.uniform(-9, 9, size=d)
    Z, other = (Scaling.of(name, rows).scale(rows) for rows in (X, moved))
    np.testing.assert_allclose(Z @ Z.T, other @ other.T, atol=1e-9)  # the rows, but for how they are turned


def test_none_changes_nothing_and_copies_nothing():
    X, mixture = data(0, 3), some_mixture(0, 3, "diag")
    scaling = Scaling.of("none", X)
    trace = Trace((Step(0, mixture, -1.0),), StopReason.MAX_ITER)
    assert scaling.scale(X) is X
    assert scaling.unscale(X) is X
    assert scaling.in_units(mixture) is mixture
    assert scaling.scaled(mixture, "diag") is mixture
    assert scaling.trace_in_units(trace) is trace
    assert scaling.log_volume == 0


def test_a_constant_column_keeps_its_unit():
    X = np.column_stack([data(0, 1), np.full(150, 0.1 + 0.2)])
    scaling = Scaling.of("standardise", X)
    assert scaling.matrix[1, 1] == 1
    np.testing.assert_allclose(scaling.scale(X)[:, 1], 0, atol=1e-15)
    assert fit(scaling.scale(X), 2, random_state=0).mixture.n_features == 2


def test_a_scaling_cannot_be_changed_and_survives_pickling():
    scaling = Scaling.of("whiten", data(0, 3))
    for one in (scaling, pickle.loads(pickle.dumps(scaling))):
        for array in (one.centre, one.matrix, one.inverse):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
        np.testing.assert_array_equal(one.inverse, scaling.inverse)
        assert one.name == "whiten"


# --- mixtures


@few
@given(seeds, dimensions, names, families)
def test_a_mixture_comes_back(seed, d, name, family):
    scaling, mixture = Scaling.of(name, data(seed, d)), some_mixture(seed, d, family)
    own = scaling.in_units(mixture)
    assert own.covariance_type == BECOMES[name][family]
    assert_alike(scaling.scaled(own, family), mixture, np.ones(d), 1e-9)


@few
@given(seeds, dimensions, names, families)
def test_densities_are_those_of_the_scaled_data_times_the_volume(seed, d, name, family):
    X = data(seed, d)
    scaling, mixture = Scaling.of(name, X), some_mixture(seed, d, family)
    own = scaling.in_units(mixture)
    points = scaling.unscale(3 * np.random.default_rng(seed).normal(size=(40, d)))
    Z = scaling.scale(points)
    np.testing.assert_allclose(
        own.log_density(points), mixture.log_density(Z) + scaling.log_volume, rtol=1e-8, atol=1e-8
    )
    np.testing.assert_allclose(own.responsibilities(points), mixture.responsibilities(Z), rtol=0, atol=1e-8)


@few
@given(seeds, dimensions, st.sampled_from(REAL), st.sampled_from(["full", "tied"]))
def test_without_regularisation_em_finds_the_same_in_any_units(seed, d, name, family):
    X = data(seed, d)
    scaling = Scaling.of(name, X)
    Z, options = scaling.scale(X), {"covariance_type": family, "reg_covar": 0, "tol": 0}
    start = fit(Z, 3, init="random", random_state=0, max_iter=1, **options).mixture
    options["max_iter"] = 8
    scaled = scaling.trace_in_units(fit(Z, 3, start=start, **options))
    own = fit(X, 3, start=scaling.in_units(start), **options)
    assert len(own.steps) == len(scaled.steps)
    np.testing.assert_allclose(scaled.log_likelihoods, own.log_likelihoods, rtol=1e-8, atol=1e-8)
    assert_alike(scaled.mixture, own.mixture, deviations(X), 1e-6)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_mixture_that_does_not_fit_loses_what_the_family_cannot_hold(name, family):
    X = data(1, 3)
    scaling, own = Scaling.of(name, X), some_mixture(2, 3, "full")
    own = Mixture(own.weights, own.means, own.covariances * deviations(X) * deviations(X)[:, np.newaxis])
    whole, part = scaling.scaled(own, "full"), scaling.scaled(own, family)
    diagonals = np.einsum("kii->ki", whole.covariances)
    expected = {
        "full": whole.covariances,
        "tied": np.tensordot(own.weights, whole.covariances, 1),
        "diag": diagonals,
        "spherical": diagonals.mean(axis=1),
    }[family]
    assert part.covariance_type == family
    np.testing.assert_allclose(part.covariances, expected, rtol=1e-12)
    np.testing.assert_array_equal(part.means, whole.means)


def test_none_projects_on_a_family_too():
    mixture = Scaling.of("none", data(0, 2)).scaled(some_mixture(0, 2, "spherical"), "diag")
    np.testing.assert_array_equal(mixture.covariances[:, 0], mixture.covariances[:, 1])


# --- runs


@few
@given(seeds, dimensions, names, families)
def test_a_run_is_told_in_the_datas_own_units(seed, d, name, family):
    X = data(seed, d)
    scaling = Scaling.of(name, X)
    trace = fit(scaling.scale(X), 3, covariance_type=family, init="interleaved", max_iter=4)
    own = scaling.trace_in_units(trace)
    assert (own.stop, own.collapsed, own.note) == (trace.stop, trace.collapsed, trace.note)
    for step, before in zip(own.steps, trace.steps, strict=True):
        assert step.mixture.covariance_type == BECOMES[name][family]
        assert step.log_likelihood == pytest.approx(step.mixture.log_density(X).mean(), rel=1e-8, abs=1e-8)
        assert (step.iteration, step.counts) == (before.iteration, before.counts)
        # The bound touches the log-likelihood before, from which it was raised.
        gap = before.log_likelihood - (before.lower_bound or 0.0)
        assert (step.lower_bound is None) == (before.lower_bound is None)
        if step.lower_bound is not None:
            assert step.log_likelihood - step.lower_bound == pytest.approx(gap, abs=1e-11)


def test_how_a_run_ended_is_kept():
    X = np.concatenate([data(0, 2), np.zeros((30, 2))])
    scaling = Scaling.of("standardise", X)
    start = Mixture([0.5, 0.5], scaling.scale([[0, 0], X[0]]), [1e-3 * np.eye(2), np.eye(2)])
    trace = fit(scaling.scale(X), 2, start=start, reg_covar=0, tol=0)
    own = scaling.trace_in_units(replace(trace, note="A note."))
    assert (own.stop, own.collapsed, own.note) == (StopReason.COLLAPSED, 0, "A note.")
    assert len(own.steps) == len(trace.steps)


def test_a_component_that_has_no_extent_in_the_datas_own_units_has_collapsed():
    """Data and component are thin in the same direction: too thin, together, for a covariance."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) @ [[1, 1], [0, 1e-5]]
    scaling = Scaling.of("whiten", X)
    fine = Mixture([1.0], np.zeros((1, 2)), [np.eye(2)])
    thin = Mixture([1.0], np.zeros((1, 2)), [np.diag([1, 1e-8])])
    steps = (Step(0, fine, -3.0), Step(1, thin, -2.0), Step(2, fine, -1.0))
    own = scaling.trace_in_units(Trace(steps, StopReason.CONVERGED))
    assert (len(own.steps), own.stop, own.collapsed) == (1, StopReason.COLLAPSED, 0)


@pytest.mark.parametrize("name", REAL)
def test_offsets_of_a_thousand_million(name):
    X = data(3, 3) / deviations(data(3, 3)) + [1e9, -1e9, 0]
    scaling = Scaling.of(name, X)
    Z = scaling.scale(X)
    # 1e9 leaves about 1e-7 of these units.
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-9)
    trace = fit(Z, 3, random_state=0)
    own = scaling.trace_in_units(trace).mixture
    np.testing.assert_allclose(own.responsibilities(X), trace.mixture.responsibilities(Z), atol=1e-5)


@pytest.mark.parametrize("name", REAL)
def test_the_largest_and_smallest_units(name):
    X = data(4, 4) / deviations(data(4, 4)) * [1e140, 1e-140, 1, 1e70]
    scaling = Scaling.of(name, X)
    Z = scaling.scale(X)
    trace = fit(Z, 3, random_state=0)
    own = scaling.trace_in_units(trace).mixture
    np.testing.assert_allclose(own.responsibilities(X), trace.mixture.responsibilities(Z), atol=1e-9)


# --- what cannot be done


RNG = np.random.default_rng(0)
LEAVE_OUT = "and cannot be whitened. Standardise the columns instead, or leave some out."
FLAT = {
    "constant": (
        np.column_stack([RNG.normal(size=(20, 2)), np.full(20, 7.0)]),
        "X is constant in column 2: 1 of 3 directions has no extent",
    ),
    "constant but for rounding": (
        np.column_stack([RNG.normal(size=20), 0.3 + 1e-17 * np.arange(20)]),
        "X is constant in column 1: 1 of 2 directions has no extent",
    ),
    "sums": (
        RNG.normal(size=(20, 2)) @ [[1, 1e9, 2, 0], [0, 1e9, 1, 5e-9]],
        "Some columns of X are sums of others: 2 of 4 directions have no extent",
    ),
    "few rows": (
        RNG.normal(size=(3, 5)),
        "X has 3 rows, which do not span its 5 columns: 3 of 5 directions have no extent",
    ),
    "one value": (np.full(9, 2.0), "X is constant in column 0: 1 of 1 direction has no extent"),
    "one row": (np.ones((1, 2)), "X is constant in columns 0 and 1: 2 of 2 directions have no extent"),
}


@pytest.mark.parametrize(("X", "message"), FLAT.values(), ids=FLAT)
def test_what_has_no_extent_is_not_whitened(X, message):
    with pytest.raises(ValueError) as error:
        Scaling.of("whiten", X)
    assert str(error.value) == f"{message}, {LEAVE_OUT}"
    assert np.isfinite(Scaling.of("standardise", X).scale(X)).all()


def test_what_is_thin_but_not_flat_is_whitened_and_has_covariances_in_its_own_units():
    X = RNG.normal(size=(200, 3))
    X = np.column_stack([X, X.sum(axis=1) + 1e-5 * RNG.normal(size=200)])
    scaling = Scaling.of("whiten", X)
    own = scaling.in_units(Mixture([1.0], np.zeros((1, 4)), [1.0], "spherical"))
    np.testing.assert_allclose(own.covariances[0], np.cov(X.T, bias=True), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", REAL)
def test_numbers_without_squares_are_refused(name):
    with pytest.raises(ValueError) as error:
        Scaling.of(name, [[0, 1e300], [1, -1e300]])
    assert str(error.value) == (
        "Column 1 of X holds 1e+300: its square is too large for a float. "
        "Divide the column by a power of ten first."
    )


def test_arguments_are_checked():
    X = data(0, 2)
    scaling = Scaling.of("whiten", X)
    one = some_mixture(0, 1, "full")
    calls = {
        "scaling must be one of none, standardise, whiten; got 'z-score'.": lambda: Scaling.of("z-score", X),
        "X has 1 features, but this scaling has 2.": lambda: scaling.scale(X[:, :1]),
        "the mixture has 1 features, but this scaling has 2.": lambda: scaling.in_units(one),
        "covariance_type must be one of full, tied, diag, spherical; got 'round'.": lambda: scaling.scaled(
            some_mixture(0, 2, "full"), "round"
        ),
    }
    for message, call in calls.items():
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == message

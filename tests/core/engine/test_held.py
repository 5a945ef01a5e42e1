"""Held parameters: they stay, the rest is what a general search finds, and the bound never falls."""

from __future__ import annotations

import pickle
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.base import clone

from gmm_core import GaussianMixture, Held, Mixture, fit, iterate, rows_of
from gmm_core.engine.covariance import FAMILIES, MODELS, family_named
from gmm_core.engine.em import StopReason
from gmm_core.engine.held import has_own
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import WAYS
from gmm_core.engine.ways.way import CannotBeginError

few = settings(max_examples=40)
every_family = st.sampled_from([*FAMILIES, *MODELS])
some = st.sets(st.integers(0, 2)).map(tuple)
DATA = np.random.default_rng(0).normal(size=(60, 2)) @ [[2, 0.5], [0, 1]] + np.repeat([[0, 0], [5, 3]], 30, 0)


def held_in(mixture: Mixture, held: Held) -> tuple[np.ndarray, ...]:
    """The values of what is held."""
    weights, means, covariances = (list(components) for _, components in held.of_kinds)
    return mixture.weights[weights], mixture.means[means], mixture.full_covariances[covariances]


@pytest.mark.slow
@few
@given(
    every_family,
    some,
    some,
    some,
    st.sampled_from([{}, {"noise": True}, {"dof": "each"}, {"noise": 0.1, "dof": "common"}]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_what_is_held_stays_and_what_is_climbed_never_falls(
    family, weights, means, covariances, options, prior, gaps, weighted, seed
):
    d = 2
    if covariances and not has_own(family_named(family), 3, d):
        covariances = (0, 1, 2)
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, d)) + 4 * rng.normal(size=(3, d))[np.arange(60) % 3]
    if gaps:
        X[::4, 0] = np.nan
    if len(means) == 3 and len(covariances) == 3:
        means = means[1:]  # else all may be held
    held = Held(weights, means, covariances)
    trace = fit(
        X,
        3,
        covariance_type=family,
        held=held,
        prior=prior or None,
        missing="observed" if gaps else "raise",
        sample_weight=rng.integers(1, 4, 60) if weighted else None,
        reg_covar=0,
        tol=0,
        max_iter=20,
        random_state=seed,
        **options,
    )
    objectives = trace.objectives
    assert (np.diff(objectives) > -1e-9).all()
    for before, after in pairwise(trace.steps):
        low, high = (step.log_posterior for step in (before, after))
        assert low - 1e-9 <= after.lower_bound <= high + 1e-9
        for first, now in zip(
            held_in(trace.steps[0].mixture, held), held_in(after.mixture, held), strict=True
        ):
            np.testing.assert_array_equal(first, now)
        assert after.mixture.weights.sum() + after.mixture.noise_weight == pytest.approx(1, abs=1e-12)
    assert held.sentence in trace.note


@pytest.mark.parametrize(
    "held",
    [Held(means=(1,)), Held(weights=(0,)), Held(covariances=(0,)), Held(means=(0,), covariances=(1,))],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"prior": True}], ids=["plain", "prior"])
def test_the_end_is_where_a_general_search_ends(held, options):
    """In one dimension, over what is free: share, two means, two log variances."""
    x = DATA[:, 0]
    start = Mixture([0.4, 0.6], [[1.0], [4.0]], [[[2.0]], [[1.0]]])
    trace = fit(x, 2, start=start, held=held, reg_covar=0, tol=1e-13, max_iter=9000, **options)
    m, prior = trace.mixture, trace.prior
    found = np.array([np.log(m.weights[0] / m.weights[1]), *m.means[:, 0], *np.log(m.covariances.ravel())])
    free = np.array(
        [
            not held.weights,
            *(j not in held.means for j in (0, 1)),
            *(j not in held.covariances for j in (0, 1)),
        ]
    )

    def worth(free_ones: np.ndarray) -> float:
        v = found.copy()
        v[free] = free_ones
        share = 1 / (1 + np.exp(-v[0]))
        mixture = Mixture([share, 1 - share], v[1:3, np.newaxis], np.exp(v[3:])[:, np.newaxis, np.newaxis])
        of_prior = prior.log_density(mixture) / len(x) if prior else 0.0
        return -float(mixture.log_density(x).mean() + of_prior)

    best = minimize(worth, found[free], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-13})
    assert -best.fun - trace.objectives[-1] < 1e-9
    # And it is no end of the free model: what is held costs something.
    assert (
        trace.objectives[-1]
        < fit(x, 2, start=start, reg_covar=0, tol=1e-13, max_iter=9000, **options).objectives[-1]
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_one_step_is_the_formula(family):
    """Free weights share what is left; a covariance is the scatter about the mean, held or not."""
    start = fit(DATA, 3, covariance_type=family, random_state=0, max_iter=0).mixture
    held = Held(weights=(1,), means=(0,))
    _, m = islice(iterate(DATA, start, held=held, reg_covar=0.01), 2)
    R = start.responsibilities(DATA)
    n = R.sum(axis=0)
    weights = n * (1 - start.weights[1]) / (n[0] + n[2])
    weights[1] = start.weights[1]
    np.testing.assert_allclose(m.mixture.weights, weights, rtol=1e-12)
    means = R.T @ DATA / n[:, np.newaxis]
    means[0] = start.means[0]
    np.testing.assert_allclose(m.mixture.means, means, rtol=1e-12)
    S = np.stack([(R[:, j] * (DATA - means[j]).T) @ (DATA - means[j]) for j in range(3)])
    each = S / n[:, np.newaxis, np.newaxis]
    covariances = {
        "full": each,
        "tied": np.broadcast_to(S.sum(axis=0) / len(DATA), S.shape),
        "diag": each * np.eye(2),
        "spherical": np.trace(each, axis1=1, axis2=2)[:, np.newaxis, np.newaxis] / 2 * np.eye(2),
    }[family]
    np.testing.assert_allclose(m.mixture.full_covariances, covariances + 0.01 * np.eye(2), rtol=1e-10)


def test_a_component_held_entirely_may_lose_its_rows():
    start = Mixture([0.5, 0.5], [[0, 0], [1e4, 1e4]], [np.eye(2)] * 2)
    held = Held(weights=(1,), means=(1,), covariances=(1,))
    trace = fit(DATA, 2, start=start, held=held, tol=1e-9)
    assert trace.converged
    np.testing.assert_allclose(trace.mixture.means[0], DATA.mean(axis=0), rtol=1e-9)
    assert fit(DATA, 2, start=start, held=Held(means=(1,)), tol=1e-9).stop is StopReason.COLLAPSED


def test_noise_takes_what_held_weights_leave():
    start = Mixture([0.5, 0.4], [[0, 0], [5, 3]], [np.eye(2)] * 2, "full", 0.1, [[-9, -9], [15, 9]])
    trace = fit(DATA, 2, start=start, held=Held(weights=(0, 1)), tol=0, max_iter=5)
    np.testing.assert_array_equal(trace.mixture.weights, [0.5, 0.4])
    assert trace.mixture.noise_weight == pytest.approx(0.1)


def test_nothing_held_changes_nothing():
    plain, none, empty = (fit(DATA, 2, random_state=0, held=held) for held in (None, None, Held()))
    assert plain.mixture == none.mixture == empty.mixture
    assert plain.note == empty.note


@pytest.mark.parametrize("held", [Held(means=(0,)), Held(weights=(1,), covariances=(0, 1))], ids=str)
def test_rows_that_are_streamed_and_accelerated_runs_hold_too(held, tmp_path):
    np.save(tmp_path / "rows.npy", DATA)
    start = fit(DATA, 2, random_state=0, max_iter=2).mixture
    how = {"start": start, "held": held, "reg_covar": 0, "tol": 1e-10, "max_iter": 3000}
    plain = fit(DATA, 2, **how)
    streamed = fit(rows_of(tmp_path / "rows.npy"), 2, **how)
    np.testing.assert_allclose(plain.log_likelihoods, streamed.log_likelihoods, rtol=1e-9)
    fast = fit(DATA, 2, accelerate=True, **how)
    assert fast.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    for trace in (streamed, fast):
        for first, now in zip(held_in(start, held), held_in(trace.mixture, held), strict=True):
            np.testing.assert_array_equal(first, now)


@pytest.mark.parametrize("name", WAYS)
def test_every_way_up_holds_or_says_that_it_does_not(name):
    start, held = fit(DATA, 2, init="round", random_state=0, max_iter=0).mixture, Held(means=(1,))
    if name == "variational":
        with pytest.raises(CannotBeginError, match="Variational Bayes cannot hold parameters"):
            climb(DATA, WAYS[name](), start, held=held, max_iter=8)
        return
    found = climb(DATA, WAYS[name](), start, held=held, max_iter=8)
    np.testing.assert_array_equal(found.trace.mixture.means[1], start.means[1])
    assert (found.trace.mixture.means[0] != start.means[0]).any()
    assert not found.broken


def test_the_estimator_holds_and_counts_what_is_free():
    free = GaussianMixture(2, random_state=0)
    model = clone(free.set_params(held=Held(means=(0,), weights=(1,)))).fit(DATA)
    assert model.history_ is not None
    np.testing.assert_array_equal(model.means_[0], model.history_.steps[0].mixture.means[0])
    score = model.score(DATA) * len(DATA)
    assert model.bic(DATA) == pytest.approx(-2 * score + (11 - 3) * np.log(len(DATA)))
    assert model.aic(DATA) == pytest.approx(-2 * score + 2 * (11 - 3))
    several = clone(model).set_params(n_init=3, init_params="random", keep_history="all").fit(DATA)
    for trace in several.histories_:
        assert trace.mixture.weights[1] == trace.steps[0].mixture.weights[1]


@pytest.mark.parametrize(
    ("held", "family", "n"),
    [
        (Held(), "full", 0),
        (Held(weights=(0,)), "full", 1),
        (Held(weights=(0, 1)), "full", 2),
        (Held(weights=(0, 1, 2)), "full", 2),
        (Held(means=(2,)), "full", 2),
        (Held(covariances=(0, 2)), "full", 6),
        (Held(covariances=(0, 2)), "VII", 2),
        (Held(covariances=(0, 1, 2)), "tied", 3),
        (Held(covariances=(0, 1, 2)), "VEV", 3 + 1 + 3),
    ],
    ids=str,
)
def test_how_many_parameters_are_held(held, family, n):
    mixture = fit(DATA, 3, covariance_type=family, random_state=0, max_iter=0).mixture
    assert held.n_parameters(mixture) == n


@pytest.mark.parametrize(
    ("held", "family", "said"),
    [
        (
            Held(means=(2,)),
            "full",
            "held means name component 2, but there are 2 components, numbered from 0.",
        ),
        (Held((0,), (0, 1), (0, 1)), "full", "Every parameter is held, so nothing is left to be fitted."),
        (Held((), (0, 1), (0, 1)), "full", None),
        (Held(covariances=(0,)), "tied", "those of some components cannot be held alone. Hold all or none"),
        (Held(covariances=(1,)), "VEV", "In the family 'VEV' the covariances have something in common"),
        (Held(covariances=(1,)), "VVI", None),
        ({"means": [0]}, "full", "held must be a Held, as Held(means=[0]), or None; got {'means': [0]}."),
    ],
    ids=str,
)
def test_what_cannot_be_held_is_said(held, family, said):
    if said is None:
        fit(DATA, 2, covariance_type=family, held=held, random_state=0)
        return
    with pytest.raises(ValueError, match="held") as error:
        fit(DATA, 2, covariance_type=family, held=held, random_state=0)
    assert said in str(error.value)


@pytest.mark.parametrize("wrong", [[-1], [0.5], "0", [True]])
def test_numbers_of_components_are_whole_and_from_0(wrong):
    with pytest.raises(ValueError, match="must be numbers of components, whole and from 0"):
        Held(means=wrong)


def test_a_held_is_a_value():
    held = Held(means=[2, 0, 2])  # type: ignore[arg-type]
    assert held == Held(means=(0, 2)) == pickle.loads(pickle.dumps(held))
    assert held.sentence == "Held as at the start: the means of components 1 and 3."


def test_components_that_start_equal_part_where_one_is_held():
    equal = Mixture([0.5, 0.5], [[1.0, 1.0]] * 2, [4 * np.eye(2)] * 2)
    assert "start equal" in fit(DATA, 2, start=equal).note
    parted = fit(DATA, 2, start=equal, held=Held(means=(0,)))
    assert "start equal" not in parted.note
    assert (parted.mixture.means[0] != parted.mixture.means[1]).any()

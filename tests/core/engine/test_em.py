"""The two steps, the loop and the ways it ends."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import islice, pairwise

import numpy as np
import pytest

from gmm_core import CollapseError, Mixture, Step, StopReason, e_step, fit, iterate, load_dataset, m_step
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.starts import INITS


def closed_form(X: np.ndarray, family: str) -> np.ndarray:
    """The maximum-likelihood covariance of one Gaussian, in the family's own shape."""
    scatter = np.cov(X.T, bias=True).reshape(X.shape[1], X.shape[1])
    return {
        "full": scatter[np.newaxis],
        "tied": scatter,
        "diag": np.diag(scatter)[np.newaxis],
        "spherical": np.array([np.diag(scatter).mean()]),
    }[family]


def wrong_start(family: str, d: int, k: int = 1) -> Mixture:
    """Far too wide, and beside the data."""
    shape = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[family]
    covariances = (
        np.full(shape, 40.0) if family in ("diag", "spherical") else np.broadcast_to(40 * np.eye(d), shape)
    )
    means = np.linspace(-3, 3, k * d).reshape(k, d)
    return Mixture(np.full(k, 1 / k), means, covariances, family)


# --- one component: EM is exact


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("reg_covar", [0.0, 0.25])
def test_one_component_has_a_closed_form(blobs, family, d, reg_covar):
    X = blobs(d=d)
    extra = reg_covar * (np.eye(d) if family in ("full", "tied") else 1.0)
    for options in ({"init": "kmeans"}, {"start": wrong_start(family, d)}):
        trace = fit(X, 1, covariance_type=family, reg_covar=reg_covar, tol=0, max_iter=1, **options)
        np.testing.assert_array_equal(trace.mixture.weights, [1.0])
        np.testing.assert_allclose(trace.mixture.means, [X.mean(axis=0)], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(
            trace.mixture.covariances, closed_form(X, family) + extra, rtol=1e-12, atol=1e-12
        )


def test_a_vector_is_one_feature(blobs):
    X = blobs(d=1)
    assert fit(X[:, 0], 3, random_state=0) == fit(X, 3, random_state=0)


# --- what a step says is true of its own mixture


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_each_log_likelihood_belongs_to_its_mixture(blobs, family, d):
    X = blobs(d=d)
    trace = fit(X, 3, covariance_type=family, tol=0, max_iter=15, random_state=0)
    assert [step.iteration for step in trace.steps] == list(range(16))
    for step in trace.steps:
        assert step.log_likelihood == pytest.approx(step.mixture.log_density(X).mean(), rel=1e-11)
        np.testing.assert_allclose(step.counts, step.mixture.responsibilities(X).sum(axis=0), rtol=1e-9)
    np.testing.assert_array_equal(trace.log_likelihoods, [step.log_likelihood for step in trace.steps])
    assert (trace.mixture, trace.log_likelihood) == (trace.steps[-1].mixture, trace.log_likelihoods[-1])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_next_mixture_is_the_weighted_moments(blobs, family):
    # The textbook M-step, written with responsibilities: PRML, eq. 9.24-9.27.
    X = blobs()
    for now, after in pairwise(
        fit(X, 3, covariance_type=family, reg_covar=0, init="random", random_state=1).steps
    ):
        R = now.mixture.responsibilities(X)
        means = R.T @ X / R.sum(axis=0)[:, np.newaxis]
        np.testing.assert_allclose(after.mixture.weights, R.mean(axis=0), rtol=1e-9)
        np.testing.assert_allclose(after.mixture.means, means, rtol=1e-9, atol=1e-9)
        each = np.stack([np.cov(X.T, aweights=r, bias=True) for r in R.T])
        expected = {
            "full": each,
            "tied": np.einsum("nk,kij->ij", R, each) / len(X),
            "diag": np.einsum("kii->ki", each),
            "spherical": np.einsum("kii->k", each) / 2,
        }[family]
        np.testing.assert_allclose(after.mixture.covariances, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_round_start_is_on_the_rows_of_the_random_one_and_wide_enough_to_be_seen(blobs, family):
    X = blobs(n=150, d=2, k=3, seed=1)
    here, there = (
        fit(X, 3, covariance_type=family, init=init, reg_covar=1e-6, max_iter=0, random_state=4).mixture
        for init in ("round", "random_from_data")
    )
    np.testing.assert_array_equal(here.means, there.means)
    np.testing.assert_allclose(here.weights, 1 / 3)
    variances = X.var(axis=0) / (4 * 3)  # half of the deviations with which three fill the whole
    if family == "spherical":
        variances = np.full(2, variances.mean())
    np.testing.assert_allclose(here.full_covariances, [np.diag(variances + 1e-6)] * 3)


def test_the_round_start_does_not_begin_twice_on_equal_rows():
    X = load_dataset("qa_series").X  # 13 of its 50 values are the same
    for seed in range(20):
        assert len(np.unique(fit(X, 3, init="round", max_iter=0, random_state=seed).mixture.means)) == 3


# --- the law of EM


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_likelihood_never_falls_without_regularisation(blobs, family, init, d):
    for seed in range(3):
        X = blobs(n=150, d=d, k=4, seed=seed)
        trace = fit(
            X, 4, covariance_type=family, init=init, reg_covar=0, tol=0, max_iter=40, random_state=seed
        )
        # A component may collapse on the way; up to there the law holds too. Rounding is forgiven.
        rounding = 1e-10 * np.abs(trace.log_likelihoods[1:])
        assert np.all(np.diff(trace.log_likelihoods) >= -rounding)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 3])
def test_the_lower_bound_touches_after_e_and_rises_after_m(blobs, family, d):
    X = blobs(d=d)
    start = fit(X, 3, covariance_type=family, init="random", max_iter=0, random_state=0).mixture
    halves = list(islice(iterate(X, start, reg_covar=0), 41))
    assert [half.half for half in halves] == ["E", "M"] * 20 + ["E"]
    assert [half.iteration for half in halves] == [(i + 1) // 2 for i in range(41)]
    for before, after in pairwise(halves):
        log_likelihood = after.mixture.log_density(X).mean()
        if after.half == "M":
            assert after.expectation is before.expectation  # responsibilities stay, the mixture moves
            assert after.mixture != before.mixture
            assert before.lower_bound <= after.lower_bound + 1e-12
            assert after.lower_bound <= log_likelihood + 1e-12
        else:
            assert after.mixture is before.mixture  # the other way round
            assert after.lower_bound == pytest.approx(log_likelihood, rel=1e-11)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_lower_bound_is_the_one_in_the_books(blobs, family):
    # sum over n and k of r (log joint - log r), with the responsibilities of the E-step before.
    X = blobs()
    start = wrong_start(family, 2, k=3)
    e, m = islice(iterate(X, start, reg_covar=0.1), 2)
    R = e.mixture.responsibilities(X)
    entropy = -(R * np.log(R)).sum(axis=1)
    for half in (e, m):
        bound = ((R * half.mixture.log_joint(X)).sum(axis=1) + entropy).mean()
        assert half.lower_bound == pytest.approx(bound, rel=1e-11)


def test_a_trace_keeps_the_lower_bounds(blobs):
    X = blobs()
    trace = fit(X, 3, reg_covar=0, tol=0, max_iter=10, random_state=0)
    assert trace.steps[0].lower_bound is None
    for before, after in pairwise(trace.steps):
        assert before.log_likelihood - 1e-12 <= after.lower_bound <= after.log_likelihood + 1e-12


# --- the parts are the whole


@pytest.mark.parametrize("family", FAMILIES)
def test_iterate_gives_what_fit_gives(blobs, family):
    X = blobs()
    trace = fit(X, 3, covariance_type=family, tol=0, max_iter=12, random_state=0)
    halves = list(islice(iterate(X, trace.steps[0].mixture), 25))
    assert [half.mixture for half in halves if half.half == "E"] == [step.mixture for step in trace.steps]
    assert [half.lower_bound for half in halves if half.half == "E"] == [
        step.log_likelihood for step in trace.steps
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_iterate_can_be_paused_forked_and_continued(blobs, family):
    X = blobs()
    start = wrong_start(family, 2, k=3)
    whole = [half.mixture for half in islice(iterate(X, start), 24)]
    paused = iterate(X, start)
    first = [half.mixture for half in islice(paused, 6)]  # the last one is half an iteration: an M-step
    forked = [half.mixture for half in islice(iterate(X, first[-1]), 10)]
    later = [half.mixture for half in islice(paused, 18)]
    assert first + later == whole
    assert forked == whole[6:16]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_steps_by_hand_give_what_fit_gives(blobs, family):
    X = blobs()
    trace = fit(X, 3, covariance_type=family, tol=0, max_iter=5, reg_covar=0.01, random_state=0)
    mixture = trace.steps[0].mixture
    for _ in range(5):
        mixture = m_step(e_step(X, mixture), reg_covar=0.01)
    np.testing.assert_allclose(mixture.means, trace.mixture.means, rtol=1e-10)
    np.testing.assert_allclose(mixture.covariances, trace.mixture.covariances, rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 3, 24])
def test_expectations_of_blocks_add_up(blobs, family, d):
    X = blobs(n=500, d=d) + 100  # away from zero, where careless sums would cancel
    start = wrong_start(family, d, k=3)
    mixture = Mixture(start.weights, start.means + X.mean(axis=0), start.covariances, family)
    whole = e_step(X, mixture)
    parts = [e_step(rows, mixture) for rows in (X[:1], X[1:137], X[137:])]
    for added in (parts[0] + parts[1] + parts[2], parts[2] + (parts[0] + parts[1])):
        assert added.n_samples == whole.n_samples == 500
        assert added.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
        np.testing.assert_allclose(added.counts, whole.counts, rtol=1e-10)
        np.testing.assert_allclose(added.means, whole.means, rtol=1e-12)
        size = np.abs(whole.scatter).max()
        np.testing.assert_allclose(added.scatter, whole.scatter, rtol=1e-9, atol=1e-10 * size)


# --- how it ends


def test_no_tolerance_runs_all_iterations(blobs):
    trace = fit(blobs(), 2, tol=0, max_iter=300, random_state=0)  # long past convergence
    assert (trace.n_iter, trace.stop, trace.converged) == (300, StopReason.MAX_ITER, False)


def test_no_iterations_give_the_start(blobs):
    X = blobs()
    start = wrong_start("full", 2, k=3)
    trace = fit(X, 3, start=start, max_iter=0)
    assert trace.steps == (
        Step(0, start, trace.log_likelihood, None, tuple(e_step(X, start).counts.tolist())),
    )
    assert trace.stop is StopReason.MAX_ITER


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tol", [1e-1, 1e-2, 1e-3, 1e-5])
def test_the_stopping_rule_is_that_of_sklearn(blobs, sklearn_fit, family, tol):
    for seed in range(4):
        X = blobs(seed=seed)
        start = fit(X, 3, covariance_type=family, init="random", max_iter=0, random_state=seed).mixture
        trace = fit(X, 3, covariance_type=family, start=start, tol=tol, max_iter=60)
        oracle = sklearn_fit(X, start, tol=tol, max_iter=60)
        assert (trace.n_iter, trace.converged) == (oracle.n_iter_, oracle.converged_)
        np.testing.assert_allclose(trace.log_likelihoods[:-1], oracle.lower_bounds_, rtol=1e-10)


def test_convergence_in_the_last_iteration_allowed_is_convergence(blobs):
    X = blobs()
    n_iter = fit(X, 3, random_state=0).n_iter
    assert fit(X, 3, random_state=0, max_iter=n_iter).stop is StopReason.CONVERGED
    assert fit(X, 3, random_state=0, max_iter=n_iter - 1).stop is StopReason.MAX_ITER


def test_each_ending_has_a_sentence_for_people():
    assert {reason: reason.message for reason in StopReason} == {
        StopReason.CONVERGED: (
            "Converged: the mean log-likelihood changed by less than the tolerance in one iteration."
        ),
        StopReason.WEIGHTS_STAND: (
            "Converged: the weights changed by less than the tolerance in one iteration."
        ),
        StopReason.MAX_ITER: (
            "Stopped at the largest number of iterations before the change fell below the tolerance. "
            "Allow more iterations to go on."
        ),
        StopReason.COLLAPSED: (
            "A component collapsed: it shrank onto too few different points, where its density has no "
            "upper limit, or lost all of them. The last good step is kept. Raise reg_covar (a small share of "
            "the smallest variance of the data is enough), use fewer components or start elsewhere."
        ),
    }


# --- collapse: an ending, never an exception, a NaN or a negative variance


def is_sound(mixture: Mixture, X: np.ndarray) -> bool:
    variances = np.einsum("kii->ki", mixture.full_covariances)
    numbers = (mixture.weights, mixture.means, mixture.covariances, mixture.log_density(X))
    return bool(np.all(variances > 0)) and all(np.isfinite(array).all() for array in numbers)


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("shift", [0.0, 1e3, 1e6])
@pytest.mark.parametrize("collapsing", [0, 1, 2])
def test_collapse_onto_a_point_is_an_ending(family, shift, collapsing):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 8, [[40.0, -40.0]]]) + shift
    means = np.insert([[0.0, 0.0], [8.0, 8.0]], collapsing, [40.0, -40.0], axis=0) + shift
    covariances = {"full": np.tile(np.eye(2), (3, 1, 1)), "diag": np.ones((3, 2)), "spherical": np.ones(3)}
    start = Mixture(np.full(3, 1 / 3), means, covariances[family], family)
    trace = fit(X, 3, covariance_type=family, start=start, reg_covar=0)
    assert (trace.stop, trace.collapsed) == (StopReason.COLLAPSED, collapsing)
    assert is_sound(trace.mixture, X)
    assert np.isfinite(trace.log_likelihoods).all()
    # The same in `iterate`, and then in `m_step`: there it is an error with a name and a way out.
    halves = iterate(X, start, reg_covar=0)
    with pytest.raises(StopIteration) as end:
        while True:
            last = next(halves)
    assert isinstance(end.value.value, CollapseError)
    assert (end.value.value.component, last.half) == (collapsing, "E")
    with pytest.raises(CollapseError) as error:
        m_step(last.expectation, reg_covar=0)
    assert str(error.value) == (
        f"Component {collapsing} has collapsed onto too few different points. "
        "Raise reg_covar (a small share of the smallest variance of the data is enough), use fewer "
        "components or start elsewhere."
    )
    assert fit(X, 3, covariance_type=family, start=start, reg_covar=1e-3).stop is StopReason.CONVERGED


def test_collapse_onto_two_points_has_rank_one():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 2)), [[40.0, 40.0], [41.0, 42.0]]])
    start = Mixture([0.9, 0.1], [[0.0, 0.0], [40.0, 41.0]], np.tile(np.eye(2), (2, 1, 1)))
    trace = fit(X, 2, start=start, reg_covar=0)
    assert (trace.stop, trace.collapsed) == (StopReason.COLLAPSED, 1)
    assert is_sound(trace.mixture, X)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_component_that_nothing_belongs_to_is_an_ending(blobs, family):
    X = blobs()
    start = wrong_start(family, 2, k=2)
    far = Mixture([0.5, 0.5], [X.mean(axis=0), [1e6, 1e6]], start.covariances, family)
    trace = fit(X, 2, covariance_type=family, start=far)
    assert (trace.stop, trace.collapsed) == (StopReason.COLLAPSED, 1)
    with pytest.raises(CollapseError) as error:
        m_step(e_step(X, trace.mixture))
    assert str(error.value) == (
        "Component 1 has lost all its points. Use fewer components or start elsewhere."
    )


def test_the_collapse_of_the_tutorial_falls_on_row_29():
    X = load_dataset("tutorial_collapse").X
    start = Mixture(
        np.full(3, 1 / 3), [[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]], np.tile(5 * np.eye(2), (3, 1, 1))
    )
    trace = fit(X, 3, start=start, reg_covar=0, tol=0)
    assert trace.stop is StopReason.COLLAPSED
    assert trace.n_iter <= 3
    assert is_sound(trace.mixture, X)
    np.testing.assert_allclose(X[29], [23.38566343, 8.07067598], atol=5e-9)
    # The component that collapsed has the responsibility for this row and for no other.
    R = trace.mixture.responsibilities(X)[:, trace.collapsed]
    assert int(np.argmax(R)) == 29
    assert R.sum() == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(e_step(X, trace.mixture).means[trace.collapsed], X[29], rtol=1e-3)


def test_thirteen_duplicates_are_a_collapse_too():
    series = load_dataset("qa_series").X
    start = Mixture(np.full(3, 1 / 3), [[24.8], [34.2], [44.44571429]], [[8.0], [8.0], [1e-6]], "diag")
    trace = fit(series, 3, covariance_type="diag", start=start, reg_covar=0, tol=0)
    assert (trace.stop, trace.collapsed) == (StopReason.COLLAPSED, 2)
    assert is_sound(trace.mixture, series)


# --- starts


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("init", ["k-means++", "random_from_data"])
def test_a_start_on_single_rows_without_extent_says_what_it_did(blobs, family, init):
    X = blobs()
    trace = fit(X, 3, covariance_type=family, init=init, reg_covar=0, random_state=0)
    assert trace.note == (
        "In this start, a component had no extent of its own, so all components begin with the "
        "covariance of the whole data."
    )
    start = trace.steps[0].mixture
    np.testing.assert_allclose(start.weights, np.full(3, 1 / 3))
    assert all((mean == X).all(axis=1).any() for mean in start.means)
    np.testing.assert_allclose(
        start.covariances, np.repeat(closed_form(X, family), 3, axis=0), rtol=1e-10, atol=1e-10
    )


def test_interleaved_gives_row_i_to_component_i_mod_k(blobs):
    X = blobs(n=100)
    start = fit(X, 3, init="interleaved", reg_covar=0, max_iter=0).mixture
    for j in range(3):
        np.testing.assert_allclose(start.means[j], X[j::3].mean(axis=0))
        np.testing.assert_allclose(start.covariances[j], np.cov(X[j::3].T, bias=True))
        assert start.weights[j] == pytest.approx(len(X[j::3]) / 100)


def test_the_same_seed_gives_the_same_run(blobs):
    X = blobs()
    for init in INITS:
        runs = [fit(X, 3, init=init, random_state=seed) for seed in (5, np.random.RandomState(5))]
        assert runs[0] == runs[1]


# --- nothing that was found can be changed


def test_steps_traces_and_half_steps_are_frozen(blobs):
    X = blobs()
    trace = fit(X, 3, random_state=0)
    half = next(iterate(X, trace.mixture))
    values = (
        (trace, "steps"),
        (trace.steps[0], "log_likelihood"),
        (half, "half"),
        (half.expectation, "counts"),
    )
    for value, name in (*values, (trace.mixture, "weights")):
        with pytest.raises(FrozenInstanceError, match=f"^cannot assign to field '{name}'$"):
            setattr(value, name, None)
    for array in (trace.mixture.weights, trace.mixture.means, trace.mixture.covariances):
        with pytest.raises(ValueError, match="^assignment destination is read-only$"):
            array[0] = 0


def test_a_fit_leaves_its_input_alone(blobs):
    X = blobs()
    X.setflags(write=False)
    kept = X.copy()
    for family in FAMILIES:
        trace = fit(X, 3, covariance_type=family, random_state=0)
        trace.mixture.responsibilities(X)
        list(islice(iterate(X, trace.mixture), 3))
    np.testing.assert_array_equal(X, kept)


def test_components_that_start_equal_are_named():
    X = np.random.default_rng(0).normal(size=(50, 2))
    equal = Mixture(np.full(3, 1 / 3), np.zeros((3, 2)), np.tile(np.eye(2), (3, 1, 1)))
    trace = fit(X, 3, start=equal)
    assert trace.note == (
        "Components 1, 2 and 3 start equal, and components that start equal never separate: every row "
        "belongs to them alike, so each M-step makes them equal again. Start elsewhere, or use fewer "
        "components."
    )
    assert np.allclose(trace.mixture.means, trace.mixture.means[0])
    apart = Mixture(equal.weights, [[0, 0], [1, 1], [0, 0]], equal.covariances)
    assert fit(X, 3, start=apart).note.startswith("Components 1 and 3 start equal, ")
    assert fit(X, 3, random_state=0).note == ""

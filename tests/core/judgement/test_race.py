"""Many runs at once are the runs one by one, and can be looked at and stopped on their way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, fit
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.stack import Stack
from gmm_core.engine.starts import INITS
from gmm_core.judgement.race import Start, draw_starts, laps, run_race

# --- each run is that of `fit`


@pytest.mark.slow
@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    family=st.sampled_from([*FAMILIES]),
    d=st.integers(1, 4),
    k=st.integers(1, 4),
    reg_covar=st.sampled_from([0.0, 1e-6, 1e-2]),
    tol=st.sampled_from([0.0, 1e-3, 1e-6]),
    digits=st.sampled_from([1, 6]),  # few digits make equal rows, on which components fall
    shift=st.sampled_from([0.0, 100.0]),
)
def test_every_run_of_a_stack_is_that_of_fit(seed, family, d, k, reg_covar, tol, digits, shift):
    rng = np.random.default_rng(seed)
    samples = []
    for n in (30, 47):  # two samples of different size in one stack
        X = rng.normal(size=(n, d)) * rng.uniform(0.5, 5, d) + 3 * rng.integers(3, size=(n, 1))
        samples.append(X.round(digits) + shift)
    options = {"reg_covar": reg_covar, "tol": tol, "max_iter": 40}
    starts, owner, traces = [], [], []
    for i, X in enumerate(samples):
        for start in draw_starts(X, k, INITS, [1], covariance_type=family, reg_covar=reg_covar):
            starts.append(start.mixture)
            owner.append(i)
            traces.append(fit(X, k, covariance_type=family, start=start.mixture, **options))
    stack = Stack(samples, starts, owner, **options)
    while stack.advance():
        pass
    for r, trace in enumerate(traces):
        ended = (stack.stops[r], stack.n_iter[r], stack.collapsed[r])
        assert ended == (trace.stop, trace.n_iter, trace.collapsed)
        curve, expected = stack.curves[r], trace.log_likelihoods
        assert np.isnan(curve[trace.n_iter + 1 :]).all()
        if trace.collapsed is None:
            np.testing.assert_allclose(curve[: trace.n_iter + 1], expected, rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(stack.counts[r], trace.steps[-1].counts, atol=1e-5)
            np.testing.assert_allclose(stack.mixture(r).means, trace.mixture.means, atol=1e-5)
        else:  # the last step before it is singular but for rounding, and the one before that nearly
            np.testing.assert_allclose(curve[: trace.n_iter], expected[:-1], rtol=1e-6, atol=1e-6)
            assert np.isfinite(curve[trace.n_iter])


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("beyond", [{}, {"noise": True}, {"dof": "each"}], ids=str)
def test_runs_with_different_k_share_a_stack_and_are_those_of_fit(blobs, family, beyond):
    """On one sample, some of whose equal rows a component falls on, and on one far from the origin."""
    samples = [np.vstack([blobs(n=40), np.ones((8, 2))]), blobs(n=50) + 1e7]
    options = {"reg_covar": 1e-9, "tol": 1e-5, "max_iter": 60}
    starts, owner, traces = [], [], []
    for i, X in enumerate(samples):
        for k in (1, 3, 5):
            how = {"covariance_type": family, "reg_covar": 1e-9, **beyond}
            for start in draw_starts(X, k, ["kmeans", "random"], [1], **how):
                starts.append(start.mixture)
                owner.append(i)
                traces.append(fit(X, k, covariance_type=family, start=start.mixture, **options, **beyond))
    stack = Stack(samples, starts, owner, **options)
    stack.run()
    for r, trace in enumerate(traces):
        ended = (stack.stops[r], stack.n_iter[r], stack.collapsed[r])
        assert ended == (trace.stop, trace.n_iter, trace.collapsed)
        mixture = stack.mixture(r)
        assert mixture.n_components == starts[r].n_components
        assert not stack.counts[r, mixture.n_components :].any()
        if trace.collapsed is None:
            np.testing.assert_allclose(stack.curves[r, : trace.n_iter + 1], trace.log_likelihoods, rtol=1e-7)
            np.testing.assert_allclose(mixture.weights, trace.mixture.weights, atol=1e-5)


@pytest.mark.parametrize(("family", "d"), [("full", 24), ("tied", 24), ("diag", 40)])
def test_runs_with_many_features_are_those_of_fit(blobs, family, d):
    X = blobs(n=150, d=d)
    options = {"reg_covar": 1e-3, "tol": 1e-4}
    starts = list(draw_starts(X, 2, ["random"], [1, 2], covariance_type=family, reg_covar=1e-3))
    race = run_race(X, starts, **options)
    for r, start in enumerate(starts):
        trace = fit(X, 2, covariance_type=family, start=start.mixture, max_iter=10_000, **options)
        assert race.n_iter[r] == trace.n_iter
        np.testing.assert_allclose(race.curves[r, : trace.n_iter + 1], trace.log_likelihoods, rtol=1e-10)


# --- starts


def test_starts_are_those_of_fit_by_name_and_seed(blobs):
    X = blobs()
    starts = list(draw_starts(X, 3, INITS, [0, 7], reg_covar=0))
    assert [(start.init, start.seed) for start in starts] == [
        (init, seed)
        for init, one in INITS.items()
        for seed in ((0, 7) if one.chance else (None,))  # without chance, once is enough
    ]
    for start in starts:
        trace = fit(X, 3, init=start.init, random_state=start.seed, reg_covar=0, max_iter=0)
        assert (start.mixture, start.note) == (trace.mixture, trace.note)


@pytest.mark.parametrize(
    ("k", "inits", "message"),
    [
        (
            2,
            ["kmeens"],
            f"init must be one of {', '.join(INITS)}, given; got 'kmeens'.",
        ),
        (
            3,
            ["kmeans"],
            "X has only 2 different rows, fewer than n_components = 3: components that start equal never "
            "separate. Use at most 2 components.",
        ),
    ],
)
def test_starts_that_cannot_be_are_named(k, inits, message):
    with pytest.raises(ValueError) as error:
        next(draw_starts([0.0, 1.0, 0.0, 1.0], k, inits, [0]))
    assert str(error.value) == message


def test_a_race_wants_starts_that_fit_each_other(blobs):
    X = blobs()
    two, three = (next(draw_starts(X, k, ["random"], [0])) for k in (2, 3))
    for starts, message in (
        ([], "starts is empty: a race needs at least one."),
        ([two, three], "start has 3 components, but n_components = 2."),
    ):
        with pytest.raises(ValueError) as error:
            next(laps(X, starts))
        assert str(error.value) == message


# --- on its way


def test_a_race_grows_and_is_whole_wherever_it_is_stopped(blobs):
    X = blobs()
    starts = list(draw_starts(X, 3, ["kmeans", "random"], range(4)))
    seen = list(laps(X, starts, tol=1e-5))
    last = seen[-1]
    assert [race.curves.shape for race in seen] == [(8, i + 1) for i in range(len(seen))]
    assert (last.n_running, len(seen)) == (0, last.n_iter.max() + 1)
    for race in seen:
        np.testing.assert_array_equal(race.curves, last.curves[:, : race.curves.shape[1]])
        assert race.n_running == np.sum([stop is None for stop in race.stops])
    halfway = seen[len(seen) // 2]
    assert halfway.n_running > 0
    assert not halfway.curves.flags.writeable
    for mixture, log_likelihood in zip(halfway.mixtures, halfway.log_likelihoods, strict=True):
        assert mixture.log_density(X).sum() == pytest.approx(log_likelihood, rel=1e-12)


def test_what_a_lap_raises_ends_the_race(blobs):
    X = blobs()
    starts = list(draw_starts(X, 3, ["random"], range(3)))
    seen = []

    def stop(race):
        seen.append(race)
        if len(seen) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run_race(X, starts, tol=0, on_lap=stop)
    assert len(seen) == 3


def test_where_a_larger_tolerance_would_have_stopped(blobs):
    X = blobs()
    starts = list(draw_starts(X, 3, ["kmeans", "random"], range(4)))
    whole = run_race(X, starts, tol=1e-7, max_iter=60)
    for tol in (1e-1, 1e-3, 1e-5):
        np.testing.assert_array_equal(whole.n_iter_at(tol), run_race(X, starts, tol=tol, max_iter=60).n_iter)


def test_a_race_can_begin_anywhere(blobs):
    X = blobs()
    mine = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), np.eye(2)])
    race = run_race(X, [Start("by hand", None, mine)], tol=1e-3)
    assert race.mixtures[0] == fit(X, 2, start=mine).mixture

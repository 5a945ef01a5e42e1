"""Rows that count several times, in part, or not at all: as if they stood in the data so often."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import GaussianMixture, Mixture, Trace, e_step, fit, iterate, points_fallen_on, start_at
from gmm_core.engine.checks import as_weights
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.floor import floor_of, floor_within
from gmm_core.engine.health import defect, held_up, least_variance
from gmm_core.engine.kmeans import run_kmeans
from gmm_core.engine.stack import Stack
from gmm_core.engine.starts import INITS
from gmm_core.judgement.selection import aic, bic, icl

few = settings(max_examples=20)
WIDE = [name for name in INITS if name not in ("k-means++", "random_from_data")]  # not on k rows alone
DRAWN_ALIKE = ("kmeans", "k-means++", "spread_rows", "interleaved")  # from rows and from their repetition


def counted(blobs, **how) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, how often they count (some of them never), and the rows so often."""
    X = blobs(**how)
    weights = np.random.default_rng(1).integers(0, 5, len(X)).astype(float)
    return X, weights, np.repeat(X, weights.astype(int), axis=0)


def assert_equal(one: Mixture, other: Mixture, rtol: float = 1e-12) -> None:
    """Equal but for rounding, in the largest numbers of each kind."""
    for name in ("weights", "means", "covariances"):
        expected = getattr(other, name)
        np.testing.assert_allclose(
            getattr(one, name), expected, rtol=0, atol=rtol * np.abs(expected).max(), err_msg=name
        )


def assert_same_run(one: Trace, other: Trace) -> None:
    assert (one.stop, one.n_iter, one.note) == (other.stop, other.n_iter, other.note)
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-12)
    for here, there in zip(one.steps, other.steps, strict=True):
        np.testing.assert_allclose(here.counts, there.counts, rtol=1e-11)
        if there.lower_bound is not None:
            assert here.lower_bound == pytest.approx(there.lower_bound, rel=1e-9)  # a small difference
    assert_equal(one.mixture, other.mixture)


# --- a row of weight 3 is three equal rows, one of weight 0 is absent


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("d", [1, 3])
def test_a_row_that_counts_three_times_is_three_rows(blobs, family, init, d):
    X, weights, repeated = counted(blobs, n=150, d=d)
    how = {"covariance_type": family, "init": init, "random_state": 0, "tol": 0}
    start = fit(repeated, 3, max_iter=0, **how).mixture
    same_start = {} if init in DRAWN_ALIKE else {"start": start}
    assert_same_run(
        fit(X, 3, sample_weight=weights, max_iter=20, **how, **same_start),
        fit(repeated, 3, max_iter=20, **how, **same_start),
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [2, 30])
def test_so_it_is_where_the_natural_form_would_lose_digits(blobs, family, d):
    # A far row makes components that are narrow and far from the centre; with 30 features no form is natural.
    X, weights, repeated = counted(blobs, n=300, d=d)
    far = np.full((1, d), 1e4)
    start = fit(repeated, 3, covariance_type=family, random_state=0, max_iter=0).mixture
    how = {"covariance_type": family, "start": start, "tol": 0, "max_iter": 5}
    one = fit(np.vstack([X, far]), 3, sample_weight=np.append(weights, 3), **how)
    other = fit(np.vstack([repeated, far, far, far]), 3, **how)
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-9)
    assert_equal(one.mixture, other.mixture, rtol=1e-9)


def test_rows_so_far_from_all_components_that_no_density_is_left_count_too():
    X = np.array([[0.0], [1.0], [1e6], [1e6 + 1]])
    start = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    one = e_step(X, start, sample_weight=[1, 2, 3, 0])
    other = e_step(np.repeat(X, [1, 2, 3, 0], axis=0), start)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(one.counts, other.counts)


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_of_weight_0_are_absent_and_those_of_weight_1_as_without(blobs, family):
    X = blobs(n=200)
    how = {"covariance_type": family, "random_state": 0}
    plain = fit(X, 3, **how)
    assert fit(X, 3, sample_weight=np.ones(200), **how) == plain
    with_strays = np.vstack([X[:90], [[1e3, -1e3]] * 10, X[90:]])
    weights = np.ones(210)
    weights[90:100] = 0
    for init in INITS:
        there = fit(X, 3, init=init, **how)
        assert fit(with_strays, 3, sample_weight=weights, init=init, **how) == there
    twice = fit(X, 3, sample_weight=np.full(200, 2), **how)
    assert fit(with_strays, 3, sample_weight=2 * weights, **how) == twice
    np.testing.assert_allclose(twice.log_likelihoods, plain.log_likelihoods, rtol=1e-12)


def test_shares_that_sum_to_1_leave_no_component_empty_at_the_start(blobs):
    X = blobs(n=60)
    for init in INITS:
        trace = fit(X, 3, init=init, sample_weight=np.full(60, 1 / 60), random_state=0)
        assert trace.steps[0].mixture.weights.min() > 0.01, init


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_a_cluster_that_k_means_leaves_empty_is_no_warning():
    X = np.random.default_rng(0).normal(size=(9, 2)) + 1e5
    X[0] *= 1e6  # so that k-means, in digits, knows two places
    trace = fit(X, 4, random_state=0, covariance_type="spherical")
    assert trace.steps[0].mixture.weights.min() == 0
    assert np.isfinite(trace.log_likelihoods).all()


def test_rows_are_drawn_as_often_as_they_count(blobs):
    X, weights = np.arange(10.0)[:, np.newaxis], np.array([91.0, *[1.0] * 9])
    for init in ("random_from_data", "k-means++", "round", "spread_rows"):
        drawn = [
            fit(X, 1, init=init, sample_weight=weights, max_iter=0, random_state=seed).mixture.means[0, 0]
            for seed in range(100)
        ]
        assert 80 <= drawn.count(0.0) <= 99, init
    with pytest.raises(ValueError, match="n_components = 3"):
        fit(X, 3, init="random_from_data", sample_weight=[1, 1, *[0] * 8])


# --- the other doors


@pytest.mark.parametrize("family", FAMILIES)
def test_every_door_knows_weights(blobs, family):
    X, weights, repeated = counted(blobs, n=150)
    means = repeated[[0, 100, 200]]
    here = start_at(X, means, covariance_type=family, sample_weight=weights)
    there = start_at(repeated, means, covariance_type=family)
    assert_equal(here, there)
    one, other = e_step(X, there, sample_weight=weights), e_step(repeated, there)
    assert one.n_samples == other.n_samples == weights.sum()
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    parts = e_step(X[:70], there, sample_weight=weights[:70]) + e_step(
        X[70:], there, sample_weight=weights[70:]
    )
    for name in ("counts", "means", "scatter"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-11)
        np.testing.assert_allclose(getattr(parts, name), getattr(other, name), rtol=1e-11)
    halves = [
        islice(iterate(x, there, **how), 12) for x, how in ((X, {"sample_weight": weights}), (repeated, {}))
    ]
    for half, expected in zip(*halves, strict=True):
        assert half.lower_bound == pytest.approx(expected.lower_bound, rel=1e-12)
        assert_equal(half.mixture, expected.mixture)
    for criterion in (aic, bic, icl):
        assert criterion(there, X, sample_weight=weights) == pytest.approx(
            criterion(there, repeated), rel=1e-12
        )


def test_kmeans_knows_weights(blobs):
    X, weights, repeated = counted(blobs, n=150)
    one, other = run_kmeans(X, X[:4], sample_weight=weights), run_kmeans(repeated, X[:4])
    assert one.n_iter == other.n_iter
    for here, there in zip(one.steps, other.steps, strict=True):
        np.testing.assert_allclose(here.centres, there.centres, rtol=1e-12)
        np.testing.assert_allclose(here.shares, there.shares, rtol=1e-12)
        assert here.inertia == pytest.approx(there.inertia, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_runs_side_by_side_know_weights(blobs, family):
    X, weights, _ = counted(blobs, n=150)
    weights += 0.5
    starts = [fit(X, 3, covariance_type=family, random_state=s, max_iter=0).mixture for s in range(3)]
    how = {"reg_covar": 1e-6, "tol": 1e-5, "max_iter": 50}
    stack = Stack([X, X], starts, [0, 0, 1], sample_weights=[weights, None], **how)
    stack.run()
    for run, start in enumerate(starts):
        own = {"sample_weight": weights} if run < 2 else {}
        alone = fit(X, 3, covariance_type=family, start=start, **how, **own)
        assert stack.n_iter[run] == alone.n_iter
        assert_equal(stack.mixture(run), alone.mixture, rtol=1e-9)
        total = alone.log_likelihood * (weights.sum() if run < 2 else len(X))
        assert stack.log_likelihoods[run] == pytest.approx(total, rel=1e-10)
        spread = {"reg_covar": 1e-6, "spread": least_variance(X, weights if run < 2 else None)}
        assert stack.defect(run) == defect(alone.mixture, alone.steps[-1].counts, X, **spread, **own)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random_from_data"])
def test_the_estimator_knows_weights(blobs, family, init):
    X, weights, repeated = counted(blobs, n=150)
    start = {}
    if init == "random_from_data":
        start = {"means_init": X[:3], "weights_init": np.full(3, 1 / 3)}
    how = {"covariance_type": family, "init_params": init, "random_state": 0, "reg_covar": 1e-3, **start}
    if init == "random_from_data":
        how["init_params"] = "kmeans"
    here = GaussianMixture(3, **how).fit(X, sample_weight=weights)
    there = GaussianMixture(3, **how).fit(repeated)
    assert (here.n_iter_, here.converged_) == (there.n_iter_, there.converged_)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "lower_bound_"):
        np.testing.assert_allclose(getattr(here, name), getattr(there, name), rtol=1e-9, atol=1e-12)
    assert here.score(X, sample_weight=weights) == pytest.approx(there.score(repeated), rel=1e-12)
    assert here.bic(X, weights) == pytest.approx(there.bic(repeated), rel=1e-12)
    assert here.aic(X, weights) == pytest.approx(there.aic(repeated), rel=1e-12)
    labels = GaussianMixture(3, **how).fit_predict(X, sample_weight=weights)
    np.testing.assert_array_equal(labels, here.predict(X))


def test_the_estimator_without_weights_is_as_ever_and_with_ones_too(blobs):
    X = blobs(n=150)
    plain = GaussianMixture(3, random_state=0).fit(X)
    ones = GaussianMixture(3, random_state=0).fit(X, sample_weight=np.ones(150))
    assert plain.history_ == ones.history_
    assert plain.score(X) == ones.score(X, sample_weight=np.ones(150)) == plain.score_samples(X).mean()


def test_where_a_component_collapses_sklearn_cannot_go_on_with_weights():
    X = np.array([[0.0], [0.0], [5.0], [6.0], [7.0]])
    model = GaussianMixture(2, means_init=[[0.0], [6.0]], reg_covar=0)
    with pytest.raises(ValueError, match="scikit-learn, which could go on, has no sample_weight"):
        model.fit(X, sample_weight=[2, 2, 1, 1, 1])


# --- what is said of a fit


def test_health_and_floor_know_weights():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2)), [[8.0, 8.0]], rng.normal(5, 1, size=(4, 2))])
    weights = np.array([*rng.integers(1, 4, 60), 9, 0, 0, 0, 0]).astype(float)
    repeated = np.repeat(X, weights.astype(int), axis=0)
    assert least_variance(X, weights) == pytest.approx(least_variance(repeated), rel=1e-12)
    start = Mixture([0.5, 0.5], [[0.0, 0.0], [8.0, 8.0]], [np.eye(2)] * 2)
    trace = fit(X, 2, start=start, sample_weight=weights)
    assert points_fallen_on(trace.mixture, X, 1, sample_weight=weights).tolist() == [60]
    assert [one.component for one in held_up(trace.mixture, X, 1e-6, sample_weight=weights)] == [1]
    counts, how = trace.steps[-1].counts, {"reg_covar": 1e-6, "spread": least_variance(repeated)}
    said = defect(trace.mixture, counts, X, sample_weight=weights, **how)
    assert said == defect(trace.mixture, counts, repeated, **how)
    assert said == "component 2 sits on 9 equal rows"

    for reg_covar in (1e-6, 0.5, 50.0):
        one, other = floor_of(X, reg_covar, sample_weight=weights), floor_of(repeated, reg_covar)
        assert (one and one.sentence()) == (other and other.sentence())
    labels = (X[:, 0] > 0).astype(int)
    one = floor_within(X, labels, 0.2, weights)
    other = floor_within(repeated, np.repeat(labels, weights.astype(int)), 0.2)
    assert one is not None
    assert one.sentence() == other.sentence()
    # A value that stands in half of the rows as they count needs a floor, and is not reproached with one.
    column = np.array([[0.0], [1.0], [2.0]])
    assert floor_of(column, 10.0, sample_weight=np.array([3.0, 1.0, 1.0])) is None
    assert floor_of(column, 10.0) is not None


# --- laws


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([*FAMILIES]), st.integers(1, 4))
def test_with_any_weights_the_likelihood_never_falls(seed, family, d):
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(60, d)) + 4 * rng.integers(0, 3, (60, 1)), rng.exponential(size=60) ** 3
    trace = fit(X, 3, covariance_type=family, sample_weight=weights, reg_covar=0, tol=0, random_state=0)
    assert np.all(np.diff(trace.log_likelihoods) >= -1e-10 * np.abs(trace.log_likelihoods[1:]))
    for step in trace.steps[::10]:
        density = np.average(step.mixture.log_density(X), weights=weights)
        assert step.log_likelihood == pytest.approx(density, rel=1e-10)
        assert sum(step.counts) == pytest.approx(weights.sum())


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([*FAMILIES]), st.sampled_from(WIDE), st.integers(-12, 40))
def test_weights_in_another_unit_give_the_same_mixture(seed, family, init, exponent):
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(60, 2)) + 4 * rng.integers(0, 3, (60, 1)), rng.uniform(0.1, 2, 60)
    how = {
        "covariance_type": family,
        "init": init,
        "random_state": 0,
        "max_iter": 10,
        "tol": 0,
        "reg_covar": 0.1,
    }
    one, other = (fit(X, 3, sample_weight=c * weights, **how) for c in (1.0, 2.0**exponent))
    assert_equal(one.mixture, other.mixture, rtol=1e-9)
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-10)


# --- weights that are none

OUT_OF_RANGE = (
    "sample_weight adds up to {}; from 1e-06 to 1e+15 can be used, as a weight says how often a row counts. "
    "Divide all by the largest: the mixture stays the same."
)
TOO_FEW = "Only 1 row of X has a sample_weight above 0; at least 2 are needed for n_components = 2."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            [1, -2, 1, 1],
            "sample_weight must not be negative; it is -2 for row 1. A weight says how often a row counts: "
            "give 0 to leave it out.",
        ),
        ([0] * 4, "sample_weight is zero for every row, so that none is left. Give some a weight above 0."),
        (
            [1, np.nan, 1, np.inf],
            "sample_weight must be finite; found nan at [1] and 1 more. Drop those rows or fill them in.",
        ),
        ([1] * 3, "sample_weight must have the shape (4,), one number for each row of X; got (3,)."),
        ([[1]] * 4, "sample_weight must have the shape (4,), one number for each row of X; got (4, 1)."),
        (2, "sample_weight must have the shape (4,), one number for each row of X; got ()."),
        ([1e300] * 4, OUT_OF_RANGE.format("4e+300")),
        ([1e308] * 4, OUT_OF_RANGE.format("inf")),
        ([1e-300] * 4, OUT_OF_RANGE.format("4e-300")),
        ([1, 0, 0, 0], TOO_FEW),
        ([1, 1e-300, 0, 0], TOO_FEW),
    ],
)
def test_what_is_wrong_with_weights_is_said(wrong, said):
    X = np.array([[0.0], [1.0], [5.0], [6.0]])
    with pytest.raises(ValueError) as error:
        fit(X, 2, sample_weight=wrong)
    assert str(error.value) == said
    model, kept = GaussianMixture(2), "Only" not in said
    with pytest.raises(ValueError, match="sample_weight"):
        model.fit(X, sample_weight=wrong)
    if kept:
        fitted = GaussianMixture(1).fit(X)
        for ask in (fitted.score, fitted.bic, fitted.aic):
            with pytest.raises(ValueError, match="sample_weight"):
                ask(X, sample_weight=wrong)


def test_weights_are_no_text_and_squares_of_many_rows_stay_in_range():
    X = np.array([[0.0], [1.0], [5.0], [6.0]])
    with pytest.raises(ValueError, match="sample_weight must hold numbers only"):
        fit(X, 2, sample_weight=["a", "b", "c", "d"])
    with pytest.raises(ValueError, match="too large for a float"):
        fit(1e148 * X, 2, sample_weight=[1e14] * 4)
    assert as_weights([True, True], 2) is None

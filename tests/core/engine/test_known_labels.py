"""Known labels: such rows are their component's alone, in steps, log-likelihood and start."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gmm_core import GaussianMixture, Held, Mixture, e_step, fit, iterate, rows_of
from gmm_core.engine.covariance import FAMILIES, MODELS
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.known import with_known
from gmm_core.engine.missing import log_joint
from gmm_core.engine.starts import INITS
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import WAYS
from gmm_core.engine.ways.way import CannotBeginError

few = settings(max_examples=40)
K = 3
RNG = np.random.default_rng(1)
TRUTH = np.repeat(np.arange(K), 40)
X = RNG.normal(size=(120, 2)) * [1.5, 1] + np.array([[0, 0], [4, 1], [1, 5]])[TRUTH]
KNOWN = np.where(np.arange(120) % 5 == 0, TRUTH, -1)


def observed(mixture: Mixture, labels: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> float:
    """The log-likelihood of rows and labels, written out: mean per row."""
    joint = log_joint(mixture, rows)
    everything = np.logaddexp.reduce(joint, axis=1)
    if mixture.noise_box is not None:
        sides = np.where(np.isnan(rows), 1.0, mixture.noise_box[1] - mixture.noise_box[0])
        noise = np.log(mixture.noise_weight) - np.log(sides).sum(axis=1)
        everything = np.logaddexp(everything, noise)
    own = np.take_along_axis(joint, np.maximum(labels, 0)[:, np.newaxis], axis=1)[:, 0]
    return float(np.average(np.where(labels >= 0, own, everything), weights=weights))


@pytest.mark.slow
@few
@given(
    st.sampled_from([*FAMILIES, *MODELS]),
    st.sampled_from(sorted(INITS)),
    st.sampled_from([{}, {"noise": True}, {"dof": "each"}, {"prior": True}, {"held": Held(means=(1,))}]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_the_log_likelihood_is_that_of_rows_and_labels_and_never_falls(
    family, init, options, gaps, weighted, seed
):
    rng = np.random.default_rng(seed)
    rows, labels = X.copy(), np.where(rng.random(len(X)) < rng.random(), TRUTH, -1)
    weights = rng.integers(1, 4, len(X)) if weighted else np.ones(len(X))
    if gaps:
        rows[::7, 0] = np.nan
    trace = fit(
        rows,
        K,
        covariance_type=family,
        init=init,
        known_labels=labels,
        sample_weight=weights,
        missing="observed" if gaps else "raise",
        reg_covar=0,
        tol=0,
        max_iter=15,
        random_state=seed,
        **options,
    )
    assert (np.diff(trace.objectives) > -1e-9).all()
    for before, after in pairwise(trace.steps):
        assert before.log_posterior - 1e-9 <= after.lower_bound <= after.log_posterior + 1e-9
    for step in (trace.steps[0], trace.steps[-1]):
        if step.mixture.dof is None:
            assert step.log_likelihood == pytest.approx(
                observed(step.mixture, labels, rows, weights), rel=1e-9
            )


@pytest.mark.parametrize("family", FAMILIES)
def test_the_sums_are_those_of_responsibilities_that_are_certain_for_known_rows(family):
    mixture = fit(X, K, covariance_type=family, random_state=0, max_iter=1).mixture
    weights = RNG.integers(1, 4, len(X)).astype(float)
    found = e_step(X, mixture, known_labels=KNOWN, sample_weight=weights)
    shares = with_known(mixture.responsibilities(X), KNOWN)
    assert (shares[KNOWN >= 0].max(axis=1) == 1).all()
    plain = Expectation.of(X, shares, mixture.family, weights)
    for name in ("counts", "means", "scatter"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-9)


def test_with_all_known_the_end_is_the_supervised_fit_after_one_step():
    start = fit(X, K, random_state=0, max_iter=0).mixture
    steps = iterate(X, start, known_labels=TRUTH, reg_covar=0)
    once = [half.mixture for half, _ in zip(steps, range(4), strict=False)][1]
    for j in range(K):
        own = X[j == TRUTH]
        np.testing.assert_allclose(once.means[j], own.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(once.covariances[j], np.cov(own.T, bias=True), rtol=1e-10)
    np.testing.assert_allclose(once.weights, 1 / 3)
    ended = fit(X, K, known_labels=TRUTH, reg_covar=0, tol=0, max_iter=4, random_state=0)
    for step in ended.steps[1:]:
        np.testing.assert_allclose(step.mixture.means, once.means, rtol=1e-12)


def test_with_none_known_the_run_is_the_same_bit_for_bit():
    plain, none = (fit(X, K, random_state=0, known_labels=known) for known in (None, np.full(len(X), -1)))
    assert plain.mixture == none.mixture
    np.testing.assert_array_equal(plain.log_likelihoods, none.log_likelihoods)
    assert plain.note == none.note


def test_the_end_is_where_a_general_search_ends():
    x, labels = X[:, 0], np.where(KNOWN == 2, -1, KNOWN)
    start = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
    trace = fit(x, 2, start=start, known_labels=labels, reg_covar=0, tol=1e-14, max_iter=9000)
    m = trace.mixture

    def worth(v: np.ndarray) -> float:
        share = 1 / (1 + np.exp(-v[0]))
        mixture = Mixture([share, 1 - share], v[1:3, np.newaxis], np.exp(v[3:])[:, np.newaxis, np.newaxis])
        return -observed(mixture, labels, x[:, np.newaxis], np.ones(len(x)))

    found = [np.log(m.weights[0] / m.weights[1]), *m.means[:, 0], *np.log(m.covariances.ravel())]
    best = minimize(worth, found, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-13})
    assert -best.fun - trace.log_likelihood < 1e-9


def test_a_start_has_the_means_of_known_rows_and_its_own_elsewhere():
    """Groups 2 and 1 are known, under these numbers; what k-means found of the rest takes number 0."""
    labels = np.where(TRUTH == 0, -1, KNOWN)
    for seed in range(5):
        start = fit(X, K, known_labels=labels, max_iter=0, random_state=seed).mixture
        for j in (1, 2):
            np.testing.assert_allclose(start.means[j], X[labels == j].mean(axis=0), rtol=1e-12)
        assert np.linalg.norm(start.means[0] - X[TRUTH == 0].mean(axis=0)) < 1
    given = fit(X, K, random_state=3, max_iter=0).mixture
    assert fit(X, K, start=given, known_labels=labels, max_iter=0).mixture == given


def test_a_known_row_is_never_noise_and_a_far_one_pulls():
    far = np.vstack([X, [[40.0, 40.0]]])
    free, known = (
        fit(far, K, noise=True, random_state=0, known_labels=np.append(np.full(120, -1), label))
        for label in (-1, 1)
    )
    assert free.mixture.noise_share([[40, 40]])[0] > 0.9
    share = e_step(far[-1:], known.mixture, known_labels=[1]).counts
    np.testing.assert_allclose(share, [0, 1, 0])


def test_known_rows_of_one_component_alone_keep_every_digit():
    """All rows of a narrow, far group are known, so no free row is its: its sums must not lose digits."""
    narrow = 1e6 + 1e-3 * RNG.normal(size=(30, 1))
    rows, labels = np.vstack([RNG.normal(size=(60, 1)), narrow]), np.repeat([-1, 1], [60, 30])
    trace = fit(rows, 2, known_labels=labels, reg_covar=0, tol=1e-12, random_state=0)
    assert trace.mixture.covariances[1, 0, 0] == pytest.approx(narrow.var(), rel=1e-6)
    assert (np.diff(trace.log_likelihoods) > -1e-9).all()


def test_accelerated_runs_end_alike_and_other_ways_say_that_they_cannot():
    start = fit(X, K, random_state=0, max_iter=0).mixture
    how = {"start": start, "known_labels": KNOWN, "reg_covar": 0, "tol": 1e-11, "max_iter": 5000}
    plain, fast = (fit(X, K, accelerate=accelerate, **how) for accelerate in (False, True))
    assert fast.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    for way in WAYS.values():
        if way.needs_rows:
            with pytest.raises(CannotBeginError, match="cannot be told of which component it is"):
                climb(X, way(), start, known_labels=KNOWN, max_iter=3)
        else:
            assert not climb(X, way(), start, known_labels=KNOWN, max_iter=9).broken


def test_the_estimator_takes_them_and_gives_them_back():
    model = GaussianMixture(K, random_state=0)
    labels = model.fit_predict(X, known_labels=KNOWN)
    np.testing.assert_array_equal(labels[KNOWN >= 0], KNOWN[KNOWN >= 0])
    assert np.mean(labels == TRUTH) > 0.94
    same = fit(X, K, known_labels=KNOWN, random_state=0)
    np.testing.assert_allclose(model.means_, same.mixture.means, rtol=1e-10)
    weights = np.append(np.ones(119), 0)
    assert GaussianMixture(K, random_state=0).fit(X, sample_weight=weights, known_labels=KNOWN).converged_


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (
            np.where(KNOWN == 2, 3, KNOWN),
            "known_labels name component 3 (3 groups in all), but there are only 3",
        ),
        (KNOWN[:-1], "known_labels must have the shape (120,)"),
        (KNOWN - 1, "numbers of components, from 0, or -1 where it is not known; got -2 for row 1."),
        (KNOWN + 0.5, "numbers of components, from 0, or -1"),
        (np.where(KNOWN < 0, np.nan, KNOWN), "known_labels must be finite"),
    ],
    ids=["too many", "short", "negative", "fractions", "NaN"],
)
def test_labels_that_are_none_are_named(labels, said):
    for run in (
        lambda: fit(X, K, known_labels=labels),
        lambda: GaussianMixture(K).fit(X, known_labels=labels),
    ):
        with pytest.raises(ValueError, match="known_labels") as error:
            run()
        assert said in str(error.value)


def test_rows_that_are_streamed_take_none(tmp_path):
    np.save(tmp_path / "rows.npy", X)
    with pytest.raises(ValueError, match="known_labels cannot be used with rows that are read block by"):
        fit(rows_of(tmp_path / "rows.npy"), K, known_labels=KNOWN)


def test_labels_that_contradict_a_held_mean_are_named():
    means = np.stack([X[j == TRUTH].mean(axis=0) for j in range(K)])
    start = Mixture(np.full(K, 1 / K), means, [np.eye(2)] * K)
    agreeing = fit(X, K, start=start, known_labels=KNOWN, held=Held(means=(0, 1)))
    assert "contradict" not in agreeing.note
    assert "8 of component 1, 8 of component 2 and 8 of component 3; 96 rows are free." in agreeing.note
    swapped = np.select([KNOWN == 0, KNOWN == 1], [1, 0], KNOWN)
    note = fit(X, K, start=start, known_labels=swapped, held=Held(means=(0, 1))).note
    assert "nearer to that of component 2, which is held too" in note
    moved = Mixture(start.weights, np.add(means, [[9, 9], [0, 0], [0, 0]]), start.covariances)
    note = fit(X, K, start=moved, known_labels=KNOWN, held=Held(means=(0,))).note
    assert "The 8 rows known to be of component 1 contradict its held mean" in note


def test_components_that_start_equal_part_where_rows_are_known():
    equal = Mixture([0.5, 0.5], [[1.0, 1.0]] * 2, [4 * np.eye(2)] * 2)
    labels = np.where(KNOWN == 2, -1, KNOWN)
    assert "start equal" not in fit(X, 2, start=equal, known_labels=labels).note

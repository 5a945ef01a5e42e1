"""Missing values: EM on what is observed, beside a slow and explicit one, and filling in."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, e_step, fit, impute, iterate, start_at
from gmm_core.engine import missing
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.masked import MaskedSweep
from gmm_core.engine.observed import ObservedSweep, patterns
from gmm_core.engine.starts import INITS

few = settings(max_examples=15)


def with_gaps(X: np.ndarray, share: float = 0.2, seed: int = 0) -> np.ndarray:
    """X with missing values, at random; every row keeps one."""
    rng = np.random.default_rng(seed)
    gaps = rng.uniform(size=X.shape) < share
    gaps[np.arange(len(X)), rng.integers(X.shape[1], size=len(X))] = False
    return np.where(gaps, np.nan, X)


def explicit_step(X: np.ndarray, mixture: Mixture, weights: np.ndarray) -> tuple[float, Mixture]:
    """An iteration row by row, as Ghahramani & Jordan write it -> mean log-likelihood, next mixture."""
    (k, d), S = mixture.means.shape, mixture.full_covariances
    log_joint = np.zeros((len(X), k))
    filled, within = np.zeros((len(X), k, d)), np.zeros((len(X), k, d, d))
    for i, row in enumerate(X):
        o, u = ~np.isnan(row), np.isnan(row)
        for j, mean in enumerate(mixture.means):
            of_seen, residual = S[j][np.ix_(o, o)], row[o] - mean[o]
            distance = residual @ np.linalg.solve(of_seen, residual)
            log_det = np.linalg.slogdet(2 * np.pi * of_seen)[1]
            log_joint[i, j] = np.log(mixture.weights[j]) - 0.5 * (log_det + distance)
            slopes = S[j][np.ix_(u, o)] @ np.linalg.inv(of_seen)
            filled[i, j, o], filled[i, j, u] = row[o], mean[u] + slopes @ residual
            within[i, j][np.ix_(u, u)] = S[j][np.ix_(u, u)] - slopes @ S[j][np.ix_(o, u)]
    log_density = np.logaddexp.reduce(log_joint, axis=1)
    R = np.exp(log_joint - log_density[:, np.newaxis]) * weights[:, np.newaxis]
    N = R.sum(axis=0)
    means = np.einsum("nk,nkd->kd", R, filled) / N[:, np.newaxis]
    residuals = filled - means
    each = np.einsum("nk,nki,nkj->kij", R, residuals, residuals) + np.einsum("nk,nkij->kij", R, within)
    each /= N[:, np.newaxis, np.newaxis]
    covariances = {
        "full": each,
        "tied": np.average(each, axis=0, weights=N),
        "diag": np.einsum("kii->ki", each),
        "spherical": np.einsum("kii->k", each) / d,
    }[mixture.covariance_type]
    return np.average(log_density, weights=weights), Mixture(
        N / N.sum(), means, covariances, mixture.covariance_type
    )


def assert_equal(one: Mixture, other: Mixture, rtol: float) -> None:
    for name in ("weights", "means", "covariances"):
        expected = getattr(other, name)
        np.testing.assert_allclose(getattr(one, name), expected, rtol=0, atol=rtol * np.abs(expected).max())


# --- as by hand


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("d", [2, 4])
def test_every_step_is_that_of_a_slow_explicit_em(blobs, family, weighted, d):
    X = with_gaps(blobs(n=120, d=d))
    weights = np.random.default_rng(1).uniform(0.1, 3, 120) if weighted else np.ones(120)
    how = {"covariance_type": family, "missing": "observed", "sample_weight": weights, "reg_covar": 0}
    trace = fit(X, 3, random_state=0, tol=0, max_iter=4, **how)
    for now, after in pairwise(trace.steps):
        log_likelihood, expected = explicit_step(X, now.mixture, weights)
        assert now.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)
        assert_equal(after.mixture, expected, 1e-11)
        assert sum(now.counts) == pytest.approx(weights.sum())


@pytest.mark.parametrize("family", FAMILIES)
def test_with_one_feature_missing_rows_are_left_out_and_without_gaps_it_is_the_same_run(blobs, family):
    X = blobs(n=150, d=3)
    for init in INITS:
        how = {"covariance_type": family, "init": init, "random_state": 0}
        assert fit(X, 3, missing="observed", **how) == fit(X, 3, **how)
    one = np.append(X[:, 0], [np.nan] * 3)
    here = fit(one, 2, covariance_type=family, random_state=0, missing="observed")
    there = fit(X[:, 0], 2, covariance_type=family, random_state=0)
    assert here.note == "Left out: 3 rows without any value."
    np.testing.assert_allclose(here.log_likelihoods, there.log_likelihoods, rtol=1e-12)


def test_means_placed_by_hand_are_a_start_for_rows_with_gaps(blobs):
    X = with_gaps(blobs(n=100))
    start = start_at(X, [[0, 0], [3, 3]], missing="observed")
    filled = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    assert_equal(start, start_at(filled, [[0, 0], [3, 3]]), 1e-12)
    trace = fit(X, 2, start=start, missing="observed", reg_covar=0)
    assert trace.steps[0].mixture is start
    assert np.all(np.diff(trace.log_likelihoods) > -1e-12)


def test_rows_of_weight_0_may_miss_anything(blobs):
    X = blobs(n=100)
    weights = np.array([0.0] * 3 + [1.0] * 100)
    with_strays = np.vstack([[[np.nan, 1e9], [np.nan, np.nan], [0, 0]], X])
    here = fit(with_strays, 3, missing="observed", sample_weight=weights, random_state=0)
    assert here == fit(X, 3, random_state=0)
    assert e_step(with_strays, here.mixture, missing="observed", sample_weight=weights).n_samples == 100


def everything(mixture):
    """All components, or features of them, as what natural parameters are not enough for."""
    return np.ones(mixture.means.shape if mixture.covariance_type == "diag" else mixture.n_components, bool)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fast_and_the_careful_way_over_patterns_give_the_same(blobs, family, monkeypatch):
    X = with_gaps(blobs(n=200, d=4))
    weights = np.random.default_rng(1).uniform(0.1, 3, 200)
    mixture = fit(blobs(n=200, d=4), 3, covariance_type=family, random_state=0, max_iter=2).mixture
    if mixture.family.matrices:
        sweep = ObservedSweep(X, mixture.family, 1e-6, weights)
        fast, others = sweep(mixture), [sweep._one_by_one(mixture, everything(mixture))]
        monkeypatch.setattr("gmm_core.engine.observed.TOGETHER", 1)
        others.append(sweep(mixture))
    else:
        masked = MaskedSweep(X, mixture.family, 1e-6, weights)
        now, some = masked.standardised(mixture), everything(mixture)
        some[0] = False
        fast, elsewhere = masked(mixture), replace(now, means=now.means + 0.1)
        others = [masked.whitened(now, own, elsewhere) for own in (everything(mixture), some)]
    for other in others:
        assert fast.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
        for name in ("counts", "means", "scatter"):
            np.testing.assert_allclose(getattr(fast, name), getattr(other, name), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("narrow", [False, True])
def test_of_many_features_that_share_a_covariance_digits_are_looked_after_once(narrow):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 30)) * (1e-4 if narrow else 1)
    X[150:] += 1e4 if narrow else 3
    start = fit(X, 2, covariance_type="tied", reg_covar=0, random_state=0, max_iter=1).mixture
    X[::3, :7], X[1::3, 20:] = np.nan, np.nan
    sweep = ObservedSweep(X, start.family)
    assert sweep._whole.own(sweep._whole.standardised(start)).any() == narrow
    found, after = sweep.step(start)
    careful = sweep._one_by_one(start, everything(start), after.means)
    for name in ("counts", "means", "scatter", "log_likelihood"):
        np.testing.assert_allclose(getattr(found, name), getattr(careful, name), rtol=1e-9)
    log_likelihood, expected = explicit_step(X, start, np.ones(300))
    assert found.log_likelihood == pytest.approx(log_likelihood, rel=1e-6)
    assert_equal(after, expected, 1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_components_narrow_and_far_from_the_centre_lose_no_digits(family):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2)) * 1e-4 + c for c in (0.0, 1e4)])
    X[::5, 0] = np.nan
    covariances = {"full": [np.eye(2) * 1e-8] * 2, "tied": np.eye(2) * 1e-8}
    other = {"diag": np.full((2, 2), 1e-8), "spherical": np.full(2, 1e-8)}
    start = Mixture([0.5, 0.5], [[0, 0], [1e4, 1e4]], (covariances | other)[family], family)
    trace = fit(X, 2, covariance_type=family, start=start, reg_covar=0, missing="observed", max_iter=3, tol=0)
    log_likelihood, after = explicit_step(X, start, np.ones(120))
    assert trace.log_likelihoods[0] == pytest.approx(log_likelihood, rel=1e-6)
    assert_equal(trace.steps[1].mixture, after, 1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_e_step_and_iterate_know_gaps_and_rows_that_count_three_times_are_three(blobs, family):
    X = with_gaps(blobs(n=100, d=3))
    weights = np.random.default_rng(1).integers(0, 4, 100)
    start = fit(X, 2, covariance_type=family, missing="observed", max_iter=0, random_state=0).mixture
    gaps, counted = {"missing": "observed"}, {"missing": "observed", "sample_weight": weights}
    repeated = np.repeat(X, weights, axis=0)
    one, other = e_step(X, start, **counted), e_step(repeated, start, **gaps)
    blocks = (X[:50, :], np.where([False, True, False], np.nan, X[50:]))  # of one nobody knows a column
    together = e_step(np.vstack(blocks), start, **gaps)
    added = e_step(blocks[0], start, **gaps) + e_step(blocks[1], start, **gaps)
    np.testing.assert_allclose(added.scatter, together.scatter, rtol=1e-10, atol=1e-10)
    assert (one.n_samples, one.log_likelihood) == (
        other.n_samples,
        pytest.approx(other.log_likelihood, rel=1e-12),
    )
    halves = [islice(iterate(rows, start, **how), 8) for rows, how in ((X, counted), (repeated, gaps))]
    for here, there in zip(*halves, strict=True):
        assert here.lower_bound == pytest.approx(there.lower_bound, rel=1e-12)
        assert_equal(here.mixture, there.mixture, 1e-12)


# --- laws


@few
@given(
    st.integers(0, 2**32 - 1), st.sampled_from([*FAMILIES]), st.integers(2, 4), st.sampled_from([0.1, 0.4])
)
def test_the_observed_likelihood_never_falls_and_the_bound_lies_below(seed, family, d, share):
    rng = np.random.default_rng(seed)
    X = with_gaps(rng.normal(size=(60, d)) + 4 * rng.integers(0, 3, (60, 1)), share, seed)
    how = {"covariance_type": family, "missing": "observed", "random_state": 0}
    trace = fit(X, 2, reg_covar=0, tol=0, max_iter=30, **how)
    rounding = 1e-10 * np.abs(trace.log_likelihoods[1:])
    assert np.all(np.diff(trace.log_likelihoods) >= -rounding)
    for before, step in pairwise(trace.steps):
        assert before.log_likelihood - 1e-9 <= step.lower_bound <= step.log_likelihood + 1e-9


@few
@given(st.integers(0, 2**32 - 1), st.sampled_from([*FAMILIES]))
def test_order_of_rows_and_columns_changes_nothing(seed, family):
    rng = np.random.default_rng(seed)
    X = with_gaps(rng.normal(size=(60, 3)) + 4 * rng.integers(0, 3, (60, 1)), seed=seed)
    rows, columns = rng.permutation(60), rng.permutation(3)
    start = Mixture([0.5, 0.5], [[0, 0, 0], [8, 8, 8]], [np.eye(3)] * 2)
    start = Mixture([0.5, 0.5], start.means, start.family.of_dense(start.covariances, start.weights))
    how = {"missing": "observed", "start": start, "tol": 0, "max_iter": 5, "reg_covar": 1e-3}
    one, other = fit(X, 2, **how), fit(X[rows][:, columns], 2, **how)
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-10)
    np.testing.assert_allclose(one.mixture.means[:, columns], other.mixture.means, rtol=1e-8, atol=1e-8)


# --- filling in


def test_what_is_missing_is_filled_in_with_what_is_expected_or_drawn():
    rng = np.random.default_rng(0)
    mixture = Mixture([0.7, 0.3], [[0, 0], [10, -10]], [[[1, 0.9], [0.9, 1]], [[1, 0], [0, 1]]])
    X, components = mixture.sample(4000, rng)
    gaps = X.copy()
    gaps[::2, 1] = np.nan
    best = impute(gaps, mixture)
    np.testing.assert_array_equal(best[~np.isnan(gaps)], gaps[~np.isnan(gaps)])
    own = components[::2] == 0
    np.testing.assert_allclose(best[::2][own, 1], 0.9 * X[::2][own, 0], atol=1e-6)
    np.testing.assert_allclose(best[::2][~own, 1], -10, atol=1e-6)
    drawn = impute(gaps, mixture, draw=True, random_state=1)
    np.testing.assert_array_equal(drawn, impute(gaps, mixture, draw=True, random_state=1))
    residuals = drawn[::2][own, 1] - best[::2][own, 1]
    assert residuals.std() == pytest.approx(np.sqrt(1 - 0.81), rel=0.05)
    assert np.isnan(gaps[0, 1]), "the rows given stay as they are"
    nothing = np.full((3000, 2), np.nan)
    np.testing.assert_allclose(impute(nothing, mixture), [[3.0, -3.0]] * 3000)
    scattered = impute(nothing, mixture, draw=True, random_state=0)
    assert (scattered[:, 0] > 5).mean() == pytest.approx(0.3, abs=0.03)
    with pytest.raises(ValueError, match="X has 3 features, but the mixture has 2"):
        impute(np.ones((2, 3)), mixture)
    assert len(list(patterns(gaps))) == 2


# --- what is wrong, and what is said


def test_what_cannot_be_used_is_said(blobs):
    X = blobs(n=60, d=3)
    X[5, 1] = np.nan
    with pytest.raises(ValueError, match=r"X must be finite; found nan at \[5, 1\]"):
        fit(X, 2)
    with pytest.raises(ValueError, match="missing must be one of raise, observed; got 'ignore'"):
        fit(X, 2, missing="ignore")
    with pytest.raises(ValueError, match=r"X must be finite; found inf at \[6, 0\]"):
        fit(np.where(np.arange(180).reshape(60, 3) == 18, np.inf, X), 2, missing="observed")
    empty = np.column_stack([X, [np.nan] * 60])
    said = "X has no value at all in column 3, so nothing can be said of it. Leave it out."
    with pytest.raises(ValueError, match=said):
        fit(empty, 2, missing="observed")
    said = "X has no value at all in columns 3 and 4, so nothing can be said of them. Leave them out."
    with pytest.raises(ValueError, match=said):
        fit(np.column_stack([empty, [np.nan] * 60]), 2, missing="observed")
    with pytest.raises(ValueError, match="X has no value at all: every row that counts is empty."):
        fit(np.full((5, 2), np.nan), 2, missing="observed")
    masked = np.ma.masked_invalid(X)
    assert fit(masked, 2, missing="observed", random_state=0) == fit(X, 2, missing="observed", random_state=0)


def test_what_is_from_no_data_is_said():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 20])
    X[50:, 1] = np.nan  # the second group has no value there
    start = Mixture([0.5, 0.5], [[0, 0], [20, 20]], [np.eye(2)] * 2)
    trace = fit(X, 2, start=start, missing="observed", max_iter=20)
    assert trace.note == (
        "Component 2 has hardly a value in column 1: where it lies there, and how wide it is, comes from the "
        "start and not from data."
    )
    apart = rng.normal(size=(80, 2))
    apart[:40, 0] = apart[40:, 1] = np.nan
    assert fit(apart, 1, missing="observed").note == (
        "No row has values in both columns 0 and 1, so how they go together is not from data: another start "
        "may end elsewhere there."
    )
    assert fit(apart, 1, missing="observed", covariance_type="diag").note == ""


def test_what_a_mixture_says_of_rows_with_gaps_is_what_its_marginals_say():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 3))
    mixture = fit(X, 2, random_state=0).mixture
    whole = X.copy()
    X[::3, 0], X[1::4, 1:], X[5] = np.nan, np.nan, np.nan
    for i, row in enumerate(X):
        known = ~np.isnan(row)
        if not known.any():
            joint = np.log(mixture.weights)
        else:
            joint = mixture.project(np.eye(3)[known]).log_joint(row[known][np.newaxis])[0]
        np.testing.assert_allclose(missing.log_joint(mixture, X)[i], joint, rtol=1e-9, atol=1e-9)
        assert missing.log_density(mixture, X)[i] == pytest.approx(np.logaddexp.reduce(joint))
    np.testing.assert_allclose(missing.responsibilities(mixture, X).sum(axis=1), 1)
    for ours, theirs in (
        (missing.log_joint(mixture, whole), mixture.log_joint(whole)),
        (missing.log_density(mixture, whole), mixture.log_density(whole)),
        (missing.responsibilities(mixture, whole), mixture.responsibilities(whole)),
        (missing.expected(mixture, whole)[0], whole),
    ):
        assert np.array_equal(ours, theirs), "with nothing missing, to the last bit"
    # Draws scatter about what is expected by the deviation that is told.
    filled, deviations = missing.expected(mixture, X)
    drawn = np.array([impute(X, mixture, draw=True, random_state=seed) for seed in range(400)])
    gaps = np.isnan(X)
    assert (deviations > 0).tolist() == gaps.tolist()
    np.testing.assert_allclose(drawn.mean(axis=0)[gaps], filled[gaps], atol=5 * deviations.max() / 20)
    np.testing.assert_allclose(drawn.std(axis=0)[gaps], deviations[gaps], rtol=0.35)
    assert np.array_equal(filled[~gaps], whole[~gaps])
    with pytest.raises(ValueError, match="features"):
        missing.expected(mixture, X[:, :2])

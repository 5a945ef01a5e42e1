"""Comparisons, cross-validation, tests and races of mixtures with noise or degrees of freedom."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Mixture, fit
from gmm_core.judgement.bootstrap import bootstrap_test, split
from gmm_core.judgement.choice import cells, choices, choose
from gmm_core.judgement.ends import other_starts
from gmm_core.judgement.held_out import held_out
from gmm_core.judgement.merging import merge_by_entropy
from gmm_core.judgement.race import drawn, run_race
from gmm_core.judgement.selection import aic, bic, icl, planned, sweep_models

KINDS = ({"noise": True}, {"dof": "each"}, {"dof": "common"}, {"dof": 4.0}, {"noise": True, "dof": "each"})


def with_strays(n=160, strays=16, seed=0):
    """Two groups, six deviations apart, and strays all over their box."""
    rng = np.random.default_rng(seed)
    groups = [rng.normal(size=(n // 2, 2)) + centre for centre in ([0, 0], [6, 0])]
    return np.vstack([*groups, rng.uniform([-14, -14], [20, 14], (strays, 2))])


def heavy(n=200, seed=1):
    truth = Mixture([0.5, 0.5], [[0, 0], [20, 0]], [np.eye(2)] * 2, dof=[2.5, 2.5])
    return truth.sample(n, seed)[0]


@pytest.mark.slow
@pytest.mark.parametrize("beyond", KINDS, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_run_side_by_side_is_the_run_of_fit(beyond, weighted):
    X = with_strays()
    weights = np.random.default_rng(2).integers(1, 4, len(X)).astype(float) if weighted else None
    of = {"sample_weight": weights, "tol": 1e-7, "max_iter": 40}
    comparison = sweep_models(X, [2], ("full", "tied"), 3, **of, **beyond)
    for found in comparison.fits:
        for one in found.attempts:
            trace = fit(
                *(X, 2),
                start=one.start,
                covariance_type=found.covariance_type,
                reg_covar=comparison.reg_covar,
                **of,
            )
            assert (one.n_iter, one.stop) == (trace.n_iter, trace.stop)
            for name in ("weights", "means", "covariances", "noise_weight", "noise_box", "dof"):
                expected = getattr(trace.mixture, name)
                if expected is None:
                    assert getattr(one.mixture, name) is None
                else:
                    np.testing.assert_allclose(getattr(one.mixture, name), expected, rtol=1e-9, atol=1e-9)
            assert one.mixture.dof_type == trace.mixture.dof_type
            assert one.bic == pytest.approx(bic(trace.mixture, X, sample_weight=weights), rel=1e-9)
            assert one.aic == pytest.approx(aic(trace.mixture, X, sample_weight=weights), rel=1e-9)


def test_the_starts_of_a_comparison_with_noise_have_no_strays_in_them():
    X = with_strays()
    (found,) = sweep_models(X, [2], ("full",), 2, noise=True, max_iter=1).fits
    for one in found.attempts:
        assert one.start.noise_weight == 0.05
        np.testing.assert_array_equal(one.start.noise_box, [X.min(axis=0), X.max(axis=0)])
        rest = sweep_models(X, [2], ("full",), 2, max_iter=1).fits[0].attempts[0].start
        assert np.linalg.det(one.start.covariances).max() < np.linalg.det(rest.covariances).max()


@pytest.mark.slow
def test_criteria_count_every_parameter_beyond():
    X = with_strays()
    n, (plain,) = len(X), sweep_models(X, [2], ("full",), 2).fits
    for beyond, more in zip(KINDS, (2, 2, 1, 0, 4), strict=True):
        (found,) = sweep_models(X, [2], ("full",), 2, **beyond).fits
        assert found.mixture.n_parameters == plain.mixture.n_parameters + more
        best = found.attempts[0]
        assert best.bic - best.aic == pytest.approx(found.mixture.n_parameters * (np.log(n) - 2))
        shares = found.mixture.shares(X)
        entropy = -np.sum(shares * np.log(np.maximum(shares, 1e-300)))
        assert icl(found.mixture, X) == pytest.approx(best.bic + 2 * entropy)


@pytest.mark.slow
def test_with_strays_noise_is_better_and_with_heavy_tails_t_is():
    X, H = with_strays(), heavy()
    best = {}
    for name, rows in (("strays", X), ("heavy", H)):
        for kind, beyond in (("plain", {}), ("noise", {"noise": True}), ("t", {"dof": "each"})):
            best[name, kind] = sweep_models(rows, range(1, 5), ("full",), 3, **beyond).best
    assert [best["strays", kind].n_components for kind in ("plain", "noise")] == [3, 2]
    assert best["strays", "noise"].bic < best["strays", "plain"].bic - 10
    assert best["heavy", "t"].n_components == 2
    assert best["heavy", "t"].bic < min(best["heavy", "plain"].bic, best["heavy", "noise"].bic) - 10


def test_the_plan_has_room_for_what_is_counted_besides():
    X = np.random.default_rng(0).normal(size=(20, 2))
    most = [max(k for k, _ in planned(X, families=("full",), **kind)) for kind in ({}, *KINDS)]
    assert most == [2, 2, 2, 2, 2, 1]  # 40 numbers are enough for 13 parameters; two Gaussians have 11


@pytest.mark.slow
def test_held_out_rows_and_choices_know_noise_and_tails():
    H = heavy(120)
    rows = {}
    for kind, beyond in (("plain", {}), ("t", {"dof": "each"})):
        rows[kind] = list(held_out(H, [1, 2], ("full",), 2, 3, **beyond))
        assert [one.scores.shape for one in rows[kind]] == [(3, 1), (3, 2)]
    assert rows["t"][1].mean > rows["plain"][1].mean
    found = choices(H, [1, 2], ("full",), 2, n_splits=3, dof="each")
    assert {name: one.best.n_components for name, one in found.items()} == dict.fromkeys(found, 2)
    comparison = sweep_models(H, [1, 2], ("full",), 2, dof="each")
    assert choose(cells(comparison, "icl", H)).best == found["icl"].best


@pytest.mark.slow
def test_the_bootstrap_draws_from_what_was_fitted():
    H = heavy(80)
    *_, test = bootstrap_test(H, 1, n_bootstrap=4, n_starts=2, dof="each")
    assert test.null.dof is not None
    assert test.alternative.n_components == 2
    assert test.statistic > test.null_statistics.max()
    assert len(test.null_statistics) + test.n_failed == 4
    noisy = next(bootstrap_test(with_strays(), 1, n_bootstrap=1, n_starts=2, noise=True)).null
    for null in (test.null, noisy):
        two = split(null, 0)
        assert (two.n_components, two.noise_weight) == (2, null.noise_weight)
        assert two.weights.sum() + two.noise_weight == pytest.approx(1)


def test_a_race_with_noise_begins_and_ends_as_fit_does():
    X = with_strays()
    for beyond in ({"noise": True}, {"dof": "each"}):
        starts = drawn(X, 2, ["kmeans", "spread_rows"], [0, 1], **beyond)
        race = run_race(X, starts, tol=1e-6, max_iter=30)
        for start, mixture in zip(race.starts, race.mixtures, strict=True):
            how = {"init": start.init, "random_state": start.seed, "tol": 1e-6, "max_iter": 30}
            trace = fit(X, 2, **how, **beyond)
            assert trace.steps[0].mixture == start.mixture
            np.testing.assert_allclose(mixture.means, trace.mixture.means, atol=1e-9)
            assert mixture.noise_weight == pytest.approx(trace.mixture.noise_weight)


def test_other_starts_are_looked_for_with_noise_too():
    X = with_strays()
    best, *_ = other_starts(X, 2, noise=True, tol=1e-6, max_iter=200)
    trace = fit(X, 2, init=best.init, random_state=best.random_state, noise=True, tol=1e-6, max_iter=200)
    assert best.log_likelihood == pytest.approx(trace.log_likelihood, abs=1e-9)


def test_merging_is_about_rows_that_are_no_noise():
    X = with_strays()
    mixture = fit(X, 3, noise=True, random_state=0).mixture
    merging = merge_by_entropy(mixture, X)
    assert merging.n_samples == pytest.approx(len(X) - mixture.noise_share(X).sum())
    assert merging.entropies[0] == pytest.approx(0, abs=1e-9)


def test_what_cannot_be_held_is_said():
    X = with_strays()
    for call in (
        lambda: sweep_models(X, [1], dof="all"),
        lambda: list(held_out(X, [1], dof="all")),
        lambda: list(bootstrap_test(X, 1, dof="all")),
    ):
        with pytest.raises(ValueError, match=r"^dof must be 'each', 'common', a number to hold it at, or"):
            call()

"""Cures from the same start: what they do, whether they work, and what the log-likelihood says of that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_autopsy import START

from gmm_core import StopReason, fit, load_dataset
from gmm_core.engine.em import FALL, falls
from gmm_core.laboratory.autopsy import suspect
from gmm_core.laboratory.cures import (
    CURES,
    REG,
    Options,
    cure,
    honest,
    put_back,
    suggested,
    title,
    verdict,
    with_resets,
)

few = settings(max_examples=15)
OPTIONS = Options(tol=1e-6, max_iter=300)


@pytest.fixture(scope="module")
def tutorial():
    X = load_dataset("tutorial_collapse").X
    trace = fit(X, 3, start=START, **OPTIONS.fit)
    best = honest(X, 3, OPTIONS)
    return X, suspect(X, trace, 0), 500 * best.log_likelihood


def said(tutorial, name):
    X, who, best = tutorial
    return verdict(cure(name, X, START, who, OPTIONS), best)


@pytest.mark.slow
def test_the_honest_fit_is_the_tutorials(tutorial):
    at_rest = honest(tutorial[0], 3, replace(OPTIONS, tol=1e-8))
    assert 500 * at_rest.log_likelihood == pytest.approx(-3406.771, abs=1e-3)
    assert tutorial[2] == pytest.approx(500 * at_rest.log_likelihood, abs=1e-2)


def test_a_little_regularisation_keeps_the_row_and_beats_the_honest_fit(tutorial):
    X, who, best = tutorial
    found = cure("1e-6", X, START, who, replace(OPTIONS, tol=0))
    np.testing.assert_allclose(500 * found.trace.mixture.weights, [166.25, 332.75, 1.0], atol=6e-3)
    assert not found.works
    assert found.log_likelihood > best
    assert verdict(found, best) == (
        "**Not cured**: component 3 holds only 1.0 rows. Log-likelihood -3,404.92, 1.86 above the best "
        "honest fit's. It is higher because it is degenerate."
    )
    assert said(tutorial, "0.001") == (
        "**Not cured**: component 3 holds only 1.0 rows. Log-likelihood -3,411.82, 5.05 below the best "
        "honest fit's."
    )


def test_enough_regularisation_cures_and_lowers_the_log_likelihood_on_the_way(tutorial):
    X, who, _ = tutorial
    found = cure("1", X, START, who, OPTIONS)
    assert found.works
    assert len(falls(found.trace.log_likelihoods)) == 1
    assert 0 < found.share < 1
    assert said(tutorial, "1") == (
        "**Cured**: no component is degenerate; the smallest holds 46.5 rows. Log-likelihood -3,411.40, 4.63 "
        "below the best honest fit's. reg_covar makes up 14.3% of the smallest variance. The log-likelihood "
        "fell once (▼), by 0.0034 in one iteration: reg_covar is added after the M-step, which alone never "
        "lowers it."
    )


def test_a_reset_finds_the_honest_fit_and_is_marked(tutorial):
    X, who, best = tutorial
    found = cure("reset", X, START, who, OPTIONS)
    assert (found.resets, falls(found.trace.log_likelihoods)) == (((2, 2),), [2])
    assert found.log_likelihood == pytest.approx(best, abs=0.01)
    assert said(tutorial, "reset") == (
        "**Cured**: no component is degenerate; the smallest holds 134.1 rows. Log-likelihood -3,406.78, "
        "that of the best honest fit. Reset at iteration 2 (component 3). The log-likelihood fell once (▼), "
        "by 68 in one iteration: that is the reset."
    )
    steps = found.trace.steps
    assert [step.iteration for step in steps] == list(range(len(steps)))
    assert steps[2].lower_bound is None
    assert steps[2].mixture.weights[2] == pytest.approx(1 / 3)
    assert (steps[2].mixture.means[2] == X).all(axis=1).any(), "at a row of the data"
    np.testing.assert_allclose(steps[2].mixture.covariances[2], np.cov(X.T, ddof=0))


def test_other_families_and_fewer_components(tutorial):
    assert said(tutorial, "tied").startswith(
        "**Cured**: no component is degenerate; the smallest holds 166.2"
    )
    assert said(tutorial, "diag") == (
        "**Not cured**: component 3 collapsed. Log-likelihood -3,736.86, 330.09 below the best honest fit's."
    )
    assert said(tutorial, "fewer").endswith("12.44 below the best honest fit's. Left out is component 3.")
    X, who, _ = tutorial
    found = cure("fewer", X, START, replace(who, component=0, defect=""), OPTIONS)
    assert found.note == "Left out is component 1, the thinnest, as none went wrong."
    np.testing.assert_array_equal(found.trace.steps[0].mixture.means, START.means[1:])


def test_merging_duplicates_is_about_other_data():
    X = load_dataset("qa_series").X
    trouble = fit(X, 3, init="random_from_data", random_state=24, **OPTIONS.fit)
    who = suspect(X, trouble, 0)
    assert who.collapsed
    found = cure("merge", X, trouble.steps[0].mixture, who, OPTIONS)
    assert len(found.rows) == len(np.unique(X)) == 33
    assert sorted(X[found.rows, 0]) == np.unique(X).tolist()
    text = verdict(found, -106.186)
    assert "of 33 rows, so not to be compared with the others." in text
    assert "17 duplicates left out; 33 rows remain." in text
    assert "best honest" not in text


@pytest.mark.parametrize(
    ("name", "k", "sentence"),
    [
        ("merge", 3, "All 500 rows differ: there is nothing to merge."),
        ("fewer", 1, "There is only one component: none can be left out."),
        ("reg_covar", 3, "reg_covar must be a number here, such as 0.001."),
        (
            "-1",
            3,
            "reg_covar (added to every variance, in squared data units) must be a number from 0; got -1.0.",
        ),
        (
            "pray",
            3,
            "There is no cure 'pray'. Choose a number for reg_covar, or one of tied, diag, fewer, reset, "
            "merge, prior.",
        ),
    ],
)
def test_what_is_no_cure_is_a_sentence(tutorial, name, k, sentence):
    X, who, _ = tutorial
    start = START if k == 3 else fit(X, 1).mixture
    with pytest.raises(ValueError) as error:
        cure(name, X, start, replace(who, component=min(who.component, k - 1)), OPTIONS)
    assert str(error.value) == sentence


@pytest.mark.parametrize("family", ["tied", "diag"])
def test_a_family_is_no_cure_for_itself(tutorial, family):
    X, who, _ = tutorial
    with pytest.raises(ValueError, match=f"The covariances are {family} already."):
        cure(family, X, START, who, replace(OPTIONS, covariance_type=family))


@pytest.mark.slow
@few
@given(st.integers(0, 10_000), st.sampled_from(["full", "diag", "spherical"]), st.sampled_from([0.0, 1e-6]))
def test_only_resets_lower_the_log_likelihood_and_there_are_only_so_many(seed, family, reg_covar):
    X = np.random.default_rng(seed).normal(size=(30, 2)).round(1)
    options = Options(covariance_type=family, reg_covar=reg_covar, tol=0, max_iter=40, seed=seed)
    start = fit(X, 6, init="random_from_data", random_state=seed, **options.fit | {"max_iter": 0}).mixture
    trace, resets = with_resets(X, start, options)
    assert len(trace.steps) <= 41
    assert len(resets) <= 10
    assert all(0 < t <= 40 and 0 <= j < 6 for t, j in resets)
    if reg_covar == 0:
        assert set(falls(trace.log_likelihoods)) <= {t for t, _ in resets}
    for step in trace.steps:  # every log-likelihood is that of the mixture beside it
        assert step.log_likelihood == pytest.approx(step.mixture.log_density(X).mean(), abs=1e-6)
    again, _ = with_resets(X, start, options)
    np.testing.assert_array_equal(again.log_likelihoods, trace.log_likelihoods)


def test_without_a_collapse_a_reset_changes_nothing():
    X = load_dataset("tutorial_collapse").X
    start = fit(X, 3, init="kmeans", random_state=0, reg_covar=0, max_iter=0).mixture
    trace, resets = with_resets(X, start, OPTIONS)
    assert resets == ()
    assert trace.stop is StopReason.CONVERGED
    np.testing.assert_array_equal(
        trace.log_likelihoods, fit(X, 3, start=start, **OPTIONS.fit).log_likelihoods
    )
    assert np.diff(trace.log_likelihoods).min() > -FALL


def test_a_component_is_put_back_and_the_others_keep_their_shares():
    start = replace(START, weights=[0.6, 0.2, 0.2])
    back = put_back(start, 1, np.array([1.0, 2.0]), 9 * np.eye(2))
    np.testing.assert_allclose(back.weights, [0.5, 1 / 3, 1 / 6])
    np.testing.assert_array_equal(back.means, [[10, 13], [1, 2], [25, -5]])
    np.testing.assert_array_equal(back.covariances[1], 9 * np.eye(2))


def test_what_on_step_raises_ends_a_cure(tutorial):
    X, who, _ = tutorial

    def stop(step):
        raise KeyboardInterrupt

    for name in ("0.001", "tied", "fewer", "reset"):
        with pytest.raises(KeyboardInterrupt):
            cure(name, X, START, who, OPTIONS, stop)


def test_every_cure_says_what_it_does_and_what_it_costs():
    assert title("0.05") == "reg_covar = 0.05"
    assert title("reset") == "reset it"
    for one in CURES.values():
        assert one.does.endswith(".")
        assert one.costs.endswith(".")
    assert REG in CURES


def test_suggestions_follow_the_units():
    X = load_dataset("tutorial_collapse").X
    assert suggested(X) == (1e-6, 1e-3, 1.0)
    assert suggested(10 * X) == (1e-6, 1e-3, 100.0)
    assert suggested(np.column_stack([X, np.ones(len(X))])) == (1e-6, 1e-3, 0.1)


def test_with_a_prior_no_component_collapses_and_the_log_posterior_rises(tutorial):
    X, who, _ = tutorial
    found = cure("prior", X, START, who, OPTIONS)
    assert found.trace.stop is not StopReason.COLLAPSED
    assert found.trace.objective == "log_posterior"
    assert not falls(found.trace.objectives)

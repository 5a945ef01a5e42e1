"""A row of weight 3 is three equal rows, in all that is said of fits; the oracle is the repeated rows."""

import numpy as np
import pytest

from gmm_core import Mixture, fit
from gmm_core.engine.scaling import Scaling
from gmm_core.judgement.apart import standing
from gmm_core.judgement.bootstrap import bootstrap_test
from gmm_core.judgement.choice import cells
from gmm_core.judgement.ends import ends, measure, other_starts
from gmm_core.judgement.held_out import held_out
from gmm_core.judgement.information import at_once
from gmm_core.judgement.intervals import parameter_intervals
from gmm_core.judgement.labels import accuracy
from gmm_core.judgement.merging import merge_by_entropy
from gmm_core.judgement.optima import end_states
from gmm_core.judgement.pair import compare
from gmm_core.judgement.race import draw_starts, run_race
from gmm_core.judgement.selection import planned, sweep_models
from gmm_core.judgement.verdict import judge
from gmm_core.laboratory.laws import Parameters, broken_by_moments

rng = np.random.default_rng(5)
X = np.concatenate([rng.normal(m, 1, (60, 2)) for m in ((0, 0), (7, 1), (2, 9))])
COUNTS = rng.integers(0, 4, len(X)).astype(float)
WHOLE = np.repeat(X, COUNTS.astype(int), axis=0)
SAME = {"rel": 1e-7, "abs": 1e-9}


@pytest.fixture(scope="module")
def both():
    """The comparison of weighted and of repeated rows."""
    some = range(1, 5), ("full", "tied"), 3
    return sweep_models(X, *some, sample_weight=COUNTS), sweep_models(WHOLE, *some)


def test_a_comparison_is_that_of_repeated_rows(both):
    weighted, repeated = both
    assert weighted.n_counted == len(WHOLE) == len(repeated.rows)
    assert (weighted.n_samples, weighted.sampled) == (len(X), False)
    assert weighted.plan == repeated.plan == planned(X, range(1, 5), ("full", "tied"), sample_weight=COUNTS)
    assert weighted.reg_covar == pytest.approx(repeated.reg_covar)
    (best, same) = (one.best for one in both)
    assert (best.n_components, best.covariance_type) == (3, same.covariance_type)
    for name in ("bic", "icl"):
        assert getattr(best, name) == pytest.approx(getattr(same, name), rel=1e-7)
    for criterion in ("aic", "bic", "icl"):
        ours, theirs = cells(weighted, criterion, X), cells(repeated, criterion, WHOLE)
        assert min(c.value for c in ours) == pytest.approx(min(c.value for c in theirs), rel=1e-7)


def test_a_verdict_says_the_same(both):
    said, same = (judge(one, rows, flaws=()) for one, rows in zip(both, (X, WHOLE), strict=True))
    assert (said.groups, said.sure, said.headline) == (same.groups, same.sure, same.headline)
    assert [one.sentence for one in said.reasons] == [one.sentence for one in same.reasons]
    assert [one.sentence for one in said.caveats] == [one.sentence for one in same.caveats]
    # One shape that is not Gaussian, and rows that are equal.
    line = np.array([[0.0], [1], [2], [8], [9], [10]])
    often = np.array([120.0, 300, 180, 90, 200, 80])
    counted = judge(sweep_models(line, range(1, 4), sample_weight=often), line, flaws=())
    whole = np.repeat(line, often.astype(int), axis=0)
    same = judge(sweep_models(whole, range(1, 4)), whole, flaws=())
    assert counted.headline == same.headline
    assert [one.sentence for one in counted.caveats] == [one.sentence for one in same.caveats]
    assert any("one row counts as 300 of its 600 rows (1)" in one.evidence for one in counted.caveats)


def test_fractions_count_and_rows_that_count_for_nothing_are_absent(both):
    third = sweep_models(X, [3], ("full",), 3, sample_weight=COUNTS / 3)
    assert third.n_counted == pytest.approx(len(WHOLE) / 3)
    np.testing.assert_allclose(
        sorted(third.best.mixture.weights),
        sorted(both[0].by_components[3].mixture.weights),
        atol=1e-3,
    )
    assert not set(third.rows) & set(np.flatnonzero(COUNTS == 0))
    said = judge(third, X, flaws=())
    assert not said.sure
    assert any("BIC takes them for" in one.sentence for one in said.caveats)


def test_held_out_rows_are_rows_of_the_weighted_table():
    model = [2, 3], ("full",), 2, 4
    found = list(held_out(X, *model, sample_weight=COUNTS))
    assert [one.scores.shape for one in found] == [(4, 2), (4, 2)]
    assert found[1].mean > found[0].mean
    once = list(held_out(X, *model, sample_weight=np.ones(len(X))))
    assert np.array_equal(once[0].scores, next(held_out(X, *model)).scores), "weights of 1 are no weights"
    # Split as repeated rows, most rows that are asked about were fitted to: then it is too good.
    distinct = X[:30], np.full(30, 3.0)
    weighted = next(held_out(distinct[0], [2], ("full",), 2, 5, sample_weight=distinct[1], reg_covar=0.1))
    repeated = next(held_out(np.repeat(distinct[0], 3, axis=0), [2], ("full",), 2, 5, reg_covar=0.1))
    assert weighted.mean < repeated.mean


def test_the_bootstrap_test_begins_where_that_of_repeated_rows_does():
    how = {"n_bootstrap": 3, "n_starts": 2}
    weighted, *_, last = bootstrap_test(X, 2, sample_weight=COUNTS, **how)
    repeated = next(bootstrap_test(WHOLE, 2, **how))
    assert weighted.n_rows == repeated.n_rows == len(WHOLE)
    assert weighted.statistic == pytest.approx(repeated.statistic, rel=1e-6)
    assert last.statistic > last.null_statistics.max()
    many = next(bootstrap_test(X, 2, sample_weight=1000 * COUNTS, **how))
    assert many.n_rows == 5000, "more rows than that are drawn from"


def test_intervals_are_those_of_repeated_rows():
    mixture = fit(X, 3, sample_weight=COUNTS, random_state=0, tol=1e-9).mixture
    told, same = at_once(mixture, X, sample_weight=COUNTS), at_once(mixture, WHOLE)
    np.testing.assert_allclose(told.means.error, same.means.error, rtol=1e-7)
    how = {"n_replicates": 60, "tol": 1e-4}
    drawn, again = (
        parameter_intervals(mixture, X, sample_weight=COUNTS, **how),
        parameter_intervals(mixture, WHOLE, **how),
    )
    np.testing.assert_allclose(drawn.means.error, again.means.error, rtol=0.5)
    assert "complete rows only" in at_once(mixture, np.where(X > 8, np.nan, X))


def test_a_race_and_its_ends_are_those_of_repeated_rows():
    starts = list(draw_starts(X, 3, ["kmeans", "random"], range(3), sample_weight=COUNTS))
    race = run_race(X, starts, sample_weight=COUNTS, tol=1e-7)
    repeated = run_race(WHOLE, starts, tol=1e-7)
    np.testing.assert_allclose(race.log_likelihoods, repeated.log_likelihoods, rtol=1e-9)
    ours, theirs = end_states(race, X, sample_weight=COUNTS), end_states(repeated, WHOLE)
    # Which of the runs that end alike is the highest is a matter of rounding.
    assert [(sorted(e.runs), e.defect, e.twins) for e in ours] == [
        (sorted(e.runs), e.defect, e.twins) for e in theirs
    ]


@pytest.mark.parametrize("reg_covar", [1e-6, 50.0])
def test_what_is_measured_of_an_end_is_that_of_repeated_rows(reg_covar):
    trace = fit(X, 4, sample_weight=COUNTS, random_state=1, reg_covar=reg_covar)
    ours = ends(measure(trace, X, reg_covar=reg_covar, sample_weight=COUNTS))
    assert [one.text for one in ours] == [
        one.text for one in ends(measure(trace, WHOLE, reg_covar=reg_covar))
    ]
    found = other_starts(X, 3, sample_weight=COUNTS)
    assert found[0].log_likelihood == pytest.approx(
        fit(WHOLE, 3, init=found[0].init, random_state=found[0].random_state).log_likelihood, abs=1e-2
    )


def test_a_pair_its_groups_and_their_merging():
    first, second = (fit(WHOLE, k, random_state=0).mixture for k in (2, 3))
    ours, theirs = compare(X, first, second, sample_weight=COUNTS), compare(WHOLE, first, second)
    assert (ours.n, ours.alike, ours.undecided) == (theirs.n, theirs.alike, theirs.undecided)
    assert ours.apart == pytest.approx(theirs.apart)
    assert ours.bic_gain == pytest.approx(theirs.bic_gain)
    merged, same = merge_by_entropy(second, X, sample_weight=COUNTS), merge_by_entropy(second, WHOLE)
    np.testing.assert_allclose(merged.entropies, same.entropies, rtol=1e-9, atol=1e-12)
    assert standing(second, X, COUNTS) == standing(second, WHOLE)
    labels = np.repeat([0, 1, 2], 60)
    clusters = second.responsibilities(X).argmax(axis=1)
    assert accuracy(labels, clusters, sample_weight=COUNTS) == pytest.approx(
        accuracy(np.repeat(labels, COUNTS.astype(int)), np.repeat(clusters, COUNTS.astype(int)))
    )


@pytest.mark.parametrize("name", ["standardise", "whiten"])
def test_scaling_is_that_of_repeated_rows(name):
    weighted, repeated = Scaling.of(name, X, sample_weight=COUNTS), Scaling.of(name, WHOLE)
    np.testing.assert_allclose(weighted.centre, repeated.centre)
    np.testing.assert_allclose(np.abs(weighted.matrix), np.abs(repeated.matrix), rtol=1e-9, atol=1e-12)


def test_the_laws_of_moments_hold_for_weighted_rows():
    mixture = fit(X, 3, sample_weight=COUNTS, reg_covar=0, random_state=0).mixture
    parameters = Parameters(mixture.weights, mixture.means, mixture.full_covariances)
    assert broken_by_moments(X, parameters, sample_weight=COUNTS) == ()
    assert broken_by_moments(X, parameters)[0].law == "centre"


def test_gaps_are_measured_by_what_is_observed():
    gappy = X.copy()
    gappy[::5, 1] = np.nan
    trace = fit(gappy, 3, missing="observed", random_state=0, tol=1e-6, max_iter=300)
    (end, *_) = ends(measure(trace, gappy, tol=1e-6, max_iter=300))
    assert end.kind == "converged"
    pair = compare(gappy, trace.mixture, trace.mixture)
    assert pair.log_likelihoods[0] == pytest.approx(trace.log_likelihood)
    whole = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)])
    assert compare(gappy, whole, trace.mixture).gain > 0
    scaled = Scaling.of("standardise", gappy)
    np.testing.assert_allclose(np.nanstd(scaled.scale(gappy), axis=0), 1)
    with pytest.raises(ValueError, match="cannot be whitened"):
        Scaling.of("whiten", gappy)

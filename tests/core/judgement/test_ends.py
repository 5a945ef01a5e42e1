"""What is true of an end is said with its evidence, nothing else is, and the remedy mends it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gmm_core import Held, Mixture, StopReason, fit, load_dataset, make_blobs_data
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.em import run
from gmm_core.engine.sweep import Sweep
from gmm_core.judgement.ends import KINDS, OtherStart, ends, explain_end, measure, other_starts

BLOBS = make_blobs_data(100, 3, cluster_std=2.0, random_state=17, stretch=True).X
IRIS = load_iris().data


def explained(X, k, *, other=None, **how):
    """The run, and what is said of its end."""
    trace = fit(X, k, **how)
    known = {name: how[name] for name in ("reg_covar", "tol", "init") if name in how}
    return trace, explain_end(trace, X, other=other, **known)


def kinds(found):
    return [one.kind for one in found]


def mended(X, k, remedy, **how):
    """The run after a remedy, by the same chance each time."""
    changes = {"random_state": 0} | how | remedy.changes
    return fit(X, changes.pop("n_components", k), **changes)


@pytest.mark.parametrize("init", ["random_from_data", "k-means++"])
@pytest.mark.parametrize("seed", [0, 6])
def test_tied_components_on_bare_rows_come_to_lie_on_each_other(init, seed):
    how = {"covariance_type": "tied", "init": init, "random_state": seed}
    trace, found = explained(BLOBS, 3, **how)
    assert trace.converged
    assert trace.log_likelihood == pytest.approx(-6.341, abs=1e-3)
    (same,) = found
    assert same.kind == "same"
    assert same.sentence == "All three components are the same, and EM does not part them."
    assert same.figures["gap"] < 1
    assert same.figures["gained"] == pytest.approx(0.646, abs=0.01)
    assert "they gain 0.646 per row in 40 iterations" in same.evidence
    assert mended(BLOBS, 3, same.remedy, **how).log_likelihood == pytest.approx(-5.695, abs=1e-3)


@pytest.mark.parametrize("name", ["tutorial_500", "anisotropic", "tutorial_1000"])
def test_a_start_on_rows_with_a_spread_avoids_it(name):
    X, k = load_dataset(name).X, 5 if name == "tutorial_1000" else 3
    best = fit(X, k, covariance_type="tied", init="kmeans", random_state=0).log_likelihood
    for init, reach in (("random_from_data", 0), ("k-means++", 0), ("spread_rows", 3)):
        ran = [fit(X, k, covariance_type="tied", init=init, random_state=seed) for seed in range(4)]
        assert sum(one.log_likelihood > best - 0.01 for one in ran) >= reach
        if not reach:
            assert max(one.log_likelihood for one in ran) < best - 0.3


def test_the_start_with_a_spread_is_the_rows_and_the_data_s_covariance_in_every_family():
    for name, family in FAMILIES.items():
        start = fit(IRIS, 3, covariance_type=name, init="spread_rows", random_state=1, max_iter=0).mixture
        assert all((mean == IRIS).all(axis=1).any() for mean in start.means)
        np.testing.assert_allclose(start.weights, 1 / 3)
        whole = family.of_dense(np.array([np.cov(IRIS.T, ddof=0)] * 3), start.weights)
        expected = family.regularise(whole / 3 ** (2 / 4), 1e-6)
        np.testing.assert_allclose(start.covariances, expected, rtol=1e-12)


def test_who_only_stopped_on_the_way_is_told_how_far_it_is_and_to_go_on():
    how = {"init": "random", "random_state": 6}
    trace, found = explained(BLOBS, 3, **how)
    assert trace.n_iter == 2
    assert trace.converged
    assert kinds(found) == ["slow"]
    assert found[0].sentence.startswith("Stopped on the way, by the tolerance of 0.001, and ")
    assert mended(BLOBS, 3, found[0].remedy, **how).log_likelihood == pytest.approx(-5.689, abs=1e-3)


@pytest.mark.parametrize("name", ["anisotropic", "overlapping", "heavy_tails"])
def test_how_far_there_is_to_go_is_estimated_within_a_factor_of_three(name):
    X = load_dataset(name).X
    trace = fit(X, 3, covariance_type="spherical", init="kmeans", random_state=0)
    outlook = measure(trace, X).outlook
    end = run(Sweep(X, trace.mixture.family, 1e-6), trace.mixture, tol=1e-12, max_iter=3000)
    gained = end.log_likelihood - trace.log_likelihood
    assert gained / 3 < outlook.gained < 3 * gained


def test_who_ran_out_of_iterations_is_told_so_unless_nothing_is_left():
    trace, (first, *_) = explained(BLOBS, 3, random_state=6, init="random_from_data", max_iter=5)
    assert trace.stop is StopReason.MAX_ITER
    assert first.kind == "stopped"
    assert first.sentence.startswith("Stopped after 5 iterations, the most allowed, and ")
    longer = mended(BLOBS, 3, first.remedy, random_state=6, init="random_from_data", max_iter=5)
    assert longer.log_likelihood == pytest.approx(-5.689, abs=1e-3)
    _, (there,) = explained(BLOBS, 3, random_state=0, init="kmeans", max_iter=300, tol=0.0)
    assert there.sentence.startswith("Stopped after 300 iterations, and there: going on would add ")
    assert there.remedy is None
    _, (start,) = explained(BLOBS, 3, random_state=0, init="kmeans", max_iter=0)
    assert start.kind == "stopped"


def test_what_is_fine_is_said_with_evidence_and_needs_nothing():
    _, (one,) = explained(BLOBS, 3, init="kmeans", random_state=0, tol=1e-8)
    assert one.kind == "converged"
    assert one.sentence.startswith("Converged: going on would add about ")
    assert one.figures["total"] < 1e-3
    assert one.remedy is None
    _, (alone,) = explained(BLOBS, 1)
    assert (alone.kind, alone.sentence) == ("converged", "Converged: going on would add nothing.")


def test_what_a_tolerance_leaves_of_a_unit_is_not_called_converged():
    _, (one,) = explained(BLOBS, 3, random_state=0, init="random_from_data", tol=1e-2)
    assert one.kind == "converged"
    assert 0.1 < one.figures["total"] < 1
    assert one.sentence.startswith("Nearly converged: going on would add about 0.001 per row.")


def test_components_that_start_equal_rest_on_a_saddle():
    cov = np.cov(BLOBS.T, ddof=0)
    start = Mixture([0.5, 0.25, 0.25], [BLOBS.mean(axis=0)] * 3, [cov] * 3)
    trace = fit(BLOBS, 3, start=start)
    assert trace.converged
    (saddle,) = explain_end(trace, BLOBS)
    assert saddle.kind == "saddle"
    assert saddle.sentence.startswith("All three components are equal, and equal ones never separate")
    assert saddle.figures["gained"] > 0.3
    assert mended(BLOBS, 3, saddle.remedy).log_likelihood > trace.log_likelihood + 0.5


def test_one_that_is_not_needed_may_be_spared():
    X = np.random.default_rng(3).normal(size=(400, 2))
    trace = fit(X, 2, start=Mixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2)] * 2))
    (first, *_) = explain_end(trace, X)
    assert first.kind == "spare"
    assert first.sentence == "Both components are the same: one of them may not be needed."
    assert first.evidence.endswith("per row in 40 iterations, no more than chance gives.")
    assert first.remedy.changes == {"n_components": 1}


def test_a_collapse_says_who_fell_and_on_what():
    X = load_dataset("tutorial_collapse").X
    start = Mixture(np.full(3, 1 / 3), [[10, 13], [30, 25], [25, -5]], np.tile(5 * np.eye(2), (3, 1, 1)))
    trace = fit(X, 3, start=start, reg_covar=0)
    assert trace.stop is StopReason.COLLAPSED
    (first,) = explain_end(trace, X, reg_covar=0)
    assert first.sentence == (
        "Component 3 collapsed in iteration 2: it shrank onto 1 row, where its density has no upper limit."
    )
    other = other_starts(X, 3, reg_covar=0)[0]
    first, rest = explain_end(trace, X, reg_covar=0, other=other)
    assert (first.kind, rest.kind, rest.remedy) == ("collapsed", "other start", None)
    healthy, found = explained(X, 3, **first.remedy.changes, reg_covar=0)
    assert healthy.converged
    assert not {"collapsed", "degenerate", "lost"} & set(kinds(found))


def test_who_stands_by_reg_covar_alone_is_told_of_and_a_spike_is_no_better_end():
    X = load_dataset("qa_series").X
    trace, (held, *_) = explained(X, 3, init="random_from_data", random_state=11, tol=1e-6)
    assert (held.kind, trace.log_likelihood) == ("held up", pytest.approx(-60.52 / 50, abs=1e-3))
    assert "is held up by reg_covar = 1e-06 alone" in held.sentence
    (first, *_) = others = other_starts(X, 3, tol=1e-6)
    assert first.log_likelihood == pytest.approx(-106.186 / 50, abs=1e-4)
    honest = fit(X, 3, init="kmeans", random_state=0, tol=1e-6)
    for spike in (OtherStart("random_from_data", 11, trace.log_likelihood, 6), *others):
        beside = explain_end(honest, X, tol=1e-6, other=spike)
        assert ("other start" in kinds(beside)) == (spike is not first and spike.log_likelihood > -2)
    (first, *rest) = explain_end(trace, X, tol=1e-6, other=others[0])
    assert first.remedy.changes["init"] == others[0].init
    assert rest[-1].sentence.startswith("Converged") or "other start" in kinds(rest)


def test_a_component_without_rows():
    X = load_dataset("notebook_1d").X
    trace, (lost, *_) = explained(X, 3, init="random_from_data", random_state=0)
    assert min(trace.steps[-1].counts) < 1
    assert lost.kind == "lost"
    assert lost.sentence == "Component 3 holds hardly a row: the others explain all of them."
    assert lost.evidence == "The responsibilities sum to 0.46 of 90 rows."
    again, found = explained(X, 3, **lost.remedy.changes, random_state=0)
    assert "lost" not in kinds(found)
    assert again.log_likelihood > trace.log_likelihood


def test_noise_explains_the_rows_where_no_component_holds_one():
    X = load_dataset("cigars").X
    X = (X - X.mean(0)) / X.std(0)
    trace, found = explained(X, 3, init="random_from_data", random_state=0, noise=True)
    counts = np.array(trace.steps[-1].counts)
    assert counts.max() < 1
    (lost,) = [one for one in found if one.kind == "lost"]
    assert lost.sentence == "Components 1, 2 and 3 hold hardly a row: the noise explains all of them."
    assert lost.evidence.startswith(
        f"The responsibilities of component {counts.argmin() + 1}, the smallest, sum "
    )


def test_more_components_than_the_data_can_carry():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 8))
    how = {"reg_covar": 0.1, "init": "kmeans", "random_state": 0}
    _, found = explained(X, 3, **how)
    many = found[kinds(found).index("too many")]
    assert many.sentence == "There are more parameters than rows: 134 numbers are fitted to 40 rows."
    assert many.remedy.changes == {"covariance_type": "diag"}
    assert "too many" not in kinds(explained(X, 3, **how, **many.remedy.changes)[1])


def test_how_many_rows_a_component_needs_depends_on_the_family():
    X = np.random.default_rng(0).normal(size=(90, 20))
    how = {"reg_covar": 1e-3, "init": "kmeans", "random_state": 0}
    asked_too_much = {
        family: {"too many", "held up", "degenerate"}
        & set(kinds(explained(X, 4, covariance_type=family, **how)[1]))
        for family in ("full", "tied", "diag", "spherical")
    }
    assert asked_too_much.pop("full") == {"too many", "held up"}
    # All rows have one covariance of 210 numbers; on about 22 rows, twenty variances are no matter of chance.
    assert asked_too_much == {"tied": {"too many"}, "diag": set(), "spherical": set()}


def test_reg_covar_larger_than_the_data_and_than_a_component():
    X = 1e-4 * np.r_[np.random.default_rng(0).normal(size=120) + 5 * (np.arange(120) >= 60)][:, np.newaxis]
    _, found = explained(X, 2, init="kmeans", random_state=0)
    (first, *_) = found
    assert first.kind == "reg_covar"
    assert first.sentence.startswith("reg_covar = 1e-06 is not small against the smallest variance")
    trace, found = explained(X, 2, init="kmeans", random_state=0, **first.remedy.changes)
    assert kinds(found) == ["converged"]
    np.testing.assert_allclose(np.sort(trace.mixture.means[:, 0]), [0, 5e-4], atol=5e-5)


def test_another_start_is_offered_only_where_it_ends_higher_by_more_than_rounding():
    low = fit(BLOBS, 3, covariance_type="diag", init="random_from_data", random_state=2)
    best = other_starts(BLOBS, 3, covariance_type="diag")[0]
    assert best.tried == 6
    very = fit(BLOBS, 3, covariance_type="diag", init=best.init, random_state=best.random_state)
    assert very.log_likelihood == pytest.approx(best.log_likelihood, abs=1e-12)
    found = explain_end(low, BLOBS, other=best)
    assert found[0].kind == "other start"
    assert found[0].sentence.startswith("Another start ends higher, at -5.694 per row: ")
    assert found[0].evidence == "That is 0.31 more; it is the best of six others."
    assert found[0].remedy.changes == {"init": best.init, "random_state": best.random_state}
    assert kinds(explain_end(very, BLOBS, other=best)) == ["converged"]
    same = fit(BLOBS, 3, covariance_type="diag", init="kmeans", random_state=0, tol=1e-9)
    assert kinds(explain_end(same, BLOBS, other=best, tol=1e-9)) == ["converged"]
    slow = fit(BLOBS, 3, init="random", random_state=6)
    first, second = explain_end(slow, BLOBS, other=other_starts(BLOBS, 3)[0])
    assert (first.kind, second.kind) == ("slow", "other start"), "to go on leads there, too"


FINE = {
    "iris": (IRIS, 3),
    "tutorial_500": (load_dataset("tutorial_500").X, 3),
    "anisotropic": (load_dataset("anisotropic").X, 3),
    "notebook_3d": (load_dataset("notebook_3d").X, 2),
    "overlapping": (load_dataset("overlapping").X, 3),
}


@pytest.mark.parametrize("name", FINE)
def test_runs_to_the_end_from_honest_starts_raise_no_alarm(name):
    X, k = FINE[name]
    for family in FAMILIES:
        trace = fit(X, k, covariance_type=family, init="kmeans", random_state=0, tol=1e-9, max_iter=2000)
        assert kinds(explain_end(trace, X, tol=1e-9, init="kmeans")) == ["converged"], family


def test_pixels_that_are_always_black_are_no_component_s_fault():
    X = load_dataset("digits_2_6").X
    _, found = explained(X, 2, covariance_type="diag", reg_covar=0.01, init="kmeans", random_state=0)
    assert not {"held up", "degenerate", "same"} & set(kinds(found))


def test_every_kind_is_named_and_in_order():
    for X, k, how in ((BLOBS, 3, {"covariance_type": "tied"}), (load_dataset("qa_series").X, 3, {})):
        for seed in range(4):
            trace = fit(X, k, random_state=seed, init="random_from_data", **how)
            measured = measure(trace, X)
            for other in (None, *other_starts(X, k, **how)[:1]):
                found = kinds(ends(measured, other))
                assert found
                assert set(found) <= set(KINDS)
                alone = [
                    kind for kind in found if kind != "other start"
                ]  # its place depends on how high it is
                assert alone == sorted(alone, key=list(KINDS).index)


@pytest.mark.parametrize("which", ["held", "known_labels"])
def test_what_is_held_or_known_goes_on_beyond_the_end(which):
    """Where it would not, EM would rise from there."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(1.5, 1, (60, 2))])
    labels = np.where(np.arange(120) % 2, np.arange(120) // 2 % 2, -1)  # half of them are wrong
    options = {which: Held(covariances=(0,)) if which == "held" else labels}
    start = Mixture([0.2, 0.8], [[0.0, 0.0], [1.5, 1.5]], [np.eye(2)] * 2)
    how = {"reg_covar": 0, "tol": 1e-10}
    trace = fit(X, 2, start=start, max_iter=5000, **how, **options)
    assert trace.converged
    assert measure(trace, X, **how, **options).outlook.gained == pytest.approx(0, abs=1e-7)
    assert measure(trace, X, **how).outlook.gained > 1e-3


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("large", [False, True])
def test_an_end_before_the_first_gain_names_no_gain_that_was_not_made(steps, large, monkeypatch):
    if large:
        monkeypatch.setattr("gmm_core.judgement.ends.AHEAD_WORK", 0)
    first = explained(BLOBS, 3, max_iter=steps, random_state=0)[1][0]
    assert "inf" not in first.text
    if large and not steps:
        assert (
            first.text
            == "Stopped after 0 iterations, the most allowed, and what going on would add is not known."
        )
    elif not large:
        assert "The last is" not in first.text
        assert "more add" in first.text

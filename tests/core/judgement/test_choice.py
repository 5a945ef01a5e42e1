"""The map over k and family: its cells, what is left out and why, and what each criterion chooses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import KFold

from gmm_core import Mixture, fit
from gmm_core.engine.starts import partitions
from gmm_core.judgement import selection
from gmm_core.judgement.choice import (
    Cell,
    Choice,
    cells,
    choices,
    choose,
    held_out_cells,
    how_often,
    repeated_choices,
)
from gmm_core.judgement.criteria import of_fits
from gmm_core.judgement.held_out import HeldOut, held_out
from gmm_core.judgement.selection import aic, bic, icl, partition_start, sweep_models


def three(n=150, sep=6.0):
    rng = np.random.default_rng(0)
    centres = sep * np.array([[0, 0], [1, 0], [0, 1]])
    return np.repeat(centres, n // 3, axis=0) + rng.normal(size=(n, 2))


def test_a_cell_is_the_best_start_and_the_spread_of_all():
    X = three(sep=3)
    comparison = sweep_models(X, range(1, 5), ("full", "diag"), 4, to_the_end=True)
    for criterion, of in zip(of_fits(), (bic, aic, icl), strict=True):
        for cell, one in zip(cells(comparison, criterion, X), comparison.fits, strict=True):
            values = [of(a.mixture, X) for a in one.attempts if not a.defect]
            assert (cell.n_components, cell.covariance_type) == (one.n_components, one.covariance_type)
            assert cell.value == pytest.approx(values[0], abs=1e-6)
            assert cell.spread == pytest.approx(np.ptp(values), abs=1e-6)
            assert len(cell.left_out) == len(one.attempts) - len(values)
    with pytest.raises(ValueError) as error:
        cells(comparison, "dic", X)
    assert str(error.value) == "criterion must be one of bic, aic, icl; got 'dic'."


@pytest.mark.slow
def test_every_start_can_be_run_to_the_end_and_the_best_is_the_same():
    X = three(sep=3)
    screened, whole = (sweep_models(X, range(1, 5), n_starts=4, to_the_end=to) for to in (False, True))
    assert whole.best.bic == pytest.approx(screened.best.bic, abs=0.01)
    iterations = [sum(a.n_iter for one in c.fits for a in one.attempts) for c in (screened, whole)]
    assert iterations[0] < iterations[1]


def test_a_component_that_collapses_excludes_its_cell_and_says_so():
    rng = np.random.default_rng(0)
    X = np.concatenate([np.zeros(60), rng.normal(6, 1, size=140)])[:, np.newaxis]
    comparison = sweep_models(X, [1, 2], ("full",), 3, reg_covar=0.0)
    one, two = cells(comparison, "bic", X)
    assert not one.excluded
    assert two.excluded
    assert np.isnan(two.spread)
    assert [why[-9:] for why in two.left_out] == ["collapsed"] * 3
    assert choose([one, two]) == Choice(one, None)
    assert choose([two]) is None


def test_a_choice_is_doubtful_where_starts_are_farther_apart_than_the_best_two():
    low, high, wide = Cell(2, "full", 10.0, 0.5), Cell(3, "full", 11.0, 0.5), Cell(4, "full", 12.0, 3.0)
    assert choose([high, low]) == Choice(low, high)
    assert choose([high, low], highest=True) == Choice(high, low)
    assert (choose([low, high]).gap, choose([low, high]).doubtful) == (1.0, False)
    assert (choose([low, wide]).gap, choose([low, wide]).doubtful) == (2.0, True)
    assert (choose([low]).gap, choose([low]).doubtful) == (np.inf, False)


@pytest.mark.slow
def test_families_at_once_or_one_by_one_are_scored_alike_and_go_on(monkeypatch):
    of, found = (three(), [1, 2, 3], ("tied", "diag"), 3, 4), []
    for most in (selection.FEW_NUMBERS, 0):
        monkeypatch.setattr(selection, "FEW_NUMBERS", most)
        whole = list(held_out(*of))
        rest = list(held_out(*of, after=whole[:2]))
        assert [one.scores.tolist() for one in rest] == [one.scores.tolist() for one in whole[2:]]
        assert list(held_out(*of, after=whole)) == []
        found.append({(one.n_components, one.covariance_type): one.scores for one in whole})
    together, alone = found
    assert together.keys() == alone.keys()
    assert all(np.allclose(scores, alone[of], rtol=1e-9, equal_nan=True) for of, scores in together.items())


def test_held_out_rows_are_scored_by_the_best_start_of_the_others():
    X = three(n=90, sep=3)
    (found,) = held_out(X, [3], ("diag",), 4, 3, reg_covar=1e-3)
    folds = KFold(3, shuffle=True, random_state=0).split(X)
    options = {"covariance_type": "diag", "reg_covar": 1e-3, "tol": 1e-6, "max_iter": 500}
    means = []
    for scores, (train, test) in zip(found.scores, folds, strict=True):
        starts = [partition_start(X[train], p, 3, "diag", 1e-3) for p in partitions(X[train], 3, 4, 0)]
        traces = [fit(X[train], 3, start=start, **options) for start in starts]
        traces.sort(key=lambda trace: -trace.log_likelihood)
        expected = [trace.mixture.log_density(X[test]).mean() for trace in traces]
        np.testing.assert_allclose(scores, expected, rtol=1e-6)
        means.append(expected[0])
    assert found.mean == pytest.approx(np.mean(means))
    assert found.spread == pytest.approx(np.mean(np.ptp(found.scores, axis=1)))


def test_a_fold_without_an_honest_end_excludes_the_cell():
    scores = np.array([[-1.0, -2.0, np.nan], [-3.0, -3.0, -3.5]])
    found = HeldOut(2, "full", scores, ("component 1 collapsed",))
    assert (found.mean, found.spread) == (-2.0, 0.75)
    scores[0] = np.nan
    (cell,) = held_out_cells([found])
    assert cell.excluded
    assert cell.left_out == ("component 1 collapsed",)


def test_a_constant_column_in_a_fold_and_too_many_folds_are_named():
    X = np.c_[np.arange(30.0), np.eye(30)[0]]
    with pytest.raises(ValueError) as error:
        next(held_out(X, [1]))
    assert str(error.value) == (
        "X is constant in column 1: a Gaussian has no extent there. Leave such columns out."
    )
    with pytest.raises(ValueError) as error:
        next(held_out(three(), [1], n_splits=151))
    assert str(error.value) == "n_splits = 151 is more than the 150 rows of X."


def test_what_is_plain_is_found_but_aic_may_take_more():
    chosen = choices(three(n=300), range(1, 5), n_starts=3, n_splits=3)
    assert list(chosen) == ["bic", "aic", "icl", "held_out"]
    assert [chosen[name].best.n_components for name in ("bic", "icl", "held_out")] == [3, 3, 3]
    assert chosen["aic"].best.n_components >= 3


def test_another_family_with_the_same_k_is_no_runner_up():
    best, same = Cell(3, "tied", 10.0, 0.0), Cell(3, "full", 10.5, 40.0)
    other, far = Cell(4, "tied", 12.0, 1.0), Cell(5, "full", 30.0, 25.0)
    chosen = choose([far, other, same, best])
    assert chosen == Choice(best, other)
    assert (chosen.gap, chosen.doubtful) == (2.0, False)
    assert [chosen.in_reach(cell) for cell in (same, other, far)] == [True, False, True]
    # One Gaussian is the same in both families: that is no gap of 0.
    X = np.random.default_rng(0).normal(size=(60, 1))
    assert choices(X, [1, 2], ("full", "tied"), 2)["bic"].gap > 1


def test_repeated_samples_are_counted_and_do_not_depend_on_how_many_there_are():
    truth = Mixture([0.5, 0.5], [[0.0, 0.0], [9.0, 0.0]], np.tile(np.eye(2), (2, 1, 1)))
    found = list(repeated_choices(truth, 80, 4, [1, 2, 3], ("spherical",), 2))
    assert [one["bic"] for one in found] == [2] * 4
    assert list(repeated_choices(truth, 80, 2, [1, 2, 3], ("spherical",), 2)) == found[:2]
    (one,) = repeated_choices(truth, 80, 1, [1, 2], ("spherical",), 2, n_splits=2)
    assert one == {"bic": 2, "aic": 2, "icl": 2, "held_out": 2}


def test_how_often_a_criterion_is_right_has_an_interval():
    ks = [4] * 19 + [3]
    bic, icl = how_often([{"bic": k, "icl": None if k == 3 else 3} for k in ks], 4)
    assert (bic.criterion, bic.n_right, bic.n_samples, bic.share) == ("bic", 19, 20, 0.95)
    # Wilson (1927) for 19 of 20.
    assert (bic.low, bic.high) == pytest.approx((0.7639, 0.9911), abs=1e-4)
    assert (dict(bic.chosen), bic.n_undecided) == ({3: 1, 4: 19}, 0)
    assert (icl.n_right, icl.low, dict(icl.chosen), icl.n_undecided) == (0, 0.0, {3: 19}, 1)

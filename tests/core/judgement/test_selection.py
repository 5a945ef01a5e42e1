"""Criteria against scikit-learn, and the comparison: its plan, its best, and what it sets aside."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as SklearnMixture

from gmm_core import Mixture, fit, load_dataset
from gmm_core.judgement import selection
from gmm_core.judgement.selection import (
    FAMILIES,
    aic,
    bic,
    compare,
    compared_rows,
    default_reg_covar,
    fits,
    icl,
    planned,
    sweep_models,
)


def three(seed=0, n=150, sep=6.0):
    rng = np.random.default_rng(seed)
    centres = sep * np.array([[0, 0], [1, 0], [0, 1]])
    return np.repeat(centres, n // 3, axis=0) + rng.normal(size=(n, 2))


@pytest.mark.parametrize("family", FAMILIES)
def test_criteria_are_scikit_learns_for_the_same_parameters(family, blobs):
    X = blobs(n=200, d=3, seed=1)
    model = SklearnMixture(3, covariance_type=family, random_state=0, tol=0.1).fit(X)
    mixture = Mixture(model.weights_, model.means_, model.covariances_, family)
    assert aic(mixture, X) == pytest.approx(model.aic(X), rel=1e-10)
    assert bic(mixture, X) == pytest.approx(model.bic(X), rel=1e-10)
    responsibilities = model.predict_proba(X)
    entropy = -np.sum(responsibilities * np.log(np.maximum(responsibilities, 1e-300)))
    assert icl(mixture, X) == pytest.approx(model.bic(X) + 2 * entropy, rel=1e-8)


def test_one_gaussian_is_sure_of_every_row():
    X = three()
    mixture = fit(X, 1).mixture
    assert icl(mixture, X) == bic(mixture, X)


def test_every_fit_is_yielded_in_the_order_of_the_plan_and_can_be_stopped():
    X = three()
    options = {"n_components": range(1, 4), "n_starts": 2}
    plan = planned(X, range(1, 4))
    whole = sweep_models(X, **options)
    assert [(one.n_components, one.covariance_type) for one in whole.fits] == list(plan)
    running = fits(X, **options)
    some = compare(X, [next(running) for _ in range(3)])
    assert [one.bic for one in some.fits] == [one.bic for one in whole.fits[:3]]

    def stop(one):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sweep_models(X, on_fit=stop, **options)


@pytest.mark.parametrize("most", [20_000, 0], ids=["families at once", "one by one"])
def test_a_comparison_goes_on_where_it_was_stopped(most, monkeypatch):
    monkeypatch.setattr(selection, "FEW_NUMBERS", most)
    X = three()
    options = {"n_components": range(1, 4), "n_starts": 2}
    whole, plan = sweep_models(X, **options), planned(X, range(1, 4))
    assert not whole.stopped
    some = whole.fits[:6]
    assert compare(X, some, plan).stopped
    rest = list(fits(X, after=some, **options))
    assert [one.bic for one in rest] == [one.bic for one in whole.fits[6:]]
    assert list(fits(X, after=whole.fits, **options)) == []


@pytest.mark.slow
def test_runs_that_are_degenerate_and_costly_end_early_and_all_others_as_they_would(monkeypatch):
    rng = np.random.default_rng(0)
    with_strays = np.vstack([rng.normal(size=(150, 2)), [[60, 0], [0, 70]]])
    on_a_scale = np.clip(np.rint(rng.normal(4, 1.5, (150, 2))), 1, 7)
    found, n_iter = [], []
    for look in (selection.LOOK, 10**9):
        monkeypatch.setattr(selection, "LOOK", look)
        all_ = [fit for X in (with_strays, on_a_scale) for fit in selection.fits(X, (1, 2, 4, 7))]
        found.append([(fit.n_components, fit.degenerate, fit.degenerate or fit.bic) for fit in all_])
        n_iter.append(sum(one.n_iter for fit in all_ for one in fit.attempts))
    assert found[0] == found[1]
    assert n_iter[0] < 0.8 * n_iter[1]


@pytest.mark.slow
@pytest.mark.parametrize("to_the_end", [True, False])
def test_families_at_once_or_one_by_one_find_the_same(to_the_end, monkeypatch):
    X, found = three(), []
    for most in (20_000, 0):
        monkeypatch.setattr(selection, "FEW_NUMBERS", most)
        comparison = sweep_models(X, range(1, 7), n_starts=3, to_the_end=to_the_end)
        found.append({(one.n_components, one.covariance_type): one.bic for one in comparison.fits})
        assert set(found[-1]) == set(comparison.plan)
    near = 1e-8 if to_the_end else selection.IN_THE_RUNNING
    assert all(abs(bic - found[1][of]) < near for of, bic in found[0].items())
    assert min(found[0].values()) == pytest.approx(min(found[1].values()), abs=1e-8)


def test_the_best_is_the_lowest_bic_and_its_bic_is_that_of_its_mixture():
    X = three()
    comparison = sweep_models(X, range(1, 5), n_starts=3)
    best = comparison.best
    assert best is not None
    assert best.n_components == 3
    assert best.bic == min(one.bic for one in comparison.fits if not one.degenerate)
    for one in comparison.fits:
        assert one.bic == pytest.approx(bic(one.mixture, X), abs=1e-6)
        assert 1 <= one.n_agree <= len(one.attempts)
    assert list(comparison.by_components) == [1, 2, 3, 4]
    assert best.n_agree == 3


def test_an_attempt_can_be_played_again():
    X = three()
    comparison = sweep_models(X, [3], ("full",), 2)
    attempt = comparison.fits[0].attempts[0]
    again = fit(X, 3, start=attempt.start, reg_covar=comparison.reg_covar, tol=1e-9, max_iter=500)
    np.testing.assert_allclose(again.mixture.means, attempt.mixture.means, atol=1e-3)


@pytest.mark.slow
def test_shift_and_scale_change_no_rank():
    X = three(sep=4)
    one = sweep_models(X, range(1, 5), n_starts=3)
    other = sweep_models(X * 1e-3 + 5, range(1, 5), n_starts=3)
    shift = 2 * X.size * np.log(1e-3)
    assert other.reg_covar == pytest.approx(one.reg_covar * 1e-6, rel=1e-6)
    for a, b in zip(one.fits[:12], other.fits[:12], strict=True):  # k up to 3
        assert b.bic - shift == pytest.approx(a.bic, abs=0.5)


def test_more_rows_than_5000_are_sampled_in_order():
    rows = compared_rows(20_000, 3)
    assert len(rows) == 5000
    assert np.all(np.diff(rows) > 0)
    assert np.array_equal(rows, compared_rows(20_000, 3))
    assert np.array_equal(compared_rows(5000), np.arange(5000))
    X = np.random.default_rng(0).normal(size=(6000, 1))
    comparison = sweep_models(X, [1, 2], ("full",), 2)
    assert comparison.sampled
    assert comparison.best.n_components == 1


def test_k_stops_where_the_data_cannot_afford_it():
    plan = planned(load_dataset("qa_series").X)
    assert [max(k for k, name in plan if name == family) for family in ("full", "tied")] == [5, 8]
    assert planned([[0.0], [1.0]]) == ((1, "tied"),)
    assert planned(np.repeat([[0.0, 1.0], [1.0, 0.0]], 50, axis=0))[-1][0] == 1
    wide = np.random.default_rng(0).normal(size=(12, 20))
    assert planned(wide) == ((1, "diag"), (1, "spherical"), (2, "spherical"), (3, "spherical"))


def test_one_feature_has_two_different_families():
    assert {name for _, name in planned(np.arange(100.0))} == {"full", "tied"}


def test_fits_on_equal_rows_never_win_and_say_why():
    rng = np.random.default_rng(0)
    X = np.concatenate([np.zeros(60), rng.normal(6, 1, size=140)])[:, np.newaxis]
    comparison = sweep_models(X, [1, 2], ("full",), 3)
    fallen = comparison.fits[1]
    assert fallen.degenerate
    assert fallen.bic < comparison.fits[0].bic
    assert "sits on 60 equal rows" in fallen.defects[0]
    assert comparison.best.n_components == 1


def test_reg_covar_follows_the_narrowest_column():
    X = three() * [1, 1000]
    assert default_reg_covar(X) == pytest.approx(1e-6 * X[:, 0].var())


def test_a_column_that_is_constant_in_the_sample_is_constant():
    X = np.random.default_rng(0).normal(size=(20_000, 2))
    X[:, 1] = 0
    X[np.setdiff1d(np.arange(20_000), compared_rows(20_000))[0], 1] = 1
    with pytest.raises(ValueError, match="X is constant in column 1"):
        next(fits(X))


def test_constant_columns_are_named():
    X = np.c_[three(), np.ones(150)]
    with pytest.raises(ValueError) as error:
        next(fits(X))
    assert str(error.value) == (
        "X is constant in column 2: a Gaussian has no extent there. Leave such columns out."
    )


ALONE = np.repeat(np.random.default_rng(0).normal(size=(5000, 1)), 5, axis=1)  # as many numbers as take long
ALONE[:, 1:] += np.random.default_rng(1).normal(size=(5000, 4))


@pytest.mark.parametrize(
    ("X", "first"), [(three(), [(1, "full"), (2, "full")]), (ALONE, [(1, "full")])], ids=["few", "many"]
)
def test_how_far_the_starts_of_a_fit_are_is_told(X, first):
    told = []

    def mapped(function, items):
        for of in items:
            yield function(of, on_iteration=lambda *ended, of=of: told.append(([m[:2] for m in of], *ended)))

    list(fits(X, [1, 2], ("full",), 3, mapped=mapped))
    assert told[0] == (first, 0)
    assert told == sorted(told)
    assert {ended for models, ended in told if models[-1] == (2, "full")} > {0}

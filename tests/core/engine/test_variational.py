"""Variational Bayes, beside scikit-learn's, beside closed forms, and with its history."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sklearn.mixture
from scipy.special import multigammaln
from sklearn.exceptions import ConvergenceWarning

from gmm_core import BayesianGaussianMixture, StopReason, load_dataset, make_blobs_data, start_at
from gmm_core.engine.covariance import FAMILIES, MODELS
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.variational import Belief, Variational

X = load_dataset("overlapping").X
KINDS = {False: "dirichlet_distribution", True: "dirichlet_process"}


def start(family="full", k=4):
    return start_at(X, X[:: len(X) // k][:k], covariance_type=family)


@pytest.mark.parametrize("process", KINDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_it_is_scikit_learns_from_the_same_start(family, process):
    begin = start(family)

    class FromThere(sklearn.mixture.BayesianGaussianMixture):
        def _initialize_parameters(self, X, random_state, xp=None):
            self._initialize(X, begin.responsibilities(X))

    with pytest.warns(ConvergenceWarning):
        theirs = FromThere(
            n_components=4,
            covariance_type=family,
            tol=0,
            max_iter=30,
            weight_concentration_prior_type=KINDS[process],
        ).fit(X)
    belief = replace(Belief.of(X, 4, FAMILIES[family]), process=process)
    # One step more: scikit-learn's start is the M-step after these responsibilities.
    run = climb(X, Variational(belief=belief), begin, tol=0, max_iter=31, reg_covar=1e-6)
    ours = run.trace.mixture
    np.testing.assert_allclose(ours.weights, theirs.weights_, rtol=1e-8)
    np.testing.assert_allclose(ours.means, theirs.means_, rtol=1e-8)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, rtol=1e-8)


def test_with_one_component_the_bound_is_the_evidence():
    """Then the posterior is exact. Murphy 2007, Conjugate Bayesian analysis of the Gaussian, 266."""
    n, d = X.shape
    belief = Belief.of(X, 1, FAMILIES["full"])
    run = climb(X, Variational(), start_at(X, X[:1]), tol=0, max_iter=3, reg_covar=0)
    dof, strength = belief.dof + n, belief.mean_precision + n
    offsets = X.mean(axis=0) - belief.mean
    scatter = belief.covariance + (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
    scatter += n * belief.mean_precision / strength * np.outer(offsets, offsets)
    evidence = (
        -0.5 * n * d * np.log(np.pi)
        + multigammaln(dof / 2, d)
        - multigammaln(belief.dof / 2, d)
        + 0.5 * belief.dof * np.linalg.slogdet(belief.covariance)[1]
        - 0.5 * dof * np.linalg.slogdet(scatter)[1]
        + 0.5 * d * np.log(belief.mean_precision / strength)
    )
    np.testing.assert_allclose(n * run.values[1:], evidence, rtol=1e-12)


@pytest.mark.parametrize("process", KINDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_bound_rises_and_what_is_not_needed_dies(family, process):
    data = make_blobs_data(100, 3, cluster_std=1.0, n_features=2, random_state=3)
    begin = start_at(data.X, data.X[::30], covariance_type=family)
    belief = replace(Belief.of(data.X, 10, FAMILIES[family], concentration=1e-3), process=process)
    run = climb(data.X, Variational(belief=belief), begin, tol=1e-8, max_iter=2000, reg_covar=0)
    assert run.broken == []
    assert run.trace.converged
    assert np.isfinite(run.values).all()
    rows = 300 * run.trace.mixture.weights
    assert (rows > 20).sum() == 3 or family == "tied", rows.round(1)
    assert (rows < 1).any()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_that_counts_three_times_is_three_rows(family):
    counts = np.random.default_rng(0).integers(0, 4, len(X))
    whole = np.repeat(X, counts, axis=0)
    begin = start(family)
    ours = climb(X, Variational(), begin, tol=0, max_iter=20, sample_weight=counts)
    theirs = climb(whole, Variational(), begin, tol=0, max_iter=20)
    np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-10)
    np.testing.assert_allclose(ours.trace.mixture.means, theirs.trace.mixture.means, rtol=1e-8)


def test_the_smaller_the_concentration_the_fewer_components_live():
    data = make_blobs_data(100, 3, cluster_std=1.5, n_features=2, random_state=3)
    begin = start_at(data.X, data.X[::30])
    living = [
        (
            climb(
                data.X, Variational(concentration=value), begin, tol=1e-6, max_iter=500
            ).trace.mixture.weights
            > 0.01
        ).sum()
        for value in (1e-3, 1.0, 100.0)
    ]
    assert living[0] < living[2] == 10
    assert living == sorted(living)


def test_what_makes_no_sense_is_said():
    with pytest.raises(ValueError, match="concentration must be a number from 0, which stands for 1 / k"):
        climb(X, Variational(concentration=-1), start())
    with pytest.raises(ValueError, match="Variational Bayes has a prior of its own. Leave the other one out"):
        climb(X, Variational(), start(), prior=True)
    flat = np.column_stack([X, np.ones(len(X))])
    wide = start_at(flat, flat[:2], reg_covar=1e-3)
    with pytest.raises(ValueError, match="these have no extent in some direction. Leave columns out that"):
        climb(flat, Variational(), wide, reg_covar=1e-3)
    begin = start_at(X, X[:2], covariance_type="VEV")
    assert "VEV" in MODELS
    with pytest.raises(ValueError, match="the model VEV has no prior of precisions that would keep to it"):
        climb(X, Variational(), begin)


@pytest.mark.parametrize("options", [{}, {"weight_concentration_prior_type": KINDS[False]}], ids=str)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_estimator_keeps_its_history(family, options):
    how = {"n_components": 3, "covariance_type": family, "random_state": 0, "n_init": 3, **options}
    ours = BayesianGaussianMixture(**how).fit(X)
    theirs = sklearn.mixture.BayesianGaussianMixture(**how).fit(X)
    for name in ("weights_", "means_", "covariances_", "precisions_", "lower_bounds_", "n_iter_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    trace = ours.history_
    assert trace.n_iter == ours.n_iter_
    assert trace.stop is StopReason.CONVERGED
    np.testing.assert_array_equal(trace.mixture.means, ours.means_)
    np.testing.assert_array_equal(trace.mixture.covariances, ours.covariances_)
    np.testing.assert_allclose(trace.mixture.weights, ours.weights_, rtol=1e-12)
    assert len({step.log_likelihood for step in trace.steps}) == len(trace.steps)


def test_the_history_goes_on_where_a_fit_does():
    model = BayesianGaussianMixture(n_components=3, random_state=0, warm_start=True, max_iter=2)
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    before = model.history_.mixture
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    assert model.history_.n_iter == 2
    assert model.history_.steps[0].mixture == before


@pytest.mark.slow
def test_scikit_learns_own_tests_pass(tmp_path):
    """Of its Bayesian mixture, with ours in its place."""
    source = Path(sklearn.mixture.__file__).parent / "tests" / "test_bayesian_mixture.py"
    text = source.read_text(encoding="utf-8")
    ours = text.replace(
        "from sklearn.mixture import BayesianGaussianMixture",
        "from gmm_core import BayesianGaussianMixture",
    )
    assert ours != text
    (tmp_path / "test_theirs.py").write_text(ours, encoding="utf-8")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        env={"PYTHONPATH": str(root), "PATH": "", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]

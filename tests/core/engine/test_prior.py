"""A prior for means and covariances: its M-step beside an explicit one, its law, and no collapse."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import invgamma, invwishart, multivariate_normal

from gmm_core import GaussianMixture, Mixture, Prior, fit, iterate
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.em import StopReason
from gmm_core.engine.starts import INITS

few = settings(max_examples=12)
families = pytest.mark.parametrize("family", FAMILIES)
DATA = np.random.default_rng(0).normal(size=(60, 2)) @ [[2, 0.5], [0, 1]] + np.repeat([[0, 0], [5, 3]], 30, 0)


def explicit_log_density(prior: Prior, mixture: Mixture) -> float:
    """By scipy's densities of the normal, the inverse Wishart and the inverse gamma."""
    d, total = mixture.n_features, 0.0
    for mean, covariance in zip(mixture.means, mixture.full_covariances, strict=True):
        total += multivariate_normal(prior.mean, covariance / prior.shrinkage).logpdf(mean)
    if mixture.family.matrices:
        for covariance in np.reshape(mixture.covariances, (-1, d, d)):
            total += invwishart(prior.dof, prior.scale).logpdf(covariance)
    else:
        total += invgamma(prior.dof / 2, scale=prior.scale / 2).logpdf(mixture.covariances).sum()
    return total


@families
def test_its_density_is_that_of_scipy_but_for_a_constant(family):
    prior = Prior.of(DATA, 2, FAMILIES[family])
    mixtures = [step.mixture for step in fit(DATA, 2, covariance_type=family, random_state=0).steps[:2]]
    ours = np.diff([prior.log_density(one) for one in mixtures])
    assert ours == pytest.approx(np.diff([explicit_log_density(prior, one) for one in mixtures]), rel=1e-9)


@families
def test_the_defaults_are_those_of_mclust(family):
    prior, covariance = Prior.of(DATA, 3, FAMILIES[family]), np.cov(DATA.T)
    np.testing.assert_allclose(prior.mean, DATA.mean(axis=0))
    assert (prior.shrinkage, prior.dof) == (0.01, 4)
    matrices = FAMILIES[family].matrices
    np.testing.assert_allclose(prior.scale, (covariance if matrices else np.trace(covariance) / 2) / 3)
    of_one = Prior.of(DATA[:, :1], 3, FAMILIES[family])
    assert of_one.dof == 3
    assert np.squeeze(of_one.scale) == pytest.approx(covariance[0, 0] / 9)


@families
def test_the_step_is_fraleys_and_rafterys(family):
    """Their M-step, written out for each model (2007, section 3)."""
    start = fit(DATA, 2, covariance_type=family, random_state=0, max_iter=0).mixture
    prior, (k, d) = Prior.of(DATA, 2, FAMILIES[family]), (2, 2)
    R = start.responsibilities(DATA)
    n, kappa, nu, mu = R.sum(axis=0), prior.shrinkage, prior.dof, prior.mean
    centres = R.T @ DATA / n[:, np.newaxis]
    W = np.stack([(R[:, j] * (DATA - centres[j]).T) @ (DATA - centres[j]) for j in range(k)])
    between = np.stack(
        [kappa * n[j] / (kappa + n[j]) * np.outer(c - mu, c - mu) for j, c in enumerate(centres)]
    )
    S, trace, diagonal = W + between, np.einsum("kii->k", W + between), np.einsum("kii->ki", W + between)
    covariances = {
        "full": lambda: (prior.scale + S) / (nu + n + d + 2)[:, np.newaxis, np.newaxis],
        "tied": lambda: (prior.scale + S.sum(axis=0)) / (nu + len(DATA) + d + k + 1),
        "diag": lambda: (prior.scale + diagonal) / (nu + n + 3)[:, np.newaxis],
        "spherical": lambda: (prior.scale + trace) / (nu + (n + 1) * d + 2),
    }[family]()
    _, m = islice(iterate(DATA, start, reg_covar=0, prior=prior), 2)
    np.testing.assert_allclose(m.mixture.covariances, covariances, rtol=1e-10)
    means = (n[:, np.newaxis] * centres + kappa * mu) / (n + kappa)[:, np.newaxis]
    np.testing.assert_allclose(m.mixture.means, means, rtol=1e-10)


def test_the_end_is_where_a_general_search_ends():
    x = DATA[:, 0]
    prior = Prior.of(x[:, np.newaxis], 2, FAMILIES["full"])
    trace = fit(x, 2, prior=prior, reg_covar=0, tol=1e-13, max_iter=5000, random_state=0)

    def minus_log_posterior(v: np.ndarray) -> float:
        share = 1 / (1 + np.exp(-v[0]))
        mixture = Mixture([share, 1 - share], v[1:3, np.newaxis], np.exp(v[3:])[:, np.newaxis, np.newaxis])
        return -float(mixture.log_density(x).mean() + prior.log_density(mixture) / len(x))

    m = trace.mixture
    found = [np.log(m.weights[0] / m.weights[1]), *m.means[:, 0], *np.log(m.covariances.ravel())]
    best = minimize(minus_log_posterior, found, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12})
    assert -best.fun - trace.log_posteriors[-1] < 1e-8


@few
@given(
    st.sampled_from(sorted(FAMILIES)),
    st.sampled_from(sorted(INITS)),
    st.sampled_from([{}, {"noise": True}, {"dof": "each"}]),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_the_log_posterior_never_falls_and_nothing_collapses(family, init, options, seed, gaps):
    """Also where half of the rows are one row, in which a component without a prior ends."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(24, 2))
    X[:10] = X[0]
    if gaps:
        X[12::3, 0] = np.nan
    trace = fit(
        X,
        3,
        covariance_type=family,
        init=init,
        prior=True,
        reg_covar=0,
        random_state=seed,
        tol=0,
        max_iter=30,
        sample_weight=rng.integers(1, 3, len(X)),
        missing="observed" if gaps else "raise",
        **options,
    )
    assert trace.stop is StopReason.MAX_ITER
    assert trace.objective == "log_posterior"
    assert (np.diff(trace.log_posteriors) > -1e-9).all()
    for before, after in pairwise(trace.steps):
        assert before.log_posterior - 1e-9 <= after.lower_bound <= after.log_posterior + 1e-9
    assert "log-posterior" in trace.note


def test_without_a_prior_the_same_run_collapses():
    X = np.vstack([np.zeros((10, 2)), np.random.default_rng(0).normal(size=(14, 2)) + 4])
    how = {"init": "spread_rows", "reg_covar": 0, "random_state": 0}
    assert fit(X, 3, **how).stop is StopReason.COLLAPSED
    cured = fit(X, 3, prior=True, **how)
    assert cured.converged
    assert cured.end.log_posteriors[-1] == cured.log_posteriors[-1]
    assert len(cured.end.log_posteriors) == cured.n_iter + 1
    model = GaussianMixture(3, prior=True, init_params="spread_rows", reg_covar=0, random_state=0).fit(X)
    np.testing.assert_allclose(model.lower_bounds_[0], cured.log_posteriors[0])


def test_a_plain_fit_speaks_of_no_prior():
    trace = fit(DATA, 2, random_state=0)
    assert trace.objective == "log_likelihood"
    assert trace.prior is None
    np.testing.assert_array_equal(trace.objectives, trace.log_likelihoods)
    assert fit(DATA, 2, random_state=0, prior=False, noise=False) == trace


@pytest.mark.parametrize(
    ("prior", "sentence"),
    [
        ("strong", "prior must be a Prior, True or 'default'"),
        (
            lambda: Prior([0, 0], 0.01, 4, 1.0),
            r"prior.scale must have the shape \(2, 2\) for the family 'full'",
        ),
        (lambda: Prior([0, 0, 0], 0.01, 5, np.eye(3)), "prior.mean has 3 features, but X has 2"),
        (lambda: Prior([0, 0], 0.01, 4, np.eye(3)), "have the shape"),
        (lambda: Prior([[0, 0]], 0.01, 4, np.eye(2)), "must have the shape"),
        (lambda: Prior([0, 0], 0.01, 4, -np.eye(2)), "positive definite"),
        (lambda: Prior([0, 0], -1, 4, np.eye(2)), "must be a number from 0"),
        (lambda: Prior([0, 0], 0.01, 1, np.eye(2)), "prior.dof must be above 1"),
        (lambda: Prior([0, np.nan], 0.01, 4, np.eye(2)), "prior.mean must be finite"),
    ],
)
def test_a_wrong_prior_gets_a_sentence(prior, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(DATA, 2, prior=prior() if callable(prior) else prior)


def test_of_flat_data_no_default_can_be_made():
    with pytest.raises(ValueError, match="no default prior can be made"):
        fit(np.column_stack([np.arange(9.0), np.ones(9)]), 2, prior=True)

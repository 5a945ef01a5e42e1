"""Noise and t distributions: EM beside a slow and explicit one, its laws, and what strays do to a fit."""

from __future__ import annotations

import pickle
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import digamma
from scipy.stats import multivariate_normal, multivariate_t

from gmm_core import GaussianMixture, Mixture, e_step, fit, impute, iterate
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.expectation import LEAST_DOF, MOST_DOF
from gmm_core.engine.strays import farthest
from gmm_core.judgement.criteria import CRITERIA
from gmm_core.judgement.selection import bic, icl

few = settings(max_examples=10)
BEYOND = ({"noise": True}, {"dof": "each"}, {"dof": "common"}, {"dof": 3.0}, {"noise": 0.1, "dof": "each"})
beyond = pytest.mark.parametrize("options", BEYOND, ids=str)
families = pytest.mark.parametrize("family", FAMILIES)


def with_strays(n: int = 120, n_strays: int = 15, seed: int = 0) -> np.ndarray:
    """Two groups, and rows anywhere; these come last."""
    rng = np.random.default_rng(seed)
    groups = rng.normal(size=(n, 2)) @ [[1, 0.4], [0, 0.8]]
    groups[n // 2 :] += [6, 4]
    return np.vstack([groups, rng.uniform(-12, 18, (n_strays, 2))])


def with_gaps(X: np.ndarray) -> np.ndarray:
    gaps = X.copy()
    gaps[::7, 0] = gaps[3::11, 1] = np.nan
    return gaps


def begun(family: str, options: dict, X: np.ndarray) -> Mixture:
    return fit(X, 2, covariance_type=family, random_state=0, max_iter=0, **options).mixture


def explicit_step(X: np.ndarray, mixture: Mixture, counting: np.ndarray) -> tuple[float, Mixture]:
    """An iteration row by row and in full matrices -> mean log-likelihood, next mixture."""
    (k, d), S, dof = mixture.means.shape, mixture.full_covariances, mixture.dof
    N, masses, logs, noise, total = np.zeros(k), np.zeros(k), np.zeros(k), 0.0, 0.0
    shares, precisions = np.zeros((len(X), k)), np.ones((len(X), k))
    for i, x in enumerate(X):
        densities = np.zeros(k)
        for j in range(k):
            if dof is None:
                densities[j] = multivariate_normal(mixture.means[j], S[j]).pdf(x)
            else:
                densities[j] = multivariate_t(mixture.means[j], S[j], df=dof[j]).pdf(x)
                distance = (x - mixture.means[j]) @ np.linalg.solve(S[j], x - mixture.means[j])
                precisions[i, j] = (dof[j] + d) / (dof[j] + distance)
        joint = mixture.weights * densities
        of_noise = mixture.noise_weight * mixture.noise_density
        whole = joint.sum() + of_noise
        total += counting[i] * np.log(whole)
        shares[i] = counting[i] * joint / whole
        noise += counting[i] * of_noise / whole
    N, u = shares.sum(axis=0), shares * precisions
    masses = u.sum(axis=0)
    means = u.T @ X / masses[:, np.newaxis]
    each = np.stack([(u[:, j] * (X - means[j]).T) @ (X - means[j]) / N[j] for j in range(k)])
    covariances = {
        "full": each,
        "tied": np.average(each, axis=0, weights=N),
        "diag": np.einsum("kii->ki", each),
        "spherical": np.einsum("kii->k", each) / d,
    }[mixture.covariance_type]
    found = mixture.beyond | {"noise_weight": noise / (noise + N.sum()) if mixture.noise_weight else 0.0}
    if dof is not None and mixture.dof_type != "fixed":
        # Peel & McLachlan's equation, with the old degrees of freedom in its last two terms.
        logs = (shares * (np.log(precisions) - precisions)).sum(axis=0) / N
        old = logs + digamma((dof + d) / 2) - np.log((dof + d) / 2)
        if mixture.dof_type == "common":
            old = np.full(k, np.average(old, weights=N))

        def equation(value: float, rest: float) -> float:
            return np.log(value / 2) - digamma(value / 2) + 1 + rest

        found["dof"] = [
            brentq(equation, LEAST_DOF, MOST_DOF, args=(rest,))
            if equation(LEAST_DOF, rest) > 0 > equation(MOST_DOF, rest)
            else (LEAST_DOF if equation(LEAST_DOF, rest) <= 0 else MOST_DOF)
            for rest in old
        ]
    weights = N / (N.sum() + noise)
    return total / counting.sum(), Mixture(weights, means, covariances, mixture.covariance_type, **found)


@families
@beyond
def test_a_step_is_that_of_a_slow_twin(family, options):
    X = with_strays(60, 10)
    counting = np.random.default_rng(1).integers(1, 4, len(X)).astype(float)
    mixture = begun(family, options, X)
    for _ in range(2):
        log_likelihood, expected = explicit_step(X, mixture, counting)
        e, m = islice(iterate(X, mixture, reg_covar=0, sample_weight=counting), 2)
        assert e.expectation.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)
        for name in ("weights", "means", "covariances", "noise_weight"):
            np.testing.assert_allclose(
                getattr(m.mixture, name), getattr(expected, name), rtol=1e-9, atol=1e-12
            )
        if mixture.dof is not None:
            np.testing.assert_allclose(m.mixture.dof, expected.dof, rtol=1e-7)
        mixture = m.mixture


@few
@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(BEYOND), st.integers(0, 10**6), st.booleans())
def test_the_likelihood_never_falls_and_the_bound_lies_below(family, options, seed, gaps):
    X = with_strays(50, 6, seed)
    how = {"missing": "observed"} if gaps else {}
    trace = fit(
        with_gaps(X) if gaps else X,
        2,
        covariance_type=family,
        init="spread_rows",
        random_state=seed,
        tol=0,
        max_iter=25,
        reg_covar=0,
        **options,
        **how,
    )
    for before, after in pairwise(trace.steps):
        assert after.log_likelihood >= before.log_likelihood - 1e-9
        assert before.log_likelihood - 1e-9 <= after.lower_bound <= after.log_likelihood + 1e-9


@families
@beyond
def test_a_weight_is_so_many_rows(family, options):
    X = with_strays(40, 8)
    times = np.random.default_rng(2).integers(0, 4, len(X))
    how = {"covariance_type": family, "init": "hierarchical", "tol": 0, "max_iter": 8, **options}
    weighted = fit(X, 2, sample_weight=times, **how)
    several = fit(np.repeat(X, times, axis=0), 2, **how)
    for one, other in zip(weighted.steps, several.steps, strict=True):
        assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-11)
    np.testing.assert_allclose(weighted.mixture.means, several.mixture.means, rtol=1e-9)


def test_of_missing_values_the_marginal_counts():
    X = with_gaps(with_strays())
    X = X[~np.isnan(X).all(axis=1)]
    mixture = begun("full", {"noise": True, "dof": "each"}, with_strays())
    rows = ~np.isnan(X)
    expected = 0.0
    for x, known in zip(X, rows, strict=True):
        density = mixture.noise_weight / np.prod((mixture.noise_box[1] - mixture.noise_box[0])[known])
        for j, weight in enumerate(mixture.weights):
            scale = mixture.covariances[j][np.ix_(known, known)]
            density += weight * multivariate_t(mixture.means[j][known], scale, df=mixture.dof[j]).pdf(
                x[known]
            )
        expected += np.log(density) / len(X)
    assert e_step(X, mixture, missing="observed").log_likelihood == pytest.approx(expected, rel=1e-12)


def test_what_is_missing_is_expected_given_what_is_known():
    """A dense grid of the missing value, with the posterior of the precision, beside the sums."""
    mixture = Mixture([1.0], [[0.0, 1.0]], [[[2.0, 0.9], [0.9, 1.0]]], dof=[4.0])
    X = np.array([[1.5, np.nan]])
    found = e_step(X, mixture, missing="observed")
    grid = np.linspace(-300, 300, 600_001)
    density = multivariate_t(mixture.means[0], mixture.covariances[0], df=4).pdf(
        np.column_stack([np.full_like(grid, 1.5), grid])
    )
    residuals = np.column_stack([np.full_like(grid, 1.5), grid]) - mixture.means[0]
    precisions = (4 + 2) / (
        4 + np.einsum("nd,nd->n", residuals @ np.linalg.inv(mixture.covariances[0]), residuals)
    )
    density /= density.sum()
    mass = density @ precisions
    mean = density * precisions @ grid / mass
    assert found.masses[0] == pytest.approx(mass, rel=1e-4)
    assert found.means[0, 1] == pytest.approx(mean, rel=1e-4)
    spread = density * precisions @ (grid - mean) ** 2
    assert found.scatter[0, 1, 1] == pytest.approx(spread, rel=1e-3)


def test_noise_finds_the_strays_and_leaves_the_groups_alone():
    X = with_strays(300, 30)
    plain, noisy = fit(X, 2, random_state=0), fit(X, 2, noise=True, random_state=0, tol=1e-6)
    mixture = noisy.mixture
    strays = mixture.labels(X) == -1
    assert strays[300:].mean() > 0.8
    assert strays[:300].mean() < 0.01
    assert mixture.noise_weight == pytest.approx(30 / 330, abs=0.02)
    assert np.diagonal(mixture.covariances, axis1=1, axis2=2).max() < 1.6
    assert np.diagonal(plain.mixture.covariances, axis1=1, axis2=2).max() > 4
    np.testing.assert_allclose(mixture.responsibilities(X).sum(axis=1) + mixture.noise_share(X), 1)
    assert sum(noisy.steps[-1].counts) == pytest.approx(330 * (1 - mixture.noise_share(X).mean()))
    # A guess of who the strays are is a start as well; BIC pays for the weight and the volume.
    guessed = fit(X, 2, noise=np.arange(330) >= 300, random_state=0, tol=1e-6).mixture
    np.testing.assert_allclose(guessed.means, mixture.means, atol=0.05)
    assert mixture.n_parameters == plain.mixture.n_parameters + 2
    assert bic(mixture, X) < bic(plain.mixture, X)
    assert icl(mixture, X) >= bic(mixture, X)
    assert CRITERIA["bic"].name == "bic"
    # Far beyond the box a row is noise too.
    assert mixture.labels([[1e4, -1e4]]) == -1


@families
def test_degrees_of_freedom_come_out_as_rows_were_drawn(family):
    identity = {"full": np.tile(np.eye(2), (2, 1, 1)), "tied": np.eye(2), "diag": np.ones((2, 2))}
    shape = identity.get(family, np.ones(2))
    truth = Mixture([0.5, 0.5], [[0, 0], [30, 0]], shape, family, dof=[3.0, 12.0])
    X, _ = truth.sample(6000, 0)
    found = fit(X, 2, covariance_type=family, dof="each", random_state=0, tol=1e-9, max_iter=400).mixture
    order = np.argsort(found.means[:, 0])
    few_dof, many_dof = found.dof[order]
    assert few_dof == pytest.approx(3, abs=0.5)
    assert 7 < many_dof < 25
    np.testing.assert_allclose(found.means[order], truth.means, atol=0.1)
    held = fit(X, 2, covariance_type=family, dof=[3.0, 12.0], random_state=0).mixture
    assert held.dof_type == "fixed"
    assert held.n_parameters == found.n_parameters - 2


def test_densities_are_those_of_scipy_and_samples_follow_them():
    mixture = Mixture(
        [0.5, 0.3],
        [[0, 0], [3, 1]],
        [np.eye(2), [[2, 0.5], [0.5, 1]]],
        noise_weight=0.2,
        noise_box=[[-5, -5], [8, 6]],
        dof=[2.5, 80.0],
    )
    X, labels = mixture.sample(4000, 1)
    at = X[:50]
    parts = [
        w * multivariate_t(m, s, df=v).pdf(at)
        for w, m, s, v in zip(mixture.weights, mixture.means, mixture.covariances, mixture.dof, strict=True)
    ]
    np.testing.assert_allclose(np.exp(mixture.log_joint(at)), np.transpose(parts), rtol=1e-10)
    density = np.sum(parts, axis=0) + 0.2 / (13 * 11)
    np.testing.assert_allclose(np.exp(mixture.log_density(at)), density, rtol=1e-10)
    np.testing.assert_allclose(np.bincount(labels + 1) / 4000, [0.2, 0.5, 0.3], atol=0.03)
    distances = mixture.squared_distances(X[labels == 0])[:, 0] / 2
    assert np.mean(distances < 1.0) == pytest.approx(0.5, abs=0.2)
    # As a value: equal, kept whole by copies, and its marginals are mixtures of its kind.
    assert pickle.loads(pickle.dumps(mixture)) == mixture
    assert hash(mixture) == hash(pickle.loads(pickle.dumps(mixture)))
    assert mixture != mixture.of_components
    first = mixture.project([[1.0, 0.0]])
    np.testing.assert_array_equal(first.noise_box, [[-5], [8]])
    np.testing.assert_array_equal(first.dof, mixture.dof)
    with pytest.raises(ValueError, match="mixes features"):
        mixture.project([[1.0, 1.0]])
    mixture.of_components.project([[1.0, 1.0]])


@pytest.mark.slow
def test_many_degrees_of_freedom_are_gaussian_and_said_to_be():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 1)).clip(-1.8, 1.8)  # tails lighter than a Gaussian's
    trace = fit(X, 1, dof="each", tol=0, max_iter=3000)
    assert trace.mixture.dof[0] > 150 or "Gaussian" in trace.note
    held = fit(X, 1, start=Mixture([1.0], [[0.0]], [[[1.0]]], dof=[MOST_DOF]), dof="each", max_iter=3)
    assert "for all that the rows can tell, Gaussian" in held.note
    spikes = np.concatenate([rng.normal(size=300) * 1e-3, 10 ** rng.uniform(0, 6, 60)])
    assert "no mean, only a middle" in fit(spikes, 1, dof="each", tol=0, max_iter=200).note


def test_missing_values_are_drawn_as_wide_as_tails_say():
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], dof=[3.0])
    near, far = (
        impute(np.tile([x, np.nan], (4000, 1)), mixture, draw=True, random_state=0)[:, 1] for x in (0.0, 6.0)
    )
    assert np.median(far) == pytest.approx(3, abs=0.2)
    assert np.median(near) == pytest.approx(0, abs=0.1)
    quartiles = [np.subtract(*np.percentile(one, [75, 25])) for one in (near, far)]
    assert quartiles[1] / quartiles[0] == pytest.approx(np.sqrt((3 + 36) / 3), rel=0.1)


def test_the_estimator_says_minus_one_of_noise():
    X = with_strays()
    model = GaussianMixture(2, noise=True, dof="common", n_init=2, random_state=0).fit(X)
    mixture = model.history_.mixture
    np.testing.assert_array_equal(model.predict(X), mixture.labels(X))
    np.testing.assert_allclose(model.predict_proba(X), mixture.responsibilities(X))
    np.testing.assert_allclose(model.score_samples(X), mixture.log_density(X))
    assert model.noise_weight_ == mixture.noise_weight
    assert model.dof_[0] == model.dof_[1]
    assert model.bic(X) == pytest.approx(bic(mixture, X))
    assert -1 in model.sample(500)[1]
    again = GaussianMixture(2, noise=True, dof="common", warm_start=True, random_state=0).fit(X).fit(X)
    assert again.score(X) >= model.score(X) - 1e-3
    plain = GaussianMixture(2, random_state=0).fit(X)
    assert plain.dof_ is None
    assert plain.noise_box_ is None
    assert plain.predict(X).min() == 0


def test_a_few_rows_are_far_from_all_others():
    X = np.concatenate([np.arange(50) * 0.01, [5.0, 9.0]])[:, np.newaxis]
    assert np.flatnonzero(farthest(X, 0.05, None)).tolist() == [50, 51]
    assert not farthest(np.zeros((20, 1)), 0.05, None).any()  # of rows equally far, all or none


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"noise": 1.5}, "noise must be True, the weight"),
        ({"noise": "yes"}, "noise must be True, the weight"),
        ({"noise": [True, False]}, "noise must say for each of the 135 rows"),
        ({"noise": np.ones(135)}, "every row that it is a stray"),
        ({"dof": "t"}, "dof must be 'each', 'common'"),
        ({"dof": 0}, "from 1 to 200"),
        ({"dof": np.inf}, "many degrees of freedom lead to: dof=None"),
        ({"dof": [3.0, 4.0, 5.0]}, "one for each of the 2 components"),
        ({"dof": True}, "from 1 to 200"),
        ({"dof": object()}, "a number to hold it at"),
    ],
)
def test_bad_options_get_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit(with_strays(), 2, **options)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"noise_weight": 0.5}, "needs a noise_box"),
        ({"noise_weight": 0.2, "noise_box": [[0], [1]]}, "must sum to 1 together"),
        ({"noise_box": [[0], [0]]}, "extent in every feature"),
        ({"noise_box": [0, 1]}, "must have the shape"),
        ({"dof": [0.0]}, "dof must be above 0"),
        ({"dof": [1.0, 2.0]}, "dof must have the shape"),
        ({"dof": [1.0], "dof_type": "some"}, "dof_type must be one of"),
    ],
)
def test_a_mixture_of_no_such_kind_gets_a_sentence(parts, sentence):
    with pytest.raises(ValueError, match=sentence):
        Mixture([1.0], [[0.0]], [[[1.0]]], **parts)


def test_noise_over_nothing_gets_a_sentence():
    with pytest.raises(ValueError, match="Column 1 of X is constant"):
        fit(np.column_stack([np.arange(9.0), np.ones(9)]), 2, noise=True)

"""Standard errors at once, by the observed information."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, t

from gmm_core import Mixture, Scaling, fit
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.information import ByInformation, Derivatives, at_once, information_intervals
from gmm_core.judgement.intervals import Blurred, blurred, parameter_intervals

TRUE = Mixture([0.5, 0.3, 0.2], [[0, 0], [3, 1], [0, 4]], [np.eye(2), [[1, 0.3], [0.3, 0.5]], np.eye(2)])
EXACT = {"reg_covar": 0, "tol": 1e-13, "max_iter": 5000}


@pytest.fixture(scope="module")
def X() -> np.ndarray:
    return TRUE.sample(1000, 0)[0]


def free_dof(mixture):
    """The degrees of freedom that are estimated, (k,), or one, or none."""
    if mixture.dof is None:
        return np.zeros(0)
    return mixture.dof[: {"each": mixture.n_components, "common": 1, "fixed": 0}[mixture.dof_type]]


def flat(mixture):
    """All free parameters, (p,); with noise, the last weight is that of noise."""
    covariances = mixture.covariances
    if mixture.family.matrices:
        covariances = covariances[..., *np.triu_indices(mixture.n_features)]
    return np.r_[mixture.all_weights[:-1], mixture.means.ravel(), covariances.ravel(), free_dof(mixture)]


def unflat(values, like):
    """The mixture with these parameters, in the family of another."""
    k, d = like.means.shape
    free = len(like.all_weights) - 1
    tails = len(free_dof(like))
    weights, means, rest, dof = np.split(values, [free, free + k * d, len(values) - tails])
    covariances = np.empty_like(like.covariances)
    if like.family.matrices:
        rows, columns = np.triu_indices(d)
        covariances[..., rows, columns] = rest.reshape(*covariances.shape[:-2], -1)
        covariances[..., columns, rows] = covariances[..., rows, columns]
    else:
        covariances[:] = rest.reshape(covariances.shape)
    weights = np.r_[weights, 1 - weights.sum()]
    beyond = {} if like.noise_box is None else {"noise_weight": weights[-1], "noise_box": like.noise_box}
    if like.dof is not None:
        beyond |= {"dof": np.resize(dof, k) if tails else like.dof, "dof_type": like.dof_type}
    return Mixture(weights[:k], means.reshape(k, d), covariances, like.covariance_type, **beyond)


def numerical_errors(mixture, X, prior=None):
    """Standard errors of all free parameters, from differences of the log-likelihood or -posterior, (p,)."""
    at, tails = flat(mixture), free_dof(mixture)
    p, h = len(at), np.full(len(at), 1e-4)
    h[p - len(tails) :] *= 10 * tails  # of many degrees of freedom one more changes nothing

    def total(*moves):
        moved = unflat(at + sum(moves), mixture)
        return moved.log_density(X).sum() + (prior.log_density(moved) if prior else 0)

    steps = np.diag(h)
    hessian = np.empty((p, p))
    for i in range(p):
        for j in range(i + 1):
            a, b = steps[i], steps[j]
            difference = total(a, b) - total(a, -b) - total(-a, b) + total(-a, -b)
            hessian[i, j] = hessian[j, i] = difference / (4 * h[i] * h[j])
    return np.sqrt(np.diagonal(np.linalg.inv(-hessian)))


def as_flat(found, mixture):
    """The standard errors of all free parameters that were found, (p,)."""
    errors, family = found.covariances.error, mixture.family
    if family.matrices:
        errors = errors[..., *np.triu_indices(mixture.n_features)]
    else:
        errors = np.einsum("kii->ki", errors)
    of_tails = found.dof.error[: len(free_dof(mixture))] if found.dof else np.zeros(0)
    shape = len(flat(mixture)) - (found.weights.error.size - 1 + found.means.error.size + len(of_tails))
    # Families that share write every entry several times.
    if family.shared:
        errors = errors[0]
    elif shape == mixture.n_components:
        errors = errors[:, 0]
    return np.r_[found.weights.error[:-1], found.means.error.ravel(), errors.ravel(), of_tails]


@pytest.mark.parametrize("family", FAMILIES)
def test_they_are_those_of_the_numerical_hessian(X, family):
    mixture = fit(X, 3, covariance_type=family, start=as_family(TRUE, family), **EXACT).mixture
    found = information_intervals(mixture, X)
    np.testing.assert_allclose(as_flat(found, mixture), numerical_errors(mixture, X), rtol=2e-5)
    assert found.unsettled < 1e-3
    # The last weight is what the others leave; where one begins does not matter.
    turned = Mixture(mixture.weights[::-1], mixture.means[::-1], turn(mixture), mixture.covariance_type)
    other = information_intervals(turned, X)
    for name in ("weights", "means", "deviations", "covariances"):
        one, two = getattr(found, name), getattr(other, name)
        np.testing.assert_allclose(two.error[::-1], one.error, rtol=1e-9)
        assert np.all((one.low <= one.estimate) & (one.estimate <= one.high))
    assert found.weights.low.min() > 0
    assert found.weights.high.max() < 1
    assert found.deviations.low.min() > 0


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "beyond",
    [
        {"noise": True},
        {"prior": True},
        {"noise": True, "prior": True},
        {"dof": 5},
        {"dof": "common", "prior": True},
    ],
    ids=str,
)
def test_with_what_goes_beyond_gaussians_they_are_those_of_the_numerical_hessian(X, family, beyond):
    rows = np.vstack([X, np.random.default_rng(0).uniform(-6, 9, size=(60, 2))])
    trace = fit(rows, 3, covariance_type=family, start=as_family(TRUE, family), **EXACT, **beyond)
    mixture, prior = trace.mixture, trace.prior
    found = information_intervals(mixture, rows, prior=prior)
    np.testing.assert_allclose(as_flat(found, mixture), numerical_errors(mixture, rows, prior), rtol=3e-4)
    assert found.unsettled < 1e-3
    if "noise" in beyond:
        assert found.weights.estimate[-1] == mixture.noise_weight
        assert 0 < found.weights.low[-1] < mixture.noise_weight < found.weights.high[-1]
    if prior is not None:  # and where its means' part counts
        strong = replace(prior, shrinkage=2.0)
        other = fit(rows, 3, covariance_type=family, start=mixture, **EXACT, **beyond | {"prior": strong})
        found = information_intervals(other.mixture, rows, prior=other.prior)
        expected = numerical_errors(other.mixture, rows, other.prior)
        np.testing.assert_allclose(as_flat(found, other.mixture), expected, rtol=3e-4)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("beyond", [{}, {"noise": True}], ids=str)
def test_with_tails_they_are_those_of_the_numerical_hessian(family, beyond):
    far = Mixture(TRUE.weights, 3 * TRUE.means, TRUE.covariances, dof=[3, 6, 10])
    rows = np.vstack([far.sample(1500, 3)[0], np.random.default_rng(0).uniform(-20, 20, size=(60, 2))])
    start = replace(as_family(far, family), dof=far.dof)
    mixture = fit(rows, 3, covariance_type=family, start=start, dof="each", **EXACT, **beyond).mixture
    found = information_intervals(mixture, rows)
    np.testing.assert_allclose(as_flat(found, mixture), numerical_errors(mixture, rows), rtol=2e-3)
    assert np.all((found.dof.low < mixture.dof) & (mixture.dof < found.dof.high))
    assert found.unsettled < 1e-2


@pytest.mark.slow
def test_tails_that_end_as_gaussians_are_taken_as_known_and_many_degrees_are_gaussians(X):
    held = fit(X, 3, start=TRUE, dof="each", **EXACT).mixture
    assert held.dof.max() == 200
    found, at_end = information_intervals(held, X), held.dof == 200
    np.testing.assert_array_equal(np.isnan(found.dof.error), at_end)
    np.testing.assert_array_equal(np.isnan(found.dof.low), at_end)
    gaussians = fit(X, 3, start=TRUE, **EXACT).mixture
    many = replace(gaussians, dof=np.full(3, 1e9), dof_type="fixed")
    for name in ("weights", "means", "deviations", "covariances"):
        one, two = (getattr(information_intervals(mixture, X), name) for mixture in (gaussians, many))
        np.testing.assert_allclose(two.error, one.error, rtol=1e-6)


def test_of_rows_whose_component_is_known_a_t_distribution_tells_what_is_expected():
    one = Mixture([1.0], [[0, 0]], [[[1, 0.3], [0.3, 0.8]]], dof=[5.0])
    told = Derivatives(one, one.sample(200_000, 0)[0], None)
    np.testing.assert_allclose(told.observed / 200_000, told.complete / 200_000, atol=0.005)
    assert abs(told.inverse()[1]) < 0.03


def test_tails_count_a_row_of_weight_three_as_three_rows_and_are_told_in_the_units_before(X):
    often = np.arange(len(X)) % 4
    rows = Mixture(TRUE.weights, TRUE.means, TRUE.covariances, dof=[4, 5, 6]).sample(1000, 1)[0]
    mixture = fit(rows, 3, start=TRUE, dof="each", sample_weight=often, **EXACT).mixture
    found = information_intervals(mixture, rows, sample_weight=often)
    repeated = information_intervals(mixture, np.repeat(rows, often, axis=0))
    scaling = Scaling.of("whiten", rows)
    scaled = information_intervals(
        scaling.scaled(mixture, "full"), scaling.scale(rows), sample_weight=often, scaling=scaling
    )
    for other in (repeated, scaled):
        for part in ("weights", "means", "covariances", "dof"):
            error = getattr(found, part).error
            np.testing.assert_allclose(getattr(other, part).error, error, rtol=1e-6)


def test_the_weight_of_one_component_beside_noise_is_what_noise_leaves(X):
    rows = np.vstack([np.random.default_rng(0).normal(size=(200, 2)), [[9, 9], [-9, 9], [9, -9]]])
    mixture = fit(rows, 1, noise=True, **EXACT).mixture
    found = information_intervals(mixture, rows)
    np.testing.assert_allclose(found.weights.error, numerical_errors(mixture, rows)[0], rtol=1e-4)
    np.testing.assert_allclose(found.weights.low, 1 - found.weights.high[::-1], rtol=1e-9)


def as_family(mixture, family):
    return Mixture(
        mixture.weights,
        mixture.means,
        FAMILIES[family].of_dense(mixture.full_covariances, mixture.weights),
        family,
    )


def turn(mixture):
    return mixture.covariances if mixture.family.shared else mixture.covariances[::-1]


def test_of_one_gaussian_they_are_those_of_the_textbook():
    X = np.random.default_rng(0).normal(3, [2, 0.5], size=(200, 2))
    found = information_intervals(fit(X, 1, reg_covar=0).mixture, X)
    deviations = X.std(axis=0)
    np.testing.assert_allclose(found.means.error[0], deviations / np.sqrt(200), rtol=1e-12)
    np.testing.assert_allclose(found.deviations.error[0], deviations / np.sqrt(400), rtol=1e-12)
    assert (found.weights.error, found.weights.low, found.weights.high) == ([0], [1], [1])
    assert abs(found.missing) < 1e-12
    assert found.unsettled < 1e-9


@pytest.mark.parametrize(
    ("family", "taken", "rows"), [("full", 1, 12), ("diag", 1, 12), ("tied", 2, 24), ("spherical", 2, 24)]
)
def test_intervals_of_few_rows_are_those_of_the_textbook(family, taken, rows):
    """Groups so far apart that whose the rows are is known; in two families, variances are pooled."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(12, 2)), 1e4 + rng.normal(size=(12, 2))])
    mixture = fit(X, 2, covariance_type=family, **EXACT | {"max_iter": 3}).mixture
    found = information_intervals(mixture, X)
    deviations = np.broadcast_to(mixture.deviations, (2, 2))
    corrected = deviations * np.sqrt(rows / (rows - taken))
    low, high = t.interval(0.95, rows - taken, loc=mixture.means, scale=corrected / np.sqrt(12))
    np.testing.assert_allclose((found.means.low, found.means.high), (low, high), rtol=1e-6)
    ends = [np.sqrt(rows / chi2.ppf(share, rows - taken)) * deviations for share in (0.975, 0.025)]
    np.testing.assert_allclose((found.deviations.low, found.deviations.high), ends, rtol=1e-6)
    variances = np.einsum("kii->ki", found.covariances.low)
    np.testing.assert_allclose(variances, np.square(ends[0]), rtol=1e-6)


def test_units_change_nothing_and_neither_do_features_that_nearly_are_one(X):
    mixture = fit(X, 3, start=TRUE, **EXACT).mixture
    found = information_intervals(mixture, X)
    P = np.array([[1e-6, 0], [1e-6, 1e-10]])  # the second column is the first, but for a ten thousandth
    other = information_intervals(mixture.project(P), X @ P.T)
    np.testing.assert_allclose(other.weights.error, found.weights.error, rtol=1e-6)
    np.testing.assert_allclose(other.mean_covariances, P @ found.mean_covariances @ P.T, rtol=1e-6)
    assert other.missing == pytest.approx(found.missing, rel=1e-6)


@pytest.mark.parametrize("name", ["standardise", "whiten"])
def test_of_scaled_rows_they_are_told_in_the_units_before(X, name):
    scaling = Scaling.of(name, X)
    mixture = fit(X, 3, start=TRUE, **EXACT).mixture
    found = information_intervals(mixture, X)
    scaled = information_intervals(scaling.scaled(mixture, "full"), scaling.scale(X), scaling=scaling)
    for part in ("weights", "means", "deviations", "covariances"):
        for what in ("estimate", "error", "low", "high"):
            wanted = getattr(getattr(found, part), what)
            np.testing.assert_allclose(getattr(getattr(scaled, part), what), wanted, rtol=1e-6, atol=1e-9)


def test_a_row_that_counts_three_times_is_three_rows(X):
    often = np.arange(len(X)) % 4
    mixture = fit(X, 3, start=TRUE, sample_weight=often, **EXACT).mixture
    found = information_intervals(mixture, X, sample_weight=often)
    repeated = information_intervals(mixture, np.repeat(X, often, axis=0))
    for name in ("weights", "means", "deviations", "covariances"):
        np.testing.assert_allclose(getattr(found, name).error, getattr(repeated, name).error, rtol=1e-10)
    assert found.unsettled == pytest.approx(repeated.unsettled, abs=1e-6)


def test_they_agree_with_the_bootstrap_where_rows_are_many(X):
    mixture = fit(X, 3, start=TRUE, **EXACT).mixture
    found, drawn = information_intervals(mixture, X), parameter_intervals(mixture, X, n_replicates=60)
    for name in ("weights", "means", "deviations", "covariances"):
        ratio = getattr(found, name).error / getattr(drawn, name).error
        assert np.all((ratio > 0.6) & (ratio < 1.6))
    widths = np.einsum("kii->ki", found.mean_covariances) / np.einsum("kii->ki", drawn.mean_covariances)
    assert np.all((widths > 0.4) & (widths < 2.5))


def test_they_are_there_at_once(X):
    mixture = fit(X, 3, start=TRUE).mixture
    took = []
    for _ in range(5):
        begun = time.thread_time()
        information_intervals(mixture, X)
        took.append(time.thread_time() - begun)
    assert min(took) < 0.1


def test_a_run_that_was_stopped_early_is_known_to_be(X):
    early = fit(X, 3, init="random_from_data", random_state=1, reg_covar=1e-6, tol=1e-3).mixture
    assert information_intervals(early, X).unsettled > 0.1


def test_where_there_is_no_maximum_there_are_none():
    saddle = Mixture([0.5, 0.5], [[0.0], [0.0]], [1.0, 1.0], "spherical")
    apart = np.r_[np.linspace(-1.2, -0.8, 50), np.linspace(0.8, 1.2, 50)][:, np.newaxis]
    with pytest.raises(ValueError) as error:
        information_intervals(saddle, apart)
    assert str(error.value) == (
        "There are no standard errors by information: the fit is at no maximum. Along some change of "
        "components 1 and 2 the log-likelihood curves upward: a saddle, a run that was stopped early, or a "
        "component that only reg_covar holds up."
    )
    held = Mixture([0.9, 0.1], [[0.0, 0.0], [9.0, 9.0]], [np.eye(2), 1e-6 * np.eye(2)])
    rows = np.vstack([np.random.default_rng(0).normal(size=(90, 2)), np.full((10, 2), 9.0)])
    with pytest.raises(ValueError, match="some change of component 2 the log-likelihood curves upward"):
        information_intervals(held, rows)


def test_what_the_rows_do_not_determine_is_a_sentence():
    twins = Mixture([0.5, 0.5], [[0.0], [0.0]], [[1.0]], "tied")
    rows = np.random.default_rng(0).normal(size=(80, 1))
    rows = (rows - rows.mean()) / rows.std()  # the best Gaussian is the twins', whoever has which weight
    with pytest.raises(ValueError) as error:
        information_intervals(twins, rows)
    assert str(error.value) == (
        "There are no standard errors by information: it is singular. Some change of components 1 and 2 "
        "leaves the log-likelihood as it is, so these rows do not determine the parameters; use fewer "
        "components."
    )


def test_few_rows_are_known_to_be_few(X):
    mixture = fit(X, 3, start=TRUE, **EXACT).mixture
    assert information_intervals(mixture, X).few == ()
    stray = np.r_[np.random.default_rng(0).normal(size=60), 20.0, 20.4, 20.5][:, np.newaxis]
    start = Mixture([0.9, 0.1], [[0.0], [20.0]], [1.0, 0.1], "spherical")
    alone = fit(stray, 2, covariance_type="spherical", start=start, **EXACT).mixture
    assert information_intervals(alone, stray).few == (1,)


def test_what_would_take_long_is_not_begun_at_once(X):
    sure = at_once(fit(X, 3, start=TRUE, **EXACT).mixture, X)
    assert isinstance(sure, ByInformation)
    assert at_once(TRUE, X[:, :1]) == "X has 1 features, but the mixture has 2."
    wide = Mixture([1.0], np.zeros((1, 40)), [np.eye(40)])
    assert at_once(wide, np.zeros((100_000, 40))) == (
        "The standard errors of 860 parameters from 100,000 rows take too long to be found at once."
    )


def test_what_cannot_be_asked_is_a_sentence(X):
    with pytest.raises(ValueError, match="X has 1 features, but the mixture has 2"):
        information_intervals(TRUE, X[:, :1])
    empty = Mixture([0.5, 0.5, 0], TRUE.means, TRUE.covariances)
    with pytest.raises(ValueError, match="Component 3 has the weight 0, and no standard error"):
        information_intervals(empty, X)
    wide = np.random.default_rng(0).normal(size=(60, 60))
    with pytest.raises(ValueError, match="has 1,890 free parameters; .* up to 1,500. Use the bootstrap"):
        information_intervals(Mixture([1.0], np.zeros((1, 60)), [np.eye(60)]), wide)


def test_a_mean_that_is_known_no_better_than_to_where_the_next_one_lies_is_said():
    near = Mixture([0.5, 0.5], [[0.0], [1.2]], [1.0, 1.0], "spherical")
    X, _ = near.sample(60, 1)
    mixture = fit(X, 2, covariance_type="spherical", start=near, tol=1e-7, max_iter=2000).mixture
    found = information_intervals(mixture, X)
    one, *_ = said = blurred(found)
    assert (one.component, one.other) == (0, 1)
    assert one.error == pytest.approx(found.means.error[0, 0])
    assert one.error > one.distance == pytest.approx(np.ptp(mixture.means))
    stretched = information_intervals(
        Mixture(mixture.weights, mixture.means * 1e3, mixture.covariances * 1e6, "spherical"), X * 1e3
    )
    assert [one.component for one in blurred(stretched)] == [one.component for one in said]
    assert blurred(information_intervals(as_family(TRUE, "full"), TRUE.sample(500, 1)[0])) == ()
    assert blurred(information_intervals(fit(X, 1).mixture, X)) == ()
    assert Blurred(0, 1, 1.25, 1.0).sentence == (
        "The mean of component 1 has a standard error of 1.25 along the line to that of component 2, which "
        "lies 1 away: these rows do not tell the two places apart."
    )


@pytest.mark.parametrize("model", ["VEV", "EEE", "VVE"])
def test_of_a_model_with_something_in_common_there_are_none(model):
    X = np.random.default_rng(0).normal(size=(80, 2))
    with pytest.raises(ValueError) as error:
        information_intervals(fit(X, 2, covariance_type=model, random_state=0).mixture, X)
    assert str(error.value) == (
        f"There are no standard errors by information for the model {model}, whose components have something "
        "of their covariances in common. Use the bootstrap."
    )


@pytest.mark.parametrize(("model", "family"), [("VVV", "full"), ("VVI", "diag")])
def test_of_a_model_with_nothing_in_common_they_are_those_of_the_family(model, family):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(80, 2)), rng.normal(size=(80, 2)) * [1, 2] + 6])
    how = {"random_state": 0, "reg_covar": 0, "tol": 1e-10, "max_iter": 500}
    ours, theirs = (
        information_intervals(fit(X, 2, covariance_type=one, **how).mixture, X) for one in (model, family)
    )
    np.testing.assert_allclose(ours.means.error, theirs.means.error, rtol=1e-4)

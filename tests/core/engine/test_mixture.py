"""A mixture as a value: what it is equal to, what it says about rows, and what it refuses to be."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as SklearnMixture

from gmm_core import Mixture

FAMILIES = ("full", "tied", "diag", "spherical")


def make(family: str = "full", k: int = 3, d: int = 2, seed: int = 0) -> Mixture:
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d))
    full = roots @ roots.transpose(0, 2, 1) + np.eye(d)
    variances = np.einsum("kii->ki", full)
    covariances = {"full": full, "tied": full[0], "diag": variances, "spherical": variances[:, 0]}[family]
    return Mixture(rng.dirichlet(np.full(k, 3.0)), 3 * rng.normal(size=(k, d)), covariances, family)


# --- a value


@pytest.mark.parametrize("family", FAMILIES)
def test_equal_in_content_means_equal(family):
    mixture, same = make(family), make(family)
    assert mixture is not same
    assert mixture == same
    assert hash(mixture) == hash(same)
    assert len({mixture, same, make(family, seed=1)}) == 2
    lists = Mixture(
        mixture.weights.tolist(), mixture.means.tolist(), np.asfortranarray(mixture.covariances), family
    )
    assert lists == mixture


def test_any_difference_means_unequal():
    one = Mixture([0.5, 0.5], [[0.0, 1.0], [2.0, 3.0]], [1.0, 2.0], "spherical")
    others = [
        Mixture([0.25, 0.75], one.means, one.covariances, "spherical"),
        Mixture(one.weights, one.means + 1e-12, one.covariances, "spherical"),
        Mixture(one.weights, one.means, [1.0, 2.0000001], "spherical"),
        Mixture(one.weights, one.means, [[1.0, 1.0], [2.0, 2.0]], "diag"),
        Mixture(one.weights, one.means, np.eye(2), "tied"),
    ]
    assert all(one != other for other in others)
    # The same numbers in the same order, in another family.
    square = [[2.0, 0.0], [0.0, 2.0]]
    assert Mixture([0.5, 0.5], one.means, square, "tied") != make("full")
    assert one != "a mixture"


def test_both_zeros_are_the_same_number():
    plus, minus = (Mixture([1.0], [[zero]], [1.0], "spherical") for zero in (0.0, -0.0))
    assert plus == minus
    assert hash(plus) == hash(minus)


@pytest.mark.parametrize("family", FAMILIES)
def test_copies_are_equal_and_just_as_read_only(family):
    mixture = make(family)
    for twin in (copy.copy(mixture), copy.deepcopy(mixture), pickle.loads(pickle.dumps(mixture))):
        assert twin == mixture
        for array in (twin.weights, twin.means, twin.covariances):
            assert not array.flags.writeable


def test_a_mixture_does_not_follow_the_arrays_it_was_made_from():
    weights, means, covariances = np.array([1.0]), np.zeros((1, 2)), np.ones(1)
    mixture = Mixture(weights, means, covariances, "spherical")
    means += 5
    assert mixture == Mixture(weights, np.zeros((1, 2)), covariances, "spherical")
    assert means.flags.writeable


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 1), (2, 4), (5, 7)])
def test_sizes_and_parameters(family, k, d):
    mixture = make(family, k, d)
    oracle = SklearnMixture(k, covariance_type=family)
    oracle.means_ = mixture.means
    assert (mixture.n_components, mixture.n_features) == (k, d)
    assert mixture.n_parameters == oracle._n_parameters()
    assert mixture.full_covariances.shape == (k, d, d)


# --- densities


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [1, 2, 5, 40])
def test_densities_are_those_of_scipy(family, d):
    mixture = make(family, d=d)
    X = np.random.default_rng(1).normal(size=(50, d)) * 4
    joint = np.column_stack(
        [
            np.log(weight) + multivariate_normal(mean, covariance).logpdf(X)
            for weight, mean, covariance in zip(
                mixture.weights, mixture.means, mixture.full_covariances, strict=True
            )
        ]
    )
    np.testing.assert_allclose(mixture.log_joint(X), joint, rtol=1e-9)
    np.testing.assert_allclose(mixture.log_density(X), logsumexp(joint, axis=1), rtol=1e-9)
    expected = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    np.testing.assert_allclose(mixture.responsibilities(X), expected, rtol=1e-7, atol=1e-15)


def test_a_density_integrates_to_one():
    mixture = make(d=1)
    area, _ = quad(lambda x: np.exp(mixture.log_density([x])[0]), -40, 40, limit=200)
    assert area == pytest.approx(1, abs=1e-7)


def test_more_rows_than_a_block_are_no_different():
    mixture = make()
    X = np.random.default_rng(0).normal(size=(20_000, 2)) * 3
    for ask in (mixture.log_joint, mixture.log_density, mixture.responsibilities):
        np.testing.assert_allclose(ask(X), np.concatenate([ask(X[:777]), ask(X[777:])]), rtol=1e-12)


def test_a_vector_is_one_feature_and_no_rows_are_no_answers():
    mixture = make(d=1)
    np.testing.assert_array_equal(mixture.log_density([0.0, 1.0]), mixture.log_density([[0.0], [1.0]]))
    assert mixture.responsibilities(np.empty((0, 1))).shape == (0, 3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_component_without_weight_has_no_share(family):
    whole = make(family)
    mixture = Mixture([0.5, 0.0, 0.5], whole.means, whole.covariances, family)
    R = mixture.responsibilities(np.concatenate([whole.means, [[1e3, 1e3], [-1e6, 1e6]]]))
    np.testing.assert_array_equal(R[:, 1], 0)
    np.testing.assert_allclose(R.sum(axis=1), 1, rtol=1e-14)


# --- samples


@pytest.mark.parametrize("family", FAMILIES)
def test_samples_have_the_moments_of_their_components(family):
    mixture = make(family)
    X, labels = mixture.sample(60_000, random_state=0)
    assert (X.shape, labels.shape) == ((60_000, 2), (60_000,))
    np.testing.assert_allclose(np.bincount(labels) / len(X), mixture.weights, atol=0.01)
    for j in range(3):
        rows = X[labels == j]
        width = np.sqrt(np.trace(mixture.full_covariances[j]))
        np.testing.assert_allclose(rows.mean(axis=0), mixture.means[j], atol=5 * width / np.sqrt(len(rows)))
        np.testing.assert_allclose(np.cov(rows.T), mixture.full_covariances[j], atol=0.05 * width**2)


def test_the_same_seed_draws_the_same_sample():
    mixture = make()
    one, other, third = (mixture.sample(20, random_state=seed) for seed in (4, np.random.RandomState(4), 5))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])
    assert not np.array_equal(one[0], third[0])


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "ten"])
def test_samples_are_counted_in_whole_numbers(n):
    with pytest.raises(ValueError) as error:
        make().sample(n)
    assert str(error.value) == f"n must be a whole number from 1; got {n!r}."


# --- projections


@pytest.mark.parametrize("family", FAMILIES)
def test_projecting_on_features_picks_the_sub_block(family):
    mixture = make(family, d=4)
    picked = mixture.project(np.eye(4)[[2, 0]])
    np.testing.assert_array_equal(picked.weights, mixture.weights)
    np.testing.assert_allclose(picked.means, mixture.means[:, [2, 0]], rtol=1e-14)
    expected = mixture.full_covariances[:, [2, 0]][:, :, [2, 0]]
    np.testing.assert_allclose(picked.full_covariances, expected, rtol=1e-14)
    assert picked.covariance_type == ("tied" if family == "tied" else "full")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_projection_is_the_marginal(family):
    # Integrating the density over the direction that was projected away.
    mixture = make(family)
    angle = 0.7
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    marginal = mixture.project(along[np.newaxis])
    for x in (-3.0, 0.0, 2.5):
        area, _ = quad(
            lambda y, x=x: np.exp(mixture.log_density([x * along + y * across])[0]), -40, 40, limit=200
        )
        assert area == pytest.approx(np.exp(marginal.log_density([x])[0]), rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_projected_samples_have_the_projected_moments(family):
    mixture = make(family, d=5)
    P = np.random.default_rng(1).normal(size=(2, 5))
    flat = mixture.project(P)
    X, labels = mixture.sample(40_000, random_state=0)
    for j in range(3):
        rows = X[labels == j] @ P.T
        width = np.sqrt(np.trace(flat.full_covariances[j]))
        np.testing.assert_allclose(rows.mean(axis=0), flat.means[j], atol=5 * width / np.sqrt(len(rows)))
        np.testing.assert_allclose(np.cov(rows.T), flat.full_covariances[j], atol=0.05 * width**2)


def test_projections_follow_each_other():
    mixture = make(d=4)
    rng = np.random.default_rng(0)
    P, Q = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    one, two = mixture.project(Q @ P), mixture.project(P).project(Q)
    np.testing.assert_allclose(one.means, two.means, rtol=1e-10)
    np.testing.assert_allclose(one.covariances, two.covariances, rtol=1e-10)


@pytest.mark.parametrize(
    ("P", "message"),
    [
        (
            np.ones((3, 2)),
            "P must have the shape (m, 3), one column for each feature; got (3, 2). Pass its transpose.",
        ),
        (np.ones(2), "P must have the shape (m, 3), one column for each feature; got (2,)."),
        (np.ones((2, 4)), "P must have the shape (m, 3), one column for each feature; got (2, 4)."),
        (
            [[1, 0, 0], [0, 0, 0]],
            "The covariance of component 0 is not positive definite: the variance must be above zero in "
            "every direction. Add a small value (in squared data units) to its diagonal.",
        ),
        ([[1, 0, np.nan]], "P must be finite; found nan at [0, 2]. Drop those rows or fill them in."),
    ],
)
def test_maps_that_do_not_fit(P, message):
    with pytest.raises(ValueError) as error:
        make(d=3).project(P)
    assert str(error.value) == message


# --- what is no mixture


def not_definite(component: int) -> str:
    return (
        f"The covariance of component {component} is not positive definite: the variance must be above zero "
        "in every direction. Add a small value (in squared data units) to its diagonal."
    )


MEANS = [[0.0, 0.0], [1.0, 1.0]]
EYES = [[[1.0, 0.0], [0.0, 1.0]]] * 2


@pytest.mark.parametrize(
    ("weights", "means", "covariances", "family", "message"),
    [
        (
            [0.5, 0.6],
            MEANS,
            EYES,
            "full",
            "weights must sum to 1; they sum to 1.1. Divide them by their sum.",
        ),
        ([-0.5, 1.5], MEANS, EYES, "full", "weights must not be negative; got -0.5."),
        (
            [1.0],
            MEANS,
            EYES,
            "full",
            "weights must have the shape (2,), one for each of the means; got (1,).",
        ),
        (
            [0.5, np.nan],
            MEANS,
            EYES,
            "full",
            "weights must be finite; found nan at [1]. Drop those rows or fill them in.",
        ),
        (
            [0.5, "half"],
            MEANS,
            EYES,
            "full",
            "weights must hold numbers only: could not convert string to float: 'half'.",
        ),
        (
            [0.5, 0.5],
            [0.0, 1.0],
            EYES,
            "full",
            "means must have the shape (n_components, n_features); got (2,).",
        ),
        (
            [],
            np.empty((0, 2)),
            np.empty((0, 2, 2)),
            "full",
            "means must have the shape (n_components, n_features); got (0, 2).",
        ),
        (
            [0.5, 0.5],
            [[0.0, np.inf], [-np.inf, 0.0]],
            EYES,
            "full",
            "means must be finite; found inf at [0, 1] and 1 more. Drop those rows or fill them in.",
        ),
        *(
            (
                [0.5, 0.5],
                MEANS,
                np.ones((3, 3, 3)),
                family,
                f"covariances of the family '{family}' must have the shape {shape} for 2 components and 2 "
                "features; got (3, 3, 3).",
            )
            for family, shape in (
                ("full", "(2, 2, 2)"),
                ("tied", "(2, 2)"),
                ("diag", "(2, 2)"),
                ("spherical", "(2,)"),
            )
        ),
        (
            [0.5, 0.5],
            MEANS,
            [[[1.0, 0.5], [0.0, 1.0]], EYES[1]],
            "full",
            "covariances must be symmetric; they differ by 0.5.",
        ),
        ([0.5, 0.5], MEANS, [EYES[0], [[1.0, 2.0], [2.0, 1.0]]], "full", not_definite(1)),
        ([0.5, 0.5], MEANS, [EYES[0], [[1.0, 1.0], [1.0, 1.0]]], "full", not_definite(1)),
        ([0.5, 0.5], MEANS, [EYES[0], np.zeros((2, 2))], "full", not_definite(1)),
        ([0.5, 0.5], MEANS, [[1.0, 2.0], [2.0, 1.0]], "tied", not_definite(0)),
        ([0.5, 0.5], MEANS, [[1.0, 1.0], [1.0, 0.0]], "diag", not_definite(1)),
        ([0.5, 0.5], MEANS, [1.0, -1.0], "spherical", not_definite(1)),
        (
            [0.5, 0.5],
            MEANS,
            EYES,
            "fulll",
            "covariance_type must be one of full, tied, diag, spherical; got 'fulll'.",
        ),
        ([0.5, 0.5], MEANS, EYES, [], "covariance_type must be one of full, tied, diag, spherical; got []."),
    ],
)
def test_what_is_no_mixture(weights, means, covariances, family, message):
    with pytest.raises(ValueError) as error:
        Mixture(weights, means, covariances, family)
    assert str(error.value) == message


def test_the_error_of_a_bad_covariance_knows_its_component_and_can_be_sent_on():
    with pytest.raises(ValueError) as error:
        Mixture([0.5, 0.5], MEANS, [1.0, 0.0], "spherical")
    twin = pickle.loads(pickle.dumps(error.value))
    assert (type(twin), str(twin), twin.component) == (type(error.value), str(error.value), 1)


@pytest.mark.parametrize("ask", ["log_joint", "log_density", "responsibilities"])
def test_rows_of_another_width(ask):
    with pytest.raises(ValueError) as error:
        getattr(make(), ask)(np.zeros((4, 3)))
    assert str(error.value) == "X has 3 features, but this mixture has 2."

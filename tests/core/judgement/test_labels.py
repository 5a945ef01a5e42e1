"""Matching: components of two mixtures, colours, and clusters against known labels."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from gmm_core import NO_LABEL, Mixture, fit, load_dataset
from gmm_core.judgement.labels import (
    Agreement,
    accuracy,
    agreement_by_step,
    deviations,
    keep_colours,
    match_clusters,
    match_components,
    relabel,
)

few = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)
dimensions = st.integers(1, 5)


def mixture_of(rng: np.random.Generator, k: int, d: int) -> Mixture:
    roots = rng.normal(size=(k, d, d)) + 2 * np.eye(d)
    weights = rng.dirichlet(np.full(k, 5.0))
    return Mixture(weights, 4 * rng.normal(size=(k, d)), roots @ roots.transpose(0, 2, 1))


def taken(mixture: Mixture, order: np.ndarray) -> Mixture:
    weights = mixture.weights[order]
    return Mixture(weights / weights.sum(), mixture.means[order], mixture.covariances[order])


# --- components


@few
@given(seeds, st.integers(1, 8), dimensions)
def test_a_permutation_is_found_again(seed, k, d):
    rng = np.random.default_rng(seed)
    old = mixture_of(rng, k, d)
    order = rng.permutation(k)
    np.testing.assert_array_equal(match_components(old, taken(old, order)), order)


@few
@given(seeds, st.integers(1, 6), st.integers(1, 6), dimensions)
def test_matching_does_not_depend_on_units_rotation_or_origin(seed, k_old, k_new, d):
    rng = np.random.default_rng(seed)
    old, new = mixture_of(rng, k_old, d), mixture_of(rng, k_new, d)
    A, shift = rng.normal(size=(d, d)) + 3 * np.eye(d), 100 * rng.normal(size=d)

    def moved(m: Mixture) -> Mixture:
        covariances = A @ m.covariances @ A.T
        covariances = (covariances + covariances.transpose(0, 2, 1)) / 2
        return Mixture(m.weights, m.means @ A.T + shift, covariances)

    plain = match_components(old, new)
    np.testing.assert_array_equal(plain, match_components(moved(old), moved(new)))
    matched = plain[plain >= 0]
    assert len(matched) == len(set(matched.tolist())) == min(k_old, k_new)


@few
@given(seeds, st.integers(2, 6), dimensions)
def test_what_was_added_or_left_out_does_not_disturb_the_others(seed, k, d):
    rng = np.random.default_rng(seed)
    m = mixture_of(rng, k, d)
    far = Mixture([1.0], [np.full(d, 1e3)], [np.eye(d)])
    more = Mixture(
        np.append(0.9 * m.weights, 0.1),
        np.concatenate([m.means, far.means]),
        np.concatenate([m.covariances, far.covariances]),
    )
    np.testing.assert_array_equal(match_components(m, more), [*range(k), -1])
    np.testing.assert_array_equal(match_components(more, m), np.arange(k))


def test_what_stayed_keeps_its_match_however_far_another_went():
    # The sum of the distances themselves would be least if both moved one place on.
    old = Mixture([0.5, 0.5], [[0.0], [10.0]], [1.0, 1.0], "spherical")
    new = Mixture([0.5, 0.5], [[10.0], [20.0]], [1.0, 1.0], "spherical")
    np.testing.assert_array_equal(match_components(old, new), [1, 0])


def test_twins_stay_where_they_are():
    twins = Mixture(np.full(4, 0.25), np.zeros((4, 2)), np.ones(4), "spherical")
    np.testing.assert_array_equal(match_components(twins, twins), np.arange(4))


def test_a_weight_of_zero_and_other_families_can_be_matched():
    old = Mixture([1.0, 0.0], [[0.0], [5.0]], [[1.0], [1.0]], "diag")
    new = Mixture([0.5, 0.5], [[5.0], [0.0]], [[1.5]], "tied")
    np.testing.assert_array_equal(match_components(old, new), [1, 0])


def test_other_features_cannot_be_matched():
    one, two = (Mixture([1.0], np.zeros((1, d)), [1.0], "spherical") for d in (1, 2))
    with pytest.raises(ValueError) as error:
        match_components(one, two)
    assert str(error.value) == "Both mixtures must have the same features; old has 1, new 2."


# --- colours


def line(*means: float) -> Mixture:
    k = len(means)
    return Mixture(np.full(k, 1 / k), np.reshape(means, (k, 1)), np.ones(k), "spherical")


@pytest.mark.parametrize(
    ("colours", "old", "new", "expected"),
    [
        ((0, 1, 2), (0, 10, 20), (20, 0, 10), (2, 0, 1)),
        ((0, 1, 2), (0, 10, 20), (10.5, 20.5), (1, 2)),
        ((1, 2), (10, 20), (0, 10, 20), (0, 1, 2)),
        ((4, 1), (0, 10), (0, 10, 90, 200), (4, 1, 0, 2)),
        ((0, 1, 2, 3, 4), (0, 10, 20, 30, 40), (0, 10, 20, 30, 40, 90), (0, 1, 2, 3, 4, 0)),
    ],
)
def test_matched_components_keep_their_colours(colours, old, new, expected):
    assert keep_colours(colours, line(*old), line(*new), 5) == expected


@few
@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_no_colour_is_given_twice_while_there_are_enough(seed, k_old, k_new):
    rng = np.random.default_rng(seed)
    colours = tuple(rng.permutation(12)[:k_old].tolist())
    got = keep_colours(colours, mixture_of(rng, k_old, 2), mixture_of(rng, k_new, 2), 12)
    assert len(set(got)) == len(got) == k_new
    assert all(type(colour) is int and 0 <= colour < 12 for colour in got)
    assert len(set(got) & set(colours)) >= min(k_old, k_new)


def test_colours_survive_a_refit_and_a_change_of_k():
    X = load_dataset("tutorial_1000").X
    old = fit(X, 5, init="kmeans", random_state=0).mixture
    again = fit(X, 5, init="kmeans", random_state=3).mixture
    colours = keep_colours((7, 3, 0, 4, 1), old, again, 12)
    matched = match_components(old, again)
    np.testing.assert_allclose(again.means, old.means[matched], rtol=1e-3)
    assert colours == tuple((7, 3, 0, 4, 1)[i] for i in matched)
    more = fit(X, 6, init="kmeans", random_state=0).mixture
    assert set(keep_colours((7, 3, 0, 4, 1), old, more, 12)) == {7, 3, 0, 4, 1, 2}


@pytest.mark.parametrize(
    ("colours", "n_colours", "message"),
    [
        ((0, 1, 2), 5, "old_colours has 3 entries for 2 components."),
        ((0, 1), 0, "n_colours must be a whole number from 1; got 0."),
    ],
)
def test_colours_that_cannot_be(colours, n_colours, message):
    with pytest.raises(ValueError) as error:
        keep_colours(colours, line(0, 10), line(0, 10), n_colours)
    assert str(error.value) == message


# --- labels


@few
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_no_other_matching_has_more_rows_agree(seed, n_labels, n_clusters):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_labels, size=60)
    clusters = (labels + rng.integers(2, size=60)) % n_clusters
    found = sorted(set(clusters.tolist()))
    known = sorted(set(labels.tolist()))
    best = accuracy(labels, clusters)
    pairs = min(len(found), len(known))
    for some in permutations(found, pairs):
        for others in combinations(known, pairs):  # in another order, it is a matching that was seen
            assert accuracy(labels, clusters, dict(zip(some, others, strict=True))) <= best
    matching = match_clusters(clusters, labels)
    assert len(matching) == len(set(matching.values())) == pairs


def test_names_as_labels_and_clusters_left_over():
    labels = np.array(["oak", "oak", "oak", "elm", "elm", "oak"])
    clusters = np.array([5, 5, 5, 2, 2, 9])
    assert match_clusters(clusters, labels) == {2: "elm", 5: "oak"}
    assert accuracy(labels, clusters) == pytest.approx(5 / 6)
    assert accuracy(labels, clusters, {9: "oak"}) == pytest.approx(1 / 6)
    assert accuracy(["oak", "elm"], [9, 2], {2: "elm"}) == 0.5


@pytest.mark.parametrize(("labels", "clusters"), [([1, 2], [1]), ([], []), ([[1]], [[1]])])
def test_labels_and_clusters_are_of_the_same_rows(labels, clusters):
    with pytest.raises(ValueError) as error:
        match_clusters(clusters, labels)
    assert str(error.value) == (
        "labels and clusters must be (n_samples,), of the same rows; "
        f"got {np.shape(labels)} and {np.shape(clusters)}."
    )


def test_a_majority_may_leave_labels_out():
    labels = [0, 0, 0, 1, 2, 2]
    clusters = ["a", "a", "b", "a", "b", "c"]
    assert match_clusters(clusters, labels, "majority") == {"a": 0, "b": 0, "c": 2}  # of equals, the lowest
    assert accuracy(labels, clusters, match_clusters(clusters, labels, "majority")) == pytest.approx(4 / 6)
    with pytest.raises(ValueError) as error:
        match_clusters(clusters, labels, "best")
    assert str(error.value) == "method must be one of optimal, majority; got 'best'."


@pytest.mark.slow
@few
@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_agreement_is_that_of_scikit_learn(seed, n_labels, n_clusters):
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_labels, size=60)
    clusters = 10 + (labels + rng.integers(2, size=60)) % n_clusters
    for method in ("optimal", "majority"):
        matching = match_clusters(clusters, labels, method)
        said = Agreement.of(labels, clusters, matching)
        assert said.accuracy == metrics.accuracy_score(labels, relabel(clusters, matching))
        assert said.v_measure == pytest.approx(metrics.v_measure_score(labels, clusters))
        assert said.homogeneity == metrics.homogeneity_score(labels, clusters)
        assert said.completeness == metrics.completeness_score(labels, clusters)
        assert said.ami == metrics.adjusted_mutual_info_score(labels, clusters)
        assert said.ari == metrics.adjusted_rand_score(labels, clusters)
    majority, optimal = (
        accuracy(labels, clusters, match_clusters(clusters, labels, m)) for m in ("majority", "optimal")
    )
    assert majority >= optimal  # fewer rules


def test_clusters_that_the_matching_lacks_get_another_label():
    assert relabel([5, 2, 9, 5], {5: 0, 2: 1}).tolist() == [0, 1, NO_LABEL, 0]
    assert relabel(["b", "a"], {"a": "oak"}, "?").tolist() == ["?", "oak"]


def test_notebook_accuracy_after_matching():
    data = load_dataset("notebook_1d")
    mixture = fit(data.X, 3, init="kmeans", random_state=0).mixture
    found = mixture.responsibilities(data.X).argmax(axis=1)
    assert accuracy(data.labels, found) == pytest.approx(0.87, abs=0.005)


def test_lab_components_are_these_digits(lab):
    X, labels, trace = lab
    data = load_dataset("digits")
    train, test = (trace.mixture.responsibilities(rows).argmax(axis=1) for rows in (X, data.X[1257:]))
    digits = match_clusters(train, labels)
    majority = match_clusters(train, labels, "majority")
    assert {1, 9}.isdisjoint(majority.values())
    assert accuracy(labels, train, majority) == pytest.approx(0.584726, abs=5e-7)
    assert accuracy(data.labels[1257:], test, majority) == pytest.approx(0.537037, abs=5e-7)
    said = Agreement.of(labels, train, {j: j for j in range(10)})
    assert (said.accuracy, said.completeness, said.homogeneity, said.ami) == pytest.approx(
        (0.0469, 0.55366, 0.53201, 0.53583), abs=5e-5
    )
    assert list(digits.items()) == list(enumerate([1, 6, 4, 5, 8, 0, 7, 2, 9, 3]))
    assert accuracy(labels, train) == pytest.approx(0.567224, abs=5e-7)
    assert accuracy(data.labels[1257:], test, digits) == pytest.approx(0.524074, abs=5e-7)


def test_components_too_far_apart_for_a_number_are_matched_all_the_same():
    old = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]], "full")
    new = Mixture([0.5, 0.5], [[1e200], [0.1]], [[[1.0]], [[1.0]]], "full")
    assert match_components(old, new).tolist() == [1, 0]


# --- the steps of a run


@pytest.mark.slow
@few
@given(seeds, st.integers(1, 5), st.integers(1, 5), st.integers(2, 40))
def test_agreement_by_step_is_that_of_every_step(seed, n_labels, n_clusters, n):
    rng = np.random.default_rng(seed)
    labels = np.array(["oak", "elm", "ash", "fir", "yew"])[rng.integers(n_labels, size=n)]
    clusters = rng.integers(n_clusters, size=(6, n))
    clusters[3] = clusters[2]  # what did not change is not computed anew
    right, ari = agreement_by_step(labels, clusters.astype(np.uint8))
    assert right.tolist() == [accuracy(labels, step) for step in clusters]
    np.testing.assert_allclose(ari, [metrics.adjusted_rand_score(labels, c) for c in clusters], atol=1e-12)


def test_agreement_by_step_needs_the_same_rows():
    with pytest.raises(ValueError) as error:
        agreement_by_step([0, 1], [0, 1])
    assert str(error.value) == (
        "clusters must be (n_steps, n_samples), of the same rows as labels; got (2,) and (2,)."
    )


@pytest.mark.slow
def test_the_log_likelihood_and_the_agreement_part_in_the_notebook():
    data = load_dataset("notebook_1d")
    trace = fit(data.X, 3, init="kmeans", random_state=0, tol=0, max_iter=4000)
    clusters = np.array([step.mixture.responsibilities(data.X).argmax(axis=1) for step in trace.steps])
    right, ari = agreement_by_step(data.labels, clusters)
    assert (right.max(), right[-1]) == pytest.approx((0.87, 0.81), abs=0.005)
    assert ari.max() > ari[-1] + 0.1
    assert trace.log_likelihood > trace.log_likelihoods[right.argmax()] + 0.005


# --- parameters against the true ones


@few
@given(seeds, st.integers(1, 4), dimensions)
def test_deviations_do_not_depend_on_the_order_and_are_none_of_the_truth_itself(seed, k, d):
    rng = np.random.default_rng(seed)
    truth, order = mixture_of(rng, k, d), rng.permutation(k)
    for j, one in enumerate(deviations(truth, taken(truth, order))):
        assert (one.component, one.true) == (j, order[j])
        # Weights are divided by their sum, and covariances may be nearly singular.
        assert (one.weight, one.divergence) == pytest.approx((0, 0), abs=1e-8)
        assert one.mean == one.mahalanobis == one.covariance == 0


@few
@given(seeds, dimensions)
def test_standard_deviations_and_divergence_do_not_depend_on_units(seed, d):
    rng = np.random.default_rng(seed)
    truth, fitted = mixture_of(rng, 1, d), mixture_of(rng, 1, d)
    A, shift = rng.normal(size=(d, d)) + 3 * np.eye(d), rng.normal(size=d)

    def moved(m: Mixture) -> Mixture:
        covariances = A @ m.covariances @ A.T
        return Mixture(m.weights, m.means @ A.T + shift, (covariances + covariances.transpose(0, 2, 1)) / 2)

    (plain,), (other,) = deviations(truth, fitted), deviations(moved(truth), moved(fitted))
    assert (other.mahalanobis, other.divergence) == pytest.approx((plain.mahalanobis, plain.divergence))
    gap = fitted.means[0] - truth.means[0]
    assert plain.mahalanobis**2 == pytest.approx(gap @ np.linalg.inv(truth.covariances[0]) @ gap)
    # The divergence is a mean over the true Gaussian.
    X, _ = truth.sample(20_000, 0)
    log_ratio = truth.log_density(X) - fitted.log_density(X)
    off = 5 * log_ratio.std() / np.sqrt(len(X))
    assert plain.divergence == pytest.approx(log_ratio.mean(), abs=off)


def test_deviations_by_hand_and_components_without_a_counterpart():
    truth = Mixture([0.4, 0.6], [[0.0], [10.0]], [4.0, 1.0], "spherical")
    fitted = Mixture([0.5, 0.3, 0.2], [[10.0], [3.0], [90.0]], [[2.0], [4.0], [1.0]], "diag")
    first, second = deviations(truth, fitted)
    assert (first.component, first.true, second.component, second.true) == (0, 1, 1, 0)
    assert (first.weight, first.mean, first.mahalanobis) == pytest.approx((-0.1, 0, 0))
    assert first.covariance == pytest.approx(1)
    assert first.divergence == pytest.approx((np.log(2) + 1 / 2 - 1) / 2)
    assert (second.mean, second.mahalanobis) == (3, 1.5)
    assert second.divergence == pytest.approx(9 / 4 / 2)

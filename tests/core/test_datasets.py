"""The built-in data and the generated blobs."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Mixture, dataset_names, load_dataset, make_blobs_data

# name: rows, features, known groups (None: no labels)
SHAPES = {
    "qa_series": (50, 1, None),
    "digits": (1797, 64, 10),
    "digits_2_6": (358, 64, 2),
    "tutorial_60": (60, 1, 3),
    "tutorial_60_wide": (60, 1, 3),
    "tutorial_500": (500, 2, 3),
    "tutorial_1000": (1000, 2, 5),
    "tutorial_collapse": (500, 2, 3),
    "notebook_2d": (400, 2, 2),
    "notebook_2d_large": (600, 2, 2),
    "notebook_3d": (50, 3, 2),
    "notebook_1d": (90, 1, 3),
    "unequal_sizes": (480, 2, 3),
    "unequal_variances": (360, 2, 3),
    "overlapping": (450, 2, 3),
    "tiny_cluster": (1525, 2, 2),
    "anisotropic": (450, 2, 3),
    "cigars": (400, 2, 2),
    "moons": (300, 2, 2),
    "circles": (300, 2, 2),
    "uniform_noise": (300, 2, None),
    "heavy_tails": (300, 2, 2),
    "heavy_tail": (300, 2, None),
    "ring": (300, 2, None),
    "smile": (300, 2, 3),
    "spiral": (400, 2, 2),
    "two_lines": (200, 2, 2),
    "skewed": (600, 2, None),
}


def test_all_names_are_known_here():
    assert set(dataset_names()) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_every_dataset_can_be_loaded(name):
    data = load_dataset(name)
    n, d, groups = SHAPES[name]
    assert (data.name, data.X.shape, data.X.dtype) == (name, (n, d), np.float64)
    assert np.isfinite(data.X).all()
    assert len(data.feature_names) == len(set(data.feature_names)) == d
    assert data.note.endswith(".")
    assert data.is_series == (name == "qa_series")
    if groups is None:
        assert data.labels is None
    else:
        assert data.labels.shape == (n,)
        assert len(np.unique(data.labels)) == groups
    np.testing.assert_array_equal(load_dataset(name).X, data.X)


@pytest.mark.parametrize("name", ["tutorial_500", "tutorial_1000", "notebook_2d_large", "notebook_1d"])
def test_the_truth_of_a_recipe_is_what_generated_it(name):
    data = load_dataset(name)
    assert_generated_by(data.X, data.labels, data.truth)


@pytest.mark.parametrize("name", ["iris", "", "QA_SERIES"])
def test_an_unknown_name_is_told_the_known_ones(name):
    with pytest.raises(ValueError) as error:
        load_dataset(name)
    assert str(error.value) == f"There is no dataset {name!r}. Built in are: {', '.join(dataset_names())}."


# --- blobs


def assert_generated_by(X: np.ndarray, labels: np.ndarray, truth: Mixture) -> None:
    """Each group has the mean and covariance of its component, as nearly as its size allows."""
    np.testing.assert_allclose(truth.weights, np.bincount(labels) / len(X))
    for j, (mean, covariance) in enumerate(zip(truth.means, truth.full_covariances, strict=True)):
        rows = X[labels == j]
        white = np.linalg.solve(np.linalg.cholesky(covariance), (rows - mean).T)
        noise = 1 / np.sqrt(len(rows))
        np.testing.assert_allclose(white.mean(axis=1), 0, atol=4.5 * noise)
        np.testing.assert_allclose(np.cov(white).reshape(len(mean), -1), np.eye(len(mean)), atol=6 * noise)


@pytest.mark.parametrize("n_features", range(1, 11))
@pytest.mark.parametrize("stretch", [False, True])
def test_blobs_come_from_the_mixture_they_name(n_features, stretch):
    data = make_blobs_data(
        [300, 500], 2, cluster_std=[0.5, 3.0], n_features=n_features, stretch=stretch, random_state=3
    )
    assert (data.name, data.X.shape) == ("blobs", (800, n_features))
    assert data.feature_names == tuple(f"x{j + 1}" for j in range(n_features))
    assert_generated_by(data.X, data.labels, data.truth)


def test_one_number_of_samples_is_for_each_cluster():
    data = make_blobs_data(40, 4)
    np.testing.assert_array_equal(np.bincount(data.labels), [40, 40, 40, 40])


def test_a_list_gives_each_cluster_its_size_and_width():
    data = make_blobs_data([1000, 20, 3000], [[0, 0], [50, 0], [0, 50]], cluster_std=[1, 2, 4])
    np.testing.assert_array_equal(np.bincount(data.labels), [1000, 20, 3000])
    np.testing.assert_array_equal(data.truth.means, [[0, 0], [50, 0], [0, 50]])
    np.testing.assert_array_equal(data.truth.full_covariances, [np.eye(2), 4 * np.eye(2), 16 * np.eye(2)])
    assert_generated_by(data.X, data.labels, data.truth)


def test_positions_decide_the_number_of_features():
    data = make_blobs_data(10, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], n_features=9)
    assert data.X.shape == (20, 3)


def test_a_stretch_is_one_linear_map_of_the_same_blobs():
    plain, oval = (make_blobs_data(50, 3, stretch=stretch, random_state=8) for stretch in (False, True))
    A, *_ = np.linalg.lstsq(plain.X, oval.X, rcond=None)
    np.testing.assert_allclose(plain.X @ A, oval.X, atol=1e-10)
    np.testing.assert_allclose(plain.truth.means @ A, oval.truth.means, atol=1e-10)
    np.testing.assert_array_equal(plain.labels, oval.labels)
    assert np.linalg.cond(A) > 1.01


def test_the_same_seed_draws_the_same_blobs():
    np.random.seed(1)
    first = make_blobs_data(20, 3, stretch=True, random_state=5)
    np.random.seed(2)  # the global generator has no say
    again = make_blobs_data(20, 3, stretch=True, random_state=5)
    np.testing.assert_array_equal(first.X, again.X)
    assert first.truth == again.truth
    assert not np.array_equal(first.X, make_blobs_data(20, 3, stretch=True, random_state=6).X)


def test_the_note_says_what_was_made():
    assert make_blobs_data(20, 3).note == "60 rows in 3 Gaussian blobs; seed 0."
    assert make_blobs_data(5, 1, stretch=True, random_state=7).note == (
        "5 rows in 1 Gaussian blob, stretched by a random matrix; seed 7."
    )


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((0, 3), {}, "n_samples must be a whole number from 1; got 0."),
        ((2.5, 3), {}, "n_samples must be a whole number from 1; got 2.5."),
        (([10, -1], 2), {}, "n_samples must be a whole number from 1; got -1."),
        (([10, 20], 3), {}, "n_samples has 2 values for 3 clusters; give one or 3."),
        ((10, 0), {}, "centers must be a whole number from 1; got 0."),
        ((10, True), {}, "centers must be a whole number from 1; got True."),
        ((10, "three"), {}, "centers must hold numbers only: could not convert string to float: 'three'."),
        (
            (10, [1.0, 2.0]),
            {},
            "centers must be a number or positions (n_clusters, n_features); got (2,).",
        ),
        (
            (10, [[0.0, np.nan]]),
            {},
            "centers must be finite; found nan at [0, 1]. Drop those rows or fill them in.",
        ),
        ((10, 2), {"n_features": 0}, "n_features must be a whole number from 1; got 0."),
        ((10, 2), {"n_features": 11}, "n_features must be from 1 to 10; got 11."),
        ((10, [[0.0] * 11]), {}, "n_features must be from 1 to 10; got 11."),
        ((10, 2), {"cluster_std": 0}, "cluster_std must be above zero; got 0."),
        ((10, 2), {"cluster_std": [1.0, -1.0]}, "cluster_std must be above zero; got [1.0, -1.0]."),
        ((10, 2), {"cluster_std": np.nan}, "cluster_std must be above zero; got nan."),
        ((10, 2), {"cluster_std": [1.0]}, "cluster_std has 1 values for 2 clusters; give one or 2."),
        ((10, 2), {"random_state": -1}, "random_state must be a whole number from 0; got -1."),
        ((10, 2), {"random_state": None}, "random_state must be a whole number from 0; got None."),
        ((10, 2), {"random_state": 2**32}, "random_state must be below 2**32; got 4294967296."),
        (("ten", 2), {}, "n_samples must be a number or a list of numbers; got 'ten'."),
        ((None, 2), {}, "n_samples must be a number or a list of numbers; got None."),
        ((10, 2), {"cluster_std": "12"}, "cluster_std must be a number or a list of numbers; got '12'."),
        ((10, 2), {"cluster_std": "wide"}, "cluster_std must be a number or a list of numbers; got 'wide'."),
    ],
)
def test_blobs_that_cannot_be_made(arguments, options, message):
    with pytest.raises(ValueError) as error:
        make_blobs_data(*arguments, **options)
    assert str(error.value) == message

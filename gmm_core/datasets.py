"""The built-in data, by name, and generated blobs.

Letters: n samples, k clusters, d features.

The recipes are those of four published tutorials, so that their figures can be checked here; they use
numpy's legacy generator where the tutorials did.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.datasets import load_digits, make_blobs, make_circles, make_moons

from gmm_core.engine.arrays import Array, n_counted
from gmm_core.engine.checks import as_count, as_floats
from gmm_core.engine.mixture import Mixture
from gmm_core.words import plural

MOST_FEATURES = 10
NO_LABEL = -1
"""The label of a row whose group is not known."""


@dataclass(frozen=True)
class Dataset:
    """Data to fit, and what is known about it.

    X : (n, d), NaN where a value is missing. labels : (n,) known groups, for comparison only, or None;
        `NO_LABEL` where not known.
    sample_weight : (n,), how often each row counts; None: once.
    label_names : the name of group 0, 1, ...; empty where the numbers are the names.
    feature_names : d names. note : where it comes from and what was done to it.
    truth : the mixture that generated it, where there is one; its components in the order of the labels.
    is_series : whether the order of the rows means something.
    image_shape : the height and width of the rows where they are images, with values in [0, 1].
    """

    name: str
    X: Array
    labels: NDArray[np.int64] | None
    feature_names: tuple[str, ...]
    note: str
    truth: Mixture | None = None
    is_series: bool = False
    image_shape: tuple[int, int] | None = None
    label_names: tuple[str, ...] = ()
    sample_weight: Array | None = None

    @property
    def n_counted(self) -> float:
        """As how many rows the rows count."""
        return n_counted(len(self.X), self.sample_weight)

    @property
    def complete(self) -> bool:
        """Whether no value is missing."""
        return not np.isnan(self.X).any()

    def of_rows(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Dataset:
        """The data of these rows (m,), in their order."""
        labels = None if self.labels is None else self.labels[rows]
        weights = None if self.sample_weight is None else self.sample_weight[rows]
        return replace(self, X=self.X[rows], labels=labels, sample_weight=weights)


def dataset_names() -> tuple[str, ...]:
    """The names that `load_dataset` knows."""
    return tuple(_RECIPES)


def load_dataset(name: str) -> Dataset:
    """The built-in dataset of that name; a `ValueError` that lists the names if there is none."""
    if name not in _RECIPES:
        raise ValueError(f"There is no dataset {name!r}. Built in are: {', '.join(_RECIPES)}.")
    return _RECIPES[name]()


def make_blobs_data(
    n_samples: int | Sequence[int] = 100,
    centers: int | ArrayLike = 3,
    *,
    cluster_std: float | Sequence[float] = 1.0,
    n_features: int = 2,
    stretch: bool = False,
    random_state: int = 0,
) -> Dataset:
    """Gaussian blobs from scikit-learn's `make_blobs`, with the mixture they were drawn from.

    Parameters
    ----------
    n_samples : rows in each cluster, one number for all or a list.
    centers : how many clusters, placed at random in [-10, 10], or their positions (k, d).
    cluster_std : standard deviation, one number for all clusters or a list.
    n_features : 1 to 10; not used where positions are given.
    stretch : multiply by a random (d, d) matrix, which makes the blobs ellipsoidal.
    random_state : the seed of everything.
    """
    seed = as_count(random_state, "random_state", 0)
    if seed >= 2**32:
        raise ValueError(f"random_state must be below 2**32; got {seed}.")
    positions: Array | None = None
    if isinstance(centers, Integral):
        k = as_count(centers, "centers", 1)
        d = as_count(n_features, "n_features", 1)
    else:
        positions = as_floats(centers, "centers")
        if positions.ndim != 2 or 0 in positions.shape:
            raise ValueError(
                f"centers must be a number or positions (n_clusters, n_features); got {positions.shape}."
            )
        k, d = positions.shape
    if d > MOST_FEATURES:
        raise ValueError(f"n_features must be from 1 to {MOST_FEATURES}; got {d}.")
    sizes = [as_count(size, "n_samples", 1) for size in _one_each(n_samples, k, "n_samples")]
    deviations = [float(s) for s in _one_each(cluster_std, k, "cluster_std")]
    if not all(0 < s < np.inf for s in deviations):
        raise ValueError(f"cluster_std must be above zero; got {cluster_std!r}.")
    X, labels, positions = make_blobs(
        n_samples=sizes,
        centers=positions,
        n_features=d,
        cluster_std=deviations,
        random_state=seed,
        return_centers=True,
    )
    # A generator of its own, so that stretching leaves the blobs as they were.
    A = np.random.RandomState(seed).randn(d, d) if stretch else np.eye(d)
    n = sum(sizes)
    truth = Mixture(
        np.array(sizes) / n,
        positions @ A,
        np.array([A.T @ A * s**2 for s in deviations]),
    )
    return Dataset(
        "blobs",
        X @ A,
        labels,
        _names(d),
        f"{n} rows in {k} Gaussian {plural(k, 'blob')}"
        f"{', stretched by a random matrix' if stretch else ''}; seed {seed}.",
        truth,
    )


def _one_each(value: Any, k: int, name: str) -> list[Any]:
    """`value` for each of k clusters: itself if it is a list, repeated if it is one number."""
    if isinstance(value, Real):
        return [value] * k
    values = np.asarray(value).tolist()
    if not isinstance(values, list) or not all(isinstance(v, Real) for v in values):
        raise ValueError(f"{name} must be a number or a list of numbers; got {value!r}.")
    if len(values) != k:
        raise ValueError(f"{name} has {len(values)} values for {k} clusters; give one or {k}.")
    return values


def _names(d: int) -> tuple[str, ...]:
    return tuple(f"x{j + 1}" for j in range(d))


def _qa_series() -> Dataset:
    file = files("gmm_core").joinpath("data/qa_series.csv")
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RuntimeError(
            f"The file {file} is missing: this gmm_core was built or copied without its data. "
            "Install it again."
        ) from None
    X = np.array([float(line) for line in text.split()[1:]])[:, np.newaxis]
    return Dataset(
        "qa_series",
        X,
        None,
        ("value",),
        "The 50 values of the question “How can I implement EM-GMM in Python?”, in their order; "
        "13 of them are the same, 44.44571429.",
        is_series=True,
    )


def _digits(only: tuple[int, ...] | None = None) -> Dataset:
    bunch = load_digits()
    rows = np.ones(len(bunch.target), bool) if only is None else np.isin(bunch.target, only)
    X, labels = bunch.data[rows] / 16, bunch.target[rows]
    which = "" if only is None else f", only the {' and '.join(map(str, only))}"
    return Dataset(
        "digits" if only is None else "digits_2_6",
        X,
        labels,
        tuple(bunch.feature_names),
        f"{len(X)} handwritten digits{which} as 8 x 8 images (scikit-learn); "
        "grey values divided by 16, so that they lie in [0, 1].",
        image_shape=(8, 8),
    )


def _three_lines(name: str, offset: float) -> Dataset:
    """Three groups along a line, of 20 values each, as the long tutorial draws them."""
    rng = np.random.RandomState(0)
    x = np.linspace(-5, 5, 20)
    groups = [x * rng.rand(20) + shift for shift in (offset, -offset, 0)]
    return Dataset(
        name,
        np.concatenate(groups)[:, np.newaxis],
        np.repeat([0, 1, 2], 20),
        ("x",),
        f"60 values in three groups around {offset:g}, {-offset:g} and 0 (a long tutorial).",
    )


def _stretched(
    name: str, story: str, n_samples: Any, centers: int | None, std: float, seed: int, d: int = 2
) -> Dataset:
    """Blobs times the matrix that all the tutorials use, `RandomState(0).randn(d, d)`."""
    X, labels, positions = make_blobs(
        n_samples=n_samples,
        centers=centers,
        n_features=d,
        cluster_std=std,
        random_state=seed,
        return_centers=True,
    )
    A = np.random.RandomState(0).randn(d, d)
    sizes = np.bincount(labels)
    covariances = np.tile(A.T @ A * std**2, (len(sizes), 1, 1))
    truth = Mixture(sizes / sizes.sum(), positions @ A, covariances)
    return Dataset(name, X @ A, labels, _names(d), story, truth)


def _notebook_1d() -> Dataset:
    made = make_blobs_data([30, 40, 20], [[-2], [0], [2]], cluster_std=[1, 0.8, 1.5], random_state=42)
    story = "90 values in three overlapping groups around -2, 0 and 2 (a notebook)."
    return Dataset("notebook_1d", made.X, made.labels, ("x",), story, made.truth)


def _shape(name: str, story: str, draw: Callable[[np.random.RandomState], tuple[Any, Any]]) -> Dataset:
    """Data that no mixture of Gaussians made; `draw` gives rows and groups, which may be None."""
    X, labels = draw(np.random.RandomState(0))
    return Dataset(name, X, labels, _names(X.shape[1]), story)


def _blobs(name: str, story: str, sizes: list[int], centers: ArrayLike, **how: Any) -> Dataset:
    """Blobs under a name of their own."""
    return replace(make_blobs_data(sizes, centers, **how), name=name, note=story)


def _mixed(name: str, story: str, mixture: Mixture, n: int) -> Dataset:
    """Rows drawn from a mixture."""
    X, labels = mixture.sample(n, 0)
    return Dataset(name, X, labels, _names(mixture.n_features), story, mixture)


def _with_outliers(rng: np.random.RandomState) -> tuple[Any, Any]:
    labels = np.repeat([0, 1], 150)
    tails = rng.standard_t(2, size=(300, 2))
    return tails + np.array([[-6, 0], [6, 0]])[labels], labels


def _smile(rng: np.random.RandomState) -> tuple[Any, Any]:
    """Two round eyes above a mouth that is half a circle."""
    eyes = [rng.normal(0, 0.12, (75, 2)) + centre for centre in ([-0.5, 0.6], [0.5, 0.6])]
    mouth = _along(np.pi * rng.uniform(1.05, 1.95, 150), 1.0) + rng.normal(0, 0.05, (150, 2))
    return np.concatenate([*eyes, mouth]), np.repeat([0, 1, 2], [75, 75, 150])


def _spiral(rng: np.random.RandomState) -> tuple[Any, Any]:
    """Two arms, the one half a turn behind the other, each of one turn and a quarter."""
    labels, turned = np.repeat([0, 1], 200), 2.5 * np.pi * np.sqrt(rng.uniform(0.02, 1, 400))
    return _along(turned + np.pi * labels, turned) + rng.normal(0, 0.25, (400, 2)), labels


def _two_lines(rng: np.random.RandomState) -> tuple[Any, Any]:
    """Two lines that cross, with no width at all."""
    labels, along = np.repeat([0, 1], 100), rng.uniform(-5, 5, 200)
    return np.column_stack([along, np.where(labels, -1.0, 0.5) * along]), labels


def _along(angles: Array, radii: float | Array) -> Array:
    """Places (n, 2) at these angles (n,) and distances from the origin."""
    return np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])


_SHAPES: dict[str, tuple[Any, ...]] = {
    "moons": (
        "300 points in two half moons, which are no Gaussians.",
        lambda rng: make_moons(300, noise=0.07, random_state=rng),
    ),
    "circles": (
        "300 points on two circles with the same centre, which are no Gaussians.",
        lambda rng: make_circles(300, noise=0.05, factor=0.45, random_state=rng),
    ),
    "uniform_noise": (
        "300 points spread evenly over a square: there is no group.",
        lambda rng: (rng.uniform(-5, 5, (300, 2)), None),
    ),
    "heavy_tails": ("300 points in two groups with heavy tails (Student's t, 2 degrees).", _with_outliers),
    "heavy_tail": (
        "300 points in one group with heavy tails (Student's t, 2.5 degrees): a few lie far out.",
        lambda rng: (rng.normal(size=(300, 2)) / np.sqrt(rng.chisquare(2.5, (300, 1)) / 2.5), None),
    ),
    "ring": (
        "300 points on a ring with nothing in its middle, which is no Gaussian.",
        lambda rng: (_along(rng.uniform(0, 2 * np.pi, 300), rng.normal(1, 0.06, 300)), None),
    ),
    "smile": ("300 points in a smile: two eyes, which are Gaussians, and a mouth, which is none.", _smile),
    "spiral": ("400 points on two arms of a spiral, which are no Gaussians.", _spiral),
    "two_lines": (
        "200 points exactly on two lines that cross: a Gaussian on a line has no area, and a likelihood "
        "without limit.",
        _two_lines,
    ),
    "skewed": (
        "600 points in one skewed cloud (two gamma variables): one group, and no Gaussian.",
        lambda rng: (rng.gamma(1.5, 2, (600, 2)), None),
    ),
}

_BLOBS: dict[str, tuple[Any, ...]] = {
    # sizes, centres, standard deviations
    "unequal_sizes": (
        "Groups of 400, 60 and 20 points.",
        [400, 60, 20],
        [[0, 0], [7, 2], [3, 8]],
        [2, 1, 0.7],
    ),
    "unequal_variances": (
        "Three groups of 120 points, with standard deviations of 0.4, 1.2 and 3.",
        *([120, 120, 120], [[-4, 0], [0, 5], [6, -2]], [0.4, 1.2, 3.0]),
    ),
    "overlapping": (
        "Three groups of 150 points that overlap so much that no one can tell them apart for sure.",
        *([150, 150, 150], [[0, 0], [3, 0], [1.5, 2.6]], [1.2, 1.2, 1.2]),
    ),
    "tiny_cluster": (
        "25 points beside 1,500: a group that is easily lost.",
        *([1500, 25], [[0, 0], [9, 0]], [2.0, 0.4]),
    ),
}

_MIXED: dict[str, tuple[Any, ...]] = {
    "anisotropic": (
        "450 points in three long, tilted groups.",
        Mixture(
            np.full(3, 1 / 3),
            np.array([[-5.0, 0.0], [0.0, 1.0], [5.0, 0.0]]),
            np.array([[[1.5, tilt], [tilt, 4.0]] for tilt in (2.2, 2.2, -2.2)]),
        ),
        450,
    ),
    "cigars": (
        "400 points in two flat, parallel groups, so long that k-means cuts across them, and EM never "
        "finds its way back (scikit-learn issue 34842).",
        Mixture(
            np.array([0.5, 0.5]),
            np.array([[0.0, -2.0], [0.0, 2.0]]),
            np.array([np.diag([144.0, 0.25])] * 2),
        ),
        400,
    ),
}

_STRETCHED: dict[str, tuple[Any, ...]] = {
    # n_samples, centres, standard deviation, seed, features
    "tutorial_500": ("500 points in three stretched blobs (a long tutorial).", 500, 3, 1.5, 20),
    "tutorial_1000": ("1,000 points in five stretched blobs (a long tutorial).", 1000, 5, 0.5, 20),
    "tutorial_collapse": (
        "500 points in three wide, overlapping blobs; one start on it collapses onto one point "
        "(a long tutorial).",
        *(500, 3, 2.5, 20),
    ),
    "notebook_2d": (
        "400 points in two stretched blobs of 300 and 100 (a notebook).",
        (300, 100),
        None,
        1.0,
        42,
    ),
    "notebook_2d_large": (
        "600 points in two stretched blobs of 350 and 250 (a notebook).",
        *((350, 250), None, 1.0, 42),
    ),
    "notebook_3d": ("50 points in two stretched blobs in three dimensions (a notebook).", 50, 2, 1.0, 42, 3),
}

_RECIPES: dict[str, Callable[[], Dataset]] = {
    "qa_series": _qa_series,
    "digits": _digits,
    "digits_2_6": partial(_digits, (2, 6)),
    "tutorial_60": partial(_three_lines, "tutorial_60", 10.0),
    "tutorial_60_wide": partial(_three_lines, "tutorial_60_wide", 15.0),
    "notebook_1d": _notebook_1d,
    **{name: partial(_stretched, name, *recipe) for name, recipe in _STRETCHED.items()},
    **{
        name: partial(_blobs, name, story, sizes, centers, cluster_std=stds)
        for name, (story, sizes, centers, stds) in _BLOBS.items()
    },
    **{name: partial(_mixed, name, *recipe) for name, recipe in _MIXED.items()},
    **{name: partial(_shape, name, *recipe) for name, recipe in _SHAPES.items()},
}

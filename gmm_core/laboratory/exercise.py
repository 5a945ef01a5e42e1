"""The lab exercise on handwritten digits: its split, its start, its mistakes, and what to compare it with.

Letters: n rows, k components, d features, p pixels, t iterations. Components count from 0, as the exercise
compares their numbers with the digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from gmm_core.datasets import Dataset
from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_count, as_sample
from gmm_core.engine.covariance import family_named
from gmm_core.engine.em import Trace, first_mixture, fit
from gmm_core.engine.expectation import Expectation, m_step
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement.labels import accuracy, match_clusters, relabel
from gmm_core.judgement.selection import Mapped

SPLITS = ("first", "stratified")
TRAIN = 0.7  # the share of the rows to train on
SEED = 42  # of the exercise's shuffle


@dataclass(frozen=True, eq=False)
class Rows:
    """Images with their digits: `pixels` (n, p) in [0, 1], `X` (n, d) as EM sees them, `digits` (n,)."""

    pixels: Array
    X: Array
    digits: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to train on and rows to test on; `pca` maps pixels to features, where these are not the pixels."""

    train: Rows
    test: Rows
    pca: PCA | None

    def to_pixels(self, features: Array) -> Array:
        """Features (..., d) -> pixels (..., p). Dropped directions come back as the training rows' mean."""
        return features if self.pca is None else features @ self.pca.components_ + self.pca.mean_


def split(data: Dataset, how: str = "first", n_dimensions: int = 0, random_state: int = 0) -> Split:
    """The first 70% of the rows to train on, as the exercise has it, or a shuffled, stratified 70%.

    n_dimensions : how many principal components of the training rows EM sees; 0 for all pixels.
    Raises `ValueError` for another split, and for data without labels.
    """
    if how not in SPLITS:
        raise ValueError(f"how must be one of {', '.join(SPLITS)}; got {how!r}.")
    labels, in_order = _labels(data), how == "first"
    options = {"shuffle": False} if in_order else {"stratify": labels, "random_state": random_state}
    train, test = train_test_split(np.arange(len(labels)), train_size=int(TRAIN * len(labels)), **options)
    pca = None
    if as_count(n_dimensions, "n_dimensions", 0):
        pca = PCA(n_dimensions, svd_solver="full").fit(data.X[train])

    def rows(which: NDArray[np.intp]) -> Rows:
        pixels = data.X[which]
        return Rows(pixels, pixels if pca is None else pca.transform(pixels), labels[which])

    return Split(rows(train), rows(test), pca)


def shuffled_start(
    X: ArrayLike,
    n_components: int,
    *,
    covariance_type: str = "diag",
    reg_covar: float = 1e-4,
    random_state: int = SEED,
) -> Mixture:
    """The exercise's start: the index modulo k, shuffled, cuts the rows X (n, d) into k groups; each
    component begins with the mean and the covariance of its group, and all with the weight 1 / k.

    The printed text leaves the shuffle out; its figures need it.
    """
    X = as_sample(X, n_components)
    groups = np.arange(len(X)) % n_components
    np.random.RandomState(random_state).shuffle(groups)
    begun = Expectation.of(X, np.eye(n_components)[groups], family_named(covariance_type))
    return replace(first_mixture(X, begun, reg_covar)[0], weights=np.full(n_components, 1 / n_components))


def from_clusters(
    X: ArrayLike, labels: ArrayLike, k: int, *, covariance_type: str, reg_covar: float
) -> Mixture:
    """A start at the clusters of another method: every component is one of them. labels : (n,), from 0."""
    X = as_sample(X, k)
    begun = Expectation.of(X, np.eye(k)[np.asarray(labels)], family_named(covariance_type))
    return first_mixture(X, begun, reg_covar)[0]


def largest_changes(trace: Trace) -> tuple[Array, Array]:
    """By how much each iteration changed means and variances: the largest over features, each (t, k)."""
    means = np.array([step.mixture.means for step in trace.steps])
    variances = np.array([np.einsum("kii->ki", step.mixture.full_covariances) for step in trace.steps])
    changed = [np.abs(np.diff(values, axis=0)).max(axis=2) for values in (means, variances)]
    return changed[0], changed[1]


def supervised(
    X: ArrayLike, labels: ArrayLike, *, covariance_type: str = "diag", reg_covar: float = 1e-4
) -> Mixture:
    """One component for each label 0, 1, ..., estimated from the rows that have it; with `diag`, naive Bayes.

    It is one M-step with known labels, and so a ceiling for what EM without labels can find.
    """
    labels = np.asarray(labels)
    X = as_sample(X, labels.max() + 1)
    known = Expectation.of(X, np.eye(labels.max() + 1)[labels], family_named(covariance_type))
    return m_step(known, reg_covar=reg_covar)


def draw(mixture: Mixture, n: int, random_state: int = 0, as_deviations: bool = False) -> Array:
    """n new rows from each component, (k, n, d).

    as_deviations : the exercise's mistake, variances passed as standard deviations: the same random numbers
        times the covariance instead of its square root.
    """
    noise = np.random.default_rng(random_state).standard_normal((mixture.n_components, n, mixture.n_features))
    covariances = mixture.full_covariances
    spread = covariances if as_deviations else np.linalg.cholesky(covariances)
    return mixture.means[:, np.newaxis] + noise @ np.swapaxes(spread, 1, 2)


def kmeans_accuracies(
    rows: Split, n_components: int, seeds: Iterable[int], mapped: Mapped = map
) -> Iterator[tuple[float, ...]]:
    """The test accuracy of k-means for one seed after another, by where its labels come from: three numbers.

    The clusters are of the training rows and get the majority label of the training rows; then that of the
    test rows, which leaks; last, clusters and labels are both of the test rows, as published. `mapped` as
    in `selection.fits`.
    """
    yield from mapped(partial(_kmeans_accuracy, rows, n_components), seeds)


def _kmeans_accuracy(rows: Split, n_components: int, seed: int) -> tuple[float, ...]:
    train, test = rows.train, rows.test
    fitted = KMeans(n_components, n_init=10, random_state=seed).fit(train.X)
    found = fitted.predict(test.X)
    own = KMeans(n_components, n_init=10, random_state=seed).fit_predict(test.X)
    matchings = (
        match_clusters(fitted.labels_, train.digits, "majority"),
        match_clusters(found, test.digits, "majority"),
        match_clusters(own, test.digits, "majority"),
    )
    return tuple(
        accuracy(test.digits, clusters, matching)
        for clusters, matching in zip((found, found, own), matchings, strict=True)
    )


def errors_by_dimension(
    data: Dataset,
    dimensions: Sequence[int],
    covariance_types: Iterable[str] = ("full", "diag"),
    after: Sequence[object] = (),
    mapped: Mapped = map,
) -> Iterator[tuple[str, int, NDArray[np.intp]]]:
    """Which rows are wrong on so many principal components: family, dimension, rows.

    There are as many components as labels; each fit begins with k-means, and components are matched one to
    one with the labels. A caller can go on with what it has as `after`; `mapped` as in `selection.fits`.
    Raises `ValueError` for data without labels.
    """
    labels = _labels(data)
    Z = PCA(max(dimensions), svd_solver="full").fit_transform(data.X)
    plan = [(family, d) for family in covariance_types for d in dimensions][len(after) :]
    yield from mapped(partial(_errors, Z, labels), plan)


def _errors(Z: Array, labels: NDArray[np.int64], of: tuple[str, int]) -> tuple[str, int, NDArray[np.intp]]:
    family, d = of
    mixture = fit(Z[:, :d], len(np.unique(labels)), covariance_type=family, random_state=0).mixture
    found = mixture.responsibilities(Z[:, :d]).argmax(axis=1)
    called = relabel(found, match_clusters(found, labels))
    return family, d, np.flatnonzero(called != labels)


def _labels(data: Dataset) -> NDArray[np.int64]:
    if data.labels is None:
        raise ValueError(f"The data {data.name!r} have no labels, and this needs them.")
    return data.labels

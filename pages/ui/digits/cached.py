"""What the page of digits shows, by the exercise that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from gmm_core import Mixture, fit
from gmm_core.judgement import ends as judged
from gmm_core.judgement.selection import Mapped
from gmm_core.laboratory import exercise as lab
from gmm_core.words import End
from pages.ui.digits.settings import Exercise
from pages.ui.player.header import Scene
from pages.ui.player.scene import encode
from pages.ui.player.view import View
from pages.ui.runs import processes
from pages.ui.runs.data import built_in
from pages.ui.runs.jobs import Job, Report, growing
from pages.ui.runs.work.tasks import ON_STEP

KMEANS_STARTS = 20
FIRST_NUMBER = 0  # the exercise reads the numbers of components as digits
TWO_DIMENSIONS = 30  # principal components of the digits 2 and 6, at most
BY_EXERCISE = {Exercise: repr}


class Lab(NamedTuple):
    """An exercise that ran, and what the player draws of it, but not its trace: with full covariances of 64
    pixels, every step takes a megabyte.

    log_likelihoods : (t + 1,). changes : the largest of means and of variances, (t, k) each.
    """

    rows: lab.Split
    mixture: Mixture
    ends: tuple[End, ...]
    note: str
    log_likelihoods: NDArray[np.float64]
    changes: tuple[NDArray[np.float64], NDArray[np.float64]]
    scene: Scene

    @property
    def n_iter(self) -> int:
        return len(self.log_likelihoods) - 1


def exercise(asked: Exercise) -> Lab:
    """The lab exercise with these settings; `ValueError` for what EM cannot begin with."""
    return _exercise(asked).result()


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_EXERCISE)
def _exercise(asked: Exercise) -> Job[Lab]:
    return Job(partial(_run_exercise, asked), asked.iters, elsewhere=True)


def _run_exercise(asked: Exercise, report: Report) -> Lab:
    rows = lab.split(built_in("digits"), asked.split, asked.pca)
    model = {"covariance_type": asked.family, "reg_covar": asked.reg}
    X, start = rows.train.X, None
    if asked.init == "shuffled":
        start = lab.shuffled_start(X, asked.k, **model, random_state=asked.seed)
    trace = processes.run(
        *(fit, X, asked.k),
        **model,
        start=start,
        init=asked.init,
        random_state=asked.seed,
        criterion=asked.criterion,
        tol=asked.tol,
        max_iter=asked.iters,
        report=report,
        telling=ON_STEP,
    )
    names = tuple(f"principal component {i + 1}" for i in range(X.shape[1]))
    data = replace(built_in("digits"), X=X, labels=rows.train.digits, feature_names=names, image_shape=None)
    means = rows.to_pixels(np.array([step.mixture.means for step in trace.steps]))
    images = means.reshape(*means.shape[:2], 8, 8)
    view = View(images=images, images_first=True, first_number=FIRST_NUMBER, by_hand=False)
    how = {"reg_covar": asked.reg, "tol": asked.tol, "max_iter": asked.iters, "init": asked.init}
    run = (
        trace.mixture,
        judged.ends(judged.measure(trace, X, **how, first_number=FIRST_NUMBER)),
        trace.note,
        trace.log_likelihoods,
        lab.largest_changes(trace),
    )
    return Lab(rows, *run, encode(data, trace, view))


class Beside(NamedTuple):
    """k-means on the training rows, and the same EM begun at its clusters: its first mixture and its last.

    labels : of the training rows and of the test rows. log_likelihoods : of those two mixtures, mean per row.
    """

    labels: tuple[NDArray[np.intp], NDArray[np.intp]]
    mixtures: tuple[Mixture, Mixture]
    log_likelihoods: tuple[float, float]


def beside(asked: Exercise) -> Beside:
    """k-means, and EM from it."""
    return _beside(asked).result()


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_EXERCISE)
def _beside(asked: Exercise) -> Job[Beside]:
    return Job(partial(_run_beside, asked), asked.iters)


def _run_beside(asked: Exercise, report: Report) -> Beside:
    rows = lab.split(built_in("digits"), asked.split, asked.pca)
    X, model = rows.train.X, {"covariance_type": asked.family, "reg_covar": asked.reg}
    kmeans = KMeans(asked.k, n_init=10, random_state=asked.seed).fit(X)
    trace = fit(
        *(X, asked.k),
        **model,
        start=lab.from_clusters(X, kmeans.labels_, asked.k, **model),
        criterion=asked.criterion,
        tol=asked.tol,
        max_iter=asked.iters,
        on_step=lambda step: report(step.iteration),
    )
    first = trace.steps[0]
    return Beside(
        (kmeans.labels_, kmeans.predict(rows.test.X)),
        (first.mixture, trace.mixture),
        (first.log_likelihood, trace.log_likelihood),
    )


def kmeans_accuracies(split: str, k: int) -> NDArray[np.float64]:
    """The test accuracies of k-means with k clusters, (starts, 3); see `lab.kmeans_accuracies`."""
    return np.array(_kmeans_accuracies(split, k).result())


@st.cache_resource(max_entries=32, show_spinner=False)
def _kmeans_accuracies(split: str, k: int) -> Job[list[tuple[float, ...]]]:
    rows = lab.split(built_in("digits"), split)

    def finding(found: list[tuple[float, ...]], mapped: Mapped) -> Iterator[tuple[float, ...]]:
        return lab.kmeans_accuracies(rows, k, range(len(found), KMEANS_STARTS), mapped)

    return growing(finding, KMEANS_STARTS, "k-means is running: start")


def errors_by_dimension() -> list[tuple[str, int, NDArray[np.intp]]]:
    """The errors of two components on the digits 2 and 6; see `lab.errors_by_dimension`."""
    return _errors_by_dimension().result()


@st.cache_resource(show_spinner=False)
def _errors_by_dimension() -> Job[list[tuple[str, int, NDArray[np.intp]]]]:
    data, dimensions = built_in("digits_2_6"), range(1, TWO_DIMENSIONS + 1)
    return growing(
        lambda found, mapped: lab.errors_by_dimension(data, dimensions, after=found, mapped=mapped),
        2 * TWO_DIMENSIONS,
        "Two digits: fit",
    )

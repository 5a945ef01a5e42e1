"""How a run is looked at, and what of it there is to look at.

Letters: n points shown, k components, d features, t steps (the start and every iteration).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from gmm_core import Dataset, Held, Mixture
from gmm_core.engine.arrays import weights_of
from gmm_core.engine.missing import Incomplete, expected
from gmm_core.words import count, plural
from pages.ui.look import palette, shapes
from pages.ui.player.header import Header, digest

MOST_POINTS = 2000
MOST_RESPONSIBILITIES = 8_000_000  # t x n x k bytes in the browser
# An axis: a principal component or a feature, counted from 1.
AXIS = re.compile(r"(pc|f)([1-9]\d{0,3})")


@dataclass(frozen=True)
class View:
    """How a run is looked at: nothing here changes a number of it.

    colours : the index into the palette for each component. axes : what is drawn across and up where there
    are more than two features, as `AXIS` says. before : the log-likelihoods of the run that this one was
    forked from at iteration `forked_at`; or of another run, that is called `before_name`. limits : the
    log-likelihoods between which the curve is drawn. first : what the start is in the iterations of a run of
    which this is a part. shuffled : the rows are in a random order. borders : whether it is drawn whose
    ground is whose, with one or two features.

    images : the means of every step as images (t, k, height, width), where the features are no pixels.
    images_first : whether the images, and not the points, are what the player is about. first_number : what
    the first component is called. by_hand : whether means and points can be moved. like : the mixture whose
    density says how high the picture is along one feature, instead of the run's last. mean_covariances : how
    sure the run's last means are (k, d, d), as `Intervals` has it, where that is to be seen. temperatures :
    of every step, how soft its responsibilities were: 1 as in EM, 0 where a row was one component's alone.
    moves : where the run is of another way up than EM, how its components move, in a sentence.
    canvas : how far of the plane is seen at least, to each side of its origin.
    held : what stays as it is at the start. known : of which component EM was told that each row is, (n,), -1
    for nothing; None where it was told nothing.
    """

    colours: tuple[int, ...] = ()
    axes: tuple[str, str] = ("pc1", "pc2")
    contours: bool = False
    space: bool = False
    shuffled: bool = False
    before: tuple[float, ...] = ()
    forked_at: int = 0
    before_name: str = ""
    limits: tuple[float, float] | None = None
    first: int = 0
    borders: bool = False
    images: NDArray[np.float64] | None = None
    images_first: bool = False
    first_number: int = 1
    by_hand: bool = True
    like: Mixture | None = None
    mean_covariances: NDArray[np.float64] | None = None
    canvas: float = 0.0
    temperatures: tuple[float, ...] = ()
    moves: str = ""
    held: Held = field(default_factory=Held)
    known: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class Subject:
    """What the panels draw: data, the mixture of every step, and how they are looked at.

    centres : the components are centres, as in k-means: without density or extent, each with its ground.
    chosen : the rows to draw, where they are chosen already.
    """

    data: Dataset
    mixtures: Sequence[Mixture]
    view: View
    centres: bool = False
    chosen: NDArray[np.intp] | None = None

    @cached_property
    def drawable(self) -> NDArray[np.intp]:
        """The rows of which anything is known that is shown."""
        return drawable(self.data, self.view)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """Which rows are drawn, (n,)."""
        if self.chosen is not None:
            return self.chosen
        per_row = len(self.mixtures) * self.mixtures[0].n_components
        return self.drawable[shown_rows(len(self.drawable), per_row)]

    @cached_property
    def counts(self) -> NDArray[np.float64] | None:
        """How often each row that is drawn counts, (n,); None: once."""
        return weights_of(self.rows, self.data.sample_weight)

    @cached_property
    def X(self) -> NDArray[np.float64]:
        """The rows that are drawn, (n, d), with what the last mixture expects of what is missing."""
        return expected(self.mixtures[-1], self.data.X[self.rows])[0]

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """(t, k, d)."""
        return np.array([mixture.means for mixture in self.mixtures])

    def header(self, **own: Any) -> Header:
        """All that follows from what is drawn, and what the run's `own` facts are."""
        k, view = self.mixtures[0].n_components, self.view
        return Header(
            k=k,
            n=len(self.rows),
            total=len(self.drawable),
            steps=len(self.mixtures) - 1,
            dot=shapes.dot(len(self.rows)),
            palette=[palette.COMPONENTS[i] for i in view.colours or range(k)],
            data=digest(*(a.tobytes() for a in (self.data.X[self.rows], self.counts) if a is not None)),
            first_number=view.first_number,
            images_first=view.images_first,
            shuffled=view.shuffled,
            begins_at=view.first or None,
            **own,
        )


def shown_rows(n: int, per_row: int) -> NDArray[np.int64]:
    """Which rows are drawn: all, or a fixed random sample of what a browser can move."""
    return shapes.some_of(n, max(min(MOST_POINTS, MOST_RESPONSIBILITIES // per_row), 50))


def drawable(data: Dataset, view: View) -> NDArray[np.intp]:
    """The rows of which anything is known that is shown: all, but where single features are drawn."""
    shown = features_shown(data.X.shape[1], view)
    if data.complete or shown is None:
        return np.arange(len(data.X))
    return np.flatnonzero(~np.isnan(data.X[:, shown]).all(axis=1))


def gaps_note(data: Dataset, view: View) -> str:
    """How rows with missing values are drawn, where the legend does not say it; "" where it does."""
    if data.complete:
        return ""
    if features_shown(data.X.shape[1], view) is None:
        n = int(np.isnan(data.X).any(axis=1).sum())
        return (
            f"{count(n, 'row')} with missing values {plural(n, 'stands', 'stand')} where the mixture at the "
            "end expects the values; along single features, chosen under View, they would be ticks."
        )
    lost = len(data.X) - len(drawable(data, view))
    if not lost:
        return ""
    return f"{count(lost, 'row')} with neither of the values shown {plural(lost, 'is', 'are')} not drawn."


def features_shown(d: int, view: View) -> list[int] | None:
    """The features along which data are drawn, from 0; None where they are drawn in space, or along a
    principal component.
    """
    if d <= 2:
        return list(range(d))
    found = [None] if d == 3 and view.space else [AXIS.fullmatch(axis) for axis in view.axes]
    if any(one is None or one[1] == "pc" for one in found):
        return None
    return [int(one[2]) - 1 for one in found if one]


def projection(data: Dataset, axes: tuple[str, str]) -> tuple[NDArray[np.float64], list[str]]:
    """The map (2, d) onto the plane that is drawn, and the names of its axes.

    Principal components are those of rows that count as they do, with the mean for a missing value.
    """
    d = data.X.shape[1]
    if d == 2:
        return np.eye(2), list(data.feature_names)
    if axes[0] == axes[1]:
        raise ValueError("Both axes show the same. Choose another for one of them.")
    components = min(d, len(data.X))
    X = data.X if data.complete else Incomplete.of(data.X, data.sample_weight).filled()
    if data.sample_weight is not None:  # PCA knows no weights, but the triangle has the moments of all rows
        X = _with_equal_weights(X, data.sample_weight)
    pca = PCA(components, svd_solver="full").fit(X)
    rows, names = [], []
    for axis in axes:
        kind, number = AXIS.fullmatch(axis).groups()  # type: ignore[union-attr]
        i = int(number) - 1
        most = components if kind == "pc" else d
        if not 0 <= i < most:
            raise ValueError(f"There is no axis {axis}: these data have {most} of that kind.")
        if kind == "pc":
            rows.append(pca.components_[i])
            share = pca.explained_variance_ratio_[i]
            shown = f"{share:.0%}" if share >= 0.01 else "under 1%"
            names.append(f"principal component {i + 1} ({shown} of variance)")
        else:
            rows.append(np.eye(d)[i])
            names.append(data.feature_names[i])
    return np.array(rows), names


def _with_equal_weights(X: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that count once, in pairs about the mean, with the second moments of X (n, d), so weighted."""
    residuals = X - np.average(X, axis=0, weights=counts)
    half = np.linalg.qr(residuals * np.sqrt(counts)[:, np.newaxis], mode="r")
    return np.concatenate([half, -half])

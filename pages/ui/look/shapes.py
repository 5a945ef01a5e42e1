"""What is drawn of data and components, whoever draws it: ellipses, curves, a histogram. Pure numbers.

Letters: n rows, k components, d features, g places.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, f

from gmm_core import Mixture

MOST_BINS = 100
SMALLEST_DOT, LARGEST_DOT = 2.5, 32.0  # diameters in pixels of the player, where they say something

Array = NDArray[np.float64]


def radii(shares: ArrayLike, d: int) -> Array:
    """Within how many standard deviations a Gaussian of d features holds these shares of itself."""
    return np.sqrt(chi2.ppf(shares, d))


def held(radius: ArrayLike, d: int, dof: ArrayLike) -> Array:
    """The share of a t distribution of d features within so many of its scale, which is less than a
    Gaussian's: its squared distances over d are F-distributed.
    """
    return np.asarray(f.cdf(np.square(radius) / d, d, dof))


def some_of(n: int, most: int) -> NDArray[np.intp]:
    """Which of n rows are drawn: all, or so many at random, always the same."""
    return np.sort(np.random.default_rng(0).choice(n, min(n, most), replace=False))


def cells(rows: NDArray[np.intp], columns: NDArray[np.intp], side: float) -> dict[str, Any]:
    """The squares of a map as Plotly's bars, the text of each in its middle. side : of 1 from row to row."""
    return {
        "x": columns,
        "base": rows - side / 2,
        "y": np.full(len(rows), side),
        "width": side,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
    }


def grid(*axes: Array) -> Array:
    """All places of a grid, (g, d), row by row."""
    return np.column_stack([axis.ravel() for axis in np.meshgrid(*axes)])


def roots(mixture: Mixture) -> Array:
    """The maps (k, d, d) that take the unit circle, or sphere, to each component's: lower triangles."""
    return np.linalg.cholesky(mixture.full_covariances)


def ellipses(means: Array, maps: Array, radius: float, sides: int) -> Array:
    """The closed outlines (k, sides + 1, 2) of components in the plane, with these means and `roots`."""
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    circle = radius * np.stack([np.cos(angles), np.sin(angles)])
    return means[:, np.newaxis] + np.swapaxes(maps @ circle, 1, 2)


def curves(mixture: Mixture, grid: Array) -> Array:
    """The weighted densities (k, g) of one feature at the places (g,)."""
    return np.exp(mixture.log_joint(grid)).T


def dot(n: int) -> float:
    """The diameter of a point among n, in pixels of the player: one more shrinks none of them visibly."""
    return round(float(np.clip(8 * (300 / n) ** 0.35, 5, 8)), 2)


def sizes(counts: Array) -> Array:
    """The diameters (n,) of points, in pixels of the player, whose areas are how often their rows count.

    On average an area is that of a point that counts once, but no point is larger than can be looked past,
    nor smaller than can be seen.
    """
    roots = np.sqrt(counts)
    unit = min(1.3 * dot(len(counts)) / np.sqrt(counts.mean()), LARGEST_DOT / roots.max())
    return np.round(np.maximum(unit * roots, SMALLEST_DOT), 2)


def histogram(x: Array, counts: Array | None = None) -> tuple[Array, Array]:
    """Densities and edges of the bins of one feature (n,), whose rows count so often, (n,), or once."""
    if counts is not None:
        edges = np.linspace(x.min(), x.max(), _bins(x, counts) + 1)
        return np.histogram(x, edges, density=True, weights=counts)
    heights, edges = np.histogram(x, bins="auto", density=True)
    return np.histogram(x, bins=MOST_BINS, density=True) if len(heights) > MOST_BINS else (heights, edges)


def _bins(x: Array, counts: Array) -> int:
    """How many bins numpy's "auto" takes, where rows count so often: Freedman & Diaconis, or Sturges."""
    n = counts.sum()
    low, high = np.quantile(x, [0.25, 0.75], weights=counts, method="inverted_cdf")
    width = np.ptp(x) / (np.log2(n) + 1)
    if high > low:
        width = min(width, 2 * (high - low) / np.cbrt(n))
    return int(np.clip(np.ceil(np.ptp(x) / width), 1, MOST_BINS)) if width > 0 else 1


def top(heights: Array, highest: float) -> float:
    """How high a picture of one feature is: as the histogram, and the highest density if that is no spike."""
    return float(1.15 * max(heights.max(), min(highest, 3 * heights.max())))


def triangles(maps: Sequence[float] | Array) -> Array:
    """Maps in the plane as a scene has them, (k, 3), back to matrices (k, 2, 2)."""
    a, b, c = np.asarray(maps).T
    return np.stack([np.stack([a, np.zeros_like(a)], axis=-1), np.stack([b, c], axis=-1)], axis=-2)


def are_straight(mixture: Mixture) -> bool:
    """Whether all borders between its components are straight: where Gaussians have one covariance."""
    if mixture.dof is not None:
        return False
    covariances = mixture.full_covariances
    return bool(np.allclose(covariances, covariances[:1], rtol=1e-9, atol=0))


def straight_borders(corners: Array) -> list[Array]:
    """Where the two likeliest of k components tie in a rectangle, where all borders are straight: segments
    (2, 2), in parts of its sides.

    corners : log(weight x density) in its lower left, lower right and upper left corner (3, k).
    """
    used = np.isfinite(corners).all(axis=0)
    # Less that of the first one, each is linear: a constant, and what a step across and one up add.
    linear = (corners - corners[:, used][:, :1])[:, used].T
    linear[:, 1:] -= linear[:, :1]
    box = np.array([[0, 1, 0], [1, -1, 0], [0, 0, 1], [1, 0, -1]])  # not negative in the rectangle
    found = []
    for i, j in combinations(range(len(linear)), 2):
        constant, *slope = linear[i] - linear[j]
        steep = np.dot(slope, slope)
        if steep == 0:
            continue
        on, along = -constant * np.array(slope) / steep, np.array([-slope[1], slope[0]]) / np.sqrt(steep)
        # On the line, no other component may be above these two.
        limits = np.vstack([box, linear[i] - np.delete(linear, [i, j], axis=0)])
        there, change = limits[:, 0] + limits[:, 1:] @ on, limits[:, 1:] @ along
        if (there[change == 0] < 0).any():
            continue
        ends = -there[change != 0] / change[change != 0]
        rising = change[change != 0] > 0
        first, last = ends[rising].max(initial=-np.inf), ends[~rising].min(initial=np.inf)
        if last > first:
            found.append(on + np.outer([first, last], along))
    return found

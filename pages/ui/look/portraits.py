"""Small pictures (SVG) of data and mixtures: gallery cards, the ends of a race. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from gmm_core import Dataset, Mixture
from pages.ui.look import palette, shapes

WIDTH, HEIGHT = 240, 150
MOST_DOTS = 220


def thumbnail(data: Dataset, mixture: Mixture) -> str:
    """A small picture (SVG) of the data, each point in the colour of its likeliest component."""
    likeliest = mixture.labels(data.X)  # the last colour of all is that of noise
    return portrait(data, likeliest, None, (*palette.COMPONENTS, palette.UNCLAIMED))


def portrait(
    data: Dataset, clusters: NDArray[np.integer], mixture: Mixture | None, colours: Sequence[str]
) -> str:
    """A small picture (SVG) of the data (n, d), each point in the colour of its cluster.

    clusters : (n,). mixture : whose components are drawn over it; None for none. colours : k of them.
    """
    rows = shapes.some_of(len(data.X), MOST_DOTS)
    P, centre = _plane(data.X[rows])
    places = _flat(data, data.X[rows], rows, P, centre)
    low, high = places.min(axis=0), places.max(axis=0)

    def pixels(places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scaled into the picture, with y upward."""
        shares = (places - low) / np.where(high > low, high - low, 1)
        return 8 + shares * [1, -1] * [WIDTH - 16, HEIGHT - 16] + [0, HEIGHT - 16]

    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colours[j]}" fill-opacity="0.75"/>'
        for (x, y), j in zip(pixels(places), clusters[rows], strict=True)
    )
    if mixture is None:
        lines = []
    elif data.is_series:
        lines = [pixels(band) for band in _bands(mixture, low[0], high[0])]
    elif data.X.shape[1] == 1:
        lines = [pixels(curve) for curve in _curves(mixture, low, high)]
    else:
        flat = mixture.of_components.project(P)
        outlines = shapes.ellipses(flat.means, shapes.roots(flat), float(shapes.radii(0.9, 2)), 48)
        lines = [pixels(outline[:-1] - centre @ P.T) for outline in outlines]
    drawn = "".join(
        f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in line)}" fill="{colour}" '
        f'fill-opacity="0.12" stroke="{colour}" stroke-width="2.5"/>'
        for line, colour in zip(lines, colours, strict=False)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{dots}{drawn}</svg>'
    )


def _plane(X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The map onto what is drawn (1 or 2, d), of many features principal components, and its centre (d,)."""
    d = X.shape[1]
    if d <= 2:
        return np.eye(d), np.zeros(d)
    pca = PCA(2).fit(X)
    return pca.components_, pca.mean_


def _flat(
    data: Dataset,
    X: NDArray[np.float64],
    rows: NDArray[np.int64],
    P: NDArray[np.float64],
    centre: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Two coordinates to draw: over time for a series, and anywhere up for one other feature."""
    if data.is_series:
        return np.column_stack([rows, X[:, 0]])
    if X.shape[1] == 1:
        return np.column_stack([X[:, 0], np.random.default_rng(1).uniform(-1, 1, len(X))])
    return (X - centre) @ P.T


def _bands(mixture: Mixture, first: float, last: float) -> NDArray[np.float64]:
    """Two standard deviations about each mean, all the time: the corners, (k, 4, 2)."""
    deviations = 2 * np.sqrt(mixture.full_covariances[:, 0, 0])
    low, high = mixture.means[:, 0] - deviations, mixture.means[:, 0] + deviations
    times = np.broadcast_to([first, last, last, first], (len(low), 4))
    return np.stack([times, np.stack([low, low, high, high], axis=1)], axis=2)


def _curves(mixture: Mixture, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weighted densities over one feature, on the floor of the picture: (k, 102, 2)."""
    grid = np.linspace(low[0], high[0], 100)
    densities = shapes.curves(mixture, grid)
    top = densities.sum(axis=0).max() or 1.0
    heights = np.pad(low[1] + densities / top * (high[1] - low[1]), ((0, 0), (1, 1)), constant_values=low[1])
    return np.stack([np.broadcast_to(np.pad(grid, 1, mode="edge"), heights.shape), heights], axis=2)

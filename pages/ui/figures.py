"""Core values -> pictures. Pure: no Streamlit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from gmm_core import Dataset, Mixture
from pages.ui import palette

WIDTH, HEIGHT = 240, 150
MOST_DOTS = 220


def thumbnail(data: Dataset, mixture: Mixture) -> str:
    """A small picture (SVG) of the data, each point in the colour of its likeliest component."""
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(data.X), min(MOST_DOTS, len(data.X)), replace=False))
    X = data.X[rows]
    likeliest = mixture.responsibilities(X).argmax(axis=1)
    places = _fit_in(_flat(data, X, rows))
    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{palette.COMPONENTS[j]}" fill-opacity="0.75"/>'
        for (x, y), j in zip(places, likeliest, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{dots}</svg>'
    )


def _flat(data: Dataset, X: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Two coordinates to draw: over time for a series, principal components for many features."""
    if data.is_series:
        return np.column_stack([rows, X[:, 0]])
    if X.shape[1] == 1:
        return np.column_stack([X[:, 0], np.random.default_rng(1).uniform(-1, 1, len(X))])
    return X if X.shape[1] == 2 else PCA(2).fit_transform(X)


def _fit_in(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scaled into the picture, with y upward."""
    low, high = places.min(axis=0), places.max(axis=0)
    shares = (places - low) / np.where(high > low, high - low, 1)
    return 8 + shares * [1, -1] * [WIDTH - 16, HEIGHT - 16] + [0, HEIGHT - 16]

"""Core values -> pictures. Pure: no Streamlit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from gmm_core import Dataset, Mixture
from gmm_core.covariance import FAMILIES
from gmm_core.selection import Comparison
from pages.ui import palette

WIDTH, HEIGHT = 240, 150
MOST_DOTS = 220
MOST_POINTS = 2000
MOST_PAIRED = 5
MOST_FEATURES_TO_COMPARE = 20


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


def bic(comparison: Comparison) -> go.Figure:
    """BIC over k, a line for each family; a fit with a collapsed component is left out."""
    figure = go.Figure(layout={"xaxis": {"title": "components", "dtick": 1}, "yaxis": {"title": "BIC"}})
    figure.update_layout(height=380, margin={"t": 10, "b": 40}, legend={"orientation": "h", "y": 1.1})
    for colour, family in zip(palette.COMPONENTS, FAMILIES, strict=False):
        fits = sorted(
            (f for f in comparison.ranking if f.covariance_type == family), key=lambda f: f.n_components
        )
        figure.add_scatter(
            x=[f.n_components for f in fits],
            y=[f.bic for f in fits],
            name=family,
            mode="lines+markers",
            line={"color": colour},
        )
    if comparison.best is not None:
        figure.add_scatter(
            x=[comparison.best.n_components],
            y=[comparison.best.bic],
            mode="markers",
            marker={"size": 16, "symbol": "circle-open", "color": "gray", "line": {"width": 3}},
            name="best",
            showlegend=False,
        )
    return figure


def pairs(X: NDArray[np.float64], names: list[str], mixture: Mixture) -> go.Figure:
    """Up to five features against each other, points in the blended colours of their responsibilities."""
    shown = np.sort(np.random.default_rng(0).choice(len(X), min(MOST_POINTS, len(X)), replace=False))
    colours = _blend(mixture.responsibilities(X[shown]))
    marker = {"color": colours, "size": 5, "opacity": 0.8}
    kept = names[:MOST_PAIRED]
    if len(kept) == 1:
        places = np.random.default_rng(1).uniform(-1, 1, len(shown))
        figure = go.Figure(go.Scatter(x=X[shown, 0], y=places, mode="markers", marker=marker))
        figure.update_layout(xaxis_title=kept[0], yaxis={"visible": False, "range": [-4, 4]})
    elif len(kept) == 2:
        figure = go.Figure(go.Scatter(x=X[shown, 0], y=X[shown, 1], mode="markers", marker=marker))
        figure.update_layout(xaxis_title=kept[0], yaxis_title=kept[1])
    else:
        dimensions = [{"label": name, "values": X[shown, j]} for j, name in enumerate(kept)]
        figure = go.Figure(
            go.Splom(dimensions=dimensions, marker=marker, diagonal_visible=False, showupperhalf=False)
        )
    return figure.update_layout(height=460, margin={"t": 10, "b": 40})


def rows(X: NDArray[np.float64], names: list[str], which: NDArray[np.intp]) -> pd.DataFrame:
    """Some rows of the data, counted from 1, at most a thousand."""
    some = which[:1000]
    return pd.DataFrame(X[some], columns=names, index=pd.Index(some + 1, name="row"))


def _blend(responsibilities: NDArray[np.float64]) -> list[str]:
    """Colours mixed as light is, as the player does it."""
    used = palette.COMPONENTS[: responsibilities.shape[1]]
    mixed = np.rint(255 * palette.blend(responsibilities, used)).astype(int)
    return [f"rgb({r},{g},{b})" for r, g, b in mixed]

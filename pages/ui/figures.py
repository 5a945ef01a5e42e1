"""Core values -> pictures. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.stats import chi2
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
BIC_NOTE = "Lower is better. A gap of 10 is strong, one below 2 says nothing (Kass & Raftery 1995)."
SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def thumbnail(data: Dataset, mixture: Mixture) -> str:
    """A small picture (SVG) of the data, each point in the colour of its likeliest component."""
    likeliest = mixture.responsibilities(data.X).argmax(axis=1)
    return portrait(data, likeliest, None, palette.COMPONENTS)


def portrait(
    data: Dataset, clusters: NDArray[np.integer], mixture: Mixture | None, colours: Sequence[str]
) -> str:
    """A small picture (SVG) of the data (n, d), each point in the colour of its cluster.

    clusters : (n,). mixture : whose components are drawn over it; None for none. colours : k of them.
    """
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(data.X), min(MOST_DOTS, len(data.X)), replace=False))
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
        lines = [pixels(ellipse - centre @ P.T) for ellipse in _ellipses(mixture.project(P))]
    outlines = "".join(
        f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in line)}" fill="{colour}" '
        f'fill-opacity="0.12" stroke="{colour}" stroke-width="2.5"/>'
        for line, colour in zip(lines, colours, strict=False)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">{dots}{outlines}</svg>'
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
    densities = np.exp(mixture.log_joint(grid)).T
    top = densities.sum(axis=0).max() or 1.0
    heights = np.pad(low[1] + densities / top * (high[1] - low[1]), ((0, 0), (1, 1)), constant_values=low[1])
    return np.stack([np.broadcast_to(np.pad(grid, 1, mode="edge"), heights.shape), heights], axis=2)


def _ellipses(mixture: Mixture) -> NDArray[np.float64]:
    """The ellipse of each component in the plane that holds nine tenths of it, (k, 48, 2)."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.sqrt(chi2.ppf(0.9, 2)) * np.stack([np.cos(angles), np.sin(angles)])
    maps = np.linalg.cholesky(mixture.full_covariances)
    return mixture.means[:, np.newaxis] + np.swapaxes(maps @ circle, 1, 2)


def bic(comparison: Comparison) -> go.Figure:
    """BIC over k, a line for each family; a fit that was set aside is left out (`not_drawn` says which)."""
    most = max((k for k, _ in comparison.plan), default=1)
    figure = go.Figure(
        layout={
            "xaxis": {"title": "components", "dtick": 1, "range": [0.5, most + 0.5]},
            "yaxis": {"title": "BIC"},
        }
    )
    figure.update_layout(height=400, margin={"t": 10, "b": 40, "r": 10})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    for colour, symbol, family in zip(palette.COMPONENTS, SYMBOLS, FAMILIES, strict=False):
        fits = sorted(
            (f for f in comparison.ranking if f.covariance_type == family), key=lambda f: f.n_components
        )
        if fits:
            figure.add_scatter(
                x=[f.n_components for f in fits],
                y=[f.bic for f in fits],
                name=family,
                mode="lines+markers",
                line={"color": colour},
                marker={"symbol": symbol, "size": 8},
            )
    if comparison.best is not None:
        figure.add_scatter(
            x=[comparison.best.n_components],
            y=[comparison.best.bic],
            mode="markers",
            marker={"size": 18, "symbol": "circle-open", "color": "gray", "line": {"width": 3}},
            name="best",
        )
    return figure


def not_drawn(comparison: Comparison) -> str:
    """Which fits `bic` leaves out, in a sentence; empty where there are none."""
    gone: dict[str, list[str]] = {}
    for fit in comparison.fits:
        if fit.degenerate:
            gone.setdefault(fit.covariance_type, []).append(str(fit.n_components))
    if not gone:
        return ""
    which = "; ".join(f"{family} with {', '.join(ks)}" for family, ks in gone.items())
    return f"Not drawn, as in every start a component ended on too few or on equal rows: {which} components."


def pairs(
    X: NDArray[np.float64], names: Sequence[str], mixture: Mixture, numbers: NDArray[np.integer]
) -> go.Figure:
    """Up to five features against each other, points in the blended colours of their responsibilities.

    numbers : what the rows are called, (n,).
    """
    shown = np.sort(np.random.default_rng(0).choice(len(X), min(MOST_POINTS, len(X)), replace=False))
    which = paired(mixture)
    labels = [label(names[j], 40 if len(which) < 3 else 16) for j in which]
    colours = blended(mixture.responsibilities(X[shown]), palette.COMPONENTS)
    points: dict[str, Any] = {
        "marker": {"color": colours, "size": 5 if len(which) < 3 else 3, "opacity": 0.8},
        "text": [f"row {number}" for number in numbers[shown]],
        "showlegend": False,
    }
    figure = go.Figure()
    if len(which) == 1:
        below = -np.random.default_rng(1).uniform(0.05, 0.35, len(shown))
        margin = 0.05 * np.ptp(X)
        across = np.linspace(X.min() - margin, X.max() + margin, 400)
        density = np.exp(mixture.log_density(across[:, np.newaxis]))
        figure.add_scatter(
            x=across, y=density / density.max(), mode="lines", line_color="gray", name="density"
        )
        figure.add_scatter(x=X[shown, 0], y=below, mode="markers", **points)
        figure.update_layout(xaxis_title=labels[0], yaxis={"visible": False})
    elif len(which) == 2:
        figure.add_scatter(x=X[shown, 0], y=X[shown, 1], mode="markers", **points)
        figure.update_layout(xaxis_title=labels[0], yaxis_title=labels[1])
    else:
        dimensions = [{"label": label, "values": X[shown, j]} for label, j in zip(labels, which, strict=True)]
        figure.add_splom(dimensions=dimensions, diagonal_visible=False, showupperhalf=False, **points)
    for j, weight in enumerate(mixture.weights):  # for the legend alone
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"color": palette.COMPONENTS[j], "size": 9},
            name=f"{j + 1}: {weight:.0%}",
            yaxis="y" if len(which) < 3 else "y2",  # a matrix without diagonal has no first one
        )
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure.update_layout(height=620 if len(which) > 2 else 460, margin={"t": 10, "b": 40, "r": 10})


def paired(mixture: Mixture) -> list[int]:
    """The features that `pairs` draws: the five in which the means differ most, against the spread."""
    spread = mixture.weights @ np.diagonal(mixture.full_covariances, axis1=1, axis2=2)
    between = mixture.weights @ (mixture.means - mixture.weights @ mixture.means) ** 2
    return sorted(np.argsort(-between / spread, kind="stable")[:MOST_PAIRED].tolist())


def pairs_note(n: int, mixture: Mixture) -> str:
    """What `pairs` shows of n rows, in a sentence or three."""
    d = mixture.n_features
    text = "Points have the colours of their components, mixed by responsibility. Percentages are weights."
    if d > MOST_PAIRED:
        text += f" Of {d} features, the {MOST_PAIRED} in which the components differ most."
    return text + (f" {MOST_POINTS:,} of {n:,} rows are drawn, at random." if n > MOST_POINTS else "")


def label(name: str, most: int) -> str:
    """A user's name as Plotly shows it: short, and no markup."""
    return escape(name if len(name) <= most else f"{name[: most - 1]}…", quote=False)


def blended(responsibilities: NDArray[np.float64], colours: Sequence[str]) -> list[str]:
    """The components' colours (k, or more), mixed as light is, as the player does it."""
    used = colours[: responsibilities.shape[1]]
    mixed = np.rint(255 * palette.blend(responsibilities, used)).astype(int)
    return [f"rgb({r},{g},{b})" for r, g, b in mixed]

"""Core values -> pictures. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.selection import Comparison
from gmm_core.words import percent
from pages.ui.look import palette
from pages.ui.look.palette import blended, label
from pages.ui.look.shapes import some_of

MOST_POINTS = 2000
MOST_MARKERS = 6000  # of all pairs together
MOST_PAIRED = 5
BIC_NOTE = "Lower is better. A gap of 10 is strong, one below 2 says nothing (Kass & Raftery 1995)."
SYMBOLS = ("circle", "square", "diamond", "triangle-up")


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
    marks = zip(cycle(palette.COMPONENTS), cycle(SYMBOLS), FAMILIES, strict=False)  # as many as there are
    for colour, symbol, family in marks:
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
    why = "as in every start a component ended on too few or on equal rows or values"
    return f"Not drawn, {why}: {which} components."


def pairs(
    X: NDArray[np.float64], names: Sequence[str], mixture: Mixture, numbers: NDArray[np.integer]
) -> go.Figure:
    """Up to five features against each other, points in the blended colours of their responsibilities.

    numbers : what the rows are called, (n,).
    """
    which = paired(mixture)
    m = len(which)
    shown = some_of(len(X), most_shown(m))
    labels = [label(names[j], 40 if m < 3 else min(16, 40 // (m - 1))) for j in which]
    points: dict[str, Any] = {
        "mode": "markers",
        "marker": {
            "color": blended(mixture.responsibilities(X[shown]), palette.COMPONENTS),
            "size": 5 if m < 3 else 3,
            "opacity": 0.8,
        },
        "text": [f"row {number}" for number in numbers[shown]],
        "showlegend": False,
    }
    figure = go.Figure()
    if m == 1:
        below = -np.random.default_rng(1).uniform(0.05, 0.35, len(shown))
        margin = 0.05 * np.ptp(X)
        across = np.linspace(X.min() - margin, X.max() + margin, 400)
        density = np.exp(mixture.log_density(across[:, np.newaxis]))
        figure.add_scatter(
            x=across, y=density / density.max(), mode="lines", line_color="gray", name="density"
        )
        figure.add_scatter(x=X[shown, 0], y=below, **points)
        figure.update_layout(xaxis_title=labels[0], yaxis={"visible": False})
    elif m == 2:
        figure.add_scatter(x=X[shown, 0], y=X[shown, 1], **points)
        figure.update_layout(xaxis_title=labels[0], yaxis_title=labels[1])
    else:
        # A column has one axis across, and a row one up: those of a feature move together.
        figure.add_traces(
            [
                {"x": X[shown, which[across]], "y": X[shown, which[up]], **points}
                | {"xaxis": f"x{across + 1}", "yaxis": f"y{up}"}
                for up in range(1, m)
                for across in range(up)
            ]
        )
        for j in range(1, m):
            figure.update_layout({f"xaxis{j}": {"title": labels[j - 1]}, f"yaxis{j}": {"title": labels[j]}})
        figure.update_layout(grid={"rows": m - 1, "columns": m - 1, "pattern": "coupled"})
    for j, weight in enumerate(mixture.weights):  # for the legend alone
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"color": palette.COMPONENTS[j], "size": 9},
            name=f"{j + 1}: {percent(weight)}",
        )
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure.update_layout(height=620 if m > 2 else 460, margin={"t": 10, "b": 40, "r": 10})


def most_shown(n_paired: int) -> int:
    """Of how many rows a picture of so many features has points: with each pair, a row has one more."""
    return min(MOST_POINTS, MOST_MARKERS // max(n_paired * (n_paired - 1) // 2, 1))


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
    most = most_shown(min(d, MOST_PAIRED))
    return text + (f" {most:,} of {n:,} rows are drawn, at random." if n > most else "")

"""The gap to the best end of every way, and the paths of the means, as figures. Pure: no Streamlit.

Letters: n rows, k components, t steps.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core.engine.ways.table import WAYS
from gmm_core.laboratory.faster import Comparison
from pages.ui.faster.settings import ITERATIONS
from pages.ui.look import palette

LEAST_GAP = 1e-12  # what is lower is drawn there: rounding
MOST_POINTS = 1500
COLOURS = dict(zip(WAYS, palette.COMPONENTS, strict=False))
HEIGHT = 420


def gaps(found: Comparison, clock: str, bold: str) -> go.Figure:
    """By how much each way is below the best end, on a logarithmic scale. bold : the way that is compared."""
    figure = go.Figure()
    for name, climbed in found.climbs.items():
        x = climbed.passes if clock == ITERATIONS else climbed.seconds
        y = np.maximum(found.best - climbed.trace.log_likelihoods, LEAST_GAP)
        some = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int))
        figure.add_scatter(
            x=x[some],
            y=y[some],
            name=climbed.way.label,
            mode="lines",
            line={"color": COLOURS[name], "width": 3.5 if name in ("em", bold) else 1.5},
            opacity=1 if name in ("em", bold) else 0.6,
            hovertemplate=f"{climbed.way.label}: %{{y:.2e}} below, after %{{x:,.4~g}}<extra></extra>",
        )
    title = "passes over the rows" if clock == ITERATIONS else "seconds, on this server, roughly"
    figure.update_xaxes(title=title, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(
        title="below the best end, per row", type="log", exponentformat="power", fixedrange=True
    )
    return figure.update_layout(
        height=HEIGHT,
        margin={"t": 10, "b": 40, "l": 10, "r": 10},
        legend={"orientation": "h", "y": -0.22},
        dragmode=False,
    )


def paths(
    points: NDArray[np.float64],
    runs: tuple[NDArray[np.float64], NDArray[np.float64]],
    names: list[str],
    way: str,
) -> go.Figure:
    """Points (n, 2), and the means of two runs on their way, (t, k, 2) each: EM's, and those of `way`."""
    figure = go.Figure()
    figure.add_scattergl(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker={"size": 4, "color": palette.UNCLAIMED, "opacity": 0.35},
        hoverinfo="skip",
        showlegend=False,
    )
    for name, means, size in (("em", runs[0], 5), (way, runs[1], 9)):
        for j in range(means.shape[1]):
            figure.add_scatter(
                x=means[:, j, 0],
                y=means[:, j, 1],
                name=WAYS[name].label,
                legendgroup=name,
                showlegend=j == 0,
                mode="lines+markers",
                line={"color": COLOURS[name], "width": 2},
                marker={"size": size, "symbol": "circle" if name == "em" else "circle-open"},
                customdata=np.arange(len(means)),
                hovertemplate=f"{WAYS[name].label} {j + 1}, iteration %{{customdata}}<extra></extra>",
            )
    figure.update_xaxes(title=names[0], fixedrange=True, zeroline=False)
    figure.update_yaxes(title=names[1], fixedrange=True, zeroline=False)
    return figure.update_layout(
        height=HEIGHT,
        margin={"t": 10, "b": 40, "l": 10, "r": 10},
        legend={"orientation": "h", "y": -0.22},
        dragmode=False,
    )

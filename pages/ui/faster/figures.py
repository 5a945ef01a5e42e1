"""The gap to the best end of every way, and the paths of the means, as figures. Pure: no Streamlit.

Letters: n rows, k components, t steps.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core.engine.ways.table import WAYS
from gmm_core.laboratory.faster import Comparison
from pages.ui.faster.settings import PASSES
from pages.ui.look import palette

LEAST_GAP = 1e-12  # what is lower is drawn there: rounding
MOST_POINTS = 1500
MOST_MARKS = 400  # steps of which each has a mark
ROOM = 0.15  # beside a way, of its extent
# Without the one that is hardly seen as a thin line on a dark page.
COLOURS = dict(zip(WAYS, (*palette.COMPONENTS[:6], *palette.COMPONENTS[7:]), strict=False))
LAYOUT = {
    "height": 420,
    "margin": {"t": 10, "b": 40, "l": 10, "r": 10},
    "legend": {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom"},
    "dragmode": False,
}


def gaps(found: Comparison, clock: str, bold: str) -> go.Figure:
    """By how much each way is below the best end, on a logarithmic scale. bold : the way that is compared."""
    figure = go.Figure()
    for name, climbed in found.climbs.items():
        x = climbed.passes if clock == PASSES else climbed.seconds
        y = np.maximum(found.best - climbed.trace.log_likelihoods, LEAST_GAP)
        some = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(int))
        figure.add_scatter(
            x=x[some],
            y=y[some],
            name=climbed.way.label,
            mode="lines",
            line={"color": COLOURS[name], "width": 3.5 if name in ("em", bold) else 2},
            opacity=1 if name in ("em", bold) else 0.8,
            hovertemplate=f"{climbed.way.label}: %{{y:.2e}} below, after %{{x:,.4~g}}<extra></extra>",
        )
    title = "passes over the rows" if clock == PASSES else "seconds, on this server, roughly"
    figure.update_xaxes(title=title, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(
        title="below the best end, per row", type="log", exponentformat="power", fixedrange=True
    )
    return figure.update_layout(LAYOUT)


def paths(
    points: NDArray[np.float64],
    runs: tuple[NDArray[np.float64], NDArray[np.float64]],
    names: list[str],
    way: str,
) -> go.Figure:
    """Points (n, 2), and one mean of two runs on its way, (t, 2) each: EM's, and that of `way`.

    The picture is as large as the ways are.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        marker={"size": 5, "color": palette.UNCLAIMED, "opacity": 0.35},
        hoverinfo="skip",
        showlegend=False,
    )
    for name, means, size in (("em", runs[0], 6), (way, runs[1], 10)):
        figure.add_scatter(
            x=means[:, 0],
            y=means[:, 1],
            name=WAYS[name].label,
            mode="lines+markers" if len(means) <= MOST_MARKS else "lines",
            line={"color": COLOURS[name], "width": 2},
            marker={"size": size, "symbol": "circle" if name == "em" else "circle-open"},
            customdata=np.arange(len(means)),
            hovertemplate=f"{WAYS[name].label}, iteration %{{customdata}}<extra></extra>",
        )
    figure.add_scatter(
        x=runs[0][:1, 0],
        y=runs[0][:1, 1],
        name="the start",
        mode="markers",
        marker={"size": 13, "symbol": "diamond", "color": palette.UNCLAIMED},
        hoverinfo="name",
    )
    low, high = (of(np.concatenate(runs), axis=0) for of in (np.min, np.max))
    pad = ROOM * np.maximum(high - low, 1e-6 * np.ptp(points, axis=0))
    for update, name, i in ((figure.update_xaxes, names[0], 0), (figure.update_yaxes, names[1], 1)):
        update(title=name, range=[low[i] - pad[i], high[i] + pad[i]], fixedrange=True, zeroline=False)
    return figure.update_layout(LAYOUT)

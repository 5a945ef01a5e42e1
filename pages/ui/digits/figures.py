"""Numbers about digits -> Plotly figures. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core.words import count
from pages.ui.look import palette, shapes

BLUE, ORANGE, GREEN = palette.COMPONENTS[:3]
# From nothing to much of one colour: it suits a light page and a dark one.
SHADES = [[0, palette.rgba(BLUE, 0)], [1, palette.rgba(BLUE, 0.5)]]
LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def confusion(
    table: NDArray[np.int64], columns: Sequence[str], right: Iterable[tuple[int, int]], across: str
) -> go.Figure:
    """Rows of each true digit (10, m) in each column; the cells `right` (digit, column) count as right."""
    digits = [str(i) for i in range(len(table))]
    y, x = np.indices(table.shape).reshape(2, -1)
    figure = go.Figure()
    figure.add_bar(
        **shapes.cells(y, x, 0.98),
        marker={"color": np.sqrt(table[y, x]), "colorscale": SHADES},  # so that a few are seen beside many
        text=np.where(table[y, x], table[y, x].astype(str), ""),
        insidetextfont={"color": palette.INK},
        hovertext=[
            f"{count(int(table[i, j]), 'row')} of digit {i}, {across} {columns[j]}"
            for i, j in zip(y, x, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )
    framed = [  # all at once: Plotly looks at all that is there for each that is added
        {"type": "rect", "x0": column - 0.5, "x1": column + 0.5, "y0": digit - 0.5, "y1": digit + 0.5}
        | {"line": {"color": ORANGE, "width": 2.5}}
        for digit, column in right
    ]
    axis = {"tickmode": "array", "showgrid": False, "zeroline": False, "fixedrange": True}
    m = len(columns)
    figure.update_xaxes(
        title=across, tickvals=list(range(m)), ticktext=list(columns), range=[-0.5, m - 0.5], **axis
    )
    figure.update_yaxes(
        title="true digit",
        tickvals=list(range(len(digits))),
        ticktext=digits,
        range=[len(digits) - 0.5, -0.5],
        **axis,
    )
    return figure.update_layout(
        height=400, margin={"t": 10, "b": 40, "l": 10, "r": 10}, dragmode=False, shapes=framed
    )


def changes(
    means: NDArray[np.float64], variances: NDArray[np.float64], falls: NDArray[np.intp], now: int
) -> go.Figure:
    """The largest change of a mean and of a variance in each iteration, both (t, k), with the iterations in
    which the log-likelihood fell, and a line where we are.
    """
    figure = go.Figure()
    x = np.arange(1, len(means) + 1)
    for name, colour, values in (("mean", BLUE, means), ("variance", ORANGE, variances)):
        y = _positive(values.max(axis=1))
        figure.add_scatter(x=x, y=y, name=f"largest change of a {name}", line={"color": colour, "width": 2})
    if len(falls):
        figure.add_scatter(
            x=falls,
            y=_positive(means.max(axis=1))[falls - 1],
            mode="markers",
            marker={"symbol": "triangle-down", "size": 8, "color": palette.COMPONENTS[3]},
            name="the log-likelihood fell",
        )
    if now:
        figure.add_vline(now, line={"color": "gray", "width": 1.5})
    figure.update_traces(hovertemplate="iteration %{x}: %{y:.3g}")
    figure.update_xaxes(title="iteration", fixedrange=True)
    figure.update_yaxes(type="log", exponentformat="power", dtick=2, fixedrange=True)
    return figure.update_layout(
        height=260, margin={"t": 10, "b": 40, "r": 10}, legend=LEGEND, hovermode="closest", dragmode=False
    )


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a logarithm can show."""
    return np.where(values > 0, values, np.nan)


def errors(found: Iterable[tuple[str, int, NDArray[np.intp]]], total: int) -> go.Figure:
    """The share of `total` rows that is wrong over the dimension, a line for each covariance family."""
    figure = go.Figure()
    by_family: dict[str, list[tuple[int, int]]] = {}
    for family, d, wrong in found:
        by_family.setdefault(family, []).append((d, len(wrong)))
    looks = ((BLUE, "circle-open", 13), (ORANGE, "diamond", 8))  # both are seen where they meet
    for (family, points), (colour, symbol, size) in zip(by_family.items(), looks, strict=True):
        d, wrong = np.array(points).T
        figure.add_scatter(
            x=d,
            y=wrong / total,
            customdata=wrong,
            name=family,
            mode="lines+markers",
            line={"color": colour},
            marker={"symbol": symbol, "size": size, "line": {"width": 2}},
            cliponaxis=False,
            hovertemplate=f"{family}, %{{x}} components: %{{customdata}} of {total} wrong<extra></extra>",
        )
    figure.update_xaxes(title="principal components", fixedrange=True)
    figure.update_yaxes(title="misclassified", tickformat=".2%", rangemode="tozero", fixedrange=True)
    return figure.update_layout(height=340, margin={"t": 10, "b": 40, "r": 10}, legend=LEGEND, dragmode=False)

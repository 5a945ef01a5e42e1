"""One feature from the others, and one alone, as pictures. Pure: no Streamlit.

Letters: n rows drawn, k components, d features, g places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from gmm_core import Mixture, quantile, regress
from pages.ui.look import palette, shapes
from pages.ui.look.palette import INK, PAPER
from pages.ui.predict.figures import bars, numbered
from pages.ui.predict.given import HELD, Asked, others
from pages.ui.predict.groups import Numbers

Array = NDArray[np.float64]

STEPS = 400  # places along a line or a curve
PADDING = 0.06  # of the data's width, beyond them
TAIL = 1e-4  # of a distribution, on either side, is not drawn
LINE = palette.GREY  # on a light page and on a dark one
FAINT = palette.rgba(LINE, 0.18)
BARS = {"thick": 12.0, "thin": 5.0}  # pixels
SILENT: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip"}
RIGHT = {"row": 1, "col": 2}  # of the two pictures


@dataclass(frozen=True, eq=False)
class Looked:
    """What is looked at: rows X (n, d) that are drawn, the mixture with its colours, the asked point (d,),
    and the number of the wanted feature, from 0, among the d names.
    """

    X: Array
    mixture: Mixture
    colours: Sequence[str]
    point: Array
    wanted: int
    names: Sequence[str]


def one_from_others(look: Looked, means: Array, asked: Asked | None) -> go.Figure:
    """The rows, of which `means` (n,) are predicted; beside them, on the same axis where it lies among them,
    the density of the wanted feature at the asked point.

    With two features, over the other one, with the line and the band; with more, over what is predicted.
    """
    figure = make_subplots(cols=2, shared_yaxes=True, column_widths=[0.76, 0.24], horizontal_spacing=0.03)
    mixture, wanted, names = look.mixture, look.wanted, look.names
    y, known = look.X[:, wanted], others(len(names), wanted)
    if len(known) == 1:
        x, title = look.X[:, known[0]], names[known[0]]
        _line(figure, mixture, known[0], wanted, x)
    else:
        x, title = means, f"{names[wanted]}, predicted"
        ends = [min(x.min(), y.min()), max(x.max(), y.max())]
        figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": LINE, "dash": "dash"}, name="equal")
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "color": palette.blended(mixture.responsibilities(look.X), look.colours),
            "size": 6,
            "opacity": 0.75,
            "line": {"width": 0.5, "color": PAPER},
        },
        name="data",
    )
    if asked:
        _density(figure, asked, look.colours)
        here = look.point[known[0]] if len(known) == 1 else asked.mean
        _asked(figure, float(here), asked, x)
    near = [asked.low, asked.high] if asked and not is_beyond(asked, y) else []
    low, high = _ends(np.append(y, near))
    figure.update_xaxes(title_text=palette.label(title, 40), col=1)
    figure.update_xaxes(title_text="density", showticklabels=False, rangemode="tozero", col=2)
    figure.update_yaxes(title_text=palette.label(names[wanted], 40), range=[low, high], col=1)
    if asked and not near:
        figure.update_yaxes(matches=None, showticklabels=True, side="right", col=2)
    return _finished(figure, 430)


def _line(figure: go.Figure, mixture: Mixture, known: int, wanted: int, x: Array) -> None:
    """The mean of one feature over another, and the band around it."""
    grid = np.linspace(*_ends(x), STEPS)
    found = regress(mixture, grid, known, wanted)
    edge = {**SILENT, "line": {"width": 0}}
    figure.add_scatter(x=grid, y=found.low[:, 0], **edge, name="low")
    figure.add_scatter(x=grid, y=found.high[:, 0], **edge, fill="tonexty", fillcolor=FAINT, name="high")
    figure.add_scatter(
        x=grid,
        y=found.mean[:, 0],
        mode="lines",
        line={"color": LINE, "width": 4},
        hovertemplate="%{y:.5g} expected at %{x:.5g}<extra></extra>",
        name="mean",
    )


def _density(figure: go.Figure, asked: Asked, colours: Sequence[str]) -> None:
    """The density of the wanted feature at the asked point, sideways; and that of each component."""
    grid = _places(asked.given)
    curves = zip(colours, shapes.curves(asked.given, grid), strict=True)
    whole = np.exp(asked.given.log_density(grid))
    area = {"fill": "tozerox", "fillcolor": FAINT, "line": {"color": LINE, "width": 2}}
    figure.add_scatter(x=whole, y=grid, **area, **SILENT, **RIGHT, name="density")
    for j, (colour, curve) in enumerate(curves, 1):
        line = {"color": colour, "width": 2.5}
        figure.add_scatter(x=curve, y=grid, line=line, **SILENT, **RIGHT, name=f"component {j}")
    top = 1.05 * float(whole.max())
    for value, dash in ((asked.mean, "solid"), (asked.low, "dot"), (asked.high, "dot")):
        figure.add_scatter(
            x=[0, top],
            y=[value, value],
            mode="lines",
            line={"color": LINE, "width": 1.5, "dash": dash},
            hovertemplate="%{y:.5g}<extra></extra>",
            name="mean" if dash == "solid" else HELD,
            **RIGHT,
        )


def _asked(figure: go.Figure, x: float, asked: Asked, drawn: Array) -> None:
    """The prediction at the asked point, with its interval, where that is among what is drawn."""
    low, high = _ends(drawn)
    if not low <= x <= high:
        return
    figure.add_scatter(
        x=[x],
        y=[asked.mean],
        error_y={
            "array": [asked.high - asked.mean],
            "arrayminus": [asked.mean - asked.low],
            "thickness": 2.5,
            "color": LINE,
        },
        mode="markers",
        marker={"symbol": "star", "size": 20, "color": INK, "line": {"width": 1.5, "color": PAPER}},
        hovertemplate="%{y:.5g} expected<extra></extra>",
        name="asked",
    )


def one_alone(
    found: Numbers, x: Array, counts: Array | None, value: float, colours: Sequence[str], name: str
) -> go.Figure:
    """The density of one feature with its components, over the rows x (n,), which count so often; borders,
    the densest parts as bars below, and the value of the asked point.
    """
    heights, edges = shapes.histogram(x, counts)
    grid = np.unique(np.concatenate([_places(found.alone), np.linspace(*_ends(x), STEPS)]))
    whole = np.exp(found.alone.log_density(grid))
    top = shapes.top(heights, float(whole.max()))
    figure = go.Figure()
    bars(figure, heights, edges)
    figure.add_scatter(x=grid, y=whole, line={"color": LINE, "width": 2}, **SILENT, name="density")
    for j, curve in enumerate(shapes.curves(found.alone, grid)):
        line = {"color": colours[j], "width": 2.5}
        figure.add_scatter(x=grid, y=curve, line=line, **SILENT, name=f"component {j + 1}")
    for place in found.borders.places:
        figure.add_scatter(
            x=[place, place],
            y=[0, top],
            mode="lines",
            line={"color": LINE, "width": 1.5, "dash": "dash"},
            hovertemplate="%{x:.6g}<extra></extra>",
            name="border",
        )
    for region, width, level in zip(found.densest, BARS.values(), (-0.06, -0.12), strict=True):
        assert region.intervals is not None  # of one feature
        joined = np.column_stack([region.intervals, np.full(len(region.intervals), np.nan)]).ravel()
        label = f"densest {100 * region.mass:g}%"
        figure.add_scatter(
            x=joined,
            y=np.full(len(joined), level * top),
            mode="lines",
            line={"color": LINE, "width": width},
            hovertemplate=f"{label}: %{{x:.6g}}<extra></extra>",
            name=label,
        )
    low, high = _ends(x)
    means = found.alone.means[:, 0]
    peaks = np.exp(np.diagonal(found.alone.log_joint(means)))
    numbered(figure, colours, means, np.minimum(peaks, 0.93 * top))
    if low <= value <= high:
        figure.add_scatter(
            x=[value],
            y=[0],
            mode="markers",
            hovertemplate="asked: %{x:.6g}<extra></extra>",
            name="asked",
            marker={"symbol": "star", "size": 18, "color": INK, "line": {"width": 1.5, "color": PAPER}},
        )
    figure.update_xaxes(title_text=palette.label(name, 40), range=[low, high])
    figure.update_yaxes(title_text="density", range=[-0.18 * top, top], tickvals=[], fixedrange=True)
    return _finished(figure, 380)


def _places(alone: Mixture) -> Array:
    """Where the density of one feature is drawn (g,): where it lies, densely where components are thin."""
    low, high = quantile(alone, [TAIL, 1 - TAIL])
    own = (alone.means + alone.deviations * np.linspace(-4, 4, 81)).ravel()
    every = np.concatenate([np.linspace(low, high, STEPS), own])
    return np.unique(every[(every >= low) & (every <= high)])


def is_beyond(asked: Asked, y: Array) -> bool:
    """Whether the prediction for the asked point lies beyond the values y, so that its density has an axis of
    its own: on theirs, it could not be seen, or they could not.
    """
    return not y.min() <= asked.mean <= y.max()


def _ends(x: Array) -> tuple[float, float]:
    """From where to where data are drawn."""
    low, high = float(x.min()), float(x.max())
    pad = PADDING * ((high - low) or abs(high) or 1.0)
    return low - pad, high + pad


def _finished(figure: go.Figure, height: int) -> go.Figure:
    margin: dict[str, Any] = {"l": 60, "r": 10, "t": 10, "b": 44}
    figure.update_layout(showlegend=False, height=height, margin=margin, barmode="overlay", dragmode=False)
    return figure

"""A race as numbers for its picture, and where each initialisation leads as a figure. Pure: no Streamlit."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from pages.ui.look import palette
from pages.ui.starts import words
from pages.ui.starts.outcome import Outcome
from pages.ui.starts.settings import LABELS

MOST_PLACES = 40_000  # numbers in the picture of a race
LONG, OFTEN = 60, 4  # an axis is logarithmic if the longest run is so long, and so many times the median
WAY_UP = 1.6  # how much of the way to the ends is in the picture, in widths of their range
CLOSE = 1.0  # the least range, in units of the log-likelihood


def colours(n_ends: int) -> list[str]:
    """A colour for each end state; those beyond the palette are grey."""
    return [palette.COMPONENTS[i] if i < len(palette.COMPONENTS) else palette.BEYOND for i in range(n_ends)]


def race(ran: Outcome) -> dict[str, Any]:
    """What the picture of a race draws, as numbers for JSON: every run, every end, and the axes."""
    longest, stopped = ran.curves.shape[1] - 1, ran.n_iter_default
    logarithmic = longest > LONG and longest > OFTEN * np.median(ran.race.n_iter)
    shown = _iterations(longest, max(MOST_PLACES // ran.n_starts, 20), logarithmic)
    runs = []
    for r, (start, n) in enumerate(zip(ran.race.starts, ran.race.n_iter.tolist(), strict=True)):
        x = np.append(shown[shown < n], n)
        runs.append(
            {
                "name": words.name(start),
                "end": int(ran.end_of[r]),
                "x": x.tolist(),
                "y": _rounded(ran.curves[r, x]),
                "stop": [int(stopped[r]), *_rounded(ran.curves[r, stopped[r : r + 1]])],
            }
        )
    ends = [
        {
            "name": f"{words.value(end)} · {len(end.runs):,}",
            "kind": words.kind(end),
            "colour": colour,
        }
        for end, colour in zip(ran.ends, colours(len(ran.ends)), strict=True)
    ]
    return {
        "runs": runs,
        "ends": ends,
        "iterations": longest,
        "logarithmic": bool(logarithmic),
        "range": _range(ran),
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    """In seven digits, which is more than an eye sees."""
    return [float(f"{value:.7g}") for value in values]


def _iterations(longest: int, most: int, logarithmic: bool) -> NDArray[np.intp]:
    """Which iterations are drawn: all, or as many as there is room for."""
    if longest < most:
        return np.arange(longest + 1)
    places = np.geomspace(1, longest, most) if logarithmic else np.linspace(0, longest, most)
    return np.unique(np.rint(np.append(places, 0)).astype(np.intp))


def _range(ran: Outcome) -> list[float]:
    """From where to where the log-likelihood is drawn: all that is an end, and a part of the way up."""
    ends = [end.log_likelihood for end in ran.ends if not end.collapsed]
    values = np.array(ends or [end.log_likelihood for end in ran.ends])
    low, high = float(values.min()), float(values.max())
    begun = ran.curves[np.arange(ran.n_starts), np.minimum(ran.race.n_iter, 2)]
    farthest = high - (1 + WAY_UP) * max(high - low, CLOSE)
    low = min(low, max(float(np.quantile(begun, 0.25)), farthest))
    pad = 0.06 * max(high - low, CLOSE)
    return [low - pad, high + pad]


def reached(ran: Outcome) -> go.Figure:
    """For each initialisation where its starts ended, and how many in the best, with a 95% interval."""
    found = ran.reached
    names = [LABELS[one.init] for one in found]
    of = [np.array([start.init == one.init for start in ran.race.starts]) for one in found]
    figure = make_subplots(cols=2, shared_yaxes=True, column_widths=[0.6, 0.4], horizontal_spacing=0.18)
    for i, (end, colour) in enumerate(zip(ran.ends, colours(len(ran.ends)), strict=True)):
        numbers = [int(np.sum(ran.end_of[mine] == i)) for mine in of]
        kind = words.kind(end)
        figure.add_bar(
            y=names,
            x=[number / one.n_starts for number, one in zip(numbers, found, strict=True)],
            customdata=[f"{number} of {one.n_starts}" for number, one in zip(numbers, found, strict=True)],
            hovertemplate=f"%{{y}}: %{{customdata}} at {words.value(end)} {kind}<extra></extra>",
            orientation="h",
            marker={"color": colour, "pattern": {"shape": "/" if kind else "", "size": 5}},
            col=1,
            row=1,
        )
    figure.add_scatter(
        y=names,
        x=[one.share for one in found],
        error_x={
            "array": [one.high - one.share for one in found],
            "arrayminus": [one.share - one.low for one in found],
            "thickness": 3,
            "width": 7,
        },
        mode="markers",
        marker={"size": 12, "color": palette.COMPONENTS[0]},
        customdata=[words.often(one) for one in found],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
        col=2,
        row=1,
    )
    axis = {"tickformat": ".0%", "tickangle": 0, "fixedrange": True, "zeroline": False}
    # Few ticks, and short titles: on a phone, each half is some 100 pixels wide.
    figure.update_xaxes(**axis, title="where starts end", range=[0, 1.01], tickvals=[0, 0.5, 1], col=1)
    figure.update_xaxes(**axis, title="at the best", range=[-0.06, 1.06], tickvals=[0, 1], col=2)
    figure.update_yaxes(autorange="reversed", fixedrange=True, automargin=True)
    return figure.update_layout(
        barmode="stack",
        height=110 + 46 * len(found),
        margin={"t": 10, "b": 40, "l": 10, "r": 10},
        showlegend=False,
        dragmode=False,
    )

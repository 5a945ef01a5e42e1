"""An autopsy -> Plotly figures. Pure: no Streamlit.

Letters: k components, t iterations, s variances.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from gmm_core.laboratory.autopsy import Autopsy
from gmm_core.words import count
from pages.ui.look import palette

GREY, ORANGE = "gray", palette.ORANGE
LEGEND = {"orientation": "h", "y": 1.06, "yanchor": "bottom", "x": 0}
FEW = 30  # iterations that are drawn with a mark for each


def courses(found: Autopsy, colours: Sequence[str], now: int) -> go.Figure:
    """Four small charts over the iterations: N_k, smallest eigenvalue, condition and peak density.

    A line for each component, the suspect's wide; when it began, where EM could not go on, and where we are.
    """
    course, who = found.course, found.suspect
    charts = {
        "N, rows that it holds": course.counts,
        "smallest eigenvalue": course.smallest,
        "condition number": course.condition,
        "peak density, log₁₀": course.peak,
    }
    figure = make_subplots(
        2, 2, shared_xaxes=True, subplot_titles=list(charts), vertical_spacing=0.14, horizontal_spacing=0.16
    )
    t = len(course.counts) - 1
    for i, (name, values) in enumerate(charts.items()):
        place = {"row": 1 + i // 2, "col": 1 + i % 2}
        for j, colour in enumerate(colours):
            figure.add_scatter(
                x=np.arange(t + 1),
                y=values[:, j] if i == 3 else _positive(values[:, j]),
                name=f"component {j + 1}",
                mode="lines+markers" if t < FEW else "lines",
                line={"color": colour, "width": 4 if j == who.component else 2},
                marker={"size": 7 if j == who.component else 5},
                showlegend=i == 0,
                legendgroup=f"{j}",
                hovertemplate=f"component {j + 1}, iteration %{{x}}: %{{y:.4g}}<extra>{name}</extra>",
                **place,
            )
        if i < 3:
            figure.update_yaxes(type="log", exponentformat="power", dtick=_decades(values), **place)
    marks = _marks(found, now, t)
    for _, line, name in marks:  # for the legend alone
        figure.add_scatter(x=[None], y=[None], name=name, mode="lines", line=line, row=1, col=1)
    span = max(1, t + who.collapsed)
    figure.update_xaxes(
        fixedrange=True, range=[-0.05 * span, 1.05 * span], tickformat="d", dtick=1 if span < 6 else None
    )
    figure.update_xaxes(title="iteration", row=2)
    figure.update_yaxes(fixedrange=True)
    figure.update_annotations(font_size=14)
    # All at once: Plotly looks at all that is there for each line that is added.
    upright = [
        {"type": "line", "xref": f"x{axis}", "yref": f"y{axis} domain", "x0": x, "x1": x, "y0": 0, "y1": 1}
        | {"line": line}
        for axis in ("", *range(2, 1 + len(charts)))
        for x, line, _ in marks
    ]
    return figure.update_layout(
        height=520,
        margin={"t": 64, "b": 40, "l": 10, "r": 10},
        legend=LEGEND,
        dragmode=False,
        shapes=upright,
    )


def _marks(found: Autopsy, now: int, t: int) -> list[tuple[int, dict[str, object], str]]:
    """Where upright lines are: where we are, when it began, and where EM could not go on; and their names."""
    lines: list[tuple[int, dict[str, object], str]] = [(now, {"color": GREY, "width": 2}, "shown now")]
    if found.began is not None:
        lines.append((found.began, {"color": ORANGE, "width": 2, "dash": "dot"}, "it began"))
    if found.suspect.collapsed:
        lines.append((t + 1, {"color": ORANGE, "width": 3}, "no extent: EM cannot go on"))
    return lines


def _decades(values: NDArray[np.float64]) -> int | str:
    """How many decades there are from one tick to the next; "D2", for 1, 2, 5, where there are hardly any."""
    some = values[np.isfinite(values) & (values > 0)]
    decades = np.log10(some.max() / some.min()) if len(some) else 0
    return "D2" if decades < 1.5 else max(1, int(np.ceil(decades / 5)))


def _positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a logarithm can show."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def per_row(found: Autopsy, colour: str, now: int) -> go.Figure:
    """The mean log density of the rows that the suspect sits on, and that of all others, over iterations."""
    figure = go.Figure()
    t, m = len(found.per_row) - 1, len(found.rows)
    mine = f"the {count(m, 'row')} of component {found.suspect.component + 1}"
    mode = "lines+markers" if t < FEW else "lines"
    looks = (
        (mine, {"color": colour, "width": 4}),
        (f"the other {found.n - m:,} rows", {"color": GREY, "width": 3}),
    )
    for i, (name, line) in enumerate(looks):
        figure.add_scatter(
            x=np.arange(t + 1),
            y=found.per_row[:, i],
            name=name,
            mode=mode,
            line=line,
            hovertemplate="iteration %{x}: %{y:.4f}<extra></extra>",
        )
    figure.add_vline(now, line={"color": GREY, "width": 1.5})
    if found.began is not None:
        figure.add_vline(found.began, line={"color": ORANGE, "width": 1.5, "dash": "dot"})
    # A start far from everything would flatten the rest.
    later = found.per_row[found.began or 0 :] if t - (found.began or 0) > 1 else found.per_row
    low, high = np.nanmin(later), np.nanmax(found.per_row)
    pad = 0.08 * max(high - low, 1e-6)
    span = max(1, t)
    figure.update_xaxes(
        title="iteration", tickformat="d", range=[-0.05 * span, 1.05 * span], dtick=1 if span < 6 else None
    )
    figure.update_yaxes(title="log density per row", range=[low - pad, high + pad])
    return _plain(figure)


def endless(
    variances: NDArray[np.float64], gained: NDArray[np.float64], best: float | None, colour: str, m: int
) -> go.Figure:
    """What a spike of each of the variances (s,) gains for its m rows and for all others, (s, 2).

    best : what the best honest fit gains over the same mixture without a spike.
    """
    figure = go.Figure()
    mine = f"the {count(m, 'row')} that it sits on"
    looks = ((mine, {"color": colour, "width": 4}), ("all other rows", {"color": GREY, "width": 3}))
    for i, (name, line) in enumerate(looks):
        figure.add_scatter(
            x=variances,
            y=gained[:, i],
            name=name,
            mode="lines",
            line=line,
            hovertemplate="variance %{x:.2g}: %{y:+.4g}<extra></extra>",
        )
    if best is not None:
        figure.add_scatter(
            x=variances[[0, -1]],
            y=[best, best],
            name="the best honest fit, all rows",
            mode="lines",
            line={"color": GREY, "width": 2.5, "dash": "dash"},
            hovertemplate="%{y:+.4g}<extra></extra>",
        )
    figure.update_xaxes(
        title="variance of the spike, ever smaller →",
        type="log",
        autorange="reversed",
        exponentformat="power",
        dtick=2,
    )
    figure.update_yaxes(title="log-likelihood gained")
    return _plain(figure)


def _plain(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure.update_layout(
        height=360, margin={"t": 10, "b": 40, "l": 10, "r": 10}, legend=LEGEND, dragmode=False
    )

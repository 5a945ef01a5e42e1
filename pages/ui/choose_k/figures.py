"""The map of criteria, the curve over k, the null distribution, merged components. Pure: no Streamlit.

Letters: n rows drawn, k components, d features, K clusters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.judgement.bootstrap import BootstrapTest
from gmm_core.judgement.choice import Cell, Choice, Found
from gmm_core.judgement.criteria import CRITERIA
from gmm_core.judgement.merging import Cluster, Merging
from gmm_core.judgement.selection import Fit
from gmm_core.words import count, percent
from pages.ui.choose_k import words
from pages.ui.choose_k.settings import ALL
from pages.ui.look import palette, shapes
from pages.ui.look.palette import INK, PAPER

Array = NDArray[np.float64]

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "cross", "hexagon", "x")
BEST = palette.COMPONENTS[0]
ELLIPSE = 0.9  # of a component lies inside
TEXT = 14  # of the cells: twelve columns must fit
MARK = 0.04  # of the height of a curve is half a mark
HALF = 0.47  # of a cell, so that outlines of neighbours do not touch


@dataclass(frozen=True, eq=False)
class Grid:
    """A criterion's map: what is on it, and what it chooses.

    families, most : its rows and columns. n_rows : of the data. fits : in the order of the cells.
    """

    criterion: str
    families: tuple[str, ...]
    most: int
    n_rows: int
    cells: tuple[Cell, ...]
    fits: tuple[Fit, ...]
    chosen: Choice | None

    def at(self, x: float, y: float) -> tuple[int, str] | None:
        """The k and family of the cell at that place of the picture, if it was fitted."""
        k, row = round(x), round(y)
        family = self.families[row] if 0 <= row < len(self.families) else ""
        fitted = {(cell.n_components, cell.covariance_type) for cell in self.cells}
        return (k, family) if (k, family) in fitted else None

    @property
    def per_unit(self) -> float:
        """What turns a difference of the criterion into one of -2 log L."""
        return 2.0 * self.n_rows if CRITERIA[self.criterion].a_row else 1.0

    def gaps(self, some: Iterable[Cell]) -> Array:
        """How far cells are behind the best, in units of -2 log L; NaN for those that are excluded."""
        return np.array([self.per_unit * words.gap(cell, self.chosen) for cell in some])


def heat_map(grid: Grid) -> go.Figure:
    """A row for each family, a column for each k; the darker, the better.

    The choice has a solid outline, and cells that other starts might bring before it a dotted one. For small
    screens, the same as a list, the best first.
    """
    shape = len(grid.families), grid.most
    z, tried = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    texts = np.full(shape, "", dtype=object)
    hovers = np.full(shape, "Not fitted", dtype=object)
    outlines, listed = [], []
    gaps = grid.gaps(grid.cells)
    for cell, fit, gap in zip(grid.cells, grid.fits, gaps, strict=True):
        where = grid.families.index(cell.covariance_type), cell.n_components - 1
        z[where], tried[where] = np.log1p(gap), True
        texts[where] = words.in_the_cell(cell, grid.chosen, grid.criterion)
        hovers[where] = words.hover(cell, grid.chosen, grid.criterion, fit)
        line = words.in_the_list(cell, grid.chosen, grid.criterion)
        listed.append((np.inf if cell.excluded else gap, {"place": [where[1] + 1, where[0]], "text": line}))
        if grid.chosen and cell == grid.chosen.best:
            outlines.append(_outline(where, {"width": 5, "color": INK}))
        elif grid.chosen and not cell.excluded and grid.chosen.in_reach(cell):
            outlines.append(_outline(where, {"width": 2, "color": INK, "dash": "dot"}))
    figure = go.Figure()
    behind = z[~np.isnan(z)]
    scale = {"colorscale": [[0, BEST], [1, PAPER]], "cmin": 0, "cmax": max(behind.max(initial=0.0), 1.0)}
    looks: list[tuple[NDArray[np.bool_], dict[str, Any], dict[str, Any]]] = [
        (np.isnan(z) & ~tried, {"color": palette.rgba(palette.GREY, 0.07)}, {}),
        (np.isnan(z) & tried, {"color": palette.rgba(palette.GREY, 0.45)}, {"color": INK}),
        (~np.isnan(z), {"color": behind, **scale}, {}),  # Plotly writes on each what is seen there
    ]
    for which, marker, ink in looks:
        rows, columns = np.nonzero(which)
        figure.add_bar(
            **shapes.cells(rows, columns + 1, 2 * HALF),
            marker=marker,
            text=texts[which],
            insidetextfont={"size": TEXT, **ink},
            hovertext=hovers[which],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    ks = np.arange(1, grid.most + 1)
    figure.update_layout(
        shapes=outlines,
        xaxis={
            "title": {"text": "components k", "standoff": 6},
            "automargin": True,
            "tickvals": ks,
            "range": [0.5, grid.most + 0.5],
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={
            "tickvals": np.arange(len(grid.families)),
            "ticktext": list(grid.families),
            "range": [len(grid.families) - 0.5, -0.5],
            "fixedrange": True,
            "showgrid": False,
        },
        barmode="overlay",
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        meta={"list": [line for _, line in sorted(listed, key=itemgetter(0))]},
        margin={"t": 10, "b": 45, "l": 80, "r": 10},
        hoverlabel={
            "bgcolor": PAPER,
            "bordercolor": INK,
            "font": {"color": INK, "size": 13},
            "align": "left",
        },
        template="none",
    )
    return figure


def look_of(criterion: str) -> tuple[str, str]:
    """The colour and the symbol of a criterion: of its place in the table."""
    i = list(CRITERIA).index(criterion)
    return palette.COMPONENTS[i % len(palette.COMPONENTS)], SYMBOLS[i % len(SYMBOLS)]


def _outline(where: tuple[int, int], line: dict[str, Any]) -> dict[str, Any]:
    i, j = where
    corners = {"x0": j + 1 - HALF, "x1": j + 1 + HALF, "y0": i - HALF, "y1": i + HALF}
    return {"type": "rect", **corners, "line": line, "layer": "above"}


def curve(grids: Sequence[Grid], family: str = ALL) -> go.Figure:
    """How far each k is behind the best, by each criterion: its best family, or the one that is asked for."""
    figure = _empty("components k", "behind its own best, in units of -2 log L", 430)
    tops, drawn = [20.0], []
    for grid in grids:
        best: dict[int, float] = {}
        some = [c for c in grid.cells if not c.excluded and family in (ALL, c.covariance_type)]
        for cell, gap in zip(some, grid.gaps(some), strict=True):
            best[cell.n_components] = min(best.get(cell.n_components, np.inf), gap)
        if not best or grid.chosen is None:
            continue
        least = min(best.values())
        ks = sorted(best)
        over = np.array([best[k] - least for k in ks])
        colour, symbol = look_of(grid.criterion)
        look = {"color": colour}
        name = CRITERIA[grid.criterion].title
        figure.add_scatter(
            x=ks,
            y=over,
            name=name,
            mode="lines+markers",
            line=look,
            marker={"symbol": symbol, "size": 8},
            hovertemplate=f"{name}, k = %{{x}}: %{{y:.1f}}<extra></extra>",
        )
        at = int(np.argmin(over))
        figure.add_scatter(
            x=[ks[at]],
            y=[0],
            mode="markers",
            marker={"size": 20, "symbol": "circle-open", "line": {"width": 3}, **look},
            showlegend=False,
            hovertemplate=f"{name} chooses {ks[at]}<extra></extra>",
        )
        tops.append(float(over[at:].max()))
        drawn += over.tolist()
    top = 1.15 * max(tops)
    for value in sorted(drawn):  # a mark is wholly there, or wholly cut off
        if abs(value - top) < MARK * top:
            top = (1 + 2 * MARK) * value
    figure.update_yaxes(range=[-0.06 * top, top])
    figure.update_xaxes(dtick=1, range=[0.5, max((g.most for g in grids), default=1) + 0.5])
    return figure


def null_distribution(test: BootstrapTest) -> go.Figure:
    """What chance gives, as far as it has come, and what the data give."""
    found, k = test.null_statistics, test.null.n_components
    figure = _empty(f"-2 log λ: what component {k + 1} gains", "samples", 360)
    if len(found):
        bins = {"start": float(found.min()), "end": float(found.max()) * 1.001 + 1e-9}
        bins["size"] = (bins["end"] - bins["start"]) / max(6, min(24, len(found) // 4))
        figure.add_histogram(
            x=found,
            xbins=bins,
            autobinx=False,
            name=f"{len(found)} samples from {count(k, 'component')}",
            marker={"color": palette.COMPONENTS[5], "line": {"width": 1, "color": "gray"}},
            hovertemplate="%{x}: %{y}<extra></extra>",
        )
    figure.add_vline(
        x=test.statistic,
        line={"width": 3, "color": palette.COMPONENTS[1]},
        annotation={
            "text": f"the data: {test.statistic:.4g}",
            "font": {"color": palette.COMPONENTS[1], "size": 15},
        },
    )
    low, high = min(0.0, test.statistic), max(test.statistic, *found, 1.0)
    figure.update_xaxes(range=[low, low + 1.12 * (high - low)])
    figure.update_yaxes(rangemode="tozero", dtick=None if len(found) > 20 else 1)
    return figure


def entropies(merging: Merging, shown: int) -> go.Figure:
    """The entropy that is left, over the number of clusters; which is shown, and where the curve bends."""
    figure = _empty("clusters", "entropy left, nats", 360)
    k = merging.n_components
    figure.add_scatter(
        x=np.arange(1, k + 1),
        y=merging.entropies,
        mode="lines+markers",
        line={"color": palette.COMPONENTS[0]},
        marker={"size": 8},
        showlegend=False,
        hovertemplate="%{x} clusters: %{y:.1f} nats<extra></extra>",
    )
    rings = [("shown", shown, 18, palette.COMPONENTS[1])]
    if merging.elbow:
        rings.append(("where it bends", merging.elbow, 28, palette.GREY))
    for name, K, size, colour in rings:
        figure.add_scatter(
            x=[K],
            y=[merging.entropies[K - 1]],
            mode="markers",
            name=name,
            marker={"size": size, "symbol": "circle-open", "color": colour, "line": {"width": 3}},
            hoverinfo="skip",
        )
    figure.update_xaxes(dtick=1, range=[0.5, k + 0.5])
    return figure


def merged(
    X: Array,
    numbers: NDArray[np.integer],
    mixture: Mixture,
    clusters: Sequence[Cluster],
    P: Array,
    axes: Sequence[str],
) -> go.Figure:
    """Rows (n, d), in the colours of their clusters, mixed by responsibility; and the components, numbered.

    numbers : what the rows are called. P (1 or 2, d), axes : the map onto what is drawn, and their names.
    """
    colours = _of_clusters(mixture.n_components, clusters)
    responsibilities = mixture.responsibilities(X)
    shares = np.column_stack([responsibilities[:, list(c)].sum(axis=1) for c in clusters])
    mixed = palette.blended(shares, [palette.COMPONENTS[c[0]] for c in clusters], whole=1.0)
    places, flat = X @ P.T, mixture.project(P)
    points = {
        "mode": "markers",
        "marker": {"color": mixed, "size": 6, "opacity": 0.8},
        "text": [f"row {number}" for number in numbers],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
    figure = _empty(palette.label(axes[0], 40), "" if len(P) == 1 else palette.label(axes[1], 40), 460)
    if len(P) == 1:
        margin = 0.05 * np.ptp(places)
        across = np.linspace(places.min() - margin, places.max() + margin, 500)
        curves = shapes.curves(flat, across)
        top = min(curves.max(), 4 * np.quantile(curves.max(axis=0), 0.9)) or 1.0
        for curve, colour in zip(curves, colours, strict=True):
            figure.add_scatter(
                x=across,
                y=curve,
                mode="lines",
                line={"color": colour, "width": 3},
                showlegend=False,
                hoverinfo="skip",
            )
        below = -top * np.random.default_rng(1).uniform(0.05, 0.3, len(X))
        figure.add_scatter(x=places[:, 0], y=below, **points)
        figure.update_yaxes(visible=False, range=[-0.35 * top, 1.1 * top])
        heights = [
            min(top, float(np.exp(flat.log_joint(mean[np.newaxis])[0, j])))
            for j, mean in enumerate(flat.means)
        ]
        spots = np.column_stack([flat.means[:, 0], heights])
    else:
        figure.add_scatter(x=places[:, 0], y=places[:, 1], **points)
        outlines = shapes.ellipses(flat.means, shapes.roots(flat), float(shapes.radii(ELLIPSE, 2)), 60)
        for outline, colour in zip(outlines, colours, strict=True):
            figure.add_scatter(
                x=outline[:, 0],
                y=outline[:, 1],
                mode="lines",
                line={"color": colour, "width": 3},
                showlegend=False,
                hoverinfo="skip",
            )
        spots = flat.means
    for j, (x, y) in enumerate(spots):
        figure.add_annotation(
            x=x,
            y=y,
            text=f"<b>{j + 1}</b>",
            showarrow=False,
            bgcolor=palette.BACKGROUND,
            bordercolor=colours[j],
            borderwidth=2,
            font={"color": palette.TEXT, "size": 15},
            borderpad=2,
        )
    for cluster in clusters:  # for the legend alone
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"color": palette.COMPONENTS[cluster[0]], "size": 9},
            name=f"{words.named(cluster)}: {percent(mixture.weights[list(cluster)].sum())}",
        )
    return figure


def held(mixture: Mixture) -> str:
    """How much of a component its outline holds; of t distributions less than of Gaussians."""
    if mixture.dof is None:
        return f"{ELLIPSE:.0%}"
    shares = shapes.held(float(shapes.radii(ELLIPSE, 2)), 2, mixture.dof)
    least, most = percent(shares.min()), percent(shares.max())
    return least if least == most else f"{least} to {most}"


def _of_clusters(k: int, clusters: Sequence[Cluster]) -> list[str]:
    """The colour of each component: that of its cluster's first."""
    first = {j: cluster[0] for cluster in clusters for j in cluster}
    return [palette.COMPONENTS[first[j]] for j in range(k)]


def how_often(found: Sequence[Found], true_k: int, most: int) -> go.Figure:
    """How often each criterion chose which k; the true one is shaded."""
    figure = _empty("chosen k", "samples", 340)
    figure.add_vrect(x0=true_k - 0.5, x1=true_k + 0.5, fillcolor=palette.GREY, opacity=0.2, line_width=0)
    for one in found:
        name = CRITERIA[one.criterion].title
        figure.add_bar(
            x=list(one.chosen),
            y=list(one.chosen.values()),
            name=name,
            marker={"color": look_of(one.criterion)[0]},
            hovertemplate=f"{name} chose %{{x}} in %{{y}} samples<extra></extra>",
        )
    figure.update_xaxes(dtick=1, range=[0.5, max(most, true_k) + 0.5])
    return figure


def _empty(across: str, up: str, height: int) -> go.Figure:
    figure = go.Figure(layout={"xaxis": {"title": across}, "yaxis": {"title": up}})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure.update_layout(height=height, margin={"t": 10, "b": 40, "r": 10})

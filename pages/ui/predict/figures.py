"""What a mixture says of every place, as a picture; and whether its Gaussians fit. Pure: no Streamlit.

Letters: n rows drawn, m new points, k components, d features, g cells of the grid.

The picture is of a plane or an axis. Where there are more than two features, the regions are those of a
slice: of all places that differ from the asked point only along the plane.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from typing import Any

import numpy as np
import plotly.graph_objects as go
from contourpy import contour_generator
from numpy.typing import NDArray
from PIL import Image
from plotly.subplots import make_subplots
from scipy.special import logsumexp, softmax

from gmm_core import Mixture, boundaries
from gmm_core.judgement.predict import BAND, Fit, leads
from gmm_core.words import plural
from pages.ui.look import palette, shapes
from pages.ui.look.palette import INK, PAPER

Array = NDArray[np.float64]
GRID = 300, 225  # cells of the regions, across and up
COARSE_GRID = 120, 90  # of data with many features
MANY_FEATURES = 8
BEYOND = 0.5  # how far the regions go on outside the picture, in widths of it: for whoever zooms out
REACH = 1.0  # how far outside the data a point may lie to be in the picture, in widths of theirs
TINT, FAINT = 95, 34  # how opaque a region is where there are data, and where there are none, of 255
DEPTH = 10  # of the density that is drawn, down from its top, in natural logarithms
COLUMNS = 4  # of Q-Q plots


@dataclass(frozen=True, eq=False)
class Dots:
    """Points to lay over the data, (m, d): drawn from the mixture, or brought in a file.

    marks : which of them are crosses (m,); the others are rings.
    """

    X: Array
    marks: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Look:
    """What is looked at, and how.

    X (n, d), numbers (n,) : the rows drawn, and what they are called. colours : of the k components.
    P (1 or 2, d), axes : the map onto what is drawn, and the names of its axes.
    point (d,) : what is asked. threshold : the log density below which a place is unlike the data.
    """

    X: Array
    numbers: NDArray[np.integer]
    mixture: Mixture
    colours: tuple[str, ...]
    P: Array
    axes: Sequence[str]
    point: Array
    threshold: float
    contours: bool = False
    sample: Dots | None = None
    brought: Dots | None = None

    @property
    def overlays(self) -> list[tuple[str, Dots]]:
        """What is laid over the data, by name."""
        both = [("sample", self.sample), ("brought", self.brought)]
        return [(name, dots) for name, dots in both if dots]

    @property
    def every_colour(self) -> tuple[str, ...]:
        """The colours of the components, and of noise if there is any."""
        return self.colours if self.mixture.noise_box is None else (*self.colours, palette.UNCLAIMED)

    def weighted(self, X: Array) -> Array:
        """log(weight x density) of each component, and last of noise if there is any, at points (m, d)."""
        return self.mixture.with_noise(self.mixture.log_joint(X).T).T

    def blended(self, X: Array) -> list[str]:
        """The colours of points (m, d), by their responsibilities."""
        return palette.blended(self.mixture.shares(X), self.every_colour)

    def in_slice(self, places: Array) -> Array:
        """Places of the picture (g, 1 or 2) -> points (g, d), which differ from the asked one only there."""
        return self.point + (places - self.point @ self.P.T) @ np.linalg.pinv(self.P).T


def picture(look: Look) -> go.Figure:
    """Data, regions, borders, the outline of where data are, and the asked point."""
    places = look.X @ look.P.T
    others = np.concatenate([look.point[np.newaxis], *(dots.X for _, dots in look.overlays)])
    low, high = _limits(places, others @ look.P.T)
    return (_line if len(look.P) == 1 else _plane)(look, places, low, high)


def _limits(places: Array, others: Array) -> tuple[Array, Array]:
    """The corners of what is shown: the data, and others that are not too far away."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    near = others[((others >= low - REACH * span) & (others <= high + REACH * span)).all(axis=1)]
    low, high = (
        np.minimum(low, near.min(axis=0, initial=np.inf)),
        np.maximum(high, near.max(axis=0, initial=-np.inf)),
    )
    margin = 0.07 * np.where(high > low, high - low, 1.0)
    return low - margin, high + margin


def _plane(look: Look, places: Array, low: Array, high: Array) -> go.Figure:
    first, last = low - BEYOND * (high - low), high + BEYOND * (high - low)
    cells = GRID if look.mixture.n_features <= MANY_FEATURES else COARSE_GRID
    x, y = (np.linspace(first[i], last[i], cells[i]) for i in (0, 1))
    joint = look.weighted(look.in_slice(shapes.grid(x, y)))
    log_density = logsumexp(joint, axis=1).reshape(len(y), len(x))
    figure = _empty(look, low, high)
    tint = _tint(joint, log_density >= look.threshold, look.every_colour)
    figure.add_layout_image(**_stretched(tint, first, last))
    heights = log_density.max() - np.arange(1, DEPTH + 1) if look.contours else ()
    density = [line for height in heights for line in _level(x, y, log_density, height)]
    _lines(figure, density, {"width": 1, "color": palette.GREY}, "density")
    if shapes.are_straight(look.mixture) and look.mixture.noise_box is None:
        corners = joint[[0, len(x) - 1, -len(x)]]
        borders = [first + line * (last - first) for line in shapes.straight_borders(corners)]
    else:
        by_component = leads(joint).reshape(len(y), len(x), -1)
        # Between two components lies one border: that of the last is drawn as the others'.
        each = range(joint.shape[1] - 1)
        borders = [line for j in each for line in _level(x, y, by_component[..., j], 0.0)]
    _lines(figure, _level(x, y, log_density, look.threshold), {"width": 1.5, "dash": "dash"}, "unlike")
    _lines(figure, borders, {"width": 2}, "border")
    _points(figure, look, places, 6)
    for name, dots in look.overlays:
        _overlay(figure, dots, *(dots.X @ look.P.T).T, name)
    means = look.mixture.means @ look.P.T
    numbered(figure, look.colours, means[:, 0], means[:, 1])
    _asked(figure, look, *(look.point @ look.P.T), low, high)
    return figure


def _line(look: Look, places: Array, low: Array, high: Array) -> go.Figure:
    width = high - low
    grid = np.linspace(low - BEYOND * width, high + BEYOND * width, 2000)
    joint = look.weighted(grid)
    log_density = logsumexp(joint, axis=1)
    heights, edges = shapes.histogram(places[:, 0])
    top = shapes.top(heights, np.exp(log_density.max()))
    figure = _empty(look, np.append(low, -0.24 * top), np.append(high, top))
    tint = _tint(joint, (log_density >= look.threshold)[np.newaxis], look.every_colour)
    figure.add_layout_image(**_stretched(tint, np.append(grid[0], -0.24 * top), np.append(grid[-1], top)))
    bars(figure, heights, edges)
    curves = [*zip(look.every_colour, np.exp(joint).T, strict=True), (INK, np.exp(log_density))]
    for j, (colour, curve) in enumerate(curves):
        line = {"color": colour, "width": 2}
        figure.add_scatter(
            x=grid[:, 0], y=curve, mode="lines", line=line, hoverinfo="skip", name=f"curve {j}"
        )
    changes = np.flatnonzero(np.diff(log_density >= look.threshold))
    for style, where in (("dash", grid[changes, 0]), ("solid", boundaries(look.mixture).places)):
        upright = [np.array([[x, -0.24 * top], [x, top]]) for x in where]
        _lines(figure, upright, {"width": 1.5, "dash": style}, "unlike" if style == "dash" else "border")
    rng = np.random.default_rng(1)

    def lane(i: int, m: int) -> Array:
        return -(0.03 + 0.07 * i + rng.uniform(0, 0.05, m)) * top

    _points(figure, look, np.column_stack([places[:, 0], lane(0, len(places))]), 6)
    for i, (name, dots) in enumerate(look.overlays, 1):
        _overlay(figure, dots, (dots.X @ look.P.T)[:, 0], lane(i, len(dots.X)), name)
    means = look.mixture.means @ look.P.T
    peaks = np.exp(look.mixture.log_density(look.mixture.means))
    numbered(figure, look.colours, means[:, 0], np.minimum(peaks, 0.93 * top))
    _asked(figure, look, float((look.point @ look.P.T)[0]), 0.0, low, high)
    return figure


def bars(figure: go.Figure, heights: Array, edges: Array) -> None:
    """A histogram, behind what is drawn of a mixture of one feature."""
    figure.add_bar(
        x=(edges[1:] + edges[:-1]) / 2,
        y=heights,
        width=np.diff(edges),
        marker={"color": palette.rgba(palette.GREY, 0.3), "line": {"width": 0}},
        hoverinfo="skip",
        name="histogram",
    )


def _empty(look: Look, low: Array, high: Array) -> go.Figure:
    line = len(look.P) == 1
    figure = go.Figure()
    names = [palette.label(name, 40) for name in (*look.axes, *(["density"] if line else []))]
    ranges = np.column_stack([low, high]).tolist()
    return figure.update_layout(
        autosize=True,
        showlegend=False,
        hovermode="closest",
        dragmode="zoom",
        barmode="overlay",
        uirevision=str(ranges),  # who zoomed in stays there while points are asked
        margin={"l": 56, "r": 10, "t": 8, "b": 44},
        xaxis={"title": {"text": names[0], "standoff": 6}, "range": ranges[0]},
        yaxis={"title": {"text": names[1], "standoff": 6}, "range": ranges[1], "fixedrange": line},
    )


def _tint(joint: Array, like: NDArray[np.bool_], colours: Sequence[str]) -> NDArray[np.uint8]:
    """The regions as pixels (up, across, 4), the lowest row first: colours mixed by responsibility."""
    mixed = palette.blend(softmax(joint, axis=1), colours).reshape(*like.shape, 3)
    opaque = np.where(like, TINT, FAINT)[..., np.newaxis]
    return np.concatenate([np.rint(255 * mixed), opaque], axis=-1).astype(np.uint8)


def _stretched(pixels: NDArray[np.uint8], first: Array, last: Array) -> dict[str, Any]:
    """Pixels as a picture below everything, between these corners."""
    content = BytesIO()
    Image.fromarray(pixels[::-1]).save(content, "PNG", compress_level=3)
    (x, y), (width, height) = (first[0], last[1]), last - first
    return {
        "source": f"data:image/png;base64,{b64encode(content.getvalue()).decode('ascii')}",
        "xref": "x",
        "yref": "y",
        "x": x,
        "y": y,
        "sizex": width,
        "sizey": height,
        "xanchor": "left",
        "yanchor": "top",
        "sizing": "stretch",
        "layer": "below",
    }


def _level(x: Array, y: Array, z: Array, level: float) -> list[Array]:
    """The lines (2 columns) along which z (up, across) has this level."""
    return list(contour_generator(x, y, z).lines(level))


def _lines(figure: go.Figure, lines: Sequence[Array], style: dict[str, Any], name: str) -> None:
    """Several lines as one trace, in ink."""
    gap = np.full((1, 2), np.nan)
    joined = np.concatenate([gap, *(part for line in lines for part in (line, gap))])
    figure.add_scatter(
        x=joined[:, 0], y=joined[:, 1], mode="lines", line={"color": INK} | style, hoverinfo="skip", name=name
    )


def _points(figure: go.Figure, look: Look, places: Array, size: int) -> None:
    """The data, in the colours of their responsibilities."""
    figure.add_scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={
            "color": look.blended(look.X),
            "size": size if len(places) <= 1000 else size - 1,
            "opacity": 0.75,
            "line": {"width": 0.5, "color": PAPER},
        },
        text=[str(number) for number in look.numbers],
        hovertemplate="row %{text}<extra></extra>",
        name="data",
    )


def _overlay(figure: go.Figure, dots: Dots, x: Array, y: Array, name: str) -> None:
    """Sampled points, or those of a file."""
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={
            "symbol": np.where(dots.marks, "x-thin", "circle-open").tolist(),
            "color": INK,
            "size": 7,
            "opacity": 0.65,
            "line": {"width": 1.2, "color": INK},
        },
        hoverinfo="skip",
        name=name,
    )


def numbered(figure: go.Figure, colours: Sequence[str], x: Array, y: Array) -> None:
    """The components' numbers at their means: the answer names them so."""
    marker: dict[str, Any] = {"size": 24, "line": {"width": 2, "color": PAPER}, "color": colours}
    figure.add_scatter(x=x, y=y, mode="markers", marker=marker, hoverinfo="skip", name="means")
    for j, (across, up) in enumerate(zip(x, y, strict=True), 1):
        _write(figure, across, up, f"<b>{j}</b>", color="white")


def _write(figure: go.Figure, x: float, y: float, text: str, color: str = INK, **where: Any) -> None:
    """A text in the picture. No trace has any: Plotly's script loses them where traces come and go."""
    figure.add_annotation(x=x, y=y, text=text, showarrow=False, font={"size": 14, "color": color}, **where)


def _asked(figure: go.Figure, look: Look, x: float, y: float, low: Array, high: Array) -> None:
    """The asked point; at the edge where it lies outside."""
    place = np.array([x, y])
    shown = place.copy()
    shown[: len(low)] = np.clip(place[: len(low)], low, high)
    figure.add_scatter(
        x=shown[:1],
        y=shown[1:],
        mode="markers",
        marker={
            "symbol": "star",
            "size": 24,
            "color": look.blended(look.point[np.newaxis]),
            "line": {"width": 2.5, "color": INK},
        },
        cliponaxis=False,
        hoverinfo="skip",
        name="asked",
    )
    if (shown != place).any():
        right = shown[0] > (low[0] + high[0]) / 2
        _write(
            figure,
            *shown,
            "it lies outside",
            xanchor="right" if right else "left",
            xshift=-20 if right else 20,
        )


def picture_note(d: int, quantile: float, noise: bool) -> str:
    """How to read the picture of data with d features, in a sentence or three."""
    text = (
        f"Colours: the most likely component{', grey: noise' if noise else ''}, mixed where several claim a "
        "place. "
        "Solid lines: two of them tie. Faint, beyond the dashed line: a density below the "
        f"{100 * quantile:g}% quantile of the data's."
    )
    if d > 2:
        text += (
            f" Of {d} features this is a slice: all places that differ from the asked point only within the "
            "picture, as a click does. The data are projected onto it."
        )
    return text


def quantiles(fits: Sequence[Fit], colours: Sequence[str]) -> go.Figure:
    """For each component, its squared distances against those of its kind, and a band around them."""
    columns = min(COLUMNS, len(fits))
    rows = ceil(len(fits) / columns)
    titles = [f"<b>{j + 1}</b> · {fit.count:,.0f} rows" for j, fit in enumerate(fits)]
    figure = make_subplots(
        rows, columns, subplot_titles=titles, horizontal_spacing=0.06, vertical_spacing=0.3 / rows
    )
    for j, (fit, colour) in enumerate(zip(fits, colours, strict=True)):
        where = {"row": j // columns + 1, "col": j % columns + 1}
        hidden: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "line": {"width": 0}}
        figure.add_scatter(x=fit.expected, y=fit.low, **hidden, **where)
        figure.add_scatter(
            x=fit.expected,
            y=fit.high,
            **hidden,
            fill="tonexty",
            fillcolor=palette.rgba(palette.GREY, 0.25),
            **where,
        )
        figure.add_scatter(
            x=fit.expected,
            y=fit.expected,
            mode="lines",
            line={"color": "gray", "dash": "dash"},
            hoverinfo="skip",
            **where,
        )
        figure.add_scatter(
            x=fit.expected,
            y=fit.found,
            mode="markers",
            marker={"color": colour, "size": 5},
            hovertemplate="expected %{x:.3g}, found %{y:.3g}<extra></extra>",
            **where,
        )
    d, tails = fits[0].n_features, fits[0].dof is not None
    law = f"{d} × F, by its degrees" if tails else f"χ² with {d} {plural(d, 'degree')}"
    figure.update_xaxes(title_text=law, row=rows)
    figure.update_yaxes(title_text="squared distance", col=1)
    return figure.update_layout(showlegend=False, height=60 + 270 * rows, margin={"t": 40, "b": 50, "r": 10})


def quantiles_note(first: Fit, asked: int, total: int) -> str:
    """How to read the plots, of which this is the first, in a sentence or three; of `total` rows so many were
    `asked`.
    """
    d, tails = first.n_features, first.dof is not None
    own = f"{d} times F with {d} and the component's own degrees"
    law = own if tails else f"χ² with {d} {plural(d, 'degree')}"
    text = (
        "Each dot is a quantile of the squared Mahalanobis distances of a component's rows, weighted by "
        f"responsibility, against that of {law} of freedom. On the dashed line the "
        f"{'t distribution' if tails else 'Gaussian'} fits; chance keeps each dot, taken alone, within the "
        f"grey band with {BAND:.0%}. The distances are slightly optimistic, as the same rows gave mean and "
        "covariance."
    )
    return text + (f" {asked:,} of the {total:,} rows were asked, at random." if asked < total else "")

"""What stands in a picture to take away: data with their components, the curve, images. Pure: no Streamlit.

The sizes of lines and points are the player's. Letters: n points shown, k components, g grid points.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.markers import MarkerStyle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gmm_core.words import cut, percent
from pages.ui.look import palette, shapes
from pages.ui.player.header import Arrays, Facts

PX = 0.75  # points in a pixel of the player
SIDES = 72  # of an ellipse
ELLIPSES = ((2.5, 1.0, 0.07, "-"), (1.75, 0.75, 0.05, "-"), (1.0, 0.5, 0.03, (0, (4, 3))))
LEVELS = np.arange(30, 281, 25)
# Of points, where colours may be greys: one for each component, and what it is called.
FORMS = {
    "circles": "o",
    "triangles": "^",
    "squares": "s",
    "crosses": "X",
    "stars": "*",
    "diamonds": "D",
    "plus signs": "P",
    "triangles upside down": "v",
    "pentagons": "p",
    "triangles to the left": "<",
    "hexagons": "h",
    "triangles to the right": ">",
}
_FORMS = [mark.get_path().transformed(mark.get_transform()) for mark in map(MarkerStyle, FORMS.values())]
TRUE_LOOK: dict[str, Any] = {
    "color": palette.TEXT,
    "alpha": 0.5,
    "lw": 1.5 * PX,
    "ls": (0, (1, 3)),
    "zorder": 4,
}


class Points:
    """Points that change their colours, in one panel or in two."""

    def __init__(self, header: Facts, arrays: Arrays) -> None:
        self.size = (PX * arrays.get("sizes", np.array(header["dot"]))) ** 2
        self.header, self.arrays = header, arrays
        self.clouds: list[Any] = []

    def draw(self, ax: Axes, x: NDArray[Any], y: NDArray[Any]) -> None:
        self.clouds.append(ax.scatter(x, y, s=self.size, linewidths=0, alpha=0.8, zorder=3))

    def ring(self, i: int) -> None:
        """A ring around a point, wherever it is drawn."""
        for cloud in self.clouds:
            place = cloud.get_offsets()[i : i + 1]
            look = {"facecolors": "none", "edgecolors": palette.HERE, "linewidths": 2.5 * PX}
            cloud.axes.scatter(*place.T, s=(18 * PX) ** 2, zorder=8, **look)

    def show(self, step: int) -> None:
        colours: Any = palette.UNCLAIMED
        if step < 0 and "known" in self.arrays:  # these have their colour before the first E-step
            shares = self.arrays["responsibilities"][0] * self.arrays["known"][:, np.newaxis]
            colours = np.clip(palette.blend(shares, self.header["palette"]), 0, 1)
        if step >= 0:
            shares = self.arrays["responsibilities"][step]
            whole = 255.0 if self.header.get("noise") else 0.0
            colours = np.clip(palette.blend(shares, self.header["palette"], whole), 0, 1)
            if self.header.get("forms"):
                forms = [_FORMS[j % len(_FORMS)] for j in shares.argmax(axis=1)]
                for cloud in self.clouds:
                    cloud.set_paths(forms)
            if whole:
                self._hollow(colours, shares)
                return
        for cloud in self.clouds:
            cloud.set_facecolors(colours)

    def _hollow(self, colours: NDArray[np.float64], shares: NDArray[np.uint8]) -> None:
        """Points that are noise most probably are rings."""
        noise = 255 - shares.sum(axis=1, dtype=np.int64) > shares.max(axis=1)
        inside = np.column_stack([colours, np.where(noise, 0.0, 0.8)])
        edges = np.column_stack([colours, np.where(noise, 0.8, 0.0)])
        for cloud in self.clouds:
            cloud.set_alpha(None)
            cloud.set(facecolors=inside, edgecolors=edges, linewidths=1.5 * PX)


class Numbers:
    """The numbers of the components, each a little away from its mean."""

    def __init__(self, ax: Axes, header: Facts, away: tuple[float, float]) -> None:
        halo = [patheffects.withStroke(linewidth=3 * PX, foreground="white")]
        look = {"fontsize": 11, "weight": "bold", "zorder": 9, "path_effects": halo}
        self.artists: list[Any] = [
            ax.annotate(
                str(j + header["first_number"]),
                *((0, 0), away),
                textcoords="offset points",
                color=colour,
                annotation_clip=True,
                **look,
            )
            for j, colour in enumerate(header["palette"])
        ]

    def show(self, means: NDArray[np.float64]) -> None:
        """Means (k, 2)."""
        for artist, mean in zip(self.artists, means, strict=True):
            artist.xy = mean


class Plane:
    """Two coordinates: points, ellipses, means and where they came from."""

    def __init__(self, place: SubplotSpec, figure: Figure, header: Facts, arrays: Arrays) -> None:
        self.header, self.arrays, colours = header, arrays, header["palette"]
        self.ax = ax = _axes(figure.add_subplot(place), *header["axes"])
        self.points = Points(header, arrays)
        self.points.draw(ax, *arrays["points"].T)
        if "true_means" in arrays:
            for ellipse in self._outlines(arrays["true_means"], arrays["true_maps"], header["radii"][1:2]):
                ax.plot(*ellipse.T, **TRUE_LOOK)
        self.trails = ax.add_collection(
            LineCollection([], colors=colours, linewidths=2 * PX, alpha=0.6, zorder=5)
        )
        looks = list(product(range(header["k"]), ELLIPSES))
        self.ellipses = ax.add_collection(
            PolyCollection(
                [],
                edgecolors=[to_rgba(colours[j], opaque) for j, (_, opaque, _, _) in looks],
                facecolors=[to_rgba(colours[j], fill) for j, (_, _, fill, _) in looks],
                linewidths=[PX * (4 if j == header["collapsed"] else width) for j, (width, *_) in looks],
                linestyles=[dashes for _, (*_, dashes) in looks],
                zorder=6,
            )
        )
        self.unsure = ax.add_collection(
            PolyCollection(
                [],
                edgecolors=palette.TEXT,
                facecolors="none",
                linewidths=1.5 * PX,
                zorder=8,  # above the mean's mark
            )
        )
        nowhere = np.zeros(header["k"])
        edge = {"edgecolors": "white", "linewidths": 1.5 * PX}
        self.means = ax.scatter(nowhere, nowhere, marker="D", c=colours, zorder=7, **edge)
        self.numbers = Numbers(ax, header, (6, 6))
        self.fallen = ax.scatter([], [], s=(22 * PX) ** 2, zorder=8)
        self.fallen.set(
            facecolors="none", edgecolors=palette.HERE, linewidths=2.5 * PX, linestyles=[(0, (3, 2))]
        )
        self.gaps = ax.add_collection(LineCollection([], linewidths=1.5 * PX, alpha=0.5, zorder=3))
        self.contour: Any = None
        self.greys = LinearSegmentedColormap.from_list("greys", [palette.PRINT_LOW, palette.PRINT_HIGH])
        ax.set(xlim=header["range"][0], ylim=header["range"][1])

    @property
    def moving(self) -> list[Artist]:
        run = [
            *self.points.clouds,
            self.gaps,
            self.trails,
            self.ellipses,
            self.unsure,
            self.means,
            *self.numbers.artists,
            self.fallen,
        ]
        return [self.contour, *run] if self.contour else run

    def _outlines(
        self, means: NDArray[Any], maps: NDArray[Any], radii: list[float]
    ) -> list[NDArray[np.float64]]:
        """For each component (with a mean and a map) an outline of each radius, one after another."""
        each = [shapes.ellipses(means, shapes.triangles(maps), radius, SIDES) for radius in radii]
        return [outline for of_component in zip(*each, strict=True) for outline in of_component]

    def show(self, iteration: int, step: int) -> None:
        means = self.arrays["means"]
        self.points.show(step)
        outlines = self._outlines(means[iteration], self.arrays["maps"][iteration], self.header["radii"])
        self.ellipses.set_verts(outlines)
        self.trails.set_segments(means[: iteration + 1].swapaxes(0, 1))
        self.numbers.show(means[iteration])
        self.means.set_offsets(means[iteration])
        self.means.set_sizes((10 * PX * (0.8 + self.arrays["weights"][iteration])) ** 2)
        late = iteration == self.header["steps"]
        if "bars" in self.arrays:
            self._show_gaps(iteration)
        if "error_maps" in self.arrays:
            about = self._outlines(means[iteration], self.arrays["error_maps"], [1.0]) if late else []
            self.unsure.set_verts(about)
        self.fallen.set_offsets(self.arrays["points"][self.header["fallen"] if late else []])
        if "contours" in self.header:
            self._show_contours(iteration)

    def _show_gaps(self, iteration: int) -> None:
        """Where the missing value of a row is expected, one deviation to each side."""
        rows = np.flatnonzero(self.arrays["ticks"])[: self.arrays["bars"].shape[1]]
        segments = []
        for i, (middle, deviation) in zip(rows, self.arrays["bars"][iteration], strict=True):
            axis = 2 - self.arrays["ticks"][i]
            ends = np.repeat(self.arrays["points"][i : i + 1], 2, axis=0)
            ends[:, axis] = middle - deviation, middle + deviation
            segments.append(ends)
        self.gaps.set_segments(segments)
        colours = self.points.clouds[0].get_facecolors()  # one for all, where nobody claims them
        self.gaps.set_edgecolors(colours[rows % len(colours)])

    def _show_contours(self, iteration: int) -> None:
        if self.contour:
            self.contour.remove()
        x, y = self.arrays["contour_x"], self.arrays["contour_y"]
        density = self.arrays["contour"][iteration].reshape(len(y), len(x))
        # At the start, a component may be too narrow for the grid, and there is nothing to draw.
        self.contour = None
        if density.max() > LEVELS[0]:
            self.contour = self.ax.contourf(x, y, density, LEVELS, cmap=self.greys, zorder=1)
            self.contour.set(linewidths=0.6 * PX, edgecolors=palette.PRINT_LINE)
            self.contour.set(animated=self.means.get_animated(), in_layout=False)


class Line:
    """One feature: histogram, weighted densities, their sum, points on a strip and perhaps over time."""

    def __init__(self, place: SubplotSpec, figure: Figure, header: Facts, arrays: Arrays) -> None:
        self.header, self.arrays, colours = header, arrays, header["palette"]
        rows = 1 + ("series" in header)
        places = place.subgridspec(rows, 1, height_ratios=(3, 2)[:rows])
        ax, *below = places.subplots(squeeze=False)[:, 0]
        _axes(ax, *header["axes"])
        self.points = Points(header, arrays)
        self.points.draw(ax, *arrays["points"].T)
        ax.stairs(arrays["heights"], arrays["edges"], fill=True, color=palette.GREY, alpha=0.22, lw=0)
        ax.axhline(0, color=palette.TEXT, lw=1, zorder=2)
        fills = [to_rgba(colour, 0.12) for colour in colours]
        self.areas = ax.add_collection(PolyCollection([], facecolors=fills, linewidths=0, zorder=4))
        self.curves = ax.add_collection(LineCollection([], colors=colours, linewidths=2 * PX, zorder=4))
        self.spikes = ax.add_collection(LineCollection([], colors=colours, linewidths=2.5 * PX, zorder=4))
        (self.total,) = ax.plot([], [], color=palette.TEXT, lw=2.5 * PX, zorder=5)
        nowhere = np.zeros(header["k"])
        edge = {"edgecolors": "white", "linewidths": 1.5 * PX}
        arrow = [(-8, -13), (0, 0), (8, -13), (-8, -13)]  # its tip is the mean
        self.means = ax.scatter(nowhere, nowhere, marker=arrow, s=(26 * PX) ** 2, c=colours, zorder=6, **edge)
        self.numbers = Numbers(ax, header, (6, -14))
        self.unsure = ax.add_collection(LineCollection([], colors=colours, linewidths=4 * PX, zorder=5))
        for curve in arrays.get("true_curves", ()):
            ax.plot(arrays["grid"], curve * header["curve_unit"], **TRUE_LOOK)
        self.bars = [_thresholds(ax)]
        ax.set(xlim=header["range"][0], ylim=header["range"][1])
        ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= header["range"][1][1]])
        if below:
            time = np.arange(1, header["n"] + 1)
            _axes(below[0], "place in a shuffled order" if header["shuffled"] else "time", header["axes"][0])
            below[0].plot(time, arrays["points"][:, 0], color=palette.PRINT_PALE, lw=PX, zorder=2)
            below[0].set(xlim=(0, header["n"] + 1), ylim=header["range"][0])
            self.points.draw(below[0], time, arrays["points"][:, 0])
            self.bars.append(_thresholds(below[0]))
        self.moving: list[Artist] = [
            *self.points.clouds,
            *(self.areas, self.curves, self.spikes, self.total, self.unsure, self.means),
            *self.numbers.artists,
            *self.bars,
        ]

    def show(self, iteration: int, step: int) -> None:
        grid, means = self.arrays["grid"], self.arrays["means"][iteration]
        *components, total = self.arrays["curves"][iteration] * self.header["curve_unit"]  # each (g,)
        self.points.show(step)
        ends = [(grid[-1], 0), (grid[0], 0)]
        self.areas.set_verts([np.vstack([np.column_stack([grid, y]), ends]) for y in components])
        self.curves.set_segments([np.column_stack([grid, y]) for y in components])
        spikes = self.arrays["spikes"][iteration]
        self.spikes.set_segments([[(x, 0), (x, height)] for x, height in zip(means, spikes, strict=True)])
        self.total.set_data(grid, total)
        places = np.column_stack([means, np.zeros(len(means))])
        self.numbers.show(places)
        self.means.set_offsets(places)
        if "mean_errors" in self.arrays:
            late = iteration == self.header["steps"]
            below = 0.05 * self.header["range"][1][0]  # each a little below the one before
            ends = means[:, np.newaxis] + self.arrays["mean_errors"][:, np.newaxis] * [-1, 1]  # (k, 2)
            bars = [[(x, (j + 1) * below) for x in two] for j, two in enumerate(ends)]
            self.unsure.set_segments(bars if late else [])
        if "thresholds" in self.arrays:
            places = self.arrays["thresholds"][iteration]
            places = places[np.isfinite(places)]
            low, high = self.header["range"][1]
            self.bars[0].set_segments([[(x, low), (x, high)] for x in places])
            for level in self.bars[1:]:  # in the series
                level.set_segments([[(0, y), (self.header["n"] + 1, y)] for y in places])


def goal_of(header: Facts) -> tuple[str, str]:
    """The array that the curve of a scene draws, and its title."""
    return header.get("curve") or ("log_likelihood", "log-likelihood per sample")


class Curve:
    """The log-likelihood of every iteration, what is done so far, and where we are."""

    def __init__(self, place: SubplotSpec, figure: Figure, header: Facts, arrays: Arrays) -> None:
        name, title = goal_of(header)
        self.values = values = arrays[name]
        ax = _axes(figure.add_subplot(place), "iteration", title)
        ghost = arrays.get("ghost", np.array([]))[header.get("ghost_from", 0) :]
        if len(ghost):
            ax.plot(
                ghost,
                color=palette.BEFORE,
                lw=2 * PX,
                ls=":",
                label=header.get("ghost_name", "before the fork"),
            )
            ax.legend(loc="lower right", bbox_to_anchor=(1, 0.04), frameon=False)
        ax.plot(values, color=palette.PRINT_PALE, lw=2 * PX, zorder=2)
        (self.done,) = ax.plot([], [], color=palette.DONE, lw=3 * PX, zorder=3)
        (self.here,) = ax.plot([], [], "o", color=palette.HERE, ms=12 * PX, zorder=4, clip_on=False)
        span = max(1, header["steps"], len(ghost) - 1)
        self.floor, top, cut = limits(values, ghost, header.get("limits"))
        ax.set(xlim=(-0.03 * span, 1.03 * span), ylim=(self.floor, top))
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
        ax.ticklabel_format(useOffset=False)
        small = {"fontsize": 9, "color": palette.TEXT}
        if cut:
            below = f"the start, {values[0]:.3g}, lies below ↓"
            ax.text(0.98, 0.012, below, ha="right", transform=ax.transAxes, **small)
        if header["default_stop"] is not None:
            ax.axvline(header["default_stop"], color=palette.PRINT_PALE, lw=1.5 * PX, ls="--", zorder=1)
            said = " scikit-learn's default\n tolerance stops here"
            ax.text(header["default_stop"], 0.5, said, transform=ax.get_xaxis_transform(), **small)
        self.moving: list[Artist] = [self.done, self.here]

    def show(self, iteration: int, step: int) -> None:
        self.done.set_data(np.arange(iteration + 1), self.values[: iteration + 1])
        self.here.set_data([iteration], [max(self.values[iteration], self.floor)])


class Images:
    """The means of image data, with their weights."""

    COLUMNS = 5

    @classmethod
    def height(cls, header: Facts) -> float:
        """How high it is, where the curve above it is 4; 0 where there is nothing to show."""
        return 0.4 + -(-header["k"] // cls.COLUMNS) if "image_shape" in header else 0.0

    def __init__(self, place: SubplotSpec, figure: Figure, header: Facts, arrays: Arrays) -> None:
        k, self.shape, self.first = header["k"], header["image_shape"], header["first_number"]
        self.images, self.weights = arrays["images"], arrays["weights"]
        rows = -(-k // self.COLUMNS)
        panels = place.subgridspec(rows, self.COLUMNS).subplots(squeeze=False).ravel()
        self.pictures, self.shares = [], []
        for ax, colour in zip(panels, header["palette"], strict=False):
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(color=colour, linewidth=3 * PX)
            # Ink on paper.
            self.pictures.append(ax.imshow(np.zeros(self.shape), cmap="gray_r", vmin=0, vmax=255))
            ax.set_xlabel("10: 0%", fontsize=9, color="white")  # room for the share
            where = {"transform": ax.transAxes, "ha": "center", "va": "top"}
            self.shares.append(ax.text(0.5, -0.08, "", fontsize=9, color=palette.TEXT, **where))
        for ax in panels[k:]:
            ax.set_axis_off()
        self.moving: list[Artist] = [*self.pictures, *self.shares]

    def show(self, iteration: int, step: int) -> None:
        for j, (shown, share) in enumerate(zip(self.pictures, self.shares, strict=True)):
            shown.set_data(self.images[iteration, j].reshape(self.shape))
            share.set_text(f"{self.first + j}: {percent(self.weights[iteration, j])}")


def _axes(ax: Axes, across: str, up: str) -> Axes:
    """Plain axes: a pale grid, and names, which may be anyone's."""
    ax.set_axisbelow(True)
    ax.grid(color=palette.PRINT_GRID, linewidth=1)
    ax.spines[:].set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    ax.tick_params(length=0, labelsize=11, labelcolor=palette.TEXT)
    for put, name in ((ax.set_xlabel, across), (ax.set_ylabel, up)):
        put(short(name, 60), fontsize=12, color=palette.TEXT, parse_math=False)
    return ax


def _thresholds(ax: Axes) -> LineCollection:
    return ax.add_collection(
        LineCollection(
            [], colors=palette.TEXT, alpha=0.6, linewidths=1.5 * PX, linestyles=[(0, (6, 4))], zorder=5
        )
    )


def limits(
    values: NDArray[np.float64], before: NDArray[np.float64], within: tuple[float, float] | None
) -> tuple[float, float, bool]:
    """The range of the curve; a start so low that it would flatten everything else is cut off (True)."""
    if within:
        pad = 0.08 * (within[1] - within[0])
        return within[0] - pad, within[1] + pad, bool(values[0] < within[0])
    every_value, start, later = np.concatenate([values, before]), values[0], values[1:]
    high, bottom = every_value.max(), every_value.min()
    # Less than this is rounding, and would look like a rise or a fall.
    least = 1e-6 * max(1, abs(high))
    cut = False
    if len(later):
        rise = high - later.min()
        cut = bool(start < later.min() and high - start > 6 * max(rise, least))
        bottom = later.min() - 0.35 * rise if cut else bottom
    pad = max(0.08 * (high - bottom), least)
    return float(bottom - pad), float(high + pad), cut


def short(text: str, most: int) -> str:
    """The text on one line."""
    return cut(" ".join(text.split()), most)

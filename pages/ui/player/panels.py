"""The panels of the player, declared once: for each, what a scene holds for it.

A panel is a function of what there is to draw and of the facts that panels before it gave; it gives a `Part`,
or None where there is nothing to show. `whole` says that it takes more of Plotly than points, lines
and bars. `KINDS` are the ways to draw the data, of which a scene has one, and
`BESIDE` what else a scene may have. The browser draws a kind as kinds.js says, the views of the
curve as views.js, what stands beside as asides.js; pictures to take away as `pictures.KINDS` and
`pictures.BESIDE` say.

Letters: n points shown, k components, d features, t steps (the start and every iteration), g grid points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gmm_core import Held, Mixture
from gmm_core.engine.missing import expected
from gmm_core.words import figure
from pages.ui.look import shapes
from pages.ui.player import borders
from pages.ui.player.header import Arrays, Facts, Part
from pages.ui.player.view import Subject, features_shown, projection

GRID = 200
CONTOUR_GRID = 48
CONTOUR_DEPTH = 10.0
LEVELS = (0.5, 0.9, 0.99)
SURE = 0.95  # that a mean is within what is drawn about it
EDGE = 0.02  # of the range: so far from the edge stands a tick
MOST_BARS = 300  # of rows with a missing value, for which is drawn where it is expected
RADIUS = 0.02  # of a centre in space, as a share of the axes
MARGIN, MOST_BEYOND = 0.05, 0.4  # of the extent of the rows, beside them in space: at least, and at most


def parts(subject: Subject) -> list[Part]:
    """What the panels that have something to show add to a scene."""
    facts: Facts = {}
    found = []
    for panel in (KINDS[kind_of(subject)], *BESIDE):
        part = panel(subject, facts)
        if part is not None:
            facts |= part.facts
            found.append(part)
    return found


def kind_of(subject: Subject) -> str:
    """How the data are drawn: on a line, in space if that is asked for, or in the plane."""
    d = subject.data.X.shape[1]
    return "line" if d == 1 else "space" if d == 3 and subject.view.space else "plane"


def line(subject: Subject, facts: Facts) -> Part:
    """Points on a strip below the axis, a histogram, and each component's weighted density."""
    data, mixtures, rows = subject.data, subject.mixtures, subject.rows
    x = data.X[:, 0]
    margin = 0.08 * (x.max() - x.min() or 1.0)
    grid = np.linspace(x.min() - margin, x.max() + margin, GRID)
    heights, edges = shapes.histogram(x, data.sample_weight)
    # A narrow component is a spike: the axis follows the data and the end of the run, and cuts it.
    highest = np.exp((subject.view.like or mixtures[-1]).log_density(grid[:, np.newaxis])).max()
    top = shapes.top(heights, highest)
    strip = np.random.default_rng(1).uniform(-0.16, -0.05, len(rows)) * top
    unit = 4 * top / 65535
    arrays: Arrays = {}
    if data.truth is not None and not subject.centres:
        arrays["true_curves"] = _heights(shapes.curves(data.truth, grid), unit)
    arrays |= {"points": np.column_stack([x[rows], strip]).astype(np.float64), "grid": grid}
    if not subject.centres:
        curves = np.array([shapes.curves(mixture, grid) for mixture in mixtures])  # (t, k, g)
        noise = np.array([mixture.noise_weight * mixture.noise_density for mixture in mixtures])
        total = curves.sum(axis=1, keepdims=True) + noise[:, np.newaxis, np.newaxis]
        curves = np.concatenate([curves, total], axis=1)
        arrays["curves"] = _heights(curves, unit)
    arrays["means"] = subject.means[:, :, 0]
    if subject.view.mean_covariances is not None:
        arrays["mean_errors"] = shapes.radii(SURE, 1) * np.sqrt(subject.view.mean_covariances[:, 0, 0])
    if not subject.centres:
        deviations = np.sqrt([mixture.full_covariances[:, 0, 0] for mixture in mixtures])
        arrays |= {"deviations": deviations, "spikes": _spikes(mixtures, deviations, grid[1] - grid[0])}
    arrays |= {"edges": edges, "heights": heights}
    found: Facts = {
        "kind": "line",
        "axes": [data.feature_names[0], "density of the data" if subject.centres else "density"],
        "range": [[float(grid[0]), float(grid[-1])], [-0.2 * top, top]],
        "curve_unit": unit,
    }
    if data.is_series:
        found["series"] = True
        arrays["thresholds"] = thresholds(mixtures, grid[0], grid[-1])
    return Part(found, arrays)


def _heights(curves: NDArray[np.float64], unit: float) -> NDArray[np.uint16]:
    """Densities in two bytes each, in this unit; what is higher is cut."""
    return np.rint(np.clip(curves / unit, 0, 65535)).astype(np.uint16)


def _spikes(
    mixtures: Sequence[Mixture], deviations: NDArray[np.float64], spacing: float
) -> NDArray[np.float64]:
    """The height of each component that is too narrow for the grid, (t, k); 0 for the others."""
    heights = np.exp([np.diagonal(mixture.log_joint(mixture.means)) for mixture in mixtures])
    return np.where(deviations < spacing, heights, 0.0)


def plane(subject: Subject, facts: Facts) -> Part:
    """Points in the plane, of two features or of two principal components, and ellipses."""
    data = subject.data
    P, names = projection(data, subject.view.axes)
    points = subject.X @ P.T
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.07 * np.where(high > low, high - low, 1.0)
    low, high = low - margin, high + margin
    if canvas := subject.view.canvas:
        low, high = np.minimum(low, -canvas), np.maximum(high, canvas)
    found: Facts = {
        "kind": "plane",
        "axes": names,
        "range": np.column_stack([low, high]).tolist(),
        # The radius of the ellipse that holds each share of a Gaussian in the plane.
        "radii": [] if subject.centres else shapes.radii(LEVELS, 2).tolist(),
        "levels": LEVELS,
    }
    flat = [_flatten(mixture, P) for mixture in subject.mixtures]
    arrays: Arrays = {
        "points": points,
        **gaps(subject, points, found["range"]),
        "means": np.array([m.means for m in flat]),
        "maps": np.array([_circle_maps(m) for m in flat]),
    }
    if subject.view.contours and not subject.centres:
        arrays |= _contours(
            [_flatten(mixture, P, whole=True) for mixture in subject.mixtures], found["range"]
        )
        found |= {"contours": True, "whole": True}
    if subject.view.mean_covariances is not None:
        unsure = P @ subject.view.mean_covariances @ P.T
        arrays["error_maps"] = shapes.radii(SURE, 2) * _triples(_lower_roots(unsure))
    if data.truth is not None and not subject.centres:
        truth = _flatten(data.truth, P)
        arrays |= {"true_means": truth.means, "true_maps": _circle_maps(truth)}
    return Part(found, arrays)


def gaps(subject: Subject, points: NDArray[np.float64], ranges: list[list[float]]) -> Arrays:
    """Rows without one of the two features shown are ticks on the axis of the other: which axis, (n,), 1
    across, 2 up, and 0 for whole rows; and for the first m of them, where the missing value is expected, and
    how surely, in every step (t, m, 2). Their points (n, 2) are moved to that axis. Empty without such rows.
    """
    shown = features_shown(subject.data.X.shape[1], subject.view)
    if subject.data.complete or shown is None:
        return {}
    X = subject.data.X[subject.rows]
    missing = np.isnan(X[:, shown])
    ticks = np.where(missing[:, 1], 1, np.where(missing[:, 0], 2, 0)).astype(np.uint8)
    if not ticks.any():
        return {}
    for tick, axis in ((1, 1), (2, 0)):
        points[ticks == tick, axis] = ranges[axis][0] + EDGE * (ranges[axis][1] - ranges[axis][0])
    some = np.flatnonzero(ticks)[:MOST_BARS]
    which = np.array(shown)[2 - ticks[some]]  # the feature that is missing
    bars = []
    for mixture in subject.mixtures:
        filled, deviations = expected(mixture, X[some])
        rows = np.arange(len(some))
        bars.append(np.column_stack([filled[rows, which], deviations[rows, which]]))
    return {"ticks": ticks, "bars": np.array(bars)}


def _contours(flat: list[Mixture], ranges: list[list[float]]) -> Arrays:
    """The log density on a grid, as bytes: 255 is the top of the run, 0 is e^-10 below and less."""
    x, y = (np.linspace(*limits, CONTOUR_GRID) for limits in ranges)
    grid = shapes.grid(x, y)
    logs = np.array([mixture.log_density(grid) for mixture in flat])
    top = logs[-1].max()
    return {
        "contour_x": x,
        "contour_y": y,
        "contour": np.rint(np.clip(1 + (logs - top) / CONTOUR_DEPTH, 0, 1) * 255).astype(np.uint8),
    }


def _flatten(mixture: Mixture, P: NDArray[np.float64], whole: bool = False) -> Mixture:
    """The mixture in the plane. whole : with its noise, which is uniform only on axes that are features."""
    if not (whole and (P != 0).sum() == 2):
        mixture = mixture.of_components
    return mixture if mixture.n_features == 2 and np.array_equal(P, np.eye(2)) else mixture.project(P)


def _circle_maps(mixture: Mixture) -> NDArray[np.float64]:
    """The map (a, b, c) of each component: x = a u, y = b u + c v takes the unit circle to its ellipse."""
    return _triples(shapes.roots(mixture))


def _lower_roots(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower triangles L with L L' = these (k, d, d), which may be flat in some direction."""
    values, axes = np.linalg.eigh(matrices)
    halves = axes * np.sqrt(np.maximum(values, 0))[:, np.newaxis]
    return np.swapaxes(np.linalg.qr(np.swapaxes(halves, 1, 2)).R, 1, 2)


def _triples(L: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower triangles (k, 2, 2) as a scene has them, (k, 3)."""
    return np.stack([L[:, 0, 0], L[:, 1, 0], L[:, 1, 1]], axis=1)


def space(subject: Subject, facts: Facts) -> Part:
    """Points in three dimensions, and the maps (3, 3) of the unit sphere to each ellipsoid."""
    data, radius = subject.data, 1.0 if subject.centres else float(shapes.radii(LEVELS[1:2], 3)[0])
    low, high = subject.X.min(axis=0), subject.X.max(axis=0)
    extent = np.where(high > low, high - low, 1.0)
    if subject.centres:
        balls = np.diag(RADIUS * (high - low))
        maps = np.broadcast_to(balls, (*subject.means.shape, 3)).copy()
    else:
        maps = np.array([shapes.roots(mixture) for mixture in subject.mixtures])
    # What lies outside of the box is not drawn: it holds the ellipsoids, but for those that are too large.
    reach = radius * np.linalg.norm(maps, axis=-1)
    ends = (subject.means - reach).min(axis=(0, 1)), (subject.means + reach).max(axis=(0, 1))
    found: Facts = {
        "kind": "space",
        "axes": list(data.feature_names),
        "range": np.column_stack(
            [
                np.clip(ends[0], low - MOST_BEYOND * extent, low - MARGIN * extent),
                np.clip(ends[1], high + MARGIN * extent, high + MOST_BEYOND * extent),
            ]
        ).tolist(),
        "toward": _least(subject.X if not data.complete else data.X, high - low),
        "radii": [radius],
        "levels": LEVELS[1:2],
        "whole": True,
    }
    arrays: Arrays = {"points": subject.X, "means": subject.means, "maps": maps}
    if data.truth is not None and not subject.centres:
        arrays |= {"true_means": data.truth.means, "true_maps": shapes.roots(data.truth)}
    return Part(found, arrays)


def _least(X: NDArray[np.float64], extent: NDArray[np.float64]) -> list[float]:
    """The direction (3,), a unit long, in which to stand to see most of X (n, 3).

    That is the one of the least variance, in a box that is 1 in each direction, and a little from above.
    """
    box = (X - X.mean(axis=0)) / np.where(extent > 0, extent, 1.0)
    least = np.linalg.eigh(box.T @ box)[1][:, 0]
    seen = least * (np.sign(least @ [1.0, 1.0, 1.0]) or 1.0) + [0.0, 0.0, 0.35]
    if np.hypot(*seen[:2]) < 0.3:  # straight from above, up has no direction
        seen[:2] += 0.4
    return np.round(seen / np.linalg.norm(seen), 4).tolist()


def thresholds(mixtures: Sequence[Mixture], low: float, high: float) -> NDArray[np.float64]:
    """Where the most likely component changes along one feature, (t, m); the rest is NaN."""
    grid = np.linspace(low, high, 4001)
    found = []
    for mixture in mixtures:
        likeliest = mixture.log_joint(grid).argmax(axis=1)
        last = np.flatnonzero(np.diff(likeliest))
        found.append((grid[last] + grid[last + 1]) / 2)
    out = np.full((len(found), max(map(len, found), default=0)), np.nan)
    for row, values in zip(out, found, strict=True):
        row[: len(values)] = values
    return out


def ground(subject: Subject, facts: Facts) -> Part | None:
    """Whose ground is whose, where that can be drawn: in a projection, borders are no lines."""
    mixtures, d = subject.mixtures, subject.data.X.shape[1]
    if not subject.view.borders or d > 2:
        return None
    ranges = facts["range"][:d]
    size, arrays = borders.tint(mixtures, ranges, subject.centres)
    if facts["kind"] == "line":
        arrays["thresholds"] = thresholds(mixtures, *ranges[0])
    else:
        arrays |= borders.lines(mixtures, ranges)
    return Part({"hard": subject.centres, "tint": size}, arrays)


def counts(subject: Subject, facts: Facts) -> Part | None:
    """How often rows count: the area of each point, and the least and the most of them in words."""
    if subject.counts is None:
        return None
    sizes, ends = shapes.sizes(subject.counts), [subject.counts.min(), subject.counts.max()]
    least_drawn_larger = sizes.min() == shapes.SMALLEST_DOT and ends[0] < ends[1]
    said = {
        "counted": [figure(float(f"{end:.4g}")) for end in ends],
        "least_larger": bool(least_drawn_larger),
    }
    return Part(said, {"sizes": sizes, "counts_of": subject.counts})


def images(subject: Subject, facts: Facts) -> Part | None:
    """The means as images: those of the view, or what the features are the pixels of."""
    shown, means = subject.view.images, subject.means
    if shown is None and subject.data.image_shape is not None:
        shown = means.reshape(*means.shape[:2], *subject.data.image_shape)
    if shown is None:
        return None
    pixels = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    return Part({"image_shape": shown.shape[2:]}, {"images": pixels})


def beyond(subject: Subject, facts: Facts) -> Part | None:
    """That rows may be noise; and of t distributions, of which the ellipses hold less than of Gaussians."""
    if subject.centres:
        return None
    last = subject.mixtures[-1]
    found: Facts = {}
    if last.noise_box is not None:
        found["noise"] = True
    if last.dof is not None:
        found["dof"] = [round(float(dof), 1) for dof in last.dof]
    return Part(found, {}) if found else None


def told(subject: Subject, facts: Facts) -> Part | None:
    """What is held of which components, where anything is, and of which rows EM was told the component."""
    view, rows = subject.view, subject.rows
    found: Facts = (
        {}
        if view.held == Held()
        else {f"held_{name}": list(components) for name, components in view.held.of_kinds}
    )
    arrays: Arrays = {} if view.known is None else {"known": (view.known[rows] >= 0).astype(np.uint8)}
    return Part(found, arrays) if found or arrays else None


Panel = Callable[[Subject, Facts], Part | None]
KINDS: dict[str, Panel] = {"line": line, "plane": plane, "space": space}
BESIDE: list[Panel] = [ground, counts, images, beyond, told]

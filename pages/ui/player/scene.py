"""What the player draws: a run as one block of bytes. Python computes, the browser only draws.

Letters: n points shown, k components, d features, t steps (the start and every iteration), g grid points.

Four bytes with the length of a JSON header, the header, then the arrays it names, each from a multiple of
eight bytes. Responsibilities are bytes (0 to 255); of every step only what differs from the one before is
sent, so that what has settled costs nothing. Nothing is deflated: a browser inflates only while it does
something else, and the first frame would wait for that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.decomposition import PCA

from gmm_core import Dataset, Mixture, Trace, points_fallen_on
from gmm_core.engine.em import falls
from pages.ui.look import palette
from pages.ui.player import agreement, borders
from pages.ui.player.changes import changes

MOST_POINTS = 2000
MOST_RESPONSIBILITIES = 8_000_000  # t x n x k bytes in the browser
DEFAULT_TOL = 1e-3  # scikit-learn's
GRID = 200
CONTOUR_GRID = 48
CONTOUR_DEPTH = 10.0
# An axis: a principal component or a feature, counted from 1.
AXIS = re.compile(r"(pc|f)([1-9]\d{0,3})")
LEVELS = (0.5, 0.9, 0.99)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Scene:
    """A run as the player draws it. Of `total` rows, `rows` are drawn.

    `run` names all that is drawn, `fit` the run whatever the view, `data` the points. `parted` is a sentence
    where agreement with known groups and log-likelihood did not rise together.
    """

    run: str
    fit: str
    data: str
    content: bytes
    rows: NDArray[np.int64]
    total: int
    parted: str = ""


@dataclass(frozen=True)
class View:
    """How a run is looked at: nothing here changes a number of it.

    colours : the index into the palette for each component. axes : what is drawn across and up where there
    are more than two features, as `AXIS` says. before : the log-likelihoods of the run that this one was
    forked from at iteration `forked_at`. shuffled : the rows are in a random order. borders : whether it is
    drawn whose ground is whose, with one or two features.

    images : the means of every step as images (t, k, height, width), where the features are no pixels.
    images_first : whether the images, and not the points, are what the player is about. first_number : what
    the first component is called. by_hand : whether means and points can be moved. like : the mixture whose
    density says how high the picture is along one feature, instead of the run's last.
    """

    colours: tuple[int, ...] = ()
    axes: tuple[str, str] = ("pc1", "pc2")
    contours: bool = False
    space: bool = False
    shuffled: bool = False
    before: tuple[float, ...] = ()
    forked_at: int = 0
    borders: bool = False
    images: NDArray[np.float64] | None = None
    images_first: bool = False
    first_number: int = 1
    by_hand: bool = True
    like: Mixture | None = None


def encode(data: Dataset, trace: Trace, view: View = View()) -> Scene:
    """A run, ready for the player. `ValueError` for axes that the data do not have."""
    k = trace.mixture.n_components
    rows = shown_rows(len(data.X), len(trace.steps) * k)
    mixtures = [step.mixture for step in trace.steps]
    weights = np.array([mixture.weights for mixture in mixtures])
    means = np.array([mixture.means for mixture in mixtures])
    header: dict[str, Any] = {
        "k": k,
        "n": len(rows),
        "total": len(data.X),
        "steps": trace.n_iter,
        "stop": trace.stop.value,
        "collapsed": trace.collapsed,
        "ending": trace.stop.brief,
        "default_stop": _default_stop(trace),
        "falls": falls(trace.log_likelihoods),
        "palette": [palette.COMPONENTS[i] for i in view.colours or range(k)],
        "most": len(palette.COMPONENTS),
        "data": digest(data.X[rows].tobytes()),
        # Runs that differ in covariances alone differ in the log-likelihood.
        "fit": digest(*(a.tobytes() for a in (data.X, trace.log_likelihoods, weights, means))),
        "draggable": data.X.shape[1] <= 2 and view.by_hand,
        "editable": data.X.shape[1] <= 2 and view.by_hand and not view.shuffled,
        "first_number": view.first_number,
        "images_first": view.images_first,
        "shuffled": view.shuffled,
        "fallen": _fallen(data, trace, rows),
    }
    arrays: Arrays = {
        "log_likelihood": trace.log_likelihoods,
        "lower_bound": np.array([np.nan if s.lower_bound is None else s.lower_bound for s in trace.steps]),
        "weights": weights,
    }
    responsibilities, likeliest = _responsibilities(data.X[rows], mixtures)
    arrays["gaps"], arrays["changes"] = changes(responsibilities)
    labels = None if data.labels is None else data.labels[rows]
    went = agreement.course(labels, likeliest, trace.log_likelihoods)
    if went is not None:
        header |= {"compared": went.n, "best": went.best}
        arrays |= {"accuracy": went.accuracy, "ari": went.ari}
    if view.before:
        header["ghost_from"] = view.forked_at
        arrays["ghost"] = np.array(view.before)
    place(data, mixtures, view, rows, header, arrays)
    if view.borders:
        draw_borders(mixtures, header, arrays)
    put_images(data, means, view.images, header, arrays)
    parted = agreement.parted(went, trace.log_likelihoods, len(data.X))
    return replace(pack(data, rows, header, arrays), parted=parted)


def opened(content: bytes, **how: Any) -> bytes:
    """A scene as it is sent: in front, as JSON, how it shall be opened."""
    text = json.dumps(how).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + content


def decode(content: bytes) -> tuple[dict[str, Any], Arrays]:
    """The header and the arrays of a scene, as the browser reads them.

    The arrays are read-only; of the changes it makes `responsibilities`, (t, n, k) as bytes.
    """
    body = 4 + int.from_bytes(content[:4], "little")
    header = json.loads(content[4:body])
    arrays: Arrays = {}
    for name, described in header["arrays"].items():
        shape, start = described["shape"], body + described["offset"]
        values = np.frombuffer(content, described["type"], int(np.prod(shape)), start)
        arrays[name] = values.reshape(shape)
    differences = np.zeros((header["steps"] + 1) * header["n"] * header["k"], np.uint8)
    differences[np.cumsum(arrays["gaps"].astype(np.int64) + 1) - 1] = arrays["changes"]
    by_step = differences.reshape(header["steps"] + 1, header["n"], header["k"])
    arrays["responsibilities"] = np.cumsum(by_step, axis=0, dtype=np.uint8)
    return header, arrays


def digest(*parts: bytes) -> str:
    return sha256(b"".join(parts)).hexdigest()[:16]


def _fallen(data: Dataset, trace: Trace, rows: NDArray[np.int64]) -> list[int]:
    """Which of the points drawn a collapsed component fell on."""
    if trace.collapsed is None:
        return []
    fallen = points_fallen_on(trace.mixture, data.X, trace.collapsed)
    return np.flatnonzero(np.isin(rows, fallen)).tolist()


def _default_stop(trace: Trace) -> int | None:
    """The iteration at which scikit-learn's default tolerance would have stopped a longer run."""
    changes = np.abs(np.diff(trace.log_likelihoods))
    small = np.flatnonzero(changes < DEFAULT_TOL)
    stop = int(small[0]) + 2 if len(small) else len(changes)
    return stop if stop < trace.n_iter else None


def shown_rows(n: int, per_row: int) -> NDArray[np.int64]:
    """Which rows are drawn: all, or a fixed random sample of what a browser can move."""
    most = max(min(MOST_POINTS, MOST_RESPONSIBILITIES // per_row), 50)
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def _responsibilities(
    X: NDArray[np.float64], mixtures: Sequence[Mixture]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(t, n, k) as bytes; and the likeliest component of each row, (t, n)."""
    out = np.empty((len(mixtures), len(X), mixtures[0].n_components), np.uint8)
    likeliest = np.empty(out.shape[:2], np.uint8)
    for t, mixture in enumerate(mixtures):
        responsibilities = mixture.responsibilities(X)
        out[t] = np.rint(responsibilities * 255)
        likeliest[t] = responsibilities.argmax(axis=1)
    return out, likeliest


def place(
    data: Dataset,
    mixtures: Sequence[Mixture],
    view: View,
    rows: NDArray[np.int64],
    header: dict[str, Any],
    arrays: Arrays,
) -> None:
    """Put axes, points and components into a scene: on a line, in space, or in the plane."""
    if data.X.shape[1] == 1:
        _line(data, mixtures, view, rows, header, arrays)
    elif data.X.shape[1] == 3 and view.space:
        _space(data, mixtures, rows, header, arrays)
    else:
        _plane(data, mixtures, view, rows, header, arrays)


def draw_borders(
    mixtures: Sequence[Mixture], header: dict[str, Any], arrays: Arrays, hard: bool = False
) -> None:
    """Say whose ground is whose, where that can be drawn: in a projection, borders are no lines."""
    if mixtures[0].n_features > 2:
        return
    ranges = header["range"][: mixtures[0].n_features]
    header["hard"] = hard
    header["tint"], tint = borders.tint(mixtures, ranges, hard)
    arrays |= tint
    if header["kind"] == "line":
        arrays["thresholds"] = thresholds(mixtures, *ranges[0])
    else:
        arrays |= borders.lines(mixtures, ranges)


def put_images(
    data: Dataset,
    means: NDArray[np.float64],
    images: NDArray[np.float64] | None,
    header: dict[str, Any],
    arrays: Arrays,
) -> None:
    """Put the means (t, k, d) into a scene as images: these, or what the features are the pixels of."""
    if images is None and data.image_shape is not None:
        images = means.reshape(*means.shape[:2], *data.image_shape)
    if images is not None:
        header["image_shape"] = images.shape[2:]
        arrays["images"] = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)


def _line(
    data: Dataset,
    mixtures: Sequence[Mixture],
    view: View,
    rows: NDArray[np.int64],
    header: dict[str, Any],
    arrays: Arrays,
) -> None:
    """Points on a strip below the axis, a histogram, and each component's weighted density."""
    x = data.X[:, 0]
    margin = 0.08 * (x.max() - x.min() or 1.0)
    grid = np.linspace(x.min() - margin, x.max() + margin, GRID)
    curves = np.array([np.exp(mixture.log_joint(grid)).T for mixture in mixtures])  # (t, k, g)
    heights, edges = np.histogram(x, bins="auto", density=True)
    if len(heights) > 100:
        heights, edges = np.histogram(x, bins=100, density=True)
    # A narrow component is a spike: the axis follows the data and the end of the run, and cuts it.
    highest = np.exp((view.like or mixtures[-1]).log_density(grid[:, np.newaxis])).max()
    top = 1.15 * max(heights.max(), min(highest, 3 * heights.max()))
    strip = np.random.default_rng(1).uniform(-0.16, -0.05, len(rows)) * top
    header |= {
        "kind": "line",
        "axes": [data.feature_names[0], "density"],
        "range": [[float(grid[0]), float(grid[-1])], [-0.2 * top, top]],
        "curve_unit": 4 * top / 65535,
    }
    curves = np.concatenate([curves, curves.sum(axis=1, keepdims=True)], axis=1)
    if data.truth is not None:
        arrays["true_curves"] = _heights(np.exp(data.truth.log_joint(grid)).T, header["curve_unit"])
    arrays |= {
        "points": np.column_stack([x[rows], strip]).astype(np.float64),
        "grid": grid,
        "curves": _heights(curves, header["curve_unit"]),
        "means": np.array([mixture.means[:, 0] for mixture in mixtures]),
        "spikes": _spikes(mixtures, grid[1] - grid[0]),
        "edges": edges,
        "heights": heights,
    }
    if data.is_series:
        header["series"] = True
        arrays["thresholds"] = thresholds(mixtures, grid[0], grid[-1])


def _heights(curves: NDArray[np.float64], unit: float) -> NDArray[np.uint16]:
    """Densities in two bytes each, in this unit; what is higher is cut."""
    return np.rint(np.clip(curves / unit, 0, 65535)).astype(np.uint16)


def _spikes(mixtures: Sequence[Mixture], spacing: float) -> NDArray[np.float64]:
    """The height of each component that is too narrow for the grid, (t, k); 0 for the others."""
    weights = np.array([mixture.weights for mixture in mixtures])
    deviations = np.sqrt([mixture.full_covariances[:, 0, 0] for mixture in mixtures])
    return np.where(deviations < spacing, weights / (deviations * np.sqrt(2 * np.pi)), 0.0)


def _plane(
    data: Dataset,
    mixtures: Sequence[Mixture],
    view: View,
    rows: NDArray[np.int64],
    header: dict[str, Any],
    arrays: Arrays,
) -> None:
    """Points in the plane, of two features or of two principal components, and ellipses."""
    P, names = projection(data, view.axes)
    points = data.X[rows] @ P.T
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.07 * np.where(high > low, high - low, 1.0)
    header |= {
        "kind": "plane",
        "axes": names,
        "range": np.column_stack([low - margin, high + margin]).tolist(),
        # The radius of the ellipse that holds each share of a Gaussian in the plane.
        "radii": np.sqrt(chi2.ppf(LEVELS, 2)).tolist(),
        "levels": LEVELS,
    }
    flat = [_flatten(mixture, P) for mixture in mixtures]
    arrays |= {
        "points": points,
        "means": np.array([m.means for m in flat]),
        "maps": np.array([_circle_maps(m) for m in flat]),
    }
    if view.contours:
        arrays |= _contours(flat, header["range"])
        header["contours"] = True
    if data.truth is not None:
        truth = _flatten(data.truth, P)
        arrays |= {"true_means": truth.means, "true_maps": _circle_maps(truth)}


def _space(
    data: Dataset,
    mixtures: Sequence[Mixture],
    rows: NDArray[np.int64],
    header: dict[str, Any],
    arrays: Arrays,
) -> None:
    """Points in three dimensions, and the maps (3, 3) of the unit sphere to each ellipsoid."""
    low, high = data.X.min(axis=0), data.X.max(axis=0)
    header |= {
        "kind": "space",
        "axes": list(data.feature_names),
        "range": np.column_stack([low, high]).tolist(),
        "radii": np.sqrt(chi2.ppf([0.9], 3)).tolist(),
    }
    arrays |= {
        "points": data.X[rows],
        "means": np.array([mixture.means for mixture in mixtures]),
        "maps": np.array([np.linalg.cholesky(mixture.full_covariances) for mixture in mixtures]),
    }
    if data.truth is not None:
        arrays["true_means"] = data.truth.means
        arrays["true_maps"] = np.linalg.cholesky(data.truth.full_covariances)


def projection(data: Dataset, axes: tuple[str, str]) -> tuple[NDArray[np.float64], list[str]]:
    """The map (2, d) onto the plane that is drawn, and the names of its axes."""
    d = data.X.shape[1]
    if d == 2:
        return np.eye(2), list(data.feature_names)
    if axes[0] == axes[1]:
        raise ValueError("Both axes show the same. Choose another for one of them.")
    components = min(d, len(data.X))
    pca = PCA(components, svd_solver="full").fit(data.X)
    rows, names = [], []
    for axis in axes:
        kind, number = AXIS.fullmatch(axis).groups()  # type: ignore[union-attr]
        i = int(number) - 1
        most = components if kind == "pc" else d
        if not 0 <= i < most:
            raise ValueError(f"There is no axis {axis}: these data have {most} of that kind.")
        if kind == "pc":
            rows.append(pca.components_[i])
            share = pca.explained_variance_ratio_[i]
            shown = f"{share:.0%}" if share >= 0.01 else "under 1%"
            names.append(f"principal component {i + 1} ({shown} of variance)")
        else:
            rows.append(np.eye(d)[i])
            names.append(data.feature_names[i])
    return np.array(rows), names


def _contours(flat: list[Mixture], ranges: list[list[float]]) -> Arrays:
    """The log density on a grid, as bytes: 255 is the top of the run, 0 is e^-10 below and less."""
    x, y = (np.linspace(*limits, CONTOUR_GRID) for limits in ranges)
    grid = np.column_stack([a.ravel() for a in np.meshgrid(x, y)])
    logs = np.array([mixture.log_density(grid) for mixture in flat])
    top = logs[-1].max()
    return {
        "contour_x": x,
        "contour_y": y,
        "contour": np.rint(np.clip(1 + (logs - top) / CONTOUR_DEPTH, 0, 1) * 255).astype(np.uint8),
    }


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


def _flatten(mixture: Mixture, P: NDArray[np.float64]) -> Mixture:
    return mixture if mixture.n_features == 2 and np.array_equal(P, np.eye(2)) else mixture.project(P)


def _circle_maps(mixture: Mixture) -> NDArray[np.float64]:
    """The map (a, b, c) of each component: x = a u, y = b u + c v takes the unit circle to its ellipse."""
    L = np.linalg.cholesky(mixture.full_covariances)
    return np.stack([L[:, 0, 0], L[:, 1, 0], L[:, 1, 1]], axis=1)


def pack(data: Dataset, rows: NDArray[np.int64], header: dict[str, Any], arrays: Arrays) -> Scene:
    """The scene as bytes, with a name for all that is drawn: their digest."""
    described: dict[str, Any] = {}
    blobs: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        described[name] = {"type": array.dtype.name, "shape": array.shape, "offset": offset}
        blob = array.tobytes()
        blob += bytes(-len(blob) % 8)
        blobs.append(blob)
        offset += len(blob)
    body = b"".join(blobs)
    run = digest(json.dumps(header).encode() + body)
    text = json.dumps(header | {"run": run, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    content = len(text).to_bytes(4, "little") + text + body
    return Scene(run, header["fit"], header["data"], content, rows, len(data.X))

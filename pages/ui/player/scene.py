"""What the player draws: a run as one block of bytes. Python computes, the browser only draws.

Letters: n points shown, k components, d features, t steps (the start and every iteration), g grid points.

The block is deflated. Inside: four bytes with the length of a JSON header, the header, then the arrays it
names, each from a multiple of eight bytes. Responsibilities are bytes (0 to 255), each step as the
difference from the one before, so that what has settled costs nothing.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.decomposition import PCA

from gmm_core import Dataset, Mixture, Trace
from pages.ui import palette

MOST_POINTS = 2000
MOST_RESPONSIBILITIES = 8_000_000  # t x n x k bytes in the browser
DEFAULT_TOL = 1e-3  # scikit-learn's
GRID = 240
LEVELS = (0.5, 0.9, 0.99)

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Scene:
    """A run as the player draws it. `run` is its name, `shown` of `total` rows are drawn."""

    run: str
    content: bytes
    shown: int
    total: int


def encode(data: Dataset, trace: Trace) -> Scene:
    """A run, ready for the player."""
    rows = shown_rows(len(data.X), len(trace.steps) * trace.mixture.n_components)
    header: dict[str, Any] = {
        "k": trace.mixture.n_components,
        "n": len(rows),
        "total": len(data.X),
        "steps": trace.n_iter,
        "stop": trace.stop.value,
        "collapsed": trace.collapsed,
        "message": trace.stop.message,
        "default_stop": _default_stop(trace),
        "palette": palette.COMPONENTS,
        "data": sha256(data.X.tobytes()).hexdigest()[:16],
    }
    arrays: Arrays = {
        "log_likelihood": trace.log_likelihoods,
        "lower_bound": np.array([np.nan if s.lower_bound is None else s.lower_bound for s in trace.steps]),
        "weights": np.array([step.mixture.weights for step in trace.steps]),
        "responsibilities": _responsibilities(data.X[rows], trace),
    }
    if data.X.shape[1] == 1:
        _one_dimension(data, trace, rows, header, arrays)
    else:
        _plane(data, trace, rows, header, arrays)
    run, content = _pack(header, arrays)
    return Scene(run, content, len(rows), len(data.X))


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


def _responsibilities(X: NDArray[np.float64], trace: Trace) -> NDArray[np.uint8]:
    """(t, n, k) as bytes, each step less the one before (modulo 256)."""
    out = np.empty((len(trace.steps), len(X), trace.mixture.n_components), np.uint8)
    for t, step in enumerate(trace.steps):
        out[t] = np.rint(step.mixture.responsibilities(X) * 255)
    out[1:] -= out[:-1].copy()
    return out


def _one_dimension(
    data: Dataset, trace: Trace, rows: NDArray[np.int64], header: dict[str, Any], arrays: Arrays
) -> None:
    """Points on a strip below the axis, a histogram, and each component's weighted density."""
    x = data.X[:, 0]
    margin = 0.08 * (x.max() - x.min() or 1.0)
    grid = np.linspace(x.min() - margin, x.max() + margin, GRID)
    curves = np.array([np.exp(step.mixture.log_joint(grid)).T for step in trace.steps])  # (t, k, g)
    heights, edges = np.histogram(x, bins="auto", density=True)
    if len(heights) > 100:
        heights, edges = np.histogram(x, bins=100, density=True)
    # A narrow component is a spike: the axis follows the data and the end of the run, and cuts it.
    top = 1.15 * max(heights.max(), min(curves[-1].sum(axis=0).max(), 3 * heights.max()))
    strip = np.random.default_rng(1).uniform(-0.16, -0.05, len(rows)) * top
    header |= {
        "kind": "line",
        "axes": [data.feature_names[0], "density"],
        "range": [[float(grid[0]), float(grid[-1])], [-0.2 * top, top]],
    }
    arrays |= {
        "points": np.column_stack([x[rows], strip]).astype(np.float64),
        "grid": grid,
        "curves": np.concatenate([curves, curves.sum(axis=1, keepdims=True)], axis=1).astype(np.float32),
        "means": np.array([step.mixture.means[:, 0] for step in trace.steps]),
        "edges": edges,
        "heights": heights,
    }


def _plane(
    data: Dataset, trace: Trace, rows: NDArray[np.int64], header: dict[str, Any], arrays: Arrays
) -> None:
    """Points in the plane, of two features or of two principal components, and ellipses."""
    P, names = _projection(data)
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
    flat = [_flatten(step.mixture, P) for step in trace.steps]
    arrays |= {
        "points": points,
        "means": np.array([m.means for m in flat]),
        "maps": np.array([_circle_maps(m) for m in flat]),
    }
    if data.truth is not None:
        truth = _flatten(data.truth, P)
        arrays |= {"true_means": truth.means, "true_maps": _circle_maps(truth)}


def _projection(data: Dataset) -> tuple[NDArray[np.float64], list[str]]:
    """The map (2, d) onto the plane that is drawn, and the names of its axes."""
    if data.X.shape[1] == 2:
        return np.eye(2), list(data.feature_names)
    pca = PCA(2, svd_solver="full").fit(data.X)
    shares = pca.explained_variance_ratio_
    names = [f"principal component {i + 1} ({share:.0%} of variance)" for i, share in enumerate(shares)]
    return pca.components_, names


def _flatten(mixture: Mixture, P: NDArray[np.float64]) -> Mixture:
    return mixture if mixture.n_features == 2 and np.array_equal(P, np.eye(2)) else mixture.project(P)


def _circle_maps(mixture: Mixture) -> NDArray[np.float64]:
    """The map (a, b, c) of each component: x = a u, y = b u + c v takes the unit circle to its ellipse."""
    L = np.linalg.cholesky(mixture.full_covariances)
    return np.stack([L[:, 0, 0], L[:, 1, 0], L[:, 1, 1]], axis=1)


def _pack(header: dict[str, Any], arrays: Arrays) -> tuple[str, bytes]:
    """The name of the run, a digest of all that is drawn, and the bytes."""
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
    run = sha256(json.dumps(header).encode() + body).hexdigest()[:16]
    text = json.dumps(header | {"run": run, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return run, zlib.compress(len(text).to_bytes(4, "little") + text + body, 1)

"""The program that mistakes stand in: its text, its pieces, and what each piece gives where it is right.

Letters: n samples, k components, d features. A *spread* is what a component has for its width: variances
(k, d), or covariance matrices (k, d, d). The program that is shown has variances; what the pieces give is
defined for both, so that a mistake is known in the numbers of any family.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import LOG_2PI

Place = Literal[
    "first_variances",
    "variance",
    "scale",
    "log_densities",
    "log_joint",
    "responsibilities",
    "summed",
    "log_likelihood",
    "counts",
    "weights",
    "new_means",
    "about",
    "variances",
]

PROGRAM = """\
import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

weights, means, variances = start.weights, start.means, {first_variances}

def log_pdf(x, mean, variance):
    return {log_densities}

for iteration in range(max_iter + 1):
    # E step
    log_densities = log_pdf(X[:, np.newaxis], means, {variance}{add})
    log_joint = {log_joint}
    responsibilities = {responsibilities}
    log_likelihood = {log_likelihood}
    print(iteration, log_likelihood)
    # M step
    counts = {counts}{add}
    weights = {weights}
    new_means = {new_means}
    squares = (X[:, np.newaxis] - {about}) ** 2
    variances = {variances}
    means = new_means
"""


class Variables(SimpleNamespace):
    """What a running program holds: a piece reads those that are there by then, and changes none.

    X (n, d); weights (k,), means (k, d) and variances, a spread, those of the start or of the M-step before;
    eps; rng, a `RandomState`, at the start; shared, whether all components have one spread. Then variance,
    what the density is given, and scale_squared, what it makes of that; log_densities, log_joint,
    responsibilities and summed, all (n, k). In the M-step, counts (k,), new_means (k, d), and about (k, d),
    what squares are taken about.
    """

    X: Array
    weights: Array
    means: Array
    variances: Array
    eps: float
    rng: np.random.RandomState
    shared: bool
    variance: Array
    scale_squared: Array
    log_densities: Array
    log_joint: Array
    responsibilities: Array
    summed: Array
    counts: Array
    new_means: Array
    about: Array


@dataclass(frozen=True)
class Piece:
    """A piece of the program: its text in place of its name in `PROGRAM`, and what it gives.

    text may hold {scale} within log_densities, {summed} within log_likelihood, and {add} for " + eps".
    with_eps : the text if there is an eps, where that is another.
    """

    text: str
    gives: Callable[[Variables], Any]
    with_eps: str = ""


# --- What pieces are made of


def inverted(spread: Array) -> Array:
    """The inverse of a spread; NaN where a matrix has none."""
    if spread.ndim == 2:
        return 1 / spread
    inverses = np.full_like(spread, np.nan)
    for j, matrix in enumerate(spread):
        with contextlib.suppress(np.linalg.LinAlgError):
            inverses[j] = np.linalg.inv(matrix)
    return inverses


def log_dets(spread: Array) -> Array:
    """The logarithms of the determinants, (k,); NaN where one is not above 0."""
    if spread.ndim == 2:
        return np.asarray(np.log(spread).sum(axis=1))
    signs, logs = np.linalg.slogdet(spread)
    return np.where(signs > 0, logs, np.nan)


def powered(spread: Array, power: float) -> Array:
    """A spread to a power, matrices as such; NaN where that is no number."""
    if spread.ndim == 2:
        return np.asarray(spread**power)
    if not np.isfinite(spread).all():
        return np.full_like(spread, np.nan)
    values, vectors = np.linalg.eigh(spread)
    return np.asarray((vectors * values[:, np.newaxis] ** power) @ vectors.swapaxes(1, 2))


def widened(spread: Array, number: float) -> Array:
    """A number added to every variance."""
    return spread + (number if spread.ndim == 2 else number * np.eye(spread.shape[1]))


def variances_of(spread: Array) -> Array:
    """The variances in a spread, (k, d)."""
    return spread if spread.ndim == 2 else np.array(np.einsum("kii->ki", spread))


def one_for_all(spread: Array, over: Callable[..., Array]) -> Array:
    """A spread with one variance for all features of a component: what `over` makes of its own."""
    one = over(variances_of(spread), axis=1)[:, np.newaxis]
    same = np.repeat(one, spread.shape[1], axis=1)
    return same if spread.ndim == 2 else same[:, np.newaxis] * np.eye(spread.shape[1])


def distances(X: Array, means: Array, inverses: Array) -> Array:
    """Squared Mahalanobis distances of rows X (n, d) from means (k, d), (n, k), by inverses of spreads."""
    columns = []
    for mean, one in zip(means, inverses, strict=True):
        residuals = X - mean
        if one.ndim == 1:
            columns.append(residuals**2 @ one)
        else:
            columns.append(np.einsum("nd,nd->n", residuals @ one, residuals))
    return np.stack(columns, axis=1)


def gaussian(
    now: Variables, exponent: float = -0.5, of_det: float = -0.5, of_2pi: float | None = None
) -> Array:
    """log N(x | mean, variance) of each row and component, (n, k): Bishop, PRML, eq. 2.43.

    exponent : what squared distances are multiplied by. of_det, of_2pi : the powers of the determinant and
    of 2 pi; of_2pi is half the number of features below 0 unless given.
    """
    of_2pi = -0.5 * now.X.shape[1] if of_2pi is None else of_2pi
    squared = distances(now.X, now.means, inverted(now.scale_squared))
    return exponent * squared + of_det * log_dets(now.scale_squared) + of_2pi * LOG_2PI


def log_sums(logs: Array) -> Array:
    """log of the sum of exp(logs) in each row of logs (n, k), (n,).

    For few columns this is five times faster than np.logaddexp.reduce, and most of an audit is spent on it.
    """
    largest = reduce(np.maximum, logs.T)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    return np.asarray(largest + np.log(np.exp(logs - largest[:, np.newaxis]) @ np.ones(logs.shape[1])))


def normalised(axis: int) -> Piece:
    """Responsibilities that sum to 1 along that axis."""

    def gives(now: Variables) -> Array:
        if now.eps:
            joint = np.exp(now.log_joint)
            return np.asarray(joint / (joint.sum(axis=axis, keepdims=True) + now.eps))
        if axis == 1:
            return np.asarray(np.exp(now.log_joint - log_sums(now.log_joint)[:, np.newaxis]))
        return np.asarray(
            np.exp(now.log_joint - np.logaddexp.reduce(now.log_joint, axis=axis, keepdims=True))
        )

    return Piece(
        f"np.exp(log_joint - logsumexp(log_joint, axis={axis}, keepdims=True))",
        gives,
        with_eps=f"np.exp(log_joint) / (np.exp(log_joint).sum(axis={axis}, keepdims=True){{add}})",
    )


def scatter(now: Variables, R: Array | None = None) -> Array:
    """The weighted sums of squares about `now.about`: a spread, before it is divided.

    R : (n, k), responsibilities in place of those that are there.
    """
    weighted = now.responsibilities if R is None else R
    sums = []
    for r, mean, old in zip(weighted.T, now.about, now.variances, strict=True):
        residuals = now.X - mean
        sums.append(r @ residuals**2 if old.ndim == 1 else (r[:, np.newaxis] * residuals).T @ residuals)
    found = np.array(sums)
    return np.repeat(found.sum(axis=0, keepdims=True), len(found), axis=0) if now.shared else found


def divisor(now: Variables, less: float = 0.0) -> Array:
    """What each sum of squares is divided by, in the shape of a spread: N_k, or all of them where shared."""
    counts = np.full_like(now.counts, now.counts.sum()) if now.shared else now.counts
    return (counts - less).reshape(-1, *[1] * (now.variances.ndim - 1))


# EM as it should be: Bishop, PRML, eq. 9.23 to 9.28.
RIGHT: Mapping[Place, Piece] = {
    "first_variances": Piece("start.covariances", lambda now: now.variances),
    "variance": Piece("variances", lambda now: now.variances),
    "scale": Piece("np.sqrt(variance)", lambda now: now.variance),  # squared
    "log_densities": Piece("norm.logpdf(x, mean, {scale}).sum(axis=2)", gaussian),
    "log_joint": Piece(
        "np.log(weights) + log_densities", lambda now: np.log(now.weights) + now.log_densities
    ),
    "responsibilities": normalised(axis=1),
    "summed": Piece("np.exp(log_joint)", lambda now: np.exp(now.log_joint)),
    "log_likelihood": Piece("logsumexp(log_joint, axis=1).sum()", lambda now: log_sums(now.log_joint).sum()),
    "counts": Piece("responsibilities.sum(axis=0)", lambda now: now.responsibilities.sum(axis=0)),
    "weights": Piece("responsibilities.mean(axis=0)", lambda now: now.responsibilities.mean(axis=0)),
    "new_means": Piece(
        "responsibilities.T @ X / counts[:, np.newaxis]",
        lambda now: now.responsibilities.T @ now.X / now.counts[:, np.newaxis],
    ),
    "about": Piece("new_means", lambda now: now.new_means),
    "variances": Piece(
        'np.einsum("nk,nkd->kd", responsibilities, squares) / counts[:, np.newaxis]',
        lambda now: scatter(now) / divisor(now),
    ),
}

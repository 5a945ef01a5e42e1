"""Volume, shape and direction of covariances, equal or not: mclust's fourteen models as one M-step.

Letters: R mixtures, k components, d features. A covariance is

    S = volume x D diag(shape) D',   volume = |S|^(1/d), the shape's product is 1, D its directions

and a model's three letters say of each of the three whether it is (E)qual in all components, each component's
own (V), or the (I)dentity. Banfield & Raftery 1993; Celeux & Govaert 1995.

The M-step is one idea: choose the directions in which the scatters are looked at (the axes; those of each
scatter; common ones), and there, volumes and shapes have to be found of variances alone. A common shape in
common directions is one matrix, and found as one.

Nine models are closed forms then. Five iterate inside:

- VEI, VEV and VEE weigh volumes against the common shape. In the logarithms of the volumes this is convex,
  and Newton's steps find its one minimum; where a step would not go down, volumes and shape are found in
  turns, as Celeux & Govaert do, and that always does.
- EVE and VVE turn common directions plane by plane (Flury & Gautschi 1986), by the angle that minimises a
  quadratic form above the objective (Browne & McNicholas 2014 take such a form for all planes together), or
  by Newton's where this goes lower. There may be several minima: an M-step goes on from the directions
  before, and the first from the best of those of the scatters.

Both begin with what was before where it is known, and only ever go down from there: the bound never falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.arrays import EPS, TINY, Array, Flags

MOST_STEPS = 50  # for volumes, in one M-step; Newton takes about five
MOST_TURNS = 100  # of all planes, in the first M-step ...
MOST_AGAIN = 5  # ... and in another, after which the next one goes on
SETTLED = 1e-14  # by less than this nothing goes down but for rounding
FLAT = 1e-10  # a slope for which the next step would change nothing that is seen
AT_REST = 1e-8  # an angle after which the next one is none
NEAR = 1e-4  # a step of Newton's, as an angle, that needs no comparison
GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Model:
    """One of the fourteen.

    volume : "E" or "V". shape : "E", "V" or "I", round. direction : "E", "V" or "I", along the axes.
    """

    volume: str
    shape: str
    direction: str

    @property
    def name(self) -> str:
        """Its three letters, as in mclust."""
        return self.volume + self.shape + self.direction

    @property
    def looks(self) -> str:
        """What its components look like, in a few plain words."""
        size = "one size" if self.volume == "E" else "any size"
        if self.shape == "I":
            return f"circles of {size}"
        shape = "one shape" if self.shape == "E" else "any shape"
        way = {"I": "along the axes", "E": "one direction", "V": "any direction"}[self.direction]
        return f"{size}, {shape}, {way}"

    @property
    def weighs_volumes(self) -> bool:
        """Whether volumes of their own are weighed against a common shape, in steps."""
        return self.volume == "V" and self.shape == "E"

    @property
    def seeks_directions(self) -> bool:
        """Whether common directions are sought for shapes of their own, in steps."""
        return self.shape == "V" and self.direction == "E"

    @property
    def lends_its_shape(self) -> bool:
        """Whether a component has a common shape in its own directions, also where its rows have none."""
        return self.shape == "E" and self.direction == "V"

    @property
    def iterates(self) -> bool:
        """Whether its M-step is no closed form."""
        return self.weighs_volumes or self.seeks_directions

    def n_parameters(self, k: int, d: int) -> int:
        """Free parameters of k covariances of d features. Celeux & Govaert 1995, table 1."""
        several = {"I": 0, "E": 1, "V": k}
        of_axes = d * (d - 1) // 2
        return several[self.volume] + several[self.shape] * (d - 1) + several[self.direction] * of_axes

    def fitted(self, covariances: Array, weights: Array, old: Array | None = None) -> Array:
        """The covariances of this model that maximise the bound.

        covariances : of R mixtures each component's own, (R, k, d, d), or (R, k, d), variances, where the
        model lies along the axes. weights : (R, k), in proportion to the rows of the components. old : the
        covariances of the mixtures before; the result is at least as good.
        A component without extent or number has none afterwards, so that it is seen to have collapsed.
        """
        with np.errstate(all="ignore"):  # what has no extent is seen afterwards
            lost = self._lost(covariances)
            covariances = np.where(_like(lost, covariances), _unit(covariances), covariances)
            weights = weights / weights.sum(axis=1, keepdims=True)
            found = self._fitted(covariances, weights, old)
        lost |= ~np.isfinite(found).all(axis=tuple(range(2, found.ndim)))
        return np.where(_like(lost, found), 0.0, found)

    def _lost(self, covariances: Array) -> Flags:
        """Which components have not what the model needs of each, (R, k)."""
        variances = _variances(covariances)
        lost = np.asarray(~np.isfinite(variances).all(axis=-1))
        if self.volume == "E" and self.shape != "V":
            return lost  # what the others have is enough
        lost |= ~(variances > 0).any(axis=-1)
        if self.volume == "E":  # made as large as the others, what is all rounding would be seen no more
            lost |= (variances <= EPS * variances.max(axis=1, keepdims=True)).any(axis=-1)
        return lost

    def _fitted(self, covariances: Array, weights: Array, old: Array | None) -> Array:
        k, own_shapes = covariances.shape[1], self.shape == "V"
        if own_shapes and self.direction != "E":
            return covariances if self.volume == "V" else _one_volume(covariances, weights)
        volumes = _log_volumes(old) if old is not None and self.weighs_volumes else None
        if self.direction == self.shape == "E" or self.direction == "I":
            return self._looked_at(covariances, weights, volumes)
        if own_shapes:
            axes = np.repeat(common_axes(covariances, weights, self.volume == "E", old)[:, None], k, axis=1)
            variances = np.einsum("rkai,rkab,rkbi->rki", axes, covariances, axes)
        else:
            variances, axes = np.linalg.eigh(covariances)  # rising, in all alike
            round_ones = variances[..., -1] - variances[..., 0] <= 64 * EPS * variances[..., -1]
            axes[round_ones] = np.eye(axes.shape[-1])  # no direction is its own: then, along the axes
        found = self._looked_at(variances, weights, volumes)
        turned = (axes * found[..., np.newaxis, :]) @ np.swapaxes(axes, -1, -2)
        return np.asarray((turned + np.swapaxes(turned, -1, -2)) / 2)

    def _looked_at(self, covariances: Array, weights: Array, volumes: Array | None) -> Array:
        """The same of what is looked at in its directions already: variances, or whole matrices of one shape.

        volumes : (R, k), to begin with, logarithms.
        """
        k = covariances.shape[1]
        if self.shape == "I":
            covariances = np.repeat(covariances.mean(axis=-1, keepdims=True), covariances.shape[-1], axis=-1)
        if self.weighs_volumes:
            return _one_shape(covariances, weights, volumes)
        if self.volume == "V":
            return covariances
        if self.shape == "V":
            return _one_volume(covariances, weights)
        return np.repeat(np.einsum("rk,rk...->r...", weights, covariances)[:, np.newaxis], k, axis=1)


def _variances(covariances: Array) -> Array:
    """(R, k, d)."""
    return covariances if covariances.ndim == 3 else np.einsum("rkii->rki", covariances)


def _like(of_some: NDArray[Any], many: Array) -> NDArray[Any]:
    """What there is one of for each (R, k), or for each R, with as many axes as there are of `many`."""
    return of_some.reshape(*of_some.shape, *[1] * (many.ndim - of_some.ndim))


def _unit(covariances: Array) -> Array:
    d = covariances.shape[-1]
    return np.ones(d) if covariances.ndim == 3 else np.eye(d)


def _log_volumes(covariances: Array) -> Array:
    """The logarithms of |S|^(1/d), (R, k)."""
    if covariances.ndim == 3:
        return np.asarray(np.log(covariances).mean(axis=-1))
    return np.asarray(np.linalg.slogdet(covariances)[1] / covariances.shape[-1])


def _one_volume(covariances: Array, weights: Array) -> Array:
    """Each with its own shape and directions, and all with one volume: the average of their own."""
    own = np.exp(_log_volumes(covariances))
    common = (weights * own).sum(axis=1, keepdims=True)
    return covariances * _like(np.where(own > 0, common / own, 1.0), covariances)


def _one_shape(covariances: Array, weights: Array, volumes: Array | None) -> Array:
    """All with one shape, and each with its own volume.

    Given the volumes, the shape is that of M, the average of the covariances, each over its volume. What is
    left to be minimised is sum_j w_j log volume_j + log |M| / d, convex in the logarithms.
    """
    k, d = covariances.shape[1], covariances.shape[-1]

    def looked_at(volumes: Array) -> tuple[Array, ...]:
        """The objective (R,), M, the shares of the components in it (R, k), and the second derivatives."""
        parts = covariances * _like(weights * np.exp(-volumes), covariances)
        M = parts.sum(axis=1)
        if covariances.ndim == 3:
            white = parts / M[:, np.newaxis]
            shares, across = white.sum(axis=-1), white @ np.swapaxes(white, 1, 2)
        else:
            white = _inverses(M)[:, np.newaxis] @ parts
            rows, columns = white.reshape(-1, k, d * d), np.swapaxes(white, 2, 3).reshape(-1, k, d * d)
            shares, across = np.einsum("rkii->rk", white), rows @ np.swapaxes(columns, 1, 2)
        objective = (weights * volumes).sum(axis=1) + _log_volumes(M[:, np.newaxis])[:, 0]
        return objective, M, shares / d, (np.eye(k) * shares[:, np.newaxis] - across) / d

    volumes = np.log(_variances(covariances).mean(axis=-1)) if volumes is None else volumes
    now = looked_at(volumes)
    moving = np.ones(len(volumes), dtype=bool)
    for _ in range(MOST_STEPS):
        objective, _, shares, bend = now
        moving &= np.abs(weights - shares).max(axis=1) > FLAT
        if not moving.any():
            break
        # A change that is the same for all changes nothing: the ones take it out of Newton's step.
        step = -_solved(bend + 1.0, weights - shares)
        then = looked_at(volumes + step)
        in_turns = ~(then[0] <= objective)
        if (in_turns & moving).any():
            step = np.where(in_turns[:, np.newaxis], np.log(shares / weights), step)
            then = looked_at(volumes + step)
        better = moving & (then[0] <= objective)
        volumes = np.where(better[:, np.newaxis], volumes + step, volumes)
        now = _where(better, then, now)
        moving &= objective - now[0] > SETTLED
    _, M, shares, _ = now
    return M[:, np.newaxis] * _like(np.exp(volumes) * shares / weights, covariances)


def _where(which: Flags, some: tuple[Array, ...], others: tuple[Array, ...]) -> tuple[Array, ...]:
    """Each array of `some` for the mixtures `which` (R,), and of `others` for the rest."""
    return tuple(np.where(_like(which, one), one, other) for one, other in zip(some, others, strict=True))


def common_axes(covariances: Array, weights: Array, one_volume: bool, old: Array | None = None) -> Array:
    """The directions (R, d, d), in columns, that serve components of any shapes best.

    In directions D the variances are v_ji = (D' S_j D)_ii, and what is to be minimised is
    sum_j w_j sum_i log v_ji, or with `one_volume` d log sum_j w_j (prod_i v_ji)^(1/d). In a plane (p, q) that
    is turned by an angle a only x_j = v_jp v_jq changes, to m^2 - (h cos 2a + c sin 2a)^2, where m and h are
    half the sum and half the difference of the two variances, and c is their covariance. The objective is
    concave in x, so a line above it is a quadratic form in (cos 2a, sin 2a), with its minimum at hand.
    """
    d = covariances.shape[-1]
    if old is not None:
        axes = _axes_of(old)
    else:
        tried = [
            _axes_of(covariances),
            *(np.linalg.eigh(covariances[:, j])[1] for j in range(len(weights[0]))),
        ]
        each = [_aligned(_turned(covariances, one), weights, one_volume) for one in tried]
        best = np.argmin(np.nan_to_num(each, nan=np.inf), axis=0)
        axes = np.stack(tried)[best, np.arange(len(covariances))]
    seen = _turned(covariances, axes)
    moving = np.ones(len(axes), dtype=bool)
    for _ in range(MOST_TURNS if old is None else MOST_AGAIN):
        largest = np.zeros(len(axes))
        for p, q in combinations(range(d), 2):
            angles = np.where(moving, _best_angles(seen, weights, one_volume, p, q), 0.0)
            largest = np.maximum(largest, np.abs(angles))
            turn = np.tile(np.eye(d), (len(axes), 1, 1))
            turn[:, p, p] = turn[:, q, q] = np.cos(angles)
            turn[:, q, p] = np.sin(angles)
            turn[:, p, q] = -turn[:, q, p]
            axes = axes @ turn
            seen = np.swapaxes(turn, 1, 2)[:, np.newaxis] @ seen @ turn[:, np.newaxis]
        moving &= largest > (NEAR if d == 2 else AT_REST)  # in one plane, what is left is the square of it
        if not moving.any():
            break
    return axes


def _best_angles(seen: Array, weights: Array, one_volume: bool, p: int, q: int) -> Array:
    """By how much to turn a plane, (R,): never so that the objective rises."""
    d = seen.shape[-1]
    a, b, c = seen[..., p, p], seen[..., q, q], seen[..., p, q]
    middle, half = (a + b) / 2, (a - b) / 2
    x = np.maximum(a * b, TINY)
    shares, power = weights, 0.0  # a logarithm is as a power of 0
    if one_volume:
        shares = weights * np.exp(np.log(np.einsum("rkii->rki", seen)).mean(axis=-1))
        shares, power = shares / shares.sum(axis=1, keepdims=True), 1 / d

    def higher(doubled: Array) -> Array:
        """The objective after the plane was turned by half of this, less what it is before, (R,)."""
        along = half * np.cos(doubled)[:, np.newaxis] + c * np.sin(doubled)[:, np.newaxis]
        logs = np.log(np.maximum(middle**2 - along**2, TINY) / x)
        if one_volume:
            return np.asarray(np.log((shares * np.exp(logs / d)).sum(axis=1)))
        return np.asarray((shares * logs).sum(axis=1))

    first, second = -2 * half * c / x, -2 * (c**2 - half**2) / x  # derivatives of x over x
    slope = (shares * first).sum(axis=1)
    bend = (shares * (second + (power - 1) * first**2)).sum(axis=1) - power * slope**2
    newton = np.where(bend > 0, np.clip(-slope / bend, -0.5, 0.5), 0.0)
    # Near the end, where differences are all rounding, Newton's step still knows the way.
    sure = (np.abs(newton) < NEAR) & (bend > 0.01 * (shares / x * (half**2 + c**2)).sum(axis=1))
    if sure.all():
        return np.asarray(newton / 2)
    by_line = np.arctan2(2 * (shares / x * half * c).sum(axis=1), (shares / x * (half**2 - c**2)).sum(axis=1))
    ways = np.nan_to_num(np.stack([np.zeros_like(newton), by_line / 2, newton]))
    rises = np.nan_to_num([higher(one) for one in ways], nan=np.inf)
    rises[2] -= np.where(sure, np.inf, 0.0)
    return ways[np.argmin(rises, axis=0), np.arange(len(newton))] / 2


def _aligned(seen: Array, weights: Array, one_volume: bool) -> Array:
    """The objective of `common_axes` for covariances in the directions tried, (R,)."""
    logs = np.log(np.maximum(np.einsum("rkii->rki", seen), TINY)).sum(axis=-1)
    if one_volume:
        d = seen.shape[-1]
        return np.asarray(d * np.log((weights * np.exp(logs / d)).sum(axis=1)))
    return np.asarray((weights * logs).sum(axis=1))


def _turned(covariances: Array, axes: Array) -> Array:
    return np.asarray(np.swapaxes(axes, 1, 2)[:, np.newaxis] @ covariances @ axes[:, np.newaxis])


def _axes_of(covariances: Array) -> Array:
    """The axes (R, d, d) of a sum of covariances: theirs, where they have the same."""
    k = covariances.shape[1]
    # By shares that are in no simple ratio, so that what is round only in the sum has its axes all the same.
    shares = 0.5 + np.arange(1, k + 1) * GOLDEN % 1
    return np.asarray(np.linalg.eigh(np.einsum("k,rkij->rij", shares, _of_one_size(covariances)))[1])


def _of_one_size(covariances: Array) -> Array:
    return covariances / _like(_variances(covariances).sum(axis=-1), covariances)


def _inverses(matrices: Array) -> Array:
    """Inverses of (R, d, d); no numbers where there are none."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.stack([_inverse(one) for one in matrices])


def _inverse(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)


def _solved(matrices: Array, right: Array) -> Array:
    """x of (R, k, k) x = (R, k); no numbers where there is none."""
    return np.asarray((_inverses(matrices) @ right[..., np.newaxis])[..., 0])


MODELS: dict[str, Model] = {
    one.name: one
    for one in (
        *(Model(volume, "I", "I") for volume in "EV"),
        *(Model(volume, shape, direction) for direction in "IEV" for shape in "EV" for volume in "EV"),
    )
}

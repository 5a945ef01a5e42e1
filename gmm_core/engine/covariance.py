"""The covariance families: one class each, with the same few methods; and mclust's models, by one class.

Letters: n samples, k components, d features, m samples in a block, p natural features.
Nothing outside this module asks which family it is; what others must know of one, it declares. The four
here and their array shapes are scikit-learn's; the two ways to write a pass over the data (natural
parameters and whitened residuals) are explained in `sweep.py`.

A *factor* is the square root of a covariance: a lower Cholesky factor (k or 1, d, d) for `full` and
`tied`, standard deviations (k, d or 1) for `diag` and `spherical`. A *whitener* is its inverse: it makes
a residual white.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol, cast

import numpy as np
from scipy.linalg import blas, lapack

from gmm_core.engine import shapes
from gmm_core.engine.arrays import EPS, Array, Flags, Indices

# The variance inflation factor, 1 / (1 - R^2), from which on a covariance is singular but for rounding.
LARGEST_INFLATION = 1e12
# How many features of components are whitened at one time: what fits in cache.
PAIRS = 64
# A share in a row that adds nothing to a sum of 10 eps, the least that an M-step takes.
NEGLIGIBLE = 1e-40
# From here on products that know of triangles and symmetry are faster than plain ones.
TRIANGULAR_FROM_D = 32


class NotPositiveDefiniteError(ValueError):
    """A covariance that is no covariance. `.component` says whose (0 when it is shared)."""

    def __init__(self, component: int) -> None:
        super().__init__(
            f"The covariance of component {component} is not positive definite: the variance must be "
            "above zero in every direction. Add a small value (in squared data units) to its diagonal."
        )
        self.component = component

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return NotPositiveDefiniteError, (self.component,)


@dataclass(frozen=True)
class Part:
    """Components of a mixture, or features of components, that are whitened at one time.

    components : (c,), which. starts : (c,), where the residuals of each begin. features : which rows of a
    block these are made of. places : where their means stand in (k, d). n_features : how many there are.
    """

    components: Indices
    starts: Indices
    features: slice | Indices
    places: tuple[Any, Any]
    n_features: int

    @classmethod
    def of_pairs(cls, components: Indices, features: Indices) -> Part:
        """Pairs of a component and a feature, in the order of the components."""
        some, starts = np.unique(components, return_index=True)
        return cls(some, starts, features, (components, features), len(features))

    def squares(self, white: Array) -> Array:
        """The squares of white residuals, summed for each component, (c, m)."""
        if len(self.starts) == 1:
            return np.einsum("dm,dm->m", white, white)[np.newaxis]
        return np.add.reduceat(white * white, self.starts, axis=0)


class Family(Protocol):
    """What a covariance family can do. `covariances` come in the family's own shape.

    A new one goes into `FAMILIES`, and everything knows it. Three more places hold what is written of it
    elsewhere, and do without: its formulas, its code in scripts, and its name among digits.
    """

    name: ClassVar[str]
    # What it looks like to people, in a few plain words.
    looks: ClassVar[str]
    # Whether its covariances are matrices, in which features can correlate.
    matrices: ClassVar[bool]
    # Whether all components have one covariance.
    shared: ClassVar[bool]
    # The family that it is the same as where there is one feature only.
    with_one_feature: ClassVar[str]
    # The family of its covariances after each feature was multiplied by a number of its own, ...
    stretched: ClassVar[str]
    # ... and after any linear map.
    mapped: ClassVar[str]
    # Whether scikit-learn forms its variances as differences of squares, which costs digits.
    squares_in_sklearn: ClassVar[bool]
    # Whether the natural features depend on the data alone, so that they can be kept.
    fixed_features: ClassVar[bool]
    # Whether its M-step goes on from the covariances before, because it has no closed form.
    goes_on: ClassVar[bool]

    @property
    def each(self) -> Family:
        """The family, with a covariance for each component, of which this one is a special case."""

    @property
    def summed(self) -> Family:
        """The family that has the same sums over rows, and takes what these give as it is."""

    def joined(self, covariances: Array, weights: Array) -> Array:
        """The nearest of this family, (R, q, ...), to R mixtures in the shape of `each`, (R, k, ...).

        q, here and below, is how many covariances a mixture has: k, or 1 where they share one. `weights`
        (R, k) sum to 1.
        """

    def fitted(self, covariances: Array, counts: Array, old: Array | None) -> Array:
        """What `per_sample` and `regularise` gave of R mixtures, (R, ...), whose components have `counts`
        rows (R, k) -> the covariances of this family that maximise the bound. old : those before, if it
        goes on.
        """

    def apart(self, per_mixture: Array, k: int) -> Array:
        """What R mixtures have once for each covariance, (R, q, ...) -> for each component, (R, k, ...)."""

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        """The shape of `covariances`."""

    def n_parameters(self, k: int, d: int) -> int:
        """Free parameters in the covariances alone."""

    def dense(self, covariances: Array, k: int, d: int) -> Array:
        """The same covariances as (k, d, d) matrices."""

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        """Matrices (k, d, d) of components with `weights` (k,), as near as the family comes to them."""

    def regularise(self, covariances: Array, reg_covar: float) -> Array:
        """Add `reg_covar` (squared data units) to every diagonal."""

    def roots(self, covariances: Array) -> tuple[Array, Array]:
        """Factor and whitener; raises `NotPositiveDefiniteError`."""

    def log_det(self, factor: Array, d: int) -> Array:
        """The log determinants of the covariances, (k,) or (1,)."""

    def mahalanobis(self, whitener: Array, scatter: Array, d: int) -> Array:
        """The squared Mahalanobis distances that add up in a scatter, tr(S^-1 scatter), each (k or 1,)."""

    def white_offsets(self, whitener: Array, offsets: Array) -> Array:
        """Offsets (k, d) from the means, one a component -> unit variance (k, d)."""

    def variances(self, covariances: Array, d: int) -> Array:
        """Their diagonals, (k or 1, d)."""

    def unit(self, deviations: Array) -> Array:
        """The scale (d,) in which to standardise features with these standard deviations."""

    def rescale_roots(self, factor: Array, whitener: Array, scale: Array) -> tuple[Array, Array]:
        """Factor and whitener of the data divided by `scale` (d,); as in `rescale`, axes may go before."""

    def rescale(self, covariances: Array, scale: Array) -> Array:
        """The covariances of the data multiplied by `scale` (d,)."""

    def whiten(self, whitener: Array, j: int, residuals: Array) -> Array:
        """Residuals (d, m) from the mean of component j -> unit variance (d, m). Overwrites them."""

    def parts(self, own: Flags, d: int) -> list[Part]:
        """What of a mixture is `own`, (k,) or (k, d), in parts that are whitened at one time."""

    def whiten_part(self, whitener: Array, part: Part, residuals: Array) -> Array:
        """The same as `whiten` for a part."""

    def own_sums(self, part: Part, responsibilities: Array, white: Array) -> tuple[Array, Array]:
        """The sums of a part's white residuals, and of their outer products as far as the family needs,
        weighted by responsibilities (k, m).
        """

    def unwhiten(self, factor: Array, counts: Array, first: Array, second: Array) -> tuple[Array, Array]:
        """White sums about the old means -> shift of the means (k, d), scatter about the new."""

    def between(self, counts: Array, shifts: Array) -> Array:
        """The scatter of `counts` (k,) samples that lie `shifts` (k, d) from a mean."""

    def per_sample(self, counts: Array, scatter: Array) -> Array:
        """Scatter, a sum over samples, -> covariances."""

    def residual_scatter(self, responsibilities: Array, X: Array, means: Array) -> Array:
        """The scatter of X (m, d) about means (k, d), given responsibilities (m, k)."""

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        """The inverse Wishart or gamma prior of covariances: a scatter in the family's shape, and the power s
        such that the density is, but for a constant, det(S)^(-s / 2) exp(-tr(S^-1 scatter) / 2).
        """

    def lone_scatter(self, X: Array, means: Array, sample_weight: Array | None = None) -> Array:
        """The scatter of a start whose components sit on single rows `means` of X; these may have weights."""

    def n_features(self, d: int) -> int:
        """How many natural features p there are."""

    def features(self, Z: Array, whitener: Array | None, out: Array) -> None:
        """Write the natural features of Z (d, m) into `out` (p, m); row 0 is already 1.

        `whitener` is for those that are not fixed.
        """

    def coefficients(self, peaks: Array, means: Array, whitener: Array) -> Array:
        """Natural parameters (k, p) for the features above."""

    def moments(self, sums: Array, total: Array | None) -> tuple[Array, Array]:
        """Sums of natural features (k, p) -> means (k, d), scatter about them."""

    def loss(self, factor: Array, whitener: Array, offsets: Array) -> Array:
        """By how much sums about the origin are larger than those about the means, which lie `offsets` (k, d)
        from it: machine epsilon times this is the error of a squared Mahalanobis distance, and of a variance,
        where rows matter. For each component, (k,), or where features part, for each of these, (k, d).
        """

    def loss_by_moving(self, factor: Array, whitener: Array, offsets: Array, new_whitener: Array) -> Array:
        """The same of sums in the white coordinates of one mixture, where the next one's means lie `offsets`
        from its own.
        """


def _triangles(matrices: Array) -> tuple[Array, Array]:
    """Lower factors of (k, d, d) and their inverses; a pivot lost in rounding is as bad as a negative one."""
    try:
        factors = np.asarray(np.linalg.cholesky(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        factors = np.full_like(matrices, np.nan)
        for j, matrix in enumerate(matrices):
            try:
                factors[j] = np.linalg.cholesky(matrix)
            except np.linalg.LinAlgError:
                raise NotPositiveDefiniteError(j) from None
    whiteners = _inverse_triangles(factors)
    # A variance times its precision: how much of it the other features explain.
    white = whiteners * np.sqrt(np.einsum("kjj->kj", matrices))[:, np.newaxis]
    inflation = np.einsum("kij,kij->kj", white, white)
    if not inflation.max() < LARGEST_INFLATION:  # nor where it is no number
        good = (inflation < LARGEST_INFLATION).all(axis=1)
        raise NotPositiveDefiniteError(int(np.argmin(good)))
    return factors, whiteners


def _inverse_triangles(factors: Array) -> Array:
    """Inverses of lower triangular (k, d, d): matrix by matrix, or row by row of all, the shorter loop."""
    k, d, _ = factors.shape
    inverses = np.zeros_like(factors)
    if k <= 5 * d:
        for inverse, factor in zip(inverses, factors, strict=True):
            inverse[:] = lapack.dtrtri(factor, lower=1)[0]
        return inverses
    for i in range(d):
        inverses[:, i, i] = 1 / factors[:, i, i]
        above = factors[:, i : i + 1, :i] @ inverses[:, :i, :i]  # (k, 1, i)
        inverses[:, i, :i] = -inverses[:, i, i, np.newaxis] * above[:, 0]
    return inverses


def _deviations(variances: Array) -> tuple[Array, Array]:
    """Square roots of (k, d or 1) variances that must be positive and finite, and their inverses."""
    if not (variances.min() > 0 and variances.max() < np.inf):
        good = (variances > 0) & (variances < np.inf)
        raise NotPositiveDefiniteError(int(np.argmin(good.all(axis=1))))
    deviations = np.sqrt(variances)
    return deviations, 1 / deviations


def _power_of_two(deviations: Array) -> Array:
    """The nearest powers of two: dividing by them loses no digit. Constant features keep 1."""
    safe = np.where(deviations > 0, deviations, 1.0)
    return np.asarray(np.exp2(np.round(np.log2(safe))))


def _flush(difference: Array, minuend: Array) -> Array:
    """A difference that is all rounding is zero: what collapsed is seen to have collapsed."""
    return np.where(difference > 16 * EPS * minuend, difference, 0.0)


def _that_count(responsibilities: Array, white: Array) -> tuple[Array, Array]:
    """Responsibilities (m,) and residuals (d, m) of the rows in which a component has a share that is not
    lost in rounding, where these are few.
    """
    which = np.flatnonzero(responsibilities > NEGLIGIBLE)
    if not 0 < len(which) < len(responsibilities) / 2:
        return responsibilities, white
    return responsibilities[which], white.take(which, axis=1)


def _symmetric(lower: Array) -> Array:
    """Matrices of which only the lower triangle is right, made whole."""
    return np.asarray(np.tril(lower) + np.swapaxes(np.tril(lower, -1), -1, -2))


class _AsSummed:
    """What the families share that take what their sums give as it is."""

    goes_on: ClassVar[bool] = False

    @property
    def summed(self) -> Family:
        return cast(Family, self)

    def fitted(self, covariances: Array, counts: Array, old: Array | None) -> Array:
        return covariances


class _Apart(_AsSummed):
    """What the families with a covariance for each component share: nothing is to be joined."""

    shared: ClassVar[bool] = False
    with_one_feature: ClassVar[str] = "full"

    @property
    def each(self) -> Family:
        return cast(Family, self)

    def joined(self, covariances: Array, weights: Array) -> Array:
        return covariances

    def apart(self, per_mixture: Array, k: int) -> Array:
        return per_mixture

    def lone_scatter(self, X: Array, means: Array, sample_weight: Array | None = None) -> Array:
        return np.zeros(cast(Family, self).shape(*means.shape))


class _Matrices:
    """What `full` and `tied` share: factors are triangles."""

    matrices: ClassVar[bool] = True

    def regularise(self, covariances: Array, reg_covar: float) -> Array:
        matrices = covariances.copy()
        diagonals = np.einsum("...ii->...i", matrices)
        diagonals += reg_covar
        return matrices

    def log_det(self, factor: Array, d: int) -> Array:
        return np.asarray(2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1))

    def mahalanobis(self, whitener: Array, scatter: Array, d: int) -> Array:
        precisions = whitener.transpose(0, 2, 1) @ whitener
        return np.einsum("kij,kij->k", precisions, scatter.reshape(precisions.shape))

    def white_offsets(self, whitener: Array, offsets: Array) -> Array:
        return (whitener @ offsets[:, :, np.newaxis])[:, :, 0]

    def unit(self, deviations: Array) -> Array:
        return _power_of_two(deviations)

    def rescale_roots(self, factor: Array, whitener: Array, scale: Array) -> tuple[Array, Array]:
        return factor / scale[..., :, np.newaxis], whitener * scale[..., np.newaxis, :]

    def rescale(self, covariances: Array, scale: Array) -> Array:
        return covariances * scale[..., np.newaxis, :] * scale[..., :, np.newaxis]

    def whiten(self, whitener: Array, j: int, residuals: Array) -> Array:
        W = whitener[min(j, len(whitener) - 1)]
        if len(W) == 1:
            residuals *= W[0, 0]
            return residuals
        if len(W) < TRIANGULAR_FROM_D:
            return np.asarray(W @ residuals)
        # Both sides transposed, for the Fortran order that BLAS wants.
        return np.asarray(blas.dtrmm(1.0, W.T, residuals.T, side=1, overwrite_b=1)).T

    def parts(self, own: Flags, d: int) -> list[Part]:
        whole = slice(None)
        return [Part(np.array([j]), np.zeros(1, int), whole, (j, whole), d) for j in np.flatnonzero(own)]

    def whiten_part(self, whitener: Array, part: Part, residuals: Array) -> Array:
        return self.whiten(whitener, int(part.components[0]), residuals)

    def own_sums(self, part: Part, responsibilities: Array, white: Array) -> tuple[Array, Array]:
        shares, white = _that_count(responsibilities[part.components[0]], white)
        # The lower triangle is what counts; `unwhiten` fills in the upper.
        if len(white) < TRIANGULAR_FROM_D:
            scatter = (white * shares) @ white.T
        else:
            scatter = blas.dsyrk(1.0, (white * np.sqrt(shares)).T, trans=1, lower=1)
        return white @ shares, np.asarray(scatter)

    def loss(self, factor: Array, whitener: Array, offsets: Array) -> Array:
        # Rounding in a feature is a share of what is in it, and that is what the whitener makes larger.
        extents = np.hypot(np.hypot.reduce(factor, axis=2), offsets)  # where squares would be no numbers
        white = self.white_offsets(np.abs(whitener), extents)
        return np.einsum("kd,kd->k", white, white)

    def loss_by_moving(self, factor: Array, whitener: Array, offsets: Array, new_whitener: Array) -> Array:
        narrower = new_whitener @ factor
        white = self.white_offsets(whitener, offsets)
        return np.einsum("kij,kij->k", narrower, narrower) * (1 + np.einsum("kd,kd->k", white, white))


class Full(_Apart, _Matrices):
    """Every component has a covariance matrix of its own: (k, d, d)."""

    name: ClassVar[str] = "full"
    looks: ClassVar[str] = "any ellipse"
    stretched: ClassVar[str] = "full"
    mapped: ClassVar[str] = "full"
    squares_in_sklearn: ClassVar[bool] = False
    fixed_features: ClassVar[bool] = True

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k, d, d)

    def n_parameters(self, k: int, d: int) -> int:
        return k * d * (d + 1) // 2

    def dense(self, covariances: Array, k: int, d: int) -> Array:
        return covariances

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        return matrices

    def variances(self, covariances: Array, d: int) -> Array:
        return np.einsum("kii->ki", covariances)

    def roots(self, covariances: Array) -> tuple[Array, Array]:
        return _triangles(covariances)

    def unwhiten(self, factor: Array, counts: Array, first: Array, second: Array) -> tuple[Array, Array]:
        shifts = first / counts[:, np.newaxis]
        white = _symmetric(second) / counts[:, np.newaxis, np.newaxis]
        difference = white - shifts[:, :, np.newaxis] * shifts[:, np.newaxis, :]
        diagonal = np.einsum("kii->ki", difference)
        diagonal[:] = _flush(diagonal, np.einsum("kii->ki", white))
        scatter = factor @ difference @ factor.transpose(0, 2, 1)
        scatter *= counts[:, np.newaxis, np.newaxis]
        return (factor @ shifts[:, :, np.newaxis])[:, :, 0], scatter

    def between(self, counts: Array, shifts: Array) -> Array:
        outer = shifts[:, :, np.newaxis] * shifts[:, np.newaxis, :]
        return outer * counts[:, np.newaxis, np.newaxis]

    def per_sample(self, counts: Array, scatter: Array) -> Array:
        return scatter / counts[:, np.newaxis, np.newaxis]

    def residual_scatter(self, responsibilities: Array, X: Array, means: Array) -> Array:
        sums = np.empty(self.shape(*means.shape))
        for j, mean in enumerate(means):
            residuals = X - mean
            sums[j] = (residuals * responsibilities[:, j : j + 1]).T @ residuals
        return sums

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        return np.tile(scale, (k, 1, 1)), dof + d + 1

    def n_features(self, d: int) -> int:
        return 1 + d + d * (d + 1) // 2

    def features(self, Z: Array, whitener: Array | None, out: Array) -> None:
        d = len(Z)
        out[1 : d + 1] = Z
        row = d + 1
        for i in range(d):  # the products z_i z_i, z_i z_i+1, ... stand in a run
            np.multiply(Z[i], Z[i:], out=out[row : row + d - i])
            row += d - i

    def coefficients(self, peaks: Array, means: Array, whitener: Array) -> Array:
        k, d = means.shape
        precisions = whitener.transpose(0, 2, 1) @ whitener
        linear = (precisions @ means[:, :, np.newaxis])[:, :, 0]
        out = np.empty((k, self.n_features(d)))
        out[:, 0] = peaks - 0.5 * np.einsum("kd,kd->k", linear, means)
        out[:, 1 : d + 1] = linear
        upper, factors, _ = _products(d)
        np.multiply(precisions.reshape(k, d * d).take(upper, axis=1), factors, out=out[:, d + 1 :])
        return out

    def moments(self, sums: Array, total: Array | None) -> tuple[Array, Array]:
        counts = sums[:, 0]
        d = int((np.sqrt(8 * sums.shape[1] + 1) - 3) / 2 + 0.5)  # from p = 1 + d + d (d + 1) / 2
        means = sums[:, 1 : d + 1] / counts[:, np.newaxis]
        second = sums.take(_products(d)[2], axis=1).reshape(len(sums), d, d)
        return means, second - self.between(counts, means)


class Tied(_AsSummed, _Matrices):
    """All components share one covariance matrix: (d, d)."""

    name: ClassVar[str] = "tied"
    looks: ClassVar[str] = "one ellipse for all"
    shared: ClassVar[bool] = True
    with_one_feature: ClassVar[str] = "tied"
    stretched: ClassVar[str] = "tied"
    mapped: ClassVar[str] = "tied"
    squares_in_sklearn: ClassVar[bool] = True
    fixed_features: ClassVar[bool] = False  # they hold the Mahalanobis norm, which moves

    @property
    def each(self) -> Family:
        return FAMILIES["full"]

    def joined(self, covariances: Array, weights: Array) -> Array:
        return np.einsum("rk,rkij->rij", weights, covariances)[:, np.newaxis]

    def apart(self, per_mixture: Array, k: int) -> Array:
        return np.repeat(per_mixture, k, axis=1)

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (d, d)

    def n_parameters(self, k: int, d: int) -> int:
        return d * (d + 1) // 2

    def dense(self, covariances: Array, k: int, d: int) -> Array:
        return np.broadcast_to(covariances, (k, d, d))

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        return matrices[0] if len(matrices) == 1 else np.average(matrices, axis=0, weights=weights)

    def variances(self, covariances: Array, d: int) -> Array:
        return np.diagonal(covariances)[np.newaxis]

    def roots(self, covariances: Array) -> tuple[Array, Array]:
        return _triangles(covariances[np.newaxis])

    def unwhiten(self, factor: Array, counts: Array, first: Array, second: Array) -> tuple[Array, Array]:
        L = factor[0]
        shifts = first / counts[:, np.newaxis]
        white = _symmetric(second.sum(axis=0))
        difference = white - self.between(counts, shifts)
        diagonal = np.einsum("ii->i", difference)
        diagonal[:] = _flush(diagonal, np.diagonal(white))
        return shifts @ L.T, L @ difference @ L.T

    def between(self, counts: Array, shifts: Array) -> Array:
        return np.asarray((shifts.T * counts) @ shifts)

    def per_sample(self, counts: Array, scatter: Array) -> Array:
        return scatter / counts.sum()

    def residual_scatter(self, responsibilities: Array, X: Array, means: Array) -> Array:
        return np.asarray(Full().residual_scatter(responsibilities, X, means).sum(axis=0))

    def lone_scatter(self, X: Array, means: Array, sample_weight: Array | None = None) -> Array:
        # scikit-learn subtracts the means from the moments of *all* rows: wide, and about zero.
        weighted = X.T if sample_weight is None else X.T * sample_weight
        return np.asarray(weighted @ X - means.T @ means)

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        return scale, dof + d + 1

    def n_features(self, d: int) -> int:
        return d + 2

    def features(self, Z: Array, whitener: Array | None, out: Array) -> None:
        assert whitener is not None
        out[1:-1] = Z
        white = self.whiten(whitener, 0, Z.copy())
        np.einsum("dm,dm->m", white, white, out=out[-1])

    def coefficients(self, peaks: Array, means: Array, whitener: Array) -> Array:
        linear = means @ whitener[0].T @ whitener[0]
        constant = peaks - 0.5 * np.einsum("kd,kd->k", linear, means)
        return np.column_stack([constant, linear, np.full(len(means), -0.5)])

    def moments(self, sums: Array, total: Array | None) -> tuple[Array, Array]:
        # The second moments of all rows together never change: EM only splits them.
        assert total is not None
        counts = sums[:, 0]
        means = sums[:, 1:-1] / counts[:, np.newaxis]
        return means, total - self.between(counts, means)


class _Variances(_Apart):
    """What `diag` and `spherical` share: factors are standard deviations."""

    matrices: ClassVar[bool] = False
    stretched: ClassVar[str] = "diag"
    mapped: ClassVar[str] = "full"
    squares_in_sklearn: ClassVar[bool] = True
    fixed_features: ClassVar[bool] = True

    def regularise(self, covariances: Array, reg_covar: float) -> Array:
        return covariances + reg_covar

    def whiten(self, whitener: Array, j: int, residuals: Array) -> Array:
        residuals *= whitener[j][:, np.newaxis]
        return residuals

    def white_offsets(self, whitener: Array, offsets: Array) -> Array:
        return whitener * offsets

    def parts(self, own: Flags, d: int) -> list[Part]:
        components, features = np.nonzero(np.broadcast_to(own.reshape(len(own), -1), (len(own), d)))
        at_once = max(1, PAIRS // d) * d  # whole components, where these are not split by feature
        pairs = [slice(first, first + at_once) for first in range(0, len(components), at_once)]
        return [Part.of_pairs(components[some], features[some]) for some in pairs]

    def whiten_part(self, whitener: Array, part: Part, residuals: Array) -> Array:
        components, features = part.places
        rows, columns = whitener.shape  # one where components, or features, share theirs
        residuals *= whitener[components % rows, features % columns][:, np.newaxis]
        return residuals

    def own_sums(self, part: Part, responsibilities: Array, white: Array) -> tuple[Array, Array]:
        if len(part.components) == 1:
            shares, white = _that_count(responsibilities[part.components[0]], white)
            return white @ shares, white**2 @ shares
        weighted = responsibilities[part.places[0]]
        weighted *= white
        return weighted.sum(axis=1), np.einsum("pm,pm->p", weighted, white)

    def coefficients(self, peaks: Array, means: Array, whitener: Array) -> Array:
        precisions = whitener**2  # (k, d), or (k, 1) where all features share one
        linear = precisions * means
        constant = peaks - 0.5 * np.einsum("kd,kd->k", linear, means)
        return np.column_stack([constant, linear, -0.5 * precisions])


class Diag(_Variances):
    """Every component has a variance for each feature, and no correlation: (k, d)."""

    name: ClassVar[str] = "diag"
    looks: ClassVar[str] = "ellipses along the axes"

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k, d)

    def n_parameters(self, k: int, d: int) -> int:
        return k * d

    def dense(self, covariances: Array, k: int, d: int) -> Array:
        return covariances[:, :, np.newaxis] * np.eye(d)

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        return np.einsum("kii->ki", matrices)

    def variances(self, covariances: Array, d: int) -> Array:
        return covariances

    def roots(self, covariances: Array) -> tuple[Array, Array]:
        return _deviations(covariances)

    def log_det(self, factor: Array, d: int) -> Array:
        return np.asarray(2 * np.log(factor).sum(axis=1))

    def mahalanobis(self, whitener: Array, scatter: Array, d: int) -> Array:
        return np.einsum("kd,kd->k", scatter, whitener**2)

    def unit(self, deviations: Array) -> Array:
        return _power_of_two(deviations)

    def rescale_roots(self, factor: Array, whitener: Array, scale: Array) -> tuple[Array, Array]:
        return factor / scale, whitener * scale

    def rescale(self, covariances: Array, scale: Array) -> Array:
        return covariances * scale**2

    def unwhiten(self, factor: Array, counts: Array, first: Array, second: Array) -> tuple[Array, Array]:
        shifts = first / counts[:, np.newaxis]
        white = second / counts[:, np.newaxis]
        variances = factor**2 * _flush(white - shifts**2, white)
        return factor * shifts, variances * counts[:, np.newaxis]

    def between(self, counts: Array, shifts: Array) -> Array:
        return shifts**2 * counts[:, np.newaxis]

    def per_sample(self, counts: Array, scatter: Array) -> Array:
        return scatter / counts[:, np.newaxis]

    def residual_scatter(self, responsibilities: Array, X: Array, means: Array) -> Array:
        return np.stack([r @ (X - mean) ** 2 for r, mean in zip(responsibilities.T, means, strict=True)])

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        return np.full((k, d), scale), dof + 2

    def n_features(self, d: int) -> int:
        return 1 + 2 * d

    def features(self, Z: Array, whitener: Array | None, out: Array) -> None:
        d = len(Z)
        out[1 : d + 1] = Z
        np.multiply(Z, Z, out=out[d + 1 :])

    def moments(self, sums: Array, total: Array | None) -> tuple[Array, Array]:
        d = (sums.shape[1] - 1) // 2
        counts = sums[:, 0]
        means = sums[:, 1 : d + 1] / counts[:, np.newaxis]
        return means, np.maximum(sums[:, d + 1 :] - self.between(counts, means), 0.0)

    def loss(self, factor: Array, whitener: Array, offsets: Array) -> Array:
        return (1 + (whitener * offsets) ** 2) * offsets.shape[1]

    def loss_by_moving(self, factor: Array, whitener: Array, offsets: Array, new_whitener: Array) -> Array:
        return (new_whitener * factor) ** 2 * self.loss(factor, whitener, offsets)


class Spherical(_Variances):
    """Every component has one variance, the same in all directions: (k,)."""

    name: ClassVar[str] = "spherical"
    looks: ClassVar[str] = "circles"

    def shape(self, k: int, d: int) -> tuple[int, ...]:
        return (k,)

    def n_parameters(self, k: int, d: int) -> int:
        return k

    def dense(self, covariances: Array, k: int, d: int) -> Array:
        return covariances[:, np.newaxis, np.newaxis] * np.eye(d)

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        return np.einsum("kii->ki", matrices).mean(axis=1)

    def variances(self, covariances: Array, d: int) -> Array:
        return np.repeat(covariances[:, np.newaxis], d, axis=1)

    def roots(self, covariances: Array) -> tuple[Array, Array]:
        return _deviations(covariances[:, np.newaxis])

    def log_det(self, factor: Array, d: int) -> Array:
        return np.asarray(2 * d * np.log(factor[:, 0]))

    def mahalanobis(self, whitener: Array, scatter: Array, d: int) -> Array:
        return d * scatter * whitener[:, 0] ** 2

    def unit(self, deviations: Array) -> Array:
        # One scale for all features: a sphere must stay a sphere.
        return np.full_like(deviations, _power_of_two(deviations.max()))

    def rescale_roots(self, factor: Array, whitener: Array, scale: Array) -> tuple[Array, Array]:
        return factor / scale[..., :1], whitener * scale[..., :1]

    def rescale(self, covariances: Array, scale: Array) -> Array:
        return covariances * scale[..., 0] ** 2

    def own_sums(self, part: Part, responsibilities: Array, white: Array) -> tuple[Array, Array]:
        first, squares = super().own_sums(part, responsibilities, white)
        return first, squares.reshape(len(part.components), -1).mean(axis=1)

    def unwhiten(self, factor: Array, counts: Array, first: Array, second: Array) -> tuple[Array, Array]:
        shifts = first / counts[:, np.newaxis]
        white = second / counts
        variances = factor[:, 0] ** 2 * _flush(white - np.mean(shifts**2, axis=1), white)
        return factor * shifts, variances * counts

    def between(self, counts: Array, shifts: Array) -> Array:
        return np.asarray(np.mean(shifts**2, axis=1) * counts)

    def per_sample(self, counts: Array, scatter: Array) -> Array:
        return scatter / counts

    def residual_scatter(self, responsibilities: Array, X: Array, means: Array) -> Array:
        return np.asarray(Diag().residual_scatter(responsibilities, X, means).mean(axis=1))

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        return np.full(k, scale / d), (dof + 2) / d  # its one number stands for d variances

    def n_features(self, d: int) -> int:
        return d + 2

    def features(self, Z: Array, whitener: Array | None, out: Array) -> None:
        out[1:-1] = Z
        np.einsum("dm,dm->m", Z, Z, out=out[-1])

    def moments(self, sums: Array, total: Array | None) -> tuple[Array, Array]:
        counts, d = sums[:, 0], sums.shape[1] - 2
        means = sums[:, 1:-1] / counts[:, np.newaxis]
        return means, sums[:, -1] / d - self.between(counts, means)

    def loss(self, factor: Array, whitener: Array, offsets: Array) -> Array:
        return offsets.shape[1] + whitener[:, 0] ** 2 * np.einsum("kd,kd->k", offsets, offsets)

    def loss_by_moving(self, factor: Array, whitener: Array, offsets: Array, new_whitener: Array) -> Array:
        return (new_whitener * factor)[:, 0] ** 2 * self.loss(factor, whitener, offsets)


@cache
def _products(d: int) -> tuple[Indices, Array, Indices]:
    """Where in a matrix, row after row, each product z_i z_j stands; what it counts for in -z' P z / 2; and
    for every place of the matrix, which feature is its product.
    """
    rows, columns = np.triu_indices(d)
    features = np.empty((d, d), dtype=np.intp)
    features[rows, columns] = features[columns, rows] = np.arange(len(rows)) + d + 1
    return rows * d + columns, np.where(rows == columns, -0.5, -1.0), features.ravel()


class _Shaped:
    """What the models of `shapes.py` add to `full` or `diag`, whose sums and passes they have: the M-step.

    Each component has a covariance in their arrays, also where all are equal.
    """

    def __init__(self, model: shapes.Model) -> None:
        self.model = model
        self.name, self.looks, self.goes_on = model.name, model.looks, model.iterates
        self.with_one_feature = "EII" if model.volume == "E" else "VII"
        self.stretched, self.mapped = _stretched(model), _mapped(model)

    def fitted(self, covariances: Array, counts: Array, old: Array | None) -> Array:
        return self.model.fitted(covariances, counts, old)

    def n_parameters(self, k: int, d: int) -> int:
        return self.model.n_parameters(k, d)

    def of_dense(self, matrices: Array, weights: Array) -> Array:
        own = self.summed.of_dense(matrices, weights)  # type: ignore[attr-defined]
        return self.model.fitted(own[np.newaxis], np.maximum(weights, NEGLIGIBLE)[np.newaxis])[0]

    def prior(self, scale: Array, dof: float, k: int, d: int) -> tuple[Array, float]:
        # One prior for each covariance, as the four families have it: what is one for all counts once, and
        # a variance that stands for d has a d-th.
        scatter, strength = self.summed.prior(scale, dof, k, d)  # type: ignore[attr-defined]
        times = (1 if "V" in self.model.name else k) * (d if self.model.shape == "I" else 1)
        return scatter / times, strength / times


class _AlongAxes(_Shaped, Diag):
    """A model whose components lie along the axes: variances (k, d)."""

    @property
    def summed(self) -> Family:
        return FAMILIES["diag"]


class _Turned(_Shaped, Full):
    """A model with directions: matrices (k, d, d)."""

    @property
    def summed(self) -> Family:
        return FAMILIES["full"]


def _stretched(model: shapes.Model) -> str:
    """The model of its covariances after each feature was multiplied by a number of its own."""
    if model.direction == "I":
        return model.volume + ("E" if model.shape == "I" else model.shape) + "I"
    # Common directions do not stay at right angles, nor common shapes with their own directions equal.
    return model.name if model.shape == model.direction == "E" else model.volume + "VV"


def _mapped(model: shapes.Model) -> str:
    """The same after any linear map, also one on fewer features, where volumes do not stay equal."""
    return model.volume + "EE" if model.shape != "V" and model.direction != "V" else "VVV"


# In the order in which they are offered. What is registered here is known everywhere.
FAMILIES: dict[str, Family] = {f.name: f for f in (Full(), Tied(), Diag(), Spherical())}
# Known wherever a family is, and offered on request.
MODELS: dict[str, Family] = {
    name: cast(Family, _AlongAxes(model) if model.direction == "I" else _Turned(model))
    for name, model in shapes.MODELS.items()
}
# Four of them are families above, in the general form.
FAST = {"VII": "spherical", "VVI": "diag", "EEE": "tied", "VVV": "full"}


def letters(covariance_type: str) -> str:
    """A family by the three letters of mclust's models: volume, shape, direction. One that is none of them
    has all three equal, or each component's own.
    """
    if covariance_type in MODELS:
        return covariance_type
    otherwise = "EEE" if family_named(covariance_type).shared else "VVV"
    return next((model for model, name in FAST.items() if name == covariance_type), otherwise)


def family_named(covariance_type: str) -> Family:
    """The family of that name, or the model; a `ValueError` that lists the names if there is none."""
    try:
        return FAMILIES.get(covariance_type) or MODELS[covariance_type]
    except (KeyError, TypeError):
        names = ", ".join(names_like(covariance_type))
        raise ValueError(f"covariance_type must be one of {names}; got {covariance_type!r}.") from None


def names_like(wrong: object) -> list[str]:
    """What there is instead of a name that is none: the families, and for three letters the models too."""
    return [*FAMILIES, *(MODELS if isinstance(wrong, str) and len(wrong) == 3 else [])]

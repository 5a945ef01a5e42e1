"""A Gaussian mixture as a value: densities, responsibilities, samples, projections.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import Array, batches
from gmm_core.engine.checks import as_floats, as_matrix, as_random
from gmm_core.engine.covariance import Family, family_named

LOG_2PI = float(np.log(2 * np.pi))
LOWEST = -1e300  # in place of minus infinity: differences stay numbers
BLOCK = 8192  # rows in a block: what fits in cache
ARRAYS = ("weights", "means", "covariances", "factor", "whitener")


@dataclass(frozen=True, eq=False)
class Mixture:
    """A Gaussian mixture: `n_components` Gaussians in `n_features` dimensions, with their weights.

    Parameters
    ----------
    weights : (k,), not negative, with sum 1.
    means : (k, d), in data units.
    covariances : in the family's own shape, in squared data units: full (k, d, d), tied (d, d),
        diag (k, d), spherical (k,).
    covariance_type : a name in `covariance.FAMILIES`, of which these are.

    Frozen: the arrays are copies, and read-only. Equal in content means equal.
    Raises `ValueError` where shapes disagree, weights do not sum to 1, or a covariance is not
    positive definite (then a `NotPositiveDefiniteError`, which knows the component).
    """

    weights: Array
    means: Array
    covariances: Array
    covariance_type: str = "full"
    factor: Array = field(init=False, repr=False)
    whitener: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        family = family_named(self.covariance_type)
        weights = as_floats(self.weights, "weights")
        means = as_floats(self.means, "means")
        covariances = as_floats(self.covariances, "covariances")
        if means.ndim != 2 or 0 in means.shape:
            raise ValueError(f"means must have the shape (n_components, n_features); got {means.shape}.")
        k, d = means.shape
        if weights.shape != (k,):
            raise ValueError(
                f"weights must have the shape ({k},), one for each of the means; got {weights.shape}."
            )
        if weights.min() < 0:
            raise ValueError(f"weights must not be negative; got {weights.min():.6g}.")
        if abs(weights.sum() - 1) > 1e-8:
            raise ValueError(
                f"weights must sum to 1; they sum to {weights.sum():.9g}. Divide them by their sum."
            )
        if covariances.shape != family.shape(k, d):
            raise ValueError(
                f"covariances of the family {family.name!r} must have the shape "
                f"{family.shape(k, d)} for {k} components and {d} features; got {covariances.shape}."
            )
        if family.matrices:
            gap = np.abs(covariances - np.swapaxes(covariances, -1, -2)).max()
            if gap > 1e-8 * np.abs(covariances).max():
                raise ValueError(f"covariances must be symmetric; they differ by {gap:.3g}.")
        self._take(weights, means, covariances, family)

    @classmethod
    def trusted(cls, weights: Array, means: Array, covariances: Array, family: Family) -> Mixture:
        """A mixture of arrays that are right by how they were made: not copied, and not checked, but for
        covariances that are not positive definite.
        """
        mixture = object.__new__(cls)
        object.__setattr__(mixture, "covariance_type", family.name)
        mixture._take(weights, means, covariances, family)
        return mixture

    def _take(self, weights: Array, means: Array, covariances: Array, family: Family) -> None:
        factor, whitener = family.roots(covariances)
        for name, array in zip(ARRAYS, (weights, means, covariances, factor, whitener), strict=True):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mixture) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled and copied through the constructor: arrays come back checked and read-only.
        return Mixture, (self.weights, self.means, self.covariances, self.covariance_type)

    def _content(self) -> tuple[Any, ...]:
        arrays = (self.weights, self.means, self.covariances)
        return (self.covariance_type, self.means.shape, *((a + 0.0).tobytes() for a in arrays))

    @property
    def family(self) -> Family:
        return family_named(self.covariance_type)

    @property
    def n_components(self) -> int:
        return len(self.means)

    @property
    def n_features(self) -> int:
        return int(self.means.shape[1])

    @property
    def n_parameters(self) -> int:
        """Free parameters: k - 1 weights, k d means and those of the family's covariances."""
        k, d = self.means.shape
        return k - 1 + k * d + self.family.n_parameters(k, d)

    @property
    def full_covariances(self) -> Array:
        """The covariances as matrices, (k, d, d), whatever the family."""
        return self.family.dense(self.covariances, self.n_components, self.n_features)

    def log_joint(self, X: ArrayLike) -> Array:
        """log(weight x density) of each component at each row of X (n, d) -> (n, k).

        Bishop, PRML, eq. 2.43; `X` may be (n,) for one feature.
        """
        X = self._rows(X)
        out = np.empty((len(X), self.n_components))
        for rows in batches(len(X), BLOCK):
            out[rows] = self._log_joint_block(X[rows].T).T
        return out

    def log_density(self, X: ArrayLike) -> Array:
        """The log density of the mixture at each row of X (n, d) -> (n,)."""
        X = self._rows(X)
        out = np.empty(len(X))
        for rows in batches(len(X), BLOCK):
            joint = self._log_joint_block(X[rows].T)
            peak = joint.max(axis=0)
            out[rows] = peak + np.log(np.exp(joint - peak).sum(axis=0))
        return out

    def responsibilities(self, X: ArrayLike) -> Array:
        """The posterior probability of each component for each row of X (n, d) -> (n, k).

        Bishop, PRML, eq. 9.13. Finite and summing to 1 however far a row lies.
        """
        X = self._rows(X)
        out = np.empty((len(X), self.n_components))
        for rows in batches(len(X), BLOCK):
            joint = self._log_joint_block(X[rows].T)
            joint -= joint.max(axis=0)
            np.exp(joint, out=joint)
            out[rows] = (joint / joint.sum(axis=0)).T
        return out

    def squared_distances(self, X: ArrayLike) -> Array:
        """The squared Mahalanobis distance of each row of X (n, d) to each component's mean -> (n, k).

        Without unit: in standard deviations of the component, squared. Of rows drawn from a Gaussian it is
        chi-squared distributed, with d degrees of freedom.
        """
        X = self._rows(X)
        out = np.empty((len(X), self.n_components))
        for rows in batches(len(X), BLOCK):
            out[rows] = self._distances_block(X[rows].T).T
        return out

    @property
    def deviations(self) -> Array:
        """The standard deviations of the features in every component, (k, d)."""
        variances = self.family.variances(self.covariances, self.n_features)
        return np.sqrt(np.broadcast_to(variances, self.means.shape))

    def sample(
        self, n: int = 1, random_state: int | np.random.RandomState | np.random.Generator | None = None
    ) -> tuple[Array, NDArray[np.int64]]:
        """Draw n rows -> X (n, d) and the component each came from (n,), in the components' order."""
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"n must be a whole number from 1; got {n!r}.")
        rng = as_random(random_state)
        counts = rng.multinomial(n, self.weights / self.weights.sum())
        X = np.vstack(
            [
                rng.multivariate_normal(mean, covariance, count)
                for mean, covariance, count in zip(self.means, self.full_covariances, counts, strict=True)
            ]
        )
        return X, np.repeat(np.arange(self.n_components), counts)

    def project(self, P: ArrayLike) -> Mixture:
        """The exact marginal under the linear map y = P x, P (m, d): a mixture in m dimensions.

        Gaussians stay Gaussian: means P mu, covariances P S P'. A row of the identity as P picks a
        feature; `PCA().components_` projects on principal components. `diag` and `spherical`
        become `full`, because P mixes the features (see `Family.mapped`).
        """
        P = as_floats(P, "P")
        if P.ndim != 2 or P.shape[1] != self.n_features:
            hint = " Pass its transpose." if P.shape[:1] == (self.n_features,) else ""
            raise ValueError(
                f"P must have the shape (m, {self.n_features}), one column for each feature; "
                f"got {P.shape}.{hint}"
            )
        own = self.family.matrices  # then they are what `mapped` holds, as they are
        covariances = P @ (self.covariances if own else self.full_covariances) @ P.T
        covariances = (covariances + np.swapaxes(covariances, -1, -2)) / 2
        family = family_named(self.family.mapped)
        if not own:
            covariances = family.of_dense(covariances, self.weights)
        return Mixture(self.weights, self.means @ P.T, covariances, family.name)

    def _rows(self, X: ArrayLike) -> Array:
        X = as_matrix(X, min_rows=0)
        if X.shape[1] != self.n_features:
            raise ValueError(f"X has {X.shape[1]} features, but this mixture has {self.n_features}.")
        return X

    def _log_joint_block(self, XT: Array) -> Array:
        """log(weight x density), (k, m), of a block given features first, (d, m)."""
        peaks = log_peaks(self.family, self.weights, self.factor, self.n_features)
        return to_log_joint(self._distances_block(XT), peaks)

    def _distances_block(self, XT: Array) -> Array:
        """Squared Mahalanobis distances, (k, m), of a block given features first, (d, m)."""
        out = np.empty((self.n_components, XT.shape[1]))
        for j, mean in enumerate(self.means):
            white = self.family.whiten(self.whitener, j, XT - mean[:, np.newaxis])
            np.einsum("dm,dm->m", white, white, out=out[j])
        return out


def to_log_joint(distances: Array, peaks: Array) -> Array:
    """Squared Mahalanobis distances (k, m) -> log(weight x density), in place; always finite."""
    distances *= -0.5
    distances += peaks[:, np.newaxis]
    return np.maximum(distances, LOWEST, out=distances)


def log_peaks(family: Family, weights: Array, factor: Array, d: int) -> Array:
    """log(weight x density) of each component at its own mean, (k,): nothing is ever higher."""
    if weights.all():
        logarithms = np.log(weights)
    else:  # of a weight of 0, a number that products can bear
        logarithms = np.log(weights, out=np.full(weights.shape, LOWEST), where=weights > 0)
    return np.asarray(logarithms - 0.5 * (d * LOG_2PI + family.log_det(factor, d)))

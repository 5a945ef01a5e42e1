"""A mixture as a value: densities, responsibilities, samples, projections.

Letters: n samples, k components, d features.

Its components are Gaussians, or t distributions where they have degrees of freedom; and beside them may stand
noise, a uniform density for rows that belong to none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from gmm_core.engine.arrays import Array, batches
from gmm_core.engine.checks import as_floats, as_matrix, as_random
from gmm_core.engine.covariance import Family, family_named

LOG_2PI = float(np.log(2 * np.pi))
LOWEST = -1e300  # in place of minus infinity: differences stay numbers
BLOCK = 8192  # rows in a block: what fits in cache
ARRAYS = ("weights", "means", "covariances", "factor", "whitener")
DOF_TYPES = ("each", "common", "fixed")
NOISE = -1  # in place of a component: the row is noise


@dataclass(frozen=True, eq=False)
class Mixture:
    """A Gaussian mixture: `n_components` Gaussians in `n_features` dimensions, with their weights.

    Parameters
    ----------
    weights : (k,), not negative, with sum 1; with noise, 1 less its weight.
    means : (k, d), in data units.
    covariances : in the family's own shape, in squared data units: full (k, d, d), tied (d, d),
        diag (k, d), spherical (k,); of mclust's models (k, d) where they lie along the axes, else (k, d, d).
        Of t distributions these are the scale matrices; their covariances are
        larger by dof / (dof - 2), and there are none up to 2 degrees of freedom.
    covariance_type : a name in `covariance.FAMILIES` or `covariance.MODELS`, of which these are.
    noise_weight : the share of rows that are noise: they belong to no component (Fraley & Raftery 1998).
    noise_box : (2, d), the least and the largest value of every feature in the box over which noise is
        uniform; None for a mixture without noise.
    dof : (k,), the degrees of freedom of components that are t distributions (Peel & McLachlan 2000): the
        fewer, the heavier their tails. None for Gaussians, which they are in the limit of many.
    dof_type : how many of these are free: "each", "common" (one for all) or "fixed" (none).

    With noise, `log_joint` and `responsibilities` speak of the components alone, (n, k), as without: the
    responsibilities of a row then sum to 1 less its `noise_share`, and sums of them count no stray.
    Frozen: the arrays are copies, and read-only. Equal in content means equal.
    Raises `ValueError` where shapes disagree, weights do not sum to 1, or a covariance is not
    positive definite (then a `NotPositiveDefiniteError`, which knows the component).
    """

    weights: Array
    means: Array
    covariances: Array
    covariance_type: str = "full"
    noise_weight: float = 0.0
    noise_box: Array | None = None
    dof: Array | None = None
    dof_type: str = "each"
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
        self._check_noise(d)
        if abs(weights.sum() + self.noise_weight - 1) > 1e-8:
            if self.noise_weight:
                raise ValueError(
                    f"weights and noise_weight must sum to 1 together; they sum to "
                    f"{weights.sum() + self.noise_weight:.9g}."
                )
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
        self._check_dof(k)
        self._take(weights, means, covariances, family)

    def _check_noise(self, d: int) -> None:
        """A `ValueError` if there is no such noise; its box becomes a read-only copy."""
        if self.noise_box is None:
            if self.noise_weight:
                raise ValueError(
                    "noise_weight needs a noise_box, the least and the largest value of each feature."
                )
            return
        box = as_floats(self.noise_box, "noise_box")
        if box.shape != (2, d):
            raise ValueError(f"noise_box must have the shape (2, {d}), least and largest; got {box.shape}.")
        if not (box[0] < box[1]).all():
            flat = int(np.argmin(box[0] < box[1]))
            raise ValueError(f"noise_box must have an extent in every feature; it has none in column {flat}.")
        if not 0 <= self.noise_weight < 1:
            raise ValueError(f"noise_weight must be from 0 to below 1; got {self.noise_weight!r}.")
        box.setflags(write=False)
        object.__setattr__(self, "noise_box", box)
        object.__setattr__(self, "noise_weight", float(self.noise_weight))

    def _check_dof(self, k: int) -> None:
        """A `ValueError` if these are no degrees of freedom; they become a read-only copy."""
        if self.dof_type not in DOF_TYPES:
            raise ValueError(f"dof_type must be one of {', '.join(DOF_TYPES)}; got {self.dof_type!r}.")
        if self.dof is None:
            return
        dof = as_floats(self.dof, "dof")
        if dof.shape != (k,):
            raise ValueError(f"dof must have the shape ({k},), one for each component; got {dof.shape}.")
        if not dof.min() > 0:
            raise ValueError(f"dof must be above 0; got {dof.min():.6g}. Gaussians have none: leave it out.")
        dof.setflags(write=False)
        object.__setattr__(self, "dof", dof)

    @classmethod
    def trusted(
        cls, weights: Array, means: Array, covariances: Array, family: Family, **beyond: Any
    ) -> Mixture:
        """A mixture of arrays that are right by how they were made: not copied, and not checked, but for
        covariances that are not positive definite. beyond : what it has of noise and degrees of freedom.
        """
        mixture = object.__new__(cls)
        object.__setattr__(mixture, "covariance_type", family.name)
        for name, value in beyond.items():
            object.__setattr__(mixture, name, value)
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
        beyond = () if self.is_plain else tuple(self.beyond.values())
        return Mixture, (self.weights, self.means, self.covariances, self.covariance_type, *beyond)

    def _content(self) -> tuple[Any, ...]:
        arrays = (self.weights, self.means, self.covariances)
        beyond = [a.tobytes() if isinstance(a, np.ndarray) else a for a in self.beyond.values()]
        content = (self.covariance_type, self.means.shape, *((a + 0.0).tobytes() for a in arrays))
        return content if self.is_plain else (*content, *beyond)

    @property
    def is_plain(self) -> bool:
        """Whether it is made of Gaussians and nothing else."""
        return self.noise_box is None and self.dof is None

    @property
    def beyond(self) -> dict[str, Any]:
        """What a mixture may have beyond Gaussians, by name."""
        return {name: getattr(self, name) for name in ("noise_weight", "noise_box", "dof", "dof_type")}

    def check_plain(self, what: str) -> None:
        """A `ValueError` if it is not made of Gaussians alone; `what` cannot be done with another."""
        if not self.is_plain:
            has = "noise" if self.dof is None else "degrees of freedom"
            raise ValueError(f"{what} only for a mixture of Gaussians; this one has {has}.")

    @property
    def all_weights(self) -> Array:
        """The weights of the components and, where there is noise, its own last; they sum to 1."""
        return self.weights if self.noise_box is None else np.append(self.weights, self.noise_weight)

    @property
    def noise_density(self) -> float:
        """The density of noise, 1 / the volume of its box; 0 without noise."""
        return 0.0 if self.noise_box is None else float(np.exp(self._log_noise_density()))

    @property
    def of_components(self) -> Mixture:
        """The mixture of its components alone, without noise."""
        if self.noise_box is None:
            return self
        weights = self.weights / self.weights.sum()
        return replace(self, weights=weights, noise_weight=0.0, noise_box=None)

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
        """Free parameters: k - 1 weights, k d means and those of the family's covariances.

        Noise has two, as in mclust: its weight, and the volume of its box. Degrees of freedom are `dof_type`.
        """
        k, d = self.means.shape
        free = {"each": k, "common": 1, "fixed": 0}[self.dof_type] if self.dof is not None else 0
        noise = 0 if self.noise_box is None else 2
        return k - 1 + k * d + self.family.n_parameters(k, d) + noise + free

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
            joint = self.with_noise(self._log_joint_block(X[rows].T))
            peak = joint.max(axis=0)
            out[rows] = peak + np.log(np.exp(joint - peak).sum(axis=0))
        return out

    def responsibilities(self, X: ArrayLike) -> Array:
        """The posterior probability of each component for each row of X (n, d) -> (n, k).

        Bishop, PRML, eq. 9.13. Finite and summing to 1 however far a row lies; with noise, to 1 less the
        row's `noise_share`.
        """
        return self.shares(X)[:, : self.n_components]

    def noise_share(self, X: ArrayLike) -> Array:
        """The posterior probability that a row of X (n, d) is noise, (n,); 0 without noise."""
        if self.noise_box is None:
            return np.zeros(len(self._rows(X)))
        return self.shares(X)[:, -1]

    def labels(self, X: ArrayLike) -> NDArray[np.int64]:
        """What each row of X (n, d) most probably is, (n,): a component, from 0, or `NOISE`, -1."""
        likeliest = self.shares(X).argmax(axis=1)
        return np.where(likeliest == self.n_components, NOISE, likeliest)

    def shares(self, X: ArrayLike) -> Array:
        """The posterior probabilities of all that a row of X (n, d) can be: the components, and last, where
        there is any, noise: (n, k) or (n, k + 1), each row with sum 1.
        """
        X = self._rows(X)
        out = np.empty((len(X), self.n_components + (self.noise_box is not None)))
        for rows in batches(len(X), BLOCK):
            joint = self.with_noise(self._log_joint_block(X[rows].T))
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
        """Draw n rows -> X (n, d) and the component each came from (n,), in the components' order.

        Noise comes last, from its box, as the component -1.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"n must be a whole number from 1; got {n!r}.")
        rng = as_random(random_state)
        if not self.is_plain:
            return self._sample_beyond(n, rng)
        counts = rng.multinomial(n, self.weights / self.weights.sum())
        X = np.vstack(
            [
                rng.multivariate_normal(mean, covariance, count)
                for mean, covariance, count in zip(self.means, self.full_covariances, counts, strict=True)
            ]
        )
        return X, np.repeat(np.arange(self.n_components), counts)

    def _sample_beyond(self, n: int, rng: np.random.RandomState) -> tuple[Array, NDArray[np.int64]]:
        """`sample` with noise or tails: a t row is a Gaussian one, divided by the root of chi2 / dof."""
        k, d = self.means.shape
        shares = np.append(self.weights, self.noise_weight)
        counts = rng.multinomial(n, shares / shares.sum())
        drawn = []
        for j, count in enumerate(counts[:k]):
            offsets = rng.multivariate_normal(np.zeros(d), self.full_covariances[j], count)
            if self.dof is not None:
                offsets /= np.sqrt(rng.chisquare(self.dof[j], (count, 1)) / self.dof[j])
            drawn.append(self.means[j] + offsets)
        if self.noise_box is not None:
            low, high = self.noise_box
            drawn.append(rng.uniform(low, high, (int(counts[k]), d)))
        return np.vstack(drawn), np.repeat(np.append(np.arange(k), NOISE), counts)

    def project(self, P: ArrayLike) -> Mixture:
        """The exact marginal under the linear map y = P x, P (m, d): a mixture in m dimensions.

        Gaussians stay Gaussian: means P mu, covariances P S P'. A row of the identity as P picks a
        feature; `PCA().components_` projects on principal components. `diag` and `spherical`
        become `full`, because P mixes the features (see `Family.mapped`). A t distribution stays one with the
        same degrees of freedom. Noise stays uniform only where P picks features, each once; for another P
        that is a `ValueError`: project `of_components`.
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
        beyond = {} if self.is_plain else self.beyond | {"noise_box": self._box_in(P)}
        return Mixture(self.weights, self.means @ P.T, covariances, family.name, **beyond)

    def _box_in(self, P: Array) -> Array | None:
        """The box of the noise under the map y = P x; a `ValueError` where it is no box along the axes."""
        if self.noise_box is None:
            return None
        used = P != 0
        if (used.sum(axis=1) != 1).any() or (used.sum(axis=0) > 1).any():
            raise ValueError(
                "Noise that is uniform over a box is not so under a map that mixes features. "
                "Project mixture.of_components, which leaves the noise out."
            )
        return np.asarray(np.sort(self.noise_box @ P.T, axis=0))

    def _rows(self, X: ArrayLike) -> Array:
        X = as_matrix(X, min_rows=0)
        if X.shape[1] != self.n_features:
            raise ValueError(f"X has {X.shape[1]} features, but this mixture has {self.n_features}.")
        return X

    def _log_joint_block(self, XT: Array) -> Array:
        """log(weight x density), (k, m), of a block given features first, (d, m)."""
        peaks = log_peaks(self.family, self.weights, self.factor, self.n_features)
        if self.dof is not None:
            return to_log_joint_t(self._distances_block(XT), peaks, self.dof, self.n_features)
        return to_log_joint(self._distances_block(XT), peaks)

    def with_noise(self, joint: Array) -> Array:
        """log(weight x density) of the components (k, m), and of the noise in a last row if there is any."""
        if self.noise_box is None:
            return joint
        level = np.log(self.noise_weight) + self._log_noise_density() if self.noise_weight else LOWEST
        return np.vstack([joint, np.full(joint.shape[1], level)])

    def _log_noise_density(self) -> float:
        """The same everywhere, also beyond the box, so that a row there is noise too, as in mclust."""
        assert self.noise_box is not None
        return -float(np.log(self.noise_box[1] - self.noise_box[0]).sum())

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
    return np.asarray(log_weights(weights) - 0.5 * (d * LOG_2PI + family.log_det(factor, d)))


def log_weights(weights: Array) -> Array:
    """Their logarithms; of a weight of 0, a number that products can bear."""
    if weights.all():
        return np.log(weights)
    return np.log(weights, out=np.full(weights.shape, LOWEST), where=weights > 0)


def to_log_joint_t(distances: Array, peaks: Array, dof: Array, d: int) -> Array:
    """`to_log_joint` for t distributions with `dof` (k,), where `peaks` are those of Gaussians."""
    peaks = peaks + 0.5 * d * (LOG_2PI - np.log(dof * np.pi)) + gammaln((dof + d) / 2) - gammaln(dof / 2)
    of_tails = 0.5 * (dof + d)[:, np.newaxis] * np.log1p(distances / dof[:, np.newaxis])
    return np.asarray(np.maximum(peaks[:, np.newaxis] - of_tails, LOWEST))

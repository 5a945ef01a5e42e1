"""A prior for means and covariances: EM then climbs the log-posterior, and no component can collapse.

Letters: n samples, k components, d features.

    mu_j | S_j  ~  Normal(mean, S_j / shrinkage)        S_j  ~  inverse Wishart(dof, scale)

Where a covariance is a number, or one for each feature, its prior is the inverse gamma that belongs to it.
All are conjugate: to the M-step they are a few rows more, of known mean and scatter. Weights have no prior.
Fraley & Raftery 2007, Bayesian regularization for normal mixture estimation and model-based clustering.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gmm_core.engine.arrays import TINY, Array, covariance, n_counted, variances
from gmm_core.engine.checks import as_amount, as_floats
from gmm_core.engine.covariance import Family
from gmm_core.engine.mixture import Mixture

SHRINKAGE = 0.01  # as in mclust: how many rows the prior's mean counts as
DEFAULT = "default"


@dataclass(frozen=True, eq=False)
class Prior:
    """What is believed of every component before the data are seen.

    mean : (d,), where the means are drawn to, in data units.
    shrinkage : how many rows of a component this counts as; 0 leaves the means alone.
    dof : degrees of freedom of the covariances' prior, above d - 1: the more, the surer it is.
    scale : in squared data units: (d, d) for `full` and `tied`, a number for `diag` and `spherical`; of
        mclust's models (d, d) for those with directions, a number for those along the axes.

    In a model that has something in common and something of each component's own, every component has the
    prior of `full` or `diag`, on what covariances the model allows.

    `Prior.of` makes mclust's default. Frozen: the arrays are copies, and read-only.
    """

    mean: Array
    shrinkage: float
    dof: float
    scale: Array

    def __post_init__(self) -> None:
        mean, scale = np.atleast_1d(as_floats(self.mean, "prior.mean")), as_floats(self.scale, "prior.scale")
        if mean.ndim != 1:
            raise ValueError(f"prior.mean must have the shape (n_features,); got {mean.shape}.")
        d = len(mean)
        if scale.shape not in ((), (d, d)):
            raise ValueError(
                f"prior.scale must be a number (diag, spherical) or have the shape ({d}, {d}) (full, tied), "
                f"as prior.mean has {d}; got {scale.shape}."
            )
        matrix = scale if scale.ndim else np.atleast_2d(scale)
        if not (np.allclose(matrix, matrix.T) and np.linalg.eigvalsh(matrix).min() > 0):
            raise ValueError("prior.scale must be symmetric and positive definite.")
        as_amount(self.shrinkage, "prior.shrinkage", "as how many rows the prior's mean counts")
        as_amount(self.dof, "prior.dof", "the prior's degrees of freedom")
        if not self.dof > d - 1:
            raise ValueError(f"prior.dof must be above {d - 1} for {d} features; got {self.dof:g}.")
        for name, array in (("mean", mean), ("scale", scale)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def of(cls, X: Array, k: int, family: Family, sample_weight: Array | None = None) -> Prior:
        """mclust's default for rows X (n, d), which count `sample_weight` times (n,), or once.

        The means are drawn to that of the data, as if by 0.01 rows; the scale is the data's covariance over
        k^(2/d), or where a covariance has no matrix the mean of its diagonal; there are d + 2 degrees of
        freedom. A `ValueError` where the data have no extent.
        """
        n, d = n_counted(len(X), sample_weight), X.shape[1]
        mean = np.average(X, axis=0, weights=sample_weight)
        larger = n / (n - 1) if n > 1 else 1.0  # the variance of a sample, as mclust takes it
        if family.matrices and n > d:
            scale = covariance(X, sample_weight)
        else:
            of_columns = variances(X, sample_weight)
            scale = np.diag(of_columns) if family.matrices else np.asarray(of_columns.mean())
        try:
            return cls(mean, SHRINKAGE, d + 2.0, larger * scale / k ** (2 / d))
        except ValueError:
            raise ValueError(
                "The data have no extent in some direction, so no default prior can be made of them. Leave "
                "columns out that are constant, or sums of others, or give a Prior with a scale of your own."
            ) from None

    def check(self, family: Family, d: int) -> None:
        """A `ValueError` if it is none for such a mixture of d features."""
        if len(self.mean) != d:
            raise ValueError(f"prior.mean has {len(self.mean)} features, but X has {d}.")
        wanted = (d, d) if family.matrices else ()
        if self.scale.shape != wanted:
            of = f"have the shape {wanted}" if wanted else "be a number"
            raise ValueError(
                f"prior.scale must {of} for the family {family.name!r}; got the shape {self.scale.shape}."
            )

    def log_density(self, mixture: Mixture) -> float:
        """The log density of a mixture's means and covariances, without what no mixture changes."""
        family, (k, d) = mixture.family, mixture.means.shape
        scatter, strength = family.prior(self.scale, self.dof, k, d)
        log_det = family.log_det(mixture.factor, d)
        of_covariances = -0.5 * (
            strength * log_det.sum() + family.mahalanobis(mixture.whitener, scatter, d).sum()
        )
        each = family.each
        factor, whitener = (
            family.apart(roots[np.newaxis], k)[0] for roots in (mixture.factor, mixture.whitener)
        )
        offsets = each.white_offsets(whitener, mixture.means - self.mean)
        of_means = -0.5 * (each.log_det(factor, d).sum() + self.shrinkage * (offsets**2).sum())
        return float(of_covariances + of_means)


PriorLike = Prior | bool | str | None


def as_prior(
    prior: PriorLike, X: Array, k: int, family: Family, sample_weight: Array | None = None
) -> Prior | None:
    """The prior that is meant: a `Prior`, True or "default" for the default, None or False for none."""
    if prior is None or prior is False:
        return None
    if prior is True or (isinstance(prior, str) and prior == DEFAULT):
        return Prior.of(X, k, family, sample_weight)
    if not isinstance(prior, Prior):
        raise ValueError(f"prior must be a Prior, True or {DEFAULT!r} for mclust's, or None; got {prior!r}.")
    prior.check(family, X.shape[1])
    return prior


def with_prior(
    prior: Prior, family: Family, counts: Array, masses: Array, means: Array, scatter: Array
) -> tuple[Array, Array, Array]:
    """What the M-step of `counts` (k,) rows is with the prior: as how many they count in covariances, (k,),
    the new means (k, d), and the scatter about them. masses : (k,), as how many they count in means.
    """
    k, d = means.shape
    own, strength = family.prior(prior.scale, prior.dof, k, d)
    together = np.maximum(masses + prior.shrinkage, TINY)
    share = masses / together
    pulled = prior.shrinkage * share
    offsets = means - prior.mean
    about = scatter + own + family.between(pulled, offsets)
    rows = counts + 1 + (strength / k if family.shared else strength)
    return rows, prior.mean + share[:, np.newaxis] * offsets, about

"""What the E-step leaves, sums that add, and the M-step that takes it up.

Letters: n samples, m samples in a block, k components, d features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gmm_core.engine.arrays import EPS, Array, n_counted
from gmm_core.engine.checks import as_amount
from gmm_core.engine.covariance import Family, NotPositiveDefiniteError
from gmm_core.engine.floor import WAYS_OUT
from gmm_core.engine.mixture import Mixture

REG_COVAR = "added to every variance, in squared data units"
TOO_FEW, LOST = "has collapsed onto too few different points", "has lost all its points"


class CollapseError(ValueError):
    """An M-step found a component without extent or without points; `.component` says which."""

    def __init__(self, component: int, what: str) -> None:
        ways_out = "Use fewer components or start elsewhere." if what == LOST else WAYS_OUT
        super().__init__(f"Component {component} {what}. {ways_out}")
        self.component, self.what = component, what


@dataclass(frozen=True)
class Expectation:
    """What the E-step found in some rows: the sufficient statistics for the M-step, which add.

    counts : (k,), the responsibilities summed over the rows, N_k.
    means : (k, d), the rows averaged with these weights, in data units.
    scatter : in the family's shape, the weighted outer products about those means, summed.
    log_likelihood : mean per row under the mixture that gave the responsibilities.
    n_samples : how many rows; where these have weights, the sum of them. All sums here are weighted then.
    """

    counts: Array
    means: Array
    scatter: Array
    log_likelihood: float
    n_samples: float
    family: Family

    @classmethod
    def of(
        cls, X: Array, responsibilities: Array, family: Family, sample_weight: Array | None = None
    ) -> Expectation:
        """The statistics of rows X (m, d) with these responsibilities (m, k), which count `sample_weight`
        (m,) times, or once.
        """
        if sample_weight is not None:
            responsibilities = responsibilities * sample_weight[:, np.newaxis]
        counts = responsibilities.sum(axis=0)
        divisor = np.maximum(counts, np.finfo(np.float64).tiny)
        means = (responsibilities.T @ X) / divisor[:, np.newaxis]
        scatter = family.residual_scatter(responsibilities, X, means)
        return cls(counts, means, scatter, np.nan, n_counted(len(X), sample_weight), family)

    def __add__(self, other: Expectation) -> Expectation:
        """The statistics of both blocks of rows together (Chan, Golub & LeVeque 1983)."""
        counts = self.counts + other.counts
        divisor = np.maximum(counts, np.finfo(np.float64).tiny)
        gap = other.means - self.means
        share = other.counts / divisor
        n = self.n_samples + other.n_samples
        log_likelihood = (self.n_samples * self.log_likelihood + other.n_samples * other.log_likelihood) / n
        return Expectation(
            counts,
            self.means + gap * share[:, np.newaxis],
            self.scatter + other.scatter + self.family.between(self.counts * share, gap),
            log_likelihood,
            n,
            self.family,
        )


def m_step(expectation: Expectation, *, reg_covar: float = 1e-6) -> Mixture:
    """The M-step: sufficient statistics -> the mixture that maximises the lower bound.

    `reg_covar`, in squared data units, is added to every variance. Raises `CollapseError` when a
    component has no points or, with it, no extent. Bishop, PRML, eq. 9.24-9.26.
    """
    found = maximised(expectation, as_amount(reg_covar, "reg_covar", REG_COVAR))
    if isinstance(found, CollapseError):
        raise found
    return found


def maximised(expectation: Expectation, reg_covar: float) -> Mixture | CollapseError:
    """The same, or why there is none, where `reg_covar` has been checked."""
    family, counts, means = expectation.family, expectation.counts, expectation.means
    if not counts.min() > 10 * EPS:
        return CollapseError(int(np.argmin(counts)), LOST)
    covariances = family.regularise(family.per_sample(counts, expectation.scatter), reg_covar)
    # A variance that the digits of the data cannot resolve is zero.
    narrow = family.variances(covariances, means.shape[1]) <= (4 * EPS * means) ** 2
    if narrow.any():
        return CollapseError(int(np.argmax(narrow.any(axis=1))), TOO_FEW)
    try:
        return Mixture.trusted(counts / counts.sum(), means.copy(), covariances, family)
    except NotPositiveDefiniteError as error:
        return CollapseError(error.component, TOO_FEW)

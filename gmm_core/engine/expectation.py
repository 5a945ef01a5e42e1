"""What the E-step leaves, sums that add, and the M-step that takes it up.

Letters: n samples, m samples in a block, k components, d features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from gmm_core.engine.arrays import EPS, TINY, Array, n_counted
from gmm_core.engine.checks import as_amount
from gmm_core.engine.covariance import Family, NotPositiveDefiniteError
from gmm_core.engine.floor import WAYS_OUT
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior, with_prior

REG_COVAR = "added to every variance, in squared data units"
# How far degrees of freedom may go: below the least there is no mean, and at the most a t distribution is a
# Gaussian, for all that rows can tell.
LEAST_DOF, MOST_DOF = 1.0, 200.0
TOO_FEW, LOST = "has collapsed onto too few different points", "has lost all its points"


class CollapseError(ValueError):
    """An M-step found a component without extent or without points; `.component` says which."""

    def __init__(self, component: int, what: str) -> None:
        ways_out = "Use fewer components or start elsewhere." if what == LOST else WAYS_OUT
        super().__init__(f"Component {component} {what}. {ways_out}")
        self.component, self.what = component, what


@dataclass(frozen=True)
class Beyond:
    """What is summed up besides, where there is noise or where components have degrees of freedom.

    mixture : the one that gave the responsibilities.
    noise : the responsibilities of noise, summed over the rows.
    masses : (k,), as how many rows they count for means and scatters: the responsibilities times what is
        expected of each row's precision, which is 1 in a Gaussian, and small for a row in a tail.
    logarithms : (k,), the sums of responsibilities times E[log precision - precision].
    """

    mixture: Mixture
    noise: float
    masses: Array
    logarithms: Array

    def __add__(self, other: Beyond) -> Beyond:
        return Beyond(
            self.mixture,
            self.noise + other.noise,
            self.masses + other.masses,
            self.logarithms + other.logarithms,
        )


@dataclass(frozen=True)
class Expectation:
    """What the E-step found in some rows: the sufficient statistics for the M-step, which add.

    counts : (k,), the responsibilities summed over the rows, N_k.
    means : (k, d), the rows averaged with these weights, in data units.
    scatter : in the family's shape, the weighted outer products about those means, summed.
    log_likelihood : mean per row under the mixture that gave the responsibilities.
    n_samples : how many rows; where these have weights, the sum of them. All sums here are weighted then.
    beyond : where there is noise or where components have degrees of freedom; then means and scatter are
        averaged and summed with `beyond.masses`.
    under : the mixture that gave the responsibilities, where the family's M-step goes on from it.
    """

    counts: Array
    means: Array
    scatter: Array
    log_likelihood: float
    n_samples: float
    family: Family
    beyond: Beyond | None = None
    under: Mixture | None = None

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
        divisor = np.maximum(counts, TINY)
        means = (responsibilities.T @ X) / divisor[:, np.newaxis]
        scatter = family.residual_scatter(responsibilities, X, means)
        return cls(counts, means, scatter, np.nan, n_counted(len(X), sample_weight), family)

    def __add__(self, other: Expectation) -> Expectation:
        """The statistics of both blocks of rows together (Chan, Golub & LeVeque 1983)."""
        counts = self.counts + other.counts
        held, more = self.masses, other.masses
        gap = other.means - self.means
        share = more / np.maximum(held + more, TINY)
        n = self.n_samples + other.n_samples
        log_likelihood = (self.n_samples * self.log_likelihood + other.n_samples * other.log_likelihood) / n
        return Expectation(
            counts,
            self.means + gap * share[:, np.newaxis],
            self.scatter + other.scatter + self.family.between(held * share, gap),
            log_likelihood,
            n,
            self.family,
            self.beyond + other.beyond if self.beyond and other.beyond else None,
            self.under,
        )

    def with_rows(self, others: Expectation | None) -> Expectation:
        """The same and the statistics of other rows, if there are any."""
        return self if others is None else self + others

    def given_by(self, mixture: Mixture) -> Expectation:
        """The same, known to be under that mixture where the M-step of its family goes on from it."""
        return replace(self, under=mixture) if self.family.goes_on else self

    @property
    def masses(self) -> Array:
        """How many rows the responsibilities count as in means and scatters, (k,)."""
        return self.counts if self.beyond is None else self.beyond.masses


def next_beyond(beyond: Beyond, counts: Array) -> dict[str, Any]:
    """Noise and degrees of freedom of the next mixture, by name, whose components have `counts` (k,)."""
    old = beyond.mixture
    found = old.beyond
    if old.noise_box is not None:
        found["noise_weight"] = float(beyond.noise / (beyond.noise + counts.sum()))
    if old.dof is not None and old.dof_type != "fixed":
        found["dof"] = dof_of(counts, beyond.logarithms, old.dof_type)
    return found


def dof_of(counts: Array, logarithms: Array, dof_type: str) -> Array:
    """The degrees of freedom that maximise the lower bound, (k,), as far as they may go.

    They solve log(dof / 2) + 1 - digamma(dof / 2) + mean of E[log precision - precision] = 0, of which the
    left side falls in dof. Peel & McLachlan 2000, eq. 30.
    """
    k = len(counts)
    if dof_type == "common":
        counts, logarithms = counts.sum(keepdims=True), logarithms.sum(keepdims=True)
    means = logarithms / np.maximum(counts, TINY)

    def slope(dof: float, mean: float) -> float:
        return float(np.log(dof / 2) + 1 - digamma(dof / 2) + mean)

    found = np.empty(len(means))
    for j, mean in enumerate(means.tolist()):
        if slope(LEAST_DOF, mean) <= 0:
            found[j] = LEAST_DOF
        elif slope(MOST_DOF, mean) >= 0:
            found[j] = MOST_DOF
        else:
            found[j] = brentq(slope, LEAST_DOF, MOST_DOF, args=(mean,), xtol=1e-12, rtol=1e-12)
    return np.repeat(found, k) if dof_type == "common" else found


def m_step(
    expectation: Expectation,
    *,
    reg_covar: float = 1e-6,
    prior: Prior | None = None,
    held: HeldAt | None = None,
) -> Mixture:
    """The M-step: sufficient statistics -> the mixture that maximises the lower bound.

    `reg_covar`, in squared data units, is added to every variance. With a `prior`, what is maximised is the
    bound on the log-posterior. What is `held`, as by `Held.at`, stays, and gets no `reg_covar`. Raises
    `CollapseError` when a component has no points or, with `reg_covar`, no extent. Bishop, PRML, eq. 9.24 to
    9.26.
    """
    found = maximised(expectation, as_amount(reg_covar, "reg_covar", REG_COVAR), prior, held)
    if isinstance(found, CollapseError):
        raise found
    return found


def maximised(
    expectation: Expectation, reg_covar: float, prior: Prior | None = None, held: HeldAt | None = None
) -> Mixture | CollapseError:
    """The same, or why there is none, where `reg_covar` has been checked."""
    family, counts, means = expectation.family, expectation.counts, expectation.means
    rows, masses, scatter = counts, expectation.masses, expectation.scatter
    if prior is not None:
        rows, means, scatter = with_prior(prior, family, counts, masses, means, scatter)
        masses = masses + prior.shrinkage
    elif not counts.min() > 10 * EPS:
        lost = ~(counts > 10 * EPS) & (True if held is None else held.need_rows)
        if lost.any():
            return CollapseError(int(np.argmin(np.where(lost, counts, np.inf))), LOST)
    if held is not None:
        rows = np.maximum(rows, TINY)
        means, scatter = held.about(masses, means, scatter)
    covariances = family.regularise(family.per_sample(rows, scatter), reg_covar)
    old = None if expectation.under is None else expectation.under.covariances[np.newaxis]
    covariances = family.fitted(covariances[np.newaxis], rows[np.newaxis], old)[0]
    if held is not None:
        covariances = held.kept(covariances)
    # A variance that the digits of the data cannot resolve is zero.
    narrow = family.variances(covariances, means.shape[1]) <= (4 * EPS * means) ** 2
    if narrow.any():
        return CollapseError(int(np.argmax(narrow.any(axis=1))), TOO_FEW)
    weights = counts / counts.sum()
    beyond = {} if expectation.beyond is None else next_beyond(expectation.beyond, counts)
    if beyond:
        weights = weights * (1 - beyond["noise_weight"])
    if held is not None:
        weights, noise_weight = held.shared_out(weights, beyond.get("noise_weight", 0.0))
        beyond |= {"noise_weight": noise_weight} if beyond else {}
    try:
        return Mixture.trusted(weights, means.copy(), covariances, family, **beyond)
    except NotPositiveDefiniteError as error:
        return CollapseError(error.component, TOO_FEW)

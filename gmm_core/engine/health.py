"""What can go wrong in a component: it gets thin, needle-shaped, or falls on a few points.

Letters: n samples, k components, d features. Eigenvalues are variances, in squared data units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.checks import as_floats, as_matrix, as_weights
from gmm_core.engine.expectation import CollapseError, Expectation, m_step
from gmm_core.engine.mixture import Mixture
from gmm_core.words import alike

# Twins share a row to the last digits but for rounding.
TIE = 1e-6
# A component this much thinner than the whole data is looked at: it may sit on equal rows or on a line.
THIN = 1e-3
NEAR_FLOOR = 10.0  # times reg_covar: what is thinner than that is looked at too
# scikit-learn adds 10 eps to every count, which moves a mean by a part in 1e8 where a count is below this.
NEARLY_LOST = 2e-7


@dataclass(frozen=True)
class Health:
    """How thin and how large a component is, which tells whether it is about to collapse.

    smallest_eigenvalue : its variance in the direction in which it is thinnest, in squared data units;
        it goes to zero when the component collapses, and `reg_covar` is the floor under it.
    condition : largest / smallest eigenvalue, without unit, from 1 (a sphere).
    count : N_k, its responsibilities summed over the data, if they were given.
    """

    smallest_eigenvalue: float
    condition: float
    count: float | None = None

    @property
    def smallest_deviation(self) -> float:
        """The standard deviation in the thinnest direction, in data units."""
        return float(np.sqrt(self.smallest_eigenvalue))


def component_health(mixture: Mixture, counts: ArrayLike | None = None) -> tuple[Health, ...]:
    """The `Health` of each component, in order.

    counts : (k,), their N_k, for instance `Step.counts`.
    """
    k = mixture.n_components
    given = None if counts is None else as_floats(counts, "counts")
    if given is not None and given.shape != (k,):
        raise ValueError(f"counts must have the shape ({k},), one for each component; got {given.shape}.")
    # Singular values of the square root: eigenvalues of the matrix itself could round below zero.
    deviations = np.linalg.svd(np.linalg.cholesky(mixture.full_covariances), compute_uv=False)  # (k, d)
    widest, thinnest = deviations[:, 0], deviations[:, -1]
    with np.errstate(divide="ignore", over="ignore"):  # beyond any float is infinite, and may be said
        conditions = (widest / thinnest) ** 2
    return tuple(
        Health(float(thinnest[j] ** 2), float(conditions[j]), None if given is None else float(given[j]))
        for j in range(k)
    )


def points_fallen_on(
    mixture: Mixture, X: ArrayLike, component: int, *, sample_weight: ArrayLike | None = None
) -> NDArray[np.intp]:
    """The rows of X (n, d) on which a component that collapsed, or is about to, sits: their indices.

    These are the rows whose most likely component it is (twins count as one), if they are too few or
    too flat for a Gaussian: at most d + 1 different ones, or such that an M-step on them alone
    collapses (equal rows, rows on a line, for `diag` rows equal in one feature). Otherwise, and
    where the component has lost all its rows, none. Rows with a `sample_weight` (n,) of 0 are no rows.

    Ask it about `trace.mixture` and `trace.collapsed`, or a component that `component_health` shows to
    shrink. Data that are themselves flat (a constant column) make the rows of any component flat.
    """
    X = as_matrix(X)
    if not 0 <= component < mixture.n_components:
        raise ValueError(f"component must be from 0 to {mixture.n_components - 1}; got {component!r}.")
    responsibilities = mixture.responsibilities(X)
    most = responsibilities.max(axis=1)
    its_own = responsibilities[:, component] >= (1 - TIE) * most
    weights = as_weights(sample_weight, len(X))
    rows = np.flatnonzero(its_own if weights is None else its_own & (weights > 0))
    few = len(np.unique(X[rows], axis=0)) <= mixture.n_features + 1
    return rows if few or _is_flat(X[rows], mixture) else rows[:0]


@dataclass(frozen=True)
class HeldUp:
    """A component that is so thin in some direction that `reg_covar` makes up more than half of its variance.

    component : which, from 0. own : the variance of its rows alone there, in squared data units.
    degenerate : whether its rows are too few or too flat for a Gaussian; else they vary, and `reg_covar` is
        not small against that.
    """

    component: int
    own: float
    degenerate: bool


def held_up(
    mixture: Mixture, X: ArrayLike, reg_covar: float, *, sample_weight: ArrayLike | None = None
) -> tuple[HeldUp, ...]:
    """The components, fitted to X (n, d) so weighted, that stand by `reg_covar` more than by their rows."""
    thinnest = [health.smallest_eigenvalue for health in component_health(mixture)]
    return tuple(
        HeldUp(
            j,
            max(variance - reg_covar, 0.0),
            len(points_fallen_on(mixture, X, j, sample_weight=sample_weight)) > 0,
        )
        for j, variance in enumerate(thinnest)
        if variance < 2 * reg_covar
    )


def least_variance(X: NDArray[np.float64], sample_weight: NDArray[np.float64] | None = None) -> float:
    """The variance of X (n, d) in the direction in which its rows, which count `sample_weight` (n,) times or
    once, vary least, in squared data units.
    """
    if sample_weight is None:
        deviations = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) / np.sqrt(len(X))
    else:
        shares = np.sqrt(sample_weight / sample_weight.sum())[:, np.newaxis]
        residuals = X - np.average(X, axis=0, weights=sample_weight)
        deviations = np.linalg.svd(residuals * shares, compute_uv=False)
    return float(deviations[-1] ** 2) if len(deviations) == X.shape[1] else 0.0


def defect(
    mixture: Mixture,
    counts: ArrayLike,
    X: NDArray[np.float64],
    *,
    reg_covar: float,
    spread: float,
    collapsed: int | None = None,
    sample_weight: NDArray[np.float64] | None = None,
) -> str:
    """What makes a mixture fitted to X (n, d) degenerate, in words, or "".

    A component is a defect of the fit if it collapsed, if it holds hardly more rows than a Gaussian needs, or
    if it is so thin that only equal rows, rows on a line or `reg_covar` explain it: then a high likelihood
    is no merit.

    counts : (k,), the responsibilities summed over rows. spread : `least_variance(X)`. collapsed : the
    component that collapsed, if one did. sample_weight : (n,), how often each row counts; None: once.
    """
    if collapsed is not None:
        return f"component {collapsed + 1} collapsed"
    return defect_of(mixture, counts, X, reg_covar=reg_covar, spread=spread, sample_weight=sample_weight)[1]


def defect_of(
    mixture: Mixture,
    counts: ArrayLike,
    X: NDArray[np.float64],
    *,
    reg_covar: float,
    spread: float,
    sample_weight: NDArray[np.float64] | None = None,
    first_number: int = 1,
) -> tuple[int | None, str]:
    """The first component of a mixture that is a defect, from 0, and the words of `defect`; else None and "".

    first_number : what the words call component 0.
    """
    if mixture.n_components == 1:
        return None, ""
    family = mixture.family
    # In how many directions at once the rows of one component alone must spread.
    own = X.shape[1] if family.matrices and not family.shared else 1
    flat_data = spread < NEAR_FLOOR * reg_covar  # then any component is flat
    for j, health in enumerate(component_health(mixture, counts)):
        who = f"component {j + first_number}"
        assert health.count is not None
        if health.count < own + 3:
            return j, f"{who} holds only {health.count:.1f} rows"
        if flat_data or health.smallest_eigenvalue >= max(THIN * spread, NEAR_FLOOR * reg_covar):
            continue
        fallen = points_fallen_on(mixture, X, j, sample_weight=sample_weight)
        if len(fallen):
            different = len(np.unique(X[fallen], axis=0))
            n = str(len(fallen)) if sample_weight is None else f"{sample_weight[fallen].sum():g}"
            return j, f"{who} sits on {'1 row' if n == '1' else alike(n, different)}"
        if health.count < 5 * (own + 1):
            return j, f"{who} is a sliver on {health.count:.0f} rows"
    return None, ""


def _is_flat(X: NDArray[np.float64], mixture: Mixture) -> bool:
    """Whether the mixture's family has no covariance for these rows alone."""
    try:
        m_step(Expectation.of(X, np.ones((len(X), 1)), mixture.family), reg_covar=0)
    except CollapseError:
        return True
    return False

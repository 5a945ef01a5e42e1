"""How sure are the parameters of a fit? Standard errors and intervals, and by fitting resampled rows.

Letters: n samples, k components, d features, b replicates.

Rows are drawn with replacement, and EM goes on from the fit: so each component keeps its place, and those of
the replicates are matched with those of the fit all the same, as labels may switch (O'Hagan, Murphy, Scrucca
& Gormley 2019). `information.py` finds intervals without fitting anything. What either says holds for the
number of components and the family that were chosen.

Both find standard errors; intervals are made of these in one way. That of a weight is symmetric about its
log-odds. A standard error of a deviation says as how many rows tell it, and so means have Student's t and
deviations chi-squared (Satterthwaite 1946), which of one Gaussian is the textbook's, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import chi2, norm, t

from gmm_core.engine.arrays import EPS, TINY, Array, Flags
from gmm_core.engine.checks import as_count, as_weighted_sample
from gmm_core.engine.expectation import LEAST_DOF, MOST_DOF
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.stack import OnIteration, Stack
from gmm_core.judgement.labels import match_components
from gmm_core.judgement.selection import Mapped, known_reg_covar, without_constants

LEVEL = 0.95
WIDTH = float(norm.ppf((1 + LEVEL) / 2))  # of a normal interval to each side, in standard errors
LEAST_REPLICATES = 20  # that came out: with fewer, how much they differ is not known
# As how many rows a deviation is told by, at the least and at the most: there t and chi-squared end.
FEWEST, MOST = 1.0, 1e9
NUMBERS_AT_ONCE = 500_000  # of rows drawn, side by side in a stack
PARTS: dict[str, Callable[[Mixture], Array]] = {
    "weights": attrgetter("all_weights"),
    "means": attrgetter("means"),
    "deviations": attrgetter("deviations"),
    "covariances": attrgetter("full_covariances"),
}


@dataclass(frozen=True, eq=False)
class Interval:
    """A parameter's value in the fit, its standard error, and its 95% interval; arrays of one shape."""

    estimate: Array
    error: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Intervals:
    """How sure the parameters of a fit are, in data units.

    weights : (k,), or with noise, which is the last, (k + 1,). means, deviations : (k, d). covariances :
    (k, d, d), as matrices in every family.
    mean_covariances : (k, d, d), of each mean as an estimate: its squared standard errors, and what goes
    together in them.
    dof : (k,), the degrees of freedom of t distributions, whose scale matrices are the `covariances`; NaN in
    place of errors that nobody knows, as they are given or at an end of their range. None of Gaussians.
    """

    weights: Interval
    means: Interval
    deviations: Interval
    covariances: Interval
    mean_covariances: Array
    dof: Interval | None


@dataclass(frozen=True, eq=False)
class ByBootstrap(Intervals):
    """`Intervals` by what replicates say of a fit.

    n_replicates : that were drawn. n_collapsed : those that count for nothing, because a component collapsed
    or sat on few or equal rows.
    """

    n_replicates: int
    n_collapsed: int


@dataclass(frozen=True)
class Blurred:
    """A component whose mean is known no better than to where another one lies.

    component, other : from 0. error : its standard error along the line to that mean, where the ellipse of
    one standard error ends. distance : how far that mean lies; both in data units.
    """

    component: int
    other: int
    error: float
    distance: float

    @property
    def sentence(self) -> str:
        return (
            f"The mean of component {self.component + 1} has a standard error of {self.error:.3g} along the "
            f"line to that of component {self.other + 1}, which lies {self.distance:.3g} away: these rows do "
            "not tell the two places apart."
        )


def blurred(found: Intervals) -> tuple[Blurred, ...]:
    """The components whose standard error reaches another one's mean, each with the nearest of these.

    Near and far are counted in standard errors, so no unit of a feature decides.
    """
    return tuple(one for j in range(len(found.means.estimate)) if (one := _blurred(found, j)))


def _blurred(found: Intervals, j: int) -> Blurred | None:
    values, axes = np.linalg.eigh(found.mean_covariances[j])
    lines = np.delete(found.means.estimate, j, axis=0) - found.means.estimate[j]  # (k - 1, d)
    if not len(lines) or values[-1] <= 0:
        return None
    # A direction without error, but for rounding, is a direction that tells them apart.
    values = np.maximum(values, EPS * values[-1])
    in_errors = np.sqrt((((lines @ axes) ** 2) / values).sum(axis=1))
    nearest = int(np.argmin(in_errors))
    if in_errors[nearest] > 1:
        return None
    distance = float(np.linalg.norm(lines[nearest]))
    error = distance / in_errors[nearest] if distance else float(np.sqrt(values[-1]))
    return Blurred(j, nearest + (nearest >= j), float(error), distance)


def parameter_intervals(
    mixture: Mixture,
    X: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    n_replicates: int = 200,
    reg_covar: float | None = None,
    tol: float = 1e-8,
    max_iter: int = 5000,
    random_state: int = 0,
    on_replicates: Callable[[int], None] | None = None,
    mapped: Mapped = map,
) -> ByBootstrap:
    """Intervals of the parameters of `mixture`, a fit to X (n, d), by fitting rows that are drawn anew.

    Standard errors are how much the replicates differ, of log-odds and logarithms where intervals are
    symmetric about these. Replicate i is the same whatever `n_replicates` is.

    sample_weight : (n,), how often each row counts; None: once. Then rows are drawn in proportion to it, as
    many as they count together.
    reg_covar : as in the fit, in squared data units; `selection.default_reg_covar` unless given.
    tol, max_iter : of EM on the rows drawn. It begins at the fit, so a replicate that is stopped early is too
        near to it, and the intervals too short: with 1e-6 by up to a quarter, where groups lie two deviations
        apart.
    on_replicates : called with how many are done, now and then; what it raises ends the run.
    mapped : as in `selection.fits`.
    Raises `ValueError` where fewer than 20 replicates come out.
    """
    X, weights = as_weighted_sample(X, mixture.n_components, sample_weight)
    if X.shape[1] != mixture.n_features:
        raise ValueError(f"X has {X.shape[1]} features, but the mixture has {mixture.n_features}.")
    n_replicates = as_count(n_replicates, "n_replicates", LEAST_REPLICATES)
    X = without_constants(X)
    reg_covar = known_reg_covar(reg_covar, X, weights)
    found: list[Mixture] = []
    at_once = int(np.clip(NUMBERS_AT_ONCE // X.size, 1, 25))
    batches = [range(i, min(i + at_once, n_replicates)) for i in range(0, n_replicates, at_once)]
    how = _How(mixture, X, weights, reg_covar, tol, max_iter, random_state)
    for some, which in zip(mapped(how.fit, batches), batches, strict=True):
        found += some
        if on_replicates is not None:
            on_replicates(which.stop)
    if len(found) < LEAST_REPLICATES:
        raise ValueError(
            f"Only {len(found)} of {n_replicates} replicates came out; in the others a component collapsed, "
            "or sat on few or equal rows. So nothing can be said for sure of these parameters: use fewer "
            "components."
        )
    order = [_places(mixture, one) for one in found]
    parts = {
        name: np.array([_placed(of(one), some) for one, some in zip(found, order, strict=True)])
        for name, of in PARTS.items()
    }
    error = {name: of_replicates.std(axis=0, ddof=1) for name, of_replicates in parts.items()}
    known = {name: of(mixture) for name, of in PARTS.items()}
    alone = len(mixture.all_weights) == 1
    odds = np.zeros(1) if alone else logit(parts["weights"]).std(axis=0, ddof=1)
    logarithms = np.log(parts["deviations"]).std(axis=0, ddof=1)
    means, deviations = of_places(
        *(mixture, known["means"], error["means"]), known["deviations"], error["deviations"], logarithms
    )
    return ByBootstrap(
        weights=of_weights(known["weights"], error["weights"], odds),
        means=means,
        deviations=deviations,
        covariances=of_covariances(known["covariances"], error["covariances"], deviations),
        dof=_dof_of(mixture, found, order),
        mean_covariances=_covariances(parts["means"]),
        n_replicates=n_replicates,
        n_collapsed=n_replicates - len(found),
    )


@dataclass(frozen=True, eq=False)
class _How:
    """How replicates are drawn and fitted: some of them are a task of its own, whoever does the others."""

    mixture: Mixture
    X: Array
    sample_weight: Array | None
    reg_covar: float
    tol: float
    max_iter: int
    random_state: int

    def fit(self, which: range, on_iteration: OnIteration | None = None) -> list[Mixture]:
        """The fits to the replicates with these numbers, but for those with a defect."""
        drawn = [self._drawn(np.random.default_rng([self.random_state, i])) for i in which]
        samples = [X for X, _ in drawn]
        stack = Stack(
            *(samples, [self.mixture] * len(samples), range(len(samples))),
            reg_covar=self.reg_covar,
            tol=self.tol,
            max_iter=self.max_iter,
            sample_weights=[weights for _, weights in drawn],
        )
        stack.run(on_iteration)
        return [stack.mixture(run) for run in range(len(samples)) if not stack.defect(run)]

    def _drawn(self, rng: np.random.Generator) -> tuple[Array, Array | None]:
        """Rows that are drawn anew, and how often each counts."""
        n, weights = len(self.X), self.sample_weight
        if weights is None:
            return self.X[rng.integers(n, size=n)], None
        total = float(weights.sum())
        times = rng.multinomial(max(round(total), 1), weights / total)
        return self.X[times > 0], times[times > 0] * (total / times.sum())


def _places(mixture: Mixture, replicate: Mixture) -> NDArray[np.intp]:
    """The component of the replicate that corresponds to each of the fit, (k,)."""
    return np.argsort(match_components(mixture, replicate))


def _placed(values: Array, order: NDArray[np.intp]) -> Array:
    """What replicates have of each component, in the order of the fit's; noise, the last, stays it."""
    return np.append(values[order], values[len(order) :], axis=0)


def _dof_of(mixture: Mixture, found: list[Mixture], order: list[NDArray[np.intp]]) -> Interval | None:
    """The degrees of freedom of the fit, by how their logarithms differ in the replicates."""
    if mixture.dof is None:
        return None
    replicates = np.array([one.dof[some] for one, some in zip(found, order, strict=True)])  # type: ignore[index]
    return of_dof(mixture.dof, np.where(free_dof(mixture), np.log(replicates).std(axis=0, ddof=1), np.nan))


def _covariances(means: Array) -> Array:
    """Of the means of replicates (b, k, d): how they vary, (k, d, d)."""
    offsets = means - means.mean(axis=0)
    return np.einsum("bki,bkj->kij", offsets, offsets) / (len(means) - 1)


def of_weights(estimate: Array, error: Array, of_odds: Array) -> Interval:
    """Of weights (k,), whose log-odds have these standard errors; the weight of a single component is 1."""
    if len(estimate) == 1:
        return Interval(estimate, np.zeros(1), estimate, estimate)
    half = WIDTH * of_odds
    return Interval(estimate, error, expit(logit(estimate) - half), expit(logit(estimate) + half))


def of_places(
    mixture: Mixture,
    means: Array,
    of_means: Array,
    deviations: Array,
    of_deviations: Array,
    of_logarithms: Array,
) -> tuple[Interval, Interval]:
    """Of the means and of the deviations, (k, d) each, with their standard errors and those of the
    logarithms of the deviations.

    Rows that say nothing but these: of n, the logarithm of a deviation has the standard error 1 / sqrt(2 n).
    The means that are estimated with it take some of these away: in a family that shares variances, several.
    """
    variances = mixture.family.variances(mixture.covariances, mixture.n_features)
    taken = means.size / min(variances.size, mixture.covariances.size)
    rows = np.minimum(1 / (2 * np.maximum(of_logarithms, TINY**0.25) ** 2), MOST)
    degrees = np.maximum(rows - taken, FEWEST)
    half = t.ppf((1 + LEVEL) / 2, degrees) * np.sqrt(rows / degrees) * of_means
    low, high = (
        deviations * np.sqrt(rows / chi2.ppf(share, degrees)) for share in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
    )
    return (
        Interval(means, of_means, means - half, means + half),
        Interval(deviations, of_deviations, low, high),
    )


def free_dof(mixture: Mixture) -> Flags:
    """Of which components the degrees of freedom are estimated, and at no end of their range, (k,)."""
    if mixture.dof is None or mixture.dof_type == "fixed":
        return np.zeros(mixture.n_components, dtype=bool)
    return (mixture.dof > LEAST_DOF) & (mixture.dof < MOST_DOF)


def of_dof(estimate: Array, of_logarithms: Array) -> Interval:
    """Of degrees of freedom (k,), whose logarithms have these standard errors."""
    half = WIDTH * of_logarithms
    return Interval(estimate, estimate * of_logarithms, estimate * np.exp(-half), estimate * np.exp(half))


def of_covariances(estimate: Array, error: Array, deviations: Interval) -> Interval:
    """Of covariances (k, d, d): those of variances are the squares of those of deviations."""
    low, high = estimate - WIDTH * error, estimate + WIDTH * error
    for i in range(estimate.shape[-1]):
        low[:, i, i], high[:, i, i] = deviations.low[:, i] ** 2, deviations.high[:, i] ** 2
    return Interval(estimate, error, low, high)

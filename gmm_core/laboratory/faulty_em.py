"""EM with mistakes, step by step: what the program of `faults.code` does, whatever comes of it.

Letters: n samples, k components, d features. Zeros, infinities and NaN are numbers to look at here, and
nothing raises because of them. Runs have diagonal covariances; a half-step takes those of any family.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_amount, as_count, as_matrix, as_sample, check_squares
from gmm_core.engine.covariance import Family
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.starts import RandomState
from gmm_core.laboratory.faults import known, pieces
from gmm_core.laboratory.laws import FaultyStep, Parameters, broken_laws
from gmm_core.laboratory.pieces import Variables, widened
from gmm_core.words import count

STARTS = {
    "centres": "the k-means centres with the mean squared distances of all rows",
    "half": "the k-means centres with variances 0.5",
    "clusters": "the k-means clusters",
}


def likely_starts(X: ArrayLike, n_components: int) -> dict[str, Parameters]:
    """Where people begin on rows X (n, d), by the names in `STARTS`. Raises `ValueError` for too few rows."""
    X, k = as_sample(X, n_components), n_components
    clusters = KMeans(k, n_init=5, random_state=0).fit(X)
    centres, even = clusters.cluster_centers_, np.full(k, 1 / k)
    groups = [X[clusters.labels_ == j] for j in range(k)]
    squares = np.array([((X - centre) ** 2).mean(axis=0) for centre in centres])
    return {
        "centres": Parameters(even, centres, squares),
        "half": Parameters(even, centres, np.full(centres.shape, 0.5)),
        "clusters": Parameters(
            np.array([len(group) / len(X) for group in groups]),
            centres,
            np.array([group.var(axis=0) for group in groups]),
        ),
    }


@dataclass(frozen=True, eq=False)
class FaultyExpectation:
    """What an E-step makes of parameters.

    log_densities : (n, k), without weights. log_joint : (n, k), with weights if the code has them.
    responsibilities : (n, k). faults : the mistakes in the code.
    """

    log_densities: Array
    log_joint: Array
    responsibilities: Array
    faults: tuple[str, ...] = ()

    @cached_property
    def printed(self) -> float:
        """The log-likelihood that it prints, in total over the rows."""
        return what_is_printed(self, self.faults)

    @property
    def densities(self) -> Array:
        """(n, k), without weights."""
        with np.errstate(all="ignore"):
            return np.asarray(np.exp(self.log_densities))


@dataclass(frozen=True, eq=False)
class FaultyRun:
    """A run of code with mistakes: every step, and why it ended early; empty if it did not.

    Responsibilities are not kept: `faulty_e_step(X, step.parameters, run.faults, eps=run.eps)` has them.
    """

    faults: tuple[str, ...]
    eps: float
    steps: tuple[FaultyStep, ...]
    stop: str = ""

    @property
    def printed(self) -> Array:
        """The log-likelihoods that the code prints, (n_steps,)."""
        return np.array([step.printed for step in self.steps])

    @property
    def log_likelihoods(self) -> Array:
        """The true ones of its parameters, (n_steps,)."""
        return np.array([step.log_likelihood for step in self.steps])

    @property
    def first_broken(self) -> dict[str, tuple[int, str]]:
        """For each law that is broken anywhere, as they are found: the first iteration and its sentence."""
        first: dict[str, tuple[int, str]] = {}
        for step in self.steps:
            for broken in step.broken:
                first.setdefault(broken.law, (step.iteration, broken.sentence))
        return first


def run_with_faults(
    X: ArrayLike,
    start: Mixture | Parameters,
    faults: Collection[str] = (),
    *,
    max_iter: int = 100,
    eps: float = 0.0,
    random_state: RandomState = 0,
    on_step: Callable[[FaultyStep, FaultyExpectation], None] | None = None,
) -> FaultyRun:
    """What `code(faults, eps=eps)` does from `start`, step by step; without faults it is EM.

    Parameters
    ----------
    X : (n, d), or (n,) for one feature.
    start : a mixture of the family diag; or any parameters at all.
    faults : names in `FAULTS`.
    eps : added to the variances in the density, and to what responsibilities and sums are divided by.
    random_state : for random variances.
    on_step : called with every step and what its E-step gives; what it raises ends the run.

    The first step that is not finite is the last. Raises `ValueError` for what cannot be begun with, never
    for what mistakes lead to.
    """
    X = as_matrix(X)
    check_squares(X)
    faults = known(faults)
    max_iter, eps = as_count(max_iter, "max_iter", 0), as_amount(eps, "eps", "added to denominators")
    family = "diag" if isinstance(start, Parameters) else start.covariance_type
    if family != "diag" or start.means.shape[1] != X.shape[1]:
        raise ValueError(
            f"start must be of the family 'diag' with {count(X.shape[1], 'feature')}, as X has; "
            f"got {family!r} with {start.means.shape[1]}."
        )
    begin = start
    if isinstance(begin, Mixture):
        begin = Parameters(begin.weights, begin.means, begin.covariances)
    first = Variables(**vars(begin), rng=check_random_state(random_state))
    parameters = replace(begin, variances=pieces(faults)["first_variances"].gives(first))
    steps: list[FaultyStep] = []
    for iteration in range(max_iter + 1):
        # E step
        expectation = faulty_e_step(X, parameters, faults, eps=eps)
        truth = log_likelihood_of(X, parameters)
        step = FaultyStep(iteration, parameters, expectation.printed, truth)
        before = steps[-1] if steps else None
        broken = broken_laws(X, step, expectation.responsibilities, before, eps=eps)
        steps.append(replace(step, broken=broken))
        if on_step is not None:
            on_step(steps[-1], expectation)
        if broken and broken[0].law == "finite":
            reasons = " ".join(one.sentence for one in broken)
            return FaultyRun(faults, eps, tuple(steps), f"Ended in iteration {iteration}. {reasons}")
        # M step
        parameters = faulty_m_step(X, expectation.responsibilities, parameters, faults, eps=eps)
    return FaultyRun(faults, eps, tuple(steps))


def faulty_e_step(
    X: ArrayLike, parameters: Parameters, faults: Collection[str] = (), *, eps: float = 0.0
) -> FaultyExpectation:
    """The E-step of code with these mistakes on rows X (n, d). Without any: Bishop, PRML, eq. 9.23."""
    of = pieces(faults)
    now = Variables(X=as_matrix(X), **vars(parameters), eps=eps)
    with np.errstate(all="ignore"):
        now.variance = widened(of["variance"].gives(now), eps)
        now.scale_squared = of["scale"].gives(now)
        now.log_densities = of["log_densities"].gives(now)
        now.log_joint = of["log_joint"].gives(now)
        now.responsibilities = of["responsibilities"].gives(now)
    return FaultyExpectation(now.log_densities, now.log_joint, now.responsibilities, tuple(faults))


def what_is_printed(expectation: FaultyExpectation, faults: Collection[str] = ()) -> float:
    """What code with these mistakes takes for the log-likelihood, in total, after such an E-step."""
    of, now = pieces(faults), Variables(**vars(expectation))
    with np.errstate(all="ignore"):
        now.summed = of["summed"].gives(now)
        return float(of["log_likelihood"].gives(now))


def faulty_m_step(
    X: ArrayLike,
    responsibilities: Array,
    old: Parameters,
    faults: Collection[str] = (),
    *,
    eps: float = 0.0,
    family: Family | None = None,
) -> Parameters:
    """The M-step of code with these mistakes. Bishop, PRML, 9.24-9.26.

    old : the parameters before it. family : what the covariances are held to; none, or diagonal, unless
    given, as those of `old` are.
    """
    of = pieces(faults)
    shared = family is not None and family.shared
    now = Variables(X=as_matrix(X), responsibilities=responsibilities, **vars(old), eps=eps, shared=shared)
    with np.errstate(all="ignore"):
        now.counts = of["counts"].gives(now) + eps
        now.new_means = of["new_means"].gives(now)
        now.about = of["about"].gives(now)
        weights, spread = of["weights"].gives(now), of["variances"].gives(now)
        if family is not None:
            spread = held_to(family, spread, weights)
        return Parameters(weights, now.new_means, spread)


def held_to(family: Family, spread: Array, weights: Array) -> Array:
    """A spread as near as the family comes to it, in the same shape."""
    k, d = spread.shape[:2]
    dense = spread if spread.ndim == 3 else spread[:, np.newaxis] * np.eye(d)
    if not weights.sum() > 0:
        weights = np.ones(k)
    dense = family.dense(family.of_dense(dense, weights), k, d)
    return dense if spread.ndim == 3 else np.array(np.einsum("kii->ki", dense))


def log_likelihood_of(X: ArrayLike, parameters: Parameters) -> float:
    """The true log-likelihood of parameters on X (n, d), in total, with weights divided by their sum."""
    with np.errstate(all="ignore"):
        weights = parameters.weights / parameters.weights.sum()
    return faulty_e_step(X, replace(parameters, weights=weights)).printed

"""A run beside scikit-learn's from the very same start: how far apart the two end, and why.

Letters: n samples, k components, d features.

Both add `reg_covar` to every variance in every M-step and stop at the first change below `tol`, so from the
same start they differ by rounding alone. What is left is said in sentences: a collapse, a tolerance below
rounding, data far from zero, components that nearly lost their rows, and starts near a saddle.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.preprocessing import StandardScaler

from gmm_core.engine.arrays import EPS, Array
from gmm_core.engine.checks import as_matrix
from gmm_core.engine.em import StopReason, Trace, fit
from gmm_core.engine.estimator import sklearn_has
from gmm_core.engine.health import NEARLY_LOST
from gmm_core.engine.mixture import Mixture

AGREES = 1e-6  # no eye sees less, in any unit of the data
ROUNDING = 1e-9  # less is what rounding leaves, and needs no reason
MOST_ROUNDS = 7  # of fits whose times are compared ...
SLACK = 1000  # times machine epsilon: what many steps may make of it
LONG = 0.5  # ... unless they take longer together, in seconds


@dataclass(frozen=True)
class Apart:
    """The largest differences between the parameters of two mixtures.

    weights, means, covariances : absolute; means in data units, covariances in squared ones.
    relative_means, relative_covariances : in standard deviations of the data, feature by feature.
    """

    weights: float = 0.0
    means: float = 0.0
    covariances: float = 0.0
    relative_means: float = 0.0
    relative_covariances: float = 0.0

    @property
    def largest(self) -> float:
        return max(self.weights, self.relative_means, self.relative_covariances)


@dataclass(frozen=True, eq=False)
class Against:
    """What scikit-learn made of the start of a run.

    n_iter, converged, lower_bound : its attributes. own_n_iter : of the run.
    error : what it raised, or ""; if it did, n_iter counts what it did until then, and its bound and
        log-likelihoods are NaN.
    log_likelihood : of its last parameters, mean per sample.
    apart : how far the two were from each other after each iteration that both made.
    log_likelihoods : of the run and of scikit-learn after the last of them.
    seconds, own_seconds : for one fit from the start to the end.
    clusters, own_clusters : (n,), the likeliest component of each row in the end; without an end, none.
    reasons : a sentence for all that differs by more than rounding.
    """

    n_iter: int
    own_n_iter: int
    converged: bool
    error: str
    log_likelihood: float
    lower_bound: float
    apart: tuple[Apart, ...]
    log_likelihoods: tuple[float, float]
    seconds: float
    own_seconds: float
    clusters: NDArray[np.integer]
    own_clusters: NDArray[np.integer]
    reasons: tuple[str, ...] = ()

    @property
    def last(self) -> Apart:
        """How far apart the two are after the last iteration that both made."""
        return self.apart[-1] if self.apart else Apart()

    @property
    def agrees(self) -> bool:
        """Whether both end in the same place, after the same number of iterations."""
        return not self.error and self.n_iter == self.own_n_iter and self.largest <= AGREES

    @property
    def largest(self) -> float:
        """The largest difference in any parameter (see `Apart`) or in the log-likelihood per sample."""
        ours, theirs = self.log_likelihoods
        gap = abs(ours - theirs) / max(1.0, abs(ours))
        return max(self.last.largest, 0.0 if np.isnan(gap) else gap)


class _Watched(SklearnMixture):
    """Tells `watch` after each iteration: scikit-learn calls this method there, to print how far it is."""

    watch: Callable[[int], None]

    def _print_verbose_msg_iter_end(self, n_iter: int, change: float) -> None:
        self.watch(n_iter)


def why_not(family: str) -> str:
    """Why there is nothing to compare with for a covariance family, in a sentence; empty where there is."""
    if sklearn_has("covariance_type", family):
        return ""
    return f"scikit-learn has no covariance family {family!r}: there is nothing to compare with."


def against_sklearn(
    X: ArrayLike,
    trace: Trace,
    *,
    reg_covar: float,
    tol: float,
    max_iter: int,
    on_iteration: Callable[[int], None] | None = None,
) -> Against:
    """scikit-learn's fit to X (n, d) from the first step of `trace`, which had the same options.

    on_iteration : called with the number of each of scikit-learn's; what it raises ends the comparison.
    Raises `ValueError` where `why_not` has a reason.
    """
    if reason := why_not(trace.mixture.covariance_type):
        raise ValueError(reason)
    X = as_matrix(X)
    start, scale = trace.steps[0].mixture, StandardScaler().fit(X).scale_
    options: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "max_iter": max_iter}
    apart: list[Apart] = []
    done = 0

    def watch(iteration: int) -> None:
        nonlocal done
        done = iteration
        if iteration <= trace.n_iter:
            ours = trace.steps[iteration].mixture
            apart.append(_apart(ours, model.weights_, model.means_, model.covariances_, scale))
        if on_iteration is not None:
            on_iteration(iteration)

    model, error = _Watched(**_given(start), **options), ""
    model.watch = watch
    begun = perf_counter()
    try:
        _quietly(model, X)
    except ValueError as raised:
        error = str(raised)
    first = perf_counter() - begun
    score = bound = theirs = np.nan
    if not error:
        score, bound = float(model.score(X)), float(model.lower_bound_)
        # Each of its bounds is the log-likelihood of the parameters before that M-step.
        theirs = score if len(apart) == done else float(model.lower_bounds_[len(apart)])

    seconds, own_seconds = _seconds(X, start, options, first)
    found = Against(
        n_iter=done,
        own_n_iter=trace.n_iter,
        converged=bool(not error and model.converged_),
        error=error,
        log_likelihood=score,
        lower_bound=bound,
        apart=tuple(apart),
        log_likelihoods=(trace.steps[len(apart)].log_likelihood, theirs),
        seconds=seconds,
        own_seconds=own_seconds,
        clusters=np.array([], int) if error else model.predict(X),
        own_clusters=trace.mixture.responsibilities(X).argmax(axis=1),
    )
    return replace(found, reasons=tuple(_reasons(found, X, trace, reg_covar, tol)))


def sklearn_seconds(n: int, k: int, d: int, n_iter: int) -> float:
    """About how long scikit-learn takes at most, measured once; good for a decision, not for a table."""
    return n_iter * (2e-4 + 1e-7 * n * k * (1 + d / 6))


def _given(start: Mixture) -> dict[str, Any]:
    """The arguments with which scikit-learn begins there, and draws nothing."""
    if start.family.matrices:
        precisions = np.linalg.inv(start.covariances)
        precisions = (precisions + np.swapaxes(precisions, -1, -2)) / 2
    else:
        precisions = 1 / start.covariances
    return {
        "n_components": start.n_components,
        "covariance_type": start.covariance_type,
        "weights_init": np.minimum(start.weights, 1.0),  # rounding may leave more, which it refuses
        "means_init": start.means,
        "precisions_init": precisions,
        "init_params": "random",  # not used; its k-means would cost time
        "random_state": 0,
    }


def _quietly(model: SklearnMixture, X: Array) -> None:
    with warnings.catch_warnings():  # whether it converged is an answer, not a warning
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)


def _seconds(X: Array, start: Mixture, options: dict[str, Any], first: float) -> tuple[float, float]:
    """The time of scikit-learn's fit, whose `first` one took so long, and of this engine's."""

    def theirs() -> None:
        with suppress(ValueError):  # it was said already
            _quietly(SklearnMixture(**_given(start), **options), X)

    def ours() -> None:
        fit(X, start.n_components, covariance_type=start.covariance_type, start=start, **options)

    if first > LONG:
        return first, _medians(ours)[0]
    seconds, own_seconds = _medians(theirs, ours)
    return seconds, own_seconds


def _medians(*works: Callable[[], None]) -> list[float]:
    """The median time of each in a few rounds: in turns, so that what disturbs the machine disturbs all."""
    rounds: list[list[float]] = []
    while len(rounds) < MOST_ROUNDS and sum(map(sum, rounds)) < LONG:
        times = []
        for work in works:
            begun = perf_counter()
            work()
            times.append(perf_counter() - begun)
        rounds.append(times)
    return [median(times) for times in zip(*rounds, strict=True)]


def _apart(ours: Mixture, weights: Array, means: Array, covariances: Array, scale: Array) -> Apart:
    mean_gap = np.abs(means - ours.means)
    dense = ours.family.dense(covariances, *means.shape)
    gap = np.abs(dense - ours.full_covariances)
    return Apart(
        float(np.abs(weights - ours.weights).max()),
        float(mean_gap.max()),
        float(gap.max()),
        float((mean_gap / scale).max()),
        float((gap / scale / scale[:, np.newaxis]).max()),
    )


def _reasons(found: Against, X: Array, trace: Trace, reg_covar: float, tol: float) -> Iterator[str]:
    """Why the two differ, in sentences; none where rounding alone tells them apart."""
    collapsed = trace.stop is StopReason.COLLAPSED
    if collapsed:
        yield _collapse(found, trace, reg_covar)
    elif found.error:
        yield (
            f"scikit-learn ends with an error in iteration {found.n_iter + 1}, because it finds a component "
            "without extent there. This engine finds one that has some, and goes on."
        )
    if found.largest <= ROUNDING and not found.error:
        if not collapsed and found.n_iter != trace.n_iter:
            yield _stops(found, trace, tol)
        return
    squares = trace.mixture.family.squares_in_sklearn
    far = float(np.max(np.abs(X.mean(axis=0)) / StandardScaler().fit(X).scale_))
    loses = SLACK * EPS * far ** (2 if squares else 1)
    fewest = min(min(step.counts) for step in trace.steps)
    known = collapsed
    if loses > max(found.largest, ROUNDING):
        known = True
        yield (
            f"The data lie {far:.2g} of their standard deviations from zero. This engine takes their mean "
            "off first; scikit-learn computes with them as they are"
            + (", and variances as differences of their squares" if squares else "")
            + ", which costs digits. Take the mean off, as a scaling does, and both agree."
        )
    if 10 * EPS < fewest < NEARLY_LOST:
        known = True
        yield (
            f"A component nearly lost its rows on the way (N_k = {fewest:.1e}). scikit-learn adds "
            f"{10 * EPS:.1e} to every N_k, which then pulls that component's mean towards zero."
        )
    if not known and found.apart and found.apart[0].largest <= ROUNDING:
        known = True
        yield (
            f"After the first iteration both agree to {found.apart[0].largest:.0e}. Every iteration since "
            "made more of what rounding had left, as it does near a saddle, where two components are nearly "
            "the same: from this start, the last digits decide."
        )
    if not known:
        yield "None of the reasons that are known here explains it: tolerance, regularisation, rounding."


def _collapse(found: Against, trace: Trace, reg_covar: float) -> str:
    """What both do about a component that this engine calls collapsed."""
    assert trace.collapsed is not None
    who = f"Component {trace.collapsed + 1}"
    remedy = f"A larger reg_covar than {reg_covar:g} keeps both going."
    if found.error:
        return (
            f"{who} collapses. This engine keeps its last good step, that of iteration {trace.n_iter}; "
            f"scikit-learn raises an error in iteration {found.n_iter + 1} and keeps nothing. {remedy}"
        )
    if min(trace.steps[-1].counts) <= 10 * EPS:
        return (
            f"{who} has lost all its rows, and this engine ends there. scikit-learn adds {10 * EPS:.1e} to "
            "every N_k, puts the empty component at zero with reg_covar for a variance, and goes on."
        )
    return (
        f"{who} collapses: the digits of the data resolve no extent of it any more, and this engine ends "
        "there. scikit-learn goes on with a variance that rounding has left, and its log-likelihood then "
        f"says more about rounding than about the data. {remedy}"
    )


def _stops(found: Against, trace: Trace, tol: float) -> str:
    """Why two runs that agree end after different numbers of iterations."""
    resolved = EPS * max(1.0, abs(trace.log_likelihood))
    if tol < 100 * resolved:
        why = f"a tolerance of {tol:g} asks for more digits than there are, and the last ones decide"
    else:
        why = f"the change lay so near the tolerance of {tol:g} that the last digits decide"
    return f"They end after {trace.n_iter} and {found.n_iter} iterations: {why}."

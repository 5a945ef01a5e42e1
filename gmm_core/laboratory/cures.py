"""Cures for a component that collapses: each makes, from the same start, another run.

Letters: n samples, k components, d features. Variances and `reg_covar` are in squared data units.

Bishop, PRML, section 9.2.1 (why the likelihood has no limit, and resetting a component); Fraley & Raftery
2007 (a little on the diagonal); McLachlan & Peel, section 3.8 (covariances that are shared, or restricted).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import TINY, Array
from gmm_core.engine.checks import as_amount, as_matrix
from gmm_core.engine.covariance import family_named
from gmm_core.engine.em import REG_COVAR, Step, StopReason, Trace, falls, fit, largest_fall
from gmm_core.engine.expectation import m_step
from gmm_core.engine.health import (
    NEAR_FLOOR,
    THIN,
    component_health,
    defect,
    least_variance,
    points_fallen_on,
)
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.starts import INITS, evenly
from gmm_core.laboratory.autopsy import Suspect
from gmm_core.words import count, percent, plural

MOST_RESETS = 10
REG = "reg_covar"
# Each finds what another misses, two times.
HONEST_INITS = 2 * tuple(name for name, init in INITS.items() if init.chance)
OnStep = Callable[[Step], None]


@dataclass(frozen=True)
class Cure:
    """What a cure does and what it costs, in a sentence each; and the family that it asks for, if it does."""

    title: str
    does: str
    costs: str
    family: str = ""


CURES: dict[str, Cure] = {
    REG: Cure(
        "reg_covar = {}",
        "It is added to every variance in each M-step, so that none becomes zero.",
        "All components are wider than the data, and a step can lower the log-likelihood.",
    ),
    "tied": Cure(
        "tied covariances",
        "All components share one covariance, which no single one can shrink.",
        "Groups of different shape are described wrongly, and a component can still lose its rows.",
        family="tied",
    ),
    "diag": Cure(
        "diagonal covariances",
        "Fewer parameters: a component needs two different values in each feature, and no more.",
        "Tilted groups are described wrongly, and it can still fall on one point.",
        family="diag",
    ),
    "fewer": Cure(
        "one component fewer",
        "The same start without the component that went wrong.",
        "If there are as many groups as components, one of them is lost.",
    ),
    "reset": Cure(
        "reset it",
        "Whenever a component collapses, it begins anew: at a row drawn at random, with the covariance of "
        "the whole data and the weight 1/k.",
        "Each reset lowers the log-likelihood, and it may collapse again.",
    ),
    "merge": Cure(
        "merge duplicates",
        "EM sees each different row once, so that no place is worth more than another.",
        "Other data: how often a value occurs is lost, and log-likelihoods cannot be compared.",
    ),
    "prior": Cure(
        "a prior",
        "Means and covariances are drawn a little to those of all the data, as if there were a few rows more "
        "in each component: mclust's defaults. A variance then cannot become zero.",
        "It is the log-posterior that rises, and the log-likelihood can fall; a component may be kept that "
        "has hardly a row.",
    ),
}


def title(name: str) -> str:
    """What a cure is called; the name of a `reg_covar` is its number."""
    return CURES[name].title if name in CURES else CURES[REG].title.format(name)


def about(name: str) -> Cure:
    """What there is to say of the cure of this name."""
    return CURES.get(name, CURES[REG])


@dataclass(frozen=True)
class Options:
    """How the trouble was run; a cure changes one thing of it. seed : for rows drawn at random."""

    covariance_type: str = "full"
    reg_covar: float = 0.0
    tol: float = 1e-3
    max_iter: int = 100
    seed: int = 0

    @property
    def fit(self) -> dict[str, Any]:
        """The options of `em.fit`."""
        names = ("covariance_type", "reg_covar", "tol", "max_iter")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, eq=False)
class Cured:
    """A run with a cure.

    rows : the rows that it saw, (m,). resets : the iterations in which a component was put back, each with
    the component. defect : what is still wrong, as `health.defect` says it. note : what had to be chosen.
    share : how much of the smallest variance `reg_covar` makes up.
    """

    name: str
    trace: Trace
    rows: NDArray[np.intp]
    resets: tuple[tuple[int, int], ...] = ()
    defect: str = ""
    note: str = ""
    share: float = 0.0

    @property
    def works(self) -> bool:
        return not self.defect

    @property
    def log_likelihood(self) -> float:
        """Of all the rows that it saw, summed."""
        return len(self.rows) * self.trace.log_likelihood


def cure(
    name: str,
    X: ArrayLike,
    start: Mixture,
    who: Suspect,
    options: Options,
    on_step: OnStep | None = None,
) -> Cured:
    """EM on X (n, d) from `start` with the cure of that name, or with a `reg_covar`, written as a number.

    who : the component that went wrong in the run that is to be cured, which had these `options`.
    Raises `ValueError`, a sentence, where the cure is none here.
    """
    X, rows, reg_covar = as_matrix(X), np.arange(len(as_matrix(X))), options.reg_covar
    resets: tuple[tuple[int, int], ...] = ()
    note, how = "", options.fit
    if other := about(name).family:
        if options.covariance_type == other:
            raise ValueError(f"The covariances are {other} already.")
        covariances = family_named(other).of_dense(start.full_covariances, start.weights)
        begun = Mixture(start.weights, start.means, covariances, other)
        trace = fit(X, begun.n_components, start=begun, on_step=on_step, **how | {"covariance_type": other})
    elif name == "fewer":
        begun, note = without(start, who)
        trace = fit(X, begun.n_components, start=begun, on_step=on_step, **how)
    elif name == "prior":
        trace = fit(X, start.n_components, start=start, on_step=on_step, prior=True, **how)
    elif name == "reset":
        trace, resets = with_resets(X, start, options, on_step)
    elif name == "merge":
        rows = np.sort(np.unique(X, axis=0, return_index=True)[1])
        if len(rows) == len(X):
            raise ValueError(f"All {len(X):,} rows differ: there is nothing to merge.")
        note = f"{count(len(X) - len(rows), 'duplicate')} left out; {count(len(rows), 'row')} remain."
        trace = fit(X[rows], start.n_components, start=start, on_step=on_step, **how)
    elif name in CURES:
        raise ValueError("reg_covar must be a number here, such as 0.001.")
    else:
        reg_covar = as_amount(_number(name), "reg_covar", REG_COVAR)
        trace = fit(X, start.n_components, start=start, on_step=on_step, **how | {"reg_covar": reg_covar})
    wrong = _defect(X[rows], trace, reg_covar)
    least = min(health.smallest_eigenvalue for health in component_health(trace.mixture))
    return Cured(name, trace, rows, resets, wrong, note, share=min(reg_covar / max(least, TINY), 1.0))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"There is no cure {text!r}. Choose a number for reg_covar, or one of "
            f"{', '.join(name for name in CURES if name != REG)}."
        ) from None


def _defect(X: Array, trace: Trace, reg_covar: float) -> str:
    return defect(
        *(trace.mixture, trace.steps[-1].counts, X),
        reg_covar=reg_covar,
        spread=least_variance(X),
        collapsed=trace.collapsed,
    )


def without(start: Mixture, who: Suspect) -> tuple[Mixture, str]:
    """The start without a component, the other weights renormalised; and a sentence on which it was."""
    if start.n_components == 1:
        raise ValueError("There is only one component: none can be left out.")
    kept = np.arange(start.n_components) != who.component
    weights = start.weights[kept]
    if not weights.sum() > 0:
        raise ValueError("The other components have no weight in this start: none can be left out.")
    weights = weights / weights.sum()
    covariances = start.family.of_dense(start.full_covariances[kept], weights)
    why = "" if who.defect else ", the thinnest, as none went wrong"
    note = f"Left out is component {who.component + 1}{why}."
    return Mixture(weights, start.means[kept], covariances, start.covariance_type), note


class _Reset(Exception):
    """A component has fallen, and `.component` says which."""

    def __init__(self, component: int) -> None:
        super().__init__()
        self.component = component


def with_resets(
    X: Array, start: Mixture, options: Options, on_step: OnStep | None = None
) -> tuple[Trace, tuple[tuple[int, int], ...]]:
    """EM in which a component that collapses is put back, at most `MOST_RESETS` times, and when it was.

    It collapses where EM cannot go on, or where it gets thinner and is so thin that only `reg_covar`, or
    hardly anything, holds it up, on rows too few or too flat for a Gaussian. Then its mean becomes a row
    drawn at random, its covariance that of the whole data and its weight 1/k; the others' weights are scaled.
    The reset takes the place of that M-step: it is an iteration, whose log-likelihood is lower.
    """
    rng = np.random.default_rng(options.seed)
    k, family = start.n_components, start.family
    whole = m_step(evenly(X, k, family), reg_covar=options.reg_covar).full_covariances[0]
    floor = max(THIN * least_variance(X), NEAR_FLOOR * options.reg_covar)
    steps: list[Step] = []
    resets: list[tuple[int, int]] = []
    while True:
        first = len(steps)

        def hear(step: Step) -> None:
            steps.append(replace(step, iteration=first + step.iteration))  # noqa: B023
            if on_step is not None:
                on_step(steps[-1])
            if len(steps) > first + 1 and len(resets) < MOST_RESETS:  # noqa: B023
                j = _fallen(X, steps[-2].mixture, steps[-1].mixture, floor)
                if j is not None:
                    raise _Reset(j)

        left = max(options.max_iter - first, 0)
        try:
            trace = fit(X, k, start=start, on_step=hear, **options.fit | {"max_iter": left})
        except _Reset as reset:
            j, stop = reset.component, StopReason.MAX_ITER
        else:
            if trace.collapsed is None or len(resets) == MOST_RESETS:
                return replace(trace, steps=tuple(steps)), tuple(resets)
            j, stop = trace.collapsed, StopReason.COLLAPSED
        if len(steps) > options.max_iter:
            collapsed = j if stop is StopReason.COLLAPSED else None
            return Trace(tuple(steps), stop, collapsed), tuple(resets)
        resets.append((len(steps), j))
        start = put_back(steps[-1].mixture, j, X[rng.integers(len(X))], whole)


def put_back(mixture: Mixture, component: int, mean: Array, covariance: Array) -> Mixture:
    """The mixture with one component begun anew: this mean (d,), this covariance (d, d), the weight 1/k."""
    k = mixture.n_components
    mine = np.arange(k) == component
    rest = mixture.weights[~mine].sum()
    others = mixture.weights / rest if rest > 0 else np.full(k, 1 / max(k - 1, 1))
    weights = np.where(mine, 1 / k, (1 - 1 / k) * others)
    means = np.where(mine[:, np.newaxis], mean, mixture.means)
    matrices = np.where(mine[:, np.newaxis, np.newaxis], covariance, mixture.full_covariances)
    weights = weights / weights.sum()
    return Mixture(weights, means, mixture.family.of_dense(matrices, weights), mixture.covariance_type)


def _fallen(X: Array, before: Mixture, now: Mixture, floor: float) -> int | None:
    """The first component that got thinner, down to the floor, on rows too few or too flat for it."""
    was = [health.smallest_eigenvalue for health in component_health(before)]
    for j, health in enumerate(component_health(now)):
        thin = health.smallest_eigenvalue < floor and health.smallest_eigenvalue < was[j]
        if thin and len(points_fallen_on(now, X, j)):
            return j
    return None


def honest(
    X: ArrayLike, k: int, options: Options, on_start: Callable[[int], None] | None = None
) -> Trace | None:
    """The best fit of k components to X (n, d) that is not degenerate, of some other starts; or None."""
    X, best = as_matrix(X), None
    for seed, init in enumerate(HONEST_INITS):
        with suppress(ValueError):  # EM cannot begin with this start
            trace = fit(X, k, init=init, random_state=seed, **options.fit)
            sound = not _defect(X, trace, options.reg_covar)
            if sound and (best is None or trace.log_likelihood > best.log_likelihood):
                best = trace
        if on_start is not None:
            on_start(seed + 1)
    return best


def suggested(X: ArrayLike) -> tuple[float, ...]:
    """Values of `reg_covar` to try on X (n, d): scikit-learn's default, one that often is too small as well,
    and a twentieth of the data's variance where it is least, as a power of ten.
    """
    spread = least_variance(as_matrix(X))
    scale = 10.0 ** np.round(np.log10(spread / 20)) if spread > 0 else 0.1
    return tuple(sorted({1e-6, 1e-3, float(f"{scale:.0e}")}))


def verdict(cured: Cured, best: float | None) -> str:
    """Whether it is cured, in a sentence or some, beside the log-likelihood `best` of the best honest fit."""
    trace, n, total = cured.trace, len(cured.rows), cured.log_likelihood
    if cured.works:
        least = min(trace.steps[-1].counts)
        said = f"**Cured**: no component is degenerate; the smallest holds {least:,.1f} rows."
    else:
        said = f"**Not cured**: {cured.defect}."
    said += f" Log-likelihood {total:,.2f}"
    if cured.name == "merge":
        said += f", of {n:,} rows, so not to be compared with the others."
    elif best is None:
        said += "."
    else:
        gap = total - best
        if abs(gap) < 0.01:
            said += ", that of the best honest fit."
        else:
            said += f", {abs(gap):,.2f} {'above' if gap > 0 else 'below'} the best honest fit's."
        if gap >= 0.01 and not cured.works:
            said += " It is higher because it is degenerate."
    if cured.name not in CURES and cured.works:
        said += f" reg_covar makes up {percent(cured.share, 1)} of the smallest variance."
    if cured.note:
        said += f" {cured.note}"
    return said + _resets(cured) + _falls(cured)


def _resets(cured: Cured) -> str:
    if cured.name != "reset":
        return ""
    if not cured.resets:
        return " No component had to be reset."
    when = ", ".join(f"{t} (component {j + 1})" for t, j in cured.resets)
    return f" Reset at {plural(len(cured.resets), 'iteration')} {when}."


def _falls(cured: Cured) -> str:
    trace, n = cured.trace, len(cured.rows)
    fell = falls(trace.log_likelihoods)
    if not fell:
        return ""
    largest = n * largest_fall(trace.log_likelihoods)
    times = "once" if len(fell) == 1 else f"{len(fell)} times"
    by = f"by {largest:.2g}" if len(fell) == 1 else f"by at most {largest:.2g}"
    why = {
        True: "that is the reset",
        False: "reg_covar is added after the M-step, which alone never lowers it",
    }
    if trace.prior is not None and not falls(trace.objectives):
        why[False] = "with the prior it is the log-posterior that never falls, and it did not"
    reset = {t for t, _ in cured.resets} >= set(fell)
    return f" The log-likelihood fell {times} (▼), {by} in one iteration: {why[reset]}."

"""Every end of a run, in plain words: what is true of it, what was measured, and what mends it.

Letters: n samples, k components, d features, g components that are the same. Log-likelihoods are means per
row unless they are called totals.

    measured = measure(trace, X, reg_covar=1e-6, tol=1e-3)  # once for a run
    ends(measured)  # the most important first
    ends(measured, other_starts(X, 3)[0])  # beside another start

A total that differs by less than `SAME` differs by nothing: `optima.py` says why. How much there is still to
be gained is estimated from the last gains, which shrink by a constant factor near a maximum (Aitken's
acceleration: Boehning et al. 1994; McLachlan & Peel, section 2.11).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import EPS, Array, Indices, n_counted, weights_of
from gmm_core.engine.checks import as_amount, as_matrix, that_count
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.engine.em import REG_COVAR, TOL, Step, StopReason, Trace, known_rows, pass_over, run
from gmm_core.engine.floor import RELATIVE_REG_COVAR, WAYS_OUT, Floor, floor_of
from gmm_core.engine.health import NEAR_FLOOR, HeldUp, defect_of, held_up, least_variance, points_fallen_on
from gmm_core.engine.held import Held, held_at
from gmm_core.engine.missing import Incomplete, expected
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.starts import INITS
from gmm_core.judgement.optima import SAME, end_states, gaps
from gmm_core.judgement.race import Race, draw_starts, run_race
from gmm_core.judgement.selection import compared_rows
from gmm_core.words import End, Remedy, alike, capital, count, in_words, plural, together

# What can be true of an end, the most important first, and in a few words.
KINDS = {
    "collapsed": "a component collapsed",
    "reg_covar": "reg_covar is not small against the data",
    "too many": "more components than the data can carry",
    "lost": "a component holds hardly a row",
    "held up": "a component stands by reg_covar alone",
    "degenerate": "a component sits on few or equal rows",
    "saddle": "a saddle, and no maximum",
    "same": "components are the same",
    "spare": "a component is not needed",
    "other start": "another start ends higher",
    "wide": "reg_covar is not small against a component",
    "stopped": "out of iterations",
    "slow": "stopped on the way",
    "converged": "converged",
}
AHEAD = 10  # iterations made beyond the end, to see how it goes on, ...
AHEAD_WORK = 5e7  # ... where they cost no more than so many products; else the last steps must do
NUDGED = 40  # iterations after components were moved apart
APART = 0.5  # standard deviations by which they are moved
NUDGE_ROWS = 1000
NEARLY = 0.1  # of `SAME`: what is to be gained at the most where EM has converged, in a word
LOST_ROWS = 1.0  # a component that holds less has no row of its own
SLOWEST = 0.9999  # gains that shrink more slowly than this say nothing about their sum
PATIENCE = 300  # iterations that somebody may wait for a gain that grows
MOST_ITERATIONS = 1000
FINEST = 1e-12
ROUNDING = 1e-14  # gains below this share of the log-likelihood are nothing
CANDIDATES = (
    ("kmeans", 0),
    ("spread_rows", 0),
    ("spread_rows", 1),
    ("kmeans", 1),
    ("spread_rows", 2),
    ("spread_rows", 3),
)


@dataclass(frozen=True)
class Outlook:
    """What going on would bring.

    gained : by how much the log-likelihood would rise; infinite where the gains do not shrink, unless
    they are so small that some hundred of them make no difference. factor : by
    which they shrink in each iteration, or grow; NaN where they are rounding. last, least : the last one, and
    the least. ahead : how many iterations were made beyond the end, to see that; seen : what they gained.
    """

    gained: float
    factor: float
    last: float
    ahead: int
    least: float = np.inf
    seen: float = 0.0

    def steps_to(self, change: float) -> float:
        """How many iterations more until the log-likelihood changes by less than that."""
        if not 0 < self.factor < 1 or self.last <= change:
            return 0.0 if self.last <= change else np.inf
        return float(np.log(change / self.last) / np.log(self.factor))


@dataclass(frozen=True)
class Same:
    """Components that no row tells from each other.

    components : which, from 0. gap : the largest between two of them, in standard errors; see `optima`.
    equal : whether they are equal to the last digits. gained : by how much the log-likelihood rises within
    `NUDGED` iterations once they are moved apart; infinite where one then falls on few rows, and None where
    nothing is gained.
    """

    components: tuple[int, ...]
    gap: float
    equal: bool
    gained: float | None


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of a run and its data; `ends` says it.

    n : as how many rows the rows count; n_asked : those that were asked about components moved apart.
    first_number : what the sentences call component 0. names : (d,) of the columns, which else have numbers.
    log_likelihood : of the run, in the units in which others are compared with it. fallen_on : how many rows,
    and different ones, a component sits on that collapsed.
    """

    trace: Trace
    n: float
    reg_covar: float
    tol: float
    max_iter: int
    init: str
    outlook: Outlook
    log_likelihood: float
    same: tuple[Same, ...] = ()
    held: tuple[HeldUp, ...] = ()
    defect: tuple[int | None, str] = (None, "")
    floor: Floor | None = None
    fallen_on: tuple[float, int] = (0, 0)
    n_asked: float = 0
    first_number: int = 1
    names: Sequence[str] = ()

    @property
    def degenerate(self) -> bool:
        """Whether a high likelihood is no merit of this run."""
        return self.trace.stop is StopReason.COLLAPSED or bool(self.defect[1])


@dataclass(frozen=True)
class OtherStart:
    """The best of some other starts in which no component is degenerate.

    log_likelihood : of the very run that `fit` makes from there with the same options. tried : how many were.
    """

    init: str
    random_state: int
    log_likelihood: float
    tried: int


def explain_end(
    trace: Trace,
    X: ArrayLike,
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-3,
    init: str = "",
    sample_weight: ArrayLike | None = None,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
    other: OtherStart | None = None,
) -> tuple[End, ...]:
    """All that is true of the end of a run on X (n, d), the most important first; never empty.

    The options are those of the run; see `measure` and `ends`. For an `other`, see `other_starts`.
    """
    how: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "init": init, "held": held}
    how |= {"sample_weight": sample_weight, "known_labels": known_labels}
    return ends(measure(trace, X, **how), other)


def ended(
    mixture: Mixture,
    log_likelihood: float,
    n_iter: int,
    stop: StopReason,
    counts: Sequence[float] = (),
    collapsed: int | None = None,
) -> Trace:
    """A run of which no more is known than its end: what `measure` needs of it."""
    return Trace((Step(n_iter, mixture, log_likelihood, None, tuple(counts)),), stop, collapsed)


def measure(
    trace: Trace,
    X: ArrayLike,
    *,
    reg_covar: float = 1e-6,
    tol: float = 1e-3,
    max_iter: int | None = None,
    init: str = "",
    floor: Floor | None = None,
    sample_weight: ArrayLike | None = None,
    first_number: int = 1,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
) -> Measured:
    """Measure what there is to say of the end of `trace`, a run on X (n, d) with these options.

    Where values are missing, NaN, EM goes on with what is observed, and whether a component stands on few
    rows is judged by what the mixture expects of them.

    max_iter : by default as many as were made. init : the name of its start, so that no remedy offers the
    same. floor : what is known of `reg_covar` against the data; by default it is looked for. first_number :
    what the sentences call component 0.
    """
    k = trace.mixture.n_components
    labels = known_rows(X, k, known_labels, sample_weight, "observed")
    observed = Incomplete.of(X, sample_weight)
    X = observed.X if observed.complete else expected(trace.mixture, observed.X)[0]
    weights = observed.weights
    n = n_counted(len(X), weights)
    reg_covar, tol = as_amount(reg_covar, "reg_covar", REG_COVAR), as_amount(tol, "tol", TOL)
    max_iter = _iteration(trace) if max_iter is None else max_iter
    floor = floor or floor_of(X, reg_covar, None, weights)
    known: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "max_iter": max_iter, "init": init}
    known["first_number"] = first_number
    known["log_likelihood"] = trace.log_likelihood
    of = (trace, n)
    if trace.stop is StopReason.COLLAPSED:
        assert trace.collapsed is not None
        fallen = points_fallen_on(trace.mixture, X, trace.collapsed, sample_weight=weights)
        fallen_on = n_counted(len(fallen), weights_of(fallen, weights)), len(np.unique(X[fallen], axis=0))
        return Measured(*of, **known, outlook=Outlook(0, np.nan, 0, 0), floor=floor, fallen_on=fallen_on)
    which = compared_rows(len(X))
    some, counting = X[which], weights_of(which, weights)
    spread = least_variance(some, counting)
    # Where the data themselves are flat, so is any component.
    flat = spread < NEAR_FLOOR * reg_covar
    propped = () if flat else held_up(trace.mixture, X, reg_covar, sample_weight=weights)
    defect = defect_of(
        *(trace.mixture, _counts(trace, n), X),
        reg_covar=reg_covar,
        spread=spread,
        sample_weight=weights,
        first_number=first_number,
    )
    asked = slice(None, None, -(-len(some) // NUDGE_ROWS))
    return Measured(
        *of,
        **known,
        outlook=_outlook(trace, observed, n, reg_covar, held, labels),
        same=_same(trace, some, counting, n, reg_covar, held, _some(labels, which)) if k > 1 else (),
        held=propped,
        defect=defect,
        floor=floor,
        n_asked=n_counted(len(some[asked]), weights_of(asked, counting)),
    )


def _iteration(trace: Trace) -> int:
    """The one at which it ended; of some runs only the last step is kept."""
    return trace.steps[-1].iteration


def _counts(trace: Trace, n: float) -> Array:
    """N_k at the end, (k,)."""
    return np.array(trace.steps[-1].counts or n * trace.mixture.weights)


def _some(labels: Indices | None, rows: slice | Indices) -> Indices | None:
    """What is known of some rows."""
    return None if labels is None else labels[rows]


def _outlook(
    trace: Trace, rows: Incomplete, n: float, reg_covar: float, held: Held | None, labels: Indices | None
) -> Outlook:
    """What going on would bring, from some iterations more, or from the last; the rows count as n."""
    X, (_, d) = rows.X, rows.X.shape
    ahead = 0
    course = trace.objectives
    if len(X) * trace.mixture.n_components * d * d * AHEAD <= AHEAD_WORK:
        stay = held_at(held, trace.mixture)
        sweep = pass_over(X, trace.mixture, reg_covar, trace.prior, rows.weights, stay, labels)
        on = run(sweep, trace.mixture, tol=0, max_iter=AHEAD, prior=trace.prior)
        if on.n_iter >= 2:
            course, ahead = on.objectives, on.n_iter
    gains = np.diff(course)[-AHEAD:]
    if not len(gains):
        return Outlook(np.inf, np.nan, np.inf, 0)
    known = float(gains.sum()) if ahead else 0.0
    last, rounding = float(gains[-1]), 16 * EPS * max(1.0, abs(course[-1]))
    if last <= rounding:  # at rest, but for rounding and what reg_covar takes
        return Outlook(max(known, 0.0), np.nan, abs(last), ahead)
    back = min(5, len(gains) - 1)
    before = float(gains[-1 - back]) if back else np.inf
    if before <= rounding:  # they grow out of nothing
        return Outlook(np.inf, np.inf, last, ahead, rounding, known)
    factor = (last / before) ** (1 / back) if back else 0.0
    rest = last * factor / max(1 - factor, 1 - SLOWEST)
    if factor >= SLOWEST:
        rest = np.inf if _soon_large(last, factor, SAME / n) else PATIENCE * last
    return Outlook(known + rest, factor, last, ahead, float(gains[gains > 0].min()), known)


def _soon_large(gain: float, factor: float, large: float) -> bool:
    """Whether a gain that grows by a factor in each iteration makes a difference before patience ends."""
    if gain > 0.01 * large:
        return True
    return factor > 1 and bool(np.log(large / gain) < PATIENCE * np.log(factor))


def _same(
    trace: Trace,
    X: Array,
    weights: Array | None,
    n: float,
    reg_covar: float,
    held: Held | None,
    labels: Indices | None,
) -> tuple[Same, ...]:
    """The groups of components that no row of X, a sample of rows that count as n, tells from each other."""
    mixture = trace.mixture
    scale = np.sqrt(n / n_counted(len(X), weights))
    between = scale * gaps(mixture, X, weights)
    near = between < SAME
    free, found = set(range(mixture.n_components)), []
    for j in range(mixture.n_components):
        group = sorted(i for i in free if near[j, i])
        free -= set(group)
        if len(group) < 2:
            continue
        gap = float(between[np.ix_(group, group)].max())
        gained = _moved_apart(trace, X, weights, group, reg_covar, held, labels)
        found.append(Same(tuple(group), gap, bool(gap < 1e-6 * scale), gained))
    return tuple(found)


def _moved_apart(
    trace: Trace,
    X: Array,
    weights: Array | None,
    group: Sequence[int],
    reg_covar: float,
    held: Held | None,
    labels: Indices | None,
) -> float | None:
    """By how much EM rises once those means of `group` that are free are moved apart; see `Same.gained`.

    Along the direction in which they are widest; of many rows, a sample is asked.
    """
    asked = slice(None, None, -(-len(X) // NUDGE_ROWS))
    X, weights, labels, mixture = X[asked], weights_of(asked, weights), _some(labels, asked), trace.mixture
    covariance = mixture.full_covariances[group[0]]
    values, vectors = np.linalg.eigh(covariance)
    widest = np.sqrt(values[-1]) * vectors[:, -1]
    means = mixture.means.copy()
    means[list(group)] += np.linspace(-2 * APART, 2 * APART, len(group))[:, np.newaxis] * widest
    if held is not None:
        means[list(held.means)] = mixture.means[list(held.means)]
    sweep = pass_over(X, mixture, reg_covar, trace.prior, weights, held_at(held, mixture), labels)
    starts = (replace(mixture, means=means), mixture)
    apart, stayed = (run(sweep, start, tol=0, max_iter=NUDGED, prior=trace.prior) for start in starts)
    gained = float(apart.objectives[-1] - stayed.objectives[-1])
    if gained * n_counted(len(X), weights) < SAME:
        return None
    of = (apart.mixture, apart.steps[-1].counts, X)
    spread = least_variance(X, weights)
    wrong = defect_of(*of, reg_covar=reg_covar, spread=spread, sample_weight=weights)[1]
    return np.inf if wrong or apart.stop is StopReason.COLLAPSED else gained


def other_starts(
    X: ArrayLike,
    n_components: int,
    *,
    covariance_type: str = "full",
    reg_covar: float = 1e-6,
    tol: float = 1e-3,
    max_iter: int = 100,
    sample_weight: ArrayLike | None = None,
    noise: bool = False,
    dof: ArrayLike | str | None = None,
    on_lap: Callable[[Race], None] | None = None,
) -> tuple[OtherStart, ...]:
    """The different ends of some cheap starts of X (n, d) in which nothing is degenerate, the highest first.

    Of more than 5,000 rows a random sample is fitted. on_lap : called in each iteration of all; what it
    raises ends the search. `sample_weight`, `noise` and `dof` as in `fit`.
    """
    X, weights = that_count(as_matrix(X), sample_weight)
    which = compared_rows(len(X))
    some, counting = X[which], weights_of(which, weights)
    how: dict[str, Any] = {
        "covariance_type": covariance_type,
        "reg_covar": reg_covar,
        "sample_weight": weights,
        "noise": noise,
        "dof": dof,
    }
    starts = [
        start for init, seed in CANDIDATES for start in draw_starts(X, n_components, [init], [seed], **how)
    ]
    options: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "max_iter": max_iter}
    race = run_race(some, starts, **options, sample_weight=counting, on_lap=on_lap)
    return tuple(
        OtherStart(start.init, start.seed or 0, end.log_likelihood / race.n_samples, len(starts))
        for end in end_states(race, some, sample_weight=counting)
        for start in [starts[end.runs[0]]]
        if end.honest and end.twins is None
    )


def ends(measured: Measured, other: OtherStart | None = None) -> tuple[End, ...]:
    """What is true of an end, the most important first; never empty.

    other : another start, which is offered where it ends higher, or where this run is degenerate.
    """
    elsewhere = _other(measured, other)
    way_out = (elsewhere and elsewhere.remedy) or _other_init(measured)
    if measured.trace.stop is StopReason.COLLAPSED:
        found = [_collapsed(measured, way_out)]
    else:
        found = [
            *_too_many(measured),
            *_lost(measured, way_out),
            *_held_up(measured, way_out),
            *_same_components(measured, way_out, elsewhere is not None),
            *_wide(measured),
        ]
        if not {"saddle", "same"} & {one.kind for one in found}:
            found.append(_course(measured))
    if measured.floor:
        found.append(_reg_covar(measured.floor, measured.names))
    if elsewhere:
        shown = any(one.remedy is elsewhere.remedy for one in found)  # its button stands there
        found.append(replace(elsewhere, remedy=None) if shown else elsewhere)
    order = list(KINDS)
    if elsewhere and measured.outlook.gained >= elsewhere.figures["higher"]:
        order.append(order.pop(order.index(elsewhere.kind)))  # to go on may lead as high
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def _collapsed(measured: Measured, way_out: Remedy) -> End:
    trace, (rows, different) = measured.trace, measured.fallen_on
    assert trace.collapsed is not None
    who, when = _components(measured, [trace.collapsed]), f"in iteration {_iteration(trace) + 1}"
    if rows:
        what = count(rows, "row") if rows == different else alike(f"{rows:,}", different)
        sentence = f"{who} collapsed {when}: it shrank onto {what}, where its density has no upper limit."
    else:
        sentence = f"{who} collapsed {when}: it has lost all its rows."
    ways = WAYS_OUT if rows else "Use fewer components or start elsewhere."
    figures = {
        "component": trace.collapsed + measured.first_number,
        "iteration": _iteration(trace) + 1,
        "rows": rows,
    }
    return End("collapsed", sentence, f"The last good step is kept. {ways}", figures, way_out)


def _reg_covar(floor: Floor, names: Sequence[str]) -> End:
    figures = {"reg_covar": floor.reg_covar, "variance": floor.variance}
    remedy = Remedy(f"Set reg_covar to {floor.advised:g}", {"reg_covar": floor.advised})
    return End("reg_covar", floor.sentence(names), "", figures, remedy)


def _lost(measured: Measured, way_out: Remedy) -> list[End]:
    """Components that hold hardly a row: the smallest is told of."""
    counts = _counts(measured.trace, measured.n)
    lost = np.flatnonzero(counts < LOST_ROWS)
    if not len(lost):
        return []
    who, least = _components(measured, lost.tolist()), float(counts.min())
    others = "the noise explains" if len(lost) == len(counts) else "the others explain"
    holds = f"{who} {plural(len(lost), 'holds', 'hold')} hardly a row: {others} all of them."
    of = "" if len(lost) == 1 else f" of component {counts.argmin() + measured.first_number}, the smallest,"
    evidence = f"The responsibilities{of} sum to {least:.2g} of {count(measured.n, 'row')}."
    return [End("lost", holds, evidence, {"rows": least}, way_out)]


def _too_many(measured: Measured) -> list[End]:
    mixture, n = measured.trace.mixture, measured.n
    k, d, p = mixture.n_components, mixture.n_features, mixture.n_parameters

    def carried(family: Family, k: int) -> bool:
        # Where features do not correlate, each value of a row says something of a variance of its own; and
        # whatever the means and weights are, all rows say one covariance.
        others = 0 if family.shared else k - 1 + k * d
        return others + family.n_parameters(k, d) <= (n if family.matrices else n * d)

    if carried(mixture.family, k):
        return []
    sentence = f"There are more parameters than rows: {p:,} numbers are fitted to {count(n, 'row')}."
    evidence = "Much of the covariances is then chance, or reg_covar."
    simpler = [name for name, one in FAMILIES.items() if not one.shared and carried(one, k)]
    most = max((j for j in range(1, k) if carried(mixture.family, j)), default=1)
    remedy: Remedy | None = None
    if simpler:
        remedy = _another_model(measured, f"Take {simpler[0]} covariances", covariance_type=simpler[0])
    elif k > 1:
        remedy = _fewer(measured, most)
    return [End("too many", sentence, evidence, {"parameters": p, "rows": n}, remedy)]


def _fewer(measured: Measured, k: int) -> Remedy:
    return _another_model(measured, f"Take {count(k, 'component')}", n_components=k)


def _another_model(measured: Measured, label: str, **changes: Any) -> Remedy:
    """Where the start was a mixture, that is of no use to another model."""
    own = {} if measured.init in {*INITS, ""} else {"init": CANDIDATES[0][0]}
    return Remedy(label, {**changes, **own})


def _held_up(measured: Measured, way_out: Remedy) -> list[End]:
    """Components that stand by `reg_covar` alone; else the first that sits on few or equal rows."""
    lost = [one.component for one in measured.held if one.degenerate]
    component, defect = measured.defect
    if lost:
        sentence = (
            f"{_components(measured, lost)} {plural(len(lost), 'is', 'are')} held up by reg_covar = "
            f"{measured.reg_covar:g} alone: the rows are too few, equal or on a line."
        )
        evidence = (
            f"{capital(defect)}. "
            * bool(defect)
            + "Without it the variance would be zero in some direction, so the likelihood says more about "
            "reg_covar than about the data. "
            + ("Use" if measured.floor else "Raise reg_covar, use")
            + " fewer components or start elsewhere."
        )
        return [End("held up", sentence, evidence, {"components": len(lost)}, way_out)]
    holds_hardly_any = _counts(measured.trace, measured.n).min() < LOST_ROWS
    if component is None or holds_hardly_any:
        return []
    evidence = "There a high likelihood is no merit."
    return [
        End(
            "degenerate",
            f"{capital(defect)}.",
            evidence,
            {"component": component + measured.first_number},
            way_out,
        )
    ]


def _same_components(measured: Measured, way_out: Remedy, elsewhere: bool) -> list[End]:
    """Components that are the same; where EM still moves on, only those that it can never part.

    elsewhere : whether another start ends higher; then none of them can be spared.
    """
    found = []
    k = measured.trace.mixture.n_components
    at_rest = measured.n * measured.outlook.gained < SAME
    for one in measured.same:
        if not (at_rest or one.equal):
            continue
        g = len(one.components)
        who = _components(measured, one.components)
        if g == k:
            who = "Both components" if g == 2 else f"All {in_words(g)} components"
        figures = {"components": g, "gap": one.gap}
        needed = elsewhere or (
            one.gained is not None and one.gained * measured.n_asked > _spared(measured, g)
        )
        evidence = f"Over all rows they are {f'{one.gap:.1g} standard errors apart' if one.gap else 'equal'}"
        if one.gained is None:
            evidence += "; moved apart by a standard deviation, they come back"
        elif np.isfinite(one.gained):
            figures["gained"] = one.gained
            evidence += (
                f"; moved apart by a standard deviation, they gain {one.gained:.3g} per row in {NUDGED} "
                "iterations"
            )
        else:
            evidence += "; moved apart by a standard deviation, one of them falls on few rows"
        if one.equal and needed:
            kind, remedy = "saddle", way_out
            sentence = f"{who} are equal, and equal ones never separate: this is a saddle, and no maximum."
        elif needed:
            kind, remedy = "same", way_out
            sentence = f"{who} are the same, and EM does not part them."
        else:
            kind, remedy = "spare", _fewer(measured, k - g + 1)
            spare = "one of them" if g == 2 else f"{in_words(g - 1)} of them"
            sentence = f"{who} are the same: {spare} may not be needed."
            if one.gained is not None:
                evidence += ", no more than chance gives"
        found.append(End(kind, sentence, f"{evidence}.", figures, remedy))
    return found


def _spared(measured: Measured, g: int) -> int:
    """How many parameters can be spared where g components are one: about so much is gained by chance."""
    mixture = measured.trace.mixture
    k, d, family = mixture.n_components, mixture.n_features, mixture.family
    fewer = k - g + 1
    return (g - 1) * (1 + d) + family.n_parameters(k, d) - family.n_parameters(fewer, d)


def _wide(measured: Measured) -> list[End]:
    """Components of many different rows that are wider than these; not where that was said of the data."""
    wide = [one for one in measured.held if not one.degenerate]
    if not wide or measured.floor:
        return []
    who = _components(measured, [one.component for one in wide]).lower()
    least = min(one.own for one in wide)
    advised = float(f"{RELATIVE_REG_COVAR * least:.1e}")
    sentence = (
        f"reg_covar = {measured.reg_covar:g} makes up more than half of the smallest variance of "
        f"{who}, whose rows are many and different."
    )
    evidence = f"By themselves they vary by {least:.3g} there: what is drawn is wider than the data."
    sensible = least > RELATIVE_REG_COVAR * measured.reg_covar
    remedy = Remedy(f"Set reg_covar to {advised:g}", {"reg_covar": advised}) if sensible else None
    return [End("wide", sentence, evidence, {"variance": least}, remedy)]


def _course(measured: Measured) -> End:
    """How far the end is from where EM would go from there."""
    ahead, n, trace = measured.outlook, measured.n, measured.trace
    total = n * ahead.gained
    figures = {"gained": ahead.gained, "total": total, "factor": ahead.factor}
    out = trace.stop is StopReason.MAX_ITER
    made = count(_iteration(trace), "iteration")
    if total < SAME:
        first = "Converged" if total < NEARLY * SAME else "Nearly converged"
        first = f"Stopped after {made}, and there" if out else first
        some = ahead.gained > ROUNDING * max(1.0, abs(measured.log_likelihood))
        adds = f"add about {ahead.gained:.1g} per row" if some else "add nothing"
        looked = f"{count(ahead.ahead, 'iteration')} more" if ahead.ahead else "the last steps"
        evidence = f"In total that is {total:.2g}, by {looked}." if some else ""
        return End("converged", f"{first}: going on would {adds}.", evidence, figures)
    if not np.isfinite(ahead.last):
        much, evidence = "and what going on would add is not known", ""
    elif not np.isfinite(ahead.gained):
        much = "and the gains do not shrink yet"
        evidence = "" if ahead.ahead else f"The last is {ahead.last:.2g} per row."
    else:
        much = f"and going on would add about {ahead.gained:.2g} per row"
        evidence = f"In total that is {total:,.0f}." if total >= 1000 else f"In total that is {total:.3g}."
    if ahead.ahead:
        evidence += f" {count(ahead.ahead, 'iteration')} more add {ahead.seen:.2g} per row"
        evidence += "." if np.isfinite(ahead.gained) else f", the last of them {ahead.last:.2g}."
    if out:
        sentence = f"Stopped after {made}, the most allowed, {much}."
    else:
        sentence = f"Stopped on the way, by the tolerance of {measured.tol:g}, {much}."
    return End("stopped" if out else "slow", sentence, evidence.strip(), figures, _go_on(measured))


def _go_on(measured: Measured) -> Remedy:
    """A tolerance at which less than a tenth of a unit is left, and as many iterations as that takes."""
    ahead, n, made = measured.outlook, measured.n, _iteration(measured.trace)
    change = min(measured.tol, 1e-8, ahead.least / 10)
    if 0 < ahead.factor < SLOWEST:
        left = ahead.factor / (1 - ahead.factor)  # to be gained after a last change of 1
        change = min(NEARLY * SAME / (n * left), measured.tol / 10)
    change = max(10.0 ** np.floor(np.log10(max(change, FINEST))), FINEST)
    needed = made + 1.5 * ahead.steps_to(change) + 50
    steps = MOST_ITERATIONS if needed > 500 else int(max(100 * np.ceil(needed / 100), measured.max_iter))
    changes: dict[str, Any] = {"max_iter": max(steps, measured.max_iter)}
    if measured.trace.stop is not StopReason.MAX_ITER or measured.tol > change:
        changes["tol"] = float(f"{change:.0e}")
    return Remedy("Go on", changes)


def _other(measured: Measured, other: OtherStart | None) -> End | None:
    """The end of another start, where it is higher by more than rounding, or this run is no fit at all."""
    if other is None:
        return None
    now = measured.log_likelihood
    ahead = measured.outlook.gained if np.isfinite(measured.outlook.gained) else 0.0
    lost = _counts(measured.trace, measured.n).min() < LOST_ROWS
    higher = measured.n * (other.log_likelihood - now - ahead) > SAME
    if not higher and not measured.degenerate and not lost:
        return None
    gap = other.log_likelihood - now
    name = f"{INITS[other.init].label}, seed {other.random_state}"
    end = f"{other.log_likelihood:.4g} per row"
    if gap > 0:
        sentence = f"Another start ends higher, at {end}: {name}."
        evidence = f"That is {gap:.3g} more; it is the best of {in_words(other.tried)} others."
    else:
        sentence = f"Another start ends in an honest fit, at {end}: {name}."
        evidence = f"That is {-gap:.3g} less, but no component of it is degenerate."
    changes = {"init": other.init, "random_state": other.random_state}
    figures = {"higher": gap, "tried": other.tried}
    return End("other start", sentence, evidence, figures, Remedy(f"Open {name}", changes))


def _other_init(measured: Measured) -> Remedy:
    """Where to look for a better end, as long as no other start was tried."""
    init = next(init for init, _ in CANDIDATES if init != measured.init)
    return Remedy(f"Start from {INITS[init].label}", {"init": init})


def _components(measured: Measured, which: Sequence[int]) -> str:
    numbers = [str(j + measured.first_number) for j in which]
    return f"{plural(len(which), 'Component')} {together(numbers)}"

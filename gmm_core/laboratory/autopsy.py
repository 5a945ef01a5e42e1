"""An autopsy of a run of EM: which component went wrong, when that began, on which rows, and what it gained.

Letters: n samples, k components, d features, t iterations, m rows that a component sits on. Eigenvalues are
variances, in squared data units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_matrix
from gmm_core.engine.em import Step, Trace
from gmm_core.engine.health import NEAR_FLOOR, component_health, defect_of, least_variance, points_fallen_on
from gmm_core.engine.mixture import LOG_2PI, Mixture
from gmm_core.words import Finding, count, plural, together

# A rise by less than this share does not interrupt a fall: what rests on a floor trembles.
TREMBLE = 0.01
CHUNK_NUMBERS = 4_000_000  # of covariances that are decomposed at once
MOST_NAMED = 5  # rows that a sentence names
FLAT = 1e-12  # of the variance of the whole data: rounding
LN10 = float(np.log(10))


@dataclass(frozen=True, eq=False)
class Course:
    """How every component stood at every step: arrays (t + 1, k).

    counts : N_k, the responsibilities summed over rows. smallest : the smallest eigenvalue. condition : the
    largest over the smallest. peak : log10 of the component's own density at its mean, without its weight.
    """

    counts: Array
    smallest: Array
    condition: Array
    peak: Array

    @classmethod
    def of(cls, trace: Trace) -> Course:
        """The course of a run, several steps at a time."""
        d = trace.mixture.n_features
        deviations = np.concatenate(
            [
                # Singular values of the square roots: eigenvalues themselves could round below zero.
                np.linalg.svd(np.linalg.cholesky(some), compute_uv=False)
                for some in _covariances(trace.steps)
            ]
        )  # (t + 1, k, d)
        with np.errstate(over="ignore", divide="ignore"):  # beyond any float is infinite, and may be said
            condition = (deviations[..., 0] / deviations[..., -1]) ** 2
            logs = np.log(deviations).sum(axis=-1)
        counts = np.array([step.counts for step in trace.steps])
        return cls(counts, deviations[..., -1] ** 2, condition, -(0.5 * d * LOG_2PI + logs) / LN10)


def _covariances(steps: Sequence[Step]) -> Iterator[Array]:
    """The covariances (s, k, d, d) of s steps after another, never too many numbers at once."""
    k, d = steps[0].mixture.means.shape
    at_once = max(1, CHUNK_NUMBERS // (k * d * d))
    for first in range(0, len(steps), at_once):
        yield np.array([step.mixture.full_covariances for step in steps[first : first + at_once]])


@dataclass(frozen=True)
class Suspect:
    """The component to look at, and what is wrong with it.

    defect : in the words of `health.defect`; "" where the run is healthy, and then it is the thinnest one.
    collapsed : EM could not go on. held : only `reg_covar` holds it up.
    """

    component: int
    defect: str = ""
    collapsed: bool = False
    held: bool = False


def suspect(X: ArrayLike, trace: Trace, reg_covar: float) -> Suspect:
    """Which component of a run on X (n, d), with this `reg_covar`, went wrong; the thinnest if none did."""
    X = as_matrix(X)
    if trace.collapsed is not None:
        return Suspect(trace.collapsed, f"component {trace.collapsed + 1} collapsed", collapsed=True)
    smallest = [health.smallest_eigenvalue for health in component_health(trace.mixture)]
    found, words = defect_of(
        *(trace.mixture, trace.steps[-1].counts, X),
        reg_covar=reg_covar,
        spread=least_variance(X),
    )
    j = int(np.argmin(smallest)) if found is None else found
    return Suspect(j, words, held=bool(words) and smallest[j] < NEAR_FLOOR * reg_covar)


@dataclass(frozen=True, eq=False)
class Autopsy:
    """What became of one component of a run.

    began : the iteration from which on it only went down; None where nothing is wrong. For a component that
        is too thin that is its smallest eigenvalue, else its N_k. See `began`.
    rows : the rows it sits on at the end, (m,), from 0; empty where it sits on no few. different : how many
        of them differ. flat : in how many directions they leave a covariance of the family without extent.
    by_count : whether its N_k tells what happened to it, and not its smallest eigenvalue.
    per_row : the mean log density of those rows and that of all others, (t + 1, 2); NaN for a mean of none.
    """

    suspect: Suspect
    course: Course
    began: int | None
    rows: NDArray[np.intp]
    different: int
    flat: int
    by_count: bool
    n: int
    per_row: Array

    @property
    def gains(self) -> tuple[float, float]:
        """By how much the log-likelihood of those rows, and that of all others, rose since it began."""
        since = self.began or 0
        gained = (self.per_row[-1] - self.per_row[since]) * [len(self.rows), self.n - len(self.rows)]
        return float(np.nan_to_num(gained[0])), float(np.nan_to_num(gained[1]))


def examine(X: ArrayLike, trace: Trace, who: Suspect) -> Autopsy:
    """The autopsy of a run on X (n, d), in its units, of the component `who`."""
    X, j = as_matrix(X), who.component
    course = Course.of(trace)
    rows = points_fallen_on(trace.mixture, X, j) if who.defect else np.empty(0, np.intp)
    n, m = len(X), len(rows)
    family = trace.mixture.family
    # No component is thinner than another where more of them have no more parameters.
    shared = family.n_parameters(2, X.shape[1]) == family.n_parameters(1, X.shape[1])
    few = course.counts[-1, j] < X.shape[1] + 3
    by_count = shared or (few and not who.held and not m)
    went = course.counts if by_count else course.smallest
    totals = n * trace.log_likelihoods
    fallen = np.array([step.mixture.log_density(X[rows]).sum() for step in trace.steps])
    per_row = np.full((len(trace.steps), 2), np.nan)
    if m:
        per_row[:, 0] = fallen / m
    if m < n:
        per_row[:, 1] = (totals - fallen) / (n - m)
    return Autopsy(
        suspect=who,
        course=course,
        began=began(went[:, j]) if who.defect else None,
        rows=rows,
        different=len(np.unique(X[rows], axis=0)),
        flat=0 if shared or not m else _flat_directions(X, rows, trace.mixture),
        by_count=by_count,
        n=n,
        per_row=per_row,
    )


def _flat_directions(X: Array, rows: NDArray[np.intp], mixture: Mixture) -> int:
    """In how many directions the mixture's family has no extent for these rows of X (n, d) alone."""
    d, family = X.shape[1], mixture.family
    deviations = X.std(axis=0)
    mine = (X[rows] - X[rows].mean(axis=0)) / np.where(deviations > 0, deviations, 1.0)
    matrices = (mine.T @ mine / len(rows))[np.newaxis]
    own = family.dense(family.of_dense(matrices, np.ones(1)), 1, d)[0]
    return int(np.sum(np.linalg.eigvalsh(own) < FLAT))


def began(values: ArrayLike) -> int:
    """From which iteration on values (t + 1,) only fall to the end.

    Rises by less than 1% are no interruption: what has fallen onto a floor rests there, trembling. So the
    last larger rise ended before it, and where there is none, it began at the start.
    """
    values = np.asarray(values, dtype=np.float64)
    rises = np.flatnonzero(values[1:] > (1 + TREMBLE) * values[:-1])
    return int(rises[-1]) + 1 if len(rises) else 0


def spike(base: Mixture, X: ArrayLike, rows: NDArray[np.intp], variances: ArrayLike) -> Array:
    """What a spike adds: the log-likelihood of m `rows` of X (n, d), and of all others, summed, (s, 2).

    `base` explains the data without it. The spike has the rows' mean, their share of the weight, and their
    covariance plus one of the `variances` (s,) on the diagonal: with ever smaller ones, the first number has
    no upper limit as soon as the rows are flat in some direction, and the second does not change.
    """
    X = as_matrix(X)
    share = len(rows) / len(X)
    mine = X[rows] - X[rows].mean(axis=0)
    fallen = np.zeros(len(X), bool)
    fallen[rows] = True
    parts = []
    for variance in np.asarray(variances, dtype=np.float64):
        covariance = mine.T @ mine / len(rows) + variance * np.eye(X.shape[1])
        mixture = Mixture(
            np.append((1 - share) * base.weights, share),
            np.vstack([base.means, X[rows].mean(axis=0)]),
            np.concatenate([base.full_covariances, covariance[np.newaxis]]),
        )
        density = mixture.log_density(X)
        parts.append([density[fallen].sum(), density[~fallen].sum()])
    return np.array(parts)


def named(rows: NDArray[np.intp], numbers: NDArray[np.integer]) -> str:
    """Rows by what they are called: "row 30", "rows 4 and 169", "13 rows: 3, 9, 12, 14, 20, ..."."""
    names = [f"{number}" for number in numbers[rows]]
    if len(names) <= MOST_NAMED:
        return f"{plural(len(names), 'row')} {together(names)}"
    return f"{len(names):,} rows: {', '.join(names[:MOST_NAMED])}, …"


def told(autopsy: Autopsy, trace: Trace, numbers: NDArray[np.integer], reg_covar: float) -> list[Finding]:
    """The autopsy in sentences, each with its figures.

    numbers : what the rows are called, (n,). reg_covar : the run's.
    """
    who, course, j = autopsy.suspect, autopsy.course, autopsy.suspect.component
    name = f"Component {j + 1}"
    last = f"at iteration {trace.n_iter}"
    state = (
        f"N = {course.counts[-1, j]:.4g}, smallest eigenvalue {course.smallest[-1, j]:.3g}, "
        f"condition {course.condition[-1, j]:.3g}, {last}"
    )
    if not who.defect:
        return [
            Finding("info", "No component is degenerate: there is nothing to cure in this run.", ""),
            Finding("info", f"{name} is the thinnest.", state),
        ]
    said = [Finding("warning", _what_happened(autopsy, trace, numbers, reg_covar), state)]
    said.append(_when(autopsy, trace))
    if len(autopsy.rows):
        said += _gained(autopsy)
    return said


def _what_happened(autopsy: Autopsy, trace: Trace, numbers: NDArray[np.integer], reg_covar: float) -> str:
    who, rows = autopsy.suspect, autopsy.rows
    name = f"Component {who.component + 1}"
    if not len(rows):
        if who.collapsed:
            return f"{name} collapsed: the M-step of iteration {trace.n_iter + 1} found no row left for it."
        words = who.defect.removeprefix(f"component {who.component + 1} ")
        held = f", and only reg_covar = {reg_covar:g} holds it up" if who.held else ""
        return f"{name} {words}{held}."
    where = named(rows, numbers)
    if len(rows) > 1 and autopsy.different == 1:
        where += ", which are all equal"
    elif autopsy.different > 1 and autopsy.flat:
        where += ", on which no Gaussian of this family has an extent in every direction"
    if who.collapsed:
        return (
            f"{name} fell on {where}: the M-step of iteration {trace.n_iter + 1} found a covariance without "
            "extent, a singular matrix, and EM cannot go on. What is shown is the last step before."
        )
    if who.held:
        return f"{name} sits on {where}, and only reg_covar = {reg_covar:g} holds it up."
    return f"{name} sits on {where}."


def _when(autopsy: Autopsy, trace: Trace) -> Finding:
    course, j, t = autopsy.course, autopsy.suspect.component, autopsy.began or 0
    what, values = ("N", course.counts) if autopsy.by_count else ("smallest eigenvalue", course.smallest)
    when = "at the start" if t == 0 else f"at iteration {t}"
    if t == trace.n_iter:
        return Finding(
            "info",
            f"It began {when}, where the run ends.",
            f"{what} {values[t, j]:.3g}",
        )
    last = _last_half(values[t:, j])
    half = f" Half of its orders of magnitude it loses in the last {last} of them." if last > 1 else ""
    return Finding(
        "info",
        f"It began {when}: from there on, its {what} only falls, for "
        f"{count(trace.n_iter - t, 'iteration')}.{half}",
        f"{what} {values[t, j]:.3g} → {values[-1, j]:.3g}",
    )


def _last_half(values: Array) -> int:
    """In how many iterations at the end values (t + 1,) that fall lose half of their orders of magnitude."""
    with np.errstate(divide="ignore"):
        logs = np.log(values)
    return int(np.sum(logs < (logs[0] + logs[-1]) / 2))


def _gained(autopsy: Autopsy) -> list[Finding]:
    m, flat, j = len(autopsy.rows), autopsy.flat, autopsy.suspect.component
    mine, others = autopsy.gains
    since = "the start" if not autopsy.began else f"iteration {autopsy.began}"
    who = "that row" if m == 1 else f"those {m:,} rows"
    rest = autopsy.n - m
    peak = autopsy.course.peak[:, j]
    each = 0.5 * m * flat * LN10
    apiece = f", {abs(mine) / m:,.2f} each" if m > 1 else ""
    poor = autopsy.began == 0 and others / max(rest, 1) > mine / m
    why = " EM has only just left its start, and all rows gain by that." if poor else ""
    gained = Finding(
        "info",
        f"Since {since}, the log-likelihood of {who} {_rose(mine)}{apiece}; that of the "
        f"other {rest:,} rows {_rose(others)}, {abs(others) / max(rest, 1):,.2f} each.{why}",
        f"peak density {_density(peak[autopsy.began or 0])} → {_density(peak[-1])}",
    )
    if not flat:
        return [gained]
    endless = Finding(
        "warning",
        f"There is no limit to that: each time the variance becomes a tenth, {who} "
        f"{plural(m, 'gains', 'gain')} {each:.4g} in log-likelihood, without end, and the other rows gain "
        "nothing. So the highest likelihood is no good fit here: it knows one place by heart, and says "
        "nothing new of the rest.",
        f"{m} × {flat} flat {plural(flat, 'direction')} × ½ × ln 10",
    )
    return [gained, endless]


def _density(log10: float) -> str:
    """A density given by its logarithm, however large."""
    return f"{10**log10:.3g}" if abs(log10) < 300 else f"10^{log10:.1f}"


def _rose(by: float) -> str:
    return f"{'fell' if by < 0 else 'rose'} by {abs(by):,.2f}"

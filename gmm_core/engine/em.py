"""EM itself: the two steps, the loop, and why it stopped.

Letters: n samples, k components, d features.

    E-step   mixture -> responsibilities, kept only as sums over rows (`Expectation`)
    M-step   sums -> the mixture that maximises the lower bound

Bishop, PRML, sections 9.2 and 9.4; McLachlan & Peel, Finite Mixture Models, ch. 2-3.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from typing import Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from gmm_core.engine.arrays import TINY, Array, Indices, weights_of
from gmm_core.engine.checks import (
    as_amount,
    as_count,
    as_floats,
    as_matrix,
    as_weighted_sample,
    as_weights,
    that_count,
    why_flat,
)
from gmm_core.engine.covariance import family_named
from gmm_core.engine.expectation import REG_COVAR as REG_COVAR
from gmm_core.engine.expectation import CollapseError, Expectation, m_step
from gmm_core.engine.floor import WAYS_OUT, floor_of
from gmm_core.engine.held import Held, HeldAt, held_at
from gmm_core.engine.known import KnownSweep, as_known, begun_at, said_of
from gmm_core.engine.masked import MaskedSweep
from gmm_core.engine.missing import MISSING, Incomplete, check_features
from gmm_core.engine.mixture import ARRAYS, Mixture, log_peaks
from gmm_core.engine.observed import ObservedSweep
from gmm_core.engine.prior import Prior, PriorLike, as_prior
from gmm_core.engine.rows import RowsLike
from gmm_core.engine.shapes import MODELS as SHAPES
from gmm_core.engine.starts import RandomState, begin, evenly
from gmm_core.engine.strays import Beginning, StraysSweep, as_noise, complete, sentences
from gmm_core.engine.streamed import NOT_STREAMED, StreamedSweep, looked_at
from gmm_core.engine.sweep import Sweep
from gmm_core.words import plural, together

ALIKE = 1e-9  # of the largest variance: a difference that says nothing
TOL = "the change that ends a run"
CRITERIA = ("log_likelihood", "weights")
OF_PRIOR = (
    "With a prior, EM climbs the log-posterior: this rises in every step and ends the run, while the "
    "log-likelihood may fall."
)
Pass = Sweep | ObservedSweep | StraysSweep | KnownSweep
FALL = 1e-10  # of the log-likelihood: a fall by less than this share of it is rounding
BATCH = 1 << 16  # bytes of mixtures of which the bounds are found together


class StopReason(Enum):
    """Why a run ended; `.message` says it to people, `.brief` in one line."""

    CONVERGED = "converged"
    WEIGHTS_STAND = "weights stand"
    MAX_ITER = "max_iter"
    COLLAPSED = "collapsed"

    @property
    def message(self) -> str:
        return _MESSAGES[self]

    @property
    def brief(self) -> str:
        if self is StopReason.COLLAPSED:
            return "A component collapsed: too few different points were left to it."
        return self.message.split(". ")[0].removesuffix(".") + "."


_MESSAGES = {
    StopReason.CONVERGED: (
        "Converged: the mean log-likelihood changed by less than the tolerance in one iteration."
    ),
    StopReason.WEIGHTS_STAND: ("Converged: the weights changed by less than the tolerance in one iteration."),
    StopReason.MAX_ITER: (
        "Stopped at the largest number of iterations before the change fell below the tolerance. "
        "Allow more iterations to go on."
    ),
    StopReason.COLLAPSED: (
        "A component collapsed: it shrank onto too few different points, where its density has no "
        f"upper limit, or lost all of them. The last good step is kept. {WAYS_OUT}"
    ),
}


@dataclass(frozen=True)
class Step:
    """A mixture on its way: the one after `iteration` M-steps (0 is the start).

    log_likelihood : mean per sample, natural logarithm, **of this mixture** on the data; where the rows have
        weights, their weighted mean.
    lower_bound : the bound right after the M-step that made this mixture, before the E-step lifts it
        to the log-likelihood; None for the start, which no M-step of this run made.
    counts : (k,), the responsibilities of this mixture summed over the data, N_k. With noise they sum to the
        rows that are none.
    log_prior : the log density of the prior at this mixture, over the number of rows, without what is the
        same for all mixtures; 0 without a prior. With one, `lower_bound` is the bound on the log-posterior.
    """

    iteration: int
    mixture: Mixture
    log_likelihood: float
    lower_bound: float | None = None
    counts: tuple[float, ...] = ()
    log_prior: float = 0.0

    @property
    def log_posterior(self) -> float:
        """Log-likelihood and log prior, per row: what rises in every step with a prior."""
        return self.log_likelihood + self.log_prior


@dataclass(frozen=True)
class Trace:
    """A whole run of EM: every step from the start on, and why it stopped.

    collapsed : the component that collapsed, if one did.
    note : what there is to say of the start, in a sentence: what it had to do that was not asked for, or that
        components start equal; of a `reg_covar` that is not small against the data; and of missing values.
        Usually empty.
    curve : the log-likelihoods of all steps, where not all of these are kept.
    prior : the prior with which EM ran, in the units in which it did; None without.
    prior_curve : the log priors per row of all steps, where not all of these are kept.
    """

    steps: tuple[Step, ...]
    stop: StopReason
    collapsed: int | None = None
    note: str = ""
    curve: tuple[float, ...] = ()
    prior: Prior | None = None
    prior_curve: tuple[float, ...] = ()

    @property
    def mixture(self) -> Mixture:
        """The last mixture."""
        return self.steps[-1].mixture

    @property
    def log_likelihood(self) -> float:
        """Mean per sample, of the last mixture."""
        return self.steps[-1].log_likelihood

    @property
    def log_likelihoods(self) -> Array:
        """Mean per sample of every step, (n_iter + 1,)."""
        return np.array(self.curve or [step.log_likelihood for step in self.steps])

    @property
    def log_posteriors(self) -> Array:
        """Log-likelihood and log prior of every step, per row, (n_iter + 1,); see `Step.log_prior`."""
        return self.log_likelihoods + np.array(self.prior_curve or [step.log_prior for step in self.steps])

    @property
    def objective(self) -> Literal["log_likelihood", "log_posterior"]:
        """Which of the two EM climbs: it rises in every step, and its change ends the run."""
        return "log_likelihood" if self.prior is None else "log_posterior"

    @property
    def objectives(self) -> Array:
        """That of every step, per row, (n_iter + 1,)."""
        return self.log_likelihoods if self.prior is None else self.log_posteriors

    @property
    def n_iter(self) -> int:
        return len(self.curve or self.steps) - 1

    @property
    def converged(self) -> bool:
        return self.stop in (StopReason.CONVERGED, StopReason.WEIGHTS_STAND)

    @property
    def end(self) -> Trace:
        """The same run with its last step alone, and the log-likelihoods of all."""
        end = replace(self, steps=self.steps[-1:], curve=tuple(self.log_likelihoods.tolist()))
        if self.prior is None:
            return end
        return replace(end, prior_curve=tuple((self.log_posteriors - self.log_likelihoods).tolist()))


@dataclass(frozen=True)
class HalfStep:
    """One half of an iteration, as `iterate` yields it.

    half : "E" (responsibilities are new, the mixture is not) or "M" (the other way round).
    lower_bound : mean per sample. After E it equals the log-likelihood of `mixture`; after M it has
        risen, and lies below the log-likelihood that the next E will find. With a prior, both are those of
        the log-posterior.
    expectation : the sufficient statistics under the current responsibilities.
    """

    iteration: int
    half: Literal["E", "M"]
    mixture: Mixture
    lower_bound: float
    expectation: Expectation


def e_step(
    X: RowsLike,
    mixture: Mixture,
    *,
    sample_weight: ArrayLike | None = None,
    missing: str = "raise",
    known_labels: ArrayLike | None = None,
) -> Expectation:
    """The E-step: rows X (n, d) or (n,) -> sufficient statistics under `mixture`.

    Only sums leave this function; `mixture.responsibilities(X)` gives the rows'. Blocks of rows may be
    taken one by one and added: ``e_step(A, m) + e_step(B, m)`` is the expectation of both.
    `sample_weight`, `missing` and `known_labels` as in `fit`.
    """
    return prepared(X, mixture, 0.0, sample_weight, missing, known_labels=known_labels)[0](mixture)


def lower_bound(
    mixture: Mixture, old: Mixture, expectation: Expectation, prior: Prior | None = None
) -> float:
    """The bound, mean per sample, of `mixture` under the responsibilities that `old` gave.

    After the E-step the bound touched the log-likelihood of `old`; since then only the expected
    complete-data log-likelihood changed, and that needs no rows (Neal & Hinton 1998).
    """
    (bound,) = lower_bounds([mixture], [old], [expectation])
    return bound + log_prior_of(prior, mixture, expectation.n_samples)


def log_prior_of(prior: Prior | None, mixture: Mixture, n_samples: float) -> float:
    """The log prior of a mixture over the number of rows; 0 without a prior."""
    return 0.0 if prior is None else prior.log_density(mixture) / n_samples


def lower_bounds(
    mixtures: Sequence[Mixture], old: Sequence[Mixture], expectations: Sequence[Expectation]
) -> list[float]:
    """The same for several steps of a run, which is hardly more work than for one."""
    gains = (_complete(mixtures, expectations) - _complete(old, expectations)).tolist()
    if expectations[0].beyond is not None:
        for i, (new, before, e) in enumerate(zip(mixtures, old, expectations, strict=True)):
            gains[i] += complete(new, e) - complete(before, e)
    return [
        expectation.log_likelihood + gain / expectation.n_samples
        for expectation, gain in zip(expectations, gains, strict=True)
    ]


def iterate(
    X: RowsLike,
    start: Mixture,
    *,
    reg_covar: float = 1e-6,
    sample_weight: ArrayLike | None = None,
    missing: str = "raise",
    prior: PriorLike = None,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
) -> Generator[HalfStep, None, CollapseError | None]:
    """EM from `start`, half a step at a time, without end: E, M, E, M, ...

    A caller can stop anywhere and go on later; to fork, call `iterate` again with the mixture of any
    half-step. The generator ends only when a component collapses, and then returns what happened
    (as the value of its `StopIteration`). `sample_weight`, `missing`, `prior`, `held` and `known_labels` as
    in `fit`; noise and degrees of freedom are those of `start`.
    """
    reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
    sweep, found = prepared(X, start, reg_covar, sample_weight, missing, prior, held, known_labels)
    return _iterate(sweep, start, found)


def prepared(
    X: RowsLike,
    mixture: Mixture,
    reg_covar: float,
    sample_weight: ArrayLike | None,
    missing: str,
    prior: PriorLike = None,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
) -> tuple[Pass, Prior | None]:
    """The prior, and the pass over rows checked only so far as to be summed up under this mixture."""
    stay = held_at(held, mixture)
    options = {"sample_weight": sample_weight, "missing": missing, "known_labels": known_labels}
    if looked := looked_at(X, **options):
        if not mixture.is_plain:
            raise ValueError(NOT_STREAMED.format("noise and degrees of freedom"))
        check_features(looked.sample, mixture)
        found = as_prior(prior, looked.sample, mixture.n_components, mixture.family)
        return StreamedSweep(looked, mixture.family, reg_covar, found, stay), found
    X = cast(ArrayLike, X)
    labels = known_rows(X, mixture.n_components, known_labels, sample_weight, missing)
    rows = _incomplete(X, sample_weight, missing)
    X, weights = (rows.X, rows.weights) if rows else that_count(as_matrix(X), sample_weight)
    check_features(X, mixture)
    filled = rows.filled() if prior and rows else X
    found = as_prior(prior, filled, mixture.n_components, mixture.family, weights)
    return _pass_over(X, weights, rows, mixture, reg_covar, found, stay, labels), found


def _pass_over(
    X: Array,
    weights: Array | None,
    rows: Incomplete | None,
    mixture: Mixture,
    reg_covar: float,
    prior: Prior | None,
    held: HeldAt | None = None,
    labels: Indices | None = None,
) -> Pass:
    """The pass over X, or over `rows` where something is missing in them, for such mixtures."""
    gaps = rows is not None and not rows.complete
    kind: type[Sweep] | type[ObservedSweep] | type[StraysSweep] = Sweep
    if not mixture.is_plain:
        kind = StraysSweep
    elif gaps:
        kind = ObservedSweep if mixture.family.matrices else MaskedSweep
    X = rows.X if rows is not None and gaps else X
    if labels is not None:
        return KnownSweep(X, labels, mixture.family, reg_covar, weights, prior, held, kind)
    return kind(X, mixture.family, reg_covar, weights, prior, held)


def pass_over(
    X: Array,
    mixture: Mixture,
    reg_covar: float,
    prior: Prior | None = None,
    sample_weight: Array | None = None,
    held: HeldAt | None = None,
    labels: Indices | None = None,
) -> Pass:
    """The pass over checked rows X (n, d), NaN where a value is missing, for mixtures such as this one."""
    rows = Incomplete(X, sample_weight, 0)
    return _pass_over(X, sample_weight, rows, mixture, reg_covar, prior, held, labels)


def _incomplete(X: ArrayLike, sample_weight: ArrayLike | None, missing: str) -> Incomplete | None:
    """The rows with what is missing in them; None where nothing may be."""
    if missing not in MISSING:
        raise ValueError(f"missing must be one of {', '.join(MISSING)}; got {missing!r}.")
    return None if missing == "raise" else Incomplete.of(X, sample_weight)


def _sample(
    X: ArrayLike, n_components: int, sample_weight: ArrayLike | None, missing: str
) -> tuple[Array, Array | None, Incomplete | None]:
    """Rows that EM with `n_components` can begin with, filled in where it may be so, and their weights."""
    rows = _incomplete(X, sample_weight, missing)
    if rows is not None:
        X, sample_weight = rows.filled(), rows.weights
    return *as_weighted_sample(X, n_components, sample_weight), rows


def known_rows(
    X: ArrayLike, k: int, known_labels: ArrayLike | None, sample_weight: ArrayLike | None, missing: str
) -> Indices | None:
    """What is known of the rows of X (n, d) that count, as by `as_known`."""
    if known_labels is None:
        return None
    kept = _that_are_kept(X, sample_weight, missing)
    labels = as_known(known_labels, len(kept), as_count(k, "n_components", 1))
    return None if labels is None or not (labels[kept] >= 0).any() else labels[kept]


def _iterate(
    sweep: Pass, mixture: Mixture, prior: Prior | None = None
) -> Generator[HalfStep, None, CollapseError | None]:
    for iteration in count():
        expectation, raised = sweep.step(mixture)
        # E step
        bound = expectation.log_likelihood + log_prior_of(prior, mixture, expectation.n_samples)
        yield HalfStep(iteration, "E", mixture, bound, expectation)
        # M step
        if isinstance(raised, CollapseError):
            return raised
        bound = lower_bound(raised, mixture, expectation, prior)
        mixture = raised
        yield HalfStep(iteration + 1, "M", mixture, bound, expectation)
    return None


def fit(
    X: RowsLike,
    n_components: int,
    *,
    covariance_type: str = "full",
    init: str = "kmeans",
    reg_covar: float = 1e-6,
    tol: float = 1e-3,
    criterion: str = "log_likelihood",
    max_iter: int = 100,
    random_state: RandomState = None,
    sample_weight: ArrayLike | None = None,
    missing: str = "raise",
    prior: PriorLike = None,
    noise: ArrayLike | None = None,
    dof: ArrayLike | str | None = None,
    held: Held | None = None,
    known_labels: ArrayLike | None = None,
    start: Mixture | None = None,
    accelerate: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> Trace:
    """Fit a Gaussian mixture by EM and keep every step.

    Parameters
    ----------
    X : (n, d), or (n,) for one feature; or rows that need not fit into memory, by `rows_of` or as this takes
        them: a random sample of 20,000 then makes the start, and `trace.note` says so.
    n_components : 1 to n.
    covariance_type : a name in `covariance.FAMILIES`: "full", "tied", "diag" or "spherical"; or in `MODELS`
        there, one of mclust's fourteen: "EII" to "VVV", volume, shape and direction equal or not.
    init : where to begin, a name in `starts.INITS`. "given" wants `start`.
    reg_covar : added to every variance, in *squared data units*: rescale it with the data.
    tol : the change of the mean log-likelihood below which EM stops. As in scikit-learn, the change
        is seen in the E-step, and the M-step that follows is still made. 0 runs all iterations.
    criterion : what `tol` is about: "log_likelihood", or "weights", the Euclidean norm of their change.
    max_iter : the most iterations; 0 gives the start alone.
    random_state : the same value gives the same start as scikit-learn's.
    sample_weight : (n,), how often each row counts: one of weight 3 is three equal rows, one of weight 0 is
        absent, and 0.5 is half a row. All that is summed or averaged over rows is so with these weights, the
        log-likelihood too; starts draw rows in proportion to them. None counts each row once.
    missing : "raise" takes a missing value, NaN, for an error. "observed" maximises the likelihood of what is
        observed (see `missing.py`): a row without any value is left out, and starts see a missing value as
        the mean of its column.
    prior : True or "default" for mclust's (`Prior.of`), or a `Prior`: EM then climbs the log-posterior, and
        nothing collapses, also with `reg_covar=0`. What `reg_covar` is above that is added as ever.
    noise : True for a uniform density over the box of the data beside the components, for rows that belong to
        none. It begins with a weight of 0.05, or with the number that is given, and the start is made
        without so large a share of the rows, those whose tenth neighbour is farthest; or without those of
        which `noise` (n,) says so. A start that has noise goes on with its own.
    dof : "each" for t distributions whose degrees of freedom are estimated, from 1 to 200 and beginning at
        10; "common" for one number for all; a number, or k of them, to hold them there; None for Gaussians. A
        start that has degrees of freedom goes on with its own.
    held : weights, means and covariances of some components, which stay as they are at the start (see
        `held.py`); they get no `reg_covar` either.
    known_labels : (n,), which component each row is known to be of, from 0, and -1 where that is not known:
        such a row is this component's alone, with all its weight and never noise, and the log-likelihood is
        that of rows and labels. A start that is drawn has the means of the known rows.
    start : the mixture to begin from; then `init` is not used.
    accelerate : whether to guess from the last steps where EM is going, and go there: many times fewer
        iterations where groups overlap and `tol` is small; guarded, so that the log-likelihood never falls
        where EM's never does (see `ways.accelerated`). `max_iter` then counts passes over the rows, and
        `trace.note` says how many there were. All else composes with it, but `criterion="weights"`.
    on_step : called with every step as it is found; what it raises ends the run.

    Returns the `Trace`. A collapse is an ending, not an error: `trace.stop` says so and the last good
    step is the last. Raises `ValueError` for input that EM cannot begin with.
    """
    options = {"sample_weight": sample_weight, "missing": missing, "known_labels": known_labels}
    looked = looked_at(X, random_state, noise=noise, dof=dof, **options)
    if looked:
        X = looked.sample  # of which the start is made
    X = cast(ArrayLike, X)
    of_noise = as_noise(noise, len(X)) if noise is not None else None  # type: ignore[arg-type]
    if of_noise and of_noise[1] is not None:
        kept = _that_are_kept(X, sample_weight, missing)
        of_noise = of_noise[0], of_noise[1][kept]
    labels = known_rows(X, n_components, known_labels, sample_weight, missing)
    X, weights, rows = _sample(X, n_components, sample_weight, missing)
    family = family_named(covariance_type)
    reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
    tol = as_amount(tol, "tol", TOL)
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}; got {criterion!r}.")
    max_iter = as_count(max_iter, "max_iter", 0)
    found = as_prior(prior, X, n_components, family, weights)
    begins = Beginning.of(X, n_components, of_noise, dof, weights, None if rows is None else rows.X)
    drawn = start is None
    if start is None:
        some, counting = X[begins.rows], weights_of(begins.rows, weights)
        begun = begin(some, n_components, init, family, random_state, counting)
        start, note = first_mixture(some, begun, reg_covar, counting, found)
        if labels is not None:
            start = begun_at(start, X, labels, weights)
    else:
        check_start(start, X, n_components, covariance_type)
        note = ""
    start = begins.completed(start)
    stay = held_at(held, start)
    sweep: Pass
    if looked:
        sweep = StreamedSweep(looked, family, reg_covar, found, stay)
    else:
        sweep = _pass_over(X, weights, rows, start, reg_covar, found, stay, labels)
    cost = ""
    if accelerate:
        trace, cost = _accelerated(sweep, start, tol, criterion, max_iter, reg_covar, found, stay, on_step)
    else:
        trace = run(
            sweep, start, tol=tol, criterion=criterion, max_iter=max_iter, on_step=on_step, prior=found
        )
    floor = floor_of(X, reg_covar, sweep.variances, weights)
    of_gaps = () if rows is None else rows.sentences(trace.mixture)
    of_labels = () if labels is None else said_of(X if rows is None else rows.X, labels, stay)
    said = (
        looked.sentence() if looked and drawn else "",
        note,
        held.sentence if held else "",
        *of_labels,
        _that_start_equal(start, labels, held),
        _that_are_round(sweep, trace.mixture),
        floor.sentence() if floor else "",
        *of_gaps,
        *sentences(trace.mixture),
        OF_PRIOR if found else "",
        cost,
    )
    return replace(trace, note=" ".join(filter(None, said)))


def _accelerated(
    sweep: Pass,
    start: Mixture,
    tol: float,
    criterion: str,
    max_iter: int,
    reg_covar: float,
    prior: Prior | None,
    held: HeldAt | None,
    on_step: Callable[[Step], None] | None,
) -> tuple[Trace, str]:
    """`run`, accelerated, and a sentence on what it cost."""
    # The ways up are made of the steps in this module.
    from gmm_core.engine.ways.accelerated import Accelerated
    from gmm_core.engine.ways.climbing import climb_over
    from gmm_core.engine.ways.way import Problem

    if criterion != "log_likelihood":
        raise ValueError(
            f"With accelerate=True a run ends by its log-likelihood alone; got criterion={criterion!r}. "
            "Leave one of the two out."
        )
    problem = Problem(sweep, reg_covar, tol, prior=prior, held=held)
    climbed = climb_over(problem, Accelerated(), start, max_iter=max_iter, on_step=on_step)
    return climbed.trace, f"Accelerated: {climbed.sentence}"


def _that_are_kept(X: ArrayLike, sample_weight: ArrayLike | None, missing: str) -> NDArray[np.bool_]:
    """Which rows of X (n, d) are left where those that do not count, and those without a value, go."""
    matrix = as_matrix(X, gaps=True)
    kept = np.ones(len(matrix), dtype=bool)
    if missing != "raise":
        kept &= ~np.isnan(matrix).all(axis=1)
    if (weights := as_weights(sample_weight, len(matrix))) is not None:
        kept &= weights > 0
    return kept


def _that_start_equal(start: Mixture, labels: Indices | None, held: Held | None) -> str:
    """A sentence on components that start equal, and that nothing held or known parts; "" for none."""
    k = start.n_components
    if len(np.unique(start.means, axis=0)) == k:  # as nearly always, and covariances can be large
        return ""
    covariances = start.full_covariances
    parted = {*(() if labels is None else labels.tolist()), *(held.means + held.covariances if held else ())}
    alike = ~np.isin(np.arange(k), list(parted))
    same = [
        alike & (start.means == start.means[j]).all(axis=1) & (covariances == covariances[j]).all(axis=(1, 2))
        for j in np.flatnonzero(alike)
    ]
    groups = {tuple(np.flatnonzero(one).tolist()) for one in same if one.sum() > 1}
    if not groups:
        return ""
    equal = "; ".join(together([str(j + 1) for j in group]) for group in sorted(groups))
    return (
        f"Components {equal} start equal, and components that start equal never separate: every row belongs "
        "to them alike, so each M-step makes them equal again. Start elsewhere, or use fewer components."
    )


def _that_are_round(sweep: Pass, mixture: Mixture) -> str:
    """A sentence on components whose directions nothing determines, in a model that gives them a shape."""
    shape = SHAPES.get(mixture.covariance_type)
    if shape is None or not shape.lends_its_shape:
        return ""
    found = sweep(mixture)
    own = np.linalg.eigvalsh(mixture.family.per_sample(found.masses, found.scatter))
    lent = np.linalg.eigvalsh(mixture.covariances)
    alike = (np.diff(own) <= ALIKE * own[:, -1:]) & (np.diff(lent) > 1e3 * ALIKE * lent[:, -1:])
    if not (some := np.flatnonzero(alike.any(axis=1)).tolist()):
        return ""
    whose = together([str(j + 1) for j in some])
    return (
        f"The rows of {plural(len(some), 'component')} {whose} scatter alike in several directions, so where "
        "the common shape is longer there is not determined: another way would be as good."
    )


def start_at(
    X: RowsLike,
    means: ArrayLike,
    *,
    covariance_type: str = "full",
    reg_covar: float = 1e-6,
    sample_weight: ArrayLike | None = None,
    missing: str = "raise",
) -> Mixture:
    """A start with these means (k, d), placed by hand, for `fit`.

    The weights are equal, and each covariance is that of all the data divided by k^(2/d), so that together
    the components fill the volume of the whole. `sample_weight` and `missing` as in `fit`.
    """
    means = as_floats(means, "means")
    if looked := looked_at(X, sample_weight=sample_weight, missing=missing):
        X = looked.sample
    X, weights, _ = _sample(cast(ArrayLike, X), 1, sample_weight, missing)
    if means.ndim != 2 or means.shape[1] != X.shape[1] or not len(means):
        raise ValueError(
            f"means must have the shape (n_components, {X.shape[1]}), as X has {X.shape[1]} "
            f"{plural(X.shape[1], 'feature')}; got {means.shape}."
        )
    k, d = means.shape
    family = family_named(covariance_type)
    reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
    try:
        whole = m_step(evenly(X, k, family, weights), reg_covar=reg_covar)
    except CollapseError:
        raise ValueError(_why_flat(X, reg_covar)) from None
    return Mixture(np.full(k, 1 / k), means, whole.covariances / k ** (2 / d), family.name)


def first_mixture(
    X: Array,
    begun: Expectation,
    reg_covar: float,
    sample_weight: Array | None = None,
    prior: Prior | None = None,
) -> tuple[Mixture, str]:
    """The M-step after a start's responsibilities, and what had to be done about it, if anything.

    With `reg_covar=0`, a start whose components sit on single rows has no covariance: then all of them
    begin with the covariance of the whole data.
    """
    try:
        return m_step(begun, reg_covar=reg_covar, prior=prior), ""
    except CollapseError:
        try:
            of_all = evenly(X, len(begun.counts), begun.family, sample_weight)
            whole = m_step(of_all, reg_covar=reg_covar)
        except CollapseError:
            raise ValueError(_why_flat(X, reg_covar)) from None
        shares = begun.counts / begun.counts.sum()
        mixture = Mixture(shares, begun.means, whole.covariances, begun.family.name)
        return mixture, (
            "In this start, a component had no extent of its own, so all components "
            "begin with the covariance of the whole data."
        )


def run(
    sweep: Pass,
    start: Mixture,
    *,
    tol: float,
    criterion: str = "log_likelihood",
    max_iter: int,
    before: float = -np.inf,
    offset: float = 0.0,
    least: float = 0.0,
    room: float = np.inf,
    on_step: Callable[[Step], None] | None = None,
    prior: Prior | None = None,
) -> Trace:
    """EM on prepared data from a checked start, with scikit-learn's rule for stopping.

    before : the log-likelihood that the first one is compared with (a warm start has one).
    offset : added to the first log-likelihood in that rule only: scikit-learn's starts on single rows
        have weights that do not sum to 1.
    least : a component with fewer rows, in sum of responsibilities, has collapsed.
    room : how many bytes the steps may take that the trace keeps.
    on_step : called with every step as it is found.
    prior : what the M-steps of `sweep` have; the log-posterior then is what stops.
    """
    kept = Record(start, room, on_step, prior)
    mixture = old = start
    settled = False
    for iteration in count():
        expectation, raised = sweep.step(mixture)
        kept.add(mixture, expectation)
        log_likelihood = expectation.log_likelihood
        if expectation.counts.min() < least:
            return kept.trace(StopReason.COLLAPSED, int(expectation.counts.argmin()))
        if settled:
            return kept.trace(StopReason.CONVERGED)
        if criterion == "weights" and iteration > 0 and _moved(old, mixture) < tol:
            return kept.trace(StopReason.WEIGHTS_STAND)
        if iteration == max_iter:
            return kept.trace(StopReason.MAX_ITER)
        after = log_likelihood + (offset if iteration == 0 else 0.0) + kept.log_prior
        settled = criterion == "log_likelihood" and abs(after - before) < tol
        before = after
        if isinstance(raised, CollapseError):
            return kept.trace(StopReason.COLLAPSED, raised.component)
        old, mixture = mixture, raised
    raise AssertionError("a count has no end")


def _moved(old: Mixture, mixture: Mixture) -> float:
    """How far the last iteration moved the weights."""
    return float(np.linalg.norm(mixture.weights - old.weights))


class Record:
    """The steps of a run as they are found; where there is no room for all, some of them, evenly apart.

    What only a reader wants to know, the bounds, is found for many steps at once.
    """

    def __init__(
        self, start: Mixture, room: float, on_step: Callable[[Step], None] | None, prior: Prior | None
    ) -> None:
        size = 1000 + sum(getattr(start, name).nbytes for name in ARRAYS)
        self._most, self._on_step = max(1, room / size) if room else 0, on_step
        self._at_once = 1 if on_step else max(2, min(64, BATCH // size))
        self._curve: list[float] = []
        self._steps: list[Step] = []
        self._every = 1
        self._new: list[tuple[Mixture, Expectation]] = []
        self._before: list[tuple[Mixture, Expectation]] = []
        self._prior, self.log_prior = prior, 0.0
        self._prior_curve: list[float] = []

    def add(self, mixture: Mixture, expectation: Expectation) -> None:
        self._curve.append(expectation.log_likelihood)
        if self._prior is not None:
            self.log_prior = log_prior_of(self._prior, mixture, expectation.n_samples)
            self._prior_curve.append(self.log_prior)
        if not self._most and not self._on_step:  # the last is enough, and nobody asks for its bound
            self._new.clear()
        self._new.append((mixture, expectation))
        if len(self._new) == self._at_once:
            self._enter()

    def trace(self, stop: StopReason, collapsed: int | None = None) -> Trace:
        self._enter()
        steps = self._steps if self._steps and self._steps[-1] is self._last else [*self._steps, self._last]
        thinned = len(steps) < len(self._curve)
        return Trace(
            tuple(steps),
            stop,
            collapsed,
            curve=tuple(self._curve) if thinned else (),
            prior=self._prior,
            prior_curve=tuple(self._prior_curve) if thinned else (),
        )

    def _enter(self) -> None:
        if not self._new:
            return
        chain = [*self._before, *self._new]
        before, after = chain[:-1], chain[1:]
        bounds: list[float | None] = [] if self._before else [None]
        if after:
            bounds += lower_bounds([m for m, _ in after], [m for m, _ in before], [e for _, e in before])
        first = len(self._curve) - len(self._new)
        for iteration, (mixture, expectation), bound in zip(count(first), self._new, bounds, strict=False):
            counts = tuple(expectation.counts.tolist())
            log_prior = self._prior_curve[iteration] if self._prior_curve else 0.0
            if bound is not None:
                bound += log_prior
            self._last = Step(iteration, mixture, expectation.log_likelihood, bound, counts, log_prior)
            if self._most and iteration % self._every == 0:
                self._steps.append(self._last)
            if self._on_step is not None:
                self._on_step(self._last)
        self._before, self._new = chain[-1:], []
        while len(self._steps) > self._most:
            self._steps, self._every = self._steps[::2], 2 * self._every


def _complete(mixtures: Sequence[Mixture], expectations: Sequence[Expectation]) -> Array:
    """The expected complete-data log-likelihoods, summed over rows, (T,). Bishop, PRML, eq. 9.40."""
    family, (k, d), T = mixtures[0].family, mixtures[0].means.shape, len(mixtures)
    each, q = family.each, len(mixtures[0].factor)  # q covariances in a mixture: k, or 1 for all
    counts = np.concatenate([one.counts for one in expectations])
    weights = np.concatenate([one.weights for one in mixtures])
    factors, whiteners = (np.stack([getattr(m, name) for m in mixtures]) for name in ("factor", "whitener"))
    scatters = np.stack([one.scatter for one in expectations]).reshape(T * q, *each.shape(1, d)[1:])
    distances = each.mahalanobis(whiteners.reshape(T * q, *whiteners.shape[2:]), scatters, d)
    offsets = np.concatenate([e.means - m.means for e, m in zip(expectations, mixtures, strict=True)])
    factors, whiteners = (
        family.apart(roots, k).reshape(T * k, *roots.shape[2:]) for roots in (factors, whiteners)
    )
    between = each.white_offsets(whiteners, offsets)
    peaks = log_peaks(each, np.ones(1), factors, d)
    squares = np.einsum("kd,kd->k", between, between)
    if expectations[0].beyond is not None:
        squares *= np.concatenate([one.masses for one in expectations]) / np.maximum(counts, TINY)
    total = xlogy(counts, weights) + counts * (peaks - 0.5 * squares)
    return np.asarray(total.reshape(T, k).sum(axis=1) - 0.5 * distances.reshape(T, q).sum(axis=1))


def _why_flat(X: Array, reg_covar: float) -> str:
    return (
        f"{why_flat(X)}, so with reg_covar = {reg_covar:g} a covariance has no extent there. "
        "Leave such columns out, or raise reg_covar (it is in squared data units)."
    )


def check_start(start: Mixture, X: Array, n_components: int, covariance_type: str) -> None:
    """A `ValueError` if EM on X (n, d) with these options cannot begin with `start`."""
    if not isinstance(start, Mixture):
        raise ValueError(f"start must be a Mixture; got {type(start).__name__}.")
    if start.n_components != n_components:
        raise ValueError(f"start has {start.n_components} components, but n_components = {n_components}.")
    if start.n_features != X.shape[1]:
        raise ValueError(f"start has {start.n_features} features, but X has {X.shape[1]}.")
    if start.covariance_type != covariance_type:
        raise ValueError(
            f"start has covariance_type {start.covariance_type!r}, but the run "
            f"{covariance_type!r}: pass covariance_type={start.covariance_type!r}."
        )


def falls(log_likelihoods: NDArray[np.float64]) -> list[int]:
    """The iterations in which the log-likelihood fell by more than rounding."""
    before = log_likelihoods[:-1]
    with np.errstate(invalid="ignore"):  # what is no number does not fall
        fell = before - log_likelihoods[1:] > FALL * np.maximum(1.0, np.abs(before))
    return (np.flatnonzero(fell) + 1).tolist()


def largest_fall(log_likelihoods: NDArray[np.float64]) -> float:
    """By how much the log-likelihood fell at most in one iteration; 0 where it never did."""
    fell = falls(log_likelihoods)
    return float(max((log_likelihoods[t - 1] - log_likelihoods[t] for t in fell), default=0.0))

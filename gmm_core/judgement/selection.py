"""Which mixture fits best: AIC, BIC and ICL, and a comparison over k and family from several starts.

Letters: n samples, k components, d features. All criteria: lower is better, as in scikit-learn.

Every start is a partition of the rows. The partitions are found on standardised and on whitened data, and
shared by the families, so that neither units nor one stretched direction decide what is found. Where there is
noise beside the components, they are of the rows that are no strays at first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from gmm_core.engine.arrays import Array, n_counted, variances, weights_of
from gmm_core.engine.checks import (
    as_amount,
    as_count,
    as_matrix,
    as_weighted_sample,
    as_weights,
    constant_columns,
    constant_in,
)
from gmm_core.engine.covariance import FAMILIES, family_named
from gmm_core.engine.em import REG_COVAR, StopReason, first_mixture
from gmm_core.engine.floor import RELATIVE_REG_COVAR
from gmm_core.engine.mixture import NOISE, Mixture
from gmm_core.engine.stack import OnIteration, Stack
from gmm_core.engine.starts import from_labels, partitions
from gmm_core.engine.strays import NOISE_WEIGHT, Beginning, as_dof, box_of
from gmm_core.judgement.labels import accuracy
from gmm_core.judgement.levels import one_by_one, scales

MOST_ROWS = 5000  # more rows than this are compared by a random sample of so many
SCREEN_TOL = 1e-4  # every start is run to this change of the mean log-likelihood, ...
IN_THE_RUNNING = 30.0  # ... and to `tol` if its BIC is then within this of the best so far.
LOOK = 5  # iterations between two looks whether a run that costs much is degenerate; it then ends below ...
ASIDE_TOL = 1e-3  # ... this change. Where rows lie far out, that halves the time of a comparison.
# With up to so many numbers in the data, runs with every k of a family share a stack (measured: 1.2 to 1.9
# times faster). With more, that takes so long that the fits shall come one by one.
FEW_NUMBERS = 20_000
FEW_FEATURES = 20  # with more, a stack saves nothing: see `sweep.NATURAL_MOST_FEATURES`
NUMBERS_EACH = 3  # numbers in the data for each parameter, at the least
# Starts agree when their BIC is within 2, "not worth more than a bare mention" (Kass & Raftery 1995) ...
AGREE_BIC = 2.0
AGREE_ROWS = 0.95  # ... and this share of the rows is in matching components.

Number = TypeVar("Number", float, Array)
Mapped = Callable[..., Iterator[Any]]  # the built-in `map`, or what is called like it
Tails = float | str | None  # of components: `dof` as in `em.fit`, but one number where it is held
Model = tuple[int, str]  # k and family


def aic(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """Akaike's criterion of `mixture` on X (n, d): -2 log L + 2 p, p free parameters. Akaike 1974.

    sample_weight : (n,), how often each row counts, here and below; None: once.
    """
    log_likelihood, _ = _total(mixture.log_density(X), sample_weight)
    return -2 * log_likelihood + 2 * mixture.n_parameters


def bic(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """The Bayesian criterion of `mixture` on X (n, d): -2 log L + p log n. Schwarz 1978.

    n is the number of rows; where these have weights, the sum of them.
    """
    return _bic(mixture.n_parameters, *_total(mixture.log_density(X), sample_weight))


def icl(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    """BIC + 2 x the entropy of the responsibilities: overlap counts against a fit. Biernacki et al. 2000."""
    responsibilities = mixture.shares(X)
    minus_entropy, _ = _total(xlogy(responsibilities, responsibilities).sum(axis=1), sample_weight)
    return bic(mixture, X, sample_weight=sample_weight) - 2 * minus_entropy


def _total(of_rows: Array, sample_weight: ArrayLike | None) -> tuple[float, float]:
    """The sum of numbers of rows (n,) as often as these count, and how many rows that are."""
    weights = as_weights(sample_weight, len(of_rows))
    if weights is None:
        return float(of_rows.sum()), len(of_rows)
    return float(of_rows @ weights), float(weights.sum())


@dataclass(frozen=True)
class Attempt:
    """One start, and where EM ended; ``fit(X, k, start=attempt.start, ...)`` plays it again.

    log_likelihood : total, natural logarithm. defect : what is wrong with a component, or "".
    """

    start: Mixture
    mixture: Mixture
    log_likelihood: float
    bic: float
    n_iter: int
    stop: StopReason
    defect: str

    @property
    def aic(self) -> float:
        return float(-2 * self.log_likelihood + 2 * self.mixture.n_parameters)


@dataclass(frozen=True)
class Fit:
    """The best of several starts for one k and one family.

    attempts : every start, without defect first, then by BIC: the first is the best.
    n_agree : of the starts that count, those whose BIC is within 2 of the best one's, and 95% of their rows
        in the same clusters.
    """

    n_components: int
    covariance_type: str
    attempts: tuple[Attempt, ...]
    n_agree: int
    icl: float

    @property
    def mixture(self) -> Mixture:
        return self.attempts[0].mixture

    @property
    def bic(self) -> float:
        return self.attempts[0].bic

    @property
    def bics(self) -> Array:
        """BIC of every start, (n_starts,)."""
        return np.array([attempt.bic for attempt in self.attempts])

    @property
    def degenerate(self) -> bool:
        """Whether every start ended with a component on too few rows: such a fit never wins."""
        return bool(self.attempts[0].defect)

    @property
    def n_counted(self) -> int:
        """Starts that count: without a defect, or all where every one has one."""
        return sum(bool(attempt.defect) == self.degenerate for attempt in self.attempts)

    @property
    def defects(self) -> tuple[str, ...]:
        return tuple(attempt.defect for attempt in self.attempts if attempt.defect)


@dataclass(frozen=True)
class Comparison:
    """All fits to the same rows.

    n_samples : rows of the data. rows : the indices of those that were compared, all that count or a random
    sample. sample_weight : (n_samples,), how often each counts; None: once.
    reg_covar : what was added to every variance, in squared data units. plan : every (k, family) that was to
    be tried, in order; the last have no fit where the comparison was stopped.
    """

    fits: tuple[Fit, ...]
    n_samples: int
    rows: NDArray[np.intp]
    reg_covar: float
    plan: tuple[Model, ...]
    sample_weight: Array | None = None

    @property
    def weights(self) -> Array | None:
        """How often each of the rows counts that were compared; None: once."""
        return weights_of(self.rows, self.sample_weight)

    @property
    def n_counted(self) -> float:
        """As how many rows those count that were compared."""
        return n_counted(len(self.rows), self.weights)

    @property
    def stopped(self) -> bool:
        return len(self.fits) < len(self.plan)

    @property
    def sampled(self) -> bool:
        n = self.n_samples if self.sample_weight is None else np.count_nonzero(self.sample_weight)
        return bool(len(self.rows) < n)

    @property
    def ranking(self) -> tuple[Fit, ...]:
        """The fits that are not degenerate, by BIC."""
        return tuple(sorted((f for f in self.fits if not f.degenerate), key=lambda f: f.bic))

    @property
    def best(self) -> Fit | None:
        return next(iter(self.ranking), None)

    @property
    def by_components(self) -> dict[int, Fit]:
        """k -> the best fit with so many components that is not degenerate, k rising."""
        best: dict[int, Fit] = {}
        for one in self.ranking:
            best.setdefault(one.n_components, one)
        return dict(sorted(best.items()))


def default_reg_covar(X: Array, sample_weight: Array | None = None) -> float:
    """A millionth of the smallest variance of a column: in squared data units, so it follows the scale."""
    return RELATIVE_REG_COVAR * float(variances(X, sample_weight).min())


def compared_rows(n: int, random_state: int = 0) -> NDArray[np.intp]:
    """The indices of the rows that are compared: all, or 5,000 at random, in order.

    Rows with weights are drawn as others are, and keep their weights: then any weighted sum over those that
    are drawn says without bias what it is over all. Drawn in proportion to weights, and without putting them
    back, the heaviest would count too little.
    """
    if n <= MOST_ROWS:
        return np.arange(n)
    return np.sort(np.random.default_rng(random_state).choice(n, MOST_ROWS, replace=False))


def some_that_count(
    X: ArrayLike, n_components: int, sample_weight: ArrayLike | None, random_state: int = 0
) -> tuple[Array, Array | None]:
    """The rows of X (n, d) that are compared, of those that count, checked, and how often each counts.

    n_components : so many different rows are needed.
    """
    X, weights = as_weighted_sample(X, n_components, sample_weight)
    rows = compared_rows(len(X), random_state)
    return X[rows], weights_of(rows, weights)


def planned(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    *,
    sample_weight: ArrayLike | None = None,
    noise: bool = False,
    dof: Tails = None,
) -> tuple[Model, ...]:
    """The (k, family) that `fits` will try on X (n, d), in order: by k, or with few rows by family.

    Left out are those with fewer than 3 numbers in the data for each parameter, or more components than
    half the different rows; one Gaussian of the last family is always tried. With one feature,
    diag and spherical are the same as full (see `different`). sample_weight : (n,), how often each row
    counts; None: once.
    """
    X, weights = some_that_count(X, 1, sample_weight)
    distinct, size = len(np.unique(X, axis=0)), n_counted(len(X), weights) * X.shape[1]

    def fair(k: int, name: str) -> bool:
        n_parameters = k - 1 + k * X.shape[1] + family_named(name).n_parameters(k, X.shape[1])
        n_parameters += (2 if noise else 0) + (k if dof == "each" else int(dof == "common"))
        return NUMBERS_EACH * n_parameters <= size and 2 * k <= distinct

    ks = [as_count(k, "n_components", 1) for k in n_components]
    names = different(families, X.shape[1])
    plan = [(k, name) for k in ks for name in names if fair(k, name) or (k == 1 and name == names[-1])]
    return tuple(sorted(plan, key=lambda of: names.index(of[1])) if side_by_side(X) else plan)


def side_by_side(X: Array) -> bool:
    """Whether X (n, d) is so small that a family is fitted with every k at once."""
    n, d = X.shape
    return d <= FEW_FEATURES and min(n, MOST_ROWS) * d <= FEW_NUMBERS


def different(families: Collection[str], d: int) -> list[str]:
    """Those of the families that are not, with d features, the same as another of them."""

    def repeats(name: str) -> bool:
        same = family_named(name).with_one_feature
        return d == 1 and same != name and same in families

    return [name for name in families if not repeats(name)]


def fits(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 6,
    *,
    sample_weight: ArrayLike | None = None,
    reg_covar: float | None = None,
    max_iter: int = 500,
    tol: float = 1e-6,
    random_state: int = 0,
    to_the_end: bool = False,
    noise: bool = False,
    dof: Tails = None,
    after: Sequence[Fit] = (),
    mapped: Mapped = map,
) -> Iterator[Fit]:
    """Fit X (n, d) for every k and family of `planned`, and yield each `Fit` as it is finished.

    A caller can stop anywhere, and pass what it has to `compare`; or go on later, with what it has as
    `after` and the same options: the fits that follow are those of a run that was not stopped. Starts that
    are clearly behind the best fit with a smaller k, or degenerate and costly, are not run to the end
    (`tol`), so their BIC may be a little too high, unless `to_the_end` asks for it: without that, the spread
    over starts is only roughly right. `reg_covar`, in squared units, is `default_reg_covar` unless given.
    `mapped` is called as the built-in `map` is, and may spread the fits over processes: what is found is the
    same. sample_weight : (n,), how often each row counts, as in `em.fit`; None: once. `noise` and `dof` put
    noise beside the components and make these t distributions, as in `em.fit`; the criteria count the
    parameters of both. Raises `ValueError` for constant columns, in which a Gaussian has no extent, and for
    what EM cannot begin with.
    """
    plan = planned(X, n_components, families, sample_weight=sample_weight, noise=noise, dof=dof)
    as_dof(dof, 1)
    X, weights = some_that_count(X, 1, sample_weight, random_state)
    X, reg_covar = without_constants(X), known_reg_covar(reg_covar, X, weights)
    n_starts = as_count(n_starts, "n_starts", 1)
    how = _How(X, weights, n_starts, reg_covar, tol, max_iter, random_state, to_the_end, noise, dof)
    found, known = list(after), set(plan[: len(after)])
    at_once = side_by_side(X)
    tasks = tasks_of(plan, known, at_once)
    # With nothing to be compared with, all can be fitted at once; else all with the same k.
    turns = [list(some) for _, some in groupby(tasks, lambda task: at_once or to_the_end or task[0][0])]
    ks = list(dict.fromkeys(k for task in tasks for k, _ in task))
    parted = zip(ks, mapped(how.parted, ks), strict=True)  # a few k ahead of the fits
    labels: dict[int, NDArray[np.intp]] = {}
    for turn in turns:
        while any(k not in labels for task in turn for k, _ in task):
            labels.update([next(parted)])
        smaller = (f.bic for f in found if not f.degenerate and f.n_components < turn[0][0][0])
        fit = partial(how.fit, give_up=min(smaller, default=np.inf) + IN_THE_RUNNING)
        for fitted in mapped(fit, [[(*of, labels[of[0]]) for of in task] for task in turn]):
            new = [one for one in fitted if (one.n_components, one.covariance_type) not in known]
            found += new
            yield from new


def tasks_of(plan: Sequence[Model], known: set[Model], families: bool) -> list[list[Model]]:
    """What is left of a plan, in tasks of models that share a stack: one alone, or all of one family.

    Of a family that was left half done they are all, so that its runs are what they would have been.
    """
    tasks = [list(some) for _, some in groupby(plan, itemgetter(1) if families else itemgetter(0, 1))]
    return [some for some in tasks if not known.issuperset(some)]


@dataclass(frozen=True, eq=False)
class _How:
    """How a family is fitted to X (n, d) with one k or several: a task, whoever else does the others."""

    X: Array
    sample_weight: Array | None
    n_starts: int
    reg_covar: float
    tol: float
    max_iter: int
    random_state: int
    to_the_end: bool
    noise: bool
    dof: Tails

    def parted(self, k: int, on_iteration: OnIteration | None = None) -> NDArray[np.intp]:
        """The labels of every start, (starts, n), which all families share; too soon done to say how far."""
        n_starts = self.n_starts if k > 1 else 1
        return parted(self.X, k, n_starts, self.random_state, self.sample_weight, self.noise)

    def fit(
        self,
        of: Sequence[tuple[int, str, NDArray[np.intp]]],
        give_up: float,
        on_iteration: OnIteration | None = None,
    ) -> list[Fit]:
        """The fits with these k, rising, and one family, each from what was `parted`.

        give_up : runs whose BIC is above it when they are slow are not run to the end; nor are those above
        that of a fit here with a smaller k.
        on_iteration : called after each, with how many starts are at their end.
        """
        X, weights, reg_covar, beyond = self.X, self.sample_weight, self.reg_covar, (self.noise, self.dof)
        n = n_counted(len(X), weights)
        starts = [
            partition_start(X, one, k, name, reg_covar, weights, *beyond)
            for k, name, labels in of
            for one in labels
        ]
        how: dict[str, Any] = {"reg_covar": reg_covar, "tol": self.tol, "max_iter": self.max_iter}
        stack, columns = Stack([X], starts, **how, sample_weights=[weights]), scales(X)

        @cache
        def defect(run: int) -> str:
            """Why a run that has ended tells of no groups, in words, or ""."""
            return stack.defect(run) or one_by_one(stack.mixture(run), columns)

        n_parameters = np.array([start.n_parameters for start in starts], dtype=np.float64)
        bound, running = np.full(len(starts), give_up), stack.running
        while stack.advance():
            if not self.to_the_end:
                bics = _bic(n_parameters, stack.log_likelihoods, n)
                behind = (stack.change < SCREEN_TOL) & (bics >= bound)
                if stack.iteration % LOOK == 0:  # it would be set aside at its end, too
                    slow = stack.narrow[stack.change[stack.narrow] < ASIDE_TOL]
                    behind[[run for run in slow if stack.defect(run)]] = True
                if behind.any():
                    stack.end(behind)
                ended = np.setdiff1d(running, stack.running) if len(stack.running) < len(running) else ()
                for run in ended:
                    larger = stack.ks > stack.ks[run]
                    if larger.any() and not defect(run):
                        bound[larger] = np.minimum(bound[larger], bics[run] + IN_THE_RUNNING)
                running = stack.running
            if on_iteration is not None:
                on_iteration(len(starts) - len(stack.running))
        attempts = [_attempt(stack, run, start, n, defect(run)) for run, start in enumerate(starts)]
        by_k = groupby(attempts, key=lambda one: one.mixture.n_components)
        return [_fit(list(some), X, weights) for _, some in by_k]


def compare(
    X: ArrayLike,
    found: Iterable[Fit],
    plan: Sequence[Model] | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    reg_covar: float | None = None,
    random_state: int = 0,
) -> Comparison:
    """What `fits` yielded for X, all or some, as a `Comparison`; pass the same options to both.

    plan : what was `planned`; without it, what was found is taken to be all.
    """
    X, found = as_matrix(X), tuple(found)
    weights = as_weights(sample_weight, len(X))
    that_count = np.arange(len(X)) if weights is None else np.flatnonzero(weights)
    rows = that_count[compared_rows(len(that_count), random_state)]
    if reg_covar is None:
        reg_covar = default_reg_covar(*some_that_count(X, 1, sample_weight, random_state))
    if plan is None:
        plan = [(one.n_components, one.covariance_type) for one in found]
    return Comparison(found, len(X), rows, reg_covar, tuple(plan), weights)


def sweep_models(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 6,
    *,
    sample_weight: ArrayLike | None = None,
    reg_covar: float | None = None,
    max_iter: int = 500,
    tol: float = 1e-6,
    random_state: int = 0,
    to_the_end: bool = False,
    noise: bool = False,
    dof: Tails = None,
    on_fit: Callable[[Fit], None] | None = None,
) -> Comparison:
    """All of `fits` in one call; `on_fit` is called with each, and what it raises ends the run."""
    found = []
    for one in fits(
        X,
        n_components,
        families,
        n_starts,
        sample_weight=sample_weight,
        reg_covar=reg_covar,
        max_iter=max_iter,
        tol=tol,
        random_state=random_state,
        to_the_end=to_the_end,
        noise=noise,
        dof=dof,
    ):
        found.append(one)
        if on_fit is not None:
            on_fit(one)
    return compare(X, found, sample_weight=sample_weight, reg_covar=reg_covar, random_state=random_state)


def _bic(n_parameters: Number, log_likelihood: Number, n: float) -> Number:
    """The criterion for one log-likelihood, or several, of such a mixture."""
    return -2 * log_likelihood + n_parameters * float(np.log(n))


def known_reg_covar(given: float | None, X: Array, sample_weight: Array | None) -> float:
    """What was given, checked; None: `default_reg_covar` of these rows."""
    if given is None:
        return default_reg_covar(X, sample_weight)
    return as_amount(given, "reg_covar", REG_COVAR)


def parted(
    X: Array, k: int, n_starts: int, seed: int, sample_weight: Array | None = None, noise: bool = False
) -> NDArray[np.intp]:
    """The labels of several starts on rows X (n, d), (starts, n): `starts.partitions`, and with noise, -1 for
    rows that are strays at first.
    """
    if not noise:
        return np.array(partitions(X, k, n_starts, seed, sample_weight))
    kept = Beginning.of(X, k, (NOISE_WEIGHT, None), None, sample_weight).rows
    if constant_columns(X[kept]):
        kept = slice(None)
    labels = np.full((n_starts, len(X)), NOISE)
    labels[:, kept] = partitions(X[kept], k, n_starts, seed, weights_of(kept, sample_weight))
    return labels


def partition_start(
    X: Array,
    labels: NDArray[np.intp],
    k: int,
    name: str,
    reg_covar: float,
    sample_weight: Array | None = None,
    noise: bool = False,
    dof: Tails = None,
) -> Mixture:
    """The mixture whose components are the parts of X (n, d) with these labels (n,), from 0 to k - 1.

    noise, dof : as in `fits`; with noise, no component has rows whose label is -1.
    """
    rows = labels != NOISE
    some, weights = X[rows], weights_of(rows, sample_weight)
    begun = from_labels(some, labels[rows], k, family_named(name), weights)
    start = first_mixture(some, begun, reg_covar, weights)[0]
    of_noise = (NOISE_WEIGHT, box_of(X)) if noise else (0.0, None)
    return Beginning(rows, weights, *of_noise, *(as_dof(dof, k) or (None, "each"))).completed(start)


def without_constants(X: Array) -> Array:
    """X itself; a `ValueError` if a column is constant."""
    columns = constant_columns(X)
    if columns:
        raise ValueError(f"{constant_in(columns)}: a Gaussian has no extent there. Leave such columns out.")
    return X


def _attempt(stack: Stack, run: int, start: Mixture, n: float, defect: str) -> Attempt:
    mixture, stop, total = stack.mixture(run), stack.stops[run], float(stack.log_likelihoods[run])
    assert stop is not None
    score = _bic(mixture.n_parameters, total, n)
    return Attempt(start, mixture, total, score, int(stack.n_iter[run]), stop, defect)


def _fit(attempts: list[Attempt], X: Array, sample_weight: Array | None) -> Fit:
    ranked = tuple(sorted(attempts, key=lambda attempt: (bool(attempt.defect), attempt.bic)))
    best = ranked[0].mixture
    counted = [a for a in ranked if bool(a.defect) == bool(ranked[0].defect)]
    close = [a for a in counted if abs(a.bic - ranked[0].bic) <= AGREE_BIC]
    labels = [a.mixture.log_joint(X).argmax(axis=1) for a in close]
    agree = [accuracy(labels[0], other, sample_weight=sample_weight) for other in labels]
    n_agree = sum(share >= AGREE_ROWS for share in agree)
    of_all = icl(best, X, sample_weight=sample_weight)
    return Fit(best.n_components, best.covariance_type, ranked, n_agree, of_all)

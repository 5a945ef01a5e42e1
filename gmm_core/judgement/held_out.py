"""How well a mixture predicts rows that it has not seen: the log-likelihood by cross-validation.

Letters: n samples, k components, d features, f folds, s starts.

The log-likelihood of the rows that a mixture was fitted to rises with every component. That of rows held out
rises only while the components are in the data and not in the sample alone (Smyth 2000).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import KFold

from gmm_core.engine.arrays import Array, weights_of
from gmm_core.engine.checks import as_count
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.stack import OnIteration, Stack
from gmm_core.engine.strays import as_dof
from gmm_core.judgement.selection import (
    Mapped,
    Tails,
    known_reg_covar,
    parted,
    partition_start,
    planned,
    side_by_side,
    some_that_count,
    tasks_of,
    without_constants,
)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What cross-validation says about one k and one family.

    scores : (f, s), the mean log-likelihood of a row held out. In each fold the first start is the one with
        the highest log-likelihood of the rows that it was fitted to. NaN for starts with a degenerate end.
    defects : why each of these was left out, in words.
    """

    n_components: int
    covariance_type: str
    scores: Array
    defects: tuple[str, ...]

    @property
    def mean(self) -> float:
        """Of the best starts; NaN where in some fold every end is degenerate."""
        return float(self.scores[:, 0].mean())

    @property
    def spread(self) -> float:
        """How far apart the starts of a fold end, on average over folds; NaN where the mean is."""
        filled = np.where(np.isnan(self.scores), self.scores[:, :1], self.scores)
        return float(np.ptp(filled, axis=1).mean())


def held_out(
    X: ArrayLike,
    n_components: Iterable[int] = range(1, 11),
    families: Collection[str] = FAMILIES,
    n_starts: int = 5,
    n_splits: int = 5,
    *,
    sample_weight: ArrayLike | None = None,
    reg_covar: float | None = None,
    max_iter: int = 500,
    tol: float = 1e-6,
    random_state: int = 0,
    noise: bool = False,
    dof: Tails = None,
    after: Sequence[HeldOut] = (),
    mapped: Mapped = map,
) -> Iterator[HeldOut]:
    """Cross-validate every k and family of `selection.planned` on X (n, d), and yield each when it is done.

    The rows are shuffled into `n_splits` folds; to the rows of all folds but one, several starts are fitted
    as `selection.fits` does it, those of all folds at once, and of every k where there are few rows. A caller
    can stop anywhere, and go on later, with what it has as `after`; `mapped` as in `selection.fits`. Of more
    than 5,000 rows, so many at random are used.

    sample_weight : (n,), how often each row counts, in the fits and in the mean over rows held out; None:
        once. It is rows of X that folds are made of: were one of weight 3 split as three equal rows, a fold
        would be asked about rows that it was fitted to.
    noise, dof : as in `selection.fits`. The box of noise is that of the rows that were fitted to: beyond
        it, a row that is held out is none.
    Raises `ValueError` for columns that are constant in the rows that a fold leaves, and for what EM cannot
    begin with.
    """
    plan = planned(X, n_components, families, sample_weight=sample_weight, noise=noise, dof=dof)
    as_dof(dof, 1)
    X, weights = some_that_count(X, 1, sample_weight, random_state)
    X = without_constants(X)
    n_starts, n_splits = as_count(n_starts, "n_starts", 1), as_count(n_splits, "n_splits", 2)
    if n_splits > len(X):
        raise ValueError(f"n_splits = {n_splits} is more than the {len(X)} rows of X.")
    reg_covar = known_reg_covar(reg_covar, X, weights)
    folds = list(KFold(n_splits, shuffle=True, random_state=random_state).split(X))
    for train, _ in folds:
        without_constants(X[train])
    how = _How(X, weights, folds, n_starts, reg_covar, tol, max_iter, random_state, noise, dof)
    known = set(plan[: len(after)])
    tasks = tasks_of(plan, known, side_by_side(X))
    ks = list(dict.fromkeys(k for task in tasks for k, _ in task))
    labels = dict(zip(ks, mapped(how.parted, ks), strict=True)) if tasks else {}
    for found in mapped(how.cross_validate, [[(*of, labels[of[0]]) for of in task] for task in tasks]):
        yield from (one for one in found if (one.n_components, one.covariance_type) not in known)


@dataclass(frozen=True, eq=False)
class _How:
    """How a family is cross-validated with one k or several: a task, whoever else does the others.

    folds : (train, test) of each, indices of rows of X (n, d), so weighted.
    """

    X: Array
    sample_weight: Array | None
    folds: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]
    n_starts: int
    reg_covar: float
    tol: float
    max_iter: int
    random_state: int
    noise: bool
    dof: Tails

    def parted(self, k: int, on_iteration: OnIteration | None = None) -> list[NDArray[np.intp]]:
        """The labels of every start of each fold, (starts, rows); too soon done to say how far."""
        several, X = self.n_starts if k > 1 else 1, self.X
        return [
            parted(X[train], k, several, self.random_state, weights_of(train, self.sample_weight), self.noise)
            for train, _ in self.folds
        ]

    def cross_validate(
        self, of: Sequence[tuple[int, str, list[NDArray[np.intp]]]], on_iteration: OnIteration | None = None
    ) -> list[HeldOut]:
        """What cross-validation says of these k and one family, from what was `parted`; `on_iteration` is
        called after each, with how many runs are at their end.
        """
        X, samples = self.X, [self.X[train] for train, _ in self.folds]
        weights = [weights_of(train, self.sample_weight) for train, _ in self.folds]
        starts: list[Mixture] = []
        owner: list[int] = []
        for i, (sample, counting) in enumerate(zip(samples, weights, strict=True)):
            for k, name, of_folds in of:
                how = k, name, self.reg_covar, counting, self.noise, self.dof
                starts += [partition_start(sample, labels, *how) for labels in of_folds[i]]
            owner += [i] * (len(starts) - len(owner))
        stack = Stack(
            *(samples, starts, owner),
            reg_covar=self.reg_covar,
            tol=self.tol,
            max_iter=self.max_iter,
            sample_weights=weights,
        )
        stack.run(on_iteration)
        scores = {k: np.full((len(samples), len(of_folds[0])), np.nan) for k, _, of_folds in of}
        ranks = Counter[tuple[int, int]]()  # of those with each k, so far
        for i, (_, test) in enumerate(self.folds):
            counting = weights_of(test, self.sample_weight)
            for run in stack.honest(i):
                mixture, k = stack.mixture(run), int(stack.ks[run])
                scores[k][i, ranks[i, k]] = np.average(mixture.log_density(X[test]), weights=counting)
                ranks[i, k] += 1
        defects: dict[int, list[str]] = {k: [] for k in scores}
        for run, k in enumerate(stack.ks.tolist()):
            defects[k] += filter(None, [stack.defect(run)])
        return [HeldOut(k, name, scores[k], tuple(defects[k])) for k, name, _ in of]

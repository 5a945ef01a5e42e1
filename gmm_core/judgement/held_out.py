"""How well a mixture predicts rows that it has not seen: the log-likelihood by cross-validation.

Letters: n samples, k components, d features, f folds, s starts.

The log-likelihood of the rows that a mixture was fitted to rises with every component. That of rows held out
rises only while the components are in the data and not in the sample alone (Smyth 2000).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import KFold

from gmm_core.engine.arrays import Array, weights_of
from gmm_core.engine.checks import as_count
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.stack import OnIteration, Stack
from gmm_core.engine.strays import as_dof
from gmm_core.judgement.selection import (
    Mapped,
    Tails,
    known_reg_covar,
    parted,
    partition_start,
    planned,
    some_that_count,
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
    def standard_error(self) -> float:
        """Of the mean, from how much the folds differ."""
        return float(self.scores[:, 0].std(ddof=1) / np.sqrt(len(self.scores)))

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
    as `selection.fits` does it, all folds and starts at once. A caller can stop anywhere, and go on later,
    with what it has as `after`; `mapped` as in `selection.fits`. With more than 5,000 rows, a random sample
    of so many is used.

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
    yield from mapped(how.cross_validate, plan[len(after) :])


@dataclass(frozen=True, eq=False)
class _How:
    """How one k and family is cross-validated: a task of its own, whoever else does the others.

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

    def cross_validate(self, of: tuple[int, str], on_iteration: OnIteration | None = None) -> HeldOut:
        """What cross-validation says of this k and family; `on_iteration` is called after each."""
        (k, name), X = of, self.X
        several, samples = self.n_starts if k > 1 else 1, [X[train] for train, _ in self.folds]
        weights = [weights_of(train, self.sample_weight) for train, _ in self.folds]
        starts = [
            partition_start(sample, labels, k, name, self.reg_covar, counting, self.noise, self.dof)
            for sample, counting in zip(samples, weights, strict=True)
            for labels in parted(sample, k, several, self.random_state, counting, self.noise)
        ]
        owner = np.repeat(np.arange(len(samples)), several).tolist()
        stack = Stack(
            *(samples, starts, owner),
            reg_covar=self.reg_covar,
            tol=self.tol,
            max_iter=self.max_iter,
            sample_weights=weights,
        )
        stack.run(on_iteration)
        scores = np.full((len(samples), several), np.nan)
        for i, (_, test) in enumerate(self.folds):
            counting = weights_of(test, self.sample_weight)
            for rank, run in enumerate(stack.honest(i)):
                scores[i, rank] = np.average(stack.mixture(run).log_density(X[test]), weights=counting)
        defects = tuple(filter(None, map(stack.defect, range(len(starts)))))
        return HeldOut(k, name, scores, defects)

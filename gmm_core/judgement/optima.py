"""Where a race ended: the distinct end states, and how often each initialisation reaches which.

Letters: n samples, k components, d features, R runs.

Two runs ended in the same state when their log-likelihoods are within `SAME`, and so is the distance D of
their densities, D^2 = the sum over rows of (log p - log q)^2. D asks for no order of the components, so no
permutation must be undone; and where two components have become one, how they share its weight makes no
difference, as it should. Near a maximum D^2 is what the gap of the parameters is in units of their
standard errors, squared, because the Fisher information is the variance of the score (McLachlan & Peel,
section 2.15): a D below 1 is a gap below one standard error, which means nothing. It is also about twice
the log-likelihood still to be gained: runs that were stopped within half a unit of the same maximum are
one end state, and runs that were stopped farther below it are not, because nothing says where they would go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import binomtest

from gmm_core.engine.arrays import TINY, Array, n_counted, weights_of
from gmm_core.engine.checks import as_matrix, that_count
from gmm_core.engine.health import defect, least_variance, points_fallen_on
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement.race import Race
from gmm_core.judgement.selection import compared_rows

SAME = 1.0


@dataclass(frozen=True, eq=False)
class EndState:
    """A state in which one run or more of a race ended.

    runs : their indices in the race, the highest log-likelihood first.
    mixture, log_likelihood : of the first of them; the log-likelihood is total.
    share : of all runs that have ended.
    n_iter : the iterations of each of `runs`.
    collapsed : whether a component of these runs collapsed; then they have no end, because the likelihood
        has no upper limit there or a component lost all its rows, and `mixture` is the last good one.
    defect : what makes the mixture degenerate, in words, or "": where a component sits on few or equal rows,
        or only reg_covar holds it open, the likelihood is no merit.
    twins : the first two components that are closer to each other than `SAME`, or None. Equal ones never
        separate: EM rests on a saddle then, and not on a maximum.
    """

    runs: tuple[int, ...]
    mixture: Mixture
    log_likelihood: float
    share: float
    n_iter: NDArray[np.intp]
    collapsed: bool
    defect: str
    twins: tuple[int, int] | None

    @property
    def honest(self) -> bool:
        """Whether it is a fit and not a degenerate one."""
        return not self.collapsed and not self.defect


def end_states(
    race: Race, X: ArrayLike, same: float = SAME, *, sample_weight: ArrayLike | None = None
) -> tuple[EndState, ...]:
    """The distinct states in which runs of `race` on X (n, d) have ended, the highest log-likelihood first.

    Runs that still go on are in none. Collapsed ones come last, by the rows on which they fell. With more
    than 5,000 rows, D is estimated from a sample of so many. `same` is where two states begin to differ.
    `sample_weight` is that of the race.
    """
    X, weights = that_count(as_matrix(X), sample_weight)
    rows = compared_rows(len(X))
    counting = weights_of(rows, weights)
    roots = np.ones(len(rows)) if counting is None else np.sqrt(counting)
    share = n_counted(len(rows), counting) / n_counted(len(X), weights)
    spread = least_variance(X, weights)
    ended = [run for run, stop in enumerate(race.stops) if stop is not None]
    log_likelihoods = race.log_likelihoods
    rest = [run for run in ended if race.collapsed[run] is None]
    rest.sort(key=lambda run: (-log_likelihoods[run], run))
    densities = {run: roots * race.mixtures[run].log_density(X[rows]) for run in rest}

    groups: list[list[int]] = []
    while rest:
        first = rest[0]
        near = [run for run in rest if log_likelihoods[first] - log_likelihoods[run] < same]
        gaps = cdist([densities[first]], [densities[run] for run in near])[0] / np.sqrt(share)
        groups.append([run for run, gap in zip(near, gaps, strict=True) if gap < same])
        rest = [run for run in rest if run not in groups[-1]]

    fallen: dict[tuple[int, ...], list[int]] = {}
    for run in ended:
        component = race.collapsed[run]
        if component is not None:
            where = points_fallen_on(race.mixtures[run], X, component)
            fallen.setdefault(tuple(where.tolist()), []).append(run)
    groups += sorted(fallen.values(), key=len, reverse=True)

    def state(runs: list[int]) -> EndState:
        first = runs[0]
        mixture, collapsed = race.mixtures[first], race.collapsed[first]
        why = defect(
            *(mixture, race.counts[first], X),
            reg_covar=race.reg_covar,
            spread=spread,
            collapsed=collapsed,
            sample_weight=weights,
        )
        return EndState(
            tuple(runs),
            mixture,
            float(race.log_likelihoods[first]),
            len(runs) / len(ended),
            race.n_iter[runs],
            collapsed is not None,
            why,
            _twins(mixture, X[rows], same * np.sqrt(share), counting),
        )

    return tuple(map(state, groups))


def best(ends: Sequence[EndState], *, honest: bool = False) -> EndState | None:
    """The end state of the highest log-likelihood, or the highest that is honest, if there is one."""
    return next((end for end in ends if end.honest or not (honest or end.collapsed)), None)


@dataclass(frozen=True)
class Reached:
    """How many of the starts of one initialisation reached a state.

    low, high : the 95% confidence interval of the share (Wilson 1927), which is never empty, not even where
        no start or every start did.
    """

    init: str
    n_starts: int
    n_reached: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.n_reached / self.n_starts


def reached(race: Race, end: EndState | None) -> tuple[Reached, ...]:
    """How often each initialisation of `race` reached `end`, of its starts that have ended."""
    ended = [start.init for start, stop in zip(race.starts, race.stops, strict=True) if stop is not None]
    found = Counter(race.starts[run].init for run in end.runs) if end else Counter()
    answer = []
    for init, n_starts in Counter(ended).items():
        interval = binomtest(found[init], n_starts).proportion_ci(method="wilson")
        answer.append(Reached(init, n_starts, found[init], float(interval.low), float(interval.high)))
    return tuple(answer)


def _twins(mixture: Mixture, X: Array, same: float, sample_weight: Array | None) -> tuple[int, int] | None:
    """The first two components whose densities differ by less than `same` over the rows that they hold."""
    close = np.argwhere(np.triu(gaps(mixture, X, sample_weight) < same, 1))
    return (int(close[0, 0]), int(close[0, 1])) if len(close) else None


def gaps(mixture: Mixture, X: Array, sample_weight: Array | None = None) -> Array:
    """How far the densities of components differ from each other over the rows of X that they hold, (k, k).

    As D above, each row counts as much as the two components are responsible for it, and as its weight.
    """
    joint = mixture.log_joint(X)
    held = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    if sample_weight is not None:
        held *= sample_weight[:, np.newaxis]
    densities = joint - np.log(np.maximum(mixture.weights, TINY))
    squares = np.zeros((mixture.n_components, mixture.n_components))
    for i, j in combinations(range(mixture.n_components), 2):
        difference = densities[:, i] - densities[:, j]
        squares[i, j] = squares[j, i] = np.sum((held[:, i] + held[:, j]) * difference**2)
    return np.sqrt(squares)

"""How many components? A likelihood-ratio test of k against k + 1 whose null distribution is simulated.

Letters: n samples, k components, d features, b bootstrap samples.

Under k components, -2 log lambda does not follow a chi-squared distribution, because k components are k + 1
with a weight of 0, on the border of what is possible. So samples are drawn from the fit with k, both models
are fitted to each, and what they give is what chance gives (McLachlan 1987; McLachlan & Peel, section 6.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, generator, n_counted
from gmm_core.engine.checks import as_count, as_weighted_sample
from gmm_core.engine.floor import floor_of
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.stack import OnIteration, Stack
from gmm_core.engine.strays import as_dof
from gmm_core.judgement.selection import (
    MOST_ROWS,
    Mapped,
    Tails,
    known_reg_covar,
    parted,
    partition_start,
    some_that_count,
    without_constants,
)

# In a stack, about: so samples run side by side. Two threads, half of the samples in each, took 1.2 to 1.8
# times as long on two cores: between its small matrices each waits for the other to let go of Python.
RUNS_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class BootstrapTest:
    """The test of k components against k + 1, as far as it has come.

    null, alternative : the best fits to the data with k and with k + 1.
    statistic : -2 log lambda of the data, twice the gain in the total log-likelihood.
    null_statistics : (b,), of the samples drawn from `null` until now.
    n_bootstrap : how many samples are to be drawn.
    n_failed : samples that count for nothing, because every run of one model was degenerate.
    n_rows : as how many rows those of the data counted that were used.
    """

    null: Mixture
    alternative: Mixture
    statistic: float
    null_statistics: Array
    n_bootstrap: int
    n_failed: int
    n_rows: int

    @property
    def p_value(self) -> float:
        """(1 + those as large as that of the data) / (1 + all of them). Davison & Hinkley 1997."""
        as_large = int(np.sum(self.null_statistics >= self.statistic))
        return (1 + as_large) / (1 + len(self.null_statistics))


def bootstrap_test(
    X: ArrayLike,
    n_components: int,
    covariance_type: str = "full",
    *,
    sample_weight: ArrayLike | None = None,
    n_bootstrap: int = 99,
    n_starts: int = 4,
    reg_covar: float | None = None,
    tol: float = 1e-6,
    max_iter: int = 1000,
    random_state: int = 0,
    noise: bool = False,
    dof: Tails = None,
    after: Sequence[BootstrapTest] = (),
    mapped: Mapped = map,
) -> Iterator[BootstrapTest]:
    """Test k = `n_components` against k + 1 on X (n, d), and yield the test as it grows, from no sample on.

    Each model is fitted from `n_starts` partitions, the larger one also from the best fit with k in which one
    component is split, for each component; the data and the samples alike. Degenerate runs do not count. With
    more than 5,000 rows, a random sample of so many is tested. `reg_covar`, in squared data units, is
    `selection.default_reg_covar` unless given. Sample i is the same whatever `n_bootstrap` is. A caller can
    stop anywhere, and go on later, with what it has as `after`; `mapped` as in `selection.fits`.

    sample_weight : (n,), how often each row counts; None: once. A sample from the fit has as many rows, each
        once, as the rows of the data count together. Where they count as more than 5,000, so many are drawn
        of them in proportion to their weights.
    Raises `ValueError` where every run on the data is degenerate, and for what EM cannot begin with.
    """
    k = as_count(n_components, "n_components", 1)
    X, weights = some_that_count(X, k + 1, sample_weight, random_state)
    if weights is not None and weights.sum() > MOST_ROWS:
        times = np.random.default_rng(random_state).multinomial(MOST_ROWS, weights / weights.sum())
        X, weights = as_weighted_sample(X, k + 1, times.astype(np.float64))
    X, n = without_constants(X), max(round(n_counted(len(X), weights)), 1)
    reg_covar = known_reg_covar(reg_covar, X, weights)
    n_bootstrap, n_starts = as_count(n_bootstrap, "n_bootstrap", 1), as_count(n_starts, "n_starts", 1)
    as_dof(dof, k)
    search = _Search(k, covariance_type, n_starts, reg_covar, tol, max_iter, noise, dof)
    if after:
        begun = after[-1]
    else:
        (both,) = search([X], [random_state], weights=[weights])
        if both is None:
            lower_or_raise = "lower" if floor_of(X, reg_covar, None, weights) else "raise"
            raise ValueError(
                f"Every run with {k} or with {k + 1} components was degenerate: a component sat on few or "
                f"equal rows. Test a smaller n_components, {lower_or_raise} reg_covar or take a simpler "
                "covariance_type."
            )
        begun = BootstrapTest(*both, np.array([]), n_bootstrap, 0, n)
        yield begun
    statistics = begun.null_statistics.tolist()
    first = len(statistics) + begun.n_failed
    at_once = max(1, RUNS_AT_ONCE // (n_starts + k))
    batches = [range(i, min(i + at_once, n_bootstrap)) for i in range(first, n_bootstrap, at_once)]
    test = partial(search.on_samples, begun.null, n, random_state)
    for some, which in zip(mapped(test, batches), batches, strict=True):
        statistics += some
        drawn = np.array(statistics)
        yield replace(begun, null_statistics=drawn, n_failed=which.stop - len(drawn))


@dataclass(frozen=True)
class _Search:
    """How the best fits with k and with k + 1 components are found, on the data and on the samples alike."""

    k: int
    name: str
    n_starts: int
    reg_covar: float
    tol: float
    max_iter: int
    noise: bool
    dof: Tails

    def __call__(
        self,
        samples: Sequence[Array],
        seeds: Sequence[int],
        on_iteration: OnIteration | None = None,
        weights: Sequence[Array | None] | None = None,
    ) -> list[tuple[Mixture, Mixture, float] | None]:
        """For each sample (n, d) both fits and -2 log lambda; None where one has only degenerate runs.

        weights : how often the rows of each count, (n,); None: once.
        """
        weights = weights or [None] * len(samples)
        of = list(zip(samples, weights, seeds, strict=True))
        nulls = self._best(samples, weights, [self._starts(self.k, *one) for one in of], on_iteration)
        starts = [
            self._starts(self.k + 1, *one) + ([split(null[0], j) for j in range(self.k)] if null else [])
            for one, null in zip(of, nulls, strict=True)
        ]
        alternatives = self._best(samples, weights, starts, on_iteration)
        return [
            (null[0], alternative[0], 2 * (alternative[1] - null[1])) if null and alternative else None
            for null, alternative in zip(nulls, alternatives, strict=True)
        ]

    def on_samples(
        self, null: Mixture, n: int, random_state: int, which: range, on_iteration: OnIteration | None = None
    ) -> list[float]:
        """-2 log lambda of the samples with these numbers, n rows from `null` each; of those that count."""
        samples = [null.sample(n, generator(random_state, i))[0] for i in which]
        return [found[2] for found in self(samples, which, on_iteration) if found is not None]

    def _starts(self, k: int, X: Array, weights: Array | None, seed: int) -> list[Mixture]:
        labels = parted(X, k, self.n_starts if k > 1 else 1, seed, weights, self.noise)
        how = self.name, self.reg_covar, weights, self.noise, self.dof
        return [partition_start(X, one, k, *how) for one in labels]

    def _best(
        self,
        samples: Sequence[Array],
        weights: Sequence[Array | None],
        starts: list[list[Mixture]],
        on_iteration: OnIteration | None,
    ) -> list[tuple[Mixture, float] | None]:
        """For each sample the mixture of the highest log-likelihood that is not degenerate, and that."""
        owner = [i for i, some in enumerate(starts) for _ in some]
        stack = Stack(
            samples,
            [start for some in starts for start in some],
            owner,
            reg_covar=self.reg_covar,
            tol=self.tol,
            max_iter=self.max_iter,
            sample_weights=weights,
        )
        stack.run(on_iteration)
        best = [next(stack.honest(i), None) for i in range(len(samples))]
        return [
            None if run is None else (stack.mixture(run), float(stack.log_likelihoods[run])) for run in best
        ]


def split(mixture: Mixture, component: int) -> Mixture:
    """`mixture` with one component in two halves, a standard deviation apart along its longest axis."""
    j, weights = component, mixture.weights.copy()
    covariances = mixture.full_covariances
    variances, axes = np.linalg.eigh(covariances[j])
    shift = np.sqrt(variances[-1]) / 2 * axes[:, -1]
    weights[j] /= 2
    weights = np.append(weights, weights[j])
    means = np.vstack([mixture.means, mixture.means[j] - shift])
    means[j] += shift
    covariances = mixture.family.of_dense(np.concatenate([covariances, covariances[j : j + 1]]), weights)
    dof = None if mixture.dof is None else np.append(mixture.dof, mixture.dof[j])
    return Mixture(weights, means, covariances, mixture.covariance_type, **mixture.beyond | {"dof": dof})

"""Where EM begins: the initialisations, as scikit-learn defines them, and what people are told of each.

Letters: n samples, k components, d features, m samples in a block.

Every start is a set of responsibilities, kept as the sums that the first M-step needs. The same
`random_state` gives the same start as scikit-learn's `GaussianMixture`, where that has it.

Where rows have weights, `sample_weight` (n,), all above 0, they are summed so, and drawn in proportion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus

from gmm_core.engine.arrays import Array, batches, generator, n_counted, variances, weights_of
from gmm_core.engine.checks import as_random
from gmm_core.engine.covariance import Family
from gmm_core.engine.expectation import CollapseError, Expectation, m_step
from gmm_core.engine.hierarchy import clusters
from gmm_core.engine.sweep import Sweep

RandomState = int | np.random.RandomState | np.random.Generator | None
SHORT_RUNS, SHORT_ITERATIONS = 10, 5
FLOOR = 1e-6  # under the variances of short runs, as a share of the least of the data
DRAWS = 100  # of rows that shall be different
BLOCK = 8192  # rows whose responsibilities are held at one time


def begin(
    X: NDArray[Any],
    k: int,
    init: str,
    family: Family,
    random_state: RandomState,
    sample_weight: Array | None = None,
) -> Expectation:
    """The expectation of the start named `init` on X (n, d), for the first M-step."""
    draw = INITS[init].draw if init in INITS else None
    if draw is None:
        names = ", ".join([*INITS, "given"])
        hint = " To begin with a mixture of your own, pass it as start=." if init == "given" else ""
        raise ValueError(f"init must be one of {names}; got {init!r}.{hint}")
    return draw(X, k, family, as_random(random_state), sample_weight)


def kmeans(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """Every row belongs to its k-means cluster."""
    labels = KMeans(n_clusters=k, n_init=1, random_state=rng).fit(X, sample_weight=sample_weight).labels_
    return from_labels(X, labels, k, family, sample_weight)


def interleaved(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """Row i belongs to component i mod k: no chance in it, and no knowledge either.

    A row that counts several times is dealt out as so many rows in its place, where all do.
    """
    if sample_weight is None or (sample_weight % 1).any():
        return from_labels(X, np.arange(len(X)) % k, k, family, sample_weight)
    rounds, rest = np.divmod(np.append(0.0, np.cumsum(sample_weight))[:, np.newaxis], k)
    dealt = np.diff(rounds + np.clip(rest - np.arange(k), 0, 1), axis=0)  # (n, k), with the weights as sums
    shares = dealt / sample_weight[:, np.newaxis]
    return _summed(X, lambda rows: shares[rows], family, sample_weight)


def random(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """Responsibilities drawn uniformly, then normalised in each row."""

    def draw(rows: slice) -> Array:
        drawn = rng.uniform(size=(rows.stop - rows.start, k)).astype(X.dtype)
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), dtype=np.float64)

    return _summed(X, draw, family, sample_weight)


def random_from_data(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """k rows, drawn without replacement, are a component each."""
    return _on_rows(X, _drawn_rows(len(X), k, rng, sample_weight), family, sample_weight)


def round_at_rows(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """k rows are the means, as in `random_from_data`, but wide enough to be seen: not scikit-learn's.

    Weights are equal, and no features go together. Deviations are half those of k components that fill the
    volume of the whole: those of the data, divided by 2 k^(1/d).
    """
    means = X[_different_rows(X, k, rng, sample_weight)].astype(np.float64)
    d = means.shape[1]
    deviations = np.sqrt(variances(X.astype(np.float64), sample_weight)) / (2 * k ** (1 / d))
    # Each component has the moments of a cross about its mean, and no family is asked how it keeps them.
    arms = np.sqrt(d) * np.vstack([np.diag(deviations), -np.diag(deviations)])  # (2d, d)
    crosses = (means[:, np.newaxis] + arms).reshape(-1, d)
    scatter = family.residual_scatter(np.repeat(np.eye(k), 2 * d, axis=0), crosses, means)
    return Expectation(np.full(k, 2.0 * d), means, scatter, np.nan, n_counted(len(X), sample_weight), family)


def kmeans_plus_plus(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """k rows that k-means++ picks far apart are a component each."""
    rows = kmeans_plusplus(X, k, sample_weight=sample_weight, random_state=rng)[1]
    return _on_rows(X, rows, family, sample_weight)


def spread_rows(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """k rows far apart are the means; each component is as wide as the data, divided by k^(2/d).

    Not scikit-learn's: there, where components share one covariance, those on single rows begin some n / k
    times as wide as the data. No row tells them from each other, and EM needs hundreds of steps to part them.
    """
    whole = evenly(X, k, family, sample_weight)
    rows = kmeans_plusplus(X, k, sample_weight=sample_weight, random_state=rng)[1]
    narrower = k ** (2 / X.shape[1])
    return replace(whole, means=X[rows].astype(np.float64), scatter=whole.scatter / narrower)


def hierarchical(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """Every row belongs to its cluster in a hierarchy: no chance in it. Banfield & Raftery 1993."""
    return from_labels(X, clusters(X.astype(np.float64), k, sample_weight), k, family, sample_weight)


def short_runs(
    X: NDArray[Any], k: int, family: Family, rng: np.random.RandomState, sample_weight: Array | None = None
) -> Expectation:
    """The best of ten short runs of EM, of five iterations each, from rows with a spread (emEM).

    What counts is the log-likelihood; runs in which a component collapses do not. Biernacki, Celeux &
    Govaert 2003.
    """
    sweep = Sweep(X.astype(np.float64), family, 0.0, sample_weight)
    floor = FLOOR * float(sweep.variances[sweep.variances > 0].min(initial=1.0))
    best: Expectation | None = None
    for _ in range(SHORT_RUNS):
        found = spread_rows(X, k, family, rng, sample_weight)
        try:
            for _ in range(SHORT_ITERATIONS):
                found = sweep(m_step(found, reg_covar=floor))
        except CollapseError:
            continue
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
    return spread_rows(X, k, family, rng, sample_weight) if best is None else best


Draw = Callable[[NDArray[Any], int, Family, np.random.RandomState, Array | None], Expectation]


@dataclass(frozen=True)
class Init:
    """A way to begin, and all that is to be known of it.

    name : what `fit`, links and files call it. label, help : what people do, in a few plain words, and the
        rest of that sentence, in Markdown.
    draw : makes it, of X (n, d), k, a family, a generator and the rows' weights (n,) or None; None where the
        caller of `fit` brings it.
    chance : whether another seed gives another start.
    """

    name: str
    label: str
    help: str
    draw: Draw | None = None
    chance: bool = True


# In the order in which they are offered. What is registered here is known everywhere.
INITS: dict[str, Init] = {
    one.name: one
    for one in (
        Init("kmeans", "k-means", "the clusters of k-means", kmeans),
        Init("k-means++", "k-means++ rows", "k rows far apart", kmeans_plus_plus),
        Init(
            "random_from_data",
            "random rows",
            "k rows drawn at random are the means; the spread is only `reg_covar`, so that at first no "
            "ellipse is seen (with `reg_covar` = 0 it is that of the whole data)",
            random_from_data,
        ),
        Init(
            "spread_rows",
            "rows with a spread",
            "k rows far apart, each as wide as a share of the data. Not scikit-learn's, in which *tied* "
            "components on rows begin far too wide, and come to lie on each other",
            spread_rows,
        ),
        Init(
            "hierarchical",
            "hierarchical clusters",
            "every row begins as a cluster, and the two that cost least are joined until k are left "
            "(Ward). Not one of scikit-learn's",
            hierarchical,
            chance=False,
        ),
        Init(
            "short_runs",
            "best of short runs",
            "ten runs of five iterations from rows with a spread, and then the best of these (emEM). Not one "
            "of scikit-learn's",
            short_runs,
        ),
        Init(
            "random",
            "random responsibilities",
            "every row belongs a little to every component",
            random,
        ),
        Init(
            "interleaved",
            "interleaved rows",
            "row i belongs to component i mod k",
            interleaved,
            chance=False,
        ),
        Init(
            "round",
            "round, at random rows",
            "k rows drawn at random are the means, and round the spread, a share of the data's: it is seen "
            "at once. Not one of scikit-learn's",
            round_at_rows,
        ),
    )
}


def evenly(X: Array, k: int, family: Family, sample_weight: Array | None = None) -> Expectation:
    """Every row belongs to all components alike: each has the mean and scatter of the whole data."""
    return _summed(X, lambda rows: np.full((rows.stop - rows.start, k), 1 / k), family, sample_weight)


def partitions(
    X: Array, k: int, n_starts: int, seed: int, sample_weight: Array | None = None
) -> list[NDArray[np.intp]]:
    """Labels (n,) of several starts: k-means on standardised and on whitened data, and k-means++ alone.

    Neither units nor one stretched direction decide what is found in these.
    """
    if k == 1:
        return [np.zeros(len(X), dtype=np.intp)] * n_starts
    rng = generator(seed, k)
    standard = (X - np.average(X, axis=0, weights=sample_weight)) / np.sqrt(variances(X, sample_weight))
    roots = np.ones((len(X), 1)) if sample_weight is None else np.sqrt(sample_weight)[:, np.newaxis]
    left, deviations, _ = np.linalg.svd(standard * roots, full_matrices=False)
    white = left[:, deviations > 1e-6 * deviations[0]] / roots * np.sqrt(n_counted(len(X), sample_weight))
    spaces = (standard, white)
    return [_partition(spaces[i % 2], k, rng, i % 3 < 2, sample_weight) for i in range(n_starts)]


def _partition(
    Z: Array, k: int, rng: np.random.RandomState, settle: bool, sample_weight: Array | None
) -> NDArray[np.intp]:
    centres, _ = kmeans_plusplus(Z, k, random_state=rng, sample_weight=sample_weight)
    if settle:
        settled = KMeans(k, init=centres, n_init=1).fit(Z, sample_weight=sample_weight)
        return np.asarray(settled.labels_, dtype=np.intp)
    return np.argmin(((Z[:, np.newaxis] - centres) ** 2).sum(axis=2), axis=1)


def from_labels(
    X: NDArray[Any], labels: NDArray[Any], k: int, family: Family, sample_weight: Array | None = None
) -> Expectation:
    """Row i belongs to the component `labels[i]`, from 0 to k - 1."""
    one_hot = np.eye(k)
    return _summed(X, lambda rows: one_hot[labels[rows]], family, sample_weight)


def _drawn_rows(n: int, k: int, rng: np.random.RandomState, sample_weight: Array | None) -> NDArray[np.intp]:
    """k of n rows, drawn without replacement, in proportion to their weights."""
    shares = None if sample_weight is None else sample_weight / sample_weight.sum()
    return np.asarray(rng.choice(n, size=k, replace=False, p=shares), dtype=np.intp)


def _different_rows(
    X: NDArray[Any], k: int, rng: np.random.RandomState, sample_weight: Array | None
) -> NDArray[np.intp]:
    """k such rows, drawn again while two are equal: such components would never part."""
    drawn = _drawn_rows(len(X), k, rng, sample_weight)
    for _ in range(DRAWS):
        if len(np.unique(X[drawn], axis=0)) == k:
            break
        drawn = _drawn_rows(len(X), k, rng, sample_weight)
    return drawn


def _on_rows(
    X: NDArray[Any], indices: NDArray[Any], family: Family, sample_weight: Array | None
) -> Expectation:
    """Components that sit on one row each: no extent but what reg_covar gives them."""
    means = X[indices].astype(np.float64)
    scatter = family.lone_scatter(X, means, sample_weight)
    return Expectation(np.ones(len(means)), means, scatter, np.nan, n_counted(len(X), sample_weight), family)


def _summed(
    X: NDArray[Any],
    responsibilities: Callable[[slice], Array],
    family: Family,
    sample_weight: Array | None,
) -> Expectation:
    """Block by block, so that the responsibilities never stand in memory all at once."""

    def blocks() -> Iterator[Expectation]:
        for rows in batches(len(X), BLOCK):
            counting = weights_of(rows, sample_weight)
            yield Expectation.of(X[rows].astype(np.float64), responsibilities(rows), family, counting)

    return reduce(add, blocks())

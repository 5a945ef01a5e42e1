"""Components of a mixture joined into clusters: by the entropy that each merge takes away.

Letters: n samples, k components, K clusters.

BIC says how many Gaussians describe the density; a cluster that is not Gaussian takes several. Two clusters
that overlap leave rows in doubt between them, and the entropy of the responsibilities measures it. So the two
whose union takes most of it away are merged, again and again (Baudry, Raftery, Celeux, Lo & Gottardo 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from gmm_core.engine.arrays import Array, n_counted
from gmm_core.engine.checks import as_weights
from gmm_core.engine.mixture import Mixture

Cluster = tuple[int, ...]  # the components in it
DOUBT = 0.01  # nats a row: with less entropy than that there is nothing to merge for


@dataclass(frozen=True)
class Merge:
    """One merge: two clusters, and the entropy of what is left, in nats."""

    first: Cluster
    second: Cluster
    entropy: float


@dataclass(frozen=True)
class Merging:
    """All merges of a mixture, from k clusters down to one.

    n_samples : as how many rows the rows count.
    entropy : of the responsibilities before any merge, summed over rows, in nats.
    merges : k - 1 of them, in order.
    """

    n_components: int
    n_samples: float
    entropy: float
    merges: tuple[Merge, ...]

    @property
    def entropies(self) -> Array:
        """(k,), of 1, 2, ... k clusters: what the elbow is looked for in."""
        return np.array([self.entropy, *(merge.entropy for merge in self.merges)])[::-1]

    def clusters(self, n_clusters: int) -> tuple[Cluster, ...]:
        """The components in each of so many clusters, by their lowest component."""
        found: set[Cluster] = {(j,) for j in range(self.n_components)}
        for merge in self.merges[: self.n_components - n_clusters]:
            found = found - {merge.first, merge.second} | {tuple(sorted(merge.first + merge.second))}
        return tuple(sorted(found))

    @property
    def elbow(self) -> int | None:
        """How many clusters the entropies suggest: where two straight lines, one to this number and one from
        it on, fit them best (Baudry et al., section 4). It lies between 2 and k - 1.

        None with fewer than four components, which two lines always fit, and where hardly a row is in doubt.
        """
        k, y = self.n_components, self.entropies
        if k < 4 or self.entropy < DOUBT * self.n_samples:
            return None
        x = np.arange(1, k + 1)

        def misfit(corner: int) -> float:
            pieces = (x <= corner, x >= corner)
            return sum(
                float(np.sum((y[p] - np.polyval(np.polyfit(x[p], y[p], 1), x[p])) ** 2)) for p in pieces
            )

        return min(range(2, k), key=misfit)


def merge_by_entropy(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Merging:
    """Merge the components of `mixture`, fitted to X (n, d), two at a time until one cluster is left.

    Where there is noise, a row counts as much as it is none: of the rest it is in no cluster.

    sample_weight : (n,), how often each row counts; None: once.
    """
    responsibilities = mixture.of_components.responsibilities(X)
    weights = as_weights(sample_weight, len(responsibilities))
    if mixture.noise_box is not None:
        weights = (1 - mixture.noise_share(X)) * (1.0 if weights is None else weights)

    def entropy(held: Array) -> float:
        return float(entr(held).sum() if weights is None else weights @ entr(held))

    clusters: dict[Cluster, Array] = {(j,): responsibilities[:, j] for j in range(mixture.n_components)}
    uncertain = {which: entropy(held) for which, held in clusters.items()}
    before = sum(uncertain.values())
    merges = []

    def taken_away(pair: tuple[Cluster, Cluster]) -> float:
        first, second = pair
        return uncertain[first] + uncertain[second] - entropy(clusters[first] + clusters[second])

    while len(clusters) > 1:
        first, second = max(combinations(sorted(clusters), 2), key=taken_away)
        both = tuple(sorted(first + second))
        clusters[both] = clusters.pop(first) + clusters.pop(second)
        del uncertain[first], uncertain[second]
        uncertain[both] = entropy(clusters[both])
        merges.append(Merge(first, second, max(sum(uncertain.values()), 0.0)))
    n = n_counted(len(responsibilities), weights)
    return Merging(mixture.n_components, n, before, tuple(merges))

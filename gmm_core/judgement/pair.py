"""Two mixtures side by side on the same rows: which is more likely, and do they group the rows alike?

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import Array, n_counted
from gmm_core.engine.checks import as_matrix, that_count
from gmm_core.engine.missing import log_density, responsibilities
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement.labels import accuracy
from gmm_core.judgement.optima import SAME

NEARLY = 0.05  # the largest responsibility of a row is so little above the second
ROUNDING = 1e-10  # a difference of log-likelihoods that is a smaller share of them is none


@dataclass(frozen=True)
class Pair:
    """How a second mixture differs from a first, on rows that count as n.

    log_likelihoods : of the first and of the second, mean per row.
    apart : the distance D of their densities, D^2 = the sum over rows of (log p - log q)^2; see `optima`.
    alike : how many rows have the same likeliest component, these matched one to one, or are noise in both.
    undecided : how many rows have two likeliest components that are nearly alike, in each: whose group a row
        is in is chance there. Rows that are most probably noise are in none.
    n_parameters : the free parameters of each.
    """

    n: float
    log_likelihoods: tuple[float, float]
    apart: float
    alike: float
    undecided: tuple[float, float]
    n_parameters: tuple[int, int]

    @property
    def gain(self) -> float:
        """The log-likelihood of the second less that of the first, per row."""
        first, second = self.log_likelihoods
        return second - first

    @property
    def is_rounding(self) -> bool:
        """Whether rounding explains that one log-likelihood is higher."""
        return abs(self.gain) <= ROUNDING * max(1.0, *map(abs, self.log_likelihoods))

    @property
    def same(self) -> bool:
        """Whether the difference means nothing: less than one standard error, and hardly any likelihood."""
        return self.apart < SAME and self.n * abs(self.gain) < SAME

    @property
    def bic_gain(self) -> float:
        """BIC of the first less that of the second: above 0 where the second is better (Schwarz 1978)."""
        first, second = self.n_parameters
        return float(2 * self.n * self.gain - (second - first) * np.log(self.n))


def compare(X: ArrayLike, first: Mixture, second: Mixture, *, sample_weight: ArrayLike | None = None) -> Pair:
    """The pair of these mixtures on X (n, d); their families and numbers of components may differ.

    Values may be missing, NaN; then all is of what is observed. sample_weight : (n,), how often each row
    counts; None: once. Raises `ValueError` for rows that a mixture does not fit.
    """
    X, weights = that_count(as_matrix(X, gaps=True), sample_weight)
    counts = np.ones(len(X)) if weights is None else weights
    densities = [log_density(mixture, X) for mixture in (first, second)]
    shares = [responsibilities(mixture, X) for mixture in (first, second)]
    astray = [1 - share.sum(axis=1) > share.max(axis=1) for share in shares]  # most probably noise
    n = n_counted(len(X), weights)
    mean_first, mean_second = (float(np.average(of, weights=weights)) for of in densities)
    return Pair(
        n,
        (mean_first, mean_second),
        float(np.linalg.norm(np.sqrt(counts) * (densities[0] - densities[1]))),
        _alike(shares, astray, counts),
        (_undecided(shares[0], counts * ~astray[0]), _undecided(shares[1], counts * ~astray[1])),
        (first.n_parameters, second.n_parameters),
    )


def _alike(shares: list[Array], astray: list[NDArray[np.bool_]], counts: Array) -> float:
    """How many rows have the same group in both, or none in both."""
    alike = float(counts[astray[0] & astray[1]].sum())
    in_both = ~astray[0] & ~astray[1]
    if in_both.any():
        clusters = [share[in_both].argmax(axis=1) for share in shares]
        alike += counts[in_both].sum() * accuracy(*clusters, sample_weight=counts[in_both])
    return float(np.round(alike, 9))


def _undecided(shares: Array, counts: Array) -> float:
    """Of responsibilities (n, k), of rows that count so often, (n,)."""
    if shares.shape[1] == 1:
        return 0
    second, largest = np.partition(shares, -2, axis=1)[:, -2:].T
    return float(counts[largest - second < NEARLY].sum())

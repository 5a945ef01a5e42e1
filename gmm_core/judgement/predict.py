"""What a fitted mixture says of new points, how unlike its data they are, and whether it fits at all.

Letters: n rows of data, m new points, k components, d features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, chi2, f, kstwo

from gmm_core.engine.arrays import Array, Flags
from gmm_core.engine.checks import as_matrix, that_count
from gmm_core.engine.missing import expected
from gmm_core.engine.mixture import Mixture
from gmm_core.out import export

MOST_LEVELS = 100_000
MOST_QUANTILES = 400  # of a component in a Q-Q plot
FARTHEST = 20  # of its rows that are always among them
BAND = 0.95
INNER, OUTER = 0.5, 0.95  # the shares of a Gaussian within the two ellipses that are looked at
DOUBT = 0.05  # below this p-value a component is no Gaussian
SLIGHT = 0.03  # a gap below this is none to worry about, however many rows show it
LEAST_ROWS = 20  # fewer say nothing
ROWS_PER_FEATURE = 5  # fewer, and the distances are those of the estimate rather than of the data


# --- New points


def log_shares(mixture: Mixture, X: ArrayLike) -> Array:
    """The logarithms of `Mixture.shares` (m, k), or with noise (m, k + 1), which a number as small as e^-1000
    survives.
    """
    return mixture.with_noise(mixture.log_joint(X).T).T - mixture.log_density(X)[:, np.newaxis]


def density_levels(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Array:
    """The log densities of the data X (n, d), from the lowest: what a new point's is compared with (n,).

    sample_weight : (n,), how often each row counts. Then they are quantiles, as many as the rows count
        together (up to 100,000): of whole numbers, each level as often as its rows.
    """
    X, weights = that_count(as_matrix(X), sample_weight)
    levels = mixture.log_density(X)
    if weights is None:
        return np.sort(levels)
    m = int(np.clip(np.rint(weights.sum()), min(len(X), MOST_LEVELS), MOST_LEVELS))
    return np.quantile(levels, (np.arange(m) + 0.5) / m, weights=weights, method="inverted_cdf")


def share_below(levels: Array, log_density: ArrayLike) -> Array:
    """The share of the data whose density is lower than that of each point, (m,), from 0 to 1."""
    return np.searchsorted(levels, log_density, side="left") / len(levels)


def is_unlike(levels: Array, quantile: float, log_density: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point lies where the density is below that quantile (from 0 to 1) of the data's, (m,)."""
    return np.asarray(log_density) < np.quantile(levels, quantile)


def prediction_frame(
    X: ArrayLike,
    mixture: Mixture,
    levels: Array,
    quantile: float,
    names: Sequence[str],
    rows: ArrayLike,
    gaps: Flags | None = None,
) -> pd.DataFrame:
    """New points (m, d) as a table: their `rows` (m,) in the file, and what the mixture says of each.

    Columns: row, the features, then those of `export.data_frame`; `share of data less dense`, and whether
    it is `unlike all data` at this quantile: of rows with missing values neither is said, as a density of
    fewer features cannot be compared. Of each feature in `gaps` (d,), by default those of which a value is
    missing, what is expected in its place, given the rest of the row, and its standard deviation.
    """
    X = as_matrix(X, min_rows=0, gaps=True)
    missing = np.isnan(X)
    whole, features = ~missing.any(axis=1), missing.any(axis=0) if gaps is None else gaps
    frame = export.data_frame(X, mixture, names)
    log_density = frame.iloc[:, -1].to_numpy()
    columns: dict[str, Any] = {
        "share of data less dense": np.where(whole, share_below(levels, log_density), np.nan),
        "unlike all data": pd.Series(is_unlike(levels, quantile, log_density), dtype="boolean").where(whole),
    }
    if features.any():
        filled, deviations = expected(mixture, X)
        for j in np.flatnonzero(features).tolist():
            columns[f"{names[j]}, expected"] = np.where(missing[:, j], filled[:, j], np.nan)
            columns[f"{names[j]}, standard deviation"] = np.where(missing[:, j], deviations[:, j], np.nan)
    *titles, row = export.distinct([*frame.columns, *columns, "row"])
    frame = pd.concat([frame, pd.DataFrame(columns)], axis=1).set_axis(titles, axis=1)
    frame.insert(0, row, np.asarray(rows))
    return frame


# --- Decision regions


def leads(log_joint: Array) -> Array:
    """How far each component's log(weight x density) is above the best of the others, (m, k) -> (m, k).

    It is positive where the component is the most likely one, and zero where two tie for that.
    """
    if log_joint.shape[1] == 1:
        return np.full_like(log_joint, np.inf)
    second, best = np.moveaxis(np.partition(log_joint, -2, axis=1)[:, -2:], 1, 0)
    is_best = log_joint == best[:, np.newaxis]
    return log_joint - np.where(is_best, second[:, np.newaxis], best[:, np.newaxis])


# --- Do the components fit?


@dataclass(frozen=True, eq=False)
class Fit:
    """The squared Mahalanobis distances of a component's rows against those that the component would give: by
    chi-squared with d degrees, and of a t distribution d times F with d and its own.

    count : N_k, the rows that the component claims: all, weighted by their responsibilities.
    dof : the degrees of freedom of a t distribution; None of a Gaussian.
    expected, found : (q,) quantiles of these, and of the distances at the same shares.
    low, high : (q,) the band in which each found one lies with probability `BAND`, if the component is right.
    inner, outer : the shares of the rows within the ellipses that hold `INNER` and `OUTER` of the component.
    gap, p_value : the largest distance between the two distribution functions, and Kolmogorov and
        Smirnov's p-value of it.
    """

    count: float
    n_features: int
    dof: float | None
    expected: Array
    found: Array
    low: Array
    high: Array
    inner: float
    outer: float
    gap: float
    p_value: float

    @property
    def enough(self) -> bool:
        """Whether there are rows enough to say anything."""
        return self.count >= max(LEAST_ROWS, ROWS_PER_FEATURE * self.n_features)

    @property
    def doubtful(self) -> bool:
        """Whether the component is none of its kind, as far as the distances say."""
        return self.enough and self.p_value < DOUBT

    @property
    def slight(self) -> bool:
        """Whether it is nearly one all the same."""
        return self.gap < SLIGHT


def check_fit(mixture: Mixture, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> tuple[Fit, ...]:
    """Whether each component's rows of X (n, d) are as far from its mean as its own would be; one `Fit` each.

    If the mixture is right, the rows weighted by a component's responsibilities are distributed as that
    component: so all rows count, by their weights, and none is cut off where components overlap.

    Parameters that were estimated from the same rows make the distances a little too good, and the test
    careful: of 1,440 components that were Gaussian, 15 were doubted. Rows that are noise count for none. The
    band is that of order statistics, Beta(i, N - i + 1), for each quantile alone.

    sample_weight : (n,), how often each row counts; None: once.
    """
    X, weights = that_count(as_matrix(X), sample_weight)
    distances, shares = mixture.squared_distances(X), mixture.responsibilities(X)
    if weights is not None:
        shares *= weights[:, np.newaxis]
    dof = [None] * mixture.n_components if mixture.dof is None else mixture.dof.tolist()
    return tuple(_fit(distances[:, j], shares[:, j], X.shape[1], dof[j]) for j in range(mixture.n_components))


def _fit(distances: Array, shares: Array, d: int, dof: float | None) -> Fit:
    """One component's, from the squared distances (n,) and the responsibilities (n,)."""
    law = chi2(d) if dof is None else f(d, dof, scale=d)
    order = np.argsort(distances)
    distances, shares = distances[order], shares[order]
    count = float(shares.sum())
    if not count:  # it has lost all its rows
        nothing = np.empty(0)
        return Fit(0.0, d, dof, nothing, nothing, nothing, nothing, 0.0, 0.0, 0.0, 1.0)
    n = max(round(count), 1)
    ranks = np.unique(np.rint(np.concatenate([np.linspace(1, n, MOST_QUANTILES), n - np.arange(FARTHEST)])))
    levels = (ranks[ranks >= 1] - 0.5) / n
    low, high = (
        law.ppf(beta.ppf(p, n * levels + 0.5, n * (1 - levels) + 0.5))
        for p in ((1 - BAND) / 2, (1 + BAND) / 2)
    )
    after = np.cumsum(shares) / count
    expected = law.cdf(distances)
    gap = max(np.abs(after - expected).max(), np.abs(after - shares / count - expected).max())
    inner, outer = (float(shares[distances <= law.ppf(share)].sum() / count) for share in (INNER, OUTER))
    return Fit(
        count=count,
        n_features=d,
        dof=dof,
        expected=law.ppf(levels),
        found=np.quantile(distances, levels, weights=shares, method="inverted_cdf"),
        low=low,
        high=high,
        inner=inner,
        outer=outer,
        gap=float(gap),
        p_value=float(kstwo.sf(gap, n)),
    )

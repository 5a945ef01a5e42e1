"""What the groups of a fit are like, column by column, and which columns tell them apart.

Letters: n samples, k components, g groups, d features, m points of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d
from scipy.stats import norm

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_matrix, that_count
from gmm_core.engine.mixture import Mixture
from gmm_core.words import percent, plural, quoted

BINS = 60  # m, of a small density
SHOWN = (0.005, 0.995)  # the quantiles between which it is drawn: a few far rows would flatten the rest
LITTLE = 0.2  # a column that gains less of what could be gained over chance tells nearly nothing


@dataclass(frozen=True, eq=False)
class ColumnProfile:
    """One column in every group.

    means, deviations : (g,), of the fit, in data units.
    at : (m,), where the densities are. densities : (g, m), of the rows, each counted by its probability, with
        an area of 1; whole : (m,), of all rows.
    alone : the share of rows that this column alone would put into their group, each into the likeliest one;
        1 less Bayes' error of its marginal densities (Fukunaga 1990, section 3.1).
    between : the share of its variance that is between the groups, the correlation ratio (Fisher 1925).
    """

    name: str
    means: Array
    deviations: Array
    at: Array
    densities: Array
    whole: Array
    alone: float
    between: float


@dataclass(frozen=True, eq=False)
class Profile:
    """The groups of a fit, and what each column says of them.

    members : the components of each group, from 0. shares : (g,), their weights.
    columns : in the order of the data. together : the share of rows that all columns together put into their
    group, on average over these rows.
    """

    members: tuple[tuple[int, ...], ...]
    shares: Array
    columns: tuple[ColumnProfile, ...]
    together: float

    @property
    def by_chance(self) -> float:
        """The share of rows that are right if all are put into the largest group."""
        return float(self.shares.max())

    @property
    def ranked(self) -> tuple[ColumnProfile, ...]:
        """The columns, that which tells the groups apart most first."""
        return tuple(sorted(self.columns, key=lambda one: (-round(one.alone, 4), -one.between)))

    @property
    def sentence(self) -> str:
        """Which columns tell the groups apart most, with the numbers."""
        if len(self.members) == 1:
            return "There is one group, and nothing to tell apart."
        first, *others = self.ranked
        chance = f"{percent(self.by_chance)} would be by chance, all in the largest group"
        if not others:
            return f"{quoted(first.name)} puts {of_rows(first.alone)} of the rows into their group; {chance}."
        all_of_them = "both" if len(self.columns) == 2 else f"all {len(self.columns)}"
        together = f"{all_of_them} columns together put {of_rows(self.together)} there"
        if first.alone - self.by_chance < LITTLE * (1 - self.by_chance):
            return (
                f"No column alone tells the groups apart: at most {of_rows(first.alone)} of the rows would "
                f"be put into their group ({quoted(first.name)}), where {chance}; {together}."
            )
        then = ", ".join(f"{quoted(one.name)} {of_rows(one.alone)}" for one in others[:3])
        rest = len(others) - 3
        more = f" and {rest} {plural(rest, 'other')} less" if rest > 0 else ""
        return (
            f"{quoted(first.name)} tells the groups apart most: alone it puts {of_rows(first.alone)} of the "
            f"rows into their group ({then}{more}), where {chance}; {together}."
        )


def of_rows(share: float) -> str:
    """A share of rows, of a model: none is all of them for sure."""
    return "over 99%" if share > 0.995 else f"{share:.0%}"


def grouped(group_of: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The components of each group, from the group of each component (k,); in the order of the components."""
    order = dict.fromkeys(group_of)
    return tuple(tuple(j for j, other in enumerate(group_of) if other == group) for group in order)


def group_probabilities(
    mixture: Mixture, X: ArrayLike, members: Sequence[Sequence[int]]
) -> tuple[Array, Array]:
    """The likeliest group of each row of X (n, d), from 0, (n,), and the probabilities of all, (n, g)."""
    responsibilities = mixture.responsibilities(X)
    shares = np.stack([responsibilities[:, list(some)].sum(axis=1) for some in members], axis=1)
    return shares.argmax(axis=1), shares


def profile(
    mixture: Mixture,
    X: ArrayLike,
    feature_names: Sequence[str],
    group_of: Sequence[int] | None = None,
    *,
    sample_weight: ArrayLike | None = None,
) -> Profile:
    """The groups of `mixture` in X (n, d): the rows that it was fitted to, or some of them.

    group_of : the group of each component (k,), as of a `Verdict`; by default each is one. sample_weight :
    (n,), how often each row counts; None: once.
    """
    X, counting = that_count(as_matrix(X), sample_weight)
    if len(feature_names) != X.shape[1]:
        raise ValueError(f"feature_names has {len(feature_names)} names for {X.shape[1]} columns.")
    members = grouped(range(mixture.n_components) if group_of is None else group_of)
    if sum(map(len, members)) != mixture.n_components:
        raise ValueError(f"group_of must have one group for each of {mixture.n_components} components.")
    shares = np.array([mixture.weights[list(some)].sum() for some in members])
    _, probabilities = group_probabilities(mixture, X, members)
    sure = float(np.average(probabilities.max(axis=1), weights=counting))
    if counting is not None:  # as the densities add them up
        probabilities *= counting[:, np.newaxis]
    columns = tuple(
        _column(
            *(name, X[:, j], probabilities, mixture.weights),
            *(mixture.means[:, j], mixture.deviations[:, j], members),
        )
        for j, name in enumerate(feature_names)
    )
    return Profile(members, shares, columns, sure)


def _column(
    name: str,
    x: Array,
    probabilities: Array,
    weights: Array,
    means: Array,
    deviations: Array,
    members: Sequence[Sequence[int]],
) -> ColumnProfile:
    """One column x (n,), in which the components have these means and deviations (k,)."""
    shares = np.array([weights[list(some)].sum() for some in members])
    centres, spreads = np.empty(len(members)), np.empty(len(members))
    for i, some in enumerate(map(list, members)):
        parts = weights[some] / weights[some].sum()
        centres[i] = parts @ means[some]
        spreads[i] = np.sqrt(parts @ (deviations[some] ** 2 + (means[some] - centres[i]) ** 2))
    centre = shares @ centres
    variance_between = shares @ (centres - centre) ** 2
    total = variance_between + shares @ spreads**2
    # Every component has points of its own, so none falls between two of a grid.
    points = np.sort((means[:, np.newaxis] + deviations[:, np.newaxis] * np.linspace(-8, 8, 161)).ravel())
    heights = weights[:, np.newaxis] * norm.pdf(points, means[:, np.newaxis], deviations[:, np.newaxis])
    of_groups = np.stack([heights[list(some)].sum(axis=0) for some in members])
    area = np.trapezoid(of_groups.sum(axis=0), points)
    alone = float(np.trapezoid(of_groups.max(axis=0), points) / area)
    at, densities, whole = _densities(x, probabilities, spreads)
    return ColumnProfile(
        name,
        centres,
        spreads,
        at,
        densities,
        whole,
        float(np.clip(alone, shares.max(), 1.0)),
        float(variance_between / total),
    )


def _densities(x: Array, probabilities: Array, spreads: Array) -> tuple[Array, Array, Array]:
    """Densities of x (n,) by kernels on a grid, in every group, with Silverman's width (Silverman 1986)."""
    low, high = np.quantile(x, SHOWN)
    margin = 0.1 * (high - low)
    if margin <= 1e-9 * abs(high):  # equal, but for rounding
        margin = max(abs(low), 1.0) * 1e-3
    edges = np.linspace(low - margin, high + margin, BINS + 1)
    width = edges[1] - edges[0]
    densities = np.empty((probabilities.shape[1], BINS))
    for i, (weights, spread) in enumerate(zip(probabilities.T, spreads, strict=True)):
        count = max(float(weights.sum()), 1.0)
        counts, _ = np.histogram(x, edges, weights=weights)
        kernel = 1.06 * spread * count**-0.2 / width
        densities[i] = gaussian_filter1d(
            counts / (count * width), np.clip(kernel, 0.7, BINS), mode="constant"
        )
    share = probabilities.sum(axis=0) / probabilities.sum()
    return (edges[:-1] + edges[1:]) / 2, densities, share @ densities

"""Is `reg_covar` small against the data? It is added to every variance, in their squared units.

Letters: n samples, k components, d features.

Where the units are small (metres for micrometres, shares for concentrations), scikit-learn's 1e-6 is larger
than the variances themselves: groups then come out too wide, or as one. To raise it further, as one does
against collapse, is the wrong way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.arrays import Array, n_counted, variances, weights_of
from gmm_core.words import quoted

RELATIVE_REG_COVAR = 1e-6  # of a variance: as little as that changes nothing but what has none
OF_DATA = 0.05  # share of the variance of all rows from which reg_covar is not small: groups have less ...
OF_A_GROUP = 0.1  # ... and of that within a group: its deviation is 5% too wide then
MOSTLY = 0.5  # a column with so many equal values has its smallest variance from them, and needs a floor
WAYS_OUT = (
    "Raise reg_covar (a small share of the smallest variance of the data is enough), use fewer components or "
    "start elsewhere."
)


@dataclass(frozen=True)
class Floor:
    """A `reg_covar` that is not small against a variance of the data.

    variance : the smallest that a column has, in squared data units; in all rows, or, with `within`, in the
    group where it is least. column : which, from 0. total : the variance of that column in all rows.
    within : how many groups the rows were parted into; 0 for none.
    """

    reg_covar: float
    variance: float
    column: int
    total: float
    within: int = 0

    @property
    def advised(self) -> float:
        """A millionth of that variance, in two digits."""
        return float(f"{RELATIVE_REG_COVAR * self.variance:.1e}")

    @property
    def helped_by_standardising(self) -> bool:
        """Whether the same `reg_covar` is small once every column has a variance of 1."""
        return self.reg_covar < (OF_A_GROUP * self.variance / self.total if self.within else OF_DATA)

    def sentence(self, names: Sequence[str] = ()) -> str:
        """What it is, and what it does; `names` (d,) are those of the columns, which else have numbers."""
        column = f"column {quoted(names[self.column]) if names else self.column}"
        where = "the smallest variance of the data"
        if self.within:
            where = f"the variance within groups, where k-means parts the rows into {self.within}"
        ratio = self.reg_covar / self.variance
        size = f"{ratio:,.3g} times" if ratio >= 1 else f"{ratio:.0%} of"
        does = "groups come out wider than they are, or even as one" if self.within or ratio < 1 else _MERGED
        return (
            f"reg_covar = {self.reg_covar:g} is not small against {where}: it is {size} that of {column} "
            f"({self.variance:.3g}, in squared units), and is added to every variance, so {does}. A "
            f"millionth of it, {self.advised:g}, still keeps every variance above zero."
        )


_MERGED = "every component is wider than the data, and groups may become one"


def floor_of(
    X: Array, reg_covar: float, known: Array | None = None, sample_weight: Array | None = None
) -> Floor | None:
    """What there is to say of `reg_covar` against the columns of X (n, d); None where it is small.

    known : (d,), the variances of the columns, where they are. Columns without any, and those in which one
    value stands in half of the rows, are not looked at: there the floor is needed. sample_weight : (n,), how
    often each row counts; None: once.
    """
    known = variances(X, sample_weight) if known is None else known
    for j in np.argsort(known, kind="stable").tolist():
        variance = float(known[j])
        if reg_covar < OF_DATA * variance:
            return None
        if variance > 0 and not _mostly_one(X[:, j], sample_weight):
            return Floor(reg_covar, variance, j, variance)
    return None


def floor_within(
    X: Array, labels: NDArray[np.integer], reg_covar: float, sample_weight: Array | None = None
) -> Floor | None:
    """The same against the columns of X (n, d) within groups (n,) of rows, from 0, as k-means finds them.

    Of a group of fewer than d + 5 rows, or on a few values, nothing is said.
    """
    least: Floor | None = None
    k, d = int(labels.max()) + 1, X.shape[1]
    for group in range(k):
        own = X[labels == group]
        weights = weights_of(labels == group, sample_weight)
        if n_counted(len(own), weights) < d + 5:
            continue
        for j, variance in enumerate(variances(own, weights).tolist()):
            bound = variance if least is None else min(variance, least.variance)
            small = 0 < variance <= bound and reg_covar >= OF_A_GROUP * variance
            if small and not _mostly_one(own[:, j], weights):
                total = float(variances(X[:, j : j + 1], sample_weight)[0])
                least = Floor(reg_covar, variance, j, total, k)
    return least


def _mostly_one(column: Array, sample_weight: Array | None = None) -> bool:
    """Whether one value stands in half of the rows (n,): it is their median then."""
    if sample_weight is not None:
        order = np.argsort(column)
        up_to = np.cumsum(sample_weight[order])
        median = column[order[np.searchsorted(up_to, up_to[-1] / 2, side="right")]]
        return bool(sample_weight[column == median].sum() >= MOSTLY * up_to[-1])
    return bool(np.mean(column == np.sort(column)[len(column) // 2]) >= MOSTLY)

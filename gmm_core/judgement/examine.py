"""What a dataset is like before any fit.

Letters: n samples, d features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dpstrf
from scipy.stats import chi2

from gmm_core.engine.arrays import Array, Indices
from gmm_core.engine.checks import as_matrix
from gmm_core.words import Finding, count, percent, plural, together

FOLLOWS = 0.01  # of its deviation: what is left of a column that others give tells next to nothing
OFTEN = 0.05  # share of equal values from which a column is heavily tied
FAR = 1e-4  # rows farther out than all but this share of a Gaussian are outliers


def examine(X: ArrayLike, feature_names: Sequence[str]) -> tuple[Finding, ...]:
    """What to know of X (n, d) before fitting; missing values are the table reader's to count."""
    X = as_matrix(X)
    if len(feature_names) != X.shape[1]:
        raise ValueError(f"feature_names has {len(feature_names)} names for {X.shape[1]} columns.")
    kinds: dict[str, list[tuple[str, str]]] = {kind: [] for kind in COLUMNS}
    for name, column in zip(feature_names, X.T, strict=True):
        kind, evidence = _column(column)
        if kind:
            kinds[kind].append((name, evidence))
    columns = [_columns(kind, found) for kind, found in kinds.items() if found]
    return (
        _size(X),
        *_equal_rows(X),
        *columns,
        *_follow(X, feature_names),
        *_scales(X, feature_names),
        *_outliers(X),
    )


def _size(X: Array) -> Finding:
    n, d = X.shape
    p = 2 + 3 * d + 3 * d * (d + 1) // 2
    few = n < 5 * p
    sentence = f"{count(n, 'row')} of {d} {plural(d, 'feature')}." + (
        " That is little for free covariances: prefer diag or spherical ones, or fewer features."
        if few
        else ""
    )
    evidence = f"3 full components have {p} parameters: {n / p:.3g} rows for each"
    return Finding("warning" if few else "info", sentence, evidence)


def _equal_rows(X: Array) -> list[Finding]:
    values, counts = np.unique(X, axis=0, return_counts=True)
    extra = len(X) - len(values)
    if not extra:
        return []
    value = ", ".join(f"{v:.10g}" for v in values[counts.argmax()][:5])
    return [
        Finding(
            "warning",
            f"{extra:,} {plural(extra, 'row repeats', 'rows repeat')} another exactly; a component can "
            "collapse onto equal rows.",
            f"{len(values):,} different rows; the most frequent, {counts.max()} times: {value}",
        )
    ]


COLUMNS = {  # what is said of one column of a kind, and of several
    "constant": (
        "is constant: a Gaussian has no extent there. Leave it out.",
        "are constant: a Gaussian has no extent there. Leave them out.",
    ),
    "nearly constant": ("is nearly constant. Leave it out.", "are nearly constant. Leave them out."),
    "whole": (
        "holds whole numbers only. A density sees each as a spike, so a component can collapse onto one; a "
        "variance below 1/12 is rounding, not shape (Sheppard's correction).",
        "hold whole numbers only. A density sees each as a spike, so a component can collapse onto one; a "
        "variance below 1/12 is rounding, not shape (Sheppard's correction).",
    ),
    "tied": (
        "is heavily tied: a component can collapse onto a value that repeats.",
        "are heavily tied: a component can collapse onto a value that repeats.",
    ),
}


def _columns(kind: str, found: list[tuple[str, str]]) -> Finding:
    """One sentence on all columns of a kind, each with its evidence."""
    one, several = COLUMNS[kind]
    if len(found) == 1:
        return Finding("warning", f"Column {found[0][0]} {one}", found[0][1])
    names = ", ".join(name for name, _ in found[:-1][:9])
    last = f"{found[-1][0]}" if len(found) <= 10 else f"{len(found) - 9} more"
    evidence = "; ".join(f"{name}: {evidence}" for name, evidence in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return Finding("warning", f"Columns {names} and {last} {several}", evidence + more)


def _column(column: Array) -> tuple[str, str]:
    """The kind of a column (n,), "" where there is nothing to say, and the evidence for it."""
    values, counts = np.unique(column, return_counts=True)
    n, most = len(column), int(counts.max())
    if len(values) == 1:
        return "constant", f"always {values[0]:.10g}"
    value = f"{values[counts.argmax()]:.10g}"
    frequent = f"{len(values):,} different values in {n:,} rows; {value} is {percent(most / n)} of them"
    if most >= 0.95 * n or column.std() < 1e-9 * np.abs(column).max():
        return "nearly constant", frequent
    tied = most >= max(5, OFTEN * n)
    if np.all(column == np.round(column)) and (tied or len(values) <= n / 2):
        return "whole", frequent
    return ("tied", frequent) if tied or len(values) <= n / 5 else ("", "")


def _standardised(X: Array) -> tuple[Indices, Array]:
    """Which columns of X (n, d) vary, and these with mean 0 and deviation 1."""
    deviations = X.std(axis=0)
    varying = np.flatnonzero(deviations > 1e-9 * np.abs(X).max(axis=0, initial=1e-300))
    return varying, (X[:, varying] - X[:, varying].mean(axis=0)) / deviations[varying]


def _by_others(Z: Array, within: float) -> tuple[Indices, Indices]:
    """Of standardised columns (n, d), those that stay, and those that these give; see `independent`."""
    n, d = Z.shape
    if n < 2 * d + 2 or d < 2:
        return np.arange(d), np.arange(0)
    place = np.arange(d)
    # It takes the largest next: of equal ones the first is made so.
    _, order, rank, _ = dpstrf(Z.T @ Z / n * (1 - 1e-9 * (place[:, np.newaxis] + place)), tol=within**2)
    return np.sort(order[:rank] - 1), np.sort(order[rank:] - 1)


def independent(X: Array, within: float = FOLLOWS) -> Indices:
    """The columns of X (n, d) that are left without those that are constant, or that others give linearly but
    for a share `within` of their deviation; of some that give each other the first stay. Where rows are too
    few to tell, all that vary stay.
    """
    varying, Z = _standardised(X)
    return varying[_by_others(Z, within)[0]]


def _follow(X: Array, names: Sequence[str]) -> list[Finding]:
    """Columns that others give, as a length in centimetres that in inches, or a total its parts."""
    varying, Z = _standardised(X)
    kept, follow = _by_others(Z, FOLLOWS)
    if not len(follow):
        return []
    names = [names[i] for i in varying]
    slopes = np.linalg.solve(Z[:, kept].T @ Z[:, kept], Z[:, kept].T @ Z[:, follow])
    left = np.std(Z[:, follow] - Z[:, kept] @ slopes, axis=0)
    found = []
    for j, column, rest in zip(follow[:3].tolist(), slopes.T, left, strict=False):
        of = together([names[i] for i, slope in zip(kept, column, strict=True) if abs(slope) > FOLLOWS])
        found.append(f"{names[j]} from {of}, but for {rest:.2g} of its deviation")
    evidence = "; ".join(found) + (f"; and {len(follow) - 3} more" if len(follow) > 3 else "")
    which, it = together([names[j] for j in follow.tolist()]), plural(len(follow), "it", "them")
    sentence = (
        f"{plural(len(follow), 'Column')} {which} can be computed from others by a linear formula, all but "
        f"{FOLLOWS:.0%} of a deviation at most. That adds next to nothing, and Gaussians are nearly flat "
        f"there: leave {it} out, or those that give {it}."
    )
    return [Finding("warning", sentence, evidence)]


def _scales(X: Array, names: Sequence[str]) -> list[Finding]:
    deviations = X.std(axis=0)
    varying = np.flatnonzero(deviations > 0)
    if not len(varying):
        return []
    low, high = (varying[f(deviations[varying])] for f in (np.argmin, np.argmax))
    if deviations[high] < 100 * deviations[low]:
        return []
    return [
        Finding(
            "warning",
            f"The features have very different scales: {names[high]} varies "
            f"{deviations[high] / deviations[low]:,.0f} times as much as {names[low]}. "
            "Standardise, above all for spherical covariances and k-means.",
            f"standard deviations {deviations[high]:.3g} and {deviations[low]:.3g}",
        )
    ]


def _outliers(X: Array) -> list[Finding]:
    """By robust distances: the closest half of the rows, refined (Rousseeuw & Van Driessen 1999)."""
    X = X[:, np.ptp(X, axis=0) > 0]
    n, d = X.shape
    if n < 5 * max(d, 2) or not d:
        return []
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    distances = np.sum((X - np.median(X, axis=0)) ** 2, axis=1)
    for _ in range(5):
        core = X[np.argsort(distances, kind="stable")[: max(n // 2, d + 1)]]
        covariance = np.atleast_2d(np.cov(core.T)) + 1e-9 * np.eye(d)
        residuals = X - core.mean(axis=0)
        distances = np.sum(residuals.T * np.linalg.solve(covariance, residuals.T), axis=0)
    distances *= chi2.ppf(0.5, d) / np.median(distances)
    far = int(np.sum(distances > chi2.ppf(1 - FAR, d)))
    if far <= max(1, 5 * FAR * n):
        return []
    many = far > 0.05 * n
    sentence = (
        f"{far:,} of {n:,} rows lie far from the central half: other groups, or heavy tails."
        if many
        else f"{far:,} of {n:,} rows are outliers; a component may go to them instead of to a group."
    )
    largest = float(np.sqrt(distances.max()))
    return [Finding("info" if many else "warning", sentence, f"largest robust distance {largest:.1f}")]

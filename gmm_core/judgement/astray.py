"""Which rows belong to no group, by noise beside the components, and how many groups there are without them.

Letters: n samples, k components, d features.

In a comparison of Gaussians, BIC spends a component on a few strays, or makes one so wide that it takes them
up. With noise in the model (Fraley & Raftery 1998), they cost two parameters together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.engine.arrays import Array, weights_of
from gmm_core.engine.checks import as_matrix
from gmm_core.engine.em import StopReason, fit
from gmm_core.engine.health import defect, least_variance
from gmm_core.engine.mixture import NOISE, Mixture
from gmm_core.judgement.apart import standing
from gmm_core.judgement.selection import Comparison, bic
from gmm_core.words import count, percent, plural, quoted, together

STARTS = (("hierarchical", 0), ("kmeans", 0), ("kmeans", 1))
TOL, MAX_ITER = 1e-6, 300
NAMED = 5  # strays that are named in a sentence


@dataclass(frozen=True, eq=False)
class Astray:
    """The best mixture with noise, beside the best without.

    mixture : the one with noise. bic, bic_without : of both, on the same rows. k_without : the components of
    the other. rows : (m,), the indices of rows that are most probably noise, the surest first; shares : (m,),
    how probably. n_rows : of the data. n_groups : how many groups the components are that noise leaves.
    """

    mixture: Mixture
    bic: float
    bic_without: float
    k_without: int
    rows: NDArray[np.intp]
    shares: Array
    n_rows: int
    n_groups: int

    @property
    def gained(self) -> float:
        """By how much BIC is lower with noise; negative where it is not worth its parameters."""
        return self.bic_without - self.bic

    def sentence(self, X: Array, names: Sequence[str], numbers: ArrayLike, verdict: str) -> str:
        """What there is to say of X (n, d), whose columns and rows are called so. verdict : that without."""
        if self.gained <= 0:
            return (
                f"Noise beside the components is not worth its two parameters: BIC is {-self.gained:,.1f} "
                "higher with it. By this, no row is a stray."
            )
        k, m = self.mixture.n_components, len(self.rows)
        fewer = f" instead of {self.k_without}" if k != self.k_without else ", as without"
        said = [f"With noise beside {count(k, 'component')}{fewer}, BIC is {self.gained:,.1f} lower."]
        if not m:
            said.append("But no single row is most probably noise.")
        else:
            called = [self._named(X, names, np.asarray(numbers), i) for i in range(min(m, NAMED))]
            more = [f"{m - NAMED:,} more"] if m > NAMED else []
            share = f" ({percent(m / self.n_rows, 1)} of them)" if m > NAMED else ""
            said.append(
                f"{count(m, 'row')}{share} {plural(m, 'is', 'are')} most probably noise: "
                f"{together([*called, *more])}."
            )
        said.append(
            f"Without noise the verdict is: {verdict} With it, {count(k, 'component')} "
            f"{plural(k, 'stands', 'stand')} for {count(self.n_groups, 'group')}, of which it is sure that "
            f"{plural(self.n_groups, 'it stands', 'they stand')} apart."
        )
        said.append("Where groups have heavy tails, their outermost rows are noise by this, too.")
        return " ".join(said)

    def _named(self, X: Array, names: Sequence[str], numbers: NDArray[np.generic], i: int) -> str:
        """A stray by its number, and the value in which it is farthest out."""
        row, rest = self.rows[i], np.delete(X, self.rows, axis=0)
        spread = rest.std(axis=0)
        far = np.abs(X[row] - np.median(rest, axis=0)) / np.where(spread > 0, spread, np.inf)
        j = int(np.argmax(far))
        return f"row {numbers[row]} ({quoted(names[j])} = {X[row, j]:.6g})"


def tried(comparison: Comparison) -> int:
    """Up to how many components `astray` tries."""
    return 0 if comparison.best is None else comparison.best.n_components + 1


def astray(
    comparison: Comparison, X: ArrayLike, *, on_fit: Callable[[int], None] | None = None
) -> Astray | None:
    """The best fit with noise to X (n, d), from which `comparison` was made; None where none can be made.

    Rows count as they did in the comparison. Tried are, in the family that is best without, up to one
    component more than are: strays can hide one.
    on_fit : called with how many components are done; what it raises ends it.
    """
    X, best = as_matrix(X), comparison.best
    if best is None:
        return None
    rows, weights, reg_covar = X[comparison.rows], comparison.weights, comparison.reg_covar
    spread = least_variance(rows, weights)
    found: tuple[float, Mixture] | None = None
    for k in range(1, tried(comparison) + 1):
        for init, seed in STARTS[: 1 if k == 1 else None]:
            try:
                trace = fit(
                    rows,
                    k,
                    covariance_type=best.covariance_type,
                    init=init,
                    random_state=seed,
                    reg_covar=reg_covar,
                    tol=TOL,
                    max_iter=MAX_ITER,
                    noise=True,
                    sample_weight=weights,
                )
            except ValueError:  # a constant column among the rows that were drawn
                continue
            if trace.stop is StopReason.COLLAPSED:
                continue
            of = (trace.mixture, trace.steps[-1].counts, rows)
            if defect(*of, reg_covar=reg_covar, spread=spread, sample_weight=weights):
                continue
            value = bic(trace.mixture, rows, sample_weight=weights)
            if found is None or value < found[0]:
                found = value, trace.mixture
        if on_fit is not None:
            on_fit(k)
    if found is None:
        return None
    value, mixture = found
    shares = mixture.noise_share(X)
    which = np.flatnonzero(mixture.labels(X) == NOISE)
    which = which[np.argsort(-shares[which], kind="stable")]
    others = mixture.labels(rows) != NOISE
    left = rows[others], weights_of(others, weights)
    groups = standing(mixture.of_components, *left).n_sure if others.any() else 1
    return Astray(mixture, value, best.bic, best.n_components, which, shares[which], len(X), groups)

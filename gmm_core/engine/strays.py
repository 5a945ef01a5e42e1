"""Rows that belong to no Gaussian: noise beside the components, and components with heavy tails.

Letters: n samples, k components, d features; in a block, m rows with o features observed.

Noise is one more thing that a row can be: uniform over the box of the data, with a weight that EM estimates
like the others (Fraley & Raftery 1998). A t distribution is a Gaussian in which every row has a precision of
its own, drawn from a gamma distribution, so that a stray counts little (Peel & McLachlan 2000):

    E[precision] = (dof + o) / (dof + distance^2)        E[log precision] = digamma((dof + o) / 2)
                                                                            - log((dof + distance^2) / 2)

Both take rows with weights and rows with missing values: a marginal of a t distribution is one, with the same
degrees of freedom, and of a box, a box.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from scipy.spatial import KDTree
from scipy.special import digamma, gammaln, xlogy

from gmm_core.engine.arrays import TINY, Array, Flags, batches, n_counted, variances, weights_of
from gmm_core.engine.checks import as_floats
from gmm_core.engine.covariance import Family
from gmm_core.engine.expectation import (
    LEAST_DOF,
    MOST_DOF,
    Beyond,
    CollapseError,
    Expectation,
    maximised,
)
from gmm_core.engine.held import HeldAt
from gmm_core.engine.mixture import BLOCK, DOF_TYPES, Mixture, log_peaks, to_log_joint, to_log_joint_t
from gmm_core.engine.observed import (
    filled_covariances,
    filled_means,
    given_observed,
    known_variances,
    lifted_scatter,
    marginal,
    of_distinct,
    patterns,
)
from gmm_core.engine.prior import Prior

NOISE_WEIGHT = 0.05  # of a run that begins without a guess
FIRST_DOF = 10.0  # tails that are heavy, but not so heavy that no row counts
NEIGHBOURS = 10  # a row whose tenth neighbour is far is a stray at the start


class StraysSweep:
    """Both steps over rows of X (n, d), NaN where a value is missing, as `Sweep` makes them, for mixtures
    with noise or degrees of freedom. Rows are summed about the means of a block: slower, and always right.
    """

    def __init__(
        self,
        X: Array,
        family: Family,
        reg_covar: float = 0.0,
        sample_weight: Array | None = None,
        prior: Prior | None = None,
        held: HeldAt | None = None,
    ) -> None:
        self.family, self.reg_covar, self.prior, self.held = family, reg_covar, prior, held
        self.n = n_counted(len(X), sample_weight)
        whole = np.ones(X.shape[1], dtype=bool)
        every = [(whole, np.arange(len(X)))] if not np.isnan(X).any() else list(patterns(X))
        self._patterns = [
            (observed, X[rows][:, observed], weights_of(rows, sample_weight)) for observed, rows in every
        ]
        self.variances = known_variances(X, sample_weight)  # (d,), in squared data units

    def __call__(self, mixture: Mixture) -> Expectation:
        """The expectation under `mixture`."""
        parts = [self._of_pattern(mixture, observed, X, weights) for observed, X, weights in self._patterns]
        total = sum(log_sum for _, log_sum in parts)
        found = reduce(add, (part for part, _ in parts))
        found = replace(found, log_likelihood=total / self.n, n_samples=self.n, family=self.family)
        return found.given_by(mixture)

    def step(
        self, mixture: Mixture, others: Expectation | None = None
    ) -> tuple[Expectation, Mixture | CollapseError]:
        """The E-step and the M-step after it, or why there is none; `others` as in `Sweep.step`."""
        expectation = self(mixture).with_rows(others).given_by(mixture)
        return expectation, maximised(expectation, self.reg_covar, self.prior, self.held)

    def _of_pattern(
        self, mixture: Mixture, observed: Flags, X: Array, weights: Array | None
    ) -> tuple[Expectation, float]:
        """The expectation of rows X (n, o), all with these features, and the sum of their log densities."""
        part = mixture if observed.all() else marginal(mixture, observed)
        blocks = [
            _block(part, X[rows], weights_of(rows, weights), mixture) for rows in batches(len(X), BLOCK)
        ]
        found, log_sum = reduce(add, (one for one, _ in blocks)), sum(one for _, one in blocks)
        if observed.all():
            return found, log_sum
        family, masses = self.family, np.maximum(found.masses, TINY)
        slopes, within = given_observed(mixture, observed)
        means = filled_means(mixture, observed, found.means, slopes)
        seen = family.dense(family.per_sample(masses, found.scatter), len(slopes), found.means.shape[1])
        # What is missing scatters with the row's precision, for which the mass of the row makes up.
        counts, masses = of_distinct(family, found.counts), of_distinct(family, masses)
        within = within * (counts / masses)[:, np.newaxis, np.newaxis]
        lifted = filled_covariances(observed, seen, slopes, within)
        return replace(found, means=means, scatter=lifted_scatter(family, lifted, masses)), log_sum


def _block(part: Mixture, X: Array, weights: Array | None, whole: Mixture) -> tuple[Expectation, float]:
    """The same of a block (m, o) under `part`, the marginal of `whole`."""
    o = part.n_features
    distances = part.squared_distances(X).T  # (k, m)
    peaks = log_peaks(part.family, part.weights, part.factor, o)
    precisions = logarithms = np.ones_like(distances)
    if part.dof is None:
        joint = to_log_joint(distances.copy(), peaks)
    else:
        joint = to_log_joint_t(distances, peaks, part.dof, o)
        shape, rate = (part.dof + o)[:, np.newaxis], part.dof[:, np.newaxis] + distances
        precisions = shape / rate
        logarithms = digamma(shape / 2) - np.log(rate / 2) - precisions
    k = len(joint)
    joint = part.with_noise(joint)
    peak = joint.max(axis=0)
    shares = np.exp(joint - peak)
    totals = shares.sum(axis=0)
    shares /= totals
    log_totals = peak + np.log(totals)
    if weights is not None:
        shares *= weights
        log_totals = log_totals * weights
    noise, shares = float(shares[k:].sum()), shares[:k]
    pulled = shares if part.dof is None else shares * precisions
    found = Expectation.of(X, pulled.T, part.family)
    of_tails = (shares * logarithms).sum(axis=1) if part.dof is not None else np.zeros(k)
    beyond = Beyond(whole, noise, found.counts, of_tails)
    return replace(found, counts=shares.sum(axis=1), beyond=beyond), float(log_totals.sum())


def complete(mixture: Mixture, expectation: Expectation) -> float:
    """What noise and degrees of freedom add to the expected complete-data log-likelihood, over all rows."""
    beyond = expectation.beyond
    assert beyond is not None
    total = float(xlogy(beyond.noise, mixture.noise_weight))
    if mixture.dof is not None:
        half = mixture.dof / 2
        total += float((expectation.counts * (half * np.log(half) - gammaln(half))).sum())
        total += float((half * beyond.logarithms).sum())
    return total


def box_of(X: Array) -> Array:
    """The box of rows X (n, d), NaN where a value is missing, (2, d); a `ValueError` if it has no volume."""
    box = np.stack([np.nanmin(X, axis=0), np.nanmax(X, axis=0)])
    flat = np.flatnonzero(box[0] == box[1]).tolist()
    if flat:
        raise ValueError(
            f"Column {flat[0]} of X is constant, so the box of the data, over which noise would be uniform, "
            "has no volume. Leave the column out."
        )
    return box


def as_noise(noise: Any, n: int) -> tuple[float, Array | None] | None:
    """How the noise begins: its weight, and which of n rows are strays, (n,), 0 or 1, where that is said.

    None where there is none. A `ValueError` says what is wrong.
    """
    if noise is None or noise is False:
        return None
    if noise is True:
        return NOISE_WEIGHT, None
    if np.ndim(noise) == 0:
        if isinstance(noise, str) or not 0 < float(noise) < 1:
            raise ValueError(
                "noise must be True, the weight with which it begins (above 0 and below 1), or for each row "
                f"whether it is a stray at first; got {noise!r}."
            )
        return float(noise), None
    strays = as_floats(noise, "noise")
    if strays.shape != (n,) or not np.isin(strays, (0, 1)).all():
        raise ValueError(
            f"noise must say for each of the {n} rows whether it is a stray at first, True or False; got the "
            f"shape {strays.shape}."
        )
    if strays.all():
        raise ValueError("noise says of every row that it is a stray: then none is left for a component.")
    return NOISE_WEIGHT, strays


def as_dof(dof: Any, k: int) -> tuple[Array, str] | None:
    """The degrees of freedom with which k components begin, (k,), and which of them are free.

    None for Gaussians. A `ValueError` says what is wrong.
    """
    if dof is None:
        return None
    if isinstance(dof, str):
        if dof not in DOF_TYPES[:2]:
            raise ValueError(f"dof must be 'each', 'common', a number to hold it at, or None; got {dof!r}.")
        return np.full(k, FIRST_DOF), dof
    try:
        held = np.asarray(dof, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"dof must be 'each', 'common', a number to hold it at, or None; got {dof!r}."
        ) from None
    if (
        isinstance(dof, bool)
        or held.shape not in ((), (k,))
        or not ((held >= LEAST_DOF) & (held <= MOST_DOF)).all()
    ):
        raise ValueError(
            f"dof, where it is held, must be a number from {LEAST_DOF:g} to {MOST_DOF:g}, or one for each of "
            f"the {k} components; got {dof!r}. Gaussians are what many degrees of freedom lead to: dof=None."
        )
    return np.full(k, held), "fixed"


def farthest(X: Array, share: float, sample_weight: Array | None) -> Flags:
    """Which rows of X (n, d), a `share` of them at most, have their tenth neighbour farthest away, (n,).

    The simplest form of Byers & Raftery 1998, in units of the features' standard deviations. A row that
    counts several times is so many neighbours.
    """
    spread = np.sqrt(variances(X, sample_weight))
    Z = X / np.where(spread > 0, spread, 1.0)
    weights = np.ones(len(Z)) if sample_weight is None else sample_weight
    near = min(NEIGHBOURS + 1, len(Z))  # with itself
    distances, rows = KDTree(Z).query(Z, k=near)
    distances, rows = distances.reshape(len(Z), near), rows.reshape(len(Z), near)
    enough = weights[rows].cumsum(axis=1) >= NEIGHBOURS + 1
    which = np.where(enough.any(axis=1), enough.argmax(axis=1), near - 1)
    far = distances[np.arange(len(Z)), which]
    order = np.argsort(-far, kind="stable")
    beyond = order[weights[order].cumsum() <= share * weights.sum() * (1 + 1e-12)]
    strays = np.zeros(len(Z), dtype=bool)
    strays[beyond] = True
    if len(beyond) < len(Z):  # of rows equally far, all or none
        strays &= far > far[order[len(beyond)]]
    return strays


@dataclass(frozen=True, eq=False)
class Beginning:
    """With which noise and which degrees of freedom a run begins, and from which rows its start is made.

    rows : (n,), those that are no strays at first. weights : (n,), how often each row counts, or None.
    """

    rows: Flags | slice
    weights: Array | None
    noise_weight: float = 0.0
    box: Array | None = None
    dof: Array | None = None
    dof_type: str = "each"

    @classmethod
    def of(
        cls,
        X: Array,
        k: int,
        noise: tuple[float, Array | None] | None,
        dof: Any,
        weights: Array | None,
        known: Array | None = None,
    ) -> Beginning:
        """For rows X (n, d), `noise` as of `as_noise` and `dof` as in `fit`; `known` is X with its gaps."""
        tails = as_dof(dof, k) or (None, "each")
        if noise is None:
            return cls(slice(None), weights, 0.0, None, *tails)
        share, guessed = noise
        strays = farthest(X, share, weights) if guessed is None else guessed.astype(bool)
        if guessed is not None:
            counted = n_counted(int(strays.sum()), weights_of(strays, weights))
            share = max(counted, 1) / max(n_counted(len(X), weights), 2)  # a weight of 0 would stay 0
        rest = X[~strays]
        if len(rest) < max(2, k) or len(np.unique(rest, axis=0)) < k:  # too few to begin with
            strays = np.zeros(len(X), dtype=bool)
        return cls(~strays, weights, share, box_of(X if known is None else known), *tails)

    @property
    def is_plain(self) -> bool:
        return self.box is None and self.dof is None

    def completed(self, start: Mixture) -> Mixture:
        """The start with what it lacks of this: noise takes its weight from all components alike."""
        if self.box is not None and start.noise_box is None:
            weights = start.weights * (1 - self.noise_weight)
            start = replace(start, weights=weights, noise_weight=self.noise_weight, noise_box=self.box)
        if self.dof is not None and start.dof is None:
            start = replace(start, dof=self.dof, dof_type=self.dof_type)
        return start


def sentences(mixture: Mixture) -> Iterator[str]:
    """What is to be said of a fit: degrees of freedom that are held at an end of their range."""
    if mixture.dof is None or mixture.dof_type == "fixed":
        return
    for j, dof in enumerate(mixture.dof.tolist()):
        who = "All components are" if mixture.dof_type == "common" else f"Component {j + 1} is"
        if dof >= MOST_DOF:
            yield (
                f"{who} held at {MOST_DOF:g} degrees of freedom, the most: for all that the rows can tell, "
                "Gaussian."
            )
        elif dof <= LEAST_DOF:
            yield (
                f"{who} held at {LEAST_DOF:g} degree of freedom, the least: the tails are so heavy that "
                "there is no mean, only a middle."
            )
        if mixture.dof_type == "common":
            return

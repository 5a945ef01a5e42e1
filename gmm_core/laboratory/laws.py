"""The laws that EM obeys, whatever the data, and sentences about numbers that break them.

Letters: n samples, k components, d features. The numbers may be any at all, those of code with mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, variances
from gmm_core.engine.checks import as_matrix, that_count
from gmm_core.engine.em import FALL
from gmm_core.laboratory.pieces import variances_of
from gmm_core.words import count

SUM = 1e-4  # how far a sum of responsibilities or weights may be from 1: an eps in a denominator is not seen
OUTSIDE = 1e-6  # how far a mean may lie outside the data, as a share of their largest value
PRINTED = 1e-5  # how far a printed log-likelihood may be from that of the parameters, as a share of it
SMALL_FALL = 1e-4  # ... and by less than this may come of a number added to variances or denominators

LAWS = {
    "finite": "Every number is finite.",
    "range": "Responsibilities lie between 0 and 1.",
    "rows": "The responsibilities of each row sum to 1.",
    "weights": "Weights are not negative and sum to 1.",
    "means": "Every mean is an average of the data, so it lies among them.",
    "variances": "Variances are above 0.",
    "centre": "After an M-step, weights times means add up to the mean of the data.",
    "spread": "After an M-step, the variance within the components and that between them add up to the "
    "variance of the data.",
    "printed": "What is printed is the log-likelihood of the parameters.",
    "rising": "The log-likelihood of the parameters never falls.",
    "printed_rising": "What is printed never falls.",
}


@dataclass(frozen=True)
class BrokenLaw:
    """A law of `LAWS` that some numbers break, and a sentence with these numbers.

    Rows, components and features are counted from 1.
    """

    law: str
    sentence: str


@dataclass(frozen=True, eq=False)
class Parameters:
    """weights (k,), means (k, d), variances (k, d), as code with mistakes has them: any numbers at all.

    In place of variances there may be covariance matrices (k, d, d).
    """

    weights: Array
    means: Array
    variances: Array

    def __post_init__(self) -> None:
        for name in ("weights", "means", "variances"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)


@dataclass(frozen=True, eq=False)
class FaultyStep:
    """The parameters after `iteration` M-steps (0 is the start), and what is wrong with them.

    printed : the log-likelihood that the code prints for them, in total over the rows.
    log_likelihood : the true one of these parameters, with weights divided by their sum; NaN if they have
        none. In total as well, where `em.Step` has the mean per sample.
    broken : the laws that these numbers break, with the responsibilities that this code gives them.
    """

    iteration: int
    parameters: Parameters
    printed: float
    log_likelihood: float
    broken: tuple[BrokenLaw, ...] = ()


def broken_laws(
    X: ArrayLike,
    step: FaultyStep,
    responsibilities: Array,
    before: FaultyStep | None = None,
    *,
    eps: float = 0.0,
    sample_weight: ArrayLike | None = None,
) -> tuple[BrokenLaw, ...]:
    """The laws that a step and its responsibilities (n, k) break, given the step before it.

    Numbers that are not finite come first, and then there is nothing to say about log-likelihoods.
    sample_weight : (n,), how often each row counts, in the log-likelihoods of the steps too; None: once.
    """
    X, counting = that_count(as_matrix(X), sample_weight)
    broken = [*broken_by_parameters(X, step.parameters), *broken_by_responsibilities(responsibilities)]
    if before is not None and all(one.law == "means" for one in broken):
        broken = [*broken_by_moments(X, step.parameters, sample_weight=counting), *broken]
    broken.sort(key=lambda one: one.law != "finite")
    if broken and broken[0].law == "finite":
        return tuple(broken)
    truth, printed = step.log_likelihood, step.printed
    if not abs(printed - truth) <= PRINTED * max(1.0, abs(truth)):
        divided = any(one.law == "weights" for one in broken)
        sentence = (
            f"The code prints {printed:.6g} as log-likelihood; that of its parameters"
            f"{' (with weights divided by their sum)' * divided} is {truth:.6g}."
        )
        broken.append(BrokenLaw("printed", sentence))
    if before is not None:
        for law, name, values in (
            ("rising", "The log-likelihood", (before.log_likelihood, truth)),
            ("printed_rising", "What the code prints", (before.printed, printed)),
        ):
            if said := how_it_falls(values, name, first=before.iteration, regularised=eps > 0):
                broken.append(BrokenLaw(law, said))
    return tuple(broken)


def broken_by_responsibilities(responsibilities: Array, within: float = SUM) -> tuple[BrokenLaw, ...]:
    """The laws that responsibilities (n, k) break, if sums may be `within` of 1."""
    wrong = np.argwhere(~np.isfinite(responsibilities))
    if len(wrong):
        return (BrokenLaw("finite", f"{_one(responsibilities, wrong[0])}{_more(len(wrong))}."),)
    broken = []
    outside = np.maximum(responsibilities - 1, -responsibilities)  # how far below 0 or above 1
    if (number := int((outside > within).sum())) > 0:
        worst = np.unravel_index(outside.argmax(), outside.shape)
        sentence = f"{_one(responsibilities, worst)}, not between 0 and 1{_more(number)}."
        broken.append(BrokenLaw("range", sentence))
    sums = responsibilities.sum(axis=1)
    apart = np.abs(sums - 1)
    if (number := int((apart > within).sum())) > 0:
        worst_row = int(apart.argmax())
        others = f"; {number:,} of {len(sums):,} rows do not sum to 1" if number > 1 else ""
        sentence = f"The responsibilities of row {worst_row + 1} sum to {sums[worst_row]:.6g}, not 1{others}."
        broken.append(BrokenLaw("rows", sentence))
    return tuple(broken)


def broken_by_parameters(X: ArrayLike, parameters: Parameters, within: float = SUM) -> tuple[BrokenLaw, ...]:
    """The laws that parameters break for rows X (n, d), if the sum of the weights may be `within` of 1."""
    X = as_matrix(X)
    weights, means, variances = parameters.weights, parameters.means, parameters.variances
    broken = []
    for name, values in (("weight", weights), ("mean", means), ("variance", variances)):
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            broken.append(BrokenLaw("finite", f"{_one(values, wrong[0], name)}{_more(len(wrong))}."))
    if weights.min() < 0:
        lowest = np.unravel_index(weights.argmin(), weights.shape)
        broken.append(BrokenLaw("weights", f"{_one(weights, lowest, 'weight')}, below 0."))
    if abs(weights.sum() - 1) > within:
        broken.append(BrokenLaw("weights", f"The weights sum to {weights.sum():.6g}, not 1."))
    low, high = X.min(axis=0), X.max(axis=0)
    outside = np.maximum(means - high, low - means) - OUTSIDE * np.maximum(np.abs(low), np.abs(high))
    if (number := int((outside > 0).sum())) > 0:
        worst = np.unravel_index(np.nanargmax(outside), outside.shape)
        ends = f"{low[worst[1]]:.6g} to {high[worst[1]]:.6g}"
        sentence = f"{_one(means, worst, 'mean')}, outside the data, which go from {ends}{_more(number)}."
        broken.append(BrokenLaw("means", sentence))
    if (number := int((variances <= 0).sum())) > 0:
        lowest = np.unravel_index(np.nanargmin(variances), variances.shape)
        sentence = f"{_one(variances, lowest, 'variance')}, not above 0{_more(number)}."
        broken.append(BrokenLaw("variances", sentence))
    return tuple(broken)


@dataclass(frozen=True, eq=False)
class Moments:
    """What parameters make of the mean and the variance of the data: after any M-step, just these.

    centre, mean : (d,), weights times means, and the mean of the data. within, between, variance : (d,), of
    the components, of their means, and of the data.
    """

    centre: Array
    mean: Array
    within: Array
    between: Array
    variance: Array

    @property
    def off_centre(self) -> Array:
        """(d,), in standard deviations of the data."""
        return np.abs(self.centre - self.mean) / np.sqrt(self.variance)

    @property
    def excess(self) -> Array:
        """How much larger than the variance of the data the mixture's is, (d,): reg_covar is seen here."""
        return self.within + self.between - self.variance


def moments(X: Array, parameters: Parameters, sample_weight: Array | None = None) -> Moments:
    """With the law of total variance: Var(x) = E[Var(x | z)] + Var(E[x | z]).

    It holds where weights, means and variances are averages with the same responsibilities, whatever these
    are, as long as each row's sum to 1.
    """
    weights, means = parameters.weights, parameters.means
    centre = weights @ means
    between = weights @ (means - centre) ** 2
    within = weights @ variances_of(parameters.variances)
    mean = np.average(X, axis=0, weights=sample_weight)
    return Moments(centre, mean, within, between, variances(X, sample_weight))


def broken_by_moments(
    X: ArrayLike, parameters: Parameters, within: float = SUM, *, sample_weight: ArrayLike | None = None
) -> tuple[BrokenLaw, ...]:
    """Whether parameters after an M-step have the mean and the variance of the data, within that share.

    sample_weight : (n,), how often each row counts; None: once.
    """
    X, counting = that_count(as_matrix(X), sample_weight)
    with np.errstate(all="ignore"):
        found = moments(X, parameters, counting)
        off, excess = found.off_centre, np.abs(found.excess) / found.variance
    for law, shares, one, other, said in (
        ("centre", off, found.centre, found.mean, "Weights times means add up to {}; the mean of the data"),
        (
            "spread",
            excess,
            found.within + found.between,
            found.variance,
            "The variance within the components and that between them add up to {}; that of the data",
        ),
    ):
        if np.nanmax(shares, initial=0.0) > within:
            j = int(np.nanargmax(shares))
            of = f" in feature {j + 1}" if len(shares) > 1 else ""
            theirs, ours = _apart(one[j], other[j])
            return (BrokenLaw(law, f"{said.format(theirs)} is {ours}{of}."),)
    return ()


def how_it_falls(
    values: Sequence[float] | Array,
    name: str,
    place: str = "in iteration",
    first: int = 0,
    *,
    regularised: bool,
) -> str:
    """A sentence if log-likelihoods fall, else nothing; `place` and `first` say how they are counted in it.

    regularised : whether a number may have been added to variances or denominators: small falls come of it.
    """
    values = np.asarray(values, dtype=float)
    with np.errstate(invalid="ignore"):
        shares = (values[:-1] - values[1:]) / np.maximum(1.0, np.abs(values[:-1]))
        fallen = np.flatnonzero(shares > FALL)
    if not len(fallen):
        return ""
    i = int(fallen[0])
    old, new = _apart(values[i], values[i + 1])
    sentence = f"{name} fell from {old} to {new} {place} {first + i + 1}"
    if len(fallen) > 1:
        sentence += f", and {count(len(fallen) - 1, 'more time')}"
    if regularised and shares[fallen].max() < SMALL_FALL:
        sentence += (
            "; so little may come of a number added to the variances (reg_covar) or to denominators (eps), "
            "and is no mistake then"
        )
    return f"{sentence}."


def _apart(one: float, other: float) -> tuple[str, str]:
    """Two different numbers with as many digits as it takes to see that, six at least."""
    digits = next((g for g in range(6, 17) if f"{one:.{g}g}" != f"{other:.{g}g}"), 17)
    return f"{one:.{digits}g}", f"{other:.{digits}g}"


def _one(values: Array, place: Sequence[Any], name: str = "") -> str:
    """The beginning of a sentence about one of several numbers: what it is and where."""
    value = f"{values[tuple(place)]:.6g}"
    if not name:
        return f"The responsibility of component {place[1] + 1} for row {place[0] + 1} is {value}"
    feature = f" in feature {place[1] + 1}" if values.ndim == 2 and values.shape[1] > 1 else ""
    return f"The {name} of component {place[0] + 1}{feature} is {value}"


def _more(number: int) -> str:
    """How many others share the fault of the one that is shown."""
    return f" (and {number - 1:,} more)" if number > 1 else ""

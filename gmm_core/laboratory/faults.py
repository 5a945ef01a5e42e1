"""The mistakes that people make in EM code, each one a switch, and the laws that they break.

Letters: n samples, k components, d features. Covariances are diagonal.

The first three are those of a well-known question, whose code has all of them at once. `code` shows the
program; `run_with_faults` does what it does, and keeps what comes of it: zeros, infinities and NaN are
numbers to look at here, and nothing raises because of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_amount, as_count, as_matrix, as_sample, check_squares
from gmm_core.engine.em import FALL
from gmm_core.engine.mixture import LOG_2PI, Mixture
from gmm_core.engine.starts import RandomState
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
    "printed": "What is printed is the log-likelihood of the parameters.",
    "rising": "The log-likelihood of the parameters never falls.",
    "printed_rising": "What is printed never falls.",
}

STARTS = {
    "centres": "the k-means centres with the mean squared distances of all rows",
    "half": "the k-means centres with variances 0.5",
    "clusters": "the k-means clusters",
}
MOST_WRITTEN = 20_000  # numbers of data that stand in a program itself

Where = Literal["start", "E-step", "M-step", "log-likelihood"]


@dataclass(frozen=True)
class Fault:
    """A mistake: its name in `FAULTS`, where in the program it is, and what one sees.

    in_question : whether the question's code makes it.
    """

    name: str
    title: str
    where: Where
    seen: str
    in_question: bool = False

    @property
    def wrong(self) -> str:
        """The line or lines with the mistake, as they stand in `code([name])`."""
        return _difference(code([self.name]), code())

    @property
    def right(self) -> str:
        """The line or lines in place of those, as they stand in `code()`."""
        return _difference(code(), code([self.name]))


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(
            "deviation_as_variance",
            "A standard deviation where a variance belongs",
            "E-step",
            "Variances above 1 look smaller to the E-step than they are, and those below 1 larger. The end "
            "is no maximum, and the log-likelihood can fall on the way to it.",
            in_question=True,
        ),
        Fault(
            "normalised_over_data",
            "Responsibilities normalised over the data instead of over the components",
            "E-step",
            "Columns sum to 1, and rows do not; every weight is 1/n. Components do not compete for points: "
            "each goes its own way, and several to the same place, where they shrink.",
            in_question=True,
        ),
        Fault(
            "random_variances",
            "Random variances to begin with",
            "start",
            "Between 0 and 1 in squared data units, whatever the data: often the end is the same, and now "
            "and then a component that begins too narrow collapses.",
            in_question=True,
        ),
        Fault(
            "densities_multiplied",
            "Densities multiplied instead of logarithms added",
            "log-likelihood",
            "A product of many small densities underflows to 0: the log-likelihood is minus infinity, and "
            "with many features responsibilities are 0/0.",
        ),
        Fault(
            "old_mean",
            "The old mean in the update of the variances",
            "M-step",
            "While the means move, variances are too large. Yet the log-likelihood never falls, as means and "
            "variances in turns still raise the bound (ECM, Meng & Rubin 1993), and where EM comes to rest, "
            "nothing is left of it.",
        ),
        Fault(
            "variance_as_scale",
            "A variance passed as a scale",
            "E-step",
            "scipy's norm takes a standard deviation as its scale. Variances above 1 look larger to the "
            "E-step than they are, and those below 1 smaller.",
        ),
        Fault(
            "summed_after_normalising",
            "The log-likelihood summed after normalising",
            "log-likelihood",
            "It is always 0, as each row sums to 1 then. The parameters are right.",
        ),
        Fault(
            "no_weights",
            "The weights forgotten",
            "E-step",
            "Small components take too many points, large ones too few, and the log-likelihood that is "
            "printed is too high.",
        ),
        Fault(
            "log_of_all_pdfs",
            "The logarithm of the sum of all densities",
            "log-likelihood",
            "The sum stands inside the logarithm: a curve near 0 that knows only of the densest points, and "
            "may fall. The parameters are right.",
        ),
    )
}


def code(faults: Collection[str] = (), *, eps: float = 0.0) -> str:
    """The program that `run_with_faults` is, in numpy and scipy, with the lines that these faults make wrong.

    It wants X (n, d), start, a `Mixture` of the family diag, and max_iter.
    """
    on = frozenset(_known(faults))
    begin = "start.covariances"
    if "random_variances" in on:
        begin = "np.random.random_sample(start.means.shape)"
    add = f" + {eps:g}" if eps else ""
    deviation = "variance" if "variance_as_scale" in on else "np.sqrt(variance)"
    log_pdf = f"norm.logpdf(x, mean, {deviation}).sum(axis=2)"
    if "densities_multiplied" in on:
        log_pdf = f"np.log(norm.pdf(x, mean, {deviation}).prod(axis=2))"
    variances = "np.sqrt(variances)" if "deviation_as_variance" in on else "variances"
    axis = 0 if "normalised_over_data" in on else 1
    responsibilities = f"np.exp(log_joint - logsumexp(log_joint, axis={axis}, keepdims=True))"
    if eps:
        responsibilities = f"np.exp(log_joint) / (np.exp(log_joint).sum(axis={axis}, keepdims=True){add})"
    densities = "responsibilities" if "summed_after_normalising" in on else "np.exp(log_joint)"
    if "log_of_all_pdfs" in on:
        log_likelihood = f"np.log({densities}.sum())"
    elif "densities_multiplied" in on:
        log_likelihood = f"np.log({densities}.sum(axis=1).prod())"
    elif "summed_after_normalising" in on:
        log_likelihood = "np.log(responsibilities.sum(axis=1)).sum()"
    else:
        log_likelihood = "logsumexp(log_joint, axis=1).sum()"
    lines = (
        "import numpy as np",
        "from scipy.special import logsumexp",
        "from scipy.stats import norm",
        "",
        f"weights, means, variances = start.weights, start.means, {begin}",
        "",
        "def log_pdf(x, mean, variance):",
        f"    return {log_pdf}",
        "",
        "for iteration in range(max_iter + 1):",
        "    # E step",
        f"    log_densities = log_pdf(X[:, np.newaxis], means, {variances}{add})",
        f"    log_joint = {'' if 'no_weights' in on else 'np.log(weights) + '}log_densities",
        f"    responsibilities = {responsibilities}",
        f"    log_likelihood = {log_likelihood}",
        "    print(iteration, log_likelihood)",
        "    # M step",
        f"    counts = responsibilities.sum(axis=0){add}",
        "    weights = responsibilities.mean(axis=0)",
        "    new_means = responsibilities.T @ X / counts[:, np.newaxis]",
        f"    squares = (X[:, np.newaxis] - {'' if 'old_mean' in on else 'new_'}means) ** 2",
        '    variances = np.einsum("nk,nkd->kd", responsibilities, squares) / counts[:, np.newaxis]',
        "    means = new_means",
    )
    return "\n".join(lines) + "\n"


def program(
    X: ArrayLike,
    start: Parameters,
    faults: Collection[str] = (),
    *,
    max_iter: int = 100,
    eps: float = 0.0,
    seed: int = 0,
) -> str:
    """`code(faults, eps=eps)` with all that it wants, as a file that runs as it is.

    X (n, d) stands in it up to `MOST_WRITTEN` numbers; larger data it reads from data.csv, a line for each
    row, without names. seed : for random variances.
    """
    X = as_matrix(X)
    data = f"np.array({X.tolist()!r})"
    if X.size > MOST_WRITTEN:
        data = 'np.loadtxt("data.csv", delimiter=",", ndmin=2)'
    values = {"weights": start.weights, "means": start.means, "covariances": start.variances}
    begin = (f"    {name} = np.array({array.tolist()!r})" for name, array in values.items())
    head = ("import numpy as np", "", f"X = {data}", f"max_iter = {max_iter}", f"np.random.seed({seed})")
    return "\n".join((*head, "", "", "class start:", *begin, "", "", code(faults, eps=eps)))


def likely_starts(X: ArrayLike, n_components: int) -> dict[str, Parameters]:
    """Where people begin on rows X (n, d), by the names in `STARTS`. Raises `ValueError` for too few rows."""
    X, k = as_sample(X, n_components), n_components
    clusters = KMeans(k, n_init=5, random_state=0).fit(X)
    centres, even = clusters.cluster_centers_, np.full(k, 1 / k)
    groups = [X[clusters.labels_ == j] for j in range(k)]
    squares = np.array([((X - centre) ** 2).mean(axis=0) for centre in centres])
    return {
        "centres": Parameters(even, centres, squares),
        "half": Parameters(even, centres, np.full(centres.shape, 0.5)),
        "clusters": Parameters(
            np.array([len(group) / len(X) for group in groups]),
            centres,
            np.array([group.var(axis=0) for group in groups]),
        ),
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
    """weights (k,), means (k, d), variances (k, d), as code with mistakes has them: any numbers at all."""

    weights: Array
    means: Array
    variances: Array

    def __post_init__(self) -> None:
        for name in ("weights", "means", "variances"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)


@dataclass(frozen=True, eq=False)
class FaultyExpectation:
    """What an E-step makes of parameters.

    densities : (n, k), without weights. log_joint : (n, k), their logarithms, with weights if the code has
        them. responsibilities : (n, k). printed : the log-likelihood that it prints, in total over the rows.
    """

    densities: Array
    log_joint: Array
    responsibilities: Array
    printed: float


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


@dataclass(frozen=True, eq=False)
class FaultyRun:
    """A run of code with mistakes: every step, and why it ended early; empty if it did not.

    Responsibilities are not kept: `faulty_e_step(X, step.parameters, run.faults, eps=run.eps)` has them.
    """

    faults: tuple[str, ...]
    eps: float
    steps: tuple[FaultyStep, ...]
    stop: str = ""

    @property
    def printed(self) -> Array:
        """The log-likelihoods that the code prints, (n_steps,)."""
        return np.array([step.printed for step in self.steps])

    @property
    def log_likelihoods(self) -> Array:
        """The true ones of its parameters, (n_steps,)."""
        return np.array([step.log_likelihood for step in self.steps])

    @property
    def first_broken(self) -> dict[str, tuple[int, str]]:
        """For each law that is broken anywhere, as they are found: the first iteration and its sentence."""
        first: dict[str, tuple[int, str]] = {}
        for step in self.steps:
            for broken in step.broken:
                first.setdefault(broken.law, (step.iteration, broken.sentence))
        return first


def run_with_faults(
    X: ArrayLike,
    start: Mixture | Parameters,
    faults: Collection[str] = (),
    *,
    max_iter: int = 100,
    eps: float = 0.0,
    random_state: RandomState = 0,
    on_step: Callable[[FaultyStep, FaultyExpectation], None] | None = None,
) -> FaultyRun:
    """What `code(faults, eps=eps)` does from `start`, step by step; without faults it is EM.

    Parameters
    ----------
    X : (n, d), or (n,) for one feature.
    start : a mixture of the family diag; or any parameters at all.
    faults : names in `FAULTS`.
    eps : added to the variances in the density, and to what responsibilities and sums are divided by.
    random_state : for random variances.
    on_step : called with every step and what its E-step gives; what it raises ends the run.

    The first step that is not finite is the last. Raises `ValueError` for what cannot be begun with, never
    for what mistakes lead to.
    """
    X = as_matrix(X)
    check_squares(X)
    faults = _known(faults)
    max_iter, eps = as_count(max_iter, "max_iter", 0), as_amount(eps, "eps", "added to denominators")
    family = "diag" if isinstance(start, Parameters) else start.covariance_type
    if family != "diag" or start.means.shape[1] != X.shape[1]:
        raise ValueError(
            f"start must be of the family 'diag' with {count(X.shape[1], 'feature')}, as X has; "
            f"got {family!r} with {start.means.shape[1]}."
        )
    begin = start
    if isinstance(begin, Mixture):
        begin = Parameters(begin.weights, begin.means, begin.covariances)
    if "random_variances" in faults:
        variances = check_random_state(random_state).random_sample(begin.means.shape)
        begin = replace(begin, variances=variances)
    parameters = begin
    steps: list[FaultyStep] = []
    for iteration in range(max_iter + 1):
        # E step
        expectation = faulty_e_step(X, parameters, faults, eps=eps)
        truth = log_likelihood_of(X, parameters)
        step = FaultyStep(iteration, parameters, expectation.printed, truth)
        before = steps[-1] if steps else None
        broken = broken_laws(X, step, expectation.responsibilities, before, eps=eps)
        steps.append(replace(step, broken=broken))
        if on_step is not None:
            on_step(steps[-1], expectation)
        if broken and broken[0].law == "finite":
            reasons = " ".join(one.sentence for one in broken)
            return FaultyRun(faults, eps, tuple(steps), f"Ended in iteration {iteration}. {reasons}")
        # M step
        parameters = faulty_m_step(X, expectation.responsibilities, parameters.means, faults, eps=eps)
    return FaultyRun(faults, eps, tuple(steps))


def faulty_e_step(
    X: ArrayLike, parameters: Parameters, faults: Collection[str] = (), *, eps: float = 0.0
) -> FaultyExpectation:
    """The E-step of code with these mistakes on rows X (n, d). Without any: Bishop, PRML, eq. 9.23."""
    X = as_matrix(X)
    variances = parameters.variances
    with np.errstate(all="ignore"):
        variances = (np.sqrt(variances) if "deviation_as_variance" in faults else variances) + eps
        if "variance_as_scale" in faults:
            variances = variances**2
        log_densities = _log_densities(X, parameters.means, variances, "densities_multiplied" in faults)
        log_joint = log_densities if "no_weights" in faults else np.log(parameters.weights) + log_densities
        axis = 0 if "normalised_over_data" in faults else 1
        if eps:
            joint = np.exp(log_joint)
            responsibilities = joint / (joint.sum(axis=axis, keepdims=True) + eps)
        else:
            responsibilities = np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=axis, keepdims=True))
        densities = np.exp(log_densities)
    printed = what_is_printed(log_joint, responsibilities, faults)
    return FaultyExpectation(densities, log_joint, responsibilities, printed)


def faulty_m_step(
    X: ArrayLike, responsibilities: Array, means: Array, faults: Collection[str] = (), *, eps: float = 0.0
) -> Parameters:
    """The M-step of code with these mistakes; `means` (k, d) are the old ones. Bishop, PRML, 9.24-9.26."""
    X = as_matrix(X)
    with np.errstate(all="ignore"):
        counts = responsibilities.sum(axis=0)[:, np.newaxis] + eps
        new_means = responsibilities.T @ X / counts
        about = means if "old_mean" in faults else new_means
        scatter = [r @ (X - mean) ** 2 for r, mean in zip(responsibilities.T, about, strict=True)]
        return Parameters(responsibilities.mean(axis=0), new_means, np.array(scatter) / counts)


def log_likelihood_of(X: ArrayLike, parameters: Parameters) -> float:
    """The true log-likelihood of parameters on X (n, d), in total, with weights divided by their sum."""
    with np.errstate(all="ignore"):
        weights = parameters.weights / parameters.weights.sum()
    return faulty_e_step(X, replace(parameters, weights=weights)).printed


def what_is_printed(log_joint: Array, responsibilities: Array, faults: Collection[str] = ()) -> float:
    """What code with these mistakes takes for the log-likelihood, in total; both arrays are (n, k)."""
    normalised = "summed_after_normalising" in faults
    with np.errstate(all="ignore"):
        densities = responsibilities if normalised else np.exp(log_joint)
        if "log_of_all_pdfs" in faults:
            return float(np.log(densities.sum()))
        if "densities_multiplied" in faults:
            return float(np.log(densities.sum(axis=1).prod()))
        if normalised:
            return float(np.log(densities.sum(axis=1)).sum())
        return float(np.logaddexp.reduce(log_joint, axis=1).sum())


def _log_densities(X: Array, means: Array, variances: Array, multiplied: bool) -> Array:
    """log N(x | mean, variances) of each row and component, (n, k)."""
    columns = []
    for mean, variance in zip(means, variances, strict=True):
        by_feature = -0.5 * ((X - mean) ** 2 / variance + np.log(variance) + LOG_2PI)  # (n, d)
        columns.append(np.log(np.exp(by_feature).prod(axis=1)) if multiplied else by_feature.sum(axis=1))
    return np.stack(columns, axis=1)


# --- The laws


def broken_laws(
    X: ArrayLike,
    step: FaultyStep,
    responsibilities: Array,
    before: FaultyStep | None = None,
    *,
    eps: float = 0.0,
) -> tuple[BrokenLaw, ...]:
    """The laws that a step and its responsibilities (n, k) break, given the step before it.

    Numbers that are not finite come first, and then there is nothing to say about log-likelihoods.
    """
    broken = [*broken_by_parameters(X, step.parameters), *broken_by_responsibilities(responsibilities)]
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


def _known(faults: Collection[str]) -> tuple[str, ...]:
    """The names in the order of `FAULTS`; a `ValueError` for one that is not there."""
    if isinstance(faults, str) or not all(name in FAULTS for name in faults):
        raise ValueError(f"faults must be names out of {', '.join(FAULTS)}; got {faults!r}.")
    return tuple(name for name in FAULTS if name in faults)


def _difference(these: str, those: str) -> str:
    """The lines of one program that the other lacks, without their indentation."""
    return "\n".join(line.strip() for line in these.splitlines() if line not in those.splitlines())

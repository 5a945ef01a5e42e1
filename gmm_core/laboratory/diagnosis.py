"""Is my code wrong? Numbers that an EM gave: which law they break, and which known mistake gives such.

Letters: n samples, k components, d features.

Numbers at rest are compared with what one more iteration of code with mistakes makes of them, which needs no
start. Numbers on their way are compared with what such code gives from likely starts. Covariances are
diagonal there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_sample
from gmm_core.engine.mixture import Mixture
from gmm_core.laboratory.faults import (
    FAULTS,
    PRINTED,
    SMALL_FALL,
    STARTS,
    SUM,
    BrokenLaw,
    FaultyExpectation,
    Parameters,
    broken_by_parameters,
    broken_by_responsibilities,
    faulty_e_step,
    faulty_m_step,
    how_it_falls,
    likely_starts,
    log_likelihood_of,
    what_is_printed,
)
from gmm_core.tables.pasted import (
    Given,
    Pasted,
    history_in,
    parameters_in,
    responsibilities_in,
    size_of,
    without_counter,
)
from gmm_core.tables.reading import TableError
from gmm_core.words import count

Faults = tuple[str, ...]
Certainty = Literal["possible", "likely", "exact"]
Kind = Literal["responsibilities", "parameters", "history"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# What changes parameters; other mistakes only change what is printed, or where EM begins.
_MOVING = ("deviation_as_variance", "normalised_over_data", "old_mean", "variance_as_scale", "no_weights")
_SETS = tuple(chosen for size in range(3) for chosen in combinations(_MOVING, size))
_RESTING = tuple(chosen for chosen in _SETS if "old_mean" not in chosen)  # at rest, the old mean is the new
_PRINTING: tuple[Faults, ...] = (
    (),
    ("densities_multiplied",),
    ("summed_after_normalising",),
    ("log_of_all_pdfs",),
    ("summed_after_normalising", "log_of_all_pdfs"),
)
_STILL = 2e-3  # numbers that one more iteration changes by a smaller share may be at rest
_NEAR = 1e-3  # numbers of a run that differ by a smaller share may be of the same code
_CLEARER = 3  # so many times as near is a better explanation
_BLUR = 10  # so many times half the last digit may come of rounding
_TWINS = 1e-2  # components are nearly equal if all that they differ by is a smaller share
_COARSE = 1e-3  # agreement in digits that leave more than this open says little
_EPS = (1e-8, 1e-6, 1e-10)  # what people add to denominators
_MOST = 100  # iterations that are followed
_WORK = 6e8  # rows x components x (features + 10) x iterations x runs: some seconds


@dataclass(frozen=True)
class Suspect:
    """What gives such numbers.

    faults : names in `faults.FAULTS`; () for correct EM, None for a slip that has no switch there.
    certainty : "exact" if the numbers are just these, "likely" if they are as such code would give them,
        "possible" if it breaks the same law.
    sentence : what speaks for it; "such code" in it is code with these mistakes.
    """

    faults: Faults | None
    certainty: Certainty
    sentence: str


@dataclass(frozen=True)
class Diagnosis:
    """What pasted numbers say about the code that gave them.

    kind : what they were taken for. headline : the answer, a sentence. broken : the laws that they break.
    suspects : what gives such numbers, the most certain first. notes : what was assumed, left out, not tried.
    """

    kind: Kind
    headline: str
    broken: tuple[BrokenLaw, ...]
    suspects: tuple[Suspect, ...]
    notes: tuple[str, ...]


def diagnose(
    pasted: Pasted,
    X: ArrayLike,
    kind: Kind | None = None,
    *,
    n_components: int | None = None,
    start: Mixture | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Diagnosis:
    """Which law pasted numbers break, and which known mistakes, alone or in pairs, give such on X (n, d).

    Parameters
    ----------
    pasted : what `pasted.read_numbers` made of a text.
    kind : what the numbers are: responsibilities (n, k) or (k, n), parameters, or a history of
        log-likelihoods, in total or mean per sample; None to judge by their names and shapes.
    n_components : for a history, which does not show it.
    start : where the code began, of the family diag, if that is known; it is tried besides likely starts.
    on_progress : called with the share that is done, from 0 to 1; what it raises ends the search.

    Raises a `TableError`, whose message is for people, for numbers that cannot be of that kind.
    """
    X = as_sample(X, 1)
    kind = kind or _kind(pasted, len(X))
    notes = list(pasted.findings)
    search = _Search(X, start, on_progress or (lambda share: None), notes)
    evidence = _Evidence()
    with np.errstate(all="ignore"):
        if kind == "responsibilities":
            broken = _about_responsibilities(responsibilities_in(pasted, len(X), notes), search, evidence)
        elif kind == "parameters":
            broken = _about_parameters(parameters_in(pasted, X.shape[1], notes), search, evidence)
        else:
            broken = _about_history(history_in(pasted), n_components, search, evidence)
    suspects = evidence.suspects()
    return Diagnosis(kind, _headline(broken, suspects), tuple(broken), suspects, tuple(notes))


def _kind(pasted: Pasted, n: int) -> Kind:
    """What numbers are, by their names and shapes, if the data have n rows."""
    lists = pasted.lists
    if {"means", "variances", "deviations", "weights"} & set(lists):
        return "parameters"
    if "responsibilities" in lists:
        return "responsibilities"
    if "log_likelihood" in lists:
        return "history"
    array = lists[""]
    if min(array.shape) > 1 and n in array.shape:
        return "responsibilities"
    if without_counter(array).shape[1] == 1:
        return "history"
    raise TableError(
        f"The pasted numbers are {size_of(array)}. Responsibilities have {count(n, 'row')}, as the data; a "
        'history is one column; parameters have names, as in "means: [1, 2]  variances: [3, 4]".'
    )


def _headline(broken: Sequence[BrokenLaw], suspects: Sequence[Suspect]) -> str:
    laws = "a law" if len(broken) == 1 else f"{len(broken)} laws"
    told = next((one for one in suspects if one.certainty != "possible"), None)
    if told is not None:
        if told.faults is None:
            return told.sentence
        given = "exactly these numbers" if told.certainty == "exact" else "such numbers"
        return f"{_code(told.faults)} gives {given}{f', which break {laws}' if broken else ''}."
    if suspects:
        number = count(len(suspects), "known mistake")
        return f"These numbers break {laws}. So do those of code with {number}, each in its way."
    if broken:
        return f"These numbers break {laws}, and none of the known mistakes was recognised in them."
    return (
        "These numbers break no law, and none of the known mistakes was recognised in them. "
        "That does not prove the code right."
    )


def _code(faults: Faults) -> str:
    """Code with these mistakes, as the beginning of a sentence."""
    if not faults:
        return "Correct EM"
    titles = "; ".join(f"{FAULTS[name].title[0].lower()}{FAULTS[name].title[1:]}" for name in faults)
    return f"Code with {'this mistake' if len(faults) == 1 else 'these mistakes'} ({titles})"


def _such(faults: Faults) -> str:
    return "such code" if faults else "correct EM"


class _Evidence:
    """What speaks for each set of mistakes: the greatest certainty, and sentences."""

    def __init__(self) -> None:
        self._of: dict[Faults | None, tuple[Certainty, list[str]]] = {}

    def add(self, faults: Faults | None, certainty: Certainty, sentence: str) -> None:
        before, sentences = self._of.get(faults, ("possible", []))
        known = get_args(Certainty)
        self._of[faults] = (max(before, certainty, key=known.index), [*sentences, sentence])

    def add_part(self, name: str, sentence: str) -> None:
        """What is certain of one mistake speaks for all sets with it, and for itself where there are none."""
        sets = [faults for faults in self._of if faults and name in faults]
        for faults in sets:
            self.add(faults, "likely", sentence)
        if not sets:
            self.add((name,), "exact", sentence)

    def suspects(self) -> tuple[Suspect, ...]:
        """The most certain first."""
        known = get_args(Certainty)
        found = [Suspect(faults, certainty, " ".join(said)) for faults, (certainty, said) in self._of.items()]
        return tuple(sorted(found, key=lambda one: -known.index(one.certainty)))


# --- Responsibilities


def _about_responsibilities(R: Array, search: _Search, evidence: _Evidence) -> list[BrokenLaw]:
    """R is (n, k)."""
    X, (n, k) = search.X, R.shape
    half = _half_units(R)
    if not np.isfinite(R).all():
        search.notes.append("Where a number is missing or not finite, the mistakes cannot be tried.")
        return list(broken_by_responsibilities(R))
    broken = list(broken_by_responsibilities(R, within=max(SUM, 1.01 * k * float(half.max()))))
    columns = np.abs(R.sum(axis=0) - 1) <= np.maximum(SUM, 1.01 * half.sum(axis=0))
    over_data = bool(broken) and bool(columns.all())
    if broken and not over_data and _are_densities(X, R, search, evidence):
        return broken
    largest = R.max()
    if largest <= 0:
        return broken

    def compare(_: Parameters, expectation: FaultyExpectation) -> tuple[float, bool]:
        gaps = np.abs(R[:, :, np.newaxis] - expectation.responsibilities[:, np.newaxis])  # (n, k, k)
        ours, theirs = linear_sum_assignment(gaps.max(axis=0))
        matched = gaps[:, ours, theirs]
        # The digits of a responsibility of 1e-80 depend on those of the start.
        return float(matched.max() / largest), bool((matched <= half[:, ours] + 1e-9 * largest).all())

    parameters = faulty_m_step(X, R, np.zeros((k, X.shape[1])))
    changes = {faults: compare(parameters, faulty_e_step(X, parameters, faults))[0] for faults in _RESTING}
    if changes[()] <= _STILL and (twins := _twins(R.T, np.full(R.T.shape, largest))):
        evidence.add(None, "likely", f"{twins}: these numbers tell no mistake from another.")
        return broken
    noise = float(half.max() / largest)
    search.try_all(evidence, k, changes, noise, compare, "as a share of the largest responsibility")
    if over_data:
        evidence.add_part("normalised_over_data", f"Each of the {k} columns sums to 1 over the {n:,} rows.")
    return broken


def _are_densities(X: Array, R: Array, search: _Search, evidence: _Evidence) -> bool:
    """Whether the columns of R (n, k) are Gaussian densities, alone or times weights; if so, evidence of it.

    The logarithm of such a density is a square function of each feature.
    """
    centre, scale = X.mean(axis=0), X.std(axis=0)
    if not scale.all():
        return False
    Z = (X - centre) / scale
    d = X.shape[1]
    design = np.concatenate([np.ones((len(Z), 1)), Z, Z**2], axis=1)  # (n, 1 + 2 d)
    found = []
    for column in R.T:
        rows = column > 1e-9 * column.max()
        if len(np.unique(X[rows], axis=0)) < design.shape[1] + 1:
            return False
        shares, logs = column[rows] / column.max(), np.log(column[rows])  # small values have few digits
        fitted = np.linalg.lstsq(design[rows] * shares[:, np.newaxis], logs * shares, rcond=None)[0]
        linear, square = fitted[1 : d + 1], fitted[d + 1 :]
        if not (square < 0).all() or np.abs((design[rows] @ fitted - logs) * shares).max() > 1e-3:
            return False
        variances = -0.5 / square
        means = linear * variances
        peak = fitted[0] + 0.5 * (means**2 / variances).sum()
        weight = np.exp(peak + 0.5 * np.log(2 * np.pi * variances * scale**2).sum())
        found.append((weight, means * scale + centre, variances * scale**2))
    weights, means, variances = (np.array(values) for values in zip(*found, strict=True))
    bare = bool((np.abs(weights - 1) < 0.01).all())
    if not bare and abs(weights.sum() - 1) > 0.01:
        return False
    columns = "; ".join(
        f"column {j + 1} has mean {_listed(means[j])} and variance {_listed(variances[j])}"
        f"{'' if bare else f', times {weights[j]:.6g}'}"
        for j in range(len(means))
    )
    if bare:
        said = f"These are densities, not responsibilities: {columns}. Multiply by the weights, then divide"
    else:
        said = f"These are weights times densities, not responsibilities: {columns}. Divide"
    evidence.add(None, "exact", f"{said} each row by its sum.")
    # Where do such means and variances come from?
    inner = _Evidence()
    _compare_parameters(Given(None if bare else weights, means, variances), search, inner)
    for suspect in inner.suspects():
        if suspect.faults:
            sentence = f"Of these means and variances: {suspect.sentence}"
            evidence.add(suspect.faults, "likely", sentence)
    return True


def _listed(values: Array) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


# --- Parameters


def _about_parameters(given: Given, search: _Search, evidence: _Evidence) -> list[BrokenLaw]:
    X, means, variances = search.X, given.means, given.variances
    k = next(len(one) for one in (means, variances, given.weights) if one is not None)
    # What was not pasted breaks no law.
    weights = np.full(k, 1 / k) if given.weights is None else given.weights
    whole = Parameters(
        weights,
        np.tile(X.mean(axis=0), (k, 1)) if means is None else means,
        np.ones((k, X.shape[1])) if variances is None else variances,
    )
    rounding = 0.0 if given.weights is None else 1.01 * float(_half_units(given.weights).sum())
    broken = list(broken_by_parameters(X, whole, within=max(SUM, rounding)))
    if given.covariances is not None:
        broken += _broken_by_covariances(given.covariances)
        search.notes.append("The mistakes were not tried: that is done with diagonal covariances only.")
    elif any(one.law in ("finite", "variances") for one in broken):
        search.notes.append("With such numbers the mistakes cannot be tried.")
    elif means is None or variances is None:
        search.notes.append("Paste means and variances, and the mistakes are tried as well.")
    else:
        if given.log_likelihood is not None and given.weights is not None:
            broken += _broken_by_log_likelihood(X, whole, given.log_likelihood)
        _compare_parameters(given, search, evidence)
    return broken


def _broken_by_covariances(covariances: Array) -> list[BrokenLaw]:
    for j, covariance in enumerate(covariances):
        if not np.isfinite(covariance).all():
            return [BrokenLaw("finite", f"The covariance of component {j + 1} is not finite.")]
        if np.abs(covariance - covariance.T).max() > 1e-6 * np.abs(covariance).max():
            return [BrokenLaw("variances", f"The covariance of component {j + 1} is not symmetric.")]
        if (lowest := np.linalg.eigvalsh(covariance)[0]) <= 0:
            sentence = f"The covariance of component {j + 1} has the eigenvalue {lowest:.6g}, not above 0."
            return [BrokenLaw("variances", sentence)]
    return []


def _broken_by_log_likelihood(X: Array, parameters: Parameters, printed: float) -> list[BrokenLaw]:
    truth = log_likelihood_of(X, parameters)
    within = max(PRINTED * abs(truth), 2 * float(_half_units(np.array([printed]))[0]))
    if abs(printed - truth) <= within or abs(printed * len(X) - truth) <= within * len(X):
        return []
    sentence = f"The log-likelihood is given as {printed:.6g}; that of these parameters is {truth:.6g}."
    return [BrokenLaw("printed", sentence)]


def _compare_parameters(given: Given, search: _Search, evidence: _Evidence) -> None:
    """Which code gives such means and variances, and weights where they are known."""
    X, weights, means, variances = search.X, given.weights, given.means, given.variances
    assert means is not None
    assert variances is not None
    n, k = len(X), len(means)
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    known = [(means, scale), (variances, variances)]  # values, and what their gaps are a share of
    if weights is not None:
        known.append((weights, np.ones(k)))
    halves = [_half_units(values) for values, _ in known]
    noise = float(max((halves[0] / scale).max(), (halves[1] / variances).max()))

    def gaps_to(other: Parameters) -> list[Array]:
        theirs = (other.means, other.variances, other.weights)
        return [np.abs(one - values) for one, (values, _) in zip(theirs, known, strict=False)]

    def share(gaps: list[Array]) -> float:
        return float(max((gap / unit).max() for gap, (_, unit) in zip(gaps, known, strict=True)))

    def compare(other: Parameters, _: FaultyExpectation) -> tuple[float, bool]:
        far = np.abs(means[:, np.newaxis] - other.means) / scale
        far += np.abs(np.log(np.maximum(other.variances, 1e-300)) - np.log(variances)[:, np.newaxis])
        order = linear_sum_assignment(far.sum(axis=2))[1]
        gaps = gaps_to(Parameters(other.weights[order], other.means[order], other.variances[order]))
        return share(gaps), all((gap <= half).all() for gap, half in zip(gaps, halves, strict=True))

    def moved(faults: Faults, spread: Array) -> Parameters:
        """The parameters after one more iteration, if the variances are `spread`."""
        begin = _with_weights(X, weights, means, spread, faults)
        return faulty_m_step(X, faulty_e_step(X, begin, faults).responsibilities, means, faults)

    def change(faults: Faults, spread: Array) -> float:
        """How far that is, as a share."""
        after = moved(faults, spread)
        return share(gaps_to(replace(after, variances=after.variances * variances / spread)))

    changes = {faults: change(faults, variances) for faults in _RESTING}
    still = max(_STILL, _BLUR * noise)
    if changes[()] > still and change((), variances**2) <= still:
        said = "The squares of these variances are at rest in correct EM: these are standard deviations."
        evidence.add(None, "likely", said)
    if changes[()] > still and change((), np.sqrt(variances)) <= still:
        said = "The square roots of these variances are at rest in correct EM: these are their squares."
        evidence.add(None, "likely", said)
    after = moved((), variances)
    added = float((variances - after.variances).mean())
    regular = replace(after, variances=after.variances + added)
    if changes[()] > _BLUR * noise and added > 0 and share(gaps_to(regular)) < min(_STILL, changes[()] / 100):
        said = f"These numbers are at rest in EM that adds {added:.2g} to every variance, as reg_covar does."
        evidence.add(None, "likely", f"{said} That is no mistake.")
    twins = _twins(
        np.concatenate([means, variances], axis=1), np.concatenate([np.sqrt(variances), variances], axis=1)
    )
    if twins and changes[()] <= still:
        evidence.add(None, "likely", f"{twins}: these numbers tell no mistake from another.")
        return
    if twins:
        search.notes.append(f"{twins}.")
    search.try_all(
        evidence, k, changes, noise, compare, "means in standard deviations of the data, variances as shares"
    )
    if weights is not None and n != k and (np.abs(weights - 1 / n) <= halves[2]).all():
        evidence.add_part("normalised_over_data", f"Every weight is 1/{n}: one over the number of rows.")


def _with_weights(
    X: Array, weights: Array | None, means: Array, variances: Array, faults: Faults
) -> Parameters:
    """The parameters, with the weights that such code comes to where they are not known."""
    if weights is not None:
        return Parameters(weights, means, variances)
    weights = np.full(len(means), 1 / len(means))
    for _ in range(_MOST):
        before = weights
        weights = faulty_e_step(X, Parameters(before, means, variances), faults).responsibilities.mean(axis=0)
        if not np.abs(weights - before).max() > 1e-12:
            break
    return Parameters(weights, means, variances)


def _twins(components: Array, scale: Array) -> str:
    """Two components (k, m) that are nearly equal, as a sentence without its end; empty if there are none.

    scale : (k, m), what gaps are a share of.
    """
    for i, j in combinations(range(len(components)), 2):
        gap = (np.abs(components[i] - components[j]) / scale[i]).max()
        if gap <= _TWINS:
            equal = "equal" if gap <= 1e-6 else "nearly equal"
            return f"Components {i + 1} and {j + 1} are {equal}, and equal components never separate in EM"
    return ""


# --- Histories


def _about_history(values: Array, k: int | None, search: _Search, evidence: _Evidence) -> list[BrokenLaw]:
    """values is (m,), in total or mean per sample."""
    X, notes = search.X, search.notes
    finite = np.isfinite(values)
    broken = []
    if not finite.all():
        i, others = int(np.argmin(finite)), int((~finite).sum()) - 1
        what = "missing or not a number" if np.isnan(values[i]) else f"{values[i]:g}"
        more = f" (and {others:,} more)" if others else ""
        broken.append(BrokenLaw("finite", f"Value {i + 1} is {what}{more}."))
    if finite.all() and not values.any():
        broken.append(BrokenLaw("printed", f"All {len(values)} values are 0, whatever the parameters were."))
        said = "It is always 0: after normalising, each row sums to 1, and the logarithm of 1 is 0."
        evidence.add(("summed_after_normalising",), "exact", said)
        return broken
    known = values[finite]
    if len(known) > 1 and (known > 0).all() and (np.diff(known) <= 0).all() and known[0] > known[-1]:
        values = -values
        notes.append("Positive values that never rise were taken for the negative log-likelihood.")
    fall = how_it_falls(values, "The log-likelihood", "at value", first=1, regularised=True)
    if fall:
        broken.append(BrokenLaw("rising", fall))
    if np.isneginf(values).any():
        _say_underflow(X, evidence)
    if np.isnan(values).any():
        notes.append("Not a number comes of 0/0, as where a component has lost its points or its extent.")
    if k is None:
        notes.append("Say how many components there are, and the mistakes are tried as well.")
    elif finite.any():
        _compare_history(values, k, search, evidence, bool(fall))
    return broken


def _say_underflow(X: Array, evidence: _Evidence) -> None:
    """Evidence, if the product of densities is too small for a float even with one Gaussian."""
    single = Parameters(np.ones(1), X.mean(axis=0)[np.newaxis], X.var(axis=0)[np.newaxis])
    whole = log_likelihood_of(X, single)
    if whole < np.log(np.finfo(float).smallest_subnormal):
        evidence.add(
            ("densities_multiplied",),
            "likely",
            f"The product of {len(X):,} densities of one Gaussian is about 10^{whole / np.log(10):.0f}. The "
            "smallest float is 5e-324, so the product is 0, and its logarithm minus infinity.",
        )


def _compare_history(values: Array, k: int, search: _Search, evidence: _Evidence, falls: bool) -> None:
    """What code with mistakes prints from likely starts, in total or mean per sample, beside these values."""
    starts = search.starts(k)
    most = search.most(k, min(max(len(values), _MOST), 10 * _MOST), len(_SETS) * len(starts))
    m, half = min(len(values), most), _half_units(values)
    finite = np.isfinite(values[:m])
    telling = finite.sum() > 2 and (half[:m] <= _COARSE * np.abs(values[:m])[finite].max())[finite].all()
    settled = m > 2 and np.isfinite(values[-2:]).all()
    settled = settled and abs(values[-1] - values[-2]) <= _COARSE * abs(values[-1])
    exact: dict[Faults, str] = {}
    ends: dict[Faults, str] = {}
    fallen: dict[Faults, str] = {}
    for done, faults in enumerate(_SETS):
        search.tell(done / len(_SETS))
        for name, begin in starts.items():
            runs = [
                [what_is_printed(e.log_joint, e.responsibilities, one) for one in _PRINTING]
                for _, e in search.follow(begin, faults, most)
            ]
            for printing, printed in zip(_PRINTING, np.array(runs).T, strict=False):
                both = tuple(one for one in FAULTS if one in faults or one in printing)
                longer = np.append(printed, np.full(most + 2, np.nan))  # not finite after its last step
                for divisor, how in ((1, ""), (len(search.X), ", divided by the number of rows")):
                    for shift in (0, 1):  # some print before the M-step, some after it
                        gaps = np.abs(longer[shift : shift + m] / divisor - values[:m])
                        if telling and (gaps <= half[:m])[finite].all():
                            exact.setdefault(both, name + how)
                    within = max(half[-1], 1e-5 * abs(values[-1]))
                    if settled and abs(longer[most] / divisor - values[-1]) <= within:
                        ends.setdefault(both, name + how)
                drops = (printed[:-1] - printed[1:]) / np.maximum(1.0, np.abs(printed[:-1]))
                if len(both) == 1 and drops.max(initial=0.0) > SMALL_FALL:
                    said = how_it_falls(printed, "it", regularised=False)
                    fallen.setdefault(both, f"What such code prints from {name} falls too: {said}")
    search.tell(1.0)
    for faults in _simplest(exact):
        said = f"In all digits that were pasted, {_such(faults)} prints this from {exact[faults]}."
        evidence.add(faults, "exact", said)
    if not exact:
        for faults in _simplest(ends):
            said = f"It ends at {values[-1]:.6g}, where {_such(faults)} ends from {ends[faults]}."
            evidence.add(faults, "likely", said)
    if falls and not exact and not ends:
        for faults, said in fallen.items():
            evidence.add(faults, "possible", said)


# --- Code with mistakes, followed


# The parameters of a step and their expectation -> how far they are from what was pasted, as a share, and
# whether all digits agree.
Compare = Callable[[Parameters, FaultyExpectation], tuple[float, bool]]


@dataclass(frozen=True)
class _Match:
    """A step of a run that comes near to what was pasted."""

    apart: float
    exact: bool
    iteration: int
    start: str
    eps: float = 0.0


class _Search:
    """The mistakes, tried on X (n, d)."""

    def __init__(
        self, X: Array, start: Mixture | None, tell: Callable[[float], None], notes: list[str]
    ) -> None:
        self.X, self.start, self.tell, self.notes = X, start, tell, notes

    def starts(self, k: int) -> dict[str, Parameters]:
        """Where people begin, and where they say that they did."""
        starts = {STARTS[name]: begin for name, begin in likely_starts(self.X, k).items()}
        if self.start is None:
            return starts
        if (self.start.covariance_type, *self.start.means.shape) != ("diag", k, self.X.shape[1]):
            self.notes.append("The start that was given does not fit these numbers, and was not tried.")
            return starts
        given = Parameters(self.start.weights, self.start.means, self.start.covariances)
        return {"the start that was given": given, **starts}

    def most(self, k: int, wanted: int, n_runs: int) -> int:
        """How many iterations of so many runs can be followed."""
        n, d = self.X.shape
        most = int(max(3, min(wanted, _WORK / (n * k * (d + 10) * n_runs))))
        if most < wanted:
            self.notes.append(f"The data are large: the mistakes were followed for {most} iterations only.")
        return most

    def follow(
        self, begin: Parameters, faults: Faults, most: int, eps: float = 0.0
    ) -> Iterator[tuple[Parameters, FaultyExpectation]]:
        """The steps of a run as long as they are finite, at most the start and `most` more."""
        parameters = begin
        for _ in range(most + 1):
            expectation = faulty_e_step(self.X, parameters, faults, eps=eps)
            if not np.isfinite(expectation.responsibilities).all():
                return
            yield parameters, expectation
            parameters = faulty_m_step(
                self.X, expectation.responsibilities, parameters.means, faults, eps=eps
            )

    def try_all(
        self,
        evidence: _Evidence,
        k: int,
        changes: dict[Faults, float],
        noise: float,
        compare: Compare,
        measure: str,
    ) -> None:
        """Evidence of numbers at rest, where `changes` are those of one more iteration, and of runs.

        noise : what the digits leave open, as a share. measure : what shares are of, in words.
        """
        still = _at_rest(changes, _BLUR * noise)
        for faults in still:
            moved = f"changes these numbers by {changes[faults]:.2g} at most"
            other = f", one of correct EM by {changes[()]:.2g}" if faults else ""
            said = f"One more iteration of {_such(faults)} {moved}{other} ({measure})."
            evidence.add(faults, "likely", said)
        as_near = [set(faults) for faults in _nearest(changes, _BLUR * noise)] if still else []
        added = [(name, {*faults, name}) for faults in still for name in _MOVING if name not in faults]
        unseen = dict.fromkeys(name for name, more in added if more in as_near)
        if unseen:
            titles = "; ".join(FAULTS[name].title for name in unseen)
            self.notes.append(f"On these data, some mistakes change too little to be seen here: {titles}.")
        if noise > _COARSE:
            self.notes.append("The numbers have few digits: paste more, to tell mistakes that change little.")
        found = self._runs(k, compare, [*dict.fromkeys([(), *still])] if still else _SETS)
        found = {faults: one for faults, one in found.items() if not one.exact or noise <= _COARSE}
        best = [faults for faults, one in found.items() if one.exact] or _nearest(
            {faults: one.apart for faults, one in found.items()}, 0.0
        )
        for faults in _simplest(best):
            one = found[faults]
            eps = f", with eps = {one.eps:g}" if one.eps else ""
            where = f"after {count(one.iteration, 'iteration')} from {one.start}{eps}"
            if one.exact:
                said = f"In all digits that were pasted, {_such(faults)} gives them, for instance {where}."
                evidence.add(faults, "exact", said)
            else:
                said = f"{_such(faults)} comes within {one.apart:.2g} of them {where} ({measure})."
                evidence.add(faults, "likely", f"{said[0].upper()}{said[1:]}")

    def _runs(self, k: int, compare: Compare, sets: Sequence[Faults]) -> dict[Faults, _Match]:
        """For each set of mistakes the step that comes nearest, if one comes near."""
        starts = self.starts(k)
        most = self.most(k, _MOST, len(sets) * len(starts))
        found: dict[Faults, _Match] = {}
        for done, faults in enumerate(sets):
            self.tell(done / len(sets))
            matches = [
                _Match(*compare(*step), iteration, name)
                for name, begin in starts.items()
                for iteration, step in enumerate(self.follow(begin, faults, most))
            ]
            best = min(matches, key=lambda one: (not one.exact, one.apart), default=None)
            if best is None or best.apart > _NEAR:
                continue
            found[faults] = best
            for eps in () if best.exact else _EPS:  # it changes the last digits
                steps = self.follow(starts[best.start], faults, most, eps)
                with_eps = [_Match(*compare(*step), i, best.start, eps) for i, step in enumerate(steps)]
                exact = next((one for one in with_eps if one.exact), None)
                if exact is not None:
                    found[faults] = exact
                    break
        self.tell(1.0)
        return found


def _at_rest(changes: dict[Faults, float], noise: float) -> list[Faults]:
    """The simplest sets of mistakes whose next iteration changes nothing, or much less than others' does.

    None where a simpler set explains nearly as well as the best, but not quite: that tells nothing.
    """
    finite = {faults: change for faults, change in changes.items() if np.isfinite(change)}
    least = min(finite.values(), default=np.inf)
    if least > max(_STILL, noise):
        return []
    simplest = _simplest(_nearest(finite, noise))
    return [faults for faults in simplest if finite[faults] <= max(1.001 * least, noise)]


def _nearest(shares: dict[Faults, float], noise: float) -> list[Faults]:
    """The sets that explain as well as the best of them, or within `noise`."""
    enough = max(_CLEARER * min(shares.values(), default=0.0), noise)
    return [faults for faults, share in shares.items() if share <= enough]


def _simplest(sets: Iterable[Faults]) -> list[Faults]:
    """The sets that contain none of the others."""
    kept: list[Faults] = []
    for one in sorted(sets, key=len):
        if not any(set(other) <= set(one) for other in kept):
            kept.append(one)
    return kept


def _half_units(values: Array) -> Array:
    """Half of the last digit that each value was printed with: all have as many decimals, or digits."""
    some = values[np.isfinite(values) & (values != 0)].ravel()[:2000].tolist()
    if not some:
        return np.zeros_like(values)
    decimals = [Decimal(repr(value)).normalize().as_tuple() for value in some]
    places = max(-int(one.exponent) for one in decimals)
    digits = max(len(one.digits) for one in decimals)
    powers = np.floor(np.log10(np.abs(values)))
    units = np.maximum(10.0**-places, 10.0 ** (powers - digits + 1))
    return np.asarray(0.5 * units * (1 + 1e-6) + 1e-9 * np.abs(values))

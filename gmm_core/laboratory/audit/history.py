"""What a pasted history of log-likelihoods says about the code that printed it.

Letters: n samples, k components, d features, m values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.curves import ENDS, ends_of_correct_em, scaled, scaled_changes
from gmm_core.laboratory.audit.evidence import (
    COARSE,
    Audit,
    Faults,
    common_sets,
    half_units,
    moving_sets,
    printing_sets,
    simplest,
    such_code,
)
from gmm_core.laboratory.audit.lost import SHOWN, lost_runs
from gmm_core.laboratory.audit.runs import Step, prints
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, log_likelihood_of
from gmm_core.laboratory.laws import LAWS, SMALL_FALL, BrokenLaw, Parameters, how_it_falls
from gmm_core.words import count, plural, rounded

_SHRUNK = 0.05  # positive values that shrink to a smaller share of the first are changes
MORE = (
    "a history shows only whether it rises. Paste the parameters where the code ends, or the parameters "
    "and the responsibilities of two iterations in a row"
)

CHANGES_MORE = (
    "changes show only whether the log-likelihood rises, not what it is. Paste the log-likelihood itself of "
    "each iteration, or better the weights, means and covariances where the code ends"
)


@dataclass(frozen=True)
class _Form:
    """A way in which log-likelihoods are printed: what they are multiplied by to be natural and in total."""

    factor: float
    said: str = ""


def _forms(n: int) -> tuple[_Form, ...]:
    rows, ten, two = ", divided by the number of rows", ", as log10", ", as log2"
    return (
        _Form(1.0),
        _Form(n, rows),
        _Form(-1.0, ", times minus 1"),
        _Form(-n, f"{rows}, times minus 1"),
        _Form(np.log(10), ten),
        _Form(n * np.log(10), f"{ten}{rows}"),
        _Form(np.log(2), two),
    )


def about_history(values: Array, audit: Audit, of: str = "") -> None:
    """The laws that values (m,), in whatever form, break; what else they say becomes evidence.

    of : which run they are of, as the beginning of a sentence.
    """
    X, k = audit.X, audit.n_components
    audit.taken_for = f"the log-likelihoods of {count(len(values), 'iteration')}"
    audit.lacking = MORE
    if len(values) > 2 and not np.isfinite(values[0]) and np.isfinite(values[1:]).all():
        first = "not a number" if np.isnan(values[0]) else f"{values[0]:g}"
        audit.notes.append(
            f"The first value is {first}, as loops print it that begin there: "
            "it is no mistake. It was left out, and values are counted without it."
        )
        values = values[1:]
    finite = np.isfinite(values)
    if not finite.all():
        audit.breaks([BrokenLaw("finite", _what_is_lost(values, "Value"))])
    if finite.all() and not values.any():
        audit.breaks([BrokenLaw("printed", f"All {len(values)} values are 0, whatever the parameters were.")])
        _add_signs(values, X, audit)
        return
    known = values[finite]
    sinks = len(known) > 1 and (known > 0).all() and (np.diff(known) <= 0).all() and known[0] > known[-1]
    if sinks and len(known) > 2 and known[-1] <= _SHRUNK * known[0]:
        audit.notes.append(
            "Positive values that shrink towards 0 were taken for changes of the log-likelihood."
        )
        about_changes(values, audit)
        return
    values = _turned(values, audit)
    _check_rise(values, audit, of)
    _add_signs(values, X, audit)
    if np.isnan(values).any():
        audit.notes.append(
            "Not a number comes of 0/0, as where a component has lost its points or its extent."
        )
    if k is None:
        audit.notes.append("Say how many components there are, and the mistakes are tried as well.")
    elif finite.any():
        _compare_history(values, k, audit)


def about_runs(histories: Sequence[Array], audit: Audit) -> None:
    """What log-likelihoods of one run after another say, (m,) each; only the last is compared with others."""
    if len(histories) > 1:
        audit.notes.append(
            f"{len(histories)} runs were found: a count of iterations begins anew, or a run is named. None "
            "was compared with the one before it."
        )
        _check_each(histories[:-1], audit, len(histories))
    about_history(histories[-1], audit, f"In run {len(histories)}: " if len(histories) > 1 else "")
    if len(histories) > 1:
        audit.taken_for = f"the log-likelihoods of {len(histories)} runs; {audit.taken_for} is the last"


def about_histories_beside(histories: Sequence[Array], audit: Audit) -> None:
    """The laws that log-likelihoods of each run, (m,) each, break which stand beside parameters; no more."""
    n_runs, total = len(histories), sum(map(len, histories))
    of = f"{count(total, 'iteration')}{f' of {n_runs} runs' if n_runs > 1 else ''}"
    if any(len(values) > 1 for values in histories):
        audit.taken_for += f"; and the log-likelihoods of {of}"
        _check_each(histories, audit, n_runs)


def _check_each(histories: Sequence[Array], audit: Audit, n_runs: int) -> None:
    """Whether the values of each of so many runs are finite and rise."""
    for i, values in enumerate(histories, 1):
        said = f"In run {i}: " if n_runs > 1 else ""
        if len(values) > 2 and not np.isfinite(values[0]) and np.isfinite(values[1:]).all():
            values = values[1:]  # before the first iteration there is none
        finite = np.isfinite(values)
        if not finite.all():
            lost = _what_is_lost(values, "Value")
            audit.breaks([BrokenLaw("finite", f"{said or 'Of the log-likelihoods: '}{lost}")])
        if finite.sum() > 1:
            _check_rise(_turned(values, audit), audit, said)


def _turned(values: Array, audit: Audit) -> Array:
    """The values; with the other sign, where all are positive, none rises, and the data do not have such."""
    known = values[np.isfinite(values)]
    if len(known) < 2 or not ((known > 0).all() and (np.diff(known) <= 0).all() and known[0] > known[-1]):
        return values
    if _as_one_gaussian(known, audit.X):
        return values
    audit.notes.append("Positive values that never rise were taken for the negative log-likelihood.")
    return -values


def _as_one_gaussian(values: Array, X: Array) -> bool:
    """Whether positive values (m,) are near the log-likelihood that one Gaussian has on X (n, d), which is
    positive where the data vary little, and not as near minus that which it has on them standardised.
    """
    n = len(X)
    centre, covariance = X.mean(axis=0), np.atleast_2d(np.cov(X.T, bias=True))
    one = log_likelihood_of(X, Parameters(np.ones(1), centre[np.newaxis], covariance[np.newaxis]))
    standardised = one + n * float(np.log(X.std(axis=0)).sum())
    if not (np.isfinite(standardised) and one > 0):
        return False

    def off(as_is: Array, from_: float) -> float:
        return min(abs(float(np.median(as_is)) * rows / from_ - 1) for rows in (1, n))

    return off(values, one) < off(-values, standardised)


def _what_is_lost(values: Array, name: str) -> str:
    """Which values are no finite numbers, and whether there are any after them, in a sentence or two."""
    lost = ~np.isfinite(values)
    i, others = int(np.argmax(lost)), int(lost.sum()) - 1
    what = "missing or not a number" if np.isnan(values[i]) else f"{values[i]:g}"
    said = f"{name} {i + 1} is {what}{f' (and {others:,} more)' if others else ''}."
    if i and others and lost[i:].all():
        said += f" From there on none is finite: {count(i, 'value')} before it {plural(i, 'is', 'are')}."
    return said


def about_changes(changes: Array, audit: Audit) -> None:
    """What changes (m,) of a log-likelihood say by themselves: whether one is negative, and no more."""
    known = changes[np.isfinite(changes)]
    audit.taken_for = f"{count(len(changes), 'change')} of the log-likelihood from one iteration to another"
    audit.lacking = CHANGES_MORE
    title = "No change is negative."
    if not len(known):
        audit.check(title, None, "None of them is a finite number.")
        return
    begun = bool(np.isposinf(changes[0])) and len(changes) > 1
    if begun:
        audit.notes.append(
            "The first change is infinite, as loops print that begin at minus infinity, scikit-learn's among "
            "them: that is no mistake."
        )
        changes = np.concatenate([[np.nan], changes[1:]])
    lost = np.isnan(changes[1:]) | np.isposinf(changes[1:])
    if lost.any() or (np.isnan(changes[0]) and not begun):
        kept = np.where(np.isneginf(changes), 0.0, changes)
        if np.isnan(kept[0]):
            kept[0] = 0.0
        audit.breaks([BrokenLaw("finite", _what_is_lost(kept, "Change"))])
    if (changes < 0).any():
        worst = float(np.nanmin(changes))
        said = f"Change {int(np.argmax(changes < 0)) + 1} is the first fall; the largest is {-worst:.4g}."
        small = -worst < SMALL_FALL * len(audit.X)
        if small:
            said += " Rounding or reg_covar may do that."
        audit.check(title, None if small else False, said)
        _compare_changes(changes, audit)
        return
    shrinking = len(known) > 1 and (np.diff(known) <= 0).all() and known[-1] < known[0]
    sign = "All are positive" if (known > 0).all() else "None is negative"
    if shrinking:
        said = f"{sign} and shrinking, from {known[0]:.4g} down to {known[-1]:.4g}."
    else:
        said = f"{sign}; they lie between {known.min():.4g} and {known.max():.4g}."
    audit.check(title, True, said)
    _compare_changes(changes, audit)


def _check_rise(values: Array, audit: Audit, of: str = "") -> None:
    """Where it falls, and by how much against the last digit and what a ridge does.

    of : which run they are of, as the beginning of a sentence.
    """
    name = f"{of}the log-likelihood" if of else "The log-likelihood"
    fall = how_it_falls(values, name, "at value", first=1, regularised=True)
    drops = np.nan_to_num(values[:-1] - values[1:], nan=-np.inf)
    unit = 2 * half_units(values)[1:]
    if not fall:
        if drops.max(initial=0.0) > 0:
            said = f"it falls by {rounded(drops.max(), 1)} at most, which is rounding."
        else:
            said = f"it rises from {values[0]:.6g} to {values[-1]:.6g}."
        said = f"{of}{said}" if of else f"I{said[1:]}"
        audit.check(LAWS["rising"], True, said)
        return
    if (drops <= 1.01 * unit).all():
        audit.check(
            LAWS["rising"],
            None,
            f"{fall[:-1]}. That is one unit of the last digit, {rounded(unit[drops > 0].max(), 1)}: "
            "rounding may do that.",
        )
        return
    small = (drops / np.maximum(1.0, np.abs(values[:-1])) < SMALL_FALL).all()
    if small:
        worst = float(drops.max())
        places = worst / float(unit[int(drops.argmax())])
        fall += (
            f" It falls by {rounded(worst)} at most, {places:.0f} units of the last digit. To tell, "
            "run it with reg_covar = 0: correct EM does not fall then."
        )
        audit.notes.append("A fall as small as that proves no mistake.")
    audit.broken.append(BrokenLaw("rising", fall))
    audit.check(
        LAWS["rising"], None if small else False, fall if small else f"{fall} {_deepest(values, unit)}", fall
    )


def _deepest(values: Array, unit: Array) -> str:
    """Where it falls most, beside what rounding and what a number added to the variances explain."""
    drops = np.nan_to_num(values[:-1] - values[1:], nan=-np.inf, posinf=-np.inf)
    i = int(drops.argmax())
    if not np.isfinite(drops[i]):
        return ""
    places = drops[i] / float(unit[i])
    ridge = SMALL_FALL * max(1.0, abs(float(values[i])))
    return (
        f"It falls most at value {i + 2}, by {drops[i]:.4g}: {places:,.0f} units of the last digit, where "
        f"rounding explains one, and a number added to variances or denominators about {rounded(ridge, 1)}."
    )


def _add_signs(values: Array, X: Array, audit: Audit) -> None:
    for name, fault in FAULTS.items():
        audit.evidence.add_sign(name, fault.in_history(values, X))


# --- Beside what code with mistakes prints


def _compare_history(values: Array, k: int, audit: Audit) -> None:
    """What code with mistakes prints from likely starts, beside these values."""
    begins = runs.starts(audit, k)
    m, half = min(len(values), 10 * runs.MOST), half_units(values)
    finite = np.isfinite(values[:m])
    telling = finite.sum() > 2 and (half[:m] <= COARSE * np.abs(values[:m])[finite].max())[finite].all()
    exact: dict[Faults, str] = {}
    fewest, known = 2 * audit.together, {name: _AtFirst() for name in begins}
    for size in range(audit.together + 1 if telling else 0):
        for done, (name, begin) in enumerate(begins.items()):
            if size > fewest:  # more mistakes than are needed
                break
            audit.tell(0.5 * (size + done / len(begins)) / (audit.together + 1))
            for faults, how in _exact(values[:m], half[:m], begin, audit, size, known[name]):
                exact.setdefault(faults, name + how)
                fewest = min(fewest, len(faults))
    for faults in simplest(faults for faults in exact if len(faults) == fewest):
        said = f"In all digits that were pasted, {such_code(faults)} prints this from {exact[faults]}."
        audit.evidence.add(faults, "exact", said)
    if not exact and not (telling and scaled(values[:m], half[:m], k, begins, audit)):
        _compare_ends(values, k, begins, audit)
    audit.tell(1.0)
    if np.isnan(values).any() and not audit.evidence:
        _say_who_is_lost(values, k, audit)


# What else is printed wrong, the form, and after how many steps the values begin.
_Print = tuple[Faults, _Form, int]
# Those that print the first value from a start, by the mistakes of the E-step.
_AtFirst = dict[Faults, list[_Print]]


def _exact(
    values: Array, half: Array, begin: Parameters, audit: Audit, size: int, at_first: _AtFirst
) -> Iterator[tuple[Faults, str]]:
    """The sets of so many mistakes with which a run prints just these values, and in which form.

    What is printed first depends on the E-step alone, so most sets need no more than that; others are
    followed as long as they print what was pasted.
    """
    forms, printing = _forms(len(audit.X)), printing_sets()
    singles = [others for others in printing if len(others) < 2]
    wanted = {form: (values * form.factor, half * abs(form.factor)) for form in forms}

    def left(among: list[_Print], step: Step, faults: Faults, t: int) -> list[_Print]:
        """Those that print the value after t steps."""
        printed = {others: prints(audit.X, step, faults, others) for others in {one[0] for one in among}}
        kept = []
        for others, form, shift in among:
            i = t - shift
            asked = 0 <= i < len(values) and np.isfinite(values[i])
            if not asked or abs(printed[others] - wanted[form][0][i]) <= wanted[form][1][i]:
                kept.append((others, form, shift))
        return kept

    for faults in audit.in_time(faults for faults in moving_sets(size) if len(faults) == size):
        of_e = tuple(name for name in faults if FAULTS[name].where == "E-step")
        if of_e not in at_first:
            every = [
                (others, form, 0) for others in (printing, printing, singles)[len(of_e)] for form in forms
            ]
            at_first[of_e] = left(every, (begin, faulty_e_step(audit.X, begin, of_e)), of_e, 0)
        now = list(at_first[of_e])
        if len(faults) < 2:  # some print before the M-step, some after it
            now += [(others, form, 1) for others in singles for form in forms]
        if not now:
            continue
        for t, step in enumerate(_staying(audit, begin, faults)):
            now = left(now, step, faults, t)
            for others, form, shift in now:
                if t - shift == len(values) - 1:
                    yield tuple(one for one in FAULTS if one in faults or one in others), form.said
            if not now or t == len(values):
                break


def _staying(audit: Audit, begin: Parameters, faults: Faults) -> Iterator[Step]:
    """The steps of a run, which stays where it comes to rest."""
    last = None
    for last in runs.follow(audit.X, begin, faults):
        yield last
    while last is not None:
        yield last


def _compare_ends(values: Array, k: int, begins: dict[str, Parameters], audit: Audit) -> None:
    """Whether it ends where code with a mistake ends, if it has come to rest."""
    last = values[-2:]
    if len(values) < 3 or not np.isfinite(last).all() or abs(last[1] - last[0]) > COARSE * abs(last[1]):
        return
    half = float(half_units(values)[-1])
    if ends_of_correct_em(float(last[1]), half, k, begins, audit):
        return
    sets, printing = common_sets(), [one for one in printing_sets() if len(one) < 2]
    n_steps = runs.most(audit, k, max(len(values), runs.MOST), len(sets) * 2, times=3)
    forms = _forms(len(audit.X))
    ends: dict[Faults, str] = {}
    for done, faults in enumerate(sets):
        audit.tell(0.5 + 0.5 * done / len(sets))
        if audit.is_late("the ends of runs with mistakes"):
            break
        for name, begin in (runs.likeliest(begins) if faults else begins).items():
            last_step = deque(islice(runs.follow(audit.X, begin, faults), n_steps + 1), maxlen=1)
            if not last_step:
                continue
            for others in printing:
                printed = prints(audit.X, last_step[0], faults, others)
                for form in forms:
                    within = max(half, ENDS * abs(last[1])) * abs(form.factor)
                    if abs(printed - last[1] * form.factor) <= within:
                        ends.setdefault((*faults, *others), name + form.said)
        if () in ends:
            break
    for faults in simplest(ends):
        said = f"It ends at {last[1]:.6g}, where {such_code(faults)} ends from {ends[faults]}."
        audit.evidence.add(faults, "likely", said)


def _say_who_is_lost(values: Array, k: int, audit: Audit) -> None:
    """Which code comes to numbers that are not finite on these data, and when."""
    correct, others = lost_runs(audit, k)
    at = int(np.argmax(np.isnan(values))) + 1
    if correct is not None:
        audit.notes.append(
            "Correct EM without reg_covar comes to numbers that are not finite on these data as well, from "
            f"{correct.start} after {count(correct.iteration, 'iteration')}: it need be no mistake."
        )
    for one in sorted(others, key=lambda one: abs(one.iteration - at))[:SHOWN]:
        audit.evidence.add(
            one.faults,
            "possible",
            f"Such code has numbers that are not finite after {count(one.iteration, 'iteration')} from "
            f"{one.start}; here, value {at} is the first that is none.",
        )


def _compare_changes(changes: Array, audit: Audit) -> None:
    """Whether they are those of correct EM from a likely start."""
    if audit.n_components is not None and np.isfinite(changes).sum() > 2:
        scaled_changes(changes, audit.n_components, runs.starts(audit, audit.n_components), audit)

"""Histories beside the curves of correct EM in every family: the same but for a factor, or for a constant.

Letters: n samples, k components, d features, m values.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.evidence import Audit, half_units
from gmm_core.laboratory.audit.factors import Factor, factors, named
from gmm_core.laboratory.audit.runs import Step, prints
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.laws import Parameters

ENDS = 1e-5  # a run ends where a history does if it is no farther, as a share
_LONGEST = 2000  # steps to the end of a run
_TELLING = 20  # so many times its digits a curve must bend, to tell a factor
_STILL = 1e-9  # a curve that rises by a smaller share has come to its end

Steps = list[Step]


class _Curve(NamedTuple):
    """What code prints that is right in all but that: what it is in words, and its values (m,).

    mistake : its name in `FAULTS`, or "". later : whether it is printed after the M-step.
    """

    said: str
    values: Array
    mistake: str = ""


def _runs(audit: Audit, begins: dict[str, Parameters], steps: int) -> Iterator[tuple[str, str, Steps]]:
    """The first steps of correct EM in each family from each start, with their names."""
    d = audit.X.shape[1]
    for family in _families(d):
        of = f" ({family.name} covariances)" if d > 1 else ""
        for name, begin in begins.items():
            shaped = runs.shaped(begin, family.matrices and d > 1)
            found = list(islice(runs.follow(audit.X, shaped, (), family=family), steps))
            if found:
                yield name, of, found


def _families(d: int) -> list[Family]:
    return [one for one in FAMILIES.values() if d > 1 or one.with_one_feature == one.name]


def _curves(audit: Audit, steps: Steps) -> Iterator[_Curve]:
    """What is printed along a run: log-likelihoods, right and wrong, and bounds after the M-step."""
    X = audit.X
    yield _Curve("the log-likelihood", np.array([one.printed for _, one in steps]))
    for name, fault in FAULTS.items():
        if fault.prints:
            if audit.is_late("curves with mistakes in what is printed"):
                break
            values = np.array([prints(X, step, (), (name,)) for step in steps])
            yield _Curve("the log-likelihood", values, name)
    # Of the parameters after the M-step, with the responsibilities before it.
    expected, bounds = [], []
    for (_, before), (_, after) in pairwise(steps):
        R = before.responsibilities
        logs = np.where(R > 0, R * after.log_joint, 0.0).sum()
        entropy = -np.where(R > 0, R * np.log(np.maximum(R, 1e-300)), 0.0).sum()
        expected.append(logs)
        bounds.append(logs + entropy)
    yield _Curve(
        "the bound after the M-step, which is below the log-likelihood and touches it", np.array(bounds)
    )
    yield _Curve(
        "the expected complete log-likelihood after the M-step, the bound without its entropy",
        np.array(expected),
        "without_entropy",
    )


def scaled(values: Array, half: Array, k: int, begins: dict[str, Parameters], audit: Audit) -> bool:
    """Evidence of a curve of correct EM that these values are, but for a factor or a constant.

    half : (m,), half of the last digit of each.
    """
    X, m = audit.X, len(values)
    known = factors(len(X), k, X.shape[1])
    for start, family, steps in _runs(audit, begins, m + 2):
        for curve in _curves(audit, steps):
            for shift in (0, 1):
                theirs = curve.values[shift : shift + m]
                if len(theirs) < 2:
                    continue
                padded = np.concatenate([theirs, np.repeat(theirs[-1], m - len(theirs))])
                told = _compared(values, half, padded, known)
                if told is None:
                    continue
                how, certain = told
                at = " from the second value on" if shift else ""
                said = (
                    f"In all digits that were pasted, this is {curve.said} of correct EM{family} from "
                    f"{start}{at}{how}."
                )
                faults = (curve.mistake,) if curve.mistake else ()
                audit.evidence.add(faults, "exact" if certain else "possible", said)
                return True
    return False


def _compared(values: Array, half: Array, theirs: Array, known: list[Factor]) -> tuple[str, bool] | None:
    """What values are beside a curve, and whether that is certain; None where they are something else."""
    usable = np.isfinite(values) & np.isfinite(theirs) & (theirs != 0)
    if usable.sum() < 3:
        return None
    ours, other, loose = values[usable], theirs[usable], half[usable]
    if np.ptp(ours) <= _TELLING * loose.max():
        return None
    slope = float(np.ptp(ours) / np.ptp(other)) if np.ptp(other) > 0 else 0.0
    i = int(np.abs(other).argmax())
    factor = float(ours[i] / other[i])
    allowed = loose + abs(factor) * 1e-9 * np.abs(other) + np.abs(other / other[i]) * loose[i]
    if (np.abs(ours - factor * other) <= allowed).all():
        found = named(factor, known, 2 * float(loose[i] / abs(ours[i])) + 1e-9)
        if found is not None:
            return (f", {found.said}" if found.said else ""), True
        return f", times {factor:.6g}, a factor that is not known here", False
    for sign in (1.0, -1.0):
        if not 0.9 < slope < 1.1:
            break
        constant = float((ours - sign * other).mean())
        if (np.abs(ours - sign * other - constant) <= 2 * loose + 1e-9 * np.abs(other)).all():
            turned = ", times minus 1" if sign < 0 else ""
            return (
                f"{turned}, but for a constant of {constant:.6g} that is not known here: a constant in the "
                "density changes what is printed and nothing else"
            ), False
    return None


def scaled_changes(changes: Array, k: int, begins: dict[str, Parameters], audit: Audit) -> None:
    """Evidence of a run of correct EM whose log-likelihood changes so."""
    X, half = audit.X, half_units(changes)
    known = factors(len(X), k, X.shape[1])
    finite = np.isfinite(changes)
    if half[finite].max() > 1e-3 * np.abs(changes[finite]).max():
        return
    for start, family, steps in _runs(audit, begins, len(changes) + 3):
        curve = np.diff([one.printed for _, one in steps])
        for shift in (-1, 0, 1):
            theirs = np.concatenate([[np.nan], curve]) if shift < 0 else curve[shift:]
            theirs = theirs[: len(changes)]
            if len(theirs) < len(changes):
                continue
            told = _compared(changes, half, theirs, known)
            if told is not None and told[1]:
                said = (
                    "In all digits that were pasted, these are the changes of the log-likelihood of correct "
                    f"EM{family} from {start}{told[0]}."
                )
                audit.evidence.add((), "exact", said)
                return


def ends_of_correct_em(last: float, half: float, k: int, begins: dict[str, Parameters], audit: Audit) -> bool:
    """Evidence of correct EM of some family that ends where this history does, whatever it was divided by."""
    X = audit.X
    known = factors(len(X), k, X.shape[1])
    n_steps = runs.most(audit, k, _LONGEST, len(begins) * len(_families(X.shape[1])), times=3)
    found: list[tuple[int, str, tuple[str, ...]]] = []
    within = max(half / abs(last), ENDS)
    if within > ENDS:  # so few digits may be those of many numbers
        known = [one for one in known if one.far == 0 or one.value == 1 / len(X)]
    plain = [one for one in known if one.far == 0]
    for start, family, step in _ends(audit, begins, n_steps):
        if audit.is_late("the ends of runs"):
            break
        printed: dict[tuple[str, ...], float] = {(): step[1].printed}
        printed |= {(name,): prints(X, step, (), (name,)) for name, one in FAULTS.items() if one.prints}
        for faults, value in printed.items():
            among = known if not faults else plain
            factor = named(last / value, among, within) if np.isfinite(value) and value else None
            if factor is not None:
                how = f", {factor.said}" if factor.said else ""
                code = "such code" if faults else "correct EM"
                said = f"It ends at {last:.6g}, where {code}{family} ends from {start}{how}."
                found.append((factor.far, said, faults))
    if not found:
        return False
    _, said, faults = min(found, key=lambda one: (len(one[2]), one[0]))
    audit.evidence.add(faults, "likely", said)
    return True


def _ends(audit: Audit, begins: dict[str, Parameters], most: int) -> Iterator[tuple[str, str, Step]]:
    """The last steps of correct EM in each family from each start."""
    d = audit.X.shape[1]
    for family in _families(d):
        of = f" ({family.name} covariances)" if d > 1 else ""
        for name, begin in begins.items():
            shaped = runs.shaped(begin, family.matrices and d > 1)
            last: Step | None = None
            for step in islice(runs.follow(audit.X, shaped, (), family=family), most + 1):
                ended = last is not None and abs(step[1].printed - last[1].printed) <= _STILL * abs(
                    last[1].printed
                )
                last = step
                if ended:
                    break
            if last is not None:
                yield name, of, last

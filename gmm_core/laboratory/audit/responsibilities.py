"""What pasted responsibilities say about the code that gave them.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.at_rest import STILL, TWO_STEPS, unseen_here
from gmm_core.laboratory.audit.causes import BESIDE, CLEARER
from gmm_core.laboratory.audit.evidence import (
    COARSE,
    Audit,
    Certainty,
    Evidence,
    Faults,
    half_units,
    resting_sets,
    simplest,
    single_precision,
    such_code,
    twins,
)
from gmm_core.laboratory.audit.parameters import compare_parameters
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import FaultyExpectation, faulty_e_step, faulty_m_step, likely_starts
from gmm_core.laboratory.laws import SUM, BrokenLaw, Parameters, broken_by_responsibilities
from gmm_core.tables.pasted import Given
from gmm_core.words import count, rounded

_STAY = "One correct M-step and one correct E-step leave them where they are."
MEASURE = "as a share of the largest responsibility"
_NEAR = 3  # so many times half the last digit may come of rounding
_ENOUGH = 300  # steps that bring EM to its end, to look for rows in another order
_SAME = 1e-3  # responsibilities in another order are those if none differs by more
_QUADRATIC = 0.02  # logarithms that differ from squares by a smaller share of their range are such


class _Step(NamedTuple):
    """How far responsibilities are from those of one more step of such code."""

    faults: Faults
    family: Family
    moved: float


def about_responsibilities(R: Array, audit: Audit) -> None:
    """The laws that R (n, k) breaks, whether it is at rest in EM, and in which mistakes it is."""
    k = R.shape[1]
    audit.taken_for = f"the responsibilities of {count(k, 'component')} for the {count(len(R), 'row')}"
    if audit.n_components not in (None, k):
        audit.notes.append(
            f"There are {k} columns, though k = {audit.n_components} is chosen: they were judged with {k}."
        )
    half = digits_of(R)
    if not np.isfinite(R).all():
        audit.breaks(broken_by_responsibilities(R))
        audit.notes.append("Where a number is missing or not finite, the mistakes cannot be tried.")
        audit.lacking = "some responsibilities are no numbers. Paste those of an iteration before that"
        return
    audit.breaks(broken_to_digits(R, half))
    if not audit.broken:
        audit.check("Rows sum to 1, and every responsibility lies between 0 and 1.", True, _hardness(R))
    signs = {}
    if audit.broken:
        signs = {name: fault.in_responsibilities(R, half) for name, fault in FAULTS.items()}
    if audit.broken and not any(signs.values()) and _are_densities(R, audit):
        return
    if R.max() <= 0:
        audit.lacking = "all responsibilities are 0: the densities underflowed. Compute with their logarithms"
        return
    _compare(R, half, audit)
    for name, sign in signs.items():
        audit.evidence.add_sign(name, sign)


def broken_to_digits(R: Array, half: Array) -> tuple[BrokenLaw, ...]:
    """The laws that R (n, k) breaks by more than half of its last digits, (n, k), may do."""
    return broken_by_responsibilities(R, within=max(SUM, 1.01 * R.shape[1] * float(half.max())))


def digits_of(R: Array) -> Array:
    """Half of the last digit of responsibilities; 0 and 1 alone are exact."""
    return np.full_like(R, 1e-9) if ((R == 0) | (R == 1)).all() else half_units(R)


def equal_components(R: Array, X: Array) -> str:
    """Two components that R (n, k) makes nearly equal, as a sentence without its end; else nothing."""
    if not np.isfinite(R).all() or (R.sum(axis=0) <= 0).any():
        return ""
    k, d = R.shape[1], X.shape[1]
    begin = Parameters(np.full(k, 1 / k), np.zeros((k, d)), np.ones((k, d)))
    there = faulty_m_step(X, R, begin)
    deviations = np.sqrt(np.maximum(there.variances, 1e-300))
    same = twins(np.hstack([there.means, there.variances]), np.hstack([deviations, there.variances]))
    if same and (np.ptp(R, axis=0) <= 1e-3).all():
        return (
            f"All rows have the same responsibilities. {same}. It is also where code ends whose "
            "responsibilities stand beside other rows than they are of"
        )
    return same


def _hardness(R: Array) -> str:
    """How sure they are, and of whom."""
    hard = int(((R == 0) | (R == 1)).all(axis=1).sum())
    sums = ", ".join(f"{value:.6g}" for value in R.sum(axis=0))
    sure = (
        "all rows are"
        if hard == len(R)
        else f"{count(hard, 'row')} of {len(R):,} {'is' if hard == 1 else 'are'}"
    )
    return f"Columns sum to {sums}; {sure} given whole to one component."


def _compare(R: Array, half: Array, audit: Audit) -> None:
    largest = float(R.max())
    noise = max(_NEAR * float(half.max()) / largest, single_precision(R))
    families = _families(audit.X.shape[1])
    correct = _least(R, audit.X, [()], families)[0]
    at_rest = correct.moved <= noise
    of = f" ({correct.family.name} covariances)" if audit.X.shape[1] > 1 else ""
    audit.check(
        _STAY,
        True if at_rest else None,
        f"They are moved by {rounded(correct.moved)} at most{of}, {MEASURE}; the digits explain "
        f"{rounded(noise, 1)}.",
    )
    equal = equal_components(R, audit.X)
    if at_rest:
        if equal:
            audit.evidence.add(None, "likely", f"{equal}: these numbers tell no mistake from another.")
            return
        audit.evidence.add((), "exact" if noise <= COARSE else "likely", _said(correct, correct))
        hidden = [one for one in _least(R, audit.X, resting_sets(1)[1:], families[:1]) if one.moved <= noise]
        if hidden:
            audit.notes.append(unseen_here([FAULTS[one.faults[0]] for one in hidden], audit.X.shape[1] > 1))
        return
    found: list[_Step] = []
    for size, of_these in ((1, families), (2, families[:1]))[: audit.together]:
        sets = [faults for faults in resting_sets(size) if len(faults) == size]
        audit.tell(size / 2 - 0.5)
        tried = _least(R, audit.X, sets, of_these)
        exact = [one for one in tried if one.moved <= noise]
        near = [one for one in tried if one.moved <= min(STILL, correct.moved / CLEARER**size)]
        found = [one for one in near if one.moved <= 3 * near[0].moved]
        if exact:  # others may be as good, or where a run was ended early
            most = max(noise, min(BESIDE * noise, correct.moved / BESIDE))
            found = [one for one in tried if one.moved <= most]
        if found:
            break
    audit.tell(1.0)
    kept = simplest(one.faults for one in found)
    certainty: Certainty = "likely"
    if correct.moved <= BESIDE * noise or equal:  # as well those of correct EM that was ended early
        certainty = "possible"
    elif all(one.moved <= noise <= COARSE for one in found):
        certainty = "exact"
    for one in found:
        if one.faults in kept:
            audit.evidence.add(one.faults, certainty, _said(one, correct))
    if not found and not audit.broken:
        left = _not_quadratic(R, half, audit)
        in_order = left is not None and left <= _QUADRATIC
        if in_order or not _in_another_order(R, half, audit, noise, correct):
            runs.follow_all(audit, R.shape[1], lambda _, there: _is_just(R, half, there.responsibilities))
            _say_whether_quadratic(left, audit)
    if audit.evidence.of_a_mistake:
        audit.settle(_STAY, False)
    if equal:
        audit.notes.append(f"{equal}.")
    audit.lacking = (
        f"one step of correct EM moves these responsibilities by {rounded(correct.moved)}, which is "
        "more than their digits explain: they are not the end of a run of correct EM on these rows. "
        f"{TWO_STEPS}"
    )


def _families(d: int) -> list[Family]:
    """Diagonal covariances first, as the mistakes have; those that differ with so many features."""
    every = [family for family in FAMILIES.values() if d > 1 or family.with_one_feature == family.name]
    return sorted(every, key=lambda family: (family.matrices, family.shared))


def _least(R: Array, X: Array, sets: Iterable[Faults], families: list[Family]) -> list[_Step]:
    """How far each moves them, in the family in which that is least; the least first."""
    largest, found = R.max(), []
    k, d = R.shape[1], X.shape[1]
    for faults in sets:
        best = _Step(faults, families[0], np.inf)
        for family in families:
            spread = np.ones((k, d, d) if family.matrices and d > 1 else (k, d))
            begin = Parameters(R.mean(axis=0), np.zeros((k, d)), spread)
            there = faulty_m_step(X, R, begin, faults, family=family)
            again = faulty_e_step(X, there, faults).responsibilities
            moved = float(np.abs(again - R).max() / largest)
            if np.isfinite(moved) and moved < best.moved:
                best = _Step(faults, family, moved)
        found.append(best)
    return sorted(found, key=lambda one: one.moved)


def _said(one: _Step, correct: _Step) -> str:
    other = f", one of correct EM by {rounded(correct.moved)}" if one.faults else ""
    return (
        f"One more iteration of {such_code(one.faults)} changes these numbers by {rounded(one.moved)} at "
        f"most{other} ({MEASURE})."
    )


def _is_just(R: Array, half: Array, other: Array) -> bool:
    """Whether these are those in all digits, whatever the order of the components."""
    if other.shape != R.shape or not np.isfinite(other).all():
        return False
    order = linear_sum_assignment(-(R.T @ other))[1]
    # The digits of a responsibility of 1e-80 depend on those of the start.
    return bool((np.abs(R - other[:, order]) <= half + 1e-9 * R.max()).all())


# --- Rows in another order


def _in_another_order(R: Array, half: Array, audit: Audit, noise: float, correct: _Step) -> bool:
    """Whether they are at rest for the rows in another order, and in which; if so, evidence of it.

    correct : one step with the rows as they are. Where that moves them hardly more, the order is right.
    """
    X = audit.X
    most = min(max(noise, _SAME), correct.moved / CLEARER)
    for how, order in _orders(X):
        (found,) = _least(R, X[order], [()], _families(X.shape[1]))
        if found.moved <= most:
            said = f"With the rows {how}, one step of correct EM moves them by {rounded(found.moved)}."
            audit.evidence.add(
                None,
                "exact",
                f"These are the responsibilities of the rows {how}, not in the order of the data. {said}",
            )
            return True
    if R.shape[1] > len(np.unique(X, axis=0)):
        return False
    mine = R[:, np.argsort(R.sum(axis=0))]
    for family in _families(X.shape[1]):
        theirs = _at_the_end(X, R.shape[1], family)
        if theirs is None:
            continue
        theirs = theirs[:, np.argsort(theirs.sum(axis=0))]
        if np.abs(mine - theirs).max() <= CLEARER * _SAME:  # nearly these, and row beside row
            return False
        one, other = np.lexsort(mine.T), np.lexsort(theirs.T)
        if np.abs(mine[one] - theirs[other]).max() <= _SAME:
            place = int(other[np.argmin(one)]) + 1
            audit.evidence.add(
                None,
                "likely",
                "Row by row these are the responsibilities of correct EM on these data, in another order: "
                f"the first that was pasted is that of row {place:,}, for instance. Paste them in the "
                "order of the data.",
            )
            return True
    return False


def _orders(X: Array) -> list[tuple[str, NDArray[np.intp]]]:
    """Orders in which rows may have come, and how they are called."""
    found = [("from the last to the first", np.arange(len(X))[::-1])]
    for j in range(X.shape[1]):
        by = f" by feature {j + 1}" if X.shape[1] > 1 else ""
        order = np.argsort(X[:, j], kind="stable")
        found += [(f"sorted{by}", order), (f"sorted{by}, falling", order[::-1])]
        found.append((f"sorted{by}, falling", np.argsort(-X[:, j], kind="stable")))
    return found


def _at_the_end(X: Array, k: int, family: Family) -> Array | None:
    """The responsibilities where correct EM ends from k-means clusters; None where it cannot go on."""
    begin = likely_starts(X, k)["clusters"]
    if family.matrices and X.shape[1] > 1:
        begin = Parameters(begin.weights, begin.means, begin.variances[:, :, None] * np.eye(X.shape[1]))
    R: Array | None = None
    for _ in range(_ENOUGH):
        there: FaultyExpectation = faulty_e_step(X, begin)
        if not np.isfinite(there.responsibilities).all():
            return None
        if R is not None and np.abs(there.responsibilities - R).max() < 1e-7:
            break
        R = there.responsibilities
        begin = faulty_m_step(X, R, begin, family=family)
    return R


def _not_quadratic(R: Array, half: Array, audit: Audit) -> float | None:
    """The share of log-ratios that is not quadratic in x; None where too few rows are in doubt to tell.

    Whatever the Gaussians are, log-ratios of their responsibilities are quadratic, if row stands by row.
    Where components are equal they are 0 but for rounding, and tell nothing.
    """
    X = audit.X
    Z = (X - X.mean(axis=0)) / audit.scale
    squares = [Z[:, i] * Z[:, j] for i in range(Z.shape[1]) for j in range(i, Z.shape[1])]
    design = np.column_stack([np.ones(len(Z)), Z, *squares])
    shares = []
    for i in range(R.shape[1] - 1):
        rows = (R[:, i : i + 2] > np.maximum(1e-6, 30 * half[:, i : i + 2])).all(axis=1)
        if rows.sum() < 2 * design.shape[1]:
            continue
        logs = np.log(R[rows, i] / R[rows, i + 1])
        rounding = float((half[rows, i : i + 2] / R[rows, i : i + 2]).max())
        if logs.std() <= max(10 * rounding, 1e-6):
            continue
        left = logs - design[rows] @ np.linalg.lstsq(design[rows], logs, rcond=None)[0]
        shares.append(float(left.std() / max(logs.std(), 1e-12)))
    return max(shares, default=None)


def _say_whether_quadratic(left: float | None, audit: Audit) -> None:
    """Whether any Gaussians at all give such responsibilities, if that can be told."""
    if left is None:
        return
    title = "Logarithms of their ratios are quadratic in the data, as those of Gaussians are."
    if left <= _QUADRATIC:
        audit.check(title, True, f"All but {rounded(left, 1)} of their range is.")
    elif left > 0.2:
        said = (
            "No Gaussians whatever give such responsibilities of these rows in this order: "
            f"{left:.0%} of the range is left over. They may be of other rows, or of rows in "
            "another order."
        )
        audit.check(title, False, said)
        audit.evidence.add(None, "likely", said)


# --- Densities in their place


def _are_densities(R: Array, audit: Audit) -> bool:
    """Whether the columns of R (n, k) are Gaussian densities, alone or times weights; if so, evidence of it.

    The logarithm of such a density is a square function of each feature.
    """
    X = audit.X
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
        f"column {j + 1} has mean {_listed(means[j])} and variance "
        f"{_listed(variances[j])}{'' if bare else f', times {weights[j]:.6g}'}"
        for j in range(len(means))
    )
    if bare:
        said = f"These are densities, not responsibilities: {columns}. Multiply by the weights, then divide"
    else:
        said = f"These are weights times densities, not responsibilities: {columns}. Divide"
    audit.evidence.add(None, "exact", f"{said} each row by its sum.")
    # Where do such means and variances come from?
    inner = Audit(X, audit.n_components, audit.start, notes=audit.notes, evidence=Evidence())
    compare_parameters(Given(None if bare else weights, means, variances), inner)
    for suspect in inner.evidence.suspects():
        if suspect.faults:
            sentence = f"Of these means and variances: {suspect.sentence}"
            audit.evidence.add(suspect.faults, "likely", sentence)
    return True


def _listed(values: Array) -> str:
    return ", ".join(f"{value:.6g}" for value in values)

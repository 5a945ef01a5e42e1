"""Numbers that are not finite, variances of 0, and equal components: where that begins, and what leads there.

Letters: n samples, k components, d features.

Of such numbers no step can be taken, and they tell no mistake from another. What can be told is which code
comes to such an end on these data, from where people begin, and whether correct EM does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import FAMILIES
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.evidence import Audit, Faults, moving_sets, twins
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import LAWS, Parameters
from gmm_core.laboratory.pieces import variances_of
from gmm_core.words import count

_MOST = 60  # iterations that are followed
_DRAWN = 5  # starts from random rows, from which correct EM is followed besides
_RESTS = 1e-7  # means that move by a smaller share are at rest
SHOWN = 5  # mistakes that are shown, the others are named

Ended = Callable[[Parameters], bool]


class _End(NamedTuple):
    """Where a run came to such an end: after how many iterations, from which start, with which numbers."""

    faults: Faults
    iteration: int
    start: str
    parameters: Parameters


def is_lost(of: Parameters) -> bool:
    """Whether no step can be taken of parameters: some are no numbers, or a variance is not above 0."""
    return not all(np.isfinite(values).all() for values in vars(of).values()) or bool(
        (variances_of(of.variances) <= 0).any()
    )


def about_lost(whole: Parameters, halves: Parameters, audit: Audit) -> None:
    """What is lost in parameters, where that begins, and which code comes to such an end on these data."""
    k = len(whole.means)
    collapsed = _collapsed(whole, halves, audit.X)
    correct, others = _followed(audit, k, whole.variances.ndim == 3, is_lost)
    finite = all(np.isfinite(values).all() for values in vars(whole).values())
    if collapsed and finite:
        _open(audit)
        audit.evidence.add(
            None,
            "likely",
            f"{collapsed}. Correct EM comes to that as well where nothing is added to the variances: a "
            "component on one point has an endless likelihood. Add a small number to the variances "
            "(reg_covar), begin elsewhere, or use fewer components.",
        )
        return
    told = _where_it_begins(whole, collapsed)
    if correct is not None:
        _open(audit)
        told += (
            f" Correct EM without reg_covar comes to that on these data as well: from {correct.start}, after "
            f"{count(correct.iteration, 'iteration')}. It need be no mistake."
        )
    else:
        starts = f"from {_DRAWN} draws of rows and from the k-means clusters"
        told += f" Correct EM stays finite on these data, {starts}, for {_MOST} iterations."
    _name(audit, others, whole, told, "numbers that are not finite, or variances of 0")


def lost_runs(audit: Audit, k: int) -> tuple[_End | None, list[_End]]:
    """Whether correct EM with diagonal covariances is lost on these data, and the mistakes that are."""
    return _followed(audit, k, False, is_lost)


def about_twins(equal: str, audit: Audit, k: int, matrices: bool) -> None:
    """Which code makes components equal that begin apart."""
    scale = audit.scale

    def ended(of: Parameters) -> bool:
        deviations = np.sqrt(np.abs(variances_of(of.variances)))
        spread = deviations**2
        unit = np.hstack([np.tile(scale, (len(of.means), 1)), np.maximum(spread, 1e-300)])
        return not is_lost(of) and bool(twins(np.hstack([of.means, spread]), unit))

    _, others = _followed(audit, k, matrices, ended)
    told = f"{equal}: these numbers tell no mistake from another."
    _name(audit, others, None, told, "equal components")


def _open(audit: Audit) -> None:
    """That numbers are not finite proves no mistake."""
    doubted = (LAWS["finite"], LAWS["variances"])
    audit.checks[:] = [replace(one, holds=None) if one.title in doubted else one for one in audit.checks]


def _collapsed(whole: Parameters, halves: Parameters, X: Array) -> str:
    """The component that lies on one point of the data with no variance, as a sentence without its end."""
    for j, (mean, spread) in enumerate(zip(whole.means, variances_of(whole.variances), strict=True)):
        if not np.isfinite(mean).all() or not (np.nan_to_num(spread, nan=0.0) <= 0).all():
            continue
        rows = (np.abs(X - mean) <= halves.means[j] + 1e-6 * X.std(axis=0)).all(axis=1)
        if rows.any():
            at = f"row {int(np.argmax(rows)) + 1:,}" if rows.sum() == 1 else f"{rows.sum():,} equal rows"
            return f"Component {j + 1} has shrunk onto {at} of the data, and has no variance left"
    return ""


def _where_it_begins(whole: Parameters, collapsed: str) -> str:
    """Which numbers are lost, and what that comes of, in sentences."""
    bad_means = ~np.isfinite(whole.means).all(axis=1)
    bad_spread = ~np.isfinite(whole.variances.reshape(len(whole.means), -1)).all(axis=1)
    bad_weights = ~np.isfinite(whole.weights)
    lost = bad_means | bad_spread | bad_weights
    if collapsed:
        return f"{collapsed}: the density divides by that, and numbers are lost from there on."
    if not lost.any():
        return "A variance is not above 0, and the density divides by it."
    if lost.all() and bad_means.all():
        return (
            "All components are lost, so the numbers do not show where that began: print every iteration, "
            "and paste the first one with a number that is not finite and the one before."
        )
    named = ", ".join(str(j + 1) for j in np.flatnonzero(lost))
    which = f"Component{'s' if lost.sum() > 1 else ''} {named} {'are' if lost.sum() > 1 else 'is'} lost"
    if (np.nan_to_num(whole.weights[lost], nan=0.0) == 0).all():
        return f"{which}: the weight is 0, no row belongs to it any more, and its mean is 0/0."
    if not bad_means.any():
        return f"{which}: its mean is a number, so that the loss begins in the variances of the M-step."
    return f"{which}, and the others are not: it begins there."


def _followed(audit: Audit, k: int, matrices: bool, ended: Ended) -> tuple[_End | None, list[_End]]:
    """Whether correct EM comes to such an end, and the single mistakes that do."""
    X = audit.X
    if k >= len(np.unique(X, axis=0)):
        return None, []
    begins = {name: runs.shaped(one, matrices) for name, one in runs.starts(audit, k).items()}
    rng = np.random.default_rng(0)
    for i in range(_DRAWN):
        means = X[rng.choice(len(X), k, replace=False)]
        one = Parameters(np.full(k, 1 / k), means, np.tile(X.var(axis=0), (k, 1)))
        begins[f"random rows, draw {i + 1}"] = runs.shaped(one, matrices)
    sets = moving_sets(1)
    correct = next(_ends(X, (), begins, matrices, _MOST, ended), None)
    likely = dict(list(begins.items())[-1:] + list(begins.items())[:1])
    n_steps = runs.most(audit, k, _MOST, len(sets), times=3)
    found = []
    for done, faults in enumerate(sets[1:]):
        audit.tell(done / len(sets))
        if audit.is_late("mistakes that lead there"):
            break
        first = next(_ends(X, faults, likely, matrices, n_steps, ended), None)
        if first is not None:
            found.append(first)
    audit.tell(1.0)
    return correct, found


def _ends(
    X: Array, faults: Faults, begins: dict[str, Parameters], matrices: bool, most: int, ended: Ended
) -> Iterator[_End]:
    family = FAMILIES["full" if matrices else "diag"]
    for name, begin in begins.items():
        now = begin
        for iteration in range(1, most + 1):
            R, before = faulty_e_step(X, now, faults).responsibilities, now
            now = faulty_m_step(X, R, now, faults, family=family if np.isfinite(R).all() else None)
            if ended(now):
                yield _End(faults, iteration, name, now)
                break
            if is_lost(now) or np.abs(now.means - before.means).max() <= _RESTS * np.abs(now.means).max():
                break


def _name(audit: Audit, found: list[_End], whole: Parameters | None, told: str, what: str) -> None:
    """Evidence of the mistakes that come to such an end, those with the same numbers lost first."""

    def unlike(one: _End) -> bool:
        return whole is not None and _pattern(one.parameters) != _pattern(whole)

    found = sorted(found, key=lambda one: (unlike(one), one.iteration))
    if found:
        told += f" {count(len(found), 'known mistake')} lead{'s' * (len(found) == 1)} there, too."
    audit.evidence.add(None, "likely", told)
    for one in found[:SHOWN]:
        alike = "" if whole is None or unlike(one) else ", and the same of them as here"
        audit.evidence.add(
            one.faults,
            "possible",
            f"Such code has {what}{alike}, after {count(one.iteration, 'iteration')} from {one.start}.",
        )
    if len(found) > SHOWN:
        rest = "; ".join(FAULTS[one.faults[0]].title for one in found[SHOWN:])
        audit.notes.append(f"Other mistakes that lead to {what} on these data: {rest}.")


def _pattern(of: Parameters) -> tuple[int, ...]:
    """How many components have lost each of their parts, and how many have no variance."""
    parts = (of.weights, of.means, of.variances)
    lost = tuple(int((~np.isfinite(one.reshape(len(one), -1))).any(axis=1).sum()) for one in parts)
    return (*lost, int((variances_of(of.variances) <= 0).any(axis=1).sum()))

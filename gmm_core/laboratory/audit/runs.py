"""Runs of code with mistakes from likely starts, for numbers that are not the end of one.

Letters: n samples, k components, d features. Covariances are diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import Family
from gmm_core.laboratory.audit.evidence import Audit, Faults, common_sets, such_code
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import (
    STARTS,
    FaultyExpectation,
    faulty_e_step,
    faulty_m_step,
    likely_starts,
    what_is_printed,
)
from gmm_core.laboratory.laws import Parameters
from gmm_core.words import count

MOST = 100  # iterations that are followed
SECONDS = 0.3  # about, for all that are followed
_STILL = 1e-10  # a run that moves less has come to rest

Step = tuple[Parameters, FaultyExpectation]
# A step of a run -> whether it is just what was pasted.
Compare = Callable[[Parameters, FaultyExpectation], bool]


def starts(audit: Audit, k: int) -> dict[str, Parameters]:
    """Where people begin, and where they say that they did."""
    X, start = audit.X, audit.start
    found: dict[str, Parameters] = {}
    if start is not None and (start.covariance_type, *start.means.shape) == ("diag", k, X.shape[1]):
        found["the start that was given"] = Parameters(start.weights, start.means, start.covariances)
    elif start is not None:
        audit.notes.append("The start that was given does not fit these numbers, and was not tried.")
    if k < len(np.unique(X, axis=0)):
        found |= {STARTS[name]: begin for name, begin in likely_starts(X, k).items()}
    return found


def shaped(begin: Parameters, matrices: bool) -> Parameters:
    """The same with covariance matrices, if it has none and they are wanted."""
    if not matrices or begin.variances.ndim == 3:
        return begin
    return replace(begin, variances=begin.variances[:, :, np.newaxis] * np.eye(begin.means.shape[1]))


def likeliest(begins: dict[str, Parameters]) -> dict[str, Parameters]:
    """The start that was given, and the first of those that are likely: from these, mistakes are followed."""
    return dict(list(begins.items())[:2])


def most(audit: Audit, k: int, wanted: int, n_runs: int, times: float = 1.0) -> int:
    """How many iterations of so many runs can be followed, in so many times the usual seconds."""
    n, d = audit.X.shape
    each = 3e-4 + 1e-8 * n * k * (d + 6)  # seconds, about
    found = int(max(3, min(wanted, times * SECONDS / (each * n_runs))))
    if found < min(wanted, 10):
        audit.notes.append(f"The data are large: the mistakes were followed for {found} iterations only.")
    return found


def follow(
    X: Array, begin: Parameters, faults: Faults, eps: float = 0.0, family: Family | None = None
) -> Iterator[tuple[Parameters, FaultyExpectation]]:
    """The steps of a run as long as they are finite and move; `begin` is in the shape of the family."""
    parameters = begin
    while True:
        expectation = faulty_e_step(X, parameters, faults, eps=eps)
        if not np.isfinite(expectation.responsibilities).all():
            return
        yield parameters, expectation
        before, parameters = (
            parameters,
            faulty_m_step(X, expectation.responsibilities, parameters, faults, eps=eps, family=family),
        )
        moved = (
            np.abs(getattr(parameters, part) - getattr(before, part)).max()
            / np.abs(getattr(before, part)).max()
            for part in ("means", "variances")
        )
        if max(moved) <= _STILL:
            yield parameters, faulty_e_step(X, parameters, faults, eps=eps)
            return


def prints(X: Array, step: Step, faults: Faults, others: Faults) -> float:
    """What code with these mistakes prints after that step of its run, if it has others in what it prints."""
    parameters, expectation = step
    both = (*faults, *others)
    if not any("log_densities" in FAULTS[name].pieces for name in others):
        return what_is_printed(expectation, both)
    if any(FAULTS[name].where == "E-step" for name in faults):
        return np.nan  # both in one density are not looked for
    return faulty_e_step(X, parameters, both).printed


def follow_all(audit: Audit, k: int, compare: Compare) -> None:
    """Evidence of code that gives just these numbers on its way from where people begin."""
    begins, sets = starts(audit, k), common_sets()
    n_steps = most(audit, k, MOST, len(sets) * 2)
    for done, faults in enumerate(sets):
        audit.tell(done / len(sets))
        if faults and audit.is_late("runs with mistakes from likely starts"):
            break
        for name, begin in (likeliest(begins) if faults else begins).items():
            for iteration, step in enumerate(islice(follow(audit.X, begin, faults), n_steps + 1)):
                if compare(*step):
                    said = (
                        f"In all digits that were pasted, {such_code(faults)} gives them, for instance "
                        f"after {count(iteration, 'iteration')} from {name}."
                    )
                    audit.evidence.add(faults, "exact", said)
                    break
            if faults in audit.evidence:
                break
        if () in audit.evidence:  # where nothing is wrong, mistakes that change nothing are no suspects
            break
    audit.tell(1.0)


def follow_parameters(audit: Audit, these: Parameters, halves: Parameters) -> None:
    """The same of parameters, whatever the order of their components."""
    if these.variances.ndim == 3 or not np.isfinite(these.means).all():
        return

    def compare(other: Parameters, _: FaultyExpectation) -> bool:
        far = np.abs(these.means[:, np.newaxis] - other.means) / audit.scale
        order = linear_sum_assignment(np.nan_to_num(far.sum(axis=2), nan=1e9, posinf=1e9))[1]
        return all(
            bool((np.abs(ours - theirs[order]) <= half).all())
            for ours, theirs, half in (
                (these.means, other.means, halves.means),
                (these.variances, other.variances, halves.variances),
            )
        )

    follow_all(audit, len(these.means), compare)

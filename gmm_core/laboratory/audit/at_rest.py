"""Whether parameters are at rest in EM, or in which mistakes they are.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.causes import (
    BESIDE,
    CLEARER,
    MEASURE,
    by_moments,
    first_spread,
    left_out,
    prior,
    put_together_wrongly,
    scaled_variances,
    weights_alone,
)
from gmm_core.laboratory.audit.evidence import (
    COARSE,
    Audit,
    Certainty,
    Faults,
    resting_sets,
    simplest,
    such_code,
)
from gmm_core.laboratory.audit.lost import about_twins, is_lost
from gmm_core.laboratory.audit.rest import TELLING, Moved, Rest
from gmm_core.laboratory.audit.spoiled import UNDO, carried
from gmm_core.laboratory.faults import FAULTS, Fault
from gmm_core.laboratory.faulty_em import likely_starts
from gmm_core.words import rounded, uncapital

STILL = 5e-3  # code that moves numbers by a smaller share may have made them
_LISTED = 5  # mistakes that are named in a list
AS_NEAR = 3  # mistakes that move them less than so many times as far as the least are not told apart
_ODD = 1e-4  # a number added that is no round one is said, from that share of the data's variance on
STAY = "One step of correct EM leaves them where they are."
TWO_STEPS = (
    "Paste the parameters and the responsibilities of two iterations in a row: then each half-step is "
    "judged by itself, at rest or not."
)


def say_how_far(audit: Audit, rest: Rest, correct: Moved) -> None:
    """The figure that every audit has: how far one step of correct EM moves these numbers."""
    family = f" ({correct.family.name} covariances)" if rest.X.shape[1] > 1 else ""
    ridge = f", with {rounded(correct.ridge)} added to every variance" if correct.ridge else ""
    said = (
        f"One step of correct EM{family}{ridge} moves {correct.parts}; the digits explain "
        f"{rounded(correct.noise, 1)}."
    )
    audit.check(STAY, True if correct.at_rest else None, said)


def at_rest(audit: Audit, rest: Rest, correct: Moved, equal: str) -> None:
    """Numbers that correct EM leaves where they are; and what else would leave them there."""
    most = rounded(correct.most)
    moved = f"One more iteration of correct EM changes these numbers by {most} at most ({MEASURE})."
    if equal:
        about_twins(equal, audit, len(rest.parameters.means), rest.parameters.variances.ndim == 3)
        return
    certainty: Certainty = "exact" if correct.noise <= COARSE else "likely"
    if correct.ridge and not rest.is_round(correct) and audit.share_added(correct.ridge) > _ODD:
        certainty = "possible"
        moved = f"{_ridge(correct)} It is no round number, as people choose them. {moved}"
        audit.lacking = (
            "such numbers come of a reg_covar that was computed, or of a mistake that is not known here. "
            f"{TWO_STEPS}"
        )
    elif correct.ridge:
        moved = f"{_ridge(correct)} That is no mistake. {moved}"
    if not audit.broken:
        audit.evidence.add((), certainty, moved)
    singles = [rest.least(faults) for faults in resting_sets(1) if faults]
    hidden = [one for one in singles if one.most <= correct.noise]
    hidden = [one for one in hidden if not _kept(one) or (_kept(one) == {"weights"} and _begun(one, rest))]
    hidden = [one for one in hidden if rest.with_noise(one).at_rest]
    for one in hidden:
        (name,) = one.faults
        if FAULTS[name].right_for and rest.X.shape[1] > 1:
            said = (
                f"That is right for {FAULTS[name].right_for}. Where other covariances were meant, it is a "
                "mistake."
            )
            audit.evidence.add(one.faults, "possible", said)
    told = [FAULTS[one.faults[0]] for one in hidden]
    matrices = rest.parameters.variances.ndim == 3 and rest.X.shape[1] > 1
    audit.notes.append(unseen_here([fault for fault in told if not fault.right_for], matrices))


def _ridge(one: Moved) -> str:
    """That numbers are at rest once a number is taken off every variance, in a sentence."""
    ridge = rounded(one.ridge)
    return f"These numbers are at rest in EM that adds {ridge} to every variance, as reg_covar does."


def mistake_instead(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Numbers at rest once a number is taken off the variances that is large, or not round: a mistake may
    leave them at rest as they are."""
    plain = rest.without_ridge(correct)
    singles = [faults for faults in resting_sets(1) if faults]
    tried = [one for one in rest.tried(singles) if not one.ridge]
    found = [one for one in _nearest(rest, plain, tried, 1) if one.at_rest]
    for one in found:
        audit.evidence.add(one.faults, "exact" if one.noise <= COARSE else "likely", _said(one, plain))
    return bool(found)


def much_added(audit: Audit, correct: Moved) -> None:
    """Numbers at rest once a large number is taken off the variances."""
    share = audit.share_added(correct.ridge)
    said = f"{_ridge(correct)} That is {share:.0%} of the variance of the data: components are too wide."
    audit.evidence.add(("large_ridge",), "likely", said)


def much_added_early(audit: Audit, number: float) -> None:
    """A large number that all variances have too much, where the numbers are not at rest."""
    audit.evidence.add(
        ("large_ridge",),
        "likely",
        f"The variances add up once {rounded(number)} is taken off every one, in every feature, and the "
        "covariances between features add up as they are: EM that adds it, as reg_covar does, leaves just "
        f"that. It is {audit.share_added(number):.0%} of the variance of the data: components are too wide. "
        "The numbers are not at rest.",
    )


def unseen_here(faults: Sequence[Fault], matrices: bool) -> str:
    """Which mistakes would leave numbers at rest as they are, on any data or on these, in sentences.

    matrices : whether there are full covariances, without which some mistakes cannot be made.
    """
    titles = [fault.title for fault in faults if matrices or not fault.in_full[0]]
    gone = "; ".join(fault.title for fault in FAULTS.values() if fault.gone_at_rest)
    always = f"Numbers at rest do not show {uncapital(gone)}, nor what is only printed wrong."
    if not titles:
        return always
    more = f" and {len(titles) - _LISTED} more" if len(titles) > _LISTED else ""
    listed = "; ".join(titles[:_LISTED])
    return f"On these data, some mistakes change too little to be seen here: {listed}{more}. {always}"


def _spoiled(audit: Audit, rest: Rest, correct: Moved, at_rest: bool) -> bool:
    """Whether they are right numbers that were spoiled after they were computed, at rest or nearly."""
    n = len(rest.X)
    tried = []
    for undo in UNDO:
        back, half = undo.right(rest.parameters, n), carried(undo, rest.parameters, rest.halves, n)
        if is_lost(back) or rest.is_as_pasted(back):
            continue
        there = Rest(rest.X, back, half, rest.weights_known)
        if there.families:
            tried.append((there.with_noise(there.least(())), undo))
    if not tried:
        return False
    found, undo = min(tried, key=lambda one: (not one[0].at_rest, one[0].most))
    if found.at_rest is not at_rest:
        return False
    if not at_rest and found.most > min(STILL, correct.most / CLEARER):
        return False
    if found.noise > COARSE and found.most * CLEARER > correct.most:
        return False
    faults = None if undo.fault is None else (undo.fault,)
    said = f"{undo.said} One step moves them by {rounded(found.most)} then."
    audit.evidence.add(faults, "exact" if found.at_rest else "likely", said)
    return True


def _added(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether a small number in the denominators of the E-step is all that there is."""
    if correct.most > STILL:
        return False
    found = rest.with_eps(correct)
    if found.at_rest:
        said = (
            f"These numbers are at rest in EM that adds {found.eps:.0e} to the variances of the density "
            "and to denominators. That is no mistake."
        )
        audit.evidence.add((), "likely", said)
    return found.at_rest


def find(audit: Audit, rest: Rest, correct: Moved) -> None:
    """What gives numbers that correct EM moves: the simplest explanation first."""
    sets = resting_sets(audit.together)
    singles = [faults for faults in sets if len(faults) == 1]
    found = _nearest(rest, correct, rest.tried(singles, _telling(audit, 0.0, len(sets))), 1)
    if not any(one.at_rest for one in found) and (
        weights_alone(audit, rest)
        or _spoiled(audit, rest, correct, at_rest=True)
        or _added(audit, rest, correct)
        or (
            not found
            and (_spoiled(audit, rest, correct, at_rest=False) or scaled_variances(audit, rest, correct))
        )
    ):
        found = []
    elif not found and (cycle := _to_and_fro(rest, correct, singles)):
        found = cycle
    elif not found:
        pairs = [faults for faults in sets if len(faults) == 2]
        tell = _telling(audit, len(singles) / len(sets), len(sets))
        found = _nearest(rest, correct, rest.tried(audit.in_time(pairs), tell), 2)
    audit.tell(1.0)
    if not found and not audit.evidence:
        told = put_together_wrongly(audit, rest, correct) or left_out(audit, rest, correct)
        if not told and not prior(audit, rest, correct):
            by_moments(audit, rest)
    certainty: Certainty = "likely"
    if correct.most <= BESIDE * correct.noise:  # as well those of correct EM that was ended early
        certainty = "possible"
    elif all(one.at_rest and one.noise <= COARSE and not one.ridge for one in found):
        certainty = "exact"
    for one in found:
        audit.evidence.add(one.faults, certainty, _said(one, correct))
    if not audit.evidence and correct.noise <= TELLING:
        runs.follow_parameters(audit, rest.parameters, rest.halves)


def _to_and_fro(rest: Rest, correct: Moved, sets: Iterable[Faults]) -> list[Moved]:
    """Code that comes back to these numbers every second step: some mistakes never come to rest."""
    return [one for one in _nearest(rest, correct, rest.tried(sets, times=2), 1) if one.at_rest]


def _telling(audit: Audit, share: float, total: int) -> Callable[[], None]:
    """What tells the share that is done, called once for each of so many sets."""
    done = int(share * total)

    def tell() -> None:
        nonlocal done
        done += 1
        audit.tell(min(done / total, 1.0))

    return tell


def _nearest(rest: Rest, correct: Moved, tried: list[Moved], size: int) -> list[Moved]:
    """The mistakes that leave the numbers at rest, or else move them least, and much less than correct EM."""
    near = [one for one in tried[:8] if one.most * CLEARER**size <= correct.most and one.most <= STILL]
    near = [rest.with_noise(one) for one in near if _begun(one, rest)]
    near = [one for one in near if one.at_rest or one.noise < COARSE]
    near = [one for one in near if not one.ridge or rest.is_round(one)]
    still = [one for one in near if one.at_rest]
    if not still and near:
        still = [one for one in (rest.with_eps(near[0]),) if one.at_rest]
    if not still and near:
        still = [one for one in near if one.most <= AS_NEAR * near[0].most]
    still.sort(key=lambda one: any(FAULTS[name].rare for name in one.faults))
    if still and still[0].at_rest:
        still += _as_good(rest, correct, tried, still)
    kept = simplest(one.faults for one in still)
    return [one for one in still if one.faults in kept]


def _as_good(rest: Rest, correct: Moved, tried: list[Moved], still: list[Moved]) -> list[Moved]:
    """Others that leave them where they are, or nearly: the numbers may be those of a run that goes on."""
    most = min(BESIDE * still[0].noise, STILL, correct.most / BESIDE)
    known = {one.faults for one in still}
    others = [one for one in tried if one.most <= most and one.faults not in known and not one.ridge]
    return [rest.with_noise(one) for one in others if _begun(one, rest)][:_LISTED]


def _kept(one: Moved) -> set[str]:
    """The parts of the parameters that such code never changes."""
    return {FAULTS[name].keeps for name in one.faults if FAULTS[name].keeps}


def _begun(one: Moved, rest: Rest) -> bool:
    """Whether what such code never changes is as people begin with it.

    Weights are all equal, or the sizes of k-means clusters; means are rows of the data, or centres of
    k-means; for variances see `first_spread`.
    """
    of, half, X, kept = rest.parameters, rest.halves, rest.X, _kept(one)
    if "weights" in kept and not np.ptp(of.weights) <= 4 * half.weights.max():
        if len(of.weights) >= len(np.unique(X, axis=0)):
            return False
        sizes = np.sort(likely_starts(X, len(of.weights))["clusters"].weights)
        if (np.abs(np.sort(of.weights) - sizes) > 2 * half.weights.max()).any():
            return False
    if "means" in kept:
        gaps = np.abs(of.means[:, np.newaxis] - X) - half.means[:, np.newaxis]  # (k, n, d)
        rows = gaps.max(axis=2).min(axis=1).max() <= 1e-12
        if not rows and not _are_centres(of.means, half.means, X):
            return False
    return "variances" not in kept or first_spread(of.variances, half.variances, X)


def _are_centres(means: Array, half: Array, X: Array) -> bool:
    """Whether means (k, d) are the centres of k-means, whatever their order."""
    if len(means) >= len(np.unique(X, axis=0)):
        return False
    centres = likely_starts(X, len(means))["centres"].means
    gaps = np.abs(means[:, np.newaxis] - centres) - 2 * half[:, np.newaxis]  # (k, k, d)
    return bool(gaps.max(axis=2).min(axis=1).max() <= 1e-9)


def _said(one: Moved, correct: Moved) -> str:
    with_ = f", with {rounded(one.ridge)} added to the variances" if one.ridge else ""
    with_ += f", with eps = {one.eps:.0e}" if one.eps else ""
    steps = "One more iteration" if one.times == 1 else "Going to and fro, two more iterations"
    said = (
        f"{steps} of {such_code(one.faults)}{with_} {'changes' if one.times == 1 else 'change'} these "
        f"numbers by {rounded(one.most)} at most, one of correct EM by {rounded(correct.most)} ({MEASURE})."
    )
    if one.at_rest:
        said += " That is no more than the digits that were pasted explain."
    return said

"""What pasted parameters, said to be the end of a run, say about the code that gave them.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice, permutations

import numpy as np

from gmm_core.engine.arrays import TINY, Array
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.audit.evidence import (
    COARSE,
    RIDGE,
    Audit,
    Certainty,
    Faults,
    half_units,
    half_units_before,
    resting_sets,
    simplest,
    such_code,
    twins,
)
from gmm_core.laboratory.audit.factors import named, spread_factors
from gmm_core.laboratory.audit.lost import about_lost, about_twins, is_lost
from gmm_core.laboratory.audit.rest import TELLING, Moved, Rest, families_of
from gmm_core.laboratory.audit.spoiled import UNDO, carried
from gmm_core.laboratory.faults import FAULTS, Fault, Sign
from gmm_core.laboratory.faulty_em import faulty_e_step, likely_starts, log_likelihood_of
from gmm_core.laboratory.laws import (
    LAWS,
    PRINTED,
    SUM,
    BrokenLaw,
    Moments,
    Parameters,
    broken_by_moments,
    broken_by_parameters,
    moments,
)
from gmm_core.laboratory.pieces import variances_of
from gmm_core.tables.pasted import OPEN, Given
from gmm_core.words import count, rounded

STILL = 5e-3  # code that moves numbers by a smaller share may have made them
CLEARER = 30  # ... if correct EM moves them so many times as far
_FAR = 0.2  # standard deviations that the centre may be off before the rows are doubted
_LISTED = 5  # mistakes that are named in a list
BESIDE = 10  # numbers that move so many times what digits explain may be those of a run that was ended early
_AS_NEAR = 3  # mistakes that move them less than so many times as far as the least are not told apart
_TURNED = 0.01  # matrices are turned if they move less so, and by so small a share of what they moved
_ODD = 1e-4  # a number added that is no round one is said, from that share of the data's variance on
_ROUNDED = 0.05  # numbers that are less sure than that, as a share, are taken for whole ones, not for rounded
_SMALL = 1e-6  # what digits may leave open besides
_ORDERED = 4  # components or features of which every order is tried
_FLOATS = 1e-5  # sums in single precision may be off by such a share
_GAINED = 100  # a log-likelihood that is lower by so many times what the next step gains, or less ...
_SMALL_GAP = 1e-3  # ... or by such a share, may be that before the last M-step of a run at rest
_STAY = "One step of correct EM leaves them where they are."
ROWS = "Rows or columns?"  # how a note begins where as many components as features leave that open
MEASURE = "means in standard deviations of the data, covariances as shares"
TWO_STEPS = (
    "Paste the parameters and the responsibilities of two iterations in a row: then each half-step is "
    "judged by itself, at rest or not."
)


def about_parameters(given: Given, audit: Audit) -> None:
    """The laws that they break, whether they are at rest in EM, and in which mistakes they are."""
    X, given = audit.X, turned(decided(given, audit), audit)
    present = [one for one in (given.means, given.variances, given.weights) if one is not None]
    k = len(present[0])
    _say_what(given, audit, k)
    whole, halves = whole_of(given, X, k)
    checked = replace(whole, variances=variances_of(whole.variances))
    signs = _signs(given, audit, halves)
    audit.breaks(broken_by_parameters(X, checked, within=sum_within(halves)))
    asymmetric = _asymmetric(given.covariances, halves.variances)
    if asymmetric:
        audit.broken.append(BrokenLaw("variances", asymmetric.partition(".")[0] + "."))
        audit.check("Covariances are symmetric.", False, asymmetric)
    elif given.covariances is not None:
        audit.breaks(_broken_by_covariances(given.covariances, halves.variances))
    rounded = _spoiled_by_digits(given.covariances)
    if rounded and not audit.broken:
        audit.notes.append(
            f"The covariance of component {rounded} has an eigenvalue that is not above 0, and no more "
            "below it than its last digit explains."
        )
        audit.lacking = (
            "with the digits that were pasted a covariance is none, and no step can be taken. Paste all of "
            "them"
        )
    elif any(one.law in ("finite", "variances") for one in audit.broken):
        audit.notes.append("With such numbers the mistakes cannot be tried.")
        audit.lacking = (
            "with a covariance that is not symmetric no step can be taken. Look at the line that makes it, "
            "and at the one that prints it"
            if asymmetric
            else "of numbers that are not finite, or variances that are not above 0, no step can be taken. "
            "Paste the parameters and the responsibilities of the last two iterations in which all are finite"
        )
        if (
            given.means is not None
            and given.variances is not None
            and is_lost(whole)
            and not (given.variances < 0).any()
        ):
            about_lost(whole, halves, audit)
    elif given.means is None or given.variances is None:
        _judge_half(given, audit, checked)
    else:
        scaled = _scaled(X, whole, halves, given)
        if scaled is not None:
            audit.X, how = scaled
            audit.broken[:] = [one for one in audit.broken if one.law != "means"]
            audit.checks[:] = [one for one in audit.checks if one.title != LAWS["means"]]
            audit.notes.append(
                f"These are numbers of data that were {how}: with the rows treated so, they have their "
                "mean and variance. They were judged on such rows."
            )
        compare_parameters(given, audit)
        if given.log_likelihood is not None and given.weights is not None:
            _compare_log_likelihood(audit, whole, halves, given.log_likelihood)
    for name, sign in signs.items():
        audit.evidence.add_sign(name, sign)


def turned(given: Given, audit: Audit) -> Given:
    """As many components as features: whether rows or columns are components, the data tell.

    Columns are, only where correct EM leaves the numbers at rest then, and does not as they stand.
    """
    means, variances = given.means, given.variances
    square = means is not None and len(means) > 1 and means.shape == (audit.X.shape[1],) * 2
    if not square or means is None or variances is None or variances.shape != means.shape:
        return given
    readings = {"": given, "means": replace(given, means=means.T)}
    if given.covariances is None:
        readings["means and variances"] = replace(given, means=means.T, variances=variances.T)
        readings["variances"] = replace(given, variances=variances.T)
    moved = {name: _moved(one, audit) for name, one in readings.items()}
    name = min(moved, key=moved.__getitem__)
    if not name or not moved[name] < _TURNED or moved[""] < moved[name] / _TURNED:
        return given
    otherwise = f"by {rounded(moved[''])}" if np.isfinite(moved[""]) else "to numbers that are not finite"
    audit.notes.append(
        f"{ROWS} There are as many components as features, and the data decide: a column of the "
        f"{name} is a component. One step of EM moves them by {rounded(moved[name])} then, and "
        f"{otherwise} if a "
        "row is one."
    )
    return readings[name]


def _moved(given: Given, audit: Audit) -> float:
    """By how much one step of correct EM moves parameters; infinite for what are none of any family."""
    assert given.means is not None
    whole, halves = whole_of(given, audit.X, len(given.means))
    families = families_of(whole.variances, halves.variances)
    if not families:
        return np.inf
    most = Rest(audit.X, whole, halves, families, given.weights is not None).least(()).most
    return most if np.isfinite(most) else np.inf


def decided(given: Given, audit: Audit) -> Given:
    """Variances or deviations, where their name leaves it open: those that EM moves less."""
    if given.otherwise is None or given.variances is None or given.means is None:
        return given
    other = replace(given, variances=given.otherwise)
    moved = [_moved(one, audit) for one in (given, other)]
    chosen = other if moved[1] * _AS_NEAR < moved[0] else given
    if _AS_NEAR * min(moved) < max(moved):
        first, second = sorted(moved)
        taken, left = (given.otherwise, given.variances)[:: 1 if chosen is other else -1]
        rooted = np.allclose(taken, left**2)
        audit.notes[:] = [note for note in audit.notes if not note.startswith(OPEN)]
        audit.notes.append(
            f"{OPEN} The name leaves it open, and the data decide: "
            f"{'deviations' if rooted else 'variances'}. "
            f"One step of EM moves them by {rounded(first)}, and by {rounded(second)} if they are the other."
        )
    return chosen


def _say_what(given: Given, audit: Audit, k: int) -> None:
    parts = {
        "weights": given.weights,
        "means": given.means,
        "covariances" if given.covariances is not None else "variances": given.variances,
    }
    named = [name for name, values in parts.items() if values is not None]
    audit.taken_for = f"the {' and '.join(named)} of {count(k, 'component')}, at the end of a run"
    if audit.n_components not in (None, k):
        audit.notes.append(
            f"The numbers have {count(k, 'component')}, though k = {audit.n_components} is chosen: they "
            f"were judged with {k}."
        )


def whole_of(given: Given, X: Array, k: int) -> tuple[Parameters, Parameters]:
    """The parameters, with what breaks no law where nothing was pasted; and half of their last digits."""
    spread = given.variances if given.covariances is None else given.covariances
    weights = np.full(k, 1 / k) if given.weights is None else given.weights
    means = np.tile(X.mean(axis=0), (k, 1)) if given.means is None else given.means
    spread = np.ones((k, X.shape[1])) if spread is None else spread
    return Parameters(weights, means, spread), Parameters(
        np.full(k, 1e-9) if _exact_weights(weights, means, len(X)) else half_units(weights),
        half_units(means),
        half_units_before(spread),
    )


def sum_within(halves: Parameters) -> float:
    """How far the sum of the weights may be from 1 by their last digits."""
    return max(SUM, 1.01 * float(halves.weights.sum()))


def _exact_weights(weights: Array, means: Array, n: int) -> bool:
    """Whether few digits are all that they have: 1/k, or whole rows of n where other numbers have more."""
    if (weights == weights[0]).all() and abs(weights.sum() - 1) < 1e-9:
        return True
    whole = np.abs(n * weights - np.rint(n * weights)).max() < 1e-6
    return bool(whole and half_units(means).max() < 1e-3 * half_units(weights).max())


def _signs(given: Given, audit: Audit, halves: Parameters) -> dict[str, Sign | None]:
    """What gives mistakes away in weights; and in means, where they are not about the mean of the data."""
    if given.weights is None:
        return {}
    X, weights, means = audit.X, given.weights, given.means
    signs = {name: fault.in_weights(weights, halves.weights, len(X)) for name, fault in FAULTS.items()}
    if means is not None and (np.abs(weights @ means - X.mean(axis=0)) > SUM * audit.scale).any():
        signs |= {
            name: sign
            for name, fault in FAULTS.items()
            if (sign := fault.in_means(means, halves.means, X)) is not None
        }
    return signs


def _spoiled_by_digits(covariances: Array | None) -> int:
    """The number of the first component whose covariance has an eigenvalue that is not above 0, or 0."""
    if covariances is None or not np.isfinite(covariances).all():
        return 0
    lost = np.linalg.eigvalsh(covariances)[:, 0] <= 0
    return int(lost.argmax()) + 1 if lost.any() else 0


def _asymmetric(covariances: Array | None, halves: Array) -> str:
    """Which numbers beside the diagonal differ by more than their digits, in a sentence; "" where none do."""
    if covariances is None or not np.isfinite(covariances).all():
        return ""
    turned, within = covariances.swapaxes(1, 2), halves + halves.swapaxes(1, 2)
    scales = np.abs(covariances).max(axis=(1, 2), keepdims=True)
    off = np.triu(np.abs(covariances - turned) - np.maximum(1e-6 * scales, within))
    if off.max() <= 0:
        return ""
    of = int((off.max(axis=(1, 2)) > 0).argmax())
    i, j = np.unravel_index(off[of].argmax(), off[of].shape)
    return (
        f"The covariance of component {of + 1} is not symmetric. It has {covariances[of, i, j]:.6g} in row "
        f"{i + 1}, column {j + 1}, and {covariances[of, j, i]:.6g} in row {j + 1}, column {i + 1}."
    )


def _broken_by_covariances(covariances: Array, halves: Array) -> list[BrokenLaw]:
    """Those that are none, even if each number may be off by half of its last digit."""
    for j, (covariance, half) in enumerate(zip(covariances, halves, strict=True)):
        if not np.isfinite(covariance).all():
            return [BrokenLaw("finite", f"The covariance of component {j + 1} is not finite.")]
        lowest = np.linalg.eigvalsh(covariance)[0]
        unit = np.sqrt(np.abs(np.outer(covariance.diagonal(), covariance.diagonal())))
        with np.errstate(all="ignore"):
            shares, loose = covariance / unit, half / unit
        explained = loose.max() < _ROUNDED and np.linalg.eigvalsh(shares)[0] > -np.linalg.norm(loose)
        if lowest <= 0 and not explained:
            said = f"The covariance of component {j + 1} has the eigenvalue {lowest:.6g}, not above 0."
            return [BrokenLaw("variances", said)]
    return []


def _judge_half(given: Given, audit: Audit, whole: Parameters) -> None:
    """Of half a print: what can be told of it."""
    audit.notes.append("Paste means and variances, and the mistakes are tried as well.")
    missing = "means" if given.means is None else "variances"
    together = "Paste weights, means and variances or covariances together"
    audit.lacking = f"there are no {missing} among the numbers. {together}"
    if given.means is not None and given.weights is not None and not audit.broken:
        halves = half_units(given.means).max(axis=0) / audit.scale
        within = max(SUM, 2 * float(halves.max()), 2 * float(half_units(given.weights).sum()))
        found = [one for one in broken_by_moments(audit.X, whole, within) if one.law == "centre"]
        audit.breaks(found)
        if not found:
            audit.check(LAWS["centre"], True, "They do, to the digits that were pasted.")


# --- Laws of an M-step


def _scaled(X: Array, whole: Parameters, halves: Parameters, given: Given) -> tuple[Array, str] | None:
    """The rows in the scale that the numbers are in, where that is not their own, and how it is called.

    They are in it if weights times means add up to the mean there, and no mean lies outside.
    """
    if given.weights is None or _fits(X, whole, halves):
        return None
    deviations = X.std(axis=0)
    extent = np.ptp(X, axis=0)
    if not deviations.all() or len(X) < 3:
        return None
    centred = X - X.mean(axis=0)
    for Z, how in (
        (centred / deviations, "standardised"),
        (centred / X.std(axis=0, ddof=1), "standardised, with n − 1"),
        ((X - X.min(axis=0)) / extent, "scaled to between 0 and 1"),
        (2 * (X - X.min(axis=0)) / extent - 1, "scaled to between −1 and 1"),
        (centred, "centred"),
        (X / deviations, "divided by their standard deviations"),
    ):
        if _fits(Z, whole, halves, spread=True):
            return Z, how
    return None


def _fits(X: Array, whole: Parameters, halves: Parameters, spread: bool = False) -> bool:
    """Whether weights times means are the mean of these rows, to the digits; and so the spread, about."""
    means = whole.means
    if (means < X.min(axis=0) - halves.means).any() or (means > X.max(axis=0) + halves.means).any():
        return False
    found = moments(X, whole)
    within = _centre_within(X, whole, halves)
    off = np.abs(whole.weights @ (means - found.mean))
    return bool((off <= 2 * within + 1e-3 * np.sqrt(found.variance) * spread).all()) and (
        not spread or bool((np.abs(found.excess) <= 0.02 * found.variance).all())
    )


def _centre_within(X: Array, whole: Parameters, halves: Parameters) -> Array:
    """How far the sum of weights times means may be from the mean of the data by rounding, (d,)."""
    off = np.abs(whole.means - X.mean(axis=0))
    return np.asarray(whole.weights @ halves.means + halves.weights @ off + 1e-9 * X.std(axis=0))


def _check_moments(audit: Audit, rest: Rest) -> None:
    """The laws that hold after every correct M-step, of any responsibilities, to the digits pasted."""
    X, whole, halves = audit.X, rest.parameters, rest.halves
    found = moments(X, whole)
    off = np.abs(whole.weights @ (whole.means - found.mean))
    within = 1.5 * _centre_within(X, whole, halves) + rest.single * (audit.scale + np.abs(found.mean))
    j = int((off / audit.scale).argmax())
    told = f"They add up to {found.centre[j]:.6g}, and the mean of the data is {found.mean[j]:.6g}"
    told += f" in feature {j + 1}" if X.shape[1] > 1 else ""
    if (off <= within).all():
        audit.check(LAWS["centre"], True, f"{told}.")
    elif (off <= _FLOATS * (audit.scale + np.abs(found.mean))).all():
        audit.check(LAWS["centre"], None, f"{told}: more than the digits explain, as in single precision.")
    else:
        said = broken_by_moments(X, whole, within=0.0)[0].sentence
        audit.breaks(
            [BrokenLaw("centre", f"{said[:-1]}: {rounded(off[j] / audit.scale[j])} standard deviations off.")]
        )
        return
    loose = 1.5 * np.diagonal(_loose(whole, halves, found)) + rest.single * (found.variance + found.mean**2)
    excess, variance, total = found.excess, found.variance, found.within + found.between
    if X.shape[1] > 1 and any(
        family.n_parameters(1, X.shape[1]) == 1 for family in rest.families
    ):  # spherical
        loose, excess = loose.mean(keepdims=True), excess.mean(keepdims=True)
        variance, total = variance.mean(keepdims=True), total.mean(keepdims=True)
    number = float(excess[loose.argmin()])
    one_number = (excess - 2 * loose).max() <= (excess + 2 * loose).min()  # lies within all, to the digits
    worst = int(np.abs(excess / variance).argmax())
    of = f" in feature {worst + 1}" if len(excess) > 1 else ""
    told = f"They add up to {total[worst]:.6g}, and the variance of the data is {variance[worst]:.6g}{of}"
    less = variances_of(whole.variances).sum(axis=0) / len(X)  # what N_k - 1 instead of N_k adds
    if (np.abs(excess) <= loose).all():
        crossed = _not_crossed(X, rest, found) if len(excess) > 1 else ""
        audit.check(LAWS["spread"], None if crossed else True, f"{told}.{crossed}")
    elif (loose < 0.1 * excess).all() and len(less) == len(excess) and (np.abs(excess - less) <= loose).all():
        audit.breaks([BrokenLaw("spread", f"The variances are too large to add up. {told}.")])
        audit.evidence.add(
            *(("one_less",), "likely"),
            f"What is too much is the sum of the {len(whole.means)} variances over the number of rows, in "
            "every feature: just what dividing by N_k − 1 adds.",
        )
    elif one_number and 0 < number <= RIDGE * variance.min():
        audit.check(
            LAWS["spread"],
            True if number <= 1e-2 * variance.min() else None,
            f"They do, once {rounded(number)} is taken off every variance, as reg_covar adds it.",
        )
    elif (np.abs(excess) <= _FLOATS * variance).all():
        audit.check(LAWS["spread"], None, f"{told}: more than the digits explain, as in single precision.")
    else:
        said = f"The variances within the components and between them do not add up. {told}."
        audit.breaks([BrokenLaw("spread", said)])


def _not_crossed(X: Array, rest: Rest, found: Moments) -> str:
    """What is off between two features, where their variances add up; "" where nothing is."""
    whole, halves = rest.parameters, rest.halves
    if whole.variances.ndim < 3:
        return ""
    gaps, data = whole.means - found.mean, np.cov(X.T, bias=True)
    total = np.einsum("k,kij->ij", whole.weights, whole.variances) + (whole.weights * gaps.T) @ gaps
    scale = np.sqrt(np.outer(found.variance, found.variance))
    loose = 1.5 * _loose(whole, halves, found) + (rest.single + _FLOATS) * scale
    off = np.abs(total - data) / np.maximum(loose, TINY)
    i, j = np.unravel_index(np.triu(off, 1).argmax(), off.shape)
    if off[i, j] <= 1:
        return ""
    return (
        f" But the covariances of features {i + 1} and {j + 1} add up to {total[i, j]:.6g}, and that of the "
        f"data is {data[i, j]:.6g}: no M-step with full or tied covariances gives that, only one that holds "
        "them to some shape."
    )


def _loose(whole: Parameters, halves: Parameters, found: Moments) -> Array:
    """How far covariances, and on the diagonal variances, may be from adding up by rounding, (d, d)."""
    gaps, matrices, halved = (
        np.abs(whole.means - found.mean),
        *map(_dense, (whole.variances, halves.variances)),
    )
    moved = gaps[:, :, np.newaxis] * halves.means[:, np.newaxis]
    within = np.tensordot(whole.weights, halved + moved + np.swapaxes(moved, 1, 2), 1)
    by_weights = np.tensordot(
        halves.weights, np.abs(matrices) + gaps[:, :, np.newaxis] * gaps[:, np.newaxis], 1
    )
    return np.asarray(within + by_weights + np.diag(1e-9 * found.variance))


def _dense(variances: Array) -> Array:
    """Variances (k, d), or matrices, as matrices (k, d, d)."""
    return variances if variances.ndim == 3 else variances[:, :, np.newaxis] * np.eye(variances.shape[1])


def _of_other_rows(audit: Audit, rest: Rest) -> None:
    """Whether these rows cannot have given such numbers, with or without a known mistake."""
    off = float(moments(rest.X, rest.parameters).off_centre.max())
    outside = any(one.law == "means" for one in audit.broken)
    if not outside and not (rest.weights_known and off > _FAR):
        return
    reason = (
        "a mean lies outside the data"
        if outside
        else f"their centre is {rounded(off)} standard deviations off"
    )
    audit.evidence.add(
        None,
        "likely",
        f"These numbers do not come of these rows by any EM that is known here: {reason}. Are they of "
        "other data, of a part of the rows, or of rows in another scale? Choose the data that they are of.",
    )


# --- At rest


def compare_parameters(given: Given, audit: Audit) -> None:
    """Which code leaves such means and covariances as they are, and weights where they are known."""
    assert given.means is not None
    whole, halves = whole_of(given, audit.X, len(given.means))
    families = families_of(whole.variances, halves.variances)
    rest = Rest(audit.X, whole, halves, families, weights_known=given.weights is not None)
    sums_to_1 = abs(whole.weights.sum() - 1) <= sum_within(halves)
    if rest.weights_known and sums_to_1:
        _check_moments(audit, rest)
    correct = rest.with_noise(rest.least(()))
    if not correct.at_rest and audit.share_added(correct.ridge) > RIDGE:
        correct = replace(rest.without_ridge(correct), noise=correct.noise)
    _say_how_far(audit, rest, correct)
    equal = _equal(whole)
    digits = correct.noise
    large = audit.share_added(correct.ridge) > RIDGE
    odd = correct.ridge > 0 and not rest.is_round(correct)
    if correct.at_rest and (large or odd) and (_mistake_instead(audit, rest, correct) or large):
        if not audit.evidence:
            _much_added(audit, correct)
    elif correct.at_rest:
        _at_rest(audit, rest, correct, equal)
    else:
        _find(audit, rest, correct)
    if digits > COARSE:
        audit.notes.append("The numbers have few digits: paste more, to tell mistakes that change little.")
    if not audit.evidence:
        _of_other_rows(audit, rest)
    if not correct.at_rest and audit.evidence.of_a_mistake:
        audit.settle(_STAY, False)
    if equal and not audit.evidence:
        about_twins(equal, audit, len(whole.means), whole.variances.ndim == 3)
    elif equal:
        audit.notes.append(f"{equal}.")
    if correct.noise > TELLING:
        audit.lacking = (
            f"the digits that were pasted leave {rounded(correct.noise, 1)} open ({MEASURE}): no code "
            "can be told "
            "from another. Paste them with all their digits"
        )
    elif not audit.lacking and not correct.at_rest:
        audit.lacking = (
            f"one step of correct EM moves these numbers by {rounded(correct.most)} at most, which is "
            "more than "
            f"their digits explain ({rounded(correct.noise, 1)}): if correct EM made them, it was "
            "ended early. "
            f"{TWO_STEPS}"
        )
        if whole.variances.ndim == 2 and audit.X.shape[1] > 1:
            audit.lacking += " Where covariances are full, paste the matrices: variances alone tell less."


def _equal(of: Parameters) -> str:
    """Two components that are nearly equal, as `twins` says it."""
    spread = variances_of(of.variances)
    return twins(np.hstack([of.means, spread]), np.hstack([np.sqrt(spread), spread]))


def _say_how_far(audit: Audit, rest: Rest, correct: Moved) -> None:
    """The figure that every audit has: how far one step of correct EM moves these numbers."""
    family = f" ({correct.family.name} covariances)" if rest.X.shape[1] > 1 else ""
    ridge = f", with {rounded(correct.ridge)} added to every variance" if correct.ridge else ""
    said = (
        f"One step of correct EM{family}{ridge} moves {correct.parts}; the digits explain "
        f"{rounded(correct.noise, 1)}."
    )
    audit.check(_STAY, True if correct.at_rest else None, said)


def _at_rest(audit: Audit, rest: Rest, correct: Moved, equal: str) -> None:
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


def _mistake_instead(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Numbers at rest once a number is taken off the variances that is large, or not round: a mistake may
    leave them at rest as they are."""
    plain = rest.without_ridge(correct)
    singles = [faults for faults in resting_sets(1) if faults]
    tried = [one for one in rest.tried(singles) if not one.ridge]
    found = [one for one in _nearest(rest, plain, tried, 1) if one.at_rest]
    for one in found:
        audit.evidence.add(one.faults, "exact" if one.noise <= COARSE else "likely", _said(one, plain))
    return bool(found)


def _much_added(audit: Audit, correct: Moved) -> None:
    """Numbers at rest once a large number is taken off the variances."""
    share = audit.share_added(correct.ridge)
    said = f"{_ridge(correct)} That is {share:.0%} of the variance of the data: components are too wide."
    audit.evidence.add(("large_ridge",), "likely", said)


def unseen_here(faults: Sequence[Fault], matrices: bool) -> str:
    """Which mistakes would leave numbers at rest as they are, on any data or on these, in sentences.

    matrices : whether there are full covariances, without which some mistakes cannot be made.
    """
    titles = [fault.title for fault in faults if matrices or not fault.in_full[0]]
    gone = "; ".join(fault.title for fault in FAULTS.values() if fault.gone_at_rest)
    always = f"Numbers at rest do not show {gone[0].lower()}{gone[1:]}, nor what is only printed wrong."
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
        finite = all(np.isfinite(values).all() for values in vars(back).values())
        if not finite or (variances_of(back.variances) <= 0).any():
            continue
        families = families_of(back.variances, half.variances)
        if families:
            there = Rest(rest.X, back, half, families, rest.weights_known)
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


def _find(audit: Audit, rest: Rest, correct: Moved) -> None:
    """What gives numbers that correct EM moves: the simplest explanation first."""
    sets = resting_sets(audit.together)
    singles = [faults for faults in sets if len(faults) == 1]
    found = _nearest(rest, correct, rest.tried(singles, _telling(audit, 0.0, len(sets))), 1)
    if not any(one.at_rest for one in found) and (
        _weights_alone(audit, rest)
        or _spoiled(audit, rest, correct, at_rest=True)
        or _added(audit, rest, correct)
        or (
            not found
            and (_spoiled(audit, rest, correct, at_rest=False) or _scaled_variances(audit, rest, correct))
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
        told = _put_together_wrongly(audit, rest, correct) or _left_out(audit, rest, correct)
        if not told and not _prior(audit, rest):
            _by_moments(audit, rest)
    certainty: Certainty = "likely"
    if correct.most <= BESIDE * correct.noise:  # as well those of correct EM that was ended early
        certainty = "possible"
    elif all(one.at_rest and one.noise <= COARSE and not one.ridge for one in found):
        certainty = "exact"
    for one in found:
        audit.evidence.add(one.faults, certainty, _said(one, correct))
    if not audit.evidence and correct.noise <= TELLING:
        runs.follow_parameters(audit, rest.parameters, rest.halves)


def _weights_alone(audit: Audit, rest: Rest) -> bool:
    """Whether means and variances are at rest, whatever the line is that makes the weights."""
    one = rest.with_noise(rest.least(("weights_stay",)))
    if not rest.weights_known or not one.at_rest or one.noise > COARSE:
        return False
    weights, shares = rest.parameters.weights, rest.step((), one.family).weights
    within = max(10 * one.noise, _SMALL)
    known = {
        "the square roots of N_k": shares**0.5,
        "the squares of N_k": shares**2,
        "the inverses of N_k": 1 / shares,
        "the exponentials of N_k/n (a softmax)": np.exp(shares),
    }
    made = [said for said, w in known.items() if np.allclose(w / w.sum(), weights, rtol=within, atol=0)]
    if not made and (added := _added_to_counts(weights, shares, len(rest.X), within)):
        _say_prior(audit, " for the weights", f"{added:.4g} to every N_k of the weights")
        return True
    how = f" They are {made[0]}, divided by their sum." if made else ""
    number = float(np.median(weights / shares))
    if np.allclose(weights, number * shares, rtol=within, atol=0):
        if abs(number / len(rest.X) - 1) <= within:  # the N_k themselves are a mistake of their own
            return False
        factor = named(number, spread_factors(len(rest.X), len(weights), rest.X.shape[1]), within)
        how = (
            f" Every one is {number:.6g} times N_k/n{f': {factor.said}' if factor else ''}. That is harmless "
            "for means and covariances."
        )
    audit.evidence.add(
        None,
        "exact",
        f"The weights do not follow from the responsibilities: N_k/n would be {_listed(shares)}, and they "
        f"are {_listed(weights)}.{how} The means and the covariances do follow, so the line that updates the "
        "weights is wrong, or there is none.",
    )
    return True


def _put_together_wrongly(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether they are at rest once weights, covariances or columns are in another order: evidence of it."""
    of, (d, k) = rest.parameters, (audit.X.shape[1], len(rest.parameters.means))
    if correct.noise > COARSE or not max(k, d) <= _ORDERED or k < 2:
        return False
    tried: list[tuple[str, list[int], Array, Parameters]] = []
    for order in map(list, islice(permutations(range(k)), 1, None)):
        if rest.weights_known:
            tried.append(("weights", order, audit.X, replace(of, weights=of.weights[order])))
        tried.append(("covariances", order, audit.X, replace(of, variances=of.variances[order])))
    for order in map(list, islice(permutations(range(d)), 1, None)):
        tried.append(("columns of the data", order, audit.X[:, order], of))
    for what, order, X, these in tried:
        moved = Rest(X, these, rest.halves, rest.families, rest.weights_known).least(()).most
        if moved <= min(max(BESIDE * correct.noise, _SMALL), correct.most / CLEARER):
            listed = ", ".join(str(place + 1) for place in order)
            audit.evidence.add(
                None,
                "exact",
                f"With the {what} in the order {listed}, one step of correct EM moves these numbers by "
                f"{moved:.2g}: the numbers are right, and were put together in different orders.",
            )
            return True
    return False


def _left_out(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether some components are where a correct step leaves them, and others are not: evidence of it."""
    of, there = rest.parameters, rest.step((), correct.family)
    if correct.noise > COARSE or len(of.means) < 2 or correct.family.shared or _equal(of):
        return False
    spread, after = variances_of(of.variances), variances_of(there.variances)
    moved = np.maximum.reduce(
        [
            np.abs(there.weights - of.weights) if rest.weights_known else np.zeros(len(of.means)),
            (np.abs(there.means - of.means) / audit.scale).max(axis=1),
            (np.abs(after - spread) / spread).max(axis=1),
        ]
    )
    still = moved <= max(BESIDE * correct.noise, _SMALL)
    if not still.any() or moved[~still].min(initial=np.inf) <= max(_ROUNDED, CLEARER * correct.noise):
        return False
    these, others = (_components((np.flatnonzero(of_them) + 1).tolist()) for of_them in (still, ~still))
    audit.evidence.add(
        None,
        "exact",
        f"A correct step leaves {these} as {'they are' if still.sum() > 1 else 'it is'}, and moves "
        f"{others} by {moved[~still].max():.2g} at most ({MEASURE}). Either the loop that updates them "
        f"leaves {others} "
        "out, as range(k − 1) and range(1, k) do, or another line makes it.",
    )
    return True


def _components(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"component {numbers[0]}"
    return f"components {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _prior(audit: Audit, rest: Rest) -> bool:
    """Whether numbers are those of an M-step with a prior for means and covariances (MAP), or one of these.

    With such a prior (N_k + κ) μ_k = N_k m_k + κ m_0 and (N_k + c) Σ_k = scatter_k + Ψ, with the same κ, m_0,
    c and Ψ for all components. Said where these numbers are fewer than the equations that they solve.
    """
    of, X = rest.parameters, audit.X
    (n, d), k = X.shape, len(of.means)
    if k < 2 or _equal(of):
        return False
    for family in rest.families:
        if family.shared:
            continue
        there = rest.step((), family)
        N = n * there.weights  # of the responsibilities of these parameters
        within = max(BESIDE * rest.digits, _FLOATS)  # reg_covar may have been added, too
        # κ and κ m_0, of k d equations.
        drawn = there.means * N[:, None] - of.means * N[:, None]
        design = np.hstack([of.means.reshape(-1, 1), -np.tile(np.eye(d), (k, 1))])
        kappa, *pull = np.linalg.lstsq(design, drawn.ravel(), rcond=None)[0]
        left = np.abs(design @ [kappa, *pull] - drawn.ravel()).reshape(k, d) / N[:, None] / audit.scale
        if k * d <= d + 1 or left.max() > within or kappa < -within * n:
            continue
        gaps = there.means - of.means
        scatter = N[:, None, None] * (_dense(there.variances) + gaps[:, :, None] * gaps[:, None])
        away = of.means - np.array(pull) / max(kappa, TINY) if kappa > within else np.zeros_like(of.means)
        scatter = scatter + kappa * away[:, :, None] * away[:, None]
        made = _dense(of.variances)
        places = np.triu_indices(d) if family.matrices else np.diag_indices(d)
        ours, theirs = made[:, places[0], places[1]], scatter[:, places[0], places[1]]
        p = ours.shape[1]
        design = np.hstack([ours.reshape(-1, 1), -np.tile(np.eye(p), (k, 1))])
        wanted = theirs - N[:, None] * ours
        c, *psi = np.linalg.lstsq(design, wanted.ravel(), rcond=None)[0]
        left = np.abs(design @ [c, *psi] - wanted.ravel()).reshape(k, p) / N[:, None]
        scales = np.sqrt(np.einsum("ki,kj->kij", *[np.diagonal(made, axis1=1, axis2=2)] * 2))
        if k * p <= p + 1 or (left / scales[:, places[0], places[1]]).max() > within:
            continue
        positive = np.array(psi)[[i == j for i, j in zip(*places, strict=True)]] > 0
        if not positive.all() or c <= 0:
            continue
        drawn_by = kappa if kappa > within * n else 0.0
        rows = f"{c:.4g} to every N_k of the covariances, and {drawn_by:.4g} to that of the means"
        _say_prior(audit, "", rows)
        return True
    return False


def _say_prior(audit: Audit, for_: str, rows: str) -> None:
    """That a prior makes these numbers; then the laws of an M-step without one ask nothing of them."""
    audit.how = f" with a prior{for_} (MAP)"
    audit.evidence.add(
        (),
        "possible",
        f"These numbers are at rest in EM{audit.how} that adds {rows}. That is no mistake where a prior was "
        "meant.",
    )
    audit.lacking = "the numbers do not say whether a prior was meant: without one, they are wrong"
    for law in ("centre", "spread"):
        audit.broken[:] = [one for one in audit.broken if one.law != law]
        audit.checks[:] = [
            replace(one, holds=None, sentence=f"{one.sentence} A prior does that.")
            if one.title == LAWS[law] and one.holds is False
            else one
            for one in audit.checks
        ]


def _listed(values: Array) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _added_to_counts(weights: Array, shares: Array, n: int, within: float) -> float:
    """The number a for which weights are (N_k + a) / (n + k a), as a Dirichlet prior makes them; 0 if none.

    Of two components, any weights are that: then only halves and whole numbers count.
    """
    k = len(weights)
    off, wanted = k * weights - 1, n * (shares - weights)
    if k < 2 or not off.any():
        return 0.0
    a = float(off @ wanted / (off @ off))
    if a <= 0 or not np.allclose((n * shares + a) / (n + k * a), weights, rtol=within, atol=0):
        return 0.0
    return a if k > 2 or abs(2 * a - np.rint(2 * a)) <= 0.02 else 0.0


def _scaled_variances(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether weights and means are at rest, and all variances one and the same number too large or small."""
    if correct.noise > COARSE:
        return False
    (n, d), k = rest.X.shape, len(rest.parameters.means)
    for family in rest.families:
        there = rest.step((), family)
        moved = rest.between(rest.parameters, there, (), family, ridged=False)
        if max(moved.weights, moved.means) > max(correct.noise, _SMALL):
            continue
        ratios = variances_of(rest.parameters.variances) / variances_of(there.variances)
        number = float(np.median(ratios))
        far = float(np.abs(ratios / number - 1).max()) if number > 0 else np.inf
        if not far <= max(correct.noise, _SMALL) or abs(number - 1) <= 10 * max(correct.noise, _SMALL):
            continue
        known = named(number, spread_factors(n, k, d), max(correct.noise, _SMALL))
        what = f": {known.said}" if known else ", a factor that is not known here"
        audit.evidence.add(
            None,
            "exact" if known else "likely",
            "The weights and the means follow from each other, and every variance is the same number "
            f"times that of a correct M-step: {number:.6g}{what}. The M-step divides by something else "
            "than N_k, or multiplies by what does not belong there.",
        )
        return True
    return False


def _by_moments(audit: Audit, rest: Rest) -> None:
    """The mistake of an M-step whose undoing makes the variances add up, at rest or not."""
    if all(one.law != "spread" for one in audit.broken):
        return
    n, d = rest.X.shape
    for undo in UNDO:
        if undo.fault is None:
            continue
        back, half = undo.right(rest.parameters, n), carried(undo, rest.parameters, rest.halves, n)
        found = moments(rest.X, back)
        loose = 3 * (np.diagonal(_loose(back, half, found)) + rest.single * found.variance)
        if (np.abs(found.excess) <= loose).all():
            said = (
                "With that undone, the variances within the components and those between them add up to "
                f"the variance of the data, in {'each of the' if d > 1 else 'the'} {count(d, 'feature')}, "
                "to the digits that were pasted. The numbers are not at rest."
            )
            audit.evidence.add((undo.fault,), "likely", said)
            if _first_spread(rest.parameters.variances, rest.halves.variances, rest.X):
                said = (
                    "Every component is as wide as people begin with it: as all data are, or a round number."
                )
                audit.evidence.add(("variances_stay",), "likely", said)
            return


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
    """Those that leave them where they are; or else move them least, and much less than correct EM does."""
    near = [one for one in tried[:8] if one.most * CLEARER**size <= correct.most and one.most <= STILL]
    near = [rest.with_noise(one) for one in near if _begun(one, rest)]
    near = [one for one in near if one.at_rest or one.noise < COARSE]
    near = [one for one in near if not one.ridge or rest.is_round(one)]
    still = [one for one in near if one.at_rest]
    if not still and near:
        still = [one for one in (rest.with_eps(near[0]),) if one.at_rest]
    if not still and near:
        still = [one for one in near if one.most <= _AS_NEAR * near[0].most]
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
    k-means; for variances see `_first_spread`.
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
    return "variances" not in kept or _first_spread(of.variances, half.variances, X)


def _first_spread(spread: Array, half: Array, X: Array) -> bool:
    """Whether a spread of all components is one that people begin with.

    That is the variances or the covariance of the data, or these divided by k; or a round number.
    """
    k = len(spread)

    def near(other: Array) -> bool:
        return bool((np.abs(spread - other) <= 2 * half + 1e-12 * np.abs(other)).all())

    variances = variances_of(spread)
    power = 10.0 ** np.floor(np.log10(variances[0, 0]) - 1)
    numbers = [round(variances[0, 0] / power) * power, float(X.var(axis=0).mean())]
    several = [np.full(X.shape[1], number) for number in numbers]
    several += [X.var(axis=0, ddof=ddof) / by for ddof in (0, 1) for by in (1, k)]
    if spread.ndim == 2:
        return any(near(one) for one in several)
    matrices = [np.diag(one) for one in several]
    matrices += [
        np.cov(X, rowvar=False, ddof=ddof).reshape(spread.shape[1:]) / by for ddof in (0, 1) for by in (1, k)
    ]
    return any(near(one) for one in matrices)


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


# --- What stands beside


def _compare_log_likelihood(audit: Audit, whole: Parameters, halves: Parameters, printed: float) -> None:
    """Whether the log-likelihood beside the parameters is theirs; if not, which mistake prints it."""
    X, n = audit.X, len(audit.X)
    truth = log_likelihood_of(X, whole)
    half = 2 * float(half_units(np.array([printed]))[0])

    def is_printed(value: float) -> bool:
        if not np.isfinite(value):  # as far from every number as from any other
            return printed == value
        within = max(PRINTED * abs(value), half)
        return any(abs(printed - v) <= w for v, w in ((value, within), (value / n, max(within / n, half))))

    if is_printed(truth):
        audit.check(
            LAWS["printed"], True, f"It is given as {printed:.6g}; that of these parameters is {truth:.6g}."
        )
        return
    known = [
        name
        for name, fault in FAULTS.items()
        if fault.prints and is_printed(faulty_e_step(X, whole, (name,)).printed)
    ]
    said = f"The log-likelihood is given as {printed:.6g}; that of these parameters is {truth:.6g}."
    base = next((base for base in (2, 10) if is_printed(truth / np.log(base))), 0)
    if not known and not base and (earlier := _of_the_step_before(audit, whole, halves, printed, truth)):
        audit.check(LAWS["printed"], None, f"{said} {earlier}")
        return
    audit.breaks([BrokenLaw("printed", said)])
    if base:
        said = f"That is the logarithm to the base {base}; the log-likelihood is the natural one."
        audit.evidence.add(None, "exact", said)
        return
    if is_printed(-truth):
        audit.evidence.add(None, "exact", "That is minus the log-likelihood of these parameters.")
        return
    for name in known:
        audit.evidence.add(
            (name,), "exact", "Such code prints just this log-likelihood for these parameters."
        )


def _of_the_step_before(
    audit: Audit, whole: Parameters, halves: Parameters, printed: float, truth: float
) -> str:
    """That the log-likelihood may be that of the parameters before the last M-step, in sentences; else "".

    It is lower then. What a run gains in one step says little of what it gained in the step before: so any
    lower value may be, but where the parameters hardly move any more, only one that is hardly lower.
    """
    n = len(audit.X)
    families = families_of(whole.variances, halves.variances)
    rows = ", if it is that of a row" if abs(printed * n - truth) < abs(printed - truth) else ""
    total = printed * n if rows else printed
    if not families or not 0 < truth - total <= max(abs(truth), 1.0):
        return ""
    rest = Rest(audit.X, whole, halves, families, weights_known=True)
    one = rest.with_noise(rest.least(()))
    gain = log_likelihood_of(audit.X, rest.step((), one.family)) - truth
    gap = truth - total
    if not gain >= 0 or (one.at_rest and gap > max(_GAINED * gain, _SMALL_GAP * abs(truth))):
        return ""
    return (
        f"It is lower by {gap:.2g}{rows}, and one more step of EM raises it by {gain:.2g}: it may be that of "
        "the parameters before the last M-step, as loops have it that compute it in their E-step, "
        "scikit-learn's lower_bound_ among them. That is no mistake. To be sure, compute it once more after "
        "the last M-step."
    )

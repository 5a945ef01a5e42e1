"""What pasted parameters, said to be the end of a run, say about the code that gave them.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gmm_core.engine.arrays import TINY, Array
from gmm_core.laboratory.audit.at_rest import (
    AS_NEAR,
    STAY,
    TWO_STEPS,
    at_rest,
    find,
    mistake_instead,
    much_added,
    much_added_early,
    say_how_far,
)
from gmm_core.laboratory.audit.causes import FLOATS, MEASURE, ROUNDED, equal_components, looseness
from gmm_core.laboratory.audit.evidence import (
    COARSE,
    RIDGE,
    Audit,
    half_units,
    half_units_before,
)
from gmm_core.laboratory.audit.lost import about_lost, about_twins, is_lost
from gmm_core.laboratory.audit.rest import TELLING, Rest
from gmm_core.laboratory.faults import FAULTS, Sign
from gmm_core.laboratory.faulty_em import faulty_e_step, log_likelihood_of
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

_FAR = 0.2  # standard deviations that the centre may be off before the rows are doubted
_TURNED = 0.01  # matrices are turned if they move less so, and by so small a share of what they moved
_GAINED = 100  # a log-likelihood that is lower by so many times what the next step gains, or less ...
_SMALL_GAP = 1e-3  # ... or by such a share, may be that before the last M-step of a run at rest
ROWS = "Rows or columns?"  # how a note begins where as many components as features leave that open


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
        f"{otherwise} if a row is one."
    )
    return readings[name]


def _moved(given: Given, audit: Audit) -> float:
    """By how much one step of correct EM moves parameters; infinite for what are none of any family."""
    assert given.means is not None
    rest = Rest(audit.X, *whole_of(given, audit.X, len(given.means)), given.weights is not None)
    if not rest.families:
        return np.inf
    most = rest.least(()).most
    return most if np.isfinite(most) else np.inf


def decided(given: Given, audit: Audit) -> Given:
    """Variances or deviations, where their name leaves it open: those that EM moves less."""
    if given.otherwise is None or given.variances is None or given.means is None:
        return given
    other = replace(given, variances=given.otherwise)
    moved = [_moved(one, audit) for one in (given, other)]
    chosen = other if moved[1] * AS_NEAR < moved[0] else given
    if AS_NEAR * min(moved) < max(moved):
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
    """Covariances that are none, even if each number may be off by half of its last digit."""
    for j, (covariance, half) in enumerate(zip(covariances, halves, strict=True)):
        if not np.isfinite(covariance).all():
            return [BrokenLaw("finite", f"The covariance of component {j + 1} is not finite.")]
        lowest = np.linalg.eigvalsh(covariance)[0]
        unit = np.sqrt(np.abs(np.outer(covariance.diagonal(), covariance.diagonal())))
        with np.errstate(all="ignore"):
            shares, loose = covariance / unit, half / unit
        explained = loose.max() < ROUNDED and np.linalg.eigvalsh(shares)[0] > -np.linalg.norm(loose)
        if lowest <= 0 and not explained:
            said = f"The covariance of component {j + 1} has the eigenvalue {lowest:.6g}, not above 0."
            return [BrokenLaw("variances", said)]
    return []


def _judge_half(given: Given, audit: Audit, whole: Parameters) -> None:
    """What can be told of half a print."""
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


def _check_moments(audit: Audit, rest: Rest) -> float:
    """The laws that hold after every correct M-step, of any responsibilities, to the digits pasted.

    Returns the number that all variances have too much, where several features show that it is one number and
    a large one; else 0.
    """
    X, whole, halves = audit.X, rest.parameters, rest.halves
    found = moments(X, whole)
    off = np.abs(whole.weights @ (whole.means - found.mean))
    within = 1.5 * _centre_within(X, whole, halves) + rest.single * (audit.scale + np.abs(found.mean))
    j = int((off / audit.scale).argmax())
    told = f"They add up to {found.centre[j]:.6g}, and the mean of the data is {found.mean[j]:.6g}"
    told += f" in feature {j + 1}" if X.shape[1] > 1 else ""
    if (off <= within).all():
        audit.check(LAWS["centre"], True, f"{told}.")
    elif (off <= FLOATS * (audit.scale + np.abs(found.mean))).all():
        audit.check(LAWS["centre"], None, f"{told}: more than the digits explain, as in single precision.")
    else:
        said = broken_by_moments(X, whole, within=0.0)[0].sentence
        audit.breaks(
            [BrokenLaw("centre", f"{said[:-1]}: {rounded(off[j] / audit.scale[j])} standard deviations off.")]
        )
        return 0.0
    loose = 1.5 * np.diagonal(looseness(whole, halves, found))
    loose = loose + rest.single * (found.variance + found.mean**2)
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
    elif (np.abs(excess) <= FLOATS * variance).all():
        audit.check(LAWS["spread"], None, f"{told}: more than the digits explain, as in single precision.")
    else:
        said = f"The variances within the components and between them do not add up. {told}."
        audit.breaks([BrokenLaw("spread", said)])
        if len(excess) > 1 and one_number and (loose < 0.1 * excess).all():
            return 0.0 if _not_crossed(X, rest, found) else number
    return 0.0


def _not_crossed(X: Array, rest: Rest, found: Moments) -> str:
    """What is off between two features, where their variances add up; "" where nothing is."""
    whole, halves = rest.parameters, rest.halves
    if whole.variances.ndim < 3:
        return ""
    gaps, data = whole.means - found.mean, np.cov(X.T, bias=True)
    total = np.einsum("k,kij->ij", whole.weights, whole.variances) + (whole.weights * gaps.T) @ gaps
    scale = np.sqrt(np.outer(found.variance, found.variance))
    loose = 1.5 * looseness(whole, halves, found) + (rest.single + FLOATS) * scale
    off = np.abs(total - data) / np.maximum(loose, TINY)
    i, j = np.unravel_index(np.triu(off, 1).argmax(), off.shape)
    if off[i, j] <= 1:
        return ""
    return (
        f" But the covariances of features {i + 1} and {j + 1} add up to {total[i, j]:.6g}, and that of the "
        f"data is {data[i, j]:.6g}: no M-step with full or tied covariances gives that, only one that holds "
        "them to some shape."
    )


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
    rest = Rest(audit.X, whole, halves, weights_known=given.weights is not None)
    sums_to_1 = abs(whole.weights.sum() - 1) <= sum_within(halves)
    added = 0.0
    if rest.weights_known and sums_to_1:
        added = _check_moments(audit, rest)
    correct = rest.with_noise(rest.least(()))
    if not correct.at_rest and audit.share_added(correct.ridge) > RIDGE:
        correct = replace(rest.without_ridge(correct), noise=correct.noise)
    say_how_far(audit, rest, correct)
    equal = equal_components(whole)
    large = audit.share_added(correct.ridge) > RIDGE
    odd = correct.ridge > 0 and not rest.is_round(correct)
    if correct.at_rest and (large or odd) and (mistake_instead(audit, rest, correct) or large):
        if not audit.evidence:
            much_added(audit, correct)
    elif correct.at_rest:
        at_rest(audit, rest, correct, equal)
    else:
        find(audit, rest, correct)
    if correct.noise > COARSE:
        audit.notes.append("The numbers have few digits: paste more, to tell mistakes that change little.")
    if added and not audit.evidence:
        much_added_early(audit, added)
    if not audit.evidence:
        _of_other_rows(audit, rest)
    if not correct.at_rest and audit.evidence.of_a_mistake:
        audit.settle(STAY, False)
    if equal and not audit.evidence:
        about_twins(equal, audit, len(whole.means), whole.variances.ndim == 3)
    elif equal:
        audit.notes.append(f"{equal}.")
    if correct.noise > TELLING:
        audit.lacking = (
            f"the digits that were pasted leave {rounded(correct.noise, 1)} open ({MEASURE}): no code "
            "can be told from another. Paste them with all their digits"
        )
    elif not audit.lacking and not correct.at_rest:
        audit.lacking = (
            f"one step of correct EM moves these numbers by {rounded(correct.most)} at most, which is "
            f"more than their digits explain ({rounded(correct.noise, 1)}): if correct EM made them, it was "
            f"ended early. {TWO_STEPS}"
        )
        if whole.variances.ndim == 2 and audit.X.shape[1] > 1:
            audit.lacking += " Where covariances are full, paste the matrices: variances alone tell less."


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
    rest = Rest(audit.X, whole, halves)
    rows = ", if it is that of a row" if abs(printed * n - truth) < abs(printed - truth) else ""
    total = printed * n if rows else printed
    if not rest.families or not 0 < truth - total <= max(abs(truth), 1.0):
        return ""
    one = rest.with_noise(rest.least(()))
    gain = log_likelihood_of(audit.X, rest.step((), one.family)) - truth
    gap = truth - total
    if not gain >= 0 or (one.at_rest and gap > max(_GAINED * gain, _SMALL_GAP * abs(truth))):
        return ""
    return (
        f"It is lower by {rounded(gap)}{rows}, and one more step of EM raises it by {rounded(gain)}: it may "
        "be that of the parameters before the last M-step, as loops have it that compute it in their E-step, "
        "scikit-learn's lower_bound_ among them. That is no mistake. To be sure, compute it once more after "
        "the last M-step."
    )

"""What else tells of parameters that are at rest in no known mistake: another order, a prior, a part left
out.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, permutations

import numpy as np

from gmm_core.engine.arrays import TINY, Array
from gmm_core.laboratory.audit.evidence import COARSE, Audit, twins
from gmm_core.laboratory.audit.factors import named, spread_factors
from gmm_core.laboratory.audit.rest import Moved, Rest
from gmm_core.laboratory.audit.spoiled import UNDO, carried
from gmm_core.laboratory.laws import (
    LAWS,
    Moments,
    Parameters,
    moments,
)
from gmm_core.laboratory.pieces import variances_of
from gmm_core.words import count, rounded

CLEARER = 30  # code that hardly moves numbers may have made them, if correct EM moves them so much farther
BESIDE = 10  # numbers that move so many times what digits explain may be those of a run that was ended early
ROUNDED = 0.05  # numbers that are less sure than that, as a share, are taken for whole ones, not for rounded
_SMALL = 1e-6  # what digits may leave open besides
_ORDERED = 4  # components or features of which every order is tried
FLOATS = 1e-5  # sums in single precision may be off by such a share
MEASURE = "means in standard deviations of the data, covariances as shares"


def equal_components(of: Parameters) -> str:
    """Two components that are nearly equal, as `twins` says it."""
    spread = variances_of(of.variances)
    return twins(np.hstack([of.means, spread]), np.hstack([np.sqrt(spread), spread]))


def looseness(whole: Parameters, halves: Parameters, found: Moments) -> Array:
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


def weights_alone(audit: Audit, rest: Rest) -> bool:
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


def put_together_wrongly(audit: Audit, rest: Rest, correct: Moved) -> bool:
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
        moved = Rest(X, these, rest.halves, rest.weights_known, rest.families).least(()).most
        if moved <= min(max(BESIDE * correct.noise, _SMALL), correct.most / CLEARER):
            listed = ", ".join(str(place + 1) for place in order)
            audit.evidence.add(
                None,
                "exact",
                f"With the {what} in the order {listed}, one step of correct EM moves these numbers by "
                f"{rounded(moved)}: the numbers are right, and were put together in different orders.",
            )
            return True
    return False


def left_out(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether some components are where a correct step leaves them, and others are not: evidence of it."""
    of, there = rest.parameters, rest.step((), correct.family)
    if correct.noise > COARSE or len(of.means) < 2 or correct.family.shared or equal_components(of):
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
    if still.all() or not still.any() or moved[~still].min() <= max(ROUNDED, CLEARER * correct.noise):
        return False
    these, others = (_components((np.flatnonzero(of_them) + 1).tolist()) for of_them in (still, ~still))
    audit.evidence.add(
        None,
        "exact",
        f"A correct step leaves {these} as {'they are' if still.sum() > 1 else 'it is'}, and moves "
        f"{others} by {rounded(moved[~still].max())} at most ({MEASURE}). Either the loop that updates them "
        f"leaves {others} out, as range(k − 1) and range(1, k) do, or another line makes it.",
    )
    return True


def _components(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"component {numbers[0]}"
    return f"components {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def prior(audit: Audit, rest: Rest, correct: Moved) -> bool:
    """Whether numbers are those of an M-step with a prior for means and covariances (MAP), or one of these.

    With such a prior (N_k + κ) μ_k = N_k m_k + κ m_0 and (N_k + c) Σ_k = scatter_k + Ψ, with the same κ, m_0,
    c and Ψ for all components. Said where these numbers are fewer than the equations that they solve, and
    where no prior at all does not solve them as well.
    """
    of, X = rest.parameters, audit.X
    (n, d), k = X.shape, len(of.means)
    within = max(BESIDE * rest.digits, FLOATS)  # reg_covar may have been added, too
    if k < 2 or equal_components(of) or correct.most <= within:
        return False
    for family in rest.families:
        if family.shared:
            continue
        there = rest.step((), family)
        N = n * there.weights  # of the responsibilities of these parameters
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


def scaled_variances(audit: Audit, rest: Rest, correct: Moved) -> bool:
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


def by_moments(audit: Audit, rest: Rest) -> None:
    """The mistake of an M-step whose undoing makes the variances add up, at rest or not."""
    if all(one.law != "spread" for one in audit.broken):
        return
    n, d = rest.X.shape
    for undo in UNDO:
        if undo.fault is None:
            continue
        back, half = undo.right(rest.parameters, n), carried(undo, rest.parameters, rest.halves, n)
        found = moments(rest.X, back)
        loose = 3 * (np.diagonal(looseness(back, half, found)) + rest.single * found.variance)
        if (np.abs(found.excess) <= loose).all():
            said = (
                "With that undone, the variances within the components and those between them add up to "
                f"the variance of the data, in {'each of the' if d > 1 else 'the'} {count(d, 'feature')}, "
                "to the digits that were pasted. The numbers are not at rest."
            )
            audit.evidence.add((undo.fault,), "likely", said)
            if first_spread(rest.parameters.variances, rest.halves.variances, rest.X):
                said = (
                    "Every component is as wide as people begin with it: as all data are, or a round number."
                )
                audit.evidence.add(("variances_stay",), "likely", said)
            return


def first_spread(spread: Array, half: Array, X: Array) -> bool:
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

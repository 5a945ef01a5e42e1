"""What pasted parameters say about the code that gave them.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.laboratory import suspects
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import FaultyExpectation, faulty_e_step, faulty_m_step, log_likelihood_of
from gmm_core.laboratory.laws import PRINTED, SUM, BrokenLaw, Parameters, broken_by_parameters
from gmm_core.laboratory.suspects import (
    BLUR,
    STILL,
    Evidence,
    Faults,
    Search,
    half_units,
    resting_sets,
    twins,
)
from gmm_core.tables.pasted import Given


def about_parameters(given: Given, search: Search, evidence: Evidence) -> list[BrokenLaw]:
    """The laws that they break; what else they say becomes evidence."""
    X, means, variances = search.X, given.means, given.variances
    k = next(len(one) for one in (means, variances, given.weights) if one is not None)
    # What was not pasted breaks no law.
    weights = np.full(k, 1 / k) if given.weights is None else given.weights
    whole = Parameters(
        weights,
        np.tile(X.mean(axis=0), (k, 1)) if means is None else means,
        np.ones((k, X.shape[1])) if variances is None else variances,
    )
    rounding = 0.0 if given.weights is None else 1.01 * float(half_units(given.weights).sum())
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
        compare_parameters(given, search, evidence)
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
    within = max(PRINTED * abs(truth), 2 * float(half_units(np.array([printed]))[0]))
    if abs(printed - truth) <= within or abs(printed * len(X) - truth) <= within * len(X):
        return []
    sentence = f"The log-likelihood is given as {printed:.6g}; that of these parameters is {truth:.6g}."
    return [BrokenLaw("printed", sentence)]


def compare_parameters(given: Given, search: Search, evidence: Evidence) -> None:
    """Which code gives such means and variances, and weights where they are known."""
    X, weights, means, variances = search.X, given.weights, given.means, given.variances
    assert means is not None
    assert variances is not None
    k = len(means)
    scale = np.where(X.std(axis=0) > 0, X.std(axis=0), 1.0)
    known = [(means, scale), (variances, variances)]  # values, and what their gaps are a share of
    if weights is not None:
        known.append((weights, np.ones(k)))
    halves = [half_units(values) for values, _ in known]
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

    changes = {faults: change(faults, variances) for faults in resting_sets()}
    still = max(STILL, BLUR * noise)
    if changes[()] > still and change((), variances**2) <= still:
        said = "The squares of these variances are at rest in correct EM: these are standard deviations."
        evidence.add(None, "likely", said)
    if changes[()] > still and change((), np.sqrt(variances)) <= still:
        said = "The square roots of these variances are at rest in correct EM: these are their squares."
        evidence.add(None, "likely", said)
    after = moved((), variances)
    added = float((variances - after.variances).mean())
    regular = replace(after, variances=after.variances + added)
    if changes[()] > BLUR * noise and added > 0 and share(gaps_to(regular)) < min(STILL, changes[()] / 100):
        said = f"These numbers are at rest in EM that adds {added:.2g} to every variance, as reg_covar does."
        evidence.add(None, "likely", f"{said} That is no mistake.")
    equal = twins(
        np.concatenate([means, variances], axis=1), np.concatenate([np.sqrt(variances), variances], axis=1)
    )
    if equal and changes[()] <= still:
        evidence.add(None, "likely", f"{equal}: these numbers tell no mistake from another.")
        return
    if equal:
        search.notes.append(f"{equal}.")
    search.try_all(
        evidence, k, changes, noise, compare, "means in standard deviations of the data, variances as shares"
    )
    if weights is not None:
        for name, fault in FAULTS.items():
            evidence.add_sign(name, fault.in_weights(weights, halves[2], len(X)))


def _with_weights(
    X: Array, weights: Array | None, means: Array, variances: Array, faults: Faults
) -> Parameters:
    """The parameters, with the weights that such code comes to where they are not known."""
    if weights is not None:
        return Parameters(weights, means, variances)
    weights = np.full(len(means), 1 / len(means))
    for _ in range(suspects.MOST):
        before = weights
        weights = faulty_e_step(X, Parameters(before, means, variances), faults).responsibilities.mean(axis=0)
        if not np.abs(weights - before).max() > 1e-12:
            break
    return Parameters(weights, means, variances)

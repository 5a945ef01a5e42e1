"""What pasted responsibilities say about the code that gave them.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.laboratory.about_parameters import compare_parameters
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import FaultyExpectation, faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import SUM, BrokenLaw, Parameters, broken_by_responsibilities
from gmm_core.laboratory.suspects import STILL, Evidence, Search, half_units, resting_sets, twins
from gmm_core.tables.pasted import Given


def about_responsibilities(R: Array, search: Search, evidence: Evidence) -> list[BrokenLaw]:
    """The laws that R (n, k) breaks; what else it says becomes evidence."""
    X, k = search.X, R.shape[1]
    half = half_units(R)
    if not np.isfinite(R).all():
        search.notes.append("Where a number is missing or not finite, the mistakes cannot be tried.")
        return list(broken_by_responsibilities(R))
    broken = list(broken_by_responsibilities(R, within=max(SUM, 1.01 * k * float(half.max()))))
    signs = {name: fault.in_responsibilities(R, half) for name, fault in FAULTS.items()} if broken else {}
    if broken and not any(signs.values()) and _are_densities(X, R, search, evidence):
        return broken
    largest = R.max()
    if largest <= 0:
        return broken

    def compare(_: Parameters, expectation: FaultyExpectation) -> tuple[float, bool]:
        gaps = np.abs(R[:, :, np.newaxis] - expectation.responsibilities[:, np.newaxis])  # (n, k, k)
        ours, theirs = linear_sum_assignment(gaps.max(axis=0))
        matched = gaps[:, ours, theirs]
        # The digits of a responsibility of 1e-80 depend on those of the start.
        return float(matched.max() / largest), bool((matched <= half[:, ours] + 1e-9 * largest).all())

    parameters = faulty_m_step(X, R, np.zeros((k, X.shape[1])))
    changes = {
        faults: compare(parameters, faulty_e_step(X, parameters, faults))[0] for faults in resting_sets()
    }
    if changes[()] <= STILL and (equal := twins(R.T, np.full(R.T.shape, largest))):
        evidence.add(None, "likely", f"{equal}: these numbers tell no mistake from another.")
        return broken
    noise = float(half.max() / largest)
    search.try_all(evidence, k, changes, noise, compare, "as a share of the largest responsibility")
    for name, sign in signs.items():
        evidence.add_sign(name, sign)
    return broken


def _are_densities(X: Array, R: Array, search: Search, evidence: Evidence) -> bool:
    """Whether the columns of R (n, k) are Gaussian densities, alone or times weights; if so, evidence of it.

    The logarithm of such a density is a square function of each feature.
    """
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
        f"column {j + 1} has mean {_listed(means[j])} and variance {_listed(variances[j])}"
        f"{'' if bare else f', times {weights[j]:.6g}'}"
        for j in range(len(means))
    )
    if bare:
        said = f"These are densities, not responsibilities: {columns}. Multiply by the weights, then divide"
    else:
        said = f"These are weights times densities, not responsibilities: {columns}. Divide"
    evidence.add(None, "exact", f"{said} each row by its sum.")
    # Where do such means and variances come from?
    inner = Evidence()
    compare_parameters(Given(None if bare else weights, means, variances), search, inner)
    for suspect in inner.suspects():
        if suspect.faults:
            sentence = f"Of these means and variances: {suspect.sentence}"
            evidence.add(suspect.faults, "likely", sentence)
    return True


def _listed(values: Array) -> str:
    return ", ".join(f"{value:.6g}" for value in values)

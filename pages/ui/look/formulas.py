r"""The E-step and the M-step as formulas with their numbers put in: LaTeX for KaTeX. Pure: no Streamlit.

Letters: n samples, k components, d features. Components count from 1 on the screen, and a weight is w,
because the formulas have another use for pi.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core import Expectation, Mixture, e_step
from gmm_core.engine.missing import responsibilities
from pages.ui.look.latex import (
    LONGEST_WHOLE,
    aligned,
    array,
    bracketed,
    ends_of,
    exponential,
    factor,
    number,
    shortened,
    steps,
    upright,
    vector,
)
from pages.ui.look.notation import OWN, notation_of


def e_step_formulas(mixture: Mixture, x: ArrayLike, component: int, names: Sequence[str]) -> list[str]:
    """How `mixture` finds the responsibility of `component` (from 0) for the point `x` (d,).

    `names` (d,) are those of the features. Six formulas, each with the symbols and then the numbers: the
    point, its difference from the mean, the squared Mahalanobis distance, the density, the weighted
    densities of all components, the responsibility.
    """
    _check(mixture, component, names)
    rows = np.reshape(np.asarray(x, dtype=np.float64), (1, -1))
    joint = mixture.log_joint(rows)[0]  # (k,)
    total = mixture.log_density(rows)[0]
    k, d = mixture.means.shape
    # With equal weights log_joint holds the densities alone, up to log(k); so even a weight of 0 has one.
    even = Mixture(np.full(k, 1 / k), mixture.means, mixture.covariances, mixture.covariance_type)
    densities = even.log_joint(rows)[0] + np.log(k)
    notation, write = notation_of(mixture), _writer(component, 0, d)
    mean = mixture.means[component]
    gap = rows[0] - mean
    white = mixture.family.whiten(mixture.whitener, component, gap[:, np.newaxis].copy())
    distance = float(np.sum(white**2))
    log_det = mixture.family.log_det(mixture.factor, d)[_own(mixture, component)].item()
    density = r"\mathcal{N}(x \mid \mu_{@},\, " + notation.parameters + ")"
    weighted = "w_{@} " + density
    return [
        rf"x = {vector(map(upright, names))} = {vector(map(number, rows[0]))}",
        steps(
            write(r"x - \mu_{@}"),
            f"{vector(map(number, rows[0]))} - {bracketed(vector(map(number, mean)))}",
            vector(map(number, gap)),
        ),
        steps(
            write(r"\Delta_{@}^2"),
            write(notation.distance),
            notation.in_numbers(gap, mixture.full_covariances[component]),
            number(distance),
        ),
        steps(
            write(density),
            write(
                r"\frac{\exp\left(-\tfrac{1}{2} \Delta_{@}^2\right)}{\sqrt{(2\pi)^{%} \, "
                f"{notation.determinant}}}}}"
            ),
            rf"\frac{{\exp\left(-\tfrac{{1}}{{2}} \cdot {number(distance)}\right)}}"
            rf"{{\sqrt{{(2\pi)^{{{d}}} \cdot {exponential(log_det)}}}}}",
            exponential(densities[component]),
        ),
        aligned(
            [
                f"{_writer(j, 0, d)(weighted)} &= {number(mixture.weights[j])} \\cdot "
                f"{exponential(densities[j])} = {_weighted(mixture, joint, j)}"
                for j in range(k)
            ]
        ),
        steps(
            write(r"\gamma_{@}(x)"),
            rf"\frac{{{write(weighted)}}}{{\sum_{{j=1}}^{{{k}}} {write(weighted.replace('@', 'j'))}}}",
            rf"\frac{{{_weighted(mixture, joint, component)}}}{{{exponential(total)}}}",
            "0" if mixture.weights[component] == 0 else exponential(joint[component] - total),
        ),
    ]


# What each formula of an M-step sums: nothing, the responsibilities, the points, how they lie about the mean.
SUMMED = ("", "count", "mean", "covariance", "count")


def m_step_formulas(
    old_mixture: Mixture,
    new_mixture: Mixture,
    X: ArrayLike,
    component: int,
    reg_covar: float,
    names: Sequence[str],
    sample_weight: ArrayLike | None = None,
) -> list[str]:
    """How the M-step finds `component` (from 0) of `new_mixture` from the responsibilities of the old one.

    `new_mixture` is the one after `old_mixture` in a run on X (n, d) with this `reg_covar`; its numbers stand
    at the end of each formula. Five formulas, each with the symbols and then the numbers: the rows, N_k, the
    mean, the covariance, the weight. sample_weight : (n,), how often each row counts, c_n; None: once.
    """
    _check(old_mixture, component, names)
    if (old_mixture.means.shape, old_mixture.covariance_type) != (
        new_mixture.means.shape,
        new_mixture.covariance_type,
    ):
        raise ValueError("old_mixture and new_mixture must have the same components, features and family.")
    expectation = e_step(X, old_mixture, sample_weight=sample_weight, missing="observed")
    X = np.asarray(X)
    n, d = len(X), old_mixture.n_features
    count = float(expectation.counts[component])
    ends = ends_of(range(n))
    shares = [number(share) for share in responsibilities(old_mixture, X[ends])[:, component]]
    weighted = sample_weight is not None
    if weighted:
        counts = np.asarray(sample_weight)[ends]
        shares = [rf"{number(c)} \cdot {share}" for c, share in zip(counts, shares, strict=True)]
    write = _writer(component, n, d, weighted)
    return [
        rf"x_n = {vector(map(upright, names))}, \quad n = 1, \dots, {n}",
        steps(
            write("N_{@}"),
            write(r"\sum_{n=1}^{#} \gamma_{n,@}"),
            shortened(shares, " + ", n),
            number(count),
        ),
        steps(
            write(r"\mu_{@}"),
            write(OWN + "x_n"),
            rf"\frac{{1}}{{{number(count)}}} "
            + factor(vector(map(number, count * expectation.means[component]))),
            vector(map(number, new_mixture.means[component])),
        ),
        _covariance(new_mixture, expectation, component, reg_covar, write),
        steps(
            write("w_{@}"),
            write(r"\frac{N_{@}}{#}"),
            rf"\frac{{{number(count)}}}{{{number(expectation.n_samples) if weighted else n}}}",
            number(new_mixture.weights[component]),
        ),
    ]


def of_rows(complete: bool, weighted: bool) -> str:
    """What the formulas mean where rows are weighted, or values missing; "" where neither is so."""
    said = []
    if weighted:
        said.append("cₙ is how often row n counts.")
    if not complete:
        said.append(
            "Where a value is missing, xₙ stands for what the component expects of it, given the others of "
            "its row, and the covariance adds how unsure that is."
        )
    return " ".join(said)


def _weighted(mixture: Mixture, joint: NDArray[np.float64], j: int) -> str:
    return "0" if mixture.weights[j] == 0 else exponential(joint[j])


def _covariance(
    mixture: Mixture,
    expectation: Expectation,
    component: int,
    reg_covar: float,
    write: Callable[[str], str],
) -> str:
    """How the M-step found the component's covariance from the expectation before it."""
    d, n = mixture.n_features, expectation.n_samples
    notation = notation_of(mixture)
    large = d > LONGEST_WHOLE
    covariance, update = notation.covariance, notation.update
    if large and notation.diagonal:
        covariance, update = notation.diagonal
    if not update:
        return steps(write(covariance), array(mixture.full_covariances[component]))
    own = _own(mixture, component)
    scatter = expectation.scatter[own]
    divisor = number(n if mixture.family.shared else float(expectation.counts[component]))
    if notation.averaged:
        scatter, divisor = d * scatter, rf"{d} \cdot {divisor}"
    unit = r"\, I" if mixture.family.matrices and d > 1 and not large else ""
    added, epsilon = (f" + {number(reg_covar)}{unit}", rf" + \varepsilon{unit}") if reg_covar else ("", "")
    return steps(
        write(covariance),
        write(update) + epsilon,
        rf"\frac{{1}}{{{divisor}}} {factor(array(scatter))}{added}",
        array(mixture.covariances[own]),
    )


def _own(mixture: Mixture, component: int) -> int | slice:
    """Where a component's part of the family's arrays is: a shared one belongs to all."""
    return slice(None) if mixture.family.shared else component


def _writer(component: int, n: int, d: int, weighted: bool = False) -> Callable[[str], str]:
    """Templates -> LaTeX for this component; where rows are weighted, each counts c_n times."""

    def write(template: str) -> str:
        if weighted:
            template = template.replace(r"\gamma_{n,", r"c_n \gamma_{n,")
            template = template.replace(r"\frac{1}{#}", r"\frac{1}{\sum_n c_n}")
            template = template.replace(r"\frac{N_{@}}{#}", r"\frac{N_{@}}{\sum_n c_n}")
        return template.replace("@", str(component + 1)).replace("#", str(n)).replace("%", str(d))

    return write


def _check(mixture: Mixture, component: int, names: Sequence[str]) -> None:
    if not 0 <= component < mixture.n_components:
        raise ValueError(f"component must be from 0 to {mixture.n_components - 1}; got {component!r}.")
    if len(names) != mixture.n_features:
        raise ValueError(f"names has {len(names)} entries for {mixture.n_features} features.")

r"""A mixture's E-step as formulas with their numbers put in: LaTeX for KaTeX. Pure: no Streamlit.

Letters: n samples, k components, d features. Components count from 1 on the screen, noise is 0, and a weight
is w, because the formulas have another use for pi. What is a prior's has the index P.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core import Mixture, Prior, Step
from gmm_core.engine.mixture import LOWEST
from pages.ui.look.latex import (
    aligned,
    bracketed,
    exponential,
    factor,
    number,
    shortened,
    steps,
    upright,
    vector,
)
from pages.ui.look.notation import PRECISION, Notation, check, notation_of, own, precision, writer

_OF_NOISE = r"w_{0} \frac{1}{V}"


def e_step_formulas(mixture: Mixture, x: ArrayLike, component: int, names: Sequence[str]) -> list[str]:
    """How `mixture` finds the responsibility of `component` (from 0) for the point `x` (d,).

    `names` (d,) are those of the features. Each formula has the symbols and then the numbers: the point, its
    difference from the mean, the squared Mahalanobis distance, the density, of a t distribution the precision
    that is expected of the point, the density of noise, the weighted densities of all, the responsibility,
    and that of noise.
    """
    check(mixture, component, names)
    rows = np.reshape(np.asarray(x, dtype=np.float64), (1, -1))
    joint = mixture.log_joint(rows)[0]  # (k,)
    total = mixture.log_density(rows)[0]
    k, d = mixture.means.shape
    # With equal weights log_joint holds the densities alone, up to log(k); so even a weight of 0 has one.
    even = replace(mixture.of_components, weights=np.full(k, 1 / k))
    densities = even.log_joint(rows)[0] + np.log(k)
    notation, write = notation_of(mixture), writer(component, 0, d)
    mean = mixture.means[component]
    gap = rows[0] - mean
    distance = float(mixture.squared_distances(rows)[0, component])
    density, written, in_numbers = _density(mixture, notation, component, distance)
    weighted = "w_{@} " + density
    each = [
        f"{writer(j, 0, d)(weighted)} &= {number(mixture.weights[j])} \\cdot "
        f"{exponential(densities[j])} = {_weighted(mixture, joint, j)}"
        for j in range(k)
    ]
    all_weighted = rf"\sum_{{j=1}}^{{{k}}} {weighted.replace('@', 'j')}"
    noise: list[str] = []
    if mixture.noise_box is not None:
        log_volume = float(np.log(np.diff(mixture.noise_box, axis=0)).sum())
        level = np.log(mixture.noise_weight) - log_volume if mixture.noise_weight else LOWEST
        of_noise = exponential(level) if mixture.noise_weight else "0"
        each.append(
            rf"{_OF_NOISE} &= {number(mixture.noise_weight)} \cdot {exponential(-log_volume)} = {of_noise}"
        )
        all_weighted = f"{_OF_NOISE} + {all_weighted}"
        sides = (f"({number(high)} - {bracketed(number(low))})" for low, high in mixture.noise_box.T)
        volume = shortened(sides, r" \cdot ", d)
        noise = [
            steps(
                r"\frac{1}{V}",
                rf"\frac{{1}}{{{volume}}}",
                rf"\frac{{1}}{{{exponential(log_volume)}}}",
                exponential(-log_volume),
            ),
            steps(
                r"\gamma_{0}(x)",
                write(rf"\frac{{{_OF_NOISE}}}{{{all_weighted}}}"),
                rf"\frac{{{of_noise}}}{{{exponential(total)}}}",
                exponential(level - total) if mixture.noise_weight else "0",
            ),
        ]
    found = [
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
        steps(write(density), write(written), in_numbers, exponential(densities[component])),
    ]
    if mixture.dof is not None:
        found.append(
            steps(
                write(r"u_{@}(x)"),
                write(PRECISION.replace("n,", "")),
                *precision(float(mixture.dof[component]), d, distance),
            )
        )
    return [
        *found,
        *noise[:1],
        aligned(each),
        steps(
            write(r"\gamma_{@}(x)"),
            write(rf"\frac{{{weighted}}}{{{all_weighted}}}"),
            rf"\frac{{{_weighted(mixture, joint, component)}}}{{{exponential(total)}}}",
            "0" if mixture.weights[component] == 0 else exponential(joint[component] - total),
        ),
        *noise[1:],
    ]


def _density(mixture: Mixture, notation: Notation, component: int, distance: float) -> tuple[str, str, str]:
    """The density of a component: its name, its formula, and this in numbers at that squared distance."""
    d = mixture.n_features
    log_det = mixture.family.log_det(mixture.factor, d)[own(mixture, component)].item()
    determinant = exponential(log_det)
    if mixture.dof is None:
        return (
            r"\mathcal{N}(x \mid \mu_{@},\, " + notation.parameters + ")",
            r"\frac{\exp\left(-\tfrac{1}{2} \Delta_{@}^2\right)}{\sqrt{(2\pi)^{%} \, "
            f"{notation.determinant}}}}}",
            rf"\frac{{\exp\left(-\tfrac{{1}}{{2}} \cdot {number(distance)}\right)}}"
            rf"{{\sqrt{{(2\pi)^{{{d}}} \cdot {determinant}}}}}",
        )
    dof = float(mixture.dof[component])
    half, more = number(dof / 2), number((dof + d) / 2)
    return (
        r"t(x \mid \mu_{@},\, " + notation.parameters + r",\, \nu_{@})",
        r"\frac{\Gamma\left(\frac{\nu_{@} + %}{2}\right)}{\Gamma\left(\frac{\nu_{@}}{2}\right) "
        rf"\sqrt{{(\pi \nu_{{@}})^{{%}} \, {notation.determinant}}}}} "
        r"\left(1 + \frac{\Delta_{@}^2}{\nu_{@}}\right)^{-\frac{\nu_{@} + %}{2}}",
        rf"\frac{{\Gamma({more})}}{{\Gamma({half}) \sqrt{{(\pi \cdot {number(dof)})^{{{d}}} \cdot "
        rf"{determinant}}}}} \left(1 + \frac{{{number(distance)}}}{{{number(dof)}}}\right)^{{-{more}}}",
    )


def _weighted(mixture: Mixture, joint: NDArray[np.float64], j: int) -> str:
    return "0" if mixture.weights[j] == 0 else exponential(joint[j])


def posterior_formulas(step: Step, prior: Prior, n: float) -> list[str]:
    """The log density of the prior at the mixture of a step, without what no mixture changes, and the
    log-posterior per row, of n rows in all.
    """
    mixture, (k, d) = step.mixture, step.mixture.means.shape
    family, notation = mixture.family, notation_of(mixture)
    value, name = prior.log_density(mixture), r"\log p(\mu, \Sigma)"
    density = steps(name, number(value))
    if notation.square:
        times = d if notation.averaged else 1
        strength = family.prior(prior.scale, prior.dof, k, d)[1]
        power = times * (strength + (k if family.shared else 1))
        log_det = float(family.log_det(mixture.factor, d).sum()) / times
        determinant = notation.covariance if notation.averaged else notation.determinant
        of_prior = notation.of_prior.replace("k", str(k))
        inside = rf"\left( ({of_prior}) \log {determinant} + {notation.prior_distances} \right)"
        over_all = "" if notation.pooled else rf"\sum_{{j=1}}^{{{k}}} "
        density = steps(
            name,
            rf"-\tfrac{{1}}{{2}} {over_all}" + inside.replace("@", "j").replace("%", str(d)),
            rf"-\tfrac{{1}}{{2}} \left( {number(power)} {factor(number(log_det))} + "
            rf"{number(-2 * value - power * log_det)} \right)",
            number(value),
        )
    per_row = steps(
        r"\ell_{\text{posterior}}",
        rf"\ell + \frac{{1}}{{{number(n)}}} {name}",
        rf"{number(step.log_likelihood)} + \frac{{1}}{{{number(n)}}} {factor(number(value))}",
        number(step.log_posterior),
    )
    return [density, per_row]


def legend(mixture: Mixture, prior: Prior | None, complete: bool, weighted: bool) -> str:
    """What the letters mean that not every run has; "" where there are none."""
    said = []
    if weighted:
        said.append("cₙ is how often row n counts.")
    if not complete:
        said.append(
            "Where a value is missing, xₙ stands for what the component expects of it, given the others of "
            "its row, and the covariance adds how unsure that is."
        )
    if mixture.noise_box is not None:
        said.append(
            "Noise is number 0: its density is the same everywhere, 1 over the volume V of the data's box."
        )
    if mixture.dof is not None:
        said.append(
            r"Of a t distribution, $\nu$ are the degrees of freedom. What the E-step expects of a row's "
            "precision is $u$, and of the logarithm of that $v$: in mean and scale a row counts $u$ times, "
            "so a stray hardly counts."
        )
        if not complete:
            said.append("dₙ is how many values row n has.")
    if prior is not None:
        said.append(
            r"Of the prior, $\mu_P$ is where it draws the means to, $\kappa_P$ as how many rows it does, and "
            r"$\nu_P$ and $\Lambda_P$ are the degrees of freedom and the scale of its inverse Wishart or "
            "inverse gamma distribution for the covariances."
        )
    if not notation_of(mixture).square:
        said.append(
            "Of the covariance there is only what came out: what components have in common in this model is "
            "found together, by no single formula."
        )
    return " ".join(said)

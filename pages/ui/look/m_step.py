r"""The M-step as formulas with their numbers put in, as `formulas.py` has the E-step. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma

from gmm_core import Mixture, Prior, e_step
from gmm_core.engine import missing
from gmm_core.engine.expectation import LEAST_DOF, MOST_DOF
from pages.ui.look.latex import (
    LONGEST_WHOLE,
    aligned,
    array,
    ends_of,
    factor,
    number,
    shortened,
    steps,
    upright,
    vector,
)
from pages.ui.look.notation import PRECISION, check, notation_of, own, precision, pulled_by_prior, writer

# The same of the logarithm of a precision.
_LOGARITHM = r"\psi\left(\frac{\nu_{@} + %}{2}\right) - \log\frac{\nu_{@} + \Delta_{n,@}^2}{2}"


class Formula(NamedTuple):
    """One of an M-step, and what it sums over the rows, as the player lights it: "count", the
    responsibilities; "mean", the points; "covariance", how they lie about the mean; "" for nothing.
    """

    latex: str
    summed: str = ""


def m_step_formulas(
    old_mixture: Mixture,
    new_mixture: Mixture,
    X: ArrayLike,
    component: int,
    reg_covar: float,
    names: Sequence[str],
    sample_weight: ArrayLike | None = None,
    prior: Prior | None = None,
) -> list[Formula]:
    """How the M-step finds `component` (from 0) of `new_mixture` from the responsibilities of the old one.

    `new_mixture` is the one after `old_mixture` in a run on X (n, d) with this `reg_covar` and `prior`; its
    numbers stand at the end of each formula. Each has the symbols and then the numbers: the rows, N_k, the
    mean, the covariance, the weight. Of a t distribution there are also the rows' expected precisions, U_k,
    how many rows they count as, and what the degrees of freedom solve; last, the count and weight of noise.
    sample_weight : (n,), how often each row counts, c_n; None: once.
    """
    check(old_mixture, component, names)
    if (old_mixture.means.shape, old_mixture.covariance_type) != (
        new_mixture.means.shape,
        new_mixture.covariance_type,
    ):
        raise ValueError("old_mixture and new_mixture must have the same components, features and family.")
    step = _MStep(old_mixture, new_mixture, X, component, reg_covar, sample_weight, prior)
    return [
        Formula(rf"x_n = {vector(map(upright, names))}, \quad n = 1, \dots, {step.n}"),
        *step.precisions(),
        *step.counts(),
        Formula(step.mean(), "mean"),
        Formula(step.covariance(), "covariance"),
        *step.dof(),
        Formula(step.weight(), "count"),
        *step.noise(),
    ]


class _MStep:
    """One M-step and one component of it; as in `m_step_formulas`."""

    def __init__(
        self,
        old: Mixture,
        new: Mixture,
        X: ArrayLike,
        component: int,
        reg_covar: float,
        sample_weight: ArrayLike | None,
        prior: Prior | None,
    ) -> None:
        self.old, self.new, self.component = old, new, component
        self.reg_covar, self.prior = reg_covar, prior
        self.found = e_step(X, old, sample_weight=sample_weight, missing="observed")
        X = np.asarray(X)
        self.n = len(X)
        self.numbers = np.array(ends_of(range(self.n)))  # of the rows that are shown
        rows = X[self.numbers].reshape(len(self.numbers), -1)
        self.weighted = sample_weight is not None
        self.weights = np.asarray(sample_weight)[self.numbers] if self.weighted else None
        self.gaps = bool(np.isnan(X).any())
        self.shares = missing.shares(old, rows)
        # Of each of these: degrees of freedom, how many values it has, its squared distance.
        self.tails: list[tuple[float, int, float]] = []
        if old.dof is not None:
            known = (~np.isnan(rows)).sum(axis=1).tolist()
            distances = missing.squared_distances(old, rows)[:, component].tolist()
            self.tails = [(float(old.dof[component]), *row) for row in zip(known, distances, strict=True)]
        self.count, self.mass = (float(of[component]) for of in (self.found.counts, self.found.masses))
        self.write = writer(component, self.n, old.n_features, self.weighted)
        # How many rows all count as, in symbols and in numbers.
        self.total = r"\sum_n c_n" if self.weighted else "#"
        self.total_in_numbers = number(self.found.n_samples) if self.weighted else str(self.n)

    def precisions(self) -> Iterator[Formula]:
        """What is expected of the rows' precisions."""
        if self.old.dof is None:
            return
        yield Formula(self._of_rows("u", PRECISION, lambda *of: " = ".join(precision(*of))))
        if self.old.dof_type != "fixed":
            yield Formula(self._of_rows("v", _LOGARITHM, _logarithm))

    def _of_rows(self, name: str, formula: str, in_numbers: Callable[[float, int, float], str]) -> str:
        """What the E-step expects of each row: the formula, and its numbers for the rows that are shown."""
        formula = formula.replace("%", "d_n") if self.gaps else formula
        lines = [self.write(f"{name}_{{n,@}} &= {formula}")]
        for i, row in zip(self.numbers.tolist(), self.tails, strict=True):
            lines.append(self.write(f"{name}_{{{i + 1},@}} &= ") + in_numbers(*row))
        return aligned(lines)

    def counts(self) -> Iterator[Formula]:
        """N_k, and of a t distribution U_k."""
        of_rows = r"\sum_{n=1}^{#} \gamma_{n,@}"
        shares = self._counted(self.shares[:, self.component])
        yield Formula(
            steps(
                self.write("N_{@}"),
                self.write(of_rows),
                shortened(shares, " + ", self.n),
                number(self.count),
            ),
            "count",
        )
        if self.old.dof is None:
            return
        parts = [
            rf"{share} \cdot {precision(*row)[1]}" for share, row in zip(shares, self.tails, strict=True)
        ]
        yield Formula(
            steps(
                self.write("U_{@}"),
                self.write(of_rows + r"\, u_{n,@}"),
                shortened(parts, " + ", self.n),
                number(self.mass),
            ),
            "count",
        )

    def _counted(self, shares: NDArray[np.float64]) -> list[str]:
        """Responsibilities for the rows that are shown, each as often as its row counts."""
        if self.weights is None:
            return [number(share) for share in shares]
        return [rf"{number(c)} \cdot {number(s)}" for c, s in zip(self.weights, shares, strict=True)]

    def _sum(self, pooled: bool = False) -> str:
        """The sum over all that the component, or each, claims."""
        one = r"\sum_{n=1}^{#} \gamma_{n,@}\, " + ("" if self.old.dof is None else r"u_{n,@}\, ")
        return r"\sum_{j} " + one.replace("@", "j") if pooled else one

    def mean(self) -> str:
        total = vector(map(number, self.mass * self.found.means[self.component]))
        over = ["N_{@}" if self.old.dof is None else "U_{@}"], [number(self.mass)]
        sums = [self._sum() + "x_n"], [total]
        if (prior := self.prior) is not None:
            over[0].append(r"\kappa_P")
            over[1].append(number(prior.shrinkage))
            sums[0].append(r"\kappa_P\, \mu_P")
            sums[1].append(f"{number(prior.shrinkage)} {factor(vector(map(number, prior.mean)))}")
        return steps(
            self.write(r"\mu_{@}"),
            self.write(_averaged(over[0], sums[0])),
            _averaged(over[1], sums[1]),
            vector(map(number, self.new.means[self.component])),
        )

    def covariance(self) -> str:
        new, family, (k, d) = self.new, self.new.family, self.new.means.shape
        notation, large = notation_of(new), d > LONGEST_WHOLE
        left, square = notation.covariance, notation.square
        if large and notation.diagonal:
            left, square = notation.diagonal
        if not square:
            return steps(self.write(left), array(new.full_covariances[self.component]))
        at, times = own(new, self.component), d if notation.averaged else 1
        each = square.replace("@", "j") if notation.pooled else square
        scatter = self.found.scatter
        of_all = r"\sum_{j} N_{j}" if new.noise_box is not None else self.total
        over = of_all if notation.pooled else "N_{@}"
        count = number(float(self.found.counts.sum()) if notation.pooled else self.count)
        divisors = (
            [f"% {over}" if notation.averaged else over],
            [rf"{d} \cdot {count}" if notation.averaged else count],
        )
        sums = [self._sum(notation.pooled) + each], [array(times * scatter[at])]
        if (prior := self.prior) is not None:
            # The engine's scatter is about the mean of the rows; here it is about the new mean.
            scatter = scatter + family.between(self.found.masses, self.found.means - new.means)
            pulled = family.between(np.full(k, prior.shrinkage), new.means - prior.mean)
            scale = family.prior(prior.scale, prior.dof, k, d)[0]
            pull = pulled_by_prior(square)
            sums = (
                [*sums[0], r"\sum_{j} " + pull.replace("@", "j") if notation.pooled else pull, self._scale()],
                [array(times * part[at]) for part in (scatter, pulled, scale)],
            )
            of_prior = notation.of_prior.replace("k", str(k))
            divisors[0].append(of_prior)
            divisors[1].append(self.write(of_prior.replace(r"\nu_P", number(prior.dof))))
        unit = r"\, I" if family.matrices and d > 1 and not large else ""
        epsilon, added = (rf" + \varepsilon{unit}", f" + {number(self.reg_covar)}{unit}")
        return steps(
            self.write(left),
            self.write(_averaged(divisors[0], sums[0])) + (epsilon if self.reg_covar else ""),
            _averaged(divisors[1], sums[1], family.matrices and d == LONGEST_WHOLE)
            + (added if self.reg_covar else ""),
            array(new.covariances[at]),
        )

    def _scale(self) -> str:
        large = self.new.family.matrices and self.new.n_features > LONGEST_WHOLE
        return r"(\Lambda_P)_{i,i}" if large else r"\Lambda_P"

    def dof(self) -> Iterator[Formula]:
        """The equation that the new degrees of freedom solve."""
        if self.old.dof is None or self.new.dof is None or self.found.beyond is None:
            return
        dof = float(self.new.dof[self.component])
        if self.old.dof_type == "fixed":
            yield Formula(self.write(rf"\nu_{{@}} = {number(dof)} \quad \text{{(held)}}"))
            return
        common = self.old.dof_type == "common"
        name = r"\nu^{\text{new}}" if common else r"\nu_{@}^{\text{new}}"
        which = slice(None) if common else slice(self.component, self.component + 1)
        count = float(self.found.counts[which].sum())
        total = float(self.found.beyond.logarithms[which].sum())
        summed = r"\sum_{n=1}^{#} \gamma_{n,@} (v_{n,@} - u_{n,@})"
        of_dof = rf"\log\frac{{{name}}}{{2}} + 1 - \psi\left(\frac{{{name}}}{{2}}\right) + "
        over = r"\sum_{j} N_{j}" if common else "N_{@}"
        if common:
            summed = r"\sum_{j} " + summed.replace("@", "j")
        lines = [
            "0 &= " + self.write(rf"{of_dof}\frac{{1}}{{{over}}} {summed}"),
            "&= " + self.write(of_dof) + rf"\frac{{1}}{{{number(count)}}} {factor(number(total))}",
            f"{self.write(name)} &= {number(dof)}",
        ]
        if dof in (LEAST_DOF, MOST_DOF):
            left = float(np.log(dof / 2) + 1 - digamma(dof / 2) + total / count)
            end = "most" if dof == MOST_DOF else "least"
            lines[-1] += rf" \quad \text{{(the {end}; the right side is still }} {number(left)} \text{{)}}"
        yield Formula(aligned(lines), "count")

    def weight(self) -> str:
        return self._weight("@", number(self.count), self.new.weights[self.component])

    def _weight(self, of: str, count: str, found: float) -> str:
        return steps(
            self.write(f"w_{{{of}}}"),
            self.write(rf"\frac{{N_{{{of}}}}}{{{self.total}}}"),
            rf"\frac{{{count}}}{{{self.total_in_numbers}}}",
            number(found),
        )

    def noise(self) -> Iterator[Formula]:
        """The responsibilities of noise, summed, and its weight."""
        if self.new.noise_box is None or self.found.beyond is None:
            return
        count = number(self.found.beyond.noise)
        yield Formula(
            steps(
                "N_{0}",
                self.write(r"\sum_{n=1}^{#} \gamma_{n,0}"),
                shortened(self._counted(self.shares[:, -1]), " + ", self.n),
                count,
            )
        )
        yield Formula(self._weight("0", count, self.new.noise_weight))


def _logarithm(dof: float, d: int, distance: float) -> str:
    half, rate = (dof + d) / 2, (dof + distance) / 2
    found = float(digamma(half) - np.log(rate))
    return rf"\psi({number(half)}) - \log({number(rate)}) = {number(found)}"


def _averaged(divisors: Sequence[str], sums: Sequence[str], wide: bool = False) -> str:
    """One sum or several, over how many rows they count as; of wide ones the last in a line of its own."""
    over = rf"\frac{{1}}{{{' + '.join(divisors)}}} "
    if len(sums) == 1:
        return over + factor(sums[0])
    broken = r" \right. \\ &\qquad \left. + " if wide else " + "
    return over + rf"\left( {' + '.join(sums[:-1])}{broken}{sums[-1]} \right)"

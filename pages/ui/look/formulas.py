r"""The E-step and the M-step as formulas with their numbers put in: LaTeX for KaTeX. Pure: no Streamlit.

Letters: n samples, k components, d features. Components count from 1 on the screen, and a weight is w,
because the formulas have another use for pi. Numbers have five significant digits; one that no float
holds is shown by its logarithm, as e^{...}. A vector of more than three numbers is shortened to its first two
and its last, and a matrix of that size to its diagonal, or to the distance that it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core import Expectation, Mixture, e_step
from gmm_core.engine import shapes
from gmm_core.engine.covariance import MODELS
from gmm_core.engine.missing import responsibilities

LONGEST_WHOLE = 3  # a longer vector is shortened
LONGEST_NAME = 24  # characters
LARGEST_EXPONENT = 700.0  # beyond, exp leaves the range of a float


def _by_variances(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The distance of `gap` (d,) in numbers: a fraction for each feature."""
    variances = np.diagonal(covariance)
    parts = (rf"\frac{{{s}}}{{{number(v)}}}" for s, v in zip(_squares(gap), variances, strict=True))
    return _shortened(parts, " + ", len(gap))


def _by_one_variance(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The same where all features have one variance."""
    return rf"\frac{{{_shortened(_squares(gap), ' + ', len(gap))}}}{{{number(covariance[0, 0])}}}"


def _by_matrix(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The same with a matrix; of a large one nothing."""
    if len(gap) > LONGEST_WHOLE:
        return ""
    difference = _vector(map(number, gap))
    return rf"{difference}^\top {_array(covariance)}^{{-1}} {difference}"


def _squares(gap: NDArray[np.float64]) -> list[str]:
    return [f"({number(g)})^2" for g in gap]


@dataclass(frozen=True)
class Notation:
    """How a family is written. `@` stands for the component, `#` for N and `%` for d.

    parameters : what its density is given by, besides the mean.
    distance : the squared Mahalanobis distance. determinant : of the covariance.
    covariance, update : the two sides of its M-step, without `reg_covar`; without `update`, only what came
        out is shown. diagonal : the two sides for large matrices, of which only that is shown.
    in_numbers : writes the distance, of a difference (d,) and a covariance (d, d).
    averaged : whether the engine keeps the average over the features where the formula has the sum.
    """

    parameters: str
    distance: str
    determinant: str
    covariance: str
    update: str
    diagonal: tuple[str, str] | None = None
    in_numbers: Callable[[NDArray[np.float64], NDArray[np.float64]], str] = _by_matrix
    averaged: bool = False


_OUTER = r"(x_n - \mu_{@})(x_n - \mu_{@})^\top"
_SQUARE = r"(x_n - \mu_{@})^2"
_SQUARES = r"(x_{n,i} - \mu_{@,i})^2"
_OWN = r"\frac{1}{N_{@}} \sum_{n=1}^{#} \gamma_{n,@}\, "
_POOLED = r"\frac{1}{#} \sum_{j} \sum_{n=1}^{#} \gamma_{n,j}\, "

NOTATIONS = {
    "full": Notation(
        r"\Sigma_{@}",
        r"(x - \mu_{@})^\top \Sigma_{@}^{-1} (x - \mu_{@})",
        r"|\Sigma_{@}|",
        r"\Sigma_{@}",
        _OWN + _OUTER,
        diagonal=(r"(\Sigma_{@})_{i,i}", _OWN + _SQUARES),
    ),
    "tied": Notation(
        r"\Sigma",
        r"(x - \mu_{@})^\top \Sigma^{-1} (x - \mu_{@})",
        r"|\Sigma|",
        r"\Sigma",
        _POOLED + _OUTER.replace("@", "j"),
        diagonal=(r"\Sigma_{i,i}", _POOLED + _SQUARES.replace("@", "j")),
    ),
    "diag": Notation(
        r"\sigma_{@}^2",
        r"\sum_{i=1}^{%} \frac{(x_i - \mu_{@,i})^2}{\sigma_{@,i}^2}",
        r"\prod_{i} \sigma_{@,i}^2",
        r"\sigma_{@,i}^2",
        _OWN + _SQUARES,
        in_numbers=_by_variances,
    ),
    "spherical": Notation(
        r"\sigma_{@}^2 I",
        r"\frac{\lVert x - \mu_{@} \rVert^2}{\sigma_{@}^2}",
        r"(\sigma_{@}^2)^{%}",
        r"\sigma_{@}^2",
        r"\frac{1}{% N_{@}} \sum_{n=1}^{#} \gamma_{n,@}\, \lVert x_n - \mu_{@} \rVert^2",
        in_numbers=_by_one_variance,
        averaged=True,
    ),
}
# Any other family has a matrix for each component, however it finds it; of a model it is said what is whose.
_ANY_OTHER = replace(NOTATIONS["full"], update="", diagonal=(r"(\Sigma_{@})_{i,i}", ""))
_VARIANCE, _SHARED = r"\sigma_{@}^2", r"\sigma^2"
_ONE_FEATURE = Notation(
    _VARIANCE,
    r"\frac{(x - \mu_{@})^2}{\sigma_{@}^2}",
    _VARIANCE,
    _VARIANCE,
    _OWN + _SQUARE,
    in_numbers=_by_variances,
)
_ONE_FEATURE_SHARED = Notation(
    _SHARED,
    r"\frac{(x - \mu_{@})^2}{\sigma^2}",
    _SHARED,
    _SHARED,
    _POOLED + _SQUARE.replace("@", "j"),
    in_numbers=_by_variances,
)


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
    notation, write = _notation(mixture), _writer(component, 0, d)
    mean = mixture.means[component]
    gap = rows[0] - mean
    white = mixture.family.whiten(mixture.whitener, component, gap[:, np.newaxis].copy())
    distance = float(np.sum(white**2))
    log_det = mixture.family.log_det(mixture.factor, d)[_own(mixture, component)].item()
    density = r"\mathcal{N}(x \mid \mu_{@},\, " + notation.parameters + ")"
    weighted = "w_{@} " + density
    return [
        rf"x = {_vector(map(_text, names))} = {_vector(map(number, rows[0]))}",
        _steps(
            write(r"x - \mu_{@}"),
            f"{_vector(map(number, rows[0]))} - {_bracketed(_vector(map(number, mean)))}",
            _vector(map(number, gap)),
        ),
        _steps(
            write(r"\Delta_{@}^2"),
            write(notation.distance),
            notation.in_numbers(gap, mixture.full_covariances[component]),
            number(distance),
        ),
        _steps(
            write(density),
            write(
                r"\frac{\exp\left(-\tfrac{1}{2} \Delta_{@}^2\right)}{\sqrt{(2\pi)^{%} \, "
                f"{notation.determinant}}}}}"
            ),
            rf"\frac{{\exp\left(-\tfrac{{1}}{{2}} \cdot {number(distance)}\right)}}"
            rf"{{\sqrt{{(2\pi)^{{{d}}} \cdot {exponential(log_det)}}}}}",
            exponential(densities[component]),
        ),
        _aligned(
            [
                f"{_writer(j, 0, d)(weighted)} &= {number(mixture.weights[j])} \\cdot "
                f"{exponential(densities[j])} = {_weighted(mixture, joint, j)}"
                for j in range(k)
            ]
        ),
        _steps(
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
    ends = _ends(range(n))
    shares = [number(share) for share in responsibilities(old_mixture, X[ends])[:, component]]
    weighted = sample_weight is not None
    if weighted:
        counts = np.asarray(sample_weight)[ends]
        shares = [rf"{number(c)} \cdot {share}" for c, share in zip(counts, shares, strict=True)]
    write = _writer(component, n, d, weighted)
    return [
        rf"x_n = {_vector(map(_text, names))}, \quad n = 1, \dots, {n}",
        _steps(
            write("N_{@}"),
            write(r"\sum_{n=1}^{#} \gamma_{n,@}"),
            _shortened(shares, " + ", n),
            number(count),
        ),
        _steps(
            write(r"\mu_{@}"),
            write(_OWN + "x_n"),
            rf"\frac{{1}}{{{number(count)}}} "
            + _factor(_vector(map(number, count * expectation.means[component]))),
            _vector(map(number, new_mixture.means[component])),
        ),
        _covariance(new_mixture, expectation, component, reg_covar, write),
        _steps(
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


def number(value: float) -> str:
    r"""Five significant digits: 0.14392, 44.446, 1.2346 \times 10^{-5}."""
    mantissa, _, exponent = f"{float(value) + 0.0:.5g}".partition("e")  # + 0.0: no minus before a zero
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def exponential(log: float) -> str:
    """The number whose logarithm is given; where no float can hold it, as a power of e."""
    if abs(log) < LARGEST_EXPONENT:
        return number(np.exp(log))
    return f"e^{{{log:.4f}}}" if abs(log) < 1e9 else f"e^{{{number(log)}}}"


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
    notation = _notation(mixture)
    large = d > LONGEST_WHOLE
    covariance, update = notation.covariance, notation.update
    if large and notation.diagonal:
        covariance, update = notation.diagonal
    if not update:
        return _steps(write(covariance), _array(mixture.full_covariances[component]))
    own = _own(mixture, component)
    scatter = expectation.scatter[own]
    divisor = number(n if mixture.family.shared else float(expectation.counts[component]))
    if notation.averaged:
        scatter, divisor = d * scatter, rf"{d} \cdot {divisor}"
    unit = r"\, I" if mixture.family.matrices and d > 1 and not large else ""
    added, epsilon = (f" + {number(reg_covar)}{unit}", rf" + \varepsilon{unit}") if reg_covar else ("", "")
    return _steps(
        write(covariance),
        write(update) + epsilon,
        rf"\frac{{1}}{{{divisor}}} {_factor(_array(scatter))}{added}",
        _array(mixture.covariances[own]),
    )


def _notation(mixture: Mixture) -> Notation:
    name = mixture.covariance_type
    known = NOTATIONS.get(name)
    if mixture.n_features > 1:
        return known or (_of_model(shapes.MODELS[name]) if name in MODELS else _ANY_OTHER)
    one = _ONE_FEATURE_SHARED if mixture.family.shared else _ONE_FEATURE
    return one if known else replace(one, update="")


def _of_model(model: shapes.Model) -> Notation:
    """Volume, directions and shape, each with the component's number where it is its own."""
    whose = {"E": "", "V": "_{@}"}
    volume = r"\lambda" + whose[model.volume]
    if model.shape == "I":
        parts = rf"{volume} I"
    else:
        shape = "A" + whose[model.shape]
        turn = "" if model.direction == "I" else "D" + whose[model.direction]
        parts = rf"{volume} {turn} {shape} {turn}^\top" if turn else rf"{volume} {shape}"
    return replace(_ANY_OTHER, covariance=rf"\Sigma_{{@}} = {parts}")


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


def _steps(left: str, *rights: str) -> str:
    """left = right = right ..., one under the other."""
    return _aligned([f"{left} &= {rights[0]}", *(f"&= {right}" for right in rights[1:] if right)])


def _aligned(lines: list[str]) -> str:
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def _ends(items: Iterable) -> list:
    """All items if they are few, else the first two and the last."""
    items = list(items)
    return items if len(items) <= LONGEST_WHOLE else [*items[:2], items[-1]]


def _shortened(parts: Iterable[str], between: str, length: int) -> str:
    """The parts, or of a longer list (of that length) the first two, dots, and the last."""
    ends = _ends(parts)
    if length > LONGEST_WHOLE:
        ends = [*ends[:2], r"\dots", ends[-1]]
    return between.join(ends)


def _vector(parts: Iterable[str]) -> str:
    """One number as it is, up to three in a column, more in a row with dots."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    if len(parts) <= LONGEST_WHOLE:
        return _rows(parts)
    return r"\left(" + _shortened(parts, r",\, ", len(parts)) + r"\right)"


def _array(values: NDArray[np.float64]) -> str:
    """A variance, variances, or a matrix: of a large one the diagonal."""
    values = np.asarray(values)
    if values.size == 1:
        return number(values.item())
    if values.ndim == 2 and len(values) > LONGEST_WHOLE:
        values = np.diagonal(values)
    if values.ndim == 1:
        return _vector(map(number, values))
    return _rows(" & ".join(map(number, row)) for row in values)


def _rows(lines: Iterable[str]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def _bracketed(text: str) -> str:
    """A negative number in brackets, to stand after a sign."""
    return f"({text})" if text.startswith("-") else text


def _factor(text: str) -> str:
    """A single number with a dot before it, to stand after a fraction; vectors need none."""
    return text if text.startswith("\\") else rf"\cdot {_bracketed(text)}"


_ESCAPES = {c: rf"\{c}" for c in "{}$&#%_"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _text(name: str) -> str:
    """A feature's name as upright text, however it is written."""
    name = " ".join(str(name).split())
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    return rf"\text{{{''.join(_ESCAPES.get(c, c) for c in name)}}}"


def _check(mixture: Mixture, component: int, names: Sequence[str]) -> None:
    if not 0 <= component < mixture.n_components:
        raise ValueError(f"component must be from 0 to {mixture.n_components - 1}; got {component!r}.")
    if len(names) != mixture.n_features:
        raise ValueError(f"names has {len(names)} entries for {mixture.n_features} features.")

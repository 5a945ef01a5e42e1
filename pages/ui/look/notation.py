"""How each covariance family is written in the formulas. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine import shapes
from gmm_core.engine.covariance import MODELS
from pages.ui.look.latex import LONGEST_WHOLE, array, number, shortened, vector


def _by_variances(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The distance of `gap` (d,) in numbers: a fraction for each feature."""
    variances = np.diagonal(covariance)
    parts = (rf"\frac{{{s}}}{{{number(v)}}}" for s, v in zip(_squares(gap), variances, strict=True))
    return shortened(parts, " + ", len(gap))


def _by_one_variance(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The same where all features have one variance."""
    return rf"\frac{{{shortened(_squares(gap), ' + ', len(gap))}}}{{{number(covariance[0, 0])}}}"


def _by_matrix(gap: NDArray[np.float64], covariance: NDArray[np.float64]) -> str:
    """The same with a matrix; of a large one nothing."""
    if len(gap) > LONGEST_WHOLE:
        return ""
    difference = vector(map(number, gap))
    return rf"{difference}^\top {array(covariance)}^{{-1}} {difference}"


def _squares(gap: NDArray[np.float64]) -> list[str]:
    return [f"({number(g)})^2" for g in gap]


@dataclass(frozen=True)
class Notation:
    """How a family is written. `@` stands for the component, `#` for N and `%` for d.

    parameters : what its density is given by, besides the mean.
    distance : the squared Mahalanobis distance. determinant : of the covariance.
    covariance, square : what its M-step finds, and what this sums over the rows; without `square`, only what
        came out is shown. diagonal : the two for large matrices, of which only that is shown.
    of_prior : as how many rows a prior counts in the covariance (Fraley & Raftery 2007, table 2), which is
        also the power of the covariance in its density; k is the number of components.
    prior_distances : what else is in the logarithm of that density.
    in_numbers : writes the distance, of a difference (d,) and a covariance (d, d).
    pooled : whether the M-step sums over all components.
    averaged : whether the engine keeps the average over the features where the formula has the sum.
    """

    parameters: str
    distance: str
    determinant: str
    covariance: str
    square: str
    of_prior: str
    prior_distances: str
    diagonal: tuple[str, str] | None = None
    in_numbers: Callable[[NDArray[np.float64], NDArray[np.float64]], str] = _by_matrix
    pooled: bool = False
    averaged: bool = False


def pulled_by_prior(square: str) -> str:
    """The square of a row's offset from the mean -> that of the mean's from the prior's, times kappa."""
    to_prior = square.replace(r"\mu_{@", r"\mu_{P").replace("x_{n", r"\mu_{@").replace("x_n", r"\mu_{@}")
    return r"\kappa_P\, " + to_prior


_OUTER = r"(x_n - \mu_{@})(x_n - \mu_{@})^\top"
_SQUARE = r"(x_n - \mu_{@})^2"
_SQUARES = r"(x_{n,i} - \mu_{@,i})^2"
_NORM = r"\lVert x_n - \mu_{@} \rVert^2"


def _over(square: str, variance: str) -> str:
    return rf"\frac{{\Lambda_P + {pulled_by_prior(square)}}}{{{variance}}}"


NOTATIONS = {
    "full": Notation(
        r"\Sigma_{@}",
        r"(x - \mu_{@})^\top \Sigma_{@}^{-1} (x - \mu_{@})",
        r"|\Sigma_{@}|",
        r"\Sigma_{@}",
        _OUTER,
        r"\nu_P + % + 2",
        rf"\operatorname{{tr}}\left(\Sigma_{{@}}^{{-1}} (\Lambda_P + {pulled_by_prior(_OUTER)})\right)",
        diagonal=(r"(\Sigma_{@})_{i,i}", _SQUARES),
    ),
    "tied": Notation(
        r"\Sigma",
        r"(x - \mu_{@})^\top \Sigma^{-1} (x - \mu_{@})",
        r"|\Sigma|",
        r"\Sigma",
        _OUTER,
        r"k + \nu_P + % + 1",
        rf"\operatorname{{tr}}\left(\Sigma^{{-1}} (\Lambda_P + \sum_{{j}} {pulled_by_prior(_OUTER)})\right)",
        diagonal=(r"\Sigma_{i,i}", _SQUARES),
        pooled=True,
    ),
    "diag": Notation(
        r"\sigma_{@}^2",
        r"\sum_{i=1}^{%} \frac{(x_i - \mu_{@,i})^2}{\sigma_{@,i}^2}",
        r"\prod_{i} \sigma_{@,i}^2",
        r"\sigma_{@,i}^2",
        _SQUARES,
        r"\nu_P + 3",
        r"\sum_{i} " + _over(_SQUARES, r"\sigma_{@,i}^2"),
        in_numbers=_by_variances,
    ),
    "spherical": Notation(
        r"\sigma_{@}^2 I",
        r"\frac{\lVert x - \mu_{@} \rVert^2}{\sigma_{@}^2}",
        r"(\sigma_{@}^2)^{%}",
        r"\sigma_{@}^2",
        _NORM,
        r"\nu_P + % + 2",
        _over(_NORM, r"\sigma_{@}^2"),
        in_numbers=_by_one_variance,
        averaged=True,
    ),
}
# Any other family has a matrix for each component, however it finds it; of a model it is said what is whose.
_ANY_OTHER = replace(NOTATIONS["full"], square="", diagonal=(r"(\Sigma_{@})_{i,i}", ""))
_VARIANCE, _SHARED = r"\sigma_{@}^2", r"\sigma^2"
_ONE_FEATURE = Notation(
    _VARIANCE,
    r"\frac{(x - \mu_{@})^2}{\sigma_{@}^2}",
    _VARIANCE,
    _VARIANCE,
    _SQUARE,
    r"\nu_P + 3",
    _over(_SQUARE, _VARIANCE),
    in_numbers=_by_variances,
)
_ONE_FEATURE_SHARED = Notation(
    _SHARED,
    r"\frac{(x - \mu_{@})^2}{\sigma^2}",
    _SHARED,
    _SHARED,
    _SQUARE,
    r"k + \nu_P + 2",
    rf"\frac{{\Lambda_P + \sum_{{j}} {pulled_by_prior(_SQUARE)}}}{{\sigma^2}}",
    in_numbers=_by_variances,
    pooled=True,
)


def notation_of(mixture: Mixture) -> Notation:
    name = mixture.covariance_type
    known = NOTATIONS.get(name)
    if mixture.n_features > 1:
        return known or (_of_model(shapes.MODELS[name]) if name in MODELS else _ANY_OTHER)
    one = _ONE_FEATURE_SHARED if mixture.family.shared else _ONE_FEATURE
    return one if known else replace(one, square="")


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


# What the E-step expects of a row's precision in a t distribution.
PRECISION = r"\frac{\nu_{@} + %}{\nu_{@} + \Delta_{n,@}^2}"


def precision(dof: float, d: int, distance: float) -> tuple[str, str]:
    """The same in numbers, and what it is."""
    written = rf"\frac{{{number(dof)} + {d}}}{{{number(dof)} + {number(distance)}}}"
    return written, number((dof + d) / (dof + distance))


def own(mixture: Mixture, component: int) -> int | slice:
    """Where a component's part of the family's arrays is: a shared one belongs to all."""
    return slice(None) if mixture.family.shared else component


def writer(component: int, n: int, d: int, weighted: bool = False) -> Callable[[str], str]:
    """Templates -> LaTeX for this component; where rows are weighted, each counts c_n times."""

    def write(template: str) -> str:
        if weighted:
            template = template.replace(r"\gamma_{n,", r"c_n \gamma_{n,")
        return template.replace("@", str(component + 1)).replace("#", str(n)).replace("%", str(d))

    return write


def check(mixture: Mixture, component: int, names: Sequence[str]) -> None:
    if not 0 <= component < mixture.n_components:
        raise ValueError(f"component must be from 0 to {mixture.n_components - 1}; got {component!r}.")
    if len(names) != mixture.n_features:
        raise ValueError(f"names has {len(names)} entries for {mixture.n_features} features.")

"""How each covariance family is written in the formulas. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Callable
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
OWN = r"\frac{1}{N_{@}} \sum_{n=1}^{#} \gamma_{n,@}\, "
_POOLED = r"\frac{1}{#} \sum_{j} \sum_{n=1}^{#} \gamma_{n,j}\, "

NOTATIONS = {
    "full": Notation(
        r"\Sigma_{@}",
        r"(x - \mu_{@})^\top \Sigma_{@}^{-1} (x - \mu_{@})",
        r"|\Sigma_{@}|",
        r"\Sigma_{@}",
        OWN + _OUTER,
        diagonal=(r"(\Sigma_{@})_{i,i}", OWN + _SQUARES),
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
        OWN + _SQUARES,
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
    OWN + _SQUARE,
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


def notation_of(mixture: Mixture) -> Notation:
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

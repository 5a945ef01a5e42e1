"""One feature from the others: of the point that is asked, and of all rows, in numbers and sentences.

No Streamlit. Letters: n rows that were asked, d features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture, Regression, conditional, highest_density, marginal, regress
from gmm_core.engine.arrays import weights_of
from gmm_core.judgement.given import BAND
from gmm_core.judgement.line import bumps
from gmm_core.judgement.predict import density_levels
from gmm_core.out import export
from gmm_core.words import in_words, percent, together
from pages.ui.look import evidence, numbers

Array = NDArray[np.float64]

HELD = f"{100 * BAND:g}%"
NOTABLE = 0.05  # a bump is named from this share of the highest on
HARDLY = 5e-4  # a share of the variance that would be said to be 0.0%
CLEAR = 0.5  # below this share of the highest, a place is not where the values are
MOST_NAMED = 3  # known features


def others(d: int, wanted: int) -> list[int]:
    """The features that are known where one is wanted, from 0."""
    return [j for j in range(d) if j != wanted]


@dataclass(frozen=True, eq=False)
class Asked:
    """One feature of the asked point, given its others.

    given : the mixture of that feature. low, high : between which it holds `BAND`. bumps : where its density
    is the highest around, as far as that is notable. at_mean : the density at its mean, as a share of the
    highest. densest : the intervals (m, 2) that hold `BAND`, as short as can be.
    """

    given: Mixture
    mean: float
    deviation: float
    low: float
    high: float
    bumps: Array
    at_mean: float
    densest: Array

    @classmethod
    def of(cls, mixture: Mixture, point: Array, wanted: int) -> Asked:
        """A `ValueError` where the others are so far out that nothing can be computed."""
        known = others(len(point), wanted)
        given = conditional(mixture, {j: float(point[j]) for j in known})
        found = regress(mixture, point[np.newaxis, known], known, wanted)
        mean, deviation, low, high = (
            float(one[0, 0]) for one in (found.mean, found.deviation, found.low, found.high)
        )
        places = bumps(given)
        heights = given.log_density(places)
        densest = highest_density(given, BAND).intervals
        assert densest is not None  # of one feature
        return cls(
            *(given, mean, deviation, low, high),
            bumps=places[heights >= heights.max() + np.log(NOTABLE)],
            at_mean=float(np.exp(given.log_density([mean])[0] - heights.max())),
            densest=densest,
        )


def said(asked: Asked, point: Array, wanted: int, names: Sequence[str]) -> str:
    """The prediction for the asked point, and whether its mean is where values are, in Markdown."""
    known, spread = others(len(names), wanted), asked.deviation
    if len(known) <= MOST_NAMED:
        where = together([f"{evidence.literal(names[j])} is {point[j]:.6g}" for j in known])
    else:
        where = f"the other {len(known)} features are those of the asked point"
    mean, low, high = (numbers.near(value, spread) for value in (asked.mean, asked.low, asked.high))
    text = (
        f"Where {where}: **{evidence.literal(names[wanted])} is {mean}** on average (standard deviation "
        f"{spread:.3g}), and in {HELD} of the cases between **{low} and {high}**, as the mixture has it."
    )
    if len(asked.bumps) > 1:
        places = together([numbers.near(place, spread) for place in asked.bumps])
        share = "less than 1" if asked.at_mean < 0.01 else f"{100 * asked.at_mean:.0f}"
        verdict = (
            "the mean is not where the values are" if asked.at_mean < CLEAR else "the mean is among them"
        )
        text += (
            f" The values have **{in_words(len(asked.bumps))} bumps**, at {places}: {verdict}, with {share}%"
            " of the highest density."
        )
    if len(asked.densest) > 1:
        text += f" The densest {HELD} are in parts: {numbers.ranges(asked.densest, spread)}."
    return text


@dataclass(frozen=True, eq=False)
class Predicted:
    """One feature of n rows of data, each predicted from its others.

    rows : (n,), which they are, from 0. levels : the log densities of what is known, from the lowest, of
    these rows. explained : by how much less than their variance the values differ from the predictions,
    squared, as a share; None where they do not vary. covered : the share of the rows within their band.
    """

    rows: NDArray[np.intp]
    found: Regression
    levels: Array
    explained: float | None
    covered: float

    @classmethod
    def of(cls, mixture: Mixture, data: Dataset, rows: NDArray[np.intp], wanted: int) -> Predicted:
        """Of these rows of the data, which may have weights."""
        X, counts = data.X[rows], weights_of(rows, data.sample_weight)
        known, y = others(X.shape[1], wanted), X[:, wanted]
        found = regress(mixture, X[:, known], known, wanted)
        left = np.average((y - found.mean[:, 0]) ** 2, weights=counts)
        total = np.average((y - np.average(y, weights=counts)) ** 2, weights=counts)
        within = (found.low[:, 0] <= y) & (y <= found.high[:, 0])
        levels = density_levels(marginal(mixture, known), X[:, known], sample_weight=counts)
        explained = float(1 - left / total) if total > 0 else None
        return cls(rows, found, levels, explained, float(np.average(within, weights=counts)))


def over_the_data(predicted: Predicted, total: int, name: str) -> str:
    """How well the predictions fit the rows, of so many in all, in Markdown."""
    n = len(predicted.rows)
    rows = f"the {total:,} rows" if n == total else f"{n:,} of the {total:,} rows, drawn at random,"
    text = f"Of {rows} **{percent(predicted.covered, 1)}** lie within their own band of {HELD}"
    if predicted.explained is not None and predicted.explained < HARDLY:
        text += f", and the predictions are no better than the mean of {evidence.literal(name)}"
    elif predicted.explained is not None:
        text += (
            f", and the predictions explain **{percent(predicted.explained, 1)}** of the variance of "
            f"{evidence.literal(name)}"
        )
    return (
        f"{text}. The mixture was fitted to these rows: the more parameters it has, the more that flatters."
    )


def picture_note(names: Sequence[str], wanted: int, is_beyond: bool) -> str:
    """How to read the picture, in Markdown. is_beyond : whether the prediction lies beyond the rows."""
    name = evidence.literal(names[wanted])
    if len(names) == 2:
        (known,) = others(2, wanted)
        text = (
            f"Line and grey band: the mean of {name} and the {HELD} in its middle, at each value of "
            f"{evidence.literal(names[known])}."
        )
    else:
        text = f"On the dashed line {name} is as its mean, given the other {len(names) - 1} features."
    where = "beyond the rows, so on an axis of its own" if is_beyond else "the star, if it is among the rows"
    return (
        f"{text} Right: the density of {name} at the asked point ({where}), and that of each component; its "
        f"mean, and dotted the ends of the {HELD}."
    )


def table(mixture: Mixture, data: Dataset, row_numbers: NDArray[np.integer], wanted: int) -> pd.DataFrame:
    """All rows of the data, and what is predicted for the wanted feature of each."""
    known, name = others(data.X.shape[1], wanted), data.feature_names[wanted]
    found = regress(mixture, data.X[:, known], known, wanted)
    columns = [
        *data.X.T,
        *(part[:, 0] for part in (found.mean, found.deviation, found.low, found.high)),
    ]
    titles = [f"{name}, {what}" for what in ("predicted", "standard deviation", "low", "high")]
    *titles, row = export.distinct([*data.feature_names, *titles, "row"])  # features keep their names
    frame = pd.DataFrame(dict(zip(titles, columns, strict=True)))
    frame.insert(0, row, row_numbers)
    return frame

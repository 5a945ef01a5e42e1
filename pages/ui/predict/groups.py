"""Groups as numbers: which component rules where, quantiles, the densest parts, distances of components.

No Streamlit. Letters: k components, q quantiles, m intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import (
    Boundaries,
    Mixture,
    Region,
    bhattacharyya,
    boundaries,
    cdf,
    highest_density,
    kullback_leibler,
    marginal,
    quantile,
)
from gmm_core.judgement.distances import most_mistaken
from gmm_core.words import plural, together
from pages.ui.look import evidence, numbers

Array = NDArray[np.float64]

SHARES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)  # of quantiles
HELD = (0.5, 0.95)  # by the densest parts
HARDLY = 1e-6  # of a mixture: where less lies, it matters to nobody who rules


PICTURE_NOTE = (
    "Dashed: where the most responsible component changes. Bars below: the densest 50% (thick) and 95%, as "
    "short as can be. Star: the asked point, if it is among the rows."
)


@dataclass(frozen=True, eq=False)
class Numbers:
    """One feature of a mixture in numbers.

    alone : the mixture of that feature. shares : (m,), how much of it lies between its borders. places :
    (q,), its quantiles. densest : the regions that hold `HELD` of it.
    """

    alone: Mixture
    borders: Boundaries
    shares: Array
    places: Array
    densest: tuple[Region, ...]

    @classmethod
    def of(cls, mixture: Mixture, feature: int) -> Numbers:
        """The numbers of that feature, from 0."""
        alone = marginal(mixture, feature)
        borders = boundaries(alone)
        shares = np.diff(cdf(alone, np.concatenate([[-np.inf], borders.places, [np.inf]])))
        densest = tuple(highest_density(alone, mass) for mass in HELD)
        return cls(alone, borders, shares, quantile(alone, SHARES), densest)

    @property
    def spread(self) -> float:
        """What its numbers are rounded by: the least deviation of a component."""
        return float(self.alone.deviations.min())


def rulers(found: Numbers, name: str, d: int) -> str:
    """Which component is the most responsible where, in Markdown; of d features, by that one alone."""
    by = f"By {evidence.literal(name)} alone, the" if d > 1 else "The"
    matter = np.flatnonzero(found.shares >= HARDLY)
    first, last = matter[0], matter[-1]
    if first == last:
        text = f"{by} most responsible component is **{found.borders.rulers[first] + 1}** everywhere."
    else:
        inner = [_stretch(found, i, first, last) for i in range(first, last + 1)]
        inner[0], inner[-1] = f"**{inner[0]}**", f"**{inner[-1]}**"
        text = f"{by} most responsible is {together(inner)}."
    end = len(found.shares) - 1
    if far := [_stretch(found, i, 0, end) for i in (*range(first), *range(last + 1, end + 1))]:
        text += f" So far out that less than a millionth of the mixture lies there, it is {together(far)}."
    if never := [str(j + 1) for j in found.borders.never]:
        is_ = plural(len(never), "is", "are")
        text += f" {plural(len(never), 'Component')} {together(never)} {is_} nowhere the most responsible."
    return text


def _stretch(found: Numbers, i: int, first: int, last: int) -> str:
    """The stretch between two borders and its ruler, where stretches from the first to the last are named."""
    low, high = (
        numbers.near(found.borders.places[j], found.spread) if 0 <= j < len(found.borders.places) else ""
        for j in (i - 1, i)
    )
    where = f"below {high}" if i == first else f"above {low}" if i == last else f"from {low} to {high}"
    return f"{where} component {found.borders.rulers[i] + 1}"


def shares(found: Numbers, value: float) -> str:
    """Quantiles, the densest parts, and what lies below a value, in Markdown."""
    at = dict(zip(SHARES, (numbers.near(place, found.spread) for place in found.places), strict=True))
    below = _percent(100 * float(cdf(found.alone, value)))
    densest = "; ".join(
        f"{100 * region.mass:g}% lie in {numbers.ranges(region.intervals, found.spread)}"
        for region in found.densest
        if region.intervals is not None
    )
    return (
        f"Half of the mixture lies below **{at[0.5]}**, and 95% between **{at[0.025]} and {at[0.975]}**; "
        f"below {numbers.near(value, found.spread)}, the value of the asked point, lie {below}%. As "
        f"short as can be, {densest}."
    )


def _percent(share: float) -> str:
    """A share in percent; never all nor nothing, which no place has below it."""
    if share < 0.001:
        return "less than 0.001"
    return f"{share:.3g}" if share < 99.95 else f"{share:.5g}" if share < 99.999 else "more than 99.999"


def pairs(mixture: Mixture) -> pd.DataFrame:
    """How far the components are apart in all features, two at a time, the nearest first; empty for one."""
    near, far, mistaken = bhattacharyya(mixture), kullback_leibler(mixture), most_mistaken(mixture)
    rows = [
        {
            "component": i + 1,
            "and": j + 1,
            "Bhattacharyya distance": near[i, j],
            "mistaken at most": mistaken[i, j],
            "Kullback-Leibler, first to second": far[i, j],
            "second to first": far[j, i],
        }
        for i, j in combinations(range(mixture.n_components), 2)
    ]
    return pd.DataFrame(rows).sort_values("Bhattacharyya distance", kind="stable") if rows else pd.DataFrame()


def hardest(table: pd.DataFrame) -> str:
    """Which two components are the hardest to tell apart, in Markdown."""
    first = table.iloc[0]
    share = max(100 * first["mistaken at most"], 0.01)
    digits = 1 - math.floor(math.log10(share))
    most = f"{math.ceil(share * 10**digits - 1e-9) / 10**digits:.2g}"  # rounded up, as it is at most so much
    return (
        f"**Components {first['component']:.0f} and {first['and']:.0f} are the hardest to tell apart**: "
        f"their Bhattacharyya distance is {first['Bhattacharyya distance']:.3g}, so that of what belongs to "
        f"the two, the best rule takes at most {most}% for the other's."
    )


def pairs_note(d: int) -> str:
    """What the distances are, in Markdown."""
    where = "" if d == 1 else f" of all {d} features together"
    return (
        f"Distances{where}, in nats, whatever the weights. Bhattacharyya: 0 for equal components, the same "
        "both ways. Kullback-Leibler: how much a row of one tells against the other, on average. Mistaken at "
        "most: the Bhattacharyya bound on the error of the best rule between the two, which minds weights."
    )


def table(found: Numbers, name: str) -> pd.DataFrame:
    """All numbers of one feature, a row each: what, from where, to where, which component, what share."""
    ends = np.concatenate([[-np.inf], found.borders.places, [np.inf]])
    rows = [
        ("most responsible", low, high, ruler + 1, share)
        for low, high, ruler, share in zip(ends, ends[1:], found.borders.rulers, found.shares, strict=False)
    ]
    rows += [("quantile", -np.inf, place, None, q) for q, place in zip(SHARES, found.places, strict=True)]
    for region in found.densest:
        assert region.intervals is not None  # of one feature
        rows += [
            (f"in the densest {100 * region.mass:g}%", *ends, None, part)
            for ends, part in zip(
                region.intervals, np.diff(cdf(found.alone, region.intervals))[:, 0], strict=True
            )
        ]
    columns = ["what", f"{name} from", "to", "component", "share of the mixture"]
    return pd.DataFrame(rows, columns=columns).astype({"component": "Int64"})

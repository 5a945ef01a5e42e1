"""The groups of the best fit, for people: a profile with small densities, intervals, and what was done.

Pure: no Streamlit; the same on the page and in the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from gmm_core.judgement.information import ByInformation
from gmm_core.judgement.intervals import LEVEL, ByBootstrap, Interval, Intervals
from gmm_core.judgement.likelihood import ByLikelihood
from gmm_core.judgement.profile import ColumnProfile, Profile, of_rows, profile
from gmm_core.judgement.selection import Comparison
from gmm_core.judgement.verdict import Verdict
from gmm_core.words import count, percent, plural, uncapital
from pages.ui.look import evidence, palette, sure
from pages.ui.look.markup import template
from pages.ui.look.numbers import MOST_FOR_COVARIANCES

# Densities are cut out by a style: what the page shows as HTML may hold no SVG.
STYLE = palette.painted("""
.em-legend {display: flex; flex-wrap: wrap; gap: 0.1rem 1.4rem; margin: 0.2rem 0 0.6rem}
.em-legend span {white-space: nowrap}
.em-column {border-top: 1px solid rgb(128 128 128 / 0.3); padding: 0.45rem 0 0.5rem; break-inside: avoid}
.em-column header {display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline;
  overflow-wrap: anywhere}
.em-column header small {opacity: 0.75}
.em-cells {display: grid; grid-template-columns: repeat(auto-fill, minmax(8.2rem, 1fr)); gap: 0.3rem 0.8rem}
.em-cells figure {margin: 0; max-width: 13rem}
.em-density {position: relative; height: 2.3rem; border-bottom: 1px solid rgb(128 128 128 / 0.5)}
.em-density i {position: absolute; inset: 0}
.em-density i, .em-dot {background-image: linear-gradient(var(--colour), var(--colour));
  print-color-adjust: exact}
@media print {.st-key-em_take {display: none !important}}
.em-cells figcaption {font-size: 0.85em; font-variant-numeric: tabular-nums}
.em-dot {display: inline-block; width: 0.65em; height: 0.65em; border-radius: 50%; margin-right: 0.3em}
""")
NOTE = (
    "Shares, means and standard deviations (±) are those of the fit. The small densities are of the rows, "
    "each counted by its probability, over the range of the column but for its farthest rows; grey is the "
    "whole column. All are as high as the picture, so compare places and widths."
)
MEASURES = (
    "“Alone” is the share of rows that a column by itself would put into their group: 1 less Bayes' error of "
    "its marginal densities (Fukunaga 1990). “Between” is the share of its variance that lies between the "
    "groups: the correlation ratio (Fisher 1925)."
)
_GROUPS = template("""
<div class="em-legend">
{% for one in legend %}
<span><i class="em-dot" style="--colour: {{ one.colour }}"></i>{{ one.text }}</span>
{% endfor %}
</div>
{% for column in columns %}
<section class="em-column"><header><b>{{ column.name }}</b><small>{{ column.says }}</small></header>
<div class="em-cells">
{% for cell in column.cells %}
<figure><div class="em-density" role="img" aria-label="{{ cell.label }}">
<i style="--colour: {{ grey }}; opacity: 0.3; clip-path: {{ column.whole }}"></i>
<i style="--colour: {{ cell.colour }}; opacity: 0.75; clip-path: {{ cell.shape }}"></i></div>
<figcaption><i class="em-dot" style="--colour: {{ cell.colour }}"></i>{{ cell.text }}</figcaption></figure>
{% endfor %}
</div></section>
{% endfor %}
""")


@dataclass(frozen=True, eq=False)
class Groups:
    """What there is to say of the groups of a verdict, beyond the verdict.

    apart : whether they are groups; else they are the parts of a fit that do not stand apart.
    transform : in which units EM ran, and what was added. intervals : of the parameters, or why they have
    none.
    """

    profile: Profile
    apart: bool
    transform: str
    intervals: ByInformation | ByBootstrap | str | None = None
    names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        if len(self.profile.members) == 1:
            return "What the rows are like"
        return "What the groups are like" if self.apart else "What the parts of the best fit are like"

    @property
    def sentence(self) -> str:
        """What tells the groups apart; where there are none, that these are none."""
        if len(self.profile.members) == 1:
            return "One Gaussian for all rows."
        if self.apart:
            return self.profile.sentence
        return "These parts do not stand apart, so they are no groups for sure: " + uncapital(
            self.profile.sentence
        ).replace("the groups", "them").replace("their group", "their part")


def found(
    said: Verdict,
    comparison: Comparison,
    X: NDArray[np.float64],
    names: Sequence[str],
    own: bool,
    logged: bool = False,
) -> Groups | None:
    """The groups of the verdict on X (n, d); None where nothing could be fitted.

    own : whether it is a table of the user's. logged : whether some columns are logarithms now.
    """
    if said.mixture is None:
        return None
    apart = max(said.group_of) > 0
    of = said.group_of if apart else range(said.mixture.n_components)
    made = profile(said.mixture, X[comparison.rows], list(names), of, sample_weight=comparison.weights)
    return Groups(made, apart, transform(comparison.reg_covar, own, logged), names=tuple(names))


def transform(reg_covar: float, own: bool, logged: bool = False) -> str:
    """What was done to the columns before EM ran, and what EM added."""
    units = "the units of your table" if own else "their own units"
    units += ", but for the logarithms, which are called so" if logged else ""
    return (
        f"EM ran on the columns as they are, not standardised, so all numbers here are in {units}. It added "
        f"{reg_covar:.3g}, in squared units, to every variance."
    )


def html(groups: Groups) -> Markup:
    """The legend, and each column in every group, the most telling column first."""
    made, single = groups.profile, len(groups.profile.members) == 1
    noun = "group" if groups.apart else "part"
    colours = [palette.COMPONENTS[some[0] % len(palette.COMPONENTS)] for some in made.members]
    names = ["all rows"] if single else [f"{noun} {i + 1}" for i in range(len(made.members))]
    several = sum(map(len, made.members)) > len(made.members)
    legend = [
        {"colour": colour, "text": f"{name}: {percent(share, 1)}{_of(some) if several else ''}"}
        for colour, name, share, some in zip(colours, names, made.shares, made.members, strict=True)
    ]
    columns = made.columns if single else made.ranked
    return _GROUPS(
        legend=legend,
        columns=[_shown(column, names, colours, single) for column in columns],
        grey=palette.GREY,
    )


def _of(members: Sequence[int]) -> str:
    numbers = ", ".join(str(j + 1) for j in members)
    return f", of {plural(len(members), 'component')} {numbers}"


def _shown(
    column: ColumnProfile, names: Sequence[str], colours: Sequence[str], single: bool
) -> dict[str, object]:
    low, high = column.at[0], column.at[-1]
    telling = "" if single else f"alone {of_rows(column.alone)}, between {of_rows(column.between)}; "
    return {
        "name": column.name,
        "says": f"{telling}drawn from {low:.3g} to {high:.3g}",
        "whole": _shape(column.whole),
        "cells": [
            {
                "shape": _shape(density),
                "colour": colour,
                "text": value_and_deviation(mean, deviation),
                "label": f"{column.name} in {name}: mean {mean:.4g}, deviation {deviation:.3g}",
            }
            for density, colour, name, mean, deviation in zip(
                column.densities, colours, names, column.means, column.deviations, strict=True
            )
        ],
    }


def value_and_deviation(mean: float, deviation: float) -> str:
    """A mean with as many decimals as its deviation has in three digits."""
    if not 1e-4 <= deviation < 1e6:
        return f"{mean:.4g} ± {deviation:.3g}"
    decimals = max(0, 2 - int(np.floor(np.log10(deviation))))
    return f"{mean:,.{decimals}f} ± {deviation:,.{decimals}f}"


def _shape(density: NDArray[np.float64]) -> str:
    """The area under a density (m,), as high as the picture, as a shape of CSS."""
    top = density.max() or 1.0
    across = np.linspace(0, 100, len(density))
    line = ", ".join(f"{x:.1f}% {y:.1f}%" for x, y in zip(across, 100 - 96 * density / top, strict=True))
    return f"polygon(0% 100%, {line}, 100% 100%)"


def intervals_parts(
    found: ByInformation | ByBootstrap | str, names: Sequence[str], n: int
) -> tuple[pd.DataFrame | None, str]:
    """The table of the intervals, and how they were made; or no table, and why there is none."""
    if isinstance(found, str):
        return None, found
    if isinstance(found, ByBootstrap):
        note = bootstrap_note(found, n)
    else:
        note = likelihood_note(found) if isinstance(found, ByLikelihood) else information_note(found)
    return intervals_table(found, names), f"{note} {sure.places(found)}".strip()


def intervals_table(found: Intervals, names: Sequence[str]) -> pd.DataFrame:
    """One row for each parameter of each component: value, standard error and the ends of its interval."""
    parts: list[dict[str, object]] = []
    correlate = found.covariances.error[:, ~np.eye(len(names), dtype=bool)].any()
    pairs = list(combinations(range(len(names)), 2)) if correlate else []
    for j in range(len(found.means.estimate)):
        parts.append(_parameter(j, "weight", found.weights, j))
        for i, name in enumerate(names):
            parts.append(_parameter(j, f"mean of {name}", found.means, (j, i)))
            parts.append(_parameter(j, f"deviation of {name}", found.deviations, (j, i)))
        for a, b in pairs if len(names) <= MOST_FOR_COVARIANCES else ():
            together = f"covariance of {names[a]} and {names[b]}"
            parts.append(_parameter(j, together, found.covariances, (j, a, b)))
    return pd.DataFrame(parts)


def _parameter(j: int, name: str, of: Interval, at: int | tuple[int, ...]) -> dict[str, object]:
    return {
        "component": str(j + 1),
        "parameter": name,
        "value": float(of.estimate[at]),
        "standard error": float(of.error[at]),
        "from": float(of.low[at]),
        "to": float(of.high[at]),
    }


_INTERVALS = (
    f"From, to: {LEVEL:.0%} intervals, by Student's t of means, by chi-squared of deviations and variances, "
    "symmetric about the log-odds of weights."
)


OVERLAP = 0.2  # of the information missing
HARDLY = 10  # rows left; with fewer, measured coverage is below 92%: tests/benchmarks/intervals.py
_NOT_IN_THEM = "That components and family were chosen by the same rows is not in them."


def information_note(found: ByInformation) -> str:
    """How intervals by information were made, and what is not in them."""
    narrow = " Where groups overlap, as here, they can be too narrow; those by bootstrap are wider there."
    return (
        f"Standard errors {sure.by_information(found)} {_INTERVALS}"
        f"{narrow if found.missing > OVERLAP else ''} {_NOT_IN_THEM}"
    )


def likelihood_note(found: ByLikelihood) -> str:
    """The same of intervals by the likelihood."""
    said = (
        f"Standard errors {sure.by_information(found)} From, to: {LEVEL:.0%} intervals by the likelihood. "
        "Each number was held at either end and all others were fitted anew: there the log-likelihood has "
        "fallen by what chance explains."
    )
    if found.is_open:
        said += (
            " It does not fall so far where an end is infinite, or 0 or 1 of a weight, or 0 of a deviation: "
            "these rows set no bound there."
        )
    if found.left < HARDLY:
        said += (
            f" Of what is known least, these rows tell as much as {found.left:.2g} whose group is known: "
            "there, intervals of weights are too narrow still."
        )
    return f"{said} {_NOT_IN_THEM}"


def bootstrap_note(found: ByBootstrap, n: int) -> str:
    """How intervals by bootstrap were made, and what is not in them."""
    lost = found.n_collapsed
    collapsed = "None of them collapsed."
    if lost:
        collapsed = (
            f"In {lost:,} of them a component collapsed or sat on few or equal rows; they count for nothing, "
            "so these intervals are rather too narrow."
        )
    return (
        f"By bootstrap: {found.n_replicates:,} times, {count(n, 'row')} were drawn with replacement from "
        f"those that were fitted, EM went on from the fit, and components were matched with it. {collapsed} "
        f"{_INTERVALS} They hold if the number of components and the family are right; that these were "
        "chosen by the same rows is not in them."
    )


def report_parts(groups: Groups | None, n: int) -> dict[str, object]:
    """What the report shows of it, by the names in its template; n rows were fitted."""
    if groups is None:
        return {"groups": None, "intervals_note": ""}
    table, note = None, ""
    if groups.intervals is not None:
        table, note = intervals_parts(groups.intervals, groups.names, n)
    return {
        "groups": html(groups),
        "groups_title": groups.title,
        "groups_sentence": groups.sentence,
        "groups_note": evidence.note(f"{NOTE} {MEASURES}"),
        "transform": evidence.note(groups.transform),
        "intervals": None if table is None else evidence.table(table, ".4g"),
        "intervals_note": note and evidence.note(note),
    }

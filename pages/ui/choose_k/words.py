"""What the map of criteria says, in words and numbers. Pure: no Streamlit.

Letters: k components.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from gmm_core import NO_LABEL, Dataset
from gmm_core.judgement.bootstrap import BootstrapTest
from gmm_core.judgement.choice import Cell, Choice, Found
from gmm_core.judgement.criteria import CRITERIA, REFERENCE
from gmm_core.judgement.merging import DOUBT, Cluster, Merging
from gmm_core.judgement.selection import Comparison, Fit, different
from gmm_core.words import capital, count, percent, plural, rounded, together
from pages.ui.address.kinds import BOTH, COMPONENT_LABELS, GAUSSIAN, NOISE, TAILS
from pages.ui.look.markup import template

LETTERS = (
    "A model's letters say of volume, shape and direction, in this order, whether components have it in "
    "common (E, equal) or each has its own (V, varying); I is a round shape, or a direction along the axes. "
    "VII, VVI, EEE and VVV are spherical, diag, tied and full. The M-step of VEI, VEV, VEE, EVE and VVE has "
    "no formula that ends: it is found in steps, from the one before."
)
TOO_FEW = 0.05  # where p is no larger, there are more components
ROUNDING = 0.05  # of a criterion: starts that are closer ended in the same state


def kind(cell: Cell | Fit) -> str:
    """A cell in words."""
    return f"{cell.n_components} {cell.covariance_type}"


def number(value: float, criterion: str) -> str:
    """A difference of a criterion, as short as it can be."""
    if CRITERIA[criterion].a_row:
        return f"{value:.3f}" if value >= 0.0005 else "0"
    if value < ROUNDING:
        return rounded(value, 1) if value >= 0.0005 else "0"
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}"


def short(value: float, criterion: str) -> str:
    """The same in a cell of the map, which may be narrow."""
    if CRITERIA[criterion].a_row:
        return number(value, criterion).removeprefix("0") or "0"
    if value < 9.95:
        return number(value, criterion)
    return (
        f"{value:.0f}"
        if value < 999.5
        else f"{value / 1000:.1f}k"
        if value < 9950
        else f"{value / 1000:.0f}k"
    )


def spreads(cell: Cell, criterion: str) -> bool:
    """Whether the starts of a cell ended in different states."""
    return not cell.excluded and cell.spread >= (0.0005 if CRITERIA[criterion].a_row else ROUNDING)


def gap(cell: Cell, chosen: Choice | None) -> float:
    """How much worse than the best; NaN where it is excluded."""
    return np.nan if chosen is None else abs(cell.value - chosen.best.value)


def in_the_cell(cell: Cell, chosen: Choice | None, criterion: str) -> str:
    """What stands in a cell of the map, on up to three lines."""
    out = len(cell.left_out)
    if cell.excluded:
        return "all<br>out"
    sign = "−" if CRITERIA[criterion].highest else "+"
    away = short(gap(cell, chosen), criterion)
    lines = ["<b>best</b>" if chosen and cell == chosen.best else f"<b>{sign}{away}</b>"]
    if spreads(cell, criterion):
        lines.append(f"↕ {short(cell.spread, criterion)}")
    if out:
        lines.append(f"{out} out")
    return "<br>".join(lines)


def in_the_list(cell: Cell, chosen: Choice | None, criterion: str) -> str:
    """The same in words, on a line of the list that stands for the map where the screen is small."""
    name = f"k = {cell.n_components}, {cell.covariance_type}"
    if cell.excluded:
        return f"{name}: every start is left out"
    best = chosen is not None and cell == chosen.best
    said = ["the best" if best else f"{short(gap(cell, chosen), criterion)} behind"]
    if spreads(cell, criterion):
        said.append(f"starts {short(cell.spread, criterion)} apart")
    if cell.left_out:
        said.append(f"{len(cell.left_out)} left out")
    return f"{name}: {', '.join(said)}"


def hover(cell: Cell, chosen: Choice | None, criterion: str, fit: Fit) -> str:
    """What is said of a cell under the pointer."""
    of = CRITERIA[criterion]
    lines = [f"<b>{count(cell.n_components, 'component')}, {cell.covariance_type}</b>"]
    if cell.excluded:
        lines.append(f"No {of.title}: every start is left out.")
    else:
        value = f"{cell.value:,.4f} a row" if of.a_row else f"{cell.value:,.1f}"
        best = chosen is not None and cell == chosen.best
        lines.append(
            f"{of.title} {value}, {'the best' if best else f'{number(gap(cell, chosen), criterion)} behind'}"
        )
        if fit.n_counted > 1:
            lines.append(f"its starts end up to {number(cell.spread, criterion)} apart")
        if of.value:
            lines.append(f"{fit.n_agree} of {count(fit.n_counted, 'start')} reached its best")
    lines += [f"left out: {escape(why)}" for why in reasons(cell.left_out)]
    lines.append("<i>Click: watch it in Explore</i>")
    return "<br>".join(lines)


def reasons(left_out: Sequence[str]) -> list[str]:
    """Why starts are left out, the same only once."""
    counted: dict[str, int] = {}
    for why in left_out:
        counted[why] = counted.get(why, 0) + 1
    some = [f"{why} ({n} times)" if n > 1 else why for why, n in counted.items()]
    return [*some[:4], f"and {len(some) - 4} more"] if len(some) > 5 else some


def headline(chosen: Mapping[str, Choice | None]) -> str:
    """Which k each criterion chooses, in one sentence."""
    ks = {CRITERIA[name].title: one.best.n_components for name, one in chosen.items() if one}
    if not ks:
        return (
            "No criterion chooses anything: from every start, a component ended on too few or on equal rows "
            "or values."
        )
    if len(set(ks.values())) == 1 and len(ks) > 1:
        k = next(iter(ks.values()))
        return f"{together(list(ks))} {'both' if len(ks) == 2 else 'all'} choose {count(k, 'component')}."
    (first, k), *rest = ks.items()
    return together([f"{first} chooses {k}", *(f"{name} {k}" for name, k in rest)]) + "."


def doubts(chosen: Mapping[str, Choice | None], found: Sequence[Fit]) -> list[str]:
    """A sentence for each choice that luck with the starts might have decided."""
    by_kind = {kind(fit): fit for fit in found}
    said = []
    for name, one in chosen.items():
        if one is None or one.runner_up is None or not one.doubtful:
            continue
        best, other = one.best, one.runner_up
        whose = best if best.spread >= other.spread else other
        title = CRITERIA[name].title
        fit = by_kind.get(kind(whose))
        if CRITERIA[name].value and fit and fit.n_agree == fit.n_counted > 1:
            # They ended in the same state, as far as such a small gap can tell.
            said.append(
                f"**{capital(title)} hardly tells {best.n_components} from {other.n_components}**: "
                f"{kind(other)} is only {number(one.gap, name)} behind {kind(best)}, less than the starts of "
                f"{kind(whose)} differ."
            )
            continue
        reached = ""
        if CRITERIA[name].value and fit and fit.n_counted > 1:
            reached = f" Only {fit.n_agree} of {fit.n_counted} starts reached the best of {kind(whose)}."
        said.append(
            f"**{capital(title)}'s choice is doubtful**: "
            f"{kind(other)} is {number(one.gap, name)} behind {kind(best)}, but the starts of "
            f"{kind(whose)} end up to {number(whose.spread, name)} apart."
            f"{reached} Take more starts: does it stay at {best.n_components}?"
        )
    return said


def at_the_end(chosen: Mapping[str, Choice | None], most: int, tried: int) -> list[str]:
    """A sentence where a choice is the largest k that was tried. most : the largest of the map."""
    ks = {name: one.best.n_components for name, one in chosen.items() if one}
    edge = [CRITERIA[name].title for name, k in ks.items() if k == tried]
    if not edge:
        return []
    if tried == 1:
        return [f"Only one component was tried{': these rows allow no more' if most > 1 else ''}."]
    verb, end = plural(len(edge), "is", "are"), "the map" if tried == most else "what these rows allow"
    return [f"{together(edge)} {verb} at the end of {end}, {tried}: more components may be better still."]


def lessons(chosen: Mapping[str, Choice | None], known: str) -> list[str]:
    """What the choices mean beside each other, and beside what is known."""
    ks = {name: one.best.n_components for name, one in chosen.items() if one}
    said = [known] if known else []
    if usual := ks.get(REFERENCE):
        said += [CRITERIA[name].if_fewer for name, k in ks.items() if k < usual]
        said += [CRITERIA[name].if_more for name, k in ks.items() if k > usual]
    return [one for one in said if one]


def known_groups(data: Dataset, edited: bool) -> str:
    """What is known of the groups in the data, in a sentence; empty where nothing is."""
    if data.truth is not None:
        made = f"The data were drawn from {count(data.truth.n_components, 'Gaussian')}"
        return f"{made}, and then changed." if edited else f"{made}."
    if data.labels is None:
        return ""
    n = len(np.unique(data.labels[data.labels != NO_LABEL]))
    return f"The data have {count(n, 'known group')}, which no criterion is told." if n else ""


def left_out(found: Iterable[Cell]) -> list[str]:
    """A sentence for each family with cells in which every start is left out."""
    gone: dict[str, list[Cell]] = {}
    for cell in found:
        if cell.excluded:
            gone.setdefault(cell.covariance_type, []).append(cell)
    said = []
    for family, some in gone.items():
        ks = together([str(cell.n_components) for cell in some])
        why = "; ".join(reasons([cell.left_out[0] for cell in some if cell.left_out]))
        said.append(f"{family} with {ks}: every start is left out ({why}).")
    return said


def not_tried(comparison: Comparison, most: int, families: Sequence[str], d: int) -> str:
    """Which cells of the map were not to be tried, and why; empty where all were."""
    planned = set(comparison.plan)
    shown = different(families, d)
    missing = [(k, name) for k in range(1, most + 1) for name in shown if (k, name) not in planned]
    if not missing:
        return ""
    return (
        f"{count(len(missing), 'pair')} of k and family {plural(len(missing), 'is', 'are')} not tried: they "
        "would have fewer than three numbers for each parameter, or more components than half the different "
        "rows."
    )


_COUNTED = {
    NOISE: "two parameters of noise, its weight and the volume of its box",
    TAILS: "the degrees of freedom of every component",
    BOTH: "two parameters of noise, and the degrees of freedom of every component",
}


def of_kind(components: str, best: Fit | None, others: Mapping[str, Fit]) -> str:
    """Of which kind of components the map is, where not of Gaussians; and by BIC, whether another is better.

    others : the best fit of every other kind whose map was made.
    """
    said = []
    if components != GAUSSIAN:
        label = COMPONENT_LABELS[components]
        said.append(f"All of this map is of the kind *{label}*: the criteria count {_COUNTED[components]}.")
    for name, other in others.items() if best else ():
        gap = best.bic - other.bic
        than = f"than the best of *{COMPONENT_LABELS[name]}*, {kind(other)}"
        more = "higher" if gap > 0 else "lower"
        away = number(abs(gap), REFERENCE)
        said.append(
            f"The best BIC here is {away} {more} {than}."
            if away != "0"
            else f"The best BIC here is the same as the best of *{COMPONENT_LABELS[name]}*, {kind(other)}."
        )
    if components != GAUSSIAN and not others:
        said.append(
            "Once another kind was chosen in the settings as well, this says which of them is better."
        )
    return " ".join(said)


_TABLE = template(
    '<div class="em-scroll"><table class="em-table"><tr><th class="text">watch in Explore</th>'
    "{% for title in titles %}<th>{{ title }}</th><th>spread</th>{% endfor %}"
    '<th>starts that agree</th><th class="text">left out</th></tr>{% for row in rows %}'
    '<tr><td class="text"><a href="{{ row.link }}" target="_self">{{ row.what }}</a></td>'
    "{% for one in row.cells %}"
    "<td>{% if one.best %}<b>{{ one.value }}</b>{% else %}{{ one.value }}{% endif %}</td>"
    "<td>{{ one.spread }}</td>{% endfor %}"
    '<td>{{ row.agree }}</td><td class="text">{{ row.why }}</td></tr>{% endfor %}</table></div>'
)


def table(
    found: Mapping[str, Sequence[Cell]],
    fits: Sequence[Fit],
    links: Sequence[str],
    chosen: Mapping[str, Choice | None],
) -> str:
    """All cells as an HTML table, the best BIC first, each with a link to its run in Explore."""
    by = {name: {kind(cell): cell for cell in some} for name, some in found.items()}
    order = np.argsort([fit.bic if not fit.degenerate else np.inf for fit in fits], kind="stable")
    rows = []
    for i in order:
        fit, values = fits[i], []
        for name, some in by.items():
            cell, best = some.get(kind(fit)), chosen.get(name)
            digits = 4 if CRITERIA[name].a_row else 1
            if cell is None or cell.excluded:
                values.append({"value": "", "best": False, "spread": ""})
                continue
            value, spread = f"{cell.value:,.{digits}f}", number(cell.spread, name)
            values.append({"value": value, "best": best and cell == best.best, "spread": spread})
        rows.append(
            {
                "link": links[i],
                "what": f"{count(fit.n_components, 'component')}, {fit.covariance_type}",
                "cells": values,
                "agree": f"{fit.n_agree} of {fit.n_counted}",
                "why": "; ".join(reasons(fit.defects)),
            }
        )
    return _TABLE(titles=[CRITERIA[name].title for name in by], rows=rows)


def p_value(test: BootstrapTest) -> list[str]:
    """What a test says so far, in sentences."""
    k, b = test.null.n_components, len(test.null_statistics)
    if not b:
        return [f"-2 log λ of the data is {test.statistic:.4g}. No sample is drawn yet."]
    p, least = test.p_value, 1 / (b + 1)
    as_large = int((test.null_statistics >= test.statistic).sum())
    whose = f"drawn from {count(k, 'component')}"
    if b == 1:
        gain = f"the only sample {whose} gains {'as much' if as_large else 'less'} from one more"
        gain += " as the data do" if as_large else " than the data do"
    else:
        gains = plural(as_large, "gains", "gain")
        gain = f"{as_large or 'none'} of {b:,} samples {whose} {gains} as much from one more as the data do"
    sentence = f"**p = {_beside(p, TOO_FEW)}**: {gain} (-2 log λ = {test.statistic:.4g})."
    if p <= TOO_FEW:
        sentence += f" **{count(k, 'component')} {plural(k, 'is', 'are')} too few.** Test {k + 1} next."
    elif least > TOO_FEW:
        sentence += " So few samples cannot decide: take more."
    else:
        sentence += f" **Nothing asks for more than {count(k, 'component')}**: chance does that too."
    if least <= TOO_FEW and abs(p - TOO_FEW) < 2 * math.sqrt(p * (1 - p) / b):
        sentence += (
            f" That is close to {TOO_FEW:g}: other samples may say otherwise; more samples tell better."
        )
    said = [sentence, f"With {count(b, 'sample')}, p is a multiple of {least:.2g} and never below it."]
    if test.n_failed:
        said.append(
            f"{count(test.n_failed, 'more sample')} {plural(test.n_failed, 'counts', 'count')} for "
            "nothing: every run with one of the two was degenerate."
        )
    return said


def _beside(value: float, limit: float) -> str:
    """A value in as many digits as tell on which side of a limit it is; at the limit counts as below."""
    texts = [f"{value:.{digits}g}" for digits in (2, 3, 4, 5)]
    return next((text for text in texts if (float(text) <= limit) == (value <= limit)), texts[-1])


def merges(merging: Merging) -> list[str]:
    """The merges in order, in sentences."""
    left = merging.entropy
    said = []
    for K, merge in zip(range(merging.n_components - 1, 0, -1), merging.merges, strict=True):
        said.append(
            f"To {count(K, 'cluster')}: {named(merge.first)} joins {named(merge.second)}; "
            f"{left:.1f} nats of entropy become {merge.entropy:.1f}."
        )
        left = merge.entropy
    return said


def named(cluster: Cluster) -> str:
    """The components of a cluster, from 1."""
    return "+".join(str(j + 1) for j in cluster)


def elbow(merging: Merging) -> str:
    """How many clusters the entropies suggest, in a sentence."""
    k, a_row = merging.n_components, merging.entropy / merging.n_samples
    if k == 1:
        return "One component is one cluster: there is nothing to merge."
    if a_row < DOUBT:
        return (
            f"**There is nothing to merge for**: hardly a row is in doubt between the {k} components "
            f"({a_row:.2g} nats a row)."
        )
    if merging.elbow is None:
        return (
            f"**Look yourself**: with {k} components there is no elbow to be found. A merge that takes much "
            "entropy away joins what overlaps; one that takes hardly any joins what keeps apart."
        )
    K = merging.elbow
    return (
        f"**The curve bends at {count(K, 'cluster')}**: merging {k} components down to {K} takes away "
        f"{merging.entropy - merging.entropies[K - 1]:.1f} of {merging.entropy:.1f} nats."
    )


def shares(found: Sequence[Found], true_k: int) -> pd.DataFrame:
    """How often each criterion found the true k, as a table."""
    return pd.DataFrame(
        [
            {
                "criterion": CRITERIA[one.criterion].title,
                f"chose {true_k}": f"{one.n_right} of {one.n_samples}",
                "share": percent(one.share),
                "95% interval": f"{percent(one.low)} to {percent(one.high)}",
                "too few": sum(n for k, n in one.chosen.items() if k < true_k),
                "too many": sum(n for k, n in one.chosen.items() if k > true_k),
                **({"chose none": one.n_undecided} if any(f.n_undecided for f in found) else {}),
            }
            for one in found
        ]
    )

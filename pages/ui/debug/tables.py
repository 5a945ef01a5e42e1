"""The numbers of code with mistakes, as HTML and in sentences. Pure: no Streamlit.

Letters: n samples, m rows shown, k components, d features. Whatever the numbers are, they are shown: zeros,
infinities and what is no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.em import falls
from gmm_core.laboratory.diagnosis import Suspect
from gmm_core.laboratory.faults import FAULTS, Fault
from gmm_core.laboratory.faulty_em import FaultyRun
from gmm_core.laboratory.laws import LAWS, SUM, Parameters
from gmm_core.words import Finding, count
from pages.ui.look.palette import COMPONENTS, painted

Array = NDArray[np.float64]

MOST_FEATURES = 6  # of a mean, or of a row
STYLE = painted("""
.em-numbers {border-collapse: collapse; margin: 0.2rem 0 0.6rem; width: auto}
.em-numbers td, .em-numbers th {border: 0; border-bottom: 1px solid rgb(128 128 128 / 0.25);
  font-size: 0.85em; padding: 0.12rem 0.55rem; text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap}
.em-numbers th {font-weight: 600}
.em-numbers th.group {text-align: center; border-bottom: 2px solid rgb(128 128 128 / 0.4)}
.em-numbers .first {border-left: 1px solid rgb(128 128 128 / 0.4)}
.em-numbers tr.sums td {font-weight: 600; border-top: 2px solid rgb(128 128 128 / 0.4)}
.em-numbers td.bad {color: $WRONG; font-weight: 700}
.em-numbers td.bad::before {content: "! "}
.em-across {overflow-x: auto}
.st-key-debug_switches, .st-key-debug_numbers, .st-key-debug_trace {flex-wrap: wrap}
.st-key-debug_switches > * {flex: 1 1 13rem; min-width: min(13rem, 100%)}
.st-key-debug_numbers > *, .st-key-debug_trace > * {flex: 1 1 24rem; min-width: min(24rem, 100%)}
""")
NONE_ON = "No mistake is on: this is correct EM."


def number(value: float) -> str:
    """A number as it is, in four digits, be it infinite or none."""
    return "0" if value == 0 else f"{value:.4g}"


def responsibilities(
    numbers: Sequence[int],
    X: Array,
    groups: dict[str, Array],
    R: Array,
    column_sums: Array,
) -> str:
    """A few rows: their numbers (m,) and values (m, d), groups of columns (m, k) by their titles, the
    responsibilities R (m, k), and the sums of their columns over all rows (k,).
    """
    k, d = R.shape[1], min(X.shape[1], MOST_FEATURES)
    titles = [*groups, "responsibilities"]
    head = f'<tr><th></th><th class="group" colspan="{d}">value</th>'
    head += "".join(f'<th class="group first" colspan="{k}">{escape(title)}</th>' for title in titles)
    head += '<th class="first"></th></tr><tr><th>row</th>' + "<th></th>" * d
    for _ in titles:
        head += "".join(
            f'<th class="{"first" if j == 0 else ""}" style="color: {COMPONENTS[j]}">{j + 1}</th>'
            for j in range(k)
        )
    head += '<th class="first">row sum</th></tr>'
    body = []
    for i, name in enumerate(numbers):
        cells = [(str(name), ""), *((number(value), "") for value in X[i, :d])]
        for values in (*groups.values(), R):
            cells += [(number(value), "first" if j == 0 else "") for j, value in enumerate(values[i])]
        total = float(R[i].sum())
        cells.append((number(total), "first" + _bad(total)))
        body.append(_row(cells))
    before = 1 + d + k * len(groups)
    foot = f'<tr class="sums"><td colspan="{before}">sums of the columns over all rows</td>'
    foot += "".join(
        f'<td class="{"first" if j == 0 else ""}">{number(value)}</td>' for j, value in enumerate(column_sums)
    )
    return _table(head, [*body, f'{foot}<td class="first"></td></tr>'])


def parameters(these: Parameters, exact: bool = False) -> str:
    """Weights, means and variances of k components, and the sum of the weights; in ten digits if `exact`."""
    write = (lambda value: f"{value:.10g}") if exact else (lambda value: f"{value:.6g}")
    d = min(these.means.shape[1], MOST_FEATURES)
    head = (
        f'<tr><th></th><th>weight</th><th class="first" colspan="{d}">mean</th>'
        f'<th class="first" colspan="{d}">variance</th></tr>'
    )
    body = []
    for j, (weight, mean, variance) in enumerate(
        zip(these.weights, these.means, these.variances, strict=True)
    ):
        name = f'<span style="color: {COMPONENTS[j]}">&#9679;</span> {j + 1}'
        cells = [(write(weight), " bad" if not np.isfinite(weight) else "")]
        cells += [(write(value), "first" if i == 0 else "") for i, value in enumerate(mean[:d])]
        cells += [
            (write(value), ("first" if i == 0 else "") + (" bad" if not value > 0 else ""))
            for i, value in enumerate(variance[:d])
        ]
        body.append(f"<tr><td>{name}</td>{_row(cells)[4:]}")
    total = float(these.weights.sum())
    foot = f'<tr class="sums"><td>sum</td><td class="{_bad(total).strip()}">{number(total)}</td>'
    return _table(head, [*body, f'{foot}<td class="first" colspan="{2 * d}"></td></tr>'])


def _bad(total: float) -> str:
    return "" if abs(total - 1) <= SUM else " bad"


def _row(cells: Iterable[tuple[str, str]]) -> str:
    return "<tr>" + "".join(f'<td class="{kind}">{escape(text)}</td>' for text, kind in cells) + "</tr>"


def _table(head: str, body: Iterable[str]) -> str:
    return f'<div class="em-across"><table class="em-numbers">{head}{"".join(body)}</table></div>'


def laws(run: FaultyRun) -> list[Finding]:
    """Each law, and where this run breaks it first."""
    broken = run.first_broken
    holds = f"Holds in all {count(len(run.steps), 'step')}."
    if run.stop:
        last = len(run.steps) - 2
        holds = f"Holds up to iteration {last}." if last >= 0 else "Not asked: the numbers are not finite."
    return [
        Finding("warning", sentence, f"Broken in iteration {broken[law][0]}: {broken[law][1]}")
        if law in broken
        else Finding("info", sentence, holds)
        for law, sentence in LAWS.items()
    ]


def outcome(run: FaultyRun, correct: FaultyRun) -> str:
    """What became of a run, in a few sentences of markdown, with the figures of correct EM beside it."""
    told = f"Correct EM: {_course(correct)}."
    if not run.faults:
        return f"**{NONE_ON}** {_course(correct, 'Its log-likelihood goes')}."
    known = count(len(run.faults), "mistake")
    said = f"**With {'this mistake' if len(run.faults) == 1 else f'these {known}'}** "
    said += f"{_course(run, 'the true log-likelihood goes')}."
    weights = run.steps[-1].parameters.weights
    if abs(weights.sum() - 1) > SUM:
        each = f", each of them 1/{round(1 / weights[0]):,}" if _equal(weights) else ""
        said += f" The weights sum to {number(float(weights.sum()))}{each}."
    if run.stop:
        said += f" {run.stop}"
    return f"{said} {told}"


def _equal(weights: Array) -> bool:
    return bool(np.isfinite(weights).all() and weights[0] > 0 and np.ptp(weights) < 1e-3 * weights[0])


def _course(run: FaultyRun, begins: str = "") -> str:
    values = run.log_likelihoods
    if not np.isfinite(values).any():
        return f"{begins.removesuffix(' goes')} is no number".strip()
    last = int(np.flatnonzero(np.isfinite(values))[-1])
    if last == 0:
        is_ = f"{begins.removesuffix(' goes')} is " if begins else ""
        return f"{is_}{_total(values[0])} at the start"
    fell = len(falls(values))
    way = f"{begins} from {_total(values[0])} to {_total(values[last])} in {count(last, 'iteration')}".strip()
    return f"{way} and " + (f"**falls {count(fell, 'time')}**" if fell else "never falls")


def _total(value: float) -> str:
    return f"{value:,.2f}".replace("-", "−") if abs(value) < 1e6 else f"{value:.3g}".replace("-", "−")


def where(fault: Fault) -> str:
    """Where in the program a mistake is, in words."""
    return {"start": "at the start", "log-likelihood": "in the log-likelihood"}.get(
        fault.where, f"in the {fault.where}"
    )


def nothing_seen(run: FaultyRun, correct: FaultyRun) -> bool:
    """Whether the mistakes leave no trace: the same parameters, and the same numbers printed."""
    same = len(run.steps) == len(correct.steps)
    return bool(
        run.faults
        and same
        and np.allclose(run.log_likelihoods, correct.log_likelihoods, rtol=1e-9)
        and np.allclose(run.printed, correct.printed, rtol=1e-9)
    )


def names(faults: Sequence[str]) -> str:
    """Mistakes in words, in one line."""
    return "; ".join(FAULTS[name].title for name in faults)


def suspect_title(suspect: Suspect) -> str:
    """What is suspected, in a few words."""
    if suspect.faults is None:
        return "No switch for this one"
    return names(suspect.faults) or "Correct EM"

"""The numbers of code with mistakes, as HTML and in sentences. Pure: no Streamlit.

Letters: n samples, m rows shown, k components, d features. Whatever the numbers are, they are shown: zeros,
infinities and what is no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.em import falls
from gmm_core.laboratory.diagnosis import Check, Suspect
from gmm_core.laboratory.faults import FAULTS, Fault
from gmm_core.laboratory.faulty_em import FaultyRun
from gmm_core.laboratory.laws import LAWS, SUM, Parameters
from gmm_core.words import Finding, count, plural
from pages.ui.look.markup import template
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
.em-list tr.unsettled, .em-list tr.holds {opacity: 0.85}
@container (max-width: 640px) { /* one above the other: the buttons below are in view */
  .em-player[data-grouped] .em-stage {height: clamp(240px, calc(100vh - 600px), 620px)}
  .em-player[data-grouped] .em-curve > .em-plot {height: clamp(105px, 15vh, 260px)}
}
/* The values above their course in time, whose own axis has that name: there is no room for both. */
.em-player[data-grouped] .em-stage:has(.x2title) .xtitle {display: none}
.st-key-debug_numbers, .st-key-debug_trace {flex-wrap: wrap}
.st-key-debug_numbers > *, .st-key-debug_trace > * {flex: 1 1 24rem; min-width: min(24rem, 100%)}
""")
NONE_ON = "No mistake is on: this is correct EM."


def number(value: float) -> str:
    """A number as it is, in four digits, be it infinite or none."""
    return "0" if value == 0 else f"{value:.4g}"


_ROW = '{% for text, kind in cells %}<td class="{{ kind }}">{{ text }}</td>{% endfor %}'
_RESPONSIBILITIES = template(
    '<div class="em-across" tabindex="0"><table class="em-numbers">'
    '<tr><td></td><th class="group" colspan="{{ d }}">value</th>'
    '{% for title in titles %}<th class="group first" colspan="{{ k }}">{{ title }}</th>{% endfor %}'
    '<td class="first"></td></tr>'
    '<tr><th>row</th>{{ "<td></td>"|safe * d }}{% for _ in titles %}{% for j in range(k) %}'
    '<th class="{{ "first" if j == 0 else "" }}" style="color: {{ colours[j] }}">{{ j + 1 }}</th>'
    '{% endfor %}{% endfor %}<th class="first">row sum</th></tr>'
    f"{{% for cells in rows %}}<tr>{_ROW}</tr>{{% endfor %}}"
    '<tr class="sums"><td colspan="{{ before }}">sums of the columns over all rows</td>'
    f'{{% set cells = sums %}}{_ROW}<td class="first"></td></tr></table></div>'
)
_PARAMETERS = template(
    '<div class="em-across" tabindex="0"><table class="em-numbers">'
    '<tr><td></td><th>weight</th><th class="first" colspan="{{ d }}">mean</th>'
    '<th class="first" colspan="{{ d }}">variance</th></tr>'
    "{% for cells in rows %}"
    '<tr><td><span style="color: {{ colours[loop.index0] }}">&#9679;</span> {{ loop.index }}</td>'
    f"{_ROW}</tr>{{% endfor %}}"
    '<tr class="sums"><td>sum</td><td class="{{ kind }}">{{ total }}</td>'
    '<td class="first" colspan="{{ 2 * d }}"></td></tr></table></div>'
)

_CHECKS = template(
    '<table class="em-list">{% for kind, sign, title, sentence in rows %}<tr class="{{ kind }}">'
    '<td><b>{{ sign }}</b> {{ title }}</td><td class="evidence">{{ sentence }}</td></tr>{% endfor %}</table>'
)


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
    rows = []
    for i, name in enumerate(numbers):
        cells = [(str(name), ""), *((number(value), "") for value in X[i, :d])]
        for values in (*groups.values(), R):
            cells += _group(map(number, values[i]))
        total = float(R[i].sum())
        rows.append([*cells, (number(total), _kinds("first", _bad(total)))])
    return _RESPONSIBILITIES(
        k=k,
        d=d,
        titles=[*groups, "responsibilities"],
        colours=COMPONENTS,
        rows=rows,
        before=1 + d + k * len(groups),
        sums=_group(map(number, column_sums)),
    )


def parameters(these: Parameters, exact: bool = False) -> str:
    """Weights, means and variances of k components, and the sum of the weights; in ten digits if `exact`."""
    write = (lambda value: f"{value:.10g}") if exact else (lambda value: f"{value:.6g}")
    d = min(these.means.shape[1], MOST_FEATURES)
    rows = []
    for weight, mean, variance in zip(these.weights, these.means, these.variances, strict=True):
        cells = [(write(weight), _kinds("" if np.isfinite(weight) else "bad"))]
        cells += _group(map(write, mean[:d]))
        bad = ["" if value > 0 else "bad" for value in variance[:d]]
        rows.append([*cells, *_group(map(write, variance[:d]), bad)])
    total = float(these.weights.sum())
    return _PARAMETERS(d=d, colours=COMPONENTS, rows=rows, total=number(total), kind=_bad(total))


def _group(texts: Iterable[str], kinds: Iterable[str] = repeat("")) -> list[tuple[str, str]]:
    """Cells of which the first begins a group, and what else they are."""
    return [
        (text, _kinds("first" if j == 0 else "", kind))
        for j, (text, kind) in enumerate(zip(texts, kinds, strict=False))
    ]


def _kinds(*names: str) -> str:
    return " ".join(filter(None, names))


def _bad(total: float) -> str:
    return "" if abs(total - 1) <= SUM else "bad"


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


def checks(found: Iterable[Check]) -> str:
    """What was asked, one below the other, with the figures beside it."""
    signs = {True: ("holds", "✓"), False: ("warning", "!"), None: ("unsettled", "?")}
    return _CHECKS(rows=[(*signs[one.holds], one.title, one.sentence) for one in found])


def outcome(run: FaultyRun, correct: FaultyRun) -> str:
    """What became of a run, in a few sentences of markdown, with the figures of correct EM beside it."""
    told = f"Correct EM: {_course(correct)}."
    if not run.faults:
        return f"**{NONE_ON}** {_course(correct, 'Its log-likelihood goes')}."
    n = len(run.faults)
    said = f"**With {plural(n, 'this mistake', f'these {n} mistakes')}** "
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

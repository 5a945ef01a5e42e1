"""What stands beside a verdict: tables and lists, the same on the page and in the report. No Streamlit.

Everything that a user named is escaped here, whether it becomes a sentence, a header or a cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape
from string import punctuation

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.selection import Comparison
from gmm_core.verdict import Finding

MOST_ROWS = 1000  # of a list of rows
MOST_COLUMNS = 100  # of the list of columns

# Colours are shares of the text's own, so that they suit a light and a dark page.
STYLE = """
.em-list, .em-table {border-collapse: collapse; width: 100%; margin: 0.2rem 0 0.8rem; font-size: 1em}
.em-list td {border: 0; border-top: 1px solid rgb(128 128 128 / 0.3); padding: 0.4rem 0.6rem}
.em-list tr {vertical-align: top; break-inside: avoid}
.em-list td:first-child {border-left: 4px solid rgb(128 128 128 / 0.35)}
.em-list tr.warning td:first-child {border-left-color: #E69F00}
.em-list td.evidence {width: 42%; opacity: 0.75; font-size: 0.9em; overflow-wrap: anywhere}
.em-scroll {max-height: 24rem; overflow: auto}
.em-table td, .em-table th {border: 0; border-bottom: 1px solid rgb(128 128 128 / 0.25); font-size: 0.85em;
  padding: 0.15rem 0.5rem; text-align: right; font-variant-numeric: tabular-nums}
.em-table td, .em-table th {overflow-wrap: break-word}
.em-table td {white-space: nowrap}
.em-table td.text, .em-table th.text {text-align: left}
.em-table tr {break-inside: avoid}
.em-note {opacity: 0.75; font-size: 0.9em; margin: 0.2rem 0 0.6rem; overflow-wrap: anywhere}
@media print {.em-scroll {max-height: none; overflow: visible} .em-table td {white-space: normal}}
"""
# The page around them: not too wide to read, pictures under each other where there is no room, and what
# does not belong on paper.
PAGE_STYLE = """
[data-testid=stMainBlockContainer] {max-width: 76rem}
.st-key-em_pictures {flex-wrap: wrap}
.st-key-em_pictures > * {flex: 1 1 24rem; min-width: min(24rem, 100%)}
@page {size: A4; margin: 12mm}
@media print {
  [data-testid=stSidebar], [data-testid=stHeader], [data-testid=stToolbar], .stButton, .stDownloadButton,
    .st-key-em_try, .modebar {display: none !important}
  .stApp, .stMain, [data-testid=stAppViewContainer] {position: static !important; display: block !important;
    overflow: visible !important; height: auto !important}
  [data-testid=stMainBlockContainer] {padding: 0 !important; max-width: none; zoom: 0.8}
  :root, body, .stApp {color-scheme: light !important; background: white !important}
  .stApp * {color: #222 !important; background-color: transparent !important}
  .js-plotly-plot text {fill: #222 !important}
  .js-plotly-plot .legend .bg {fill: none !important}
  .st-key-em_pictures {display: block !important; max-width: 52rem}
  .stPlotlyChart {break-inside: avoid; break-after: avoid}
  h2, h3 {break-after: avoid}
}
"""


def sentences(findings: Iterable[Finding]) -> str:
    """A list as HTML: each sentence, with its evidence beside it."""
    rows = "".join(
        f'<tr class="{finding.level}"><td>{"<b>!</b> " if finding.level == "warning" else ""}'
        f'{escape(finding.sentence)}</td><td class="evidence">{escape(finding.evidence)}</td></tr>'
        for finding in findings
    )
    return f'<table class="em-list">{rows}</table>'


# These mean nothing within a line, or only where a line begins with them.
_SIGNS = "".join(sign for sign in punctuation if sign not in ".,;?'/%=@")


def literal(text: str) -> str:
    """A text inside Streamlit's markdown, where none of its signs means anything."""
    return re.sub(f"([{re.escape(_SIGNS)}])", r"\\\1", text)


def plain(texts: Iterable[str]) -> str:
    """A list as HTML, of sentences alone."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def note(text: str) -> str:
    """A small paragraph as HTML."""
    return f'<p class="em-note">{escape(text)}</p>'


def table(frame: pd.DataFrame, number: str = ".6g") -> str:
    """A table as HTML, which scrolls on a screen and is whole on paper; `number` is the format of floats."""
    kinds = ["text" if frame.iloc[:, j].dtype.kind not in "iuf" else "" for j in range(frame.shape[1])]
    head = _cells("th", map(str, frame.columns), kinds)
    columns = [[_written(value, number) for value in frame.iloc[:, j]] for j in range(frame.shape[1])]
    body = "".join(f"<tr>{_cells('td', row, kinds)}</tr>" for row in zip(*columns, strict=True))
    return f'<div class="em-scroll"><table class="em-table"><tr>{head}</tr>{body}</table></div>'


def _cells(tag: str, texts: Iterable[str], kinds: list[str]) -> str:
    return "".join(
        f'<{tag} class="{kind}">{escape(text)}</{tag}>' for text, kind in zip(texts, kinds, strict=True)
    )


def _written(value: object, number: str) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:{number}}"
    return f"{value:,}" if isinstance(value, int | np.integer) and not isinstance(value, bool) else str(value)


def columns(frame: pd.DataFrame, fitted: Collection[str] = ()) -> pd.DataFrame:
    """One row for each column of a user's table: type, missing values, range, and whether it is fitted."""
    return pd.DataFrame([_column(frame[name], name in fitted) for name in frame.columns[:MOST_COLUMNS]])


def columns_note(shown: int, total: int) -> str:
    """What to say where not all columns are listed; empty where they are."""
    return "" if shown == total else f"The first {shown} of {total:,} columns."


def _column(column: pd.Series, fitted: bool) -> dict[str, object]:
    known, kind = column.dropna(), column.dtype.kind
    low = high = np.nan
    name = {"M": "dates", "b": "true or false"}.get(kind, "text")
    use = "fitted" if fitted else "not fitted"
    if kind in "iuf":
        low, high = float(known.min()), float(known.max())
        name = "whole numbers" if (known == known.round()).all() else "numbers"
        use = "constant, not fitted" if low == high and not fitted else use
    return {
        "column": str(column.name),
        "type": name,
        "missing": int(len(column) - len(known)),
        "smallest": low,
        "largest": high,
        "use": use,
    }


def fits(comparison: Comparison) -> pd.DataFrame:
    """One row for each fit, in the order of BIC; those that were set aside are the last."""
    aside = [one for one in comparison.fits if one.degenerate]
    best = comparison.best
    return pd.DataFrame(
        [
            {
                "k": one.n_components,
                "family": one.covariance_type,
                "BIC": round(one.bic, 2),
                "over the best": np.nan if best is None else round(one.bic - best.bic, 2),
                "ICL": round(one.icl, 2),
                "log-likelihood": round(one.attempts[0].log_likelihood, 2),
                "starts that agree": f"{one.n_agree} of {len(one.attempts)}",
                "set aside because": one.attempts[0].defect,
            }
            for one in (*comparison.ranking, *aside)
        ]
    )


def unsure_rows(
    X: NDArray[np.float64],
    names: Iterable[str],
    mixture: Mixture,
    which: NDArray[np.intp],
    numbers: NDArray[np.integer],
) -> pd.DataFrame:
    """The rows `which` of X (n, d), at most a thousand: number, responsibilities, likeliest first, values.

    numbers : what the rows are called, (n,).
    """
    some = which[:MOST_ROWS]
    responsibilities = mixture.responsibilities(X[some])
    order = np.argsort(-responsibilities, axis=1)
    likely = [
        ", ".join(f"{j + 1}: {r[j]:.0%}" for j in first[:3])
        for r, first in zip(responsibilities, order, strict=True)
    ]
    head = pd.DataFrame({"row": numbers[some].astype(str), "components": likely})
    return pd.concat([head, pd.DataFrame(X[some], columns=list(names))], axis=1)


def unsure_note(shown: int, total: int) -> str:
    """What the list of unsure rows is."""
    part = f"The first {shown:,} of {total:,} rows" if shown < total else f"{total:,} row{'s' * (total > 1)}"
    return f"{part} whose largest responsibility is below 0.6, with their likeliest components."

"""The tables beside a verdict, and the style of the page, on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.judgement.astray import Astray
from gmm_core.judgement.selection import Comparison
from gmm_core.words import count, percent
from pages.ui.look import palette

MOST_ROWS = 1000  # of a list of rows
# The page around them: not too wide to read, pictures under each other where there is no room, and what
# does not belong on paper.
PAGE_STYLE = palette.painted("""
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
  .stApp * {color: $PRINT !important; background-color: transparent !important}
  .js-plotly-plot text {fill: $PRINT !important}
  .js-plotly-plot .legend .bg {fill: none !important}
  .st-key-em_pictures {display: block !important; max-width: 52rem}
  .em-chart {break-inside: avoid; break-after: avoid}
  h2, h3 {break-after: avoid}
}
""")


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
                "starts that agree": f"{one.n_agree} of {one.n_counted}",
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
        ", ".join(f"{j + 1}: {percent(r[j])}" for j in first[:3])
        for r, first in zip(responsibilities, order, strict=True)
    ]
    head = pd.DataFrame({"row": numbers[some].astype(str), "components": likely})
    return pd.concat([head, pd.DataFrame(X[some], columns=list(names))], axis=1)


def strays(
    X: NDArray[np.float64], names: Iterable[str], found: Astray, numbers: NDArray[np.integer]
) -> pd.DataFrame:
    """The rows of X (n, d) that are most probably noise, at most a thousand: number, probability, values."""
    some = found.rows[:MOST_ROWS]
    shares = [percent(share) for share in found.shares[:MOST_ROWS]]
    head = pd.DataFrame({"row": numbers[some].astype(str), "noise": shares})
    return pd.concat([head, pd.DataFrame(X[some], columns=list(names))], axis=1)


def unsure_note(shown: int, total: int) -> str:
    """What the list of unsure rows is."""
    part = f"The first {shown:,} of {total:,} rows" if shown < total else f"{count(total, 'row')}"
    return f"{part} whose largest responsibility is below 0.6, with their likeliest components."

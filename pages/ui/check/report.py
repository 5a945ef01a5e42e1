"""A checked dataset as one HTML file, which needs nothing else to be read or printed. Pure: no Streamlit."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup
from numpy.typing import NDArray
from plotly.io import to_html

from gmm_core.judgement.selection import Comparison
from gmm_core.judgement.verdict import Verdict
from gmm_core.words import Finding, figure, plural
from pages.ui.check import figures, tables
from pages.ui.check import groups as groups_html
from pages.ui.check.groups import Groups
from pages.ui.look import evidence, palette
from pages.ui.look.markup import template
from pages.ui.player import assets
from pages.ui.player.offline import in_script

WIDTH = 680  # pixels of a picture: an A4 page between its margins is 700 wide
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "plotly", "streamlit")
STYLE = palette.painted("""
@page {size: A4; margin: 12mm}
body {font: 16px/1.45 system-ui, sans-serif; color: $PRINT; background: white; max-width: 700px; margin: auto;
  padding: 1rem; overflow-wrap: anywhere}
h1 {font-size: 1.6rem} h2 {font-size: 1.2rem; margin-top: 2rem; break-after: avoid}
.answer {border: 2px solid; border-radius: 6px; padding: 0.8rem 1rem; font-weight: 600;
  background: $PRINT_BOX}
.answer.sure {border-color: $SURE} .answer.unsure {border-color: $UNSURE}
.picture {break-inside: avoid; overflow-x: auto}
@media print {body {padding: 0; max-width: none; font-size: 13px} .modebar {display: none}}
""")

_PAGE = template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8"))


def report(
    said: Verdict,
    comparison: Comparison,
    X: NDArray[np.float64],
    names: Sequence[str],
    numbers: NDArray[np.integer],
    *,
    source: str,
    about: str,
    findings: Sequence[Finding],
    reading: Sequence[str] = (),
    columns: pd.DataFrame | None = None,
    groups: Groups | None = None,
    made: datetime,
) -> str:
    """The page about X (n, d) as HTML. Texts are escaped here.

    numbers : what the rows are called, (n,). source, about : what the data are called, and what they are.
    findings : of the data before any fit. reading, columns : of a user's table.
    groups : of the best fit. made : when.
    """
    rows, unsure_note = None, ""
    if said.mixture is not None and len(said.unsure_rows):
        rows = tables.unsure_rows(X, names, said.mixture, said.unsure_rows, numbers)
        unsure_note = tables.unsure_note(len(rows), len(said.unsure_rows))
    return _PAGE(
        title=f"Is there any grouping in {source}?",
        style=Markup(evidence.STYLE + groups_html.STYLE + STYLE),
        said=said,
        about=evidence.note(f"{about} Checked on {made:%Y-%m-%d at %H:%M %Z}.".strip()),
        why=evidence.sentences((*said.caveats, *said.reasons)),
        plotly=Markup(in_script(assets.contents()[assets.BASIC].decode("utf-8"))),
        bic=_picture(figures.bic(comparison)),
        bic_note=evidence.note(f"{figures.BIC_NOTE} {figures.not_drawn(comparison)}"),
        pairs=said.mixture and _picture(figures.pairs(X, names, said.mixture, numbers)),
        pairs_note=said.mixture and evidence.note(figures.pairs_note(len(X), said.mixture)),
        findings=evidence.sentences(findings),
        columns=None if columns is None else evidence.table(columns),
        reading=reading and evidence.plain(reading),
        fits=evidence.table(tables.fits(comparison)),
        unsure_rows=None if rows is None else evidence.table(rows),
        unsure_note=evidence.note(unsure_note),
        **groups_html.report_parts(groups, len(comparison.rows)),
        how=evidence.plain(_made(comparison, len(names))),
    )


def _picture(figure: go.Figure) -> Markup:
    # The template is named: Streamlit makes one the default whose colours only its page can fill in.
    figure = go.Figure(figure).update_layout(template="plotly_white", width=WIDTH)
    config = {"displaylogo": False}
    return Markup(to_html(figure, include_plotlyjs=False, full_html=False, config=config))


def _made(comparison: Comparison, d: int) -> list[str]:
    ks = [k for k, _ in comparison.plan]
    families = ", ".join(dict.fromkeys(family for _, family in comparison.plan))
    starts = max((len(one.attempts) for one in comparison.fits), default=0)
    used, n = len(comparison.rows), comparison.n_samples
    counted = (
        f", which count as {figure(comparison.n_counted)}" if comparison.sample_weight is not None else ""
    )
    return [
        f"Gaussian mixtures with {min(ks)} to {max(ks)} components and {families} covariances were fitted by "
        f"EM, from {starts} starts each (k-means on standardised and on whitened data, and k-means++), with "
        f"{comparison.reg_covar:.3g} added to every variance: {len(comparison.fits)} fits of the "
        f"{len(comparison.plan)} that were planned.",
        f"They saw {used:,} of {n:,} rows{', a random sample' if comparison.sampled else ''}{counted}, and "
        f"{d} {plural(d, 'feature')} as they are, not standardised.",
        "BIC and ICL: lower is better. A fit in which a component sits on too few or on equal rows or "
        "values never wins. Components count as groups only where the rows thin out between them.",
        f"EM explorer; Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        + ".",
    ]

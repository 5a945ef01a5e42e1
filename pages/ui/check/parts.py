"""The parts of Check: what to begin with, the comparison behind the verdict, and the evidence beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.selection import Comparison
from gmm_core.judgement.verdict import Verdict
from gmm_core.words import Finding, in_words
from pages.ui.address import address, wishes
from pages.ui.address.settings import Settings
from pages.ui.check import cached, figures, tables
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.data import findings
from pages.ui.shell import charts, how_read, notes, own_table, waiting

STOP = "stop the check"
TO_CHECK = {  # what the page offers to begin with
    "own": "Check your own table",
    "blobs": "Try three blobs",
    "qa_series": "Try the Q&A series",
    "uniform_noise": "Try noise without groups",
}


def what_to_check(settings: Settings) -> None:
    """Say what made no sense in a link, and what the page does, and offer something to try."""
    if not own_table.waits(settings):
        notes.say(address.problems())
    st.markdown(
        "Bring a table, and set nothing: the page looks at its columns, fits one to ten Gaussians of "
        f"{in_words(len(FAMILIES))} families from several starts each, and says in plain words "
        "whether there are groups, how sure that is, and why."
    )
    with st.container(horizontal=True, key="em_try"):
        for name, label in TO_CHECK.items():
            if name != settings.data:
                icon = ":material/upload_file:" if name == "own" else None
                st.button(label, icon=icon, on_click=address.choose, args=("data", name), key=f"try_{name}")


def invite() -> None:
    """What stands in place of a verdict while there is no table: where one cannot be used, why not."""
    own_table.invite()
    rejected = own_table.rejected()
    if rejected and rejected.columns is not None:
        st.header("What the data look like")
        st.html(evidence.table(rejected.columns) + evidence.plain(rejected.findings))


def compare(settings: Settings) -> Comparison:
    """Fit over k and family, showing how far it is; a button judges what there is so far."""
    waiting.grow(cached.fits(settings), STOP, settings.drawn_from)
    return cached.comparison(settings)


def offer_the_rest(settings: Settings, comparison: Comparison) -> None:
    """Where the comparison was stopped, go on with it."""
    if comparison.stopped:
        waiting.offer_the_rest(cached.fits(settings), STOP, "fit")


def look(
    settings: Settings, names: Sequence[str]
) -> tuple[tuple[Finding, ...], tuple[str, ...], pd.DataFrame | None]:
    """What the data look like: what was found in them, while reading a table of the user's own, and in its
    columns, of which those with these names are compared.
    """
    st.header("What the data look like")
    found = findings(settings)
    st.html(evidence.sentences(found))
    if settings.data != "own":
        return found, (), None
    table = brought.table(settings)
    columns = evidence.columns(table.frame, names)
    with st.expander("The columns, and what was found while reading the table", expanded=True):
        st.html(evidence.table(columns) + evidence.plain(table.findings))
        st.caption(evidence.columns_note(len(columns), table.frame.shape[1]))
    with st.expander("How your table was read"):
        how_read.panel(settings, "page")
    return found, table.findings, columns


def unsure(said: Verdict, X: NDArray[np.float64], names: Sequence[str], numbers: NDArray[np.integer]) -> None:
    """The rows of which nothing can be said for sure."""
    if said.mixture is not None and len(said.unsure_rows):
        rows = tables.unsure_rows(X, names, said.mixture, said.unsure_rows, numbers)
        with st.expander(tables.unsure_note(len(rows), len(said.unsure_rows))):
            st.html(evidence.table(rows))


STRAYS = "strays"


def strays(
    settings: Settings,
    comparison: Comparison,
    said: Verdict,
    X: NDArray[np.float64],
    names: Sequence[str],
    numbers: NDArray[np.integer],
) -> None:
    """Which rows belong to no group, on request: noise beside the components takes some fits more."""
    if said.mixture is None:
        return
    if wishes.asked(STRAYS) != settings.data_alone:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Look for strays with noise",
                icon=":material/grain:",
                on_click=wishes.ask,
                args=(STRAYS, settings.data_alone),
            )
            st.caption("Fits a uniform density beside the Gaussians, and names the rows that belong to it.")
        return
    with waiting.bar(partial(wishes.forget, STRAYS)):
        found = cached.astray(settings, comparison).result()
    st.header("Strays")
    if found is None:
        st.caption("No mixture with noise could be fitted to these rows.")
        return
    st.markdown(evidence.literal(found.sentence(X, names, numbers, said.headline)))
    if len(found.rows) and found.gained > 0:
        st.html(evidence.table(tables.strays(X, names, found, numbers)))


def pictures(
    settings: Settings,
    comparison: Comparison,
    said: Verdict,
    X: NDArray[np.float64],
    names: Sequence[str],
    numbers: NDArray[np.integer],
) -> None:
    """How many components, and the best fit, beside each other."""
    with st.container(key="em_pictures", horizontal=True):
        with st.container():
            st.header("How many components")
            charts.show(
                cached.bic_figure(settings, comparison),
                "check_bic",
                "BIC by the number of components, a line for each family",
            )
            st.caption(f"{figures.BIC_NOTE} {figures.not_drawn(comparison)}")
        if said.mixture is not None:
            with st.container():
                st.header("The best fit")
                figure = cached.pairs_figure(settings, said.mixture, X, names, numbers)
                charts.show(figure, "check_pairs", "The rows in the colours of their components")
                st.caption(figures.pairs_note(len(X), said.mixture))

"""The evidence on Check: what the data look like, and what stands beside the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core.judgement.selection import Comparison
from gmm_core.judgement.verdict import Verdict
from gmm_core.words import Finding
from pages.ui.address.settings import Settings
from pages.ui.check import figures, tables
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.data import findings


def look(
    settings: Settings, names: Sequence[str]
) -> tuple[tuple[Finding, ...], tuple[str, ...], pd.DataFrame | None]:
    """What the data look like: what was found in them, while reading a table of the user's own, and in its
    columns, of which those with these names are compared.
    """
    st.subheader("What the data look like")
    found = findings(settings)
    st.html(evidence.sentences(found))
    if settings.data != "own":
        return found, (), None
    table = brought.table(settings.table)
    columns = evidence.columns(table.frame, names)
    with st.expander("The columns, and what was found while reading the table", expanded=True):
        st.html(evidence.table(columns) + evidence.plain(table.findings))
        st.caption(evidence.columns_note(len(columns), table.frame.shape[1]))
    return found, table.findings, columns


def unsure(said: Verdict, X: NDArray[np.float64], names: Sequence[str], numbers: NDArray[np.integer]) -> None:
    """The rows of which nothing can be said for sure."""
    if said.mixture is not None and len(said.unsure_rows):
        rows = tables.unsure_rows(X, names, said.mixture, said.unsure_rows, numbers)
        with st.expander(tables.unsure_note(len(rows), len(said.unsure_rows))):
            st.html(evidence.table(rows))


def pictures(
    comparison: Comparison,
    said: Verdict,
    X: NDArray[np.float64],
    names: Sequence[str],
    numbers: NDArray[np.integer],
) -> None:
    """How many components, and the best fit, beside each other."""
    with st.container(key="em_pictures", horizontal=True):
        with st.container():
            st.subheader("How many components")
            st.plotly_chart(figures.bic(comparison))
            st.caption(f"{figures.BIC_NOTE} {figures.not_drawn(comparison)}")
        if said.mixture is not None:
            with st.container():
                st.subheader("The best fit")
                st.plotly_chart(figures.pairs(X, names, said.mixture, numbers))
                st.caption(figures.pairs_note(len(X), said.mixture))

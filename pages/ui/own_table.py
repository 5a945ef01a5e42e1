"""A table of the user's own: upload or paste it, and choose what of it is fitted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gmm_core import TableError, load_dataset
from gmm_core.tables import LIMITS, READERS
from pages.ui import cached, session

MISSING = {"drop": "Leave the rows out", "mean": "Fill in the column's mean"}


def choose() -> dict[str, Any]:
    """The widgets for it; what they say, as settings."""
    uploaded = st.file_uploader(
        "A file", type=[ending.lstrip(".") for ending in READERS], max_upload_size=LIMITS.upload // 1_000_000
    )
    pasted = st.text_area("or paste numbers", placeholder="25.31, 24.31, 24.12, 43.46 …", height=90)
    name = session.chosen("table")
    session.keep_rejected(None)
    try:
        if uploaded is not None:
            name = cached.keep_table(uploaded.getvalue(), uploaded.name)
        elif pasted.strip():
            name = cached.keep_table(pasted.encode(), "")
    except TableError as error:
        st.error(str(error), icon=":material/error:")
        session.keep_rejected(error)
        name = ""
    # What was chosen for another table is no choice for this one.
    same = name == session.chosen("table")
    columns, missing = (session.chosen("columns"), session.chosen("missing")) if same else ("", "drop")
    said: dict[str, Any] = {"table": name, "columns": columns, "missing": missing}
    try:
        found = cached.table(name) if name else None
    except ValueError:
        found = None
    if found is None:
        return said
    offered = list(found.numeric)
    picked = st.multiselect(
        "Columns to fit",
        offered,
        default=cached.own_columns(found, columns),
        max_selections=found.limits.features,
        key=f"columns_{name}",
    )
    said["columns"] = ",".join(str(offered.index(column) + 1) for column in picked)
    if found.frame[offered].isna().any(axis=None):
        options = list(MISSING)
        said["missing"] = st.radio(
            "Rows with missing values",
            options,
            index=options.index(missing),
            format_func=MISSING.__getitem__,
            key=f"missing_{name}",
        )
    return said


def invite() -> None:
    """What stands in place of the player while there is no table yet."""
    st.info(
        "Upload a table or paste some numbers on the left: CSV, TSV, text, Excel, Parquet or NPY, with or "
        "without names, or a column copied from a spreadsheet. Nothing of it leaves this server.",
        icon=":material/upload_file:",
    )
    series = "value\n" + "\n".join(f"{value:.10g}" for value in load_dataset("qa_series").X[:, 0]) + "\n"
    st.download_button(
        "A file to try: the Q&A series", series, "qa_series.csv", "text/csv", icon=":material/download:"
    )


def findings(name: str) -> None:
    """What was found while reading the table."""
    with st.expander("What was found in your table"):
        for sentence in cached.table(name).findings:
            st.markdown("- " + sentence.replace("`", "'"))
        st.dataframe(cached.table(name).frame.head(200))

"""A table of the user's own: upload or paste it, and choose what of it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import pandas as pd
import streamlit as st

from gmm_core import Table, TableError, load_dataset
from gmm_core.tables.files import READERS
from gmm_core.tables.reading import LIMITS, OnProgress
from pages.ui.address import address, memory
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import brought

T = TypeVar("T")

LONG_READ = 5_000_000  # bytes; less is read before a bar could be seen
MISSING = {"drop": "Leave the rows out", "mean": "Fill in the column's mean"}


def choose() -> dict[str, Any]:
    """The widgets for it; what they say, as settings."""
    # An address that is opened, as by the back button, says more than what was done here before.
    opened = address.opened()
    uploaded = st.file_uploader(
        "A file",
        type=[ending.lstrip(".") for ending in READERS],
        max_upload_size=LIMITS.upload // 1_000_000,
        key=f"upload_{opened}",
    )
    pasted = st.text_area(
        "or paste numbers", placeholder="25.31, 24.31, 24.12, 43.46 …", height=90, key=f"paste_{opened}"
    )
    if uploaded is not None and pasted.strip():
        st.caption("The file is used. Remove it to use what is pasted.")
    before = address.current()
    name: str | Rejected = before.table
    if uploaded is not None:
        name = memory.once("upload", uploaded.file_id, lambda: _read(uploaded))
    elif pasted.strip():
        name = _tried(lambda: brought.keep_table(pasted.encode(), ""))
    memory.forget("rejected")
    if isinstance(name, Rejected):
        st.error(evidence.literal(name.message), icon=":material/error:")
        memory.keep("rejected", name)
        name = ""
    # What was chosen for another table is no choice for this one.
    kept = before if name == before.table else Settings()
    said = {field: getattr(kept, field) for field in brought.OWN_FIELDS}
    said["table"] = name
    try:
        found = brought.table(name) if name else None
    except ValueError:  # it was dropped after some hours, or is in somebody else's link: the page says it
        found = None
        if uploaded is not None:
            memory.forget("upload")
            st.rerun()
    return _columns(found, said) if found else said


class Rejected(NamedTuple):
    """What was wrong with a table, and what was found of it and in its columns, where that much was read."""

    message: str
    findings: tuple[str, ...]
    columns: pd.DataFrame | None


def _tried(keep: Callable[[], str]) -> str | Rejected:
    """The name of a table that is kept; of one that cannot be used, only what there is to say is kept."""
    try:
        return keep()
    except TableError as error:
        if error.table is None:
            return Rejected(str(error), (), None)
        return Rejected(str(error), error.table.findings, evidence.columns(error.table.frame))


def _read(uploaded: Any) -> str | Rejected:
    """Read and keep an upload; its name."""
    content, name = uploaded.getvalue(), uploaded.name
    return with_bar(uploaded, lambda show: _tried(lambda: brought.keep_table(content, name, show)))


def with_bar(uploaded: Any, read: Callable[[OnProgress | None], T]) -> T:
    """What `read` makes of an upload, with a bar where it takes a while."""
    if uploaded.size < LONG_READ:
        return read(None)
    bar = st.progress(0.0, "Reading the table …")

    def show(share: float, what: str) -> None:
        bar.progress(share, f"{what} …")

    try:
        return read(show)
    finally:
        bar.empty()


def _columns(found: Table, said: dict[str, Any]) -> dict[str, str]:
    """What each column is used for."""
    name = f"{said['table']}_{address.opened()}"
    parts = brought.own_parts(found, said["columns"], said["label"], said["order"])
    above = st.container()  # the features come first, but not what is a label
    label = ""
    if found.labels:
        groups = {"none": "none"} | {str(i): column for i, column in enumerate(found.labels, 1)}
        said["label"] = _one_of(
            "Known groups",
            groups,
            str(found.labels.index(parts.label) + 1) if parts.label else "none",
            key=f"label_{name}",
            help="Kept apart, for comparison only: EM never sees it.",
        )
        label = groups[said["label"]]
    offered = [column for column in found.numeric if column != label]
    picked = above.multiselect(
        "Columns to fit",
        offered,
        default=[column for column in parts.features if column in offered] or offered[:1],
        max_selections=found.limits.features,
        key=f"columns_{name}_{label}",
        placeholder="All of them, until you choose",
    )
    said["columns"] = ",".join(str(found.numeric.index(column) + 1) for column in picked)
    if len(picked or parts.features) == 1:
        orders = {"none": "means nothing", "rows": brought.OWN_ORDER}
        orders |= {str(i): column for i, column in enumerate(found.orders, 1) if column not in picked}
        said["order"] = _one_of(
            "The order of the rows",
            orders,
            _order_now(found, parts.order),
            key=f"order_{name}",
            help="For a picture over time; EM ignores it.",
        )
    used = picked or list(parts.features)
    if found.frame[used].isna().any(axis=None):
        said["missing"] = st.radio(
            "Rows with missing values",
            MISSING,
            index=list(MISSING).index(said["missing"]),
            format_func=MISSING.__getitem__,
            key=f"missing_{name}",
        )
    return said


def _order_now(found: Table, order: str) -> str:
    """What a link calls this order."""
    known = {"": "none", brought.OWN_ORDER: "rows"}
    return known[order] if order in known else str(found.orders.index(order) + 1)


def _one_of(question: str, options: dict[str, str], now: str, **kwargs: Any) -> str:
    """A select box of what a link calls `options`; the choice, as a link calls it."""
    links = list(options)
    return st.selectbox(
        question, links, links.index(now) if now in links else 0, format_func=options.__getitem__, **kwargs
    )


def invite() -> None:
    """What stands in place of the player while there is no table yet."""
    st.info(
        "Upload a table or paste some numbers on the left: CSV, text, Excel, Parquet, JSON or NPY, with or "
        "without names, or a column copied from a spreadsheet. Nothing of it leaves this server.",
        icon=":material/upload_file:",
    )
    rows = (f"{time},{value:.10g}" for time, value in enumerate(load_dataset("qa_series").X[:, 0], 1))
    series = "\n".join(["time,value", *rows, ""])
    st.download_button(
        "A file to try: the Q&A series", series, "qa_series.csv", "text/csv", icon=":material/download:"
    )


def findings(name: str) -> None:
    """What was found while reading the table."""
    with st.expander("What was found in your table"):
        for sentence in brought.table(name).findings:
            st.markdown(f"- {sentence}")
        st.dataframe(brought.table(name).frame.head(200))

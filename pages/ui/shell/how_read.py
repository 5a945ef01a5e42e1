"""How a user's table was read: what was decided, the first rows, and another choice for each decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import streamlit as st

from gmm_core import Table, TableError
from gmm_core.tables.reading import Choices, Decided
from gmm_core.words import count
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.look import evidence, reading
from pages.ui.runs import brought
from pages.ui.shell import roles

ROWS = 5  # that are shown
MOST_SHOWN = 40  # columns
READING = tuple(field.name for field in fields(Choices))
NOTHING_CHOSEN = {"columns": "", "label": "", "order": "", "weight": ""}  # for the columns of another reading
ICON = ":material/table_view:"


def popover(settings: Settings) -> None:
    """The panel, behind a button."""
    with st.popover("How it was read", icon=ICON, width="stretch"):
        panel(settings, "side")
    decided = brought.decided(settings)
    if said := reading.summary(decided.choices):
        st.caption(f"Read with {evidence.literal(said)}.")
    _doubts(decided)


def _doubts(decided: Decided) -> None:
    for doubt in decided.doubts:
        st.warning(evidence.literal(doubt), icon=":material/help:")


def panel(settings: Settings, place: str, rows: int = ROWS) -> None:
    """The first rows as they were read, what was decided, and what else each decision and column could be.

    place : where this panel stands; each has widgets of its own, which say the same.
    """
    decided = brought.decided(settings)
    try:
        found = brought.table(settings)
    except TableError:  # which stands beside this panel
        st.caption("The first lines of the file:")
        st.code("\n".join(f"{number:>3}  {text[:200]}" for number, text in decided.lines), language=None)
        _choices(settings, decided, place)
        return
    _rows(settings, found, place, rows)
    _choices(settings, decided, place)
    if place == "page":
        _doubts(decided)
    st.caption("What each column is used for:")
    roles.of_columns(settings, found, place)


def _choices(settings: Settings, decided: Decided, place: str) -> None:
    """A box for each decision, and a button that leaves all to the evidence again."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name in filter(decided.offered.__contains__, reading.QUESTIONS):
            now = getattr(settings, name)
            options = list(dict.fromkeys(["", *decided.offered[name], now]))
            key = f"{name}_{place}"
            address.hold(key, now)
            st.selectbox(
                reading.QUESTIONS[name],
                options,
                format_func=lambda value, name=name: reading.option(name, value, decided),
                key=key,
                on_change=_read_otherwise,
                args=(key, name, options),
                width=200,
            )
        if any(getattr(settings, name) for name in READING):
            st.button(
                "All as found",
                icon=":material/undo:",
                key=f"as_found_{place}",
                on_click=_as_found,
                help="Decide everything by the evidence in the file again.",
            )


def _rows(settings: Settings, found: Table, place: str, most: int) -> None:
    """The first rows, as they were read."""
    parts = brought.own_parts(found, settings)
    shown = found.frame.iloc[:most, :MOST_SHOWN]
    st.dataframe(
        shown,
        column_config={
            "_index": st.column_config.Column("row", help="The number of the row in the file"),
            **{name: st.column_config.Column(help=roles.role_of(name, parts)) for name in shown.columns},
        },
        key=f"preview_{place}",
    )
    n, d = found.frame.shape
    st.caption(f"The first {len(shown):,} of {n:,} rows, as read; {count(d, 'column')}.")


def _read_otherwise(key: str, name: str, options: Sequence[str]) -> None:
    """Read the table as a box says.

    A label of an earlier reading, which the browser still shows, is no choice; nor is what is chosen already,
    as when the back button leads to where it was not.
    """
    if address.value(key) not in {*options} - {getattr(address.current(), name)}:
        return
    roles.remember()
    other = {"header": ""} if name == "sheet" else {}  # the rows of another sheet are others
    address.change(**other, **{name: address.value(key)}, **NOTHING_CHOSEN)


def _as_found() -> None:
    roles.remember()
    address.change(**dict.fromkeys(READING, ""), **NOTHING_CHOSEN)

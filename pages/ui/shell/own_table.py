"""A table of the user's own: upload or paste it, and choose what of it is fitted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from gmm_core import TableError, load_dataset
from gmm_core.out.export import distinct, to_parquet
from gmm_core.tables.files import READERS
from gmm_core.tables.reading import LIMITS
from pages.ui.address import address, memory, visitor
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import brought, data, folder, sharing
from pages.ui.shell import how_read, known_groups, roles, seeing
from pages.ui.shell.widgets import download

REJECTED = "rejected"  # the memory of a table that cannot be used as it is read


class Rejected(NamedTuple):
    """What is wrong with a table, and what was found of it and in its columns, where that much was read.

    mendable : whether it could be read in another way.
    """

    message: str
    findings: tuple[str, ...] = ()
    columns: pd.DataFrame | None = None
    mendable: bool = False


def choose() -> dict[str, Any]:
    """The widgets for it; what they say, as settings."""
    # What is opened, as by the back button or an undo, says more than what was done here before.
    opened = address.opened()
    uploaded = st.file_uploader(
        "A file",
        type=[ending.lstrip(".") for ending in READERS],
        max_upload_size=LIMITS.upload // 1_000_000,
        key=f"upload_{opened}",
    )
    pasted = st.text_area(
        "or paste numbers, a table, or code with lists",
        placeholder="25.31, 24.31, 24.12, 43.46 …",
        height=90,
        key=f"paste_{opened}",
    )
    here = folder.offered()
    served = here and st.selectbox(
        "or a file of this server", here, index=None, placeholder="Choose one", key=f"served_{opened}"
    )
    if uploaded is not None and pasted.strip():
        st.caption("The file is used. Remove it to use what is pasted.")
    memory.forget(REJECTED)
    before = address.current()
    # What was chosen for another table is no choice for this one.
    said = {name: getattr(Settings(), name) for name in brought.OWN_FIELDS}
    try:
        said["table"] = _kept(uploaded, pasted, served or "") or before.table
        if said["table"] == before.table:
            said = {name: getattr(before, name) for name in said}
        if not said["table"]:
            return said
        now = Settings(data="own", **said)
        if not seeing.may_see(now):
            raise brought.Gone(sharing.NOT_HERE)
        found = brought.table(now)
    except TableError as error:
        rejected = _rejected(error, said)
        memory.keep(REJECTED, rejected)
        st.error(evidence.literal(rejected.message), icon=":material/error:")
        if not rejected.mendable:
            return said | {"table": ""}
        how_read.popover(Settings(data="own", **said))
        return said
    except brought.Gone:  # after some hours, or it is in somebody else's link: the page says it
        if uploaded is not None:
            memory.forget("upload")
            st.rerun()
        return said
    said |= roles.carried_over(found)
    now = replace(now, **said)
    how_read.popover(now)
    with st.popover("Who sees it", icon=":material/visibility:", width="stretch"):
        seeing.offer(replace(before, data="own", **said), "side")
    said |= roles.choose(now, found)
    if said["table"] == before.table and (whole := replace(before, **said)) != before:
        # What a link leaves open, or asks for in vain, is no choice of the user's.
        address.complete(whole, roles.asked_in_vain(now, found))
        if all(getattr(before, name) in ("", value) for name, value in said.items()):
            said |= {"edits": before.edits, "forks": before.forks}  # these are the same data
    return said


def _kept(uploaded: Any, pasted: str, served: str) -> str:
    """The name of what was uploaded, or else pasted, or else chosen of the server's; "" where nothing was."""
    if uploaded is not None:
        content = uploaded.getvalue
        return memory.once("upload", uploaded.file_id, lambda: _bring(content(), uploaded.name))
    if pasted.strip():
        return _bring(pasted.encode(), "")
    return memory.once("served", folder.look(served), lambda: _served(served)) if served else ""


def _bring(content: bytes, filename: str) -> str:
    name = brought.keep_table(content, filename)
    sharing.bring(name, visitor.names())
    return name


def adopt(settings: Settings) -> None:
    """Go on, in a callback, with the rows as they are now, as a table that the user brought."""
    done = data.dataset(settings)
    *names, groups, counts = distinct([*done.feature_names, "known group", "counts"])
    frame = pd.DataFrame(done.X, columns=names)
    if (known := known_groups.named_labels(done)) is not None:
        frame[groups] = known
    if done.sample_weight is not None:
        frame[counts] = done.sample_weight
    model = {name: getattr(settings, name) for name in settings.own}
    address.change(data="own", table=_bring(to_parquet(frame), "edited.parquet"), **model)


def _served(name: str) -> str:
    table = brought.keep_table(*brought.served(name))
    sharing.bring(table, {sharing.EVERYBODY})  # to whom the server offers it
    return table


def _rejected(error: TableError, said: dict[str, Any]) -> Rejected:
    """What there is to say of a table that cannot be used."""
    mendable = bool(said["table"] and brought.decided(Settings(data="own", **said)).offered)
    if error.table is None:
        return Rejected(str(error), mendable=mendable)
    return Rejected(str(error), error.table.findings, evidence.columns(error.table.frame), mendable)


def waits(settings: Settings) -> bool:
    """Whether the user wants data of their own, and has given none that can be used."""
    return settings.waits_for_a_table or (settings.data == "own" and rejected() is not None)


def rejected() -> Rejected | None:
    """The table that cannot be used as it is read, if there is one."""
    found: Rejected | None = memory.recall(REJECTED)
    return found


def ask(settings: Settings) -> None:
    """Ask what only the user can know of a table that is there."""
    if settings.data == "own" and seeing.may_see(settings):
        roles.ask(settings)


def invite() -> None:
    """What stands in place of the player while there is no table yet, or none that can be used."""
    if refused := rejected():
        st.error(evidence.literal(refused.message), icon=":material/error:")
        if refused.mendable:
            st.header("Read it in another way")
            how_read.panel(address.current(), "page")
            return
    st.info(
        "Upload a table or paste some numbers in the settings: CSV, text, Excel, Parquet, JSON or NPY, with "
        f"or without names, or a column copied from a spreadsheet. Nothing of it leaves this server. "
        f"{sharing.WHO_SEES}",
        icon=":material/upload_file:",
    )
    rows = (f"{time},{value:.10g}" for time, value in enumerate(load_dataset("qa_series").X[:, 0], 1))
    series = "\n".join(["time,value", *rows, ""])
    download("A file to try: the Q&A series", series, "qa_series.csv")


def findings(settings: Settings) -> None:
    """How the table was read, to be changed there, and what was found while reading it."""
    with st.expander("How your table was read, and what was found in it"):
        how_read.panel(settings, "page", rows=200)
        st.html(evidence.plain(brought.table(settings).findings))

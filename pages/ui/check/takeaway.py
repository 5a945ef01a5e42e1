"""What leaves Check: the groups, rows with their group, intervals on request, and the fit on other pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core.judgement.information import ByInformation
from gmm_core.judgement.intervals import ByBootstrap
from gmm_core.judgement.profile import group_probabilities
from gmm_core.judgement.selection import Comparison
from gmm_core.judgement.verdict import Verdict
from gmm_core.out import export
from gmm_core.words import count, plural
from pages.ui.address import edits, wishes
from pages.ui.address.settings import Settings
from pages.ui.check import cached, groups
from pages.ui.check.groups import Groups
from pages.ui.look import evidence
from pages.ui.runs.rows import rows
from pages.ui.shell import notes, seeing, waiting
from pages.ui.shell.widgets import download

INTERVALS = "intervals of the parameters"  # a kind of wish
OF_FORMULAS = (
    "Text that a spreadsheet would take for a formula, such as =A1, has an apostrophe in front. The other "
    "formats hold it as it was read."
)
MOST_IN_XLSX = 300_000  # cells; more takes longer than anybody waits


@dataclass(frozen=True, eq=False)
class Checked:
    """A verdict on X (n, d) with these names, and the comparison and the settings behind it."""

    settings: Settings
    comparison: Comparison
    said: Verdict
    X: NDArray[np.float64]
    names: list[str]

    def groups(self) -> Groups | None:
        """What there is to say of its groups, but for how sure the numbers are."""
        own = self.settings.data == "own"
        logged = "log:" in self.settings.edits and any(name.startswith("log ") for name in self.names)
        return groups.found(self.said, self.comparison, self.X, self.names, own, logged)

    def with_intervals(self) -> Groups | None:
        """The same with intervals: by bootstrap where those were asked for, else the others."""
        found = self.groups()
        return None if found is None else replace(found, intervals=self.intervals())

    def intervals(self) -> ByInformation | ByBootstrap | str:
        of = (self.settings, self.said.mixture, self.comparison)
        job = cached.intervals(*of)
        return job.result() if job.whole else cached.sure(*of).result()


def show(checked: Checked) -> None:
    """The groups, with all that can be taken of them; nothing where nothing could be fitted."""
    found = checked.groups()
    if found is None:
        return
    st.html(f"<style>{groups.STYLE}</style>")
    st.header(found.title)
    st.markdown(evidence.literal(found.sentence))
    st.html(groups.html(found))
    st.caption(f"{groups.NOTE}{'' if len(found.profile.members) == 1 else f' {groups.MEASURES}'}")
    st.caption(evidence.literal(found.transform))
    with st.container(key="em_take"):  # on paper there is nothing to click
        _rows(checked, found)
        _elsewhere(checked)
    _intervals(checked)


def _rows(checked: Checked, found: Groups) -> None:
    """Every row with its group, in three formats."""
    if len(found.profile.members) == 1:
        return
    where = rows(checked.settings)
    left_out, added = len(where.frame) - len(np.unique(where.places)), len(checked.X) - len(where.fitted)

    def frame() -> pd.DataFrame:
        group, shares = group_probabilities(checked.said.mixture, checked.X, found.profile.members)
        probability = shares.max(axis=1)
        return export.grouped_frame(where.frame, where.places, group[where.fitted], probability[where.fitted])

    files = {"CSV": ("csv", export.to_csv), "Parquet": ("parquet", export.to_parquet)}
    if small := (where.frame.shape[1] + 2) * len(where.frame) <= MOST_IN_XLSX:
        files["Excel"] = ("xlsx", export.to_xlsx)
    noun = "group" if found.apart else "part"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Rows with their {noun}**", width="content")
        for kind, (ending, write) in files.items():
            download(
                f"Rows, {kind}",
                lambda write=write: write(frame()),
                f"rows_with_{noun}.{ending}",
                help=OF_FORMULAS if kind == "CSV" else None,
            )
    said = f"Every column as it was read, and behind it the likeliest {noun} and how probable that is."
    if left_out:
        said += f" {count(left_out, 'row')} that {plural(left_out, 'was', 'were')} not fitted "
        said += f"{plural(left_out, 'has', 'have')} no {noun}."
    if edits.of_the_data(checked.settings.edits):
        said += " What was changed here is not changed there"
        said += (
            f", and {count(added, 'point')} that {plural(added, 'was', 'were')} added are not in it."
            if added
            else "."
        )
    if not small:
        said += " These are too many cells for Excel in a few seconds: spreadsheets open the CSV."
    st.caption(said)


def _elsewhere(checked: Checked) -> None:
    """The links to this very fit on other pages."""
    watched = cached.watched(checked.settings, checked.said, checked.comparison, checked.names)
    if watched is None:
        st.caption(
            "No link says which columns were fitted here, as some are constant: leave those out first."
        )
        return
    begins = (
        "" if watched.exact else " It begins with this fit, and goes on with other rows than were compared."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        notes.in_explore("Watch this fit in Explore", watched.run)
        st.page_link(
            "predict.py",
            label="Ask it in Predict",
            icon=":material/help_center:",
            query_params=seeing.made_for(watched.asked).to_query(),
        )
    if begins:
        st.caption(begins.strip())


def _intervals(checked: Checked) -> None:
    """Standard errors and intervals of the parameters: at once, or by bootstrap on request."""
    job, asked = cached.intervals(checked.settings, checked.said.mixture, checked.comparison), _asked(checked)
    st.markdown("**How sure are these numbers?**")
    table, note = groups.intervals_parts(checked.intervals(), checked.names, len(checked.comparison.rows))
    if table is not None:
        st.html(evidence.table(table, ".4g"))
    st.caption(evidence.literal(note))
    if not job.whole:
        st.button(
            "By bootstrap instead",
            on_click=wishes.ask,
            args=(INTERVALS, asked),
            icon=":material/straighten:",
            help=f"{cached.REPLICATES} times, rows are drawn anew and fitted: it takes seconds, or minutes.",
        )
        if wishes.asked(INTERVALS) != asked:
            return
        try:
            with waiting.bar(partial(wishes.forget, INTERVALS)):
                job.result()
        except ValueError as error:
            st.warning(evidence.literal(str(error)), icon=":material/help:")
            return
        st.rerun()  # the button above goes, and the table is another


def _asked(checked: Checked) -> tuple[object, ...]:
    return checked.settings.drawn_from, checked.said.mixture

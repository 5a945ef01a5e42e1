"""Check: is there any grouping in a dataset? A verdict in plain words, with the evidence beside it."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from pages.ui.check import cached, controls, parts, tables, takeaway
from pages.ui.check.report import report
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.data import dataset, open_flaws, row_numbers
from pages.ui.shell import all_rows, known_groups, notes, sidebar
from pages.ui.shell.experiment import experiment
from pages.ui.shell.widgets import download

st.html(f"<style>{tables.PAGE_STYLE}</style>")
st.title("Is there any grouping in these data?")
page = experiment("check", sidebar.DATA_ALONE, intro=parts.what_to_check, instead=parts.invite)
settings = replace(page.settings, shuffle=0)

try:
    data, numbers = dataset(settings), row_numbers(settings)
except ValueError as error:
    st.error(evidence.literal(str(error)), icon=":material/error:")
    notes.edit_note(settings)
    st.stop()
X, names = cached.varying(settings)
st.caption(evidence.literal(data.note))
notes.edit_note(settings)
answer = st.container()

findings, reading, columns = parts.look(settings, names)
with answer:
    if not names:
        st.warning("Every column is constant: one value has no groups. Use data that differ.")
        st.stop()
    if notes.too_many_features(len(names), "comparison", "look at them in Explore"):
        st.stop()
    try:
        comparison = parts.compare(settings)
    except ValueError as error:
        st.error(evidence.literal(str(error)), icon=":material/error:")
        st.stop()
    place = st.container()
    flaws = open_flaws(settings)
    beside = controls.judged(controls.cured(settings, flaws), parts.STOP)
    said = controls.with_flaws(cached.judged(settings), settings, flaws, beside)
    with place:
        controls.side_by_side(settings, said, parts.STOP)
        controls.say_left_out(settings, names)
        controls.findings(settings, flaws)
    checked = takeaway.Checked(settings, comparison, said, X, names)
    with st.container(horizontal=True):
        parts.offer_the_rest(settings, comparison)
        download(
            "Download as one HTML file",
            lambda: report(
                *(said, comparison, X, names, numbers),
                source=(settings.data == "own" and brought.table_file(settings.table)) or "these data",
                about=data.note,
                findings=findings,
                reading=reading,
                columns=columns,
                groups=checked.with_intervals(),
                made=datetime.now().astimezone(),
            ),
            "check.html",
        )
    st.html(evidence.sentences(controls.others(said)))
    if said.mixture is not None:
        all_rows.show(settings, said.mixture, names, len(comparison.rows), comparison.reg_covar)
    parts.strays(settings, comparison, said, X, names, numbers)
    parts.unsure(said, X, names, numbers)
    parts.pictures(settings, comparison, said, X, names, numbers)
    takeaway.show(checked)
    if said.mixture is not None and data.labels is not None:
        with st.expander("The best fit beside the known groups"):
            colours = tuple(range(said.mixture.n_components))
            known_groups.show(replace(data, X=X), said.mixture, colours)
    with st.expander("All fits"):
        st.html(evidence.table(tables.fits(comparison)))

"""Check: is there any grouping in a dataset? A verdict in plain words, with the evidence beside it."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from gmm_core.judgement import verdict
from pages.ui.address import address, memory
from pages.ui.address.settings import MOST_FEATURES_TO_COMPARE
from pages.ui.check import cached, figures, parts, tables
from pages.ui.check.report import report
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.data import dataset, row_numbers
from pages.ui.runs.data import findings as data_findings
from pages.ui.shell import known_groups, notes, own_table, sidebar

st.html(f"<style>{evidence.STYLE}{tables.PAGE_STYLE}</style>")
st.title("Is there any grouping in these data?")
settings = sidebar.data_alone(address.read_address("check"))
address.keep(settings)
settings = replace(settings, shuffle=0)
notes.say(address.problems())
parts.what_to_check(settings.data)
if settings.waits_for_a_table:
    rejected = memory.recall("rejected")
    if rejected is None:
        own_table.invite()
    else:
        st.error(evidence.literal(rejected.message), icon=":material/error:")
        if rejected.columns is not None:
            st.subheader("What the data look like")
            st.html(evidence.table(rejected.columns) + evidence.plain(rejected.findings))
    st.stop()

try:
    data, numbers = dataset(settings), row_numbers(settings)
except ValueError as error:
    st.error(evidence.literal(str(error)), icon=":material/error:")
    st.stop()
X, names = cached.varying(settings)
st.caption(evidence.literal(data.note))
notes.edit_note(settings)
answer = st.container()

st.subheader("What the data look like")
findings = data_findings(settings)
st.html(evidence.sentences(findings))
reading, columns = (), None
if settings.data == "own":
    table = brought.table(settings.table)
    reading, columns = table.findings, evidence.columns(table.frame, names)
    with st.expander("The columns, and what was found while reading the table", expanded=True):
        st.html(evidence.table(columns) + evidence.plain(reading))
        st.caption(evidence.columns_note(len(columns), table.frame.shape[1]))

with answer:
    if not names:
        st.warning("Every column is constant: one value has no groups. Use data that differ.")
        st.stop()
    if len(names) > MOST_FEATURES_TO_COMPARE:
        st.info(
            f"These data have {len(names)} features: too many for a comparison in seconds. Choose up to "
            f"{MOST_FEATURES_TO_COMPARE} columns, or look at them in Explore.",
            icon=":material/filter_alt:",
        )
        st.stop()
    try:
        comparison = parts.compare(settings)
    except ValueError as error:
        st.error(evidence.literal(str(error)), icon=":material/error:")
        st.stop()
    said = verdict.judge(comparison, X, numbers)
    show = st.success if said.sure else st.warning
    show(f"**{said.headline}**", icon=":material/task_alt:" if said.sure else ":material/help:")
    with st.container(horizontal=True):
        parts.offer_the_rest(settings, comparison)
        st.download_button(
            "Download as one HTML file",
            lambda: report(
                *(said, comparison, X, names, numbers),
                source=(settings.data == "own" and brought.table_file(settings.table)) or "these data",
                about=data.note,
                findings=findings,
                reading=reading,
                columns=columns,
                made=datetime.now().astimezone(),
            ),
            "check.html",
            "text/html",
            on_click="ignore",
            icon=":material/download:",
        )
    st.html(evidence.sentences((*said.caveats, *said.reasons)))
    if said.mixture is not None and len(said.unsure_rows):
        rows = tables.unsure_rows(X, names, said.mixture, said.unsure_rows, numbers)
        with st.expander(tables.unsure_note(len(rows), len(said.unsure_rows))):
            st.html(evidence.table(rows))
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
    if said.mixture is not None and data.labels is not None:
        with st.expander("The best fit beside the known groups"):
            colours = tuple(range(said.mixture.n_components))
            known_groups.show(replace(data, X=X), said.mixture, colours)
    with st.expander("All fits"):
        st.html(evidence.table(tables.fits(comparison)))

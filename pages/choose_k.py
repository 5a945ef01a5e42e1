"""Choose k: how many components? A map of criteria over k and family, and what to make of them."""

import streamlit as st

from gmm_core.judgement.criteria import HELD_OUT
from pages.ui.address import address, presets
from pages.ui.address.settings import MOST_FEATURES_TO_COMPARE
from pages.ui.choose_k import cached, controls, parts
from pages.ui.choose_k.settings import FIELDS, Asked
from pages.ui.look import evidence
from pages.ui.runs.data import dataset
from pages.ui.shell import notes, own_table

parts.watch_if_clicked()
settings = address.read_address("choice", FIELDS, example=presets.CHOICE)
settings, chosen = controls.sidebar(settings)
address.keep(settings)
address.keep_own(**chosen)
st.html(f"<style>{evidence.STYLE}{parts.STYLE}</style>")
st.title("How many clusters?")
st.caption(
    "More components always fit better; a criterion says when that stops to be worth it. They do not ask the "
    "same question, so they may differ."
)
st.caption(controls.TRY_FIRST)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
asked = Asked.of(settings, address.own())
above = st.container()  # for what comes and goes: the map must keep its place
by = controls.criterion()
with notes.or_say_why(settings), above:
    notes.say(address.problems())
    data = dataset(asked.settings)
    if data.X.shape[1] > MOST_FEATURES_TO_COMPARE:
        st.info(
            f"These data have {data.X.shape[1]} features: too many for a map in seconds. Choose up to "
            f"{MOST_FEATURES_TO_COMPARE} columns, or other data.",
            icon=":material/filter_alt:",
        )
        controls.offer()
        st.stop()
    parts.wait_for_map(asked)
    if by == HELD_OUT:
        parts.wait_for_held_out(asked)
    reading = parts.Reading(asked, data, cached.comparison(asked), by)
    if not reading.comparison.fits:
        st.stop()
    parts.verdict(reading)

parts.heat_map(reading)
parts.lessons(reading)
parts.all_cells(reading)
st.divider()
part = controls.part()
if part == "curve":
    parts.curve(reading)
elif part == "test":
    parts.bootstrap(reading)
elif part == "merge":
    parts.merge(reading)
else:
    parts.often(reading)
controls.offer()
notes.edit_note(settings)
st.caption(evidence.literal(data.note))
notes.own_table_note(settings)

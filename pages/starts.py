"""Starts: why does EM give a different answer each time? Many starts race, and their ends are compared."""

import streamlit as st

from pages.ui.address import address, presets
from pages.ui.look import evidence
from pages.ui.runs.data import dataset
from pages.ui.shell import notes, own_table, waiting
from pages.ui.starts import cached, controls, parts, words
from pages.ui.starts.settings import FIELDS, Heat

settings = controls.sidebar(address.read_address("starts", FIELDS, example=presets.STARTS))
address.keep(settings)
st.title("Why do I get a different answer each time?")
st.caption(controls.TRY_FIRST)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
asked = Heat.of(settings, address.own())
above = st.container()  # for what comes and goes: the picture must keep its place
with notes.or_say_why(settings), above:
    if waiting.cancelled(asked, "This race was cancelled. Choose fewer seeds or rows on the left"):
        st.stop()
    with waiting.cancellable(asked):
        data, ran = dataset(settings), cached.raced(asked)
    notes.say(address.problems())
    said, calm = words.headline(ran)
    show = st.success if calm else st.warning
    show(f"**{evidence.literal(said)}**", icon=":material/flag:" if calm else ":material/alt_route:")


@st.fragment
def watch() -> None:
    """The race, and the run that was clicked; a click reruns only this."""
    parts.course(ran, asked)


watch()
parts.remarks(ran, asked)
st.subheader("Where they end")
parts.ends(ran, asked, data)
st.subheader("How often does each initialisation get there?")
parts.often(ran)
notes.offer(controls.EXAMPLES, "More races to try", controls.NO_RUN)
notes.edit_note(settings)
notes.scaling_note(settings)
st.caption(evidence.literal(data.note))
notes.own_table_note(settings)

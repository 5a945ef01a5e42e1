"""Starts: why does EM give a different answer each time? Many starts race, and their ends are compared."""

import streamlit as st

from pages.ui import (
    cached,
    controls,
    evidence,
    own_table,
    presets,
    session,
    starts_controls,
    starts_parts,
    starts_words,
)
from pages.ui.cached import starts
from pages.ui.starts_settings import FIELDS, Heat

settings = starts_controls.sidebar(session.read_address("starts", FIELDS, example=presets.STARTS))
session.keep(settings)
st.title("Why do I get a different answer each time?")
st.caption(starts_controls.TRY_FIRST)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
asked = Heat.of(settings, session.own())
above = st.container()  # for what comes and goes: the picture must keep its place
with controls.or_say_why(settings), above:
    if controls.cancelled(asked, "This race was cancelled. Choose fewer seeds or rows on the left"):
        st.stop()
    data, ran = cached.dataset(settings), starts.raced(asked)
    controls.say(session.problems())
    said, calm = starts_words.headline(ran)
    show = st.success if calm else st.warning
    show(f"**{evidence.literal(said)}**", icon=":material/flag:" if calm else ":material/alt_route:")


@st.fragment
def watch() -> None:
    """The race, and the run that was clicked; a click reruns only this."""
    starts_parts.course(ran, asked)


watch()
starts_parts.remarks(ran, asked)
st.subheader("Where they end")
starts_parts.ends(ran, asked, data)
st.subheader("How often does each initialisation get there?")
starts_parts.often(ran)
controls.offer(starts_controls.EXAMPLES, "More races to try", starts_controls.NO_RUN)
controls.edit_note(settings)
controls.scaling_note(settings)
st.caption(evidence.literal(data.note))
controls.own_table_note(settings)

"""Choose k: how many components? A map of criteria over k and family, and what to make of them."""

import streamlit as st

from pages.ui import (
    cached,
    choice_controls,
    choice_parts,
    controls,
    evidence,
    figures,
    own_table,
    presets,
    session,
)
from pages.ui.cached import choice
from pages.ui.choice_settings import FIELDS, HELD_OUT, Asked

choice_parts.watch_if_clicked()
settings = session.read_address("choice", FIELDS, example=presets.CHOICE)
settings, chosen = choice_controls.sidebar(settings)
session.keep(settings)
session.keep_own(**chosen)
st.html(f"<style>{evidence.STYLE}{choice_parts.STYLE}</style>")
st.title("How many clusters?")
st.caption(
    "More components always fit better; a criterion says when that stops to be worth it. They do not ask the "
    "same question, so they may differ."
)
st.caption(choice_controls.TRY_FIRST)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
asked = Asked.of(settings, session.own())
above = st.container()  # for what comes and goes: the map must keep its place
by = choice_controls.criterion()
with controls.or_say_why(settings), above:
    controls.say(session.problems())
    data = cached.dataset(asked.settings)
    if data.X.shape[1] > figures.MOST_FEATURES_TO_COMPARE:
        st.info(
            f"These data have {data.X.shape[1]} features: too many for a map in seconds. Choose up to "
            f"{figures.MOST_FEATURES_TO_COMPARE} columns, or other data.",
            icon=":material/filter_alt:",
        )
        choice_controls.offer()
        st.stop()
    choice_parts.wait_for_map(asked)
    if by == HELD_OUT:
        choice_parts.wait_for_held_out(asked)
    reading = choice_parts.Reading(asked, data, choice.comparison(asked), by)
    if not reading.comparison.fits:
        st.stop()
    choice_parts.verdict(reading)

choice_parts.heat_map(reading)
choice_parts.lessons(reading)
choice_parts.all_cells(reading)
st.divider()
part = choice_controls.part()
if part == "curve":
    choice_parts.curve(reading)
elif part == "test":
    choice_parts.bootstrap(reading)
elif part == "merge":
    choice_parts.merge(reading)
else:
    choice_parts.often(reading)
choice_controls.offer()
controls.edit_note(settings)
st.caption(evidence.literal(data.note))
controls.own_table_note(settings)

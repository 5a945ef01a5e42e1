"""Starts: why does EM give a different answer each time? Many starts race, and their ends are compared."""

import streamlit as st

from pages.ui.address import address
from pages.ui.runs.data import dataset
from pages.ui.shell import floor, notes, waiting
from pages.ui.shell.experiment import experiment
from pages.ui.starts import cached, controls, parts
from pages.ui.starts.settings import FIELDS, Heat

st.title("Why do I get a different answer each time?")
st.caption(controls.TRY_FIRST)
page = experiment("starts", controls.OFFERS, FIELDS, controls=controls.draw)
asked = Heat.of(page.settings, address.own())
with page.or_say_why():
    if waiting.cancelled(asked, "This race was cancelled. Choose fewer seeds or rows in the settings"):
        st.stop()
    floor.before(asked.settings)
    with waiting.cancellable(asked):
        data, ran = dataset(page.settings), cached.raced(asked)
    notes.say(address.problems())
    parts.headline(ran)


@st.fragment
def watch() -> None:
    """The race, and the run that was clicked; a click reruns only this."""
    parts.course(ran, asked)


watch()
parts.remarks(ran, asked)
st.header("Where they end")
parts.ends(ran, asked, data)
st.header("How often does each initialisation get there?")
parts.often(ran)
notes.offer(controls.EXAMPLES, "More races to try", controls.NO_RUN)
page.close(data)

"""Digits: the lab exercise, live. Which component is which digit, and how good is it really?"""

import streamlit as st

from pages.ui import (
    controls,
    digits_controls,
    digits_parts,
    digits_pictures,
    evidence,
    player,
    session,
)
from pages.ui.cached import digits
from pages.ui.digits_settings import FIELDS, Exercise, describe

session.read_address("digits", FIELDS, shared=False)
session.keep_own(**digits_controls.sidebar())
chosen = session.own()
asked = Exercise.of(chosen)
st.html(f"<style>{evidence.STYLE}{digits_pictures.STYLE}</style>")
st.title("Can EM find the ten digits on its own?")
st.caption(describe(chosen))
above = st.container()  # for what comes and goes: the player must keep its place
with above:
    if controls.cancelled(asked, "This fit was cancelled. Choose something smaller on the left"):
        st.stop()
    try:
        ran = digits.exercise(asked)
    except ValueError as error:
        controls.say(session.problems())
        st.error(evidence.literal(str(error)), icon=":material/error:")
        st.info("Change the settings on the left; nothing is lost.", icon=":material/arrow_back:")
        st.stop()
    at, showing = session.first_half_step()
    first, lost = player.At.read(at, ran.n_iter)
    controls.say((*session.problems(), lost))
    digits_parts.notes(asked, ran.stop)


@st.fragment
def watch() -> None:
    """The means form; a step reruns only this."""
    said = player.show(ran.scene, first, showing)
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        digits_parts.changes(ran, said.at.iteration, asked.reg)
        digits_parts.small_print(asked, ran)


@st.fragment
def tell() -> None:
    """What became of it, one part at a time; a repair reruns only this."""
    part, method, rows = digits_controls.parts()
    own = session.own()
    reading = digits_parts.Reading(asked, ran, method, own["digits_hand"])
    if part == "repair":
        digits_parts.repair(reading, rows)
    elif part == "scores":
        digits_parts.scores(reading, rows)
    elif part == "unsure":
        digits_parts.unsure(reading, rows)
    elif part == "new":
        digits_parts.new(reading, own["digits_draw"])
    else:
        digits_parts.two()


watch()
if ran.scene.parted:
    st.info(ran.scene.parted, icon=":material/call_split:")
st.divider()
tell()

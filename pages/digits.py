"""Digits: the lab exercise, live. Which component is which digit, and how good is it really?"""

import streamlit as st

from pages.ui import player
from pages.ui.address import address
from pages.ui.digits import cached, controls, parts, pictures
from pages.ui.digits.settings import FIELDS, Exercise, describe
from pages.ui.look import evidence
from pages.ui.shell import endings, notes, waiting, ways_back

address.read_address("digits", FIELDS, shared=False)
ways_back.reserve()
address.keep_own(**controls.draw())
ways_back.draw()
chosen = address.own()
asked = Exercise.of(chosen)
st.html(f"<style>{pictures.STYLE}</style>")
st.title("Can EM find the ten digits on its own?")
st.caption(describe(chosen))
above = st.container()  # for what comes and goes: the player must keep its place
with above:
    if waiting.cancelled(asked, "This fit was cancelled. Choose something smaller in the settings"):
        st.stop()
    try:
        with waiting.cancellable(asked):
            ran = cached.exercise(asked)
    except ValueError as error:
        notes.say(address.problems())
        st.error(evidence.literal(str(error)), icon=":material/error:")
        st.info("Change the settings; nothing is lost.", icon=":material/tune:")
        st.stop()
    opening = notes.opening(ran.n_iter)
    parts.remarks(asked)


@st.fragment
def watch() -> None:
    """The means form; a step reruns only this."""
    said = player.show(ran.scene, *opening)
    notes.keep_half_step(said)
    with st.container(key="em_readout"):
        parts.changes(ran, said.at.iteration, asked.reg)
        parts.small_print(asked, ran)


@st.fragment
def tell() -> None:
    """What became of it, one part at a time; a repair reruns only this."""
    part, method, rows = controls.parts()
    own = address.own()
    reading = parts.Reading(asked, ran, method, own["digits_hand"])
    if part == "repair":
        parts.repair(reading, rows)
    elif part == "scores":
        parts.scores(reading, rows)
    elif part == "unsure":
        parts.unsure(reading, rows)
    elif part == "new":
        parts.new(reading, own["digits_draw"])
    else:
        parts.two()


watch()
endings.say(ran.ends, controls.making)
if ran.scene.parted:
    st.info(ran.scene.parted, icon=":material/call_split:")
st.divider()
tell()

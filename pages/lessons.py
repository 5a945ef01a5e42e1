"""Lessons: predict what EM will do, in the picture itself, and then watch it."""

import streamlit as st

from pages.ui.address import address
from pages.ui.lessons import controls, parts
from pages.ui.lessons.settings import FIELDS
from pages.ui.shell import waiting

address.read_address("lessons", FIELDS, shared=False)
lesson = controls.chosen()
if lesson is None:
    controls.front()
    st.stop()

st.html(f"<style>{parts.STYLE}</style>")
turn = controls.turn(lesson)
with waiting.bar():
    right, answered = controls.remember(turn)
parts.heading(turn, right, answered)
with st.container(key="em_scene"):
    text, picture = st.columns([2, 5], gap="medium")
with text:
    words, act = st.container(key="em_words"), st.container(key="em_act")
said = None
with picture, parts.or_say_why():
    with waiting.bar():
        turn.make()
    said = parts.picture(turn)
    controls.heed(turn, said)
    parts.with_numbers(turn, said)
with words:
    parts.say(turn, said is not None)
with act:
    if said and turn.open:
        controls.ask(turn, said)
    else:
        if said and turn.question:
            parts.reveal(turn)
        controls.onward(turn)
        if turn.last:
            parts.close(lesson, right, answered)
        if said:
            parts.elsewhere(turn)
address.keep_own()

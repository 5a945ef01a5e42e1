"""Lessons: predict what EM will do, in the picture itself, and then watch it; alone, or in a room."""

import streamlit as st

from pages.ui.address import address
from pages.ui.lessons import classroom, controls, parts
from pages.ui.lessons.settings import FIELDS
from pages.ui.shell import waiting

address.read_address("lessons", FIELDS, shared=False)
seat = classroom.enter()
lesson = seat.lesson if seat else controls.chosen()
if lesson is None:
    controls.front()
    st.stop()

st.html(f"<style>{parts.STYLE}</style>")
turn = controls.turn(lesson)
with waiting.bar():
    right, answered = controls.remember(turn)
with parts.heading(turn, right, answered if not (seat and seat.room.leads) else 0):
    classroom.door(seat, turn)
with st.container(key="em_scene"):
    text, picture = st.columns([2, 5], gap="medium")
with text:
    words, act = st.container(key="em_words"), st.container(key="em_act")
said, tally = None, classroom.NOTHING
with picture, parts.or_say_why():
    with waiting.bar():
        turn.make()
        turn, tally = classroom.counted(seat, turn)
    said = parts.picture(turn)
    controls.heed(turn, said)
    parts.with_numbers(turn, said)
with words:
    classroom.code(seat)
    parts.say(turn, said is not None)
with act:
    if seat and not seat.away:
        (classroom.lead if seat.room.leads else classroom.follow)(seat, turn, said, tally)
    elif said and turn.open:
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

"""A room on the page of lessons: who opens it leads, all others follow and answer.

What the room says, a scene and what is revealed of it, becomes what the address says here, so that the page
shows it as any lesson. An address that names a lesson besides the room is of somebody who looks around.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from pages.ui.address import address, memory, visitor
from pages.ui.lessons import cached, controls, parts, tally, words
from pages.ui.lessons.book import MOST_IN_LINK, NAMES, OWN, Lesson
from pages.ui.lessons.questions import SHOW_ME
from pages.ui.lessons.settings import FIELDS, read_answers, write_answers
from pages.ui.lessons.tally import Tally
from pages.ui.lessons.turns import Turn
from pages.ui.look import evidence
from pages.ui.player import Answer
from pages.ui.runs import rooms
from pages.ui.runs.rooms import Gone, Late, Room, RoomError
from pages.ui.shell import later, notes, share

SEAT, SAID, SHOWN, LOOKS = "room seat", "room said", "room code shown", "room looks"
NOTHING = Tally()
# Of more than so many who follow, each looks less often than once a second: answers go first.
AT_ONCE, SLOWEST = 50, 4


@dataclass(frozen=True)
class Seat:
    """A place in a room. away : whether somebody looks around in the lesson instead of following."""

    room: Room
    lesson: Lesson
    away: bool = False


def enter() -> Seat | None:
    """The room that the address names, with a seat for whoever has it; None where it names none."""
    notes.say((memory.recall(SAID) or "",))
    memory.forget(SAID)
    code = address.own()["lesson_room"]
    if not code:
        return None
    try:
        room = rooms.kept().look(code, visitor.names())
        lesson = _lesson_of(room)
    except Gone as error:
        _is_gone(code, str(error))
        return None
    except RoomError as error:
        notes.say((str(error),))
        st.button("Look again", icon=":material/refresh:", key="room_look_again")
        st.stop()
    own = address.own()
    away = bool(own["lesson"]) and own["lesson_scene"] < room.scene and not room.leads
    if not away:
        _follow_the_room(room)
    seat = Seat(room, lesson, away)
    memory.keep(SEAT, seat)
    return seat


def _lesson_of(room: Room) -> Lesson:
    if room.lesson in NAMES:
        return cached.lesson(room.lesson)
    try:
        lesson = cached.lesson_in_link(room.text)
    except ValueError:
        raise Gone(rooms.NOWHERE.format(code=room.code)) from None
    memory.keep(controls.FILE, lesson)
    memory.keep(controls.PACKED, room.text)
    return lesson


def _is_gone(code: str, why: str) -> None:
    """Say why there is no room; whoever was in it goes on with its lesson alone."""
    seat = memory.recall(SEAT)
    memory.forget(SEAT)
    if seat is None or seat.room.code != code:
        address.keep_own(lesson_room="")
    else:
        address.keep_own(**_alone(seat.room))
        why = f"{why} The lesson goes on here, by yourself."
    address.complete(address.current(), why)


def _alone(room: Room) -> dict[str, Any]:
    """What the address says of somebody who takes the lesson of a room alone."""
    text = room.text if len(room.text) <= MOST_IN_LINK else ""
    return {"lesson": room.lesson, "lesson_text": text, "lesson_room": ""}


def _follow_the_room(room: Room) -> None:
    answers = read_answers(address.own()["lesson_answers"])
    if room.is_revealed:
        answers.setdefault(room.scene, room.mine or SHOW_ME)
    else:
        answers.pop(room.scene, None)
    address.keep_own(
        lesson="", lesson_text="", lesson_scene=room.scene, lesson_answers=write_answers(answers)
    )


def door(seat: Seat | None, turn: Turn) -> None:
    """The way out of a lesson or a room, and into one."""
    if seat is None:
        st.button(
            "Open a room for a class",
            type="tertiary",
            icon=":material/groups:",
            on_click=_open,
            args=(turn,),
            key="room_open",
        )
        controls.exercises(turn.lesson)
        controls.leave()
        return
    room = seat.room
    _watch(seat, turn.scene.question is not None)
    if room.leads:
        shown = bool(memory.recall(SHOWN))
        st.button(
            "Hide the code" if shown else f"Room {words.spaced(room.code)}",
            type="tertiary",
            icon=":material/qr_code:",
            on_click=memory.keep,
            args=(SHOWN, not shown),
            key="room_code",
        )
        st.button(
            "End the room",
            type="tertiary",
            icon=":material/close:",
            on_click=_end,
            args=(room,),
            key="room_end",
        )
        return
    if seat.away:
        st.button(
            f"Back to the room, at scene {room.scene}",
            type="primary",
            icon=":material/groups:",
            on_click=address.choose,
            args=("lesson", ""),
            key="room_back",
        )
    st.button("Leave the room", type="tertiary", on_click=_leave, args=(room,), key="room_leave")


def _watch(seat: Seat, asks: bool) -> None:
    """Look at the room again and again; where all are to see something else, the page follows.

    asks : whether anything is asked in its scene.
    """
    code, moment = seat.room.code, seat.room.moment

    @st.fragment
    def told() -> None:
        times, after = (memory.recall(LOOKS) or 0) + 1, later.LOOK
        memory.keep(LOOKS, times)
        try:
            room = rooms.kept().look(code, visitor.names())
        except Gone:
            st.rerun()
        except RoomError as error:
            st.caption(str(error), width="content")
        else:
            if room.moment != moment:
                st.rerun()
            if room.leads:
                st.caption(words.counted(room, asks), width="content")
            else:
                after = round(later.LOOK * min(max(room.joined / AT_ONCE, 1), SLOWEST))
        later.again("em_room", times, after)

    with st.container(key="em_room_count", width="content"):
        told()


def code(seat: Seat | None) -> None:
    """How to join, for a class to read: while nobody has hidden it."""
    if seat is None or not seat.room.leads or not memory.recall(SHOWN):
        return
    here = urlsplit(address.link())
    link = urlunsplit(here._replace(query=urlencode({FIELDS["lesson_room"].query: seat.room.code})))
    with st.container(border=True, key="em_room_code"):
        if picture := share.qr_code(link):
            st.image(picture, width=230)
        st.markdown(f"## {words.spaced(seat.room.code)}")
        st.caption(f"Or open {evidence.literal(here.netloc + here.path)} and type the code.")
        if share.is_of_this_computer(link):
            st.caption(words.THIS_COMPUTER)


def counted(seat: Seat | None, turn: Turn) -> tuple[Turn, Tally]:
    """The turn as a room shows it, and what a class answered, once that is revealed."""
    if seat is None or seat.away:
        return turn, NOTHING
    turn, room = replace(turn, watched=seat.room.leads), seat.room
    if not room.is_revealed or turn.question is None:
        return turn, NOTHING

    def count_up(texts: tuple[str, ...]) -> Tally:
        how = turn.kind, turn.question, turn.at, turn.run
        return tally.count_up(*how, turn.after, turn.asked.settings, texts)

    texts = rooms.kept().answers(room.code, room.scene)
    found = cached.counted(room.code, room.scene, texts, count_up)
    return replace(turn, others=found.marks), found


def lead(seat: Seat, turn: Turn, said: Answer | None, found: Tally) -> None:
    """What is on the screen in front of a class."""
    room = seat.room
    asks = said is not None and turn.open
    if asks:
        for i, option in enumerate(turn.kind.options(turn.question, turn.run), 1):
            st.markdown(f"{i}\\. {evidence.literal(option)}")
    elif said and turn.question:
        parts.reveal(turn)
        _what_was_answered(found)
    with st.container(horizontal=True, vertical_alignment="center", key="em_lead"):
        controls.back(turn, _go)
        if asks:
            st.button(
                "Reveal",
                type="primary",
                icon=":material/visibility:",
                on_click=_reveal,
                args=(room, turn.number),
                shortcut="Enter",
                key="room_reveal",
            )
        elif not turn.last:
            controls.forward(turn, _go, "room_next")
    if turn.last and not asks:
        st.success(
            "That was the last scene. *End the room* lets all go on by themselves.", icon=":material/flag:"
        )


def _what_was_answered(found: Tally) -> None:
    st.markdown(f"**{found.said}**")
    if found.chart:
        st.html(f"<style>{tally.STYLE}</style>{found.chart}")


def follow(seat: Seat, turn: Turn, said: Answer | None, found: Tally) -> None:
    """What somebody in a class does: answer, and watch."""
    room = seat.room
    text = None
    asks = said is not None and turn.open
    if asks:
        text = controls.answer(turn, said, "sends")
    elif said and turn.question:
        parts.reveal(turn)
        _what_was_answered(found)
    with st.container(horizontal=True, vertical_alignment="center", key="em_follow"):
        controls.back(turn, _look_around)
        if asks:
            st.button(
                "Send" if room.mine is None else "Send again",
                type="primary",
                icon=":material/send:",
                disabled=text is None or text == room.mine,
                on_click=_send,
                args=(room, turn, text),
                shortcut="Enter",
                key="room_send",
            )
    if asks and room.mine is not None:
        st.caption(words.SENT)
    elif not asks:
        st.caption(words.LAST if turn.last else words.WAITS)


@contextmanager
def _or_said() -> Iterator[None]:
    """In a callback: what cannot be done in the room is said by the run that follows."""
    try:
        yield
    except RoomError as error:
        memory.keep(SAID, str(error))


def _open(turn: Turn) -> None:
    text = ""
    if turn.lesson.name == OWN:
        text = address.own()["lesson_text"] or memory.recall(controls.PACKED)
    with _or_said():
        found = rooms.kept().open(visitor.names(), turn.lesson.name, turn.number, text)
        memory.keep(SHOWN, True)
        address.choose_all({"lesson": "", "lesson_text": "", "lesson_room": found})


def _end(room: Room) -> None:
    with _or_said():
        rooms.kept().end(room.code, visitor.names())
        _leave(room)


def _leave(room: Room) -> None:
    memory.forget(SEAT)
    address.choose_all(_alone(room))


def _go(turn: Turn, number: int) -> None:
    memory.keep(SHOWN, False)
    with _or_said():
        rooms.kept().go(address.own()["lesson_room"], visitor.names(), number)


def _reveal(room: Room, number: int) -> None:
    memory.keep(SHOWN, False)
    with _or_said():
        rooms.kept().reveal(room.code, visitor.names(), number)


def _look_around(turn: Turn, number: int) -> None:
    address.choose_all({"lesson": turn.lesson.name, "lesson_scene": number})


def _send(room: Room, turn: Turn, text: str) -> None:
    with _or_said():
        try:
            rooms.kept().answer(room.code, visitor.names(), turn.number, text)
        except Late:
            address.choose("lesson_answers", write_answers({**turn.answers, turn.number: text}))
            raise

"""What is done on the page of lessons: choose one, go on and back, answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.ui.address import address, by_hand, memory
from pages.ui.lessons import book, cached, turns, words
from pages.ui.lessons.book import NAMES, OWN, Lesson
from pages.ui.lessons.questions import SHOW_ME
from pages.ui.lessons.settings import read_answers, write_answers
from pages.ui.lessons.sheet import sheet
from pages.ui.lessons.turns import Turn
from pages.ui.look import evidence
from pages.ui.player import Answer
from pages.ui.runs import rooms
from pages.ui.shell import cards, leaving, notes
from pages.ui.shell.widgets import download

FILE, PACKED = "lesson of a file", "lesson of a file, packed"
PENDING, PROGRESS = "lesson pending", "lesson progress"
SURE_FIRST = 70  # per cent, where the slider stands at first


def chosen() -> Lesson | None:
    """The lesson that is open; None on the page that offers them all."""
    own = address.own()
    if own["lesson"] in NAMES:
        return cached.lesson(own["lesson"])
    if own["lesson"] != OWN or not own["lesson_text"]:
        return memory.recall(FILE) if own["lesson"] == OWN else None
    try:
        return cached.lesson_in_link(own["lesson_text"])
    except ValueError as error:
        notes.say((str(error),))
        return None


def front() -> None:
    """All lessons, and a way to open one from a file."""
    cards.style()
    st.title("Predict, then watch")
    st.caption(
        "Lessons of about five minutes. Each asks what will happen, in the picture itself, and then shows it."
    )
    own = address.own()
    waits = (words.WITHOUT_FILE,) if own["lesson"] == OWN and not own["lesson_text"] else ()
    notes.say((*address.problems(), *waits))
    with st.form("lesson_join", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        label = "In a class? The code on the screen"
        st.text_input(label, placeholder="K7P MX4", max_chars=16, width=260, key="lesson_code")
        st.form_submit_button("Join", icon=":material/groups:", on_click=_join)
    cards.grid([_card(cached.lesson(name)) for name in NAMES])
    with st.expander("Open a lesson from a file", icon=":material/upload_file:", expanded=bool(waits)):
        _open_file()


def _join() -> None:
    """Into the room whose code was typed."""
    code = rooms.typed(address.value("lesson_code"))
    _, problem = address.field("lesson_room").parse(code)
    if problem:
        address.complain(rooms.NOWHERE.format(code=code))
    else:
        address.choose("lesson_room", code)


def _card(lesson: Lesson) -> cards.Card:
    scene, answers, scored = (memory.recall(PROGRESS) or {}).get(lesson.name, (1, "", ""))
    if scene > 1 or answers:
        so_far = f"**Go on** with scene {scene} of {len(lesson.scenes)}. {scored}".strip()
    else:
        so_far = words.length(lesson)
    picture = lesson.scenes[lesson.picture - 1].settings
    go_on = partial(begin, lesson.name, scene, answers)
    return cards.Card(lesson.title, picture, f"{lesson.about}  \n{so_far}", go_on)


def _open_file() -> None:
    st.caption(
        "A lesson is a small file in TOML or JSON: scenes, each with a link of Explore, a sentence, and "
        "perhaps a question. The server reads it for this browser tab alone, and keeps it only for a room."
    )
    with st.expander("What such a file looks like"):
        st.code(book.EXAMPLE, "toml")
        st.caption("On Explore and in the laboratory, the button *Share* collects scenes into a file.")
    file = st.file_uploader("A lesson", ["toml", "json"], key="lesson_file", max_upload_size=1)
    if file is None:
        return
    try:
        lesson = book.read_lesson(file.getvalue(), file.name)
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        st.info("Mend the file and open it again, or choose another one.", icon=":material/arrow_back:")
        return
    memory.keep(FILE, lesson)
    memory.keep(PACKED, book.packed(file.getvalue()))
    text = book.to_link(file.getvalue())
    st.caption(words.IN_LINK if text else words.TOO_LONG)
    st.button(
        f"Begin “{evidence.literal(lesson.title)}”",
        type="primary",
        on_click=begin,
        args=(OWN, 1, "", text),
        key="lesson_begin",
    )


def begin(name: str, scene: int = 1, answers: str = "", text: str = "") -> None:
    """Open a lesson, in a callback. A link to the page that one is on would lose what it says."""
    wanted = {"lesson": name, "lesson_scene": scene, "lesson_answers": answers, "lesson_text": text}
    address.choose_all(wanted | {"lesson_room": ""})


def leave() -> None:
    """Back to all lessons."""
    st.button(
        "All lessons",
        type="tertiary",
        icon=":material/school:",
        on_click=begin,
        args=("",),
        key="lesson_leave",
    )


def exercises(lesson: Lesson) -> None:
    """The lesson on paper, to take away; made when it is asked for."""
    here = leaving.while_here()

    def make() -> str:
        try:
            return sheet(lesson, here)
        except leaving.Left:
            return ""

    download(
        "Exercise sheet",
        make,
        f"{lesson.name}.html",
        type="tertiary",
        icon=":material/print:",
        help="The lesson on A4, to print: its pictures and questions, and the solutions on a page of their "
        "own. It takes some seconds to make, and opens without the internet.",
        key="lesson_sheet",
    )


def turn(lesson: Lesson) -> Turn:
    """Where somebody is in a lesson, as the address says."""
    own = address.own()
    number = min(own["lesson_scene"], len(lesson.scenes))
    if number < own["lesson_scene"]:
        said = f"The link asks for scene {own['lesson_scene']}, but this lesson has {len(lesson.scenes)}."
        notes.say((f"{said} This is the last one.",))
        address.complete_own(lesson_scene=number)
    placed = _pending(lesson.name, number, "means") or ()
    return Turn(lesson, number, read_answers(own["lesson_answers"]), placed)


def _pending(name: str, number: int, way: str):
    """What is about to be the answer, given in this way."""
    where, value = memory.recall(PENDING) or (None, None)
    return value if where == (name, number, way) else None


def _prepare(turn: Turn, value: object) -> None:
    memory.keep(PENDING, ((turn.lesson.name, turn.number, turn.kind.given), value))


def heed(turn: Turn, said: Answer) -> None:
    """Keep what was done in the picture: the half-step, and means that were dragged."""
    if said.means and turn.open and turn.kind.given == "means":
        _prepare(turn, said.means)
        st.rerun()
    notes.keep_half_step(said)


def ask(turn: Turn, said: Answer) -> None:
    """What the question is answered with, and the reveal."""
    text = answer(turn, said, "reveals")
    with st.container(horizontal=True, vertical_alignment="center", key="em_answer"):
        back(turn, _go)
        st.button(
            "Reveal",
            type="primary",
            icon=":material/visibility:",
            disabled=text is None,
            on_click=_answer,
            args=(turn, text),
            shortcut="Enter",
            key="lesson_reveal",
        )
        st.button("Just show me", type="tertiary", on_click=_answer, args=(turn, SHOW_ME), key="lesson_show")


def answer(turn: Turn, said: Answer, does: str) -> str | None:
    """What the question is answered with, and the answer as a link says it; None before there is one.

    does : what the key Enter does with it, in a word.
    """
    kind = turn.kind
    text = {
        "mark": _by_mark,
        "share": _by_share,
        "choice": _by_choice,
        "number": _by_number,
        "means": _by_means,
    }[kind.given](turn, said)
    with st.container(key="em_keys_of_it"):
        n = len(kind.options(turn.question, turn.run))
        st.caption(words.HOW[kind.given].format(does=does, n=n))
    return text


def _answer(turn: Turn, text: str) -> None:
    if turn.number not in read_answers(address.own()["lesson_answers"]):
        address.choose("lesson_answers", write_answers({**turn.answers, turn.number: text}))
    else:
        address.complain("This was answered before, and the answer stands. *Answer again* takes it back.")


def _by_mark(turn: Turn, said: Answer) -> str | None:
    return by_hand.write_place(said.mark) or None


def _by_means(turn: Turn, said: Answer) -> str | None:
    return by_hand.write_means(turn.placed) or None


def _by_choice(turn: Turn, said: Answer) -> str | None:
    return _buttons(turn, turn.kind.options(turn.question, turn.run))


def _by_number(turn: Turn, said: Answer) -> str:
    most = max(turn.kind.most(turn.question, turn.run, turn.asked.settings), 2)
    first = min(10, most)
    return str(st.slider("Iterations", 1, most, first, key=_key(turn, "number")))


def _by_share(turn: Turn, said: Answer) -> str | None:
    component = _buttons(
        turn, tuple(str(j + 1) for j in range(turn.run.mixtures[0].n_components)), across=True
    )
    share = st.slider("How surely, in per cent", 0, 100, SURE_FIRST, key=_key(turn, "share"))
    return f"{component},{share}" if component else None


def _buttons(turn: Turn, options: tuple[str, ...], across: bool = False) -> str | None:
    """A button for each option, with its number as a key; the number of the one that was pressed last."""
    pending = _pending(turn.lesson.name, turn.number, turn.kind.given)
    short = across or all(len(option) < 3 for option in options)
    with st.container(horizontal=short, key="em_options", gap="small"):
        for i, option in enumerate(options, 1):
            st.button(
                evidence.literal(option),
                type="primary" if pending == i else "secondary",
                shortcut=str(i) if i < 10 else None,
                width="content" if short else "stretch",
                on_click=_prepare,
                args=(turn, i),
                key=_key(turn, f"option {i}"),
            )
    return None if pending is None else str(pending)


def _key(turn: Turn, what: str) -> str:
    return f"{turn.lesson.name} {turn.number} {what}"


def onward(turn: Turn) -> None:
    """The way back, and on."""
    with st.container(horizontal=True, vertical_alignment="center", key="em_onward"):
        back(turn, _go)
        if not turn.last:
            forward(turn, _go, "lesson_next")
        if turn.text is not None and turn.question:
            st.button("Answer again", type="tertiary", on_click=_take_back, args=(turn,), key="lesson_again")


def back(turn: Turn, go: Callable[[Turn, int], None]) -> None:
    """A scene back. go : what leads to the scene of a number."""
    st.button(
        "Back",
        icon=":material/arrow_back:",
        on_click=go,
        args=(turn, turn.number - 1),
        disabled=turn.number == 1,
        shortcut="PageUp",
        key="lesson_back",
    )


def forward(turn: Turn, go: Callable[[Turn, int], None], key: str) -> None:
    """A scene on; see `back`."""
    st.button(
        "Next",
        type="primary",
        icon=":material/arrow_forward:",
        on_click=go,
        args=(turn, turn.number + 1),
        shortcut="Enter",
        key=key,
    )


def _go(turn: Turn, number: int) -> None:
    address.choose("lesson_scene", number)


def _take_back(turn: Turn) -> None:
    rest = {number: text for number, text in turn.answers.items() if number != turn.number}
    memory.forget(PENDING)
    address.choose("lesson_answers", write_answers(rest))


def remember(turn: Turn) -> tuple[int, int]:
    """Keep how far this lesson is, for its card; how many answers are right, of how many."""
    right, answered = turns.score(turn.lesson, turn.answers)
    progress = memory.recall(PROGRESS) or {}
    now = turn.number, address.own()["lesson_answers"], words.scored(right, answered)
    memory.keep(PROGRESS, progress | {turn.lesson.name: now})
    return right, answered

"""What the page of lessons shows: the scene, its picture, and what came of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import player
from pages.ui.address import address
from pages.ui.address.settings import SIGHT
from pages.ui.lessons import cached, controls, words
from pages.ui.lessons.book import NAMES, Lesson
from pages.ui.lessons.turns import Turn
from pages.ui.look import evidence, formulas
from pages.ui.look.m_step import m_step_formulas
from pages.ui.player import Answer, At
from pages.ui.player.sight import sight_of
from pages.ui.runs import fits
from pages.ui.shell import notes

# On a phone, question, answers and picture are seen at once.
STYLE = """
:is(.st-key-em_words, .st-key-em_act) p {font-size: 1.1rem; line-height: 1.5}
:is(.st-key-em_words, .st-key-em_act) [data-testid=stCaptionContainer] p {font-size: 0.9rem}
.st-key-lesson_back kbd {display: none}
.st-key-em_lesson_head {gap: 0.4rem 1rem}
.st-key-em_lesson_head h1 {font-size: 1.75rem; padding: 0 0 1rem}
.st-key-em_room_count {margin-bottom: -1rem}
.st-key-em_room_count p {font-size: 1.2rem}
.st-key-em_room_code h2 {letter-spacing: 0.08em; padding: 0}
@media (pointer: coarse) {.st-key-em_act kbd, .st-key-em_keys_of_it {display: none}}
@media (max-width: 640px) {
  .st-key-em_lesson_head h1 {font-size: 1.2rem; padding: 0}
  :is(.st-key-room_open, .st-key-lesson_sheet) {display: none}
  .st-key-em_lesson_head :is([data-testid=stCaptionContainer], [data-testid=stMarkdownContainer], p) {
    margin: 0;
  }
  .st-key-em_lesson_head > :first-child {flex: 1 1 100%}
  [data-testid=stMainBlockContainer]:has(.st-key-em_scene) > div {gap: 0.5rem}
  :is(.st-key-em_words, .st-key-em_act) p {font-size: 1rem; line-height: 1.35}
  :is(.st-key-em_words, .st-key-em_act, .st-key-em_options) {gap: 0.4rem}
  .st-key-em_scene > div > div {gap: 0.5rem}
  .em-player[data-held] > :is(.em-transport, .em-words, .em-legend) {display: none}
}
"""


def heading(turn: Turn, right: int, answered: int) -> DeltaGenerator:
    """The lesson, and how far it is; with room for the ways out."""
    scored = words.scored(right, answered)
    n = len(turn.lesson.scenes)
    head = st.container(horizontal=True, vertical_alignment="center", key="em_lesson_head")
    with head:
        st.markdown(f"# {evidence.literal(turn.lesson.title)}", width="content")
        st.caption(f"Scene {turn.number} of {n}" + (f" · {scored}" if scored else ""), width="content")
    st.progress(turn.number / n)
    return head


def say(turn: Turn, asks: bool) -> None:
    """The sentence of the scene, and the question."""
    said = turn.scene.say
    if turn.lesson.name not in NAMES:  # a stranger's, who may stress a word, and no more
        said = evidence.literal(said).replace(r"\*", "*")
    st.markdown(said)
    if asks and turn.open:
        st.markdown(f"**{evidence.literal(f'{turn.asks} {turn.kind.on_screen}'.strip())}**")


@contextmanager
def or_say_why() -> Iterator[None]:
    """Where a scene has no run, say why; the lesson goes on with the next one."""
    try:
        yield
    except ValueError as error:
        st.error(evidence.literal(f"This scene cannot be shown. {error}"), icon=":material/error:")
        st.info("Go on with the next scene, or back.", icon=":material/arrow_forward:")


def picture(turn: Turn) -> Answer:
    """The player of the scene, and what somebody did in it."""
    scene = cached.drawn(turn.shown, turn.until)
    asked, showing = address.first_half_step()
    first, lost = At.read(asked, turn.after.n_iter) if asked and not turn.open else (None, "")
    first, of_player = turn.opens(first)
    data, settings = turn.after.data, turn.shown.settings
    seen = {name: one.default for name, one in SIGHT.items()}  # else it is that of the scene before
    if not turn.open:
        seen |= dict(turn.scene.sight) | {name: value for name, value in address.sight().items() if value}
    if turn.question and turn.kind.given == "share":
        seen["selected"] = turn.question.row
    sight = sight_of(seen, scene, data.labels is not None, settings.space and data.X.shape[1] == 3)
    notes.say((*address.problems(), *turn.problems, lost, *sight.problems))
    beside = None if turn.open else cached.beside(turn.shown)
    said = player.show(
        scene,
        first,
        showing,
        sight=sight.shown,
        title=beside.titles[0] if beside else "",
        key="em_player",
        asked=of_player,
        truth=turn.scene.truth and not turn.open,
    )
    if beside:
        player.follow(beside.scene, key="em_beside", title=beside.titles[1])
    return said


def reveal(turn: Turn) -> None:
    """What came of the answer, beside it, and why."""
    why = evidence.literal(turn.question.why)
    if turn.judged is None:
        st.info(f"{evidence.literal(turn.right_now())} {why}".strip(), icon=":material/visibility:")
        return
    said = f"{evidence.literal(turn.judged.said)} {why}"
    if turn.judged.right:
        st.success(f"**Right.** {said}", icon=":material/check:")
    else:
        st.warning(f"**Not quite.** {said}", icon=":material/close:")


def with_numbers(turn: Turn, said: Answer) -> None:
    """The formulas of the half-step that is shown, with its numbers; folded away."""
    settings, at = turn.shown.settings, said.at
    if turn.shown.mistakes or settings.is_told or at.is_start or settings.scaling != "none":
        return
    trace, data = fits.run(settings), turn.after.data
    question = turn.question
    j = min(question.component if question else 1, settings.n_components) - 1
    with st.expander(f"The formulas of this {at.half}-step, with its numbers", icon=":material/function:"):
        if letters := formulas.legend(
            trace.mixture, trace.prior, data.complete, data.sample_weight is not None
        ):
            st.caption(letters)
        if at.half == "M":
            steps = trace.steps[at.iteration - 1], trace.steps[at.iteration]
            mixtures = (steps[0].mixture, steps[1].mixture)
            how = (data.X, j, settings.reg_covar, data.feature_names, data.sample_weight, trace.prior)
            lines = [one.latex for one in m_step_formulas(*mixtures, *how)]
        else:
            row = said.row if said.row is not None else question.row - 1 if question else 0
            mixture = trace.steps[at.iteration].mixture
            if turn.kind is not None and turn.kind.given == "share" and not turn.open:
                j = turn.kind.right(question, turn.at, turn.run)[0] - 1
            st.caption(f"For row {row + 1}; click on another point for its own.")
            lines = formulas.e_step_formulas(mixture, data.X[row], j, data.feature_names)
        for line in lines:
            st.latex(line)


def elsewhere(turn: Turn) -> None:
    """The same run where everything about it can be changed."""
    settings = turn.shown.settings
    if not turn.shown.mistakes:
        notes.in_explore("Open this scene in Explore", settings)
        return
    program = {"mistakes": ",".join(turn.shown.mistakes), "begin": turn.shown.begin}
    st.page_link(
        "debug.py",
        label="Open this scene in Debug",
        icon=":material/bug_report:",
        query_params=settings.to_query() | program | {"steps": str(max(settings.max_iter, 1))},
    )


def close(lesson: Lesson, right: int, answered: int) -> None:
    """The end of a lesson, and where to go from there."""
    st.success(words.finished(lesson, right, answered), icon=":material/flag:")
    with st.container(key="em_lesson_end"):
        st.page_link(
            "explore.py",
            label="**Now do it on your own data**",
            icon=":material/upload_file:",
            query_params=dict(parse_qsl(lesson.explore)),
        )
        if lesson.name in NAMES[:-1]:
            following = cached.lesson(NAMES[NAMES.index(lesson.name) + 1])
            st.button(
                f"Next lesson: {following.title}",
                type="tertiary",
                icon=":material/school:",
                on_click=controls.begin,
                args=(following.name,),
                key="lesson_following",
            )

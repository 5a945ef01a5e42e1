"""Numbers of somebody's own code: pasted, judged, and what they say. Nothing that is pasted is executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from gmm_core.laboratory.audit.printer import PRINTER
from gmm_core.laboratory.diagnosis import Diagnosis, Kind, Suspect
from gmm_core.laboratory.faulty_em import faulty_e_step
from gmm_core.laboratory.laws import Parameters
from pages.ui.address import address, memory, presets, wishes
from pages.ui.address.settings import Settings
from pages.ui.debug import cached, controls, parts, tables
from pages.ui.debug.settings import KIND_LABELS, QUESTION, Program
from pages.ui.look import evidence
from pages.ui.runs.data import dataset
from pages.ui.shell import notes, waiting, widgets

TEXT, DIAGNOSIS = "debug_text", "diagnosis"
CERTAIN = {
    "exact": ("exactly these numbers", ":material/target:"),
    "likely": ("such numbers", ":material/search:"),
    "possible": ("gives such numbers too", ":material/help:"),
}
ANSWER = "means = [44.42596231 24.509301 35.4137508]\nvariances = [0.07568723 0.10583743 0.52125856]"
WORD = "0 -182.777\n1 -139.377\n2 nan\n3 diverged\n4 -121.4\n5 -119.9"
GAPS = "0 -182.777\n1 -139.377\n2 nan\n3\n4 -121.4\n5 -119.9\n6 -inf"


def _array() -> str:
    """The array of the question: three rows of fifty densities."""
    means, variances = [[44.42596231], [24.509301]], [[0.07568723], [0.10583743]]
    twins = Parameters(np.ones(3), np.array([*means, means[0]]), np.array([*variances, variances[0]]))
    densities = faulty_e_step(dataset(presets.MISTAKES).X, twins).densities.T
    return np.array2string(densities, threshold=1_000_000, precision=8)


def _history() -> str:
    """What the question's code prints, without random variances."""
    asked = Program(QUESTION[:2], "centres", 0.0, 30, 0)
    return "\n".join(f"{value:.5f}" for value in cached.ran(presets.MISTAKES, asked).run.printed)


TRY_FIRST = (
    "**Try first.** Press *The published answer*: the means and variances that a well-known answer "
    "printed are **exactly** those of code with two mistakes."
)
EXAMPLES: dict[str, Callable[[], str]] = {
    "The published answer": lambda: ANSWER,
    "The array of the question": _array,
    "A history that falls": _history,
    "A history with gaps": lambda: GAPS,
    "A history with a word in it": lambda: WORD,
}


def show(settings: Settings) -> None:
    """The part of the page about numbers of one's own."""
    st.markdown(TRY_FIRST)
    text = ask()
    address.keep_own(debug_kind=address.value("debug_kind"))
    with notes.or_say_why(settings):
        data = dataset(settings)
        answer(text, settings, address.own())
    notes.say(address.problems())
    st.caption(evidence.literal(data.note))


def ask() -> str:
    """The widgets; the text that shall be judged, or "" while none was sent."""
    address.hold(TEXT, memory.recall(TEXT) or "")
    st.text_area(
        "Numbers of your own code",
        height=190,
        key=TEXT,
        on_change=_keep,
        placeholder="means = [24.5 35.4 44.4]\nvariances = [0.11 0.52 0.08]\nweights = [0.16 0.30 0.54]",
        help="Text only: numbers are looked for in it, and nothing is executed.",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Diagnose", type="primary", icon=":material/stethoscope:", on_click=_send)
        widgets.pills("debug_kind")
    st.caption(
        "Parameters with their names, responsibilities (a row for each row of the data), both together, or "
        "one log-likelihood for each iteration: as R, MATLAB, Julia or Python and its libraries print them, "
        "as JSON, as CSV or as a log, with names in several languages. Nothing that is pasted is executed, "
        "and it is not in the link. It is judged for the data chosen in the settings; *the start that was "
        "given* is the one chosen there."
    )
    with st.expander("Most is told by two iterations in a row: print them with this", icon=":material/code:"):
        st.code(PRINTER, language="python")
    with st.container(horizontal=True):
        for name in EXAMPLES:
            st.button(name, on_click=_example, args=(name,), key=f"paste {name}")
    return str(wishes.asked(DIAGNOSIS) or "")


def _keep() -> None:
    memory.keep(TEXT, address.value(TEXT))


def _send() -> None:
    _diagnose(address.value(TEXT))


def _example(name: str) -> None:
    """Paste an example, with the data that it is of."""
    text = EXAMPLES[name]()
    address.adopt(presets.MISTAKES)
    address.choose("debug_kind", "guess")
    _diagnose(text)


def _diagnose(text: str) -> None:
    memory.keep(TEXT, text)
    waiting.run_after_all()
    wishes.ask(DIAGNOSIS, text or " ")


def answer(text: str, settings: Settings, chosen: dict[str, Any]) -> None:
    """What the numbers say; how to begin, where there are none."""
    if not text:
        begin = "**Nothing was pasted yet.** Paste what your code prints and press *Diagnose*"
        if address.value(TEXT):
            begin = "**Nobody looked at this yet.** Press *Diagnose*"
        st.info(
            f"{begin}: you are told "
            "what follows from what in these numbers, on these data, which half-step is wrong, and which "
            "line of code is likely to be. Or take one of the examples.",
            icon=":material/content_paste:",
        )
        return
    kind: Kind | None = None if chosen["debug_kind"] == "guess" else chosen["debug_kind"]
    asked = (text, kind, settings, Program.of(chosen))
    if waiting.cancelled(cached.asked_about(*asked), "This diagnosis was cancelled. Paste something smaller"):
        return
    try:
        with waiting.cancellable(cached.asked_about(*asked)):
            found = cached.diagnosis(*asked)
    except ValueError as error:  # numbers that cannot be read, or are of other data
        st.error(evidence.literal(str(error)), icon=":material/error:")
        return
    _tell(found)


def _tell(found: Diagnosis) -> None:
    """The verdict in three steps, each with its evidence."""
    _verdict(found)
    st.markdown(f"## 1. Taken for\n{KIND_LABELS[found.kind]}: {evidence.literal(found.taken_for)}.")
    if found.notes:
        st.html(evidence.plain(found.notes))
    st.markdown("## 2. What follows, and what does not")
    if found.first_wrong is not None:
        st.markdown(f"First that does not hold: **{evidence.literal(found.first_wrong.title)}**")
    st.html(tables.checks(found.checks))
    if found.suspects:
        st.markdown("## 3. What gives such numbers")
    for i, suspect in enumerate(found.suspects):
        _suspect(i, suspect)


def _verdict(found: Diagnosis) -> None:
    """The answer. A green tick only where something was verified; grey where nothing could be."""
    headline = evidence.literal(found.headline)
    if found.verdict == "right":
        st.success(f"**{headline}**", icon=":material/check_circle:")
    elif found.verdict == "wrong":
        st.warning(f"**{headline}**", icon=":material/stethoscope:")
    else:
        with st.container(border=True):
            st.markdown(f":gray[:material/help:] **{headline}**")
            if found.lacking:
                st.markdown(f"No more could be verified, because {evidence.literal(found.lacking)}.")
    if found.verdict == "wrong" and found.lacking and not any(one.faults for one in found.suspects):
        st.caption(f"No more could be said, because {evidence.literal(found.lacking)}.")


def _suspect(i: int, suspect: Suspect) -> None:
    certain, icon = CERTAIN[suspect.certainty]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{icon} **{evidence.literal(tables.suspect_title(suspect))}** :gray[{certain}]")
            if suspect.faults:
                label = "Show this mistake" if len(suspect.faults) == 1 else "Show these mistakes"
                st.button(
                    label, on_click=controls.show, args=(suspect.faults,), key=f"debug_show_{i}",
                    icon=":material/play_circle:",
                    help="On these data, beside correct EM, with diagonal covariances.",
                )  # fmt: skip
        st.html(evidence.note(suspect.sentence))
        if suspect.faults:
            parts.lines(suspect.faults)

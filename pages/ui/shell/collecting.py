"""Scenes for a lesson, collected from what is on the screen, a sentence each; the file that they make."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from pages.ui.address import address, memory
from pages.ui.address.settings import SIGHT, Settings
from pages.ui.look import evidence
from pages.ui.shell.lessons import MOST_CHARACTERS, MOST_SCENES
from pages.ui.shell.widgets import download

COLLECTED = "collected scenes"
OWN_TABLE = "A lesson opens anywhere, and your own table does not: choose one of the datasets of the app."


class Collected(NamedTuple):
    """A scene: the query of a link to Explore, and what is said."""

    query: str
    say: str


def offer(settings: Settings, of_the_run: bool) -> None:
    """Add what is seen as a scene, and take the lesson away.

    of_the_run : whether the page shows the run itself, and its half-step is one of a scene.
    """
    scenes: tuple[Collected, ...] = memory.recall(COLLECTED) or ()
    with st.expander("Add this as a scene of a lesson", icon=":material/school:"):
        if settings.data == "own":
            st.info(OWN_TABLE, icon=":material/info:")
        elif len(scenes) < MOST_SCENES:
            say = st.text_area(
                "What is said beside the picture", max_chars=MOST_CHARACTERS, key="collect_say"
            )
            st.button(
                "Add the scene", on_click=_add, args=(query_now(settings, of_the_run), say), key="collect_add"
            )
        else:
            st.info(f"There are {MOST_SCENES} scenes, and a lesson has no more.", icon=":material/info:")
        for i, scene in enumerate(scenes):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"{i + 1}. {evidence.literal(scene.say) or 'Nothing is said.'}", width="stretch")
                remove = {"on_click": _remove, "args": (i,), "key": f"collect_remove {i}"}
                st.button(":material/delete:", help=f"Remove scene {i + 1}", type="tertiary", **remove)
        if not scenes:
            return
        title = st.text_input("Title of the lesson", "My lesson", max_chars=200, key="collect_title")
        download(
            "The lesson, TOML",
            lambda: to_toml(title, scenes),
            "lesson.toml",
            key="collect_save",
        )
        st.caption("The page Lessons opens it, and shows how questions are added to the file.")


def query_now(settings: Settings, of_the_run: bool) -> str:
    """The query of a link to Explore for what is seen, with the half-step and the sight of the run."""
    there = dict(parse_qsl(urlsplit(address.link()).query)) if of_the_run else {}
    shown = {name: there[name] for name in ("at", *SIGHT) if name in there}
    return urlencode(settings.to_query() | shown)


def to_toml(title: str, scenes: Sequence[Collected]) -> bytes:
    """The file of a lesson. A text of JSON is one of TOML, but for a character that nobody types."""

    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    parts = [f"title = {text(title)}\n"]
    parts += [f"\n[[scene]]\nlink = {text(scene.query)}\nsay = {text(scene.say)}\n" for scene in scenes]
    return "".join(parts).encode()


def _add(query: str, say: str) -> None:
    memory.keep(COLLECTED, (*(memory.recall(COLLECTED) or ()), Collected(query, say)))
    address.hold("collect_say", "")
    st.toast("The scene is added.")


def _remove(i: int) -> None:
    scenes = memory.recall(COLLECTED)
    memory.keep(COLLECTED, (*scenes[:i], *scenes[i + 1 :]))

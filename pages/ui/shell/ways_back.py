"""Undo and redo, as buttons and as keys; and the card of the gallery that all began with."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gmm_core.words import count
from pages.ui.address import address, back, history, memory
from pages.ui.address.presets import Preset
from pages.ui.player import assets

PLACE, DRAWN, HEARD = "ways back", "ways back drawn", "keys heard"
KEYS = "em_keys"
_keys = st.components.v2.component(
    KEYS, css=f".st-key-{KEYS} {{ display: none; }}", js=assets.loader("keys"), isolate_styles=False
)


def forget() -> None:
    """A page begins, which may have nothing to go back from."""
    memory.forget(DRAWN)


def reserve() -> None:
    """The place of the buttons, above all other controls."""
    memory.keep(PLACE, st.sidebar.container(horizontal=True, gap="xsmall", key="em_back"))


def place() -> DeltaGenerator:
    """Where they stand, for what is to stand beside them."""
    return memory.recall(PLACE)


def draw() -> None:
    """The buttons, each with what it does, once the controls below them are read; and the keys."""
    undone, done = back.undoable()
    memory.keep(DRAWN, (undone, done))
    beside = place()
    beside.button(
        f"Undo: {undone}" if undone else "Undo",
        icon=":material/undo:",
        help=f"Undo: {undone} (Ctrl + Z)" if undone else "Nothing to undo yet (Ctrl + Z)",
        disabled=not undone,
        width="stretch",
        on_click=back.undo,
        key="undo",
    )
    beside.button(
        ":material/redo:",
        help=f"Redo: {done} (Ctrl + Shift + Z)" if done else "Nothing to do again (Ctrl + Shift + Z)",
        disabled=not done,
        on_click=back.redo,
        key="redo",
    )
    with beside:
        _keys(key=KEYS, on_pressed_change=_pressed)


def draw_anew() -> None:
    """Where a control further down on the page was changed, the buttons do not say so yet."""
    if memory.recall(DRAWN) not in (None, back.undoable()):
        st.rerun()


def _pressed() -> None:
    """Keys that were pressed; those of the last seconds come again while others follow quickly."""
    heard = memory.recall(HEARD) or 0.0
    new = [(what, time) for what, time in address.value(KEYS)["pressed"] if time > heard]
    for what, time in new:
        memory.keep(HEARD, time)
        {"undo": back.undo, "redo": back.redo}[what]()


def lesson() -> None:
    """What the card of the gallery was about, how far this is from it, and the way back to both."""
    if (found := back.from_card()) is None:
        return
    preset, changed = found
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="em_lesson"):
        st.markdown(_sentence(preset, changed), width="stretch")
        if changed:
            st.button(
                "Back to the card",
                type="tertiary",
                icon=":material/replay:",
                on_click=back.to_card,
                key="to_card",
            )
        st.page_link("gallery.py", label="All cards", icon=":material/grid_view:")


def _sentence(preset: Preset, changed: list[str]) -> str:
    said = f"**{preset.title}.** {preset.watch}"
    if not changed:
        return said
    return f"{said} :gray[{count(len(changed), 'change')} from the card. {history.in_short(changed)}.]"

"""Undo and redo, and the way back to the card of the gallery, as callbacks; they say what they do."""

from __future__ import annotations

import streamlit as st

from pages.ui.address.address import adopt, card, current, history, return_to
from pages.ui.address.history import Change, between, in_short, of_fields
from pages.ui.address.presets import Preset, named


def undoable() -> tuple[str, str]:
    """What can be undone on this page, and what can be done again, in a few words; empty for nothing."""
    known, shown = history()
    return _in_words(known.back(shown)), _in_words(known.forward(shown))


def undo() -> None:
    """Undo what was chosen last."""
    known, shown = history()
    if what := _in_words(known.back(shown)):
        return_to(known.undo(shown))
        st.toast(f"Undone: {what}", icon=":material/undo:")


def redo() -> None:
    """Do again what was undone last."""
    known, shown = history()
    if what := _in_words(known.forward(shown)):
        return_to(known.redo(shown))
        st.toast(f"Done again: {what}", icon=":material/redo:")


def _in_words(change: Change) -> str:
    _, shown = history()
    said: list[str] = []
    for name, (before, after) in change.items():
        if shown[name] is None:
            said += between(before.chosen, after.chosen)
        else:
            said += of_fields(before.chosen, after.chosen, shown[name])
    return in_short(said)


def from_card() -> tuple[Preset, list[str]] | None:
    """The card of the gallery that this began with, and what was changed since; None without one."""
    if not card():
        return None
    opened = named(card())
    return opened, between(opened.settings, current())


def to_card() -> None:
    """Back to what the card opens."""
    adopt(named(card()).settings)

"""What widgets of settings say that no run has kept yet."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address import request
from pages.ui.address.settings import FIELDS
from pages.ui.address.state import State


def is_changed(widget: str, before: Any) -> bool:
    """Whether the user changed a widget that held this before."""
    now = st.session_state.get(widget, before)
    # Where any number can be typed, the browser sends a text.
    return now != before and not (isinstance(before, float) and now == f"{before:g}")


def of_experiment(state: State) -> dict[str, Any]:
    """In a callback: what the user changed of the experiment right before, by the names of settings."""
    found: dict[str, Any] = {}
    if request.is_of_fragments():
        return found
    for name in state.drawn.keys() & FIELDS.keys():
        if is_changed(name, getattr(state.settings, name)):
            value, problem = FIELDS[name].parse(FIELDS[name].write(st.session_state[name]))
            if not problem:
                found[name] = value
    return found

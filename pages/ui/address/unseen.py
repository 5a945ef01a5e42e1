"""What a session lets widgets show of its own accord, and the browser does not know of yet.

Until it does, it goes on to say what they showed before, with whatever else is asked for. The address that it
sends along tells what it knows: it is written once the widgets of settings are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.address.state import State, Unseen


def put(state: State, widget: str, value: Any, is_written: bool = False) -> None:
    """Let a widget show a value, which is no change by the user.

    is_written : whether the address of this run is written already.
    """
    if widget in st.session_state and st.session_state[widget] != value:
        before = state.unseen[widget].before if widget in state.unseen else ()
        state.unseen[widget] = Unseen(value, (*before, st.session_state[widget]))
        state.awaited = [state.written] if is_written else []
    st.session_state[widget] = value
    state.drawn.pop(widget, None)


def written(state: State, query: dict[str, str]) -> None:
    """The address now says this; a browser that knows it knows what was put before, too."""
    if state.unseen:
        state.awaited.append(query)


def hear(state: State, query: Mapping[str, str]) -> None:
    """Begin with what a browser says that knows this address: what it says of widgets may be old."""
    if query in state.awaited:
        state.unseen, state.awaited = {}, []
    for widget, one in state.unseen.items():
        if widget in st.session_state and st.session_state[widget] in one.before:
            st.session_state[widget] = one.shown

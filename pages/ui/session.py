"""The only module that touches session state and query parameters.

The address is the truth when it was changed from outside (a link, the back button, somebody's typing);
the widgets are when they were. What was last written into the address tells the two apart.
"""

from __future__ import annotations

import streamlit as st

from pages.ui.settings import FIELDS, Settings

# Keys that no widget has: settings have the names of their fields.
SETTINGS, PROBLEMS, WRITTEN, FIRST, AT = "_settings", "_problems", "_written", "_first", "_at"


def read_address() -> Settings:
    """The settings to begin this run with: the address's, if it is news, or those of the last run."""
    state, query = st.session_state, st.query_params.to_dict()
    # An empty address after the first is somebody who came back from another page.
    if SETTINGS not in state or (query and query != state[WRITTEN]):
        state[SETTINGS], state[PROBLEMS] = Settings.from_query(query)
        state[FIRST] = state[AT] = query.get("at", "")
        for name in FIELDS:
            state[name] = getattr(state[SETTINGS], name)
    elif not query:
        state[FIRST] = state[AT]
    return state[SETTINGS]


def remember(name: str) -> None:
    """Give a widget its value before it is drawn; Streamlit forgets widgets that were not drawn."""
    st.session_state.setdefault(name, getattr(st.session_state[SETTINGS], name))


def choose(name: str, value: object) -> None:
    """Set a setting from a callback, as if the user had."""
    st.session_state[name] = value


def keep(settings: Settings) -> None:
    """Keep what was chosen, and write it into the address."""
    state = st.session_state
    if settings != state[SETTINGS]:
        state[SETTINGS], state[PROBLEMS], state[FIRST], state[AT] = settings, (), "", ""
    _write()


def problems() -> tuple[str, ...]:
    """What made no sense in the link that was opened; empty once anything is chosen."""
    return st.session_state.get(PROBLEMS, ())


def first_half_step() -> str:
    """The half-step on which this run was opened, such as "7M"; empty for the start."""
    return st.session_state.get(FIRST, "")


def keep_half_step(at: str) -> None:
    """Keep which half-step is shown, and write it into the address."""
    st.session_state[AT] = at
    _write()


def _write() -> None:
    state = st.session_state
    query = state[SETTINGS].to_query() | ({"at": state[AT]} if state[AT] else {})
    query |= {name: value for name, value in st.query_params.to_dict().items() if name == "embed"}
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    state[WRITTEN] = query

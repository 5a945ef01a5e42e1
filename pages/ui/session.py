"""The only module that touches session state and query parameters.

The address is the truth when it was changed from outside (a link, the back button, somebody's typing);
the widgets are when they were. What was last written into the address tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui import by_hand
from pages.ui.settings import FIELDS, Settings

# Keys that no widget has: settings have the names of their fields.
SETTINGS, PROBLEMS, WRITTEN, FIRST, AT = "_settings", "_problems", "_written", "_first", "_at"
COLOURS, CANCELLED = "_colours", "_cancelled"


def read_address() -> Settings:
    """The settings to begin this run with: the address's, if it is news, or those of the last run."""
    state, query = st.session_state, st.query_params.to_dict()
    # An empty address after the first is somebody who came back from another page.
    if SETTINGS not in state or (query and query != state[WRITTEN]):
        settings, problems = Settings.from_query(query)
        adopt(settings)
        state[PROBLEMS] = problems
        state[FIRST] = state[AT] = query.get("at", "")
    elif not query:
        state[FIRST] = state[AT]
    return state[SETTINGS]


def remember(name: str, options: Sequence[object] = ()) -> None:
    """Give a widget its value before it is drawn; Streamlit forgets widgets that were not drawn."""
    value = st.session_state.setdefault(name, getattr(st.session_state[SETTINGS], name))
    if options and value not in options:
        st.session_state[name] = FIELDS[name].default


def choose(name: str, value: object) -> None:
    """Set a setting from a callback, as if the user had."""
    adopt(replace(st.session_state[SETTINGS], **{name: value}))  # type: ignore[arg-type]


def keep(settings: Settings) -> None:
    """Keep what was chosen, and write it into the address."""
    state = st.session_state
    before = state[SETTINGS]
    if settings.fitted != before.fitted:
        state[PROBLEMS], state[FIRST], state[AT] = (), "", ""
        state.pop(CANCELLED, None)
    state[SETTINGS] = settings
    _write()


def adopt(settings: Settings) -> None:
    """Make these the settings, in the widgets too. Not while a page that draws them is running."""
    state = st.session_state
    state[SETTINGS], state[PROBLEMS], state[FIRST], state[AT] = settings, (), "", ""
    for name in FIELDS:
        if state.get(name) != getattr(settings, name):
            state[name] = getattr(settings, name)


def place(means: Sequence[Sequence[float]]) -> None:
    """Begin with these means, placed by hand."""
    text = by_hand.write_means(means)
    adopt(replace(st.session_state[SETTINGS], init="given", means=text, n_components=len(means), forks=""))
    _write()


def fork(step: by_hand.Fork) -> None:
    """Go on from a step with one mean moved."""
    settings = st.session_state[SETTINGS]
    forks = [*by_hand.read_forks(settings.forks), step]
    adopt(replace(settings, forks=by_hand.write_forks(forks)))
    _write()


def undo_fork() -> None:
    """Back to the run before the last fork, and to where it was forked."""
    settings = st.session_state[SETTINGS]
    *forks, last = by_hand.read_forks(settings.forks)
    adopt(replace(settings, forks=by_hand.write_forks(forks)))
    st.session_state[FIRST] = st.session_state[AT] = f"{last.iteration}E"


def cancel(settings: Settings) -> None:
    """Do not fit these settings."""
    st.session_state[CANCELLED] = settings


def is_cancelled(settings: Settings) -> bool:
    """Whether the user cancelled this fit; anything else that is chosen is fitted again."""
    return st.session_state.get(CANCELLED) == settings.fitted


def run_after_all() -> None:
    st.session_state.pop(CANCELLED, None)


def colours() -> tuple[Settings, tuple[int, ...]] | None:
    """The last run that was on the screen, and the colours of its components."""
    return st.session_state.get(COLOURS)


def keep_colours(settings: Settings, chosen: tuple[int, ...]) -> None:
    """Keep what was on the screen, so that the next run can wear the same colours."""
    st.session_state[COLOURS] = (settings, chosen)


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

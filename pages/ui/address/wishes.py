"""What was asked for and is no setting: work to do, to stop or to cancel, and what it has found so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.address.address import CANCELLED
from pages.ui.address.settings import Settings

# Keys that no widget has.
ASKED, ONCE, REJECTED, WISHES, WORK = "_asked", "_once", "_rejected", "_wishes", "_work"
ON_SCREEN = "_on_screen"


def cancel(asked: Any) -> None:
    """Do not compute what is asked for with these settings."""
    st.session_state[CANCELLED] = asked


def is_cancelled(asked: Any) -> bool:
    """Whether the user cancelled this; anything else that is chosen is computed again."""
    return st.session_state.get(CANCELLED) == asked


def run_after_all() -> None:
    st.session_state.pop(CANCELLED, None)


def ask_sklearn(settings: Settings | None) -> None:
    """Let scikit-learn fit these settings too, though it may take long; None to stop it."""
    st.session_state[ASKED] = settings and settings.fitted


def asks_sklearn(settings: Settings) -> bool:
    """Whether scikit-learn was asked to fit these settings."""
    return st.session_state.get(ASKED) == settings.fitted


def ask_for(what: str, of: Any) -> None:
    """Ask for some work, or for it to be stopped, until another of its kind is asked for; None for none."""
    st.session_state.setdefault(WISHES, {})[what] = of


def asks_for(what: str, of: Any) -> bool:
    """Whether this was asked for."""
    return st.session_state.get(WISHES, {}).get(what) == of


def take_wish(what: str) -> Any:
    """What was asked for, only once; None where nothing was."""
    return st.session_state.get(WISHES, {}).pop(what, None)


def on_screen() -> Any:
    """The run that was on the screen last, in its colours; None at first."""
    return st.session_state.get(ON_SCREEN)


def keep_on_screen(run: Any) -> None:
    """Keep what was on the screen, so that the next run can have the same colours."""
    st.session_state[ON_SCREEN] = run


def work_on(name: str) -> dict[str, Any]:
    """What a long piece of work has found so far in this session; forgotten when another begins."""
    state = st.session_state
    if state.get(WORK, ("", {}))[0] != name:
        state[WORK] = (name, {})
    return state[WORK][1]


def once(what: str, name: str, make: Callable[[], Any]) -> Any:
    """What `make` makes, made again only when the name is another; one is kept of each `what`."""
    kept = st.session_state.setdefault(ONCE, {})
    if kept.get(what, ("", None))[0] != name:
        kept[what] = (name, make())
    return kept[what][1]


def forget_once(what: str) -> None:
    """Make it again next time."""
    st.session_state.get(ONCE, {}).pop(what, None)


def keep_rejected(table: Any) -> None:
    """Keep what was wrong with the table that was brought last; None where nothing was."""
    st.session_state[REJECTED] = table


def rejected() -> Any:
    """What was wrong with the table that was brought last; None where nothing was."""
    return st.session_state.get(REJECTED)

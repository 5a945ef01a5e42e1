"""What a session keeps by a name and is neither a setting nor a wish, such as the colours of the last run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.address.state import MEMORY


def keep(what: str, value: Any) -> None:
    st.session_state.setdefault(MEMORY, {})[what] = value


def recall(what: str) -> Any:
    """What was kept last; None where nothing was."""
    return st.session_state.get(MEMORY, {}).get(what)


def once(what: str, name: str, make: Callable[[], Any]) -> Any:
    """What `make` makes, made again only when the name is another; one is kept of each `what`."""
    if (recall(what) or ("", None))[0] != name:
        keep(what, (name, make()))
    return recall(what)[1]


def forget(what: str) -> None:
    st.session_state.get(MEMORY, {}).pop(what, None)

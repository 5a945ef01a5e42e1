"""What was asked for and is no setting: work to do, or to leave. Of each kind, the last is kept."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address.state import WISHES


def ask(kind: str, of: Any = True) -> None:
    """Ask for some work, or for it to be left alone, in place of what was asked for of this kind before."""
    st.session_state.setdefault(WISHES, {})[kind] = of


def asked(kind: str) -> Any:
    """What was asked for last; None where nothing was."""
    return st.session_state.get(WISHES, {}).get(kind)


def forget(kind: str) -> None:
    """Nothing of this kind is asked for any more."""
    st.session_state.get(WISHES, {}).pop(kind, None)

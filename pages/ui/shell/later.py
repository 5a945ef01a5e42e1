"""A look again, a moment later, at work that goes on beside a page."""

from __future__ import annotations

import streamlit as st

from pages.ui.player import assets

LOOK = 1000  # milliseconds between two looks, ...
LEASE = 4.0  # ... and seconds after which nobody seems to wait for the work; see `Job.goes_on`

# What a device asked while it had no connection, as one that woke up, is lost; see `connection`.
_later = st.components.v2.component("em_later", js=assets.loader("later"))


def again(key: str, times: int, after: int = LOOK) -> None:
    """Run the fragment that this is called in again, so many milliseconds later; `times` is how often it has
    run.
    """
    # Its data must differ each time, for the browser to hear of it.
    _later(key=key, data={"milliseconds": after, "times": times}, on_time_change=_look_again)


def _look_again() -> None:
    """What is to be seen then is drawn by the run that follows."""

"""A page says that it has no connection, and is whole again once it has."""

from __future__ import annotations

import streamlit as st

from pages.ui.player import assets

KEY = "em_connection"
_connection = st.components.v2.component(
    KEY, css=f".st-key-{KEY} {{ display: none; }}", js=assets.loader("connection"), isolate_styles=False
)


def watch() -> None:
    """Have the browser say when nobody answers, and all of the page run again once somebody does.

    What was said meanwhile never came there, and a fragment of a server that is no more is known to no other.
    """
    _connection(key=KEY)

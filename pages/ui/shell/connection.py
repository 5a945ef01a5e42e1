"""A page is whole again after its connection was lost."""

from __future__ import annotations

import streamlit as st

from pages.ui.player import assets

KEY = "em_connection"
_connection = st.components.v2.component(
    KEY, css=f".st-key-{KEY} {{ display: none; }}", js=assets.loader("connection"), isolate_styles=False
)


def watch() -> None:
    """Have all of the page run again once its browser is back.

    What was said meanwhile never came there, and a fragment of a server that is no more is known to no other.
    """
    _connection(key=KEY)

"""A Plotly figure in which every place can be clicked, in the plane or on an axis.

`st.plotly_chart` hears only of points of a trace, so that a place would be rounded to a grid of invisible
ones; and it makes the picture anew with each answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from pages.ui.address import address
from pages.ui.player import assets

_component = st.components.v2.component(
    "em_clickable",
    css=(Path(__file__).parent / "clickable.css").read_text(encoding="utf-8"),
    js=assets.loader("clickable"),
    isolate_styles=False,
)


def show(figure: go.Figure, key: str, on_click: Callable[[float, float], None]) -> None:
    """Draw the figure, in the page's own font and colours.

    On a small screen a list takes its place, where `layout.meta` has one: each line's `text` and `place`.

    on_click : hears, before the page runs again, where the picture was clicked, in the units of its axes, in
    as many digits as an eye can tell apart there.
    """

    def clicked() -> None:
        if place := address.clicked(key):
            on_click(*place)

    _component(key=key, data=figure.to_json(), on_place_change=clicked)

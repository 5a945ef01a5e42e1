"""Figures of Plotly's on a page, in its own font and colours, that can be read from the back of a room.

A component of ours draws them, with Plotly's small script, which knows points, lines and bars: that of
`st.plotly_chart` keeps a browser busy for a second and a half. It also hears of clicks anywhere, where
Streamlit hears only of points of a trace. But in one run of a page it draws a figure once: one that grows
meanwhile is Streamlit's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly

from pages.ui.address import address
from pages.ui.player import assets

TEXT = 14  # pixels; Streamlit's own are 12, and faint: their colour is in frame.html

_component = st.components.v2.component(
    "em_chart",
    css=(Path(__file__).parent / "charts.css").read_text(encoding="utf-8"),
    js=assets.loader("charts"),
    isolate_styles=False,
)


def show(
    figure: go.Figure,
    key: str,
    alt: str,
    *,
    modebar: bool = True,
    on_click: Callable[[float, float], None] | None = None,
) -> None:
    """Draw the figure.

    On a small screen a list takes its place, where `layout.meta` has one: each line's `text` and `place`.

    alt : what it shows, for whom it is read out to. on_click : hears, before the page runs again, where the
    picture was clicked, in the units of its axes, in as many digits as an eye can tell apart there.
    """

    def clicked() -> None:
        if on_click and (place := address.clicked(key)):
            on_click(*place)

    drawn = figure.to_dict()
    layout = drawn["layout"]
    layout.pop("template", None)  # the page's own look takes its place
    how = {"alt": alt, "modebar": modebar, "clickable": on_click is not None, "text": TEXT}
    layout["meta"] = how | (layout.get("meta") or {})
    _component(key=key, data=to_json_plotly(drawn), on_place_change=clicked)


def growing(figure: go.Figure, alt: str) -> None:
    """Draw one that is drawn anew while work goes on."""
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont_size=TEXT, title_font_size=TEXT)
    figure.update_layout(legend_font_size=TEXT)
    st.plotly_chart(figure, alt=alt)

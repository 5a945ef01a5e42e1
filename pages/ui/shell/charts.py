"""A figure of Plotly's on a page, with texts that can be read from the back of a room."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

TEXT = 14  # pixels; Streamlit's own are 12, and faint: their colour is in frame.html


def show(figure: go.Figure, **how: Any) -> None:
    """Show the figure; what else is as `st.plotly_chart` has it."""
    if figure.layout.legend.font.size != TEXT:  # of a cache, it may have been shown before
        for update in (figure.update_xaxes, figure.update_yaxes):
            update(tickfont_size=TEXT, title_font_size=TEXT)
        figure.update_layout(legend_font_size=TEXT)
    st.plotly_chart(figure, **how)

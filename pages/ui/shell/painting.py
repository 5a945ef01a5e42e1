"""An empty canvas: what stands in place of the player until there are points enough to fit."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from gmm_core.words import count, plural
from pages.ui.address import address, edits, hand
from pages.ui.address.by_hand import Place
from pages.ui.address.choices import PAINTED
from pages.ui.address.settings import CANVAS, Settings
from pages.ui.address.strokes import Stroke
from pages.ui.runs.data import dataset
from pages.ui.shell import charts, notes

BURST, RADIUS = 40, 1.5  # of a click: how many points, and about how far they lie
THREE: tuple[Place, ...] = ((-5, 3), (0, -4), (5, 4))


def waits(settings: Settings) -> bool:
    """Whether the user wants to paint, and has not painted as many points as are fitted."""
    if settings.data != PAINTED:
        return False
    try:
        return len(dataset(settings).X) < max(2, settings.n_components)
    except ValueError:  # the page says what it is
        return False


def canvas(settings: Settings) -> None:
    """A plane to click into."""
    n, k = len(dataset(settings).X), settings.n_components
    so_far = f"There {plural(n, 'is', 'are')} {count(n, 'point')} so far. " if n else ""
    st.info(
        f"**Paint your own data.** {so_far}Click anywhere in the empty picture: each click sprays "
        f"{BURST} points. For {count(k, 'component')} at least {max(2, k)} points are needed; then EM runs "
        "on them, and under its picture the switch *paint* is a brush, with an eraser.",
        icon=":material/brush:",
    )
    figure = go.Figure(go.Scatter(x=[], y=[]))
    axis = {"range": [-CANVAS, CANVAS], "fixedrange": True, "zeroline": False, "ticklabelstandoff": 8}
    figure.update_layout(xaxis=axis, yaxis=axis, height=480, margin={"l": 40, "r": 10, "t": 10, "b": 40})
    charts.show(figure, "painted", "Where points are sprayed", on_click=lambda x, y: _spray(((x, y),)))
    st.button("Begin with three blobs", icon=":material/bubble_chart:", on_click=_spray, args=(THREE,))
    notes.edit_note(settings)


def _spray(places: tuple[Place, ...]) -> None:
    """A burst of points at each of these places."""
    before = len(edits.read(address.current().edits))
    hand.edit(Stroke((RADIUS, RADIUS), (at,), BURST, before + i) for i, at in enumerate(places))

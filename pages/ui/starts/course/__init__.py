"""The picture of a race: all curves grow together, and each can be clicked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.address import address
from pages.ui.player import assets

_component = st.components.v2.component(
    "em_race",
    css=(Path(__file__).parent / "course.css").read_text(encoding="utf-8"),
    js=assets.loader("course"),
    isolate_styles=False,
)


def show(race: Mapping[str, Any], key: str, picked: int | None, on_pick: Callable[[int], None]) -> None:
    """Draw a race, `starts.figures.race`.

    picked : the run to draw bold. on_pick : hears, before the page runs again, which run was clicked.
    """
    name = sha256(json.dumps(race).encode()).hexdigest()[:16]

    def heard() -> None:
        pick = address.value(key)["pick"]
        if pick["race"] == name:  # a click on the race before came too late
            on_pick(int(pick["run"]))

    text = json.dumps({**race, "name": name, "picked": picked}, allow_nan=False)
    _component(key=key, data=text, on_pick_change=heard)

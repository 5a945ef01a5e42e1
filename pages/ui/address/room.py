"""What a link for a class takes from sight, on every page, until whoever teaches presses a key; and whether
the picture has the whole window.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.ui.address import request
from pages.ui.address.field import Field
from pages.ui.address.settings import VIEW, read
from pages.ui.address.state import the_state

HIDEABLE = {
    "controls": "all settings",
    "data": "data",
    "model": "model",
    "start": "start",
    "tabs": "numbers and formulas",
    "menu": "menu of pages",
}
_part = "|".join(HIDEABLE)
ROOM: dict[str, Field] = {
    "hide": Field(
        "hide",
        "what is hidden",
        "",
        pattern=re.compile(rf"(?:{_part})(?:,(?:{_part}))*"),
        wanted=f"names parts, such as data,model, out of {', '.join(HIDEABLE)}",
    ),
    "present": Field("present", "the presentation", False),
}

assert set(ROOM) < VIEW


def open_from_address() -> None:
    """Take over what the address says of it, before a page reads the rest. Ways within the app say nothing of
    it, and change nothing; the browser's own buttons lead to whole addresses.
    """
    query = st.query_params.to_dict()
    if request.is_travel() or any(name in query for name in ROOM):
        the_state().room, _ = read_from(query)


def read_from(query: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a link says, by the names of `ROOM`, and a sentence for each part without a sense."""
    return read({name: query[name] for name in ROOM if name in query}, ROOM)


def texts() -> dict[str, str]:
    """The same as a link writes it; empty where nothing is hidden."""
    return {name: ROOM[name].write(value) for name, value in the_state().room.items() if value}


def hidden() -> tuple[str, ...]:
    """The parts of the page that are hidden, by the names of `HIDEABLE`."""
    parts = tuple(filter(None, the_state().room.get("hide", "").split(",")))
    return (*parts, "data", "model", "start") if "controls" in parts else parts


def is_presented() -> bool:
    """Whether the picture has the whole window."""
    return bool(the_state().room.get("present"))

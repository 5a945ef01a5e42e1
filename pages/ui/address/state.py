"""What a session keeps of what was chosen. Only `address` changes it."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import streamlit as st

from pages.ui.address.field import Field
from pages.ui.address.history import History
from pages.ui.address.settings import Settings

# Keys that no widget has: those of settings are the names of their fields.
ADDRESS, WISHES, MEMORY, VISITOR = "_address", "_wishes", "_memory", "_visitor"
CANCELLED = "cancelled"  # a wish, until something else is chosen

NOTHING_CHOSEN = Settings.opened()
NO_FIELDS: Mapping[str, Field] = MappingProxyType({})
NOTHING_SEEN: Mapping[str, str] = MappingProxyType({})


@dataclasses.dataclass(frozen=True)
class Here:
    """The page that is looked at, what is chosen there alone, and whether it is about the experiment."""

    name: str = ""
    own: Mapping[str, Field] = dataclasses.field(default_factory=dict)
    shared: bool = True

    @property
    def run(self) -> str:
        """Whose run it shows: pages that show the same run share the half-step, others have their own."""
        return "" if self.shared and all(one.view for one in self.own.values()) else self.name

    @property
    def undoable(self) -> dict[str, Field]:
        """What of it an undo takes back: where on the page one looks is no change."""
        return {name: one for name, one in self.own.items() if not one.place}


@dataclasses.dataclass(frozen=True)
class Unseen:
    """What a widget shows, and what it showed before, which a browser may still say of it."""

    shown: Any
    before: tuple[Any, ...]


@dataclasses.dataclass
class State:
    """What a session keeps, besides its widgets.

    settings, alone : what was chosen, of the experiment and on single pages.
    example : what the last page about the experiment shows to those who chose nothing.
    written : the address as it was last written or opened, without the view. earlier : the last ones before.
    is_written : whether this run has written it.
    drawn : of each setting the key of its widget, and what that held when it was drawn.
    unseen, awaited : of widgets what the browser does not know yet, and the addresses that tell that it does.
    acted : whether something was chosen by a click since the address was read.
    problems, remarks : the sentences to say, and those that `keep` adds to them.
    half_steps : which is shown, of each run. first, showing : on which this one was opened; how many were.
    sight : what else the link that was opened says of it, by the names of `SIGHT`. seen : what is shown now.
    room : what the link says for a class, by the names of `ROOM`.
    opened : how many addresses or tables were. apart, clicked : see `remember_apart` and `clicked`.
    history, card : see `history` and `card`. travelled, undone : whether the browser's buttons, or ours, led
    here.
    """

    settings: Settings = NOTHING_CHOSEN
    alone: dict[str, Any] = dataclasses.field(default_factory=dict)
    here: Here = Here()
    example: Settings | None = None
    written: dict[str, str] = dataclasses.field(default_factory=dict)
    is_written: bool = False
    earlier: deque[dict[str, str]] = dataclasses.field(default_factory=partial(deque, maxlen=20))
    drawn: dict[str, tuple[str, Any]] = dataclasses.field(default_factory=dict)
    unseen: dict[str, Unseen] = dataclasses.field(default_factory=dict)
    awaited: list[dict[str, str]] = dataclasses.field(default_factory=list)
    acted: bool = False
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    half_steps: dict[str, str] = dataclasses.field(default_factory=dict)
    first: str = ""
    showing: int = 0
    sight: dict[str, Any] = dataclasses.field(default_factory=dict)
    seen: dict[str, str] = dataclasses.field(default_factory=dict)
    room: dict[str, Any] = dataclasses.field(default_factory=dict)
    opened: int = 0
    apart: int = 0
    clicked: float = 0
    history: History = dataclasses.field(default_factory=History)
    card: str = ""
    travelled: bool = False
    undone: bool = False


def the_state() -> State:
    """What this session knows."""
    return st.session_state.setdefault(ADDRESS, State())

"""The address of the page, and what was chosen there. Only this district touches session state and the query.

What happens                     what wins                   what is written then
-------------------------------  --------------------------  -----------------------------------------------
NEWS: a link, the back button,   the address                 settings and widgets; sentences about what
  somebody's typing                                            makes no sense in it
RETURN: another page, or this    what was chosen before; at  widgets, as those of another page are others;
  one with an empty address        first the page's example    the address
ECHO: all else, such as a        the widgets                 settings; the address
  widget that was changed
a click: `choose`, `change` or   the click, and the run      settings and widgets, at once; the address in
  `adopt` in a callback            after it is an ECHO         the run after it
a fragment alone                 its widgets and clicks      the page's own settings, and the address; the
                                                               half-step, which the player has written there

The browser sends the address as it knows it: after quick clicks, and in the first moment after a link was
opened, an older one. So an address is no news where something was done here since it was read. `_told` alone
tells news from an echo.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

import streamlit as st

from gmm_core.words import as_code
from pages.ui.address import edits
from pages.ui.address.settings import FIELDS, VIEW, Field, Settings, read

# Keys that no widget has: those of settings are the names of their fields.
ADDRESS, WISHES, MEMORY = "_address", "_wishes", "_memory"
CANCELLED = "cancelled"  # a wish, until something else is chosen

NOTHING_CHOSEN = Settings()
NO_FIELDS: Mapping[str, Field] = MappingProxyType({})


class Told(Enum):
    """What the address of a run has to say."""

    NEWS = auto()
    RETURN = auto()
    ECHO = auto()


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


@dataclasses.dataclass
class State:
    """What a session keeps, besides its widgets.

    settings, alone : what was chosen, of the experiment and on single pages.
    example : what the last page about the experiment shows to those who chose nothing.
    written : the address as it was last written, without the view.
    drawn : of each setting the key of its widget, and what that held when it was drawn.
    acted : whether something was chosen by a click since the address was read.
    problems, remarks : the sentences to say, and those that `keep` adds to them.
    half_steps : which is shown, of each run. first, showing : on which this one was opened; how many were.
    opened : how many addresses were. apart, clicked : see `remember_apart` and `clicked`.
    """

    settings: Settings = NOTHING_CHOSEN
    alone: dict[str, Any] = dataclasses.field(default_factory=dict)
    here: Here = Here()
    example: Settings | None = None
    written: dict[str, str] = dataclasses.field(default_factory=dict)
    drawn: dict[str, tuple[str, Any]] = dataclasses.field(default_factory=dict)
    acted: bool = False
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    half_steps: dict[str, str] = dataclasses.field(default_factory=dict)
    first: str = ""
    showing: int = 0
    opened: int = 0
    apart: int = 0
    clicked: float = 0


def _state() -> State:
    return st.session_state.setdefault(ADDRESS, State())


def read_address(
    page: str,
    own: Mapping[str, Field] = NO_FIELDS,
    shared: bool = True,
    example: Settings = NOTHING_CHOSEN,
) -> Settings:
    """The settings to begin this run of a page with: the address's if it is news, else the last run's.

    own : what is chosen on this page alone, under names that no other page has; see `own`.
    shared : whether the page is about the experiment that Explore shows; its link holds those settings then.
    example : what such a page shows as long as nobody chose anything, neither there nor on other pages.
    """
    state, query = _state(), st.query_params.to_dict()
    came = state.here.name != page
    state.here = Here(page, own, shared)
    for name, one in own.items():
        state.alone.setdefault(name, one.default)
    told = _told(query, came)
    if told is Told.NEWS:
        _open(query, example)
    elif told is Told.RETURN:
        if came and not query and shared and state.settings == state.example != example:
            _adopt(example)
        else:
            _open_at(state.half_steps.get(state.here.run, ""))
        for name in (*FIELDS, *own):  # widgets of another page are others, though their keys are the same
            _put(name, _value(name))
        _write()
    if shared:
        state.example = example
    state.acted = False
    return state.settings


def _told(query: dict[str, str], came: bool) -> Told:
    """Whether an address is news, where somebody `came` from another page or stayed."""
    state = _state()
    if not state.opened:
        return Told.NEWS
    if not came and (state.acted or any(_is_changed(*drawn) for drawn in state.drawn.values())):
        return Told.ECHO
    # The half-step is no news, as the player wrote it there; unless nothing else is there for who comes.
    said = _without_view(query)
    if query and (said != state.written or (came and not said)):
        return Told.NEWS
    # Who comes from another page has an empty address, and keeps what was chosen there.
    return Told.RETURN if came or not query else Told.ECHO


def _is_changed(widget: str, before: Any) -> bool:
    """Whether the user changed a widget since it was drawn."""
    now = st.session_state.get(widget, before)
    # Where any number can be typed, the browser sends a text.
    return now != before and not (isinstance(before, float) and now == f"{before:g}")


def _open(query: dict[str, str], example: Settings) -> None:
    """Take over what an address says."""
    state, at = _state(), query.get("at", "")
    here = state.here
    values, problems = read(query, {**(FIELDS if here.shared else {}), **here.own})
    for name, one in here.own.items():
        state.alone[name] = values.pop(name, one.default)
        _put(name, state.alone[name])
    if here.shared:
        _adopt(Settings(**values) if values else example, at)
    else:
        _open_at(at)
    state.problems = problems
    state.opened += 1


def opened() -> int:
    """How many addresses were opened; a widget that must not outlive one has this in its key."""
    return _state().opened


def remember(name: str, options: Sequence[object] = ()) -> Any:
    """Give a widget its value before it is drawn, as Streamlit forgets those that were not drawn; the value.

    It is also to be the widget's default: the browser is told once what the session wants it to show, and may
    draw only what the next run says. It then takes the default, and sends that as somebody's choice.
    """
    state = _state()
    value = st.session_state.setdefault(name, _value(name))
    if options and value not in options:
        default = field(name).default
        instead = st.session_state[name] = default if default in options else options[0]
        used = f"{instead or 'nothing'} is used instead."
        state.remarks += (f"There is no {as_code(str(value))} for {field(name).label} here; {used}",)
    state.drawn[name] = name, st.session_state[name]
    return st.session_state[name]


def remember_apart(name: str) -> str:
    """Give the widget of a page's own setting its value before it is drawn; its key.

    For what is also set elsewhere on the page, by a click: the widget is another one then. What the browser
    still says of the one before, as it does while clicks follow each other quickly, is of no interest.
    """
    state = _state()
    key = f"{name} {state.opened} {state.apart}"
    state.drawn[name] = key, st.session_state.setdefault(key, _value(name))
    return key


def clicked(picture: str) -> tuple[float, float] | None:
    """Where that picture was clicked, for its callback; None for a click before the last one."""
    state = _state()
    x, y, time = map(float, st.session_state[picture]["place"])
    if time <= state.clicked:
        return None
    state.clicked = time
    return x, y


def choose(name: str, value: object) -> None:
    """Set a setting from a callback, as if the user had."""
    state = _state()
    if name in state.here.own:
        state.acted = True
        state.apart += 1
        _put(name, value)
        _change_own({name: value})
    else:
        change(**{name: value})


def change(**values: Any) -> None:
    """Set settings of the experiment from a callback, or before the page runs again."""
    before = current()
    adopt(before.changed(**values))
    say_what_went(before, current())


def adopt(settings: Settings, at: str = "") -> None:
    """Make these the settings, in the widgets too. Not while a page that draws them is running."""
    _state().acted = True
    _adopt(settings, at)


def _adopt(settings: Settings, at: str = "") -> None:
    state = _state()
    state.settings, state.problems = settings, ()
    _open_at(at)
    for name in FIELDS:
        if st.session_state.get(name) != getattr(settings, name):
            _put(name, getattr(settings, name))


def _put(name: str, value: object) -> None:
    """Let the widget of a setting show a value, which is no change by the user."""
    st.session_state[name] = value
    _state().drawn.pop(name, None)


def say_what_went(before: Settings, now: Settings) -> None:
    """Say that edits are gone where the data are others, and a fork where points were edited."""
    if before.edits and not now.edits and now.source != before.source:
        by_hand = edits.describe(before.edits) and not edits.as_treated(before.edits)
        what = "The points edited by hand were those" if by_hand else "What was done to the rows was"
        it = "them" if by_hand else "it"
        st.toast(f"{what} of other data. The back button brings {it} back.")
    if before.forks and not now.forks and now.edits != before.edits:
        st.toast("The fork was of the points before. The back button brings it back.")


def keep(settings: Settings, **own: Any) -> None:
    """Keep what was chosen, of the experiment and on this page alone, and write it into the address."""
    state = _state()
    if settings != state.settings:
        state.problems = ()
    if settings.fitted != state.settings.fitted:
        _another_run()
    state.settings = settings
    keep_own(**own)


def keep_own(**values: Any) -> None:
    """Keep what was chosen on this page alone, and write it into the address."""
    state = _state()
    state.acted = False  # where a fragment alone ran, the address was not read
    _change_own(values)
    state.problems += state.remarks
    state.remarks = ()
    _write()


def _change_own(values: Mapping[str, Any]) -> None:
    state = _state()
    changed = [name for name, value in values.items() if value != state.alone[name]]
    if changed:
        state.problems = ()
        state.alone.update(values)
    if not all(state.here.own[name].view for name in changed):
        _another_run()


def _another_run() -> None:
    """What belonged to the run before is no more."""
    _open_at("")
    st.session_state.get(WISHES, {}).pop(CANCELLED, None)


def own() -> dict[str, Any]:
    """What is chosen on this page alone, by the names of its fields."""
    state = _state()
    return {name: state.alone[name] for name in state.here.own}


def hold(widget: str, value: Any) -> None:
    """Let a widget show a value, before it is drawn."""
    st.session_state[widget] = value


def value(widget: str) -> Any:
    """What a widget holds, for its callback."""
    return st.session_state[widget]


def field(name: str) -> Field:
    """The setting of that name, of the experiment or of this page alone."""
    return FIELDS[name] if name in FIELDS else _state().here.own[name]


def _value(name: str) -> Any:
    state = _state()
    return getattr(state.settings, name) if name in FIELDS else state.alone[name]


def current() -> Settings:
    """The settings as they are now; while a page runs, as they were before until it keeps them."""
    return _state().settings


def complete(settings: Settings, sentence: str) -> None:
    """Keep what the app itself had to add to the settings, and the sentence that says so."""
    state = _state()
    state.settings = settings
    if sentence:
        state.problems += (sentence,)
    _write()


def complain(sentence: str) -> None:
    """Say what could not be done; everything stays as it is."""
    state = _state()
    state.acted = True
    state.problems = (sentence,)


def problems() -> tuple[str, ...]:
    """What made no sense in the link that was opened; empty once anything is chosen."""
    return _state().problems


def first_half_step() -> tuple[str, int]:
    """The half-step on which this run was opened, such as "7M" (empty for the start), and which showing
    of a run this is in the session: what the player says of an earlier one came too late.
    """
    state = _state()
    return state.first, state.showing


def keep_half_step(at: str) -> None:
    """Keep which half-step is shown. The player has written it into the address, without a new entry in
    the browser's history: the back button undoes choices, not steps.
    """
    state = _state()
    state.half_steps[state.here.run] = at


def _open_at(at: str) -> None:
    state = _state()
    state.first = state.half_steps[state.here.run] = at
    state.showing += 1


def _without_view(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in VIEW}


def _write() -> None:
    state, there = _state(), st.query_params.to_dict()
    query = state.settings.to_query() if state.here.shared else {}
    for name, one in state.here.own.items():
        if not (one.rare and state.alone[name] == one.default):
            query[one.query] = one.write(state.alone[name])
    if query != _without_view(there):
        kept = {name: value for name, value in there.items() if name in VIEW - {"at"}}
        at = state.half_steps.get(state.here.run)
        st.query_params.from_dict(query | kept | ({"at": at} if at else {}))
    state.written = query

"""The only module that touches session state and query parameters.

The address is the truth when it was changed from outside (a link, the back button, somebody's typing);
the widgets are when they were. What was last written into the address tells the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import streamlit as st

from gmm_core.words import as_code
from pages.ui.address.settings import FIELDS, VIEW, Field, Settings, read

# Keys that no widget has: settings have the names of their fields.
SETTINGS, PROBLEMS, WRITTEN, FIRST, AT = "_settings", "_problems", "_written", "_first", "_at"
WORK, ONCE, PAGE = "_work", "_once", "_page"
NEWS, SHOWING, WORN, CANCELLED = "_news", "_showing", "_worn", "_cancelled"
REJECTED, REFUSED, EDITED, OPENED = "_rejected", "_refused", "_edited", "_opened"
TABLE, TABLES, ASKED = "_table", "_tables", "_asked"
OWN, CHOSEN, SHARED, EXAMPLE = "_own", "_chosen", "_shared", "_example"
APART, CLICKED, ACTED, WISHES = "_apart", "_clicked", "_acted", "_wishes"

NOTHING_CHOSEN = Settings()
NO_FIELDS: Mapping[str, Field] = MappingProxyType({})


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
    state, query = st.session_state, st.query_params.to_dict()
    came = state.get(PAGE) != page
    state[PAGE], state[OWN], state[SHARED] = page, own, shared
    kept = state.setdefault(CHOSEN, {})
    for name, field in own.items():
        kept.setdefault(name, field.default)
    # Who comes from another page has an empty address, and keeps what was chosen there. The half-step in it
    # is no news: the player wrote it there. Nor is the address when something was clicked: after quick clicks
    # it is still that of the click before.
    acted = state.pop(ACTED, False)
    if SETTINGS not in state or (query and _without_view(query) != state[WRITTEN] and not acted):
        values, problems = read(query, {**(FIELDS if shared else {}), **own})
        for name, field in own.items():
            state[name] = kept[name] = values.pop(name, field.default)
        if shared or SETTINGS not in state:
            linked = Settings(**values) if values else example
            adopt(linked, at=query.get("at", ""))
        else:
            _open_at(query.get("at", ""))
        state[PROBLEMS] = problems
        state[OPENED] = opened() + 1
    elif came or not query:
        if came and not query and shared and state[SETTINGS] == state.get(EXAMPLE) != example:
            adopt(example)
        else:
            _open_at(state.get(_at(), ""))
        for name in (*FIELDS, *own):  # widgets of another page are others, though their keys are the same
            state[name] = _value(name)
        _write()
    if shared:
        state[EXAMPLE] = example
    return state[SETTINGS]


def opened() -> int:
    """How many addresses were opened; a widget that must not outlive one has this in its key."""
    return st.session_state.get(OPENED, 0)


def remember(name: str, options: Sequence[object] = ()) -> None:
    """Give a widget its value before it is drawn; Streamlit forgets widgets that were not drawn."""
    state = st.session_state
    value = state.setdefault(name, _value(name))
    if options and value not in options:
        default = field(name).default
        state[name] = default if default in options else options[0]
        state[NEWS] = (
            *state.get(NEWS, ()),
            f"There is no {as_code(str(value))} for {field(name).label} here; {state[name]} is used instead.",
        )


def remember_apart(name: str) -> str:
    """Give the widget of a page's own setting its value before it is drawn; its key.

    For what is also set elsewhere on the page, by a click: the widget is another one then. What the browser
    still says of the one before, as it does while clicks follow each other quickly, is of no interest.
    """
    state = st.session_state
    key = f"{name} {opened()} {state.get(APART, 0)}"
    state.setdefault(key, _value(name))
    return key


def clicked(picture: str) -> tuple[float, float] | None:
    """Where that picture was clicked, for its callback; None for a click before the last one."""
    state = st.session_state
    x, y, time = map(float, state[picture]["place"])
    if time <= state.get(CLICKED, 0):
        return None
    state[CLICKED] = time
    return x, y


def choose(name: str, value: object) -> None:
    """Set a setting from a callback, as if the user had."""
    state = st.session_state
    state[ACTED] = True
    if name in state[OWN]:
        state[name] = value
        state[APART] = state.get(APART, 0) + 1
        _change_own({name: value})
    else:
        _change(**{name: value})


def _change(**values: Any) -> None:
    before = st.session_state[SETTINGS]
    adopt(before.changed(**values))
    say_what_went(before, st.session_state[SETTINGS])


def say_what_went(before: Settings, now: Settings) -> None:
    """Say that edits are gone where the data are others, and a fork where points were edited."""
    if before.edits and not now.edits and now.source != before.source:
        st.toast("The points edited by hand were those of other data. The back button brings them back.")
    if before.forks and not now.forks and now.edits != before.edits:
        st.toast("The fork was of the points before. The back button brings it back.")


def keep(settings: Settings) -> None:
    """Keep what was chosen, and write it into the address."""
    state = st.session_state
    before = state[SETTINGS]
    old = () if settings != before else state[PROBLEMS]
    state[PROBLEMS] = (*old, *state.pop(NEWS, ()))
    if settings.fitted != before.fitted:
        _open_at("")
        state.pop(CANCELLED, None)
    state[SETTINGS] = settings
    _write()


def own() -> dict[str, Any]:
    """What is chosen on this page alone, by the names of its fields."""
    state = st.session_state
    return {name: state[CHOSEN][name] for name in state[OWN]}


def keep_own(**values: Any) -> None:
    """Keep what was chosen on this page alone, and write it into the address."""
    state = st.session_state
    state.pop(ACTED, None)  # where a fragment alone ran, the address was not read
    _change_own(values)
    state[PROBLEMS] = (*state[PROBLEMS], *state.pop(NEWS, ()))
    _write()


def _change_own(values: Mapping[str, Any]) -> None:
    state = st.session_state
    changed = [name for name, value in values.items() if value != state[CHOSEN][name]]
    if changed:
        state[PROBLEMS] = ()
        state[CHOSEN].update(values)
    if not all(state[OWN][name].view for name in changed):  # another run
        _open_at("")
        state.pop(CANCELLED, None)


def hold(widget: str, value: Any) -> None:
    """Let a widget show a value, before it is drawn."""
    st.session_state[widget] = value


def field(name: str) -> Field:
    """The setting of that name, of the experiment or of this page alone."""
    return FIELDS[name] if name in FIELDS else st.session_state[OWN][name]


def _value(name: str) -> Any:
    state = st.session_state
    return getattr(state[SETTINGS], name) if name in FIELDS else state[CHOSEN][name]


def complete(settings: Settings, sentence: str) -> None:
    """Keep what the app itself had to add to the settings, and the sentence that says so."""
    state = st.session_state
    state[SETTINGS] = settings
    if sentence:
        state[PROBLEMS] = (*state[PROBLEMS], sentence)
    _write()


def adopt(settings: Settings, at: str = "") -> None:
    """Make these the settings, in the widgets too. Not while a page that draws them is running."""
    state = st.session_state
    state[SETTINGS], state[PROBLEMS] = settings, ()
    _open_at(at)
    for name in FIELDS:
        if state.get(name) != getattr(settings, name):
            state[name] = getattr(settings, name)


def chosen(name: str) -> str:
    """A setting as it was before this run."""
    return str(getattr(st.session_state[SETTINGS], name))


def complain(sentence: str) -> None:
    """Say what could not be done; everything stays as it is."""
    st.session_state[PROBLEMS] = (sentence,)


def value(widget: str) -> Any:
    """What a widget holds, for its callback."""
    return st.session_state[widget]


def problems() -> tuple[str, ...]:
    """What made no sense in the link that was opened; empty once anything is chosen."""
    return st.session_state.get(PROBLEMS, ())


def first_half_step() -> tuple[str, int]:
    """The half-step on which this run was opened, such as "7M" (empty for the start), and which showing
    of a run this is in the session: what the player says of an earlier one came too late.
    """
    return st.session_state.get(FIRST, ""), st.session_state.get(SHOWING, 0)


def keep_half_step(at: str) -> None:
    """Keep which half-step is shown. The player has written it into the address, without a new entry in
    the browser's history: the back button undoes choices, not steps.
    """
    st.session_state[_at()] = at


def _at() -> str:
    """Where the half-step is kept: pages that show the same run share it, others have their own."""
    state = st.session_state
    same = state[SHARED] and all(field.view for field in state[OWN].values())
    return AT if same else f"{AT} {state[PAGE]}"


def _open_at(at: str) -> None:
    state = st.session_state
    state[FIRST] = state[_at()] = at
    state[SHOWING] = state.get(SHOWING, 0) + 1


def _without_view(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in VIEW}


def _write() -> None:
    state, there = st.session_state, st.query_params.to_dict()
    query = state[SETTINGS].to_query() if state[SHARED] else {}
    for name, one in state[OWN].items():
        if not (one.rare and state[CHOSEN][name] == one.default):
            query[one.query] = one.write(state[CHOSEN][name])
    if query != _without_view(there):
        kept = {name: value for name, value in there.items() if name in VIEW - {"at"}}
        st.query_params.from_dict(query | kept | ({"at": at} if (at := state.get(_at())) else {}))
    state[WRITTEN] = query

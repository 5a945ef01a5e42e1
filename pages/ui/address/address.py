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
  `adopt` in a callback; `undo`    after it is an ECHO         the run after it
a fragment alone                 its widgets and clicks      the page's own settings, and the address; the
                                                               half-step, which the player has written there

The browser sends the address as it knows it: after quick clicks, and in the first moment after a link was
opened, an older one. So an address is no news where something was done here since it was read. `_told` alone
tells news from an echo.

Whatever is written is a moment of the session's history, through which undo and redo go. What they lead to is
written as any choice is: the link stays the state, and the browser's own buttons go on as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from gmm_core.words import as_code
from pages.ui.address import request, room, unread, unseen
from pages.ui.address.field import Field
from pages.ui.address.history import History, Moment, what_went
from pages.ui.address.presets import card_of, named
from pages.ui.address.settings import FIELDS, SIGHT, VIEW, Settings, read
from pages.ui.address.state import CANCELLED, NO_FIELDS, NOTHING_CHOSEN, NOTHING_SEEN, WISHES, Here, the_state


class Told(Enum):
    """What the address of a run has to say."""

    NEWS = auto()
    RETURN = auto()
    ECHO = auto()


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
    state, query = the_state(), st.query_params.to_dict()
    came = state.here.name != page
    state.here, state.is_written = Here(page, own, shared), False
    for name, one in own.items():
        state.alone.setdefault(name, one.default)
    unseen.hear(state, _without_view(query))
    told = _told(query, came)
    state.travelled = told is Told.NEWS
    if told is Told.NEWS:
        _open(query, example)
    elif told is Told.RETURN:
        if came and not query and shared and state.settings == state.example != example:
            _adopt(example)
        else:
            _open_at(state.half_steps.get(state.here.run, ""))
        for name in (*FIELDS, *own):  # widgets of another page are others, though their keys are the same
            if name in st.session_state:
                unseen.put(state, name, _value(name))
        _write(chosen=False)
    if shared:
        state.example = example
    state.acted = False
    return state.settings


def _told(query: dict[str, str], came: bool) -> Told:
    """Whether an address is news, where somebody `came` from another page or stayed."""
    state = the_state()
    if not state.opened:
        return Told.NEWS
    changed = state.acted or any(unread.is_changed(*drawn) for drawn in state.drawn.values())
    if changed and not came and not request.is_travel():
        return Told.ECHO
    # The half-step is no news, as the player wrote it there; unless nothing else is there for whoever comes.
    said = _without_view(query)
    if query and (said != state.written or (came and not said)):
        # What stood there a moment ago comes again where a picture speaks up before the new one is there.
        old = not came and not request.is_travel() and said in state.earlier
        return Told.ECHO if old else Told.NEWS
    # Who comes from another page has an empty address, and keeps what was chosen there.
    return Told.RETURN if came or not query else Told.ECHO


def _open(query: dict[str, str], example: Settings) -> None:
    """Take over what an address says."""
    state, at = the_state(), query.get("at", "")
    here = state.here
    _known(_without_view(query))  # even where the next run comes before this one ends
    values, problems = read(query, {**(FIELDS if here.shared else {}), **here.own})
    for name, one in here.own.items():
        state.alone[name] = values.pop(name, one.default)
        unseen.put(state, name, state.alone[name])
    if here.shared:
        _adopt(Settings.of_link(values) if values else example, at)
        card = card_of(state.settings) if query else None
        state.card = card.title if card else ""
    else:
        _open_at(at)
    said, of_sight = read({name: query[name] for name in SIGHT if name in query}, SIGHT)
    state.sight = {name: one.default for name, one in SIGHT.items()} | said
    _, of_room = room.read_from(query)
    state.problems = (*problems, *of_sight, *of_room)
    state.opened += 1


def opened() -> int:
    """How many addresses or tables were opened; a widget that must not outlive one has this in its key."""
    return the_state().opened


def remember(name: str, options: Sequence[object] = ()) -> Any:
    """Give a widget its value before it is drawn, as Streamlit forgets those that were not drawn; the value.

    It is also to be the widget's default: the browser is told once what the session wants it to show, and may
    draw only what the next run says. It then takes the default, and sends that as somebody's choice.
    """
    state = the_state()
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
    state = the_state()
    key = f"{name} {state.opened} {state.apart}"
    state.drawn[name] = key, st.session_state.setdefault(key, _value(name))
    return key


def clicked(picture: str) -> tuple[float, float] | None:
    """Where that picture was clicked, for its callback; None for a click before the last one."""
    state = the_state()
    x, y, time = map(float, st.session_state[picture]["place"])
    if time <= state.clicked:
        return None
    state.clicked = time
    return x, y


def choose(name: str, value: object) -> None:
    """Set a setting from a callback, as if the user had."""
    state = the_state()
    if name not in state.here.own:
        change(**{name: value})
    elif _acts():
        state.apart += 1
        unseen.put(state, name, value)
        _change_own({name: value})


def choose_all(values: Mapping[str, object]) -> None:
    """The same of several settings, by their names."""
    for name, value in values.items():
        choose(name, value)


def change(**values: Any) -> None:
    """Set settings of the experiment from a callback, or before the page runs again."""
    state, before = the_state(), current()
    unseen.hear(state, _asked())
    adopt(before.changed(**(unread.of_experiment(state) | values)))
    say_what_went(before, current())


def adopt(settings: Settings, at: str = "") -> None:
    """Make these the settings, in the widgets too. Not while a page that draws them is running."""
    if _acts():
        _adopt(settings, at)


def _acts() -> bool:
    """Whether somebody does something now; then an address is no news until it is read again."""
    if request.is_old():
        return False
    the_state().acted = True
    return True


def _adopt(settings: Settings, at: str = "") -> None:
    state = the_state()
    if settings.table != state.settings.table:
        state.opened += 1  # what was uploaded or pasted before would bring the other table back
    state.settings, state.problems = settings, ()
    _open_at(at)
    for name in FIELDS:
        value = getattr(settings, name)
        if st.session_state.get(name, value) != value:  # what no widget holds, it is given when it is drawn
            unseen.put(state, name, value)


def say_what_went(before: Settings, now: Settings) -> None:
    """Say which edits and forks are gone with what was chosen."""
    for sentence in what_went(before, now):
        st.toast(sentence)


def keep(settings: Settings, **own: Any) -> None:
    """Keep what was chosen, of the experiment and on this page alone, and write it into the address."""
    state = the_state()
    if settings != state.settings:
        state.problems = ()
    if settings.fitted != state.settings.fitted:
        _another_run()
    state.settings = settings
    keep_own(**own)


def keep_own(**values: Any) -> None:
    """Keep what was chosen on this page alone, and write it into the address."""
    state = the_state()
    state.acted = False  # where a fragment alone ran, the address was not read
    _change_own(values)
    state.problems += state.remarks
    state.remarks = ()
    _write()


def complete_own(**values: Any) -> None:
    """Keep what the app itself had to change of what was chosen on this page alone."""
    the_state().alone.update(values)
    _write(chosen=False)


def _change_own(values: Mapping[str, Any]) -> None:
    state = the_state()
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
    state = the_state()
    return {name: state.alone[name] for name in state.here.own}


def hold(widget: str, value: Any) -> None:
    """Let a widget show a value, before it is drawn."""
    state = the_state()
    unseen.put(state, widget, value, state.is_written)


def value(widget: str) -> Any:
    """What a widget holds, for its callback."""
    unseen.hear(the_state(), _asked())
    return st.session_state[widget]


def field(name: str) -> Field:
    """The setting of that name, of the experiment or of this page alone."""
    return FIELDS[name] if name in FIELDS else the_state().here.own[name]


def _value(name: str) -> Any:
    state = the_state()
    return getattr(state.settings, name) if name in FIELDS else state.alone[name]


def current() -> Settings:
    """The settings as they are now; while a page runs, as they were before until it keeps them."""
    return the_state().settings


def complete(settings: Settings, sentence: str) -> None:
    """Keep what the app itself had to add to the settings, and the sentence that says so."""
    state = the_state()
    state.settings = settings
    if sentence:
        state.problems += (sentence,)
    _write(chosen=False)


def complain(sentence: str) -> None:
    """Say what could not be done; everything stays as it is."""
    if _acts():
        the_state().problems = (sentence,)


def problems() -> tuple[str, ...]:
    """What made no sense in the link that was opened; empty once anything is chosen."""
    return the_state().problems


def first_half_step() -> tuple[str, int]:
    """The half-step on which this run was opened, such as "7M" (empty for the start), and which showing
    of a run this is in the session: what the player says of an earlier one came too late.
    """
    state = the_state()
    return state.first, state.showing


def sight() -> dict[str, Any]:
    """What else the link says of the picture with which this run was opened, by the names of `SIGHT`; nothing
    where no link opened it.
    """
    return the_state().sight


def keep_half_step(at: str, seen: Mapping[str, str] = NOTHING_SEEN) -> None:
    """Keep which half-step is shown, and what a link says of the picture besides. The player has written both
    into the address, without a new entry in the browser's history: the back button undoes choices, not steps.
    """
    state = the_state()
    state.half_steps[state.here.run] = at
    state.seen = dict(seen)
    if not state.here.run:
        state.history.rest("", at)


def _open_at(at: str) -> None:
    state = the_state()
    state.first = state.half_steps[state.here.run] = at
    state.sight, state.seen = {}, {}
    state.showing += 1


def _asked() -> dict[str, str]:
    """The address that the browser sent."""
    return _without_view(st.query_params.to_dict())


def _without_view(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in VIEW}


def _write(chosen: bool = True) -> None:
    """Write the address, and the moment into the history. chosen : whether somebody chose what is new."""
    state, there = the_state(), st.query_params.to_dict()
    query = state.settings.to_query() if state.here.shared else {}
    for name, one in state.here.own.items():
        if not (one.rare and state.alone[name] == one.default):
            query[one.query] = one.write(state.alone[name])
    if query != _without_view(there) or any(there.get(name) != text for name, text in room.texts().items()):
        kept = {name: value for name, value in there.items() if name in VIEW - {"at", *SIGHT}}
        st.query_params.from_dict(query | kept | _view())
    _known(query)
    state.is_written = True
    _note(chosen and not state.undone)
    state.undone = False


def _known(query: dict[str, str]) -> None:
    """The address now says this, without the view."""
    state = the_state()
    if query != state.written:
        state.earlier.append(state.written)
    state.written = query
    unseen.written(state, query)


def _note(chosen: bool) -> None:
    """Into the history. chosen : whether somebody chose what is new, or the app completed what was chosen."""
    state = the_state()
    if state.card and named(state.card).settings.data != state.settings.data:
        state.card = ""
    parts: dict[str, Moment] = {}
    if fields := state.here.undoable:
        parts[state.here.name] = Moment({name: state.alone[name] for name in fields})
    if state.here.shared:
        parts[""] = Moment(state.settings, state.half_steps.get("", ""), state.card)
    state.history.note(parts, chosen=chosen, travelled=state.travelled)
    state.card = state.history.now[""].card if "" in state.history.now else ""
    state.travelled = False


def history() -> tuple[History, dict[str, Mapping[str, Field] | None]]:
    """What was chosen in this session, and the parts of it that this page shows: the experiment, of which
    there are no fields here, and its own.
    """
    here = the_state().here
    return the_state().history, ({"": None} if here.shared else {}) | (
        {here.name: here.own} if here.own else {}
    )


def return_to(parts: Mapping[str, Moment]) -> None:
    """Choose, in a callback, what was chosen of parts of this page at some moment."""
    state = the_state()
    state.undone = True
    for name, moment in parts.items():
        if name:
            choose_all({one: value for one, value in moment.chosen.items() if value != state.alone[one]})
        else:
            state.card = moment.card
            adopt(moment.chosen, "" if state.here.run else moment.at)


def link(instead: Mapping[str, str] = NOTHING_SEEN) -> str:
    """The whole link to what is seen now. instead : what it says in place of the same; "" for nothing."""
    url = urlsplit(st.context.url or "")
    query = {name: text for name, text in (the_state().written | _view() | instead).items() if text}
    return urlunsplit(url._replace(path=url.path or "/", query=urlencode(query)))


def _view() -> dict[str, str]:
    """What a link holds besides settings."""
    return the_state().seen | ({"at": half_step()} if half_step() else {}) | room.texts()


def half_step() -> str:
    """The half-step that is shown, such as "7M"; empty for the start."""
    state = the_state()
    return state.half_steps.get(state.here.run, "")


def card() -> str:
    """The title of the card of the gallery that what is chosen began with; empty for none."""
    return the_state().card

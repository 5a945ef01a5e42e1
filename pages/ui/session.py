"""The only module that touches session state and query parameters.

The address is the truth when it was changed from outside (a link, the back button, somebody's typing);
the widgets are when they were. What was last written into the address tells the two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import streamlit as st

from pages.ui import by_hand, edits
from pages.ui.settings import FIELDS, VIEW, Field, Settings, quoted, read

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
            f"There is no {quoted(str(value))} for {field(name).label} here; {state[name]} is used instead.",
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


def another_start() -> None:
    """The next seed; means placed by hand are drawn anew."""
    settings = st.session_state[SETTINGS]
    init = FIELDS["init"].default if settings.init == "loaded" else settings.init
    _change(init=init, random_state=settings.random_state + 1, means="")


def place(means: Sequence[Sequence[float]]) -> None:
    """Begin with these means, placed by hand."""
    _change(init="given", means=by_hand.write_means(means), n_components=len(means))
    _write()


def fork(step: by_hand.Fork) -> None:
    """Go on from a step with one mean moved."""
    settings = st.session_state[SETTINGS]
    forks = by_hand.read_forks(settings.forks)
    if forks and step.iteration == 0 and forks[-1].component == step.component:
        forks[-1] = replace(forks[-1], position=step.position)  # the same mean, moved once more
    else:
        forks.append(step)
    _change(forks=by_hand.write_forks(forks))
    _write()


def edit(changes: Iterable[edits.Edit], before: str | None = None) -> None:
    """Add, move or delete points, after those edits that were `before`; by default all there are."""
    state = st.session_state
    try:
        text = edits.more(state[SETTINGS].edits if before is None else before, changes)
    except ValueError as error:
        complain(str(error))
        state[REFUSED] = refused() + 1
    else:
        _change(edits=text)
        _write()


def refused() -> int:
    """How many edits could not be made; what shows the table as it was must be another widget then."""
    return st.session_state.get(REFUSED, 0)


def begin_with(parameters: str, n_components: int, covariance_type: str) -> None:
    """Begin with saved parameters; components and family are theirs."""
    model = {"n_components": n_components, "covariance_type": covariance_type}
    _change(init="loaded", parameters=parameters, **model)


def complain(sentence: str) -> None:
    """Say what could not be done; everything stays as it is."""
    st.session_state[PROBLEMS] = (sentence,)


def value(widget: str) -> Any:
    """What a widget holds, for its callback."""
    return st.session_state[widget]


def edit_in_picture(editor: str, numbered: Iterable[tuple[int, edits.Edit]]) -> bool:
    """What was done in the picture, as far as it is new; whether anything is."""
    state = st.session_state
    known, last = state.get(EDITED, ("", 0))
    last = last if known == editor else 0
    new = [(number, one) for number, one in numbered if number > last]
    if new:
        state[EDITED] = (editor, new[-1][0])
        edit(one for _, one in new)
    return bool(new)


def edit_in_table(X: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    """What was done in the table of rows so far, which began with these rows."""
    state = st.session_state
    table = state[TABLE]
    edit(edits.from_table(state[table.widget], X, names), table.before)
    state[TABLE] = table._replace(after=state[SETTINGS].edits)


class RowsTable(NamedTuple):
    """The table of rows on the page: its widget, the edits before and after what was done in it, the data
    that they are of, and how many edits had been refused.
    """

    widget: str
    before: str
    after: str
    source: tuple[Any, ...]
    refused: int


def rows_table(settings: Settings) -> RowsTable:
    """The table to show. It stays the same while it is edited, so that one cell can be typed after another;
    where edits were made elsewhere, or one was refused, it is a new one.
    """
    state = st.session_state
    table = state.get(TABLE)
    now = (settings.edits, settings.source, refused())
    # Where it was not shown meanwhile, it has lost what was done in it.
    if table is None or table.widget not in state or table[2:] != now:
        state[TABLES] = state.get(TABLES, 0) + 1
        state[TABLE] = table = RowsTable(f"rows {state[TABLES]}", settings.edits, *now)
    return table


def is_past(settings: Settings, refused_before: int) -> bool:
    """Whether something was chosen, or refused, since the page ran with these settings."""
    return st.session_state[SETTINGS] != settings or refused() != refused_before


def undo_fork() -> None:
    """Back to the run before the last fork, and to where it was forked."""
    settings = st.session_state[SETTINGS]
    *forks, last = by_hand.read_forks(settings.forks)
    adopt(replace(settings, forks=by_hand.write_forks(forks)), at=f"{last.iteration}E")


def cancel(asked: Any) -> None:
    """Do not compute what is asked for with these settings."""
    st.session_state[CANCELLED] = asked


def is_cancelled(asked: Any) -> bool:
    """Whether the user cancelled this; anything else that is chosen is computed again."""
    return st.session_state.get(CANCELLED) == asked


def run_after_all() -> None:
    st.session_state.pop(CANCELLED, None)


def ask_sklearn(settings: Settings | None) -> None:
    """Let scikit-learn fit these settings too, though it may take long; None to stop it."""
    st.session_state[ASKED] = settings and settings.fitted


def asks_sklearn(settings: Settings) -> bool:
    """Whether scikit-learn was asked to fit these settings."""
    return st.session_state.get(ASKED) == settings.fitted


def ask_for(what: str, of: Any) -> None:
    """Ask for some work, or for it to be stopped, until another of its kind is asked for; None for none."""
    st.session_state.setdefault(WISHES, {})[what] = of


def asks_for(what: str, of: Any) -> bool:
    """Whether this was asked for."""
    return st.session_state.get(WISHES, {}).get(what) == of


def take_wish(what: str) -> Any:
    """What was asked for, only once; None where nothing was."""
    return st.session_state.get(WISHES, {}).pop(what, None)


def worn() -> Any:
    """The run that was on the screen last, in its colours; None at first."""
    return st.session_state.get(WORN)


def keep_worn(run: Any) -> None:
    """Keep what was on the screen, so that the next run can wear the same colours."""
    st.session_state[WORN] = run


def work_on(name: str) -> dict[str, Any]:
    """What a long piece of work has found so far in this session; forgotten when another begins."""
    state = st.session_state
    if state.get(WORK, ("", {}))[0] != name:
        state[WORK] = (name, {})
    return state[WORK][1]


def once(what: str, name: str, make: Callable[[], Any]) -> Any:
    """What `make` makes, made again only when the name is another; one is kept of each `what`."""
    kept = st.session_state.setdefault(ONCE, {})
    if kept.get(what, ("", None))[0] != name:
        kept[what] = (name, make())
    return kept[what][1]


def forget_once(what: str) -> None:
    """Make it again next time."""
    st.session_state.get(ONCE, {}).pop(what, None)


def keep_rejected(table: Any) -> None:
    """Keep what was wrong with the table that was brought last; None where nothing was."""
    st.session_state[REJECTED] = table


def rejected() -> Any:
    """What was wrong with the table that was brought last; None where nothing was."""
    return st.session_state.get(REJECTED)


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

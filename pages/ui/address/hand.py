"""What is done by hand in the player or in the table of rows becomes a setting, and so a part of the link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from pages.ui.address import by_hand, edits
from pages.ui.address.address import (
    EDITED,
    REFUSED,
    SETTINGS,
    TABLE,
    TABLES,
    _change,
    _write,
    adopt,
    complain,
)
from pages.ui.address.settings import FIELDS, Settings


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

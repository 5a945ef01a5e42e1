"""What is done by hand in the player or in the table of rows becomes a setting, and so a part of the link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import streamlit as st

from pages.ui.address import by_hand, edits, told
from pages.ui.address.address import adopt, change, complain, current
from pages.ui.address.kinds import GAUSSIAN
from pages.ui.address.settings import FIELDS, Settings

BY_HAND = "_by_hand"  # a key that no widget has


class RowsTable(NamedTuple):
    """The table of rows on the page: its widget, the edits before and after what was done in it, the data
    that they are of, and how many edits had been refused.
    """

    widget: str
    before: str
    after: str
    source: tuple[Any, ...]
    refused: int


@dataclass
class Editing:
    """What a session knows of edits besides those that were made.

    editor, heard : the picture that was edited last, and the number of the last edit there.
    refused : how many could not be made. table, tables : the table that is shown, and how many were.
    """

    editor: str = ""
    heard: int = 0
    refused: int = 0
    table: RowsTable | None = None
    tables: int = 0


def _editing() -> Editing:
    return st.session_state.setdefault(BY_HAND, Editing())


def another_start() -> None:
    """The next seed; means placed by hand are drawn anew."""
    settings = current()
    init = FIELDS["init"].default if settings.init == "loaded" else settings.init
    change(init=init, random_state=settings.random_state + 1, means="")


def place(means: Sequence[Sequence[float]]) -> None:
    """Begin with these means, placed by hand; weights and spreads that were given stay."""
    begin(by_hand.placed_at(by_hand.read_start(current().means), means))


def begin(placed: Sequence[by_hand.Placed]) -> None:
    """Begin with these components."""
    change(init="given", means=by_hand.write_start(placed), n_components=len(placed))


def fork(step: by_hand.Fork) -> None:
    """Go on from a step with one component changed."""
    settings = current()
    forks = by_hand.read_forks(settings.forks)
    if forks and step.iteration == 0 and (forks[-1].component, forks[-1].what) == (step.component, step.what):
        forks[-1] = replace(forks[-1], values=step.values)  # the same, changed once more
    elif len(forks) == by_hand.MOST_FORKS:
        complain(f"A link holds at most {by_hand.MOST_FORKS} forks; nothing was changed. Undo some of them.")
        return
    else:
        forks.append(step)
    change(forks=by_hand.write_forks(forks))


def hold(lock: told.Lock) -> None:
    """A lock was pressed in the picture."""
    settings = current()
    change(held=told.locked(settings.held, lock, settings.n_components, settings.covariance_type))


def edit(changes: Iterable[edits.ByHand], before: str | None = None) -> None:
    """Add, move or delete points, after those edits that were `before`; by default all there are."""
    try:
        text = edits.more(current().edits if before is None else before, changes)
    except ValueError as error:
        complain(str(error))
        _editing().refused += 1
    else:
        change(edits=text)


def refused() -> int:
    """How many edits could not be made; what shows the table as it was must be another widget then."""
    return _editing().refused


def begin_with(parameters: str, n_components: int, covariance_type: str, components: str = GAUSSIAN) -> None:
    """Begin with saved parameters; how many and what components there are, and the family, are theirs."""
    model = {"n_components": n_components, "covariance_type": covariance_type, "components": components}
    change(init="loaded", parameters=parameters, **model)


def edit_in_picture(editor: str, numbered: Iterable[tuple[int, edits.ByHand]]) -> bool:
    """What was done in the picture, as far as it is new; whether anything is."""
    done = _editing()
    last = done.heard if done.editor == editor else 0
    new = [(number, one) for number, one in numbered if number > last]
    if new:
        done.editor, done.heard = editor, new[-1][0]
        edit(one for _, one in new)
    return bool(new)


def edit_in_table(X: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    """What was done in the table of rows so far, which began with these rows."""
    done = _editing()
    edit(edits.from_table(st.session_state[done.table.widget], X, names), done.table.before)
    done.table = done.table._replace(after=current().edits)


def rows_table(settings: Settings) -> RowsTable:
    """The table to show. It stays the same while it is edited, so that one cell can be typed after another;
    where edits were made elsewhere, or one was refused, it is a new one.
    """
    done = _editing()
    now = (settings.edits, settings.source, done.refused)
    # Where it was not shown meanwhile, it has lost what was done in it.
    if done.table is None or done.table.widget not in st.session_state or done.table[2:] != now:
        done.tables += 1
        done.table = RowsTable(f"rows {done.tables}", settings.edits, *now)
    return done.table


def is_past(settings: Settings, refused_before: int) -> bool:
    """Whether something was chosen, or refused, since the page ran with these settings."""
    return current() != settings or refused() != refused_before


def undo_fork() -> None:
    """Back to the run before the last fork, and to where it was forked."""
    settings = current()
    *forks, last = by_hand.read_forks(settings.forks)
    adopt(replace(settings, forks=by_hand.write_forks(forks)), at=f"{last.iteration}E")

"""What was chosen in this session, one change after another: the way back, and forward again; and what a
change is, in a few words, such as "Components k from 3 to 4". Pure: no Streamlit.

The parts of what can be chosen are the experiment, whose name is empty, and what is chosen on single pages,
each under the page's name. A page shows some of them, and undoes what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gmm_core.judgement.treatments import Treatment
from gmm_core.words import count, safe
from pages.ui.address import beside, by_hand, edits, strokes
from pages.ui.address.field import Field
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.address.strokes import Stroke

MOST = 100  # changes that are kept
LONG = 40  # characters of a value that are worth reading
NAMED = 3  # changes that are said one by one


@dataclass(frozen=True)
class Moment:
    """What was chosen of a part. at : the half-step that was shown last.

    card : the title of the card of the gallery that the experiment began with; empty for none.
    """

    chosen: Any
    at: str = ""
    card: str = ""


Change = Mapping[str, tuple[Moment, Moment]]  # of each part that was changed, before and after


@dataclass
class History:
    """now : what is chosen of each part. done, undone : changes, the latest last."""

    now: dict[str, Moment] = field(default_factory=dict)
    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    def note(self, parts: Mapping[str, Moment], *, chosen: bool, travelled: bool) -> None:
        """This is what is chosen now.

        chosen : whether somebody did, or the app completed what was. travelled : by a link or the browser's
        own buttons, perhaps to where somebody was before.
        """
        known = {name for name, one in parts.items() if name in self.now}
        other = {name for name in known if parts[name].chosen != self.now[name].chosen}
        if other and chosen:
            goal = {name: parts[name].chosen for name in other}
            if travelled and goal == _chosen(self.back(other), 0):
                parts = {**parts, **self.undo(other)}
            elif travelled and goal == _chosen(self.forward(other), 1):
                parts = {**parts, **self.redo(other)}
            else:
                change = {name: (self.now[name], parts[name]) for name in other}
                self.done = [*self.done, change][-MOST:]
                self.undone = [left for one in self.undone if (left := _without(one, other))]
        self.now |= parts

    def rest(self, part: str, at: str) -> None:
        """The half-step that is shown now."""
        if part in self.now:
            self.now[part] = replace(self.now[part], at=at)

    def back(self, parts: Collection[str]) -> Change:
        """What an undo would take back of these parts; empty for nothing."""
        return _last(self.done, parts)

    def forward(self, parts: Collection[str]) -> Change:
        """What a redo would do again of them."""
        return _last(self.undone, parts)

    def undo(self, parts: Collection[str]) -> dict[str, Moment]:
        """Take back the last change of these parts; what is chosen of them then."""
        change = _taken(self.done, parts)
        if change:
            self.undone.append({name: (before, self.now[name]) for name, (before, _) in change.items()})
        self.now |= (then := {name: before for name, (before, _) in change.items()})
        return then

    def redo(self, parts: Collection[str]) -> dict[str, Moment]:
        """Do again what was undone last."""
        change = _taken(self.undone, parts)
        if change:
            self.done.append({name: (self.now[name], after) for name, (_, after) in change.items()})
        self.now |= (then := {name: after for name, (_, after) in change.items()})
        return then


def _last(changes: list[Change], parts: Collection[str]) -> Change:
    among = ({name: pair for name, pair in one.items() if name in parts} for one in reversed(changes))
    return next(filter(None, among), {})


def _taken(changes: list[Change], parts: Collection[str]) -> Change:
    """The last change of these parts, which is no longer among the others."""
    found = _last(changes, parts)
    if found:
        i = max(i for i, one in enumerate(changes) if one.keys() & found.keys())
        left = _without(changes[i], found)
        changes[i : i + 1] = [left] if left else []
    return found


def _without(change: Change, parts: Collection[str]) -> Change:
    return {name: pair for name, pair in change.items() if name not in parts}


def _chosen(change: Change, which: int) -> dict[str, Any]:
    return {name: pair[which].chosen for name, pair in change.items()}


def between(before: Settings, now: Settings) -> list[str]:
    """What of the experiment was changed, from one to the other."""
    said = []
    if now.edits != before.edits:
        said.append(_of_lists(before.edits, now.edits, _edits))
    if now.forks != before.forks:
        said.append(_of_lists(before.forks, now.forks, _forks))
    unsaid = {"edits": now.edits, "forks": now.forks}
    if now.means != before.means:
        if now.means:
            said.append(by_hand.changed(before.means, now.means))
            unsaid |= {name: getattr(now, name) for name in ("init", "n_components")}
        unsaid["means"] = now.means
    before = replace(before, **unsaid)
    for name, one in FIELDS.items():
        old, new = getattr(before, name), getattr(now, name)
        if old == new or (one.for_blobs and now.data != "blobs"):
            continue
        if name == "beside":
            old, new = beside.label(before, old), beside.label(now, new)
        said.append(_one(one, old, new))
    return said


def what_went(before: Settings, now: Settings) -> list[str]:
    """Sentences about what is gone: edits where the data are others, and a fork where its points or what its
    run held are.
    """
    said = []
    if before.edits and not now.edits and now.source != before.source:
        by_points = edits.describe(before.edits) and not edits.as_treated(before.edits)
        what = "The points edited by hand were those" if by_points else "What was done to the rows was"
        it = "them" if by_points else "it"
        said.append(f"{what} of other data. The back button brings {it} back.")
    if before.forks and not now.forks and now.edits != before.edits:
        said.append("The fork was of the points before. The back button brings it back.")
    if before.forks and not now.forks and now.held != before.held:
        said.append("The fork was of a run that held something else. The back button brings it back.")
    return said


def of_fields(before: Mapping[str, Any], now: Mapping[str, Any], known: Mapping[str, Field]) -> list[str]:
    """The same of what is chosen on one page alone."""
    return [
        _one(one, before[name], now[name])
        for name, one in known.items()
        if name in before and name in now and before[name] != now[name]  # a page may offer more than before
    ]


def in_short(said: Sequence[str]) -> str:
    """All of them as one phrase; of many, the first."""
    more = len(said) - NAMED
    return "; ".join([*said[:NAMED], *([f"{more} more"] if more > 0 else [])])


def _one(field: Field, old: Any, new: Any) -> str:
    before, after = field.in_words(old), field.in_words(new)  # empty for nothing that was chosen
    name, is_readable = field.shown_as, not field.pattern and max(len(before), len(after)) <= LONG
    if isinstance(field.default, bool):
        return f"{name} {after}"
    if not after:
        return f"{name} no longer set"
    if not before:
        return f"{name} set to {safe(after)}" if is_readable else f"{name} set"
    return f"{name} from {safe(before)} to {safe(after)}" if is_readable else f"{name} changed"


def _of_lists(before: str, now: str, describe: Callable[[Sequence[str]], str]) -> str:
    """What was added to a list, or taken back from its end."""
    old, new = ([one for one in text.split(";") if one] for text in (before, now))
    if len(new) > len(old) and new[: len(old)] == old:
        return describe(new[len(old) :])
    if len(new) < len(old) and old[: len(new)] == new:
        return f"{describe(old[len(new) :])} undone"
    return f"{describe(new or old)} instead"


def _forks(parts: Sequence[str]) -> str:
    forks = by_hand.read_forks(";".join(parts))
    return "fork at " + " and ".join(
        f"{one.iteration}"
        + ("" if one.what == by_hand.MEAN else f", {one.what} of component {one.component + 1}")
        for one in forks
    )


def _edits(parts: Sequence[str]) -> str:
    done = edits.read(";".join(parts))
    points = [one for one in done if isinstance(one, edits.Edit)]
    painted = [one for one in done if isinstance(one, Stroke)]
    others = len(done) - len(points) - len(painted)
    said = []
    for what, n in edits.counts(points).items():
        if n:
            said.append(f"a point {what}" if n == 1 else f"{n} points {what}")
    said += strokes.words(painted)
    if others:
        treated = sum(isinstance(one, Treatment) for one in done)
        said.append(count(treated, "treatment") if treated else "a finding kept")
    return ", ".join(said)

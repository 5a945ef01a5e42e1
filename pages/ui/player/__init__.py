"""The EM player: what Python sends to the browser, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import streamlit as st

from gmm_core.words import as_code
from pages.ui.address.by_hand import Fork
from pages.ui.address.edits import ByHand, Edit
from pages.ui.address.strokes import Stroke
from pages.ui.address.told import Lock
from pages.ui.player import assets
from pages.ui.player.header import Scene, opened

_component = st.components.v2.component(
    "em_player",
    css=assets.style(),
    js=assets.loader("player"),
    isolate_styles=False,
)

HEARD = ("at", "point", "place", "fork", "hold", "edit", "truth", "mark")  # what the player speaks of
_HALF_STEP = re.compile(r"(0|[1-9][0-9]{0,5})([EM])")


@dataclass(frozen=True)
class At:
    """The half-step that is shown: `half` is "E" or "M". By default it is the start, before any E-step."""

    iteration: int = 0
    half: str = "M"

    def __str__(self) -> str:
        return "start" if self.is_start else f"{self.iteration}{self.half}"

    @property
    def is_start(self) -> bool:
        return self == At()

    @property
    def coloured(self) -> int:
        """The iteration of the last E-step, whose colours are shown; -1 at the start."""
        return self.iteration - (self.half == "M")

    @classmethod
    def read(cls, text: str, n_iter: int) -> tuple[At, str]:
        """From a link such as "7M"; the start, and a sentence, where this run has no such half-step."""
        if not text:
            return cls(), ""
        known = _HALF_STEP.fullmatch(text)
        if known and int(known[1]) <= n_iter and text != "0M":
            return cls(int(known[1]), known[2]), ""
        return cls(), (
            f"The link asks for the half-step {as_code(text)}, but this run has 0E to {n_iter}E. "
            "It opens at its start."
        )


@dataclass(frozen=True)
class Mark:
    """A place in the picture that somebody is asked for, as where a mean will be.

    component : whose mean it is, whose colour the mark has. place : (d,), once it is known.
    open : whether a click still marks it; if not, a line leads from it to the mean.
    """

    component: int
    place: tuple[float, ...] = ()
    open: bool = True


@dataclass(frozen=True)
class Asked:
    """What a page asks about the picture.

    held : whether the player stands still, and hides what would give the answer away. others : places that
    others marked, drawn as a cloud. by_hand : whether means can be dragged. goes_to : the half-step to which
    it plays by itself once it is opened.
    """

    held: bool = False
    mark: Mark | None = None
    others: tuple[Mark, ...] = ()
    by_hand: bool = True
    goes_to: At | None = None

    def how(self) -> dict[str, Any]:
        """As the browser reads it."""
        return {
            "held": self.held,
            "mark": self.mark and {**asdict(self.mark), "place": list(self.mark.place) or None},
            "others": [{"component": one.component, "place": list(one.place)} for one in self.others],
            "by_hand": self.by_hand,
            "goes_to": self.goes_to and asdict(self.goes_to),
        }


NOTHING_ASKED = Asked()


@dataclass(frozen=True)
class Handles:
    """How a component that is picked can be changed besides its mean.

    model : by the three letters of mclust's models, what all components have in common. together : whether
    their covariances are held all or none.
    """

    model: str
    together: bool


@dataclass(frozen=True)
class Answer:
    """What the player says: the half-step it rests on, the row selected, and what was done by hand.

    sight : what a link says of the picture besides, by the names of `SIGHT`.
    truth : whether it shows what the data were drawn from. mark : the place that was marked, where one is
    asked for. hold : the lock that was pressed.
    edits : all recent ones, with the numbers that this `editor`, a player in a browser, gave them; the same
    edit comes again while others follow it quickly.
    """

    at: At
    sight: Mapping[str, str] = field(default_factory=dict)
    row: int | None = None
    means: tuple[tuple[float, ...], ...] = ()
    fork: Fork | None = None
    hold: Lock | None = None
    edits: tuple[tuple[int, ByHand], ...] = ()
    editor: str = ""
    truth: bool = False
    mark: tuple[float, ...] = ()


def show(
    scene: Scene,
    first: At,
    showing: int,
    *,
    sight: Mapping[str, Any] | None = None,
    key: str = "em_player",
    group: str = "",
    title: str = "",
    asked: Asked = NOTHING_ASKED,
    handles: Handles | None = None,
    truth: bool = False,
) -> Answer:
    """Draw the player and hear what it says.

    `first` is where to open, and `sight` what is shown besides, see `sight_of`; where that is given, the
    player keeps it in the address. They, and what is `asked`, must stay the same while `showing` does:
    nothing is sent twice. `handles` are for a page that hears of a component that was picked and changed.
    `truth` is whether what the data were drawn from is shown though nobody asked for it.
    Players on the page that `follow` the same `group` do what this one does.
    """
    how: dict[str, Any] = {"iteration": first.iteration, "half": first.half, "showing": showing}
    if sight is not None:
        how["sight"] = dict(sight)
    if asked != NOTHING_ASKED:
        how |= asked.how()
    if truth:
        how["truth"] = True
    if handles is not None:
        how["handles"] = asdict(handles)
    said = _component(
        key=key,
        data=opened(scene.content, **how, group=group, follows=False, title=title),
        **{f"on_{what}_change": _nothing for what in HEARD},
    )
    now = {"fit": scene.fit, "showing": showing, "data": scene.data}

    def heard(what: str, *of: str) -> Any:
        """What it says of that. Of another run, or of an earlier showing of this one, it came too late."""
        told = getattr(said, what)
        return told if told and all(told[name] == now[name] for name in of) else None

    found: dict[str, Any] = {"at": first, "truth": bool(said.truth)}
    if told := heard("at", "fit", "showing"):
        found["at"] = At(int(told["iteration"]), str(told["half"]))
        found["sight"] = {name: str(value) for name, value in told["sight"].items() if value}
    if told := heard("point", "data"):
        found["row"] = int(scene.rows[told["point"]])
    if told := heard("place"):
        found["means"] = tuple(tuple(map(float, mean)) for mean in told["means"])
    if told := heard("fork", "fit"):
        values = tuple(map(float, told["values"]))
        found["fork"] = Fork(int(told["iteration"]), int(told["component"]), values, told["what"])
    if told := heard("hold", "fit"):
        found["hold"] = Lock(str(told["what"]), int(told["component"]), bool(told["held"]))
    if told := heard("mark", "fit", "showing"):
        found["mark"] = tuple(map(float, told["place"]))
    if told := heard("edit"):
        found["edits"], found["editor"] = tuple(_edits(told["edits"], scene)), str(told["player"])
    return Answer(**found)


def follow(scene: Scene, *, key: str, group: str = "", title: str = "") -> None:
    """Draw a player that shows, of its own scene, the half-step that the one of its group shows.

    One that has ended earlier holds its last picture, and says so. It has no buttons, and says nothing here.
    """
    how = {"iteration": 0, "half": "M", "showing": 0}
    _component(key=key, data=opened(scene.content, **how, group=group, follows=True, title=title))


def _edits(sent: list[dict[str, Any]], scene: Scene) -> Iterator[tuple[int, ByHand]]:
    """Strokes, additions, and changes of points that are those on the screen."""
    for edit in sent:
        if stroke := edit.get("stroke"):
            path = tuple((float(x), float(y)) for x, y in stroke["path"])
            radii = tuple(map(float, stroke["radii"]))
            yield int(edit["number"]), Stroke(radii, path, int(stroke["n"]), int(stroke["seed"]))
            continue
        number, place = int(edit["number"]), edit["place"] and tuple(map(float, edit["place"]))
        if edit["point"] is None:
            yield number, Edit(None, place)
        elif edit["data"] == scene.data:
            yield number, Edit(int(scene.rows[edit["point"]]), place)


def _nothing() -> None:
    """A rerun is all that is wanted when the player speaks."""

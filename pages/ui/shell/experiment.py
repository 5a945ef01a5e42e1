"""What all pages about an experiment do: from its address to the notes at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gmm_core import Dataset, Trace
from pages.ui.address import address, memory
from pages.ui.address.kinds import BEYOND
from pages.ui.address.settings import Field, Settings
from pages.ui.look import evidence
from pages.ui.runs import fits, placed, scenes
from pages.ui.runs.data import dataset
from pages.ui.shell import (
    floor,
    notes,
    own_table,
    pages,
    painting,
    seeing,
    share,
    sidebar,
    waiting,
    ways_back,
)


class Fitted(NamedTuple):
    """An experiment that was run: its settings, completed, its data, its run, and the run's colours."""

    settings: Settings
    data: Dataset
    trace: Trace
    colours: tuple[int, ...]


@dataclass(frozen=True)
class Experiment:
    """An experiment on a page.

    settings : what is chosen now. offers : what of it can be chosen on the page.
    elsewhere : settings that do not count on this page, as they were chosen on another.
    above : the place for what comes and goes. The picture below it keeps its own: a player that moved would
    be made anew.
    """

    settings: Settings
    offers: sidebar.Offers
    above: DeltaGenerator
    elsewhere: Mapping[str, Any] = field(default_factory=dict)

    @contextmanager
    def or_say_why(self) -> Iterator[None]:
        """Draw above the picture; where the experiment cannot be run, say why, and end the page here."""
        with notes.or_say_why(self.settings), self.above:
            yield

    @contextmanager
    def fitted(self) -> Iterator[Fitted]:
        """Run the experiment, or say why it cannot be, and draw above its picture.

        Once all that is made of the run could be, its colours are kept, for the next run to have the same.
        """
        with self.or_say_why():
            settings, said = placed.with_means(self.settings)
            address.complete(replace(settings, **self.elsewhere), said)
            notes.stop_if_waiting(settings)
            notes.open_rows(settings)
            floor.before(settings)
            with waiting.cancellable(settings.fitted):
                data, trace = dataset(settings), fits.run(settings)
            now = scenes.coloured(settings, memory.recall("on screen"))
            yield Fitted(settings, data, trace, now.colours)
        memory.keep("on screen", now)

    def close(
        self,
        data: Dataset,
        trace: Trace | None = None,
        drawn: tuple[int, int] | None = None,
        ways: Callable[[], None] | None = None,
    ) -> None:
        """The notes at the end: what EM ran on, what was done by hand, and what there is to know of the data.

        trace : the run, where the page is about one. drawn : how many points are drawn, of how many.
        ways : draws where to go from here.
        """
        if "scaling" in self.offers.model:
            notes.scaling_note(self.settings)
        if self.offers.start:
            notes.fork_note(self.settings, self.offers.view and self.offers.rival)
        notes.edit_note(self.settings)
        if ways:
            ways()
        st.caption(evidence.literal(data.note))
        notes.own_table_note(self.settings)
        for note in (
            floor.without_said(self.settings, trace.note) if trace else "",
            notes.sample_note(*drawn) if drawn else "",
        ):
            if note:
                st.caption(note)


def experiment(
    page: str,
    offers: sidebar.Offers,
    own: Mapping[str, Field] = address.NO_FIELDS,
    *,
    controls: Callable[[Settings], Mapping[str, Any]] | None = None,
    intro: Callable[[Settings], None] | None = None,
    instead: Callable[[], None] = own_table.invite,
) -> Experiment:
    """Read the address, draw the sidebar, and keep what is chosen; the page ends where a table is waited for.

    page : its name in the table of pages. own : what is chosen on it alone, see `address.own`.
    controls : draws more of the sidebar, below what is chosen of the experiment; what it holds of `own`.
    intro : what stands first on the page. instead : what stands there in place of all that follows.
    """
    before = address.read_address(page, own, example=pages.named(page).example)
    ways_back.reserve()
    settings = sidebar.draw(before, offers)
    address.keep(settings, **(controls(settings) if controls else {}))
    ways_back.draw()
    share.offer(settings, of_the_run=page == "explore")
    if refused := seeing.reason_not_to(settings):
        notes.refuse(refused)
    if intro:
        intro(settings)
    if own_table.waits(settings):
        notes.say(address.problems())
        instead()
        st.stop()
    if painting.waits(settings):
        notes.say(address.problems())
        painting.canvas(settings)
        st.stop()
    own_table.ask(settings)
    shown = settings if offers.gaps else notes.only_complete(settings)
    counted = replace(shown.plain, **{name: getattr(shown, name) for name in offers.beyond})
    if counted != shown:
        lost = [name for name in BEYOND if getattr(counted, name) != getattr(shown, name)]
        notes.say((notes.not_here(lost, not offers.beyond),))
        shown = counted
    chosen = {name: getattr(settings, name) for name in (*BEYOND, "missing")}
    elsewhere = {name: value for name, value in chosen.items() if getattr(shown, name) != value}
    return Experiment(shown, offers, st.container(), elsewhere)

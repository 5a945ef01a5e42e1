"""What a page shows while it waits: how far the work is, a way out, and a way back where that was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gmm_core.words import count
from pages.ui.address import wishes
from pages.ui.address.state import CANCELLED
from pages.ui.runs import jobs
from pages.ui.runs.jobs import EM, Job

LOOK = 0.1  # seconds between two looks at how far it is
JUDGE = "Stop, and judge what there is"


@contextmanager
def bar(
    on_stop: Callable[[], None] | None = None,
    way_out: str = "Cancel",
    look: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Where work that is waited for in here takes a while, show a bar, and a button that calls `on_stop`.

    Inside a fragment the button is of no use: no click is heard there until the fragment has run.

    Its place is kept where nothing is waited for, too: what stands below has the same number in each run,
    and is not seen twice for a moment, as Streamlit draws by number.

    look : called whenever more is done, to show what there is.
    """
    place = st.empty()
    with jobs.shown_by(lambda job: _show(place, job, on_stop, way_out, look)):
        yield


def _show(
    place: DeltaGenerator,
    job: Job[Any],
    on_stop: Callable[[], None] | None,
    way_out: str,
    look: Callable[[], None] | None,
) -> None:
    with place.container():
        progress = st.progress(0.0, says(job))
        if on_stop is not None:
            st.button(way_out, icon=":material/close:", on_click=on_stop, key=f"cancel {id(job)}")
    seen = -1
    while not job.ended(LOOK):
        now = job.done
        progress.progress(min((now + job.ahead) / max(job.total, 1), 1.0), says(job))
        if look is not None and now != seen:
            look()
        seen = now
    place.empty()


def says(job: Job[Any]) -> str:
    """How far it is, in words."""
    if callable(job.doing):
        return job.doing(job.done)
    if job.doing == EM and not job.done:
        return "EM is looking for a place to start …"
    return f"{job.doing} {job.done} of at most {job.total} …"


def cancellable(asked: Any) -> AbstractContextManager[None]:
    """A bar whose button cancels what is `asked` for; see `cancelled`."""
    return bar(partial(wishes.ask, CANCELLED, asked))


def cancelled(asked: Any, sentence: str) -> bool:
    """Whether the user cancelled what is `asked` for; then it is said, and can be run after all."""
    if wishes.asked(CANCELLED) != asked:
        return False
    st.info(f"{sentence}, or run it after all.")
    st.button("Run it", icon=":material/play_arrow:", on_click=run_after_all)
    return True


def run_after_all() -> None:
    wishes.forget(CANCELLED)


def grow(job: Job[Any], stop: str, asked: Any) -> None:
    """Wait until a job has found all that is `asked` for, unless that was stopped, a wish of kind `stop`."""
    with bar(partial(wishes.ask, stop, asked), JUDGE):
        if not job.whole and wishes.asked(stop) != asked:
            job.result()


def offer_the_rest(job: Job[Any], stop: str, noun: str) -> None:
    """A button with which a comparison that was stopped goes on."""
    left = job.total - job.done
    label = f"Compare the rest: {count(left, noun)}"
    st.button(label, icon=":material/play_arrow:", on_click=wishes.forget, args=(stop,), key=f"rest {noun}")

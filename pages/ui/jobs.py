"""Fits that may take long: they run beside the page, which shows how far they are and can stop them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Lock

import streamlit as st

from gmm_core import Step, Trace

# Two cores, and one thread a fit: more at once would only wait for each other.
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="fit")
PATIENCE = 0.4  # seconds before a page says that it is busy
LOOK = 0.1  # seconds between two looks at how far it is


class Cancelled(Exception):
    """Nobody waits for this fit any more."""


class Job:
    """A fit on its way. It ends early when the last page that waits for it goes."""

    def __init__(self, work: Callable[[Callable[[Step], None]], Trace]) -> None:
        self.iteration = 0
        self._waiting = 0
        self._lock = Lock()
        self._stop = Event()
        self._future: Future[Trace] = _workers.submit(work, self._report)

    def _report(self, step: Step) -> None:
        self.iteration = step.iteration
        if self._stop.is_set():
            raise Cancelled

    def done(self, seconds: float) -> bool:
        """Whether it is done, now or within so many seconds."""
        return bool(wait([self._future], seconds).done)

    def result(self, most: int, on_cancel: Callable[[], None]) -> Trace:
        """The trace. A page that waits long shows a bar, up to `most` iterations, and a way out."""
        with self._lock:
            self._waiting += 1
        try:
            if not self.done(PATIENCE):
                self._show(most, on_cancel)
            return self._future.result()
        finally:  # also when Streamlit stops the page because something else was chosen
            with self._lock:
                self._waiting -= 1
                if not self._waiting and not self._future.done():
                    self._stop.set()

    def _show(self, most: int, on_cancel: Callable[[], None]) -> None:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, "EM is looking for a place to start …")
            st.button("Cancel", icon=":material/close:", on_click=on_cancel, key=f"cancel {id(self)}")
        while not self.done(LOOK):
            if self.iteration:
                share = min(self.iteration / most, 1.0)
                bar.progress(share, f"EM is running: iteration {self.iteration} of at most {most} …")
            else:
                bar.progress(0.0, "EM is looking for a place to start …")
        place.empty()

"""Work that may take long, such as a fit: it runs beside the page, which shows progress and can stop it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import Any, Generic, TypeVar

import streamlit as st
from threadpoolctl import threadpool_limits

from gmm_core import Step

# Two cores, and one thread a fit: more at once would only wait for each other. OpenMP's limit, which k-means
# needs, is one of each thread: the one that the app sets where it starts does not reach these.
_workers = ThreadPoolExecutor(
    max_workers=2, thread_name_prefix="fit", initializer=threadpool_limits, initargs=(1, "openmp")
)
PATIENCE = 0.4  # seconds before a page says that it is busy
LOOK = 0.1  # seconds between two looks at how far it is
EM = "EM is running: iteration"
T = TypeVar("T")


class Cancelled(Exception):
    """Nobody waits for this fit any more."""


class Job(Generic[T]):
    """Work on its way. It ends early when the last page that waits for it goes.

    work : is given a function to call with every step of a fit, or with the number of what is done so far.
    doing : what it does, in the words of the bar; or what says it all, given that number.
    way_out : the words of the button that ends it.
    """

    def __init__(
        self,
        work: Callable[[Callable[[Step | int], None]], T],
        doing: str | Callable[[int], str] = EM,
        way_out: str = "Cancel",
    ) -> None:
        self.doing, self.way_out = doing, way_out
        self.iteration = 0
        self._waiting = 0
        self._lock = Lock()
        self._stop = Event()
        self._future: Future[T] = _workers.submit(work, self._report)

    def _report(self, step: Step | int) -> None:
        self.iteration = step if isinstance(step, int) else step.iteration
        if self._stop.is_set():
            raise Cancelled

    def done(self, seconds: float) -> bool:
        """Whether it is done, now or within so many seconds."""
        return bool(wait([self._future], seconds).done)

    def result(
        self, most: int, on_cancel: Callable[[], None] | None, look: Callable[[], None] | None = None
    ) -> T:
        """What the work found. A page that waits long shows a bar, up to `most` iterations, and a way out.

        Not so inside a fragment: no click is heard there until it has run.

        look : called meanwhile, whenever more is done, to show what there is.
        """
        with self._lock:
            self._waiting += 1
        try:
            if not self.done(PATIENCE):
                self._show(most, on_cancel, look)
            return self._future.result()
        finally:  # also when Streamlit stops the page because something else was chosen
            with self._lock:
                self._waiting -= 1
                if not self._waiting and not self._future.done():
                    self._stop.set()

    def _show(self, most: int, on_cancel: Callable[[], None] | None, look: Callable[[], None] | None) -> None:
        place = st.empty()
        with place.container():
            bar = st.progress(0.0, self._says(most))
            if on_cancel is not None:
                key = f"cancel {id(self)}"
                st.button(self.way_out, icon=":material/close:", on_click=on_cancel, key=key)
        seen = -1
        while not self.done(LOOK):
            now = self.iteration
            bar.progress(min(now / most, 1.0), self._says(most))
            if look is not None and now != seen:
                look()
            seen = now
        place.empty()

    def _says(self, most: int) -> str:
        if callable(self.doing):
            return self.doing(self.iteration)
        if self.doing == EM and not self.iteration:
            return "EM is looking for a place to start …"
        return f"{self.doing} {self.iteration} of at most {most} …"


T = TypeVar("T")


def finished(job: Any, of: tuple[Any, ...], most: int, on_cancel: Callable[[], None] | None) -> Any:
    """What a cached job finds, done anew where all who waited for it cancelled it."""
    while True:
        try:
            return job(*of).result(most, on_cancel)
        except Cancelled:
            job.clear(*of)


def counted(found: Iterable[T], report: Callable[[int], None]) -> list[T]:
    """All that is found, reported one by one."""
    done: list[T] = []
    for one in found:
        done.append(one)
        report(len(done))
    return done


T = TypeVar("T")


class Growing(Generic[T]):
    """All that an iterator finds, as far as it has come; all visitors who ask for the same share it.

    finding : the iterator. It is advanced beside the pages that wait for it, by one job at a time, and rests
        where the last of them goes.
    total : how much there is to be done. doing : the words of the bar, given how much is done.
    amount : how much has been done by what was found; by default one each.
    """

    def __init__(
        self,
        finding: Iterator[T],
        total: int,
        doing: Callable[[int], str],
        *,
        way_out: str = "Stop",
        amount: Callable[[list[T]], int] = len,
    ) -> None:
        self.found: list[T] = []
        self.total, self.seconds, self.whole = total, 0.0, False
        self._finding, self._doing, self._way_out, self._amount = finding, doing, way_out, amount
        self._job: Job[None] | None = None
        self._one_job, self._one_step = Lock(), Lock()

    @property
    def done(self) -> int:
        return self._amount(self.found)

    def finish(self, on_cancel: Callable[[], None], look: Callable[[], None] | None = None) -> None:
        """Wait until all is found, with a bar and a way out; `look` shows what there is meanwhile.

        Raises what the iterator raises.
        """
        while not self.whole:
            job = self._running()
            try:
                job.result(self.total, on_cancel, look)
            except Cancelled:  # by all who waited for it before
                with self._one_job:
                    if self._job is job:
                        self._job = None

    def _running(self) -> Job[None]:
        with self._one_job:
            if self._job is None:
                self._job = Job(self._go_on, self._doing, self._way_out)
            return self._job

    def _go_on(self, report: Callable[[int], None]) -> None:
        with self._one_step:  # the job before this one may still be on its last step
            report(self.done)
            begun = time.perf_counter()
            for one in self._finding:
                self.found.append(one)
                self.seconds += time.perf_counter() - begun
                report(self.done)
                begun = time.perf_counter()
            self.whole = True

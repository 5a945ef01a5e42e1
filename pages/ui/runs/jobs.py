"""Work that may take long, such as a fit: it runs beside the pages, as long as one of them waits for it.

What takes longer than a moment is done in processes (`processes.py`), for as many visitors at once as come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, Generic, TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

from gmm_core.judgement.selection import Mapped
from pages.ui.runs import processes
from pages.ui.runs.work.tasks import Report, Telling


def _threads(most: int, name: str) -> ThreadPoolExecutor:
    # OpenMP's limit, which k-means needs, is one of each thread: the one that the app sets where it starts
    # does not reach these.
    return ThreadPoolExecutor(most, name, threadpool_limits, (1, "openmp"))


# One thread a core: more at once would only wait for each other. Those who wait for a process are many.
_here, _elsewhere = _threads(int(cpu_count()), "fit"), _threads(256, "waits for a process")
# What is looked for beside a page must not keep fits waiting.
_beside = _threads(1, "beside")
PATIENCE = 0.4  # seconds before whoever waits is shown how far it is
EM = "EM is running: iteration"
T = TypeVar("T")


class Cancelled(Exception):
    """Nobody waits for this work any more."""


class Job(Generic[T]):
    """Work that is shared by all who ask for the same.

    It runs while somebody waits for its result, rests when the last of them has gone, and is taken up again
    when somebody waits once more.

    work : is given a function to call with how much is done, which ends it where nobody waits any more.
        Called again, it begins anew, or goes on where it was.
    total : how much there is to be done, at most.
    done, ahead : how much is, and about how much of what comes next is.
    doing : what it does, such as "EM is running: iteration"; or what says it all, given how much is done.
    so_far : what there is of the result, where the work goes on where it was; the work adds to it.
    elsewhere : whether the work is to wait for processes (`processes.run`), and not to compute itself.
    beside : whether nobody need wait for it; see `goes_on`.
    """

    def __init__(
        self,
        work: Callable[[Report], T],
        total: int,
        doing: str | Callable[[int], str] = EM,
        so_far: T | None = None,
        elsewhere: bool = False,
        beside: bool = False,
    ) -> None:
        self.total, self.doing, self.so_far = total, doing, so_far
        self.done, self.seconds, self.ahead = 0, 0.0, 0.0
        self._work, self._since = work, 0.0
        self._threads, self._until = _beside if beside else _elsewhere if elsewhere else _here, 0.0
        self._lock, self._waiting = Lock(), 0  # the lock guards who waits, and what runs for them
        self._running: Future[T] | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it was found."""
        running = self._running
        return running is not None and running.done() and running.exception() is None

    def ended(self, seconds: float) -> bool:
        """Whether what runs ends within so many seconds; for whoever waits for it."""
        assert self._running is not None
        return bool(wait([self._running], seconds).done)

    def goes_on(self, seconds: float) -> bool:
        """Whether it has not ended yet; then it goes on for at least so long, though nobody waits for it."""
        with self._lock:
            self._until = time.perf_counter() + seconds
            if self._running is None:
                self._running = self._threads.submit(self._run)
            return not self._running.done()

    def result(self) -> T:
        """What the work finds, however long that takes; see `shown_by`. Raises what the work raises."""
        with self._lock:
            self._waiting += 1
            if self._running is None:
                self._running = self._threads.submit(self._run)
            running = self._running
        try:
            if not self.ended(PATIENCE):
                _show.get()(self)
            return running.result()
        finally:  # also when Streamlit stops the page because something else was chosen
            with self._lock:
                self._waiting -= 1

    def _run(self) -> T:
        if self.so_far is None:
            self.done = 0
        self._since = time.perf_counter()
        self._report(self.done)  # all may have gone while it stood in the queue
        try:
            return self._work(self._report)
        except processes.Died:
            with self._lock:
                self._running = None  # who asks again may be luckier
            raise

    def _report(self, done: int) -> None:
        now = time.perf_counter()
        self.seconds, self._since, self.done = self.seconds + now - self._since, now, done
        with self._lock:
            if not self._waiting and now > self._until:
                self._running = None  # who comes from now on lets it run again
                raise Cancelled


def growing(
    finding: Callable[[list[T], Mapped], Iterator[T]],
    total: int,
    doing: str | Callable[[int], str],
    amount: Callable[[list[T]], int] = len,
    telling: Telling | None = None,
    on_next: Callable[[int], float] | None = None,
) -> Job[list[T]]:
    """The job to find all that an iterator finds, which goes on where it was.

    finding : makes the iterator, given what was found before, and what spreads its work over processes as the
        built-in `map` would do it.
    amount : how much has been done by what was found; by default one each.
    telling : how the function that is mapped tells how far it is with what comes next; `on_next` is told so,
        and answers how much that is.
    """
    found: list[T] = []

    def go_on(report: Report) -> list[T]:
        def still(done: int) -> None:
            if on_next is not None:
                job.ahead = on_next(done)
            report(amount(found))

        for one in finding(found, processes.mapped(still, telling)):
            found.append(one)
            job.ahead = 0.0
            report(amount(found))
        return found

    job = Job(go_on, total, doing, found, elsewhere=True)
    return job


@contextmanager
def within(report: Report) -> Iterator[None]:
    """Let work wait for other jobs in here, with its own `report`: no longer than somebody waits for it."""

    def look(job: Job[Any]) -> None:
        while not job.ended(PATIENCE):
            report(0)

    with shown_by(look):
        yield


# What shows a job to whoever waits for it longer than a moment: each thread has its own, as each visitor has.
_show: ContextVar[Callable[[Job[Any]], None]] = ContextVar("show", default=lambda job: None)


@contextmanager
def shown_by(show: Callable[[Job[Any]], None]) -> Iterator[None]:
    """Let `show` show the jobs that are waited for in here. It returns when the job has ended; what it raises
    ends the waiting.
    """
    before = _show.set(show)
    try:
        yield
    finally:
        _show.reset(before)

"""Where long work is done: in processes, one a core and one more; without them, in the thread that asks.

Ten threads that fit at once fight for the interpreter, and the pages with them; processes do not. A task is a
function that a process can import, and what it is given, which travels there with it: so it pays from about
a tenth of a second of work on. Shorter work stays where it is; see `is_long`.

Each process is an executor of its own. So when one dies, only its task is lost.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context, parent_process
from operator import attrgetter
from queue import Empty, Queue
from threading import Event, Semaphore, Thread
from typing import Any, NamedTuple, TypeVar

from joblib import cpu_count

T = TypeVar("T")
Report = Callable[[int], None]
SETTING = "EM_WORKERS"
LOOK = 0.05  # seconds between two looks at how far a task is
GRACE = 1.0  # seconds in which a task that nobody waits for may end by itself
# A thread makes some 1e8 of these steps a second: n rows x d features x k components x iterations.
LONG = 2e7
# A copy of the server with its threads might stand still; one of a process that has imported all, and has no
# threads, is there at once.
_context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
IMPORTED = [f"gmm_core.{name}" for name in ("judgement.bootstrap", "judgement.race", "laboratory.cures")]


class Telling(NamedTuple):
    """How a function tells how far it is: the keyword of its callback, and what makes a number of what it is
    called with.
    """

    keyword: str
    amount: Callable[[Any], int] = int


ON_STEP = Telling("on_step", attrgetter("iteration"))  # a `fit`
ON_ITERATION = Telling("on_iteration")


def none_yet(_seen: object) -> int:
    """The amount where nothing is done so far, but whoever waits may have gone."""
    return 0


class Died(ValueError):
    """A process died twice over a task."""

    def __init__(self) -> None:
        super().__init__(
            "The process that computed this ended before it was done, twice: perhaps the server has too "
            "little memory for it. Use fewer rows, fewer components or fewer starts, and try again."
        )


class Stopped(Exception):
    """Nobody waits for this task any more."""


def is_long(n_numbers: int, n_components: int, max_iter: int) -> bool:
    """Whether a run of EM on so many numbers may take longer than handing it over is worth."""
    return float(n_numbers) * n_components * max_iter > LONG


# In a process of ours.

_told: Any = None  # how far its task is, and whether to stop


def _begin(told: Any) -> None:
    """What a process does first, before anybody needs it."""
    global _told
    _told = told
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's, which ends us
    if hasattr(os, "nice"):
        os.nice(5)  # pages are answered first
    Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    server = parent_process()
    assert server is not None
    server.join()
    os._exit(0)


def _do(function: Callable[..., T], args: tuple[Any, ...], how: dict[str, Any], telling: Telling | None) -> T:
    def tell(seen: Any) -> None:
        _told[0] = amount(seen)
        if _told[1]:
            raise Stopped

    if telling is None:
        return function(*args, **how)
    keyword, amount = telling
    return function(*args, **how, **{keyword: tell})


# In the server.


class _Worker:
    """A process, which does one task at a time."""

    def __init__(self) -> None:
        self._told = _context.RawArray("q", 2)
        self._executor = ProcessPoolExecutor(1, _context, _begin, (self._told,))
        self._pid = self._executor.submit(os.getpid)  # which starts it
        self.ended = False

    def do(self, task: tuple[Any, ...], report: Report) -> Any:
        """What the task finds. What `report` raises, called with how far it is, ends it.

        Raises `BrokenProcessPool` where the process dies.
        """
        self._told[:] = [0, 0]
        future = self._executor.submit(_do, *task)
        try:
            while not wait([future], LOOK).done:
                report(self._told[0])
        except BaseException:
            self._told[1] = 1
            if not wait([future], GRACE).done:
                self.end()
            raise
        return future.result()

    def end(self) -> None:
        """End it at once, whatever it does."""
        self.ended = True
        with suppress(Exception):
            os.kill(self._pid.result(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        self._executor.shutdown(wait=False, cancel_futures=True)


class _Room:
    """The processes, and who may have one.

    Work in one piece, which may be long, never gets the last: small tasks of others can always go on.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._workers = [_Worker() for _ in range(n + 1)]
        self._idle: Queue[int] = Queue()
        for i in range(n + 1):
            self._idle.put(i)
        self._long = Semaphore(n)
        self.carriers = ThreadPoolExecutor(256, "carrier")  # they only wait

    def do(self, task: tuple[Any, ...], report: Report, in_one_piece: bool) -> Any:
        """What the task finds, in the first process that is free; see `_Worker.do`. Raises `Died`."""
        if in_one_piece:
            while not self._long.acquire(timeout=LOOK):
                report(0)
        try:
            i = self._free(report)
            try:
                for _ in range(2):
                    with suppress(BrokenProcessPool):
                        return self._workers[i].do(task, report)
                    self._workers[i] = _Worker()
                raise Died
            finally:
                if self._workers[i].ended:
                    self._workers[i] = _Worker()
                self._idle.put(i)
        finally:
            if in_one_piece:
                self._long.release()

    def _free(self, report: Report) -> int:
        while True:
            with suppress(Empty):
                return self._idle.get(timeout=LOOK)
            report(0)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()
        self.carriers.shutdown(wait=False, cancel_futures=True)


_room: _Room | None = None


def start() -> None:
    """Start the processes, as many as the environment says, and else one a core."""
    global _room
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # heeded where numpy is imported anew, as by a process
    _context.set_forkserver_preload(["__main__", __name__, *IMPORTED])
    _room = _Room(_wanted(os.environ.get(SETTING, "")))


def end() -> None:
    global _room
    room, _room = _room, None
    if room is not None:
        room.end()


def _wanted(text: str) -> int:
    cores = int(cpu_count())
    if not text:
        return cores
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 64:
        return int(text[:9])
    print(
        f"{SETTING} must be a whole number from 1 to 64, of processes that compute; got {text!r}. "
        f"There will be {cores}, one for each core.",
        file=sys.stderr,
    )
    return cores


def run(
    function: Callable[..., T],
    *args: Any,
    report: Report,
    telling: Telling | None = None,
    far: bool = True,
    **how: Any,
) -> T:
    """`function(*args, **how)`, in a process; here, where it is not to be `far`.

    report : called with how far it is, now and then; what it raises ends the work.
    Raises what the function raises, and `Died` where its process dies.
    """
    if _room is None or not far:
        return _here(function, args, how, report, telling)
    return _room.do((function, args, how, telling), report, in_one_piece=True)


def mapped(
    report: Callable[[int], None], telling: Telling | None = None
) -> Callable[[Callable[[Any], T], Iterable[Any]], Iterator[T]]:
    """What is called as the built-in `map` is, and does some of the items at once, each in a process.

    report : as in `run`; called with how far the item is that comes next.
    """

    def spread(function: Callable[[Any], T], items: Iterable[Any]) -> Iterator[T]:
        room, gone = _room, Event()
        if room is None:
            for item in items:
                yield _here(function, (item,), {}, report, telling)
            return

        def carry(item: Any, so_far: list[int]) -> T:
            def seen(done: int) -> None:
                so_far[0] = done
                if gone.is_set():
                    raise Stopped

            return room.do((function, (item,), {}, telling), seen, in_one_piece=False)

        def begin(item: Any) -> None:
            ahead.append((room.carriers.submit(carry, item, so_far := [0]), so_far))

        ahead: deque[tuple[Future[T], list[int]]] = deque()
        waiting = iter(items)
        try:
            for _, item in zip(range(room.n), waiting, strict=False):
                begin(item)
            while ahead:
                future, so_far = ahead[0]
                while not wait([future], LOOK).done:
                    report(so_far[0])
                ahead.popleft()
                for item in waiting:
                    begin(item)
                    break
                yield future.result()
        finally:
            gone.set()

    return spread


def _here(
    function: Callable[..., T],
    args: tuple[Any, ...],
    how: dict[str, Any],
    report: Report,
    telling: Telling | None,
) -> T:
    if telling is None:
        return function(*args, **how)
    keyword, amount = telling
    return function(*args, **how, **{keyword: lambda seen: report(amount(seen))})

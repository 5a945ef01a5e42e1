"""Where long work is done: in processes, one a core and one more; without them, in the thread that asks.

Files of strangers are read by two processes of their own, with a limit of time and, on Linux, of memory.
While both read a file that was made to harm, other files wait for that limit; nothing else does.

Ten threads that fit at once fight for the interpreter, and the pages with them; processes do not. A task is a
function that a process can import, and what it is given, which travels there with it: so it pays from about
a tenth of a second of work on. Shorter work stays where it is; see `is_long`.

Each process is an executor of its own. So when one dies, only its task is lost.

Where there is a cluster (`work/cluster.py`), all but the reading of files is done there, and here without it.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_all_start_methods, get_context, parent_process
from queue import Empty, Queue
from threading import Event, Lock, Semaphore, Thread
from types import ModuleType
from typing import Any, TypeVar

from joblib import cpu_count
from sklearn import set_config

from pages.ui.runs.work import parcels
from pages.ui.runs.work.cluster import SETTING as SCHEDULER
from pages.ui.runs.work.cluster import Cluster, Lost, found, say
from pages.ui.runs.work.parcels import Parcels
from pages.ui.runs.work.tasks import Died, Limits, OverLimit, Report, Stopped, Task, Telling

T = TypeVar("T")
SETTING = "EM_WORKERS"
LOOK = 0.05  # seconds between two looks at how far a task is
GRACE = 1.0  # seconds in which a task that nobody waits for may end by itself
# n rows x d features x k components x iterations. A thread made 6e7 of these a second (5,000 x 2 and
# 1,797 x 64, full) to 7e8 (1,797 x 64, diag), so that so many take 0.03 to 0.4 s.
LONG = 2e7
# A copy of the server with its threads might stand still; one of a process that has imported all, and has no
# threads, is there at once.
_context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
_starting = Lock()
USED = ("judgement.bootstrap", "judgement.race", "laboratory.cures", "tables.table")


def is_long(n_numbers: int, n_components: int, max_iter: int) -> bool:
    """Whether a run of EM on so many numbers may take longer than handing it over is worth."""
    return float(n_numbers) * n_components * max_iter > LONG


# In a process of ours.

_told: Any = None  # how far its task is, and whether to stop


def _begin(told: Any, folder: str) -> None:
    """What a process does first, before anybody needs it. folder : of its `Parcels`."""
    global _told
    _told = told
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's, which ends us
    if hasattr(os, "nice"):
        os.nice(10)  # pages are answered first; with 5, a new setting beside ten Checks took 1.6 times that
    set_config(skip_parameter_validation=True)  # scikit-learn's, of what our own code asks of it
    Thread(target=_end_with_the_server, args=(folder,), daemon=True).start()


def _end_with_the_server(folder: str) -> None:
    server = parent_process()
    assert server is not None
    server.join()
    parcels.remove(folder)
    os._exit(0)


def _do(content: bytes, folder: str) -> Any:
    task: Task = parcels.unpack(content, folder)

    def report(done: int) -> None:
        _told[0] = done
        if _told[1]:
            raise Stopped

    with _within(task.limits.memory):
        return task.do(report)


@contextmanager
def _within(memory: float) -> Iterator[None]:
    """No more memory than that, in bytes, where the system can hold us to it."""
    try:
        import resource

        with open("/proc/self/statm") as sizes:
            has = int(sizes.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        memory = math.inf
    if memory == math.inf:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (has + int(memory), before[1]))
    try:
        yield
    except MemoryError:
        raise OverLimit("memory") from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


# In the server.


@contextmanager
def _without_main() -> Iterator[None]:
    """A process imports what is the main module here; in Streamlit, that is what some visitor's page runs."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class _Worker:
    """A process, which does one task at a time."""

    def __init__(self, parcels: Parcels) -> None:
        self._told, self._parcels = _context.RawArray("q", 2), parcels
        self._executor = ProcessPoolExecutor(1, _context, _begin, (self._told, parcels.folder))
        with _starting, _without_main():
            self._pid = self._executor.submit(os.getpid)  # which starts it
        self.ended = False

    def do(self, task: Task, report: Report) -> Any:
        """What the task finds. What `report` raises, called with how far it is, ends it.

        Raises `BrokenProcessPool` where the process dies, and `OverLimit`.
        """
        self._told[:] = [0, 0]
        parcel, folder = self._parcels.pack(task), self._parcels.folder
        future, end = (
            self._executor.submit(_do, parcel.content, folder),
            time.monotonic() + task.limits.seconds,
        )
        try:
            while not wait([future], LOOK).done:
                report(self._told[0])
                if time.monotonic() > end:
                    raise OverLimit("time")
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


class _Processes:
    """Some of them, each for the first who asks."""

    def __init__(self, n: int, parcels: Parcels) -> None:
        self._parcels = parcels
        self._workers = [_Worker(parcels) for _ in range(n)]
        self._idle: Queue[int] = Queue()
        for i in range(n):
            self._idle.put(i)

    def do(self, task: Task, report: Report, tries: int = 2) -> Any:
        """What the task finds, in the first process that is free; see `_Worker.do`. Raises `Died`."""
        i = self._free(report)
        try:
            for _ in range(tries):
                with suppress(BrokenProcessPool):
                    return self._workers[i].do(task, report)
                self._workers[i] = _Worker(self._parcels)
            raise Died
        finally:
            if self._workers[i].ended:
                self._workers[i] = _Worker(self._parcels)
            self._idle.put(i)

    def _free(self, report: Report) -> int:
        while True:
            with suppress(Empty):
                return self._idle.get(timeout=LOOK)
            report(0)

    def end(self) -> None:
        for worker in self._workers:
            worker.end()


class _Room:
    """The processes that compute, those that read, and who may have one.

    Work in one piece, which may be long, never gets the last: small tasks of others can always go on.
    """

    def __init__(self, n: int, cluster: Cluster | None = None) -> None:
        self._n, self.parcels, self._cluster = n, Parcels(), cluster
        self._computing, self._reading = _Processes(n + 1, self.parcels), _Processes(2, self.parcels)
        self._long = Semaphore(n)
        self.carriers = ThreadPoolExecutor(256, "carrier")  # they only wait

    @property
    def n(self) -> int:
        """How many tasks are done at once."""
        cluster = self._cluster
        return self._n if cluster is None else cluster.n

    def do_some(self, task: Task, report: Report) -> Any:
        """What a small task finds."""
        return self._on_cluster(task, report, self._computing.do)

    def do_whole(self, task: Task, report: Report) -> Any:
        """What work in one piece finds."""
        return self._on_cluster(task, report, self._whole)

    def _on_cluster(self, task: Task, report: Report, here: Callable[[Task, Report], Any]) -> Any:
        """On the cluster, as long as there is one; here, where there is none, or none any more."""
        cluster = self._cluster
        if cluster is not None:
            try:
                return cluster.do(task, report)
            except Lost as error:
                if self._cluster is not None:
                    self._cluster = None
                    say(cluster.address, error)
        return here(task, report)

    def _whole(self, task: Task, report: Report) -> Any:
        while not self._long.acquire(timeout=LOOK):
            report(0)
        try:
            return self._computing.do(task, report)
        finally:
            self._long.release()

    def read(self, task: Task, report: Report) -> Any:
        """What there is in a file. Raises `OverLimit`."""
        try:
            return self._reading.do(task, report, tries=1)
        except Died:
            raise OverLimit("memory") from None

    def end(self) -> None:
        self._computing.end()
        self._reading.end()
        self.parcels.end()
        if self._cluster is not None:
            self._cluster.end()
        self.carriers.shutdown(wait=False, cancel_futures=True)


_room: _Room | None = None


def start() -> None:
    """Start the processes, as many as the environment says, and else one a core."""
    global _room
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # heeded where numpy is imported anew, as by a process
    _context.set_forkserver_preload([__name__, *(f"gmm_core.{name}" for name in USED)])
    _room = _Room(_wanted(os.environ.get(SETTING, "")), found(os.environ.get(SCHEDULER, "")))


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
    task = Task(function, args, how, telling)
    return task.do(report) if _room is None or not far else _room.do_whole(task, report)


def read(
    function: Callable[..., T], *args: Any, limits: Limits, report: Report, telling: Telling, **how: Any
) -> T:
    """`function(*args, **how)` on what a stranger brought, in a process that may need no more than that.

    Raises what the function and `report` raise, and `OverLimit`.
    """
    task = Task(function, args, how, telling, limits)
    return task.do(report) if _room is None else _room.read(task, report)


def mapped(
    report: Report, telling: Telling | None = None
) -> Callable[[Callable[[Any], T], Iterable[Any]], Iterator[T]]:
    """What is called as the built-in `map` is, and does some of the items at once, each in a process.

    report : as in `run`; called with how far the item is that comes next.
    """

    def spread(function: Callable[[Any], T], items: Iterable[Any]) -> Iterator[T]:
        room, gone = _room, Event()
        if room is None:
            for item in items:
                yield Task(function, (item,), {}, telling).do(report)
            return

        def carry(item: Any, so_far: list[int]) -> T:
            def seen(done: int) -> None:
                so_far[0] = done
                if gone.is_set():
                    raise Stopped

            return room.do_some(Task(function, (item,), {}, telling), seen)

        def begin(item: Any) -> None:
            ahead.append((room.carriers.submit(carry, item, so_far := [0]), so_far))

        ahead: deque[tuple[Future[T], list[int]]] = deque()
        waiting, kept = iter(items), room.parcels.pack(function)  # its arrays stay, between tasks too
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
            del kept

    return spread

"""Tasks for a dask.distributed cluster that is there already, as whoever runs the server says.

Its workers must be able to import what is imported here, in the same versions; large arrays are scattered to
them, once, and are released there when nobody here needs them any more.
"""

from __future__ import annotations

import pickle
import platform
import sys
import time
from collections import Counter
from concurrent.futures import CancelledError, wait
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

from numpy.typing import NDArray

import gmm_core
from pages.ui.runs.work import parcels
from pages.ui.runs.work.parcels import Name, Places
from pages.ui.runs.work.tasks import Died, OverLimit, Report, Stopped, Task

SETTING = "EM_SCHEDULER"
PATIENCE = 5.0  # seconds for a scheduler to answer, and between two looks at whether there are workers
LOOK = 0.05  # seconds between two looks at how far a task is
BETWEEN = 0.3  # seconds between two messages of a task
PACKAGES = ("numpy", "scipy", "scikit-learn")


class Lost(Exception):
    """There is no such cluster, or none any more; the message says why."""


# On a worker.


def versions() -> dict[str, str]:
    """What must be the same everywhere for numbers to be the same, and for tasks to be understood."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2]), "gmm_core": gmm_core.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def _do(content: bytes, names: list[Name], told: str, topic: str, *arrays: NDArray[Any]) -> Any:
    from distributed import Event, get_client, get_worker

    task: Task = parcels.unpacked(content, dict(zip(names, arrays, strict=True)).__getitem__)
    worker, stop, last = get_worker(), Event(told, client=get_client()), 0.0

    def report(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > BETWEEN:
            last = now
            worker.log_event(topic, {"task": told, "done": int(done)})
            if stop.is_set():
                raise Stopped

    return task.do(report)


# In the server.


class _Scattered:
    """An array on the workers, as long as somebody needs it."""

    def __init__(self, array: NDArray[Any], client: Any) -> None:
        self.array, self.future = array, client.scatter(array, hash=True)


class Cluster:
    """The cluster whose scheduler has this address. Raises `Lost`, with a sentence."""

    def __init__(self, address: str) -> None:
        self.address, self._topic = address, f"em-explorer {uuid4().hex}"
        try:
            from distributed import Client
        except ImportError:
            raise Lost("the package distributed is not installed: pip install distributed") from None
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise Lost(f"no scheduler answers at {address!r} ({_first(error)})") from None
        try:
            self._same_versions()
            self.n = sum(self._client.nthreads().values())
            self._client.subscribe_topic(self._topic, self._hear)
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)
        self._far: dict[str, int] = {}
        self._places = Places(lambda array, _: _Scattered(array, self._client))

    def _same_versions(self) -> None:
        try:
            theirs = self._client.run(versions)
        except ImportError as error:
            raise Lost(
                f"its workers cannot import what is needed ({_first(error)}): start them with this folder in "
                "PYTHONPATH, and the packages of requirements.txt"
            ) from None
        if not theirs:
            raise Lost("it has no workers: start some")
        ours = versions()
        wrong = Counter(
            f"{name} {their[name]} in place of {ours[name]}"
            for their in theirs.values()
            for name in ours
            if their.get(name) != ours[name]
        )
        if wrong:
            raise Lost(f"its workers have other versions: {', '.join(sorted(wrong))}")

    def _hear(self, event: tuple[float, Any]) -> None:
        _, message = event
        if message["task"] in self._far:
            self._far[message["task"]] = message["done"]

    def do(self, task: Task, report: Report) -> Any:
        """What the task finds. What `report` raises, called with how far it is, ends it.

        Raises `Died` where workers die over it, `OverLimit`, and `Lost`.
        """
        from distributed import Event, KilledWorker

        told = uuid4().hex
        self._far[told] = 0
        try:
            parcel = parcels.packed(task, self._places)
            names, places = [place.name for place in parcel.kept], [place.what for place in parcel.kept]
            futures = [place.future for place in places]
            future = self._executor.submit(_do, parcel.content, names, told, self._topic, *futures)
            end = time.monotonic() + task.limits.seconds
            looked = time.monotonic()
            try:
                while not wait([future], LOOK).done:
                    report(self._far[told])
                    if time.monotonic() > end:
                        raise OverLimit("time")
                    if time.monotonic() - looked > PATIENCE:
                        looked = time.monotonic()
                        self._alive()
            except BaseException:
                future.cancel()
                if self._client.status == "running":
                    Event(told, client=self._client).set()
                raise
            return future.result()
        except KilledWorker:
            raise Died from None
        except (OSError, CancelledError, ImportError, pickle.PicklingError) as error:
            raise Lost(f"it is not there any more ({_first(error)})") from None
        finally:
            del self._far[told]

    def _alive(self) -> None:
        if self._client.status != "running" or not self._client.nthreads():
            raise Lost("it has no workers any more")

    def end(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close(timeout=PATIENCE)


def _first(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def found(address: str) -> Cluster | None:
    """The cluster of that scheduler; None where there is none, which is said."""
    try:
        return Cluster(address) if address else None
    except Lost as error:
        say(address, error)
        return None


def say(address: str, error: Lost) -> None:
    print(
        f"{SETTING}: the cluster at {address} is not used: {error}. Work is done in the processes of this "
        "server; start it again when the cluster is as it should be.",
        file=sys.stderr,
    )

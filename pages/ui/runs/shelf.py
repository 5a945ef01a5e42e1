"""What visitors brought, in memory: until some hours after it was last used, and only so many bytes of it.

Some of it is on disk, too, and comes back from there after a restart, or from another server.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

from pages.ui.runs import on_disk
from pages.ui.runs.on_disk import SECONDS, Kept

T = TypeVar("T")


@dataclass(frozen=True)
class OnDisk(Generic[T]):
    """How values of a kind are kept on disk: by a name that is text.

    changes : whether another server may put another value by the same name; then the disk is asked first.
    """

    kind: str
    write: Callable[[T], Kept]
    read: Callable[[Kept], T]
    changes: bool = False


def _known_size(sized: tuple[T, int]) -> int:
    return sized[1]


class Shelf(Generic[T]):
    """Values by name, shared by all visitors; what was not used for the longest time goes first."""

    def __init__(self, most_bytes: int, size: Callable[[T], int], disk: OnDisk[T] | None = None) -> None:
        # With their sizes: to give a value some hours more, it is put there again.
        self._kept: TTLCache[Hashable, tuple[T, int]] = TTLCache(most_bytes, SECONDS, getsizeof=_known_size)
        self._size, self._lock, self._disk = size, Lock(), disk
        self._here_alone: set[Hashable] = set()  # names of what could not be written

    def put(self, name: Hashable, value: T) -> T:
        if (disk := self._disk) is not None:
            there = not disk.changes and on_disk.touch(disk.kind, str(name))
            there = there or on_disk.put(disk.kind, str(name), disk.write(value))
            (self._here_alone.discard if there else self._here_alone.add)(name)
        return self._remember(name, value)

    def get(self, name: Hashable) -> T | None:
        """The value of that name, and some hours more for it; None where there is none."""
        disk = self._disk
        with self._lock:
            sized = self._kept.get(name)
            if sized is not None:
                self._kept[name] = sized
        if disk is None or name in self._here_alone or (sized is not None and not disk.changes):
            if disk is not None:
                on_disk.touch(disk.kind, str(name))
            return None if sized is None else sized[0]
        kept = on_disk.get(disk.kind, str(name))
        try:
            return None if kept is None else self._remember(name, disk.read(kept))
        except (ValueError, TypeError, KeyError):  # of another version: it can be put there again
            on_disk.drop(disk.kind, str(name))
            return None

    def drop(self, name: Hashable) -> None:
        """Keep it no longer."""
        with self._lock:
            self._kept.pop(name, None)
        if self._disk is not None:
            on_disk.drop(self._disk.kind, str(name))

    def _remember(self, name: Hashable, value: T) -> T:
        sized = value, self._size(value)
        with self._lock:
            self._kept[name] = sized
        return value

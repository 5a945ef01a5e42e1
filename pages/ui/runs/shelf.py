"""What visitors brought, in memory: until some hours after it was last used, and only so many bytes of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

T = TypeVar("T")
SECONDS = 4 * 3600


def _known_size(sized: tuple[T, int]) -> int:
    return sized[1]


class Shelf(Generic[T]):
    """Values by name, shared by all visitors; what was not used for the longest time goes first."""

    def __init__(self, most_bytes: int, size: Callable[[T], int]) -> None:
        # With their sizes: to give a value some hours more, it is put there again.
        self._kept: TTLCache[Hashable, tuple[T, int]] = TTLCache(most_bytes, SECONDS, getsizeof=_known_size)
        self._size, self._lock = size, Lock()

    def put(self, name: Hashable, value: T) -> T:
        sized = value, self._size(value)
        with self._lock:
            self._kept[name] = sized
        return value

    def get(self, name: Hashable) -> T | None:
        """The value of that name, and some hours more for it; None where there is none."""
        with self._lock:
            sized = self._kept.get(name)
            if sized is None:
                return None
            self._kept[name] = sized
        return sized[0]

    def drop(self, name: Hashable) -> None:
        """Keep it no longer."""
        with self._lock:
            self._kept.pop(name, None)

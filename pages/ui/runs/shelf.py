"""What visitors brought, in memory: until some hours after it was last used, and only so many bytes of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import TTLCache

T = TypeVar("T")
SECONDS = 4 * 3600


class Shelf(Generic[T]):
    """Values by name, shared by all visitors; what was not used for the longest time goes first."""

    def __init__(self, most_bytes: int, size: Callable[[T], int]) -> None:
        self._kept: TTLCache[Hashable, T] = TTLCache(most_bytes, SECONDS, getsizeof=size)
        self._lock = Lock()

    def put(self, name: Hashable, value: T) -> T:
        with self._lock:
            self._kept[name] = value
        return value

    def get(self, name: Hashable) -> T | None:
        """The value of that name, and some hours more for it; None where there is none."""
        with self._lock:
            value = self._kept.get(name)
            if value is not None:
                self._kept[name] = value
        return value

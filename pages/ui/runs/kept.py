"""What is made of settings: once for all visitors, for some hours, and only so much of it.

Streamlit's cache counts entries, of which one may be a kilobyte and another half a gigabyte.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import signature
from threading import RLock
from typing import Any, TypeVar

import numpy as np

from pages.ui.runs.jobs import Job
from pages.ui.runs.shelf import Shelf

T = TypeVar("T")
LOCKS = 64  # for different settings; the same are made once
MOST = 256  # of what is small: thousands of it would be kept for nobody, and memory would grow all day


def kept(most_bytes: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A decorator: what a function makes is kept by its arguments, but for those with an underscore."""

    def decorate(make: Callable[..., T]) -> Callable[..., T]:
        def room(entry: tuple[T, bool]) -> int:
            # What is larger than all that may be takes the place of all.
            return min(max(size_of(entry[0]), most_bytes // MOST), most_bytes)

        shelf: Shelf[tuple[T, bool]] = Shelf(most_bytes, room)
        named = [i for i, name in enumerate(signature(make).parameters) if not name.startswith("_")]
        locks = [RLock() for _ in range(LOCKS)]

        @wraps(make)
        def once(*args: Any) -> T:
            name: Hashable = tuple(args[i] for i in named)
            with locks[hash(name) % LOCKS]:
                found = shelf.get(name)
                if found is None:
                    found = shelf.put(name, (made := make(*args), _is_whole(made)))
                elif not found[1] and _is_whole(found[0]):
                    shelf.put(name, (found[0], True))  # a job has found all, which has a size
            return found[0]

        return once

    return decorate


def _is_whole(value: object) -> bool:
    return not isinstance(value, Job) or value.whole


def size_of(value: object) -> int:
    """About how many bytes a value holds: those of its arrays and texts, and some for each object."""
    total, todo, seen = 0, [value], set[int]()
    while todo:
        one = todo.pop()
        if id(one) in seen or one is None or isinstance(one, bool | int | float | type):
            continue
        seen.add(id(one))
        total += 64
        if isinstance(one, np.ndarray):
            total += one.nbytes
        elif isinstance(one, str | bytes):
            total += len(one)
        else:
            todo.extend(_parts(one))
    return total


def _parts(value: Any) -> Iterable[object]:
    if isinstance(value, Job):
        return (value.result() if value.whole else value.so_far,)
    if is_dataclass(value):
        return (getattr(value, field.name) for field in fields(value))
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, tuple | list | set | frozenset) else ()

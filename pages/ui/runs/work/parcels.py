"""What a task is given, on its way to a process: arrays that are large lie in files, which processes map.

So an array is written once, under the digest of what it holds, for all tasks and all visitors, and its file
goes when the last parcel with it has gone. Smaller ones travel with each task: a sum in a process took 1.0 ms
with 100 kB that travelled and 1.1 ms with a file, 1.0 and 0.9 with 250 kB, 2.9 and 1.1 with 1 MB, and 890 and
29 with 64 MB.
"""

from __future__ import annotations

import io
import pickle
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary, finalize

import numpy as np
from numpy.typing import NDArray

LARGE = 250_000  # bytes
Name = str


def digest(array: NDArray[Any]) -> Name:
    """Names what an array holds, and how it lies in memory."""
    rows = array if array.flags.c_contiguous or not array.flags.f_contiguous else array.T
    kind = f"{array.dtype.str} {array.shape} {rows is array}".encode()
    return blake2b(np.ascontiguousarray(rows).view(np.uint8).data, key=blake2b(kind).digest()).hexdigest()[
        :32
    ]


@dataclass(frozen=True, eq=False)
class Place:
    """Where an array is, by its name, as long as somebody needs it. what : keeps it there."""

    name: Name
    array: NDArray[Any]
    what: Any


class Places:
    """Those of large arrays: arrays that hold the same have one.

    make : puts an array there, given a name for it.
    """

    def __init__(self, make: Callable[[NDArray[Any], Name], Any]) -> None:
        self._make = make
        self._by_name: WeakValueDictionary[Name, Place] = WeakValueDictionary()
        self._seen: WeakValueDictionary[int, Place] = WeakValueDictionary()  # by where an array is in memory
        self._numbers, self._lock = count(), Lock()

    def __call__(self, array: NDArray[Any]) -> Place:
        with self._lock:
            found = None if array.flags.writeable else self._seen.get(id(array))
            if found is None:
                held = digest(array)
                found = self._by_name.get(held)
                if found is None:
                    # A number, as what was made of an array that was forgotten may go just now.
                    name = f"{held}-{next(self._numbers)}"
                    found = Place(name, array, self._make(array, name))
                    self._by_name[held] = self._seen[id(array)] = found
            return found


class _File:
    """An array in a file, which goes with this."""

    def __init__(self, array: NDArray[Any], path: Path) -> None:
        finalize(self, path.unlink, missing_ok=True)
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)


@dataclass(frozen=True)
class Parcel:
    """What was packed; its large arrays, which are elsewhere, are kept there as long as the parcel is."""

    content: bytes
    kept: tuple[Place, ...]


class Parcels:
    """Those of a server, with the folder in which their arrays lie, for this user alone."""

    def __init__(self) -> None:
        self.folder = mkdtemp(prefix="em-explorer-")
        self._places = Places(lambda array, name: _File(array, Path(self.folder, f"{name}.npy")))

    def pack(self, what: Any) -> Parcel:
        """A parcel for `unpack`. Where its arrays cannot be written, they are in it."""
        try:
            return packed(what, self._places)
        except OSError as error:
            print(
                f"Data could not be written to {self.folder} ({error.strerror or error}): they travel to the "
                "processes with each task, which takes longer. Make room there, or set TMPDIR to another "
                "folder.",
                file=sys.stderr,
            )
            return Parcel(pickle.dumps(what), ())

    def end(self) -> None:
        remove(self.folder)


def remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class _Packing(pickle.Pickler):
    def __init__(self, into: io.BytesIO, places: Places) -> None:
        super().__init__(into, pickle.HIGHEST_PROTOCOL)
        self.places, self.kept = places, {}

    def persistent_id(self, one: Any) -> Name | None:
        if type(one) is not np.ndarray or one.nbytes < LARGE or one.dtype.kind not in "biuf":
            return None
        place = self.places(one)
        self.kept[place.name] = place
        return place.name


class _Unpacking(pickle.Unpickler):
    def __init__(self, content: io.BytesIO, find: Callable[[Name], NDArray[Any]]) -> None:
        super().__init__(content)
        self.find = find

    def persistent_load(self, name: Name) -> NDArray[Any]:
        return self.find(name)


def packed(what: Any, places: Places) -> Parcel:
    """A parcel whose large arrays are in their places."""
    content = io.BytesIO()
    packing = _Packing(content, places)
    packing.dump(what)
    return Parcel(content.getvalue(), tuple(packing.kept.values()))


def unpacked(content: bytes, find: Callable[[Name], NDArray[Any]]) -> Any:
    """What is in a parcel; `find` knows the arrays by their names."""
    return _Unpacking(io.BytesIO(content), find).load()


def unpack(content: bytes, folder: str) -> Any:
    """What `Parcels.pack` packed, in another process."""
    return unpacked(content, lambda name: np.asarray(np.load(Path(folder, f"{name}.npy"), mmap_mode="r")))

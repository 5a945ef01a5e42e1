"""A scene as bytes: the header, which is all that Python tells the browser in words, and arrays of numbers.

Four bytes with the length of a JSON header, the header, then the arrays it names, each from a multiple of
eight bytes. Nothing is deflated: a browser inflates only while it does something else, and the first frame
would wait for that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Header:
    """What is told of every run. What only one panel needs is said by that panel, as facts of a `Part`.

    k, n, total, steps : components, points that are drawn, all points, iterations.
    stop, ending : why it ended, as a word and as a sentence. collapsed : the component that did.
    default_stop : the iteration at which scikit-learn's default tolerance would have stopped.
    falls : the iterations in which the curve fell. palette : a colour for each component; `most` there are.
    dot : the size of a point in pixels. data, fit : names of the points, and of the run whatever the view.
    draggable, editable : whether means, and points, can be moved. first_number : of the first component.
    images_first : whether the images are what the player is about. shuffled : the rows are.
    fallen : the points that a collapsed component fell on.
    words : sentences for "start", "E" and "M"; and what a "component" is called, if anything else.
    curve : the array that the curve draws, and its title, instead of the log-likelihood.
    views : of the curve, those that are offered. limits : between which it is drawn.
    begins_at : the iteration of the whole run, of which this is a part, that the start is.
    """

    k: int
    n: int
    total: int
    steps: int
    dot: float
    stop: str
    collapsed: int | None
    ending: str
    default_stop: int | None
    falls: Sequence[int] | None = None
    palette: Sequence[str]
    most: int | None = None
    data: str
    fit: str
    draggable: bool | None = None
    editable: bool | None = None
    first_number: int
    images_first: bool
    shuffled: bool
    fallen: Sequence[int] = field(default_factory=list)
    words: dict[str, str] | None = None
    curve: tuple[str, str] | None = None
    views: Sequence[str] | None = None
    limits: tuple[float, float] | None = None
    begins_at: int | None = None

    def facts(self) -> Facts:
        """By name, in their order; what may be None is left out where it is."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        needed = {one.name for one in fields(self) if one.default is MISSING}
        return {name: value for name, value in values.items() if name in needed or value is not None}


class Part(NamedTuple):
    """What a panel adds to a scene: facts for the header, and arrays, by their names."""

    facts: Facts
    arrays: Arrays


@dataclass(frozen=True)
class Scene:
    """A run as the player draws it. Of `total` rows, `rows` are drawn.

    `run` names all that is drawn, `fit` the run whatever the view, `data` the points. `parted` is a sentence
    where agreement with known groups and log-likelihood did not rise together.
    """

    run: str
    fit: str
    data: str
    content: bytes
    rows: NDArray[np.int64]
    total: int
    parted: str = ""


class Together(NamedTuple):
    """The content of a scene that stands beside another, and what the two are called then."""

    content: bytes
    titles: tuple[str, str]


def pack(header: Header, rows: NDArray[np.int64], arrays: Arrays, parts: Sequence[Part]) -> Scene:
    """The scene as bytes, with a name for all that is drawn: their digest."""
    facts = header.facts()
    for part in parts:
        facts |= part.facts
        arrays = arrays | part.arrays
    described: Facts = {}
    blobs: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        described[name] = {"type": array.dtype.name, "shape": array.shape, "offset": offset}
        blob = array.tobytes()
        blob += bytes(-len(blob) % 8)
        blobs.append(blob)
        offset += len(blob)
    body = b"".join(blobs)
    run = digest(json.dumps(facts).encode() + body)
    text = json.dumps(facts | {"run": run, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    content = len(text).to_bytes(4, "little") + text + body
    return Scene(run, header.fit, header.data, content, rows, header.total)


def opened(content: bytes, **how: Any) -> bytes:
    """A scene as it is sent: in front, as JSON, how it shall be opened."""
    text = json.dumps(how).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return len(text).to_bytes(4, "little") + text + content


def told(content: bytes) -> Facts:
    """The header of a scene."""
    return json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])


def decode(content: bytes) -> tuple[Facts, Arrays]:
    """The header and the arrays of a scene, as the browser reads them.

    The arrays are read-only; of the changes it makes `responsibilities`, (t, n, k) as bytes.
    """
    body = 4 + int.from_bytes(content[:4], "little")
    header = told(content)
    arrays: Arrays = {}
    for name, described in header["arrays"].items():
        shape, start = described["shape"], body + described["offset"]
        values = np.frombuffer(content, described["type"], int(np.prod(shape)), start)
        arrays[name] = values.reshape(shape)
    differences = np.zeros((header["steps"] + 1) * header["n"] * header["k"], np.uint8)
    differences[np.cumsum(arrays["gaps"].astype(np.int64) + 1) - 1] = arrays["changes"]
    by_step = differences.reshape(header["steps"] + 1, header["n"], header["k"])
    arrays["responsibilities"] = np.cumsum(by_step, axis=0, dtype=np.uint8)
    return header, arrays


def digest(*parts: bytes) -> str:
    return sha256(b"".join(parts)).hexdigest()[:16]

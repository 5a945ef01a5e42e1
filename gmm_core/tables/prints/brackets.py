"""Lists and arrays in brackets, wherever they stand in a text, as arrays; what is cut off is told.

Read with a stack of brackets and patterns, without recursion: how deep a text nests does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.tables.numbers import MISSING_WORDS
from gmm_core.tables.prints.names import HELPERS
from gmm_core.tables.reading import TableError
from gmm_core.words import count, quoted

_DEEPEST = 4  # iterations, components, and the rows and columns of a matrix
_PIECES = re.compile(r"[\[\](){}]|(?<!\w)(?<!\d\.)[^\W\d_]\w*|:")
_VALUES = re.compile(r"nan|inf|infinity|na|none|null", re.IGNORECASE)
_PAIRS = {")": "(", "]": "[", "}": "{"}
SHORT = re.compile(r"\.{2,}|…|⋮|⋯|⋱")
NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?"
_NUMBER = re.compile(NUMBER)
_MISSING = frozenset(word.lower() for word in MISSING_WORDS)


@dataclass(frozen=True)
class Bracketed:
    """The text of a list with its brackets, and where it is in the whole text."""

    text: str
    begin: int
    end: int


@dataclass(frozen=True)
class Cut:
    """A bracket without its other half, at a place of the text."""

    at: int
    opens: bool


@dataclass
class _Open:
    sign: str
    at: int
    call: int  # where the name stands of array or the like, which is no level of a list; else -1
    pure: bool = True  # so far, there are only numbers within


def find_lists(text: str) -> tuple[str, list[Bracketed], list[Cut]]:
    """The text without brackets that only call array or the like, the outermost brackets with nothing but
    numbers and brackets in them, and those without a partner.
    """
    stack: list[_Open] = []
    spans: list[tuple[int, int]] = []
    cuts: list[Cut] = []
    calls: list[tuple[int, int]] = []
    helper = (-2, -2)
    for piece in _PIECES.finditer(text):
        sign = piece[0]
        if sign in "[({":
            call = helper[0] if sign == "(" and helper[1] == piece.start() else -1
            stack.append(_Open(sign, piece.start(), call))
        elif sign in _PAIRS:
            if not stack or stack[-1].sign != _PAIRS[sign]:
                cuts.append(Cut(piece.start(), opens=False))
                continue
            opened = stack.pop()
            if not opened.pure and stack:
                stack[-1].pure = False
            if opened.call >= 0:
                calls += [(opened.call, opened.at + 1), (piece.start(), piece.end())]
            elif opened.pure:
                while spans and spans[-1][0] > opened.at:
                    spans.pop()  # part of this one
                spans.append((opened.at, piece.end()))
        elif sign.lower() in HELPERS:
            helper = (helper[0] if helper[1] == piece.start() - 1 else piece.start(), piece.end())
        elif stack and not _VALUES.fullmatch(sign):
            stack[-1].pure = False
    cuts += [Cut(opened.at, opens=True) for opened in stack]
    text = _blanked(text, sorted(calls))
    lists = [Bracketed(text[begin:end], begin, end) for begin, end in spans]
    return text, [one for one in lists if _holds_numbers(one.text)], cuts


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, at = [], 0
    for begin, end in spans:
        pieces += [text[at:begin], " " * (end - begin)]
        at = end
    return "".join([*pieces, text[at:]]) if spans else text


def _holds_numbers(text: str) -> bool:
    """Whether brackets hold a list, and not only one number in round ones."""
    inner = text.strip("()")
    return (text[0] != "(" or "," in text or inner[:1] in "[({") and (
        re.search(r"(?<!\w)(?:[.\d]|nan|inf)", text, re.IGNORECASE) is not None
    )


def values_of(tokens: list[str], where: str = "") -> Array:
    """Numbers as text -> an array (m,), NaN for what is missing; a `TableError` for what is no number."""
    try:
        return np.array(tokens, dtype=np.float64)
    except ValueError:
        return np.array([_value(token, where) for token in tokens])


def _value(token: str, where: str) -> float:
    if _NUMBER.fullmatch(bare := token.rstrip("%")):
        power = "e-2" if bare != token and "e" not in bare.lower() else ""
        return float(re.sub("[dD]", "e", bare) + power)
    lower = token.lower()
    if lower in _MISSING:
        return float("nan")
    if re.fullmatch(r"[+-]?inf(inity)?", lower):
        return float(lower)
    raise TableError(
        f"{where}: {quoted(token)} is no number. Leave it out, or write nan where it is missing."
    )


def array_of(text: str, name: str) -> Array:
    """A list in brackets as an array of as many axes as it has levels.

    A `TableError`, which begins with `name`, says why it is none: shortened, ragged, too deep.
    """
    if SHORT.search(text):
        raise TableError(
            f"{name} is shortened: values were replaced by {quoted(SHORT.findall(text)[0])} when it was "
            "printed. Print all, with print(x.tolist()), or after "
            "numpy.set_printoptions(threshold=sys.maxsize)."
        )
    text = text.translate(str.maketrans("(){}'\"", "[][]  "))
    if text.count("[") == 1 and ";" in text:  # [1 2; 3 4], as MATLAB and Julia write it
        text = text.strip(" ;[]")
        pages = [page.split(";") for page in text.split(";;;")]
        text = "],[".join("[" + "],[".join(page) + "]" for page in pages)
        text = f"[{text}]" if len(pages) == 1 else f"[[{text}]]"
    elif ";" in text:
        text = re.sub(r"\[([^\[\]]*;[^\[\]]*)\]", lambda matrix: f"[[{matrix[1].replace(';', '],[')}]]", text)
    rows = [re.split(r"[\s,;]+", row.strip(" \t\r\n,;")) for row in re.findall(r"\[([^\[\]]*)\]", text)]
    rows = [row for row in rows if row != [""]]
    if not rows:
        raise TableError(f"{name} is an empty list.")
    width = len(rows[0])
    for i, row in enumerate(rows, start=1):
        if len(row) != width:
            raise TableError(
                f"{name}: row {i} has {count(len(row), 'value')} where {width} were expected. "
                "Give every row the same number of values."
            )
    if re.search(r"\d", re.sub(r"\[[^\[\]]*\]", "", text)):
        raise TableError(f"{name} is a list whose parts differ in length or depth. Print it as an array.")
    values = values_of([token for row in rows for token in row], name)
    return values.reshape(*_shape(text, name), width)


def _shape(text: str, name: str) -> Iterator[int]:
    """How many there are on each level above the rows, from the outermost to the innermost."""
    level = "a"
    skeleton = re.sub(r"[^\[\]]+", "", text).replace("[]", level)
    shape: list[int] = []
    while skeleton != level:
        if len(shape) == _DEEPEST:
            raise TableError(f"{name} is a list of more than {_DEEPEST} levels. Paste one set of parameters.")
        sizes = {len(row) for row in re.findall(rf"\[({level}+)\]", skeleton)}
        skeleton = re.sub(rf"\[{level}+\]", level := chr(ord(level) + 1), skeleton)
        if len(sizes) != 1 or set(skeleton) - {"[", "]", level}:
            raise TableError(f"{name} is a list whose parts differ in length or depth. Print it as an array.")
        shape.insert(0, sizes.pop())
    return iter(shape)

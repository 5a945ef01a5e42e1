"""What the readers of tables share: limits, errors, and how far they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gmm_core.words import quoted, safe

OnProgress = Callable[[float, str], None]


@dataclass(frozen=True)
class Limits:
    """How large a table may be that is read."""

    upload: int = 100_000_000  # bytes
    unpacked: int = 200_000_000  # bytes of an Excel file or of the columns of a Parquet file
    printed: int = 10_000_000  # bytes of a printed list
    rows: int = 5_000_000
    columns: int = 1_000
    cells: int = 30_000_000  # 240 MB as floats, and several times that while they are read
    features: int = 20  # columns that are used where none are chosen


LIMITS = Limits()


class TableError(ValueError):
    """A table that cannot be used; the message is a sentence for the user.

    table : the `Table` that was read, where that much was; it offers no features.
    decided : the `Decided` of a file that could be read in another way, where that much is known.
    """

    table: Any = None
    decided: Any = None


class Doubt(str):
    """A sentence about what may as well be otherwise in a table.

    touches : how other groups may follow from it, in half a sentence; "" where none can. columns : in which
    of these; () where it is about rows, and so about all.
    """

    touches: str
    columns: tuple[str, ...]

    def __new__(cls, sentence: str, touches: str = "", columns: Sequence[str] = ()) -> Doubt:
        made = super().__new__(cls, sentence)
        made.touches, made.columns = touches, tuple(columns)
        return made

    def about(self, names: Mapping[str, str]) -> Doubt:
        """The same where columns are called otherwise now."""
        return Doubt(self, self.touches, [names.get(name, name) for name in self.columns])


def doubts_in(said: Iterable[str]) -> list[Doubt]:
    """Those of these sentences that are in doubt."""
    return [one for one in said if isinstance(one, Doubt)]


# What can be chosen, by the names that `Choices` and a link have for it.
WIDE = "\x1f"  # the separator in place of two spaces or more
SEPARATORS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "bar": "|",
    "colon": ":",
    "space": " ",
    "spaces": WIDE,
    "none": "",
}
ANYTHING = "any"  # the choice of a separator where all numbers are one column, whatever is between them
DECIMALS = {"point": ".", "comma": ","}
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Western European, Windows (cp1252)",
    "latin-1": "Western European, Latin-1",
    "mac_roman": "Western European, old Mac (Mac Roman)",
    "cp1250": "Central European, Windows (cp1250)",
    "cp1251": "Cyrillic, Windows (cp1251)",
    "koi8_r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek, Windows (cp1253)",
    "shift_jis": "Japanese (Shift-JIS)",
    "gbk": "Chinese (GBK)",
    "big5": "Chinese, traditional (Big5)",
    "euc_kr": "Korean (EUC-KR)",
    "utf-16": "UTF-16",
}
BELOW_LIMIT = ("missing", "half")
HEADER = re.compile(r"none|[1-9]\d{0,6}(-[1-9]\d{0,6})?")


@dataclass(frozen=True)
class Choices:
    """How a table is read where it is not decided by evidence, as it is where these are "".

    sheet : the name of a sheet. header : the number of the row with the names, "3", of the first and last of
    two, "3-4", or "none". separator : a name of `SEPARATORS`, or "any". decimal : "point" or "comma".
    encoding : a name of `ENCODINGS`. below_limit : what <0.5 is, "missing" or "half" the limit.
    """

    sheet: str = ""
    header: str = ""
    separator: str = ""
    decimal: str = ""
    encoding: str = ""
    below_limit: str = ""

    def __post_init__(self) -> None:
        first, _, last = self.header.partition("-")
        if self.header and (
            not HEADER.fullmatch(self.header) or (last and not int(first) < int(last) <= int(first) + 3)
        ):
            raise TableError(
                f"The header is {quoted(self.header)}; it is the number of a row, such as 1, of two rows "
                "that follow each other, such as 1-2, or none."
            )
        for name, known in (
            ("separator", (*SEPARATORS, ANYTHING)),
            ("decimal", DECIMALS),
            ("encoding", ENCODINGS),
            ("below_limit", BELOW_LIMIT),
        ):
            if (value := getattr(self, name)) and value not in known:
                raise TableError(
                    f"There is no {name.replace('_', ' ')} {quoted(value)}. Known are {', '.join(known)}."
                )

    @property
    def made(self) -> tuple[str, ...]:
        """What was chosen, by the names of these fields."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name))


AS_FOUND = Choices()  # nothing is chosen, all is decided by evidence


@dataclass(frozen=True)
class Decided:
    """How a table was read, and how else it could be.

    choices : what was decided, in the words of `Choices`; "" for what is no question in such a file.
    offered : what could be chosen instead, by the names of `Choices`; nothing else can be.
    lines : the numbers and the texts of the first lines in the file, or rows of a sheet.
    doubts : what may as well be otherwise.
    """

    choices: Choices = AS_FOUND
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: tuple[tuple[int, str], ...] = ()
    doubts: tuple[Doubt, ...] = ()


NOTHING_DECIDED = Decided()
SAMPLE_LINES = 200  # the first of a file, by which separator and header are judged
SHOWN_LINES = 12  # the first of a file, in which the names are likely to be


def offered_headers(lines: Sequence[tuple[int, str]], decided: str) -> tuple[str, ...]:
    """Which rows may hold the names: none, any of the first, two of them that follow each other."""
    numbers = [str(number) for number, _ in lines]
    pairs = [f"{above}-{below}" for above, below in pairwise(numbers)]
    return tuple(dict.fromkeys(["none", *numbers, *pairs, *filter(None, [decided])]))


@dataclass(frozen=True)
class Raw:
    """A table as it was read, the numbers (n,) of its rows in the file, and what was found.

    left_out : the numbers of lines between them that were left out, as `findings` say.
    decided : how it was read, as far as its reader decides that.
    """

    table: pa.Table
    numbers: NDArray[np.int64]
    findings: list[str]
    semicolons: bool = False  # stand between the columns, as where a comma is the decimal sign
    left_out: NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))
    decided: Decided = NOTHING_DECIDED


def raw(
    columns: Sequence[Sequence[Any]],
    names: Sequence[str] | None,
    findings: list[str],
    numbers: Sequence[int] | None = None,
    decided: Decided = NOTHING_DECIDED,
) -> Raw:
    """Columns of equal length as a `Raw` table; its rows are counted from 1 where they have no numbers."""
    arrays = [_arrow(column) for column in columns]
    table = pa.table(arrays, names=unique(names, len(arrays)))
    rows = np.arange(1, len(table) + 1) if numbers is None else np.array(numbers, np.int64)
    return Raw(table, rows, findings, decided=decided)


def _arrow(values: Sequence[Any]) -> pa.Array:
    """Values as an Arrow array; as text where their types differ."""
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


def unique(names: Sequence[str] | None, width: int) -> list[str]:
    """A name for every column, none twice: x1, x2, ... where the file has none."""
    made: list[str] = []
    seen: set[str] = set()
    copies: dict[str, int] = {}
    for j in range(width):
        plain = ((names[j] if names and j < len(names) else "") or ("x" if width == 1 else f"x{j + 1}"))[:200]
        name, copy = plain, copies.get(plain, 1)
        while name in seen:
            copy += 1
            name = f"{plain}.{copy}"
        copies[plain] = copy
        seen.add(name)
        made.append(name)
    return made


# What a reader does, and the shares of the whole at which it begins and ends.
READING, NUMBERS, LOOKING = "Reading rows", "Recognising numbers", "Looking at the columns"
_STAGES = {READING: (0.0, 0.5), NUMBERS: (0.5, 0.8), LOOKING: (0.8, 1.0)}


def stage_of(share: float) -> str:
    """What a reader does that has done this share of the whole, from 0 to 1."""
    return next((stage for stage, (_, end) in _STAGES.items() if share < end), LOOKING)


@dataclass(frozen=True)
class Reading:
    """What is read: its name in sentences, its limits, whom to tell how far it is, and what was chosen.

    pasted : whether it is a text, which has no encoding.
    """

    name: str
    limits: Limits
    on_progress: OnProgress | None = None
    choices: Choices = AS_FOUND
    pasted: bool = False

    def tell(self, stage: str, part: float) -> None:
        """How much of a stage is done, from 0 to 1."""
        if self.on_progress is not None:
            begin, end = _STAGES[stage]
            self.on_progress(begin + (end - begin) * min(part, 1.0), stage)

    def check_size(self, n: int, d: int) -> None:
        """A `TableError` for more rows, columns or cells than can be read."""
        if d > self.limits.columns:
            raise self.too_many(d, "column", self.limits.columns)
        if n > self.limits.rows:
            raise self.too_many(n, "row", self.limits.rows)
        if n * d > self.limits.cells:
            raise TableError(
                f"{self.name} has {n:,} rows and {d:,} columns; at most {self.limits.cells:,} cells can be "
                "read. Take a sample of its rows, or leave columns out."
            )

    def too_many(self, found: int, noun: str, limit: int) -> TableError:
        advice = "Leave columns out" if noun == "column" else "Take a sample of its rows"
        return TableError(f"{self.name} has {found:,} {noun}s; at most {limit:,} can be read. {advice}.")


@contextmanager
def or_say(sentence: str, errors: type[Exception] | tuple[type[Exception], ...]) -> Iterator[None]:
    """What a parser that is not ours raises becomes a `TableError`."""
    try:
        yield
    except TableError:
        raise
    except errors as error:
        reason = safe(str(error).strip().partition("\n")[0], 200).rstrip(".")
        raise TableError(f"{sentence}{f' ({reason})' if reason else ''}.") from error


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

"""Tables written as code, in Python, R, MATLAB or JavaScript: lists with names. Nothing of it is executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gmm_core.tables.numbers import is_plain
from gmm_core.tables.reading import TableError
from gmm_core.words import count, quoted

Cells = list["str | Cells"]

_LISTS = re.compile(r"(?:=|<-|:|\()\s*(?:[\w.]+\(\s*)*(?:\[|c\(|[({]\s*[\d.+-])")
_QUOTES = "\"'`"
_RANGE = re.compile(r"(-?\d{1,7}):(-?\d{1,7})")
_TOKEN = re.compile(
    r"(?P<comment>(?:#|//|^\s*%).*)|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|<-"
    rf"|(?<![\w.:]){_RANGE.pattern}(?![\w.:])|[\[\](){{}}=:,;]|[^\s\[\](){{}}=:,;\"'`<]+|<",
    re.MULTILINE,
)
_OPENS, _CLOSES = {"[": "]", "c(": ")", "(": ")", "{": "}"}, {"]", ")", "}"}
_ASSIGNS = {"=", "<-", ":"}
_NAME = re.compile(r"[A-Za-z_.][\w.]*|[\"'`].+[\"'`]")
_OF_LEVELS = {"levels", ".Label"}
_OF_NAMES = {"columns", "names", "col.names", "colnames", "dimnames"}
_OF_SHAPE = {"ncol", "nrow", "byrow"}
_BESIDE = {"class", "row.names", "index", "dtype", "dim", "labels", ".internal.selfref"}
_MISSING = re.compile(r"NA_\w+_|(?:np|numpy|math|torch)\.nan|undefined|missing")
_MOST_IN_RANGES = 1_000_000  # numbers that ranges such as 1:6 stand for, in one text
_LONGEST = 3_000_000  # characters
_DEEPEST = 20  # lists within lists
_INSIDE = 0.9  # of all numbers of a text that is code are in its lists


@dataclass
class _Found:
    """Lists by name, rows and columns of a matrix that is written as one list, and numbers beside all."""

    lists: dict[str, Cells] = field(default_factory=dict)
    twice: bool = False
    columns: list[str] = field(default_factory=list)
    shape: dict[str, str] = field(default_factory=dict)
    numbers_beside: int = 0


def written_table(text: str, name: str) -> tuple[list[str], list[list[str]]] | None:
    """The names and columns of a table that is written as code; None for other text, and for one list alone.

    name : of the text, for a `TableError` where its lists have different lengths.
    """
    if len(text) > _LONGEST or not _LISTS.search(text[:4000]):
        return None
    tokens = list(_tokens(text))
    if sum(map(_length, tokens)) > _MOST_IN_RANGES:
        return None
    found = _found_in(tokens)
    if found is None or found.twice:
        return None
    if len(found.lists) == 1 and not found.columns and not found.shape:
        return None
    columns: dict[str, list[str]] = {}
    for called, cells in found.lists.items():
        part = _columns_of(called, cells, found)
        if not part or part.keys() & columns.keys():
            return None
        columns |= part
    numbers = sum(is_plain(cell) for column in columns.values() for cell in column)
    if len(columns) < 2 or numbers < _INSIDE * (numbers + found.numbers_beside) or numbers < 2:
        return None
    (first, length), *others = ((key, len(column)) for key, column in columns.items())
    for key, other in others:
        if other != length:
            raise TableError(
                f"{name} is code with lists of different lengths: {quoted(first)} has "
                f"{count(length, 'value')} and {quoted(key)} has {count(other, 'value')}. "
                "Keep those that are columns of one table, and give each equally many."
            )
    return (list(columns), list(columns.values())) if length > 1 else None


def _tokens(text: str) -> Iterator[str]:
    """Words, signs, ranges such as 1:6, and texts in quotation marks; c( is one, and comments are none."""
    before = ""
    for one in _TOKEN.finditer(text):
        if one["comment"]:
            continue
        token = one[0]
        if before == "c" and token == "(":
            token = "c("
        elif before == "c":
            yield before
        if token != "c":
            yield token
        before = token
    if before == "c":
        yield before


def _length(token: str) -> int:
    """Of a range; 0 of anything else."""
    found = _RANGE.fullmatch(token)
    return 1 + abs(int(found[2]) - int(found[1])) if found else 0


def _numbers_in(token: str) -> list[str]:
    """The numbers of a range, such as 1:6; the token itself of anything else."""
    found = _RANGE.fullmatch(token)
    if not found:
        return [token]
    first, last = int(found[1]), int(found[2])
    step = 1 if last >= first else -1
    return list(map(str, range(first, last + step, step)))


def _found_in(tokens: list[str]) -> _Found | None:
    """All lists with the name that stands before each; None where a bracket is not closed."""
    found, called, last, at = _Found(), "", "", 0
    while at < len(tokens):
        token = tokens[at]
        if _NAME.fullmatch(token) and tokens[at + 1 : at + 2] and tokens[at + 1] in _ASSIGNS:
            called, at = token.strip(_QUOTES), at + 2
        elif token in ("[", "c(") or _begins_list(tokens, at) or (called and _length(token)):
            cells, at = _list_at(tokens, at)
            if cells is None:
                return None
            if called in _OF_LEVELS and last:
                found.lists[last] = _by_level(found.lists[last], cells)
            elif called in _OF_NAMES:
                found.columns = [one.strip(_QUOTES) for one in _flat(cells)]
            elif called not in _BESIDE and cells:
                last = called or "x"
                found.twice |= last in found.lists
                found.lists[last] = cells
            called = ""
        else:
            if called in _OF_SHAPE:
                found.shape[called], called = token, ""
            else:
                found.numbers_beside += is_plain(token)
            at += 1
    return found


def _begins_list(tokens: list[str], at: int) -> bool:
    """Whether a bracket that groups elsewhere is assigned and holds a number first, as in x = (1, 2)."""
    before, after = "".join(tokens[at - 1 : at]), "".join(tokens[at + 1 : at + 2])
    return tokens[at] in ("(", "{") and before in {*_ASSIGNS, "("} and is_plain(after)


def _list_at(tokens: list[str], at: int) -> tuple[Cells | None, int]:
    """The list or range that begins there, with lists within, and the place behind it; None where it has no
    end.
    """
    if _length(tokens[at]):
        return list(_numbers_in(tokens[at])), at + 1
    levels: list[tuple[str, Cells]] = []
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if (token == "{" and levels) or len(levels) > _DEEPEST:  # records, or no table
            return None, at
        if token in _OPENS:
            levels.append((_OPENS[token], []))
        elif token in _CLOSES:
            closes, cells = levels.pop()
            if closes != token:
                return None, at
            if not levels:
                return cells, at
            levels[-1][1].append(cells)
        elif token not in ",;=:":
            levels[-1][1].extend(_numbers_in(token))
    return None, at


def _flat(cells: Cells) -> list[str]:
    return [one for cell in cells for one in (_flat(cell) if isinstance(cell, list) else [cell])]


def _plain(cell: str) -> str:
    """1L as 1, NA_real_ as NA, and a text without its quotation marks."""
    if cell[:1] in _QUOTES:
        return cell.strip(_QUOTES)
    return "NA" if _MISSING.fullmatch(cell) else re.sub(r"(?<=\d)L$", "", cell)


def _by_level(codes: Cells, levels: Cells) -> Cells:
    """The words of a factor of R, which are written as their places, from 1."""
    words = _flat(levels)
    places = [_plain(code) for code in _flat(codes)]
    return [words[int(one) - 1] if one.isdigit() and 0 < int(one) <= len(words) else "NA" for one in places]


def _columns_of(called: str, cells: Cells, found: _Found) -> dict[str, list[str]]:
    """One column, or those of a matrix, each with a number behind its name where it has none; no column where
    rows differ in their length.
    """
    rows = [list(map(_plain, _flat(row))) for row in cells if isinstance(row, list)]
    if rows and (len(rows) < len(cells) or len(set(map(len, rows))) > 1):
        return {}
    if rows:
        columns = list(map(list, zip(*rows, strict=True)))
    else:
        columns = _of_matrix(list(map(_plain, _flat(cells))), found.shape)
    names = found.columns if len(found.columns) == len(columns) else []
    if len(columns) > 1:
        return dict(zip(names or [f"{called}{j + 1}" for j in range(len(columns))], columns, strict=True))
    return {called: columns[0]} if columns else {}


def _of_matrix(values: list[str], shape: dict[str, str]) -> list[list[str]]:
    """The columns of a matrix that R is given as one list; the list itself where it has no shape."""
    known = {name: int(size) for name, size in shape.items() if size.isdigit() and int(size)}
    width = known.get("ncol") or len(values) // known.get("nrow", len(values) or 1)
    if width < 2 or len(values) % width:
        return [values]
    length = len(values) // width
    if shape.get("byrow", "F")[0] == "T":
        return [values[j::width] for j in range(width)]
    return [values[j * length : (j + 1) * length] for j in range(width)]

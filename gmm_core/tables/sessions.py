"""What programs print around tables: prompts, names of variables, pairs of a name and a value."""

from __future__ import annotations

import re
from itertools import pairwise

from gmm_core.tables.heads import is_header
from gmm_core.tables.numbers import is_value
from gmm_core.words import listed, quoted

_PROMPT = re.compile(
    r"^\s*(?:>{1,3}|\.\.\.|In ?\[\d*\]:|julia>|octave:\d+>|mysql>|sqlite>|\w+=[#>])(?:\s.*|\s*)$"
)
_QUOTED = re.compile(r"^\s*(?:>\s?)+(?=[^\s>])")
_IN_QUOTES = re.compile(r'\s*"([^"]*[,;\t][^"]*)"\s*')
_SPARSE = re.compile(r"\s*([+-]?[\d.]+)((?:\s+[1-9]\d*:[+-]?[\d.]+(?:[eE][+-]?\d+)?)+)\s*")
_MOST_SPARSE = 1000  # features
_BEGIN = re.compile(r"(?i)\s*(?:datalines|cards|begin data)\s*[;.]?\s*")
_END = re.compile(r"(?i)\s*(?:;|run;|end data\.?)\s*")
_INPUT = re.compile(r"(?is)\binput\b([^;]*);|\bdata list\b[^/]*/([^.]*)\.")
_ANSWER = re.compile(r"^\s*(?:Out ?\[\d*\][:=])\s*")
_VARIABLE = re.compile(r"\s*[A-Za-z]\w*\s*=\s*")
_PAIR = re.compile(r"([A-Za-z_][\w.]*)\s*[:=]\s*([^\s,;:=]+)(?:\s*[,;]\s*|\s+|$)")


def without_prompts(lines: list[str]) -> list[str]:
    """Blank lines in place of what was typed, above what was printed."""
    filled = [line for line in lines if line.strip()]
    if len(filled) > 1 and all(map(_QUOTED.match, filled)):  # as in an answer to a letter
        return [_QUOTED.sub("", line) for line in lines]
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if first < len(lines) and (_PROMPT.match(lines[first]) or _ANSWER.match(lines[first])):
        return [_ANSWER.sub("", "" if _PROMPT.match(line) else line) for line in lines]
    return lines


def r_list(lines: list[str]) -> tuple[list[str], list[list[str]]] | None:
    """The names and columns of a list of vectors of one length, as R prints it: $a, and [1] below it."""
    names: list[str] = []
    columns: list[list[str]] = []
    for line in filter(str.strip, lines):
        if found := re.fullmatch(r"\s*\$`?([\w. ]+?)`?\s*", line):
            names.append(found[1])
            columns.append([])
        elif columns and (found := re.fullmatch(r"\s*\[(\d+)\]\s+(.*)", line)):
            if int(found[1]) != len(columns[-1]) + 1:
                return None
            columns[-1] += found[2].split()
        else:
            return None
    return (names, columns) if len(set(map(len, columns))) == 1 and len(columns[0]) > 1 else None


def pairs(lines: list[str]) -> tuple[list[str], list[str]] | None:
    """The names, and lines with values alone, where each line holds the same names, as in x=1.5 y=2."""
    filled = [line for line in lines if line.strip()]
    first = [match[1] for match in _PAIR.finditer(filled[0])] if filled else []
    if len(filled) < 2 or not first or len(set(first)) < len(first):
        return None
    plain = []
    for line in lines:
        found = list(_PAIR.finditer(line.strip()))
        if not line.strip():
            plain.append("")
        elif [match[1] for match in found] == first and not _PAIR.sub("", line.strip()).strip():
            plain.append("\t".join(match[2] for match in found))
        else:
            return None
    return first, plain


def sparse(lines: list[str]) -> tuple[list[str], list[str]] | None:
    """The names, and lines with values alone, of a label and numbered features in each line, as in
    1 1:0.5 3:2.5, which LIBSVM writes. A feature that is not there is 0.
    """
    found = [_SPARSE.fullmatch(line) for line in lines if line.strip()]
    if len(found) < 2 or not all(found):
        return None
    places = range(1, 1 + max(int(place) for line in lines for place in re.findall(r"\s(\d+):", line)))
    if len(places) > _MOST_SPARSE:
        return None

    def plain(line: str) -> str:
        label, *pairs = line.split()
        row = dict(pair.split(":") for pair in pairs)
        return "\t".join([label, *(row.get(str(place), "0") for place in places)])

    lines = [plain(line) if line.strip() else "" for line in lines]
    return ["label", *(f"x{place}" for place in places)], lines


def data_block(lines: list[str]) -> tuple[list[str], list[str]] | None:
    """The names, "" where there are none, and lines of the data within a program of SAS or SPSS, the others
    blank.
    """
    begin = next((i for i, line in enumerate(lines) if _BEGIN.fullmatch(line)), None)
    if begin is None:
        return None
    end = next((i for i, line in enumerate(lines) if i > begin and _END.fullmatch(line)), len(lines))
    found = _INPUT.search("\n".join(lines[:begin]))
    names = re.findall(r"[A-Za-z_]\w*", (found[1] or found[2]) if found else "")
    return names, [line if begin < i < end else "" for i, line in enumerate(lines)]


def in_quotes(lines: list[str]) -> list[str] | None:
    """The lines without quotation marks around each, as where a table was saved twice; None for others."""
    found = [_IN_QUOTES.fullmatch(line) for line in lines if line.strip()]
    if len(found) < 2 or not all(found):
        return None
    return [match[1] if (match := _IN_QUOTES.fullmatch(line)) else "" for line in lines]


def one_variable(lines: list[str]) -> tuple[list[str], str]:
    """Of several variables printed below each other, the one with most numbers; and what was left out."""
    starts = [i for i, line in enumerate(lines) if _VARIABLE.fullmatch(line)]
    if len(starts) < 2:
        return lines, ""
    parts = list(zip(starts, [*starts[1:], len(lines)], strict=True))
    sizes = [sum(map(is_value, " ".join(lines[begin:end]).split())) for begin, end in parts]
    if sum(map(bool, sizes)) < 2:
        return lines, ""
    begin, end = parts[max(range(len(parts)), key=sizes.__getitem__)]
    others = [lines[start].strip(" =\t\r") for start in starts if start != begin]
    name = lines[begin].strip(" =\t\r")
    said = f"The variable {quoted(name)} was read, with most numbers; left out: {listed(others)}."
    return [line if begin <= i < end else "" for i, line in enumerate(lines)], said


def second_table(rows: list[tuple[int, list[str]]]) -> int:
    """The number of the row of names with which a second table begins, below a blank line; 0 for none.

    rows : the numbers and cells of the lines that are not blank.
    """
    names: list[str] = []
    values = 0  # rows of them under the names
    for (before, _), (number, cells) in pairwise([(0, []), *rows]):
        if not (is_header(cells) and len(cells) > 1 and all(cells)):
            values += bool(names) and any(map(is_value, cells))
        elif not values:
            names = cells
        elif number > before + 1 and cells != names:
            below = [row for at, row in rows if at > number][:2]
            return number if below and all(any(map(is_value, row)) for row in below) else 0
    return 0

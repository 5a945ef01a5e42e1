"""Where a table begins, and which of its first rows hold the names: by evidence, and said.

Rows are lists of cells as text, "" for an empty one, whatever the format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gmm_core.tables.numbers import MISSING_WORDS, is_plain, is_value, unit_of
from gmm_core.tables.numeric_heads import all_values, are_names, may_be_names, name_rows
from gmm_core.tables.reading import Doubt, TableError
from gmm_core.words import count, listed, quoted

ROW_NAMES = "row names"  # what a column of row names is called, as it has no name
_AS_R_DOES = (
    "The row of names is one shorter than the others, as R writes it: the first column holds the names of "
    "the rows."
)
_MOST_ABOVE = 60  # rows that may stand above the data
_AHEAD = 30  # rows in which names are looked for below what looks like data


@dataclass(frozen=True)
class Head:
    """What stands above the data.

    names : one for each column, "" for a column without; None where there are no names. begin : the first row
    of data. how : half a sentence about the names. above : what is said of the rows above them. findings :
    what else was decided. comment : the number of the line of comment that holds the names, or 0.
    rows : of the names, as `Choices.header` writes it.
    """

    names: list[str] | None
    begin: int
    how: str
    above: list[str]
    findings: list[str]
    comment: int = 0
    rows: str = "none"

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Of the findings, those that may mean that the names are not these."""
        return tuple(Doubt(sentence) for sentence in self.findings if sentence != _AS_R_DOES)


def find_head(
    rows: list[list[str]],
    numbers: Sequence[int],
    comment: tuple[int, list[str]] | None = None,
    widely: Callable[[int], list[str]] | None = None,
    chosen: str = "",
    spread: Callable[[int, int], list[str]] | None = None,
) -> Head:
    """The names and the first row of data.

    numbers : of the rows in the file. comment : the number and the cells of a comment right above the rows.
    widely : the cells of a row that is split only where two spaces or more stand, where spaces separate.
    chosen : where the names are, as `Choices.header` says it. spread : a row of headings, each above the
    first of its names in the row below, where spaces separate.
    """
    width = usual_width(rows)
    if chosen:
        return _chosen_head(rows, numbers, comment, widely, chosen, spread)
    stack, begin = _rows_of_names(rows, numbers, width)
    if not stack:
        return _without_names_row(rows, numbers, begin, width, comment)
    filled = [_filled(rows[i]) for i in stack]
    first_cells = [row[0] for row in rows[begin:] if row and row[0]]
    title = max(filled) == 1 < width and not (width == 2 and name_rows(first_cells))
    if title or (widely and len(stack) == 1 and rows[stack[0]][0].endswith(":")):  # a title and no names
        return _without_names_row(rows, numbers, begin, width, comment)
    place = filled.index(max(filled))
    at, above, below = stack[place], stack[place - 1 : place], stack[place + 1 : place + 2]
    names, top, begin = _names(rows[at]), at, at + 1
    how = "the first row holds the names"
    if widely and len(names) not in (width, width - 1):
        told, how, said = _names_by_spaces(names, widely(at), width)
        if told is None:
            return Head(None, begin, how, _left_out_above(rows, numbers, at), said)
        names = told
    elif above and spread and 1 < len(rows[above[0]]) < len(names) >= width - 1:
        names, top = _grouped(spread(above[0], at), rows[at]), above[0]
    elif above and _is_grouping(rows[above[0]], width):
        names, top = _grouped(rows[above[0]], rows[at]), above[0]
    elif below and _goes_on(rows[at], rows[below[0]]):
        names, begin = _grouped(rows[at], rows[below[0]]), below[0] + 1
    elif below and _names_the_index(names, rows[below[0]], width):
        names, begin = [rows[below[0]][0], *names[len(names) - width + 1 :]], below[0] + 1
    if begin - top > 1 and begin in stack and _names_the_index(names, rows[begin], width):
        names, begin = [rows[begin][0], *names[1 - width :]], begin + 1
    if begin - top > 1:
        example = next((name for name in names if " " in name), names[0])
        which = f"{numbers[top]} {'and' if begin - top == 2 else 'to'} {numbers[begin - 1]}"
        how = f"rows {which} hold the names together, as in {quoted(example)}"
    names, said = _fitted(names, rows[begin:], width)
    in_rows = _written(numbers, top, begin - 1)
    return Head(names, begin, how, _left_out_above(rows, numbers, top), said, rows=in_rows)


def _names_by_spaces(
    names: list[str], wide: list[str], width: int
) -> tuple[list[str] | None, str, list[str]]:
    """Names that hold spaces, where spaces separate: as many as columns, or none, and what is said."""
    how = "the first row holds the names"
    if len(wide) in (width, width - 1) and len(wide) > 1:
        return _names(wide), f"{how}, two spaces or more between them", []
    with_units = re.sub(r" (?=[(\[{<])", "\0", " ".join(names))
    if len(joined := with_units.split(" ")) in (width, width - 1):
        return [name.replace("\0", " ") for name in joined], f"{how}, with units in brackets", []
    if len(names) == width + 1 and not re.search(r"\w", names[0]):  # ! x y
        return names[1:], f"{how}, after {quoted(names[0])}", []
    if len(names) == width + 1 and names[0].lower() == "rem":
        return names[1:], f"{how}, after {quoted(names[0])}", []
    if len(names) < width:
        return names, how, []
    said = (
        f"{quoted(' '.join(names))} has {len(names)} words for {count(width, 'column')}: which of them name "
        "which column cannot be told, and so the columns have no names."
    )
    return None, "the names cannot be told apart", [said]


def _written(numbers: Sequence[int], top: int, bottom: int) -> str:
    """The rows of the names as `Choices.header` writes them."""
    return f"{numbers[top]}" if top == bottom else f"{numbers[top]}-{numbers[bottom]}"


def _chosen_head(
    rows: list[list[str]],
    numbers: Sequence[int],
    comment: tuple[int, list[str]] | None,
    widely: Callable[[int], list[str]] | None,
    chosen: str,
    spread: Callable[[int, int], list[str]] | None,
) -> Head:
    """The head where the user said which rows hold the names."""
    width = usual_width(rows)
    if chosen == "none":
        length = _usual_length(rows)
        begin = next((i for i, row in enumerate(rows) if length <= _length(row) <= width), 0)
        return Head(None, begin, "no row holds names", _left_out_above(rows, numbers, begin), [])
    first, last = ([*map(int, chosen.split("-"))] * 2)[:2]
    if comment is not None and comment[0] == first == last:
        begin = next((i for i, number in enumerate(numbers) if number > first), len(rows))
        names, said = _fitted(_names(comment[1]), rows[begin:], width)
        above = _left_out_above(rows, numbers, begin)
        how = f"the comment in row {first} holds the names"
        return Head(names, begin, how, above, said, first, chosen)
    places = {number: i for i, number in enumerate(numbers)}
    for number in (first, last):
        if number not in places:
            raise TableError(f"Row {number} cannot hold the names: it is blank, or too far down.")
    top, at = places[first], places[last]
    if top < at:
        under = spread is not None and 1 < len(rows[top]) < len(rows[top + 1]) >= width - 1
        names = spread(top, top + 1) if spread and under else _names(rows[top])
        for row in rows[top + 1 : at + 1]:
            index = _names_the_index(names, row, width)
            names = [row[0], *names[1 - width :]] if index else _grouped(names, row)
        how = f"rows {first} and {last} hold the names together"
    else:
        names, how = _names(rows[at]), f"row {first} holds the names"
        if widely and len(names) not in (width, width - 1):
            told, how, said = _names_by_spaces(names, widely(at), width)
            if told is None:
                return Head(None, at + 1, how, _left_out_above(rows, numbers, at), said, rows=chosen)
            names = told
    names, said = _fitted(names, rows[at + 1 :], width)
    return Head(names, at + 1, how, _left_out_above(rows, numbers, top), said, rows=chosen)


def usual_width(rows: list[list[str]]) -> int:
    """The number of cells of most rows that hold a value."""
    with_values = [row for row in rows if any(is_plain(cell) for cell in row)] or rows
    return max(Counter(map(len, with_values)).items(), key=lambda item: (item[1], item[0]))[0]


def _usual_length(rows: list[list[str]]) -> int:
    """The number of cells, without empty ones at the end, of most rows that hold a value."""
    with_values = [row for row in rows if any(is_plain(cell) for cell in row)] or rows
    return max(Counter(map(_length, with_values)).items(), key=lambda item: (item[1], item[0]))[0]


def is_header(row: Sequence[str]) -> bool:
    """Whether a first row is names: text in it, and no value."""
    cells = [cell for cell in row if cell not in MISSING_WORDS]
    return bool(cells) and not any(is_plain(cell) for cell in cells)


def _left_out_above(rows: list[list[str]], numbers: Sequence[int], top: int) -> list[str]:
    """What is said of rows above the names: at most three by themselves."""
    if top > 3:
        first = f"first row {numbers[0]}, {quoted(_text(rows[0]))}"
        return [f"Left out before the table: {count(top, 'row')}, {first}."]
    return [
        f"Left out before the table: row {numbers[i]}, {quoted(_text(rows[i]))}."
        for i in range(top)
        if any(rows[i])
    ]


def _text(row: Sequence[str]) -> str:
    return " ".join(filter(None, row))


def _names(row: Sequence[str]) -> list[str]:
    return [re.sub(r"Unnamed: \d+(_level_\d+)?", "", " ".join(cell.split())) for cell in row]


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _length(row: Sequence[str]) -> int:
    """The number of cells without the empty ones at the end."""
    return max((j for j, cell in enumerate(row, 1) if cell), default=0)


def _rows_of_names(rows: list[list[str]], numbers: Sequence[int], width: int) -> tuple[list[int], int]:
    """The rows of text right above the data, and the first row of data."""
    steps = [after - number for number, after in pairwise(numbers)]
    usual = Counter(steps).most_common(1)[0][0] if steps else 1  # 2 where a blank line follows every line
    length = _usual_length(rows)
    stack: list[int] = []
    unsure: list[int] = []  # short rows with a value: data, or what stands above a table
    for i, row in enumerate(rows[:_MOST_ABOVE]):
        if not any(row):
            continue
        if _is_name_row(rows, i, width):
            if stack and numbers[i] - numbers[stack[-1]] > usual:
                stack = []
            stack.append(i)
        elif _length(row) >= length or all(is_plain(cell) or cell in MISSING_WORDS for cell in row):
            begin = i
            break
        else:
            unsure.append(i)
            stack = [] if not stack or _filled(rows[stack[-1]]) < length - 1 else stack
            if stack:
                begin = i
                break
    else:
        begin = len(rows)
    if stack:
        while len(stack) > 1 and _is_remark(rows[stack[0]]):
            stack.pop(0)
        return stack, begin
    if ahead := _names_ahead(rows, begin if begin < len(rows) else 0, width):
        return [ahead], ahead + 1
    return [], min([*unsure, begin])


def _is_remark(row: Sequence[str]) -> bool:
    """Whether a row says something about the table: Operator:, Ann, or Date: 2024-01-01, 12:30."""
    return re.fullmatch(r"[^:]{1,40}:(\s.*)?|\w[\w ]{0,40}=.*|\[[^\]]*\]", row[0]) is not None


def _is_name_row(rows: list[list[str]], i: int, width: int) -> bool:
    row = rows[i]
    if is_header(row):
        # 5 cm is a value where such stand below it too.
        units = [j for j, cell in enumerate(row) if unit_of(cell) or is_value(cell)]
        return not any(
            sum(j < len(other) and is_value(other[j]) and not is_plain(other[j]) for other in rows[i + 1 :])
            >= 0.5 * len(rows[i + 1 :])
            > 0
            for j in units
        )
    # Years above groups of columns: ,2019,,2020, over ,q1,q2,q1,q2.
    following = rows[i + 1] if i + 1 < len(rows) else []
    return (
        len(row) == width and is_header(following) and _is_grouping(row, width) and _goes_on(row, following)
    )


def _names_ahead(rows: list[list[str]], begin: int, width: int) -> int:
    """A row of names below what looks like data, as "Serial, 1234" does; 0 for none."""
    for j in range(begin + 1, min(begin + _AHEAD, len(rows) - 2)):
        if len(rows[j]) != width or not is_header(rows[j]) or _filled(rows[j]) < width:
            continue
        below = rows[j + 1 :]
        numeric = [
            k
            for k in range(width)
            if all(k < len(row) and (is_value(row[k]) or row[k] in MISSING_WORDS) for row in below)
        ]
        if any(is_value(rows[j][k]) for k in numeric):
            return 0
        if numeric and all(
            any(k < len(row) and row[k] and not is_plain(row[k]) for k in numeric) for row in rows[begin:j]
        ):
            return j
        return 0
    return 0


# --- Names in two rows


def _is_grouping(row: Sequence[str], width: int) -> bool:
    """Whether a row names groups of columns: at least two names, and gaps between or behind them."""
    row = [*row[:width], *[""] * (width - len(row))] if not any(row[width:]) else row
    return len(row) == width and _filled(row) > 1 and not all(row[1:])


def _goes_on(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the second row goes on with names: it fills gaps of the first, or tells alike names apart."""
    if not all(first[1:]):
        gaps = [j for j, cell in enumerate(first) if j and not cell]
        return any(j < len(second) and second[j] for j in gaps)
    names = [name for name in first if name]
    pairs = _grouped(first, second)
    return len(set(names)) < len(names) and len(set(pairs)) == len(pairs)


def _grouped(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """The names of two rows together; a name of the first goes for the empty cells behind it."""
    names, group = [], ""
    for j in range(max(len(first), len(second))):
        under = second[j] if j < len(second) else ""
        group = (first[j] if j < len(first) else "") or (group if under else "")
        names.append(" ".join(f"{group} {under}".split()))
    return names


def _names_the_index(names: Sequence[str], row: Sequence[str], width: int) -> bool:
    """Whether a row below the names only names the first column, as pandas prints it."""
    without = len(names) == width - 1 or (len(names) == width and not names[0])
    return without and width > 1 and bool(row[0]) and not any(row[1:])


# --- Names and columns that differ in number


def _fitted(names: list[str], rows: list[list[str]], width: int) -> tuple[list[str], list[str]]:
    """One name for each column, and what was decided where their numbers differ."""
    while len(names) > width and not names[-1]:
        names = names[:-1]
    full = [row for row in rows if len(row) == width]
    firsts = [row[0] for row in full if any(map(is_value, row[1:]))]  # not of units, nor of a note below
    if len(names) == width - 1 and any(row[-1] for row in full) and name_rows(firsts):
        return [ROW_NAMES, *names], [_AS_R_DOES]
    if len(names) > width:
        without = f"{listed(names[width:])} {'has' if len(names) == width + 1 else 'have'} no column"
        return names[:width], [f"There are {len(names)} names for {count(width, 'column')}: {without}."]
    if len(names) < width and any(row[-1] for row in full):
        return names, [
            f"There are only {count(len(names), 'name')} for {count(width, 'column')}; see which is which."
        ]
    if names and not names[0] and width > 1:
        names = [ROW_NAMES, *names[1:]]
    return names, []


# --- Names that are numbers, and names in a comment


def _without_names_row(
    rows: list[list[str]],
    numbers: Sequence[int],
    begin: int,
    width: int,
    comment: tuple[int, list[str]] | None,
) -> Head:
    """The head of rows without a row of text: whole numbers may be names, or a comment may hold them."""
    above = _left_out_above(rows, numbers, begin)
    below = rows[begin + 1 :]
    first = rows[begin] if begin < len(rows) else []
    if below and are_names(first, below, width):
        names, said = _fitted(_names(first), below, width)
        sequence = [cell for cell in first if cell.isdecimal()]
        shown = ", ".join(sequence[:3]) + (" …" if len(sequence) > 3 else "")
        how = f"the first row holds the names: {shown} are a sequence, unlike the values below them"
        return Head(names, begin + 1, how, above, said, rows=_written(numbers, begin, begin))
    if comment is not None:
        number, cells = comment
        fits = len(cells) == width or (len(cells) == width - 1 > 0 and not all_values(rows, 0))
        if fits and is_header(cells):
            names, said = _fitted(_names(cells), rows[begin:], width)
            how = f"the comment in row {number} holds the names"
            return Head(names, begin, how, above, said, number, str(number))
    said = []
    if may_be_names(first, width):
        shown = ", ".join(first[:3]) + (" …" if width > 3 else "")
        said = [f"Row {numbers[begin]} ({shown}) may hold names and was taken as data: choose it if it does."]
    return Head(None, begin, "no row of names was found", above, said)

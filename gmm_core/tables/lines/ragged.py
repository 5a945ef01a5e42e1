"""Lines -> an Arrow table; rows that are too short are filled, and notes below the table left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from gmm_core.tables.labels import LABEL_SHARE, LABEL_WORDS, are_few
from gmm_core.tables.lines.separators import split_lines
from gmm_core.tables.numbers import MISSING_WORDS, is_value
from gmm_core.tables.reading import SAMPLE_LINES, WIDE, Reading, TableError, or_say
from gmm_core.words import count, quoted


class RaggedError(TableError):
    """Rows of different lengths."""


def check_quotes(body: bytes, name: str, separator: str, names: list[str]) -> None:
    """A `TableError` if the last quotation mark opens a cell that never ends, as where a file is cut off."""
    if body.count(b'"') % 2 == 0:
        return
    place = body.rfind(b'"')
    begin = body.rfind(b"\n", 0, place) + 1
    before = body[begin:place].decode("utf-8", "ignore")
    if before and not (separator and before.endswith(separator)):
        return  # a mark within a cell, as in 5" of rain
    column = len(next(iter(split_lines([before], separator)[0]), [])) if before else 1
    where = f"row {body.count(bytes([10]), 0, place) + 1}"
    if column <= len(names):
        where += f", column {quoted(names[column - 1])}"
    raise TableError(
        f"{name}: a quotation mark opens a text in {where}, and none closes it; the file may be cut off "
        "there. Close it, or delete it if it is one too many."
    )


def parsed(
    body: bytes,
    reading: Reading,
    separator: str,
    width: int,
    first: int,
    texts: list[int],
    findings: list[str],
    strict: bool,
) -> tuple[pa.Table, NDArray[np.int64], list[int]]:
    """The rows from line `first` on as an Arrow table, the numbers of those lines that are not blank, and of
    those left out.

    strict : where rows of different lengths are refused, and not filled.
    """
    begin = _place_of_line(body, first)
    ragged: list[tuple[int, int, str]] = []

    def on_ragged(row: Any) -> str:
        if row.text.strip():
            ragged.append((row.number, row.actual_columns, row.text))
        return "skip"

    delimiter = {"": "\x1f", WIDE: WIDE}.get(separator, separator)

    def table_of(part: bytes, only: Sequence[str] = ()) -> pa.Table:
        """The table; of `only` these columns of text, with words for no value as they stand."""
        return pa.csv.read_csv(
            pa.BufferReader(part if part.endswith(b"\n") else part + b"\n"),
            read_options=pa.csv.ReadOptions(
                column_names=[str(j) for j in range(width)],
                block_size=1 << 23,
                use_threads=False,  # else a ragged row has no number
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=b'"' in part,
                invalid_row_handler=on_ragged,
            ),
            convert_options=pa.csv.ConvertOptions(
                null_values=MISSING_WORDS,
                strings_can_be_null=not only,
                column_types={name: pa.string() for name in only or map(str, texts)},
                include_columns=list(only),
            ),
        )

    part = body[begin:] if begin else body
    numbers = _line_numbers(part, first)
    if separator in (" ", WIDE):
        part = _without_gaps(part, separator)
    with or_say(f"{reading.name} cannot be split into rows and columns", pa.ArrowException):
        table = table_of(part)
    if not ragged:
        return _with_words(table, partial(table_of, part)), numbers, []
    rows = {int(numbers[min(number, len(numbers)) - 1]): (found, text) for number, found, text in ragged}
    mended, said, gone = _mended(
        body, rows, len(table), separator, width, first, strict, b'"' in part, reading
    )
    findings += said
    ragged.clear()
    part = _without_gaps(mended, separator) if separator in (" ", WIDE) else mended
    with or_say(f"{reading.name} cannot be split into rows and columns", pa.ArrowException):
        table = table_of(part)
    return _with_words(table, partial(table_of, part)), _line_numbers(part, first), gone


def _with_words(table: pa.Table, words_of: Callable[[list[str]], pa.Table]) -> pa.Table:
    """The table with words such as NA and None again, where labels lack many values: they may be labels."""
    least = max(1.0, LABEL_SHARE * len(table))
    names = [
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_string(column.type) and column.null_count >= least and are_few(column)
    ]
    if not names:
        return table
    words = words_of(names)
    for name in names:
        column, word = table[name], words[name]
        again = pc.if_else(pc.is_in(word, pa.array(LABEL_WORDS)), word, column)
        table = table.set_column(table.column_names.index(name), name, again)
    return table


def _without_gaps(body: bytes, separator: str) -> bytes:
    """One separator for any number of spaces or tabs, and none at the ends of lines."""
    if separator == WIDE:
        return re.sub(rb"[ \t]{2,}|\t", WIDE.encode(), re.sub(rb"(?m)^[ \t]+|[ \t]+$", b"", body))
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    return body.replace(b"\n ", b"\n").replace(b" \n", b"\n").strip(b" ")


def _place_of_line(body: bytes, number: int) -> int:
    place = 0
    for _ in range(number - 1):
        place = body.find(b"\n", place) + 1
        if not place:
            return len(body)
    return place


def _mended(
    body: bytes,
    ragged: dict[int, tuple[int, str]],
    even: int,
    separator: str,
    width: int,
    first: int,
    strict: bool,
    quotes: bool,
    reading: Reading,
) -> tuple[bytes, list[str], list[int]]:
    """The lines from `first` on with short ones filled and footers blank, what is said, and the blank ones.

    ragged : the number of cells and the text of each line with too many or too few. even : how many rows have
    as many as they should. Raises `RaggedError` where rows cannot be mended.
    """
    lines = body.split(b"\n")
    last_even = max(
        (n for n in range(first, len(lines) + 1) if lines[n - 1].strip() and n not in ragged), default=0
    )
    gone = []
    for number, (_, text) in ragged.items():
        cells = next(iter(split_lines([text], separator)[0]), [])
        words = [cell for cell in cells if cell and not is_value(cell) and cell not in MISSING_WORDS]
        if number > last_even and words and (len(cells) == 1 or len(words) > 0.5 * len(cells)):
            gone.append(number)
    rest = {number: found for number, (found, _) in ragged.items() if number not in gone}
    by_place = rest and separator in (" ", WIDE) and not _single_spaces(lines[first - 1 :], separator)
    spans = _spans(lines[first - 1 :], separator, width) if by_place else None
    wrong = []
    for number, found in rest.items():
        line = lines[number - 1]
        if found > width:
            kept = line.rstrip()
            excess = separator.encode() * (found - width)
            if separator not in (" ", WIDE, "") and re.sub(rb"\s", b"", kept).endswith(excess):
                for _ in range(found - width):
                    kept = kept[: kept.rindex(separator.encode())]
                lines[number - 1] = kept
            else:
                wrong.append(number)
        elif spans is not None:
            placed = _placed(line, separator, spans)
            wrong += [number] if placed is None else []
            lines[number - 1] = placed or line
        else:
            gap = b" NA" if separator == " " else separator.encode()  # spaces at the end say nothing
            lines[number - 1] = line + gap * (width - found)
    short = [number for number, found in rest.items() if found < width]
    if (
        (strict and rest)
        or separator == ""
        or (quotes and _breaks(body))
        or wrong
        or len(short) > max(even, 1)
    ):
        row = (wrong or list(rest) or gone)[0]
        more = len(rest) - 1
        also = f", as {count(more, 'other row')}" if more > 0 else ""
        raise RaggedError(
            f"{reading.name}: row {row} has {count(ragged[row][0], 'value')} where {width} were expected"
            f"{also}. Give every row the same number of values; a text "
            "that holds the separator belongs in quotation marks."
        )
    said = []
    if short:
        which = f"row {short[0]}" if len(short) == 1 else f"{len(short):,} rows, first row {short[0]},"
        where = "where the line is empty" if spans is not None else "at the end"
        have = "has" if len(short) == 1 else "have"
        said.append(
            f"Filled as missing: {which} {have} fewer than {width} values; the cells {where} count as empty."
        )
    if gone:
        said.append(_below(gone, ragged[gone[0]][1]))
    for number in gone:
        lines[number - 1] = b""
    return b"\n".join(lines[first - 1 :]), said, gone


def _single_spaces(lines: list[bytes], separator: str) -> bool:
    """Whether one space alone separates, so that nothing stands below each other."""
    return separator == " " and not any(
        b"  " in line.strip() or b"\t" in line for line in lines[:SAMPLE_LINES]
    )


def _below(numbers: list[int], text: str) -> str:
    rows = f"row {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} rows, first row {numbers[0]}"
    return f"Left out below the table: {rows}, {quoted(' '.join(text.split()))}."


def _breaks(body: bytes) -> bool:
    """Whether a line break stands within quotation marks."""
    return any(line.count(b'"') % 2 for line in body.split(b"\n"))


def _tokens(line: bytes, separator: str) -> list[re.Match[str]]:
    pattern = r"\S+" if separator == " " else r"\S+(?: \S+)*"
    return list(re.finditer(pattern, line.decode("utf-8", "ignore").expandtabs()))


def _spans(lines: list[bytes], separator: str, width: int) -> list[tuple[int, int]] | None:
    """Where each column begins and ends in lines whose columns stand below each other; else None."""
    full = [tokens for line in lines[:SAMPLE_LINES] if len(tokens := _tokens(line, separator)) == width]
    spans = [
        (min(token.start() for token in column), max(token.end() for token in column))
        for column in zip(*full, strict=True)
    ]
    apart = all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    return spans if spans and apart else []


def _placed(line: bytes, separator: str, spans: list[tuple[int, int]]) -> bytes | None:
    """A line with fewer cells than columns, "NA" where a column is empty; None where that cannot be told."""
    cells = ["NA"] * len(spans)
    for token in _tokens(line, separator):
        under = [j for j, (begin, end) in enumerate(spans) if token.start() < end and token.end() > begin]
        if len(under) != 1 or cells[under[0]] != "NA":
            return None
        cells[under[0]] = token[0]
    between = " " if separator == " " else "   "
    return between.join(cells).encode() if spans else None


def _line_numbers(part: bytes, first: int) -> NDArray[np.int64]:
    """The numbers of the lines that are not blank, from line `first` on."""
    if b"\n\n" not in part and not part.startswith(b"\n"):
        return np.arange(part.count(b"\n") + (not part.endswith(b"\n"))) + first
    ends = np.flatnonzero(np.frombuffer(part + b"\n", np.uint8) == ord("\n"))
    return np.flatnonzero(np.diff(ends, prepend=-1) > 1) + first

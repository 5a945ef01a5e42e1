"""Text -> rows and columns: encodings, separators, comments, rows that are too short."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from gmm_core.tables.heads import find_head, is_header, usual_width
from gmm_core.tables.numbers import DOUBTFUL, MISSING_WORDS, are_codes, is_plain, is_value, unit_of
from gmm_core.tables.printed import is_printed_list, plain_lines, read_printed
from gmm_core.tables.reading import (
    ANYTHING,
    AS_FOUND,
    DECIMALS,
    ENCODINGS,
    READING,
    SEPARATORS,
    SHOWN_LINES,
    WIDE,
    Choices,
    Decided,
    Raw,
    Reading,
    TableError,
    offered_headers,
    or_say,
    raw,
    unique,
)
from gmm_core.words import count, quoted

SAMPLE_BYTES, SAMPLE_LINES = 1_000_000, 200  # what separator and header are judged by

_SEP = re.compile(r"(?i)\s*sep=.?\s*")  # a line that tells spreadsheets the separator


class _RaggedError(TableError):
    """Rows of different lengths."""


def read_delimited(content: bytes, reading: Reading, loose: bool = False) -> Raw:
    """Rows and columns with any separator, a column of numbers, or a printed list."""
    name = reading.name
    body, findings, encoding = _as_utf8(content, reading.name, reading.choices.encoding)
    if not body or body.isspace():
        raise TableError(f"{name} is empty. Rows of numbers are needed.")
    decided = _what_to_choose(body, loose)
    if not content.isascii() and not reading.pasted:
        decided = replace(
            decided,
            choices=Choices(encoding=encoding),
            offered={**decided.offered, "encoding": tuple(ENCODINGS)},
            doubts=tuple(findings) if encoding == "cp1252" else (),
        )
    if is_printed_list(body):
        only = {name: some for name, some in decided.offered.items() if name == "encoding"}
        return replace(read_printed(body, reading, findings), decided=replace(decided, offered=only))
    try:
        return _read_lines(body, reading, findings, loose, decided)
    except TableError as error:
        error.decided = decided
        raise


def _what_to_choose(body: bytes, loose: bool) -> Decided:
    """What can be chosen in a text; nothing is decided yet."""
    lines, numbers = _sample(body)
    shown = tuple(zip(numbers[:SHOWN_LINES], lines, strict=False))
    separators = [name for name, sign in SEPARATORS.items() if _separates(sign, lines)]
    offered = {
        "header": offered_headers(shown, ""),
        "separator": (*separators, *([ANYTHING] if loose else [])),
    }
    if any(re.search(r"\d[.,]\d|(?<!\d)[.,]\d", line) for line in lines):
        offered["decimal"] = tuple(DECIMALS)
    return Decided(offered=offered, lines=shown)


def _separates(sign: str, lines: list[str]) -> bool:
    """Whether a sign is between other signs in some line."""
    if sign == "":
        return True
    between = r"\S(?: {2,}|\t)\S" if sign == WIDE else rf"\S{re.escape(sign)}"
    return any(re.search(between, line) for line in lines)


def _read_lines(body: bytes, reading: Reading, findings: list[str], loose: bool, decided: Decided) -> Raw:
    chosen = reading.choices.separator
    if chosen == ANYTHING:
        tokens = _loose_tokens(body, reading)
        if tokens is None:
            raise TableError(f"{reading.name} holds more than numbers. Choose what separates its columns.")
        findings.append("All numbers are one column, in their order.")
        return raw([tokens], None, findings, decided=_with_all_in_one(decided))
    try:
        return _read_rows(body, reading, list(findings), loose, decided)
    except _RaggedError:
        tokens = _loose_tokens(body, reading) if loose and not chosen else None
        if tokens is None:
            raise
        findings.append("The lines hold different numbers of values, so all are one column, in their order.")
        return raw([tokens], None, findings, decided=_with_all_in_one(decided))


def _with_all_in_one(decided: Decided) -> Decided:
    offered = {name: some for name, some in decided.offered.items() if name != "header"}
    return replace(decided, choices=replace(decided.choices, separator=ANYTHING), offered=offered)


def read_loose(content: bytes, reading: Reading) -> Raw:
    """The same; and where lines hold different numbers of values, all are one column."""
    return read_delimited(content, reading, loose=True)


def _read_rows(body: bytes, reading: Reading, findings: list[str], loose: bool, decided: Decided) -> Raw:
    """Lines as rows, split at the separator that fits best, or that was chosen."""
    name, limits, choices = reading.name, reading.limits, reading.choices
    if body.count(b"\n") > limits.rows + 1:
        raise reading.too_many(body.count(b"\n"), "row", limits.rows)
    body, blanked, known_names = plain_lines(body, reading, findings)
    body, comments = _without_comments(body, choices)
    lines, numbers = _sample(body)
    if not lines:
        raise TableError(f"{name} holds only comments (lines that begin with #). Add rows of numbers.")
    if loose and not choices.separator and len(lines) == 1 and (tokens := _loose_tokens(body, reading)):
        findings.append("One line of numbers: they are one column, in their order.")
        return raw([tokens], None, findings, decided=_with_all_in_one(decided))
    if _SEP.fullmatch(lines[0]) and len(lines) > 1:
        findings.append(f"Left out before the table: row {numbers[0]}, {quoted(lines[0])}.")
        lines, numbers = lines[1:], numbers[1:]
    separator = _find_separator(lines, choices)
    rows, starts = _split(lines, separator)
    numbers = [numbers[start] for start in starts]
    in_comment = int(choices.header) + 1 if choices.header.isdecimal() else numbers[0]
    head = find_head(
        rows,
        numbers,
        _comment_above(comments, in_comment, separator),
        (lambda i: re.split(r"\s{2,}|\t", lines[starts[i]].strip())) if separator == " " else None,
        choices.header,
    )
    width = usual_width(rows)
    first = numbers[head.begin] if head.begin < len(rows) else numbers[-1] + 1
    marked = [number for number in comments if number < first]
    if blank := sum(number not in {*blanked, head.comment} for number in range(1, numbers[0])):
        findings.append(f"Left out before the table: {count(blank, 'line')}, blank or a comment.")
    reading.check_size(body.count(b"\n"), width)
    findings += [*head.above, _describe_layout(separator, width, head.how, rows), *head.findings]
    if inside := {number: text for number, text in comments.items() if number not in marked}:
        number, text = next(iter(inside.items()))
        findings.append(
            f"Left out: {count(len(inside), 'line')} of comment within the table, first row {number}, "
            f"{quoted(text)}."
        )
    names = unique(head.names or known_names, width)
    _check_quotes(body, name, separator, names)
    # Where a comma is the decimal sign, 1.234 is no number with a point.
    texts = list(range(width)) if choices.decimal == "comma" else _as_text(rows[head.begin :], separator)
    reading.tell(READING, 0.3)
    strict = loose and not head.names and not choices.made
    table, at, gone = _parse(body, reading, separator, width, first, texts, findings, strict)
    above = starts[head.begin] - head.begin if head.begin < len(rows) else 0  # line breaks within names
    if len(at) != len(table) or above:
        if (breaks := len(at) - len(table) + above) > 0:
            findings.append(
                f"{count(breaks, 'line break')} within quotation marks; rows are counted as in a spreadsheet."
            )
        at = np.arange(len(table)) + first - above
    left_out = np.array(sorted({*blanked, *inside, *gone}), np.int64)
    called = next(name for name, sign in SEPARATORS.items() if sign == separator)
    decided = Decided(
        replace(decided.choices, header=head.rows, separator=called),
        {**decided.offered, "header": offered_headers(decided.lines, head.rows)},
        decided.lines,
        (*decided.doubts, *head.doubts),
    )
    return Raw(table.rename_columns(names), at, findings, separator == ";", left_out, decided)


# --- Comments


_MARKS = ("#", "%", "//")


def _without_comments(body: bytes, choices: Choices) -> tuple[bytes, dict[int, str]]:
    """The text with blank lines in place of comments, and the comments by number of line.

    A line with a mark is a comment unless most lines have it, or it reads as a row as the others do.
    """
    if not re.search(rb"(?m)^[ \t]*(?:#|%|//)", body):
        return body, {}
    lines = body.split(b"\n")
    marks = tuple(mark.encode() for mark in _MARKS)
    marked = {
        i: line.decode("utf-8", "ignore") for i, line in enumerate(lines) if line.lstrip().startswith(marks)
    }
    others = [
        line.decode("utf-8", "ignore")
        for i, line in enumerate(lines[:2000])
        if line.strip() and i not in marked
    ][:SAMPLE_LINES]
    if not others:
        return (
            (body, {})
            if len(marked) > 1 and not all(line[:1] == "#" for line in marked.values())
            else (b"", {})
        )
    leading = next(i for i, line in enumerate(lines) if line.strip() and i not in marked)
    comments = {i: line for i, line in marked.items() if i < leading}
    if len(marked) - len(comments) < len(others):
        separator = _find_separator(others, choices)
        rows, _ = _split(others, separator)
        width, begin = usual_width(rows), find_head(rows, range(len(rows))).begin
        named = [row[0] for row in rows[begin:] if len(row) == width]
        texts = sum(not is_value(cell) and cell not in MISSING_WORDS for cell in named) > 0.5 * len(named)
        for i, line in marked.items():
            row = next(iter(_split([line], separator)[0]), [])
            is_row = texts and len(row) == width and (width == 1 or any(map(is_value, row[1:])))
            if not is_row and not (row and row[0] in MISSING_WORDS):
                comments[i] = line
    quoted_breaks = body.count(b'"') and any(lines[i].count(b'"') % 2 for i in comments)
    if quoted_breaks:
        return body, {}
    for i in comments:
        lines[i] = b""
    return b"\n".join(lines), {i + 1: line.strip() for i, line in comments.items()}


def _comment_above(comments: dict[int, str], first: int, separator: str) -> tuple[int, list[str]] | None:
    """The number and the cells of the comment right above the first row, which may hold the names."""
    number = max((number for number in comments if number < first), default=0)
    if not number:
        return None
    text = re.sub(r"^(?:#+|%+|//+)\s*", "", comments[number])
    if separator == "" and len(text.split()) > 1:
        return None
    return number, next(iter(_split([text], separator)[0]), [])


def _check_quotes(body: bytes, name: str, separator: str, names: list[str]) -> None:
    """A `TableError` if the last quotation mark opens a cell that never ends, as where a file is cut off."""
    if body.count(b'"') % 2 == 0:
        return
    place = body.rfind(b'"')
    begin = body.rfind(b"\n", 0, place) + 1
    before = body[begin:place].decode("utf-8", "ignore")
    if before and not (separator and before.endswith(separator)):
        return  # a mark within a cell, as in 5" of rain
    column = len(next(iter(_split([before], separator)[0]), [])) if before else 1
    where = f"row {body.count(bytes([10]), 0, place) + 1}"
    if column <= len(names):
        where += f", column {quoted(names[column - 1])}"
    raise TableError(
        f"{name}: a quotation mark opens a text in {where}, and none closes it; the file may be cut off "
        "there. Close it, or delete it if it is one too many."
    )


def _as_text(rows: list[list[str]], separator: str) -> list[int]:
    """The columns that are read as text, as their digits tell: codes such as 01234, and those in which 1.234
    may be meant as 1234, as other numbers have a decimal comma.
    """
    cells = [
        [cell for cell in column if cell not in MISSING_WORDS] for column in zip_longest(*rows, fillvalue="")
    ]
    codes = [j for j, column in enumerate(cells) if are_codes(column)]
    if separator != ";" and not any(
        re.fullmatch(r"[+-]?[\d.]*,\d+", cell) for column in cells for cell in column
    ):
        return codes
    alike = re.compile(DOUBTFUL)
    return codes + [
        j
        for j, column in enumerate(cells)
        if any("." in cell for cell in column) and all(alike.fullmatch(cell) for cell in column)
    ]


def _sample(body: bytes) -> tuple[list[str], list[int]]:
    """The first lines that are not blank, and their numbers."""
    lines = body[:SAMPLE_BYTES].decode("utf-8", "ignore").split("\n")
    if len(body) > SAMPLE_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    filled = [(line, number) for number, line in enumerate(lines, 1) if line.strip()][:SAMPLE_LINES]
    return [line for line, _ in filled], [number for _, number in filled]


def _find_separator(lines: list[str], choices: Choices = AS_FOUND) -> str:
    """The separator with which most lines agree in length and most cells are values; "" for one column."""
    if choices.separator:
        return SEPARATORS[choices.separator]
    best, most = "", 0.0
    # Where tabs are, spaces are within cells.
    with_tabs = sum("\t" in line.strip() for line in lines) >= 0.8 * len(lines)
    for separator in ("\t", ";", "|", ",", " ", WIDE, ""):
        if with_tabs and separator in (" ", WIDE) and most > 0.5:
            continue
        if separator == "," and choices.decimal == "comma" and not any('"' in line for line in lines):
            continue
        score = _score(lines, separator)
        if score > most + 1e-9:  # in a tie the first wins
            best, most = separator, score
    if (
        not best
        and choices.decimal != "comma"
        and "," in lines[0]
        and all(map(is_header, _split(lines[:1], ",")[0]))
    ):
        return ","  # names with commas between them: then 1,2 below is not one number
    if best == "," and choices.decimal != "point" and _looks_like_decimal_comma(lines):
        return ""
    if best in (" ", WIDE) and _has_units(lines):
        return ""
    return best


def _score(lines: list[str], separator: str) -> float:
    rows, _ = _split(lines, separator)
    if not rows:
        return 0.0
    width, agree = Counter(map(len, rows)).most_common(1)[0]
    if separator and width < 2:
        return 0.0
    cells = [cell for row in (rows[1:] or rows) for cell in row if cell not in MISSING_WORDS]
    fits = is_value if separator not in ("", " ") else is_plain  # 5 cm are two cells, or one
    values = sum(bool(fits(cell)) for cell in cells) / max(len(cells), 1)
    return agree / len(rows) * (0.1 + values)


def _split(lines: list[str], separator: str) -> tuple[list[list[str]], list[int]]:
    """The cells of each row, and the place of the line in which it begins."""
    if not separator:
        return [[line.strip().strip('"')] for line in lines], list(range(len(lines)))
    if separator == " ":
        lines = [" ".join(line.split()) for line in lines]
    elif separator == WIDE:
        lines = [re.sub(r"[ \t]{2,}|\t", WIDE, line.strip()) for line in lines]
    rows, starts = [], []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    while True:
        start = reader.line_num
        try:
            rows.append([cell.strip() for cell in next(reader)])
            starts.append(start)
        except csv.Error:  # a cell longer than the module takes: its beginning is enough
            rows.append([cell[:1000].strip() for cell in lines[start].split(separator)])
            starts.append(start)
        except StopIteration:
            return rows, starts


def _has_units(lines: list[str]) -> bool:
    """Whether lines such as 180 cm are one number each, with a unit, as it is the same on all."""
    body = [line.strip() for line in lines[1:]] if is_header(lines[:1]) else [line.strip() for line in lines]
    units = {unit_of(line) for line in body}
    return (
        len(body) > 1
        and "" not in units
        and len({unit.rstrip("s") for unit in units}) == 1
        and (len(body) == len(lines) or len(lines[0].split()) == 1 or not lines[0].strip().count("  "))
    )


_AROUND = r"\s*(?:[^\w\s.,+-]|[A-Z]{3})?\s*"  # a currency or a percent sign


def _looks_like_decimal_comma(lines: list[str]) -> bool:
    """Whether lines such as 25,31 are one number each: below a name without comma, or 25,07, or 1.234,5."""
    body = lines if "," in lines[0] else lines[1:]
    if body and all(
        re.fullmatch(rf"{_AROUND}[+-]?\d{{1,3}}(\.\d{{3}})+,\d+{_AROUND}", line) for line in body
    ):
        return True  # 1.234,56: the point stands between thousands
    halves = [
        re.fullmatch(
            rf"{_AROUND}-?\d{{1,3}}(?:\.\d{{3}})+,(\d+){_AROUND}|{_AROUND}-?\d+,(\d+){_AROUND}", line
        )
        for line in body
    ]
    if not body or not all(halves):
        return False
    after = [m[1] or m[2] for m in halves if m]
    return len(body) < len(lines) or any(len(digits) > 1 and digits[0] == "0" for digits in after)


def _describe_layout(separator: str, width: int, how: str, rows: list[list[str]]) -> str:
    names = {"\t": "tabs", ";": "semicolons", "|": "bars (|)", ",": "commas", " ": "spaces", ":": "colons"}
    names[WIDE] = "two spaces or more"
    split = f"{count(width, 'column')} separated by {names[separator]}" if separator else "One column"
    text = f"{split}; {how}."
    if separator == "," and width == 2 and all(re.fullmatch(r"-?\d+,\d+", ",".join(row)) for row in rows):
        text += (
            f" If {','.join(rows[0])} is meant as one number with a decimal comma, add a name as first line."
        )
    return text


def _parse(
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

    def parsed(part: bytes) -> pa.Table:
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
                strings_can_be_null=True,
                column_types={str(j): pa.string() for j in texts},
            ),
        )

    part = body[begin:] if begin else body
    numbers = _line_numbers(part, first)
    if separator in (" ", WIDE):
        part = _without_gaps(part, separator)
    with or_say(f"{reading.name} cannot be split into rows and columns", pa.ArrowException):
        table = parsed(part)
    if not ragged:
        return table, numbers, []
    rows = {int(numbers[min(number, len(numbers)) - 1]): (found, text) for number, found, text in ragged}
    mended, said, gone = _mended(
        body, rows, len(table), separator, width, first, strict, b'"' in part, reading
    )
    findings += said
    ragged.clear()
    part = _without_gaps(mended, separator) if separator in (" ", WIDE) else mended
    with or_say(f"{reading.name} cannot be split into rows and columns", pa.ArrowException):
        table = parsed(part)
    return table, _line_numbers(part, first), gone


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
    as many as they should. Raises `_RaggedError` where rows cannot be mended.
    """
    lines = body.split(b"\n")
    last_even = max(
        (n for n in range(first, len(lines) + 1) if lines[n - 1].strip() and n not in ragged), default=0
    )
    gone = []
    for number, (_, text) in ragged.items():
        cells = next(iter(_split([text], separator)[0]), [])
        words = [cell for cell in cells if cell and not is_value(cell) and cell not in MISSING_WORDS]
        if number > last_even and words and (len(cells) == 1 or len(words) > 0.5 * len(cells)):
            gone.append(number)
    rest = {number: found for number, (found, _) in ragged.items() if number not in gone}
    spans = _spans(lines[first - 1 :], separator, width) if rest and separator in (" ", WIDE) else None
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
            lines[number - 1] = line + separator.encode() * (width - found)
    short = [number for number, found in rest.items() if found < width]
    if strict or separator == "" or (quotes and _breaks(body)) or wrong or len(short) > max(even, 1):
        row = (wrong or list(rest) or gone)[0]
        more = len(rest) - 1
        also = f", as {count(more, 'other row')}" if more > 0 else ""
        raise _RaggedError(
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


def _loose_tokens(body: bytes, reading: Reading) -> list[str] | None:
    """The numbers of a text, whatever stands between them; None if something else does."""
    if len(body) > reading.limits.printed:
        return None
    text = body.decode("utf-8")
    for between in (r"[\s;|]+|,(?=\s|$)", r"[\s;|,]+"):  # first without the commas that may be decimal
        tokens = [token for token in re.split(between, text) if token]
        if tokens and all(token in MISSING_WORDS or is_plain(token) for token in tokens):
            return tokens
    return None


# --- Encodings

_BEGINNINGS = {
    b"PK\x03\x04": "an Excel file or another zip; if it is one, give it the ending .xlsx",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save it as .xlsx",
    b"PAR1": "a Parquet file; give it the ending .parquet",
    b"\x93NUMPY": "a numpy file; give it the ending .npy",
    b"%PDF": "a PDF; copy the table from it and paste it",
    b"\x89PNG": "a picture; a table of numbers is needed",
    b"\xff\xd8\xff": "a picture; a table of numbers is needed",
    b"\x1f\x8b": "a gzip file; unpack it first",
}
_CONTROLS = bytes(i for i in range(32) if chr(i) not in "\t\n\v\f\r\x1a\x1f")


# The minus sign and the dashes that word processors put in its place, before a number.
_MINUS = re.compile(r'(?:(?<=[\s,;|\[("])|^)(?:−|–)(?=[\d.,])'.encode(), re.MULTILINE)


def _as_utf8(content: bytes, name: str, chosen: str) -> tuple[bytes, list[str], str]:
    """The text as UTF-8 with plain line ends, what was found, and which encoding it has; a `TableError` if it
    is no text.
    """
    for beginning, meaning in _BEGINNINGS.items():
        if content.startswith(beginning):
            raise TableError(f"{name} is not text: it begins like {meaning}.")
    head, codec = content[:4000], ""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" in head:  # else it is ÿþ in Latin-1
        codec = "utf-16"
    elif len(head) > 3 and b"\0" in head:
        low, high = head[0::2].count(0), head[1::2].count(0)
        if max(low, high) > 0.4 * len(head) / 2 > 10 * min(low, high):
            codec = "utf-16-le" if high > low else "utf-16-be"
    findings, encoding = [], "utf-8"
    if chosen and not (chosen == "utf-16" and codec):
        try:
            content = content.decode(chosen).removeprefix("\ufeff").encode("utf-8", "replace")
        except UnicodeDecodeError as error:
            raise TableError(
                f"{name} is no text in {ENCODINGS[chosen]}: byte {error.start + 1} means nothing in it. "
                "Choose another encoding."
            ) from None
        encoding = chosen
    elif codec:
        with or_say(
            f"{name} begins as UTF-16 text and does not end as such; save it again, as UTF-8",
            UnicodeDecodeError,
        ):
            content = content.decode(codec).encode("utf-8", "replace")
        findings, encoding = ["The encoding is UTF-16."], "utf-16"
    elif content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        encoding = "cp1252"  # Latin-1 and what Windows adds
        content = content.decode(encoding, "replace").encode()
        findings = ["The encoding was taken to be Latin-1; if letters look wrong, save the file as UTF-8."]
    content = re.sub(_MINUS, b"-", content)
    position = content.find(b"\0")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if position >= 0 or (not codec and controls > 0.02 * len(head)):
        where = f"byte {position + 1} is zero" if position >= 0 else "it is full of control characters"
        raise TableError(
            f"{name} is not text: {where}, as in a binary file with a changed ending. "
            "Open it in the program it came from and save it as CSV."
        )
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), findings, encoding

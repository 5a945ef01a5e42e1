"""Text -> rows and columns."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.tables.formats.records import read_json, records_in
from gmm_core.tables.heads import find_head, is_header, usual_width
from gmm_core.tables.lines.comments import comment_above, without_comments
from gmm_core.tables.lines.encodings import as_utf8
from gmm_core.tables.lines.ragged import RaggedError, check_quotes, parsed
from gmm_core.tables.lines.separators import (
    describe_layout,
    find_separator,
    separates,
    split_lines,
    spread,
    with_double_quotes,
)
from gmm_core.tables.numbers import MISSING_WORDS, are_codes, is_plain, well_in
from gmm_core.tables.printed import is_printed_list, plain_lines, read_printed
from gmm_core.tables.reading import (
    ANYTHING,
    DECIMALS,
    ENCODINGS,
    READING,
    SAMPLE_LINES,
    SEPARATORS,
    SHOWN_LINES,
    WIDE,
    Choices,
    Decided,
    Doubt,
    Raw,
    Reading,
    TableError,
    is_text,
    offered_headers,
    raw,
    unique,
)
from gmm_core.tables.sessions import second_table
from gmm_core.tables.thousands import either_in
from gmm_core.tables.written import written_table
from gmm_core.words import count, quoted

SAMPLE_BYTES = 1_000_000  # what separator and header are judged by, with SAMPLE_LINES

# Text that spreadsheets would compute, as they and `export.to_csv` write it.
_GUARDED = r"(?s)^'([=+\-@\t\r\n＝＋－＠](?:.*[^'])?)$"
_SEP = re.compile(r"(?i)\s*sep=.?\s*")  # a line that tells spreadsheets the separator


def read_delimited(content: bytes, reading: Reading, loose: bool = False) -> Raw:
    """Rows and columns with any separator, a column of numbers, or a printed list."""
    name = reading.name
    body, findings, encoding = as_utf8(content, reading.name, reading.choices.encoding)
    if not body or body.isspace():
        raise TableError(f"{name} is empty. Rows of numbers are needed.")
    decided = _what_to_choose(body, loose)
    if not content.isascii() and not reading.pasted:
        decided = replace(
            decided,
            choices=Choices(encoding=encoding),
            offered={**decided.offered, "encoding": tuple(ENCODINGS)},
            # Which encoding it is, is decided, and said as such; that it may be another is a doubt.
            doubts=tuple(map(Doubt, findings if encoding == "utf-8" else findings[1:])),
        )
    if records := records_in(body):
        try:
            return read_json(records, reading)
        except TableError:
            pass  # then it is something else
    only = {name: some for name, some in decided.offered.items() if name == "encoding"}
    if is_printed_list(body):
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
    separators = [name for name, sign in SEPARATORS.items() if separates(sign, lines)]
    offered = {
        "header": offered_headers(shown, ""),
        "separator": (*separators, *([ANYTHING] if loose else [])),
    }
    if any(re.search(r"\d[.,]\d|(?<!\d)[.,]\d", line) for line in lines):
        offered["decimal"] = tuple(DECIMALS)
    return Decided(offered=offered, lines=shown)


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
    except RaggedError:
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


def read_pasted(content: bytes, reading: Reading) -> Raw:
    """The same, and lists with names, as code has them."""
    code = written_table(content.decode(), reading.name)
    if not code:
        return read_loose(content, reading)
    names, columns = code
    reading.check_size(len(columns[0]), len(columns))
    said = f"{len(names)} columns of {count(len(columns[0]), 'value')}"
    return raw(columns, names, [f"Written as code: {said}. Nothing of it was executed."])


def _read_rows(body: bytes, reading: Reading, findings: list[str], loose: bool, decided: Decided) -> Raw:
    """Lines as rows, split at the separator that fits best, or that was chosen."""
    name, limits, choices = reading.name, reading.limits, reading.choices
    if body.count(b"\n") > limits.rows + 1:
        raise reading.too_many(body.count(b"\n"), "row", limits.rows)
    body, blanked, known_names = plain_lines(body, reading, findings)
    body, comments = without_comments(body, choices)
    body = with_double_quotes(body)
    lines, numbers = _sample(body)
    if not lines:
        raise TableError(f"{name} holds only comments (lines that begin with #). Add rows of numbers.")
    if loose and not choices.separator and len(lines) == 1 and (tokens := _loose_tokens(body, reading)):
        findings.append("One line of numbers: they are one column, in their order.")
        return raw([tokens], None, findings, decided=_with_all_in_one(decided))
    if _SEP.fullmatch(lines[0]) and len(lines) > 1:
        findings.append(f"Left out before the table: row {numbers[0]}, {quoted(lines[0])}.")
        lines, numbers = lines[1:], numbers[1:]
    body, other, said = _one_table(body, choices)
    if other:
        findings += said
        blanked = blanked | other
        lines, numbers = _sample(body)
    separator = find_separator(lines, choices)
    rows, starts = split_lines(lines, separator)
    if separator == WIDE:
        rows = _narrow_names(rows, [lines[start] for start in starts])
    numbers = [numbers[start] for start in starts]
    in_comment = int(choices.header) + 1 if choices.header.isdecimal() else numbers[0]
    head = find_head(
        rows,
        numbers,
        comment_above(comments, in_comment, separator),
        (lambda i: re.split(r"\s{2,}|\t", lines[starts[i]].strip())) if separator == " " else None,
        choices.header,
        (lambda i, j: spread(lines[starts[i]], lines[starts[j]])) if separator == " " else None,
    )
    width = usual_width(rows)
    first = numbers[head.begin] if head.begin < len(rows) else numbers[-1] + 1
    marked = [number for number in comments if number < first]
    if blank := sum(number not in {*blanked, head.comment} for number in range(1, numbers[0])):
        findings.append(f"Left out before the table: {count(blank, 'line')}, blank or a comment.")
    reading.check_size(body.count(b"\n"), width)
    findings += [*head.above, describe_layout(separator, width, head.how, rows), *head.findings]
    if inside := {number: text for number, text in comments.items() if number not in marked}:
        number, text = next(iter(inside.items()))
        findings.append(
            f"Left out: {count(len(inside), 'line')} of comment within the table, first row {number}, "
            f"{quoted(text)}."
        )
    names = unique(head.names or known_names, width)
    check_quotes(body, name, separator, names)
    # Where a comma is the decimal sign, 1.234 is no number with a point.
    texts = list(range(width)) if choices.decimal == "comma" else _as_text(rows[head.begin :], separator)
    reading.tell(READING, 0.3)
    strict = loose and not head.names and not choices.made
    table, at, gone = parsed(body, reading, separator, width, first, texts, findings, strict)
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
    table = _without_guards(table, names, findings)
    return Raw(table, at, findings, separator == ";", left_out, decided)


def _without_guards(table: pa.Table, names: list[str], findings: list[str]) -> pa.Table:
    """The table with these names and its texts, without the apostrophe that keeps one from being computed."""
    plain = [re.sub(_GUARDED, r"\1", name) for name in names]
    guarded = [name for name, without in zip(names, plain, strict=True) if name != without]
    columns = table.columns
    for i, column in enumerate(columns):
        if is_text(column.type) and pc.any(pc.match_substring_regex(column, _GUARDED)).as_py():
            columns[i] = pc.replace_substring_regex(column, _GUARDED, r"\1")
            guarded.append(names[i])
    if guarded:
        findings.append(
            "An apostrophe that keeps spreadsheets from computing text was left out, first in "
            f"{quoted(guarded[0])}."
        )
    return pa.table(columns, names=unique(plain, len(plain)))


def _narrow_names(rows: list[list[str]], lines: list[str]) -> list[list[str]]:
    """Rows between two spaces or more, and names that have one space between them split at that."""
    width, rows = usual_width(rows), list(rows)
    for i, row in enumerate(rows[:SHOWN_LINES]):
        names = lines[i].split()
        if len(row) < width - 1 and len(names) in (width - 1, width) and is_header(names):
            rows[i] = names
    return rows


def _one_table(body: bytes, choices: Choices) -> tuple[bytes, set[int], list[str]]:
    """Of two tables below each other the longer one; the numbers of the lines left out, and what is said."""
    if len(body) > SAMPLE_BYTES or b"\n\n" not in body.strip():
        return body, set(), []
    lines = body.decode("utf-8", "ignore").split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    separator = find_separator([lines[i] for i in filled][:SAMPLE_LINES], choices)
    if not separator:
        return body, set(), []
    rows, starts = split_lines([lines[i] for i in filled], separator)
    at = second_table([(filled[start] + 1, row) for start, row in zip(starts, rows, strict=True)])
    if not at:
        return body, set(), []
    above = [i for i in filled if i + 1 < at]
    below = [i for i in filled if i + 1 >= at]
    gone, where = (below, "below") if len(above) >= len(below) else (above, "above")
    said = (
        f"Left out {where} the table: {count(len(gone), 'row')}, first row {gone[0] + 1}, "
        f"{quoted(lines[gone[0]].strip())}, as another table begins in row {at}."
    )
    for i in gone:
        lines[i] = ""
    return "\n".join(lines).encode(), {i + 1 for i in gone}, [said]


def _as_text(rows: list[list[str]], separator: str) -> list[int]:
    """The columns that are read as text, as their digits tell: codes such as 01234, and those in which 1.234
    may be meant as 1234, as whole numbers stand beside it or other columns may have a decimal comma. So are
    1E2 and the like: they may be wells.
    """
    cells = [
        [cell for cell in column if cell not in MISSING_WORDS] for column in zip_longest(*rows, fillvalue="")
    ]
    arrays = [pa.array(column, pa.string()) for column in cells]
    codes = [j for j, column in enumerate(cells) if are_codes(column) or well_in(arrays[j])]
    commas = separator == ";" or any(
        re.fullmatch(r"[+-]?[\d.]*,\d+", cell) for column in cells for cell in column
    )
    either = {j: one for j, column in enumerate(arrays) if (one := either_in(column))}
    return codes + [j for j, one in either.items() if one.sign == "." and (commas or one.mixed)]


def _sample(body: bytes) -> tuple[list[str], list[int]]:
    """The first lines that are not blank, and their numbers."""
    lines = body[:SAMPLE_BYTES].decode("utf-8", "ignore").split("\n")
    if len(body) > SAMPLE_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    filled = [(line, number) for number, line in enumerate(lines, 1) if line.strip()][:SAMPLE_LINES]
    return [line for line, _ in filled], [number for _, number in filled]


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

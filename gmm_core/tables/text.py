"""Text -> rows and columns: encodings, separators, rows of names, and lists as Python prints them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from gmm_core.tables.numbers import DOUBTFUL, MISSING_WORDS, VALUE
from gmm_core.tables.reading import READING, Raw, Reading, TableError, or_say, raw, unique
from gmm_core.words import count, megabytes, quoted

SAMPLE_BYTES, SAMPLE_LINES = 1_000_000, 200  # what separator and header are judged by


_SEP = re.compile(r"(?i)\s*sep=.?\s*")  # a line that tells spreadsheets the separator


class _RaggedError(TableError):
    """Rows of different lengths."""


def read_delimited(content: bytes, reading: Reading, loose: bool = False) -> Raw:
    """Rows and columns with any separator, a column of numbers, or a printed list."""
    name = reading.name
    body, findings = _as_utf8(content, reading.name)
    if not body or body.isspace():
        raise TableError(f"{name} is empty. Rows of numbers are needed.")
    if _PRINTED.match(body[:1000].decode("utf-8", "ignore")):
        return _read_printed(body, reading, findings)
    try:
        return _read_rows(body, reading, list(findings), loose)
    except _RaggedError:
        tokens = _loose_tokens(body, reading) if loose else None
        if tokens is None:
            raise
        findings.append("The lines hold different numbers of values, so all are one column, in their order.")
        return raw([tokens], None, findings)


def read_loose(content: bytes, reading: Reading) -> Raw:
    """The same; and where lines hold different numbers of values, all are one column."""
    return read_delimited(content, reading, loose=True)


def _read_rows(body: bytes, reading: Reading, findings: list[str], loose: bool) -> Raw:
    """Lines as rows, split at the separator that fits best."""
    name, limits = reading.name, reading.limits
    if body.count(b"\n") > limits.rows + 1:
        raise reading.too_many(body.count(b"\n"), "row", limits.rows)
    lines, skipped = _sample(body)
    if not lines:
        raise TableError(f"{name} holds only comments (lines that begin with #). Add rows of numbers.")
    if skipped:
        findings.append(f"Left out before the table: {count(skipped, 'line')}, blank or a comment with #.")
    if loose and len(lines) == 1 and (tokens := _loose_tokens(body, reading)):
        findings.append("One line of numbers: they are one column, in their order.")
        return raw([tokens], None, findings)
    separator = _find_separator(lines)
    rows = _split(lines, separator)
    for _ in range(20):
        title = (separator != " " and is_title(rows)) or _SEP.fullmatch(lines[0])
        others, before = _sample(body, skipped + 1) if title else ([], 0)
        if not others:
            break
        findings.append(title_finding(skipped + 1, [lines[0]] if _SEP.fullmatch(lines[0]) else rows[0]))
        lines, skipped, rows = others, before, _split(others, separator)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    reading.check_size(body.count(b"\n"), width)
    header = is_header(rows[0])
    findings.append(_describe_layout(separator, width, header, rows))
    names = [" ".join(cell.split()) for cell in rows[0]] if header else None
    skip_header = header
    if names and separator == " " and len(names) == width - 1:
        names = ["row names", *names]  # R's write.table gives the names of the rows no name
        skipped, skip_header = skipped + 1, False
    _check_quotes(body, name, separator, unique(names, width))
    doubtful = _doubtful(rows[int(header) :], separator)
    reading.tell(READING, 0.3)
    table, numbers = _parse(body, reading, separator, width, skipped, skip_header, doubtful)
    numbers = numbers[int(skip_header) :]
    if len(numbers) != len(table):
        if (inside := len(numbers) - len(table)) > 0:
            findings.append(
                f"{count(inside, 'line break')} within quotation marks; rows are counted as in a spreadsheet."
            )
        numbers = np.arange(len(table)) + skipped + 1 + skip_header
    return Raw(table.rename_columns(unique(names, width)), numbers, findings, separator == ";")


def is_title(rows: list[list[str]]) -> bool:
    """Whether the first row is a title: one text alone above rows of several cells."""
    first, others = rows[0], [row for row in rows[1:] if any(row)]
    if len(others) < 2 or sum(map(bool, first)) != 1 or not is_header(first):
        return False
    width = Counter(map(len, rows)).most_common(1)[0][0]
    filled = Counter(sum(map(bool, row)) for row in rows).most_common(1)[0][0]
    return width > 1 and filled > 1 and (len(first) == 1 or is_header(others[0]))


def title_finding(number: int, row: list[str]) -> str:
    return f"Left out before the table: row {number}, {quoted(next(filter(None, row)))}."


def _check_quotes(body: bytes, name: str, separator: str, names: list[str]) -> None:
    """A `TableError` if the last quotation mark opens a cell that never ends, as where a file is cut off."""
    if body.count(b'"') % 2 == 0:
        return
    place = body.rfind(b'"')
    begin = body.rfind(b"\n", 0, place) + 1
    before = body[begin:place].decode("utf-8", "ignore")
    if before and not (separator and before.endswith(separator)):
        return  # a mark within a cell, as in 5" of rain
    column = len(next(iter(_split([before], separator)), [])) if before else 1
    where = f"row {body.count(bytes([10]), 0, place) + 1}"
    if column <= len(names):
        where += f", column {quoted(names[column - 1])}"
    raise TableError(
        f"{name}: a quotation mark opens a text in {where}, and none closes it; the file may be cut off "
        "there. Close it, or delete it if it is one too many."
    )


def _doubtful(rows: list[list[str]], separator: str) -> list[int]:
    """The columns in which 1.234 may be meant as 1234, as other numbers have a decimal comma: they are
    read as text, as its digits tell.
    """
    cells = [
        [cell for cell in column if cell not in MISSING_WORDS] for column in zip_longest(*rows, fillvalue="")
    ]
    if separator != ";" and not any(
        re.fullmatch(r"[+-]?[\d.]*,\d+", cell) for column in cells for cell in column
    ):
        return []
    alike = re.compile(DOUBTFUL)
    return [
        j
        for j, column in enumerate(cells)
        if any("." in cell for cell in column) and all(alike.fullmatch(cell) for cell in column)
    ]


def _sample(body: bytes, begin: int = 0) -> tuple[list[str], int]:
    """The first lines from `begin` on that are not blank, and how many lines stand before them."""
    lines = body[:SAMPLE_BYTES].decode("utf-8", "ignore").split("\n")
    if len(body) > SAMPLE_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    blank = " \t,;|" if begin else None  # below a title, a row of empty cells is blank
    skipped = next(
        (i for i in range(begin, len(lines)) if lines[i].strip(blank) and not lines[i].startswith("#")),
        len(lines),
    )
    return [line for line in lines[skipped : skipped + SAMPLE_LINES] if line.strip()], skipped


def _find_separator(lines: list[str]) -> str:
    """The separator with which most lines agree in length and most cells are values; "" for one column."""
    best, most = "", 0.0
    for separator in ("\t", ";", "|", ",", " ", ""):
        score = _score(lines, separator)
        if score > most + 1e-9:  # in a tie the first wins
            best, most = separator, score
    if not best and "," in lines[0] and all(map(is_header, _split(lines[:1], ","))):
        return ","  # names with commas between them: then 1,2 below is not one number
    if best == "," and _looks_like_decimal_comma(lines):
        return ""
    return best


def _score(lines: list[str], separator: str) -> float:
    rows = _split(lines, separator)
    if not rows:
        return 0.0
    width, agree = Counter(map(len, rows)).most_common(1)[0]
    if separator and width < 2:
        return 0.0
    cells = [cell for row in (rows[1:] or rows) for cell in row if cell not in MISSING_WORDS]
    values = sum(VALUE.fullmatch(cell) is not None for cell in cells) / max(len(cells), 1)
    return agree / len(rows) * (0.1 + values)


def _split(lines: list[str], separator: str) -> list[list[str]]:
    if not separator:
        return [[line.strip().strip('"')] for line in lines]
    if separator == " ":
        lines = [" ".join(line.split()) for line in lines]
    rows = []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    while True:
        try:
            rows.append([cell.strip() for cell in next(reader)])
        except csv.Error:  # a cell longer than the module takes; enough others remain
            continue
        except StopIteration:
            return rows


def _looks_like_decimal_comma(lines: list[str]) -> bool:
    """Whether lines such as 25,31 are one number each: below a name without comma, or 25,07, or 1.234,5."""
    body = lines if "," in lines[0] else lines[1:]
    if body and all(re.fullmatch(r"\s*[+-]?\d{1,3}(\.\d{3})+,\d+\s*", line) for line in body):
        return True  # 1.234,56: the point stands between thousands
    halves = [re.fullmatch(r"\s*-?\d+,(\d+)\s*", line) for line in body]
    if not body or not all(halves):
        return False
    return len(body) < len(lines) or any(len(m[1]) > 1 and m[1][0] == "0" for m in halves if m)


def is_header(row: list[str]) -> bool:
    """Whether a first row is names: text in it, and no value."""
    cells = [cell for cell in row if cell not in MISSING_WORDS]
    return bool(cells) and not any(VALUE.fullmatch(cell) for cell in cells)


def _describe_layout(separator: str, width: int, header: bool, rows: list[list[str]]) -> str:
    names = {"\t": "tabs", ";": "semicolons", "|": "bars (|)", ",": "commas", " ": "spaces"}
    split = f"{count(width, 'column')} separated by {names[separator]}" if separator else "One column"
    text = f"{split}; {'the first row holds the names' if header else 'no row of names was found'}."
    if separator == "," and width == 2 and all(re.fullmatch(r"-?\d+,\d+", ",".join(row)) for row in rows):
        text += (
            f" If {','.join(rows[0])} is meant as one number with a decimal comma, add a name as first line."
        )
    return text


def _parse(
    body: bytes, reading: Reading, separator: str, width: int, skipped: int, header: bool, texts: list[int]
) -> tuple[pa.Table, NDArray[np.int64]]:
    """The rows below the header as an Arrow table, and the numbers of all lines that are not blank."""
    if separator == " ":
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b"\n ", b"\n").replace(b" \n", b"\n").strip(b" ")
    name = reading.name
    ragged: list[tuple[int, int]] = []

    def on_ragged(row: Any) -> str:
        if row.text.strip():
            ragged.append((row.number, row.actual_columns))
        return "skip" if len(ragged) < 1000 else "error"

    with or_say(f"{name} cannot be split into rows and columns", pa.ArrowException):
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(body if body.endswith(b"\n") else body + b"\n"),
                read_options=pa.csv.ReadOptions(
                    column_names=[str(j) for j in range(width)],
                    skip_rows=skipped,
                    skip_rows_after_names=int(header),
                    block_size=1 << 23,
                    use_threads=False,  # else a ragged row has no number
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=separator or "\x1f",
                    newlines_in_values=b'"' in body,
                    invalid_row_handler=on_ragged,
                ),
                convert_options=pa.csv.ConvertOptions(
                    null_values=MISSING_WORDS,
                    strings_can_be_null=True,
                    column_types={str(j): pa.string() for j in texts},
                ),
            )
        except pa.ArrowException:
            if not ragged:
                raise
    numbers = _line_numbers(body, skipped)
    if ragged:
        first, found = ragged[0]
        row = numbers[min(first - skipped, len(numbers)) - 1]
        more = f", as {count(len(ragged) - 1, 'other row')}{' or more' if len(ragged) > 999 else ''}"
        raise _RaggedError(
            f"{name}: row {row} has {count(found, 'value')} where {width} were expected"
            f"{more if len(ragged) > 1 else ''}. Give every row the same number of values; a text "
            "that holds the separator belongs in quotation marks."
        )
    return table, numbers


def _line_numbers(body: bytes, skipped: int) -> NDArray[np.int64]:
    """The numbers of the lines that are not blank, from the first that was not skipped."""
    if b"\n\n" not in body:
        return np.arange(skipped + 1, body.count(b"\n") + 1 + (not body.endswith(b"\n")))
    ends = np.flatnonzero(np.frombuffer(body + b"\n", np.uint8) == ord("\n"))
    filled = np.flatnonzero(np.diff(ends, prepend=-1) > 1) + 1
    return filled[filled > skipped]


def _loose_tokens(body: bytes, reading: Reading) -> list[str] | None:
    """The numbers of a text, whatever stands between them; None if something else does."""
    if len(body) > reading.limits.printed:
        return None
    text = body.decode("utf-8")
    for between in (r"[\s;|]+|,(?=\s|$)", r"[\s;|,]+"):  # first without the commas that may be decimal
        tokens = [token for token in re.split(between, text) if token]
        if tokens and all(token in MISSING_WORDS or VALUE.fullmatch(token) for token in tokens):
            return tokens
    return None


# --- Printed lists and arrays

_PRINTED = re.compile(r"\s*(\w+\s*=\s*)?(np\.|numpy\.)?(array\s*\()?\s*[\[(]\s*([\[(\]).+\-\d]|nan|np\.)")


def _read_printed(body: bytes, reading: Reading, findings: list[str]) -> Raw:
    """A Python list, or an array as numpy prints it: the innermost brackets are the rows."""
    name, limits = reading.name, reading.limits
    if len(body) > limits.printed:
        raise TableError(
            f"{name} is a printed list of {megabytes(len(body))}; at most {megabytes(limits.printed)} "
            "of that can be read. Save it with numpy.save or numpy.savetxt."
        )
    text = body.decode("utf-8")
    if "..." in text or "…" in text:
        raise TableError(
            f"{name} is a shortened list: values were replaced by '...' when it was printed. Print all, "
            "with print(x.tolist()), or after numpy.set_printoptions(threshold=sys.maxsize)."
        )
    text = re.sub(r"^\w+ ?=", "", " ".join(text.split()))  # patterns are slow on runs of spaces
    text = re.sub(r",?\s*dtype\s*=\s*[\w.'\"<>]+", "", text)
    text = re.sub(r"(?:np\.|numpy\.)?(?:float|int|uint)\d+\(([^()]*)\)", r"\1", text)
    text = re.sub(r"(?:np\.|numpy\.)?array\s*\(", "", text).translate(str.maketrans("()", "[]"))
    rows = [re.split(r"[\s,;]+", row.strip(" \t\n,;")) for row in re.findall(r"\[([^\[\]]+)(?:\]|$)", text)]
    rows = [[cell.strip("'\"") for cell in row] for row in rows if row != [""]]
    if not rows:
        raise TableError(f"{name} is an empty list. At least two numbers are needed.")
    if re.match(r"\s*\[\s*\[\s*\[", text):
        raise TableError(
            f"{name} is a list with more than two levels. Give one list for each row of the table."
        )
    rest = re.sub(r"\[[^\[\]]*(?:\]|$)|[\s\[\],;]", "", text)
    if rest:
        raise TableError(
            f"{name} is a printed list with something else around it: {quoted(rest)}. Leave that out."
        )
    if len(rows) == 1:
        findings.append(f"A printed list of {count(len(rows[0]), 'value')}: one column.")
        return raw([rows[0]], None, findings)
    for i, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise TableError(
                f"{name}: row {i} has {count(len(row), 'value')} where {len(rows[0])} were expected. "
                "Give every row the same number of values."
            )
    reading.check_size(len(rows), len(rows[0]))
    findings.append(f"A printed list of {len(rows):,} rows with {count(len(rows[0]), 'value')} each.")
    return raw(list(zip(*rows, strict=True)), None, findings)


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


def _as_utf8(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """The text as UTF-8 with plain line ends, and what was found; a `TableError` if it is no text."""
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
    findings = []
    if codec:
        with or_say(
            f"{name} begins as UTF-16 text and does not end as such; save it again, as UTF-8",
            UnicodeDecodeError,
        ):
            content = content.decode(codec).encode("utf-8", "replace")
        findings = ["The encoding is UTF-16."]
    elif content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content = content.decode("cp1252", "replace").encode()  # Latin-1 and what Windows adds
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
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), findings

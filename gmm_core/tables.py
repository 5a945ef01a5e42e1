"""A user's table, a file's bytes or pasted text, becomes columns of numbers, with findings in sentences.

Every format becomes one Arrow table; what follows is the same for all. Nothing is unpickled or evaluated.

Letters: n rows, d columns. Rows are numbered as a user counts them in the file, with the header; the index of
`Table.frame` holds these numbers.
"""

from __future__ import annotations

import csv
import importlib
import math
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from pathlib import PurePath
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.csv  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
from numpy.typing import NDArray

from gmm_core.covariance import Array

Missing = Literal["drop", "mean"]


@dataclass(frozen=True)
class Limits:
    """How much a visitor may bring."""

    upload: int = 100_000_000  # bytes
    unpacked: int = 200_000_000  # bytes of an Excel file or of the columns of a Parquet file
    printed: int = 10_000_000  # bytes of a printed list
    rows: int = 5_000_000
    columns: int = 1_000
    cells: int = 30_000_000  # 240 MB as floats, and several times that while they are read
    features: int = 20  # columns that are used where none are chosen


LIMITS = Limits()
SAMPLE_BYTES, SAMPLE_LINES = 1_000_000, 200  # what separator and header are judged by
MOSTLY = 0.75  # a column of which this share reads as numbers is a column of numbers

_NO_VALUE = "NA N/A n/a na NaN nan NAN -NaN -nan null NULL Null None none <NA> - -- ? ."
_SHEET_ERRORS = "#N/A #NA #DIV/0! #VALUE! #REF! #NUM! #NAME? #NULL!"
MISSING_WORDS = ("", *_NO_VALUE.split(), *_SHEET_ERRORS.split())
DATE = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
LOCAL_DATE = r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)([ T].*)?"
_EXPONENT = r"([eE][+-]?\d+)?"
_GAPS = " '’\u00a0\u202f"


@dataclass(frozen=True)
class _Notation:
    """A way to write numbers: the pattern, what groups the thousands, the decimal sign, and a sentence."""

    pattern: str
    grouping: str
    decimal: str
    finding: str


_GROUPED = rf"[+-]?([1-9]\d{{0,2}}([{_GAPS}]\d{{3}})+|\d+)"
_PLAIN = _Notation(rf"[+-]?(\d+(\.\d*)?|\.\d+){_EXPONENT}|[+-]?(?i:inf(inity)?)", "", ".", "")
_COMMA = _Notation(rf"[+-]?(\d+|\d*,\d+){_EXPONENT}", "", ",", "a decimal comma")
_THOUSANDS = _Notation(r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?", ",", ".", "commas between thousands")
NOTATIONS = (
    _PLAIN,
    _COMMA,
    _THOUSANDS,
    _Notation(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?", ".", ",", "points between thousands"),
    _Notation(_GROUPED + r"(\.\d*)?", _GAPS, ".", "gaps between thousands"),
    _Notation(_GROUPED + r"(,\d*)?", _GAPS, ",", "gaps between thousands and a decimal comma"),
)
_VALUE = re.compile(
    "|".join(f"(?:{pattern})" for pattern in (*(notation.pattern for notation in NOTATIONS), DATE))
)


class TableError(ValueError):
    """A table that cannot be used; the message is a sentence for the user.

    table : what was read, where that much was; it offers no features.
    """

    table: Table | None = None


class _RaggedError(TableError):
    """Rows of different lengths."""


@dataclass(frozen=True, eq=False)
class Table:
    """What was read: the frame, what was found, and which columns can be features.

    frame : n rows; its index holds the row numbers of the file. findings : sentences.
    numeric : the columns offered as features; not those that are constant or count the rows.
    """

    frame: pd.DataFrame
    findings: tuple[str, ...]
    numeric: tuple[str, ...]
    limits: Limits = LIMITS

    def features(self, columns: Sequence[str] | None = None, missing: Missing = "drop") -> Array:
        """The matrix (m, d), of the rows that `kept_rows` names; None: the first of `numeric`.

        missing : "drop" leaves incomplete rows out, "mean" fills them with the column's mean.
        """
        X = self._matrix(columns)[self.kept_rows(columns, missing)]
        if missing == "mean":
            known = ~np.isnan(X)
            # Divided first: the sum of large values is not a number any more.
            means = np.where(known, X / known.sum(axis=0), 0.0).sum(axis=0)
            X = np.where(known, X, means)
        return X

    def kept_rows(self, columns: Sequence[str] | None = None, missing: Missing = "drop") -> NDArray[np.intp]:
        """The positions (m,) of the rows that `features` returns; a `TableError` for fewer than 2."""
        if missing not in ("drop", "mean"):
            raise TableError(f"missing must be 'drop' or 'mean'; got {missing!r}.")
        known = ~np.isnan(self._matrix(columns))
        kept = np.flatnonzero(known.all(axis=1) if missing == "drop" else known.any(axis=1))
        if len(kept) < 2:
            names = self._chosen(columns)
            worst = int(np.argmin(known.sum(axis=0)))
            raise TableError(
                f"Only {_count(len(kept), 'row')} of {len(known):,} would be left; at least 2 are needed. "
                f"Most is missing in {names[worst]!r}: {_count(int((~known[:, worst]).sum()), 'value')}. "
                "Leave that column out, or fill missing values with the mean."
            )
        return kept

    def _matrix(self, columns: Sequence[str] | None) -> Array:
        """The chosen columns as floats (n, d), NaN where a value is missing."""
        return self.frame[self._chosen(columns)].to_numpy(np.float64, na_value=np.nan)

    def _chosen(self, columns: Sequence[str] | None) -> list[str]:
        if columns is None:
            return list(self.numeric[: self.limits.features])
        names = [columns] if isinstance(columns, str) else list(columns)
        if not names:
            raise TableError(f"No column is chosen. Numeric are: {_list(self.numeric)}.")
        for name in names:
            if name not in self.frame.columns:
                raise TableError(f"There is no column {name!r}. Numeric are: {_list(self.numeric)}.")
            if not _is_number(self.frame[name]) and self.frame[name].dtype != bool:
                raise TableError(
                    f"Column {name!r} does not hold numbers. Numeric are: {_list(self.numeric)}."
                )
        return names


@dataclass(frozen=True)
class _Raw:
    """A table as it was read, the numbers (n,) of its rows in the file, and what was found."""

    table: pa.Table
    numbers: NDArray[np.int64]
    findings: list[str]
    semicolons: bool = False  # stand between the columns, as where a comma is the decimal sign


def read_table(content: bytes, filename: str, limits: Limits = LIMITS) -> Table:
    """The table in a file's bytes; its ending is the format. A `TableError` says what is wrong and where."""
    name = re.sub(r"[^\x20-\x7e\xa0-\uffff]", "?", PurePath(filename).name)[-80:] or "The file"
    ending = PurePath(name).suffix.lower()
    if ending not in READERS:
        raise TableError(
            f"{name}: the ending {ending or '(none)'} is not known. "
            f"Known are {', '.join(READERS)}; save the table as one of these."
        )
    _check_content(name, content, limits)
    return _tidy(READERS[ending](content, name, limits), name, limits)


def read_text(text: str, limits: Limits = LIMITS) -> Table:
    """The table in pasted text: rows and columns, numbers separated by anything, or a printed list."""
    name, content = "The pasted text", text.encode("utf-8", "replace")
    _check_content(name, content, limits)
    return _tidy(_read_loose(content, name, limits), name, limits)


def _check_content(name: str, content: bytes, limits: Limits) -> None:
    if len(content) > limits.upload:
        raise TableError(
            f"{name} has {_megabytes(len(content))}; at most {_megabytes(limits.upload)} can be read. "
            "Take a sample of its rows, or leave columns out."
        )
    if not content.strip():
        raise TableError(f"{name} is empty. At least two rows of numbers are needed.")


# --- Text


def _read_delimited(content: bytes, name: str, limits: Limits, loose: bool = False) -> _Raw:
    body, findings = _as_utf8(content, name)
    if not body.strip():
        raise TableError(f"{name} is empty. At least two rows of numbers are needed.")
    if _PRINTED.match(body[:1000].decode("utf-8", "ignore")):
        return _read_printed(body, name, limits, findings)
    try:
        return _read_rows(body, name, limits, list(findings), loose)
    except _RaggedError:
        tokens = _loose_tokens(body, limits) if loose else None
        if tokens is None:
            raise
        findings.append("The lines hold different numbers of values, so all are one column, in their order.")
        return _raw([tokens], None, findings)


def _read_loose(content: bytes, name: str, limits: Limits) -> _Raw:
    return _read_delimited(content, name, limits, loose=True)


def _read_rows(body: bytes, name: str, limits: Limits, findings: list[str], loose: bool) -> _Raw:
    """Lines as rows, split at the separator that fits best."""
    if body.count(b"\n") > limits.rows + 1:
        raise _too_many(name, body.count(b"\n"), "row", limits.rows)
    lines, skipped = _sample(body)
    if not lines:
        raise TableError(f"{name} holds only comments (lines that begin with #). Add rows of numbers.")
    if skipped:
        findings.append(f"Left out before the table: {_count(skipped, 'line')}, blank or a comment with #.")
    if loose and len(lines) == 1 and (tokens := _loose_tokens(body, limits)):
        findings.append("One line of numbers: they are one column, in their order.")
        return _raw([tokens], None, findings)
    separator = _find_separator(lines)
    rows = _split(lines, separator)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    _check_size(name, body.count(b"\n"), width, limits)
    header = _is_header(rows[0])
    findings.append(_describe_layout(separator, width, header, rows))
    names = rows[0] if header else None
    if header and separator == " " and len(rows[0]) == width - 1:
        names = ["row names", *rows[0]]  # R's write.table gives the names of the rows no name
        skipped += 1
    table, numbers = _parse(body, name, separator, width, skipped, header and names is rows[0])
    return _Raw(table.rename_columns(_unique(names, width)), numbers, findings, separator == ";")


def _sample(body: bytes) -> tuple[list[str], int]:
    """The first lines that are not blank, and how many lines before them are blank or comments."""
    lines = body[:SAMPLE_BYTES].decode("utf-8", "ignore").split("\n")
    if len(body) > SAMPLE_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    skipped = next(
        (i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines)
    )
    return [line for line in lines[skipped : skipped + SAMPLE_LINES] if line.strip()], skipped


def _find_separator(lines: list[str]) -> str:
    """The separator with which most lines agree in length and most cells are values; "" for one column."""
    best, most = "", 0.0
    for separator in ("\t", ";", "|", ",", " ", ""):
        score = _score(lines, separator)
        if score > most + 1e-9:  # in a tie the first wins
            best, most = separator, score
    if not best and "," in lines[0] and _is_header(_split(lines[:1], ",")[0]):
        return ","  # names with commas between them: then 1,2 below is not one number
    if best == "," and _looks_like_decimal_comma(lines):
        return ""
    return best


def _score(lines: list[str], separator: str) -> float:
    try:
        rows = _split(lines, separator)
    except csv.Error:  # a cell longer than the module takes
        return 0.0
    width, agree = Counter(map(len, rows)).most_common(1)[0]
    if separator and width < 2:
        return 0.0
    cells = [cell for row in (rows[1:] or rows) for cell in row if cell not in MISSING_WORDS]
    values = sum(_VALUE.fullmatch(cell) is not None for cell in cells) / max(len(cells), 1)
    return agree / len(rows) * (0.1 + values)


def _split(lines: list[str], separator: str) -> list[list[str]]:
    if not separator:
        return [[line.strip().strip('"')] for line in lines]
    if separator == " ":
        lines = [" ".join(line.split()) for line in lines]
    return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]


def _looks_like_decimal_comma(lines: list[str]) -> bool:
    """Whether lines such as 25,31 are one number each: below a name without comma, or as in 25,07."""
    body = lines if "," in lines[0] else lines[1:]
    halves = [re.fullmatch(r"\s*-?\d+,(\d+)\s*", line) for line in body]
    if not body or not all(halves):
        return False
    return len(body) < len(lines) or any(len(m[1]) > 1 and m[1][0] == "0" for m in halves if m)


def _is_header(row: list[str]) -> bool:
    """Whether a first row is names: text in it, and no value."""
    cells = [cell for cell in row if cell not in MISSING_WORDS]
    return bool(cells) and not any(_VALUE.fullmatch(cell) for cell in cells)


def _describe_layout(separator: str, width: int, header: bool, rows: list[list[str]]) -> str:
    names = {"\t": "tabs", ";": "semicolons", "|": "bars (|)", ",": "commas", " ": "spaces"}
    split = f"{_count(width, 'column')} separated by {names[separator]}" if separator else "One column"
    text = f"{split}; {'the first row holds the names' if header else 'no row of names was found'}."
    if separator == "," and width == 2 and all(re.fullmatch(r"-?\d+,\d+", ",".join(row)) for row in rows):
        text += (
            f" If {','.join(rows[0])} is meant as one number with a decimal comma, add a name as first line."
        )
    return text


def _unique(names: Sequence[str] | None, width: int) -> list[str]:
    """A name for every column, none twice: x1, x2, ... where the file has none."""
    made: list[str] = []
    seen: set[str] = set()
    for j in range(width):
        plain = ((names[j] if names and j < len(names) else "") or ("x" if width == 1 else f"x{j + 1}"))[:200]
        name, copy = plain, 1
        while name in seen:
            copy += 1
            name = f"{plain}.{copy}"
        seen.add(name)
        made.append(name)
    return made


def _parse(
    body: bytes, name: str, separator: str, width: int, skipped: int, header: bool
) -> tuple[pa.Table, NDArray[np.int64]]:
    """The rows below the header as an Arrow table, and their numbers in the file."""
    if separator == " ":
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b"\n ", b"\n").replace(b" \n", b"\n").strip(b" ")
    ragged: list[tuple[int, int]] = []

    def on_ragged(row: Any) -> str:
        if row.text.strip():
            ragged.append((row.number, row.actual_columns))
        return "skip" if len(ragged) < 1000 else "error"

    with _or_say(f"{name} cannot be split into rows and columns", pa.ArrowException):
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
                convert_options=pa.csv.ConvertOptions(null_values=MISSING_WORDS, strings_can_be_null=True),
            )
        except pa.ArrowException:
            if not ragged:
                raise
    numbers = _line_numbers(body, skipped)
    if ragged:
        first, found = ragged[0]
        row = numbers[min(first - skipped, len(numbers)) - 1]
        more = f", as {_count(len(ragged) - 1, 'other row')}{' or more' if len(ragged) > 999 else ''}"
        raise _RaggedError(
            f"{name}: row {row} has {_count(found, 'value')} where {width} were expected"
            f"{more if len(ragged) > 1 else ''}. Give every row the same number of values; a text "
            "that holds the separator belongs in quotation marks."
        )
    numbers = numbers[int(header) :]
    if len(numbers) != len(table):  # a line break within quotation marks
        numbers = np.arange(len(table)) + skipped + 1 + header
    return table, numbers


def _line_numbers(body: bytes, skipped: int) -> NDArray[np.int64]:
    """The numbers of the lines that are not blank, from the first that was not skipped."""
    if b"\n\n" not in body:
        return np.arange(skipped + 1, body.count(b"\n") + 1 + (not body.endswith(b"\n")))
    ends = np.flatnonzero(np.frombuffer(body + b"\n", np.uint8) == ord("\n"))
    filled = np.flatnonzero(np.diff(ends, prepend=-1) > 1) + 1
    return filled[filled > skipped]


def _loose_tokens(body: bytes, limits: Limits) -> list[str] | None:
    """The numbers of a text, whatever stands between them; None if something else does."""
    if len(body) > limits.printed:
        return None
    text = body.decode("utf-8")
    for between in (r"[\s;|]+|,(?=\s|$)", r"[\s;|,]+"):  # first without the commas that may be decimal
        tokens = [token for token in re.split(between, text) if token]
        if tokens and all(token in MISSING_WORDS or _VALUE.fullmatch(token) for token in tokens):
            return tokens
    return None


# --- Printed lists and arrays

_PRINTED = re.compile(r"\s*(\w+\s*=\s*)?(np\.|numpy\.)?(array\s*\()?\s*[\[(]\s*([\[(\]).+\-\d]|nan|np\.)")


def _read_printed(body: bytes, name: str, limits: Limits, findings: list[str]) -> _Raw:
    """A Python list, or an array as numpy prints it: the innermost brackets are the rows."""
    if len(body) > limits.printed:
        raise TableError(
            f"{name} is a printed list of {_megabytes(len(body))}; at most {_megabytes(limits.printed)} "
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
            f"{name} is a printed list with something else around it: {rest[:40]!r}. Leave that out."
        )
    if len(rows) == 1:
        findings.append(f"A printed list of {_count(len(rows[0]), 'value')}: one column.")
        return _raw([rows[0]], None, findings)
    for i, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise TableError(
                f"{name}: row {i} has {_count(len(row), 'value')} where {len(rows[0])} were expected. "
                "Give every row the same number of values."
            )
    _check_size(name, len(rows), len(rows[0]), limits)
    findings.append(f"A printed list of {len(rows):,} rows with {_count(len(rows[0]), 'value')} each.")
    return _raw(list(zip(*rows, strict=True)), None, findings)


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


def _as_utf8(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """The text as UTF-8 with plain line ends, and what was found; a `TableError` if it is no text."""
    for beginning, meaning in _BEGINNINGS.items():
        if content.startswith(beginning):
            raise TableError(f"{name} is not text: it begins like {meaning}.")
    head, codec = content[:4000], ""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16"
    elif len(head) > 3 and b"\0" in head:
        low, high = head[0::2].count(0), head[1::2].count(0)
        if max(low, high) > 0.4 * len(head) / 2 > 10 * min(low, high):
            codec = "utf-16-le" if high > low else "utf-16-be"
    findings = []
    if codec:
        with _or_say(f"{name} begins as UTF-16 text but is not", UnicodeDecodeError):
            content = content.decode(codec).encode("utf-8", "replace")
        findings = ["The encoding is UTF-16."]
    elif content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content = content.decode("cp1252", "replace").encode()  # Latin-1 and what Windows adds
        findings = ["The encoding was taken to be Latin-1; if letters look wrong, save the file as UTF-8."]
    position = content.find(b"\0")
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if position >= 0 or (not codec and controls > 0.02 * len(head)):
        where = f"byte {position + 1} is zero" if position >= 0 else "it is full of control characters"
        raise TableError(
            f"{name} is not text: {where}, as in a binary file with a changed ending. "
            "Open it in the program it came from and save it as CSV."
        )
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), findings


# --- Excel, Parquet, NPY


def _read_excel(content: bytes, name: str, limits: Limits) -> _Raw:
    """The first sheet that is not empty."""
    broken = f"{name} is not an Excel file, or a damaged one: open it in Excel and save it again, or as CSV"
    with _or_say(broken, Exception):  # what a damaged zip makes zipfile raise is a long list
        unpacked = sum(member.file_size for member in zipfile.ZipFile(BytesIO(content)).infolist())
    if unpacked > limits.unpacked:
        raise TableError(
            f"{name} would unpack from {_megabytes(len(content))} to {_megabytes(unpacked)}; at most "
            f"{_megabytes(limits.unpacked)} can be read. Save the sheet as CSV."
        )
    try:
        openpyxl = importlib.import_module("openpyxl")
    except ImportError:
        raise TableError(
            f"{name}: Excel files need the package openpyxl, which is not installed. "
            "Save the sheet as CSV, or install it with pip install openpyxl."
        ) from None
    with _or_say(broken, Exception):  # and openpyxl's is longer
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says about its own size is not to be believed
            rows = _sheet_rows(sheet.iter_rows(values_only=True), name, limits)
            if rows:
                break
        else:
            raise TableError(f"{name} is empty: no sheet holds a value.")
    findings = (
        [f"Sheet {sheet.title!r} was read, of {len(book.worksheets)}."] if len(book.worksheets) > 1 else []
    )
    first = next(iter(rows))
    header = _is_header(["" if cell is None else str(cell).strip() for cell in rows[first]])
    names = [("" if cell is None else str(cell).strip()) for cell in rows.pop(first)] if header else None
    findings.append("The first row holds the names." if header else "No row of names was found.")
    columns = list(zip_longest(*rows.values())) or [() for _ in names or ()]
    return _raw(columns, names, findings, list(rows))


def _sheet_rows(rows: Iterable[tuple[Any, ...]], name: str, limits: Limits) -> dict[int, tuple[Any, ...]]:
    """The rows that hold something, by number."""
    kept: dict[int, tuple[Any, ...]] = {}
    for number, row in enumerate(rows, start=1):
        width = max((j for j, cell in enumerate(row, start=1) if cell is not None), default=0)
        if width:
            _check_size(name, len(kept), width, limits)
            kept[number] = row[:width]
    return kept


def _read_parquet(content: bytes, name: str, limits: Limits) -> _Raw:
    with _or_say(f"{name} is not a Parquet file, or a damaged one", Exception):
        file = pa.parquet.ParquetFile(pa.BufferReader(content))
        meta, schema = file.metadata, file.schema_arrow
        _check_size(name, meta.num_rows, meta.num_columns, limits)
        unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if unpacked > 8 * limits.cells:
            raise TableError(
                f"{name} would unpack to {_megabytes(unpacked)}; at most {_megabytes(8 * limits.cells)} "
                "can be read. Leave columns out."
            )
        # Text stays encoded: a long text on a million rows takes no more room than in the file.
        texts = [field.name for field in schema if _is_text(field.type)]
        file = pa.parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        table = file.read(use_threads=False)
        table.validate(full=True)
    table = table.replace_schema_metadata(None).rename_columns(_unique(table.column_names, table.num_columns))
    return _Raw(table, np.arange(1, len(table) + 1), [])


def _read_npy(content: bytes, name: str, limits: Limits) -> _Raw:
    """One or two dimensions of real numbers; nothing is allocated on the header's word."""
    stream = BytesIO(content)
    advice = "save it again with numpy.save"
    with _or_say(f"{name} is not a .npy file, or its header is damaged: {advice}", Exception):
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise TableError(
            f"{name} holds Python objects (dtype object), which could run code when they are read. "
            "Save numbers: numpy.save(file, x.astype(float))."
        )
    if dtype.kind not in "biuf":
        raise TableError(
            f"{name} holds {dtype}, not real numbers. Save numbers: numpy.save(file, x.astype(float))."
        )
    if len(shape) not in (1, 2) or min(shape) < 0:
        raise TableError(f"{name} has the shape {shape}; one or two dimensions are needed, (rows, columns).")
    found, promised = len(content) - stream.tell(), math.prod(shape) * dtype.itemsize
    if found != promised:
        raise TableError(
            f"{name}: its header promises {promised:,} bytes, for {shape} of {dtype}, but {found:,} "
            f"follow. The file is cut off or damaged; {advice}."
        )
    n, d = (*shape, 1)[:2]
    _check_size(name, n, d, limits)
    X = np.frombuffer(content, dtype, offset=stream.tell()).reshape((n, d), order="F" if fortran else "C")
    X = X.astype(np.float64 if dtype.kind == "f" else dtype.newbyteorder("="))
    return _raw(list(X.T), None, [f"An array of the shape {shape} and type {dtype}."])


READERS: dict[str, Callable[[bytes, str, Limits], _Raw]] = {
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".txt": _read_loose,
    ".xlsx": _read_excel,
    ".xlsm": _read_excel,
    ".parquet": _read_parquet,
    ".npy": _read_npy,
}


# --- From an Arrow table to numbers


def _tidy(raw: _Raw, name: str, limits: Limits) -> Table:
    """Empty rows and columns go, text that holds numbers becomes numbers, infinite values are missing."""
    findings = list(raw.findings)
    if not len(raw.table):
        names = raw.table.column_names
        only = f", only the names {_list(names)}" if names else ""
        raise TableError(f"{name} has no rows of values{only}. At least two rows of numbers are needed.")
    columns = {key: _plain(raw.table[key]) for key in raw.table.column_names}
    strange = [key for key, column in columns.items() if column is None]
    known = {key: column for key, column in columns.items() if column is not None}
    for key, column in known.items():
        if _is_text(column.type):
            known[key], said = _numbers_in(column, key, raw.numbers, raw.semicolons)
            findings += said
    frame = pa.table(known).to_pandas()
    frame.index = raw.numbers
    findings += _infinite_to_missing(frame)
    empty = frame.isna()
    columns_gone = [key for key in frame if empty[key].all()]
    if len(columns_gone) == len(known):
        rows = _count(len(frame), "row")
        raise TableError(f"{name} holds no values: all cells of its {rows} are empty, NaN or infinite.")
    rows_gone = empty.all(axis=1).to_numpy()
    if rows_gone.any() or columns_gone:
        frame = frame.loc[~rows_gone].drop(columns=columns_gone)
    first, last = raw.numbers[0], raw.numbers[-1]
    if gone := int(last - first) + 1 - len(frame):  # blank lines too
        kept = np.append(frame.index, last + 2)
        where = first + np.argmax(kept != first + np.arange(len(kept)))
        findings.append(f"Dropped {_count(gone, 'empty row')}, first row {where}.")
    if columns_gone:
        findings.append(f"Dropped {_count(len(columns_gone), 'empty column')}: {_list(columns_gone)}.")
    if strange:
        findings.append(f"Left out, as they hold neither numbers nor text nor dates: {_list(strange)}.")
    try:
        numeric, said = _look(frame, name, limits)
    except TableError as error:
        error.table = Table(frame, tuple(findings), (), limits)
        raise
    return Table(frame, (*findings, *said), numeric, limits)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The column as a type that pandas knows well, or None if it holds lists, bytes and the like."""
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return column if _is_text(kind.value_type) else _plain(column.cast(kind.value_type))
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, _is_text)
    return column if any(test(kind) for test in known) else None


def _numbers_in(
    column: pa.ChunkedArray, key: str, rows: NDArray[np.int64], semicolons: bool
) -> tuple[pa.ChunkedArray, list[str]]:
    """A column of text as numbers, if most of it is; with what was found."""
    text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    text = pc.if_else(pc.is_in(text, value_set=pa.array(MISSING_WORDS, pa.large_string())), None, text)
    filled = len(text) - text.null_count
    # In a tie the first wins: 1,234 is 1.234 only where semicolons stand between the columns.
    order = NOTATIONS if semicolons else (_PLAIN, _THOUSANDS, _COMMA, *NOTATIONS[3:])
    fits = {notation: pc.match_substring_regex(text, f"^(?:{notation.pattern})$") for notation in order}
    best = max(order, key=lambda notation: pc.sum(fits[notation]).as_py() or 0)
    count = pc.sum(fits[best]).as_py() or 0
    if not filled or count < MOSTLY * filled:
        return text, []
    said = []
    if best.finding:
        example = text.filter(fits[best])[0].as_py()
        said.append(f"Column {key!r}: numbers written with {best.finding}, such as {_short(example)}.")
    if count < filled:
        wrong = int(np.flatnonzero(pc.fill_null(pc.invert(fits[best]), False).to_numpy())[0])
        said.append(
            f"Column {key!r}: {filled - count:,} of {_count(filled, 'cell')} cannot be read as a number, "
            f"first {_short(text[wrong].as_py())} in row {rows[wrong]}; counted as missing. Correct the file."
        )
    digits = pc.if_else(fits[best], text, None)
    if best.grouping:
        digits = pc.replace_substring_regex(digits, f"[{best.grouping}]", "")
    return pc.replace_substring(digits, best.decimal, ".").cast(pa.float64()), said


def _infinite_to_missing(frame: pd.DataFrame) -> list[str]:
    """Infinite values of the frame become missing, in place; a sentence for each such column."""
    said = []
    for key in frame.select_dtypes("floating"):
        infinite = np.isinf(frame[key].to_numpy())
        if infinite.any():
            said.append(
                f"Column {key!r}: {_count(int(infinite.sum()), 'value')} infinite or beyond 1.8e308, first "
                f"in row {frame.index[infinite][0]}; counted as missing."
            )
            frame[key] = frame[key].mask(infinite)
    return said


def _look(frame: pd.DataFrame, name: str, limits: Limits) -> tuple[tuple[str, ...], list[str]]:
    """The columns to offer as features, and what there is to say about all of them."""
    if len(frame) < 2:
        raise TableError(
            f"{name} has only one row with values (row {frame.index[0]}); at least 2 are needed. "
            "If these are the values of one column, put each on a line of its own."
        )
    numbers = [key for key in frame if _is_number(frame[key])]
    others = [key for key in frame if key not in numbers]
    said = [_describe(frame[key]) for key in others[:5]]
    if len(others) > 5:
        said.append(f"{len(others) - 5} more columns do not hold numbers: {_list(others[5:])}.")
    if not numbers:
        raise TableError(
            f"{name} has no column of numbers. {' '.join(said)} At least one column of numbers is needed."
        )
    constant = [key for key in numbers if frame[key].min() == frame[key].max()]
    if len(constant) == len(numbers):
        key = constant[0]
        raise TableError(
            f"{name} has only one value in every column of numbers ({key!r}: "
            f"{frame[key].dropna().iloc[0]:g}). There is nothing to group; use a table whose numbers differ."
        )
    offered = [key for key in numbers if key not in constant]
    if len(offered) > 1 and offered[0] == frame.columns[0] and _counts_rows(frame[offered[0]]):
        said.append(f"Column {offered[0]!r} only counts the rows; it is not offered as a feature.")
        offered = offered[1:]
    if constant:
        said.append(f"Constant, and so not offered as a feature: {_list(constant)}.")
    if len(offered) > limits.features:
        said.append(
            f"{len(offered)} columns of numbers; the first {limits.features} are used where none are chosen."
        )
    gaps = [(key, frame[key].isna().to_numpy()) for key in frame if frame[key].hasnans]
    if gaps:
        places = [f"{key!r} {gap.sum():,} (first in row {frame.index[gap][0]})" for key, gap in gaps[:5]]
        more = f" and {len(gaps) - 5} more columns" if len(gaps) > 5 else ""
        said.append(f"Missing values: {', '.join(places)}{more}.")
    if copies := int(frame.duplicated().sum()):
        said.append(
            f"{_count(copies, 'row')} repeat{'s' if copies == 1 else ''} an earlier row; all are kept."
        )
    return tuple(offered), said


def _describe(column: pd.Series) -> str:
    """A sentence on a column that does not hold numbers."""
    known = column.dropna()
    if column.dtype.kind == "M":
        # numpy writes years that Python's own dates do not have
        first, last = np.datetime_as_string(
            [known.min().to_datetime64(), known.max().to_datetime64()], unit="D"
        )
        return f"Column {column.name!r} holds dates, from {first} to {last}."
    if column.dtype == bool:
        return f"Column {column.name!r} holds true and false: a label, not a feature."
    different, first = known.nunique(), str(known.iloc[0])
    text = f"Column {column.name!r} holds text, with {_count(different, 'different value')}"
    if re.fullmatch(LOCAL_DATE, first):
        return f"{text}, probably dates. Write them as 2024-12-31 instead of {_short(first)}."
    if different > 100 and different > 0.5 * len(known):
        return f"{text} on {_count(len(known), 'row')}: too many to be labels (first {_short(first)})."
    return f"{text} (first {_short(first)}): a label, not a feature."


def _counts_rows(column: pd.Series) -> bool:
    """Whether the values are 0, 1, 2, ... or 1, 2, 3, ..."""
    values = column.to_numpy()
    return (
        len(values) >= 5
        and values[0] in (0, 1)
        and bool((values == values[0] + np.arange(len(values))).all())
    )


# --- Small things


def _raw(
    columns: Sequence[Sequence[Any]],
    names: Sequence[str] | None,
    findings: list[str],
    numbers: Sequence[int] | None = None,
) -> _Raw:
    arrays = [_arrow(column) for column in columns]
    table = pa.table(arrays, names=_unique(names, len(arrays)))
    return _Raw(
        table, np.arange(1, len(table) + 1) if numbers is None else np.array(numbers, np.int64), findings
    )


def _arrow(values: Sequence[Any]) -> pa.Array:
    """Values as an Arrow array; as text where their types differ."""
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException:
        return pa.array([None if value is None else str(value) for value in values])


@contextmanager
def _or_say(sentence: str, errors: type[Exception] | tuple[type[Exception], ...]) -> Iterator[None]:
    """What a parser that is not ours raises becomes a `TableError`."""
    try:
        yield
    except TableError:
        raise
    except errors as error:
        reason = str(error).strip().partition("\n")[0][:200].rstrip(".")
        raise TableError(f"{sentence}{f' ({reason})' if reason else ''}.") from error


def _check_size(name: str, n: int, d: int, limits: Limits) -> None:
    if d > limits.columns:
        raise _too_many(name, d, "column", limits.columns)
    if n > limits.rows:
        raise _too_many(name, n, "row", limits.rows)
    if n * d > limits.cells:
        raise TableError(
            f"{name} has {n:,} rows and {d:,} columns; at most {limits.cells:,} cells can be read. "
            "Take a sample of its rows, or leave columns out."
        )


def _too_many(name: str, found: int, noun: str, limit: int) -> TableError:
    advice = "Leave columns out" if noun == "column" else "Take a sample of its rows"
    return TableError(f"{name} has {found:,} {noun}s; at most {limit:,} can be read. {advice}.")


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iuf"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(repr(name) for name in names[:5]) + more


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:29]}…")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"

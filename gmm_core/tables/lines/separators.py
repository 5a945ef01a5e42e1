"""What stands between the cells of a line, by evidence."""

from __future__ import annotations

import csv
import re
from collections import Counter

from gmm_core.tables.heads import is_header
from gmm_core.tables.numbers import MISSING_WORDS, is_plain, is_value, unit_of
from gmm_core.tables.reading import AS_FOUND, SEPARATORS, WIDE, Choices
from gmm_core.words import count


def separates(sign: str, lines: list[str]) -> bool:
    """Whether a sign is between other signs in some line."""
    if sign == "":
        return True
    between = r"\S(?: {2,}|\t)\S" if sign == WIDE else rf"\S{re.escape(sign)}"
    return any(re.search(between, line) for line in lines)


def find_separator(lines: list[str], choices: Choices = AS_FOUND) -> str:
    """The separator with which most lines agree in length and most cells are values; "" for one column."""
    if choices.separator:
        return SEPARATORS[choices.separator]
    lines = [
        line for line in lines if not re.fullmatch(r"\s*\[[A-Za-z][^\]\d]*\]\s*", line)
    ] or lines  # [Data]
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
        and all(map(is_header, split_lines(lines[:1], ",")[0]))
    ):
        return ","  # names with commas between them: then 1,2 below is not one number
    if best == "," and choices.decimal != "point" and _looks_like_decimal_comma(lines):
        return ""
    if best in (" ", WIDE) and _has_units(lines):
        return ""
    return best


def _score(lines: list[str], separator: str) -> float:
    rows, _ = split_lines(lines, separator)
    if not rows:
        return 0.0
    width, agree = Counter(map(len, rows)).most_common(1)[0]
    if separator and width < 2:
        return 0.0
    cells = [cell for row in (rows[1:] or rows) for cell in row if cell not in MISSING_WORDS]
    fits = is_value if separator not in ("", " ") else is_plain  # 5 cm are two cells, or one
    values = sum(bool(fits(cell)) for cell in cells) / max(len(cells), 1)
    return agree / len(rows) * (0.1 + values)


def split_lines(lines: list[str], separator: str) -> tuple[list[list[str]], list[int]]:
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


_SINGLE = re.compile(rb"(?m)(?:(?<=[,;\t| ])|^)'([^'\n]*)'(?=[,;\t| \r]|$)")


def with_double_quotes(body: bytes) -> bytes:
    """The text with " in place of ', where texts are in these."""
    begin = body[:4000].lstrip()
    in_names = len(_SINGLE.findall(begin.partition(b"\n")[0]))
    if b'"' in body or (in_names < 2 and len(_SINGLE.findall(begin)) < max(2, 0.5 * begin.count(b"\n"))):
        return body
    return _SINGLE.sub(rb'"\1"', body)


def spread(headings: str, names: str) -> list[str]:
    """Headings as cells above the names below them, each where it stands, and empty cells between."""
    places = [(match[0], match.end()) for match in re.finditer(r"\S+(?: \S+)*", headings.expandtabs())]
    row: list[str] = []
    for match in re.finditer(r"\S+", names.expandtabs()):
        above = [text for text, end in places if end <= match.end() or end - match.end() <= 1]
        row.append(above[-1] if above else "")
    return [text if i == 0 or text != row[i - 1] else "" for i, text in enumerate(row)]


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


def describe_layout(separator: str, width: int, how: str, rows: list[list[str]]) -> str:
    names = {"\t": "tabs", ";": "semicolons", "|": "bars (|)", ",": "commas", " ": "spaces", ":": "colons"}
    names[WIDE] = "two spaces or more"
    split = f"{count(width, 'column')} separated by {names[separator]}" if separator else "One column"
    text = f"{split}; {how}."
    if separator == "," and width == 2 and all(re.fullmatch(r"-?\d+,\d+", ",".join(row)) for row in rows):
        text += (
            f" If {','.join(rows[0])} is meant as one number with a decimal comma, add a name as first line."
        )
    return text

"""Lines of comment above a table and within it."""

from __future__ import annotations

import re

from gmm_core.tables.heads import find_head, usual_width
from gmm_core.tables.lines.separators import find_separator, split_lines
from gmm_core.tables.numbers import MISSING_WORDS, is_value
from gmm_core.tables.reading import SAMPLE_LINES, Choices

_MARKS = ("#", "%", "//", "/*")


def without_comments(body: bytes, choices: Choices) -> tuple[bytes, dict[int, str]]:
    """The text with blank lines in place of comments, and the comments by number of line.

    A line with a mark is a comment unless most lines have it, or it reads as a row as the others do.
    """
    if not re.search(rb"(?m)^[ \t]*(?:#|%|//|/\*)", body):
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
        separator = find_separator(others, choices)
        rows, _ = split_lines(others, separator)
        width, begin = usual_width(rows), find_head(rows, range(len(rows))).begin
        named = [row[0] for row in rows[begin:] if len(row) == width]
        texts = sum(not is_value(cell) and cell not in MISSING_WORDS for cell in named) > 0.5 * len(named)
        for i, line in marked.items():
            row = next(iter(split_lines([line], separator)[0]), [])
            is_row = texts and len(row) == width and (width == 1 or any(map(is_value, row[1:])))
            if not is_row and not (row and row[0] in MISSING_WORDS):
                comments[i] = line
    quoted_breaks = body.count(b'"') and any(lines[i].count(b'"') % 2 for i in comments)
    if quoted_breaks:
        return body, {}
    for i in comments:
        lines[i] = b""
    return b"\n".join(lines), {i + 1: line.strip() for i, line in comments.items()}


def comment_above(comments: dict[int, str], first: int, separator: str) -> tuple[int, list[str]] | None:
    """The number and the cells of the comment right above the first row, which may hold the names."""
    number = max((number for number in comments if number < first), default=0)
    if not number:
        return None
    text = re.sub(r"^(?:#+|%+|//+|/\*+)\s*|\s*\*/$", "", comments[number])
    if separator == "" and len(text.split()) > 1:
        return None
    return number, next(iter(split_lines([text], separator)[0]), [])

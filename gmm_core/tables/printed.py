"""Tables and lists as programs print them -> rows that can be split like any text.

Lines that only frame a table become blank, so that the others keep their numbers.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from gmm_core.tables.heads import ROW_NAMES
from gmm_core.tables.reading import Raw, Reading, TableError, raw
from gmm_core.tables.sessions import (
    data_block,
    in_quotes,
    one_variable,
    pairs,
    r_list,
    sparse,
    without_prompts,
)
from gmm_core.words import count, megabytes, quoted

# --- Printed lists and arrays

_PRINTED = re.compile(
    r"\s*(\w+\s*=\s*)?((np|numpy|torch|jnp)\.)?((array|tensor|Array|matrix)\s*\()?\s*[\[({]\s*([\[({\]).+\-\d]|nan|np\.)"
)
_PLACES_OF_R = re.compile(r"\s*\[(\d+|\d*,\d*)\]\s")


def is_printed_list(body: bytes) -> bool:
    """Whether a text is a list or an array in brackets, and not what R prints with [1] before it."""
    begin = _opened(body[:1000].decode("utf-8", "ignore"))
    return _PRINTED.match(begin) is not None and not _PLACES_OF_R.match(begin)


def _opened(text: str) -> str:
    """The text without prompts, imports and comments above it, R's c(1, 2) as [1, 2], and a row in each line
    between brackets of MATLAB.
    """
    text = re.sub(r"\A(?:\s*(?:#.*|//.*|(?:import|from|library|using)\b.*)?\n)+", "", text)
    text = re.sub(r"\A\s*(?:const|let|var)\s+", "", text)
    text = re.sub(r"\A\s*(?:(?:In ?\[\d*\]:|>+).*\n)*\s*Out ?\[\d*\][:=]", "", text)
    text = re.sub(r"\A\s*(?:>\s)?(?:([\w.]+)\s*(?:<-|=)\s*)?c\(", "[", text)
    if found := re.match(r"\s*\w+\s*=\s*\[([^\[\],;]+)\]", text):
        widths = {len(line.split()) for line in found[1].split("\n") if line.strip()}
        if len(widths) == 1 and widths != {1}:
            text = text.replace("\n", ";\n")
    return text


def read_printed(body: bytes, reading: Reading, findings: list[str]) -> Raw:
    """A Python list, or an array as numpy prints it: the innermost brackets are the rows."""
    name, limits = reading.name, reading.limits
    if len(body) > limits.printed:
        raise TableError(
            f"{name} is a printed list of {megabytes(len(body))}; at most {megabytes(limits.printed)} "
            "of that can be read. Save it with numpy.save or numpy.savetxt."
        )
    text = _opened(body.decode("utf-8"))
    if "..." in text or "…" in text:
        raise TableError(
            f"{name} is a shortened list: values were replaced by '...' when it was printed. Print all, "
            "with print(x.tolist()), or after numpy.set_printoptions(threshold=sys.maxsize)."
        )
    text = re.sub(r"(?m)(?:#|//).*$", "", text)
    text = re.sub(r"^\w+ ?=", "", " ".join(text.split()))  # patterns are slow on runs of spaces
    text = re.sub(r",?\s*(device|grad_fn|requires_grad)\s*=\s*[^,()\[\]]+", "", text)
    text = re.sub(r",?\s*dtype\s*=\s*[\w.'\"<>]+", "", text)
    text = re.sub(r"(?:np\.|numpy\.)?(?:float|int|uint)\d+\(([^()]*)\)", r"\1", text)
    text = re.sub(r"(?:(?:np|numpy|torch|jnp)\.)?(?:array|tensor|Array|matrix)\s*\(", "", text)
    text = text.translate(str.maketrans("(){}", "[][]"))
    if text.count("[") == 1 and re.search(r";.*\d", text):  # [1 2; 3 4], as MATLAB and Julia write it
        text = f"[{text.replace(';', '],[')}]"
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


# --- Tables in frames, as programs and databases print them

_FRAME = "─━═╌┄┈┬┼┴├┤┌┐└┘╞╡╪╤╧╭╮╰╯┝┥╔╗╚╝╠╣╦╩╬┏┓┗┛┡┩╇┯┷┿╫╢╟"
_RULE = re.compile(rf"(?=.*(?:[-=_{_FRAME}]{{3}}|[|:]-+[|:]))[\s|+:=_\-{_FRAME}]+")
_BARS = str.maketrans("│┃┆║┊¦", "||||||")
_TYPE = re.compile(
    r"<\w+>|\(?(?:[iuf](?:8|16|32|64)|str|bool|cat|date|u?int\d*|float\d*|double|varchar|text|integer|bigint|real"
    r"|numeric|boolean|datetime(\[.*\])?|U?Int\d+\??|Float\d+\??|String\d*\??|Bool\??|Any|decimal\(.*\))\)?"
)
_SHORT = re.compile(r"(?:\.{2,3}|[…⋮⋱⋯])")
_MORE = re.compile(r"(?i)\s*(?:#.*\bmore (?:rows?|variables?|columns?)\b.*|\[? ?reached .*(?:max|omitted).*)")
_AROUND = re.compile(
    r"""(?ix)\s*(?:
    \[\d+\ rows?\ x\ \d+\ columns?\] | (?:name:\ .*,\ )?(?:length:\ \d+,\ )?dtype:\ \S+ | shape:\ \(.*\)
    | \(\d+\ rows?(?:\ affected)?\) | \d+\ rows?\ in\ set.* | \d+\ rows?(?:\ selected.*)?
    | time:\ [\d.]+\ ms.* | \#\ a\ tibble:.*
    | (?:\d+\s?[×x]\s?\d+|\d+-element)\ \S*(?:matrix|array|dataframe|vector|table|adjoint).*
    | \d+[×x]\d+\ table | series:\ .*\[\w+\] | [\[\]] | [A-Za-z]\w*\s*=
    )\s*"""
)
_HINT = re.compile(
    rf"(?m)^\s*\[\d*,?\d+\]|^\s*\[\d+,\]|^\s*[A-Za-z]\w*\s*=\s*$|\\begin\{{|&.*\\\\|\\\s*$|[{_FRAME}│┆]|^\s*\|.*\|\s*$"
    r"|^[\s|+:=_-]*[-=_]{3}[\s|+:=_-]*$|dtype: |rows x \d+ columns\]|shape: \(|A tibble|-element |×\d"
    r"|^\s*\(\d+ rows?\)|rows? in set|^\s*\.\.\.? |^\s*Columns? \d"
    r"|^\s*(?:>+|In ?\[\d*\]:|Out ?\[\d*\]|\w{2,}>) "
    r"|^\s*[+-]?[\d.]+ [1-9]\d*:[\d.+-]|^\s*\"[^\"\n]*[,;\t][^\"\n]*\"\s*$"
    r"|^\s*(?:datalines|cards|begin data|DATALINES|CARDS|BEGIN DATA)\s*[;.]?\s*$|^\s*\d+\. \|"
    r"|^\s*\$\w|\A\s*[A-Za-z_][\w.]*\s*[:=]\s*[^\s,;:=]+"
)
_STATA = re.compile(r"(?:\d+\. )?\|(.*)\|")  # a row of what it lists
_FACTOR = re.compile(r"\s*(\d+(?:\.\d+)?e[+-]?\d+)\s*\*\s*")
_BLOCK = re.compile(r"\s*Columns? \d+(?: (?:through|and|to) \d+)?:?\s*")


class Plain(NamedTuple):
    """A text without what frames a table, the numbers of lines that are blank now, and names, if known."""

    body: bytes
    blank: set[int]
    names: list[str] | None = None


def plain_lines(body: bytes, reading: Reading, findings: list[str]) -> Plain:
    """A printed table without its frame, and what was done.

    Of pandas, polars, R, MATLAB, Octave, Julia, databases, Markdown and LaTeX; other text stays as it is.
    """
    edges = (body[:4000] + b"\n" + body[-1000:]).decode("utf-8", "ignore")
    if len(body) > reading.limits.printed or not _HINT.search(edges):
        return Plain(body, set())
    before = body.decode("utf-8").split("\n")
    lines = without_prompts(before)
    filled = [line for line in lines if line.strip()]
    if found := r_list(lines):
        findings.append(
            f"Vectors as R prints them, of {count(len(found[1][0]), 'value')} each: one column each."
        )
        return Plain("\n".join(map("\t".join, zip(*found[1], strict=True))).encode(), set(), found[0])
    if log := pairs(lines):
        findings.append("Each line holds names and values, as in a log: they are the names of columns.")
        return Plain("\n".join(log[1]).encode(), set(), log[0])
    if svm := sparse(lines):
        findings.append(
            "Each line holds a label and features by their number, as LIBSVM writes them; a feature that is "
            "not there is 0."
        )
        return Plain("\n".join(svm[1]).encode(), set(), svm[0])
    if unquoted := in_quotes(lines):
        findings.append("Quotation marks around each line are left out.")
        return Plain("\n".join(unquoted).encode(), set())
    if block := data_block(lines):
        findings.append("The data within a program are read; its other lines are left out.")
        gone = {i for i, (line, old) in enumerate(zip(block[1], before, strict=True), 1) if old and not line}
        return Plain("\n".join(block[1]).encode(), gone, block[0] or None)
    if (tokens := _r_vector(filled)) is not None:
        findings.append(f"A vector as R prints it, of {count(len(tokens), 'value')}: one column.")
        return Plain("\n".join(tokens).encode(), set())
    if series := _pandas_series(lines):
        return series
    lines, said = one_variable(lines)
    findings += [said] if said else []
    if any(re.search(r"\\begin\{tabular|&.*\\\\", line) for line in lines):
        lines = [from_latex(line) for line in lines]
    lines = [line.translate(_BARS) for line in lines]
    framed = any(map(_RULE.fullmatch, lines)) or any("|" in line for line in lines)
    lines = ["" if _RULE.fullmatch(line) or _AROUND.fullmatch(line) else line for line in lines]
    _refuse_shortened(lines, reading.name)
    if framed:
        lines = _without_bars(lines)
    lines = _without_r_places(lines)
    lines = _joined_blocks(_multiplied(lines, findings))
    for i, line in enumerate(lines):
        cells = [cell for cell in re.split(r"[\s|]+", line) if cell]
        if cells and all(map(_TYPE.fullmatch, cells)) and any(map(str.strip, lines[:i])):
            lines[i] = ""
    blank = {
        i
        for i, (line, old) in enumerate(zip(lines, before, strict=True), 1)
        if old.strip() and not line.strip()
    }
    if blank:
        findings.append("The table was printed by a program: lines that only frame it are left out.")
    return Plain("\n".join(lines).encode(), blank)


def _pandas_series(lines: list[str]) -> Plain | None:
    """A series as pandas prints it: values behind an index, and its name in the last line."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    found = re.match(r"(?:Name: (.*?), )?(?:Length: \d+, )?dtype: ", lines[filled[-1]]) if filled else None
    rows = [lines[i].split() for i in filled[:-1]]
    if found is None or not rows or any(len(row) != 2 or _SHORT.fullmatch(row[0]) for row in rows):
        return None
    lines = [*lines[: filled[-1]], ""]
    return Plain("\n".join(lines).encode(), {filled[-1] + 1}, [ROW_NAMES, found[1] or "x"])


def _refuse_shortened(lines: list[str], name: str) -> None:
    for number, line in enumerate(lines, 1):
        cells = [cell for cell in re.split(r"[\s|]+", line) if cell]
        if _MORE.fullmatch(line) or sum(map(bool, map(_SHORT.fullmatch, cells))) > 0:
            raise TableError(
                f"{name} is a shortened print: in row {number} values were replaced by "
                f"{quoted(' '.join(line.split()))}. Print all of it (in pandas with print(df.to_string())), "
                "or save it as CSV."
            )


def _r_vector(lines: list[str]) -> list[str] | None:
    """The values of a vector as R prints it, [1] before the first; None for anything else."""
    found = [re.fullmatch(r"\s*\[(\d+)\]\s+(.*)", line) for line in lines]
    if not found or not all(found):
        return None
    tokens: list[str] = []
    for match in found:
        if match and int(match[1]) != len(tokens) + 1:
            return None
        tokens += match[2].split() if match else []
    return tokens


def from_latex(line: str) -> str:
    """A row of a LaTeX table with tabs between its cells; blank for lines without any."""
    line = re.sub(r"(?<!\\)%.*", "", line)
    line = re.sub(
        r"\\(?:hline|toprule|midrule|bottomrule|cline\{.*?\}|cmidrule(?:\(.*?\))?\{.*?\})", "", line
    )
    if not re.search(r"(?<!\\)&", line):
        return ""
    line = re.sub(r"\\\\(?:\[.*?\])?\s*$", "", line.strip())
    line = re.sub(
        r"\\(?:textbf|textit|emph|mathrm|text|num|bf|multicolumn\{\d+\}\{.*?\})\s*\{([^{}]*)\}", r"\1", line
    )
    line = re.sub(r"\\(?:times|cdot)\s*10\^\{?(-?\d+)\}?", r"e\1", line).replace("$", "")
    cells = re.split(r"(?<!\\)&", line)
    return "\t".join(re.sub(r"\\([%$&#_{}])", r"\1", cell.replace("{,}", "")).strip("{} ") for cell in cells)


def _without_bars(lines: list[str]) -> list[str]:
    """Rows without bars at their ends, or after the number of the row."""
    filled = [line.strip() for line in lines if line.strip()]
    bars = [line for line in filled if "|" in line]
    if len(bars) < 0.5 * len(filled):
        return lines
    if all(line.startswith("|") and line.endswith("|") and len(line) > 1 for line in bars):
        return [line.strip()[1:-1] if line.strip() in bars else "" for line in lines]
    if any(re.match(r"\d+\. ", line) for line in bars) and all(map(_STATA.fullmatch, bars)):
        return [_STATA.sub(r"\1", line.strip()).replace("|", " ") for line in lines]
    if all(
        line.count("|") == 1 and re.match(r"(?:Row|\d*)\s*\|", line) for line in bars
    ):  # as Julia prints it
        return [line.replace("|", "  ") for line in lines]
    return lines


def _without_r_places(lines: list[str]) -> list[str]:
    """A matrix as R prints it, without the numbers of its rows and columns."""
    lines = ["" if re.fullmatch(r"\s*(?:\[,\d+\]\s*)+", line) else line for line in lines]
    return [re.sub(r"^\s*\[\d+,\]", "", line) for line in lines]


def _joined_blocks(lines: list[str]) -> list[str]:
    """Columns that were printed below the others, for want of room, beside them again."""
    starts = [i for i, line in enumerate(lines) if _BLOCK.fullmatch(line)]
    with_names = not starts
    if with_names and any(line.rstrip().endswith("\\") for line in lines):  # as pandas wraps a table
        filled = [i for i, line in enumerate(lines) if line.strip()]
        starts = filled[:1] + [i for i in filled if i and not lines[i - 1].strip()]
    if len(starts) < 2:
        return ["" if i in starts and not with_names else line for i, line in enumerate(lines)]
    parts = [
        [i for i in range(begin + (not with_names), end) if lines[i].strip()]
        for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    if len({len(part) for part in parts}) > 1:
        return lines
    joined = ["" for _ in lines]
    for row in zip(*parts, strict=True):
        cells = [lines[i].strip().rstrip("\\").strip() for i in row]
        if with_names and row[0] != starts[0]:
            cells[1:] = [cell.partition(" ")[2].strip() for cell in cells[1:]]
        joined[row[0]] = "  ".join(cells)
    return joined


def _multiplied(lines: list[str], findings: list[str]) -> list[str]:
    """The numbers times the factor that MATLAB prints above them, or above each block of columns."""
    factor, lines = "", list(lines)
    for i, line in enumerate(lines):
        if match := _FACTOR.fullmatch(line):
            if match[1] != factor:
                findings.append(f"Numbers are multiplied by {float(match[1]):g}, the factor in row {i + 1}.")
            factor, lines[i] = match[1], ""
        elif factor and not _BLOCK.fullmatch(line):
            lines[i] = re.sub(r"[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?", partial(_times, Decimal(factor)), line)
    return lines


def _times(factor: Decimal, number: re.Match[str]) -> str:
    return str(Decimal(number[0]) * factor)

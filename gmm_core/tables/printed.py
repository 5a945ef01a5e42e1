"""Tables and lists as programs print them -> rows that can be split like any text.

Lines that only frame a table become blank, so that the others keep their numbers.
"""

from __future__ import annotations

import re

from gmm_core.tables.reading import Raw, Reading, TableError, raw
from gmm_core.words import count, megabytes, quoted

# --- Printed lists and arrays

PRINTED = re.compile(r"\s*(\w+\s*=\s*)?(np\.|numpy\.)?(array\s*\()?\s*[\[(]\s*([\[(\]).+\-\d]|nan|np\.)")


def read_printed(body: bytes, reading: Reading, findings: list[str]) -> Raw:
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


def plain_lines(body: bytes, reading: Reading, findings: list[str]) -> tuple[bytes, set[int]]:
    return body, set()

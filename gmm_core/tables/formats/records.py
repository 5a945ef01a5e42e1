"""JSON and ARFF."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import scipy.io.arff

from gmm_core.tables.heads import find_head
from gmm_core.tables.reading import (
    SAMPLE_LINES,
    Raw,
    Reading,
    TableError,
    or_say,
    raw,
)
from gmm_core.words import listed, megabytes, quoted


def read_json(content: bytes, reading: Reading) -> Raw:
    """Records, columns, rows, or one record in each line."""
    name = reading.name
    most = 5 * reading.limits.printed
    if len(content) > most:
        raise TableError(
            f"{name} has {megabytes(len(content))}; at most {megabytes(most)} of JSON can be "
            "read. Save it as CSV or Parquet."
        )
    with or_say(f"{name} is not JSON, or damaged", (ValueError, RecursionError)):
        text = content.decode("utf-8-sig")
        try:
            data = json.loads(text)
        except ValueError:
            plain = _as_json(text) if "'" in text else ""
            data = (
                json.loads(plain)
                if plain
                else [json.loads(line) for line in text.splitlines() if line.strip()]
            )
    findings = []
    if isinstance(data, dict) and {"columns", "data"} <= data.keys():  # as pandas splits it
        names, data = [str(column) for column in data["columns"]], data["data"]
        data = [dict(zip(names, row, strict=False)) for row in data if isinstance(row, list)]
    elif isinstance(data, dict) and not any(isinstance(value, dict) for value in data.values()):
        lists = {key: value for key, value in data.items() if isinstance(value, list)}
        if len(lists) == 1 and any(isinstance(row, dict | list) for row in next(iter(lists.values()))):
            key, data = lists.popitem()
            findings.append(f"The list {quoted(key)} was read.")
        elif lists and len(set(map(len, lists.values()))) == 1:
            left = [key for key in data if key not in lists]
            findings += [f"Left out, as they are no columns: {listed(left)}."] if left else []
            data = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    elif isinstance(data, dict) and all(
        isinstance(value, dict) for value in data.values()
    ):  # {column: {row: value}}
        index = list(dict.fromkeys(key for column in data.values() for key in column))
        data = [{key: column.get(row) for key, column in data.items()} for row in index]
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        names = list(dict.fromkeys(key for row in data for key in row))
        reading.check_size(len(data), len(names))
        return raw([[_scalar(row.get(key)) for row in data] for key in names], names, findings)
    if isinstance(data, list) and data and all(isinstance(row, list) for row in data):
        width = max(map(len, data))
        reading.check_size(len(data), width)
        columns = [[_scalar(row[j]) if j < len(row) else None for row in data] for j in range(width)]
        cells = [[_as_text(column[i]) for column in columns] for i in range(min(len(data), SAMPLE_LINES))]
        head = find_head(cells, range(1, len(data) + 1)) if width else None
        if head and head.names:
            return raw([column[head.begin :] for column in columns], head.names, findings)
        return raw(columns, None, findings)
    if isinstance(data, list) and data and not any(isinstance(value, dict | list) for value in data):
        return raw([data], None, findings)
    raise TableError(
        f"{name} holds no table: a list of records, such as [{{'x': 1}}, {{'x': 2}}], or columns of equal "
        "length are needed."
    )


def _as_json(text: str) -> str:
    """Lists and dictionaries as Python prints them, as JSON; nothing is evaluated."""
    text = re.sub(r"\b(?:np|numpy)\.\w+\(([^()]*)\)|\barray\(([^()]*)\)", r"\1\2", text)
    text = re.sub(r"\bnan\b", "NaN", re.sub(r"\bNone\b", "null", text))
    return re.sub(r"\bTrue\b", "true", re.sub(r"\bFalse\b", "false", text)).replace("'", '"')


def _scalar(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def read_arff(content: bytes, reading: Reading) -> Raw:
    """The attributes of an ARFF file, numeric and nominal."""
    text = content.decode("utf-8", "replace")
    with or_say(f"{reading.name} is not an ARFF file that can be read; save it as CSV", Exception):
        records, _ = scipy.io.arff.loadarff(StringIO(text))
    names = list(records.dtype.names or ())
    reading.check_size(len(records), len(names))
    columns = [
        [None if cell == b"?" else cell.decode() for cell in records[name]]
        if records[name].dtype.kind == "S"
        else records[name]
        for name in names
    ]
    return raw(columns, names, [])

"""JSON and ARFF."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
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

DEEPEST = 8  # records within records


_RECORDS = re.compile(rb"\s*(?:(?:const|let|var)\s+)?(?:\w+\s*=\s*)?(\[\s*\{|\{\s*[\"'])")


def records_in(body: bytes) -> bytes:
    """What a text begins with if it is JSON, or records as Python and JavaScript write them, without the name
    that these are given; nothing for any other.
    """
    found = _RECORDS.match(body)
    return body[found.start(1) :] if found else b""


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
            try:
                data = [json.loads(line) for line in text.splitlines() if line.strip()]
            except ValueError:
                data = json.loads(_as_json(text))
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
        data, said = _opened(data)
        findings += said
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


def _opened(records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Records without records in them, {"at": {"lat": 47}} as at.lat, and without lists of one length, as
    at.1, at.2, ...; and what is said of that.
    """
    said = []
    names = {key for row in records for key in row}
    inner = {key for row in records for key, value in row.items() if isinstance(value, dict)}
    inner -= {
        key for key in inner if any(name.startswith(f"{key}.") for name in names)
    }  # a name would be twice
    if inner:
        records = [
            _flat({key: value for key, value in row.items() if value is not None or key not in inner}, inner)
            for row in records
        ]
        opened = {
            key: None for row in records for key in row if key.startswith(tuple(f"{one}." for one in inner))
        }
        said.append(f"Opened, as they are records within records: {listed(list(opened))}.")
    lengths: dict[str, set[int]] = {}
    for row in records:
        for key, value in row.items():
            if isinstance(value, list):
                plain = not any(isinstance(one, dict | list) for one in value)
                lengths.setdefault(key, set()).add(len(value) if plain else 0)
    lists = {key: found.pop() for key, found in lengths.items() if len(found) == 1 and found != {0}}
    if lists:
        records = [_spread(row, lists) for row in records]
        said.append(f"Opened, as they are lists of one length: {listed(list(lists))}.")
    return records, said


def _flat(
    record: dict[str, Any], opened: Collection[str], before: str = "", depth: int = 0
) -> dict[str, Any]:
    """The record, with those of these names opened that are records, and all within them."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value and key in opened and depth < DEEPEST:
            flat |= _flat(value, value, f"{before}{key}.", depth + 1)
        else:
            flat[f"{before}{key}"] = value
    return flat


def _spread(record: dict[str, Any], lists: dict[str, int]) -> dict[str, Any]:
    """The record with a name for each place in the lists, which have these lengths."""
    spread: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, list) and key in lists:
            spread |= {f"{key}.{place}": one for place, one in enumerate(value, 1)}
        elif key not in lists:
            spread[key] = value
    return spread


def _as_json(text: str) -> str:
    """Lists and dictionaries as Python and JavaScript write them, as JSON; nothing is evaluated."""
    text = re.sub(r"(?<=[{,\s])([A-Za-z_]\w*)\s*:(?=[^{}\[\]]*[},])", r'"\1":', text)
    text = re.sub(r",(?=\s*[}\]])", "", text).rstrip("; \n")
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

"""What stands beside a run, as a text that fits into a link. Pure: no Streamlit.

The text is `kmeans`; `original`, of which the run was forked; another way up from the same start, such as
`way:annealed`; or what another run has in place of what is shown, such as `seed:3` or `cov:tied tol:1e-08`,
by the names that settings have in a link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gmm_core.engine.ways.plain import Plain
from gmm_core.engine.ways.table import WAYS
from gmm_core.words import as_code, together
from pages.ui.address.field import Field

KMEANS, ORIGINAL = "kmeans", "original"
WAY = "way"
WAYS_UP = {f"{WAY}:{name}": name for name in WAYS if name != Plain.name}
NONE = "none"  # of means and forks
MOST_CHARACTERS = 4000
EXAMPLES = "seed:3 or cov:tied"
# What people call them besides: in words, and in scikit-learn.
ALSO = {"family": "covariance_type", "start": "init", "init_params": "init", "k-means": KMEANS}
ALSO |= {called: text for text, name in WAYS_UP.items() for called in (name, WAYS[name].label.lower())}
_WAY = re.compile(rf"{WAY} ?[:= ] ?(.{{1,60}})")
_PART = r"([A-Za-z_]+) ?[:= ] ?(\S+)"
_PARTS = re.compile(rf"{_PART}(?: {_PART})*")


def parse(text: str, fields: Mapping[str, Field]) -> tuple[str, str]:
    """The text as a link has it, and what it would have to be if it is of no use.

    fields : the settings that make a run of given data what it is, by name.
    """
    text = " ".join(text[: MOST_CHARACTERS + 1].split())
    word = text.lower()
    way = _WAY.fullmatch(word)
    word = ALSO.get(way[1] if way else word, word)
    if word in ("", KMEANS, ORIGINAL, *WAYS_UP):
        return word, ""
    if way:
        ways = together([*WAYS_UP.values()])
        return "", f"has no way up {as_code(way[1])}: there are {ways}, each by itself"
    if len(text) > MOST_CHARACTERS or not _PARTS.fullmatch(text):
        return "", f"is {KMEANS}, {ORIGINAL}, or what differs, such as {EXAMPLES}"
    known = {field.query: name for name, field in fields.items()} | {name: name for name in fields} | ALSO
    values: dict[str, Any] = {}
    for called, value in re.findall(_PART, text):
        name = known.get(called)
        if name not in fields:
            may = together([field.query for field in fields.values()])
            return "", f"has no {as_code(called)} that could differ, only {may}"
        if name in values:
            return "", f"cannot be told, as {as_code(called)} is there twice"
        field = fields[name]
        values[name], problem = field.parse("" if value == _none(field) else value)
        if problem:
            return "", f"cannot have {as_code(f'{called}:{value}')}: {field.label} {problem}"
    return write(values, fields), ""


def read(text: str, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The settings that differ, by name, in a text that `parse` has made."""
    found = {}
    by_query = {field.query: name for name, field in fields.items()}
    for called, value in re.findall(_PART, text):
        field = fields[by_query[called]]
        found[by_query[called]], _ = field.parse("" if value == _none(field) else value)
    return found


def write(values: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    """The text of settings that differ, in their order."""
    return " ".join(
        f"{field.query}:{field.write(values[name]) or NONE}"
        for name, field in fields.items()
        if name in values
    )


def _none(field: Field) -> str:
    """How a field says that there is nothing, where it can."""
    return NONE if field.default == "" else ""

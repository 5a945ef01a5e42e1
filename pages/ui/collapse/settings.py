"""What is chosen on Collapse alone: the cures that stand beside the trouble. Pure: no Streamlit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from gmm_core.laboratory.cures import CURES, REG
from pages.ui.address.field import Field
from pages.ui.address.settings import FIELDS as SHARED

MOST_CURES = 5
NAMES = tuple(name for name in CURES if name != REG)
_ONE = rf"(?:\d{{1,13}}(?:\.\d{{1,20}})?(?:e[+-]?\d{{1,3}})?|{'|'.join(NAMES)})"
PATTERN = re.compile(rf"{_ONE}(?:,{_ONE}){{0,{MOST_CURES - 1}}}")

# A cure is another run beside the one that is looked at, which stays what it is.
FIELDS: dict[str, Field] = {
    "collapse_cures": Field(
        "cures",
        "the cures",
        "",
        pattern=PATTERN,
        wanted=f"are up to {MOST_CURES} values of reg_covar or of {', '.join(NAMES)}, such as 0.001,reset",
        rare=True,
        view=True,
    ),
}


def read_cures(text: str) -> tuple[str, ...]:
    """The cures in a text that `PATTERN` matches, each once; what is no `reg_covar` is left out."""
    names = (part if part in CURES else number(part) for part in text.split(",") if part)
    return tuple(dict.fromkeys(filter(None, names)))


def write_cures(names: Iterable[str]) -> str:
    return ",".join(names)


def number(text: str) -> str:
    """A `reg_covar` as a cure is called, such as "0.001"; "" for what it cannot be."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return ""
    within = math.isfinite(value) and SHARED["reg_covar"].least <= value <= SHARED["reg_covar"].most
    return f"{value:g}" if within else ""

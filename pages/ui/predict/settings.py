"""What is chosen on Predict alone: the point that is asked, and the sample. Pure: no Streamlit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gmm_core.engine.checks import LARGEST
from gmm_core.words import count, listed, quoted
from pages.ui.address.by_hand import NUMBER, Place
from pages.ui.address.field import Field
from pages.ui.address.settings import Settings

POINT = re.compile(rf"{NUMBER}(?:,{NUMBER}){{0,99}}")

PARTS = {
    "file": "A file of points",
    "feature": "One feature from the others",
    "numbers": "Groups as numbers",
    "fit": "Do the components fit at all?",
}

# Nothing here changes the run that is asked.
FIELDS: dict[str, Field] = {
    "point": Field(
        "point", "the point", "", pattern=POINT, wanted="is numbers such as 0.5,0.5", rare=True, view=True
    ),
    "unlike": Field(
        "unlike", "the quantile in per cent", 1.0, least=0, most=50, view=True, title="Unlike: the lowest … %"
    ),
    "sampled": Field("sample", "the sample", False, rare=True, view=True, title="Sampled points"),
    "n_sampled": Field(
        "draws", "the number of sampled points", 500, least=1, most=5000, rare=True, view=True, title="Points"
    ),
    "sample_seed": Field(
        "drawseed",
        "the seed of the sample",
        0,
        least=0,
        most=2**31,
        rare=True,
        view=True,
        title="Seed of the sample",
    ),
    "predict_part": Field(
        "part", "the part of the page", "file", PARTS, rare=True, view=True, place=True, title="Part"
    ),
    "wanted": Field(  # suggested: the last
        "wanted",
        "the number of the feature that is asked for",
        0,
        least=0,
        most=9999,
        rare=True,
        view=True,
        suggests=True,
    ),
}


@dataclass(frozen=True)
class Lesson:
    """A point of a tutorial: the run to ask, and what was published of it.

    responsibilities : those that correct numerics give, from the smallest. told : what to say beside them.
    """

    settings: Settings
    point: Place
    responsibilities: tuple[float, ...]
    told: str


LESSONS = {
    "tutorial_500": Lesson(
        Settings(data="tutorial_500", n_components=3, init="kmeans", random_state=0, tol=1e-12),
        (0.5, 0.5),
        (3.532806e-6, 1.302865e-4, 0.99986618),
        "The tutorial printed 3.57991e-06, 0.000131809 and 0.9998646, in its own order. Its "
        "EM had not converged, and its prediction leaves the weights out.",
    ),
    "tutorial_1000": Lesson(
        Settings(data="tutorial_1000", n_components=5, init="kmeans", random_state=0),
        (0.5, 0.5),
        (1.94756664e-93, 9.36305075e-82, 5.02664415e-44, 4.00098007e-33, 1.0),
        "The tutorial printed the same, in its own order: 9.36305075e-82, 1.94756664e-93, 4.00098007e-33, "
        "5.02664415e-44 and 1.",
    ),
}


def read_point(text: str, names: Sequence[str]) -> Place:
    """A point with a value for each of these d names.

    Separated by commas, gaps or semicolons, with or without brackets; with semicolons, a comma is a decimal
    sign. A `ValueError` says what it would have to be.
    """
    inside = text.strip().strip("()[]{}")
    parts = inside.replace(",", ".").split(";") if ";" in inside else re.split(r"\s*,\s*|\s+", inside.strip())
    wanted = f"{count(len(names), 'value')}, {listed(names)}"
    how = ", ".join(["0.5"] * min(len(names), 3)) + (", ..." if len(names) > 3 else "")
    values = []
    for part in map(str.strip, parts):
        try:
            value = float(part)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            what = quoted(part) if part else "An empty place"
            raise ValueError(f"{what} is not a number. Write the point as {wanted}, such as {how}.")
        if abs(value) > LARGEST:
            raise ValueError(f"{quoted(part)} is too large to compute with: its square would be no number.")
        values.append(value)
    if len(values) != len(names):
        instead = _with_points(inside, len(names))
        hint = f"If its commas are decimal signs, write {instead}." if instead else f"Write it as {how}."
        raise ValueError(f"A point of these data has {wanted}; {quoted(text)} has {len(values)}. {hint}")
    return tuple(values)


def _with_points(text: str, n: int) -> str:
    """The text with points for commas, where it is n numbers then; else nothing."""
    parts = re.split(r",?\s+", text.strip())
    decimal = [re.fullmatch(r"[-+]?\d*,?\d+(?:[eE][-+]?\d+)?", part) for part in parts]
    return ", ".join(part.replace(",", ".") for part in parts) if len(parts) == n and all(decimal) else ""

"""Columns of numbers that go round, as directions and hours of a day do, and that are cut where rows lie."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from gmm_core.tables.reading import Doubt
from gmm_core.words import quoted

AT_ENDS = 0.1  # the part of the round that is called an end
FEW = 0.02  # the share of rows that must lie at each


class Round(NamedTuple):
    """What goes round, by a word of its name; where it may begin and end; the unit it must have, if any."""

    names: frozenset[str]
    ends: tuple[tuple[float, float], ...]
    unit: str = ""


def _named(names: str, *ends: tuple[float, float], unit: str = "") -> Round:
    return Round(frozenset(names.split()), ends, unit)


ROUNDS = (
    _named(
        (
            "angle theta phi direction dir bearing heading course yaw azimuth aspect phase hue winddir wdir "
            "winkel richtung"
        ),
        (0.0, 360.0),
        (-180.0, 180.0),
    ),
    _named("longitude lon lng long", (-180.0, 180.0), (0.0, 360.0)),
    _named("hour hours uhrzeit stunde heure hora", (0.0, 24.0)),
    _named("time clock start begin end at arrival departure", (0.0, 24.0), unit="(h)"),
    _named("month monat mois mes", (1.0, 13.0)),
    _named("weekday dow", (0.0, 7.0), (1.0, 8.0)),
)


def cut(column: pd.Series, words: list[str]) -> Doubt | None:
    """That a column may be cut where rows lie on both sides; None for any other.

    words : of its name, in small letters and without its unit.
    """
    known = column.dropna()
    for names, ends, unit in ROUNDS:
        if names.isdisjoint(words) or not str(column.name).endswith(unit):
            continue
        for low, high in ends:
            part = AT_ENDS * (high - low)
            if known.between(low, high).all():
                first, last = (known <= low + part).mean(), (known >= high - part).mean()
                return _say(column, low, high) if min(first, last) >= FEW else None
    return None


def _say(column: pd.Series, low: float, high: float) -> Doubt:
    return Doubt(
        f"Column {quoted(column.name)} may go round, by its name: {low:g} and {high:g} are then the same, "
        "and far apart for EM. Groups at both ends may be one; let the numbers begin where no rows are.",
        "a column may go round, and is cut where rows lie",
        [str(column.name)],
    )

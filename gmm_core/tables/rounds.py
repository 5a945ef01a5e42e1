"""Columns of numbers that go round, as directions and hours of a day do, and that are cut where rows lie."""

from __future__ import annotations

from math import pi
from typing import NamedTuple

import pandas as pd

from gmm_core.tables.reading import Doubt
from gmm_core.words import quoted

AT_ENDS = 0.1  # the part of the round that is called an end
ROUNDED = 1e-3  # of the round: 3.142 is still pi
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
            "angle theta phi psi dihedral torsion direction dir bearing heading course yaw azimuth aspect "
            "phase hue winddir wdir winkel richtung"
        ),
        (0.0, 2 * pi),
        (-pi, pi),
        (0.0, 360.0),
        (-180.0, 180.0),
    ),
    _named("longitude lon lng long", (-180.0, 180.0), (0.0, 360.0)),
    _named("ra rightascension", (0.0, 24.0), (0.0, 360.0)),
    _named("hour hours hr hrs uhrzeit stunde heure hora uur", (0.0, 24.0)),
    _named("time clock start begin end at arrival departure", (0.0, 24.0), unit="(h)"),
    _named("month mnth monat mois mes mese maand", (1.0, 13.0)),
    _named("weekday dow dayofweek wday wochentag", (0.0, 7.0), (1.0, 8.0)),
    _named("doy dayofyear yday", (1.0, 366.0), (1.0, 367.0)),
)


def cut(column: pd.Series, words: list[str]) -> Doubt | None:
    """That a column may be cut where rows lie on both sides; None for any other.

    words : of its name, in small letters and without its unit.
    """
    known = column.dropna()
    whole = bool((known == known.round()).all())
    for names, ends, unit in ROUNDS:
        if names.isdisjoint((*words, "".join(words))) or not str(column.name).endswith(unit):
            continue
        for low, high in ends:
            part = AT_ENDS * (high - low)
            part = max(part, 1.0) if whole else part
            over = ROUNDED * (high - low)
            if known.between(low - over, high + over).all():
                first, last = (known < low + part).mean(), (known >= high - part).mean()
                if min(first, last) >= FEW:
                    return _say(column, low, high)
    return None


def _say(column: pd.Series, low: float, high: float) -> Doubt:
    return Doubt(
        f"Column {quoted(column.name)} may go round, by its name: {_told(low)} and {_told(high)} are then "
        "the same, and far apart for EM. Groups at both ends may be one; let the numbers begin where no rows "
        "are.",
        "a column may go round, and is cut where rows lie",
        [str(column.name)],
    )


def _told(end: float) -> str:
    """An end in words: parts of a turn as such."""
    return {pi: "π", -pi: "−π", 2 * pi: "2π"}.get(end, f"{end:g}")

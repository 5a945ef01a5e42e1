"""Numbers in several units at once: 1:23:45, 1 h 23 min, 47° 22' 10" N, 5'11", 8 st 4 lb."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gmm_core.tables.numbers import MOSTLY, NOTATIONS, Found
from gmm_core.tables.reading import Doubt
from gmm_core.words import count, quoted

_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+\.?|''|[^\w\s.,+−-])?[\s,]*")
_LOOKS = r"^[+−-]?(PT?)?\d[\d.,]*\s?([:°º'′’\"″”]|[DHMSdhmsfilo]|[NSEW]$)"  # spares the patterns
_FIRST = 100  # different cells, by which other text is told from these
_SIGNS, _MINUS = "+−-", "−-"
_ISO = r"^P(?=T?\d)|(?<=[PD\d])T(?=\d)|^PT"  # PT1H30M
_DAY = 24.0  # hours
_CLOCK = re.compile(rf"([{_SIGNS}])?(\d+):([0-5]\d)(?::([0-5]\d))?([.,]\d+)?(?:\s?([AaPp])\.?[Mm]\.?)?")
_WITH_DAYS = re.compile(rf"([{_SIGNS}]?)(\d+) days?,? \+?(\d+:\d\d:\d\d(?:\.\d+)?)")  # as pandas prints them


@dataclass(frozen=True)
class System:
    """Units that stand behind each other, largest first.

    what : their names. unit : of the number they become, and its name. marks : what each may be called, and
    how much of `unit` it is. sides : the letters that may stand behind all, of which the second means minus.
    doubt : what may be meant instead where no unit is named by letters.
    """

    what: str
    unit: tuple[str, str]
    marks: Mapping[str, float]
    sides: str = ""
    doubt: str = ""

    def read(self, cell: str) -> float | None:
        """The number; None for any other text. The last unit may be left out, as in 5'11."""
        sign = cell[:1] if cell[:1] in _SIGNS else ""
        side = cell[-1:] if self.sides and cell[-1:] in self.sides else ""
        body = cell.removeprefix(sign).removesuffix(side).strip()
        total = last = 0.0
        while body:
            size = _SIZE.match(body)
            if size is None:
                return None
            much = self._much(size[2], last, bool(side))
            here = float(size[1].replace(",", ".")) * much
            if not much or (last and not here < last):
                return None
            total, last, body = total + here, much, body[size.end() :]
        minus = (sign != "" and sign in _MINUS) != (side != "" and side == self.sides[1])
        return (-total if minus else total) if last else None

    def _much(self, mark: str | None, last: float, side: bool) -> float:
        """How much a unit is, or the one that follows the last where none is named; 0 for none."""
        if mark:
            return self.marks.get(mark.lower().removesuffix("."), 0.0)
        smaller = [much for much in self.marks.values() if much < last or (side and not last)]
        return max(smaller, default=0.0)


def _marks(*units: tuple[float, str]) -> dict[str, float]:
    return {mark: much for much, marks in units for mark in marks.split()}


HOURS, MINUTES, DEGREES = ("h", "hours"), ("min", "minutes"), ("°", "degrees")
_ONE, _TWO = "' ′ ’", "\" ″ ” ''"
_DURATIONS = _marks(
    (_DAY, "d day days"),
    (1, "h hr hrs hour hours std"),
    (1 / 60, "m min mins minute minutes"),
    (1 / 3600, "s sec secs second seconds sek"),
)
_FEET = _marks((1, f"ft foot feet {_ONE}"), (1 / 12, f"in inch inches {_TWO}"))
_POUNDS = _marks((14, "st"), (1, "lb lbs"), (1 / 16, "oz"))
_MINUTES = _marks((1, _ONE), (1 / 60, _TWO))
_DEGREES = _marks((1, "° º deg"), (1 / 60, _ONE), (1 / 3600, _TWO))
SYSTEMS = (
    System("durations", HOURS, _DURATIONS),
    System("feet and inches", ("ft", "feet"), _FEET, doubt="minutes and seconds"),
    System("stones, pounds and ounces", ("lb", "pounds"), _POUNDS),
    System("minutes and seconds", MINUTES, _MINUTES, doubt="parts of a degree"),
    System("latitudes", DEGREES, _DEGREES, sides="NS"),
    System("longitudes", DEGREES, _DEGREES, sides="EW"),
)


class _Values(NamedTuple):
    """What different cells are, NaN for what is none, in which unit, half a sentence on them, and what may be
    meant instead; "" for nothing.
    """

    values: NDArray[np.float64]
    unit: str
    said: str
    instead: str


def spans_in(text: pa.ChunkedArray, key: str, rows: NDArray[np.int64]) -> Found | None:
    """A column of text as numbers of one unit, if most of it is such; None if not.

    text : without empty texts. rows : their numbers in the file.
    """
    filled = len(text) - text.null_count
    if not filled or (pc.sum(pc.match_substring_regex(text, _LOOKS)).as_py() or 0) < MOSTLY * filled:
        return None
    codes, different = pd.factorize(text.to_pandas())
    cells = [str(cell) for cell in different]
    if not any(np.isfinite(one.values).any() for one in _readings(cells[:_FIRST])):
        return None
    often = np.bincount(codes[codes >= 0], minlength=len(cells))
    readings = _readings(cells)
    read = [int(often[np.isfinite(one.values)].sum()) for one in readings]
    best = readings[int(np.argmax(read))]
    if max(read) < MOSTLY * filled:
        return None
    values = np.append(best.values, np.nan)[codes]
    example = cells[int(np.argmax(np.isfinite(best.values)))]
    how = f"Column {quoted(key)}: {best.said.format(quoted(example))}"
    said = [Doubt(f"{how}; {best.instead} may be meant.") if best.instead else f"{how}."]
    if wrong := filled - max(read):
        first = int(np.argmax(np.isnan(values) & (codes >= 0)))
        said.append(
            f"Column {quoted(key)}: {wrong:,} of {count(filled, 'cell')} cannot be read so, first "
            f"{quoted(cells[codes[first]])} in row {rows[first]}; counted as missing. Correct the file."
        )
    column = pa.chunked_array([pa.array(values, pa.float64(), from_pandas=True)])
    return Found(column, NOTATIONS[0], tuple(said), unit=best.unit)


def _readings(cells: Sequence[str]) -> list[_Values]:
    return [_of_clocks(cells), *(_in_units(cells, system) for system in SYSTEMS)]


def _in_units(cells: Sequence[str], system: System) -> _Values:
    plain = [re.sub(_ISO, "", cell) for cell in cells]
    values, unit = np.array([_or_nan(system.read(cell)) for cell in plain]), system.unit
    if unit is HOURS:
        values, unit = _in_hours_or_minutes(values)
    sides = any(cell[-1:] in system.sides for cell in cells) if system.sides else True
    what = system.what if sides else "degrees"
    bare = not any(sign.isalpha() for cell in cells for sign in cell)
    said = f"{what}, such as {{}}, are read in {unit[1]}"
    return _Values(values, unit[0], said, system.doubt if bare else "")


def _of_clocks(cells: Sequence[str]) -> _Values:
    """9:15, 1:23:45, 9:15 pm, 2 days 01:23:45. Two may be hours and minutes, or minutes and seconds."""
    days = [_WITH_DAYS.fullmatch(cell) for cell in cells]
    found = [_CLOCK.fullmatch(day[3] if day else cell) for day, cell in zip(days, cells, strict=True)]
    known = [one for one in found if one]
    twos = [one for one in known if one[4] is None and not one[6]]
    in_minutes = len(twos) < len(known) and not any(one[6] for one in known)
    in_minutes |= any(one[5] or float(one[2]) >= _DAY for one in twos)
    values = np.array([_or_nan(_hours(one, in_minutes)) if one else np.nan for one in found])
    values += [_DAY * float(f"{day[1] or '+'}{day[2]}".replace("−", "-")) if day else 0.0 for day in days]
    values, unit = _in_hours_or_minutes(values)
    if len(twos) < len(known):
        return _Values(values, unit[0], f"times, such as {{}}, are read in {unit[1]}", "")
    read = "minutes and seconds" if in_minutes else "hours and minutes"
    instead = "" if in_minutes else "minutes and seconds, a ratio or a score"
    return _Values(values, unit[0], f"times, such as {{}}, are read as {read}, in {unit[1]}", instead)


def _hours(clock: re.Match[str], in_minutes: bool) -> float | None:
    sign, first, second, third, rest, half = clock.groups()
    sizes = [float(first), float(second)] + ([float(third)] if third else [])
    sizes[-1] += float((rest or "0").replace(",", "."))
    if half:
        if not 1 <= sizes[0] <= 12:
            return None
        sizes[0] = sizes[0] % 12 + (12 if half in "Pp" else 0)
    elif in_minutes and not third:
        sizes.insert(0, 0.0)
    hours = sum(size / 60**i for i, size in enumerate(sizes))
    return -hours if sign and sign in _MINUS else hours


def _in_hours_or_minutes(hours: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Minutes where nothing lasts an hour."""
    return (hours, HOURS) if (np.abs(hours) >= 1).any() else (60 * hours, MINUTES)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value

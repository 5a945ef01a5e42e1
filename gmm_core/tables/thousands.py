"""Numbers such as 1.234 and 1,234, whose sign alone does not say what follows it: thousands or decimals."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.tables.reading import DECIMALS, Doubt
from gmm_core.words import quoted

EITHER = r"[+-]?(0|[1-9]\d{{0,2}}({}\d{{3}})?)"  # for a sign, as a regular expression
CALLED = {sign: name for name, sign in DECIMALS.items()}
_FIRST = 1000  # which spare a column of other numbers the rest
_TOUCHES = "numbers of a column may be thousands or not, and whole ones stand among them"


class Either(NamedTuple):
    """Numbers that may all be read in both ways.

    sign : the one they are written with. example : one with it, which are `some`. mixed : whether others,
    without it, stand among them, so that the two readings differ in more than their scale. are_near : whether
    these lie nearer each other where thousands follow the sign. rounded : whether a 0 is the last digit of
    some, as it is not where decimals are written as far as they go.
    """

    sign: str
    example: str
    some: int
    mixed: bool
    are_near: bool
    rounded: bool

    @property
    def plain(self) -> str:
        """The example as thousands."""
        return self.example.replace(self.sign, "")

    def weighed(self, key: str, decimals: bool, elsewhere: set[str], semicolons: bool) -> Weighed:
        """Whether the column is to be read in the other way than it was, and what is then in doubt.

        decimals : whether it was read with decimals. elsewhere : the decimal signs of other columns.
        semicolons : whether they stand between the columns, as where the decimal sign is a comma.
        """
        fits, against = elsewhere == {self.sign}, bool(elsewhere) and self.sign not in elsewhere
        sign, other = CALLED[self.sign], next(name for one, name in CALLED.items() if one != self.sign)
        near = self.mixed and self.are_near
        which = f"Column {quoted(key)}: values such as {self.example}"
        choose = f"If {self.example} means {self.plain}, choose a decimal {other}, or leave the {sign} out."
        back = f"If {self.example} is no thousand, choose a decimal {sign}."
        if decimals and near and not fits:
            said = f"{which} stand among whole numbers, near which they lie as {self.plain}, and are read so."
            return Weighed(True, None if against else Doubt(f"{said} {back}", _TOUCHES, [key]))
        if not decimals and fits and not near:
            return Weighed(True, None)
        if self.some < 2:
            return Weighed(False, None)
        if decimals and self.mixed and (near or not fits):
            said = f"{which} are read with a decimal {sign}, and whole numbers stand among them."
            return Weighed(False, Doubt(f"{said} {choose}", _TOUCHES, [key]))
        if not decimals and self.mixed and (fits or not (near or self.rounded or against)):
            said = f"{which} are read with {sign}s between thousands, and small numbers stand among them."
            return Weighed(False, Doubt(f"{said} {back}", _TOUCHES, [key]))
        if decimals and self.sign == "." and (against or (semicolons and not fits)):
            though = ", though other columns have a decimal comma" if against else ""
            return Weighed(False, Doubt(f"{which} are read with a decimal point{though}. {choose}"))
        return Weighed(False, None)


class Weighed(NamedTuple):
    """Whether numbers are read in the other way, and what is in doubt then."""

    is_other: bool
    doubt: Doubt | None


def either_in(cells: Any) -> Either | None:
    """What there is to say of numbers as text where all may be read in both ways; None for all others.

    cells : an Arrow array (n,) of text, without nulls.
    """
    for sign in CALLED:
        are_all = (
            pc.all(pc.match_substring_regex(some, f"^{EITHER.format(re.escape(sign))}$")).as_py()
            for some in (cells.slice(0, _FIRST), cells)
        )
        if not all(are_all):
            continue
        with_it = cells.filter(pc.match_substring(cells, sign))
        if not len(with_it):
            continue
        as_decimals, as_thousands = (
            np.abs(pc.replace_substring(cells, sign, by).cast(pa.float64()).to_numpy()) for by in (".", "")
        )
        some = as_thousands > 0
        spreads = [np.log(values[some]).std() for values in (as_thousands, as_decimals)]
        return Either(
            sign,
            with_it[0].as_py(),
            len(with_it),
            bool((as_decimals == as_thousands)[some].any()),
            bool(spreads[0] < spreads[1]),
            pc.any(pc.ends_with(with_it, "0")).as_py(),
        )
    return None

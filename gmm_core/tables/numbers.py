"""The ways in which people write numbers, and columns of text that hold numbers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from gmm_core.tables.reading import AS_FOUND, DECIMALS, Choices, Doubt
from gmm_core.tables.thousands import Either, either_in
from gmm_core.words import count, listed, plural, quoted

MOSTLY = 0.75  # a column of which this share reads as numbers is a column of numbers
ELSEWHERE = 1e-3  # how often numbers without a unit lie so far from those with one by chance
FAR = 5  # times as large: a number is all the others, however few, if another unit may be meant
PARTLY = 0.25  # and one with this share is text with too many numbers to say nothing

_NO_VALUE = (
    "NA N/A n/a na NaN nan NAN -NaN -nan null NULL Null None none <NA> missing Missing MISSING - -- — ? ."
)
_SHEET_ERRORS = "#N/A #NA #DIV/0! #VALUE! #REF! #NUM! #NAME? #NULL!"
MISSING_WORDS = ("", *_NO_VALUE.split(), *_SHEET_ERRORS.split())
DATE = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
_TIME = r"[+−-]?\d+:[0-5]\d(:[0-5]\d)?([.,]\d+)?"
_EXPONENT = r"([eE][+-]?\d+)?"
_BEGINS = r"^[+-]?[.,]?\d|^[+-]?[iI]|^[^\pL\d]{0,4}\pL{0,3}[.$]?[^\pL\d]{0,4}\d"
_GAPS = " '’\u00a0\u202f"


@dataclass(frozen=True)
class Notation:
    """A way to write numbers: the pattern, what groups the thousands, the decimal sign, and a sentence."""

    pattern: str
    grouping: str
    decimal: str
    finding: str


_GROUPED = rf"[+-]?([1-9]\d{{0,2}}([{_GAPS}]\d{{3}})+|\d+)"
_PLAIN = Notation(rf"[+-]?(\d+(\.\d*)?|\.\d+){_EXPONENT}|[+-]?(?i:inf(inity)?)", "", ".", "")
_COMMA = Notation(rf"[+-]?(\d+|\d*,\d+){_EXPONENT}", "", ",", "a decimal comma")
_LAKHS = r"[1-9]\d?(,\d\d)+,\d{3}"
_THOUSANDS = Notation(
    rf"[+-]?([1-9]\d{{0,2}}(,\d{{3}})+|{_LAKHS}|\d+)(\.\d*)?", ",", ".", "commas between thousands"
)
NOTATIONS = (
    _PLAIN,
    _COMMA,
    _THOUSANDS,
    Notation(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?", ".", ",", "points between thousands"),
    Notation(_GROUPED + r"(\.\d*)?", _GAPS, ".", "gaps between thousands"),
    Notation(_GROUPED + r"(,\d*)?", _GAPS, ",", "gaps between thousands and a decimal comma"),
)
VALUE = re.compile(
    "|".join(f"(?:{pattern})" for pattern in (*(notation.pattern for notation in NOTATIONS), DATE, _TIME))
)


# What people write around a number: 45%, $1.50, 180 cm, (1.5), <0.5, 1.5D+02, 12.5-, 3.2*.
_CURRENCY = (
    r"(?:[A-Z]{0,2}[$€£¥₹₽₩₺₪₫฿₴₦]|USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|BRL|MXN|RUB"
    r"|Rs\.?|Fr\.?|kr\.?|zł)"
)
# What laboratories write for a value below what they can measure; and the words that are as often no data.
_EITHER = r"n\.?\s?[dn]\.?|u\.?d\.?"
_NOT_DETECTED = (
    rf"(?i)(?:[<≤]\s?(?:lod|loq|lld|mdl|dl|ld|rl|nwg|bgl?)|{_EITHER}|b\.?d\.?l\.?|b\.?q\.?l\.?"
    r"|lod|loq|not detected|non-?detect(?:ed)?|undetect(?:ed|able)|below (?:detection )?limit"
    r"|traces?|tr\.?)"
)
_BELOW = r"below|under|less than|fewer than|unter|kleiner(?: als)?|max\.?|up to"
_ABOVE = r"above|over|more than|greater than|über|größer(?: als)?|min\.?|at least"
_VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_LETTER = r"[^\W\d_]"
_UNIT = rf"(?:[%‰]|°\s?[CFK]?|(?:{_LETTER}|[µ\"'′″Ω])(?:{_LETTER}|[\d²³µ/^*.·−-]){{0,11}})"
DECORATED = re.compile(
    rf"(?P<limit>[<>≤≥]=?|~|≈|(?:{_BELOW}|{_ABOVE})(?=\s))?\s?(?P<before>{_CURRENCY}(?=\s?\())?\s?(?P<open>\()?"
    rf"(?P<minus>[+−–-])?\s?(?P<inner>{_CURRENCY})?\s?"
    rf"(?P<sign>[+−–-])?(?P<digits>(?:\d+(?:[.,{_GAPS}]\d+)*[.,]?|[.,]\d+))"
    r"(?P<power>[eEdD][+-]?\d+|\s?[x×·*]\s?10(?:\s?\^?\s?\(?[+−–-]?\d+\)?|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?"
    rf"(?:\s?(?P<after>{_CURRENCY}|{_UNIT}))?(?P<close>\))?(?P<behind>-)?(?P<last>[<>+])?"
    rf"(?:\s?(?P<error>(?:±|\+/-|\+-)\s?[\d.,]+(?:[eE][+-]?\d+)?|\(\d[\d.,]*\)))?(?P<mark>[*†‡]{{0,3}})"
)
_RAISED = str.maketrans("−–⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--+-0123456789")
_FRACTION = re.compile(r"([+-])?(?:(\d+)\s+)?(\d+)/([1-9]\d*)")
_DENOMINATORS = {2, 3, 4, 5, 6, 8, 10, 12, 16, 32, 64, 100, 1000}  # 7/13 is more likely to be something else
_WRAPPED = r"""^(?:="([^"]*)"|'([^'"]*))$"""  # ="1.5" and '1.5 keep a spreadsheet from changing a number
_CODE = r"^0\d\d+$"  # a whole number that begins with 0 is a postcode or another code
_FEWEST_WELLS = 6  # different values; fewer are as likely to be doses
# What is a unit even where it stands at a few numbers alone.
_KNOWN_UNITS = (
    "% ‰ kg g mg µg μg lb lbs oz st km m cm mm µm μm nm in ft yd mi inch inches feet miles °C °F s ms min h "
    "hr hrs days weeks months years $ € £ ¥ USD EUR GBP ml mL l L dl dL mmol mol Hz kHz MHz V mV W kW Pa kPa"
)
UNITS = frozenset(_KNOWN_UNITS.split())
_LONGEST = 60  # characters of a number with what is around it
# Numbers in several units; see `spans`.
_SPAN = re.compile(
    r"[+−-]?\d+ days?,? \d+:\d\d:\d\d(?:\.\d+)?|\d+:\d\d(?::\d\d)? ?[AaPp]\.?[Mm]\.?"
    r"|\d+ ?[hH] ?\d+(?: ?m(?:in)?)?|\d+ ?['′] ?\d+(?: ?[\"″])?|[+−-]?\d[\d.,]*[°º][\d\s.,'′’\"″”]*[NSEW]?"
)
# Of two words that each may stand behind a number, the second means minus.
_OPPOSITES = {"CR": 1.0, "DR": -1.0}
_TIMES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "Mio": 1e6, "B": 1e9, "bn": 1e9, "G": 1e9, "T": 1e12}


def is_plain(cell: str) -> bool:
    """Whether a cell is a number in any notation and nothing else, or a date or time."""
    return len(cell) < 400 and VALUE.fullmatch(cell) is not None


def is_value(cell: str) -> bool:
    """Whether a cell is a number in any notation, with or without a unit, or a date."""
    return is_plain(cell) or (
        len(cell) <= _LONGEST and any(way.fullmatch(cell) is not None for way in (DECORATED, _SPAN))
    )


def unit_of(cell: str) -> str:
    """The currency or unit written at a number; "" for none."""
    found = DECORATED.fullmatch(cell) if len(cell) <= _LONGEST else None
    return _unit(found) if found else ""


def are_codes(cells: Sequence[str]) -> bool:
    """Whether whole numbers are codes, as postcodes are: all of one length, and some begin with 0."""
    filled = [cell for cell in cells if cell not in MISSING_WORDS]
    return (
        any(re.fullmatch(_CODE, cell) for cell in filled)
        and all(cell.isdecimal() for cell in filled)
        and len({len(cell) for cell in filled}) == 1
    )


@dataclass(frozen=True)
class Found:
    """A column of text, as numbers in some notation or as text without one, and what there is to say.

    either : what there is to say where all values may as well be read in another way, as 1.234 may.
    unit : what stood at the numbers, such as $ or cm, and is no part of them. limits : how many are limits.
    """

    column: pa.ChunkedArray
    notation: Notation | None = None
    findings: tuple[str, ...] = ()
    either: Either | None = None
    unit: str = ""
    limits: int = 0


@dataclass(frozen=True)
class _Bare:
    """Cells without what is written around their numbers.

    text : (n,) without units, brackets and so on; null for what is no number. limits : how many are limits,
    as in <0.5, and so not known. halved : how many are, and count as half of it. factors : (n,) by which the
    numbers are multiplied. marked : (n,) whether a unit stands there. said : sentences about a column {key}.
    text_because : why it is none of numbers.
    """

    text: pa.ChunkedArray
    limits: int = 0
    halved: int = 0
    unit: str = ""
    factors: Any = None
    marked: Any = None
    said: list[str] = field(default_factory=list)
    text_because: str = ""


def numbers_in(
    column: pa.ChunkedArray,
    key: str,
    rows: NDArray[np.int64],
    semicolons: bool,
    codes: bool = True,
    choices: Choices = AS_FOUND,
) -> Found:
    """A column of text as numbers, if most of it is; codes : where digits such as 01234 stay text."""
    # In a tie the first wins: 1,234 is 1.234 only where semicolons stand between the columns.
    order: tuple[Notation, ...] = NOTATIONS if semicolons else (_PLAIN, _THOUSANDS, _COMMA, *NOTATIONS[3:])
    if choices.decimal:
        order = tuple(one for one in order if one.decimal == DECIMALS[choices.decimal])
    text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    text = pc.replace_substring_regex(text, _WRAPPED, r"\1\2")
    text = pc.if_else(pc.is_in(text, value_set=pa.array(MISSING_WORDS, pa.large_string())), None, text)
    text = _western(text)
    filled = len(text) - text.null_count
    some = pc.match_substring_regex(text, _BEGINS)
    if not filled or (pc.sum(some).as_py() or 0) < PARTLY * filled:  # spares six patterns
        return Found(text)
    if codes and (code := _code_in(text)):
        finding = (
            f"Column {quoted(key)}: digits with leading zeros, such as {quoted(code)}, are codes and no "
            "measurements: they are kept as text."
        )
        return Found(text, findings=(finding,))
    bare = _Bare(text)
    best, fits, read = _best_notation(text, filled, order)
    if read < filled:
        for other in (_fractions(text), _without_units(text, choices.below_limit == "half")):
            notation, fitting, number = _best_notation(other.text, filled, order)
            if other.text_because or number + other.limits > read + bare.limits:
                bare, best, fits, read = other, notation, fitting, number
    if bare.text_because:
        return Found(text, findings=(bare.text_because.format(key=quoted(key)),))
    unread = text.is_valid().to_numpy() & ~pc.fill_null(fits, False).to_numpy()
    if bare.limits:
        limits = rf"^(?:[<>≤≥]|(?:{_BELOW}|{_ABOVE})\s)|[<>+]$|^{_NOT_DETECTED}$"
        unread &= ~pc.match_substring_regex(text, limits).fill_null(False).to_numpy()
    wrong = int(np.argmax(unread))  # the first cell that is no number, if any
    if read + bare.limits < MOSTLY * filled or (bare.limits and read < 2):
        mixed = (
            f"Column {quoted(key)} is taken as text: only {read:,} of {count(filled, 'cell')} are numbers; "
            f"{quoted(text[wrong].as_py())} in row {rows[wrong]} is the first that is none."
        )
        return Found(text, findings=(mixed,) if read >= PARTLY * filled else ())
    said = [sentence.format(key=quoted(key)) for sentence in bare.said]
    if best.finding:
        signs = f"[{best.grouping}{best.decimal}]"
        telling = (
            pc.invert(pc.match_substring_regex(text, f"^(?:{_PLAIN.pattern})$")),
            pc.match_substring_regex(text, signs),
            fits,
        )
        some = (text.filter(pc.fill_null(pc.and_(fits, one), False)) for one in telling)
        example = next(one for one in some if len(one))[0].as_py()
        said.append(f"Column {quoted(key)}: numbers written with {best.finding}, such as {quoted(example)}.")
    if read + bare.limits < filled:
        said += _about_unread(text, unread, rows, bare.unit, quoted(key))
    digits = pc.if_else(fits, bare.text, None)
    if best.grouping:
        digits = pc.replace_substring_regex(digits, f"[{best.grouping}]", "")
    values = pc.replace_substring(digits, best.decimal, ".").cast(pa.float64())
    if bare.factors is not None:
        values = pc.multiply(values, bare.factors)
    if bare.unit:
        said += _about_unmarked(values.to_numpy(), bare, key, text)
    if best is _PLAIN and (well := well_in(text.drop_null())):
        said.append(
            Doubt(
                f"Column {quoted(key)}: all cells are like {quoted(well)}, and may be names of wells, not "
                "numbers with a power of ten. Leave that column out if so.",
                "a column may hold names of wells",
                [key],
            )
        )
    either = None if choices.decimal else either_in(bare.text.filter(fits.fill_null(False)))
    return Found(values, best, tuple(said), either, bare.unit, bare.limits + bare.halved)


def _about_unmarked(values: NDArray[np.float64], bare: _Bare, key: str, text: pa.ChunkedArray) -> list[str]:
    """What there is to say of numbers without the unit that most have: whether they are of the same kind."""
    known = np.isfinite(values)
    alone, marked = values[known & ~bare.marked], values[known & bare.marked]
    if not len(alone):
        return []
    example = text[int(np.argmax(known & ~bare.marked))].as_py()
    said = (
        f"Column {quoted(key)}: {len(alone):,} of {count(int(known.sum()), 'number')} "
        f"{plural(len(alone), 'has', 'have')} no unit, such as {quoted(example)}, and "
        f"{plural(len(alone), 'is', 'are')} taken for {quoted(bare.unit)} too"
    )
    sizes = np.abs(alone), np.abs(marked)
    apart = any(FAR * one.max() < other.min() for one, other in (sizes, sizes[::-1]))
    if apart or (min(len(alone), len(marked)) >= 3 and ks_2samp(alone, marked).pvalue < ELSEWHERE):
        middle, others = np.median(alone), np.median(marked)
        return [
            Doubt(
                f"{said}; but they lie elsewhere, around {middle:.3g} and not {others:.3g}: another unit may "
                "be meant.",
                "cells without a unit may be meant in another",
                [key],
            )
        ]
    return [f"{said}."]


def _about_unread(
    text: pa.ChunkedArray, unread: NDArray[np.bool_], rows: NDArray[np.int64], unit: str, key: str
) -> list[str]:
    """Sentences on the cells of a column of numbers that are none, and on those in another unit."""
    filled = len(text) - text.null_count
    places = np.flatnonzero(unread)
    cells = text.filter(pa.array(unread)).to_pylist()
    others = np.array(
        [bool(one := unit_of(cell)) and (bool(unit) or one in UNITS) for cell in cells], dtype=bool
    )
    why = "another unit than most" if unit else "a unit, unlike most"
    said = []
    for which, advice in ((others, "Write all in one."), (~others, "Correct the file.")):
        if not which.any():
            continue
        some, first = int(which.sum()), int(np.argmax(which))
        what = f"{plural(some, 'has', 'have')} {why}" if which is others else "cannot be read as a number"
        said.append(
            f"Column {key}: {some:,} of {count(filled, 'cell')} {what}, first {quoted(cells[first])} in row "
            f"{rows[places[first]]}; counted as missing. {advice}"
        )
    return said


def well_in(cells: Any) -> str:
    """A value such as 1E2, where all are like it and may be names of wells, a row and E1 to E24; else ""."""
    matches = pc.match_substring_regex(cells, r"^(?:[1-9]|1[0-6])E0?(?:[1-9]|1\d|2[0-4])$")
    if not len(cells) or not pc.all(matches).as_py() or pc.count_distinct(cells).as_py() < _FEWEST_WELLS:
        return ""
    return cells[0].as_py() if not pc.all(pc.match_substring_regex(cells, "^10?E")).as_py() else ""


def _best_notation(
    text: pa.ChunkedArray, filled: int, order: Sequence[Notation]
) -> tuple[Notation, Any, int]:
    """The first notation in which most cells are numbers, which are, and how many."""
    best, fits, read = order[0], None, -1
    for notation in order:
        fitting = pc.match_substring_regex(text, f"^(?:{notation.pattern})$")
        if (number := pc.sum(fitting).as_py() or 0) > read:
            best, fits, read = notation, fitting, number
        if read == filled:
            break
    return best, fits, read


def _code_in(text: pa.ChunkedArray) -> str:
    """A code such as 01234, if the column is of such; else an empty text."""
    zeros = pc.match_substring_regex(text, _CODE)
    if not pc.any(zeros).as_py() or not pc.all(pc.match_substring_regex(text, r"^\d+$")).as_py():
        return ""
    shortest, longest = pc.min_max(pc.utf8_length(text)).as_py().values()
    return text.filter(pc.fill_null(zeros, False))[0].as_py() if shortest == longest else ""


_DIGITS = {
    ord(sign): str(unicodedata.digit(sign)) for sign in map(chr, range(0x660, 0x10000)) if sign.isdecimal()
}
_WESTERN = _DIGITS | {ord("٫"): ".", ord("．"): ".", ord("，"): ",", ord("－"): "-", ord("＋"): "+"}


def _western(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Digits of other scripts, such as １２ and ١٢, as 12, and ½ as 1/2; other text stays."""
    some = pc.match_substring_regex(
        text, rf"^[\p{{Nd}}.,+\-٫．，－＋\s]*[^\x00-\x7f\P{{Nd}}]|^[+-]?\d*\s?[{_VULGAR}]$"
    )
    if not pc.any(some).as_py():
        return text
    distinct, index = _distinct(text)
    plain = []
    for cell in distinct:
        if cell[-1:] in _VULGAR and cell:
            halves = unicodedata.normalize("NFKD", cell[-1]).replace("⁄", "/")
            cell = f"{cell[:-1].strip()} {halves}".strip()
        plain.append(cell.translate(_WESTERN))
    return _put(plain, index)


def _fractions(text: pa.ChunkedArray) -> _Bare:
    """Fractions, such as 1/2 and 3 1/4, as decimal numbers."""
    distinct, index = _distinct(text)
    found = [_FRACTION.fullmatch(cell) for cell in distinct]
    example = next((match for match in found if match), None)
    if example is None or not all(int(match[4]) in _DENOMINATORS for match in found if match):
        return _Bare(text, text_because="")
    bare = [
        repr(
            float(
                (-1 if match[1] == "-" else 1) * (int(match[2] or 0) + Fraction(int(match[3]), int(match[4])))
            )
        )
        if match
        else cell
        for match, cell in zip(found, distinct, strict=True)
    ]
    said = f"Column {{key}}: fractions, such as {_for_format(example[0])}, are read as decimal numbers."
    return _Bare(_put(bare, index), said=[said])


def _without_units(text: pa.ChunkedArray, half: bool = False) -> _Bare:
    """Numbers without the unit, currency, brackets or limit around them; most must have the same unit.

    half : whether <0.5 is half of it, and not missing.
    """
    distinct, index = _distinct(text)
    filled = index.drop_null()
    times = np.bincount(filled.to_numpy(), minlength=len(distinct)).tolist()
    found = [DECORATED.fullmatch(cell) if len(cell) <= _LONGEST else None for cell in distinct]
    units: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for match, cell, number in zip(found, distinct, times, strict=True):
        if match and (unit := _unit(match)):
            units[_singular(unit)] += number
            examples.setdefault(_singular(unit), cell)
    unit, said = "", []
    factors: list[float] | None = None
    with_unit = units.total()
    if with_unit:
        unit, most = units.most_common(1)[0]
        if set(units) <= set(_TIMES) and (len(units) > 1 or most < MOSTLY * len(filled)):
            unit, some = "", examples[unit]
            factors = [_TIMES[_singular(_unit(match))] if match else 1.0 for match in found]
            said.append(f"Column {{key}}: letters for powers of ten, such as {_for_format(some)}.")
        elif {one.upper() for one in units} == set(_OPPOSITES):
            unit, debit = "", next(cell for one, cell in examples.items() if one.upper() == "DR")
            factors = [_OPPOSITES[_unit(match).upper() or "CR"] if match else 1.0 for match in found]
            said.append(f"Column {{key}}: the other side, as in {_for_format(debit)}, is read as a minus.")
        elif most < MOSTLY * with_unit and with_unit >= MOSTLY * len(filled):
            kinds = listed([name for name, _ in units.most_common(3)])
            if len(units) > 4:
                return _Bare(text)  # not units, but house numbers or the like
            return _Bare(
                text,
                text_because=f"Column {{key}} is taken as text: its numbers have different units "
                f"({_for_format(kinds, plain=True)}). Write all in one.",
            )
        elif most < 0.5 * len(filled):
            unit = ""
        else:
            said.append(
                f"Column {{key}}: numbers with {_for_format(unit)}, such as {_for_format(examples[unit])}; "
                "it stands in the name now."
            )
    bare: list[str | None] = []
    limits, limit, unsure, seen = 0, "", "", {"": ""}
    halved: dict[int, int] = {}
    for match, cell, number in zip(found, distinct, times, strict=True):
        if match is None and re.fullmatch(_NOT_DETECTED, cell):
            limits, limit = limits + number, limit or cell
            unsure = unsure or (cell if re.fullmatch(_EITHER, cell, re.IGNORECASE) else "")
            bare.append(None)
        elif match is None:
            bare.append(cell if is_plain(cell) else None)
        elif (_unit(match) and _singular(_unit(match)) != unit and factors is None) or (
            bool(match["open"]) != bool(match["close"])
        ):
            bare.append(None)
        elif half and _limit(match) == "below" and not match["open"]:
            halved[len(bare)] = number
            bare.append(match["digits"])
        elif _limit(match):
            limits, limit = limits + number, limit or cell
            bare.append(None)
        else:
            minus = [
                match["open"],
                match["behind"],
                *(match[s] in ("-", "−", "–") for s in ("minus", "sign")),
            ]
            power = re.sub(r"[\s()]", "", match["power"] or "").translate(_RAISED)
            power = re.sub(r"^[dD]|^[x×·*]10\^?", "e", power)
            for sign, what in (
                ("open", "brackets"),
                ("behind", "a sign behind"),
                ("error", "error"),
                ("mark", "mark"),
            ):
                if match[sign]:
                    seen.setdefault(what, cell)
            bare.append(("-" if sum(map(bool, minus)) % 2 else "") + match["digits"] + power)
    if error := seen.pop("error", ""):
        said.append(
            f"Column {{key}}: of values with an error, such as {_for_format(error)}, the value is read."
        )
    if mark := seen.pop("mark", ""):
        said.append(f"Column {{key}}: marks behind numbers, such as {_for_format(mark)}, are left out.")
    for what, cell in seen.items():
        if what:
            said.append(
                f"Column {{key}}: {what}, as in {_for_format(cell)}, is read as a minus.".replace(
                    "brackets, as", "a number in brackets, as"
                )
            )
    if limits:
        what = f"a limit, such as {_for_format(limit)}"
        if unsure:
            what = f"a limit or that there is no value, such as {_for_format(unsure)}, which may mean either"
        said.append(
            f"Column {{key}}: {count(limits, 'cell')} of {len(filled):,} only "
            f"{plural(limits, 'says', 'say')} {what}; counted as missing."
        )
    if halved:
        factors = [
            (factors[i] if factors else 1.0) * (0.5 if i in halved else 1.0) for i in range(len(found))
        ]
        said.append(
            f"Column {{key}}: {count(sum(halved.values()), 'cell')} of {len(filled):,} below a limit, such "
            f"as {_for_format(distinct[next(iter(halved))])}, are read as half of it."
        )
    scale = None if factors is None else _put(factors, index)
    has_unit = np.array([match is not None and bool(_unit(match)) for match in found], dtype=bool)
    marked = has_unit[index.fill_null(0).to_numpy()]
    return _Bare(_put(bare, index), limits, sum(halved.values()), unit, scale, marked, said)


def _unit(match: re.Match[str]) -> str:
    return match["before"] or match["inner"] or match["after"] or ""


def _limit(match: re.Match[str]) -> str:
    """Whether a number is a limit, "below" or "above" which the value is; "" for neither."""
    sign = match["limit"] or match["last"] or ""
    if sign[:1] in (">", "≥", "+") or re.fullmatch(_ABOVE, sign):
        return "above"
    return "below" if sign[:1] in ("<", "≤") or re.fullmatch(_BELOW, sign) else ""


def _singular(unit: str) -> str:
    """years -> year: both stand in one column."""
    return unit[:-1] if len(unit) > 3 and unit.endswith("s") else unit


def _for_format(text: str, plain: bool = False) -> str:
    """A user's text, quoted, for a sentence that goes through `format` once more."""
    return (text if plain else quoted(text)).replace("{", "{{").replace("}", "}}")


def _distinct(text: pa.ChunkedArray) -> tuple[list[str], pa.Array]:
    """The different cells, and which of them each cell is; null where there is none."""
    encoded = pa.chunked_array(text).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return encoded.dictionary.to_pylist(), encoded.indices


def _put(distinct: Sequence[Any], index: pa.Array) -> pa.ChunkedArray:
    kind = pa.float64() if distinct and isinstance(distinct[0], float) else pa.large_string()
    return pa.chunked_array([pa.array(distinct, kind).take(index)])

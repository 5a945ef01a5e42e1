"""What each column of a table can be, and what there is to say about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core.tables.heads import ROW_NAMES
from gmm_core.tables.labels import alike
from gmm_core.tables.reading import LOOKING, Doubt, Reading, TableError
from gmm_core.tables.rounds import cut
from gmm_core.words import (
    COMPONENT,
    COMPONENT_OR_NOISE,
    FILLED,
    KNOWN,
    LOG_DENSITY,
    NOISE,
    RESPONSIBILITY,
    ROW,
    count,
    listed,
    plural,
    quoted,
)

LOCAL_DATE = r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)([ T].*)?"
MOST_GROUPS = 100  # different values of a column that is offered as labels
FEW_GROUPS = 20  # and of one that is taken to be labels though its name does not say so

# The last word of a name that says what a column is for; the first in this list wins.
_LABELS = "label labels class target species cluster group category type kind variety diagnosis digit y"
_ORDERS = "time timestamp date datetime year month week day doy hour minute second step epoch t index order"
LABEL_NAMES, ORDER_NAMES = _LABELS.split(), _ORDERS.split()
_NO_TIMES = {
    "step",
    "epoch",
    "index",
    "order",
}  # they count the rows of a table that is sorted by groups, too


# Names of numbers that measure nothing: some always, some where all values differ.
_CODES, _NUMBERS, _TIMES, _YEARS = (
    set(names.split())
    for names in (
        (
            "id ids uid uuid guid pk ssn isbn ean upc sku iban imei vin zip zipcode postcode postal plz "
            "phone telephone tel fax mobile fips naics icd code codes barcode kennung "
            "индекс код 邮编 郵便番号"
        ),
        (
            "no nr num number nummer numero key row rownames case record sample subject patient "
            "participant student person respondent customer user client account invoice ticket transaction "
            "employee member item serial trial run obs observation plot specimen animal seq sequence idx "
            "index order ref reference matricule pnr número номер 编号 番号"
        ),
        (
            "time timestamp ts date datetime datum created updated modified when at epoch day zeit uhrzeit "
            "zeitpunkt fecha hora heure tag день дата время 日期 时间 時間 日付 날짜 시간"
        ),
        ("year years yr jahr anno année año ano annee år rok год jaar 年 年份 연도 vuosi"),
    )
)
_COUNTS = (
    "count counts freq freqs frequency frequencies n anzahl häufigkeit occurrences effectif effectifs "
    "nombre cantidad frecuencia частота количество 数量 件数 人数"
)
_WEIGHTS = set(_COUNTS.split())
# What surveys call the number of people for whom a row stands; "weight" alone is as often kilograms.
_OF_SURVEYS, _SURVEY_WEIGHTS = (
    set(names.split())
    for names in (
        "sample sampling survey design case person population expansion final post calibrated",
        "pweight pweights fweight iweight wgt wt pwt perwt hhwt wtfinl wtsupp",
    )
)
# What a column is called that names what each row is a value of, and what such a column of values is called.
_QUANTITIES, _PERHAPS, _VALUES = (
    set(names.split())
    for names in (
        "variable variables metric metrics parameter analyte attribute indicator quantity measure "
        "characteristic merkmal messgröße kenngröße",
        "name key item type sensor channel test property kind series what field",
        "value values val wert werte valor valeur result results reading measurement ergebnis messwert",
    )
)
# Whose rows these are: alone, or before a word for an id.
_WHOSE, _WHOSE_ID = (
    set(names.split())
    for names in (
        (
            "subject subj patient participant person proband respondent student pupil customer user client "
            "employee"
        ),
        "animal mouse rat plant tree member family household",
    )
)
_COUNTING = "counts the rows"
_RISING = "holds whole numbers that rise from row to row, as ids and times do"
_ALONE = "it is used, as there is no other column of numbers"
_EPOCHS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}


class Roles(NamedTuple):
    """What columns are offered as, and what of that is likely to be meant; "" for none.

    aside : the columns of `numeric` that are no measurements. likely_weight : one of them that may say how
    often each row occurs.
    """

    numeric: tuple[str, ...]
    labels: tuple[str, ...]
    orders: tuple[str, ...]
    likely_label: str
    likely_order: str
    aside: tuple[str, ...]
    likely_weight: str


def is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iuf"


def look(frame: pd.DataFrame, before: list[str], reading: Reading) -> tuple[Roles, list[str]]:
    """What the columns can be, and what there is to say about all of them.

    before : what was said about numbers within text; a table without any column of numbers repeats it.
    """
    name = reading.name
    if len(frame) < 2:
        raise TableError(
            f"{name} has only one row with values (row {frame.index[0]}); at least 2 are needed. "
            "If these are the values of one column, put each on a line of its own."
        )
    numbers = [key for key in frame if is_number(frame[key])]
    others = [key for key in frame if not is_number(frame[key])]
    groups = {key: different for key in frame if (different := _count_groups(frame[key]))}
    said = [_describe(frame[key], groups.get(key, 0)) for key in others[:5]]
    if len(others) > 5:
        do = plural(len(others) - 5, "column does", "columns do")
        said.append(f"{len(others) - 5} more {do} not hold numbers: {listed(others[5:])}.")
    if not numbers:
        why = " ".join((*before, *said))
        raise TableError(f"{name} has no column of numbers. {why} At least one column of numbers is needed.")
    constant = [key for key in numbers if frame[key].min() == frame[key].max()]
    if len(constant) == len(numbers):
        key = constant[0]
        raise TableError(
            f"{name} has only one value in every column of numbers ({quoted(key)}: "
            f"{frame[key].dropna().iloc[0]:g}). There is nothing to group; use a table whose numbers differ."
        )
    said += [
        sentence
        for key in groups
        if not is_number(frame[key]) and frame[key].dtype != bool
        for sentence in alike(key, names_of(frame[key])[1])
    ]
    reading.tell(LOOKING, 0.3)
    offered = [key for key in numbers if key not in constant]
    orders = tuple(key for key in frame if key in offered or frame[key].dtype.kind == "M")
    is_first = len(offered) > 1 and offered[0] == frame.columns[0]
    tabled = len(offered) == 2 and _likely_weight(frame, offered)
    if is_first and not tabled and _counts_rows(frame[offered[0]]):
        said.append(f"Column {quoted(offered[0])} only counts the rows; it is not offered as a feature.")
        offered = offered[1:]
    if constant:
        said.append(f"Constant, and so not offered as a feature: {listed(constant)}.")
    label = _likely_label(frame, groups)
    if offered == [label]:
        label = ""
    features = [key for key in offered if key != label]
    if len(features) < len(offered):
        said.append(
            f"Column {quoted(label)} looks like known groups, {groups[label]} different ones: it is kept "
            "apart, and is a feature only if you choose it."
        )
    said += [
        f"Column {quoted(key)} is named as known groups are, but does not hold 2 to {MOST_GROUPS} different "
        "words or whole numbers: it is a feature. Leave it out if EM must not see it."
        for key in features
        if key not in groups and _last_word(key) in LABEL_NAMES and _last_word(key) != "y"
    ]
    order = _likely_order(frame, orders)
    reasons = {key: reason for key in features if (reason := _no_measurement(frame, key, order))}
    weight = _likely_weight(frame, [key for key in features if key not in reasons])
    if not weight and len(features) == 2 and {*reasons.values()} <= {_COUNTING, _RISING}:
        # Values that rise by one, each with how often it was found, are what is measured.
        weight = _likely_weight(frame, features)
        reasons = {} if weight else reasons
    if weight:
        reasons[weight] = _as_weight(frame[weight])
    aside = tuple(reasons) if len(reasons) < len(features) else ()
    said += [
        f"Column {quoted(key)} {reason}: {'it is a feature only if you choose it' if aside else _ALONE}."
        for key, reason in list(reasons.items())[:10]
    ]
    features = [key for key in features if key not in aside]
    if len(features) > reading.limits.features:
        most = reading.limits.features
        said.append(f"{len(features)} columns of numbers; the first {most} are used where none are chosen.")
    said += [doubt for key in features if (doubt := cut(frame[key], _words(key)))]
    said += _several_of_one(frame)
    said += _on_its_side(frame, numbers) + _one_below_the_other(frame, features, groups)
    gaps = [(key, frame[key].isna().to_numpy()) for key in frame if frame[key].hasnans]
    if gaps:
        places = [
            f"{quoted(key)} {gap.sum():,} (first in row {frame.index[gap][0]})" for key, gap in gaps[:5]
        ]
        more = f" and {len(gaps) - 5} more columns" if len(gaps) > 5 else ""
        said.append(f"Missing values: {', '.join(places)}{more}.")
    reading.tell(LOOKING, 0.5)
    if copies := int(frame.duplicated().sum()):
        said.append(
            f"{count(copies, 'row')} {plural(copies, 'repeats', 'repeat')} an earlier row; all are kept."
        )
    return Roles(tuple(offered), tuple(groups), orders, label, order, aside, weight), said


def _several_of_one(frame: pd.DataFrame) -> list[Doubt]:
    """That rows are of the same person, by a column that names the persons: they are not independent."""
    return [
        Doubt(
            f"Column {quoted(key)} says, by its name, whose row each is: {frame[key].nunique():,} different "
            f"values in {count(len(frame), 'row')}. Rows that share one are not independent, so there is "
            "less evidence than the fits count, and groups may be no more than these.",
            f"several rows are of the same {quoted(key)}",
        )
        for key in frame
        if _says_whose(frame[key])
    ][:1]


def _says_whose(column: pd.Series) -> bool:
    """Whether a column names persons and the like, three at the least, with two rows or more on average."""
    known, words = column.dropna(), _words(str(column.name))
    if column.dtype.kind in "bM" or (known.dtype.kind == "f" and (known != np.floor(known)).any()):
        return False
    if len(words) > 1 and words[-1] in _CODES | _NUMBERS - _WHOSE:  # an id of what stands before it
        named = words[-2] in _WHOSE | _WHOSE_ID
    else:
        named = words[-1:] != [] and words[-1] in _WHOSE
    return bool(named and 3 <= known.nunique() <= len(known) / 2)


def _on_its_side(frame: pd.DataFrame, numbers: Sequence[str]) -> list[str]:
    """That rows may stand as columns: fewer rows than columns, each with a name of its own before it."""
    first = frame.iloc[:, 0]
    if len(frame) >= len(numbers) or is_number(first) or first.isna().any() or first.nunique() < len(first):
        return []
    return [
        Doubt(
            f"There are {len(frame)} rows and {len(numbers)} columns of numbers, and column "
            f"{quoted(frame.columns[0])} names each row: rows may stand as columns. Turn the table if so.",
            "rows may stand as columns",
        )
    ]


def _one_below_the_other(frame: pd.DataFrame, features: Sequence[str], groups: dict[str, int]) -> list[str]:
    """That the only feature may hold several quantities, which another column names."""
    for key in groups if len(features) == 1 else ():
        (feature,) = features
        words = {*_words(key)} if not is_number(frame[key]) else set()
        if words & _QUANTITIES or (words & _PERHAPS and {*_words(feature)} & _VALUES):
            first, second = (quoted(name) for name in names_of(frame[key])[1][:2])
            return [
                Doubt(
                    f"Column {quoted(feature)} may hold several quantities, as {quoted(key)} names one in "
                    f"each row, such as {first} and {second}. EM needs a column for each: pivot the "
                    "table if so.",
                    "a column may hold several quantities, one below the other",
                    [feature],
                )
            ]
    return []


def names_of(column: pd.Series) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Codes (m,) from 0, -1 where there is no value, and the g names that occur, sorted by value."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    codes, values = pd.factorize(column, sort=True)
    return codes.astype(np.intp), tuple(_name(value) for value in values)


def _name(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:.0f}"


# --- Known groups


def _count_groups(column: pd.Series) -> int:
    """How many groups a column makes, if it can be labels; else 0. Most are told by their first rows."""
    if column.dtype.kind == "M":
        return 0
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.codes.where(column.cat.codes >= 0)
    for part in (column.iloc[:1000], column):
        known = part.dropna()
        if known.dtype.kind == "f" and (known != np.floor(known)).any():
            return 0
        different = known.nunique()
        if different > MOST_GROUPS:
            return 0
    return different if 2 <= different < len(known) else 0


def _likely_label(frame: pd.DataFrame, groups: dict[str, int]) -> str:
    """A column that is named as labels are, or else the only one of words with few of them."""
    words = [key for key in groups if not is_number(frame[key])]
    plain = [str(key).strip().lower() for key in frame]
    ranks = {}
    for key, different in groups.items():
        end = _last_word(key)
        if end == "y" and (key.strip().lower() != end or "x" in plain):  # a coordinate
            continue
        if end in LABEL_NAMES and (key in words or 3 * different <= len(frame)):
            ranks[key] = LABEL_NAMES.index(end)
    if ranks:
        return min(ranks, key=ranks.__getitem__)
    few = [key for key in words if groups[key] <= FEW_GROUPS and key != FILLED]
    return few[0] if len(few) == 1 else ""


def _likely_order(frame: pd.DataFrame, orders: Sequence[str]) -> str:
    """A date that increases, a number that does and is named as an order, or any date."""
    dates = [key for key in orders if frame[key].dtype.kind == "M" or _time_in(frame[key])]
    named = [key for key in orders if key not in dates and _last_word(key) in ORDER_NAMES]
    rising = [key for key in (*dates, *named) if frame[key].is_monotonic_increasing]
    return next(iter((*rising, *dates)), "")


def is_time(column: pd.Series) -> bool:
    """Whether a column says when each row was, few at one time, and rows are in that order or its reverse."""
    name = str(column.name)
    told = column.dtype.kind == "M" or bool(_time_in(column))
    named = _last_word(name) in {*ORDER_NAMES} - _NO_TIMES or {*_words(name)} >= {"day", "year"}
    in_order = column.is_monotonic_increasing or column.is_monotonic_decreasing
    return (told or named) and in_order and 2 * column.nunique() > len(column)


def _words(name: str) -> list[str]:
    """Time (s) -> time; PassengerId -> passenger, id."""
    plain = re.sub(r"[(\[].*", "", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return re.findall(r"[^\W\d_]+", plain.lower())


def _last_word(name: str) -> str:
    """sepal_class -> class, Time (s) -> time."""
    return next(reversed(_words(name)), "")


# --- Numbers that measure nothing


def _likely_weight(frame: pd.DataFrame, features: Sequence[str]) -> str:
    """A column that may say how often each row occurs: named so, whole numbers, and no row stands twice; or
    how many it stands for in a survey.
    """
    for key in features:
        others = [other for other in features if other != key]
        known = frame[key].dropna()
        if others and is_of_survey(key, frame[key]):
            return key
        if (
            _last_word(key) in _WEIGHTS
            and 1 <= len(others) <= 3
            and bool(
                (known >= 0).all() and (known == np.floor(known)).all() and known.sum() >= 3 * len(known)
            )
            and not (frame[others].duplicated() | frame[others].isna().any(axis=1)).any()
        ):
            return key
    return ""


def is_of_survey(key: str, column: pd.Series) -> bool:
    """Whether a column is named as weights of surveys are; as "weight" alone, where the mean is 1, too.

    They say for how many people a row stands, and so make no row count as several.
    """
    words, known = _words(key), column.dropna()
    named = bool({*words} & _SURVEY_WEIGHTS) or (
        words[-1:] in (["weight"], ["weights"]) and bool({*words} & _OF_SURVEYS)
    )
    is_one = (
        words in (["weight"], ["weights"]) and abs(known.mean() - 1) < 0.02 and known.max() > known.min() > 0
    )
    return bool((known >= 0).all()) and (named or is_one)


def _as_weight(column: pd.Series) -> str:
    """Half a sentence on a column that may be a weight."""
    if is_of_survey(str(column.name), column):
        return "may say how much each row counts, as the weights of a survey do"
    return f"may say how often each row occurs, {column.sum():,.0f} in all, as a weight"


def _no_measurement(frame: pd.DataFrame, key: str, order: str) -> str:
    """Why a column of numbers is no measurement, as half a sentence; "" if it is one."""
    column = frame[key]
    known = column.dropna()
    whole = bool((known == np.floor(known)).all())
    if key in (ROW_NAMES, ROW) and whole:
        return "holds names of rows"
    if _of_a_mixture(frame, key):
        return "says what a mixture made of the row, as when rows are taken away with it"
    if time := _time_in(column):
        return f"holds {time}"
    words = _words(key)
    last = words[-1] if words else ""
    is_age = {"birth", "born", "built", "model"} & {*words}
    if last in _YEARS and len(words) < 3 and not is_age and known.between(1000, 2500).all():
        return "holds years"
    if key == order:
        return "rises from row to row, and is named as an order is"
    if not whole:
        return ""
    with np.errstate(over="ignore"):  # an infinite step is none of 1, and rises
        steps = np.diff(column.to_numpy())
    if len(column) >= 5 and bool((steps == 1).all() or (steps == -1).all()):
        return _COUNTING
    if last in _CODES or words[:1] == ["id"]:
        return "holds codes or ids, by its name"
    if _says_whose(column):
        return "says, by its name, whose row each is"
    different = known.nunique() == len(known) > 2
    if different and (
        last.removesuffix("id") in _NUMBERS
        or last.endswith(("nummer", "code"))
        or words[:1] in (["no"], ["nr"])
    ):
        return "holds ids: whole numbers, all different"
    if different and len(known) >= 10 and key == frame.columns[0] and bool((steps > 0).all()):
        return _RISING
    return ""


def _of_a_mixture(frame: pd.DataFrame, key: str) -> bool:
    """Whether a column was written beside the rows by `out.export.data_frame`, and so is no measurement."""
    names = [*map(str, frame)]
    first = next((i for i, name in enumerate(names) if name in (COMPONENT, COMPONENT_OR_NOISE)), len(names))
    written = names[first:]  # what was measured stands before them, whatever its name
    plain = re.sub(r"( \d+)?( \(\d+\))?$", "", key, count=1)
    told = key == KNOWN or (
        key in written and (key == written[0] or plain in (RESPONSIBILITY, NOISE, LOG_DENSITY))
    )
    return told and any(name.startswith(LOG_DENSITY) for name in written)


def _time_in(column: pd.Series) -> str:
    """What moments numbers stand for: seconds since 1970, or dates such as 20240131; "" for none."""
    if not is_number(column):
        return ""
    known = column.dropna()
    named = bool(set(_words(str(column.name))) & _TIMES)
    if len(known) < 2:
        return ""
    low, high = float(known.min()), float(known.max())
    for unit, scale in _EPOCHS.items():
        if (1e8 if named else 1e9) * scale <= low and high <= 4.2e9 * scale and (named or high < 2 * low):
            return f"moments in {unit} since 1970"
    if low >= 1500_01_01 and high <= 2200_12_31 and bool((known == np.floor(known)).all()):
        months, days = known // 100 % 100, known % 100
        if (named or len(known) > 4) and months.between(1, 12).all() and days.between(1, 31).all():
            return f"dates written as numbers, such as {low:.0f}"
    if named and low >= 1500_01 and high <= 2200_12 and (known % 100).between(1, 12).all():
        return f"months written as numbers, such as {low:.0f}"
    return ""


# --- Sentences


def _describe(column: pd.Series, groups: int) -> str:
    """A sentence on a column that does not hold numbers; groups : how many, if it can be labels."""
    known = column.dropna()
    if column.dtype.kind == "M":
        # numpy writes years that Python's own dates do not have
        first, last = np.datetime_as_string(
            [known.min().to_datetime64(), known.max().to_datetime64()], unit="D"
        )
        return f"Column {quoted(column.name)} holds dates, from {first} to {last}."
    if known.dtype == bool or isinstance(known.iloc[0], bool):
        return f"Column {quoted(column.name)} holds true and false: a label, not a feature."
    different, first = groups or known.nunique(), str(known.iloc[0])
    text = f"Column {quoted(column.name)} holds text, with {count(different, 'different value')}"
    if re.fullmatch(LOCAL_DATE, first):
        return f"{text}, probably dates. Write them as 2024-12-31 instead of {quoted(first)}."
    if groups:
        return f"{text} (first {quoted(first)}): a label, not a feature."
    if different > MOST_GROUPS:
        return f"{text} on {count(len(known), 'row')}: too many to be labels (first {quoted(first)})."
    return f"{text} on {count(len(known), 'row')} (first {quoted(first)}): neither a feature nor a label."


def _counts_rows(column: pd.Series) -> bool:
    """Whether the values are 0, 1, 2, ... or 1, 2, 3, ..."""
    values = column.to_numpy()
    return (
        len(values) >= 5
        and values[0] in (0, 1)
        and bool((values == values[0] + np.arange(len(values))).all())
    )

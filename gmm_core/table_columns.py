"""What each column of a table can be, and what there is to say about it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from gmm_core.table_common import TableError, count, listed, quoted

LOCAL_DATE = r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d\d)([ T].*)?"


def is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iuf"


def look(frame: pd.DataFrame, name: str, features: int) -> tuple[tuple[str, ...], list[str]]:
    """The columns to offer as features, and what there is to say about all of them."""
    numbers = [key for key in frame if is_number(frame[key])]
    others = [key for key in frame if key not in numbers]
    said = [_describe(frame[key]) for key in others[:5]]
    if len(others) > 5:
        said.append(f"{len(others) - 5} more columns do not hold numbers: {listed(others[5:])}.")
    if not numbers:
        raise TableError(
            f"{name} has no column of numbers. {' '.join(said)} At least one column of numbers is needed."
        )
    constant = [key for key in numbers if frame[key].min() == frame[key].max()]
    if len(constant) == len(numbers):
        key = constant[0]
        raise TableError(
            f"{name} has only one value in every column of numbers ({quoted(key)}: "
            f"{frame[key].dropna().iloc[0]:g}). There is nothing to group; use a table whose numbers differ."
        )
    offered = [key for key in numbers if key not in constant]
    if len(offered) > 1 and offered[0] == frame.columns[0] and _counts_rows(frame[offered[0]]):
        said.append(f"Column {quoted(offered[0])} only counts the rows; it is not offered as a feature.")
        offered = offered[1:]
    if constant:
        said.append(f"Constant, and so not offered as a feature: {listed(constant)}.")
    if len(offered) > features:
        said.append(
            f"{len(offered)} columns of numbers; the first {features} are used where none are chosen."
        )
    gaps = [(key, frame[key].isna().to_numpy()) for key in frame if frame[key].hasnans]
    if gaps:
        places = [
            f"{quoted(key)} {gap.sum():,} (first in row {frame.index[gap][0]})" for key, gap in gaps[:5]
        ]
        more = f" and {len(gaps) - 5} more columns" if len(gaps) > 5 else ""
        said.append(f"Missing values: {', '.join(places)}{more}.")
    if copies := int(frame.duplicated().sum()):
        said.append(
            f"{count(copies, 'row')} repeat{'s' if copies == 1 else ''} an earlier row; all are kept."
        )
    return tuple(offered), said


def _describe(column: pd.Series) -> str:
    """A sentence on a column that does not hold numbers."""
    known = column.dropna()
    if column.dtype.kind == "M":
        # numpy writes years that Python's own dates do not have
        first, last = np.datetime_as_string(
            [known.min().to_datetime64(), known.max().to_datetime64()], unit="D"
        )
        return f"Column {quoted(column.name)} holds dates, from {first} to {last}."
    if column.dtype == bool:
        return f"Column {quoted(column.name)} holds true and false: a label, not a feature."
    different, first = known.nunique(), str(known.iloc[0])
    text = f"Column {quoted(column.name)} holds text, with {count(different, 'different value')}"
    if re.fullmatch(LOCAL_DATE, first):
        return f"{text}, probably dates. Write them as 2024-12-31 instead of {quoted(first)}."
    if different > 100 and different > 0.5 * len(known):
        return f"{text} on {count(len(known), 'row')}: too many to be labels (first {quoted(first)})."
    return f"{text} (first {quoted(first)}): a label, not a feature."


def _counts_rows(column: pd.Series) -> bool:
    """Whether the values are 0, 1, 2, ... or 1, 2, 3, ..."""
    values = column.to_numpy()
    return (
        len(values) >= 5
        and values[0] in (0, 1)
        and bool((values == values[0] + np.arange(len(values))).all())
    )

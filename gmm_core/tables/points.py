"""A table of new points -> their matrix, its columns in the order of the data's.

Letters: n rows of the table, m points, d features.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import LARGEST
from gmm_core.tables.columns import is_number
from gmm_core.tables.reading import TableError
from gmm_core.words import count, listed, plural, quoted

GENERIC = re.compile(r"x\d*")  # what columns without names are called


@dataclass(frozen=True, eq=False)
class Points:
    """New points X (m, d), NaN where a value is missing, the numbers of their rows in the file (m,), and what
    was done, in sentences.
    """

    X: Array
    rows: NDArray[np.int64]
    findings: tuple[str, ...]


def points_in(frame: pd.DataFrame, names: Sequence[str], empty: Collection[str] = ()) -> Points:
    """The points in the frame of a `Table`, of data whose features have these d names.

    Columns are matched by name, whatever their order and capitals, and others are left out; those that are
    `empty` are not in the frame, and their values are missing. Where no name fits, and the file or the data
    have no names of their own, as many columns of numbers are matched by their place. Rows without any value
    are left out. As many numbers as features, below each other and without a name, are one point. Raises
    `TableError` for columns that are missing or hold no numbers, and where no row is left.
    """
    chosen, said = list(names), []
    wanted = {name.casefold() for name in names}
    frame = frame.assign(**{name: np.nan for name in empty if name.casefold() in wanted})
    if list(frame.columns) == ["x"] and len(frame) == len(names) > 1:
        said.append(f"The {len(names)} numbers are taken as one point.")
        frame = pd.DataFrame([frame["x"].to_numpy()], columns=chosen, index=frame.index[:1])
    capitals = {name.casefold(): name for name in frame.columns}
    ours = {name.casefold(): name for name in names}
    if len(capitals) == frame.shape[1] and len(ours) == len(names):  # no two differ in nothing else
        renamed = {theirs: ours[low] for low, theirs in capitals.items() if theirs != ours.get(low, theirs)}
        if renamed:
            frame = frame.rename(columns=renamed)
            said.append(f"Capitals aside, {listed(list(renamed))} fit the data's names.")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        numeric = [name for name in frame.columns if is_number(frame[name])]
        nameless = any(all(GENERIC.fullmatch(name) for name in some) for some in (names, numeric))
        if len(missing) < len(names) or len(numeric) != len(names) or not nameless:
            raise TableError(_what_is_missing(frame, names, missing))
        chosen = numeric
        pairs = [f"{quoted(theirs)} as {quoted(ours)}" for theirs, ours in zip(chosen, names, strict=True)]
        said.append(f"No name fits, so columns are taken by their place: {', '.join(pairs)}.")
    elif [name for name in frame.columns if name in chosen] != chosen:
        said.append("The columns stand in another order: they are matched by name.")
    if others := [name for name in frame.columns if name not in chosen]:
        said.append(f"Left out, as the data have no such feature: {listed(others)}.")
    for name in chosen:
        if not is_number(frame[name]) and frame[name].dtype != bool:
            row, text = _no_number(frame[name])
            raise TableError(
                f"Column {quoted(name)} does not hold numbers: row {row} says {quoted(text)}. Correct it, so "
                "that each of its cells is a number."
            )
    X = frame[chosen].to_numpy(np.float64, na_value=np.nan)
    some = ~np.isnan(X).all(axis=1)
    rows = frame.index.to_numpy()
    if not some.any():
        raise TableError(f"No row has a value in any of {listed(chosen)}. At least one is needed.")
    if lost := int((~some).sum()):
        said.append(f"Left out: {count(lost, 'row')} without any value, first row {rows[~some][0]}.")
    X, rows = X[some], rows[some]
    if len(gaps := rows[np.isnan(X).any(axis=1)]):
        said.append(f"Missing values are in {count(len(gaps), 'row')}, first row {gaps[0]}.")
    for j, largest in enumerate(np.nanmax(np.abs(X), axis=0, initial=0)):
        if largest > LARGEST:
            raise TableError(
                f"Column {quoted(chosen[j])} holds {largest:.3g}, whose square is too large to compute with."
            )
    return Points(X, rows, tuple(said))


def _no_number(column: pd.Series) -> tuple[int, str]:
    """The first cell that is no number, or the first at all: the number of its row, and what it says."""
    texts = column.dropna().astype(str)
    wrong = pd.to_numeric(texts.str.replace(",", "."), errors="coerce").isna()
    row, text = next(texts[wrong if wrong.any() else slice(1)].items())
    return int(str(row)), text


def _what_is_missing(frame: pd.DataFrame, names: Sequence[str], missing: Sequence[str]) -> str:
    """Which columns there are not, which there are, and what to do."""
    no = plural(len(missing), "is no column", "are no columns")
    return (
        f"There {no} {listed(missing)}. The mixture is of {listed(names)}; this table has "
        f"{listed(list(frame.columns))}. Name its columns as the data's, in any order."
    )

"""Rows that are no data: units, names once more, totals, notes; and labels that stand once for many rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gmm_core.tables.numbers import MISSING_WORDS, MOSTLY, is_value
from gmm_core.tables.reading import Doubt, is_text, unique
from gmm_core.words import count, listed, plural, quoted

Columns = dict[str, pa.ChunkedArray]
Rows = NDArray[np.int64]  # the numbers (n,) of the rows in the file

_LOOKED_AT = 200  # rows that say what a column holds
_MOST_BELOW = 12  # rows of totals and notes at the end
_MOST_WORDS = 20  # for totals in a column, each of which is looked at alone
_WORK = 5_000_000  # rows times the ways in which they may be sums

_STATISTICS = (
    r"(grand |sub-?|overall |column |weighted |sample )?(totals?|sums?|means?|averages?|avg\.?|medians?"
    r"|minimums?|min\.?|maximums?|max\.?|std\.?( ?dev(iation)?\.?)?|st\.? ?dev\.?|s\.?d\.?|s\.?e\.?m?\.?"
    r"|std\.? ?err(or)?|variance"
    r"|range|summe|gesamt|mittel(wert)?|durchschnitt|totale?s?|moyenne|somme|media|totaal|totalt|summa|razem|suma|celkem|součet|összesen|yhteensä|toplam|сумма|итого|всего|среднее"
    r"|合計|合计|总计|總計|小計|小计|平均|計|합계|소계|평균|σύνολο|جموع|المجموع|(mean|average|avg\.?|m)\s?(±|\(|\+/?-)\s?(sd|std|se|sem)\)?|n|count|anzahl|suma|promedio|average|mean)\s*:?"
)
_ALL = (
    r"(grand |sub-?)?totals?|totale?s?|sum|all|all (sexes|genders|ages|persons|people|groups|categories)"
    r"|both (sexes|genders)|overall|summe|gesamt|insgesamt|zusammen|ensemble|somme|suma|totaal|totalt|summa"
    r"|razem|celkem|yhteensä|toplam|итого|всего|合計|合计|总计|總計|합계"
)
_TOTAL = rf"(?:{_ALL})(\b.*)?|.*\b(sub-?)?totals?:?"
_COUNT = r"n|count|anzahl"
_NOTE = r"(?i)\W*(sources?|notes?|quelle|anmerkung|nota|footnotes?|remarks?|legend|copyright)\b.*"


def without_other_rows(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    """The columns and numbers of the rows that are data, labels filled downwards, and what was done."""
    said: list[str] = []
    for step in (_without_units, _one_table, _without_names, _without_footers, _without_totals):
        columns, rows, sentences = step(columns, rows)
        said += sentences
    columns, sentences = _filled_down(columns)
    return columns, rows, said + sentences


def _kept(columns: Columns, rows: Rows, gone: NDArray[np.bool_]) -> tuple[Columns, Rows]:
    return {key: column.filter(pa.array(~gone)) for key, column in columns.items()}, rows[~gone]


def _without_units(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    if not (units := _units(columns)):
        return columns, rows, []
    said = (
        f"Left out: row {rows[0]}, which holds text above numbers ({listed(units)}), as units or a "
        "second row of names do."
    )
    return {key: column.slice(1) for key, column in columns.items()}, rows[1:], [said]


def _units(columns: Columns) -> list[str]:
    """The texts of the first row if it holds no value, and stands above columns of numbers; else none."""
    units = []
    for column in columns.values():
        first, *others = column.slice(0, _LOOKED_AT).to_pylist()
        if first is None or first in MISSING_WORDS:
            continue
        if not is_text(column.type) or is_value(first.strip()) or first in others:
            return []
        values = [is_value(cell.strip()) for cell in others if cell is not None]
        if len(values) > 1 and sum(values) >= MOSTLY * len(values):
            units.append(first)
    return units


def _without_names(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    again = np.full(len(rows), bool(columns) and all(is_text(column.type) for column in columns.values()))
    for key, column in columns.items():
        if not again.any():
            break
        again &= pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), key), False).to_numpy()
    if not again.any() or again.all():
        return columns, rows, []
    said = (
        f"Left out: {count(int(again.sum()), 'row')} with the names once more, first row "
        f"{rows[again][0]}, as where files were put together."
    )
    return *_kept(columns, rows, again), [said]


# --- Another table below, without a blank line between


def _one_table(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    """Of tables below each other the longest one, with its own names."""
    starts = _other_names(columns)
    if not starts:
        return columns, rows, []
    parts = list(pairwise([-1, *starts, len(rows)]))
    begin, end = max(parts, key=lambda part: part[1] - part[0])
    gone = (np.arange(len(rows)) <= begin) | (np.arange(len(rows)) >= end)
    where = "above" if end == len(rows) else "below" if begin < 0 else "around"
    names = [_cells(column, starts[0], 1)[0] for column in columns.values()]
    said = (
        f"Left out {where} the table: {count(int(gone.sum()), 'row')}, first row {rows[gone][0]}, as another "
        f"table begins in row {rows[starts[0]]}, with the names {listed(names)}."
    )
    if begin >= 0:
        names = [_cells(column, begin, 1)[0] for column in columns.values()]
        columns = dict(zip(unique(names, len(names)), columns.values(), strict=True))
    return *_kept(columns, rows, gone), [said]


def _other_names(columns: Columns) -> list[int]:
    """The places of rows of names in the middle: text alone, where two columns or more hold numbers above and
    below, and none of it a second time.
    """
    numeric = [column for column in columns.values() if _numeric(column)]
    if len(numeric) < 2 or not all(is_text(column.type) for column in numeric):
        return []
    like_names = np.ones(len(numeric[0]), bool)
    for column in numeric:
        word = pc.match_substring_regex(column, r"^\s*[\pL_#(\[]")
        like_names &= pc.fill_null(word, False).to_numpy()
        if not like_names.any():
            return []
    found: list[int] = []
    for at in np.flatnonzero(like_names)[:_LOOKED_AT].tolist():
        row = {key: _cells(column, at, 1)[0] for key, column in columns.items()}
        cells = [cell for cell in row.values() if cell not in MISSING_WORDS]
        if (
            all(map(str.__eq__, row, row.values()))  # the same names: two parts of one table
            or len(cells) < len(row)
            or len(set(cells)) < len(cells)
            or any(map(is_value, cells))
            or any(like_names[at - 1 : at])  # units below names
        ):
            continue
        if all(_stands_alone(column, at) for column in numeric):
            found.append(at)
    return found


def _stands_alone(column: pa.ChunkedArray, at: int) -> bool:
    """Whether a text occurs once in its column, with two numbers at least above and below."""
    begin = max(at - _LOOKED_AT, 0)
    both = [_cells(column, begin, at - begin), _cells(column, at + 1, _LOOKED_AT)]
    known = [[cell for cell in cells if cell not in MISSING_WORDS] for cells in both]
    return (
        all(sum(map(is_value, cells)) >= max(2, MOSTLY * len(cells)) for cells in known)
        and pc.sum(pc.equal(column, column[at])).as_py() == 1
    )


# --- Totals and notes at the end


def _cells(column: pa.ChunkedArray, begin: int, length: int) -> list[str]:
    """Cells as text, "" where there is none."""
    return ["" if cell is None else str(cell).strip() for cell in column.slice(begin, length).to_pylist()]


def _last_rows(columns: Columns, is_gone: Callable[[list[str]], bool]) -> int:
    """How many rows at the end fit, one after another, empty ones with them."""
    n = len(next(iter(columns.values())))
    some = min(_MOST_BELOW, n - 1)
    if some < 1:
        return 0
    ends = list(zip(*(_cells(column, n - some, some) for column in columns.values()), strict=True))
    found = 0
    for back, row in enumerate(reversed(ends), 1):
        if is_gone(list(row)):
            found = back
        elif any(row):
            break
    return found


def _numeric(column: pa.ChunkedArray) -> bool:
    """Whether most of the first cells are numbers."""
    if not is_text(column.type):
        return True
    filled = [cell for cell in _cells(column, 0, _LOOKED_AT) if cell not in MISSING_WORDS]
    return len(filled) > 1 and sum(map(is_value, filled)) >= 0.5 * len(filled)


def _without_footers(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    """Notes below the table: text alone in a row, or where the others have numbers."""
    if len(columns) < 2 or not any(is_text(column.type) for column in columns.values()):
        return columns, rows, []
    numeric = [_numeric(column) for column in columns.values()]

    def is_note(row: list[str]) -> bool:
        filled = [j for j, cell in enumerate(row) if cell not in MISSING_WORDS]
        first = row[filled[0]] if filled else ""
        if not filled or re.fullmatch(_STATISTICS, first, re.IGNORECASE):
            return False
        if re.fullmatch(_NOTE, first) and len(filled) < len(row):
            return True
        if any(is_value(row[j]) for j in filled):
            return False
        if re.fullmatch(_NOTE, first) and all(j in filled for j, is_one in enumerate(numeric) if is_one):
            return True  # as many words as columns, where spaces separate
        alone = len(filled) == 1 and bool(
            re.fullmatch(_NOTE, first) or first.count(" ") > 2 or first[0] in "*[("
        )
        return alone or (any(numeric[j] for j in filled) and len(filled) < len(row))

    if not any(numeric) or not (found := _last_rows(columns, is_note)):
        return columns, rows, []
    gone = np.arange(len(rows)) >= len(rows) - found
    first = next(filter(None, (_cells(c, len(rows) - found, 1)[0] for c in columns.values())), "")
    which = f"row {rows[gone][0]}" if found == 1 else f"{found} rows, first row {rows[gone][0]}"
    return *_kept(columns, rows, gone), [f"Left out below the table: {which}, {quoted(first)}."]


def _without_totals(columns: Columns, rows: Rows) -> tuple[Columns, Rows, list[str]]:
    """Rows with the total, the mean and the like: at the end by their word, else if their sum is right."""
    labels = {key: column for key, column in columns.items() if is_text(column.type)}
    if not labels or len(columns) < 2 or len(rows) < 4:
        return columns, rows, []
    keys = list(columns)
    places = [keys.index(key) for key in labels]

    def is_total(row: list[str]) -> bool:
        words = [row[j] for j in places if re.fullmatch(_STATISTICS, row[j], re.IGNORECASE)]
        if words and all(re.fullmatch(_COUNT, word, re.IGNORECASE) for word in words):
            return all(
                re.fullmatch(r"\d+(\.0)?", cell) and float(cell) <= len(rows)
                for cell in row
                if is_value(cell)
            )
        return bool(words)

    last = np.arange(len(rows)) >= len(rows) - _last_rows(columns, is_total)
    if last.sum() > len(rows) / 2:
        last[:] = False
    gone = np.zeros(len(rows), bool)
    said: list[str] = []
    for key in labels:
        sums, doubts = _totals_among(columns, key, last)
        gone |= sums
        said += doubts
    gone |= _with_all_alike(last, gone, labels)
    if not gone.any() and _is_unnamed_total(columns, list(labels)):
        gone[-1] = True
    if (~gone).sum() < 2:
        return columns, rows, []
    if not gone.any():
        return columns, rows, said
    at = int(np.argmax(gone))
    cells = [cell for j in places if (cell := _cells(columns[keys[j]], at, 1)[0])]
    named = [cell for cell in cells if re.fullmatch(f"{_TOTAL}|{_STATISTICS}", cell, re.IGNORECASE)]
    word = next((f", {quoted(cell)}" for cell in (*named, *cells)), "")
    if gone.sum() == 1:
        left_out = f"Left out: row {rows[at]}{word}, as it sums up other rows."
    else:
        left_out = f"Left out: {gone.sum():,} rows, first row {rows[at]}{word}, as they sum up other rows."
    return *_kept(columns, rows, gone), [left_out, *said]


def _with_all_alike(last: NDArray[np.bool_], gone: NDArray[np.bool_], labels: Columns) -> NDArray[np.bool_]:
    """The last rows that are totals by their word, unless the word stands at other rows, too, that stay."""
    last = last.copy()
    for column in labels.values():
        for cell in set(column.filter(pa.array(last)).to_pylist()):
            if cell is not None and re.fullmatch(_STATISTICS, cell.strip(), re.IGNORECASE):
                alike = pc.fill_null(pc.equal(column, cell), False).to_numpy()
                if (alike & ~last & ~gone).any():
                    last &= ~alike
    return last


def _totals_among(
    columns: Columns, label: str, last: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[Doubt]]:
    """The rows that a word such as Total marks in a column and whose sums are right; all with one word alike.

    Said of other words is that they may be totals, unless all of these are among the last rows.
    """
    column = columns[label]
    marked = pc.match_substring_regex(column, f"(?i)^\\s*(?:{_TOTAL})\\s*$").fill_null(False).to_numpy()
    gone = np.zeros(len(marked), bool)
    if not 0 < marked.sum() <= len(marked) / 2:
        return gone, []
    below_others = _right_totals(columns, label, marked)
    words = set(column.filter(pa.array(marked)).to_pylist())
    if len(words) > _MOST_WORDS:
        return below_others, []
    doubts = []
    for word in sorted(words):
        alike = pc.fill_null(pc.equal(column, word), False).to_numpy()
        if 2 * below_others[alike].sum() >= alike.sum() or _are_sums_of_groups(columns, label, alike):
            gone |= alike
        elif (alike & ~last).any() and re.fullmatch(_ALL, word.strip(), re.IGNORECASE):
            some = int(alike.sum())
            doubts.append(
                Doubt(
                    f"Column {quoted(label)}: {count(some, 'row')} with {quoted(word)} may be totals of "
                    f"other rows, though no sum shows it; {plural(some, 'it was', 'they were')} kept. Leave "
                    f"{plural(some, 'it', 'them')} out of the file if so.",
                    "some rows may be totals of others",
                )
            )
    return gone, doubts


def _are_sums_of_groups(columns: Columns, label: str, marked: NDArray[np.bool_]) -> bool:
    """Whether most of the marked rows hold the sum of the others that agree with them in other columns."""
    n = len(marked)
    values = {key: _floats(column) for key, column in columns.items() if key != label}
    numbers = [key for key, some in values.items() if not np.isnan(some).all()]
    codes = {key: pd.factorize(columns[key].to_pandas(), use_na_sentinel=False)[0] for key in values}
    repeated = [key for key, some in codes.items() if some.max() < n / 2]  # the others make no groups
    texts = [key for key in repeated if key not in numbers]
    alike = [tuple(texts), *((key,) for key in texts), ()]
    alike += [(*keys, key) for keys in (tuple(texts), ()) for key in repeated if key in numbers]
    ways = [(keys, key) for keys in dict.fromkeys(alike) for key in numbers if key not in keys]
    for keys, key in ways[: max(3, _WORK // n)]:
        groups = _groups([codes[one] for one in keys], n)
        known = ~np.isnan(values[key])
        others = groups[known & ~marked]
        sums = np.bincount(others, values[key][known & ~marked], groups.max() + 1)[groups]
        several = np.bincount(others, minlength=groups.max() + 1)[groups] > 1
        judged = marked & known & several & ((sums != 0) | (values[key] != 0))
        right = np.isclose(values[key][judged], sums[judged], rtol=1e-6)
        if len(right) >= (1 if set(keys) <= {*texts} else 3) and 2 * right.sum() >= len(right):
            return True
    return False


def _groups(codes: list[NDArray[np.intp]], n: int) -> NDArray[np.intp]:
    """Which rows (n,) agree in all of these codes, as numbers from 0."""
    groups = np.zeros(n, np.intp)
    for some in codes:
        groups = pd.factorize(groups * (some.max() + 1) + some)[0]
    return groups


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """The numbers of a column, NaN for all else."""
    if not is_text(column.type):
        try:
            return column.cast(pa.float64()).fill_null(np.nan).to_numpy()
        except pa.ArrowException:
            return np.full(len(column), np.nan)
    plain = pc.match_substring_regex(
        column, r"^\s*[+-]?(\d+(\.\d*)?|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?)([eE][+-]?\d+)?\s*$"
    )
    texts = pc.replace_substring(pc.utf8_trim_whitespace(pc.if_else(plain, column, None)), ",", "")
    return texts.cast(pa.float64()).fill_null(np.nan).to_numpy()


def _right_totals(columns: Columns, label: str, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the marked rows hold the sum of those above them, back to the last total or the first row.

    A first row may hold the sum of all that follow it.
    """
    right, places = np.zeros(len(marked), bool), np.flatnonzero(marked)
    for key, column in columns.items():
        values = _floats(column) if key != label else np.full(len(marked), np.nan)
        if np.isnan(values).all():
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # infinite sums are none
            before = np.concatenate([[0.0], np.cumsum(np.where(marked | np.isnan(values), 0, values))])
            since_last = before[places] - before[np.concatenate([[0], places[:-1] + 1])]
        since_first = before[places]
        if places[0] == 0:
            since_last[0] = since_first[0] = before[-1]
        here = values[places]
        right[places] |= np.isclose(here, since_last, rtol=1e-6) | np.isclose(here, since_first, rtol=1e-6)
    return right


def _is_unnamed_total(columns: Columns, labels: list[str]) -> bool:
    """Whether the last row has no label, alone of all, and the sums or means of the others."""
    if not any(
        column.null_count == 1 and not column[-1].is_valid for column in map(columns.get, labels) if column
    ):
        return False
    right = []
    for key, column in columns.items():
        if key in labels:
            continue
        values = _floats(column)
        if not np.isnan(values[:-1]).all():
            others, last = values[:-1], values[-1]
            right.append(bool(np.isclose(last, np.nansum(others)) or np.isclose(last, np.nanmean(others))))
    return bool(right) and all(right)


# --- Labels that stand once for several rows


def _filled_down(columns: Columns) -> tuple[Columns, list[str]]:
    """Labels of merged cells, left of the numbers: the empty cells below one mean the same."""
    said = []
    columns = dict(columns)
    if not any(_numeric(column) for column in columns.values()):
        return columns, []
    for key, column in columns.items():
        if _numeric(column):
            break
        if not is_text(column.type):
            continue
        texts = pc.if_else(
            pc.is_in(pc.utf8_trim_whitespace(column), pa.array([""], column.type)), None, column
        )
        empty = texts.is_null().to_numpy()
        filled = np.flatnonzero(~empty)
        if len(empty) < 4 or len(filled) < 2 or empty[0] or empty.sum() < len(empty) / 3:
            continue
        lengths = np.diff([*filled, len(empty)])
        if pc.count_distinct(texts).as_py() < len(filled) and len(set(lengths.tolist())) > 1:
            continue
        columns[key] = pc.fill_null_forward(texts)
        said.append(
            f"Column {quoted(key)}: {count(int(empty.sum()), 'empty cell')} filled with the label above, as "
            "where cells were merged."
        )
    return columns, said

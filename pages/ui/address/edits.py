"""What was done to the data after they came, as a text that fits into a link. Pure: no Streamlit.

The text is the list of what was done, in its order: `add:3,4;move:17:2.5,1;delete:9` by hand, strokes of a
brush as `strokes` says, `missing:2,-9999` as a treatment of what is wrong with the rows, `keep:code,2,-9999`
where that was looked at and may stay. Rows and columns count from 1, and are those of the data as they
stand when it is their turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Dataset
from gmm_core.judgement import of_tables
from gmm_core.judgement.quality import KINDS, WITH_VALUE
from gmm_core.judgement.treatments import TREATMENTS, Treatment, treat, with_gaps
from gmm_core.words import count, plural, quoted, together
from pages.ui.address import strokes
from pages.ui.address.by_hand import NUMBER, Place, read_place, write_place
from pages.ui.address.strokes import STROKE, Stroke

MOST_CHARACTERS = 4000  # of a link are for them
_PLACE = rf"{NUMBER}(?:,{NUMBER}){{0,99}}"
_TREATMENT = rf"(?:{'|'.join(TREATMENTS)})(?::{_PLACE})?"
_KEEP = rf"keep:(?:{'|'.join((*KINDS, *of_tables.KINDS))})(?:,{NUMBER}){{0,99}}"
_POINT = rf"add:{_PLACE}|move:[1-9]\d{{0,7}}:{_PLACE}|delete:[1-9]\d{{0,7}}"
_EDIT = rf"(?:{_POINT}|{STROKE}|{_TREATMENT}|{_KEEP})"
EDITS = re.compile(rf"(?=.{{1,{MOST_CHARACTERS}}}\Z){_EDIT}(?:;{_EDIT})*")
EDITS_ARE = (
    "are such as add:3,4;move:17:2.5,1;delete:9, spray:40,1:0.5,0.5:1,2,3,4, erase:0.5,0.5:1,2 or "
    f"missing:2,-9999, with numbers below 1e100, in at most {MOST_CHARACTERS:,} characters"
)


@dataclass(frozen=True)
class Edit:
    """One point: deleted where it has no place, added where it has no row (which count from 0)."""

    row: int | None
    place: Place | None

    def __str__(self) -> str:
        place = write_place(self.place) if self.place else ""
        if self.row is None:
            return f"add:{place}"
        return f"move:{self.row + 1}:{place}" if place else f"delete:{self.row + 1}"


class Keep(NamedTuple):
    """A flaw of the rows, by its name, that somebody looked at: it may stay."""

    name: str

    def __str__(self) -> str:
        return f"keep:{self.name}"

    def without_columns(self, gone: Iterable[float]) -> Keep | None:
        """What it is called after these columns, from 1, are gone; None where it was about one of them."""
        kind, *numbers = self.name.split(",")
        if kind == "far" or kind in of_tables.KINDS:  # no numbers of columns
            return self
        columns = numbers[:-1] if kind in WITH_VALUE else numbers
        if set(gone) & {float(column) for column in columns}:
            return None
        left = [str(int(column) - sum(one < int(column) for one in gone)) for column in columns]
        return Keep(",".join([kind, *left, *numbers[len(columns) :]]))


ByHand = Edit | Stroke
Done = ByHand | Treatment | Keep


def read(text: str) -> list[Done]:
    """What was done, in a text that `EDITS` matches."""
    return [_read(part) for part in text.split(";")] if text else []


def _read(part: str) -> Done:
    what, first, second = (*part.split(":"), "", "")[:3]
    if what in ("spray", "erase"):
        return Stroke.read(part)
    if what == "keep":
        return Keep(first)
    if what in TREATMENTS:
        return Treatment(what, read_place(first) if first else ())
    if what == "add":
        return Edit(None, read_place(first))
    return Edit(int(first) - 1, read_place(second) if what == "move" else None)


def more(text: str, done: Iterable[Done]) -> str:
    """The text with more done; a `ValueError` for too much, and for values that are no numbers."""
    parts = [text] if text else []
    for one in done:
        if isinstance(one, Edit) and one.place is not None and not np.isfinite(one.place).all():
            raise ValueError("A point needs a number in every column; nothing was changed.")
        if not EDITS.fullmatch(str(one)):
            what = "A point is moved by hand only to" if isinstance(one, Edit) else "A link takes only"
            raise ValueError(f"{what} numbers below 1e100; nothing was changed.")
        parts.append(str(one))
    longer = ";".join(parts)
    if len(longer) > MOST_CHARACTERS:
        raise ValueError(
            "There is no room for more edits in the link; nothing was changed. Go on with these rows as a "
            "table of your own: the button stands below the picture."
        )
    return longer


def is_nearly_full(text: str) -> bool:
    """Whether there is little room for more."""
    return len(text) > 0.75 * MOST_CHARACTERS


def without_last(text: str) -> str:
    return text.rpartition(";")[0]


def of_the_data(text: str) -> str:
    """Without what changes no row: that something may stay."""
    return _written(one for one in read(text) if not isinstance(one, Keep))


def without_row_numbers(text: str) -> str:
    """Without what names a row by its number."""
    return _written(
        one
        for one in read(text)
        if not (isinstance(one, Edit) and one.row is not None)
        and not (isinstance(one, Treatment) and one.what == "without")
    )


def as_treated(text: str) -> str:
    """Up to the last treatment: what is done by hand after it is done to these data, and changes no start."""
    done = read(of_the_data(text))
    last = max((i for i, one in enumerate(done, 1) if isinstance(one, Treatment)), default=0)
    return _written(done[:last])


def untreated(text: str) -> str:
    """The points that were edited before any treatment: the data as they came, as far as they are known."""
    done = read(of_the_data(text))
    first = next((i for i, one in enumerate(done) if isinstance(one, Treatment)), len(done))
    return _written(done[:first])


def kept(text: str) -> tuple[str, ...]:
    """The names of the flaws that may stay, by the columns as they are now."""
    names: list[Keep] = []
    for one in read(text):
        if isinstance(one, Keep):
            names.append(one)
        elif isinstance(one, Treatment) and one.what == "omit":
            names = [left for keep in names if (left := keep.without_columns(one.numbers))]
    return tuple(keep.name for keep in names)


def _written(done: Iterable[Done]) -> str:
    return ";".join(str(one) for one in done)


class Edited(NamedTuple):
    """Data after edits. rows : which of the rows before they are, from 0; -1 for one that was added.
    treated : what the treatments did, a few words each.
    """

    data: Dataset
    rows: NDArray[np.intp]
    treated: tuple[str, ...]


def apply(text: str, data: Dataset, gaps: bool = False) -> Dataset:
    """The data with the edits made; a `ValueError` for those that do not fit them. gaps : as below."""
    return edited(text, data, gaps=gaps).data


def edited(
    text: str, data: Dataset, numbers: NDArray[np.integer] | None = None, *, gaps: bool = False
) -> Edited:
    """The same, and what was done to which rows.

    numbers : what the rows of the data are called, (n,); from 1 unless given, and where points were edited.
    gaps : whether what is taken for missing stays in its row, as NaN; else such rows are left out.
    """
    done = Edited(data, np.arange(len(data.X)), ())
    numbers = np.arange(1, len(data.X) + 1) if numbers is None else numbers
    by_hand = False
    for by_hand_now, some in groupby(read(text), lambda one: isinstance(one, ByHand)):
        if by_hand_now:
            by_hand = True
            done = _with_points([one for one in some if isinstance(one, ByHand)], done)
        else:
            for one in some:
                if isinstance(one, Treatment):
                    anew = np.arange(1, len(done.rows) + 1)
                    done = _treated(one, done, anew if by_hand else numbers[done.rows], gaps)
    return done


def _with_points(points: Sequence[ByHand], before: Edited) -> Edited:
    """After points were added, moved and deleted, one by one or by a brush."""
    data = before.data
    X, d = data.X, data.X.shape[1]
    rows = np.arange(len(X))  # which row, of the data with all new places below it, stands where
    places: list[Place] = []
    came: list[int] = []  # which row each of these places was, of the data before; -1 for a new one
    for edit in points:
        if isinstance(edit, Stroke):
            if d != 2:
                raise ValueError(
                    f"A brush paints in the plane, but a row of these data has {count(d, 'number')}."
                )
            if edit.n:
                sprayed = edit.points().tolist()
                rows = np.append(rows, len(X) + len(places) + np.arange(edit.n))
                places += map(tuple, sprayed)
                came += [-1] * edit.n
            else:
                rows = rows[~edit.covers(np.vstack([X, *places])[rows])]
            continue
        if edit.row is not None and edit.row >= len(rows):
            raise ValueError(f"An edit is of row {edit.row + 1:,}, but the data have {len(rows):,} then.")
        if edit.place is not None and len(edit.place) != d:
            raise ValueError(f"An edit has {len(edit.place)} numbers, but a row of these data has {d}.")
        if edit.place is None:
            rows = np.delete(rows, edit.row)
            continue
        if edit.row is None:
            rows, old = np.append(rows, 0), -1
        else:
            old = int(rows[edit.row])
            old = came[old - len(X)] if old >= len(X) else old
        rows[-1 if edit.row is None else edit.row] = len(X) + len(places)
        places.append(edit.place)
        came.append(old)
    if len(rows) < 2 <= len(X):  # an empty canvas may be empty again
        raise ValueError("The edits leave fewer than 2 rows.")
    was = np.append(np.arange(len(X)), came).astype(np.intp)[rows]
    labels = None if data.labels is None else np.append(data.labels, NO_LABEL)[was]
    weights = None if data.sample_weight is None else np.append(data.sample_weight, 1.0)[was]
    data = replace(data, X=np.vstack([X, *places])[rows], labels=labels, sample_weight=weights)
    return before._replace(data=data, rows=np.append(before.rows, -1)[was])


def _treated(one: Treatment, before: Edited, numbers: NDArray[np.integer], gaps: bool) -> Edited:
    """After a treatment; its columns are called what they are then. numbers : what the rows are, (n,)."""
    data = before.data
    gaps = gaps and one.what == "missing"
    done = with_gaps(data.X, one) if gaps else treat(data.X, one)
    names = [data.feature_names[j] for j in done.columns]
    other_columns = one.what in ("convert", "log", "omit")
    if one.what == "log":
        for j in {int(number) - 1 for number in one.numbers}:
            names[j] = _new_name(f"log {names[j]}", names)
    after = replace(
        data.of_rows(done.rows),
        X=done.X,
        feature_names=tuple(names),
        truth=None if other_columns else data.truth,
        image_shape=None if other_columns else data.image_shape,
    )
    said = in_words(one, data, len(data.X) - len(done.X), numbers)
    if gaps:
        n = int((np.isnan(done.X) & ~np.isnan(data.X[done.rows])).any(axis=1).sum())
        said = f"{said.partition(', and ')[0]}; {count(n, 'row')} {plural(n, 'has', 'have')} gaps there"
    return Edited(after, before.rows[done.rows], (*before.treated, said))


def _new_name(name: str, taken: Sequence[str]) -> str:
    """The name, with a number behind it where a column has it already."""
    return next(
        new for i in range(1, len(taken) + 2) if (new := name if i == 1 else f"{name} {i}") not in taken
    )


def in_words(one: Treatment, data: Dataset, lost: int, numbers: NDArray[np.integer]) -> str:
    """What a treatment does to these data, whose rows have these numbers, (n,); it takes so many."""

    def columns(of: Sequence[float]) -> str:
        names = [quoted(data.feature_names[int(j) - 1]) for j in dict.fromkeys(of)]
        return f"{plural(len(names), 'column')} {together(names)}"

    if one.what == "missing":
        *where, value = one.numbers
        return f"{value:.10g} in {columns(where)} is taken for missing, and {count(lost, 'row')} left out"
    if one.what == "without":
        # A link may name a row twice.
        gone = dict.fromkeys(f"{numbers[int(i) - 1]:,}" for i in one.numbers)
        return f"{plural(len(gone), 'row')} {together([*gone])} left out"
    if one.what == "once":
        return f"each row once, and {count(lost, 'repeat')} left out"
    if one.what == "convert":
        j, border, times, plus = one.numbers
        more = f", and {plus:.10g} is added" if plus else ""
        return f"values below {border:.6g} in {columns([j])} are multiplied by {times:.10g}{more}"
    if one.what == "log":
        return f"the logarithm in place of {columns(one.numbers)}"
    return f"{columns(one.numbers)} left out"


def describe(text: str) -> str:
    """What was done by hand, in words."""
    done = read(text)
    points = counts(one for one in done if isinstance(one, Edit))
    said = [f"{n} {what}" for what, n in points.items() if n]
    return ", ".join([*said, *strokes.words([one for one in done if isinstance(one, Stroke)])])


def counts(done: Iterable[Edit]) -> dict[str, int]:
    """How many points were added, moved and deleted."""
    which = ["added" if one.row is None else "moved" if one.place else "deleted" for one in done]
    return {what: which.count(what) for what in ("added", "moved", "deleted")}


def from_table(change: Mapping[str, Any], X: Sequence[Sequence[float]], names: Sequence[str]) -> list[Edit]:
    """What Streamlit's data editor says of a table with these rows and names, as edits.

    An empty cell is NaN. A row that was added counts when all its cells are filled.
    """
    edits = []
    for row, cells in change["edited_rows"].items():
        old = dict(zip(names, X[int(row)], strict=True))
        edits.append(Edit(int(row), _place({**old, **cells}, names)))
    edits += [Edit(row, None) for row in sorted(change["deleted_rows"], reverse=True)]
    added = [cells for cells in change["added_rows"] if all(cells.get(name) is not None for name in names)]
    return edits + [Edit(None, _place(cells, names)) for cells in added]


def _place(cells: Mapping[str, Any], names: Sequence[str]) -> Place:
    return tuple(np.nan if cells.get(name) is None else float(cells[name]) for name in names)

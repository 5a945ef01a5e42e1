"""Points added, moved and deleted by hand, as a text that fits into a link. Pure: no Streamlit.

The text is the list of what was done, in its order: `add:3,4;move:17:2.5,1;delete:9`. Rows count from 1, and
are those of the data as they stand when it is their turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gmm_core import NO_LABEL, Dataset
from pages.ui.address.by_hand import NUMBER, Place, read_place, write_place

MOST_CHARACTERS = 4000  # of a link are for them
_PLACE = rf"{NUMBER}(?:,{NUMBER}){{0,99}}"
_EDIT = rf"(?:add:{_PLACE}|move:[1-9]\d{{0,7}}:{_PLACE}|delete:[1-9]\d{{0,7}})"
EDITS = re.compile(rf"(?=.{{1,{MOST_CHARACTERS}}}\Z){_EDIT}(?:;{_EDIT})*")
EDITS_ARE = "are such as add:3,4;move:17:2.5,1;delete:9, with numbers below 1e100"


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


def read(text: str) -> list[Edit]:
    """The edits in a text that `EDITS` matches."""
    return [_read(*part.split(":")) for part in text.split(";")] if text else []


def _read(what: str, first: str, second: str = "") -> Edit:
    if what == "add":
        return Edit(None, read_place(first))
    return Edit(int(first) - 1, read_place(second) if what == "move" else None)


def more(text: str, edits: Iterable[Edit]) -> str:
    """The text with more edits; a `ValueError` for too many, and for values that are no numbers."""
    done = [text] if text else []
    for edit in edits:
        if edit.place is not None and not np.isfinite(edit.place).all():
            raise ValueError("A point needs a number in every column; nothing was changed.")
        if not EDITS.fullmatch(str(edit)):
            raise ValueError("A point is moved by hand only to numbers below 1e100; nothing was changed.")
        done.append(str(edit))
    longer = ";".join(done)
    if len(longer) > MOST_CHARACTERS:
        raise ValueError(
            "There is no room for more edits in the link; nothing was changed. Take the data away as CSV, "
            "edit the file and upload it."
        )
    return longer


def without_last(text: str) -> str:
    return text.rpartition(";")[0]


def apply(text: str, data: Dataset) -> Dataset:
    """The data with the edits made; a `ValueError` for those that do not fit them."""
    X, d = data.X, data.X.shape[1]
    rows = np.arange(len(X))  # which row, of the data with all new places below it, stands where
    places: list[Place] = []
    groups: list[int] = []  # the labels of these places
    for edit in read(text):
        if edit.row is not None and edit.row >= len(rows):
            raise ValueError(f"An edit is of row {edit.row + 1:,}, but the data have {len(rows):,} then.")
        if edit.place is not None and len(edit.place) != d:
            raise ValueError(f"An edit has {len(edit.place)} numbers, but a row of these data has {d}.")
        if edit.place is None:
            rows = np.delete(rows, edit.row)
            continue
        if edit.row is None:
            rows, group = np.append(rows, 0), NO_LABEL
        else:
            old = rows[edit.row]
            group = groups[old - len(X)] if old >= len(X) else _label(data, old)
        rows[-1 if edit.row is None else edit.row] = len(X) + len(places)
        places.append(edit.place)
        groups.append(group)
    if len(rows) < 2:
        raise ValueError("The edits leave fewer than 2 rows.")
    labels = None if data.labels is None else np.append(data.labels, groups).astype(np.int64)[rows]
    return replace(data, X=np.vstack([X, *places])[rows], labels=labels)


def _label(data: Dataset, row: int) -> int:
    return NO_LABEL if data.labels is None else int(data.labels[row])


def describe(text: str) -> str:
    """What was done, in words."""
    done = read(text)
    counts = {
        "added": sum(edit.row is None for edit in done),
        "moved": sum(edit.row is not None and edit.place is not None for edit in done),
        "deleted": sum(edit.place is None for edit in done),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


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

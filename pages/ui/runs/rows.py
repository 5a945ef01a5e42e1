"""Which rows of what the user brought the rows that are fitted are."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import NO_LABEL
from pages.ui.address import edits
from pages.ui.address.choices import PAINTED
from pages.ui.address.settings import Settings
from pages.ui.runs import brought
from pages.ui.runs.data import dataset, shuffled


class Rows(NamedTuple):
    """A table of which some rows are fitted.

    frame : all of it; of built-in data, the features and the known groups. fitted : of the rows of the data
    (n,), which are rows of the table, (m,). places : which of the table's they are, (m,).
    """

    frame: pd.DataFrame
    fitted: NDArray[np.intp]
    places: NDArray[np.intp]


def rows(settings: Settings) -> Rows:
    """The user's own table with all its columns, or built-in data; rows added by hand are in neither."""
    painted = settings.data == PAINTED  # all of whose rows are added by hand
    settings = replace(settings, shuffle=0)
    before = dataset(settings if painted else replace(settings, edits=""))
    frame = pd.DataFrame(before.X, columns=list(before.feature_names))
    places = np.arange(len(before.X))
    if painted:
        return Rows(frame, places, places)
    if settings.data == "own":
        frame, places = brought.table(settings).frame, brought.own(settings).rows
    elif before.labels is not None:
        frame.insert(frame.shape[1], "known group", before.labels, allow_duplicates=True)
    # Labels go with their rows whatever is done to these; those of added rows are none.
    gaps = settings.missing == "observed"
    now = edits.apply(settings.edits, replace(before, labels=places), gaps).labels
    fitted = np.flatnonzero(now != NO_LABEL)
    return Rows(frame, fitted, now[fitted])


def in_table(settings: Settings) -> pd.Series | None:
    """What the rows of the data (n,) are called in the table that the user brought, empty for those added by
    hand; None of other data.
    """
    if settings.data != "own":
        return None
    where, n = rows(settings), len(dataset(settings).X)
    found = pd.Series(pd.NA, range(n), dtype="Int64")
    found.iloc[where.fitted] = where.frame.index[where.places]
    return found.iloc[shuffled(settings, n)].reset_index(drop=True) if settings.shuffle else found

"""What is open about rows because of their table: how it was read, and what was left out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from gmm_core.engine.arrays import Array
from gmm_core.judgement.quality import Flaw
from gmm_core.words import count, quoted, together

GAPS, READING = KINDS = ("gaps", "reading")
FEWEST = 5  # rows whose values say where they lie
BY_CHANCE = 1e-4  # how often rows that are left out may lie so much elsewhere by chance, over all columns
# Doubts about a reading after which there may be other groups, by their words, and each within a sentence.
OF_FEATURES = {
    "another unit may be meant": "cells without a unit may be meant in another",
    "may go round": "a column may go round, and is cut where rows lie",
    "percentages": "some cells of a column are percentages, and others are not",
    "may be names of wells": "a column may hold names of wells",
    "read, too, and may be meant": "a column that is hidden in the sheet was read too",
}
OF_ROWS = {
    "delete hidden rows": "rows that are hidden in the sheet were read too",
    "may be totals": "some rows may be totals of others",
}
_COLUMN = re.compile(r"Column '((?:[^'\\]|\\.)*)'")


def left_out(values: Array, kept: NDArray[np.bool_], names: Sequence[str]) -> Flaw | None:
    """Whether rows that are left out, as values are missing, lie elsewhere than those that are kept.

    values : of all rows, (n, d), NaN where missing. kept : (n,). By the test of Kolmogorov and Smirnov.
    Its name ends with the column, from 1, that most of them lack.
    """
    found = []
    for name, column in zip(names, values.T, strict=True):
        known = ~np.isnan(column)
        out, within = column[known & ~kept], column[known & kept]
        if min(len(out), len(within)) >= FEWEST:
            test = ks_2samp(out, within)
            if test.pvalue < BY_CHANCE / len(names):
                found.append((float(test.statistic), quoted(name)))
    if not found:
        return None
    n, lost = len(kept), int((~kept).sum())
    most = int(np.isnan(values[~kept]).sum(axis=0).argmax())
    elsewhere = together([name for _, name in found])
    brief = f"{lost:,} of {count(n, 'row')} are left out, and lie elsewhere"
    far, where = max(found)
    return Flaw(
        f"{GAPS},{most + 1}",
        f"{lost:,} of {count(n, 'row')} are left out, as values are missing there, and they lie elsewhere in "
        f"{elsewhere}: a group may be among them. Most lack {quoted(names[most])}: leave it out to use them.",
        f"distribution functions in {where} are up to {far:.2f} apart (Kolmogorov and Smirnov)",
        brief,
    )


def doubted(doubts: Sequence[str], names: Sequence[str]) -> Iterator[Flaw]:
    """The doubts about a reading that may be about the groups in columns of these names."""
    for said in doubts:
        about = _COLUMN.match(said.replace("\u2060", ""))
        used = not about or any(name == about[1] or name.startswith(f"{about[1]} (") for name in names)
        for words, brief in (OF_ROWS | (OF_FEATURES if used else {})).items():
            if words in said:
                name = f"{READING},{crc32(said.encode())}"
                yield Flaw(name, said, "as the table was read", brief)

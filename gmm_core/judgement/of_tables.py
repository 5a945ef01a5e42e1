"""What is open about rows because of their table: how it was read, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp, rankdata

from gmm_core.engine.arrays import Array
from gmm_core.judgement.quality import Flaw
from gmm_core.tables.reading import Doubt
from gmm_core.words import capital, count, plural, quoted, together

GAPS, READING, COUNTS, FOLLOWS = KINDS = ("gaps", "reading", "counts", "follows")
FEWEST = 5  # rows whose values say where they lie
FEW_IN_TIME = 20  # rows of which none says whether they follow a time
FOLLOW_Z = 5.0  # standard errors by which neighbours in time are more alike than by chance
BY_CHANCE = 1e-4  # how often rows that are left out may lie so much elsewhere by chance, over all columns


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


def may_count(column: str, values: Array) -> Flaw:
    """That a column may say how often each row counts, and nobody has said yet whether it does."""
    brief = f"column {quoted(column)} may say how often each row counts, {values.sum():,.6g} in all"
    return Flaw(
        COUNTS,
        f"{capital(brief)}: until that is answered, each counts once, and the "
        "fits may be of other data than these.",
        f"{count(len(values), 'row')}, counted once each",
        brief,
    )


def follows(time: str, values: Array, names: Sequence[str]) -> Flaw | None:
    """Whether columns of rows in the order of a time, (n, d), follow it, as a trend and a season do.

    By the ranks' von Neumann ratio (Bartels 1982), which sees a trend under noise, where turns do not.
    """
    n = len(values)
    if n < FEW_IN_TIME:
        return None
    varied = np.ptp(values, axis=0) > 0
    values, names = values[:, varied], [name for name, varies in zip(names, varied, strict=True) if varies]
    ranks = rankdata(values, axis=0)
    ratios = np.mean(np.diff(ranks, axis=0) ** 2, axis=0) / ranks.var(axis=0)
    found = np.flatnonzero(ratios < 2 - FOLLOW_Z * 2 / np.sqrt(n)).tolist()
    if not found:
        return None
    column, which = plural(len(found), "column"), together([quoted(names[j]) for j in found])
    brief = f"{column} {which} {plural(len(found), 'follows', 'follow')} {quoted(time)}, as in a series"
    shares = ", ".join(f"{ratio:.2g}" for ratio in ratios[found[:3]])
    return Flaw(
        FOLLOWS,
        f"{capital(brief)}: such rows are not independent, so there is less evidence than the fits count, "
        "and a trend, a season or a jump looks like groups.",
        f"von Neumann's ratio of ranks is {shares}; 2 where the order means nothing",
        brief,
    )


def doubted(doubts: Sequence[Doubt], names: Sequence[str]) -> Iterator[Flaw]:
    """The doubts about a reading that may be about the groups in columns of these names."""
    for doubt in doubts:
        if doubt.touches and (not doubt.columns or {*doubt.columns} & {*names}):
            yield Flaw(f"{READING},{crc32(doubt.encode())}", doubt, "as the table was read", doubt.touches)

"""Both steps over rows that come block by block: see `rows.py`.

Letters: n rows, d features, m rows in a block.

Statistics add, so a pass is one over each block, all in the same units, and the sum of what they found. These
units, and some rows to begin with, come from one look at all rows before the first pass.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial, reduce
from numbers import Integral
from operator import add
from typing import Any, NamedTuple

import numpy as np

from gmm_core.engine.arrays import Array, Indices
from gmm_core.engine.checks import check_squares
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.held import HeldAt
from gmm_core.engine.prior import Prior
from gmm_core.engine.rows import Rows, as_rows
from gmm_core.engine.sweep import Standardised, Sweep, Units, middle
from gmm_core.words import plural

SAMPLE = 20_000  # rows on which a start is found
NOT_STREAMED = "{} cannot be used with rows that are read block by block. Give X as an array in memory."


class Looked(NamedTuple):
    """What one look at all `rows` found: how many, the variances of features (d,), some rows (s, d), and what
    tells whether they were changed since.
    """

    rows: Rows
    n: int
    variances: Array
    sample: Array
    state: Hashable

    def sentence(self) -> str:
        """Says that the start was found on a sample; "" where the sample is all rows."""
        if len(self.sample) == self.n:
            return ""
        return (
            f"The start was found on {len(self.sample):,} of {self.n:,} rows, drawn at random; every step is "
            "over all of them."
        )


class _Glance(NamedTuple):
    """A block's number, its moments, some of its rows with their lots, and where a value is not finite."""

    number: int
    moments: Expectation
    lots: Array
    places: Array
    some: Array
    wrong: tuple[int, int, float] | None


def check_streamed(**options: object) -> None:
    """A `ValueError` for an option that rows which are read block by block do not take."""
    # "raise" is what they do with a missing value.
    given = [name for name, value in options.items() if not any(value is no for no in (None, False, "raise"))]
    if given:
        raise ValueError(NOT_STREAMED.format(" and ".join(given)))


def looked_at(X: Any, random_state: Any = None, **options: object) -> Looked | None:
    """What one look at all rows of X found; None where they are in memory, and need none.

    Raises `ValueError` as `look`, and as `check_streamed` for the options.
    """
    rows = as_rows(X)
    if rows is None:
        return None
    check_streamed(**options)
    return look(rows, random_state)


def look(rows: Rows, random_state: Any = None) -> Looked:
    """Look at all rows once. The sample is another for each `random_state` that is a number.

    Raises `ValueError` where a value is not finite or too large, and where there are not two rows.
    """
    seed = int(random_state) if isinstance(random_state, Integral) else 0
    n, moments, kept, state = 0, None, None, rows.state()
    for one in rows.mapped(partial(_glance, seed)):
        if one.wrong:
            row, column, value = one.wrong
            raise ValueError(
                f"X must be finite; found {value} at [{n + row}, {column}]. Leave such rows out."
            )
        n += int(one.moments.n_samples)
        moments = one.moments if moments is None else moments + one.moments
        kept = one if kept is None else _fewest(kept, one)
    if moments is None or kept is None or n < 2:
        raise ValueError(f"X has {n} {plural(n, 'row')}; at least 2 are needed.")
    order = np.lexsort(kept.places.T[::-1])
    return Looked(rows, n, (moments.scatter / n)[0], kept.some[order], state)


def _glance(seed: int, number: int, block: Array) -> _Glance:
    wrong = None
    if not np.isfinite(block).all():
        row, column = np.argwhere(~np.isfinite(block))[0].tolist()
        wrong = row, column, float(block[row, column])
        block = np.where(np.isfinite(block), block, 0.0)
    check_squares(block)
    moments = Expectation.of(block, np.ones((len(block), 1)), FAMILIES["diag"])
    lots = np.random.default_rng([abs(seed), number]).random(len(block))
    chosen = _least(lots)
    places = np.column_stack([np.full(len(chosen), float(number)), chosen])
    return _Glance(number, moments, lots[chosen], places, block[chosen], wrong)


def _fewest(one: _Glance, other: _Glance) -> _Glance:
    """The rows of both whose lots are least, as many as a sample takes."""
    lots = np.concatenate([one.lots, other.lots])
    least = _least(lots)
    places, some = (
        np.concatenate(both)[least] for both in ((one.places, other.places), (one.some, other.some))
    )
    return one._replace(lots=lots[least], places=places, some=some)


def _least(lots: Array) -> Indices:
    """Where the least of some lots are, as many as a sample takes."""
    return np.argpartition(lots, SAMPLE)[:SAMPLE] if len(lots) > SAMPLE else np.arange(len(lots))


class StreamedSweep(Sweep):
    """`Sweep` over rows at which was `looked`; they are read anew in every pass."""

    def __init__(
        self,
        looked: Looked,
        family: Family,
        reg_covar: float = 0.0,
        prior: Prior | None = None,
        held: HeldAt | None = None,
    ) -> None:
        self.rows, self.n, self._state = looked.rows, looked.n, looked.state
        centre = middle(looked.sample)
        units = Units(centre, looked.variances, family.unit(np.sqrt(looked.variances)))
        self.take(family, reg_covar, prior, held, self.rows.n_features, units)

    def natural(self, now: Standardised) -> Expectation:
        return self._added("natural", now)

    def whitened(self, now: Standardised, own: Any, about: Standardised) -> Expectation:
        return self._added("whitened", now, own, about)

    def _added(self, form: str, *of: Any) -> Expectation:
        found = reduce(add, self.rows.mapped(partial(_summed, self.family, self.units, form, of)))
        if found.n_samples != self.n or self.rows.state() != self._state:
            raise ValueError(
                "The rows were changed while they were read, so the numbers would be of no table. Run the "
                "fit again when they are written."
            )
        return found


def _summed(
    family: Family, units: Units, form: str, of: tuple[Any, ...], number: int, block: Array
) -> Expectation:
    """One form of the pass over a block; `number`, which it has, changes nothing."""
    return getattr(Sweep(block, family, units=units), form)(*of)

"""What may be wrong with rows before any fit is believed; what can be done about it is in `treatments.py`.

Letters: n samples, d features.

A Gaussian mixture takes whatever stands in the rows for a measurement: a code for "missing" becomes a group,
a stray a component, a series as many independent rows. So what looks like one of these is a `Flaw`, and a
verdict is not sure of anything while a flaw is open. All measures are robust (median, quartiles, gaps,
counts), so that what is looked for does not hide itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import ks_2samp, shapiro, skew

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_matrix
from gmm_core.judgement.selection import MOST_ROWS, compared_rows
from gmm_core.judgement.treatments import Treatment, in_order, written
from gmm_core.words import Finding, capital, count, in_words, percent, plural, quoted, together

FAR_GAP = 6.0  # times as far beyond the next as the tail lets expect, from which rows are strays ...
FAR_ALONE = 3.0  # more than that in a single one of several columns, as each is another chance
FAR_RATIO = 1.3  # ... and at least so many times as far from the middle.
MOST_STRAYS = 10  # more rows than that are a group
APART = 10.0  # deviations of the rest between it and a value that repeats, from which that is a code
ZEROS = 0.05  # share of zeros from which there are too many
AT_THE_END = 0.03  # share of rows that equal the smallest or the largest value, from which that is a limit
NEAR_THE_END = 5  # different values beside it, with fewer rows than the most frequent ones have
FILLED = 0.05  # share of rows that equal a value between others, from which it was put in for missing ones
MOST_FILLED = 4  # such values in a column, as of the medians of some groups
FALLS_Z = 3.5  # standard errors by which the first of counts are more than the third, and ...
FIRST_TWO = 0.35  # ... the share of the first two, from which these grow fewer and fewer
AT_THE_MEAN = 0.01  # deviations within which that is the mean or the median of the others
MOST_LEVELS = 4  # different values of a scale, on which a value that repeats is no surprise
ATOM = 4  # times as many rows as any other value has: a value that stands out by its count
COPIES = 0.05  # share of rows that repeat others, from which some of a table are copies ...
BY_CHANCE = 10.0  # ... and times as many as values that are so different let expect.
TIMES = 0.9  # share of the different rows that stand equally often, from which the table repeats itself
TURNS = 0.57  # share of rows that are a peak or a trough: 2/3 by chance (Bienayme 1874), less in a series
TURNS_Z = 5.0  # standard errors below 2/3
SKEWED_Z, SKEWED = 5.0, 0.8  # a skewness by standard errors, and by itself
UNIT_ROWS = 10  # rows in either unit, at the least
UNIT_APART = 3.0  # deviations between the middles of the two
UNIT_SURE = 0.03  # of a value: what the errors of both middles are together, at most
ALIKE, OTHERWISE = 0.05, 0.001  # p-values of Kolmogorov and Smirnov: the same, in one unit; another group
HEAPED = 0.25  # share of round values beyond what chance has, from which people rounded ...
HEAPS = 4  # ... to so many different ones, at the least, ...
HEAP_STEP = 0.5  # ... that are so many deviations apart: finer ones do no harm.
LOG_NORMAL = 0.05  # the p-value (Shapiro & Wilk 1965) from which a logarithm may be one Gaussian


# What people mix within a column; the smaller values become as the others times this, plus that.
UNITS = {
    "inches among centimetres": (2.54, 0.0),
    "kilograms among pounds": (2.20462, 0.0),
    "metres among feet": (3.28084, 0.0),
    "miles among kilometres": (1.609344, 0.0),
    "hours among minutes": (60.0, 0.0),
    "centimetres among millimetres": (10.0, 0.0),
    "metres among centimetres": (100.0, 0.0),
    "kilograms among grams": (1000.0, 0.0),
    "degrees Celsius among Fahrenheit": (1.8, 32.0),
}


@dataclass(frozen=True)
class Flaw:
    """Something about the rows because of which no verdict is sure until somebody looked at it.

    name : its kind and numbers, such as "code,2,-9999" (columns from 1), by which it is known again; of rows
    that lie far from all, the numbers that they have in sentences.
    sentence, evidence : for people. brief : the sentence within another, such as "row 61 (200) lies far
    from all". treatments : what can be done, the likeliest first; none for what can only be kept.
    without : what a verdict after the first of these is called, such as "without it"; "" where it is no cure.
    """

    name: str
    sentence: str
    evidence: str
    brief: str
    treatments: tuple[Treatment, ...] = ()
    without: str = ""

    @property
    def kind(self) -> str:
        """A name of `KINDS`."""
        return self.name.partition(",")[0]

    @property
    def finding(self) -> Finding:
        return Finding("warning", self.sentence, self.evidence)


def flaws(
    X: ArrayLike, names: Sequence[str] | None = None, row_numbers: ArrayLike | None = None
) -> tuple[Flaw, ...]:
    """The flaws of X (n, d), the gravest first.

    names : of the d columns; row_numbers : what the rows are called, (n,). They are counted from 1 unless
    given.
    """
    X = as_matrix(X)
    n, d = X.shape
    if names is not None and len(names) != d:
        raise ValueError(f"names has {count(len(names), 'name')} for {count(d, 'column')}.")
    called = [str(j + 1) for j in range(d)] if names is None else [quoted(name) for name in names]
    numbers = np.arange(1, n + 1) if row_numbers is None else np.asarray(row_numbers)
    rows = _Rows(X, called, numbers, np.zeros((n, d), bool))
    return tuple(flaw for look in KINDS.values() for flaw in look(rows))


def likeliest(flaws: Sequence[Flaw]) -> list[Treatment]:
    """The first treatment of each flaw that has one, in the order in which they are done."""
    return in_order([flaw.treatments[0] for flaw in flaws if flaw.treatments])


@dataclass(frozen=True, eq=False)
class _Rows:
    """What is looked at. called : what the columns are. aside : (n, d), cells that a kind has explained."""

    X: Array
    called: Sequence[str]
    numbers: NDArray[np.generic]
    aside: NDArray[np.bool_]

    def columns(self) -> Iterator[tuple[int, Array]]:
        """Each column, from 0, with its values that are not explained, where at least 5 are."""
        for j in range(self.X.shape[1]):
            rest = self.X[~self.aside[:, j], j]
            if len(rest) >= 5 and np.ptp(rest) > 0:
                yield j, rest

    def explain(self, j: int, value: float) -> None:
        self.aside[:, j] |= self.X[:, j] == value

    def within(self, columns: Sequence[int], word: str = " in ") -> str:
        """ " in columns 1 and 2"; empty where there is one column only."""
        return f"{word}{self.named(columns)}" if self.X.shape[1] > 1 else ""

    def named(self, columns: Sequence[int]) -> str:
        """ "columns 1 and 2", or "the values" where there is one column only."""
        if self.X.shape[1] == 1:
            return "the values"
        return f"{plural(len(columns), 'column')} {together([self.called[j] for j in columns])}"

    def they(self, columns: Sequence[int], one: str, more: str) -> str:
        """The verb after `named`."""
        return one if len(columns) == 1 and self.X.shape[1] > 1 else more


def _spread(values: Array) -> float:
    """A standard deviation that far values do not change: by quartiles, or the median deviation if larger."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(max((high - low) / 1.349, 1.4826 * np.median(np.abs(values - middle)))) or float(
        values.std()
    )


def _is_usual_code(value: float) -> bool:
    """Whether people write it for "missing": nines (99, -999.9), eights, sevens, -1, the ends of integers."""
    if value in (-1.0, 32767.0, -32768.0, 65535.0, 2147483647.0, -2147483648.0, -999.25, 0.0):
        return True
    digits = f"{abs(value):.10g}".replace(".", "")
    return len(set(digits)) == 1 and digits[0] in "789" and (len(digits) > 1 or value < 0)


def _codes(rows: _Rows) -> Iterator[Flaw]:
    """A value that stands often and far from all else."""
    found: dict[float, list[tuple[int, int, Array]]] = {}
    for j in range(rows.X.shape[1]):
        while code := _code(rows.X[~rows.aside[:, j], j]):
            value, times, rest = code
            rows.explain(j, value)
            found.setdefault(value, []).append((j, times, rest))
    for value, where in found.items():
        columns = [j for j, _, _ in where]
        times = sum(times for _, times, _ in where)
        places = tuple(float(j + 1) for j in columns)
        brief = f"{value:.10g} stands {times:,} times{rows.within(columns)}, far from all other values"
        rest = where[0][2]
        yield Flaw(
            f"code,{written((*places, value))}",
            f"{capital(brief)}: probably a code for “missing”.",
            f"{where[0][1]:,} of {len(rows.X):,} values{rows.within(columns[:1], ' of ')}; the others lie "
            f"from {rest.min():.6g} to {rest.max():.6g}",
            f"{brief}, probably for “missing”",
            (Treatment("missing", (*places, value)), *_column_out(rows, columns)),
            "without these rows",
        )


def _code(values: Array) -> tuple[float, int, Array] | None:
    """The value that is a code in a column (n,), how often it stands, and the rest; None where none is."""
    if len(values) < 5:
        return None
    different, counts = np.unique(values, return_counts=True)
    if len(different) < MOST_LEVELS + 1:
        return None
    for i in (0, len(different) - 1):
        value, times = float(different[i]), int(counts[i])
        if times < 3 or 2 * times > len(values):
            continue
        near = different[1] if i == 0 else different[-2]
        others, gap = np.delete(different, i), abs(float(near) - value)
        rest = values[values != value]
        spread = _spread(rest)
        # Between whole numbers there are gaps anyway.
        step = float(np.median(np.diff(others[:10] if i == 0 else others[-10:]))) if len(others) > 1 else 0.0
        if gap > APART * spread and gap > 0.5 * np.ptp(rest):
            return value, times, rest
        if not _is_usual_code(value) or gap < 2 * step:
            continue
        of_its_own_sign = value < 0 <= others[0] and times >= counts[1 if i == 0 else -2]
        if gap > (spread if value == 0 else 0.5 * spread) and gap >= 5 * step:
            return value, times, rest
        if of_its_own_sign and step > 0 and gap >= 5 * step:
            return value, times, rest
    return None


def _zeros(rows: _Rows) -> Iterator[Flaw]:
    """More zeros than a positive quantity has."""
    found: list[tuple[int, int, Array]] = []
    for j, rest in rows.columns():
        zeros = int(np.sum(rest == 0))
        others = rest[rest != 0]
        if zeros >= max(5, ZEROS * len(rest)) and (others > 0).all() and _is_atom(zeros, others):
            rows.explain(j, 0.0)
            found.append((j, zeros, others))
    if not found:
        return
    columns = [j for j, _, _ in found]
    j, zeros, others = found[0]
    places = tuple(float(j + 1) for j in columns)
    if len(found) == 1:
        of = f"{len(others) + zeros:,} values{rows.within([j], ' of ')}"
        brief = f"{zeros:,} of {of} are exactly 0, all others above"
    else:
        brief = f"{rows.named(columns)} hold many zeros, and all their other values are above"
    yield Flaw(
        f"zeros,{written(places)}",
        f"{capital(brief)}: an excess of zeros is no Gaussian. Do they mean none, missing, or below a limit?",
        f"{percent(zeros / (len(others) + zeros))} of the values{rows.within([j], ' of ')}; the smallest of "
        f"the others is {others.min():.6g}",
        brief,
        (Treatment("missing", (*places, 0.0)), *_column_out(rows, columns))
        if np.sum(~rows.aside.any(axis=1)) >= 5
        else _column_out(rows, columns),
        "without these rows",
    )


def _column_out(rows: _Rows, columns: Sequence[int]) -> tuple[Treatment, ...]:
    """To leave these columns out, where others are left."""
    if len(columns) >= rows.X.shape[1]:
        return ()
    return (Treatment("omit", tuple(float(j + 1) for j in columns)),)


def _is_atom(times: int, others: Array) -> bool:
    """Whether so many equal values stand out beside the others, of which many are different."""
    different, counts = np.unique(others, return_counts=True)
    return len(different) > MOST_LEVELS and times >= ATOM * counts.max()


def _is_pile(times: int, others: Array, from_below: bool) -> bool:
    """Whether so many equal values at an end are a pile beside the others, which grow fewer towards it."""
    _, counts = np.unique(others, return_counts=True)
    near = counts[:NEAR_THE_END] if from_below else counts[-NEAR_THE_END:]
    falls = near.mean() <= 0.75 * np.sort(counts)[-NEAR_THE_END:].mean()
    return bool(falls and times >= ATOM * near.mean() and times > counts.max())


def _limits(rows: _Rows) -> Iterator[Flaw]:
    """Many equal values at the smallest or the largest end."""
    for j, rest in rows.columns():
        for end, which in ((float(rest.min()), "smallest"), (float(rest.max()), "largest")):
            others = rest[rest != end]
            times = len(rest) - len(others)
            different = np.unique(others)
            if times < max(5, AT_THE_END * len(rest)) or len(different) < 10:
                continue
            if which == "smallest" and _falls(rest):
                continue  # as it does from there on
            if not (_is_atom(times, others) or _is_pile(times, others, from_below=which == "smallest")):
                continue
            rows.explain(j, end)
            brief = (
                f"{times:,} of {len(rest):,} values{rows.within([j], ' of ')} equal the {which}, "
                f"{end:.10g}, as at a limit of detection"
            )
            yield Flaw(
                f"limit,{written((float(j + 1), end))}",
                f"{capital(brief)}, or where values were cut off: a component can collapse there.",
                f"{percent(times / len(rest))} of {len(rest):,} values; the next is "
                f"{different[0] if which == 'smallest' else different[-1]:.6g}",
                brief,
                (Treatment("missing", (float(j + 1), end)), *_column_out(rows, [j])),
                "without these rows",
            )


def _falls(values: Array) -> bool:
    """Whether whole numbers from 0 or 1 are counts of what is rare: fewer and fewer, from the first on."""
    first = values.min()
    if first not in (0, 1) or (values != np.rint(values)).any() or len(np.unique(values)) <= MOST_LEVELS:
        return False
    a, b, c = ((values == first + i).sum() for i in range(3))
    return bool(a > b >= c and a - c >= FALLS_Z * np.sqrt(a + c) and a + b >= FIRST_TWO * len(values))


def _rare(rows: _Rows) -> Iterator[Flaw]:
    """Counts of which nearly all are the smallest, which is no limit of detection."""
    columns = []
    for j, rest in rows.columns():
        others = rest[rest != rest.min()]
        if len(rest) == len(rows.X) and _falls(rest) and _is_atom(len(rest) - len(others), others):
            columns.append(j)
    if not columns:
        return
    column = rows.X[:, columns[0]]
    brief = (
        f"{rows.named(columns)} {rows.they(columns, 'holds', 'hold')} whole numbers that grow fewer and "
        f"fewer from {column.min():g} on, as counts of what is rare do"
    )
    yield Flaw(
        f"rare,{written([float(j + 1) for j in columns])}",
        f"{capital(brief)}: that is no Gaussian, and a mixture takes one for each of the first.",
        ", ".join(
            f"{value:g}: {count(int((column == value).sum()), 'row')}" for value in np.unique(column)[:3]
        ),
        brief,
        _column_out(rows, columns),
        f"without {plural(len(columns), 'it', 'them')}",
    )


def _filled(rows: _Rows) -> Iterator[Flaw]:
    """One value between the others, or a few, that stand far oftener than any of these."""
    for j, rest in rows.columns():
        if _falls(rest):
            continue
        different, counts = np.unique(rest, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        at = next(
            (m for m in range(1, MOST_FILLED + 1) if _are_filled(rest, different, counts, order[:m])), 0
        )
        others = rest[~np.isin(rest, different[order[:at]])]
        for i in order[:at]:
            value, times = float(different[i]), int(counts[i])
            rows.explain(j, value)
            middle = {"mean": others.mean(), "median": np.median(others)}
            near = [name for name, of in middle.items() if abs(value - of) <= AT_THE_MEAN * others.std()]
            which = f", about the {near[0]} of the others" if near else ""
            most = count(int(counts[order[at]]), "time")
            brief = (
                f"{times:,} of {len(rest):,} values{rows.within([j], ' of ')} are {value:.10g}{which}, as "
                "where a value was put in for missing ones"
            )
            no_other = "no other stands" if at == 1 else f"but for {at} such values, none stands"
            yield Flaw(
                f"filled,{written((float(j + 1), value))}",
                f"{capital(brief)}: such rows make a group by themselves, and say nothing of this column.",
                f"{percent(times / len(rest))} of the values; {no_other} more than {most}",
                brief,
                (Treatment("missing", (float(j + 1), value)), *_column_out(rows, [j])),
                "without these rows",
            )


def _are_filled(values: Array, different: Array, counts: NDArray[np.intp], which: NDArray[np.intp]) -> bool:
    """Whether the most frequent values were put in: each stands often, and far oftener than any other. Of
    several no pattern may be the reason, as where people round.
    """
    if len(different) < 9 + len(which) or counts[which].min() < max(5, FILLED * len(values)):
        return False
    others = values[~np.isin(values, different[which])]
    return _is_atom(int(counts[which].min()), others) and (
        len(which) == 1 or (2 * len(others) > len(values) and _heaps(values) is None)
    )


def _units(rows: _Rows) -> Iterator[Flaw]:
    """Two parts of a column that are alike where the values of one are brought to another unit."""
    for j, rest in rows.columns():
        if not (found := _unit(rest[compared_rows(len(rest))])):  # with more rows nothing is alike exactly
            continue
        name, border = found
        low = rows.X[:, j] < border
        others = [i for i in range(rows.X.shape[1]) if i != j]
        if any(ks_2samp(rows.X[low, i], rows.X[~low, i]).pvalue < OTHERWISE for i in others):
            continue  # they differ otherwise, too, as groups do
        times, plus = UNITS[name]
        formula = f"{times:g} times as large" + (f" plus {plus:g}" if plus else "")
        below, above = rest[rest < border], rest[rest >= border]
        brief = (
            f"{len(below):,} of {len(rest):,} values{rows.within([j], ' of ')} would be as the others "
            f"if they were {formula}"
        )
        yield Flaw(
            f"unit,{written((float(j + 1), times))}",
            f"{capital(brief)}: they may be in another unit, such as {name}, and make no group.",
            f"medians {np.median(below):.6g} and {np.median(above):.6g}; that of the smaller would be "
            f"{np.median(below) * times + plus:.6g}",
            brief,
            (Treatment("convert", (float(j + 1), border, times, plus)), *_column_out(rows, [j])),
            "in one unit",
        )


def _unit(values: Array) -> tuple[str, float] | None:
    """What may be mixed in a column (n,), by its name, and between which values; None where nothing is."""
    for name, (times, plus) in UNITS.items():
        if plus == 0 and values.min() <= 0:
            continue
        border, apart = _parted(np.sort(values if plus else np.log(values)))  # where both are equally wide
        border = border if plus else float(np.exp(border))
        low, high = values[values < border] * times + plus, values[values >= border]
        if not apart or min(len(low), len(high)) < UNIT_ROWS:
            continue
        error = np.sqrt(_spread(low) ** 2 / len(low) + _spread(high) ** 2 / len(high))
        if error <= UNIT_SURE * abs(np.median(high)) and ks_2samp(low, high).pvalue >= ALIKE:
            return name, border
    return None


def _parted(sorted_: Array) -> tuple[float, bool]:
    """Where sorted values (n,) part into two that are as narrow as can be, and whether these stand apart."""
    n = len(sorted_)
    at = np.arange(1, n)
    sums = np.cumsum(sorted_)[:-1]
    between = np.abs(sums / at - (sorted_.sum() - sums) / (n - at)) * np.sqrt(at * (n - at))
    i = int(between.argmax()) + 1
    low, high = sorted_[:i], sorted_[i:]
    apart = np.median(high) - np.median(low) > UNIT_APART * (low.std() + high.std()) / 2
    return float((low[-1] + high[0]) / 2), bool(apart)


def _heaped(rows: _Rows) -> Iterator[Flaw]:
    """More round values than chance has, as where people say 40 for 38 (digit preference)."""
    for j, rest in rows.columns():
        if not (found := _heaps(rest)):
            continue
        step, share, by_chance = found
        brief = (
            f"{percent(share)} of the values{rows.within([j], ' of ')} are multiples of {step:g}, as where "
            "people round"
        )
        yield Flaw(
            f"heaped,{written((float(j + 1), step))}",
            f"{capital(brief)}: such heaps look like groups, and are none.",
            f"{percent(by_chance, 1)} would be by chance; the steps are {step / _spread(rest):.2g} "
            "deviations wide",
            brief,
            _column_out(rows, [j]),
            "without it",
        )


def _heaps(values: Array) -> tuple[float, float, float] | None:
    """To what values (n,) are heaped, the share of them that are, and what that would be by chance."""

    different, counts = np.unique(values, return_counts=True)
    others = values[values != different[counts.argmax()]]  # one that stands often is no pattern

    def multiples(step: float, of: Array = values) -> float:
        with np.errstate(all="ignore"):  # what is beyond all numbers is no multiple
            return float(np.mean(np.abs(of / step - np.rint(of / step)) < 1e-6))

    smallest = float(np.diff(different).min())
    finest = next((step for step in (smallest, *10.0 ** -np.arange(6)) if multiples(step) == 1), 1e-6)
    largest = np.ptp(values) / HEAPS
    powers = 10.0 ** np.arange(np.floor(np.log10(finest)), np.ceil(np.log10(largest)) + 1)
    for step in sorted([*powers, *(5 * powers)]):
        if not max(HEAP_STEP * _spread(values), 2 * finest) < step <= largest:
            continue
        share, by_chance = multiples(step), finest / step
        if by_chance + HEAPED <= share < 1 and multiples(step, others) >= by_chance + HEAPED / 2:
            return float(step), share, by_chance
    return None


def _strays(rows: _Rows) -> Iterator[Flaw]:
    """A few rows far from all others, by row and value."""
    kept = np.flatnonzero(~rows.aside.any(axis=1))
    found, ratio = _far_in_any(rows.X[kept])
    if not len(found):
        return
    which = kept[found]
    said = [
        f"{number} ({_worst(rows, kept, i)})" for number, i in zip(rows.numbers[which], which, strict=True)
    ]
    brief = f"{plural(len(which), 'row')} {together(said)} {plural(len(which), 'lies', 'lie')} far from all"
    it = plural(len(which), "it", "them")
    yield Flaw(
        f"far,{written([float(number) for number in rows.numbers[which]])}",
        f"{capital(brief)}: a mixture spends a component on {it}, or stretches one.",
        f"{ratio:.1f} times as far from the middle{_in_one(rows)} as the farthest of the other "
        f"{len(rows.X) - len(which):,} rows",
        brief,
        (Treatment("without", tuple(float(i + 1) for i in which)),),
        f"without {it}",
    )


def _worst(rows: _Rows, kept: NDArray[np.intp], i: int) -> str:
    """Where row i is farthest out: the value, with the name of its column where there are several."""
    if rows.X.shape[1] == 1:
        return f"{rows.X[i, 0]:.10g}"
    others = rows.X[kept]
    spreads = np.array([_spread(column) for column in others.T])
    j = int(np.argmax(np.abs(rows.X[i] - np.median(others, axis=0)) / np.where(spreads > 0, spreads, np.inf)))
    return f"{rows.X[i, j]:.10g}{rows.within([j])}"


def _in_one(rows: _Rows) -> str:
    return ", in one column or in all together," if rows.X.shape[1] > 1 else ""


def _far_in_any(X: Array) -> tuple[NDArray[np.intp], float]:
    """The rows of X (n, d) that are strays in all columns together, or in one alone: beside a column with a
    long tail, one that is far in another would not be seen. The more columns, the wider its gap has to be.
    """
    d = X.shape[1]
    found, ratio = _far(X)
    alone = [_far(X[:, [j]], FAR_GAP + FAR_ALONE + np.log(d)) for j in range(d)] if d > 1 else []
    some = [one for one in [(found, ratio), *alone] if len(one[0])]
    if not some:
        return found, ratio
    return np.unique(np.concatenate([rows for rows, _ in some])), min(times for _, times in some)


def _far(X: Array, gap: float = FAR_GAP) -> tuple[NDArray[np.intp], float]:
    """The rows of X (n, d) that are strays, and how many times as far as the next they are.

    By the gaps between the largest distances from the middle: against the tail below them (Hill 1975), so
    that heavy tails have none.
    """
    X = X[:, [j for j in range(X.shape[1]) if len(X) and np.ptp(X[:, j]) > 0]]
    n, d = X.shape
    nothing = np.arange(0), 0.0
    tail = max(6, n // 12)
    most = min(MOST_STRAYS, max(2, n // 100))
    if not d or n < max(12, 5 * d):
        return nothing
    spreads = np.array([_spread(column) for column in X.T])
    Z = (X - np.median(X, axis=0)) / spreads
    covariance = np.atleast_2d(np.cov(np.clip(Z, -10, 10).T)) + 1e-9 * np.eye(d)
    residuals = np.linalg.solve(np.linalg.cholesky(covariance), Z.T)  # (d, n)
    distances = np.sqrt(np.sum(residuals**2, axis=0))
    order = np.argsort(-distances, kind="stable")
    sorted_down = distances[order]
    if not sorted_down[tail + most] > 0:
        return nothing
    best = (gap, 0, 0.0)
    for m in range(1, most + 1):
        below = float(np.mean(np.log(sorted_down[m : m + tail] / sorted_down[m + tail])))
        ratio = float(sorted_down[m - 1] / sorted_down[m])
        if below > 0 and ratio > FAR_RATIO:
            best = max(best, (m * np.log(ratio) / below, m, ratio))
    return np.sort(order[: best[1]]), best[2]


def _repeats(rows: _Rows) -> Iterator[Flaw]:
    """Each row several times, or some again."""
    n = len(rows.X)
    if n < 16:
        return
    values, counts = np.unique(rows.X, axis=0, return_counts=True)
    times, extra = int(np.median(counts)), n - len(values)
    if (
        times >= 2
        and len(counts) >= 8
        and np.mean(counts == times) >= TIMES
        and not np.mean(counts == 1) > 0.05
    ):
        brief = f"each row stands {times} times"
    elif extra >= max(5, COPIES * n) and 4 * len(values) >= n and extra > BY_CHANCE * _equal_pairs(values):
        brief = f"{extra:,} of {n:,} rows repeat another exactly, as copies do"
    else:
        return
    yield Flaw(
        "repeated",
        f"{capital(brief)}: the same row again is no new evidence, and a fit counts it as if it were.",
        f"{len(counts):,} different rows of {n:,}",
        brief,
        (Treatment("once"),),
        "with each once",
    )


def _equal_pairs(X: Array) -> float:
    """How many pairs of rows are equal by chance where columns have the values that they have in X (n, d),
    and are correlated as Gaussians are; infinite where there is one column, which says nothing of chance.
    """
    n, X = len(X), X[:, np.ptp(X, axis=0) > 0]
    if X.shape[1] < 2:
        return np.inf
    alike = [np.sum((np.unique(column, return_counts=True)[1] / n) ** 2) for column in X.T]
    spread = np.sqrt(max(np.linalg.det(np.corrcoef(X.T)), 0.0))
    return float(n * (n - 1) / 2 * np.prod(alike)) / spread if spread > 0 else np.inf


def _series(rows: _Rows) -> Iterator[Flaw]:
    """Rows in a smooth order: fewer peaks and troughs than a third and a third of chance give."""
    smooth = [j for j in range(rows.X.shape[1]) if _is_smooth(rows.X[:, j])]
    if not smooth:
        return
    shares = ", ".join(f"{percent(_turns(rows.X[:, j])[0])}" for j in smooth[:3])
    follow = rows.they(smooth, "changes", "change")
    brief = f"{rows.named(smooth)} {follow} smoothly from row to row, as in a series"
    yield Flaw(
        "series",
        f"{capital(brief)}: such rows are not independent, so there is less evidence than the fits count, "
        "and a wave is dense where it turns, which looks like groups.",
        f"{shares} of the rows are a peak or a trough; 67% are where the order means nothing",
        brief,
    )


def _turns(values: Array) -> tuple[float, int]:
    """The share of the inner values that are a peak or a trough, equal neighbours taken as one; how many."""
    values = values[np.r_[True, np.diff(values) != 0]]
    steps = np.diff(values) > 0
    return (float(np.mean(steps[1:] != steps[:-1])), len(steps) - 1) if len(steps) > 1 else (1.0, 0)


def _is_smooth(values: Array) -> bool:
    share, n = _turns(values)
    if n < 20:
        return False
    up, down = np.mean(np.diff(values) > 0), np.mean(np.diff(values) < 0)
    if max(up, down) > 0.9:  # a table that is sorted by a column is no series
        return False
    error = np.sqrt((16 * n + 3) / 90) / n
    return share < min(TURNS, 2 / 3 - TURNS_Z * error)


def _skewed(rows: _Rows) -> Iterator[Flaw]:
    """Positive columns, skewed to the right, on whose logarithm one Gaussian is enough."""
    found = [(j, skew(rest)) for j, rest in rows.columns() if _is_lognormal(rest)]
    if not found:
        return
    columns = [j for j, _ in found]
    places = tuple(float(j + 1) for j in columns)
    but = " but for some values" if (rows.X[:, columns] <= 0).any() else ""
    brief = (
        f"{rows.named(columns)} {rows.they(columns, 'is', 'are')} positive and skewed{but}, and one Gaussian "
        f"is enough for {rows.they(columns, 'its', 'their')} {plural(len(columns), 'logarithm')}"
    )
    yield Flaw(
        f"skewed,{written(places)}",
        f"{capital(brief)}: as they are, a mixture takes several Gaussians for one such shape.",
        f"skewness {', '.join(f'{value:.2g}' for _, value in found[:3])}; of a Gaussian 0",
        brief,
        (Treatment("log", places),),
        "on the logarithm",
    )


def _is_lognormal(values: Array) -> bool:
    if len(values) < 20 or values.min() <= 0:
        return False
    values = values[:: len(values) // MOST_ROWS + 1]  # with more rows nothing is exactly Gaussian
    skewness = float(skew(values))
    if skewness < SKEWED or skewness < SKEWED_Z * np.sqrt(6 / len(values)) or len(np.unique(values)) < 20:
        return False
    logs = np.log(values)
    return bool(logs.std() > 0 and shapiro(logs).pvalue >= LOG_NORMAL)


def _two_valued(rows: _Rows) -> Iterator[Flaw]:
    """Columns of two values among others, which make two groups by themselves."""
    return _of_few_values(rows, "two", {2})


def _few_valued(rows: _Rows) -> Iterator[Flaw]:
    """Columns of a few more, which make as many."""
    return _of_few_values(rows, "few", {3, MOST_LEVELS} if len(rows.X) >= 5 * MOST_LEVELS else set())


def _of_few_values(rows: _Rows, how_many: str, sizes: Collection[int]) -> Iterator[Flaw]:
    n, d = rows.X.shape
    found = {
        j: values
        for j in range(d)
        if n >= 5 and len(values := np.unique(rows.X[~rows.aside[:, j], j])) in sizes
    }
    if not found:
        return
    columns = list(found)
    counts = {len(values) for values in found.values()}
    different = in_words(counts.pop()) if len(counts) == 1 else "few"
    places = tuple(float(j + 1) for j in columns)
    brief = f"{rows.named(columns)} {rows.they(columns, 'has', 'have')} {different} different values only"
    yield Flaw(
        f"{how_many}-valued,{written(places)}",
        f"{capital(brief)}, which make {different} groups by themselves, whatever the others say.",
        "; ".join(
            f"{rows.named([j])}: {together([f'{value:.10g}' for value in values])}"
            for j, values in list(found.items())[:3]
        ),
        brief,
        _column_out(rows, columns),
        f"without {plural(len(found), 'it', 'them')}",
    )


# What is looked for, in this order: what one kind has explained is not looked at by those after it.
KINDS: dict[str, Callable[[_Rows], Iterator[Flaw]]] = {
    "code": _codes,
    "zeros": _zeros,
    "rare": _rare,
    "limit": _limits,
    "filled": _filled,
    "two-valued": _two_valued,
    "few-valued": _few_valued,
    "unit": _units,
    "heaped": _heaped,
    "far": _strays,
    "repeated": _repeats,
    "series": _series,
    "skewed": _skewed,
}


# Kinds of which a name ends with a value, behind columns.
WITH_VALUE = ("code", "limit", "filled", "unit", "heaped")

"""What an audit finds: checks, one after another, and what gives such numbers, with what speaks for it.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, takewhile
from time import thread_time
from typing import Literal, get_args

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import Mixture
from gmm_core.laboratory.faults import FAULTS, Sign, covered
from gmm_core.laboratory.laws import LAWS, BrokenLaw
from gmm_core.words import count

Faults = tuple[str, ...]
Certainty = Literal["possible", "likely", "exact"]

COARSE = 1e-3  # digits that leave more than this open say little
_SINGLE = 2e-5  # how far single precision may move what is at rest, as a share
RIDGE = 0.03  # a number added to the variances is large from that share of the data's on
_LARGE = 100_000  # numbers in the data
_LONGEST = 5  # seconds of computing that the searches for an answer may take
_SHORTEST = 0.8  # ... as what comes after them takes a little, too
_SIZE_A_SECOND = 5_000  # ... and numbers in the data for each
_SOME = 2000  # values of an array that are looked at for their digits
_TWINS = 1e-2  # components are nearly equal if all that they differ by is a smaller share


def moving_sets(most: int = 2) -> tuple[Faults, ...]:
    """No mistake, each one that changes parameters, and each two of these that change different pieces."""
    return _sets((name for name, fault in FAULTS.items() if fault.moves), most)


def common_sets() -> tuple[Faults, ...]:
    """No mistake, and each of those that are followed from likely starts: rare ones would take too long."""
    return tuple(faults for faults in moving_sets(1) if not any(FAULTS[name].rare for name in faults))


def resting_sets(most: int = 2) -> tuple[Faults, ...]:
    """The sets of mistakes that leave a trace in numbers at rest."""
    return tuple(
        faults for faults in moving_sets(most) if not any(FAULTS[name].gone_at_rest for name in faults)
    )


def printing_sets() -> tuple[Faults, ...]:
    """No mistake, each one that only changes what is printed, and each two of which both are seen."""
    found = _sets((name for name, fault in FAULTS.items() if fault.prints), 2)
    return tuple(faults for faults in found if not covered(faults))


def _sets(names: Iterable[str], most: int) -> tuple[Faults, ...]:
    of = list(names)
    together = [name for name in of if not FAULTS[name].rare]
    sizes = enumerate((of, of, *[together] * (most - 1)))
    found = [chosen for size, among in sizes if size <= most for chosen in combinations(among, size)]
    return tuple(faults for faults in found if not _same_piece(faults))


def _same_piece(faults: Faults) -> bool:
    """Whether one of them stands in the place of another."""
    places = [place for name in faults for place in FAULTS[name].pieces]
    return len(places) > len(set(places))


@dataclass(frozen=True)
class Check:
    """Something that follows from correct EM, and whether these numbers have it.

    title : what was asked. holds : None where that cannot be told. sentence : the figures. otherwise : what
    it means where it does not hold, in a sentence of its own.
    """

    title: str
    holds: bool | None
    sentence: str
    otherwise: str = ""


@dataclass(frozen=True)
class Suspect:
    """What gives such numbers.

    faults : names in `faults.FAULTS`; () for correct EM, None for a slip that has no switch there.
    certainty : "exact" if the numbers are just these, "likely" if they are as such code would give them,
        "possible" if it gives the same numbers and need not be one.
    sentence : what speaks for it; "such code" in it is code with these mistakes.
    """

    faults: Faults | None
    certainty: Certainty
    sentence: str


def such_code(faults: Faults) -> str:
    return "such code" if faults else "correct EM"


class Evidence:
    """What speaks for each set of mistakes: the greatest certainty, and sentences."""

    def __init__(self) -> None:
        self._of: dict[Faults | None, tuple[Certainty, list[str]]] = {}

    def __contains__(self, faults: Faults | None) -> bool:
        return faults in self._of

    def __bool__(self) -> bool:
        return bool(self._of)

    @property
    def of_a_mistake(self) -> bool:
        """Whether any speaks for one, known or not, and is more than a possibility."""
        return any(faults != () and certainty != "possible" for faults, (certainty, _) in self._of.items())

    def add(self, faults: Faults | None, certainty: Certainty, sentence: str) -> None:
        before, sentences = self._of.get(faults, ("possible", []))
        known = get_args(Certainty)
        self._of[faults] = (max(before, certainty, key=known.index), [*sentences, sentence])

    def add_part(self, name: str, sentence: str) -> None:
        """What is certain of one mistake speaks for all sets with it, and for itself where there are none."""
        sets = [faults for faults in self._of if faults and name in faults]
        for faults in sets:
            self.add(faults, "likely", sentence)
        if not sets:
            self.add((name,), "exact", sentence)

    def add_sign(self, name: str, sign: Sign | None) -> None:
        """What gives one mistake away, if anything does."""
        if sign is not None and sign.certain:
            self.add_part(name, sign.sentence)
        elif sign is not None:
            self.add((name,), "likely", sign.sentence)

    def suspects(self) -> tuple[Suspect, ...]:
        """The most certain first."""
        known = get_args(Certainty)
        found = [Suspect(faults, certainty, " ".join(said)) for faults, (certainty, said) in self._of.items()]
        return tuple(sorted(found, key=lambda one: -known.index(one.certainty)))


@dataclass
class Audit:
    """An audit under way: the data, X (n, d), and what was found so far.

    n_components : what the user says, or None. start : where the code began, if that is known. tell : called
    with the share that is done. taken_for : what the numbers are, in a few words. lacking : why nothing more
    could be verified, and what to paste to know more. how : what else correct EM does that gives these
    numbers, as " with a prior (MAP)". begun : when, in seconds of computing.
    """

    X: Array
    n_components: int | None = None
    start: Mixture | None = None
    tell: Callable[[float], None] = lambda share: None
    notes: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    broken: list[BrokenLaw] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)
    taken_for: str = ""
    lacking: str = ""
    how: str = ""
    begun: float = field(default_factory=thread_time)

    def is_late(self, what: str) -> bool:
        """Whether the answer has taken its time, so that no more of that is tried; it is said then."""
        most = float(np.clip(self.X.size / _SIZE_A_SECOND, _SHORTEST, _LONGEST))
        if thread_time() - self.begun <= most:
            return False
        said = f"The search was ended after {count(round(most), 'second')} of computing: {what}"
        if all(not note.startswith("The search was ended") for note in self.notes):
            self.notes.append(f"{said} were not all tried.")
        return True

    def in_time(self, sets: Iterable[Faults]) -> Iterator[Faults]:
        """Sets of mistakes, as long as there is time for more than one mistake at once."""
        return takewhile(lambda faults: len(faults) < 2 or not self.is_late("pairs of mistakes"), sets)

    def share_added(self, ridge: float) -> float:
        """How large a number added to every variance is, as a share of the data's smallest."""
        return ridge / float((self.scale**2).min())

    def check(self, title: str, holds: bool | None, sentence: str, otherwise: str = "") -> None:
        self.checks.append(Check(title, holds, sentence, otherwise or sentence))

    def settle(self, title: str, holds: bool) -> None:
        """What was left open, once it is known."""
        self.checks = [
            replace(one, holds=holds) if one.title == title and one.holds is None else one
            for one in self.checks
        ]

    def breaks(self, laws: Iterable[BrokenLaw]) -> None:
        """Laws that are broken are checks that do not hold."""
        for one in laws:
            self.broken.append(one)
            self.check(LAWS[one.law], False, one.sentence)

    @property
    def together(self) -> int:
        """How many mistakes are tried together: two, if the data are not too large for that."""
        if self.X.size <= _LARGE:
            return 2
        said = "The data are large: mistakes were tried one by one, and not in pairs."
        self.notes += [said] * (said not in self.notes)
        return 1

    @property
    def scale(self) -> Array:
        """Standard deviations of the data, (d,), 1 where a feature is constant."""
        deviations = self.X.std(axis=0)
        return np.where(deviations > 0, deviations, 1.0)


def simplest(sets: Iterable[Faults]) -> list[Faults]:
    """The sets that contain none of the others."""
    kept: list[Faults] = []
    for one in sorted(sets, key=len):
        if not any(set(other) <= set(one) for other in kept):
            kept.append(one)
    return kept


def half_units(values: Array) -> Array:
    """Half of the last digit that each value was printed with: all have as many decimals, or digits."""
    some = values[np.isfinite(values) & (values != 0)].ravel()[:_SOME].tolist()
    if not some:
        return np.zeros_like(values)
    digits, places = (max(counted) for counted in zip(*map(_digits_of, some), strict=True))
    with np.errstate(divide="ignore"):
        powers = np.floor(np.log10(np.abs(values)))
    units = np.maximum(10.0**-places, 10.0 ** (powers - digits + 1))
    return np.asarray(0.5 * units * (1 + 1e-6) + 1e-9 * np.abs(values))


def _digits_of(value: float) -> tuple[int, int]:
    """How many digits a number has, and how many decimals: below 0 where it ends in zeros before a point."""
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, decimals = mantissa.partition(".")
    decimals = decimals.rstrip("0")
    written = (whole + decimals).lstrip("0")
    digits = len(written) if decimals else len(written.rstrip("0"))
    return digits, len(decimals) + digits - len(written) - int(power or 0)


def half_units_before(spread: Array) -> Array:
    """The same of variances that were computed from what was printed: squares of deviations, or inverses."""
    half = half_units(spread)
    if not (spread > 0).all() or spread.ndim != 2:
        return half
    for printed, by in ((np.sqrt(spread), 2 * np.sqrt(spread)), (1 / spread, spread**2)):
        written = np.array([float(f"{value:.13g}") for value in printed.ravel()]).reshape(spread.shape)
        if (half_units(written) / written).max() > 10 * (half / spread).max():  # these have fewer digits
            return np.asarray(by * half_units(written))
    return half


def single_precision(*arrays: Array) -> float:
    """What numbers in single precision leave open besides their digits, as a share; 0 where they are none.

    They are taken for such where all are, to their last digit, numbers that single precision has.
    """
    values = np.concatenate([array.ravel() for array in arrays])
    values = values[np.isfinite(values) & (values != 0)]
    values = values[:_SOME]
    digits = max((_digits_of(value)[0] for value in values.tolist()), default=0)
    if digits < 8 or len(values) < 4 or np.abs(values).max() > np.finfo(np.float32).max:
        return 0.0
    with np.errstate(over="ignore"):
        single = values.astype(np.float32).astype(float)
    written = [float(f"{value:.{digits}g}") for value in single]
    near = np.abs(values - single) <= half_units(values) - 1e-9 * np.abs(values)
    return _SINGLE if (near | (values == written)).all() else 0.0


def twins(components: Array, scale: Array) -> str:
    """Two components (k, m) that are nearly equal, as a sentence without its end; empty if there are none.

    scale : (k, m), what gaps are a share of.
    """
    for i, j in combinations(range(len(components)), 2):
        gap = (np.abs(components[i] - components[j]) / scale[i]).max()
        if gap <= _TWINS:
            equal = "equal" if gap <= 1e-6 else "nearly equal"
            return f"Components {i + 1} and {j + 1} are {equal}, and equal components never separate in EM"
    return ""

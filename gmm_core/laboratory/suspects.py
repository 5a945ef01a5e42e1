"""Which mistakes give such numbers: code with mistakes, followed, and what speaks for each set of them.

Letters: n samples, k components, d features. Covariances are diagonal.

Numbers at rest are compared with what one more iteration of code with mistakes makes of them, which needs no
start. Numbers on their way are compared with what such code gives from likely starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import Mixture
from gmm_core.laboratory.faults import FAULTS, Sign, covered
from gmm_core.laboratory.faulty_em import (
    STARTS,
    FaultyExpectation,
    faulty_e_step,
    faulty_m_step,
    likely_starts,
)
from gmm_core.laboratory.laws import Parameters
from gmm_core.words import count

Faults = tuple[str, ...]
Certainty = Literal["possible", "likely", "exact"]

STILL = 2e-3  # numbers that one more iteration changes by a smaller share may be at rest
BLUR = 10  # so many times half the last digit may come of rounding
COARSE = 1e-3  # agreement in digits that leave more than this open says little
MOST = 100  # iterations that are followed
_NEAR = 1e-3  # numbers of a run that differ by a smaller share may be of the same code
_CLEARER = 3  # so many times as near is a better explanation
_TWINS = 1e-2  # components are nearly equal if all that they differ by is a smaller share
_EPS = (1e-8, 1e-6, 1e-10)  # what people add to denominators
_WORK = 6e8  # rows x components x (features + 10) x iterations x runs: some seconds


def moving_sets() -> tuple[Faults, ...]:
    """No mistake, each one that changes parameters, and each two of these."""
    return _sets(name for name, fault in FAULTS.items() if fault.moves)


def resting_sets() -> tuple[Faults, ...]:
    """Those of which something is left in numbers at rest."""
    return tuple(faults for faults in moving_sets() if not any(FAULTS[name].gone_at_rest for name in faults))


def printing_sets() -> tuple[Faults, ...]:
    """No mistake, each one that only changes what is printed, and each two of which both are seen."""
    found = _sets(name for name, fault in FAULTS.items() if fault.prints)
    return tuple(faults for faults in found if not covered(faults))


def _sets(names: Iterable[str]) -> tuple[Faults, ...]:
    of = list(names)
    return tuple(chosen for size in range(3) for chosen in combinations(of, size))


@dataclass(frozen=True)
class Suspect:
    """What gives such numbers.

    faults : names in `faults.FAULTS`; () for correct EM, None for a slip that has no switch there.
    certainty : "exact" if the numbers are just these, "likely" if they are as such code would give them,
        "possible" if it breaks the same law.
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


# The parameters of a step and their expectation -> how far they are from what was pasted, as a share, and
# whether all digits agree.
Compare = Callable[[Parameters, FaultyExpectation], tuple[float, bool]]


@dataclass(frozen=True)
class _Match:
    """A step of a run that comes near to what was pasted."""

    apart: float
    exact: bool
    iteration: int
    start: str
    eps: float = 0.0


class Search:
    """The mistakes, tried on X (n, d)."""

    def __init__(
        self, X: Array, start: Mixture | None, tell: Callable[[float], None], notes: list[str]
    ) -> None:
        self.X, self.start, self.tell, self.notes = X, start, tell, notes

    def starts(self, k: int) -> dict[str, Parameters]:
        """Where people begin, and where they say that they did."""
        starts = {STARTS[name]: begin for name, begin in likely_starts(self.X, k).items()}
        if self.start is None:
            return starts
        if (self.start.covariance_type, *self.start.means.shape) != ("diag", k, self.X.shape[1]):
            self.notes.append("The start that was given does not fit these numbers, and was not tried.")
            return starts
        given = Parameters(self.start.weights, self.start.means, self.start.covariances)
        return {"the start that was given": given, **starts}

    def most(self, k: int, wanted: int, n_runs: int) -> int:
        """How many iterations of so many runs can be followed."""
        n, d = self.X.shape
        most = int(max(3, min(wanted, _WORK / (n * k * (d + 10) * n_runs))))
        if most < wanted:
            self.notes.append(f"The data are large: the mistakes were followed for {most} iterations only.")
        return most

    def follow(
        self, begin: Parameters, faults: Faults, most: int, eps: float = 0.0
    ) -> Iterator[tuple[Parameters, FaultyExpectation]]:
        """The steps of a run as long as they are finite, at most the start and `most` more."""
        parameters = begin
        for _ in range(most + 1):
            expectation = faulty_e_step(self.X, parameters, faults, eps=eps)
            if not np.isfinite(expectation.responsibilities).all():
                return
            yield parameters, expectation
            parameters = faulty_m_step(
                self.X, expectation.responsibilities, parameters.means, faults, eps=eps
            )

    def try_all(
        self,
        evidence: Evidence,
        k: int,
        changes: dict[Faults, float],
        noise: float,
        compare: Compare,
        measure: str,
    ) -> None:
        """Evidence of numbers at rest, where `changes` are those of one more iteration, and of runs.

        noise : what the digits leave open, as a share. measure : what shares are of, in words.
        """
        still = _at_rest(changes, BLUR * noise)
        for faults in still:
            moved = f"changes these numbers by {changes[faults]:.2g} at most"
            other = f", one of correct EM by {changes[()]:.2g}" if faults else ""
            said = f"One more iteration of {such_code(faults)} {moved}{other} ({measure})."
            evidence.add(faults, "likely", said)
        as_near = [set(faults) for faults in _nearest(changes, BLUR * noise)] if still else []
        moving = [name for name, fault in FAULTS.items() if fault.moves]
        added = [(name, {*faults, name}) for faults in still for name in moving if name not in faults]
        unseen = dict.fromkeys(name for name, more in added if more in as_near)
        if unseen:
            titles = "; ".join(FAULTS[name].title for name in unseen)
            self.notes.append(f"On these data, some mistakes change too little to be seen here: {titles}.")
        if noise > COARSE:
            self.notes.append("The numbers have few digits: paste more, to tell mistakes that change little.")
        found = self._runs(k, compare, [*dict.fromkeys([(), *still])] if still else moving_sets())
        found = {faults: one for faults, one in found.items() if not one.exact or noise <= COARSE}
        best = [faults for faults, one in found.items() if one.exact] or _nearest(
            {faults: one.apart for faults, one in found.items()}, 0.0
        )
        for faults in simplest(best):
            one = found[faults]
            eps = f", with eps = {one.eps:g}" if one.eps else ""
            where = f"after {count(one.iteration, 'iteration')} from {one.start}{eps}"
            if one.exact:
                said = (
                    f"In all digits that were pasted, {such_code(faults)} gives them, for instance {where}."
                )
                evidence.add(faults, "exact", said)
            else:
                said = f"{such_code(faults)} comes within {one.apart:.2g} of them {where} ({measure})."
                evidence.add(faults, "likely", f"{said[0].upper()}{said[1:]}")

    def _runs(self, k: int, compare: Compare, sets: Sequence[Faults]) -> dict[Faults, _Match]:
        """For each set of mistakes the step that comes nearest, if one comes near."""
        starts = self.starts(k)
        most = self.most(k, MOST, len(sets) * len(starts))
        found: dict[Faults, _Match] = {}
        for done, faults in enumerate(sets):
            self.tell(done / len(sets))
            matches = [
                _Match(*compare(*step), iteration, name)
                for name, begin in starts.items()
                for iteration, step in enumerate(self.follow(begin, faults, most))
            ]
            best = min(matches, key=lambda one: (not one.exact, one.apart), default=None)
            if best is None or best.apart > _NEAR:
                continue
            found[faults] = best
            for eps in () if best.exact else _EPS:  # it changes the last digits
                steps = self.follow(starts[best.start], faults, most, eps)
                with_eps = [_Match(*compare(*step), i, best.start, eps) for i, step in enumerate(steps)]
                exact = next((one for one in with_eps if one.exact), None)
                if exact is not None:
                    found[faults] = exact
                    break
        self.tell(1.0)
        return found


def _at_rest(changes: dict[Faults, float], noise: float) -> list[Faults]:
    """The simplest sets of mistakes whose next iteration changes nothing, or much less than others' does.

    None where a simpler set explains nearly as well as the best, but not quite: that tells nothing.
    """
    finite = {faults: change for faults, change in changes.items() if np.isfinite(change)}
    least = min(finite.values(), default=np.inf)
    if least > max(STILL, noise):
        return []
    best = simplest(_nearest(finite, noise))
    return [faults for faults in best if finite[faults] <= max(1.001 * least, noise)]


def _nearest(shares: dict[Faults, float], noise: float) -> list[Faults]:
    """The sets that explain as well as the best of them, or within `noise`."""
    enough = max(_CLEARER * min(shares.values(), default=0.0), noise)
    return [faults for faults, share in shares.items() if share <= enough]


def simplest(sets: Iterable[Faults]) -> list[Faults]:
    """The sets that contain none of the others."""
    kept: list[Faults] = []
    for one in sorted(sets, key=len):
        if not any(set(other) <= set(one) for other in kept):
            kept.append(one)
    return kept


def half_units(values: Array) -> Array:
    """Half of the last digit that each value was printed with: all have as many decimals, or digits."""
    some = values[np.isfinite(values) & (values != 0)].ravel()[:2000].tolist()
    if not some:
        return np.zeros_like(values)
    decimals = [Decimal(repr(value)).normalize().as_tuple() for value in some]
    places = max(-int(one.exponent) for one in decimals)
    digits = max(len(one.digits) for one in decimals)
    powers = np.floor(np.log10(np.abs(values)))
    units = np.maximum(10.0**-places, 10.0 ** (powers - digits + 1))
    return np.asarray(0.5 * units * (1 + 1e-6) + 1e-9 * np.abs(values))


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

"""Parameters and responsibilities together, or those of two iterations in a row: E and M judged apart.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from gmm_core.engine.arrays import Array
from gmm_core.laboratory.audit.at_rest import STILL
from gmm_core.laboratory.audit.causes import CLEARER
from gmm_core.laboratory.audit.evidence import (
    RIDGE,
    Audit,
    Certainty,
    Evidence,
    Faults,
    moving_sets,
    simplest,
)
from gmm_core.laboratory.audit.parameters import ROWS, about_parameters, sum_within, whole_of
from gmm_core.laboratory.audit.responsibilities import about_responsibilities, broken_to_digits, digits_of
from gmm_core.laboratory.audit.rest import Moved, Rest
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import BrokenLaw, Parameters, broken_by_parameters
from gmm_core.laboratory.pieces import variances_of
from gmm_core.tables.pasted import OPEN, Given, Pasted, responsibilities_in, size_of
from gmm_core.words import count, rounded

_APART = 50  # iterations that may lie between two sets of parameters
_BLURRED = 0.1  # responsibilities that are farther off do not come of digits
_ROUND = 1e-3  # shares of a step's way that differ by less are one
_NEAR = 5  # so many times what the digits leave open may come of them


def shares_beside(pasted: Pasted, n: int, notes: list[str]) -> list[Array]:
    """The responsibilities of each iteration that has some, (n, k) each; none where they are of some rows
    alone, which `notes` says.
    """
    if "responsibilities" not in pasted.lists:
        return []
    shape = pasted.lists["responsibilities"].shape
    if n not in shape and max(shape) < n:
        notes.append(
            f"The responsibilities are {size_of(pasted.lists['responsibilities'])}, and the data have "
            f"{count(n, 'row')}. No M-step can be followed from a part of them: the parameters were judged "
            "without them."
        )
        return []
    rounds = [lists for lists in pasted.rounds if "responsibilities" in lists]
    if not rounds:
        return [responsibilities_in(pasted, n, notes)]
    found = [responsibilities_in(replace(pasted, lists=lists), n, notes) for lists in rounds]
    notes[:] = list(dict.fromkeys(notes))
    return found


class _Follows(NamedTuple):
    """How far something is from what a half-step makes of something else; noise is what digits explain."""

    faults: Faults
    moved: float
    noise: float
    parts: str = ""
    fitted: bool = False  # whether a number was taken off the variances

    @property
    def holds(self) -> bool:
        return self.moved <= self.noise


class _Way(NamedTuple):
    """A way to read sets of parameters: what was turned in it, whether open spreads are the other thing."""

    turned: str
    other: bool
    sets: list[Given]


def about_steps(sets: Sequence[Given], shares: Sequence[Array], audit: Audit) -> None:
    """Judge them; what names and shapes leave open, in the reading in which more follows."""
    ways = _ways(sets, audit.X.shape[1])
    if len(ways) == 1:
        _judge_steps(ways[0].sets, shares, audit)
        return
    read: list[tuple[tuple[int, int], _Way, Audit]] = []
    for way in ways:
        trial = replace(audit, notes=list(audit.notes), checks=[], broken=[], evidence=Evidence())
        _judge_steps(way.sets, shares, trial)
        failed = sum(one.holds is False for one in trial.checks)
        unknown = failed > 0 and not trial.evidence
        read.append(((failed, int(unknown)), way, trial))
        if any(one.certainty == "exact" for one in trial.evidence.suspects()):
            break
    best = min(read, key=lambda one: one[0])
    rank, chosen, trial = best
    for name in ("X", "notes", "checks", "broken", "evidence", "taken_for", "lacking", "how"):
        setattr(audit, name, getattr(trial, name))
    as_good = [way for found, way, _ in read if found == rank]
    if any(way.turned != chosen.turned for way in as_good):
        audit.notes.append(
            f"{ROWS} There are as many components as features, and these numbers do not tell: a row was "
            "taken for a component. If a column is one, paste them turned."
        )
    elif chosen.turned or (len({way.turned for way in ways}) > 1 and rank[0] and len(read) > 1):
        taken = f"a column of the {chosen.turned} is" if chosen.turned else "rows are"
        what = "a component" if chosen.turned else "components"
        audit.notes.append(
            f"{ROWS} There are as many components as features, and the data decide: {taken} {what}. More "
            "follows then, from one to the next, than if not."
        )
    _say_what_is_open(sets, chosen, {way.other for way in as_good}, audit)


def _ways(sets: Sequence[Given], d: int) -> list[_Way]:
    """The ways to read sets: as they stand first; turned; and with deviations for variances, or the other."""
    parts = {"": list(sets)}
    square = all(
        one.means is not None and one.means.shape == (d, d) and one.variances is not None for one in sets
    )
    if square and d > 1:
        parts["means"] = [_turned(one, means=True) for one in sets]
        if all(one.covariances is None for one in sets):
            parts["means and variances"] = [_turned(one, means=True, spread=True) for one in sets]
            parts["variances"] = [_turned(one, spread=True) for one in sets]
    ways = []
    for other in (False, True)[: 1 + any(one.otherwise is not None for one in sets)]:
        for turned, these in parts.items():
            spread = [
                one
                if one.otherwise is None
                else replace(one, variances=one.otherwise if other else one.variances, otherwise=None)
                for one in these
            ]
            ways.append(_Way(turned, other, spread))
    return ways


def _turned(one: Given, means: bool = False, spread: bool = False) -> Given:
    if means and one.means is not None:
        one = replace(one, means=one.means.T)
    if spread and one.variances is not None:
        otherwise = None if one.otherwise is None else one.otherwise.T
        one = replace(one, variances=one.variances.T, otherwise=otherwise)
    return one


def _say_what_is_open(sets: Sequence[Given], chosen: _Way, as_good: set[bool], audit: Audit) -> None:
    """Whether a spread was taken for variances or deviations, where its name leaves that open."""
    of = next((i for i, one in enumerate(sets) if one.otherwise is not None), None)
    if of is None or len(as_good) > 1:
        return
    taken, left = (sets[of].variances, sets[of].otherwise)[:: -1 if chosen.other else 1]
    assert taken is not None
    assert left is not None
    named = "deviations" if np.allclose(taken, left**2) else "variances"
    audit.notes = [note for note in audit.notes if not note.startswith(OPEN)]
    audit.notes.append(
        f"{OPEN} The name leaves it open, and the data decide: {named}. More follows then, from one set "
        "to the next, than if they are the other."
    )


def _judge_steps(sets: Sequence[Given], shares: Sequence[Array], audit: Audit) -> None:
    """Whether E follows from parameters, and M from responsibilities; if not, which mistake gives that."""
    ready = [one for one in sets if one.means is not None and one.variances is not None]
    if len(ready) < len(sets) or not all(_usable(one) for one in ready) or len(ready) + len(shares) < 2:
        about_parameters(sets[-1], audit)
        return
    rests = []
    for one in ready:
        assert one.means is not None
        rests.append(Rest(audit.X, *whole_of(one, audit.X, len(one.means)), sets[-1].weights is not None))
    k = len(rests[0].parameters.means)
    if any(len(rest.parameters.means) != k for rest in rests) or any(R.shape[1] != k for R in shares):
        audit.notes.append(
            "They have not the same number of components: the last parameters were judged alone."
        )
        about_parameters(sets[-1], audit)
        return
    audit.taken_for = _what(len(rests), len(shares), k)
    finite = [R for R in shares if np.isfinite(R).all()]
    if len(finite) < len(shares):
        about_responsibilities(next(R for R in shares if not np.isfinite(R).all()), audit)
        return
    _check_laws(ready, rests, shares, audit)
    if shares:
        _half_steps(rests, list(shares), audit)
    else:
        _whole_steps(rests, audit)


def _check_laws(sets: Sequence[Given], rests: Sequence[Rest], shares: Sequence[Array], audit: Audit) -> None:
    """The laws that each of them has to obey by itself, and what gives mistakes away in them."""
    broken = [law for R in shares for law in broken_to_digits(R, digits_of(R))]
    for one, rest in zip(sets, rests, strict=True):
        checked = replace(rest.parameters, variances=variances_of(rest.parameters.variances))
        broken += broken_by_parameters(audit.X, checked, within=sum_within(rest.halves))
        if one.weights is not None:
            for name, fault in FAULTS.items():
                audit.evidence.add_sign(
                    name, fault.in_weights(one.weights, rest.halves.weights, len(audit.X))
                )
    first: dict[str, BrokenLaw] = {}
    for law in broken:
        first.setdefault(law.law, law)
    audit.breaks(first.values())


def _usable(given: Given) -> bool:
    """Whether a step can be taken of them."""
    arrays = [one for one in (given.weights, given.means, given.variances) if one is not None]
    finite = all(np.isfinite(one).all() for one in arrays)
    return finite and given.variances is not None and bool((given.variances > 0).all())


def _what(n_sets: int, n_shares: int, k: int) -> str:
    of = f" of {count(k, 'component')}"
    if not n_shares:
        return f"the parameters{of}, of {count(n_sets, 'iteration')} one after another"
    if max(n_sets, n_shares) == 1:
        return f"the parameters{of}, and the responsibilities beside them"
    return (
        f"the parameters{of} and the responsibilities, of {count(max(n_sets, n_shares), 'iteration')} in a "
        "row"
    )


# --- With responsibilities


def _half_steps(rests: list[Rest], shares: list[Array], audit: Audit) -> None:
    """Which half-steps lie between what was pasted, whichever of the two came first in the loop."""
    audit.notes += _matched(rests, shares, audit)
    judge = _Judge(rests, shares, audit)
    n_sets, n_shares = len(rests), len(shares)
    # Printed between E and M: the responsibilities are those of the parameters beside them.
    between = [("E", i, i) for i in range(min(n_sets, n_shares))]
    between += [("M", i, i + 1) for i in range(min(n_shares, n_sets - 1))]
    # Printed after M: the parameters are those of the responsibilities beside them.
    after = [("E", i, i + 1) for i in range(min(n_sets, n_shares - 1))]
    after += [("M", i, i) for i in range(1 if n_sets > 1 else 0, min(n_shares, n_sets))]
    readings = [_Reading([judge.half_step(*step) for step in steps]) for steps in (between, after)]
    readings.sort(key=lambda one: (one.missed, -len(one.halves)))
    if readings[0].missed:
        for size in range(1, audit.together + 1):
            for one in readings:
                judge.explain(one, size)
            if any(one.is_explained for one in readings):  # by single mistakes: then nobody needs pairs
                break
        readings.sort(key=lambda one: len(one.failing) - len(one.explained))
    best = readings[0]
    if not best.explained and any(judge.shuffled(half) for half in best.failing):
        _say_shuffled(best, audit)
        return
    failing = [half for half in best.halves if not half.found.holds]
    if not best.explained and {half.step for half in failing} == {"M"}:
        ways = [judge.gone(half.i, half.j) for half in failing]
        if all(ways) and np.ptp(ways) <= _ROUND:
            _say_damped(ways[0], best, audit)
            return
    _tell(best, audit)


def _say_damped(way: float, reading: _Reading, audit: Audit) -> None:
    """That every M-step went only so much of its way, or beyond: numbers do not say whether it was meant."""
    said = f"They are {way:.4g} of the way from the parameters before to those of a correct M-step."
    for half in reading.halves:
        follows = half.found.holds
        audit.check(
            half.title, follows or None, half.told if follows else f"{half.told} {said}", half.otherwise
        )
    audit.how = f" with a {'damped' if way < 1 else 'longer'} M-step"
    audit.evidence.add(
        (),
        "possible",
        f"{said} That holds of weights, means and covariances alike, and is no mistake where it was meant: "
        "where such code comes to rest, EM does.",
    )
    audit.lacking = "the numbers do not say whether such steps were meant"


def _say_shuffled(reading: _Reading, audit: Audit) -> None:
    """That responsibilities stand in another order than the rows of the data, and so hide what follows."""
    for half in reading.halves:
        audit.check(half.title, half.found.holds or None, half.told, half.otherwise)
    audit.evidence.add(
        None,
        "likely",
        "In order of size, the responsibilities of every component are those that such parameters give on "
        "these data, but they stand at other rows: the code has the rows in another order, as where they "
        "were shuffled or sorted.",
    )
    audit.lacking = (
        "responsibilities tell of the half-steps only beside the rows that they are of. Paste them in the "
        "order of the data, or run the code on rows that were not shuffled"
    )


def _tell(reading: _Reading, audit: Audit) -> None:
    """What follows and what does not, of the reading in which more does."""
    for half in reading.halves:
        audit.check(half.title, half.found.holds, half.told, half.otherwise)
    done = {half.step for half in reading.halves}
    if reading.failing:
        for faults, certainty, said in reading.suspects():
            audit.evidence.add(faults, certainty, said)
        if not reading.explained:
            audit.lacking = "none of the known mistakes gives such numbers, alone or with another"
    elif len(done) == 1:
        one = "E-step" if "E" in done else "M-step"
        other = "M-step" if one == "E-step" else "E-step"
        audit.lacking = (
            f"the {one} was verified, and for the {other} there are no numbers. Paste the parameters and "
            "the responsibilities of two iterations in a row"
        )
    else:
        audit.evidence.add((), "exact", "Each half-step follows from the one before, in all digits.")


@dataclass
class _Half:
    """A half-step between what was pasted: E from parameters i to responsibilities j, M the other way."""

    step: str
    i: int
    j: int
    found: _Follows
    alone: bool

    @property
    def _names(self) -> tuple[str, str, str]:
        if self.step == "E":
            return "E-step", "responsibilities", "parameters"
        return "M-step", "parameters", "responsibilities"

    @property
    def title(self) -> str:
        name, what, from_ = self._names
        if self.alone:
            return f"The {what} follow from the {from_}: the {name}."
        return f"The {what} of set {self.j + 1} follow from the {from_} of set {self.i + 1}: the {name}."

    @property
    def told(self) -> str:
        apart = f": {self.found.parts}" if self.found.parts else f" by {rounded(self.found.moved)} at most"
        digits = f"the digits explain {rounded(self.found.noise, 1)}"
        return f"They differ from those of a correct {self._names[0]}{apart}; {digits}."

    @property
    def otherwise(self) -> str:
        name, what, from_ = self._names
        return f"The {name} is wrong: the {what} do not follow from the {from_}. {self.told}"

    def said(self, found: _Follows) -> str:
        name, what, from_ = self._names
        return (
            f"Of these {from_}, such code makes {what} that differ from those pasted by "
            f"{rounded(found.moved)} at most; a correct {name}, by {rounded(self.found.moved)}."
        )


@dataclass
class _Reading:
    """A way in which what was pasted may follow: its half-steps, and what explains those that fail."""

    halves: list[_Half]
    explained: dict[str, tuple[_Half, list[_Follows]]] = field(default_factory=dict)

    @property
    def failing(self) -> list[_Half]:
        """The first of each kind that does not follow."""
        first: dict[str, _Half] = {}
        for half in self.halves:
            if not half.found.holds:
                first.setdefault(half.step, half)
        return list(first.values())

    @property
    def missed(self) -> float:
        """How far all is from following, on a scale on which a digit more is one more."""
        found = [half.found for half in self.halves]
        return float(sum(np.log10(max(one.moved / max(one.noise, 1e-12), 1.0)) for one in found))

    @property
    def is_explained(self) -> bool:
        """Whether all that fails is just what mistakes give."""
        exact = all(one.holds for _, found in self.explained.values() for one in found)
        return exact and len(self.explained) == len(self.failing)

    def suspects(self) -> Iterator[tuple[Faults, Certainty, str]]:
        """What explains all that fails; of both half-steps together where both do."""
        every = [[(half, one) for one in found] for half, found in self.explained.values()]
        if not every:
            return
        for chosen in product(*every):
            faults = tuple(name for name in FAULTS if any(name in one.faults for _, one in chosen))
            exact = all(one.holds and not one.fitted for _, one in chosen)
            yield faults, "exact" if exact else "likely", " ".join(half.said(one) for half, one in chosen)


class _Judge:
    """Half-steps between what was pasted."""

    def __init__(self, rests: list[Rest], shares: list[Array], audit: Audit) -> None:
        self.rests, self.shares, self.audit = rests, shares, audit
        self.digits = [float(digits_of(R).max()) for R in shares]

    def e(self, i: int, j: int, faults: Faults = ()) -> _Follows:
        """From parameters i to responsibilities j."""
        rest, R = self.rests[i], self.shares[j]
        there = faulty_e_step(self.audit.X, rest.parameters, faults).responsibilities
        moved = float(np.abs(there - R).max() / max(float(R.max()), 1e-300))
        if not np.isfinite(moved):
            return _Follows(faults, np.inf, 0.0)
        noise = _NEAR * self.digits[j] + 1e-9 + 10 * rest.single
        if bool(((there == 0) | (there == 1)).all()):
            return _Follows(faults, moved, 1e-9)
        if moved > noise and (not faults or moved <= _BLURRED):
            rng, blur = np.random.default_rng(0), 0.0
            for _ in range(3):
                other = _drawn(rest, rng)
                again = faulty_e_step(self.audit.X, other, faults).responsibilities
                blur = max(blur, float(np.nan_to_num(np.abs(again - there).max(), nan=0.0)))
            noise += _NEAR * blur
        return _Follows(faults, moved, noise)

    def shuffled(self, half: _Half) -> bool:
        """Whether the responsibilities of a half-step that fails are nearly those of the parameters, but for
        the order of the rows; of those that an M-step made of them also the weights have to follow.
        """
        i, j = (half.i, half.j) if half.step == "E" else (half.j, half.i)
        rest, R = self.rests[i], self.shares[j]
        there = faulty_e_step(self.audit.X, rest.parameters).responsibilities
        apart = float(np.abs(there - R).max())
        sorted_apart = float(np.abs(np.sort(there, axis=0) - np.sort(R, axis=0)).max())
        if half.step == "E" and sorted_apart <= half.found.noise < apart / CLEARER:
            return True
        off = np.abs(R.mean(axis=0) - rest.parameters.weights)
        follow = bool((off <= 2 * rest.halves.weights + self.digits[j] + 1e-9).all())
        return rest.weights_known and follow and CLEARER * sorted_apart <= min(apart, 1.0)

    def m(self, i: int, j: int, faults: Faults = ()) -> _Follows:
        """From responsibilities i to parameters j; the old parameters are those before, where known."""
        R, rest = self.shares[i], self.rests[j]
        old = self.rests[j - 1].parameters if j else rest.parameters
        best: Moved | None = None
        for family in rest.families:
            there = faulty_m_step(self.audit.X, R, old, faults, family=family)
            found = rest.between(rest.parameters, there, faults, family)
            best = found if best is None or found.most < best.most else best
        assert best is not None
        noise = _NEAR * (rest.digits + self.digits[i]) + 1e-9 + rest.single
        if faults and best.ridge and not rest.is_round(replace(best, noise=noise)):
            return _Follows(faults, np.inf, noise)
        large = self.audit.share_added(best.ridge) > RIDGE
        moved = max(best.most, 0.0 if not large else best.ridge)
        said = best.parts
        if best.ridge and not large:
            said += f", once {rounded(best.ridge)} is taken off every variance, as reg_covar adds it"
        return _Follows(faults, moved, noise, "" if faults else said, best.ridge > 0)

    def gone(self, i: int, j: int) -> float:
        """How much of the way of a correct M-step, from responsibilities i, parameters j have gone from those
        before; 0 where they do not lie on it.
        """
        if j == 0:
            return 0.0
        rest, old = self.rests[j], self.rests[j - 1].parameters
        noise = _NEAR * (rest.digits + self.digits[i]) + 1e-9 + rest.single
        for family in rest.families:
            there = faulty_m_step(self.audit.X, self.shares[i], old, (), family=family)
            begin, end, here = (
                np.concatenate([one.weights, one.means.ravel(), one.variances.ravel()])
                for one in (old, there, rest.parameters)
            )
            length = float((end - begin) @ (end - begin))
            way = float((end - begin) @ (here - begin)) / length if length else 0.0
            between = Parameters(
                old.weights + way * (there.weights - old.weights),
                old.means + way * (there.means - old.means),
                old.variances + way * (there.variances - old.variances),
            )
            found = rest.between(rest.parameters, between, (), family, ridged=False)
            if 0 < way < 2 and found.most <= noise < rest.between(old, there, (), family).most / CLEARER:
                return way
        return 0.0

    def half_step(self, step: str, i: int, j: int) -> _Half:
        alone = len(self.rests) == len(self.shares) == 1
        return _Half(step, i, j, self.e(i, j) if step == "E" else self.m(i, j), alone)

    def explain(self, reading: _Reading, size: int) -> None:
        """So many mistakes that make what fails, for each half-step for which none were found before."""
        for half in reading.failing:
            if half.step in reading.explained:
                continue
            judge, where = (self.e, "E-step") if half.step == "E" else (self.m, "M-step")
            found = self._find(partial(judge, half.i, half.j), where, size, half.found)
            if found:
                reading.explained[half.step] = (half, found)

    def _find(
        self, judge: Callable[[Faults], _Follows], where: str, size: int, correct: _Follows
    ) -> list[_Follows]:
        """The sets of so many mistakes of that half-step that give what was pasted."""
        sets = [faults for faults in moving_sets(size) if len(faults) == size]
        sets = [faults for faults in sets if all(FAULTS[name].where == where for name in faults)]
        tried = sorted((judge(faults) for faults in self.audit.in_time(sets)), key=lambda one: one.moved)
        found = [one for one in tried if one.holds]
        if not found and tried and tried[0].moved <= min(STILL, correct.moved / CLEARER**size):
            found = tried[:1]
        kept = simplest(one.faults for one in found)
        return [one for one in found if one.faults in kept]


def _drawn(rest: Rest, rng: np.random.Generator) -> Parameters:
    of, half = rest.parameters, rest.halves
    spread = of.variances + half.variances * rng.choice((-1.0, 1.0), size=of.variances.shape)
    spread = (
        0.5 * (spread + spread.swapaxes(1, 2)) if spread.ndim == 3 else np.maximum(spread, 0.5 * of.variances)
    )
    means = of.means + half.means * rng.choice((-1.0, 1.0), size=of.means.shape)
    weights = np.maximum(of.weights + half.weights * rng.choice((-1.0, 1.0), size=of.weights.shape), 1e-300)
    return Parameters(weights, means, spread)


def _matched(rests: list[Rest], shares: list[Array], audit: Audit) -> list[str]:
    """Put the columns of responsibilities in the order of the components; say what was done to them."""
    said = []
    for j, R in enumerate(shares):
        near = rests[min(j, len(rests) - 1)].parameters
        there = faulty_e_step(audit.X, near).responsibilities
        sizes = (R.T @ R).diagonal()[:, np.newaxis]
        far = sizes - 2 * R.T @ np.nan_to_num(there)  # |R_i - there_j|^2, but for what is the same for all i
        far = far + (np.nan_to_num(there) ** 2).sum(axis=0)
        order = linear_sum_assignment(far.T)[1]
        straight = far.diagonal().sum()
        if (order != np.arange(len(order))).any() and far.T[
            np.arange(len(order)), order
        ].sum() < 0.5 * straight:
            shares[j] = R[:, order]
            said = [
                "The columns of the responsibilities were put in the order of the components: "
                f"{', '.join(str(place + 1) for place in order)}."
            ]
    return said


# --- Without


def _whole_steps(rests: list[Rest], audit: Audit) -> None:
    """Whether each set of parameters is the next step of the one before, or some steps on."""
    for i in range(len(rests) - 1):
        before, after = rests[i], rests[i + 1]
        correct = _step_between(before, after, ())
        title = f"Set {i + 2} is one step of EM after set {i + 1}."
        if correct.holds:
            audit.check(title, True, f"{correct.parts}; the digits explain {rounded(correct.noise, 1)}.")
            continue
        later = _some_steps_on(before, after)
        if later:
            title = f"Set {i + 2} is {count(later, 'step')} of EM after set {i + 1}."
            audit.check(title, True, "It is, to the digits that were pasted.")
            continue
        said = f"{correct.parts}; the digits explain {rounded(correct.noise, 1)}."
        wrong = (
            f"Set {i + 2} does not follow from set {i + 1} by one step of EM, or by up to {_APART}. {said}"
        )
        audit.check(title, False, said, wrong)
        for size in range(1, audit.together + 1):
            sets = [faults for faults in moving_sets(size) if len(faults) == size]
            tried = [_step_between(before, after, faults, blur=size == 1) for faults in audit.in_time(sets)]
            found = sorted((one for one in tried if one.holds), key=lambda one: one.moved)
            if found:
                break
        for one in found:
            said = (
                f"One step of such code leads from set {i + 1} to within {rounded(one.moved)} of set "
                f"{i + 2}; one of correct EM, within {rounded(correct.moved)}."
            )
            audit.evidence.add(one.faults, "likely" if one.fitted else "exact", said)
        if not found:
            audit.lacking = (
                "none of the known mistakes leads from one to the other. Paste the responsibilities of "
                "these iterations as well: then E and M are judged apart"
            )
        return
    audit.evidence.add((), "exact", "Each set of parameters follows from the one before, in all digits.")


def _step_between(before: Rest, after: Rest, faults: Faults, blur: bool = True) -> _Follows:
    best: Moved | None = None
    for family in after.families:
        there = after.step(faults, family, before.parameters)
        found = after.between(after.parameters, there, faults, family)
        best = found if best is None or found.most < best.most else best
    assert best is not None
    noise = _NEAR * after.digits + 1e-9 + after.single
    if blur and noise < best.most < 1e4 * noise:
        rng = np.random.default_rng(0)
        other = after.step(faults, best.family, _drawn(before, rng))
        plain = after.step(faults, best.family, before.parameters)
        noise += _NEAR * after.between(plain, other, faults, best.family).most
    if faults and best.ridge and not after.is_round(replace(best, noise=noise)):
        return _Follows(faults, np.inf, noise)
    said = f"One correct step leads from one to the other but for {best.parts}"
    return _Follows(faults, best.most, noise, "" if faults else said, best.ridge > 0)


def _some_steps_on(before: Rest, after: Rest) -> int:
    """After how many steps of correct EM, at most `_APART`, the other set comes; 0 where it does not."""
    there, family = before.parameters, after.families[0]
    for i in range(1, _APART + 1):
        there = after.step((), family, there)
        found = after.between(after.parameters, there, (), family)
        if not np.isfinite(found.most):
            return 0
        if i > 1 and found.most <= _NEAR * after.digits + 1e-7 + after.single:
            return i
    return 0

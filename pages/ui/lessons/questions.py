"""The kinds of question, each declared once in `KINDS`.

Each says what it asks, how the answer is given, what is right by the run, how a given answer is judged, and
how the reveal shows it. Pure: no Streamlit.

A right answer is always computed from the run; no lesson writes one down. Answers are texts in a link: see
`ways`. Components count from 1 in lessons and links, as on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gmm_core.words import count
from pages.ui.address import by_hand
from pages.ui.address.settings import Settings
from pages.ui.lessons.watched import Watched
from pages.ui.lessons.ways import WAYS
from pages.ui.player import At, Mark

NEAR = 0.5  # standard deviations: a click that is no further off is right
SURE = 0.15  # of a responsibility
ELSEWHERE = 1e-3  # log-likelihood per sample: ends that differ by more are different places
NOTHING = 1e-9  # of the log-likelihood: less is rounding
SAME_BIC = 2.0  # less is no difference worth a word
MOST_K = 6
SHOW_ME = "x"  # in a link: the answer was looked at without one


@dataclass(frozen=True)
class Option:
    """An answer to choose. It is right where what is measured lies from `least` to below `below`."""

    text: str
    least: float = -np.inf
    below: float = np.inf


@dataclass(frozen=True)
class Question:
    """A question of a lesson, as its file says it.

    kind : in `KINDS`. ask : the question, where not the usual one. why : one sentence for the reveal.
    component, row : what it is about, from 1. end : whether it is about the end of the run.
    iterations : how many lie between now and then. measure : in `MEASURES`. options : for a choice.
    """

    kind: str
    ask: str = ""
    why: str = ""
    component: int = 1
    row: int = 1
    end: bool = False
    iterations: int = 1
    measure: str = ""
    options: tuple[Option, ...] = ()


class Judged(NamedTuple):
    """Whether an answer is right, and a sentence that puts it beside what is."""

    right: bool
    said: str


class Kind:
    """A kind of question. What a method is not told differs from kind to kind: see `KINDS`."""

    given = "choice"  # in WAYS
    on_screen = ""  # what to do there, which on paper makes no sense

    def asks(self, question: Question, at: At, run: Watched) -> str:
        """The usual question."""
        raise NotImplementedError

    def options(self, question: Question, run: Watched) -> tuple[str, ...]:
        """What there is to choose from."""
        return ()

    def most(self, question: Question, run: Watched, settings: Settings) -> int:
        """The largest number that can be given."""
        return settings.max_iter

    def right(self, question: Question, at: At, run: Watched) -> Any:
        """The right answer, as `WAYS` reads one."""
        raise NotImplementedError

    def is_right(self, question: Question, at: At, run: Watched) -> str:
        """What is right, as the end of a sentence on what was said; "" where `judge` says nothing of that."""
        return ""

    def judge(self, question: Question, at: At, run: Watched, given: Any, after: Watched) -> Judged:
        """A given answer beside the right one. after : the run that the reveal shows."""
        raise NotImplementedError

    def moves_to(self, question: Question, at: At, after: Watched) -> At:
        """The half-step to which the reveal goes."""
        return At(after.n_iter, "E")

    def becomes(self, question: Question, settings: Settings, run: Watched, given: Any) -> Settings:
        """The run that the reveal shows; given : None where nothing was."""
        return settings

    def fits(self, question: Question, at: At, run: Watched) -> str:
        """Why the question cannot be asked of this run, in a sentence; "" where it can."""
        return ""

    def mark(self, question: Question) -> Mark | None:
        """The place that is asked for, where one is."""
        return None

    def read(self, text: str, question: Question, run: Watched) -> Any:
        """An answer of a link; None where it makes no sense."""
        try:
            given = WAYS[self.given](text)
        except ValueError:
            return None
        d, k = run.data.X.shape[1], run.mixtures[0].n_components
        sensible = {
            "mark": lambda: len(given) == d,
            "share": lambda: 1 <= given[0] <= k and 0 <= given[1] <= 100,
            "choice": lambda: 1 <= given <= len(self.options(question, run)),
            "number": lambda: given >= 0,
            "means": lambda: given and all(len(mean) == d for mean in given),
        }
        return given if sensible[self.given]() else None


class MeanGoes(Kind):
    """Where a mean will be after the M-step, or at the end: a click in the picture."""

    given = "mark"
    on_screen = "Click in the picture."

    def asks(self, question, at, run):
        when = "at the end of the run" if question.end else "after the M-step"
        return f"Where will the mean of component {question.component} be {when}?"

    def right(self, question, at, run):
        return tuple(run.mixtures[self._then(question, at, run)].means[question.component - 1].tolist())

    def judge(self, question, at, run, given, after):
        mixture, j = after.mixtures[self._then(question, at, after)], question.component - 1
        gap = np.array(given) - mixture.means[j]
        off = float(np.sqrt(gap @ np.linalg.solve(mixture.full_covariances[j], gap)))
        near = off <= NEAR
        return Judged(
            near,
            f"Your cross is {off:.2f} standard deviations of the component from where its mean goes"
            + (", which is close." if near else f"; up to {NEAR:g} counts as close."),
        )

    def moves_to(self, question, at, after):
        return At(after.n_iter, "E") if question.end else At(at.iteration + 1, "M")

    def fits(self, question, at, run):
        if run.data.X.shape[1] > 2:
            return "A mean can be predicted by a click with one or two features; these data have more."
        return _known_component(question, run) or _goes_on(at, run, 1)

    def mark(self, question):
        return Mark(question.component - 1)

    def _then(self, question, at, run):
        return run.n_iter if question.end else at.iteration + 1


class Claims(Kind):
    """Which component will claim a point, and how surely."""

    given = "share"

    def asks(self, question, at, run):
        return "Which component will claim the ringed point, and how surely?"

    def right(self, question, at, run):
        shares = run.shares(at.iteration)[question.row - 1]
        return int(shares.argmax()) + 1, 100 * float(shares.max())

    def is_right(self, question, at, run):
        j, share = self.right(question, at, run)
        return f"it is component {j}, {share:.1f}%."

    def judge(self, question, at, run, given, after):
        (j, share), (right_j, right_share) = given, self.right(question, at, run)
        right = j == right_j and abs(share - right_share) <= 100 * SURE
        said = f"You said component {j}, {share:.0f}%; {self.is_right(question, at, run)}"
        if j == right_j and not right:
            said += f" The component is right; up to {100 * SURE:.0f} points off counts as close."
        return Judged(right, said)

    def moves_to(self, question, at, after):
        return At(at.iteration, "E")

    def fits(self, question, at, run):
        n = len(run.data.X)
        return "" if question.row <= n else f"The question is about row {question.row}, but there are {n}."


class Rises(Kind):
    """Whether the curve will rise."""

    def asks(self, question, at, run):
        n = question.iterations
        return f"What will the log-likelihood do in the next {_iterations(n) if n > 1 else 'iteration'}?"

    def options(self, question, run):
        return "It rises", "It stays where it is", "It falls"

    def right(self, question, at, run):
        before, after = self._values(question, at, run)
        least = NOTHING * max(1.0, abs(before))
        return 2 if abs(after - before) <= least else 1 if after > before else 3

    def judge(self, question, at, run, given, after):
        before, then = self._values(question, at, run)
        does = ("rises by", "stays, with a change of", "falls by")[self.right(question, at, run) - 1]
        change = f"{abs(then - before):,.4g}" if np.isfinite(then) else "more than any number"
        return Judged(
            given == self.right(question, at, run),
            f"It {does} {change}, from {before:,.2f} to {then:,.2f} in total.",
        )

    def moves_to(self, question, at, after):
        return At(at.iteration + question.iterations, "E")

    def fits(self, question, at, run):
        return _goes_on(at, run, question.iterations)

    def _values(self, question, at, run):
        return float(run.curve[at.iteration]), float(run.curve[at.iteration + question.iterations])


class Stops(Kind):
    """After how many iterations the run will stop."""

    given = "number"

    def asks(self, question, at, run):
        return "After how many iterations will this run stop?"

    def right(self, question, at, run):
        return run.n_iter

    def is_right(self, question, at, run):
        return f"it stops after {_iterations(run.n_iter)}."

    def judge(self, question, at, run, given, after):
        n = run.n_iter
        right = abs(given - n) <= max(2, n / 3)
        said = f"You said {given}; {self.is_right(question, at, run)}"
        return Judged(right, said + ("" if right else " A third more or less counts as close."))


class AnotherEnd(Kind):
    """Move the means to a start from which the run ends elsewhere."""

    given = "means"

    def asks(self, question, at, run):
        return "Move the means to a start from which EM ends in another place."

    def right(self, question, at, run):
        return ELSEWHERE  # any start that ends so far from here, per sample

    def judge(self, question, at, run, given, after):
        n, here, there = run.data.n_counted, run.curve[-1], after.curve[-1]
        said = f"From there EM ends at {there:,.2f}, in total; it ended at {here:,.2f} before: "
        elsewhere = bool(abs(there - here) > ELSEWHERE * n)
        return Judged(elsewhere, said + ("another place." if elsewhere else "the same place."))

    def becomes(self, question, settings, run, given):
        if not given:
            return settings
        means = by_hand.write_means(given)
        return settings.changed(init="given", means=means, n_components=len(given))

    def fits(self, question, at, run):
        if run.data.X.shape[1] > 2:
            return "Means can be dragged with one or two features; these data have more."
        return ""


class FindK(Kind):
    """How many components BIC chooses."""

    def asks(self, question, at, run):
        return "How many components does BIC choose for these data?"

    def options(self, question, run):
        return tuple(map(str, range(1, MOST_K + 1)))

    def right(self, question, at, run):
        return min(run.bics, key=lambda k: run.bics[k])

    def judge(self, question, at, run, given, after):
        best = self.right(question, at, run)
        said = f"BIC is lowest with {count(best, 'component')}, {run.bics[best]:,.1f}"
        if given not in run.bics:
            return Judged(False, f"{said}; with {given}, every start ends with a component on too few rows.")
        more = run.bics[given] - run.bics[best]
        if given != best:
            said += f"; with {given} it is {more:,.1f} higher"
        return Judged(more < SAME_BIC, f"{said}{', which is no difference' if 0 < more < SAME_BIC else ''}.")

    def becomes(self, question, settings, run, given):
        return settings.changed(n_components=self.right(question, At(), run))


class Measure(NamedTuple):
    """Something to measure of a run at a half-step, and how its value is said."""

    of: Callable[[Watched, At], float]
    said: Callable[[float, Watched], str]
    now: bool = False  # whether it is of the half-step shown, not of the end


def _smallest_deviation(run: Watched) -> float:
    return float(np.sqrt(min(np.linalg.eigvalsh(one)[0] for one in run.last.full_covariances)))


def _per_cent(what: str) -> Callable[[float, Watched], str]:
    return lambda value, _: f"{what}: {100 * value:.1f}%."


def _against_the_other(v: float, run: Watched) -> str:
    """By the names that stand above the two pictures."""
    first, second = run.titles
    ends = f"{run.curve[-1]:,.2f} ({first}) and {run.rival:,.2f} ({second})"
    return f"The total at the end: {ends}, which is {abs(v):,.2f} {'less' if v >= 0 else 'more'}."


MEASURES: Mapping[str, Measure] = {
    "iterations": Measure(
        lambda run, at: run.n_iter, lambda v, run: f"It stops after {_iterations(int(v))}."
    ),
    "rows right": Measure(
        lambda run, at: run.share_right(run.n_iter), _per_cent("Rows in their known group at the end")
    ),
    "lead": Measure(
        lambda run, at: run.rows_right[0] - run.rows_right[1] if run.rows_right else np.nan,
        lambda v, run: f"EM has {abs(100 * v):.1f} points {'more' if v >= 0 else 'less'} of the rows right.",
    ),
    "gain": Measure(
        lambda run, at: float(run.curve[-1] - run.curve[at.iteration]),
        lambda v, run: f"The log-likelihood changes by {v:+,.2f} in total.",
    ),
    "against the other": Measure(
        lambda run, at: float(run.curve[-1] - run.rival),
        _against_the_other,
    ),
    "collapses": Measure(
        lambda run, at: float(run.collapsed),
        lambda v, run: "A component collapses." if v else "No component collapses.",
    ),
    "smallest deviation": Measure(
        lambda run, at: _smallest_deviation(run),
        lambda v, run: f"The smallest standard deviation at the end is {v:.3g}.",
    ),
    "largest weight": Measure(
        lambda run, at: float(run.last.weights.max()), _per_cent("The largest weight at the end")
    ),
    "smallest weight": Measure(
        lambda run, at: float(run.last.weights.min()), _per_cent("The smallest weight at the end")
    ),
    "unsure": Measure(
        lambda run, at: float((run.shares(at.iteration).max(axis=1) < 0.9).mean()),
        _per_cent("Rows that no component claims with 90%"),
        now=True,
    ),
    "gap": Measure(
        lambda run, at: float(run.curve[at.iteration] - run.bounds[at.iteration]),
        lambda v, run: f"The log-likelihood lies {v:,.3f} above the bound.",
        now=True,
    ),
    "falls": Measure(
        lambda run, at: float((np.diff(run.curve) < -NOTHING * np.abs(run.curve[:-1])).sum()),
        lambda v, run: f"The log-likelihood falls in {_iterations(int(v))}.",
    ),
    "best k": Measure(
        lambda run, at: float(min(run.bics, key=lambda k: run.bics[k])),
        lambda v, run: f"BIC is lowest with {count(int(v), 'component')}.",
    ),
}


class Choice(Kind):
    """A choice of answers, of which that is right in which a measured number lies."""

    def asks(self, question, at, run):
        return "What do you expect?"

    def options(self, question, run):
        return tuple(option.text for option in question.options)

    def right(self, question, at, run):
        value = self._value(question, at, run)
        for i, option in enumerate(question.options):
            if option.least <= value < option.below:
                return i + 1
        return 0

    def judge(self, question, at, run, given, after):
        measure = MEASURES[question.measure]
        return Judged(
            given == self.right(question, at, run), measure.said(self._value(question, at, run), run)
        )

    def moves_to(self, question, at, after):
        return at if MEASURES[question.measure].now else At(after.n_iter, "E")

    def fits(self, question, at, run):
        value = self._value(question, at, run)
        return "" if np.isfinite(value) else f"There is no “{question.measure}” to measure of this run."

    def _value(self, question, at, run):
        return MEASURES[question.measure].of(run, at)


KINDS: Mapping[str, Kind] = {
    "mean": MeanGoes(),
    "claim": Claims(),
    "rise": Rises(),
    "stop": Stops(),
    "start": AnotherEnd(),
    "k": FindK(),
    "choice": Choice(),
}


def _iterations(n: int) -> str:
    return count(n, "iteration")


def _known_component(question: Question, run: Watched) -> str:
    k = run.mixtures[0].n_components
    if question.component <= k:
        return ""
    return f"The question is about component {question.component}, but there are {count(k, 'component')}."


def _goes_on(at: At, run: Watched, iterations: int) -> str:
    if at.iteration + iterations <= run.n_iter:
        return ""
    return f"The question is about iteration {at.iteration + iterations}, but this run ends at {run.n_iter}."

"""Where somebody is in a lesson, and what the picture shows there: before an answer, and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gmm_core.words import capital
from pages.ui.lessons import cached
from pages.ui.lessons.book import Lesson, Scene
from pages.ui.lessons.questions import KINDS, SHOW_ME, Judged, Kind, Question
from pages.ui.lessons.watched import Watched
from pages.ui.player import NOTHING_ASKED, At, Mark
from pages.ui.player import Asked as AskedOfPlayer


@dataclass(frozen=True)
class Turn:
    """A scene of a lesson, and what was answered.

    number : of the scene, from 1. answers : as texts, by the number of their scene. placed : means that were
    dragged, before they are an answer. others : places that a class marked. watched : whether somebody only
    watches how others answer.
    """

    lesson: Lesson
    number: int
    answers: Mapping[int, str] = field(default_factory=dict)
    placed: tuple[tuple[float, ...], ...] = ()
    others: tuple[Mark, ...] = ()
    watched: bool = False

    @property
    def scene(self) -> Scene:
        return self.lesson.scenes[self.number - 1]

    @property
    def last(self) -> bool:
        return self.number == len(self.lesson.scenes)

    @cached_property
    def asked(self) -> cached.Asked:
        return cached.Asked.of(self.scene)

    @cached_property
    def run(self) -> Watched:
        """The run of the scene; `ValueError` where there can be none."""
        return cached.watched(self.asked)

    @cached_property
    def at(self) -> At:
        return At.read(self.scene.at, self.run.n_iter)[0]

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What made no sense in the scene, and in the answer to it."""
        lost = At.read(self.scene.at, self.run.n_iter)[1].replace("The link asks", "The scene asks")
        asked = self.scene.question
        unfit = f"{self.unfit} The question is left out." if asked and self.unfit else ""
        odd = ""
        if self.text is not None and self.given is None and self.text != SHOW_ME and self.question:
            odd = "The answer in the link makes no sense here: it is as if you had asked to be shown."
        return tuple(filter(None, (*self.scene.problems, lost, unfit, odd)))

    @cached_property
    def unfit(self) -> str:
        """Why the question cannot be asked of this run; "" where it can, or there is none."""
        question = self.scene.question
        return KINDS[question.kind].fits(question, self.at, self.run) if question else ""

    @property
    def question(self) -> Question | None:
        return None if self.unfit else self.scene.question

    @property
    def kind(self) -> Kind | None:
        return KINDS[self.question.kind] if self.question else None

    @property
    def asks(self) -> str:
        """The question in words; "" where nothing is asked."""
        return (
            self.question and (self.question.ask or self.kind.asks(self.question, self.at, self.run))
        ) or ""

    @property
    def text(self) -> str | None:
        """What was answered here; None where nothing was."""
        return self.answers.get(self.number)

    @property
    def open(self) -> bool:
        """Whether an answer is waited for."""
        return self.question is not None and self.text is None

    @cached_property
    def given(self) -> Any:
        """The answer; None where there is none, or none that makes sense."""
        if self.kind is None or self.text in (None, SHOW_ME):
            return None
        return self.kind.read(self.text, self.question, self.run)

    @cached_property
    def shown(self) -> cached.Asked:
        """What makes the run that is shown what it is: after the answer it may be another one."""
        if self.kind is None:
            return self.asked
        given = self.placed if self.open else self.given
        if self.open and not (self.placed and self.kind.given == "means"):
            return self.asked
        after = self.kind.becomes(self.question, self.asked.settings, self.run, given)
        return replace(self.asked, settings=after)

    @cached_property
    def after(self) -> Watched:
        return self.run if self.shown == self.asked else cached.watched(self.shown)

    @cached_property
    def judged(self) -> Judged | None:
        """The answer beside what is; None where nothing was answered."""
        if self.kind is None or self.given is None:
            return None
        return self.kind.judge(self.question, self.at, self.run, self.given, self.after)

    def make(self) -> None:
        """Make the runs that are shown, or raise what `run` raises; only these take long."""
        for run in (self.run, self.after):
            assert run.mixtures

    def right_now(self) -> str:
        """What is right, in a sentence, for somebody who did not answer."""
        right = self.kind.right(self.question, self.at, self.run)
        if self.kind.given in ("means", "mark"):
            return ""
        if said := self.kind.is_right(self.question, self.at, self.run):
            return capital(said)
        return self.kind.judge(self.question, self.at, self.run, right, self.after).said

    @cached_property
    def until(self) -> int | None:
        """The last iteration that is shown, where the rest would give the answer away."""
        return self.at.iteration if self.open else None

    def opens(self, asked: At | None) -> tuple[At, AskedOfPlayer]:
        """Where the player opens, and what is asked about the picture. asked : the half-step of a link."""
        if self.question is None:
            goes_to = None if asked else self.plays_to()
            return asked or self.at, replace(NOTHING_ASKED, by_hand=False, goes_to=goes_to)
        mark = None if self.watched else self.kind.mark(self.question)
        if self.open:
            return self.at, AskedOfPlayer(True, mark, by_hand=self.kind.given == "means" and not self.watched)
        if mark:
            mark = replace(mark, place=self.given or (), open=False)
        goes_to = None if asked else self.kind.moves_to(self.question, self.at, self.after)
        return asked or self.at, AskedOfPlayer(False, mark, self.others, by_hand=False, goes_to=goes_to)

    def plays_to(self) -> At | None:
        """The half-step to which the scene plays by itself; None where it stands still."""
        play = self.scene.play
        if not play:
            return None
        end = At(self.run.n_iter, "E")
        return end if play == "end" else At.read(play, self.run.n_iter)[0]


def score(lesson: Lesson, answers: Mapping[int, str]) -> tuple[int, int]:
    """How many predictions in a lesson are right, of how many; who was only shown what is right made none."""
    right = answered = 0
    for number in answers:
        if not 1 <= number <= len(lesson.scenes):
            continue
        try:
            turn = Turn(lesson, number, answers)
            if turn.judged is None:
                continue
            answered += 1
            right += turn.judged.right
        except ValueError:  # the scene says why it has no run
            continue
    return right, answered

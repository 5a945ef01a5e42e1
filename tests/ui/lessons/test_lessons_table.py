"""Every lesson of the app: each scene opens, its right answer is judged right, and a wrong one wrong."""

import numpy as np
import pytest

from pages.ui.lessons import book, cached
from pages.ui.lessons.questions import KINDS
from pages.ui.lessons.turns import Turn
from pages.ui.lessons.ways import WAYS
from pages.ui.player.header import decode

LESSONS = {name: book.of_the_app(name) for name in book.NAMES}
SCENES = [(name, number) for name, lesson in LESSONS.items() for number in range(1, len(lesson.scenes) + 1)]
ELSEWHERE = {"starts": "-9,8;3,5;4,-5"}  # starts that end in another place


def answers(turn):
    """A right answer and a wrong one, as texts."""
    question, run = turn.question, turn.run
    right = turn.kind.right(question, turn.at, run)
    if turn.kind.given == "mark":
        j = question.component - 1
        mixture = run.mixtures[turn.kind.moves_to(question, turn.at, run).iteration]
        away = np.array(right) + np.linalg.cholesky(mixture.full_covariances[j])[:, 0]  # one deviation
        return ",".join(map(str, right)), ",".join(map(str, away))
    if turn.kind.given == "share":
        return f"{right[0]},{right[1]}", f"{right[0] % run.last.n_components + 1},{right[1]}"
    if turn.kind.given == "number":
        return str(right), str(2 * right + 5)
    if turn.kind.given == "means":
        return ELSEWHERE[turn.lesson.name], turn.scene.settings.means
    return str(right), str(1 if right > 1 else len(turn.kind.options(question, run)))


@pytest.mark.parametrize(("name", "number"), SCENES)
def test_a_scene_opens_and_its_answers_are_judged(name, number):
    turn = Turn(LESSONS[name], number)
    assert turn.problems == ()
    assert turn.scene.say
    shown, _ = decode(cached.drawn(turn.shown, turn.until).content)
    assert shown["steps"] == (turn.at.iteration if turn.open else turn.run.n_iter)
    if turn.question is None:
        return
    assert turn.question.why
    assert turn.kind.asks(turn.question, turn.at, turn.run)
    for text, is_right in zip(answers(turn), (True, False), strict=True):
        answered = Turn(LESSONS[name], number, {number: text})
        assert answered.judged.right is is_right, answered.judged.said
        assert answered.problems == ()
    first, asked = answered.opens(None)
    assert first == turn.at
    assert asked.goes_to.iteration <= answered.after.n_iter
    assert not asked.held
    told = turn.kind.read("nonsense", turn.question, turn.run)
    assert told is None


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_lesson_is_one_of_five_minutes(lesson):
    assert 5 <= len(lesson.scenes) <= 8
    assert lesson.n_questions >= 3
    first = lesson.scenes[0]
    assert first.play, "it opens on a picture that moves"
    assert first.question is None
    assert lesson.title
    assert lesson.about
    assert lesson.explore.startswith("data=")


def test_all_kinds_of_question_are_asked_and_each_way_to_answer_is_known():
    asked = {scene.question.kind for lesson in LESSONS.values() for scene in lesson.scenes if scene.question}
    assert asked == set(KINDS)
    assert {kind.given for kind in KINDS.values()} == set(WAYS)


def test_a_question_hides_what_comes_and_the_reveal_shows_the_click_beside_the_mean():
    lesson = LESSONS["m_step"]
    turn = Turn(lesson, 2)
    first, asked = turn.opens(None)
    assert (str(first), asked.held, asked.mark.open, asked.mark.component) == ("0E", True, True, 1)
    answered = Turn(lesson, 2, {2: "-1,3"})
    first, asked = answered.opens(None)
    assert (str(first), str(asked.goes_to), asked.held) == ("0E", "1M", False)
    assert (asked.mark.open, asked.mark.place) == (False, (-1.0, 3.0))
    gap = np.array([-1, 3]) - turn.run.mixtures[1].means[1]
    off = np.sqrt(gap @ np.linalg.inv(turn.run.mixtures[1].full_covariances[1]) @ gap)
    assert answered.judged.said == (
        f"Your cross is {off:.2f} standard deviations of the component from where its mean goes; up to 0.5 "
        "counts as close."
    )

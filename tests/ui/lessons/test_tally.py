"""What a class answered, counted: of every kind of question, and of what makes no sense."""

import pytest

from pages.ui.lessons import tally
from pages.ui.lessons.book import of_the_app, read_lesson
from pages.ui.lessons.questions import KINDS
from pages.ui.lessons.turns import Turn

SCENE = """
[[scene]]
link = "data=tutorial_60&k=3&init=random_from_data&seed=1&at={at}"
[scene.question]
kind = "{kind}"
"""


def turn_of(kind, at="start", **more):
    text = SCENE.format(kind=kind, at=at) + "".join(f"{name} = {value}\n" for name, value in more.items())
    return Turn(read_lesson(text.replace("&at=start", "").encode(), "lesson.toml"), 1)


def counted(turn, texts):
    how = turn.kind, turn.question, turn.at, turn.run, turn.after
    return tally.count_up(*how, turn.asked.settings, texts)


def test_predicted_means_are_a_cloud():
    turn = turn_of("mean", "0E", component=2)
    right = turn.kind.right(turn.question, turn.at, turn.run)
    exact = ",".join(map(str, right))
    found = counted(turn, [exact, "1000", "1,1", "nonsense"])
    assert (found.n, found.right, found.bars) == (2, 1, ())
    assert [mark.component for mark in found.marks] == [1, 1]
    assert found.marks[0].place == pytest.approx(right)
    assert found.said == "1 of 2 answers right. The small crosses are all 2 answers."


def test_dragged_means_are_a_cloud_of_each_component():
    found = counted(turn_of("start"), ["0;2;4", "6;8;10"])
    assert (found.n, found.right) == (2, None)
    assert [mark.component for mark in found.marks] == [0, 1, 2, 0, 1, 2]
    assert found.said == "The small crosses are all 2 answers."


def test_options_are_counted_and_the_right_one_is_marked():
    turn = turn_of("rise", "1E")
    found = counted(turn, ["1", "1", "3", "9", "x"])
    assert [tuple(bar) for bar in found.bars] == [
        ("It rises", 2, True),
        ("It stays where it is", 0, False),
        ("It falls", 1, False),
    ]
    assert found.said == "2 of 3 answers right."
    assert 'width: 75.0%"></i>2' in found.chart
    assert "It rises ✓" in found.chart


def test_components_say_how_sure_a_class_was():
    turn = turn_of("claim", "1E", row=5)
    j, share = turn.kind.right(turn.question, turn.at, turn.run)
    other = j % 3 + 1
    found = counted(turn, [f"{j},{share}", f"{j},{share - 1}", f"{other},30"])
    assert [(bar.n, bar.right) for bar in sorted(found.bars, key=lambda bar: -bar.n)] == [
        (2, True),
        (1, False),
        (0, False),
    ]
    assert found.bars[other - 1].text == f"component {other}, on average 30% sure"
    assert found.right == 2


def test_numbers_are_counted_in_at_most_ten_bars():
    turn = turn_of("stop")
    n = turn.run.n_iter
    found = counted(turn, [str(n), str(n), "1"])
    assert len(found.bars) <= tally.MOST_BARS
    assert sum(bar.n for bar in found.bars) == 3
    (right,) = [bar for bar in found.bars if bar.right]
    low, _, high = right.text.partition(" to ")
    assert int(low) <= n <= int(high or low)


def test_nobody_answered():
    found = counted(turn_of("rise", "1E"), [])
    assert (found.said, found.chart) == ("Nobody answered.", "")


def test_every_question_of_the_app_can_be_counted():
    kinds = set()
    for name in ("mixture", "e_step", "m_step", "starts"):
        lesson = of_the_app(name)
        for number in range(1, len(lesson.scenes) + 1):
            turn = Turn(lesson, number)
            if turn.question is not None:
                kinds.add(turn.question.kind)
                assert counted(turn, ["1", "1,2", "2,80", "1.5,2;3,4"]).n <= 4
    assert kinds <= set(KINDS)


def test_the_text_of_a_stranger_is_text_in_the_chart():
    found = tally.Tally(1, 1, (tally.Bar("<b>bold</b>", 1, True),))
    assert "&lt;b&gt;bold" in found.chart

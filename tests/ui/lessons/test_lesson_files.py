"""Lessons as files: what is read, and what is wrong with them, in a sentence."""

import json

import pytest

from pages.ui.lessons.book import EXAMPLE, MOST_BYTES, MOST_IN_LINK, from_link, read_lesson, to_link
from pages.ui.lessons.turns import Turn

SCENE = '[[scene]]\nlink = "data=blobs&k=3&seed=6&at=1M"\nsay = "Look."\n'
CHOICE = SCENE + '[scene.question]\nkind = "choice"\nmeasure = "iterations"\n'


def of(text, name="mine.toml"):
    return read_lesson(text.encode(), name)


def test_a_lesson_is_read_from_toml_and_from_json_alike():
    lesson = of('title = "Mine"\n' + SCENE)
    told = {"title": "Mine", "scene": [{"link": "data=blobs&k=3&seed=6&at=1M", "say": "Look."}]}
    assert of(json.dumps(told), "mine.json") == lesson
    assert (lesson.name, lesson.title, lesson.explore) == ("own", "Mine", "data=own")
    assert str(Turn(lesson, 1).at) == "1M"


def test_a_whole_link_may_stand_for_its_query():
    lesson = of(SCENE.replace("data=blobs", "/explore?data=blobs"))
    assert lesson.scenes[0].settings.data == "blobs"
    assert lesson.title == "mine.toml"


def test_a_wrong_setting_gives_the_sentence_of_any_link():
    scene = of(SCENE.replace("k=3", "k=99&colour=red")).scenes[0]
    assert scene.problems == (
        "The link says `k=99`, but the number of components is a whole number from 1 to 12. `k=3` is "
        "used instead.",
        "The link sets `colour`, which means nothing here; it is left out.",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = 3", "This file has no scenes: a lesson has at least one part [[scene]], with a link and a"),
        ('title = "', "`mine.toml` is not a lesson in TOML or JSON: "),
        ("[1, 2]", "`mine.toml` is not a lesson in TOML or JSON: "),
        ("\x00", "`mine.toml` is not a lesson in TOML or JSON: "),
        (
            "colour = 1\n" + SCENE,
            "A lesson has `colour`, but it can have title, about, explore, ",
        ),
        ("picture = 2\n" + SCENE, "The lesson's picture is that of a scene, a whole number from 1 to 1."),
        (
            SCENE + 'play = "3X"',
            "Scene 1 plays to `3X`, but it can play to a half-step as 3M",
        ),
        (
            SCENE + "[scene.question]",
            "The question of scene 1 is of the kind ``, but there are mean, ",
        ),
        (
            SCENE + 'mistakes = "none,slow"',
            "Scene 1 has the mistake `slow`, which the page Debug",
        ),
        (
            SCENE + '[scene.question]\nkind = "claim"\nrow = 0',
            "The question of scene 1 says `row = 0`, but that is a whole number from 1.",
        ),
        (CHOICE, "The question of scene 1 has 0 options, but there are 2 to 4 to choose from."),
        (CHOICE.replace("iterations", "beauty"), "The question of scene 1 measures `beauty`, but there are "),
        (
            CHOICE + 'options = ["a", "b"]',
            "The question of scene 1 has an option without parts",
        ),
        ("#" * (MOST_BYTES + 1), "A lesson has at most 200 kB; this file has 200,001 bytes."),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text, sentence):
    with pytest.raises(ValueError) as error:
        of(text)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ('kind = "mean"\ncomponent = 9', "The question is about component 9, but there are 3 components."),
        ('kind = "rise"\niterations = 99', "The question is about iteration 100, but this run ends at 28."),
        ('kind = "claim"\nrow = 999', "The question is about row 999, but there are 300."),
        (
            'kind = "choice"\nmeasure = "lead"\noptions = [{text = "a"}, {text = "b"}]',
            "There is no “lead” to measure of this run.",
        ),
    ],
)
def test_a_question_that_a_run_cannot_answer_is_left_out_and_that_is_said(question, sentence):
    turn = Turn(of(SCENE + f"[scene.question]\n{question}"), 1)
    assert turn.question is None
    assert turn.problems == (f"{sentence} The question is left out.",)


def test_the_example_is_a_lesson():
    lesson = of(EXAMPLE)
    assert [scene.problems for scene in lesson.scenes] == [(), ()]
    assert Turn(lesson, 2).question


def test_a_short_lesson_goes_into_a_link_and_comes_back():
    text = to_link(EXAMPLE.encode())
    assert 0 < len(text) < MOST_IN_LINK
    assert from_link(text) == of(EXAMPLE, "the link")
    with pytest.raises(
        ValueError, match=r"^The link holds a lesson that was cut off or changed on its way\.$"
    ):
        from_link("abc" + text[3:])
    noise = "".join(f"# {i**7}\n" for i in range(2000))
    assert to_link(noise.encode()) == ""

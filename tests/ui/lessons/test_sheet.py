"""A lesson on paper: every scene with its question, and solutions that the engine found."""

import re
from base64 import b64decode
from functools import cache
from xml.etree import ElementTree

import pytest
from link import opened

from pages.ui.lessons import book
from pages.ui.lessons.sheet import sheet
from pages.ui.lessons.turns import Turn

PICTURE = re.compile(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="(Picture|Solution) (\d)')


@cache
def made(name):
    """The sheet of a lesson of the app."""
    return sheet(book.of_the_app(name))


def parts(page):
    """The exercises and the solutions of a page."""
    return page.split('<div class="solutions">')


@pytest.mark.parametrize("name", book.NAMES)
def test_every_lesson_is_one_file_to_print_with_its_solutions_apart(name):
    lesson = book.of_the_app(name)
    page = made(lesson.name)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "@page {size: A4" in page
    exercises, solutions = parts(page)
    scenes = range(1, len(lesson.scenes) + 1)
    asked = [number for number in scenes if lesson.scenes[number - 1].question]
    assert [int(number) for _, _, number in PICTURE.findall(exercises)] == list(scenes)
    assert [int(number) for number in re.findall(r"<h2>(\d+) ", solutions)] == asked
    assert "cannot be shown" not in page
    assert f"<h1>Solutions: {lesson.title}</h1>" in page, "a title may be a question"
    assert not re.search(r"\b(?:Click|Unfold|[Tt]ick)\b", page), "as if paper could"
    assert exercises.count('<p class="why">') == len(asked)
    for content, _, _ in PICTURE.findall(page):
        picture = ElementTree.fromstring(b64decode(content))
        assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) > 20


def test_what_is_right_is_on_the_page_of_solutions_alone():
    lesson = book.of_the_app("mixture")
    exercises, solutions = parts(made(lesson.name))
    turn = Turn(lesson, 3)
    right = turn.kind.options(turn.question, turn.run)[turn.kind.right(turn.question, turn.at, turn.run) - 1]
    for option in turn.kind.options(turn.question, turn.run):
        assert f"<li>{option}</li>" in exercises
    assert f"<strong>{right}.</strong> {turn.right_now()}" in solutions
    assert turn.right_now() not in exercises


def test_a_mean_is_where_it_goes_and_a_start_that_ends_elsewhere_is_found():
    lesson = book.of_the_app("m_step")
    turn = Turn(lesson, 2)
    x, y = turn.run.mixtures[1].means[1]
    page = made(lesson.name)
    assert f"Its mean will be at ({x:.4g}, {y:.4g})." in parts(page)[1]
    assert "Click" not in page
    assert re.search(r"For example from \(.*another place\.", parts(made("starts"))[1])


STRANGE = """\
title = "<b>Mine</b>"
[[scene]]
link = "data=moons&k=2"
say = "Look **here** and `there`, <script>alert(1)</script>."
[[scene]]
link = "data=own&k=2"
say = "Nobody has this table."
"""


def test_what_a_stranger_wrote_is_text_and_a_scene_without_a_run_says_why():
    page = sheet(book.read_lesson(STRANGE.encode(), "mine.toml"))
    assert "<h1>&lt;b&gt;Mine&lt;/b&gt;</h1>" in page
    assert "Look <strong>here</strong> and <code>there</code>, &lt;script&gt;alert(1)&lt;/script&gt;." in page
    assert page.count("This scene cannot be shown.") == 1
    assert len(PICTURE.findall(page)) == 1


def test_the_page_of_a_lesson_offers_its_sheet():
    app = opened("lessons.py", lesson="mixture")
    assert [one.proto.label for one in app.get("download_button")] == ["Exercise sheet"]

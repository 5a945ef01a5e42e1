"""What is chosen on the page of lessons: which one, the scene, and what was answered. Pure: no Streamlit."""

from __future__ import annotations

import re

from pages.ui.address.field import Field
from pages.ui.lessons.book import MOST_IN_LINK, MOST_SCENES, NAMES, OWN
from pages.ui.runs.rooms import LENGTH, LETTERS

# The number of a scene and the answer given there, one after another: 2:1.5,3~4:1
_ANSWER = r"[1-9]\d?:(?:x|[-+0-9.,;e]+)"
ANSWERS = re.compile(rf"{_ANSWER}(?:~{_ANSWER})*")

FIELDS: dict[str, Field] = {
    "lesson": Field("lesson", "the lesson", "", ("", *NAMES, OWN), rare=True, place=True),
    "lesson_scene": Field("scene", "the scene", 1, least=1, most=MOST_SCENES, rare=True, place=True),
    "lesson_answers": Field(
        *("answers", "what was answered", ""),
        pattern=ANSWERS,
        wanted="is scene:answer, such as 2:1.5,3~4:1",
        rare=True,
        place=True,
    ),
    "lesson_text": Field(
        *("text", "the lesson in the link", ""),
        pattern=re.compile(rf"[A-Za-z0-9_-]{{8,{MOST_IN_LINK}}}"),
        wanted=f"is a short lesson, in at most {MOST_IN_LINK:,} letters",
        rare=True,
        place=True,
    ),
    "lesson_room": Field(
        *("join", "the code of the room", ""),
        pattern=re.compile(f"[{LETTERS}]{{{LENGTH}}}"),
        wanted=f"is {LENGTH} letters and digits, such as K7PMX4",
        rare=True,
        place=True,
    ),
}


def read_answers(text: str) -> dict[int, str]:
    """The answers in a link's text, by the number of their scene; of several to one scene the first."""
    answers: dict[int, str] = {}
    for part in filter(None, text.split("~")):
        number, _, answer = part.partition(":")
        answers.setdefault(int(number), answer)
    return answers


def write_answers(answers: dict[int, str]) -> str:
    return "~".join(f"{number}:{answer}" for number, answer in sorted(answers.items()))

"""A lesson as an exercise sheet: one HTML file to print, A4, with the solutions on a page of their own.

It needs no server, no script and no internet. Everything on it is asked and solved by the runs of the lesson
themselves.
"""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from markupsafe import Markup, escape

from gmm_core.words import count
from pages.ui.lessons import cached
from pages.ui.lessons.book import Lesson
from pages.ui.lessons.questions import SHOW_ME
from pages.ui.lessons.turns import Turn
from pages.ui.look import palette
from pages.ui.look.markup import template
from pages.ui.player import At, pictures
from pages.ui.player.pictures import OnPaper
from pages.ui.player.printed import FORMS
from pages.ui.runs import processes
from pages.ui.runs.work.tasks import Report

HERE = Path(__file__).parent
STARTS_TRIED = 20  # for one that ends elsewhere
HOW = {  # an answer is given with a pencil; by `ways.WAYS`
    "mark": "Draw a cross into the picture.",
    "share": "Component ______ claims it, with ______ per cent.",
    "choice": "",
    "number": "After ______ iterations.",
    "means": "Draw the means of your start into the picture.",
}
STYLE = palette.painted("""
@page {size: A4; margin: 15mm}
* {box-sizing: border-box}
body {font: 11pt/1.4 system-ui, sans-serif; color: $PRINT; background: white; max-width: 180mm; margin: auto;
  overflow-wrap: anywhere}
h1 {font-size: 18pt; line-height: 1.2; margin: 0} h2 {font-size: 12pt; margin: 0 0 1mm}
p {margin: 0 0 2mm}
header {display: flex; justify-content: space-between; gap: 8mm; align-items: baseline; margin-bottom: 1mm}
header span {white-space: nowrap}
section {break-inside: avoid; margin: 5mm 0 0}
h2 span {font-weight: 400; font-size: 9pt}
img {display: block; width: 100%; margin: 1mm 0}
code {font-size: 0.95em}
.ask {font-weight: 600}
.at {font-size: 9pt; color: $TEXT}
ul.options {list-style: none; margin: 0 0 2mm; padding: 0; display: flex; flex-wrap: wrap; gap: 1mm 8mm}
ul.options li::before {content: ""; display: inline-block; width: 3.5mm; height: 3.5mm; border: 0.3mm solid;
  margin-right: 2mm; vertical-align: -0.5mm}
.why {border-bottom: 0.2mm solid; height: 8mm; margin: 0 0 1mm; display: flex; align-items: end}
.solutions {break-before: page}
.solutions section {margin-top: 4mm}
.solutions img {width: 125mm}
@media screen {body {padding: 10mm 4mm}}
""")

_PAGE = template((HERE / "sheet.html").read_text(encoding="utf-8"))
_STRESSED = re.compile(r"\*\*(.+?)\*\*")
_ITALIC = re.compile(r"\*(.+?)\*")
_CODE = re.compile(r"`(.+?)`")


class Exercise(NamedTuple):
    """A scene on paper. picture : what it shows, or an address with the picture in it; at : the half-step of
    it, in words.
    options : what can be ticked. how : how an answer is given. problem : why the scene has no picture.
    """

    number: int
    say: Markup
    picture: OnPaper | str = ""
    at: str = ""
    ask: str = ""
    options: tuple[str, ...] = ()
    how: str = ""
    problem: str = ""


class Solution(NamedTuple):
    """The answer to the question of a scene: what is right, what comes of it, and why; see `Exercise`."""

    number: int
    right: str
    said: str
    why: str
    picture: OnPaper | str = ""
    at: str = ""


T = TypeVar("T", Exercise, Solution)


def sheet(lesson: Lesson, report: Report = lambda done: None) -> str:
    """The page of a lesson, as HTML. What a lesson says is anyone's, and escaped.

    report : called with how far a picture is; what it raises ends the work.
    """
    exercises, solutions = [], []
    for number in range(1, len(lesson.scenes) + 1):
        turn = Turn(lesson, number)
        try:
            exercises.append(_exercise(turn))
            if turn.question:
                solutions.append(_solution(turn))
        except ValueError as error:
            exercises.append(Exercise(number, _marked(turn.scene.say), problem=str(error)))
    exercises, solutions = _drawn(exercises, report), _drawn(solutions, report)
    most = max(scene.settings.n_components for scene in lesson.scenes)
    return _PAGE(
        title=lesson.title,
        about=lesson.about,
        style=Markup(STYLE),
        forms=[f"{j} {form}" for j, form in enumerate(list(FORMS)[:most], 1)],
        exercises=exercises,
        solutions=solutions,
    )


def _drawn(parts: list[T], report: Report) -> list[T]:
    """The same with their pictures, some of which are drawn at once."""
    asked = [part.picture for part in parts if part.picture]
    svgs = processes.mapped(report)(pictures.on_paper, asked)
    return [part._replace(picture=_address(next(svgs))) if part.picture else part for part in parts]


def _address(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}"


def _exercise(turn: Turn) -> Exercise:
    at = turn.at if turn.question else turn.plays_to() or turn.at
    ringed = turn.question.row if turn.question and turn.kind.given == "share" else None
    drawn = Exercise(turn.number, _marked(turn.scene.say), _picture(turn, at, ringed), _half_step(at))
    if not turn.question:
        return drawn
    how = HOW[turn.kind.given]
    if ringed:
        row = turn.run.data.X[ringed - 1]
        if len(row) <= 3:
            how = f"It is row {ringed}, at ({_numbers(row)}). {how}"
    return drawn._replace(ask=turn.asks, options=turn.kind.options(turn.question, turn.run), how=how)


def _solution(turn: Turn) -> Solution:
    question, kind = turn.question, turn.kind
    right = kind.right(question, turn.at, turn.run)
    said = turn.right_now()
    picture: OnPaper | str = ""
    at = ""
    if kind.given == "means":
        words, turn = _another_start(turn)
        said = turn.judged.said if turn.judged else ""
    elif kind.given == "mark":
        words = f"Its mean will be at ({_numbers(right)})."
    elif kind.given == "share":
        words, said = f"Component {right[0]}, with {right[1]:.1f}%.", ""
    elif kind.given == "number":
        words, said = f"It stops after {count(right, 'iteration')}.", ""
    else:
        words = f"{kind.options(question, turn.run)[right - 1]}."
    if kind.given in ("means", "mark"):
        goes_to = kind.moves_to(question, turn.at, turn.after)
        answered = Turn(turn.lesson, turn.number, turn.answers or {turn.number: SHOW_ME})
        picture = _picture(answered, goes_to)
        at = _half_step(goes_to)
    return Solution(turn.number, words, said, question.why, picture, at)


def _another_start(turn: Turn) -> tuple[str, Turn]:
    """A start from which the run ends elsewhere, found by trying, and the scene after that answer."""
    X, k = turn.run.data.X, turn.run.mixtures[0].n_components
    for seed in range(STARTS_TRIED):
        means = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
        text = ";".join(_numbers(mean, "", ",") for mean in means)
        tried = Turn(turn.lesson, turn.number, {turn.number: text})
        try:
            found = tried.judged is not None and tried.judged.right
        except ValueError:  # a start with which there is no run
            continue
        if found:
            return f"For example from ({'), ('.join(_numbers(mean) for mean in means)}).", tried
    return f"None of {STARTS_TRIED} starts at random rows ends elsewhere.", turn


def _numbers(place, space: str = " ", between: str = ",") -> str:
    return f"{between}{space}".join(f"{number:.4g}" for number in place)


def _half_step(at: At) -> str:
    return "The start" if at.is_start else f"Iteration {at.iteration}, after its {at.half}-step"


def _picture(turn: Turn, at: At, row: int | None = None) -> OnPaper:
    """The picture of a half-step. row : the one that has a ring around it, from 1."""
    scene = cached.drawn(turn.shown, turn.until)
    where = np.flatnonzero(scene.rows == (row or 0) - 1)
    return OnPaper(scene.content, at.iteration, at.half, int(where[0]) if len(where) else None)


def _marked(text: str) -> Markup:
    """A sentence of a lesson, in which words are stressed, and code stands between backticks."""
    html = str(escape(text))
    for pattern, tag in ((_CODE, "code"), (_STRESSED, "strong"), (_ITALIC, "em")):
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return Markup(html)

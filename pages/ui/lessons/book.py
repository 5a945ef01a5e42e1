"""Lessons as data: a file in `book/` is one, and so is a file that a teacher opens. Pure: no Streamlit.

TOML, because people write and mend these files by hand: sentences need no quotes within quotes and may run
over lines, remarks can stand beside a scene, and Python reads it without another library. JSON says the same,
for programs, and is read too.

`EXAMPLE` is one with all that a scene can say; what else a question can, see `questions.Question`.

A scene's run is what its link says, by the same reader as any link of Explore, and so are the sentences about
what makes no sense in it. With `mistakes` the scene is the code of the page Debug with these mistakes, from
`begin`.
"""

from __future__ import annotations

import base64
import json
import re
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import STARTS
from gmm_core.words import as_code, together, uncapital
from pages.ui.address.settings import SIGHT, Settings, read
from pages.ui.lessons.questions import KINDS, MEASURES, Option, Question
from pages.ui.look import evidence
from pages.ui.shell.lessons import MOST_CHARACTERS, MOST_SCENES

EXAMPLE = """\
title = "The E-step"
about = "Who claims which point?"        # on the card
explore = "data=own&k=3"                 # the link at the end, to Explore

[[scene]]
link = "data=blobs&k=3&seed=6&at=0E"     # of Explore: all of it, or what follows its "?"
say = "Colours say how much each component claims a point."
play = "end"                             # plays on to there when it opens; or to a half-step, 3M

[[scene]]
link = "data=blobs&k=3&seed=6&at=1M"
say = "The ringed point lies between two components."

[scene.question]
kind = "claim"                           # or mean, rise, stop, start, k, choice
row = 47
why = "It is nearer to one mean, but the other component is wider."
"""
FOLDER = Path(__file__).parent / "book"
MOST_BYTES = 200_000
MOST_IN_LINK = 4000  # letters; browsers and servers take no links of any length
OWN = "own"  # the lesson that was opened as a file
HALF_STEP = re.compile(r"end|(?:0|[1-9]\d{0,3})[EM]")


@dataclass(frozen=True)
class Scene:
    """A picture with a sentence, and perhaps a question.

    settings, at, sight, truth : what its link says. mistakes, begin : of code that is no EM, see `faulty_em`.
    play : the half-step to which it plays by itself, or "end". problems : sentences on what made no sense.
    """

    settings: Settings
    say: str
    at: str = ""
    play: str = ""
    question: Question | None = None
    mistakes: tuple[str, ...] = ()
    begin: str = ""
    sight: tuple[tuple[str, Any], ...] = ()
    truth: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A lesson. explore : the query of the link at its end. picture : the scene whose run is on its card."""

    name: str
    title: str
    about: str
    scenes: tuple[Scene, ...]
    explore: str = "data=own"
    picture: int = 1

    @property
    def n_questions(self) -> int:
        return sum(scene.question is not None for scene in self.scenes)


def files() -> dict[str, Path]:
    """The lessons of the app by name, in the order of their numbers."""
    return {path.stem.partition("_")[2]: path for path in sorted(FOLDER.glob("*.toml"))}


NAMES = tuple(files())


def of_the_app(name: str) -> Lesson:
    return read_lesson(files()[name].read_bytes(), f"{name}.toml", name)


def read_lesson(content: bytes, filename: str, name: str = OWN) -> Lesson:
    """The lesson in a file; a `ValueError` says in a sentence why it is none."""
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"A lesson has at most {MOST_BYTES // 1000} kB; this file has {len(content):,} bytes."
        )
    told = _parsed(content, filename)
    _only(told, ("title", "about", "explore", "picture", "scene"), "A lesson")
    scenes = told.get("scene", [])
    if not isinstance(scenes, list) or not scenes or not all(isinstance(one, dict) for one in scenes):
        raise ValueError(
            "This file has no scenes: a lesson has at least one part [[scene]], with a link and a sentence."
        )
    if len(scenes) > MOST_SCENES:
        raise ValueError(f"A lesson has at most {MOST_SCENES} scenes; this one has {len(scenes)}.")
    return Lesson(
        name,
        _text(told, "title", "The lesson") or filename,
        _text(told, "about", "The lesson"),
        tuple(_scene(one, f"Scene {i}") for i, one in enumerate(scenes, 1)),
        query_of(_text(told, "explore", "The lesson") or "data=own"),
        _number(told.get("picture", 1), len(scenes)),
    )


def _number(picture: Any, n: int) -> int:
    if type(picture) is not int or not 1 <= picture <= n:
        raise ValueError(f"The lesson's picture is that of a scene, a whole number from 1 to {n}.")
    return picture


def packed(content: bytes) -> str:
    """A lesson's file as a text, which `from_link` reads."""
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


def to_link(content: bytes) -> str:
    """The same for a link; "" where it is too long for one."""
    text = packed(content)
    return text if len(text) <= MOST_IN_LINK else ""


def from_link(text: str) -> Lesson:
    """The lesson in a link; a `ValueError` where it is none."""
    try:
        small = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = zlib.decompressobj().decompress(small, MOST_BYTES)
    except (ValueError, zlib.error):
        raise ValueError("The link holds a lesson that was cut off or changed on its way.") from None
    return read_lesson(content, "the link")


def query_of(link: str) -> str:
    """The query of a link, of which it may be all."""
    return link.strip().rpartition("?")[2]


def _parsed(content: bytes, filename: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        told = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except UnicodeDecodeError:
        told = None
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{as_code(filename)} is not a lesson in TOML or JSON: {evidence.literal(str(error)[:200])}."
        ) from None
    if not isinstance(told, dict):
        raise ValueError(f"{as_code(filename)} is not a lesson: a text in TOML or JSON is wanted.")
    return told


def _scene(told: Mapping[str, Any], where: str) -> Scene:
    _only(told, ("link", "say", "play", "question", "mistakes", "begin"), where)
    query = dict(parse_qsl(query_of(_text(told, "link", where))))
    settings, problems = Settings.from_query(query)
    sight, unseen = read({name: query[name] for name in SIGHT if name in query}, SIGHT)
    play = _text(told, "play", where)
    if play and not HALF_STEP.fullmatch(play):
        raise ValueError(
            f"{where} plays to {as_code(play)}, but it can play to a half-step as 3M, or to the end."
        )
    mistakes = tuple(filter(None, _text(told, "mistakes", where).split(",")))
    if unknown := [one for one in mistakes if one not in FAULTS and one != "none"]:
        raise ValueError(
            f"{where} has the mistake {as_code(unknown[0])}, which the page Debug does not have."
        )
    begin = _text(told, "begin", where) or "centres"
    if begin not in STARTS:
        raise ValueError(
            f"{where} begins with {as_code(begin)}, but code begins with {together(list(STARTS))}."
        )
    if settings.data == "own":
        problems = (*problems, "A lesson holds no table of one's own; choose a dataset of the app.")
    return Scene(
        settings,
        _text(told, "say", where),
        query.get("at", ""),
        play,
        _question(told["question"], where) if "question" in told else None,
        mistakes,
        begin if mistakes else "",
        tuple(sight.items()),
        query.get("truth") == "yes",
        (*problems, *unseen),
    )


_WANTED = {"component": int, "row": int, "iterations": int, "end": bool}


def _question(told: Any, where: str) -> Question:
    where = f"The question of {uncapital(where)}"
    if not isinstance(told, dict):
        raise ValueError(f"{where} has no parts: it needs a kind.")
    _only(told, tuple(field.name for field in fields(Question)), where)
    kind = _text(told, "kind", where)
    if kind not in KINDS:
        raise ValueError(f"{where} is of the kind {as_code(kind)}, but there are {together(list(KINDS))}.")
    for name, type_ in _WANTED.items():
        if name in told and (type(told[name]) is not type_ or (type_ is int and told[name] < 1)):
            wanted = "a whole number from 1" if type_ is int else "true or false"
            raise ValueError(f"{where} says {as_code(f'{name} = {told[name]}')}, but that is {wanted}.")
    texts = {name: _text(told, name, where) for name in ("ask", "why", "measure")}
    options = tuple(_option(one, where) for one in told.get("options", []))
    if kind == "choice":
        if texts["measure"] not in MEASURES:
            raise ValueError(
                f"{where} measures {as_code(texts['measure'])}, but there are {together(list(MEASURES))}."
            )
        if not 2 <= len(options) <= 4:
            raise ValueError(f"{where} has {len(options)} options, but there are 2 to 4 to choose from.")
    rest = {name: told[name] for name in _WANTED if name in told}
    return Question(kind, options=options, **texts, **rest)


def _option(told: Any, where: str) -> Option:
    if not isinstance(told, dict):
        raise ValueError(f"{where} has an option without parts: it needs a text.")
    _only(told, ("text", "least", "below"), where)
    limits = {name: told[name] for name in ("least", "below") if name in told}
    for name, limit in limits.items():
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise ValueError(f"{where} says {as_code(f'{name} = {limit}')}, but that is a number.")
    return Option(_text(told, "text", where), **limits)


def _text(told: Mapping[str, Any], name: str, where: str) -> str:
    text = told.get(name, "")
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"{where} has a {as_code(name)} that is no text of at most {MOST_CHARACTERS:,} letters."
        )
    return " ".join(text.split())


def _only(told: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in told:
        if name not in known:
            raise ValueError(f"{where} has {as_code(str(name))}, but it can have {together(list(known))}.")

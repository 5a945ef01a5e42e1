"""Rooms: a class that follows one lesson, and answers from devices of its own.

They lie in one small database, in the folder of what visitors brought: there they survive a restart, and
several servers may share them. Without that folder they are in memory. Of people nothing is kept: a visitor
is the digest of a random secret, see `address.visitor`, and becomes a number that goes when the room ends.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from weakref import finalize

from cachetools import TTLCache

from pages.ui.runs import on_disk

SECONDS = 4 * 3600  # after which a room ends by itself
MOST = 500  # in a room
MOST_ROOMS = 1000
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another
LENGTH = 6  # a billion codes, nearly
TRIES, PAUSE = 6, 60.0  # so many codes that lead nowhere; then seconds of rest
MOST_TRYING = 10_000  # visitors whose tries are remembered
PATIENCE = 10.0  # seconds to wait for another server's change
LEADER = 0  # the number of whoever opened a room

NOWHERE = (
    "There is no room {code}, or it is not kept here any more. A code has six letters and digits, and none "
    "of I, L, O, 0 and 1: compare it with the screen, and type it again."
)
ENDED = "The room {code} has ended: by the button of whoever led it, or after four hours."
WAIT = "Several codes led nowhere. Wait a minute, and then type the one that stands on the screen."
FULL = "The room {code} is full: {most} have joined. Watch the screen, or take the lesson by yourself."
LATE = (
    "Your answer came after the reveal. It does not count in the room; here it stands beside what is right."
)
NOT_YOURS = "Only the device that opened the room leads it; this one follows."
TOO_MANY = "There are too many rooms here at the moment. Try again later, or teach without one."
UNREACHED = "The rooms cannot be reached at the moment. Nothing is lost: try again in a moment."
_TABLES = """
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS rooms (
    code TEXT PRIMARY KEY, opened REAL, ended INTEGER, lesson TEXT, text TEXT, scene INTEGER, revealed TEXT
);
CREATE TABLE IF NOT EXISTS names (code TEXT, name TEXT, number INTEGER, PRIMARY KEY (code, name));
CREATE TABLE IF NOT EXISTS answers (
    code TEXT, scene INTEGER, number INTEGER, answer TEXT, PRIMARY KEY (code, scene, number)
);
"""


class RoomError(ValueError):
    """What cannot be done in a room, or with it; the message is a sentence for the visitor."""


class Gone(RoomError):
    """There is no such room, or not for this visitor."""


class Late(RoomError):
    """An answer that came after the reveal."""


@dataclass(frozen=True)
class Room:
    """A room, as a visitor sees it.

    lesson, text : the name of its lesson, and what holds that, if it is none of the app's.
    scene, revealed : where it is, from 1, and the scenes whose answers are known. leads : whether the visitor
    does. joined, answered : how many have joined, and answered in this scene; `mine` is the visitor's answer.
    """

    code: str
    lesson: str
    text: str
    scene: int
    revealed: frozenset[int]
    leads: bool
    joined: int
    answered: int
    mine: str | None

    @property
    def is_revealed(self) -> bool:
        return self.scene in self.revealed

    @property
    def moment(self) -> tuple[int, bool]:
        """What all are to see; at another one, a page is drawn anew."""
        return self.scene, self.is_revealed


class Rooms:
    """All rooms, for threads and servers at once. path : of the database; by default it is in memory.

    Every method raises `RoomError`.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, RLock()
        self._tries: TTLCache[str, int] = TTLCache(MOST_TRYING, PAUSE, clock)
        # We begin and end transactions ourselves, and use it from one thread at a time.
        where = str(path or ":memory:")
        self._base = sqlite3.connect(where, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        finalize(self, self._base.close)  # Python closes no database by itself
        self._base.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the database; what lies in it stays."""
        with self._lock:
            self._base.close()

    def open(self, who: Set[str], lesson: str, scene: int = 1, text: str = "") -> str:
        """A new room that this visitor leads; its code. One that the visitor led before ends."""
        with self._at_once("IMMEDIATE"):
            self._clean()
            for (code,) in self._all("SELECT code FROM names WHERE number = 0", who):
                self._finish(code)
            if self._one("SELECT COUNT(*) FROM rooms WHERE NOT ended")[0] >= MOST_ROOMS:
                raise RoomError(TOO_MANY)
            code = new_code()
            while self._one("SELECT 1 FROM rooms WHERE code = ?", code):
                code = new_code()
            self._run(
                "INSERT INTO rooms VALUES (?, ?, 0, ?, ?, ?, '[]')", code, self._clock(), lesson, text, scene
            )
            self._name(code, who, LEADER)
        return code

    def look(self, code: str, who: Set[str]) -> Room:
        """A room as this visitor sees it, who is in it from now on. `Gone` says why that cannot be."""
        try:
            with self._at_once():
                known = bool(self._one("SELECT 1 FROM rooms WHERE code = ?", code))
                found = self._seen(code, who)
        except Gone:
            with self._at_once("IMMEDIATE"):
                self._clean()
            raise
        if found is not None:
            return found
        self._heed_tries(who, known)
        with self._at_once("IMMEDIATE"):
            return self._joined(code, who)

    def answer(self, code: str, who: Set[str], scene: int, text: str) -> None:
        """Count an answer, in place of the same visitor's last one; `Late` if it is revealed."""
        self.look(code, who)
        with self._at_once("IMMEDIATE"):
            room = self._joined(code, who)
            if room.leads:
                raise RoomError("Whoever leads a room does not answer in it.")
            if room.moment != (scene, False):
                raise Late(LATE)
            number = self._number(code, who)
            self._run("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", code, scene, number, text)

    def answers(self, code: str, scene: int) -> tuple[str, ...]:
        """All answers in a scene, in an order that says nothing about who gave them."""
        with self._at_once():
            found = self._all("SELECT answer FROM answers WHERE code = ? AND scene = ?", (), code, scene)
        return tuple(sorted(answer for (answer,) in found))

    def reveal(self, code: str, who: Set[str], scene: int) -> None:
        """From here on no answer counts in this scene."""
        with self._leading(code, who) as room:
            told = json.dumps(sorted({*room.revealed, scene}))
            self._run("UPDATE rooms SET revealed = ? WHERE code = ?", told, code)

    def go(self, code: str, who: Set[str], scene: int) -> None:
        """Lead all to a scene."""
        with self._leading(code, who):
            self._run("UPDATE rooms SET scene = ? WHERE code = ?", scene, code)

    def end(self, code: str, who: Set[str]) -> None:
        """Nobody is in the room any more, and nothing that was answered is kept."""
        with self._leading(code, who):
            self._finish(code)

    def _seen(self, code: str, who: Set[str]) -> Room | None:
        """The room as somebody sees it who is in it, or leads it; None for others. `Gone` where it ended."""
        row = self._one("SELECT opened, ended, lesson, text, scene, revealed FROM rooms WHERE code = ?", code)
        if not row:
            return None
        opened, ended, lesson, text, scene, revealed = row
        if ended or self._clock() >= opened + SECONDS:
            raise Gone(ENDED.format(code=code))
        number = self._number(code, who)
        if number is None:
            return None
        here = "FROM answers WHERE code = ? AND scene = ?"
        mine = self._one(f"SELECT answer {here} AND number = ?", code, scene, number)
        return Room(
            *(code, lesson, text, scene),
            frozenset(json.loads(revealed)),
            leads=number == LEADER,
            joined=self._last_number(code),
            answered=self._one(f"SELECT COUNT(*) {here}", code, scene)[0],
            mine=mine[0] if mine else None,
        )

    def _joined(self, code: str, who: Set[str]) -> Room:
        """The same, within a change: whoever is not in it joins."""
        if (found := self._seen(code, who)) is not None:
            return found
        if not self._one("SELECT 1 FROM rooms WHERE code = ?", code):
            raise Gone(NOWHERE.format(code=code))
        number = self._last_number(code) + 1
        if number > MOST:
            raise Gone(FULL.format(code=code, most=MOST))
        self._name(code, who, number)
        return self._joined(code, who)

    def _heed_tries(self, who: Set[str], known: bool) -> None:
        """Whoever typed several codes that lead nowhere must wait, even where this one leads somewhere."""
        with self._lock:
            tries = max((self._tries.get(name, 0) for name in who), default=0)
            if tries >= TRIES:
                raise Gone(WAIT)
            if not known:
                self._tries.update(dict.fromkeys(who, tries + 1))

    @contextmanager
    def _leading(self, code: str, who: Set[str]) -> Iterator[Room]:
        """A change by whoever leads; `RoomError` for others."""
        with self._at_once("IMMEDIATE"):
            room = self._seen(code, who)
            if room is None or not room.leads:
                raise RoomError(NOT_YOURS)
            yield room

    def _clean(self) -> None:
        """End the rooms that are over, and forget those that ended long ago."""
        now = self._clock()
        for (code,) in self._all("SELECT code FROM rooms WHERE opened <= ?", (), now - SECONDS):
            self._finish(code)
        self._run("DELETE FROM rooms WHERE opened <= ?", now - 2 * SECONDS)

    def _finish(self, code: str) -> None:
        self._run("UPDATE rooms SET ended = 1, text = '' WHERE code = ?", code)
        self._run("DELETE FROM names WHERE code = ?", code)
        self._run("DELETE FROM answers WHERE code = ?", code)

    def _name(self, code: str, who: Set[str], number: int) -> None:
        for name in who:
            self._run("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", code, name, number)

    def _number(self, code: str, who: Set[str]) -> int | None:
        """The visitor's in the room, by any of its names; `LEADER` for who opened it."""
        found = self._all("SELECT number FROM names WHERE code = ?", who, code)
        return min((number for (number,) in found), default=None)

    def _last_number(self, code: str) -> int:
        return self._one("SELECT COALESCE(MAX(number), 0) FROM names WHERE code = ?", code)[0]

    def _one(self, query: str, *values: object) -> tuple:
        return self._base.execute(query, values).fetchone() or ()

    def _all(self, query: str, who: Set[str] | tuple[()], *values: object) -> list[tuple]:
        """All rows; where there is somebody, those of any of the names."""
        if who:
            query += f" AND name IN ({', '.join('?' * len(who))})"
        return self._base.execute(query, (*values, *who)).fetchall()

    def _run(self, query: str, *values: object) -> None:
        self._base.execute(query, values)

    @contextmanager
    def _at_once(self, how: str = "DEFERRED") -> Iterator[None]:
        """All that happens within, or nothing of it: one after another, between servers too."""
        with self._lock:
            try:
                self._base.execute(f"BEGIN {how}")
                yield
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                raise RoomError(UNREACHED) from error
            finally:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")


def new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def typed(text: str) -> str:
    """A code as somebody typed it: in any case, with spaces or hyphens."""
    return "".join(letter for letter in text.upper() if letter.isalnum())[: 4 * LENGTH]


_kept: tuple[Path | None, Rooms] | None = None
_opening = RLock()


def kept() -> Rooms:
    """The rooms of this server, and of others that share its folder."""
    global _kept
    with _opening:
        folder = on_disk.place()
        if _kept is None or _kept[0] != folder:
            if _kept is not None:
                _kept[1].close()
            _kept = folder, _rooms_in(folder)
        return _kept[1]


def _rooms_in(folder: Path | None) -> Rooms:
    try:
        return Rooms(folder and folder / "rooms.sqlite")
    except sqlite3.Error as error:
        print(
            f"Rooms cannot be kept in {folder} ({error}): they are in memory alone, and a restart ends them.",
            file=sys.stderr,
        )
        return Rooms()

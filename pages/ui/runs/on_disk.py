"""What visitors brought, in a folder: there it survives a restart, and several servers may share it.

Each value is a JSON file of plain values and, where it has bytes, such as those of an uploaded file, a
Parquet file with these in one cell; nothing that could run when it is read. What was not used for some hours
goes, and what was not used for the longest time where there is more than may be.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread
from typing import Any, NamedTuple

import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

SETTING = "EM_SHELF"
SECONDS = 4 * 3600  # after its last use
MOST_BYTES = 5_000_000_000
BLOCK = 4096  # bytes that a file takes at the least
BETWEEN = 600.0  # seconds between two cleanings where nobody brings anything
OURS = re.compile(r"[0-9a-f]{64}\.(json|parquet)|.+\.part")


class Kept(NamedTuple):
    """What there is of a value: plain values as JSON has them, and bytes."""

    about: Any
    content: bytes = b""


class Folder:
    """Values by their kind and name. Raises `OSError` where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path / "em-explorer"  # whatever else there is in the folder stays as it is
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.path):
            pass  # it can be written
        self.works = True  # as far as was last seen
        self._ended, self._written = Event(), 0
        self.clean()
        Thread(target=self._clean_again, daemon=True).start()

    def put(self, kind: str, name: str, kept: Kept) -> None:
        place = self._place(kind, name)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        if kept.content:
            cell = pa.table({"content": pa.array([kept.content], pa.large_binary())})
            self._write(place.with_suffix(".parquet"), lambda file: pq.write_table(cell, file))
        about = json.dumps({"about": kept.about, "bytes": len(kept.content)})
        self._write(place.with_suffix(".json"), lambda file: file.write(about.encode()))
        self._written += len(kept.content) + len(about) + BLOCK
        if self._written > MOST_BYTES / 50:
            self.clean()

    def get(self, kind: str, name: str) -> Kept | None:
        """What there is; None where there is nothing whole. It stays for some hours more."""
        place = self._place(kind, name)
        try:
            said = json.loads(place.with_suffix(".json").read_bytes())
            cell = pq.read_table(place.with_suffix(".parquet"))["content"] if said["bytes"] else None
            kept = Kept(said["about"], b"" if cell is None else cell[0].as_py())
            if len(kept.content) != said["bytes"]:
                raise ValueError("not whole")
        except (OSError, ValueError, KeyError, TypeError, IndexError):  # also those of pyarrow
            self.drop(kind, name)  # so that it can be put there again
            return None
        self.touch(kind, name)
        return kept

    def touch(self, kind: str, name: str) -> bool:
        """Let it stay for some hours more, and whether it is there."""
        place, there = self._place(kind, name), False
        for suffix in (".parquet", ".json"):
            with suppress(OSError):
                os.utime(place.with_suffix(suffix))
                there = suffix == ".json"
        return there

    def drop(self, kind: str, name: str) -> None:
        for suffix in (".json", ".parquet"):
            with suppress(OSError):
                self._place(kind, name).with_suffix(suffix).unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove what was not used for some hours, and what is too much."""
        self._written, total, now = 0, 0, time.time()
        for used, size, path in sorted(self._files(), reverse=True):
            total += max(size, BLOCK)
            if now - used > SECONDS or total > MOST_BYTES:
                with suppress(OSError):
                    path.unlink()

    def end(self) -> None:
        self._ended.set()

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self.path.rglob("*"):
            with suppress(OSError):  # another server may have removed it
                if OURS.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    found.append((path.stat().st_mtime, path.stat().st_size, path))
        return found

    def _clean_again(self) -> None:
        while not self._ended.wait(BETWEEN):
            self.clean()

    def _place(self, kind: str, name: str) -> Path:
        """A file without its ending: names come from links, and may be anything."""
        return self.path / kind / sha256(name.encode(errors="surrogatepass")).hexdigest()

    def _write(self, path: Path, write: Any) -> None:
        """All of a file, or nothing; for this user alone."""
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            try:
                write(file)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                file.close()
                os.unlink(file.name)
                raise


_folder: Folder | None = None


def start() -> None:
    """Open the folder that the environment names, and else one in the user's cache."""
    global _folder
    path = Path(os.environ.get(SETTING, "") or platformdirs.user_cache_dir("em-explorer")).expanduser()
    try:
        _folder = Folder(path)
    except OSError as error:
        _say(path, error)


def end() -> None:
    global _folder
    folder, _folder = _folder, None
    if folder is not None:
        folder.end()


def _say(path: Path, error: OSError) -> None:
    print(
        f"What visitors bring cannot be kept in {path} ({error.strerror or error}): it is in memory alone, "
        f"and a restart loses it. Make room there, or let {SETTING} name a folder that can be written.",
        file=sys.stderr,
    )


def put(kind: str, name: str, kept: Kept) -> bool:
    """Keep it, and whether that was possible; where it was not, that is said to whoever runs the server."""
    folder = _folder
    if folder is None:
        return False
    try:
        folder.put(kind, name, kept)
    except OSError as error:
        if folder.works:  # said once, until it works again
            _say(folder.path, error)
        folder.works = False
    else:
        folder.works = True
    return folder.works


def get(kind: str, name: str) -> Kept | None:
    return None if _folder is None else _folder.get(kind, name)


def touch(kind: str, name: str) -> bool:
    return _folder is not None and _folder.touch(kind, name)


def drop(kind: str, name: str) -> None:
    if _folder is not None:
        _folder.drop(kind, name)


def place() -> Path | None:
    """The folder, for what is kept there in a file of its own; None where there is none."""
    return None if _folder is None else _folder.path

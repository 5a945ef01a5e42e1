"""What visitors brought survives a restart, and other servers see it; within bounds, and never pickled."""

import json
import os
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gmm_core import fit, load_dataset
from pages.ui.address.settings import Settings
from pages.ui.runs import brought, on_disk, sharing
from pages.ui.runs.on_disk import SECONDS, SETTING, Folder, Kept
from pages.ui.runs.shelf import OnDisk, Shelf


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    on_disk.start()
    yield tmp_path / "em-explorer"
    on_disk.end()


def forget(shelf):
    """As a restart does it."""
    shelf._kept.clear()


def paths(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_table_and_parameters_are_there_after_a_restart(folder):
    name = brought.keep_table(b"x,y\n1,2\n3,5\n2,9\n", "<a> ä.csv")
    mixture = fit(load_dataset("tutorial_500").X, 2, random_state=0, max_iter=2).mixture
    start = brought.keep_start(mixture, Settings(data="own", table=name))
    for shelf in (brought._files, brought._tables, brought.parameters):
        forget(shelf)
    settings = Settings(data="own", table=name)
    assert not brought.is_gone(settings)
    assert brought.table(settings).frame["y"].tolist() == [2, 5, 9]
    assert brought.table_file(name) == "<a> ä.csv"
    again = brought.parameters.get(start)
    assert again.means.tolist() == mixture.means.tolist()
    assert again.covariances.tolist() == mixture.covariances.tolist()
    assert {path.suffix for path in paths(folder)} == {".json", ".parquet"}
    for path in paths(folder):
        assert path.stat().st_mode & 0o077 == 0, "for this user alone"
        json.loads(path.read_bytes()) if path.suffix == ".json" else pq.read_table(path)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_who_sees_it_and_the_links_that_share_it_are_known_after_a_restart_and_taken_back_for_all(folder):
    sharing.bring("a" * 16, {"me"})
    one = sharing.Share("a" * 16, frozenset({"me"}), "all rows", "http://localhost/?table=b")
    sharing.share("b" * 32, one)
    for shelf in (sharing._seen_by, sharing._shares, sharing._made_of):
        forget(shelf)
    assert sharing.may_see("a" * 16, {"me"})
    assert not sharing.may_see("a" * 16, {"somebody"})
    assert sharing.may_see("b" * 32, {"somebody"})
    assert sharing.shares("a" * 16, {"me"}) == {"b" * 32: one}
    on_disk.drop("shares", "b" * 32)  # as another server does where the link is taken back there
    assert not sharing.may_see("b" * 32, {"somebody"})


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "a" * 10_000, "\x00", "\ud800"])
def test_whatever_a_link_names_nothing_else_is_read(folder, name):
    assert brought.is_gone(Settings(data="own", table=name))


def test_what_is_broken_is_gone(folder):
    shelf = Shelf(100, len, OnDisk("words", lambda text: Kept({"n": 1}, text), lambda kept: kept.content))
    for spoil in (lambda path: path.write_bytes(b"{"), Path.unlink, lambda path: path.write_bytes(b"[1]")):
        for suffix in (".json", ".parquet"):
            shelf.put("a", b"abc")
            forget(shelf)
            assert shelf.get("a") == b"abc"
            forget(shelf)
            spoil(next(path for path in paths(folder) if path.suffix == suffix))
            assert shelf.get("a") is None, suffix


def test_what_was_not_used_goes_after_hours_and_where_there_is_too_much(tmp_path, monkeypatch):
    kept, other = Folder(tmp_path), tmp_path / "somebody's.json"
    other.write_text("{}")
    for i, hours in enumerate((1, 2, 3, 5)):
        kept.put("words", str(i), Kept(i))
        for path in paths(kept.path):
            if json.loads(path.read_bytes())["about"] == i:
                os.utime(path, (time.time() - 3600 * hours,) * 2)
    kept.clean()
    assert [bool(kept.get("words", str(i))) for i in range(4)] == [True, True, True, False]
    os.utime(other, (0, 0))
    monkeypatch.setattr(on_disk, "MOST_BYTES", 2 * on_disk.BLOCK)
    kept.clean()
    assert sum(bool(kept.get("words", str(i))) for i in range(4)) == 2
    assert other.exists(), "only what is ours"
    kept.end()


def test_use_keeps_it_some_hours_more_on_disk_too(folder):
    name = brought.keep_table(b"x\n1\n2\n4\n", "a.csv")
    for path in paths(folder):
        os.utime(path, (time.time() - SECONDS - 1,) * 2)
    assert brought.table_file(name) == "a.csv"
    on_disk._folder.clean()
    assert len(paths(folder)) == 2


def test_what_is_there_is_not_written_again(folder, monkeypatch):
    brought.keep_table(b"x\n1\n2\n4\n", "a.csv")
    for path in paths(folder):
        os.utime(path, (0, 0))
    monkeypatch.setattr(Folder, "put", None)
    brought.keep_table(b"x\n1\n2\n4\n", "a.csv")
    assert all(path.stat().st_mtime > 0 for path in paths(folder))


def test_what_changes_is_as_another_server_left_it(folder):
    kind = OnDisk("who", lambda names: Kept(sorted(names)), lambda kept: set(kept.about), changes=True)
    here, there = Shelf(100, len, kind), Shelf(100, len, kind)
    here.put("a", {"me"})
    assert there.get("a") == {"me"}
    there.put("a", {"me", "you"})
    assert here.get("a") == {"me", "you"}
    there.drop("a")
    assert here.get("a") is None


@pytest.mark.parametrize("where", ["a file", "no room"])
def test_where_it_cannot_be_written_that_is_said_and_the_app_goes_on_in_memory(
    where, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv(SETTING, str(tmp_path))
    if where == "a file":
        (tmp_path / "em-explorer").write_text("")
    on_disk.start()
    if where == "no room":

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Folder, "_write", full)
    name = brought.keep_table(b"x\n1\n2\n5\n", "b.csv")
    assert len(brought.table(Settings(data="own", table=name)).frame) == 3
    who = Shelf(9, len, OnDisk("who", lambda text: Kept(text), lambda kept: kept.about, changes=True))
    who.put("a", "me")
    assert who.get("a") == "me"
    said = capsys.readouterr().err
    assert said.startswith(f"What visitors bring cannot be kept in {tmp_path}")
    assert said.count("\n") == 1, "said once"
    assert f"let {SETTING} name a folder that can be written." in said
    on_disk.end()

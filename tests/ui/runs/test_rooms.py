"""Rooms: every answer counts once, whatever many do at once; who leads, when one ends, and who must wait."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.runs import on_disk, rooms
from pages.ui.runs.rooms import MOST, PAUSE, SECONDS, TRIES, Gone, Late, RoomError, Rooms

LEADER, ANA, BEN = ({name} for name in ("leader", "ana", "ben"))


class Clock:
    """A time that tests set."""

    now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(clock):
    made = Rooms(clock=clock)
    yield made
    made.close()


def answered(kept, code, who):
    return kept.look(code, who).answered


def test_all_follow_whoever_opened_it(kept):
    code = kept.open(LEADER, "e_step", 2)
    room = kept.look(code, ANA)
    assert (room.lesson, room.moment, room.leads, room.mine) == ("e_step", (2, False), False, None)
    assert kept.look(code, LEADER).leads
    kept.go(code, LEADER, 3)
    kept.reveal(code, LEADER, 3)
    assert kept.look(code, ANA).moment == kept.look(code, BEN).moment == (3, True)
    kept.go(code, LEADER, 2)
    assert kept.look(code, ANA).moment == (2, False)
    assert kept.look(code, LEADER).joined == 2


@pytest.mark.parametrize(
    "act", [lambda kept, *of: kept.go(*of, 4), lambda kept, *of: kept.reveal(*of, 2), Rooms.end]
)
def test_another_device_only_follows(kept, act):
    code = kept.open(LEADER, "e_step", 2)
    before = kept.look(code, ANA)
    with pytest.raises(RoomError, match=rooms.NOT_YOURS):
        act(kept, code, ANA)
    assert kept.look(code, ANA) == before


def test_whoever_leads_does_not_answer(kept):
    code = kept.open(LEADER, "e_step")
    with pytest.raises(RoomError, match="Whoever leads a room does not answer in it"):
        kept.answer(code, LEADER, 1, "1")
    assert kept.answers(code, 1) == ()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), max_size=30))
def test_of_each_the_last_answer_counts_once(sent):
    kept = Rooms()
    code = kept.open(LEADER, "e_step")
    for who, answer in sent:
        kept.answer(code, {f"student {who}"}, 1, str(answer))
    assert kept.answers(code, 1) == tuple(sorted(str(answer) for answer in dict(sent).values()))
    assert kept.look(code, LEADER).answered == kept.look(code, LEADER).joined == len(dict(sent))
    kept.close()


def test_an_answer_after_the_reveal_or_to_another_scene_does_not_count(kept):
    code = kept.open(LEADER, "e_step")
    kept.answer(code, ANA, 1, "2")
    kept.reveal(code, LEADER, 1)
    with pytest.raises(Late, match="Your answer came after the reveal"):
        kept.answer(code, ANA, 1, "3")
    kept.go(code, LEADER, 2)
    with pytest.raises(Late):
        kept.answer(code, BEN, 1, "1")
    assert kept.answers(code, 1) == ("2",)
    assert kept.look(code, ANA).mine is None
    kept.go(code, LEADER, 1)
    assert kept.look(code, ANA).mine == "2"


def test_a_browser_that_comes_back_is_the_same_one(kept):
    code = kept.open({"session 1", "cookie"}, "e_step")
    assert kept.look(code, {"session 2", "cookie"}).leads
    kept.answer(code, {"session 3", "phone"}, 1, "1")
    kept.answer(code, {"session 4", "phone"}, 1, "2")
    assert kept.answers(code, 1) == ("2",)


def test_no_more_than_so_many_join_and_those_who_did_stay(kept):
    code = kept.open(LEADER, "e_step")
    for i in range(MOST):
        kept.look(code, {f"student {i}"})
    with pytest.raises(Gone, match=f"is full: {MOST} have joined"):
        kept.look(code, ANA)
    assert kept.look(code, {"student 0"}).joined == MOST
    assert kept.look(code, LEADER).leads


def everything(kept):
    return [kept._all(f"SELECT * FROM {table}", ()) for table in ("names", "answers")]


def test_a_room_ends_after_four_hours_and_keeps_nothing_of_anybody(kept, clock):
    code = kept.open(LEADER, "e_step")
    kept.answer(code, ANA, 1, "2")
    clock.now += SECONDS - 1
    assert answered(kept, code, ANA) == 1
    clock.now += 1
    for who in (ANA, LEADER, BEN):
        with pytest.raises(Gone, match=f"The room {code} has ended"):
            kept.look(code, who)
    assert everything(kept) == [[], []]
    clock.now += SECONDS
    kept.open(BEN, "e_step")
    with pytest.raises(Gone, match=f"There is no room {code}"):
        kept.look(code, ANA)


def test_a_room_ends_by_a_button_and_where_its_leader_opens_another(kept):
    first = kept.open(LEADER, "e_step")
    kept.answer(first, ANA, 1, "2")
    second = kept.open(LEADER, "m_step")
    with pytest.raises(Gone, match="has ended"):
        kept.answer(first, ANA, 1, "1")
    kept.look(second, ANA)
    kept.end(second, LEADER)
    assert everything(kept) == [[], []]


def try_code(kept, code, who):
    with pytest.raises(Gone) as why:
        kept.look(code, who)
    return str(why.value)


def test_whoever_tries_codes_must_wait(kept, clock):
    code = kept.open(LEADER, "e_step")
    kept.look(code, BEN)
    for _ in range(TRIES):
        assert try_code(kept, "AAAAAA", ANA) == rooms.NOWHERE.format(code="AAAAAA")
    assert try_code(kept, code, ANA) == rooms.WAIT
    assert try_code(kept, code, ANA | {"a new session"}) == rooms.WAIT
    assert kept.look(code, BEN).joined == 1, "who is in it need not wait"
    clock.now += PAUSE + 1
    assert kept.look(code, ANA).joined == 2


def test_codes_are_many_and_none_can_be_misread():
    codes = {rooms.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert not set("ILO01") & set("".join(codes))
    assert len(rooms.LETTERS) ** rooms.LENGTH > 8e8
    assert rooms.typed(" k7p-mx4 ") == "K7PMX4"


def test_a_hundred_answer_at_once(tmp_path):
    """Of two servers that share a folder, fifty threads each, and everybody twice."""
    servers = [Rooms(tmp_path / "rooms.sqlite") for _ in range(2)]
    code = servers[0].open(LEADER, "e_step")

    def send(i):
        for answer in ("1", "2"):
            servers[i % 2].answer(code, {f"student {i}"}, 1, answer)

    with ThreadPoolExecutor(100) as pool:
        list(pool.map(send, range(100)))
    room = servers[1].look(code, LEADER)
    assert (room.joined, room.answered) == (100, 100)
    assert servers[0].answers(code, 1) == ("2",) * 100
    for one in servers:
        one.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(on_disk.SETTING, str(tmp_path))
    on_disk.start()
    yield tmp_path / "em-explorer"
    on_disk.end()
    rooms.kept()


def test_a_room_survives_a_restart(folder, monkeypatch):
    code = rooms.kept().open(LEADER, "e_step", 4)
    rooms.kept().answer(code, ANA, 4, "2")
    rooms.kept().close()
    monkeypatch.setattr(rooms, "_kept", None)
    assert rooms.kept().look(code, ANA).mine == "2"
    assert rooms.kept().look(code, LEADER).leads


def test_a_broken_file_is_said_and_rooms_are_kept_in_memory(folder, capsys):
    (folder / "rooms.sqlite").write_text("no database, but a long text about something else" * 50)
    code = rooms.kept().open(LEADER, "e_step")
    assert capsys.readouterr().err == (
        f"Rooms cannot be kept in {folder} (file is not a database): they are in memory alone, and a restart "
        "ends them.\n"
    )
    assert rooms.kept().look(code, LEADER).leads


def test_what_cannot_be_reached_is_said(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(rooms, "PATIENCE", 0.01)
    here = Rooms(tmp_path / "rooms.sqlite")
    code = here.open(LEADER, "e_step")
    other = sqlite3.connect(tmp_path / "rooms.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RoomError, match=rooms.UNREACHED):
        here.answer(code, ANA, 1, "1")
    other.execute("ROLLBACK")
    other.close()
    here.answer(code, ANA, 1, "1")
    assert here.answers(code, 1) == ("1",)
    here.close()

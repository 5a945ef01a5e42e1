"""Work in processes: what it finds, how far it is, who stops it, and what becomes of it when one dies."""

import os
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from types import ModuleType

import numpy as np
import pytest

from gmm_core import TableError, fit, load_dataset, read_table
from gmm_core.engine.ways.table import WAYS
from gmm_core.judgement import selection
from pages.ui.address.settings import Settings
from pages.ui.faster import cached as ways
from pages.ui.faster.settings import BESIDE_EM, FIELDS, Ascent
from pages.ui.runs import brought, climbs, processes
from pages.ui.runs.brought import Brought
from pages.ui.runs.jobs import Job, growing, shown_by
from pages.ui.runs.work.parcels import LARGE
from pages.ui.runs.work.tasks import ON_ITERATION, ON_STEP, Died, Limits, OverLimit, Telling, percent


@pytest.fixture(scope="module")
def room():
    before, main = os.environ.get(processes.SETTING), sys.modules["__main__"]
    os.environ[processes.SETTING] = "2"
    # As in the server once somebody was there: the main module is a page, which a process could not run.
    sys.modules["__main__"] = ModuleType("__main__")
    sys.modules["__main__"].__file__ = str(Path(__file__).parents[3] / "pages" / "frame.py")
    processes.start()
    yield processes._room
    processes.end()
    sys.modules["__main__"] = main
    os.environ.pop(processes.SETTING)
    if before is not None:
        os.environ[processes.SETTING] = before


AT = Telling("on_progress", percent)


class Gone(Exception):
    """Whoever waited has gone."""


def ignore(done):
    """Who waits without looking."""


def once(gone):
    """Who goes at the first look."""
    raise Gone


# What the processes do in these tests; they import it from here.


def where(_=None):
    return os.getpid()


def die(path):
    """Dies the first time; the file remembers."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "after all"


def always_die():
    os.kill(os.getpid(), signal.SIGKILL)


def part(X, k):
    return float(X[::k].sum())


def count(n, tell):
    for i in range(n):
        tell(i)
        time.sleep(0.01)
    return n


def hoard(tell):
    return len(bytearray(500_000_000))


def endless(choices, on_progress):
    while True:
        on_progress(0.5, "Reading rows")
        time.sleep(0.01)


def end_at_once(tell):
    os.abort()


def deaf(seconds):
    """Does not ask whether to go on."""
    time.sleep(seconds)


def refuse(x):
    raise ValueError(f"not {x}")


def after(seconds):
    time.sleep(seconds)
    return seconds


def test_it_is_done_elsewhere_and_an_error_comes_back(room):
    assert processes.run(where, report=ignore) != os.getpid()
    assert processes.run(where, report=ignore, far=False) == os.getpid()
    with pytest.raises(ValueError, match="not that"):
        processes.run(refuse, "that", report=ignore)


def test_a_run_is_the_same_elsewhere(room):
    X, told = load_dataset("tutorial_500").X, []
    how = {"random_state": 0, "telling": ON_STEP}
    there = processes.run(fit, X, 3, report=told.append, **how)
    here = processes.run(fit, X, 3, report=told.append, far=False, **how)
    assert there.stop == here.stop
    assert there.log_likelihoods.tolist() == here.log_likelihoods.tolist()
    assert told[-1] == here.n_iter


def test_a_comparison_is_the_same_over_processes_one_thread_and_when_it_goes_on(room):
    X = load_dataset("tutorial_500").X[::5]

    def compared(after=(), mapped=map, **how):
        found = selection.fits(X, range(1, 4), n_starts=3, after=after, mapped=mapped, **how)
        return [(one.n_components, one.covariance_type, one.bics.tolist()) for one in found]

    for how in ({}, {"to_the_end": True}):
        alone = compared(**how)
        assert compared(mapped=processes.mapped(ignore, ON_ITERATION), **how) == alone
        some = list(selection.fits(X, range(1, 4), n_starts=3, **how))[:6]
        assert compared(after=some, mapped=processes.mapped(ignore), **how) == alone[6:]


def test_items_come_in_their_order_from_several_processes(room):
    assert list(processes.mapped(ignore)(after, [0.2, 0.0, 0.1, 0.0])) == [0.2, 0.0, 0.1, 0.0]
    job = growing(lambda found, mapped: mapped(where, range(len(found), 40)), 40, str)
    found = set(job.result())
    assert len(found) > 1
    assert os.getpid() not in found


def test_large_data_reach_the_processes_in_one_file_which_goes_with_the_work(room):
    X = np.random.default_rng(0).normal(size=(LARGE, 1))
    folder = Path(room.parcels.folder)
    found = [float(X[::k].sum()) for k in (1, 2, 3)]
    sums = processes.mapped(ignore)(partial(part, X), [1, 2, 3])
    assert [next(sums)] == found[:1]
    assert len(list(folder.iterdir())) == 1
    assert list(sums) == found[1:]
    assert list(folder.iterdir()) == []


def test_how_far_it_is_is_told_and_who_goes_ends_it(room):
    told = []
    assert processes.run(count, 40, report=told.append, telling=Telling("tell")) == 40
    assert told == sorted(told)
    assert 0 < told[-1] < 40
    for telling, task in ((Telling("tell"), (count, 10**6)), (None, (deaf, 600))):
        begun = time.monotonic()
        with pytest.raises(Gone):
            processes.run(*task, report=once, telling=telling)
        assert time.monotonic() - begun < 30, "it waited for the end"
    assert processes.run(where, report=ignore) != os.getpid(), "another process does what comes next"


def test_a_task_whose_process_dies_is_tried_once_more_and_costs_nobody_else_anything(room, tmp_path):
    others = Job(lambda report: list(processes.mapped(report)(after, [0.05] * 20)), 20, elsewhere=True)
    waiting = Thread(target=others.result)
    waiting.start()
    assert processes.run(die, tmp_path / "died", report=ignore) == "after all"
    job = Job(lambda report: processes.run(always_die, report=report), 1, elsewhere=True)
    for _ in range(2):  # who asks again is not told the same without a try
        with pytest.raises(Died, match="Use fewer rows, fewer components or fewer starts"):
            job.result()
        assert not job.whole
    waiting.join(60)
    assert others.result() == [0.05] * 20


def test_long_work_in_one_piece_leaves_a_process_for_the_small_tasks_of_others(room):
    gone = []

    def until_gone(done):
        if gone:
            raise Gone

    def wait():
        with pytest.raises(Gone):
            processes.run(count, 10**6, report=until_gone, telling=Telling("tell"))

    long = [Thread(target=wait) for _ in range(room.n + 2)]
    for one in long:
        one.start()
    assert list(processes.mapped(ignore)(after, [0, 0, 0])) == [0, 0, 0]
    gone.append(True)
    for one in long:
        one.join(30)
        assert not one.is_alive()


def test_a_file_that_needs_too_much_is_given_up_and_others_are_read_meanwhile(room):
    how = {"report": ignore, "telling": Telling("tell")}
    with pytest.raises(OverLimit) as caught:
        processes.read(hoard, limits=Limits(60, 50_000_000), **how)
    assert caught.value.what == "memory"
    with pytest.raises(OverLimit) as caught:
        processes.read(count, 10**6, limits=Limits(0.3, 10**9), **how)
    assert caught.value.what == "time"
    with pytest.raises(OverLimit) as caught:  # a parser may end the whole process
        processes.read(end_at_once, limits=Limits(60, 10**9), **how)
    assert caught.value.what == "memory"
    table = processes.read(
        read_table, b"x,y\n1,2\n3,5\n", "a.csv", limits=Limits(60, 5 * 10**8), report=ignore, telling=AT
    )
    assert table.numeric == ("x", "y")
    with pytest.raises(TableError) as refused:
        processes.read(
            read_table, b"x\nrow", "a.csv", limits=Limits(60, 5 * 10**8), report=ignore, telling=AT
        )
    assert refused.value.table is not None, "what was found is said, too"


def test_two_files_that_take_long_keep_nobody_waiting_who_pastes(room, monkeypatch):
    monkeypatch.setattr(Brought, "task", property(lambda self: (endless,)))
    bombs = [brought.keep_table(b"PK", f"{i}.xlsx") for i in range(2)]
    begun, left = [], []

    def wait(name):
        def show(job):
            begun.append(name)
            while not left:
                job.ended(0.05)
            raise Gone

        with pytest.raises(Gone), shown_by(show):
            brought.table(Settings(data="own", table=name))

    hostile = [Thread(target=wait, args=(name,)) for name in bombs]
    for one in hostile:
        one.start()
    while len(begun) < len(hostile):
        time.sleep(0.01)
    monkeypatch.undo()
    since = time.monotonic()
    pasted = brought.keep_table(b"25.31, 24.31, 24.12", "")
    assert len(brought.table(Settings(data="own", table=pasted)).frame) == 3
    assert time.monotonic() - since < 30
    left.append(True)
    for one in hostile:
        one.join(30)
        assert not one.is_alive()


def test_without_processes_it_is_done_here(monkeypatch):
    monkeypatch.setattr(processes, "_room", None)
    told = []
    assert processes.run(where, report=ignore) == os.getpid()
    assert set(processes.mapped(ignore)(where, range(3))) == {os.getpid()}
    assert processes.run(count, 3, report=told.append, telling=Telling("tell")) == 3
    assert told == [0, 1, 2]
    with pytest.raises(Gone):
        list(processes.mapped(once, Telling("tell"))(count, [3]))


@pytest.mark.parametrize("wrong", ["0", "-1", "abc", "2.5", "65", "9" * 400, "²"])
def test_a_wrong_number_of_processes_is_said_and_there_is_one_a_core(wrong, capsys):
    assert processes._wanted(wrong) == processes._wanted("")
    said = capsys.readouterr().err
    assert said.startswith(
        f"EM_WORKERS must be a whole number from 1 to 64, of processes that compute; got {wrong!r}."
    )


def test_the_number_of_processes_can_be_set(capsys):
    assert processes._wanted("3") == 3
    assert capsys.readouterr().err == ""


def test_a_long_comparison_of_ways_up_goes_to_a_process(room, monkeypatch):
    monkeypatch.setattr(ways, "is_long", lambda *size: True)
    chosen = {name: field.default for name, field in FIELDS.items()} | {"faster_iters": 20}
    asked = Ascent.of(Settings(data="tutorial_60"), chosen)
    there = ways.compared(asked)
    monkeypatch.setattr(ways, "is_long", lambda *size: False)
    here = ways.compared(Ascent.of(Settings(data="tutorial_60"), chosen | {"faster_tol": 2e-8}))
    assert list(there.traces) == list(here.traces) == list(WAYS)
    ends = [one.traces["em"].log_likelihood for one in (there, here)]
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


@pytest.mark.parametrize("way", BESIDE_EM)
def test_a_long_way_up_beside_a_run_goes_to_a_process(way, room, monkeypatch):
    asked = Settings(n_samples=20, beside=f"way:{way}")
    monkeypatch.setattr(climbs, "is_long", lambda *size: True)
    there = climbs.beside_em(replace(asked, max_iter=31)).trace
    monkeypatch.setattr(climbs, "is_long", lambda *size: False)
    here = climbs.beside_em(replace(asked, max_iter=32)).trace
    n = min(there.n_iter, here.n_iter) + 1
    np.testing.assert_allclose(there.log_likelihoods[:n], here.log_likelihoods[:n], rtol=1e-12)

"""The same work on a dask cluster; and without it, where it is not there, or goes away."""

import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gmm_core import load_dataset
from gmm_core.judgement import selection
from pages.ui.runs import processes
from pages.ui.runs.work import cluster
from pages.ui.runs.work.parcels import LARGE
from pages.ui.runs.work.tasks import ON_ITERATION, Died, Telling


def ignore(done):
    """Who waits without looking."""


def where():
    return os.getpid()


def added(X, y):
    return float(X.sum()) + y


def count(n, tell):
    for i in range(n):
        tell(i)
        time.sleep(0.01)
    return n


def die():
    os._exit(1)


class Gone(Exception):
    """Whoever waited has gone."""


@pytest.fixture
def served(serve_cluster):
    return serve_cluster(Path(__file__).parent, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")


@pytest.fixture
def room(monkeypatch):
    def start(address):
        monkeypatch.setenv(cluster.SETTING, address)
        monkeypatch.setenv(processes.SETTING, "1")
        processes.start()
        return processes._room

    yield start
    processes.end()


def test_the_same_is_found_there_and_here_when_it_goes_away(served, room, capsys):
    address, process = served
    own = room(address)
    assert own.n == 2
    assert capsys.readouterr().err == ""
    here = {worker._pid.result() for worker in own._computing._workers}
    assert processes.run(where, report=ignore) not in {os.getpid(), *here}

    X = load_dataset("tutorial_500").X[::5]
    how = {"n_components": range(1, 3), "n_starts": 3}
    alone = [one.bics.tolist() for one in selection.fits(X, **how)]
    there = selection.fits(X, mapped=processes.mapped(ignore, ON_ITERATION), **how)
    assert [one.bics.tolist() for one in there] == alone

    large = np.arange(LARGE, dtype=float)
    assert processes.run(added, large, 2.0, report=ignore) == large.sum() + 2

    told = []
    assert processes.run(count, 100, report=told.append, telling=Telling("tell")) == 100
    assert told == sorted(told)
    assert told[-1] > 0

    def goes(done):
        if done:
            raise Gone

    begun = time.monotonic()
    with pytest.raises(Gone):
        processes.run(count, 10**6, report=goes, telling=Telling("tell"))
    while any(calls for calls in own._cluster._client.processing().values()):
        assert time.monotonic() - begun < 60, "it goes on"
        time.sleep(0.05)
    with pytest.raises(Died):
        processes.run(die, report=ignore)

    ends = threading.Timer(0.5, process.kill)
    ends.start()
    assert processes.run(count, 200, report=ignore, telling=Telling("tell")) == 200, "done here after all"
    assert processes.run(where, report=ignore) in here
    said = capsys.readouterr().err
    assert f"EM_SCHEDULER: the cluster at {address} is not used: " in said
    assert "Work is done in the processes of this server" in said


@pytest.mark.parametrize(
    "wrong", ["tcp://127.0.0.1:{}", "nonsense", "tcp://", "http://[", "tcp://nowhere.invalid:1"]
)
def test_no_scheduler_is_said_and_the_processes_here_do_it(wrong, room, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = wrong.format(free.getsockname()[1])
        room(address)
    assert processes.run(where, report=ignore) != os.getpid()
    assert (
        f"EM_SCHEDULER: the cluster at {address} is not used: no scheduler answers" in capsys.readouterr().err
    )


def test_other_versions_are_said(monkeypatch):
    one = object.__new__(cluster.Cluster)
    ours = cluster.versions()

    class Client:
        def __init__(self, theirs):
            self.theirs = theirs

        def run(self, function):
            if isinstance(self.theirs, Exception):
                raise self.theirs
            return self.theirs

    for theirs, said in (
        (
            {"a": ours, "b": ours | {"numpy": "1.0"}},
            f"other versions: numpy 1.0 in place of {ours['numpy']}$",
        ),
        ({}, "no workers: start some"),
        (ModuleNotFoundError("No module named 'pages'"), "No module named 'pages'.*in PYTHONPATH"),
    ):
        one._client = Client(theirs)
        with pytest.raises(cluster.Lost, match=said):
            one._same_versions()
    one._client = Client({"a": ours})
    one._same_versions()

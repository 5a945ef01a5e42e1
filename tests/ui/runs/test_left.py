"""Who leaves the longest work that the pages offer leaves no process at it: each is free within moments."""

import os
import time

import pytest
import visitors

from pages.ui.address.kinds import GAUSSIAN
from pages.ui.address.settings import MOST_COMPONENTS, Settings
from pages.ui.choose_k import cached as choice
from pages.ui.choose_k.settings import FIELDS as CHOICE
from pages.ui.choose_k.settings import SAMPLES, AskedTest
from pages.ui.digits import cached as digits
from pages.ui.digits.settings import FIELDS as DIGITS
from pages.ui.digits.settings import Exercise
from pages.ui.player import pictures
from pages.ui.runs import processes
from pages.ui.runs.jobs import Job
from pages.ui.runs.work.tasks import Telling

MOST = 2.0  # seconds of the processes' own; a machine that is busy may need more by the clock
BUSY = 10
BLOBS = Settings(data="blobs", n_samples=2000, centers=5)


@pytest.fixture(scope="module")
def room():
    os.environ[processes.SETTING] = "1"
    processes.start()
    yield processes._room
    processes.end()
    os.environ.pop(processes.SETTING)


def bootstrap():
    starts = CHOICE["choice_starts"].most
    return choice.test(
        AskedTest(BLOBS, GAUSSIAN, MOST_COMPONENTS - 1, "full", int([*SAMPLES][-1]), starts, 0)
    )


def exercise():
    most = {name: field.most for name, field in DIGITS.items() if name in ("digits_k", "digits_iters")}
    usual = {name: field.default for name, field in DIGITS.items()}
    return digits._exercise(Exercise.of(usual | most | {"digits_family": "full", "digits_tol": 0.0}))


def frames(on_frame):
    """As long as a film can be."""
    for number in range(pictures.MOST_FRAMES):
        on_frame(number)
        time.sleep(0.05)


def film():
    return Job(
        lambda report: processes.run(frames, report=report, telling=Telling("on_frame")), 1, elsewhere=True
    )


@pytest.mark.parametrize("make", [bootstrap, exercise, film])
def test_nothing_goes_on_when_all_have_left(room, make):
    job, all_free = make(), room._computing._idle.qsize()
    visitors.leave(job, lambda: room._computing._idle.qsize() < all_free)
    since = time.monotonic()
    while room._computing._idle.qsize() < all_free:
        assert time.monotonic() - since < MOST * BUSY
        time.sleep(0.01)

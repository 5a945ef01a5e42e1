"""What a page shows while it waits for a job."""

from threading import Event

import pytest
from visitors import Gone

from pages.ui.runs import jobs
from pages.ui.runs.jobs import Job, growing
from pages.ui.shell import waiting


class Shown:
    """What stands on the page: the bar, as it moves, and the buttons."""

    def __init__(self):
        self.bar, self.buttons = [], []

    def progress(self, share, text):
        if (share, text) not in self.bar:
            self.bar.append((share, text))
        return self

    def button(self, label, **how):
        self.buttons.append((label, how["on_click"]))


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.0)
    monkeypatch.setattr(waiting, "LOOK", 0.01)
    shown = Shown()
    monkeypatch.setattr(waiting.st, "progress", shown.progress)
    monkeypatch.setattr(waiting.st, "button", shown.button)
    return shown


def counting(shown, saying):
    """Work that has done one more as soon as the bar says these words, one after another."""

    def work(report):
        for i, text in enumerate(saying, 1):
            while text not in [said for _, said in shown.bar]:
                Event().wait(0.005)
            report(i)
        return "found"

    return work


def test_em_looks_for_a_place_to_start_and_then_counts(shown):
    saying = ["EM is looking for a place to start …", "EM is running: iteration 1 of at most 4 …"]
    with waiting.bar():
        assert Job(counting(shown, saying), 4).result() == "found"
    assert shown.bar[:2] == [(0.0, saying[0]), (0.25, saying[1])]
    assert shown.buttons == [], "nothing can be done"


def test_other_work_says_what_it_does_and_has_a_way_out(shown):
    stop = Event().set
    with waiting.bar(stop):
        Job(counting(shown, ["Two digits: fit 0 of at most 1 …"]), 1, "Two digits: fit").result()
    assert shown.buttons == [("Cancel", stop)]


def test_what_grows_says_it_in_its_own_words_and_is_drawn_meanwhile(shown):
    drawn, stop = [], Event().set

    def found():
        for i in range(2):
            while list(range(i)) not in drawn:
                Event().wait(0.005)
            yield i

    job = growing(lambda found_before, mapped: found(), 2, ["none yet", "some", "all"].__getitem__)
    with waiting.bar(stop, "Stop", lambda: drawn.append(list(job.so_far))):
        assert job.result() == [0, 1]
    assert drawn[:2] == [[], [0]]
    assert shown.bar[:2] == [(0.0, "none yet"), (0.5, "some")]
    assert shown.buttons == [("Stop", stop)]


def test_what_ends_soon_is_not_shown(shown, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 30.0)
    with waiting.bar():
        Job(lambda report: None, 1).result()
    assert (shown.bar, shown.buttons) == ([], [])


def test_a_page_that_is_stopped_lets_the_work_rest(shown):
    gate, ended = Event(), []

    def work(report):
        assert gate.wait(30)
        try:
            report(1)
        finally:
            ended.append(job.whole)
            gate.clear()

    def stopped():
        raise Gone

    job = Job(work, 1)
    with pytest.raises(Gone), waiting.bar(look=stopped):
        job.result()
    gate.set()
    while not ended:
        Event().wait(0.01)
    assert (ended, job.whole) == ([False], False)

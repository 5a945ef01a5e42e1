"""What grows is kept: a run that was stopped goes on where it was, and an error is one for all who ask."""

from threading import Event

import pytest

from pages.ui.runs.jobs import Cancelled, Growing


def counted(calls, until=4):
    for i in range(until):
        calls.append(i)
        yield i


def test_all_of_it_is_found_once():
    calls = []
    growing = Growing(counted(calls), 4, str)
    assert (growing.done, growing.whole, calls) == (0, False, [])
    for _ in range(2):
        growing.finish(lambda: None)
        assert (growing.found, growing.done, growing.whole) == ([0, 1, 2, 3], 4, True)
    assert calls == [0, 1, 2, 3]
    assert growing.seconds > 0


def test_what_was_stopped_goes_on_where_it_was():
    calls, seen = [], []

    def report(done):
        seen.append(done)
        if done == 2 and seen.count(2) == 1:
            raise Cancelled

    growing = Growing(counted(calls), 8, str, amount=lambda found: len(found))
    with pytest.raises(Cancelled):
        growing._go_on(report)
    assert (growing.found, growing.whole) == ([0, 1], False)
    growing.finish(lambda: None)
    assert growing.found == calls == [0, 1, 2, 3]


def test_a_job_that_nobody_waited_for_any_more_is_begun_anew():
    gate, calls = Event(), []

    def slow():
        yield 0
        gate.wait(10)
        yield 1

    growing = Growing(slow(), 2, str)
    first = growing._running()
    first._stop.set()  # as the last page that waits for it does
    gate.set()
    growing.finish(lambda: calls.append("cancel"))
    assert (growing.found, growing.whole, calls) == ([0, 1], True, [])
    assert growing._running() is not first


def test_an_error_is_the_same_for_all_who_ask():
    def fails():
        yield 1
        raise ValueError("Too few rows.")

    growing = Growing(fails(), 3, str)
    for _ in range(2):
        with pytest.raises(ValueError, match="Too few rows"):
            growing.finish(lambda: None)
    assert (growing.found, growing.whole) == ([1], False)

"""Work is shared by all who wait for it, rests when they are gone, and an error is one for all who ask."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread

import pytest
from visitors import Gone, held_back, leave

from pages.ui.runs import jobs
from pages.ui.runs.jobs import Job, growing, shown_by
from pages.ui.runs.work.tasks import ON_ITERATION


@pytest.fixture
def at_once(monkeypatch):
    """Whoever waits is shown the job at once."""
    monkeypatch.setattr(jobs, "PATIENCE", 0.0)


@pytest.fixture
def gate():
    gate = Event()
    yield gate
    gate.set()  # whatever happened, no worker may be left standing


@pytest.fixture
def visitors():
    with ThreadPoolExecutor(3) as threads:
        yield threads


def come(visitors, job):
    """Let another visitor wait for a job, from now on."""
    waits = Event()

    def wait():
        with shown_by(lambda job: waits.set()):
            return job.result()

    coming = visitors.submit(wait)
    assert waits.wait(30)
    return coming


def until(what):
    """Wait until that is so."""
    pause = Event()
    for _ in range(3000):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it never was")


def queue_is_empty():
    """Let the workers end what was to end: a job on each of them, which can only run after that."""
    both = Event(), Event()

    def meet(mine, other):
        mine.set()
        return other.wait(30)

    with ThreadPoolExecutor(2) as threads:
        pair = [Job(lambda report, e=e: meet(*e), 1) for e in (both, both[::-1])]
        assert all(threads.map(Job.result, pair))


def test_all_of_it_is_found_once():
    calls = []
    job = growing(lambda found, _: held_back(range(4), 9, Event(), calls), 4, str)
    assert (job.so_far, job.done, job.whole, calls) == ([], 0, False, [])
    for _ in range(2):
        assert job.result() == [0, 1, 2, 3]
        assert (job.so_far, job.done, job.total, job.whole) == ([0, 1, 2, 3], 4, 4, True)
    assert calls == [0, 1, 2, 3]
    assert job.seconds > 0


def test_how_much_is_done_may_be_more_than_what_was_found():
    job = growing(lambda found, _: iter([3, 5]), 8, str, sum)
    assert job.result() == [3, 5]
    assert job.done == 8


def test_it_runs_beside_whoever_waits():
    name = Job(lambda report: current_thread().name, 1).result()
    assert name.startswith("fit")


def test_what_was_stopped_goes_on_where_it_was(at_once, gate):
    calls = []
    job = growing(lambda found, _: held_back(range(len(found), 8), 2, gate, calls), 8, str)
    leave(job, 2)
    assert (job.so_far, job.done, job.whole) == ([0, 1], 2, False)
    gate.set()
    until(lambda: len(job.so_far) == 3)  # it was on its way
    queue_is_empty()
    assert (job.so_far, job.whole) == ([0, 1, 2], False), "it rests"
    assert job.result() == calls == list(range(8))
    assert job.whole


def test_who_comes_before_it_rests_lets_it_go_on(at_once, gate, visitors):
    calls, begun = [], []

    def work(report):
        begun.append(current_thread())
        return list(held_back(range(3), 1, gate, calls))

    job = Job(work, 3)
    leave(job, lambda: calls)
    waiting = come(visitors, job)
    gate.set()
    assert waiting.result(30) == [0, 1, 2]
    assert len(begun) == 1


def test_what_cannot_go_on_begins_anew(at_once, gate):
    begun, reached = [], []

    def work(report):
        begun.append(job.done)
        report(5)
        assert gate.wait(30)
        report(6)
        reached.append(job.done)
        return "found"

    job = Job(work, 9)
    leave(job, 5)
    gate.set()
    queue_is_empty()
    assert (begun, reached, job.whole) == ([0], [], False)
    assert job.result() == "found"
    assert (begun, reached, job.whole) == ([0, 0], [6], True)


def test_work_that_everybody_left_while_it_stood_in_the_queue_is_not_begun(at_once, gate, visitors):
    for _ in range(2):
        come(visitors, Job(lambda report: gate.wait(30), 1))
    begun = []
    job = Job(begun.append, 1)
    leave(job, lambda: True)
    gate.set()
    queue_is_empty()
    assert begun == []


def test_two_who_wait_share_it_and_one_leaves(at_once, gate, visitors):
    calls, left = [], Event()
    job = growing(lambda found, _: held_back(range(5), 2, gate, calls), 5, str)
    first = visitors.submit(leave, job, left.is_set)
    second = come(visitors, job)
    until(lambda: len(job.so_far) == 2)
    left.set()
    first.result(30)
    gate.set()
    assert second.result(30) == calls == [0, 1, 2, 3, 4]


def test_an_error_is_the_same_for_all_who_ask(at_once, gate, visitors):
    def fails(found, mapped):
        yield 1
        assert gate.wait(30)
        raise ValueError("Too few rows.")

    job = growing(fails, 3, str)
    waiting = [come(visitors, job) for _ in range(2)]
    gate.set()
    errors = [one.exception(30) for one in waiting]
    with pytest.raises(ValueError, match="Too few rows") as later:
        job.result()
    assert errors == [later.value, later.value]
    assert (job.so_far, job.whole) == ([1], False)


def test_only_who_waits_long_is_shown_it():
    seen = []
    with shown_by(seen.append):
        quick, slow = Job(lambda report: 1, 1), Job(lambda report: Event().wait(1.5), 1)
        quick.result()
        assert seen == []
        slow.result()
    assert seen == [slow]


def test_each_is_shown_it_in_a_way_of_their_own(at_once, gate, visitors):
    job = Job(lambda report: gate.wait(30), 1)
    seen = {"mine": 0, "yours": 0}

    def wait(who):
        def show(job):
            seen[who] += 1

        with shown_by(show):
            return job.result()

    both = [visitors.submit(wait, who) for who in seen]
    until(lambda: all(seen.values()))
    with shown_by(lambda job: pytest.fail("this one waits for nothing")):
        gate.set()
        assert all(one.result(30) for one in both)
    assert seen == {"mine": 1, "yours": 1}


def test_who_was_shown_it_inside_is_not_asked_outside(at_once):
    seen = []
    with shown_by(lambda job: seen.append("outside")):
        with pytest.raises(Gone), shown_by(lambda job: seen.append("inside")):
            Job(lambda report: Event().wait(0.1), 1).result()
            raise Gone
        Job(lambda report: Event().wait(0.1), 1).result()
    assert seen == ["inside", "outside"]


def test_what_is_looked_for_beside_goes_on_as_long_as_somebody_asks(gate):
    calls = []
    job = Job(lambda report: list(held_back(range(3), 1, gate, calls)), 3, beside=True)
    assert job.goes_on(60)
    until(lambda: calls == [0])
    assert job.goes_on(60), "nobody waits, and it goes on all the same"
    gate.set()
    until(lambda: not job.goes_on(60))
    assert (job.result(), job.whole) == ([0, 1, 2], True)


def test_what_nobody_asks_for_any_more_ends():
    job = Job(lambda report: report(1) or "all", 1, beside=True)
    job.goes_on(0)
    until(lambda: job._running is None)
    assert (job.done, job.whole) == (0, False)
    assert job.result() == "all", "who waits lets it run after all"


def test_a_job_within_another_is_given_up_with_it(at_once):
    held = Event()
    inner = Job(lambda report: held.wait(30), 1)

    def work(report):
        with jobs.within(report):
            return inner.result()

    outer = Job(work, 1, beside=True)
    leave(outer, lambda: inner._running)
    until(lambda: not inner._waiting)
    held.set()
    assert outer.result() is True


def test_how_far_the_next_is_counts_until_it_is_there():
    seen, job = [], None

    def finding(found, mapped):
        for one in mapped(far, [4, 8]):
            seen.append(("next", job.done + job.ahead))
            yield one

    def far(n, on_iteration):
        for i in range(n):
            on_iteration(i)
            seen.append(job.done + job.ahead)
        return n

    job = growing(finding, 2, str, telling=ON_ITERATION, on_next=lambda i: i / 8)
    assert job.result() == [4, 8]
    assert seen[:5] == [0, 1 / 8, 2 / 8, 3 / 8, ("next", 3 / 8)]
    assert seen[5:7] == [1, 1 + 1 / 8]
    assert job.done + job.ahead == 2

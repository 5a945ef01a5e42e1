"""What is kept for all visitors: once for the same settings, and only so many bytes."""

from dataclasses import dataclass
from threading import Thread

import numpy as np
import pytest

from pages.ui.runs.jobs import Job
from pages.ui.runs.kept import MOST, kept, size_of


@dataclass(frozen=True, eq=False)
class Large:
    rows: np.ndarray
    name: str = "x"


def test_what_was_not_used_for_the_longest_time_goes_when_the_bytes_are_too_many():
    made = []

    @kept(100_000)
    def make(name, _other):
        made.append(name)
        return Large(np.zeros(5000))  # 40 kB

    first = make("a", 1)
    assert make("a", 2) is first, "what has an underscore names nothing"
    make("b", 1)
    make("a", 1)
    make("c", 1)  # and b goes
    make("a", 1)
    make("b", 1)
    assert made == ["a", "b", "c", "b"]


def test_of_what_is_small_only_so_many_are_kept():
    made = []

    @kept(1_000_000)
    def make(name):
        made.append(name)
        return name

    for name in range(MOST + 1):
        make(name)
    make(1)
    make(0)
    assert made == [*range(MOST + 1), 0]


def test_a_job_counts_with_what_it_has_found():
    made = []

    @kept(100_000)
    def job(name):
        made.append(name)
        return Job(lambda report: np.zeros(10_000), 1)  # 80 kB

    assert size_of(job("a")) < 1000
    job("a").result()
    assert size_of(job("a")) > 80_000
    job("b").result()
    job("b")
    job("a")
    assert made == ["a", "b", "a"]


def test_one_that_is_larger_than_all_that_may_be_is_kept_alone():
    @kept(1000)
    def make(name):
        return np.zeros(1000)

    assert make("a") is make("a")
    assert make("a") is not make("b")


def test_the_same_is_made_once_for_all_who_ask_at_once():
    made = []

    @kept(1000)
    def make(name):
        made.append(name)
        return name

    threads = [Thread(target=make, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["a"]


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1000), 8000),
        (b"x" * 500, 500),
        ({"a": [np.zeros(10), (np.zeros(10),)]}, 160),
        (Large(np.zeros(100), "y" * 99), 899),
        (None, 0),
    ],
)
def test_sizes(value, least):
    assert least <= size_of(value) <= least + 500
    assert size_of([value, value]) <= least + 600, "what is there twice counts once"

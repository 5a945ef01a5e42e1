"""Visitors who wait for the same job, and may leave it before its end."""

from contextlib import contextmanager
from threading import Event

import pytest

from gmm_core.judgement import selection
from pages.ui.runs.jobs import shown_by


class Gone(BaseException):
    """A visitor is gone, as when Streamlit stops a page."""


def leave(job, when):
    """Wait for a job, as somebody who leaves at that moment: it says when, or is an amount that is done."""

    def show(seen):
        assert seen is job
        while not (when() if callable(when) else job.done >= when):
            assert not job.ended(0.01), "it ended before somebody left"
        raise Gone

    with shown_by(show), pytest.raises(Gone):
        job.result()


def held_back(finding, n, gate, calls):
    """What an iterator finds, at first only so much; the rest when the gate opens. Calls are written down."""
    for one in finding:
        if len(calls) == n:
            assert gate.wait(60)
        calls.append(one)
        yield one


@contextmanager
def left_after(n, make, monkeypatch):
    """A comparison that `make` makes and that everybody left after n fits; in here, it has not gone on yet.

    Besides, the fits that were made, to look at whenever you like.
    """
    gate, made, fits = Event(), [], selection.fits
    # To the end of the test: what goes on asks for the fits anew, with those that it has.
    monkeypatch.setattr(selection, "fits", lambda *of, **how: held_back(fits(*of, **how), n, gate, made))
    job = make()
    assert job.done == 0, "it was made before"
    leave(job, n)
    try:
        yield job, made
    finally:
        gate.set()

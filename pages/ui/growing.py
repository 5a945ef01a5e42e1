"""What is found one by one, and takes long: kept as it comes, so that a run that was stopped can go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Generic, TypeVar

from pages.ui.jobs import Cancelled, Job

T = TypeVar("T")


class Growing(Generic[T]):
    """All that an iterator finds, as far as it has come; all visitors who ask for the same share it.

    finding : the iterator. It is advanced beside the pages that wait for it, by one job at a time, and rests
        where the last of them goes.
    total : how much there is to be done. doing : the words of the bar, given how much is done.
    amount : how much has been done by what was found; by default one each.
    """

    def __init__(
        self,
        finding: Iterator[T],
        total: int,
        doing: Callable[[int], str],
        *,
        way_out: str = "Stop",
        amount: Callable[[list[T]], int] = len,
    ) -> None:
        self.found: list[T] = []
        self.total, self.seconds, self.whole = total, 0.0, False
        self._finding, self._doing, self._way_out, self._amount = finding, doing, way_out, amount
        self._job: Job[None] | None = None
        self._one_job, self._one_step = Lock(), Lock()

    @property
    def done(self) -> int:
        return self._amount(self.found)

    def finish(self, on_cancel: Callable[[], None], look: Callable[[], None] | None = None) -> None:
        """Wait until all is found, with a bar and a way out; `look` shows what there is meanwhile.

        Raises what the iterator raises.
        """
        while not self.whole:
            job = self._running()
            try:
                job.result(self.total, on_cancel, look)
            except Cancelled:  # by all who waited for it before
                with self._one_job:
                    if self._job is job:
                        self._job = None

    def _running(self) -> Job[None]:
        with self._one_job:
            if self._job is None:
                self._job = Job(self._go_on, self._doing, self._way_out)
            return self._job

    def _go_on(self, report: Callable[[int], None]) -> None:
        with self._one_step:  # the job before this one may still be on its last step
            report(self.done)
            begun = time.perf_counter()
            for one in self._finding:
                self.found.append(one)
                self.seconds += time.perf_counter() - begun
                report(self.done)
                begun = time.perf_counter()
            self.whole = True

"""No click is lost, though the next thing that a browser says comes before its run has begun.

Streamlit ends a run at once where something else is asked for, and with it what that run was to be told: a
click whose run has not begun, whose callback is at work, or that waits until a fragment may run. And it goes
to the page of whatever was asked last, also where that came from the page that is being left. People click
quickly, and pictures speak up of their own accord. So `Runner`, with `runner.fastReruns` off, takes over what
was said before it hears what comes next: settings are then chosen, whatever becomes of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.state import SafeSessionState, SessionState


class Requests(ScriptRequests):
    """What is asked for while something runs, as one request: what people do wins over what pages do."""

    def _request_rerun_locked(self, new_data: RerunData) -> bool:
        asked = self._rerun_data
        pages = {asked.page_script_hash, new_data.page_script_hash}
        if new_data.fragment_id and len(pages) == 2 and "" not in pages:
            return True  # of a page that is being left
        waits = self._state == ScriptRequestType.RERUN and not asked.fragment_id_queue
        if waits and new_data.widget_states is None and new_data.page_script_hash == _page_that_runs():
            return True  # the page wants to run again, and something is asked for that runs all of it
        return super()._request_rerun_locked(new_data)


def _page_that_runs() -> str | None:
    context = get_script_run_ctx(suppress_warning=True)
    return context.page_script_hash if context else None


class Runner(ScriptRunner):
    """What runs the pages of one session."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._session_state = _Whole(
            given["session_state"], self._maybe_handle_execution_control_request, self._uninterrupted
        )
        self._requests = Requests()
        self._requests.request_rerun(given["initial_rerun_data"])

    @contextmanager
    def _uninterrupted(self) -> Iterator[None]:
        """Whatever else is asked for in here waits."""
        self._execing = False
        try:
            yield
        finally:
            self._execing = True


class _Whole(SafeSessionState):
    """Takes over what a browser says, and calls the callbacks, as a whole."""

    def __init__(
        self,
        state: SessionState,
        yield_callback: Callable[[], None],
        uninterrupted: Callable[[], AbstractContextManager[None]],
    ) -> None:
        super().__init__(state, yield_callback)
        object.__setattr__(self, "_uninterrupted", uninterrupted)  # others are items of the state

    def on_script_will_rerun(self, *said: Any, **more: Any) -> None:
        with self._uninterrupted():
            super().on_script_will_rerun(*said, **more)


def lose_none() -> None:
    """Let every session of this server be run in this way."""
    app_session.ScriptRunner = Runner  # type: ignore[misc]

"""Whether whoever asked for something is still there: for what is made when it is downloaded."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.runs.work.tasks import Report


class Left(Exception):
    """The visitor has closed the page."""


def while_here() -> Report:
    """What raises `Left`, called with how far some work is, once this visitor has closed the page."""
    context = get_script_run_ctx()

    def look(_done: int) -> None:
        if runtime.exists() and context and not runtime.get_instance().is_active_session(context.session_id):
            raise Left

    return look

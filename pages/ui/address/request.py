"""What the browser asked this run for, as far as Streamlit knows it.

A fragment that runs alone is sent the whole page as the browser shows it, also what the run before has just
changed and the browser has not drawn yet: for a moment after the back button, every box still says what was
there before. So what the boxes say then is no news.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState


def is_travel() -> bool:
    """Whether this is the run of the browser's back or forward button, of which no widget is the reason."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def is_old() -> bool:
    """In a callback: whether its widget stands outside the fragments that run, so that nobody touched it."""
    context = get_script_run_ctx(suppress_warning=True)
    alone = context.fragment_ids_this_run if context else None
    return bool(alone) and ThreadState.get().fragment_id not in alone

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


def _fragments() -> list[str]:
    """The fragments that run alone; none where the whole page runs."""
    context = get_script_run_ctx(suppress_warning=True)
    return (context and context.fragment_ids_this_run) or []


def is_of_fragments() -> bool:
    """Whether fragments run alone, so that whatever stands outside of them says nothing new."""
    return bool(_fragments())


def is_old() -> bool:
    """In a callback: whether its widget stands outside the fragments that run, so that nobody touched it."""
    return is_of_fragments() and ThreadState.get().fragment_id not in _fragments()

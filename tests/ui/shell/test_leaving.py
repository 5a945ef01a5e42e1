"""What is made for a download ends when the visitor has left."""

import pytest

from pages.ui.shell import leaving


def test_work_ends_when_the_session_has(monkeypatch):
    active = {"mine", "other"}

    class Runtime:
        def is_active_session(self, name):
            return name in active

    class Context:
        session_id = "mine"

    monkeypatch.setattr(leaving, "get_script_run_ctx", Context)
    monkeypatch.setattr(leaving.runtime, "exists", lambda: True)
    monkeypatch.setattr(leaving.runtime, "get_instance", Runtime)
    look = leaving.while_here()
    look(1)
    active.remove("mine")
    with pytest.raises(leaving.Left):
        look(2)

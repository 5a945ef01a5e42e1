"""What is asked for while a page runs: what people do wins over what pages do of their own accord."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from pages.ui import clicks

HERE, THERE = "explore", "gallery"


def said(page, query="", **more):
    """What a browser says: always with its widgets."""
    return RerunData(query_string=query, page_script_hash=page, widget_states=WidgetStates(), **more)


def clicked(page, **more):
    button = WidgetState(id="button", trigger_value=True)
    return RerunData(page_script_hash=page, widget_states=WidgetStates(widgets=[button]), **more)


@pytest.fixture
def runs(monkeypatch):
    """The requests of a session while a page runs."""
    monkeypatch.setattr(clicks, "_page_that_runs", lambda: HERE)
    requests = clicks.Requests()
    requests.request_rerun(said(HERE))
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.RERUN
    return requests


def is_clicked(data):
    return any(one.id == "button" and one.trigger_value for one in data.widget_states.widgets)


def test_a_click_stays_in_what_is_asked_for_after_it(runs):
    for more in (said(HERE), said(HERE, fragment_id="watch"), RerunData(page_script_hash=HERE)):
        runs.request_rerun(clicked(HERE))
        runs.request_rerun(more)
        asked = runs.on_scriptrunner_yield().rerun_data
        assert is_clicked(asked)
        assert not asked.fragment_id_queue


def test_a_link_leads_to_its_page_and_settings_whatever_the_page_before_asks(runs):
    runs.request_rerun(said(THERE, "k=5"))
    runs.request_rerun(said(HERE, "k=3", fragment_id="watch"))
    runs.request_rerun(RerunData(query_string="k=3", page_script_hash=HERE))  # st.rerun() in its last line
    asked = runs.on_scriptrunner_yield().rerun_data
    assert (asked.page_script_hash, asked.query_string) == (THERE, "k=5")


def test_once_another_page_runs_the_one_before_asks_for_nothing(runs):
    runs.request_rerun(said(THERE))
    runs.on_scriptrunner_yield()
    runs.request_rerun(said(HERE, fragment_id="watch"))
    assert runs.on_scriptrunner_ready().type is ScriptRequestType.STOP


def test_a_page_that_sends_somebody_elsewhere_does_so_though_a_click_waits(runs):
    runs.request_rerun(clicked(HERE))
    runs.request_rerun(RerunData(page_script_hash=THERE))  # st.switch_page()
    assert runs.on_scriptrunner_yield().rerun_data.page_script_hash == THERE


def test_a_fragment_of_the_page_that_runs_waits_its_turn(runs):
    runs.request_rerun(said(HERE, fragment_id="watch"))
    assert runs.on_scriptrunner_yield() is None
    assert runs.on_scriptrunner_ready().rerun_data.fragment_id_queue == ["watch"]


def test_every_session_is_run_so():
    before = app_session.ScriptRunner
    try:
        clicks.lose_none()
        assert app_session.ScriptRunner is clicks.Runner
    finally:
        app_session.ScriptRunner = before

"""The page that checks a dataset."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")


def check(**query):
    app = AppTest.from_file(FRAME, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("check.py").run()


def test_three_clear_groups():
    app = check(data="tutorial_500")
    assert not app.exception
    assert "Three groups" in app.success[0].value


def test_noise_is_no_grouping_for_sure():
    app = check(data="uniform_noise")
    assert not app.exception
    assert not app.success, "nothing may be sure here"
    assert app.warning


def test_nothing_to_check_yet():
    app = check(data="own")
    assert not app.exception
    assert "Upload a table or paste some numbers" in app.info[0].value


@pytest.mark.parametrize("data", ["digits", "qa_series", "tutorial_60"])
def test_other_data(data):
    app = check(data=data)
    assert not app.exception
    assert not app.error

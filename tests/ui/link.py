"""A page as a link opens it, and the address that it then shows."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")
PATIENCE = 300  # seconds for one run of a page; a machine may be busy with other things


def visitor(**query):
    """Who has a link in hand, and has not opened it yet."""
    app = AppTest.from_file(FRAME, default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name] = value
    return app


def explore(**query):
    """Explore, as a link opens it."""
    return visitor(**query).run()


def opened(page, **query):
    """The page, when nobody was here before; nothing may have gone wrong."""
    app = visitor(**query).switch_page(page).run()
    assert not app.exception
    return app


def address(app):
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def said(alert):
    """What a reader sees of a text in markdown."""
    return alert.value.replace("\\", "")

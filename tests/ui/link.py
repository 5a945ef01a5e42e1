"""A page as a link opens it, and the address that it then shows."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")


def opened(page, timeout, **query):
    """The page, when nobody was here before; nothing may have gone wrong."""
    app = AppTest.from_file(FRAME, default_timeout=timeout).switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def address(app):
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}

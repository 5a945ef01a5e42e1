"""The table of pages: one that is added there is in the navigation, and among the links of the laboratory."""

from pathlib import Path

import pytest
import streamlit as st
from link import FRAME, address, opened, visitor

from pages.ui.address.settings import Settings
from pages.ui.shell import pages

NEW = """
import streamlit as st
from pages.ui.shell.experiment import experiment
from pages.ui.shell.sidebar import Offers

page = experiment("wonder", Offers())
with page.fitted() as (settings, data, trace, colours):
    st.markdown(f"{settings.n_components} of {data.name}")
page.close(data, trace)
"""


@pytest.fixture
def wonder(monkeypatch, tmp_path):
    """A new page of the laboratory, in the table."""
    file = tmp_path / "wonder.py"
    file.write_text(NEW, encoding="utf-8")
    page = pages.Page(
        *(str(file), "Wonder", pages.LABORATORY, "Is it a wonder?", "star"),
        example=Settings(data="moons", n_components=2),
    )
    monkeypatch.setattr(pages, "PAGES", (*pages.PAGES, page))
    return page


@pytest.fixture
def navigation(monkeypatch):
    """What the navigation was given last."""
    given, real = {}, st.navigation

    def navigate(sections, **how):
        given.clear()
        given.update(sections)
        return real(sections, **how)

    monkeypatch.setattr(st, "navigation", navigate)
    return given


def links(app):
    return {link.proto.label: link.proto for link in app.get("page_link")}


def test_a_page_that_is_added_is_in_the_navigation_and_in_the_laboratory(wonder, navigation):
    app = opened("explore.py")
    assert [page.title for page in navigation["Laboratory"]][-2:] == ["Faster", "Wonder"]
    assert navigation["Laboratory"][-1].url_path == "wonder"
    link = links(app)["Is it a wonder?"]
    assert (link.page, link.icon) == ("wonder", ":material/star:")
    assert "k=3" in link.query_string.split("&")
    app.switch_page("gallery.py").run()
    assert "Is it a wonder?" in links(app)


def test_a_page_that_is_added_shows_its_example_until_something_is_chosen(wonder):
    app = visitor().run()
    app.switch_page(wonder.file)
    app.query_params.clear()
    app.run()
    assert not app.exception
    assert "2 of moons" in [one.value for one in app.main.markdown]
    assert address(app)["data"] == "moons"
    app.number_input(key="n_components").set_value(4).run()
    assert "4 of moons" in [one.value for one in app.main.markdown]
    assert app.main.caption[-1].value


def test_the_navigation_is_the_table(navigation):
    opened("explore.py")
    assert {section: [page.title for page in some] for section, some in navigation.items()} == {
        "": ["Explore", "Gallery", "Lessons", "Predict", "Check a dataset", "Digits", "Against scikit-learn"],
        "Laboratory": ["Starts", "Collapse", "Debug", "Choose k", "Faster"],
    }
    assert [page.url_path for page in navigation["Laboratory"]] == [
        "starts",
        "collapse",
        "debug",
        "choose-k",
        "faster",
    ]
    assert navigation[""][0].url_path == ""
    there = {path.name for path in Path(FRAME).parent.glob("*.py")} - {"__init__.py", "frame.py"}
    assert {page.file for page in pages.PAGES} == there

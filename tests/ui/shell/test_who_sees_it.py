"""Who sees a table: whoever brought it, and those it is shared with; others are told how to come by it."""

from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from link import WE, address, said, visitor

from gmm_core import start_at
from pages.ui.address.settings import Settings
from pages.ui.runs import brought, sharing
from pages.ui.shell.pages import PAGES

OTHER, WHO_BRINGS_IT = "f" * 32, "b" * 32
TABLE = "petal_l,hidden_h,petal_w,group\n" + "\n".join(
    f"{i % 7 + 0.5 * (i % 3)},{990000 + i},{i % 5 + 4 * (i % 2)},{'ab'[i % 2]}" for i in range(40)
)
ABOUT_DATA = [page.file for page in PAGES if page.name not in ("gallery", "lessons", "digits", "against")]


def everything(app):
    """All texts that a visitor gets, wherever they stand."""
    return str([*app.main, *app.sidebar]) + "".join(
        str(getattr(one, "value", "")) + str(getattr(one, "options", "")) for one in app
    )


@pytest.fixture(scope="module")
def owner():
    app = visitor(data="own").switch_page("explore.py").run()
    app.text_area[0].set_value(TABLE).run()
    app.multiselect(key="own_columns").set_value(["petal_l", "petal_w"]).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("page", ABOUT_DATA)
def test_a_plain_link_shows_others_nothing_of_a_table_on_any_page(owner, page):
    link = address(owner) | {"edit": "add:1,2"}
    app = visitor(OTHER, **link).switch_page(page).run()
    assert not app.exception
    assert [said(one) for one in app.main.error] == [sharing.NOT_HERE]
    for word in ("petal_l", "hidden_h", "petal_w", "990000"):
        assert word not in everything(app)


def test_the_browser_that_brought_it_and_whoever_brings_it_too_see_it(owner):
    link = address(owner)
    assert not visitor(**link).switch_page("explore.py").run().error
    app = visitor(WHO_BRINGS_IT, **link).switch_page("explore.py").run()
    app.text_area[0].set_value(TABLE).run()
    assert not app.exception
    assert not app.error
    assert app.multiselect(key="own_columns").value == ["petal_l", "petal_w"]


def test_a_link_that_shares_shows_the_chosen_columns_alone_until_it_is_taken_back(owner):
    owner.button(key="share_rows_side").click().run()
    assert not owner.exception
    (link,) = [one.value for one in owner.code if "table=" in one.value]
    query = dict(parse_qsl(urlsplit(link).query))
    assert query["table"] != address(owner)["table"]
    for page in ("explore.py", "check.py"):
        app = visitor("e" * 32, **query).switch_page(page).run()
        assert not app.exception
        assert not app.error
        assert "petal_w" in everything(app)
        assert "shared with you" in everything(app)
        for word in ("hidden_h", "990000"):
            assert word not in everything(app)
    (back,) = [one for one in owner.button if one.label == "Take it back"]
    back.click().run()
    assert not [one for one in owner.button if one.label == "Take it back"]
    gone = visitor("e" * 32, **query).switch_page("explore.py").run()
    assert [said(one) for one in gone.main.error] == [sharing.NOT_HERE]
    app.button(key="undo")  # who looked at it
    assert [said(one) for one in app.run().main.error] == [sharing.NOT_HERE]


def test_only_who_made_a_link_takes_it_back():
    one = sharing.Share("a" * 16, frozenset({"me"}), "all", "?")
    sharing.share("b" * 32, one)
    assert not sharing.take_back("b" * 32, {"somebody"})
    assert sharing.shares("a" * 16, {"somebody"}) == {}
    assert sharing.shares("a" * 16, {"me", "else"}) == {"b" * 32: one}
    assert sharing.may_see("b" * 32, set())
    assert sharing.take_back("b" * 32, {"me"})
    assert not sharing.may_see("b" * 32, {"me"})


@pytest.mark.parametrize("link", [{"init": "loaded"}, {"beside": "init:loaded parameters:{}"}], ids=str)
def test_saved_parameters_are_for_whoever_loaded_them(link):
    name = brought.keep_start(start_at(np.eye(2), np.eye(2)), Settings(data="own"))
    link = {"data": "notebook_2d", "k": "2"} | {key: text.format(name) for key, text in link.items()}
    link |= {} if "beside" in link else {"parameters": name}
    app = visitor(OTHER, **link).switch_page("explore.py").run()
    assert not app.exception
    assert [said(one) for one in app.main.error] == [sharing.NO_PARAMETERS]
    sharing.bring(name, {sha256(WE.encode()).hexdigest()})
    app = visitor(**link).switch_page("explore.py").run()
    assert not app.exception
    assert not app.main.error

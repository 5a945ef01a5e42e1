"""A link for a class: what it hides, and the picture that fills the window, on every page."""

import re

import pytest
from link import address, explore, opened, said, travel, visitor

from pages.ui.address.room import HIDEABLE, ROOM


def dressed(app):
    """What the frame tells the browser to hide, and whether the picture has the whole window."""
    (frame,) = (one.value for one in app.get("html") if "em-room" in one.value)
    return re.search('data-hidden="(.*?)" data-present="(.*?)"', frame).groups()


def test_nothing_is_hidden_unless_a_link_says_so():
    app = explore()
    assert dressed(app) == ("", "")
    assert not address(app).keys() & set(ROOM)


def test_what_a_link_hides_stays_hidden_from_page_to_page_and_in_every_link():
    app = explore(hide="data,menu", present="yes", k="4")
    assert dressed(app) == ("data menu", "yes")
    app.number_input(key="n_components").set_value(5).run()
    assert (address(app)["hide"], address(app)["present"]) == ("data,menu", "yes")
    for name in list(app.query_params):
        del app.query_params[name]  # as a link of the navigation does
    app.switch_page("collapse.py").run()
    assert not app.exception
    assert dressed(app) == ("data menu", "yes")
    assert (address(app)["hide"], address(app)["present"]) == ("data,menu", "yes")


def test_the_back_button_leads_to_where_nothing_was_hidden():
    app = explore(hide="data,menu")
    travel(app, {"data": "moons"})
    assert dressed(app) == ("", "")
    assert "hide" not in address(app)
    travel(app, {"data": "moons", "hide": "menu"})
    assert dressed(app) == ("menu", "")


@pytest.mark.parametrize("page", ["gallery.py", "digits.py", "check.py", "debug.py"])
def test_every_page_is_dressed(page):
    assert dressed(opened(page, hide="controls")) == ("controls data model start", "")


def test_a_part_that_does_not_exist_is_said():
    app = explore(hide="data,everything", present="maybe")
    assert dressed(app) == ("", "")
    assert [said(one) for one in app.warning] == [
        "The link says `hide=data,everything`, but what is hidden names parts, such as data,model, out of "
        f"{', '.join(HIDEABLE)}. It is left out.\n\n"
        "The link says `present=maybe`, but the presentation is yes or no. `present=no` is used instead."
    ]


def test_rows_that_a_link_hides_cannot_be_edited_in_the_table():
    app = explore(tab="Rows", hide="data")
    assert "All 300 rows. They cannot be edited here: the link for a class hides the data." in [
        said(one) for one in app.caption
    ]


def test_a_link_for_a_class_is_made_where_links_are():
    app = visitor(k="4")
    app.context["url"] = "http://lecture.example/"
    app.session_state["share"] = True
    app.run()
    app.button_group(key="share_hidden").set_value(["data", "start"]).run()
    app.toggle(key="share_present").set_value(True).run()
    assert not app.exception
    (texts,) = [one for one in app.get("bidi_component") if "Markdown with a picture" in one.proto.json]
    assert "hide=data%2Cstart&present=yes" in texts.proto.json
    assert dressed(app) == ("", ""), "here, all stays as it is"

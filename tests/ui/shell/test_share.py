"""What is shared is what is seen: a link with all of it, Markdown, a page within a page, a QR code."""

import json
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from link import address, opened, said, visitor

from pages.ui import security
from pages.ui.address.settings import Settings
from pages.ui.player.header import Scene
from pages.ui.player.sight import sight_of
from pages.ui.shell import share

EMBEDDED = "<style>[data-testid=stHeader], [data-testid=stSidebar]"
SEEN = {"graph": "bound", "selected": "17", "zoom": "-5,5,-20,20", "at": "3M", "tab": "Formulas"}


def query(link):
    return dict(parse_qsl(urlsplit(link).query))


def test_a_link_brings_step_tab_curve_row_and_zoom_and_gives_them_on():
    app = visitor(data="moons", k="4", **SEEN)
    app.context["url"] = "http://lecture.example/"
    app.session_state["share"] = True
    app.run()
    assert not app.exception
    assert not app.warning
    assert app.button_group(key="readout").value == "Formulas"
    (texts,) = [e for e in app.get("bidi_component") if "Markdown with a picture" in e.proto.json]
    link, iframe, markdown = (one["text"] for one in json.loads(texts.proto.json))
    assert link.startswith("http://lecture.example/?")
    there = query(link)
    assert there == address(app)
    assert {name: there[name] for name in ("data", "k", "at", "tab")} == {
        "data": "moons",
        "k": "4",
        "at": "3M",
        "tab": "Formulas",
    }
    assert markdown == f"[![EM at half-step 3M](em_3M.png)]({link})"
    assert query(unescape(iframe.split('"')[1])) == there | {"embed": "true"}
    assert share.qr_code(link).startswith(b"\x89PNG")
    assert share.qr_code(link + "9" * 5000) is None


def shared(page, **query):
    app = visitor(**query)
    app.session_state["share"] = True
    app = app.switch_page(page).run()
    assert not app.exception
    (texts,) = [e for e in app.get("bidi_component") if "Within your own page" in e.proto.json]
    return app, {one["name"]: one for one in json.loads(texts.proto.json)}


def test_only_a_page_that_shows_the_half_step_offers_its_picture():
    _, texts = shared("explore.py", data="moons", at="3M")
    assert "Markdown with a picture" in texts
    for page in ("starts.py", "debug.py", "faster.py"):
        app, texts = shared(page, data="moons")
        assert list(texts) == ["Link", "Within your own page"], page
        assert not [one for one in app.get("download_button") if "picture" in one.proto.label], page


def test_whose_pages_may_show_it_is_said(monkeypatch):
    assert share.where().startswith("No other site can show it yet: whoever runs this server names ")
    monkeypatch.setenv(security.FRAMES, "https://a.example https://b.example")
    assert (
        share.where() == "Pages of https://a.example and https://b.example can show it, and no other site's."
    )


def test_the_picture_shows_the_truth_where_the_link_does(monkeypatch):
    asked = []
    monkeypatch.setattr(share.pictures, "picture", lambda *_, **how: asked.append(how) or b"")
    for link in ("http://a.example/?truth=yes", "http://a.example/?k=3"):
        share._picture(Settings(data="blobs", n_samples=20), link, "1M")
    assert [one["truth"] for one in asked] == [True, False]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"graph": "pie"}, "The link says `graph=pie`, but the curve is one of likelihood, bound, "),
        ({"selected": "x"}, "The link says `selected=x`, but the selected row is a whole number from 1 to "),
        ({"selected": "999"}, "The link selects row 999, but there are 300 rows. None is selected."),
        ({"zoom": "1,2"}, "The link says `zoom=1,2`, but what is seen of the axes is four numbers such as "),
        ({"zoom": "1,1,5,2"}, "but an axis goes from a smaller to a larger number. The whole is shown."),
        ({"zoom": "1,2,3,4,5,6,7,8,9"}, "but this picture needs 4 numbers. The whole is shown."),
        (
            {"tab": "Figures"},
            "The link says `tab=Figures`, but the part below the picture is one of Numbers, ",
        ),
        ({"data": "uniform_noise", "graph": "agreement"}, "these data have none. The curve is that of the "),
    ],
    ids=str,
)
def test_what_a_link_shows_and_there_is_not_is_a_sentence(link, sentence):
    app = opened("explore.py", **link)
    assert sentence in said(app.warning[0])


def test_a_part_that_these_data_do_not_have_is_said():
    app = opened("explore.py", data="uniform_noise", tab="Known groups")
    assert "These data have no part *Known groups*: here are the numbers." in [c.value for c in app.caption]
    assert app.button_group(key="readout").value == "Numbers"


def test_a_row_that_is_not_drawn_cannot_be_selected():
    scene = Scene("", "", "", b"", np.array([0, 4, 9]), 20)
    assert sight_of({"selected": 5}, scene, True).shown == {"selected": 1}
    nothing_said = sight_of({"graph": "", "selected": 0, "zoom": ""}, scene, True)
    assert nothing_said.shown == {"graph": "likelihood", "selected": None, "zoom": None}, "it is as at first"
    assert sight_of({}, scene, True).shown == {}, "it stays as it was seen"
    (said_,) = sight_of({"selected": 6}, scene, True).problems
    assert said_ == "The link selects row 6, which is not among those drawn. None is selected."
    zoom = "1,1,1,0,0,0,0,0,1"
    assert sight_of({"zoom": zoom}, scene, True, space=True).shown["zoom"][:3] == [1, 1, 1]


def test_within_another_page_sidebar_and_menu_are_hidden():
    app = visitor()
    app.context["is_embedded"] = True
    app.run()
    assert EMBEDDED in " ".join(e.proto.body for e in app.get("html"))
    assert EMBEDDED not in " ".join(e.proto.body for e in visitor().run().get("html"))


def test_an_address_of_this_computer_is_known_as_such():
    assert share.is_of_this_computer("http://localhost:8501/?k=3")
    assert not share.is_of_this_computer("http://192.168.1.7:8501/?k=3")

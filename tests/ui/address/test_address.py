"""What wins, the address or what was done on the page: as the table in `address` says."""

import pytest
import streamlit as st
from link import address, opened, travel, visitor

from pages.ui.address.state import ADDRESS


def explore(**query):
    return opened("explore.py", **query)


def say(app, query):
    """Let the browser say this address in the next run."""
    app.query_params.clear()
    app.query_params.update(query)
    return app


def back(app, query):
    """The back button: another address, and nothing was done on the page."""
    travel(app, query)
    assert not app.exception


COLD = [{}, {"k": "4"}, {"k": "4", "reg": "0.001", "at": "2M"}]


@pytest.mark.parametrize("link", COLD, ids=str)
def test_a_widget_that_is_changed_in_the_first_moment_after_a_link_counts(link):
    app = explore(**link)
    assert address(app) != link, "the whole address was written"
    say(app, link)  # which the browser does not know yet
    app.number_input(key="max_iter").set_value(50).run()
    assert not app.exception
    assert (address(app)["k"], address(app)["iters"]) == (link.get("k", "3"), "50")
    assert app.number_input(key="max_iter").value == 50


@pytest.mark.parametrize("link", COLD, ids=str)
def test_a_click_in_the_first_moment_after_a_link_counts(link):
    app = explore(seed="8", **link)
    say(app, {"seed": "8"} | link)
    next(button for button in app.button if button.label == "Another start").click().run()
    assert (address(app)["k"], address(app)["seed"]) == (link.get("k", "3"), "9")


def test_an_address_that_comes_late_is_no_way_back():
    """A picture that speaks up before the new one is there sends what the browser still knows."""
    app = explore(k="4")
    before = address(app)
    app.number_input(key="n_components").set_value(5).run()
    say(app, before).run()
    assert address(app)["k"] == "5"
    assert app.number_input(key="n_components").value == 5
    back(app, before)
    assert address(app)["k"] == "4"


def test_a_card_is_opened_though_a_click_came_with_the_way_to_the_gallery():
    app = explore(seed="8")
    next(button for button in app.button if button.label == "Another start").click()
    say(app.switch_page("gallery.py"), {}).run()
    say(app.switch_page("explore.py"), {"data": "qa_series", "k": "2"}).run()
    assert not app.exception
    assert (address(app)["data"], address(app)["k"]) == ("qa_series", "2")


def test_a_link_to_a_half_step_alone_is_one_also_for_who_comes_from_the_gallery():
    app = explore(k="4")
    say(app.switch_page("gallery.py"), {}).run()
    say(app.switch_page("explore.py"), {"at": "6E"}).run()
    assert (address(app)["k"], address(app)["at"]) == ("3", "6E")


@pytest.mark.parametrize("link", [{}, {"firstseed": "7"}], ids=str)
def test_what_is_of_a_page_alone_counts_in_the_first_moment_too(link):
    app = opened("starts.py", seeds="2", **link)
    say(app, {"seeds": "2"} | link)
    app.number_input(key="starts_seeds").set_value(3).run()
    assert (address(app)["seeds"], address(app)["firstseed"]) == ("3", link.get("firstseed", "0"))
    say(app, {"seeds": "2"} | link)
    next(button for button in app.button if button.label == "A tiny group").click().run()
    assert (address(app)["seeds"], address(app)["data"]) == ("3", "tiny_cluster")


def test_quick_changes_all_count():
    app = explore()
    before = address(app)
    for k in (4, 5, 6):
        say(app, before)  # that of the change before has not arrived yet
        app.number_input(key="n_components").set_value(k).run()
        assert address(app)["k"] == str(k)
    say(app, before)
    app.number_input(key="random_state").set_value(2).run()
    assert (address(app)["k"], address(app)["seed"]) == ("6", "2")


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.number_input(key="n_components").set_value(5),
        lambda app: app.selectbox(key="data").select("moons"),
        lambda app: app.selectbox(key="reg_covar").set_value(0.01),
        lambda app: next(button for button in app.button if button.label == "Another start").click(),
    ],
    ids=["number", "data", "power of ten", "click"],
)
@pytest.mark.parametrize("reg", ["1e-06", "0.001"])
def test_the_back_button_undoes_a_change(change, reg):
    app = explore(reg=reg)
    before = address(app)
    change(app).run()
    changed = address(app)
    assert changed != before
    for _ in range(2):
        back(app, before)
        assert address(app) == before
        assert app.number_input(key="n_components").value == 3
        back(app, changed)
        assert address(app) == changed


def test_a_widget_that_was_not_shown_meanwhile_is_not_one_that_was_changed():
    app = explore(n="40")
    app.selectbox(key="data").select("moons").run()
    without = address(app)
    back(app, {"data": "qa_series", "n": "60"})  # other rows in a blob, in no widget
    back(app, without)
    assert address(app) == without
    back(app, {"n": "70"})
    assert (address(app)["data"], address(app)["n"]) == ("blobs", "70")


def test_sentences_of_a_link_are_said_until_something_is_chosen():
    app = explore(k="many")
    (said,) = app.warning
    assert said.value.startswith("The link says `k=many`")
    app.number_input(key="n_components").set_value(4).run()
    assert not app.warning
    back(app, {"colour": "red"})
    assert [one.value for one in app.warning] == [
        "The link sets `colour`, which means nothing here; it is left out."
    ]


def test_the_half_step_of_a_link_stays_through_other_views_and_ends_with_the_run():
    app = explore(data="notebook_3d", k="2", at="2M")
    app.toggle(key="contours").set_value(True).run()
    assert address(app)["at"] == "2M"
    app.number_input(key="n_components").set_value(3).run()
    assert "at" not in address(app)


def test_pages_of_the_same_run_share_the_half_step_and_others_have_their_own():
    app = explore(k="4", at="2M")
    for page, at in {"predict.py": "2M", "collapse.py": "2M", "debug.py": None, "explore.py": "2M"}.items():
        app.switch_page(page)
        say(app, {}).run()
        assert not app.exception
        assert address(app).get("at") == at, page


def test_an_address_without_a_word_is_the_page_as_it_was():
    app = explore(k="5")
    before = address(app)
    back(app, {})
    assert address(app) == before
    assert app.number_input(key="n_components").value == 5


def test_two_sessions_know_nothing_of_each_other():
    one, other = explore(k="4"), explore()
    assert one.session_state[ADDRESS] is not other.session_state[ADDRESS]
    assert (address(one)["k"], address(other)["k"]) == ("4", "3")
    assert visitor().run().number_input(key="n_components").value == 3


def test_a_run_that_was_cut_short_knows_its_address(monkeypatch):
    """Who goes back and forward quickly is where he was: each run ends before it has written the address."""
    app = explore(k="3", iters="30")
    whole = address(app)

    def cut_short(*_args, **_others):
        st.stop()

    with monkeypatch.context() as patch:
        patch.setattr("pages.ui.address.address.keep", cut_short)
        back(app, whole | {"iters": "20"})
        assert app.number_input(key="max_iter").value == 20
    back(app, whole)
    assert app.number_input(key="max_iter").value == 30
    assert address(app) == whole

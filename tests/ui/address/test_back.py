"""Undo and redo: what they say, what they lead to, and that the link stays the state."""

import pytest
from link import address, explore, opened, press_key, travel

from pages.ui.address.history import between, in_short
from pages.ui.address.presets import BY_TITLE
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.choose_k import settings as choose_k
from pages.ui.debug import settings as debug
from pages.ui.digits import settings as digits
from pages.ui.faster import settings as faster
from pages.ui.predict import settings as predict


def labels(app):
    """What undo and redo say; None where there is nothing."""
    undo, redo = app.button(key="undo"), app.button(key="redo")
    again = None if redo.disabled else redo.help.removesuffix(" (Ctrl + Shift + Z)")
    return None if undo.disabled else undo.label, again


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_components": 4}, ["Components k from 3 to 4"]),
        ({"edits": "add:1,2"}, ["a point added"]),
        ({"edits": "add:1,2;delete:3;delete:4"}, ["a point added, 2 points deleted"]),
        ({"edits": "missing:1,-9"}, ["1 treatment"]),
        ({"forks": "7:0:1,2"}, ["fork at 7"]),
        ({"init": "given", "means": "1,2;3,4", "n_components": 2}, ["means placed by hand"]),
        (
            {"covariance_type": "diag", "tol": 0.0},
            ["Covariances from full to diag", "Tolerance from 0.001 to 0"],
        ),
        ({"stretch": False}, ["Stretch them off"]),
        (
            {"data": "moons", "random_state": 0},
            [
                "Data from Generated blobs to Moons",
                "Components k from 3 to 2",
                "Seed of the start from 6 to 0",
            ],
        ),
        ({"init": "random_from_data"}, ["Initialisation from round, at random rows to random rows"]),
        ({"components": "t_noise"}, ["Kind of components from Gaussian to t and noise"]),
        ({"beside": "kmeans"}, ["Beside it from nothing to k-means, from the same means"]),
        ({"across": "f2"}, ["Across changed"]),
        (
            {"table": "0123456789abcdef", "data": "own"},
            ["Data from Generated blobs to Your own table", "Table set"],
        ),
    ],
    ids=str,
)
def test_changes_in_words(changed, said):
    now = Settings().changed(**changed)
    assert between(Settings(), now) == said
    assert bool(between(now, Settings()))


def test_no_choice_of_any_page_is_named_by_its_key():
    pages = (choose_k, debug, digits, faster, predict)
    known = [FIELDS, *(page.FIELDS for page in pages)]
    fields = [field for some in known for field in some.values()]
    named = [field.in_words(one) for field in fields for one in field.options]
    assert [one for one in named if not isinstance(one, str) or "_" in one] == []


def test_what_is_taken_back_from_a_list_is_said_so():
    one, two = Settings(forks="7:0:1,2"), Settings(forks="7:0:1,2;9:1:3,4")
    assert between(two, one) == ["fork at 9 undone"]
    assert between(one, Settings(forks="7:0:5,5")) == ["fork at 7 instead"]
    assert in_short(["a", "b", "c", "d", "e"]) == "a; b; c; 2 more"


def test_undo_and_redo_name_what_they_do_and_the_link_follows():
    app = opened("explore.py")
    first = address(app)
    assert labels(app) == (None, None)
    app.number_input(key="n_components").set_value(4).run()
    second = address(app)
    app.selectbox(key="covariance_type").select("diag").run()
    third = address(app)
    assert labels(app) == ("Undo: Covariances from full to diag", None)
    press_key(app, "undo")
    assert address(app) == second
    assert labels(app) == ("Undo: Components k from 3 to 4", "Redo: Covariances from full to diag")
    assert app.toast[0].value == "Undone: Covariances from full to diag"
    press_key(app, "undo")
    assert (address(app), labels(app)) == (first, (None, "Redo: Components k from 3 to 4"))
    assert app.number_input(key="n_components").value == 3
    press_key(press_key(app, "redo"), "redo")
    assert (address(app), labels(app)[1]) == (third, None)
    press_key(app, "undo")
    app.number_input(key="random_state").set_value(9).run()
    assert labels(app) == ("Undo: Seed of the start from 6 to 9", None), "another way was taken"


def test_the_browsers_own_buttons_move_along_the_same_history():
    app = opened("explore.py")
    first = address(app)
    app.number_input(key="n_components").set_value(4).run()
    second = address(app)
    for query, expected in (
        (first, (None, "Redo: Components k from 3 to 4")),
        (second, ("Undo: Components k from 3 to 4", None)),
    ):
        travel(app, query)
        assert (address(app), labels(app)) == (query, expected)


def test_a_page_undoes_what_is_to_be_seen_there():
    app = opened("explore.py")
    app.number_input(key="n_components").set_value(4).run()
    app.query_params.clear()
    app.switch_page("predict.py").run()
    app.number_input(key="unlike").set_value(5.0).run()
    assert labels(app)[0] == "Undo: Unlike: the lowest … % from 1 to 5"
    app.query_params.clear()
    app.switch_page("explore.py").run()
    assert labels(app) == ("Undo: Components k from 3 to 4", None)
    press_key(app, "undo")
    assert address(app)["k"] == "3"
    app.query_params.clear()
    app.switch_page("predict.py").run()
    assert address(app)["unlike"] == "5"
    press_key(app, "undo")
    assert (address(app)["unlike"], address(app)["k"]) == ("1", "3")


def test_where_a_run_cannot_be_made_there_is_a_way_back():
    app = opened("explore.py", n="2", blobs="1", k="1")
    app.number_input(key="n_components").set_value(9).run()
    assert app.error
    assert labels(app)[0] == "Undo: Components k from 1 to 9"
    press_key(app, "undo")
    assert not app.error


def test_a_card_brings_its_lesson_and_says_how_far_away_one_is():
    card = BY_TITLE["Cigars"]
    app = opened("explore.py", **card.settings.to_query())

    def lesson():
        return next((m.value for m in app.main.markdown if m.value.startswith("**Cigars.**")), None)

    assert lesson() == f"**Cigars.** {card.watch}"
    app.number_input(key="n_components").set_value(3).run()
    app.number_input(key="random_state").set_value(4).run()
    assert lesson().endswith(
        ":gray[2 changes from the card. Components k from 2 to 3; Seed of the start from 0 to 4.]"
    )
    press_key(app, "to_card")
    assert lesson() == f"**Cigars.** {card.watch}"
    assert address(app)["seed"] == "0"
    assert labels(app)[0] == "Undo: Components k from 3 to 2; Seed of the start from 4 to 0"
    app.selectbox(key="data").select("moons").run()
    assert lesson() is None, "other data are not of that card"
    press_key(app, "undo")
    assert lesson() == f"**Cigars.** {card.watch}"


def test_a_table_that_was_brought_is_taken_back_and_comes_again():
    app = explore(data="own")
    tables = [None]
    for rows in ("1 2\n2 4\n3 1\n5 3", "7 1\n2 5\n3 3\n1 1"):
        next(one for one in app.text_area if "paste" in one.label).set_value(rows).run()
        tables.append(address(app)["table"])
    for key, table in zip(("undo", "undo", "redo", "redo"), (*tables[1::-1], *tables[1:]), strict=True):
        press_key(app, key)
        assert address(app).get("table") == table
    said = "Table changed; Column of known groups set"
    assert labels(app) == (f"Undo: {said}", None)
    press_key(app, "undo")
    assert labels(app)[1] == f"Redo: {said}"

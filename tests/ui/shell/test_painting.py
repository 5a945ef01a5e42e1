"""Data painted by hand: an empty canvas says what to do, and a full link goes on as a table."""

import numpy as np
import pytest
from link import explore, keep_table, opened, said, settings_of

from pages.ui.address.choices import PAINTED
from pages.ui.address.settings import Settings
from pages.ui.runs import brought, fits
from pages.ui.runs.data import dataset
from pages.ui.runs.rows import rows
from pages.ui.shell import own_table

TWO = "spray:40,1:1,1:0,0;spray:40,2:1,1:5,5"


def canvas(app):
    """What an empty canvas says; None where there is none."""
    assert not app.exception
    return next((said(one) for one in app.main.info if "Paint your own data" in one.value), None)


def test_an_empty_canvas_says_what_to_do_and_how_many_points_are_needed():
    assert "For 3 components at least 3 points are needed" in canvas(explore(data=PAINTED))
    few = canvas(explore(data=PAINTED, k="9", edit="spray:4,1:1,1:0,0"))
    assert "There are 4 points so far." in few
    assert "For 9 components at least 9 points are needed" in few
    assert canvas(explore(data=PAINTED, edit=TWO)) is None
    erased = explore(data=PAINTED, edit=f"{TWO};erase:50,50:0,0")
    assert "There are" not in canvas(erased)
    button = next(one for one in erased.main.button if one.label == "Begin with three blobs")
    button.click().run()
    assert canvas(erased) is None
    assert len(dataset(settings_of(erased)).X) == 120


@pytest.mark.parametrize("page", ["check.py", "choose_k.py", "collapse.py", "debug.py", "predict.py"])
def test_other_pages_take_painted_data_too(page):
    assert canvas(opened(page, data=PAINTED)) is not None
    assert canvas(opened(page, data=PAINTED, edit=TWO)) is None


def test_painted_points_are_all_there_is_and_a_start_is_made_of_them():
    settings = Settings.opened(PAINTED, edits=TWO)
    assert settings.edits_at_start == TWO
    assert not settings.edited_since_start
    X = dataset(settings).X
    start = fits.run(settings).steps[0].mixture.means
    assert all((mean == X).all(axis=1).any() for mean in start)
    np.testing.assert_array_equal(rows(settings).frame.to_numpy(), X)
    others = Settings.opened("blobs", edits=TWO)
    assert others.edited_since_start
    assert others.edits_at_start == ""


def test_what_no_longer_fits_into_the_link_goes_on_as_a_table():
    text = ";".join(f"spray:5,{i}:0.25,0.25:{i / 7:.15f},{-i / 3:.15f}" for i in range(65))
    assert 3000 < len(text) < 4000
    app = explore(data=PAINTED, edit=text, k="2")
    assert any("The link is nearly full" in one.value for one in app.main.caption)
    X = dataset(settings_of(app)).X
    next(one for one in app.main.button if one.label == "Go on with these rows as a table").click().run()
    assert not app.exception
    now = settings_of(app)
    assert (now.data, now.edits, now.n_components) == ("own", "", 2)
    np.testing.assert_array_equal(dataset(now).X, X)


def test_rows_that_go_on_as_a_table_keep_all_that_is_known_of_them(monkeypatch):
    lines = [f"{i * i},{i * 5 % 7},{('=b', '@a')[i % 2]},{1 + i % 3}" for i in range(12)]
    name = keep_table("\n".join(["=a,counts,kind,w", *lines]).encode(), "own.csv")
    own = Settings(data="own", table=name, columns="1,2", label="2", weight="3", edits="add:1,1")
    before = dataset(own)
    kept = {}
    monkeypatch.setattr(own_table, "_bring", keep_table)
    monkeypatch.setattr(own_table.address, "change", kept.update)
    own_table.adopt(own)
    table = brought.table(Settings(data="own", table=kept["table"]))
    assert list(table.frame) == ["=a", "counts", "known group", "counts (2)"]
    np.testing.assert_array_equal(table.frame[["=a", "counts"]], before.X)
    np.testing.assert_array_equal(table.frame["counts (2)"], before.sample_weight)
    assert table.likely_label == "known group"

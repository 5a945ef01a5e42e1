"""The benchmark: what it measures is so, and each row can be watched."""

from urllib.parse import parse_qsl

import pandas as pd
from link import tables, visitor

from pages.ui.address.settings import Settings
from pages.ui.against import benchmark


def test_both_end_in_the_same_place_and_each_row_can_be_watched():
    app = visitor().run()
    app.switch_page("against.py").run()
    assert not app.exception
    assert app.markdown[-1].value.startswith(":green-badge[all agree to ")
    table = tables(app)[0].set_index("data")
    assert list(table.index) == list(benchmark.EXPERIMENTS)
    assert table["largest difference"].max() < 1e-10
    assert (table["same clusters"] == 1).all()
    assert (table["iterations"] == table["sklearn's iterations"]).all()
    assert (table["wrong"] == table["sklearn's wrong"]).all()
    assert table["wrong"].tolist() == ["13.3%", *["0.0%"] * 4]
    assert (table[["time, ms", "sklearn's time, ms"]] > 0).all(axis=None)
    for link, settings in zip(table["in Explore"], benchmark.EXPERIMENTS.values(), strict=True):
        assert Settings.from_query(dict(parse_qsl(link.removeprefix("./?")))) == (settings, ())


def test_what_all_rows_say_together():
    rows = {"agrees": [True, True], "difference": [1e-15, 2.2e-14]}
    assert benchmark.verdict(pd.DataFrame(rows)) == ("all agree to 2e-14", "green")
    rows = {"agrees": [True, False], "difference": [1e-15, 0.1]}
    said = "not all agree: the largest difference is 1e-01"
    assert benchmark.verdict(pd.DataFrame(rows)) == (said, "orange")

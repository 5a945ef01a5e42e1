"""What is open about the rows of a user's own table: said wherever a run takes them for measurements."""

import numpy as np
import pytest
from link import keep_table, opened, said


def own(values, **query):
    text = "\n".join(["height", *(f"{value:.4g}" for value in values)])
    return {"data": "own", "table": keep_table(text.encode(), "own.csv"), "reg": "0.01", **query}


HEIGHTS = np.random.default_rng(0).normal(170, 9, 120)
WITH_CODES = np.r_[HEIGHTS, [-99] * 5]


def captions(app):
    return " ".join(said(caption) for caption in app.main.caption)


def links(app):
    return [element.label for element in app.main.get("page_link")]


@pytest.mark.parametrize("page", ["explore", "predict"])
def test_codes_for_missing_are_named_above_the_picture_with_the_way_to_treat_them(page):
    app = opened(f"{page}.py", **own(WITH_CODES))
    assert not app.exception
    what = "Open about the rows: -99 stands 5 times, far from all other values"
    assert what in captions(app)
    assert "Treat or keep it in Check" in links(app)

    app = opened(f"{page}.py", **own(WITH_CODES, edit="keep:code,1,-99"))
    assert "Open about the rows" not in captions(app)
    assert "Treat or keep it in Check" not in links(app)


def test_nothing_is_said_of_rows_of_which_nothing_is_open_nor_of_ours():
    assert "Open about the rows" not in captions(opened("explore.py", **own(HEIGHTS)))
    assert "Open about the rows" not in captions(opened("explore.py", data="qa_series"))


def test_rows_with_gaps_are_looked_at_where_they_are_whole():
    values = [f"{one:.4g},{other:.4g}" for one, other in zip(WITH_CODES, WITH_CODES[::-1] + 3, strict=True)]
    table = keep_table("\n".join(["height,span", "170,", *values]).encode(), "own.csv")
    app = opened("explore.py", data="own", table=table, reg="0.01", missing="observed")
    assert not app.exception
    assert "Open about the rows: " in captions(app)

"""Links of what is hardly data: a sentence, and never a traceback."""

import pytest
import streamlit as st
from link import opened

from tests import fuzz


@pytest.mark.filterwarnings("ignore")  # numpy may warn of such numbers, in the log
@pytest.mark.parametrize("page", ["starts.py", "collapse.py", "debug.py", "check.py"])
def test_a_row_whose_square_hardly_is_a_number(page):
    opened(page, edit="add:1e99,1e99")


@pytest.mark.filterwarnings("ignore")
def test_a_row_so_far_away_that_the_smallest_variance_is_lost():
    opened("collapse.py", n="3", blobs="2", features="2", edit="move:1:13.721,1e76")


def test_densities_that_are_equal_but_for_rounding():
    opened("predict.py", n="2", blobs="1", k="1", dataseed="2")


@pytest.mark.filterwarnings("ignore")
def test_a_slice_of_the_fuzzer():
    light = ("explore", "predict", "collapse", "debug")
    some = [link for link in fuzz.links(20_000, 60) if link.page in light][:6]
    assert len({link.page for link in some}) > 2
    assert [broken for link in some for broken in fuzz.opened(link)] == []


def test_every_setting_of_every_page_takes_part_in_the_fuzzer():
    met = {(link.page, name) for link in fuzz.links(0, 2500) for name in link.query}
    for page in fuzz.SHARES:
        for field in fuzz.fields_of(page).values():
            assert (page, field.query) in met


def test_the_fuzzer_notices_an_error_in_a_page(monkeypatch):
    def breaks(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(st, "title", breaks)
    assert fuzz.opened(fuzz.Link("explore", {})) != []

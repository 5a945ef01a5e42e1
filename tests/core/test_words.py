"""Sentences: counts, plurals and numbers as words, and a stranger's text as code."""

import pytest

from gmm_core.words import as_code, count, in_words, plural


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")])
def test_a_count_has_its_plural(n, said):
    assert count(n, "row") == said


def test_a_word_alone_has_it_too():
    assert [plural(n, "row") for n in (0, 1, 2)] == ["rows", "row", "rows"]
    assert [plural(n, "has", "have") for n in (0, 1, 2)] == ["have", "has", "have"]


def test_numbers_are_words_up_to_ten():
    assert [in_words(n) for n in (0, 4, 10, 11)] == ["no", "four", "ten", "11"]


def test_code_stays_code_on_one_line_and_short():
    assert as_code("a`b\n c") == "`a'b c`"
    assert as_code("x" * 61) == f"`{'x' * 57}...`"

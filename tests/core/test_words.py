"""Sentences: counts, plurals and numbers as words, and a stranger's text as code."""

import pytest

from gmm_core.words import as_code, count, in_words, percent, plural, rounded


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")])
def test_a_count_has_its_plural(n, said):
    assert count(n, "row") == said


def test_a_word_alone_has_it_too():
    assert [plural(n, "row") for n in (0, 1, 2)] == ["rows", "row", "rows"]
    assert [plural(n, "has", "have") for n in (0, 1, 2)] == ["have", "has", "have"]


def test_numbers_are_words_up_to_ten():
    assert [in_words(n) for n in (0, 4, 10, 11)] == ["no", "four", "ten", "11"]


@pytest.mark.parametrize(
    ("share", "digits", "said"),
    [
        *((0, 1, "0.0%"), (1, 0, "100%"), (0.25, 0, "25%"), (0.99996, 1, "99.996%"), (0.00004, 1, "0.004%")),
        *((0.997, 0, "99.7%"), (1 - 1e-9, 1, "over 99.9999%"), (1e-9, 2, "under 0.0001%")),
    ],
)
def test_a_share_looks_like_all_or_nothing_only_where_it_is(share, digits, said):
    assert percent(share, digits) == said


def test_code_stays_code_on_one_line_and_short():
    assert as_code("a`b\n c") == "`a'b c`"
    assert as_code("x" * 61) == f"`{'x' * 57}...`"


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (2e-7, 1, "2 × 10⁻⁷"),
        (-1.234e-12, 2, "-1.2 × 10⁻¹²"),
        (0.00012, 2, "0.00012"),
        (26.4, 2, "26"),
        (123.0, 2, "120"),
        (1_234_567.0, 2, "1,200,000"),
        (1.5e9, 2, "1.5 × 10⁹"),
        (float("inf"), 2, "inf"),
    ],
)
def test_no_number_in_a_sentence_is_written_as_machines_do(value, digits, said):
    assert rounded(value, digits) == said

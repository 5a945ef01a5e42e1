"""Settings as a value, to and from a link."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core.engine.covariance import FAMILIES
from pages.ui.address.choices import STARTS
from pages.ui.address.settings import DATA_NAMES, FIELDS, VIEW, Settings

numbers = st.floats(0, 1e3, allow_nan=False)
settings = st.builds(
    Settings,
    data=st.sampled_from(DATA_NAMES),
    n_samples=st.integers(2, 100_000),
    cluster_std=st.floats(0.01, 100),
    stretch=st.booleans(),
    n_components=st.integers(1, 12),
    covariance_type=st.sampled_from([*FAMILIES]),
    init=st.sampled_from([*STARTS]),
    reg_covar=numbers,
    tol=numbers,
)


@given(settings)
def test_a_link_gives_back_what_it_was_made_of(chosen):
    back, problems = Settings.from_query(chosen.to_query())
    assert problems == ()
    assert back.to_query() == chosen.to_query()
    for name, field in FIELDS.items():
        if chosen.data == "blobs" or not field.for_blobs:
            value = getattr(chosen, name)
            assert getattr(back, name) == value or math.isclose(getattr(back, name), value, rel_tol=1e-11)


@given(st.dictionaries(st.sampled_from([f.query for f in FIELDS.values()]) | st.text(), st.text()))
def test_nonsense_never_raises_and_is_always_mentioned(query):
    chosen, problems = Settings.from_query(query)
    again, none = Settings.from_query(chosen.to_query())
    assert again.to_query() == chosen.to_query()
    assert none == ()
    for name in query:
        known = [f for f in FIELDS.values() if name in (f.query, f.sklearn)]
        if not known and name not in VIEW:
            assert any("means nothing here" in problem for problem in problems)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            {"k": "abc"},
            "The link says `k=abc`, but the number of components is a whole number from 1 to 12. "
            "`k=3` is used instead.",
        ),
        (
            {"k": "-3"},
            "The link says `k=-3`, but the number of components is a whole number from 1 to 12. "
            "`k=3` is used instead.",
        ),
        (
            {"k": "10000000000"},
            "The link says `k=10000000000`, but the number of components is a whole number from 1 to 12. "
            "`k=3` is used instead.",
        ),
        (
            {"cov": "round"},
            "The link says `cov=round`, but the covariance family is one of full, tied, diag, spherical. "
            "`cov=full` is used instead.",
        ),
        (
            {"reg": "nan"},
            "The link says `reg=nan`, but reg_covar is a number from 0 to 1e+12. "
            "`reg=1e-06` is used instead.",
        ),
        (
            {"stretch": "maybe"},
            "The link says `stretch=maybe`, but the stretch is yes or no. `stretch=yes` is used instead.",
        ),
        ({"color": "red"}, "The link sets `color`, which means nothing here; it is left out."),
    ],
)
def test_nonsense_is_said(query, sentence):
    chosen, problems = Settings.from_query(query)
    assert problems == (sentence,)
    assert chosen == Settings()


def test_a_strangers_text_cannot_leave_its_quotes():
    _, (problem,) = Settings.from_query({"k": "`![x](y)`\n# big" + "x" * 500})
    assert problem.count("`") == 4
    assert "\n" not in problem
    assert len(problem) < 250


def test_an_unknown_dataset_is_named():
    chosen, (problem,) = Settings.from_query({"data": "iris"})
    assert chosen.data == "blobs"
    assert problem.startswith(
        "The link says `data=iris`, but the data is one of blobs, own, painted, qa_series, digits"
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"k": "1" + 400 * "0"}, "the number of components is a whole number from 1 to 12"),
        ({"n": 5000 * "9"}, "the rows in each blob is a whole number from 2 to 100,000"),
        ({"reg": "1e999"}, "reg_covar is a number from 0 to 1e+12"),
        ({"edit": "add:1e999,0"}, "with numbers below 1e100"),
        ({"edit": "add:1e150,1e150"}, "with numbers below 1e100"),
        ({"init": "given", "means": "1e999,0;1,1;2,2"}, "are positions in one or two dimensions"),
    ],
    ids=str,
)
def test_numbers_that_are_too_large_are_refused(query, sentence):
    _, (problem,) = Settings.from_query(query)
    assert sentence in problem


def test_a_link_may_use_the_names_of_scikit_learn():
    names = {
        "n_components": ("4", "k", 4),
        "covariance_type": ("diag", "cov", "diag"),
        "reg_covar": ("0.01", "reg", 0.01),
        "init_params": ("k-means++", "init", "k-means++"),
        "random_state": ("8", "seed", 8),
        "tol": ("1e-5", "tol", 1e-5),
        "max_iter": ("20", "iters", 20),
    }
    chosen, problems = Settings.from_query({name: text for name, (text, _, _) in names.items()})
    assert problems == ()
    for name, (text, ours, value) in names.items():
        assert chosen.to_query()[ours] == FIELDS["init" if ours == "init" else name].write(value)
        assert Settings.from_query({name: text, ours: text})[1] == (), "the same twice is no contradiction"


def test_two_names_that_contradict_each_other_are_a_sentence():
    chosen, (said,) = Settings.from_query({"n_components": "4", "k": "5"})
    assert chosen.n_components == 5
    assert said == "The link says both `k=5` and `n_components=4`, which name one thing; the first counts."
    _, (said,) = Settings.from_query({"max_iter": "many"})
    assert said.endswith("`max_iter=100` is used instead.")


def test_a_link_from_when_rows_were_repeated_says_the_same_but_for_rows_by_their_numbers():
    old = {"data": "own", "table": "0" * 16, "weight": "3"}
    settings, problems = Settings.from_query(old)
    assert (settings.weight, problems, settings.to_query()["counts"]) == ("3", (), "3")
    of_columns = "missing:2,-9999;log:1"
    settings, problems = Settings.from_query(old | {"edit": of_columns})
    assert (settings.edits, problems) == (of_columns, ())
    settings, (problem,) = Settings.from_query(old | {"edit": f"without:17;{of_columns};delete:3;add:3,4"})
    assert settings.edits == f"{of_columns};add:3,4"
    assert "numbered anew" in problem
    settings, problems = Settings.from_query(old | {"counts": "2"})
    assert settings.weight == "2"

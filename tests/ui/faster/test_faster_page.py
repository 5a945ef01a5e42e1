"""The page of ways up, without a browser: what it says of each, what is in the link, what is bad input."""

import re

import pytest
from link import address, opened

from gmm_core.engine.ways.table import WAYS
from pages.ui.faster.settings import FIELDS, LABELS, option_name

FEW = {"data": "tutorial_60", "k": "3", "init": "kmeans", "seed": "0"}


def faster(**query):
    return opened("faster.py", **query)


def plain(text):
    return text.replace("\\", "").strip("*")


def said(app):
    (answer,) = [plain(one.value) for one in (*app.success, *app.warning)]
    return answer


def table(app):
    return app.main.table[0].value


@pytest.fixture(scope="module")
def example():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gmm_core.laboratory.faster.LEAST_SECONDS", 1000.0)  # however busy the machine is
        return faster()


def test_the_example_shows_the_trouble_at_once(example):
    assert address(example) == {
        "data": "overlapping",
        "k": "3",
        "cov": "full",
        "reg": "1e-06",
        "init": "kmeans",
        "seed": "0",
        "tol": "0.001",
        "iters": "100",
        "way": "accelerated",
        "climbtol": "1e-08",
        "climbiters": "1000",
    }
    assert said(example) == (
        "To the same likelihood EM needs 160 passes over the rows, accelerated EM 15: 10.7 times fewer."
    )
    (rate,) = [plain(one.value) for one in example.main.markdown if "At its end" in one.value]
    assert rate == (
        "At its end, each iteration of EM leaves **98.2%** of the way that is left: so much shorter than the "
        "one before were its last steps. The largest share of missing information is **98.2%**: where the "
        "parameters are hardest to tell, the rows hold 1.8% of the information that they would if it were "
        "known whose each is. At EM's very end the two are equal (Dempster, Laird & Rubin 1977); here, they "
        "agree. (The share is the largest eigenvalue of EM's map there, found by asking it a little to "
        "either side, and with reg_covar = 1e-06 a share of information but for what that adds.)"
    )


def test_the_table_says_what_each_way_cost_where_it_ended_and_what_was_checked(example):
    found = table(example)
    assert list(found.index) == list(LABELS.values())
    assert found["passes"].tolist()[:2] == [160, 15]
    assert found["passes"].isna().tolist() == [False, False, False, False, True, True, True]
    assert found["ends at"].tolist()[:4] == ["the best end"] * 4
    assert found["ends at"]["hard EM"] == "0.024 a row below the best"
    assert found["ends at"]["stochastic EM"].endswith("; never settles")
    assert found["what was checked"].tolist() == [
        "the log-likelihood never fell",
        "the log-likelihood never fell",
        "the lower bound never fell",
        "at each temperature the free energy never fell",
        "the classification log-likelihood never fell",
        "promises nothing",
        "the lower bound of the evidence never fell",
    ]


def test_another_way_stands_beside_em_and_its_options_are_in_the_link():
    app = faster(**FEW)
    app.selectbox("faster_way").set_value("annealed").run()
    assert not app.exception
    assert address(app)["way"] == "annealed"
    assert "EM beside annealed EM" in [one.value for one in app.main.header]
    app.number_input(option_name("annealed", WAYS["annealed"].options[0])).set_value(1.0).run()
    assert address(app)["annealed_hottest"] == "1"
    assert not app.exception
    app.button_group("faster_clock").set_value("seconds").run()
    assert address(app)["clock"] == "seconds"


def test_every_option_that_a_way_declares_can_be_chosen():
    assert [name for name in FIELDS if name.count("_") > 1] == [
        "faster_batches_size",
        "faster_annealed_hottest",
        "faster_annealed_cooling",
        "faster_stochastic_seed",
        "faster_variational_concentration",
    ]
    for way, kind in WAYS.items():
        for option in kind.options:
            app = faster(**FEW, way=way)
            assert app.number_input(option_name(way, option)).label == option.label


def test_where_groups_are_apart_em_is_not_slow():
    assert re.fullmatch(
        r"To the same likelihood EM needs \d passes over the rows, accelerated EM \d: here, EM is not slow\.",
        said(faster(**FEW)),
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            {"way": "batches", "batches_size": "61"},
            "Mini-batch EM is left out.** A batch of 61 rows is larger than the data, which have 60. Choose "
            "at most that many; with all rows in one batch, it is EM.",
        ),
        (
            {"way": "annealed", "annealed_hottest": "20", "annealed_cooling": "0.99"},
            "Annealed EM is left out.** The plan cools too slowly: from 20 to 1 in steps of 0.99 are 298 "
            "temperatures, and 200 are the most. Choose a smaller cooling.",
        ),
    ],
)
def test_options_that_make_no_sense_here_are_a_sentence(query, sentence):
    app = faster(**FEW, **query)
    assert [plain(one.value) for one in app.warning] == [sentence]
    assert "EM" in [one.value for one in app.main.header]
    assert len(table(app)) == len(WAYS) - 1


def test_a_plan_that_never_cools_is_refused_in_the_link():
    app = faster(**FEW, annealed_cooling="1.2")
    assert any(
        "The link says `annealed_cooling=1.2`, but cooling of annealed EM is a number from 0.1 to 0.99."
        in plain(one.value)
        for one in app.warning
    )


def test_a_run_that_is_not_at_its_end_says_so():
    app = faster(climbiters="5")
    assert said(app) == (
        "EM was stopped after 5 iterations, before its end. Allow more iterations to compare the ways."
    )
    assert table(app)["ends at"]["EM"].endswith("not at its end")


def test_hard_em_that_loses_a_component_says_which():
    app = faster(data="tutorial_collapse", k="12", init="random", seed="3", way="hard", climbiters="50")
    assert not app.exception
    ends = table(app)["ends at"]
    assert all(re.search("collapsed$|best|end", one) for one in ends)


def test_a_rate_where_em_was_stopped_and_information_that_is_not_found_are_said_as_such():
    app = faster(climbiters="60")
    (rate,) = [plain(one.value) for one in app.main.markdown if "each iteration" in one.value]
    assert rate.startswith("Where it was stopped, each iteration of EM leaves **")
    assert rate.endswith("How much information is missing is not told, as EM did not come to an end.")
    app = faster(data="digits_2_6", k="2", climbiters="30", init="kmeans", seed="0")
    assert any(
        "was not found, as where a component has no extent in some direction but what reg_covar gives it."
        in plain(one.value)
        for one in app.main.markdown
    )


def test_a_collapse_of_em_is_said():
    app = faster(data="qa_series", k="3", reg="0", init="random_from_data", seed="24", climbiters="200")
    assert said(app) == (
        "EM collapsed: component 3 shrank onto too few points, or lost them all. Raise reg_covar, or start "
        "elsewhere: of such a run there is nothing to compare."
    )

"""The page of starts, without a browser: where starts end, who reaches the best, and what is bad input."""

import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from link import address, keep_table, opened, press, tables

from gmm_core.engine.starts import INITS
from pages.ui.address.settings import Settings
from pages.ui.runs import fits
from pages.ui.runs.data import dataset
from pages.ui.starts.settings import FIELDS, LABELS

SERIES = {"data": "qa_series", "k": "3", "cov": "full", "reg": "1e-06"}
RACE = {"inits": "random_from_data,kmeans,k-means++,random", "seeds": "25", "firstseed": "0"}
RACE |= {"racetol": "1e-08", "raceiters": "5000"}


def starts(**query):
    return opened("starts.py", **query)


def said(app):
    """The answer of the page, as a reader sees it."""
    (answer,) = [one.value for one in (*app.success, *app.warning) if " start" in one.value]
    return answer.replace("\\", "").strip("*")


def captions(app):
    return [caption.value.replace("\\", "") for caption in app.main.caption]


def table(app):
    return tables(app)[0]


def followed(query):
    """What Explore makes of a link's query."""
    settings, problems = Settings.from_query(dict(parse_qsl(query)))
    assert problems == ()
    return settings, fits.run(settings)


def test_the_series_has_traps_above_its_honest_optimum_and_regularisation_takes_them_away():
    app = starts()
    shared = {**SERIES, "init": "round", "seed": "0", "tol": "0.001", "iters": "100"}
    assert address(app) == shared | RACE
    assert said(app) == (
        "100 starts end in 10 different places. The 4 highest are degenerate: in the highest, -60.521, "
        "component 1 sits on 13 equal rows. The highest honest one, -106.186, is reached by "
        "74 of 100."
    )
    ends = table(app)
    assert ends["log-likelihood"].is_monotonic_decreasing
    assert ends["starts"].sum() == 100
    assert ends["what it is"].str.startswith("degenerate").tolist()[:5] == [True] * 4 + [False]
    assert ends["log-likelihood"].tolist()[4] == pytest.approx(-106.186109, abs=2e-6)
    assert (
        "Starts that reach -106.186: random rows 6 of 25 (11% to 43%); k-means 25 of 25 (87% to 100%); "
        "k-means++ rows 25 of 25 (87% to 100%); random responsibilities 18 of 25 (52% to 86%). In brackets, "
        "and as a bar, the 95% interval of the share (Wilson): with more seeds it gets narrower."
    ) in captions(app)
    assert (
        "With scikit-learn's default tolerance, 0.001, 24 of the 74 that reach -106.186 would have stopped "
        "where the rings are: at least 1 below it, and up to 65.6."
    ) in captions(app)
    press(app, "The same, reg_covar 0.01")
    assert address(app)["reg"] == "0.01"
    assert said(app) == (
        "100 starts end in 8 different places. The highest, -106.229, is reached by 74 of 100; the others "
        "stop on lower ground."
    )


def test_a_single_start_is_not_spoken_of_as_many():
    app = starts(data="tutorial_60", k="1", inits="kmeans", seeds="1")
    assert re.fullmatch(r"The only start ends at -[\d,.]+\.", said(app))


def test_every_end_and_every_run_opens_in_explore_at_the_same_likelihood():
    app = starts(**SERIES, run="12")
    links = table(app)["in Explore"]
    for link, expected in zip(links, table(app)["log-likelihood"], strict=True):
        settings, trace = followed(urlsplit(link).query)
        assert 50 * trace.log_likelihood == pytest.approx(expected, abs=1e-6), link
    (ended,) = [text for text in captions(app) if " ends at " in text]
    assert ended.startswith("**random rows, seed 11** ends at -60.5206 after 21 iterations, degenerate.")
    runs = [link for link in app.get("page_link") if "seed=11&" in link.proto.query_string]
    settings, trace = followed(runs[0].proto.query_string)
    assert (settings.init, settings.random_state, trace.n_iter) == ("random_from_data", 11, 21)
    press(app, "No run")
    assert "run" not in address(app)
    # What was looked at was a run of this race, and not of another.
    app = starts(**SERIES, run="12")
    app.number_input(key="starts_seeds").set_value(5).run()
    assert (address(app)["seeds"], "run" in address(app)) == ("5", False)


@pytest.mark.parametrize("name", LABELS)
def test_each_initialisation_races_alone(name):
    app = starts(**SERIES, inits=name, seeds="3")
    ends, n = table(app), 3 if INITS[name].chance else 1
    assert ends["starts"].sum() == n
    assert ends["begun by"].str.startswith(LABELS[name]).all()
    assert address(app)["inits"] == name


def test_racers_are_switched_on_and_off_but_one_stays():
    app = starts(**SERIES, inits="kmeans", seeds="2")
    racers = app.button_group(key="starts_racers")
    assert racers.value == ["kmeans"]
    racers.set_value([]).run()
    assert (
        app.warning[0].value == "At least one initialisation has to race: the ones before are still chosen."
    )
    assert app.button_group(key="starts_racers").value == ["kmeans"]
    app.button_group(key="starts_racers").set_value(["random", "kmeans"]).run()
    assert address(app)["inits"] == "kmeans,random"
    assert table(app)["starts"].sum() == 4
    assert not app.exception


def test_nonsense_in_a_link_is_said():
    most = 100 * len(INITS)
    app = starts(
        **SERIES, inits="best", seeds="0", racetol="x", run=str(most + 1), raceiters="1e9", colour="red"
    )
    words = app.warning[0].value
    for part in (
        f"The link says `inits=best`, but the initialisations are names out of {', '.join(INITS)}.",
        "`seeds=0`, but the number of seeds is a whole number from 1 to 100.",
        "`racetol=x`, but the tolerance of the race is a number from 0 to 1.",
        f"`run={most + 1}`, but the start looked at is a whole number from 0 to {most}.",
        "`raceiters=1e9`, but the most iterations of the race is a whole number from 1 to 20,000.",
        "The link sets `colour`, which means nothing here; it is left out.",
    ):
        assert part in words
    assert table(app)["starts"].sum() == 100
    # A run that this race does not have.
    assert not any(" ends at " in text for text in captions(starts(**SERIES, seeds="1", run="400")))


TWO = "kmeans,random_from_data"


def pasted(text, **query):
    name = keep_table(text.encode(), "")
    return starts(data="own", table=name, **query)


def test_starts_that_all_collapse_are_shown_as_such():
    app = pasted("x\n1\n1\n1\n2\n2\n2\n9\n9\n9\n", k="3", reg="0", seeds="4", inits="kmeans,random_from_data")
    assert (
        said(app) == "All 8 starts collapsed: a component shrank onto too few points, or lost all its rows."
    )
    assert table(app)["what it is"].str.startswith("collapsed: Component").all()
    assert "No start reaches an honest end, so there is nothing to compare." in captions(app)
    assert any(
        text.startswith("In 8 of 8 starts: In this start, a component had no extent of its own, so all")
        for text in captions(app)
    )


def test_too_many_components_and_unfinished_runs_are_sentences():
    app = pasted("x\n1\n2\n4\n", k="5")
    assert app.error[0].value.replace("\\", "") == (
        "n_components = 5 is more than the 3 rows of X. Use at most 3 components."
    )
    app = starts(**SERIES, raceiters="4", seeds="2")
    assert (
        "8 starts of 8 had not converged after 4 iterations: where they stopped says nothing. "
        "Allow more iterations."
    ) in captions(app)


def test_more_components_than_different_values_is_a_sentence():
    app = pasted("x\n" + "1\n" * 6 + "2\n" * 6, k="3", seeds="3")
    assert app.error[0].value.replace("\\", "") == (
        "X has only 2 different rows, fewer than n_components = 3: components that start equal never "
        "separate. Use at most 2 components."
    )


def test_scaled_races_are_told_in_the_datas_own_units():
    app = starts(data="tutorial_500", k="3", scaling="whiten", seeds="2", inits="kmeans")
    link, expected = table(app)[["in Explore", "log-likelihood"]].iloc[0]
    settings, trace = followed(urlsplit(link).query)
    assert settings.scaling == "whiten"
    assert 500 * trace.log_likelihood == pytest.approx(expected, abs=1e-4)
    assert any(text.startswith("**EM ran on whitened data**") for text in captions(app))


def test_after_an_edit_the_race_begins_where_explore_begins():
    query = {"data": "tutorial_500", "k": "3", "seeds": "2", "inits": "random_from_data"}
    app = starts(**query, edit="delete:7;add:60,60")
    link, expected = table(app)[["in Explore", "log-likelihood"]].iloc[0]
    settings, trace = followed(urlsplit(link).query)
    assert settings.edits == "delete:7;add:60,60"
    assert len(dataset(settings).X) * trace.log_likelihood == pytest.approx(expected, abs=1e-5)


def test_a_table_is_waited_for():
    app = starts(data="own")
    assert not app.error
    assert not tables(app)


def go(app, page, **query):
    """Go to a page as the navigation does it, with an empty address, or as a link does."""
    app.switch_page(page)
    app.query_params.clear()
    app.query_params.update(query)
    app.run()
    assert not app.exception


def test_what_nobody_chose_each_page_shows_its_own_example():
    app = starts()
    go(app, "explore.py")
    assert address(app)["data"] == "blobs"
    go(app, "starts.py")
    assert address(app)["data"] == "qa_series"
    app.number_input(key="n_components").set_value(2).run()
    go(app, "explore.py")
    assert (address(app)["data"], address(app)["k"]) == ("qa_series", "2"), "that was chosen"
    app.number_input(key="n_components").set_value(3).run()
    go(app, "starts.py")
    assert (address(app)["data"], address(app)["k"]) == ("qa_series", "3")
    # A link is a choice, also where it says what is shown anyway.
    app = opened("explore.py")
    (link,) = [one for one in app.get("page_link") if one.proto.label == "Is it luck?"]
    asked = dict(parse_qsl(link.proto.query_string))
    assert asked == address(app)
    go(app, "starts.py", **asked)
    assert address(app)["data"] == "blobs"
    # A link that holds only what is of the page alone is no choice of data.
    assert address(starts(seeds="3"))["data"] == "qa_series"
    assert address(starts(seeds="3", data="moons"))["data"] == "moons"


def test_the_link_holds_every_choice():
    app = starts(**SERIES, inits="random", seeds="3", firstseed="40", racetol="1e-05", raceiters="77")
    again = starts(**address(app))
    assert address(again) == address(app)
    assert said(again) == said(app)
    assert {field.query for field in FIELDS.values() if not field.rare} <= set(address(app))
    assert np.isfinite(table(app)["log-likelihood"]).all()
    assert re.match(r"random responsibilities, seed 4\d", table(app)["begun by"][0])

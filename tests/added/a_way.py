"""One more way up, registered by the plugin, is found wherever a way has a place."""

import pytest
from link import address, explore, opened

from gmm_core import fit, load_dataset
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import WAYS, way_named
from pages.ui.address.settings import Settings
from pages.ui.runs import climbs, scenes

X = load_dataset("overlapping").X
START = fit(X, 3, random_state=0, max_iter=0).mixture


def test_the_library_climbs_it_and_checks_what_it_promises():
    run = climb(X, way_named("sharp"), START, tol=1e-9, max_iter=500, reg_covar=0)
    em = climb(X, way_named("em"), START, tol=1e-9, max_iter=500, reg_covar=0)
    hard = climb(X, way_named("hard"), START, tol=1e-9, max_iter=500, reg_covar=0)
    assert run.trace.converged
    assert run.broken == []
    assert hard.trace.log_likelihood < run.trace.log_likelihood < em.trace.log_likelihood
    with pytest.raises(ValueError, match=r"temperature must be between 0 and 1; got 2\."):
        climb(X, way_named("sharp", temperature=2.0), START)


def test_the_page_shows_it_and_its_option_stands_in_the_link():
    app = opened("faster.py", data="tutorial_60", k="3", way="sharp", sharp_temperature="0.3")
    assert {"way": "sharp", "sharp_temperature": "0.3"}.items() <= address(app).items()
    assert app.number_input("faster_sharp_temperature").value == 0.3
    table = app.main.table[0].value
    assert list(table.index) == [way.label for way in WAYS.values()]
    assert table["what was checked"]["sharp EM"] == "the free energy never fell"
    assert "EM beside sharp EM" in [one.value for one in app.main.header]


def test_explore_offers_it_links_to_it_plays_it_beside_em_and_says_what_it_does():
    app = explore(data="tutorial_60", k="3")
    box = app.selectbox(key="beside")
    assert "sharp EM" in box.options
    box.select("way:sharp").run()
    assert not app.exception
    assert not app.warning
    assert address(app)["beside"] == "way:sharp"
    settings, problems = Settings.from_query(address(app))
    assert problems == ()
    shown = scenes.what_stands_beside(settings, (0, 1, 2))
    assert shown.titles == ("EM", "sharp EM")
    assert set(shown.run.climb.temperatures) == {0.5}
    sentence = climbs.beside_em(settings).climb.sentence
    (said,) = [one.value for one in app.main.caption if one.value.startswith("**Sharp EM**")]
    does = "every row is shared, but mostly its likeliest component's (a test)"
    assert said.startswith(f"**Sharp EM**: {does}. It made {sentence}")
    assert "The free energy never fell. Chosen for you: temperature 0.5; *Faster* takes others." in said
    assert "“sharp EM”" in said


def test_nonsense_is_answered_with_it_among_the_others():
    _, (problem,) = Settings.from_query({"beside": "way:uphill"})
    assert "stochastic, variational and sharp, each by itself" in problem

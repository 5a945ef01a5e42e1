"""Three switches choose among mclust's fourteen models; four of them are families with a name."""

import pytest
from link import address, opened, said

from gmm_core.engine.covariance import FAST, MODELS

DATA = {"data": "tutorial_500", "k": "3"}
PARTS = ("volume", "shape", "direction")


def switch(app, part):
    return app.button_group(key=f"{part} of covariances")


def shown(app):
    return "".join(switch(app, part).value for part in PARTS)


def families(app):
    return next(box for box in app.selectbox if box.label == "Covariances")


@pytest.mark.parametrize("name", MODELS)
def test_a_link_opens_every_model_with_its_switches(name):
    app = opened("explore.py", **DATA, cov=name)
    assert address(app)["cov"] == name
    assert families(app).value == name
    assert shown(app) == name
    assert not app.main.error
    assert any(one.value.startswith(f"mclust's **{name}**: ") for one in app.sidebar.caption)


def test_the_switches_choose_and_four_models_are_called_by_the_families_names():
    app = opened("explore.py", **DATA, cov="full")
    assert len(families(app).options) == 4
    assert shown(app) == "VVV"
    switch(app, "shape").set_value("E").run()
    assert (address(app)["cov"], families(app).value) == ("VEV", "VEV")
    assert len(families(app).options) == 5
    switch(app, "volume").set_value("E").run()
    assert address(app)["cov"] == "EEV"
    switch(app, "direction").set_value("E").run()
    assert (address(app)["cov"], families(app).value) == ("tied", "tied")
    assert len(families(app).options) == 4
    switch(app, "shape").set_value("I").run()
    assert address(app)["cov"] == "EII"
    assert switch(app, "direction").disabled
    switch(app, "volume").set_value("V").run()
    assert address(app)["cov"] == "spherical"
    switch(app, "shape").set_value("E").run()
    assert address(app)["cov"] == "VEI"
    assert not switch(app, "direction").disabled
    families(app).set_value("full").run()
    assert (address(app)["cov"], shown(app)) == ("full", "VVV")
    assert not app.exception


@pytest.mark.parametrize(("model", "family"), FAST.items())
def test_of_a_family_it_is_said_which_model_it_is(model, family):
    app = opened("explore.py", **DATA, cov=family)
    assert shown(app) == model
    caption = next(one for one in app.sidebar.caption if "mclust" in one.value)
    assert caption.value.startswith(f"mclust's **{model}**, here `{family}`: ")


@pytest.mark.parametrize("name", MODELS)
def test_where_the_m_step_goes_in_steps_that_is_said(name):
    app = opened("explore.py", **DATA, cov=name)
    caption = next(one.value for one in app.sidebar.caption if "mclust" in one.value)
    assert ("in small steps" in caption) == (name in ("VEI", "VEE", "EVE", "VVE", "VEV"))


def test_letters_that_are_no_model_are_answered_with_all_of_them():
    app = opened("explore.py", **DATA, cov="vev")
    assert said(app.warning[0]) == (
        "The link says `cov=vev`, but the covariance family is one of full, tied, diag, spherical, EII, VII, "
        "EEI, VEI, EVI, VVI, EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV. `cov=full` is used instead."
    )
    assert families(app).value == "full"


@pytest.mark.parametrize("part", ["Numbers", "Formulas", "Take away", "scikit-learn"])
@pytest.mark.parametrize("name", ["VEV", "EVI"])
def test_every_part_of_explore_shows_a_run_of_a_model(name, part):
    app = opened("explore.py", **DATA, cov=name)
    app.button_group(key="readout").set_value(part).run()
    assert not app.exception
    captions = [one.value for one in app.main.caption]
    if part == "scikit-learn":
        assert (
            f"scikit-learn has no covariance family '{name}': there is nothing to compare with." in captions
        )
    if part == "Take away":
        assert f"scikit-learn has no {name}: there is no script with it." in captions


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("starts.py", {"data": "tutorial_500", "cov": "VEV", "inits": "kmeans", "seeds": "2"}),
        ("predict.py", {"data": "tutorial_500", "k": "3", "cov": "VVE"}),
        ("collapse.py", {"data": "tutorial_collapse", "k": "3", "cov": "EVV"}),
        ("explore.py", {"data": "qa_series", "k": "2", "cov": "EEV"}),
        ("explore.py", {"data": "tutorial_500", "k": "3", "cov": "VEE", "scaling": "whiten"}),
        ("explore.py", {"data": "tutorial_500", "k": "3", "cov": "EVE", "scaling": "standardise"}),
        ("explore.py", {"data": "notebook_3d", "k": "2", "cov": "VVE", "prior": "yes", "beside": "cov:EEE"}),
    ],
)
def test_a_model_goes_wherever_a_family_does(page, query):
    app = opened(page, **query)
    assert query.items() <= address(app).items()
    assert not [one.value for one in app.main.error]

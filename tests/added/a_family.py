"""One more family, registered by the plugin, is found wherever a family has a place."""

import numpy as np
import pytest
from link import address, opened, visitor
from streamlit.util import calc_hash

from gmm_core import SCALINGS, GaussianMixture, Scaling, fit, load_dataset
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.selection import planned, sweep_models
from gmm_core.laboratory.against import against_sklearn
from gmm_core.out.export import mixture_from_json, mixture_to_json
from gmm_core.out.scripts import notebook, numpy_script, sklearn_script
from pages.ui.address.settings import Settings
from pages.ui.check import figures
from pages.ui.choose_k.settings import Asked
from pages.ui.look.formulas import e_step_formulas
from pages.ui.look.m_step import m_step_formulas

X = load_dataset("tutorial_500").X
NO_CODE = "There is no code for the covariance family 'equal', only for full, tied, diag, spherical."
NOT_IN_SKLEARN = "scikit-learn has no covariance family 'equal': there is nothing to compare with."
EXACT = {"covariance_type": "equal", "reg_covar": 0, "tol": 1e-9, "max_iter": 500, "random_state": 0}


@pytest.fixture(scope="module")
def trace():
    return fit(X, 3, **EXACT)


def select(app, label):
    return next(box for box in app.selectbox if box.label == label)


def test_em_converges_never_falls_and_ends_in_the_closed_form(trace):
    assert trace.converged
    assert np.diff(trace.log_likelihoods).min() > -1e-12
    mixture = trace.mixture
    squares = ((X[:, np.newaxis] - mixture.means) ** 2).sum(axis=2)
    expected = (mixture.responsibilities(X) * squares).sum() / X.size
    np.testing.assert_allclose(mixture.covariances, [expected], rtol=1e-5)
    assert mixture.n_parameters == 2 + 6 + 1
    with pytest.raises(ValueError, match="one of full, tied, diag, spherical, equal; got 'round'"):
        fit(X, 3, covariance_type="round")


def test_the_estimator_fits_predicts_draws_and_counts_in_it(trace):
    model = GaussianMixture(3, **EXACT).fit(X)
    mixture = model.history_.mixture
    assert model.score(X) == pytest.approx(mixture.log_density(X).mean(), abs=1e-12)
    np.testing.assert_array_equal(model.predict(X), mixture.log_joint(X).argmax(axis=1))
    np.testing.assert_allclose(model.predict_proba(X), mixture.responsibilities(X), atol=1e-12)
    np.testing.assert_allclose(model.precisions_, np.linalg.inv(mixture.full_covariances))
    assert model.bic(X) == pytest.approx(-2 * len(X) * model.score(X) + 9 * np.log(len(X)))
    assert model.sample(10)[0].shape == (10, 2)
    with pytest.raises(ValueError, match="precisions_init cannot be given with covariance_type='equal'"):
        GaussianMixture(3, covariance_type="equal", precisions_init=[1.0]).fit(X)


@pytest.mark.parametrize("name", SCALINGS)
def test_it_is_scaled_projected_saved_and_read_again(trace, name):
    scaling = Scaling.of(name, X)
    ran = fit(scaling.scale(X), 3, **EXACT)
    told = scaling.trace_in_units(ran)
    assert told.log_likelihood == pytest.approx(told.mixture.log_density(X).mean(), abs=1e-9)
    assert scaling.scaled(told.mixture, "equal").covariances == pytest.approx(ran.mixture.covariances)
    onto = trace.mixture.project([[1.0, 1.0]])
    np.testing.assert_allclose(onto.full_covariances[:, 0, 0], 2 * trace.mixture.covariances[0])
    assert mixture_from_json(mixture_to_json(trace.mixture)) == trace.mixture


def test_comparisons_try_it_like_any_other():
    assert {name for _, name in planned(X, [2])} == {*FAMILIES}
    assert [name for _, name in planned(X[:, :1], [2])] == ["full", "tied"]  # with one feature it is tied
    comparison = sweep_models(X, [1, 2, 3], n_starts=2)
    drawn = {line.name: (line.marker.symbol, line.line.color) for line in figures.bic(comparison).data}
    assert {*FAMILIES} <= {*drawn}
    assert len({drawn[name] for name in FAMILIES}) == len(FAMILIES)
    chosen = {"choice_families": "all", "choice_most": 3, "choice_starts": 2, "choice_seed": 0}
    assert Asked.of(Settings(), chosen).families == (*FAMILIES,)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_formulas_say_what_is_known_of_it(d):
    rows = np.random.default_rng(0).normal(size=(60, d)) + 4 * (np.arange(60) % 2)[:, np.newaxis]
    ran = fit(rows, 2, covariance_type="equal", random_state=0)
    names = [f"x{i}" for i in range(d)]
    mean, *_ = e_step_formulas(ran.mixture, rows[0], 0, names)[1:]
    assert mean
    covariance = m_step_formulas(ran.steps[0].mixture, ran.steps[1].mixture, rows, 0, 1e-6, names)[3].latex
    assert f"{ran.steps[1].mixture.covariances[0]:.5g}" in covariance
    assert "gamma" not in covariance  # its M-step has no formula here


def test_what_cannot_be_done_with_it_is_a_sentence(trace):
    for write in (sklearn_script, numpy_script, notebook):
        with pytest.raises(ValueError) as error:
            write("a.csv", trace.mixture, reg_covar=0, tol=0, n_iter=1)
        assert str(error.value) == NO_CODE
    with pytest.raises(ValueError) as error:
        against_sklearn(X, trace, reg_covar=0, tol=1e-9, max_iter=500)
    assert str(error.value) == NOT_IN_SKLEARN


@pytest.mark.parametrize(
    ("part", "caption"), [("Formulas", ""), ("Take away", NO_CODE), ("scikit-learn", NOT_IN_SKLEARN)]
)
def test_explore_offers_it_plays_it_and_shows_every_part(part, caption):
    app = opened("explore.py", data="tutorial_500", k="3", cov="equal")
    assert address(app)["cov"] == "equal"
    assert "equal: circles of one size" in select(app, "Covariances").options
    app.button_group(key="readout").set_value(part).run()
    assert not app.exception
    if caption:
        assert caption in [one.value for one in app.main.caption]


def test_choose_k_maps_it_and_offers_it():
    app = visitor(data="tutorial_500", most="3", starts="2")
    app._page_hash = calc_hash("choose-k")  # before a first run, `switch_page` knows no page by its path
    app.run()
    assert not app.exception
    assert select(app, "Covariances").options[0] == "all five families"
    select(app, "Covariances").set_value("equal").run()
    assert not app.exception
    assert not app.main.error
    assert address(app)["families"] == "equal"


def test_a_wrong_link_is_answered_with_it_among_the_others():
    _, (problem,) = Settings.from_query({"cov": "round"})
    assert "is one of full, tied, diag, spherical, equal" in problem


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("starts.py", {"data": "tutorial_500", "cov": "equal", "inits": "kmeans", "seeds": "2"}),
        ("digits.py", {"cov": "equal", "k": "3", "iters": "3"}),
        ("predict.py", {"data": "tutorial_500", "k": "3", "cov": "equal"}),
        ("collapse.py", {"data": "tutorial_collapse", "k": "3", "cov": "equal"}),
    ],
)
def test_other_pages_take_it_from_a_link(page, query):
    app = opened(page, **query)
    assert query.items() <= address(app).items()
    assert not [one.value for one in app.main.error]

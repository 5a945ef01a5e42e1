"""Noise, t distributions and the prior: on Explore chosen, in the link, and said; and on other pages."""

from dataclasses import replace

import numpy as np
import pytest
from link import address, explore, opened, said, settings_of, tables

from gmm_core.out.export import mixture_from_json, mixture_to_json
from pages.ui.address.settings import Settings
from pages.ui.runs import brought, fits


def test_noise_is_chosen_said_and_kept_in_the_link():
    app = explore(data="heavy_tails", components="noise", k="2", at="7E", contours="yes")
    assert not app.exception
    assert address(app)["components"] == "noise"
    trace = fits.run(settings_of(app))
    weight = trace.mixture.noise_weight
    assert weight > 0.02
    assert f"**Noise** has the weight {weight:.3g}" in " ".join(c.value for c in app.main.caption)
    table = tables(app)[0].xs("value", level=" ")  # between them are rows of standard errors
    assert table["weight"].sum() == pytest.approx(1 - weight, rel=1e-5)
    assert mixture_from_json(mixture_to_json(trace.mixture)) == trace.mixture
    # Undone by another choice, which is another run.
    app.selectbox(key="components").set_value("t").run()
    assert address(app)["components"] == "t"
    captions = " ".join(said(c) for c in app.main.caption)
    assert "degrees of freedom" in tables(app)[0]
    assert "Noise" not in captions
    assert "The ellipses that hold 50%, 90% and 99% of a Gaussian hold" in captions


def test_tails_have_standard_errors_and_their_degrees_of_freedom_an_interval():
    app = explore(data="heavy_tails", components="t", k="2", tol="1e-9", iters="1000", at="0E", sure="yes")
    assert not app.exception
    settings = settings_of(app)
    trace, sure = fits.run(settings), fits.sure(settings)
    app = explore(**address(app) | {"at": f"{trace.n_iter}E"})
    assert not app.exception
    errors = tables(app)[0].xs("±", level=1)
    np.testing.assert_allclose(errors["degrees of freedom"], sure.dof.error, rtol=1e-5)
    free = np.flatnonzero(~np.isnan(sure.dof.error))
    captions = " ".join(said(c) for c in app.main.caption)
    for j in free:
        assert f"{sure.dof.low[j]:.2g} to {sure.dof.high[j]:.2g} of component {j + 1}" in captions
    assert "are on the page Check a dataset" not in captions  # it fits Gaussians
    held = np.setdiff1d([0, 1], free)
    assert ("taken as known" in captions) == bool(len(held))


def test_with_a_prior_the_curve_is_the_log_posterior_and_that_is_said():
    app = explore(data="qa_series", k="5", reg="0", prior="yes", at="2E")
    assert not app.exception
    trace = fits.run(settings_of(app))
    assert trace.converged
    assert (np.diff(trace.log_posteriors) > -1e-12).all()
    captions = " ".join(said(c) for c in app.main.caption)
    assert "EM climbs this, and the curve shows it; the log-likelihood may fall." in captions
    assert app.toggle(key="prior").value


@pytest.mark.parametrize("query", [{"components": "noise"}, {"components": "t"}, {"prior": "yes"}], ids=str)
def test_what_is_for_gaussians_alone_says_so(query):
    app = explore(**query, tab="scikit-learn", at="2E")
    assert not app.exception
    assert any("has neither noise nor t distributions nor a prior" in said(one) for one in app.info)


@pytest.mark.parametrize(
    "query",
    [
        {"components": "noise"},
        {"components": "t"},
        {"prior": "yes", "cov": "tied"},
        {"components": "t_noise", "prior": "yes", "cov": "diag", "scaling": "standardise"},
        {"components": "t_noise", "prior": "yes", "cov": "VEE"},
    ],
    ids=str,
)
def test_formulas_have_what_such_a_run_has(query):
    app = explore(**query, tab="Formulas", at="2E")
    assert not app.exception
    settings = settings_of(app)
    trace = fits.scaled_run(settings)
    written = " ".join(one.value for one in app.latex)
    mixture, step = trace.steps[2].mixture, trace.steps[2]
    captions = " ".join(said(one) for one in app.main.caption)
    noise, tails = "noise" in query.get("components", ""), query.get("components", "").startswith("t")
    assert (r"\gamma_{0}(x)" in written) == noise == ("Noise is number 0" in captions)
    if noise:
        assert f"&= {mixture.noise_weight:.5g} " in written[written.index("w_{0} &=") :]
    assert ("u_{1}(x)" in written) == tails == ("Of a t distribution" in captions)
    if tails:
        assert rf"\nu_{{1}}^{{\text{{new}}}} &= {mixture.dof[0]:.5g}" in written
    assert (r"\kappa_P" in written) == ("prior" in query) == ("Of the prior" in captions)
    said_of_curve = "EM climbs this, and the curve shows it, not the log-likelihood"
    assert any(said_of_curve in one.value for one in app.markdown) == ("prior" in query)
    if "prior" in query:
        assert f"&= {step.log_posterior:.5g} " in written
    assert ("by no single formula" in captions) == (query.get("cov") == "VEE")
    app = explore(**query, tab="Formulas", at="0")
    assert not app.exception


def test_other_pages_say_that_they_fit_gaussians():
    for page in ("collapse.py", "starts.py", "check.py"):
        app = opened(f"{page}", components="t", prior="yes")
        assert any("this page fits Gaussians alone" in said(one) for one in app.warning), page
        assert address(app)["components"] == "t", "Explore goes on with it"


def test_other_starts_are_looked_for_with_noise_and_tails_too(monkeypatch):
    monkeypatch.setattr(fits, "MOST_SECONDS", 1000.0)  # however busy the machine is
    settings = Settings(data="heavy_tails", n_components=3, tol=1e-6, max_iter=300)
    for kind in ("noise", "t", "t_noise"):
        asked = replace(settings, components=kind)
        fits.run(asked)
        assert fits.worth_another_start(asked)
        found = fits.other_start(asked).result()
        assert (
            found is None
            or found.log_likelihood
            == fits.run(replace(asked, init=found.init, random_state=found.random_state)).log_likelihood
        )
    assert not fits.worth_another_start(replace(settings, prior=True))


def test_noise_has_no_box_in_whitened_data():
    app = explore(components="noise", scaling="whiten")
    assert "Noise is uniform over a box along the axes, and whitening turns it." in app.error[0].value


def test_saved_parameters_with_noise_begin_only_a_run_with_noise():
    settings = Settings(data="heavy_tails", components="noise", n_components=2)
    trace = fits.run(settings)
    name, _ = brought.keep_parameters(mixture_to_json(trace.mixture).encode())
    loaded = replace(settings, init="loaded", parameters=name)
    np.testing.assert_allclose(fits.run(loaded).mixture.means, trace.mixture.means, atol=0.05)
    with pytest.raises(ValueError, match="are of the kind \\*Gaussian and noise\\*"):
        fits.run(replace(loaded, components="t"))


def test_code_is_taken_away_where_there_is_some():
    app = explore(components="t", prior="yes", tab="Take away", at="2E")
    assert not app.exception
    labels = [one.label for one in app.get("download_button")]
    assert "Python with numpy and scipy" in labels
    assert "Python with scikit-learn" not in labels
    reads = "It reads data.csv beside it, begins where this run began and makes 2 iterations."
    assert reads in [one.value for one in app.main.caption]
    app = explore(components="t", scaling="standardise", tab="Take away", at="2E")
    assert any("There is no code for runs on scaled data" in said(one) for one in app.main.caption)
    assert "data.csv" not in " ".join(one.value for one in app.main.caption), "nothing reads it"

"""Choose k, without a browser: the criteria, the four parts, bad input, and the way to Explore."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlparse

import numpy as np
import pytest
from link import address, html, opened, visitor
from streamlit.util import calc_hash
from visitors import left_after

from gmm_core import accuracy, load_dataset, make_blobs_data
from gmm_core.judgement.merging import merge_by_entropy
from gmm_core.judgement.selection import default_reg_covar, sweep_models
from pages.ui.address import presets
from pages.ui.address.settings import Settings
from pages.ui.choose_k import cached, words
from pages.ui.choose_k.settings import FIELDS, Asked, AskedTest
from pages.ui.choose_k.words import number
from pages.ui.look import numbers

QUICK = {"data": "tutorial_500", "most": "3", "starts": "2", "families": "full"}
BLOBS = {"data": "blobs", "n": "40", "blobs": "2", "std": "1", "stretch": "no", "dataseed": "3"}


def page(asked=None, **query):
    """The page as a link opens it; `asked` is what was wished for there before."""
    app = visitor(**query)
    app._page_hash = calc_hash("choose-k")  # before a first run, `switch_page` knows no page by its path
    if asked:
        app.session_state["_wishes"] = asked
    app.run()
    assert not app.exception
    return app


def pasted(text, **query):
    app = page(data="own", **query)
    app.text_area[0].input(text).run()
    assert not app.exception
    return app


def said(app):
    kinds = (app.main.markdown, app.main.caption, app.main.info, app.main.warning, app.main.success)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "")


def error(app):
    (one,) = app.main.error
    return one.value.replace("\\", "")


def press(app, label):
    (button,) = [button for button in app.main.button if button.label.startswith(label)]
    button.click().run()
    assert not app.exception


def test_at_first_the_criteria_differ_and_merging_joins_what_overlaps():
    app = page()
    where = address(app)
    assert (where["data"], where["blobs"], where["std"], where["dataseed"]) == ("blobs", "4", "1.5", "2")
    assert (where["most"], where["starts"]) == ("10", "5")
    assert app.warning[0].value == (
        "**BIC chooses 4, AIC 5 and ICL 3.**\n\n"
        "**AIC's choice is doubtful**: 8 full is 5.7 behind 5 full, but the starts of 8 full end up to "
        "39.2 apart. Only 1 of 5 starts reached the best of 8 full. Take more starts: does it stay at 5?"
    )
    text = said(app)
    assert "BIC chooses 4 components, AIC 5 and ICL 3: press *AIC*" in text, "what is promised"
    assert "The data were drawn from 4 Gaussians. ICL takes fewer than BIC:" in text
    assert "tied with 7, 9 and 10: every start is left out (component" in text
    app.segmented_control(key="choice_by").set_value("aic").run()
    assert address(app)["by"] == "aic"
    app.segmented_control(key="choice_part").set_value("merge").run()
    text = said(app)
    assert "**The curve bends at 3 clusters**: merging 4 components down to 3 takes away" in text
    assert "With 3 clusters: 2+3 joined." in text
    # Those two are the blobs that overlap: the centres nearest to each other.
    data = presets.CHOICE
    blobs = make_blobs_data(100, 4, cluster_std=1.5, stretch=True, random_state=data.data_seed)
    best = sweep_models(blobs.X, [4], ("tied",), 5, to_the_end=True).best.mixture
    clusters = best.responsibilities(blobs.X).argmax(axis=1)
    joined = blobs.labels[np.isin(clusters, (1, 2))]
    whitener = np.linalg.inv(np.linalg.cholesky(blobs.truth.full_covariances[0]))
    centres = blobs.truth.means @ whitener.T
    apart = np.linalg.norm(centres[:, np.newaxis] - centres, axis=2) + 99 * np.eye(4)
    nearest = set(np.unravel_index(apart.argmin(), (4, 4)))
    assert nearest == {group for group in range(4) if np.sum(joined == group) > 50}
    app.slider(key="choice_clusters shown").set_value(2).run()
    assert not app.exception
    assert address(app)["clusters"] == "2"
    assert "With 2 clusters: 2+3+4 joined." in said(app)


def test_two_moons_are_two_clusters_of_eight_gaussians():
    data = load_dataset("moons")
    best = sweep_models(data.X, [8], ("full",), 5).best
    merging = merge_by_entropy(best.mixture, data.X)
    held = best.mixture.responsibilities(data.X)
    shares = [held[:, list(cluster)].sum(axis=1) for cluster in merging.clusters(2)]
    assert accuracy(data.labels, np.argmax(shares, axis=0)) == 299 / 300
    app = page(data="uniform_noise", most="1", families="full", by="icl")
    press(app, "Two moons")
    where = address(app)
    assert (where["data"], where["part"], where["clusters"]) == ("moons", "merge", "2")
    assert "families" not in where
    assert "by" not in where


def test_every_cell_is_a_link_that_ends_at_the_same_log_likelihood():
    app = page(**QUICK)
    assert app.warning[0].value.split("\n\n") == [
        "**BIC, AIC and ICL all choose 3 components.**",
        "BIC, AIC and ICL are at the end of the map, 3: more components may be better still.",
    ]
    app.session_state["choice_table"] = True
    app.run()
    links = re.findall(r'<a href="([^"]+)" target="_self">(\d) components?, full</a>', html(app))
    assert [k for _, k in links] == ["3", "2", "1"], "the best BIC first"
    X = load_dataset("tutorial_500").X
    comparison = sweep_models(X, range(1, 4), ("full",), 2, max_iter=500, to_the_end=True)
    for link, k in links:
        best = comparison.fits[int(k) - 1].attempts[0]
        query = dict(parse_qsl(urlparse(unescape(link)).query))
        assert float(query["reg"]) == pytest.approx(default_reg_covar(X), rel=1e-10)
        there = opened("explore.py", **query, at=f"{best.n_iter}E")
        (caption,) = [c.value for c in there.main.caption if "log-likelihood of these" in c.value]
        assert f"{numbers.short(best.log_likelihood)} in total" in caption
        assert address(there)["at"] == f"{best.n_iter}E"


def test_a_click_leads_to_explore_and_what_was_chosen_here_stays():
    app = page(**QUICK, by="icl")
    app.session_state["_wishes"] = {"watch": True}
    app.run()
    assert not app.exception
    assert "most" not in address(app), "this is Explore"
    app.switch_page("choose_k.py").run()
    assert (address(app)["by"], address(app)["most"]) == ("icl", "3")


def test_held_out_rows_have_a_map_of_their_own():
    app = page(**QUICK, by="held_out")
    assert app.warning[0].value.split("\n\n") == [
        "**BIC, AIC, ICL and held out all choose 3 components.**",
        "BIC, AIC, ICL and held out are at the end of the map, 3: more components may be better still.",
    ]
    text = said(app)
    assert "Higher is better; the entries are what is lost against the best, per row." in text
    assert "A click opens the fit to all rows." in text
    assert "Held-out rows are brought to the same units" in text


def test_a_map_that_was_stopped_is_judged_and_can_go_on(monkeypatch):
    query = {**QUICK, "startseed": "78"}
    own = {name: field.default for name, field in FIELDS.items()}
    own |= {"choice_most": 3, "choice_starts": 2, "choice_families": "full", "choice_seed": 78}
    asked = Asked.of(Settings(data="tutorial_500"), own)
    with left_after(2, lambda: cached.fits(asked), monkeypatch) as (growing, _):
        app = page({"stop the map": asked}, **query)
    assert app.warning[0].value == (
        "**BIC, AIC and ICL all choose 2 components.**\n\n"
        "The map was stopped: what was not tried may be better."
    )
    assert "Stopped after 2 of 3: the rest of the map is empty." in said(app)
    press(app, "Compare the rest: 1 fit")
    assert "Stopped" not in said(app)
    assert said(app) == said(page(**query))
    X = load_dataset("tutorial_500").X
    options = {"max_iter": 500, "random_state": 78, "to_the_end": True}
    whole = sweep_models(X, range(1, 4), ("full",), 2, **options)
    assert [fit.bic for fit in growing.so_far] == [fit.bic for fit in whole.fits]


def test_the_test_waits_for_its_button_and_is_kept():
    query = {**BLOBS, "most": "3", "starts": "2", "families": "tied", "part": "test", "samples": "19"}
    app = page(**query)
    assert app.number_input(key="choice_test_k shown").value == 1, "one less than BIC chooses"
    assert "p =" not in said(app)
    press(app, "Test, about 1 s")
    assert "**p = 0.05**: none of 19 samples drawn from 1 component gain as much from one more" in said(app)
    assert "**1 component is too few.** Test 2 next." in said(app)
    app.number_input(key="choice_test_k shown").set_value(2).run()
    assert "p =" not in said(app)
    press(app, "Test, about")
    assert re.search(r"\*\*Nothing asks for more than 2 components\*\*: chance does that too", said(app))
    assert address(app)["testk"] == "2"
    app.number_input(key="choice_test_k shown").set_value(1).run()
    assert "**p = 0.05**" in said(app), "it is not computed again"


def test_a_test_that_cannot_be_made_says_why():
    app = pasted("x\n" + "\n".join("1234" * 10), most="2", starts="1", part="test", testk="4")
    press(app, "Test, about")
    assert error(app) == (
        "X has only 4 different rows, fewer than n_components = 5: components that start equal never "
        "separate. Use at most 4 components."
    )


def test_how_often_a_criterion_is_right_is_counted_where_the_truth_is_known():
    query = {"most": "3", "starts": "1", "families": "spherical", "part": "often", "repeats": "4"}
    app = page(**BLOBS, **query, withheld="yes")
    assert "From the 2 Gaussians behind these data, 80 rows are drawn again and again" in said(app)
    press(app, "Draw them, about")
    assert '<td class="text">BIC</td><td class="text">4 of 4</td><td class="text">100%</td>' in html(app)
    assert '<td class="text">held out</td>' in html(app)
    assert "4 of 4 samples. The true 2 is shaded." in said(app)
    app = page(**{**query, "data": "moons"})
    assert app.info[0].value.startswith(
        "Whether a criterion is right can only be counted where the true k is known, but nobody knows what "
        "made these data."
    )
    press(app, "Take generated blobs")
    assert "From the 4 Gaussians behind these data, 400 rows" in said(app)


def test_few_rows_equal_rows_and_constant_columns():
    app = pasted("a,b\n1,5\n2,5\n3,5\n4,5\n,6\n", most="4", starts="1")
    assert error(app) == (
        "Constant, so that a Gaussian has no extent there: 'b'. Leave it out in the settings."
    )
    app = pasted("a;b\n1;\n2;\n3;7\n3;7\n3;7\n;8\n")
    assert error(app) == "Every column is constant: one value has no groups. Use data that differ."
    app = pasted("a\n1\n1\n2\n2\n", most="4", starts="1")
    assert (
        "7 pairs of k and family are not tried: they would have fewer than three numbers for each parameter"
        in said(app)
    )
    assert app.warning[0].value == (
        "**BIC, AIC and ICL all choose 1 component.**\n\n"
        "Only one component was tried: these rows allow no more."
    )
    app = page(data="qa_series", most="8", starts="3")
    assert "full with 5: every start is left out (component" in said(app)


def test_all_fourteen_models_are_mapped_on_request():
    app = page(**BLOBS, most="2", starts="2", families="models")
    assert address(app)["families"] == "models"
    assert words.LETTERS in [one.value for one in app.main.caption]
    app = page(**BLOBS, most="1", starts="1", families="VEV")
    assert words.LETTERS in [one.value for one in app.main.caption]
    app = page(**BLOBS, most="1", starts="1")
    assert words.LETTERS not in [one.value for one in app.main.caption]


def test_what_makes_no_sense_in_a_link_is_said():
    app = page(**QUICK | {"most": "13", "by": "dic"}, testcov="round")
    assert app.warning[0].value.split("\n\n") == [
        "The link says `most=13`, but the most components is a whole number from 1 to 12. `most=10` is used "
        "instead.",
        "The link says `by=dic`, but the criterion is one of bic, aic, icl, held_out. `by=bic` is used "
        "instead.",
        "The link says `testcov=round`, but the family to test is one of all, full, tied, diag, spherical. "
        "`testcov=all` is used instead.",
    ]


def test_many_features_are_too_many_and_a_table_is_awaited():
    app = page(data="digits")
    assert app.info[0].value == (
        "These data have 64 features: too many for a map in seconds. Choose up to 20 columns, or other data."
    )
    assert "Upload a table or paste some numbers" in page(data="own").info[0].value


STRAYS = {"data": "heavy_tails", "most": "3", "starts": "2", "families": "full"}


def test_a_map_of_mixtures_with_noise_says_so_and_what_gaussians_alone_come_to():
    X = load_dataset("heavy_tails").X
    maps = {
        kind: sweep_models(X, range(1, 4), ("full",), 2, max_iter=500, to_the_end=True, **options)
        for kind, options in (("gaussian", {}), ("noise", {"noise": True}))
    }
    app = page(**STRAYS, components="noise", prior="yes", part="merge")
    assert app.warning[0].value == (
        "The prior that was chosen on Explore does not count here: this page compares likelihoods."
    )
    (line,) = [one for one in said(app).split("\n") if one.startswith("All of this map is of the kind")]
    assert line == (
        "All of this map is of the kind *Gaussian and noise*: the criteria count two parameters of noise, "
        "its weight and the volume of its box. Once another kind was chosen in the settings as well, this "
        "says which of them is better."
    )
    app.selectbox(key="components").set_value("gaussian").run()
    assert not app.exception
    gap = maps["gaussian"].best.bic - maps["noise"].best.bic
    best = maps["noise"].best
    assert (
        f"The best BIC here is {number(abs(gap), 'bic')} {'higher' if gap > 0 else 'lower'} than the best of "
        f"*Gaussian and noise*, {best.n_components} full." in said(app)
    )


def test_t_distributions_are_held_out_tested_drawn_again_and_watched():
    query = STRAYS | {"components": "t", "most": "2"}
    app = page(**query, by="held_out")
    assert "the criteria count the degrees of freedom of every component." in said(app)
    assert "held out" in app.warning[0].value
    app.session_state["choice_table"] = True
    app.run()
    (link,) = re.findall(r'<a href="([^"]+)" target="_self">2 components, full</a>', html(app))
    asked = dict(parse_qsl(urlparse(unescape(link)).query))
    assert asked["components"] == "t"
    there = opened("explore.py", **asked)
    assert any("**Tails**" in one.value for one in there.main.caption)
    settings = Settings(data="heavy_tails", components="t")
    own = {name: field.default for name, field in FIELDS.items()} | {"choice_most": 2, "choice_starts": 2}
    test = AskedTest(Asked.of(settings, own).settings, "t", 1, "full", 2, 2, 0)
    assert cached.test(test).result()[-1].null.dof is not None

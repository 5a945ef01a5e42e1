"""A criterion is declared once: an entry in a table makes a map, a button, a curve and a column."""

import json
import re

import pytest
from anew import import_anew
from link import address
from test_choose_k_page import BLOBS, QUICK, html, page, press, said

from gmm_core import load_dataset
from gmm_core.judgement.choice import Cell, cells, choices, choose, repeated_choices
from gmm_core.judgement.criteria import CRITERIA, Criterion
from gmm_core.judgement.selection import sweep_models


def corrected(attempt, X, weights=None):
    """Hurvich & Tsai 1989."""
    p, n = attempt.mixture.n_parameters, len(X)
    return attempt.aic + 2 * p * (p + 1) / (n - p - 1)


AICC = Criterion(
    "aicc",
    "AICc",
    "AICc",
    "AICc is AIC with a correction for few rows. Lower is better.",
    corrected,
    if_more="AICc takes more than BIC, few rows or not.",
)
OFTEN = {"most": "3", "starts": "1", "families": "spherical", "part": "often", "repeats": "4"}


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    monkeypatch.setitem(CRITERIA, AICC.name, AICC)


@pytest.fixture
def anew(monkeypatch):
    import_anew(monkeypatch, "pages.ui.choose_k")


def charts(app):
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.json]
    return "\n".join(drawn + [one.proto.spec or one.proto.figure.spec for one in app.get("plotly_chart")])


def test_it_chooses_and_is_counted_in_the_library():
    X = load_dataset("tutorial_60").X
    comparison = sweep_models(X, range(1, 4), ("full",), 2)
    found = cells(comparison, "aicc", X)
    assert [cell.value for cell in found] == [corrected(fit.attempts[0], X) for fit in comparison.fits]
    assert list(choices(X, range(1, 4), n_starts=2)) == ["bic", "aic", "icl", "aicc"]
    truth = comparison.fits[1].mixture
    (one,) = repeated_choices(truth, 60, 1, [1, 2], ("full",), 1)
    assert set(one) == {"bic", "aic", "icl", "aicc"}
    assert choose(found).best.n_components in (1, 2, 3)


def test_it_is_a_button_a_map_words_a_curve_and_a_column(anew):
    app = page(**QUICK)
    selector = app.segmented_control(key="choice_by")
    assert selector.options == ["BIC", "AIC", "ICL", "Held out", "AICc"]
    assert app.warning[0].value.split("\n\n") == [
        "**BIC, AIC, ICL and AICc all choose 3 components.**",
        "BIC, AIC, ICL and AICc are at the end of the map, 3: more components may be better still.",
    ]
    selector.set_value("aicc").run()
    assert not app.exception
    assert address(app)["by"] == "aicc"
    assert AICC.says in said(app)
    assert '"name":"AICc"' in charts(app)
    app.session_state["choice_table"] = True
    app.run()
    X = load_dataset("tutorial_500").X
    fits = sweep_models(X, range(1, 4), ("full",), 2, tol=1e-6, max_iter=500, to_the_end=True).fits
    assert re.search(r"<th>ICL</th><th>spread</th><th>AICc</th><th>spread</th>", html(app))
    for fit in fits:
        assert f"{corrected(fit.attempts[0], X):,.1f}" in html(app)
    app = page(**QUICK, by="aicc")
    assert len(app.warning) == 1, "the end of the map alone"
    assert AICC.says in said(app)


def test_its_own_words_and_how_often_it_is_right(anew):
    app = page(**BLOBS, **OFTEN)
    press(app, "Draw them, about")
    assert re.search(r'<td class="text">AICc</td><td class="text">\d of 4</td>', html(app))
    assert '"name":"AICc"' in charts(app)
    from pages.ui.choose_k import words

    two, three = (choose([cell]) for cell in (Cell(2, "full", 1.0, 0.0), Cell(3, "full", 1.0, 0.0)))
    assert words.lessons({"bic": two, "aicc": three}, "") == [AICC.if_more]
    assert words.lessons({"bic": three, "aicc": two}, "") == []

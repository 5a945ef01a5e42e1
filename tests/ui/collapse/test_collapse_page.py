"""Collapse, without a browser: the trouble, its autopsy, the cures and what they say, and bad input."""

import json

import numpy as np
import pytest
from link import address, html, keep_table, opened, press, visitor

from gmm_core import fit, load_dataset
from pages.ui.address import presets
from pages.ui.address.settings import Settings
from pages.ui.collapse import cached, figures
from pages.ui.collapse.settings import read_cures
from pages.ui.look.palette import COMPONENTS
from pages.ui.runs import fits
from pages.ui.runs.data import row_numbers

TROUBLE = presets.TROUBLE.to_query()
SERIES = {"data": "qa_series", "k": "3", "reg": "0", "init": "random_from_data", "seed": "24", "tol": "1e-6"}


def page(**query):
    return opened("collapse.py", **query)


def texts(app):
    kinds = (app.main.markdown, app.main.caption)
    return [element.value.replace("\\", "") for kind in kinds for element in kind]


def verdicts(app):
    return [text.split("] ", 1)[1] for text in texts(app) if "**Cured**" in text or "**Not cured**" in text]


def pick(app, *names):
    app.button_group(key="pick_cures").set_value(list(names)).run()
    assert not app.exception


def test_it_opens_on_the_tutorials_collapse_and_what_it_promises_is_true():
    app = page()
    assert address(app) == TROUBLE
    assert not app.error
    (first,) = [text for text in texts(app) if "**Try first.**" in text]
    for promised in ("component 3 falls on row 30, the point (23.39, 8.07)", "the best honest fit, −3,406.8"):
        assert promised in first
    assert "Component 3 fell on row 30: the M-step of iteration 2 found a covariance" in html(app)
    assert '<td class="text">30</td><td class="">23.38566343</td><td class="">8.070675977</td>' in html(app)
    fell = "**Component 3 collapsed in iteration 2: it shrank onto 1 row, where its density has no upper"
    (state,) = [text for text in texts(app) if fell in text.replace("\\", "")]
    assert "Log-likelihood -3,557.18 at iteration 1" in state
    pick(app, "reset", "0.001")
    assert address(app) == TROUBLE | {"cures": "reset,0.001"}
    reset, little = verdicts(app)
    assert "Log-likelihood -3,406.78, that of the best honest fit." in reset
    assert reset.startswith("**Cured**")
    assert little.startswith("**Not cured**: component 3 holds only 1.0 rows.")
    again = page(**address(app))
    assert verdicts(again) == [reset, little]


def test_each_cure_is_a_run_from_the_same_start():
    app = page(**TROUBLE, cures="1,tied,diag,fewer,reset")
    assert [said.split(":")[0] for said in verdicts(app)] == [
        "**Cured**",
        "**Cured**",
        "**Not cured**",
        "**Cured**",
        "**Cured**",
    ]
    (falls,) = [said for said in verdicts(app) if "reg_covar is added after the M-step" in said]
    assert "The log-likelihood fell once (▼), by 0.0034 in one iteration" in falls
    start = presets.TUTORIAL_START
    for name in ("1", "fewer", "reset"):
        found = cached.cure(presets.TROUBLE, name)
        first = found.trace.steps[0].mixture
        np.testing.assert_array_equal(first.means, start.means[: first.n_components])
    shown = cached.scene(presets.TROUBLE, cached.cure(presets.TROUBLE, "1"), (0, 1, 2))
    header = json.loads(shown.content[4 : 4 + int.from_bytes(shown.content[:4], "little")])
    assert len(header["falls"]) == 1


def test_a_reg_covar_is_typed_and_nonsense_is_said():
    app = page(**TROUBLE)
    app.text_input(key="other_reg_covar").input("0,05").run()
    assert address(app)["cures"] == "0.05"
    assert verdicts(app)[0].startswith("**Not cured**")
    app.text_input(key="other_reg_covar").input("much").run()
    assert "such as 0.05, and not `much`." in app.warning[0].value
    assert address(app)["cures"] == "0.05"
    pick(app, "0.05", "1e-06", "0.001", "tied", "diag", "reset")
    assert "At most 5 cures stand beside the trouble." in app.warning[0].value
    assert address(app)["cures"] == "0.05,1e-06,0.001,tied,diag"


def test_what_is_no_cure_here_is_a_sentence():
    app = page(**TROUBLE, cures="merge,reset")
    assert [info.value for info in app.info] == [
        "**merge duplicates** is no cure here. All 500 rows differ\\: there is nothing to merge."
    ]
    assert len(verdicts(app)) == 1
    app = page(**TROUBLE, cures="pray")
    assert (
        "`cures=pray`, but the cures are up to 5 values of reg_covar or of tied, diag" in app.warning[0].value
    )
    assert "cures" not in address(app)


def test_other_ways_to_collapse():
    app = page()
    press(app, "Thirteen equal values")
    assert "Component 3 fell on 13 rows: 10, 11, 12, 13, 14, …, which are all equal" in html(app)
    assert any("Open *The tutorial's point*, below." in text for text in texts(app))
    pick(app, "merge")
    (said,) = verdicts(app)
    assert "of 33 rows, so not to be compared with the others." in said
    press(app, "Held up by reg_covar")
    assert "and only reg_covar = 1e-06 holds it up." in html(app)
    press(app, "On two points, a line")
    assert "Component 4 fell on rows 4 and 169" in html(app)
    assert "It began at iteration 10:" in html(app)
    press(app, "The tutorial's point")
    assert address(app) == TROUBLE | {"cures": "merge"}


def test_a_healthy_run_has_nothing_to_cure():
    app = page(**TROUBLE | {"init": "kmeans", "parameters": ""})
    assert "No component is degenerate: there is nothing to cure in this run." in html(app)
    assert any("To see one collapse, set reg_covar to 0" in text for text in texts(app))
    pick(app, "fewer")
    assert "the thinnest, as none went wrong." in verdicts(app)[0]


@pytest.mark.parametrize("scaling", ["standardise", "whiten"])
def test_with_a_scaling_cures_run_on_scaled_data_and_are_told_in_units(scaling):
    query = TROUBLE | {"scaling": scaling}
    app = page(**query, cures="fewer,reset")
    assert len(verdicts(app)) == 2
    assert any("EM ran on" in text for text in texts(app))
    chosen, _ = Settings.from_query(query)
    X = load_dataset("tutorial_collapse").X
    found = cached.cure(chosen, "fewer")
    assert found.trace.log_likelihood == pytest.approx(found.trace.mixture.log_density(X).mean(), abs=1e-9)
    # With full covariances the same is found whatever the scaling.
    assert found.log_likelihood == pytest.approx(-3419.21, abs=0.02)
    assert cached.opened(chosen).rows.tolist() == [29]


def test_edits_move_the_rows_and_their_numbers():
    app = page(**TROUBLE, edit="delete:1")
    assert "Component 3 fell on row 29:" in html(app)
    assert any("Edited by hand" in text for text in texts(app))


def test_more_components_than_different_points_is_a_sentence():
    app = page(**SERIES | {"k": "12"}, edit=";".join(f"delete:{50 - i}" for i in range(40)))
    assert not app.exception
    assert app.error[0].value.replace("\\", "").startswith("n_components = 12 is more than the 10 rows of X.")
    # Of the series, only five rows that are equal, and one other.
    others = [*range(50, 14, -1), *range(9, 0, -1)]
    app = page(**SERIES, edit=";".join(f"delete:{row}" for row in others) + ";add:5")
    assert not app.exception
    assert app.error[0].value.replace("\\", "") == (
        "X has only 2 different rows, fewer than n_components = 3: components that start equal never "
        "separate. Use at most 2 components."
    )
    app.number_input(key="n_components").set_value(2).run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("reg", ["0", "1e-6", "1"])
def test_everything_collapsed_from_the_start(reg):
    query = {"data": "blobs", "n": "3", "blobs": "1", "k": "3", "reg": reg, "seed": "1", "init": "kmeans"}
    app = page(**query, cures="0.001,tied,fewer,reset,merge")
    assert not app.exception
    assert len(verdicts(app)) + len(app.info) + len(app.error) >= 1


def test_a_start_that_nobody_here_has_is_said_and_the_tutorials_is_known_everywhere():
    app = page(**TROUBLE | {"parameters": "0123456789abcdef"})
    assert "those are not in a link" in app.error[0].value
    app = visitor(**TROUBLE).run()
    assert not app.exception
    assert not app.error
    assert any("Component 3 collapsed" in warning.value for warning in app.warning)
    assert fits.run(presets.TROUBLE).steps[0].mixture == presets.TUTORIAL_START


def test_explore_links_here_where_something_collapsed():
    def links(**query):
        app = visitor(**query).run()
        assert not app.exception
        return [link.proto.label for link in app.get("page_link")]

    why = "See why, and what cures it"
    assert links(**TROUBLE).count(why) == 1
    assert links(data="qa_series", k="3", reg="1e-6", seed="11").count(why) == 1
    assert why not in links(data="qa_series", k="3", init="kmeans")


def test_the_figures_show_what_was_found():
    found = cached.opened(Settings.from_query(SERIES)[0])
    colours = COMPONENTS[:3]
    figure = figures.courses(found, colours, 7)
    lines = [trace for trace in figure.data if trace.x is not None and len(trace.x) > 1]
    assert len(lines) == 12
    np.testing.assert_allclose(lines[3 + 2].y, found.course.smallest[:, 2])
    assert [line.line.color for line in lines[:3]] == list(colours)
    assert {shape.x0 for shape in figure.layout.shapes} == {7, found.began, len(found.course.counts)}
    per_row = figures.per_row(found, colours[2], 7)
    np.testing.assert_allclose(per_row.data[0].y, found.per_row[:, 0])


def test_an_honest_fit_is_looked_for_in_the_data_s_own_units():
    settings = Settings.from_query(TROUBLE | {"scaling": "standardise"})[0]
    best = cached.honest(settings)
    X = load_dataset("tutorial_collapse").X
    assert best.log_likelihood == pytest.approx(best.mixture.log_density(X).mean(), abs=1e-9)
    plain = fit(X, 3, init="kmeans", random_state=1, reg_covar=0, tol=1e-6, max_iter=300)
    assert best.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("0.001,reset", ("0.001", "reset")),
        ("1e-3,0.001,tied", ("0.001", "tied")),
        ("1e999,diag", ("diag",)),
    ],
)
def test_cures_in_a_link(text, names):
    assert read_cures(text) == names


def test_rows_of_a_table_have_the_numbers_of_the_file():
    lines = [f"{x!r},{y!r}" for x, y in load_dataset("tutorial_collapse").X.tolist()]
    lines.insert(3, "1,")  # a row with a missing value
    name = keep_table("\n".join(["a,b", *lines]).encode(), "points.csv")
    app = page(**TROUBLE | {"data": "own", "table": name})
    numbers = row_numbers(Settings.from_query(TROUBLE | {"data": "own", "table": name})[0])
    assert numbers[29] == 32  # a head, and a row that is left out
    assert "Component 3 fell on row 32:" in html(app)
    assert '<td class="text">32</td><td class="">23.38566343</td>' in html(app)

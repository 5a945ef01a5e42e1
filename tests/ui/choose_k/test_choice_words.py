"""What the map of criteria says, in cells, sentences and pictures."""

import numpy as np
import pytest

from gmm_core import Mixture, load_dataset
from gmm_core.judgement.bootstrap import BootstrapTest
from gmm_core.judgement.choice import Cell, Choice, cells, choose, how_often
from gmm_core.judgement.criteria import HELD_OUT
from gmm_core.judgement.merging import Merge, Merging, merge_by_entropy
from gmm_core.judgement.selection import sweep_models
from pages.ui.choose_k import figures, words
from pages.ui.choose_k.figures import Grid

BEST, OTHER = Cell(3, "tied", 100.0, 0.0), Cell(4, "tied", 103.0, 12.5, ("component 2 collapsed",))
GONE = Cell(5, "tied", np.nan, np.nan, ("component 1 collapsed", "component 1 collapsed"))
ONE = Mixture([1.0], [[0.0]], [[[1.0]]])


def test_a_cell_says_the_gap_the_spread_and_how_many_are_left_out():
    chosen = choose([BEST, OTHER, GONE])
    said = [words.in_the_cell(cell, chosen, "bic") for cell in (BEST, OTHER, GONE)]
    assert said == ["<b>best</b>", "<b>+3.0</b><br>↕ 12<br>1 out", "all<br>out"]
    worse = Cell(2, "full", -2.5123, 0.0004)
    held = choose([Cell(3, "full", -2.5, 0.0), worse], highest=True)
    assert words.in_the_cell(worse, held, HELD_OUT) == "<b>−.012</b>"
    assert [words.short(value, "bic") for value in (0.04, 9.96, 999.7, 12_345)] == [
        *("0.04", "10", "1.0k", "12k")
    ]


def test_the_headline_says_whether_they_agree():
    three, four = Choice(BEST, OTHER), Choice(OTHER, BEST)
    assert words.headline({"bic": three, "aic": four, "icl": three}) == ("BIC chooses 3, AIC 4 and ICL 3.")
    assert words.headline({"bic": three, "aic": three, "icl": None}) == (
        "BIC and AIC both choose 3 components."
    )
    assert words.headline({"bic": None}) == (
        "No criterion chooses anything: from every start, a component ended on too few or on equal rows "
        "or values."
    )
    assert words.left_out([BEST, OTHER, GONE]) == [
        "tied with 5: every start is left out (component 1 collapsed)."
    ]


def test_a_choice_at_the_end_of_what_was_tried_says_so():
    chosen = {"bic": Choice(BEST, OTHER), "aic": Choice(OTHER, BEST), "icl": None}
    assert words.at_the_end(chosen, 10, 10) == []
    better = "more components may be better still."
    assert words.at_the_end(chosen, 4, 4) == [f"AIC is at the end of the map, 4: {better}"]
    assert words.at_the_end(chosen, 10, 4) == [f"AIC is at the end of what these rows allow, 4: {better}"]
    one = {"bic": Choice(Cell(1, "tied", 0.0, 0.0), None)}
    assert words.at_the_end(one, 1, 1) == ["Only one component was tried."]
    assert words.at_the_end(one, 10, 1) == ["Only one component was tried: these rows allow no more."]


@pytest.fixture(scope="module")
def moons():
    """The fits to the moons with 6, 7 and 8 components, and their map of BIC."""
    X = load_dataset("moons").X
    found = sweep_models(X, [6, 7, 8], ("full",), 5, to_the_end=True)
    return found.fits, cells(found, "bic", X)


def test_a_doubt_names_the_two_and_what_to_do(moons):
    fits, some = moons
    (doubt,) = words.doubts({"bic": choose(some)}, fits)
    assert doubt == (
        "**BIC's choice is doubtful**: 7 full is 6.0 behind 8 full, but the starts of 7 full end up to "
        "20.5 apart. Only 3 of 5 starts reached the best of 7 full. Take more starts: does it stay at 8?"
    )


@pytest.mark.parametrize(
    ("statistics", "said"),
    [
        ([], "-2 log λ of the data is 5. No sample is drawn yet."),
        (
            [1.0],
            "**p = 0.5**: the only sample drawn from 1 component gains less from one more than the data do "
            "(-2 log λ = 5). So few samples cannot decide: take more. "
            "With 1 sample, p is a multiple of 0.5 and never below it.",
        ),
        (
            [1.0, 6.0, 2.0],
            "**p = 0.5**: 1 of 3 samples drawn from 1 component gains as much from one more as the data do "
            "(-2 log λ = 5). So few samples cannot decide: take more. "
            "With 3 samples, p is a multiple of 0.25 and never below it.",
        ),
        (
            [1.0] * 19,
            "**p = 0.05**: none of 19 samples drawn from 1 component gain as much from one more as the data "
            "do (-2 log λ = 5). **1 component is too few.** Test 2 next. That is close to 0.05: other "
            "samples may say otherwise; more samples tell better. "
            "With 19 samples, p is a multiple of 0.05 and never below it.",
        ),
        (
            [9.0],
            "**p = 1**: the only sample drawn from 1 component gains as much from one more as the data do "
            "(-2 log λ = 5). So few samples cannot decide: take more. "
            "With 1 sample, p is a multiple of 0.5 and never below it.",
        ),
        (
            [1.0] * 942 + [9.0] * 49,
            "**p = 0.0504**: 49 of 991 samples drawn from 1 component gain as much from one more as the data "
            "do (-2 log λ = 5). **Nothing asks for more than 1 component**: chance does that too. That is "
            "close to 0.05: other samples may say otherwise; more samples tell better. "
            "With 991 samples, p is a multiple of 0.001 and never below it.",
        ),
        (
            [1.0] * 99,
            "**p = 0.01**: none of 99 samples drawn from 1 component gain as much from one more as the data "
            "do (-2 log λ = 5). **1 component is too few.** Test 2 next. "
            "With 99 samples, p is a multiple of 0.01 and never below it.",
        ),
        (
            [1.0, 9.0] * 20,
            "**p = 0.51**: 20 of 40 samples drawn from 1 component gain as much from one more as the data "
            "do (-2 log λ = 5). **Nothing asks for more than 1 component**: chance does that too. "
            "With 40 samples, p is a multiple of 0.024 and never below it.",
        ),
    ],
)
def test_a_test_says_p_and_its_resolution(statistics, said):
    test = BootstrapTest(ONE, ONE, 5.0, np.array(statistics), 99, 0, 50)
    assert " ".join(words.p_value(test)) == said
    figure = figures.null_distribution(test)
    assert figure.layout.shapes[0].x0 == 5.0
    assert [trace.type for trace in figure.data] == ["histogram"] * bool(statistics)


def test_failed_samples_are_said():
    test = BootstrapTest(ONE, ONE, 5.0, np.ones(30), 99, 2, 50)
    assert words.p_value(test)[-1] == (
        "2 more samples count for nothing: every run with one of the two was degenerate."
    )


def test_merging_says_when_there_is_nothing_to_merge_for():
    def merging(*entropies, n=100):
        merges = tuple(Merge((0,), (j + 1,), e) for j, e in enumerate(entropies[1:]))
        return Merging(len(entropies), n, entropies[0], merges)

    assert words.elbow(merging(0.0)) == "One component is one cluster: there is nothing to merge."
    assert words.elbow(merging(0.5, 0.2, 0.0)) == (
        "**There is nothing to merge for**: hardly a row is in doubt between the 3 components "
        "(0.005 nats a row)."
    )
    assert words.elbow(merging(50.0, 2.0, 0.0)).startswith("**Look yourself**: with 3 components")
    bent = merging(80.0, 20.0, 6.0, 0.0)
    assert words.elbow(bent) == (
        "**The curve bends at 3 clusters**: merging 4 components down to 3 takes away 60.0 of 80.0 nats."
    )
    assert words.merges(bent)[0] == "To 3 clusters: 1 joins 2; 80.0 nats of entropy become 20.0."


def test_one_component_has_one_start_and_nothing_is_said_of_how_many_reached_it():
    X = np.random.default_rng(0).normal(size=(60, 1))
    fits = sweep_models(X, [1], ("full",), 3).fits
    one, two = Cell(1, "full", 100.0, 0.0), Cell(2, "full", 101.0, 9.0)
    (doubt,) = words.doubts({"icl": choose([one, two])}, fits)
    assert doubt == (
        "**ICL's choice is doubtful**: 2 full is 1.0 behind 1 full, but the starts of 2 full end up to 9.0 "
        "apart. Take more starts: does it stay at 1?"
    )


def _cells(bars):
    """Text and hover of each square, by its k and row."""
    middles = np.array(bars.base, dtype=float) + bars.y / 2
    assert np.allclose(middles, np.rint(middles))
    places = zip(bars.x.tolist(), np.rint(middles).astype(int).tolist(), strict=True)
    return dict(zip(places, zip(bars.text, bars.hovertext, strict=True), strict=True))


def test_the_map_marks_the_choice_what_is_in_reach_and_what_is_left_out(moons):
    fits, some = moons
    some = (*some, Cell(6, "diag", np.nan, np.nan, ("component 1 collapsed",)))
    grid = Grid("bic", ("full", "diag"), 9, 300, some, (*fits, fits[0]), choose(some))
    figure = figures.heat_map(grid)
    faint, grey, judged = (_cells(bars) for bars in figure.data)
    assert [*grey] == [(6, 1)]
    assert grey[6, 1][0] == "all<br>out"
    assert "left out: component 1 collapsed" in grey[6, 1][1]
    assert faint[9, 0] == ("", "Not fitted")
    assert {*judged} == {
        (cell.n_components, ("full", "diag").index(cell.covariance_type)) for cell in some[:-1]
    }
    behind = dict(zip(judged, figure.data[2].marker.color, strict=True))
    assert behind[8, 0] == 0 == min(behind.values()), "the best is the darkest"
    everywhere = [(k, row) for row in range(2) for k in range(1, 10)]
    assert sorted([*faint, *grey, *judged], key=lambda place: place[::-1]) == everywhere, "each once"
    solid = [s for s in figure.layout.shapes if s.line.dash is None]
    dotted = [s for s in figure.layout.shapes if s.line.dash == "dot"]
    assert [(round((s.x0 + s.x1) / 2), round((s.y0 + s.y1) / 2)) for s in solid] == [(8, 0)]
    in_reach = {(round((s.x0 + s.x1) / 2), round((s.y0 + s.y1) / 2)) for s in dotted}
    assert in_reach == {(6, 0), (7, 0)}
    assert grid.at(7.4, 0.3) == (7, "full")
    assert grid.at(6.0, 0.6) == (6, "diag"), "what collapsed can be watched too"
    assert [grid.at(*place) for place in ((9.0, 0.0), (0.4, 0.0), (7.0, -0.6), (7.0, 2.0))] == [None] * 4


def test_the_curve_is_zero_where_each_criterion_is_at_its_best():
    some = tuple(
        Cell(k, name, value, 0.0)
        for k, name, value in [
            (1, "full", 50.0),
            (1, "diag", 60.0),
            (2, "full", 30.0),
            (2, "diag", 20.0),
            (3, "full", 25.0),
        ]
    )
    held = tuple(Cell(k, "full", value, 0.0) for k, value in [(1, -3.0), (2, -2.9)])
    grids = [
        Grid("bic", ("full", "diag"), 3, 100, some, (), choose(some)),
        Grid(HELD_OUT, ("full", "diag"), 3, 100, held, (), choose(held, highest=True)),
    ]
    lines = [trace for trace in figures.curve(grids).data if trace.mode == "lines+markers"]
    assert [list(line.y) for line in lines] == [[30, 0, 5], [pytest.approx(20), 0]], "held out in -2 log L"
    (full, _) = [trace for trace in figures.curve(grids, "full").data if trace.mode == "lines+markers"]
    assert list(full.y) == [25, 5, 0]


@pytest.mark.parametrize("data", ["notebook_1d", "moons", "notebook_3d"])
def test_merged_components_wear_one_colour(data):
    X = load_dataset(data).X
    rng = np.random.default_rng(0)
    means = X[rng.choice(len(X), 4, replace=False)]
    mixture = Mixture(np.full(4, 0.25), means, np.tile(np.cov(X.T).reshape(X.shape[1], -1), (4, 1, 1)))
    merging = merge_by_entropy(mixture, X)
    P = np.eye(X.shape[1])[:2]
    figure = figures.merged(X, np.arange(len(X)), mixture, merging.clusters(2), P, ["a", "b"])
    outlines = [trace.line.color for trace in figure.data if trace.mode == "lines"]
    assert len(outlines) == 4
    assert len(set(outlines)) == 2
    assert [a.text for a in figure.layout.annotations] == [f"<b>{j}</b>" for j in range(1, 5)]


def test_how_often_is_a_table_and_a_picture():
    found = how_often([{"bic": 2}, {"bic": 3}, {"bic": None}, {"bic": 2}], 2)
    row = words.shares(found, 2).iloc[0].to_dict()
    assert row == {
        "criterion": "BIC",
        "chose 2": "2 of 4",
        "share": "50%",
        "95% interval": "15% to 85%",
        "too few": 0,
        "too many": 1,
        "chose none": 1,
    }
    (bars,) = figures.how_often(found, 2, 5).data
    assert (list(bars.x), list(bars.y)) == ([2, 3], [2, 1])

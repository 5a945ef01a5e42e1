"""A panel is declared once: who adds one finds it in every scene, and in pictures."""

import re
from pathlib import Path

import numpy as np
import pytest
from test_borders import beside

from gmm_core import Mixture, fit, load_dataset, make_blobs_data
from gmm_core.laboratory.faulty_em import likely_starts
from pages.ui.player import panels, pictures
from pages.ui.player.faulty_scene import encode_faulty, limits, run_to_draw
from pages.ui.player.header import Header, Part, decode
from pages.ui.player.scene import encode
from pages.ui.player.view import Subject, View

HERE = Path(panels.__file__).parent


def scenes(data):
    """The three kinds of runs: EM, k-means and code with mistakes."""
    _, _, (em, kmeans) = beside(data, 3)
    ran = run_to_draw(data.X, likely_starts(data.X, 3)["centres"], (), max_iter=5)
    faulty = encode_faulty(data, ran, limits(ran.run), View())
    return {"EM": em, "k-means": kmeans, "faulty": faulty}


@pytest.mark.parametrize("name", ["notebook_2d", "qa_series"])
def test_every_scene_says_what_every_header_says(name):
    data = load_dataset(name)
    needed = {"k", "n", "total", "steps", "stop", "collapsed", "ending", "default_stop", "palette", "data"}
    needed |= {"fit", "first_number", "images_first", "shuffled", "fallen", "kind", "axes", "range"}
    needed |= {"run", "arrays"}
    for scene in scenes(data).values():
        header, _ = decode(scene.content)
        assert needed <= set(header)
        assert (header["total"], header["data"], header["run"]) == (len(data.X), scene.data, scene.run)


def test_what_may_be_none_is_left_out_where_it_is():
    data = load_dataset("notebook_2d")
    subject = Subject(data, [fit(data.X, 3, random_state=0).mixture], View())
    own = {"stop": "converged", "collapsed": None, "ending": "", "default_stop": None, "fit": ""}
    facts = subject.header(**own).facts()
    assert facts["collapsed"] is None
    assert not {"falls", "words", "curve", "views", "limits", "draggable"} & set(facts)
    assert subject.header(**own, falls=[]).facts()["falls"] == []
    with pytest.raises(TypeError, match="unheard_of"):
        subject.header(**own, unheard_of=1)
    assert isinstance(subject.header(**own), Header)


def test_a_panel_that_is_added_is_in_every_scene_and_in_pictures(monkeypatch):
    def rows(subject, facts):
        return Part({"rows_title": f"rows of a {facts['kind']}"}, {"row_numbers": subject.rows + 1})

    class Rows:
        moving = ()

        @staticmethod
        def height(header):
            return 2.0 if "rows_title" in header else 0.0

        def __init__(self, place, figure, header, arrays):
            figure.add_subplot(place).set_title(f"{header['rows_title']}, up to {arrays['row_numbers'][-1]}")

        def show(self, iteration, step):
            pass

    data = make_blobs_data(20, 3)
    before = encode(data, fit(data.X, 3, random_state=0)).content
    monkeypatch.setattr(panels, "BESIDE", [*panels.BESIDE, rows])
    monkeypatch.setattr(pictures, "BESIDE", [*pictures.BESIDE, Rows])
    for scene in scenes(data).values():
        header, arrays = decode(scene.content)
        assert header["rows_title"] == "rows of a plane"
        np.testing.assert_array_equal(arrays["row_numbers"], np.arange(1, 61))
    after = encode(data, fit(data.X, 3, random_state=0)).content
    assert b"rows of a plane, up to 60" in pictures.picture(after, 0, "E", "", "svg")
    assert b"rows of a plane" not in pictures.picture(before, 0, "E", "", "svg")


def test_a_way_to_draw_the_data_that_is_replaced_is_replaced_in_every_scene(monkeypatch):
    def upside_down(subject, facts):
        part = plane(subject, facts)
        return Part(part.facts | {"axes": part.facts["axes"][::-1]}, part.arrays)

    data, plane = load_dataset("notebook_2d"), panels.plane
    before = {name: decode(scene.content)[0]["axes"] for name, scene in scenes(data).items()}
    monkeypatch.setitem(panels.KINDS, "plane", upside_down)
    after = {name: decode(scene.content)[0]["axes"] for name, scene in scenes(data).items()}
    assert after == {name: axes[::-1] for name, axes in before.items()}


def test_a_box_in_space_holds_its_ellipsoids_but_for_what_is_far_larger_than_the_rows():
    data = load_dataset("notebook_3d")
    low, high = data.X.min(axis=0), data.X.max(axis=0)
    for spread, held in ((3.0, True), (1000.0, False)):
        start = Mixture([1.0], [high], [spread * np.eye(3)], "full")
        header, _ = decode(encode(data, fit(data.X, 1, start=start, max_iter=1), View(space=True)).content)
        box = np.array(header["range"]).T
        ends = high + header["radii"][0] * np.sqrt(spread)
        assert (box[0] <= low - 0.04 * (high - low)).all()
        assert (box[1] <= high + 0.41 * (high - low)).all()
        assert (ends <= box[1] + 1e-6).all() == held


def test_the_browser_and_pictures_know_the_same_kinds():
    script = (HERE / "kinds.js").read_text(encoding="utf-8")
    assert re.findall(r"^  (\w+): \{ Stage", script, re.MULTILINE) == list(panels.KINDS)
    assert set(pictures.KINDS) == set(panels.KINDS) - {"space"}


def test_a_picture_of_one_feature_with_the_ground_of_each_component():
    """Beside k-means, with or without a series: the borders are in the picture."""
    for name in ("notebook_1d", "qa_series"):
        _, _, (em, _) = beside(load_dataset(name), 2)
        header, arrays = decode(em.content)
        drawing = pictures.Drawing(em.content, "")
        drawing.show(header["steps"], "E")
        (line, *_) = drawing.panels
        assert len(line.bars) == (2 if "series" in header else 1)
        places = arrays["thresholds"][-1]
        drawn = [segment[0][0] for segment in line.bars[0].get_segments()]
        np.testing.assert_allclose(drawn, places[np.isfinite(places)])
        assert drawn

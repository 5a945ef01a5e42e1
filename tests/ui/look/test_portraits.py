"""Small pictures of data and mixtures: every component is in them, and nothing that is no number."""

import re
from dataclasses import replace

import numpy as np
import pytest

from gmm_core import Mixture, fit, load_dataset
from pages.ui.look import palette, portraits


@pytest.mark.parametrize("name", ["qa_series", "tutorial_60", "tutorial_500", "notebook_3d", "digits_2_6"])
def test_each_component_is_outlined_where_its_points_are(name):
    data = load_dataset(name)
    mixture = fit(data.X, 2, covariance_type="diag", reg_covar=0.01, random_state=0).mixture
    clusters = mixture.responsibilities(data.X).argmax(axis=1)
    svg = portraits.portrait(data, clusters, mixture, palette.COMPONENTS)
    assert "nan" not in svg
    lines = re.findall(r'<polygon points="([^"]*)" fill="([^"]*)"', svg)
    assert [colour for _, colour in lines] == list(palette.COMPONENTS[:2])
    for points, colour in lines:
        outline = np.array([point.split(",") for point in points.split()], dtype=float)
        dots = re.findall(rf'<circle cx="(\d+)" cy="(\d+)" r="3" fill="{colour}"', svg)
        inside = np.array(dots, dtype=float).mean(axis=0)
        if data.X.shape[1] == 1 and not data.is_series:  # a curve on the floor
            inside[1] = outline[:, 1].max()
        assert (outline.min(axis=0) - 1 <= inside).all()
        assert (inside <= outline.max(axis=0) + 1).all()
    assert "<polygon" not in portraits.portrait(data, clusters, None, palette.COMPONENTS)
    assert portraits.thumbnail(data, mixture) == portraits.portrait(data, clusters, None, palette.COMPONENTS)


def test_a_component_without_extent_and_constant_data_can_be_drawn():
    data = load_dataset("tutorial_500")
    flat = replace(data, X=np.ones((4, 2)), labels=None, truth=None)
    thin = Mixture([1.0], [[1.0, 1.0]], [np.diag([1e-300, 1e-300])], "full")
    svg = portraits.portrait(flat, np.zeros(4, int), thin, palette.COMPONENTS)
    assert "nan" not in svg
    assert "inf" not in svg

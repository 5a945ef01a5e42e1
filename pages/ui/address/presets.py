"""Named settings, each with the lesson it shows. Pure: no Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gmm_core import Mixture
from gmm_core.out.export import mixture_to_json
from pages.ui.address.differences import KMEANS
from pages.ui.address.settings import Settings, digest


@dataclass(frozen=True)
class Preset:
    """An experiment for the gallery: a title, one sentence on what to watch, and all its settings."""

    title: str
    watch: str
    settings: Settings


def _preset(title: str, watch: str, data: str, k: int, **settings: Any) -> Preset:
    # As the data open, unless a start is named.
    seed = {"random_state": 0} if "init" in settings else {}
    return Preset(title, watch, Settings.opened(data, n_components=k, **(seed | settings)))


COLLAPSE = "10,13;30,25;25,-5"

# The rows of the gallery, from the first lesson to the traps.
GALLERY: dict[str, tuple[Preset, ...]] = {
    "First steps": (
        Preset("Three blobs", "Colours and ellipses take turns until nothing changes.", Settings.opened()),
        _preset(
            "The Q&A series",
            "Fifty values over time become three groups; shuffle them, and nothing changes.",
            *("qa_series", 3),
            tol=1e-6,
        ),
        _preset("Sixty values", "Three groups along a line, far apart.", "tutorial_60", 3),
        _preset(
            "Sixty values, wider",
            "The same, further apart: is EM faster?",
            "tutorial_60_wide",
            3,
        ),
        _preset(
            "Five hundred points",
            "Three stretched blobs from a long tutorial.",
            "tutorial_500",
            3,
        ),
        _preset(
            "A thousand points",
            "Five narrow blobs: does every start find all of them?",
            *("tutorial_1000", 5),
        ),
        _preset("Two blobs", "Three hundred points against a hundred.", "notebook_2d", 2),
        _preset("Two larger blobs", "The weights end near 350 and 250.", "notebook_2d_large", 2),
        _preset("In three dimensions", "Turn it: the ellipsoids are exact.", "notebook_3d", 2, space=True),
        _preset(
            "Three that overlap",
            "More iterations raise the likelihood and lower the accuracy.",
            *("notebook_1d", 3),
            init="kmeans",
            tol=0.0,
            max_iter=300,
        ),
    ),
    "Shapes and sizes": (
        _preset(
            "Unequal sizes",
            "Do 20 points keep a component of their own?",
            "unequal_sizes",
            3,
        ),
        _preset(
            "Unequal variances",
            "The wide group claims points far inside the others.",
            "unequal_variances",
            3,
        ),
        _preset(
            "Tilted groups",
            "Full covariances turn; try diag and watch them fail.",
            "anisotropic",
            3,
            init="kmeans",
        ),
        _preset(
            "Overlapping groups",
            "Few points are claimed for sure: tick “unsure”.",
            "overlapping",
            3,
            init="kmeans",
        ),
        _preset(
            "Tiny beside huge",
            "Try other starts: which of them find the 25 points?",
            "tiny_cluster",
            2,
            init="kmeans",
        ),
        _preset(
            "Digits 2 and 6",
            "Two means become two digits.",
            "digits_2_6",
            2,
        ),
        _preset(
            "All ten digits",
            "Ten means form while EM runs, and not all of them become one digit.",
            *("digits", 10),
            init="kmeans",
        ),
    ),
    "Beside k-means": (
        _preset(
            "Half of a huge group",
            "k-means wants groups of one size and halves the huge one, 56%; EM finds the 25 points, 100%.",
            *("tiny_cluster", 2),
            random_state=1,
            beside=KMEANS,
        ),
        _preset(
            "Cut across",
            "The border of k-means cuts two long groups in half, 50%; EM turns its ellipses in time, 100%.",
            *("cigars", 2),
            random_state=35,
            beside=KMEANS,
        ),
        _preset(
            "Straight and curved borders",
            "Tilted groups: k-means gets 91%, hardly more from any start; EM gets 99% from this one.",
            *("anisotropic", 3),
            random_state=26,
            beside=KMEANS,
        ),
        _preset(
            "A start that only EM loses",
            "EM shares both groups between two long ellipses and stays there, 56%; k-means gets 100%.",
            *("notebook_2d_large", 2),
            random_state=34,
            beside=KMEANS,
        ),
        _preset(
            "Three equal round groups",
            "All that k-means assumes is true, 82%; EM bends its ellipses to chance, 52%. Try spherical.",
            *("overlapping", 3),
            random_state=8,
            beside=KMEANS,
        ),
        _preset(
            "Few values, two borders",
            "EM gives one component to a chance crowd of values, 57%; k-means divides the line, 90%.",
            *("notebook_1d", 3),
            random_state=33,
            beside=KMEANS,
        ),
    ),
    "Where it goes wrong": (
        _preset(
            "A component collapses",
            "One component falls onto one point, and the likelihood has no limit.",
            *("tutorial_collapse", 3),
            reg_covar=0.0,
            init="given",
            means=COLLAPSE,
        ),
        _preset(
            "Cigars",
            "k-means cuts across, and EM cannot turn back; nothing says so. Place the means by hand instead.",
            *("cigars", 2),
            init="kmeans",
        ),
        _preset(
            "Moons",
            "Two Gaussians cut the moons in half; more of them tile the shape.",
            "moons",
            2,
            init="kmeans",
        ),
        _preset(
            "Circles",
            "The same centre twice: the inner circle gets lost.",
            "circles",
            2,
            init="kmeans",
            random_state=1,
        ),
        _preset(
            "Uniform noise",
            "There is no group, and EM finds as many as you ask for.",
            "uniform_noise",
            4,
        ),
        _preset("Heavy tails", "A wide component is spent on the outliers.", "heavy_tails", 3, init="kmeans"),
        _preset(
            "One heavy tail",
            "BIC would spend a second component on the tail of one group; of t distributions it needs one.",
            *("heavy_tail", 2),
        ),
        _preset("Ring", "Components tile it; with one alone, the mean is where no point is.", "ring", 4),
        _preset(
            "Smile",
            "Three for two eyes and a mouth: EM joins the eyes and cuts the mouth, for a higher likelihood.",
            *("smile", 3),
        ),
        _preset("Spiral", "Eight components tile two arms, and none of them is an arm.", "spiral", 8),
        _preset(
            "Two lines",
            "Both lines are found, and only reg_covar gives them width: the likelihood has no limit.",
            *("two_lines", 2),
        ),
        _preset(
            "One skewed cloud",
            "BIC would choose five components for this one group.",
            "skewed",
            5,
            init="kmeans",
        ),
    ),
}

# The start of the tutorial that collapses: means placed by hand do not have its covariances.
TUTORIAL_START = Mixture(
    np.full(3, 1 / 3), [[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]], np.tile(5 * np.eye(2), (3, 1, 1))
)
# Starts that every server knows, by the names that saved parameters with this content have.
STARTS_BY_NAME = {digest(mixture_to_json(mixture).encode()): mixture for mixture in (TUTORIAL_START,)}
(TUTORIAL,) = STARTS_BY_NAME

# What each page of the laboratory shows as long as nobody chose anything.
STARTS = Settings.opened("qa_series")
TROUBLE = Settings(
    data="tutorial_collapse",
    n_components=3,
    reg_covar=0.0,
    init="loaded",
    parameters=TUTORIAL,
    random_state=0,
    tol=1e-6,
    max_iter=300,
)
MISTAKES = Settings.opened("qa_series")
CHOICE = Settings.opened("blobs", n_samples=100, centers=4, cluster_std=1.5, data_seed=2)

SLOW = Settings.opened("overlapping", init="kmeans", random_state=0)

# Ways to collapse, for the page about it.
TROUBLES: dict[str, Settings] = {
    "The tutorial's point": TROUBLE,
    "Thirteen equal values": Settings(
        data="qa_series",
        n_components=3,
        reg_covar=0.0,
        init="random_from_data",
        random_state=24,
        tol=1e-6,
        max_iter=300,
    ),
    "Held up by reg_covar": Settings(
        data="qa_series",
        n_components=3,
        reg_covar=1e-6,
        init="random_from_data",
        random_state=11,
        tol=1e-6,
        max_iter=300,
    ),
    "On two points, a line": Settings(
        data="notebook_2d",
        n_components=4,
        reg_covar=0.0,
        init="random_from_data",
        random_state=21,
        tol=1e-6,
        max_iter=300,
    ),
}

BY_TITLE = {preset.title: preset for presets in GALLERY.values() for preset in presets}
_CARDS = {preset.settings: preset for preset in reversed(BY_TITLE.values())}


def named(title: str) -> Preset:
    """The card of that title."""
    return BY_TITLE[title]


def card_of(settings: Settings) -> Preset | None:
    """The card that has exactly these settings."""
    return _CARDS.get(settings)

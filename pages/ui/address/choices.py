"""What can be chosen of a setting is called so, where it is chosen and where a change is named. Pure."""

from __future__ import annotations

from gmm_core.engine.covariance import FAMILIES, MODELS
from gmm_core.engine.starts import INITS, Init

PAINTED = "painted"
DATA_LABELS = {
    "blobs": "Generated blobs",
    "own": "Your own table",
    PAINTED: "Paint your own points",
    "qa_series": "Q&A series, 50 values",
    "digits": "Digits, 64 pixels",
    "digits_2_6": "Digits 2 and 6",
    "tutorial_60": "Tutorial: 60 values, ±10",
    "tutorial_60_wide": "Tutorial: 60 values, ±15",
    "tutorial_500": "Tutorial: 500 points, 3 blobs",
    "tutorial_1000": "Tutorial: 1,000 points, 5 blobs",
    "tutorial_collapse": "Tutorial: 500 wide points",
    "notebook_1d": "Notebook: 90 values",
    "notebook_2d": "Notebook: 400 points",
    "notebook_2d_large": "Notebook: 600 points",
    "notebook_3d": "Notebook: 50 points in 3-D",
    "unequal_sizes": "Unequal sizes",
    "unequal_variances": "Unequal variances",
    "overlapping": "Overlapping groups",
    "tiny_cluster": "A tiny group beside a huge one",
    "anisotropic": "Tilted groups",
    "cigars": "Cigars: k-means starts fail",
    "moons": "Moons",
    "circles": "Circles",
    "uniform_noise": "Uniform noise",
    "heavy_tails": "Heavy tails",
    "heavy_tail": "One group with heavy tails",
    "ring": "A ring",
    "smile": "A smile",
    "spiral": "A spiral",
    "two_lines": "Two lines",
    "skewed": "One skewed cloud",
}
MISSING_LABELS = {
    "drop": "Leave them out",
    "mean": "Fill in the column's mean",
    "observed": "Use what is there",
}
SCALING_LABELS = {
    "none": "none",
    "standardise": "standardise each feature",
    "whiten": "whiten all together",
}
USUAL_START = "round"
ON_ROWS = "random_from_data"  # the usual one of older links, which count runs in this order
# The library's starts, these two first, and those that the app itself makes.
STARTS: dict[str, Init] = {
    USUAL_START: INITS[USUAL_START],
    ON_ROWS: INITS[ON_ROWS],
    **INITS,
    "given": Init(
        "given",
        "placed by hand",
        "drag the means at the start; double-click to add or remove one; click one for its spread and weight",
    ),
    "loaded": Init(
        "loaded", "saved parameters", "those of a file that *Take away* made; EM goes on from there"
    ),
}
START_LABELS = {name: start.label for name, start in STARTS.items()}
FAMILY_LABELS = {name: f"{name}: {family.looks}" for name, family in FAMILIES.items()}
MODEL_LABELS = {name: f"{name} of mclust" for name in MODELS}

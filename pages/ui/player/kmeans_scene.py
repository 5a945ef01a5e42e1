"""k-means as the player draws it beside EM: hard colours, centres without ellipses, and straight borders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gmm_core import Dataset, Scaling, Trace
from gmm_core.engine.kmeans import KMeansRun
from pages.ui.player import panels
from pages.ui.player.changes import changes
from pages.ui.player.header import Arrays, Scene, digest, pack
from pages.ui.player.view import Subject, View

WORDS = {
    "start": "<b>Start</b> The centres are the means that EM begins with; no point is anyone's yet.",
    "E": "<b>Assign</b> Every point goes to its nearest centre, wholly.",
    "M": "<b>Update</b> Centres move to the mean of their points.",
    "component": "cluster",
}
SETTLED = "No point changes its cluster any more."
STOPPED = "Stopped at the largest number of iterations."


def encode_kmeans(data: Dataset, run: KMeansRun, em: Trace, scaling: Scaling, view: View) -> Scene:
    """A run of k-means on the scaled data, on the axes and in the colours of the run `em`, in data units."""
    cells = [scaling.in_units(step.cells) for step in run.steps]
    subject = Subject(data, cells, replace(view, like=em.mixture), centres=True)
    Z = scaling.scale(data.X[subject.rows])
    header = subject.header(
        stop="converged" if run.settled else "max_iter",
        collapsed=None,
        ending=SETTLED if run.settled else STOPPED,
        default_stop=None,
        fit=digest(data.X.tobytes(), subject.means.tobytes()),
        words=WORDS,
        curve=("inertia", "Mean squared distance" + ("" if scaling.name == "none" else ", scaled")),
    )
    clusters = np.arange(cells[0].n_components)
    hard = [255 * (step.assign(Z)[:, np.newaxis] == clusters) for step in run.steps]
    arrays: Arrays = {
        "inertia": np.array([step.inertia for step in run.steps]),
        "weights": np.array([step.shares for step in run.steps]),
    }
    arrays["gaps"], arrays["changes"] = changes(np.array(hard, np.uint8))
    return pack(header, subject.rows, arrays, panels.parts(subject))

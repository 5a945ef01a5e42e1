"""k-means as the player draws it beside EM: hard colours, centres without ellipses, and straight borders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gmm_core import Dataset, Scaling, Trace
from gmm_core.engine.kmeans import KMeansRun
from pages.ui.look import palette
from pages.ui.player import scene
from pages.ui.player.changes import changes
from pages.ui.player.scene import Arrays, Scene, View

WORDS = {
    "start": "<b>Start</b> The centres are the means that EM begins with.",
    "E": "<b>Assign</b> Every point goes to its nearest centre, wholly.",
    "M": "<b>Update</b> Centres move to the mean of their points.",
    "component": "cluster",
}
SETTLED = "No point changes its cluster any more."
STOPPED = "Stopped at the largest number of iterations."
RADIUS = 0.02  # of a centre in space, as a share of the axes


def encode_kmeans(data: Dataset, run: KMeansRun, em: Trace, scaling: Scaling, view: View) -> Scene:
    """A run of k-means on the scaled data, on the axes and in the colours of the run `em`, in data units."""
    k, steps = len(run.steps[0].centres), run.steps
    cells = [scaling.in_units(step.cells) for step in steps]
    rows = scene.shown_rows(len(data.X), len(steps) * k)
    Z = scaling.scale(data.X[rows])
    shares = np.array([step.shares for step in steps])
    inertia = np.array([step.inertia for step in steps])
    means = np.array([cell.means for cell in cells])
    header: dict[str, Any] = {
        "k": k,
        "n": len(rows),
        "total": len(data.X),
        "steps": run.n_iter,
        "stop": "converged" if run.settled else "max_iter",
        "collapsed": None,
        "ending": SETTLED if run.settled else STOPPED,
        "default_stop": None,
        "palette": [palette.COMPONENTS[i] for i in view.colours or range(k)],
        "data": scene.digest(data.X[rows].tobytes()),
        "fit": scene.digest(data.X.tobytes(), means.tobytes()),
        "shuffled": view.shuffled,
        "fallen": [],
        "first_number": view.first_number,
        "images_first": False,
        "words": WORDS,
        "curve": ["inertia", "Mean squared distance" + ("" if scaling.name == "none" else ", scaled")],
    }
    hard = [255 * (step.assign(Z)[:, np.newaxis] == np.arange(k)) for step in steps]
    arrays: Arrays = {"inertia": inertia, "weights": shares}
    arrays["gaps"], arrays["changes"] = changes(np.array(hard, np.uint8))
    # The axes are those of EM, and a density has no place in k-means.
    mixtures = [step.mixture for step in em.steps] if data.X.shape[1] == 1 else cells
    scene.place(replace(data, truth=None), mixtures, replace(view, contours=False), rows, header, arrays)
    if header["kind"] == "line":
        for name in ("curves", "spikes", "thresholds"):
            arrays.pop(name, None)
        arrays["means"] = means[:, :, 0]
        header["axes"][1] = "density of the data"
        if data.is_series:
            arrays["thresholds"] = scene.thresholds(cells, *header["range"][0])
    elif header["kind"] == "plane":
        header["radii"] = []
    else:
        extent = np.ptp(np.array(header["range"]), axis=1)
        arrays["maps"] = np.broadcast_to(np.diag(RADIUS * extent), (len(steps), k, 3, 3)).copy()
        header["radii"] = [1.0]
    if view.borders:
        scene.draw_borders(cells, header, arrays, hard=True)
    scene.put_images(data, means, None, header, arrays)
    return scene.pack(data, rows, header, arrays)

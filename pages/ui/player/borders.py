"""Whose ground is whose, at every step of a run: a tint by responsibility, and lines where components tie.

Letters: t steps (the start and every iteration), k components, g cells of a grid over what is drawn.

The tint is coded as the responsibilities of the points are, in 16 shades where borders are soft; hard ones
need finer cells. The grids of a long run are coarser, and a line that has hardly moved is not sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gmm_core import Mixture
from gmm_core.judgement.predict import leads
from pages.ui.look import shapes
from pages.ui.player.changes import changes

MOST = 4_000_000  # t x g x k numbers
SHADES = 15  # above none
SOFT, HARD, LINES = 48, 160, 64  # at most so many cells along a side of the plane, or places for a line
FEWEST = 24
CELLS_OF_A_LINE = 400  # with one feature
SIDE = 65535  # the units in which lines are sent
SEEN = SIDE / 450  # less is no more than a pixel
MOVED = 90  # so many per cent of a line must have moved less

Arrays = dict[str, NDArray[Any]]
Ranges = Sequence[Sequence[float]]  # the ends of each axis that is a feature, one or two


def tint(mixtures: Sequence[Mixture], ranges: Ranges, hard: bool) -> tuple[list[int], Arrays]:
    """How many cells there are across and up, and the share of each component in each of them, every step.

    hard : a cell belongs to its likeliest component, wholly.
    """
    size = [_side(mixtures, HARD if hard else SOFT)] * 2 if len(ranges) == 2 else [CELLS_OF_A_LINE, 1]
    ends = [np.linspace(*limits, n + 1) for limits, n in zip(ranges, size, strict=False)]
    grid = shapes.grid(*((end[1:] + end[:-1]) / 2 for end in ends))
    shades = np.empty((len(mixtures), len(grid), mixtures[0].n_components), np.uint8)
    for step, mixture in enumerate(mixtures):
        if hard:
            likeliest = mixture.log_joint(grid).argmax(axis=1)
            shades[step] = 255 * (likeliest[:, np.newaxis] == np.arange(mixture.n_components))
        else:
            shades[step] = np.rint(mixture.responsibilities(grid) * SHADES) * (255 // SHADES)
    gaps, values = changes(shades)
    return size, {"tint_gaps": gaps, "tint_changes": values}


def lines(mixtures: Sequence[Mixture], ranges: Ranges) -> Arrays:
    """Where the two likeliest components tie, in the plane.

    border_points : (m, 2), in parts of a side, of which there are `SIDE`. border_starts : where each line
    begins, and m. border_sets : where each set of lines begins, and how many lines there are. border_of :
    (t,), the set to draw at each step.
    """
    places = _side(mixtures, LINES)
    grid = shapes.grid(*(np.linspace(*limits, places) for limits in ranges))
    unit = np.linspace(0, SIDE, places)
    sets: list[list[NDArray[np.float64]]] = []
    border_of = []
    for mixture in mixtures:
        found = _ties(mixture, grid, unit)
        if not sets or _moved(sets[-1], found):
            sets.append(found)
        border_of.append(len(sets) - 1)
    flat = [line for found in sets for line in found]
    return {
        "border_points": np.rint(_points(flat)).astype(np.uint16),
        "border_starts": np.cumsum([0, *map(len, flat)]).astype(np.uint32),
        "border_sets": np.cumsum([0, *map(len, sets)]).astype(np.uint32),
        "border_of": np.array(border_of, np.uint32),
    }


def _side(mixtures: Sequence[Mixture], most: int) -> int:
    return int(np.clip(np.sqrt(MOST / (len(mixtures) * mixtures[0].n_components)), FEWEST, most))


def _ties(
    mixture: Mixture, grid: NDArray[np.float64], unit: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Lines (m, 2) around the ground of each component but the last, which is what the others leave. Where
    all are straight, each has two ends.
    """
    if shapes.are_straight(mixture):
        corners = mixture.log_joint(grid[[0, len(unit) - 1, -len(unit)]])
        return [SIDE * line for line in shapes.straight_borders(corners)]
    found = []
    for lead in leads(mixture.log_joint(grid)).T[:-1]:
        found += contour_generator(unit, unit, lead.reshape(len(unit), -1)).lines(0.0)
    return found


def _points(lines: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *lines])


def _moved(before: list[NDArray[np.float64]], now: list[NDArray[np.float64]]) -> bool:
    old, new = _points(before), _points(now)
    if len(before) != len(now) or not len(old):
        return bool(len(old) or len(new))
    distances, _ = cKDTree(old).query(new)
    return bool(np.percentile(distances, MOVED) > SEEN)

"""Strokes of a brush in the plane, as texts that fit into a link. Pure: no Streamlit.

A stroke is a path, a width and a number of points, which are drawn from them: a link holds some twenty
numbers in place of hundreds, and gives the same points everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmm_core.engine.arrays import TINY
from gmm_core.words import count
from pages.ui.address.by_hand import NUMBER, Place, read_place, write_place

MOST_STOPS = 30  # of a path
MOST_POINTS = 999  # of a stroke
_SIZE = rf"(?!-){NUMBER}"
_ALONG = rf"{_SIZE},{_SIZE}:{NUMBER},{NUMBER}(?:,{NUMBER},{NUMBER}){{0,{MOST_STOPS - 1}}}"
STROKE = rf"(?:spray:[1-9]\d{{0,2}},\d{{1,6}}:{_ALONG}|erase:{_ALONG})"


@dataclass(frozen=True)
class Stroke:
    """Points sprayed along a path; or the eraser, along one.

    radii : of the brush, in the units of each axis. path : places, one after another. n : how many points;
    0 erases. seed : of the points.
    """

    radii: Place
    path: tuple[Place, ...]
    n: int = 0
    seed: int = 0

    def __str__(self) -> str:
        along = f"{write_place(self.radii)}:{write_place([x for place in self.path for x in place])}"
        return f"spray:{self.n},{self.seed}:{along}" if self.n else f"erase:{along}"

    @classmethod
    def read(cls, text: str) -> Stroke:
        """The stroke in a text that `STROKE` matches."""
        what, *first, radii, along = text.split(":")
        n, seed = map(int, first[0].split(",")) if what == "spray" else (0, 0)
        numbers = read_place(along)
        return cls(read_place(radii), tuple(zip(numbers[::2], numbers[1::2], strict=True)), n, seed)

    def points(self) -> NDArray[np.float64]:
        """The sprayed points, (n, 2): anywhere along the path, normal about it, half a radius wide."""
        rng, path = np.random.default_rng(self.seed), np.array(self.path)
        with np.errstate(all="ignore"):
            lengths = np.nan_to_num(np.hypot(*(np.diff(path, axis=0) / self._scale).T))
        reached = np.append(0.0, np.cumsum(lengths / max(lengths.max(initial=0), 1)))
        along = rng.uniform(0, 1, self.n) * reached[-1]
        middles = np.column_stack([np.interp(along, reached, path[:, axis]) for axis in (0, 1)])
        return middles + rng.normal(0, 0.5, (self.n, 2)) * self.radii

    def covers(self, X: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these rows (n, 2) the brush has gone over, (n,)."""
        with np.errstate(all="ignore"):
            rows, path = X / self._scale, np.array(self.path) / self._scale
            nearest = np.full(len(X), np.inf)
            for begin, end in zip(path, path[[*range(1, len(path)), -1]], strict=True):
                way = end - begin
                share = np.clip(np.nan_to_num((rows - begin) @ way / (way @ way)), 0, 1)
                nearest = np.fmin(nearest, np.hypot(*(rows - begin - share[:, np.newaxis] * way).T))
        return nearest <= 1

    @property
    def _scale(self) -> NDArray[np.float64]:
        return np.maximum(self.radii, TINY)


def words(strokes: Sequence[Stroke]) -> list[str]:
    """What was done with the brush, in a few words each."""
    sprayed = sum(bool(one.n) for one in strokes)
    said = [(sprayed, "painted"), (len(strokes) - sprayed, "erased")]
    return [f"{count(n, 'stroke')} {what}" for n, what in said if n]

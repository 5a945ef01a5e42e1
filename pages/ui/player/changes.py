"""Bytes that change little from step to step, as their changes alone: what has settled costs nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def changes(steps: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Of bytes (t, ...) each step less the one before (modulo 256): where it is not zero, and what it is.

    First how many zeros come before each change, 255 at most, then its value. A longer gap is several
    changes, of nothing until the last.
    """
    flat = np.diff(steps, axis=0, prepend=np.zeros_like(steps[:1])).ravel()
    places = np.flatnonzero(flat)
    zeros = np.diff(places, prepend=-1) - 1
    needed = zeros // 256 + 1  # 255 zeros and a change of nothing cover 256 places
    last = np.cumsum(needed) - 1
    gaps = np.full(needed.sum(), 255, np.uint8)
    values = np.zeros(needed.sum(), np.uint8)
    gaps[last] = zeros % 256
    values[last] = flat[places]
    return gaps, values

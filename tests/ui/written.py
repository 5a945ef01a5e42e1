"""Numbers read back from the formulas."""

from __future__ import annotations

import math
import re

import numpy as np

DIGITS = 1e-4  # relative: five significant digits, at worst 1.0000 | 5
NUMBER = re.compile(r"(?<![\w.-])(?<![_^]\{)-?\d+(?:\.\d+)?(?: \\times 10\^\{-?\d+\})?|e\^\{-?[\d.]+\}")


def value(text: str) -> float:
    if text.startswith("e^"):
        return math.exp(float(text[3:-1]))
    mantissa, _, exponent = text.partition(r" \times 10^")
    return float(mantissa) * 10.0 ** int(exponent.strip("{}") or 0)


def numbers(text: str) -> list[float]:
    return [value(found) for found in NUMBER.findall(text)]


def whole(array: np.ndarray) -> list[float]:
    """What is shown of an array: all, of a large one the diagonal's or the vector's ends."""
    array = np.asarray(array)
    if array.ndim == 2 and len(array) > 3:
        array = np.diagonal(array)
    if array.ndim == 1 and len(array) > 3:
        array = array[[0, 1, -1]]
    return array.ravel().tolist()

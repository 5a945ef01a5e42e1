"""Numbers, names and arrays as LaTeX for KaTeX. Pure: no Streamlit.

Numbers have five significant digits; one that no float holds is shown by its logarithm, as e^{...}. A vector
of more than three numbers is shortened to its first two and its last, and a matrix of that size to its
diagonal.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gmm_core.words import cut

LONGEST_WHOLE = 3  # a longer vector is shortened
LONGEST_NAME = 24  # characters
LARGEST_EXPONENT = 700.0  # beyond, exp leaves the range of a float


def number(value: float) -> str:
    r"""Five significant digits: 0.14392, 44.446, 1.2346 \times 10^{-5}."""
    mantissa, _, exponent = f"{float(value) + 0.0:.5g}".partition("e")  # + 0.0: no minus before a zero
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def exponential(log: float) -> str:
    """The number whose logarithm is given; where no float can hold it, as a power of e."""
    if abs(log) < LARGEST_EXPONENT:
        return number(np.exp(log))
    return f"e^{{{log:.4f}}}" if abs(log) < 1e9 else f"e^{{{number(log)}}}"


def steps(left: str, *rights: str) -> str:
    """left = right = right ..., one under the other."""
    return aligned([f"{left} &= {rights[0]}", *(f"&= {right}" for right in rights[1:] if right)])


def aligned(lines: list[str]) -> str:
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def ends_of(items: Iterable) -> list:
    """All items if they are few, else the first two and the last."""
    items = list(items)
    return items if len(items) <= LONGEST_WHOLE else [*items[:2], items[-1]]


def shortened(parts: Iterable[str], between: str, length: int) -> str:
    """The parts, or of a longer list (of that length) the first two, dots, and the last."""
    ends = ends_of(parts)
    if length > LONGEST_WHOLE:
        ends = [*ends[:2], r"\dots", ends[-1]]
    return between.join(ends)


def vector(parts: Iterable[str]) -> str:
    """One number as it is, up to three in a column, more in a row with dots."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    if len(parts) <= LONGEST_WHOLE:
        return _rows(parts)
    return r"\left(" + shortened(parts, r",\, ", len(parts)) + r"\right)"


def array(values: NDArray[np.float64]) -> str:
    """A variance, variances, or a matrix: of a large one the diagonal."""
    values = np.asarray(values)
    if values.size == 1:
        return number(values.item())
    if values.ndim == 2 and len(values) > LONGEST_WHOLE:
        values = np.diagonal(values)
    if values.ndim == 1:
        return vector(map(number, values))
    return _rows(" & ".join(map(number, row)) for row in values)


def _rows(lines: Iterable[str]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def bracketed(text: str) -> str:
    """A negative number in brackets, to stand after a sign."""
    return f"({text})" if text.startswith("-") else text


def factor(text: str) -> str:
    """A single number with a dot before it, to stand after a fraction; vectors need none."""
    return text if text.startswith("\\") else rf"\cdot {bracketed(text)}"


_ESCAPES = {c: rf"\{c}" for c in "{}$&#%_"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def upright(name: str) -> str:
    """A feature's name as upright text, however it is written."""
    name = cut(" ".join(str(name).split()), LONGEST_NAME)
    return rf"\text{{{''.join(_ESCAPES.get(c, c) for c in name)}}}"

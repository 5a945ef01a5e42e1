"""What a link says of the picture besides the half-step: its curve, the selected row, what is seen of it.

What it says and this run does not have is left out, with a sentence. Pure: no Streamlit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gmm_core.words import as_code, plural
from pages.ui.player.header import Scene

USUAL = "likelihood"  # the curve
IN_SPACE = 9  # numbers: where the eye is, what it looks at, what is up


@dataclass(frozen=True)
class Sight:
    """What is shown first, as the browser reads it; and sentences about the rest."""

    shown: dict[str, Any]
    problems: tuple[str, ...] = ()


def sight_of(asked: Mapping[str, Any], scene: Scene, labelled: bool, space: bool = False) -> Sight:
    """What is shown of what a link asks for, by the names of `SIGHT`.

    What is asked for and empty, as by a link that says nothing of it, is as at first; what is not asked for
    stays as it was seen. labelled : whether there are known groups to agree with. space : whether the
    picture has three dimensions.
    """
    shown: dict[str, Any] = {}
    problems = []
    if "graph" in asked:
        if (graph := asked["graph"] or USUAL) == "agreement" and not labelled:
            problems.append(
                "The link shows the agreement with known groups, but these data have none. "
                "The curve is that of the log-likelihood."
            )
        else:
            shown["graph"] = graph
    if "selected" in asked:
        shown["selected"] = None
    if row := asked.get("selected"):
        where = np.flatnonzero(scene.rows == row - 1)
        if len(where):
            shown["selected"] = int(where[0])
        elif row > scene.total:
            problems.append(
                f"The link selects row {row:,}, but there are {scene.total:,} rows. None is selected."
            )
        else:
            problems.append(
                f"The link selects row {row:,}, which is not among those drawn. None is selected."
            )
    if "zoom" in asked:
        shown["zoom"] = None
    if zoom := asked.get("zoom"):
        numbers = [float(number) for number in zoom.split(",")]
        wanted = IN_SPACE if space else 4
        if len(numbers) != wanted:
            problems.append(
                f"The link says {as_code(f'zoom={zoom}')}, but this picture needs {wanted} "
                f"{plural(wanted, 'number')}. The whole is shown."
            )
        elif not space and (numbers[0] >= numbers[1] or numbers[2] >= numbers[3]):
            problems.append(
                f"The link says {as_code(f'zoom={zoom}')}, but an axis goes from a smaller to a larger "
                "number. The whole is shown."
            )
        else:
            shown["zoom"] = numbers
    return Sight(shown, tuple(problems))

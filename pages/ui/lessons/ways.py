"""How answers are given, and how a link says them; a text without sense is a `ValueError`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pages.ui.address import by_hand


def _place(text: str) -> tuple[float, ...]:
    return by_hand.read_place(text)


def _share(text: str) -> tuple[int, float]:
    component, share = text.split(",")
    return int(component), float(share)


WAYS: Mapping[str, Callable[[str], Any]] = {
    "mark": _place,  # a click in the picture: 1.5,-2
    "share": _share,  # a component and how surely, in per cent: 2,80
    "choice": int,  # the number of an option: 3
    "number": int,
    "means": by_hand.read_means,  # dragged in the picture: 1.5,2;3,-4
}

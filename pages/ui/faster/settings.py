"""What is chosen on the page of ways up: which stands beside EM, and what can be chosen of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gmm_core.engine.ways.table import WAYS, way_named
from gmm_core.engine.ways.way import Option
from gmm_core.words import uncapital
from pages.ui.address.differences import WAY, WAYS_UP
from pages.ui.address.field import Field
from pages.ui.address.settings import FIELDS as SHARED
from pages.ui.address.settings import Settings

OWN = "faster_"
LABELS = {name: way.label for name, way in WAYS.items()}
BESIDE_EM = tuple(WAYS_UP.values())
PASSES, SECONDS = "passes", "seconds"
CLOCKS = {PASSES: "against passes over the rows", SECONDS: "against seconds"}


def option_name(way: str, option: Option) -> str:
    """What an option of a way is called among what is chosen on this page."""
    return f"{OWN}{way}_{option.name}"


def _option_fields() -> dict[str, Field]:
    """A field for each option that a way declares."""
    return {
        option_name(name, option): Field(
            f"{name}_{option.name}",
            f"{uncapital(option.label)} of {way.label}",
            getattr(way_named(name), option.name),
            least=option.least,
            most=option.most,
            rare=True,
            title=option.label,
        )
        for name, way in WAYS.items()
        for option in way.options
    }


FIELDS: dict[str, Field] = {
    "faster_way": Field(
        WAY,
        "the way up beside EM",
        "accelerated",
        {name: LABELS[name] for name in BESIDE_EM},
        view=True,
        title="Beside EM",
    ),
    "faster_clock": Field(
        "clock",
        "what the curves are drawn against",
        PASSES,
        CLOCKS,
        rare=True,
        view=True,
        title="Against",
    ),
    "faster_tol": Field("climbtol", "the tolerance of the ways up", 1e-8, least=0, most=1, title="Tolerance"),
    "faster_iters": Field(
        "climbiters", "the most iterations of the ways up", 1000, least=1, most=5000, title="Most iterations"
    ),
    **_option_fields(),
}
_UNUSED = ("tol", "max_iter")  # of the shared settings


@dataclass(frozen=True)
class Ascent:
    """What makes a comparison of the ways what it is: data, model and start, and what is chosen of each way.

    options : pairs of a way's name and a pair of an option's name and its value.
    """

    settings: Settings
    tol: float
    max_iter: int
    options: tuple[tuple[str, tuple[str, float]], ...]

    @classmethod
    def of(cls, settings: Settings, chosen: Mapping[str, Any]) -> Ascent:
        """The comparison on this experiment among all that is chosen on the page."""
        options = tuple(
            (name, (option.name, chosen[option_name(name, option)]))
            for name, way in WAYS.items()
            for option in way.options
        )
        unused = {name: SHARED[name].default for name in _UNUSED}
        return cls(replace(settings.fitted, **unused), chosen["faster_tol"], chosen["faster_iters"], options)

    @property
    def by_way(self) -> dict[str, dict[str, float]]:
        """The options of each way, by their names."""
        found: dict[str, dict[str, float]] = {}
        for name, (option, value) in self.options:
            found.setdefault(name, {})[option] = value
        return found

"""What is chosen on the page of starts: who races, and how far. Pure: no Streamlit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gmm_core.engine.starts import INITS
from gmm_core.judgement.race import Start
from pages.ui.address.choices import START_LABELS
from pages.ui.address.field import Field
from pages.ui.address.settings import FIELDS as SHARED
from pages.ui.address.settings import Settings

_NAME = "|".join(map(re.escape, INITS))
RACERS = re.compile(rf"(?:{_NAME})(?:,(?:{_NAME}))*")
LABELS = {name: label for name, label in START_LABELS.items() if name in INITS}

FIELDS: dict[str, Field] = {
    "starts_inits": Field(
        "inits",
        "the initialisations",
        "random_from_data,kmeans,k-means++,random",
        pattern=RACERS,
        wanted=f"are names out of {', '.join(INITS)}",
    ),
    "starts_seeds": Field("seeds", "the number of seeds", 25, least=1, most=100, title="Seeds for each"),
    "starts_first": Field("firstseed", "the first seed", 0, least=0, most=2**31 - 100, title="First seed"),
    "starts_tol": Field(
        "racetol", "the tolerance of the race", 1e-8, least=0, most=1, title="Tolerance of the race"
    ),
    "starts_iters": Field(
        "raceiters", "the most iterations of the race", 5000, least=1, most=20_000, title="Most iterations"
    ),
    "starts_run": Field(
        "run", "the start looked at", 0, least=0, most=100 * len(INITS), rare=True, view=True
    ),
}

# Of the shared settings, what a race does not use.
_UNUSED = ("init", "random_state", "tol", "max_iter", "means", "parameters", "forks", "shuffle")


@dataclass(frozen=True)
class Heat:
    """What makes a race what it is: data and model, and the starts.

    inits : names in `starts.INITS`, each once. seeds : every one of them starts each of these.
    """

    settings: Settings
    inits: tuple[str, ...]
    seeds: range
    tol: float
    max_iter: int

    @classmethod
    def of(cls, settings: Settings, chosen: Mapping[str, Any]) -> Heat:
        """The race of these data and this model among all that is chosen on the page."""
        first = chosen["starts_first"]
        return cls(
            replace(settings.fitted, **{name: SHARED[name].default for name in _UNUSED}),
            read_inits(chosen["starts_inits"]),
            range(first, first + chosen["starts_seeds"]),
            chosen["starts_tol"],
            chosen["starts_iters"],
        )

    @property
    def n_starts(self) -> int:
        """How many starts that are; one without chance comes once."""
        return sum(len(self.seeds) if INITS[init].chance else 1 for init in self.inits)

    def in_explore(self, start: Start) -> Settings:
        """The settings with which Explore makes the run of one start."""
        return replace(
            self.settings,
            init=start.init,
            random_state=start.seed or 0,
            tol=self.tol,
            max_iter=min(self.max_iter, int(SHARED["max_iter"].most)),
        )


def read_inits(text: str) -> tuple[str, ...]:
    """The names in a link's text, each once, in the order of the page."""
    named = text.split(",")
    return tuple(name for name in LABELS if name in named)

"""All ways up the likelihood's hill, by name. A new one is a file beside this one, and a line here."""

from __future__ import annotations

from typing import Any

from gmm_core.engine.ways.accelerated import Accelerated
from gmm_core.engine.ways.annealed import Annealed
from gmm_core.engine.ways.batches import Batches
from gmm_core.engine.ways.hard import Hard
from gmm_core.engine.ways.plain import Plain
from gmm_core.engine.ways.stochastic import Stochastic
from gmm_core.engine.ways.variational import Variational
from gmm_core.engine.ways.way import Way

WAYS: dict[str, type[Way]] = {
    way.name: way for way in (Plain, Accelerated, Batches, Annealed, Hard, Stochastic, Variational)
}


def way_named(name: str, **options: Any) -> Way:
    """The way of that name, with these options; a `ValueError` that lists the names if there is none."""
    if name not in WAYS:
        raise ValueError(f"There is no way up {name!r}. Known are: {', '.join(WAYS)}.")
    return WAYS[name](**options)

"""All rows of what the server offers, where the pages show some of them: EM goes on over all, from a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gmm_core import Mixture, Trace, fit
from gmm_core.words import count
from pages.ui.address.settings import Settings
from pages.ui.runs import folder, processes
from pages.ui.runs.brought import drawn_from
from pages.ui.runs.jobs import Job
from pages.ui.runs.kept import kept
from pages.ui.runs.work.tasks import ON_STEP

MOST_BYTES = 50_000_000  # of runs, of which the last step is kept
AS_IN_THE_FILE = {"edits": "", "weight": "", "scaling": "none", "missing": "drop"}


def why_not(settings: Settings) -> str:
    """Why all rows cannot be fitted, in a sentence; "" where they can."""
    plain = replace(settings.plain, **AS_IN_THE_FILE)
    if plain == settings:
        return ""
    return (
        "All rows are fitted as they are in the file, by Gaussians alone: without edits, counts, scaling, "
        "noise, tails, a prior, held parameters or groups that EM is told."
    )


def going_on(settings: Settings, mixture: Mixture, names: Sequence[str], reg_covar: float) -> Job[Trace]:
    """EM over all rows, from a mixture of the columns with these names: its end, and all log-likelihoods."""
    drawn = drawn_from(settings)
    assert drawn is not None
    of = (reg_covar, settings.tol, settings.max_iter)
    return _going_on(folder.look(drawn.name), tuple(names), hash(mixture), of, drawn, mixture)


@kept(MOST_BYTES)
def _going_on(
    seen: str,
    names: tuple[str, ...],
    begins: int,
    of: tuple[float, float, int],
    _drawn: folder.Drawn,
    _start: Mixture,
) -> Job[Trace]:
    reg_covar, tol, max_iter = of
    how: dict[str, Any] = {"reg_covar": reg_covar, "tol": tol, "max_iter": max_iter}
    how |= {"covariance_type": _start.covariance_type, "start": _start}

    def work(report: Any) -> Trace:
        rows = folder.all_rows(_drawn.name, names)
        return processes.run(fit, rows, _start.n_components, **how, report=report, telling=ON_STEP).end

    return Job(
        work,
        max_iter,
        lambda done: f"EM over {count(_drawn.n, 'row')}: iteration {done} of at most {max_iter} …",
        elsewhere=True,
    )

"""Another way up than EM, from the start of a run, on its data and with all that EM was given."""

from __future__ import annotations

from gmm_core import Mixture
from gmm_core.engine.ways.climbing import Climb, climb
from gmm_core.engine.ways.table import WAYS, way_named
from gmm_core.words import capital
from pages.ui.address import beside, told
from pages.ui.address.settings import Settings
from pages.ui.runs import processes
from pages.ui.runs.data import counting, dataset, known_labels
from pages.ui.runs.fits import MOST_BYTES, Other, scaled_run, scaling
from pages.ui.runs.jobs import Job
from pages.ui.runs.kept import kept
from pages.ui.runs.processes import is_long
from pages.ui.runs.work.tasks import ON_STEP


def beside_em(settings: Settings) -> Other:
    """The way up that stands beside the run with these settings; `ValueError` where it cannot begin."""
    of = settings.fitted, beside.way_up(settings)
    return _in_units(*of, _job(*of, scaled_run(settings).steps[0].mixture).result())


@kept(MOST_BYTES // 4)
def _in_units(settings: Settings, way: str, _climb: Climb) -> Other:
    return Other(settings, scaling(settings).trace_in_units(_climb.trace), 0, _climb)


@kept(MOST_BYTES // 4)
def _job(settings: Settings, way: str, _start: Mixture) -> Job[Climb]:
    far = is_long(dataset(settings).X.size, settings.n_components, settings.max_iter)
    return Job(  # which keeps none of the data
        lambda report: processes.run(
            climb,
            scaling(settings).scale(dataset(settings).X),
            way_named(way),
            _start,
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            max_iter=settings.max_iter,
            prior=settings.prior,
            held=told.held_of(settings.held, settings.n_components),
            known_labels=known_labels(settings),
            **counting(dataset(settings)),
            report=report,
            telling=ON_STEP,
            far=far,
        ),
        settings.max_iter,
        f"{capital(WAYS[way].label)} is running: iteration",
        elsewhere=far,
    )

"""Where rows were drawn from a file of the server: that they were, and all of them fitted beside the page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from gmm_core import Mixture, Trace
from gmm_core.words import count
from pages.ui.address import wishes
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import brought, whole
from pages.ui.runs.comparing import to_watch
from pages.ui.runs.data import dataset
from pages.ui.shell import later, notes, seeing, waiting

ALL_ROWS = "all rows"


def show(
    settings: Settings, mixture: Mixture, names: Sequence[str], n: int, reg_covar: float | None = None
) -> None:
    """A fit of all rows, going on from this one of n of them, in the columns with these names.

    It runs beside the page, once that is drawn. reg_covar : with which the fit was made, by default that of
    the settings.
    """
    reg_covar = settings.reg_covar if reg_covar is None else reg_covar
    drawn = brought.drawn_from(settings)
    if drawn is None:
        return
    said = f"**{n:,} of {count(drawn.n, 'row')} are fitted here**, drawn at random."
    if reason := whole.why_not(settings):
        st.caption(f"{said} {reason}")
        return
    drawings = itertools.count()

    @st.fragment
    def told() -> None:
        if not seeing.may_see(settings):
            st.rerun()
        times, asked = next(drawings), (settings.fitted, mixture)
        if wishes.asked(ALL_ROWS) == asked:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    f"Fit all {drawn.n:,} rows",
                    icon=":material/database:",
                    on_click=wishes.forget,
                    args=(ALL_ROWS,),
                    key="fit all rows",
                )
                st.caption(f"{said} EM over all of them was stopped.")
            return
        try:
            job = whole.going_on(settings, mixture, names, reg_covar)
            if (times or job.whole) and not job.goes_on(later.LEASE):
                _told(settings, mixture, job.result(), names, drawn.n, reg_covar)
                return
        except ValueError as error:
            st.caption(f"{said} They cannot all be fitted: {evidence.literal(str(error))}")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{said} EM goes on from here over all of them, block by block.")
            st.button("Stop", on_click=wishes.ask, args=(ALL_ROWS, asked), key="stop all rows")
        st.progress(min(job.done / max(job.total, 1), 1.0), waiting.says(job))
        later.again("em_all_rows", times)

    told()


def _told(
    settings: Settings, before: Mixture, found: Trace, names: Sequence[str], n: int, reg_covar: float
) -> None:
    """What all rows say, beside what some of them did."""
    after = found.mixture
    moved = np.abs(after.means - before.means) / before.deviations
    j, feature = np.unravel_index(int(moved.argmax()), moved.shape)
    gained = found.log_likelihood - found.log_likelihoods[0]
    fitted = round(sum(found.steps[-1].counts))
    of = f"all {n:,} rows" if fitted == n else f"the {fitted:,} of {count(n, 'row')} that have all values"
    st.markdown(
        f"**Over {of}**, from the fit above, EM made {count(found.n_iter, 'iteration')} and "
        f"{'converged' if found.converged else 'was stopped'}: log-likelihood {found.log_likelihood:.6f} per "
        f"row, {gained:+.2g} since it began. The mean that moved most, that of component {j + 1} in "
        f"{evidence.literal(names[feature])}, did so by {moved[j, feature]:.2g} standard deviations."
    )
    columns = {"weight, sample": before.weights, "weight, all rows": after.weights}
    for i, name in enumerate(names[:3]):
        columns |= {
            f"mean of {name}, sample": before.means[:, i],
            f"mean of {name}, all rows": after.means[:, i],
        }
    index = pd.RangeIndex(1, before.n_components + 1, name="component")
    st.html(evidence.table(pd.DataFrame(columns, index=index)))
    if len(names) == dataset(settings).X.shape[1]:
        notes.in_explore(
            "Watch EM go on from these over the rows shown", to_watch(settings, after, reg_covar)
        )

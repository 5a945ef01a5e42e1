"""The part "scikit-learn" under the player: its fit from the very same start, and why it ends elsewhere."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from gmm_core import Dataset, StopReason, Trace
from gmm_core.laboratory.against import AGREES, Against, sklearn_seconds, why_not
from pages.ui.address import wishes
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import fits
from pages.ui.runs.data import dataset
from pages.ui.shell import waiting

SKLEARN = "scikit-learn"
LONG = 1.0  # seconds; what may take longer runs when it is asked for


def wait(settings: Settings) -> None:
    """Where scikit-learn was asked for a long fit, wait for it: in a fragment it could not be cancelled."""
    if (
        settings.max_iter
        and wishes.asked(SKLEARN) == settings.fitted
        and settings == settings.plain
        and not why_not(settings.covariance_type)
        and dataset(settings).complete
    ):
        with waiting.bar(partial(wishes.forget, SKLEARN)):
            fits.against(settings)


def show(settings: Settings, data: Dataset, trace: Trace) -> None:
    """A badge, a sentence for each difference, and two tables. What may take long waits for a button."""
    if reason := why_not(settings.covariance_type):
        st.caption(reason)
        return
    try:
        n, d = fits.sklearn_rows(settings).X.shape
    except ValueError as error:
        st.caption(evidence.literal(str(error)))
        return
    if not settings.max_iter:
        st.caption("No iteration is allowed, so both stay at the start: allow some, and they are compared.")
        return
    if settings != settings.plain:
        st.info(
            "scikit-learn's GaussianMixture has neither noise nor t distributions nor a prior, holds no "
            "parameters and is told no groups, so there is nothing to compare this run with."
        )
        return
    k = settings.n_components
    # Where this engine ends at a collapse, scikit-learn may go on.
    n_iter = settings.max_iter if trace.stop is StopReason.COLLAPSED else trace.n_iter
    expected = sklearn_seconds(n, k, d, n_iter)
    if expected > LONG and wishes.asked(SKLEARN) != settings.fitted:
        st.caption(f"scikit-learn may need some {expected:,.0f} seconds for this run.")
        wish = {"on_click": wishes.ask, "args": (SKLEARN, settings.fitted)}
        if st.button("Run it all the same", icon=":material/play_arrow:", **wish):
            st.rerun()
        return
    found = fits.against(settings)
    with st.container(horizontal=True, vertical_alignment="center"):
        icon, colour = (":material/check:", "green") if found.agrees else (None, "orange")
        st.badge(verdict(found), icon=icon, color=colour)
        st.caption(
            "The same data, start, family, reg_covar, tolerance and most iterations in scikit-learn's "
            "`GaussianMixture`"
            + (", on the scaled data as here." if settings.scaling != "none" else ".")
            + (" It takes no weights: each row stands as often as it counts." if n > len(data.X) else "")
        )
    for reason in found.reasons:
        st.markdown(reason)
    ends, differences = st.columns(2)
    ends.table(where_both_end(found, trace), border="horizontal")
    differences.table(largest_differences(found), border="horizontal")
    if not found.error:
        st.caption(
            "Its `lower_bound_` is not its `score(X)`: it is the log-likelihood of the parameters before its "
            f"last M-step, after iteration {found.n_iter - 1}."
        )
    st.caption(
        f"Differences are those after iteration {len(found.apart)}, the last that both made. Times are of "
        "this server, on one thread: the median of a few fits, or of one that is long."
    )


def verdict(found: Against) -> str:
    """The badge, in a few words."""
    if found.error:
        return "scikit-learn ends with an error"
    if found.largest <= AGREES and found.n_iter != found.own_n_iter:
        return f"agrees to {small(found.largest)}, but ends after {found.n_iter} iterations"
    return f"{'agrees to' if found.agrees else 'differs by'} {small(found.largest)}"


def where_both_end(found: Against, trace: Trace) -> pd.DataFrame:
    """Iterations, log-likelihoods and times of both."""
    before = trace.log_likelihoods[-2] if trace.n_iter else float("nan")
    rows = {
        "iterations": (f"{found.own_n_iter}", f"{found.n_iter}"),
        "log-likelihood per sample": _numbers(trace.log_likelihood, found.log_likelihood),
        "the same before the last M-step": _numbers(before, found.lower_bound),
        "time of one fit": (_time(found.own_seconds), _time(found.seconds)),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["This engine", "scikit-learn"])


def largest_differences(found: Against) -> pd.DataFrame:
    """In weights, means, covariances and log-likelihood, after the last iteration that both made."""
    last, (ours, theirs) = found.last, found.log_likelihoods
    rows = {
        "weight": (small(last.weights), "–"),
        "mean": (small(last.means), small(last.relative_means)),
        "covariance": (small(last.covariances), small(last.relative_covariances)),
        "log-likelihood per sample": (small(abs(ours - theirs)), "–"),
    }
    columns = ["Largest difference", "In standard deviations"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def small(number: float) -> str:
    """A difference, in one digit."""
    return "0" if number == 0 else "–" if number != number else f"{number:.0e}"


def _numbers(*numbers: float) -> tuple[str, ...]:
    return tuple("–" if number != number else f"{number:.9g}" for number in numbers)


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"

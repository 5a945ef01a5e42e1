"""What the page "Choose k" shows, by what is asked for: all of it grows, and what was stopped can go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset
from gmm_core.engine.checks import constant_columns
from gmm_core.judgement import choice, selection
from gmm_core.judgement import ends as judged
from gmm_core.judgement.bootstrap import BootstrapTest, bootstrap_test
from gmm_core.judgement.criteria import HELD_OUT
from gmm_core.judgement.held_out import HeldOut, held_out
from gmm_core.judgement.merging import Merging, merge_by_entropy
from gmm_core.judgement.selection import Comparison, Fit, Mapped
from gmm_core.words import End, listed
from pages.ui.address import edits
from pages.ui.address.kinds import COMPONENT_LABELS, OPTIONS
from pages.ui.address.settings import Settings
from pages.ui.choose_k.settings import SPLITS, Asked, AskedTest
from pages.ui.runs.comparing import MAX_ITER, TOL, HowFar, comparing, to_watch
from pages.ui.runs.data import dataset
from pages.ui.runs.jobs import Job, growing
from pages.ui.runs.work.tasks import ON_ITERATION

BY_REPR = {Asked: repr, AskedTest: repr, Settings: repr}
KEPT = {"max_entries": 32, "ttl": 3600, "show_spinner": False, "hash_funcs": BY_REPR}


def rows(settings: Settings) -> NDArray[np.float64]:
    """The data X (n, d); a `ValueError` that names columns in which a Gaussian has no extent."""
    data = dataset(settings)
    constant = constant_columns(data.X[selection.compared_rows(len(data.X))])
    if len(constant) == data.X.shape[1]:
        raise ValueError("Every column is constant: one value has no groups. Use data that differ.")
    if constant:
        names = listed([data.feature_names[j] for j in constant])
        raise ValueError(
            f"Constant, so that a Gaussian has no extent there: {names}. Leave it out in the settings."
        )
    return data.X


def counts(settings: Settings) -> NDArray[np.float64] | None:
    """How often each of these rows counts, (n,); None: once."""
    return dataset(settings).sample_weight


def plan(asked: Asked) -> tuple[selection.Model, ...]:
    """The (k, family) that are tried, in order."""
    of = rows(asked.settings), asked.ks, asked.families
    return selection.planned(*of, sample_weight=counts(asked.settings), **OPTIONS[asked.components])


@st.cache_resource(**KEPT)
def fits(asked: Asked) -> Job[list[Fit]]:
    """The fits of the map; every start is run to the end, so that the spread over starts is exact."""
    return comparing(
        rows(asked.settings),
        asked.ks,
        asked.families,
        asked.starts,
        sample_weight=counts(asked.settings),
        **OPTIONS[asked.components],
        tol=TOL,
        max_iter=MAX_ITER,
        random_state=asked.seed,
        to_the_end=True,
    )


@st.cache_resource(**KEPT)
def scores(asked: Asked) -> Job[list[HeldOut]]:
    """What cross-validation says of the same k and families."""
    planned = plan(asked)
    X = rows(asked.settings)
    how = {"tol": TOL, "max_iter": MAX_ITER, "random_state": asked.seed, **OPTIONS[asked.components]}
    how["sample_weight"] = counts(asked.settings)

    def finding(found: list[HeldOut], mapped: Mapped) -> Iterator[HeldOut]:
        model = asked.ks, asked.families, asked.starts, SPLITS
        return held_out(X, *model, after=found, mapped=mapped, **how)

    far = HowFar("cell", planned, SPLITS * asked.starts, selection.side_by_side(X), f"{SPLITS} folds, ")
    return growing(finding, len(planned), far.says, telling=ON_ITERATION, on_next=far.note)


def comparison(asked: Asked) -> Comparison:
    """What was found for the map so far."""
    X, how = rows(asked.settings), {"sample_weight": counts(asked.settings), "random_state": asked.seed}
    return selection.compare(X, list(fits(asked).so_far), plan(asked), **how)


def cells(asked: Asked, criterion: str) -> tuple[choice.Cell, ...]:
    """The map of a criterion, as far as it has come."""
    if criterion == HELD_OUT:
        return choice.held_out_cells(list(scores(asked).so_far))
    return _cells(asked, criterion, len(fits(asked).so_far))


@st.cache_resource(**KEPT)
def _cells(asked: Asked, criterion: str, n_fits: int) -> tuple[choice.Cell, ...]:
    so_far = comparison(asked)
    return choice.cells(replace(so_far, fits=so_far.fits[:n_fits]), criterion, rows(asked.settings))


@st.cache_resource(**KEPT)
def test(asked: AskedTest) -> Job[list[BootstrapTest]]:
    """The bootstrap test as it grows: the last that was found is all there is."""
    X = rows(asked.settings)
    how = {"n_bootstrap": asked.samples, "n_starts": asked.starts, "tol": TOL, "random_state": asked.seed}
    how |= {"sample_weight": counts(asked.settings), **OPTIONS[asked.components]}

    def finding(found: list[BootstrapTest], mapped: Mapped) -> Iterator[BootstrapTest]:
        return bootstrap_test(X, asked.k, asked.family, after=found, mapped=mapped, **how)

    def done(tests: list[BootstrapTest]) -> int:
        return len(tests[-1].null_statistics) + tests[-1].n_failed if tests else 0

    def doing(n: int) -> str:
        return f"{n} of {asked.samples} samples, each fitted with {asked.k} and {asked.k + 1} components …"

    return growing(finding, asked.samples, doing, done, ON_ITERATION)


@st.cache_resource(**KEPT)
def repeats(asked: Asked, n_repeats: int, with_held_out: bool) -> Job[list[dict[str, int | None]]]:
    """What the criteria choose for samples drawn again and again from what made these data."""
    data = dataset(asked.settings)
    assert data.truth is not None
    model = data.truth, len(data.X), n_repeats, asked.ks, asked.families, asked.starts
    how = {"n_splits": SPLITS if with_held_out else 0, "random_state": asked.seed}
    how |= OPTIONS[asked.components]

    def doing(done: int) -> str:
        return f"Sample {min(done + 1, n_repeats)} of {n_repeats}: a whole map …"

    return growing(
        lambda found, mapped: choice.repeated_choices(*model, after=found, mapped=mapped, **how),
        n_repeats,
        doing,
    )


@st.cache_resource(**KEPT)
def merging(asked: Asked, k: int, family: str) -> Merging:
    """The components of the fit with that k and family, joined one after another."""
    so_far = comparison(asked)
    (fit,) = (f for f in so_far.fits if (f.n_components, f.covariance_type) == (k, family))
    X = rows(asked.settings)[so_far.rows]
    return merge_by_entropy(fit.mixture, X, sample_weight=so_far.weights)


def told(asked: Asked, k: int, family: str) -> End:
    """What is most important of the end of the best start with that k and family."""
    return _told(asked, k, family, comparison(asked))


@st.cache_resource(**KEPT)
def _told(asked: Asked, k: int, family: str, _so_far: Comparison) -> End:
    (fit,) = (f for f in _so_far.fits if (f.n_components, f.covariance_type) == (k, family))
    best, X = fit.attempts[0], rows(asked.settings)[_so_far.rows]
    mean = best.log_likelihood / _so_far.n_counted
    trace = judged.ended(best.mixture, mean, best.n_iter, best.stop)
    how = {"reg_covar": _so_far.reg_covar, "tol": TOL, "sample_weight": _so_far.weights}
    return judged.ends(judged.measure(trace, X, **how))[0]


def other_kinds(asked: Asked) -> dict[str, Fit]:
    """The best fit by BIC of each other kind of components of which the same map was made."""
    found = {}
    for kind in COMPONENT_LABELS:
        other = replace(asked, components=kind)
        if kind != asked.components and fits(other).whole and (best := comparison(other).best):
            found[kind] = best
    return found


def watched(asked: Asked, so_far: Comparison, fit: Fit) -> Settings:
    """The settings with which Explore plays the best start of a fit; its mixture is kept for some hours."""
    return to_watch(asked.settings, fit.attempts[0].start, so_far.reg_covar)


def truth(settings: Settings) -> Dataset | None:
    """The data, where a known mixture made them and nobody changed them."""
    data = dataset(settings)
    return data if data.truth is not None and not edits.of_the_data(settings.edits) else None


def link(settings: Settings) -> str:
    """The address of Explore with these settings, relative to that of a page."""
    return f"./?{urlencode(settings.to_query())}"

"""The data that settings ask for, and what there is to say about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Dataset, load_dataset, make_blobs_data, words
from gmm_core.formula import FormulaError, groups_by
from gmm_core.judgement import of_tables, quality
from gmm_core.judgement.examine import examine
from gmm_core.judgement.quality import Flaw
from gmm_core.tables.reading import LIMITS
from gmm_core.words import count, plural, quoted
from pages.ui.address import edits, told
from pages.ui.address.choices import PAINTED
from pages.ui.address.settings import FIELDS, Settings
from pages.ui.player.view import projection as flat_projection
from pages.ui.runs.brought import MOST_BYTES, own, own_parts, table
from pages.ui.runs.kept import kept
from pages.ui.runs.shelf import Shelf

BLOB_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_blobs)
BY_SETTINGS = {Settings: repr}
_edited_data: Shelf[edits.Edited] = Shelf(MOST_BYTES, lambda done: done.data.X.nbytes + done.rows.nbytes)
_repeated_data: Shelf[Repeated] = Shelf(MOST_BYTES, lambda done: done.data.X.nbytes + done.places.nbytes)


def dataset(settings: Settings) -> Dataset:
    """The data that the settings ask for."""
    data = _edited(settings).data
    return data.of_rows(shuffled(settings, len(data.X))) if settings.shuffle else data


def shuffled(settings: Settings, n: int) -> NDArray[np.intp]:
    """In which order n rows are."""
    return np.random.default_rng(settings.shuffle).permutation(n)


def known_labels(settings: Settings) -> NDArray[np.intp] | None:
    """Of which component EM is told that each row is, (n,), -1 for nothing; None where it is told nothing.

    Raises `ValueError` as `told.known_of`.
    """
    known = told.known_of(settings.known, _edited(settings).data.labels, settings.n_components)
    return known[shuffled(settings, len(known))] if known is not None and settings.shuffle else known


def to_compare(settings: Settings, *others: Settings) -> Dataset:
    """The data with those known groups alone that EM is not told, nor in other runs of the same rows: what
    it can be compared with.
    """
    data = dataset(settings)
    for one in (settings, *others):
        known = known_labels(one)
        if known is not None and data.labels is not None:
            data = replace(data, labels=np.where(known >= 0, NO_LABEL, data.labels))
    return data


def _edited(settings: Settings) -> edits.Edited:
    """The data after the edits, with a note of these, and which rows they are; made only once."""
    alone = rows_alone(settings)
    if not alone.edits and not alone.groups:
        return _with_edits(alone)
    return _edited_data.get(alone) or _edited_data.put(alone, _with_edits(alone))


def _with_edits(settings: Settings) -> edits.Edited:
    if settings.data == "blobs":
        data = _blobs(*(getattr(settings, name) for name in BLOB_FIELDS))
    elif settings.data == "own":
        data = own(settings).data
    elif settings.data == PAINTED:
        data = Dataset(PAINTED, np.empty((0, 2)), None, ("x1", "x2"), "Points that were painted by hand.")
    else:
        data = built_in(settings.data)
    done = edits.edited(settings.edits, data, _numbers(settings), gaps=settings.missing == "observed")
    note = data.note
    if done.treated:
        note += f" Treated: {'; '.join(done.treated)}."
    if by_hand := edits.describe(settings.edits):
        note += f" Edited by hand: {by_hand}."
    if note != data.note:
        note = f"{note[:-1]}, {len(done.data.X):,} rows now."
    done = done._replace(data=replace(done.data, note=note))
    if settings.groups and isinstance(labels := _by_formula(settings.groups, done.data), np.ndarray):
        done = done._replace(data=_grouped(done.data, labels, settings.groups))
    return done


def _by_formula(formula: str, data: Dataset) -> NDArray[np.int64] | str:
    """The groups of the rows by a formula, (n,); or why there are none, in a sentence."""
    try:
        return groups_by(formula, data.X, data.feature_names)
    except FormulaError as error:
        return str(error)


def _grouped(data: Dataset, labels: NDArray[np.int64], formula: str) -> Dataset:
    """The data with these known groups in place of theirs, and of the mixture they were drawn from."""
    note = f"{data.note} Known groups by the formula {quoted(formula)}."
    names = ("false", "true") if labels.max(initial=0) < 2 else ()
    return replace(data, labels=labels, label_names=names, truth=None, note=note)


def why_no_groups(settings: Settings) -> str:
    """What is wrong with the formula of known groups, in a sentence; "" where nothing is."""
    if not settings.groups:
        return ""
    found = _by_formula(settings.groups, dataset(replace(settings, groups="")))
    return found if isinstance(found, str) else ""


@st.cache_resource(max_entries=32, show_spinner=False)
def built_in(name: str) -> Dataset:
    """One of the data that come with the library."""
    return load_dataset(name)


def complete(settings: Settings) -> Settings:
    """The settings without rows with missing values, where these were to be used as they are."""
    return replace(settings, missing="drop") if settings.missing == "observed" else settings


def counting(data: Dataset) -> dict[str, Any]:
    """How the rows count, and what is done where values are missing, as `fit` is told."""
    return {
        "sample_weight": data.sample_weight,
        "missing": "raise" if data.complete else "observed",
    }


class Repeated(NamedTuple):
    """Complete rows that count once each. places : which rows of the data they are, (m,), from 0."""

    data: Dataset
    places: NDArray[np.intp]


def repeated(settings: Settings) -> Repeated:
    """The data for what knows neither weights nor missing values: each complete row as often as it counts.

    Raises `ValueError` where that is no whole number, and where too few or too many rows would be left.
    """
    data = dataset(settings)
    if data.sample_weight is None and data.complete:
        return Repeated(data, np.arange(len(data.X)))
    key = settings.data_alone
    return _repeated_data.get(key) or _repeated_data.put(key, _with_repeats(data))


def _with_repeats(data: Dataset) -> Repeated:
    places = np.flatnonzero(~np.isnan(data.X).any(axis=1))
    if len(places) < 2:
        raise ValueError(
            f"Only {count(len(places), 'row')} of {len(data.X):,} {plural(len(places), 'is', 'are')} "
            "complete, and 2 complete ones are needed here. Leave out the column in which most is missing, "
            "or fill missing values with the mean."
        )
    if data.sample_weight is not None:
        counts = data.sample_weight[places]
        if (counts != np.rint(counts)).any():
            raise ValueError(
                "Rows that count as fractions cannot be used here: what is shown knows whole rows only. "
                "Count each row once, in the settings, or look at the data in Explore, which weights them."
            )
        if counts.sum() * data.X.shape[1] > LIMITS.cells or counts.sum() > LIMITS.rows:
            raise ValueError(
                f"The rows count as {counts.sum():,.6g}, and here each would be repeated so often: at most "
                f"{LIMITS.rows:,} can be used. Divide the counts by a number that they have in common."
            )
        places = np.repeat(places, counts.astype(np.intp))
    return Repeated(replace(data.of_rows(places), sample_weight=None), places)


def row_numbers(settings: Settings) -> NDArray[np.integer]:
    """What the rows of these data are called, (n,): their numbers in the user's file, or from 1.

    Rows that a treatment took away leave a gap; where points are edited by hand, rows are counted anew. Where
    the order is shuffled, numbers go with their rows.
    """
    done, numbers = _edited(settings), _numbers(settings)
    if edits.describe(settings.edits):
        names = np.arange(1, len(done.rows) + 1)
    else:
        names = done.rows + 1 if numbers is None else numbers[done.rows]
    return names[shuffled(settings, len(names))] if settings.shuffle else names


def _numbers(settings: Settings) -> NDArray[np.integer] | None:
    """What the rows are called before any edit, (n,): their numbers in the user's file; None: from 1."""
    if settings.data != "own":
        return None
    return table(settings).frame.index.to_numpy()[own(settings).rows]


def findings(settings: Settings) -> tuple[words.Finding, ...]:
    """What there is to say about the data themselves."""
    return _findings(replace(settings.data_alone, shuffle=0))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _findings(settings: Settings) -> tuple[words.Finding, ...]:
    data = dataset(settings)
    return examine(data.X, data.feature_names)


def rows_alone(settings: Settings) -> Settings:
    """What makes the rows what they are, but for their order; that a finding may stay changes none."""
    return replace(settings.data_alone, shuffle=0, edits=edits.of_the_data(settings.edits))


def open_flaws(settings: Settings) -> tuple[Flaw, ...]:
    """What is wrong with the rows and was neither treated nor kept, the gravest first."""
    kept = edits.kept(settings.edits)
    return tuple(flaw for flaw in _flaws(rows_alone(settings)) if flaw.name not in kept)


def kept_flaws(settings: Settings) -> tuple[Flaw, ...]:
    """What is wrong with the rows, and may stay; a link may name what is not there."""
    if not (kept := edits.kept(settings.edits)):
        return ()
    return tuple(flaw for flaw in _flaws(rows_alone(settings)) if flaw.name in kept)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _flaws(settings: Settings) -> tuple[Flaw, ...]:
    data = dataset(settings)
    if data.image_shape:  # grey values end at black and at white, and their rows are pictures
        return ()
    found = (*_of_the_table(settings), *quality.flaws(data.X, data.feature_names, row_numbers(settings)))
    if any(flaw.kind == of_tables.FOLLOWS for flaw in found):  # then the rows need not be smooth as well
        found = tuple(flaw for flaw in found if flaw.kind != "series")
    counted = settings.weight not in ("", "none")  # then rows stand several times on purpose
    return tuple(flaw for flaw in found if not (counted and flaw.kind == "repeated"))


def _of_the_table(settings: Settings) -> Iterator[Flaw]:
    """What is open about the rows of a user's own table because of how it was read, and what was left out."""
    if settings.data != "own":
        return
    found = table(settings)
    names = own_parts(found, settings).features
    yield from of_tables.doubted(found.decided.doubts, names)
    if (weight := found.likely_weight) and not settings.weight:
        yield of_tables.may_count(weight, found.frame[weight].dropna().to_numpy(float))
    kept = np.zeros(len(found.frame), bool)
    kept[found.kept_rows(names, settings.missing)] = True
    values = found.frame[list(names)].to_numpy(float)
    if not kept.all() and (flaw := of_tables.left_out(values, kept, names)):
        yield flaw
    whole = values[~np.isnan(values).any(axis=1)]
    if found.time not in ("", *names) and (flaw := of_tables.follows(found.time, whole, names)):
        yield flaw


def treated(settings: Settings) -> tuple[str, ...]:
    """What treatments did to the data, a few words each."""
    return _edited(settings).treated


@kept(MOST_BYTES // 2)
def _blobs(
    n_samples: int, centers: int, cluster_std: float, n_features: int, stretch: bool, data_seed: int
) -> Dataset:
    return make_blobs_data(
        n_samples,
        centers,
        cluster_std=cluster_std,
        n_features=n_features,
        stretch=stretch,
        random_state=data_seed,
    )


def projection(settings: Settings) -> tuple[NDArray[np.float64], list[str]]:
    """The map (1 or 2, d) onto the axis or the plane that is drawn, and the names of its axes."""
    axes = {"across": settings.across, "up": settings.up}
    return _projection(replace(settings.data_alone, shuffle=0, **axes))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _projection(settings: Settings) -> tuple[NDArray[np.float64], list[str]]:
    data = dataset(settings)
    if data.X.shape[1] == 1:
        return np.eye(1), list(data.feature_names)
    return flat_projection(data, (settings.across, settings.up))

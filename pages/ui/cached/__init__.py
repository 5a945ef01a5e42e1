"""The only package with cache decorators: data and runs, by the settings that make them.

What one page alone shows has a module of its own beside this one.

Datasets and traces are frozen, so all visitors share them. Keys are settings, never arrays: Streamlit
samples large arrays, and two different ones could meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import (
    NO_LABEL,
    Dataset,
    Mixture,
    Scaling,
    Table,
    TableError,
    Trace,
    accuracy,
    fit,
    keep_colours,
    load_dataset,
    make_blobs_data,
    read_table,
    read_text,
    same_groups,
    start_at,
    verdict,
)
from gmm_core.against import Against, against_sklearn
from gmm_core.checks import LARGEST
from gmm_core.export import mixture_from_json, mixture_to_json
from gmm_core.kmeans import MOST_ITERATIONS, Clustering, KMeansRun, run_kmeans
from gmm_core.predict import Fit, check_fit, density_levels
from gmm_core.table_common import OnProgress, quoted
from pages.ui import by_hand, edits, figures, palette, session
from pages.ui.jobs import Cancelled, Job
from pages.ui.player.kmeans_scene import encode_kmeans
from pages.ui.player.scene import Scene, View, encode
from pages.ui.player.scene import projection as flat_projection
from pages.ui.presets import STARTS_BY_NAME
from pages.ui.settings import FIELDS, Settings, digest
from pages.ui.shelf import Shelf

OWN_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_own)
T = TypeVar("T")
BLOB_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_blobs)
BY_SETTINGS = {Settings: repr}


def dataset(settings: Settings) -> Dataset:
    """The data that the settings ask for."""
    if settings.data == "blobs":
        data = _blobs(*(getattr(settings, name) for name in BLOB_FIELDS))
    elif settings.data == "own":
        data = _own(settings).data
    else:
        data = built_in(settings.data)
    if settings.edits:
        data = edits.apply(settings.edits, data)
        note = f"{data.note} Edited by hand: {edits.describe(settings.edits)}, {len(data.X):,} rows now."
        data = replace(data, note=note)
    if not settings.shuffle:
        return data
    order = np.random.default_rng(settings.shuffle).permutation(len(data.X))
    labels = None if data.labels is None else data.labels[order]
    return replace(data, X=data.X[order], labels=labels)


@st.cache_resource(max_entries=32, show_spinner=False)
def built_in(name: str) -> Dataset:
    """One of the data that come with the library."""
    return load_dataset(name)


class Brought(NamedTuple):
    """A table that somebody brought, and what its file is called; "" for pasted text."""

    table: Table
    filename: str


class Own(NamedTuple):
    """A table's data, and which rows of the table they are, in their order."""

    data: Dataset
    rows: NDArray[np.intp]


MOST_BYTES = 1_000_000_000  # of tables, and as many of the data chosen from them
_tables: Shelf[Brought] = Shelf(MOST_BYTES, lambda brought: int(brought.table.frame.memory_usage().sum()))
_points: Shelf[Table] = Shelf(MOST_BYTES // 2, lambda table: int(table.frame.memory_usage().sum()))
_own_data: Shelf[Own] = Shelf(MOST_BYTES, lambda own: own.data.X.nbytes + own.rows.nbytes)
_levels: Shelf[NDArray[np.float64]] = Shelf(MOST_BYTES // 10, lambda levels: levels.nbytes)
_parameters: Shelf[Mixture] = Shelf(MOST_BYTES // 10, lambda mixture: mixture.covariances.nbytes)
# One table at a time: a class that uploads together must not need the memory of all at once.
_reading = Lock()


def keep_table(content: bytes, filename: str, on_progress: OnProgress | None = None) -> str:
    """Read a user's table and keep it on the server for some hours; its name. Raises `TableError`.

    filename : "" for pasted text.
    """
    name = _digest(content, filename)
    with _reading:
        if _tables.get(name) is None:
            _tables.put(name, Brought(_read(content, filename, on_progress), filename))
    return name


def points_table(content: bytes, filename: str, on_progress: OnProgress | None = None) -> Table:
    """A user's table of points to predict, kept as `keep_table` does it. Raises `TableError`.

    Where data to fit must differ, one row will do here, and columns may be constant.
    """
    name = _digest(content, filename)
    with _reading:
        found = _points.get(name)
        if found is None:
            try:
                found = _read(content, filename, on_progress)
            except TableError as error:
                if error.table is None:
                    raise
                found = error.table
            _points.put(name, found)
    return found


def _digest(content: bytes, filename: str) -> str:
    return sha256(filename.encode() + b"/" + content).hexdigest()[:16]


def _read(content: bytes, filename: str, on_progress: OnProgress | None) -> Table:
    if filename:
        return read_table(content, filename, on_progress=on_progress)
    return read_text(content.decode("utf-8"))


def table(name: str) -> Table:
    """A table that was kept; a `ValueError` where it was not, as when a link comes from elsewhere."""
    return _brought(name).table


def table_file(name: str) -> str:
    """What the file of a table that was kept is called; empty for pasted text."""
    return _brought(name).filename


def _brought(name: str) -> Brought:
    brought = _tables.get(name)
    if brought is None:
        raise ValueError(
            "This link is for a table that somebody uploaded, and data are not in a link. "
            "Upload or paste the table again, on the left."
        )
    return brought


def is_gone(settings: Settings) -> bool:
    """Whether these are data that somebody brought and that are not kept any more."""
    return (
        settings.data == "own"
        and _own_data.get(_choice(settings)) is None
        and not _tables.get(settings.table)
    )


def row_numbers(settings: Settings) -> NDArray[np.integer]:
    """What the rows of these data are called, (n,): their numbers in the user's file, or from 1."""
    if settings.data != "own" or settings.edits:
        return np.arange(1, len(dataset(settings).X) + 1)
    return table(settings.table).frame.index.to_numpy()[_own(settings).rows]


def findings(settings: Settings) -> tuple[verdict.Finding, ...]:
    """What there is to say about the data themselves."""
    return _findings(replace(settings.data_alone, shuffle=0))


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _findings(settings: Settings) -> tuple[verdict.Finding, ...]:
    data = dataset(settings)
    return verdict.examine(data.X, data.feature_names)


def keep_parameters(content: bytes) -> tuple[str, Mixture]:
    """Read saved parameters and keep them on the server for some hours; their name, and what they are.

    `ValueError` for anything else.
    """
    try:
        mixture = mixture_from_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("It is not text. Choose a JSON file that the tab Take away made.") from None
    return _put_parameters(content, mixture), mixture


def keep_start(mixture: Mixture) -> str:
    """Keep a mixture, in the data's own units, as saved parameters to begin with; their name."""
    return _put_parameters(mixture_to_json(mixture).encode(), mixture)


def _put_parameters(content: bytes, mixture: Mixture) -> str:
    _parameters.put(name := digest(content), mixture)
    return name


def _loaded(settings: Settings) -> Mixture:
    """The saved parameters to begin with."""
    mixture, d = _parameters.get(settings.parameters), dataset(settings).X.shape[1]
    mixture = mixture or STARTS_BY_NAME.get(settings.parameters)
    if mixture is None:
        raise ValueError(
            "This link begins with parameters from somebody's file, and those are not in a link. "
            "Load the file again, on the left, or choose another start."
        )
    if mixture.n_features != d:
        raise ValueError(
            f"The saved parameters are of {mixture.n_features} features, but these data have {d}. "
            "Choose the data they were fitted to, or another start."
        )
    family = mixture.covariance_type if settings.scaling == "none" else settings.covariance_type
    if (mixture.n_components, family) != (settings.n_components, settings.covariance_type):
        raise ValueError(
            f"The saved parameters are {mixture.n_components} components with {mixture.covariance_type} "
            "covariances. Choose these on the left, or another start."
        )
    return mixture


def _choice(settings: Settings) -> tuple[str, ...]:
    return tuple(getattr(settings, name) for name in OWN_FIELDS)


def _own(settings: Settings) -> Own:
    choice = _choice(settings)
    return _own_data.get(choice) or _own_data.put(choice, _chosen(*choice))


def _chosen(table_name: str, columns: str, label: str, order: str, missing: str) -> Own:
    found = table(table_name)
    parts = own_parts(found, columns, label, order)
    if parts.label in parts.features:
        raise ValueError(
            f"Column {quoted(parts.label)} is the only one of numbers, and it is chosen as known groups, "
            "which EM must not see. Choose none as known groups, or bring a table with more columns."
        )
    X, rows = found.features(parts.features, missing), found.kept_rows(parts.features, missing)
    for name, largest in zip(parts.features, np.abs(X).max(axis=0), strict=True):
        if largest > LARGEST:
            raise ValueError(
                f"Column {quoted(name)} holds {largest:.3g}, whose square is too large to compute with. "
                "Divide it by a power of ten, or leave it out."
            )
    note = f"Your table: {len(X):,} rows of {', '.join(parts.features)}."
    lost = len(found.frame) - len(X)
    if lost:
        rows_are = "row with missing values is" if lost == 1 else "rows with missing values are"
        note += f" {lost:,} {rows_are} left out."
    elif missing == "mean":
        note += " Missing values are filled with the mean of their column."
    is_series = len(parts.features) == 1 and bool(parts.order)
    if is_series and parts.order != OWN_ORDER:
        sort = found.order(parts.order, rows)
        X, rows = X[sort], rows[sort]
        note += f" Sorted by {parts.order}."
    labels, names = found.label_values(parts.label, rows) if parts.label else (None, ())
    if labels is not None:
        note += f" {parts.label} is kept apart, for comparison only."
        known = labels != NO_LABEL
        for name, x in zip(parts.features, X.T, strict=True):
            if known.any() and same_groups(labels[known], x[known]):
                note += f" {name} makes the same groups, so EM is told them all the same: leave it out."
    data = Dataset("own", X, labels, parts.features, note, is_series=is_series, label_names=names)
    return Own(data, rows)


OWN_ORDER = "time goes down the table"


class Parts(NamedTuple):
    """What the columns of a table are used for; "" for no label and no order."""

    features: tuple[str, ...]
    label: str
    order: str


def own_parts(found: Table, columns: str, label: str, order: str) -> Parts:
    """What the numbers in a link say of a table's columns; what they leave open is guessed."""
    labels = {"none": "", "": found.likely_label}
    orders = {"none": "", "": found.likely_order, "rows": OWN_ORDER}
    chosen_label = labels.get(label) if label in labels else _one_of(found.labels, label)
    chosen_order = orders.get(order) if order in orders else _one_of(found.orders, order)
    features = tuple(filter(None, (_one_of(found.numeric, i) for i in columns.split(",")))) if columns else ()
    features = tuple(name for name in features or found.default_features if name != chosen_label)
    return Parts(features or found.numeric[:1], chosen_label, chosen_order)


def _one_of(offered: Sequence[str], number: str) -> str:
    """The column of that number, from 1; "" if there is none."""
    return offered[int(number) - 1] if number.isdecimal() and int(number) <= len(offered) else ""


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
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


def with_means(settings: Settings) -> tuple[Settings, str]:
    """The settings with as many means placed by hand as there are components, where that is the start, and
    a sentence where means in a link are of no use.
    """
    if settings.init != "given":
        return settings, ""
    X = dataset(settings).X
    d = X.shape[1]
    if d > 2:
        raise ValueError(
            f"Means can be placed by hand in one or two dimensions; these data have {d} features. "
            "Choose another start."
        )
    given = by_hand.read_means(settings.means)
    means = [mean for mean in given if len(mean) == d]
    said = ""
    if len(means) < len(given):
        said = f"The means in the link do not have {d} coordinate{'s' if d > 1 else ''}, as the data do. "
        said += "Rows of the data are used instead."
    missing = settings.n_components - len(means)
    if missing > 0:
        rng = np.random.default_rng(settings.random_state)
        means += X[rng.choice(len(X), min(missing, len(X)), replace=False)].tolist()
    return replace(settings, means=by_hand.write_means(means[: settings.n_components])), said


# What waits for a fit shows a bar and a button, which nothing that is cached may do. So only jobs are cached,
# and what is made of finished runs; these are handed over with an underscore: the settings name them already.


def run(settings: Settings) -> Trace:
    """EM with these settings, in the data's own units; `ValueError` for what EM cannot begin with."""
    trace = scaled_run(settings)
    return trace if settings.scaling == "none" else _in_units(settings.fitted, trace)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _in_units(settings: Settings, _trace: Trace) -> Trace:
    return scaling(settings).trace_in_units(_trace)


def scaling(settings: Settings) -> Scaling:
    """How the data are scaled before EM; measured without their edits, so that the start stays the same."""
    return _scaling(replace(settings.data_alone, shuffle=0, edits="", scaling=settings.scaling))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _scaling(settings: Settings) -> Scaling:
    return Scaling.of(settings.scaling, dataset(settings).X)


def scaled_run(settings: Settings, asked: Settings | None = None) -> Trace:
    """EM with these settings as it ran, on the scaled data. Cancelled is what was `asked` for on the page."""
    settings = settings.fitted
    asked = asked or settings
    start = _step_before(settings, asked)
    return finished(_job, (settings, start), settings.max_iter, partial(session.cancel, asked))


def finished(job: Any, of: tuple[Any, ...], most: int, on_cancel: Callable[[], None] | None) -> Any:
    """What a cached job finds, done anew where all who waited for it cancelled it."""
    while True:
        try:
            return job(*of).result(most, on_cancel)
        except Cancelled:
            job.clear(*of)


def counted(found: Iterable[T], report: Callable[[int], None]) -> list[T]:
    """All that is found, reported one by one."""
    done: list[T] = []
    for one in found:
        done.append(one)
        report(len(done))
    return done


def _step_before(settings: Settings, asked: Settings) -> Mixture | None:
    """The mixture of another run from which this one begins; None where it begins by itself."""
    if settings.forks:
        base, fork = before_fork(settings, asked)
        return by_hand.moved(base.steps[fork.iteration].mixture, fork)
    if settings.init in ("given", "loaded") or not (settings.shuffle or settings.edits):
        return None
    # The same start, so that nothing but the rows is different.
    same = replace(settings, shuffle=0, edits="", max_iter=1)
    try:
        return scaling(same).in_units(scaled_run(same, asked).steps[0].mixture)
    except ValueError:  # the data could not be fitted before they were edited
        return None


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _job(settings: Settings, _start: Mixture | None) -> Job[Trace]:
    X, scale, start = dataset(settings).X, scaling(settings), _start
    if start is None and settings.init == "loaded":
        start = _loaded(settings)
    elif start is None and settings.init == "given":
        start = scale.in_units(
            start_at(
                scale.scale(X),
                scale.scale(by_hand.read_means(settings.means)),
                covariance_type=settings.covariance_type,
                reg_covar=settings.reg_covar,
            )
        )
    return Job(
        lambda on_step: fit(
            scale.scale(X),
            settings.n_components,
            covariance_type=settings.covariance_type,
            init=settings.init,
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            max_iter=settings.max_iter,
            random_state=settings.random_state,
            start=start and scale.scaled(start, settings.covariance_type),
            on_step=on_step,
        )
    )


def without_last_fork(settings: Settings) -> Settings:
    """The settings of the run that a fork was made of."""
    *older, _ = by_hand.read_forks(settings.forks)
    return replace(settings.fitted, forks=by_hand.write_forks(older))


def before_fork(settings: Settings, asked: Settings) -> tuple[Trace, by_hand.Fork]:
    """The run that this one was forked from, in the data's own units, and the fork."""
    last, before = by_hand.read_forks(settings.forks)[-1], without_last_fork(settings)
    base = scaled_run(before, asked)
    if before.scaling != "none":
        base = _in_units(before, base)
    if last.iteration > base.n_iter:
        raise ValueError(
            f"The fork is at iteration {last.iteration}, but that run has only {base.n_iter}. Undo the fork."
        )
    return base, last


def levels(settings: Settings) -> NDArray[np.float64]:
    """The log densities of these data under the fitted mixture, from the lowest (n,)."""
    found = _levels.get(settings.fitted)
    if found is None:
        found = _levels.put(settings.fitted, density_levels(run(settings).mixture, dataset(settings).X))
    return found


MOST_CHECKED = 50_000  # rows; more would say the same


def fit_check(settings: Settings) -> tuple[Fit, ...]:
    """Whether each component's rows are distributed as a Gaussian's; of many, a random sample is."""
    return _fit_check(settings.fitted, run(settings).mixture)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _fit_check(settings: Settings, _mixture: Mixture) -> tuple[Fit, ...]:
    X = dataset(settings).X
    if len(X) > MOST_CHECKED:
        X = X[np.random.default_rng(0).choice(len(X), MOST_CHECKED, replace=False)]
    return check_fit(_mixture, X)


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


class Worn(NamedTuple):
    """The run that was on the screen last: what made it, where it began and ended, and its colours."""

    settings: Settings
    first: Mixture
    last: Mixture
    colours: tuple[int, ...]


def worn(settings: Settings, before: Worn | None) -> Worn:
    """This run in colours: each component has that of its counterpart in the run that was on the screen."""
    trace = run(settings)
    now = Worn(settings.fitted, trace.steps[0].mixture, trace.mixture, tuple(range(settings.n_components)))
    if before is None or before.settings.data != settings.data:
        return now
    if before.settings == now.settings:
        return before
    if before.last.n_features != now.last.n_features:
        return now
    if settings.forks and without_last_fork(settings) == before.settings:
        base, fork = before_fork(settings, settings)
        pair = base.steps[fork.iteration].mixture, now.first
    elif settings.init == "given":  # the components were placed where the old ones were seen
        pair = before.first, now.first
    else:
        pair = before.last, now.last
    return now._replace(colours=keep_colours(before.colours, *pair, len(palette.COMPONENTS)))


def thumbnail(settings: Settings) -> str:
    """A small picture of a run's end."""
    return _thumbnail(settings, run(settings).mixture)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_SETTINGS)
def _thumbnail(settings: Settings, _mixture: Mixture) -> str:
    return figures.thumbnail(dataset(settings), _mixture)


def view_of(settings: Settings, colours: tuple[int, ...]) -> View:
    """How the settings look at a run whose components wear these colours."""
    return View(
        colours=colours,
        axes=(settings.across, settings.up),
        contours=settings.contours,
        space=settings.space,
        shuffled=settings.shuffle > 0,
    )


def scene(settings: Settings, colours: tuple[int, ...]) -> Scene:
    """What the player draws of the run with these settings, its components wearing these colours."""
    forked = before_fork(settings, settings) if settings.forks else None
    return _scene(settings, colours, run(settings), forked)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _scene(
    settings: Settings, colours: tuple[int, ...], _trace: Trace, _forked: tuple[Trace, by_hand.Fork] | None
) -> Scene:
    view = replace(
        view_of(settings, colours),
        before=tuple(_forked[0].log_likelihoods.tolist()) if _forked else (),
        forked_at=_forked[1].iteration if _forked else 0,
        borders=settings.kmeans,
    )
    return encode(dataset(settings), _trace, view)


def kmeans(settings: Settings) -> KMeansRun:
    """k-means on the data that EM runs on, from the means with which it begins."""
    start, stop = scaled_run(settings).steps[0].mixture, partial(session.choose, "kmeans", False)
    return finished(_kmeans_job, (settings.fitted, start), MOST_ITERATIONS, stop)


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _kmeans_job(settings: Settings, _start: Mixture) -> Job[KMeansRun]:
    Z = scaling(settings).scale(dataset(settings).X)
    return Job(
        lambda report: run_kmeans(Z, _start.means, on_iteration=report), "k-means is running: iteration"
    )


def against(settings: Settings, on_cancel: Callable[[], None] | None = None) -> Against:
    """scikit-learn's fit from the start of the run with these settings, to the data on which EM ran."""
    return finished(_against_job, (settings.fitted, scaled_run(settings)), settings.max_iter, on_cancel)


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _against_job(settings: Settings, _trace: Trace) -> Job[Against]:
    Z = scaling(settings).scale(dataset(settings).X)
    how = {"reg_covar": settings.reg_covar, "tol": settings.tol, "max_iter": settings.max_iter}
    return Job(
        lambda report: against_sklearn(Z, _trace, **how, on_iteration=report),
        "scikit-learn is running: iteration",
    )


def kmeans_scene(settings: Settings, colours: tuple[int, ...]) -> Scene:
    """What the player draws of k-means beside the run with these settings, in the same colours."""
    return _kmeans_scene(settings, colours, kmeans(settings), run(settings))


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _kmeans_scene(settings: Settings, colours: tuple[int, ...], _run: KMeansRun, _em: Trace) -> Scene:
    view = replace(view_of(settings, colours), borders=True)
    return encode_kmeans(dataset(settings), _run, _em, scaling(settings), view)


def rows_right(settings: Settings) -> tuple[float, float] | None:
    """The share of rows that EM and k-means put into their known group at the end, matched one to one.

    None where no groups are known.
    """
    if dataset(settings).labels is None:
        return None
    return _rows_right(settings.fitted, run(settings).mixture, kmeans(settings).steps[-1])


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False, hash_funcs=BY_SETTINGS)
def _rows_right(settings: Settings, _em: Mixture, _kmeans: Clustering) -> tuple[float, float] | None:
    data = dataset(settings)
    known = data.labels != NO_LABEL
    if not known.any():
        return None
    X, labels = data.X[known], data.labels[known]
    clusters = _kmeans.assign(scaling(settings).scale(X))
    return accuracy(labels, _em.responsibilities(X).argmax(axis=1)), accuracy(labels, clusters)

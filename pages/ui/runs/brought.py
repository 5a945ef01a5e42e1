"""What visitors brought: tables, points to predict, saved parameters; kept for some hours, by a digest."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Dataset, Mixture, Table, TableError, read_table, read_text, same_groups
from gmm_core.engine.checks import LARGEST
from gmm_core.out.export import mixture_from_json, mixture_to_json, to_parquet
from gmm_core.tables.columns import is_of_survey
from gmm_core.tables.reading import AS_FOUND, LIMITS, NOTHING_DECIDED, Choices, Decided, stage_of
from gmm_core.words import count, megabytes, plural, quoted
from pages.ui.address.settings import FIELDS, Settings, digest
from pages.ui.look import reading
from pages.ui.runs import folder, processes
from pages.ui.runs.folder import Drawn, Served
from pages.ui.runs.jobs import Job, Report
from pages.ui.runs.on_disk import Kept
from pages.ui.runs.sharing import EVERYBODY, NOT_HERE, bring
from pages.ui.runs.shelf import OnDisk, Shelf
from pages.ui.runs.work.tasks import Limits, OverLimit, Telling, percent

OWN_FIELDS = tuple(name for name, field in FIELDS.items() if field.for_own)


class Brought(NamedTuple):
    """What somebody brought: the bytes of a file, and what it is called; "" for pasted text.

    note : what is to be said where it is not all that there is. drawn : of what it was drawn, then.
    """

    content: bytes
    filename: str
    note: str = ""
    drawn: Drawn | None = None

    def read(self, choices: Choices = AS_FOUND, **how: Any) -> Table:
        function, *given = self.task
        return function(*given, choices=choices, **how)

    @property
    def task(self) -> tuple[Any, ...]:
        """The function that reads it, and what it is given."""
        if self.filename:
            return read_table, self.content, self.filename
        return read_text, self.content.decode("utf-8")


def _brought(content: bytes, filename: str, note: str = "", drawn: Sequence[Any] | None = None) -> Brought:
    """As it was kept on disk."""
    return Brought(content, filename, note, Drawn(*drawn) if drawn else None)


class Own(NamedTuple):
    """A table's data, and which rows of the table they are, in their order."""

    data: Dataset
    rows: NDArray[np.intp]


class Gone(ValueError):
    """A table that is not kept here, as when a link comes from elsewhere."""


MOST_BYTES = 1_000_000_000  # of tables, and as many of the data chosen from them
_files: Shelf[Brought] = Shelf(
    MOST_BYTES // 2,
    lambda brought: len(brought.content),
    OnDisk(
        "tables",
        write=lambda brought: Kept(
            {"filename": brought.filename, "note": brought.note, "drawn": brought.drawn}, brought.content
        ),
        read=lambda kept: _brought(kept.content, **kept.about),
    ),
)
_tables: Shelf[Table | TableError] = Shelf(MOST_BYTES, lambda read: _size(read))
_points: Shelf[Table | TableError] = Shelf(MOST_BYTES // 2, lambda table: _size(table))
_own_data: Shelf[Own] = Shelf(MOST_BYTES, lambda own: own.data.X.nbytes + own.rows.nbytes)
parameters: Shelf[Mixture] = Shelf(
    MOST_BYTES // 10,
    lambda mixture: mixture.covariances.nbytes,
    OnDisk(
        "parameters",
        write=lambda mixture: Kept(mixture_to_json(mixture)),
        read=lambda kept: mixture_from_json(kept.about),
    ),
)
# What is being read now, for all who wait for it.
_reading: WeakValueDictionary[Hashable, Job[Table | TableError]] = WeakValueDictionary()
_serving: WeakValueDictionary[str, Job[Served]] = WeakValueDictionary()
_one_job = Lock()
SHORT = 20_000  # bytes of pasted text, which are read before a process could be asked


def _size(read: Table | TableError) -> int:
    table = read.table if isinstance(read, TableError) else read
    return 1 if table is None else int(table.frame.memory_usage().sum())


def keep_table(content: bytes, filename: str, note: str = "", drawn: Drawn | None = None) -> str:
    """Keep a user's file on the server for some hours; its name. A `TableError` if it is too large.

    filename : "" for pasted text. note, drawn : as in `Brought`.
    """
    if len(content) > LIMITS.upload:
        Brought(content, filename).read()  # says so
    name = _digest(content, filename)
    _files.put(name, Brought(content, filename, note, drawn))
    return name


def served(name: str) -> Served:
    """A file of the server's folder, or rows that are drawn of it; once for all. Raises `TableError`."""
    with _one_job:
        job = _serving.get(key := folder.look(name))
        if job is None:
            _serving[key] = job = Job(
                lambda report: folder.serve(name, report),
                100,
                lambda done: f"Reading {name}: {done}% …",
                elsewhere=True,
            )
    return job.result()


def points_table(content: bytes, filename: str) -> Table:
    """A user's table of points to predict, kept as `keep_table` does it. Raises `TableError`.

    Where data to fit must differ, one row will do here, and columns may be constant.
    """
    name, brought = _digest(content, filename), Brought(content, filename)
    found = _points.get(name) or _points.put(name, _read_once(("points", name), brought))
    if isinstance(found, Table):
        return found
    if found.table is None:
        raise _anew(found)
    return found.table


def _digest(content: bytes, filename: str) -> str:
    return sha256(filename.encode() + b"/" + content).hexdigest()[:16]


def _read_once(key: Hashable, brought: Brought, choices: Choices = AS_FOUND) -> Table | TableError:
    """What is in it, or why that cannot be read; read once for all who ask at the same time."""

    def work(report: Report) -> Table | TableError:
        try:
            return _read(brought, choices, report)
        except TableError as error:
            return _anew(error)

    with _one_job:
        job = _reading.get(key)
        if job is None:
            _reading[key] = job = Job(work, 100, _stage, elsewhere=True)
    return job.result()


def _stage(done: int) -> str:
    return f"{stage_of(done / 100)} …"


def _read(brought: Brought, choices: Choices, report: Report) -> Table:
    size = len(brought.content)
    if size <= SHORT and not brought.filename:
        return brought.read(choices)
    limits = Limits(20 + size / 500_000, 500_000_000 + 20 * size)
    how: dict[str, Any] = {"choices": choices, "limits": limits, "telling": Telling("on_progress", percent)}
    try:
        return processes.read(*brought.task, report=report, **how)
    except OverLimit as error:
        needs = f"more than {limits.seconds:.0f} seconds" if error.what == "time" else "too much memory"
        raise TableError(
            f"{quoted(brought.filename) if brought.filename else 'The text'} was not read: that would need "
            f"{needs}, which its {megabytes(size)} do not explain. Save the table as CSV, with fewer rows if "
            "it is large."
        ) from None


def _reading_of(settings: Settings) -> tuple[str, Choices]:
    """The name of a file, and how it is to be read."""
    return settings.table, Choices(**{field.name: getattr(settings, field.name) for field in fields(Choices)})


def table(settings: Settings) -> Table:
    """A table that was kept, read as the settings say; what was read once is not read again.

    Raises `TableError` where it cannot be read so, and `Gone` where it is not kept any more.
    """
    key = name, choices = _reading_of(settings)
    found, brought = _tables.get(key), _files.get(name)  # a use of the one is a use of the other
    if found is None:
        if brought is None:
            raise Gone(NOT_HERE)
        found = _tables.put(key, _read_once(key, brought, choices))
    if isinstance(found, TableError):
        raise _anew(found)
    return found


def _anew(error: TableError) -> TableError:
    """The error without what it was raised in, which would keep the file in memory."""
    anew = TableError(*error.args)
    anew.table, anew.decided = error.table, error.decided
    return anew


def decided(settings: Settings) -> Decided:
    """How a table that was kept was read, and how else it can be; of one that cannot be read, how it can."""
    try:
        return table(settings).decided
    except TableError as error:
        if error.decided is not None:
            return replace(error.decided, choices=_reading_of(settings)[1])
    # What was chosen leads nowhere: what can be chosen is known from a reading without it.
    as_found = as_nobody_chose(settings)
    return NOTHING_DECIDED if as_found == settings else decided(as_found)


def as_nobody_chose(settings: Settings) -> Settings:
    """The settings of the same table, read as its file suggests."""
    return replace(settings, **{field.name: "" for field in fields(Choices)})


def table_file(name: str) -> str:
    """What the file of a table is called; "" for pasted text, and where it is not kept any more."""
    brought = _files.get(name)
    return brought.filename if brought else ""


def drawn_from(settings: Settings) -> Drawn | None:
    """Of what file of the server the rows of a table were drawn; None where they are all that there are."""
    brought = _files.get(settings.table) if settings.data == "own" else None
    return brought.drawn if brought else None


def is_gone(settings: Settings) -> bool:
    """Whether these are data that somebody brought and that are not kept any more."""
    if settings.data != "own" or _own_data.get(_choice(settings)) or _files.get(settings.table):
        return False
    try:
        return _tables.get(_reading_of(settings)) is None
    except TableError:  # no table is read so
        return True


def keep_parameters(content: bytes) -> tuple[str, Mixture]:
    """Read saved parameters and keep them on the server for some hours; their name, and what they are.

    `ValueError` for anything else.
    """
    try:
        mixture = mixture_from_json(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("It is not text. Choose a JSON file that the tab Take away made.") from None
    return _put_parameters(content, mixture), mixture


def keep_start(mixture: Mixture, of: Settings) -> str:
    """Keep a mixture of these data, in their own units, as saved parameters to begin with; their name.

    Everybody may see it, but for that of somebody's own table.
    """
    name = _put_parameters(mixture_to_json(mixture).encode(), mixture)
    if of.data != "own":
        bring(name, {EVERYBODY})
    return name


def _put_parameters(content: bytes, mixture: Mixture) -> str:
    parameters.put(name := digest(content), mixture)
    return name


def copy_table(settings: Settings, token: str) -> Parts:
    """Keep the columns that are used of a table, and no others, by the token of a link; which these are."""
    found = table(settings)
    parts = own_parts(found, settings)
    used = [name for name in (*parts.features, parts.label, parts.order, parts.weight) if name in found.frame]
    content = to_parquet(found.frame[list(dict.fromkeys(used))])
    _files.put(token, Brought(content, "shared.parquet"))
    return parts


def copy_parameters(name: str, token: str) -> None:
    """Keep saved parameters by the token of a link, too."""
    if (mixture := parameters.get(name)) is not None:
        parameters.put(token, mixture)


def forget(token: str) -> None:
    """Keep what a link shared no longer."""
    _files.drop(token)
    parameters.drop(token)


def _choice(settings: Settings) -> tuple[str, ...]:
    return tuple(getattr(settings, name) for name in OWN_FIELDS)


def own(settings: Settings) -> Own:
    choice = _choice(settings)
    return _own_data.get(choice) or _own_data.put(choice, _chosen(settings))


def _chosen(settings: Settings) -> Own:
    found, missing = table(settings), settings.missing
    parts = own_parts(found, settings)
    if parts.label in parts.features:
        raise ValueError(
            f"Column {quoted(parts.label)} is the only one of numbers, and it is chosen as known groups, "
            "which EM must not see. Choose none as known groups, or bring a table with more columns."
        )
    places, n_rows, counts, of_survey = np.arange(len(found.frame)), len(found.frame), None, False
    if parts.weight:
        of_survey = is_of_survey(parts.weight, found.frame[parts.weight])
        places = np.flatnonzero(found.frame[parts.weight] > 0)
        found, counts = found.counting(parts.weight)
    X = found.features(parts.features, missing, counts=counts)
    rows = found.kept_rows(parts.features, missing)
    for name, largest in zip(parts.features, np.nanmax(np.abs(X), axis=0), strict=True):
        if largest > LARGEST:
            raise ValueError(
                f"Column {quoted(name)} holds {largest:.3g}, whose square is too large to compute with. "
                "Divide it by a power of ten, or leave it out."
            )
    note = f"Your table: {len(X):,} rows of {', '.join(parts.features)}."
    if counts is not None:
        note += f" {said_of_counts(parts.weight, counts[rows], n_rows - len(found.frame), of_survey)}"
    if (file := _files.get(settings.table)) and file.note:
        note += f" {file.note}"
    lost, gaps = len(found.frame) - len(X), int(np.isnan(X).sum())
    if lost:
        values = "with missing values" if missing == "drop" else "without any value"
        note += f" {lost:,} {plural(lost, 'row')} {values} {plural(lost, 'is', 'are')} left out."
    if missing == "mean" and found.frame[list(parts.features)].isna().any(axis=None):
        note += " Missing values are filled with the mean of their column."
    if gaps:
        some = int(np.isnan(X).any(axis=1).sum())
        note += (
            f" {count(gaps, 'value')} {plural(gaps, 'is', 'are')} missing in {count(some, 'row')}: EM "
            "uses what is there, and the log-likelihood is the mean over rows of that of their values."
        )
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
            if known.any() and not np.isnan(x).any() and same_groups(labels[known], x[known]):
                note += f" {name} makes the same groups, so EM is told them all the same: leave it out."
    if read := reading.summary(found.decided.choices):
        note += f" Read with {read}."
    note = " ".join((note, *found.decided.doubts))
    weights = None if counts is None else counts[rows]
    data = Dataset(
        *("own", X, labels, parts.features, note),
        is_series=is_series,
        label_names=names,
        sample_weight=weights,
    )
    return Own(data, places[rows])


def said_of_counts(weight: str, counts: NDArray[np.float64], n_lost: int, of_survey: bool) -> str:
    """What rows count as, by a column, and how many count for nothing."""
    said = f"Each counts as often as {weight} says, together as {counts.sum():,.10g}."
    if of_survey:
        said = f"Each counts in proportion to {weight}, and all together as the rows that they are."
    if n_lost:
        said += f" {count(n_lost, 'row')} {plural(n_lost, 'counts', 'count')} for nothing there."
    return said


def weights(found: Table, parts: Parts) -> tuple[str, ...]:
    """The columns that may say how often each row counts: numbers, none below 0."""
    return tuple(name for name in found.numeric if name == parts.weight or found.frame[name].min() >= 0)


OWN_ORDER = "time goes down the table"


class Parts(NamedTuple):
    """What the columns of a table are used for; "" for no label, no order and no weight, as it is asked for.

    weight : says how often each row counts.
    """

    features: tuple[str, ...]
    label: str
    order: str
    weight: str = ""


def own_parts(found: Table, settings: Settings) -> Parts:
    """What the numbers in a link say of a table's columns; what they leave open is guessed."""
    columns, label, order = settings.columns, settings.label, settings.order
    labels = {"none": "", "": found.likely_label}
    orders = {"none": "", "": found.likely_order, "rows": OWN_ORDER}
    chosen_label = labels.get(label) if label in labels else _one_of(found.labels, label)
    chosen_order = orders.get(order) if order in orders else _one_of(found.orders, order)
    weight = "" if settings.weight in ("", "none") else _one_of(found.numeric, settings.weight)
    features = tuple(filter(None, (_one_of(found.numeric, i) for i in columns.split(",")))) if columns else ()
    chosen_label, chosen_order = (name if name != weight else "" for name in (chosen_label, chosen_order))
    apart = (chosen_label, weight)
    features = tuple(name for name in features or found.default_features if name not in apart)
    return Parts(
        features or tuple(name for name in found.numeric if name != weight)[:1],
        chosen_label,
        chosen_order,
        weight,
    )


def _one_of(offered: Sequence[str], number: str) -> str:
    """The column of that number, from 1; "" if there is none."""
    return offered[int(number) - 1] if number.isdecimal() and int(number) <= len(offered) else ""

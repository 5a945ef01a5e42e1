"""Runs and mixtures -> text and bytes that someone can open elsewhere; code for elsewhere is in `scripts.py`.

Letters: n samples, k components, d features. Components count from 1 here, as on the screen.

What users typed (names of features, labels) stands in CSV only without what a spreadsheet would run.
"""

from __future__ import annotations

import importlib
import json
import re
import reprlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype, is_object_dtype

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_amount, as_floats, as_matrix
from gmm_core.engine.em import Trace
from gmm_core.engine.missing import log_density, shares
from gmm_core.engine.mixture import Mixture
from gmm_core.words import (
    COMPONENT,
    COMPONENT_OR_NOISE,
    FILLED,
    KNOWN,
    LOG_DENSITY,
    NOISE,
    RESPONSIBILITY,
    ROW,
    End,
    plural,
)

FORMAT, VERSION, BEYOND = "gmm_core.Mixture", 1, 2  # the last with noise or degrees of freedom
WEIGHT = "sample_weight"  # the column that says how often a row counts
MOST_ROWS_OF_A_SHEET, EXACT_IN_A_SHEET = 1_048_575, 10**15
MOST_CHARACTERS = 10_000_000  # of a mixture as JSON: 100 full covariances of 64 features
# What makes a spreadsheet take a cell for a formula when it stands first; the last four are full-width.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# What begins so and is a number all the same, or a sign alone as of a test's result.
_NUMBER = re.compile(r"[+-](?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?", re.ASCII)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no sheet of Excel can hold these


def mixture_to_json(
    mixture: Mixture,
    *,
    feature_names: Sequence[str] | None = None,
    log_likelihood: float | None = None,
    ends: Sequence[End] = (),
) -> str:
    """The mixture as JSON that `mixture_from_json` reads back without losing a digit.

    feature_names : d names, by default x1, x2, ...  log_likelihood : mean per sample, if it is known.
    ends : what is true of the end of the run that made it.
    Raises `ValueError` if that is not finite, or the text would be longer than what is read.
    """
    if log_likelihood is not None and not np.isfinite(log_likelihood):
        raise ValueError(f"log_likelihood must be finite; got {log_likelihood}.")
    content = {
        "format": FORMAT,
        "version": VERSION if mixture.is_plain else BEYOND,
        "covariance_type": mixture.covariance_type,
        "feature_names": checked_names(feature_names, mixture.n_features),
        "log_likelihood_per_sample": None if log_likelihood is None else float(log_likelihood),
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "covariances": mixture.covariances.tolist(),
    }
    if not mixture.is_plain:
        content |= {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in mixture.beyond.items()
        }
    if ends:
        content["how the run ended"] = [one.text for one in ends]
    text = json.dumps(content, allow_nan=False)
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"This mixture takes {len(text):,} characters as JSON; {_AT_MOST}.")
    return text


def mixture_from_json(text: str) -> Mixture:
    """The mixture that `mixture_to_json` wrote; a `ValueError` with a sentence for anything else."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"This text has {len(text):,} characters; {_AT_MOST}.")
    try:
        content = json.loads(text.removeprefix("\ufeff"), parse_int=float, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise ValueError("This is not a mixture: its brackets are nested too deeply.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'This is JSON, but not a mixture: it has no "format": "{FORMAT}".')
    if content.get("version") not in (VERSION, BEYOND):
        raise ValueError(
            f"This mixture has the version {reprlib.repr(content.get('version'))}; "
            f"only version {VERSION} can be read, and {BEYOND} with noise or degrees of freedom."
        )
    covariance_type = content.get("covariance_type")
    if not isinstance(covariance_type, str):
        raise ValueError(f"covariance_type must be text; got {reprlib.repr(covariance_type)}.")
    weights, means, covariances = (_numbers(content, name) for name in ("weights", "means", "covariances"))
    with np.errstate(all="ignore"):  # what overflows is refused by the mixture's own checks
        return Mixture(weights, means, covariances, covariance_type, **_beyond(content))


def _beyond(content: dict[str, Any]) -> dict[str, Any]:
    """What a saved mixture has beyond Gaussians, by name."""
    if content.get("version") != BEYOND:
        return {}
    weight, dof_type = content.get("noise_weight"), content.get("dof_type")
    if not isinstance(weight, float) or not isinstance(dof_type, str):
        raise ValueError(
            f"noise_weight must be a number and dof_type text; got {reprlib.repr((weight, dof_type))}."
        )
    arrays = {
        name: None if content.get(name) is None else _numbers(content, name) for name in ("noise_box", "dof")
    }
    return {"noise_weight": weight, "dof_type": dof_type, **arrays}


def parameters_csv(mixture: Mixture, feature_names: Sequence[str] | None) -> str:
    """CSV with one row a component: its weight, means, variances and (full, tied) covariances."""
    columns = {"component": 1 + np.arange(mixture.n_components), **_parameters([mixture], feature_names)}
    return to_csv(pd.DataFrame(columns)).decode("utf-8-sig")


def data_frame(
    X: ArrayLike,
    mixture: Mixture,
    feature_names: Sequence[str] | None,
    labels: Any = None,
    sample_weight: ArrayLike | None = None,
    known_labels: ArrayLike | None = None,
    rows: Any = None,
) -> pd.DataFrame:
    """The data (n, d), of which values may be missing, and what the mixture says about each row.

    Columns: `ROW` if the rows have names (n,); the features; `sample_weight` if the rows have weights (n,);
    `KNOWN` if EM is told components (n,), from 0, with -1 for none; `label` if there are labels (n,);
    `component (from 1)`, the most probable one; `responsibility 1` to k; `log density`, natural logarithm, of
    what is observed. With noise, its share of the row comes before that, and a row that is most probably
    noise has the component 0. A name that is taken gets a number.
    """
    X = as_matrix(X, min_rows=0, gaps=True)
    probable, k = shares(mixture, X), mixture.n_components
    names = checked_names(feature_names, mixture.n_features)
    columns = list(X.T)
    if sample_weight is not None:
        names.append(WEIGHT)
        columns.append(as_floats(sample_weight, "sample_weight"))
    if known_labels is not None:
        names.append(KNOWN)
        columns.append(np.asarray(known_labels) + 1)
    if labels is not None:
        if len(labels) != len(X):
            raise ValueError(f"labels must have one value for each of the {len(X)} rows; got {len(labels)}.")
        names.append("label")
        columns.append(pd.Series(labels).array)
    noisy = probable.shape[1] > k
    likeliest = 1 + probable.argmax(axis=1)
    names.append(COMPONENT_OR_NOISE if noisy else COMPONENT)
    names += [f"{RESPONSIBILITY} {j + 1}" for j in range(k)]
    names += [NOISE, LOG_DENSITY] if noisy else [LOG_DENSITY]
    columns += [np.where(likeliest > k, 0, likeliest), *probable.T, log_density(mixture, X)]
    *titles, row = distinct([*names, ROW])
    frame = pd.DataFrame(dict(zip(titles, columns, strict=True)))
    if rows is not None:
        frame.insert(0, row, rows)
    return frame


def filled_frame(frame: pd.DataFrame, feature_names: Sequence[str], X: ArrayLike) -> pd.DataFrame:
    """What `data_frame` made of rows with missing values, with X (n, d) in place of these, and at the end the
    names of the features that were missing in each row; what the mixture says is still of what is known.
    """
    X = as_matrix(X)
    names = checked_names(feature_names, X.shape[1])
    missing = frame[names].isna().to_numpy()
    which = [", ".join(name for name, gone in zip(names, row, strict=True) if gone) for row in missing]
    filled = frame.assign(**dict(zip(names, X.T, strict=True)))
    return filled.assign(**{distinct([*frame, FILLED])[-1]: which})


def grouped_frame(
    frame: pd.DataFrame, rows: ArrayLike, group: ArrayLike, probability: ArrayLike
) -> pd.DataFrame:
    """A table with the group, from 1, of each of its rows, and how probable that is.

    rows : the positions (m,) of those that have one; in the others both are empty. group : (m,), from 0.
    probability : (m,). A name that is taken gets a number.
    """
    rows = np.asarray(rows)
    groups = pd.array([pd.NA] * len(frame), dtype="Int64")
    groups[rows] = 1 + np.asarray(group)
    probabilities = np.full(len(frame), np.nan)
    probabilities[rows] = np.asarray(probability)
    names = distinct([*map(str, frame.columns), "group", "probability"])
    found = pd.concat(
        [frame.reset_index(drop=True), pd.DataFrame({"group": groups, "probability": probabilities})], axis=1
    )
    found.columns = pd.Index(names, dtype=object)
    return found


def history_frame(trace: Trace, feature_names: Sequence[str] | None, *, n: float) -> pd.DataFrame:
    """The whole run, one row for each iteration and component; the rows of the data count as n.

    log_likelihood is of the mixture in that row, lower_bound the one right after the M-step that made it
    (empty at the start); both natural logarithms.
    """
    if not as_amount(n, "n", "as how many rows the rows count"):
        raise ValueError("n must be above 0: a run has rows.")
    steps, k = trace.steps, trace.mixture.n_components

    def of_step(values: Sequence[float | None]) -> Array:
        return np.repeat(np.array(values, dtype=np.float64), k)

    log_likelihoods = of_step([step.log_likelihood for step in steps])
    columns = {
        "iteration": np.repeat([step.iteration for step in steps], k),
        "component": np.tile(1 + np.arange(k), len(steps)),
        "log_likelihood per sample": log_likelihoods,
        "log_likelihood total": n * log_likelihoods,
        "lower_bound per sample": of_step([step.lower_bound for step in steps]),
        "N_k": np.concatenate([step.counts or np.full(k, np.nan) for step in steps]),
        **_parameters([step.mixture for step in steps], feature_names),
    }
    return pd.DataFrame(columns)


def neutralise(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table, in which no text (cells and column names) is a formula to a spreadsheet.

    Text that begins with = + - @, a tab or a line break gets an apostrophe first. Numbers stay numbers, also
    where they are text.
    """
    columns = {}
    for i, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, i]
        no_text = is_numeric_dtype(dtype) or is_datetime64_any_dtype(dtype)
        columns[i] = column if no_text else column.astype(object).map(harmless)
    out = pd.DataFrame(columns, index=frame.index)
    out.columns = pd.Index([harmless(name) for name in frame.columns], dtype=object)
    return out


def to_csv(frame: pd.DataFrame) -> bytes:
    """The table as CSV, neutralised: comma, point, UTF-8, numbers with all their digits.

    Only where there is text beyond ASCII does it begin with the mark (BOM) that Excel needs for it.
    """
    # With \r\n as the line's end, text that holds either of the two is quoted.
    text = neutralise(frame).to_csv(index=False, lineterminator="\r\n")
    return text.encode("ascii" if text.isascii() else "utf-8-sig", "replace")


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """The table as one sheet of Excel; control signs, which it cannot hold, become "?".

    Text is marked as such where a cell into which somebody typed it would hold a formula; whole numbers of
    more digits than a sheet keeps, such as ids, are text too.
    Raises `ValueError` for more rows than a sheet has.
    """
    if len(frame) > MOST_ROWS_OF_A_SHEET:
        raise ValueError(f"{len(frame):,} rows are too many for Excel; at most {MOST_ROWS_OF_A_SHEET:,} fit.")

    openpyxl, out = importlib.import_module("openpyxl"), BytesIO()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("rows")

    def held(value: Any) -> Any:
        if isinstance(value, int) and abs(value) >= EXACT_IN_A_SHEET:
            return str(value)
        if not isinstance(value, str):
            return None if pd.isna(value) else value
        text = _CONTROLS.sub("?", value.encode("utf-8", "replace").decode())
        if not _looks_like_a_formula(text):
            return text
        cell = openpyxl.cell.WriteOnlyCell(sheet, text)
        cell.data_type, cell.quotePrefix = "s", True  # as if an apostrophe had been typed first
        return cell

    sheet.append([held(name) for name in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        sheet.append([held(value) for value in row])
    book.save(out)
    return out.getvalue()


def to_parquet(frame: pd.DataFrame) -> bytes:
    """The table as Parquet, as it is (no program runs formulas from there); mixed columns become text."""
    mixed = [name for name, dtype in frame.dtypes.items() if is_object_dtype(dtype)]
    text = {name: frame[name].map(str, na_action="ignore") for name in mixed}
    return bytes(frame.assign(**text).to_parquet(None, engine="pyarrow", index=False))


def checked_names(feature_names: Sequence[str] | None, d: int) -> list[str]:
    """d different names; the house's own where there are none. What UTF-8 cannot hold becomes "?"."""
    if feature_names is None:
        return [f"x{i + 1}" for i in range(d)]
    names = [str(name).encode("utf-8", "replace").decode() for name in feature_names]
    if len(names) != d:
        raise ValueError(f"feature_names must hold {d} {plural(d, 'name')}; got {len(names)}.")
    if len({harmless(name) for name in names}) < d:
        raise ValueError(f"feature_names must differ from each other; got {reprlib.repr(names)}.")
    return names


def harmless(value: Any) -> Any:
    """The value as it may stand in CSV: text that a spreadsheet would run gets an apostrophe first."""
    return f"'{value}" if isinstance(value, str) and _looks_like_a_formula(value) else value


def _looks_like_a_formula(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(text)


_AT_MOST = f"at most {MOST_CHARACTERS:,} can be read"


def _parameters(mixtures: Sequence[Mixture], feature_names: Sequence[str] | None) -> dict[str, Array]:
    """Parameters of mixtures of one family as columns, one row for each mixture and component."""
    d = mixtures[0].n_features
    names = checked_names(feature_names, d)
    means = np.concatenate([mixture.means for mixture in mixtures])
    covariances = np.concatenate([mixture.full_covariances for mixture in mixtures])
    columns = [("weight", np.concatenate([mixture.weights for mixture in mixtures]))]
    columns += [(f"mean {name}", means[:, i]) for i, name in enumerate(names)]
    columns += [(f"var {name}", covariances[:, i, i]) for i, name in enumerate(names)]
    if mixtures[0].family.matrices:
        columns += [
            (f"cov {names[i]}, {names[j]}", covariances[:, i, j]) for i in range(d) for j in range(i + 1, d)
        ]
    columns += [(name, np.concatenate(of_all)) for name, of_all in _columns_beyond(mixtures).items()]
    titles = distinct([title for title, _ in columns])
    return dict(zip(titles, (values for _, values in columns), strict=True))


def _columns_beyond(mixtures: Sequence[Mixture]) -> dict[str, list[Array]]:
    """What mixtures have beyond Gaussians, a number for each component of each; {} for nothing."""
    columns: dict[str, list[Array]] = {}
    if mixtures[0].dof is not None:
        columns["degrees of freedom"] = [one.dof for one in mixtures if one.dof is not None]
    if mixtures[0].noise_box is not None:
        columns["weight of the noise"] = [np.full(len(one.means), one.noise_weight) for one in mixtures]
    return columns


def distinct(names: Sequence[str]) -> list[str]:
    """The names in their order; where one is taken already, followed by a number."""
    taken: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        taken[free] = None
    return list(taken)


def _numbers(content: dict[str, Any], name: str) -> Array:
    """The array of that name, if its list holds numbers and nothing else: no text, no true or false."""
    value = content.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list of numbers; got {reprlib.repr(value)}.")
    rest = [value]
    while rest:
        for item in rest.pop():
            if isinstance(item, list):
                rest.append(item)
            elif not isinstance(item, float):
                raise ValueError(f"{name} must hold numbers only; found {reprlib.repr(item)}.")
    return as_floats(value, name)


def _refuse(constant: str) -> float:
    raise ValueError(f"This mixture holds {constant}; every number must be finite.")

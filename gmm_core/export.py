"""Runs and mixtures -> text and bytes that someone can open elsewhere.

Letters: n samples, k components, d features. Components count from 1 here, as on the screen.

What users typed (names of features and files) stands in generated code only as `repr` writes it, in CSV only
without what a spreadsheet would run, and in a notebook's prose not at all.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
from numpy.typing import ArrayLike
from pandas.api.types import (  # type: ignore[import-untyped, unused-ignore]
    is_datetime64_any_dtype,
    is_numeric_dtype,
    is_object_dtype,
)

from gmm_core.checks import as_amount, as_count, as_floats, as_matrix
from gmm_core.covariance import Array
from gmm_core.em import REG_COVAR, Trace
from gmm_core.mixture import Mixture

FORMAT, VERSION = "gmm_core.Mixture", 1
MOST_CHARACTERS = 10_000_000  # of a mixture as JSON: 100 full covariances of 64 features
# What makes a spreadsheet take a cell for a formula when it stands first; the last four are full-width.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def mixture_to_json(
    mixture: Mixture, *, feature_names: Sequence[str] | None = None, log_likelihood: float | None = None
) -> str:
    """The mixture as JSON that `mixture_from_json` reads back without losing a digit.

    feature_names : d names, by default x1, x2, ...  log_likelihood : mean per sample, if it is known.
    Raises `ValueError` if that is not finite, or the text would be longer than what is read.
    """
    if log_likelihood is not None and not np.isfinite(log_likelihood):
        raise ValueError(f"log_likelihood must be finite; got {log_likelihood}.")
    content = {
        "format": FORMAT,
        "version": VERSION,
        "covariance_type": mixture.covariance_type,
        "feature_names": _checked(feature_names, mixture.n_features),
        "log_likelihood_per_sample": None if log_likelihood is None else float(log_likelihood),
        "weights": mixture.weights.tolist(),
        "means": mixture.means.tolist(),
        "covariances": mixture.covariances.tolist(),
    }
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
    if content.get("version") != VERSION:
        raise ValueError(
            f"This mixture has the version {reprlib.repr(content.get('version'))}; "
            f"only version {VERSION} can be read."
        )
    covariance_type = content.get("covariance_type")
    if not isinstance(covariance_type, str):
        raise ValueError(f"covariance_type must be text; got {reprlib.repr(covariance_type)}.")
    weights, means, covariances = (_numbers(content, name) for name in ("weights", "means", "covariances"))
    with np.errstate(all="ignore"):  # what overflows is refused by the mixture's own checks
        return Mixture(weights, means, covariances, covariance_type)


def parameters_csv(mixture: Mixture, feature_names: Sequence[str] | None) -> str:
    """CSV with one row a component: its weight, means, variances and (full, tied) covariances."""
    columns = {"component": 1 + np.arange(mixture.n_components), **_parameters([mixture], feature_names)}
    return to_csv(pd.DataFrame(columns)).decode("utf-8-sig")


def data_frame(
    X: ArrayLike, mixture: Mixture, feature_names: Sequence[str] | None, labels: Any = None
) -> pd.DataFrame:
    """The data (n, d), and what the mixture says about each row.

    Columns: the features; `label` if there are labels (n,); `component (from 1)`, the most probable one;
    `responsibility 1` to k; `log density`, natural logarithm. A name that is taken gets a number.
    """
    X = as_matrix(X, min_rows=0)
    responsibilities = mixture.responsibilities(X)
    names = _checked(feature_names, mixture.n_features)
    columns = list(X.T)
    if labels is not None:
        if len(labels) != len(X):
            raise ValueError(f"labels must have one value for each of the {len(X)} rows; got {len(labels)}.")
        names.append("label")
        columns.append(pd.Series(labels).array)
    names += ["component (from 1)", *(f"responsibility {j + 1}" for j in range(mixture.n_components))]
    names.append("log density")
    columns += [1 + responsibilities.argmax(axis=1), *responsibilities.T, mixture.log_density(X)]
    return pd.DataFrame(dict(zip(_distinct(names), columns, strict=True)))


def history_frame(trace: Trace, feature_names: Sequence[str] | None, *, n: int) -> pd.DataFrame:
    """The whole run, one row for each iteration and component; n is the number of rows of the data.

    log_likelihood is of the mixture in that row, lower_bound the one right after the M-step that made it
    (empty at the start); both natural logarithms.
    """
    n = as_count(n, "n", 1)
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

    Text that begins with = + - @, a tab or a line break gets an apostrophe first. Numbers stay numbers.
    """
    columns = {}
    for i, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, i]
        no_text = is_numeric_dtype(dtype) or is_datetime64_any_dtype(dtype)
        columns[i] = column if no_text else column.astype(object).map(_harmless)
    out = pd.DataFrame(columns, index=frame.index)
    out.columns = pd.Index([_harmless(name) for name in frame.columns], dtype=object)
    return out


def to_csv(frame: pd.DataFrame) -> bytes:
    """The table as CSV, neutralised: comma, point, UTF-8, numbers with all their digits.

    Only where there is text beyond ASCII does it begin with the mark (BOM) that Excel needs for it.
    """
    # With \r\n as the line's end, text that holds either of the two is quoted.
    text = neutralise(frame).to_csv(index=False, lineterminator="\r\n")
    return text.encode("ascii" if text.isascii() else "utf-8-sig", "replace")


def to_parquet(frame: pd.DataFrame) -> bytes:
    """The table as Parquet, as it is (no program runs formulas from there); mixed columns become text."""
    mixed = [name for name, dtype in frame.dtypes.items() if is_object_dtype(dtype)]
    text = {name: frame[name].map(str, na_action="ignore") for name in mixed}
    return bytes(frame.assign(**text).to_parquet(None, engine="pyarrow", index=False))


def sklearn_script(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
) -> str:
    """A script with scikit-learn that makes `n_iter` iterations from `mixture_start`, and no fewer.

    X_source : the name of the CSV file beside it, as `to_csv(data_frame(...))` writes it.
    reg_covar : in squared data units. tol : of the run on the screen; it is only told.
    feature_names : d columns to read, by default x1, x2, ...

    scikit-learn takes the start's precisions and forms the variances of `tied`, `diag` and `spherical` as
    differences of squares: nearly singular starts, and groups more than 10,000 of their own standard
    deviations from the data's mean, cost it digits there. `numpy_script` does neither.
    """
    parts = _Parts(X_source, mixture_start, reg_covar, tol, n_iter, feature_names)
    head = f'"""A Gaussian mixture by scikit-learn, from a given start: {parts.told}\n{_RUN}\n"""\n\n'
    imports = f"import csv\nimport warnings\nfrom pathlib import Path\n\n{_NUMPY}{_SKLEARN}"
    return f"{head}{imports}\n{parts.read(_BESIDE)}\n{parts.start}\n{parts.sklearn}\n{_REPORT}"


def numpy_script(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
) -> str:
    """The same run in plain numpy, to be read: arguments as in `sklearn_script`, and the same result."""
    parts = _Parts(X_source, mixture_start, reg_covar, tol, n_iter, feature_names)
    head = f'"""EM for a Gaussian mixture in plain numpy, from a given start: {parts.told}\n{_RUN}\n"""\n\n'
    imports = f"import csv\nfrom pathlib import Path\n\n{_NUMPY}"
    return f"{head}{imports}\n{parts.read(_BESIDE)}\n{parts.start}\n{parts.numpy}\n{_REPORT}"


def notebook(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
) -> str:
    """The same run as a Jupyter notebook (nbformat 4.5): in numpy, with scikit-learn, and how they agree."""
    parts = _Parts(X_source, mixture_start, reg_covar, tol, n_iter, feature_names)
    cells = [
        ("markdown", f"# EM for a Gaussian mixture\n\nFrom a given start: {parts.told}\n\n{_PLACE}"),
        ("code", f"import csv\nimport warnings\n\n{_NUMPY}{_SKLEARN}\n{parts.read(_HERE)}"),
        ("markdown", "## The start"),
        ("code", parts.start),
        ("markdown", "## In plain numpy"),
        ("code", f"{parts.numpy}\n{_REPORT}\nby_hand = weights, means, covariances"),
        ("markdown", "## With scikit-learn"),
        ("code", f"{parts.sklearn}\n{_REPORT}"),
        ("markdown", "## The largest differences between the two"),
        ("code", _COMPARE),
    ]
    content = {
        "cells": [_cell(i, kind, source.strip("\n")) for i, (kind, source) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1) + "\n"


class _Parts:
    """The pieces of generated code. Everything from outside is checked, and written by `repr`."""

    def __init__(
        self,
        source: str,
        start: Mixture,
        reg_covar: float,
        tol: float,
        n_iter: int,
        names: Sequence[str] | None,
    ) -> None:
        if not source or source in (".", "..") or any(c in source for c in "/\\\0"):
            raise ValueError(f"X_source must be the name of a file, without folders; got {source!r}.")
        tol = as_amount(tol, "tol", "the change of the mean log-likelihood that ends a run")
        family, n_iter = start.covariance_type, as_count(n_iter, "n_iter", 0)
        reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
        self.source = source
        self.names = [_harmless(name) for name in _checked(names, start.n_features)]
        self.told = f"{n_iter} iteration{'' if n_iter == 1 else 's'}. (The run had tol = {tol!r}.)"
        # Rounding may leave a weight above 1, which scikit-learn refuses.
        self.start = (
            f"start_weights = {_literal(np.minimum(start.weights, 1.0))}\n"
            f"start_means = {_literal(start.means)}\n"
            f"start_covariances = {_literal(start.covariances)}\n"
        )
        whiten, update, (empty, on_diagonal, precisions) = _FAMILIES[family]
        self.numpy = _NUMPY_BODY.format(
            whiten=whiten,
            n_iter=n_iter,
            empty=empty,
            update=update,
            reg_covar=reg_covar,
            on_diagonal=on_diagonal,
        )
        self.sklearn = _SKLEARN_BODY.format(
            precisions=precisions,
            k=start.n_components,
            family=family,
            reg_covar=reg_covar,
            n_iter=n_iter,
            without_m_step="" if n_iter else _WITHOUT_M_STEP,
        )

    def read(self, place: str) -> str:
        return _READ.format(file=place.format(self.source), names=self.names)


_AT_MOST = f"at most {MOST_CHARACTERS:,} can be read"
_RUN = "\nRun it with the data file in the same folder."
_PLACE = "The data file, named in the first cell, must be in the same folder as this notebook."
_NUMPY = "import numpy as np\n"
_SKLEARN = "from sklearn.exceptions import ConvergenceWarning\nfrom sklearn.mixture import GaussianMixture\n"
_BESIDE = "Path(__file__).with_name({!r})"
_HERE = "{!r}"
_READ = """\
with open({file}, encoding="utf-8-sig", newline="") as file:
    header, *rows = csv.reader(file)
columns = [header.index(name) for name in {names!r}]
X = np.array([[float(row[j]) for j in columns] for row in rows])  # (n, d)
"""
_REPORT = """\
np.set_printoptions(precision=12, threshold=1_000_000)
print("weights", weights, "means", means, "covariances", covariances, sep="\\n")
print("log-likelihood:", log_likelihood, "per sample,", log_likelihood * len(X), "in total")
"""
_COMPARE = """\
for name, a, b in zip(["weights", "means", "covariances"], by_hand, [weights, means, covariances]):
    print(name, np.abs(a - b).max())"""

# What differs between the families: E-step and M-step of a component (as lines of a loop), what the M-step
# begins with, what carries reg_covar, and scikit-learn's precisions.
_BY_CHOLESKY = """\
L = np.linalg.cholesky({})  # covariance = L @ L.T
        white = np.linalg.solve(L, residuals.T).T
        log_det = 2 * np.log(np.diag(L)).sum()"""
_BY_VARIANCE = """\
white = residuals / np.sqrt(covariances[j])
        log_det = {}"""
_SCATTER = "(responsibilities[:, j] * residuals.T) @ residuals"
_SYMMETRIC = """\
np.linalg.inv(start_covariances)
precisions = (precisions + np.swapaxes(precisions, -1, -2)) / 2  # symmetric to the last digit"""
_FAMILIES = {
    "full": (
        _BY_CHOLESKY.format("covariances[j]"),
        f"covariances[j] = {_SCATTER} / counts[j]",
        ("np.empty((k, d, d))", " * np.eye(d)", _SYMMETRIC),
    ),
    "tied": (
        _BY_CHOLESKY.format("covariances"),
        f"covariances += {_SCATTER} / n",
        ("np.zeros((d, d))", " * np.eye(d)", _SYMMETRIC),
    ),
    "diag": (
        _BY_VARIANCE.format("np.log(covariances[j]).sum()"),
        "covariances[j] = responsibilities[:, j] @ residuals**2 / counts[j]",
        ("np.empty((k, d))", "", "1 / start_covariances"),
    ),
    "spherical": (
        _BY_VARIANCE.format("d * np.log(covariances[j])"),
        "covariances[j] = responsibilities[:, j] @ (residuals**2).mean(axis=1) / counts[j]",
        ("np.empty(k)", "", "1 / start_covariances"),
    ),
}
_NUMPY_BODY = '''\
n, d = X.shape
k = len(start_weights)


def log_joint(weights, means, covariances):
    """log(weight x density) of each component at each row of X, (n, k)."""
    joint = np.empty((n, k))
    for j in range(k):
        residuals = X - means[j]
        {whiten}
        joint[:, j] = np.log(weights[j]) - 0.5 * (d * np.log(2 * np.pi) + log_det + (white**2).sum(axis=1))
    return joint


weights, means, covariances = start_weights, start_means, start_covariances
for _ in range({n_iter}):
    # E step: responsibilities (n, k). Densities stay logarithms, so that nothing underflows.
    joint = log_joint(weights, means, covariances)
    responsibilities = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))
    # M step: a row counts for a component as much as the component is responsible for it.
    counts = responsibilities.sum(axis=0)
    weights = counts / n
    means = responsibilities.T @ X / counts[:, np.newaxis]
    covariances = {empty}
    for j in range(k):
        residuals = X - means[j]
        {update}
    covariances += {reg_covar!r}{on_diagonal}  # reg_covar
log_likelihood = np.logaddexp.reduce(log_joint(weights, means, covariances), axis=1).mean()
'''
_WITHOUT_M_STEP = "model.covariances_ = start_covariances  # scikit-learn sets them in its M-step only\n"
_SKLEARN_BODY = """\
precisions = {precisions}
centre = X.mean(axis=0)  # scikit-learn subtracts squares: far from zero they would lose digits
model = GaussianMixture(
    {k},
    covariance_type={family!r},
    reg_covar={reg_covar!r},
    tol=0,  # never reached, so that all iterations are made
    max_iter={n_iter},
    weights_init=start_weights,
    means_init=start_means - centre,
    precisions_init=precisions,
)
{without_m_step}with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # with tol=0 there always is one
    model.fit(X - centre)
weights, means = model.weights_, model.means_ + centre
covariances = model.covariances_
log_likelihood = model.score(X - centre)
"""


def _parameters(mixtures: Sequence[Mixture], feature_names: Sequence[str] | None) -> dict[str, Array]:
    """Parameters of mixtures of one family as columns, one row for each mixture and component."""
    d = mixtures[0].n_features
    names = _checked(feature_names, d)
    means = np.concatenate([mixture.means for mixture in mixtures])
    covariances = np.concatenate([mixture.full_covariances for mixture in mixtures])
    columns = [("weight", np.concatenate([mixture.weights for mixture in mixtures]))]
    columns += [(f"mean {name}", means[:, i]) for i, name in enumerate(names)]
    columns += [(f"var {name}", covariances[:, i, i]) for i, name in enumerate(names)]
    if mixtures[0].covariance_type in ("full", "tied"):
        columns += [
            (f"cov {names[i]}, {names[j]}", covariances[:, i, j]) for i in range(d) for j in range(i + 1, d)
        ]
    titles = _distinct([title for title, _ in columns])
    return dict(zip(titles, (values for _, values in columns), strict=True))


def _checked(feature_names: Sequence[str] | None, d: int) -> list[str]:
    """d different names; the house's own where there are none. What UTF-8 cannot hold becomes "?"."""
    if feature_names is None:
        return [f"x{i + 1}" for i in range(d)]
    names = [str(name).encode("utf-8", "replace").decode() for name in feature_names]
    if len(names) != d:
        raise ValueError(f"feature_names must hold {d} name{'' if d == 1 else 's'}; got {len(names)}.")
    if len({_harmless(name) for name in names}) < d:
        raise ValueError(f"feature_names must differ from each other; got {reprlib.repr(names)}.")
    return names


def _distinct(names: Sequence[str]) -> list[str]:
    """The names in their order; where one is taken already, followed by a number."""
    taken: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name} ({number})"
        taken[free] = None
    return list(taken)


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _literal(array: Array) -> str:
    """The array as Python code, a line for each row; `repr` keeps every digit."""

    def nested(values: Any, indent: str) -> str:
        if not isinstance(values, list) or not isinstance(values[0], list):
            return repr(values)
        inner = "".join(f"{indent}    {nested(value, indent + '    ')},\n" for value in values)
        return f"[\n{inner}{indent}]"

    return f"np.array({nested(array.tolist(), '')})"


def _cell(number: int, kind: str, source: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source.splitlines(True)}
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


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

"""A run -> code that makes it again elsewhere: with scikit-learn, in plain numpy, or both in a notebook.

Letters: n samples, k components, d features.

What users typed (names of features and files) stands in the code only as `repr` writes it, and in a
notebook's prose not at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_amount, as_count
from gmm_core.engine.em import REG_COVAR
from gmm_core.engine.held import Held, held_at
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.scaling import Scaling
from gmm_core.out import model_scripts
from gmm_core.out.export import WEIGHT, checked_names, distinct, harmless
from gmm_core.words import KNOWN, End, plural


def why_not(family: str) -> str:
    """Why there is no code for runs with a covariance family, in a sentence; empty where there is."""
    if model_scripts.base(family) in CODE:
        return ""
    return f"There is no code for the covariance family {family!r}, only for {', '.join(CODE)}."


def why_no_sklearn(family: str) -> str:
    """Why there is none with scikit-learn, in a sentence; empty where there is."""
    if family in CODE:
        return ""
    return why_not(family) or f"scikit-learn has no {family}: there is no script with it."


def sklearn_script(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
    scaling: Scaling | None = None,
    weighted: bool = False,
    ends: Sequence[End] = (),
) -> str:
    """A script with scikit-learn that makes `n_iter` iterations from `mixture_start`, and no fewer.

    X_source : the name of the CSV file beside it, as `to_csv(data_frame(...))` writes it.
    reg_covar : in squared data units. tol : of the run on the screen; it is only told.
    feature_names : d columns to read, by default x1, x2, ...
    scaling : of the data in which EM ran. Then `mixture_start` and `reg_covar` are those of the scaled data,
        in the family in which EM ran; what the script finds is in the data's own units all the same.
    weighted : whether the file has a column `export.WEIGHT`, how often each row counts. scikit-learn knows no
        weights, so each row is repeated; then these must be whole numbers.
    ends : what is true of the end of the run on the screen; it is only told.

    Raises `ValueError` where `why_not` has a reason.

    scikit-learn takes the start's precisions and forms the variances of `tied`, `diag` and `spherical` as
    differences of squares: nearly singular starts, and groups more than 10,000 of their own standard
    deviations from the data's mean, cost it digits there. `numpy_script` does neither.
    """
    _check_sklearn(mixture_start)
    parts = Parts(X_source, mixture_start, reg_covar, tol, n_iter, feature_names, scaling, weighted, ends)
    head = f'"""A Gaussian mixture by scikit-learn, from a given start: {parts.told}\n{RUN}\n"""\n\n'
    imports = f"import csv\nimport warnings\nfrom pathlib import Path\n\n{NUMPY}{_SKLEARN}"
    return f"{head}{imports}\n{parts.read(BESIDE)}\n{parts.start}\n{parts.sklearn}\n{parts.report}"


def numpy_script(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
    scaling: Scaling | None = None,
    weighted: bool = False,
    ends: Sequence[End] = (),
    held: Held | None = None,
    told: bool = False,
) -> str:
    """The same run in plain numpy, to be read: arguments as in `sklearn_script`, and the same result.

    held : what stays as it is at the start; told : whether the file has a column `words.KNOWN`, the
    components that EM is told of some rows. scikit-learn can do neither.
    """
    run = X_source, mixture_start, reg_covar, tol, n_iter, feature_names, scaling, weighted, ends
    parts = Parts(*run, held, told)
    head = f'"""EM for a Gaussian mixture in plain numpy, from a given start: {parts.told}\n{RUN}\n"""\n\n'
    imports = f"import csv\nfrom pathlib import Path\n\n{NUMPY}"
    return f"{head}{imports}\n{parts.read(BESIDE)}\n{parts.start}\n{parts.numpy}\n{parts.report}"


def notebook(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    feature_names: Sequence[str] | None = None,
    scaling: Scaling | None = None,
    weighted: bool = False,
    ends: Sequence[End] = (),
) -> str:
    """The same run as a Jupyter notebook (nbformat 4.5): in numpy, with scikit-learn, and how they agree."""
    _check_sklearn(mixture_start)
    parts = Parts(X_source, mixture_start, reg_covar, tol, n_iter, feature_names, scaling, weighted, ends)
    cells = [
        ("markdown", f"# EM for a Gaussian mixture\n\nFrom a given start: {parts.told}\n\n{_PLACE}"),
        ("code", f"import csv\nimport warnings\n\n{NUMPY}{_SKLEARN}\n{parts.read(_HERE)}"),
        ("markdown", "## The start"),
        ("code", parts.start),
        ("markdown", "## In plain numpy"),
        ("code", f"{parts.numpy}\n{parts.report}\nby_hand = weights, means, covariances"),
        ("markdown", "## With scikit-learn"),
        ("code", f"{parts.sklearn}\n{parts.report}"),
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


def _check_sklearn(start: Mixture) -> None:
    """A `ValueError` where scikit-learn cannot make runs from such a start."""
    if reason := why_no_sklearn(start.covariance_type):
        raise ValueError(reason)


class Parts:
    """The pieces of generated code. Everything from outside is checked, and written by `repr`."""

    def __init__(
        self,
        source: str,
        start: Mixture,
        reg_covar: float,
        tol: float,
        n_iter: int,
        names: Sequence[str] | None,
        scaling: Scaling | None,
        weighted: bool,
        ends: Sequence[End],
        held: Held | None = None,
        of_known: bool = False,
    ) -> None:
        if not source or source in (".", "..") or any(c in source for c in "/\\\0"):
            raise ValueError(f"X_source must be the name of a file, without folders; got {source!r}.")
        if reason := why_not(start.covariance_type):
            raise ValueError(reason)
        start.check_plain("There is code")
        tol = as_amount(tol, "tol", "the change of the mean log-likelihood that ends a run")
        family, n_iter = start.covariance_type, as_count(n_iter, "n_iter", 0)
        reg_covar = as_amount(reg_covar, "reg_covar", REG_COVAR)
        if scaling is not None and len(scaling.centre) != start.n_features:
            raise ValueError(
                f"mixture_start has {start.n_features} features, but the scaling has {len(scaling.centre)}."
            )
        self.source = source
        self.names = [harmless(name) for name in checked_names(names, start.n_features)]
        self.told = f"{n_iter} {plural(n_iter, 'iteration')}. (The run had tol = {tol!r}.)"
        held_at(held, start)  # or it says why this cannot be held
        held = held or Held()
        ended = " ".join(one.text for one in ends)
        for text in filter(None, (held.sentence, ended and f"How the whole run ended: {ended}")):
            self.told += "\n" + fill(text, 100)
        self.weighted, self.of_known = weighted, of_known
        self.to_z = back = ""
        code = CODE[model_scripts.base(family)]
        X, centring, minus, plus = "X", _CENTRING, " - centre", " + centre"
        if scaling is not None and scaling.name != "none":
            told, to_z, back = _SCALINGS[scaling.name]
            self.told += f"\nEM runs on {told} data; what is printed is in the data's own units."
            factor = np.diag(scaling.inverse) if scaling.name == "standardise" else scaling.matrix
            self.to_z = to_z.format(centre=literal(scaling.centre), factor=literal(factor))
            back = back.format(
                covariances=code.standardised if scaling.name == "standardise" else code.whitened
            )
            X, centring, minus, plus = "Z", "", "", ""
        # Rounding may leave a weight above 1, which scikit-learn refuses.
        self.start = (
            f"start_weights = {literal(np.minimum(start.weights, 1.0))}\n"
            f"start_means = {literal(start.means)}\n"
            f"start_covariances = {literal(start.covariances)}\n"
        )
        update = code.update
        if weighted:  # they are in the claims
            update = update.replace("responsibilities", "claims")
        self.numpy = _NUMPY_BODY.format(
            X=X,
            total="sample_weight.sum()" if weighted else "n",
            claims=_CLAIMS if weighted else "",
            claimed="claims" if weighted else "responsibilities",
            mean=_WEIGHTED_MEAN if weighted else ".mean()",
            whiten=code.whiten,
            known=_OF_KNOWN if of_known else "",
            n_iter=n_iter,
            model=model_scripts.definition(family),
            before=model_scripts.before(family),
            fitted=model_scripts.call(family),
            empty=code.empty,
            held=_held(held, start.n_components),
            stays=_held_covariances(held, start.n_components),
            update=update.replace("/ n", "/ sample_weight.sum()") if weighted else update,
            reg_covar=reg_covar,
            on_diagonal=code.on_diagonal,
            back=back,
        )
        self.sklearn = _SKLEARN_BODY.format(
            X=X,
            repeat=_REPEAT.format(X=X) if weighted else "",
            centring=centring,
            minus=minus,
            plus=plus,
            precisions=code.precisions,
            k=start.n_components,
            family=family,
            reg_covar=reg_covar,
            n_iter=n_iter,
            without_m_step="" if n_iter else _WITHOUT_M_STEP,
            back=back,
        )

    def read(self, place: str) -> str:
        beside = [WEIGHT] * self.weighted + [KNOWN] * self.of_known
        called = distinct([*self.names, *beside])[len(self.names) :]
        more = [_READ_BESIDE[one].format(name=name) for one, name in zip(beside, called, strict=True)]
        return _READ.format(file=place.format(self.source), names=self.names) + "".join(more) + self.to_z

    @property
    def report(self) -> str:
        """How what was found is printed."""
        return REPORT.replace("len(X)", "sample_weight.sum()") if self.weighted else REPORT


RUN = "\nRun it with the data file in the same folder."
_PLACE = "The data file, named in the first cell, must be in the same folder as this notebook."
NUMPY = "import numpy as np\n"
_SKLEARN = "from sklearn.exceptions import ConvergenceWarning\nfrom sklearn.mixture import GaussianMixture\n"
BESIDE = "Path(__file__).with_name({!r})"
_HERE = "{!r}"
_READ = """\
with open({file}, encoding="utf-8-sig", newline="") as file:
    header, *rows = csv.reader(file)
columns = [header.index(name) for name in {names!r}]
X = np.array([[float(row[j]) for j in columns] for row in rows])  # (n, d)
"""
_READ_BESIDE = {
    WEIGHT: """\
sample_weight = np.array([float(row[header.index({name!r})]) for row in rows])  # how often each row counts
""",
    KNOWN: """\
known = np.array([int(float(row[header.index({name!r})])) for row in rows]) - 1  # -1 where it is not known
""",
}
_OF_KNOWN = """\
    told = known >= 0  # a row whose component is known is of no other
    joint[told] = np.where(known[told, np.newaxis] == np.arange(k), joint[told], -np.inf)
"""
_CLAIMS = """\
    claims = sample_weight[:, np.newaxis] * responsibilities  # a row counts as often as its weight says
"""
_WEIGHTED_MEAN = " @ sample_weight / sample_weight.sum()"
_REPEAT = """\
# scikit-learn knows no weights: each row stands as often as it counts.
whole = np.rint(sample_weight).astype(int)
assert np.array_equal(whole, sample_weight), "rows that count as fractions cannot be repeated"
{X} = np.repeat({X}, whole, axis=0)
"""
REPORT = """\
np.set_printoptions(precision=12, threshold=1_000_000)
print("weights", weights, "means", means, "covariances", covariances, sep="\\n")
print("log-likelihood:", log_likelihood, "per sample,", log_likelihood * len(X), "in total")
"""
_COMPARE = """\
for name, a, b in zip(["weights", "means", "covariances"], by_hand, [weights, means, covariances]):
    print(name, np.abs(a - b).max())"""


@dataclass(frozen=True)
class _Code:
    """What differs between the families, as pieces of code.

    whiten, update : E-step and M-step of a component, lines of a loop. empty : what the M-step begins with.
    on_diagonal : what makes `reg_covar` fit it. precisions : those with which scikit-learn begins.
    standardised, whitened : covariances of scaled data in the data's own units.
    """

    whiten: str
    update: str
    empty: str
    on_diagonal: str
    precisions: str
    standardised: str
    whitened: str


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
_OUTER_SCALE = "covariances * scale * scale[:, np.newaxis]"
_MAPPED = "back.T @ covariances @ back"
CODE: dict[str, _Code] = {
    "full": _Code(
        whiten=_BY_CHOLESKY.format("covariances[j]"),
        update=f"covariances[j] = {_SCATTER} / counts[j]",
        empty="np.empty((k, d, d))",
        on_diagonal=" * np.eye(d)",
        precisions=_SYMMETRIC,
        standardised=_OUTER_SCALE,
        whitened=_MAPPED,
    ),
    "tied": _Code(
        whiten=_BY_CHOLESKY.format("covariances"),
        update=f"covariances += {_SCATTER} / n",
        empty="np.zeros((d, d))",
        on_diagonal=" * np.eye(d)",
        precisions=_SYMMETRIC,
        standardised=_OUTER_SCALE,
        whitened=_MAPPED,
    ),
    "diag": _Code(
        whiten=_BY_VARIANCE.format("np.log(covariances[j]).sum()"),
        update="covariances[j] = responsibilities[:, j] @ residuals**2 / counts[j]",
        empty="np.empty((k, d))",
        on_diagonal="",
        precisions="1 / start_covariances",
        standardised="covariances * scale**2",
        whitened="(back.T * covariances[:, np.newaxis]) @ back  # matrices, (k, d, d)",
    ),
    "spherical": _Code(
        whiten=_BY_VARIANCE.format("d * np.log(covariances[j])"),
        update="covariances[j] = responsibilities[:, j] @ (residuals**2).mean(axis=1) / counts[j]",
        empty="np.empty(k)",
        on_diagonal="",
        precisions="1 / start_covariances",
        standardised="np.outer(covariances, scale**2)  # the variances, (k, d)",
        whitened="covariances[:, np.newaxis, np.newaxis] * (back.T @ back)  # matrices, (k, d, d)",
    ),
}
# What EM ran on, how Z comes from X, and the way back for what was found.
_SCALINGS = {
    "standardise": (
        "standardised",
        """\
# What standardises the columns: their means and standard deviations.
centre = {centre}
scale = {factor}
Z = (X - centre) / scale
""",
        """\
# In the data's own units again. A density is per unit, so the likelihood changes with them.
means = centre + means * scale
covariances = {covariances}
log_likelihood -= np.log(scale).sum()
""",
    ),
    "whiten": (
        "whitened",
        """\
# What whitens the columns: the covariance of Z is the identity.
centre = {centre}
whitener = {factor}
Z = (X - centre) @ whitener
""",
        """\
# In the data's own units again. A density is per unit, so the likelihood changes with them.
back = np.linalg.inv(whitener)
means = centre + means @ back
covariances = {covariances}
log_likelihood += np.linalg.slogdet(whitener)[1]
""",
    ),
}
_NUMPY_BODY = '''\
n, d = {X}.shape
k = len(start_weights)


def log_joint(weights, means, covariances):
    """log(weight x density) of each component at each row of {X}, (n, k)."""
    joint = np.empty((n, k))
    for j in range(k):
        residuals = {X} - means[j]
        {whiten}
        joint[:, j] = np.log(weights[j]) - 0.5 * (d * np.log(2 * np.pi) + log_det + (white**2).sum(axis=1))
{known}    return joint


{model}weights, means, covariances = start_weights, start_means, start_covariances
for _ in range({n_iter}):
    # E step: responsibilities (n, k). Densities stay logarithms, so that nothing underflows.
    joint = log_joint(weights, means, covariances)
    responsibilities = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))
    # M step: a row counts for a component as much as the component is responsible for it.
{claims}    counts = {claimed}.sum(axis=0)
    weights = counts / {total}
    means = {claimed}.T @ {X} / counts[:, np.newaxis]
{held}{before}    covariances = {empty}
    for j in range(k):
        residuals = {X} - means[j]
        {update}
    covariances += {reg_covar!r}{on_diagonal}  # reg_covar
{fitted}{stays}log_likelihood = np.logaddexp.reduce(log_joint(weights, means, covariances), axis=1){mean}
{back}'''
_HELD_WEIGHTS = """\
    weights[{held}] = start_weights[{held}]  # held; the others share what these leave
    weights[{free}] *= max(0, 1 - weights[{held}].sum()) / weights[{free}].sum()
"""
_CENTRING = (
    "centre = X.mean(axis=0)  # scikit-learn subtracts squares: far from zero they would lose digits\n"
)
_WITHOUT_M_STEP = "model.covariances_ = start_covariances  # scikit-learn sets them in its M-step only\n"
_SKLEARN_BODY = """\
{repeat}precisions = {precisions}
{centring}model = GaussianMixture(
    {k},
    covariance_type={family!r},
    reg_covar={reg_covar!r},
    tol=0,  # never reached, so that all iterations are made
    max_iter={n_iter},
    weights_init=start_weights,
    means_init=start_means{minus},
    precisions_init=precisions,
)
{without_m_step}with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)  # with tol=0 there always is one
    model.fit({X}{minus})
weights, means = model.weights_, model.means_{plus}
covariances = model.covariances_
log_likelihood = model.score({X}{minus})
{back}"""


def _held(held: Held, k: int) -> str:
    """The lines of an M-step after which weights and means are those of the start, where they are held."""
    lines = ""
    free = [j for j in range(k) if j not in held.weights]
    if held.weights and free:
        lines += _HELD_WEIGHTS.format(held=list(held.weights), free=free)
    elif held.weights:
        lines += "    weights = start_weights  # held\n"
    if held.means:
        lines += f"    means[{list(held.means)}] = start_means[{list(held.means)}]  # held\n"
    return lines


def _held_covariances(held: Held, k: int) -> str:
    """The line of an M-step after which covariances are those of the start, where they are held."""
    if len(held.covariances) == k:
        return "    covariances = start_covariances  # held\n"
    some = list(held.covariances)
    return f"    covariances[{some}] = start_covariances[{some}]  # held\n" if some else ""


def literal(array: Array) -> str:
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

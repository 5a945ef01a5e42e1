"""The mistakes that people make in EM code, each an entry of one table, and the program that they stand in.

Letters: n samples, k components, d features. Covariances are diagonal.

The program consists of pieces. Each is a line, or a part of one: its text, and a small function that gives
what the line gives. A mistake puts other pieces in place of the right ones, so mistakes can be combined; all
else that there is to say of it stands in its entry of `FAULTS`, and nowhere else. To add a mistake, add an
entry: it becomes a switch, a name in links, a program, a run and a suspect.

The first three mistakes are those of a well-known question, whose code has all of them at once. `code` shows
the program; `faulty_em.run_with_faults` does what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_matrix
from gmm_core.engine.mixture import LOG_2PI
from gmm_core.laboratory.laws import SUM, Parameters

MOST_WRITTEN = 20_000  # numbers of data that stand in a program itself

Where = Literal["start", "E-step", "M-step", "log-likelihood"]
Place = Literal[
    "first_variances",
    "variance",
    "scale",
    "log_densities",
    "log_joint",
    "responsibilities",
    "summed",
    "log_likelihood",
    "counts",
    "weights",
    "new_means",
    "about",
    "variances",
]

PROGRAM = """\
import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

weights, means, variances = start.weights, start.means, {first_variances}

def log_pdf(x, mean, variance):
    return {log_densities}

for iteration in range(max_iter + 1):
    # E step
    log_densities = log_pdf(X[:, np.newaxis], means, {variance}{add})
    log_joint = {log_joint}
    responsibilities = {responsibilities}
    log_likelihood = {log_likelihood}
    print(iteration, log_likelihood)
    # M step
    counts = {counts}{add}
    weights = {weights}
    new_means = {new_means}
    squares = (X[:, np.newaxis] - {about}) ** 2
    variances = {variances}
    means = new_means
"""


class Variables(SimpleNamespace):
    """What a running program holds: a piece reads those that are there by then, and changes none.

    X (n, d); weights (k,), means and variances (k, d), those of the start or of the M-step before; eps; rng,
    a `RandomState`, at the start. Then variance (k, d), what the density is given, and scale_squared (k, d),
    what it makes of that; log_densities, log_joint, responsibilities and summed, all (n, k). In the M-step,
    counts (k,), new_means (k, d), and about (k, d), what squares are taken about.
    """

    X: Array
    weights: Array
    means: Array
    variances: Array
    eps: float
    rng: np.random.RandomState
    variance: Array
    scale_squared: Array
    log_densities: Array
    log_joint: Array
    responsibilities: Array
    summed: Array
    counts: Array
    new_means: Array
    about: Array


@dataclass(frozen=True)
class Piece:
    """A piece of the program: its text in place of its name in `PROGRAM`, and what it gives.

    text may hold {scale} within log_densities, {summed} within log_likelihood, and {add} for " + eps".
    with_eps : the text if there is an eps, where that is another.
    """

    text: str
    gives: Callable[[Variables], Any]
    with_eps: str = ""


def _densities(over_features: Callable[[Array], Array]) -> Callable[[Variables], Array]:
    """log N(x | mean, variance) of each row and component, (n, k), from those of its features, (n, d)."""

    def gives(now: Variables) -> Array:
        columns = []
        for mean, variance in zip(now.means, now.scale_squared, strict=True):
            by_feature = -0.5 * ((now.X - mean) ** 2 / variance + np.log(variance) + LOG_2PI)
            columns.append(over_features(by_feature))
        return np.stack(columns, axis=1)

    return gives


def _normalised(axis: int) -> Piece:
    """Responsibilities that sum to 1 along that axis."""

    def gives(now: Variables) -> Array:
        if now.eps:
            joint = np.exp(now.log_joint)
            return np.asarray(joint / (joint.sum(axis=axis, keepdims=True) + now.eps))
        sums = np.logaddexp.reduce(now.log_joint, axis=axis, keepdims=True)
        return np.asarray(np.exp(now.log_joint - sums))

    return Piece(
        f"np.exp(log_joint - logsumexp(log_joint, axis={axis}, keepdims=True))",
        gives,
        with_eps=f"np.exp(log_joint) / (np.exp(log_joint).sum(axis={axis}, keepdims=True){{add}})",
    )


def _variances(now: Variables) -> Array:
    scatter = [r @ (now.X - mean) ** 2 for r, mean in zip(now.responsibilities.T, now.about, strict=True)]
    return np.array(scatter) / now.counts[:, np.newaxis]


# EM as it should be: Bishop, PRML, eq. 9.23 to 9.28.
RIGHT: Mapping[Place, Piece] = {
    "first_variances": Piece("start.covariances", lambda now: now.variances),
    "variance": Piece("variances", lambda now: now.variances),
    "scale": Piece("np.sqrt(variance)", lambda now: now.variance),  # squared
    "log_densities": Piece(
        "norm.logpdf(x, mean, {scale}).sum(axis=2)", _densities(lambda by_feature: by_feature.sum(axis=1))
    ),
    "log_joint": Piece(
        "np.log(weights) + log_densities", lambda now: np.log(now.weights) + now.log_densities
    ),
    "responsibilities": _normalised(axis=1),
    "summed": Piece("np.exp(log_joint)", lambda now: np.exp(now.log_joint)),
    "log_likelihood": Piece(
        "logsumexp(log_joint, axis=1).sum()", lambda now: np.logaddexp.reduce(now.log_joint, axis=1).sum()
    ),
    "counts": Piece("responsibilities.sum(axis=0)", lambda now: now.responsibilities.sum(axis=0)),
    "weights": Piece("responsibilities.mean(axis=0)", lambda now: now.responsibilities.mean(axis=0)),
    "new_means": Piece(
        "responsibilities.T @ X / counts[:, np.newaxis]",
        lambda now: now.responsibilities.T @ now.X / now.counts[:, np.newaxis],
    ),
    "about": Piece("new_means", lambda now: now.new_means),
    "variances": Piece(
        'np.einsum("nk,nkd->kd", responsibilities, squares) / counts[:, np.newaxis]', _variances
    ),
}


class Sign(NamedTuple):
    """What gives a mistake away without a run: whether that is certain, and a sentence."""

    certain: bool
    sentence: str


def _nowhere(*_: Any) -> None:
    return None


@dataclass(frozen=True)
class Fault:
    """A mistake.

    name : in code and in links. label : on its switch. title : in a sentence. where : the part of the program
    that it spoils; in "log-likelihood", what is printed is wrong and the parameters are right.
    seen : what one sees of it, in sentences. law : the law of `laws.LAWS` by which it is seen first; "" where
    it breaks none by itself, and `seen` says why.
    pieces : what stands in place of pieces of `RIGHT`.

    in_question : whether the question's code makes it.
    gone_at_rest : whether nothing is left of it where EM comes to rest.
    covers : mistakes of which nothing is seen beside this one. Where two change the same piece, that of the
        one that covers the other stands; otherwise, of the later one in `FAULTS`.
    unseen : what to say where nothing is seen of it; {log_likelihood} is the true one of the start.
    in_responsibilities : its sign in responsibilities (n, k) that are no shares, each right within (n, k).
    in_weights : its sign in weights (k,), right within (k,), of n rows.
    in_history : its sign in log-likelihoods (m,) of rows X (n, d).
    """

    name: str
    label: str
    title: str
    where: Where
    seen: str
    pieces: Mapping[Place, Piece]
    law: str = ""
    in_question: bool = False
    gone_at_rest: bool = False
    covers: Collection[str] = ()
    unseen: str = ""
    in_responsibilities: Callable[[Array, Array], Sign | None] = _nowhere
    in_weights: Callable[[Array, Array, int], Sign | None] = _nowhere
    in_history: Callable[[Array, Array], Sign | None] = _nowhere

    @property
    def wrong(self) -> str:
        """The line or lines with the mistake, as they stand in `code([name])`."""
        return _difference(code([self.name]), code())

    @property
    def right(self) -> str:
        """The line or lines in place of those, as they stand in `code()`."""
        return _difference(code(), code([self.name]))

    @property
    def moves(self) -> bool:
        """Whether the parameters are others because of it, in every iteration."""
        return self.where in ("E-step", "M-step")

    @property
    def prints(self) -> bool:
        """Whether what is printed is all that is wrong."""
        return self.where == "log-likelihood"

    @property
    def has_other_densities(self) -> bool:
        """Whether the code computes with other densities than those of its means and variances."""
        return self.where == "E-step" and not self.pieces.keys().isdisjoint(
            ("variance", "scale", "log_densities")
        )


# --- Their signs


def _columns_sum_to_1(R: Array, within: Array) -> Sign | None:
    n, k = R.shape
    columns = np.abs(R.sum(axis=0) - 1) <= np.maximum(SUM, 1.01 * within.sum(axis=0))
    said = f"Each of the {k} columns sums to 1 over the {n:,} rows."
    return Sign(True, said) if columns.all() else None


def _one_over_the_rows(weights: Array, within: Array, n: int) -> Sign | None:
    said = f"Every weight is 1/{n}: one over the number of rows."
    return Sign(True, said) if n != len(weights) and (np.abs(weights - 1 / n) <= within).all() else None


def _underflows(values: Array, X: Array) -> Sign | None:
    """Where the product of densities is too small for a float even with one Gaussian."""
    if not np.isneginf(values).any():
        return None
    mean, variance = X.mean(axis=0), X.var(axis=0)
    whole = float((-0.5 * ((X - mean) ** 2 / variance + np.log(variance) + LOG_2PI)).sum())
    if not whole < np.log(np.finfo(float).smallest_subnormal):
        return None
    return Sign(
        False,
        f"The product of {len(X):,} densities of one Gaussian is about 10^{whole / np.log(10):.0f}. The "
        "smallest float is 5e-324, so the product is 0, and its logarithm minus infinity.",
    )


def _always_0(values: Array, X: Array) -> Sign | None:
    said = "It is always 0: after normalising, each row sums to 1, and the logarithm of 1 is 0."
    return None if values.any() else Sign(True, said)


# --- The mistakes

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "deviation_as_variance",
            "Deviation as variance",
            "A standard deviation where a variance belongs",
            "E-step",
            "Variances above 1 look smaller to the E-step than they are, and those below 1 larger. The end "
            "is no maximum, and the log-likelihood can fall on the way to it.",
            {"variance": Piece("np.sqrt(variances)", lambda now: np.sqrt(now.variances))},
            law="printed",
            in_question=True,
        ),
        Fault(
            "normalised_over_data",
            "Normalised over the data",
            "Responsibilities normalised over the data instead of over the components",
            "E-step",
            "Columns sum to 1, and rows do not; every weight is 1/n. Components do not compete for points: "
            "each goes its own way, and several to the same place, where they shrink.",
            {"responsibilities": _normalised(axis=0)},
            law="rows",
            in_question=True,
            in_responsibilities=_columns_sum_to_1,
            in_weights=_one_over_the_rows,
        ),
        Fault(
            "random_variances",
            "Random variances",
            "Random variances to begin with",
            "start",
            "Between 0 and 1 in squared data units, whatever the data: often the end is the same, and now "
            "and then a component that begins too narrow collapses.",
            {
                "first_variances": Piece(
                    "np.random.random_sample(start.means.shape)",
                    lambda now: now.rng.random_sample(now.means.shape),
                )
            },
            in_question=True,
        ),
        Fault(
            "densities_multiplied",
            "Densities multiplied",
            "Densities multiplied instead of logarithms added",
            "log-likelihood",
            "A product of many small densities underflows to 0: the log-likelihood is minus infinity, and "
            "with many features responsibilities are 0/0.",
            {
                "log_densities": Piece(
                    "np.log(norm.pdf(x, mean, {scale}).prod(axis=2))",
                    _densities(lambda by_feature: np.log(np.exp(by_feature).prod(axis=1))),
                ),
                "log_likelihood": Piece(
                    "np.log({summed}.sum(axis=1).prod())",
                    lambda now: np.log(now.summed.sum(axis=1).prod()),
                ),
            },
            law="printed",
            covers=("summed_after_normalising",),
            unseen="**Nothing is seen of the product here.** The log-likelihood is {log_likelihood:.0f} at "
            "the start, and a float holds a product down to a logarithm of −745. With more rows, or more "
            "features, it underflows.",
            in_history=_underflows,
        ),
        Fault(
            "old_mean",
            "Old mean in the variances",
            "The old mean in the update of the variances",
            "M-step",
            "While the means move, variances are too large. Yet the log-likelihood never falls, as means and "
            "variances in turns still raise the bound (ECM, Meng & Rubin 1993), and where EM comes to rest, "
            "nothing is left of it.",
            {"about": Piece("means", lambda now: now.means)},
            gone_at_rest=True,
        ),
        Fault(
            "variance_as_scale",
            "Variance as scale",
            "A variance passed as a scale",
            "E-step",
            "scipy's norm takes a standard deviation as its scale. Variances above 1 look larger to the "
            "E-step than they are, and those below 1 smaller.",
            {"scale": Piece("variance", lambda now: now.variance**2)},
            law="printed",
        ),
        Fault(
            "summed_after_normalising",
            "Summed after normalising",
            "The log-likelihood summed after normalising",
            "log-likelihood",
            "It is always 0, as each row sums to 1 then. The parameters are right.",
            {
                "summed": Piece("responsibilities", lambda now: now.responsibilities),
                "log_likelihood": Piece(
                    "np.log({summed}.sum(axis=1)).sum()",
                    lambda now: np.log(now.summed.sum(axis=1)).sum(),
                ),
            },
            law="printed",
            in_history=_always_0,
        ),
        Fault(
            "no_weights",
            "Weights forgotten",
            "The weights forgotten",
            "E-step",
            "Small components take too many points, large ones too few, and the log-likelihood that is "
            "printed is too high.",
            {"log_joint": Piece("log_densities", lambda now: now.log_densities)},
            law="printed",
        ),
        Fault(
            "log_of_all_pdfs",
            "Log of the sum of all",
            "The logarithm of the sum of all densities",
            "log-likelihood",
            "The sum stands inside the logarithm: a curve near 0 that knows only of the densest points, and "
            "may fall. The parameters are right.",
            {"log_likelihood": Piece("np.log({summed}.sum())", lambda now: np.log(now.summed.sum()))},
            law="printed",
            covers=("densities_multiplied",),
        ),
    )
}


def known(faults: Collection[str]) -> tuple[str, ...]:
    """The names in the order of `FAULTS`; a `ValueError` for one that is not there."""
    if isinstance(faults, str) or not all(name in FAULTS for name in faults):
        raise ValueError(f"faults must be names out of {', '.join(FAULTS)}; got {faults!r}.")
    return tuple(name for name in FAULTS if name in faults)


def covered(faults: Collection[str]) -> set[str]:
    """Those of these mistakes of which nothing is seen because of another of them."""
    return {name for other in faults for name in FAULTS[other].covers if name in faults}


def pieces(faults: Collection[str] = ()) -> Mapping[Place, Piece]:
    """The pieces of the program with these mistakes."""
    if not faults:
        return RIGHT
    found, hidden = dict(RIGHT), covered(faults)
    for name in sorted(known(faults), key=lambda name: name not in hidden):  # the others over them
        found |= FAULTS[name].pieces
    return found


# --- The program


def code(faults: Collection[str] = (), *, eps: float = 0.0) -> str:
    """The program that `run_with_faults` is, in numpy and scipy, with the lines that these faults make wrong.

    It wants X (n, d), start, a `Mixture` of the family diag, and max_iter.
    """
    add = f" + {eps:g}" if eps else ""
    texts: dict[str, str] = {
        place: piece.with_eps if eps and piece.with_eps else piece.text
        for place, piece in pieces(faults).items()
    }
    within = {"scale": texts["scale"], "summed": texts["summed"], "add": add}
    return PROGRAM.format(add=add, **{place: text.format(**within) for place, text in texts.items()})


def program(
    X: ArrayLike,
    start: Parameters,
    faults: Collection[str] = (),
    *,
    max_iter: int = 100,
    eps: float = 0.0,
    seed: int = 0,
) -> str:
    """`code(faults, eps=eps)` with all that it wants, as a file that runs as it is.

    X (n, d) stands in it up to `MOST_WRITTEN` numbers; larger data it reads from data.csv, a line for each
    row, without names. seed : for random variances.
    """
    X = as_matrix(X)
    data = f"np.array({X.tolist()!r})"
    if X.size > MOST_WRITTEN:
        data = 'np.loadtxt("data.csv", delimiter=",", ndmin=2)'
    values = {"weights": start.weights, "means": start.means, "covariances": start.variances}
    begin = (f"    {name} = np.array({array.tolist()!r})" for name, array in values.items())
    head = ("import numpy as np", "", f"X = {data}", f"max_iter = {max_iter}", f"np.random.seed({seed})")
    return "\n".join((*head, "", "", "class start:", *begin, "", "", code(faults, eps=eps)))


def _difference(these: str, those: str) -> str:
    """The lines of one program that the other lacks, without their indentation."""
    return "\n".join(line.strip() for line in these.splitlines() if line not in those.splitlines())

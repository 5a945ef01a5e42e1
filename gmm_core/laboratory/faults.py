"""The mistakes that people make in EM code, each an entry of one table.

Letters: n samples, k components, d features.

`pieces` has the program that they stand in. A mistake puts other pieces in place of the right ones, so
mistakes can be combined; all else that there is to say of it stands in its entry of `FAULTS`, and nowhere
else. To add a mistake, add an entry: it becomes a switch, a name in links, a program, a run and a suspect.

The first three mistakes are those of a well-known question, whose code has all of them at once. `code` shows
the program; `faulty_em.run_with_faults` does what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array
from gmm_core.engine.checks import as_matrix
from gmm_core.engine.mixture import LOG_2PI
from gmm_core.laboratory.laws import SUM, Parameters
from gmm_core.laboratory.pieces import (
    PROGRAM,
    RIGHT,
    Piece,
    Place,
    Variables,
    distances,
    divisor,
    gaussian,
    inverted,
    log_sums,
    normalised,
    one_for_all,
    powered,
    scatter,
    widened,
)

MOST_WRITTEN = 20_000  # numbers of data that stand in a program itself
DATA_FILE = "em_data.csv"  # not that of Explore, which has names

Where = Literal["start", "E-step", "M-step", "log-likelihood"]


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
    right_for : what it is right for, and no mistake; "" where that is nothing.
    keeps : the part of the parameters that stays as it was at the start: a mistake in that part is hidden by
        it, whatever it is, so this one is suspected where no other is.
    rare : whether it is sought alone, and not together with others.
    alike : what else, that is no entry here, gives the same numbers where it comes to rest.
    in_full : the line wrong and the line right with full covariances, where only these show it.
    in_responsibilities : its sign in responsibilities (n, k) that are no shares, each right within (n, k).
    in_weights : its sign in weights (k,), right within (k,), of n rows.
    in_means : its sign in means (k, d), right within (k, d), of rows X (n, d).
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
    right_for: str = ""
    keeps: Literal["", "weights", "means", "variances"] = ""
    rare: bool = False
    alike: str = ""
    in_full: tuple[str, str] = ("", "")
    in_responsibilities: Callable[[Array, Array], Sign | None] = _nowhere
    in_weights: Callable[[Array, Array, int], Sign | None] = _nowhere
    in_means: Callable[[Array, Array, Array], Sign | None] = _nowhere
    in_history: Callable[[Array, Array], Sign | None] = _nowhere

    @property
    def wrong(self) -> str:
        """The line or lines with the mistake, as they stand in `code([name])`, or with full covariances."""
        return self.in_full[0] or _difference(code([self.name]), code())

    @property
    def right(self) -> str:
        """The line or lines in place of those, as they stand in `code()`, or with full covariances."""
        return self.in_full[1] or _difference(code(), code([self.name]))

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


def _largest_is_1(R: Array, within: Array) -> Sign | None:
    return (
        Sign(True, f"In each of the {len(R):,} rows the largest is 1.")
        if (np.abs(R.max(axis=1) - 1) <= 1.01 * within.max()).all()
        else None
    )


def _sum_to_the_rows(weights: Array, within: Array, n: int) -> Sign | None:
    said = f"The weights sum to {n:,}, the number of rows."
    loose = 1.01 * within.sum() + SUM
    return Sign(True, said) if n > 1 and abs(weights.sum() - n) <= loose < 0.01 * n else None


def _add_up(means: Array, within: Array, sums: Array, far: Array) -> bool:
    """Whether the sum of several means is that, to its digits, and these are far finer than the data."""
    loose = 1.01 * within.sum(axis=0) + 1e-9 * np.abs(sums)
    return len(means) > 1 and bool((np.abs(means.sum(axis=0) - sums) <= loose).all() and (loose < far).all())


def _add_up_to_all_rows(means: Array, within: Array, X: Array) -> Sign | None:
    said = "The means of all components add up to the sum of all rows: each is a sum, N_k times the mean."
    return Sign(True, said) if _add_up(means, within, X.sum(axis=0), 1e-2 * X.std(axis=0)) else None


def _add_up_to_the_mean(means: Array, within: Array, X: Array) -> Sign | None:
    said = "The means of all components add up to the mean of the data: each is its weight times too small."
    return Sign(True, said) if _add_up(means, within, X.mean(axis=0), 1e-3 * X.std(axis=0)) else None


def _always_0(values: Array, X: Array) -> Sign | None:
    said = "It is always 0: after normalising, each row sums to 1, and the logarithm of 1 is 0."
    return None if values.any() else Sign(True, said)


# --- What several mistakes are made of


def _share(now: Variables, power: float = 1.0) -> Array:
    """The right responsibilities; with a power, those of joint densities raised to it."""
    logs = power * now.log_joint
    return np.asarray(np.exp(logs - log_sums(logs)[:, np.newaxis]))


def _of_rows(now: Variables) -> float:
    """What sums over all rows are divided by: n, of all components where they share one spread."""
    return float(len(now.X) * (len(now.means) if now.shared else 1))


def _spread(now: Variables) -> Array:
    """The right variances or covariances."""
    return RIGHT["variances"].gives(now)


def _diagonals(now: Variables) -> Array:
    """Covariance matrices without what stands beside their diagonals."""
    return now.variances * np.eye(now.X.shape[1])


def _likeliest(now: Variables) -> Array:
    """The likeliest component of each row alone, (n, k)."""
    return np.asarray(np.eye(now.responsibilities.shape[1])[now.responsibilities.argmax(axis=1)])


def _of_each(now: Variables) -> Variables:
    """The same where every component has a spread of its own, of which the family makes one later."""
    return Variables(**(vars(now) | {"shared": False}))


def _by_all(numbers: Array, spread: Array) -> Array:
    """A number for each component, in the shape of a spread."""
    return numbers.reshape(-1, *[1] * (spread.ndim - 1))


def _tiled(one: Array, k: int) -> Array:
    """The same for each of k components."""
    return np.repeat(one[np.newaxis], k, axis=0)


def _variances_of_hard(now: Variables) -> Array:
    hard, each = _likeliest(now), _of_each(now)
    return scatter(each, hard) / _by_all(hard.sum(axis=0), now.variances)


def _as_np_cov(now: Variables) -> Array:
    """What np.cov with aweights divides by: N_k less the mean of the responsibilities, weighted by them."""
    less = (now.responsibilities**2).sum(axis=0) / now.counts
    return scatter(_of_each(now)) / _by_all(now.counts - less, now.variances)


_SQUARED_DISTANCE = "(((x - mean) / {scale}) ** 2).sum(axis=2)"
_SQUARES = 'np.einsum("nk,nkd->kd", responsibilities, squares)'
_VARIANCES = RIGHT["variances"].text
_SQUARED_SHARES = Piece(
    'np.einsum("nk,nkd->kd", responsibilities**2, squares) / counts[:, np.newaxis]',
    lambda now: scatter(now, now.responsibilities**2) / divisor(now),
)


def _log_densities(text: str, **terms: float) -> dict[Place, Piece]:
    return {"log_densities": Piece(text, lambda now: gaussian(now, **terms))}


# --- The mistakes

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "deviation_as_variance",
            "Deviation as variance",
            "A standard deviation where a variance belongs",
            "E-step",
            "Variances above 1 look smaller to the E-step than they are, and those below 1 larger. The "
            "end is no maximum, and the log-likelihood can fall on the way to it.",
            {"variance": Piece("np.sqrt(variances)", lambda now: powered(now.variances, 0.5))},
            law="printed",
            in_question=True,
        ),
        Fault(
            "normalised_over_data",
            "Normalised over the data",
            "Responsibilities normalised over the data instead of over the components",
            "E-step",
            "Columns sum to 1, and rows do not; every weight is 1/n. Components do not compete for "
            "points: each goes its own way, and several to the same place, where they shrink.",
            {"responsibilities": normalised(axis=0)},
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
                    lambda now: np.log(np.exp(gaussian(now))),
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
            "While the means move, variances are too large. Yet the log-likelihood never falls, as means "
            "and variances in turns still raise the bound (ECM, Meng & Rubin 1993), and where EM comes to "
            "rest, nothing is left of it.",
            {"about": Piece("means", lambda now: now.means)},
            law="spread",
            gone_at_rest=True,
        ),
        Fault(
            "variance_as_scale",
            "Variance as scale",
            "A variance passed as a scale",
            "E-step",
            "scipy's norm takes a standard deviation as its scale. Variances above 1 look larger to the "
            "E-step than they are, and those below 1 smaller.",
            {"scale": Piece("variance", lambda now: powered(now.variance, 2))},
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
            "The sum stands inside the logarithm: a curve near 0 that knows only of the densest points, "
            "and may fall. The parameters are right.",
            {"log_likelihood": Piece("np.log({summed}.sum())", lambda now: np.log(now.summed.sum()))},
            law="printed",
            covers=("densities_multiplied",),
        ),
        # The density
        Fault(
            "no_determinant",
            "Determinant forgotten",
            "A density without its determinant",
            "E-step",
            "A wide component is not lower than a narrow one of the same weight: it takes points that are "
            "not its own, and becomes wider still.",
            _log_densities(f"-0.5 * {_SQUARED_DISTANCE} - 0.5 * x.shape[2] * np.log(2 * np.pi)", of_det=0.0),
            law="printed",
        ),
        Fault(
            "determinant_without_root",
            "Determinant without its root",
            "A density divided by its determinant instead of the root of it",
            "E-step",
            "Wide components are too low and narrow ones too high: the narrow take points that are not "
            "theirs.",
            _log_densities(
                f"-0.5 * {_SQUARED_DISTANCE} - np.log(2 * np.pi * {{scale}} ** 4).sum(axis=1) / 2",
                of_det=-1.0,
            ),
            law="printed",
        ),
        Fault(
            "no_half",
            "Half forgotten",
            "An exponent without its 1/2",
            "E-step",
            "Densities fall too fast, as if all variances were half of what they are: responsibilities "
            "are too sure.",
            _log_densities(
                f"-{_SQUARED_DISTANCE} - np.log(2 * np.pi * {{scale}} ** 2).sum(axis=1) / 2", exponent=-1.0
            ),
            law="printed",
        ),
        Fault(
            "inverse_forgotten",
            "Inverse forgotten",
            "Squared distances multiplied by the variances instead of divided",
            "E-step",
            "The wider a component is, the faster its density falls. Where all variances are 1, nothing "
            "is seen of it.",
            {
                "log_densities": Piece(
                    "-0.5 * (((x - mean) * {scale}) ** 2 + np.log(2 * np.pi * {scale} ** 2)).sum(axis=2)",
                    lambda now: (
                        gaussian(now, exponent=0.0) - 0.5 * distances(now.X, now.means, now.scale_squared)
                    ),
                )
            },
            law="printed",
        ),
        Fault(
            "determinant_upside_down",
            "Determinant upside down",
            "A density multiplied by the root of its determinant instead of divided",
            "E-step",
            "The wider a component is, the higher it stands: it takes the points of the others.",
            _log_densities(
                f"-0.5 * {_SQUARED_DISTANCE} - np.log(2 * np.pi / {{scale}} ** 2).sum(axis=1) / 2", of_det=0.5
            ),
            law="printed",
            rare=True,
        ),
        Fault(
            "deviation_under_root",
            "Deviation under the root",
            "A density divided by the root of its standard deviation instead of that of its variance",
            "E-step",
            "1 / sqrt(2πσ) in place of 1 / sqrt(2πσ²): wide components are too high, narrow ones too low.",
            _log_densities(
                f"-0.5 * {_SQUARED_DISTANCE} - np.log(2 * np.pi * {{scale}}).sum(axis=1) / 2", of_det=-0.25
            ),
            law="printed",
            rare=True,
        ),
        Fault(
            "exponent_by_deviation",
            "Deviation in the exponent",
            "Squared distances divided by the standard deviations instead of the variances",
            "E-step",
            "The square stands on the distance alone: with deviations above 1 densities fall too fast, with "
            "those below 1 too slowly. The height is right.",
            {
                "log_densities": Piece(
                    "-0.5 * ((x - mean) ** 2 / {scale} + np.log(2 * np.pi * {scale} ** 2)).sum(axis=2)",
                    lambda now: (
                        gaussian(now, exponent=0.0)
                        - 0.5 * distances(now.X, now.means, inverted(powered(now.scale_squared, 0.5)))
                    ),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "square_forgotten",
            "Square forgotten",
            "A distance in the exponent that is not squared",
            "E-step",
            "Densities have a peak and heavy tails, and far points belong to every component a little.",
            {
                "log_densities": Piece(
                    f"-0.5 * np.sqrt({_SQUARED_DISTANCE}) "
                    "- np.log(2 * np.pi * {scale} ** 2).sum(axis=1) / 2",
                    lambda now: (
                        gaussian(now, exponent=0.0)
                        - 0.5 * np.sqrt(distances(now.X, now.means, inverted(now.scale_squared)))
                    ),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "diagonal_in_density",
            "Diagonals alone in the density",
            "A density with the diagonals of full covariances alone",
            "E-step",
            "The M-step makes full covariances and the E-step leaves out what stands beside their diagonals: "
            "where features go together, points are given to components that they do not fit.",
            {
                "variance": Piece(
                    "variances", lambda now: now.variances if now.variances.ndim == 2 else _diagonals(now)
                )
            },
            unseen="**Nothing is seen of it here**, as this code has diagonal covariances, and the "
            "log-likelihood is {log_likelihood:.0f} at the start as it should be. In numbers of a code with "
            "full covariances it is found.",
            in_full=(
                "log_densities = norm.logpdf(x, mean, np.sqrt(np.diag(covariance))).sum(axis=1)",
                "log_densities = multivariate_normal.logpdf(x, mean, covariance)",
            ),
        ),
        Fault(
            "inverse_by_element",
            "Inverse of each element",
            "A density with 1 divided by each element of a covariance instead of its inverse",
            "E-step",
            "1 / covariance is no inverse of a matrix: what stands beside the diagonals becomes large where "
            "it should be small, squared distances may fall below 0, and far points have endless densities.",
            {
                "log_densities": Piece(
                    RIGHT["log_densities"].text,
                    lambda now: (
                        gaussian(now, exponent=0.0) - 0.5 * distances(now.X, now.means, 1 / now.scale_squared)
                    ),
                )
            },
            rare=True,
            unseen="**Nothing is seen of it here**, as this code has diagonal covariances, and the "
            "log-likelihood is {log_likelihood:.0f} at the start as it should be. In numbers of a code with "
            "full covariances it is found.",
            in_full=(
                "inverse = 1 / covariance",
                "inverse = np.linalg.inv(covariance)",
            ),
        ),
        Fault(
            "one_variance_in_density",
            "One variance in the density",
            "A density with one variance for all features, the mean of them",
            "E-step",
            "The M-step makes a variance for each feature, and the E-step takes components for round. It is "
            "right for spherical components, whose variances are equal; with one feature it is no mistake.",
            {
                "variance": Piece(
                    "np.repeat(variances.mean(axis=1, keepdims=True), X.shape[1], axis=1)",
                    lambda now: one_for_all(now.variances, np.mean),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "shared_in_density",
            "Shared in the density",
            "A density with the same variances for all components, the mean of theirs",
            "E-step",
            "The M-step makes variances for each component, and the E-step takes all to be of one size: as "
            "with tied covariances, whose variances are equal.",
            {
                "variance": Piece(
                    "np.tile(weights @ variances, (len(means), 1))",
                    lambda now: _tiled(np.tensordot(now.weights, now.variances, axes=1), len(now.means)),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "first_in_density",
            "First in every density",
            "The variances of the first component in the density of all",
            "E-step",
            "One index too many, or a variable left from a loop: all components look as wide as the first.",
            {
                "variance": Piece(
                    "np.tile(variances[0], (len(means), 1))",
                    lambda now: _tiled(now.variances[0], len(now.means)),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "last_in_density",
            "Last in every density",
            "The variances of the last component in the density of all",
            "E-step",
            "A variable left from a loop: all components look as wide as the last.",
            {
                "variance": Piece(
                    "np.tile(variances[-1], (len(means), 1))",
                    lambda now: _tiled(now.variances[-1], len(now.means)),
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "variance_of_1",
            "Variance 1 in the density",
            "A density with the variance 1, whatever the variances are",
            "E-step",
            "Only distances count, as in soft k-means: variances are computed and not used.",
            {
                "variance": Piece(
                    "np.ones_like(variances)", lambda now: one_for_all(np.ones_like(now.variances), np.mean)
                )
            },
            law="printed",
            rare=True,
        ),
        Fault(
            "constant_of_one_feature",
            "(2π)^(1/2) for all features",
            "The constant of one feature in the density of several",
            "log-likelihood",
            "Harmless but for what is printed: a constant cancels in the responsibilities, so the "
            "parameters are right, and the log-likelihood is too high by n (d − 1)/2 · log 2π. With one "
            "feature it is no mistake.",
            _log_densities(
                f"-0.5 * {_SQUARED_DISTANCE} - np.log({{scale}}).sum(axis=1) - 0.5 * np.log(2 * np.pi)",
                of_2pi=-0.5,
            ),
            law="printed",
        ),
        Fault(
            "no_constant",
            "Constant forgotten",
            "A density without its constant",
            "log-likelihood",
            "Harmless but for what is printed: a constant cancels in the responsibilities, so the "
            "parameters are right, and the log-likelihood is too high by n d/2 · log 2π.",
            _log_densities(f"-0.5 * {_SQUARED_DISTANCE} - np.log({{scale}}).sum(axis=1)", of_2pi=0.0),
            law="printed",
            covers=("constant_of_one_feature",),
        ),
        # Responsibilities
        Fault(
            "weights_twice",
            "Weights twice",
            "The weights multiplied in twice",
            "E-step",
            "Large components take more than their share and grow, small ones starve.",
            {
                "log_joint": Piece(
                    "2 * np.log(weights) + log_densities",
                    lambda now: 2 * np.log(now.weights) + now.log_densities,
                )
            },
            law="printed",
        ),
        Fault(
            "hard_assignments",
            "Hard assignments",
            "Every row given whole to one component",
            "E-step",
            "Each row belongs to its likeliest component alone, as in k-means: tails are cut off, so the "
            "variances are too small, and the end is no maximum of the likelihood.",
            {
                "responsibilities": Piece(
                    "np.eye(len(means))[log_joint.argmax(axis=1)]",
                    lambda now: np.eye(now.log_joint.shape[1])[now.log_joint.argmax(axis=1)],
                )
            },
            law="rising",
            alike="any density so wrong that every row goes whole to one component",
        ),
        Fault(
            "squared_responsibilities",
            "Responsibilities squared",
            "Responsibilities squared and normalised again",
            "E-step",
            "They are too sure, halfway to hard assignments, and still sum to 1: the end is no maximum.",
            {
                "responsibilities": Piece(
                    "np.exp(2 * log_joint - logsumexp(2 * log_joint, axis=1, keepdims=True))",
                    lambda now: _share(now, 2),
                )
            },
        ),
        Fault(
            "squares_not_normalised",
            "Squared, not normalised",
            "Responsibilities squared, and not normalised again",
            "E-step",
            "Rows in doubt sum to less than 1 and count for less: components draw back from each other.",
            {
                "responsibilities": Piece(
                    "np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True)) ** 2",
                    lambda now: _share(now) ** 2,
                )
            },
            law="rows",
        ),
        Fault(
            "divided_by_largest",
            "Divided by the largest",
            "Responsibilities divided by the largest of the row instead of by the sum",
            "E-step",
            "The first half of the log-sum-exp alone: in each row the largest is 1, and rows in doubt sum "
            "to more than 1.",
            {
                "responsibilities": Piece(
                    "np.exp(log_joint - log_joint.max(axis=1, keepdims=True))",
                    lambda now: np.exp(now.log_joint - now.log_joint.max(axis=1, keepdims=True)),
                )
            },
            law="rows",
            in_responsibilities=_largest_is_1,
        ),
        Fault(
            "log_of_weights_forgotten",
            "Weights added",
            "The weights added to the logarithms of the densities, without a logarithm of their own",
            "E-step",
            "Weights between 0 and 1 change a logarithm by less than 1: small components are too large in "
            "the E-step, and large ones too small.",
            {"log_joint": Piece("weights + log_densities", lambda now: now.weights + now.log_densities)},
            law="printed",
            rare=True,
        ),
        Fault(
            "logs_normalised",
            "Logarithms normalised",
            "Logarithms divided by their sum in place of what they are logarithms of",
            "E-step",
            "Rows sum to 1, and the likeliest component has the smallest share: logarithms of densities are "
            "mostly negative.",
            {
                "responsibilities": Piece(
                    "log_joint / log_joint.sum(axis=1, keepdims=True)",
                    lambda now: now.log_joint / now.log_joint.sum(axis=1, keepdims=True),
                )
            },
            law="rising",
            rare=True,
        ),
        Fault(
            "not_normalised",
            "Never normalised",
            "Weights times densities taken for responsibilities, and not normalised",
            "E-step",
            "Rows sum to the density of the row, not to 1. Weights shrink or grow without end.",
            {"responsibilities": Piece("np.exp(log_joint)", lambda now: np.exp(now.log_joint))},
            law="rows",
            rare=True,
        ),
        # Weights and means
        Fault(
            "weights_stay",
            "Weights never updated",
            "The weights never updated",
            "M-step",
            "They stay as at the start, mostly 1/k, whatever the responsibilities say. The likelihood "
            "still rises, to a maximum for these weights and no other.",
            {"weights": Piece("weights", lambda now: now.weights)},
            law="centre",
            keeps="weights",
        ),
        Fault(
            "weights_not_normalised",
            "Weights not normalised",
            "The weights not divided by the number of rows",
            "M-step",
            "They sum to n. Harmless but for what is printed: n cancels in the responsibilities, so means "
            "and variances are right, and the log-likelihood is too high by n log n.",
            {"weights": Piece("responsibilities.sum(axis=0)", lambda now: now.responsibilities.sum(axis=0))},
            law="weights",
            in_weights=_sum_to_the_rows,
        ),
        Fault(
            "weights_of_hard",
            "Weights of hard groups",
            "The weights counted from the likeliest component of each row",
            "M-step",
            "Rows in doubt are counted whole: the weights of large components come out too large.",
            {
                "weights": Piece(
                    "np.bincount(responsibilities.argmax(axis=1), minlength=len(means)) / len(X)",
                    lambda now: (
                        np.bincount(now.responsibilities.argmax(axis=1), minlength=len(now.counts))
                        / len(now.X)
                    ),
                )
            },
            law="centre",
        ),
        Fault(
            "means_by_n",
            "Means divided by n",
            "The means divided by the number of rows instead of by N_k",
            "M-step",
            "Every mean is its weight times too small, nearer to 0 than the data of its component.",
            {
                "new_means": Piece(
                    "responsibilities.T @ X / len(X)", lambda now: now.responsibilities.T @ now.X / len(now.X)
                )
            },
            law="centre",
            in_means=_add_up_to_the_mean,
        ),
        Fault(
            "squared_in_m_step",
            "Squared in means and variances",
            "Means and variances averaged with squared responsibilities",
            "M-step",
            "Rows in doubt count for less, so components draw back from each other; the weights are "
            "counted rightly. As with fuzzy c-means, and no maximum of the likelihood.",
            {
                "counts": Piece(
                    "(responsibilities**2).sum(axis=0)", lambda now: (now.responsibilities**2).sum(axis=0)
                ),
                "new_means": Piece(
                    "(responsibilities**2).T @ X / counts[:, np.newaxis]",
                    lambda now: (now.responsibilities**2).T @ now.X / now.counts[:, np.newaxis],
                ),
                "variances": _SQUARED_SHARES,
            },
            law="centre",
        ),
        Fault(
            "means_not_divided",
            "Means not divided",
            "The means not divided by N_k",
            "M-step",
            "Every mean is a sum over the rows, N_k times too large, and lies outside the data.",
            {"new_means": Piece("responsibilities.T @ X", lambda now: now.responsibilities.T @ now.X)},
            law="centre",
            in_means=_add_up_to_all_rows,
            rare=True,
        ),
        Fault(
            "means_of_hard",
            "Means of hard groups",
            "The means taken over the rows whose likeliest component it is",
            "M-step",
            "Rows in doubt count whole or not at all: the means draw away from each other.",
            {
                "new_means": Piece(
                    "np.array([X[responsibilities.argmax(axis=1) == j].mean(axis=0) "
                    "for j in range(len(means))])",
                    lambda now: _likeliest(now).T @ now.X / _likeliest(now).sum(axis=0)[:, np.newaxis],
                )
            },
            law="centre",
            rare=True,
        ),
        Fault(
            "means_stay",
            "Means never updated",
            "The means never updated",
            "M-step",
            "They stay as at the start, whatever the responsibilities say. The likelihood still rises, to a "
            "maximum for these means and no others.",
            {"new_means": Piece("means", lambda now: now.means)},
            law="centre",
            keeps="means",
            rare=True,
        ),
        # Variances and covariances
        Fault(
            "not_divided",
            "Not divided by N_k",
            "Sums of squares not divided by N_k",
            "M-step",
            "Every variance is N_k times too large: all components cover all data, and become the same.",
            {"variances": Piece(_SQUARES, scatter)},
            law="spread",
        ),
        Fault(
            "divided_by_n",
            "Divided by n",
            "Sums of squares divided by the number of rows instead of by N_k",
            "M-step",
            "Every variance is its weight times too small, those of small components most.",
            {"variances": Piece(f"{_SQUARES} / len(X)", lambda now: scatter(now) / len(now.X))},
            law="spread",
        ),
        Fault(
            "one_less",
            "Divided by N_k − 1",
            "Sums of squares divided by N_k − 1",
            "M-step",
            "The unbiased variance of one sample, which is no maximum of the likelihood: variances are a "
            "little too large, those of small components most. With many rows next to nothing is seen of "
            "it.",
            {
                "variances": Piece(
                    f"{_SQUARES} / (counts[:, np.newaxis] - 1)",
                    lambda now: scatter(now) / divisor(now, less=1),
                )
            },
            law="spread",
        ),
        Fault(
            "squared_in_variances",
            "Squared with the distance",
            "Responsibilities squared together with the distances",
            "M-step",
            "The square stands outside the product, so rows in doubt count for less, and variances are "
            "too small.",
            {"variances": _SQUARED_SHARES},
            law="spread",
        ),
        Fault(
            "all_rows",
            "All rows alike",
            "Variances over all rows alike, without responsibilities",
            "M-step",
            "Every component is as wide as all data, seen from its mean.",
            {
                "variances": Piece(
                    "squares.mean(axis=0)",
                    lambda now: scatter(now, np.ones_like(now.responsibilities)) / _of_rows(now),
                )
            },
            law="spread",
        ),
        Fault(
            "about_the_centre",
            "About the mean of all",
            "Squares taken about the mean of all data",
            "M-step",
            "The distance of a component from the centre of the data is added to its variance.",
            {
                "about": Piece(
                    "np.tile(X.mean(axis=0), (len(means), 1))",
                    lambda now: np.tile(now.X.mean(axis=0), (len(now.means), 1)),
                )
            },
            law="spread",
        ),
        Fault(
            "first_for_all",
            "First for all",
            "The variances of the first component taken for all",
            "M-step",
            "One index too many: all components are as wide as the first. Where one covariance is meant "
            "(tied), it is the mean of all of them, with the weights.",
            {
                "variances": Piece(
                    f"np.tile(({_VARIANCES})[0], (len(means), 1))",
                    lambda now: np.repeat(_spread(now)[:1], len(now.means), axis=0),
                )
            },
            law="spread",
        ),
        Fault(
            "last_for_all",
            "Last for all",
            "The variances of the last component taken for all",
            "M-step",
            "One array with k names, as [C] * k makes it: the last component is written over all of them, "
            "and all are as wide as that. Where one covariance is meant (tied), it is the mean of all of "
            "them, with the weights.",
            {
                "variances": Piece(
                    f"np.tile(({_VARIANCES})[-1], (len(means), 1))",
                    lambda now: _tiled(_spread(_of_each(now))[-1], len(now.means)),
                )
            },
            law="spread",
            rare=True,
        ),
        Fault(
            "mean_for_all",
            "Plain mean for all",
            "The mean of all variances taken for all components, without the weights",
            "M-step",
            "Where one covariance is meant (tied), each counts with the weight of its component: so, small "
            "components count as much as large ones.",
            {
                "variances": Piece(
                    f"np.tile(({_VARIANCES}).mean(axis=0), (len(means), 1))",
                    lambda now: _tiled(_spread(_of_each(now)).mean(axis=0), len(now.means)),
                )
            },
            law="spread",
            rare=True,
        ),
        Fault(
            "np_cov",
            "As np.cov divides",
            "Sums of squares divided as np.cov with aweights divides them",
            "M-step",
            "np.cov(X, aweights=responsibilities) makes the unbiased estimate unless ddof=0: it divides by "
            "N_k less the weighted mean of the responsibilities. Variances are a little too large.",
            {
                "variances": Piece(
                    f"{_SQUARES} / (counts - (responsibilities**2).sum(axis=0) / counts)[:, np.newaxis]",
                    _as_np_cov,
                )
            },
            law="spread",
            rare=True,
        ),
        Fault(
            "variances_of_hard",
            "Variances of hard groups",
            "The variances taken over the rows whose likeliest component it is",
            "M-step",
            "Rows in doubt count whole or not at all: tails are cut off, and variances are too small.",
            {
                "variances": Piece(
                    "np.array([squares[responsibilities.argmax(axis=1) == j, j].mean(axis=0) "
                    "for j in range(len(means))])",
                    _variances_of_hard,
                )
            },
            law="spread",
            rare=True,
        ),
        Fault(
            "deviation_kept",
            "Deviation kept",
            "The standard deviation kept where the variance is wanted",
            "M-step",
            "The root is taken in the M-step, and the E-step takes it for a variance: what is kept is "
            "neither, as it is the root of squares weighted by wrong responsibilities.",
            {"variances": Piece(f"np.sqrt({_VARIANCES})", lambda now: powered(_spread(now), 0.5))},
            law="spread",
            rare=True,
        ),
        Fault(
            "variances_stay",
            "Variances never updated",
            "The variances never updated",
            "M-step",
            "They stay as at the start. The likelihood still rises, to a maximum for these variances and no "
            "others. That is right where the variances are known.",
            {"variances": Piece("variances", lambda now: now.variances)},
            law="spread",
            right_for="a model whose variances are known",
            keeps="variances",
            rare=True,
        ),
        Fault(
            "about_zero",
            "About zero",
            "Squares of the data themselves, not about a mean",
            "M-step",
            "The mean of the squares lacks the square of the mean: the squared mean of a component is added "
            "to its variance. Where means are near 0, little is seen of it.",
            {"about": Piece("np.zeros_like(means)", lambda now: np.zeros_like(now.means))},
            law="spread",
            rare=True,
        ),
        Fault(
            "about_the_last",
            "About the last mean",
            "Squares taken about the mean of the last component",
            "M-step",
            "A variable left from a loop: the squared distance of a mean from the last one is added to its "
            "variance. Only the last component is right.",
            {
                "about": Piece(
                    "np.tile(new_means[-1], (len(means), 1))",
                    lambda now: _tiled(now.new_means[-1], len(now.means)),
                )
            },
            law="spread",
            rare=True,
        ),
        Fault(
            "mean_over_features",
            "Mean over features",
            "Variances averaged over the features",
            "M-step",
            "A mean without its axis: one variance for all features. That is right for spherical "
            "components, and wrong for any other.",
            {
                "variances": Piece(
                    f"np.repeat(({_VARIANCES}).mean(axis=1, keepdims=True), X.shape[1], axis=1)",
                    lambda now: one_for_all(_spread(now), np.mean),
                )
            },
            law="spread",
            right_for="spherical components",
        ),
        Fault(
            "sum_over_features",
            "Sum over features",
            "Variances summed over the features",
            "M-step",
            "A sum without its axis: the squared distance in all features stands for the variance in each.",
            {
                "variances": Piece(
                    f"np.repeat(({_VARIANCES}).sum(axis=1, keepdims=True), X.shape[1], axis=1)",
                    lambda now: one_for_all(_spread(now), np.sum),
                )
            },
            law="spread",
        ),
        Fault(
            "large_ridge",
            "1 added to the variances",
            "A large number added to the variances",
            "M-step",
            "Something like reg_covar = 1, or one that is added again and again: components are wider "
            "than their points. As a small share of the variances it is no mistake, and keeps them above "
            "0.",
            {"variances": Piece(f"{_VARIANCES} + 1", lambda now: widened(_spread(now), 1.0))},
            law="spread",
        ),
        # What is printed
        Fault(
            "printed_without_weights",
            "Printed without weights",
            "The log-likelihood printed without the weights",
            "log-likelihood",
            "It is too high: each row counts its densities whole. The parameters are right.",
            {
                "log_likelihood": Piece(
                    "logsumexp(log_densities, axis=1).sum()",
                    lambda now: log_sums(now.log_densities).sum(),
                )
            },
            law="printed",
            covers=("densities_multiplied", "summed_after_normalising", "log_of_all_pdfs"),
        ),
        Fault(
            "without_entropy",
            "Bound without entropy",
            "The expected complete log-likelihood printed for the log-likelihood",
            "log-likelihood",
            "The sum of responsibilities times logarithms lacks the entropy of the responsibilities: it "
            "is too low, and may fall. The parameters are right.",
            {
                "log_likelihood": Piece(
                    "(responsibilities * log_joint).sum()",
                    lambda now: (now.responsibilities * now.log_joint).sum(),
                )
            },
            law="printed",
            covers=(
                "densities_multiplied",
                "summed_after_normalising",
                "log_of_all_pdfs",
                "printed_without_weights",
            ),
        ),
    )
}


def known(faults: Collection[str]) -> tuple[str, ...]:
    """The names in the order of `FAULTS`; a `ValueError` for one that is not there."""
    if isinstance(faults, str) or any(name not in FAULTS for name in faults):
        raise ValueError(f"faults must be names out of {', '.join(FAULTS)}; got {faults!r}.")
    return tuple(faults) if len(faults) < 2 else tuple(name for name in FAULTS if name in faults)


def covered(faults: Collection[str]) -> set[str]:
    """Which of these mistakes are hidden by another of them."""
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

    X (n, d) stands in it up to `MOST_WRITTEN` numbers; larger data it reads from `DATA_FILE` beside it, a
    line for each row, without names. seed : for random variances.
    """
    X = as_matrix(X)
    data, imports = f"np.array({X.tolist()!r})", ["import numpy as np"]
    if X.size > MOST_WRITTEN:
        data = f'np.loadtxt(Path(__file__).with_name("{DATA_FILE}"), delimiter=",", ndmin=2)'
        imports = ["from pathlib import Path", "", *imports]
    values = {"weights": start.weights, "means": start.means, "covariances": start.variances}
    begin = (f"    {name} = np.array({array.tolist()!r})" for name, array in values.items())
    head = (*imports, "", f"X = {data}", f"max_iter = {max_iter}", f"np.random.seed({seed})")
    return "\n".join((*head, "", "", "class start:", *begin, "", "", code(faults, eps=eps)))


def _difference(these: str, those: str) -> str:
    """The lines of one program that the other lacks, without their indentation."""
    return "\n".join(line.strip() for line in these.splitlines() if line not in those.splitlines())

"""EM on standardised or whitened data, and what it found in the data's own units.

Letters: n samples, k components, d features; X the data, Z the scaled data.

    z = (x - centre) @ matrix        x = centre + z @ inverse

The map is affine, so a mixture of Z is, exactly, a mixture of X, and `full` and `tied` find the same in both
from the same start. Three things differ: `reg_covar` is added in Z, so it follows the features' units; starts
measure their distances in Z; and `spherical` (whitened, `diag` too) allows other shapes there than in X.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.preprocessing import StandardScaler

from gmm_core.engine.arrays import Array, n_counted
from gmm_core.engine.checks import as_matrix, check_squares, that_count, why_flat
from gmm_core.engine.covariance import NotPositiveDefiniteError, family_named
from gmm_core.engine.em import Step, StopReason, Trace
from gmm_core.engine.mixture import Mixture
from gmm_core.words import plural

SCALINGS = ("none", "standardise", "whiten")
"""The scalings that `Scaling.of` knows, by name."""
# A direction of standardised data has no extent where it has less than this share of the widest one's:
# its variance inflation would be above the `LARGEST_INFLATION` of a covariance.
LEAST_EXTENT = 1e-6


@dataclass(frozen=True, eq=False)
class Scaling:
    """An affine map between data X and scaled data Z; make one with `Scaling.of`.

    name : "none", "standardise" or "whiten".
    centre : (d,), in data units.
    matrix : (d, d), z = (x - centre) @ matrix; `inverse` is the way back.

    Frozen: the arrays are copies, and read-only.
    """

    name: str
    centre: Array
    matrix: Array
    inverse: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        arrays = {
            "centre": np.array(self.centre, dtype=np.float64),
            "matrix": matrix,
            "inverse": np.linalg.inv(matrix),
        }
        for name, array in arrays.items():
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled and copied through the constructor: arrays come back read-only.
        return Scaling, (self.name, self.centre, self.matrix)

    @staticmethod
    def of(name: str, X: ArrayLike, *, sample_weight: ArrayLike | None = None) -> Scaling:
        """The scaling of that name, measured on X (n, d), of which values may be missing, NaN.

        none : Z is X, bit by bit.
        standardise : every feature gets mean 0 and standard deviation 1, as `StandardScaler` does it: a
            constant one keeps its unit.
        whiten : principal components of the standardised data, each divided by its standard deviation,
            so that the covariance of Z is the identity. It does not depend on the features' units.

        sample_weight : (n,), how often each row counts; None: once.
        Raises `ValueError` for an unknown name, numbers whose squares are none, and where whitening is
        impossible: a direction without extent, or values that are missing.
        """
        if name not in SCALINGS:
            raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}; got {name!r}.")
        X = as_matrix(X, gaps=True)
        d = X.shape[1]
        if name == "none":
            return Scaling(name, np.zeros(d), np.eye(d))
        X, weights = that_count(X, sample_weight)
        gaps = bool(np.isnan(X).any())
        if gaps and name == "whiten":
            raise ValueError(
                "Rows with missing values cannot be whitened: that mixes the columns, and then nothing is "
                "known of such a row. Standardise the columns instead, or leave these rows out."
            )
        check_squares(np.nan_to_num(X) if gaps else X)
        scaler = StandardScaler().fit(X, sample_weight=weights)
        matrix = np.diag(1 / scaler.scale_)
        if name == "whiten":
            Z = (X - scaler.mean_) / scaler.scale_
            Z[:, scaler.scale_ != np.sqrt(scaler.var_)] = 0.0  # constant, perhaps but for rounding
            matrix = matrix @ _whitener(Z, weights)
        return Scaling(name, scaler.mean_, matrix)

    @property
    def log_volume(self) -> float:
        """log |det matrix|: the log density of x is that of its z, and this."""
        return float(np.linalg.slogdet(self.matrix)[1])

    def scale(self, X: ArrayLike) -> Array:
        """X (n, d) -> Z (n, d); a missing value, NaN, stays one."""
        X = self._rows(X)
        if self.name == "standardise" and np.isnan(X).any():  # a product would spread it over its row
            return (X - self.centre) * np.diag(self.matrix)
        return X if self.name == "none" else (X - self.centre) @ self.matrix

    def unscale(self, Z: ArrayLike) -> Array:
        """Z (n, d) -> X (n, d)."""
        Z = self._rows(Z)
        return Z if self.name == "none" else self.centre + Z @ self.inverse

    def in_units(self, mixture: Mixture) -> Mixture:
        """A mixture of Z as the same distribution of X, in the data's own units.

        The family stays where it can: standardised, `spherical` becomes `diag`; whitened, both become
        `full`. Raises `NotPositiveDefiniteError` where rounding leaves no covariance in those units.
        """
        self._check(mixture.n_features, "the mixture")
        if self.name == "none":
            return mixture
        own = mixture.family
        family = own.stretched if self.name == "standardise" else own.mapped
        means = self.centre + mixture.means @ self.inverse
        box = mixture.noise_box
        if box is not None:
            self._check_noise()
            box = self.centre + box @ self.inverse
        return _mapped(mixture, means, self.inverse, family, box)

    def scaled(self, mixture: Mixture, covariance_type: str) -> Mixture:
        """A mixture of X as a mixture of Z, in the family in which EM runs there: `in_units` undone.

        A mixture that does not fit that family (one placed by hand, say) loses what the family cannot
        hold: `tied` takes the average by weight, `diag` the diagonals, `spherical` the mean of each.
        """
        self._check(mixture.n_features, "the mixture")
        if self.name == "none" and mixture.covariance_type == covariance_type:
            return mixture
        box = mixture.noise_box
        if box is not None:
            self._check_noise()
            box = (box - self.centre) @ self.matrix
        means = (mixture.means - self.centre) @ self.matrix
        return _mapped(mixture, means, self.matrix, covariance_type, box)

    def trace_in_units(self, trace: Trace) -> Trace:
        """A run of EM on Z, told in the data's own units: mixtures, log-likelihoods and lower bounds.

        Ends as collapsed, with the last good step, where rounding leaves a component without extent in
        those units.
        """
        if self.name == "none":
            return trace
        steps: list[Step] = []
        volume = self.log_volume
        for step in trace.steps:
            try:
                mixture = self.in_units(step.mixture)
            except NotPositiveDefiniteError as error:
                if not steps:
                    raise
                return replace(
                    trace,
                    steps=tuple(steps),
                    stop=StopReason.COLLAPSED,
                    collapsed=error.component,
                    curve=(),
                    prior_curve=(),
                )
            bound = None if step.lower_bound is None else step.lower_bound + volume
            log_likelihood = step.log_likelihood + volume
            steps.append(replace(step, mixture=mixture, log_likelihood=log_likelihood, lower_bound=bound))
        return replace(trace, steps=tuple(steps), curve=tuple(one + volume for one in trace.curve))

    def _check_noise(self) -> None:
        """A `ValueError` where a box along the axes does not stay one."""
        if self.name == "whiten":
            raise ValueError(
                "Whitening turns the box over which noise is uniform. Standardise, or leave noise out."
            )

    def _rows(self, X: ArrayLike) -> Array:
        X = as_matrix(X, min_rows=0, gaps=self.name != "whiten")
        self._check(X.shape[1], "X")
        return X

    def _check(self, d: int, what: str) -> None:
        if d != len(self.centre):
            raise ValueError(f"{what} has {d} features, but this scaling has {len(self.centre)}.")


def _mapped(
    mixture: Mixture, means: Array, matrix: Array, covariance_type: str, box: Array | None
) -> Mixture:
    """The mixture of the rows times `matrix` (d, d), with these means (k, d), and the box of its noise."""
    covariances = matrix.T @ mixture.full_covariances @ matrix
    covariances = (covariances + np.swapaxes(covariances, -1, -2)) / 2
    family = family_named(covariance_type)
    return replace(
        mixture,
        means=means,
        covariances=family.of_dense(covariances, mixture.weights),
        covariance_type=family.name,
        noise_box=None if box is None else np.sort(box, axis=0),
    )


def _whitener(Z: Array, sample_weight: Array | None) -> Array:
    """Standardised data Z (n, d), so weighted -> (d, d), after which the covariance is the identity."""
    d = Z.shape[1]
    n = n_counted(len(Z), sample_weight)
    if sample_weight is not None:
        Z = Z * np.sqrt(sample_weight)[:, np.newaxis]
    # The triangle has the singular values of all rows, and loses none of their digits.
    _, extents, axes = np.linalg.svd(np.linalg.qr(Z, mode="r"))
    flat = d - np.sum(extents > LEAST_EXTENT * extents[0])
    if flat:
        raise ValueError(
            f"{why_flat(Z)}: {flat} of {d} {plural(d, 'direction')} "
            f"{plural(flat, 'has', 'have')} no extent, and cannot be whitened. "
            "Standardise the columns instead, or leave some out."
        )
    return axes.T * (np.sqrt(n) / extents)

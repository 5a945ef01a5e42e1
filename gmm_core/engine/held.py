"""Parameters that EM leaves as they are: weights, means and covariances of chosen components.

Letters: k components, d features.

The M-step keeps what is held and maximises over the rest given it: free weights share what held ones leave of
1, and a covariance is the scatter about the mean, wherever this is held. So the bound never falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np

from gmm_core.engine.arrays import TINY, Array, Flags
from gmm_core.engine.covariance import Family
from gmm_core.engine.mixture import Mixture
from gmm_core.words import plural, together


@dataclass(frozen=True)
class Held:
    """What EM leaves as it is: of which components, numbered from 0, weights, means and covariances.

    Kept in order, each once. A `ValueError` where one is no whole number from 0.
    """

    weights: tuple[int, ...] = ()
    means: tuple[int, ...] = ()
    covariances: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, given in self.of_kinds:
            numbers = tuple(np.atleast_1d(np.asarray(given, dtype=object)).tolist())
            if any(isinstance(j, bool) or not isinstance(j, Integral) or j < 0 for j in numbers):
                raise ValueError(
                    f"held {name} must be numbers of components, whole and from 0; got {given!r}."
                )
            object.__setattr__(self, name, tuple(sorted({int(j) for j in numbers})))

    @property
    def of_kinds(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """What can be held, by name, and of which components it is."""
        return ((one.name, getattr(self, one.name)) for one in fields(self))

    @property
    def sentence(self) -> str:
        """What is held; "" for nothing. Components are numbered from 1, as people are told of them."""
        said = []
        for name, components in self.of_kinds:
            if components:
                what = name.removesuffix("s") if len(components) == 1 else name
                numbers = together([str(j + 1) for j in components])
                said.append(f"the {what} of {plural(len(components), 'component')} {numbers}")
        return f"Held as at the start: {together(said)}." if said else ""

    def at(self, mixture: Mixture) -> HeldAt | None:
        """These parameters with the values of a mixture; None where none is held.

        A `ValueError` where it lacks a component, where all is held, or where its family cannot hold the
        covariances of some components alone.
        """
        if not any(components for _, components in self.of_kinds):
            return None
        k = mixture.n_components
        for name, components in self.of_kinds:
            if components and components[-1] >= k:
                raise ValueError(
                    f"held {name} name component {components[-1]}, but there are {k} "
                    f"{plural(k, 'component')}, numbered from 0."
                )
        alone = has_own(mixture.family, k, mixture.n_features)
        if not alone and 0 < len(self.covariances) < k:
            raise ValueError(
                f"In the family {mixture.covariance_type!r} the covariances have something in common, so "
                "those of some components cannot be held alone. Hold all or none, or use a family in which "
                "each component has its own."
            )
        if self.n_parameters(mixture) == mixture.n_parameters - (0 if mixture.noise_box is None else 1):
            raise ValueError("Every parameter is held, so nothing is left to be fitted. Let one go free.")
        return HeldAt(self, mixture)

    def n_parameters(self, mixture: Mixture) -> int:
        """How many of the free parameters of such a mixture these are."""
        k, d = mixture.means.shape
        of_weights = min(len(self.weights), k - 1 + (mixture.noise_box is not None))
        family, held = mixture.family, len(self.covariances)
        each = family.n_parameters(1, d) * held if has_own(family, k, d) else 0
        of_covariances = family.n_parameters(k, d) if held == k else each
        return of_weights + d * len(self.means) + of_covariances


def has_own(family: Family, k: int, d: int) -> bool:
    """Whether k covariances of d features have nothing in common in this family."""
    return family.n_parameters(k, d) == k * family.n_parameters(1, d)


def held_at(held: Any, mixture: Mixture) -> HeldAt | None:
    """What is held, as by `Held.at`; a `ValueError` where `held` is no `Held` and not None."""
    if held is None:
        return None
    if not isinstance(held, Held):
        raise ValueError(f"held must be a Held, as Held(means=[0]), or None; got {held!r}.")
    return held.at(mixture)


@dataclass(frozen=True, eq=False)
class HeldAt:
    """What is held, with its values: those of `mixture`."""

    which: Held
    mixture: Mixture

    def _flags(self, components: tuple[int, ...]) -> Flags:
        flags = np.zeros(self.mixture.n_components, dtype=bool)
        flags[list(components)] = True
        return flags

    @cached_property
    def weights(self) -> Flags:
        """Whose weights are held, (k,)."""
        return self._flags(self.which.weights)

    @cached_property
    def means(self) -> Flags:
        return self._flags(self.which.means)

    @cached_property
    def covariances(self) -> Flags:
        return self._flags(self.which.covariances)

    @cached_property
    def need_rows(self) -> Flags:
        """Which components have something of their own that only rows can tell, (k,)."""
        own_covariances = ~self.covariances & (not self.mixture.family.shared)
        return np.asarray(~self.weights | ~self.means | own_covariances)

    def about(self, masses: Array, means: Array, scatter: Array) -> tuple[Array, Array]:
        """Means (k, d) and the scatter about them -> those that stay or come, and the scatter about these.

        masses : (k,), how many rows the components count as.
        """
        stay = self.means[:, np.newaxis]
        kept = np.where(stay, self.mixture.means, means)
        return kept, scatter + self.mixture.family.between(masses, np.where(stay, means - kept, 0.0))

    def kept(self, covariances: Array) -> Array:
        """Covariances, in the family's shape, with those that stay."""
        if self.covariances.all():
            return self.mixture.covariances
        stay = self.covariances.reshape(-1, *[1] * (covariances.ndim - 1))
        return (
            np.where(stay, self.mixture.covariances, covariances) if self.covariances.any() else covariances
        )

    def shared_out(self, weights: Array, noise_weight: float) -> tuple[Array, float]:
        """Weights (k,) and that of noise, with sum 1 -> those that stay, and of the others what is left."""
        kept = np.where(self.weights, self.mixture.weights, weights)
        left = max(0.0, 1.0 - float(self.mixture.weights[self.weights].sum()))
        free = float(weights[~self.weights].sum()) + noise_weight
        if free < TINY:  # noise alone is free, and has no rows: its weight is what the components leave
            return kept, left if self.weights.all() else noise_weight
        kept[~self.weights] *= left / free
        return kept, noise_weight * left / free

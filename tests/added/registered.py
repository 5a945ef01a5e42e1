"""One more start, one more family and one more way up, as if they stood in the library's files.

A plugin of pytest (`-p`): they are registered before anything that reads the tables is imported.
"""

from dataclasses import dataclass

import numpy as np

from gmm_core.engine.covariance import FAMILIES, Spherical
from gmm_core.engine.starts import INITS, Init, from_labels
from gmm_core.engine.ways.annealed import tempered
from gmm_core.engine.ways.table import WAYS
from gmm_core.engine.ways.way import Option, State, Way, risen


def sorted_rows(X, k, family, rng, sample_weight=None):
    """The rows in order of the first feature, cut into k parts."""
    return from_labels(X, np.argsort(np.argsort(X[:, 0])) * k // len(X), k, family, sample_weight)


class Equal(Spherical):
    """All components share one variance, the same in all directions: (1,)."""

    name = "equal"
    looks = "circles of one size"
    shared = True
    with_one_feature = "tied"
    stretched = "tied"
    mapped = "tied"

    @property
    def each(self):
        return FAMILIES["spherical"]

    def joined(self, covariances, weights):
        return np.einsum("rk,rk->r", weights, covariances)[:, np.newaxis]

    def apart(self, per_mixture, k):
        return np.repeat(per_mixture, k, axis=1)

    def shape(self, k, d):
        return (1,)

    def n_parameters(self, k, d):
        return 1

    def dense(self, covariances, k, d):
        return np.broadcast_to(covariances * np.eye(d), (k, d, d))

    def of_dense(self, matrices, weights):
        return np.array([np.average(super().of_dense(matrices, weights), weights=weights)])

    def whiten(self, whitener, j, residuals):
        return super().whiten(whitener, 0, residuals)

    def unwhiten(self, factor, counts, first, second):
        shifts = first / counts[:, np.newaxis]
        return factor * shifts, factor[:, 0] ** 2 * (second.sum() - self.between(counts, shifts))

    def between(self, counts, shifts):
        return super().between(counts, shifts).sum(keepdims=True)

    def per_sample(self, counts, scatter):
        return scatter / counts.sum()

    def residual_scatter(self, responsibilities, X, means):
        return super().residual_scatter(responsibilities, X, means).sum(keepdims=True)

    def coefficients(self, peaks, means, whitener):
        return super().coefficients(peaks, means, np.repeat(whitener, len(means), axis=0))

    def moments(self, sums, total):
        counts, d = sums[:, 0], sums.shape[1] - 2
        means = sums[:, 1:-1] / counts[:, np.newaxis]
        return means, sums[:, -1].sum(keepdims=True) / d - self.between(counts, means)


@dataclass(frozen=True)
class Sharp(Way):
    """EM at a temperature below 1, and so between EM and hard EM."""

    temperature: float = 0.5

    name = "sharp"
    label = "sharp EM"
    looks = "every row is shared, but mostly its likeliest component's"
    promise = "the free energy"
    source = "a test"
    same_end = False
    settles = True
    needs_rows = False
    options = (Option("temperature", "Temperature", 0.1, 0.9, "0 would be hard EM."),)

    def check(self, n_rows):
        if not 0 < self.temperature < 1:
            raise ValueError(f"temperature must be between 0 and 1; got {self.temperature:g}.")

    def begin(self, problem, start):
        return State(start, temperature=self.temperature)

    def e_step(self, problem, state):
        sharper, log_scale = tempered(state.mixture, self.temperature)
        expectation = problem.sweep(sharper)
        value = self.temperature * (expectation.log_likelihood + log_scale)
        return risen(state, value, expectation=expectation)


INITS["sorted"] = Init(
    "sorted", "sorted rows", "the rows in order of the first feature, cut in k", sorted_rows, chance=False
)
FAMILIES[Equal.name] = Equal()
WAYS[Sharp.name] = Sharp

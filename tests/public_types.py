"""Every public name of gmm_core with its type, as somebody's own program would use it.

mypy reads it against the installed package, and it is run there, too.
"""

from typing import TYPE_CHECKING, Any, assert_type

import numpy as np
from numpy.typing import NDArray

from gmm_core import (
    NO_LABEL,
    SCALINGS,
    Agreement,
    BayesianGaussianMixture,
    Boundaries,
    CollapseError,
    Dataset,
    Deviation,
    Expectation,
    GaussianMixture,
    HalfStep,
    Health,
    Held,
    Limits,
    Mixture,
    Prior,
    Region,
    Regression,
    Scaling,
    Step,
    StopReason,
    Table,
    TableError,
    Trace,
    __version__,
    accuracy,
    agreement_by_step,
    bhattacharyya,
    boundaries,
    cdf,
    component_health,
    conditional,
    dataset_names,
    deviations,
    e_step,
    fit,
    highest_density,
    impute,
    iterate,
    keep_colours,
    kullback_leibler,
    load_dataset,
    m_step,
    make_blobs_data,
    marginal,
    match_clusters,
    match_components,
    points_fallen_on,
    quantile,
    read_table,
    read_text,
    regress,
    relabel,
    rows_of,
    same_groups,
    start_at,
)

if TYPE_CHECKING:  # what does not exist has no type: strict mypy complains of an ignore without need
    from gmm_core import nonsense  # type: ignore[attr-defined]  # noqa: F401

Floats = NDArray[np.float64]

assert_type(__version__, str)
assert_type(NO_LABEL, int)
assert_type(SCALINGS, tuple[str, str, str])

data = assert_type(load_dataset(dataset_names()[0]), Dataset)
blobs = assert_type(make_blobs_data(50, 3), Dataset)
assert_type(dataset_names(), tuple[str, ...])
X = assert_type(blobs.X, Floats)
labels = assert_type(blobs.labels, NDArray[np.int64] | None)
truth = assert_type(blobs.truth, Mixture | None)
assert labels is not None
assert truth is not None

trace = assert_type(fit(X, 3, start=start_at(X, X[:3])), Trace)
mixture = assert_type(trace.mixture, Mixture)
assert_type(fit(X, 3, held=Held(means=(0,)), known_labels=[-1] * len(X)), Trace)
assert_type(
    fit(X, 3, prior=Prior(X.mean(axis=0), 0.01, 4, np.eye(2)), noise=True, dof="each").prior, Prior | None
)
assert_type(fit(rows_of("many.npy"), 3) if X.size == 0 else None, Trace | None)
assert_type(start_at(X, X[:3]), Mixture)
assert_type(trace.steps, tuple[Step, ...])
assert_type(trace.stop, StopReason)
expectation = assert_type(e_step(X, mixture), Expectation)
assert_type(impute(X, mixture), Floats)
assert_type(m_step(expectation), Mixture)
assert_type(next(iterate(X, mixture)), HalfStep)
assert_type(component_health(mixture), tuple[Health, ...])
assert_type(points_fallen_on(mixture, X, 0), NDArray[np.intp])
assert_type(Scaling.of(SCALINGS[0], X), Scaling)

model = assert_type(GaussianMixture(3, random_state=0).fit(X), GaussianMixture)
bayesian = assert_type(BayesianGaussianMixture(n_components=3).fit(X), BayesianGaussianMixture)
assert_type(bayesian.history_, Trace | None)
assert_type(model.history_, Trace | None)
clusters = assert_type(model.fit_predict(X), NDArray[np.int64])

matching = assert_type(match_clusters(clusters, labels), dict[Any, Any])
assert_type(relabel(clusters, matching), NDArray[Any])
assert_type(accuracy(labels, clusters), float)
assert_type(agreement_by_step(labels, clusters[np.newaxis]), tuple[Floats, Floats])
assert_type(same_groups(labels, clusters), bool)
assert_type(Agreement.of(labels, clusters), Agreement)
assert_type(deviations(truth, mixture), tuple[Deviation, ...])
assert_type(match_components(truth, mixture), NDArray[np.intp])
assert_type(keep_colours([0, 1, 2], truth, mixture, 8), tuple[int, ...])

one = assert_type(marginal(mixture, 0), Mixture)
assert_type(conditional(mixture, {"x2": 1.0}, feature_names=["x1", "x2"]), Mixture)
assert_type(regress(mixture, X[:, :1], [0], "x2", feature_names=["x1", "x2"]), Regression)
assert_type(cdf(one, 0.5), Floats)
assert_type(quantile(one, [0.1, 0.9]), Floats)
assert_type(boundaries(one), Boundaries)
assert_type(highest_density(one, 0.5), Region)
assert_type(bhattacharyya(mixture), Floats)
assert_type(kullback_leibler(mixture), Floats)

table = assert_type(read_table(b"x,y\n1,2\n3,5\n4,4\n", "points.csv", Limits()), Table)
assert_type(read_text("1 2\n3 5\n4 4"), Table)
assert_type(table.features(), Floats)
for error in (CollapseError(0, "has no extent"), TableError("This is no table.")):
    assert isinstance(error, ValueError)

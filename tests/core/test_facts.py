"""Figures that others published, or that follow from theirs: the engine must find them again.

Starts are given explicitly wherever a published figure depends on one.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_mutual_info_score, completeness_score, homogeneity_score

from gmm_core import Mixture, Trace, e_step, fit, load_dataset, m_step


def errors(mixture: Mixture, X: np.ndarray, labels: np.ndarray) -> int:
    """Rows whose component is not that of their label, after the best matching."""
    table = confusion(mixture, X, labels)
    return int(table.sum() - table[linear_sum_assignment(-table)].sum())


def confusion(mixture: Mixture, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts by component (rows) and known label (columns)."""
    found = mixture.responsibilities(X).argmax(axis=1)
    codes = np.unique(labels, return_inverse=True)[1]
    table = np.zeros((mixture.n_components, codes.max() + 1), dtype=int)
    np.add.at(table, (found, codes), 1)
    return table


def total(X: np.ndarray, mixture: Mixture) -> float:
    return float(mixture.log_density(X).sum())


# --- 1. the Q&A series

DUPLICATE = 44.44571429
OPTIMUM = -106.1861088


def fit_series(means, variances, *, weights=(1 / 3, 1 / 3, 1 / 3), **options) -> Trace:
    start = Mixture(weights, np.reshape(means, (3, 1)), np.reshape(variances, (3, 1)), "diag")
    return fit(load_dataset("qa_series").X, 3, covariance_type="diag", start=start, tol=0, **options)


@pytest.fixture
def about_centres() -> tuple[np.ndarray, np.ndarray]:
    """The k-means centres, and the mean squared distance of *all* values from each."""
    centres = np.array([24.8055555556, 34.2441666667, 43.6805986417])
    return centres, ((load_dataset("qa_series").X - centres) ** 2).mean(axis=0)


def test_series_correct_em_from_the_k_means_centres(about_centres):
    trace = fit_series(*about_centres, reg_covar=0, max_iter=100)
    mixture = trace.mixture
    np.testing.assert_allclose(mixture.means[:, 0], [24.566267, 37.575751, 44.339642], atol=5e-7)
    np.testing.assert_allclose(mixture.covariances[:, 0], [0.143920, 24.493823, 0.142561], atol=5e-7)
    np.testing.assert_allclose(mixture.weights, [0.158253, 0.304519, 0.537228], atol=5e-7)
    assert 50 * trace.log_likelihood == pytest.approx(OPTIMUM, abs=5e-8)
    assert np.all(np.diff(trace.log_likelihoods) >= -1e-12)


def test_series_thirteen_values_are_the_same():
    values, counts = np.unique(load_dataset("qa_series").X, return_counts=True)
    assert (values[counts.argmax()], counts.max()) == (DUPLICATE, 13)


@pytest.mark.slow
def test_series_sklearns_tolerance_stops_visibly_elsewhere():
    series = load_dataset("qa_series").X
    early = fit(series, 3, init="kmeans", random_state=0)
    assert early.log_likelihood == pytest.approx(-2.1237, abs=5e-5)
    late = fit(series, 3, start=early.mixture, tol=0, max_iter=3000)
    assert late.log_likelihood == pytest.approx(OPTIMUM / 50, abs=1e-7)
    assert np.abs(early.mixture.means - late.mixture.means).max() > 0.01


@pytest.mark.parametrize(
    ("means", "twins", "log_likelihood"),
    [
        ([30, 30, 30], [0, 1, 2], -171.776),
        ([30, 30, 44], [0, 1], -121.255),
        ([24, 44, 44], [1, 2], -121.255),
    ],
)
def test_series_components_that_start_equal_never_separate(means, twins, log_likelihood):
    trace = fit_series(means, [50, 50, 50], max_iter=300)
    assert 50 * trace.log_likelihood == pytest.approx(log_likelihood, abs=5e-4)
    for step in trace.steps:
        for parameter in (step.mixture.weights, step.mixture.means, step.mixture.covariances):
            np.testing.assert_allclose(
                parameter[twins], parameter[twins[:1]].repeat(len(twins), 0), rtol=1e-9
            )


@pytest.mark.slow
@pytest.mark.parametrize(("reg_covar", "log_likelihood"), [(1e-9, -15.6), (1e-6, -60.5), (1e-3, -102.1)])
def test_series_on_the_duplicates_the_likelihood_is_bought_with_reg_covar(reg_covar, log_likelihood):
    # One component on the 13 equal values: as narrow as reg_covar allows, and so as likely.
    means, weights = [DUPLICATE, 32.9885, 44.2236], [13 / 50, 23 / 50, 14 / 50]
    trace = fit_series(means, [reg_covar, 53.53, 0.26], weights=weights, reg_covar=reg_covar, max_iter=2000)
    assert 50 * trace.log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    assert trace.mixture.covariances[0, 0] == pytest.approx(reg_covar, rel=0.4)


# --- 2. the long tutorial


@pytest.fixture
def sixty() -> tuple[np.ndarray, Mixture]:
    start = Mixture(np.full(3, 1 / 3), [[-5.0], [8.0], [1.5]], [[25.0], [9.0], [1.0]], "diag")
    return load_dataset("tutorial_60").X, start


def test_sixty_points_are_those_of_the_legacy_generator():
    for name, offset in (("tutorial_60", 10), ("tutorial_60_wide", 15)):
        np.random.seed(0)
        x = np.linspace(-5, 5, num=20)
        groups = [x * np.random.rand(20) + offset, x * np.random.rand(20) - offset, x * np.random.rand(20)]
        np.testing.assert_array_equal(load_dataset(name).X[:, 0], np.stack(groups).flatten())


def test_sixty_points_first_iteration(sixty):
    X, start = sixty
    np.testing.assert_allclose(
        start.responsibilities(X)[0], [2.97644006e-02, 9.70235407e-01, 1.91912550e-07], rtol=5e-9
    )
    expectation = e_step(X, start)
    after = m_step(expectation, reg_covar=0)
    np.testing.assert_allclose(expectation.counts, [28.193377636, 20.184235659, 11.622386706], atol=5e-10)
    np.testing.assert_allclose(after.means[:, 0], [-7.364699264, 9.761040895, 0.632305402], atol=5e-10)
    np.testing.assert_allclose(after.covariances[:, 0], [21.937751452, 5.717883142, 0.706350047], atol=5e-10)
    assert total(X, after) == pytest.approx(-193.7, abs=0.05)
    # The tutorial went on with the variances as standard deviations.
    confused = Mixture(after.weights, after.means, after.covariances**2, "diag")
    assert total(X, confused) == pytest.approx(-227.6, abs=0.05)


def test_five_hundred_points_certain_by_responsibility_absurd_by_density():
    X = load_dataset("tutorial_500").X
    trace = fit(X, 3, reg_covar=0, tol=0, max_iter=200, random_state=0)
    found = np.sort(trace.mixture.responsibilities([[0.5, 0.5]])[0])
    # Five digits: the sixth depends on when one stops.
    np.testing.assert_allclose(found, [3.532806e-6, 1.302865e-4, 0.99986618], rtol=5e-6)
    assert trace.mixture.log_density([[0.5, 0.5]])[0] < trace.mixture.log_density(X).min()
    assert total(X, trace.mixture) == pytest.approx(-2974, abs=0.5)
    # The tutorial's "log-likelihood" is the logarithm of the sum of all densities.
    assert np.log(np.exp(trace.mixture.log_density(X)).sum()) == pytest.approx(0.53, abs=0.005)


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random_from_data"])
def test_a_thousand_points_all_digits_from_any_start(init):
    X = load_dataset("tutorial_1000").X
    mixture = fit(X, 5, init=init, random_state=0, max_iter=1000).mixture
    np.testing.assert_allclose(
        np.sort(mixture.responsibilities([[0.5, 0.5]])[0]),
        [1.94756664e-93, 9.36305075e-82, 5.02664415e-44, 4.00098007e-33, 1],
        rtol=1e-8,
    )


def test_collapse_example_survives_with_reg_covar_and_is_still_wrong():
    X = load_dataset("tutorial_collapse").X
    start = Mixture(
        np.full(3, 1 / 3), [[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]], np.tile(5 * np.eye(2), (3, 1, 1))
    )
    options = {"tol": 1e-8, "max_iter": 1000}
    for reg_covar, degenerate_wins in ((1e-6, True), (1e-3, False)):
        degenerate = fit(X, 3, start=start, reg_covar=reg_covar, **options)
        honest = fit(X, 3, init="kmeans", random_state=0, reg_covar=reg_covar, **options)
        np.testing.assert_allclose(degenerate.mixture.weights * 500, [166.25, 332.75, 1.00], atol=0.006)
        assert honest.mixture.weights.min() > 0.1
        assert (degenerate.log_likelihood > honest.log_likelihood) == degenerate_wins


# --- 3. the notebook


@pytest.mark.slow
def test_notebook_1d_means_and_accuracy():
    data = load_dataset("notebook_1d")
    class_means = [data.X[data.labels == j].mean() for j in range(3)]
    np.testing.assert_allclose(class_means, [-2.188, -0.076, 2.040], atol=5e-4)

    def sorted_means_and_accuracy(mixture: Mixture) -> tuple[np.ndarray, float]:
        order = np.argsort(mixture.means[:, 0])
        found = np.argsort(order)[mixture.responsibilities(data.X).argmax(axis=1)]
        return mixture.means[order, 0], float(np.mean(found == data.labels))

    early = fit(data.X, 3, init="kmeans", random_state=0)
    means, accuracy = sorted_means_and_accuracy(early.mixture)
    np.testing.assert_allclose(means, [-2.182, 0.017, 2.574], atol=5e-4)
    assert accuracy == pytest.approx(0.87, abs=0.005)
    # The maximum itself is likelier, and further from the classes.
    maximum = fit(data.X, 3, start=early.mixture, tol=0, max_iter=5000)
    assert maximum.log_likelihood > early.log_likelihood
    assert sorted_means_and_accuracy(maximum.mixture)[1] == pytest.approx(0.81, abs=0.005)


@pytest.mark.parametrize("name", ["notebook_2d", "notebook_2d_large", "notebook_3d"])
@pytest.mark.parametrize("init", ["kmeans", "random_from_data"])
def test_notebook_blobs_without_misclassification_in_ten_iterations(name, init):
    data = load_dataset(name)
    mixture = fit(data.X, 2, init=init, random_state=0, tol=0, max_iter=10).mixture
    assert errors(mixture, data.X, data.labels) == 0


@pytest.mark.parametrize(
    ("family", "features", "expected"),
    [
        *(("full", p, 1) for p in (2, 3)),
        *(("full", p, 0) for p in (4, 5, 10, 20, 30)),
        *(("diag", p, 1) for p in (2, 3, 4)),
        *(("diag", p, 0) for p in (5, 6, 8, 10, 12)),
    ],
)
def test_digits_2_and_6_on_principal_components(family, features, expected):
    data = load_dataset("digits_2_6")
    assert data.X.shape == (358, 64)
    Z = PCA(features, svd_solver="full").fit_transform(data.X)
    mixture = fit(Z, 2, covariance_type=family, random_state=0).mixture
    assert errors(mixture, Z, data.labels) == expected


# --- 4. the lab exercise


@pytest.mark.parametrize(
    ("iteration", "mean_change", "variance_change"),
    [
        (10, 0.02042206092031973, 0.006980384032168101),
        (30, 0.0017659929216632952, 0.0007651120346653245),
    ],
)
def test_lab_changes_of_the_last_component(lab, iteration, mean_change, variance_change):
    # The hard start is iteration 0, so this is what the 10th (30th) M-step changed.
    before, after = (lab[2].steps[i].mixture for i in (iteration - 1, iteration))
    changed = np.abs(after.means[-1] - before.means[-1]).max()
    assert changed == pytest.approx(mean_change, rel=1e-10)
    changed = np.abs(after.covariances[-1] - before.covariances[-1]).max()
    assert changed == pytest.approx(variance_change, rel=1e-10)


def test_lab_weights_stand_still_after_116_iterations(lab):
    weights = np.stack([step.mixture.weights for step in lab[2].steps])
    still = np.linalg.norm(np.diff(weights, axis=0), axis=1) < 1e-10
    np.testing.assert_array_equal(np.flatnonzero(still) + 1, [116])


def test_lab_scores(lab):
    X, labels, trace = lab
    data = load_dataset("digits")
    X_test, labels_test = data.X[1257:], data.labels[1257:]
    found, found_test = (trace.mixture.responsibilities(rows).argmax(axis=1) for rows in (X, X_test))
    assert np.mean(found == labels) == pytest.approx(0.0469, abs=5e-5)
    assert completeness_score(labels, found) == pytest.approx(0.55366, abs=5e-6)
    assert homogeneity_score(labels, found) == pytest.approx(0.53201, abs=5e-6)
    assert adjusted_mutual_info_score(labels, found) == pytest.approx(0.53583, abs=5e-6)
    table = confusion(trace.mixture, X, labels)
    majority, matching = table.argmax(axis=1), linear_sum_assignment(-table)[1]
    assert set(range(10)) - set(majority.tolist()) == {1, 9}
    np.testing.assert_array_equal(matching, [1, 6, 4, 5, 8, 0, 7, 2, 9, 3])
    for named, train, test in ((majority, 0.584726, 0.537037), (matching, 0.567224, 0.524074)):
        assert np.mean(named[found] == labels) == pytest.approx(train, abs=5e-7)
        assert np.mean(named[found_test] == labels_test) == pytest.approx(test, abs=5e-7)


def test_lab_regularisation_breaks_monotonicity(lab):
    changes = np.diff(lab[2].log_likelihoods)
    # Fifty small falls up to iteration 114, and one in each of the last two.
    assert (np.sum(changes[:114] < 0), np.sum(changes < 0)) == (50, 52)
    assert changes.min() > -1e-3

"""How exact one EM iteration is, beside scikit-learn's, against the same in extended precision.

    python tests/benchmarks/exactness.py             the table, in a few minutes
    python tests/benchmarks/exactness.py --labels    how often ten starts end with other labels, in as many

Of each kind of data, several samples and starts; the largest error of the means and covariances, in units of
the component's own deviations, and of the mean log-likelihood. The reference computes in `numpy.longdouble`,
with 64 bits where the processor has them, and sums squares about the new means.

Starts of one fit often end equally high but for rounding, and differ in how they number the components. Here
the earliest counts; in scikit-learn the one that rounding puts first, which is another where the columns of
the data are reversed.
"""

import sys
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as SklearnMixture

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import GaussianMixture, Mixture, fit
from gmm_core.engine.covariance import family_named

FAMILIES = ("full", "tied", "diag", "spherical")
SEEDS = 12
FITS = 40
LONG = np.longdouble


def groups(rng, n=150, d=2, apart=8.0, deviation=1.0):
    centres = apart * rng.normal(size=(3, d))
    return centres[np.arange(n) % 3] + deviation * rng.normal(size=(n, d))


def two(rng, gap):
    X = rng.normal(size=(150, 2))
    X[::2, 0] += gap
    return X


def outliers(rng, reach):
    return np.concatenate([groups(rng), reach + rng.normal(size=(3, 2))])


KINDS = {
    "three groups": groups,
    "overlapping": lambda rng: groups(rng, apart=1.0),
    "five features": lambda rng: groups(rng, d=5),
    "twenty features": lambda rng: groups(rng, n=400, d=20),
    "one feature": lambda rng: groups(rng, d=1),
    "shifted by 1e6": lambda rng: groups(rng) + 1e6,
    "shifted by 1e9": lambda rng: groups(rng) + 1e9,
    "units of 1e-6": lambda rng: groups(rng) * 1e-6,
    "units of 1e6": lambda rng: groups(rng) * 1e6,
    "mixed units": lambda rng: groups(rng) * [1e-3, 1e5],
    "narrow, far apart": lambda rng: groups(rng, apart=1e4),
    "two, 1e8 apart": lambda rng: two(rng, 1e8),
    "two, 1e9 apart": lambda rng: two(rng, 1e9),
    "outliers at 1e3": lambda rng: outliers(rng, 1e3),
    "outliers at 1e9": lambda rng: outliers(rng, 1e9),
}


def triangles(matrices):
    """Lower Cholesky factors of (k, d, d), and their inverses, in extended precision."""
    k, d, _ = matrices.shape
    factors, inverses = np.zeros((k, d, d), LONG), np.zeros((k, d, d), LONG)
    for i in range(d):
        for j in range(i + 1):
            rest = matrices[:, i, j] - (factors[:, i, :j] * factors[:, j, :j]).sum(axis=1)
            factors[:, i, j] = np.sqrt(rest) if i == j else rest / factors[:, j, j]
    for i in range(d):
        inverses[:, i, i] = 1 / factors[:, i, i]
        for j in range(i):
            inverses[:, i, j] = -(factors[:, i, :i] * inverses[:, :i, j]).sum(axis=1) / factors[:, i, i]
    return factors, inverses


def reference(X, mixture):
    """An iteration, unregularised -> means (k, d), matrices (k, d, d), mean log-likelihood before it."""
    X, d = X.astype(LONG), X.shape[1]
    factors, inverses = triangles(mixture.full_covariances.astype(LONG))
    residuals = X[:, np.newaxis] - mixture.means.astype(LONG)
    white = np.einsum("kij,nkj->nki", inverses, residuals)
    log_det = 2 * np.log(np.einsum("kii->ki", factors)).sum(axis=1)
    joint = np.log(mixture.weights.astype(LONG)) - (white**2).sum(axis=2) / 2 - log_det / 2
    joint -= d * np.log(2 * LONG(np.pi)) / 2
    peak = joint.max(axis=1, keepdims=True)
    shares = np.exp(joint - peak)
    totals = shares.sum(axis=1, keepdims=True)
    shares /= totals
    counts = shares.sum(axis=0)
    about = mixture.means.astype(LONG)
    for _ in range(2):  # once more about the new ones
        about = about + np.einsum("nk,nkd->kd", shares, X[:, np.newaxis] - about) / counts[:, np.newaxis]
    residuals = X[:, np.newaxis] - about
    matrices = np.einsum("nk,nki,nkj->kij", shares, residuals, residuals) / counts[:, np.newaxis, np.newaxis]
    family = family_named(mixture.covariance_type)
    fitted = family.of_dense(matrices, counts / counts.sum())
    return about, family.dense(fitted, len(counts), d), float((peak + np.log(totals)).mean())


def start_of(X, family, rng):
    """Rows as means, and round components a share as wide as the data."""
    d = X.shape[1]
    deviations = X.std(axis=0) / 4
    matrices = np.tile(np.diag(deviations**2), (3, 1, 1))
    weights = np.full(3, 1 / 3)
    means = X[rng.choice(len(X), 3, replace=False)] + deviations * rng.normal(size=(3, d)) / 2
    return Mixture(weights, means, family_named(family).of_dense(matrices, weights), family)


def errors(means, matrices, exact_means, exact):
    """The largest error of the means and of the covariances, in the exact deviations."""
    deviations = np.sqrt(np.einsum("kii->ki", exact))
    scale = deviations[:, :, np.newaxis] * deviations[:, np.newaxis]
    return np.array(
        [np.abs((means - exact_means) / deviations).max(), np.abs((matrices - exact) / scale).max()]
    )


def of_sklearn(X, start):
    own = start.covariance_type in ("full", "tied")
    options = {
        "weights_init": start.weights,
        "means_init": start.means,
        "precisions_init": np.linalg.inv(start.covariances) if own else 1 / start.covariances,
    }
    model = SklearnMixture(
        3, covariance_type=start.covariance_type, reg_covar=0, tol=0, max_iter=1, random_state=0, **options
    ).fit(X)
    matrices = start.family.dense(np.asarray(model.covariances_), 3, X.shape[1])
    return model.means_, matrices, model.lower_bound_


def labels_differ(X, k, family, seed):
    """Whether labels differ from scikit-learn's; whether groups do; and its own, with columns reversed."""
    options = {"covariance_type": family, "n_init": 10, "random_state": seed}
    ours = GaussianMixture(k, **options).fit_predict(X)
    theirs, reversed_ = (SklearnMixture(k, **options).fit_predict(rows) for rows in (X, X[:, ::-1].copy()))
    return (ours != theirs).any(), adjusted_rand_score(ours, theirs) < 1, (reversed_ != theirs).any()


def print_labels():
    print(f"of {FITS} fits: labels differ, groups differ; scikit-learn's labels differ with columns reversed")
    blobs = make_blobs(2000, n_features=5, centers=4, cluster_std=2.5, random_state=20)[0]
    for name, X, k in (("iris", load_iris().data, 3), ("2,000 x 5", blobs, 4)):
        for family in FAMILIES:
            found = np.sum([labels_differ(X, k, family, seed) for seed in range(FITS)], axis=0)
            print(f"{name:<10} {family:<10} {found[0]:>3} {found[1]:>3}; {found[2]:>3}", flush=True)


def main():
    warnings.simplefilter("ignore")
    if sys.argv[1:] == ["--labels"]:
        print_labels()
        return
    print(f"{'':<20} {'ours':^27} {'scikit-learn':^27}  runs, and of them without a result")
    print(f"{'':<20} {'means    covar.   log-l.':^27} {'means    covar.   log-l.':^27}")
    runs = 0
    for name, make in KINDS.items():
        worst, failed, tried = np.zeros((2, 3)), [0, 0], 0
        for seed in range(SEEDS):
            for family in FAMILIES:
                rng = np.random.default_rng(seed)
                X = make(rng)
                start = start_of(X, family, rng)
                means, matrices, log_likelihood = reference(X, start)
                if not np.all(np.einsum("kii->ki", matrices) > 0) or not np.isfinite(log_likelihood):
                    continue  # a component has lost its rows
                tried += 1
                trace = fit(X, 3, covariance_type=family, start=start, reg_covar=0, tol=0, max_iter=1)
                found = [None, None]
                if trace.n_iter == 1:
                    mixture = trace.mixture
                    before = trace.steps[0].log_likelihood
                    found[0] = mixture.means, mixture.full_covariances, before
                with suppress(ValueError):
                    found[1] = of_sklearn(X, start)
                for who, result in enumerate(found):
                    if result is None:
                        failed[who] += 1
                        continue
                    gap = abs(result[2] - log_likelihood) / max(1.0, abs(log_likelihood))
                    worst[who] = np.maximum(worst[who], [*errors(*result[:2], means, matrices), gap])
        runs += tried
        cells = ["  ".join(f"{one:7.0e}" for one in row) for row in worst]
        print(
            f"{name:<20} {cells[0]:<27} {cells[1]:<27}  {tried:>4} {failed[0]:>3} {failed[1]:>3}", flush=True
        )
    print(f"{runs} runs")


if __name__ == "__main__":
    main()

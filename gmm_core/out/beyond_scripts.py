"""A run with noise, t distributions or a prior -> code that makes it again in numpy and scipy.

scikit-learn has none of the three. What is common to all scripts is in `scripts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmm_core.engine.expectation import LEAST_DOF, MOST_DOF
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior
from gmm_core.engine.scaling import Scaling
from gmm_core.out import model_scripts, scripts
from gmm_core.out.scripts import literal
from gmm_core.words import End


def why_not(family: str, scaling: Scaling | None = None, weighted: bool = False) -> str:
    """Why there is no code for such a run, in a sentence; empty where there is."""
    scaled = scaling is not None and scaling.name != "none"
    if scaled or weighted:
        rows = "scaled data" if scaled else "rows with weights"
        return f"There is no code for runs on {rows} with noise, t distributions or a prior."
    return scripts.why_not(family)


def beyond_script(
    X_source: str,
    mixture_start: Mixture,
    *,
    reg_covar: float,
    tol: float,
    n_iter: int,
    prior: Prior | None = None,
    feature_names: Sequence[str] | None = None,
    ends: Sequence[End] = (),
) -> str:
    """A script that makes `n_iter` iterations from `mixture_start`; arguments as in `scripts.sklearn_script`.

    Raises `ValueError` where `why_not` has a reason.
    """
    start, family, k = mixture_start, mixture_start.family, mixture_start.n_components
    if reason := why_not(start.covariance_type):
        raise ValueError(reason)
    gaussians = Mixture(
        start.weights / start.weights.sum(), start.means, start.covariances, start.covariance_type
    )
    parts = scripts.Parts(X_source, gaussians, reg_covar, tol, n_iter, feature_names, None, False, ends)
    code = scripts.CODE[model_scripts.base(family.name)]
    noisy, tails = start.noise_box is not None, start.dof is not None
    lines = [parts.start.replace(literal(gaussians.weights), literal(start.weights))]
    if noisy:
        lines.append(f"noise_weight, noise_density = {start.noise_weight!r}, {start.noise_density!r}\n")
    if start.dof is not None:
        lines.append(f"dof = {literal(start.dof)}  # degrees of freedom\n")
    if prior is not None:
        scatter, strength = family.prior(prior.scale, prior.dof, k, start.n_features)
        strength = strength / k if family.shared else strength
        lines.append(
            f"prior_mean, prior_scatter = {literal(prior.mean)}, {literal(scatter)}\n"
            f"shrinkage, strength = {float(prior.shrinkage)!r}, {float(strength)!r}\n"
        )
    update = code.update.replace("responsibilities", "pulls").replace(" / n", " / counts.sum()")
    body = _BODY.format(
        whiten=code.whiten,
        density=_T if tails else _GAUSSIAN,
        with_noise=_WITH_NOISE if noisy else "",
        n_iter=n_iter,
        pulls=_PULLS if tails else "pulls = responsibilities",
        noise="    noise_weight = 1 - weights.sum()\n" if noisy else "",
        model=model_scripts.definition(family.name),
        before=model_scripts.before(family.name),
        fitted=model_scripts.call(family.name, "counts" if prior is None else "rows"),
        empty=code.empty,
        update=update,
        dof=_dof(start.dof_type) if tails and start.dof_type != "fixed" else "",
        prior=_PRIOR[model_scripts.base(family.name)] if prior is not None else "",
        reg_covar=reg_covar,
        on_diagonal=code.on_diagonal,
    )
    told = f"EM beyond Gaussians in numpy and scipy, from a given start: {parts.told}\n{scripts.RUN}"
    head = f'"""{told}\n"""\n\n'
    imports = f"import csv\nfrom pathlib import Path\n\n{scripts.NUMPY}"
    if tails:
        imports += "from scipy.optimize import brentq\nfrom scipy.special import digamma, gammaln\n"
    return (
        f"{head}{imports}\n{parts.read(scripts.BESIDE)}\n{''.join(lines)}\n{body}\n{scripts.REPORT}"
        + ('print("weight of the noise:", noise_weight)\n' if noisy else "")
        + ('print("degrees of freedom:", dof)\n' if tails else "")
    )


def _dof(dof_type: str) -> str:
    return _DOF.format(least=LEAST_DOF, most=MOST_DOF, common=_COMMON if dof_type == "common" else "")


_BODY = '''\
n, d = X.shape
k = len(start_weights)


def log_joint(weights, means, covariances):
    """log(weight x density), and squared distances, of each component at each row of X, (n, k) both."""
    joint, distances = np.empty((n, k)), np.empty((n, k))
    for j in range(k):
        residuals = X - means[j]
        {whiten}
        distances[:, j] = (white**2).sum(axis=1)
        {density}
    return joint, distances


def log_density(joint):
    """Of each row, (n,)."""
    total = np.logaddexp.reduce(joint, axis=1)
    {with_noise}return total


{model}weights, means, covariances = start_weights, start_means, start_covariances
for _ in range({n_iter}):
    # E step: responsibilities (n, k), and how much each row pulls: less in a tail.
    joint, distances = log_joint(weights, means, covariances)
    responsibilities = np.exp(joint - log_density(joint)[:, np.newaxis])
    {pulls}
    # M step.
    counts, masses = responsibilities.sum(axis=0), pulls.sum(axis=0)
    weights = counts / n
{noise}    means = pulls.T @ X / masses[:, np.newaxis]
{before}    covariances = {empty}
    for j in range(k):
        residuals = X - means[j]
        {update}
{prior}    covariances += {reg_covar!r}{on_diagonal}  # reg_covar
{fitted}{dof}log_likelihood = log_density(log_joint(weights, means, covariances)[0]).mean()
'''
_GAUSSIAN = "joint[:, j] = np.log(weights[j]) - 0.5 * (d * np.log(2 * np.pi) + log_det + distances[:, j])"
_T = """\
peak = gammaln((dof[j] + d) / 2) - gammaln(dof[j] / 2) - 0.5 * (d * np.log(dof[j] * np.pi) + log_det)
        joint[:, j] = np.log(weights[j]) + peak - (dof[j] + d) / 2 * np.log1p(distances[:, j] / dof[j])"""
_WITH_NOISE = "total = np.logaddexp(total, np.log(noise_weight * noise_density))\n    "
_PULLS = "precisions = (dof + d) / (dof + distances)\n    pulls = responsibilities * precisions"
_COMMON = """\
    mean = np.full(k, (counts * mean).sum() / counts.sum())  # one number for all
"""
_DOF = """\
    # Degrees of freedom: the root of an equation that falls in them, within its range.
    mean = (responsibilities * (np.log(precisions) - precisions)).sum(axis=0) / counts
    mean += digamma((dof + d) / 2) - np.log((dof + d) / 2)
{common}    dof = dof.copy()
    for j in range(k):
        slope = lambda value: np.log(value / 2) + 1 - digamma(value / 2) + mean[j]
        if slope({least}) <= 0:
            dof[j] = {least}
        elif slope({most}) >= 0:
            dof[j] = {most}
        else:
            dof[j] = brentq(slope, {least}, {most}, xtol=1e-12, rtol=1e-12)
"""
_PRIOR_HEAD = """\
    # The prior: some rows more, of known mean and scatter.
    offsets, rows = means - prior_mean, counts + 1 + strength
    shrunk = shrinkage * masses / (masses + shrinkage)
    means = prior_mean + (masses / (masses + shrinkage))[:, np.newaxis] * offsets
"""
_PRIOR: dict[str, str] = {
    "full": _PRIOR_HEAD
    + """\
    covariances = counts[:, np.newaxis, np.newaxis] * covariances + prior_scatter
    covariances += np.einsum("k,ki,kj->kij", shrunk, offsets, offsets)
    covariances /= rows[:, np.newaxis, np.newaxis]
""",
    "tied": _PRIOR_HEAD
    + """\
    covariances = counts.sum() * covariances + prior_scatter + (offsets.T * shrunk) @ offsets
    covariances /= rows.sum()
""",
    "diag": _PRIOR_HEAD
    + """\
    covariances = counts[:, np.newaxis] * covariances + prior_scatter + shrunk[:, np.newaxis] * offsets**2
    covariances /= rows[:, np.newaxis]
""",
    "spherical": _PRIOR_HEAD
    + """\
    covariances = (counts * covariances + prior_scatter + shrunk * (offsets**2).mean(axis=1)) / rows
""",
}

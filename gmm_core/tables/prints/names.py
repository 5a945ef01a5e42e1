"""What the names mean that stand before numbers in prints: one table for all programs and notations.

Looked up word by word: `log_likelihood_`, `logLik` and `Log likelihood` are the words log and lik(elihood).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from gmm_core.engine.arrays import Array


@dataclass(frozen=True)
class Kind:
    """What numbers are, and what becomes of them.

    into : the list of `Pasted` to which they go; "" for what only counts, or is no part of a mixture.
    turned : what is done to them before, and said : what is said of that, after the name. open : whether the
    name leaves open if they are deviations or variances.
    """

    into: str
    turned: Callable[[Array], Array] | None = None
    said: str = ""
    open: bool = False


LOG_LIKELIHOOD = "log_likelihood"
KINDS: dict[str, Kind] = {
    "weights": Kind("weights"),
    "log_weights": Kind("weights", np.exp, "holds logarithms: the weights are their exponentials"),
    "means": Kind("means"),
    "variances": Kind("variances"),
    "log_variances": Kind("variances", np.exp, "holds logarithms: the variances are their exponentials"),
    "deviations": Kind("deviations"),
    "log_deviations": Kind("deviations", np.exp, "holds logarithms: the deviations are their exponentials"),
    "either_variances": Kind("variances", open=True),
    "either_deviations": Kind("deviations", open=True),
    "precisions": Kind("precisions"),
    "precision_factors": Kind("precision_factors"),
    "factors": Kind("factors"),
    "responsibilities": Kind("responsibilities"),
    "log_responsibilities": Kind(
        "responsibilities", np.exp, "holds logarithms: the responsibilities are their exponentials"
    ),
    LOG_LIKELIHOOD: Kind(LOG_LIKELIHOOD),
    "minus_log_likelihood": Kind(
        LOG_LIKELIHOOD,
        np.negative,
        "was taken for minus the log-likelihood, which has to fall: the signs were turned",
    ),
    "deviance": Kind(
        LOG_LIKELIHOOD,
        lambda values: values / -2,
        "was taken for minus twice the log-likelihood: it was divided by -2",
    ),
    "log10_likelihood": Kind(
        LOG_LIKELIHOOD,
        lambda values: values * np.log(10),
        "was taken for a logarithm to the base 10, and turned into the natural one",
    ),
    "changes": Kind("changes"),
    "iteration": Kind(""),
    "component": Kind(""),
    "other": Kind(""),
}
PARAMETERS = ("weights", "means", "variances", "deviations", "precisions", "precision_factors", "factors")


@dataclass(frozen=True)
class Spelling:
    """Names of one kind, two or more words joined by +; a capital letter counts where one is written here.

    notation : whose names they are, and where alone they count: "R" after a $; "" for names of everybody.
    """

    kind: str
    names: str
    notation: str = ""


SPELLINGS = (
    Spelling("weights", "weights weight w ws wts pi pis π priors prior phi φ p"),
    Spelling(
        "weights",
        "mixing proportions proportion pcomponents mixing+probabilities mixing+probability mixing+prob",
    ),
    Spelling("weights", "component+probabilities class+probabilities probs mixcoef coefficients"),
    Spelling("weights", "lambda λ alpha alphas α tau τ omega ω"),  # mixtools; Dirichlet's; textbooks
    Spelling("weights", "pro", "R"),  # mclust
    Spelling("means", "means mean mu mus miu mius μ average averages"),
    Spelling("means", "centres centre centers center centroids centroid loc locs location locations"),
    Spelling("means", "intercept"),  # flexmix
    Spelling("variances", "variances variance vars var covariances covariance covs cov covars covar vcov"),
    Spelling("variances", "sigma2 sigmas2 σ2 σ² sigma² s2 s² sigmasq sigma+sq sigma+squared sigma+square"),
    Spelling("variances", "variance+sigma variance+sigmasq", "R"),  # mclust
    Spelling("deviations", "deviations deviation sds sd stds std stdev stdevs stddev stddevs"),
    Spelling("deviations", "sigma sigmas", "R"),  # mixtools
    Spelling("either_variances", "Sigma Sigmas SIGMA Σ"),
    Spelling("either_deviations", "sigma sigmas σ scale scales spread spreads width widths"),
    Spelling("log_weights", "logpi logweights logw"),
    Spelling("log_variances", "logvar logvars"),
    Spelling("log_deviations", "logsigma logstd logsd"),
    Spelling("log_responsibilities", "logresp"),
    Spelling("precisions", "precisions precision prec precs inverse+covariance inverse+covariances"),
    Spelling("precision_factors", "precisions+cholesky prec+chol precision+cholesky"),
    Spelling("factors", "scale+tril cholesky chol covariances+cholesky covariance+cholesky"),
    Spelling("responsibilities", "responsibilities responsibility resp resps posterior posteriors r"),
    Spelling("responsibilities", "posterior+probabilities posterior+probability proba gamma gammas γ"),
    Spelling("responsibilities", "z", "R"),  # mclust
    Spelling(LOG_LIKELIHOOD, "likelihood likelihoods lik liks loglikelihood loglikelihoods loglik logliks"),
    Spelling(LOG_LIKELIHOOD, "logl logll ll lls llh llk lower+bound lower+bounds bound elbo loglike logprob"),
    Spelling(LOG_LIKELIHOOD, "log+like log+prob log+probability log+evidence score"),
    Spelling("minus_log_likelihood", "nll nlls nllh negloglik loss losses cost costs energy nlogl"),
    Spelling("deviance", "deviance"),
    Spelling("other", "p+value p+values"),
    Spelling("other", "log10"),  # of a likelihood, it is
    Spelling("iteration", "iteration iterations iter iters it step epoch epochs round"),
    Spelling(
        "component", "component components comp comps cluster clusters class classes k j gaussian group"
    ),
    Spelling("other", "time lapse elapsed seconds secs sec ms runtime duration"),
    Spelling(
        "other", "bic aic icl df nobs nk n+k counts sizes labels classification assignments uncertainty"
    ),
    Spelling("other", "variance+scale variance+shape variance+orientation variance+d variance+G", "R"),
    Spelling("other", "variance+Sigma variance+cholsigma variance+chol+Sigma Vinv", "R"),
)

# Before or after a name: of these numbers, something else is given.
_OF_THEM = (
    "sum sums shape len length size max min maximum minimum number num n error err eps epsilon tol tolerance "
    "threshold reg regularization regularisation ridge floor seed state det determinant logdet norm ratio "
    "distance entropy converged after took rank gradient grad scaled"
)
_CHANGES = "change changes diff diffs difference delta improvement increase gain"
_CHANGE = frozenset(_CHANGES.split())
_ANOTHER = _CHANGE | frozenset(_OF_THEM.split())
_LIMIT = frozenset(("tol", "tolerance", "threshold", "eps", "epsilon"))
_MINUS = frozenset(("neg", "negative", "minus"))
_LOG = frozenset(("log", "ln"))
_LOGARITHMS = {kind: f"log_{kind}" for kind in ("weights", "variances", "deviations", "responsibilities")} | {
    "either_deviations": "log_deviations",
    "either_variances": "log_variances",
}
COUNTING = ("iteration", "component")
# Between what a print calls something and the numbers, and no part of the name.
_WRAPPERS = (
    "array tensor matrix asarray np numpy torch jnp jax tf float float16 float32 float64 int int32 int64 "
    "ans parameter containing list tuple dict ordereddict print double single and"
)
HELPERS = frozenset(_WRAPPERS.split())


@cache
def _table() -> dict[tuple[str, str], str]:
    """The kind by notation and name."""
    return {
        (one.notation, name.replace("+", " ")): one.kind for one in SPELLINGS for name in one.names.split()
    }


_LONGEST = 3  # words of a name
_MOST = 30  # words of a label that are looked at


@lru_cache(maxsize=4096)
def parts_of(word: str, with_1: bool = False) -> tuple[tuple[str, ...], int | None]:
    """The words of an identifier, and the number at its end: mu_1 -> (mu), 1; logLik -> (log, Lik), None.

    with_1 : whether the same print has a name that ends in 1 where this one ends in 2: sigma2 is the second
    sigma then, and a variance otherwise.
    """
    bare = word.strip("_.")
    known = ("", bare) in _table() or ("", bare.lower()) in _table()
    if known and not (with_1 and bare.endswith("2")):
        return (bare,), None
    found = re.fullmatch(r"(.*?[^\W\d_]²?)_?\(?(\d{1,4})(²?)", bare)
    index = int(found[2]) if found else None
    stem = f"{found[1]}{found[3]}" if found else bare
    stem = re.sub(r"_[nkijtc]{1,2}$", "", stem)  # r_nk, mu_k
    pieces = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem))
    return tuple(pieces), index


def kind_of(words: Sequence[str], notation: str = "") -> str:
    """The kind that the words of a label name; "" where none does.

    The name nearest to the numbers counts; "log-likelihood" wherever it stands.
    """
    return _kind_of(tuple(words[-_MOST:]), notation)


@lru_cache(maxsize=4096)
def _kind_of(words: tuple[str, ...], notation: str) -> str:
    lower = [word.lower() for word in words]
    found = _nearest(words, notation)
    likelihood = next((kind for kind, _ in _found(words, notation) if "likelihood" in kind), "")
    if likelihood:
        if _CHANGE & set(lower):
            return "changes"
        if _LIMIT & set(lower):
            return "other"
        if "log10" in lower:
            return "log10_likelihood"
        return "minus_log_likelihood" if _MINUS & set(lower) else likelihood
    if found not in ("", *COUNTING, "other") and _ANOTHER & set(lower):
        return "other"
    if found in _LOGARITHMS and _LOG & set(lower):
        return _LOGARITHMS[found]
    return found


def _found(words: Sequence[str], notation: str) -> list[tuple[str, int]]:
    """The kinds of all names among the words, the last first, each with how many words it has."""
    table, kinds, end = _table(), [], len(words)
    while end > 0:
        for length in range(min(_LONGEST, end), 0, -1):
            name = " ".join(words[end - length : end])
            kind = next(
                (
                    table[where, spelled]
                    for spelled in (name, name.lower())
                    for where in dict.fromkeys((notation, ""))
                    if (where, spelled) in table
                ),
                "",
            )
            if kind:
                kinds.append((kind, length))
                end -= length
                break
        else:
            end -= 1
    return kinds


def _nearest(words: Sequence[str], notation: str) -> str:
    kinds = [kind for kind, _ in _found(words, notation)]
    return next((kind for kind in kinds if kind not in COUNTING), kinds[0] if kinds else "")

"""What the names mean that stand before numbers in prints: one table for all programs and notations.

Looked up word by word: `log_likelihood_`, `logLik` and `Log likelihood` are the words log and lik(elihood);
without accents, so that `médias` is `medias`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
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
    "changes_alone": Kind(
        "changes",
        np.array,
        "does not name what changes: these were taken for changes of the log-likelihood",
    ),
    "iteration": Kind(""),
    "component": Kind(""),
    "other": Kind(""),
}
PARAMETERS = ("weights", "means", "variances", "deviations", "precisions", "precision_factors", "factors")


@dataclass(frozen=True)
class Spelling:
    """Names of one kind, two or more words joined by +; a capital letter counts where one is written here.

    Without accents, in whatever language.

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
    Spelling(
        "weights", "component+probabilities class+probabilities probs mixcoef coefficients share shares"
    ),
    Spelling("weights", "lambda λ alpha alphas α tau τ omega ω"),  # mixtools; Dirichlet's; textbooks
    Spelling("weights", "pro", "R"),  # mclust
    Spelling("weights", "gewichte gewicht gewichtung gewichtungen mischgewichte mischungsgewichte"),
    Spelling("weights", "anteile anteil mischungsanteile poids pesos peso pesi gewichten веса вес 权重 重み"),
    Spelling("means", "means mean mu mus miu mius μ average averages"),
    Spelling("means", "centres centre centers center centroids centroid loc locs location locations"),
    Spelling("means", "m intercept"),  # textbooks; flexmix
    Spelling("means", "mittelwerte mittelwert mittelwerten mittel erwartungswerte erwartungswert zentren"),
    Spelling("means", "moyennes moyenne medias media medie gemiddelden gemiddelde средние среднее 均值 平均"),
    Spelling("variances", "variances variance vars var covariances covariance covs cov covars covar vcov"),
    Spelling("variances", "sigma2 sigmas2 σ2 σ² sigma² s2 s² sigmasq sigma+sq sigma+squared sigma+square"),
    Spelling("variances", "variance+sigma variance+sigmasq", "R"),  # mclust
    Spelling("variances", "v varianzen varianz kovarianzen kovarianz kovarianzmatrix kovarianzmatrizen"),
    Spelling("variances", "covariancia covariancias varianza varianzas covarianza covarianzas varianze"),
    Spelling("variances", "covarianze variancia variancias varianties variantie covarianties covariantie"),
    Spelling("variances", "дисперсии дисперсия ковариации ковариация 方差 协方差 协方差矩阵 分散 共分散"),
    Spelling("deviations", "deviations deviation sds sd stds std stdev stdevs stddev stddevs"),
    Spelling("deviations", "sigma sigmas", "R"),  # mixtools
    Spelling("deviations", "standardabweichungen standardabweichung stdabw abweichungen abweichung"),
    Spelling("deviations", "ecarts+types ecart+type ecarts+type desviaciones desviacion desvios desvio"),
    Spelling("deviations", "deviazioni deviazione standaardafwijkingen standaardafwijking 标准差 標準偏差"),
    Spelling("either_variances", "Sigma Sigmas SIGMA Σ S"),
    Spelling("either_deviations", "sigma sigmas σ s scale scales spread spreads width widths streuung"),
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
    Spelling("responsibilities", "verantwortlichkeiten verantwortlichkeit zustandigkeiten zustandigkeit"),
    Spelling("responsibilities", "zugehorigkeiten zugehorigkeit zugehorigkeitswahrscheinlichkeiten"),
    Spelling("responsibilities", "responsabilites responsabilite responsabilidades responsabilidad"),
    Spelling("responsibilities", "responsabilita responsabilidade verantwoordelijkheden"),
    Spelling(LOG_LIKELIHOOD, "likelihood likelihoods lik liks loglikelihood loglikelihoods loglik logliks"),
    Spelling(LOG_LIKELIHOOD, "logl logll ll lls llh llk lower+bound lower+bounds bound elbo loglike logprob"),
    Spelling(LOG_LIKELIHOOD, "log+like log+prob log+probability log+evidence score"),
    Spelling(LOG_LIKELIHOOD, "vraisemblance logvraisemblance verosimilitud verosimiglianza verossimilhanca"),
    Spelling(LOG_LIKELIHOOD, "правдоподобие 似然 对数似然 対数尤度"),
    Spelling("minus_log_likelihood", "nll nlls nllh negloglik loss losses cost costs energy nlogl"),
    Spelling("deviance", "deviance"),
    Spelling("other", "p+value p+values"),
    Spelling("other", "log10"),  # of a likelihood, it is
    Spelling("iteration", "iteration iterations iter iters it step epoch epochs round"),
    Spelling(
        "iteration", "iterationen schritt durchlauf runde etape iteracion paso iterazione passo iteracao"
    ),
    Spelling("iteration", "iteratie stap итерация 迭代"),
    Spelling(
        "component", "component components comp comps cluster clusters class classes k j gaussian group"
    ),
    Spelling("component", "komponente komponenten gruppe klasse composante composantes classe groupe"),
    Spelling("component", "componente componentes componenti grupo gruppo clase компонента"),
    Spelling("other", "time lapse elapsed seconds secs sec ms runtime duration"),
    Spelling("other", "time+s time+ms elapsed+s runtime+s duration+s t+s"),
    Spelling("other", "zeit dauer sekunden temps duree tiempo tempo tijd время"),
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
    "distance entropy converged took rank gradient grad scaled summe anzahl somme nombre suma numero"
)
_CHANGES = "change changes diff diffs difference delta improvement increase gain anderung changement cambio"
_CHANGE = frozenset(_CHANGES.split())
_OF_SOMETHING = frozenset(_OF_THEM.split())
_ANOTHER = _CHANGE | _OF_SOMETHING
_LIMIT = frozenset(("tol", "tolerance", "threshold", "eps", "epsilon"))
_MINUS = frozenset(("neg", "negative", "minus"))
_LOG = frozenset(("log", "ln"))
_LOGARITHMS = {kind: f"log_{kind}" for kind in ("weights", "variances", "deviations", "responsibilities")} | {
    "either_deviations": "log_deviations",
    "either_variances": "log_variances",
}
COUNTING = ("iteration", "component")
# Before a whole number: which of several runs it is.
_RUNS = (
    "run restart seed trial attempt initialization initialisation repetition replicate rep fold lauf "
    "neustart versuch ensayo essai tentative"
)
RUNS = frozenset(_RUNS.split())
# Beside a name: of when its numbers are. Those of the start, or of the truth, are no result of a run.
_WHEN = {
    "start": "init initial initially start starting begin guess true truth real actual groundtruth anfang "
    "anfangs startwerte wahr wahre echte initiale initiales initiaux inicial iniciales iniziali vrai vraies",
    "old": "old previous prev before alt alte alten vorher",
    "new": "new updated after final fitted estimated neu neue neuen nachher",
}
_WHEN_OF = {word: when for when, words in _WHEN.items() for word in words.split()}
# Between what a print calls something and the numbers, and no part of the name.
_WRAPPERS = (
    "array tensor matrix asarray np numpy torch jnp jax tf float float16 float32 float64 int int32 int64 "
    "ans parameter containing list tuple dict deque ordereddict print double single and"
)
HELPERS = frozenset(_WRAPPERS.split())


def when_of(words: Iterable[str]) -> str:
    """What words say of when numbers are: "start", "old" or "new"; "" where they do not."""
    return next((_WHEN_OF[lower] for word in words if (lower := word.lower()) in _WHEN_OF), "")


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
    stem = re.sub(r"_[nkijtc]{1,2}(²?)$", r"\1", stem)  # r_nk, mu_k, sigma_k²
    pieces = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem))
    return tuple(pieces), index


def kind_of(words: Sequence[str], notation: str = "") -> str:
    """The kind that the words of a label name; "" where none does.

    The name nearest to the numbers counts; "log-likelihood" wherever it stands.
    """
    return _kind_of(tuple(words[-_MOST:]), notation)


@lru_cache(maxsize=4096)
def _kind_of(words: tuple[str, ...], notation: str) -> str:
    lower = {without_accents(word).lower() for word in words}
    found = _nearest(words, notation)
    likelihood = next((kind for kind, _ in _found(words, notation) if "likelihood" in kind), "")
    if likelihood:
        if _CHANGE & lower:
            return "changes"
        if _LIMIT & lower:
            return "other"
        if "log10" in lower:
            return "log10_likelihood"
        return "minus_log_likelihood" if _MINUS & lower else likelihood
    if found in ("", *COUNTING) and _CHANGE & lower and not _OF_SOMETHING & lower:
        return "changes_alone"
    if found not in ("", *COUNTING, "other") and _ANOTHER & lower:
        return "other"
    if found in _LOGARITHMS and _LOG & lower:
        return _LOGARITHMS[found]
    return found


def of_something_else(words: Sequence[str]) -> bool:
    """Whether words without a known name say that it is no log-likelihood, as in "iteration 3: error"."""
    return bool(_OF_SOMETHING & {word.lower() for word in words})


def without_accents(word: str) -> str:
    """A word in letters without accents: écart -> ecart."""
    if word.isascii():
        return word
    return "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))


def _found(words: Sequence[str], notation: str) -> list[tuple[str, int]]:
    """The kinds of all names among the words, the last first, each with how many words it has."""
    table, kinds, end = _table(), [], len(words)
    plain = [without_accents(word) for word in words]
    while end > 0:
        for length in range(min(_LONGEST, end), 0, -1):
            name = " ".join(plain[end - length : end])
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

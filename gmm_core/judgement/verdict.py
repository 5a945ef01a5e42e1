"""What a comparison of fits says of a dataset (`judge`).

Letters: n samples, k components, d features.

Components are not groups: those that do not stand apart (`apart`) are put together. Rows are not always
measurements: while a flaw of theirs (`quality`) is open, nothing is sure. Wrong is worse than unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from gmm_core.engine.arrays import Array, n_counted, weights_of
from gmm_core.engine.checks import as_matrix, constant_columns
from gmm_core.engine.mixture import Mixture
from gmm_core.judgement import quality, treatments
from gmm_core.judgement.apart import (
    VALLEY,
    VALLEY_LEVEL,
    Standing,
    cost_of_two,
    gain_of_two,
    least_apart,
    standing,
    would_show_two,
)
from gmm_core.judgement.examine import examine, independent
from gmm_core.judgement.levels import one_by_one, scales
from gmm_core.judgement.quality import Flaw
from gmm_core.judgement.selection import (
    AGREE_BIC,
    NUMBERS_EACH,
    Attempt,
    Comparison,
    Fit,
    Model,
    planned,
    sweep_models,
)
from gmm_core.words import Finding, capital, count, figure, in_words, plural, together

__all__ = ["Verdict", "examine", "fractions", "judge", "of_part", "with_flaws"]

STRONG = 10.0  # a difference in BIC from which the evidence is very strong (Kass & Raftery 1995)
UNSURE = 0.6  # rows whose largest responsibility is less belong to no group for sure
TIED = 0.2  # share of a component's rows that are equal, from which it sits on duplicates
FLAT = 2e-3  # of its deviation: where no more of a column is its own, reg_covar is what one would see
TAILS_Z = 4.0  # standard errors of Mardia's kurtosis
SKEWED_P = 1e-5  # of Mardia's skewness, below which a component is skewed
ENOUGH_EACH = 20  # rows for each third moment, from which that p-value holds; with fewer, ...
SIGNS, MOST_SIGNED = 199, 1000  # ... so often the signs are drawn of so many rows at the most
MANY_EACH = 50  # rows for each component, from which it is not for their number that they are no groups
BESIDE, BESIDE_STARTS = 6, 4  # components and starts of the comparison beside, without the flaws


@dataclass(frozen=True)
class Verdict:
    """What a comparison says, in words, with its evidence.

    headline : the answer, with the main figures. sure : whether nothing speaks against it.
    groups : the numbers of groups that are plausible, rising; () where nothing could be fitted or compared.
    fit : the best fit; `mixture` is its mixture. group_of : the group of each component, (k,).
    unsure_rows : indices of rows of the data whose largest responsibility is below 0.6.
    reasons : the parts of the answer, each with its evidence. caveats : what speaks against it; none if sure.
    too_few : whether there are too few rows to tell. flaws : what is open about the rows themselves.
    beside : the verdict on the rows without these flaws, where there can be one.
    """

    headline: str
    sure: bool
    groups: tuple[int, ...]
    fit: Fit | None
    group_of: tuple[int, ...]
    unsure_rows: NDArray[np.intp]
    reasons: tuple[Finding, ...]
    caveats: tuple[Finding, ...]
    too_few: bool = False
    flaws: tuple[Flaw, ...] = ()
    beside: Verdict | None = None

    @property
    def mixture(self) -> Mixture | None:
        return None if self.fit is None else self.fit.mixture

    @property
    def brief(self) -> str:
        """The answer alone, as the end of a sentence."""
        if not self.groups:
            return "nothing can be said"
        if self.too_few:
            return "there are too few rows to tell"
        if self.groups == (1,):
            alone = self.fit is not None and self.fit.n_components == 1
            return "one Gaussian is as good" if alone else "there is no clear grouping"
        unsure = "" if self.sure else ", which is not sure"
        return f"there are {_count(self.groups).lower()}{unsure}"


def judge(
    comparison: Comparison,
    X: ArrayLike,
    row_numbers: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    flaws: Sequence[Flaw] | None = None,
    n_columns: int | None = None,
) -> Verdict:
    """The verdict on X (n, d), the data that `comparison` was made from, with the weights of its rows.

    A row of weight 3 is three equal rows in all that is counted; a flaw of the rows is one of the table, in
    which it stands once.

    row_numbers : what the rows are called in sentences, (n,); names : what the columns are, d of them. They
    are counted from 1 unless given.
    flaws : what is open about the rows, all of `quality.flaws(X)` unless given; leave out what you looked at
    and what may stay. Where there is a treatment for them, the treated rows are fitted too, beside.
    n_columns : how many columns the table has, of which X holds d.
    """
    X = as_matrix(X)
    if len(X) != comparison.n_samples:
        raise ValueError(f"X has {len(X)} rows, but the comparison was made from {comparison.n_samples}.")
    numbers = np.arange(1, len(X) + 1) if row_numbers is None else np.asarray(row_numbers)
    open_ = quality.flaws(X, names, numbers) if flaws is None else tuple(flaws)
    found = with_flaws(_judged(comparison, X, numbers), open_, _without(open_, comparison, X, numbers))
    return found if n_columns is None else of_part(found, X.shape[1], n_columns)


def of_part(found: Verdict, d: int, n_columns: int, n: int = 0, n_rows: int = 0) -> Verdict:
    """The verdict whose headline says that it is about d columns of a table of so many, and n of its rows."""
    part = [f"{d} of {count(n_columns, 'column')}"] if d < n_columns else []
    part += [f"{n:,} of {count(n_rows, 'row')}"] if n < n_rows else []
    return replace(found, headline=f"On {' and '.join(part)}. {found.headline}") if part else found


def _judged(comparison: Comparison, X: Array, numbers: NDArray[np.generic]) -> Verdict:
    """The verdict if every row is a measurement."""
    best, rows = comparison.best, X[comparison.rows]
    if best is None:
        nothing = f"Unsure: {_all_set_aside(comparison)}."
        if not comparison.fits:
            nothing = "Unsure: the comparison was stopped before its first fit was done."
        caveats = (*_incomplete(comparison, rows), *_set_aside(comparison, rows))
        return Verdict(nothing, False, (), None, (), np.arange(0), (), caveats)
    rivals = [one for one in comparison.by_components.values() if one.bic - best.bic <= STRONG]
    rivals.append(min(comparison.ranking, key=lambda one: one.icl))
    weights = comparison.weights
    stands = [standing(one.mixture, rows, weights) for one in rivals]
    stand = stands[rivals.index(best)]
    alone = len(comparison.by_components) == 1
    groups = () if alone else _plausible(rivals, stands, best)
    too_few = _too_few(comparison, stand, groups, X.shape[1])
    blocks = np.array_split(X, len(X) // 100_000 + 1)  # all responsibilities at once could be gigabytes
    largest = np.concatenate([best.mixture.responsibilities(block).max(axis=1) for block in blocks])
    doubtful = largest < UNSURE
    if comparison.sample_weight is not None:
        doubtful &= comparison.sample_weight > 0
    unsure = np.flatnonzero(doubtful)
    n_unsure = n_counted(len(unsure), weights_of(unsure, comparison.sample_weight))
    disagree, on_duplicates = _starts(best, comparison), _duplicates(best.mixture, rows, weights)
    caveats = (
        *_incomplete(comparison, rows),
        *fractions(comparison),
        *_few(too_few, stand, comparison.n_counted, X.shape[1]),
        *_shape(best, stand, rows, weights),
        *disagree,
        *on_duplicates,
        *_set_aside(comparison, rows),
    )
    sure = len(groups) == 1 and not caveats
    headline = _headline(comparison, groups, stand, too_few, n_unsure, X.shape[1])
    if comparison.stopped:
        headline += " The comparison was stopped before its end."
    if disagree:
        headline += " Other starts end farther away than that."
    if on_duplicates:
        headline += " A component sits on duplicates."
    headline = headline if sure or headline.startswith(UNSURE_ALREADY) else f"Unsure. {headline}"
    reasons = _reasons(comparison, stand, numbers[unsure], n_unsure)
    return Verdict(headline, sure, groups, best, stand.sure, unsure, reasons, caveats, too_few)


UNSURE_ALREADY = ("No clear", "Unsure", "Too few")


def _without(
    flaws: Sequence[Flaw], comparison: Comparison, X: Array, numbers: NDArray[np.generic]
) -> Verdict | None:
    """The verdict on the rows after the likeliest treatment of every flaw; None where there is none."""
    treated = treatments.treated(X, quality.likeliest(flaws))
    if treated is None or constant_columns(treated.X):
        return None
    most = max((k for k, _ in comparison.plan), default=1)
    families = tuple(dict.fromkeys(name for _, name in comparison.plan))
    weights = weights_of(treated.rows, comparison.sample_weight)
    again = sweep_models(
        *(treated.X, range(1, min(most, BESIDE) + 1), families, BESIDE_STARTS), sample_weight=weights
    )
    return _judged(again, treated.X, numbers[treated.rows])


def with_flaws(found: Verdict, flaws: Sequence[Flaw], beside: Verdict | None) -> Verdict:
    """A verdict that knew of no flaws, on rows that have these: never sure, and what it is without them.

    beside : the verdict on the rows after the first treatment of each flaw, if there is one.
    """
    if not flaws:
        return found
    first, *more = flaws
    said = f"Unsure: {first.brief}"
    if more:
        said += f", and {count(len(more), 'more finding')} of the rows {plural(len(more), 'is', 'are')} open"
    reasons = found.reasons
    if beside is None:
        # That it is not sure is said in front.
        rest = found.headline.removeprefix("Unsure. ").removeprefix("Unsure: ")
        headline = f"{said}. {capital(rest)}"
    else:
        cured = [flaw for flaw in flaws if flaw.treatments]
        without = cured[0].without if len(cured) == 1 else "with these treated"
        headline = f"{said}; {without} {beside.brief}."
        reasons = (
            Finding(
                "info",
                f"{capital(without)}: {beside.headline}",
                "the treated rows, fitted by themselves",
            ),
            Finding("info", f"As the rows are: {found.headline}", "with what is found above still in them"),
            *reasons,
        )
    caveats = (*(flaw.finding for flaw in flaws), *found.caveats)
    return replace(
        found,
        headline=headline,
        sure=False,
        reasons=reasons,
        caveats=caveats,
        flaws=tuple(flaws),
        beside=beside,
    )


def _plausible(rivals: list[Fit], stands: list[Standing], best: Fit) -> tuple[int, ...]:
    """The numbers of groups that the fits within reach of the best show.

    If all components of the best stand apart, more components that stand apart less show nothing new: each
    has fewer rows to show it with.
    """
    counts = [stand.n_sure for stand in stands]
    stand = stands[rivals.index(best)]
    whole = stand.n_sure == best.n_components > 1
    kept = {
        count
        for count, one in zip(counts, rivals, strict=True)
        if not (whole and one.n_components > stand.n_sure and count < stand.n_sure)
    }
    return tuple(sorted(kept | {*range(stand.n_sure, stand.n_perhaps + 1)}))


def _too_few(comparison: Comparison, stand: Standing, groups: tuple[int, ...], d: int) -> bool:
    """Whether so few rows can neither show groups nor rule them out: all, or those of a component."""
    n = comparison.n_counted
    if stand.n_perhaps > stand.n_sure:
        return n < MANY_EACH * len(stand.sure)
    return groups in ((), (1,)) and not comparison.stopped and not would_show_two(n, d)


def _count(groups: Sequence[int]) -> str:
    """(2, 3) -> "Two or three groups"."""
    words = [in_words(g) for g in groups]
    text = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    return f"{text.capitalize()} group{'' if tuple(groups) == (1,) else 's'}"


def _model(fit: Fit) -> str:
    if fit.n_components == 1:
        return "one Gaussian"
    return f"{fit.n_components} {fit.covariance_type} covariances"


def _over_the_next(comparison: Comparison) -> str:
    """ ", by 14 over the next number, 4"; empty where there is no other."""
    best = comparison.best
    assert best is not None
    behind = {k: one.bic - best.bic for k, one in comparison.by_components.items() if one is not best}
    if not behind:
        return ""
    next_k = min(behind, key=lambda k: behind[k])
    return f", by {behind[next_k]:.0f} over the next number, {next_k}"


def _agreement(best: Fit) -> str:
    """How many of the starts that count found the best fit."""
    aside = len(best.attempts) - best.n_counted
    was = f", {aside} more {plural(aside, 'was', 'were')} set aside" if aside else ""
    if best.n_counted == 1:
        return f"only one start counts{was}" if aside else "one start was made"
    return f"{best.n_agree} of {best.n_counted} starts {plural(best.n_agree, 'ends there', 'agree')}{was}"


def _doubt(n_unsure: float, n: float, part: str) -> str:
    if not n_unsure:
        return f"every row belongs to one {part} with a probability of {UNSURE} or more"
    share = f"{n_unsure / n:.{0 if n_unsure >= 0.01 * n else 2}%}"
    belong = plural(n_unsure, "belongs", "belong")
    return f"{figure(n_unsure)} of {figure(n)} rows ({share}) {belong} to no {part} for sure"


def _headline(
    comparison: Comparison, groups: tuple[int, ...], stand: Standing, too_few: bool, n_unsure: float, d: int
) -> str:
    best = comparison.best
    assert best is not None
    n, found = comparison.n_counted, stand.n_sure
    if not groups:
        return _nothing_beside(comparison, too_few)
    over = _over_the_next(comparison)
    if groups == (1,) and best.n_components == 1:
        if too_few:
            return (
                f"Too few rows to tell: one Gaussian is as good, but {count(n, 'row')} would not show groups."
            )
        return f"No grouping: one Gaussian is as good. BIC favours it{over}. {_power(comparison, d)}"
    if best.n_components == 1:
        few = "Too few rows to tell: " if too_few else ""
        return f"{few}{_count(groups)}: BIC favours one Gaussian{over}, which is too little to tell."
    evidence = f"BIC favours {_model(best)}{over}; {_agreement(best)}"
    if stand.n_perhaps > found:
        unsure, they = ("Too few rows to tell", "so few") if too_few else ("Unsure", "they")
        return (
            f"{unsure}: {_count(groups).lower()}. {capital(evidence)}; the rows between these Gaussians thin "
            f"out no more than {they} may by chance."
        )
    if groups == (1,):
        few = "Too few rows to tell" if too_few else "No clear grouping"
        return (
            f"{few}: {evidence}, but these Gaussians do not stand apart. They may be groups that "
            "overlap, or tile one shape that is not Gaussian."
        )
    if found < best.n_components:
        makes = f"{best.n_components} Gaussians make {count(found, 'group')} that"
        evidence = f"{makes} {plural(found, 'stands', 'stand')} apart; {evidence}"
    part = "group" if found == best.n_components else "component"
    more = " or more" if best.n_components == max(k for k, _ in comparison.plan) else ""
    said = f"{_count(groups)}{more}: {evidence}; {_doubt(n_unsure, _n_at_all(comparison), part)}."
    return f"{said} {_power_within(comparison, d)}" if len(groups) == 1 and part == "group" else said


def _power(comparison: Comparison, d: int) -> str:
    """What "no grouping" does not rule out."""
    least = least_apart(comparison.n_counted, d)
    nearer = "" if np.isinf(least) else f" nearer than about {least:.1f} deviations"
    return f"Two equal groups{nearer} might be missed, and smaller ones sooner."


def _power_within(comparison: Comparison, d: int) -> str:
    """What groups that stand apart do not rule out: that one is two which overlap."""
    best = comparison.best
    assert best is not None
    least = least_apart(float(best.mixture.weights.max()) * comparison.n_counted, d)
    nearer = "that overlap" if np.isinf(least) else f"nearer than about {least:.1f} deviations"
    return f"Two {nearer} may count as one here, and small ones sooner."


def _nothing_beside(comparison: Comparison, too_few: bool) -> str:
    """Why one number of components alone was fitted, and is compared with nothing."""
    best, n = comparison.best, comparison.n_counted
    assert best is not None
    if comparison.stopped:
        return f"Unsure: only {_model(best)} was fitted before the comparison was stopped."
    tried = {k for k, _ in comparison.plan}
    if tried == {1}:
        return f"Too few rows to tell: {count(n, 'row')} are enough for one Gaussian alone."
    if len(tried) == 1:
        return f"Unsure: no other number of components than {best.n_components} was to be fitted."
    unsure = "Too few rows to tell" if too_few else "Unsure"
    return f"{unsure}: {_all_set_aside(comparison)}. What is left is {_model(best)}."


def _all_set_aside(comparison: Comparison) -> str:
    """How many fits were set aside, and why."""
    aside = [one for one in comparison.fits if one.degenerate]
    return (
        f"{len(aside)} of {count(len(comparison.fits), 'fit')} {plural(len(aside), 'was', 'were')} set "
        "aside, since from every start a component ended on too few or on equal rows or values"
    )


def _left(models: Sequence[Model]) -> str:
    """What these (k, family) are, in a few words."""
    ks: dict[str, list[int]] = {}
    for k, name in models:
        ks.setdefault(name, []).append(k)
    families: dict[tuple[int, int], list[str]] = {}
    for name, some in ks.items():
        families.setdefault((min(some), max(some)), []).append(name)
    parts = [
        f"k = {low if low == high else f'{low} to {high}'} with {together(names)} covariances"
        for (low, high), names in families.items()
    ]
    return "; ".join(parts)


def _incomplete(comparison: Comparison, X: Array) -> tuple[Finding, ...]:
    """What was not compared, and might have been the answer."""
    tried, plan, best = len(comparison.fits), comparison.plan, comparison.best
    most = max((k for k, _ in plan), default=1)
    if comparison.stopped:
        return (
            _caveat(
                f"The comparison was stopped after {tried} of {len(plan)} fits: what was not tried may fit "
                "better, and then there are other groups than these.",
                f"not tried: {_left(plan[tried:])}",
            ),
        )
    families = tuple(dict.fromkeys(name for _, name in plan))
    n = figure(comparison.n_counted)
    more = any(k > 1 for k, _ in planned(X, [most + 1], families, sample_weight=comparison.weights))
    if most == 1 and not more:
        return (
            _caveat(
                f"Only one Gaussian was fitted: {n} rows are few for more.",
                f"needed: {NUMBERS_EACH} numbers for each parameter, 2 different rows for each component",
            ),
        )
    if best is not None and best.n_components == most:
        why = "so many were asked for" if more else f"{n} rows are few for more"
        return (
            _caveat(
                f"The best fit has as many components as were tried, {most}: there may be more groups.",
                f"largest number tried: {most}; {why}",
            ),
        )
    return ()


def fractions(comparison: Comparison) -> tuple[Finding, ...]:
    """That rows which count as fractions are no equal rows, which is what all of this takes them for."""
    weights = comparison.weights
    if weights is None or (weights == np.rint(weights)).all():
        return ()
    n, effective = weights.sum(), weights.sum() ** 2 / (weights**2).sum()
    return (
        _caveat(
            f"Rows count as fractions here, and BIC takes them for {figure(round(n, 1))} independent rows: "
            "if they say how many others a row stands for, there is less evidence than that.",
            f"{len(weights):,} rows; so weighted, a mean is as sure as of {effective:,.0f} that count alike "
            "(Kish 1965)",
        ),
    )


def _few(too_few: bool, stand: Standing, n: float, d: int) -> tuple[Finding, ...]:
    """What so few rows cannot tell, or those between components."""
    if stand.n_perhaps > stand.n_sure:
        more = "they are too few to tell that from chance" if too_few else "no more than they may by chance"
        return (
            _caveat(
                f"The rows thin out between components, but {more}.",
                f"the density between two falls below {VALLEY:.0%} of either side, but may do so by chance "
                f"more often than once in {1 / VALLEY_LEVEL:.0f} times, or the rows there are too few to be "
                "counted",
            ),
        )
    if not too_few:
        return ()
    cost = f"{gain_of_two(n):.0f} against {cost_of_two(n, d):.0f}"
    return (
        _caveat(
            f"{count(n, 'row')} of {count(d, 'column')} are too few to rule groups out: two of equal "
            "size, 4 deviations apart, might not be found.",
            f"what such groups gain in BIC against what their parameters cost: {cost}",
        ),
    )


def _caveat(sentence: str, evidence: str) -> Finding:
    return Finding("warning", sentence, evidence)


def _shape(best: Fit, stand: Standing, X: Array, weights: Array | None) -> tuple[Finding, ...]:
    """Where groups are not Gaussians: components that do not stand apart, tails, skewness (Mardia 1970)."""
    mixture, found = best.mixture, stand.n_perhaps
    caveats = []
    if found < mixture.n_components:
        members = [[str(j + 1) for j, g in enumerate(stand.perhaps) if g == group] for group in range(found)]
        joined = "; ".join(together(m) for m in members if len(m) > 1)
        k = mixture.n_components
        which = "Both components" if k == 2 else f"All {k} components"
        what = (
            f"{which} are one group"
            if found == 1
            else f"The {k} components are {in_words(found)} groups only"
        )
        caveats.append(
            _caveat(
                f"{what}: where they meet, the rows do not thin out, so several may tile one shape that is "
                "not Gaussian (curved, flat, skewed, with heavy tails), or groups overlap.",
                f"not apart: components {joined}; between two that are, the density falls below "
                f"{VALLEY:.0%} of either side",
            )
        )
    responsibilities = mixture.responsibilities(X)
    if weights is not None:
        responsibilities *= weights[:, np.newaxis]
    columns = independent(X, FLAT)
    d, X = len(columns), X[:, columns]
    means, covariances = (
        mixture.means[:, columns],
        mixture.full_covariances[:, columns[:, np.newaxis], columns],
    )
    for j, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        residuals, r = X - mean, responsibilities[:, j]
        Y = np.linalg.solve(np.linalg.cholesky(covariance), residuals.T)  # (d, n)
        kurtosis = float(r @ np.sum(Y**2, axis=0) ** 2 / r.sum())
        z = (kurtosis - d * (d + 2)) / np.sqrt(8 * d * (d + 2) / r.sum())
        who = f"Component {j + 1}" if mixture.n_components > 1 else "The one shape"
        if abs(z) > TAILS_Z:
            caveats.append(
                _caveat(
                    f"{who} is not Gaussian: its tails are {'heavier' if z > 0 else 'lighter'}.",
                    f"Mardia's kurtosis is {kurtosis:.3g}, that of a Gaussian {d * (d + 2)}: {abs(z):.0f} "
                    "standard errors",
                )
            )
            continue
        # The third moments, (d, d, d): zero for a Gaussian.
        thirds = ((r * Y)[:, np.newaxis] * Y).reshape(d * d, -1) @ Y.T / r.sum()
        skewness, n_thirds = float(np.sum(thirds**2)), d * (d + 1) * (d + 2) / 6
        if chi2.sf(r.sum() * skewness / 6, n_thirds) < SKEWED_P and not (
            r.sum() < ENOUGH_EACH * n_thirds and _is_by_chance(Y, r, skewness)
        ):
            caveats.append(
                _caveat(
                    f"{who} is not Gaussian: it is skewed.",
                    f"Mardia's skewness is {skewness:.3g}, that of a Gaussian 0: by chance less often than "
                    f"once in {1 / SKEWED_P:,.0f} times",
                )
            )
    return tuple(caveats)


def _is_by_chance(Y: Array, r: Array, skewness: float) -> bool:
    """Whether rows Y (d, n) that count as r (n,) are as skewed with signs at random, which no Gaussian tells
    from its own: with few rows for each third moment, chi-square does not say how often.
    """
    own = np.argsort(-r, kind="stable")[:MOST_SIGNED]
    Y, r = Y[:, own], r[own]
    signed = np.random.default_rng(0).choice([-1.0, 1.0], (SIGNS, len(own))) * r
    thirds = np.einsum("si,ij,sj->s", signed, (Y.T @ Y) ** 3, signed, optimize=True)
    return bool(skewness <= thirds.max() / r.sum() ** 2)


def _starts(best: Fit, comparison: Comparison) -> tuple[Finding, ...]:
    """Whether a typical start would have led elsewhere."""
    total = best.n_counted
    behind = float(np.median(best.bics[:total])) - best.bic
    gaps = [one.bic - best.bic for k, one in comparison.by_components.items() if k != best.n_components]
    if 2 * best.n_agree >= total or not gaps or behind <= min(gaps):
        return ()
    return (
        _caveat(
            f"Only {best.n_agree} of {total} starts found the best fit, and a typical one ends farther from "
            "it than the next number of components: more starts may find better.",
            f"a typical start ends {behind:.0f} higher in BIC, the next number {min(gaps):.0f}",
        ),
    )


def _duplicates(mixture: Mixture, X: Array, weights: Array | None) -> tuple[Finding, ...]:
    """Components of which many rows are equal."""
    labels = mixture.log_joint(X).argmax(axis=1)
    caveats = []
    for j in range(mixture.n_components):
        own = X[labels == j]
        if not len(own):
            continue
        values, which = np.unique(own, axis=0, return_inverse=True)
        counts = np.bincount(which.ravel(), weights_of(labels == j, weights))
        n = counts.sum()
        if counts.max() >= max(5, TIED * n):
            once = np.bincount(which.ravel())[counts.argmax()] == 1
            of_its_rows = f"of its {figure(n)} rows"
            value = ", ".join(f"{v:.10g}" for v in values[counts.argmax()])
            caveats.append(
                _caveat(
                    f"Component {j + 1} sits on duplicates, and a density can grow there without limit.",
                    f"one row counts as {figure(counts.max())} {of_its_rows} ({value})"
                    if once
                    else f"{figure(counts.max())} {of_its_rows} are equal ({value})",
                )
            )
    return tuple(caveats)


def _winners_set_aside(comparison: Comparison) -> list[Attempt]:
    """Degenerate runs that would have won, by BIC."""
    bound = np.inf if comparison.best is None else comparison.best.bic
    won = [a for one in comparison.fits for a in one.attempts if a.defect and a.bic < bound]
    return sorted(won, key=lambda attempt: attempt.bic)


def _set_aside(comparison: Comparison, X: Array) -> tuple[Finding, ...]:
    """Whether the likelihood has grown beyond the best fit's on equal rows, or rounded values."""
    winners = _winners_set_aside(comparison)[:3]
    columns = scales(X) if winners else ()
    on_equal = [
        a for a in winners if _duplicates(a.mixture, X, comparison.weights) or one_by_one(a.mixture, columns)
    ]
    if not on_equal:
        return ()
    return (
        _caveat(
            "Fits with a lower BIC were set aside, because a component sits on equal rows or values.",
            f"in one with {on_equal[0].mixture.n_components} components, {on_equal[0].defect}",
        ),
    )


def _n_at_all(comparison: Comparison) -> float:
    """As how many rows all rows of the data count."""
    return n_counted(comparison.n_samples, comparison.sample_weight)


def _reasons(
    comparison: Comparison, stand: Standing, unsure: NDArray[np.generic], n_unsure: float
) -> tuple[Finding, ...]:
    """The parts of the answer, each with its figures; `unsure` (m,) are the numbers of the unsure rows, which
    count as `n_unsure`.
    """
    best = comparison.best
    assert best is not None
    k, n = best.n_components, comparison.n_samples
    part = "group" if stand.n_sure == k else "component"
    by_k = {str(number): one.bic for number, one in comparison.by_components.items()}
    families = {one.covariance_type: one.bic for one in comparison.ranking if one.n_components == k}
    coherent = min(comparison.ranking, key=lambda one: one.icl)
    said = []
    if part == "group" and k > 1:
        between = (
            f"the density between two centres falls below {VALLEY:.0%} of that on either side, or a gap is "
            "emptier than chance leaves one"
        )
        all_of_them = (
            "Both components stand apart: between them"
            if k == 2
            else f"All {k} components stand apart: between any two"
        )
        said.append((f"{all_of_them} the rows thin out.", between))
    if len(by_k) > 1:
        over = _over_the_next(comparison)
        said.append((f"BIC favours {_model(best)}{over}.", f"best by number: {_ladder(by_k, best)}"))
    if len(families) > 1 and k > 1:
        gap = sorted(families.values())[1] - best.bic
        family = f"Of the families with {k} components, {best.covariance_type} is best, by {gap:.0f}."
        said.append((family, f"BIC: {_ladder(families, best)}"))
    if k > 1:
        ends = ", ".join(f"{bic - best.bic:+.0f}" for bic in best.bics[: best.n_counted])
        said.append(
            (f"{capital(_agreement(best))}.", f"BIC: {ends}; within {AGREE_BIC:g}, and with the same rows")
        )
        doubt = f"{capital(_doubt(n_unsure, _n_at_all(comparison), part))}."
        said.append((doubt, f"largest responsibility below {UNSURE}: {_some(unsure)}"))
    if len(by_k) > 1:
        too = " too" * (coherent is best)
        other = "" if coherent is best else f"; of the best by BIC {best.icl:.6g}"
        overlap = f"ICL, which counts overlap against a fit, favours {_model(coherent)}{too}."
        said.append((overlap, f"ICL {coherent.icl:.6g}{other}"))
    aside = sum(bool(a.defect) for one in comparison.fits for a in one.attempts)
    if aside:
        runs, lower = sum(len(one.attempts) for one in comparison.fits), len(_winners_set_aside(comparison))
        ended = (
            f"{aside} of {runs} runs {plural(aside, 'was', 'were')} set aside, as a component ended on too "
            "few or on equal rows or values."
        )
        by_then = "had a lower BIC than the best fit by then; slow ones are not run to their end"
        said.append((ended, f"{lower or 'none'} of them {by_then}"))
    if comparison.sampled:
        sample = f"The fits are compared on a random sample of {len(comparison.rows):,} of {n:,} rows."
        said.append((sample, "so a very small group may be missed; the unsure rows are of all rows"))
    floor = f"{comparison.reg_covar:.3g} (squared data units) was added to every variance."
    said.append((floor, "against collapse; a millionth of the smallest variance of a column"))
    return tuple(Finding("info", *one) for one in said)


def _ladder(bics: dict[str, float], best: Fit) -> str:
    return ", ".join(f"{label}: {bic - best.bic:+.0f}" for label, bic in bics.items())


def _some(rows: NDArray[np.generic]) -> str:
    """The first ten of some row numbers."""
    more = f" and {len(rows) - 10:,} more" if len(rows) > 10 else ""
    named = ", ".join(str(number) for number in rows[:10].tolist())
    return f"{plural(len(rows), 'row')} {named}{more}" if len(rows) else "no row"

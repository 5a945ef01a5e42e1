"""What a mixture says of one point, and of its own fit, in words, bars and a small picture. No Streamlit.

Letters: n rows of data, k components, d features.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.judgement.predict import INNER, OUTER, Fit, is_unlike, log_shares, share_below
from gmm_core.words import count, percent
from pages.ui.look.markup import template

Array = NDArray[np.float64]

CERTAIN = 0.95  # from this responsibility on, a point is called a certain member
BINS = 40
STYLE = """
.em-answer {border-collapse: collapse; width: 100%; margin: 0.2rem 0; font-variant-numeric: tabular-nums}
.em-answer th {border: 0; padding: 0 0.4rem 0.2rem; font-weight: normal; font-size: 0.85em; opacity: 0.75;
  text-align: left; white-space: nowrap}
.em-answer td {border: 0; padding: 0.2rem 0.4rem; white-space: nowrap}
.em-answer td:first-child {border-left: 6px solid var(--colour); font-weight: bold; width: 2rem}
.em-answer td.bar {background: linear-gradient(to right,
  color-mix(in srgb, var(--colour) 45%, transparent) var(--share), transparent 0) no-repeat}
.em-answer td:last-child, .em-answer th:last-child {text-align: right; width: 6rem}
.em-answer tr.best td {font-weight: bold}
.em-levels {position: relative; height: 4.6rem; margin: 0.6rem 0 0.2rem; font-size: 0.85em}
.em-levels div {position: absolute}
.em-levels .bars {inset: 0 0 1.2rem 0; display: flex; align-items: flex-end; gap: 1px;
  border-bottom: 1px solid rgb(128 128 128 / 0.6)}
.em-levels .bars i {flex: 1; background: rgb(128 128 128 / 0.55)}
.em-levels .limit {top: 0; bottom: 1.2rem; border-left: 1.5px dashed currentColor}
.em-levels .here {bottom: 1.2rem; width: 0; height: 0; border: 7px solid transparent; border-top: 0;
  border-bottom: 13px solid var(--colour); transform: translateX(-50%)}
.em-levels .what {bottom: -0.1rem; white-space: nowrap; opacity: 0.75}
"""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a mixture says of a point.

    log_shares : (k,), the logarithms of its responsibilities; with noise (k + 1,), its share last.
    distances : (k,), Mahalanobis distances, in standard deviations.
    below : the share of the n rows of data where the density is lower. unlike : whether it is unlike them.
    """

    log_shares: Array
    distances: Array
    log_density: float
    below: float
    unlike: bool
    n: int

    @property
    def likeliest(self) -> int:
        """The most likely component, from 0; k where that is noise."""
        return int(self.log_shares.argmax())

    def name(self, j: int) -> str:
        """What the share number j, from 0, is of."""
        return f"component {j + 1}" if j < len(self.distances) else "noise"


def ask(mixture: Mixture, point: Array, levels: Array, quantile: float) -> Answer:
    """The answer for a point (d,); levels : the log densities of the data, from the lowest (n,)."""
    X = point[np.newaxis]
    log_density = mixture.log_density(X)
    return Answer(
        log_shares=log_shares(mixture, X)[0],
        distances=np.sqrt(mixture.squared_distances(X)[0]),
        log_density=float(log_density[0]),
        below=float(share_below(levels, log_density)[0]),
        unlike=bool(is_unlike(levels, quantile, log_density)[0]),
        n=len(levels),
    )


def probability(log_value: float) -> str:
    """A probability, given its logarithm, in digits that can be read: 0.999866, 9.36305e-82, 1.2e-4321."""
    if log_value > math.log(1e-300):
        return f"{math.exp(log_value):.6g}"
    if log_value < -1e15:  # so small that even the logarithm has no digits to say
        return "0"
    exponent = math.floor(log_value / math.log(10))
    return f"{10 ** (log_value / math.log(10) - exponent):.1f}e{exponent}"


_TABLE = template(
    '<table class="em-answer"><tr><td></td><th>responsibility</th><th>distance (sd)</th></tr>'
    "{% for one in rows %}"
    '<tr class="{{ one.best }}" style="--colour:{{ one.colour }}"><td>{{ one.name }}</td>'
    '<td class="bar" style="--share:{{ one.share }}%">{{ one.probability }}</td>'
    "<td>{{ one.distance }}</td></tr>"
    "{% endfor %}</table>"
)
_LEVELS = template(
    '<div class="em-levels" style="--colour:{{ colour }}"><div class="bars">'
    '{% for height in heights %}<i style="height:{{ height }}%"></i>{% endfor %}</div>'
    '<div class="limit" style="left:{{ limit }}%"></div><div class="here" style="left:{{ here }}%"></div>'
    '<div class="what">▲ log-density {{ log_density }}</div>'
    '<div class="what" style="right:0">grey: the data</div></div>'
)


def table(answer: Answer, colours: tuple[str, ...]) -> str:
    """Responsibilities as bars, and distances, as HTML: a row for each component, and noise, in its colour.

    colours : of the k components, and of noise; here and below.
    """
    rows = [
        {
            "name": j + 1 if j < len(answer.distances) else "noise",
            "best": "best" if j == answer.likeliest else "",
            "colour": colour,
            "share": f"{100 * math.exp(log_share):.1f}",
            "probability": probability(log_share),
            # To so many places: the rest is rounding.
            "distance": f"{answer.distances[j].round(7):.4g}" if j < len(answer.distances) else "",
        }
        for j, (colour, log_share) in enumerate(zip(colours, answer.log_shares, strict=False))
    ]
    return _TABLE(rows=rows)


def density_picture(answer: Answer, levels: Array, threshold: float, colours: tuple[str, ...]) -> str:
    """The log densities of the data (n,) as a histogram, and where the point stands, as HTML."""
    low, high = levels[0], levels[-1]
    span = high - low
    if span <= 1e-9 * max(1.0, abs(high)):  # equal, but for rounding
        span = max(1.0, 1e-9 * abs(high))
    # What is further out than the data are wide stands at the edge.
    first = min(low, max(answer.log_density, low - 2 * span)) - 0.05 * span
    last = max(high, min(answer.log_density, high + span)) + 0.05 * span
    counts, _ = np.histogram(levels, bins=BINS, range=(first, last))

    def across(value: float) -> str:
        return f"{100 * np.clip((value - first) / (last - first), 0, 1):.1f}"

    return _LEVELS(
        colour=colours[answer.likeliest],
        heights=[f"{share:.1f}" for share in 100 * counts / counts.max()],
        limit=across(threshold),
        here=across(answer.log_density),
        log_density=f"{answer.log_density:,.6g}",
    )


def verdict(answer: Answer) -> str:
    """What to make of it, in Markdown: responsibility and density, and why they are two things."""
    shares, k = np.exp(answer.log_shares), len(answer.distances)
    best = answer.likeliest
    if best == k and shares[best] >= CERTAIN:
        return (
            f"**Noise by responsibility ({shares[best]:.6g}):** no component explains this point, and noise "
            f"takes what none explains, wherever it lies. By density, it is {_standing(answer)}."
        )
    if shares[best] >= CERTAIN:
        claim, link = f"Certain by responsibility ({shares[best]:.6g})", "and yet"
    else:
        other = int(np.argsort(shares)[-2])
        beside_noise = f"{answer.name(best)} and {answer.name(other)}"
        both = beside_noise if k in (best, other) else f"components {best + 1} and {other + 1}"
        claim = f"Between {both} ({shares[best]:.2f}, {shares[other]:.2f})"
        link = "but"
    if not answer.unlike:
        return f"**{claim}, and like the data:** {_standing(answer)}."
    how = "absurd" if answer.below == 0 else "unlikely"
    if len(shares) > k:
        why = "Responsibilities only compare the components and noise with each other: they always sum to 1."
    elif k == 1:
        why = "With one component, responsibility is 1 wherever a point lies."
    else:
        why = (
            "Responsibilities only compare the components with each other: they sum to 1 even where "
            f"{'both' if k == 2 else f'all {k}'} explain a point badly."
        )
    return f"**{claim}, {link} {how} by density:** {_standing(answer)}. {why}"


def _standing(answer: Answer) -> str:
    """How its density stands among those of the data."""
    if answer.below == 0:
        seen = ", unlike anything seen" if answer.unlike else ""
        return f"lower than at each of the {answer.n:,} rows{seen}"
    if answer.below == 1:
        return f"denser than each of the {answer.n:,} rows"
    share = 100 * answer.below
    told = f"{share:.0f}" if 1 <= share <= 99 else f"{min(max(share, 0.1), 99.9):.1f}"
    return f"denser than {'only ' if answer.unlike else ''}{told}% of the rows"


def fits(checks: tuple[Fit, ...]) -> tuple[str, ...]:
    """A sentence in Markdown for each component: whether it is Gaussian; one for all with too few rows."""
    said = [_fit(j, check) for j, check in enumerate(checks, 1) if check.enough]
    few = [str(j) for j, check in enumerate(checks, 1) if not check.enough]
    if few:
        who = f"Component {few[0]}** has" if len(few) == 1 else f"Components {', '.join(few)}** have"
        said.append(f"**{who} too few rows for {count(checks[0].n_features, 'feature')} to say.")
    return tuple(said)


def _fit(j: int, check: Fit) -> str:
    body = "interval" if check.n_features == 1 else "ellipse" if check.n_features == 2 else "ellipsoid"
    shares = (
        f"{percent(check.inner)} of its rows lie in the {body} of {100 * INNER:g}%, "
        f"{percent(check.outer, 1)} in that of {100 * OUTER:g}%."
    )
    kind = "a Gaussian" if check.dof is None else f"a t distribution with {check.dof:.3g} degrees of freedom"
    if not check.doubtful:
        return f"**Component {j}**: nothing speaks against {kind}. {shares}"
    if check.slight:
        return f"**Component {j}** is nearly {kind}: so many rows show even a slight difference. {shares}"
    than = "a Gaussian" if check.dof is None else "that"
    pointed = f"More pointed than {than}: heavier tails, skewness or repeated values do so."
    flat = f"Flatter than {than}: edges, or several groups in one, do so."
    return (
        f"**Component {j} is {kind.replace('a ', 'no ', 1)}.** {shares} "
        f"{pointed if check.inner > INNER else flat}"
    )

"""What a class answered to a question, counted. Pure: no Streamlit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from gmm_core.words import count
from pages.ui.address.settings import Settings
from pages.ui.lessons.questions import Kind, Question
from pages.ui.lessons.watched import Watched
from pages.ui.look import palette
from pages.ui.look.markup import template
from pages.ui.player import At, Mark

MOST_BARS = 10
STYLE = palette.painted("""
.em-tally {border-collapse: collapse; width: 100%; font-size: 1.05rem; overflow-wrap: anywhere}
.em-tally :is(th, td) {border: 0; padding: 0.15rem 0.4rem 0.15rem 0; font-weight: 400; text-align: left}
.em-tally td {width: 55%; white-space: nowrap}
.em-tally i {display: inline-block; height: 1.1em; border-radius: 0.2rem; vertical-align: text-bottom;
  margin-right: 0.5rem; min-width: 2px; background: rgb(128 128 128 / 0.55)}
.em-tally .right :is(th, td) {font-weight: 600}
.em-tally .right i {background: $SURE}
""")
_CHART = template("""
<table class="em-tally" aria-label="How many gave each answer">
{% for bar in bars %}
<tr{{ ' class=right' if bar.right }}><th scope="row">{{ bar.text }}{{ ' ✓' if bar.right }}</th>
<td><i style="width: {{ (75 * bar.n / most) | round(1) }}%"></i>{{ bar.n }}</td></tr>
{% endfor %}
</table>
""")


class Bar(NamedTuple):
    """An answer, how many gave it, and whether it is right."""

    text: str
    n: int
    right: bool


class Tally(NamedTuple):
    """The answers of a class. n, right : how many make sense, and are right; None where each ends elsewhere.

    bars, marks : what is drawn of them: a chart, or places in the picture.
    """

    n: int = 0
    right: int | None = None
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def said(self) -> str:
        """In a sentence."""
        if not self.n:
            return "Nobody answered."
        counted = f"{self.right} of {count(self.n, 'answer')} right." if self.right is not None else ""
        crosses = f"The small crosses are all {count(self.n, 'answer')}." if self.marks and self.n > 1 else ""
        return " ".join(filter(None, (counted, crosses)))

    @property
    def chart(self) -> str:
        """The bars as HTML; "" where there are none."""
        if not self.bars or not self.n:
            return ""
        return _CHART(bars=self.bars, most=max(bar.n for bar in self.bars))


def count_up(
    kind: Kind,
    question: Question,
    at: At,
    run: Watched,
    after: Watched,
    settings: Settings,
    texts: Iterable[str],
) -> Tally:
    """Count the answers to a question, texts as in a link; see `questions.Kind` for the rest."""
    given = [one for text in texts if (one := kind.read(text, question, run)) is not None]
    if kind.given == "means":  # each is the start of a run of its own
        placed = (Mark(j, mean, open=False) for means in given for j, mean in enumerate(means))
        return Tally(len(given), marks=tuple(placed))
    right = sum(kind.judge(question, at, run, one, after).right for one in given)
    if kind.given == "mark":
        places = tuple(Mark(question.component - 1, tuple(one), open=False) for one in given)
        return Tally(len(given), right, marks=places)
    is_right = kind.right(question, at, run)
    bars = {
        "choice": lambda: _of_options(kind.options(question, run), is_right, given),
        "share": lambda: _of_components(run.mixtures[0].n_components, is_right[0], given),
        "number": lambda: _of_numbers(kind.most(question, run, settings), is_right, given),
    }[kind.given]()
    return Tally(len(given), right, tuple(bars))


def _of_options(options: Sequence[str], right: int, given: Sequence[int]) -> list[Bar]:
    counts = Counter(given)
    return [Bar(text, counts[i], i == right) for i, text in enumerate(options, 1)]


def _of_components(k: int, right: int, given: Sequence[tuple[int, float]]) -> list[Bar]:
    bars = []
    for j in range(1, k + 1):
        sure = [share for component, share in given if component == j]
        mean = f", on average {np.mean(sure):.0f}% sure" if sure else ""
        bars.append(Bar(f"component {j}{mean}", len(sure), j == right))
    return bars


def _of_numbers(most: int, right: int, given: Sequence[int]) -> list[Bar]:
    width = ceil(max(most, right, *given, 1) / MOST_BARS)
    counts: Counter[Any] = Counter(ceil(max(one, 1) / width) for one in given)
    last = max(*counts, ceil(right / width), 1)
    return [
        Bar(
            str(i) if width == 1 else f"{width * (i - 1) + 1} to {width * i}",
            counts[i],
            i == ceil(max(right, 1) / width),
        )
        for i in range(1, last + 1)
    ]

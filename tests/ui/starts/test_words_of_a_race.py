"""What a race says in words, of few starts as of many."""

from types import SimpleNamespace

import numpy as np
import pytest

from gmm_core import Mixture
from gmm_core.judgement.optima import EndState, best
from pages.ui.starts import words

ONE = Mixture([1.0], [[0.0]], [1.0], "spherical")


def raced(*ends):
    """A race whose ends are these, each as how many runs and whether they collapsed; the highest first."""
    states, first = [], 0
    for height, (n, collapsed) in enumerate(ends):
        runs = tuple(range(first, first + n))
        states.append(EndState(runs, ONE, -10.0 - height, 0.5, np.ones(n, int), collapsed, "", None))
        first += n
    return SimpleNamespace(ends=states, honest=best([one for one in states if one.honest]), n_starts=first)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([(2, False), (1, False)], "is reached by 2 of 3; the other stops on lower ground."),
        ([(2, False), (3, False)], "is reached by 2 of 5; the others stop on lower ground."),
        ([(2, False), (1, True)], "is reached by 2 of 3; the other collapses."),
        ([(2, False), (2, True)], "is reached by 2 of 4; the others collapse."),
        (
            [(2, False), (1, False), (1, True)],
            "is reached by 2 of 4; the others stop on lower ground or collapse.",
        ),
    ],
)
def test_what_became_of_the_others_is_said_of_them_alone(ends, said):
    assert words.headline(raced(*ends))[0].endswith(said)


@pytest.mark.parametrize(
    ("short", "said"),
    [
        ([0.0], "the only one that reaches {} within 1 of it: here it is fine enough."),
        ([0.0, 0.5], "all 2 that reach {} within 1 of it: here it is fine enough."),
        ([3.25], "the only one that reaches {} where the ring is: 3.2 below it."),
        ([0, 3.25], "1 of the 2 that reach {} where the ring is: 3.2 below it."),
        ([1.5, 3.25], "2 of the 2 that reach {} where the rings are: at least 1 below it, and up to 3.2."),
    ],
)
def test_where_the_default_tolerance_stops_is_said_of_one_run_as_of_many(short, said):
    ran, n = raced((len(short), False)), len(short)
    ran.curves = np.column_stack([-10.0 - np.array(short), np.full(n, -10.0)])
    ran.race, ran.n_iter_default = SimpleNamespace(n_iter=np.ones(n, int)), np.zeros(n, int)
    stopped = said.format("-10.000 would have stopped")
    assert words.default_tolerance(ran) == f"With scikit-learn's default tolerance, 0.001, {stopped}"

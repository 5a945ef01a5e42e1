"""What a comparison of ways up says in settings of which EM is very fast, or very slow."""

import pytest

from gmm_core.laboratory.faster import Comparison
from pages.ui.faster import words


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.001, "Each iteration brings more than one digit of the parameters."),
        (0.1, "One more digit of the parameters takes 1 iteration."),
        (0.9999, "One more digit of the parameters takes 23,025 iterations."),
    ],
)
def test_a_digit_never_takes_no_iterations(rate, said):
    assert words.halving(Comparison({}, {}, rate, None)) == said

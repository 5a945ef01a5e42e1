"""Links of what is hardly data: a sentence, and never a traceback."""

import pytest
from link import opened


@pytest.mark.filterwarnings("ignore")  # numpy may warn of such numbers, in the log
@pytest.mark.parametrize("page", ["starts.py", "collapse.py", "debug.py", "check.py"])
def test_a_row_whose_square_hardly_is_a_number(page):
    opened(page, edit="add:1e99,1e99")


def test_densities_that_are_equal_but_for_rounding():
    opened("predict.py", n="2", blobs="1", k="1", dataseed="2")

"""What other programs print arrives at the page Debug: what it is taken for, and what is said of it."""

import pytest
from link import opened

from gmm_core import load_dataset

X = load_dataset("qa_series").X[:, 0]

# The solution of the second answer to the question, rounded, as R prints it.
IN_R = """$lambda
[1] 0.158253 0.304519 0.537228

$mu
[1] 24.566267 37.575751 44.339642

$sigma
[1] 0.379367 4.949121 0.377573

$iter
[1] 57
"""
IN_PANDAS = "         0        1        2\n" + "\n".join(
    f"{i:<2}  {0.5:.5f}  {0.25:.5f}  {0.25:.5f}" for i in range(len(X))
)


@pytest.fixture(scope="module")
def page():
    return opened("debug.py", show="paste", data="qa_series", k="3")


def diagnosed(app, text):
    """All that the page says once a text is pasted."""
    app.text_area(key="debug_text").set_value(text).run()
    (button,) = [one for one in app.button if one.label == "Diagnose"]
    button.click().run()
    assert not app.exception
    kinds = (app.main.markdown, app.main.caption, app.info, app.warning, app.error)
    told = [element.value for kind in kinds for element in kind]
    told += [element.proto.body for element in app.get("html")]
    return "\n".join(told).replace("\\", "")


def test_parameters_of_r(page):
    said = diagnosed(page, IN_R)
    assert "Parameters: the weights and means and variances of 3 components" in said
    assert "The deviations were squared, to have variances." in said


def test_minus_the_log_likelihood(page):
    said = diagnosed(page, "Iter 0: -loglik = 180.2\nIter 1: -loglik = 170.1\nIter 2: -loglik = 169.5")
    assert "Log-likelihoods: the log-likelihoods of 3 iterations" in said
    assert "was taken for minus the log-likelihood, which has to fall: the signs were turned." in said
    assert "fell" not in said


def test_responsibilities_of_pandas(page):
    assert "Responsibilities: the responsibilities of 3 components" in diagnosed(page, IN_PANDAS)


def test_the_log_of_scikit_learn_and_a_print_that_is_cut_off(page):
    log = "Initialization 0\n" + "\n".join(
        f"  Iteration {i}\t time lapse 0.00123s\t ll change {0.1 / i:.5f}" for i in (10, 20, 30)
    )
    said = diagnosed(page, log)
    assert "Log-likelihoods: 3 changes of the log-likelihood from one iteration to another" in said
    assert "All are positive and shrinking, from 0.01 down to 0.00333." in said
    assert "Paste the log-likelihood itself of each iteration" in said
    assert not [*page.error, *page.success, *page.warning]
    said = diagnosed(page, "resp = [[0.1 0.9]\n [0.2 0.8]\n [0.3")
    assert "a bracket opens there and never closes; the print is cut off." in said

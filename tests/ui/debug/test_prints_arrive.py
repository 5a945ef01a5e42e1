"""What other programs print arrives at the page Debug: what it is taken for, and what is said of it."""

from html import unescape

import pytest
from link import html, opened, press

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
    press(app, "Diagnose")
    kinds = (app.main.markdown, app.main.caption, app.info, app.warning, app.error)
    told = [element.value for kind in kinds for element in kind]
    return "\n".join([*told, html(app)]).replace("\\", "")


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


GERMAN = """Komponente 1: Gewicht 0,158253, Mittelwert 24,566267, Varianz 0,143920
Komponente 2: Gewicht 0,304519, Mittelwert 37,575751, Varianz 24,493823
Komponente 3: Gewicht 0,537228, Mittelwert 44,339642, Varianz 0,142561
"""
IN_POLARS = """shape: (3, 3)
┌──────────┬───────────┬───────────┐
│ weight   ┆ mean      ┆ variance  │
│ ---      ┆ ---       ┆ ---       │
│ f64      ┆ f64       ┆ f64       │
╞══════════╪═══════════╪═══════════╡
│ 0.158253 ┆ 24.566267 ┆ 0.143920  │
│ 0.304519 ┆ 37.575751 ┆ 24.493823 │
│ 0.537228 ┆ 44.339642 ┆ 0.142561  │
└──────────┴───────────┴───────────┘
"""
IN_MATLAB = """mu =

   24.5663
   37.5758
   44.3396

Sigma(:,:,1) =

    0.1439

Sigma(:,:,2) =

   24.4938

Sigma(:,:,3) =

    0.1426
"""
IN_TORCH = """pi: tensor([0.1583, 0.3045, 0.5372], grad_fn=<SoftmaxBackward0>)
mu: tensor([24.5663, 37.5758, 44.3396], device='cuda:0')
sigma: tensor([0.3794, 4.9491, 0.3776], dtype=torch.float64)
"""
IN_WORDS = (
    "0.158253 N(24.566267, 0.143920) + 0.304519 N(37.575751, 24.493823) + 0.537228 N(44.339642, 0.142561)"
)


def test_kinds_of_prints(page):
    whole = "Parameters: the weights and means and variances of 3 components"
    for text, told in {
        GERMAN: (whole, "Numbers are written with a decimal comma, such as '0,143920'."),
        IN_POLARS: (whole,),
        IN_MATLAB: ("Parameters: the means and variances of 3 components",),
        IN_TORCH: (whole, "The name leaves it open, and the data decide: deviations."),
        IN_WORDS: (whole, "The name leaves it open, and the data decide: variances."),
        "iter 1 change inf\niter 2 change 6.1\niter 3 change 0.4": (
            "Log-likelihoods: 2 changes of the log-likelihood",
            "The first change is inf, as nothing came before: it was left out.",
        ),
        "foo = [1 2]\nbar = [3 4]": ("No name before the numbers is known: 'foo', 'bar'.",),
    }.items():
        said = unescape(diagnosed(page, text))
        for sentence in told:
            assert sentence in said
        assert not page.warning  # of correct EM, all of them


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

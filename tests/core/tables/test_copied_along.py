"""What is copied together with numbers: code, error messages, HTML, LaTeX, units."""

import numpy as np
import pandas as pd
import pytest

from gmm_core.tables.pasted import read_numbers
from gmm_core.tables.reading import TableError

NUMBERS = "weights [0.36 0.64]\nmeans [54.6 80.1]\nvariances [34.5 34.4]\n"
EXPECTED = {"weights": [0.36, 0.64], "means": [54.6, 80.1], "variances": [34.5, 34.4]}
FRAME = pd.DataFrame({"weight": [0.36, 0.64], "mean": [54.6, 80.1], "variance": [34.5, 34.4]})

CODE = """import numpy as np
from scipy.stats import norm
K = 2
mu = X[[0, 50]]
sigma = np.array([np.eye(2)] * 3)
pi = np.ones(K) / 3
for it in range(300):
    gamma = e_step(X, pi, mu, sigma)
    Nk = gamma.sum(axis=0)
    mu = gamma.T @ X / Nk[:, None]
    pi = Nk / len(X)
    if it % 10 == 0:
        print(f"iteration {it}: {ll}")
"""
R_CODE = """library(mclust)
lambda <- rep(1/2, 2)
for (i in 1:100) {
  r <- lambda * dnorm(x, mu, sigma)
}
"""
TRACEBACK = """Traceback (most recent call last):
  File "em.py", line 20, in <module>
    r = e_step(X, w, mu, S)
  File "em.py", line 9, in logpdf
    S_1 = np.linalg.inv(S)
numpy.linalg.LinAlgError: Singular matrix 2 3
"""
WARNING = """/home/me/em.py:37: RuntimeWarning: divide by zero encountered in log
  ll = np.log(p[3] + 1).sum()
"""


def lists_of(text):
    return {name: values.ravel().tolist() for name, values in read_numbers(text).lists.items()}


@pytest.mark.parametrize("along", [CODE, R_CODE, TRACEBACK, WARNING])
def test_what_no_program_printed_is_passed_over_and_that_is_said(along):
    for text in (along + NUMBERS, NUMBERS + along):
        assert lists_of(text) == EXPECTED
        assert any("passed over" in said for said in read_numbers(text).findings)


def test_what_was_passed_over_is_counted_and_quoted():
    assert read_numbers(CODE + NUMBERS).findings[0] == (
        "13 lines of program code were passed over, from line 1 on: only what a program prints is read."
    )
    said = "An error message of Python was passed over: 'numpy.linalg.LinAlgError: Singular matr…'."
    assert said in read_numbers(NUMBERS + TRACEBACK).findings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TRACEBACK, "There is only an error message of Python, 'numpy.linalg.LinAlgError"),
        (CODE, "There is only program code in what was pasted"),
    ],
)
def test_where_nothing_else_was_pasted_that_is_said(text, said):
    with pytest.raises(TableError, match=said):
        read_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "mu = np.array([54.6, 80.1])\npi = array([0.36, 0.64])\nvar = list([34.5, 34.4])",
        "mu <- c(54.6, 80.1)\npi <- c(0.36, 0.64)\nvar <- c(34.5, 34.4)",
        "for component 1: pi = 0.36 mu = 54.6 var = 34.5\nfor component 2: pi = 0.64 mu = 80.1 var = 34.4",
    ],
)
def test_lists_that_are_given_names_are_no_code(text):
    assert list(lists_of(text).values()) == [
        EXPECTED[{"weights": "weights", "means": "means", "variances": "variances"}[name]]
        for name in lists_of(text)
    ]
    assert not any("passed over" in said for said in read_numbers(text).findings)


def test_tables_of_web_pages_and_of_latex_are_read():
    for text in (FRAME.to_html(), FRAME.to_html(index=False), f"<html><body>{FRAME.to_html()}</body></html>"):
        assert lists_of(text) == EXPECTED
    assert lists_of("<pre>" + NUMBERS.replace("\n", "<br>\n") + "</pre>") == EXPECTED
    rows = "\n".join(f"{j} & {w} & {m} & {v} \\\\" for j, (w, m, v) in enumerate(FRAME.to_numpy()))
    latex = (
        f"\\begin{{tabular}}{{lrrr}}\n\\hline\nk & weight & mean & variance \\\\\n{rows}\n\\end{{tabular}}"
    )
    assert lists_of(latex) == EXPECTED


def test_units_behind_numbers_are_no_names():
    text = "Group 1: mean 54.6 min, sd 5.5 min, share 36%\nGroup 2: mean 80.1 min, sd 4.5 min, share 64%"
    assert lists_of(text) == {
        "means": [54.6, 80.1],
        "deviations": [5.5, 4.5],
        "weights": [0.36, 0.64],
    }
    text = "means = [54.6 min, 80.1 min]\nvariances = [34.5 min^2, 34.4 min^2]\nweights = [0.36, 0.64]"
    assert lists_of(text) == EXPECTED
    matrix = read_numbers("means\n     0    1\n0  2.5  3.5\n1  4.5  5.5\n\n[2 rows x 2 columns]").lists[
        "means"
    ]
    np.testing.assert_array_equal(matrix, [[2.5, 3.5], [4.5, 5.5]])


def test_what_code_begins_with_is_no_result():
    code = """import numpy as np
mu = np.array([24.0, 35.0])
var = np.array([1.0, 1.0])

K = 2
for it in range(30):
    r = e_step(x, mu, var, pi)
"""
    assert lists_of(code + NUMBERS) == EXPECTED
    assert "weights" in lists_of("weights = [0.36, 0.64]\nmeans = [54.6, 80.1]\n" + code)


@pytest.mark.parametrize("head", ["print(pi, mu, var)", ">>> print(pi, mu, var)", "pi, mu, var:"])
def test_as_many_lists_as_names_belong_to_them_in_their_order(head):
    assert lists_of(f"{head}\n[0.36 0.64] [54.6 80.1] [34.5 34.4]\n") == EXPECTED
    assert lists_of(f"{head}\n[0.36 0.64]\n[54.6 80.1]\n[34.5 34.4]\n") == EXPECTED


FIT = pd.DataFrame({"weight": [0.25, 0.75], "mean_x": [1.5, 2.5], "var_x": [3.5, 4.5]}, index=["A", "B"])
FITTED = {"weights": [0.25, 0.75], "means": [1.5, 2.5], "variances": [3.5, 4.5]}


@pytest.mark.parametrize("index", [["A", "B"], ["A", ""], ["", "B"]])
@pytest.mark.parametrize("write", ["to_csv", "to_latex", "to_html"])
@pytest.mark.parametrize("corner", [None, "component", "name"])
def test_tables_whose_rows_have_names_are_read_in_every_notation(index, write, corner):
    text = getattr(FIT.set_axis(index), write)()
    if corner and write == "to_csv":
        text = corner + text
    elif corner and write == "to_latex":
        text = text.replace("toprule\n &", f"toprule\n{corner} &")
    assert lists_of(text) == FITTED


@pytest.mark.parametrize("rows", [" ", "\n"])
def test_a_latex_table_may_stand_on_one_line_and_have_signs_in_its_head(rows):
    text = rows.join(
        [
            r"\begin{tabular}{l|rr} \hline $k$ & $\pi_k$ & $\mu_k$ & $\sigma_k^2$ \\ \hline",
            r"1 & 0.25 & 1.5 & 3.5 \\",
            r"2 & 0.75 & 2.5 & 4.5 \\ \hline \end{tabular}",
        ]
    )
    assert lists_of(text) == FITTED


def test_what_is_true_or_false_beside_numbers_is_no_part_of_their_name():
    text = "{'weights_init': None, 'converged_': True, 'weights_': array([0.25, 0.75]), 'maxed': False}"
    assert lists_of(text) == {"weights": [0.25, 0.75]}
    assert lists_of("deque([-3.5, -2.5], maxlen=50)") == {"": [-3.5, -2.5]}

"""Numbers as people paste them: lists, logs, tables, gaps, text; and what is said of what cannot be read."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest

from gmm_core.tables.pasted import histories_in, parameters_in, read_numbers, responsibilities_in
from gmm_core.tables.reading import TableError

M = np.array([[0.25, 0.75], [1e-12, 1.0], [0.5, -np.inf]])

WAYS = {
    "python": str(M.tolist()),
    "numpy": str(M),
    "repr": repr(M),
    "nested arrays": "[array([0.25, 0.75]), array([1e-12, 1.0]), np.array([0.5, -np.inf])]",
    "assignment": f"resp = np.{M!r}",
    "tuples": "((0.25, 0.75), (1e-12, 1.), (0.5, float('-inf')))",
    "csv": "0.25,0.75\n1e-12,1\n0.5,-inf",
    "spaces": " 0.25   0.75\n 1e-12  1.0 \n 0.5   -Inf",
    "R": "        [,1]   [,2]\n[1,]  0.25   0.75\n[2,] 1e-12   1.0\n[3,]   0.5   -Inf\n",
    "torch": "tensor([[0.25, 0.75], [1e-12, 1.0], [0.5, -inf]], dtype=torch.float64)",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_matrix_is_read_however_it_was_printed(way):
    (array,) = read_numbers(WAYS[way]).lists.values()
    np.testing.assert_array_equal(array, M)


def test_a_decimal_comma_and_names_are_understood():
    (array,) = read_numbers("first;second\n0,25;0,75\n1e-12;1,0\n").lists.values()
    np.testing.assert_array_equal(array, M[:2])


ONE = np.array([-173.2, np.nan, -106.18])
COLUMNS = [
    "-173.2\nnan\n-106.18",
    "[-173.2, nan, -106.18]",
    "[-173.2, None, -106.18]",
    "[-173.2, float('nan'), -106.18]",
    "ll = [-173.2\n np.nan -106.18]",
    "[np.float64(-173.2), np.float64(nan), np.float64(-106.18)]",
    "-173.2, NaN, -106.18",
    "−173.2\nNA\n−106.18",  # the minus sign of a word processor
    "iteration,log-likelihood\n0,-173.2\n1,\n2,-106.18",
    "0 -173.2\n1 nan\n2 -106.18",
    "Iteration 0: -173.2\nIteration 1: nan\nIteration 2: -106.18",
    "iter 1: log-likelihood -173.2\niter 2: log-likelihood nan\niter 3: log-likelihood -106.18 converged",
    "[1] -173.2    NaN -106.18",
]


@pytest.mark.parametrize("text", COLUMNS)
def test_a_history_is_read_however_it_was_printed(text):
    np.testing.assert_array_equal(histories_in(read_numbers(text), [])[0], ONE)


def test_gaps_are_closed_and_said():
    pasted = read_numbers("-173.2\n\n\n-124.5\n\n-106.18\n")
    np.testing.assert_array_equal(histories_in(pasted, [])[0], [-173.2, -124.5, -106.18])
    assert pasted.findings[-1] == ("The pasted text: 3 lines without a number left out; the others close up.")


W, MU, V = np.array([0.2, 0.3, 0.5]), np.array([24.5, 37.5, 44.25]), np.array([0.125, 24.5, 0.25])
PARAMETERS = [
    "weights = [0.2, 0.3, 0.5]\nmeans = [24.5, 37.5, 44.25]\nvariances = [0.125, 24.5, 0.25]",
    "Weights: [0.2 0.3 0.5]\nMeans of the clusters: [24.5  37.5  44.25]\nVariances [ 0.125 24.5    0.25 ]",
    "pi 0.2 0.3 0.5\nmu 24.5 37.5 44.25\nsigma2 0.125 24.5 0.25",
    json.dumps({"weights": [*W], "means_": [[m] for m in MU], "covariances": [[[v]] for v in V]}),
    f"gmm.weights_ = {W!r}\ngmm.means_ = {MU[:, None]!r}\ngmm.covariances_ = {V[:, None, None]!r}",
    "weight,mean,variance\n0.2,24.5,0.125\n0.3,37.5,24.5\n0.5,44.25,0.25",
    "   weight   mean  variance\n0  0.2  24.5  0.125\n1  0.3  37.5   24.5\n2  0.5  44.25  0.25",
    "component 1: weight 0.2, mean 24.5, variance .125\ncomponent 2: weight 0.3, mean 37.5, variance 24.5\n"
    "component 3: weight 0.5, mean 44.25, variance 0.25.",
    "mu_1 = 24.5, mu_2 = 37.5, mu_3 = 44.25\nvar1 = 0.125; var2 = 24.5; var3 = 0.25\nw1=0.2 w2=0.3 w3=0.5",
]


@pytest.mark.parametrize("text", PARAMETERS)
def test_parameters_are_told_apart_by_their_names(text):
    notes: list[str] = []
    given = parameters_in(read_numbers(text), 1, notes)
    np.testing.assert_array_equal(given.weights, W)
    np.testing.assert_array_equal(given.means[:, 0], MU)
    np.testing.assert_array_equal(given.variances[:, 0], V)
    assert (given.covariances, given.log_likelihood, notes) == (None, None, [])


def test_what_stands_beside_parameters_is_used_or_said():
    text = "means [1 2]\nstd [0.5 3]\nLog-likelihood: -12.5\nseconds: 0.3"
    notes: list[str] = []
    pasted = read_numbers(text)
    given = parameters_in(pasted, 1, notes)
    np.testing.assert_array_equal(given.variances[:, 0], [0.25, 9.0])
    assert (given.weights, given.log_likelihood) == (None, -12.5)
    assert notes == ["The deviations were squared, to have variances."]
    assert pasted.findings == (
        "Left out, as no part of a mixture, or as the name is not known: 'seconds' in line 4, 'seconds: "
        "0.3'.",
    )


def test_parameters_of_several_features():
    matrices = np.array([[[1.0, 0.5], [0.5, 2.0]], [[3.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]])
    means = np.arange(6.0).reshape(3, 2)
    notes: list[str] = []
    given = parameters_in(read_numbers(f"means\n{means}\ncovariances\n{matrices}"), 2, notes)
    np.testing.assert_array_equal(given.means, means)
    np.testing.assert_array_equal(given.variances, [[1, 2], [3, 4], [1, 1]])
    np.testing.assert_array_equal(given.covariances, matrices)
    one_each = parameters_in(read_numbers(f"means = {means.tolist()}; variances = [1, 2, 3]"), 2, notes)
    np.testing.assert_array_equal(one_each.variances, [[1, 1], [2, 2], [3, 3]])
    assert notes == ["One variance for each component was taken for that of all features."]
    turned = parameters_in(read_numbers(f"means = {means.T.tolist()}"), 2, notes)
    np.testing.assert_array_equal(turned.means, means)
    log = "mean: [1. 2.]\nvar: [3. 4.]\nmean: [5. 6.]\nvar: [7. 8.]"
    by_component = parameters_in(read_numbers(log), 2, [])
    np.testing.assert_array_equal(by_component.means, [[1, 2], [5, 6]])
    np.testing.assert_array_equal(by_component.variances, [[3, 4], [7, 8]])


def test_of_a_log_of_parameters_the_last_are_taken():
    notes: list[str] = []
    given = parameters_in(read_numbers("means: [1 2]\nmeans: [3 4]\nmeans: [5 6]"), 1, notes)
    np.testing.assert_array_equal(given.means[:, 0], [5, 6])
    assert notes == ["Of 3 lists of means, the last was taken."]


def test_responsibilities_come_either_way_round():
    R = np.linspace(0, 1, 12).reshape(4, 3)
    notes: list[str] = []
    np.testing.assert_array_equal(responsibilities_in(read_numbers(str(R.tolist())), 4, notes), R)
    assert notes == []
    with np.printoptions(precision=8):
        printed = repr(R.T)
    np.testing.assert_array_equal(responsibilities_in(read_numbers(printed), 4, notes), R.round(8))
    assert notes == ["The responsibilities came as 3 rows of 4 numbers, and were turned."]
    frame = "\n".join(f"{i} {' '.join(map(str, row))}" for i, row in enumerate(R.tolist()))
    np.testing.assert_array_equal(responsibilities_in(read_numbers(frame), 4, notes), R)


SHORTENED = (
    "The pasted text is a shortened list: values were replaced by '...' when it was printed. Print all, with "
    "print(x.tolist()), or after numpy.set_printoptions(threshold=sys.maxsize)."
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Nothing was pasted. Paste the numbers that your code prints."),
        (" \n\t", "Nothing was pasted. Paste the numbers that your code prints."),
        ("my code is wrong", "The pasted text holds no numbers."),
        ("__import__('os').system('touch x')", "The pasted text holds no numbers."),
        (
            "-173\noops\n-124\n-106",
            "The pasted text: 'oops' in row 2 is no number. Leave it out, or write nan where a number is "
            "missing.",
        ),
        (
            "1,2\n3,4\n5,x\n7,8\n9,10",
            "The pasted text: 'x' in row 3, column 'x2' is no number. Leave it out, or write nan where a "
            "number is missing.",
        ),
        (
            "[[1, 2], [3, 4, 5]]",
            "The pasted text: row 2 has 3 values where 2 were expected. Give every row the same number of "
            "values.",
        ),
        ("[[1. 2. ... 3. 4.]]", SHORTENED),
        (
            "means: [1 2]\nmeans: [1 2 3]",
            "The lists named 'means' differ in length. Paste one for each component.",
        ),
        ("1 " * 6_000_000, "The pasted text has 12 MB; at most 10 MB can be read."),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text, message):
    with pytest.raises(TableError) as error:
        read_numbers(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (
            lambda pasted: responsibilities_in(pasted, 50, []),
            "[[1, 0], [0, 1]]",
            "The pasted responsibilities are 2 rows of 2 numbers, but the data have 50 rows. Paste those of "
            "all rows, and choose the data that they belong to.",
        ),
        (
            lambda pasted: responsibilities_in(pasted, 50, []),
            "means: [1, 2]",
            "No responsibilities were pasted: a row of numbers for each row of the data.",
        ),
        (
            lambda pasted: histories_in(pasted, []),
            "weights: [1, 2]",
            "No history was pasted: one log-likelihood for each iteration.",
        ),
        (
            lambda pasted: histories_in(pasted, []),
            "[[5, 2, 3], [9, 5, 6]]",
            "The pasted history is 2 rows of 3 numbers. Paste one log-likelihood for each iteration, no "
            "more; or write above the columns what they are, as in: iteration loglik seconds.",
        ),
        (
            lambda pasted: histories_in(pasted, []),
            "[-3.5]",
            "The pasted history has one value. Paste those of at least two iterations.",
        ),
        (lambda pasted: histories_in(pasted, []), "nan\nnan", "The pasted history holds no number."),
        (
            lambda pasted: parameters_in(pasted, 1, []),
            "[1, 2]",
            'No parameters were pasted: give them names, as in "means: [1, 2]  variances: [3, 4]".',
        ),
        (
            lambda pasted: parameters_in(pasted, 1, []),
            "weights [.5 .5] means [1 2 3] variances [1 1 1]",
            "These parameters do not belong together: 2 weights, 3 means, 3 variances. Paste one of each for "
            "every component.",
        ),
        (
            lambda pasted: parameters_in(pasted, 2, []),
            "means: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]",
            "The means are 3 rows of 3 numbers, but the data have 2 features: for each component, one row of "
            "2 numbers is needed.",
        ),
    ],
)
def test_what_does_not_fit_the_data_is_said(read, text, message):
    with pytest.raises(TableError) as error:
        read(read_numbers(text))
    assert str(error.value) == message


def test_nothing_that_is_pasted_is_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in ("[open('x', 'w').write('1'), 2]", "means = [__import__('os').mkdir('x'), 2]", "exit() 1 2"):
        with contextlib.suppress(TableError):
            read_numbers(text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("first", [0, 1])
def test_a_counted_list_may_have_lines_without_a_value(first):
    lines = [f"{first} -5.5", f"{first + 1}", f"{first + 2}: nan", f"{first + 3} -3.25"]
    values = histories_in(read_numbers("\n".join(lines)), [])[0]
    np.testing.assert_array_equal(values, [-5.5, np.nan, np.nan, -3.25])
    single = histories_in(read_numbers("0\n1\n2"), [])[0]
    np.testing.assert_array_equal(single, [0, 1, 2])


@pytest.mark.parametrize(
    "text",
    [
        "0 ll -829.7\n1 ll -800.1\n2 ll -790\n",
        "0, ll: -829.7\n10, ll: -800.1\n20, ll: -790\n",
        "[  1/30] ll=-829.7 | N_k=[1. 2. 3.]\n[  2/30] ll=-800.1 | N_k=[1. 2. 3.]\n[  3/30] ll=-790\n",
        "0 NLL 829.7\n1 NLL 800.1\n2 NLL 790\n",
        "ll 0 -829.7\nll 1 -800.1\nll 2 -790\n",
        "ll 0 : -829.7\nll 10 : -800.1\nll 20 : -790\n",
        "log-likelihood -829.7 0\nlog-likelihood -800.1 1\nlog-likelihood -790 2\n",
        "0 ll: -829.7, pi: [0.3 0.7]\n1 ll: -800.1, pi: [0.4 0.6]\n2 ll: -790, pi: [0.5 0.5]\n",
    ],
)
def test_a_number_alone_before_a_name_that_all_lines_have_counts_them(text):
    pasted = read_numbers(text)
    assert pasted.lists["log_likelihood"].ravel().tolist() == [-829.7, -800.1, -790]
    assert not pasted.runs


def test_a_number_alone_counts_a_line_whose_value_is_not_finite():
    values = read_numbers("0 ll nan\n1 ll -3.4\n").lists["log_likelihood"].ravel()
    np.testing.assert_array_equal(values, [np.nan, -3.4])

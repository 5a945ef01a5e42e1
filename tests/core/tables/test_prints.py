"""Prints of many programs come to the same numbers: one table of files and of what each of them holds."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from gmm_core.tables.pasted import (
    changes_in,
    histories_in,
    parameter_rounds_in,
    parameters_in,
    read_numbers,
    responsibilities_in,
)
from gmm_core.tables.reading import TableError

FILES = Path(__file__).parents[1] / "files" / "prints"

WEIGHTS = np.array([0.36, 0.64])
LINE = {"means": np.array([[54.6], [80.1]]), "deviations": np.array([[5.87], [5.5]])}
PLANE = {"means": np.array([[2.04, 54.48], [4.29, 79.97]])}
COVARIANCES = np.array([[[0.07, 0.44], [0.44, 33.7]], [[0.17, 0.94], [0.94, 36.05]]])
SHARES = np.array([[0.02, 0.98], [0.95, 0.05], [0.5, 0.5]])
HISTORY = np.array([-1100.5, -1040.25, -1034.002])
LAST = -1034.002

# What is in each file: the number of features, then weights w, means m, deviations s, variances or
# covariances v, a log-likelihood l beside them.
PARAMETERS = {
    "before_and_after": "1wmv",
    "blank_lines_between_matrices": "2mv",
    "c_printf": "2wmv",
    "csv": "1wmv",
    "dataclass": "1wmv",
    "decimal_comma": "1wms",
    "dict_of_dicts": "2wm",
    "eigen": "2wmv",
    "estimates_with_errors": "1wms",
    "flat_matrices": "2wmv",
    "flexmix": "1wms",
    "french": "1wms",
    "full_width": "1wmv",
    "german": "1wmvl",
    "german_components": "2wmv",
    "german_lists": "1wmv",
    "german_table": "1wmv",
    "greek": "1wmv",
    "indexed_names": "1wmv",
    "javascript": "2wmv",
    "jax": "1wmv",
    "json": "2wmvl",
    "julia_data_frame": "1wmv",
    "julia_mixture_model": "1wms",
    "julia_mixture_model_2d": "2wmv",
    "julia_session": "2wmv",
    "latex": "1wmv",
    "markdown": "1wmv",
    "mathematica": "2wm",
    "matlab_display": "2wm",
    "matlab_factors": "2wmv",
    "matlab_session": "2wmv",
    "mclust_no_row_names": "2wmv",
    "mclust_parameters": "2wmv",
    "mclust_summary": "1wmvl",
    "mclust_summary_2d": "2wmv",
    "mclust_univariate": "1wmv",
    "mixtools_log": "1wmsl",
    "mixtools_summary": "1wmsl",
    "mixtools_summary_2d": "2wml",
    "normal_notation": "1wmv",
    "numbered_names": "1wms",
    "numpy_print": "2wmv",
    "numpy_repr": "2wmv",
    "numpy_scalars": "1ms",
    "octave": "1wms",
    "old_and_new": "1wmv",
    "pandas_columns_below": "2m",
    "pandas_frame": "1wmv",
    "pandas_index": "2m",
    "pandas_series": "1wm",
    "percent": "1wms",
    "percent_of_the_data": "1wms",
    "percent_without_sign": "1wm",
    "polars": "1wmv",
    "portuguese": "1wmv",
    "prose": "1wmsl",
    "quoted_commas": "1wm",
    "r_cat": "1wmsl",
    "r_data_frame": "1wms",
    "r_double_brackets": "2wm",
    "r_dput": "1wms",
    "r_list": "1wms",
    "r_lists_of_matrices": "2wmv",
    "r_session": "1wmv",
    "r_str": "1wms",
    "rich": "1wmv",
    "rounds": "1wmv",
    "rows_named": "1wms",
    "short_names": "1wmv",
    "sklearn_attributes": "1wmvl",
    "sklearn_dict": "1wmvl",
    "sklearn_precisions": "1wmv",
    "spanish": "1wmvl",
    "spss": "1wms",
    "start_and_end": "1wmv",
    "sum_of_normals": "1wmv",
    "tensorflow": "1wms",
    "tensorflow_variables": "1wms",
    "textbook_names": "1wms",
    "tibble": "1wms",
    "torch": "1wms",
    "torch_ordered_dict": "1wmv",
    "trace_columns": "1ml",
    "truth_beside": "1wmv",
    "without_names": "2wmv",
    "yaml": "2wm",
}
HISTORIES = (
    "json_history log_both log_columns log_deviance log_loss log_minus log_python matlab_iterations "
    "mixtools_log r_history log_words trace_columns log_french log_tqdm log_thousands log_apostrophes "
    "log_full_width log_probability log_arrows log_prefixes"
)
RESPONSIBILITIES = (
    "matlab_columns_below mclust_z pandas_named_responsibilities pandas_responsibilities r_columns_below "
    "r_posterior responsibilities_logs responsibilities_numpy german_shares shares_by_number "
    "shares_by_component shares_of_rows"
)
ALONE = {
    "change_alone",
    "counts_alone",
    "miu_and_alpha",
    "sklearn_log",
    "torch_scale_tril",
}  # each with a test of its own below


def read(name):
    return read_numbers((FILES / f"{name}.txt").read_text(encoding="utf-8"))


def test_no_print_is_forgotten():
    names = {path.stem for path in FILES.iterdir()}
    assert names == {*PARAMETERS, *HISTORIES.split(), *RESPONSIBILITIES.split(), *ALONE}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name):
    d, parts = int(PARAMETERS[name][0]), PARAMETERS[name][1:]
    notes: list[str] = []
    given = parameters_in(read(name), d, notes)
    of = LINE if d == 1 else PLANE
    assert (given.weights is not None, given.means is not None) == ("w" in parts, "m" in parts)
    if "w" in parts:
        np.testing.assert_allclose(given.weights, WEIGHTS, rtol=1e-12)
    np.testing.assert_allclose(given.means, of["means"], rtol=1e-12)
    if not {"s", "v"} & set(parts):
        assert given.variances is None
    elif d == 1:
        np.testing.assert_allclose(given.variances, LINE["deviations"] ** 2, rtol=1e-12)
        assert ("The deviations were squared, to have variances." in notes) == ("s" in parts)
    else:
        np.testing.assert_allclose(given.covariances, COVARIANCES, rtol=1e-12)
    assert given.log_likelihood == (LAST if "l" in parts else None)


@pytest.mark.parametrize("name", HISTORIES.split())
def test_histories(name):
    np.testing.assert_allclose(histories_in(read(name), [])[0], HISTORY, rtol=1e-12)


@pytest.mark.parametrize("name", RESPONSIBILITIES.split())
def test_responsibilities(name):
    np.testing.assert_allclose(responsibilities_in(read(name), 3, []), SHARES, rtol=1e-12)


def test_the_log_of_scikit_learn_holds_changes():
    pasted = read("sklearn_log")
    assert pasted.lists["changes"].ravel().tolist() == [0.01234, 0.00234, 0.00034]
    changes = changes_in(pasted)
    assert changes is not None
    assert changes.tolist() == [0.01234, 0.00234, 0.00034]


def test_changes_that_do_not_say_of_what_begin_with_none():
    pasted = read("change_alone")
    assert changes_in(pasted).tolist() == [60.25, 6.248]
    assert pasted.findings == (
        "'change' does not name what changes: these were taken for changes of the log-likelihood.",
        "The first change is inf, as nothing came before: it was left out.",
    )
    with pytest.raises(TableError, match="^Iterations are counted in the pasted text, and nothing is said"):
        read("counts_alone")
    with pytest.raises(TableError, match="^No name before the numbers is known: 'foo', 'bar'. Call them "):
        read_numbers("foo = [0.36 0.64]\nbar = [54.6 80.1]")


def test_of_when_numbers_are_is_heeded():
    for name in ("before_and_after", "old_and_new"):
        assert [one["weights"].ravel().tolist() for one in read(name).rounds] == [[0.5, 0.5], [0.36, 0.64]]
    turned_round = "new_pi = [0.36 0.64]\nold_pi = [0.5 0.5]\nnew_mu = [54.6 80.1]\nold_mu = [50 75]"
    assert [one["means"][0, 0] for one in read_numbers(turned_round).rounds] == [50, 54.6]
    pasted = read("truth_beside")
    assert pasted.rounds == ()
    assert pasted.findings[0].startswith(
        "Left out, as they are said to be where it began, or the truth: 'mea"
    )
    assert read_numbers("Initial means: [1 2]").lists["means"].ravel().tolist() == [1, 2]
    assert read_numbers("old ll: -5 new ll: -4\nold ll: -4 new ll: -3").lists["log_likelihood"].tolist() == [
        [-4],
        [-3],
    ]


def test_one_weight_of_two_is_left_out():
    notes: list[str] = []
    assert parameters_in(read_numbers("pi = 0.36\nmu = [54.6 80.1]\nvar = [34 30]"), 1, notes).weights is None
    assert notes == [
        "One weight was pasted for two components, and which of them has it is not said: it was left out."
    ]


def test_what_a_name_leaves_open_is_open():
    notes: list[str] = []
    pasted = read("miu_and_alpha")
    given = parameters_in(pasted, 1, notes)
    np.testing.assert_allclose(given.variances, LINE["deviations"])
    np.testing.assert_allclose(given.otherwise, LINE["deviations"] ** 2)
    assert pasted.open == {"variances"}
    assert notes == ["Variances or deviations? The name leaves it open; they were taken for variances."]
    for firm in ("means [1 2]\nsd [3 4]", "$mu\n[1] 1 2\n\n$sigma\n[1] 3 4"):
        numbers = read_numbers(firm)
        assert (numbers.open, parameters_in(numbers, 1, []).otherwise) == (frozenset(), None)
    assert read_numbers("means [1 2]\nsigma [3 4]").open == {"deviations"}


def test_factors_precisions_and_one_covariance_for_all_become_covariances():
    notes: list[str] = []
    given = parameters_in(read("torch_scale_tril"), 2, notes)
    np.testing.assert_array_equal(given.covariances, [[[4, 6], [6, 25]]])
    full = f"means = {PLANE['means'].tolist()} precisions = {np.linalg.inv(COVARIANCES).tolist()}"
    np.testing.assert_allclose(parameters_in(read_numbers(full), 2, notes).covariances, COVARIANCES)
    factors = [np.linalg.cholesky(one) for one in np.linalg.inv(COVARIANCES)]
    upper = f"means = {PLANE['means'].tolist()} precisions_cholesky_ = {np.array(factors).tolist()}"
    np.testing.assert_allclose(parameters_in(read_numbers(upper), 2, notes).covariances, COVARIANCES)
    tied = f"means = {PLANE['means'].tolist()} covariances_ = {COVARIANCES[0].tolist()}"
    given = parameters_in(read_numbers(tied), 2, notes)
    np.testing.assert_array_equal(given.covariances, [COVARIANCES[0], COVARIANCES[0]])
    assert notes == [
        "The factors L were multiplied, L Lᵀ, to have covariances.",
        "The precisions were inverted, to have covariances.",
        "The factors U were multiplied, U Uᵀ, and inverted, to have covariances.",
        "One covariance matrix was taken for that of all components.",
    ]


def test_the_parameters_of_every_iteration_are_kept():
    for name, weights in (("rounds", [0.5, 0.36]), ("mixtools_log", [0.5, 0.4, 0.36])):
        pasted = read(name)
        given = parameter_rounds_in(pasted, 1, [])
        assert [one.weights[0] for one in given] == weights
        assert (
            f"Numbers of {len(weights)} iterations were found: those of the last were taken."
            in pasted.findings
        )
    assert len(parameter_rounds_in(read("r_list"), 1, [])) == 1
    both = read_numbers(
        "iteration 1\nresp:\n[[0.1 0.9]\n [0.2 0.8]]\nmu: [1. 2.]\n"
        "iteration 2\nresp:\n[[0.3 0.7]\n [0.2 0.8]]\nmu: [1.5 2.5]"
    )
    assert [list(one) for one in both.rounds] == [["responsibilities", "means"]] * 2
    assert [one["responsibilities"][0, 0] for one in both.rounds] == [0.1, 0.3]
    assert both.lists["responsibilities"][0, 0] == 0.3


def test_what_is_left_out_is_said_with_its_place():
    assert read("mclust_univariate").findings == (
        "Left out, as no part of a mixture, or as the name is not known: 'variance＄d' in line 13, '[1] 1'; "
        "'variance＄G' in line 16, '[1] 2'; 'variance＄scale' in line 22, '[1] 34.4569 30.2500'.",
    )
    assert read("textbook_names").findings == (
        "Left out, as no part of a mixture, or as the name is not known: 'N_k' in line 1, 'N_k = [ 97.92 "
        "174.08]'.",
    )


NAMED = "weights = [0.36 0.64]\nmeans = [[1. 2.]\n [3. 4.]]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            NAMED + "covariances = [[[1. 0.]\n  [0. 1.]]\n\n [[1. 0.]",
            "Line 4, 'covariances = [[[1. 0.]': a bracket opens there and never closes; the print is cut "
            "off. Paste all of it.",
        ),
        (
            NAMED + "resp = [[0.1 0.9]\n ...\n [0.2 0.8]]",
            "Line 4, 'resp = [[0.1 0.9]'. The list 'resp' is shortened: values were replaced by '...' when "
            "it was printed. Print all, with print(x.tolist()), or after "
            "numpy.set_printoptions(threshold=sys.maxsize).",
        ),
        (
            NAMED + "responsibilities\n      0     1\n0  0.02  0.98\n..  ...   ...\n9  0.50  0.50",
            "Line 7, '.. ... ...': the table is shortened there. Print all of it, in pandas with "
            "print(df.to_string()), in R after options(max.print = 1e6).",
        ),
    ],
)
def test_a_part_that_cannot_be_read_is_said_and_the_others_are_kept(text, sentence):
    pasted = read_numbers(text)
    assert sentence in pasted.findings
    assert {"weights", "means"} == set(pasted.lists)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "$mean\n     [,1]  [,2]\na    2.04  4.29\nb   54.48\n",
            "Line 4, 'b 54.48': it holds 1 number where 2 were expected; the print may be cut off there.",
        ),
        (
            "$mean\n     [,1]  [,2]\n[1,]    2.04  4.29\n[2,]   54.48\n",
            "Line 4, '[2,] 54.48': it holds 1 number where 2 were expected; the print may be cut off there.",
        ),
        (
            "means\n1 2\n3",
            "Line 2, '1 2'. The list 'means': line 3 has 1 number where 2 were expected; the print may be "
            "cut off there.",
        ),
        (
            "[[0.1, 0.9], [0.2, 0.8], [0.3",
            "Line 1, '[[0.1, 0.9], [0.2, 0.8], [0.3': a bracket opens there and never closes; the print is "
            "cut off. Paste all of it.",
        ),
        (
            "0.2 0.8]\n [0.4 0.6]]",
            "Line 1, '0.2 0.8]': a bracket closes there that never opened; the beginning is missing. Paste "
            "all of it.",
        ),
        (
            "weights: 0,36 0,64\nmeans: 54.6 80.1",
            "Line 1 has a decimal comma ('0,36') and line 2 a decimal point ('54.6'). Write all numbers with "
            "a point.",
        ),
        (
            "means = " + "[" * 9 + "1" + "]" * 9,
            "Line 1, 'means = [[[[[[[[[1]]]]]]]]]'. The list 'means' is a list of more than 4 levels. Paste "
            "one set of parameters.",
        ),
        (
            "mean = [1, [2, 3]]",
            "Line 1, 'mean = [1, [2, 3]]'. The list 'mean' is a list whose parts differ in length or depth. "
            "Print it as an array.",
        ),
        (
            "Iteration 1: log-likelihood = -1.5\n" * 60_000,
            "The pasted text has 2 MB. More than 1 MB can be read only of one list or of rows of numbers, "
            "and nothing else. Paste the parameters alone, or the end.",
        ),
    ],
)
def test_what_is_cut_off_mixed_or_too_long_is_said(text, message):
    with pytest.raises(TableError) as error:
        read_numbers(text)
    assert str(error.value) == message


def test_a_long_text_without_numbers_is_said_to_be_that():
    with pytest.raises(TableError) as error:
        read_numbers("for k in range(K): mu[k] = r[:, k] @ x\n" * 10_000)
    assert str(error.value) == "The pasted text is long, and there are hardly any numbers in it."


def test_long_lists_are_read_in_one_go():
    R = np.random.default_rng(0).dirichlet([1, 1], 12_000).round(6)
    rows = "\n".join(" ".join(map(str, row)) for row in R)
    for text in (f"resp = np.array({R.tolist()})", f"responsibilities:\n{rows}", str(R.tolist()), rows):
        np.testing.assert_array_equal(responsibilities_in(read_numbers(text), len(R), []), R)
    with pytest.raises(TableError, match="is cut off"):
        read_numbers(str(R.tolist())[:-2])


# --- Whatever the numbers are, every notation brings them back


def matrix_of_r(matrix):
    head = " ".join(f"[,{j + 1}]" for j in range(len(matrix[0])))
    rows = (f"[{i},] {' '.join(map(repr, row))}" for i, row in enumerate(matrix.tolist(), 1))
    return "\n".join(["     " + head, *rows])


def matrix_of_matlab(matrix):
    return "\n".join("   " + "   ".join(map(repr, row)) for row in matrix.tolist())


def in_r(w, m, c):
    blocks = "\n\n".join(f", , {j}\n\n{matrix_of_r(one)}" for j, one in enumerate(c, 1))
    return (  # as mclust prints them, with a column for each component
        f"$pro\n[1] {' '.join(map(repr, w.tolist()))}\n\n$mean\n{matrix_of_r(m.T)}\n\n$variance\n"
        f"$variance$sigma\n{blocks}\n\n"
    )


def in_matlab(w, m, c):
    blocks = "\n\n".join(f"Sigma(:,:,{j}) =\n\n{matrix_of_matlab(one)}" for j, one in enumerate(c, 1))
    return f"w =\n\n{matrix_of_matlab(w[None])}\n\nmu =\n\n{matrix_of_matlab(m)}\n\n{blocks}\n"


def in_julia(w, m, c):
    k, d = m.shape
    pages = "\n\n".join(f"[:, :, {j}] =\n{matrix_of_matlab(one)}" for j, one in enumerate(c, 1))
    return (
        f"julia> π\n{k}-element Vector{{Float64}}:\n{matrix_of_matlab(w[:, None])}\n\njulia> μ\n"
        f"{k}×{d} Matrix{{Float64}}:\n{matrix_of_matlab(m)}\n\njulia> Σ\n"
        f"{d}×{d}×{k} Array{{Float64, 3}}:\n{pages}"
    )


def in_numpy(w, m, c):
    with np.printoptions(precision=17, floatmode="unique"):
        return f"weights\n{w}\nmeans\n{m}\ncovariances\n{c}"


def in_torch(w, m, c):
    return (
        f"OrderedDict([('pi', tensor({w.tolist()})), ('mu', tensor({m.tolist()}, dtype=torch.float64)),\n"
        f"('cov', tensor({c.tolist()}, device='cuda:0'))])"
    )


def by_component(w, m, c):
    return "\n".join(
        f"Component {j}:\n  Mixing proportion: {a!r}\n  Mean: {' '.join(map(repr, b.tolist()))}\n"
        f"  Covariance: {one.tolist()}"
        for j, (a, b, one) in enumerate(zip(w.tolist(), m, c, strict=True), 1)
    )


def by_number(w, m, c):
    named = zip(w.tolist(), m.tolist(), c.tolist(), strict=True)
    return "\n".join(
        f"pi_{j} = {a!r}, mu_{j} = {b}, Sigma_{j} = {one}" for j, (a, b, one) in enumerate(named, 1)
    )


NOTATIONS = {
    "json": lambda w, m, c: json.dumps({"weights": w.tolist(), "means": m.tolist(), "covs": c.tolist()}),
    "dict": lambda w, m, c: str({"pi": w, "mu": m, "sigma": c}),
    "numpy": in_numpy,
    "torch": in_torch,
    "R": in_r,
    "MATLAB": in_matlab,
    "Julia": in_julia,
    "by component": by_component,
    "by number": by_number,
}
FIGURES = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.8g}") + 0.0)


@st.composite
def mixtures(draw):
    k, d = draw(st.sampled_from([(2, 3), (3, 2), (2, 2), (4, 3), (3, 5)]))
    figures = draw(st.lists(FIGURES, min_size=k + k * d + k * d * d, max_size=k + k * d + k * d * d))
    values = np.array(figures)
    weights = np.abs(values[:k]) + 1.5
    matrices = values[k + k * d :].reshape(k, d, d)
    return (
        weights / weights.sum(),
        values[k : k + k * d].reshape(k, d),
        matrices + matrices.swapaxes(1, 2) + 0.5,
    )


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=25, deadline=None)
@given_any(mixture=mixtures())
@example(
    mixture=(  # with another index as the component, all but symmetric beside the largest entry
        np.full(2, 0.5),
        np.zeros((2, 2)),
        np.array([[[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5625], [0.5625, 62500.5]]]),
    )
)
def test_every_notation_brings_the_numbers_back(notation, mixture):
    weights, means, covariances = mixture
    with np.printoptions(precision=17, floatmode="unique"):
        pasted = read_numbers(NOTATIONS[notation](weights, means, covariances))
    given = parameters_in(pasted, means.shape[1], [])
    np.testing.assert_array_equal(given.weights, weights)
    np.testing.assert_array_equal(given.means, means)
    np.testing.assert_array_equal(given.covariances, covariances)
    assert pasted.findings == ()


@pytest.mark.slow
@pytest.mark.parametrize("run", ["1", "a", " ", "\t ", "1.1,", "a_", "{'a"])
def test_a_long_line_of_the_same_signs_takes_no_time(run):
    """What looks from each sign at all that follow holds up every visitor: one text is read at a time."""
    begun = time.process_time()
    for text in (
        f"-3.1\n{run * 20_000}\n-3.0",
        f"ll = {run * 20_000}",
        f"{{'{run * 20_000}': 1}}\n[1, 2, 3]",
    ):
        with suppress(TableError):
            read_numbers(text)
    assert time.process_time() - begun < 5

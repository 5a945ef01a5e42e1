"""Code for elsewhere: it gives the same parameters where it arrives."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import SCALINGS, Mixture, Scaling, Trace, fit
from gmm_core.engine import covariance
from gmm_core.engine.held import Held
from gmm_core.out import model_scripts
from gmm_core.out.export import data_frame, neutralise, to_csv
from gmm_core.out.scripts import notebook, numpy_script, sklearn_script, why_not

FAMILIES = ("full", "tied", "diag", "spherical")
WRITERS = {"numpy": numpy_script, "sklearn": sklearn_script}
# Names that try to be code, formulas, markup, or several columns.
NASTY = ["=1+1", 'a\'"""b\\', "x\r\n,y\u2028", "{0}{n!r}</code>`$x$`", "größe"]
START = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 3.0]], [np.eye(2), 2 * np.eye(2)])
N_ITER = 6

# All scripts run in one process of their own, each as the main program in its own folder.

RUNNER = """
import contextlib, io, json, pathlib, runpy, sys
import numpy as np
results = {}
for script in sorted(pathlib.Path(sys.argv[1]).glob("*/*.py")):
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.chdir(script.parent):
        found = runpy.run_path(str(script), run_name="__main__")
    names = ("weights", "means", "covariances", "log_likelihood")
    results[script.parent.name] = [said.getvalue(), *(np.asarray(found[name]).tolist() for name in names)]
json.dump(results, sys.stdout)
"""
CASES = {
    **{f"{family}-{d}": (family, d, 0.0, N_ITER, "none") for family in FAMILIES for d in (1, 2, 5)},
    **{f"{family}-shifted": (family, 2, 1e5, N_ITER, "none") for family in FAMILIES},
    "start": ("full", 2, 0.0, 0, "none"),
    **{f"{family}-{name}": (family, 2, 1e5, N_ITER, name) for family in FAMILIES for name in SCALINGS[1:]},
    **{f"one-column-{name}": ("spherical", 1, 0.0, N_ITER, name) for name in SCALINGS[1:]},
    "start-whiten": ("diag", 2, 0.0, 0, "whiten"),
}
KINDS = ("numpy", "sklearn", "notebook")


def python(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def runs(some_run) -> dict[str, tuple[np.ndarray, Scaling, Trace]]:
    """The data of every case, how they are scaled, and the run on the scaled data."""
    found = {}
    for case, (family, d, shift, n_iter, name) in CASES.items():
        X, trace = some_run(family, d, shift, n_iter, name)
        found[case] = X, Scaling.of(name, X), trace
    return found


@pytest.fixture(scope="module")
def ran(runs, tmp_path_factory) -> tuple[Path, dict[str, Any]]:
    """Every case in every form, written to files as they are downloaded, and run."""
    root = tmp_path_factory.mktemp("scripts")
    for case, (X, scaling, trace) in runs.items():
        names = NASTY[: X.shape[1]]
        frame = to_csv(data_frame(X, scaling.in_units(trace.mixture), names, labels=["=x"] * len(X)))
        start = trace.steps[0].mixture
        options = {"reg_covar": 1e-3, "tol": 1e-3, "n_iter": trace.n_iter, "feature_names": names}
        options["scaling"] = scaling
        source = f"data of 'x' {{0}} {case}.csv"
        for kind in KINDS:
            (folder := root / f"{case}-{kind}").mkdir()
            (folder / source).write_bytes(frame)
            if kind == "notebook":
                cells = json.loads(notebook(source, start, **options))["cells"]
                code = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
            else:
                code = WRITERS[kind](source, start, **options)
            (folder / "fit.py").write_text(code, encoding="utf-8")
    return root, json.loads(python("-c", RUNNER, str(root), folder=root))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_code_gives_the_parameters_on_the_screen(runs, ran, case, kind):
    said, weights, means, covariances, log_likelihood = ran[1][f"{case}-{kind}"]
    _, scaling, trace = runs[case]
    step = scaling.trace_in_units(trace).steps[-1]
    assert step.iteration == CASES[case][3]
    other = Mixture(weights, means, covariances, step.mixture.covariance_type)
    deviations = np.sqrt(np.einsum("kii->ki", step.mixture.full_covariances))
    products = deviations[:, :, np.newaxis] * deviations[:, np.newaxis, :]
    gaps = (other.full_covariances - step.mixture.full_covariances) / products
    assert np.abs(other.weights - step.mixture.weights).max() < 1e-6
    assert np.abs((other.means - step.mixture.means) / deviations).max() < 1e-6
    assert np.abs(gaps).max() < 1e-6
    assert log_likelihood == pytest.approx(step.log_likelihood, abs=1e-6)
    assert f"log-likelihood: {log_likelihood} per sample" in said


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["numpy", "sklearn"])
def test_a_script_runs_from_any_folder_and_prints_what_it_found(ran, kind, tmp_path):
    script = ran[0] / f"tied-2-{kind}" / "fit.py"
    assert python(str(script), folder=tmp_path) == ran[1][f"tied-2-{kind}"][0]


def test_the_runs_move(runs):
    """Else the comparison above would say little."""
    for _, _, trace in runs.values():
        assert trace.n_iter == 0 or np.abs(trace.steps[0].mixture.means - trace.mixture.means).max() > 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_numpy_in_about_thirty_lines_and_nothing_else(some_run, family):
    start = some_run(family, 2)[1].steps[0].mixture
    code = numpy_script("data.csv", start, reg_covar=1e-6, tol=1e-3, n_iter=10)
    tree = ast.parse(code)
    imported = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert imported == ["csv", "numpy"]
    assert "tol = 0.001" in ast.get_docstring(tree)
    body = code[code.index("n, d = X.shape") :]
    lines = [line for line in body.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]
    assert len(lines) <= 32
    assert max(map(len, lines)) <= 110


def test_code_without_scaling_is_that_of_no_scaling():
    options = {"reg_covar": 1e-6, "tol": 1e-3, "n_iter": 10}
    for write in (*WRITERS.values(), notebook):
        plain = write("data.csv", START, **options)
        none, real = (
            write("data.csv", START, scaling=Scaling.of(name, np.eye(3)[:, :2]), **options)
            for name in ("none", "whiten")
        )
        assert plain == none
        assert "Z" not in plain
        assert "EM runs on whitened data; what is printed is in the data's own units." in real


def test_there_is_code_for_every_family():
    assert set(FAMILIES) == set(covariance.FAMILIES)
    assert [why_not(family) for family in FAMILIES] == [""] * len(FAMILIES)
    assert why_not("round") == (
        "There is no code for the covariance family 'round', only for full, tied, diag, spherical."
    )


def asked(more, X):
    """Weights and a scaling, of which one may be wanted."""
    weights = np.arange(len(X)) % 3 + 1.0 if more == "weights" else None
    return weights, Scaling.of(more if more in SCALINGS else "none", X)


def assert_same(found, step):
    """What a script found is what a step of the run has."""
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(found[name], getattr(step.mixture, name), rtol=1e-6, atol=1e-9)
    assert found["log_likelihood"] == pytest.approx(step.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("family", covariance.MODELS)
@pytest.mark.parametrize("more", ["", "standardise", "whiten", "weights"])
def test_numpy_makes_runs_of_the_models_too(some_run, family, more, run_script):
    X = some_run("full", 3)[0]
    weights, scaling = asked(more, X)
    model = {"covariance_type": family, "reg_covar": 1e-3, "tol": 0, "max_iter": N_ITER, "random_state": 0}
    trace = fit(scaling.scale(X), 3, sample_weight=weights, **model)
    step = scaling.trace_in_units(trace).steps[-1]
    options = {"reg_covar": 1e-3, "tol": 0.0, "n_iter": N_ITER, "scaling": scaling}
    code = numpy_script("data.csv", trace.steps[0].mixture, weighted=weights is not None, **options)
    assert max(map(len, model_scripts.definition(family).splitlines()), default=0) <= 110
    found = run_script(code, data_frame(X, step.mixture, None, sample_weight=weights))
    # Where an M-step has no closed form, both stop a little before its end.
    rtol = 1e-4 if covariance.MODELS[family].goes_on else 1e-6
    np.testing.assert_allclose(found["means"], step.mixture.means, rtol=rtol)
    dense = found["covariances"]
    if dense.ndim == 2:
        dense = dense[:, :, np.newaxis] * np.eye(3)
    np.testing.assert_allclose(dense, step.mixture.full_covariances, rtol=10 * rtol, atol=rtol)
    assert found["log_likelihood"] == pytest.approx(step.log_likelihood, abs=rtol / 100)


@pytest.mark.parametrize("more", ["", "standardise", "whiten", "weights"])
@pytest.mark.parametrize(
    ("family", "held"),
    [
        ("full", Held(weights=[0], means=[1], covariances=[2])),
        ("full", Held(weights=[0, 1, 2])),
        ("full", Held(weights=[2, 0], covariances=[0, 1, 2])),
        ("tied", Held(means=[0, 2])),
        ("tied", Held(weights=[1], covariances=[0, 1, 2])),
        ("diag", Held(means=[0, 1, 2], covariances=[1])),
        ("spherical", Held(covariances=[0, 2])),
        ("VEV", Held(weights=[2], means=[1])),
        ("EII", Held(covariances=[0, 1, 2])),
    ],
    ids=str,
)
def test_numpy_holds_what_the_run_held(some_run, family, held, more, run_script):
    X = some_run("full", 2)[0]
    weights, scaling = asked(more, X)
    how = {"covariance_type": family, "reg_covar": 1e-3, "tol": 0, "max_iter": N_ITER, "random_state": 0}
    trace = fit(scaling.scale(X), 3, sample_weight=weights, held=held, **how)
    step = scaling.trace_in_units(trace).steps[-1]
    free = fit(scaling.scale(X), 3, sample_weight=weights, **how)
    assert abs(free.log_likelihood - trace.log_likelihood) > 1e-6, "what is held makes a difference"
    options = {"reg_covar": 1e-3, "tol": 0.0, "n_iter": N_ITER, "scaling": scaling, "held": held}
    code = numpy_script("data.csv", trace.steps[0].mixture, weighted=weights is not None, **options)
    assert held.sentence in " ".join(code.split())
    found = run_script(code, data_frame(X, step.mixture, None, sample_weight=weights))
    assert_same(found, step)


@pytest.mark.parametrize("more", ["", "standardise", "weights", "held"])
@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical", "VEE"])
def test_numpy_is_told_the_groups_that_the_run_was(some_run, family, more, run_script):
    X = some_run("full", 2)[0]
    known = np.where(np.arange(len(X)) % 4 == 0, np.arange(len(X)) % 3, -1)
    weights, scaling = asked(more, X)
    held = Held(means=[1]) if more == "held" else None
    how = {"covariance_type": family, "reg_covar": 1e-3, "tol": 0, "max_iter": N_ITER, "random_state": 0}
    how |= {"sample_weight": weights, "held": held}
    trace = fit(scaling.scale(X), 3, known_labels=known, **how)
    step = scaling.trace_in_units(trace).steps[-1]
    free = fit(scaling.scale(X), 3, **how)
    assert abs(free.log_likelihood - trace.log_likelihood) > 1e-3, "what is known makes a difference"
    names = ["known component (from 1; 0 is none)", "x"]
    table = data_frame(X, step.mixture, names, sample_weight=weights, known_labels=known)
    options = {"reg_covar": 1e-3, "tol": 0.0, "n_iter": N_ITER, "scaling": scaling, "held": held}
    options |= {"weighted": weights is not None, "feature_names": names}
    found = run_script(numpy_script("data.csv", trace.steps[0].mixture, told=True, **options), table)
    np.testing.assert_array_equal(found["known"], known)
    assert_same(found, step)


def test_what_cannot_be_held_is_said():
    options = {"reg_covar": 0, "tol": 0, "n_iter": 1}
    with pytest.raises(ValueError, match="held means name component 2, but there are 2 components"):
        numpy_script("data.csv", START, held=Held(means=[2]), **options)
    with pytest.raises(ValueError, match="held must be a Held"):
        numpy_script("data.csv", START, held=[0], **options)


def test_scikit_learn_makes_none_of_these():
    start = Mixture(START.weights, START.means, START.covariances, "VVV")
    for write in (sklearn_script, notebook):
        with pytest.raises(ValueError, match=r"scikit-learn has no VVV: there is no script with it\."):
            write("data.csv", start, reg_covar=0, tol=0, n_iter=1)


def test_a_scaling_must_have_the_features_of_the_start():
    for write in (*WRITERS.values(), notebook):
        with pytest.raises(ValueError) as error:
            write("a", START, reg_covar=0, tol=0, n_iter=1, scaling=Scaling.of("standardise", np.eye(3)))
        assert str(error.value) == "mixture_start has 2 features, but the scaling has 3."


hostile = st.text(min_size=1).filter(lambda text: not set(text) & set("/\\\0") and text not in (".", ".."))


@pytest.mark.slow
@given(source=hostile, names=st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_text_of_users_stays_text(source, names):
    """Whatever the names are, the code differs from that with harmless names in two literals only."""
    mixture = Mixture([1.0], [[0.0, 0.0]], [[1.0, 1.0]], "diag")
    options = {"reg_covar": 0.0, "tol": 0.0, "n_iter": 1}
    if {f"'{n}" for n in names} & set(names):
        return
    for write in WRITERS.values():
        trees = [
            ast.parse(write(text, mixture, feature_names=columns, **options))
            for text, columns in ((source, names), ("data.csv", ["a", "b"]))
        ]
        pairs = list(zip(*map(ast.walk, trees), strict=True))
        assert all(type(one) is type(other) for one, other in pairs)
        texts = [a.value for a, b in pairs if isinstance(a, ast.Constant) and a.value != b.value]
        assert set(texts) <= {source, *(str(neutral) for neutral in neutralise_names(names))}
    prose = [
        [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        for text in (
            notebook(source, mixture, feature_names=names, **options),
            notebook("data.csv", mixture, feature_names=["a", "b"], **options),
        )
    ]
    assert prose[0] == prose[1]


def neutralise_names(names: list[str]) -> list[str]:
    return list(neutralise(pd.DataFrame({name: [0] for name in names})))


def test_a_notebook_is_one():
    options = {"reg_covar": 1e-6, "tol": 1e-3, "n_iter": 1}
    content = json.loads(notebook("data.csv", START, **options))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert set(content) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in content["cells"]:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | code
        assert "".join(cell["source"]).strip()


WRONG = {
    "folder": ("../data.csv", {}, "X_source must be the name of a file, without folders; got '../data.csv'."),
    "no name": ("", {}, "X_source must be the name of a file, without folders; got ''."),
    "n_iter": ("a", {"n_iter": -1}, "n_iter must be a whole number from 0; got -1."),
    "reg_covar": (
        "a",
        {"reg_covar": "0; import os"},
        "reg_covar (added to every variance, in squared data units) must be a number from 0; "
        "got '0; import os'.",
    ),
    "tol": (
        "a",
        {"tol": np.nan},
        "tol (the change of the mean log-likelihood that ends a run) must be a number from 0; got nan.",
    ),
}


@pytest.mark.parametrize(("source", "changes", "message"), WRONG.values(), ids=WRONG)
def test_arguments_of_code_are_checked(source, changes, message):
    for write in (*WRITERS.values(), notebook):
        with pytest.raises(ValueError) as error:
            write(source, START, **{"reg_covar": 0.0, "tol": 0.0, "n_iter": 1, **changes})
        assert str(error.value) == message


def test_names_of_features_are_checked():
    for write in (*WRITERS.values(), notebook):
        with pytest.raises(ValueError) as error:
            write("a", START, reg_covar=0, tol=0, n_iter=1, feature_names=["a", "a"])
        assert str(error.value) == "feature_names must differ from each other; got ['a', 'a']."


def test_numbers_of_numpy_are_written_as_plain_numbers():
    options = {"reg_covar": np.float64(1e-7), "tol": np.float32(0.5), "n_iter": np.int64(4)}
    for write in (*WRITERS.values(), notebook):
        text = write("a", START, **options)
        assert "np.float" not in text
        assert "np.int" not in text


@pytest.mark.slow
def test_scripts_of_weighted_rows_give_the_same_numbers(tmp_path):
    rng = np.random.default_rng(2)
    X = np.concatenate([rng.normal(m, 1, (20, 2)) for m in ((0, 0), (6, 1))])
    counts = rng.integers(0, 4, len(X)) + 1.0
    names = ["sample_weight", "b"]  # a feature may have that name
    for case, (family, name) in enumerate([("full", "none"), ("tied", "whiten"), ("diag", "standardise")]):
        scaling = Scaling.of(name, X, sample_weight=counts)
        trace = fit(scaling.scale(X), 2, covariance_type=family, sample_weight=counts, random_state=0)
        start, found = trace.steps[0].mixture, scaling.in_units(trace.mixture)
        options = {"reg_covar": 1e-6, "tol": 1e-3, "n_iter": trace.n_iter, "feature_names": names}
        for kind, write in WRITERS.items():
            folder = tmp_path / f"{case}-{kind}"
            folder.mkdir()
            (folder / "data.csv").write_bytes(to_csv(data_frame(X, found, names, sample_weight=counts)))
            code = write("data.csv", start, **options, scaling=scaling, weighted=True)
            (folder / "run.py").write_text(code, encoding="utf-8")
        text = notebook("data.csv", start, **options, scaling=scaling, weighted=True)
        cells = ["".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
        (tmp_path / f"{case}-numpy" / "notebook.py").write_text("\n".join(cells), encoding="utf-8")
    said = json.loads(python("-c", RUNNER, str(tmp_path), folder=tmp_path))
    for case, (family, name) in enumerate([("full", "none"), ("tied", "whiten"), ("diag", "standardise")]):
        scaling = Scaling.of(name, X, sample_weight=counts)
        trace = scaling.trace_in_units(
            fit(scaling.scale(X), 2, covariance_type=family, sample_weight=counts, random_state=0)
        )
        for kind in WRITERS:
            _, weights, means, _, log_likelihood = said[f"{case}-{kind}"]
            np.testing.assert_allclose(weights, trace.mixture.weights, atol=1e-9)
            np.testing.assert_allclose(means, trace.mixture.means, rtol=1e-7, atol=1e-7)
            assert log_likelihood == pytest.approx(trace.log_likelihood, rel=1e-9)

"""Paths from before the districts: they lead to the same modules, and what was pickled under them loads."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gmm_core
from gmm_core import CollapseError, Mixture, Scaling, StopReason, Trace, fit, load_dataset
from gmm_core.engine.covariance import NotPositiveDefiniteError
from gmm_core.engine.kmeans import KMeansRun

# Every module that gmm_core had before the districts, and where it is now.
OLD = {
    "against": "laboratory.against",
    "autopsy": "laboratory.autopsy",
    "bootstrap": "judgement.bootstrap",
    "checks": "engine.checks",
    "choice": "judgement.choice",
    "covariance": "engine.covariance",
    "cures": "laboratory.cures",
    "datasets": "datasets",
    "diagnosis": "laboratory.diagnosis",
    "em": "engine.em",
    "estimator": "engine.estimator",
    "export": "out.export",
    "faults": "laboratory.faults",
    "health": "engine.health",
    "held_out": "judgement.held_out",
    "kmeans": "engine.kmeans",
    "lab": "laboratory.exercise",
    "labels": "judgement.labels",
    "merging": "judgement.merging",
    "mixture": "engine.mixture",
    "optima": "judgement.optima",
    "pasted": "tables.pasted",
    "points": "tables.points",
    "predict": "judgement.predict",
    "race": "judgement.race",
    "scaling": "engine.scaling",
    "scripts": "out.scripts",
    "selection": "judgement.selection",
    "stack": "engine.stack",
    "starts": "engine.starts",
    "sweep": "engine.sweep",
    "table_columns": "tables.columns",
    "table_common": "tables.reading",
    "table_files": "tables.files",
    "table_numbers": "tables.numbers",
    "table_text": "tables.text",
    "tables": "tables",
    "verdict": "judgement.verdict",
}


@pytest.mark.parametrize(("old", "new"), OLD.items(), ids=OLD)
def test_an_old_path_leads_to_the_same_module(old, new):
    module = importlib.import_module(f"gmm_core.{old}")
    assert module is importlib.import_module(f"gmm_core.{new}")
    assert module.__name__ == module.__spec__.name == f"gmm_core.{new}"


@pytest.mark.slow
def test_old_paths_work_where_nothing_else_was_imported():
    """As somebody's script has them: by `from`, before the new paths, in any order."""
    script = "\n".join(
        [
            *(f"import gmm_core.{old}" for old in reversed(OLD)),
            "import gmm_core.verdict",
            "from gmm_core import verdict, selection",
            "from gmm_core.verdict import judge",
            "from gmm_core.selection import sweep_models",
            "from gmm_core.judgement import verdict as moved",
            "assert gmm_core.verdict is verdict is moved and judge is moved.judge",
            "from gmm_core.table_common import TableError",
            "assert TableError is gmm_core.TableError",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=Path(gmm_core.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_was_pickled_before_the_districts_loads():
    things = pickle.loads((Path(__file__).parent / "files" / "old_paths.pickle").read_bytes())
    assert [type(thing) for thing in things.values()] == [Trace, Scaling, KMeansRun, NotPositiveDefiniteError]
    X = load_dataset("notebook_3d").X
    again = fit(X, 2, max_iter=3, tol=0)
    trace = things["trace"]
    assert trace.stop is StopReason.MAX_ITER
    assert trace.log_likelihood == pytest.approx(again.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(things["scaling"].scale(X), Scaling.of("whiten", X).scale(X), rtol=1e-9)
    assert things["error"].component == 1


@pytest.mark.parametrize(
    ("path", "thing"),
    [("gmm_core.mixture Mixture", Mixture), ("gmm_core.em CollapseError", CollapseError)],
)
def test_a_class_is_the_same_under_its_old_path(path, thing):
    module, name = path.split()
    assert pickle.loads(f"c{module}\n{name}\n.".encode()) is thing


@pytest.mark.parametrize("name", ["nonsense", "engine.nonsense", "table_nonsense", "verdict.nonsense"])
def test_a_path_that_never_was_is_said(name):
    with pytest.raises(ModuleNotFoundError) as error:
        importlib.import_module(f"gmm_core.{name}")
    assert str(error.value).startswith(f"No module named 'gmm_core.{name}'")


def test_a_name_that_never_was_is_said():
    with pytest.raises(AttributeError) as error:
        _ = gmm_core.nonsense
    assert str(error.value) == "module 'gmm_core' has no attribute 'nonsense'"
    with pytest.raises(ImportError) as error:
        exec("from gmm_core import nonsense")
    assert str(error.value).startswith("cannot import name 'nonsense' from 'gmm_core'")

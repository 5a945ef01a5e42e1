"""The library that installs: a wheel, in environments that hold what it says it needs, and no more.

Such an environment is a virtual one whose site-packages holds links to the packages that the wheel names,
and to theirs, from the environment that runs the tests. It is made in a moment, without a network, and what
gmm_core does not name cannot be imported there, Streamlit least of all.
"""

import ast
import csv
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import venv
import zipfile
from email.parser import Parser
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from public_names import README, public_names, written

import gmm_core
from gmm_core import StopReason

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROGRAM = ROOT / "tests" / "public_types.py"
WITHOUT_DATA = (
    "The file {file} is missing: this gmm_core was built or copied without its data. Install it again."
)


def run(*command, cwd, env=None):
    """What a command prints; what it says when it fails is the failure."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The files of the project in a folder whose name has spaces and umlauts."""
    folder = tmp_path_factory.mktemp("checkout") / "Übungen für Größen & Maße"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The wheel that `pip install .` would install."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--disable-pip-version-check", "-w", folder, "."),
        cwd=checkout,
    )
    (found,) = folder.glob("*.whl")
    return found


def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def needs(requirements, extra=""):
    """The names of the packages that these requirements need, and theirs."""
    found, open_ones = set(), [(Requirement(text), extra) for text in requirements]
    while open_ones:
        one, extra = open_ones.pop()
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": extra})):
            continue
        found.add(name)
        open_ones += [(Requirement(text), "") for text in distribution(name).requires or ()]
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Makes a fresh environment with the wheel and an extra in it; gives its Python."""
    made = {}

    def make(extra=""):
        if extra not in made:
            made[extra] = fresh(wheel, extra, tmp_path_factory.mktemp("environment"))
        return made[extra]

    return make


def fresh(wheel, extra, folder):
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    for name in needs(metadata(wheel).get_all("Requires-Dist"), extra):
        there = distribution(name)
        for top in {file.parts[0] for file in there.files} - {"..", "__pycache__"}:
            (site / top).symlink_to(there.locate_file(top))
    # With its dependencies, which have to be there, and in versions that satisfy it.
    run(
        *(sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--python", python),
        *("install", "--quiet", "--no-index", f"{wheel}[{extra}]" if extra else wheel),
        cwd=folder,
    )
    return python


# --- What is in it


def test_the_wheel_holds_the_library_with_its_data_and_nothing_else(wheel, checkout):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    there = {
        path.relative_to(checkout).as_posix() for path in (checkout / "gmm_core").rglob("*") if path.is_file()
    }
    assert names == {name for name in there if "__pycache__" not in name}
    assert {"gmm_core/py.typed", "gmm_core/data/qa_series.csv"} <= names


def test_the_version_stands_in_one_place(wheel):
    told = metadata(wheel)
    assert (told["Name"], told["Version"]) == ("gmm-core", gmm_core.__version__)
    assert "version" not in PROJECT
    assert re.fullmatch(r"\d+\.\d+\.\d+", gmm_core.__version__)


def bounds(requirement):
    """The least version and the first that is too new, None without; other clauses are not used here."""
    found = {clause.operator: tuple(map(int, clause.version.split("."))) for clause in requirement.specifier}
    assert found.keys() <= {">=", "<"}
    return found[">="], found.get("<")


def test_the_app_needs_what_the_library_needs_in_the_same_versions_or_fewer():
    def listed(path):
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        return {
            one.name: one
            for one in map(Requirement, [line for line in lines if line and line[0] not in "#-"])
        }

    # A cluster is no need of the app's, but its tests have one.
    app = {"distributed": listed("tests/requirements.txt")["distributed"], **listed("requirements.txt")}
    for text in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        library = Requirement(text)
        (least, most), (from_here, to_here) = bounds(library), bounds(app[library.name])
        assert from_here >= least, text
        assert most is None or (to_here is not None and to_here <= most), text


def test_the_least_python_is_the_same_everywhere():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert PROJECT["requires-python"] == ">=3.11"
    assert (tools["ruff"]["target-version"], tools["mypy"]["python_version"]) == ("py311", "3.11")
    assert "(Python 3.11 or later)" in README.read_text(encoding="utf-8")
    for name in ("app.py", "gmm_core/__init__.py"):
        assert "sys.version_info < (3, 11)" in (ROOT / name).read_text(encoding="utf-8")


# --- What it does where nothing else is


def snippets():
    found = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    assert len(found) == 10
    return found


LOOK = """
import importlib.util, json, gmm_core
known = [name for name in ("streamlit", "plotly", "matplotlib", "pages") if importlib.util.find_spec(name)]
print(json.dumps([gmm_core.__file__, gmm_core.__version__, known]))
"""


def test_the_snippets_of_the_readme_run_as_written(installed, tmp_path):
    """One after another, as they are read; the table that one of them reads is the reader's own."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(centre, 1, (80, 2)) for centre in ((0, 0), (8, 0), (0, 8))])
    with (tmp_path / "measurements.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("height", "weight"), *rows.round(3).tolist()])
    script = tmp_path / "readme.py"
    script.write_text("\n".join([*snippets(), LOOK]), encoding="utf-8")
    python = installed("tables")
    *said, last = run(python, "-I", "-W", "error", script, cwd=tmp_path).splitlines()
    assert said[0] == StopReason.MAX_ITER.message
    assert [line.split()[:2] for line in said[1:5]] == [["0", "E"], ["1", "M"], ["1", "E"], ["2", "M"]]
    assert said[25].startswith("standard errors of the means: [[0.")
    assert said[26] == "2 columns separated by commas; the first row holds the names."
    assert said[27].startswith("Three groups: BIC favours 3 spherical covariances")
    assert said[-1] == "[False  True]"
    where, version, known = json.loads(last)
    assert Path(where).is_relative_to(python.parents[1])
    assert (version, known) == (gmm_core.__version__, [])


def test_every_module_can_be_imported_and_every_public_name_used(installed, tmp_path):
    script = """
import importlib, pkgutil, runpy, sys, gmm_core
names = [one.name for one in pkgutil.walk_packages(gmm_core.__path__, "gmm_core.")]
for name in names:
    importlib.import_module(name)
runpy.run_path(sys.argv[1])
print(*names)
"""
    said = run(installed("tables"), "-I", "-W", "error", "-c", script, PROGRAM, cwd=tmp_path)
    modules = {path.relative_to(ROOT).with_suffix("") for path in (ROOT / "gmm_core").rglob("*.py")}
    assert set(said.split()) == {".".join(m.parts) for m in modules if m.name != "__init__"} | {
        ".".join(m.parent.parts) for m in modules if m.name == "__init__" and m.parent.name != "gmm_core"
    }


def test_without_pandas_all_but_tables_works(installed, tmp_path):
    script = """
import importlib.util
from pathlib import Path
assert not any(map(importlib.util.find_spec, ("pandas", "pyarrow", "openpyxl", "streamlit")))
import gmm_core, gmm_core.selection, gmm_core.verdict
from gmm_core import GaussianMixture, load_dataset
for file in (Path(gmm_core.__file__).parent / "engine").glob("*.py"):
    importlib.import_module(f"gmm_core.engine.{file.stem}")
X = load_dataset("qa_series").X
GaussianMixture(2, random_state=0).fit(X)
print(gmm_core.verdict.judge(gmm_core.selection.sweep_models(X, [1, 2], n_starts=1), X).headline)
assert set(gmm_core.__all__) < set(dir(gmm_core))
for ask in ("gmm_core.read_table", "gmm_core.TableError", "importlib.import_module('gmm_core.tables')",
            "importlib.import_module('gmm_core.points')", "gmm_core.nonsense",
            "importlib.import_module('gmm_core.nonsense')"):
    try:
        eval(ask)
    except Exception as error:
        print(error)
"""
    tables = (
        "gmm_core reads tables with pandas and pyarrow; pandas and pyarrow cannot be found. "
        "Install what is missing with pip install 'gmm-core[tables]'."
    )
    headline, *said = run(installed(), "-I", "-W", "error", "-c", script, cwd=tmp_path).splitlines()
    assert headline.endswith(".")
    assert said == [
        *[tables] * 4,
        "module 'gmm_core' has no attribute 'nonsense'",
        "No module named 'gmm_core.nonsense'",
    ]


def test_mypy_knows_the_types_of_all_public_names_from_outside(installed, tmp_path):
    shutil.copy(PROGRAM, tmp_path)
    run(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
        *("--python-executable", installed("tables"), "--cache-dir", ROOT / ".mypy_cache" / "outside"),
        PROGRAM.name,
        cwd=tmp_path,
    )
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    used = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert set(gmm_core.__all__) <= set(used)


# --- The page of public names


def test_the_page_of_public_names_is_what_the_docstrings_say():
    readme = README.read_text(encoding="utf-8")
    assert readme == written(readme), "run tests/public_names.py"
    assert list(public_names()) == gmm_core.__all__


def test_every_public_name_has_a_sentence():
    for name, line in public_names().items():
        assert re.fullmatch(r"[A-Z0-9`s].{15,110}[.]+", line), (name, line)


def test_a_new_public_name_is_on_the_page(monkeypatch):
    def newcomer():
        """What came last."""

    monkeypatch.setattr(gmm_core, "newcomer", newcomer, raising=False)
    monkeypatch.setattr(gmm_core, "__all__", [*gmm_core.__all__, "newcomer"])
    assert "\n- `newcomer`: What came last.\n" in written(README.read_text(encoding="utf-8"))


# --- What may be wrong around it


def test_of_two_versions_the_first_on_the_path_is_imported_whole(wheel, installed, tmp_path):
    """An older one, built without its data, stands before the one that is installed."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "older", [name for name in archive.namelist() if "/data/" not in name])
    older = tmp_path / "older" / "gmm_core"
    text = (older / "__init__.py").read_text(encoding="utf-8")
    text = text.replace(f'__version__ = "{gmm_core.__version__}"', '__version__ = "0.9.0"')
    (older / "__init__.py").write_text(text, encoding="utf-8")
    script = """
import sys, gmm_core, gmm_core.verdict
print(gmm_core.__version__)
print(gmm_core.__file__)
modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "gmm_core"]
print({module.__file__.startswith(gmm_core.__path__[0]) for module in modules})
print(len(gmm_core.load_dataset("notebook_3d").X))
try:
    gmm_core.load_dataset("qa_series")
except RuntimeError as error:
    assert error.__suppress_context__
    print(error)
"""
    said = run(installed(), "-c", script, cwd=tmp_path, env={"PYTHONPATH": str(older.parent)})
    missing = WITHOUT_DATA.format(file=older / "data" / "qa_series.csv")
    assert said.splitlines() == ["0.9.0", str(older / "__init__.py"), "{True}", "50", missing]


@pytest.mark.parametrize("name", ["app.py", "gmm_core/__init__.py"])
def test_an_older_python_can_read_what_tells_it_off(name):
    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("import gmm_core", "ImportError: gmm_core needs Python 3.11 or later; this is Python 3.10.13."),
        ("import app", "The EM explorer needs Python 3.11 or later; this is Python 3.10.13."),
    ],
)
def test_an_older_python_is_told_in_a_sentence(how, sentence):
    older = "sys.version, sys.version_info = '3.10.13 (main)', (3, 10, 13, 'final', 0)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {older}; {how}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    *before, last = done.stderr.splitlines()
    assert last == sentence
    assert how == "import gmm_core" or not before


# --- The app in a folder with spaces and umlauts, and with another gmm_core beside it


@pytest.fixture
def decoy(tmp_path):
    """A path on which another version stands, with which no page would work."""
    folder = tmp_path / "decoy" / "gmm_core"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('This is another gmm_core.')")
    return {"PYTHONPATH": str(folder.parent)}


def test_the_frame_runs_in_any_folder(checkout):
    script = """
from streamlit.testing.v1 import AppTest
import gmm_core
app = AppTest.from_file("pages/frame.py", default_timeout=60).run()
assert not app.exception, app.exception
print([one.value for one in app.sidebar.selectbox][:1])
print(gmm_core.__file__)
"""
    *said, where = run(sys.executable, "-c", script, cwd=checkout).splitlines()
    assert said
    assert Path(where) == checkout / "gmm_core" / "__init__.py"


def test_the_server_starts_in_any_folder_and_takes_its_own_library(checkout, decoy, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=localhost"]
    with log.open("w") as file:
        server = subprocess.Popen(
            command, cwd=checkout, env=os.environ | decoy, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        for _ in range(240):
            assert server.poll() is None, log.read_text()
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.25)
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        server.wait(10)
    assert "Traceback" not in log.read_text()

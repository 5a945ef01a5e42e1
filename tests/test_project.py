"""The project's own rules: lint, format, types, and imports that point one way."""

import ast
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.starts import INITS

ROOT = Path(__file__).parents[1]
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}


# Kept for the next checkout too: mypy spends most of its time on the types of numpy.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "em-explorer" / "mypy"


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
def test_static_checks(command):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={"MYPY_CACHE_DIR": str(CACHE)} | os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    """The dotted names that a module imports, whole."""
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules(folder):
    return [
        (path.relative_to(ROOT).as_posix(), imports(path)) for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def uses(names, *packages):
    return sorted(name for name in names if name.split(".")[0] in packages)


# What a district may import, besides itself: what stands above it. Whoever adds a district says so here.
LIBRARY = [
    {"words"},
    {"engine"},
    {"datasets", "out", "tables"},
    {"formula", "judgement"},
    {"laboratory"},
]
PAGES = {"explore", "lessons", "check", "predict", "digits", "against"}
PAGES |= {"starts", "collapse", "debug", "choose_k", "faster"}
INTERFACE = [
    {"address", "look"},
    {"player"},
    {"runs"},
    {"shell"},
    PAGES,
]


def district(name, within):
    """The district of a dotted name; None for what stands outside."""
    parts = name.split(".")
    depth = len(within.split("."))
    return parts[depth] if name.startswith(f"{within}.") and len(parts) > depth else None


def ways_up(folder, within, floors):
    """The imports of a district that do not lead to a floor below it."""
    floor = {name: number for number, names in enumerate(floors) for name in names}
    wrong = []
    for path, names in modules(folder):
        here = district(path.removesuffix(".py").replace("/", "."), within)
        for name in names:
            there = district(name, within)
            if here in floor and there in floor and here != there and floor[there] >= floor[here]:
                wrong.append(f"{path} imports {name}")
    return wrong


@pytest.mark.parametrize(
    ("folder", "within", "floors"),
    [("gmm_core", "gmm_core", LIBRARY), ("pages/ui", "pages.ui", INTERFACE)],
    ids=["library", "interface"],
)
def test_districts_import_only_what_stands_below_them(folder, within, floors):
    known = set().union(*floors)
    there = {path.stem if path.suffix else path.name for path in (ROOT / folder).iterdir() if is_code(path)}
    assert known <= there
    assert there - known <= {"__init__", "old_paths", "clicks", "security"}  # doors
    assert ways_up(folder, within, floors) == []


def is_code(path):
    return path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))


def test_the_engine_knows_no_interface():
    for path, names in modules("gmm_core"):
        assert not uses(names, "streamlit", "plotly", "pages", "app"), path


def test_no_page_imports_a_page():
    for path, names in modules("pages"):
        wrong = [n for n in names if n.startswith("pages.") and not n.startswith("pages.ui")]
        assert not wrong, path
        assert not uses(names, "app"), path


# Files in which Streamlit has a place, by what they are called in every folder; all others are pure.
SHOWING = {"controls", "parts", "cached"}
ELSEWHERE = {
    "clicks.py": {"clicks"},
    "address": {"address", "state", "back", "wishes", "memory", "hand"},
    "runs": {"data", "fits", "scenes"},
    "player": {"__init__"},
    "starts": {"course"},
    "lessons": {"classroom"},
    "explore": {"readout", "takeaway", "sklearn_tab", "rival"},
    "predict": {"asking", "points_file"},
    "debug": {"paste"},
    "check": {"takeaway"},
}


def test_pure_modules_know_no_streamlit():
    for path, names in modules("pages/ui"):
        here = Path(path).relative_to("pages/ui")
        if (here.parts[0] == "shell" and here.stem != "pages") or {*here.parts, here.stem} & (
            SHOWING | ELSEWHERE.get(here.parts[0], set())
        ):
            continue
        assert not uses(names, "streamlit"), path


# Where mistakes are made on purpose, code is about diagonal covariances alone.
DIAGONAL_ALONE = {"gmm_core/laboratory/faulty_em.py", "gmm_core/laboratory/audit/runs.py"}


def test_nobody_asks_which_family_or_which_start_it_is():
    """What others must know of a family or of a start of the library, it declares."""
    named = {*FAMILIES, *INITS} - {"random"}  # that is also one of other choices
    for path in sorted([*(ROOT / "gmm_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]):
        where = path.relative_to(ROOT).as_posix()
        asked = {
            constant.value
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Compare)
            for constant in ast.walk(node)
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        }
        assert not asked & named or where in DIAGONAL_ALONE, (where, asked & named)


@pytest.mark.parametrize(
    ("what", "only"),
    [
        ("session_state", {"address"}),
        ("query_params", {"address"}),
        ("cache_data", {"runs", "cached"}),
        ("cache_resource", {"runs", "cached"}),
    ],
)
def test_one_district_for_state_and_few_places_for_caches(what, only):
    for path in sorted((ROOT / "pages").rglob("*.py")):
        if only & {path.stem, path.parent.name}:
            continue
        used = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
        assert what not in used, path


def test_what_computes_knows_no_widget_and_no_session():
    """Of Streamlit, `runs` uses nothing but a cache; of what the user chose, nothing but the settings."""
    pure = {"settings", "choices", "by_hand", "edits", "presets", "differences", "beside", "kinds", "told"}
    caching = set()
    for path, names in modules("pages/ui/runs"):
        chosen = {district(name, "pages.ui.address") for name in names} - {None}
        assert chosen <= pure, path
        assert {"pages.ui.address", "streamlit"} & names <= {"streamlit"}, path
        assert not [name for name in names if name.startswith("streamlit.")], path
        tree = tree_of(ROOT / path)
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and is_streamlit(node.value)
        }
        assert used <= {"cache_resource"}, path
        caching |= {path} if "streamlit" in names else set()
    assert {Path(path).stem for path in caching} == {"data", "fits", "scenes"}


def is_streamlit(node):
    return isinstance(node, ast.Name) and node.id in ("st", "streamlit")


def test_only_the_waiting_room_shows_work():
    """A bar for a job, and its button, are drawn in one module."""
    doors = {"pages.ui.runs.jobs", "pages.ui.runs.jobs.shown_by"}  # others import what they make jobs of
    assert [path for path, names in modules("pages") if doors & names] == ["pages/ui/shell/waiting.py"]


def test_no_address_outside():
    """The app works without the internet: nothing that it loads names another host."""
    for path in [
        # What the browser may load, of Plotly too, its policy says.
        *(path for path in ROOT.glob("pages/**/*.js") if path.parent.name != "vendored"),
        *ROOT.glob("pages/**/*.css"),
        *ROOT.glob("pages/**/*.py"),
        ROOT / "app.py",
    ]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path


def test_no_two_files_of_tests_have_one_name():
    """pytest imports them by it, as they are in no packages."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert [name for name, n in Counter(names).items() if n > 1] == []


def test_no_file_of_the_interface_is_a_hall():
    """Where one grows beyond, it has two subjects."""
    lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "pages/ui").rglob("*.py")
    }
    assert {name for name, n in lines.items() if n > 450} == set()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "benchmarks").glob("*.py")), ids=lambda path: path.name
)
def test_a_benchmark_starts_as_it_says(path):
    """Its docstring names it; and what is not installed is imported once the path to it is known."""
    tree = tree_of(path)
    assert f"tests/benchmarks/{path.name}" in ast.get_docstring(tree)
    known = False
    for node in tree.body:
        known = known or "sys.path" in ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and not known:
            name = node.module.split(".")[0]
            assert name not in {"gmm_core", "pages", "app", "conftest"}, f"line {node.lineno}"
            assert not name.startswith("test_"), f"line {node.lineno}"

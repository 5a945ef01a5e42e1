"""The project's own rules: lint, format, types, and imports that point one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
def test_static_checks(command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imports(path):
    """The dotted names that a module imports, whole."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def test_the_engine_knows_no_interface():
    for path, names in modules("gmm_core"):
        assert not uses(names, "streamlit", "plotly", "pages", "app"), path


def test_no_page_imports_a_page():
    for path, names in modules("pages"):
        wrong = [n for n in names if n.startswith("pages.") and not n.startswith("pages.ui")]
        assert not wrong, path
        assert not uses(names, "app"), path


def test_pure_modules_know_no_streamlit():
    pure = {"figures", "presets", "settings", "by_hand", "palette", "numbers", "formulas", "scene"}
    pure |= {"evidence", "report", "pictures", "offline", "edits", "benchmark", "kmeans_scene", "borders"}
    pure |= {"digits_settings", "digits_figures", "digits_pictures", "digits_tables"}
    pure |= {"starts_settings", "starts_race", "starts_words", "starts_figures"}
    pure |= {"answer", "predict_figures", "predict_settings"}
    pure |= {"debug_settings", "debug_figures", "debug_tables", "faulty_scene"}
    pure |= {"choice_settings", "choice_figures", "choice_words"}
    pure |= {"collapse_settings", "collapse_figures"}
    for path, names in modules("pages/ui"):
        if Path(path).stem in pure:
            assert not uses(names, "streamlit"), path


@pytest.mark.parametrize(
    ("what", "only"),
    [
        ("session_state", "session"),
        ("query_params", "session"),
        ("cache_data", "cached"),
        ("cache_resource", "cached"),
    ],
)
def test_one_module_for_state_and_one_package_for_caches(what, only):
    for path in sorted((ROOT / "pages").rglob("*.py")):
        if only in (path.stem, path.parent.name):
            continue
        used = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert what not in used, path


def test_no_address_outside():
    """The app works without the internet: nothing that it loads names another host."""
    for path in [
        *ROOT.glob("pages/**/*.js"),
        *ROOT.glob("pages/**/*.css"),
        *ROOT.glob("pages/**/*.py"),
        ROOT / "app.py",
    ]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path

"""The page of public names in the README, from the docstrings. Run it to write the page anew.

.venv/bin/python tests/public_names.py
"""

import ast
import inspect
import sys
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- from the docstrings, by tests/public_names.py -->", "<!-- the end of the public names -->"


def described_constants():
    """The sentence written below each constant at the top of a module of the library."""
    found = {}
    for path in sorted((ROOT / "gmm_core").rglob("*.py")):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for constant, text in pairwise(body):
            if (
                isinstance(constant, ast.Assign)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found |= {ast.unparse(target): text.value.value for target in constant.targets}
    return found


def public_names():
    """The first line of the docstring of every public name of gmm_core; a KeyError where there is none."""
    import gmm_core

    constants = described_constants()
    things = {name: getattr(gmm_core, name) for name in gmm_core.__all__}
    return {
        name: inspect.cleandoc(thing.__doc__ if callable(thing) else constants[name]).splitlines()[0]
        for name, thing in things.items()
    }


def page():
    return "\n".join(f"- `{name}`: {line}" for name, line in public_names().items())


def written(readme):
    """The README, with the page as the docstrings have it now."""
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{page()}\n{END}{after}"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")

"""What is declared once is known everywhere: each file in `added` adds one, and finds it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("what", ["a_start", "a_family", "a_way"])
def test_one_more_is_found_everywhere(what):
    """In a process of its own, in which it is registered before anything reads the tables."""
    command = ["-m", "pytest", "-n", "0", "-q", "-p", "tests.added.registered", f"tests/added/{what}.py"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

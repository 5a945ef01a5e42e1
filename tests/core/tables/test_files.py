"""Small files of every kind, and one table of what is in each: `tests/core/files/expected.json`.

Each stands for a kind that people have; what is decided about it is said in words that the table names.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gmm_core import TableError, read_table

FILES = Path(__file__).parents[1] / "files"
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
READ, REFUSED = EXPECTED["read"], EXPECTED["refused"]


@pytest.mark.parametrize("filename", READ)
def test_a_file_is_read_as_its_author_meant_it(filename):
    expected = READ[filename]
    table = read_table((FILES / "read" / filename).read_bytes(), filename)
    assert table.frame.columns.tolist() == expected["names"]
    assert list(table.default_features) == expected["features"]
    values = np.array(expected["values"], dtype=float)
    found = table.frame[expected["features"]].to_numpy(float)
    np.testing.assert_allclose(found, values, rtol=1e-12)
    assert table.likely_weight == expected.get("weight", "")
    for words in expected["said"]:
        assert words in " ".join(table.findings)


def test_every_file_is_expected():
    assert {path.name for path in (FILES / "read").iterdir()} == set(READ)
    assert len(READ) >= 120


@pytest.mark.parametrize("filename", REFUSED)
def test_what_cannot_be_read_gets_a_sentence_soon(filename):
    content = (FILES / "bad" / filename).read_bytes()
    begin = time.process_time()
    with pytest.raises(TableError, match=REFUSED[filename]) as refused:
        read_table(content, filename)
    assert time.process_time() - begin < 5
    sentence = str(refused.value)
    assert filename in sentence
    assert sentence.endswith((".", ")"))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(READ)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3)), max_size=4),
    st.sampled_from([1.0, 1.0, 0.9, 0.5]),
)
@example("limit.csv", [(0.5, b"\x1f")], 1.0)  # a sign between a limit and a number that ends no line
def test_a_damaged_file_is_read_or_gets_a_sentence(filename, changes, share):
    content = bytearray((FILES / "read" / filename).read_bytes())
    for place, put in changes:
        at = int(place * len(content))
        content[at : at + len(put)] = put
    with suppress(TableError):
        table = read_table(bytes(content[: int(share * len(content))]), filename)
        assert len(table.features()) <= len(table.frame)

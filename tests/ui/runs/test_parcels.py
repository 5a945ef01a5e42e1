"""Large arrays reach processes in files: each once, the same there, and gone when nobody uses them."""

import gc
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pages.ui.runs.work import parcels
from pages.ui.runs.work.parcels import LARGE, Parcels, digest, unpack


@pytest.fixture
def own():
    made = Parcels()
    yield made
    made.end()


def files(own):
    gc.collect()
    return sorted(path.name for path in Path(own.folder).iterdir())


def frozen(array):
    array.setflags(write=False)
    return array


LONG = frozen(np.arange(LARGE, dtype=np.float64))


@pytest.mark.parametrize(
    "array",
    [
        LONG,
        LONG.reshape(2, -1).T,
        LONG[::2],
        LONG.astype(np.intp),
        LONG > 5,
        np.asfortranarray(LONG.reshape(4, -1)),
    ],
    ids=["rows", "transposed", "every second", "whole numbers", "flags", "Fortran"],
)
def test_it_is_the_same_there(own, array):
    parcel = own.pack((max, array))
    function, there = unpack(parcel.content, own.folder)
    assert function is max
    assert type(there) is np.ndarray
    assert there.dtype == array.dtype
    assert there.flags.f_contiguous >= array.flags.f_contiguous
    np.testing.assert_array_equal(there, array)


def test_what_is_small_or_no_number_travels(own):
    small, words = np.arange(5.0), np.array(["a"] * LARGE, dtype=object)
    there = unpack(own.pack((small, words)).content, own.folder)
    assert files(own) == []
    assert there[0].tolist() == small.tolist()
    assert there[1][-1] == "a"


def test_an_array_is_written_once_for_all_and_goes_with_the_last_who_uses_it(own, monkeypatch):
    digested = []
    monkeypatch.setattr(parcels, "digest", lambda array: digested.append(array) or digest(array))
    one, two = own.pack(partial(max, LONG)), own.pack(partial(min, LONG))
    assert len(digested) == 1, "it was known by its place in memory"
    three = own.pack(LONG.copy())
    assert len(files(own)) == 1
    assert len(one.content) < 1000
    del one, three
    assert len(files(own)) == 1
    del two
    assert files(own) == []


def test_what_changed_in_its_place_is_another(own):
    array = LONG.copy()
    before = own.pack(array)
    array[0] = 7
    after = own.pack(array)
    assert [unpack(one.content, own.folder)[0] for one in (before, after)] == [0, 7]


def test_where_nothing_can_be_written_it_travels_and_that_is_said(own, capsys):
    own.folder += "/nowhere"
    np.testing.assert_array_equal(unpack(own.pack(LONG).content, own.folder), LONG)
    assert capsys.readouterr().err.startswith(f"Data could not be written to {own.folder} (No such file")


def test_the_folder_is_for_this_user_alone_and_goes_at_the_end():
    own = Parcels()
    assert Path(own.folder).stat().st_mode & 0o777 == 0o700
    kept = own.pack(LONG)
    own.end()
    assert not Path(own.folder).exists()
    del kept

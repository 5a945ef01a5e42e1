"""Rows that need not fit into memory: the same numbers as in memory, and sentences for what can go wrong."""

import os
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import dataset as parquet

from gmm_core import GaussianMixture, e_step, fit, iterate, rows_of, start_at
from gmm_core.engine import rows as sources
from gmm_core.engine import streamed
from gmm_core.engine.covariance import FAMILIES

NAMES = ["length", "width", "depth"]


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(3)
    groups = [
        rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + at for n, at in ((900, 0), (700, 6), (400, -5))
    ]
    return rng.permutation(np.vstack(groups)) * [1, 50, 0.01] + [1e3, 0, 2]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_NUMBERS", 3 * 300)


def as_npy(X, folder):
    np.save(folder / "rows.npy", X)
    return folder / "rows.npy"


def as_columns(X, folder):
    np.save(folder / "columns.npy", np.asfortranarray(X))
    return folder / "columns.npy"


def as_memmap(X, folder):
    return rows_of(np.load(as_npy(X, folder), mmap_mode="r"))


def as_file(X, folder):
    pd.DataFrame(X, columns=NAMES).to_parquet(folder / "rows.parquet", row_group_size=170)
    return str(folder / "rows.parquet")


def as_folder(X, folder):
    (folder / "rows").mkdir()
    for i, part in enumerate(np.array_split(X, 3)):
        frame = pd.DataFrame(part, columns=NAMES)
        frame["name"] = "a"
        frame.to_parquet(folder / "rows" / f"{i}.parquet")
    return rows_of(folder / "rows", NAMES)


def as_dataset(X, folder):
    return parquet.dataset(as_file(X, folder))


def as_dask_array(X, folder):
    return pytest.importorskip("dask.array").from_array(X, chunks=(411, 2))


def as_dask_frame(X, folder):
    frames = pytest.importorskip("dask.dataframe")
    frame = frames.from_pandas(pd.DataFrame(X, columns=NAMES), npartitions=5)
    return frame[frame.depth > -1e9]


SOURCES = [as_dask_frame, as_npy, as_columns, as_memmap, as_file, as_folder, as_dataset, as_dask_array]


def same(a, b, rtol=1e-10):
    np.testing.assert_allclose(a.weights, b.weights, rtol=rtol)
    np.testing.assert_allclose(a.means, b.means, rtol=rtol)
    np.testing.assert_allclose(
        a.covariances, b.covariances, rtol=rtol, atol=rtol * np.abs(b.covariances).max()
    )


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_numbers_of_the_array(source, X, tmp_path):
    rows = source(X, tmp_path)
    options = {"covariance_type": "full", "random_state": 0, "max_iter": 20}
    here, there = fit(X, 3, **options), fit(rows, 3, **options)
    assert (here.n_iter, here.stop, here.note) == (there.n_iter, there.stop, there.note)
    np.testing.assert_allclose(there.log_likelihoods, here.log_likelihoods, rtol=1e-10)
    same(there.mixture, here.mixture)
    expectation = e_step(rows, here.mixture)
    assert expectation.n_samples == len(X)
    np.testing.assert_allclose(expectation.counts, e_step(X, here.mixture).counts, rtol=1e-10)
    own, other = GaussianMixture(3, random_state=0).fit(X), GaussianMixture(3, random_state=0).fit(rows)
    np.testing.assert_allclose(other.means_, own.means_, rtol=1e-8)
    np.testing.assert_allclose(other.score(rows), own.score(X), rtol=1e-10)
    np.testing.assert_array_equal(own.predict(rows), own.predict(X))
    np.testing.assert_allclose(own.predict_proba(rows), own.predict_proba(X), atol=1e-10)
    np.testing.assert_allclose(own.score_samples(rows), own.score_samples(X), rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_also_from_far_and_narrow_components(family, X, tmp_path):
    far = X.copy()
    far[:40] = far[:40] * 1e-3 + 5e5  # summed up by whitened residuals
    rows = as_npy(far, tmp_path)
    start = start_at(far, far[[0, 60, 80]], covariance_type=family)
    same(start_at(rows, far[[0, 60, 80]], covariance_type=family), start)
    here, there = (
        fit(one, 3, start=start, covariance_type=family, max_iter=6, tol=0, prior=True) for one in (far, rows)
    )
    np.testing.assert_allclose(there.log_posteriors, here.log_posteriors, rtol=1e-9)
    same(there.mixture, here.mixture, 1e-7)
    steps = iterate(rows, start)
    assert [next(steps).half for _ in range(4)] == ["E", "M", "E", "M"]


def test_a_start_is_found_on_a_sample_and_that_is_said(X, tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "SAMPLE", 500)
    rows = as_npy(X, tmp_path)
    looked = [streamed.look(rows_of(rows), seed) for seed in (0, 0, 1)]
    assert [len(one.sample) for one in looked] == [500, 500, 500]
    assert (looked[0].sample == looked[1].sample).all()
    assert (looked[0].sample != looked[2].sample).any()
    of_all = {row.tobytes() for row in X}
    assert len({row.tobytes() for row in looked[0].sample} & of_all) == 500
    trace = fit(rows, 3, random_state=0)
    assert trace.note == (
        "The start was found on 500 of 2,000 rows, drawn at random; every step is over all of them."
    )
    np.testing.assert_allclose(trace.log_likelihood, fit(X, 3, start=trace.mixture).log_likelihood, atol=1e-3)


def test_one_column_and_integers(tmp_path):
    values = np.random.default_rng(0).integers(0, 50, 400)
    np.save(tmp_path / "one.npy", values)
    here, there = fit(values, 2, random_state=0), fit(tmp_path / "one.npy", 2, random_state=0)
    same(there.mixture, here.mixture)
    part = rows_of(np.load(tmp_path / "one.npy", mmap_mode="r")[37:301])
    same(fit(part, 2, random_state=0).mixture, fit(values[37:301], 2, random_state=0).mixture)


def test_what_numpy_maps_is_an_array_unless_rows_of_it_are_asked_for(X, tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "SAMPLE", 500)
    weights = np.arange(len(X)) % 3
    mapped = np.load(as_npy(X, tmp_path), mmap_mode="c")
    counted = {"sample_weight": weights, "random_state": 0}
    assert fit(mapped, 2, **counted).mixture == fit(X, 2, **counted).mixture
    mapped += 100.0  # in memory alone
    assert fit(mapped, 2, random_state=0).mixture == fit(X + 100.0, 2, random_state=0).mixture
    with pytest.raises(ValueError, match="X must be the path of"):
        rows_of(mapped)


def test_the_estimator_knows_names_notes_and_how_many_rows(X, tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "SAMPLE", 500)
    rows = rows_of(as_file(X, tmp_path))
    model = GaussianMixture(2, random_state=0).fit(rows)
    assert list(model.feature_names_in_) == NAMES
    assert model.history_.note.startswith("The start was found on 500 of 2,000 rows")
    np.testing.assert_allclose(model.bic(rows), model.bic(pd.DataFrame(X, columns=NAMES)), rtol=1e-10)
    np.testing.assert_allclose(model.aic(rows), model.aic(pd.DataFrame(X, columns=NAMES)), rtol=1e-10)
    with pytest.raises(ValueError, match="The columns of X are depth, width and length, but"):
        model.predict(rows_of(as_file(X, tmp_path), NAMES[::-1]))


def test_parts_of_dask_may_be_empty_and_what_fails_there_is_said(X):
    dask, frames = pytest.importorskip("dask"), pytest.importorskip("dask.dataframe")
    arrays = pytest.importorskip("dask.array")
    frame = frames.from_pandas(pd.DataFrame(np.sort(X, axis=0), columns=NAMES), npartitions=6)
    some = frame[frame.length > 1001]
    model = GaussianMixture(2, random_state=0).fit(some)
    assert len(model.predict(some)) == (X[:, 0] > 1001).sum()
    assert fit(frame.length, 2, random_state=0).mixture.n_features == 1
    with pytest.raises(ValueError, match="X has 0 rows"):
        model.predict(frame[frame.length > 1e9])
    with pytest.raises(ValueError, match="A dask collection must be a frame, or an array of numbers"):
        fit(dask.delayed(X), 2)
    with pytest.raises(ValueError, match=r"The parts of X could not be computed \(OSError: no disk\)"):
        fit(arrays.from_array(X, chunks=(500, 3)).map_blocks(no_disk, dtype=float, meta=X[:0]), 2)


def no_disk(block):
    raise OSError("no disk")


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(X, serve_cluster):
    dask = pytest.importorskip("dask.array")
    distributed = pytest.importorskip("distributed")
    here = fit(X, 3, random_state=0, max_iter=8, tol=0)
    address, _ = serve_cluster()
    with distributed.Client(address) as client:
        pids = client.run(os.getpid)
        assert len(pids) == 2
        rows = dask.from_array(X, chunks=(300, 3)).persist()

        def kill_one(step):
            if step.iteration == 3:
                os.kill(min(pids.values()), 9)

        there = fit(rows, 3, random_state=0, max_iter=8, tol=0, on_step=kill_one)
    np.testing.assert_allclose(there.log_likelihoods, here.log_likelihoods, rtol=1e-10)
    same(there.mixture, here.mixture)


def broken(kind, X, folder):
    """What is to be fitted, and what is to be said of it."""
    path = folder / "rows.npy"
    if kind == "a missing value":
        np.save(path, np.vstack([X, [[1, np.nan, 3]]]))
        return path, r"X must be finite; found nan at \[2000, 1\]"
    if kind == "too large":
        np.save(path, X * 1e160)
        return path, "too large for a float"
    if kind == "one row":
        np.save(path, X[:1])
        return path, "X has 1 row; at least 2 are needed."
    if kind == "nothing there":
        return path, "There is no file or folder"
    if kind == "not what it says":
        path.write_bytes(b"hello")
        return path, "'rows.npy' is no NPY file"
    if kind == "nothing in it":
        np.save(path, X[:5, :0])
        return path, "'rows.npy' holds 5 x 0 values"
    if kind == "another table":
        (folder / "a.csv").write_text("x,y")
        return folder / "a.csv", "are in .npy or Parquet files, and this is neither"
    if kind == "more columns":
        (folder / "many").mkdir()
        pq.write_table(pa.table({"x": X[:, 0]}), folder / "many" / "1.parquet")
        pq.write_table(pa.table({"x": X[:, 0], "y": X[:, 1]}), folder / "many" / "2.parquet")
        return folder / "many", "'2.parquet' has a column 'y', which other files lack"
    if kind == "other types":
        (folder / "many").mkdir()
        pq.write_table(pa.table({"x": np.arange(9)}), folder / "many" / "1.parquet")
        pq.write_table(pa.table({"x": X[:, 0]}), folder / "many" / "2.parquet")
        return folder / "many", "Column 'x' is int64 in '1.parquet' and double in '2.parquet'"
    if kind == "no parquet":
        (folder / "rows.parquet").write_bytes(b"hello")
        return folder / "rows.parquet", "'rows.parquet' cannot be read: rows that need not fit"
    if kind == "text":
        pd.DataFrame({"x": X[:, 0], "name": "a"}).to_parquet(folder / "rows.parquet")
        return folder / "rows.parquet", "Column 'name' of 'rows.parquet' holds no numbers but"
    if kind == "other columns":
        (folder / "many").mkdir()
        pq.write_table(pa.table({"x": X[:, 0], "y": X[:, 1]}), folder / "many" / "1.parquet")
        pq.write_table(pa.table({"x": X[:, 0]}), folder / "many" / "2.parquet")
        return folder / "many", "'2.parquet' has no column 'y', which other files have"
    assert kind == "three dimensions"
    np.save(path, X[None])
    return path, "'rows.npy' holds 1 x 2000 x 3 values of float64"


WRONG = """a missing value, too large, one row, nothing there, not what it says, no parquet, text,
other columns, three dimensions, nothing in it, another table, more columns, other types"""


@pytest.mark.parametrize("kind", re.split(r",\s", WRONG))
def test_what_cannot_be_read_is_said(kind, X, tmp_path):
    rows, sentence = broken(kind, X, tmp_path)
    with pytest.raises(ValueError, match=sentence):
        fit(rows, 2)
    with pytest.raises(ValueError, match=sentence):
        GaussianMixture(2).fit(rows)


def test_a_file_that_changes_while_it_is_read_is_said(X, tmp_path):
    path = as_npy(X, tmp_path)

    def shrink(step):
        if step.iteration == 2:
            os.truncate(path, 1000 + 24 * 512)

    def replace(step):
        if step.iteration == 2:
            np.save(path, X[::-1])

    with pytest.raises(ValueError, match="'rows.npy' holds less than its 2,000 rows"):
        fit(path, 3, tol=0, on_step=shrink)
    as_npy(X, tmp_path)
    with pytest.raises(ValueError, match="The rows were changed while they were read"):
        fit(path, 3, tol=0, on_step=replace)


def test_rows_with_gaps_are_left_out_on_request(X, tmp_path):
    X = X.copy()
    X[[3, 1000], [0, 2]] = np.nan, np.inf
    rows = rows_of(as_npy(X, tmp_path), missing="drop")
    complete = X[np.isfinite(X).all(axis=1)]
    start = start_at(complete, complete[:2])
    same(fit(rows, 2, start=start).mixture, fit(complete, 2, start=start).mixture)
    assert GaussianMixture(2).fit(rows).predict(rows).shape == (1998,)
    with pytest.raises(ValueError, match='missing must be "raise" or "drop" for rows that are streamed'):
        rows_of(as_npy(X, tmp_path), missing="observed")


def test_options_that_need_all_rows_at_hand_say_so(X, tmp_path):
    path = as_npy(X, tmp_path)
    for options in (
        {"sample_weight": np.ones(2000)},
        {"missing": "observed"},
        {"noise": True},
        {"dof": "each"},
    ):
        (name,) = options
        with pytest.raises(
            ValueError, match=re.escape(f"{name} cannot be used with rows that are read block")
        ):
            fit(path, 2, **options)
    with pytest.raises(ValueError, match="noise cannot be used"):
        GaussianMixture(2, noise=True).fit(path)
    model = GaussianMixture(2).fit(X[:, :2])
    with pytest.raises(ValueError, match="X has 3 features, but GaussianMixture was fitted to 2"):
        model.predict(path)
    with pytest.raises(ValueError, match="There is no column 'height'; there are 'length', 'width', 'depth'"):
        rows_of(as_file(X, tmp_path), ["height"])
    with pytest.raises(ValueError, match="X must be the path of"):
        rows_of([1, 2, 3])

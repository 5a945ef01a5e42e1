"""Files of the server: those of one folder, by name; of what is too large, rows that are drawn."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gmm_core import TableError, fit, start_at
from gmm_core.tables.reading import Limits
from pages.ui.address.settings import Settings
from pages.ui.runs import brought, fits, folder, whole
from pages.ui.runs.folder import SETTING, draw, offered, serve

N = 5000
FRAME = pd.DataFrame({"x": np.arange(N), "y": np.arange(N) ** 2})


@pytest.fixture
def served(tmp_path, monkeypatch):
    root = tmp_path / "served"
    (root / "more").mkdir(parents=True)
    FRAME.to_csv(root / "a.csv", index=False)
    FRAME.to_parquet(root / "more" / "b.parquet", row_group_size=700)
    np.save(root / "c.npy", FRAME.to_numpy(float))
    monkeypatch.setenv(SETTING, str(root))
    return root


def ignore(done):
    """Who waits without looking."""


def test_its_files_are_offered_by_name_and_nothing_else(served, tmp_path):
    outside = tmp_path / "secret.csv"
    outside.write_text("x\n1\n2\n")
    (served / "link.csv").symlink_to(outside)
    (served / "more" / "there").symlink_to(tmp_path)
    (served / "inside.csv").symlink_to(served / "a.csv")
    (served / ".hidden.csv").write_text("x\n1\n")
    (served / "notes.txt").write_text("x\n1\n")
    (served / "folder.csv").mkdir()
    assert offered() == ["a.csv", "c.npy", "inside.csv", "more/b.parquet"]
    for name in (
        "link.csv",
        "../secret.csv",
        str(outside),
        "more/there/secret.csv",
        ".hidden.csv",
        "",
        "\x00",
    ):
        with pytest.raises(TableError, match="There is no file .* in the folder of this server any more"):
            serve(name, ignore)


def test_what_fits_is_read_as_it_is(served):
    for name in offered():
        assert serve(name, ignore) == ((served / name).read_bytes(), name.rpartition("/")[2], "", None)


def test_of_what_is_too_large_some_rows_are_drawn_and_that_is_said(served, monkeypatch):
    monkeypatch.setattr(folder, "LIMITS", Limits(upload=1000, rows=1000))
    monkeypatch.setattr(folder, "MOST_ROWS", 200)
    found = {}
    for name in ("a.csv", "c.npy", "more/b.parquet"):
        content, _, note, drawn = serve(name, ignore)
        assert drawn == (name, 5000)
        file = name.rpartition("/")[2]
        assert note == f"A random sample of 200 of the 5,000 rows of {file}, too large as a whole."
        found[file] = frame = pq.read_table(io.BytesIO(content)).to_pandas()
        x, y = frame.to_numpy().T
        assert (y == x**2).all(), "rows stay whole"
        assert (np.diff(x) > 0).all(), "each once, in their order"
        assert abs(x.mean() - N / 2) < 5 * N / np.sqrt(12 * 200)
        assert serve(name, ignore).content == content, "the same again"
    assert list(found["a.csv"].columns) == ["x", "y"]
    one = serve("a.csv", ignore)
    settings = Settings(data="own", table=brought.keep_table(*one))
    assert one.note in brought.own(settings).data.note
    assert brought.drawn_from(settings) == ("a.csv", 5000)


def test_many_rows_are_drawn_in_one_reading(served, monkeypatch):
    monkeypatch.setattr(folder, "LIMITS", Limits(upload=1000))
    monkeypatch.setattr(folder, "MOST_ROWS", 10**6)
    content, m, n = draw(served / "a.csv", ignore)
    assert pq.read_table(io.BytesIO(content)).num_rows == m == n == N
    assert serve("a.csv", ignore)[2:] == ("", None), "all of them are no sample"


def test_a_folder_of_parquet_files_is_one_table_and_all_its_rows_can_be_fitted(served, monkeypatch, tmp_path):
    (served / "many").mkdir()
    X = np.random.default_rng(0).normal(size=(N, 2)) + [[0, 0], [6, 3]] * (N // 2)
    for i, part in enumerate(np.array_split(X, 3)):
        pd.DataFrame(part, columns=["u", "v"]).to_parquet(served / "many" / f"{i}.parquet")
    pd.DataFrame({"u": [1e9], "v": [0]}).to_parquet(tmp_path / "secret.parquet")
    (served / "many" / "9.parquet").symlink_to(tmp_path / "secret.parquet")
    assert "many/" in offered()
    content, *rest = serve("many/", ignore)
    assert pq.read_table(io.BytesIO(content)).num_rows == N
    assert rest == ["many.parquet", "", None]
    monkeypatch.setattr(folder, "LIMITS", Limits(upload=1000, rows=1000))
    monkeypatch.setattr(folder, "MOST_ROWS", 500)
    sample = serve("many/", ignore)
    assert sample.note == "A random sample of 500 of the 5,000 rows of many, too large as a whole."
    settings = Settings(data="own", table=brought.keep_table(*sample), n_components=2)
    trace = fits.run(settings)
    names = brought.own(settings).data.feature_names
    of_all = whole.going_on(settings, trace.mixture, names, settings.reg_covar).result()
    here = fit(X, 2, start=trace.mixture)
    assert of_all.n_iter == here.n_iter
    np.testing.assert_allclose(of_all.mixture.means, here.mixture.means, rtol=1e-9)
    assert of_all.note == ""
    (served / "many" / "1.parquet").unlink()
    (served / "many" / "0.parquet").unlink()
    (served / "many" / "2.parquet").unlink()
    with pytest.raises(ValueError, match="cannot be read|has 0 rows|no column"):
        folder.all_rows("many/", names)
    assert folder.all_rows("c.npy", ["x1", "x2"]).n_features == 2
    with pytest.raises(ValueError, match="only be fitted with all its columns"):
        folder.all_rows("c.npy", ["x1"])
    assert whole.why_not(settings) == ""
    assert "without edits" in whole.why_not(replace(settings, scaling="standardise"))


@pytest.mark.parametrize("name", ["gaps.csv", "gaps.npy", "gaps.parquet"])
def test_all_rows_are_those_without_gaps(served, name):
    X = np.random.default_rng(0).normal(size=(N, 2))
    X[5, 0] = X[7, 1] = X[9, 0] = np.nan
    frame = pd.DataFrame(X, columns=["x1", "x2"]).assign(**({} if "npy" in name else {"word": "a"}))
    save = {"csv": frame.to_csv, "parquet": frame.to_parquet, "npy": lambda to, **_: np.save(to, X)}
    save[name.partition(".")[2]](served / name, index=False)
    whole = X[~np.isnan(X).any(axis=1)]
    start = start_at(whole, whole[:2])
    here, there = (fit(rows, 2, start=start) for rows in (whole, folder.all_rows(name, ["x1", "x2"])))
    np.testing.assert_allclose(there.log_likelihoods, here.log_likelihoods, rtol=1e-12)
    assert round(sum(there.steps[-1].counts)) == N - 3


def test_a_csv_file_whose_beginning_misleads_is_read_as_numbers_or_said(served):
    lines = ["x,y,z", *["1,2,3"] * 100_000, "1.5,2.5,3"]
    (served / "late.csv").write_text("\n".join(lines))
    rows = folder.all_rows("late.csv", ["x", "y"])
    assert sum(rows.mapped(lambda number, block: block[:, 0].sum())) == 100_001.5
    (served / "late.csv").write_text("\n".join([*lines, "a,b,c"]))
    with pytest.raises(ValueError, match="cannot be read: .*Perhaps it is being written") as refused:
        fit(folder.all_rows("late.csv", ["x", "y"]), 1)
    assert str(served) not in str(refused.value)


def test_of_few_rows_of_many_bytes_some_are_drawn(served, monkeypatch):
    """Of files and of folders alike."""
    (served / "two").mkdir()
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 2)), columns=["u", "v"])
    for name in ("two/0.parquet", "two/1.parquet", "one.parquet"):
        frame.to_parquet(served / name)
    monkeypatch.setattr(folder, "LIMITS", Limits(unpacked=1000))
    monkeypatch.setattr(folder, "MOST_ROWS", 500)
    assert [serve(name, ignore).drawn.n for name in ("two/", "one.parquet")] == [2 * N, N]


@pytest.mark.parametrize("name", ["a.csv", "c.npy", "more/b.parquet"])
def test_a_file_that_is_not_whole_is_refused_in_a_sentence(served, monkeypatch, name):
    monkeypatch.setattr(folder, "LIMITS", Limits(upload=1000))
    content = (served / name).read_bytes()
    (served / name).write_bytes(content[: len(content) // 2] + (b'"' if name == "a.csv" else b""))
    if name == "a.csv":
        (served / name).write_bytes(b"x,y\n" + b"1,2\n" * 500 + b"1,2,3\n")
    with pytest.raises(TableError, match="cannot be read: .*Perhaps it is being written"):
        serve(name, ignore)


@pytest.mark.parametrize("named", ["", "/nowhere", "a file"])
def test_without_a_folder_nothing_is_offered(named, tmp_path, monkeypatch, capsys):
    if named == "a file":
        named = str(tmp_path / "file")
        (tmp_path / "file").write_text("")
    monkeypatch.setenv(SETTING, named)
    folder.start()
    assert offered() == []
    said = capsys.readouterr().err
    assert said == (
        f"EM_DATA must name a folder that can be read; got {named!r}. No files of this server are offered.\n"
        if named
        else ""
    )

"""What Explore gives away says whose rows they are, and how a run is made of which there is no script."""

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from link import explore, keep_table, said, settings_of

import gmm_core
from gmm_core import Scaling
from gmm_core.engine.held import Held
from gmm_core.out.export import mixture_from_json, mixture_to_json
from pages.ui.address.settings import Settings
from pages.ui.explore import readout, takeaway
from pages.ui.runs import fits
from pages.ui.runs.data import dataset, row_numbers
from pages.ui.runs.rows import in_table

ROWS = [
    f"p{i},{'' if i % 9 == 4 else 5 * (i % 2) + i * 37 % 11 / 10},{4 * (i % 2) + i * 53 % 13 / 9},"
    f"{(1, 0.5, 0, 2)[i % 4]},{('-1', '+1', 'x')[i % 3]}"
    for i in range(60)
]
TABLE = "\n".join(["id,a,b,w,kind", *ROWS]).encode()


@pytest.fixture
def own():
    return {"data": "own", "table": keep_table(TABLE, "own.csv"), "columns": "1,2", "k": "2"}


@pytest.fixture
def taken(monkeypatch):
    """What the page's buttons save, by their labels; made when it is asked for."""
    made = {}
    monkeypatch.setattr(
        takeaway, "download", lambda label, content, name, **how: made.update({label: content})
    )
    return made


def test_the_data_say_which_rows_of_the_table_they_are(own, taken, tmp_path):
    app = explore(**own, counts="3", edit="delete:2;add:1,1", tab="Take away", at="1E")
    assert not app.exception
    file = tmp_path / "data.csv"
    file.write_bytes(taken["Data, CSV"]())
    found = pd.read_csv(file)
    assert found.columns[0] == "row in the table"
    numbers = found["row in the table"]
    assert numbers.isna().tolist() == [False] * (len(found) - 1) + [True], "what was added is in no table"
    lines, known = TABLE.decode().splitlines(), found.iloc[:-1]
    for row, a, label in zip(numbers[:-1].astype(int), known["a"], known["label"], strict=True):
        cells = lines[row - 1].split(",")
        assert (float(cells[1]), cells[4]) == (a, label), "labels that look like numbers stay as they are"


def test_numbers_go_with_their_rows_where_the_order_is_shuffled():
    series = keep_table(("v\n" + "\n".join(f"{i * i % 31 + i / 10}" for i in range(40))).encode(), "v.csv")
    settings = Settings(data="own", table=series, order="rows", shuffle=3, n_components=2)
    ordered = dataset(settings.changed(shuffle=0)).X[:, 0]
    X = dataset(settings).X[:, 0]
    assert (ordered != X).any()
    for numbers in (row_numbers(settings), in_table(settings)):
        np.testing.assert_array_equal(ordered[np.asarray(numbers, int) - 2], X)
    assert in_table(Settings()) is None


@pytest.mark.parametrize(("part", "whose"), [("Selected point", "Row 1"), ("Formulas", "point, row 1")])
def test_the_row_that_is_selected_is_named_as_the_table_counts(part, whose, monkeypatch):
    show = readout.show
    monkeypatch.setattr(readout, "show", lambda said, *of: show(replace(said, row=0), *of))
    table = keep_table(b"u,v\n" + b"".join(b"%d,%d\n" % (i, i * i % 7) for i in range(20)), "t.csv")
    app = explore(data="own", table=table, k="2", tab=part, at="1E")
    assert f"{whose}, which is row 2 of the table as it was brought" in " ".join(c.value for c in app.caption)
    app = explore(tab=part, at="1E")
    assert "of the table" not in " ".join(c.value for c in app.caption)


@pytest.mark.parametrize(
    "query",
    [
        {"missing": "observed", "counts": "3", "k": "3", "known": "3", "label": "1", "held": "m1,w2"},
        {"missing": "observed", "components": "t_noise", "scaling": "standardise", "cov": "diag"},
        {"prior": "yes", "scaling": "whiten", "counts": "3"},
        {"known": "3", "label": "1", "components": "noise", "k": "3"},
    ],
    ids=str,
)
def test_a_run_without_a_script_is_made_by_the_call_that_is_said(own, query):
    app = explore(**own | query, tab="Take away", at="1E")
    assert not app.exception
    settings = settings_of(app)
    (told,) = [said(one) for one in app.main.caption if "gmm_core.fit(" in one.value]
    call = re.search(r"`(gmm_core\.fit\(.*?, max_iter=\d+\))`", told)[1]
    data, ran = dataset(settings), fits.run(settings)
    known = takeaway.known_labels(settings)
    names = {
        "gmm_core": gmm_core,
        "Held": Held,
        "X": data.X,
        "start": mixture_from_json(mixture_to_json(ran.steps[0].mixture)),
        "sample_weight": data.sample_weight,
        "known_labels": known,
    }
    if "scaling" in query:
        by = re.search(r"`scaling` is `(.*?\))`", told)[1]
        names["scaling"] = eval(by, {"Scaling": Scaling, **names})
    trace = eval(call, names)
    if "scaling" in query:
        trace = names["scaling"].trace_in_units(trace)
    assert trace.n_iter == ran.n_iter
    np.testing.assert_allclose(trace.log_likelihoods, ran.log_likelihoods, rtol=1e-9)


def test_what_is_filled_in_is_named_and_told_from_what_is_known(own, taken):
    app = explore(**own, missing="observed", tab="Take away", at="2E")
    assert not app.exception
    data, filled = (
        pd.read_csv(io.BytesIO(taken[label]()), keep_default_na=label == "Data, CSV")
        for label in ("Data, CSV", "Filled in, CSV")
    )
    missing = data["a"].isna()
    assert filled["filled in"].tolist() == ["a" if one else "" for one in missing]
    assert filled["a"].astype(float).notna().all()
    said_of = list(data)[list(data).index("component (from 1)") :]
    pd.testing.assert_frame_equal(filled[said_of], data[said_of])  # by what is known
    np.testing.assert_allclose(
        filled["log density"].mean(), fits.run(settings_of(app)).steps[2].log_likelihood, rtol=1e-12
    )

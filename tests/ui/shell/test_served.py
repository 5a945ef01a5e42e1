"""Files of the server's own folder, chosen on the page."""

import link
import numpy as np
import pandas as pd

from gmm_core.tables.reading import Limits
from pages.ui.runs import folder, whole
from pages.ui.runs.folder import SETTING
from pages.ui.runs.jobs import Job


def test_a_file_of_the_server_is_chosen_by_its_name(tmp_path, monkeypatch):
    app = link.visitor(data="own").run()
    assert "or a file of this server" not in [box.label for box in app.selectbox]
    rows = "\n".join(f"{i % 7},{i * i % 11}" for i in range(40))
    (tmp_path / "weights.csv").write_text(f"girth,height\n{rows}\n")
    monkeypatch.setenv(SETTING, str(tmp_path))
    app = link.visitor(data="own").run()
    box = next(box for box in app.selectbox if box.label == "or a file of this server")
    assert box.options == ["weights.csv"]
    app = box.select("weights.csv").run()
    assert not app.exception
    said = [link.said(caption) for caption in app.caption]
    assert any("Your table: 40 rows of girth, height." in text for text in said), said
    (tmp_path / "weights.csv").unlink()
    app = app.run()
    assert not app.exception


def test_of_a_folder_some_rows_are_shown_and_all_are_fitted_beside_the_page(tmp_path, monkeypatch):
    (tmp_path / "many").mkdir()
    X = np.random.default_rng(0).normal(size=(3000, 2)) + [[0, 0], [7, 3]] * 1500
    for i, part in enumerate(np.array_split(X, 2)):
        pd.DataFrame(part, columns=["girth", "height"]).to_parquet(tmp_path / "many" / f"{i}.parquet")
    monkeypatch.setenv(SETTING, str(tmp_path))
    monkeypatch.setattr(folder, "LIMITS", Limits(upload=1000, rows=1000))
    monkeypatch.setattr(folder, "MOST_ROWS", 400)
    going_on = []
    monkeypatch.setattr(whole, "Job", lambda *of, **how: going_on.append(Job(*of, **how)) or going_on[-1])
    app = link.visitor(data="own", k="2").run()
    box = next(box for box in app.selectbox if box.label == "or a file of this server")
    assert box.options[0] == "many/"
    app = box.select("many/").run()
    said = " ".join(link.said(caption) for caption in app.caption)
    assert "**400 of 3,000 rows are fitted here**, drawn at random." in said
    assert "A random sample of 400 of the 3,000 rows of many, too large as a whole." in said
    assert "EM goes on from here over all of them, block by block." in said
    app = app.button(key="stop all rows").click().run()
    said = " ".join(link.said(caption) for caption in app.caption)
    assert "EM over all of them was stopped." in said
    app = app.button(key="fit all rows").click().run()
    for job in going_on:  # as the browser, which asks again a moment later
        job.result()
    app = app.run()
    assert not app.exception
    said = " ".join(link.said(one) for one in app.markdown)
    assert "**Over all 3,000 rows**, from the fit above, EM made" in said
    assert "and converged: log-likelihood -" in said
    app = next(box for box in app.selectbox if box.label == "Scaling before EM").select("standardise").run()
    said = " ".join(link.said(caption) for caption in app.caption)
    assert "All rows are fitted as they are in the file, by Gaussians alone: without edits" in said

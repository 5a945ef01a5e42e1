"""Files of the server's own folder, chosen on the page."""

import link

from pages.ui.runs.folder import SETTING


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

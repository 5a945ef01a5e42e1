"""Check names the rows that belong to no group, by row and value, and says the verdict with and without."""

import numpy as np
from link import keep_table, opened, said


def test_strays_are_named_on_request():
    rng = np.random.default_rng(3)
    groups = rng.normal(size=(120, 2)) + np.repeat([[0, 0], [9, 0]], 60, axis=0)
    rows = np.vstack([groups, rng.uniform(-25, 35, (8, 2))]).round(3)
    table = "length,width\n" + "\n".join(f"{x},{y}" for x, y in rows.tolist())
    app = opened("check.py", data="own", table=keep_table(table.encode(), "leaves.csv"))
    assert "Strays" not in [one.value for one in app.header]
    next(one for one in app.button if one.label == "Look for strays with noise").click().run()
    assert not app.exception
    assert "Strays" in [one.value for one in app.header]
    sentence = next(said(one) for one in app.markdown if one.value.startswith("With noise beside"))
    assert "Without noise the verdict is:" in sentence
    assert "With it, 2 components stand for 2 groups" in sentence
    assert "row 12" in sentence
    assert any("<th>noise" in one.proto.body or ">noise<" in one.proto.body for one in app.get("html"))

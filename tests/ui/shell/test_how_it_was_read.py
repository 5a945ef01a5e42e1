"""A table of the user's own: how it was read is said, can be changed there, and is in the link."""

import io

import openpyxl
import pytest
from link import address, explore, keep_table, opened, said

from gmm_core import TableError, fit
from pages.ui.address.settings import Settings
from pages.ui.runs import fits
from pages.ui.runs.data import dataset, repeated, row_numbers

ROWS = "".join(f"{1 + i % 7},{5 * (i % 2) + i % 3};{i % 5 + 20 * (i % 2)}\n" for i in range(40))
TABLE = f"u;v\n{ROWS}".encode()


def uploaded(content, name="own.csv", **query):
    app = explore(data="own", k="2", reg="0.01", **query)
    app.sidebar.file_uploader[0].upload(name, content).run()
    assert not app.exception
    return app


def choose(app, key, value):
    app.selectbox(key=key).set_value(value).run()
    assert not app.exception
    return app


def preview(app, place="side"):
    """The first rows as the panel shows them."""
    return (app.sidebar if place == "side" else app.main).dataframe[-1].value


def note(app):
    return next(text for caption in app.main.caption if (text := said(caption)).startswith("Your table"))


def test_each_decision_is_said_and_can_be_changed_where_it_is_said():
    app = uploaded(TABLE)
    assert note(app) == (
        "Your table: 40 rows of u, v. Read with names in row 1, semicolons between columns, a decimal comma."
    )
    assert preview(app).columns.tolist() == ["u", "v"]
    choose(app, "header_side", "none")
    assert address(app)["header"] == "none"
    assert preview(app).columns.tolist() == preview(app, "page").columns.tolist() == ["x1", "x2"]
    choose(app, "decimal_page", "point")
    assert (address(app)["decimal"], app.selectbox(key="decimal_side").value) == ("point", "point")
    choose(app, "separator_side", "none")
    assert "holds" in said(app.main.error[0]) or "column" in said(app.main.error[0])
    assert "u;v" in app.main.code[0].value
    # It is undone in one place for all.
    app.button(key="as_found_page").click().run()
    assert not {"header", "decimal", "separator"} & address(app).keys()
    assert note(app).endswith("a decimal comma.")


def test_a_link_with_choices_shows_the_same_as_long_as_the_file_is_kept():
    name = keep_table(b"t\nx,y\nkg,m\n1,5\n2,7\n4,4\n<3,9\n", "own.txt")
    link = {"data": "own", "table": name, "header": "2-3", "separator": "comma", "below": "half", "k": "1"}
    app = explore(**link)
    assert preview(app)["x kg"].tolist() == [1, 2, 4, 1.5]
    assert {**address(app), **link} == address(app)
    assert any(said(text).endswith("values below a limit as half of it.") for text in app.sidebar.caption)
    gone = explore(**link | {"table": "0123456789abcdef"})
    assert "data are not in a link" in said(gone.main.error[0])
    wrong = explore(**link | {"header": "none at all", "separator": ";"})
    assert [part in said(wrong.main.warning[0]) for part in ("header=none at all", "separator=;")] == [
        True
    ] * 2


def test_a_link_that_leaves_the_columns_open_keeps_what_was_done_to_the_rows():
    name = keep_table(TABLE, "own.csv")
    app = explore(data="own", table=name, k="1", reg="0.01", edit="without:1")
    assert address(app).items() >= {"columns": "1,2", "edit": "without:1"}.items()
    assert any("Treated: row 2 left out, 39 rows now." in said(text) for text in app.main.caption)
    # Other columns are other data, and that is said.
    app.multiselect(key="own_columns").set_value(["u"]).run()
    assert "edit" not in address(app)
    assert app.toast[0].value.startswith("What was done to the rows was of other data.")


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"header": "5-3"}, "The header is '5-3'; it is the number of a row"),
        ({"header": "999"}, "Row 999 cannot hold the names: it is blank, or too far down."),
        ({"weight": "3", "columns": "1"}, "'z' cannot say how often a row counts: row 2 says -1."),
        ({"separator": "any", "header": "none"}, "holds more than numbers"),
    ],
)
def test_a_choice_that_leads_nowhere_is_said_and_can_be_undone(choice, sentence):
    name = keep_table(b"x,y,z\n1.5,2,-1\n2.5,3,2\n9,5,4\n", "own.txt")
    app = explore(data="own", table=name, k="1", **choice)
    assert not app.exception
    assert sentence in said(app.main.error[0])
    if "weight" not in choice:
        app.button(key="as_found_page").click().run()
        assert preview(app)["x"].tolist() == [1.5, 2.5, 9]


def test_a_file_that_cannot_be_read_as_it_is_can_be_mended():
    app = uploaded(b"x:y\n1.5:2\n3:4\n5:9\n8:1\n")
    assert "no column of numbers" in said(app.sidebar.error[0])
    assert "1.5:2" in app.main.code[0].value
    choose(app, "separator_page", "colon")
    assert not app.main.error
    assert preview(app)["x"].tolist() == [1.5, 3, 5, 8]
    with pytest.raises(TableError):
        dataset(Settings(data="own", table=address(app)["table"]))
    # One that is no table at all offers nothing.
    app.sidebar.file_uploader[0].set_value(("own.csv", b"\x89PNG" + bytes(200), "text/csv")).run()
    assert "picture" in said(app.main.error[0])
    assert "table" not in address(app)
    assert not [box.key for box in app.selectbox if box.key and box.key.startswith("separator_")]


def test_the_sheet_of_a_workbook_and_the_encoding_of_a_text():
    book = openpyxl.Workbook()
    for title, start in {"One": 1, "Two": 100}.items():
        sheet = book.create_sheet(title)
        for row in [["a", "b"], *[[start + i, i * i % 7] for i in range(6)]]:
            sheet.append(row)
    del book["Sheet"]
    book.save(file := io.BytesIO())
    app = uploaded(file.getvalue(), "book.xlsx")
    choose(app, "sheet_side", "Two")
    assert preview(app)["a"].tolist() == [100, 101, 102, 103, 104]
    assert "Read with the sheet 'Two', names in row 1" in note(app)
    content = "длина,b\n1,2\n2.5,4\n9,8\n".encode("cp1251")
    app.sidebar.file_uploader[0].set_value(("x.csv", content, "text/csv")).run()
    assert "sheet" not in address(app), "a choice for another table is none for this one"
    choose(app, "encoding_side", "cp1251")
    assert preview(app).columns.tolist() == ["длина", "b"]


def test_what_each_column_is_used_for_is_chosen_beside_its_reason():
    rows = "".join(f"{i},{'ab'[i % 2]},{i % 7},<{1 + i % 3},{9 * i % 5 + i % 2},7\n" for i in range(12))
    rows = rows.replace("<2", "2").replace("<3", "3")
    app = uploaded(f"id,kind,x,y,z,same\n{rows}".encode())
    roles = {
        box.key.removeprefix("role_side_"): box.value for box in app.selectbox if "role_side" in str(box.key)
    }
    assert roles == {
        "id": "left out",
        "kind": "known groups",
        "x": "feature",
        "y": "feature",
        "z": "feature",
        "same": "left out",
    }
    reasons = [said(caption) for caption in app.sidebar.caption]
    assert any("counts the rows" in reason for reason in reasons)
    assert "The same value in every row." in reasons
    choose(app, "role_side_kind", "left out")
    choose(app, "role_page_z", "left out")
    assert (address(app)["label"], app.multiselect(key="own_columns").value) == ("none", ["x", "y"])
    # What was chosen stays so where the table is read in another way.
    choose(app, "below_limit_side", "half")
    assert (address(app)["label"], app.multiselect(key="own_columns").value) == ("none", ["x", "y"])
    choose(app, "role_side_x", "left out")
    choose(app, "role_side_y", "left out")
    assert "At least one column is fitted" in said(app.main.warning[0])
    assert app.multiselect(key="own_columns").value == ["y"]
    choose(app, "role_side_id", "order")
    assert "Sorted by id." in note(app)


def test_check_says_it_too_and_more_names_than_columns_are_never_silent():
    name = keep_table(b"x,y,z\n1.5,2\n2.5,3\n9,5\n7,7\n4,4\n", "own.csv")
    app = opened("check.py", data="own", table=name)
    assert "There are 3 names for 2 columns: 'z' has no column." in said(app.sidebar.warning[0])
    assert note(app).endswith(
        "Read with names in row 1, commas between columns, a decimal point. There are 3 names for 2 columns: "
        "'z' has no column."
    )
    assert preview(app, "page").columns.tolist() == ["x", "y"]


def test_values_with_their_counts_are_asked_about_and_fitted_as_often_as_they_were_found():
    counts = [120, 300, 180, 90, 200, 80]
    rows = "".join(f"{value},{n}\n" for value, n in zip([0, 1, 2, 8, 9, 10], counts, strict=True))
    app = uploaded(f"value,count\n{rows}".encode())
    assert "Is 'count' how often each row was found, 970 in all?" in said(app.main.markdown[0])
    assert app.selectbox(key="role_side_count").value == "left out"
    app.button(key="weight_2").click().run()
    assert note(app).startswith(
        "Your table: 6 rows of value. Each counts as often as count says, together as 970."
    )
    assert address(app)["counts"] == "2"
    assert app.selectbox(key="role_page_count").value == "how often"
    settings = Settings(data="own", table=address(app)["table"], weight="2")
    data, numbers = dataset(settings), row_numbers(settings)
    assert (data.X[:, 0].tolist(), data.sample_weight.tolist()) == ([0, 1, 2, 8, 9, 10], counts)
    assert numbers.tolist() == [2, 3, 4, 5, 6, 7]
    # What EM finds is what it found in the same rows, each as often; pages without weights have these.
    whole = repeated(settings)
    assert [(whole.data.X[:, 0] == value).sum() for value in (0, 1, 2, 8, 9, 10)] == counts
    assert numbers[whole.places][[0, 119, 120, -1]].tolist() == [2, 2, 3, 7]
    ran = fits.run(settings.changed(n_components=2))
    same = fit(whole.data.X, 2, start=ran.steps[0].mixture)
    assert ran.log_likelihoods == pytest.approx(same.log_likelihoods, abs=1e-12)
    assert ran.mixture.means == pytest.approx(same.mixture.means, abs=1e-9)
    choose(app, "own_weight", "none")
    assert note(app).startswith("Your table: 6 rows of value.")
    assert not [button for button in app.button if str(button.key).startswith("weight_")]
    # What cannot be a count is said.
    for cells, sentence in {
        ("2", "-2.5", "1", "2"): "cannot say how often a row counts: row 3 says -2.5.",
        ("0", "", "0", ""): "There is no column",  # it is constant, and no weight
        ("0", "0", "1e300", "1"): "adds up to 1e+300 rows",
        ("1e-300", "2e-300", "0", "0"): "adds up to 3e-300 rows",
        ("0", "0", "3", "0"): "Only 1 row would be left",
    }.items():
        rows = "".join(f"{i},{i * i},{n}\n" for i, n in enumerate(cells))
        name = keep_table(f"x,y,n\n{rows}".encode(), "own.csv")
        wrong = explore(data="own", table=name, weight="3", columns="1,2", k="1")
        assert not wrong.exception
        if "no column" not in sentence:
            assert sentence in said(wrong.main.error[0])
    half = keep_table(b"x,n\n1,2\n2,2.5\n3,1\n4,2\n", "own.csv")
    app = explore(data="own", table=half, weight="2", k="1")
    assert "together as 7.5." in note(app)

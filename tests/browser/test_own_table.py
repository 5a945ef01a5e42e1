"""Data of one's own: upload, paste, choose, and what a link can and cannot hold."""

import re

import pytest
from conftest import PLAYER
from playwright.sync_api import expect
from test_player import expect_at, player


def upload(page, name, content):
    """Upload it; again where the page put a new widget in place of the first, as while it opens."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    for patience in (2_000, 2_000, 20_000):
        page.locator('[data-testid="stFileUploader"] input').first.set_input_files(file)
        try:
            expect(page.get_by_test_id("stSidebar").get_by_text(name, exact=True)).to_be_visible(
                timeout=patience
            )
            return
        except AssertionError:
            if patience > 2_000:
                raise


TABLE = "when;height;weight\n" + "\n".join(
    f"2024-01-{day:02d};{160 + 3 * (day % 9)},5;{50 + 20 * (day % 2) + day % 7}" for day in range(1, 29)
)


def test_a_table_is_uploaded_chosen_and_fitted(open_app):
    page = open_app("/?data=own&k=2&reg=0.01", ready=False)
    expect(page.get_by_text("Upload a table or paste some numbers in the settings")).to_be_visible()
    upload(page, "people.csv", TABLE.encode("utf-16"))
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("Your table: 28 rows of height, weight.")).to_be_visible()
    assert page.locator(".em-stage .ytitle").text_content() == "weight"
    expect(page).to_have_url(re.compile("table=[0-9a-f]{16}&columns=1%2C2"))
    page.get_by_text("How your table was read, and what was found in it").click()
    expect(page.get_by_text("The encoding is UTF-16.")).to_be_visible()
    # One column less: the picture becomes one-dimensional.
    page.get_by_role("combobox", name="Columns to fit").press("Backspace")
    expect(page.get_by_text("Your table: 28 rows of height.")).to_be_visible()
    expect(page.get_by_text("Sorted by when.")).to_be_visible()
    expect(page.get_by_text("EM ignores time")).to_be_visible()
    expect(page.get_by_text("The link holds these settings, but not your data.")).to_be_visible()


def test_known_groups_are_kept_apart_and_compared(open_app):
    page = open_app("/?data=own&k=2&init=kmeans", ready=False)
    rows = "".join(f"{5 * (i % 2) + i / 50},{-5 * (i % 2) + i / 70},{'ab'[i % 2]}\n" for i in range(60))
    upload(page, "groups.csv", f"x,=y,species\n{rows}".encode())
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("species is kept apart, for comparison only.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Known groups")).to_have_value("species")
    page.get_by_label("Last", exact=True).click()
    page.get_by_role("radio", name="Known groups").click()
    expect(page.get_by_text("100.0% of 60 rows agree")).to_be_visible()
    # Over the iterations: drawn, and a click goes there.
    view = page.get_by_role("radio", name="Agreement")
    view.click()
    curve = page.locator(".em-curve .nsewdrag")
    expect(page.locator(".em-curve .legend")).to_contain_text("share of rows right")
    shares = page.evaluate("document.querySelector('.em-curve .em-plot').data[1].y")
    assert len(shares) == int(player(page).get_attribute("data-steps")) + 1
    assert shares[-1] == 1
    box = curve.bounding_box()
    curve.click(position={"x": box["width"] * 0.03 / 1.06, "y": box["height"] / 2})
    expect_at(page, 0, "E")
    page.get_by_role("combobox", name="Known groups").click()
    page.get_by_role("option", name="none").click()
    expect(page.get_by_role("radio", name="Known groups")).to_have_count(0)
    expect(view).to_be_hidden()
    expect(page.get_by_role("radio", name="Log-likelihood")).to_be_checked()
    expect(page).to_have_url(re.compile("label=none"))


# Whether something was to be read, however short a time.
SEEN = """(text) => new MutationObserver(() => {
  if (document.body.innerText.match(text)) document.body.dataset.seen = "yes";
}).observe(document.body, { subtree: true, childList: true, characterData: true })"""


def test_a_large_table_shows_how_far_reading_is(open_app):
    page = open_app("/?data=own&k=2", ready=False)
    page.evaluate(SEEN, "Reading|Recognising|Looking")
    upload(page, "many.csv", b"x,y\n" + b"1.25,2.5\n3.75,4.5\n7.25,1.5\n0.5,0.25\n" * 150_000)
    expect(page.get_by_text("Your table: 600,000 rows of x, y.")).to_be_visible()
    expect(page.locator("body")).to_have_attribute("data-seen", "yes")


def test_the_question_s_list_is_pasted_as_printed(open_app):
    page = open_app("/?data=own&k=2", ready=False)
    page.get_by_placeholder("25.31").fill("[25.31 , 24.31 , 24.12, 43.46,\n 41.48666667, 41.48666667, 37.54]")
    page.get_by_placeholder("25.31").press("Control+Enter")
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text(re.compile("Your table: 7 rows of"))).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("words.csv", b"a,b\nx,y\nz,w\n", "number"),
        ("picture.csv", bytes(range(256)) * 40, ""),
    ],
)
def test_a_bad_file_is_a_sentence_and_the_app_goes_on(open_app, name, content, said):
    page = open_app("/?data=own", ready=False)
    upload(page, name, content)
    expect(page.get_by_test_id("stSidebar").get_by_test_id("stAlert")).to_contain_text(said)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("combobox", name="Data").click()
    page.get_by_role("option", name="Generated blobs").click()
    expect(player(page)).to_have_attribute("data-ready", "true")


def test_a_link_to_somebody_elses_table_says_that_data_are_not_in_a_link(open_app):
    page = open_app("/?data=own&table=0123456789abcdef", ready=False)
    expect(page.get_by_text("data are not in a link")).to_be_visible()
    upload(page, "again.csv", TABLE.encode())
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")


def test_a_header_that_is_misread_is_mended_where_the_first_rows_are_shown(open_app):
    page = open_app("/?data=own&k=2&reg=0.01", ready=False)
    upload(page, "classes.csv", b"10,20\n" + b"".join(b"%d,%d\n" % (i % 7, 5 * (i % 2)) for i in range(40)))
    expect(page.get_by_text("Your table: 41 rows of x1, x2.")).to_be_visible()

    def names():
        return page.get_by_test_id("stPopoverBody").locator("canvas th")

    page.get_by_role("button", name="How it was read").click()
    expect(names()).to_have_text(["row", "x1", "x2"])
    page.get_by_test_id("stPopoverBody").get_by_role("combobox", name="Names of the columns").click()
    page.get_by_role("option", name="row 1: 10,20", exact=True).click()
    # The rows follow at once, and the panel stays open.
    expect(names()).to_have_text(["row", "10", "20"])
    expect(page.get_by_text("Your table: 40 rows of 10, 20.")).to_be_visible()
    expect(page).to_have_url(re.compile("header=1"))
    anew = open_app(page.url[page.url.index("/?") :], ready=False)
    expect(anew.get_by_text("Your table: 40 rows of 10, 20.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Your table: 41 rows of x1, x2.")).to_be_visible()


def test_the_file_to_try_can_be_uploaded_again(open_app, tmp_path):
    page = open_app("/?data=own&k=3", ready=False)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="A file to try").click()
    path = tmp_path / "qa_series.csv"
    waiting.value.save_as(path)
    upload(page, "qa_series.csv", path.read_bytes())
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("Your table: 50 rows of value.")).to_be_visible()


def test_the_back_button_undoes_a_choice_of_columns(open_app):
    page = open_app("/?data=own&k=2", ready=False)
    upload(page, "three.csv", b"a,b,c\n1,2,3\n4,5,9\n7,1,2\n2,2,8\n")
    expect(page.get_by_text("Your table: 4 rows of a, b, c.")).to_be_visible()
    page.get_by_role("combobox", name="Columns to fit").press("Backspace")
    expect(page.get_by_text("Your table: 4 rows of a, b.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Your table: 4 rows of a, b, c.")).to_be_visible()
    expect(page).to_have_url(re.compile("columns=1%2C2%2C3"))

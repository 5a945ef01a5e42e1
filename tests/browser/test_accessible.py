"""Every page as axe-core sees it: names, contrast, headings, light and dark, large and small."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import follow, until
from playwright.sync_api import expect

from pages.ui.shell.pages import PAGES

# Of Streamlit's own making, and not to be changed from here: a rule, and what its element has.
OF_STREAMLIT = (
    ("list", "stSidebarNavItems"),  # the menu of a phone holds lists within a list
    ("listitem", "<li class="),
    ("presentation-role-conflict", "stFileUploaderDropzone"),
)
SIZES = {"projector": {"width": 1280, "height": 720}, "phone": {"width": 390, "height": 844}}
APP = "document.querySelector('[data-testid=stApp]')"
AT_REST = f"""() => {APP}?.dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-ready=false]')"""
IS_DARK = f"dark => (getComputedStyle({APP}).colorScheme === 'dark') === dark"


def violations(page, *rules):
    """What axe-core finds that is ours, a line for each rule: how many nodes, and the first of them."""
    lines = []
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    for rule in Axe().run(page, options=options).response["violations"]:
        nodes = [node["html"] for node in rule["nodes"]]
        ours = [
            html
            for html in nodes
            if not any(rule["id"] == name and has in html for name, has in OF_STREAMLIT)
        ]
        if ours:
            lines.append(f"{rule['id']}: {len(ours)} x {ours[0][:200]}")
    return lines


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_every_page_has_a_title_one_heading_and_no_violation_of_ours(open_app, size):
    page = open_app()
    page.set_viewport_size(size)
    found = {}
    try:
        for one in PAGES:
            follow(page, "/" if one is PAGES[0] else f"/{one.url_path or one.name}")
            expect(page).to_have_title(f"{one.title} · EM explorer")
            until(page, AT_REST)
            expect(page.locator("h1")).to_have_count(1)
            found[one.name] = violations(page)
            page.emulate_media(color_scheme="dark")
            until(page, IS_DARK, arg=True)
            found[f"{one.name}, dark"] = violations(page, "color-contrast")
            page.emulate_media(color_scheme="light")
            until(page, IS_DARK, arg=False)
    finally:
        page.emulate_media(color_scheme="null")
    assert {name: lines for name, lines in found.items() if lines} == {}


FOCUSED = """() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
}"""


@pytest.mark.parametrize("link", ["Gallery", "Is it luck?"])
def test_who_works_by_keys_sees_which_link_has_the_focus(open_app, link):
    page = open_app()
    there = page.get_by_role("link", name=link)
    expect(there).to_be_visible()
    page.keyboard.press("Tab")  # from here on, the browser shows a focus as to somebody who works by keys
    there.focus()
    expect(there).to_be_focused()
    until(page, FOCUSED)

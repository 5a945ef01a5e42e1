"""The player in one file: all of it is inside, and no name in it can become a part of the page."""

import re
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from gmm_core import fit, make_blobs_data
from pages.ui.player import At, assets
from pages.ui.player.bundle import bundle
from pages.ui.player.header import Together, opened
from pages.ui.player.offline import HERE, animation_html, in_script
from pages.ui.player.scene import encode

CONTENT = encode(data := make_blobs_data(10, 2), fit(data.X, 2, random_state=0)).content
EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(1)>$title ${facts} &amp;"


class Page(HTMLParser):
    """The elements of a page, and the text of each kind."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.inside = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        self.texts.setdefault(tag, [])

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, text):
        if self.inside:
            self.texts[self.inside].append(text)


@pytest.fixture(scope="module")
def page():
    return Page(animation_html(CONTENT, At(1, "M"), EVIL, "k = 2 < 3 " + EVIL))


def test_a_title_is_text_whatever_it_is(page):
    assert page.texts["title"] == [EVIL]
    assert page.texts["h1"] == [EVIL]
    assert page.texts["p"] == ["k = 2 < 3 " + EVIL]
    names = [tag for tag, _ in page.elements]
    assert names.count("script") == 3, "Plotly, the scene and the player"
    assert "img" not in names


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attributes in page.elements:
        assert not {"src", "href", "srcset", "data", "action"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert not re.search(r"@import|url\(", "".join(page.texts["style"]))
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_the_scene_is_inside_and_opens_at_the_half_step(page):
    *_, scene, code = page.texts["script"]
    assert b64decode(scene, validate=True) == opened(CONTENT, iteration=1, half="M", title="", truth=False)
    for path in HERE.glob("*.js"):
        assert f'modules["{path.name}"] = ' in code
    assert not re.search(r"^(import|export)\b", code, re.MULTILINE)


def test_what_stands_beside_is_inside_and_follows():
    page = Page(
        animation_html(CONTENT, At(2, "E"), "", "", beside=Together(CONTENT, ("seed 0", "<b>seed 1")))
    )
    scenes = [b64decode(scene, validate=True) for scene in page.texts["script"][1:3]]
    assert scenes[0] == opened(CONTENT, iteration=2, half="E", title="seed 0", truth=False)
    assert scenes[1] == opened(CONTENT, iteration=0, half="M", follows=True, title="<b>seed 1")


def test_every_colour_of_the_theme_has_a_value_by_day_and_by_night(page):
    style = "".join(page.texts["style"])
    used = set(
        re.findall(r"--st-[\w-]+", (HERE / "player.css").read_text() + (HERE / "colours.js").read_text())
    )
    day, night = (
        set(re.findall(r"(--st-[\w-]+):", part))
        for part in style[style.index(":root {") :].split("@media (prefers-color-scheme: dark)")
    )
    assert used <= day
    assert night == day - {"--st-font"}


def test_modules_become_functions_each_after_what_it_needs():
    files = {
        "a.js": 'import { two as zwei,\n  three } from "./b.js";\nexport const six = zwei * three;',
        "b.js": "export const two = 2;\nexport async function three() {}\nexport class Four {}\nlet own;",
        "c.js": "export const unused = 1;",
    }
    assert bundle(files, "a.js") == (
        "const modules = {};\n"
        'modules["b.js"] = (() => {\n'
        "const two = 2;\nasync function three() {}\nclass Four {}\nlet own;\n"
        "return { two, three, Four };\n})();\n"
        'modules["a.js"] = (() => {\n'
        'const { two: zwei,\n  three } = modules["b.js"];\nconst six = zwei * three;\n'
        "return { six };\n})();"
    )


def test_a_circle_of_modules():
    files = {"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'}
    with pytest.raises(ValueError) as error:
        bundle(files, "a.js")
    assert str(error.value) == "These modules import each other: a.js -> b.js -> a.js."


@pytest.mark.parametrize("line", ['import * as b from "./b.js";', "export default 1;", "export { a };"])
def test_a_form_that_the_bundle_does_not_know(line):
    with pytest.raises(ValueError) as error:
        bundle({"a.js": f"const a = 1;\n{line}"}, "a.js")
    assert str(error.value) == f"a.js: one script of all modules cannot hold the line {line!r}."


def test_no_text_in_a_script_ends_it():
    assert in_script('"</SCRIPT>" + "<!--" + "</b>"') == r'"\x3C/SCRIPT>" + "\x3C!--" + "</b>"'


def test_the_small_plotly_is_of_the_same_kind_as_the_whole():
    """A figure that one draws looks the same when the other does."""
    small, whole = (assets.contents()[name][:200].decode() for name in (assets.BASIC, assets.WHOLE))
    major = [re.search(r"plotly\.js (?:\(basic - minified\) )?v(\d+)\.", text)[1] for text in (small, whole)]
    assert major[0] == major[1]
    assert "MIT license" in small

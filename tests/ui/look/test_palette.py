"""Every colour is declared once, and what is declared is what is seen."""

import re
import tomllib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gmm_core import fit, make_blobs_data
from pages.ui.look import palette
from pages.ui.player import At, assets, pictures
from pages.ui.player.offline import animation_html
from pages.ui.player.scene import encode

ROOT = Path(__file__).parents[3]
HEX = re.compile(r"(?<![&\w])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b0x[0-9a-f]{6}\b", re.IGNORECASE)
NEW = "#12ab9f"


def files():
    kinds = ("*.py", "*.js", "*.css", "*.html")
    paths = [ROOT / "app.py", *(path for kind in kinds for path in (ROOT / "pages").rglob(kind))]
    return [path for path in paths if path.parent.name != "vendored"]


def test_no_colour_is_written_anywhere_else():
    found = {str(path.relative_to(ROOT)): HEX.findall(path.read_text(encoding="utf-8")) for path in files()}
    assert len(found) > 80
    assert {name for name, colours in found.items() if colours} == {"pages/ui/look/palette.py"}


@pytest.mark.parametrize("text", ["#0072B2", "color: #8888;", '"#fff"', "0x888888"])
def test_what_a_colour_looks_like(text):
    assert HEX.search(text)
    assert not HEX.search("&#9679; a#b2c #fragment #12345 0x12")


@pytest.fixture
def changed(monkeypatch):
    """Where we are, and what went wrong, in another colour."""
    monkeypatch.setattr(palette, "HERE", NEW)
    monkeypatch.setattr(palette, "WRONG", NEW)
    monkeypatch.setitem(palette.DAY, "text-color", NEW)
    assets.modules.cache_clear()
    yield
    assets.modules.cache_clear()


@pytest.fixture(scope="module")
def content():
    data = make_blobs_data(10, 2)
    return encode(data, fit(data.X, 2, random_state=0)).content


def test_a_colour_that_is_changed_is_changed_in_the_browser_and_in_the_file_to_take_away(content, changed):
    assert f'export const HERE = "{NEW}";' in assets.modules()["palette.js"]
    assert f".em-warn {{ color: {NEW}; }}" in assets.style()
    page = animation_html(content, At(), "title", "facts")
    assert f'const HERE = "{NEW}";' in page
    assert f".em-warn {{ color: {NEW}; }}" in page
    assert f"--st-text-color: {NEW};" in page


def test_and_in_pictures(content, changed):
    assert NEW.encode() in pictures.picture(content, 1, "E", "", "svg")
    with Image.open(BytesIO(pictures.picture(content, 1, "E"))) as image:
        pixels = np.asarray(image.convert("RGB"))
    wanted = [int(NEW[i : i + 2], 16) for i in (1, 3, 5)]
    assert (pixels == wanted).all(axis=2).any()


def test_what_the_scripts_import_is_there():
    offered = set(re.findall(r"export const (\w+) ", palette.script()))
    wanted = set()
    for text in assets.modules().values():
        for names in re.findall(r'import \{ ([^}]*) \} from "\./palette\.js"', text):
            wanted |= set(names.split(", "))
    assert wanted == offered, "and nothing else"


def test_the_server_has_the_same_primary_colours():
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    assert theme["light"]["primaryColor"] == palette.DAY["primary-color"]
    assert theme["dark"]["primaryColor"] == palette.NIGHT["primary-color"]


def test_a_style_sheet_names_only_colours_that_there_are():
    assert palette.painted("a {color: $WRONG}") == f"a {{color: {palette.WRONG}}}"
    with pytest.raises(KeyError):
        palette.painted("a {color: $NO_COLOUR}")


def test_a_colour_with_an_opacity():
    assert palette.rgba("#0072B2", 0.5) == "rgba(0,114,178,0.5)"


def test_components_can_be_seen_on_a_light_page_and_on_a_dark_one():
    light, dark, *components = palette.light(
        [palette.BACKGROUND, palette.NIGHT["background-color"], *palette.COMPONENTS]
    ) @ [0.2126, 0.7152, 0.0722]
    assert len(set(palette.COMPONENTS)) == 12
    for colour, luminance in zip(palette.COMPONENTS, components, strict=True):
        on_light, on_dark = (light + 0.05) / (luminance + 0.05), (luminance + 0.05) / (dark + 0.05)
        assert on_light > 2.2, colour
        assert on_dark > 3, colour

"""What a user named is text wherever it stands: the same hostile names, on all pages and in all downloads."""

import csv
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from link import keep_table, visitor

from gmm_core.words import inactive, quoted, safe
from pages.ui.address.settings import Settings
from pages.ui.look import evidence, palette
from pages.ui.player import At, offline, pictures
from pages.ui.runs import brought, scenes
from pages.ui.runs.data import dataset
from pages.ui.shell.pages import PAGES

NAMES = [
    '<a href="http://x.yz">l</a> http://x.yz www.x.yz',
    "me@x.yz $a$ $b$ `cc` **dd** ~~ss~~",
    ":red[rr] :smile: :material/home: a->b",
    "[l](http://x.yz) ![i](http://x.yz/i) <img src=x onerror=alert(1)>",
]
GROUPS = ['<a href="http://x.yz">v</a> :smile: $x$', "http://x.yz **v** www.x.yz"]
# What a page would act on, where no sign of Markdown before it is escaped or taken apart.
ACTIVE = re.compile(
    r"https?:/?/?(?=/)|www\.(?=x)|[\w.]@x|(?<!\\)\$[ab]|(?<!\\)`cc|(?<!\\)\*\*(?:dd|v)|(?<!\\)~~ss|(?<!\\):red\[|:smile:|"
    r":material/home:|(?<!\\)\[l\]\(|(?<!\\)<a href|(?<!\\)<img"
)
ABOUT_DATA = [page.file for page in PAGES if page.name not in ("gallery", "digits", "against")]


def table():
    rows = np.random.default_rng(0).normal(size=(24, 4)).round(3) + 5 * (np.arange(24)[:, None] % 2)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*NAMES, "kind <b>bb</b> :blue[q] http://x.yz"])
    writer.writerows([*row, GROUPS[i % 2]] for i, row in enumerate(rows))
    return out.getvalue().encode()


class Tags(HTMLParser):
    """What stands in a page that a stranger's name could have made."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found += [
            (tag, *one)
            for one in attrs
            if one[0] in ("href", "src", "onerror", "xlink:href")
            and re.search(r"x\.yz|^x$|alert", one[1] or "")
        ]


def walk(block):
    yield block
    for child in getattr(block, "children", {}).values():
        yield from walk(child)


def markdown_of(app):
    """Every text that the browser reads as Markdown."""
    for one in walk(app._tree):
        proto = getattr(one, "proto", None)
        kind = getattr(one, "type", "")
        for name in ("label", "body", "help", "text"):
            text = getattr(proto, name, "") if proto is not None else ""
            if (
                isinstance(text, str)
                and text
                and kind not in ("html", "code", "text_area", "download_button")
            ):
                yield kind, text


@pytest.mark.parametrize("page", ABOUT_DATA)
def test_names_are_text_on_every_page(page):
    name = keep_table(table(), "<b>http://x.yz</b> :smile:.csv")
    link = {
        "data": "own",
        "table": name,
        "label": "1",
        "k": "2",
        "x": "f1",
        "y": "f2",
        "most": "2",
        "seeds": "2",
    }
    app = visitor(**link).switch_page(page).run()
    assert not app.exception
    assert not app.main.error
    texts = [*markdown_of(app)]
    assert sum("x" in text for _, text in texts) > 3
    for kind, text in texts:
        assert not ACTIVE.search(text), (kind, text)
    for one in app.get("html"):
        assert Tags(one.proto.body).found == []
    for chart in app.get("bidi_component"):
        assert "<a href" not in chart.proto.json.encode().decode("unicode_escape")


def test_names_are_text_in_what_is_taken_away():
    settings = Settings(
        data="own", table=keep_table(table(), "own.csv"), n_components=2, across="f1", up="f2"
    )
    content = scenes.scene(settings, (0, 1)).content
    drawn = pictures.picture(content, 1, "M", "done", "svg").decode()
    assert Tags(drawn).found == []
    page = offline.animation_html(content, At(1, "M"), NAMES[0], NAMES[3])
    assert Tags(page).found == []
    assert "plain(title)" in page, "Plotly is told the names of axes without their markup"
    assert brought.table(settings).frame.columns[0] == NAMES[0], "what is kept is what was brought"
    assert dataset(settings).feature_names[0] == NAMES[0]


@pytest.mark.parametrize("name", [*NAMES, *GROUPS, "www.x.yz", "a--b <-> c >= d"])
def test_each_door(name):
    for text in (evidence.literal(name), safe(name), quoted(name)):
        assert not ACTIVE.search(text)
    assert inactive(name).replace("\u2060", "") == name
    assert "<" not in palette.label(name, 60)

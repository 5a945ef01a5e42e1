"""The player in one file: it opens without a server, without Python and without the internet.

The modules are those of the page. A browser loads none from beside a local file, so all of them become one
script; Plotly's, the style and the scene are written into the same file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

from markupsafe import Markup

from pages.ui.look import palette
from pages.ui.look.markup import template
from pages.ui.player import At, assets
from pages.ui.player.bundle import bundle
from pages.ui.player.header import Together, opened, told

HERE = Path(__file__).parent
ENTRY = "player.js"


def animation_html(
    content: bytes,
    at: At,
    title: str,
    facts: str,
    *,
    truth: bool = False,
    beside: Together | None = None,
) -> str:
    """A page with the player of a scene (`Scene.content`), opened at a half-step.

    `title` is its heading, `facts` a line below it; both are plain text, from anyone. `truth` : whether
    what the data were drawn from is shown at once. `beside` : a scene that follows this one.
    """
    contents = [content, beside.content] if beside else [content]
    called = beside.titles[0] if beside else ""
    scenes = [opened(content, iteration=at.iteration, half=at.half, title=called, truth=truth)]
    if beside:
        scenes.append(opened(beside.content, iteration=0, half="M", follows=True, title=beside.titles[1]))
    plotly = assets.WHOLE if any("whole" in told(scene) for scene in contents) else assets.BASIC
    page = template((HERE / "offline.html").read_text(encoding="utf-8"))
    return page(
        title=title,
        facts=facts,
        css=Markup(assets.style().replace("</", r"<\/")),
        day=palette.DAY,
        night=palette.NIGHT,
        plotly=Markup(in_script(assets.contents()[plotly].decode("utf-8"))),
        scenes=[b64encode(scene).decode("ascii") for scene in scenes],
        modules=Markup(in_script(bundle(assets.modules(), ENTRY))),
    )


def in_script(code: str) -> str:
    """Script that may stand inside a page: no text in it ends the element, or begins a comment."""
    return re.sub(r"<(?=/script|!--)", r"\\x3C", code, flags=re.IGNORECASE)

"""The player in one file: it opens without a server, without Python and without the internet.

The modules are those of the page. A browser loads none from beside a local file, so each becomes a function,
and all of them one script; Plotly's script, the style and the scene are written into the same file.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from pages.ui.look import palette
from pages.ui.look.markup import template
from pages.ui.player import At, assets
from pages.ui.player.header import Together, opened

HERE = Path(__file__).parent
ENTRY = "player.js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


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
    called = beside.titles[0] if beside else ""
    scenes = [opened(content, iteration=at.iteration, half=at.half, title=called, truth=truth)]
    if beside:
        scenes.append(opened(beside.content, iteration=0, half="M", follows=True, title=beside.titles[1]))
    files = assets.contents()
    page = template((HERE / "offline.html").read_text(encoding="utf-8"))
    modules = bundle({name: code.decode("utf-8") for name, code in files.items()}, ENTRY)
    return page(
        title=title,
        facts=facts,
        css=Markup(assets.style().replace("</", r"<\/")),
        day=palette.DAY,
        night=palette.NIGHT,
        plotly=Markup(in_script(files["plotly.min.js"].decode("utf-8"))),
        scenes=[b64encode(scene).decode("ascii") for scene in scenes],
        modules=Markup(in_script(modules)),
    )


def bundle(files: Mapping[str, str], entry: str) -> str:
    """ES modules as plain script: `modules[entry]` then holds what the entry exports.

    Raises `ValueError` for imports in a circle, and for a form of import or export that no module here has.
    """
    done: dict[str, str] = {}
    under_way: list[str] = []

    def add(name: str) -> None:
        if name in under_way:
            raise ValueError(f"These modules import each other: {' -> '.join([*under_way, name])}.")
        if name in done:
            return
        under_way.append(name)
        for _, other in _IMPORT.findall(files[name]):
            add(other)
        under_way.pop()
        done[name] = _as_function(name, files[name])

    add(entry)
    return "\n".join(["const modules = {};", *done.values()])


def _as_function(name: str, code: str) -> str:
    def fetch(found: re.Match[str]) -> str:
        names, other = found[1].replace(" as ", ": "), found[2]
        return f'const {{{names}}} = modules["{other}"];'

    exported = ", ".join(_EXPORT.findall(code))
    code = _EXPORT.sub("", _IMPORT.sub(fetch, code))
    if other := _OTHER.search(code):
        raise ValueError(f"{name}: the file to take away cannot hold the line {other[0]!r}.")
    return f'modules["{name}"] = (() => {{\n{code}\nreturn {{ {exported} }};\n}})();'


def in_script(code: str) -> str:
    """Script that may stand inside a page: no text in it ends the element, or begins a comment."""
    return re.sub(r"<(?=/script|!--)", r"\\x3C", code, flags=re.IGNORECASE)

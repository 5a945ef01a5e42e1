"""What the browser loads: the modules of our components, colours, and Plotly's script, from this server only.

They are served beside the app rather than inside the component's source, because that source travels
with every payload. The address holds a digest of the content, so that a browser keeps them for good.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from json import dumps
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.ui.look import palette
from pages.ui.player.bundle import bundle

HERE = Path(__file__).parent
PREFIX = "/player-assets"
OURS = "ours.js"  # all our modules
# Plotly's scripts, as load.js names them: its official bundle of points, lines and bars, which npm has as
# plotly.js-basic-dist-min, and the whole.
BASIC, WHOLE = "plotly-basic.min.js", "plotly.min.js"
_SCRIPT = re.compile(r"/static/js/([^/]+)$")
MISSING = (
    "This part of the page could not be loaded. Reload the page; where a proxy stands before the server, it "
    "must forward all that is below the address of the app."
)


@cache
def modules() -> dict[str, str]:
    """The source of every module of ours, by name."""
    paths = sorted(path for path in HERE.parent.rglob("*.js") if path.parent.name != "vendored")
    return {path.name: path.read_text(encoding="utf-8") for path in paths} | {"palette.js": palette.script()}


@cache
def contents() -> dict[str, bytes]:
    """What is served, by name."""
    found = {OURS: (bundle(modules(), *modules()) + "\nexport default modules;\n").encode()}
    found[BASIC] = (HERE / "vendored" / BASIC).read_bytes()
    found[WHOLE] = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return found


def early() -> str:
    """The header by which a browser begins to fetch with the page what it will need last."""
    ours, plotly = f"<.{base()}/{OURS}>", f"<.{base()}/{BASIC}>"
    return f"{ours}; rel=modulepreload, {plotly}; rel=preload; as=script; fetchpriority=low"


def style() -> str:
    """The style sheet of the player."""
    return palette.painted((HERE / "player.css").read_text(encoding="utf-8"))


@cache
def base() -> str:
    """The address of the folder, which changes whenever a file does."""
    digest = sha256(b"".join(contents().values())).hexdigest()[:12]
    return f"{PREFIX}/{digest}"


def loader(module: str) -> str:
    """The source of a component, which is in this module of ours.

    Its address follows that of the page, which may stand below a proxy's path.
    """
    return f"""
const base = new URL(".{base()}", document.baseURI).href;
const module = import(base + "/{OURS}").then((ours) => ours.default["{module}.js"]);
export default function (component) {{
  const {{ parentElement }} = component;
  parentElement.querySelector(".em-missing")?.remove();
  const missing = () => {{
    const words = parentElement.querySelector(".em-missing") ?? document.createElement("p");
    words.className = "em-missing";
    words.textContent = {dumps(MISSING)};
    parentElement.prepend(words);
  }};
  module.then(({{ receive }}) => receive(component, base), missing).catch((error) => {{
    if (error.name !== "NetworkError") throw error;
    missing(); // Plotly
  }});
  return () => module.then(({{ leave }}) => leave(parentElement), () => {{}});
}}
"""


@cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9 if len(content) < 1 << 20 else 6)


def compress() -> None:
    """Have every file ready for whoever asks."""
    for content in contents().values():
        _compressed(content)


def _serve(request: Request, content: bytes | None) -> Response:
    if content is None:
        return PlainTextResponse("There is no such file.", status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = _compressed(content), "gzip"
    return Response(content, media_type="text/javascript", headers=headers)


def _ours(request: Request) -> Response:
    return _serve(request, contents().get(request.path_params["name"]))


def routes() -> list[Route]:
    """The routes for `app.py`, below any path of a proxy. The digest is there for caches; any is answered."""
    return [Route(before + PREFIX + "/{digest}/{name}", _ours) for before in ("", "/{before:path}")]


class Compressed:
    """Plain ASGI middleware: Streamlit's own scripts, which it would send three times as large."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _SCRIPT.search(scope["path"]) if scope["type"] == "http" else None
        path = _scripts_of_streamlit().get(found[1]) if found else None
        if path is None:
            await self.app(scope, receive, send)
            return
        response = await run_in_threadpool(lambda: _serve(Request(scope), _read(path)))
        await response(scope, receive, send)


@cache
def _scripts_of_streamlit() -> dict[str, Path]:
    there = Path(str(files("streamlit").joinpath("static/static/js")))
    return {path.name: path for path in there.glob("*.js")}


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()

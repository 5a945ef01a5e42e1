"""What the browser loads: the modules of our components, colours, and Plotly's script, from this server only.

They are served beside the app rather than inside the component's source, because that source travels
with every payload. The address holds a digest of the content, so that a browser keeps them for good.
"""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from json import dumps
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages.ui.look import palette

HERE = Path(__file__).parent
PREFIX = "/player-assets"
MISSING = (
    "This part of the page could not be loaded. Reload the page; where a proxy stands before the server, it "
    "must forward all that is below the address of the app."
)


@cache
def contents() -> dict[str, bytes]:
    """Every file by name."""
    found = {path.name: path.read_bytes() for path in sorted(HERE.parent.rglob("*.js"))}
    found["palette.js"] = palette.script().encode()
    found["plotly.min.js"] = files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return found


def style() -> str:
    """The style sheet of the player."""
    return palette.painted((HERE / "player.css").read_text(encoding="utf-8"))


@cache
def base() -> str:
    """The address of the folder, which changes whenever a file does."""
    digest = sha256(b"".join(contents().values())).hexdigest()[:12]
    return f"{PREFIX}/{digest}"


def loader(module: str) -> str:
    """The source of a component, which only fetches its module from here, once.

    Its address follows that of the page, which may stand below a proxy's path.
    """
    return f"""
const base = new URL(".{base()}", document.baseURI).href;
const module = import(base + "/{module}.js");
export default function (component) {{
  const missing = () => {{ component.parentElement.textContent = {dumps(MISSING)}; }};
  module.then(({{ receive }}) => receive(component, base), missing);
  return () => module.then(({{ leave }}) => leave(component.parentElement), () => {{}});
}}
"""


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(contents()[name], 9 if len(contents()[name]) < 1 << 20 else 6)


def _serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in contents():
        return PlainTextResponse("There is no such file.", status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    body = contents()[name]
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = _compressed(name), "gzip"
    return Response(body, media_type="text/javascript", headers=headers)


def routes() -> list[Route]:
    """The routes for `app.py`, below any path of a proxy. The digest is there for caches; any is answered."""
    return [Route(before + PREFIX + "/{digest}/{name}", _serve) for before in ("", "/{before:path}")]

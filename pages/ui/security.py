"""What goes with every response: no other host is asked or told anything; and a cookie for each browser.

EM_FRAMES names the sites whose pages may show the app within them, such as a course's. EM_METRICS=1 opens to
everybody what Streamlit tells of its caches and sessions.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.address.visitor import COOKIE, SECRET, secret

FRAMES, METRICS = "EM_FRAMES", "EM_METRICS"
MOST_FILES, MOST_BYTES = 8, 250_000_000  # that Streamlit keeps of what a session uploaded
TOO_MUCH = (
    f"At most {MOST_FILES} files, of {MOST_BYTES // 1_000_000} MB in all, can be uploaded at once. Try again."
)
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SITE = re.compile(r"[A-Za-z0-9+.*:/\[\]_-]+")  # of a policy; no sign that would end or add a rule


def hashes(*pages: str) -> str:
    """What a policy calls the scripts that stand in these pages, and no others."""
    scripts = (script for page in pages for script in _SCRIPT.findall(page))
    return " ".join(f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in scripts)


def sites() -> list[str]:
    """The sites whose pages may show the app within them."""
    return [*filter(_SITE.fullmatch, os.environ.get(FRAMES, "").split())]


def policy() -> str:
    index = files("streamlit").joinpath("static/index.html").read_text(encoding="utf-8")
    frame = (Path(__file__).parent / "frame.html").read_text(encoding="utf-8")
    ancestors = ["'self'", *sites()]
    return "; ".join(
        [
            "default-src 'self'",
            # Streamlit's components are modules in blobs; what reads tables in a browser is WebAssembly.
            f"script-src 'self' {hashes(index, frame)} 'wasm-unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",  # Streamlit builds its styles at run time
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(ancestors)}",
        ]
    )


class _Coming(NamedTuple):
    """A file that is being uploaded, by whom, and how many bytes it is said to have."""

    session: str
    size: int


class Security:
    """Plain ASGI middleware; of websockets it touches nothing.

    forget : called with the name of a session before it uploads a file: of what it has, the latest files, so
    many and of so many bytes, may stay.
    early : the header `Link` of a page, of what a browser may fetch while it reads the page.
    """

    def __init__(self, app: ASGIApp, forget: Callable[[str, int, int], None], early: str) -> None:
        self.app, self.forget = app, forget
        self.early = early
        # An upload is kept in memory anyway. While it comes it must not need a disk, which may be full.
        MultiPartParser.spool_max_size = MOST_BYTES
        self.headers = {
            "Content-Security-Policy": policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }
        self.coming: list[_Coming] = []
        self.metrics = os.environ.get(METRICS) == "1"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Link", self.early)
                    if not _is_known(scope):
                        headers.append("Set-Cookie", _cookie(scope))
            await send(message)

        if scope["type"] == "http" and not self.metrics and scope["path"].endswith("/_stcore/metrics"):
            closed = PlainTextResponse(f"Closed; {METRICS}=1 opens it.", status_code=404)
            await closed(scope, receive, send_with_headers)
            return
        upload = (
            _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        )
        if upload is None:
            await self.app(scope, receive, send_with_headers)
            return
        size, session = Headers(scope=scope).get("content-length", ""), upload[1]
        coming = _Coming(session, int(size) if size.isdecimal() and len(size) < 16 else 0)
        if not self._have_room(coming):
            await PlainTextResponse(TOO_MUCH, status_code=413)(scope, receive, send_with_headers)
            return
        self.coming.append(coming)
        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self.coming.remove(coming)

    def _have_room(self, new: _Coming) -> bool:
        """Whether a session may upload another file, besides those under way; what it had makes room."""
        coming = [new.size, *(one.size for one in self.coming if one.session == new.session)]
        files, size = MOST_FILES - len(coming), MOST_BYTES - sum(coming)
        if files < 0 or size < 0:
            return False
        self.forget(new.session, files, size)
        return True


def _is_known(scope: Scope) -> bool:
    """Whether the browser has a cookie of ours."""
    try:
        sent = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return False
    return COOKIE in sent and bool(SECRET.fullmatch(sent[COOKIE].value))


def _cookie(scope: Scope) -> str:
    """A new one, which no script reads, and which goes when the browser is closed."""
    encrypted = "https" in (scope["scheme"], Headers(scope=scope).get("x-forwarded-proto", ""))
    return f"{COOKIE}={secret()}; Path=/; HttpOnly; SameSite=Lax{'; Secure' if encrypted else ''}"

"""What the server sends around every page: a policy, a cookie for each browser, and nothing about itself."""

import asyncio
import gzip
import re
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

import app
from pages.ui import security
from pages.ui.address.visitor import COOKIE
from pages.ui.player import assets
from pages.ui.runs import sharing

THEIRS = Path(streamlit.__file__).parent / "static/static/js"
FORGOTTEN = []  # what the middleware asked for


async def length(request):
    async with request.form() as form:
        return PlainTextResponse(str(len(await form["file"].read())))


def get(path="/", scheme="http", method="GET", body=b"", **headers):
    """The status, the headers and the text with which the server answers."""
    routes = [
        Route("/", lambda request: HTMLResponse("<p>page</p>")),
        Route("/length", length, methods=["PUT"]),
        Route("/_stcore/metrics", lambda request: PlainTextResponse("cache_memory 17")),
        *assets.routes(),
        *app.HOME,
    ]
    path, _, query = path.partition("?")
    sent = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": scheme,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    inner = assets.Compressed(Starlette(routes=routes))
    middleware = security.Security(inner, forget=lambda *of: FORGOTTEN.append(of), early=assets.early())
    asyncio.run(middleware(scope, receive, send))
    answered = Headers(raw=sent[0]["headers"])
    return sent[0]["status"], answered, b"".join(part.get("body", b"") for part in sent[1:])


def test_the_policy_names_the_scripts_of_the_page_and_no_other_host():
    policy = get()[1]["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert "unsafe-eval" not in rules["script-src"].replace("wasm-unsafe-eval", "")
    assert "unsafe-inline" not in rules["script-src"]
    assert len(re.findall(r"'sha256-[\w+/=]{44}'", rules["script-src"])) == 2
    assert rules["connect-src"] == rules["form-action"] == rules["frame-ancestors"] == "'self'"
    assert "*" not in policy
    assert "//" not in re.sub("'sha256-[^']*'", "", policy)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("https://course.example", "'self' https://course.example"),
        ("https://a.example *.b.example", "'self' https://a.example *.b.example"),
        ("https://a.example; script-src", "'self' script-src"),
    ],
)
def test_a_setting_lets_a_course_show_the_app_in_its_page_and_changes_no_other_rule(monkeypatch, asked, said):
    monkeypatch.setenv(security.FRAMES, asked)
    policy = get()[1]["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {said}")
    assert policy.count("script-src") == 1 + ("script-src" in asked)


def test_each_browser_gets_a_cookie_once_that_no_script_reads():
    said = get()[1]["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; HttpOnly; SameSite=Lax", said)
    assert get()[1]["set-cookie"] != said
    assert "set-cookie" not in get(cookie=f"other=1; {said.partition(';')[0]}")[1]
    assert "set-cookie" in get(cookie=f"{COOKIE}=mine")[1]
    assert "set-cookie" in get(cookie="\x00=;;=")[1]
    assert "set-cookie" not in get("/_stcore/metrics")[1]
    for secure in (get(scheme="https"), get(x_forwarded_proto="https")):
        assert secure[1]["set-cookie"].endswith("; Secure")


def test_a_page_says_at_once_what_it_will_need_last_and_nothing_else_does():
    ours, plotly = [link.split("; ") for link in get()[1]["link"].split(", ")]
    assert ours == [f"<.{assets.base()}/{assets.OURS}>", "rel=modulepreload"]
    assert plotly == [
        f"<.{assets.base()}/{assets.BASIC}>", "rel=preload", "as=script", "fetchpriority=low",
    ]  # fmt: skip
    assert "link" not in get("/_stcore/metrics")[1]


def test_metrics_are_closed_unless_asked_for(monkeypatch):
    status, _, text = get("/_stcore/metrics")
    assert status == 404
    assert b"cache" not in text
    monkeypatch.setenv(security.METRICS, "1")
    assert get("/_stcore/metrics")[2] == b"cache_memory 17"


@pytest.mark.parametrize("before", ["", "/em", "/courses/em"])
def test_parts_of_a_page_are_found_below_any_path(before):
    status, headers, _ = get(f"{before}{assets.base()}/{assets.OURS}")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    assert get(f"{before}{assets.base()}/other.js")[0] == 404
    assert "document.baseURI" in assets.loader("player")
    assert assets.MISSING in assets.loader("player")


@pytest.mark.parametrize("before", ["", "/courses/em"])
def test_scripts_of_streamlit_are_sent_compressed_to_who_can_read_that(before):
    path = max(THEIRS.glob("*.js"), key=lambda path: path.stat().st_size)
    status, headers, small = get(f"{before}/static/js/{path.name}", accept_encoding="br, gzip")
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
    assert "immutable" in headers["cache-control"]
    assert len(small) < path.stat().st_size / 2
    assert gzip.decompress(small) == path.read_bytes()
    status, headers, large = get(f"{before}/static/js/{path.name}")
    assert (status, large) == (200, path.read_bytes())
    assert "content-encoding" not in headers


@pytest.mark.parametrize("name", ["none.js", "..%2fsecrets.js", "../index.html", ""])
def test_another_path_is_left_to_streamlit(name):
    assert get(f"/static/js/{name}", accept_encoding="gzip")[0] == 404


def test_what_the_first_visitor_would_wait_for_is_there_before():
    app.prepare()
    assert {"pages.ui.check.report", "pages.ui.digits", "pages.ui.starts.course"} <= set(sys.modules)
    assert assets._compressed.cache_info().currsize >= len(assets.contents())
    before = assets._compressed.cache_info().misses
    get(f"{assets.base()}/{assets.WHOLE}", accept_encoding="gzip")
    assert assets._compressed.cache_info().misses == before


def test_what_is_uploaded_needs_no_disk(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", full)
    table = b"1,2\n" * 1_000_000
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    status, _, text = get(
        *("/length", "http", "PUT", head + table + b"\r\n--x--\r\n"),
        content_type="multipart/form-data; boundary=x",
    )
    assert (status, text) == (200, b"4000000")


def test_what_a_session_uploaded_makes_room_for_what_it_uploads():
    def put(session, size="5"):
        status, _, text = get(f"/em/_stcore/upload_file/{session}/1", method="PUT", content_length=size)
        return status, text.decode()

    FORGOTTEN.clear()
    assert put("mine")[0] == 404, "it goes on to Streamlit, which is not here"
    assert put("mine", str(security.MOST_BYTES))[0] == 404
    assert put("mine", str(security.MOST_BYTES + 1)) == (413, security.TOO_MUCH)
    assert put("mine", "9" * 400)[0] == 404, "of how many bytes is not known"
    others = security.MOST_FILES - 1
    assert [("mine", others, security.MOST_BYTES - size) for size in (5, security.MOST_BYTES, 0)] == FORGOTTEN


def test_the_latest_uploads_of_a_session_stay(monkeypatch):
    kept = {f"file {i}": SimpleNamespace(data=bytes(10)) for i in range(4)}
    manager = SimpleNamespace(file_storage={"mine": kept}, remove_file=lambda _, name: kept.pop(name))
    monkeypatch.setattr(app.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    app.forget("other", 0, 0)
    app.forget("mine", 3, 29)
    assert list(kept) == ["file 2", "file 3"]
    app.forget("mine", 0, 100)
    assert not kept


def test_the_readme_says_who_sees_data_in_the_words_of_the_page():
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert sharing.WHO_SEES in readme


@pytest.mark.parametrize("path", ["/explore", "/em/explore"])
def test_the_first_page_is_found_by_its_name(path):
    status, headers, _ = get(path + "?k=3&data=own")
    assert (status, headers["location"]) == (307, "./?k=3&data=own")

"""The server: what `streamlit run app.py` starts. Routes, security, processes, nothing else."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones cannot read what is imported next
    sys.exit(f"The EM explorer needs Python 3.11 or later; this is Python {sys.version.split()[0]}.")

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import walk_packages

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from streamlit import runtime
from threadpoolctl import threadpool_limits

from pages import ui
from pages.ui import clicks
from pages.ui.player import assets
from pages.ui.runs import folder, on_disk, processes
from pages.ui.security import Security
from pages.ui.shell.pages import PAGES

# One thread for each fit: many visitors at once are served sooner, and the limit is the whole process's.
threadpool_limits(1)


def forget(session: str, files: int, size: int) -> None:
    """Let the latest of what Streamlit keeps of a session's uploads stay: so many files, of so many bytes."""
    manager = runtime.get_instance().uploaded_file_mgr
    for name, file in reversed(list(getattr(manager, "file_storage", {}).get(session, {}).items())):
        files, size = files - 1, size - len(file.data)
        if files < 0 or size < 0:
            manager.remove_file(session, name)


def prepare() -> None:
    """What the first visitor would wait for otherwise: Python's modules, and files for the browser."""
    for module in walk_packages(ui.__path__, f"{ui.__name__}."):
        import_module(module.name)
    assets.compress()
    inspect.stack()  # as Streamlit does at its first element: it looks at the file of every module, once


@asynccontextmanager
async def with_processes(_app: st.App) -> AsyncIterator[None]:
    clicks.lose_none()
    processes.start()
    prepare()  # while the processes start
    on_disk.start()
    folder.start()
    yield
    on_disk.end()
    processes.end()


def home(request: Request) -> RedirectResponse:
    """The first page is at the bare address, below any path of a proxy; it is found by its name, too."""
    return RedirectResponse(f"./?{request.url.query}")


HOME = [Route(f"{before}/{PAGES[0].name}", home) for before in ("", "/{before:path}")]
app = st.App(
    "pages/frame.py",
    lifespan=with_processes,
    routes=[*assets.routes(), *HOME],
    middleware=[Middleware(Security, forget=forget, early=assets.early()), Middleware(assets.Compressed)],
)

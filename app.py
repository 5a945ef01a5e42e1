"""The server: what `streamlit run app.py` starts. Routes, security, processes, nothing else."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones cannot read what is imported next
    sys.exit(f"The EM explorer needs Python 3.11 or later; this is Python {sys.version.split()[0]}.")

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from streamlit import runtime
from threadpoolctl import threadpool_limits

from pages.ui.player import assets
from pages.ui.runs import folder, on_disk, processes
from pages.ui.security import Security

# One thread for each fit: many visitors at once are served sooner, and the limit is the whole process's.
threadpool_limits(1)


def kept_of(session: str) -> list[int]:
    """The bytes of each file that Streamlit keeps of a session, until that ends or removes it."""
    files = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {}).get(session, {})
    return [len(file.data) for file in list(files.values())]


@asynccontextmanager
async def with_processes(_app: st.App) -> AsyncIterator[None]:
    processes.start()
    on_disk.start()
    folder.start()
    yield
    on_disk.end()
    processes.end()


app = st.App(
    "pages/frame.py",
    lifespan=with_processes,
    routes=assets.routes(),
    middleware=[Middleware(Security, kept=kept_of)],
)

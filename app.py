"""The server: what `streamlit run app.py` starts. Routes and security headers, nothing else."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones cannot read what is imported next
    sys.exit(f"The EM explorer needs Python 3.11 or later; this is Python {sys.version.split()[0]}.")

import streamlit as st
from starlette.middleware import Middleware
from threadpoolctl import threadpool_limits

from pages.ui.player import assets
from pages.ui.security import SecurityHeaders

# One thread for each fit: many visitors at once are served sooner, and the limit is the whole process's.
threadpool_limits(1)

app = st.App("pages/frame.py", routes=[assets.route()], middleware=[Middleware(SecurityHeaders)])

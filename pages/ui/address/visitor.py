"""Who is looking: a browser, by a cookie that the server gave it, and a session of it.

Within another site's page a browser keeps no cookie of ours; there the session alone is known.
"""

from __future__ import annotations

import re
from hashlib import sha256
from secrets import token_hex

import streamlit as st

from pages.ui.address.state import VISITOR

COOKIE = "em_browser"
SECRET = re.compile(r"[0-9a-f]{32}")


def secret() -> str:
    """A new one, of 128 bits."""
    return token_hex(16)


def names() -> frozenset[str]:
    """What the visitor is known by. They are digests, from which nobody learns a cookie."""
    session = st.session_state.setdefault(VISITOR, secret())
    cookie = str(st.context.cookies.get(COOKIE))
    secrets = {session, cookie} if SECRET.fullmatch(cookie) else {session}
    return frozenset(sha256(one.encode()).hexdigest() for one in secrets)

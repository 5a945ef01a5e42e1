"""What is seen now, for others: a link, Markdown with a picture, a page within a page, a QR code."""

from __future__ import annotations

from html import escape
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import segno
import streamlit as st

from gmm_core.words import together
from pages.ui import security
from pages.ui.address import address, memory, room
from pages.ui.address.room import HIDEABLE
from pages.ui.address.settings import Settings
from pages.ui.player import At, assets, pictures
from pages.ui.runs import fits, scenes
from pages.ui.shell import collecting, seeing, ways_back
from pages.ui.shell.widgets import download

HEIGHT = 640  # of a page within a page, in pixels
_STYLE = """
.em-share label { display: block; font-weight: 600; margin-top: 0.6rem; }
.em-share p { margin: 0; font-size: 0.85rem; }
.em-share div { display: flex; gap: 0.4rem; align-items: stretch; }
.em-share textarea { flex: 1; min-width: 0; font: 0.8rem var(--st-code-font, monospace); color: inherit;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: 0.4rem; padding: 0.35rem; resize: vertical; }
.em-share button { font: inherit; font-size: 0.9rem; color: inherit; background: none; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 0.4rem; padding: 0 0.7rem; }
.em-share button:hover { border-color: var(--st-primary-color); color: var(--st-primary-color); }
.em-share :focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
"""
_texts = st.components.v2.component("em_share", css=_STYLE, js=assets.loader("share"), isolate_styles=False)


def offer(settings: Settings, of_the_run: bool = False) -> None:
    """A button beside undo and redo; what it shows is made when it is opened.

    of_the_run : whether the page shows a half-step of its run, which is the picture then; see `collecting`.
    """
    box = ways_back.place().popover(
        ":material/share:",
        help="Share what is seen now, or add it to a lesson",
        key="share",
        on_change="rerun",
    )
    if not box.open or seeing.reason_not_to(settings):
        return
    with box:
        st.markdown("**Share what is seen now**")
        collecting.offer(settings, of_the_run)
        if seeing.is_private(settings):
            seeing.offer(settings, "share")
            st.caption("What follows is for those who bring the same data, or see them already.")
        link, at = address.link(_for_a_class()), address.half_step() or str(At())
        texts = [
            ("Link", link, "Settings, step, tab, curve, selected point and zoom."),
            ("Within your own page", iframe(link), f"An iframe, without the sidebar and the menu. {where()}"),
        ]
        if of_the_run:  # on other pages, something else is seen than its half-step
            note = f"Save {file_name(at)} beside your text:"
            texts.append(("Markdown with a picture", markdown(link, at), note))
        names = ("name", "text", "note")
        _texts(key="em_share", data=[dict(zip(names, one, strict=True)) for one in texts])
        if of_the_run:
            download(
                f"The picture, {file_name(at)}",
                lambda: _picture(settings, link, at),
                file_name(at),
                key="share_picture",
            )
        st.markdown("**QR code**, to open it on a phone")
        if code := qr_code(link):
            st.image(code, width=220)
        else:
            st.caption("This link is too long for one: so many edits do not fit.")
        if is_of_this_computer(link):
            st.caption(
                "This address is known on this computer alone. For others, open the app by the computer's "
                "own name or number in the network, and share from there."
            )


def _for_a_class() -> dict[str, str]:
    """What the link is to say for a class, by the names of `ROOM`."""
    hidden = st.pills(
        "Link for a class: hide",
        list(HIDEABLE),
        selection_mode="multi",
        default=list(room.hidden()),
        format_func=HIDEABLE.__getitem__,
        key="share_hidden",
    )
    presented = st.toggle("The picture fills the window", key="share_present")
    if hidden or presented:
        st.caption("What is hidden cannot be changed by hand either. The key H brings it back, and hides it.")
    return {"hide": ",".join(hidden), "present": "yes" if presented else ""}


def file_name(at: str) -> str:
    return f"em_{at}.png"


def markdown(link: str, at: str) -> str:
    """The picture as a link."""
    return f"[![EM at half-step {at}]({file_name(at)})]({link})"


def iframe(link: str) -> str:
    """A page within a page, as HTML."""
    source = escape(f"{link}&embed=true")
    return f'<iframe src="{source}" title="EM explorer" width="100%" height="{HEIGHT}"></iframe>'


def where() -> str:
    """Which sites' pages may show the app within them, in a sentence."""
    if sites := security.sites():
        return f"Pages of {together(sites)} can show it, and no other site's."
    return (
        f"No other site can show it yet: whoever runs this server names those that may in {security.FRAMES}."
    )


def qr_code(link: str) -> bytes | None:
    """The link as a picture, PNG, with the quiet zone that cameras need; None where it is too long."""
    try:
        code = segno.make(link, error="l", micro=False, boost_error=False)
    except segno.DataOverflowError:
        return None
    out = BytesIO()
    code.save(out, kind="png", scale=4, border=4)
    return out.getvalue()


def is_of_this_computer(link: str) -> bool:
    """Whether nobody else can open it."""
    return urlsplit(link).hostname in ("localhost", "127.0.0.1", "::1", None)


def _picture(settings: Settings, link: str, text: str) -> bytes:
    """The half-step that is shown, as among the downloads of Explore."""
    shown = scenes.in_the_plane(settings)
    at, _ = At.read(text, fits.run(shown).n_iter)
    known = memory.recall("on screen")
    colours = known.colours if known else tuple(range(shown.n_components))
    content = scenes.scene(shown, colours).content
    seen = dict(parse_qsl(urlsplit(link).query))
    private = seeing.is_private(settings)
    return pictures.picture(
        *(content, at.iteration, at.half, scenes.in_a_line(shown)),
        link="" if private else link,
        truth=seen.get("truth") == "yes",
    )

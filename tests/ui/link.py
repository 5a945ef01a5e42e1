"""A page as a link opens it, and the address that it then shows."""

import re
from hashlib import sha256
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address.settings import Settings
from pages.ui.address.state import VISITOR
from pages.ui.runs import brought, sharing

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")
WE = "0" * 32  # the secret of those who open links here
PATIENCE = 300  # seconds for one run of a page; a machine may be busy with other things


def visitor(who=WE, **query):
    """Who has a link in hand, and has not opened it yet."""
    app = AppTest.from_file(FRAME, default_timeout=PATIENCE)
    app.session_state[VISITOR] = who
    for name, value in query.items():
        app.query_params[name] = value
    return app


def keep_table(content, filename):
    """The name of a table that whoever opens links here has brought."""
    name = brought.keep_table(content, filename)
    sharing.bring(name, {sha256(WE.encode()).hexdigest()})
    return name


def explore(**query):
    """Explore, as a link opens it."""
    return visitor(**query).run()


def opened(page, **query):
    """The page, when nobody was here before; nothing may have gone wrong."""
    app = visitor(**query).switch_page(page).run()
    assert not app.exception
    return app


def travel(app, query):
    """The browser's back or forward button leads to this address."""
    app.query_params.clear()
    app.query_params.update(query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.ui.address.request.is_travel", lambda: True)
        return app.run()


def address(app):
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def settings_of(app):
    """The settings of the experiment in the address."""
    return Settings.from_query(address(app))[0]


def said(alert):
    """What a reader sees of a text in markdown."""
    return alert.value.replace("\\", "")


def html(app):
    """All HTML of the page, as one text."""
    return "\n".join(element.proto.body for element in app.get("html"))


def tables(app):
    """The tables of numbers on the page, outside the sidebar, as data frames of what they show."""
    found = "".join(element.proto.body for element in app.main.get("html"))
    return [
        _frame(ElementTree.fromstring(one)) for one in re.findall(r'<table class="em-table.*?</table>', found)
    ]


def _frame(table):
    head, *rows = table.iter("tr")
    names = [cell.text or " " for cell in head]
    n_labels = max(len(row.findall("th")) for row in rows)
    cells = []
    for row in rows:
        labels = [cell.text for cell in row.findall("th")]
        if said_above := n_labels - len(labels):  # a label of several rows is said once
            labels = cells[-1][:said_above] + labels
        cells.append(labels + [_shown(cell) for cell in row.findall("td")])
    frame = pd.read_csv(StringIO(pd.DataFrame(cells, columns=names).to_csv(index=False)), thousands=",")
    return frame.set_index(names[:n_labels]) if n_labels else frame


def _shown(cell):
    """What a cell says, or where it leads."""
    link = cell.find("a")
    return cell.text if link is None else link.get("href")


def press(app, label):
    """Press the one button with this label; nothing may go wrong."""
    (button,) = [one for one in app.button if one.label == label]
    return _clicked(app, button)


def press_key(app, key):
    """Press the button with this key; nothing may go wrong."""
    return _clicked(app, app.button(key=key))


def _clicked(app, button):
    button.click().run()
    assert not app.exception
    return app

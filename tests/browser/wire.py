"""A tab as the server knows it: what Streamlit's browser sends and gets, without a browser, as quickly as the
test wants.
"""

import asyncio
from contextlib import asynccontextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect

PATIENCE = 90  # seconds


class Tab:
    """What it was told last: its page (`title`), the address, and of each widget the id, the fragment and, of
    numbers, what it shows; all by the widgets' keys.
    """

    def __init__(self, connection):
        self.connection = connection
        self.query = self.page = self.title = ""
        self.ids, self.fragments, self.numbers = {}, {}, {}
        self.pages = {}
        self.runs = False

    async def open(self, query, page_name=""):
        ask = BackMsg()
        ask.rerun_script.query_string, ask.rerun_script.page_name = query, page_name
        self.query = query
        await self._send(ask)
        await self.rest()

    async def click(self, key):
        await self.say(key, self.fragments[key])

    async def type(self, key, value):
        """A number, and wait for what comes of it."""
        self.numbers[key] = value
        await self.say()
        await self.rest()

    async def say(self, clicked="", fragment="", page="", query=None):
        """What a browser says, as far as it knows: a click, that something is to be run again, or a link."""
        ask = BackMsg()
        rerun = ask.rerun_script
        rerun.query_string = self.query if query is None else query
        rerun.page_script_hash, rerun.fragment_id = page or self.page, fragment
        for key, value in self.numbers.items():
            rerun.widget_states.widgets.append(WidgetState(id=self.ids[key], double_value=value))
        if clicked:
            rerun.widget_states.widgets.append(WidgetState(id=self.ids[clicked], trigger_value=True))
        await self._send(ask)

    async def rest(self, quiet=0.7):
        """Until nothing has run for a while."""
        while True:
            try:
                self._take(await asyncio.wait_for(self.connection.recv(), PATIENCE if self.runs else quiet))
            except TimeoutError:
                assert not self.runs
                return

    async def _send(self, ask):
        self.runs = True
        await self.connection.send(ask.SerializeToString())

    def _take(self, content):
        message = ForwardMsg.FromString(content)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.runs, self.page = True, message.new_session.page_script_hash
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
            self.pages = {one.page_name: one.page_script_hash for one in message.navigation.app_pages}
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished":
            self.runs = False
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._see(message.delta)

    def _see(self, delta):
        kind = delta.new_element.WhichOneof("type")
        element = getattr(delta.new_element, kind)
        if kind == "heading" and element.tag == "h1":
            self.title = element.body
        if name := getattr(element, "id", ""):
            key = name.split("-", 2)[-1]
            self.ids[key], self.fragments[key] = name, delta.fragment_id
            if kind == "number_input":
                if element.set_value:
                    self.numbers[key] = element.value
                else:
                    self.numbers.setdefault(key, element.default)


@asynccontextmanager
async def tab(server):
    stream = server.url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], max_size=None) as connection:
        yield Tab(connection)

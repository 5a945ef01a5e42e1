"""A class answers at once: how long each phone waits for its confirmation, and how late the projector is.

    python tests/benchmarks/class_in_a_room.py        # 100 phones within 10 seconds
    python tests/benchmarks/class_in_a_room.py 300

Over Streamlit's own websocket. A phone opens the room, looks again as often as its page asks for, chooses at
some moment and sends. The projector is behind by the seconds from the last confirmation to the look at which
it shows them all.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from urllib.parse import parse_qs

import numpy as np
from crowd import PATIENCE, computed, server
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

WITHIN = 10  # seconds in which all answer
WANTED, WANTED_BEHIND = 0.5, 1.0  # seconds, at the 95th percentile and at most
SENT = re.compile(r"Your answer was sent")
COUNTED = re.compile(r"\*\*(\d+)\*\* joined · \*\*(\d+)\*\* answered")
LESSON = {"lesson": "mixture", "scene": "3"}  # whose question has answers to choose from


class Device:
    """A page of lessons in somebody's hands: what it shows, and what can be pressed."""

    def __init__(self, stream):
        self.stream = stream
        self.query, self.buttons, self.texts = "", {}, {}
        self.look, self.every = "", 1.0  # the fragment that looks at the room again, after so many seconds

    async def run(self, press: str = "", look: bool = False) -> None:
        """Press a button, or look at the room again, and wait until the page is whole."""
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        ask.rerun_script.page_name = "lessons"
        if press:
            ask.rerun_script.widget_states.widgets.add(id=self.buttons[press], trigger_value=True)
        if look:
            ask.rerun_script.fragment_id = self.look
        else:
            self.buttons, self.texts = {}, {}
        await self.stream.send(ask.SerializeToString())
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self.stream.recv(), PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._draw(tuple(message.metadata.delta_path), message.delta)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                return

    def _draw(self, path, delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "markdown":
            self.texts[path] = element.markdown.body
        elif kind == "exception":
            sys.exit(element.exception.message)
        elif kind == "bidi_component" and "milliseconds" in element.bidi_component.json:
            self.look = delta.fragment_id
            self.every = json.loads(element.bidi_component.json)["milliseconds"] / 1000

    def found(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return next((found for text in self.texts.values() if (found := pattern.search(text))), None)


async def answers(
    address: str, query: str, when: float, all_in: asyncio.Barrier, over: asyncio.Event
) -> tuple[float, float]:
    """A phone that answers after so many seconds: how long it waits, and when its answer is confirmed."""
    async with connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as stream:
        phone = Device(stream)
        phone.query = query
        await phone.run()
        await all_in.wait()
        begun = time.monotonic()
        while (left := begun + when - time.monotonic()) > 0:
            await asyncio.sleep(min(left, phone.every))
            if left > phone.every:
                await phone.run(look=True)
        option = next(label for label in phone.buttons if label not in ("Back", "Send", "Leave the room"))
        await phone.run(press=option)
        pressed = time.monotonic()
        await phone.run(press="Send")
        confirmed = time.monotonic()
        assert phone.found(SENT), phone.texts
        while not over.is_set():
            await asyncio.sleep(phone.every)
            await phone.run(look=True)
        return confirmed - pressed, confirmed


async def projects(projector: Device, n: int, all_in: asyncio.Barrier) -> float:
    """The moment at which the projector shows that all n answered."""
    await all_in.wait()
    while not (found := projector.found(COUNTED)) or int(found[2]) < n:
        await asyncio.sleep(projector.every)
        await projector.run(look=True)
    return time.monotonic()


async def hold(address: str, n: int) -> tuple[list[float], float]:
    """What n phones wait, and how far the projector is behind."""
    async with connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as stream:
        projector = Device(stream)
        projector.query = "&".join(f"{name}={value}" for name, value in LESSON.items())
        await projector.run()
        await projector.run(press="Open a room for a class")
        (code,) = parse_qs(projector.query)["join"]
        all_in, over = asyncio.Barrier(n + 1), asyncio.Event()
        whens = np.random.default_rng(0).uniform(0, WITHIN, n)
        phones = [asyncio.create_task(answers(address, f"join={code}", when, all_in, over)) for when in whens]
        shown = await projects(projector, n, all_in)
        over.set()
        waited, confirmed = zip(*await asyncio.gather(*phones), strict=True)
        return list(waited), shown - max(confirmed)


def main(n: int) -> None:
    with server() as (address, process):
        before = computed(process)
        waited, behind = asyncio.run(hold(address, n))
        cpu = computed(process) - before
    print(f"{n} phones within {WITHIN} s: wanted p95 {WANTED} s, projector at most {WANTED_BEHIND} s behind")
    print(
        f"p95 {np.quantile(waited, 0.95):.2f} s, median {np.median(waited):.2f}, all {len(waited)} counted; "
        f"projector {behind:.2f} s behind; {cpu:.0f} s of CPU"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or ["100"]))

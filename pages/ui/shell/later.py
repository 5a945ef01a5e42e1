"""A look again, a moment later, at work that goes on beside a page."""

from __future__ import annotations

import streamlit as st

LOOK = 1000  # milliseconds between two looks, ...
LEASE = 4.0  # ... and seconds after which nobody seems to wait for the work; see `Job.goes_on`

# After a moment, the browser asks again; later, where the user does something meanwhile. What a device asked
# while it had no connection, as one that woke up, is lost; see `connection`.
_later = st.components.v2.component(
    "em_later",
    js="""const DONE = ["pointerdown", "keydown", "popstate"];
const waiting = new WeakMap(); // what each place has last begun to wait for; it is called anew for new data
export default function ({ data, parentElement, setStateValue }) {
  waiting.get(parentElement)?.();
  let timer, last = 0;
  const touch = () => { last = performance.now(); };
  const look = () => {
    const busy = document.querySelector('.stApp[data-test-script-state="running"]');
    if (busy || performance.now() - last < data.milliseconds) timer = setTimeout(look, data.milliseconds);
    else setStateValue("time", Date.now());
  };
  timer = setTimeout(look, data.milliseconds);
  for (const one of DONE) window.addEventListener(one, touch, true);
  const end = () => {
    clearTimeout(timer);
    for (const one of DONE) window.removeEventListener(one, touch, true);
  };
  waiting.set(parentElement, end);
  return end;
}""",
)


def again(key: str, times: int, after: int = LOOK) -> None:
    """Run the fragment that this is called in again, so many milliseconds later; `times` is how often it has
    run.
    """
    # Its data must differ each time, for the browser to hear of it.
    _later(key=key, data={"milliseconds": after, "times": times}, on_time_change=_look_again)


def _look_again() -> None:
    """What is to be seen then is drawn by the run that follows."""

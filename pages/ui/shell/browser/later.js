// After a moment, the browser asks again; later, where the user does something meanwhile.

import { askForAll } from "./connection.js";

const DONE = ["pointerdown", "pointerup", "keydown", "popstate"];
const waiting = new WeakMap(); // what each place has last begun to wait for; it is called anew for new data

export function receive({ data, parentElement, setStateValue }) {
  leave(parentElement);
  let timer, last = 0;
  const touch = () => (last = performance.now());
  const look = () => {
    const busy = document.querySelector('.stApp[data-test-script-state="running"]');
    if (busy || performance.now() - last < data.milliseconds) timer = setTimeout(look, data.milliseconds);
    else if (!alone(() => setStateValue("time", Date.now()))) setTimeout(askForAll);
  };
  timer = setTimeout(look, data.milliseconds);
  for (const one of DONE) window.addEventListener(one, touch, true);
  waiting.set(parentElement, () => {
    clearTimeout(timer);
    for (const one of DONE) window.removeEventListener(one, touch, true);
  });
}

export function leave(place) {
  waiting.get(place)?.();
}

// Streamlit gathers what is said until its next turn, and has it answered by the first fragment that is among it,
// alone: a click in the moment of a look would be lost. So a look is sent at once, with nothing else. False where
// something was gathered before: then all of the page must be asked for.
function alone(say) {
  const { setTimeout } = window;
  let sent = false;
  window.setTimeout = (send, after) => {
    if (after) return setTimeout(send, after);
    sent = true;
    return queueMicrotask(send);
  };
  try {
    say();
  } finally {
    window.setTimeout = setTimeout;
  }
  return sent;
}

// After a moment, the browser asks again; later, where the user does something meanwhile.

import { sayAlone } from "./alone.js";

const DONE = ["pointerdown", "pointerup", "keydown", "popstate"];
const waiting = new WeakMap(); // what each place has last begun to wait for; it is called anew for new data

export function receive({ data, parentElement, setStateValue }) {
  leave(parentElement);
  let timer, last = 0;
  const touch = () => (last = performance.now());
  const look = () => {
    const busy = document.querySelector('.stApp[data-test-script-state="running"]');
    if (busy || performance.now() - last < data.milliseconds) timer = setTimeout(look, data.milliseconds);
    else sayAlone(() => setStateValue("time", Date.now()));
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

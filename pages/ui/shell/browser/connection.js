// What a server says to nobody is lost, and parts of a page with it: who was away asks for the page once more.

const STATE = "data-test-connection-state";
const state = () => document.querySelector(".stApp")?.getAttribute(STATE);

let ask = null;
let before = state();

export function receive({ setStateValue }) {
  ask = setStateValue;
}

export function leave() {} // this part may be among those that are lost: it asks nevertheless

new MutationObserver(() => {
  const now = state();
  if (now === "CONNECTED" && before !== now) ask?.("time", Date.now());
  before = now;
}).observe(document.body, { subtree: true, attributeFilter: [STATE] });

// Ctrl + Z, Ctrl + Shift + Z and Ctrl + Y for the page; in a field in which somebody types, they are the field's.

import { isTyped } from "./typing.js";

const RECENT_MS = 10000;

let tell = null;
let recent = [];

export function receive({ setStateValue }) {
  tell = setStateValue;
}

export function leave() {
  tell = null;
}

function commandOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (!(ctrlKey || metaKey) || altKey) return null;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" && !shiftKey ? "redo" : null;
}

document.addEventListener("keydown", (event) => {
  const command = commandOf(event);
  if (!command || !tell || isTyped(event)) return;
  event.preventDefault();
  // As a state with all recent ones: of triggers, some are lost while Python is busy.
  const time = performance.timeOrigin + event.timeStamp;
  recent = [...recent.filter(([, then]) => time - then < RECENT_MS), [command, time]];
  tell("pressed", recent);
});

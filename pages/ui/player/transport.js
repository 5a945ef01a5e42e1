// Buttons, slider, speed, keyboard and the clock: everything that says which half-step is shown.

import { START } from "./scene.js";

const ICONS = {
  First: "M5 5h2v14H5zM19 5v14L8 12z",
  "Step back": "M17 5v14L6 12z",
  Play: "M7 4v16l13-8z",
  Pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  "Step forward": "M7 5v14l11-7z",
  Last: "M17 5h2v14h-2zM5 5v14l11-7z",
  "Full screen": "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
};
const SPEEDS = { "½ ×": 0.5, "1 ×": 1, "2 ×": 2, "4 ×": 4, "8 ×": 8 };
// What keys do, and the mouse; the latter half only where the player has somebody who hears it.
const HELP = {
  "Space": "run or pause",
  "← →": "half a step; with Shift a whole iteration",
  "Home, End": "the ends",
  "F": "full screen, and back",
  "K, 1 to 9": "pick a component",
  "N": "select the next point; Shift + N the one before",
  "X": "a cross-hair, which arrows move and Enter selects with",
  "+ − 0": "nearer, farther, all of it; in 3-D, T and arrows turn it",
  "Escape": "let go, also of the selected point; stop editing, close this",
  "Mouse": "click on the curve to go there, on a point to select it; drag to zoom",
};
const BY_HAND = {
  "Picked": "arrows move the mean (Shift far, Alt a little), Enter drops it, Delete removes it",
  "S T W, M": "arrows change the spread, angle or weight of the one picked, and again the mean",
  "L": "hold what the arrows change, or let it go",
  "A": "a new mean at the cross-hair",
  "B": "a brush for points: drag, or Enter at the cross-hair; B or Escape ends it",
  "E": "edit points: at the cross-hair, Enter adds one or takes it along, Delete deletes it",
  "Mouse, by hand": "drag a mean; double-click to add or remove one; click one for its spread, angle, weight and locks",
  "Ctrl + Z": "undo; with Shift, redo",
};
// A whole run should take about this long, and half a step no longer than is comfortable to watch.
const RUN_MS = 12000;
const HALF_MS = [90, 520];
const GLIDE_MS = 200;

export class Transport {
  // `draw(frame, progress)` paints; `settle(frame)` is called when a half-step is reached; `outline(on)` when
  // unsure points shall be outlined, or not; `edit(on)` when points shall be edited, `paint(on)` when they shall be
  // painted with the `brush`; `enlarge()` for the projector and back. `byHand`: means can be moved.
  constructor(element, { draw, settle, outline, edit, paint, brush, enlarge, byHand }) {
    Object.assign(this, { draw, settle, outline, edit, paint, brush, enlarge });
    this.frame = START;
    this.last = 0;
    this.playing = false;
    this.speed = 1;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.build(element, byHand ? { ...HELP, ...BY_HAND } : HELP);
  }

  build(element, keys) {
    const button = (label, act) => {
      const node = element.appendChild(document.createElement("button"));
      node.type = "button";
      this.label(node, label);
      node.addEventListener("click", act);
      // A click leaves the focus where it was: the space bar goes on to mean run or pause.
      node.addEventListener("pointerdown", (event) => event.preventDefault());
      return node;
    };
    button("First", () => this.goTo(START));
    button("Step back", () => this.step(-1));
    this.toggle = button("Play", () => this.playOrPause());
    this.toggle.classList.add("em-play");
    button("Step forward", () => this.step(1));
    button("Last", () => this.goTo(this.last));

    this.slider = element.appendChild(document.createElement("input"));
    Object.assign(this.slider, { type: "range", min: START, max: 0, step: 1, value: START });
    this.slider.setAttribute("aria-label", "Half-step");
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));

    this.readout = element.appendChild(document.createElement("output"));
    this.readout.setAttribute("aria-live", "off"); // what changes is told at rest, in a sentence

    const speed = element.appendChild(document.createElement("select"));
    speed.setAttribute("aria-label", "Speed");
    for (const [text, value] of Object.entries(SPEEDS)) speed.add(new Option(text, value, value === 1, value === 1));
    speed.addEventListener("change", () => {
      this.speed = Number(speed.value);
      speed.blur(); // the arrow keys go on to mean steps
    });

    const box = (text, title) => {
      const label = element.appendChild(document.createElement("label"));
      const input = label.appendChild(document.createElement("input"));
      input.type = "checkbox";
      label.append(` ${text}`);
      label.title = title;
      input.addEventListener("change", () => input.blur()); // the space bar goes on to mean run or pause
      return input;
    };
    this.loop = box("loop", "Begin again at the end");
    const unsure = box("unsure", "Outline points that no component claims for sure: largest responsibility below 0.6");
    unsure.addEventListener("change", () => this.outline(unsure.checked));
    this.editing = box("edit points", "Click to add a point or to delete one; drag one to move it");
    this.painting = box("paint", "Drag to spray points, or to erase them");
    this.brush.build(element);
    this.editing.addEventListener("change", () => this.use("editing"));
    this.painting.addEventListener("change", () => this.use("painting"));

    button("Full screen", () => this.enlarge());

    const help = element.appendChild(document.createElement("details"));
    help.className = "em-help";
    help.appendChild(document.createElement("summary")).textContent = "⌨";
    help.firstChild.setAttribute("aria-label", "Keyboard");
    help.firstChild.title = "Keys and mouse";
    const list = help.appendChild(document.createElement("dl"));
    for (const [key, does] of Object.entries(keys)) {
      list.appendChild(document.createElement("dt")).textContent = key;
      list.appendChild(document.createElement("dd")).textContent = does;
    }
    this.help = help;
  }

  // Editing and painting are offered only where they can be done; one ends the other.
  offerEditing(can, inThePlane) {
    this.editing.parentElement.hidden = !can;
    this.painting.parentElement.hidden = !(can && inThePlane);
    for (const box of [this.editing, this.painting]) box.checked &&= !box.parentElement.hidden;
    this.use(this.painting.checked ? "painting" : "editing");
  }

  flip(what) {
    if (this[what].parentElement.hidden) return;
    this[what].checked = !this[what].checked;
    this.use(what);
  }

  use(what) {
    if (this[what].checked) this[what === "editing" ? "painting" : "editing"].checked = false;
    this.edit(this.editing.checked);
    this.paint(this.painting.checked);
  }

  // Out of what was opened or switched on; false if there was nothing.
  escape() {
    if (this.help.open) this.help.open = false;
    else if (this.editing.checked) this.flip("editing");
    else if (this.painting.checked) this.flip("painting");
    else return false;
    return true;
  }

  label(node, label) {
    node.setAttribute("aria-label", label);
    node.title = label;
    node.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[label]}"/></svg>`;
  }

  // The longest run that is shown is another one.
  extend(last) {
    if (last === this.last) return;
    this.last = last;
    this.slider.max = last;
    if (this.frame > last) this.goTo(last);
    else this.show(this.frame);
  }

  // A new run, or the same one again.
  hold(frames, frame) {
    const was = this.playing;
    this.pause(); // which draws the half-step of the run before
    this.last = frames - 1;
    this.slider.max = this.last;
    this.show(Math.min(frame, this.last));
    if (was) this.draw(this.frame, 1);
  }

  get halfMs() {
    const [least, most] = HALF_MS;
    return Math.min(Math.max(RUN_MS / Math.max(this.last, 1), least), most) / this.speed;
  }

  show(frame) {
    this.frame = frame;
    this.slider.value = frame;
    this.settle(frame);
  }

  // To a half-step at once; and where a target is given, on to that one.
  goTo(frame, target = null) {
    this.pause();
    this.show(Math.min(Math.max(frame, START), this.last));
    this.draw(this.frame, 1);
    if (target !== null) this.travel(target);
  }

  // As if it was played up to there, unless the user prefers no motion.
  travel(frame) {
    const until = Math.min(frame, this.last);
    if (this.still.matches || until <= this.frame) return this.goTo(until);
    this.playOrPause();
    this.until = until;
  }

  // One half-step; forward it glides, unless the user prefers no motion.
  step(by) {
    const frame = this.frame + by;
    if (frame < START || frame > this.last) return this.pause();
    if (by !== 1 || this.still.matches) return this.goTo(frame);
    this.pause();
    this.show(frame);
    this.run(GLIDE_MS, false);
  }

  playOrPause() {
    if (this.playing) return this.pause();
    if (this.frame >= this.last) this.goTo(START);
    this.playing = true;
    this.label(this.toggle, "Pause");
    this.run(0, true);
  }

  pause() {
    const was = this.playing;
    this.playing = false;
    this.until = null;
    cancelAnimationFrame(this.request);
    this.label(this.toggle, "Play");
    if (was) {
      this.draw(this.frame, 1);
      this.settle(this.frame);
    }
  }

  // The clock: motion takes the first part of a half-step, the rest is for looking.
  run(glide, onward) {
    cancelAnimationFrame(this.request);
    let begun = null;
    let shown = !onward;
    const tick = (now) => {
      begun ??= now;
      const length = onward ? this.halfMs : glide;
      if (onward && (!shown || now - begun >= length)) {
        if (this.frame >= (this.until ?? this.last)) {
          if (this.until !== null || !this.loop.checked) return this.pause();
          this.show(START);
        } else this.show(this.frame + 1);
        shown = true;
        begun = now;
      }
      const share = Math.min((now - begun) / (onward ? 0.7 * length : length), 1);
      this.draw(this.frame, this.still.matches ? 1 : ease(share));
      if (onward ? this.playing : share < 1) this.request = requestAnimationFrame(tick);
    };
    this.request = requestAnimationFrame(tick);
  }

  // True if the key was ours.
  key({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return false;
    const even = 2 * Math.ceil(this.frame / 2);
    if (key === " ") this.playOrPause();
    else if (key === "ArrowRight") shiftKey ? this.goTo(2 * Math.floor(this.frame / 2) + 2) : this.step(1);
    else if (key === "ArrowLeft") shiftKey ? this.goTo(even - 2) : this.step(-1);
    else if (key === "Home") this.goTo(START);
    else if (key === "End") this.goTo(this.last);
    else if (key === "Escape") return this.escape();
    else if (key === "f" || key === "F") this.enlarge();
    else return false;
    return true;
  }
}

const ease = (x) => x * x * (3 - 2 * x);

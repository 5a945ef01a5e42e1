// What the mouse does in the picture, by keys: pick a component and change it, select a point, and a cross-hair
// for all that is done at a place. What is picked, and where it is, is said in the line above the picture.

import { featuresOf, iterationOf } from "./scene.js";
import { LEAST_SAID } from "./stage.js";

const FINE = 0.001; // of what is seen of an axis: a step with Alt
const STEP = 0.01;
const COARSE = 0.05; // with Shift
const ZOOM = 0.8;
// What the arrows change of the component that is picked.
const CHANGES = { m: "mean", s: "spread", t: "angle", w: "weight" };
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export class Keys {
  constructor(player) {
    this.player = player;
    this.turning = false; // a picture in space, by arrows
    this.named = null; // the component that was picked last, where none can be moved either
    this.grip = null; // what the arrows move: { component, what }, { point } or {}, a cross-hair; and its place
  }

  get stage() {
    return this.player.stage;
  }

  get scene() {
    return this.player.scene;
  }

  // True if the key was ours.
  key({ key, shiftKey, altKey, ctrlKey, metaKey }) {
    const { stage, grip } = this;
    if (ctrlKey || metaKey || !this.scene) return false;
    if (this.turning && WAYS[key] && !shiftKey && !altKey) stage.turn(...WAYS[key].map((way) => 6 * way));
    else if (grip && WAYS[key]) this.move(WAYS[key], altKey ? FINE : shiftKey ? COARSE : STEP);
    else if (altKey) return false;
    else if (key === "Escape" && stage.hand.abort) stage.hand.abort();
    else if (grip?.moved && (CHANGES[key.toLowerCase()] || /^[kKxX1-9]$/.test(key))) this.say(`${capital(grip.name)} is not dropped yet: Enter drops it, Escape takes that back.`);
    else if (this.component !== null && CHANGES[key.toLowerCase()] && stage.handles?.free) this.arrows(CHANGES[key.toLowerCase()]);
    else if (this.component !== null && key.toLowerCase() === "l" && stage.handles?.can) this.lock();
    else if (grip && key === "Enter") this.drop();
    else if (grip && (key === "Delete" || key === "Backspace")) this.remove();
    else if ((grip || stage.handles?.picked != null) && key === "Escape") this.putAway();
    else if (key === "k" || key === "K") this.pickNext(shiftKey ? -1 : 1);
    else if (/^[1-9]$/.test(key) && !this.scene.held) this.pick(Number(key) - this.scene.first_number);
    else if (key === "n" || key === "N") this.selectNext(shiftKey ? -1 : 1);
    else if (key === "x" || key === "X") this.cross();
    else if (stage.turn && (key === "t" || key === "T")) this.turns(!this.turning);
    else if (this.turning && key === "Escape") this.turns(false);
    else if (key === "a" || key === "A") this.add();
    else if (key === "e" || key === "E") this.player.transport.flip("editing");
    else if (key === "b" || key === "B") this.player.transport.flip("painting");
    else if (key === "+" || key === "=" || key === "-") this.zoom(key === "-" ? 1 / ZOOM : ZOOM);
    else if (key === "0") this.whole();
    else {
      if (grip && [" ", "Home", "End"].includes(key)) this.letGo("");
      return false;
    }
    return true;
  }

  // Escape, where nothing else is to be let go.
  unselect({ key }) {
    if (key !== "Escape" || (this.stage?.selected ?? null) === null) return false;
    this.stage.select(null);
    this.say("No row is selected.");
    return true;
  }

  say(text) {
    this.player.say(text);
  }

  // The component that is picked, by a key or by a click; or null.
  get component() {
    return this.grip?.component ?? this.stage.handles?.picked ?? null;
  }

  putAway() {
    this.letGo("Let go.");
    this.named = null;
    this.stage.handles?.pick(null);
  }

  // What the arrows change from now on.
  arrows(what) {
    const { component, stage } = this;
    const { handles } = stage;
    if (what === "angle" && !(handles.inPlane && handles.turns)) return this.say("Its family has no angle to turn.");
    if (what === "weight" && this.scene.k === 1) return this.say("One component has all the weight.");
    this.letGo("");
    this.grip = { component, what, place: this.meanOf(component), name: this.nameOf(component) };
    handles.pick(component);
    const how = { mean: "move its mean", spread: handles.inPlane ? "make it wider: left and right along its long axis, up and down across" : "make it wider", angle: "turn it", weight: "change its weight" };
    this.say(`${capital(this.grip.name)}: arrows ${how[what]}, Enter drops it, Escape lets go.`);
  }

  lock() {
    const { component, grip, scene, stage } = this;
    stage.handles.pick(component);
    const what = { undefined: "mean", angle: "spread" }[grip?.what] ?? grip.what;
    this.say(`The ${what} of ${this.nameOf(component)} is ${stage.handles.isHeld(what) ? "let go" : "held"}${what === "spread" && scene.handles.together ? ", and that of all others" : ""}.`);
    stage.handles.lock(what);
  }

  nameOf(j) {
    const { scene } = this;
    return `${scene.words?.component ?? "component"} ${j + scene.first_number} of ${scene.k}`;
  }

  pickNext(by) {
    const { k } = this.scene;
    const last = this.component ?? this.named ?? (by > 0 ? -1 : k);
    this.pick((last + by + k) % k);
  }

  pick(j) {
    const { scene, stage } = this;
    const frame = stage.position.frame;
    if (j < 0 || j >= scene.k) return this.say(`There is no component ${j + scene.first_number}.`);
    this.letGo("");
    this.named = j;
    const t = iterationOf(frame);
    const share = scene.weights ? `, weight ${(100 * scene.weights[t * scene.k + j]).toFixed(1)}%` : "";
    const name = this.nameOf(j);
    stage.handles?.pick(j);
    if (!scene.draggable) {
      return this.say(`${capital(name)}${share}. Its mean cannot be moved here.`);
    }
    this.grip = { component: j, what: "mean", place: this.meanOf(j), name };
    this.repaint();
    const more = stage.handles?.free ? " More: S, T, W, L." : "";
    this.say(`${capital(name)}${share}, at ${this.where()}. Arrows move its mean, Enter drops it, Delete removes it.${more}`);
  }

  // The next point, or the one before, is selected, and said with its responsibilities.
  selectNext(by) {
    const { scene, stage } = this;
    if (!scene.n) return;
    const i = ((stage.selected ?? (by > 0 ? -1 : scene.n)) + by + scene.n) % scene.n;
    stage.select(i);
    const most = stage.claimsOn(i)?.filter(({ share }) => share >= LEAST_SAID).sort((a, b) => b.share - a.share).slice(0, 3);
    const claims = most?.map(({ name, share }) => `${name} ${(100 * share).toFixed(0)}%`).join(", ") ?? "no component's yet";
    this.say(`Row ${(scene.rows?.[i] ?? i) + 1} is selected, at ${stage.placeInWords(i, 4)}: ${claims}.`);
  }

  // A cross-hair, at the selected point or in the middle; again, it goes.
  cross() {
    const { stage, scene } = this;
    if (this.grip && this.grip.component === undefined) return this.letGo("The cross-hair is gone.");
    if (!stage.axesOf) return this.say("Arrows do not reach into this picture.");
    const middle = stage.axesOf().map(({ range: [low, high] }) => (low + high) / 2);
    const place = stage.selected === null ? middle : Array.from(stage.placeOf(stage.selected));
    this.letGo("");
    this.grip = { place: place.slice(0, this.dimensions()), name: "cross-hair" };
    this.repaint();
    const act = stage.hand.brush?.on ? "Enter sprays points, or erases them" : stage.hand.marking ? "Enter marks it" : stage.hand.editing ? "Enter adds a point or takes one along, Delete deletes it" : "Enter selects";
    this.say(`Cross-hair at ${this.where()}. Arrows move it; ${act}${scene.draggable ? ", A adds a mean" : ""}.`);
  }

  turns(on) {
    this.turning = on;
    this.say(on ? "Arrows turn the picture; T or Escape ends it." : "Arrows step again.");
  }

  dimensions() {
    return this.stage.shapes.dimensions;
  }

  move(way, step) {
    const { grip, stage } = this;
    if (grip.component !== undefined && grip.what !== "mean") return this.nudge(way, step);
    const axes = stage.axesOf();
    grip.place = grip.place.map((value, i) => {
      const [low, high] = axes[i].range;
      const digits = 10 ** Math.floor(Math.log10(Math.abs(high - low) / 3000));
      const to = Math.min(Math.max(value + way[i] * step * (high - low), low), high);
      return Number((Math.round(to / digits) * digits).toPrecision(15));
    });
    grip.moved = true;
    this.player.transport.pause();
    this.repaint();
    this.say(`${capital(grip.name)} at ${this.where()}.`);
  }

  nudge(way, step) {
    const { grip, stage } = this;
    this.player.transport.pause();
    stage.handles.nudge(grip.what, way, step);
    grip.moved = true;
    this.say(`${capital(grip.name)}: ${stage.handles.inWords(grip.what)}.`);
  }

  where() {
    return this.grip.place.map((value) => Number(value.toPrecision(5))).join(", ");
  }

  // What the mouse does where it is let go.
  drop() {
    const { grip, stage, scene } = this;
    const { hand } = stage;
    if (grip.component !== undefined) {
      if (!grip.moved) return this.say("It has not been moved.");
      grip.moved = false;
      if (grip.what !== "mean") {
        this.say(`${capital(grip.name)}: ${stage.handles.inWords(grip.what)}. EM runs from there.`);
        return stage.handles.commit();
      }
      this.say(`${capital(grip.name)} is dropped at ${this.where()}: EM runs from there.`);
      return hand.drop(grip.component, grip.place);
    }
    if (grip.point !== undefined) {
      const { point, place } = grip;
      this.letGo("The point is dropped: EM runs again.");
      return stage.hooks.edit({ data: scene.data, point, place });
    }
    if (hand.marking) return this.markHere();
    if (hand.brush?.on) return hand.brush.at(grip.place, stage);
    const under = stage.pointNear(grip.place);
    if (!hand.editing) {
      if (under === null) return this.say("There is no point under the cross-hair.");
      stage.selected = under - 1;
      return this.selectNext(1);
    }
    if (under === null) {
      this.say(`A point is added at ${this.where()}.`);
      return stage.hooks.edit({ data: scene.data, point: null, place: grip.place });
    }
    Object.assign(grip, { point: under, name: `point ${(scene.rows?.[under] ?? under) + 1}` });
    this.say(`${capital(grip.name)} is taken along: arrows move it, Enter drops it.`);
  }

  markHere() {
    const { place } = this.grip;
    this.stage.mark = place;
    this.letGo("");
    this.stage.hooks.mark(place);
  }

  remove() {
    const { grip, stage, scene } = this;
    if (grip.component !== undefined) {
      const { component } = grip;
      this.letGo("");
      return stage.hand.remove(component);
    }
    const under = grip.point ?? stage.pointNear(grip.place);
    if (!stage.hand.editing) return this.say("Points are deleted while they are edited: press E.");
    if (under === null) return this.say("There is no point under the cross-hair.");
    this.letGo("The point is deleted: EM runs again.");
    stage.hooks.edit({ data: scene.data, point: under, place: null });
  }

  add() {
    const { grip, scene } = this;
    if (!scene.draggable) return this.say(featuresOf(scene) > 2 ? "Means are added by hand with one or two features." : "Means cannot be added here.");
    if (!grip || grip.component !== undefined) return this.cross();
    this.stage.hand.add(grip.place);
  }

  zoom(factor) {
    const { stage, grip } = this;
    if (!stage.axesOf) return stage.nearer?.(factor);
    const update = {};
    for (const [i, { name, range: [low, high], fixedrange }] of stage.axesOf().entries()) {
      const at = grip?.place[i] ?? (low + high) / 2;
      if (!fixedrange) update[`${name}.range`] = [at - (at - low) * factor, at + (high - at) * factor];
    }
    stage.lookAt({ ...stage.sight(), ...update });
  }

  whole() {
    this.stage.seeAll();
  }

  letGo(text) {
    const { hand } = this.stage;
    if (this.grip) {
      if (this.grip.moved) this.stage.handles?.letGo(); // what was dropped stays until its run is here
      this.grip = null;
      if (!hand.pending && !hand.dragging) hand.held = hand.position = null;
      hand.point = null;
      this.repaint();
    }
    if (text) this.say(text);
  }

  // Another run is shown: what is picked may be elsewhere, or no more.
  renew() {
    const { grip, scene, stage } = this;
    this.turning &&= !!stage.turn;
    if (!grip || grip.moved) return;
    if (!scene.draggable || grip.component === undefined || grip.component >= scene.k) return this.letGo("");
    grip.place = this.meanOf(grip.component);
    this.repaint();
  }

  meanOf(j) {
    const { k, means } = this.scene;
    const d = featuresOf(this.scene);
    const from = (iterationOf(this.stage.position.frame) * k + j) * d;
    return Array.from(means.subarray(from, from + d));
  }

  repaint() {
    const { grip, stage } = this;
    const { hand } = stage;
    if (grip?.component !== undefined && grip.moved && grip.what === "mean") Object.assign(hand, { held: grip.component, position: grip.place });
    if (grip?.point !== undefined) hand.point = grip.place;
    stage.paint(stage.position.frame, 1);
  }

  // The lines of the cross-hair, in pixels of Plotly's axes; nothing where nothing is picked.
  lines({ width, height, x, y }) {
    const { grip } = this;
    if (!grip || (grip.component !== undefined && grip.what !== "mean")) return "";
    const across = `M${x(grip.place[0])},0V${height}`;
    return grip.place.length > 1 ? `${across}M0,${y(grip.place[1])}H${width}` : across;
  }
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

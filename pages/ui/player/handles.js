// The component that is picked: handles for its spreads and its angle, or for its spread and its weight where
// there is one feature, and a card with its numbers, a lock beside each and a slider for the weight. What is
// dragged is shown at once, as its family can hold it; Python computes what follows.

import { placeOf } from "./place.js";
import { isHidden } from "./room.js";
import { featuresOf, iterationOf } from "./scene.js";
import { axesOf, inCommon, mapOf, spreadOf } from "./spreads.js";
import { lockAt, set } from "./stage.js";

const SHOWN = 1; // which of the ellipses has the handles
const NEAREST = 30; // pixels from the mean, in which no handle stands
const BEYOND = 22; // pixels from the end of the long axis to the handle that turns it
const SMALL = 440; // pixels across, or half as many up: a picture for a small card
const EDGE = 10; // pixels from the edge of the axes, in which none stands
const LEAST = 1e-3; // of what is seen across: the least spread
const WEIGHTS = [0.01, 0.99];
const PATIENCE_MS = 10000; // how long an answer is waited for
const AT_ONE_SD = Math.exp(-0.5); // of the height of its curve
const TOLD = {
  mean: "Drag it in the picture",
  spread: "Standard deviations along the axes of the ellipse, and the angle of the first: drag the handles",
  weight: "Its share of all rows: drag the slider; the others keep their proportions",
};
const OPEN_LOCK = "M-8,-3h16v11h-16zM-4.5,-3v-3a4.5,4.5 0 0 1 8.5,-2";
// What can be held, as Python calls it.
const HOLDS = { mean: "means", spread: "covariances", weight: "weights" };

export class Handles {
  constructor(stage) {
    this.stage = stage;
    this.picked = null;
    this.change = null; // { component, what, values } while it is dragged, and until its run is here
    this.dragging = false;
    this.grabbed = null; // which of the handles is dragged
    this.ends = [];
    this.forth = [0, 0]; // from the mean to the handle that turns, in pixels
  }

  // Whether a component can be picked: not where a link for a class hides the model.
  get can() {
    const { scene, shapes } = this.stage;
    return !!scene?.handles && !!shapes && !isHidden("model");
  }

  // Whether the one that is picked can be changed.
  get free() {
    const { hand, scene } = this.stage;
    return this.can && !!scene.draggable && !hand.editing && !hand.brush?.on && !hand.marking;
  }

  // Whether it has a direction of its own, or one with all.
  get turns() {
    const [, shape, direction] = this.stage.scene.handles.model;
    return shape !== "I" && direction !== "I";
  }

  get inPlane() {
    return this.stage.shapes.dimensions === 2;
  }

  pick(j) {
    if (!this.can) return;
    this.picked = j;
    if (!this.dragging) this.change = null;
    this.stage.repaint();
  }

  // --- What is shown while something is dragged

  // The maps of a step, or its deviations where there is one feature.
  spreads(now) {
    const { change, stage: { scene } } = this;
    if (change?.what !== "spread") return now;
    const { component, values } = change;
    const { model } = scene.handles;
    const shown = Float64Array.from(now);
    for (let j = 0; j < scene.k; j++) {
      if (values.length === 1) shown[j] = j === component || model[0] === "E" ? values[0] : now[j];
      else if (j === component) shown.set(mapOf(values), 3 * j);
      else if (/[EI]/.test(model)) shown.set(mapOf(inCommon(model, spreadOf(now.subarray(3 * j, 3 * j + 3)), values)), 3 * j);
    }
    return shown;
  }

  // The weights of a step: the others keep their proportions.
  weights(now) {
    if (this.change?.what !== "weight") return now;
    const { component, values: [weight] } = this.change;
    return now.map((other, j) => (j === component ? weight : (other * (1 - weight)) / (1 - now[component])));
  }

  // How many times as wide and as high a curve over one feature is.
  factors(j, at) {
    const { scene } = this.stage;
    const [deviations, weights] = [scene.deviations, scene.weights].map((all) => this.stage.between(all, scene.k, at));
    const wide = this.spreads(deviations)[j] / deviations[j];
    return [wide, this.weights(weights)[j] / weights[j] / wide];
  }

  // How high its curve is, in pixels from above.
  top(at) {
    const { picked: j, stage: { scene } } = this;
    const { grid, curve_unit: unit, k, spikes } = scene;
    const curves = this.stage.between(scene.curves, (k + 1) * grid.length, at);
    const highest = Math.max(...curves.subarray(j * grid.length, (j + 1) * grid.length)) * unit;
    return at.y(Math.max(highest, spikes[at.iteration * k + j]) * this.factors(j, at)[1]);
  }

  // --- The handles

  make() {
    const { stage } = this;
    const end = (what, sign, titled) => {
      const node = stage.make("g", { class: "em-handle" });
      stage.make("circle", { r: 15, class: "em-grip" }, node);
      if (what === "angle") stage.make("circle", { r: 6 }, node);
      else stage.make("rect", { x: -5, y: -5, width: 10, height: 10 }, node);
      stage.make("title", {}, node).textContent = titled;
      node.dataset.handle = this.ends.length;
      this.ends.push({ node, what, sign });
    };
    this.ends = [];
    this.reach = stage.make("path", { class: "em-reach" });
    if (this.inPlane) end("angle", 1, "Drag to turn");
    for (const what of this.inPlane ? ["long", "short"] : ["long"]) {
      for (const sign of [1, -1]) end(what, sign, "Drag to make wider or narrower");
    }
    if (!this.inPlane) end("height", 1, "Drag for another weight");
    this.number = stage.make("text", { class: "em-dragged" });
    this.card ??= this.makeCard();
  }

  paint(at) {
    const { picked, stage } = this;
    const { scene } = stage;
    const shown = picked !== null && this.can && picked < scene.k;
    if (!this.card) return;
    this.card.hidden = !shown;
    for (const { node } of this.ends) node.style.display = "none";
    set(this.reach, { d: "" });
    this.number.textContent = "";
    if (!shown) return;
    this.now = this.read(at);
    if (this.free) this.inPlane ? this.paintEllipse(at) : this.paintCurve(at);
    this.paintCard();
  }

  // The numbers of the picked component, as they are seen.
  read(at) {
    const { picked: j, stage } = this;
    const { scene, hand } = stage;
    const d = featuresOf(scene);
    const mean = stage.between(scene.means, d * scene.k, at).subarray(j * d, (j + 1) * d);
    const found = { mean: hand.held === j ? hand.position : Array.from(mean) };
    if (scene.weights) found.weight = this.weights(stage.between(scene.weights, scene.k, at))[j];
    if (!this.inPlane) found.spread = [this.spreads(stage.between(scene.deviations, scene.k, at))[j]];
    else {
      const maps = this.spreads(stage.between(scene.maps, 3 * scene.k, at));
      const { change } = this;
      const dragged = change?.component === j && change.what === "spread";
      found.spread = dragged ? change.values : spreadOf(maps.subarray(3 * j, 3 * j + 3));
      if (!dragged && !this.turns) found.spread = alongAxes(found.spread);
    }
    return found;
  }

  paintEllipse(at) {
    const { stage, now: { mean: [x, y], spread } } = this;
    const radius = stage.scene.radii[SHOWN];
    const centre = [at.x(x), at.y(y)];
    const ways = axesOf(spread).map(([u, v], i) => [
      at.x(x + radius * spread[i] * u) - centre[0],
      at.y(y + radius * spread[i] * v) - centre[1],
    ]);
    // The handle that turns it stays on its side, though an axis has no front.
    const [forth] = ways;
    const side = forth[0] * this.forth[0] + forth[1] * this.forth[1] < 0 ? -1 : 1;
    this.forth = forth.map((step) => side * step);
    for (const { node, what, sign } of this.ends) {
      const toward = what === "angle" ? side : sign;
      const [dx, dy] = ways[what === "short" ? 1 : 0].map((step) => toward * step);
      const length = Math.hypot(dx, dy) || 1;
      const reserve = what !== "short" && toward === side && this.turns ? BEYOND : 0;
      const far = Math.min(Math.max(length, NEAREST), this.room(centre, dx / length, dy / length) - reserve);
      const beyond = what === "angle" ? far + BEYOND : far;
      this.put(node, centre[0] + (dx / length) * beyond, centre[1] + (dy / length) * beyond, what !== "angle" || this.turns);
    }
    set(this.reach, { d: ways.map(([dx, dy]) => `M${centre[0] - dx},${centre[1] - dy}l${2 * dx},${2 * dy}`).join("") });
  }

  paintCurve(at) {
    const { stage, now: { mean: [x], spread: [deviation] } } = this;
    const highest = this.top(at);
    const top = Math.max(highest, EDGE); // cut where the axis is
    const bar = Math.max(at.y(0) + (highest - at.y(0)) * AT_ONE_SD, 3 * EDGE);
    for (const { node, what, sign } of this.ends) {
      if (what === "height") this.put(node, at.x(x), top, stage.scene.k > 1);
      else {
        const far = Math.min(Math.max(Math.abs(at.x(x + deviation) - at.x(x)), NEAREST / 2), this.room([at.x(x), bar], sign, 0));
        this.put(node, at.x(x) + sign * far, bar, true);
      }
    }
    set(this.reach, { d: `M${at.x(x - deviation)},${bar}H${at.x(x + deviation)}` });
  }

  // How far it is from there to the edge of the axes, in pixels.
  room([x, y], u, v) {
    const { xaxis, yaxis } = this.stage.element._fullLayout;
    const along = (from, way, length) => (way ? ((way > 0 ? length - EDGE : EDGE) - from) / way : Infinity);
    return Math.max(0, Math.min(along(x, u, xaxis._length), along(y, v, yaxis._length)));
  }

  put(node, x, y, shown) {
    node.style.display = shown ? "" : "none";
    node.setAttribute("transform", `translate(${x},${y})`);
    if (this.ends[this.grabbed]?.node !== node || !this.change) return;
    const { xaxis } = this.stage.element._fullLayout;
    const left = x > xaxis._length / 2;
    set(this.number, { x: left ? x - 12 : x + 12, y: y - 12, "text-anchor": left ? "end" : "start" });
    const { what } = this.ends[this.grabbed];
    const more = what !== "height" && this.stage.scene.handles.together ? " · others follow" : "";
    this.number.textContent = this.inWords(what) + more;
  }

  // --- Dragging

  // Drag a handle, from this event on.
  grab(event, node) {
    const { stage, picked } = this;
    const { hand } = stage;
    const { what, sign } = this.ends[node.dataset.handle];
    const from = this.now;
    const place = (now) => placeOf(now, stage.element);
    const begun = place(event);
    this.grabbed = Number(node.dataset.handle);
    const move = {
      angle: (now) => ["spread", [...from.spread.slice(0, 2), from.spread[2] + angleOf(now, from.mean) - angleOf(begun, from.mean)]],
      height: (now) => ["weight", [(from.weight * now[1]) / Math.max(begun[1], 1e-300)]],
    }[what] ?? ((now) => ["spread", this.longer(what, sign, from, begun, now)]);
    hand.follow(event, {
      move: (_, now) => {
        this.dragging = true;
        this.show(picked, ...move(place(now)));
      },
      finish: (moved) => this.end(moved),
      cancel: () => this.end(null),
    });
  }

  // The spreads after the end of an axis was dragged from one place to another.
  longer(what, sign, { mean, spread }, begun, now) {
    const { scene } = this.stage;
    const [shape] = scene.handles.model.slice(1);
    if (mean.length === 1) return [spread[0] + sign * (now[0] - begun[0])];
    const i = what === "short" ? 1 : 0;
    const way = axesOf(spread)[i];
    const by = (sign * (way[0] * (now[0] - begun[0]) + way[1] * (now[1] - begun[1]))) / scene.radii[SHOWN];
    return spread.map((old, c) => (c === i || (shape === "I" && c < 2) ? old + by : old));
  }

  // Show a change, in as many digits as are seen and within what makes sense.
  show(component, what, values) {
    const least = LEAST * Math.min(...this.extents);
    const short = (value, digits) => Number(value.toPrecision(digits));
    const within = (value) => short(Math.min(Math.max(value, WEIGHTS[0]), WEIGHTS[1]), 3);
    const spread = (value, c) => (c < 2 ? short(Math.max(value, least), 4) : Number(upright(value).toFixed(this.decimals)));
    this.change = { component, what, values: values.map(what === "weight" ? within : spread) };
  }

  // How far the axes reach that are of the data.
  get extents() {
    const { scene, shapes } = this.stage;
    return scene.range.slice(0, shapes.dimensions).map(([low, high]) => high - low);
  }

  // Of an angle: where the axes have other units, a little turns much.
  get decimals() {
    return 1 + Math.round(Math.log10(Math.max(...this.extents) / Math.min(...this.extents)));
  }

  end(moved) {
    this.dragging = false;
    this.grabbed = null;
    if (moved && this.change) this.commit();
    else this.change = null;
  }

  // Python hears of it; until its run is here, it is seen as it was left.
  commit() {
    const { change, stage } = this;
    stage.hooks.fork({ iteration: iterationOf(stage.position.frame), ...change });
    setTimeout(() => this.change === change && this.letGo(), PATIENCE_MS);
  }

  // A step by keys: along the first axis and across, or to either side.
  nudge(what, [right, up], step) {
    const { now, picked } = this;
    const wider = (by) => Math.exp(5 * step * by);
    const [, shape] = this.stage.scene.handles.model;
    if (what === "weight") this.show(picked, "weight", [now.weight + step * (right + up)]);
    else if (what === "angle") this.show(picked, "spread", [...now.spread.slice(0, 2), now.spread[2] + 2000 * 10 ** -this.decimals * step * (up - right)]);
    else {
      const round = now.spread.length === 1 || shape === "I";
      const by = round ? [right + up, right + up] : [right, up];
      this.show(picked, "spread", now.spread.map((old, c) => (c < 2 ? old * wider(by[c]) : old)));
    }
    this.stage.repaint();
  }

  letGo() {
    if (this.dragging) return;
    this.change = null;
    this.stage.repaint();
  }

  // "spread 1.2", "angle 30°", "weight 0.4", as a handle or a key is called.
  inWords(what) {
    const { weight, spread } = this.now;
    if (what === "weight" || what === "height") return `weight ${+weight.toFixed(3)}`;
    if (what === "angle") return `angle ${+spread[2].toFixed(this.decimals)}°`;
    if (what === "spread") return `spread ${numbers(spread.slice(0, 2)).join(" × ")}`;
    return `spread ${numbers(spread)[what === "short" ? 1 : 0]}`;
  }

  // --- The card

  makeCard() {
    const { stage } = this;
    const card = stage.element.parentElement.appendChild(document.createElement("div"));
    card.className = "em-picked";
    card.setAttribute("role", "group");
    card.innerHTML = `<b></b><button type="button" class="em-away" aria-label="Put the handles away" title="Put the handles away">×</button>${Object.keys(HOLDS).map((what) => `<button type="button" class="em-lock" data-what="${what}"><svg viewBox="-11 -13 22 23" aria-hidden="true"><path/></svg></button><span title="${TOLD[what]}">${what}</span><output data-what="${what}"></output>`).join("")}<input type="range" min="1" max="99" step="1" aria-label="Weight in per cent">`;
    for (const button of card.querySelectorAll("button")) {
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the space bar goes on to mean run or pause
      button.addEventListener("click", () => (button.dataset.what ? this.lock(button.dataset.what) : this.pick(null)));
    }
    const slider = card.querySelector("input");
    slider.addEventListener("input", () => {
      this.dragging = true;
      this.show(this.picked, "weight", [slider.value / 100]);
      stage.repaint();
    });
    slider.addEventListener("change", () => {
      slider.blur();
      this.end(true);
    });
    return card;
  }

  paintCard() {
    const { card, now, picked, stage } = this;
    const { scene } = stage;
    const name = `component ${picked + scene.first_number}`;
    card.setAttribute("aria-label", name);
    card.querySelector("b").textContent = name;
    card.style.setProperty("--colour", scene.palette[picked]);
    for (const what of Object.keys(HOLDS)) {
      const held = this.isHeld(what);
      const button = card.querySelector(`button[data-what=${what}]`);
      const whose = what === "spread" && scene.handles.together ? "The spreads of all components, which have something in common" : `The ${what} of ${name}`;
      const label = `${whose}: ${held ? "held; let go" : "hold"}`;
      button.setAttribute("aria-pressed", String(held));
      button.setAttribute("aria-label", label);
      button.title = label;
      button.querySelector("path").setAttribute("d", held ? lockAt(0, 0) : OPEN_LOCK);
    }
    const say = (what, text) => (card.querySelector(`output[data-what=${what}]`).textContent = text);
    // Of more features, the picture knows but a shadow.
    say("mean", scene.draggable ? numbers(now.mean, 4).join(", ") : "");
    const angle = this.inPlane && this.turns ? `, ${this.inWords("angle").slice(6)}` : "";
    say("spread", scene.draggable ? this.inWords("spread").slice(7) + angle : "");
    say("weight", this.inWords("weight").slice(7));
    const slider = card.querySelector("input");
    slider.hidden = !this.free || scene.k === 1;
    if (document.activeElement !== slider) slider.value = Math.round(100 * now.weight);
    this.stand();
  }

  // In the corner of the axes that is farthest from the mean.
  stand() {
    const { card, picked, stage } = this;
    const { xaxis, yaxis } = stage.element._fullLayout;
    card.toggleAttribute("data-small", xaxis._length < SMALL || yaxis._length < SMALL / 2);
    const [x, y] = stage.spots[picked];
    const left = x > xaxis._length / 2;
    const low = this.inPlane && y < yaxis._length / 2;
    const down = yaxis._offset + (low ? yaxis._length - card.offsetHeight - 6 : left ? 6 : 34); // below Plotly's buttons
    card.style.transform = `translate(${xaxis._offset + (left ? 6 : xaxis._length - card.offsetWidth - 6)}px, ${down}px)`;
  }

  isHeld(what) {
    return !!this.stage.scene[`held_${HOLDS[what]}`]?.includes(this.picked);
  }

  // Press a lock.
  lock(what) {
    this.stage.hooks.hold({ what: HOLDS[what], component: this.picked, held: !this.isHeld(what) });
  }
}

const numbers = (values, digits = 3) => values.map((value) => +value.toPrecision(digits));

// An angle above -90 and up to 90, which is the same for an axis.
function upright(angle) {
  const rest = ((angle % 180) + 180) % 180;
  return rest > 90 ? rest - 180 : rest;
}

// The same spread with axes along those of the picture.
const alongAxes = ([long, short, angle]) => (Math.abs(angle) > 45 ? [short, long, 0] : [long, short, 0]);

const angleOf = ([x, y], [left, low]) => (180 * Math.atan2(y - low, x - left)) / Math.PI;

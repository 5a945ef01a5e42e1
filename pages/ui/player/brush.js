// A brush in the plane: a drag sprays points along its path, or erases those under it. What is drawn meanwhile is
// for the eye; which points a stroke makes, Python says.

import { placeOf } from "./place.js";

const MOST_STOPS = 30; // of a path
const MOST_POINTS = 999; // of a stroke
const SIZES = [6, 24, 80]; // least, first and most, of the radius in pixels
const DENSITIES = [2, 12, 60]; // and of points in each brush's width along the path

export class Brush {
  // `send(stroke)` hears of each; `say(sentence)`.
  constructor(hooks) {
    this.hooks = hooks;
    this.on = false;
    this.pixels = null; // of the path while it is drawn, in the stage's element
  }

  // The controls, which are seen while the brush is on.
  build(element) {
    this.panel = element.appendChild(document.createElement("span"));
    this.panel.className = "em-brush";
    this.panel.hidden = true;
    const slider = (text, [min, value, max]) => {
      const label = this.panel.appendChild(document.createElement("label"));
      label.append(`${text} `);
      const input = label.appendChild(document.createElement("input"));
      Object.assign(input, { type: "range", min, max, value });
      return input;
    };
    this.size = slider("size", SIZES);
    this.density = slider("density", DENSITIES);
    const label = this.panel.appendChild(document.createElement("label"));
    this.eraser = label.appendChild(document.createElement("input"));
    this.eraser.type = "checkbox";
    label.append(" erase");
    this.eraser.addEventListener("change", () => this.eraser.blur());
  }

  turn(on) {
    this.on = on;
    this.pixels = null;
    this.panel.hidden = !on;
  }

  get radius() {
    return Number(this.size.value);
  }

  // From where a pointer goes down until it is up again.
  stroke(event, stage) {
    const { element } = stage;
    const box = element.getBoundingClientRect();
    const seen = [];
    const add = (now) => {
      seen.push(placeOf(now, element));
      (this.pixels ??= []).push([now.clientX - box.left, now.clientY - box.top]);
    };
    add(event);
    return {
      move: add,
      finish: () => this.finish(thinned(seen), lengthOf(this.pixels), stage),
      cancel: () => (this.pixels = null),
    };
  }

  // By keys: at one place.
  at(place, stage) {
    this.finish([place], 0, stage);
  }

  finish(path, pixels, { element }) {
    this.pixels = null;
    const { xaxis, yaxis } = element._fullLayout;
    const radii = [xaxis, yaxis].map((axis) => short(Math.abs((axis.range[1] - axis.range[0]) / axis._length) * this.radius));
    const widths = 1 + pixels / (2 * this.radius);
    const n = this.eraser.checked ? 0 : Math.min(MOST_POINTS, Math.max(1, Math.round(widths * this.density.value)));
    this.hooks.send({ radii, path, n, seed: Math.floor(Math.random() * 1e6) });
  }

  // The path so far, for an SVG in the pixels of the axes.
  outline({ _offset: left }, { _offset: top }) {
    if (!this.pixels) return "";
    const [[x, y], ...rest] = this.pixels.map(([a, b]) => [a - left, b - top]);
    return `M${x},${y}L${[[x, y], ...rest].join("L")}`;
  }
}

// A path of so few places that it is short in a link; it keeps its ends.
function thinned(path) {
  if (path.length <= MOST_STOPS) return path;
  return Array.from({ length: MOST_STOPS }, (_, i) => path[Math.round((i * (path.length - 1)) / (MOST_STOPS - 1))]);
}

function lengthOf(pixels) {
  return pixels.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - pixels[i][0], y - pixels[i][1]), 0);
}

const short = (value) => Number(value.toPrecision(3));

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
      finish: () => {
        const stops = thinned(this.pixels, this.radius / 4).map((i) => seen[i]);
        this.finish(stops, lengthOf(this.pixels), stage);
      },
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

// Which places of a path in pixels are enough, so that it is short in a link: the ends, and between them, again and
// again, the place that is farthest from the straight way, as long as an eye would miss it (Douglas and Peucker).
function thinned(pixels, off) {
  const kept = new Set([0, pixels.length - 1]);
  const parts = [[0, pixels.length - 1]];
  while (parts.length && kept.size < MOST_STOPS) {
    const [from, to] = parts.shift();
    let [best, farthest] = [null, off];
    for (let i = from + 1; i < to; i++) {
      const away = distance(pixels[i], pixels[from], pixels[to]);
      if (away > farthest) [best, farthest] = [i, away];
    }
    if (best === null) continue;
    kept.add(best);
    parts.push([from, best], [best, to]);
  }
  return [...kept].sort((a, b) => a - b);
}

function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}

function lengthOf(pixels) {
  return pixels.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - pixels[i][0], y - pixels[i][1]), 0);
}

const short = (value) => Number(value.toPrecision(3));

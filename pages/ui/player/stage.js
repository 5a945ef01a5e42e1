// The large panel. Plotly draws axes, points and what kinds.js has to add, and gives zoom and hover; what moves is a
// group of our own inside Plotly's axes, and the fill of Plotly's points is set directly: the only way that keeps a
// thousand points at full speed.

import { Borders } from "./borders.js";
import { blend, CLEAR, cssOf, lightOf, NOBODYS, themeOf } from "./colours.js";
import { Hand } from "./hand.js";
import { plain } from "./load.js";
import { UNCLAIMED } from "./palette.js";
import { coloursOf, halfOf, iterationOf, START } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTHS = 8; // that a line to a mean may have
const WIDEST = 2; // of them, in pixels
const UNSURE = 0.6; // no component claims a point for sure below this
export const LEAST_SAID = 0.005; // a smaller share would be said as nothing

export class Stage {
  // `hooks`: select(point), place(means), fork(change), hold(lock) and say(sentence) tell the player;
  // crossHair(at) gives the lines of what is picked by keys.
  constructor(element, Plotly, hooks) {
    this.element = element;
    this.Plotly = Plotly;
    this.still = null;
    this.hooks = hooks;
    this.position = { frame: START, progress: 1 };
    this.selected = null;
    this.mark = null; // a place that was asked for
    this.others = []; // such places, as others marked them
    this.outline = false;
    this.pulls = false;
    this.lit = null; // what is summed for which component, while somebody points at the formula
    this.spots = []; // where the means are drawn
    this.hand = new Hand(this, hooks);
    this.handles = null; // of the component that is picked, where one can be
  }

  // `Shapes` makes and paints what moves.
  async show(scene, frame, Shapes) {
    const { Plotly, element } = this;
    // Plotly itself keeps only what the mouse has zoomed, not what a link, a key or another picture has.
    const seen = element._fullLayout && this.zoom() && { of: element.layout.uirevision, sight: this.sight() };
    // The same rows in the same order: the selected point is still the selected point.
    if (this.scene && this.scene.data !== scene.data) this.selected = null;
    this.scene = scene;
    this.lights = lightOf(scene.palette);
    this.position = { frame, progress: 1 };
    this.shapes = Shapes && new Shapes(this, scene);
    const before = this.still;
    this.still = this.standsStill();
    // Another run on the same data: what Plotly drew stands, and only our own group is new.
    if (before !== null && before === this.still) {
      this.borders.show(scene, this.lights);
      return this.adopt();
    }
    this.points = null;
    const layout = this.layout();
    await Plotly.react(element, this.traces(), layout, {
      displaylogo: false,
      showSendToCloud: false,
      plotlyServerURL: "",
      responsive: true,
      doubleClick: false, // a double click places a mean; the button above resets the axes
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage", "resetCameraDefault3d"],
    });
    if (!this.listening) this.listen();
    this.keepHome();
    if (seen && seen.of === layout.uirevision) this.lookAt(seen.sight);
    this.borders.show(scene, this.lights);
    this.adopt();
  }

  // Plotly's button for the whole would go back to that of the data that were drawn first.
  keepHome() {
    for (const [i, name] of ["xaxis", "yaxis"].entries()) {
      const [_rangeInitial0, _rangeInitial1] = this.home[i];
      Object.assign(this.element._fullLayout[name], { _rangeInitial0, _rangeInitial1 });
    }
  }

  // A name for all that Plotly draws of a scene; null where some of it depends on the run.
  standsStill() {
    const { kind, data, axes, range, known } = this.scene;
    return this.shapes?.stands ? JSON.stringify([kind, data, axes, range, known?.join("")]) : null;
  }

  listen() {
    const { element } = this;
    this.listening = true;
    this.borders = new Borders(element.parentElement);
    element.on("plotly_afterplot", () => this.adopt());
    element.on("plotly_relayout", () => this.hooks.look());
    element.on("plotly_hover", (event) => this.ask(event));
    element.on("plotly_unhover", () => (this.card.hidden = true));
    element.on("plotly_click", ({ points }) => {
      const point = points.find((p) => p.data.name === "points");
      if (point) this.select(point.pointNumber === this.selected ? null : point.pointNumber);
    });
    this.card = element.parentElement.appendChild(document.createElement("div"));
    this.card.className = "em-card";
    this.card.hidden = true;
  }

  traces() {
    const { scene } = this;
    const n = scene.n;
    const marker = { ...marksOf(scene), color: UNCLAIMED, opacity: 0.8, line: { width: 0 } };
    const base = { type: "scatter", mode: "markers", name: "points", marker, hoverinfo: "none" };
    const x = Array.from({ length: n }, (_, i) => scene.points[2 * i]);
    const y = Array.from({ length: n }, (_, i) => scene.points[2 * i + 1]);
    return [{ ...base, x, y }, ...this.shapes.traces(base, x)];
  }

  layout() {
    const { element, scene } = this;
    const theme = themeOf(element);
    const axis = (title, range, extra, size = this.titleSizes[0]) => ({
      title: { text: plain(title), standoff: 6, font: { size } },
      range: range && [...range],
      gridcolor: theme.grid,
      zeroline: false,
      zerolinecolor: theme.text,
      ticks: "outside",
      tickcolor: CLEAR,
      ...extra,
    });
    const layout = {
      template: { data: {}, layout: {} },
      autosize: true,
      margin: { l: 56 * (this.scale ?? 1), r: 10, t: 8, b: 50 * (this.scale ?? 1) },
      paper_bgcolor: CLEAR,
      plot_bgcolor: CLEAR,
      font: { family: theme.font, size: 14 * (this.scale ?? 1), color: theme.text },
      modebar: theme.modebar,
      showlegend: false,
      hovermode: "closest",
      hoverdistance: 12,
      dragmode: "zoom",
      uirevision: `${scene.data} ${scene.axes}`,
      xaxis: axis(scene.axes[0], scene.range[0], { anchor: "y" }),
      yaxis: axis(scene.axes[1], scene.range[1], { fixedrange: false }, this.titleSizes[1]),
    };
    this.shapes.arrange(layout, axis);
    this.home = scene.range.map((range) => [...range]);
    return layout;
  }

  // Of the names of both axes: a long one beside a small picture is written smaller, not cut off.
  get titleSizes() {
    const { element, scene, scale = 1 } = this;
    const lengths = [element.clientWidth - 66, element.clientHeight - 58];
    return lengths.map((length, i) => Math.max(9, Math.min(17 * scale, length / (0.52 * (scene.axes[i]?.length || 1)))));
  }

  // After Plotly has drawn (first, or again after a zoom): find its points, put our group in place, paint.
  adopt() {
    const { element, scene } = this;
    const layers = [...element.querySelectorAll(".cartesianlayer .scatterlayer")];
    const plot = layers[0]?.parentElement;
    if (!plot) return;
    this.points = layers[0].querySelectorAll(".point");
    this.dots = layers[1]?.querySelectorAll(".point") ?? [];
    this.fills = new Int32Array(scene.n).fill(-1);
    if (this.group?.parentNode !== plot || this.drawn !== scene) {
      this.group?.remove();
      this.group = plot.appendChild(document.createElementNS(SVG, "g"));
      this.group.setAttribute("class", "em-shapes");
      this.threads = this.make("g", { class: "em-pulls" });
      const components = this.shapes.make();
      this.fallen = Array.from(scene.fallen, () => this.make("circle", { class: "em-fallen", r: 11 }));
      this.ring = this.make("circle", { class: "em-ring", r: 9 });
      this.crossHair = this.make("path", { class: "em-cross" });
      this.sprayed = this.make("path", { class: "em-sprayed" });
      this.cloud = scene.palette.map((stroke) => this.make("path", { class: "em-cloud", stroke }));
      this.miss = this.make("path", { class: "em-miss" });
      this.cross = this.make("path", { class: "em-mark", d: "M-8,-8L8,8M-8,8L8,-8" });
      this.shapes.makeAbove(layers);
      if (scene.draggable || this.handles?.can) components.forEach(({ mean }, j) => this.hand.hold(mean, j));
      if (this.handles?.can) this.handles.make();
      this.drawn = scene;
    }
    this.paint(this.position.frame, this.position.progress);
  }

  // What can be held by hand has changed.
  drawAnew() {
    this.drawn = null;
    this.adopt();
  }

  repaint() {
    if (this.scene) this.paint(this.position.frame, this.position.progress); // else nothing was shown yet
  }

  make(name, attributes, parent = this.group) {
    const node = parent.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  // The mark of a mean, of this outline; of one that is held, a lock as far `below`.
  makeMean(j, fill, d, below = 0) {
    const held = this.scene.held_means?.includes(j);
    return this.make("path", { class: held ? "em-mean em-locked" : "em-mean", fill, d: held ? lockAt(0, below) : d });
  }

  makeNumber(j) {
    const { palette, first_number: first } = this.scene;
    const number = this.make("text", { class: "em-number", fill: palette[j] });
    number.textContent = j + first;
    return number;
  }

  // What the data were drawn from, where it is known; seen once it was asked for.
  makeTruths(length) {
    return Array.from({ length }, () => this.make("path", { class: "em-truth" }));
  }

  // Draw a half-step. `progress` from 0 to 1 leads there from the half-step before; values between are
  // interpolated for the eye only, and belong to no mixture.
  paint(frame, progress = 1) {
    if (frame !== this.position.frame && this.card) this.card.hidden = true; // its numbers are of another step
    this.position = { frame, progress };
    if (!this.points) return;
    const moving = halfOf(frame) === "M" ? progress : 1;
    const fading = halfOf(frame) === "E" ? progress : 1;
    this.paintPoints(coloursOf(frame), fading);
    this.borders.paint(coloursOf(frame), fading, this.element._fullLayout);
    const { xaxis, yaxis } = this.element._fullLayout;
    const at = { iteration: iterationOf(frame), moving, x: (v) => near(xaxis.c2p(v)), y: (v) => near(yaxis.c2p(v)) };
    this.shapes.paint(at, coloursOf(frame));
    this.paintPulls(at, frame);
    if (this.lit || this.shaded) this.shade();
    this.paintMarks(at);
    this.handles?.paint(at);
  }

  // Lines from the points to the mean that they pull, as wide as their responsibility, in the M-step; or to the one
  // whose formula is pointed at. Of each width one path: as many lines as there are points would be too slow.
  paintPulls(at, frame) {
    const { scene, threads, lit } = this;
    const summed = lit && lit.what !== "count";
    const step = lit ? at.iteration - 1 : coloursOf(frame);
    if (step < 0 || !(summed || (this.pulls && halfOf(frame) === "M"))) return threads.replaceChildren();
    const { n, k, responsibilities: r, palette } = scene;
    const ways = Array.from({ length: k * WIDTHS }, () => []);
    for (let i = 0; i < n; i++) {
      const [x, y] = scene.points.subarray(2 * i, 2 * i + 2);
      const from = `M${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}L`;
      for (let j = 0; j < k; j++) {
        if (lit && lit.component !== null && lit.component !== j) continue;
        const width = Math.round((r[(step * n + i) * k + j] / 255) * WIDTHS);
        if (width) ways[j * WIDTHS + width - 1].push(from + this.spots[j].map((v) => v.toFixed(1)));
      }
    }
    ways.forEach((way, w) => {
      const path = threads.children[w] ?? this.make("path", { stroke: palette[Math.floor(w / WIDTHS)], "stroke-width": (WIDEST * ((w % WIDTHS) + 1)) / WIDTHS }, threads);
      path.setAttribute("d", way.join(""));
    });
  }

  setPulls(on) {
    this.pulls = on;
    this.paint(this.position.frame, this.position.progress);
  }

  // While a formula of an M-step is pointed at: the points as strong as the component claimed them, and what else
  // that sum is about.
  light(lit) {
    if (JSON.stringify(lit) === JSON.stringify(this.lit)) return;
    this.lit = lit;
    if (this.points && this.group) this.paint(this.position.frame, this.position.progress);
  }

  shade() {
    const { scene, points, group, lit } = this;
    this.shaded = !!lit;
    const step = iterationOf(this.position.frame) - 1;
    const on = lit && step >= 0;
    group.toggleAttribute("data-lit", !!on && lit.what === "covariance");
    this.shapes.components.forEach((shape, j) => {
      const chosen = !!on && (lit.component === null || lit.component === j);
      for (const node of shape.ellipses ?? [shape.curve]) node.classList.toggle("em-lit", chosen);
    });
    for (let i = 0; i < scene.n; i++) {
      const share = on && lit.component !== null ? scene.responsibilities[(step * scene.n + i) * scene.k + lit.component] / 255 : 1;
      const opacity = on ? String(0.06 + 0.94 * share) : "";
      if (points[i]) points[i].style.opacity = opacity;
      if (this.dots[i]) this.dots[i].style.opacity = opacity;
    }
  }

  showTruth() {} // the style sees to it

  paintPoints(step, fading) {
    const { scene, points, dots, fills, lights, outline } = this;
    const { n, k, responsibilities: r } = scene;
    const shares = new Float32Array(k);
    for (let i = 0; i < n; i++) {
      const now = (step * n + i) * k;
      let colour;
      if (scene.known?.[i]) colour = blend(lights, r, i * k); // the same in every step, and before the first
      else if (step < 0) colour = NOBODYS;
      else if (fading < 1) {
        const before = now - n * k;
        for (let j = 0; j < k; j++) shares[j] = step ? r[before + j] + (r[now + j] - r[before + j]) * fading : r[now + j] * fading;
        const rest = step ? this.noiseOf(before) + (this.noiseOf(now) - this.noiseOf(before)) * fading : 0;
        colour = blend(lights, shares, 0, step ? rest : 255 * (1 - fading) + this.noiseOf(now) * fading);
      } else colour = blend(lights, r, now, this.noiseOf(now));
      if (colour !== fills[i]) {
        fills[i] = colour;
        const css = cssOf(colour);
        if (points[i]) points[i].style.fill = css;
        if (dots[i]) dots[i].style.fill = css;
        this.shapes.paintGap?.(i, css);
      }
    }
    if (outline || this.outlined) this.paintOutlines(step);
    if (scene.noise || this.hollow) this.paintNoise(step);
  }

  // What the components leave of a point, whose responsibilities begin there: noise, of 255.
  noiseOf(from) {
    const { noise, k, responsibilities: r } = this.scene;
    if (!noise) return 0;
    let rest = 255;
    for (let j = 0; j < k; j++) rest -= r[from + j];
    return Math.max(rest, 0);
  }

  isNoise(step, i) {
    if (step < 0) return false; // nobody was asked yet
    const { n, k, responsibilities } = this.scene;
    const from = (step * n + i) * k;
    return this.noiseOf(from) > Math.max(...responsibilities.subarray(from, from + k));
  }

  // Points that are noise most probably are rings.
  paintNoise(step) {
    const { scene, points, dots } = this;
    this.hollow = scene.noise;
    for (let i = 0; i < scene.n; i++) {
      const noise = !!scene.noise && this.isNoise(step, i);
      points[i]?.classList.toggle("em-noise", noise);
      dots[i]?.classList.toggle("em-noise", noise);
    }
  }

  paintOutlines(step) {
    const { scene, points, outline } = this;
    this.outlined = outline;
    for (let i = 0; i < scene.n; i++) points[i]?.classList.toggle("em-unsure", outline && this.unsure(step, i));
  }

  unsure(step, i) {
    if (step < 0) return false; // nobody was asked yet
    const { n, k, responsibilities } = this.scene;
    const from = (step * n + i) * k;
    return Math.max(...responsibilities.subarray(from, from + k)) < 255 * UNSURE;
  }

  // The values of one array at an iteration, on the way from the one before.
  between(array, width, { iteration, moving }) {
    const to = iteration * width;
    if (moving >= 1 || iteration === 0) return array.subarray(to, to + width);
    const out = new Float64Array(width);
    for (let i = 0; i < width; i++) {
      const from = array[to - width + i];
      out[i] = from + (array[to + i] - from) * moving;
    }
    return out;
  }

  // The ring around the selected point, and those around the points that a component collapsed on.
  paintMarks(at) {
    const { scene, ring, selected, hand } = this;
    const put = (circle, i, [x, y] = scene.points.subarray(2 * i, 2 * i + 2)) => {
      circle.setAttribute("cx", at.x(x));
      circle.setAttribute("cy", at.y(y ?? scene.points[2 * i + 1]));
    };
    ring.style.display = selected === null && !hand.point ? "none" : "";
    if (hand.point) put(ring, 0, hand.point);
    else if (selected !== null) put(ring, selected);
    const { brush } = hand;
    this.sprayed.setAttribute("d", brush?.outline(this.element._fullLayout.xaxis, this.element._fullLayout.yaxis) ?? "");
    if (brush?.pixels) this.sprayed.setAttribute("stroke-width", 2 * brush.radius);
    this.paintMark(at);
    this.paintCloud(at);
    const { _length: width } = this.element._fullLayout.xaxis;
    const { _length: height } = this.element._fullLayout.yaxis;
    this.crossHair.setAttribute("d", this.hooks.crossHair({ width, height, x: at.x, y: at.y }));
    const late = at.iteration === scene.steps;
    this.fallen.forEach((circle, i) => {
      circle.style.display = late ? "" : "none";
      put(circle, scene.fallen[i]);
    });
  }

  // The place that was marked, with a line from there to the mean it was asked of, once that is known.
  paintMark(at) {
    const { mark, miss, cross, scene, spots } = this;
    const [x, y = 0] = mark ?? [];
    const asked = scene.mark?.component;
    cross.style.display = mark ? "" : "none";
    if (mark) cross.setAttribute("transform", `translate(${at.x(x)},${at.y(y)})`);
    cross.style.stroke = scene.palette[asked] ?? "";
    const known = mark && spots[asked] && !scene.mark.open;
    miss.setAttribute("d", known ? `M${at.x(x)},${at.y(y)}L${spots[asked]}` : "");
  }

  // The places that others marked: of each component one path of small crosses, in its colour.
  paintCloud(at) {
    const ways = this.cloud.map(() => "");
    for (const { component, place: [x, y = 0] } of this.others) {
      ways[component] = `${ways[component] ?? ""}M${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}m-5,-5l10,10m-10,0l10,-10`;
    }
    this.cloud.forEach((path, j) => path.setAttribute("d", ways[j]));
  }

  // What of the axes is seen, as Plotly's own names and values.
  sight() {
    const { xaxis, yaxis } = this.element._fullLayout ?? {};
    return xaxis && { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] };
  }

  // The same as text for a link, in as many digits as an eye can tell apart; empty where all is seen.
  zoom() {
    const axes = Object.values(this.sight() ?? {}).map(([low, high], i) => {
      const [first, last] = this.home[i];
      return { low, high, step: 10 ** Math.floor(Math.log10(Math.abs(high - low) / 3000)), first, last };
    });
    const moved = ({ low, high, first, last, step }) => Math.abs(low - first) > step || Math.abs(high - last) > step;
    if (!axes.some(moved)) return "";
    const short = (value, step) => Number((Math.round(value / step) * step).toPrecision(15));
    return axes.flatMap(({ low, high, step }) => [short(low, step), short(high, step)]).join();
  }

  sightOf([left, right, low, high]) {
    return { "xaxis.range": [left, right], "yaxis.range": [low, high] };
  }

  // The axes by Plotly's names, of those directions in which a place is a place in the data.
  axesOf() {
    return ["xaxis", "yaxis"].slice(0, this.shapes.dimensions).map((name) => {
      const { range, fixedrange } = this.element._fullLayout[name];
      return { name, range, fixedrange };
    });
  }

  seeAll() {
    this.lookAt(this.sightOf(this.home.flat()));
  }

  // The point near a place in the data, or null.
  pointNear(place) {
    const { xaxis, yaxis } = this.element._fullLayout;
    const [x, y] = place;
    return this.hand.nearest(xaxis.c2p(x), y === undefined ? null : yaxis.c2p(y));
  }

  lookAt(sight) {
    const now = this.sight();
    if (now && JSON.stringify(now) !== JSON.stringify(sight)) this.Plotly.relayout(this.element, sight);
  }

  select(i) {
    this.selected = i;
    this.paint(this.position.frame, this.position.progress);
    this.hooks.select(i);
  }

  setOutline(outline) {
    this.outline = outline;
    this.paint(this.position.frame, this.position.progress);
  }

  // A card with the values and the responsibilities of the point under the pointer.
  ask(event) {
    const point = event.points.find((p) => p.data.name === "points");
    if (!point) return;
    const { card } = this;
    card.replaceChildren(...this.describe(point.pointNumber));
    card.hidden = false;
    const box = card.parentElement.getBoundingClientRect();
    const { clientX, clientY } = event.event;
    const left = clientX - box.left > box.width / 2 ? -card.offsetWidth - 14 : 14;
    card.style.transform = `translate(${clientX - box.left + left}px, ${clientY - box.top - 10}px)`;
  }

  placeOf(i) {
    return this.scene.points.subarray(2 * i, 2 * i + this.shapes.dimensions);
  }

  placeInWords(i, digits) {
    const { ticks } = this.scene;
    const known = (c) => !ticks?.[i] || ticks[i] === c + 1;
    return Array.from(this.placeOf(i), (v, c) => (known(c) ? v.toPrecision(digits) : "missing")).join(", ");
  }

  // Who claims a point since the last E-step, and how much; null where nobody was asked yet.
  claimsOn(i) {
    const { first_number: first, k, known, n, noise, palette, responsibilities, words } = this.scene;
    const step = coloursOf(this.position.frame);
    if (step < 0 && !known?.[i]) return null;
    const from = (Math.max(step, 0) * n + i) * k;
    const claims = palette.map((colour, j) => ({ name: `${words?.component ?? "component"} ${j + first}`, share: responsibilities[from + j] / 255, colour }));
    return noise ? [...claims, { name: "noise", share: this.noiseOf(from) / 255, colour: UNCLAIMED }] : claims;
  }

  describe(i) {
    const { counts_of: counts, k } = this.scene;
    const head = document.createElement("b");
    head.textContent = this.placeInWords(i, 5);
    if (counts) head.textContent += ` × ${+counts[i].toPrecision(5)}`;
    const claims = this.claimsOn(i);
    if (!claims) return [head, " no component's yet"];
    const named = claims.filter(({ share }) => k <= 4 || share >= LEAST_SAID);
    const rows = named.map(({ name, share, colour }) => {
      const row = document.createElement("li");
      row.style.setProperty("--share", share);
      row.style.setProperty("--colour", colour);
      row.textContent = `${name}: ${(100 * share).toFixed(0)}%`;
      return row;
    });
    return [head, ...rows];
  }

  restyle() {
    if (this.scene) this.Plotly.relayout(this.element, recolour(themeOf(this.element), this.element.layout));
  }

  // In a window that became smaller, names of axes must not be cut off.
  fitNames() {
    if (!this.scene || !this.shapes) return;
    const [x, y] = this.titleSizes;
    const { xaxis, yaxis } = this.element.layout;
    if (x === xaxis.title.font.size && y === yaxis.title.font.size) return;
    this.Plotly.relayout(this.element, { "xaxis.title.font.size": x, "yaxis.title.font.size": y });
  }

  enlarge(scale) {
    this.scale = scale;
    if (!this.scene) return;
    const look = { "font.size": 14 * scale, "margin.b": 50 * scale, "margin.l": 56 * scale };
    if (this.shapes) {
      // in space, the axes are the scene's
      [look["xaxis.title.font.size"], look["yaxis.title.font.size"]] = this.titleSizes;
    }
    this.Plotly.relayout(this.element, look);
  }
}

// How large the points are, by how often their rows count, and which are ticks on an axis, because the other value
// is missing.
export function marksOf({ n, dot, sizes, ticks, known }) {
  const size = sizes ? Array.from(sizes) : dot;
  if (!ticks && !known) return { size };
  const larger = (_, i) => (sizes ? sizes[i] : dot) * (ticks?.[i] ? 1.5 : known?.[i] ? 1.3 : 1);
  const symbol = (_, i) => (ticks?.[i] ? ["diamond-tall", "diamond-wide"][ticks[i] - 1] : known?.[i] ? "square" : "circle");
  return { size: Array.from({ length: n }, larger), symbol: Array.from({ length: n }, symbol) };
}

// A lock, with the middle of its body there.
export function lockAt(x, y) {
  return `M${x - 8},${y - 3}h2v-3a6,6 0 0 1 12,0v3h2v11h-16zM${x - 3},${y - 3}h6v-3a3,3 0 0 0 -6,0z`;
}

// What of a layout follows the theme.
export function recolour(theme, layout) {
  const update = { "font.color": theme.text, modebar: theme.modebar };
  for (const axis of Object.keys(layout).filter((key) => /^[xy]axis\d?$/.test(key))) {
    update[`${axis}.gridcolor`] = theme.grid;
    update[`${axis}.zerolinecolor`] = theme.text;
  }
  for (const [i, { bgcolor }] of (layout.annotations ?? []).entries()) {
    if (bgcolor) update[`annotations[${i}].bgcolor`] = theme.background;
  }
  return update;
}

// What is far outside, or no number, stays a number that SVG can draw.
function near(pixels) {
  return pixels > -1e5 ? Math.min(pixels, 1e5) : -1e5;
}

export function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
}

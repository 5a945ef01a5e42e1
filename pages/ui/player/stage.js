// The large panel. Plotly draws axes, points, histogram, contours and the series, and gives zoom and hover;
// what moves is a group of our own inside Plotly's axes, and the fill of Plotly's points is set directly: the
// only way that keeps a thousand points at full speed.

import { Borders } from "./borders.js";
import { blend, cssOf, lightOf, themeOf } from "./colours.js";
import { Hand } from "./hand.js";
import { coloursOf, halfOf, iterationOf } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";
const CIRCLE = Array.from({ length: 49 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 48;
  return [Math.cos(angle), Math.sin(angle)];
});
const UNSURE = 0.6; // no component claims a point for sure below this

export class Stage {
  // `hooks`: select(point), place(means), fork(component, position) and say(sentence) tell the player.
  constructor(element, Plotly, hooks) {
    this.element = element;
    this.Plotly = Plotly;
    this.still = null;
    this.hooks = hooks;
    this.position = { frame: 0, progress: 1 };
    this.selected = null;
    this.outline = false;
    this.hand = new Hand(this, hooks);
  }

  async show(scene, frame) {
    const { Plotly, element } = this;
    // The same rows in the same order: the selected point is still the selected point.
    if (this.scene && this.scene.data !== scene.data) this.selected = null;
    this.scene = scene;
    this.lights = lightOf(scene.palette);
    this.position = { frame, progress: 1 };
    this.contoured = null;
    const before = this.still;
    this.still = this.standsStill();
    // Another run on the same data: what Plotly drew stands, and only our own group is new.
    if (before !== null && before === this.still) {
      this.borders.show(scene, this.lights);
      return this.adopt();
    }
    this.points = null;
    await Plotly.react(element, this.traces(), this.layout(), {
      displaylogo: false,
      showSendToCloud: false,
      plotlyServerURL: "",
      responsive: true,
      doubleClick: false, // a double click places a mean; the button above resets the axes
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"],
    });
    if (!this.listening) this.listen();
    this.borders.show(scene, this.lights);
    this.adopt();
  }

  // A name for all that Plotly draws of a scene; null where some of it depends on the run.
  standsStill() {
    const { kind, contour, data, axes, range } = this.scene;
    return kind === "plane" && !contour ? JSON.stringify([data, axes, range]) : null;
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
    const marker = { size: n > 1000 ? 5 : n > 300 ? 6 : 8, color: "#888888", opacity: 0.8, line: { width: 0 } };
    const base = { type: "scatter", mode: "markers", name: "points", marker, hoverinfo: "none" };
    const x = Array.from({ length: n }, (_, i) => scene.points[2 * i]);
    const y = Array.from({ length: n }, (_, i) => scene.points[2 * i + 1]);
    const traces = [{ ...base, x, y }];
    if (scene.kind === "line") traces.push(this.histogram());
    if (scene.series) {
      const line = { color: "rgba(128,128,128,0.4)", width: 1 };
      const time = x.map((_, i) => i + 1);
      traces.push({ ...base, mode: "lines+markers", line, x: time, y: x, xaxis: "x2", yaxis: "y2" });
    }
    if (scene.contour) traces.push(this.contours());
    return traces;
  }

  histogram() {
    const { heights, edges } = this.scene;
    const widths = Array.from(heights, (_, i) => edges[i + 1] - edges[i]);
    return {
      type: "bar",
      x: widths.map((width, i) => edges[i] + width / 2),
      y: Array.from(heights),
      width: widths,
      marker: { color: "rgba(128,128,128,0.22)", line: { width: 0 } },
      hoverinfo: "skip",
    };
  }

  contours() {
    const { contour_x: x, contour_y: y } = this.scene;
    return {
      type: "contour",
      name: "density",
      x: Array.from(x),
      y: Array.from(y),
      z: this.density(0, 1),
      zmin: 0,
      zmax: 255,
      autocontour: false,
      contours: { start: 30, end: 255, size: 25, coloring: "fill" },
      colorscale: [[0, "rgba(128,128,128,0)"], [0.1, "rgba(128,128,128,0.03)"], [1, "rgba(128,128,128,0.3)"]],
      line: { width: 0.6, color: "rgba(128,128,128,0.9)", smoothing: 0.6 },
      showscale: false,
      hoverinfo: "skip",
    };
  }

  // The rows of the density picture at an iteration, on the way from the one before.
  density(iteration, moving) {
    const { contour, contour_x: x, contour_y: y } = this.scene;
    const flat = this.between(contour, x.length * y.length, { iteration, moving });
    return Array.from(y, (_, i) => flat.subarray(i * x.length, (i + 1) * x.length));
  }

  layout() {
    const { scene } = this;
    const theme = themeOf(this.element);
    const axis = (title, range, extra) => ({
      title: { text: title, standoff: 6 },
      range: range && [...range],
      gridcolor: theme.grid,
      zeroline: false,
      zerolinecolor: theme.text,
      ticks: "outside",
      tickcolor: "rgba(0,0,0,0)",
      ...extra,
    });
    const line = scene.kind === "line";
    const layout = {
      template: { data: {}, layout: {} },
      autosize: true,
      margin: { l: 56 * (this.scale ?? 1), r: 10, t: 8, b: 44 * (this.scale ?? 1) },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, size: 14 * (this.scale ?? 1), color: theme.text },
      modebar: theme.modebar,
      showlegend: false,
      hovermode: "closest",
      hoverdistance: 12,
      dragmode: "zoom",
      uirevision: `${scene.data} ${scene.axes}`,
      xaxis: axis(scene.axes[0], scene.range[0], { anchor: "y" }),
      yaxis: axis(scene.axes[1], scene.range[1], { zeroline: line, fixedrange: line }),
    };
    if (scene.series) {
      layout.yaxis.domain = [0.5, 1];
      const [low, high] = scene.range[0];
      layout.xaxis2 = axis(scene.shuffled ? "place in a shuffled order" : "time", [0, scene.n + 1], { anchor: "y2", fixedrange: true });
      layout.yaxis2 = axis(scene.axes[0], [low, high], { anchor: "x2", domain: [0, 0.34], fixedrange: true });
    }
    return layout;
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
      this.shapes = scene.kind === "line" ? this.makeCurves() : this.makeEllipses();
      this.fallen = Array.from(scene.fallen, () => this.make("circle", { class: "em-fallen", r: 11 }));
      this.ring = this.make("circle", { class: "em-ring", r: 9 });
      this.bars = [];
      if (scene.series) this.makeThresholds(layers[1].parentElement);
      if (scene.draggable) this.shapes.forEach(({ mean }, j) => this.hand.hold(mean, j));
      this.drawn = scene;
    }
    this.paint(this.position.frame, this.position.progress);
  }

  make(name, attributes, parent = this.group) {
    const node = parent.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  makeEllipses() {
    const { scene } = this;
    this.makeTruths((scene.true_means?.length ?? 0) / 2);
    return Array.from({ length: scene.k }, (_, j) => {
      const colour = scene.palette[j];
      const marked = scene.collapsed === j ? " em-collapsed" : "";
      return {
        trail: this.make("path", { class: "em-trail", stroke: colour }),
        ellipses: scene.radii.map((_, i) =>
          this.make("path", { class: `em-ellipse em-level-${i}${marked}`, stroke: colour, fill: colour }),
        ),
        mean: this.make("path", { class: "em-mean", fill: colour, d: "M-7,0L0,-7L7,0L0,7Z" }),
      };
    });
  }

  // What the data were drawn from, where it is known.
  makeTruths(length) {
    this.truths = Array.from({ length }, () => this.make("path", { class: "em-truth" }));
  }

  makeCurves() {
    const { scene } = this;
    this.makeTruths((scene.true_curves?.length ?? 0) / scene.grid.length);
    const components = Array.from({ length: scene.k }, (_, j) => ({
      curve: this.make("path", { class: "em-density", stroke: scene.palette[j], fill: scene.palette[j] }),
      spike: this.make("path", { class: "em-spike", stroke: scene.palette[j] }),
      mean: this.make("path", { class: "em-mean", fill: scene.palette[j], d: "M-8,13L0,0L8,13Z" }),
    }));
    this.total = this.make("path", { class: "em-total" });
    return components;
  }

  // Where the most likely component changes: upright in the density panel, level in the series.
  makeThresholds(series) {
    const { scene } = this;
    this.group2?.remove();
    this.group2 = this.make("g", { class: "em-shapes" }, series);
    const most = scene.thresholds.length / (scene.steps + 1);
    this.bars = Array.from({ length: most }, () => [
      this.make("line", { class: "em-threshold" }),
      this.make("line", { class: "em-threshold" }, this.group2),
    ]);
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
    if (this.scene.kind === "line") this.paintCurves(at);
    else this.paintEllipses(at);
    this.paintMarks(at);
    // Where the ground is drawn, they stand on its borders.
    if (this.scene.series) this.paintThresholds(this.scene.tint ? { ...at, iteration: coloursOf(frame) } : at);
    if (this.scene.contour) this.paintContours(at);
  }

  paintPoints(step, fading) {
    const { scene, points, dots, fills, lights, outline } = this;
    const { n, k, responsibilities: r } = scene;
    const shares = new Float32Array(k);
    for (let i = 0; i < n; i++) {
      const now = (step * n + i) * k;
      let colour;
      if (fading < 1 && step > 0) {
        const before = now - n * k;
        for (let j = 0; j < k; j++) shares[j] = r[before + j] + (r[now + j] - r[before + j]) * fading;
        colour = blend(lights, shares, 0);
      } else colour = blend(lights, r, now);
      if (colour !== fills[i]) {
        fills[i] = colour;
        const css = cssOf(colour);
        if (points[i]) points[i].style.fill = css;
        if (dots[i]) dots[i].style.fill = css;
      }
    }
    if (outline || this.outlined) this.paintOutlines(step);
  }

  paintOutlines(step) {
    const { scene, points, outline } = this;
    this.outlined = outline;
    for (let i = 0; i < scene.n; i++) points[i]?.classList.toggle("em-unsure", outline && this.unsure(step, i));
  }

  unsure(step, i) {
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

  paintEllipses(at) {
    const { scene, shapes, hand } = this;
    const means = this.between(scene.means, 2 * scene.k, at);
    const maps = this.between(scene.maps, 3 * scene.k, at);
    const weights = this.between(scene.weights, scene.k, at);
    shapes.forEach(({ trail, ellipses, mean }, j) => {
      const [x, y] = hand.held === j ? hand.position : [means[2 * j], means[2 * j + 1]];
      const map = maps.subarray(3 * j, 3 * j + 3);
      ellipses.forEach((path, i) => path.setAttribute("d", ellipse(at, x, y, map, scene.radii[i])));
      mean.setAttribute("transform", `translate(${at.x(x)},${at.y(y)}) scale(${0.8 + weights[j]})`);
      let way = "";
      for (let t = 0; t < at.iteration; t++) {
        const i = (t * scene.k + j) * 2;
        way += `${t ? "L" : "M"}${at.x(scene.means[i]).toFixed(1)},${at.y(scene.means[i + 1]).toFixed(1)}`;
      }
      trail.setAttribute("d", way && `${way}L${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}`);
    });
    this.truths.forEach((path, j) => {
      const [x, y] = scene.true_means.subarray(2 * j, 2 * j + 2);
      path.setAttribute("d", ellipse(at, x, y, scene.true_maps.subarray(3 * j, 3 * j + 3), scene.radii[1]));
    });
  }

  paintCurves(at) {
    const { scene, shapes, hand } = this;
    const g = scene.grid.length;
    const curves = scene.curves && this.between(scene.curves, (scene.k + 1) * g, at); // k-means has none
    const means = this.between(scene.means, scene.k, at);
    const floor = at.y(0);
    const line = (j, heights = curves) => {
      let d = "";
      for (let i = 0; i < g; i++) {
        d += `${i ? "L" : "M"}${at.x(scene.grid[i]).toFixed(1)},${at.y(heights[j * g + i] * scene.curve_unit).toFixed(1)}`;
      }
      return d;
    };
    this.truths.forEach((path, j) => path.setAttribute("d", line(j, scene.true_curves)));
    shapes.forEach(({ curve, spike, mean }, j) => {
      if (curves) curve.setAttribute("d", line(j));
      const x = hand.held === j ? hand.position[0] : means[j];
      // Too narrow for a curve: an upright line, as high as its density.
      const height = scene.spikes?.[at.iteration * scene.k + j];
      spike.setAttribute("d", height ? `M${at.x(x)},${floor}V${Math.max(at.y(height), -10)}` : "");
      mean.setAttribute("transform", `translate(${at.x(x)},${floor})`);
    });
    if (curves) this.total.setAttribute("d", line(scene.k));
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
    const late = at.iteration === scene.steps;
    this.fallen.forEach((circle, i) => {
      circle.style.display = late ? "" : "none";
      put(circle, scene.fallen[i]);
    });
  }

  paintThresholds({ iteration, x }) {
    const { scene, bars } = this;
    const { yaxis, xaxis2, yaxis2 } = this.element._fullLayout;
    bars.forEach(([upright, level], i) => {
      const value = scene.thresholds[iteration * bars.length + i];
      const known = Number.isFinite(value);
      upright.style.display = level.style.display = known ? "" : "none";
      if (!known) return;
      set(upright, { x1: x(value), x2: x(value), y1: 0, y2: yaxis._length });
      set(level, { x1: 0, x2: xaxis2._length, y1: yaxis2.c2p(value), y2: yaxis2.c2p(value) });
    });
  }

  paintContours({ iteration, moving }) {
    const name = `${iteration} ${moving}`;
    if (this.contoured === name) return; // Plotly tells us when it has drawn, and we are here again
    this.contoured = name;
    const index = this.element.data.findIndex((trace) => trace.name === "density");
    this.Plotly.restyle(this.element, { z: [this.density(iteration, moving)] }, [index]);
  }

  // What of the axes is seen, as Plotly's own names and values.
  sight() {
    const { xaxis, yaxis } = this.element._fullLayout ?? {};
    return xaxis && { "xaxis.range": [...xaxis.range], "yaxis.range": [...yaxis.range] };
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

  describe(i) {
    const { scene } = this;
    const from = (coloursOf(this.position.frame) * scene.n + i) * scene.k;
    const head = document.createElement("b");
    const values = scene.kind === "line" ? [scene.points[2 * i]] : [scene.points[2 * i], scene.points[2 * i + 1]];
    head.textContent = values.map((v) => v.toPrecision(5)).join(", ");
    const shares = Array.from(scene.responsibilities.subarray(from, from + scene.k), (byte) => byte / 255);
    const named = [...shares.keys()].filter((j) => scene.k <= 4 || shares[j] >= 0.005);
    const rows = Array.from(named, (j) => {
      const share = shares[j];
      const row = document.createElement("li");
      row.style.setProperty("--share", share);
      row.style.setProperty("--colour", scene.palette[j]);
      const name = scene.words?.component ?? "component";
      row.textContent = `${name} ${j + scene.first_number}: ${(100 * share).toFixed(0)} %`;
      return row;
    });
    return [head, ...rows];
  }

  restyle() {
    if (this.scene) this.Plotly.relayout(this.element, recolour(themeOf(this.element), this.element.layout));
  }

  enlarge(scale) {
    this.scale = scale;
    if (this.scene) this.Plotly.relayout(this.element, { "font.size": 14 * scale, "margin.b": 44 * scale, "margin.l": 56 * scale });
  }
}

// What of a layout follows the theme.
export function recolour(theme, layout) {
  const update = { "font.color": theme.text, modebar: theme.modebar };
  for (const axis of Object.keys(layout).filter((key) => /^[xy]axis\d?$/.test(key))) {
    update[`${axis}.gridcolor`] = theme.grid;
    update[`${axis}.zerolinecolor`] = theme.text;
  }
  return update;
}

// What is far outside, or no number, stays a number that SVG can draw.
function near(pixels) {
  return pixels > -1e5 ? Math.min(pixels, 1e5) : -1e5;
}

function set(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
}

function ellipse(at, x, y, [a, b, c], radius) {
  let d = "";
  for (const [u, v] of CIRCLE) {
    d += `${d ? "L" : "M"}${at.x(x + radius * a * u).toFixed(1)},${at.y(y + radius * (b * u + c * v)).toFixed(1)}`;
  }
  return d + "Z";
}

// The large panel. Plotly draws axes, points and histogram, and gives zoom and hover; what moves is a group
// of our own inside Plotly's axes, and the fill of Plotly's points is set directly: the only way that keeps
// a thousand points at full speed.

import { blend, cssOf, lightOf, themeOf } from "./colours.js";
import { coloursOf, halfOf, iterationOf } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";
const CIRCLE = Array.from({ length: 49 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 48;
  return [Math.cos(angle), Math.sin(angle)];
});

export class Stage {
  constructor(element, Plotly) {
    this.element = element;
    this.Plotly = Plotly;
    this.position = { frame: 0, progress: 1 };
  }

  async show(scene, frame) {
    const { Plotly, element } = this;
    this.scene = scene;
    this.lights = lightOf(scene.palette.slice(0, scene.k));
    this.position = { frame, progress: 1 };
    await Plotly.react(element, this.traces(), this.layout(), {
      displaylogo: false,
      responsive: true,
      doubleClick: "reset",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"],
    });
    if (!this.listening) {
      this.listening = true;
      element.on("plotly_afterplot", () => this.adopt());
      element.on("plotly_hover", (event) => this.ask(event));
      element.on("plotly_unhover", () => (this.card.hidden = true));
      this.card = element.parentElement.appendChild(document.createElement("div"));
      this.card.className = "em-card";
      this.card.hidden = true;
    }
    this.adopt();
  }

  traces() {
    const { scene } = this;
    const n = scene.n;
    const points = {
      type: "scatter",
      mode: "markers",
      x: Array.from({ length: n }, (_, i) => scene.points[2 * i]),
      y: Array.from({ length: n }, (_, i) => scene.points[2 * i + 1]),
      marker: { size: n > 1000 ? 5 : n > 300 ? 6 : 8, color: "#888888", opacity: 0.8, line: { width: 0 } },
      hoverinfo: "none",
    };
    if (scene.kind !== "line") return [points];
    const widths = Array.from(scene.heights, (_, i) => scene.edges[i + 1] - scene.edges[i]);
    const histogram = {
      type: "bar",
      x: widths.map((width, i) => scene.edges[i] + width / 2),
      y: Array.from(scene.heights),
      width: widths,
      marker: { color: "rgba(128,128,128,0.22)", line: { width: 0 } },
      hoverinfo: "skip",
    };
    return [points, histogram];
  }

  layout() {
    const { scene } = this;
    const theme = themeOf(this.element);
    const axis = (i) => ({
      title: { text: scene.axes[i], standoff: 6 },
      range: [...scene.range[i]],
      gridcolor: theme.grid,
      zeroline: scene.kind === "line" && i === 1,
      zerolinecolor: theme.text,
      fixedrange: scene.kind === "line" && i === 1,
      ticks: "outside",
      tickcolor: "rgba(0,0,0,0)",
    });
    return {
      template: { data: {}, layout: {} },
      autosize: true,
      margin: { l: 56, r: 10, t: 8, b: 44 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, size: 14, color: theme.text },
      showlegend: false,
      hovermode: "closest",
      hoverdistance: 12,
      dragmode: "zoom",
      uirevision: scene.data,
      xaxis: axis(0),
      yaxis: axis(1),
    };
  }

  // After Plotly has drawn (first, or again after a zoom): find its points, put our group in place, paint.
  adopt() {
    const { element, scene } = this;
    const plot = element.querySelector(".cartesianlayer .scatterlayer")?.parentElement;
    if (!plot) return;
    this.points = element.querySelectorAll(".scatterlayer .trace .point");
    this.fills = new Int32Array(scene.n).fill(-1);
    if (this.group?.parentNode !== plot || this.drawn !== scene) {
      this.group?.remove();
      this.group = plot.appendChild(document.createElementNS(SVG, "g"));
      this.group.setAttribute("class", "em-shapes");
      this.shapes = scene.kind === "line" ? this.makeCurves() : this.makeEllipses();
      this.drawn = scene;
    }
    this.paint(this.position.frame, this.position.progress);
  }

  make(name, attributes) {
    const node = this.group.appendChild(document.createElementNS(SVG, name));
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  makeEllipses() {
    const { scene } = this;
    if (scene.true_maps) {
      this.truths = Array.from({ length: scene.true_means.length / 2 }, () =>
        this.make("path", { class: "em-truth" }),
      );
    } else this.truths = [];
    return Array.from({ length: scene.k }, (_, j) => {
      const colour = scene.palette[j];
      return {
        trail: this.make("path", { class: "em-trail", stroke: colour }),
        ellipses: scene.radii.map((_, i) =>
          this.make("path", { class: `em-ellipse em-level-${i}`, stroke: colour, fill: colour }),
        ),
        mean: this.make("path", { class: "em-mean", fill: colour, d: "M-7,0L0,-7L7,0L0,7Z" }),
      };
    });
  }

  makeCurves() {
    const { scene } = this;
    const components = Array.from({ length: scene.k }, (_, j) => ({
      curve: this.make("path", { class: "em-density", stroke: scene.palette[j], fill: scene.palette[j] }),
      mean: this.make("path", { class: "em-mean", fill: scene.palette[j], d: "M-7,11L0,0L7,11Z" }),
    }));
    this.total = this.make("path", { class: "em-total" });
    return components;
  }

  // Draw a half-step. `progress` from 0 to 1 leads there from the half-step before; values between are
  // interpolated for the eye only, and belong to no mixture.
  paint(frame, progress = 1) {
    this.position = { frame, progress };
    if (!this.points) return;
    const moving = halfOf(frame) === "M" ? progress : 1;
    const fading = halfOf(frame) === "E" ? progress : 1;
    this.paintPoints(coloursOf(frame), fading);
    const { xaxis, yaxis } = this.element._fullLayout;
    const at = { iteration: iterationOf(frame), moving, x: (v) => xaxis.c2p(v), y: (v) => yaxis.c2p(v) };
    if (this.scene.kind === "line") this.paintCurves(at);
    else this.paintEllipses(at);
  }

  paintPoints(step, fading) {
    const { scene, points, fills, lights } = this;
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
        if (points[i]) points[i].style.fill = cssOf(colour);
      }
    }
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
    const { scene, shapes } = this;
    const means = this.between(scene.means, 2 * scene.k, at);
    const maps = this.between(scene.maps, 3 * scene.k, at);
    const weights = this.between(scene.weights, scene.k, at);
    shapes.forEach(({ trail, ellipses, mean }, j) => {
      const [x, y] = [means[2 * j], means[2 * j + 1]];
      ellipses.forEach((path, i) =>
        path.setAttribute("d", ellipse(at, x, y, maps.subarray(3 * j, 3 * j + 3), scene.radii[i])),
      );
      mean.setAttribute("transform", `translate(${at.x(x)},${at.y(y)}) scale(${0.7 + weights[j]})`);
      let way = "";
      for (let t = 0; t < at.iteration; t++) {
        const i = (t * scene.k + j) * 2;
        way += `${t ? "L" : "M"}${at.x(scene.means[i]).toFixed(1)},${at.y(scene.means[i + 1]).toFixed(1)}`;
      }
      trail.setAttribute("d", way && `${way}L${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}`);
    });
    this.truths.forEach((path, j) => {
      const map = scene.true_maps.subarray(3 * j, 3 * j + 3);
      path.setAttribute("d", ellipse(at, scene.true_means[2 * j], scene.true_means[2 * j + 1], map, scene.radii[1]));
    });
  }

  paintCurves(at) {
    const { scene, shapes } = this;
    const g = scene.grid.length;
    const curves = this.between(scene.curves, (scene.k + 1) * g, at);
    const means = this.between(scene.means, scene.k, at);
    const floor = at.y(0);
    const line = (j) => {
      let d = "";
      for (let i = 0; i < g; i++) {
        d += `${i ? "L" : "M"}${at.x(scene.grid[i]).toFixed(1)},${at.y(curves[j * g + i]).toFixed(1)}`;
      }
      return d;
    };
    shapes.forEach(({ curve, mean }, j) => {
      curve.setAttribute("d", line(j));
      mean.setAttribute("transform", `translate(${at.x(means[j])},${floor})`);
    });
    this.total.setAttribute("d", line(scene.k));
  }

  // A card with the values and the responsibilities of the point under the pointer.
  ask(event) {
    const point = event.points.find(({ curveNumber }) => curveNumber === 0);
    if (!point) return;
    const { scene, card } = this;
    const i = point.pointNumber;
    const from = (coloursOf(this.position.frame) * scene.n + i) * scene.k;
    const rows = Array.from({ length: scene.k }, (_, j) => {
      const share = scene.responsibilities[from + j] / 255;
      const row = document.createElement("li");
      row.style.setProperty("--share", share);
      row.style.setProperty("--colour", scene.palette[j]);
      row.textContent = `${j + 1}: ${(100 * share).toFixed(0)} %`;
      return row;
    });
    const head = document.createElement("b");
    const values = scene.kind === "line" ? [point.x] : [point.x, point.y];
    head.textContent = values.map((v) => v.toPrecision(5)).join(", ");
    card.replaceChildren(head, ...rows);
    card.hidden = false;
    const box = card.parentElement.getBoundingClientRect();
    const { clientX, clientY } = event.event;
    const left = clientX - box.left > box.width / 2 ? -card.offsetWidth - 14 : 14;
    card.style.transform = `translate(${clientX - box.left + left}px, ${clientY - box.top - 10}px)`;
  }

  restyle() {
    if (this.scene) this.Plotly.relayout(this.element, recolour(themeOf(this.element)));
  }
}

export function recolour(theme) {
  return {
    "font.color": theme.text,
    "xaxis.gridcolor": theme.grid,
    "yaxis.gridcolor": theme.grid,
    "yaxis.zerolinecolor": theme.text,
  };
}

function ellipse(at, x, y, [a, b, c], radius) {
  let d = "";
  for (const [u, v] of CIRCLE) {
    d += `${d ? "L" : "M"}${at.x(x + radius * a * u).toFixed(1)},${at.y(y + radius * (b * u + c * v)).toFixed(1)}`;
  }
  return d + "Z";
}

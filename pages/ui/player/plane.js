// Two features, or two axes of many: points, an ellipse for each share of a component, the way of its mean, and on
// request the density.

import { grey } from "./colours.js";
import { set } from "./stage.js";

const CIRCLE = Array.from({ length: 49 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 48;
  return [Math.cos(angle), Math.sin(angle)];
});

export class Plane {
  dimensions = 2;

  constructor(stage, scene) {
    Object.assign(this, { stage, scene, contoured: null });
  }

  // Without contours, what Plotly draws depends on the data alone.
  get stands() {
    return !this.scene.contour;
  }

  traces() {
    const { contour, contour_x: x, contour_y: y } = this.scene;
    if (!contour) return [];
    return [{
      type: "contour",
      name: "density",
      x: Array.from(x),
      y: Array.from(y),
      z: this.density(0, 1),
      zmin: 0,
      zmax: 255,
      autocontour: false,
      contours: { start: 30, end: 255, size: 25, coloring: "fill" },
      colorscale: [[0, grey(0)], [0.1, grey(0.03)], [1, grey(0.3)]],
      line: { width: 0.6, color: grey(0.9), smoothing: 0.6 },
      showscale: false,
      hoverinfo: "skip",
    }];
  }

  // The rows of the density picture at an iteration, on the way from the one before.
  density(iteration, moving) {
    const { contour, contour_x: x, contour_y: y } = this.scene;
    const flat = this.stage.between(contour, x.length * y.length, { iteration, moving });
    return Array.from(y, (_, i) => flat.subarray(i * x.length, (i + 1) * x.length));
  }

  arrange() {}

  // The components, each with its mean, which can be held.
  make() {
    const { scene, stage } = this;
    this.truths = stage.makeTruths((scene.true_means?.length ?? 0) / 2);
    this.components = Array.from({ length: scene.k }, (_, j) => {
      const colour = scene.palette[j];
      const marked = scene.collapsed === j ? " em-collapsed" : "";
      return {
        trail: stage.make("path", { class: "em-trail", stroke: colour }),
        ellipses: scene.radii.map((_, i) =>
          stage.make("path", { class: `em-ellipse em-level-${i}${marked}`, stroke: colour, fill: colour }),
        ),
        mean: stage.makeMean(j, colour, "M-7,0L0,-7L7,0L0,7Z"),
        // Above the mean's mark, which is the larger where rows are many.
        error: scene.error_maps && stage.make("path", { class: "em-error" }),
        number: stage.makeNumber(j),
      };
    });
    return this.components;
  }

  // Of rows with a missing value: a bar where it is expected, one deviation to each side, with a bead in its middle.
  makeAbove() {
    const { scene, stage } = this;
    this.gaps = new Map();
    for (let i = 0; this.gaps.size < gapsOf(scene); i++) {
      if (scene.ticks[i]) this.gaps.set(i, stage.make("path", { class: "em-gap" }));
    }
  }

  paintGap(i, colour) {
    const bar = this.gaps.get(i);
    if (bar) bar.style.stroke = colour;
  }

  paintGaps(at) {
    const { gaps, scene, stage } = this;
    const bars = stage.between(scene.bars, 2 * gaps.size, at);
    let row = 0;
    for (const [i, bar] of gaps) {
      const [expected, deviation] = bars.subarray(2 * row, 2 * row + 2);
      row += 1;
      const across = scene.ticks[i] === 2;
      const [low, middle, high] = [expected - deviation, expected, expected + deviation].map(across ? at.x : at.y);
      const known = across ? at.y(scene.points[2 * i + 1]) : at.x(scene.points[2 * i]);
      bar.setAttribute("d", across
        ? `M${low},${known}H${high}M${middle},${known - 3}V${known + 3}`
        : `M${known},${low}V${high}M${known - 3},${middle}H${known + 3}`);
    }
  }

  paint(at) {
    const { components, scene, stage, truths } = this;
    const { hand, handles } = stage;
    const means = stage.between(scene.means, 2 * scene.k, at);
    let maps = stage.between(scene.maps, 3 * scene.k, at);
    let weights = stage.between(scene.weights, scene.k, at);
    if (handles) [maps, weights] = [handles.spreads(maps), handles.weights(weights)];
    components.forEach(({ trail, ellipses, error, mean, number }, j) => {
      const [x, y] = hand.held === j ? hand.position : [means[2 * j], means[2 * j + 1]];
      const map = maps.subarray(3 * j, 3 * j + 3);
      ellipses.forEach((path, i) => path.setAttribute("d", ellipse(at, x, y, map, scene.radii[i])));
      const sure = error && at.iteration === scene.steps && hand.held !== j; // they are the end's
      error?.setAttribute("d", sure ? ellipse(at, x, y, scene.error_maps.subarray(3 * j, 3 * j + 3), 1) : "");
      mean.setAttribute("transform", `translate(${at.x(x)},${at.y(y)}) scale(${0.8 + weights[j]})`);
      const away = 8 * (0.8 + weights[j]);
      set(number, { x: at.x(x) + away, y: at.y(y) - away });
      stage.spots[j] = [at.x(x), at.y(y)];
      let way = "";
      for (let t = 0; t < at.iteration; t++) {
        const i = (t * scene.k + j) * 2;
        way += `${t ? "L" : "M"}${at.x(scene.means[i]).toFixed(1)},${at.y(scene.means[i + 1]).toFixed(1)}`;
      }
      trail.setAttribute("d", way && `${way}L${at.x(x).toFixed(1)},${at.y(y).toFixed(1)}`);
    });
    truths.forEach((path, j) => {
      const [x, y] = scene.true_means.subarray(2 * j, 2 * j + 2);
      path.setAttribute("d", ellipse(at, x, y, scene.true_maps.subarray(3 * j, 3 * j + 3), scene.radii[1]));
    });
    if (this.gaps?.size) this.paintGaps(at);
    if (scene.contour) this.paintContours(at);
  }

  paintContours({ iteration, moving }) {
    const name = `${iteration} ${moving}`;
    if (this.contoured === name) return; // Plotly tells us when it has drawn, and we are here again
    this.contoured = name;
    const { element, Plotly } = this.stage;
    const index = element.data.findIndex((trace) => trace.name === "density");
    Plotly.restyle(element, { z: [this.density(iteration, moving)] }, [index]);
  }
}

const gapsOf = ({ bars, steps }) => (bars ? bars.length / (steps + 1) / 2 : 0);

function ellipse(at, x, y, [a, b, c], radius) {
  let d = "";
  for (const [u, v] of CIRCLE) {
    d += `${d ? "L" : "M"}${at.x(x + radius * a * u).toFixed(1)},${at.y(y + radius * (b * u + c * v)).toFixed(1)}`;
  }
  return d + "Z";
}

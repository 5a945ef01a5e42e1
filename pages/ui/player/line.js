// One feature: points on a strip, a histogram, weighted densities and their sum, and the series over time, if it
// is one.

import { grey } from "./colours.js";
import { set } from "./stage.js";

export class Line {
  dimensions = 1;
  stands = false; // what Plotly draws depends on the run

  constructor(stage, scene) {
    Object.assign(this, { stage, scene });
  }

  // What Plotly draws besides the points, which look like `points` and are at `x`.
  traces(points, x) {
    const { heights, edges, series } = this.scene;
    const widths = Array.from(heights, (_, i) => edges[i + 1] - edges[i]);
    const histogram = {
      type: "bar",
      x: widths.map((width, i) => edges[i] + width / 2),
      y: Array.from(heights),
      width: widths,
      marker: { color: grey(0.22), line: { width: 0 } },
      hoverinfo: "skip",
    };
    if (!series) return [histogram];
    const line = { color: grey(0.4), width: 1 };
    const time = x.map((_, i) => i + 1);
    return [histogram, { ...points, mode: "lines+markers", line, x: time, y: x, xaxis: "x2", yaxis: "y2" }];
  }

  arrange(layout, axis) {
    const { axes, n, range, series, shuffled } = this.scene;
    Object.assign(layout.yaxis, { zeroline: true, fixedrange: true });
    if (!series) return;
    layout.yaxis.domain = [0.52, 1];
    layout.xaxis2 = axis(shuffled ? "place in a shuffled order" : "time", [0, n + 1], { anchor: "y2", fixedrange: true });
    layout.yaxis2 = axis(axes[0], range[0], { anchor: "x2", domain: [0, 0.32], fixedrange: true });
  }

  // The components, each with its mean, which can be held.
  make() {
    const { scene, stage } = this;
    const { true_curves: truth, grid, k, palette } = scene;
    this.truths = stage.makeTruths((truth?.length ?? 0) / grid.length);
    this.components = Array.from({ length: k }, (_, j) => ({
      curve: stage.make("path", { class: "em-density", stroke: palette[j], fill: palette[j] }),
      spike: stage.make("path", { class: "em-spike", stroke: palette[j] }),
      error: this.scene.mean_errors && stage.make("path", { class: "em-error em-bar", stroke: palette[j] }),
      mean: stage.makeMean(j, palette[j], "M-8,13L0,0L8,13Z", 9),
    }));
    this.total = stage.make("path", { class: "em-total" });
    this.numbers = this.components.map((_, j) => stage.makeNumber(j));
    return this.components;
  }

  // Where the most likely component changes: upright in the density panel, level in the series.
  makeAbove(layers) {
    const { scene, stage } = this;
    this.bars = [];
    if (!scene.series) return;
    stage.group2?.remove();
    stage.group2 = stage.make("g", { class: "em-shapes" }, layers[1].parentElement);
    const most = scene.thresholds.length / (scene.steps + 1);
    this.bars = Array.from({ length: most }, () => [
      stage.make("line", { class: "em-threshold" }),
      stage.make("line", { class: "em-threshold" }, stage.group2),
    ]);
  }

  paint(at, step) {
    const { components, scene, stage, total, truths } = this;
    const { hand, handles } = stage;
    const g = scene.grid.length;
    const curves = scene.curves && stage.between(scene.curves, (scene.k + 1) * g, at); // k-means has none
    const means = stage.between(scene.means, scene.k, at);
    const floor = at.y(0);
    // As wide and as high as it is, or so many times as much, about its mean.
    const line = (j, heights = curves, wide = 1, high = 1) => {
      let d = "";
      for (let i = 0; i < g; i++) {
        const x = wide === 1 ? scene.grid[i] : means[j] + wide * (scene.grid[i] - means[j]);
        d += `${i ? "L" : "M"}${at.x(x).toFixed(1)},${at.y(high * heights[j * g + i] * scene.curve_unit).toFixed(1)}`;
      }
      return d;
    };
    truths.forEach((path, j) => path.setAttribute("d", line(j, scene.true_curves)));
    components.forEach(({ curve, spike, error, mean }, j) => {
      const [wide, high] = handles?.change ? handles.factors(j, at) : [1, 1];
      if (curves) curve.setAttribute("d", line(j, curves, wide, high));
      const x = hand.held === j ? hand.position[0] : means[j];
      // Too narrow for a curve: an upright line, as high as its density.
      const height = high * scene.spikes?.[at.iteration * scene.k + j];
      spike.setAttribute("d", height ? `M${at.x(x)},${floor}V${Math.max(at.y(height), -10)}` : "");
      const far = at.iteration === scene.steps && hand.held !== j ? scene.mean_errors?.[j] : 0; // they are the end's
      error?.setAttribute("d", far ? `M${at.x(x - far)},${floor + 5 + 5 * j}H${at.x(x + far)}` : ""); // one below another
      mean.setAttribute("transform", `translate(${at.x(x)},${floor})`);
      set(this.numbers[j], { x: at.x(x) + 8, y: floor + 14 });
      stage.spots[j] = [at.x(x), floor];
    });
    if (curves) total.setAttribute("d", handles?.change ? "" : line(scene.k)); // of the others, Python knows
    // Where the ground is drawn, they stand on its borders.
    this.paintThresholds(scene.tint ? step : at.iteration, at.x);
  }

  paintThresholds(iteration, across) {
    const { bars, scene, stage } = this;
    const { yaxis, xaxis2, yaxis2 } = stage.element._fullLayout;
    bars.forEach(([upright, level], i) => {
      const value = scene.thresholds[iteration * bars.length + i];
      const known = Number.isFinite(value);
      upright.style.display = level.style.display = known ? "" : "none";
      if (!known) return;
      set(upright, { x1: across(value), x2: across(value), y1: 0, y2: yaxis._length });
      set(level, { x1: 0, x2: xaxis2._length, y1: yaxis2.c2p(value), y2: yaxis2.c2p(value) });
    });
  }
}

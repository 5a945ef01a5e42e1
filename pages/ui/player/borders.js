// The ground below the points: whose it is, as a tint, and the lines where two components tie. It is what the
// last E-step says, and so it changes with the colours of the points. A canvas below Plotly's picture.

import { blend, themeOf } from "./colours.js";

const TINT = 0.24;

export class Borders {
  constructor(panel) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "em-borders";
    panel.prepend(this.canvas);
    this.cells = document.createElement("canvas"); // a pixel each; the browser makes it smooth
  }

  show(scene, lights) {
    Object.assign(this, { scene, lights, painted: "", tinted: "" });
    this.canvas.hidden = !scene.tint;
    if (scene.tint) [this.cells.width, this.cells.height] = scene.tint;
  }

  // The ground of a step, as far as it has come from that of the step before, on Plotly's axes.
  paint(step, fading, { xaxis, yaxis }) {
    if (!this.scene?.tint) return;
    const { canvas, scene } = this;
    const { text } = themeOf(canvas);
    const name = JSON.stringify([step, fading, xaxis.range, yaxis.range, xaxis._length, yaxis._length, text]);
    if (name === this.painted) return;
    this.painted = name;
    const [width, height, sharp] = [xaxis._length, yaxis._length, devicePixelRatio || 1];
    Object.assign(canvas, { width: width * sharp, height: height * sharp });
    const [left, top] = [`${xaxis._offset}px`, `${yaxis._offset}px`];
    Object.assign(canvas.style, { left, top, width: `${width}px`, height: `${height}px` });
    const context = canvas.getContext("2d");
    context.scale(sharp, sharp);
    if (step < 0) return; // nobody's ground, before the first E-step
    this.tint(step, fading);
    const plane = scene.kind === "plane";
    const [west, east] = scene.range[0].map((value) => xaxis.c2p(value));
    const [south, north] = plane ? scene.range[1].map((value) => yaxis.c2p(value)) : [height, 0];
    context.globalAlpha = TINT;
    context.drawImage(this.cells, west, north, east - west, south - north);
    context.globalAlpha = scene.hard ? 0.9 : 0.5;
    context.strokeStyle = text;
    context.lineWidth = 1.5;
    context.beginPath();
    if (plane) this.lines(context, step, west, south, (east - west) / 65535, (north - south) / 65535);
    else if (!scene.series) this.thresholds(context, step, xaxis, height);
    context.stroke();
  }

  tint(step, fading) {
    const name = `${step} ${fading}`;
    if (name === this.tinted) return;
    this.tinted = name;
    const { scene, lights } = this;
    const { k, shades } = scene;
    const [across, up] = scene.tint;
    const context = this.cells.getContext("2d");
    const image = context.createImageData(across, up);
    const shares = new Float32Array(k);
    const past = fading < 1 && step > 0 ? across * up * k : 0;
    for (let cell = 0; cell < across * up; cell++) {
      const now = (step * across * up + cell) * k;
      for (let j = 0; j < k; j++) shares[j] = shades[now + j] * fading + (past ? shades[now - past + j] * (1 - fading) : 0);
      const colour = blend(lights, shares, 0);
      const pixel = 4 * ((up - 1 - Math.floor(cell / across)) * across + (cell % across)); // north is up
      image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], pixel);
    }
    context.putImageData(image, 0, 0);
  }

  lines(context, step, west, south, across, up) {
    const { border_points: points, border_starts: starts, border_sets: sets, border_of: of } = this.scene;
    for (let line = sets[of[step]]; line < sets[of[step] + 1]; line++) {
      for (let i = starts[line]; i < starts[line + 1]; i++) {
        const place = [west + across * points[2 * i], south + up * points[2 * i + 1]];
        if (i === starts[line]) context.moveTo(...place);
        else context.lineTo(...place);
      }
    }
  }

  thresholds(context, step, xaxis, height) {
    const { thresholds, steps } = this.scene;
    const most = thresholds.length / (steps + 1);
    for (const value of thresholds.subarray(step * most, (step + 1) * most)) {
      if (!Number.isFinite(value)) continue;
      context.moveTo(xaxis.c2p(value), 0);
      context.lineTo(xaxis.c2p(value), height);
    }
  }
}

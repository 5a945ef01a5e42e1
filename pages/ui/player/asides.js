// What stands beside the curve when there is something to show, each inside a part of the player: the history of
// the selected point, and the means as images. `show` a scene, `mark` a half-step, `select` a point or none.

import { coloursOf, iterationOf } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";

// The responsibilities of one point over all iterations, as a small stacked area.
class PointHistory {
  static inside = ".em-curve";
  static name = "em-point";

  constructor(element) {
    this.element = element;
    element.hidden = true;
  }

  show(scene) {
    this.scene = scene;
    this.element.hidden = true;
  }

  select(i, describe) {
    const { scene } = this;
    this.element.hidden = i === null;
    if (i === null) return;
    const { n, k, steps, responsibilities: r, palette } = scene;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    const x = (t) => (steps ? (100 * t) / steps : 50);
    const base = new Float64Array(steps + 1).fill(100);
    for (let j = 0; j < k; j++) {
      let top = "";
      let bottom = "";
      for (let t = 0; t <= steps; t++) {
        bottom = `L${x(t)},${base[t]}` + bottom;
        base[t] -= (100 * r[(t * n + i) * k + j]) / 255;
        top += `${t ? "L" : "M"}${x(t)},${base[t]}`;
      }
      const path = svg.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("d", `${top}${bottom}Z`);
      path.setAttribute("fill", palette[j]);
    }
    this.now = svg.appendChild(document.createElementNS(SVG, "line"));
    this.now.setAttribute("class", "em-now");
    const title = document.createElement("p");
    title.append("Selected point ", describe[0], ": its responsibilities over the iterations");
    this.element.replaceChildren(title, svg);
    this.element.dataset.point = i;
  }

  mark(frame) {
    if (this.element.hidden || !this.scene?.steps) return;
    const at = (100 * Math.max(0, coloursOf(frame))) / this.scene.steps;
    for (const [key, value] of Object.entries({ x1: at, x2: at, y1: 0, y2: 100 })) this.now.setAttribute(key, value);
  }
}

// The means of image data, with their weights; they form while EM runs.
class Images {
  static inside = ".em-panels";
  static name = "em-images";

  constructor(element) {
    this.element = element;
    element.hidden = true;
  }

  show(scene) {
    this.scene = scene;
    this.element.hidden = !scene.images;
    if (!scene.images) return;
    const [height, width] = scene.image_shape;
    this.cells = Array.from({ length: scene.k }, (_, j) => {
      const figure = document.createElement("figure");
      figure.style.setProperty("--colour", scene.palette[j]);
      const canvas = figure.appendChild(document.createElement("canvas"));
      Object.assign(canvas, { width, height });
      const caption = figure.appendChild(document.createElement("figcaption"));
      canvas.setAttribute("role", "img");
      return { figure, canvas, caption, context: canvas.getContext("2d"), pixels: new ImageData(width, height) };
    });
    this.element.replaceChildren(...this.cells.map(({ figure }) => figure));
  }

  mark(frame) {
    if (!this.scene?.images) return;
    const { images, k, weights, first_number: first } = this.scene;
    const size = images.length / (this.scene.steps + 1) / k;
    const t = iterationOf(frame);
    this.cells.forEach(({ canvas, caption, context, pixels }, j) => {
      const from = (t * k + j) * size;
      for (let i = 0; i < size; i++) {
        const grey = 255 - images[from + i]; // ink on paper
        pixels.data.set([grey, grey, grey, 255], 4 * i);
      }
      context.putImageData(pixels, 0, 0);
      const weight = `${(100 * weights[t * k + j]).toFixed(1)}%`;
      caption.textContent = `${first + j}: ${weight}`;
      canvas.setAttribute("aria-label", `mean of component ${first + j}, weight ${weight}`);
    });
  }
}

export const ASIDES = [PointHistory, Images];

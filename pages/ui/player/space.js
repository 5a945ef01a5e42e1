// The large panel for three features, on request: points and ellipsoids in space, which can be turned. It does
// what Stage does, except for what needs a plane; WebGL redraws whole pictures, so it glides in fewer frames.

import { blend, CLEAR, cssOf, grey, laidOver, lightOf, themeOf } from "./colours.js";
import { plain } from "./load.js";
import { coloursOf, halfOf, iterationOf } from "./scene.js";
import { UNCLAIMED } from "./palette.js";
import { Stage } from "./stage.js";

const FRAME_MS = 60; // between two redraws while something moves
const DOT = 6;
const GRID = 0.15; // how strong its lines are
const SELECTED = 5.5; // so much larger is the selected one
const VIEW = Math.tan(Math.PI / 8); // half of what Plotly's eye sees, one away
const BESIDE = { width: 56, height: 36 }; // pixels for the numbers and names at the edges of the box
const TRUTH = grey(0.7);

// How far from the middle of a box so broad, and 1 high, the eye must be to see all its corners, and what stands
// beside them, in a panel of this size. toward : the direction, one long.
function far([x, y, z], broad, width, height) {
  const flat = Math.hypot(x, y);
  const right = [-y / flat, x / flat, 0];
  const up = [(-x * z) / flat, (-y * z) / flat, flat];
  const across = Math.max(1 - (2 * BESIDE.width) / width, 0.4) * VIEW * (width / height);
  const upright = Math.max(1 - (2 * BESIDE.height) / height, 0.4) * VIEW;
  const along = (way, corner) => way.reduce((sum, share, i) => sum + share * corner[i], 0);
  const corners = [-broad, broad].flatMap((a) => [-broad, broad].flatMap((b) => [-1, 1].map((c) => [a / 2, b / 2, c / 2])));
  return Math.max(...corners.map((corner) =>
    along([x, y, z], corner) + Math.max(Math.abs(along(right, corner)) / across, Math.abs(along(up, corner)) / upright)));
}

export class Space extends Stage {
  traces() {
    const { scene } = this;
    const column = (c) => Array.from({ length: scene.n }, (_, i) => scene.points[3 * i + c]);
    const points = {
      type: "scatter3d", mode: "markers", name: "points", hoverinfo: "none",
      x: column(0), y: column(1), z: column(2),
      marker: { opacity: 0.85, color: UNCLAIMED, line: { width: 0 } }, // size and symbol: see `marks`
    };
    const shape = { type: "scatter3d", mode: "lines", hoverinfo: "skip" };
    const shapes = Array.from({ length: scene.k }, (_, j) => ({
      ...shape, ...this.ellipsoid(j, 0, 1), line: { color: scene.palette[j], width: 4 },
    }));
    const truths = Array.from({ length: (scene.true_means?.length ?? 0) / 3 }, (_, j) => ({
      ...shape, ...this.circles(scene.true_means, scene.true_maps, j), line: { color: TRUTH, width: 3, dash: "dot" }, visible: !!this.revealed,
    }));
    const numbers = { ...shape, mode: "text", ...this.places(0, 1), text: shapes.map((_, j) => `<b>${j + scene.first_number}${scene.held_means?.includes(j) ? " held" : ""}</b>`), textposition: "top right", textfont: { size: 18, color: scene.palette } };
    return [points, ...shapes, numbers, ...truths];
  }

  // Where the numbers of the components stand.
  places(iteration, moving) {
    const { k, means } = this.scene;
    const now = this.between(means, 3 * k, { iteration, moving });
    const column = (c) => Array.from({ length: k }, (_, j) => now[3 * j + c]);
    return { x: column(0), y: column(1), z: column(2) };
  }

  showTruth(revealed) {
    this.revealed = revealed;
    const { k, true_means: truth } = this.scene ?? {};
    if (!truth || !this.drawn) return;
    this.Plotly.restyle(this.element, { visible: revealed }, Array.from({ length: truth.length / 3 }, (_, j) => k + 2 + j));
  }

  setPulls() {}

  // What is summed, of the component that is pointed at.
  light(lit) {
    if (JSON.stringify(lit) === JSON.stringify(this.lit)) return;
    this.lit = lit;
    if (this.drawn) this.paint(this.position.frame, this.position.progress);
  }

  // Each point as strong as the component claimed it.
  strengths(step, j) {
    const { n, k, responsibilities, palette } = this.scene;
    const light = lightOf([palette[j]]);
    return Array.from({ length: n }, (_, i) => {
      const share = responsibilities[(step * n + i) * k + j];
      return cssOf(blend(light, [share], 0, 255 - share));
    });
  }

  layout() {
    const { scene } = this;
    const theme = themeOf(this.element);
    const axis = (i) => ({ title: { text: plain(scene.axes[i]) }, range: [...scene.range[i]], gridcolor: laidOver(theme.text, theme.background, GRID), color: theme.text, showspikes: false });
    return {
      template: { data: {}, layout: {} },
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: CLEAR,
      font: { family: theme.font, size: 13, color: theme.text },
      modebar: theme.modebar,
      showlegend: false,
      uirevision: scene.data,
      scene: { xaxis: axis(0), yaxis: axis(1), zaxis: axis(2), aspectmode: "manual", ...this.fill() },
    };
  }

  // A box as broad as the panel, seen from where its contents are, across what varies least, and from where
  // all of it is seen.
  fill() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const broad = Math.min(Math.max(width / Math.max(height, 1), 0.8), 1.6);
    this.far = far(this.scene.toward, broad, width || 1, height || 1);
    return { aspectratio: { x: broad, y: broad, z: 1 }, camera: this.home };
  }

  // Where the eye is at first, what it looks at, and what is up.
  get home() {
    const [x, y, z] = this.scene.toward.map((way) => this.far * way);
    return { eye: { x, y, z }, center: { x: 0, y: 0, z: 0 }, up: { x: 0, y: 0, z: 1 } };
  }

  adopt() {
    if (this.drawn === this.scene) return;
    this.drawn = this.scene;
    this.paint(this.position.frame, 1);
  }

  colours(step) {
    const { n, k, responsibilities } = this.scene;
    const { known } = this.scene;
    return Array.from({ length: n }, (_, i) => step < 0 && !known?.[i] ? UNCLAIMED : cssOf(blend(this.lights, responsibilities, (Math.max(step, 0) * n + i) * k, this.noiseOf((Math.max(step, 0) * n + i) * k))));
  }

  ellipsoid(j, iteration, moving) {
    const { scene } = this;
    const at = { iteration, moving };
    return this.circles(this.between(scene.means, 3 * scene.k, at), this.between(scene.maps, 9 * scene.k, at), j);
  }

  // Three great circles of one of these ellipsoids, one after another.
  circles(means, maps, j) {
    const { scene } = this;
    const mean = means.subarray(3 * j, 3 * j + 3);
    const map = maps.subarray(9 * j, 9 * j + 9);
    const line = { x: [], y: [], z: [] };
    for (const [p, q] of [[0, 1], [1, 2], [0, 2]]) {
      for (let i = 0; i <= 40; i++) {
        const u = [0, 0, 0];
        u[p] = Math.cos((Math.PI * i) / 20);
        u[q] = Math.sin((Math.PI * i) / 20);
        ["x", "y", "z"].forEach((axis, r) => {
          const offset = map[3 * r] * u[0] + map[3 * r + 1] * u[1] + map[3 * r + 2] * u[2];
          line[axis].push(mean[r] + scene.radii[0] * offset);
        });
      }
      for (const axis of ["x", "y", "z"]) line[axis].push(null);
    }
    return line;
  }

  paint(frame, progress = 1) {
    this.position = { frame, progress };
    const now = performance.now();
    if (progress < 1 && now - (this.painted ?? 0) < FRAME_MS) return;
    this.painted = now;
    const { scene, Plotly, element } = this;
    const iteration = iterationOf(frame);
    const moving = halfOf(frame) === "M" ? progress : 1;
    const lines = Array.from({ length: scene.k }, (_, j) => this.ellipsoid(j, iteration, moving));
    const step = coloursOf(frame);
    const { lit } = this;
    const lighted = lit && lit.component !== null && iteration > 0;
    const colours = lighted ? this.strengths(iteration - 1, lit.component) : this.colours(step);
    Plotly.restyle(element, { "marker.color": [colours], ...this.marks(step) }, [0]);
    const update = Object.fromEntries(["x", "y", "z"].map((axis) => [axis, lines.map((line) => line[axis])]));
    Plotly.restyle(element, update, lines.map((_, j) => j + 1));
    const numbers = this.places(iteration, moving);
    Plotly.restyle(element, Object.fromEntries(Object.entries(numbers).map(([axis, at]) => [axis, [at]])), [lines.length + 1]);
  }

  sight() {
    const { camera } = this.element.layout?.scene ?? {};
    return camera && { "scene.camera": camera };
  }

  // Nearer by a factor, or farther away.
  nearer(factor) {
    const { camera } = this.element._fullLayout.scene;
    const eye = Object.fromEntries(Object.entries(camera.eye).map(([axis, value]) => [axis, value * factor]));
    this.lookAt({ "scene.camera": { ...camera, eye } });
  }

  // Around the upright axis, and up or down, in degrees.
  turn(around, up) {
    const { camera } = this.element._fullLayout.scene;
    const { x, y, z } = camera.eye;
    const far = Math.hypot(x, y, z);
    const angle = Math.atan2(y, x) + (around * Math.PI) / 180;
    const height = Math.min(Math.max(Math.asin(z / far) + (up * Math.PI) / 180, -1.5), 1.5);
    const flat = far * Math.cos(height);
    const eye = { x: flat * Math.cos(angle), y: flat * Math.sin(angle), z: far * Math.sin(height) };
    this.lookAt({ "scene.camera": { ...camera, eye } });
  }

  seeAll() {
    this.lookAt({ "scene.camera": this.home });
  }

  axesOf = null; // a place of the picture is none in the data

  keepHome() {} // the camera's is drawn with it

  zoom() {
    const { home } = this;
    const text = (camera) => Object.keys(home).flatMap((what) => Object.values({ ...home[what], ...camera?.[what] }).map((value) => Number(value.toFixed(4)))).join();
    const now = text(this.element.layout?.scene?.camera);
    return now === text(home) ? "" : now;
  }

  sightOf(numbers) {
    const [eye, center, up] = [0, 3, 6].map((i) => ({ x: numbers[i], y: numbers[i + 1], z: numbers[i + 2] }));
    return { "scene.camera": { eye, center, up } };
  }

  placeOf(i) {
    return this.scene.points.subarray(3 * i, 3 * i + 3);
  }

  sizeOf(i) {
    const { sizes } = this.scene;
    return sizes ? sizes[i] / 2 : DOT;
  }

  symbolOf(i) {
    return this.scene.known?.[i] ? "square" : "circle";
  }

  // Size and symbol say which point is selected, and which no component claims for sure.
  marks(step) {
    const { scene, selected, outline } = this;
    const every = Array.from({ length: scene.n }, (_, i) => i);
    return {
      "marker.size": [every.map((i) => this.sizeOf(i) + (i === selected ? SELECTED : 0))],
      "marker.symbol": [every.map((i) => this.symbolOf(i) + ((outline && this.unsure(step, i)) || (scene.noise && this.isNoise(step, i)) ? "-open" : ""))],
    };
  }

  restyle() {
    if (!this.scene) return;
    const { far } = this;
    const { scene, font, modebar } = this.layout();
    this.far = far; // in a panel of another size, the eye is still where it was
    const update = { "font.color": font.color, modebar };
    for (const axis of ["xaxis", "yaxis", "zaxis"]) {
      update[`scene.${axis}.color`] = scene[axis].color;
      update[`scene.${axis}.gridcolor`] = scene[axis].gridcolor;
    }
    this.Plotly.relayout(this.element, update);
  }
}

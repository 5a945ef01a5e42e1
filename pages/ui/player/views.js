// The views of the curve, each declared here: what its button says, when it is offered, and what it draws. What
// only one of them needs, Python sends (for the agreement, agreement.py).

import { grey } from "./colours.js";
import { DONE, HERE } from "./palette.js";
import { frameOf, halfOf, iterationOf } from "./scene.js";

export const PALE = grey(0.45);
// What the lines of a view look like once they are done: the first, the second, and one on a scale of its own.
export const LOOKS = [
  { color: DONE, width: 3 },
  { color: HERE, width: 3, dash: "dot" },
  { color: grey(0.9), width: 2 },
];

// What the run makes larger, or k-means smaller; and what it is called.
export function goalOf(scene) {
  const [name, title] = scene.curve ?? ["log_likelihood", "log-likelihood per sample"];
  return { values: scene[name], title };
}

const iterations = ({ steps }) => Array.from({ length: steps + 1 }, (_, t) => t);
const framesOf = (scene) => iterations(scene).map((t) => frameOf(t, "E"));
const beyond = (last) => (value) => (last - value > 0 ? last - value : null);

// What most views do, and what each may say: a label, and a short one for its button; lines(scene), the names of its lines, their points (x, each
// line's y, and the half-step that each place stands for), and the title of the axis.
const USUAL = {
  has: () => true,
  legend: false, // whether its lines need names
  note: 0.5, // how high the note on scikit-learn's tolerance stands
  // What is still to come.
  pale: () => ({ line: { color: PALE, width: 2 } }),
  // The run that this one was forked from or that stands beside it, and the last value of this one.
  before: (values) => values,
  // Places that are marked: {name, x, y, marker}.
  marks: () => [],
  // The half-step that the marker stands for. Between the halves, the mixture is already the one that the M-step
  // made, and so is its likelihood.
  shown: (frame) => frameOf(iterationOf(frame), "E"),
  half: () => "",
  more: () => "",
  say(scene, points, i) {
    const [frame, value] = [points.frames[i], points.ys[0][i]];
    const shown = value === null ? "0" : Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(4);
    return `iteration ${iterationOf(frame)}${this.half(frame)}<br>${shown}${this.more(scene, points, i)}<extra></extra>`;
  },
  // The axis of y; whether something lies below it; the axis of the third line; and where the marker of 0 is, where
  // that is on no axis.
  axes(scene, points, before) {
    const { range, cut } = rangeOf(points.ys, goalOf(scene).values[0], before, scene.limits);
    return { y: { range }, cut };
  },
};

const likelihood = {
  ...USUAL,
  label: "Log-likelihood",
  short: "Likelihood",
  lines(scene) {
    const { values, title } = goalOf(scene);
    const x = iterations(scene);
    return { names: ["log-likelihood"], points: { x, ys: [x.map((t) => values[t])], frames: framesOf(scene) }, title };
  },
  // Steps on which the log-likelihood fell, as it can where reg_covar is added after the M-step.
  marks(scene) {
    const { falls = [], limits } = scene;
    if (!falls.length) return [];
    const name = falls.length === 1 ? "it falls here" : `it falls, ${falls.length} times`;
    const marker = { size: falls.length > 20 ? 6 : 9, symbol: "triangle-down", color: HERE };
    const y = falls.map((t) => Math.max(goalOf(scene).values[t], limits?.[0] ?? -Infinity));
    return [{ name, x: falls, y, marker, cliponaxis: false }];
  },
  more(scene, points, i) {
    const value = points.ys[0][i];
    const total = scene.curve ? "" : `<br>total ${(scene.total * value).toFixed(2)}`;
    const fell = scene.falls?.includes(iterationOf(points.frames[i]));
    return total + (fell ? `<br>fell by ${(points.ys[0][i - 1] - value).toPrecision(2)}` : "");
  },
};

const bound = {
  ...USUAL,
  label: "Lower bound",
  short: "Bound",
  legend: true,
  lines(scene) {
    const { values } = goalOf(scene);
    const frames = Array.from({ length: scene.frames }, (_, f) => f);
    const above = frames.map((f) => values[iterationOf(f)]);
    const below = frames.map((f) => (halfOf(f) === "M" ? scene.lower_bound[iterationOf(f)] : above[f]));
    const points = { x: frames.map((f) => f / 2), ys: [below, above], frames };
    return { names: ["lower bound", "log-likelihood"], points, title: "bound per sample" };
  },
  shown: (frame) => frame,
  half: (frame) => ` ${halfOf(frame)}`,
};

const distance = {
  ...USUAL,
  label: "Distance (log)",
  short: "Distance",
  lines(scene) {
    const { values } = goalOf(scene);
    const x = iterations(scene);
    const ys = [Array.from(values, beyond(values[scene.steps]))];
    return { names: ["distance"], points: { x, ys, frames: framesOf(scene) }, title: "distance to the last" };
  },
  // Another run has a last value of its own.
  before: (values, last, { ghost_name: another }) => (another ? [] : values.map(beyond(last))),
  // The last has no distance, and 0 no logarithm: its marker stands below all others.
  axes(scene, { ys }, before) {
    const y = { type: "log", exponentformat: "power" };
    const logs = [...ys[0], ...before].filter((value) => value > 0).map(Math.log10);
    if (!logs.length) return { y };
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    const pad = 0.06 * (high - low) || 0.5;
    return { y: { ...y, range: [low - 2 * pad, high + pad] }, nought: 10 ** (low - pad) };
  },
};

const agreement = {
  ...USUAL,
  label: "Agreement",
  short: "Agreement",
  legend: true,
  note: 0.36,
  has: ({ accuracy }) => !!accuracy, // only where there are known groups
  lines(scene) {
    const { accuracy, ari, log_likelihood: values, compared, total } = scene;
    const ys = [accuracy, ari, values].map((line) => Array.from(line));
    const some = compared < total ? `${compared.toLocaleString("en")} of ${total.toLocaleString("en")} ` : "";
    const names = [`share of ${some}rows right`, "adjusted Rand index", "log-likelihood, own scale"];
    return { names, points: { x: iterations(scene), ys, frames: framesOf(scene) }, title: "agreement" };
  },
  // Three lines must be told apart even before they are done.
  pale: (i) => ({ line: LOOKS[i], opacity: 0.35 }),
  before: () => [],
  // Where the agreement was highest, if it fell while the likelihood rose on.
  marks({ accuracy, best }) {
    if (best === null) return [];
    const name = `best, ${(100 * accuracy[best]).toFixed(1)}%, at iteration ${best}`;
    const marker = { size: 13, symbol: "circle-open", color: LOOKS[0].color, line: { width: 2.5 } };
    return [{ name, x: [best], y: [accuracy[best]], marker }];
  },
  say(scene, points, i) {
    const [right, ari, value] = points.ys.map((y) => y[i]);
    return (
      `iteration ${i}<br>${(100 * right).toFixed(1)}% of ${scene.compared.toLocaleString("en")} rows right` +
      `<br>adjusted Rand index ${ari.toFixed(3)}<br>log-likelihood ${value.toFixed(4)}<extra></extra>`
    );
  },
  axes(scene, { ys }) {
    const own = { range: rangeOf(ys.slice(2), scene.log_likelihood[0], []).range };
    return { y: { range: [Math.min(0, ...ys[1]) - 0.03, 1.03] }, own };
  },
};

export const VIEWS = { likelihood, bound, distance, agreement };

// The range of y; a start so low that it would flatten everything else is cut off, and that is said. So is what
// lies below the limits that a scene has.
function rangeOf(ys, start, before, limits) {
  if (limits) {
    const pad = 0.08 * (limits[1] - limits[0]);
    return { range: [limits[0] - pad, limits[1] + pad], cut: ys.flat().some((value) => value < limits[0]) };
  }
  const values = [...ys.flat(), ...before].filter(Number.isFinite);
  const high = Math.max(...values);
  const later = ys.flatMap((y) => y.slice(1)).filter(Number.isFinite);
  const low = Math.min(...values);
  const lowLater = later.length ? Math.min(...later) : low;
  // Less than this is rounding, and would look like a rise or a fall.
  const least = 1e-6 * Math.max(1, Math.abs(high));
  const cut = later.length > 1 && high - start > 6 * Math.max(high - lowLater, least) && start < lowLater;
  const bottom = cut ? lowLater - 0.35 * (high - lowLater) : low;
  const pad = high > low ? Math.max(0.08 * (high - bottom), least) : 0.05 * Math.abs(high) || 1; // one value alone
  return { range: [bottom - pad, high + pad], cut };
}

// A half-step in words, for those who hear the player: which it is, what it changed, and how high the run stands.

import { coloursOf, featuresOf, halfOf, iterationOf, START } from "./scene.js";
import { goalOf } from "./views.js";

export function spoken(scene, frame) {
  const t = iterationOf(frame);
  const { values, title } = goalOf(scene);
  const height = `${title.replace(" per sample", "")} ${short(values[t])}${title.endsWith("per sample") ? " per sample" : ""}`;
  if (frame === START) return `Start, of ${scene.steps} ${scene.steps === 1 ? "iteration" : "iterations"}. ${capital(height)}.`;
  if (frame === 0) return `Iteration 0 of ${scene.steps}, E-step. Points take their first colours. ${capital(height)}.`;
  const change = values[t] - values[t - 1];
  const parts =
    halfOf(frame) === "M"
      ? [moved(scene, t), `${height}, ${change < 0 ? "down" : "up"} by ${short(Math.abs(change))}`]
      : [recoloured(scene, coloursOf(frame)), height];
  const end = frame === scene.frames - 1 ? ` End: ${scene.ending}` : "";
  return `Iteration ${t} of ${scene.steps}, ${halfOf(frame)}-step. ${parts.map(capital).join(". ")}.${end}`;
}

// Which mean moved farthest in an M-step, in the units of the axes.
function moved(scene, t) {
  const { first_number: first, k, means, words } = scene;
  const d = featuresOf(scene);
  const far = Array.from({ length: k }, (_, j) => {
    const now = (t * k + j) * d;
    return Math.hypot(...Array.from({ length: d }, (_, c) => means[now + c] - means[now + c - k * d]));
  });
  const farthest = Math.max(...far);
  const name = words?.component ?? "component";
  return farthest ? `${name} ${far.indexOf(farthest) + first} moved farthest, by ${short(farthest)}` : "nothing moved";
}

// How many points have another component that claims them most.
function recoloured({ k, n, responsibilities: r }, step) {
  const most = (from) => {
    let best = 0;
    for (let j = 1; j < k; j++) if (r[from + j] > r[from + best]) best = j;
    return best;
  };
  let changed = 0;
  for (let i = 0; i < n; i++) changed += most((step * n + i) * k) !== most(((step - 1) * n + i) * k);
  return `${changed} of ${n} points are now claimed most by another one`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

// As many digits as an ear can take.
function short(value) {
  const size = Math.abs(value);
  return size && (size < 1e-4 || size >= 1e7) ? value.toExponential(1) : String(Number(value.toPrecision(5)));
}

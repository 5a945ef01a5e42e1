// Bytes from Python -> a scene. The format is described in scene.py.

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float64: Float64Array,
};

// Of a player about which nothing is asked: see `Asked` in __init__.py.
const QUIET = { by_hand: true, handles: null, held: false, mark: null, others: [], goes_to: null };

// What stands in front says how to open it: where, which showing of a run this is, and in which group.
export function decode(bytes) {
  const buffer = bytes.slice().buffer; // aligned, whatever it arrived in
  const view = new DataView(buffer);
  const text = (from) => new TextDecoder().decode(new Uint8Array(buffer, from + 4, view.getUint32(from, true)));
  const begin = 4 + view.getUint32(0, true);
  const body = begin + 4 + view.getUint32(begin, true);
  const how = { showing: 0, group: "", follows: false, title: "", truth: false, ...QUIET, ...JSON.parse(text(0)) };
  const scene = { ...JSON.parse(text(begin)), ...how };
  for (const [name, { type, shape, offset }] of Object.entries(scene.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1);
    scene[name] = new TYPES[type](buffer, body + offset, size);
  }
  scene.responsibilities = unfold(scene.steps, scene.n * scene.k, scene.gaps, scene.changes);
  if (scene.tint) {
    const cells = scene.tint[0] * scene.tint[1];
    scene.shades = unfold(scene.steps, cells * scene.k, scene.tint_gaps, scene.tint_changes);
  }
  scene.frames = 2 * scene.steps + 1;
  scene.first = Math.min(frameOf(how.iteration, how.half), scene.frames - 1);
  scene.target = how.goes_to && Math.min(frameOf(how.goes_to.iteration, how.goes_to.half), scene.frames - 1);
  return scene;
}

// The bytes of every step, from what changed since the step before.
function unfold(steps, perStep, gaps, changes) {
  const r = new Uint8Array((steps + 1) * perStep);
  let i = -1;
  for (let c = 0; c < gaps.length; c++) {
    i += gaps[c] + 1;
    r[i] = changes[c];
  }
  for (i = perStep; i < r.length; i++) r[i] += r[i - perStep];
  return r;
}

// A run is a row of half-steps: the start, 0E, 1M, 1E, 2M, 2E, ... The mixture shown is that of the iteration; the
// colours are those of the last E-step. Before the first one, at the start, there are none: its step is -1.
export const START = -1;
export const featuresOf = ({ means, k, steps }) => means.length / k / (steps + 1); // of the data, whatever is drawn of them
export const iterationOf = (frame) => Math.max(0, Math.ceil(frame / 2));
export const halfOf = (frame) => (frame % 2 ? "M" : "E");
export const coloursOf = (frame) => Math.floor(frame / 2);
export const frameOf = (iteration, half) => Math.max(START, 2 * iteration - (half === "M" ? 1 : 0));

// Bytes from Python -> a scene. The format is described in scene.py.

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  float64: Float64Array,
};

// The first eight bytes say where to open, and which showing of a run this is.
export function decode(bytes) {
  const buffer = bytes.slice().buffer; // aligned, whatever it arrived in
  const view = new DataView(buffer);
  const body = 12 + view.getUint32(8, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, body - 12)));
  for (const [name, { type, shape, offset }] of Object.entries(scene.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1);
    scene[name] = new TYPES[type](buffer, body + offset, size);
  }
  scene.responsibilities = unfold(scene);
  scene.frames = 2 * scene.steps + 1;
  scene.first = Math.min(frameOf(view.getUint32(0, true), String.fromCharCode(bytes[4])), scene.frames - 1);
  scene.showing = view.getUint16(6, true);
  return scene;
}

// The responsibilities of every step, from what changed since the step before.
function unfold({ steps, n, k, gaps, changes }) {
  const perStep = n * k;
  const r = new Uint8Array((steps + 1) * perStep);
  let i = -1;
  for (let c = 0; c < gaps.length; c++) {
    i += gaps[c] + 1;
    r[i] = changes[c];
  }
  for (i = perStep; i < r.length; i++) r[i] += r[i - perStep];
  return r;
}

// A run is a row of half-steps: 0E, 1M, 1E, 2M, 2E, ... The mixture shown is that of the iteration; the
// colours are those of the last E-step.
export const iterationOf = (frame) => Math.ceil(frame / 2);
export const halfOf = (frame) => (frame % 2 ? "M" : "E");
export const coloursOf = (frame) => Math.floor(frame / 2);
export const frameOf = (iteration, half) => Math.max(0, 2 * iteration - (half === "M" ? 1 : 0));

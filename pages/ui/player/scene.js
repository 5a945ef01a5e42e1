// Bytes from Python -> a scene. The format is described in scene.py.

const TYPES = {
  uint8: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
};

export async function decode(bytes) {
  const start = new DataView(bytes.buffer, bytes.byteOffset);
  const stream = new Blob([bytes.subarray(8)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  for (const [name, { type, shape, offset }] of Object.entries(scene.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1);
    scene[name] = new TYPES[type](buffer, 4 + length + offset, size);
  }
  // Each step came as the difference from the one before.
  const r = scene.responsibilities;
  const perStep = scene.n * scene.k;
  for (let i = perStep; i < r.length; i++) r[i] += r[i - perStep];
  scene.frames = 2 * scene.steps + 1;
  scene.first = Math.min(frameOf(start.getUint32(0, true), String.fromCharCode(bytes[4])), scene.frames - 1);
  return scene;
}

// A run is a row of half-steps: 0E, 1M, 1E, 2M, 2E, ... The mixture shown is that of the iteration; the
// colours are those of the last E-step.
export const iterationOf = (frame) => Math.ceil(frame / 2);
export const halfOf = (frame) => (frame % 2 ? "M" : "E");
export const coloursOf = (frame) => Math.floor(frame / 2);
export const frameOf = (iteration, half) => Math.max(0, 2 * iteration - (half === "M" ? 1 : 0));

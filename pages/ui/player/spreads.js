// Covariances in the plane as spreads: standard deviations along two axes at right angles, and the angle of the
// first in degrees. A map (a, b, c) takes the unit circle to an ellipse: x = a u, y = b u + c v.

const toRadians = (degrees) => (degrees * Math.PI) / 180;

// The directions of the two axes.
export function axesOf([, , angle]) {
  const [cos, sin] = [Math.cos(toRadians(angle)), Math.sin(toRadians(angle))];
  return [[cos, sin], [-sin, cos]];
}

// The longer axis first, at an angle above -90 and up to 90.
export function spreadOf([a, b, c]) {
  const [xx, xy, yy] = [a * a, a * b, b * b + c * c];
  const half = Math.hypot((xx - yy) / 2, xy);
  const long = (xx + yy) / 2 + half;
  return [Math.sqrt(long), Math.abs(a * c) / Math.sqrt(long), (90 * Math.atan2(2 * xy, xx - yy)) / Math.PI];
}

export function mapOf(spread) {
  const [xx, xy] = [varianceAt(spread, 0), covariance(spread)];
  const a = Math.sqrt(xx);
  return [a, xy / a, (spread[0] * spread[1]) / a];
}

function covariance(spread) {
  const [[cos, sin]] = axesOf(spread);
  return (spread[0] ** 2 - spread[1] ** 2) * cos * sin;
}

// The variance in the direction of an angle.
function varianceAt(spread, angle) {
  const [[cos, sin]] = axesOf([0, 0, angle - spread[2]]);
  return (spread[0] * cos) ** 2 + (spread[1] * sin) ** 2;
}

// What a spread becomes in a model, by its letters for volume, shape and direction: (E)qual to those of `other`,
// its own (V), or round or along the axes (I). It is what shapes.py fits where `other` outweighs all else.
export function inCommon([volume, shape, direction], spread, other) {
  const mine = spreadOf(mapOf(other));
  const turned = { I: 0, E: mine[2], V: spreadOf(mapOf(spread))[2] }[shape === "I" ? "I" : direction];
  let [along, across] = [varianceAt(spread, turned), varianceAt(spread, turned + 90)];
  if (shape !== "V") {
    const at = direction === "I" ? 0 : mine[2];
    const ratio = shape === "I" ? 1 : Math.sqrt(varianceAt(mine, at) / varianceAt(mine, at + 90));
    const size = (along / ratio + across * ratio) / 2;
    [along, across] = [size * ratio, size / ratio];
  }
  const scale = volume === "E" ? (mine[0] * mine[1]) / Math.sqrt(along * across) : 1;
  return [Math.sqrt(along * scale), Math.sqrt(across * scale), turned];
}

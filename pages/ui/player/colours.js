// Colours of components, and of points that several share: light is mixed, not numbers.

import { BACKGROUND, TEXT, UNCLAIMED } from "./palette.js";

export const NOBODYS = parseInt(UNCLAIMED.slice(1), 16);
export const CLEAR = "rgba(0,0,0,0)";
const toLight = (byte) => {
  const c = byte / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const TO_BYTE = Uint8Array.from({ length: 1025 }, (_, i) => {
  const c = i / 1024;
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
});

export function lightOf(hexes) {
  return hexes.map((hex) => [1, 3, 5].map((i) => toLight(parseInt(hex.slice(i, i + 2), 16))));
}

const [GREY] = lightOf([UNCLAIMED]);

// The colour of shares (of any sum) among components with these lights, as one number 0xRRGGBB; of none, grey.
// `nobodys` is the share that no component has yet.
export function blend(lights, shares, offset, nobodys = 0) {
  let [r, g, b] = GREY.map((light) => nobodys * light);
  let sum = nobodys;
  for (let j = 0; j < lights.length; j++) {
    const share = shares[offset + j];
    if (share === 0) continue;
    r += share * lights[j][0];
    g += share * lights[j][1];
    b += share * lights[j][2];
    sum += share;
  }
  if (!sum) return NOBODYS;
  const scale = 1024 / sum;
  return (TO_BYTE[(r * scale) | 0] << 16) | (TO_BYTE[(g * scale) | 0] << 8) | TO_BYTE[(b * scale) | 0];
}

export const grey = (opacity) => `rgba(128,128,128,${opacity})`;
export const cssOf = (number) => "#" + number.toString(16).padStart(6, "0");

// One colour laid over another, opaque: WebGL adds what shines through to what is there.
export function laidOver(colour, ground, opacity) {
  if (![colour, ground].every((hex) => /^#[0-9a-f]{6}$/i.test(hex))) return UNCLAIMED;
  const [above, below] = [colour, ground].map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
  const [r, g, b] = above.map((byte, i) => Math.round(byte * opacity + below[i] * (1 - opacity)));
  return cssOf((r << 16) | (g << 8) | b);
}

// What the page's theme says, read anew whenever it may have changed.
export function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  return {
    text: read("--st-text-color", TEXT),
    background: read("--st-background-color", BACKGROUND),
    grid: read("--st-border-color-light", grey(0.25)),
    font: read("--st-font", "sans-serif"),
    modebar: { bgcolor: CLEAR, color: grey(0.7), activecolor: read("--st-text-color", TEXT) },
  };
}

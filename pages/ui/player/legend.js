// What the lines of the picture are, below its buttons: a legend that can be folded, and two things to ask for,
// what the data were drawn from and who pulls each mean.

import { lockAt } from "./stage.js";

const glyph = (inside) => `<svg viewBox="0 0 28 14" aria-hidden="true">${inside}</svg>`;
const line = (y, width, more = "") => `<path d="M2 ${y}H26" stroke-width="${width}" ${more}/>`;
const percents = (shares) => shares.map((share) => `${+(100 * share).toFixed(1)}`).join(", ").replace(/, (?=[^,]*$)/, " and ");

// In the order of what is seen first; `has` says of a scene whether it is drawn there.
const ITEMS = [
  {
    has: ({ kind, radii }) => kind === "plane" && radii.length > 0,
    glyph: line(2, 2.5) + line(7, 1.75, 'opacity="0.75"') + line(12, 1, 'stroke-dasharray="4 3"'),
    text: ({ levels, dof }) => `${percents(levels)}% of a ${dof ? "Gaussian; of t distributions less" : "component"}`,
  },
  { has: ({ noise }) => noise, glyph: '<circle cx="14" cy="7" r="4.5" class="em-ring-of-noise"/>', text: () => "most probably noise" },
  { has: ({ kind, curves }) => kind === "space" && !curves, glyph: line(7, 3), text: ({ radii, levels, dof }) => (radii[0] === 1 ? "centres" : `${percents(levels)}% of a ${dof ? "Gaussian; of t distributions less" : "component"}`) },
  { has: ({ curves }) => curves, glyph: line(7, 2), text: () => "a component, times its weight" },
  { has: ({ curves }) => curves, glyph: line(7, 3, 'class="em-ink"'), text: ({ noise }) => (noise ? "their sum, and the noise" : "their sum") },
  { has: ({ edges }) => edges, glyph: '<path d="M4 3H24V14H4Z" class="em-grey"/>', text: () => "histogram of the data" },
  { has: ({ kind }) => kind === "plane", glyph: '<path d="M14 1L20 7L14 13L8 7Z" class="em-solid"/>', text: ({ radii }) => `${radii.length ? "mean" : "centre"}; its size: the weight` },
  { has: ({ kind }) => kind === "line", glyph: '<path d="M8 13L14 1L20 13Z" class="em-solid"/>', text: ({ curves }) => (curves ? "mean" : "centre") },
  {
    has: ({ kind, held_means: held }) => kind !== "space" && held?.length,
    glyph: `<path d="${lockAt(0, 0)}" transform="translate(14,8.5) scale(0.7)" class="em-solid"/>`,
    text: () => "a mean that is held: it stays",
  },
  { has: ({ kind }) => kind === "plane", glyph: '<path d="M2 11L12 4L26 8" stroke-width="2" opacity="0.6"/>', text: () => "its way" },
  { has: ({ error_maps: maps }) => maps, glyph: '<ellipse cx="14" cy="7" rx="12" ry="6" class="em-error"/>', text: () => "where a mean may be, 95% sure; at the end" },
  { has: ({ mean_errors: errors }) => errors, glyph: line(7, 3), text: () => "where a mean may be, 95% sure; at the end" },
  { has: ({ series }) => series, glyph: line(7, 1.5, 'class="em-ink" stroke-dasharray="6 4"'), text: () => "where the likeliest component changes" },
  { has: ({ tint }) => tint, glyph: '<path d="M2 1H26V13H2Z" class="em-solid" opacity="0.25"/>', text: () => "whose a point there would be" },
  { has: ({ contour }) => contour, glyph: '<path d="M2 1H26V13H2Z" class="em-grey"/>', text: () => "density of the whole mixture" },
  {
    has: ({ counted }) => counted,
    glyph: '<circle cx="6" cy="9" r="2.5" class="em-grey"/><circle cx="19" cy="7" r="6.5" class="em-grey"/>',
    text: ({ counted: [least, most], least_larger: larger }) =>
      `a point; its area: how often its row counts, ${least} to ${most}${larger ? " (the least are drawn larger)" : ""}`,
  },
  { has: ({ ticks }) => ticks, glyph: '<path d="M14 8L16 11L14 14L12 11Z" class="em-solid"/><path d="M14 1V6M11 3.5H17" stroke-width="1.5"/>', text: () => "a row with one value: where the other is expected, ± its deviation" },
  { has: ({ known }) => known, glyph: '<path d="M9 2H19V12H9Z" class="em-solid"/>', text: () => "a point whose group EM is told: its colour stays" },
  { has: ({ fallen }) => fallen.length, glyph: '<circle cx="14" cy="7" r="6" class="em-fallen"/>', text: () => "what a component fell on" },
  { truth: true, has: (scene) => truthOf(scene), glyph: line(7, 1.5, 'class="em-ink" stroke-dasharray="1 4" stroke-linecap="round"'), text: () => "the truth, from which the data were drawn" },
];

// What the data were drawn from, where that is known.
export const truthOf = (scene) => scene.true_means ?? scene.true_curves;

export class Legend {
  // `reveal(on)` shows the truth or hides it, `pull(on)` the lines to the means.
  constructor(element, { reveal, pull }) {
    this.list = document.createElement("ul");
    this.fold = element.appendChild(document.createElement("button"));
    this.fold.type = "button";
    this.fold.className = "em-legend-fold";
    this.fold.textContent = "Legend";
    this.fold.addEventListener("click", () => this.open(this.list.hidden));
    element.append(this.list);
    const label = element.appendChild(document.createElement("label"));
    label.title = "In the M-step, lines from the points to the mean that they pull, as wide as their responsibility";
    this.pulls = label.appendChild(document.createElement("input"));
    this.pulls.type = "checkbox";
    label.append(" who pulls each mean");
    this.pulls.addEventListener("change", () => {
      this.pulls.blur(); // the space bar goes on to mean run or pause
      pull(this.pulls.checked);
    });
    this.truth = element.appendChild(document.createElement("button"));
    this.truth.type = "button";
    this.truth.className = "em-reveal";
    this.truth.addEventListener("click", () => reveal(!this.revealed));
    this.open(!matchMedia("(max-width: 640px)").matches);
  }

  open(open) {
    this.list.hidden = !open;
    this.fold.setAttribute("aria-expanded", String(open));
  }

  show(scene, revealed) {
    this.revealed = revealed;
    const items = ITEMS.filter(({ has, truth }) => has(scene) && (!truth || revealed));
    this.list.innerHTML = items.map((item) => `<li>${glyph(item.glyph)}${item.text(scene)}</li>`).join("");
    this.truth.hidden = !truthOf(scene);
    this.truth.textContent = revealed ? "Hide the truth" : "Reveal the truth";
    this.pulls.parentElement.hidden = scene.kind === "space";
  }
}

// The small panel: the log-likelihood of every iteration, what is done so far, and where we are. Three views
// of the same numbers, and one of the agreement with known groups beside them; a click goes there.

import { themeOf } from "./colours.js";
import { frameOf, halfOf, iterationOf } from "./scene.js";
import { recolour } from "./stage.js";

const PALE = "rgba(128,128,128,0.45)";
// What the lines of a view look like once they are done: the first, the second, and one on a scale of its own.
const LOOKS = [
  { color: "#0072B2", width: 3 },
  { color: "#D55E00", width: 3, dash: "dot" },
  { color: "rgba(128,128,128,0.9)", width: 2 },
];

export class Curve {
  constructor(element, Plotly, goTo) {
    this.element = element;
    this.Plotly = Plotly;
    this.goTo = goTo;
    this.view = "likelihood";
  }

  async show(scene, frame) {
    this.scene = scene;
    this.frame = frame;
    const theme = themeOf(this.element);
    const { names, points, title } = this.lines();
    this.points = points;
    const line = (extra) => ({ type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: !!extra.name, ...extra });
    const traces = [
      this.ghost(line),
      ...names.map((_, i) => line({ x: points.x, y: points.ys[i], ...this.pale(i), yaxis: axisOf(i) })),
      ...names.map((name, i) => line({ name, x: [], y: [], line: LOOKS[i], yaxis: axisOf(i) })),
      {
        // Invisible, and what the pointer finds: one place for each half-step or iteration.
        type: "scatter",
        mode: "markers",
        showlegend: false,
        x: points.x,
        y: points.ys[0],
        marker: { size: 8, opacity: 0 },
        hoverlabel: { bgcolor: theme.background, font: { color: theme.text } },
        hovertemplate: points.x.map((x, i) => this.say(i)),
      },
      { ...line({}), mode: "markers", x: [], y: [], marker: { size: 12, color: "#D55E00" } },
      ...this.best(line),
      ...this.falls(line),
    ];
    this.drawing = true;
    await this.Plotly.react(this.element, traces, this.layout(theme, title), {
      displayModeBar: false,
      showSendToCloud: false,
      plotlyServerURL: "",
      responsive: true,
    });
    if (!this.listening) {
      this.listening = true;
      this.element.on("plotly_click", ({ points: [point] }) => this.goTo(this.points.frames[point.pointNumber]));
    }
    this.drawing = false;
    this.mark(this.frame);
  }

  // What is still to come. Three lines must be told apart even then.
  pale(i) {
    return this.view === "agreement" ? { line: LOOKS[i], opacity: 0.35 } : { line: { color: PALE, width: 2 } };
  }

  // Steps on which the log-likelihood fell, as it can where reg_covar is added after the M-step.
  falls(line) {
    const { falls = [] } = this.scene;
    if (this.view !== "likelihood" || !falls.length) return [];
    const name = falls.length === 1 ? "it falls here" : `it falls, ${falls.length} times`;
    const marker = { size: falls.length > 20 ? 6 : 9, symbol: "triangle-down", color: "#D55E00" };
    const floor = this.scene.limits?.[0] ?? -Infinity;
    const y = falls.map((t) => Math.max(this.goal.values[t], floor));
    return [line({ name, mode: "markers", x: falls, y, marker, cliponaxis: false })];
  }

  // Where the agreement was highest, if it fell while the likelihood rose on.
  best(line) {
    const { accuracy, best } = this.scene;
    if (this.view !== "agreement" || best === null) return [];
    const name = `best, ${(100 * accuracy[best]).toFixed(1)} %, at iteration ${best}`;
    const marker = { size: 13, symbol: "circle-open", color: LOOKS[0].color, line: { width: 2.5 } };
    return [line({ name, mode: "markers", x: [best], y: [accuracy[best]], marker })];
  }

  before() {
    const { ghost = [], ghost_from: from } = this.scene;
    return this.view === "agreement" ? [] : Array.from(ghost).slice(from);
  }

  // What the run makes larger, or k-means smaller; and what it is called.
  get goal() {
    const [name, title] = this.scene.curve ?? ["log_likelihood", "log-likelihood per sample"];
    return { values: this.scene[name], title };
  }

  // The run that this one was forked from, from the fork on.
  ghost(line) {
    const rest = this.before();
    const last = this.goal.values[this.scene.steps];
    const y = this.view === "distance" ? rest.map((v) => (last - v > 0 ? last - v : null)) : rest;
    return line({ name: "before the fork", x: rest.map((_, i) => i), y, line: { color: "#CC79A7", width: 2, dash: "dot" } });
  }

  // What the view draws: x, one or two y, and the half-step each place stands for.
  lines() {
    const { lower_bound: bound, steps } = this.scene;
    const { values: ll, title } = this.goal;
    const whole = Array.from({ length: steps + 1 }, (_, t) => t);
    const frames = whole.map((t) => frameOf(t, "E"));
    if (this.view === "distance") {
      const last = ll[steps];
      const y = whole.map((t) => (last - ll[t] > 0 ? last - ll[t] : null));
      return { names: ["distance"], points: { x: whole, ys: [y], frames }, title: "distance to the last" };
    }
    if (this.view === "bound") {
      const all = Array.from({ length: this.scene.frames }, (_, f) => f);
      const likelihood = all.map((f) => ll[iterationOf(f)]);
      const below = all.map((f) => (halfOf(f) === "M" ? bound[iterationOf(f)] : ll[iterationOf(f)]));
      const points = { x: all.map((f) => f / 2), ys: [below, likelihood], frames: all };
      return { names: ["lower bound", "log-likelihood"], points, title: "bound per sample" };
    }
    if (this.view === "agreement") {
      const { accuracy, ari, compared, total } = this.scene;
      const ys = [accuracy, ari, ll].map((values) => Array.from(values));
      const some = compared < total ? `${compared.toLocaleString("en")} of ${total.toLocaleString("en")} ` : "";
      const names = [`share of ${some}rows right`, "adjusted Rand index", "log-likelihood, own scale"];
      return { names, points: { x: whole, ys, frames }, title: "agreement" };
    }
    return {
      names: ["log-likelihood"],
      points: { x: whole, ys: [whole.map((t) => ll[t])], frames },
      title,
    };
  }

  say(i) {
    const { points, scene } = this;
    const frame = points.frames[i];
    const t = iterationOf(frame);
    const value = points.ys[0][i];
    if (this.view === "agreement") {
      const [right, ari, likelihood] = points.ys.map((y) => y[i]);
      return (
        `iteration ${t}<br>${(100 * right).toFixed(1)} % of ${scene.compared.toLocaleString("en")} rows right` +
        `<br>adjusted Rand index ${ari.toFixed(3)}<br>log-likelihood ${likelihood.toFixed(4)}<extra></extra>`
      );
    }
    const shown = value === null ? "0" : Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(4);
    const half = this.view === "bound" ? ` ${halfOf(frame)}` : "";
    const total = this.view === "likelihood" && !scene.curve ? `<br>total ${(scene.total * value).toFixed(2)}` : "";
    const fell = this.view === "likelihood" && scene.falls?.includes(t);
    const fall = fell ? `<br>fell by ${(points.ys[0][i - 1] - value).toPrecision(2)}` : "";
    return `iteration ${t}${half}<br>${shown}${total}${fall}<extra></extra>`;
  }

  layout(theme, title) {
    const { points, scene } = this;
    const axis = { gridcolor: theme.grid, zeroline: false, fixedrange: true };
    const shapes = [];
    const annotations = [];
    if (scene.default_stop !== null) {
      shapes.push({
        type: "line", x0: scene.default_stop, x1: scene.default_stop, yref: "paper", y0: 0, y1: 1,
        line: { color: PALE, width: 1.5, dash: "dash" },
      });
      annotations.push({
        x: scene.default_stop, xshift: 4, yref: "paper", y: this.view === "agreement" ? 0.36 : 0.5, text: "scikit-learn's default<br>tolerance stops here",
        showarrow: false, xanchor: "left", align: "left", font: { size: 11 },
      });
    }
    // In a group there is little room, and the names stand above.
    const y = { title: { text: scene.title ? "" : title, standoff: 4 }, automargin: true, ...axis };
    const own = { overlaying: "y", visible: false, fixedrange: true };
    this.floor = null;
    let below = false;
    if (this.view === "agreement") {
      y.range = [Math.min(0, ...points.ys[1]) - 0.03, 1.03];
      own.range = rangeOf(points.ys.slice(2), scene.log_likelihood[0], []).range;
    } else if (this.view === "distance") Object.assign(y, { type: "log", exponentformat: "power" });
    else {
      const { range, cut } = rangeOf(points.ys, this.goal.values[0], this.before(), scene.limits);
      y.range = range;
      this.floor = range[0]; // the marker stays in the picture
      below = cut;
      if (cut) {
        const lowest = Math.min(...points.ys.flat().filter((value) => !Number.isNaN(value)));
        const what = lowest === this.goal.values[0] ? "the start, " : "down to ";
        annotations.push({
          x: 1, xref: "paper", y: range[0], text: `${what}${lowest.toPrecision(3)}${what[0] === "t" ? ", lies" : ","} below ↓`,
          showarrow: false, xanchor: "right", yanchor: "bottom", font: { size: 12 },
        });
      }
    }
    const span = this.span();
    const fallen = this.view === "likelihood" && scene.falls?.length > 0;
    return {
      template: { data: {}, layout: {} },
      autosize: true,
      margin: { l: 50 * (this.scale ?? 1), r: 10, t: 8, b: 44 * (this.scale ?? 1) },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, size: 13 * (this.scale ?? 1), color: theme.text },
      showlegend: ["bound", "agreement"].includes(this.view) || this.before().length > 0 || fallen,
      legend: { x: 1, xanchor: "right", y: below ? 0.16 : 0.06, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      hovermode: "x",
      hoverdistance: -1,
      dragmode: false,
      xaxis: { title: { text: "iteration", standoff: 6 }, range: rangeOver(span), tickformat: "d", ...(span < 6 && { dtick: 1 }), ...axis },
      yaxis: y,
      ...(this.view === "agreement" && { yaxis2: own }),
      shapes,
      annotations,
    };
  }

  // The iterations that the axis holds: those of the longest run of the group.
  span() {
    return Math.max(1, this.points.x.at(-1), this.before().length - 1, this.longest ?? 0);
  }

  reach(longest) {
    if (longest === this.longest) return;
    this.longest = longest;
    if (this.points && !this.drawing) this.Plotly.relayout(this.element, { "xaxis.range": rangeOver(this.span()) });
  }

  // Grow the curve up to a half-step, and put the marker there.
  mark(frame) {
    this.frame = frame;
    if (!this.points || this.drawing) return;
    const { x, ys, frames } = this.points;
    // Between the halves, the mixture is already the one that the M-step made, and so is its likelihood.
    const shown = this.view === "bound" ? frame : frameOf(iterationOf(frame), "E");
    let last = frames.length - 1;
    while (last > 0 && frames[last] > shown) last--;
    const done = last + 1;
    const here = ys[0][last] === null ? null : Math.max(ys[0][last], this.floor ?? -Infinity);
    const m = ys.length;
    const update = {
      x: [...ys.map(() => x.slice(0, done)), [x[last]]],
      y: [...ys.map((y) => y.slice(0, done)), [here]],
    };
    const traces = [...ys.map((_, i) => 1 + m + i), 2 * m + 2];
    this.Plotly.restyle(this.element, update, traces);
  }

  look(view) {
    this.view = view;
    if (this.scene) this.show(this.scene, this.frame);
  }

  enlarge(scale) {
    this.scale = scale;
    if (this.scene) this.Plotly.relayout(this.element, { "font.size": 13 * scale, "margin.b": 44 * scale, "margin.l": 50 * scale });
  }

  restyle() {
    if (this.scene) this.Plotly.relayout(this.element, recolour(themeOf(this.element), this.element.layout));
  }
}

const rangeOver = (span) => [-0.03 * span, 1.03 * span];
// Only the view of the agreement has a third line, the log-likelihood.
const axisOf = (i) => (i < 2 ? "y" : "y2");

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
  const pad = Math.max(0.08 * (high - bottom), least);
  return { range: [bottom - pad, high + pad], cut };
}

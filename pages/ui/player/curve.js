// The small panel: the log-likelihood of every iteration, what is done so far, and where we are, in one of several
// views; a click goes there.

import { CLEAR, themeOf } from "./colours.js";
import { BEFORE, HERE } from "./palette.js";
import { iterationOf } from "./scene.js";
import { recolour } from "./stage.js";
import { goalOf, LOOKS, PALE, VIEWS } from "./views.js";

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
    const view = VIEWS[this.view];
    const { names, points, title } = view.lines(scene);
    this.points = points;
    const layout = this.layout(theme, title);
    const grown = this.grown(this.frame);
    const line = (extra) => ({ type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: !!extra.name, ...extra });
    const traces = [
      this.ghost(line),
      ...names.map((_, i) => line({ x: points.x, y: points.ys[i], ...view.pale(i), yaxis: axisOf(i) })),
      ...names.map((name, i) => line({ name, x: grown.x[i], y: grown.y[i], line: LOOKS[i], yaxis: axisOf(i) })),
      {
        // Invisible, and what the pointer finds: one place for each half-step or iteration.
        type: "scatter",
        mode: "markers",
        showlegend: false,
        x: points.x,
        y: points.ys[0],
        marker: { size: 8, opacity: 0 },
        hoverlabel: { bgcolor: theme.background, font: { color: theme.text } },
        hovertemplate: points.x.map((x, i) => view.say(scene, points, i)),
      },
      { ...line({}), mode: "markers", x: grown.x.at(-1), y: grown.y.at(-1), marker: { size: 12, color: HERE } },
      ...view.marks(scene).map((mark) => line({ mode: "markers", ...mark })),
    ];
    this.drawing = true;
    await this.Plotly.react(this.element, traces, layout, {
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
    this.last = grown.last;
    this.mark(this.frame); // which may have changed meanwhile
  }

  // Where the curve is low, the name of its axis is written smaller, not cut off.
  titleSize(title) {
    const scale = this.scale ?? 1;
    const room = this.element.clientHeight - 36 * scale; // it stands in the middle of the axis
    return Math.max(8, Math.min(15.6 * scale, room / (0.52 * title.length)));
  }

  fitName() {
    const { text, font } = this.element.layout.yaxis.title;
    const size = this.titleSize(text);
    if (text && !this.drawing && Math.abs(size - font.size) > 0.1) this.Plotly.relayout(this.element, { "yaxis.title.font.size": size });
  }

  // What is drawn of the run that this one was forked from, from the fork on.
  before() {
    const { ghost = [], ghost_from: from, steps } = this.scene;
    return VIEWS[this.view].before(Array.from(ghost).slice(from), goalOf(this.scene).values[steps], this.scene);
  }

  ghost(line) {
    const y = this.before();
    return line({ name: this.scene.ghost_name ?? "before the fork", x: y.map((_, i) => i), y, line: { color: BEFORE, width: 2, dash: "dot" } });
  }

  layout(theme, title) {
    const { points, scene } = this;
    const view = VIEWS[this.view];
    const axis = { gridcolor: theme.grid, zeroline: false, fixedrange: true };
    const shapes = [];
    const annotations = [];
    if (scene.default_stop !== null) {
      shapes.push({
        type: "line", x0: scene.default_stop, x1: scene.default_stop, yref: "paper", y0: 0, y1: 1,
        line: { color: PALE, width: 1.5, dash: "dash" },
      });
      annotations.push({
        x: scene.default_stop, xshift: 4, yref: "paper", y: view.note, text: "scikit-learn's default<br>tolerance stops here",
        showarrow: false, xanchor: "left", align: "left", font: { size: 11 * (this.scale ?? 1) }, bgcolor: theme.background,
      });
    }
    // In a group there is little room, and the names stand above.
    const { y, own, cut, nought } = view.axes(scene, points, this.before());
    const yaxis = { title: { text: scene.title ? "" : title, standoff: 4, font: { size: this.titleSize(title) } }, automargin: true, ...axis, ...y };
    this.floor = cut === undefined ? null : y.range[0]; // the marker stays in the picture
    this.nought = nought ?? null; // where the marker is instead, for what has no logarithm
    const below = { y: y.range?.[0], xref: "paper", showarrow: false, xanchor: "right", yanchor: "bottom" };
    const small = { font: { size: 12 * (this.scale ?? 1) }, bgcolor: theme.background }; // no line crosses it
    if (nought) annotations.push({ ...below, ...small, x: 0.92, text: "the last, 0, lies below ↓" });
    if (cut) {
      const lowest = Math.min(...points.ys.flat().filter((value) => !Number.isNaN(value)));
      const what = lowest === goalOf(scene).values[0] ? "the start, " : "down to ";
      annotations.push({
        ...below, ...small, x: 1, text: `${what}${lowest.toPrecision(3)}${what[0] === "t" ? ", lies" : ","} below ↓`,
      });
    }
    const span = this.span();
    return {
      template: { data: {}, layout: {} },
      autosize: true,
      margin: { l: 50 * (this.scale ?? 1), r: 10, t: 8, b: 44 * (this.scale ?? 1) },
      paper_bgcolor: CLEAR,
      plot_bgcolor: CLEAR,
      font: { family: theme.font, size: 13 * (this.scale ?? 1), color: theme.text },
      showlegend: view.legend || this.before().length > 0 || view.marks(scene).length > 0,
      legend: { x: 1, xanchor: "right", y: cut ? 0.16 : 0.06, yanchor: "bottom", bgcolor: CLEAR },
      hovermode: "x",
      hoverdistance: -1,
      dragmode: false,
      xaxis: { title: { text: "iteration", standoff: 6 }, range: rangeOver(span), tickformat: "d", dtick: tickOver(span), ...axis },
      yaxis,
      ...(own && { yaxis2: { overlaying: "y", visible: false, fixedrange: true, ...own } }),
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
    if (!this.points || this.drawing) return;
    const span = this.span();
    this.Plotly.relayout(this.element, { "xaxis.range": rangeOver(span), "xaxis.dtick": tickOver(span) });
  }

  // The lines up to a half-step, one after another, and the marker: its place is the last.
  grown(frame) {
    const { x, ys, frames } = this.points;
    const shown = VIEWS[this.view].shown(frame);
    let last = frames.length - 1;
    while (last > 0 && frames[last] > shown) last--;
    const done = last + 1;
    const here = ys[0][last] === null ? this.nought : Math.max(ys[0][last], this.floor ?? -Infinity);
    return {
      last,
      x: [...ys.map(() => x.slice(0, done)), [x[last]]],
      y: [...ys.map((y) => y.slice(0, done)), [here]],
    };
  }

  // Grow the curve up to a half-step, and put the marker there; where M showed it, E has nothing to add.
  mark(frame) {
    this.frame = frame;
    if (!this.points || this.drawing) return;
    const { last, x, y } = this.grown(frame);
    if (last === this.last) return;
    this.last = last;
    const m = this.points.ys.length;
    this.Plotly.restyle(this.element, { x, y }, [...x.slice(1).map((_, i) => 1 + m + i), 2 * m + 2]);
  }

  look(view) {
    this.view = view;
    if (this.scene) this.show(this.scene, this.frame);
  }

  enlarge(scale) {
    this.scale = scale;
    if (this.scene) this.show(this.scene, this.frame);
  }

  restyle() {
    if (this.scene) this.Plotly.relayout(this.element, recolour(themeOf(this.element), this.element.layout));
  }
}

const rangeOver = (span) => [-0.03 * span, 1.03 * span];
const tickOver = (span) => (span < 6 ? 1 : null); // whole iterations; else Plotly's own
// A third line has an axis of its own.
const axisOf = (i) => (i < 2 ? "y" : "y2");

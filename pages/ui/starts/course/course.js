// A race of many starts: their curves grow together, from left to right, and each can be clicked.

import { CLEAR, themeOf } from "./colours.js";
import { loadPlotly } from "./load.js";

const RACE_MS = 5000;
const PLAY = "M7 4v16l13-8z";
const PAUSE = "M6 4h4v16H6zM14 4h4v16h-4z";
const ROOM = 640; // pixels from which there is room for names beside the curves; the ends stand below as well
const MOST_NAMED = 12;
const TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
const DASHES = { "": "solid", degenerate: "dot", saddle: "dash", collapsed: "dashdot" };

const pictures = new WeakMap();

export async function receive({ data, parentElement, setStateValue }, base) {
  if (!pictures.has(parentElement)) pictures.set(parentElement, new Race(parentElement));
  await pictures.get(parentElement).receive(data, setStateValue, await loadPlotly(base));
}

export function leave(parentElement) {
  pictures.get(parentElement)?.destroy();
  pictures.delete(parentElement);
}

class Race {
  constructor(parent) {
    this.root = parent.appendChild(document.createElement("section"));
    this.root.className = "em-race";
    this.root.dataset.testid = "em-race";
    this.root.tabIndex = -1;
    this.root.setAttribute("aria-label", "A race of many starts");
    this.root.innerHTML = `<div class="em-course"></div>
      <div class="em-buttons"><button type="button"></button>
        <input type="range" min="0" max="1" step="any" value="0" aria-label="How far the race is">
        <output></output></div>`;
    [this.course, this.button, this.slider, this.readout] = [".em-course", "button", "input", "output"].map((name) =>
      this.root.querySelector(name),
    );
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.button.addEventListener("click", () => this.playOrPause());
    this.pause(); // who wants no motion sees the end at once, and may still press play
    this.slider.addEventListener("input", () => {
      this.pause();
      this.goTo(Number(this.slider.value));
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
    // The theme may change under us: Streamlit then changes the style of the page.
    this.watch = new MutationObserver(() => {
      if (this.race && themeOf(this.root).text !== this.ink) this.draw();
    });
    for (const node of [document.head, document.body]) {
      this.watch.observe(node, { childList: true, attributes: true, subtree: node === document.head });
    }
    this.sizes = new ResizeObserver(() => {
      if (!this.course._fullLayout || this.drawing) return;
      if (this.wide === this.isWide()) this.Plotly.Plots.resize(this.course).then(() => this.goTo(this.share));
      else this.draw();
    });
    this.sizes.observe(this.course);
  }

  async receive(text, setStateValue, Plotly) {
    Object.assign(this, { setStateValue, Plotly });
    const race = JSON.parse(text);
    const same = race.name === this.race?.name;
    this.race = race;
    if (!same) this.share = 0;
    await this.draw();
    if (same) return;
    if (this.still.matches) this.goTo(1);
    else this.play();
  }

  isWide() {
    return this.course.clientWidth > ROOM;
  }

  // One trace for each end state, with gaps between its runs, so that there are few of them.
  async draw() {
    const { race, course, Plotly } = this;
    const theme = themeOf(this.root);
    this.ink = theme.text;
    this.wide = this.isWide();
    this.drawing = true;
    this.root.dataset.ready = "false";
    const least = race.logarithmic ? 1 : 0;
    const lines = race.ends.map(({ name, kind, colour }, end) => {
      const trace = { x: [], y: [], customdata: [] };
      race.runs.forEach((run, r) => {
        if (run.end !== end) return;
        for (let i = 0; i < run.x.length; i++) {
          if (run.x[i] < least) continue;
          trace.x.push(run.x[i]);
          trace.y.push(run.y[i]);
          trace.customdata.push([r, run.name]);
        }
        trace.x.push(null);
        trace.y.push(null);
        trace.customdata.push([r, ""]);
      });
      return {
        ...trace,
        type: "scatter",
        mode: "lines",
        name: kind ? `${name} ${kind}` : name,
        showlegend: this.wide && end < MOST_NAMED,
        line: { color: colour, width: 2, dash: DASHES[kind] },
        opacity: 0.8,
        hovertemplate: "%{customdata[1]}<br>iteration %{x}: %{y:,.4f}<extra></extra>",
      };
    });
    const marks = (more) => ({ type: "scatter", mode: "markers", hoverinfo: "skip", showlegend: false, ...more });
    const early = race.runs.filter((run) => run.stop[0] < run.x.at(-1) && run.stop[0] >= least);
    const rings = marks({
      x: early.map((run) => run.stop[0]),
      y: early.map((run) => run.stop[1]),
      marker: { symbol: "circle-open", size: 8, color: theme.text, opacity: 0.55, line: { width: 1.5 } },
      name: "default tolerance<br>stops here",
      showlegend: this.wide && early.length > 0,
    });
    const one = race.picked === null ? null : race.runs[race.picked];
    const bold = marks({
      mode: "lines",
      x: one?.x.filter((x) => x >= least) ?? [],
      y: one?.y.filter((_, i) => one.x[i] >= least) ?? [],
      line: { color: theme.text, width: 4.5 },
    });
    const heads = marks({
      x: [],
      y: [],
      marker: { size: 7, color: race.runs.map(({ end }) => race.ends[end].colour), line: { width: 1, color: theme.background } },
    });
    const axis = { gridcolor: theme.grid, zeroline: false };
    const top = Math.max(race.iterations, least + 1);
    const more = race.ends.length > MOST_NAMED ? `, of ${race.ends.length} the ${MOST_NAMED} highest` : "";
    await Plotly.react(
      course,
      [bold, ...lines, rings, heads],
      {
        template: { data: {}, layout: {} },
        autosize: true,
        uirevision: race.name,
        margin: { l: 70, r: 10, t: 10, b: 46 },
        paper_bgcolor: CLEAR,
        plot_bgcolor: CLEAR,
        font: { family: theme.font, size: 14, color: theme.text },
        hoverlabel: { bgcolor: theme.background, font: { color: theme.text } },
        hovermode: "closest",
        modebar: theme.modebar,
        showlegend: this.wide,
        legend: { x: 1.02, y: 0.94, title: { text: `ends at · starts${more}` }, bgcolor: CLEAR },
        xaxis: {
          ...axis,
          title: { text: race.logarithmic ? "iteration, logarithmic" : "iteration", standoff: 6 },
          type: race.logarithmic ? "log" : "linear",
          ...(race.logarithmic && { tickvals: TICKS, ticktext: TICKS.map((tick) => tick.toLocaleString("en")) }),
          range: race.logarithmic ? [0, Math.log10(top) + 0.02] : [-0.01 * top, 1.01 * top],
        },
        yaxis: { ...axis, title: { text: "log-likelihood, total", standoff: 4 }, range: race.range, automargin: true },
      },
      {
        displaylogo: false,
        showSendToCloud: false,
        plotlyServerURL: "",
        modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
      },
    );
    if (!this.listening) {
      this.listening = true;
      course.on("plotly_click", ({ points: [point] }) => {
        if (point.customdata) this.setStateValue("pick", { race: this.race.name, run: point.customdata[0] });
      });
      // A zoom moves what is hidden.
      course.on("plotly_relayout", () => this.goTo(this.share));
    }
    this.drawing = false;
    this.goTo(this.share);
    this.root.dataset.ready = "true";
  }

  // The place on the axis of a share of the race, and the iteration there.
  get place() {
    const { iterations, logarithmic } = this.race;
    return logarithmic ? iterations ** this.share : iterations * this.share;
  }

  // Show the race up to a share of it: what is to come is hidden.
  goTo(share) {
    this.share = Math.min(Math.max(share, 0), 1);
    const { race, course } = this;
    if (this.drawing || !course._fullLayout) return;
    const { place } = this;
    const { xaxis, yaxis } = course._fullLayout;
    this.curtain(this.share < 1 ? xaxis.l2p(xaxis.d2l(Math.max(place, 1e-9))) : xaxis._length, yaxis._length);
    const now = Math.floor(place + 1e-9);
    let running = 0;
    let best = { value: -Infinity };
    const x = [];
    const y = [];
    for (const run of race.runs) {
      const last = run.x.at(-1);
      if (last > place) running++;
      const value = valueAt(run, place);
      x.push(last > place ? Math.max(place, race.logarithmic ? 1 : 0) : null);
      y.push(last > place ? value : null);
      if (value > best.value) best = { value, name: run.name };
    }
    this.Plotly.restyle(course, { x: [x], y: [y] }, [race.ends.length + 2]);
    this.slider.value = this.share;
    this.slider.setAttribute("aria-valuetext", `iteration ${now} of ${race.iterations}`);
    const all = race.runs.length;
    const state = running ? `${running} of ${all} still climbing` : all === 1 ? "it has ended" : `all ${all} have ended`;
    this.readout.textContent = `iteration ${now} of ${race.iterations} · ${state} · highest ${best.value.toLocaleString("en", { maximumFractionDigits: 2 })} (${best.name})`;
    this.root.dataset.iteration = now;
    this.root.dataset.running = running;
  }

  // Only what is left of x, in pixels, is seen of the curves.
  curtain(x, height) {
    const layer = this.course.querySelector(".scatterlayer");
    if (!layer) return;
    const name = `em-curtain-${(this.name ??= Math.random().toString(36).slice(2))}`;
    let rect = document.getElementById(name)?.firstChild;
    if (!rect) {
      const svg = "http://www.w3.org/2000/svg";
      const clip = document.createElementNS(svg, "clipPath");
      clip.id = name;
      rect = clip.appendChild(document.createElementNS(svg, "rect"));
      layer.parentNode.appendChild(clip);
    }
    const all = { x: -20, y: -20, width: Math.max(x + 20 + (this.share < 1 ? 4 : 20), 0), height: height + 40 };
    for (const [key, value] of Object.entries(all)) rect.setAttribute(key, value);
    layer.setAttribute("clip-path", `url(#${name})`);
  }

  playOrPause() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.share >= 1) this.share = 0;
    this.playing = true;
    this.label();
    let before = performance.now();
    const tick = (now) => {
      if (!this.playing || !this.root.isConnected) return;
      const step = Math.min(now - before, 100) / RACE_MS;
      before = now;
      if (!this.drawing) this.goTo(this.share + step);
      if (this.share >= 1) this.pause();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    this.playing = false;
    this.label();
  }

  label() {
    const text = this.playing ? "Pause the race" : "Run the race";
    this.button.innerHTML = `<svg class="em-icon" viewBox="0 0 24 24"><path d="${this.playing ? PAUSE : PLAY}"/></svg>`;
    this.button.setAttribute("aria-label", text);
    this.button.title = `${text} (space); ← → go one iteration`;
    this.root.toggleAttribute("data-playing", this.playing);
  }

  // Space runs and pauses; the arrows go an iteration on or back.
  key(event) {
    const { iterations, logarithmic } = this.race;
    const at = Math.round(this.place * 1e6) / 1e6;
    const shareOf = (place) => (logarithmic ? Math.log(Math.max(place, 1)) / Math.log(iterations) : place / iterations);
    const go = {
      " ": () => this.playOrPause(),
      ArrowRight: () => this.goTo(shareOf(Math.floor(at) + 1)),
      ArrowLeft: () => this.goTo(shareOf(Math.ceil(at) - 1)),
      Home: () => this.goTo(0),
      End: () => this.goTo(1),
    }[event.key];
    if (!go) return;
    if (event.key !== " ") this.pause();
    go();
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() {
    this.pause();
    this.watch.disconnect();
    this.sizes.disconnect();
    if (this.Plotly) this.Plotly.purge(this.course);
  }
}

// The log-likelihood of a run at a place between iterations; of one that has ended, its last.
function valueAt({ x, y }, place) {
  if (place >= x.at(-1)) return y.at(-1);
  let i = 0;
  while (x[i + 1] <= place) i++;
  const share = (place - x[i]) / (x[i + 1] - x[i]);
  return y[i] + share * (y[i + 1] - y[i]);
}

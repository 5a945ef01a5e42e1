// A figure of points, lines and bars, by Plotly's small script. Where every place can be clicked, points or not, Python hears where, in data units.

import { CLEAR, themeOf } from "./colours.js";
import { loadPlotly } from "./load.js";
import { INK, PAPER } from "./palette.js";
import { placeOf } from "./place.js";

const HEIGHT = 450; // pixels, of a figure that says none
const FULL = "M3 9V3h6v2H5v4zM15 3h6v6h-2V5h-4zM3 15h2v4h4v2H3zM19 15h2v6h-6v-2h4z";
const NEAR = 4; // pixels within which a pointer that goes down and up has not been dragged

const fullScreen = {
  name: "full-screen",
  title: "Full screen",
  icon: { width: 24, height: 24, path: FULL },
  click: (element) => (document.fullscreenElement ? document.exitFullscreen() : element.parentElement.requestFullscreen()),
};

const pictures = new WeakMap();

export async function receive({ data, parentElement, setStateValue }, base) {
  if (!pictures.has(parentElement)) pictures.set(parentElement, new Picture(parentElement));
  const picture = pictures.get(parentElement);
  await picture.show(data, setStateValue, await loadPlotly(base, false));
}

export function leave(parentElement) {
  pictures.get(parentElement)?.destroy();
  pictures.delete(parentElement);
}

class Picture {
  constructor(parent) {
    // What fills the screen keeps a margin, which Plotly would take for room of its own.
    const frame = parent.appendChild(document.createElement("div"));
    frame.className = "em-framed";
    this.element = frame.appendChild(document.createElement("div"));
    this.element.className = "em-chart";
    this.element.setAttribute("role", "figure");
    // The whole screen, or a sidebar that is folded, changes the place and not the window.
    this.sizes = new ResizeObserver(() => {
      const { element, Plotly } = this;
      if (element._fullLayout && element.clientHeight) Plotly.Plots.resize(element);
    });
    this.sizes.observe(this.element);
    this.list = frame.appendChild(document.createElement("ol"));
    this.list.className = "em-listed";
    // In the capture phase, and so before Plotly, which covers the page as soon as a button is down.
    parent.addEventListener("pointerdown", (event) => this.down(event), true);
    // The theme may change under us: Streamlit then changes the style of the page.
    this.watch = new MutationObserver(() => this.draw());
    for (const node of [document.head, document.body]) {
      this.watch.observe(node, { childList: true, attributes: true, subtree: node === document.head });
    }
  }

  async show(data, setStateValue, Plotly) {
    if (this.Plotly && this.Plotly !== Plotly) this.clear(); // neither knows what the other has drawn
    Object.assign(this, { data, setStateValue, Plotly });
    await this.draw();
  }

  // The figure in the colours of the page: Python writes ink and paper, near black and near white.
  async draw() {
    const { data, element, Plotly } = this;
    if (!Plotly || !element.isConnected) return;
    const { text, background, grid, font, modebar } = themeOf(element);
    const look = text + background;
    if (data === this.drawn && look === this.look) return;
    Object.assign(this, { drawn: data, look });
    element.dataset.ready = "false";
    const themed = data.replaceAll(INK, text).replaceAll(PAPER, background);
    const { data: traces, layout } = JSON.parse(themed);
    const { alt, clickable, list = [], text: size } = layout.meta;
    this.clickable = clickable;
    this.enlist(list);
    element.classList.toggle("em-clickable", clickable);
    if (!clickable) element.style.height = `${layout.height ?? HEIGHT}px`;
    element.setAttribute("aria-label", alt);
    const axis = { gridcolor: grid, zeroline: false };
    // Names and numbers of the axes stand beside each other, whatever room they take.
    const still = (standoff) => ({ ...axis, automargin: true, tickcolor: CLEAR, title: { standoff, font: { size } } });
    const inherited = clickable
      ? { xaxis: axis, yaxis: axis }
      : { xaxis: { ...still(16), showgrid: false }, yaxis: still(24), margin: { l: 0, r: 0, pad: 4 } };
    const style = {
      paper_bgcolor: CLEAR,
      plot_bgcolor: CLEAR,
      font: { family: font, size, color: text },
      modebar,
      hoverlabel: { bgcolor: background, bordercolor: grid, font: { color: text } },
    };
    await Plotly.react(element, traces, { ...layout, ...style, height: undefined, template: { data: {}, layout: inherited } }, {
      displaylogo: false,
      displayModeBar: layout.meta.modebar ? "hover" : false,
      showSendToCloud: false,
      plotlyServerURL: "",
      doubleClick: clickable ? false : "reset+autosize",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
      modeBarButtonsToAdd: clickable ? [] : [fullScreen],
    });
    if (this.drawn === data && this.look === look) element.dataset.ready = "true";
  }

  down(event) {
    if (!this.clickable || event.button !== 0 || !event.target.closest?.(".nsewdrag")) return;
    const up = (now) => {
      const away = Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY);
      if (now.type === "pointerup" && away <= NEAR) this.tell(placeOf(event, this.element), event);
      for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, up, true);
    };
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, up, true);
  }

  // As a state, not a trigger: of those, some are lost while Python is busy. The time makes each click a change.
  tell(place, event) {
    this.setStateValue("place", [...place, performance.timeOrigin + event.timeStamp]);
  }

  // The same in words, where a figure has that, for a screen on which it is too small: each line has its place.
  enlist(lines) {
    this.element.toggleAttribute("data-listed", lines.length > 0);
    const items = lines.map(({ place, text }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", (event) => this.tell(place, event));
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    this.list.replaceChildren(...items);
  }

  clear() {
    this.Plotly?.purge(this.element);
    this.drawn = null;
  }

  destroy() {
    this.watch.disconnect();
    this.sizes.disconnect();
    this.clear();
  }
}

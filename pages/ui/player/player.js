// The EM player: receives a scene from Python, shows it, and tells Python which half-step is shown.

import { sayAlone } from "./alone.js";
import { ASIDES } from "./asides.js";
import { Brush } from "./brush.js";
import { Keys } from "./by_keys.js";
import { Curve } from "./curve.js";
import { groupNamed } from "./group.js";
import { Handles } from "./handles.js";
import { forget, listen } from "./keyboard.js";
import { KINDS } from "./kinds.js";
import { Legend, truthOf } from "./legend.js";
import { loadPlotly } from "./load.js";
import { isHidden, isPresented } from "./room.js";
import { decode, halfOf, iterationOf, START } from "./scene.js";
import { spoken } from "./spoken.js";
import { Transport } from "./transport.js";
import { isTyped } from "./typing.js";
import { goalOf, VIEWS } from "./views.js";

const REST_MS = 150; // how long the player must rest before Python hears of it
const EDITING =
  "<b>Edit points</b> Click on empty space to add one, on one to delete it, or drag it. Ctrl + Z undoes it.";
const PAINTING =
  "<b>Paint points</b> Drag to spray them, or tick <i>erase</i> to take them away. Ctrl + Z undoes a stroke; B, or the switch, ends it.";
const BUTTONS_PX = 72; // the row of buttons below the picture
const RECENT_MS = 10000; // how long an edit may be under way

const players = new WeakMap();
// In the formulas below the player: what is summed there, and for which component, or for "all".
const SUMMED = /st-key-em_sum_\d+_(count|mean|covariance)_(\d+|all)/;

function summedAt(target) {
  const found = target.closest?.('[class*="st-key-em_sum_"]')?.className.match(SUMMED);
  return found ? { what: found[1], component: found[2] === "all" ? null : Number(found[2]) } : null;
}

export async function receive(component, base) {
  const { parentElement } = component;
  const scene = decode(component.data);
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement, scene);
    players.set(parentElement, player);
  }
  player.awaited = scene;
  const Plotly = await loadPlotly(base, scene.whole);
  if (player.awaited === scene) await player.receive(scene, component, Plotly); // else another came, and needed less
}

export function leave(parentElement) {
  players.get(parentElement)?.destroy();
  players.delete(parentElement);
}

class Player {
  // One that follows has no buttons, and says nothing to Python.
  constructor(parent, { group, follows }) {
    this.follows = follows;
    this.group = groupNamed(group);
    this.name = Math.random().toString(36).slice(2);
    this.edits = 0;
    this.recent = [];
    this.root = parent.appendChild(document.createElement("section"));
    this.root.className = follows ? "em-player em-follower" : "em-player";
    this.root.tabIndex = -1;
    this.root.dataset.testid = follows ? "em-follower" : "em-player";
    this.root.innerHTML = `
      <div class="em-title" hidden><span></span> <span class="em-value"></span></div>
      <div class="em-words"><p class="em-says"></p></div>
      <p class="em-spoken" aria-live="polite"></p>
      <div class="em-panels">
        <div class="em-panel em-stage"><div class="em-plot"></div></div>
        <div class="em-panel em-curve">
          <button type="button" class="em-fold" aria-expanded="false">The curve</button>
          <div class="em-views" role="radiogroup" aria-label="Curve"></div>
          <div class="em-plot"></div>
        </div>
      </div>
      <div class="em-transport"></div>
      <div class="em-legend"></div>`;
    this.find = (selector) => this.root.querySelector(selector);
    this.group.join(this);
    if (!follows) listen(this);
    // The theme may change under us: Streamlit then changes the style of the page.
    this.watch = new MutationObserver(() => this.themeMayHaveChanged());
    for (const node of [document.head, document.body]) {
      this.watch.observe(node, { childList: true, attributes: true, subtree: node === document.head });
    }
  }

  // In a file of its own, nobody hears the player (there is no setStateValue), nor computes what would follow
  // from a mean that was moved.
  async receive(scene, { setStateValue, setTriggerValue }, Plotly) {
    if (!this.follows && setStateValue) {
      this.setStateValue = (...what) => sayAlone(() => setStateValue(...what));
      this.setTriggerValue = (...what) => sayAlone(() => setTriggerValue(...what));
    }
    if (!this.curve) this.build(Plotly);
    const byHand = !!this.setStateValue && scene.by_hand;
    this.can = { draggable: scene.draggable && byHand, editable: scene.editable && byHand };
    this.allow(scene);
    this.find(".em-title").hidden = !scene.title;
    this.find(".em-title span").textContent = scene.title;
    this.root.setAttribute("aria-label", `${scene.title || "EM"}, step by step`);
    if (this.follows) this.find(".em-views").textContent = scene.curve?.[1] ?? VIEWS.likelihood.label;
    const before = this.scene;
    const again = scene.showing === before?.showing;
    if (scene.run === before?.run) {
      const { showing, sight, held, mark, others, draggable, editable } = scene;
      Object.assign(this.scene, { showing, sight, held, mark, others, draggable, editable });
      if (scene.title !== before.title) {
        before.title = scene.title; // another came beside it, or went: where the name stands, the axis has none
        this.curve.show(before, this.group.frame);
      }
      this.ask(again);
      if (again) return;
      this.openSight();
      this.stage.hand.answered(scene);
      this.root.dataset.run = `${scene.showing} ${scene.run}`;
      return this.transport?.goTo(scene.first, scene.target); // the same run, opened anew
    }
    const sight = this.useStageFor(scene, Plotly);
    this.root.dataset.ready = "false";
    // The same fit in another view: stay where we are, and go on.
    const same = again && scene.fit === before?.fit;
    const frame = same || this.follows ? this.group.frame : scene.first;
    const playing = same && this.transport?.playing;
    this.scene = scene;
    this.root.dataset.steps = scene.steps;
    this.root.dataset.stop = scene.stop;
    this.stage.hand.answered(scene);
    for (const aside of this.asides) aside.show(scene);
    this.root.toggleAttribute("data-images-first", scene.images_first);
    if (!again && scene.sight?.graph) this.curve.view = scene.sight.graph;
    this.showTruth(this.isRevealed(scene, before));
    this.ask(again);
    this.offerViews();
    if (!this.find(".em-room")) this.keepRoomFor(this.sentences);
    this.keepPlayInView();
    this.drawnIn = this.ink();
    this.curve.drawing = true; // its turn comes once the first frame stands
    await this.stage.show(scene, Math.min(frame, scene.frames - 1), KINDS[scene.kind].Shapes);
    if (isPresented()) this.fit();
    if (this.scene !== scene) return; // another run came meanwhile
    this.select(this.stage.selected);
    if (again && sight) this.stage.lookAt(sight);
    if (!again) this.openSight();
    this.keys?.renew();
    this.told = this.newsOf(scene.first, {});
    if (this.follows) this.arrived(this.group.frame);
    else {
      this.transport.hold(this.group.last + 1, frame);
      this.transport.offerEditing(scene.editable, this.inThePlane);
      for (const player of this.group.followers) player.draw(this.transport.frame, 1); // they may have come first
      if (playing) this.transport.playOrPause();
      else if (!again && scene.target !== null) this.transport.travel(scene.target);
    }
    this.tellTruth();
    this.group.changed();
    if (this.follows && this.group.leader) this.group.lookLike(this.group.leader);
    this.root.dataset.run = `${scene.showing} ${scene.run}`;
    this.root.dataset.ready = "true";
    this.curve.show(scene, Math.min(this.group.frame, scene.frames - 1));
  }

  // However much stands above the picture, it leaves room for the buttons below it, as far as it can.
  keepPlayInView() {
    const { leader = this, players } = this.group;
    const scrolled = leader.root.closest("[data-testid=stMain]")?.scrollTop ?? window.scrollY;
    const boxes = [".em-panels", ".em-stage"].map((name) => leader.find(name).getBoundingClientRect());
    const box = boxes.find(({ height }) => height); // the panels are a row of their own, or stand among the rest
    if (!box) return;
    const left = `${Math.round(innerHeight - box.top - scrolled - BUTTONS_PX)}px`;
    // What is between picture and curve has one height, though followers have no buttons there.
    const [bottom, top] = [leader.find(".em-stage").getBoundingClientRect().bottom, leader.find(".em-curve").getBoundingClientRect().top];
    const below = leader.find(".em-transport").offsetHeight + leader.find(".em-legend").offsetHeight;
    for (const { root } of [this, ...players]) {
      root.style.setProperty("--em-left", left);
      root.style.setProperty("--em-below", `${below}px`);
      root.style.setProperty("--em-between", `${Math.max(0, Math.round(top - bottom))}px`);
    }
  }

  // What may be changed by hand: nothing that a link for a class hides.
  allow(scene) {
    scene.draggable = this.can.draggable && !isHidden("start");
    scene.editable = this.can.editable && !isHidden("data");
  }

  // A link for a class hides something, or a key has brought it back.
  dress() {
    this.group.seat();
    this.fit();
    if (!this.scene) return;
    this.allow(this.scene);
    this.transport?.offerEditing(this.scene.editable, this.inThePlane);
    this.stage.drawAnew();
  }

  // On a projector, type must be read from the last row.
  fit() {
    const scale = document.fullscreenElement?.contains(this.root) || this.root.closest("[data-em-whole]") ? 1.5 : 1;
    if (!this.stage || scale === (this.stage.scale ?? 1)) return;
    this.stage.enlarge(scale);
    this.curve.enlarge(scale);
  }

  build(Plotly) {
    this.asides = ASIDES.map((Aside) => {
      const element = this.find(Aside.inside).appendChild(document.createElement("div"));
      element.className = Aside.name;
      return new Aside(element);
    });
    // Panels share their place with what comes and goes beside them.
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        if (!target._fullLayout || !target.clientHeight) continue; // folded
        [this.curve, this.stage].find(({ element }) => element === target)?.Plotly.Plots.resize(target);
        if (target === this.curve.element) this.curve.fitName();
      }
    });
    this.sizes.observe(this.find(".em-curve .em-plot"));
    this.curve = new Curve(this.find(".em-curve .em-plot"), Plotly, (frame) => this.group.leader?.transport.goTo(frame));
    this.onFullScreen = () => this.fit();
    this.onResize = () => {
      this.keepPlayInView();
      this.stage?.fitNames();
    };
    addEventListener("resize", this.onResize);
    document.addEventListener("fullscreenchange", this.onFullScreen);
    this.onRoom = () => this.dress();
    document.addEventListener("em-room", this.onRoom);
    if (this.follows) return;
    this.rows = new ResizeObserver(this.onResize); // of buttons and legend, which may wrap
    for (const row of [".em-transport", ".em-legend"]) this.rows.observe(this.find(row));
    this.keys = new Keys(this);
    this.brush = new Brush({ send: (stroke) => this.sendEdit({ stroke }) });
    this.find(".em-fold").addEventListener("click", () => this.group.fold());
    const each = (act) => [this, ...this.group.followers].forEach(act);
    this.transport = new Transport(this.find(".em-transport"), {
      draw: (frame, progress) => each((player) => player.draw(frame, progress)),
      settle: (frame) => each((player) => player.arrived(frame)),
      outline: (outline) => each((player) => player.stage?.setOutline(outline)),
      edit: (editing) => this.edit(editing),
      paint: (painting) => this.paint(painting),
      brush: this.brush,
      enlarge: () => (document.fullscreenElement ? document.exitFullscreen() : this.group.ground.requestFullscreen()),
      byHand: !!this.setStateValue,
    });
    this.legend = new Legend(this.find(".em-legend"), {
      reveal: (on) => {
        each((player) => player.showTruth(on));
        this.tellTruth();
      },
      pull: (on) => each((player) => player.stage?.setPulls(on)),
    });
    // What is pointed at in the formulas is lit; what is clicked there stays so until the next click.
    this.onPoint = ({ type, target }) => {
      const summed = summedAt(target);
      if (type === "click") this.pinned = summed;
      each((player) => player.stage?.light(summed ?? this.pinned ?? null));
    };
    for (const event of ["pointerover", "click"]) document.addEventListener(event, this.onPoint);
    for (const [view, { label, short }] of Object.entries(VIEWS)) {
      const button = this.find(".em-views").appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = short;
      button.title = label;
      button.setAttribute("aria-label", label);
      button.dataset.view = view;
      button.setAttribute("role", "radio");
      button.addEventListener("click", () => {
        this.curve.look(view);
        this.offerViews();
        this.sightChanged();
      });
    }
  }

  // Those that have something to show, or that the scene names.
  offerViews() {
    const { scene } = this;
    const has = (view) => (scene.views ? scene.views.includes(view) : VIEWS[view].has(scene));
    if (!has(this.curve.view)) this.curve.view = "likelihood";
    for (const button of this.find(".em-views").children) {
      button.hidden = !has(button.dataset.view);
      button.setAttribute("aria-checked", String(button.dataset.view === this.curve.view));
    }
  }

  // The truth stays hidden until it is asked for, by a link, a lesson or here, and as long as the data have the same.
  isRevealed(scene, before) {
    if (scene.truth) return true;
    if (!before) return new URL(location).searchParams.get("truth") === "yes";
    return this.revealed && !before.truth && String(truthOf(scene)) === String(truthOf(before));
  }

  showTruth(revealed) {
    this.revealed = revealed;
    this.root.toggleAttribute("data-truth", revealed);
    this.legend?.show(this.scene, revealed);
    this.stage.showTruth(revealed);
  }

  // Into the address, and to Python, which draws the pictures to take away.
  tellTruth() {
    const revealed = this.revealed && !this.scene.truth && !!truthOf(this.scene);
    if (revealed === (this.toldTruth ?? false) || !this.setStateValue) return;
    this.toldTruth = revealed;
    const address = new URL(location);
    if (revealed) address.searchParams.set("truth", "yes");
    else address.searchParams.delete("truth");
    history.replaceState(history.state, "", address);
    this.setStateValue("truth", revealed);
  }

  // What was seen before comes back, where another Plotly takes over.
  useStageFor(scene, Plotly) {
    const { Stage } = KINDS[scene.kind];
    const before = this.stage;
    const alike = before?.constructor === Stage;
    if (alike && (before.Plotly === Plotly || !scene.whole)) return null;
    const old = this.find(".em-stage .em-plot");
    const sight = alike ? before.sight() : null;
    before?.Plotly.purge(old);
    const element = document.createElement("div");
    element.className = "em-plot";
    old.parentElement.replaceChildren(element);
    this.sizes.observe(element);
    this.stage = new Stage(element, Plotly, {
      select: (i) => this.select(i),
      place: (means) => this.setTriggerValue("place", { means }),
      fork: (fork) => this.setTriggerValue("fork", { ...fork, fit: this.scene.fit }),
      hold: (lock) => this.setTriggerValue("hold", { ...lock, fit: this.scene.fit }),
      edit: (change) => this.sendEdit(change),
      mark: (place) => this.marked(place),
      say: (sentence) => this.say(sentence),
      crossHair: (at) => this.keys?.lines(at) ?? "",
      stop: () => this.transport?.pause(),
      look: () => {
        this.group.lookLike(this);
        this.sightChanged();
      },
    });
    if (!this.follows && this.setStateValue) this.stage.handles = new Handles(this.stage);
    if (before) {
      const { mark, outline, pulls, selected } = before;
      Object.assign(this.stage, { mark, outline, pulls, selected: before.scene.data === scene.data ? selected : null });
    }
    return sight;
  }

  // Where the run has ended, it holds its last picture.
  draw(frame, progress) {
    const last = this.scene ? this.scene.frames - 1 : 0;
    if (this.stage) this.stage.paint(Math.min(frame, last), frame > last ? 1 : progress);
  }

  // Of what is sent before Python looks, it hears only the last: so each time all recent edits go, by number.
  sendEdit(change) {
    const time = performance.now();
    this.recent = this.recent.filter((edit) => time - edit.time < RECENT_MS);
    this.recent.push({ ...change, number: ++this.edits, time });
    this.setTriggerValue("edit", { player: this.name, edits: this.recent });
  }

  // A question about the picture: while it is open the player stands still, and where a place is asked for, a click
  // marks it; later the mark stands beside what came of it, and perhaps among those of others.
  ask(again) {
    const { held, mark, others } = this.scene;
    const before = this.stage.mark || this.stage.others.length;
    this.root.toggleAttribute("data-held", held);
    this.root.toggleAttribute("data-marking", !!mark?.open);
    this.stage.hand.marking = !!mark?.open;
    if (!again || !mark?.open) this.stage.mark = mark?.place ?? null;
    this.stage.others = others;
    if (mark || others.length || before) this.stage.repaint();
  }

  marked(place) {
    const { fit, showing } = this.scene;
    this.say(`Marked at ${place.map((value) => Number(value.toPrecision(4))).join(", ")}.`);
    this.setStateValue("mark", { fit, showing, place });
  }

  say(sentence) {
    this.find(".em-says").textContent = this.find(".em-spoken").textContent = sentence;
  }

  // Points are edited, or means are placed.
  edit(editing) {
    this.stage.hand.editing = editing;
    this.root.toggleAttribute("data-editing", editing);
    this.find(".em-says").innerHTML = this.sentence(this.transport.frame);
    if (editing) this.find(".em-spoken").innerHTML = EDITING;
  }

  get inThePlane() {
    return this.stage.shapes?.dimensions === 2;
  }

  // Points are painted; the stage may be another than before.
  paint(painting) {
    this.brush.turn(painting);
    this.stage.hand.brush = this.brush;
    this.root.toggleAttribute("data-painting", painting);
    this.find(".em-says").innerHTML = this.sentence(this.transport.frame);
    if (painting) this.find(".em-spoken").innerHTML = PAINTING;
  }

  // A half-step of the group is shown: say so, to the eye, to tests and, once at rest, to Python.
  arrived(reached) {
    const { scene, root } = this;
    if (!scene) return;
    const frame = Math.min(reached, scene.frames - 1);
    root.dataset.step = iterationOf(frame);
    root.dataset.half = halfOf(frame);
    this.find(".em-says").innerHTML = this.sentence(reached);
    this.value(iterationOf(frame));
    this.curve.mark(frame);
    for (const aside of this.asides) aside.mark(frame);
    if (this.follows) return;
    const of = iterationOf(this.group.last);
    this.transport.readout.textContent =
      reached === START ? `start, of ${of} ${of === 1 ? "iteration" : "iterations"}` : `iteration ${iterationOf(reached)} of ${of} · ${halfOf(reached)}`;
    this.transport.slider.setAttribute("aria-valuetext", this.transport.readout.textContent);
    root.toggleAttribute("data-playing", this.transport.playing);
    if (this.transport.playing) clearTimeout(this.rest);
    else this.rests(frame);
  }

  // Beside another run: its own iteration, and what it has reached.
  value(t) {
    const { values, title } = goalOf(this.scene);
    const element = this.find(".em-value");
    element.textContent = `iteration ${(this.scene.begins_at ?? 0) + t}: ${readable(values[t])}`;
    element.title = title;
  }

  // A point is asked for its history; Python puts it into the formulas.
  select(i) {
    if (this.follows) return;
    for (const aside of this.asides) {
      aside.select?.(i, i === null ? [] : this.stage.describe(i));
      aside.mark(this.transport.frame);
    }
    this.root.dataset.selected = i ?? "";
    const told = i === null ? null : { data: this.scene.data, point: i };
    if (JSON.stringify(told) === JSON.stringify(this.toldPoint ?? null)) return;
    this.toldPoint = told;
    this.sightChanged();
    this.setStateValue?.("point", told);
  }

  sentence(frame) {
    const { scene } = this;
    if (this.stage.hand.editing) return EDITING;
    if (this.brush?.on) return PAINTING;
    const ended = frame >= scene.frames - 1 && (frame > 0 || scene.stop === "collapsed");
    if (ended && !scene.held) {
      const odd = scene.stop === "collapsed" ? "em-warn" : "";
      const since = frame > scene.frames - 1 ? `ed at iteration ${(scene.begins_at ?? 0) + scene.steps}` : "";
      return `<b class="${odd}">End${since}</b> ${scene.ending}`;
    }
    const { words } = scene;
    if (scene.held && frame === START) return words.start.replace(" Press Play.", "");
    return frame === START ? words.start : words[halfOf(frame)];
  }

  // All that may stand above the picture while this run is shown.
  get sentences() {
    if (!this.stage || !this.scene) return [];
    const { frames } = this.scene;
    return [START, 0, 1, 2, frames - 1, frames].map((frame) => this.sentence(frame));
  }

  // However long a sentence is, the picture below keeps its place, and is level with those beside it.
  keepRoomFor(sentences) {
    for (const old of this.root.querySelectorAll(".em-room")) old.remove();
    const room = sentences.map((sentence) => `<p class="em-room" aria-hidden="true">${sentence}</p>`);
    this.find(".em-says").insertAdjacentHTML("afterend", room.join(""));
  }

  // What was said meanwhile of a point or a zoom is not spoken over by a half-step that was spoken before.
  rested(frame) {
    const moment = `${this.scene.showing} ${this.scene.run} ${frame}`;
    if (moment !== this.spokenOf) this.find(".em-spoken").textContent = spoken(this.scene, frame);
    this.spokenOf = moment;
    this.tell(frame);
  }

  // Python hears it, and so does the address: in place, so that the back button undoes choices, not steps.
  tell(frame) {
    const { fit, showing } = this.scene;
    const sight = this.sight();
    const news = this.newsOf(frame, sight);
    if (news === this.told || !this.root.isConnected || !this.setStateValue) return;
    this.told = news;
    const at = { iteration: iterationOf(frame), half: halfOf(frame) };
    const address = new URL(location);
    for (const [name, value] of Object.entries({ at: frame > START ? at.iteration + at.half : "", ...sight })) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    history.replaceState(history.state, "", address);
    this.setStateValue("at", { fit, showing, ...at, sight });
  }

  newsOf(frame, sight) {
    return [this.scene.showing, frame, ...Object.values(sight).filter(Boolean)].join(" ");
  }

  // What a link says of the picture besides the half-step; see sight.py. Nothing where the page keeps none.
  sight() {
    const { scene, stage, curve } = this;
    if (!scene?.sight || this.follows) return {};
    const row = stage.selected === null ? "" : (scene.rows?.[stage.selected] ?? stage.selected) + 1;
    return { graph: curve.view === "likelihood" ? "" : curve.view, selected: row, zoom: stage.zoom() };
  }

  // It was changed: Python hears of it, as of a half-step.
  sightChanged() {
    if (this.scene?.sight && this.transport && !this.transport.playing) this.rests(this.transport.frame);
  }

  rests(frame) {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.rested(frame), REST_MS);
  }

  // Show what the link that was opened says.
  openSight() {
    const { graph, selected, zoom } = this.scene.sight ?? {};
    if (graph && graph !== this.curve.view) {
      this.curve.look(graph);
      this.offerViews();
    }
    if (zoom) this.stage.lookAt(this.stage.sightOf(zoom));
    else if (zoom === null && this.stage.zoom()) this.stage.seeAll();
    if (selected !== undefined && selected !== (this.stage.selected ?? null)) this.stage.select(selected);
  }

  key(event) {
    if (!this.transport || !this.root.isConnected) return;
    const { target } = event;
    const inside = this.root.contains(target);
    if (isTyped(event) && !(inside && target.type === "range")) return;
    if (event.key === " " && target.closest?.("button, a:not([href]), summary, label, input[type=checkbox]")) return; // they have a use for it
    if (this.keys.key(event) || (!this.scene?.held && this.transport.key(event)) || this.keys.unselect(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  themeMayHaveChanged() {
    if (this.root.dataset.ready !== "true" || this.ink() === this.drawnIn) return;
    this.drawnIn = this.ink();
    this.stage.restyle();
    this.curve.restyle();
  }

  ink() {
    return getComputedStyle(this.root).getPropertyValue("--st-text-color");
  }

  destroy() {
    this.transport?.pause();
    clearTimeout(this.rest);
    this.watch.disconnect();
    this.sizes?.disconnect();
    this.rows?.disconnect();
    document.removeEventListener("fullscreenchange", this.onFullScreen);
    removeEventListener("resize", this.onResize);
    document.removeEventListener("em-room", this.onRoom);
    for (const event of ["pointerover", "click"]) document.removeEventListener(event, this.onPoint);
    this.group.leave(this);
    if (!this.follows) forget(this);
  }
}

const readable = (value) => (Math.abs(value) < 1e6 ? value.toFixed(4) : value.toExponential(3));

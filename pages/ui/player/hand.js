// Means by hand: drag one, double-click on empty space to add one, double-click on one to remove it; click on one
// to pick its component, which then has handles of its own. At the
// start this makes a new start; later it forks the run. While points are edited: a click on empty space adds one,
// a click on one deletes it, and it can be dragged. Python computes what follows.

import { placeOf } from "./place.js";
import { featuresOf, iterationOf } from "./scene.js";

const DOUBLE_MS = 400;
const NEAR = 6; // pixels that still count as the same place
const PATIENCE_MS = 10000; // how long an answer is waited for

export class Hand {
  constructor(stage, hooks) {
    this.stage = stage;
    this.hooks = hooks;
    this.held = null; // the component that is dragged
    this.position = null; // and where it is
    this.pending = null; // means that were placed, until their run is here
    this.until = 0; // the time at which we give that up
    this.of = ""; // and the data they are for
    this.dragging = false;
    this.editing = false; // points, not means
    this.marking = false; // neither: a place is asked for
    this.brush = null; // paints points while it is on; in the plane, where somebody hears it
    this.abort = null; // ends what is dragged as if it had not begun
    this.point = null; // the place of the point that is dragged
    this.last = { time: 0, x: 0, y: 0 };
    // In the capture phase, and so before Plotly, which covers the page as soon as a button is down.
    this.ground = stage.element.parentElement;
    this.ground.addEventListener("pointerdown", (event) => this.down(event), true);
    // A finger on what can be dragged does not scroll the page: inside an SVG, touch-action is not heeded.
    const keepStill = (event) => this.canDrag(event) && event.preventDefault();
    this.ground.addEventListener("touchstart", keepStill, { capture: true, passive: false });
  }

  canDrag({ target }) {
    if (this.marking) return !!target.closest?.(".nsewdrag");
    if (!this.stage.scene?.draggable) return false;
    return !!target.closest?.(this.editing || this.brush?.on ? ".nsewdrag, .em-held" : ".em-held, .em-handle");
  }

  // Make a mean draggable.
  hold(node, j) {
    node.classList.add("em-held");
    node.dataset.component = j;
    node.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "title")).textContent =
      [
        ...(this.stage.scene.draggable ? ["Drag to move; double-click to remove"] : []),
        ...(this.stage.handles?.can ? ["click for spread, weight and locks"] : []),
      ].join("; ");
  }

  down(event) {
    const { stage } = this;
    if (this.marking && event.button === 0) return this.mark(event);
    const mean = event.target.closest?.(".em-held");
    if (event.button !== 0) return;
    if (!stage.scene?.draggable) return mean && this.pick(mean);
    if (this.brush?.on) return this.paint(event);
    if (this.editing) return this.edit(event);
    const handle = event.target.closest?.(".em-handle");
    if (handle) {
      event.preventDefault();
      event.stopPropagation();
      return stage.handles.grab(event, handle);
    }
    const inside = mean || event.target.closest?.(".nsewdrag");
    if (!inside) return;
    const { time, x, y } = this.last;
    const again = event.timeStamp - time < DOUBLE_MS && Math.hypot(event.clientX - x, event.clientY - y) < NEAR;
    this.last = { time: again ? 0 : event.timeStamp, x: event.clientX, y: event.clientY };
    if (mean) {
      event.preventDefault();
      event.stopPropagation();
      if (again) this.remove(Number(mean.dataset.component));
      else this.drag(event, mean);
    } else if (again && stage.card.hidden) {
      event.stopPropagation();
      this.add(this.at(event));
    }
  }

  // The place of an event: of one coordinate where there is one feature.
  at(event) {
    const place = placeOf(event, this.stage.element);
    return place.slice(0, featuresOf(this.stage.scene));
  }

  drag(event, node) {
    const j = Number(node.dataset.component);
    this.dragging = true;
    this.follow(event, {
      move: (place) => {
        this.held = j;
        this.position = place;
      },
      finish: (place) => {
        this.dragging = false;
        // The mean stays where it was dropped until the new run is here.
        if (place && j < this.stage.scene.k) return this.drop(j, place);
        this.held = this.position = null;
        if (!place) this.pick(node);
      },
      cancel: () => {
        this.dragging = false;
        this.held = this.position = null;
      },
    });
  }

  // Its handles come; or go, where they are there.
  pick({ dataset: { component } }) {
    const { handles } = this.stage;
    handles?.pick(handles.picked === Number(component) ? null : Number(component));
  }

  // Follow a pointer that is down. `move(place)` hears of each move; then comes `finish(place)`, without a place
  // if it was no drag, or `cancel()`, as when a touch turns into something else.
  follow(event, { move, finish, cancel }) {
    const { stage, ground } = this;
    const begun = [event.clientX, event.clientY];
    let moved = false;
    // Not on what is dragged: the answer to an earlier drag may replace it while this one goes on.
    ground.setPointerCapture(event.pointerId);
    stage.hooks.stop();
    const onMove = (now) => {
      moved ||= Math.hypot(now.clientX - begun[0], now.clientY - begun[1]) > 3;
      if (!moved) return;
      move(this.at(now), now);
      stage.repaint();
    };
    const onEnd = (now) => {
      this.abort = null;
      ground.removeEventListener("pointermove", onMove);
      ground.removeEventListener("pointerup", onEnd);
      ground.removeEventListener("pointercancel", onEnd);
      if (now.type === "pointercancel") cancel();
      else finish(moved ? this.at(now) : null);
      stage.repaint();
    };
    ground.addEventListener("pointermove", onMove);
    ground.addEventListener("pointerup", onEnd);
    ground.addEventListener("pointercancel", onEnd);
    this.abort = () => onEnd({ type: "pointercancel" });
  }

  // The place that is asked for: where it is clicked, or where a drag ends.
  mark(event) {
    const { stage } = this;
    if (!this.canDrag(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const [before, place] = [stage.mark, this.at(event)];
    stage.mark = place;
    this.follow(event, {
      move: (now) => (stage.mark = now),
      finish: (now) => stage.hooks.mark((stage.mark = now ?? place)),
      cancel: () => (stage.mark = before),
    });
    stage.repaint();
  }

  paint(event) {
    if (!this.canDrag(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const { move, finish, cancel } = this.brush.stroke(event, this.stage);
    this.stage.repaint();
    this.follow(event, { move: (_, now) => move(now), finish, cancel });
  }

  edit(event) {
    const { stage } = this;
    if (!this.canDrag(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const { data } = stage.scene;
    const point = this.pointAt(event);
    const place = this.at(event);
    this.follow(event, {
      move: (now) => (this.point = point === null ? null : now),
      finish: (now) => {
        // Add, move, delete; a drag that began on no point is nothing.
        if (point === null && !now) stage.hooks.edit({ data, point, place });
        else if (point !== null) stage.hooks.edit({ data, point, place: now });
      },
      cancel: () => (this.point = null),
    });
  }

  // The point under the pointer, or null.
  pointAt({ clientX, clientY }) {
    const { element } = this.stage;
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    return this.nearest(clientX - box.left - xaxis._offset, clientY - box.top - yaxis._offset);
  }

  // The point near a place in pixels of the axes, at any height where none is given; or null.
  nearest(left, top) {
    const { element, scene } = this.stage;
    const { xaxis, yaxis } = element._fullLayout;
    let [best, nearest] = [null, 2 * NEAR];
    for (let i = 0; i < scene.n; i++) {
      const above = top === null ? 0 : yaxis.c2p(scene.points[2 * i + 1]) - top;
      const away = Math.hypot(xaxis.c2p(scene.points[2 * i]) - left, above);
      if (away < nearest) [best, nearest] = [i, away];
    }
    return best;
  }

  // A run has come. It may be the answer to an earlier drag than the last: then that one still holds.
  answered(scene) {
    this.point = null;
    this.stage.handles?.letGo();
    const waiting = this.pending && scene.data === this.of && performance.now() < this.until;
    if (waiting && !this.begins(scene)) return;
    this.pending = null;
    if (!this.dragging) this.held = this.position = null;
  }

  // Whether a run begins with the means that were placed last, as far as an eye can tell.
  begins(scene) {
    const means = this.startsOf(scene);
    const near = (value, other, axis) => Math.abs(value - other) <= 0.005 * (scene.range[axis][1] - scene.range[axis][0]);
    const same = (mean, j) => mean.every((value, axis) => near(value, means[j][axis], axis));
    return this.pending.length === means.length && this.pending.every(same);
  }

  drop(j, position) {
    const iteration = iterationOf(this.stage.position.frame);
    // The start of a fork is a step of the run before, with weights and covariances of its own.
    if (iteration > 0 || this.stage.scene.ghost) return this.hooks.fork({ iteration, component: j, what: "mean", values: position });
    const means = this.starts();
    means[j] = position;
    this.place(means);
  }

  place(means) {
    this.pending = means;
    this.of = this.stage.scene.data;
    this.until = performance.now() + PATIENCE_MS;
    this.hooks.place(means);
  }

  // Adding and removing make a new start, and so they are for the start.
  atStart() {
    const there = iterationOf(this.stage.position.frame) === 0 && !this.stage.scene.ghost;
    if (!there) this.hooks.say("Means are added and removed at the start of a run: press Home, or undo the fork.");
    return there;
  }

  add(position) {
    if (!this.atStart()) return;
    const means = this.starts();
    if (means.length >= this.stage.scene.most) return this.hooks.say(`At most ${this.stage.scene.most} components.`);
    this.place([...means, position]);
  }

  remove(j) {
    if (!this.atStart()) return;
    const means = this.starts();
    if (means.length === 1) return this.hooks.say("One component must stay.");
    this.stage.handles?.pick(null);
    this.place(means.filter((_, i) => i !== j));
  }

  // The means of the start: those that were placed, if their run is still to come.
  starts() {
    return this.pending ? [...this.pending] : this.startsOf(this.stage.scene);
  }

  startsOf(scene) {
    const d = featuresOf(scene);
    return Array.from({ length: scene.k }, (_, j) => Array.from(scene.means.subarray(j * d, (j + 1) * d)));
  }
}

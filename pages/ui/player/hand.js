// Means by hand: drag one, double-click on empty space to add one, double-click on one to remove it. At the
// start this makes a new start; later it forks the run. Python computes what follows.

import { iterationOf } from "./scene.js";

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
    this.until = 0; // and the time at which we give that up
    this.dragging = false;
    this.last = { time: 0, x: 0, y: 0 };
    // In the capture phase, and so before Plotly, which covers the page as soon as a button is down.
    this.ground = stage.element.parentElement;
    this.ground.addEventListener("pointerdown", (event) => this.down(event), true);
  }

  // Make a mean draggable.
  hold(node, j) {
    node.classList.add("em-held");
    node.dataset.component = j;
    node.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "title")).textContent =
      "Drag to move; double-click to remove";
  }

  down(event) {
    const { stage } = this;
    if (!stage.scene?.draggable || event.button !== 0) return;
    const mean = event.target.closest?.(".em-held");
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

  // The place of an event in data units, kept inside the axes.
  at({ clientX, clientY }) {
    const { element, scene } = this.stage;
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    const x = xaxis.p2c(inside(clientX - box.left - xaxis._offset, xaxis._length));
    const y = yaxis.p2c(inside(clientY - box.top - yaxis._offset, yaxis._length));
    return scene.kind === "line" ? [x] : [x, y];
  }

  drag(event, node) {
    const { stage, ground } = this;
    const j = Number(node.dataset.component);
    const begun = [event.clientX, event.clientY];
    let moved = false;
    // Not on the mean itself: the answer to an earlier drag may replace it while this one goes on.
    ground.setPointerCapture(event.pointerId);
    this.dragging = true;
    stage.hooks.stop();
    const repaint = () => stage.paint(stage.position.frame, 1);
    const move = (now) => {
      moved ||= Math.hypot(now.clientX - begun[0], now.clientY - begun[1]) > 3;
      if (!moved) return;
      this.held = j;
      this.position = this.at(now);
      repaint();
    };
    const finish = (now) => {
      ground.removeEventListener("pointermove", move);
      ground.removeEventListener("pointerup", finish);
      ground.removeEventListener("pointercancel", finish);
      this.dragging = false;
      // The mean stays where it was dropped until the new run is here.
      if (moved && now.type === "pointerup" && j < stage.scene.k) this.drop(j, this.position);
      else this.held = this.position = null;
      repaint();
    };
    ground.addEventListener("pointermove", move);
    ground.addEventListener("pointerup", finish);
    ground.addEventListener("pointercancel", finish);
  }

  // A run has come. It may be the answer to an earlier drag than the last: then that one still holds.
  answered(scene) {
    if (this.pending && performance.now() < this.until && !this.begins(scene)) return;
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
    if (iteration > 0 || this.stage.scene.ghost) return this.hooks.fork({ iteration, component: j, position });
    const means = this.starts();
    means[j] = position;
    this.place(means);
  }

  place(means) {
    this.pending = means;
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
    this.place(means.filter((_, i) => i !== j));
  }

  // The means of the start: those that were placed, if their run is still to come.
  starts() {
    return this.pending ? [...this.pending] : this.startsOf(this.stage.scene);
  }

  startsOf(scene) {
    const d = scene.kind === "line" ? 1 : 2;
    return Array.from({ length: scene.k }, (_, j) => Array.from(scene.means.subarray(j * d, (j + 1) * d)));
  }
}

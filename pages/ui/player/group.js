// Players that follow each other: one leads, has the buttons and speaks to Python; the others show, of runs of
// their own, the half-step that it shows. Players without a group's name are one group.

import { isPresented } from "./room.js";
import { iterationOf, START } from "./scene.js";

const groups = new Map();

export function groupNamed(name) {
  if (!groups.has(name)) groups.set(name, new Group());
  return groups.get(name);
}

class Group {
  constructor() {
    this.players = new Set();
    this.marks = [];
  }

  join(player) {
    this.players.add(player);
  }

  leave(player) {
    this.players.delete(player);
    this.changed();
  }

  get leader() {
    return [...this.players].find((player) => !player.follows);
  }

  get followers() {
    return [...this.players].filter((player) => player.follows);
  }

  // The half-step that is shown, and the last one of the longest run.
  get frame() {
    return this.leader?.transport?.frame ?? START;
  }

  get last() {
    return Math.max(0, ...[...this.players].map(({ scene }) => (scene ? scene.frames - 1 : 0)));
  }

  // On a small screen the curves are folded away, or all of them are there.
  fold() {
    const open = this.leader.root.toggleAttribute("data-unfolded");
    for (const { root } of this.followers) root.toggleAttribute("data-unfolded", open);
    this.leader.find(".em-fold").setAttribute("aria-expanded", String(open));
  }

  // A run came, or went.
  changed() {
    this.seat();
    const sentences = [...new Set([...this.players].flatMap((player) => player.sentences))];
    for (const player of this.players) {
      player.keepRoomFor(sentences);
      player.root.toggleAttribute("data-grouped", this.players.size > 1);
      player.curve?.reach(iterationOf(this.last));
    }
    this.leader?.transport?.extend(this.last);
    this.leader?.keepPlayInView(); // as they stand now
    if (isPresented()) for (const player of this.players) player.fit();
  }

  // Mark, for the style, the smallest part of the page that holds them all, what it is in, what of it each of
  // them is in, and what lies between.
  seat() {
    for (const [node, name] of this.marks) node.removeAttribute(name);
    this.marks = [];
    this.ground = this.leader?.root;
    if (!this.ground) return;
    const roots = [...this.players].map(({ root }) => root);
    if (roots.length > 1 && roots.every((root) => root.isConnected)) this.seatTogether(roots);
    if (this === groups.get("") && isPresented()) this.marks.push([this.ground, "data-em-whole"]);
    for (const [node, name, value = ""] of this.marks) node.setAttribute(name, value);
  }

  seatTogether(roots) {
    while (!roots.every((root) => this.ground.contains(root))) this.ground = this.ground.parentElement;
    const seats = [...this.ground.children].filter((child) => roots.some((root) => child.contains(root)));
    const between = new Set();
    for (const root of roots) for (let at = root.parentElement; at !== this.ground; at = at.parentElement) between.add(at);
    this.marks.push(...[...between].map((node) => [node, "data-em-between"]));
    this.marks.push([this.ground, "data-em-ground"], [this.ground.parentElement, "data-em-page"]);
    this.marks.push(...seats.map((child, i) => [child, "data-em-seat", i]));
  }

  // One was zoomed or turned: all look at the same place.
  lookLike(one) {
    const sight = one.stage?.sight();
    if (sight) for (const player of this.players) if (player !== one) player.stage?.lookAt(sight);
  }
}

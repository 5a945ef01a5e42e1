// Players that follow each other: one leads, has the buttons and speaks to Python; the others show, of runs of
// their own, the half-step that it shows. Players without a group's name are one group.

import { iterationOf } from "./scene.js";

const groups = new Map();

export function groupNamed(name) {
  if (!groups.has(name)) groups.set(name, new Group());
  return groups.get(name);
}

class Group {
  constructor() {
    this.players = new Set();
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
    return this.leader?.transport?.frame ?? 0;
  }

  get last() {
    return Math.max(0, ...[...this.players].map(({ scene }) => (scene ? scene.frames - 1 : 0)));
  }

  // A run came, or went.
  changed() {
    for (const { root, curve } of this.players) {
      root.toggleAttribute("data-grouped", this.players.size > 1);
      curve?.reach(iterationOf(this.last));
    }
    this.leader?.transport?.extend(this.last);
  }

  // One was zoomed or turned: all look at the same place.
  lookLike(one) {
    const sight = one.stage?.sight();
    if (sight) for (const player of this.players) if (player !== one) player.stage?.lookAt(sight);
  }

  // The smallest part of the page that holds them all.
  get ground() {
    let node = this.leader.root;
    while (![...this.players].every(({ root }) => node.contains(root))) node = node.parentElement;
    return node;
  }
}

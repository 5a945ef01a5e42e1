// One keyboard for all players of the page: a key is for the one that holds the focus, else for the one that
// was used last, else for the first.

const players = [];
let used = null;

const holder = (node) => players.find(({ group }) => [...group.players].some(({ root }) => root.contains(node)));

document.addEventListener("pointerdown", ({ target }) => (used = holder(target) ?? used), true);
document.addEventListener(
  "keydown",
  (event) => (holder(event.target) ?? players.find((player) => player === used) ?? players[0])?.key(event),
  true,
);

export function listen(player) {
  players.push(player);
}

export function forget(player) {
  players.splice(players.indexOf(player), 1);
}

// Whose a key is: that of what is typed or chosen in, or the page's. A list in which a choice was made, and a
// number that was entered, keep the focus; they have no use any more for the keys that move or play.

const TEXT = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, [contenteditable=true]";
const OTHERS = "select, [role=slider], [role=tab], [role=option], [role=radio]:not(.em-player *), [role=menuitem], [data-testid=stDataFrame]";
const MOVING = ["Home", "End", "ArrowLeft", "ArrowRight", "Escape"];

let entered = null; // the number field whose number is what was last entered

document.addEventListener("keydown", ({ key, target }) => key === "Enter" && (entered = target), true);
for (const event of ["input", "focusin"]) document.addEventListener(event, () => (entered = null), true);

export function isTyped({ key, target, ctrlKey, metaKey }) {
  const command = ctrlKey || metaKey;
  const list = target.closest?.("[role=combobox]");
  if (list) return list.getAttribute("aria-expanded") === "true" || !(command || key === " " || MOVING.includes(key));
  const text = target.closest?.(TEXT);
  if (text?.type === "number" && key === " ") return false;
  if (text) return text !== entered || text.type !== "number" || !(command || MOVING.includes(key));
  const other = target.closest?.(OTHERS);
  if (!other) return false;
  const chosen = other.getAttribute("aria-checked") === "true" || other.getAttribute("aria-selected") === "true";
  return !(command || (key === " " && chosen));
}

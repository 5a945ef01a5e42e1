// Texts to copy, each with its button. Browsers lend the clipboard to secure pages alone, and may refuse it there;
// then the older way is tried, and the text stays selected.

export function receive({ data, parentElement }) {
  let root = parentElement.querySelector(".em-share");
  if (!root) {
    root = parentElement.appendChild(document.createElement("div"));
    root.className = "em-share";
  }
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  root.replaceChildren(...data.flatMap((one, i) => fieldOf(one, i, said)), said);
}

export function leave() {}

function fieldOf({ name, text, note }, i, said) {
  const label = document.createElement("label");
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, rows: 2, id: `em-share-${i}` });
  Object.assign(label, { textContent: name, htmlFor: area.id });
  area.addEventListener("focus", () => area.select());
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy: ${name}`);
  button.addEventListener("click", async () => {
    const copied = await copy(area);
    said.textContent = copied ? `Copied: ${name}.` : `${name} is selected: press Ctrl + C to copy it.`;
  });
  const row = document.createElement("div");
  row.append(area, button);
  return [label, row, Object.assign(document.createElement("p"), { textContent: note })];
}

async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch {
    area.focus();
    area.select();
    return document.execCommand("copy");
  }
}

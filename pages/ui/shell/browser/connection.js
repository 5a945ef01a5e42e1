// While there is no connection, a sentence says so, in place of Streamlit's dialog, which is for programmers and
// lies over the picture. What a server says to nobody is lost, and parts of a page with it: who was away asks
// for the page once more.

const STATE = "data-test-connection-state";
const SHORT_MS = 1500; // an absence that nobody needs to know of
const LOST = "No connection to the server. What you see stays, and all goes on by itself once the server answers.";
const OF_THIS_COMPUTER = " If it was stopped on this computer, start it again by: streamlit run app.py";
const LOOK =
  "position: fixed; top: 0.25rem; left: 50%; transform: translateX(-50%); z-index: 1000000; box-sizing: border-box; " +
  "width: max-content; max-width: calc(100vw - 1rem); padding: 0.4rem 0.8rem; font-size: 0.9rem; border-radius: 0.5rem; " +
  "border: 1px solid; background: CanvasText; color: Canvas;";

const app = document.querySelector(".stApp");
const bar = document.createElement("div");
bar.setAttribute("role", "status");
document.body.append(bar);

let ask = null;
let away = false;
let timer;

export function receive({ setStateValue }) {
  ask = setStateValue;
}

export function leave() {} // this part may be among those that are lost: it asks nevertheless

function askForAll() {
  ask?.("time", Date.now());
}

function look() {
  if (away === (app.getAttribute(STATE) !== "CONNECTED")) return;
  away = !away;
  clearTimeout(timer);
  document.documentElement.toggleAttribute("data-em-away", away);
  if (away) {
    timer = setTimeout(say, SHORT_MS);
    dialogs.observe(document.body, { childList: true, subtree: true });
  } else {
    bar.textContent = bar.style.cssText = "";
    dialogs.disconnect();
    askForAll();
  }
}

function say() {
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  bar.textContent = LOST + (here ? OF_THIS_COMPUTER : "");
  bar.style.cssText = LOOK;
}

const dialogs = new MutationObserver(() => {
  document.querySelector(".stDialog:has([data-testid=stErrorCodeBlock]) button[aria-label=Close]")?.click();
});
new MutationObserver(look).observe(app, { attributeFilter: [STATE] });

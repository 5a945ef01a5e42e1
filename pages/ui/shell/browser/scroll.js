// Where one was on a page, for who comes back to it. Streamlit scrolls a part of the page, which browsers forget.

const WAIT_MS = 60000; // for what grows while it is drawn; whoever scrolls is left alone
const STAY_MS = 3000; // Streamlit may yet scroll to the top of what it takes for a new page
const LEAVING_MS = 4000; // after a click the page may be another, which scrolls to its own top

let leaveIt = null;

export function receive({ parentElement, data }) {
  if (leaveIt) return;
  const key = `em-scroll ${data}`;
  const main = parentElement.closest("[data-testid=stMain]");
  if (!main) return; // the page was left before this came
  const goal = Number(sessionStorage.getItem(key) ?? 0);
  let clicked = -LEAVING_MS;
  const keep = ({ type, timeStamp }) => {
    if (timer || timeStamp - clicked < LEAVING_MS) return;
    if (type === "click") clicked = timeStamp;
    sessionStorage.setItem(key, main.scrollTop);
  };
  // Scrolled by the user, not by Streamlit as it leaves.
  const watched = ["wheel", "touchmove", "pointerdown", "keydown"];
  const stop = () => (timer = clearInterval(timer));
  const begun = performance.now();
  let reached = null;
  const restore = () => {
    main.scrollTop = goal;
    const now = performance.now();
    reached = main.scrollTop >= goal - 1 ? (reached ?? now) : null;
    if ((reached !== null && now - reached > STAY_MS) || now - begun > WAIT_MS) stop();
  };
  let timer = goal ? setInterval(restore, 50) : undefined;
  for (const event of watched) main.addEventListener(event, stop, true);
  for (const event of ["click", "scrollend"]) main.addEventListener(event, keep, true);
  leaveIt = () => {
    stop();
    for (const event of watched) main.removeEventListener(event, stop, true);
    for (const event of ["click", "scrollend"]) main.removeEventListener(event, keep, true);
  };
}

export function leave() {
  leaveIt?.();
  leaveIt = null;
}

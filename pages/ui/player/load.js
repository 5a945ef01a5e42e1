// Plotly's scripts, from this server, each once for all that draw with it: a small one for points, lines and bars, which
// is ready in a seventh of the time, and the whole, which also draws contours and space.

const loading = {};
let small;

// `whole` : whether the small one would not do. Where Streamlit's own charts or a file brought one, that is taken.
export async function loadPlotly(base, whole) {
  const there = window.Plotly;
  if (there && !(whole && there === small)) return there;
  const found = await load(`${base}/${whole ? "plotly.min.js" : "plotly-basic.min.js"}`);
  if (!whole) small = found;
  return found;
}

function load(address) {
  loading[address] ??= new Promise((resolve, reject) => {
    const script = document.head.appendChild(document.createElement("script"));
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      delete loading[address]; // whoever needs it next asks again
      script.remove();
      reject(new DOMException("Plotly's script could not be loaded from this server.", "NetworkError"));
    };
  });
  return loading[address];
}

// A user's name as Plotly shows it: no markup, as `label` in palette.py.
export function plain(name) {
  return String(name ?? "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

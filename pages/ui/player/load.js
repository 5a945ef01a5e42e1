// Plotly's script, from this server, once for all that draw with it.

let plotly;

export function loadPlotly(base) {
  plotly ??= window.Plotly ?? new Promise((resolve, reject) => {
    const script = document.head.appendChild(document.createElement("script"));
    script.src = `${base}/plotly.min.js`;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("Plotly's script could not be loaded from this server."));
  });
  return plotly;
}

// A user's name as Plotly shows it: no markup, as `label` in palette.py.
export function plain(name) {
  return String(name ?? "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

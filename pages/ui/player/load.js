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

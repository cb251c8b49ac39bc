/** Draws every interactive chart of a page with the Vega that lies beside it, and says so where that fails. */
export const EXPLORE_SCRIPT = `"use strict";
for (const place of document.querySelectorAll(".explore")) {
  const spec = JSON.parse(place.querySelector("script").textContent);
  const words = place.querySelector("p");
  try {
    const chart = document.createElement("div");
    place.append(chart);
    const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "svg", container: chart, hover: true });
    view.runAsync().then(() => { words.hidden = true; }, (error) => { words.append(" (" + error.message + ")"); });
  } catch (error) {
    words.append(" (" + error.message + ")");
  }
}
`;

// The tab for one photograph.

import { element } from "./dom.js";

export function mount(panel, stage) {
  const sentence = element("p", { id: "sentence" });
  const read = async (event) => {
    const analysis = await stage.engine.analyse([...event.target.files]);
    sentence.textContent = JSON.stringify(analysis.results[0]);
  };
  panel.append(element("input", { type: "file", "aria-label": "Photograph", onchange: read }), sentence);
}

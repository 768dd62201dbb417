// <emotion-stage>: the whole page, in the same way on a server and without one.
//
// Its shadow root keeps the styles of the page around it out. The attribute `engine` names the
// module that reads pictures: "./engine_http.js" asks the server.

import { element } from "./dom.js";

/** Tabs in their order: name, title, and the module that fills the tab with mount(panel, stage). */
const TABS = [
  ["photograph", "Photograph"],
  ["video", "Video"],
  ["live", "Live"],
  ["many", "Many pictures"],
  ["compare", "Compare"],
  ["about", "About"],
];

class EmotionStage extends HTMLElement {
  async connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    this.base = new URL("../", import.meta.url);
    const { createEngine } = await import(this.getAttribute("engine") ?? "./engine_http.js");
    this.engine = await createEngine(this.base);
    this.info = await this.engine.models();
    root.append(element("link", { rel: "stylesheet", href: new URL("stage.css", import.meta.url) }));
    const tabs = element("nav", { role: "tablist" });
    root.append(tabs);
    for (const [name, title] of TABS) {
      if (this.engine.can[name] === false) continue;
      const panel = element("section", { id: name, role: "tabpanel", hidden: name !== "photograph" });
      tabs.append(element("button", { role: "tab", onclick: () => this.show(name) }, title));
      root.append(panel);
      const { mount } = await import(`./${name}.js`);
      mount(panel, this);
    }
  }

  show(name) {
    for (const panel of this.shadowRoot.querySelectorAll("section")) panel.hidden = panel.id !== name;
  }
}

customElements.define("emotion-stage", EmotionStage);

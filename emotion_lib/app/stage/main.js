// <emotion-stage>: the whole page, in the same way on a server and without one.
//
// Its shadow root keeps the styles of the page around it out. The attribute `engine` names the
// module that reads pictures: "./engine_http.js" asks the server.

import { element } from "./dom.js";
import { faultNotice } from "./fault_notice.js";
import { claim, footer, tools } from "./frame.js";
import { setColors } from "./palette.js";
import { Tabs } from "./tabs.js";
import { Theme } from "./theme.js";

const STYLES = ["stage", "photograph", "video", "live", "many", "compare", "about"];

/** Tabs in their order: name, title. `./NAME.js` fills the tab with mount(panel, stage). */
const TABS = [
  ["photograph", "Photograph"],
  ["video", "Video"],
  ["live", "Live"],
  ["many", "Many pictures"],
  ["compare", "Compare"],
  ["about", "About"],
];

const NOT_LOADED = "A part of this page could not be loaded. Check the network, then try again.";

class EmotionStage extends HTMLElement {
  async connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    this.lang = "en";
    this.base = new URL("../", import.meta.url);
    this.theme = new Theme(this);
    await Promise.all(STYLES.map((name) => addStyle(root, `${name}.css`)));
    const waiting = element("p", { class: "starting", role: "status" }, "Starting …");
    root.append(waiting);
    try {
      await this.start();
    } catch (error) {
      waiting.replaceChildren(
        `${error.message} `,
        element("button", { class: "button", onclick: () => location.reload() }, "Try again"),
      );
      return;
    }
    waiting.remove();
    this.build(root);
  }

  async start() {
    const { createEngine } = await import(this.getAttribute("engine") ?? "./engine_http.js");
    this.engine = await createEngine(this.base);
    this.info = await this.engine.models();
    setColors(this, this.info);
  }

  build(root) {
    this.tabs = new Tabs((panel, name) => this.mount(panel, name));
    for (const [name, title] of TABS) {
      if (this.engine.can[name] !== false) this.tabs.add(name, title);
    }
    const top = element(
      "header",
      { class: "top" },
      element("h1", {}, "Emotion lab"),
      this.tabs.list,
      tools(this),
    );
    const parts = [top, claim(this), ...this.tabs.panels, footer(this)];
    root.append(element("div", { class: "page" }, ...parts));
    this.tabs.followHash();
  }

  /** Fill a panel; what fails, such as a server that is away, can be tried again. */
  async mount(panel, name) {
    try {
      const { mount } = await import(`./${name}.js`);
      await mount(panel, this);
    } catch (error) {
      const again = () => {
        panel.replaceChildren();
        this.mount(panel, name);
      };
      const isOfEngine = "retry" in error; // its message is for visitors
      if (!isOfEngine) reportError(error);
      panel.replaceChildren(faultNotice(isOfEngine ? error.message : NOT_LOADED, again));
    }
  }

  /**
   * Show a tab.
   * @param {string} name
   * @param {Object} detail is passed on with the panel's event "shown", such as { file }.
   */
  show(name, detail = null) {
    return this.tabs.choose(name, detail);
  }
}

/** Add a style sheet and wait for it, so that nothing is shown without its style. */
async function addStyle(root, name) {
  const link = element("link", { rel: "stylesheet", href: new URL(name, import.meta.url) });
  const loaded = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
  });
  root.append(link);
  await loaded;
}

customElements.define("emotion-stage", EmotionStage);

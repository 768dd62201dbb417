// Counts per label as one bar, and buttons that choose which labels are shown.

import { element } from "./dom.js";
import { NO_FACE, UNREADABLE } from "./face_rows.js";
import { colorVariable } from "./palette.js";

/** Groups that are no expressions: faces that are not read, and pictures without any. */
const GRAYS = new Map([
  ["not sure", "var(--unread)"],
  ["poor view", "var(--unread)"],
  [NO_FACE, "var(--line)"],
  [UNREADABLE, "var(--line)"],
]);

/** The bar with its buttons; `element` belongs into the page. */
export class LabelFilter {
  /** @param {() => void} onchange is called when another label is chosen. */
  constructor(onchange) {
    this.onchange = onchange;
    this.chosen = null;
    this.bar = element("div", { class: "label-bar", "aria-hidden": "true" });
    this.buttons = element("div", { class: "label-buttons", role: "group", "aria-label": "Show" });
    this.element = element("div", { class: "label-filter" }, this.bar, this.buttons);
  }

  /** Whether rows of a group are shown. */
  shows(group) {
    return this.chosen === null || this.chosen === group;
  }

  clear() {
    this.chosen = null;
  }

  /** Show counts: [[group, number of rows], ...]. */
  show(groups) {
    if (!groups.some(([name]) => name === this.chosen)) this.chosen = null;
    this.bar.replaceChildren(...groups.map(partOf));
    const focused = this.buttons.getRootNode().activeElement?.dataset?.group;
    this.buttons.replaceChildren(...groups.map(([name, count]) => this.buttonOf(name, count)));
    // The buttons are new while pictures come in; the focus stays where it was.
    if (focused) this.buttons.querySelector(`[data-group="${CSS.escape(focused)}"]`)?.focus();
  }

  buttonOf(name, count) {
    const choose = () => {
      this.chosen = this.chosen === name ? null : name;
      this.onchange();
    };
    const attributes = {
      class: "quiet",
      type: "button",
      "data-group": name,
      "aria-pressed": String(this.chosen === name),
      onclick: choose,
    };
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--face", colorOfGroup(name));
    return element("button", attributes, swatch, `${name} ${count.toLocaleString("en")}`);
  }
}

function partOf([name, count]) {
  const part = element("span", { title: `${name}: ${count}` });
  part.style.flexGrow = count;
  part.style.setProperty("--face", colorOfGroup(name));
  return part;
}

function colorOfGroup(name) {
  return GRAYS.get(name) ?? colorVariable(name);
}

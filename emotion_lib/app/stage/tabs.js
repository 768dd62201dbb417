// The tabs: a row of buttons, one panel each, the address's hash.

import { element } from "./dom.js";

/**
 * Tabs, whose panels are filled when they are first shown.
 *
 * A panel gets the event "shown" each time it appears, with the `detail` of show(), and "hidden"
 * when another one takes its place.
 */
export class Tabs {
  /** @param {(panel: HTMLElement, name: string) => Promise<void>} mount fills a panel. */
  constructor(mount) {
    this.mount = mount;
    this.list = element("div", { role: "tablist", "aria-label": "What to read", class: "tabs" });
    this.list.addEventListener("keydown", (event) => this.step(event));
    this.list.addEventListener("scroll", () => this.markEnds());
    new ResizeObserver(() => this.markEnds()).observe(this.list);
    this.panels = [];
    this.mounted = new Map();
    this.current = null;
    addEventListener("hashchange", () => this.followHash());
  }

  add(name, title) {
    const tab = element(
      "button",
      {
        id: `tab-${name}`,
        role: "tab",
        type: "button",
        "aria-controls": name,
        "aria-selected": "false",
        tabindex: "-1",
        onclick: () => this.choose(name),
      },
      title,
    );
    const panel = element("section", {
      id: name,
      role: "tabpanel",
      "aria-labelledby": tab.id,
      hidden: true,
    });
    this.list.append(tab);
    this.panels.push(panel);
  }

  /** Show the tab that the address names, or the first one. */
  followHash() {
    const name = location.hash.slice(1);
    const panel = this.panels.find(({ id }) => id === name) ?? this.panels[0];
    return this.show(panel.id);
  }

  /** Show a tab, and let the address name it, so that the browser's "back" shows the one before. */
  choose(name, detail = null) {
    if (this.current?.id !== name) history.pushState(history.state, "", `#${name}`);
    return this.show(name, detail);
  }

  async show(name, detail = null) {
    const panel = this.panels.find(({ id }) => id === name);
    if (!panel) return;
    const isSame = this.current === panel;
    if (isSame && detail === null) return;
    if (!isSame) {
      this.current?.dispatchEvent(new CustomEvent("hidden"));
      this.current = panel;
      for (const other of this.panels) this.mark(other, other === panel);
    }
    if (!this.mounted.has(panel)) this.mounted.set(panel, this.mount(panel, name));
    await this.mounted.get(panel);
    // Another tab may have been chosen while the module was loading.
    if (this.current === panel) panel.dispatchEvent(new CustomEvent("shown", { detail }));
  }

  mark(panel, isShown) {
    panel.hidden = !isShown;
    const tab = this.tabOf(panel);
    tab.setAttribute("aria-selected", String(isShown));
    tab.setAttribute("tabindex", isShown ? "0" : "-1");
    if (isShown) tab.scrollIntoView?.({ block: "nearest", inline: "center" });
  }

  /** Say on which side there are more tabs than there is room for. */
  markEnds() {
    const { scrollLeft, scrollWidth, clientWidth, classList } = this.list;
    classList.toggle("more-before", scrollLeft > 1);
    classList.toggle("more-after", scrollLeft < scrollWidth - clientWidth - 1);
  }

  tabOf(panel) {
    return this.list.children[this.panels.indexOf(panel)];
  }

  step(event) {
    const index = this.panels.indexOf(this.current);
    const last = this.panels.length - 1;
    const target = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.list.children[target].focus();
    this.choose(this.panels[target].id);
  }
}

// Parts of the tab about the model: sections, lists, tables, and how numbers are written.

import { element } from "./dom.js";

/** Return a section with a heading; `id` may be null. */
export function section(id, title, ...content) {
  return element("section", { class: "about-part", id }, element("h3", {}, title), ...content);
}

/** Return a paragraph. */
export function paragraph(...sentences) {
  return element("p", {}, sentences.join(" "));
}

/** Return a list of sentences. */
export function list(sentences) {
  const items = sentences.map((text) => element("li", {}, text));
  return element("ul", { class: "sentences" }, ...items);
}

/** Return terms with their texts: [[term, text], ...]. */
export function facts(pairs) {
  const nodes = [];
  for (const [term, text] of pairs) {
    nodes.push(element("dt", {}, term), element("dd", {}, text));
  }
  return element("dl", { class: "facts" }, ...nodes);
}

/**
 * Return a table whose first column names the rows.
 * @param {string} caption for screen readers.
 * @param {string[]} heads of the columns.
 * @param {string[][]} rows
 */
export function table(caption, heads, rows) {
  const body = rows.map(([first, ...others]) => {
    const cells = others.map((text) => element("td", {}, text));
    return element("tr", {}, element("th", { scope: "row" }, first), ...cells);
  });
  const top = heads.map((title) => element("th", { scope: "col" }, title));
  return element(
    "div",
    // Where it is too narrow, the keyboard can scroll it.
    { class: "table-frame", role: "region", "aria-label": caption, tabindex: "0" },
    element(
      "table",
      {},
      element("caption", { class: "visually-hidden" }, caption),
      element("thead", {}, element("tr", {}, ...top)),
      element("tbody", {}, ...body),
    ),
  );
}

/** Return "91.6 %": with one decimal, as in the model card, and never broken into two lines. */
export function share(value) {
  return `${(100 * value).toFixed(1)}\u00a0%`;
}

/** Return "68.2 % to 71.2 %". */
export function range([low, high]) {
  return `${share(low)} to ${share(high)}`;
}

/** Return "3,589". */
export function count(number) {
  return number.toLocaleString("en");
}

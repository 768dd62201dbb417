// What a tab is for, in a few sentences, until there is an answer.

import { element } from "./dom.js";

/**
 * Return a card with a title and sentences.
 * @param {string} title
 * @param {string[]} sentences
 */
export function points(title, sentences) {
  const items = sentences.map((text) => element("li", {}, text));
  return element("div", { class: "points" }, element("h3", {}, title), element("ul", {}, ...items));
}

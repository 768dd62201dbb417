// Recall per class as bars in the colours of the expressions, with the interval as a line.

import { count, range, share } from "./about_parts.js";
import { element } from "./dom.js";
import { colorVariable } from "./palette.js";

/**
 * Return the bars.
 * @param {Object[]} recall ClassRecall of about.py: { name, recall, n, interval_95 }.
 */
export function recallBars(recall) {
  const known = recall.filter((part) => part.recall !== null);
  return element("ul", { class: "recall" }, ...known.map(barOf));
}

function barOf({ name, recall, n, interval_95: interval }) {
  const fill = element("span", { class: "fill" });
  fill.style.setProperty("--share", recall);
  fill.style.setProperty("--face", colorVariable(name));
  const track = element("span", { class: "track", "aria-hidden": "true" }, fill);
  let words = share(recall);
  if (interval) {
    const [low, high] = interval;
    const whisker = element("span", { class: "whisker" });
    whisker.style.setProperty("--low", low);
    whisker.style.setProperty("--high", high);
    track.append(whisker);
    words += ` (${range(interval)})`;
  }
  if (n) words += `, n\u00a0=\u00a0${count(n)}`;
  return element(
    "li",
    {},
    element("span", { class: "name" }, name),
    track,
    element("span", { class: "share" }, words),
  );
}

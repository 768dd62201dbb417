// Cards of a video: for how long each face showed which expression.

import { element } from "./dom.js";
import { colorVariable } from "./palette.js";

// Seconds below which "0.0 s" would be shown.
const SHORTEST = 0.05;
const UNREAD = new Set(["not sure", "poor view"]);

/**
 * Return the card of a face.
 * @param {{number: number, seconds: Object}} face FaceSeconds of schemas.py.
 */
export function secondsCard({ number, seconds }) {
  const labels = Object.entries(seconds);
  const total = labels.reduce((sum, [, value]) => sum + value, 0);
  const main = labels.find(([label]) => !UNREAD.has(label));
  const card = element("article", { class: "card", "data-number": number });
  card.style.setProperty("--face", main ? colorVariable(main[0]) : "var(--unread)");
  const name = main ? `mostly ${main[0]}` : "not read";
  const title = element(
    "span",
    { class: "card-title" },
    element("span", { class: "number" }, String(number)),
    element("span", { class: "name" }, name),
    element("span", { class: "share" }, `seen ${inSeconds(total)}`),
  );
  const bars = element("ul", { class: "bars" });
  for (const [label, value] of labels) {
    if (value >= SHORTEST) bars.append(barOf(label, value, total));
  }
  card.append(element("h3", {}, title), bars);
  return card;
}

function barOf(label, value, total) {
  const fill = element("span", { class: "fill" });
  fill.style.setProperty("--share", String(value / (total || 1)));
  fill.style.setProperty("--face", UNREAD.has(label) ? "var(--unread)" : colorVariable(label));
  return element(
    "li",
    { class: "bar seconds" },
    element("span", { class: "name" }, label),
    element("span", { class: "track", "aria-hidden": "true" }, fill),
    element("span", { class: "share" }, inSeconds(value)),
  );
}

/** Return "3.2 s". */
function inSeconds(value) {
  return `${value.toFixed(1)} s`;
}

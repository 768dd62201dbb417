// The table of two readings: one row per face.

import { element } from "./dom.js";
import { colorVariable } from "./palette.js";
import { percent } from "./wording.js";

/**
 * Return the table.
 * @param {Object[]} pairs of face_pairs.js.
 * @param {string[]} titles of both readings.
 * @param {(number: number|null) => void} onselect is called as the pointer comes to a row; null
 *   as it leaves.
 */
export function pairTable(pairs, titles, onselect) {
  const heads = ["Face", ...titles].map((text) => element("th", { scope: "col" }, text));
  return element(
    "table",
    { class: "pairs" },
    element("caption", { class: "visually-hidden" }, "Faces in both readings"),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...pairs.map((pair) => rowOf(pair, onselect))),
  );
}

/** Mark the row of a face; null: none. */
export function selectRow(table, number) {
  for (const row of table.querySelectorAll("tbody tr")) {
    row.classList.toggle("selected", Number(row.dataset.number) === number);
  }
}

function rowOf({ number, first, second }, onselect) {
  const attributes = {
    "data-number": number,
    class: first?.label === second?.label ? "" : "differs",
    onpointerenter: () => onselect(number),
    onpointerleave: () => onselect(null),
  };
  const head = element("th", { scope: "row" }, String(number));
  return element("tr", attributes, head, cellOf(first), cellOf(second));
}

function cellOf(face) {
  if (!face) return element("td", { class: "missing" }, "not found");
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  const color = face.state === "sure" ? colorVariable(face.top) : "var(--unread)";
  swatch.style.setProperty("--face", color);
  return element("td", {}, element("span", { class: "tag" }, swatch, textOf(face)));
}

function textOf(face) {
  if (face.state === "poor_view") return "poor view";
  const label = face.state === "not_sure" ? `not sure, perhaps ${face.top}` : face.label;
  return `${label}, ${percent(face.confidence)}`;
}

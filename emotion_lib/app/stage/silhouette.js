// What a camera's picture will be like: the outline of a person, with a box around the face.

import { element } from "./dom.js";

const SHOULDERS = "M30 190 C30 130 62 108 100 108 S170 130 170 190 Z";

/** Return the drawing. */
export function silhouette() {
  const box = { x: 66, y: 26, width: 68, height: 74, rx: 5 };
  return element(
    "svg:svg",
    { class: "silhouette", viewBox: "0 0 200 190", "aria-hidden": "true" },
    element("svg:circle", { class: "person", cx: 100, cy: 62, r: 30 }),
    element("svg:path", { class: "person", d: SHOULDERS }),
    element("svg:rect", { class: "box", ...box }),
  );
}

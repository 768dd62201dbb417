// Which expression each face showed from when to when, as lanes of a drawing.

import { element } from "./dom.js";
import { colorVariable } from "./palette.js";

// Seconds without a face after which its lane has a gap.
const GAP = 0.5;
// Width of a character of a lane's text in px, about.
const CHARACTER = 8;

/**
 * @typedef {{time_s: number, faces: Object[]}} Moment as of schemas.py.
 * @typedef {{from: number, to: number, state: string, label: string, top: string}} Segment
 */

/**
 * Return the segments of each face, those seen longest first.
 * @param {Moment[]} moments in order.
 * @param {number} end of the last moment in seconds.
 * @returns {{number: number, seconds: number, segments: Segment[]}[]}
 */
export function lanesOf(moments, end) {
  const lanes = new Map();
  moments.forEach(({ time_s: from, faces }, index) => {
    const next = moments[index + 1]?.time_s ?? end;
    for (const face of faces) {
      if (!lanes.has(face.number)) lanes.set(face.number, []);
      extend(lanes.get(face.number), face, from, Math.max(from, next));
    }
  });
  const found = [...lanes].map(([number, segments]) => {
    const seconds = segments.reduce((sum, { from, to }) => sum + to - from, 0);
    return { number, segments, seconds };
  });
  return found.sort((a, b) => b.seconds - a.seconds);
}

function extend(segments, face, from, to) {
  const last = segments.at(-1);
  const isSame = last?.label === face.label && from - last.to < GAP;
  if (isSame) last.to = to;
  else segments.push({ from, to, label: face.label, state: face.state, top: face.top });
}

/**
 * Return the drawing of a lane.
 * @param {Segment[]} segments
 * @param {(time: number) => number} x place of a time in px.
 * @param {number} y upper edge in px.
 * @param {number} height in px.
 */
export function laneNode(segments, x, y, height) {
  const lane = element("svg:g", { class: "lane" });
  for (const segment of segments) {
    const left = x(segment.from);
    const width = Math.max(1, x(segment.to) - left);
    const isSure = segment.state === "sure";
    // What is not sure or not read is a thin line: colour alone never tells.
    const bar = element("svg:rect", {
      class: `segment ${segment.state}`,
      x: left,
      width,
      y: isSure ? y : y + height / 2 - 2,
      height: isSure ? height : 4,
    });
    bar.style.setProperty("--face", isSure ? colorVariable(segment.top) : "var(--unread)");
    const times = `${segment.from.toFixed(1)} to ${segment.to.toFixed(1)} s`;
    bar.append(element("svg:title", {}, `${segment.label}, ${times}`));
    lane.append(bar);
    if (isSure && width > CHARACTER * segment.label.length + 10) {
      lane.append(plate(segment.label, left, y, height));
    }
  }
  return lane;
}

/** A name on a white plate, as on pictures: it is legible on every colour. */
function plate(text, left, y, height) {
  const place = { x: left + 3, y: y + 3, width: CHARACTER * text.length + 6, height: height - 6 };
  return element(
    "svg:g",
    { class: "name" },
    element("svg:rect", { ...place, rx: 3 }),
    element("svg:text", { x: left + 6, y: y + height / 2 + 4 }, text),
  );
}

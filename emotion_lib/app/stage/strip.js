// The last half minute of a camera: a lane per face.

import { element } from "./dom.js";
import { laneNode, lanesOf } from "./lanes.js";

const SECONDS = 30;
// Between two drawings, which cost as much as all else on the page: about 2 px of the strip.
const STEP = 0.1;
const LANES = 4;
const LANE = 22; // px
const PAUSE = 5;
const LEFT = 56;
const AXIS = 18;
const MARKS = [30, 20, 10, 0]; // seconds ago

/** The strip; `element` belongs into the page. */
export class Strip {
  constructor() {
    this.svg = element("svg:svg", {
      class: "timeline",
      id: "live-strip",
      role: "img",
      "aria-label": "The last 30 seconds",
    });
    this.element = element("div", { class: "timeline-box" }, this.svg);
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.clear();
  }

  clear() {
    this.moments = [];
    this.drawn = -Infinity;
    this.draw();
  }

  /** @param {Object} moment of schemas.py. */
  add(moment) {
    this.moments.push(moment);
    const oldest = moment.time_s - SECONDS;
    while (this.moments[0].time_s < oldest) this.moments.shift();
    if (moment.time_s - this.drawn < STEP) return;
    this.drawn = moment.time_s;
    this.draw();
  }

  draw() {
    const width = this.element.clientWidth;
    if (!width) return;
    const now = this.moments.at(-1)?.time_s ?? 0;
    const x = (time) => LEFT + (1 - (now - time) / SECONDS) * (width - LEFT - 1);
    const lanes = lanesOf(this.moments, now).slice(0, LANES);
    lanes.sort((a, b) => a.number - b.number);
    const height = Math.max(1, lanes.length) * (LANE + PAUSE) + AXIS;
    const nodes = [];
    for (const ago of MARKS) {
      const place = x(now - ago);
      const text = ago ? `−${ago} s` : "now";
      const anchor = ago ? "middle" : "end";
      nodes.push(
        element("svg:line", { class: "tick", x1: place, x2: place, y1: 0, y2: height - AXIS }),
        element("svg:text", { class: `when ${anchor}`, x: place, y: height - 3 }, text),
      );
    }
    lanes.forEach(({ number, segments }, index) => {
      const y = index * (LANE + PAUSE) + 2;
      const who = element("svg:text", { class: "who", x: 0, y: y + 16 }, `Face ${number}`);
      nodes.push(who, laneNode(segments, x, y, LANE));
    });
    this.svg.replaceChildren(...nodes);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
  }
}

// The timeline of a video: a lane per face, and a cursor that is tied to the player.

import { element } from "./dom.js";
import { laneNode, lanesOf } from "./lanes.js";

const LANE = 24; // px
const PAUSE = 6;
const LEFT = 56; // px, for the names of the faces
const AXIS = 22;
const SHOWN = 6; // lanes, until all are asked for
const TICKS = [0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const TICK_WIDTH = 64; // px at least between two

/** The timeline; `element` belongs into the page. */
export class Timeline {
  /** @param {{onseek: (time: number) => void}} options onseek gets a time in seconds. */
  constructor({ onseek }) {
    this.onseek = onseek;
    this.time = 0;
    this.svg = element("svg:svg", {
      id: "timeline",
      class: "timeline",
      role: "slider",
      tabindex: "0",
      "aria-label": "Time in the video",
      "aria-valuemin": "0",
      onkeydown: (event) => this.step(event),
      onpointerdown: (event) => this.drag(event),
      onpointermove: (event) => event.buttons && this.drag(event),
    });
    this.cursor = element("svg:line", { class: "cursor", y1: 0 });
    const all = { class: "quiet", type: "button", hidden: true, onclick: () => this.unfold() };
    this.more = element("button", all);
    this.element = element("div", { class: "timeline-box", hidden: true }, this.svg, this.more);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /**
   * Show the faces of a video.
   * @param {Object[]} moments in order, as of schemas.py.
   * @param {number} seconds of the video.
   */
  show(moments, seconds) {
    this.seconds = Math.max(seconds, 0.001);
    this.moments = moments;
    this.lanes = lanesOf(moments, seconds);
    this.most = SHOWN;
    this.svg.setAttribute("aria-valuemax", this.seconds.toFixed(1));
    this.element.hidden = !this.lanes.length;
    this.draw();
    this.seek(0);
  }

  clear() {
    this.lanes = [];
    this.element.hidden = true;
  }

  /** Move the cursor to a time in seconds. */
  seek(time) {
    if (!this.lanes?.length) return;
    this.time = Math.min(Math.max(time, 0), this.seconds);
    const x = this.x(this.time);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.svg.setAttribute("aria-valuenow", this.time.toFixed(1));
    this.svg.setAttribute("aria-valuetext", this.inWords());
  }

  x(time) {
    return LEFT + (time / this.seconds) * (this.width - LEFT - 1);
  }

  inWords() {
    const words = [`${this.time.toFixed(1)} seconds`];
    for (const { number, segments } of this.lanes) {
      const now = segments.find(({ from, to }) => from <= this.time && this.time <= to);
      if (now) words.push(`face ${number} ${now.label}`);
    }
    return words.join(", ");
  }

  draw() {
    this.width = this.element.clientWidth;
    if (!this.width || !this.lanes?.length) return;
    const shown = this.lanes.slice(0, this.most).sort((a, b) => a.number - b.number);
    const height = shown.length * (LANE + PAUSE) + AXIS;
    const x = (time) => this.x(time);
    this.svg.replaceChildren(...this.ticks(height));
    shown.forEach(({ number, segments }, index) => {
      const y = index * (LANE + PAUSE) + 3;
      const name = element("svg:text", { class: "who", x: 0, y: y + 17 }, `Face ${number}`);
      this.svg.append(name, laneNode(segments, x, y, LANE));
    });
    this.cursor.setAttribute("y2", height - AXIS + 4);
    this.svg.append(this.cursor);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    this.svg.style.height = `${height}px`;
    const hidden = this.lanes.length - shown.length;
    this.more.hidden = hidden <= 0;
    this.more.textContent = `${hidden} more, seen for a shorter time`;
    this.seek(this.time);
  }

  ticks(height) {
    const most = (this.width - LEFT) / TICK_WIDTH;
    const every = TICKS.find((step) => this.seconds / step <= most) ?? this.seconds;
    const nodes = [];
    for (let time = 0; time <= this.seconds; time += every) {
      const x = this.x(time);
      nodes.push(
        element("svg:line", { class: "tick", x1: x, x2: x, y1: 0, y2: height - AXIS + 4 }),
        element("svg:text", { class: "when", x, y: height - 4 }, clock(time)),
      );
    }
    return nodes;
  }

  unfold() {
    this.most = this.lanes.length;
    this.draw();
    this.svg.focus();
  }

  drag(event) {
    const place = event.clientX - this.svg.getBoundingClientRect().left;
    const share = (place - LEFT) / (this.width - LEFT);
    this.onseek(Math.min(Math.max(share, 0), 1) * this.seconds);
  }

  step(event) {
    const target = {
      ArrowRight: this.time + 1,
      ArrowUp: this.time + 1,
      ArrowLeft: this.time - 1,
      ArrowDown: this.time - 1,
      PageUp: this.time + 10,
      PageDown: this.time - 10,
      Home: 0,
      End: this.seconds,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.onseek(Math.min(Math.max(target, 0), this.seconds));
  }
}

/** Return "0.5 s" for short times, and "1:05" from a minute on. */
function clock(seconds) {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest}`;
}

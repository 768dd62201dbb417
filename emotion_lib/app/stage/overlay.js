// Boxes with labels over a picture, a video or a canvas, as SVG: the pixels stay untouched.

import { element } from "./dom.js";
import { placeLabels } from "./labels.js";
import { colorVariable } from "./palette.js";
import { percent } from "./wording.js";

const LABEL_HEIGHT = 20; // px, of 14 px text with its halo
const LABEL_FONT = "600 14px system-ui, sans-serif";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

const ruler = document.createElement("canvas").getContext("2d");

/** Return the text of a face's label, such as { text: "4 not sure", short: "4" }. */
export function labelOf(face) {
  return { text: `${face.number} ${face.label}`, short: `${face.number}` };
}

/**
 * Return the width of a label of the overlay in CSS px.
 * @param {string} text
 */
export function labelWidth(text) {
  ruler.font = LABEL_FONT;
  return ruler.measureText(text).width + 12;
}

/** Boxes over an <img>, <video> or <canvas>. `element` holds both and belongs into the page. */
export class FaceOverlay {
  /**
   * @param {HTMLElement} media is shown whole: by `object-fit: contain` where its sides are fixed.
   * @param {{onselect?: (number: number|null, how: "hover"|"tap"|"key") => void}} options
   *   onselect is called with null when the pointer leaves a box.
   */
  constructor(media, { onselect = () => {} } = {}) {
    this.media = media;
    this.onselect = onselect;
    this.faces = [];
    this.nodes = new Map();
    this.picture = { width: 1, height: 1 };
    this.isMirrored = false;
    this.heatImage = element("svg:image", { preserveAspectRatio: "none", class: "heat" });
    this.svg = element("svg:svg", { class: "overlay", role: "group", "aria-label": "Faces" });
    this.element = element("div", { class: "overlaid" }, media, this.svg);
    this.svg.addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => this.draw()).observe(media);
  }

  /**
   * Draw the boxes of faces.
   * @param {Object[]} faces FaceAnswers of schemas.py.
   * @param {number} width of the picture that their boxes refer to, in px.
   * @param {number} height
   */
  show(faces, width, height) {
    this.faces = faces;
    this.picture = { width, height };
    const numbers = new Set(faces.map((face) => face.number));
    for (const [number, node] of this.nodes) {
      if (numbers.has(number)) continue;
      node.remove();
      this.nodes.delete(number);
    }
    for (const face of faces) this.update(face);
    const hasStop = this.svg.querySelector('.face[tabindex="0"]') !== null;
    if (!hasStop) this.svg.querySelector(".face")?.setAttribute("tabindex", "0");
    this.draw();
  }

  /** Remove all boxes, and the heat map. */
  clear() {
    this.heat(null);
    this.show([], 1, 1);
  }

  /** Mark a face; null: none. */
  select(number) {
    for (const [own, node] of this.nodes) {
      node.classList.toggle("selected", own === number);
      if (number !== null) node.setAttribute("tabindex", own === number ? "0" : "-1");
    }
  }

  /** Whether the media is shown as in a mirror. */
  get mirrored() {
    return this.isMirrored;
  }

  set mirrored(value) {
    this.isMirrored = value;
    this.element.classList.toggle("mirrored", value);
    this.draw();
  }

  /**
   * Draw an image over the picture, below the boxes.
   * @param {string|null} url of the image; null removes it.
   * @param {{center_x: number, center_y: number, side: number, roll: number}} square its place.
   */
  heat(url, square = null) {
    this.heatSquare = url ? square : null;
    if (url) this.heatImage.setAttribute("href", url);
    else this.heatImage.remove();
    this.draw();
  }

  /** Place everything for the present size of the media. */
  draw() {
    const { clientWidth, clientHeight } = this.media;
    if (!clientWidth || !clientHeight) return;
    const { width, height } = this.picture;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    const left = (clientWidth - width * scale) / 2;
    const top = (clientHeight - height * scale) / 2;
    const bounds = { x: 0, y: 0, width: clientWidth, height: clientHeight };
    this.svg.setAttribute("viewBox", `0 0 ${clientWidth} ${clientHeight}`);
    const boxes = this.faces.map(({ box }) => {
      // What lies outside of the picture is not drawn.
      const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
      const inside = {
        width: Math.min(width, box.x + box.width) - x,
        height: Math.min(height, box.y + box.height) - y,
      };
      return {
        x: left + scale * (this.isMirrored ? width - x - inside.width : x),
        y: top + scale * y,
        width: scale * inside.width,
        height: scale * inside.height,
      };
    });
    const labels = placeLabels(boxes, this.faces.map(labelOf), labelWidth, LABEL_HEIGHT, bounds);
    this.faces.forEach((face, index) => {
      this.place(this.nodes.get(face.number), boxes[index], labels[index]);
    });
    if (this.heatSquare) this.drawHeat(left, top, scale);
  }

  drawHeat(left, top, scale) {
    const { center_x, center_y, side, roll } = this.heatSquare;
    const x = left + scale * center_x;
    const y = top + scale * center_y;
    const length = scale * side;
    setAttributes(this.heatImage, {
      x: x - length / 2,
      y: y - length / 2,
      width: length,
      height: length,
      transform: `rotate(${roll} ${x} ${y})`,
    });
    this.svg.prepend(this.heatImage);
  }

  /** Create or change the nodes of a face; a node that has the focus keeps it. */
  update(face) {
    let node = this.nodes.get(face.number);
    if (!node) {
      node = this.create(face.number);
      this.nodes.set(face.number, node);
      this.svg.append(node);
    }
    const color = face.state === "sure" ? colorVariable(face.top) : "var(--unread)";
    node.style.setProperty("--face", color);
    node.setAttribute("data-state", face.state);
    const share = face.state === "sure" ? `, ${percent(face.confidence)}` : "";
    node.setAttribute("aria-label", `Face ${face.number}: ${face.label}${share}`);
  }

  create(number) {
    return element(
      "svg:g",
      {
        class: "face",
        role: "button",
        tabindex: "-1",
        "data-number": number,
        onclick: () => this.onselect(number, "tap"),
        onpointerenter: (event) => event.pointerType === "mouse" && this.onselect(number, "hover"),
        onpointerleave: (event) => event.pointerType === "mouse" && this.onselect(null, "hover"),
      },
      element("svg:rect", { class: "halo", rx: 5 }),
      element("svg:rect", { class: "edge", rx: 5 }),
      element("svg:rect", { class: "plate", rx: 4 }),
      element("svg:text", { class: "label" }),
    );
  }

  place(node, box, label) {
    for (const rect of node.querySelectorAll(".halo, .edge")) setAttributes(rect, box);
    const { x, y, width, height, text } = label;
    setAttributes(node.querySelector(".plate"), { x, y, width, height });
    const words = node.querySelector("text");
    setAttributes(words, { x: x + 6, y: y + 15 });
    if (words.textContent !== text) words.textContent = text;
  }

  /** Arrow keys go from face to face, Enter and Space choose one. */
  step(event) {
    const node = event.target.closest(".face");
    if (!node) return;
    const number = Number(node.dataset.number);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.onselect(number, "tap");
      return;
    }
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const index = this.faces.findIndex((face) => face.number === number) + STEPS[event.key];
    const next = this.faces[(index + this.faces.length) % this.faces.length];
    this.select(next.number);
    this.nodes.get(next.number).focus();
    this.onselect(next.number, "key");
  }
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

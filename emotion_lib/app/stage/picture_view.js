// The picture of a tab: a frame with boxes and a heat map over it, and buttons for what is drawn.

import { element } from "./dom.js";
import { heatUrl } from "./heat.js";
import { FaceOverlay } from "./overlay.js";
import { hidePicture } from "./shown.js";

/** A picture in a frame; `frame` and `toggles` belong into the page. */
export class PictureView {
  /**
   * @param {{onselect: Function, onheat: Function|null}} options onheat is called when the visitor
   *   turns the heat map on or off; none: there is no such button.
   */
  constructor({ onselect, onheat }) {
    this.image = element("img", { alt: "", hidden: true });
    this.overlay = new FaceOverlay(this.image, { onselect });
    this.hint = element("p", { class: "hint" });
    this.frame = element("div", { class: "frame" }, this.overlay.element, this.hint);
    this.boxes = toggle("boxes", "Boxes", true, () => this.showBoxes());
    this.heat = toggle("heat", "Heat map", false, onheat);
    this.credit = element("span", { class: "credit" });
    this.toggles = element("div", { class: "toggles" }, this.boxes);
    if (onheat) this.toggles.append(this.heat);
    if (document.fullscreenEnabled) {
      const onclick = () => this.frame.requestFullscreen();
      const attributes = { class: "quiet", type: "button", id: "full", onclick };
      this.full = element("button", attributes, "Full screen");
      this.toggles.append(this.full);
    }
    this.toggles.append(this.credit);
  }

  /** Whether the visitor wants the heat map. */
  get isHeatWanted() {
    return isPressed(this.heat);
  }

  set isHeatWanted(value) {
    this.heat.setAttribute("aria-pressed", String(value));
  }

  /**
   * Draw the boxes of an answer over the picture.
   * @param {Object} answer ImageAnswer of schemas.py.
   * @param {string} alt text of the picture.
   */
  show(answer, alt) {
    this.image.alt = alt;
    this.overlay.show(answer.faces, answer.width, answer.height);
    if (this.full) this.full.disabled = false;
    this.boxes.disabled = !answer.faces.length;
    this.heat.disabled = !answer.faces.some((face) => face.state !== "poor_view");
  }

  /** Take picture and boxes away, and say something in their place. */
  clear(hint) {
    hidePicture(this.image);
    this.giveCredit("");
    this.overlay.clear();
    this.isHeatWanted = false;
    this.heat.disabled = true;
    this.boxes.disabled = true;
    if (this.full) this.full.disabled = true;
    this.say(hint);
  }

  say(hint) {
    this.hint.textContent = hint;
    this.hint.hidden = !hint;
  }

  /** Say whose picture this is. */
  giveCredit(text) {
    this.credit.textContent = text;
    this.credit.title = text;
  }

  /** Draw the heat map of an Explanation of schemas.py; null removes it. */
  showHeat(explanation) {
    if (explanation) this.overlay.heat(heatUrl(explanation.heat), explanation.square);
    else this.overlay.heat(null);
  }

  showBoxes() {
    this.overlay.element.classList.toggle("without-boxes", !isPressed(this.boxes));
  }
}

function toggle(id, text, isOn, onclick) {
  const button = element(
    "button",
    { class: "quiet", type: "button", id, "aria-pressed": String(isOn) },
    text,
  );
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isPressed(button)));
    onclick();
  });
  return button;
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

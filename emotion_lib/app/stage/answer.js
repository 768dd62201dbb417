// The answer beside a picture: a sentence, the cards of its faces, files to save.

import { faceCard, selectCard, sentence } from "./cards.js";
import { element } from "./dom.js";
import { faultNotice } from "./fault_notice.js";
import { whyFigure } from "./why.js";

const NO_FACE = "Try a picture in which the face is larger, upright, well lit and not covered.";
const DOWNLOADS = [["picture", "Picture"], ["csv", "CSV"], ["json", "JSON"]];
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The column of the answer; `element` belongs into the page. */
export class Answer {
  /**
   * @param {Object} stage
   * @param {{onselect: Function, onwhy: Function|null, ondownload: (kind: string) => void}} options
   *   onwhy returns the Explanation of a face, or null if it is not wanted any more.
   */
  constructor(stage, { onselect, onwhy, ondownload }) {
    this.stage = stage;
    this.onselect = onselect;
    this.onwhy = onwhy;
    this.sentence = element("p", { id: "sentence", class: "sentence", role: "status" });
    this.message = element("div", { class: "message", role: "status" });
    this.cards = element("div", { class: "cards" });
    this.cards.addEventListener("keydown", (event) => this.step(event));
    const group = { class: "downloads", role: "group", "aria-label": "Save" };
    this.downloads = element("div", group, "Save");
    for (const [kind, title] of DOWNLOADS) {
      const attributes = { class: "button", type: "button", id: `save-${kind}`, disabled: true };
      attributes.onclick = () => ondownload(kind);
      this.downloads.append(element("button", attributes, title));
    }
    const column = element(
      "div",
      { class: "answer-inner" },
      this.sentence,
      this.message,
      this.cards,
      this.downloads,
    );
    this.element = element("div", { class: "answer" }, column);
  }

  clear() {
    this.sentence.textContent = "";
    this.message.replaceChildren();
    this.cards.replaceChildren();
    this.allowDownloads(false);
  }

  allowDownloads(isAllowed) {
    for (const button of this.downloads.querySelectorAll("button")) button.disabled = !isAllowed;
  }

  /** Keep the height until the next answer, so that what is below on a phone stays in its place. */
  hold() {
    this.element.style.minHeight = `${this.element.offsetHeight}px`;
  }

  wait(text) {
    this.clear();
    this.sentence.textContent = text;
  }

  /**
   * Show the answer to a picture.
   * @param {Object} analysis
   * @param {Object} answer the picture's ImageAnswer.
   * @param {{canDraw: boolean}} options whether the browser has the picture to draw into.
   */
  show(analysis, answer, { canDraw }) {
    this.clear();
    this.element.style.minHeight = "";
    this.sentence.textContent = sentence(answer.faces);
    if (!answer.faces.length) this.note(NO_FACE);
    for (const face of answer.faces) {
      const options = { onselect: this.onselect, model: analysis.model };
      if (this.onwhy) options.onwhy = (face, card) => this.why(face, card);
      this.cards.append(faceCard(face, this.stage, options));
    }
    const { threshold } = analysis;
    if (threshold && answer.faces.some((face) => face.state !== "poor_view")) {
      const limit = Math.round(100 * threshold);
      const text = `The line in the bars marks ${limit} %: below it, a face is “not sure”.`;
      this.cards.append(element("p", { class: "footnote" }, text));
    }
    this.allowDownloads(true);
    this.downloads.querySelector("#save-picture").disabled = !canDraw;
  }

  /**
   * Say what is wrong, instead of an answer.
   * @param {string} title
   * @param {string} message says why, and what to do.
   * @param {Function|null} onagain is called for another try; none: there is no use in one.
   */
  fault(title, message, onagain = null) {
    this.clear();
    this.sentence.textContent = title;
    this.element.style.minHeight = "";
    this.message.append(faultNotice(message, onagain));
  }

  /** Say something beside the answer. */
  note(message) {
    this.message.replaceChildren(element("p", { class: "notice" }, message));
  }

  select(number, isScrolled) {
    selectCard(this.cards, number);
    if (!isScrolled || number === null) return;
    const card = this.cards.querySelector(`[data-number="${number}"]`);
    card?.scrollIntoView({ block: "nearest" });
  }

  /** Unfold why a face was read so, or fold it again. */
  async why(face, card) {
    const button = card.querySelector(".why");
    const open = card.querySelector(".why-figure");
    if (open) {
      open.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.disabled = true;
    try {
      const explanation = await this.onwhy(face);
      if (!explanation) return;
      card.append(whyFigure(explanation));
      button.setAttribute("aria-expanded", "true");
      card.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.note(error.message);
    } finally {
      button.disabled = false;
    }
  }

  step(event) {
    if (!(event.key in STEPS) || !event.target.classList.contains("card-title")) return;
    event.preventDefault();
    const titles = [...this.cards.querySelectorAll("button.card-title")];
    const index = titles.indexOf(event.target) + STEPS[event.key];
    const next = titles[(index + titles.length) % titles.length];
    next.focus();
    this.onselect(Number(next.closest(".card").dataset.number), "key");
  }
}

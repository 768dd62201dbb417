// One of two readings of a picture: its model, its detector, and the picture with its boxes.

import { element } from "./dom.js";
import { modelOptions } from "./model_options.js";
import { FaceOverlay } from "./overlay.js";
import { withRetry } from "./retry.js";
import { hidePicture, showFile } from "./shown.js";

/** One side; `element` belongs into the page. */
export class CompareSide {
  /**
   * @param {Object} stage
   * @param {string} title
   * @param {{onchoose: () => void, onselect: (number: number|null) => void}} options onchoose is
   *   called when another model or detector is chosen.
   */
  constructor(stage, title, { onchoose, onselect }) {
    this.engine = stage.engine;
    this.models = stage.info.models;
    this.title = title;
    this.image = element("img", { alt: "", hidden: true });
    this.overlay = new FaceOverlay(this.image, { onselect });
    const id = title.toLowerCase();
    const detectors = optionsOf(stage.info.detectors ?? []);
    this.model = choice(`${id}-model`, modelOptions(stage.info.models), onchoose);
    this.detector = choice(`${id}-detector`, detectors, onchoose);
    const choices = element("div", { class: "compare-choices" }, element("h3", {}, title));
    if (this.model.options.length > 1) choices.append(labelled("Model ", this.model));
    if (this.detector.options.length > 1) choices.append(labelled("Detector ", this.detector));
    const frame = element("div", { class: "frame compare-frame" }, this.overlay.element);
    this.element = element("div", {}, choices, frame);
  }

  /** Whether there is another model or detector. */
  get hasChoice() {
    return this.model.options.length > 1 || this.detector.options.length > 1;
  }

  /** Model and detector, as far as there is a choice. */
  get chosen() {
    const choices = [this.model, this.detector].filter(({ options }) => options.length > 1);
    return choices.map(({ value }) => value).join(", ");
  }

  /** What engine.models() says of the chosen model. */
  get described() {
    return this.models[Math.max(0, this.model.selectedIndex)];
  }

  /** Choose the second detector, which changes more than another form of the model, or model. */
  chooseAnother() {
    const choice = this.detector.options.length > 1 ? this.detector : this.model;
    choice.selectedIndex = 1;
  }

  /**
   * Show a picture and return its ImageAnswer.
   * @param {File} file
   * @param {string} alt
   * @param {{signal: AbortSignal, onwait: (seconds: number) => void}} options
   */
  async read(file, alt, { signal, onwait }) {
    await showFile(this.image, file, this.engine, signal);
    this.image.alt = alt;
    const model = this.model.value || undefined;
    const detector = this.detector.value || undefined;
    const call = () => this.engine.analyse([file], { model, detector, signal });
    const { results } = await withRetry(call, { signal, onwait });
    if (results[0].status === "error") throw new Error(results[0].error);
    return results[0];
  }

  /** Take the picture away. */
  hide() {
    this.overlay.clear();
    hidePicture(this.image);
  }
}

function optionsOf(names) {
  return names.map((name) => element("option", { value: name }, name));
}

function choice(id, options, onchange) {
  return element("select", { class: "button", id, onchange }, ...options);
}

function labelled(text, control) {
  return element("label", {}, text, control);
}

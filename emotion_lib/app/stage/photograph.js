// The tab for one photograph: the picture once, and the answer beside it.

import { Answer } from "./answer.js";
import { annotatedPicture } from "./annotated.js";
import { element } from "./dom.js";
import { exampleStrip, fetchExample, loadExamples } from "./examples.js";
import { csvOf, save, stemOf, textBlob } from "./files.js";
import { heatUrl } from "./heat.js";
import { intake } from "./intake.js";
import { FaceOverlay } from "./overlay.js";
import { withRetry } from "./retry.js";
import { hidePicture, showFile } from "./shown.js";

export async function mount(panel, stage) {
  const tab = new Photograph(panel, stage);
  await tab.start();
}

class Photograph {
  constructor(panel, stage) {
    this.stage = stage;
    this.panel = panel;
    this.reading = null;
    this.image = element("img", { alt: "", hidden: true });
    const onselect = (number, how) => this.select(number, how);
    this.overlay = new FaceOverlay(this.image, { onselect });
    const onwhy = stage.engine.can.explain ? (face) => this.why(face) : null;
    this.answer = new Answer(stage, { onselect, onwhy, ondownload: (kind) => this.download(kind) });
    this.build();
  }

  build() {
    const fault = (message) => this.answer.fault(message);
    const onfile = (file) => this.read(file);
    this.name = element("span", { class: "file-name" });
    this.remove = element(
      "button",
      { class: "quiet", type: "button", id: "remove", hidden: true, onclick: () => this.clear() },
      "Remove",
    );
    this.hint = element("p", { class: "hint" }, "Drop a photograph here, paste one, or choose one.");
    this.frame = element("div", { class: "frame" }, this.overlay.element, this.hint);
    this.toggles = this.buildToggles();
    this.strip = element("div", { class: "strip" });
    const bar = element(
      "div",
      { class: "picture-bar" },
      intake(this.panel, this.stage, { onfile, onfault: fault }),
      element("div", { class: "file" }, this.name, this.remove),
    );
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Photograph"),
      element(
        "div",
        { class: "photograph" },
        element("div", { class: "picture-side" }, bar, this.frame, this.toggles),
        this.answer.element,
      ),
      this.strip,
    );
    this.panel.addEventListener("shown", ({ detail }) => detail?.file && this.read(detail.file));
  }

  buildToggles() {
    const toggle = (id, text, isOn, onclick) => {
      const pressed = String(isOn);
      const attributes = { class: "quiet", type: "button", id, "aria-pressed": pressed, onclick };
      return element("button", attributes, text);
    };
    this.boxes = toggle("boxes", "Boxes", true, () => {
      const isOn = flip(this.boxes);
      this.overlay.element.classList.toggle("without-boxes", !isOn);
    });
    this.heat = toggle("heat", "Heat map", false, () => this.showHeat(flip(this.heat)));
    const row = element("div", { class: "toggles" }, this.boxes);
    if (this.stage.engine.can.explain) row.append(this.heat);
    if (document.fullscreenEnabled) {
      const open = () => this.frame.requestFullscreen();
      row.append(
        element("button", { class: "quiet", type: "button", id: "full", onclick: open }, "Full screen"),
      );
    }
    return row;
  }

  /** Fill the strip, and begin with the first example, so that the page is never empty. */
  async start() {
    this.clear();
    const examples = await loadExamples(this.stage.base).catch(() => []);
    this.buildStrip(examples);
    if (examples.length && !this.reading) this.readExample(examples[0]);
  }

  buildStrip(examples) {
    if (examples.length) {
      this.strip.append(exampleStrip(examples, (example) => this.readExample(example)));
    }
    const { models } = this.stage.info;
    const choices = element("div", { class: "choices" });
    if (models.length > 1) {
      const options = models.map(({ name }) => element("option", { value: name }, name));
      const onchange = () => this.reading && this.read(this.reading.file, this.reading.alt);
      this.model = element("select", { class: "button", id: "model", onchange }, ...options);
      choices.append(element("label", {}, "Model ", this.model));
    }
    if (this.stage.engine.can.compare) {
      const compare = () => this.stage.show("compare", { file: this.reading?.file ?? null });
      choices.append(
        element("button", { class: "button", type: "button", id: "to-compare", onclick: compare }, "Compare"),
      );
    }
    this.strip.append(choices);
  }

  async readExample(example) {
    const reading = this.begin(example.title, example.alt);
    try {
      const file = await fetchExample(example, reading.signal);
      await this.continue(reading, file);
    } catch (error) {
      this.fail(reading, error);
    }
  }

  async read(file, alt = null) {
    const reading = this.begin(file.name, alt);
    try {
      await this.continue(reading, file);
    } catch (error) {
      this.fail(reading, error);
    }
  }

  /** Forget the picture before, its answer, and what is still on its way. */
  begin(name, alt) {
    this.clear();
    const controller = new AbortController();
    const reading = { name, alt, controller, signal: controller.signal, explanations: new Map() };
    this.reading = reading;
    this.name.textContent = name;
    this.name.title = name;
    this.remove.hidden = false;
    this.hint.hidden = true;
    this.answer.wait("Reading …");
    this.frame.setAttribute("aria-busy", "true");
    return reading;
  }

  async continue(reading, file) {
    reading.file = file;
    if (file.size === 0) throw new Error("This file is empty (0 bytes).");
    const { engine } = this.stage;
    const options = { model: this.model?.value, signal: reading.signal };
    const wait = (seconds) => this.answer.wait(`The server is busy. Trying again in ${seconds} s.`);
    const [isShown, analysis] = await Promise.all([
      showFile(this.image, file, engine, reading.signal),
      withRetry(() => engine.analyse([file], options), { signal: reading.signal, onwait: wait }),
    ]);
    if (reading.signal.aborted) return;
    reading.analysis = analysis;
    reading.isShown = isShown;
    const [answer] = analysis.results;
    if (answer.status === "error") throw new Error(answer.error);
    this.frame.removeAttribute("aria-busy");
    this.image.alt = reading.alt ?? `Photograph ${reading.name}`;
    this.overlay.show(answer.faces, answer.width, answer.height);
    this.answer.show(analysis, answer, { canDraw: isShown });
    this.heat.disabled = !answer.faces.some((face) => face.state !== "poor_view");
    this.boxes.disabled = !answer.faces.length;
    if (!isShown) this.hintInstead("This browser cannot show the picture; it was read all the same.");
  }

  fail(reading, error) {
    if (reading.signal.aborted) return;
    reading.controller.abort();
    hidePicture(this.image);
    this.frame.removeAttribute("aria-busy");
    this.hintInstead("No picture to show.");
    const again = reading.file?.size ? () => this.read(reading.file, reading.alt) : null;
    this.answer.fault(error.message, error.retry === undefined ? null : again);
  }

  clear() {
    this.reading?.controller.abort();
    this.reading = null;
    this.selected = null;
    hidePicture(this.image);
    this.overlay.clear();
    this.answer.clear();
    this.name.textContent = "";
    this.remove.hidden = true;
    this.frame.removeAttribute("aria-busy");
    this.heat.setAttribute("aria-pressed", "false");
    this.heat.disabled = true;
    this.boxes.disabled = true;
    this.hintInstead("Drop a photograph here, paste one, or choose one.");
  }

  hintInstead(text) {
    this.hint.textContent = text;
    this.hint.hidden = false;
  }

  /** Mark a face and its card. A pointer that leaves gives the mark back to the chosen face. */
  select(number, how) {
    if (how !== "hover") this.selected = number;
    const shown = number ?? this.selected;
    this.overlay.select(shown);
    this.answer.select(shown, how !== "hover");
    if (how !== "hover" && this.heat.getAttribute("aria-pressed") === "true") this.showHeat(true);
  }

  /** Return the explanation of a face, which is computed once per reading. */
  explain(face) {
    const { file, explanations, analysis } = this.reading;
    if (!explanations.has(face.number)) {
      const { model, detector } = analysis;
      const options = { model, detector, signal: this.reading.signal };
      const call = () => this.stage.engine.explain(file, face.number, options);
      explanations.set(face.number, withRetry(call, options));
    }
    return explanations.get(face.number);
  }

  async why(face) {
    this.select(face.number, "tap");
    const { reading } = this;
    try {
      const explanation = await this.explain(face);
      return reading === this.reading ? explanation : null;
    } catch (error) {
      reading.explanations.delete(face.number);
      throw error;
    }
  }

  async showHeat(isOn) {
    const faces = this.reading?.analysis?.results[0].faces ?? [];
    const read = faces.filter((face) => face.state !== "poor_view");
    const face = read.find(({ number }) => number === this.selected) ?? read[0];
    if (!isOn || !face) {
      this.overlay.heat(null);
      return;
    }
    try {
      const explanation = await this.why(face);
      const isWanted = this.heat.getAttribute("aria-pressed") === "true";
      if (!explanation || !isWanted || this.selected !== face.number) return;
      this.overlay.heat(heatUrl(explanation.heat), explanation.square);
    } catch (error) {
      this.heat.setAttribute("aria-pressed", "false");
      this.answer.note(error.message);
    }
  }

  async download(kind) {
    const { analysis, name } = this.reading;
    const stem = stemOf(name);
    if (kind === "csv") save(`${stem}.csv`, textBlob(csvOf(analysis)));
    if (kind === "json") {
      save(`${stem}.json`, textBlob(JSON.stringify(analysis, null, 2), "application/json"));
    }
    if (kind !== "picture") return;
    try {
      const blob = await annotatedPicture(this.image, analysis.results[0], this.stage.info);
      save(`${stem}-faces.jpg`, blob);
    } catch (error) {
      this.answer.note(error.message);
    }
  }
}

/** Change a button that is pressed or not; return whether it is pressed now. */
function flip(button) {
  const isOn = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isOn));
  return isOn;
}

// The tab for one photograph: the picture once, and the answer beside it.

import { annotatedPicture } from "./annotated.js";
import { Answer } from "./answer.js";
import { element } from "./dom.js";
import { exampleStrip, fetchExample, loadExamples, markExample } from "./examples.js";
import { Explanations } from "./explanations.js";
import { csvOf, save, stemOf, textBlob } from "./files.js";
import { intake } from "./intake.js";
import { modelOptions } from "./model_options.js";
import { PictureView } from "./picture_view.js";
import { withRetry } from "./retry.js";
import { showFile } from "./shown.js";
import { UnreadableError, checkSize } from "./unreadable.js";

const INVITATION = "Drop a photograph here, paste one, or choose one.";

export async function mount(panel, stage) {
  const tab = new Photograph(panel, stage);
  await tab.start();
}

class Photograph {
  constructor(panel, stage) {
    this.stage = stage;
    this.panel = panel;
    this.reading = null;
    const onselect = (number, how) => this.select(number, how);
    const canExplain = stage.engine.can.explain;
    this.view = new PictureView({ onselect, onheat: canExplain ? () => this.showHeat() : null });
    this.answer = new Answer(stage, {
      onselect,
      onwhy: canExplain ? (face) => this.why(face) : null,
      ondownload: (kind) => this.download(kind),
    });
    this.build();
  }

  build() {
    this.name = element("span", { class: "file-name" });
    this.remove = element("button", { class: "quiet", type: "button", id: "remove" }, "Clear");
    this.remove.addEventListener("click", () => this.clear());
    this.strip = element("div", { class: "strip" });
    const sources = intake(this.panel, this.stage, {
      onfile: (file) => this.read(file),
      onfault: (message) => this.answer.note(message),
    });
    const file = element("div", { class: "file" }, this.name, this.remove);
    const bar = element("div", { class: "picture-bar" }, sources, file);
    const { frame, toggles } = this.view;
    const left = element("div", { class: "picture-side" }, bar, frame, toggles);
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Photograph"),
      element("div", { class: "photograph" }, left, this.answer.element),
      this.strip,
    );
    this.panel.addEventListener("shown", ({ detail }) => detail?.file && this.read(detail.file));
  }

  /** Fill the strip, and begin with the first example, so that the page is never empty. */
  async start() {
    this.clear();
    const examples = await loadExamples(this.stage.base).catch(() => []);
    if (examples.length) {
      this.examples = exampleStrip(examples, (example) => this.readExample(example));
      this.strip.append(this.examples);
    }
    this.strip.append(this.choices());
    if (examples.length && !this.reading) this.readExample(examples[0]);
  }

  /** Return the choice of a model, and the way to the comparison. */
  choices() {
    const { engine, info } = this.stage;
    const row = element("div", { class: "choices" });
    if (info.models.length > 1) {
      const options = modelOptions(info.models);
      this.model = element("select", { class: "button", id: "model" }, ...options);
      this.model.addEventListener("change", () => this.readAgain());
      row.append(element("label", {}, "Model ", this.model));
    }
    if (engine.can.compare) {
      const compare = element("button", { class: "button", type: "button" }, "Compare");
      compare.id = "to-compare";
      compare.addEventListener("click", () => {
        this.stage.show("compare", { file: this.reading?.file ?? null });
      });
      row.append(compare);
    }
    return row;
  }

  readExample(example) {
    // On a phone the strip is below the cards.
    if (this.reading) this.view.frame.scrollIntoView({ block: "nearest" });
    const open = (signal) => fetchExample(example, signal);
    const reading = this.begin(example.title, example.alt, open);
    markExample(this.examples, example.file);
    this.view.giveCredit(example.credit ?? "");
    return reading;
  }

  read(file, alt = `Photograph ${file.name}`) {
    return this.begin(file.name, alt, () => file);
  }

  readAgain() {
    const { file, name, alt } = this.reading ?? {};
    if (file) this.begin(name, alt, () => file);
  }

  /**
   * Read a picture: forget the one before, its answer, and what is still on its way.
   * @param {string} name is shown.
   * @param {string} alt text of the picture.
   * @param {(signal: AbortSignal) => File|Promise<File>} open
   */
  async begin(name, alt, open) {
    this.answer.hold();
    this.clear();
    const controller = new AbortController();
    const { signal } = controller;
    const reading = { name, alt, controller, signal, file: null };
    this.reading = reading;
    this.name.textContent = name;
    this.name.title = name;
    this.remove.hidden = false;
    this.view.say("");
    this.answer.wait("Reading …");
    this.setState("reading");
    try {
      reading.file = await open(signal);
      await this.finish(reading);
    } catch (error) {
      if (!signal.aborted) this.fail(reading, error);
    }
  }

  async finish(reading) {
    const { file, signal } = reading;
    const { engine, info } = this.stage;
    checkSize(file, info.limits?.upload_bytes);
    const analyse = () => engine.analyse([file], { model: this.model?.value, signal });
    const onwait = (seconds) => {
      this.answer.wait(`The server is busy. Trying again in ${seconds} s.`);
    };
    const [isShown, analysis] = await Promise.all([
      showFile(this.view.image, file, engine, signal),
      withRetry(analyse, { signal, onwait }),
    ]);
    if (signal.aborted) return;
    const [answer] = analysis.results;
    if (answer.status === "error") throw new UnreadableError(answer.error);
    reading.analysis = analysis;
    reading.explanations = new Explanations(engine, file, analysis, signal);
    this.view.show(answer, reading.alt);
    if (!isShown) this.view.say("This browser cannot show the picture. It was read all the same.");
    this.answer.show(analysis, answer, { canDraw: isShown });
    this.setState("done");
  }

  fail(reading, error) {
    reading.controller.abort();
    this.view.clear("No picture to show.");
    if (error instanceof UnreadableError) {
      this.answer.fault("This file cannot be read.", error.message);
    } else {
      this.answer.fault("This picture was not read.", error.message, () => this.readAgain());
    }
    this.setState("fault");
  }

  clear() {
    this.reading?.controller.abort();
    this.reading = null;
    this.selected = null;
    this.view.clear(INVITATION);
    this.answer.clear();
    if (this.examples) markExample(this.examples, null);
    this.name.textContent = "";
    this.remove.hidden = true;
    this.setState("empty");
  }

  /** @param {"empty"|"reading"|"done"|"fault"} state */
  setState(state) {
    this.panel.dataset.state = state;
    this.view.frame.setAttribute("aria-busy", String(state === "reading"));
  }

  /** Mark a face and its card. A pointer that leaves gives the mark back to the chosen face. */
  select(number, how) {
    const isChosen = how !== "hover";
    if (isChosen) this.selected = number;
    const shown = number ?? this.selected;
    this.view.overlay.select(shown);
    this.answer.select(shown, isChosen);
    if (isChosen && this.view.isHeatWanted) this.showHeat();
  }

  /** Return the explanation of a face, or null if another picture has come meanwhile. */
  async why(face) {
    const { reading } = this;
    this.select(face.number, "tap");
    try {
      const explanation = await reading.explanations.of(face);
      return reading === this.reading ? explanation : null;
    } catch (error) {
      if (reading !== this.reading) return null;
      throw error;
    }
  }

  /** Draw the heat map of the chosen face, or of the first one that was read. */
  async showHeat() {
    const { reading, view } = this;
    view.showHeat(null);
    if (!view.isHeatWanted) return;
    const [answer] = reading.analysis.results;
    const faces = answer.faces.filter((face) => face.state !== "poor_view");
    const face = faces.find(({ number }) => number === this.selected) ?? faces[0];
    try {
      const explanation = await reading.explanations.of(face);
      const isWanted = reading === this.reading && view.isHeatWanted;
      if (isWanted && [null, face.number].includes(this.selected)) view.showHeat(explanation);
    } catch (error) {
      if (reading !== this.reading) return;
      view.isHeatWanted = false;
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
      const [answer] = analysis.results;
      save(`${stem}-faces.jpg`, await annotatedPicture(this.view.image, answer, this.stage.info));
    } catch (error) {
      this.answer.note(error.message);
    }
  }
}

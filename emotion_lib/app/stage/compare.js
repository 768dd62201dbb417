// The tab that reads one picture twice, with two models or two detectors, side by side.

import { element } from "./dom.js";
import { fetchExample, loadExamples } from "./examples.js";
import { differenceSentence, pairsOf } from "./face_pairs.js";
import { FaceOverlay } from "./overlay.js";
import { colorVariable } from "./palette.js";
import { withRetry } from "./retry.js";
import { hidePicture, showFile } from "./shown.js";
import { percent } from "./wording.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp";

export async function mount(panel, stage) {
  const tab = new Compare(panel, stage);
  await tab.start();
}

class Compare {
  constructor(panel, stage) {
    this.panel = panel;
    this.stage = stage;
    this.controller = new AbortController();
    this.models = stage.info.models.map(({ name }) => name);
    this.detectors = stage.info.detectors ?? [];
    this.sides = [this.side("first", "First"), this.side("second", "Second")];
    const [, second] = this.sides;
    if (this.models.length > 1) second.model.value = this.models[1];
    else if (this.detectors.length > 1) second.detector.value = this.detectors[1];
    this.build();
  }

  side(id, title) {
    const onchange = () => this.file && this.read(this.file);
    const image = element("img", { alt: "", hidden: true });
    const overlay = new FaceOverlay(image, { onselect: (number) => this.select(number) });
    const model = choice(`${id}-model`, this.models, onchange);
    const detector = choice(`${id}-detector`, this.detectors, onchange);
    const choices = element("div", { class: "compare-choices" }, element("h3", {}, title));
    if (this.models.length > 1) choices.append(element("label", {}, "Model ", model));
    if (this.detectors.length > 1) choices.append(element("label", {}, "Detector ", detector));
    const frame = element("div", { class: "frame compare-frame" }, overlay.element);
    return { id, image, overlay, model, detector, frame, element: element("div", {}, choices, frame) };
  }

  build() {
    const input = element("input", {
      type: "file",
      id: "compare-input",
      accept: ACCEPTED,
      class: "visually-hidden",
      tabindex: "-1",
      "aria-label": "Photograph to compare",
    });
    input.addEventListener("change", () => {
      const [file] = input.files;
      input.value = "";
      if (file) this.read(file);
    });
    const choose = element(
      "button",
      { class: "button primary", type: "button", id: "compare-choose", onclick: () => input.click() },
      "Choose photograph",
    );
    this.name = element("span", { class: "file-name" });
    this.sentence = element("p", { id: "difference", class: "sentence", role: "status" });
    this.fault = element("p", { class: "notice fault", role: "alert", hidden: true });
    this.table = element("div", { class: "table-frame", hidden: true });
    this.bar = element("div", { class: "compare-bar" }, input, choose, this.name);
    this.both = element("div", { class: "compare-sides" }, ...this.sides.map((side) => side.element));
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Compare"),
      element(
        "div",
        { class: "compare" },
        this.bar,
        this.sentence,
        this.both,
        this.fault,
        this.table,
      ),
    );
    this.panel.addEventListener("shown", ({ detail }) => detail?.file && this.read(detail.file));
    this.listenForDrops();
  }

  /** Begin with an example, so that the tab is never empty. */
  async start() {
    if (this.models.length < 2 && this.detectors.length < 2) {
      this.bar.hidden = true;
      this.both.hidden = true;
      this.sentence.textContent = "There is one model and one detector here: nothing to compare.";
      return;
    }
    const [example] = await loadExamples(this.stage.base).catch(() => []);
    if (!example || this.file) return;
    try {
      const file = await fetchExample(example, this.controller.signal);
      if (!this.file) this.read(file, example.alt);
    } catch {
      // The tab stays empty until a photograph is chosen.
    }
  }

  /** Read a picture with both settings. */
  async read(file, alt = null) {
    this.controller.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.file = file;
    this.name.textContent = file.name;
    this.clear("Reading …");
    try {
      const answers = [];
      for (const side of this.sides) {
        const isShown = await showFile(side.image, file, this.stage.engine, signal);
        side.image.alt = alt ?? `Photograph ${file.name}`;
        side.frame.classList.toggle("unseen", !isShown);
        answers.push(await this.ask(side, file, signal));
      }
      if (!signal.aborted) this.show(answers);
    } catch (error) {
      if (signal.aborted) return;
      this.clear("");
      for (const side of this.sides) hidePicture(side.image);
      this.fault.textContent = error.message;
      this.fault.hidden = false;
    }
  }

  async ask(side, file, signal) {
    const options = { signal };
    if (this.models.length > 1) options.model = side.model.value;
    if (this.detectors.length > 1) options.detector = side.detector.value;
    const wait = (seconds) => {
      this.sentence.textContent = `The server is busy. Trying again in ${seconds} s.`;
    };
    const call = () => this.stage.engine.analyse([file], options);
    const analysis = await withRetry(call, { signal, onwait: wait });
    const [answer] = analysis.results;
    if (answer.status === "error") throw new Error(answer.error);
    return answer;
  }

  clear(text) {
    for (const side of this.sides) side.overlay.clear();
    this.sentence.textContent = text;
    this.fault.hidden = true;
    this.table.hidden = true;
  }

  /** Show two answers; a face has the same number in both. */
  show([first, second]) {
    const pairs = pairsOf(first.faces, second.faces);
    this.sentence.textContent = differenceSentence(pairs);
    for (const [index, answer] of [first, second].entries()) {
      const faces = [];
      for (const pair of pairs) {
        const face = index ? pair.second : pair.first;
        if (face) faces.push({ ...face, number: pair.number });
      }
      this.sides[index].overlay.show(faces, answer.width, answer.height);
    }
    this.table.replaceChildren(this.tableOf(pairs));
    this.table.hidden = pairs.length === 0;
  }

  tableOf(pairs) {
    const heads = ["Face", "First", "Second"].map((title) => element("th", { scope: "col" }, title));
    return element(
      "table",
      { class: "pairs" },
      element("caption", { class: "visually-hidden" }, "Faces in both readings"),
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...pairs.map((pair) => this.rowOf(pair))),
    );
  }

  rowOf(pair) {
    const differs = pair.first?.label !== pair.second?.label;
    return element(
      "tr",
      {
        "data-number": pair.number,
        class: differs ? "differs" : "",
        onpointerenter: () => this.select(pair.number),
        onpointerleave: () => this.select(null),
      },
      element("th", { scope: "row" }, String(pair.number)),
      cellOf(pair.first),
      cellOf(pair.second),
    );
  }

  /** Mark a face in both pictures and in the table; null: none. */
  select(number) {
    for (const side of this.sides) side.overlay.select(number);
    for (const row of this.table.querySelectorAll("tbody tr")) {
      row.classList.toggle("selected", Number(row.dataset.number) === number);
    }
  }

  listenForDrops() {
    const hasFiles = (event) => !this.panel.hidden && event.dataTransfer?.types.includes("Files");
    this.stage.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    this.stage.addEventListener("drop", (event) => {
      if (!hasFiles(event) || event.defaultPrevented) return; // another tab has taken it
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file) this.read(file);
    });
  }
}

function cellOf(face) {
  if (!face) return element("td", { class: "missing" }, "not found");
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  const color = face.state === "sure" ? colorVariable(face.top) : "var(--unread)";
  swatch.style.setProperty("--face", color);
  let text = `${face.label}, ${percent(face.confidence)}`;
  if (face.state === "poor_view") text = "poor view";
  if (face.state === "not_sure") text = `not sure, perhaps ${face.top}, ${percent(face.confidence)}`;
  return element("td", {}, element("span", { class: "tag" }, swatch, text));
}

function choice(id, names, onchange) {
  const options = names.map((name) => element("option", { value: name }, name));
  return element("select", { class: "button", id, onchange }, ...options);
}

// The tab that reads one picture twice, with two models or two detectors, side by side.

import { CompareSide } from "./compare_side.js";
import { element } from "./dom.js";
import { fetchExample, loadExamples } from "./examples.js";
import { differenceSentence, pairsOf } from "./face_pairs.js";
import { faultNotice } from "./fault_notice.js";
import { fileChooser, listenForDrops } from "./file_chooser.js";
import { labelsSentence } from "./model_options.js";
import { pairTable, selectRow } from "./pair_table.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp";

export async function mount(panel, stage) {
  const tab = new Compare(panel, stage);
  await tab.start();
}

class Compare {
  constructor(panel, stage) {
    this.stage = stage;
    this.file = null;
    this.controller = new AbortController();
    const onchoose = () => this.file && this.read(this.file, this.alt, this.name.textContent);
    const onselect = (number) => this.select(number);
    this.sides = ["First", "Second"].map((title) => {
      return new CompareSide(stage, title, { onchoose, onselect });
    });
    this.build(panel);
    listenForDrops(panel, stage, ({ files: [file] }) => file && this.read(file));
    panel.addEventListener("shown", ({ detail }) => detail?.file && this.read(detail.file));
  }

  build(panel) {
    const attributes = { accept: ACCEPTED, isPrimary: true };
    const onfiles = ([file]) => this.read(file);
    const choose = fileChooser("compare-file", "Choose photograph", attributes, onfiles);
    const pictures = this.sides.map((side) => side.element);
    this.name = element("span", { class: "file-name" });
    this.bar = element("div", { class: "compare-bar" }, choose, this.name);
    this.sentence = element("p", { id: "difference", class: "sentence", role: "status" });
    this.both = element("div", { class: "compare-sides" }, ...pictures);
    this.fault = element("div", { class: "message" });
    this.table = element("div", { class: "table-frame", hidden: true });
    const parts = [this.bar, this.fault, this.sentence, this.both, this.table];
    panel.append(
      element("h2", { class: "visually-hidden" }, "Compare"),
      element("div", { class: "compare" }, ...parts),
    );
  }

  /** Begin with an example, so that the tab is never empty: the last one, the hardest. */
  async start() {
    const [, second] = this.sides;
    if (!second.hasChoice) {
      this.bar.hidden = true;
      this.both.hidden = true;
      this.sentence.textContent = "There is one model and one detector here: nothing to compare.";
      return;
    }
    second.chooseAnother();
    const examples = await loadExamples(this.stage.base).catch(() => []);
    const example = examples.at(-1);
    if (!example || this.file) return;
    try {
      const file = await fetchExample(example, this.controller.signal);
      if (!this.file) this.read(file, example.alt, example.title);
    } catch {
      // The tab stays empty until a photograph is chosen.
    }
  }

  /** Read a picture with both settings. */
  async read(file, alt = `Photograph ${file.name}`, name = file.name) {
    this.controller.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.file = file;
    this.alt = alt;
    this.name.textContent = name;
    this.clear("Reading …");
    const onwait = (seconds) => {
      this.sentence.textContent = `The server is busy. Trying again in ${seconds} s.`;
    };
    try {
      const answers = [];
      for (const side of this.sides) answers.push(await side.read(file, alt, { signal, onwait }));
      if (!signal.aborted) this.show(answers);
    } catch (error) {
      if (signal.aborted) return;
      this.clear("");
      for (const side of this.sides) side.hide();
      this.fault.replaceChildren(faultNotice(error.message, () => this.read(file, alt, name)));
    }
  }

  clear(text) {
    for (const side of this.sides) side.overlay.clear();
    this.sentence.textContent = text;
    this.fault.replaceChildren();
    this.table.hidden = true;
  }

  /** Show two answers; a face has the same number in both. */
  show([first, second]) {
    const pairs = pairsOf(first.faces, second.faces);
    const [left, right] = this.sides;
    const labels = labelsSentence(left.described, right.described);
    this.sentence.textContent = `${differenceSentence(pairs)} ${labels}`.trim();
    left.overlay.show(numbered(pairs, "first"), first.width, first.height);
    right.overlay.show(numbered(pairs, "second"), second.width, second.height);
    this.table.replaceChildren(pairTable(pairs, this.titles(), (number) => this.select(number)));
    this.table.hidden = pairs.length === 0;
  }

  /** Name both readings by what was chosen for them. */
  titles() {
    return this.sides.map((side) => `${side.title}: ${side.chosen}`);
  }

  /** Mark a face in both pictures and in the table; null: none. */
  select(number) {
    for (const side of this.sides) side.overlay.select(number);
    selectRow(this.table, number);
  }
}

/** Return the faces of one side with the numbers of their pairs. */
function numbered(pairs, side) {
  const found = pairs.filter((pair) => pair[side]);
  return found.map((pair) => ({ ...pair[side], number: pair.number }));
}

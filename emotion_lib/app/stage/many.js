// The tab for many pictures: files, folders and zip files, and a table of their faces.

import { element } from "./dom.js";
import { fetchExample, loadExamples } from "./examples.js";
import { countSentence, groupsOf, rowsOf } from "./face_rows.js";
import { FaceTable } from "./face_table.js";
import { fileChooser, listenForDrops } from "./file_chooser.js";
import { csvOf, save, textBlob } from "./files.js";
import { LabelFilter } from "./label_filter.js";
import { droppedFiles, picturesOf } from "./picture_files.js";
import { ReadingQueue } from "./reading_queue.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp,.zip";
const PICTURES = { accept: ACCEPTED, multiple: true, isPrimary: true };
const FOLDER = { webkitdirectory: true };
const REDRAW = 250; // ms between two drawings of the table while pictures are read

export function mount(panel, stage) {
  new ManyPictures(panel, stage);
}

class ManyPictures {
  constructor(panel, stage) {
    this.panel = panel;
    this.stage = stage;
    this.table = new FaceTable((item) => this.open(item));
    this.filter = new LabelFilter(() => this.drawRows());
    this.build();
    this.reset();
    listenForDrops(panel, stage, async (transfer) => this.add(await droppedFiles(transfer)));
    panel.addEventListener("shown", ({ detail }) => detail?.files && this.add(detail.files));
  }

  build() {
    this.status = element("p", { id: "many-status", class: "sentence", role: "status" });
    this.note = element("p", { class: "many-note", id: "many-note", role: "status", hidden: true });
    this.progress = element("progress", { "aria-label": "Pictures read", max: 1, value: 0 });
    this.pauseButton = button("many-pause", "Pause", () => this.togglePause());
    this.cancelButton = button("many-cancel", "Cancel", () => this.queue.cancel());
    this.running = element(
      "div",
      { class: "running" },
      this.progress,
      this.pauseButton,
      this.cancelButton,
    );
    this.saveCsv = button("many-csv", "CSV", () => this.download("csv"));
    this.saveJson = button("many-json", "JSON", () => this.download("json"));
    this.clearButton = button("many-clear", "Clear", () => this.clear());
    this.tryButton = button("many-examples", "Try the examples", () => this.addExamples());
    this.hint = element("div", { class: "drop-hint" }, ...hintText(), this.tryButton);
    this.results = element(
      "div",
      { class: "many-results" },
      element("div", { class: "many-head" }, this.status, this.running),
      this.note,
      this.filter.element,
      this.table.element,
    );
    const saves = [this.clearButton, "Save", this.saveCsv, this.saveJson];
    this.saves = element("div", { class: "many-saves" }, ...saves);
    const onfiles = (files) => this.add(files);
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Many pictures"),
      element(
        "div",
        { class: "many" },
        element(
          "div",
          { class: "many-bar" },
          fileChooser("many-files", "Choose pictures", PICTURES, onfiles),
          fileChooser("many-folder", "Choose folder", FOLDER, onfiles),
          this.saves,
        ),
        this.hint,
        this.results,
      ),
    );
  }

  reset() {
    const most = this.stage.info.limits?.images_per_request;
    this.queue = new ReadingQueue(this.stage.engine, {
      most,
      onchange: (text) => this.update(text),
    });
    this.leftOut = 0;
    this.update("");
  }

  async add(files) {
    if (!files.length) return;
    const { queue } = this;
    const { sources, leftOut } = await picturesOf(files);
    if (queue !== this.queue) return; // cleared meanwhile
    this.leftOut += leftOut;
    queue.add(sources);
  }

  async addExamples() {
    try {
      const examples = await loadExamples(this.stage.base);
      this.add(await Promise.all(examples.map((example) => fetchExample(example))));
    } catch {
      this.say("The examples could not be loaded.");
    }
  }

  /** Show where the reading is; the table follows a moment later. */
  update(message) {
    const { queue } = this;
    const all = queue.items.length;
    const { waiting } = queue;
    const isEmpty = all === 0 && this.leftOut === 0;
    this.hint.hidden = !isEmpty;
    this.results.hidden = isEmpty;
    this.running.hidden = waiting === 0;
    this.progress.max = Math.max(all, 1);
    this.progress.value = all - waiting;
    this.pauseButton.textContent = queue.isPaused ? "Continue" : "Pause";
    this.status.textContent = waiting
      ? progressText(all, waiting, queue.isPaused)
      : countSentence(queue.items);
    this.say(message);
    const isRead = queue.analysis !== null;
    this.saveCsv.disabled = !isRead;
    this.saveJson.disabled = !isRead;
    this.saves.hidden = isEmpty;
    this.timer ??= setTimeout(() => this.drawRows(), waiting ? REDRAW : 0);
  }

  say(message) {
    const sentences = [message];
    if (this.leftOut === 1) sentences.push("One other file is no picture and was left out.");
    if (this.leftOut > 1) {
      sentences.push(`${this.leftOut} other files are no pictures and were left out.`);
    }
    this.note.textContent = sentences.join(" ").trim();
    this.note.hidden = !this.note.textContent;
  }

  drawRows() {
    clearTimeout(this.timer);
    this.timer = null;
    const rows = rowsOf(this.queue.items);
    const classNames = this.queue.analysis?.class_names ?? [];
    this.filter.show(groupsOf(rows, classNames));
    this.table.element.hidden = rows.length === 0;
    this.table.show(rows.filter((row) => this.filter.shows(row.group)));
  }

  togglePause() {
    if (this.queue.isPaused) this.queue.resume();
    else this.queue.pause();
  }

  clear() {
    this.queue.cancel();
    this.filter.clear();
    this.table.clear();
    this.reset();
  }

  async open(item) {
    try {
      this.stage.show("photograph", { file: await item.source.open() });
    } catch (error) {
      this.say(error.message);
    }
  }

  download(kind) {
    const analysis = this.queue.whole();
    if (kind === "csv") save("faces.csv", textBlob(csvOf(analysis)));
    else save("faces.json", textBlob(JSON.stringify(analysis, null, 1), "application/json"));
  }
}

function hintText() {
  return [
    element("p", {}, "Drop pictures, a folder or a zip file here, or choose them."),
    element(
      "p",
      { class: "small" },
      "They are read one after the other; the table can be saved as CSV or JSON.",
    ),
  ];
}

function progressText(all, waiting, isPaused) {
  const done = (all - waiting).toLocaleString("en");
  return `${isPaused ? "Paused at" : "Reading"} ${done} of ${all.toLocaleString("en")} pictures`;
}

function button(id, title, onclick) {
  return element("button", { class: "button", type: "button", id, onclick }, title);
}

// The tab for a video: it is sent, read, and shown with its timeline.

import { element } from "./dom.js";
import { stemOf } from "./files.js";
import { momentsOf } from "./moments.js";
import { Player } from "./player.js";
import { points } from "./points.js";
import { fetchSample, sampleButton } from "./sample_clip.js";
import { secondsCard } from "./seconds.js";
import { Timeline } from "./timeline.js";

const ACCEPTED = "video/*,.avi,.m4v,.mkv,.mov,.mp4,.mpg,.ts,.webm,.wmv";
const MOST_CARDS = 12; // of the faces that are seen longest
const DOWNLOADS = [
  ["annotated.mp4", "Annotated video"],
  ["annotated.webm", "Annotated video"],
  ["timeline.csv", "CSV"],
  ["timeline.json", "JSON"],
];

export function mount(panel, stage) {
  new VideoTab(panel, stage);
}

class VideoTab {
  constructor(panel, stage) {
    this.panel = panel;
    this.stage = stage;
    this.reading = null;
    this.player = new Player({ ontime: (time) => this.timeline.seek(time) });
    this.timeline = new Timeline({ onseek: (time) => this.player.seek(time) });
    this.build();
    this.clear();
    this.listen();
  }

  build() {
    this.input = element("input", {
      type: "file",
      accept: ACCEPTED,
      class: "visually-hidden",
      tabindex: "-1",
      "aria-label": "Video",
      id: "video-file",
      onchange: () => this.choose(),
    });
    const button = (id, text, onclick, kind = "button") =>
      element("button", { class: kind, type: "button", id, onclick }, text);
    this.name = element("span", { class: "file-name" });
    this.remove = button("video-remove", "Delete now", () => this.drop(), "quiet");
    this.cancel = button("video-cancel", "Cancel", () => this.drop());
    this.preview = element("img", { class: "preview", alt: "The newest frame that was read" });
    this.sample = sampleButton(this.stage.base, () => this.readSample());
    this.points = points("How it works", this.promises());
    this.sentence = element("p", { id: "video-sentence", class: "sentence", role: "status" });
    this.fault = element("div", { class: "message", role: "alert" });
    this.progress = element("progress", { max: 1, "aria-label": "Progress" });
    this.work = element("div", { class: "work" }, this.progress, this.cancel);
    this.cards = element("div", { class: "cards" });
    const saves = { class: "downloads", role: "group", "aria-label": "Save", hidden: true };
    this.downloads = element("div", saves);
    const bar = element(
      "div",
      { class: "picture-bar" },
      element(
        "div",
        { class: "intake" },
        this.input,
        button("video-choose", "Choose video", () => this.input.click(), "button primary"),
      ),
      element("div", { class: "file" }, this.name, this.remove),
    );
    const frame = element(
      "div",
      { class: "frame" },
      this.player.element,
      this.preview,
      this.sample,
    );
    const column = [
      this.sentence,
      this.fault,
      this.work,
      this.points,
      this.cards,
      this.downloads,
    ];
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Video"),
      element(
        "div",
        { class: "video-tab" },
        element("div", { class: "picture-side" }, bar, frame, this.timeline.element),
        element("div", { class: "video-answer" }, ...column),
      ),
    );
  }

  promises() {
    const seconds = this.stage.info.limits?.video_seconds;
    const most = seconds ? `, of up to ${Math.round(seconds / 60)} minutes` : "";
    return [
      `Choose a video${most}, or drop one here.`,
      "Each face is followed and keeps its number.",
      "A timeline shows who looked how, and when. A click on it goes there.",
      "For each face: how many seconds it showed which expression.",
      "To save: the video with boxes, and its timeline as CSV and JSON.",
    ];
  }

  listen() {
    const { panel, stage } = this;
    panel.addEventListener("hidden", () => this.player.pause());
    panel.addEventListener("shown", ({ detail }) => detail?.file && this.read(detail.file));
    stage.addEventListener("dragover", (event) => {
      if (!panel.hidden && event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    stage.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer?.files ?? [];
      if (panel.hidden || !file) return;
      event.preventDefault();
      this.read(file);
    });
    // Nobody waits for the answer any more: the next visitor's video can be read.
    addEventListener("pagehide", () => this.drop());
    addEventListener("emotion-forget", () => this.drop());
  }

  choose() {
    const [file] = this.input.files;
    this.input.value = ""; // so that the same file can be chosen again
    if (file) this.read(file);
  }

  async readSample() {
    const reading = this.begin("sample.mp4");
    try {
      await this.continue(reading, await fetchSample(this.stage.base, reading.signal));
    } catch (error) {
      this.fail(reading, error);
    }
  }

  async read(file) {
    const reading = this.begin(file.name);
    try {
      await this.continue(reading, file);
    } catch (error) {
      this.fail(reading, error);
    }
  }

  /** Delete the video before, and wait for the answer to another one. */
  begin(name) {
    this.drop();
    const controller = new AbortController();
    this.reading = { name, controller, signal: controller.signal };
    this.name.textContent = name;
    this.name.title = name;
    this.sample.hidden = true;
    this.points.hidden = true;
    this.work.hidden = false;
    this.setState("reading");
    this.say("Sending …", null);
    return this.reading;
  }

  async continue(reading, file) {
    if (file.size === 0) throw new Error("This file is empty (0 bytes).");
    const { engine } = this.stage;
    const most = engine.limits?.upload_bytes;
    if (most && file.size > most) {
      const size = inMegabytes(file.size);
      throw new Error(`This file has ${size}; at most ${inMegabytes(most)} are read.`);
    }
    const video = await engine.video(file, {
      onupload: (share) => this.say(`Sending, ${Math.floor(100 * share)} %`, share),
      onprogress: (answer) => this.report(reading, answer),
      signal: reading.signal,
    });
    if (reading.signal.aborted) return;
    reading.video = video;
    const { answer } = video;
    if (answer.state !== "done") throw new Error(answer.message);
    await this.showAnswer(reading, file, video);
  }

  report(reading, answer) {
    if (reading.signal.aborted) return;
    if (answer.state === "waiting") {
      const before = answer.place - 1;
      const place = before ? `, ${before} before this one` : "";
      this.say(`Waiting for its turn${place} …`, null);
    } else if (answer.state === "running") {
      const { read_seconds: read, total_seconds: total } = answer;
      const share = total ? Math.min(1, read / total) : null;
      const of = total ? ` of ${Math.ceil(total)}` : "";
      this.say(`Reading, ${Math.floor(read)}${of} seconds`, share);
    }
    if (answer.preview) {
      this.preview.src = answer.preview;
      this.preview.hidden = false;
    }
  }

  async showAnswer(reading, file, video) {
    const { answer } = video;
    const timeline = answer.files.includes("timeline.json") ? await video.timeline() : { rows: [] };
    const moments = momentsOf(timeline.rows);
    if (reading.signal.aborted) return;
    this.timeline.show(moments, timeline.seconds);
    const copy = answer.files.find((name) => name.startsWith("annotated"));
    const shown = { moments, width: answer.width, height: answer.height };
    const isPlayed = await this.player.show(file, shown, copy ? video.url(copy) : null);
    if (reading.signal.aborted) return;
    this.preview.hidden = isPlayed || !this.preview.src;
    this.work.hidden = true;
    this.sentence.textContent = answer.message;
    if (!isPlayed) this.note("This browser cannot play the video; it was read all the same.");
    for (const face of answer.faces.slice(0, MOST_CARDS)) this.cards.append(secondsCard(face));
    const left = answer.faces.length - MOST_CARDS;
    if (left > 0) this.cards.append(element("p", {}, `${left} more faces are in the files.`));
    this.fillDownloads(reading, video);
    this.setState("done");
  }

  fillDownloads(reading, video) {
    const stem = stemOf(reading.name);
    this.downloads.append("Save");
    this.downloads.hidden = false;
    for (const [name, title] of DOWNLOADS) {
      if (!video.answer.files.includes(name)) continue;
      const download = `${stem}-${name}`;
      const id = `video-save-${name.split(".").pop()}`;
      const link = element("a", { class: "button", href: video.url(name), download, id }, title);
      this.downloads.append(link);
    }
  }

  say(text, share) {
    this.sentence.textContent = text;
    if (share === null) this.progress.removeAttribute("value");
    else this.progress.value = share;
  }

  note(message) {
    this.fault.replaceChildren(element("p", { class: "notice" }, message));
  }

  fail(reading, error) {
    if (reading.signal.aborted) return;
    const { name } = reading;
    this.drop();
    this.name.textContent = name;
    this.fault.replaceChildren(element("p", { class: "notice fault" }, error.message));
    this.setState("fault");
  }

  /** End the reading, and delete what the server has of it. */
  drop() {
    const { reading } = this;
    this.clear();
    reading?.controller.abort(new DOMException("It was cancelled.", "AbortError"));
    // At once: nothing that waits still runs while a page is closed.
    this.stage.engine.discardVideos().catch(() => {});
  }

  clear() {
    this.reading = null;
    this.player.clear();
    this.timeline.clear();
    this.preview.hidden = true;
    this.preview.removeAttribute("src");
    this.sample.hidden = false;
    this.points.hidden = false;
    this.work.hidden = true;
    this.sentence.textContent = "";
    this.fault.replaceChildren();
    this.cards.replaceChildren();
    this.downloads.replaceChildren();
    this.downloads.hidden = true;
    this.name.textContent = "";
    this.setState("empty");
  }

  setState(state) {
    this.panel.dataset.state = state;
    this.remove.hidden = state !== "done";
  }
}

function inMegabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

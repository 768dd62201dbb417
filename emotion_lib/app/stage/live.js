// The tab for a camera: one mirrored picture with boxes, a large label, the last half minute.

import { CameraError, cameraOf, closeCamera, listCameras, openCamera } from "./camera.js";
import { element } from "./dom.js";
import { FaceOverlay } from "./overlay.js";
import { colorVariable } from "./palette.js";
import { points } from "./points.js";
import { silhouette } from "./silhouette.js";
import { Strip } from "./strip.js";
import { percent, sentence } from "./wording.js";

// px of the longer side of the pictures that are read: faces of 24 px and more are read well.
const SIDE = 640;
// Seconds over which frames per second are counted.
const COUNTED = 2;
const INVITATION = "The camera is off.";
const PROMISES = [
  "Start the camera, and look into it.",
  "Each face gets a box with its expression, and keeps its number.",
  "The largest face's expression is here, in large letters.",
  "A strip shows the last 30 seconds of each face.",
];
const GONE = "The camera is not there any more. Connect it, then start again.";
const HIDDEN = "The camera was stopped, as the page was hidden.";

export function mount(panel, stage) {
  new LiveTab(panel, stage);
}

class LiveTab {
  constructor(panel, stage) {
    this.panel = panel;
    this.stage = stage;
    this.session = null;
    this.build();
    this.stop(INVITATION);
    panel.addEventListener("hidden", () => this.stop(INVITATION));
    document.addEventListener("visibilitychange", () => document.hidden && this.stop(HIDDEN));
    addEventListener("pagehide", () => this.stop(HIDDEN));
  }

  build() {
    this.video = element("video", { muted: true, playsinline: true, "aria-label": "Camera" });
    this.video.muted = true;
    this.overlay = new FaceOverlay(this.video);
    this.strip = new Strip();
    this.toggle = element(
      "button",
      { class: "button primary", type: "button", id: "live-start", onclick: () => this.change() },
      "Start the camera",
    );
    this.choice = element("select", {
      class: "button",
      id: "live-camera",
      "aria-label": "Camera",
      hidden: true,
      onchange: () => this.start(this.choice.value),
    });
    this.rate = element("span", { id: "live-rate", class: "rate" });
    this.hintText = element("p", {});
    this.hint = element("div", { class: "hint" }, silhouette(), this.hintText);
    this.fault = element("div", { class: "message", role: "alert" });
    this.label = element("p", { id: "live-label", class: "big-label" });
    this.sentence = element("p", { id: "live-sentence" });
    this.points = points("How it works", [...PROMISES, this.stage.engine.watches]);
    const bar = element("div", { class: "live-bar" }, this.toggle, this.choice, this.rate);
    this.frame = element("div", { class: "frame" }, this.overlay.element, this.hint);
    this.panel.append(
      element("h2", { class: "visually-hidden" }, "Live"),
      bar,
      this.fault,
      element(
        "div",
        { class: "live-tab" },
        this.frame,
        element(
          "div",
          { class: "live-answer" },
          this.points,
          this.label,
          this.sentence,
          this.strip.element,
        ),
      ),
    );
  }

  change() {
    if (this.session) this.stop(INVITATION);
    else this.start(this.choice.value || null);
  }

  async start(camera) {
    this.stop("Starting …");
    const session = { times: [] };
    this.session = session;
    this.toggle.textContent = "Stop";
    try {
      session.stream = await openCamera(camera);
      if (this.session !== session) return closeCamera(session.stream);
      // A camera that is pulled out.
      session.stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (this.session === session) this.fail(new CameraError(GONE));
      });
      session.live = await this.stage.engine.live();
      if (this.session !== session) return this.release(session);
      await this.show(session.stream);
      await this.run(session);
    } catch (error) {
      if (this.session === session) this.fail(error);
      else this.release(session);
    }
  }

  async show(stream) {
    this.video.srcObject = stream;
    await this.video.play();
    this.hint.hidden = true;
    this.showAnswer(true);
    const { id, isBack } = cameraOf(stream);
    this.overlay.mirrored = !isBack; // what looks at the visitor is a mirror
    const cameras = await listCameras();
    const options = cameras.map(({ id, name }) => element("option", { value: id }, name));
    this.choice.replaceChildren(...options);
    this.choice.value = id;
    this.choice.hidden = cameras.length < 2;
  }

  /** Read one picture after the other: the next one is taken when the last one is answered. */
  async run(session) {
    const begin = performance.now();
    let frame = nextFrame(this.video);
    while (this.session === session) {
      await Promise.all([frame, session.live.turn?.()]);
      // One that comes while this one is read is taken at once, as waiting for the next would
      // halve the rate where reading takes a little longer than the camera.
      frame = nextFrame(this.video);
      if (this.session !== session) return;
      const time = (performance.now() - begin) / 1000;
      const bitmap = await this.take();
      const { width, height } = bitmap; // the engine takes the bitmap itself
      const moment = await session.live.read(bitmap, time);
      if (this.session !== session) return;
      if (moment) this.update(session, moment, width, height);
    }
  }

  take() {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
    return createImageBitmap(this.video, {
      resizeWidth: Math.round(videoWidth * scale),
      resizeHeight: Math.round(videoHeight * scale),
    });
  }

  update(session, moment, width, height) {
    this.overlay.show(moment.faces, width, height);
    this.strip.add(moment);
    this.count(session, moment.time_s);
    const largest = [...moment.faces].sort((a, b) => areaOf(b) - areaOf(a))[0];
    this.label.replaceChildren(...labelOf(largest));
    this.label.style.setProperty("--face", colorOf(largest));
    this.sentence.textContent = moment.faces.length > 1 ? sentence(moment.faces) : "";
  }

  count(session, time) {
    const { times } = session;
    times.push(time);
    while (time - times[0] > COUNTED) times.shift();
    if (times.length < 2) return;
    const rate = (times.length - 1) / (time - times[0]);
    this.rate.textContent = `${rate.toFixed(rate < 10 ? 1 : 0)} pictures per second`;
  }

  stop(hint) {
    const { session } = this;
    this.session = null;
    if (session) this.release(session);
    this.video.srcObject = null;
    this.overlay.clear();
    this.strip.clear();
    this.showAnswer(false);
    this.label.replaceChildren();
    this.sentence.textContent = "";
    this.rate.textContent = "";
    this.fault.replaceChildren();
    this.toggle.textContent = "Start the camera";
    this.say(hint);
  }

  /** Show the answer, or what is promised until there is one. */
  showAnswer(isShown) {
    this.points.hidden = isShown;
    this.strip.element.hidden = !isShown;
  }

  release(session) {
    closeCamera(session.stream);
    session.live?.close();
  }

  fail(error) {
    this.stop("No picture.");
    this.fault.replaceChildren(element("p", { class: "notice fault" }, error.message));
  }

  say(text) {
    this.hintText.textContent = text;
    this.hint.hidden = false;
  }
}

function areaOf({ box }) {
  return box.width * box.height;
}

function colorOf(face) {
  return face?.state === "sure" ? colorVariable(face.top) : "var(--unread)";
}

function labelOf(face) {
  if (!face) return ["No face in view"];
  if (face.state === "poor_view") return ["Poor view: not read"];
  if (face.state === "not_sure") return ["Hard to tell"];
  return [face.label, element("span", { class: "share" }, percent(face.confidence))];
}

/** Wait for a new picture of the camera. */
function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else requestAnimationFrame(resolve);
  });
}

// The player of a video: the visitor's own file with boxes over it, where the browser can play it.

import { element } from "./dom.js";
import { facesAt } from "./moments.js";
import { FaceOverlay } from "./overlay.js";

// Milliseconds after which a browser that shows no first frame counts as one that cannot.
const PATIENCE = 8000;
// A time beyond every end, in seconds.
const FAR = 1e7;

/** The player; `element` belongs into the page. */
export class Player {
  /** @param {{ontime: (time: number) => void}} options ontime gets the time that is shown. */
  constructor({ ontime }) {
    this.ontime = ontime;
    this.moments = null;
    this.video = element("video", { controls: true, playsinline: true, preload: "auto" });
    this.overlay = new FaceOverlay(this.video);
    this.element = this.overlay.element;
    this.element.hidden = true;
    for (const name of ["timeupdate", "seeked"]) {
      this.video.addEventListener(name, () => this.update(this.video.currentTime));
    }
    if (this.video.requestVideoFrameCallback) this.follow();
  }

  /**
   * Show a video, paused at its begin.
   * @param {File} file of the visitor.
   * @param {Object} timeline { moments, width, height } of the file's faces.
   * @param {string|null} copy address of the annotated copy, if the browser cannot play the file.
   * @returns {Promise<boolean>} whether it can be played.
   */
  async show(file, { moments, width, height }, copy) {
    this.clear();
    this.address = URL.createObjectURL(file);
    this.element.hidden = false;
    if (await this.load(this.address)) {
      this.size = { width, height };
      this.moments = moments;
      this.update(0);
      return true;
    }
    if (copy && (await this.load(copy))) return true;
    this.clear();
    return false;
  }

  clear() {
    this.moments = null;
    this.overlay.clear();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.element.hidden = true;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
  }

  pause() {
    this.video.pause();
  }

  seek(time) {
    this.video.currentTime = time;
    this.ontime(time);
  }

  update(time) {
    this.ontime(time);
    if (!this.moments) return;
    this.overlay.show(facesAt(this.moments, time), this.size.width, this.size.height);
  }

  /** Draw the boxes of each frame when it is shown, not four times a second. */
  follow() {
    this.video.requestVideoFrameCallback((now, { mediaTime }) => {
      this.update(mediaTime);
      this.follow();
    });
  }

  async load(address) {
    this.video.src = address;
    if (!(await shown(this.video))) return false;
    if (this.video.duration === Infinity) await this.findEnd();
    return true;
  }

  /** Let the browser find the length of a recording that does not name it, so that it can seek. */
  async findEnd() {
    const { video } = this;
    const moved = () => new Promise((resolve) => {
      video.addEventListener("seeked", resolve, { once: true });
      setTimeout(resolve, PATIENCE);
    });
    let done = moved();
    video.currentTime = FAR;
    await done;
    done = moved();
    video.currentTime = 0;
    await done;
  }
}

/** Return whether a video shows its first frame; one whose picture has no decoder plays sound. */
function shown(video) {
  return new Promise((resolve) => {
    const end = () => resolve(video.videoWidth > 0);
    video.addEventListener("loadeddata", end, { once: true });
    video.addEventListener("error", () => resolve(false), { once: true });
    setTimeout(end, PATIENCE);
  });
}

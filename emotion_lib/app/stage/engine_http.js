// The engine that asks the server. A browser engine with the same methods is part of the site.

import { openLive } from "./http_live.js";
import { HttpVideo, sendVideo } from "./http_video.js";

/**
 * Error whose message can be shown to a visitor. `retry` is in seconds, or null; `status` is that
 * of the answer, or null without one.
 */
export class EngineError extends Error {
  constructor(message, retry = null, status = null) {
    super(message);
    this.retry = retry;
    this.status = status;
  }
}

export class HttpEngine {
  /** @param {URL} base of the server, ending with a slash. */
  constructor(base) {
    this.base = base;
    this.can = { video: true, many: true, compare: true, live: true, explain: true, preview: true };
    this.docs = new URL("docs", base).href;
    /** Videos of this page on the server. */
    this.videos = new Set();
  }

  /** What happens to a visitor's files, for the footer. */
  get keeps() {
    const minutes = Math.round((this.limits?.keep_seconds ?? 3600) / 60);
    return (
      "The server reads pictures in memory and never stores them; " +
      `it deletes videos within ${minutes} minutes, and when it stops.`
    );
  }

  /** What happens to a camera's pictures. */
  get watches() {
    return "The camera's pictures go to the server, are read in its memory and never stored.";
  }

  /** Return { models, colors, ... } of GET /api/v1/models. */
  async models() {
    const info = await this.request("models");
    this.limits = info.limits;
    return info;
  }

  /** Return the About of about.py: figures, limits, licences. */
  about() {
    return this.request("about");
  }

  /**
   * Read pictures.
   * @param {File[]} files
   * @param {{model?: string, detector?: string, signal?: AbortSignal}} options
   * @returns the Analysis of schemas.py.
   */
  analyse(files, { model, detector, signal } = {}) {
    const body = new FormData();
    for (const file of files) body.append("images", file, file.name);
    if (model) body.append("model", model);
    if (detector) body.append("detector", detector);
    return this.request("analyse", { method: "POST", body, signal });
  }

  /**
   * Explain why a face was read as it was.
   * @param {File} file
   * @param {number} faceNumber of FaceAnswer.number, from 1.
   * @param {{model?: string, detector?: string, signal?: AbortSignal}} options as for analyse().
   * @returns the Explanation of schemas.py.
   */
  explain(file, faceNumber, { model, detector, signal } = {}) {
    const body = new FormData();
    body.append("image", file, file.name);
    body.append("face", faceNumber);
    if (model) body.append("model", model);
    if (detector) body.append("detector", detector);
    return this.request("explain", { method: "POST", body, signal });
  }

  /** Return a JPEG of a file that the browser cannot show, such as HEIC or TIFF. */
  async preview(file, { signal } = {}) {
    const body = new FormData();
    body.append("image", file, file.name);
    const response = await this.send("preview", { method: "POST", body, signal });
    return response.blob();
  }

  /**
   * Read a video.
   * @param {File} file
   * @param {Object} options
   * @param {(share: number) => void} options.onupload is told what share of the file is sent.
   * @param {(answer: Object) => void} options.onprogress gets the VideoAnswer, about once a second.
   * @param {AbortSignal} options.signal ends the reading, and deletes what the server has.
   * @returns {Promise<HttpVideo>} with its `answer`, and the means to get its files.
   */
  async video(file, { onupload = () => {}, onprogress = () => {}, signal, model, detector } = {}) {
    const query = {};
    if (model) query.model = model;
    if (detector) query.detector = detector;
    const answer = await sendVideo(this, file, { onupload, signal, query });
    const video = new HttpVideo(this, answer);
    this.videos.add(video);
    onprogress(answer);
    try {
      await video.follow(onprogress, signal);
    } catch (error) {
      await video.discard().catch(() => {});
      throw error;
    }
    return video;
  }

  /** Begin with a camera: { read(picture, time) -> Moment, close() }. */
  live(options) {
    return openLive(this, options);
  }

  /** Delete everything of this visitor that the server holds: the videos. */
  async forget() {
    await this.discardVideos();
    dispatchEvent(new CustomEvent("emotion-forget"));
  }

  /** Delete this page's videos on the server. */
  async discardVideos() {
    await Promise.all([...this.videos].map((video) => video.discard()));
  }

  /** Return the address of a route below /api/v1/. */
  url(route) {
    return new URL(`api/v1/${route}`, this.base);
  }

  /** Return the parsed answer of a route below /api/v1/. */
  async request(route, options = {}) {
    const response = await this.send(route, options);
    return response.status === 204 ? null : response.json();
  }

  /**
   * Return the response of a route below /api/v1/.
   * @throws {EngineError} with a sentence for visitors.
   */
  async send(route, options = {}) {
    let response;
    try {
      response = await fetch(this.url(route), options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw this.silence();
    }
    if (response.ok) return response;
    const retry = Number(response.headers.get("Retry-After")) || null;
    const answer = await response.json().catch(() => ({}));
    throw this.refusal(response.status, retry, answer.detail);
  }

  /** Return the error for a server that does not answer. */
  silence() {
    return new EngineError("The server does not answer. Check the network, then try again.");
  }

  /** Return the error for a request that the server refused. */
  refusal(status, retry, detail) {
    return new EngineError(reasonOf(status, retry, detail), retry, status);
  }
}

/** Say in plain words why a request was refused. */
function reasonOf(status, retry, detail) {
  const later = retry ? `in ${retry} s` : "in a minute";
  if (status === 413) return "This file is larger than the server accepts.";
  if (status === 429) return `Too many requests from this address. Try again ${later}.`;
  if (status === 503) return `The server is busy. Try again ${later}.`;
  if (status < 500 && typeof detail === "string") return detail;
  return "The server could not do this. Try again, or with another file.";
}

export async function createEngine(base) {
  return new HttpEngine(base);
}

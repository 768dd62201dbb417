// The engine that reads pictures in the visitor's browser: nothing is sent anywhere.
//
// It has the methods of stage/engine_http.js.

import { EngineError } from "../stage/engine_http.js";
import { model } from "./constants.js";

export { EngineError };

const NOT_LOADED = "The engine of this page could not be loaded. Reload the page.";

/** Calls of the tasks of worker.js, each answered by a promise. */
class Caller {
  constructor() {
    this.waiting = new Map();
    this.next = 1;
    this.hasFailed = false;
    this.last = Promise.resolve();
    this.worker = new Worker(new URL("worker.js", import.meta.url));
    this.worker.onmessage = ({ data }) => this.answer(data);
    this.worker.onerror = () => this.fail();
  }

  call(name, values, transfer = []) {
    if (this.hasFailed) return Promise.reject(new EngineError(NOT_LOADED));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, values }, transfer);
    });
  }

  /** Call a task after those before it, unless it has been given up by then. */
  callInTurn(name, values, signal) {
    const answer = this.last.then(() => {
      signal?.throwIfAborted();
      return this.call(name, values);
    });
    this.last = answer.catch(() => {});
    return answer;
  }

  answer({ id, value, error }) {
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new EngineError(error));
  }

  fail() {
    this.hasFailed = true;
    for (const { reject } of this.waiting.values()) reject(new EngineError(NOT_LOADED));
    this.waiting.clear();
  }
}

export class BrowserEngine {
  /** @param {URL} base of the site, ending with a slash. */
  constructor(base) {
    this.base = base;
    this.can = { video: false, compare: false, many: true, live: true, explain: true };
    this.caller = new Caller();
    // While the visitor looks at the page. A failure is reported by the first picture.
    this.caller.call("load", []).catch(() => {});
  }

  /** What happens to a visitor's files, for the footer. */
  get keeps() {
    return "Pictures are read in your browser. They are sent nowhere and never stored.";
  }

  /** What happens to a camera's pictures. */
  get watches() {
    return "The camera's pictures are read in your browser. They are sent nowhere.";
  }

  /** Return the answer of GET /api/v1/models. */
  models() {
    return this.json("models");
  }

  /** Return the answer of GET /api/v1/about. */
  about() {
    return this.json("about");
  }

  /**
   * Read pictures one after the other.
   * @param {File[]} files
   * @param {{signal?: AbortSignal}} options
   * @returns the Analysis of schemas.py.
   */
  async analyse(files, { signal } = {}) {
    const results = [];
    for (const file of files) {
      const values = [file, file.name ?? "picture"];
      results.push(await this.caller.callInTurn("read", values, signal));
    }
    signal?.throwIfAborted();
    return {
      model: model.name,
      detector: model.detector,
      class_names: model.class_names,
      threshold: model.threshold,
      results,
    };
  }

  /**
   * Explain why a face was read as it was.
   * @param {File} file
   * @param {number} faceNumber of FaceAnswer.number, from 1.
   * @param {{signal?: AbortSignal}} options
   * @returns the Explanation of schemas.py.
   */
  async explain(file, faceNumber, { signal } = {}) {
    const values = [file, file.name ?? "picture", faceNumber];
    const answer = await this.caller.callInTurn("explain", values, signal);
    signal?.throwIfAborted();
    return answer;
  }

  /** Begin with a camera. */
  live() {
    return new Camera(this.caller);
  }

  async json(name) {
    try {
      const response = await fetch(new URL(`${name}.json`, this.base));
      if (response.ok) return await response.json();
    } catch {
      // The message below says it.
    }
    throw new EngineError("A file of this page could not be loaded. Reload the page.");
  }
}

/** A camera whose faces keep their numbers from frame to frame. */
class Camera {
  constructor(caller) {
    this.caller = caller;
    this.id = crypto.getRandomValues(new Uint32Array(1))[0];  }

  /**
   * Read the next frame.
   * @param {ImageBitmap|Blob} frame a bitmap is handed over, and cannot be used afterwards.
   * @param {number} time in seconds; must not fall.
   * @returns {Promise<Object>} the Moment of schemas.py.
   */
  read(frame, time) {
    return this.caller.call("frame", [this.id, frame, time], frame instanceof Blob ? [] : [frame]);
  }

  close() {
    return this.caller.call("end", [this.id]);
  }
}

export async function createEngine(base) {
  return new BrowserEngine(base);
}

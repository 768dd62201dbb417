// Many pictures on their way to the engine: in small requests, one after the other.

const PICTURES_PER_REQUEST = 8;
const BYTES_PER_REQUEST = 8_000_000;
const LONGEST_WAIT = 60; // s, of a busy server
const MOST_WAITS = 20; // for one request

/**
 * A picture and its answer.
 * @typedef {Object} Item
 * @property {import("./picture_files.js").Source} source
 * @property {Object|null} answer the ImageAnswer; null while the picture waits.
 */

/** Reads pictures; `items` holds all of them in order. */
export class ReadingQueue {
  /**
   * @param {Object} engine
   * @param {{onchange: (message: string) => void, most?: number}} options onchange is called after
   *   every step, with what a visitor should know or ""; most: pictures that a request may hold.
   */
  constructor(engine, { onchange, most = Infinity }) {
    this.engine = engine;
    this.onchange = onchange;
    this.most = Math.min(most, PICTURES_PER_REQUEST);
    this.items = [];
    this.analysis = null;
    this.isPaused = false;
    this.controller = new AbortController();
    this.running = null;
  }

  /** Number of pictures that wait. */
  get waiting() {
    return this.items.filter((item) => !item.answer).length;
  }

  /** Add pictures behind those that wait. */
  add(sources) {
    for (const source of sources) this.items.push({ source, answer: null });
    this.start();
  }

  pause() {
    this.isPaused = true;
    this.onchange("");
  }

  /** Go on after a pause. */
  resume() {
    this.isPaused = false;
    this.start();
  }

  /** Forget the pictures that wait, and the request on its way. */
  cancel() {
    this.controller.abort();
    this.controller = new AbortController();
    this.items = this.items.filter((item) => item.answer);
    this.isPaused = false;
    this.onchange("");
  }

  /** The answers so far, as one Analysis. */
  whole() {
    const answers = this.items.map((item) => item.answer);
    return { ...this.analysis, results: answers.filter((answer) => answer !== null) };
  }

  start() {
    this.onchange("");
    this.running ??= this.run().finally(() => {
      this.running = null;
      // Pictures that came, or a pause that ended, while the last request was ending.
      if (this.waiting && !this.isPaused) this.start();
      else this.onchange(this.message ?? "");
    });
  }

  async run() {
    this.message = "";
    while (!this.isPaused) {
      const batch = this.next();
      if (!batch.length) return;
      const { signal } = this.controller;
      try {
        await this.read(batch, signal);
      } catch (error) {
        if (signal.aborted) continue;
        this.isPaused = true;
        this.message = error.message;
        return;
      }
      this.onchange("");
    }
  }

  /** Return the next pictures that fit into one request. */
  next() {
    const batch = [];
    let bytes = 0;
    for (const item of this.items) {
      if (item.answer) continue;
      bytes += item.source.bytes;
      if (batch.length === this.most || (batch.length && bytes > BYTES_PER_REQUEST)) break;
      batch.push(item);
    }
    return batch;
  }

  async read(batch, signal) {
    const files = [];
    const readable = [];
    for (const item of batch) {
      try {
        if (item.source.fault) throw new Error(item.source.fault);
        files.push(await item.source.open());
        readable.push(item);
      } catch (error) {
        item.answer = faultyAnswer(item, error.message);
      }
    }
    if (files.length) await this.ask(readable, files, signal);
  }

  async ask(items, files, signal) {
    let analysis;
    try {
      analysis = await this.patiently(files, signal);
    } catch (error) {
      if (signal.aborted || error.retry) throw error;
      await this.engine.models(); // throws too if no request is answered
      if (items.length === 1) {
        items[0].answer = faultyAnswer(items[0], error.message);
        return;
      }
      // One of them may be the reason.
      for (const [index, item] of items.entries()) await this.ask([item], [files[index]], signal);
      return;
    }
    signal.throwIfAborted();
    this.analysis ??= analysis;
    for (const [index, item] of items.entries()) {
      item.answer = { ...analysis.results[index], name: item.source.name };
    }
  }

  /** Ask the engine; while it is busy, wait as long as it says and ask again. */
  async patiently(files, signal) {
    for (let waits = 0; ; waits += 1) {
      try {
        return await this.engine.analyse(files, { signal });
      } catch (error) {
        if (!error.retry || waits === MOST_WAITS) throw error;
        const seconds = Math.min(error.retry, LONGEST_WAIT);
        this.onchange(`The server is busy. Going on in ${seconds} s.`);
        await delay(seconds, signal);
      }
    }
  }
}

function faultyAnswer({ source }, error) {
  return { name: source.name, status: "error", error, width: null, height: null, faces: [] };
}

function delay(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

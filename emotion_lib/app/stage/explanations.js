// Why the faces of a picture were read as they were: each is computed once.

import { withRetry } from "./retry.js";

export class Explanations {
  /**
   * @param {Object} engine
   * @param {File} file
   * @param {Object} analysis of the file.
   * @param {AbortSignal} signal ends what still runs.
   */
  constructor(engine, file, { model, detector }, signal) {
    this.engine = engine;
    this.file = file;
    this.options = { model, detector, signal };
    this.found = new Map();
  }

  /** Return the Explanation of a face. */
  of({ number }) {
    const { engine, file, options, found } = this;
    if (!found.has(number)) {
      const call = () => engine.explain(file, number, options);
      const promise = withRetry(call, options);
      promise.catch(() => found.delete(number)); // so that it can be asked for again
      found.set(number, promise);
    }
    return found.get(number);
  }
}

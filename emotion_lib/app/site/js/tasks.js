// What the worker does, by the name of the task.

import { Predictor } from "./predictor.js";

let loading = null;

/** Return the predictor, which is loaded once. */
function predictor() {
  loading ??= Predictor.load();
  return loading;
}

export const tasks = {
  async load() {
    await predictor();
  },

  async read(file, name) {
    return (await predictor()).read(file, name);
  },
};

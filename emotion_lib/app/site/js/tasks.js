// What the worker does, by the name of the task.

import { explain } from "./explanation.js";
import { MomentReader } from "./moments.js";
import { once } from "./once.js";
import { Predictor } from "./predictor.js";

const predictor = once(() => Predictor.load());
const cameras = new Map();

export const tasks = {
  /** Load what most pictures need. */
  async load() {
    const { detector } = await predictor();
    await detector.near();
  },

  async read(file, name) {
    return (await predictor()).read(file, name);
  },

  async explain(file, name, number) {
    return explain(await predictor(), file, name, number);
  },

  /** Read the next frame of a camera: a bitmap, or the file of a picture. */
  async frame(camera, frame, time) {
    if (!cameras.has(camera)) cameras.set(camera, new MomentReader(await predictor()));
    const bitmap = frame instanceof Blob ? await createImageBitmap(frame) : frame;
    try {
      return await cameras.get(camera).read(bitmap, time);
    } finally {
      bitmap.close();
    }
  },

  async end(camera) {
    cameras.delete(camera);
  },
};

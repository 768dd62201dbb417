// Tracked faces of each frame of a camera, with probabilities smoothed over time: the port of
// emotion_lib/video/moments.py and smoothing.py.

import { smoothing } from "./constants.js";
import { crop } from "./cropping.js";
import { FrameCanvas } from "./frame_canvas.js";
import { faceAnswer } from "./predictor.js";
import { Tracker } from "./tracking.js";

export class MomentReader {
  /** @param {Predictor} predictor */
  constructor(predictor) {
    this.predictor = predictor;
    this.tracker = new Tracker(predictor.detector);
    this.canvas = new FrameCanvas();
    this.means = new Map(); // by track: time and running mean
  }

  /**
   * Return the Moment of the next frame.
   * @param {ImageBitmap} bitmap
   * @param {number} time in seconds; must not fall.
   */
  async read(bitmap, time) {
    const image = this.canvas.pixelsOf(bitmap);
    const tracked = await this.tracker.update(image, time);
    this.forget(this.tracker.known);
    const faces = [];
    for (const { number, face } of tracked) {
      const row = await this.predictor.scores(crop(image, face, this.predictor.detector.framing));
      faces.push(faceAnswer(face, this.smoothed(number, time, row), number));
    }
    return { time_s: time, faces };
  }

  forget(known) {
    for (const number of this.means.keys()) {
      if (!known.has(number)) this.means.delete(number);
    }
  }

  /** Return a running mean that halves the weight of earlier frames every HALF_LIFE seconds. */
  smoothed(number, time, row) {
    const before = this.means.get(number);
    let mean = row;
    if (before) {
      const weight = 0.5 ** ((time - before.time) / smoothing.HALF_LIFE);
      mean = row.map((value, index) => weight * before.mean[index] + (1 - weight) * value);
    }
    this.means.set(number, { time, mean });
    return mean;
  }
}

// Hard cuts, after which a face in the same place is another person's: the port of
// emotion_lib/video/cuts.py. A camera has one when it is exchanged.

import { cuts } from "./constants.js";

const { SIZE, MIN_CORRELATION, MIN_DIFFERENCE, MIN_CONTRAST, MAX_STEP } = cuts;
const [WIDTH, HEIGHT] = SIZE;

export class CutDetector {
  constructor() {
    this.scene = null; // of the last frame with contrast, mean 0
    this.previous = -Infinity; // time of the previous frame
  }

  /** Return whether a new scene begins with the next frame. */
  isCut(image, time) {
    const step = time - this.previous;
    this.previous = time;
    const scene = small(image);
    if (Math.sqrt(mean(scene.map((value) => value * value))) < MIN_CONTRAST) return false;
    const before = this.scene;
    this.scene = scene;
    if (!before || step > MAX_STEP) return false;
    const difference = mean(before.map((value, index) => Math.abs(value - scene[index])));
    return difference > MIN_DIFFERENCE && likeness(before, scene) < MIN_CORRELATION;
  }
}

/** Return the correlation of two pictures, one moved by up to a px so that it fits best. */
function likeness(before, after) {
  const inner = window(before, 1, 1);
  let best = -1;
  for (let top = 0; top <= 2; top++) {
    for (let left = 0; left <= 2; left++) {
      const moved = window(after, left, top);
      const norm = Math.sqrt(dot(inner, inner) * dot(moved, moved));
      best = Math.max(best, dot(inner, moved) / Math.max(norm, 1e-6));
    }
  }
  return best;
}

/** Return a part that is two px narrower and lower, with the mean 0. */
function window(picture, left, top) {
  const values = [];
  for (let y = 0; y < HEIGHT - 2; y++) {
    const start = (top + y) * WIDTH + left;
    values.push(...picture.slice(start, start + WIDTH - 2));
  }
  return centered(values);
}

/** Return a frame as a small gray picture with the mean 0. */
function small(image) {
  // Every pixel of a large frame would take long.
  const ratio = Math.min(image.height / (4 * HEIGHT), image.width / (4 * WIDTH));
  const step = Math.max(1, Math.floor(ratio));
  const sums = new Array(WIDTH * HEIGHT).fill(0);
  const counts = new Array(WIDTH * HEIGHT).fill(0);
  for (let y = 0; y < image.height; y += step) {
    const row = Math.floor((y * HEIGHT) / image.height) * WIDTH;
    for (let x = 0; x < image.width; x += step) {
      const cell = row + Math.floor((x * WIDTH) / image.width);
      const at = (y * image.width + x) * 4;
      sums[cell] += (image.data[at] + image.data[at + 1] + image.data[at + 2]) / 3;
      counts[cell] += 1;
    }
  }
  return centered(sums.map((sum, cell) => sum / Math.max(1, counts[cell])));
}

function centered(values) {
  const middle = mean(values);
  return values.map((value) => value - middle);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(a, b) {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}
